//! EventBridge Scheduler: schedules, groups, and what fires them.

mod error;
mod executions;
mod groups;
mod input;
mod operations;
mod overview;
pub mod policy;
mod record;
pub mod runner;
mod target;
#[cfg(test)]
mod tests;
mod tokens;

pub use executions::OwnExecutions;
pub use overview::{OPERATIONS, Overview};

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value};
use store::Store;

use crate::Place;
use crate::delivery::{Delivery, Origin};
use crate::table::{Table, Transaction};
use crate::wire::{AwsService, Output, ServiceCall, ServiceError, ServiceFuture};
use record::{DEFAULT_GROUP, Group, Schedule};
use runner::{Kind, Occurrence, Owner, Runner, Scheduled};
use tokens::Tokens;

/// The API. Cloning is cheap; clones are the same service.
#[derive(Clone)]
pub struct Scheduler(Arc<Shared>);

struct Shared {
    place: Place,
    store: Arc<dyn Store>,
    /// Keyed `GROUP/NAME`.
    schedules: Table<Schedule>,
    /// Keyed by name.
    groups: Table<Group>,
    runner: Runner,
    /// Of deletions.
    tokens: Mutex<Tokens>,
}

impl Scheduler {
    /// Reads schedules and groups, and hands the schedules to the runner. What is wrong with one of them is told to `report`; the others work.
    ///
    /// # Errors
    /// The store's.
    pub fn open(
        store: &Arc<dyn Store>,
        place: Place,
        runner: Runner,
        now_millis: i64,
        report: &dyn Fn(String),
    ) -> Result<Scheduler, store::Error> {
        let shared = Arc::new(Shared {
            place,
            store: store.clone(),
            schedules: Table::open(store, "schedules")?,
            groups: Table::open(store, "schedule-groups")?,
            runner,
            tokens: Mutex::default(),
        });
        let scheduler = Scheduler(shared);
        scheduler.0.make_default_group(now_millis)?;
        scheduler.0.finish_deletions()?;
        for (key, schedule) in scheduler.0.schedules.all() {
            match scheduler.0.scheduled(&key, &schedule) {
                Ok(scheduled) => scheduler.0.runner.put(scheduled, None)?,
                Err(error) => report(format!("schedule {key} does not fire: {error}")),
            }
        }
        Ok(scheduler)
    }

    fn perform(&self, call: &ServiceCall) -> Result<Output, ServiceError> {
        let shared = &self.0;
        let answer = match call.operation {
            "CreateSchedule" => shared.create_schedule(call),
            "UpdateSchedule" => shared.update_schedule(call),
            "GetSchedule" => shared.get_schedule(call),
            "DeleteSchedule" => shared.delete_schedule(call),
            "ListSchedules" => shared.list_schedules(call),
            "CreateScheduleGroup" => shared.create_group(call),
            "GetScheduleGroup" => shared.get_group(call),
            "DeleteScheduleGroup" => shared.delete_group(call),
            "ListScheduleGroups" => shared.list_groups(call),
            "TagResource" => shared.tag(call),
            "UntagResource" => shared.untag(call),
            "ListTagsForResource" => shared.list_tags(call),
            other => Err(error::internal(format!("{other} is not served"))),
        };
        answer.map(Output::of)
    }
}

impl AwsService for Scheduler {
    fn name(&self) -> &'static str {
        "scheduler"
    }

    fn has_resource_of(&self, _operation: &str, members: &Map<String, Value>) -> bool {
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        let shared = &self.0;
        if let Some(arn) = text("ResourceArn") {
            return shared.group_of(arn).is_ok();
        }
        let group = text("GroupName");
        let is_own = |group: &str| group != DEFAULT_GROUP && shared.groups.get(group).is_some();
        let is_schedule = text("Name").is_some_and(|name| {
            let key = key(group.unwrap_or(DEFAULT_GROUP), name);
            shared.schedules.get(&key).is_some()
        });
        is_schedule || group.or(text("Name")).is_some_and(is_own)
    }

    fn call(&self, call: ServiceCall) -> ServiceFuture<'_> {
        let scheduler = self.clone();
        Box::pin(async move {
            let done = tokio::task::spawn_blocking(move || scheduler.perform(&call)).await;
            done.unwrap_or_else(|error| Err(error::internal(error)))
        })
    }
}

impl Shared {
    fn schedule_arn(&self, key: &str) -> Arc<str> {
        self.arn("schedule", key).into()
    }

    fn arn(&self, kind: &str, name: &str) -> String {
        let Place {
            partition,
            region,
            account,
        } = &self.place;
        format!("arn:{partition}:scheduler:{region}:{account}:{kind}/{name}")
    }

    /// What the runner watches of a schedule.
    fn scheduled(
        self: &Arc<Shared>,
        key: &str,
        schedule: &Schedule,
    ) -> Result<Scheduled, ServiceError> {
        Ok(Scheduled {
            arn: self.schedule_arn(key),
            kind: Kind::Schedule,
            name: key.into(),
            expression: schedule.text("ScheduleExpression").into(),
            timetable: schedule.timetable()?,
            created_millis: schedule.created_millis,
            since_millis: schedule.since_millis,
            is_enabled: schedule.is_enabled(),
            flexible_window_minutes: schedule.flexible_window_minutes(),
            maximum_age_millis: schedule.maximum_age_seconds() * 1000,
            owner: self.clone(),
        })
    }
}

impl Owner for Shared {
    fn deliveries(&self, occurrence: &Occurrence) -> Vec<Delivery> {
        let Occurrence { scheduled, .. } = occurrence;
        let Some(schedule) = self.schedules.get(&scheduled.name) else {
            return Vec::new();
        };
        let id = occurrence.delivery_id(None);
        let origin = Origin::Schedule {
            arn: scheduled.arn.clone(),
            occurrence_millis: occurrence.at_millis,
            target_id: None,
        };
        let target = target::aim(schedule.target(), &scheduled.arn);
        let input = input::input(&schedule, occurrence, &id, &self.place);
        let now = occurrence.now_millis;
        let mut delivery = Delivery::new(id, origin, target, input, now);
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(Arc::from);
        let dead_letters = schedule.target().get("DeadLetterConfig");
        delivery.role_arn = text(schedule.target().get("RoleArn"));
        delivery.dead_letter_arn = text(dead_letters.and_then(|config| config.get("Arn")));
        delivery.not_after_millis = now.saturating_add(schedule.maximum_age_seconds() * 1000);
        let attempts = schedule.maximum_retry_attempts().saturating_add(1);
        delivery.max_attempts = u32::try_from(attempts).unwrap_or(u32::MAX);
        vec![delivery]
    }

    fn completed(&self, scheduled: &Scheduled, transaction: &mut Transaction) -> bool {
        let schedule = self.schedules.get(&scheduled.name);
        let is_deleted = schedule.is_some_and(|schedule| schedule.deletes_itself());
        if is_deleted {
            transaction.delete(&self.schedules, scheduled.name.clone());
        }
        is_deleted
    }
}

fn key(group: &str, name: &str) -> String {
    format!("{group}/{name}")
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

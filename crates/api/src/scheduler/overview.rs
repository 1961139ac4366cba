//! Our own operations on everything that has a timetable, schedules and rules alike: `Stepwright.ListSchedules` and those beside it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use store::ListedStatus;

use super::error::validation;
use super::operations::{list, page};
use super::record::seconds;
use super::runner::{Firing, FiringStatus, Kind, Runner, Scheduled, State};
use super::{Scheduler, error};
use crate::wire::{AwsService, Input, Output, ServiceCall, ServiceError};

/// What follows `Stepwright.`.
pub const OPERATIONS: [&str; 5] = [
    "ListSchedules",
    "DescribeSchedule",
    "RunSchedule",
    "SetScheduleState",
    "PutSchedulePolicy",
];

/// Occurrences that are shown of the timetable.
const NEXT: usize = 10;
/// How long RunSchedule waits for what becomes of it.
const WAIT: Duration = Duration::from_secs(10);

/// Cloning is cheap.
#[derive(Clone)]
pub struct Overview {
    pub scheduler: Scheduler,
    /// Where rules are enabled and disabled.
    pub events: Option<Arc<dyn AwsService>>,
}

impl Overview {
    /// Answers an operation whose members are as they came.
    ///
    /// # Errors
    /// `ResourceNotFoundException`, `ValidationException`, the store's.
    pub async fn call(&self, call: ServiceCall) -> Result<Value, ServiceError> {
        if call.operation == "SetScheduleState" {
            return self.set_state(call).await;
        }
        let (overview, asked) = (self.clone(), call.clone());
        let done = tokio::task::spawn_blocking(move || overview.perform(&asked)).await;
        let answer = done.unwrap_or_else(|error| Err(error::internal(error)))?;
        match call.operation {
            "RunSchedule" => self.wait_for(answer).await,
            _ => Ok(answer),
        }
    }

    fn perform(&self, call: &ServiceCall) -> Result<Value, ServiceError> {
        match call.operation {
            "ListSchedules" => self.list(call),
            "DescribeSchedule" => {
                let scheduled = self.named(call)?;
                self.shown(&scheduled, call.now_millis)
            }
            "RunSchedule" => {
                let arn = arn(call)?;
                let ran = self.runner().run_now(arn, Some(call.audit(arn)))?;
                let ran = ran.ok_or_else(|| nothing(arn))?;
                Ok(json!({
                    "Arn": arn,
                    "Occurrence": seconds(ran.occurrence_millis),
                    "OccurrenceMillis": ran.occurrence_millis,
                    "IsQueued": ran.is_queued,
                }))
            }
            "PutSchedulePolicy" => {
                let scheduled = self.named(call)?;
                let mut wanted = call.input.members.clone();
                wanted.remove("Arn");
                let before = self.runner().state(&scheduled).policies;
                let policies = before.changed_by(&Value::Object(wanted))?;
                let audit = Some(call.audit(&scheduled.arn));
                self.runner().set_policies(&scheduled, policies, audit)?;
                Ok(json!({ "Missed": policies.missed.name(), "Overlap": policies.overlap.name() }))
            }
            other => Err(error::internal(format!("{other} is not served"))),
        }
    }

    fn runner(&self) -> &Runner {
        &self.scheduler.0.runner
    }

    fn named(&self, call: &ServiceCall) -> Result<Arc<Scheduled>, ServiceError> {
        let arn = arn(call)?;
        self.runner().get(arn).ok_or_else(|| nothing(arn))
    }

    fn list(&self, call: &ServiceCall) -> Result<Value, ServiceError> {
        let page = page(call)?;
        // One more tells whether there are more.
        let watched = self
            .runner()
            .after(page.after.as_deref(), page.limit.min(1_000) + 1);
        let (watched, token) = page
            .cut(watched.into_iter(), |scheduled| scheduled.arn.to_string())
            .map_err(error::internal)?;
        let shown = |scheduled: &Arc<Scheduled>| self.shown(scheduled, call.now_millis);
        let shown: Result<Vec<Value>, _> = watched.iter().map(shown).collect();
        Ok(Value::Object(list("Schedules", shown?, token)))
    }

    fn shown(&self, scheduled: &Scheduled, now: i64) -> Result<Value, ServiceError> {
        let state = self.runner().state(scheduled);
        let timetable = &scheduled.timetable;
        let next: Vec<Value> = match scheduled.is_enabled {
            true => timetable
                .between(scheduled.decided_until(&state).max(now), i64::MAX)
                .take(NEXT)
                .map(seconds)
                .collect(),
            false => Vec::new(),
        };
        let mut running = Vec::new();
        for execution in state
            .open
            .iter()
            .filter_map(|open| open.execution_arn.as_ref())
        {
            if self.runner().execution_status(execution)? == Some(ListedStatus::Running) {
                running.push(execution);
            }
        }
        let mut shown = json!({
            "Arn": scheduled.arn,
            "Kind": scheduled.kind.name(),
            "Name": scheduled.name,
            "ScheduleExpression": scheduled.expression,
            "ScheduleExpressionTimezone": timetable.zone.name(),
            "State": if scheduled.is_enabled { "ENABLED" } else { "DISABLED" },
            "Next": next,
            "Results": self.results(state.results.iter())?,
            "Running": running,
            "Missed": state.policies.missed.name(),
            "Overlap": state.policies.overlap.name(),
            "Queued": state.queue.len(),
        });
        let optional = [
            ("StartDate", timetable.start_millis.map(seconds)),
            ("EndDate", timetable.end_millis.map(seconds)),
            (
                "MaximumWindowInMinutes",
                Some(scheduled.flexible_window_minutes)
                    .filter(|minutes| *minutes > 0)
                    .map(Value::from),
            ),
        ];
        if let Some(shown) = shown.as_object_mut() {
            for (member, value) in optional {
                if let Some(value) = value {
                    shown.insert(member.to_owned(), value);
                }
            }
        }
        Ok(shown)
    }

    fn results<'a>(
        &self,
        results: impl Iterator<Item = &'a Firing>,
    ) -> Result<Vec<Value>, ServiceError> {
        let shown = |firing: &'a Firing| {
            let status = match &firing.execution_arn {
                Some(execution) => self.runner().execution_status(execution)?,
                None => None,
            };
            Ok(result(firing, status))
        };
        results.map(shown).collect()
    }

    async fn set_state(&self, call: ServiceCall) -> Result<Value, ServiceError> {
        let scheduled = self.named(&call)?;
        let wanted = call.input.members.get("State").and_then(Value::as_str);
        let is_enabled = match wanted {
            Some("ENABLED") => true,
            Some("DISABLED") => false,
            _ => return Err(validation("State has to be ENABLED or DISABLED.")),
        };
        match scheduled.kind {
            Kind::Schedule => {
                let scheduler = self.scheduler.clone();
                let done = tokio::task::spawn_blocking(move || {
                    scheduler.0.set_state(&call, &scheduled.name, is_enabled)
                });
                let done = done.await;
                done.unwrap_or_else(|error| Err(error::internal(error)))?;
            }
            Kind::Rule => {
                let events = self.events.as_ref();
                let events = events.ok_or_else(|| nothing(&scheduled.arn))?;
                let (bus, name) = scheduled.name.split_once('/').unwrap_or_default();
                let members = [("Name", name), ("EventBusName", bus)];
                let members = members.map(|(member, value)| (member.to_owned(), json!(value)));
                let operation = match is_enabled {
                    true => "EnableRule",
                    false => "DisableRule",
                };
                let call = ServiceCall {
                    operation,
                    input: Input {
                        members: Map::from_iter(members),
                        payload: None,
                    },
                    ..call
                };
                let _: Output = events.call(call).await?;
            }
        }
        Ok(json!({}))
    }

    /// Waits a while until it is known what became of an occurrence that was asked for.
    async fn wait_for(&self, mut answer: Value) -> Result<Value, ServiceError> {
        let occurrence = answer["OccurrenceMillis"].as_i64().unwrap_or_default();
        let scheduled = answer["Arn"]
            .as_str()
            .and_then(|arn| self.runner().get(arn));
        let mut changes = self.runner().results();
        let is_it = |firing: &&Firing| firing.is_manual && firing.occurrence_millis == occurrence;
        let results = |state: &State| -> Vec<Firing> {
            state.results.iter().filter(is_it).cloned().collect()
        };
        let decided = async {
            loop {
                let of = scheduled.as_ref();
                let results = of.map_or(Vec::new(), |of| results(&self.runner().state(of)));
                let is_open = |firing: &Firing| firing.status == FiringStatus::Delivering;
                let is_over = !results.iter().any(is_open);
                if is_over || changes.changed().await.is_err() {
                    return;
                }
            }
        };
        // Not decided by then: it shows as on its way.
        let _ = tokio::time::timeout(WAIT, decided).await;
        let of = scheduled.as_ref();
        let results = of.map_or(Vec::new(), |of| results(&self.runner().state(of)));
        let overview = self.clone();
        let shown = tokio::task::spawn_blocking(move || overview.results(results.iter())).await;
        let shown = shown.unwrap_or_else(|error| Err(error::internal(error)))?;
        answer["Results"] = shown.into();
        if let Some(answer) = answer.as_object_mut() {
            answer.remove("OccurrenceMillis");
        }
        Ok(answer)
    }
}

fn result(firing: &Firing, execution_status: Option<ListedStatus>) -> Value {
    let mut shown = json!({
        "Occurrence": seconds(firing.occurrence_millis),
        "At": seconds(firing.at_millis),
        "Status": firing.status.name(),
        "IsManual": firing.is_manual,
        "Attempts": firing.attempts,
    });
    let optional = [
        ("TargetId", firing.target_id.as_deref()),
        ("ExecutionArn", firing.execution_arn.as_deref()),
        ("ExecutionStatus", execution_status.map(ListedStatus::name)),
        ("Reason", firing.reason.as_deref()),
    ];
    if let Some(shown) = shown.as_object_mut() {
        for (member, value) in optional {
            if let Some(value) = value {
                shown.insert(member.to_owned(), value.into());
            }
        }
    }
    shown
}

fn arn(call: &ServiceCall) -> Result<&str, ServiceError> {
    let arn = call.input.members.get("Arn").and_then(Value::as_str);
    arn.ok_or_else(|| validation("Arn is missing: the ARN of a schedule or of a rule."))
}

fn nothing(arn: &str) -> ServiceError {
    let message =
        format!("No schedule, and no rule with a schedule expression, has the ARN {arn}.");
    ServiceError::new("ResourceNotFoundException", 404, message)
}

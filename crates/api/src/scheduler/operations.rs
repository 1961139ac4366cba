//! The operations on schedules.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::error::{conflict, internal, no_group, no_schedule, validation};
use super::policy::{self, Policies};
use super::record::{DEFAULT_GROUP, Schedule, seconds};
use super::runner::Held;
use super::{Shared, key, lock, target};
use crate::Page;
use crate::table::Transaction;
use crate::wire::{ServiceCall, ServiceError};

/// Members of a schedule that CreateSchedule and UpdateSchedule take and GetSchedule shows.
const MEMBERS: [&str; 12] = [
    "ActionAfterCompletion",
    "Description",
    "EndDate",
    "FlexibleTimeWindow",
    "GroupName",
    "KmsKeyArn",
    "Name",
    "ScheduleExpression",
    "ScheduleExpressionTimezone",
    "StartDate",
    "State",
    "Target",
];
/// What makes up when it is due.
const TIMING: [&str; 4] = [
    "EndDate",
    "ScheduleExpression",
    "ScheduleExpressionTimezone",
    "StartDate",
];
const FIVE_MINUTES_MILLIS: i64 = 5 * 60 * 1000;

type Answer = Result<Map<String, Value>, ServiceError>;

impl Shared {
    pub fn create_schedule(self: &Arc<Shared>, call: &ServiceCall) -> Answer {
        let (group, name) = named(call);
        let key = key(group, name);
        let mut schedule = self.wanted(call, group)?;
        let mut held = self.runner.hold();
        let found_group = self.groups.get(group).ok_or_else(|| no_group(group))?;
        if let Some(there) = self.schedules.get(&key) {
            let is_same = schedule.client_token.is_some()
                && schedule.client_token == there.client_token
                && schedule.definition == there.definition;
            return match is_same {
                true => Ok(self.schedule_answer(&key)),
                false => Err(conflict(format!("Schedule {name} already exists."))),
            };
        }
        if found_group.is_deleting {
            return Err(conflict(format!(
                "Schedule group {group} is being deleted."
            )));
        }
        self.begin(&mut schedule, None)?;
        let policies = policies(call, Policies::default())?;
        let scheduled = self.scheduled(&key, &schedule)?;
        let mut transaction = Transaction::new(&self.store, Some(call.audit(&scheduled.arn)));
        held.stage(&mut transaction, &scheduled, policies);
        transaction.put(&self.schedules, key.clone(), schedule);
        self.commit(&mut held, transaction, &[&key])?;
        Ok(self.schedule_answer(&key))
    }

    pub fn update_schedule(self: &Arc<Shared>, call: &ServiceCall) -> Answer {
        let (group, name) = named(call);
        let key = key(group, name);
        let mut schedule = self.wanted(call, group)?;
        let mut held = self.runner.hold();
        let there = self.schedules.get(&key).ok_or_else(|| no_schedule(name))?;
        schedule.created_millis = there.created_millis;
        self.begin(&mut schedule, Some(&there))?;
        let scheduled = self.scheduled(&key, &schedule)?;
        let policies = policies(call, self.runner.state(&scheduled).policies)?;
        let mut transaction = Transaction::new(&self.store, Some(call.audit(&scheduled.arn)));
        held.stage(&mut transaction, &scheduled, policies);
        transaction.put(&self.schedules, key.clone(), schedule);
        self.commit(&mut held, transaction, &[&key])?;
        Ok(self.schedule_answer(&key))
    }

    /// Enables or disables a schedule and leaves everything else.
    pub fn set_state(
        self: &Arc<Shared>,
        call: &ServiceCall,
        key: &str,
        is_enabled: bool,
    ) -> Result<(), ServiceError> {
        let mut held = self.runner.hold();
        let there = self.schedules.get(key).ok_or_else(|| no_schedule(key))?;
        let mut schedule = (*there).clone();
        let state = if is_enabled { "ENABLED" } else { "DISABLED" };
        schedule.definition.insert("State".to_owned(), state.into());
        schedule.modified_millis = call.now_millis;
        self.begin(&mut schedule, Some(&there))?;
        let scheduled = self.scheduled(key, &schedule)?;
        let mut transaction = Transaction::new(&self.store, Some(call.audit(&scheduled.arn)));
        held.stage(&mut transaction, &scheduled, None);
        transaction.put(&self.schedules, key, schedule);
        self.commit(&mut held, transaction, &[key])?;
        Ok(())
    }

    pub fn get_schedule(&self, call: &ServiceCall) -> Answer {
        let (group, name) = named(call);
        let key = key(group, name);
        let schedule = self.schedules.get(&key).ok_or_else(|| no_schedule(name))?;
        let mut answer = schedule.definition.clone();
        answer.insert("Arn".to_owned(), json!(self.schedule_arn(&key)));
        answer.insert("CreationDate".to_owned(), seconds(schedule.created_millis));
        answer.insert(
            "LastModificationDate".to_owned(),
            seconds(schedule.modified_millis),
        );
        Ok(answer)
    }

    pub fn delete_schedule(self: &Arc<Shared>, call: &ServiceCall) -> Answer {
        let (group, name) = named(call);
        let key = key(group, name);
        let arn = self.schedule_arn(&key);
        let mut held = self.runner.hold();
        if self.schedules.get(&key).is_none() {
            return match self.was_deleted(call, &arn) {
                true => Ok(Map::new()),
                false => Err(no_schedule(name)),
            };
        }
        let mut transaction = Transaction::new(&self.store, Some(call.audit(&arn)));
        transaction.delete(&self.schedules, key.as_str());
        held.stage_removal(&mut transaction, &arn);
        self.commit(&mut held, transaction, &[&key])?;
        self.deleted(call, &arn);
        Ok(Map::new())
    }

    /// Writes, then has the runner watch what the table holds of these schedules. An error that leaves the outcome open has had the table
    /// read again: what it holds may be new.
    pub fn commit(
        self: &Arc<Shared>,
        held: &mut Held<'_>,
        transaction: Transaction,
        keys: &[&str],
    ) -> Result<(), store::Error> {
        let written = match transaction.is_empty() {
            true => Ok(()),
            false => transaction.commit(),
        };
        for key in keys {
            let schedule = self.schedules.get(key);
            match schedule.and_then(|schedule| self.scheduled(key, &schedule).ok()) {
                Some(scheduled) => held.put(scheduled),
                None => held.remove(&self.schedule_arn(key)),
            }
        }
        written
    }

    pub fn list_schedules(&self, call: &ServiceCall) -> Answer {
        let group = text(call, "GroupName");
        if let Some(group) = group
            && self.groups.get(group).is_none()
        {
            return Err(no_group(group));
        }
        let (prefix, state) = (text(call, "NamePrefix"), text(call, "State"));
        let is_wanted = |schedule: &Schedule| {
            prefix.is_none_or(|prefix| schedule.text("Name").starts_with(prefix))
                && state.is_none_or(|state| schedule.text("State") == state)
        };
        let page = page(call)?;
        // Keys of a group follow each other: begin with its first.
        let first = group.map(|group| format!("{group}/"));
        let after = page.after.as_deref().or(first.as_deref());
        let all = self.schedules.after(after, usize::MAX);
        let of_group = |key: &str| first.as_deref().is_none_or(|first| key.starts_with(first));
        let wanted = all
            .into_iter()
            .take_while(|(key, _)| of_group(key))
            .filter(|(_, schedule)| is_wanted(schedule));
        let (schedules, token) = page
            .cut(wanted, |(key, _)| key.to_string())
            .map_err(internal)?;
        let summary = |(key, schedule): &(Arc<str>, Arc<Schedule>)| {
            json!({
                "Arn": self.schedule_arn(key),
                "Name": schedule.text("Name"),
                "GroupName": schedule.text("GroupName"),
                "State": schedule.text("State"),
                "CreationDate": seconds(schedule.created_millis),
                "LastModificationDate": seconds(schedule.modified_millis),
                "Target": { "Arn": schedule.target().get("Arn") },
            })
        };
        let schedules = schedules.iter().map(summary).collect();
        Ok(list("Schedules", schedules, token))
    }

    fn schedule_answer(&self, key: &str) -> Map<String, Value> {
        Map::from_iter([("ScheduleArn".to_owned(), json!(self.schedule_arn(key)))])
    }

    /// The schedule that a request asks for, checked as far as that goes without what is there.
    fn wanted(&self, call: &ServiceCall, group: &str) -> Result<Schedule, ServiceError> {
        let mut definition = Map::new();
        for member in MEMBERS {
            if let Some(value) = call.input.members.get(member) {
                definition.insert(member.to_owned(), value.clone());
            }
        }
        for (member, value) in [
            ("GroupName", group),
            ("ScheduleExpressionTimezone", "UTC"),
            ("State", "ENABLED"),
            ("ActionAfterCompletion", "NONE"),
        ] {
            definition
                .entry(member)
                .or_insert_with(|| Value::from(value));
        }
        if let Some(Value::Object(wanted)) = definition.get_mut("Target") {
            target::check(wanted, &self.place)?;
            let policy = wanted.entry("RetryPolicy").or_insert_with(|| json!({}));
            if let Some(policy) = policy.as_object_mut() {
                for (member, value) in [
                    ("MaximumEventAgeInSeconds", 86_400),
                    ("MaximumRetryAttempts", 185),
                ] {
                    policy.entry(member).or_insert_with(|| Value::from(value));
                }
            }
        }
        check_window(&definition)?;
        let now = call.now_millis;
        Ok(Schedule {
            definition,
            created_millis: now,
            modified_millis: now,
            since_millis: now,
            begin_millis: now,
            client_token: text(call, "ClientToken").map(Into::into),
        })
    }

    /// Checks when it is due and decides what the first occurrence is. `modified_millis` is now.
    fn begin(&self, schedule: &mut Schedule, there: Option<&Schedule>) -> Result<(), ServiceError> {
        let now = schedule.modified_millis;
        let changed = |member: &str| {
            let before = there.and_then(|there| there.definition.get(member));
            there.is_none() || schedule.definition.get(member) != before
        };
        let has_new_timing = TIMING.iter().any(|member| changed(member));
        let begins = has_new_timing || changed("State");
        let starts_new = changed("StartDate");
        let ends_new = changed("EndDate");
        if let Some(there) = there.filter(|_| !has_new_timing) {
            schedule.begin_millis = there.begin_millis;
        }
        let timetable = schedule.timetable()?;
        let (start, end) = (timetable.start_millis, timetable.end_millis);
        if let (Some(start), Some(end)) = (start, end)
            && start >= end
        {
            return Err(validation(
                "The StartDate you specify must come before the EndDate.",
            ));
        }
        let expression = schedule.text("ScheduleExpression");
        if timetable.expression.is_one_time() {
            // A time that has passed just now fires at once, as on AWS.
            let at = timetable.next_after(i64::MIN).unwrap_or(i64::MIN);
            let age_seconds = schedule.maximum_age_seconds();
            if begins && schedule.is_enabled() && at <= now - age_seconds * 1000 {
                return Err(validation(format!(
                    "Invalid Schedule Expression {expression}. The time has passed, more than MaximumEventAgeInSeconds ({age_seconds}) ago: it would never run."
                )));
            }
            schedule.since_millis = match there.filter(|_| !has_new_timing) {
                Some(there) => there.since_millis,
                None => i64::MIN,
            };
            return Ok(());
        }
        if starts_new && start.is_some_and(|start| start < now - FIVE_MINUTES_MILLIS) {
            return Err(validation(
                "The StartDate you specify cannot be earlier than 5 minutes ago.",
            ));
        }
        if ends_new && end.is_some_and(|end| end <= now) {
            return Err(validation("The EndDate you specify cannot be in the past."));
        }
        if has_new_timing && end.is_none() && timetable.next_after(now - 1).is_none() {
            return Err(validation(format!(
                "Invalid Schedule Expression {expression}. Its last time has passed: it would never run."
            )));
        }
        schedule.since_millis = match there {
            // A rate begins at once; one whose start has just passed, too.
            None => {
                let first = timetable.between(start.unwrap_or(now).saturating_sub(1), now);
                first.last().map_or(now, |first| first - 1)
            }
            Some(there) if !begins => there.since_millis,
            Some(_) => now,
        };
        Ok(())
    }

    pub fn deleted(&self, call: &ServiceCall, arn: &str) {
        if let Some(token) = text(call, "ClientToken") {
            lock(&self.tokens).remember(call.now_millis, arn, token);
        }
    }

    /// Whether the same request deleted it.
    pub fn was_deleted(&self, call: &ServiceCall, arn: &str) -> bool {
        let token = text(call, "ClientToken");
        token.is_some_and(|token| lock(&self.tokens).knows(call.now_millis, arn, token))
    }
}

/// Group and name.
fn named(call: &ServiceCall) -> (&str, &str) {
    let group = text(call, "GroupName").unwrap_or(DEFAULT_GROUP);
    (group, text(call, "Name").unwrap_or_default())
}

pub fn text<'c>(call: &'c ServiceCall, member: &str) -> Option<&'c str> {
    call.input.members.get(member).and_then(Value::as_str)
}

/// None: the request does not name them.
fn policies(call: &ServiceCall, before: Policies) -> Result<Option<Policies>, ServiceError> {
    let wanted = call.input.members.get(policy::MEMBER);
    wanted.map(|wanted| before.changed_by(wanted)).transpose()
}

fn check_window(definition: &Map<String, Value>) -> Result<(), ServiceError> {
    let window = definition.get("FlexibleTimeWindow");
    let of = |member: &str| window.and_then(|window| window.get(member));
    let is_flexible = of("Mode").and_then(Value::as_str) == Some("FLEXIBLE");
    match (is_flexible, of("MaximumWindowInMinutes")) {
        (true, None) => Err(validation(
            "MaximumWindowInMinutes must be provided when FlexibleTimeWindowMode is set to FLEXIBLE.",
        )),
        (false, Some(_)) => Err(validation(
            "MaximumWindowInMinutes must not be provided when FlexibleTimeWindowMode is set to OFF.",
        )),
        _ => Ok(()),
    }
}

pub fn page(call: &ServiceCall) -> Result<Page, ServiceError> {
    let mut members = call.input.members.clone();
    for (name, of_page) in [("NextToken", "nextToken"), ("MaxResults", "maxResults")] {
        if let Some(value) = members.remove(name) {
            members.insert(of_page.to_owned(), value);
        }
    }
    Page::of(call.operation, &Value::Object(members), call.now_millis)
        .map_err(|_| validation("The NextToken is not valid, or has expired."))
}

pub fn list(member: &str, items: Vec<Value>, token: Option<String>) -> Map<String, Value> {
    let mut answer = Map::from_iter([(member.to_owned(), Value::Array(items))]);
    if let Some(token) = token {
        answer.insert("NextToken".to_owned(), token.into());
    }
    answer
}

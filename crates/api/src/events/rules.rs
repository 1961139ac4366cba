//! Rules.

use std::sync::Arc;

use schedules::{Dialect, Expression, Pattern};
use serde::Deserialize;
use serde_json::{Value, json};

use super::names::{DEFAULT_BUS, rule_key};
use super::records::{Rule, RuleState};
use super::tags::{TagMember, with_tags};
use super::{Change, Members, Shared, error, input, list, members};
use crate::control::records::Tags;
use crate::scheduler::policy::{self, Policies};
use crate::wire::{ServiceCall, ServiceError};

/// A pattern's text as a pattern.
pub(super) fn pattern(text: &str) -> Result<Pattern, ServiceError> {
    Pattern::parse(text).map_err(|error| error::invalid_pattern(error.to_string()))
}

/// A rule's schedule expression.
pub(super) fn schedule(text: &str) -> Result<Expression, ServiceError> {
    Expression::parse(text, Dialect::Rule).map_err(|error| error::validation(error.to_string()))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutRuleInput {
    name: String,
    event_bus_name: Option<String>,
    schedule_expression: Option<String>,
    event_pattern: Option<String>,
    #[serde(default)]
    state: RuleState,
    description: Option<String>,
    role_arn: Option<String>,
    #[serde(default)]
    tags: Vec<TagMember>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RuleInput {
    name: String,
    event_bus_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListInput {
    event_bus_name: Option<String>,
    name_prefix: Option<String>,
    target_arn: Option<String>,
}

impl Shared {
    /// Rules of a bus with their keys, in the order of their names.
    pub(super) fn rules_of(
        &self,
        bus: &str,
    ) -> impl Iterator<Item = (Arc<str>, Arc<Rule>)> + use<> {
        let prefix = rule_key(bus, "");
        let rules = self.rules.after(Some(&prefix), usize::MAX);
        rules
            .into_iter()
            .take_while(move |(key, _)| key.starts_with(&prefix))
    }

    pub(super) fn rule(&self, bus: &str, name: &str) -> Result<Arc<Rule>, ServiceError> {
        self.bus(bus)?;
        let rule = self.rules.get(&rule_key(bus, name));
        rule.ok_or_else(|| error::no_rule(name, bus))
    }

    /// Creates a rule or replaces all of it but its targets and tags.
    pub(super) fn put_rule(&self, call: &ServiceCall) -> Result<Members, ServiceError> {
        let given: PutRuleInput = input(call)?;
        let name = given.name.as_str();
        let bus = self.place.bus_name(given.event_bus_name.as_deref());
        // An empty text is as none: the console sends it.
        let given_text = |text: Option<String>| text.filter(|text| !text.is_empty());
        let event_pattern = given_text(given.event_pattern);
        let schedule_expression = given_text(given.schedule_expression);
        if event_pattern.is_none() && schedule_expression.is_none() {
            let message = "Parameter(s) EventPattern or ScheduleExpression must be specified.";
            return Err(error::validation(message));
        }
        if let Some(text) = &event_pattern {
            pattern(text)?;
        }
        if let Some(text) = &schedule_expression {
            if bus != DEFAULT_BUS {
                let message = "ScheduleExpression is supported only on the default event bus.";
                return Err(error::validation(message));
            }
            schedule(text)?;
        }
        let tags = with_tags(&Tags::new(), given.tags)?;
        let arn = self.place.rule_arn(bus, name);
        let policies = self.policies(call, &arn, schedule_expression.is_some())?;
        self.change_rule(call, bus, name, |before| {
            self.bus(bus)?;
            if before.is_none() && self.rules_of(bus).count() >= self.limits.rules {
                return Err(error::limit_exceeded());
            }
            let same = before.filter(|before| before.schedule_expression == schedule_expression);
            let same_and_on = same.filter(|before| before.state.is_enabled());
            let or_now = |millis: Option<i64>| millis.unwrap_or(call.now_millis);
            let rule = Rule {
                created_millis: or_now(before.map(|before| before.created_millis)),
                timetable_millis: or_now(same.map(|before| before.timetable_millis)),
                since_millis: or_now(same_and_on.map(|before| before.since_millis)),
                description: given.description,
                event_pattern,
                schedule_expression,
                state: given.state,
                role_arn: given.role_arn,
                // Those of a rule that there is stay as they are.
                tags: before.map_or(tags, |before| before.tags.clone()),
                targets: before
                    .map(|before| before.targets.clone())
                    .unwrap_or_default(),
            };
            let answer = members(json!({ "RuleArn": arn }));
            Ok((Change::Put(Box::new(rule), policies), answer))
        })
    }

    /// The policies of a rule's schedule, if the call has any.
    fn policies(
        &self,
        call: &ServiceCall,
        arn: &str,
        has_schedule: bool,
    ) -> Result<Option<Policies>, ServiceError> {
        let Some(wanted) = call.input.members.get(policy::MEMBER) else {
            return Ok(None);
        };
        if !has_schedule {
            return Err(error::validation(format!(
                "{} is for rules with a ScheduleExpression.",
                policy::MEMBER
            )));
        }
        let scheduled = self.runner.get(arn);
        let before = scheduled.map(|scheduled| self.runner.state(&scheduled).policies);
        before.unwrap_or_default().changed_by(wanted).map(Some)
    }

    pub(super) fn describe_rule(&self, call: &ServiceCall) -> Result<Members, ServiceError> {
        let given: RuleInput = input(call)?;
        let bus = self.place.bus_name(given.event_bus_name.as_deref());
        let rule = self.rule(bus, &given.name)?;
        let mut answer = self.shown_rule(bus, &given.name, &rule);
        answer.insert("CreatedBy".to_owned(), (*self.place.account).into());
        Ok(answer)
    }

    pub(super) fn list_rules(&self, call: &ServiceCall) -> Result<Members, ServiceError> {
        let given: ListInput = input(call)?;
        let bus = self.place.bus_name(given.event_bus_name.as_deref());
        self.bus(bus)?;
        let prefix = rule_key(bus, given.name_prefix.as_deref().unwrap_or_default());
        let rules = self.rules_of(bus);
        let rules = rules.filter(|(key, _)| key.starts_with(&prefix));
        list(call, "Rules", rules, |key, rule| {
            Value::Object(self.shown_rule(bus, name_of(bus, key), rule))
        })
    }

    pub(super) fn list_rule_names_by_target(
        &self,
        call: &ServiceCall,
    ) -> Result<Members, ServiceError> {
        let given: ListInput = input(call)?;
        let bus = self.place.bus_name(given.event_bus_name.as_deref());
        self.bus(bus)?;
        let arn = given.target_arn.as_deref();
        let has_target = |rule: &Rule| {
            let mut targets = rule.targets.iter();
            targets.any(|target| target.get("Arn").and_then(Value::as_str) == arn)
        };
        let rules = self.rules_of(bus).filter(|(_, rule)| has_target(rule));
        list(call, "RuleNames", rules, |key, _| name_of(bus, key).into())
    }

    pub(super) fn set_rule_state(
        &self,
        call: &ServiceCall,
        state: RuleState,
    ) -> Result<Members, ServiceError> {
        let RuleInput {
            name,
            event_bus_name,
        } = input(call)?;
        let bus = self.place.bus_name(event_bus_name.as_deref());
        self.change_rule(call, bus, &name, |rule| {
            self.bus(bus)?;
            let rule = rule.ok_or_else(|| error::no_rule(&name, bus))?;
            if rule.state == state {
                return Ok((Change::Keep, Members::new()));
            }
            let rule = Rule {
                state,
                since_millis: call.now_millis,
                ..rule.clone()
            };
            Ok((Change::Put(Box::new(rule), None), Members::new()))
        })
    }

    /// One that is not there is no error. `Force` is for rules that AWS's services manage: there are none here.
    pub(super) fn delete_rule(&self, call: &ServiceCall) -> Result<Members, ServiceError> {
        let RuleInput {
            name,
            event_bus_name,
        } = input(call)?;
        let bus = self.place.bus_name(event_bus_name.as_deref());
        self.change_rule(call, bus, &name, |rule| match rule {
            None => Ok((Change::Keep, Members::new())),
            Some(rule) if !rule.targets.is_empty() => {
                let message = "Rule can't be deleted since it has targets.";
                Err(error::validation(message))
            }
            Some(_) => Ok((Change::Delete, Members::new())),
        })
    }

    fn shown_rule(&self, bus: &str, name: &str, rule: &Rule) -> Members {
        members(json!({
            "Name": name,
            "Arn": self.place.rule_arn(bus, name),
            "EventPattern": rule.event_pattern,
            "ScheduleExpression": rule.schedule_expression,
            "State": rule.state,
            "Description": rule.description,
            "RoleArn": rule.role_arn,
            "EventBusName": bus,
        }))
    }
}

fn name_of<'a>(bus: &str, key: &'a str) -> &'a str {
    key.get(bus.len() + 1..).unwrap_or_default()
}

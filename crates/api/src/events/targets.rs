//! PutTargets, RemoveTargets, ListTargetsByRule.

use serde::Deserialize;
use serde_json::{Value, json};

use super::records::Rule;
use super::target::RuleTarget;
use super::{Change, Members, Shared, error, input, list, members};
use crate::wire::{ServiceCall, ServiceError};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutTargetsInput {
    rule: String,
    event_bus_name: Option<String>,
    targets: Vec<Members>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RemoveTargetsInput {
    rule: String,
    event_bus_name: Option<String>,
    ids: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListInput {
    rule: String,
    event_bus_name: Option<String>,
}

impl Shared {
    /// Adds targets; one with an `Id` that is there already replaces it. All or none: a target that cannot work is AWS's
    /// `ValidationException`, so that no entry fails alone.
    pub(super) fn put_targets(&self, call: &ServiceCall) -> Result<Members, ServiceError> {
        let given: PutTargetsInput = input(call)?;
        let bus = self.place.bus_name(given.event_bus_name.as_deref());
        self.change_rule(call, bus, &given.rule, |rule| {
            self.bus(bus)?;
            let rule = rule.ok_or_else(|| error::no_rule(&given.rule, bus))?;
            let mut targets = rule.targets.clone();
            for target in given.targets {
                RuleTarget::of(&self.place, &target, rule.role_arn.as_deref())?;
                match targets
                    .iter_mut()
                    .find(|there| there.get("Id") == target.get("Id"))
                {
                    Some(there) => *there = target,
                    None => targets.push(target),
                }
            }
            if targets.len() > self.limits.targets {
                return Err(error::limit_exceeded());
            }
            let rule = Rule {
                targets,
                ..rule.clone()
            };
            Ok((Change::Put(Box::new(rule), None), no_failures()))
        })
    }

    /// Ids that the rule does not have are no failures.
    pub(super) fn remove_targets(&self, call: &ServiceCall) -> Result<Members, ServiceError> {
        let given: RemoveTargetsInput = input(call)?;
        let bus = self.place.bus_name(given.event_bus_name.as_deref());
        self.change_rule(call, bus, &given.rule, |rule| {
            self.bus(bus)?;
            let rule = rule.ok_or_else(|| error::no_rule(&given.rule, bus))?;
            let is_kept = |target: &Members| {
                let id = target.get("Id").and_then(Value::as_str);
                !given.ids.iter().any(|removed| Some(removed.as_str()) == id)
            };
            let rule = Rule {
                targets: rule
                    .targets
                    .iter()
                    .filter(|target| is_kept(target))
                    .cloned()
                    .collect(),
                ..rule.clone()
            };
            Ok((Change::Put(Box::new(rule), None), no_failures()))
        })
    }

    pub(super) fn list_targets_by_rule(&self, call: &ServiceCall) -> Result<Members, ServiceError> {
        let given: ListInput = input(call)?;
        let bus = self.place.bus_name(given.event_bus_name.as_deref());
        let rule = self.rule(bus, &given.rule)?;
        let by_place = |(i, target): (usize, &Members)| (format!("{i:06}").into(), target.clone());
        let targets = rule.targets.iter().enumerate().map(by_place);
        list(call, "Targets", targets, |_, target| target.clone().into())
    }
}

fn no_failures() -> Members {
    members(json!({ "FailedEntryCount": 0, "FailedEntries": [] }))
}

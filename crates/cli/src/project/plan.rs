//! The difference between what a template wants and what a server has.

use std::collections::BTreeSet;

use serde_json::Value;

use super::api::Api;
use super::desired::Desired;
use super::kinds::{self, Kind, Made, Members};
use super::stack::{Entry, Stack, kept};
use crate::client::server::Refusal;
use crate::error::CliError;
use crate::template::{is_unsettled, settle_value};

/// What is to be done with a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Nothing,
    Create,
    Update,
    /// It is deleted and created anew: what says which one it is has changed.
    Replace,
    Delete,
    /// It left the file, and nobody asked to remove it.
    Keep,
}

impl Action {
    pub fn name(self) -> &'static str {
        match self {
            Action::Nothing => "none",
            Action::Create => "create",
            Action::Update => "update",
            Action::Replace => "replace",
            Action::Delete => "delete",
            Action::Keep => "keep",
        }
    }
}

/// One property that changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// `Environment.Variables.LEVEL`
    pub path: String,
    pub from: Option<Value>,
    pub to: Option<Value>,
}

pub struct Step {
    pub logical_id: String,
    pub kind: &'static Kind,
    pub action: Action,
    pub physical_id: String,
    /// What it is to have. Unsettled values are settled when they are known.
    pub wanted: Members,
    /// What it has.
    pub before: Members,
    pub attributes: Members,
    pub differences: Vec<Difference>,
    /// It is there already, and belongs to no stack.
    pub is_adopted: bool,
}

impl Step {
    /// Names of the members that differ.
    pub fn changed(&self) -> BTreeSet<String> {
        let first = |difference: &Difference| {
            let path = &difference.path;
            path.split(['.', '[']).next().unwrap_or(path).to_owned()
        };
        self.differences.iter().map(first).collect()
    }
}

pub struct Plan {
    /// In the order in which they are carried out.
    pub steps: Vec<Step>,
}

impl Plan {
    /// # Errors
    /// The server's; a name that another stack has.
    pub fn make(
        desired: &Desired,
        stack: &Stack,
        others: &[Stack],
        api: Option<&Api>,
        prune: bool,
    ) -> Result<Plan, CliError> {
        check_names(desired, stack, others)?;
        let mut steps: Vec<Step> = Vec::new();
        for resource in &desired.resources {
            let known = |name: &str| known(stack, &steps, name);
            let wanted = settle_members(&resource.members, &known);
            let step = match api {
                Some(api) => {
                    let entry = stack.entry(&resource.logical_id);
                    let entry = entry.filter(|entry| entry.type_name == resource.kind.type_name);
                    step(api, resource.kind, &resource.logical_id, wanted, entry)?
                }
                None => new(resource.kind, &resource.logical_id, wanted),
            };
            steps.push(step);
        }
        let is_wanted = |entry: &Entry| {
            let mut resources = desired.resources.iter();
            resources.any(|one| {
                one.logical_id == entry.logical_id && one.kind.type_name == entry.type_name
            })
        };
        let gone = stack
            .resources
            .iter()
            .rev()
            .filter(|entry| !is_wanted(entry));
        let action = if prune { Action::Delete } else { Action::Keep };
        steps.extend(gone.filter_map(|entry| removal(entry, action)));
        Ok(Plan { steps })
    }

    /// Everything of a stack goes, what was made last first.
    pub fn removal(stack: &Stack) -> Plan {
        let entries = stack.resources.iter().rev();
        let steps = entries.filter_map(|entry| removal(entry, Action::Delete));
        Plan {
            steps: steps.collect(),
        }
    }

    pub fn count(&self, action: Action) -> usize {
        self.steps
            .iter()
            .filter(|step| step.action == action)
            .count()
    }

    /// Nothing is to be done.
    pub fn is_done(&self) -> bool {
        let is_done = |step: &Step| matches!(step.action, Action::Nothing | Action::Keep);
        self.steps.iter().all(is_done)
    }
}

fn removal(entry: &Entry, action: Action) -> Option<Step> {
    Some(Step {
        logical_id: entry.logical_id.clone(),
        kind: kinds::find(&entry.type_name)?,
        action,
        physical_id: entry.physical_id.clone(),
        wanted: Members::new(),
        before: entry.members.clone(),
        attributes: entry.attributes.clone(),
        differences: Vec::new(),
        is_adopted: false,
    })
}

fn new(kind: &'static Kind, logical_id: &str, wanted: Members) -> Step {
    Step {
        logical_id: logical_id.to_owned(),
        kind,
        action: Action::Create,
        physical_id: kind.physical_id(&wanted),
        wanted,
        before: Members::new(),
        attributes: Members::new(),
        differences: Vec::new(),
        is_adopted: false,
    }
}

/// `Id.Attribute` of what is not going to change.
fn known(stack: &Stack, steps: &[Step], name: &str) -> Option<String> {
    let (id, attribute) = name.split_once('.')?;
    let step = steps.iter().find(|step| step.logical_id == id)?;
    // An alias or a connection keeps its ARN when it is updated; a version does not.
    let keeps = match step.action {
        Action::Nothing => true,
        Action::Update => !step.kind.type_name.ends_with("Version"),
        _ => false,
    };
    let value = stack
        .entry(id)
        .filter(|_| keeps)?
        .attributes
        .get(attribute)?;
    Some(
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned),
    )
}

pub fn settle_members(members: &Members, known: &dyn Fn(&str) -> Option<String>) -> Members {
    members
        .iter()
        .map(|(name, value)| (name.clone(), settle_value(value, known)))
        .collect()
}

/// Compares one resource with what the server has.
pub fn step(
    api: &Api,
    kind: &'static Kind,
    logical_id: &str,
    wanted: Members,
    entry: Option<&Entry>,
) -> Result<Step, CliError> {
    let none = Members::new();
    let (last, attributes) = match entry {
        Some(entry) => (&entry.members, &entry.attributes),
        None => (&none, &none),
    };
    // Another one than before is looked for under its new name.
    let is_another = entry.is_some_and(|entry| {
        !entry.is_unfinished && differs(kind.identity, &entry.members, &wanted)
    });
    let made = Made {
        members: if is_another { last } else { &wanted },
        last,
        attributes,
    };
    let found = (kind.read)(api, &made).map_err(|refusal| named(refusal, kind, logical_id))?;
    let Some(mut before) = found else {
        return Ok(new(kind, logical_id, wanted));
    };
    for name in kind.unreadable {
        if let Some(value) = last.get(*name) {
            before.insert((*name).to_owned(), value.clone());
        }
    }
    // What it is called is known, whether it was made here or not.
    for name in kind.identity {
        if entry.is_none()
            && kind.unreadable.contains(name)
            && let Some(value) = wanted.get(*name)
        {
            before.insert((*name).to_owned(), value.clone());
        }
    }
    let differences = differences(&before, &kept(kind, &wanted));
    let physical_id = kind.physical_id(&before);
    let mut step = Step {
        logical_id: logical_id.to_owned(),
        kind,
        action: Action::Nothing,
        physical_id: if physical_id.is_empty() {
            kind.physical_id(&wanted)
        } else {
            physical_id
        },
        wanted,
        before,
        attributes: attributes.clone(),
        differences,
        is_adopted: entry.is_none(),
    };
    let changed = step.changed();
    step.action = match () {
        () if kind.identity.iter().any(|name| changed.contains(*name)) => Action::Replace,
        () if !changed.is_empty() => Action::Update,
        // It has to be noted that it belongs to the stack.
        () if entry.is_none_or(|entry| entry.is_unfinished) => Action::Update,
        () => Action::Nothing,
    };
    Ok(step)
}

/// A refusal with the resource that it is about.
pub fn named(refusal: Refusal, kind: &Kind, logical_id: &str) -> CliError {
    match refusal {
        Refusal::Refused { code, message } => CliError::user(format!(
            "{logical_id} ({}): {code}: {message}",
            kind.type_name
        )),
        Refusal::Other(error) => error,
    }
}

fn differs(names: &[&str], one: &Members, other: &Members) -> bool {
    names.iter().any(|name| one.get(*name) != other.get(*name))
}

/// A line for each value that differs.
pub fn differences(before: &Members, wanted: &Members) -> Vec<Difference> {
    let mut found = Vec::new();
    compare_members("", before, wanted, &mut found);
    found
}

fn compare_members(path: &str, before: &Members, wanted: &Members, found: &mut Vec<Difference>) {
    let added = wanted.keys().filter(|name| !before.contains_key(*name));
    for name in before.keys().chain(added) {
        let path = match path.is_empty() {
            true => name.clone(),
            false => format!("{path}.{name}"),
        };
        compare(path, before.get(name), wanted.get(name), found);
    }
}

fn compare(
    path: String,
    before: Option<&Value>,
    wanted: Option<&Value>,
    found: &mut Vec<Difference>,
) {
    match (before, wanted) {
        (Some(Value::Object(before)), Some(Value::Object(wanted))) => {
            compare_members(&path, before, wanted, found);
        }
        (Some(Value::Array(before)), Some(Value::Array(wanted)))
            if before.len() == wanted.len() =>
        {
            for (index, (before, wanted)) in before.iter().zip(wanted).enumerate() {
                compare(
                    format!("{path}[{index}]"),
                    Some(before),
                    Some(wanted),
                    found,
                );
            }
        }
        (before, wanted) if is_same(before, wanted) => {}
        (before, wanted) => found.push(Difference {
            path,
            from: before.cloned(),
            to: wanted.cloned(),
        }),
    }
}

/// 1 and 1.0 are the same number.
fn is_same(one: Option<&Value>, other: Option<&Value>) -> bool {
    match (one, other) {
        (Some(Value::Number(one)), Some(Value::Number(other))) => one.as_f64() == other.as_f64(),
        _ => one == other,
    }
}

/// Whether something in it is known only later.
pub fn has_unsettled(value: &Value) -> bool {
    match value {
        Value::String(text) => is_unsettled(text),
        Value::Array(items) => items.iter().any(has_unsettled),
        Value::Object(members) => members.values().any(has_unsettled),
        _ => false,
    }
}

fn check_names(desired: &Desired, stack: &Stack, others: &[Stack]) -> Result<(), CliError> {
    for resource in desired
        .resources
        .iter()
        .filter(|resource| resource.kind.has_own_name())
    {
        let id = resource.kind.physical_id(&resource.members);
        let owner = others
            .iter()
            .filter(|other| other.name != stack.name)
            .find(|other| {
                let mut entries = other.resources.iter();
                entries.any(|entry| {
                    entry.type_name == resource.kind.type_name && entry.physical_id == id
                })
            });
        if let Some(owner) = owner {
            return Err(CliError::user(format!(
                "{} ({}) is called {id}, and so is one of the stack '{}'",
                resource.logical_id, resource.kind.type_name, owner.name
            ))
            .with_hint("give it another name, or none: then the stack's name becomes part of it"));
        }
    }
    Ok(())
}

//! The types of resources that a stack makes here: what each wants, and how it is read, created, updated and deleted by the API.
//!
//! A resource's state is an object of members by the API's names, complete with the API's defaults, so that what is wanted and what is
//! there can be compared member by member.

mod events;
pub mod functions;
mod iam;
mod logs;
mod scheduler;
mod states;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::api::Api;
use crate::client::server::Refusal;
use crate::template::{Evaluated, Problem, Template};

pub type Members = Map<String, Value>;

/// A type of resource.
pub struct Kind {
    pub type_name: &'static str,
    /// Members that say which resource it is: when one changes it is another one. The first is shown as its name.
    pub identity: &'static [&'static str],
    /// Attributes that are known once it is made.
    pub later: &'static [&'static str],
    /// Members that the API does not tell: they are compared with what the stack says was made.
    pub unreadable: &'static [&'static str],
    /// Members that nobody may see; the stack keeps a hash of them.
    pub secret: &'static [&'static str],
    /// The members that it is to have.
    pub wanted: fn(&Declared<'_>) -> Result<Members, Vec<Problem>>,
    /// The members that it has; None: it is not there.
    pub read: fn(&Api, &Made<'_>) -> Result<Option<Members>, Refusal>,
    /// Both answer with attributes that only the API knows.
    pub create: fn(&Api, &Members) -> Result<Members, Refusal>,
    pub update: fn(&Api, &Change<'_>) -> Result<Members, Refusal>,
    pub delete: fn(&Api, &Made<'_>) -> Result<(), Refusal>,
}

/// A resource of the template.
pub struct Declared<'a> {
    pub resource: &'a Evaluated,
    pub template: &'a Template,
    /// All of the template's, for those that depend on what another one is.
    pub all: &'a [Evaluated],
    /// What people should know.
    pub notes: &'a std::cell::RefCell<Vec<String>>,
}

/// A resource as it was made: its members, and what the API said about it.
pub struct Made<'a> {
    pub members: &'a Members,
    /// As the stack says it was made last.
    pub last: &'a Members,
    pub attributes: &'a Members,
}

pub struct Change<'a> {
    pub wanted: &'a Members,
    pub before: &'a Members,
    pub attributes: &'a Members,
    /// Names of members that differ.
    pub changed: &'a BTreeSet<String>,
}

pub static KINDS: &[&Kind] = &[
    &states::STATE_MACHINE,
    &states::VERSION,
    &states::ALIAS,
    &states::ACTIVITY,
    &functions::FUNCTION,
    &functions::VERSION,
    &functions::ALIAS,
    &functions::PERMISSION,
    &functions::INVOKE_CONFIG,
    &events::BUS,
    &events::RULE,
    &events::CONNECTION,
    &events::API_DESTINATION,
    &scheduler::SCHEDULE,
    &scheduler::GROUP,
    &iam::ROLE,
    &iam::POLICY,
    &iam::MANAGED_POLICY,
    &logs::GROUP,
];

pub fn find(type_name: &str) -> Option<&'static Kind> {
    KINDS
        .iter()
        .copied()
        .find(|kind| kind.type_name == type_name)
}

impl Kind {
    /// What it is called, where it is a matter of names.
    pub fn physical_id(&self, members: &Members) -> String {
        let names = self
            .identity
            .iter()
            .filter(|name| !matches!(**name, "Type" | "Path"));
        let parts: Vec<&str> = names
            .filter_map(|name| members.get(*name)?.as_str())
            .filter(|part| *part != "default")
            .collect();
        parts.join("/")
    }

    /// Whether its name is its own on the whole server: that of a version or a permission belongs to something else.
    pub fn has_own_name(&self) -> bool {
        let kinds: [&Kind; 6] = [
            &states::VERSION,
            &states::ALIAS,
            &functions::VERSION,
            &functions::PERMISSION,
            &functions::INVOKE_CONFIG,
            &iam::POLICY,
        ];
        kinds.iter().all(|kind| kind.type_name != self.type_name)
    }
}

impl Declared<'_> {
    pub fn get(&self, property: &str) -> Option<&Value> {
        self.resource.properties.get(property)
    }

    pub fn text(&self, property: &str) -> Result<Option<String>, Vec<Problem>> {
        match self.get(property) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(value @ (Value::Number(_) | Value::Bool(_))) => Ok(Some(value.to_string())),
            Some(_) => Err(self.wrong(property, "has to be a text")),
        }
    }

    pub fn required(&self, property: &str) -> Result<String, Vec<Problem>> {
        let text = self.text(property)?;
        text.ok_or_else(|| {
            let Evaluated {
                logical_id,
                type_name,
                place,
                ..
            } = self.resource;
            vec![place.problem(format!("'{logical_id}' ({type_name}) has no {property}"))]
        })
    }

    pub fn number(&self, property: &str) -> Result<Option<i64>, Vec<Problem>> {
        let number = match self.get(property) {
            None => return Ok(None),
            Some(Value::Number(number)) => number.as_i64(),
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(_) => None,
        };
        let wrong = || self.wrong(property, "has to be a whole number");
        number.map(Some).ok_or_else(wrong)
    }

    pub fn wrong(&self, property: &str, what: &str) -> Vec<Problem> {
        let place = self
            .resource
            .places
            .get(property)
            .unwrap_or(&self.resource.place);
        vec![place.problem(format!(
            "{property} of '{}' {what}",
            self.resource.logical_id
        ))]
    }

    /// The physical name.
    pub fn name(&self) -> Value {
        self.resource
            .name
            .clone()
            .map_or(Value::Null, Value::String)
    }

    pub fn note(&self, note: String) {
        self.notes
            .borrow_mut()
            .push(format!("{}: {note}", self.resource.logical_id));
    }

    /// Properties of AWS that are kept in the file and change nothing here.
    pub fn without_effect(&self, properties: &[&str]) {
        let found: Vec<&str> = properties
            .iter()
            .copied()
            .filter(|name| self.get(name).is_some())
            .collect();
        if !found.is_empty() {
            self.note(format!("no effect here: {}", found.join(", ")));
        }
    }

    /// Members with the same names as properties.
    pub fn same(&self, names: &[&str]) -> Members {
        let found = names.iter().filter_map(|name| {
            let value = self.get(name)?;
            Some(((*name).to_owned(), value.clone()))
        });
        found.collect()
    }

    /// CloudFormation's list (or map) of tags as an object.
    pub fn tags(&self) -> Value {
        match self.get("Tags") {
            Some(Value::Array(tags)) => tags
                .iter()
                .filter_map(|tag| {
                    Some((
                        tag.get("Key")?.as_str()?.to_owned(),
                        tag.get("Value")?.clone(),
                    ))
                })
                .collect::<Map<_, _>>()
                .into(),
            Some(tags @ Value::Object(_)) => tags.clone(),
            _ => json!({}),
        }
    }
}

/// Without what says nothing: null, and lists and objects that are empty.
pub fn tidy(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), tidy(value)))
            .filter(|(_, value)| !is_nothing(value))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => items.iter().map(tidy).collect(),
        other => other.clone(),
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

/// Some members of an answer.
fn picked(answer: &Value, names: &[&str]) -> Members {
    let found = names.iter().filter_map(|name| {
        let value = answer.get(name).filter(|value| !value.is_null())?;
        Some(((*name).to_owned(), value.clone()))
    });
    found.collect()
}

/// An object as members.
fn members(value: Value) -> Members {
    match tidy(&value) {
        Value::Object(members) => members,
        _ => Members::new(),
    }
}

/// Members with defaults for those that are missing.
fn with_defaults(mut members: Members, defaults: Value) -> Members {
    if let Value::Object(defaults) = defaults {
        for (name, value) in defaults {
            members.entry(name).or_insert(value);
        }
    }
    members
}

fn text<'m>(members: &'m Members, name: &str) -> &'m str {
    members
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// `[{Key, Value}]`
fn tag_list(members: &Members) -> Value {
    let tags = members.get("Tags").and_then(Value::as_object);
    let pair = |(key, value): (&String, &Value)| json!({"Key": key, "Value": value});
    tags.into_iter().flatten().map(pair).collect()
}

/// Keys of tags that are there no more.
fn untagged(change: &Change<'_>) -> Vec<String> {
    let tags = |members: &Members| {
        let tags = members.get("Tags").and_then(Value::as_object);
        tags.cloned().unwrap_or_default()
    };
    let wanted = tags(change.wanted);
    let before = tags(change.before);
    before
        .keys()
        .filter(|key| !wanted.contains_key(*key))
        .cloned()
        .collect()
}

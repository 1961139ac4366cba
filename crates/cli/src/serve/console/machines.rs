//! `GET /_ui/state-machines`: by name, each with its last executions.

use std::collections::BTreeMap;
use std::sync::Arc;

use api::control::records::{MachineType, StateMachine};
use serde::Serialize;
use store::{Error, ListQuery, ListedStatus, Scope};

use super::query::Query;
use super::summary::ExecutionSummary;
use super::{Console, Page, ok, unavailable};
use crate::serve::http::answers::{Answer, Refusal};

const RECENT: usize = 20;
/// As far as running ones are counted.
const COUNTED: usize = 100_000;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StateMachineSummary {
    arn: Arc<str>,
    name: Arc<str>,
    #[serde(rename = "type")]
    kind: MachineType,
    created_millis: i64,
    tags: BTreeMap<String, String>,
    recent: Vec<ExecutionSummary>,
    running: usize,
}

pub fn list(console: &Console, query: &Query) -> Result<Answer, Refusal> {
    let limit = query.limit(50, 1..=200)?;
    let (text, tag) = (query.folded("text"), query.folded("tag"));
    let after = query.text("cursor").unwrap_or_default();
    let matching = console.control.state_machines().into_iter();
    let mut matching = matching.filter(|(arn, machine)| {
        let has_text = |text: &String| machine.name.to_lowercase().contains(text);
        **arn > *after
            && text.as_ref().is_none_or(has_text)
            && tag.as_ref().is_none_or(|tag| has_tag(machine, tag))
    });
    let page: Vec<_> = matching.by_ref().take(limit).collect();
    let has_more = matching.next().is_some();
    let last = page.last().filter(|_| has_more);
    let next = last.map(|(arn, _)| arn.to_string());
    let items = page
        .iter()
        .map(|(arn, machine)| summary(console, arn, machine))
        .collect::<Result<_, _>>();
    ok(&Page {
        items: items.map_err(|error| unavailable(&error))?,
        next,
    })
}

/// `key` or `key=value`, in lower case; the value may be a part of it.
fn has_tag(machine: &StateMachine, wanted: &str) -> bool {
    let (wanted_key, wanted_value) = wanted.split_once('=').unwrap_or((wanted, ""));
    machine.tags.iter().any(|(key, value)| {
        key.to_lowercase() == wanted_key && value.to_lowercase().contains(wanted_value)
    })
}

pub fn summary(
    console: &Console,
    arn: &Arc<str>,
    machine: &StateMachine,
) -> Result<StateMachineSummary, Error> {
    let scope = Scope::StateMachine(arn.clone());
    let (recent, running) = match machine.kind {
        MachineType::Express => {
            let ring = console.service.express_ring().into_iter();
            let own: Vec<ExecutionSummary> = ring
                .filter(|express| express.state_machine_arn == *arn)
                .map(ExecutionSummary::from)
                .collect();
            let running = own.iter().filter(|own| own.is_running()).count();
            (own.into_iter().take(RECENT).collect(), running)
        }
        MachineType::Standard => {
            let rows = console.store.list(&ListQuery {
                scope: scope.clone(),
                status: None,
                redriven: None,
                after: None,
                limit: RECENT,
            })?;
            let recent = rows
                .iter()
                .map(|(id, listing)| ExecutionSummary::of(id, listing))
                .collect();
            let running = console
                .store
                .count(&scope, ListedStatus::Running, COUNTED)?;
            (recent, running)
        }
    };
    let tags = machine.tags.iter();
    Ok(StateMachineSummary {
        arn: arn.clone(),
        name: machine.name.clone(),
        kind: machine.kind,
        created_millis: machine.creation_millis,
        tags: tags
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
        recent,
        running,
    })
}

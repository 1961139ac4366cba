//! `GET /_ui/search`: state machines and executions by a part of their name, for the palette.

use serde::Serialize;
use store::{Error, ExecutionId, Scope};

use super::executions::Filter;
use super::machines::{self, StateMachineSummary};
use super::query::Query;
use super::summary::ExecutionSummary;
use super::{Console, ok, unavailable};
use crate::serve::http::answers::{Answer, Refusal};

/// Of each kind.
const MAX_ITEMS: usize = 10;
/// State machines among whose executions one of exactly this name is looked for.
const MAX_MACHINES: usize = 500;

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    state_machines: Vec<StateMachineSummary>,
    executions: Vec<ExecutionSummary>,
}

pub fn search(console: &Console, query: &Query) -> Result<Answer, Refusal> {
    let text = query.text("text").unwrap_or_default().trim();
    let found = match text {
        "" => Ok(Found::default()),
        text => find(console, text),
    };
    ok(&found.map_err(|error| unavailable(&error))?)
}

fn find(console: &Console, text: &str) -> Result<Found, Error> {
    let part = text.to_lowercase();
    let machines = console.control.state_machines();
    let named = machines
        .iter()
        .filter(|(arn, machine)| machine.name.to_lowercase().contains(&part) || **arn == *text);
    let state_machines = named
        .take(MAX_ITEMS)
        .map(|(arn, machine)| machines::summary(console, arn, machine))
        .collect::<Result<_, _>>()?;

    // Those that are meant exactly, then the newest whose names hold it.
    let arns = machines.iter().take(MAX_MACHINES).map(|(arn, _)| {
        let prefix = arn.replacen(":stateMachine:", ":execution:", 1);
        format!("{prefix}:{text}")
    });
    let mut executions = Vec::new();
    for id in arns.chain([text.to_owned()]) {
        let id: ExecutionId = id.into();
        if let Some((listing, _)) = console.store.summary(&id)? {
            let summary = ExecutionSummary::of(&id, &listing);
            executions.push(summary.complete(&*console.store, &listing)?);
        }
    }
    let filter = Filter {
        scope: Scope::All,
        statuses: Vec::new(),
        name: Some(part),
        error: None,
        from_millis: None,
    };
    let newest = filter.page(&*console.store, None, MAX_ITEMS)?.items;
    for summary in newest {
        if !executions.iter().any(|known| known.arn == summary.arn) {
            executions.push(summary);
        }
    }
    executions.truncate(MAX_ITEMS);
    Ok(Found {
        state_machines,
        executions,
    })
}

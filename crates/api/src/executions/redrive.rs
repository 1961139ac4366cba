//! RedriveExecution, and what DescribeExecution says about it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use engine::ControlError;
use interpreter::time::seconds_of_millis;
use serde::Deserialize;
use serde_json::{Value, json};
use store::{ExecutionId, ListedStatus};

use super::{Found, find};
use crate::service::Call;
use crate::{Error, Service};

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;
/// After its end an execution can be redriven for 14 days; AWS lets one run for a year, whatever it did in between.
const REDRIVABLE_MILLIS: i64 = 14 * DAY_MILLIS;
const LONGEST_EXECUTION_MILLIS: i64 = 365 * DAY_MILLIS;
/// For so long a client token stands for the answer that it got (API reference).
const TOKEN_MILLIS: i64 = 15 * 60 * 1000;
const MAX_TOKENS: usize = 10_000;

/// `redriveStatus` and `redriveStatusReason`.
pub(super) struct RedriveStatus {
    pub name: &'static str,
    pub reason: Option<&'static str>,
}

/// Whether an execution can be redriven now; the reasons are those of the API reference.
pub(super) fn status(service: &Service, found: &Found, now: i64) -> RedriveStatus {
    let listing = &found.listing;
    let not = |reason| RedriveStatus {
        name: "NOT_REDRIVABLE",
        reason: Some(reason),
    };
    let ended_for = now - listing.stop_millis.unwrap_or(now);
    match listing.status {
        ListedStatus::Running => not("Execution is RUNNING and cannot be redriven"),
        ListedStatus::PendingRedrive => not("Execution is PENDING_REDRIVE and cannot be redriven"),
        ListedStatus::Succeeded => not("Execution is SUCCEEDED and cannot be redriven"),
        _ if is_deleting(service, &listing.state_machine_arn) => {
            not("State machine is in DELETING status")
        }
        // What begins again needs room for its end.
        _ if found.execution.last_event_id() + 1 >= service.runtime().limits.history_events => {
            not("Execution history event limit exceeded")
        }
        _ if now - listing.start_millis >= LONGEST_EXECUTION_MILLIS => {
            not("Execution has exceeded the max execution time")
        }
        _ if ended_for >= REDRIVABLE_MILLIS => not("Execution redrivable period exceeded"),
        _ if listing.map_run_arn.is_some() => RedriveStatus {
            name: "REDRIVABLE_BY_MAP_RUN",
            reason: None,
        },
        _ => RedriveStatus {
            name: "REDRIVABLE",
            reason: None,
        },
    }
}

fn is_deleting(service: &Service, state_machine_arn: &str) -> bool {
    let found = service.control().find(state_machine_arn);
    found.is_ok_and(|found| found.is_deleting)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    execution_arn: String,
    client_token: Option<String>,
}

/// Answers RedriveExecution.
pub(crate) async fn redrive_execution(service: &Service, call: &Call) -> Result<Value, Error> {
    let Input {
        execution_arn,
        client_token,
    } = call.input()?;
    let found = find(service, &execution_arn).await?;
    let key = client_token.map(|token| (found.id.clone(), token));
    let runtime = service.runtime();
    let tokens = &runtime.redrive_tokens;
    if let Some(redrive_millis) = key
        .as_ref()
        .and_then(|key| tokens.get(key, call.now_millis))
    {
        return Ok(answer(redrive_millis));
    }
    let not_redrivable = |reason: &str| Error::ExecutionNotRedrivable(reason.to_owned());
    match status(service, &found, call.now_millis) {
        RedriveStatus {
            reason: Some(reason),
            ..
        } => return Err(not_redrivable(reason)),
        RedriveStatus {
            name: "REDRIVABLE_BY_MAP_RUN",
            ..
        } => {
            return Err(not_redrivable(
                "Execution is part of a Map Run and can be redriven by its parent execution only",
            ));
        }
        RedriveStatus { .. } => {}
    }
    let audit = Some(call.audit(&execution_arn));
    let asked = runtime.ask(|engine, reply| engine.redrive(&found.id, audit, reply));
    let redrive_millis = asked.await?.map_err(|error| match error {
        ControlError::DoesNotExist => Error::ExecutionDoesNotExist(execution_arn),
        ControlError::Store(error) => error.into(),
        // Somebody else redrove it meanwhile.
        _ => not_redrivable("Execution is RUNNING and cannot be redriven"),
    })?;
    if let Some(key) = key {
        tokens.put(key, redrive_millis);
    }
    Ok(answer(redrive_millis))
}

fn answer(redrive_millis: i64) -> Value {
    json!({"redriveDate": seconds_of_millis(redrive_millis)})
}

/// Answers of the last minutes, by execution and client token. They are not durable: a client that tries again after a
/// restart of the server is told that the execution runs, and nothing is redriven twice.
#[derive(Debug, Default)]
pub(crate) struct RedriveTokens {
    answers: Mutex<HashMap<(ExecutionId, String), i64>>,
}

impl RedriveTokens {
    fn get(&self, key: &(ExecutionId, String), now_millis: i64) -> Option<i64> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let redrive_millis = answers.get(key).copied()?;
        (now_millis - redrive_millis < TOKEN_MILLIS).then_some(redrive_millis)
    }

    fn put(&self, key: (ExecutionId, String), redrive_millis: i64) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.len() >= MAX_TOKENS {
            answers.retain(|_, millis| redrive_millis - *millis < TOKEN_MILLIS);
        }
        if answers.len() < MAX_TOKENS {
            answers.insert(key, redrive_millis);
        }
    }
}

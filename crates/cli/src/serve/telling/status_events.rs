//! Status changes of Standard executions, to EventBridge (Step Functions Developer Guide, "Automating Step Functions event delivery
//! with EventBridge").

use std::pin::Pin;
use std::sync::Arc;

use engine::Committed;
use interpreter::event::Detail;
use interpreter::{Event, Status};
use query::Payload;
use serde_json::{Value, json};
use store::{Kind, Listing};

use super::client::Client;
use super::outbox::{Delivery, Failed, Told};

const DETAIL_TYPE: &str = "Step Functions Execution Status Change";
/// Input and output beyond it are left out of an event (the same page).
const MAX_DATA_BYTES: usize = 248 * 1024;
/// Entries of one PutEvents, and bytes of all of them.
pub const MAX_ENTRIES: usize = 10;
const MAX_REQUEST_BYTES: usize = 256 * 1024;

/// One event.
pub struct StatusEvent {
    execution: Arc<str>,
    time_millis: i64,
    detail: String,
}

impl Told for StatusEvent {
    fn bytes(&self) -> usize {
        self.detail.len()
    }
}

/// What a commit changed: a start, an end, both or nothing.
pub fn of_commit(committed: &Committed<'_>) -> Vec<StatusEvent> {
    let listing = committed.listing;
    if listing.kind != Kind::Standard || listing.map_run_arn.is_some() {
        return Vec::new();
    }
    let mut events = Vec::new();
    for event in committed.events {
        let detail = match &event.detail {
            Detail::ExecutionSucceeded { .. }
            | Detail::ExecutionFailed(_)
            | Detail::ExecutionTimedOut(_)
            | Detail::ExecutionAborted(_) => ended(committed, event),
            _ if is_start(event) => running(committed),
            _ => continue,
        };
        events.push(StatusEvent {
            execution: committed.execution.clone(),
            time_millis: event.timestamp_millis,
            detail: detail.to_string(),
        });
    }
    events
}

fn is_start(event: &Event) -> bool {
    matches!(
        event.detail,
        Detail::ExecutionStarted { .. } | Detail::ExecutionRedriven { .. }
    )
}

fn running(committed: &Committed<'_>) -> Value {
    detail(committed, "RUNNING", Value::Null, None)
}

fn ended(committed: &Committed<'_>, event: &Event) -> Value {
    let stopped = event.timestamp_millis.into();
    let (name, output, error) = match committed.status {
        Status::Succeeded { output } => ("SUCCEEDED", Some(output), None),
        Status::Failed(failure) => ("FAILED", None, Some(failure)),
        Status::TimedOut(failure) => ("TIMED_OUT", None, Some(failure)),
        Status::Aborted(failure) => ("ABORTED", None, Some(failure)),
        // It was redriven within the same commit.
        Status::Running => ("RUNNING", None, None),
    };
    let mut detail = detail(committed, name, stopped, output);
    if let Some(failure) = error {
        detail["error"] = json!(failure.error);
        detail["cause"] = json!(failure.cause);
    }
    detail
}

fn detail(
    committed: &Committed<'_>,
    status: &str,
    stop_date: Value,
    output: Option<&Payload>,
) -> Value {
    let Listing {
        name,
        state_machine_arn,
        version_arn,
        alias_arn,
        start_millis,
        redrive_count,
        redrive_millis,
        ..
    } = committed.listing;
    let input = committed.input.text();
    let output = output.map(Payload::text);
    let is_included =
        input.len() + output.as_ref().map_or(0, |output| output.len()) <= MAX_DATA_BYTES;
    let data = |text: &str| {
        if is_included {
            Value::from(text)
        } else {
            Value::Null
        }
    };
    let (redrive_status, reason) = match status {
        "SUCCEEDED" | "RUNNING" => (
            "NOT_REDRIVABLE",
            Value::from(format!("Execution is {status} and cannot be redriven")),
        ),
        _ => ("REDRIVABLE", Value::Null),
    };
    json!({
        "executionArn": committed.execution,
        "stateMachineArn": state_machine_arn,
        "name": name,
        "status": status,
        "startDate": start_millis,
        "stopDate": stop_date,
        "input": data(input),
        "output": output.as_ref().map(|output| data(output)),
        "inputDetails": { "included": is_included },
        "outputDetails": output.as_ref().map(|_| json!({ "included": is_included })),
        "error": null,
        "cause": null,
        "stateMachineVersionArn": version_arn,
        "stateMachineAliasArn": alias_arn,
        "redriveCount": redrive_count,
        "redriveDate": redrive_millis,
        "redriveStatus": redrive_status,
        "redriveStatusReason": reason,
    })
}

/// Puts them onto the account's default bus.
pub struct EventBridge {
    pub client: Client,
    pub source: String,
}

impl Delivery<StatusEvent> for EventBridge {
    fn send<'a>(
        &'a self,
        batch: &'a [StatusEvent],
    ) -> Pin<Box<dyn Future<Output = Result<(), Failed>> + Send + 'a>> {
        Box::pin(async move {
            let mut failed = Failed {
                number: 0,
                why: String::new(),
            };
            let mut rest = batch;
            while !rest.is_empty() {
                let (now, later) = rest.split_at(that_fit(rest));
                rest = later;
                if let Err((number, why)) = self.put(now).await {
                    failed = Failed {
                        number: failed.number + number,
                        why,
                    };
                }
            }
            match failed.number {
                0 => Ok(()),
                _ => Err(failed),
            }
        })
    }
}

impl EventBridge {
    async fn put(&self, events: &[StatusEvent]) -> Result<(), (usize, String)> {
        let entry = |event: &StatusEvent| {
            json!({
                "Source": self.source,
                "DetailType": DETAIL_TYPE,
                "Detail": event.detail,
                "Resources": [event.execution],
                "Time": super::iso(event.time_millis),
            })
        };
        let arguments = json!({ "Entries": events.iter().map(entry).collect::<Vec<_>>() });
        let answer = self
            .client
            .call("eventbridge", "putEvents", arguments)
            .await;
        let answer = answer.map_err(|why| (events.len(), why))?;
        let failed = answer["FailedEntryCount"].as_u64().unwrap_or(0);
        match usize::try_from(failed).unwrap_or(usize::MAX) {
            0 => Ok(()),
            failed => Err((
                failed,
                format!("EventBridge refused: {}", answer["Entries"]),
            )),
        }
    }
}

/// How many of them one request can hold; one at least.
fn that_fit(events: &[StatusEvent]) -> usize {
    let mut bytes = 0;
    let fit = events.iter().take_while(|event| {
        bytes += event.detail.len() + 512;
        bytes <= MAX_REQUEST_BYTES
    });
    fit.count().max(1)
}

//! Status changes of Standard executions, to EventBridge (Step Functions Developer Guide, "Automating Step Functions event delivery
//! with EventBridge").

use std::pin::Pin;
use std::sync::Arc;

use api::events::{STATUS_CHANGE, StatusDetail, is_told};
use engine::Committed;
use interpreter::event::Detail;
use interpreter::{Event, Status};
use serde_json::{Value, json};

use super::client::Client;
use super::outbox::{Delivery, Failed, Told};

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
    if !is_told(committed.listing) {
        return Vec::new();
    }
    let mut events = Vec::new();
    for event in committed.events {
        let status = match &event.detail {
            // It may have been redriven within the same commit.
            Detail::ExecutionSucceeded { .. }
            | Detail::ExecutionFailed(_)
            | Detail::ExecutionTimedOut(_)
            | Detail::ExecutionAborted(_) => committed.status,
            _ if is_start(event) => &Status::Running,
            _ => continue,
        };
        let detail = detail(committed, status, event.timestamp_millis);
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

fn detail(committed: &Committed<'_>, status: &Status, at_millis: i64) -> Value {
    let detail = StatusDetail {
        execution: committed.execution,
        listing: committed.listing,
        input: committed.input,
        status,
        at_millis,
    };
    detail.to_json()
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
                "DetailType": STATUS_CHANGE,
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

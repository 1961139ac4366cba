//! Status changes of this server's executions, as events of the default bus (Step Functions Developer Guide, "Automating Step Functions
//! event delivery with EventBridge").

use std::sync::Arc;

use interpreter::{Failure, Status};
use query::Payload;
use serde_json::{Value, json};
use store::{ExecutionId, Kind, Listing};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::envelope::{Event, EventParts};
use super::index::{Came, event_id};
use super::names::DEFAULT_BUS;
use super::{Events, Shared};
use crate::delivery::Delivery;
use crate::{Hub, StatusChange};

pub const DETAIL_TYPE: &str = "Step Functions Execution Status Change";
const SOURCE: &str = "aws.states";
/// Input and output beyond it are left out of an event (the same page).
const MAX_DATA_BYTES: usize = 248 * 1024;
/// Changes whose deliveries are committed together.
const BATCH: usize = 256;

/// Whether AWS sends events of an execution: Standard ones, and no children of a Distributed Map.
pub fn is_told(listing: &Listing) -> bool {
    listing.kind == Kind::Standard && listing.map_run_arn.is_none()
}

/// What an event of a status change says.
pub struct StatusDetail<'a> {
    pub execution: &'a ExecutionId,
    pub listing: &'a Listing,
    pub input: &'a Payload,
    pub status: &'a Status,
    /// When it changed, milliseconds since 1970.
    pub at_millis: i64,
}

impl StatusDetail<'_> {
    /// The event's `detail`.
    pub fn to_json(&self) -> Value {
        let (output, failure): (Option<&Payload>, Option<&Failure>) = match self.status {
            Status::Running => (None, None),
            Status::Succeeded { output } => (Some(output), None),
            Status::Failed(failure) | Status::TimedOut(failure) | Status::Aborted(failure) => {
                (None, Some(failure))
            }
        };
        let Listing {
            name,
            state_machine_arn,
            version_arn,
            alias_arn,
            start_millis,
            redrive_count,
            redrive_millis,
            ..
        } = self.listing;
        let status = self.status.name();
        let input = self.input.text();
        let output = output.map(Payload::text);
        let bytes = input.len() + output.as_ref().map_or(0, |output| output.len());
        let is_included = bytes <= MAX_DATA_BYTES;
        let data = |text: &str| is_included.then(|| Value::from(text));
        let has_ended = *self.status != Status::Running;
        let (redrive_status, reason) = match self.status {
            Status::Succeeded { .. } | Status::Running => (
                "NOT_REDRIVABLE",
                Some(format!("Execution is {status} and cannot be redriven")),
            ),
            _ => ("REDRIVABLE", None),
        };
        json!({
            "executionArn": self.execution,
            "stateMachineArn": state_machine_arn,
            "name": name,
            "status": status,
            "startDate": start_millis,
            "stopDate": has_ended.then_some(self.at_millis),
            "input": data(input),
            "output": output.as_ref().map(|output| data(output)),
            "inputDetails": { "included": is_included },
            "outputDetails": output.as_ref().map(|_| json!({ "included": is_included })),
            "error": failure.map(|failure| &failure.error),
            "cause": failure.map(|failure| &failure.cause),
            "stateMachineVersionArn": version_arn,
            "stateMachineAliasArn": alias_arn,
            "redriveCount": redrive_count,
            "redriveDate": redrive_millis,
            "redriveStatus": redrive_status,
            "redriveStatusReason": reason,
        })
    }
}

impl Events {
    /// Hands status changes to the rules of the default bus, until the hub is gone. While no rule of it waits for events, nobody listens
    /// and it costs nothing. A listener that is too slow misses the oldest ([`super::Stats::status_changes_missed`]); nothing holds up
    /// the engine.
    pub async fn follow(&self, hub: &Hub) {
        let shared = &self.0;
        let mut awaited = shared.awaits_status.subscribe();
        loop {
            // The sender is in `self`: it does not go before.
            if awaited.wait_for(|awaited| *awaited).await.is_err() {
                return;
            }
            let mut changes = hub.status_changes();
            loop {
                let change = tokio::select! {
                    change = changes.recv() => change,
                    gone = awaited.wait_for(|awaited| !*awaited) => match gone {
                        Ok(_) => break,
                        Err(_) => return,
                    },
                };
                match change {
                    Ok(change) => shared.tell(change, &mut changes).await,
                    Err(RecvError::Lagged(missed)) => shared.counts.status_changes_missed(missed),
                    Err(RecvError::Closed) => return,
                }
            }
        }
    }
}

impl Shared {
    /// Hands on a change and those that wait behind it.
    async fn tell(
        self: &Arc<Shared>,
        first: Arc<StatusChange>,
        changes: &mut Receiver<Arc<StatusChange>>,
    ) {
        let mut deliveries = self.of_change(&first);
        for _ in 1..BATCH {
            match changes.try_recv() {
                Ok(change) => deliveries.extend(self.of_change(&change)),
                // What was missed is told by the next `recv`.
                Err(_) => break,
            }
        }
        let number = deliveries.len();
        if self.hand_over(deliveries).await.is_err() {
            self.counts.status_changes_missed(number as u64);
        }
    }

    fn of_change(&self, change: &StatusChange) -> Vec<Delivery> {
        if !is_told(&change.listing) {
            return Vec::new();
        }
        let detail = StatusDetail {
            execution: &change.execution,
            listing: &change.listing,
            input: &change.input,
            status: &change.status,
            at_millis: change.at_millis,
        };
        let event = Event::new(
            &self.place,
            EventParts {
                id: &event_id(None, 0),
                detail_type: DETAIL_TYPE,
                source: SOURCE,
                time_millis: change.at_millis,
                resources: json!([change.execution]),
                detail: detail.to_json(),
            },
        );
        self.counts.event();
        self.deliveries(DEFAULT_BUS, &event, Came::FromOutside, change.at_millis)
    }
}

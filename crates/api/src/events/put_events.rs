//! PutEvents, and events that other buses hand on.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::envelope::{Event, EventParts};
use super::index::{Came, event_id};
use super::{Events, Members, Shared, error, input, members, parsed};
use crate::delivery::{Delivery, Target};
use crate::wire::{ServiceCall, ServiceError};

/// Of all entries of one request (EventBridge User Guide, "Calculating PutEvents event entry size").
const MAX_BYTES: usize = 1024 * 1024;
/// What counts for an entry with a time.
const TIME_BYTES: usize = 14;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutEventsInput {
    endpoint_id: Option<String>,
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
struct Entry {
    /// Seconds since 1970.
    time: Option<f64>,
    source: Option<String>,
    resources: Vec<String>,
    detail_type: Option<String>,
    detail: Option<String>,
    event_bus_name: Option<String>,
}

impl Entry {
    fn bytes(&self) -> usize {
        let texts = [&self.source, &self.detail_type, &self.detail];
        let texts = texts.into_iter().flatten().chain(&self.resources);
        let time = self.time.map_or(0, |_| TIME_BYTES);
        texts.map(String::len).sum::<usize>() + time
    }
}

/// Code and message of an entry that is refused.
type Refused = (&'static str, String);

impl Shared {
    /// Answers once all deliveries are durable.
    pub(super) async fn put_events(
        self: &Arc<Shared>,
        call: &ServiceCall,
    ) -> Result<Members, ServiceError> {
        let given: PutEventsInput = input(call)?;
        if given.endpoint_id.is_some() {
            return Err(error::not_here("Global endpoints"));
        }
        if given.entries.iter().map(Entry::bytes).sum::<usize>() > MAX_BYTES {
            let message = "Total size of the entries in the request is over the limit.";
            return Err(error::validation(message));
        }
        let mut deliveries = Vec::new();
        let mut failed = 0;
        let mut answers = Vec::new();
        for (number, entry) in given.entries.into_iter().enumerate() {
            let id = event_id(call.call_key.as_deref(), number);
            match self.accepted(entry, &id, call.now_millis) {
                Ok(more) => {
                    deliveries.extend(more);
                    answers.push(json!({ "EventId": id }));
                }
                Err((code, message)) => {
                    failed += 1;
                    answers.push(json!({ "ErrorCode": code, "ErrorMessage": message }));
                }
            }
        }
        self.hand_over(deliveries).await?;
        Ok(members(
            json!({ "FailedEntryCount": failed, "Entries": answers }),
        ))
    }

    fn accepted(&self, entry: Entry, id: &str, now_millis: i64) -> Result<Vec<Delivery>, Refused> {
        let required = |given: Option<String>, name: &str| {
            let given = given.filter(|text| !text.is_empty());
            given.ok_or_else(|| invalid(name, &format!("{name} is a required argument.")))
        };
        let source = required(entry.source, "Source")?;
        let detail_type = required(entry.detail_type, "DetailType")?;
        let detail = required(entry.detail, "Detail")?;
        if source.starts_with("aws.") {
            let message = "Not authorized for the source.".to_owned();
            return Err(("NotAuthorizedForSourceException", message));
        }
        let detail = parsed(&detail).ok().filter(Value::is_object);
        let detail =
            detail.ok_or_else(|| ("MalformedDetail", "Detail is malformed.".to_owned()))?;
        let bus = self.place.bus_name(entry.event_bus_name.as_deref());
        // AWS takes such an event and loses it.
        if self.buses.get(bus).is_none() {
            return Err(invalid(
                "EventBusName",
                &format!("Event bus {bus} does not exist."),
            ));
        }
        self.counts.event();
        if !self.index().has_patterns(bus) {
            return Ok(Vec::new());
        }
        let event = Event::new(
            &self.place,
            EventParts {
                id,
                detail_type: &detail_type,
                source: &source,
                time_millis: entry.time.map_or(now_millis, millis),
                resources: entry.resources.into(),
                detail,
            },
        );
        Ok(self.deliveries(bus, &event, Came::FromOutside, now_millis))
    }

    /// Whether an entry is for a bus that is here and nowhere else.
    pub(super) fn is_for_own_bus(&self, entry: &Value) -> bool {
        let bus = entry.get("EventBusName").and_then(Value::as_str);
        self.is_own_bus(self.place.bus_name(bus))
    }
}

fn invalid(name: &str, reason: &str) -> Refused {
    let message = format!("Parameter {name} is not valid. Reason: {reason}");
    ("InvalidArgument", message)
}

fn millis(seconds: f64) -> i64 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "what is out of range becomes the nearest"
    )]
    let millis = (seconds * 1000.0).round() as i64;
    millis
}

impl Events {
    /// Hands an event on to a bus of this server, for a delivery whose target is one. The event is [`Delivery::dead_letter_body`]; of a
    /// schedule, whose input is the detail, one is made.
    ///
    /// # Errors
    /// `ResourceNotFoundException`: the bus is not here; the store's.
    pub async fn hand_on(&self, delivery: &Delivery, now_millis: i64) -> Result<(), ServiceError> {
        let Target::EventBus {
            arn,
            detail_type,
            source,
            resources,
        } = &delivery.target
        else {
            return Err(error::internal("The delivery's target is no event bus."));
        };
        let shared = &self.0;
        let bus = shared.place.bus_name(Some(arn));
        shared.bus(bus)?;
        let of_rule = delivery.dead_letter_body.as_deref().map(parsed);
        let (event, came) = match of_rule {
            Some(event) => (Event::from(event.map_err(error::internal)?), Came::FromBus),
            None => {
                let detail = parsed(&delivery.input).ok().filter(Value::is_object);
                let detail = detail.ok_or_else(|| {
                    ServiceError::new("MalformedDetail", 400, "Detail is malformed.")
                })?;
                let parts = EventParts {
                    id: &delivery.id,
                    detail_type,
                    source,
                    time_millis: delivery.created_millis,
                    resources: json!(resources),
                    detail,
                };
                (Event::new(&shared.place, parts), Came::FromOutside)
            }
        };
        shared.counts.event();
        let deliveries = shared.deliveries(bus, &event, came, now_millis);
        shared.hand_over(deliveries).await
    }

    /// Whether this bus is here: by its name or its ARN.
    pub fn has_bus(&self, name_or_arn: &str) -> bool {
        let name = self.0.place.bus_name(Some(name_or_arn));
        self.0.buses.get(name).is_some()
    }
}

//! GetExecutionHistory: pages of events, made of the segments that hold them and of no other.

use interpreter::event::Detail;
use interpreter::{Event, decode_events};
use serde::Deserialize;
use serde_json::{Value, json};
use store::{ExecutionId, Listing, Order, Segment, Store};

use super::find;
use crate::service::Call;
use crate::{Error, Service};

/// Segments of one read: enough for a usual page, few enough that a history of large payloads never stands in memory.
const SEGMENTS_PER_READ: usize = 16;
/// A page ends early behind the event with which its payloads take more than this.
const PAGE_BYTES: usize = 8 * 1024 * 1024;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    execution_arn: String,
    #[serde(default)]
    reverse_order: bool,
    include_execution_data: Option<bool>,
}

/// Answers GetExecutionHistory.
pub(crate) async fn get_execution_history(service: &Service, call: &Call) -> Result<Value, Error> {
    let input: Input = call.input()?;
    let page = call.page()?;
    let found = find(service, &input.execution_arn).await?;
    let last_event_id = found.execution.last_event_id();
    let order = match input.reverse_order {
        false => Order::Ascending,
        true => Order::Descending,
    };
    let from = match (&page.after, order) {
        (Some(after), _) => after.parse().map_err(|_| Error::invalid_page_token())?,
        (None, Order::Ascending) => 1,
        (None, Order::Descending) => last_event_id,
    };
    let range = Range {
        from,
        order,
        max_results: page.limit,
        include_data: input.include_execution_data.unwrap_or(true),
    };
    let (id, listing) = (found.id, found.listing);
    let read = move |store: &dyn Store| Ok(read_page(store, &id, &listing, last_event_id, &range));
    let events = service.runtime().read(read).await??;
    let mut answer = json!({"events": events.events});
    if let Some(next) = events.next {
        answer["nextToken"] = page.token(next.to_string())?.into();
    }
    Ok(answer)
}

/// Which events of an execution.
struct Range {
    /// The first event of the page; past the end the page is empty.
    from: u64,
    order: Order,
    max_results: usize,
    include_data: bool,
}

/// Events in AWS's form.
struct Events {
    events: Vec<Value>,
    /// The first event of the next page.
    next: Option<u64>,
}

/// Reads one page. `last_event_id` is that of the execution's newest event.
fn read_page(
    store: &dyn Store,
    id: &ExecutionId,
    listing: &Listing,
    last_event_id: u64,
    range: &Range,
) -> Result<Events, Error> {
    let mut page = Events {
        events: Vec::new(),
        next: Some(range.from).filter(|from| (1..=last_event_id).contains(from)),
    };
    let mut bytes = 0;
    while let Some(from) = page.next {
        let segments = store.segments(id, from, range.order, SEGMENTS_PER_READ)?;
        for segment in &segments {
            for event in events(segment, range.order, from)? {
                if page.events.len() == range.max_results || bytes >= PAGE_BYTES {
                    page.next = Some(event.id);
                    return Ok(page);
                }
                page.next = following(event.id, range.order, last_event_id);
                let json = in_aws_form(&event, listing, range.include_data);
                bytes += payload_bytes(&json);
                page.events.push(json);
            }
        }
        if page.next == Some(from) {
            return Err(damaged(format!("{id} has no event {from}")));
        }
    }
    Ok(page)
}

fn following(id: u64, order: Order, last_event_id: u64) -> Option<u64> {
    match order {
        Order::Ascending => Some(id + 1).filter(|next| *next <= last_event_id),
        Order::Descending => Some(id - 1).filter(|next| *next > 0),
    }
}

/// The events of a segment that the page wants, in its order.
fn events(segment: &Segment, order: Order, from: u64) -> Result<Vec<Event>, Error> {
    let mut events = decode_events(&segment.events)
        .map_err(|error| damaged(format!("a history cannot be read: {error}")))?;
    match order {
        Order::Ascending => events.retain(|event| event.id >= from),
        Order::Descending => {
            events.retain(|event| event.id <= from);
            events.reverse();
        }
    }
    Ok(events)
}

/// The event with what the execution's listing knows about its start.
pub fn in_aws_form(event: &Event, listing: &Listing, include_data: bool) -> Value {
    let mut json = match include_data {
        true => event.to_json(),
        false => event.to_json_without_data(),
    };
    if matches!(event.detail, Detail::ExecutionStarted { .. })
        && let Some(details) = json
            .get_mut("executionStartedEventDetails")
            .and_then(Value::as_object_mut)
    {
        for (key, arn) in [
            ("stateMachineAliasArn", &listing.alias_arn),
            ("stateMachineVersionArn", &listing.version_arn),
        ] {
            if let Some(arn) = arn {
                details.insert(key.into(), arn.as_ref().into());
            }
        }
    }
    json
}

fn damaged(what: String) -> Error {
    store::Error::Corrupt(what).into()
}

/// Bytes of the texts in an event: what makes a page large.
fn payload_bytes(json: &Value) -> usize {
    match json {
        Value::String(text) => text.len(),
        Value::Object(fields) => fields.values().map(payload_bytes).sum(),
        _ => 0,
    }
}

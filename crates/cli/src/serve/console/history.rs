//! `GET /_ui/executions/events`, compact, and `GET /_ui/executions/event`, one as AWS shows it.

use api::in_aws_form;
use interpreter::decode_events;
use serde::Serialize;
use store::{Error, ExecutionId, Order, Store};

use super::compact::CompactEvent;
use super::query::Query;
use super::summary::{self, ExecutionSummary};
use super::{Console, invalid, not_found, ok, unavailable};
use crate::serve::http::answers::{Answer, Refusal};

/// Segments of one read.
const SEGMENTS: usize = 256;
const MAX_EVENTS: usize = 10_000;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Events {
    events: Vec<CompactEvent>,
    is_complete: bool,
}

pub fn events(console: &Console, query: &Query) -> Result<Answer, Refusal> {
    let arn: ExecutionId = query.required("arn")?.into();
    let after = query.number("after")?.unwrap_or(0);
    let after = u64::try_from(after).map_err(|_| invalid("There are no events before 0."))?;
    let limit = query.limit(1_000, 1..=MAX_EVENTS)?;
    let found = behind(&*console.store, &arn, after, limit).map_err(|error| unavailable(&error))?;
    let Some(found) = found else {
        return Err(does_not_exist(&arn));
    };
    ok(&Events {
        is_complete: found.is_complete,
        events: found.events,
    })
}

/// What is new of an execution.
pub struct News {
    pub summary: ExecutionSummary,
    pub events: Vec<CompactEvent>,
    pub last_event_id: u64,
    /// There are more.
    pub has_more: bool,
    pub is_complete: bool,
}

/// The events behind one, in order. None: there is no such execution.
pub fn behind(
    store: &dyn Store,
    id: &ExecutionId,
    after: u64,
    limit: usize,
) -> Result<Option<News>, Error> {
    // Before the events: those that come later are told of next time.
    let Some((listing, header)) = store.summary(id)? else {
        return Ok(None);
    };
    let execution = summary::header(id, &header)?;
    let last = execution.last_event_id();
    let mut events: Vec<CompactEvent> = Vec::new();
    let mut behind = after;
    while events.len() < limit && behind < last {
        let outlines = store.outlines(id, behind + 1, SEGMENTS)?;
        let before = events.len();
        for outline in &outlines {
            let decoded = decode_events(&outline.segment.events)
                .map_err(|error| Error::Corrupt(format!("the history of {id}: {error}")))?;
            let new = decoded.iter().filter(|event| event.id > behind);
            events.extend(new.map(|event| CompactEvent::of(event, outline)));
            if events.len() >= limit {
                break;
            }
        }
        if events.len() == before {
            break;
        }
        events.truncate(limit);
        behind = events.last().map_or(behind, |event| event.id);
    }
    Ok(Some(News {
        last_event_id: last,
        has_more: behind < last,
        is_complete: !execution.is_running() && behind >= last,
        summary: ExecutionSummary::of(id, &listing).with(&execution),
        events,
    }))
}

pub fn event(console: &Console, query: &Query) -> Result<Answer, Refusal> {
    let arn: ExecutionId = query.required("arn")?.into();
    query.required("id")?;
    let id = query.number("id")?.and_then(|id| u64::try_from(id).ok());
    let id = id.ok_or_else(|| invalid("An event's id is a number from 1 on."))?;
    let read = || -> Result<_, Error> {
        let Some((listing, _)) = console.store.summary(&arn)? else {
            return Ok(None);
        };
        let segments = console.store.segments(&arn, id, Order::Ascending, 1)?;
        let mut events = Vec::new();
        for segment in &segments {
            let decoded = decode_events(&segment.events);
            events.extend(decoded.map_err(|error| Error::Corrupt(error.to_string()))?);
        }
        let event = events.into_iter().find(|event| event.id == id);
        Ok(Some(event.map(|event| in_aws_form(&event, &listing, true))))
    };
    match read().map_err(|error| unavailable(&error))? {
        None => Err(does_not_exist(&arn)),
        Some(None) => Err(not_found(
            "EventDoesNotExist",
            format!("The execution has no event {id}."),
        )),
        Some(Some(event)) => ok(&event),
    }
}

/// AWS's name of it; Express executions are not kept.
pub fn does_not_exist(arn: &str) -> Refusal {
    let message = format!("Execution Does Not Exist: '{arn}'");
    not_found("ExecutionDoesNotExist", message)
}

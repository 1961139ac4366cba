//! Events: writing and reading them.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};

use serde_json::{Map, Value, json};

use super::filter::Filter;
use super::page::{Key, MAX_PAGE_EVENTS, Page};
use super::segments::{Event, Stored};
use super::{Group, Shared, error, flag, integer, members, text};
use crate::wire::{ServiceCall, ServiceError};

type Answer = Result<Map<String, Value>, ServiceError>;

/// Of one PutLogEvents; each event counts so many bytes beside its text.
const MAX_BATCH_BYTES: usize = 1_048_576;
const EVENT_OVERHEAD_BYTES: usize = 26;
const HOUR_MILLIS: i64 = 3_600_000;
/// How far events may be from now.
const TOO_NEW_MILLIS: i64 = 2 * HOUR_MILLIS;
const TOO_OLD_MILLIS: i64 = 14 * 24 * HOUR_MILLIS;

impl Shared {
    pub fn put_events(&self, call: &ServiceCall) -> Answer {
        let stream = text(call, "logStreamName").unwrap_or_default();
        let (name, group) = self.group_of(call)?;
        if !self.has_stream(&name, &group, stream)? {
            return Err(error::no_stream());
        }
        let events = call
            .input
            .members
            .get("logEvents")
            .and_then(Value::as_array);
        let event = |event: &Value| {
            Some(Event {
                timestamp_millis: event.get("timestamp")?.as_i64()?,
                message: event.get("message")?.as_str()?.into(),
            })
        };
        let events: Vec<Event> = events.into_iter().flatten().filter_map(event).collect();
        let bytes: usize = events
            .iter()
            .map(|event| event.message.len() + EVENT_OVERHEAD_BYTES)
            .sum();
        if bytes > MAX_BATCH_BYTES {
            return Err(error::invalid(format!(
                "Upload too large: {bytes} bytes exceeds limit of {MAX_BATCH_BYTES}"
            )));
        }
        if !events.is_sorted_by_key(|event| event.timestamp_millis) {
            return Err(error::invalid(
                "Log events in a single PutLogEvents request must be in chronological order.",
            ));
        }
        let now = call.now_millis;
        let count = |is_before: &dyn Fn(i64) -> bool| {
            events.partition_point(|event| is_before(event.timestamp_millis))
        };
        let too_old = count(&|at| at < now - TOO_OLD_MILLIS);
        let expired = count(&|at| at < group.kept_from(now));
        let too_new = count(&|at| at <= now + TOO_NEW_MILLIS);
        let mut rejected = Map::new();
        for (member, index, is_some) in [
            ("tooOldLogEventEndIndex", too_old, too_old > 0),
            ("expiredLogEventEndIndex", expired, expired > too_old),
            ("tooNewLogEventStartIndex", too_new, too_new < events.len()),
        ] {
            if is_some {
                rejected.insert(member.into(), json!(index));
            }
        }
        if let Some(taken) = events.get(too_old.max(expired)..too_new) {
            self.append(&name, stream, taken, now)?;
        }
        // Nobody needs a token any more; AWS still answers one.
        let mut answer = members(json!({"nextSequenceToken": format!("{now:056}")}));
        if !rejected.is_empty() {
            answer.insert("rejectedLogEventsInfo".into(), Value::Object(rejected));
        }
        Ok(answer)
    }

    /// The token says where the page before ended, and which way to go: `f/…` or `b/…`.
    pub fn get_events(&self, call: &ServiceCall) -> Answer {
        let stream = text(call, "logStreamName").unwrap_or_default();
        let (name, group) = self.group_of(call)?;
        if !self.has_stream(&name, &group, stream)? {
            return Err(error::no_stream());
        }
        let token = match text(call, "nextToken") {
            None => None,
            Some(token) => {
                let key = token
                    .split_once('/')
                    .and_then(|(way, key)| Some((way, Key::parse(key)?)));
                Some(
                    key.filter(|(way, _)| matches!(*way, "f" | "b"))
                        .ok_or_else(bad_token)?,
                )
            }
        };
        // The end of the interval does not belong to it.
        let to = integer(call, "endTime").map_or(i64::MAX, |end| end.saturating_sub(1));
        let mut page = match token {
            Some(("f", _)) => Page::first(limit(call)),
            None if flag(call, "startFromHead") => Page::first(limit(call)),
            _ => Page::last(limit(call)),
        };
        self.read(&name, &group, call, to, &|name| name == stream, |stored| {
            let key = Key::of(&stored);
            let is_on_the_way = match token {
                Some(("f", from)) => key > from,
                Some((_, from)) => key < from,
                None => true,
            };
            if is_on_the_way {
                page.offer(stored);
            }
        })?;
        let events = page.events();
        let here = token.map_or(Key::FIRST, |(_, key)| key);
        let first = events.first().map_or(here, Key::of);
        let last = events.last().map_or(here, Key::of);
        let events: Vec<Value> = events
            .iter()
            .map(|stored| {
                json!({
                    "timestamp": stored.event.timestamp_millis,
                    "message": stored.event.message,
                    "ingestionTime": stored.ingestion_millis,
                })
            })
            .collect();
        Ok(members(json!({
            "events": events,
            "nextForwardToken": format!("f/{last}"),
            "nextBackwardToken": format!("b/{first}"),
        })))
    }

    pub fn filter_events(&self, call: &ServiceCall) -> Answer {
        let (name, group) = self.group_of(call)?;
        let filter = Filter::parse(text(call, "filterPattern").unwrap_or_default())?;
        let prefix = text(call, "logStreamNamePrefix");
        let names = call
            .input
            .members
            .get("logStreamNames")
            .and_then(Value::as_array);
        let names: Option<BTreeSet<&str>> =
            names.map(|names| names.iter().filter_map(Value::as_str).collect());
        if prefix.is_some() && names.is_some() {
            return Err(error::invalid(
                "logStreamNames and logStreamNamePrefix cannot be used together.",
            ));
        }
        for stream in names.iter().flatten() {
            if !self.has_stream(&name, &group, stream)? {
                return Err(error::no_stream());
            }
        }
        let after = match text(call, "nextToken") {
            None => Key::FIRST,
            Some(token) => Key::parse(token).ok_or_else(bad_token)?,
        };
        let to = integer(call, "endTime").unwrap_or(i64::MAX);
        let is_meant = |stream: &str| {
            prefix.is_none_or(|prefix| stream.starts_with(prefix))
                && names.as_ref().is_none_or(|names| names.contains(stream))
        };
        let mut page = Page::first(limit(call));
        self.read(&name, &group, call, to, &is_meant, |stored| {
            if Key::of(&stored) > after && filter.matches(&stored.event.message) {
                page.offer(stored);
            }
        })?;
        let is_cut = page.is_cut;
        let events = page.events();
        let next = events
            .last()
            .filter(|_| is_cut)
            .map(|stored| Key::of(stored).to_string());
        let events: Vec<Value> = events
            .iter()
            .map(|stored| {
                json!({
                    "logStreamName": stored.stream,
                    "timestamp": stored.event.timestamp_millis,
                    "message": stored.event.message,
                    "ingestionTime": stored.ingestion_millis,
                    // As many digits as AWS's ids have.
                    "eventId": format!("{:056}", stored.id),
                })
            })
            .collect();
        let mut answer = members(json!({"events": events, "searchedLogStreams": []}));
        if let Some(next) = next {
            answer.insert("nextToken".into(), json!(next));
        }
        Ok(answer)
    }

    /// Hands over what a call's interval and the group's retention leave of some streams.
    fn read(
        &self,
        name: &Arc<str>,
        group: &Group,
        call: &ServiceCall,
        to_millis: i64,
        streams: &dyn Fn(&str) -> bool,
        take: impl FnMut(Stored),
    ) -> Result<(), ServiceError> {
        let from = integer(call, "startTime")
            .unwrap_or(0)
            .max(group.kept_from(call.now_millis));
        let files = self.files(name, group)?;
        let snapshot = files
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .snapshot();
        snapshot
            .read(from, to_millis, streams, take)
            .map_err(|failure| error::io(&self.folder, &failure))
    }
}

fn bad_token() -> ServiceError {
    error::invalid("The specified nextToken is invalid.")
}

fn limit(call: &ServiceCall) -> usize {
    let limit = integer(call, "limit").and_then(|limit| usize::try_from(limit).ok());
    limit.unwrap_or(MAX_PAGE_EVENTS).clamp(1, MAX_PAGE_EVENTS)
}

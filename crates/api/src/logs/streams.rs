//! Streams of a group.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use serde_json::{Map, Value, json};

use super::groups::listing;
use super::segments::StreamInfo;
use super::{Group, Shared, Stream, error, flag, members, stream_key, text};
use crate::table::Transaction;
use crate::wire::{ServiceCall, ServiceError};

type Answer = Result<Map<String, Value>, ServiceError>;

/// One stream: when it was made, and what it has had.
#[derive(Clone, Copy)]
struct Shown {
    created_millis: i64,
    info: Option<StreamInfo>,
}

impl Shared {
    pub fn create_stream(&self, call: &ServiceCall) -> Answer {
        let stream = text(call, "logStreamName").unwrap_or_default();
        let (name, group) = self.group_of(call)?;
        if self.streams_of(&name, &group)?.contains_key(stream) {
            return Err(error::exists("stream"));
        }
        let _writing = self.lock();
        let key = stream_key(&name, stream);
        self.group(&name)?;
        if self.streams.get(&key).is_some() {
            return Err(error::exists("stream"));
        }
        let audit = call.audit(&format!("{}:log-stream:{stream}", self.group_arn(&name)));
        let mut change = Transaction::new(&self.store, Some(audit));
        change.put(
            &self.streams,
            key,
            Stream {
                created_millis: call.now_millis,
            },
        );
        change.commit()?;
        Ok(Map::new())
    }

    pub fn delete_stream(&self, call: &ServiceCall) -> Answer {
        let stream = text(call, "logStreamName").unwrap_or_default();
        let (name, group) = self.group_of(call)?;
        if !self.has_stream(&name, &group, stream)? {
            return Err(error::no_stream());
        }
        let files = self.files(&name, &group)?;
        let mut files = files.lock().unwrap_or_else(PoisonError::into_inner);
        files
            .delete_stream(stream, call.now_millis)
            .map_err(|failure| error::io(&self.folder, &failure))?;
        drop(files);
        let _writing = self.lock();
        let audit = call.audit(&format!("{}:log-stream:{stream}", self.group_arn(&name)));
        let mut change = Transaction::new(&self.store, Some(audit));
        change.delete(&self.streams, stream_key(&name, stream));
        change.commit()?;
        Ok(Map::new())
    }

    pub(super) fn has_stream(
        &self,
        name: &str,
        group: &Group,
        stream: &str,
    ) -> Result<bool, ServiceError> {
        if self.streams.get(&stream_key(name, stream)).is_some() {
            return Ok(true);
        }
        let files = self.files(name, group)?;
        let files = files.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(files.streams.contains_key(stream))
    }

    /// Those that were created and those that have events.
    fn streams_of(
        &self,
        name: &str,
        group: &Group,
    ) -> Result<BTreeMap<Arc<str>, Shown>, ServiceError> {
        let mut streams = BTreeMap::new();
        let prefix = stream_key(name, "");
        for (key, stream) in self.streams.after(Some(&prefix), usize::MAX) {
            let Some(name) = key.strip_prefix(&prefix) else {
                break;
            };
            let shown = Shown {
                created_millis: stream.created_millis,
                info: None,
            };
            streams.insert(Arc::from(name), shown);
        }
        let files = self.files(name, group)?;
        let files = files.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, info) in &files.streams {
            let created_millis = info.first_ingestion_millis;
            let shown = streams.entry(name.clone()).or_insert(Shown {
                created_millis,
                info: None,
            });
            shown.info = Some(*info);
        }
        Ok(streams)
    }

    pub fn describe_streams(&self, call: &ServiceCall) -> Answer {
        let (name, group) = self.group_of(call)?;
        let prefix = text(call, "logStreamNamePrefix");
        let by_time = text(call, "orderBy") == Some("LastEventTime");
        if by_time && prefix.is_some() {
            return Err(error::invalid(
                "Cannot order by LastEventTime with a logStreamNamePrefix.",
            ));
        }
        let streams = self.streams_of(&name, &group)?;
        let mut streams: Vec<(Arc<str>, Shown)> = streams
            .into_iter()
            .filter(|(name, _)| prefix.is_none_or(|prefix| name.starts_with(prefix)))
            .collect();
        if by_time {
            // Those without events first.
            streams.sort_by_key(|(_, shown)| shown.info.map(|info| info.last_millis));
        }
        if flag(call, "descending") {
            streams.reverse();
        }
        let (limit, after) = listing(call);
        let skipped = match after {
            None => 0,
            Some(after) => streams
                .iter()
                .position(|(name, _)| **name == *after)
                .map_or(streams.len(), |index| index + 1),
        };
        let arn = self.group_arn(&name);
        let page: Vec<&(Arc<str>, Shown)> = streams.iter().skip(skipped).take(limit).collect();
        let described: Vec<Value> = page
            .iter()
            .map(|(name, shown)| describe(&arn, name, shown))
            .collect();
        let mut answer = members(json!({"logStreams": described}));
        if streams.len() > skipped + limit
            && let Some((last, _)) = page.last()
        {
            answer.insert("nextToken".into(), json!(last));
        }
        Ok(answer)
    }
}

fn describe(group_arn: &str, name: &str, shown: &Shown) -> Value {
    let mut description = json!({
        "logStreamName": name,
        "creationTime": shown.created_millis,
        "arn": format!("{group_arn}:log-stream:{name}"),
        "storedBytes": shown.info.map_or(0, |info| info.bytes),
    });
    if let Some(info) = shown.info {
        description["firstEventTimestamp"] = json!(info.first_millis);
        description["lastEventTimestamp"] = json!(info.last_millis);
        description["lastIngestionTime"] = json!(info.last_ingestion_millis);
    }
    description
}

//! Events as their targets see them.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::Place;

/// An event with its text.
pub(super) struct Event {
    pub value: Value,
    pub text: Arc<str>,
}

/// What an event is made of, besides its place.
pub(super) struct EventParts<'a> {
    pub id: &'a str,
    pub detail_type: &'a str,
    pub source: &'a str,
    pub time_millis: i64,
    pub resources: Value,
    pub detail: Value,
}

impl Event {
    pub fn new(place: &Place, parts: EventParts<'_>) -> Event {
        Event::from(json!({
            "version": "0",
            "id": parts.id,
            "detail-type": parts.detail_type,
            "source": parts.source,
            "account": place.account,
            "time": iso(parts.time_millis),
            "region": place.region,
            "resources": parts.resources,
            "detail": parts.detail,
        }))
    }

    /// A member that is a text.
    pub fn member(&self, name: &str) -> &str {
        self.value
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    pub fn resources(&self) -> Vec<Arc<str>> {
        let resources = self.value.get("resources").and_then(Value::as_array);
        let texts = resources.into_iter().flatten().filter_map(Value::as_str);
        texts.map(Into::into).collect()
    }
}

impl From<Value> for Event {
    fn from(value: Value) -> Event {
        Event {
            text: value.to_string().into(),
            value,
        }
    }
}

/// `2023-05-04T10:00:00Z`; the first moment there is for what is out of range.
pub(super) fn iso(millis: i64) -> String {
    let time = Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH);
    format!("{time:.0}")
}

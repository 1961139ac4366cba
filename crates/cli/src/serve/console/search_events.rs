//! `GET /_ui/executions/search`: events whose payloads or causes hold a text. It reads as much as it can in a moment and says where to
//! go on: an answer may be empty and not the last.

use std::time::{Duration, Instant};

use interpreter::{Event, decode_events};
use serde::Serialize;
use store::{Error, ExecutionId, Order, Store};

use super::query::Query;
use super::{Console, Page, compact, history, invalid, ok, unavailable};
use crate::serve::http::answers::{Answer, Refusal};

const PATIENCE: Duration = Duration::from_millis(60);
const MAX_ITEMS: usize = 100;
/// Of one read: with payloads they can be large.
const SEGMENTS: usize = 8;
/// Shown around what was found.
const BYTES_BEFORE: usize = 40;
const BYTES_BEHIND: usize = 80;

#[derive(Serialize)]
struct Found {
    id: u64,
    #[serde(rename = "type")]
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<std::sync::Arc<str>>,
    excerpt: String,
}

pub fn search(console: &Console, query: &Query) -> Result<Answer, Refusal> {
    let arn: ExecutionId = query.required("arn")?.into();
    let wanted = Wanted::new(query.required("text")?);
    let from = query.number("cursor")?.unwrap_or(1);
    let from = u64::try_from(from).map_err(|_| invalid("There are no events before 1."))?;
    let read = || -> Result<_, Error> {
        match console.store.summary(&arn)? {
            None => Ok(None),
            Some(_) => page(&*console.store, &arn, &wanted, from).map(Some),
        }
    };
    match read().map_err(|error| unavailable(&error))? {
        Some(page) => ok(&page),
        None => Err(history::does_not_exist(&arn)),
    }
}

fn page(
    store: &dyn Store,
    id: &ExecutionId,
    wanted: &Wanted,
    mut from: u64,
) -> Result<Page<Found>, Error> {
    let until = Instant::now() + PATIENCE;
    let mut items = Vec::new();
    loop {
        let segments = store.segments(id, from, Order::Ascending, SEGMENTS)?;
        let began = from;
        for segment in &segments {
            let events = decode_events(&segment.events)
                .map_err(|error| Error::Corrupt(format!("the history of {id}: {error}")))?;
            for event in events.iter().filter(|event| event.id >= began) {
                items.extend(wanted.find(event));
                from = event.id + 1;
                if items.len() == MAX_ITEMS || Instant::now() > until {
                    let next = Some(from.to_string());
                    return Ok(Page { items, next });
                }
            }
        }
        if from == began {
            return Ok(Page { items, next: None });
        }
    }
}

/// A text that is looked for. Letters A to Z in either case.
struct Wanted {
    plain: String,
    /// As it stands in a JSON text, if that is not the same.
    escaped: Option<String>,
}

impl Wanted {
    fn new(text: &str) -> Wanted {
        let plain = text.to_ascii_lowercase();
        let quoted = serde_json::Value::from(plain.as_str()).to_string();
        let escaped = quoted.trim_matches('"').to_owned();
        let has_quotes = plain.starts_with('"') || plain.ends_with('"');
        Wanted {
            escaped: (escaped != plain && !has_quotes).then_some(escaped),
            plain,
        }
    }

    fn find(&self, event: &Event) -> Option<Found> {
        let error = event.detail.error();
        let error = error.map(|error| [error.error.as_deref(), error.cause.as_deref()]);
        let mut texts = error.into_iter().flatten().flatten();
        let excerpt = texts.find_map(|text| self.excerpt(text)).or_else(|| {
            let mut payloads = event.detail.payloads();
            payloads.find_map(|payload| self.excerpt(payload.text()))
        })?;
        Some(Found {
            id: event.id,
            kind: event.detail.type_name(),
            name: compact::name(&event.detail).cloned(),
            excerpt,
        })
    }

    fn excerpt(&self, text: &str) -> Option<String> {
        let folded = text.to_ascii_lowercase();
        let at = folded
            .find(&self.plain)
            .or_else(|| folded.find(self.escaped.as_ref()?))?;
        let begin = text.floor_char_boundary(at.saturating_sub(BYTES_BEFORE));
        let end = text.ceil_char_boundary((at + self.plain.len() + BYTES_BEHIND).min(text.len()));
        let cut = |is_cut: bool| if is_cut { "…" } else { "" };
        Some(format!(
            "{}{}{}",
            cut(begin > 0),
            &text[begin..end],
            cut(end < text.len())
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_shows_what_is_around() {
        let find = |wanted: &str, text: &str| Wanted::new(wanted).excerpt(text);
        let long = format!("{{\"a\":\"{}Needle{}\"}}", "ä".repeat(30), "ö".repeat(60));
        let excerpt = find("nEEDLE", &long).unwrap();
        assert!(
            excerpt.starts_with("…ä") && excerpt.ends_with("ö…"),
            "{excerpt}"
        );
        assert!(excerpt.contains("Needle"));
        assert_eq!(find("x", "{}"), None);
        // As people read it, and as it is written.
        let path = r#"{"path":"C:\\temp \"x\""}"#;
        for wanted in [r"C:\temp", r"c:\\temp", r#"temp "x"#, "\"path\":"] {
            assert_eq!(find(wanted, path).as_deref(), Some(path), "{wanted}");
        }
    }
}

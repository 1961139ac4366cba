//! A JSON document that travels as text and is parsed only where somebody looks inside.

use std::fmt;
use std::sync::{Arc, OnceLock};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// How many arrays and objects may nest in a document, and in a value that a template builds.
pub const MAX_NESTING: usize = 128;

/// JSON text and value of the same payload, each made from the other on first use. A clone costs a reference count.
#[derive(Clone)]
pub struct Payload(Arc<Inner>);

/// At least one of the two is set from the start.
#[derive(Default)]
struct Inner {
    text: OnceLock<Arc<str>>,
    value: OnceLock<Arc<Value>>,
}

impl Payload {
    /// Checks that `text` is one JSON document of at most [`MAX_NESTING`] levels; the text stays as it was written.
    pub fn parse(text: impl Into<Arc<str>>) -> Result<Payload, serde_json::Error> {
        let text = text.into();
        let value: Value = serde_json::from_str(&text)?;
        Ok(Self::new(Some(text), Some(Arc::new(value))))
    }

    /// The payload of a value. Its text is compact JSON in the order of the keys, made when first asked for.
    pub fn from_value(value: Value) -> Payload {
        Self::from_shared_value(Arc::new(value))
    }

    /// The payload of a value that others hold too.
    pub fn from_shared_value(value: Arc<Value>) -> Payload {
        Self::new(None, Some(value))
    }

    /// The payload of a text that was a payload's text before (read back from a store). It is not checked.
    pub fn from_text_unchecked(text: Arc<str>) -> Payload {
        Self::new(Some(text), None)
    }

    fn new(text: Option<Arc<str>>, value: Option<Arc<Value>>) -> Payload {
        Payload(Arc::new(Inner {
            text: text.map(OnceLock::from).unwrap_or_default(),
            value: value.map(OnceLock::from).unwrap_or_default(),
        }))
    }

    /// `{}`.
    pub fn empty_object() -> Payload {
        Self::from_value(Value::Object(serde_json::Map::new()))
    }

    /// `null`.
    pub fn null() -> Payload {
        Self::from_value(Value::Null)
    }

    /// The JSON text.
    pub fn text(&self) -> &Arc<str> {
        self.0.text.get_or_init(|| {
            let value = self.0.value.get().map_or(&Value::Null, |value| value);
            value.to_string().into()
        })
    }

    /// The parsed value.
    pub fn value(&self) -> &Value {
        self.0.value.get_or_init(|| {
            let text = self.0.text.get().map_or("null", |text| text);
            let parsed = parse_trusted(text);
            debug_assert!(parsed.is_ok(), "a stored payload is no JSON: {parsed:?}");
            Arc::new(parsed.unwrap_or(Value::Null))
        })
    }

    /// The size of the text in bytes.
    pub fn len(&self) -> usize {
        self.text().len()
    }

    /// Whether the text is empty; no JSON text is.
    pub fn is_empty(&self) -> bool {
        self.text().is_empty()
    }
}

/// How deep a text of ours may nest to be parsed: the stack of a thread holds many times as much.
const MAX_TRUSTED_NESTING: usize = 2 * MAX_NESTING;

/// Parses a text that this program wrote. It may nest deeper than what [`Payload::parse`] takes, because results of Map and
/// Parallel states wrap values that were already at the limit.
fn parse_trusted(text: &str) -> Result<Value, serde_json::Error> {
    if text_nesting_exceeds(text, MAX_TRUSTED_NESTING) {
        let message = format!("more than {MAX_TRUSTED_NESTING} arrays and objects nest");
        return Err(serde_json::Error::custom(message));
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    deserializer.disable_recursion_limit();
    let value = Value::deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// Whether more than `levels` arrays and objects nest in the JSON `text`, without parsing it.
pub fn text_nesting_exceeds(text: &str, levels: usize) -> bool {
    let mut depth = 0_usize;
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'[' | b'{' => {
                depth += 1;
                if depth > levels {
                    return true;
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'"' => {
                // Up to the closing quote; what follows a backslash closes nothing.
                while let Some(byte) = bytes.next() {
                    match byte {
                        b'"' => break,
                        b'\\' => drop(bytes.next()),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    false
}

/// Whether more than `levels` arrays and objects nest in `value`.
pub fn nesting_exceeds(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(items) => {
            levels == 0 || items.iter().any(|item| nesting_exceeds(item, levels - 1))
        }
        Value::Object(fields) => {
            levels == 0
                || fields
                    .values()
                    .any(|field| nesting_exceeds(field, levels - 1))
        }
        _ => false,
    }
}

impl Default for Payload {
    fn default() -> Self {
        Self::empty_object()
    }
}

impl From<Value> for Payload {
    fn from(value: Value) -> Self {
        Self::from_value(value)
    }
}

impl PartialEq for Payload {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.text() == other.text()
    }
}

impl Eq for Payload {}

impl fmt::Debug for Payload {
    /// The text, cut after 200 characters.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.text();
        match text.char_indices().nth(200) {
            Some((end, _)) => write!(
                f,
                "{}… ({} bytes)",
                text.get(..end).unwrap_or(text),
                text.len()
            ),
            None => f.write_str(text),
        }
    }
}

impl fmt::Display for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl Serialize for Payload {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text())
    }
}

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::from_text_unchecked(Arc::<str>::deserialize(
            deserializer,
        )?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn text_is_kept_as_written_and_made_compact_from_values() {
        let parsed = Payload::parse(r#"{ "b": 1, "a": 1.0 }"#).unwrap();
        assert_eq!(&**parsed.text(), r#"{ "b": 1, "a": 1.0 }"#);
        assert_eq!(parsed.value(), &json!({"b": 1, "a": 1.0}));
        let built = Payload::from_value(json!({"b": [1, 2.5, 9007199254740993i64], "a": null}));
        assert_eq!(
            &**built.text(),
            r#"{"b":[1,2.5,9007199254740993],"a":null}"#
        );
        assert_eq!(built.len(), built.text().len());
    }

    #[test]
    fn round_trip_through_serde_and_text() {
        let payload = Payload::from_value(json!({"text": "a \"b\" é"}));
        let stored = serde_json::to_string(&payload).unwrap();
        let read: Payload = serde_json::from_str(&stored).unwrap();
        assert_eq!(read, payload);
        assert_eq!(read.value(), payload.value());
    }

    #[test]
    fn bad_and_deep_texts_are_refused() {
        assert!(Payload::parse("{").is_err());
        assert!(Payload::parse("1 2").is_err());
        assert!(Payload::parse("[".repeat(100_000)).is_err());
        let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
        assert!(Payload::parse(deep.as_str()).is_err());
        let stored = Payload::from_text_unchecked(deep.into());
        assert!(nesting_exceeds(stored.value(), 199));
        assert!(!nesting_exceeds(stored.value(), 200));
    }

    #[test]
    fn trusted_texts_never_overflow_the_stack() {
        let nested = |levels| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
        let at_limit = parse_trusted(&nested(MAX_TRUSTED_NESTING)).unwrap();
        assert!(nesting_exceeds(&at_limit, MAX_TRUSTED_NESTING - 1));
        assert!(parse_trusted(&nested(MAX_TRUSTED_NESTING + 1)).is_err());
        assert!(parse_trusted(&"{\"a\":".repeat(1_000_000)).is_err());
    }

    #[test]
    fn nesting_of_texts_is_that_of_their_values() {
        for (text, levels) in [
            ("1", 0),
            ("\"[[{\"", 0),
            (r#""\"[[""#, 0),
            (r#"["\\", "]"]"#, 1),
            (r#"[1, [2], {"a": {"[": []}}]"#, 4),
            (r#"[[], [], [[]]]"#, 3),
            ("[[[", 3),
            ("]]][", 1),
            ("\"open", 0),
            ("\"open\\", 0),
        ] {
            assert!(!text_nesting_exceeds(text, levels), "{text}");
            assert!(
                levels == 0 || text_nesting_exceeds(text, levels - 1),
                "{text}"
            );
            if let Ok(value) = serde_json::from_str::<Value>(text) {
                assert!(!nesting_exceeds(&value, levels), "{text}");
            }
        }
    }

    #[test]
    fn debug_is_cut() {
        let payload = Payload::from_value(json!("é".repeat(500)));
        assert!(format!("{payload:?}").len() < 450);
    }
}

//! Event patterns: which events a rule takes. The language, its corner cases and the words of its errors are those of Event Ruler, which
//! EventBridge runs on.

mod explain;
mod json;
mod matcher;
mod parse;
mod set;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

pub use explain::Mismatch;
use matcher::Matcher;
pub use set::PatternSet;

/// Which events a rule takes.
///
/// ```
/// use schedules::Pattern;
/// use serde_json::json;
/// let pattern = Pattern::parse(r#"{"source": ["aws.states"], "detail": {"status": [{"anything-but": "SUCCEEDED"}]}}"#).unwrap();
/// assert!(pattern.matches(&json!({"source": "aws.states", "detail": {"status": "FAILED"}})));
/// assert!(!pattern.matches(&json!({"source": "aws.states", "detail": {"status": "SUCCEEDED"}})));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    root: Fields,
}

/// Conditions on one object: all of `all`, and of each group of `any` one.
#[derive(Debug, Clone, Default, PartialEq)]
struct Fields {
    all: Vec<Field>,
    any: Vec<Vec<Fields>>,
}

#[derive(Debug, Clone, PartialEq)]
struct Field {
    name: String,
    test: Test,
}

#[derive(Debug, Clone, PartialEq)]
enum Test {
    Object(Fields),
    /// One of these.
    Leaf(Vec<Matcher>),
}

/// A text that is no pattern. It reads as AWS's error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "Event pattern is not valid. Reason: {message}\n at [Source: (String){source_text}; line: {line}, column: {column}]"
)]
pub struct PatternError {
    /// What is wrong, in the words of Event Ruler.
    pub message: String,
    /// Where; both start at 1.
    pub line: usize,
    pub column: usize,
    /// The beginning of the pattern, in quotation marks.
    source_text: String,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// It is no JSON, or nothing that events could be compared with.
    pub fn parse(text: &str) -> Result<Pattern, PatternError> {
        match parse::pattern(text) {
            Ok(root) => Ok(Pattern { root }),
            Err((message, place)) => Err(PatternError {
                message,
                line: place.line,
                column: place.column,
                source_text: excerpt(text),
            }),
        }
    }

    /// Whether an event (with its envelope: `source`, `detail` and so on) is one of these.
    ///
    /// A field that is an array has the value that is asked for when one of its elements has. What is asked of several fields
    /// below one array has to be true of one element.
    pub fn matches(&self, event: &Value) -> bool {
        let Value::Object(object) = event else {
            return false;
        };
        let mut walk = Walk {
            event,
            path: Vec::new(),
            in_array: false,
        };
        walk.fields(&self.root, object)
    }
}

/// The first 500 characters, as AWS's JSON parser shows them.
fn excerpt(text: &str) -> String {
    const SHOWN: usize = 500;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!(
            "\"{}\"[truncated {} chars]",
            &text[..end],
            text[end..].chars().count()
        ),
        None => format!("\"{text}\""),
    }
}

struct Walk<'a> {
    event: &'a Value,
    /// From the event to the object that is looked at.
    path: Vec<&'a str>,
    /// An array was on the way.
    in_array: bool,
}

impl<'a> Walk<'a> {
    fn fields(&mut self, fields: &'a Fields, object: &Map<String, Value>) -> bool {
        fields.all.iter().all(|field| self.field(field, object))
            && fields
                .any
                .iter()
                .all(|group| group.iter().any(|fields| self.fields(fields, object)))
    }

    fn field(&mut self, field: &'a Field, object: &Map<String, Value>) -> bool {
        let value = object.get(&field.name);
        match &field.test {
            Test::Leaf(matchers) => matchers.iter().any(|matcher| match matcher {
                Matcher::Exists(false) => !self.exists(&field.name, value),
                _ => value.is_some_and(|value| {
                    any_element(value, &mut |leaf| is_leaf(leaf) && matcher.matches(leaf))
                }),
            }),
            Test::Object(fields) => {
                let in_array = self.in_array;
                self.in_array |= matches!(value, Some(Value::Array(_)));
                self.path.push(&field.name);
                let mut found = false;
                let matches = value.is_some_and(|value| {
                    any_element(value, &mut |element| match element {
                        Value::Object(object) => {
                            found = true;
                            self.fields(fields, object)
                        }
                        _ => false,
                    })
                });
                // Where there is no such object none of its fields exist, which may be what is asked for.
                let matches = matches || (!found && self.fields(fields, &Map::new()));
                self.path.pop();
                self.in_array = in_array;
                matches
            }
        }
    }

    /// Whether a field has a value. Below an array it is about all elements: Event Ruler knows a field by its path alone.
    fn exists(&self, name: &str, value: Option<&Value>) -> bool {
        if !self.in_array {
            return value.is_some_and(|value| any_element(value, &mut is_leaf));
        }
        let mut values = vec![self.event];
        for name in self.path.iter().copied().chain([name]) {
            let mut next = Vec::new();
            for value in values {
                any_element(value, &mut |element| {
                    next.extend(element.get(name));
                    false
                });
            }
            values = next;
        }
        values
            .into_iter()
            .any(|value| any_element(value, &mut is_leaf))
    }
}

fn is_leaf(value: &Value) -> bool {
    !matches!(value, Value::Array(_) | Value::Object(_))
}

/// Whether it is true of a value or, when that is an array, of an element of it, however deep in further arrays.
fn any_element<'v>(value: &'v Value, test: &mut impl FnMut(&'v Value) -> bool) -> bool {
    let Value::Array(elements) = value else {
        return test(value);
    };
    // Events may be nested as deep as they like.
    let mut open = vec![elements.iter()];
    while let Some(elements) = open.last_mut() {
        match elements.next() {
            None => {
                open.pop();
            }
            Some(Value::Array(elements)) => open.push(elements.iter()),
            Some(element) => {
                if test(element) {
                    return true;
                }
            }
        }
    }
    false
}

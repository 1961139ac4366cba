//! For people: why an event does not match, and what never can.

use std::fmt;

use serde_json::{Map, Value};

use super::{Field, Fields, Matcher, Pattern, Test, Walk};

/// A field that keeps an event from matching.
#[derive(Debug, Clone, PartialEq)]
pub struct Mismatch {
    /// Names from the outermost on: `detail.status`.
    pub path: String,
    /// What the pattern asks for, as JSON.
    pub expected: String,
    /// What the event has there.
    pub found: Option<Value>,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 200;
        write!(
            formatter,
            "{}: the pattern asks for {}, ",
            self.path, self.expected
        )?;
        match &self.found {
            None => formatter.write_str("the event has no such field"),
            Some(found) => {
                let found = found.to_string();
                match found.char_indices().nth(SHOWN) {
                    Some((end, _)) => write!(formatter, "the event has {}…", &found[..end]),
                    None => write!(formatter, "the event has {found}"),
                }
            }
        }
    }
}

/// What EventBridge puts around every event, and whether it is a text.
const ENVELOPE: &[(&str, bool)] = &[
    ("version", true),
    ("id", true),
    ("detail-type", true),
    ("source", true),
    ("account", true),
    ("time", true),
    ("region", true),
    ("resources", false),
    ("detail", false),
];

impl Pattern {
    /// What keeps an event from matching; nothing when it matches.
    pub fn mismatches(&self, event: &Value) -> Vec<Mismatch> {
        let Value::Object(object) = event else {
            return vec![Mismatch {
                path: "the event".into(),
                expected: "an object".into(),
                found: Some(event.clone()),
            }];
        };
        let mut found = Vec::new();
        let mut walk = Walk {
            event,
            path: Vec::new(),
            in_array: false,
        };
        walk.explain(&self.root, object, &mut found);
        found
    }

    /// What no event of EventBridge can ever have, sentences for people: a top-level field that events do not have, a number
    /// where events have a text.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        warn(&self.root, &mut warnings);
        warnings
    }
}

impl<'a> Walk<'a> {
    fn explain(
        &mut self,
        fields: &'a Fields,
        object: &Map<String, Value>,
        found: &mut Vec<Mismatch>,
    ) {
        for field in &fields.all {
            if self.field(field, object) {
                continue;
            }
            let value = object.get(&field.name);
            let expected = match (&field.test, value) {
                (Test::Object(inner), Some(Value::Object(object))) => {
                    self.path.push(&field.name);
                    self.explain(inner, object, found);
                    self.path.pop();
                    continue;
                }
                (Test::Object(inner), None) => {
                    self.path.push(&field.name);
                    self.explain(inner, &Map::new(), found);
                    self.path.pop();
                    continue;
                }
                (Test::Object(_), Some(Value::Array(_))) => {
                    "one element with all of its conditions".to_owned()
                }
                (Test::Object(_), Some(_)) => "an object".to_owned(),
                (Test::Leaf(matchers), _) => {
                    let matchers: Vec<String> = matchers.iter().map(Matcher::to_string).collect();
                    format!("[{}]", matchers.join(", "))
                }
            };
            found.push(Mismatch {
                path: self.path_of(&field.name),
                expected,
                found: value.cloned(),
            });
        }
        for group in &fields.any {
            if !group.iter().any(|fields| self.fields(fields, object)) {
                let mut inner = Vec::new();
                group
                    .iter()
                    .for_each(|fields| self.explain(fields, object, &mut inner));
                let inner: Vec<String> = inner
                    .iter()
                    .map(|mismatch| format!("{} {}", mismatch.path, mismatch.expected))
                    .collect();
                found.push(Mismatch {
                    path: self.path_of("$or"),
                    expected: format!("one of: {}", inner.join("; ")),
                    found: Some(Value::Object(object.clone())),
                });
            }
        }
    }

    fn path_of(&self, name: &str) -> String {
        let names: Vec<&str> = self.path.iter().copied().chain([name]).collect();
        names.join(".")
    }
}

fn warn(fields: &Fields, warnings: &mut Vec<String>) {
    for field in &fields.all {
        if let Some(warning) = never(field) {
            warnings.push(warning);
        }
    }
    fields
        .any
        .iter()
        .flatten()
        .for_each(|fields| warn(fields, warnings));
}

/// Why no event of EventBridge meets a top-level condition.
fn never(Field { name, test }: &Field) -> Option<String> {
    let Some((_, is_text)) = ENVELOPE.iter().find(|(envelope, _)| envelope == name) else {
        let asks_for_absence =
            matches!(test, Test::Leaf(matchers) if matchers.contains(&Matcher::Exists(false)));
        let names: Vec<&str> = ENVELOPE.iter().map(|(name, _)| *name).collect();
        return (!asks_for_absence).then(|| {
            format!(
                "{name}: no event has this at its top; events have {}",
                names.join(", ")
            )
        });
    };
    match test {
        Test::Object(_) if name == "detail" => None,
        Test::Object(_) => Some(format!("{name} is no object in any event")),
        Test::Leaf(_) if name == "detail" => {
            Some("detail is an object in every event: conditions belong to the fields in it".into())
        }
        Test::Leaf(matchers) => matchers.iter().find_map(|matcher| match matcher {
            Matcher::Exists(false) if *is_text => Some(format!("{name} exists in every event")),
            Matcher::Exists(_) | Matcher::AnythingBut(_) => None,
            matcher if matcher.is_of_texts() => None,
            matcher => Some(format!(
                "{name} is a text in every event: {matcher} never matches, write \"{matcher}\""
            )),
        }),
    }
}

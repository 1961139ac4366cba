//! The first layer of validation, as on AWS: a request against the model's types and constraints, before any operation looks at
//! it. `model.json` is generated (`cargo xtask catalog`).

#[cfg(test)]
mod tests;
mod typed;

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::Error;

static MODEL: &str = include_str!("model.json");

/// An answer is not to be much longer than its request.
const MAX_VIOLATIONS: usize = 100;
const MAX_SHOWN_CHARACTERS: usize = 10_000;

/// Shapes that hold the data of workflows: their bound is the server's to choose.
const PAYLOAD_SHAPES: [&str; 2] = ["SensitiveData", "SensitiveDataJobInput"];

#[derive(Deserialize)]
struct Model {
    /// Operation to the shape of its input.
    operations: HashMap<String, String>,
    shapes: HashMap<String, Shape>,
}

#[derive(Deserialize)]
struct Shape {
    #[serde(rename = "type")]
    kind: Kind,
    /// AWS does not repeat the value in its errors.
    #[serde(default)]
    sensitive: bool,
    #[serde(default)]
    required: Vec<String>,
    #[serde(default)]
    members: Map<String, Value>,
    /// Of a list.
    member: Option<String>,
    /// Of a length or a value.
    min: Option<f64>,
    max: Option<f64>,
    pattern: Option<String>,
    #[serde(default, rename = "enum")]
    values: Vec<String>,
}

#[derive(Deserialize, PartialEq, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Structure,
    List,
    String,
    Integer,
    Long,
    Float,
    Boolean,
}

fn model() -> &'static Model {
    static READ: OnceLock<Model> = OnceLock::new();
    READ.get_or_init(|| {
        // Generated and committed: the tests read it too.
        serde_json::from_str(MODEL).unwrap_or_else(|error| panic!("model.json: {error}"))
    })
}

/// Names of all operations.
pub fn operations() -> impl Iterator<Item = &'static str> {
    model().operations.keys().map(String::as_str)
}

/// Reads a request's body and checks it. Members that the model does not know and those that are `null` are gone from the answer.
///
/// # Errors
/// `UnknownOperationException`, `SerializationException` (no JSON, or a wrong type), `ValidationException` with all violations.
pub fn check(operation: &str, body: &[u8], max_payload: usize) -> Result<Value, Error> {
    let model = model();
    let input = model
        .operations
        .get(operation)
        .ok_or(Error::UnknownOperationException)?;
    let body = typed::read(model, input, body)?;
    let mut checker = Checker {
        model,
        max_payload,
        violations: Vec::new(),
    };
    checker.constraints(input, &body, "");
    match checker.violations.as_slice() {
        [] => Ok(body),
        violations => Err(Error::validation(format!(
            "{} validation error{} detected: {}",
            violations.len(),
            if violations.len() == 1 { "" } else { "s" },
            violations.join("; ")
        ))),
    }
}

struct Checker {
    model: &'static Model,
    max_payload: usize,
    violations: Vec<String>,
}

impl Checker {
    fn constraints(&mut self, name: &str, value: &Value, path: &str) {
        let Some(shape) = self.model.shapes.get(name) else {
            return;
        };
        match value {
            Value::Object(members) => {
                for (member, target) in &shape.members {
                    let path = if path.is_empty() {
                        member.clone()
                    } else {
                        format!("{path}.{member}")
                    };
                    match (members.get(member), target.as_str()) {
                        (Some(value), Some(target)) => self.constraints(target, value, &path),
                        _ if shape.required.contains(member) => self.null(&path),
                        _ => {}
                    }
                }
            }
            Value::Array(items) => {
                self.length(name, shape, value, items.len(), path);
                for (i, item) in items.iter().enumerate() {
                    // AWS counts from 1.
                    let path = format!("{path}.{}.member", i + 1);
                    match (item, &shape.member) {
                        (Value::Null, _) => self.null(&path),
                        (item, Some(member)) => self.constraints(member, item, &path),
                        (_, None) => {}
                    }
                }
            }
            Value::String(text) => {
                // Payloads are long, and most are ASCII.
                let length = if text.is_ascii() {
                    text.len()
                } else {
                    text.encode_utf16().count()
                };
                self.length(name, shape, value, length, path);
                if let Some(pattern) = &shape.pattern
                    && !matches_pattern(pattern, text)
                {
                    let constraint =
                        format!("Member must satisfy regular expression pattern: {pattern}");
                    self.violated(shape, value, path, &constraint);
                }
                if !shape.values.is_empty() && !shape.values.contains(text) {
                    let constraint = format!(
                        "Member must satisfy enum value set: [{}]",
                        shape.values.join(", ")
                    );
                    self.violated(shape, value, path, &constraint);
                }
            }
            Value::Number(number) => {
                let number = number.as_f64().unwrap_or(f64::MAX);
                if let Some(max) = shape.max.filter(|max| number > *max) {
                    let constraint = format!("Member must have value less than or equal to {max}");
                    self.violated(shape, value, path, &constraint);
                }
                if let Some(min) = shape.min.filter(|min| number < *min) {
                    let constraint =
                        format!("Member must have value greater than or equal to {min}");
                    self.violated(shape, value, path, &constraint);
                }
            }
            Value::Bool(_) | Value::Null => {}
        }
    }

    fn length(&mut self, name: &str, shape: &Shape, value: &Value, length: usize, path: &str) {
        let max = if PAYLOAD_SHAPES.contains(&name) {
            Some(self.max_payload as f64)
        } else {
            shape.max
        };
        let length = length as f64;
        if let Some(max) = max.filter(|max| length > *max) {
            let constraint = format!("Member must have length less than or equal to {max}");
            self.violated(shape, value, path, &constraint);
        }
        if let Some(min) = shape.min.filter(|min| length < *min) {
            let constraint = format!("Member must have length greater than or equal to {min}");
            self.violated(shape, value, path, &constraint);
        }
    }

    fn null(&mut self, path: &str) {
        self.add(format!(
            "Value null at '{path}' failed to satisfy constraint: Member must not be null"
        ));
    }

    fn violated(&mut self, shape: &Shape, value: &Value, path: &str, constraint: &str) {
        let shown = if shape.sensitive {
            String::new()
        } else {
            let mut shown = Shown(self.model, shape, value).to_string();
            if let Some((end, _)) = shown.char_indices().nth(MAX_SHOWN_CHARACTERS) {
                shown.truncate(end);
                shown.push('…');
            }
            format!(" '{shown}'")
        };
        self.add(format!(
            "Value{shown} at '{path}' failed to satisfy constraint: {constraint}"
        ));
    }

    fn add(&mut self, violation: String) {
        if self.violations.len() < MAX_VIOLATIONS {
            self.violations.push(violation);
        }
    }
}

/// A value as AWS writes it: `[RoutingConfigurationListItem(stateMachineVersionArn=arn:…, weight=100)]`.
struct Shown<'a>(&'static Model, &'a Shape, &'a Value);

impl std::fmt::Display for Shown<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Shown(model, shape, value) = *self;
        match value {
            Value::String(text) => out.write_str(text),
            Value::Array(items) => {
                out.write_char('[')?;
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.write_str(", ")?;
                    }
                    let Some(name) = &shape.member else {
                        continue;
                    };
                    let Some(member) = model.shapes.get(name) else {
                        continue;
                    };
                    if member.kind == Kind::Structure {
                        out.write_str(name)?;
                    }
                    Shown(model, member, item).fmt(out)?;
                }
                out.write_char(']')
            }
            Value::Object(members) => {
                out.write_char('(')?;
                for (i, (name, value)) in members.iter().enumerate() {
                    let separator = if i > 0 { ", " } else { "" };
                    write!(out, "{separator}{name}=")?;
                    let target = shape.members.get(name).and_then(Value::as_str);
                    match target.and_then(|target| model.shapes.get(target)) {
                        Some(target) if !target.sensitive => {
                            Shown(model, target, value).fmt(out)?;
                        }
                        _ => out.write_str("***")?,
                    }
                }
                out.write_char(')')
            }
            other => write!(out, "{other}"),
        }
    }
}

/// The patterns of the model. A pattern that is not here refuses everything, and a test.
fn matches_pattern(pattern: &str, text: &str) -> bool {
    let mut bytes = text.bytes();
    match pattern {
        r"^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$" => {
            bytes.all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
                && text.bytes().any(|byte| !byte.is_ascii_digit())
        }
        "[!-~]+" => !text.is_empty() && bytes.all(|byte| byte.is_ascii_graphic()),
        r"\p{ASCII}*" => text.is_ascii(),
        _ => false,
    }
}

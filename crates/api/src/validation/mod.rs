//! The first layer of validation, as on AWS: a request against the model's types and constraints, before any operation looks at
//! it. `model.json` is generated (`cargo xtask catalog`).

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::Error;

static MODEL: &str = include_str!("model.json");

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
    let body: Value = if body.trim_ascii().is_empty() {
        Value::Object(Map::new())
    } else {
        serde_json::from_slice(body)
            .map_err(|error| Error::SerializationException(error.to_string()))?
    };
    if !body.is_object() {
        let message = "Expected a JSON object as the body of the request";
        return Err(Error::SerializationException(message.to_owned()));
    }
    let mut checker = Checker {
        model,
        max_payload,
        violations: Vec::new(),
    };
    let body = checker.typed(input, body)?;
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
    fn shape(&self, name: &str) -> Result<&'static Shape, Error> {
        self.model
            .shapes
            .get(name)
            .ok_or_else(|| Error::InternalFailure(format!("the model has no shape {name}")))
    }

    /// The value with its members' types checked; the depth is that of the model.
    fn typed(&self, name: &str, value: Value) -> Result<Value, Error> {
        let shape = self.shape(name)?;
        match (shape.kind, value) {
            (Kind::Structure, Value::Object(mut members)) => {
                let mut known = Map::new();
                for (member, target) in &shape.members {
                    match (members.remove(member), target.as_str()) {
                        (Some(value), Some(target)) if !value.is_null() => {
                            known.insert(member.clone(), self.typed(target, value)?);
                        }
                        _ => {}
                    }
                }
                Ok(Value::Object(known))
            }
            (Kind::List, Value::Array(items)) => {
                let member = shape.member.as_deref().unwrap_or_default();
                let items = items.into_iter().map(|item| match item {
                    Value::Null => Ok(Value::Null),
                    item => self.typed(member, item),
                });
                Ok(Value::Array(items.collect::<Result<_, _>>()?))
            }
            (Kind::Integer | Kind::Long, Value::Number(number)) => {
                // AWS cuts fractions off.
                let whole = number
                    .as_i64()
                    .or_else(|| number.as_f64().map(|number| number as i64));
                Ok(whole.unwrap_or(i64::MAX).into())
            }
            (Kind::String, value @ Value::String(_))
            | (Kind::Float, value @ Value::Number(_))
            | (Kind::Boolean, value @ Value::Bool(_)) => Ok(value),
            (kind, value) => Err(Error::SerializationException(mismatch(kind, &value))),
        }
    }

    fn constraints(&mut self, name: &str, value: &Value, path: &str) {
        let Ok(shape) = self.shape(name) else {
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
                let member = shape.member.as_deref().unwrap_or_default();
                for (i, item) in items.iter().enumerate() {
                    // AWS counts from 1.
                    let path = format!("{path}.{}.member", i + 1);
                    match item {
                        Value::Null => self.null(&path),
                        item => self.constraints(member, item, &path),
                    }
                }
            }
            Value::String(text) => {
                self.length(name, shape, value, text.encode_utf16().count(), path);
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
        self.violations.push(format!(
            "Value null at '{path}' failed to satisfy constraint: Member must not be null"
        ));
    }

    fn violated(&mut self, shape: &Shape, value: &Value, path: &str, constraint: &str) {
        let shown = if shape.sensitive {
            String::new()
        } else {
            format!(" '{}'", Shown(self.model, shape, value))
        };
        self.violations.push(format!(
            "Value{shown} at '{path}' failed to satisfy constraint: {constraint}"
        ));
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
                    let name = shape.member.as_deref().unwrap_or_default();
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

/// The words of AWS's JSON reader.
fn mismatch(expected: Kind, found: &Value) -> String {
    let found = match found {
        Value::Object(_) | Value::Array(_) if !matches!(expected, Kind::Structure | Kind::List) => {
            return "Start of structure or map found where not expected.".to_owned();
        }
        Value::Object(_) => {
            return "Start of structure or map found where not expected.".to_owned();
        }
        Value::Array(_) => return "Start of list found where not expected".to_owned(),
        Value::String(_) => "STRING_VALUE",
        Value::Number(_) => "NUMBER_VALUE",
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Null => "NULL_VALUE",
    };
    match expected {
        Kind::Structure => "Expected null".to_owned(),
        Kind::List => "Expected list or null".to_owned(),
        Kind::String => format!("{found} can not be converted to a String"),
        Kind::Integer => format!("{found} can not be converted to an Integer"),
        Kind::Long => format!("{found} can not be converted to a Long"),
        Kind::Float => format!("{found} can not be converted to a Float"),
        Kind::Boolean => format!("{found} can not be converted to a Boolean"),
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

//! The first layer of validation, as on AWS: a request against the model's types and constraints, before any operation looks at
//! it. `models/` is generated (`cargo xtask catalog`).

mod pattern;
#[cfg(test)]
mod tests;
mod typed;

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::{Map, Value};

use self::pattern::Pattern;
pub(crate) use self::typed::seconds;
use crate::Error;

/// An answer is not to be much longer than its request.
const MAX_VIOLATIONS: usize = 100;
const MAX_SHOWN_CHARACTERS: usize = 10_000;

/// Shapes that hold the data of workflows: their bound is the server's to choose.
const PAYLOAD_SHAPES: [&str; 2] = ["SensitiveData", "SensitiveDataJobInput"];

/// Members that AWS does not have (`docs/design/services.md`): structure, member, shape.
const EXTENSIONS: &[(&str, &str, &str)] = &[
    ("CreateScheduleInput", "Stepwright", ANYTHING),
    ("UpdateScheduleInput", "Stepwright", ANYTHING),
    ("PutRuleRequest", "Stepwright", ANYTHING),
    ("FunctionCode", "LocalFolder", "String"),
    ("UpdateFunctionCodeRequest", "LocalFolder", "String"),
];
const ANYTHING: &str = "Anything";

/// What the model of a service says of its requests.
#[derive(Deserialize)]
pub struct Model {
    /// Operation to the shape of its input.
    operations: HashMap<String, Option<String>>,
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
    /// Of a map.
    key: Option<String>,
    value: Option<String>,
    /// Of a length or a value.
    min: Option<f64>,
    max: Option<f64>,
    pattern: Option<Pattern>,
    #[serde(default, rename = "enum")]
    values: Vec<String>,
}

#[derive(Deserialize, PartialEq, Clone, Copy, Debug)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Structure,
    List,
    Map,
    String,
    /// Base64 text.
    Blob,
    Integer,
    Long,
    Float,
    Double,
    Boolean,
    /// Seconds since 1970.
    Timestamp,
    Anything,
}

impl Kind {
    fn is_composite(self) -> bool {
        matches!(
            self,
            Kind::Structure | Kind::List | Kind::Map | Kind::Anything
        )
    }
}

impl Model {
    /// Of a service as botocore names it; None: it is none of ours.
    pub fn of(service: &str) -> Option<&'static Model> {
        macro_rules! models {
            ($($name:literal),*) => {
                match service {
                    $($name => {
                        static READ: OnceLock<Model> = OnceLock::new();
                        Some(READ.get_or_init(|| {
                            Model::parse($name, include_str!(concat!("models/", $name, ".json")))
                        }))
                    })*
                    _ => None,
                }
            };
        }
        models!(
            "stepfunctions",
            "events",
            "scheduler",
            "lambda",
            "logs",
            "iam",
            "sts"
        )
    }

    /// Generated and committed: the tests read it too.
    fn parse(service: &str, text: &str) -> Model {
        let model: Result<Model, _> = serde_json::from_str(text);
        let mut model = model.unwrap_or_else(|error| panic!("{service}.json: {error}"));
        for (structure, member, shape) in EXTENSIONS {
            if let Some(found) = model.shapes.get_mut(*structure) {
                found.members.insert((*member).into(), (*shape).into());
                let anything = Shape::of_kind(Kind::Anything);
                model.shapes.insert(ANYTHING.to_owned(), anything);
            }
        }
        model
    }

    /// Names of all operations.
    pub fn operations(&'static self) -> impl Iterator<Item = &'static str> {
        self.operations.keys().map(String::as_str)
    }

    pub fn knows(&self, operation: &str) -> bool {
        self.operations.contains_key(operation)
    }

    /// Reads a JSON body as a shape of the model.
    ///
    /// # Errors
    /// `SerializationException`.
    pub(crate) fn read(&'static self, shape: &str, body: &[u8]) -> Result<Value, Error> {
        typed::read(self, shape, body)
    }

    /// What the constraints of an operation's input forbid of its members.
    ///
    /// # Errors
    /// All violations in one sentence.
    pub fn check(&'static self, operation: &str, input: &Value) -> Result<(), String> {
        let Some(Some(shape)) = self.operations.get(operation) else {
            return Ok(());
        };
        Checker::of(self, None).check(shape, input)
    }
}

impl Shape {
    fn of_kind(kind: Kind) -> Shape {
        Shape {
            kind,
            sensitive: false,
            required: Vec::new(),
            members: Map::new(),
            member: None,
            key: None,
            value: None,
            min: None,
            max: None,
            pattern: None,
            values: Vec::new(),
        }
    }
}

fn step_functions() -> &'static Model {
    // It is in the list.
    Model::of("stepfunctions").unwrap_or_else(|| unreachable!("no model of Step Functions"))
}

/// Names of all operations of Step Functions.
pub fn operations() -> impl Iterator<Item = &'static str> {
    step_functions().operations()
}

/// Reads the body of a request to Step Functions and checks it. Members that the model does not know and those that are `null`
/// are gone from the answer.
///
/// # Errors
/// `UnknownOperationException`, `SerializationException` (no JSON, or a wrong type), `ValidationException` with all violations.
pub fn check(operation: &str, body: &[u8], max_payload: usize) -> Result<Value, Error> {
    let model = step_functions();
    let Some(Some(input)) = model.operations.get(operation) else {
        return Err(Error::UnknownOperationException);
    };
    let body = model.read(input, body)?;
    let checked = Checker::of(model, Some(max_payload)).check(input, &body);
    checked.map_err(Error::validation).map(|()| body)
}

struct Checker {
    model: &'static Model,
    /// Of Step Functions' payloads; None: another service, which words some violations in another way.
    max_payload: Option<usize>,
    violations: Vec<String>,
}

impl Checker {
    fn of(model: &'static Model, max_payload: Option<usize>) -> Checker {
        Checker {
            model,
            max_payload,
            violations: Vec::new(),
        }
    }

    fn check(mut self, input: &str, value: &Value) -> Result<(), String> {
        self.constraints(input, value, "");
        match self.violations.as_slice() {
            [] => Ok(()),
            violations => Err(format!(
                "{} validation error{} detected: {}",
                violations.len(),
                if violations.len() == 1 { "" } else { "s" },
                violations.join("; ")
            )),
        }
    }

    fn constraints(&mut self, name: &str, value: &Value, path: &str) {
        let Some(shape) = self.model.shapes.get(name) else {
            return;
        };
        for constraint in self.violated_by(name, shape, value) {
            self.violated(shape, value, path, &constraint);
        }
        match (shape.kind, value) {
            (Kind::Structure, Value::Object(members)) => {
                for (member, target) in &shape.members {
                    let path = below(path, member);
                    match (members.get(member), target.as_str()) {
                        (Some(value), Some(target)) => self.constraints(target, value, &path),
                        _ if shape.required.contains(member) => self.null(&path),
                        _ => {}
                    }
                }
            }
            (Kind::List, Value::Array(items)) => {
                let Some(member) = &shape.member else {
                    return;
                };
                if self.is_told_by_whole(member) {
                    let what = "Member must satisfy constraint";
                    return self.parts(shape, value, path, member, items.iter(), what);
                }
                for (i, item) in items.iter().enumerate() {
                    // AWS counts from 1.
                    let path = format!("{path}.{}.member", i + 1);
                    match item {
                        Value::Null => self.null(&path),
                        item => self.constraints(member, item, &path),
                    }
                }
            }
            (Kind::Map, Value::Object(entries)) => {
                if let Some(key) = &shape.key {
                    let keys: Vec<Value> = entries.keys().map(|key| key.as_str().into()).collect();
                    let what = "Map keys must satisfy constraint";
                    self.parts(shape, value, path, key, keys.iter(), what);
                }
                let Some(target) = &shape.value else {
                    return;
                };
                if self.is_told_by_whole(target) {
                    let what = "Map value must satisfy constraint";
                    return self.parts(shape, value, path, target, entries.values(), what);
                }
                for (key, value) in entries {
                    self.constraints(target, value, &format!("{path}.{key}.member"));
                }
            }
            _ => {}
        }
    }

    /// Whether what is wrong with an item is told of its list.
    fn is_told_by_whole(&self, item: &str) -> bool {
        let shape = self.model.shapes.get(item);
        self.max_payload.is_none() && shape.is_some_and(|shape| !shape.kind.is_composite())
    }

    /// Items of a list, keys or values of a map: if one is wrong, all that is to be satisfied is told of the whole.
    fn parts<'v>(
        &mut self,
        whole: &Shape,
        value: &Value,
        path: &str,
        part: &str,
        mut parts: impl Iterator<Item = &'v Value>,
        what: &str,
    ) {
        let Some(shape) = self.model.shapes.get(part) else {
            return;
        };
        if parts.any(|one| one.is_null() || !self.violated_by(part, shape, one).is_empty()) {
            let all = self.all_of(part, shape).join(", ");
            self.violated(whole, value, path, &format!("{what}: [{all}]"));
        }
    }

    /// The constraints of a shape that a value violates; not those of what it consists of.
    fn violated_by(&self, name: &str, shape: &Shape, value: &Value) -> Vec<String> {
        let mut violated = Vec::new();
        let length = match value {
            Value::Array(items) => items.len(),
            Value::Object(entries) if shape.kind == Kind::Map => entries.len(),
            // Payloads are long, and most are ASCII.
            Value::String(text) if shape.kind == Kind::String && text.is_ascii() => text.len(),
            Value::String(text) if shape.kind == Kind::String => text.encode_utf16().count(),
            Value::Number(number) => {
                let number = number.as_f64().unwrap_or(f64::MAX);
                if let Some(max) = shape.max.filter(|max| number > *max) {
                    violated.push(at_most("value", max));
                }
                if let Some(min) = shape.min.filter(|min| number < *min) {
                    violated.push(at_least("value", min));
                }
                return violated;
            }
            _ => return violated,
        };
        let length = length as f64;
        if let Some(max) = self.max(name, shape).filter(|max| length > *max) {
            violated.push(at_most("length", max));
        }
        if let Some(min) = shape.min.filter(|min| length < *min) {
            violated.push(at_least("length", min));
        }
        if let Value::String(text) = value {
            let pattern = shape.pattern.as_ref();
            violated.extend(pattern.filter(|one| !one.matches(text)).map(fitting));
            if !shape.values.is_empty() && !shape.values.contains(text) {
                violated.push(one_of(&shape.values));
            }
        }
        violated
    }

    /// All constraints of a shape.
    fn all_of(&self, name: &str, shape: &Shape) -> Vec<String> {
        let what = match shape.kind {
            Kind::String | Kind::Blob => "length",
            _ => "value",
        };
        let mut all = Vec::new();
        all.extend(self.max(name, shape).map(|max| at_most(what, max)));
        all.extend(shape.min.map(|min| at_least(what, min)));
        all.extend(shape.pattern.as_ref().map(fitting));
        if !shape.values.is_empty() {
            all.push(one_of(&shape.values));
        }
        all.push("Member must not be null".to_owned());
        all
    }

    fn max(&self, name: &str, shape: &Shape) -> Option<f64> {
        match self.max_payload {
            Some(max) if PAYLOAD_SHAPES.contains(&name) => Some(max as f64),
            _ => shape.max,
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
            Value::Object(entries) if shape.kind == Kind::Map => {
                out.write_char('{')?;
                let target = shape.value.as_ref();
                let target = target.and_then(|name| model.shapes.get(name));
                for (i, (key, value)) in entries.iter().enumerate() {
                    let separator = if i > 0 { ", " } else { "" };
                    write!(out, "{separator}{key}=")?;
                    match target {
                        Some(target) if !target.sensitive => {
                            Shown(model, target, value).fmt(out)?;
                        }
                        _ => out.write_str("***")?,
                    }
                }
                out.write_char('}')
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

/// AWS writes names as its Java code has them: `FunctionName` is `functionName`.
fn below(path: &str, member: &str) -> String {
    let mut path = match path {
        "" => String::new(),
        path => format!("{path}."),
    };
    let mut characters = member.chars();
    path.extend(characters.next().map(|first| first.to_ascii_lowercase()));
    path.push_str(characters.as_str());
    path
}

fn at_most(what: &str, max: f64) -> String {
    format!("Member must have {what} less than or equal to {max}")
}

fn at_least(what: &str, min: f64) -> String {
    format!("Member must have {what} greater than or equal to {min}")
}

fn fitting(pattern: &Pattern) -> String {
    format!("Member must satisfy regular expression pattern: {pattern}")
}

fn one_of(values: &[String]) -> String {
    format!(
        "Member must satisfy enum value set: [{}]",
        values.join(", ")
    )
}

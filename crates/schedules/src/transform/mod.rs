//! What a target gets instead of the event: `InputPath`, `InputTransformer`.

mod path;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use path::Path;

/// Why a transformer or a path cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransformError {
    /// A sentence of AWS's that goes on behind "InputTemplate for target ID".
    #[error("contains invalid placeholder {0}.")]
    Placeholder(String),
    #[error("is not valid: {0}.")]
    Template(String),
    /// Of `InputPath` or of an entry of `InputPathsMap`.
    #[error("is not valid: {0}.")]
    Path(String),
}

/// `InputPath`: a part of the event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputPath(Path);

impl InputPath {
    /// # Errors
    /// [`TransformError::Path`]
    pub fn parse(text: &str) -> Result<InputPath, TransformError> {
        Path::parse(text)
            .map(InputPath)
            .map_err(TransformError::Path)
    }

    /// None: the event has nothing there.
    pub fn select(&self, event: &Value) -> Option<Value> {
        self.0.select(event)
    }
}

/// What templates can name without a path.
#[derive(Debug, Clone, Copy)]
pub struct Reserved<'a> {
    pub rule_arn: &'a str,
    pub rule_name: &'a str,
    /// When the bus took the event, as ISO 8601.
    pub ingestion_time: &'a str,
}

const RULE_ARN: &str = "aws.events.rule-arn";
const RULE_NAME: &str = "aws.events.rule-name";
const INGESTION_TIME: &str = "aws.events.event.ingestion-time";
const EVENT: &str = "aws.events.event";
const EVENT_JSON: &str = "aws.events.event.json";
const RESERVED: [&str; 5] = [RULE_ARN, RULE_NAME, INGESTION_TIME, EVENT, EVENT_JSON];

/// Most entries of an `InputPathsMap`.
const MAX_PATHS: usize = 100;

/// A template with placeholders, `<name>`, and where in an event their values are.
///
/// ```
/// use schedules::{InputTransformer, Reserved};
/// use serde_json::json;
/// let paths = [("id".to_owned(), "$.detail.instance-id".to_owned())].into();
/// let transformer = InputTransformer::parse(&paths, r#"{"id": <id>, "text": "<id> of <aws.events.rule-name>"}"#).unwrap();
/// let reserved = Reserved { rule_arn: "arn", rule_name: "R", ingestion_time: "2026-01-01T00:00:00Z" };
/// let input = transformer.apply(&json!({"detail": {"instance-id": "i-1"}}), &reserved);
/// assert_eq!(input, r#"{"id":"i-1","text":"i-1 of R"}"#);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct InputTransformer {
    paths: BTreeMap<String, Path>,
    template: Template,
}

#[derive(Debug, Clone, PartialEq)]
enum Template {
    /// JSON documents; more than one are written a line each.
    Json(Vec<Part>),
    /// Text that is no JSON.
    Text(Vec<Piece>),
}

/// JSON with placeholders.
#[derive(Debug, Clone, PartialEq)]
enum Part {
    /// In place of a whole value.
    Placeholder(String),
    Text(Vec<Piece>),
    Object(Vec<(String, Part)>),
    Array(Vec<Part>),
    Fixed(Value),
}

#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Fixed(String),
    Placeholder(String),
}

impl InputTransformer {
    /// Reads `InputPathsMap` and `InputTemplate`.
    ///
    /// A template is JSON, in which placeholders stand in texts or in place of values, or several JSON texts one below the other, or
    /// plain text.
    ///
    /// # Errors
    /// A path or the template is not understood; a placeholder is neither in the map nor one of AWS's.
    pub fn parse(
        paths: &BTreeMap<String, String>,
        template: &str,
    ) -> Result<InputTransformer, TransformError> {
        if paths.len() > MAX_PATHS {
            return Err(TransformError::Path(format!(
                "InputPathsMap has {} entries, {MAX_PATHS} are allowed",
                paths.len()
            )));
        }
        let parse = |(name, path): (&String, &String)| {
            if name.to_ascii_uppercase().starts_with("AWS.") {
                return Err(TransformError::Path(format!(
                    "the name {name} of InputPathsMap begins with AWS, which is reserved"
                )));
            }
            let path = Path::parse(path).map_err(TransformError::Path)?;
            Ok((name.clone(), path))
        };
        let paths: BTreeMap<String, Path> = paths.iter().map(parse).collect::<Result<_, _>>()?;
        let template = Template::parse(template)?;
        let unknown = template
            .placeholders()
            .into_iter()
            .find(|name| !paths.contains_key(name) && !RESERVED.contains(&name.as_str()));
        match unknown {
            Some(name) => Err(TransformError::Placeholder(name)),
            None => Ok(InputTransformer { paths, template }),
        }
    }

    /// The target's input: JSON without white space, unless the template is none.
    ///
    /// What the event does not have leaves nothing behind: the member or element with it is left out, in a text nothing stands in its
    /// place. Values in texts are escaped, so that the result is JSON whatever the event holds; AWS inserts them as they are.
    pub fn apply(&self, event: &Value, reserved: &Reserved<'_>) -> String {
        let value = |name: &str| match name {
            RULE_ARN => Some(reserved.rule_arn.into()),
            RULE_NAME => Some(reserved.rule_name.into()),
            INGESTION_TIME => Some(reserved.ingestion_time.into()),
            EVENT_JSON => Some(event.clone()),
            EVENT => {
                let mut event = event.clone();
                if let Value::Object(members) = &mut event {
                    members.shift_remove("detail");
                }
                Some(event)
            }
            _ => self.paths.get(name)?.select(event),
        };
        match &self.template {
            Template::Text(pieces) => join(pieces, &value),
            Template::Json(documents) => {
                let documents: Vec<String> = documents
                    .iter()
                    .map(|document| {
                        document
                            .fill(&value)
                            .unwrap_or_else(|| "".into())
                            .to_string()
                    })
                    .collect();
                documents.join("\n")
            }
        }
    }
}

/// The name of the only member of what stands for a placeholder while a template is read as JSON.
const MARK: &str = "\u{0}placeholder";

impl Template {
    fn parse(text: &str) -> Result<Template, TransformError> {
        let marked = mark(text);
        let documents: Result<Vec<Value>, _> = serde_json::Deserializer::from_str(&marked)
            .into_iter()
            .collect();
        match documents {
            Ok(documents) if !documents.is_empty() => Ok(Template::Json(
                documents
                    .into_iter()
                    .map(Part::of)
                    .collect::<Result<_, _>>()?,
            )),
            Err(error) if text.trim_start().starts_with(['{', '[', '"']) => Err(
                TransformError::Template(format!("it is no JSON with placeholders: {error}")),
            ),
            _ => Ok(Template::Text(pieces(text))),
        }
    }

    fn placeholders(&self) -> Vec<String> {
        let mut names = Vec::new();
        match self {
            Template::Text(pieces) => names_in(pieces, &mut names),
            Template::Json(documents) => documents
                .iter()
                .for_each(|document| document.placeholders(&mut names)),
        }
        names
    }
}

/// Puts a JSON object in place of each placeholder that stands outside of a text.
fn mark(text: &str) -> String {
    let mut marked = String::with_capacity(text.len());
    let mut in_text = false;
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if !in_text && let Some((name, behind)) = placeholder(rest) {
            marked.push_str(&serde_json::json!({MARK: name}).to_string());
            rest = behind;
            continue;
        }
        let mut length = character.len_utf8();
        match character {
            '"' => in_text = !in_text,
            '\\' if in_text => length += rest[length..].chars().next().map_or(0, char::len_utf8),
            _ => {}
        }
        let (taken, behind) = rest.split_at(length);
        marked.push_str(taken);
        rest = behind;
    }
    marked
}

/// The name of the placeholder that a text begins with, and what follows.
fn placeholder(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.strip_prefix('<')?.split_once('>')?;
    let is_name = |name: &str| {
        name.chars()
            .all(|character| character.is_alphanumeric() || "._-".contains(character))
    };
    (!name.is_empty() && is_name(name)).then_some((name, rest))
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut fixed = String::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if let Some((name, behind)) = placeholder(rest) {
            if !fixed.is_empty() {
                pieces.push(Piece::Fixed(std::mem::take(&mut fixed)));
            }
            pieces.push(Piece::Placeholder(name.into()));
            rest = behind;
        } else {
            fixed.push(character);
            rest = &rest[character.len_utf8()..];
        }
    }
    if !fixed.is_empty() {
        pieces.push(Piece::Fixed(fixed));
    }
    pieces
}

fn names_in(pieces: &[Piece], names: &mut Vec<String>) {
    names.extend(pieces.iter().filter_map(|piece| match piece {
        Piece::Placeholder(name) => Some(name.clone()),
        Piece::Fixed(_) => None,
    }));
}

fn join(pieces: &[Piece], value: &impl Fn(&str) -> Option<Value>) -> String {
    let text = |piece: &Piece| match piece {
        Piece::Fixed(text) => text.clone(),
        Piece::Placeholder(name) => match value(name) {
            None => String::new(),
            Some(Value::String(text)) => text,
            Some(value) => value.to_string(),
        },
    };
    pieces.iter().map(text).collect()
}

impl Part {
    fn of(value: Value) -> Result<Part, TransformError> {
        Ok(match value {
            Value::String(text) => match pieces(&text) {
                pieces
                    if pieces
                        .iter()
                        .any(|piece| matches!(piece, Piece::Placeholder(_))) =>
                {
                    Part::Text(pieces)
                }
                _ => Part::Fixed(Value::String(text)),
            },
            Value::Object(members) => match marked_name(&members) {
                Some(name) => Part::Placeholder(name.into()),
                None => Part::Object(
                    members
                        .into_iter()
                        .map(Part::member)
                        .collect::<Result<_, _>>()?,
                ),
            },
            Value::Array(elements) => Part::Array(
                elements
                    .into_iter()
                    .map(Part::of)
                    .collect::<Result<_, _>>()?,
            ),
            value => Part::Fixed(value),
        })
    }

    fn member((name, value): (String, Value)) -> Result<(String, Part), TransformError> {
        if pieces(&name)
            .iter()
            .any(|piece| matches!(piece, Piece::Placeholder(_)))
        {
            return Err(TransformError::Template(format!(
                "the key {name:?} has a placeholder; only values can"
            )));
        }
        Ok((name, Part::of(value)?))
    }

    fn placeholders(&self, names: &mut Vec<String>) {
        match self {
            Part::Placeholder(name) => names.push(name.clone()),
            Part::Text(pieces) => names_in(pieces, names),
            Part::Object(members) => members
                .iter()
                .for_each(|(_, part)| part.placeholders(names)),
            Part::Array(elements) => elements.iter().for_each(|part| part.placeholders(names)),
            Part::Fixed(_) => {}
        }
    }

    /// None: there is no such value.
    fn fill(&self, value: &impl Fn(&str) -> Option<Value>) -> Option<Value> {
        Some(match self {
            Part::Placeholder(name) => return value(name),
            Part::Text(pieces) => Value::String(join(pieces, value)),
            Part::Object(members) => {
                let filled = members
                    .iter()
                    .filter_map(|(name, part)| Some((name.clone(), part.fill(value)?)));
                Value::Object(filled.collect())
            }
            Part::Array(elements) => Value::Array(
                elements
                    .iter()
                    .filter_map(|part| part.fill(value))
                    .collect(),
            ),
            Part::Fixed(value) => value.clone(),
        })
    }
}

fn marked_name(members: &Map<String, Value>) -> Option<&str> {
    members.get(MARK).filter(|_| members.len() == 1)?.as_str()
}

//! One tree for JSON and YAML: values with the bytes they were written in.

mod json;
mod yaml;

use serde_json::{Number, Value};
use thiserror::Error;

use crate::source::{Format, Source, Span};

/// How deep values may be nested. AWS names no limit; this one keeps every walk over a definition within a small stack.
pub const MAX_DEPTH: usize = 200;
/// AWS's quota for a definition: 1 MB.
pub const MAX_BYTES: usize = 1_048_576;
/// What aliases of a YAML document may grow to, in values.
const MAX_NODES: usize = 500_000;

#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub span: Span,
    /// A YAML tag that is not of the core schema, as written: `!Ref`.
    pub tag: Option<Box<str>>,
    pub value: NodeValue,
}

#[derive(Debug, Clone, PartialEq)]
pub enum NodeValue {
    Null,
    Bool(bool),
    Number(Number),
    String(Scalar),
    Array(Vec<Node>),
    Object(Vec<Member>),
    /// A JSON value that is written `${name}` without quotes.
    Placeholder(String),
    /// What a substitution without a value leaves: any value of any type.
    Unknown,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Scalar {
    pub text: String,
    /// A YAML scalar without quotes, whose type is decided by its text (again after substitution).
    pub plain: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    pub key: String,
    pub key_span: Span,
    pub value: Node,
    /// The key holds a substitution without a value.
    pub key_unknown: bool,
}

/// Why a text is no tree.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// For JSON in the words of AWS's parser (Jackson) where those are known.
    pub message: String,
    pub span: Span,
}

impl SyntaxError {
    fn new(message: impl Into<String>, span: Span) -> SyntaxError {
        SyntaxError {
            message: message.into(),
            span,
        }
    }
}

/// Reads the whole text.
pub fn parse(source: &Source) -> Result<Node, SyntaxError> {
    match source.format() {
        Format::Json => json::parse(source.text()),
        Format::Yaml => yaml::parse(source.text()),
    }
}

/// One JSON value that fills `text`.
pub fn parse_json(text: &str) -> Result<Node, SyntaxError> {
    json::parse(text)
}

impl Node {
    pub fn new(span: Span, value: NodeValue) -> Node {
        Node {
            span,
            tag: None,
            value,
        }
    }

    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            NodeValue::String(scalar) => Some(&scalar.text),
            _ => None,
        }
    }

    pub fn members(&self) -> Option<&[Member]> {
        match &self.value {
            NodeValue::Object(members) => Some(members),
            _ => None,
        }
    }

    pub fn items(&self) -> Option<&[Node]> {
        match &self.value {
            NodeValue::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The member `key` of an object.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.members()?
            .iter()
            .find(|member| member.key == key)
            .map(|member| &member.value)
    }

    pub fn is_unknown(&self) -> bool {
        matches!(self.value, NodeValue::Unknown | NodeValue::Placeholder(_))
    }

    /// Whether this value or one inside it is unknown.
    pub fn contains_unknown(&self) -> bool {
        match &self.value {
            NodeValue::Array(items) => items.iter().any(Node::contains_unknown),
            NodeValue::Object(members) => {
                members.iter().any(|member| member.value.contains_unknown())
            }
            _ => self.is_unknown(),
        }
    }

    /// The plain value; unknown parts become `null`.
    pub fn to_value(&self) -> Value {
        match &self.value {
            NodeValue::Null | NodeValue::Placeholder(_) | NodeValue::Unknown => Value::Null,
            NodeValue::Bool(value) => Value::Bool(*value),
            NodeValue::Number(number) => Value::Number(number.clone()),
            NodeValue::String(scalar) => Value::String(scalar.text.clone()),
            NodeValue::Array(items) => Value::Array(items.iter().map(Node::to_value).collect()),
            NodeValue::Object(members) => Value::Object(
                members
                    .iter()
                    .map(|member| (member.key.clone(), member.value.to_value()))
                    .collect(),
            ),
        }
    }
}

/// The value a plain YAML scalar has in the core schema of YAML 1.2 (<https://yaml.org/spec/1.2.2/#103-core-schema>).
/// Infinities and NaN are no JSON and stay text.
pub fn resolve_plain(text: &str) -> NodeValue {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return NodeValue::Null,
        "true" | "True" | "TRUE" => return NodeValue::Bool(true),
        "false" | "False" | "FALSE" => return NodeValue::Bool(false),
        _ => {}
    }
    match yaml::number(text) {
        Some(number) => NodeValue::Number(number),
        None => NodeValue::String(Scalar {
            text: text.to_owned(),
            plain: true,
        }),
    }
}

/// The byte of `source` where byte `offset` of a string's decoded `text` was written. Exact for plain and quoted strings,
/// within a line for YAML's block scalars.
pub fn offset_in_source(source: &str, span: Span, text: &str, offset: usize) -> usize {
    let Some(raw) = source.get(span.start..span.end) else {
        return span.start;
    };
    let bytes = raw.as_bytes();
    let mut at = match bytes.first() {
        Some(b'"' | b'\'') => 1,
        Some(b'|' | b'>') => raw.find('\n').map_or(raw.len(), |i| i + 1),
        _ => 0,
    };
    let double_quoted = bytes.first() == Some(&b'"');
    for character in text
        .char_indices()
        .take_while(|(i, _)| *i < offset)
        .map(|(_, c)| c)
    {
        if double_quoted && bytes.get(at) == Some(&b'\\') {
            at += match bytes.get(at + 1) {
                Some(b'u') if character.len_utf16() == 2 => 12,
                Some(b'u') => 6,
                _ => 2,
            };
        } else if character.is_whitespace() {
            at += raw.get(at..).map_or(0, |rest| {
                rest.chars()
                    .next()
                    .filter(|c| c.is_whitespace())
                    .map_or(0, char::len_utf8)
            });
        } else {
            // A folded line leaves indentation behind.
            while !double_quoted && bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
                at += 1;
            }
            at += character.len_utf8();
        }
    }
    let rest = text.get(offset..).unwrap_or_default();
    while !double_quoted
        && !rest.is_empty()
        && !rest.starts_with(char::is_whitespace)
        && bytes.get(at).is_some_and(u8::is_ascii_whitespace)
    {
        at += 1;
    }
    span.start + at.min(raw.trim_end().len())
}

/// The first name that is there twice, with the place of the second.
pub(crate) fn duplicate(members: &[Member]) -> Option<&Member> {
    if members.len() < 16 {
        return members
            .iter()
            .enumerate()
            .find(|(i, member)| members[..*i].iter().any(|other| other.key == member.key))
            .map(|(_, member)| member);
    }
    let mut seen = std::collections::HashSet::with_capacity(members.len());
    members
        .iter()
        .find(|member| !seen.insert(member.key.as_str()))
}

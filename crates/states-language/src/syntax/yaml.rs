//! YAML 1.2 to the same tree: the events of saphyr-parser, aliases copied within a limit.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use serde_json::Number;

use super::{
    MAX_DEPTH, MAX_NODES, Member, Node, NodeValue, Scalar, SyntaxError, duplicate, resolve_plain,
};
use crate::source::Span;
use crate::substitution::placeholder_at;

/// Inside of `{…}` and `[…]` an unquoted `${name}` is no YAML, but whoever fills templates in writes it. What is no YAML is
/// therefore read once more with all placeholders spelt `$<name>` (or as [`MASKS`] has it): as long, and plain text to YAML.
pub(super) fn parse(text: &str) -> Result<Node, SyntaxError> {
    read(text, &[]).or_else(|error| {
        let (masked, placeholders) = mask(text);
        match placeholders.is_empty() {
            true => Err(error),
            false => read(&masked, &placeholders).map_err(|_| error),
        }
    })
}

/// The first pair that the text does not have behind a `$` stands for the braces.
const MASKS: [(char, char); 3] = [('<', '>'), ('(', ')'), ('~', '~')];

/// A placeholder as it stands in the text, and as YAML is shown it.
struct Masked<'t> {
    original: &'t str,
    shown: String,
}

fn mask(text: &str) -> (String, Vec<Masked<'_>>) {
    let mut masked = String::with_capacity(text.len());
    let mut placeholders: Vec<Masked<'_>> = Vec::new();
    let mut copied = 0;
    let is_free = |(open, _): &(char, char)| !text.contains(&format!("${open}"));
    let Some((open, close)) = MASKS.into_iter().find(is_free) else {
        return (masked, placeholders);
    };
    for (at, _) in text.match_indices("${") {
        let Some(placeholder) = placeholder_at(text, at) else {
            continue;
        };
        let original = &text[at..placeholder.span.end];
        let shown = format!("${open}{}{close}", &original[2..original.len() - 1]);
        masked.push_str(&text[copied..at]);
        masked.push_str(&shown);
        copied = placeholder.span.end;
        if placeholders.iter().all(|known| known.original != original) {
            placeholders.push(Masked { original, shown });
        }
    }
    masked.push_str(&text[copied..]);
    (masked, placeholders)
}

fn read(text: &str, masked: &[Masked<'_>]) -> Result<Node, SyntaxError> {
    let offsets = Offsets::new(text);
    let mut builder = Builder {
        stack: Vec::new(),
        anchors: HashMap::new(),
        root: None,
        nodes: 0,
    };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let at = offsets.byte(error.marker().index());
            SyntaxError::new(error.info().to_owned(), Span::new(at, at))
        })?;
        let span = offsets.span(span);
        match event {
            Event::DocumentStart(_) if builder.root.is_some() => {
                return Err(SyntaxError::new(
                    "The file holds more than one YAML document",
                    span,
                ));
            }
            Event::Scalar(value, style, anchor, tag) => {
                let (tag, core) = split_tag(tag.as_deref());
                let value = masked
                    .iter()
                    .fold(value.into_owned(), |value, placeholder| {
                        value.replace(&placeholder.shown, placeholder.original)
                    });
                let span = if matches!(style, ScalarStyle::Plain) {
                    trim_span(text, span)
                } else {
                    span
                };
                builder.add(
                    Node {
                        span,
                        tag,
                        value: scalar(&value, style, core, span)?,
                    },
                    anchor,
                )?;
            }
            Event::SequenceStart(anchor, tag) => builder.open(
                Node {
                    span,
                    tag: split_tag(tag.as_deref()).0,
                    value: NodeValue::Array(Vec::new()),
                },
                anchor,
            )?,
            Event::MappingStart(anchor, tag) => builder.open(
                Node {
                    span,
                    tag: split_tag(tag.as_deref()).0,
                    value: NodeValue::Object(Vec::new()),
                },
                anchor,
            )?,
            Event::SequenceEnd | Event::MappingEnd => builder.close(span)?,
            Event::Alias(anchor) => {
                let Some((node, size)) = builder.anchors.get(&anchor).cloned() else {
                    return Err(SyntaxError::new(
                        "An alias stands inside the value that its anchor names",
                        span,
                    ));
                };
                builder.count(size, span)?;
                if builder.stack.len() + depth(&node) > MAX_DEPTH {
                    return Err(too_deep(span));
                }
                // What is wrong inside is shown where the anchor is: that is where it can be mended.
                builder.add(node, 0)?;
            }
            _ => {}
        }
    }
    Ok(builder
        .root
        .unwrap_or_else(|| Node::new(Span::default(), NodeValue::Null)))
}

struct Builder {
    stack: Vec<Open>,
    anchors: HashMap<usize, (Node, usize)>,
    root: Option<Node>,
    nodes: usize,
}

struct Open {
    node: Node,
    anchor: usize,
    /// `nodes` when it was opened.
    nodes_before: usize,
    /// A mapping's key that waits for its value.
    key: Option<(String, Span)>,
}

impl Builder {
    fn count(&mut self, nodes: usize, span: Span) -> Result<(), SyntaxError> {
        self.nodes += nodes;
        if self.nodes > MAX_NODES {
            Err(SyntaxError::new(
                format!("The document's aliases expand to more than {MAX_NODES} values"),
                span,
            ))
        } else {
            Ok(())
        }
    }

    fn open(&mut self, node: Node, anchor: usize) -> Result<(), SyntaxError> {
        if self.stack.len() >= MAX_DEPTH {
            return Err(too_deep(node.span));
        }
        self.stack.push(Open {
            node,
            anchor,
            nodes_before: self.nodes,
            key: None,
        });
        Ok(())
    }

    fn close(&mut self, end: Span) -> Result<(), SyntaxError> {
        let Some(mut open) = self.stack.pop() else {
            return Ok(());
        };
        if let NodeValue::Object(members) = &open.node.value
            && let Some(member) = duplicate(members)
        {
            return Err(SyntaxError::new(
                format!("Duplicate field '{}'", member.key),
                member.key_span,
            ));
        }
        let last = match &open.node.value {
            NodeValue::Object(members) => members.last().map(|member| member.value.span.end),
            NodeValue::Array(items) => items.last().map(|item| item.span.end),
            _ => None,
        };
        // A block collection's end event stands before the next token: its last value is the nearer end.
        open.node.span.end = if end.end > end.start {
            end.end
        } else {
            last.unwrap_or(end.end)
        }
        .max(open.node.span.start);
        let nodes = self.nodes - open.nodes_before;
        if open.anchor != 0 {
            // The copy is an expense too: anchors inside anchors would copy the innermost once a level.
            self.count(nodes, open.node.span)?;
            self.anchors
                .insert(open.anchor, (open.node.clone(), nodes + 1));
        }
        self.add(open.node, 0)
    }

    /// A finished value: an item, a key, a key's value or the document.
    fn add(&mut self, node: Node, anchor: usize) -> Result<(), SyntaxError> {
        self.count(1, node.span)?;
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), 1));
        }
        let Some(open) = self.stack.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match &mut open.node.value {
            NodeValue::Array(items) => items.push(node),
            NodeValue::Object(members) => match open.key.take() {
                Some((key, key_span)) => members.push(Member {
                    key,
                    key_span,
                    value: node,
                    key_unknown: false,
                }),
                None => {
                    let key = match &node.value {
                        NodeValue::String(scalar) => scalar.text.clone(),
                        NodeValue::Null => "null".to_owned(),
                        NodeValue::Bool(value) => value.to_string(),
                        NodeValue::Number(number) => number.to_string(),
                        _ => return Err(SyntaxError::new("A key must be text", node.span)),
                    };
                    open.key = Some((key, node.span));
                }
            },
            _ => {}
        }
        Ok(())
    }
}

fn too_deep(span: Span) -> SyntaxError {
    SyntaxError::new(
        format!("Values are nested deeper than {MAX_DEPTH} levels"),
        span,
    )
}

/// At most [`MAX_DEPTH`], since anchors are built within that depth.
fn depth(node: &Node) -> usize {
    match &node.value {
        NodeValue::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        NodeValue::Object(members) => {
            1 + members
                .iter()
                .map(|member| depth(&member.value))
                .max()
                .unwrap_or(0)
        }
        _ => 0,
    }
}

/// The tag as written unless it is of the core schema; of that, the suffix (`str`, `int`, …).
fn split_tag(tag: Option<&Tag>) -> (Option<Box<str>>, Option<&str>) {
    match tag {
        Some(tag) if tag.is_yaml_core_schema() => (None, Some(&tag.suffix)),
        Some(tag) if tag.handle.is_empty() && tag.suffix == "!" => (None, Some("str")),
        Some(tag) => (Some(format!("{}{}", tag.handle, tag.suffix).into()), None),
        None => (None, None),
    }
}

fn scalar(
    text: &str,
    style: ScalarStyle,
    core_tag: Option<&str>,
    span: Span,
) -> Result<NodeValue, SyntaxError> {
    let string = |plain| {
        NodeValue::String(Scalar {
            text: text.to_owned(),
            plain,
        })
    };
    let value = match core_tag {
        Some("str") => return Ok(string(false)),
        None if matches!(style, ScalarStyle::Plain) => return Ok(resolve_plain(text)),
        None => return Ok(string(false)),
        Some(_) => resolve_plain(text),
    };
    let fits = matches!(
        (core_tag, &value),
        (Some("null"), NodeValue::Null)
            | (Some("bool"), NodeValue::Bool(_))
            | (Some("int" | "float"), NodeValue::Number(_))
    );
    if fits {
        Ok(value)
    } else {
        Err(SyntaxError::new(
            format!(
                "'{text}' is no value of the type !!{}",
                core_tag.unwrap_or_default()
            ),
            span,
        ))
    }
}

/// The span of a plain scalar without the blanks that the scanner read while it looked for the end.
fn trim_span(text: &str, span: Span) -> Span {
    match text.get(span.start..span.end) {
        Some(raw) => Span::new(span.start, span.start + raw.trim_end().len()),
        None => span,
    }
}

/// A number in the forms of the core schema, if it is one that JSON has too.
pub(super) fn number(text: &str) -> Option<Number> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if let Some(digits) = text.strip_prefix("0x") {
        return u64::from_str_radix(digits, 16)
            .ok()
            .filter(|_| !digits.starts_with('+'))
            .map(Number::from);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return u64::from_str_radix(digits, 8)
            .ok()
            .filter(|_| !digits.starts_with('+'))
            .map(Number::from);
    }
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        || !unsigned.bytes().any(|b| b.is_ascii_digit())
    {
        return None;
    }
    if unsigned.bytes().all(|b| b.is_ascii_digit()) {
        let whole = text.strip_prefix('+').unwrap_or(text);
        if let Ok(number) = whole.parse::<u64>() {
            return Some(number.into());
        }
        if let Ok(number) = whole.parse::<i64>() {
            return Some(number.into());
        }
    }
    if !unsigned
        .bytes()
        .all(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'))
    {
        return None;
    }
    Number::from_f64(text.parse().ok()?)
}

/// Characters to bytes: the scanner counts characters.
struct Offsets {
    /// Empty when the text is ASCII.
    bytes: Vec<usize>,
    len: usize,
}

impl Offsets {
    fn new(text: &str) -> Offsets {
        let bytes = if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices().map(|(i, _)| i).collect()
        };
        Offsets {
            bytes,
            len: text.len(),
        }
    }

    fn byte(&self, index: usize) -> usize {
        if self.bytes.is_empty() {
            index.min(self.len)
        } else {
            self.bytes.get(index).copied().unwrap_or(self.len)
        }
    }

    fn span(&self, span: saphyr_parser::Span) -> Span {
        let start = self.byte(span.start.index());
        Span::new(start, self.byte(span.end.index()).max(start))
    }
}

//! `${name}` in definitions, as SAM's `DefinitionSubstitutions` and Terraform's `templatefile` write it.
//!
//! What counts is the form of the name: letters, digits, `_` and `-`, parts joined by `.` or `::` (`${AWS::Region}`,
//! `${aws_sns_topic.alarm.arn}`), blanks around it allowed. JSONata's group-by on the context, `${ key: value }`, has a colon and a
//! value and is left alone; AWS rejects it in any case, since its expressions have no context item. `$${` is Terraform's escape for a
//! literal `${`.
//!
//! Values are put in after the text was parsed, so positions stay those of the file and a value in quotes needs no escaping. Without
//! quotes a value is read as JSON (in YAML: as a plain scalar).

use std::collections::BTreeMap;

use thiserror::Error;

use crate::source::Span;
use crate::syntax::{self, Node, NodeValue, Scalar};

/// `${name}` at a place of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placeholder<'t> {
    pub name: &'t str,
    /// From the `$` to after the `}`.
    pub span: Span,
}

/// The placeholder that begins at byte `at`, if one does.
pub fn placeholder_at(text: &str, at: usize) -> Option<Placeholder<'_>> {
    let inner = text.get(at..)?.strip_prefix("${")?;
    let end = inner.find('}')?;
    let name = inner[..end].trim_matches([' ', '\t']);
    is_name(name).then_some(Placeholder {
        name,
        span: Span::new(at, at + 2 + end + 1),
    })
}

fn is_name(name: &str) -> bool {
    name.replace("::", ".").split('.').all(|part| {
        part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
    })
}

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SubstitutionError {
    #[error("The substitution ${{{name}}} has no value")]
    Unresolved { name: String, span: Span },
    #[error("The value of ${{{name}}} stands without quotes but is no JSON: {reason}")]
    NotJson {
        name: String,
        span: Span,
        reason: String,
    },
    #[error("Duplicate field '{key}' after substitution")]
    DuplicateKey { key: String, span: Span },
}

impl SubstitutionError {
    pub fn span(&self) -> Span {
        match self {
            SubstitutionError::Unresolved { span, .. }
            | SubstitutionError::NotJson { span, .. }
            | SubstitutionError::DuplicateKey { span, .. } => *span,
        }
    }
}

/// What to do with names that have no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MissingValues {
    /// Each is an error.
    #[default]
    Reject,
    /// The value (or the whole string) becomes [`NodeValue::Unknown`].
    Unknown,
}

/// Puts `values` into the tree. `source` is the text it was parsed from. All problems at once; the tree is of use only without any.
pub fn substitute(
    node: &mut Node,
    source: &str,
    values: &BTreeMap<String, String>,
    missing: MissingValues,
) -> Result<(), Vec<SubstitutionError>> {
    let mut walk = Substitution {
        source,
        values,
        missing,
        errors: Vec::new(),
    };
    walk.node(node);
    if walk.errors.is_empty() {
        Ok(())
    } else {
        Err(walk.errors)
    }
}

struct Substitution<'a> {
    source: &'a str,
    values: &'a BTreeMap<String, String>,
    missing: MissingValues,
    errors: Vec<SubstitutionError>,
}

impl Substitution<'_> {
    fn node(&mut self, node: &mut Node) {
        match &mut node.value {
            NodeValue::Array(items) => items.iter_mut().for_each(|item| self.node(item)),
            NodeValue::Object(members) => {
                let mut changed = false;
                for member in members.iter_mut() {
                    match self.text(&member.key, member.key_span) {
                        Some(Ok(key)) => {
                            member.key = key;
                            changed = true;
                        }
                        Some(Err(_)) => member.key_unknown = true,
                        None => {}
                    }
                    self.node(&mut member.value);
                }
                if changed && let Some(member) = syntax::duplicate(members) {
                    self.errors.push(SubstitutionError::DuplicateKey {
                        key: member.key.clone(),
                        span: member.key_span,
                    });
                }
            }
            NodeValue::Placeholder(name) => match self.values.get(name.as_str()) {
                Some(value) => match syntax::parse_json(value.trim()) {
                    Ok(mut value) => {
                        move_to(&mut value, node.span);
                        *node = value;
                    }
                    Err(error) => self.errors.push(SubstitutionError::NotJson {
                        name: name.clone(),
                        span: node.span,
                        reason: error.message,
                    }),
                },
                None => {
                    if self.missing == MissingValues::Reject {
                        self.errors.push(SubstitutionError::Unresolved {
                            name: name.clone(),
                            span: node.span,
                        });
                    }
                    node.value = NodeValue::Unknown;
                }
            },
            NodeValue::String(scalar) => match self.text(&scalar.text, node.span) {
                Some(Ok(text)) if scalar.plain => node.value = syntax::resolve_plain(&text),
                Some(Ok(text)) => node.value = NodeValue::String(Scalar { text, plain: false }),
                Some(Err(_)) => node.value = NodeValue::Unknown,
                None => {}
            },
            _ => {}
        }
    }

    /// `None`: nothing to replace. `Err`: a name has no value.
    fn text(&mut self, text: &str, span: Span) -> Option<Result<String, ()>> {
        text.contains("${").then(|| {
            let mut out = String::with_capacity(text.len());
            let mut complete = true;
            let mut at = 0;
            while let Some(found) = text[at..].find("${").map(|i| at + i) {
                if found > at && text[..found].ends_with('$') {
                    out.push_str(&text[at..found - 1]);
                    out.push_str("${");
                    at = found + 2;
                    continue;
                }
                out.push_str(&text[at..found]);
                match placeholder_at(text, found) {
                    None => {
                        out.push_str("${");
                        at = found + 2;
                    }
                    Some(placeholder) => {
                        at = placeholder.span.end;
                        match self.values.get(placeholder.name) {
                            Some(value) => out.push_str(value),
                            None => {
                                complete = false;
                                if self.missing == MissingValues::Reject {
                                    let start =
                                        syntax::offset_in_source(self.source, span, text, found);
                                    let end = syntax::offset_in_source(self.source, span, text, at);
                                    self.errors.push(SubstitutionError::Unresolved {
                                        name: placeholder.name.to_owned(),
                                        span: Span::new(start, end),
                                    });
                                }
                            }
                        }
                    }
                }
            }
            out.push_str(&text[at..]);
            if complete { Ok(out) } else { Err(()) }
        })
    }
}

/// A value that came from elsewhere stands where its placeholder stood.
fn move_to(node: &mut Node, span: Span) {
    node.span = span;
    match &mut node.value {
        NodeValue::Array(items) => items.iter_mut().for_each(|item| move_to(item, span)),
        NodeValue::Object(members) => members.iter_mut().for_each(|member| {
            member.key_span = span;
            move_to(&mut member.value, span);
        }),
        _ => {}
    }
}

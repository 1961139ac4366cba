//! JSONPath in the dialect of AWS: that of the Jayway library, with `$$.` for the context object and `$name` for
//! variables, without functions (`length()`) and without operators that are words (`in`, `subsetof`) or regular
//! expressions.
//!
//! A *definite* path (`$.a[0]['b','c']`) gives one value and fails when it is missing. An *indefinite* one (wildcard,
//! slice, filter, `..`, several indexes) gives an array of what it found, `[]` when there is nothing: AWS answers so even
//! where the part before the wildcard is missing.

mod error;
mod eval;
mod filter;
pub(crate) mod lexer;
mod parse;
mod reference;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

pub use error::PathError;
pub use reference::ReferencePath;

use crate::{Environment, SyntaxError};
use filter::Filter;

/// Where a path starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Root {
    /// `$`
    Input,
    /// `$$`
    Context,
    /// `$name`
    Variable(String),
}

/// A parsed path. A clone costs a reference count.
#[derive(Clone)]
pub struct Path(Arc<Parsed>);

struct Parsed {
    text: String,
    root: Root,
    segments: Vec<Segment>,
    definite: bool,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq)]
enum Segment {
    /// `.name` or `['name']`
    Child(String),
    /// `['a','b']`
    Children(Vec<String>),
    /// `[0]`; negative ones count from the end.
    Index(i64),
    /// `[0,2]`
    Indexes(Vec<i64>),
    /// `[1:3]`
    Slice(Option<i64>, Option<i64>),
    /// `.*` or `[*]`
    Wildcard,
    /// `[?(…)]`
    Filter(Filter),
    /// `..`: what follows is applied to the value and all its descendants.
    Descend,
}

impl Segment {
    fn is_definite(&self, is_last: bool) -> bool {
        match self {
            Segment::Child(_) | Segment::Index(_) => true,
            // As the last step it merges the fields into one object.
            Segment::Children(_) => is_last,
            _ => false,
        }
    }
}

impl Path {
    /// Parses `$`, `$.a.b`, `$$.Execution.Id`, `$variable[0]`, …
    pub fn parse(text: &str) -> Result<Path, SyntaxError> {
        let (root, segments) = parse::path(text)?;
        let definite = is_definite(&segments);
        Ok(Path(Arc::new(Parsed {
            text: text.to_owned(),
            root,
            segments,
            definite,
        })))
    }

    /// The path as it was written.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// Where it starts.
    pub fn root(&self) -> &Root {
        &self.0.root
    }

    /// Whether it points at exactly one value.
    pub fn is_definite(&self) -> bool {
        self.0.definite
    }

    /// Whether it is `$`, `$$` or a variable alone.
    pub fn is_root(&self) -> bool {
        self.0.segments.is_empty()
    }

    /// Whether it has the restricted form of a reference path: names and single indexes only.
    pub fn is_reference(&self) -> bool {
        let plain = |segment: &Segment| matches!(segment, Segment::Child(_) | Segment::Index(_));
        self.0.segments.iter().all(plain)
    }

    /// The value that the path points at: borrowed when it is a part of the data, as with every definite path but
    /// `['a','b']`.
    pub fn eval<'v>(&self, env: &'v dyn Environment) -> Result<Cow<'v, Value>, PathError> {
        let root = match &self.0.root {
            Root::Input => env.input(),
            Root::Context => match self.0.context_member() {
                Some(name) => return self.eval_below(1, env.context_member(name)),
                None => env.context(),
            },
            Root::Variable(name) => {
                env.variable(name)
                    .ok_or_else(|| PathError::UndefinedVariable {
                        path: self.0.text.clone(),
                        name: name.clone(),
                    })?
            }
        };
        self.eval_on(root)
    }

    /// The value that the steps of the path point at in `root`, whatever the path starts with.
    pub fn eval_on<'v>(&self, root: &'v Value) -> Result<Cow<'v, Value>, PathError> {
        self.eval_below(0, Some(root))
    }

    /// The same for `value`, which is what the first `done` steps gave.
    fn eval_below<'v>(
        &self,
        done: usize,
        value: Option<&'v Value>,
    ) -> Result<Cow<'v, Value>, PathError> {
        let Parsed { text, segments, .. } = &*self.0;
        if self.0.definite {
            eval::definite(text, segments, done, value)
        } else {
            eval::indefinite(text, segments, done, value).map(Cow::Owned)
        }
    }
}

impl Parsed {
    /// The member that the path starts with, where nothing else of its root is read.
    fn context_member(&self) -> Option<&str> {
        match self.segments.split_first()? {
            (Segment::Child(name), rest) if !filter::any_reads_root(rest) => Some(name),
            _ => None,
        }
    }
}

impl PartialEq for Path {
    fn eq(&self, other: &Self) -> bool {
        self.0.root == other.0.root && self.0.segments == other.0.segments
    }
}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Path({})", self.0.text)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

fn is_definite(segments: &[Segment]) -> bool {
    let last = segments.len().saturating_sub(1);
    segments
        .iter()
        .enumerate()
        .all(|(i, segment)| segment.is_definite(i == last))
}

/// The steps in Jayway's normal form, as error causes show them: `$['a'][0]['b']`.
fn normalized(segments: &[Segment]) -> String {
    use fmt::Write;
    let mut text = String::from("$");
    let join = |items: &mut dyn Iterator<Item = String>| items.collect::<Vec<_>>().join(",");
    for segment in segments {
        // Writing to a String cannot fail.
        let _ = match segment {
            Segment::Child(name) => write!(text, "['{name}']"),
            Segment::Children(names) => write!(
                text,
                "[{}]",
                join(&mut names.iter().map(|n| format!("'{n}'")))
            ),
            Segment::Index(index) => write!(text, "[{index}]"),
            Segment::Indexes(indexes) => {
                write!(text, "[{}]", join(&mut indexes.iter().map(i64::to_string)))
            }
            Segment::Slice(from, to) => {
                let show = |bound: &Option<i64>| bound.map(|b| b.to_string()).unwrap_or_default();
                write!(text, "[{}:{}]", show(from), show(to))
            }
            Segment::Wildcard => write!(text, "[*]"),
            Segment::Filter(_) => write!(text, "[?]"),
            Segment::Descend => write!(text, ".."),
        };
    }
    text
}

#[cfg(test)]
mod tests;

//! Reference paths: where `ResultPath` writes.

use std::fmt;

use serde_json::{Map, Value};

use super::{Path, PathError, Root, Segment};
use crate::SyntaxError;
use crate::payload::{MAX_NESTING, nesting_exceeds};

/// A path of names and single indexes that starts at `$`, so that it can be written to.
#[derive(Clone, PartialEq)]
pub struct ReferencePath(Path);

impl ReferencePath {
    /// Parses `$`, `$.a.b`, `$.a[0]`, `$['a b']`, …
    pub fn parse(text: &str) -> Result<ReferencePath, SyntaxError> {
        let path = Path::parse(text)?;
        if *path.root() != Root::Input {
            return Err(SyntaxError::new(
                "a reference path starts with '$.' or '$['",
                0,
            ));
        }
        if !path.is_reference() {
            return Err(SyntaxError::new(
                "a reference path has names and single indexes only: no '*', '..', ',', ':' or '?'",
                0,
            ));
        }
        Ok(ReferencePath(path))
    }

    /// The path as it was written.
    pub fn text(&self) -> &str {
        self.0.text()
    }

    /// Whether it is `$`: writing replaces everything.
    pub fn is_root(&self) -> bool {
        self.0.is_root()
    }

    /// Writes `value` into `target`, creating the objects on the way that are missing. Fails, leaving `target` as it was,
    /// when a name meets something that is no object, or an index an array without such an item.
    pub fn set(&self, target: &mut Value, value: Value) -> Result<(), PathError> {
        let segments = &self.0.0.segments;
        let levels = MAX_NESTING.saturating_sub(segments.len());
        if segments.len() > MAX_NESTING || nesting_exceeds(&value, levels) {
            return Err(PathError::TooDeep {
                path: self.text().to_owned(),
                limit: MAX_NESTING,
            });
        }
        if !applies(segments, target) {
            return Err(PathError::NotApplicable {
                path: self.text().to_owned(),
                input: target.to_string(),
            });
        }
        write(segments, target, value);
        Ok(())
    }
}

/// Whether the steps can be written to in `target`.
fn applies(segments: &[Segment], target: &Value) -> bool {
    let mut current = target;
    for (i, segment) in segments.iter().enumerate() {
        let next = match (segment, current) {
            (Segment::Child(name), Value::Object(fields)) => fields.get(name),
            (Segment::Index(index), Value::Array(items)) => match item(items.len(), *index) {
                Some(index) => items.get(index),
                None => return false,
            },
            _ => return false,
        };
        match next {
            Some(next) => current = next,
            // From here on objects are created, which only names can be written to.
            None => {
                let rest = segments.get(i + 1..).unwrap_or_default();
                return rest
                    .iter()
                    .all(|segment| matches!(segment, Segment::Child(_)));
            }
        }
    }
    true
}

fn write(segments: &[Segment], target: &mut Value, value: Value) {
    let mut current = target;
    for segment in segments {
        let slot = match (segment, current) {
            (Segment::Child(name), Value::Object(fields)) => Some(
                fields
                    .entry(name.as_str())
                    .or_insert_with(|| Value::Object(Map::new())),
            ),
            (Segment::Index(index), Value::Array(items)) => {
                item(items.len(), *index).and_then(|index| items.get_mut(index))
            }
            _ => None,
        };
        match slot {
            Some(slot) => current = slot,
            // `applies` said otherwise.
            None => return,
        }
    }
    *current = value;
}

fn item(length: usize, index: i64) -> Option<usize> {
    usize::try_from(index).ok().filter(|index| *index < length)
}

impl fmt::Debug for ReferencePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReferencePath({})", self.text())
    }
}

impl fmt::Display for ReferencePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

//! Steps to values.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{PathError, Segment, filter, normalized};
use crate::copies::CopyBudget;

/// How many values one evaluation may visit: `$..*..*..*` grows without bound otherwise.
const MAX_VISITS: usize = 2_000_000;

/// What one evaluation may still use up.
pub(super) struct Budget {
    visits: usize,
    pub copies: CopyBudget,
}

impl Budget {
    fn new() -> Self {
        Budget {
            visits: MAX_VISITS,
            copies: CopyBudget::new(),
        }
    }

    fn spend_visit(&mut self) -> bool {
        self.visits = self.visits.saturating_sub(1);
        self.visits > 0
    }
}

/// What an indefinite path found, not copied yet.
#[derive(Clone, Copy)]
pub(super) enum Found<'v> {
    Value(&'v Value),
    /// These fields of the object, as one object.
    Fields(&'v Map<String, Value>, &'v [String]),
}

impl Found<'_> {
    /// The value, where the budget allows the copy.
    pub fn copy(self, copies: &mut CopyBudget) -> Option<Value> {
        match self {
            Found::Value(value) => {
                copies.spend(value).ok()?;
                Some(value.clone())
            }
            Found::Fields(fields, names) => {
                for name in names {
                    if let Some(field) = fields.get(name) {
                        copies.spend_field(name, field).ok()?;
                    }
                }
                Some(merged(fields, names))
            }
        }
    }
}

/// The one value of a definite path. `text` is the path as written, for errors; `start` is what the first `done` of its
/// steps gave, `None` when the last of these found nothing.
pub(super) fn definite<'v>(
    text: &str,
    segments: &[Segment],
    done: usize,
    start: Option<&'v Value>,
) -> Result<Cow<'v, Value>, PathError> {
    let mut value = start.ok_or_else(|| missing(text, segments, done.saturating_sub(1)))?;
    for (i, segment) in segments.iter().enumerate().skip(done) {
        let found = match (segment, value) {
            (Segment::Child(name), Value::Object(fields)) => fields.get(name),
            (Segment::Index(index), Value::Array(items)) => at(items, *index),
            (Segment::Children(names), Value::Object(fields)) => {
                return Ok(Cow::Owned(merged(fields, names)));
            }
            _ => return Err(mismatch(text, segments, i, value)),
        };
        value = found.ok_or_else(|| missing(text, segments, i))?;
    }
    Ok(Cow::Borrowed(value))
}

/// The array of all values of an indefinite path, where the first `done` steps gave `start`.
pub(super) fn indefinite(
    text: &str,
    segments: &[Segment],
    done: usize,
    start: Option<&Value>,
) -> Result<Value, PathError> {
    let (Some(root), Some(segments)) = (start, segments.get(done..)) else {
        return Ok(Value::Array(Vec::new()));
    };
    let mut budget = Budget::new();
    let found = collect(segments, root, root, &mut budget);
    if budget.visits == 0 {
        return Err(PathError::TooManyResults {
            path: text.to_owned(),
            limit: MAX_VISITS,
        });
    }
    // Filters copy, too.
    let is_used_up = budget.copies.is_used_up();
    let copies = found
        .into_iter()
        .map(|found| found.copy(&mut budget.copies));
    copies
        .collect::<Option<Vec<Value>>>()
        .filter(|_| !is_used_up)
        .map(Value::Array)
        .ok_or_else(|| PathError::ResultTooLarge {
            path: text.to_owned(),
            limit_bytes: CopyBudget::BYTES,
        })
}

/// What an indefinite path finds in `start`, until the visits are used up; `root` is where the path that it belongs to
/// starts.
pub(super) fn collect<'v>(
    segments: &'v [Segment],
    start: &'v Value,
    root: &'v Value,
    budget: &mut Budget,
) -> Vec<Found<'v>> {
    let mut walk = Walk {
        root,
        budget,
        found: Vec::new(),
    };
    walk.step(segments, start);
    walk.found
}

struct Walk<'v, 'b> {
    root: &'v Value,
    budget: &'b mut Budget,
    found: Vec<Found<'v>>,
}

impl<'v> Walk<'v, '_> {
    fn step(&mut self, segments: &'v [Segment], value: &'v Value) {
        if !self.budget.spend_visit() {
            return;
        }
        let Some((segment, rest)) = segments.split_first() else {
            self.found.push(Found::Value(value));
            return;
        };
        match (segment, value) {
            (Segment::Child(name), Value::Object(fields)) => self.each(rest, fields.get(name)),
            (Segment::Children(names), Value::Object(fields)) if rest.is_empty() => {
                self.found.push(Found::Fields(fields, names));
            }
            (Segment::Children(names), Value::Object(fields)) => {
                self.each(rest, names.iter().filter_map(|name| fields.get(name)));
            }
            (Segment::Index(index), Value::Array(items)) => self.each(rest, at(items, *index)),
            (Segment::Indexes(indexes), Value::Array(items)) => {
                self.each(rest, indexes.iter().filter_map(|index| at(items, *index)));
            }
            (Segment::Slice(from, to), Value::Array(items)) => {
                self.each(rest, slice(items, *from, *to))
            }
            (Segment::Wildcard, Value::Array(items)) => self.each(rest, items),
            (Segment::Wildcard, Value::Object(fields)) => self.each(rest, fields.values()),
            (Segment::Filter(filter), Value::Array(items)) => {
                for item in items {
                    self.step_if(filter, rest, item);
                }
            }
            (Segment::Filter(filter), Value::Object(_)) => self.step_if(filter, rest, value),
            (Segment::Descend, _) => self.descend(rest, value),
            _ => {}
        }
    }

    fn each(&mut self, rest: &'v [Segment], values: impl IntoIterator<Item = &'v Value>) {
        for value in values {
            self.step(rest, value);
        }
    }

    fn step_if(&mut self, filter: &'v filter::Filter, rest: &'v [Segment], value: &'v Value) {
        if self.budget.spend_visit() && filter::matches(filter, value, self.root, self.budget) {
            self.step(rest, value);
        }
    }

    /// Applies `segments` to the value and all below it, parents first. A filter tests each object once, itself, and
    /// not again as the item of an array.
    fn descend(&mut self, segments: &'v [Segment], value: &'v Value) {
        if !self.budget.spend_visit() {
            return;
        }
        let is_filter = matches!(segments.first(), Some(Segment::Filter(_)));
        if !(is_filter && value.is_array()) {
            self.step(segments, value);
        }
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.descend(segments, item)),
            Value::Object(fields) => fields
                .values()
                .for_each(|field| self.descend(segments, field)),
            _ => {}
        }
    }
}

/// The item at `index`, counted from the end when negative.
fn at(items: &[Value], index: i64) -> Option<&Value> {
    let index = if index < 0 {
        items
            .len()
            .checked_sub(usize::try_from(index.unsigned_abs()).ok()?)?
    } else {
        usize::try_from(index).ok()?
    };
    items.get(index)
}

/// The items of `[from:to]`. As in Jayway, `[-2:3]` (both bounds, the first negative) runs from the second item from the
/// end over the last one on to the first ones.
fn slice(items: &[Value], from: Option<i64>, to: Option<i64>) -> impl Iterator<Item = &Value> {
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let range = match (from, to) {
        (Some(from), None) if from < 0 => (length.saturating_add(from)).max(0)..length,
        (Some(from), None) => from..length,
        (None, Some(to)) if to < 0 => 0..length.saturating_add(to),
        (from, to) => from.unwrap_or(0).max(-length)..to.unwrap_or(length).min(length),
    };
    range.filter_map(|index| at(items, index))
}

fn merged(fields: &Map<String, Value>, names: &[String]) -> Value {
    let mut object = Map::new();
    for name in names {
        // A name may stand there thousands of times.
        if let Some(field) = fields.get(name)
            && !object.contains_key(name)
        {
            object.insert(name.clone(), field.clone());
        }
    }
    Value::Object(object)
}

fn missing(text: &str, segments: &[Segment], i: usize) -> PathError {
    let path = text.to_owned();
    match segments.get(i) {
        Some(Segment::Child(_)) if i + 1 < segments.len() => PathError::MissingProperty {
            path,
            normalized: normalized(segments.get(..=i).unwrap_or(segments)),
        },
        _ => PathError::NoResults {
            path,
            normalized: normalized(segments),
        },
    }
}

fn mismatch(text: &str, segments: &[Segment], i: usize, value: &Value) -> PathError {
    let path = text.to_owned();
    let before = segments.get(..i).unwrap_or(segments);
    match segments.get(i) {
        Some(Segment::Child(name)) => PathError::NotAnObject {
            path,
            property: name.clone(),
            normalized: normalized(before),
        },
        Some(Segment::Index(index)) => PathError::NotAnArray {
            path,
            step: format!("[{index}]"),
            found: value.to_string().chars().take(200).collect(),
        },
        _ => PathError::NoResults {
            path,
            normalized: normalized(segments),
        },
    }
}

//! Filters: `[?(@.size > 3 && !@.hidden)]`, with Jayway's comparisons.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::Value;

use super::eval;
use super::lexer::Cursor;
use super::parse;
use super::{Segment, is_definite};
use crate::SyntaxError;

/// How deep parentheses, `!` and filters inside filters may nest.
const MAX_DEPTH: usize = 50;

/// A condition on one value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Filter {
    Or(Vec<Filter>),
    And(Vec<Filter>),
    Not(Box<Filter>),
    /// The path gives a value.
    Exists(Operand),
    Compare(Operand, Operator, Operand),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand {
    /// `@.a`
    Item(Vec<Segment>),
    /// `$.a`: from the value that the whole path starts at.
    Root(Vec<Segment>),
    Literal(Value),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Longer operators first.
const OPERATORS: [(&str, Operator); 6] = [
    ("==", Operator::Equal),
    ("!=", Operator::NotEqual),
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("<", Operator::Less),
    (">", Operator::Greater),
];

/// Parses `(condition)`, as it stands after `[?`.
pub(super) fn parse(cursor: &mut Cursor<'_>, depth: usize) -> Result<Filter, SyntaxError> {
    cursor.expect("(")?;
    let filter = any(cursor, depth)?;
    cursor.skip_whitespace();
    cursor.expect(")")?;
    Ok(filter)
}

fn any(cursor: &mut Cursor<'_>, depth: usize) -> Result<Filter, SyntaxError> {
    let mut parts = chain(cursor, "||", |cursor| {
        let mut parts = chain(cursor, "&&", |cursor| term(cursor, depth + 1))?;
        Ok(if parts.len() == 1 {
            parts.remove(0)
        } else {
            Filter::And(parts)
        })
    })?;
    Ok(if parts.len() == 1 {
        parts.remove(0)
    } else {
        Filter::Or(parts)
    })
}

fn chain<'t>(
    cursor: &mut Cursor<'t>,
    separator: &str,
    part: impl Fn(&mut Cursor<'t>) -> Result<Filter, SyntaxError>,
) -> Result<Vec<Filter>, SyntaxError> {
    let mut parts = vec![part(cursor)?];
    loop {
        cursor.skip_whitespace();
        if !cursor.eat(separator) {
            return Ok(parts);
        }
        parts.push(part(cursor)?);
    }
}

fn term(cursor: &mut Cursor<'_>, depth: usize) -> Result<Filter, SyntaxError> {
    if depth > MAX_DEPTH {
        return Err(cursor.error(format!("a filter nests at most {MAX_DEPTH} levels")));
    }
    cursor.skip_whitespace();
    if cursor.peek() == Some('!') {
        cursor.next();
        return Ok(Filter::Not(Box::new(term(cursor, depth + 1)?)));
    }
    if cursor.peek() == Some('(') {
        return parse(cursor, depth + 1);
    }
    let left = operand(cursor, depth)?;
    cursor.skip_whitespace();
    for (token, operator) in OPERATORS {
        if cursor.eat(token) {
            cursor.skip_whitespace();
            return Ok(Filter::Compare(left, operator, operand(cursor, depth)?));
        }
    }
    match (left, cursor.peek()) {
        (Operand::Literal(_), _) => Err(cursor.error("expected a comparison")),
        (left, Some('&' | '|' | ')')) => Ok(Filter::Exists(left)),
        _ => Err(cursor.error("expected '==', '!=', '<', '<=', '>' or '>='")),
    }
}

fn operand(cursor: &mut Cursor<'_>, depth: usize) -> Result<Operand, SyntaxError> {
    if cursor.eat("@") {
        return Ok(Operand::Item(parse::relative(cursor, depth)?));
    }
    if cursor.eat("$") {
        return Ok(Operand::Root(parse::relative(cursor, depth)?));
    }
    let literal = match cursor.peek() {
        Some('\'' | '"') => Value::String(cursor.quoted()?),
        Some('-' | '0'..='9') => Value::Number(cursor.number()?),
        _ => match cursor.clone().name() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            _ => {
                return Err(
                    cursor.error("expected '@', a text in quotes, a number, true, false or null")
                );
            }
        },
    };
    if !matches!(literal, Value::String(_) | Value::Number(_)) {
        cursor.name();
    }
    Ok(Operand::Literal(literal))
}

/// Whether a filter in one of the steps has a path that starts with `$`.
pub(super) fn any_reads_root(segments: &[Segment]) -> bool {
    segments
        .iter()
        .any(|segment| matches!(segment, Segment::Filter(filter) if filter.reads_root()))
}

impl Filter {
    fn reads_root(&self) -> bool {
        match self {
            Filter::Or(parts) | Filter::And(parts) => parts.iter().any(Filter::reads_root),
            Filter::Not(part) => part.reads_root(),
            Filter::Exists(operand) => operand.reads_root(),
            Filter::Compare(left, _, right) => left.reads_root() || right.reads_root(),
        }
    }
}

/// Whether `item` fulfils the condition; `root` is what the path started at.
pub(super) fn matches(
    filter: &Filter,
    item: &Value,
    root: &Value,
    budget: &mut eval::Budget,
) -> bool {
    match filter {
        Filter::Or(parts) => parts.iter().any(|part| matches(part, item, root, budget)),
        Filter::And(parts) => parts.iter().all(|part| matches(part, item, root, budget)),
        Filter::Not(part) => !matches(part, item, root, budget),
        Filter::Exists(operand) => operand.exists(item, root, budget),
        Filter::Compare(left, operator, right) => {
            let left = left.value(item, root, budget);
            let right = right.value(item, root, budget);
            compare(left.as_deref(), *operator, right.as_deref())
        }
    }
}

impl Operand {
    fn reads_root(&self) -> bool {
        match self {
            Operand::Item(segments) => any_reads_root(segments),
            Operand::Root(_) => true,
            Operand::Literal(_) => false,
        }
    }

    /// The steps and where they start; `None` for a literal.
    fn path<'v>(&'v self, item: &'v Value, root: &'v Value) -> Option<(&'v [Segment], &'v Value)> {
        match self {
            Operand::Literal(_) => None,
            Operand::Item(segments) => Some((segments, item)),
            Operand::Root(segments) => Some((segments, root)),
        }
    }

    fn exists(&self, item: &Value, root: &Value, budget: &mut eval::Budget) -> bool {
        match self.path(item, root) {
            Some((segments, start)) if !is_definite(segments) => {
                !eval::collect(segments, start, root, budget).is_empty()
            }
            _ => self.value(item, root, budget).is_some(),
        }
    }

    /// The value; nothing either when the budget does not allow to copy it, which ends the evaluation.
    fn value<'v>(
        &'v self,
        item: &'v Value,
        root: &'v Value,
        budget: &mut eval::Budget,
    ) -> Option<Cow<'v, Value>> {
        let (segments, start) = match (self, self.path(item, root)) {
            (Operand::Literal(value), _) => return Some(Cow::Borrowed(value)),
            (_, path) => path?,
        };
        if segments.is_empty() {
            // AWS: a bare `@` stands for no number, text or Boolean.
            return (start.is_object() || start.is_array()).then_some(Cow::Borrowed(start));
        }
        if is_definite(segments) {
            return eval::definite("", segments, 0, Some(start)).ok();
        }
        let found = eval::collect(segments, start, root, budget);
        let copies = found
            .into_iter()
            .map(|found| found.copy(&mut budget.copies));
        let values = copies.collect::<Option<Vec<Value>>>()?;
        (!values.is_empty()).then_some(Cow::Owned(Value::Array(values)))
    }
}

/// A missing value equals nothing, not even another missing one.
fn compare(left: Option<&Value>, operator: Operator, right: Option<&Value>) -> bool {
    let (Some(left), Some(right)) = (left, right) else {
        return operator == Operator::NotEqual;
    };
    match operator {
        Operator::Equal => equal(left, right),
        Operator::NotEqual => !equal(left, right),
        Operator::Less => order(left, right) == Some(Ordering::Less),
        Operator::LessOrEqual => {
            matches!(order(left, right), Some(Ordering::Less | Ordering::Equal))
        }
        Operator::Greater => order(left, right) == Some(Ordering::Greater),
        Operator::GreaterOrEqual => matches!(
            order(left, right),
            Some(Ordering::Greater | Ordering::Equal)
        ),
    }
}

/// A number and a text are compared as the left one's kind: `1 == '1'`, and `'1.0' == 1` is false.
fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(_), Value::Number(_)) => order(left, right) == Some(Ordering::Equal),
        (Value::Number(number), Value::String(text)) => {
            number.as_f64() == text.trim().parse::<f64>().ok()
        }
        (Value::String(text), Value::Number(number)) => *text == number.to_string(),
        _ => left == right,
    }
}

fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => match (a.as_i64(), b.as_i64()) {
            (Some(a), Some(b)) => Some(a.cmp(&b)),
            _ => a.as_f64()?.partial_cmp(&b.as_f64()?),
        },
        (Value::String(a), Value::String(b)) => Some(a.encode_utf16().cmp(b.encode_utf16())),
        _ => None,
    }
}

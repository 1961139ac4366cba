//! Text to steps.

use super::filter;
use super::lexer::Cursor;
use super::{Root, Segment};
use crate::SyntaxError;

/// How many steps a path may have: more than any payload can nest.
const MAX_SEGMENTS: usize = 1_000;

/// Parses a whole text.
pub(super) fn path(text: &str) -> Result<(Root, Vec<Segment>), SyntaxError> {
    let mut cursor = Cursor::new(text);
    cursor.expect("$")?;
    let root = if cursor.eat("$") {
        Root::Context
    } else {
        match cursor.name() {
            "" => Root::Input,
            name => Root::Variable(name.to_owned()),
        }
    };
    let mut segments = Vec::new();
    while !cursor.at_end() {
        segment(&mut cursor, &mut segments, 0)?;
    }
    if segments.last() == Some(&Segment::Descend) {
        return Err(cursor.error("a path cannot end with '..'"));
    }
    Ok((root, segments))
}

/// Parses the steps of a path that starts with `@` or `$` inside a filter, up to what cannot continue it.
pub(super) fn relative(cursor: &mut Cursor<'_>, depth: usize) -> Result<Vec<Segment>, SyntaxError> {
    let mut segments = Vec::new();
    while matches!(cursor.peek(), Some('.' | '[')) {
        segment(cursor, &mut segments, depth)?;
    }
    if segments.last() == Some(&Segment::Descend) {
        return Err(cursor.error("a path cannot end with '..'"));
    }
    Ok(segments)
}

/// Parses one step, or two for `..name`.
fn segment(
    cursor: &mut Cursor<'_>,
    segments: &mut Vec<Segment>,
    depth: usize,
) -> Result<(), SyntaxError> {
    if segments.len() >= MAX_SEGMENTS {
        return Err(cursor.error(format!("a path has at most {MAX_SEGMENTS} steps")));
    }
    if cursor.peek() == Some('[') {
        segments.push(bracket(cursor, depth)?);
        return Ok(());
    }
    if cursor.eat("..") {
        segments.push(Segment::Descend);
    } else {
        cursor.expect(".")?;
    }
    segments.push(match cursor.peek() {
        None => return Err(cursor.error("a path cannot end with '.'")),
        Some('.') => return Err(cursor.error("unexpected '.'")),
        Some('[') => bracket(cursor, depth)?,
        Some('*') => {
            cursor.next();
            Segment::Wildcard
        }
        Some(_) => dotted_name(cursor, depth > 0)?,
    });
    Ok(())
}

/// A name after a dot: everything up to the next step. Inside a filter it also ends where an operator may follow. AWS has
/// no functions: in `$.list.length()` the last name is `length()`.
fn dotted_name(cursor: &mut Cursor<'_>, in_filter: bool) -> Result<Segment, SyntaxError> {
    let ends = |c: char| match c {
        '.' | '[' | ' ' => true,
        _ => in_filter && (c.is_whitespace() || "=<>!&|),(".contains(c)),
    };
    let name = cursor.take_while(|c| !ends(c));
    match cursor.peek() {
        _ if name.is_empty() => Err(cursor.error("expected a name")),
        Some('(') => Err(cursor.error("functions are not supported in a filter")),
        Some(' ') if !in_filter => {
            Err(cursor.error("a name with a blank needs brackets and quotes: ['my name']"))
        }
        _ => Ok(Segment::Child(name.to_owned())),
    }
}

fn bracket(cursor: &mut Cursor<'_>, depth: usize) -> Result<Segment, SyntaxError> {
    cursor.expect("[")?;
    cursor.skip_whitespace();
    let segment = match cursor.peek() {
        Some('\'' | '"') => {
            let mut names = list(cursor, Cursor::quoted_name)?;
            match names.pop() {
                Some(name) if names.is_empty() => Segment::Child(name),
                Some(name) => {
                    names.push(name);
                    Segment::Children(names)
                }
                None => return Err(cursor.error("expected a name")),
            }
        }
        Some('*') => {
            cursor.next();
            Segment::Wildcard
        }
        Some('?') => {
            cursor.next();
            cursor.skip_whitespace();
            Segment::Filter(filter::parse(cursor, depth + 1)?)
        }
        Some(':') => slice(cursor, None)?,
        Some('-' | '0'..='9') => {
            let first = cursor.integer()?;
            cursor.skip_whitespace();
            match cursor.peek() {
                Some(':') => slice(cursor, Some(first))?,
                Some(',') => {
                    cursor.next();
                    cursor.skip_whitespace();
                    let mut indexes = list(cursor, Cursor::integer)?;
                    indexes.insert(0, first);
                    Segment::Indexes(indexes)
                }
                _ => Segment::Index(first),
            }
        }
        _ => return Err(cursor.error("expected a name in quotes, an index, '*' or '?('")),
    };
    cursor.skip_whitespace();
    cursor.expect("]")?;
    Ok(segment)
}

/// One item or more, separated by commas.
fn list<'t, T>(
    cursor: &mut Cursor<'t>,
    item: impl Fn(&mut Cursor<'t>) -> Result<T, SyntaxError>,
) -> Result<Vec<T>, SyntaxError> {
    let mut items = vec![item(cursor)?];
    loop {
        cursor.skip_whitespace();
        if !cursor.eat(",") {
            return Ok(items);
        }
        cursor.skip_whitespace();
        items.push(item(cursor)?);
    }
}

/// The rest of a slice, from its colon on. Jayway knows no step width.
fn slice(cursor: &mut Cursor<'_>, from: Option<i64>) -> Result<Segment, SyntaxError> {
    cursor.expect(":")?;
    cursor.skip_whitespace();
    let to = match cursor.peek() {
        Some('-' | '0'..='9') => Some(cursor.integer()?),
        _ => None,
    };
    if from.is_none() && to.is_none() {
        return Err(cursor.error("a slice needs a start or an end"));
    }
    Ok(Segment::Slice(from, to))
}

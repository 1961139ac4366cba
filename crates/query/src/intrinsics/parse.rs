//! Text to calls.

use std::sync::Arc;

use serde_json::Value;

use super::{Argument, Call, Function, Parsed};
use crate::SyntaxError;
use crate::jsonpath::Path;
use crate::jsonpath::lexer::Cursor;

/// How many calls may stand inside each other (a quota of AWS).
const MAX_NESTED_CALLS: usize = 10;

pub(super) fn call(text: &str) -> Result<Call, SyntaxError> {
    let mut cursor = Cursor::new(text);
    let call = nested(&mut cursor, 1)?;
    cursor.skip_whitespace();
    if !cursor.at_end() {
        return Err(cursor.error("unexpected text after the call"));
    }
    Ok(call)
}

fn nested(cursor: &mut Cursor<'_>, depth: usize) -> Result<Call, SyntaxError> {
    let source = cursor.rest();
    let start = cursor.offset();
    if depth > MAX_NESTED_CALLS {
        return Err(cursor.error(format!("at most {MAX_NESTED_CALLS} calls may be nested")));
    }
    let name = cursor.take_while(|c| c.is_alphanumeric() || matches!(c, '.' | '_'));
    let function = Function::named(name).ok_or_else(|| {
        SyntaxError::new(
            format!("the intrinsic function '{name}' does not exist"),
            start,
        )
    })?;
    cursor.skip_whitespace();
    cursor.expect("(")?;
    cursor.skip_whitespace();
    let mut arguments = Vec::new();
    if !cursor.eat(")") {
        loop {
            let is_template = function == Function::Format && arguments.is_empty();
            arguments.push(argument(cursor, depth, is_template)?);
            cursor.skip_whitespace();
            if cursor.eat(")") {
                break;
            }
            cursor.expect(",")?;
            cursor.skip_whitespace();
        }
    }
    let (least, most) = function.arity();
    if arguments.len() < least || arguments.len() > most {
        let wanted = match (least, most) {
            (least, usize::MAX) => format!("at least {least}"),
            (least, most) if least == most => least.to_string(),
            (least, most) => format!("{least} to {most}"),
        };
        let message = format!("{name} takes {wanted} arguments, not {}", arguments.len());
        return Err(SyntaxError::new(message, start));
    }
    let text = source
        .get(..cursor.offset() - start)
        .unwrap_or(source)
        .to_owned();
    Ok(Call(Arc::new(Parsed {
        text,
        function,
        arguments,
    })))
}

fn argument(
    cursor: &mut Cursor<'_>,
    depth: usize,
    is_template: bool,
) -> Result<Argument, SyntaxError> {
    match cursor.peek() {
        Some('\'') => text(cursor, is_template),
        Some('$') => path(cursor),
        Some('-' | '0'..='9') => Ok(Argument::Literal(Value::Number(cursor.number()?))),
        _ if cursor.rest().starts_with("States.") => Ok(Argument::Call(nested(cursor, depth + 1)?)),
        _ => {
            let start = cursor.offset();
            Ok(Argument::Literal(match cursor.name() {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                "null" => Value::Null,
                _ => {
                    let message = "expected a path, a text in single quotes, a number, true, false, null or a call";
                    return Err(SyntaxError::new(message, start));
                }
            }))
        }
    }
}

/// A text in single quotes. `\'`, `\{`, `\}` and `\\` stand for the second character; any other backslash for itself.
fn text(cursor: &mut Cursor<'_>, is_template: bool) -> Result<Argument, SyntaxError> {
    let start = cursor.offset();
    let unterminated = || SyntaxError::new("the quote is not closed", start);
    cursor.next();
    let mut text = String::new();
    loop {
        match cursor.next().ok_or_else(unterminated)? {
            '\'' if is_template => return Ok(Argument::Template(text)),
            '\'' => return Ok(Argument::Literal(Value::String(text))),
            '\\' => match cursor.next().ok_or_else(unterminated)? {
                '\'' => text.push('\''),
                escaped @ ('{' | '}' | '\\') if !is_template => text.push(escaped),
                other => {
                    text.push('\\');
                    text.push(other);
                }
            },
            c => text.push(c),
        }
    }
}

/// A path: up to the comma or parenthesis that ends the argument, but not inside brackets or quotes.
fn path(cursor: &mut Cursor<'_>) -> Result<Argument, SyntaxError> {
    let start = cursor.offset();
    let source = cursor.rest();
    let mut brackets = 0usize;
    while let Some(c) = cursor.peek() {
        match c {
            '\'' | '"' if brackets > 0 => {
                cursor.quoted()?;
                continue;
            }
            '[' | '(' => brackets += 1,
            ']' => brackets = brackets.saturating_sub(1),
            ')' if brackets > 0 => brackets -= 1,
            ')' | ',' if brackets == 0 => break,
            _ => {}
        }
        cursor.next();
    }
    let text = source
        .get(..cursor.offset() - start)
        .unwrap_or(source)
        .trim_end();
    let path =
        Path::parse(text).map_err(|error| SyntaxError::new(error.message, start + error.offset))?;
    Ok(Argument::Path(path))
}

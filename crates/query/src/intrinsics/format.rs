//! Values inside a text, as `States.Format` writes them: like Java's `toString`.

use std::fmt::Write;

use serde_json::{Number, Value};

/// Fills the `{}` of `template` with `arguments`. `\{`, `\}`, `\'` and `\\` stand for the second character.
pub(super) fn fill<'v>(
    template: &str,
    mut arguments: impl Iterator<Item = &'v Value>,
) -> Result<String, String> {
    let mut text = String::with_capacity(template.len());
    let mut chars = template.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(escaped @ ('{' | '}' | '\'' | '\\')) => text.push(escaped),
                Some(other) => text.extend(['\\', other]),
                None => text.push('\\'),
            },
            '{' if chars.peek() == Some(&'}') => {
                chars.next();
                let value = arguments
                    .next()
                    .ok_or("there are fewer arguments than '{}' in the template")?;
                match value {
                    Value::String(value) => text.push_str(value),
                    value => write_value(&mut text, value),
                }
            }
            '{' | '}' => return Err(format!("'{c}' in the template needs a backslash")),
            c => text.push(c),
        }
    }
    match arguments.next() {
        Some(_) => Err("there are more arguments than '{}' in the template".to_owned()),
        None => Ok(text),
    }
}

/// `{Arg1=1, Arg2=[]}`: how Java prints maps and lists.
fn write_value(text: &mut String, value: &Value) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => write_number(text, number),
        Value::String(value) => text.push_str(value),
        Value::Array(items) => {
            text.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    text.push_str(", ");
                }
                write_value(text, item);
            }
            text.push(']');
        }
        Value::Object(fields) => {
            text.push('{');
            for (i, (name, field)) in fields.iter().enumerate() {
                if i > 0 {
                    text.push_str(", ");
                }
                text.push_str(name);
                text.push('=');
                write_value(text, field);
            }
            text.push('}');
        }
    }
}

/// Integers as they are; fractions as Java's `Double.toString`: plain from 0.001 up to ten million, `1.0E10` beyond.
fn write_number(text: &mut String, number: &Number) {
    let value = match number.as_f64() {
        Some(value) if number.is_f64() => value,
        // Writing to a String cannot fail.
        _ => return write!(text, "{number}").unwrap_or(()),
    };
    let size = value.abs();
    if value == 0.0 || (1e-3..1e7).contains(&size) {
        let _ = write!(text, "{value:?}");
        return;
    }
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let point = if digits.contains('.') { "" } else { ".0" };
    let _ = write!(text, "{digits}{point}E{exponent}");
}

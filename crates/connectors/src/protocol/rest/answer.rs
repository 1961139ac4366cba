//! Answers.

use http::HeaderMap;
use serde_json::{Map, Value};
use service_models::{Location, Member, Operation, Shape, ShapeKind, TimestampFormat};

use super::Format;
use crate::protocol::{blob_from_base64, blob_value, header, timestamp, xml};

/// Whether a member of a result is in the body. Answers have no path and no query string: members that are bound to one,
/// because a request has them too, are in the body.
pub fn is_in_answer_body(member: Member) -> bool {
    !matches!(
        member.location(),
        Some(Location::Header | Location::Headers | Location::StatusCode)
    )
}

/// Whether the body of an answer is bytes or text, whatever it says.
pub fn answers_raw(operation: Operation) -> bool {
    let payload = operation.output().and_then(Shape::payload);
    payload.is_some_and(|payload| {
        matches!(payload.shape().kind(), ShapeKind::Blob | ShapeKind::String)
    })
}

pub fn parse_result<F: Format>(
    operation: Operation,
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Value, String> {
    let Some(output) = operation.output() else {
        return Ok(Value::Object(Map::new()));
    };
    let mut result = Map::new();
    for member in output.members() {
        let value = match member.location() {
            Some(Location::StatusCode) => Some(Value::from(status)),
            Some(Location::Header) => parse_header(member, headers)?,
            Some(Location::Headers) => Some(prefixed(
                headers,
                member.location_name().unwrap_or_default(),
            )),
            _ => None,
        };
        if let Some(value) = value {
            result.insert(member.sfn_name().to_owned(), value);
        }
    }
    match output.payload() {
        None => result.extend(F::read_members(output, body)?),
        Some(payload) => {
            let shape = payload.shape();
            let value = match shape.kind() {
                _ if shape.is_event_stream() => {
                    return Err("the answer is a stream of events".to_owned());
                }
                ShapeKind::Blob => Some(blob_value(body)),
                ShapeKind::String => {
                    Some(Value::String(String::from_utf8_lossy(body).into_owned()))
                }
                _ if body.is_empty() => None,
                _ => Some(F::read_payload(payload, body)?),
            };
            if let Some(value) = value {
                result.insert(payload.sfn_name().to_owned(), value);
            }
        }
    }
    Ok(Value::Object(result))
}

fn parse_header(member: Member, headers: &HeaderMap) -> Result<Option<Value>, String> {
    let name = member.wire_name();
    let value = match member.shape().list_member() {
        None => match header(headers, name) {
            // "0" and the like: whatever is no date has expired (RFC 9111, section 5.3).
            Some(text) if name == "Expires" => parse_text(member, name, &text).ok(),
            Some(text) => Some(parse_text(member, name, &text)?),
            None => None,
        },
        // A list may be cut into several headers.
        Some(item_member) => {
            let mut items = Vec::new();
            for value in headers.get_all(name) {
                let text = String::from_utf8_lossy(value.as_bytes());
                for item in split_list(item_member, &text) {
                    items.push(parse_text(item_member, name, &item)?);
                }
            }
            (!items.is_empty()).then_some(Value::Array(items))
        }
    };
    Ok(value)
}

fn parse_text(member: Member, header: &str, text: &str) -> Result<Value, String> {
    if member.is_json_value() {
        return blob_from_base64(text).ok_or_else(|| format!("header {header} is no base64"));
    }
    Ok(match member.shape().kind() {
        ShapeKind::Boolean => Value::Bool(text.trim().eq_ignore_ascii_case("true")),
        ShapeKind::Integer | ShapeKind::Long | ShapeKind::Float | ShapeKind::Double => {
            xml::number(member.shape().kind(), text)?
        }
        ShapeKind::Timestamp => match timestamp::parse_text(text) {
            Some(time) => Value::String(timestamp::iso8601(time)),
            None => return Err(format!("header {header} is no timestamp")),
        },
        _ => Value::String(text.to_owned()),
    })
}

/// The items of a list in a header. Strings may be quoted; HTTP dates have a comma of their own.
fn split_list(member: Member, text: &str) -> Vec<String> {
    let dates = member.shape().kind() == ShapeKind::Timestamp
        && !matches!(
            member.shape().timestamp_format(),
            Some(TimestampFormat::Iso8601 | TimestampFormat::UnixTimestamp)
        );
    let mut items = vec![String::new()];
    let (mut quoted, mut commas) = (false, 0);
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let Some(item) = items.last_mut() else { break };
        match character {
            '"' if quoted || item.trim().is_empty() => quoted = !quoted,
            '\\' if quoted => item.extend(characters.next()),
            ',' if !quoted => {
                commas += 1;
                if dates && commas % 2 == 1 {
                    item.push(',');
                } else {
                    items.push(String::new());
                }
            }
            other => item.push(other),
        }
    }
    items
        .iter()
        .map(|item| item.trim().to_owned())
        .filter(|item| !item.is_empty())
        .collect()
}

/// The headers whose names start with `prefix`, without it.
fn prefixed(headers: &HeaderMap, prefix: &str) -> Value {
    let prefix = prefix.to_ascii_lowercase();
    let entries = headers.keys().filter_map(|name| {
        let key = name.as_str().strip_prefix(&prefix)?;
        Some((key.to_owned(), header(headers, name.as_str())?.into()))
    });
    Value::Object(entries.collect())
}

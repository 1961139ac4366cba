//! JSON bodies, shared by the json and rest-json protocols.

use http::HeaderMap;
use serde_json::{Map, Value};
use service_models::{Member, Operation, Shape, ShapeKind, TimestampFormat};

use super::{ParsedError, base64, blob_from_base64, header, timestamp};

/// A structure's normalized members as the wire wants them.
pub fn structure(shape: Shape, value: &Map<String, Value>, only: &dyn Fn(Member) -> bool) -> Value {
    let members = shape.members().filter(|member| only(*member));
    let fields = members.filter_map(|member| {
        let value = value.get(member.name()).filter(|value| !value.is_null())?;
        Some((member.wire_name().to_owned(), self::value(member, value)))
    });
    Value::Object(fields.collect())
}

fn value(member: Member, value: &Value) -> Value {
    let shape = member.shape();
    match (shape.kind(), value) {
        (_, Value::Null) => Value::Null,
        _ if shape.is_document() => value.clone(),
        (ShapeKind::Structure, Value::Object(fields)) => structure(shape, fields, &|_| true),
        (ShapeKind::List, Value::Array(items)) => match shape.list_member() {
            Some(member) => items.iter().map(|item| self::value(member, item)).collect(),
            None => Value::Array(Vec::new()),
        },
        (ShapeKind::Map, Value::Object(entries)) => match shape.map_members() {
            Some((_, member)) => Value::Object(
                entries
                    .iter()
                    .map(|(key, entry)| (key.clone(), self::value(member, entry)))
                    .collect(),
            ),
            None => Value::Object(Map::new()),
        },
        (ShapeKind::Blob, Value::String(text)) => Value::String(base64(text.as_bytes())),
        (ShapeKind::Timestamp, value) => {
            match (shape.timestamp_format(), timestamp::parse(value)) {
                (None | Some(TimestampFormat::UnixTimestamp), Some(time)) => {
                    Value::Number(timestamp::unix(time))
                }
                (Some(format), _) => Value::String(timestamp::format(value, format)),
                (None, None) => Value::Null,
            }
        }
        (_, value) => value.clone(),
    }
}

/// The result in a body of the json protocol.
pub fn parse_result(operation: Operation, body: &[u8]) -> Result<Value, String> {
    match operation.output() {
        Some(output) => Ok(Value::Object(parse_structure(
            output,
            &parse(body)?,
            &|_| true,
        )?)),
        None => Ok(Value::Object(Map::new())),
    }
}

/// A body as JSON; an empty one is an empty object.
pub fn parse(body: &[u8]) -> Result<Value, String> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Object(Map::new()));
    }
    serde_json::from_slice(body).map_err(|error| error.to_string())
}

/// A structure from the wire in Step Functions' names. Members that the model does not know are left out.
pub fn parse_structure(
    shape: Shape,
    wire: &Value,
    only: &dyn Fn(Member) -> bool,
) -> Result<Map<String, Value>, String> {
    let Value::Object(fields) = wire else {
        return Err(format!(
            "expected an object for {}",
            shape.name().unwrap_or("a structure")
        ));
    };
    let mut result = Map::new();
    for member in shape.members().filter(|member| only(*member)) {
        if let Some(value) = fields
            .get(member.wire_name())
            .filter(|value| !value.is_null())
        {
            result.insert(member.sfn_name().to_owned(), parse_value(member, value)?);
        }
    }
    Ok(result)
}

/// A value from the wire in Step Functions' names.
pub fn parse_value(member: Member, wire: &Value) -> Result<Value, String> {
    let shape = member.shape();
    let wrong = |wanted: &str| Err(format!("expected {wanted} for {}", member.name()));
    if wire.is_null() || shape.is_document() {
        return Ok(wire.clone());
    }
    match (shape.kind(), wire) {
        (ShapeKind::Structure, wire) => parse_structure(shape, wire, &|_| true).map(Value::Object),
        (ShapeKind::List, Value::Array(items)) => match shape.list_member() {
            Some(member) => items.iter().map(|item| parse_value(member, item)).collect(),
            None => wrong("no list"),
        },
        (ShapeKind::List, _) => wrong("a list"),
        (ShapeKind::Map, Value::Object(entries)) => match shape.map_members() {
            Some((_, value)) => {
                let entries = entries.iter().filter(|(_, entry)| !entry.is_null());
                let entries =
                    entries.map(|(key, entry)| Ok((key.clone(), parse_value(value, entry)?)));
                entries
                    .collect::<Result<Map<_, _>, String>>()
                    .map(Value::Object)
            }
            None => wrong("no map"),
        },
        (ShapeKind::Map, _) => wrong("a map"),
        (ShapeKind::Blob, Value::String(text)) => {
            blob_from_base64(text).map_or_else(|| wrong("base64"), Ok)
        }
        (ShapeKind::Timestamp, wire) => match timestamp::parse(wire) {
            Some(time) => Ok(Value::String(timestamp::iso8601(time))),
            None => wrong("a timestamp"),
        },
        (ShapeKind::String, Value::String(_)) => Ok(wire.clone()),
        // Some services answer numbers as texts and the other way round; the SDK for Java reads both.
        (ShapeKind::String, Value::Number(_) | Value::Bool(_)) => {
            Ok(Value::String(wire.to_string()))
        }
        (ShapeKind::Boolean, Value::Bool(_)) => Ok(wire.clone()),
        (ShapeKind::Boolean, Value::String(text)) => Ok(Value::Bool(text == "true")),
        (
            kind @ (ShapeKind::Integer | ShapeKind::Long | ShapeKind::Float | ShapeKind::Double),
            wire,
        ) => match wire {
            Value::Number(number) => Ok(super::typed_number(kind, number)),
            Value::String(text) => super::xml::number(kind, text),
            _ => wrong("a number"),
        },
        (kind, _) => wrong(&format!("{kind:?}")),
    }
}

/// The error in a JSON body. `None` when neither body nor headers tell a code.
pub fn parse_error(headers: &HeaderMap, body: &[u8]) -> Option<ParsedError> {
    let body = parse(body).ok().filter(Value::is_object);
    let field = |names: &[&str]| {
        let found = names
            .iter()
            .find_map(|name| body.as_ref()?.get(name)?.as_str());
        found.map(str::to_owned)
    };
    let code = header(headers, "x-amzn-errortype").or_else(|| field(&["__type", "code", "Code"]));
    let message = header(headers, "x-amzn-error-message")
        .or_else(|| field(&["message", "Message", "errorMessage"]));
    (code.is_some() || message.is_some()).then(|| ParsedError {
        code: code.map(|code| bare_code(&code).to_owned()),
        message,
        request_id: None,
    })
}

/// `com.amazon.coral.service#NoSuchThing:http://internal` is `NoSuchThing`.
fn bare_code(code: &str) -> &str {
    let code = code.split(':').next().unwrap_or(code);
    code.rsplit('#').next().unwrap_or(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_lose_their_decoration() {
        assert_eq!(
            bare_code("aws.protocols#Denied:http://internal.amazon.com/"),
            "Denied"
        );
        assert_eq!(bare_code("Denied"), "Denied");
        assert_eq!(bare_code(""), "");
    }
}

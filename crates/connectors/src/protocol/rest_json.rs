//! REST with JSON bodies: members travel in the path, the query string, headers or the body, as the model says.

use http::HeaderMap;
use serde_json::{Map, Value};
use service_models::{Location, Member, Operation, Shape, ShapeKind, TimestampFormat};

use super::{
    SerializeError, WireRequest, base64, blob_from_base64, blob_value, body_json, header,
    percent_encode, scalar_text, timestamp, xml,
};

pub fn serialize(
    operation: Operation,
    arguments: &Map<String, Value>,
) -> Result<WireRequest, SerializeError> {
    let mut headers = Vec::new();
    let uri = match operation.input() {
        Some(input) => {
            self::headers(input, arguments, &mut headers);
            uri(operation, input, arguments)?
        }
        None => operation.request_uri().to_owned(),
    };
    let (content_type, body) = body(operation, arguments);
    if let Some(content_type) = content_type
        && !headers.iter().any(|(name, _)| name == "content-type")
    {
        headers.push(("content-type".to_owned(), content_type.to_owned()));
    }
    Ok(WireRequest {
        method: operation.http_method().to_owned(),
        uri,
        headers,
        body,
    })
}

/// The path with its labels filled, and the query string.
fn uri(
    operation: Operation,
    input: Shape,
    arguments: &Map<String, Value>,
) -> Result<String, SerializeError> {
    let (template, fixed_query) = match operation.request_uri().split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (operation.request_uri(), None),
    };
    let mut path = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        path.push_str(before);
        let Some((label, after)) = after.split_once('}') else {
            break;
        };
        let (label, greedy) = label
            .strip_suffix('+')
            .map_or((label, false), |label| (label, true));
        let at_label = |m: &Member| m.location() == Some(Location::Uri) && m.wire_name() == label;
        let member = input.members().find(at_label);
        let value = member
            .and_then(|m| Some((m, arguments.get(m.name()).filter(|value| !value.is_null())?)));
        let text =
            value.map(|(member, value)| scalar_text(member, value, TimestampFormat::Iso8601));
        let text = text.filter(|text| !text.is_empty());
        let text = text.ok_or_else(|| {
            SerializeError::MissingLabel(member.map_or(label, |m| m.sfn_name()).to_owned())
        })?;
        path.push_str(&percent_encode(&text, if greedy { b"/" } else { b"" }));
        rest = after;
    }
    path.push_str(rest);

    let mut query: Vec<String> = fixed_query.map(str::to_owned).into_iter().collect();
    let mut push = |name: &str, value: &str| {
        query.push(format!(
            "{}={}",
            percent_encode(name, b""),
            percent_encode(value, b"")
        ))
    };
    for member in input
        .members()
        .filter(|member| member.location() == Some(Location::QueryString))
    {
        let Some(value) = arguments.get(member.name()) else {
            continue;
        };
        match (
            value,
            member.shape().list_member(),
            member.shape().map_members(),
        ) {
            (Value::Null, ..) => {}
            (Value::Array(items), Some(item_member), _) => {
                for item in items.iter().filter(|item| !item.is_null()) {
                    push(
                        member.wire_name(),
                        &scalar_text(item_member, item, TimestampFormat::Iso8601),
                    );
                }
            }
            // The entries of a map are parameters of their own.
            (Value::Object(entries), _, Some((_, entry_member))) => {
                for (key, entry) in entries {
                    let items = entry
                        .as_array()
                        .map_or(std::slice::from_ref(entry), Vec::as_slice);
                    let item_member = entry_member.shape().list_member().unwrap_or(entry_member);
                    items.iter().for_each(|item| {
                        push(
                            key,
                            &scalar_text(item_member, item, TimestampFormat::Iso8601),
                        )
                    });
                }
            }
            (value, ..) => push(
                member.wire_name(),
                &scalar_text(member, value, TimestampFormat::Iso8601),
            ),
        }
    }
    if !query.is_empty() {
        path.push('?');
        path.push_str(&query.join("&"));
    }
    Ok(path)
}

fn headers(input: Shape, arguments: &Map<String, Value>, headers: &mut Vec<(String, String)>) {
    for member in input.members() {
        let Some(value) = arguments
            .get(member.name())
            .filter(|value| !value.is_null())
        else {
            continue;
        };
        let name = member.wire_name().to_ascii_lowercase();
        match (member.location(), value) {
            (Some(Location::Header), Value::Array(items)) => {
                let item_member = member.shape().list_member().unwrap_or(member);
                let texts = items.iter().filter(|item| !item.is_null());
                let texts: Vec<String> = texts.map(|item| header_text(item_member, item)).collect();
                if !texts.is_empty() {
                    headers.push((name, texts.join(",")));
                }
            }
            (Some(Location::Header), value) => headers.push((name, header_text(member, value))),
            (Some(Location::Headers), Value::Object(entries)) => {
                let prefix = member
                    .location_name()
                    .unwrap_or_default()
                    .to_ascii_lowercase();
                for (key, entry) in entries {
                    headers.push((
                        format!("{prefix}{}", key.to_ascii_lowercase()),
                        header_text(member, entry),
                    ));
                }
            }
            _ => {}
        }
    }
}

fn header_text(member: Member, value: &Value) -> String {
    let text = scalar_text(member, value, TimestampFormat::Rfc822);
    if member.is_json_value() {
        base64(text.as_bytes())
    } else {
        text
    }
}

/// Content type and body.
fn body(operation: Operation, arguments: &Map<String, Value>) -> (Option<&'static str>, Vec<u8>) {
    const JSON: Option<&str> = Some("application/json");
    let Some(input) = operation.input() else {
        return (None, Vec::new());
    };
    if let Some(payload) = input.payload() {
        let value = arguments
            .get(payload.name())
            .filter(|value| !value.is_null());
        let shape = payload.shape();
        return match (shape.kind(), value) {
            (ShapeKind::Structure, Some(Value::Object(fields))) => (
                JSON,
                body_json::structure(shape, fields, &|_| true)
                    .to_string()
                    .into_bytes(),
            ),
            (ShapeKind::Structure, None) if !shape.is_document() => (JSON, b"{}".to_vec()),
            (ShapeKind::Blob, Some(Value::String(text))) => {
                (Some("application/octet-stream"), text.clone().into_bytes())
            }
            (ShapeKind::String, Some(Value::String(text))) => {
                (Some("text/plain"), text.clone().into_bytes())
            }
            (_, Some(value)) => (JSON, value.to_string().into_bytes()),
            (_, None) => (None, Vec::new()),
        };
    }
    let in_body = |member: Member| member.location().is_none();
    if !input.members().any(in_body) {
        return (None, Vec::new());
    }
    (
        JSON,
        body_json::structure(input, arguments, &in_body)
            .to_string()
            .into_bytes(),
    )
}

pub fn parse_result(
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
            Some(Location::Header) => header(headers, member.wire_name())
                .map(|text| parse_header(member, &text))
                .transpose()?,
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
        None => result.extend(body_json::parse_structure(
            output,
            &body_json::parse(body)?,
            &|m| m.location().is_none(),
        )?),
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
                ShapeKind::Structure if !shape.is_document() => Some(Value::Object(
                    body_json::parse_structure(shape, &body_json::parse(body)?, &|_| true)?,
                )),
                _ => Some(body_json::parse(body)?),
            };
            if let Some(value) = value {
                result.insert(payload.sfn_name().to_owned(), value);
            }
        }
    }
    Ok(Value::Object(result))
}

fn parse_header(member: Member, text: &str) -> Result<Value, String> {
    let shape = member.shape();
    if member.is_json_value() {
        return Ok(blob_from_base64(text));
    }
    Ok(match shape.kind() {
        ShapeKind::Boolean => Value::Bool(text.trim().eq_ignore_ascii_case("true")),
        ShapeKind::Integer | ShapeKind::Long | ShapeKind::Float | ShapeKind::Double => {
            xml::number(text)
        }
        ShapeKind::Timestamp => match timestamp::parse_text(text) {
            Some(time) => Value::String(timestamp::iso8601(time)),
            None => return Err(format!("header {} is no timestamp", member.wire_name())),
        },
        ShapeKind::List => text
            .split(',')
            .map(|item| Value::String(item.trim().to_owned()))
            .collect(),
        _ => Value::String(text.to_owned()),
    })
}

/// The headers whose names start with `prefix`, without it.
fn prefixed(headers: &HeaderMap, prefix: &str) -> Value {
    let prefix = prefix.to_ascii_lowercase();
    let entries = headers.iter().filter_map(|(name, value)| {
        let key = name.as_str().strip_prefix(&prefix)?;
        Some((
            key.to_owned(),
            Value::String(String::from_utf8_lossy(value.as_bytes()).into_owned()),
        ))
    });
    Value::Object(entries.collect())
}

//! What the REST protocols share: members travel in the path, the query string, headers or the body, as the model says.

use http::HeaderMap;
use serde_json::{Map, Value};
use service_models::{Location, Member, Operation, Shape, ShapeKind, TimestampFormat};

use super::{
    SerializeError, WireRequest, base64, blob_from_base64, blob_value, header, percent_encode,
    scalar_text, timestamp, xml,
};

/// How a protocol writes and reads structures in bodies.
pub trait Format {
    const CONTENT_TYPE: &str;

    /// The body of a payload that is neither bytes nor text.
    fn write_payload(payload: Member, value: Option<&Value>) -> Option<Vec<u8>>;

    /// The body of the members that are bound to no other place.
    fn write_members(
        operation: Operation,
        input: Shape,
        arguments: &Map<String, Value>,
    ) -> Option<Vec<u8>>;

    /// A payload that is neither bytes nor text; `body` is not empty.
    fn read_payload(payload: Member, body: &[u8]) -> Result<Value, String>;

    /// The members that are bound to no other place.
    fn read_members(output: Shape, body: &[u8]) -> Result<Map<String, Value>, String>;
}

pub fn serialize<F: Format>(
    operation: Operation,
    arguments: &Map<String, Value>,
) -> Result<WireRequest, SerializeError> {
    let (uri, mut headers, content) = match operation.input() {
        Some(input) => (
            uri(operation, input, arguments)?,
            self::headers(input, arguments),
            body::<F>(operation, input, arguments),
        ),
        None => (operation.request_uri().to_owned(), Vec::new(), None),
    };
    let (content_type, body) = content.unwrap_or_default();
    if !content_type.is_empty() && !headers.iter().any(|(name, _)| name == "content-type") {
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
    let label = |name: &str, keep: &[u8]| {
        let at_label = |m: &Member| m.location() == Some(Location::Uri) && m.wire_name() == name;
        let member = input.members().find(at_label);
        let text = member.and_then(|member| {
            let value = arguments
                .get(member.name())
                .filter(|value| !value.is_null())?;
            Some(scalar_text(member, value, TimestampFormat::Iso8601))
        });
        match text.filter(|text| !text.is_empty()) {
            Some(text) => Ok(percent_encode(&text, keep)),
            None => Err(SerializeError::MissingLabel(
                member.map_or(name, |m| m.sfn_name()).to_owned(),
            )),
        }
    };
    let mut path = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        path.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            break;
        };
        path.push_str(&match name.strip_suffix('+') {
            Some(greedy) => label(greedy, b"/")?,
            None => label(name, b"")?,
        });
        rest = after;
    }
    path.push_str(rest);

    let query: Vec<String> = fixed_query
        .map(str::to_owned)
        .into_iter()
        .chain(query(input, arguments))
        .collect();
    if !query.is_empty() {
        path.push('?');
        path.push_str(&query.join("&"));
    }
    Ok(path)
}

/// The parameters of the query string, encoded.
fn query(input: Shape, arguments: &Map<String, Value>) -> Vec<String> {
    let mut query = Vec::new();
    let mut push = |name: &str, member: Member, value: &Value| {
        let (items, member) = match (value, member.shape().list_member()) {
            (Value::Array(items), Some(item_member)) => (items.as_slice(), item_member),
            (value, _) => (std::slice::from_ref(value), member),
        };
        for item in items.iter().filter(|item| !item.is_null()) {
            let text = scalar_text(member, item, TimestampFormat::Iso8601);
            query.push(format!(
                "{}={}",
                percent_encode(name, b""),
                percent_encode(&text, b"")
            ));
        }
    };
    let in_query = |member: &Member| member.location() == Some(Location::QueryString);
    let given = input
        .members()
        .filter(in_query)
        .filter_map(|member| Some((member, arguments.get(member.name())?)));
    for (member, value) in given {
        match (value, member.shape().map_members()) {
            // The entries of a map are parameters of their own, and those with a name of their own win.
            (Value::Object(entries), Some((_, entry_member))) => {
                let named = |key: &str| {
                    input.members().filter(in_query).any(|other| {
                        other.wire_name() == key && arguments.contains_key(other.name())
                    })
                };
                for (key, entry) in entries.iter().filter(|(key, _)| !named(key)) {
                    push(key, entry_member, entry);
                }
            }
            (value, _) => push(member.wire_name(), member, value),
        }
    }
    query
}

fn headers(input: Shape, arguments: &Map<String, Value>) -> Vec<(String, String)> {
    let mut headers = Vec::new();
    for member in input.members() {
        let name = member.wire_name().to_ascii_lowercase();
        match (member.location(), arguments.get(member.name())) {
            (Some(Location::Header), Some(Value::Array(items))) => {
                let item_member = member.shape().list_member().unwrap_or(member);
                let texts = items.iter().filter(|item| !item.is_null());
                let texts: Vec<String> = texts.map(|item| list_item(item_member, item)).collect();
                // The SDK for Java sends no header for an empty list.
                if !texts.is_empty() {
                    headers.push((name, texts.join(", ")));
                }
            }
            (Some(Location::Header), Some(value)) if !value.is_null() => {
                headers.push((name, header_text(member, value)));
            }
            (Some(Location::Headers), Some(Value::Object(entries))) => {
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
    headers
}

fn header_text(member: Member, value: &Value) -> String {
    let text = scalar_text(member, value, TimestampFormat::Rfc822);
    if member.is_json_value() {
        base64(text.as_bytes())
    } else {
        text
    }
}

/// An item of a list in a header; one that could be taken for two is quoted.
fn list_item(member: Member, item: &Value) -> String {
    let text = header_text(member, item);
    if member.shape().kind() == ShapeKind::String && text.contains(['"', ',']) {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        text
    }
}

/// Content type and body; none where the request has no body.
fn body<F: Format>(
    operation: Operation,
    input: Shape,
    arguments: &Map<String, Value>,
) -> Option<(&'static str, Vec<u8>)> {
    let structured = |body: Vec<u8>| (F::CONTENT_TYPE, body);
    let Some(payload) = input.payload() else {
        return F::write_members(operation, input, arguments).map(structured);
    };
    let value = arguments
        .get(payload.name())
        .filter(|value| !value.is_null());
    match (payload.shape().kind(), value) {
        (ShapeKind::Blob, Some(Value::String(text))) => {
            Some(("application/octet-stream", text.clone().into_bytes()))
        }
        (ShapeKind::String, Some(Value::String(text))) => {
            Some(("text/plain", text.clone().into_bytes()))
        }
        (ShapeKind::Blob, None) => Some(("application/octet-stream", Vec::new())),
        (ShapeKind::String, None) => None,
        (_, value) => F::write_payload(payload, value).map(structured),
    }
}

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
        return Ok(blob_from_base64(text));
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

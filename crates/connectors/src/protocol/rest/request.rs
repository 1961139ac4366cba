//! Requests.

use serde_json::{Map, Value};
use service_models::{Location, Member, Operation, Shape, ShapeKind, TimestampFormat};

use super::Format;
use crate::protocol::{SerializeError, WireRequest, base64, percent_encode, scalar_text};

pub fn serialize<F: Format>(
    operation: Operation,
    arguments: &Map<String, Value>,
) -> Result<WireRequest, SerializeError> {
    let (uri, mut headers, content) = match operation.input() {
        Some(input) => (
            uri::<F>(operation, input, arguments)?,
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
fn uri<F: Format>(
    operation: Operation,
    input: Shape,
    arguments: &Map<String, Value>,
) -> Result<String, SerializeError> {
    let (template, fixed_query) = match operation.request_uri().split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (operation.request_uri(), None),
    };
    let label = |name: &'static str, keep: &[u8]| {
        let at_label = |m: &Member| m.location() == Some(Location::Uri) && m.wire_name() == name;
        let text = input.members().find(at_label).and_then(|member| {
            let value = given(arguments, member)?;
            Some(scalar_text(member, value, TimestampFormat::Iso8601))
        });
        let (format, member) = (F::NAME, name);
        match text {
            Some(text) if text.is_empty() => Err(SerializeError::Empty { format, member }),
            Some(text) => Ok(percent_encode(&text, keep)),
            None => Err(SerializeError::Missing { format, member }),
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

    let missing = input.members().find(|member| {
        member.is_required()
            && matches!(member.location(), Some(Location::QueryString | Location::Header))
            // The SDK for Java takes a list or map that is not there for an empty one.
            && !matches!(member.shape().kind(), ShapeKind::List | ShapeKind::Map)
            && given(arguments, *member).is_none()
    });
    if let Some(missing) = missing {
        let (format, member) = (F::NAME, missing.wire_name());
        return Err(SerializeError::Missing { format, member });
    }

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

fn given(arguments: &Map<String, Value>, member: Member) -> Option<&Value> {
    arguments
        .get(member.name())
        .filter(|value| !value.is_null())
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
    match (payload.shape().kind(), given(arguments, payload)) {
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

//! What a service answers, in the operation's protocol.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::{Map, Value, json};
use service_models::{Location, Member, Operation, Protocol, Service, Shape, ShapeKind};

use super::xml::{self, Xml};
use super::{Output, ServiceError};

const XML: &str = "text/xml";

/// The answer of an operation. Members that the model does not know are extensions: JSON shows them too.
pub fn encode(
    operation: Operation,
    answer: Result<Output, ServiceError>,
    request_id: &str,
) -> Response<Bytes> {
    let service = operation.service();
    let output = match answer {
        Ok(output) => output,
        Err(error) => return refuse(service, &error, request_id),
    };
    let shape = operation.output();
    match service.protocol() {
        Protocol::Query => {
            let body = xml::answer(operation, &output.members, request_id);
            response(output.status.unwrap_or(200), XML, body.into(), request_id)
        }
        Protocol::RestJson => rest(operation, shape, output, request_id),
        _ => {
            let body = Value::Object(output.members).to_string();
            let status = output.status.unwrap_or(200);
            response(status, json_type(service), body.into(), request_id)
        }
    }
}

fn rest(
    operation: Operation,
    shape: Option<Shape>,
    mut output: Output,
    request_id: &str,
) -> Response<Bytes> {
    let mut status = output.status.or(operation.response_code()).unwrap_or(200);
    let mut headers = Vec::new();
    for member in shape.into_iter().flat_map(Shape::members) {
        let Some(location) = member.location() else {
            continue;
        };
        if !matches!(
            location,
            Location::StatusCode | Location::Header | Location::Headers
        ) {
            continue;
        }
        match (location, output.members.shift_remove(member.name())) {
            (_, None | Some(Value::Null)) => {}
            (Location::StatusCode, Some(value)) => {
                let told = value.as_u64().and_then(|status| u16::try_from(status).ok());
                status = told.unwrap_or(status);
            }
            (Location::Headers, Some(Value::Object(entries))) => {
                let prefix = member.wire_name();
                let entries = entries.iter();
                headers.extend(entries.map(|(key, value)| (format!("{prefix}{key}"), bare(value))));
            }
            (_, Some(value)) => {
                headers.push((member.wire_name().to_owned(), header_text(member, &value)));
            }
        }
    }
    let payload = shape.and_then(Shape::payload);
    let body = match (output.payload, payload) {
        (Some(payload), _) => payload,
        (None, Some(member)) => match output.members.get(member.name()) {
            Some(Value::String(text)) => Bytes::from(text.clone()),
            Some(value) => value.to_string().into(),
            None => Bytes::new(),
        },
        (None, None) if status == 204 => Bytes::new(),
        (None, None) => Value::Object(output.members).to_string().into(),
    };
    let media_type = match payload.map(|member| member.shape().kind()) {
        Some(ShapeKind::Blob) if body.is_empty() => "application/octet-stream",
        _ => "application/json",
    };
    let mut response = response(status, media_type, body, request_id);
    for (name, value) in headers {
        // What cannot be a header's value is left out, as on AWS.
        if let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::from_bytes(value.as_bytes()),
        ) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

fn header_text(member: Member, value: &Value) -> String {
    match (member.shape().kind(), value) {
        (ShapeKind::Timestamp, value) => xml::http_date(value),
        (ShapeKind::List, Value::Array(items)) => {
            items.iter().map(bare).collect::<Vec<_>>().join(",")
        }
        (_, value) => bare(value),
    }
}

/// A scalar without quotes.
fn bare(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// An error in the protocol of a service.
pub fn refuse(service: &Service, error: &ServiceError, request_id: &str) -> Response<Bytes> {
    if service.protocol() == Protocol::Query {
        return refuse_form(service.xml_namespace(), error, request_id);
    }
    let is_rest = service.protocol() == Protocol::RestJson;
    let media_type = match is_rest {
        true => "application/json",
        false => json_type(service),
    };
    refuse_json(media_type, is_rest, error, request_id)
}

/// An error of a request of the query protocol, whatever its service.
pub fn refuse_form(
    namespace: Option<&str>,
    error: &ServiceError,
    request_id: &str,
) -> Response<Bytes> {
    let mut xml = Xml::default();
    let is_sender = error.status < 500;
    xml.element("ErrorResponse", namespace, |xml| {
        xml.element("Error", None, |xml| {
            xml.text("Type", if is_sender { "Sender" } else { "Receiver" });
            xml.text("Code", &error.code);
            xml.text("Message", &error.message);
            for (name, value) in &error.members {
                xml.text(name, &bare(value));
            }
        });
        xml.text("RequestId", request_id);
    });
    response(error.status, XML, xml.finish().into(), request_id)
}

/// An error of a request with a JSON body. Those of REST services have their name in a header.
pub fn refuse_json(
    media_type: &'static str,
    is_rest: bool,
    error: &ServiceError,
    request_id: &str,
) -> Response<Bytes> {
    let mut body = error.members.clone();
    if !body.keys().any(|name| name.eq_ignore_ascii_case("message")) {
        body.insert("message".to_owned(), json!(error.message));
    }
    if !is_rest {
        body.shift_insert(0, "__type".to_owned(), json!(error.code));
    }
    let body = Value::Object(body).to_string();
    let mut response = response(error.status, media_type, body.into(), request_id);
    if is_rest && let Ok(code) = HeaderValue::from_str(&error.code) {
        response.headers_mut().insert("x-amzn-errortype", code);
    }
    response
}

fn json_type(service: &Service) -> &'static str {
    match service.json_version() {
        Some("1.1") => "application/x-amz-json-1.1",
        _ => "application/x-amz-json-1.0",
    }
}

fn response(
    status: u16,
    media_type: &'static str,
    body: Bytes,
    request_id: &str,
) -> Response<Bytes> {
    let mut response = Response::new(body);
    let status = StatusCode::from_u16(status);
    *response.status_mut() = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert("x-amzn-requestid", id);
    }
    response
}

/// The members that the model of an error has beside its message, as it names them.
pub(super) fn modelled(service: &'static Service, error: ServiceError) -> ServiceError {
    let Some(shape) = service.exception(&error.code) else {
        return error;
    };
    let mut members = Map::new();
    for member in shape.members() {
        let name = member.name();
        if name.eq_ignore_ascii_case("message") && service.protocol() != Protocol::Query {
            members.insert(name.to_owned(), json!(error.message));
        } else if name == "Type" && !error.members.contains_key(name) {
            // Lambda's say whose fault it is.
            let whose = if error.status < 500 {
                "User"
            } else {
                "Service"
            };
            members.insert(name.to_owned(), json!(whose));
        }
    }
    members.extend(error.members);
    ServiceError {
        code: shape.error_code().map_or(error.code, Into::into),
        members,
        ..error
    }
}

//! Wire protocols: arguments of Step Functions to an HTTP request, an HTTP response to a result. Pure.
//!
//! One file per protocol. Requests start from [`arguments::normalize`], which knows Step Functions' names and leniencies;
//! the protocols then only see the model's names.

pub mod arguments;
mod body_json;
mod customizations;
mod ec2;
mod json;
mod query;
mod rest;
#[cfg(test)]
mod round_trip;
pub mod timestamp;
mod xml;

use http::{HeaderMap, StatusCode};
use serde_json::{Map, Number, Value};
use service_models::{Member, Operation, Protocol, ShapeKind, TimestampFormat};

pub use customizations::{PrepareError, prepare};
use rest::{Json, Xml};

/// A request without host and signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireRequest {
    pub method: String,
    /// Path and query string, percent-encoded, starting with `/`.
    pub uri: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// Why there is no request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SerializeError {
    /// A required member of the path, the query string or a header has no value. Without it the request could be another
    /// operation's: S3's `AbortMultipartUpload` without its `UploadId` is a `DeleteObject`.
    #[error("Unable to marshall request to {format}: Parameter '{member}' must not be null")]
    Missing {
        format: &'static str,
        member: &'static str,
    },
    /// A member that is part of the path is an empty text.
    #[error("Unable to marshall request to {format}: {member} cannot be empty.")]
    Empty {
        format: &'static str,
        member: &'static str,
    },
    /// The service speaks a protocol that is not implemented yet.
    #[error("the wire protocol of {service} ({protocol}) is not supported yet")]
    UnsupportedProtocol {
        service: &'static str,
        protocol: &'static str,
    },
}

/// What a response says.
#[derive(Debug, Clone, PartialEq)]
pub enum WireResponse {
    /// The result in Step Functions' names.
    Success(Value),
    /// The service refused.
    Error(ServiceError),
    /// The response is not what the protocol promises; says in what way.
    Malformed(String),
}

/// An error that a service answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceError {
    /// The HTTP status.
    pub status: u16,
    /// The error's code on the wire; none when the body could not be understood.
    pub code: Option<String>,
    /// The name of the error's shape where the answer tells it beside the code: from a service that spoke the query protocol
    /// before, whose codes of then are still those that people see.
    pub shape: Option<String>,
    pub message: Option<String>,
    pub request_id: Option<String>,
    /// S3's second identifier.
    pub extended_request_id: Option<String>,
}

/// Makes the request of an operation from arguments that are normalized and prepared.
pub fn serialize(
    operation: Operation,
    arguments: &Map<String, Value>,
) -> Result<WireRequest, SerializeError> {
    let mut request = match operation.service().protocol() {
        Protocol::Json => json::serialize(operation, arguments),
        Protocol::Query => query::serialize(operation, arguments),
        Protocol::Ec2 => ec2::serialize(operation, arguments),
        Protocol::RestJson => rest::serialize::<Json>(operation, arguments)?,
        Protocol::RestXml => rest::serialize::<Xml>(operation, arguments)?,
        Protocol::Cbor => return Err(unsupported(operation)),
    };
    customizations::complete(operation, &mut request);
    Ok(request)
}

/// Whether the protocol of an operation is implemented.
pub fn check_protocol(operation: Operation) -> Result<(), SerializeError> {
    match operation.service().protocol() {
        Protocol::Cbor => Err(unsupported(operation)),
        _ => Ok(()),
    }
}

fn unsupported(operation: Operation) -> SerializeError {
    SerializeError::UnsupportedProtocol {
        service: operation.service().service_id(),
        protocol: "rpc-v2-cbor",
    }
}

/// Reads the response of an operation. Never panics, whatever the server sent.
pub fn parse_response(
    operation: Operation,
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
) -> WireResponse {
    if !(200..300).contains(&status) {
        return WireResponse::Error(error(operation, status, headers, body));
    }
    if let Some(found) = customizations::error_in_success(operation, body) {
        return WireResponse::Error(service_error(500, headers, found, body));
    }
    match result(operation, status, headers, body) {
        Ok(result) => WireResponse::Success(result),
        Err(message) => WireResponse::Malformed(message),
    }
}

fn result(
    operation: Operation,
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Value, String> {
    // XML enough to be read as an answer without members, and then a reboot that never happened would be a success.
    if is_html(body) && !rest::answers_raw(operation) {
        return Err("the body is an HTML page".to_owned());
    }
    let mut result = match operation.service().protocol() {
        Protocol::Json => body_json::parse_result(operation, body),
        Protocol::Query => query::parse_result(operation, body),
        Protocol::Ec2 => ec2::parse_result(operation, body),
        Protocol::RestJson => rest::parse_result::<Json>(operation, status, headers, body),
        Protocol::RestXml => rest::parse_result::<Xml>(operation, status, headers, body),
        Protocol::Cbor => Err("the wire protocol is not supported yet".to_owned()),
    }?;
    customizations::finish(operation, body, &mut result)?;
    Ok(result)
}

fn error(operation: Operation, status: u16, headers: &HeaderMap, body: &[u8]) -> ServiceError {
    let parsed = match operation.service().protocol() {
        Protocol::Json | Protocol::RestJson => body_json::parse_error(headers, body),
        Protocol::Query | Protocol::Ec2 | Protocol::RestXml => xml::parse_error(body),
        Protocol::Cbor => None,
    };
    let parsed = parsed
        .or_else(|| customizations::error_by_status(operation, status))
        .unwrap_or_default();
    let mut error = service_error(status, headers, parsed, body);
    if operation.service().is_query_compatible()
        && let Some(code) = header(headers, "x-amzn-query-error")
    {
        let code = code.split(';').next().unwrap_or_default().to_owned();
        error.shape = error.code.replace(code);
    }
    error
}

fn service_error(
    status: u16,
    headers: &HeaderMap,
    parsed: ParsedError,
    body: &[u8],
) -> ServiceError {
    let told = parsed.code.is_some() || parsed.message.is_some();
    ServiceError {
        status,
        code: parsed.code,
        shape: None,
        message: match told {
            true => parsed.message,
            false => Some(without_message(status, body)),
        },
        request_id: request_id(headers).or(parsed.request_id),
        extended_request_id: header(headers, "x-amz-id-2"),
    }
}

/// A page of a proxy, a login or a wrong server.
fn is_html(body: &[u8]) -> bool {
    let body = body.trim_ascii_start();
    let begins = |tag: &str| {
        body.get(..tag.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(tag.as_bytes()))
    };
    begins("<!doctype html") || begins("<html")
}

/// What the body of an error says.
#[derive(Default)]
struct ParsedError {
    code: Option<String>,
    message: Option<String>,
    request_id: Option<String>,
}

/// The message of an error whose body tells nothing, as the AWS SDK words it, with the body's beginning: it often is a page
/// that tells what is wrong.
fn without_message(status: u16, body: &[u8]) -> String {
    const SHOWN_CHARACTERS: usize = 200;
    let text = String::from_utf8_lossy(body);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() {
        return format!("Service returned HTTP status code {status}");
    }
    let cut: String = text.chars().take(SHOWN_CHARACTERS).collect();
    let more = if cut.len() < text.len() { "…" } else { "" };
    format!(
        "Service returned HTTP status code {status} and a body that is no error document: {cut}{more}"
    )
}

/// The request id in a response's headers.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    header(headers, "x-amzn-requestid").or_else(|| header(headers, "x-amz-request-id"))
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// The reason phrase of a status, for messages.
pub(crate) fn reason(status: u16) -> &'static str {
    StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or("Unknown")
}

/// A scalar as text, for URIs, headers and forms. Composite values become JSON text.
fn scalar_text(member: Member, value: &Value, default_format: TimestampFormat) -> String {
    use service_models::ShapeKind::*;
    match (member.shape().kind(), value) {
        (Timestamp, value) => timestamp::format(
            value,
            member.shape().timestamp_format().unwrap_or(default_format),
        ),
        (Blob, Value::String(text)) => base64(text.as_bytes()),
        (_, Value::String(text)) => text.clone(),
        (_, other) => other.to_string(),
    }
}

/// A number as the SDK for Java holds it, and its JSON shows: a fraction where the model says floating point (`5.0`), none
/// where it says whole number, whatever the service wrote. Beyond a double's precision digits count more.
fn typed_number(kind: ShapeKind, number: &Number) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0; // 2^53
    let typed = number
        .as_f64()
        .filter(|value| value.abs() < EXACT)
        .and_then(|value| match kind {
            ShapeKind::Float | ShapeKind::Double => Number::from_f64(value),
            _ => (value.fract() == 0.0).then(|| Number::from(value as i64)),
        });
    Value::Number(typed.unwrap_or_else(|| number.clone()))
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// A blob in a result: text when it is UTF-8 (as Step Functions shows S3 objects), else base64.
fn blob_value(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => Value::String(text.to_owned()),
        Err(_) => Value::String(base64(bytes)),
    }
}

/// A blob that came as base64 text, `None` when it did not. Ends of lines and missing padding do not matter.
fn blob_from_base64(text: &str) -> Option<Value> {
    use base64::Engine;
    use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let text: String = text.split_ascii_whitespace().collect();
    LENIENT.decode(text).ok().map(|bytes| blob_value(&bytes))
}

/// Percent-encodes all but unreserved characters and those in `keep`.
pub fn percent_encode(text: &str, keep: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) || keep.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_json_have_the_models_type() {
        let shown = |kind, text: &str| {
            let number: Number = text.parse().unwrap();
            typed_number(kind, &number).to_string()
        };
        for (wire, floating, whole) in [
            ("5", "5.0", "5"),
            ("5.0", "5.0", "5"),
            ("-0.5", "-0.5", "-0.5"),
            ("9007199254740993", "9007199254740993", "9007199254740993"),
        ] {
            assert_eq!(shown(ShapeKind::Double, wire), floating);
            assert_eq!(shown(ShapeKind::Long, wire), whole);
        }
    }
}

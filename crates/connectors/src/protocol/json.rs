//! AWS JSON 1.0 and 1.1: the operation in a header, everything else in a JSON body.

use serde_json::{Map, Value};
use service_models::Operation;

use super::{WireRequest, body_json};

pub fn serialize(operation: Operation, arguments: &Map<String, Value>) -> WireRequest {
    let service = operation.service();
    let body = match operation.input() {
        Some(input) => body_json::structure(input, arguments, &|_| true),
        None => Value::Object(Map::new()),
    };
    let target = format!(
        "{}.{}",
        service.target_prefix().unwrap_or_default(),
        operation.name()
    );
    let version = service.json_version().unwrap_or("1.0");
    let mut headers = vec![
        (
            "content-type".to_owned(),
            format!("application/x-amz-json-{version}"),
        ),
        ("x-amz-target".to_owned(), target),
    ];
    if service.is_query_compatible() {
        // Asks for the code that clients of the query protocol knew.
        headers.push(("x-amzn-query-mode".to_owned(), "true".to_owned()));
    }
    WireRequest {
        method: "POST".to_owned(),
        uri: "/".to_owned(),
        headers,
        body: body.to_string().into_bytes(),
    }
}

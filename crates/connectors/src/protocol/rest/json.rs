//! JSON bodies.

use serde_json::{Map, Value};
use service_models::{Member, Operation, Shape, ShapeKind};

use super::{Format, is_in_answer_body};
use crate::protocol::body_json;

pub struct Json;

impl Format for Json {
    const NAME: &str = "JSON";
    const CONTENT_TYPE: &str = "application/json";

    fn write_payload(payload: Member, value: Option<&Value>) -> Option<Vec<u8>> {
        let shape = payload.shape();
        let body = match (shape.kind(), value) {
            (_, Some(Value::Object(fields))) if !shape.is_document() => {
                body_json::structure(shape, fields, &|_| true)
            }
            (_, Some(value)) => value.clone(),
            // An absent structure is an empty one; a document may be anything, and no union is empty.
            (ShapeKind::Structure, None) if !shape.is_document() && !shape.is_union() => {
                Value::Object(Map::new())
            }
            (_, None) => return None,
        };
        Some(body.to_string().into_bytes())
    }

    fn write_members(
        _operation: Operation,
        input: Shape,
        arguments: &Map<String, Value>,
    ) -> Option<Vec<u8>> {
        let in_body = |member: Member| member.location().is_none();
        let body = || body_json::structure(input, arguments, &in_body);
        input
            .members()
            .any(in_body)
            .then(|| body().to_string().into_bytes())
    }

    fn read_payload(payload: Member, body: &[u8]) -> Result<Value, String> {
        body_json::parse_value(payload, &body_json::parse(body)?)
    }

    fn read_members(output: Shape, body: &[u8]) -> Result<Map<String, Value>, String> {
        if !output.members().any(is_in_answer_body) {
            return Ok(Map::new());
        }
        body_json::parse_structure(output, &body_json::parse(body)?, &is_in_answer_body)
    }
}

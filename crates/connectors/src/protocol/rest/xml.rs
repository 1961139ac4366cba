//! XML bodies.

use serde_json::{Map, Value};
use service_models::{Member, Operation, Shape};

use super::{Format, is_in_answer_body};
use crate::protocol::xml;

pub struct Xml;

impl Format for Xml {
    const NAME: &str = "XML";
    const CONTENT_TYPE: &str = "application/xml";

    fn write_payload(payload: Member, value: Option<&Value>) -> Option<Vec<u8>> {
        let value = value?;
        let mut body = String::new();
        xml::write::member(&mut body, payload.wire_name(), payload, value);
        Some(body.into_bytes())
    }

    fn write_members(
        operation: Operation,
        input: Shape,
        arguments: &Map<String, Value>,
    ) -> Option<Vec<u8>> {
        let given = |m: Member| m.location().is_none() && arguments.contains_key(m.name());
        if !input.members().any(given) {
            return None;
        }
        let root = input
            .location_name()
            .or(operation.input_location_name())
            .or(input.name())?;
        let namespace = operation.input_xml_namespace().or(input.xml_namespace());
        let mut body = String::new();
        xml::write::structure(&mut body, root, namespace, input, arguments);
        Some(body.into_bytes())
    }

    fn read_payload(payload: Member, body: &[u8]) -> Result<Value, String> {
        xml::parse_structure(payload.shape(), &xml::parse(body)?).map(Value::Object)
    }

    fn read_members(output: Shape, body: &[u8]) -> Result<Map<String, Value>, String> {
        if body.trim_ascii().is_empty() || !output.members().any(is_in_answer_body) {
            return Ok(Map::new());
        }
        xml::parse_structure(output, &xml::parse(body)?)
    }
}

//! The ec2 protocol: the query protocol with other names, and lists that are always flat.

use serde_json::{Map, Value};
use service_models::{Member, Operation, Shape, ShapeKind, TimestampFormat};

use super::query::{Form, join};
use super::{WireRequest, scalar_text, xml};

pub fn serialize(operation: Operation, arguments: &Map<String, Value>) -> WireRequest {
    let mut form = Form::new(operation);
    if let Some(input) = operation.input() {
        structure(&mut form, "", input, arguments);
    }
    form.into_request()
}

fn structure(form: &mut Form, prefix: &str, shape: Shape, fields: &Map<String, Value>) {
    for member in shape.members() {
        if let Some(value) = fields.get(member.name()) {
            self::value(form, join(prefix, &name(member)), member, value);
        }
    }
}

/// A name in a request: the modelled query name, else the location name with an upper-case first letter, else the name.
fn name(member: Member) -> String {
    if let Some(name) = member.query_name() {
        return name.to_owned();
    }
    let name = member.wire_name();
    let mut characters = name.chars();
    characters
        .next()
        .map(|first| first.to_uppercase().chain(characters).collect())
        .unwrap_or_default()
}

fn value(form: &mut Form, name: String, member: Member, value: &Value) {
    let shape = member.shape();
    match (shape.kind(), value) {
        (_, Value::Null) => {}
        (ShapeKind::Structure, Value::Object(fields)) => structure(form, &name, shape, fields),
        (ShapeKind::List, Value::Array(items)) => {
            let Some(item_member) = shape.list_member() else {
                return;
            };
            for (index, item) in items.iter().enumerate() {
                self::value(form, format!("{name}.{}", index + 1), item_member, item);
            }
        }
        (_, value) => form.push(name, scalar_text(member, value, TimestampFormat::Iso8601)),
    }
}

/// The members of the result are children of the root.
pub fn parse_result(operation: Operation, body: &[u8]) -> Result<Value, String> {
    match operation.output() {
        Some(output) => xml::parse_structure(output, &xml::parse(body)?).map(Value::Object),
        None => Ok(Value::Object(Map::new())),
    }
}

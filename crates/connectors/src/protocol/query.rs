//! The query protocol: a form in, XML out.

use serde_json::{Map, Value};
use service_models::{Member, Operation, Shape, ShapeKind, TimestampFormat};

use super::{WireRequest, percent_encode, scalar_text, xml};

pub fn serialize(operation: Operation, arguments: &Map<String, Value>) -> WireRequest {
    let mut form = Form::new(operation);
    if let Some(input) = operation.input() {
        structure(&mut form, "", input, arguments);
    }
    form.into_request()
}

/// The fields of a form, in order.
pub struct Form(Vec<(String, String)>);

impl Form {
    pub fn new(operation: Operation) -> Form {
        let version = operation.service().api_version();
        Form(vec![
            ("Action".into(), operation.name().into()),
            ("Version".into(), version.into()),
        ])
    }

    pub fn push(&mut self, name: String, value: String) {
        self.0.push((name, value));
    }

    pub fn into_request(self) -> WireRequest {
        let encode = |text: &str| percent_encode(text, b"");
        let fields: Vec<String> = self
            .0
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        WireRequest {
            method: "POST".to_owned(),
            uri: "/".to_owned(),
            headers: vec![(
                "content-type".to_owned(),
                "application/x-www-form-urlencoded; charset=utf-8".to_owned(),
            )],
            body: fields.join("&").into_bytes(),
        }
    }
}

pub fn join(prefix: &str, name: &str) -> String {
    if prefix.is_empty() {
        name.to_owned()
    } else {
        format!("{prefix}.{name}")
    }
}

fn structure(form: &mut Form, prefix: &str, shape: Shape, fields: &Map<String, Value>) {
    for member in shape.members() {
        if let Some(value) = fields.get(member.name()) {
            self::value(form, join(prefix, member.wire_name()), member, value);
        }
    }
}

fn value(form: &mut Form, name: String, member: Member, value: &Value) {
    let shape = member.shape();
    let flattened = xml::is_flattened(member);
    match (shape.kind(), value) {
        (_, Value::Null) => {}
        (ShapeKind::Structure, Value::Object(fields)) => structure(form, &name, shape, fields),
        (ShapeKind::List, Value::Array(items)) => {
            let Some(item_member) = shape.list_member() else {
                return;
            };
            if items.is_empty() {
                form.push(name, String::new()); // tells an empty list from none
                return;
            }
            let prefix = if flattened {
                let parent = name.rsplit_once('.').map_or("", |(parent, _)| parent);
                join(parent, xml::flattened_item_name(member, item_member))
            } else {
                let item_name = item_member.location_name().unwrap_or("member");
                format!("{name}.{item_name}")
            };
            for (index, item) in items.iter().enumerate() {
                self::value(form, format!("{prefix}.{}", index + 1), item_member, item);
            }
        }
        (ShapeKind::Map, Value::Object(entries)) => {
            let Some((key_member, value_member)) = shape.map_members() else {
                return;
            };
            let prefix = if flattened {
                name
            } else {
                format!("{name}.entry")
            };
            for (index, (key, entry)) in entries.iter().enumerate() {
                let prefix = format!("{prefix}.{}", index + 1);
                form.push(format!("{prefix}.{}", key_member.wire_name()), key.clone());
                self::value(
                    form,
                    format!("{prefix}.{}", value_member.wire_name()),
                    value_member,
                    entry,
                );
            }
        }
        (_, value) => form.push(name, scalar_text(member, value, TimestampFormat::Iso8601)),
    }
}

/// The result is in an element of its own, below the root.
pub fn parse_result(operation: Operation, body: &[u8]) -> Result<Value, String> {
    let Some(output) = operation.output() else {
        return Ok(Value::Object(Map::new()));
    };
    let root = xml::parse(body)?;
    let result = match operation.result_wrapper() {
        Some(wrapper) => match root.child(wrapper) {
            Some(result) => result,
            None if root.name == wrapper => &root,
            None => return Err(format!("no element {wrapper}")),
        },
        None => &root,
    };
    xml::parse_structure(output, result).map(Value::Object)
}

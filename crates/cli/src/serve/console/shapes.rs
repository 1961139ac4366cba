//! The parameters of an action as the shapes that a form is made of, in Step Functions' names.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use service_models::{Member, Operation, Shape, ShapeKind, naming};

/// Lists and maps have no names that something could refer to: one that holds itself ends here.
const MAX_DEPTH: usize = 16;

pub fn action(operation: Operation) -> Value {
    let mut shapes = Shapes::default();
    let input = match operation.input() {
        Some(input) => shapes.structure(input, true),
        None => json!({ "type": "structure", "members": {}, "required": [] }),
    };
    json!({
        "service": operation.service().segment(),
        "operation": operation.action(),
        "reference": operation.reference_url(),
        "isWrite": !operation.is_read(),
        "isDeprecated": operation.is_deprecated(),
        "input": input,
        "shapes": shapes.named,
        "errors": errors(operation),
    })
}

/// As `Retry` and `Catch` name them: those that are declared, then those that every action of the service can end with.
fn errors(operation: Operation) -> Vec<String> {
    let prefix = operation.service().exception_prefix();
    let declared = operation.errors().filter_map(Shape::name);
    let declared = declared.map(|name| format!("{prefix}.{}", naming::exception(name)));
    let of_all = [
        format!("{prefix}.{prefix}Exception"),
        format!("{prefix}.SdkClientException"),
    ];
    declared.chain(of_all).collect()
}

/// Structures by their names: each stands once, and may hold itself.
#[derive(Default)]
struct Shapes {
    named: BTreeMap<&'static str, Value>,
}

impl Shapes {
    fn structure(&mut self, shape: Shape, is_call: bool) -> Value {
        let mut members = Map::new();
        let mut required = Vec::new();
        for member in shape.members() {
            let name = member.sfn_name();
            if member.is_required() && !(is_call && member.is_idempotency_token()) {
                required.push(name);
            }
            members.insert(name.to_owned(), self.member(member, is_call));
        }
        let mut structure =
            json!({ "type": "structure", "members": members, "required": required });
        if shape.is_union() {
            structure["isUnion"] = true.into();
        }
        structure
    }

    fn member(&mut self, member: Member, is_call: bool) -> Value {
        let shape = match member.is_json_value() {
            true => json!({ "type": "document" }),
            false => self.shape(member.shape(), 0),
        };
        let mut described = json!({ "shape": shape });
        // Step Functions gives it itself.
        if is_call && member.is_idempotency_token() {
            described["isIdempotencyToken"] = true.into();
        }
        if member.is_deprecated() {
            described["isDeprecated"] = true.into();
        }
        described
    }

    fn shape(&mut self, shape: Shape, depth: usize) -> Value {
        if shape.is_document() || depth > MAX_DEPTH {
            return json!({ "type": "document" });
        }
        if let Some(item) = shape.list_member() {
            return json!({ "type": "list", "member": self.shape(item.shape(), depth + 1) });
        }
        if let Some((key, value)) = shape.map_members() {
            let key = self.shape(key.shape(), depth + 1);
            let value = self.shape(value.shape(), depth + 1);
            return json!({ "type": "map", "key": key, "value": value });
        }
        match shape.kind() {
            ShapeKind::Structure => match shape.name() {
                Some(name) => {
                    if !self.named.contains_key(name) {
                        // Before its members, which may refer to it.
                        self.named.insert(name, Value::Null);
                        let structure = self.structure(shape, false);
                        self.named.insert(name, structure);
                    }
                    json!({ "ref": name })
                }
                None => self.structure(shape, false),
            },
            ShapeKind::String => text(shape),
            kind => json!({ "type": scalar(kind) }),
        }
    }
}

fn text(shape: Shape) -> Value {
    let mut text = json!({ "type": "string" });
    if !shape.enum_values().is_empty() {
        text["enum"] = json!(shape.enum_values());
    }
    if shape.is_sensitive() {
        text["isSensitive"] = true.into();
    }
    text
}

/// Lists, maps and structures are described by their members.
fn scalar(kind: ShapeKind) -> &'static str {
    match kind {
        ShapeKind::Boolean => "boolean",
        ShapeKind::Integer => "integer",
        ShapeKind::Long => "long",
        ShapeKind::Float => "float",
        ShapeKind::Double => "double",
        ShapeKind::Timestamp => "timestamp",
        ShapeKind::Blob => "blob",
        ShapeKind::String => "string",
        ShapeKind::Structure | ShapeKind::List | ShapeKind::Map => "document",
    }
}

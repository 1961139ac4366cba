//! Parameters and results as a tree, in Step Functions' names and in plain words.

use serde_json::{Map, Value, json};
use service_models::{Member, Operation, Shape, ShapeKind};

/// A member of a structure, with the members of the structure that its value (or each item of it) is.
#[derive(Debug, Clone)]
pub struct Field {
    pub name: &'static str,
    pub type_words: String,
    pub is_required: bool,
    /// An idempotency token of the call itself: filled in when it is absent.
    pub is_filled_in: bool,
    pub is_deprecated: bool,
    pub values: &'static [&'static str],
    pub fields: Vec<Field>,
    /// Why `fields` are not all.
    pub cut: Option<Cut>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// The structure contains itself.
    Recursive,
    /// It has this many members, deeper than was asked for.
    Depth(usize),
}

/// The parameters of an operation down to `depth` levels; what has to be given comes first, else in the model's order.
pub fn inputs(operation: Operation, depth: usize) -> Vec<Field> {
    let mut fields = of_call(operation.input(), depth);
    required_first(&mut fields);
    fields
}

/// The members of its result, in the model's order.
pub fn results(operation: Operation, depth: usize) -> Vec<Field> {
    let mut fields = of_call(operation.output(), depth);
    not_required(&mut fields);
    fields
}

fn required_first(fields: &mut [Field]) {
    fields.sort_by_key(|field| !field.is_required);
    for field in fields {
        required_first(&mut field.fields);
    }
}

/// Nothing has to be given in an answer.
fn not_required(fields: &mut [Field]) {
    for field in fields {
        (field.is_required, field.is_filled_in) = (false, false);
        not_required(&mut field.fields);
    }
}

fn of_call(shape: Option<Shape>, depth: usize) -> Vec<Field> {
    shape.map_or(Vec::new(), |shape| members(shape, depth, &mut Vec::new()))
}

fn members(structure: Shape, depth: usize, around: &mut Vec<&'static str>) -> Vec<Field> {
    let is_call = around.is_empty();
    around.extend(structure.name());
    let members = structure
        .members()
        .map(|member| field(member, is_call, depth, around))
        .collect();
    around.truncate(around.len() - structure.name().iter().len());
    members
}

fn field(member: Member, is_call: bool, depth: usize, around: &mut Vec<&'static str>) -> Field {
    let inner = innermost(member.shape());
    let is_structure = inner.kind() == ShapeKind::Structure && !inner.is_document();
    let cut = match inner.name() {
        _ if !is_structure || inner.members().len() == 0 => None,
        Some(name) if around.contains(&name) => Some(Cut::Recursive),
        _ if depth <= 1 => Some(Cut::Depth(inner.members().len())),
        _ => None,
    };
    Field {
        name: member.sfn_name(),
        type_words: type_words(member),
        is_required: member.is_required(),
        is_filled_in: is_call && member.is_idempotency_token(),
        is_deprecated: member.is_deprecated(),
        values: inner.enum_values(),
        fields: match cut {
            None if is_structure => members(inner, depth - 1, around),
            _ => Vec::new(),
        },
        cut,
    }
}

/// What lists and maps hold in the end.
fn innermost(mut shape: Shape) -> Shape {
    // A list of a list of itself has no end; the model's depth has.
    for _ in 0..16 {
        let item = shape
            .list_member()
            .or_else(|| shape.map_members().map(|(_, value)| value));
        match item {
            Some(item) => shape = item.shape(),
            None => break,
        }
    }
    shape
}

/// `list of string`, `map of string to structure`, `timestamp`.
fn type_words(member: Member) -> String {
    if member.is_json_value() {
        return "JSON as text".to_owned();
    }
    of_shape(member.shape(), 16)
}

fn of_shape(shape: Shape, depth: usize) -> String {
    let inner = |member: Member| match depth {
        0 => "…".to_owned(),
        _ => of_shape(member.shape(), depth - 1),
    };
    match (shape.kind(), shape.list_member(), shape.map_members()) {
        (_, Some(item), _) => format!("list of {}", inner(item)),
        (_, _, Some((key, value))) => format!("map of {} to {}", inner(key), inner(value)),
        (ShapeKind::Blob, ..) if shape.is_streaming() => "streaming blob".to_owned(),
        _ => scalar(shape).to_owned(),
    }
}

fn scalar(shape: Shape) -> &'static str {
    match shape.kind() {
        _ if shape.is_document() => "document",
        ShapeKind::Structure if shape.is_event_stream() => "event stream",
        ShapeKind::Structure if shape.is_union() => "union",
        ShapeKind::Structure => "structure",
        ShapeKind::List => "list",
        ShapeKind::Map => "map",
        ShapeKind::String => "string",
        ShapeKind::Boolean => "boolean",
        ShapeKind::Integer => "integer",
        ShapeKind::Long => "long",
        ShapeKind::Float => "float",
        ShapeKind::Double => "double",
        ShapeKind::Timestamp => "timestamp",
        ShapeKind::Blob => "blob",
    }
}

/// The members of a structure for machines, down to `depth` levels of structures.
pub fn parameters_json(structure: Shape, depth: usize) -> Value {
    members_json(structure, depth, &mut Vec::new())
}

fn members_json(structure: Shape, depth: usize, around: &mut Vec<&'static str>) -> Value {
    let is_call = around.is_empty();
    around.extend(structure.name());
    let members = structure
        .members()
        .map(|member| {
            let mut object = Map::new();
            object.insert("name".into(), member.sfn_name().into());
            object.insert("required".into(), member.is_required().into());
            if is_call && member.is_idempotency_token() {
                object.insert("idempotencyToken".into(), true.into());
            }
            if member.is_deprecated() {
                object.insert("deprecated".into(), true.into());
            }
            if member.is_json_value() {
                object.insert("jsonValue".into(), true.into());
            }
            if let Value::Object(shape) = shape_json(member.shape(), depth, around) {
                object.extend(shape);
            }
            Value::Object(object)
        })
        .collect();
    around.truncate(around.len() - structure.name().iter().len());
    members
}

/// A type for machines: `type` and what it holds (`items`, `key` and `value`, `fields`, `enum`).
fn shape_json(shape: Shape, depth: usize, around: &mut Vec<&'static str>) -> Value {
    let mut object = json!({"type": scalar(shape)});
    if let Some(item) = shape.list_member() {
        object["items"] = shape_json(item.shape(), depth, around);
    } else if let Some((key, value)) = shape.map_members() {
        object["key"] = shape_json(key.shape(), depth, around);
        object["value"] = shape_json(value.shape(), depth, around);
    } else if shape.kind() == ShapeKind::Structure && !shape.is_document() {
        object["shape"] = shape.name().into();
        if shape.name().is_some_and(|name| around.contains(&name)) {
            object["recursive"] = true.into();
        } else if depth <= 1 {
            object["truncated"] = true.into();
        } else {
            object["fields"] = members_json(shape, depth - 1, around);
        }
    }
    if !shape.enum_values().is_empty() {
        object["enum"] = shape.enum_values().into();
    }
    if shape.is_streaming() {
        object["streaming"] = true.into();
    }
    object
}

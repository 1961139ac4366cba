//! Every operation of the catalog with every member: it becomes a request, and bodies say again what was given.

use http::{HeaderName, HeaderValue, Uri};
use serde_json::{Map, Value, json};
use service_models::{Member, Operation, Protocol, Shape, ShapeKind, catalog};

use super::rest::{Format, Json, Xml};
use super::{arguments, customizations, serialize};

/// Shapes contain themselves.
const DEPTH: usize = 3;

/// Normalized arguments of a structure: each member that `wanted` wants, and of the others those in the body.
fn sample(shape: Shape, depth: usize, wanted: &dyn Fn(Member) -> bool) -> Map<String, Value> {
    let members = shape.members().filter(|member| wanted(*member));
    let values =
        members.filter_map(|member| Some((member.name().to_owned(), value(member, depth)?)));
    values.collect()
}

fn value(member: Member, depth: usize) -> Option<Value> {
    let shape = member.shape();
    if depth > DEPTH || shape.is_event_stream() {
        return None;
    }
    Some(match shape.kind() {
        _ if shape.is_document() => json!({"any": [1, null]}),
        _ if member.is_json_value() => json!("{\"a\":1}"),
        ShapeKind::Structure => {
            sample(shape, depth + 1, &|member| member.location().is_none()).into()
        }
        ShapeKind::List => {
            let item = value(shape.list_member()?, depth + 1)?;
            json!([item, item])
        }
        ShapeKind::Map => {
            let (_, member) = shape.map_members()?;
            json!({"key-1": value(member, depth + 1)?})
        }
        ShapeKind::String | ShapeKind::Blob => json!("a<b> & \"c\", d/e"),
        ShapeKind::Boolean => json!(true),
        ShapeKind::Integer | ShapeKind::Long => json!(7),
        ShapeKind::Float | ShapeKind::Double => json!(1.5),
        ShapeKind::Timestamp => json!("2024-05-06T07:08:09Z"),
    })
}

/// What the body of a request says, read like an answer and normalized again.
fn said_again<F: Format>(
    operation: Operation,
    input: Shape,
    given: &Map<String, Value>,
) -> Map<String, Value> {
    let read = match input.payload() {
        Some(payload) => {
            let body = F::write_payload(payload, given.get(payload.name())).unwrap();
            let value = F::read_payload(payload, &body).unwrap();
            Map::from_iter([(payload.sfn_name().to_owned(), value)])
        }
        None => match F::write_members(operation, input, given) {
            Some(body) => F::read_members(input, &body).unwrap(),
            None => Map::new(),
        },
    };
    let token = |_: &str| String::new();
    let mut again = arguments::normalize(Some(input), &Value::Object(read), &token).unwrap();
    again.retain(|name, _| given.contains_key(name));
    again
}

/// Structures without members say nothing, and neither does what contains nothing else.
fn without_empty(value: &Value) -> Option<Value> {
    Some(match value {
        Value::Object(fields) => {
            let fields: Map<_, _> = fields
                .iter()
                .filter_map(|(name, value)| Some((name.clone(), without_empty(value)?)))
                .collect();
            if fields.is_empty() {
                return None;
            }
            fields.into()
        }
        Value::Array(items) => {
            let items: Vec<_> = items.iter().filter_map(without_empty).collect();
            if items.is_empty() {
                return None;
            }
            items.into()
        }
        other => other.clone(),
    })
}

#[test]
fn every_operation_is_requested_and_its_body_read_again() {
    let mut bodies = 0;
    let operations = catalog()
        .services()
        .flat_map(|service| service.operations());
    for operation in operations {
        let Some(input) = operation.input() else {
            continue;
        };
        let mut given = sample(input, 0, &|_| true);
        if operation.service().service_id() == "S3" {
            given.retain(|name, _| !name.starts_with("Source"));
        }
        customizations::prepare(operation, &mut given, "us-east-1").unwrap();
        let request = serialize(operation, &given).unwrap();
        assert!(
            request.uri.starts_with('/'),
            "{operation:?} {}",
            request.uri
        );
        request.uri.parse::<Uri>().unwrap();
        for (name, value) in &request.headers {
            HeaderName::try_from(name).unwrap();
            HeaderValue::try_from(value).unwrap();
        }
        let raw = |payload: Member| {
            let shape = payload.shape();
            shape.is_event_stream() || matches!(shape.kind(), ShapeKind::Blob | ShapeKind::String)
        };
        // In this deprecated one an old member has the element of the items of a newer one.
        if input.payload().is_some_and(raw) || operation.name() == "PutBucketNotification" {
            continue;
        }
        let in_body = |member: Member| match input.payload() {
            Some(payload) => payload.name() == member.name(),
            None => member.location().is_none(),
        };
        let given = sample(input, 0, &in_body);
        let again = match operation.service().protocol() {
            Protocol::RestXml => said_again::<Xml>(operation, input, &given),
            Protocol::RestJson => said_again::<Json>(operation, input, &given),
            _ => continue,
        };
        assert_eq!(
            without_empty(&again.into()),
            without_empty(&given.into()),
            "{operation:?}"
        );
        bodies += 1;
    }
    assert!(bodies > 5000, "{bodies}");
}

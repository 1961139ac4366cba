//! What a request says, by the model's names.

use bytes::Bytes;
use http::{HeaderMap, Request};
use serde_json::{Map, Value};
use service_models::{Location, Member, Operation, Protocol, Shape, ShapeKind};

use super::text::{parameters, percent_decoded, text};
use super::{Input, ServiceError, form, route};
use crate::validation::{Model, seconds};

/// Reads a request of an operation and checks it against its model. Members that the model does not know, and those that are
/// `null`, are left out.
///
/// # Errors
/// `UnknownOperationException` of an operation that this server does not have; `SerializationException`; violations of the model
/// under the name that the service gives them.
pub fn decode(operation: Operation, request: &Request<Bytes>) -> Result<Input, ServiceError> {
    let service = operation.service().boto_name();
    let model = Model::of(service).filter(|model| model.knows(operation.name()));
    let model = model.ok_or_else(|| ServiceError::not_served(service, operation.name()))?;
    let input = read(operation, model, request)?;
    let checked = Value::Object(input.members);
    let violations = model.check(operation.name(), &checked);
    violations.map_err(|message| ServiceError::new(violation_code(service), 400, message))?;
    Ok(Input {
        members: members(checked),
        ..input
    })
}

/// What it says, without a look at constraints.
pub(super) fn read(
    operation: Operation,
    model: &'static Model,
    request: &Request<Bytes>,
) -> Result<Input, ServiceError> {
    let Some(shape) = operation.input() else {
        return Ok(Input::default());
    };
    let members = match operation.service().protocol() {
        Protocol::RestJson => return rest(operation, shape, model, request),
        Protocol::Query => form::read(shape, request.body())?,
        _ => document(model, shape, request.body())?,
    };
    Ok(Input {
        members,
        payload: None,
    })
}

/// What services call a request that their model does not allow.
fn violation_code(service: &str) -> &'static str {
    match service {
        "logs" => "InvalidParameterException",
        "iam" | "sts" => "ValidationError",
        _ => "ValidationException",
    }
}

fn rest(
    operation: Operation,
    shape: Shape,
    model: &'static Model,
    request: &Request<Bytes>,
) -> Result<Input, ServiceError> {
    let mut payload = None;
    let mut found = match shape.payload() {
        None => document(model, shape, request.body())?,
        Some(member) if is_raw(member) => {
            payload = Some(request.body().clone());
            Map::new()
        }
        Some(member) => {
            let document = document(model, member.shape(), request.body())?;
            Map::from_iter([(member.name().to_owned(), document.into())])
        }
    };
    let labels = route::labels(operation, request.uri().path()).unwrap_or_default();
    for member in shape.members() {
        let name = member.wire_name();
        let value = match member.location() {
            None => continue,
            Some(Location::Uri) => {
                let label = labels.iter().find(|(label, _)| *label == name);
                let label = label.map(|(_, value)| of_text(member, &percent_decoded(value)));
                label.transpose()?
            }
            Some(Location::QueryString) => in_query(member, request.uri().query())?,
            Some(Location::Header) => in_header(member, request.headers())?,
            Some(Location::Headers) => Some(prefixed(name, request.headers())),
            Some(Location::StatusCode) => None,
        };
        match value {
            Some(value) => found.insert(member.name().to_owned(), value),
            // A body says nothing of it.
            None => found.remove(member.name()),
        };
    }
    Ok(Input {
        members: found,
        payload,
    })
}

/// A payload that is passed on as it is.
fn is_raw(member: Member) -> bool {
    matches!(member.shape().kind(), ShapeKind::Blob | ShapeKind::String)
}

fn document(
    model: &'static Model,
    shape: Shape,
    body: &[u8],
) -> Result<Map<String, Value>, ServiceError> {
    let value = model.read(shape.name().unwrap_or_default(), body)?;
    Ok(members(value))
}

/// The reader of documents and forms gives nothing but objects.
fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// Of a list, each parameter of its name is an item; of a map, each parameter that no other member has is an entry.
fn in_query(member: Member, query: Option<&str>) -> Result<Option<Value>, ServiceError> {
    let given = || parameters(query.unwrap_or_default());
    let named = || given().filter(|(name, _)| name == member.wire_name());
    if let Some(item) = member.shape().list_member() {
        let items: Result<Vec<Value>, _> = named().map(|(_, text)| of_text(item, &text)).collect();
        let items = items?;
        return Ok((!items.is_empty()).then_some(items.into()));
    }
    if let Some((_, value)) = member.shape().map_members() {
        let mut entries = Map::new();
        for (name, text) in given() {
            let value = match value.shape().list_member() {
                None => of_text(value, &text)?,
                Some(item) => {
                    let mut items = match entries.remove(&*name) {
                        Some(Value::Array(items)) => items,
                        _ => Vec::new(),
                    };
                    items.push(of_text(item, &text)?);
                    items.into()
                }
            };
            entries.insert(name.into_owned(), value);
        }
        return Ok((!entries.is_empty()).then_some(entries.into()));
    }
    let mut named = named();
    named
        .next()
        .map(|(_, text)| of_text(member, &text))
        .transpose()
}

fn in_header(member: Member, headers: &HeaderMap) -> Result<Option<Value>, ServiceError> {
    let Some(text) = text(headers, &member.wire_name().to_ascii_lowercase()) else {
        return Ok(None);
    };
    let value = match member.shape().list_member() {
        None => of_text(member, text)?,
        Some(item) => {
            let items = text.split(',').map(|text| of_text(item, text.trim()));
            items.collect::<Result<Vec<Value>, _>>()?.into()
        }
    };
    Ok(Some(value))
}

fn prefixed(prefix: &str, headers: &HeaderMap) -> Value {
    let prefix = prefix.to_ascii_lowercase();
    let entries = headers.iter().filter_map(|(name, value)| {
        let key = name.as_str().strip_prefix(&prefix)?;
        Some((key.to_owned(), value.to_str().ok()?.into()))
    });
    Value::Object(entries.collect())
}

/// A scalar that stands in a path, a query string, a header or a form.
pub(super) fn of_text(member: Member, text: &str) -> Result<Value, ServiceError> {
    let wrong = |what: &str| {
        let message = format!("'{text}' of {} is not {what}", member.wire_name());
        Err(ServiceError::new("SerializationException", 400, message))
    };
    let trimmed = text.trim();
    match member.shape().kind() {
        ShapeKind::Boolean => match trimmed {
            "true" => Ok(true.into()),
            "false" => Ok(false.into()),
            _ => wrong("true or false"),
        },
        ShapeKind::Integer | ShapeKind::Long => match trimmed.parse::<i64>() {
            Ok(number) => Ok(number.into()),
            Err(_) => wrong("a whole number"),
        },
        ShapeKind::Float | ShapeKind::Double => match trimmed.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number.into()),
            _ => wrong("a number"),
        },
        ShapeKind::Timestamp => {
            let time = trimmed.parse::<jiff::Timestamp>().map(seconds);
            match time
                .ok()
                .or_else(|| trimmed.parse().ok().map(|seconds: f64| seconds.into()))
            {
                Some(seconds) => Ok(seconds),
                None => wrong("a timestamp"),
            }
        }
        _ => Ok(text.into()),
    }
}

//! `fieldValidationMode`: whether a mocked result could be the answer of the API that the Task calls.

use serde_json::Value;
use service_models::{Shape, ShapeKind, catalog};
use states_language::resource::{Pattern, Resource, ResourceKind};

use super::mock::FieldValidationMode;
use crate::Error;

pub(super) fn check(state: &Value, result: &Value, mode: FieldValidationMode) -> Result<(), Error> {
    if mode == FieldValidationMode::None {
        return Ok(());
    }
    let resource = Resource::parse(state["Resource"].as_str().unwrap_or_default());
    let Some(shape) = resource.ok().and_then(|resource| answer_of(&resource)) else {
        return Ok(());
    };
    let check = Check {
        is_strict: mode == FieldValidationMode::Strict,
        // The optimized integration makes JSON of what the function answered.
        has_json_payload: state["Resource"]
            .as_str()
            .is_some_and(|arn| arn.ends_with(":lambda:invoke")),
    };
    check.structure(shape, result, "mock.result")
}

/// What the model says of a resource's answer. Of functions, activities, jobs and whoever answers a token it says nothing.
fn answer_of(resource: &Resource) -> Option<Shape> {
    let (service, action) = match &resource.kind {
        ResourceKind::AwsSdk { service, action } => (catalog().service(service)?, action),
        ResourceKind::Optimized { service, action } => {
            (catalog().service_by_any_name(service)?, action)
        }
        ResourceKind::LambdaFunction | ResourceKind::Activity => return None,
    };
    let is_execution = resource.pattern == Pattern::Sync && service.segment() == "sfn";
    match resource.pattern {
        Pattern::RequestResponse => service.operation(action)?.output(),
        // What is waited for is described.
        _ if is_execution => service.operation("describeExecution")?.output(),
        _ => None,
    }
}

struct Check {
    is_strict: bool,
    has_json_payload: bool,
}

impl Check {
    fn structure(&self, shape: Shape, value: &Value, name: &str) -> Result<(), Error> {
        let Some(fields) = value.as_object() else {
            return Err(refused(format!("Field '{name}' must be an object")));
        };
        for member in shape.members() {
            match fields.get(member.sfn_name()) {
                Some(_) if self.has_json_payload && member.sfn_name() == "Payload" => {}
                Some(value) => self.value(member.shape(), value, member.sfn_name())?,
                None if self.is_strict && member.is_required() => {
                    let name = member.sfn_name();
                    return Err(refused(format!("Required field '{name}' is missing")));
                }
                None => {}
            }
        }
        Ok(())
    }

    fn value(&self, shape: Shape, value: &Value, name: &str) -> Result<(), Error> {
        let must_be = |what: &str, is_so: bool| match is_so {
            true => Ok(()),
            false => Err(refused(format!("Field '{name}' must be {what}"))),
        };
        match shape.kind() {
            _ if shape.is_document() => Ok(()),
            ShapeKind::Structure => self.structure(shape, value, name),
            ShapeKind::List => {
                must_be("an array", value.is_array())?;
                let of = shape.list_member().map(|member| member.shape());
                let mut items = value.as_array().into_iter().flatten();
                of.map_or(Ok(()), |of| {
                    items.try_for_each(|item| self.value(of, item, name))
                })
            }
            ShapeKind::Map => {
                must_be("an object", value.is_object())?;
                let of = shape.map_members().map(|(_, value)| value.shape());
                let mut values = value.as_object().into_iter().flatten();
                of.map_or(Ok(()), |of| {
                    values.try_for_each(|(key, value)| self.value(of, value, key))
                })
            }
            ShapeKind::String => {
                must_be("a string", value.is_string())?;
                let known = shape.enum_values();
                match known.is_empty() || value.as_str().is_some_and(|text| known.contains(&text)) {
                    true => Ok(()),
                    false => Err(refused(format!("Field '{name}' is not an expected value"))),
                }
            }
            ShapeKind::Timestamp | ShapeKind::Blob => must_be("a string", value.is_string()),
            ShapeKind::Boolean => must_be("a boolean", value.is_boolean()),
            ShapeKind::Integer | ShapeKind::Long | ShapeKind::Float | ShapeKind::Double => {
                must_be("a number", value.is_number())
            }
        }
    }
}

fn refused(what: String) -> Error {
    Error::validation(format!("Mock result schema validation error: {what}"))
}

//! Arguments as they may be shown.

use serde_json::{Map, Value};
use service_models::{Shape, ShapeKind};

use crate::call::{ResourceRef, operation};

const HIDDEN: &str = "(hidden)";

/// The arguments of a call without what the model marks as sensitive: passwords, keys, parameters of commands. A function's
/// payload stays: it is the state's own input, and the one thing that tells what an invocation would do.
pub fn without_secrets(resource: &ResourceRef, arguments: &Value) -> Value {
    let is_invocation = |service: &str, action: &str| service == "lambda" && action == "Invoke";
    match operation(resource) {
        Some(operation) if !is_invocation(operation.service().boto_name(), operation.name()) => {
            match operation.input() {
                Some(input) => shown(input, arguments),
                None => arguments.clone(),
            }
        }
        _ => arguments.clone(),
    }
}

fn shown(shape: Shape, value: &Value) -> Value {
    if shape.is_sensitive() && !value.is_null() {
        return HIDDEN.into();
    }
    match (shape.kind(), value) {
        (ShapeKind::Structure, Value::Object(fields)) => {
            let fields = fields.iter().map(|(name, value)| {
                let value = match shape.member(name) {
                    Some(member) => shown(member.shape(), value),
                    None => value.clone(),
                };
                (name.clone(), value)
            });
            Value::Object(fields.collect::<Map<_, _>>())
        }
        (ShapeKind::List, Value::Array(items)) => match shape.list_member() {
            Some(member) => items
                .iter()
                .map(|item| shown(member.shape(), item))
                .collect(),
            None => value.clone(),
        },
        (ShapeKind::Map, Value::Object(entries)) => match shape.map_members() {
            Some((_, member)) => {
                let entries = entries
                    .iter()
                    .map(|(key, value)| (key.clone(), shown(member.shape(), value)));
                Value::Object(entries.collect())
            }
            None => value.clone(),
        },
        _ => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sdk(service: &str, action: &str, arguments: Value) -> Value {
        let resource = ResourceRef::AwsSdk {
            service: service.to_owned(),
            action: action.to_owned(),
        };
        without_secrets(&resource, &arguments)
    }

    #[test]
    fn what_the_model_marks_is_hidden() {
        assert_eq!(
            sdk(
                "secretsmanager",
                "createSecret",
                json!({"Name": "n", "SecretString": "s3cr3t"})
            ),
            json!({"Name": "n", "SecretString": "(hidden)"})
        );
        assert_eq!(
            sdk(
                "rds",
                "modifyDBInstance",
                json!({"DbInstanceIdentifier": "d", "MasterUserPassword": "s3cr3t"})
            ),
            json!({"DbInstanceIdentifier": "d", "MasterUserPassword": "(hidden)"})
        );
        // Inside of lists and maps, too; and a name that the API does not know hides nothing.
        assert_eq!(
            sdk(
                "ecs",
                "registerTaskDefinition",
                json!({"Family": "f", "Colour": {"a": 1}})
            ),
            json!({"Family": "f", "Colour": {"a": 1}})
        );
        assert_eq!(
            sdk(
                "lambda",
                "updateFunctionConfiguration",
                json!({
                    "FunctionName": "f", "Environment": {"Variables": {"A": "s3cr3t"}},
                })
            ),
            json!({"FunctionName": "f", "Environment": {"Variables": "(hidden)"}})
        );
    }

    #[test]
    fn what_a_function_would_get_is_shown() {
        let arguments = json!({"FunctionName": "f", "Payload": {"a": 1}});
        assert_eq!(sdk("lambda", "invoke", arguments.clone()), arguments);
        let arn = "arn:aws:lambda:x:1:function:f".to_owned();
        assert_eq!(
            without_secrets(&ResourceRef::LambdaFunction { arn }, &arguments),
            arguments
        );
    }
}

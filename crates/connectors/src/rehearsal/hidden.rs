//! Arguments as they may be shown.

use std::cmp::Reverse;

use serde_json::Value;
use service_models::{Operation, Shape, ShapeKind};

use crate::call::{ResourceRef, operation};

const HIDDEN: &str = "(hidden)";
/// Shorter texts are found in too many others.
const MIN_SECRET_CHARS: usize = 4;

/// The arguments of a call without what the model marks as sensitive: passwords, keys, parameters of commands. A function's
/// payload stays: it is the state's own input, and the one thing that tells what an invocation would do.
pub(crate) fn without_secrets(resource: &ResourceRef, arguments: &Value) -> Value {
    match marked_operation(resource).and_then(Operation::input) {
        Some(input) => shown(input, arguments, &mut Secrets::default()),
        None => arguments.clone(),
    }
}

/// An operation whose sensitive members are secrets.
fn marked_operation(resource: &ResourceRef) -> Option<Operation> {
    let is_invocation = |operation: &Operation| {
        (operation.service().boto_name(), operation.name()) == ("lambda", "Invoke")
    };
    operation(resource).filter(|operation| !is_invocation(operation))
}

/// Texts that the models mark as sensitive, found in results: to be hidden wherever they come up again.
#[derive(Debug, Default)]
pub struct Secrets {
    /// Without those that are too short. The longest first: a document goes before its parts.
    texts: Vec<String>,
}

impl Secrets {
    /// Adds those of a call's result.
    pub fn learn(&mut self, resource: &ResourceRef, result: &Value) {
        if let Some(output) = marked_operation(resource).and_then(Operation::output) {
            shown(output, result, self);
            self.texts.sort_by_key(|text| Reverse(text.len()));
            self.texts.dedup();
        }
    }

    /// A value without them.
    pub fn hide(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => {
                let hide = |text: String, secret: &String| text.replace(secret.as_str(), HIDDEN);
                self.texts.iter().fold(text.clone(), hide).into()
            }
            Value::Array(items) => items.iter().map(|item| self.hide(item)).collect(),
            Value::Object(fields) => fields
                .iter()
                .map(|(name, value)| (name.clone(), self.hide(value)))
                .collect(),
            _ => value.clone(),
        }
    }

    /// All texts of a value, and of the JSON document that a text is.
    fn add(&mut self, value: &Value) {
        match value {
            Value::String(text) if text.chars().count() >= MIN_SECRET_CHARS => {
                self.texts.push(text.clone());
                if let Ok(document @ (Value::Object(_) | Value::Array(_))) =
                    serde_json::from_str(text)
                {
                    self.add(&document);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.add(item)),
            Value::Object(fields) => fields.values().for_each(|value| self.add(value)),
            _ => {}
        }
    }
}

fn shown(shape: Shape, value: &Value, secrets: &mut Secrets) -> Value {
    if shape.is_sensitive() && !value.is_null() {
        secrets.add(value);
        return HIDDEN.into();
    }
    match (shape.kind(), value) {
        (ShapeKind::Structure, Value::Object(fields)) => fields
            .iter()
            .map(|(name, value)| {
                let value = match shape.member(name) {
                    Some(member) => shown(member.shape(), value, secrets),
                    None => value.clone(),
                };
                (name.clone(), value)
            })
            .collect(),
        (ShapeKind::List, Value::Array(items)) => match shape.list_member() {
            Some(member) => items
                .iter()
                .map(|item| shown(member.shape(), item, secrets))
                .collect(),
            None => value.clone(),
        },
        (ShapeKind::Map, Value::Object(entries)) => match shape.map_members() {
            Some((_, member)) => entries
                .iter()
                .map(|(key, value)| (key.clone(), shown(member.shape(), value, secrets)))
                .collect(),
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

    #[test]
    fn what_a_result_marks_is_hidden_where_it_comes_up_again() {
        let resource = ResourceRef::AwsSdk {
            service: "secretsmanager".to_owned(),
            action: "getSecretValue".to_owned(),
        };
        let mut secrets = Secrets::default();
        let document = r#"{"user":"admin","password":"s3cr3t","port":"22"}"#;
        secrets.learn(
            &resource,
            &json!({"Name": "web-login", "SecretString": document}),
        );
        assert_eq!(
            secrets.hide(
                &json!({"Message": "admin:s3cr3t on web-login:22", "All": [document], "n": 1})
            ),
            json!({"Message": "(hidden):(hidden) on web-login:22", "All": ["(hidden)"], "n": 1})
        );
    }
}

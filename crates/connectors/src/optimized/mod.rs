//! Optimized integrations: a thin table over the generic client. What needs more has a file of its own.

mod events;
pub mod lambda;
mod metadata;
mod states;

use serde_json::{Map, Value};
use service_models::{Operation, Shape, ShapeKind, catalog};

use crate::aws::{ApiAnswer, AwsClient};
use crate::call::{CallError, CallRequest};
use crate::failure::{self, OptimizedNames, TaskFailure};

/// An optimized integration that is supported.
pub enum Optimized {
    LambdaInvoke,
    Plain(&'static Integration),
}

/// An integration that is an API call with other names around it.
pub struct Integration {
    service: &'static str,
    action: &'static str,
    /// The service's segment in the catalog; its action has the same name there.
    segment: &'static str,
    names: OptimizedNames,
    /// The arguments of the API's operation.
    arguments: fn(&CallRequest) -> Value,
    /// The task's result.
    result: fn(ApiAnswer) -> Result<Value, TaskFailure>,
}

const SNS: OptimizedNames = OptimizedNames {
    prefix: "SNS",
    service_name: "AmazonSNS",
    base_exception: "AmazonSNSException",
};

const SQS: OptimizedNames = OptimizedNames {
    prefix: "SQS",
    service_name: "AmazonSQS",
    base_exception: "AmazonSQSException",
};

const DYNAMODB: OptimizedNames = OptimizedNames {
    prefix: "DynamoDB",
    service_name: "AmazonDynamoDBv2",
    base_exception: "AmazonDynamoDBException",
};

const EVENTS: OptimizedNames = OptimizedNames {
    prefix: "EventBridge",
    service_name: "AmazonEventBridge",
    base_exception: "AmazonEventBridgeException",
};

const STATES: OptimizedNames = OptimizedNames {
    prefix: "StepFunctions",
    service_name: "AWSStepFunctions",
    base_exception: "AWSStepFunctionsException",
};

const INTEGRATIONS: &[Integration] = &[
    plain("sns", "publish", SNS),
    plain("sqs", "sendMessage", SQS),
    plain("dynamodb", "getItem", DYNAMODB),
    plain("dynamodb", "putItem", DYNAMODB),
    plain("dynamodb", "updateItem", DYNAMODB),
    plain("dynamodb", "deleteItem", DYNAMODB),
    Integration {
        segment: "eventbridge",
        arguments: events::with_resources,
        result: events::all_taken,
        ..plain("events", "putEvents", EVENTS)
    },
    Integration {
        segment: "sfn",
        result: states::started,
        ..plain("states", "startExecution", STATES)
    },
];

const fn plain(service: &'static str, action: &'static str, names: OptimizedNames) -> Integration {
    Integration {
        service,
        action,
        segment: service,
        names,
        arguments: |request| request.arguments.clone(),
        result: |answer| Ok(with_metadata(answer)),
    }
}

/// The integration of `arn:aws:states:::SERVICE:ACTION`.
pub fn find(service: &str, action: &str) -> Option<Optimized> {
    if (service, action) == ("lambda", "invoke") {
        return Some(Optimized::LambdaInvoke);
    }
    let found = INTEGRATIONS
        .iter()
        .find(|integration| (integration.service, integration.action) == (service, action));
    found.map(Optimized::Plain)
}

impl Optimized {
    /// The API's operation behind it.
    pub fn operation(&self) -> Option<Operation> {
        let (segment, action) = match self {
            Optimized::LambdaInvoke => ("lambda", "invoke"),
            Optimized::Plain(integration) => (integration.segment, integration.action),
        };
        catalog().service(segment)?.operation(action)
    }
}

impl Integration {
    /// Calls the API's operation, which is [`Optimized::operation`].
    pub async fn call(
        &self,
        client: &AwsClient,
        operation: Operation,
        request: &CallRequest,
    ) -> Result<Value, CallError> {
        let arguments = (self.arguments)(request);
        let role_arn = request.role_arn.as_deref();
        let answer = client
            .call(operation, &arguments, &request.call_key, role_arn)
            .await;
        let mut answer = answer.map_err(|failed| {
            failure::of_optimized(
                &self.names,
                operation.service(),
                &request.shown_arguments(),
                failed,
            )
        })?;
        if let Some(output) = operation.output() {
            answer.result = in_sdk_v1_names(output, answer.result);
        }
        Ok((self.result)(answer)?)
    }
}

/// The result with what the HTTP response told, keys sorted, as AWS shows it.
fn with_metadata(answer: ApiAnswer) -> Value {
    let mut result = match answer.result {
        Value::Object(fields) => fields,
        other => Map::from_iter([("Result".to_owned(), other)]),
    };
    result.extend(metadata::of_response(answer.status, &answer.headers));
    result.sort_keys();
    Value::Object(result)
}

/// A result whose members have the names of the AWS SDK for Java 2, with those of version 1.
fn in_sdk_v1_names(shape: Shape, value: Value) -> Value {
    let renamed_item = |inner: Option<service_models::Member>, item: Value| match inner {
        Some(inner) => in_sdk_v1_names(inner.shape(), item),
        None => item,
    };
    match (shape.kind(), value) {
        (ShapeKind::Structure, Value::Object(fields)) if !shape.is_document() => {
            let renamed = fields
                .into_iter()
                .map(|(name, value)| match shape.member(&name) {
                    Some(member) => (
                        member.sdk_v1_name().into_owned(),
                        in_sdk_v1_names(member.shape(), value),
                    ),
                    None => (name, value),
                });
            Value::Object(renamed.collect())
        }
        (ShapeKind::List, Value::Array(items)) => items
            .into_iter()
            .map(|item| renamed_item(shape.list_member(), item))
            .collect(),
        (ShapeKind::Map, Value::Object(entries)) => {
            let inner = shape.map_members().map(|(_, value)| value);
            let renamed = entries
                .into_iter()
                .map(|(key, entry)| (key, renamed_item(inner, entry)));
            Value::Object(renamed.collect())
        }
        (_, value) => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_row_has_an_operation() {
        for row in INTEGRATIONS {
            let found = find(row.service, row.action).and_then(|found| found.operation());
            let operation = found.unwrap_or_else(|| panic!("{}:{}", row.service, row.action));
            assert_eq!(operation.action(), row.action);
        }
    }

    #[test]
    fn results_have_the_names_of_the_older_sdk_at_every_depth_but_not_in_maps() {
        let output = |service, action| find(service, action).unwrap().operation().unwrap().output();
        let item = json!({"Item": {
            "Nul": {"Nul": true},
            "on": {"M": {"Bool": {"Bool": true}}},
            "tags": {"L": [{"Ss": ["a"]}, {"Ns": ["1"]}]},
        }});
        let expected = json!({"Item": {
            "Nul": {"NULL": true},
            "on": {"M": {"Bool": {"BOOL": true}}},
            "tags": {"L": [{"SS": ["a"]}, {"NS": ["1"]}]},
        }});
        let got = in_sdk_v1_names(output("dynamodb", "getItem").unwrap(), item);
        assert_eq!(got, expected);
        let sent = json!({"Md5OfMessageBody": "0", "MessageId": "1", "SequenceNumber": "2"});
        let expected = json!({"MD5OfMessageBody": "0", "MessageId": "1", "SequenceNumber": "2"});
        let got = in_sdk_v1_names(output("sqs", "sendMessage").unwrap(), sent);
        assert_eq!(got, expected);
    }
}

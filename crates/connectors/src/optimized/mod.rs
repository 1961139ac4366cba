//! Optimized integrations: a thin table over the generic client. What needs more has a file of its own.

pub mod lambda;
mod metadata;

use serde_json::{Map, Value};
use service_models::{Operation, catalog};

use crate::aws::AwsClient;
use crate::call::{CallError, CallRequest};
use crate::failure::{self, OptimizedNames};

/// An optimized integration that is supported.
pub enum Optimized {
    LambdaInvoke,
    Plain(&'static Integration),
}

/// An integration that is an API call with other names around it.
pub struct Integration {
    service: &'static str,
    action: &'static str,
    /// Segment and action in the catalog.
    api: (&'static str, &'static str),
    names: OptimizedNames,
}

const INTEGRATIONS: &[Integration] = &[Integration {
    service: "sns",
    action: "publish",
    api: ("sns", "publish"),
    names: OptimizedNames {
        prefix: "SNS",
        service_name: "AmazonSNS",
        base_exception: "AmazonSNSException",
    },
}];

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

impl Integration {
    pub fn operation(&self) -> Option<Operation> {
        catalog().service(self.api.0)?.operation(self.api.1)
    }

    /// Calls the API. The result is the API's with what the HTTP response told, keys sorted, as AWS shows it.
    pub async fn call(
        &self,
        client: &AwsClient,
        request: &CallRequest,
    ) -> Result<Value, CallError> {
        let Some(operation) = self.operation() else {
            return Err(CallError::Refused(format!(
                "the catalog has no {}:{}",
                self.api.0, self.api.1
            )));
        };
        let answer = client
            .call(
                operation,
                &request.arguments,
                &request.call_key,
                request.role_arn.as_deref(),
            )
            .await;
        let answer = answer.map_err(|failed| {
            failure::of_optimized(&self.names, operation.service(), &request.arguments, failed)
        })?;
        let mut result = match answer.result {
            Value::Object(fields) => fields,
            other => Map::from_iter([("Result".to_owned(), other)]),
        };
        result.extend(metadata::of_response(answer.status, &answer.headers));
        result.sort_keys();
        Ok(Value::Object(result))
    }
}

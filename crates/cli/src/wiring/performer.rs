//! Makes the calls of a run.

use std::sync::Arc;

use connectors::mocks::{MockPlan, MockedAnswer};
use connectors::{CallError, CallRequest, Connectors};
use interpreter::{Call, CallFailure, CallResult, failure};
use query::Payload;
use serde_json::Value;
use store::ExecutionId;

use super::local::Functions;
use super::resource_ref;

/// Makes one call: a mock's answer, a local function, or AWS.
pub struct Performer {
    pub connectors: Connectors,
    pub functions: Arc<Functions>,
    pub mocks: Option<MockPlan>,
    /// Credentials and region are there.
    pub reaches_aws: bool,
    /// Why they are not.
    pub unavailable: Option<String>,
}

impl Performer {
    pub async fn perform(&self, execution: &ExecutionId, call: &Call) -> CallResult {
        if let Some(mocks) = &self.mocks {
            match mocks.next_response(&call.state_name) {
                Ok(Some(MockedAnswer::Return(value))) => {
                    return Ok(Payload::from_value(value.clone()));
                }
                Ok(Some(MockedAnswer::Throw(thrown))) => {
                    return Err(CallFailure {
                        error: thrown.error.clone(),
                        cause: thrown.cause.clone(),
                    });
                }
                Ok(None) => {}
                Err(error) => return Err(cannot_run(error.to_string())),
            }
        }
        if (self.mocks.is_some() || !self.reaches_aws) && !self.is_local(call) {
            return Err(cannot_run(match self.mocks {
                Some(_) => format!(
                    "No mock answers the state '{}', which calls {}. Add it to the test case, or run without --mocks.",
                    call.state_name, call.resource.arn
                ),
                None => format!(
                    "The state '{}' calls {}, which is no local function: {}",
                    call.state_name,
                    call.resource.arn,
                    self.unavailable
                        .as_deref()
                        .unwrap_or("there is no AWS configuration"),
                ),
            }));
        }
        let key = call.key;
        let request = CallRequest {
            resource: resource_ref(&call.resource),
            arguments: call.arguments.value().clone(),
            role_arn: call.role_arn.as_deref().map(str::to_owned),
            call_key: format!("{execution}/{}/{}/{}", key.task, key.attempt, key.call),
            execution_arn: Some(execution.to_string()),
        };
        match self.connectors.call(&request).await {
            Ok(value) => Ok(Payload::from_value(value)),
            Err(CallError::Failed(failed)) => Err(CallFailure {
                error: failed.error,
                cause: failed.cause,
            }),
            Err(CallError::Refused(why)) => Err(cannot_run(format!(
                "The state '{}' cannot run: {why}",
                call.state_name
            ))),
        }
    }

    fn is_local(&self, call: &Call) -> bool {
        let name = match resource_ref(&call.resource) {
            connectors::ResourceRef::LambdaFunction { arn } => Some(arn),
            connectors::ResourceRef::Optimized { service, action }
            | connectors::ResourceRef::AwsSdk { service, action }
                if (service.as_str(), action.as_str()) == ("lambda", "invoke") =>
            {
                call.arguments
                    .value()
                    .get("FunctionName")
                    .and_then(Value::as_str)
                    .map(str::to_owned)
            }
            _ => None,
        };
        name.is_some_and(|name| self.functions.find(&name).is_some())
    }
}

/// Nothing that a Catch should hide.
fn cannot_run(cause: String) -> CallFailure {
    CallFailure {
        error: failure::names::RUNTIME.to_owned(),
        cause,
    }
}

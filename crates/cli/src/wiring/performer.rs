//! Makes the calls of a run.

use std::sync::Arc;

use connectors::mocks::{MockPlan, MockedAnswer};
use connectors::{CallError, CallRequest, Connectors};
use interpreter::{Call, CallFailure, CallResult, failure};
use query::Payload;
use serde_json::Value;
use store::ExecutionId;

use super::local::Functions;
use super::other_names::OtherNames;
use super::resource_ref;
use crate::safety::dry_run::{DryRun, Way};

/// Makes one call: a mock's answer, a local function, or AWS.
pub struct Performer {
    pub connectors: Connectors,
    /// None when such names are refused.
    pub other_names: Option<OtherNames>,
    pub functions: Arc<Functions>,
    pub mocks: Option<MockPlan>,
    /// Credentials and region are there.
    pub reaches_aws: bool,
    /// Why they are not.
    pub unavailable: Option<String>,
    /// Writes are told, not made.
    pub dry_run: Option<Arc<DryRun>>,
    /// This process serves Step Functions and what is around it: it knows which of their calls it answers itself.
    pub is_server: bool,
}

impl Performer {
    pub async fn perform(&self, execution: &ExecutionId, call: &Call) -> CallResult {
        if let Some(mocked) = self.mocked(call) {
            if let Some(dry_run) = &self.dry_run {
                dry_run.not_made(call, &request(execution, call));
            }
            return mocked;
        }
        let request = request(execution, call);
        if let Some(other_names) = &self.other_names {
            other_names.tell(&call.state_name, &request);
        }
        let Some(dry_run) = &self.dry_run else {
            return self.call(call, &request).await;
        };
        let result = match dry_run.way(call, &request) {
            Way::Really => {
                let result = self.call(call, &request).await;
                dry_run.learn_secrets(&request, &result);
                result
            }
            Way::Rehearsed => {
                let result = answered(call, dry_run.rehearsal.call(&request).await);
                // Arguments that do not fit write nothing.
                if result.is_ok() {
                    dry_run.not_made(call, &request);
                }
                result
            }
            Way::AsBefore(answer) => return answer,
            Way::DeadEnd => std::future::pending().await,
        };
        dry_run.answered(call, &result);
        result
    }

    /// The mock's answer; `None`: it has none for this state.
    fn mocked(&self, call: &Call) -> Option<CallResult> {
        match self.mocks.as_ref()?.next_response(&call.state_name) {
            Ok(Some(MockedAnswer::Return(value))) => Some(Ok(Payload::from_value(value.clone()))),
            Ok(Some(MockedAnswer::Throw(thrown))) => Some(Err(CallFailure {
                error: thrown.error.clone(),
                cause: thrown.cause.clone(),
            })),
            Ok(None) => None,
            Err(error) => Some(Err(cannot_run(error.to_string()))),
        }
    }

    /// A local function, or AWS.
    async fn call(&self, call: &Call, request: &CallRequest) -> CallResult {
        let only_local = !self.reaches_aws || (self.mocks.is_some() && self.dry_run.is_none());
        if only_local && !self.is_local(call) && !self.stays_here(call) {
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
        answered(call, self.connectors.call(request).await)
    }

    fn stays_here(&self, call: &Call) -> bool {
        let operation = || connectors::operation(&resource_ref(&call.resource));
        self.is_server
            && operation().is_some_and(|operation| {
                let service = operation.service().boto_name();
                service == "stepfunctions" || api::wire::SERVICES.contains(&service)
            })
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
        name.is_some_and(|name| self.functions.has(&name))
    }
}

fn request(execution: &ExecutionId, call: &Call) -> CallRequest {
    let key = call.key;
    CallRequest {
        resource: resource_ref(&call.resource),
        arguments: call.arguments.value().clone(),
        role_arn: call.role_arn.as_deref().map(str::to_owned),
        call_key: format!("{execution}/{}/{}/{}", key.task, key.attempt, key.call),
        execution_arn: Some(execution.to_string()),
    }
}

fn answered(call: &Call, answer: Result<Value, CallError>) -> CallResult {
    match answer {
        Ok(value) => Ok(Payload::from_value(value)),
        Err(CallError::Failed(failed)) => Err(CallFailure {
            cause: match failed.error.as_str() {
                failure::names::RUNTIME => {
                    failure::cause_in_state(&call.state_name, call.key.task, &failed.cause)
                }
                _ => failed.cause,
            },
            error: failed.error,
        }),
        Err(CallError::Refused(why)) => Err(cannot_run(format!(
            "The state '{}' cannot run: {why}",
            call.state_name
        ))),
    }
}

/// Nothing that a Catch should hide.
fn cannot_run(cause: String) -> CallFailure {
    CallFailure {
        error: failure::names::RUNTIME.to_owned(),
        cause,
    }
}

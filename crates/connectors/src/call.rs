//! One call of a task: what it names, who performs it.

use std::sync::Arc;

use serde_json::Value;
use service_models::{Member, Operation, Shape, Unsupported, catalog};

use crate::aws::AwsClient;
use crate::failure::{self, TaskFailure};
use crate::optimized::lambda::{self, LocalFunctions};
use crate::optimized::{self, Optimized};
use crate::protocol;
use crate::protocol::arguments::{self, ArgumentErrors, Names, OtherName};
use crate::rehearsal;

/// What a task's `Resource` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResourceRef {
    /// `arn:aws:states:::aws-sdk:SERVICE:ACTION`
    AwsSdk { service: String, action: String },
    /// `arn:aws:states:::SERVICE:ACTION`
    Optimized { service: String, action: String },
    /// `arn:aws:lambda:REGION:ACCOUNT:function:NAME`: the arguments are the payload, the payload is the result.
    LambdaFunction { arn: String },
}

/// A call to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct CallRequest {
    pub resource: ResourceRef,
    /// In Step Functions' names.
    pub arguments: Value,
    /// `Credentials.RoleArn` of the task.
    pub role_arn: Option<String>,
    /// Names this call, and no other one: idempotency tokens are made of it.
    pub call_key: String,
    /// The execution that makes the call: `events:putEvents` tells it to those who get the events. None outside of one.
    pub execution_arn: Option<String>,
}

impl CallRequest {
    /// The arguments as people may see them: without what the model marks as sensitive.
    pub fn shown_arguments(&self) -> Value {
        rehearsal::without_secrets(&self.resource, &self.arguments)
    }
}

/// A call without a result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// As Step Functions would report it; `States.Runtime` cannot be caught, everything else can.
    #[error("{0}")]
    Failed(TaskFailure),
    /// Stepwright cannot make this call: the run has to end, no Catch should hide it.
    #[error("{0}")]
    Refused(String),
}

/// Performs calls.
pub struct Connectors {
    client: AwsClient,
    functions: Option<Arc<dyn LocalFunctions>>,
    strict_names: bool,
}

impl Connectors {
    pub fn new(client: AwsClient, functions: Option<Arc<dyn LocalFunctions>>) -> Connectors {
        Connectors {
            client,
            functions,
            strict_names: false,
        }
    }

    /// With `strict`, members are only known by the names that Step Functions has for them; else [`other_names`] do too.
    pub fn strict_names(self, strict: bool) -> Connectors {
        Connectors {
            strict_names: strict,
            ..self
        }
    }

    /// Performs a call and waits for its answer. Dropping the future gives the call up.
    pub async fn call(&self, request: &CallRequest) -> Result<Value, CallError> {
        if self.strict_names {
            let other = other_names(&request.resource, &request.arguments);
            let errors: Vec<String> = other
                .iter()
                .map(|name| arguments::unsupported(&name.written))
                .collect();
            if !errors.is_empty() {
                let errors = ArgumentErrors(errors);
                return Err(failure::of_arguments(&request.shown_arguments(), &errors));
            }
        }
        match &request.resource {
            ResourceRef::AwsSdk { service, action } => {
                if (service.as_str(), action.as_str()) == ("lambda", "invoke")
                    && let Some(answer) =
                        lambda::invoke_sdk(self.functions.as_deref(), request).await
                {
                    return answer;
                }
                let operation = find_operation(service, action)?;
                let role = request.role_arn.as_deref();
                let answer = self
                    .client
                    .call(operation, &request.arguments, &request.call_key, role)
                    .await;
                let answer = answer.map_err(|failed| {
                    failure::of_sdk_integration(
                        operation.service(),
                        &request.shown_arguments(),
                        failed,
                    )
                })?;
                Ok(answer.result)
            }
            ResourceRef::Optimized { service, action } => match optimized::find(service, action) {
                Some(Optimized::LambdaInvoke) => {
                    lambda::invoke(&self.client, self.functions.as_deref(), request).await
                }
                Some(found @ Optimized::Plain(integration)) => {
                    let operation = found
                        .operation()
                        .ok_or_else(|| not_optimized(service, action))?;
                    integration.call(&self.client, operation, request).await
                }
                None => Err(not_optimized(service, action)),
            },
            ResourceRef::LambdaFunction { arn } => {
                lambda::invoke_resource(&self.client, self.functions.as_deref(), request, arn).await
            }
        }
    }
}

/// The members of a call's arguments whose names Step Functions does not know, although they can be understood: wire names
/// and names in another case.
pub fn other_names(resource: &ResourceRef, arguments: &Value) -> Vec<OtherName> {
    let names = match resource {
        ResourceRef::AwsSdk { .. } => Names::SdkV2,
        ResourceRef::Optimized { .. } => Names::SdkV1,
        // The arguments are the function's payload.
        ResourceRef::LambdaFunction { .. } => return Vec::new(),
    };
    match operation(resource).and_then(Operation::input) {
        Some(input) => arguments::other_names(input, arguments, names),
        None => Vec::new(),
    }
}

/// Why no call of a resource can be performed, whatever its arguments: to be told before a workflow begins.
pub fn refusal(resource: &ResourceRef) -> Option<String> {
    let refused = match resource {
        ResourceRef::AwsSdk { service, action } => find_operation(service, action)
            .and_then(|operation| {
                protocol::check_protocol(operation)
                    .map_err(|error| CallError::Refused(error.to_string()))
            })
            .err(),
        ResourceRef::Optimized { service, action } => match optimized::find(service, action) {
            Some(_) => None,
            None => Some(not_optimized(service, action)),
        },
        ResourceRef::LambdaFunction { .. } => None,
    };
    refused.map(|error| error.to_string())
}

fn not_optimized(service: &str, action: &str) -> CallError {
    CallError::Refused(format!(
        "the optimized integration {service}:{action} is not supported yet; \
         arn:aws:states:::aws-sdk:… calls the service's API directly"
    ))
}

fn find_operation(service: &str, action: &str) -> Result<Operation, CallError> {
    let refused = |message: String| Err(CallError::Refused(message));
    let Some(found) = catalog().service(service) else {
        return refused(format!(
            "there is no AWS service {service} in arn:aws:states:::aws-sdk:{service}:{action}"
        ));
    };
    let Some(operation) = found.operation(action) else {
        return refused(format!("the AWS service {service} has no action {action}"));
    };
    // SigV4 is what there is to sign with; SimpleDB and Import/Export want SigV2, CodeCatalyst a bearer token.
    let signature = found.signature_version();
    if !operation.is_unauthenticated() && matches!(signature, "v2" | "bearer") {
        return refused(format!(
            "the requests of {service} are authenticated in a way that is not supported yet ({signature})"
        ));
    }
    match operation.unsupported() {
        None => Ok(operation),
        Some(Unsupported::ByStepFunctions) => refused(format!(
            "Step Functions does not support {service}:{action}"
        )),
        Some(Unsupported::EventStream) => refused(format!(
            "{service}:{action} answers with a stream of events, which Step Functions does not support"
        )),
    }
}

/// The API's operation behind a resource; none when there is no such one.
pub fn operation(resource: &ResourceRef) -> Option<Operation> {
    match resource {
        ResourceRef::AwsSdk { service, action } => find_operation(service, action).ok(),
        ResourceRef::Optimized { service, action } => optimized::find(service, action)?.operation(),
        ResourceRef::LambdaFunction { .. } => find_operation("lambda", "invoke").ok(),
    }
}

/// Whether a call changes nothing, so that making it again or leaving it out is harmless. Unknown calls may change things.
pub fn is_read_only(resource: &ResourceRef) -> bool {
    operation(resource).is_some_and(Operation::is_read)
}

/// Whether a call that may have been made can be made again under the same key: it changes nothing, or its service knows it again
/// by a token that is made of the key.
pub fn is_repeatable(resource: &ResourceRef) -> bool {
    let has_token = |operation: Operation| {
        let mut members = operation.input().into_iter().flat_map(Shape::members);
        members.any(Member::is_idempotency_token)
    };
    operation(resource).is_some_and(|operation| operation.is_read() || has_token(operation))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sdk(service: &str, action: &str) -> ResourceRef {
        ResourceRef::AwsSdk {
            service: service.into(),
            action: action.into(),
        }
    }

    #[test]
    fn reads_are_told_from_writes() {
        assert!(is_read_only(&sdk("ec2", "describeInstances")));
        assert!(!is_read_only(&sdk("ec2", "rebootInstances")));
        assert!(!is_read_only(&sdk("nothing", "getNothing")));
        assert!(!is_read_only(&ResourceRef::Optimized {
            service: "sns".into(),
            action: "publish".into()
        }));
        assert!(!is_read_only(&ResourceRef::LambdaFunction {
            arn: "arn:aws:lambda:x:1:function:f".into()
        }));
    }

    #[test]
    fn reads_and_calls_with_a_token_can_be_made_again() {
        assert!(is_repeatable(&sdk("ec2", "describeInstances")));
        assert!(
            is_repeatable(&sdk("ec2", "runInstances")),
            "has a client token"
        );
        assert!(!is_repeatable(&sdk("ec2", "rebootInstances")));
        assert!(
            !is_repeatable(&sdk("s3", "putObject")),
            "idempotent alone is not enough"
        );
        assert!(!is_repeatable(&sdk("lambda", "invoke")));
    }

    #[test]
    fn what_cannot_be_called_is_refused() {
        for (service, action, part) in [
            ("nothing", "get", "no AWS service nothing"),
            ("ec2", "getEverything", "no action getEverything"),
            ("sts", "assumeRole", "does not support sts:assumeRole"),
            ("kinesis", "subscribeToShard", "stream of events"),
            ("codecatalyst", "listSpaces", "not supported yet (bearer)"),
            ("simpledb", "listDomains", "not supported yet (v2)"),
        ] {
            let Err(CallError::Refused(message)) = find_operation(service, action) else {
                panic!("{service}:{action}")
            };
            assert!(message.contains(part), "{message}");
        }
    }
}

//! Calls of an execution that the connectors make.

use std::sync::Arc;

use connectors::{CallError, CallRequest, Connectors, ResourceRef};
use engine::{Answer, Calls};
use interpreter::{Call, CallFailure, CallKey};
use query::Payload;
use states_language::resource::ResourceKind;
use store::ExecutionId;
use tokio::runtime::Runtime;

pub struct ConnectorCalls {
    pub runtime: Runtime,
    pub connectors: Arc<Connectors>,
}

impl ConnectorCalls {
    pub fn new(connectors: Connectors) -> std::io::Result<ConnectorCalls> {
        Ok(ConnectorCalls {
            runtime: Runtime::new()?,
            connectors: Arc::new(connectors),
        })
    }
}

impl Calls for ConnectorCalls {
    fn begin(&self, execution: &ExecutionId, call: Box<Call>, answer: Answer) {
        let resource = match &call.resource.kind {
            ResourceKind::AwsSdk { service, action } => ResourceRef::AwsSdk {
                service: service.clone(),
                action: action.clone(),
            },
            ResourceKind::Optimized { service, action } => ResourceRef::Optimized {
                service: service.clone(),
                action: action.clone(),
            },
            _ => ResourceRef::LambdaFunction {
                arn: call.resource.arn.clone(),
            },
        };
        let key = call.key;
        let request = CallRequest {
            resource,
            arguments: call.arguments.value().clone(),
            role_arn: None,
            call_key: format!("{execution}/{}/{}/{}", key.task, key.attempt, key.call),
            execution_arn: Some(execution.to_string()),
        };
        let connectors = self.connectors.clone();
        self.runtime.spawn(async move {
            answer.send(match connectors.call(&request).await {
                Ok(value) => Ok(Payload::from_value(value)),
                Err(CallError::Failed(failed)) => Err(CallFailure {
                    error: failed.error,
                    cause: failed.cause,
                }),
                Err(CallError::Refused(why)) => Err(CallFailure {
                    error: "States.Runtime".to_owned(),
                    cause: why,
                }),
            });
        });
    }

    fn abandon(&self, _: &ExecutionId, _: CallKey) {}
}

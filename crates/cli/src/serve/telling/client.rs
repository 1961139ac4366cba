//! Calls of the server's own, beside those of tasks.

use std::sync::Arc;

use connectors::{CallError, CallRequest, Connectors, ResourceRef};
use serde_json::Value;

#[derive(Clone)]
pub struct Client(pub Arc<Connectors>);

impl Client {
    /// Calls an operation by the names that Step Functions has for it and its members.
    pub async fn call(
        &self,
        service: &str,
        action: &str,
        arguments: Value,
    ) -> Result<Value, String> {
        let request = CallRequest {
            resource: ResourceRef::AwsSdk {
                service: service.to_owned(),
                action: action.to_owned(),
            },
            arguments,
            role_arn: None,
            call_key: uuid::Uuid::new_v4().to_string(),
            execution_arn: None,
        };
        self.0.call(&request).await.map_err(|error| match error {
            CallError::Failed(failure) => format!("{service}:{action}: {failure}"),
            CallError::Refused(why) => why,
        })
    }
}

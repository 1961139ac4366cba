//! The API as the listener sees it.

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

use super::http::{Api, ApiFuture, ApiRequest, ApiResponse};

/// Step Functions' API.
pub struct StepFunctions {
    service: api::Service,
    operations: HashSet<&'static str>,
}

impl StepFunctions {
    pub fn new(service: api::Service) -> StepFunctions {
        StepFunctions {
            service,
            operations: api::validation::operations().collect(),
        }
    }
}

impl Api for StepFunctions {
    fn call(&self, request: ApiRequest) -> ApiFuture {
        let service = self.service.clone();
        Box::pin(async move {
            let response = service
                .call(api::Request {
                    operation: &request.operation,
                    body: &request.body,
                    caller: api::Caller {
                        principal: Arc::from(request.caller.principal),
                        source: Arc::from(request.caller.source),
                    },
                })
                .await;
            ApiResponse {
                error: (response.status != 200).then(|| error_name(&response.body)),
                status: response.status,
                body: Bytes::from(response.body),
            }
        })
    }

    fn knows(&self, operation: &str) -> bool {
        self.operations.contains(operation)
    }

    fn unready(&self) -> Option<String> {
        None
    }
}

/// For the metrics.
fn error_name(body: &str) -> String {
    let body: Option<Value> = serde_json::from_str(body).ok();
    let name = body.as_ref().and_then(|body| body["__type"].as_str());
    let name = name.unwrap_or("unknown");
    name.rsplit('#').next().unwrap_or(name).to_owned()
}

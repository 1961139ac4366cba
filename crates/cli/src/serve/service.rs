//! The API as the listener sees it.

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;
use store::{DocumentWrite, Store};
use store_sqlite::SqliteStore;

use super::extensions::{self, Extensions};
use super::http::{Api, ApiFuture, ApiRequest, ApiResponse, Unready};

/// Step Functions' API, and ours beside it.
pub struct StepFunctions {
    service: api::Service,
    extensions: Extensions,
    store: Arc<SqliteStore>,
    operations: HashSet<&'static str>,
}

impl StepFunctions {
    pub fn new(
        service: api::Service,
        extensions: Extensions,
        store: Arc<SqliteStore>,
    ) -> StepFunctions {
        let own = extensions::OPERATIONS.iter().copied();
        StepFunctions {
            service,
            extensions,
            store,
            operations: api::validation::operations().chain(own).collect(),
        }
    }
}

impl Api for StepFunctions {
    fn call(&self, request: ApiRequest) -> ApiFuture {
        if extensions::OPERATIONS.contains(&request.operation.as_str()) {
            let extensions = self.extensions.clone();
            return Box::pin(async move {
                let (status, body) = extensions
                    .call(&request.operation, &request.body, request.caller)
                    .await;
                response(status, body.to_string())
            });
        }
        let service = self.service.clone();
        Box::pin(async move {
            let answer = service
                .call(api::Request {
                    operation: &request.operation,
                    body: &request.body,
                    caller: api::Caller {
                        principal: request.caller.principal.into(),
                        source: request.caller.source.into(),
                    },
                })
                .await;
            response(answer.status, answer.body)
        })
    }

    fn knows(&self, operation: &str) -> bool {
        self.operations.contains(operation)
    }

    /// Writes something, which is the only way to know that something can be written.
    fn unready(&self) -> Unready {
        let store = self.store.clone();
        Box::pin(async move {
            let write = DocumentWrite {
                collection: "settings".into(),
                key: "readiness".into(),
                expected_version: None,
                body: Some("{\"format\":1}".into()),
            };
            let written = tokio::task::spawn_blocking(move || store.write(vec![write], None)).await;
            match written {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(error.to_string()),
                Err(error) => Some(error.to_string()),
            }
        })
    }
}

fn response(status: u16, body: String) -> ApiResponse {
    ApiResponse {
        error: (status != 200).then(|| error_name(&body)),
        status,
        body: Bytes::from(body),
    }
}

/// For the metrics.
fn error_name(body: &str) -> String {
    let body: Option<Value> = serde_json::from_str(body).ok();
    let name = body.as_ref().and_then(|body| body["__type"].as_str());
    let name = name.unwrap_or("unknown");
    name.rsplit('#').next().unwrap_or(name).to_owned()
}

//! The API as the listener sees it.

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;
use store::{DocumentWrite, Store};
use store_sqlite::SqliteStore;

use super::extensions::{self, Extensions};
use super::http::{
    AnsweredFuture, Api, ApiFuture, ApiRequest, ApiResponse, ServiceRequest, Unready,
};
use super::local::Services;

/// All APIs of this server, and ours beside AWS's.
pub struct AllApis {
    services: Services,
    extensions: Extensions,
    store: Arc<SqliteStore>,
    operations: HashSet<&'static str>,
}

impl AllApis {
    pub fn new(services: Services, extensions: Extensions, store: Arc<SqliteStore>) -> AllApis {
        let own = extensions::OPERATIONS.iter().copied();
        AllApis {
            services,
            extensions,
            store,
            operations: api::validation::operations().chain(own).collect(),
        }
    }
}

impl Api for AllApis {
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
        let service = self.services.step_functions.clone();
        Box::pin(async move {
            let answer = service
                .call(api::Request {
                    operation: &request.operation,
                    body: &request.body,
                    caller: request.caller.into(),
                })
                .await;
            response(answer.status, answer.body)
        })
    }

    fn call_service(&self, request: ServiceRequest) -> AnsweredFuture {
        let services = self.services.others.clone();
        Box::pin(async move {
            let now = jiff::Timestamp::now().as_millisecond();
            let (caller, operation) = (request.caller.into(), request.operation);
            services
                .answer(operation, request.request, caller, now, None)
                .await
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

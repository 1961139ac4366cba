//! Calls that workflows, deliveries and functions make to what is on this server: answered in this process, not sent anywhere.

use std::fmt;
use std::sync::Arc;

use api::wire::Registry;
use bytes::Bytes;
use connectors::aws::{LocalApi, LocalCall, LocalFuture, Served};
use http::{HeaderValue, Request, Response, StatusCode};
use serde_json::{Map, Value};
use service_models::Operation;
use tokio::sync::watch;

/// What answers here.
#[derive(Clone)]
pub struct Services {
    pub step_functions: api::Service,
    pub others: Registry,
}

/// This server. Recovered calls may be made before it is all put together: they wait.
pub struct ThisServer {
    services: watch::Sender<Option<Services>>,
    /// Whether AWS or an endpoint can be called; if not, there is nowhere else to go.
    reaches_aws: bool,
}

impl ThisServer {
    pub fn new(reaches_aws: bool) -> Arc<ThisServer> {
        Arc::new(ThisServer {
            services: watch::Sender::new(None),
            reaches_aws,
        })
    }

    pub fn set(&self, services: Services) {
        self.services.send_replace(Some(services));
    }

    /// Lets go of it: it holds whoever makes calls, who holds this.
    pub fn clear(&self) {
        self.services.send_replace(None);
    }

    pub async fn get(&self) -> Services {
        let mut receiver = self.services.subscribe();
        loop {
            if let Some(services) = &*receiver.borrow_and_update() {
                return services.clone();
            }
            // The sender is in `self`: it cannot go before.
            let _ = receiver.changed().await;
        }
    }
}

impl fmt::Debug for ThisServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ThisServer")
    }
}

impl LocalApi for ThisServer {
    fn serves<'a>(
        &'a self,
        operation: Operation,
        arguments: &'a Map<String, Value>,
    ) -> LocalFuture<'a, Served> {
        Box::pin(async move {
            let service = operation.service().boto_name();
            if service == "stepfunctions" {
                return Served::Here;
            }
            if !api::wire::SERVICES.contains(&service) {
                return Served::Elsewhere;
            }
            let services = self.get().await;
            match services.others.get(service) {
                None => Served::Elsewhere,
                Some(_) if !self.reaches_aws => Served::Here,
                Some(found) if found.has_resource_of(operation.name(), arguments) => Served::Here,
                // The default bus is on AWS and here.
                Some(_) if operation.name() == "PutEvents" => Served::Both,
                Some(_) => Served::Elsewhere,
            }
        })
    }

    fn call<'a>(&'a self, call: LocalCall<'a>) -> LocalFuture<'a, Response<Bytes>> {
        Box::pin(async move {
            let services = self.get().await;
            let LocalCall {
                operation,
                request,
                call_key,
            } = call;
            if operation.service().boto_name() == "stepfunctions" {
                let service = services.step_functions;
                let response = service
                    .call_by_execution(operation.name(), &request.body, call_key)
                    .await;
                return step_functions(response);
            }
            let mut sent = Request::builder()
                .method(request.method.as_str())
                .uri(request.uri);
            for (name, value) in request.headers {
                sent = sent.header(name, value);
            }
            match sent.body(request.body.into()) {
                Ok(sent) => {
                    let now = jiff::Timestamp::now().as_millisecond();
                    let caller = api::Caller::of_call(call_key);
                    let key = Some(call_key.into());
                    let answered = services.others.answer(operation, sent, caller, now, key);
                    answered.await.response
                }
                Err(error) => {
                    let message = format!("This is no request: {error}");
                    let error = api::wire::ServiceError::new("ValidationException", 400, message);
                    api::wire::refuse(operation.service(), &error, "local")
                }
            }
        })
    }
}

fn step_functions(answer: api::Response) -> Response<Bytes> {
    let mut response = Response::new(answer.body.into());
    let status = StatusCode::from_u16(answer.status);
    *response.status_mut() = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    // A UUID's text is always a header's value.
    if let Ok(id) = HeaderValue::from_str(&uuid::Uuid::new_v4().to_string()) {
        response.headers_mut().insert("x-amzn-requestid", id);
    }
    response
}

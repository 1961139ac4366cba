//! Everything between the socket and the API: who may call, how much, and AWS's answers to what never reaches an operation.

pub mod answers;
mod asked;
mod bodies;
pub mod connections;
pub mod elsewhere;
pub mod guard;
pub mod listener;
mod sign_in;
mod ui;

use std::borrow::Cow;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Instant, SystemTime};

use api::wire::{self, Answered};
use bytes::Bytes;
use http::request::Parts;
use http::{Method, Request, StatusCode};
use hyper::body::Incoming;
use service_models::{Operation, Service};
use tokio::sync::{Semaphore, watch};

use self::answers::{Answer, Refusal, whole};
use self::asked::Asked;
use self::bodies::Bodies;
use self::connections::Connection;
use self::elsewhere::Elsewhere;
use self::guard::Guard;
use super::console::{self, Console};
use super::login::Login;
use super::logs::Log;
use super::metrics::Metrics;
use super::signatures::Signatures;

/// A call of an operation of Step Functions, or of ours.
pub struct ApiRequest {
    /// `StartExecution`
    pub operation: String,
    pub body: Bytes,
    pub caller: Caller,
}

/// A call of one of the services around Step Functions.
pub struct ServiceRequest {
    pub operation: Operation,
    pub request: Request<Bytes>,
    pub caller: Caller,
}

/// Who calls, for the audit log.
pub struct Caller {
    /// The access key id, or `anonymous`.
    pub principal: String,
    /// The client's address.
    pub source: String,
}

impl From<Caller> for api::Caller {
    fn from(caller: Caller) -> api::Caller {
        api::Caller {
            principal: caller.principal.into(),
            source: caller.source.into(),
        }
    }
}

pub struct ApiResponse {
    pub status: u16,
    pub body: Bytes,
    /// The error's name, for the metrics.
    pub error: Option<String>,
}

pub type ApiFuture = Pin<Box<dyn Future<Output = ApiResponse> + Send>>;
pub type AnsweredFuture = Pin<Box<dyn Future<Output = Answered> + Send>>;
/// Why the server cannot work at the moment.
pub type Unready = Pin<Box<dyn Future<Output = Option<String>> + Send>>;

/// The API behind the listener.
pub trait Api: Send + Sync {
    fn call(&self, request: ApiRequest) -> ApiFuture;

    fn call_service(&self, request: ServiceRequest) -> AnsweredFuture;

    fn knows(&self, operation: &str) -> bool;

    fn unready(&self) -> Unready;
}

/// What requests are limited to.
#[derive(Debug, Clone, Copy)]
pub struct HttpLimits {
    /// Of requests to Step Functions.
    pub body_bytes: usize,
    /// Operations at work at once; those that wait for something are not among them.
    pub requests_in_flight: usize,
}

/// Who may call.
pub struct Access {
    pub guard: Guard,
    /// None: anyone who comes past the guard.
    pub signatures: Option<Arc<Signatures>>,
    /// For browsers, which cannot sign: with signatures only.
    pub login: Option<Login>,
}

pub struct Front {
    api: Arc<dyn Api>,
    access: Access,
    /// Who answers for services that are not here.
    elsewhere: Option<Elsewhere>,
    console: Arc<Console>,
    limits: HttpLimits,
    pub metrics: Arc<Metrics>,
    pub log: Arc<Log>,
    /// Becomes true when the server is to end.
    stop: watch::Receiver<bool>,
    in_flight: Arc<Semaphore>,
    bodies: Bodies,
    /// Requests that wait for something to happen.
    waiting: Arc<AtomicUsize>,
}

/// One of them, as long as it lives.
struct Waiting(Arc<AtomicUsize>);

impl Waiting {
    fn among(count: &Arc<AtomicUsize>) -> Waiting {
        count.fetch_add(1, Ordering::Relaxed);
        Waiting(count.clone())
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Front {
    pub fn new(
        api: Arc<dyn Api>,
        access: Access,
        console: Arc<Console>,
        limits: HttpLimits,
        metrics: Arc<Metrics>,
        log: Arc<Log>,
        stop: watch::Receiver<bool>,
    ) -> Front {
        let waiting = Arc::new(AtomicUsize::new(0));
        let counted = waiting.clone();
        metrics.source(move |page| {
            page.gauge(
                "stepwright_http_waiting_requests",
                "Requests that wait for something to happen: workers without a task, executions that are followed.",
                counted.load(Ordering::Relaxed) as f64,
            );
        });
        Front {
            api,
            access,
            elsewhere: None,
            console,
            limits,
            metrics,
            log,
            stop,
            in_flight: Arc::new(Semaphore::new(limits.requests_in_flight)),
            bodies: Bodies::default(),
            waiting,
        }
    }

    /// Hands on what is for services that are not here.
    pub fn with_elsewhere(self, elsewhere: Option<Elsewhere>) -> Front {
        Front { elsewhere, ..self }
    }

    pub async fn answer(
        &self,
        request: Request<Incoming>,
        peer: SocketAddr,
        connection: &Connection,
    ) -> Answer {
        let began = Instant::now();
        let (parts, body) = request.into_parts();
        if let Some(answer) = self.operations_page(&parts).await {
            return answer;
        }
        if let Some(answer) = self.console_file(&parts) {
            return answer;
        }
        if parts.uri.path().starts_with(console::UI) {
            return self.answer_console(parts, body, peer, connection).await;
        }
        let asked = Asked::of(&parts, self.elsewhere.is_some());
        let mut told = Told::of(&asked, &parts, &*self.api);
        let answered = match self.admit(&parts, asked) {
            Ok(asked) => {
                self.perform(asked, parts, body, peer, connection, &mut told)
                    .await
            }
            Err(refusal) => Err(refusal),
        };
        connection.rest();
        let (answer, error) = answered.unwrap_or_else(|refusal| {
            self.log.debug(
                "request refused",
                &[
                    ("operation", &told.operation),
                    ("error", &refusal.code),
                    ("message", &refusal.message),
                ],
            );
            (told.refusal(&refusal), Some(refusal.code.to_string()))
        });
        self.metrics.request(
            told.service.map_or("", Service::boto_name),
            &told.operation,
            answer.status().as_u16(),
            error.as_deref(),
            began.elapsed(),
        );
        answer
    }

    /// `/healthz`, `/readyz`, `/metrics`.
    async fn operations_page(&self, parts: &Parts) -> Option<Answer> {
        let path = parts.uri.path();
        let is_page = matches!(path, "/healthz" | "/readyz" | "/metrics");
        if !is_page || !matches!(parts.method, Method::GET | Method::HEAD) {
            return None;
        }
        if let Err(refusal) = self.access.guard.check(parts) {
            return Some(refusal.answer());
        }
        Some(match path {
            "/metrics" => answers::text(StatusCode::OK, self.metrics.render()),
            "/readyz" => match self.api.unready().await {
                None => answers::text(StatusCode::OK, "ready\n"),
                Some(why) => answers::text(StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
            },
            _ => answers::text(StatusCode::OK, "ok\n"),
        })
    }

    fn console_file(&self, parts: &Parts) -> Option<Answer> {
        let answer = console::file(parts)?;
        match self.access.guard.check_page(parts) {
            Ok(()) => Some(answer),
            Err(refusal) => Some(refusal.answer()),
        }
    }

    /// What can be said before the body is read.
    fn admit(&self, parts: &Parts, asked: Result<Asked, Refusal>) -> Result<Asked, Refusal> {
        self.access.guard.check(parts)?;
        self.refuse_strangers(parts)?;
        match asked? {
            Asked::StepFunctions(operation) if !self.api.knows(&operation) => {
                Err(Refusal::unknown_operation(StatusCode::BAD_REQUEST))
            }
            asked => Ok(asked),
        }
    }

    /// The answer, and the error's name.
    async fn perform(
        &self,
        asked: Asked,
        parts: Parts,
        body: Incoming,
        peer: SocketAddr,
        connection: &Connection,
        told: &mut Told,
    ) -> Result<(Answer, Option<String>), Refusal> {
        let limit = asked.body_bytes(self.limits.body_bytes);
        let body = self.bodies.read(body, limit).await?;
        connection.work();
        let asked = asked.with_body(&body)?;
        told.learn(&asked);
        let request = Request::from_parts(parts, body);
        let service = match &asked {
            Asked::Elsewhere(service) => service,
            _ => told.service.map_or("states", Service::signing_name),
        };
        let caller = self.caller(&request, service, peer)?;
        match asked {
            Asked::StepFunctions(operation) => {
                let body = request.into_body();
                let call = ApiRequest {
                    operation,
                    body,
                    caller,
                };
                let response = self.call(call).await?;
                let status = StatusCode::from_u16(response.status);
                let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                Ok((answers::of_api(status, response.body), response.error))
            }
            Asked::Service(operation) => {
                let call = ServiceRequest {
                    operation,
                    request,
                    caller,
                };
                let answered = self.call_service(call).await?;
                Ok((answered.response.map(whole), answered.error))
            }
            Asked::Elsewhere(_) => {
                let elsewhere = self.elsewhere.as_ref().ok_or_else(Refusal::internal)?;
                let permit = self.in_flight.try_acquire();
                let _permit = permit.map_err(|_| Refusal::throttled())?;
                Ok((elsewhere.forward(request).await?, None))
            }
            // Its body has said which operation it is.
            Asked::Form => Err(Refusal::unknown_operation(StatusCode::BAD_REQUEST)),
        }
    }

    /// Who sends a request. `service`: what it is for, as signatures name it.
    fn caller(
        &self,
        request: &Request<Bytes>,
        service: &str,
        peer: SocketAddr,
    ) -> Result<Caller, Refusal> {
        let principal = match &self.access.signatures {
            None => "anonymous".to_owned(),
            Some(_) if self.login_for(request).is_some() => self.signed_in(request)?,
            Some(signatures) => signatures.verify(request, service, SystemTime::now())?,
        };
        Ok(Caller {
            principal,
            source: peer.ip().to_string(),
        })
    }

    async fn call(&self, request: ApiRequest) -> Result<ApiResponse, Refusal> {
        let waits = waits(&request.operation);
        let is_execution = request.operation == "StartSyncExecution";
        let permit = match waits {
            true => None,
            false => {
                let permit = self.in_flight.clone().try_acquire_owned();
                Some(permit.map_err(|_| Refusal::throttled())?)
            }
        };
        let call = self.api.call(request);
        let _waiting = waits.then(|| Waiting::among(&self.waiting));
        match waits {
            // Whoever waits gives up by closing the connection: the future is dropped.
            true => tokio::select! {
                response = call => Ok(response),
                () = stopped(self.stop.clone()), if !is_execution => Ok(ApiResponse {
                    status: 200,
                    body: Bytes::from_static(b"{}"),
                    error: None,
                }),
            },
            // What has begun is finished whether the client is still there or not, and is in flight until then.
            false => tokio::spawn(async move {
                let _permit = permit;
                call.await
            })
            .await
            .map_err(|_| Refusal::internal()),
        }
    }

    /// An invocation takes as long as its function, so it has no place among the requests in flight. Like all others it goes on
    /// when its client has gone.
    async fn call_service(&self, request: ServiceRequest) -> Result<Answered, Refusal> {
        let invokes = request.operation.name() == "Invoke";
        let permit = match invokes {
            true => None,
            false => {
                let permit = self.in_flight.clone().try_acquire_owned();
                Some(permit.map_err(|_| Refusal::throttled())?)
            }
        };
        let _waiting = invokes.then(|| Waiting::among(&self.waiting));
        let call = self.api.call_service(request);
        let answered = tokio::spawn(async move {
            let _permit = permit;
            call.await
        });
        answered.await.map_err(|_| Refusal::internal())
    }
}

/// What metrics, log and refusals say of a request.
struct Told {
    /// None: Step Functions.
    service: Option<&'static Service>,
    operation: Cow<'static, str>,
    /// The client reads XML.
    is_form: bool,
}

impl Told {
    fn of(asked: &Result<Asked, Refusal>, parts: &Parts, api: &dyn Api) -> Told {
        let mut told = Told {
            service: None,
            operation: "unknown".into(),
            is_form: wire::is_form(&parts.headers),
        };
        match asked {
            // Nobody is to fill the metrics with names.
            Ok(Asked::StepFunctions(operation)) if !api.knows(operation) => {}
            Ok(asked) => told.learn(asked),
            Err(_) => {}
        }
        told
    }

    fn learn(&mut self, asked: &Asked) {
        match asked {
            Asked::StepFunctions(operation) => self.operation = operation.clone().into(),
            Asked::Service(operation) => {
                self.service = Some(operation.service());
                self.operation = operation.name().into();
            }
            Asked::Elsewhere(_) => self.operation = "elsewhere".into(),
            Asked::Form => {}
        }
    }

    /// In the protocol that the client speaks.
    fn refusal(&self, refusal: &Refusal) -> Answer {
        let id = uuid::Uuid::new_v4().to_string();
        match self.service {
            Some(service) => wire::refuse(service, &refusal.error(), &id).map(whole),
            None if self.is_form => wire::refuse_form(None, &refusal.error(), &id).map(whole),
            None => refusal.answer(),
        }
    }
}

/// Operations whose answer may take minutes: a worker that waits for work, an execution that is waited for.
fn waits(operation: &str) -> bool {
    matches!(
        operation,
        "GetActivityTask" | "StartSyncExecution" | "Stepwright.FollowExecution"
    )
}

/// Comes back when the server is to end.
pub async fn stopped(mut stop: watch::Receiver<bool>) {
    // An error says that the sender has gone, and with it the server.
    drop(stop.wait_for(|stop| *stop).await.map(|_| ()));
}

//! Everything between the socket and the API: who may call, how much, and AWS's answers to what never reaches an operation.

pub mod answers;
pub mod connections;
pub mod guard;
pub mod listener;

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use bytes::{Bytes, BytesMut};
use http::request::Parts;
use http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use tokio::sync::{Semaphore, watch};

use self::answers::{AMZ_JSON, Answer, Refusal};
use self::connections::Connection;
use self::guard::Guard;
use super::logs::Log;
use super::metrics::Metrics;
use super::signatures::Signatures;

const TARGET_PREFIX: &str = "AWSStepFunctions.";
/// Of operations that AWS does not have.
const EXTENSION_PREFIX: &str = "Stepwright.";
/// For the whole body of a request.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// Of all bodies that are being read.
const MAX_BODIES_BYTES: usize = 512 * 1024 * 1024;

/// A call of an operation.
pub struct ApiRequest {
    /// `StartExecution`
    pub operation: String,
    pub body: Bytes,
    pub caller: Caller,
}

/// Who calls, for the audit log.
pub struct Caller {
    /// The access key id, or `anonymous`.
    pub principal: String,
    /// The client's address.
    pub source: String,
}

pub struct ApiResponse {
    pub status: u16,
    pub body: Bytes,
    /// The error's name, for the metrics.
    pub error: Option<String>,
}

pub type ApiFuture = Pin<Box<dyn Future<Output = ApiResponse> + Send>>;
/// Why the server cannot work at the moment.
pub type Unready = Pin<Box<dyn Future<Output = Option<String>> + Send>>;

/// The API behind the listener.
pub trait Api: Send + Sync {
    fn call(&self, request: ApiRequest) -> ApiFuture;

    fn knows(&self, operation: &str) -> bool;

    fn unready(&self) -> Unready;
}

/// What requests are limited to.
#[derive(Debug, Clone, Copy)]
pub struct HttpLimits {
    pub body_bytes: usize,
    /// Operations at work at once; those that wait for something are not among them.
    pub requests_in_flight: usize,
}

pub struct Front {
    api: Arc<dyn Api>,
    guard: Guard,
    /// None: anyone may call.
    signatures: Option<Arc<Signatures>>,
    limits: HttpLimits,
    pub metrics: Arc<Metrics>,
    pub log: Arc<Log>,
    /// Becomes true when the server is to end.
    stop: watch::Receiver<bool>,
    in_flight: Arc<Semaphore>,
    bodies_bytes: AtomicUsize,
    /// Requests that wait for something to happen.
    waiting: Arc<AtomicUsize>,
}

/// One of them, as long as it lives.
struct Waiting<'f>(&'f AtomicUsize);

impl<'f> Waiting<'f> {
    fn among(count: &'f AtomicUsize) -> Waiting<'f> {
        count.fetch_add(1, Ordering::Relaxed);
        Waiting(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Front {
    pub fn new(
        api: Arc<dyn Api>,
        guard: Guard,
        signatures: Option<Arc<Signatures>>,
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
            guard,
            signatures,
            limits,
            metrics,
            log,
            stop,
            in_flight: Arc::new(Semaphore::new(limits.requests_in_flight)),
            bodies_bytes: AtomicUsize::new(0),
            waiting,
        }
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
        let operation = operation(&parts);
        let known = match &operation {
            Ok(operation) if self.api.knows(operation) => operation.clone(),
            _ => "unknown".to_owned(),
        };
        let answered = match self.admit(&parts, operation) {
            Ok(operation) => self.perform(operation, parts, body, peer, connection).await,
            Err(refusal) => Err(refusal),
        };
        connection.rest();
        let (answer, error) = match answered {
            Ok(response) => {
                let status = StatusCode::from_u16(response.status);
                let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                (answers::of_api(status, response.body), response.error)
            }
            Err(refusal) => {
                self.log.debug(
                    "request refused",
                    &[
                        ("operation", &known),
                        ("error", &refusal.code),
                        ("message", &refusal.message),
                    ],
                );
                (refusal.answer(), Some(refusal.code.to_owned()))
            }
        };
        self.metrics.request(
            &known,
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
        if let Err(refusal) = self.guard.check(&parts.uri, &parts.headers) {
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

    /// What can be said before the body is read.
    fn admit(&self, parts: &Parts, operation: Result<String, Refusal>) -> Result<String, Refusal> {
        self.guard.check(&parts.uri, &parts.headers)?;
        let operation = operation?;
        match self.api.knows(&operation) {
            true => Ok(operation),
            false => Err(Refusal::unknown_operation(StatusCode::BAD_REQUEST)),
        }
    }

    async fn perform(
        &self,
        operation: String,
        parts: Parts,
        body: Incoming,
        peer: SocketAddr,
        connection: &Connection,
    ) -> Result<ApiResponse, Refusal> {
        let body = self.read(body).await?;
        connection.work();
        let principal = match &self.signatures {
            None => "anonymous".to_owned(),
            Some(signatures) => {
                signatures.verify(Request::from_parts(parts, &body), SystemTime::now())?
            }
        };
        let waits = waits(&operation);
        let is_execution = operation == "StartSyncExecution";
        let permit = match waits {
            true => None,
            false => {
                let permit = self.in_flight.clone().try_acquire_owned();
                Some(permit.map_err(|_| Refusal::throttled())?)
            }
        };
        let call = self.api.call(ApiRequest {
            operation,
            body,
            caller: Caller {
                principal,
                source: peer.ip().to_string(),
            },
        });
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
            .map_err(|_| {
                Refusal::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "InternalServerError",
                    "An error inside Stepwright.",
                )
            }),
        }
    }

    /// The whole body, unless it is too large, too slow or one too many.
    async fn read(&self, mut body: Incoming) -> Result<Bytes, Refusal> {
        let limit = self.limits.body_bytes;
        if body.size_hint().lower() > limit as u64 {
            return Err(Refusal::too_large(limit));
        }
        let mut held = HeldBytes {
            all: &self.bodies_bytes,
            held: 0,
        };
        let read = async {
            let mut whole = BytesMut::new();
            while let Some(frame) = body.frame().await {
                let frame = frame.map_err(|error| {
                    Refusal::new(
                        StatusCode::BAD_REQUEST,
                        "SerializationException",
                        error.to_string(),
                    )
                })?;
                let Ok(data) = frame.into_data() else {
                    continue;
                };
                if whole.len() + data.len() > limit {
                    return Err(Refusal::too_large(limit));
                }
                held.hold(data.len())?;
                // Most bodies come in one piece.
                if whole.is_empty() && body.is_end_stream() {
                    return Ok(data);
                }
                whole.extend_from_slice(&data);
            }
            Ok(whole.freeze())
        };
        tokio::time::timeout(BODY_TIMEOUT, read)
            .await
            .unwrap_or_else(|_| {
                Err(Refusal::new(
                    StatusCode::REQUEST_TIMEOUT,
                    "RequestTimeoutException",
                    "The request's body did not come in time.",
                ))
            })
    }
}

/// Memory of bodies, given back when dropped.
struct HeldBytes<'a> {
    all: &'a AtomicUsize,
    held: usize,
}

impl HeldBytes<'_> {
    fn hold(&mut self, bytes: usize) -> Result<(), Refusal> {
        self.held += bytes;
        match self.all.fetch_add(bytes, Ordering::Relaxed) + bytes > MAX_BODIES_BYTES {
            true => Err(Refusal::throttled()),
            false => Ok(()),
        }
    }
}

impl Drop for HeldBytes<'_> {
    fn drop(&mut self) {
        self.all.fetch_sub(self.held, Ordering::Relaxed);
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

/// The operation that a request is for.
fn operation(parts: &Parts) -> Result<String, Refusal> {
    if parts.method != Method::POST || parts.uri.path() != "/" {
        return Err(Refusal::unknown_operation(StatusCode::NOT_FOUND));
    }
    let header = |name: &str| {
        parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let media_type = header(header::CONTENT_TYPE.as_str()).unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case(AMZ_JSON) {
        return Err(Refusal::unknown_operation(StatusCode::NOT_FOUND));
    }
    let target = header("x-amz-target").unwrap_or_default();
    match target.strip_prefix(TARGET_PREFIX) {
        Some(operation) => Ok(operation.to_owned()),
        // Extensions keep their prefix.
        None if target.starts_with(EXTENSION_PREFIX) => Ok(target.to_owned()),
        None => Err(Refusal::unknown_operation(StatusCode::BAD_REQUEST)),
    }
}

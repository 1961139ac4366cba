//! The server side of the Lambda Runtime API, version 2018-06-01, for one process.
//!
//! Routes and status codes: Lambda developer guide, "Using the Lambda runtime API for custom runtimes". The process asks
//! for its next invocation and posts a response or an error; whoever runs the process sees that as [`RuntimeEvent`]s.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::MAX_RESPONSE_BYTES;

/// After a connection could not be accepted.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

const ERROR_TYPE_HEADER: &str = "lambda-runtime-function-error-type";

/// An event on its way to the process.
pub(crate) struct Invocation {
    pub(crate) request_id: Arc<str>,
    pub(crate) function_arn: HeaderValue,
    /// Milliseconds since 1970.
    pub(crate) deadline_ms: u64,
    pub(crate) client_context: Option<HeaderValue>,
    pub(crate) payload: Bytes,
}

/// What the process did at its Runtime API.
#[derive(Debug)]
pub(crate) enum RuntimeEvent {
    /// It is loaded, or done with the last invocation.
    AskedForNext,
    /// The invocation was handed over.
    Delivered,
    /// The current invocation's result.
    Response(Bytes),
    /// The current invocation failed.
    Error(ErrorReport),
    /// The current invocation's result is larger than Lambda permits.
    ResponseTooLarge,
    /// The function could not be loaded.
    InitError(ErrorReport),
}

/// An error as the process reports it.
#[derive(Debug)]
pub(crate) struct ErrorReport {
    /// The header with the error's name, for a body without one.
    pub(crate) error_type: Option<String>,
    /// `{errorMessage, errorType, stackTrace, …}`, unless the runtime is a strange one.
    pub(crate) body: Bytes,
}

/// The Runtime API of one process; dropping it closes the port and all connections.
pub(crate) struct RuntimeApi {
    /// For `AWS_LAMBDA_RUNTIME_API`.
    pub(crate) address: SocketAddr,
    pub(crate) invocations: mpsc::Sender<Invocation>,
    pub(crate) events: mpsc::UnboundedReceiver<RuntimeEvent>,
    _server: JoinSet<()>,
}

struct Shared {
    invocations: tokio::sync::Mutex<mpsc::Receiver<Invocation>>,
    events: mpsc::UnboundedSender<RuntimeEvent>,
    current: Mutex<Option<Arc<str>>>,
}

impl RuntimeApi {
    pub(crate) async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (invocations, invocations_receiver) = mpsc::channel(1);
        let (events_sender, events) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            invocations: tokio::sync::Mutex::new(invocations_receiver),
            events: events_sender,
            current: Mutex::new(None),
        });
        let mut server = JoinSet::new();
        server.spawn(accept(listener, shared));
        Ok(Self {
            address,
            invocations,
            events,
            _server: server,
        })
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let shared = Arc::clone(&shared);
                    let service = service_fn(move |request| serve(request, Arc::clone(&shared)));
                    // How a connection ends is known from what arrived on it. No timer, so that one may stay silent: it is
                    // how the process sees that its host is gone.
                    connections.spawn(async move {
                        drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service).await);
                    });
                }
                // That connection is lost, which the process notices, or there are no file descriptors: then the next
                // attempt fails at once, too.
                Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(
    request: Request<Incoming>,
    shared: Arc<Shared>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path().to_owned();
    let route: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    Ok(match (request.method(), route.as_slice()) {
        (&Method::GET, ["2018-06-01", "runtime", "invocation", "next"]) => shared.next().await,
        (&Method::POST, ["2018-06-01", "runtime", "invocation", id, "response"]) => {
            shared.response(id, request).await
        }
        (&Method::POST, ["2018-06-01", "runtime", "invocation", id, "error"]) => {
            shared.error(id, request).await
        }
        (&Method::POST, ["2018-06-01", "runtime", "init", "error"]) => {
            shared.init_error(request).await
        }
        _ => failure(
            StatusCode::NOT_FOUND,
            "ResourceNotFound",
            "there is no such path in the Runtime API",
        ),
    })
}

impl Shared {
    /// Nobody listens any more only when the process is about to be killed.
    fn report(&self, event: RuntimeEvent) -> Response<Full<Bytes>> {
        match self.events.send(event) {
            Ok(()) => answer(StatusCode::ACCEPTED, r#"{"status":"OK"}"#.into()),
            Err(_) => failure(
                StatusCode::FORBIDDEN,
                "InvalidStateTransition",
                "the function was stopped",
            ),
        }
    }

    async fn next(&self) -> Response<Full<Bytes>> {
        self.report(RuntimeEvent::AskedForNext);
        let Some(invocation) = self.invocations.lock().await.recv().await else {
            return failure(
                StatusCode::FORBIDDEN,
                "InvalidStateTransition",
                "the function was stopped",
            );
        };
        self.set_current(Some(Arc::clone(&invocation.request_id)));
        self.report(RuntimeEvent::Delivered);
        let mut response = answer(StatusCode::OK, invocation.payload);
        let mut header = |name: &'static str, value: HeaderValue| {
            response
                .headers_mut()
                .insert(HeaderName::from_static(name), value);
        };
        if let Ok(value) = HeaderValue::from_str(&invocation.request_id) {
            header("lambda-runtime-aws-request-id", value);
        }
        let trace_id = trace_id(&invocation.request_id, invocation.deadline_ms / 1000);
        if let Ok(value) = HeaderValue::try_from(trace_id) {
            header("lambda-runtime-trace-id", value);
        }
        header("lambda-runtime-deadline-ms", invocation.deadline_ms.into());
        header(
            "lambda-runtime-invoked-function-arn",
            invocation.function_arn,
        );
        if let Some(value) = invocation.client_context {
            header("lambda-runtime-client-context", value);
        }
        response
    }

    async fn response(
        &self,
        request_id: &str,
        request: Request<Incoming>,
    ) -> Response<Full<Bytes>> {
        if !self.is_current(request_id) {
            return unknown_request_id();
        }
        match read_body(request.into_body()).await {
            Err(error) => unreadable(&error),
            Ok(body) => {
                self.set_current(None);
                match body {
                    Some(payload) => self.report(RuntimeEvent::Response(payload)),
                    None => {
                        self.report(RuntimeEvent::ResponseTooLarge);
                        too_large()
                    }
                }
            }
        }
    }

    async fn error(&self, request_id: &str, request: Request<Incoming>) -> Response<Full<Bytes>> {
        if !self.is_current(request_id) {
            return unknown_request_id();
        }
        let answer = self.error_report(request, RuntimeEvent::Error).await;
        self.set_current(None);
        answer
    }

    async fn init_error(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        self.error_report(request, RuntimeEvent::InitError).await
    }

    async fn error_report(
        &self,
        request: Request<Incoming>,
        event: fn(ErrorReport) -> RuntimeEvent,
    ) -> Response<Full<Bytes>> {
        let header = request.headers().get(ERROR_TYPE_HEADER);
        let error_type = header.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        match read_body(request.into_body()).await {
            Err(error) => unreadable(&error),
            Ok(Some(body)) => self.report(event(ErrorReport { error_type, body })),
            Ok(None) => {
                // The name still counts.
                self.report(event(ErrorReport {
                    error_type,
                    body: Bytes::new(),
                }));
                too_large()
            }
        }
    }

    fn set_current(&self, request_id: Option<Arc<str>>) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = request_id;
    }

    fn is_current(&self, request_id: &str) -> bool {
        self.current
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_deref()
            == Some(request_id)
    }
}

/// Runtimes expect one; nothing is traced (`Sampled=0`).
fn trace_id(request_id: &str, seconds: u64) -> String {
    let hex: String = request_id.chars().filter(char::is_ascii_hexdigit).collect();
    let (root, parent) = hex.split_at_checked(24).unwrap_or((&hex, "0"));
    format!("Root=1-{seconds:08x}-{root};Parent={parent:0>16};Sampled=0")
}

/// The whole body, or `None` if it is too large. It is read to its end in any case: the process is still writing.
async fn read_body(mut body: Incoming) -> Result<Option<Bytes>, hyper::Error> {
    let mut kept = BytesMut::new();
    let mut bytes = 0_usize;
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            bytes = bytes.saturating_add(data.len());
            if bytes <= MAX_RESPONSE_BYTES {
                kept.extend_from_slice(&data);
            }
        }
    }
    Ok((bytes <= MAX_RESPONSE_BYTES).then(|| kept.freeze()))
}

fn answer(status: StatusCode, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert(
        http::header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    response
}

fn failure(status: StatusCode, error_type: &str, message: &str) -> Response<Full<Bytes>> {
    let body = serde_json::json!({ "errorMessage": message, "errorType": error_type });
    answer(status, body.to_string().into())
}

fn unknown_request_id() -> Response<Full<Bytes>> {
    failure(
        StatusCode::BAD_REQUEST,
        "InvalidRequestID",
        "this invocation is not running",
    )
}

fn unreadable(error: &hyper::Error) -> Response<Full<Bytes>> {
    failure(
        StatusCode::BAD_REQUEST,
        "InvalidRequest",
        &error.to_string(),
    )
}

fn too_large() -> Response<Full<Bytes>> {
    let message = format!("Exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes).");
    failure(
        StatusCode::PAYLOAD_TOO_LARGE,
        "RequestEntityTooLarge",
        &message,
    )
}

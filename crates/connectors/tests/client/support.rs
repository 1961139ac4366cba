//! Servers and clients of the tests.

use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_async::rt::sleep::{AsyncSleep, SharedAsyncSleep, Sleep};
use bytes::Bytes;
use connectors::aws::{AwsClient, AwsConfig};
use connectors::{CallError, CallRequest, Connectors, LocalFunctions, ResourceRef, TaskFailure};
use http::Response;
use http_body_util::{BodyExt, Full};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Barrier;

/// The secret key of [`connectors_with`]: no message may show it.
pub const SECRET: &str = "topsecret";

/// Does not wait, and remembers that it should have.
#[derive(Debug, Clone, Default)]
pub struct NoSleep(pub Arc<Mutex<Vec<Duration>>>);

impl AsyncSleep for NoSleep {
    fn sleep(&self, duration: Duration) -> Sleep {
        self.0.lock().unwrap().push(duration);
        Sleep::new(async {})
    }
}

/// A request as the server saw it.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    pub uri: String,
    pub headers: http::HeaderMap,
    pub body: String,
}

/// Answers requests in order with the given responses, the last one for ever.
pub struct Server {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    connections: Arc<AtomicUsize>,
}

impl Server {
    pub async fn start(answers: Vec<Response<String>>) -> Server {
        Server::answering_at_once(0, answers).await
    }

    /// The first requests get their answers when all of them are there.
    pub async fn answering_at_once(first: usize, answers: Vec<Response<String>>) -> Server {
        let together = Arc::new(Barrier::new(first));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let connections: Arc<AtomicUsize> = Arc::default();
        let (answers, log, accepted) = (Arc::new(answers), seen.clone(), connections.clone());
        tokio::spawn(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else {
                    return;
                };
                accepted.fetch_add(1, Ordering::Relaxed);
                let (answers, log, together) = (answers.clone(), log.clone(), together.clone());
                let service = service_fn(move |request: http::Request<hyper::body::Incoming>| {
                    let (answers, log, together) = (answers.clone(), log.clone(), together.clone());
                    async move {
                        let (parts, body) = request.into_parts();
                        let body = body.collect().await.unwrap().to_bytes();
                        let number = {
                            let mut log = log.lock().unwrap();
                            log.push(Seen {
                                method: parts.method.to_string(),
                                uri: parts.uri.to_string(),
                                headers: parts.headers,
                                body: String::from_utf8_lossy(&body).into_owned(),
                            });
                            log.len() - 1
                        };
                        if number < first {
                            together.wait().await;
                        }
                        let answer = &answers[number.min(answers.len() - 1)];
                        Ok::<_, Infallible>(answer.clone().map(|text| Full::new(Bytes::from(text))))
                    }
                });
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        Server {
            url,
            seen,
            connections,
        }
    }

    /// How many connections it accepted.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

/// Reads a request and writes `bytes`, then closes: for answers that no proper server gives.
pub async fn raw_server(bytes: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 65536];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(bytes).await;
            let _ = stream.shutdown().await;
        }
    });
    url
}

pub fn response(status: u16, body: &str) -> Response<String> {
    Response::builder()
        .status(status)
        .header("x-amzn-requestid", "r-1")
        .body(body.to_owned())
        .unwrap()
}

pub fn connectors_with(
    url: &str,
    functions: Option<Arc<dyn LocalFunctions>>,
) -> (Connectors, NoSleep) {
    let sleep = NoSleep::default();
    let config = Arc::new(AwsConfig::fixed(url, "eu-north-1", "AKID", SECRET));
    let client = AwsClient::with_sleep(config, SharedAsyncSleep::new(sleep.clone()));
    (Connectors::new(client, functions), sleep)
}

pub fn sdk(service: &str, action: &str, arguments: Value) -> CallRequest {
    let resource = ResourceRef::AwsSdk {
        service: service.into(),
        action: action.into(),
    };
    CallRequest {
        resource,
        arguments,
        role_arn: None,
        call_key: "execution/1/0/0".into(),
        execution_arn: None,
    }
}

pub fn optimized(service: &str, action: &str, arguments: Value) -> CallRequest {
    let resource = ResourceRef::Optimized {
        service: service.into(),
        action: action.into(),
    };
    CallRequest {
        resource,
        ..sdk("", "", arguments)
    }
}

pub async fn call(url: &str, request: CallRequest) -> Result<Value, CallError> {
    connectors_with(url, None).0.call(&request).await
}

pub async fn failure(url: &str, request: CallRequest) -> TaskFailure {
    match call(url, request).await {
        Err(CallError::Failed(failure)) => {
            assert!(!failure.cause.contains(SECRET), "{}", failure.cause);
            failure
        }
        other => panic!("{other:?}"),
    }
}

#[track_caller]
pub fn cause_begins(failure: &TaskFailure, with: &str) {
    assert!(failure.cause.starts_with(with), "{}", failure.cause);
}

#[track_caller]
pub fn cause_ends(failure: &TaskFailure, with: &str) {
    assert!(failure.cause.ends_with(with), "{}", failure.cause);
}

#[track_caller]
pub fn cause_has(failure: &TaskFailure, part: &str) {
    assert!(failure.cause.contains(part), "{}", failure.cause);
}

pub const DESCRIBED: &str =
    "<DescribeInstancesResponse><nextToken>t</nextToken></DescribeInstancesResponse>";
pub const REBOOTED: &str =
    "<RebootInstancesResponse><return>true</return></RebootInstancesResponse>";

pub fn reboot() -> CallRequest {
    sdk("ec2", "rebootInstances", json!({"InstanceIds": ["i-1"]}))
}

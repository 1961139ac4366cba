//! What a call through the client costs beside the same exchange by hand: the same server, a hand-made body, the answer read
//! without a model, no signature.

use std::convert::Infallible;
use std::hint::black_box;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use connectors::aws::{AwsClient, AwsConfig};
use connectors::{CallRequest, Connectors, ResourceRef};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use quick_xml::events::Event;
use quick_xml::{Reader, XmlVersion};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

use crate::measure::{Line, ROUNDS, micros};

const TARGET: f64 = 1.5;
const CALLS: u32 = 300;

/// A call, and how it looks on the wire.
struct Case {
    name: &'static str,
    resource: ResourceRef,
    arguments: Value,
    content_type: &'static str,
    target: Option<&'static str>,
    body: &'static str,
    answer: &'static str,
}

fn cases() -> [Case; 2] {
    let sdk = |service: &str, action: &str| ResourceRef::AwsSdk {
        service: service.to_owned(),
        action: action.to_owned(),
    };
    [
        Case {
            name: "aws-sdk:ssm:getParameter",
            resource: sdk("ssm", "getParameter"),
            arguments: json!({"Name": "/service/url"}),
            content_type: "application/x-amz-json-1.1",
            target: Some("AmazonSSM.GetParameter"),
            body: r#"{"Name":"/service/url"}"#,
            answer: r#"{"Parameter":{"Name":"/service/url","Type":"String","Value":"https://example.com","Version":3,"LastModifiedDate":1760000000.123,"ARN":"arn:aws:ssm:eu-north-1:123456789012:parameter/service/url","DataType":"text"}}"#,
        },
        Case {
            name: "aws-sdk:ec2:describeInstanceStatus",
            resource: sdk("ec2", "describeInstanceStatus"),
            arguments: json!({"InstanceIds": ["i-0123456789abcdef0"]}),
            content_type: "application/x-www-form-urlencoded; charset=utf-8",
            target: None,
            body: "Action=DescribeInstanceStatus&Version=2016-11-15&InstanceId.1=i-0123456789abcdef0",
            answer: r#"<?xml version="1.0" encoding="UTF-8"?><DescribeInstanceStatusResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>0ee7a2c3</requestId><instanceStatusSet><item><instanceId>i-0123456789abcdef0</instanceId><availabilityZone>eu-north-1a</availabilityZone><instanceState><code>16</code><name>running</name></instanceState><systemStatus><status>ok</status><details><item><name>reachability</name><status>passed</status></item></details></systemStatus><instanceStatus><status>ok</status><details><item><name>reachability</name><status>passed</status></item></details></instanceStatus></item></instanceStatusSet></DescribeInstanceStatusResponse>"#,
        },
    ]
}

pub fn sequential() -> Vec<Line> {
    cases().iter().map(measure).collect()
}

fn measure(case: &Case) -> Line {
    let runtime = runtime();
    let address = runtime.block_on(serve(case.answer));
    let url = format!("http://{address}/");
    let by_hand: Client<_, Full<Bytes>> =
        Client::builder(TokioExecutor::new()).build(HttpConnector::new());
    let config = AwsConfig::fixed(&url, "eu-north-1", "AKIDEXAMPLE", "secret");
    let connectors = Connectors::new(AwsClient::new(Arc::new(config)), None);
    let request = CallRequest {
        resource: case.resource.clone(),
        arguments: case.arguments.clone(),
        role_arn: None,
        call_key: "execution/1/0/0".to_owned(),
        execution_arn: None,
    };
    let mut best = [Duration::MAX; 2];
    // In turns, so that a busy moment of the machine meets both.
    for _ in 0..ROUNDS {
        let hand = time(&runtime, || exchange(&by_hand, &url, case));
        let ours = time(&runtime, || async {
            black_box(connectors.call(&request).await.expect("an answer"));
        });
        best = [best[0].min(hand), best[1].min(ours)];
    }
    let [hand, ours] = best.map(|time| micros(time) / f64::from(CALLS));
    Line {
        name: case.name,
        measured: format!("{ours:.0} µs"),
        baseline: format!("{:.2} x by hand ({hand:.0} µs)", ours / hand),
        target: format!("<= {TARGET} x"),
        holds: Some(ours / hand <= TARGET),
    }
}

/// The time of so many calls, one after the other.
fn time<F: Future<Output = ()>>(runtime: &Runtime, call: impl Fn() -> F) -> Duration {
    runtime.block_on(async {
        let begun = Instant::now();
        for _ in 0..CALLS {
            call().await;
        }
        begun.elapsed()
    })
}

async fn exchange(client: &Client<HttpConnector, Full<Bytes>>, url: &str, case: &Case) {
    let mut request = Request::post(url).header("content-type", case.content_type);
    if let Some(target) = case.target {
        request = request.header("x-amz-target", target);
    }
    let request = request.body(Full::new(Bytes::from_static(case.body.as_bytes())));
    let response = client.request(request.expect("a request")).await;
    let body = response.expect("a response").into_body().collect().await;
    let body = body.expect("a body").to_bytes();
    let _ = match case.target {
        Some(_) => black_box(serde_json::from_slice::<Value>(&body).expect("JSON")),
        None => black_box(texts(std::str::from_utf8(&body).expect("UTF-8"))),
    };
}

/// The texts of an XML document, by the names of their elements.
fn texts(document: &str) -> Value {
    let mut reader = Reader::from_str(document);
    let (mut texts, mut element) = (Map::new(), String::new());
    loop {
        match reader.read_event().expect("XML") {
            Event::Start(start) => element = start.local_name().as_ref().to_owned(),
            Event::Text(text) => {
                let text = text.xml_content(XmlVersion::Implicit1_0).into_owned();
                texts.insert(element.clone(), text.into());
            }
            Event::Eof => return texts.into(),
            _ => {}
        }
    }
}

/// A server that gives everybody the same answer, on the client's own thread: waking another processor would cost more than
/// the call, and now more and now less.
async fn serve(answer: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            let service = service_fn(move |request: Request<Incoming>| async move {
                let _ = request.into_body().collect().await;
                let body = Full::new(Bytes::from_static(answer.as_bytes()));
                Ok::<_, Infallible>(Response::new(body))
            });
            tokio::spawn(
                hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service),
            );
        }
    });
    address
}

fn runtime() -> Runtime {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

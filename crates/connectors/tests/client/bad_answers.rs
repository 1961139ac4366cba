//! Servers that are broken, lost or not what they should be: each gives an error that a Catch can handle and a person
//! understands; nothing panics, nothing shows a secret.

use std::sync::Arc;
use std::time::Duration;

use aws_smithy_async::rt::sleep::SharedAsyncSleep;
use connectors::aws::{AwsClient, AwsConfig, Timeouts};
use connectors::{CallError, Connectors, TaskFailure};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::support::{
    NoSleep, SECRET, Server, call, cause_begins, cause_ends, cause_has, failure, raw_server,
    reboot, response, sdk,
};

fn parameter() -> connectors::CallRequest {
    sdk("ssm", "putParameter", json!({"Name": "n", "Value": "v"}))
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = Server::start(vec![response(200, "{}")]).await;
    for status in [301, 302, 303, 307, 308] {
        let mut answer = response(status, "");
        answer
            .headers_mut()
            .insert("location", elsewhere.url.parse().unwrap());
        let server = Server::start(vec![answer]).await;
        let failed = failure(&server.url, parameter()).await;
        assert_eq!(failed.error, "Ssm.SsmException");
        let told = format!("Service returned HTTP status code {status}");
        assert!(failed.cause.starts_with(&told), "{}", failed.cause);
        assert_eq!(server.seen().len(), 1, "a write");
    }
    assert!(
        elsewhere.seen().is_empty(),
        "a signed request is for one server"
    );
}

#[tokio::test]
async fn successes_that_say_nothing() {
    let get = || sdk("ssm", "getParameter", json!({"Name": "n"}));
    for body in [
        "<!doctype html><p>Log in",
        "<html>",
        "{\"Parameter\": ",
        "[]",
        "\u{1f600}",
        "null null",
    ] {
        let server = Server::start(vec![response(200, body)]).await;
        let failed = failure(&server.url, get()).await;
        assert_eq!(
            failed.error, "Ssm.SdkClientException",
            "{body}: {}",
            failed.cause
        );
        let begin = "Unable to unmarshall response (";
        assert!(failed.cause.starts_with(begin), "{}", failed.cause);
        assert_eq!(server.seen().len(), 1);
    }
    for body in [
        "<!doctype html><p>Log in",
        "<html>",
        "<DescribeInstancesResponse><nextToken>t",
        "no XML",
        "",
    ] {
        let server = Server::start(vec![response(200, body)]).await;
        let read = sdk("ec2", "describeInstances", json!({}));
        let failed = failure(&server.url, read).await;
        assert_eq!(failed.error, "Ec2.SdkClientException", "{body}");
    }
    // The type of the content is not what decides: some servers and emulators send none, or a wrong one.
    let mut answer = response(200, r#"{"Parameter": {"Name": "n"}}"#);
    answer
        .headers_mut()
        .insert("content-type", "text/html".parse().unwrap());
    let server = Server::start(vec![answer]).await;
    assert_eq!(
        call(&server.url, get()).await.unwrap()["Parameter"]["Name"],
        "n"
    );
}

#[tokio::test]
async fn headers_that_contradict_each_other() {
    let url =
        raw_server(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}!").await;
    let failed = failure(&url, parameter()).await;
    assert_eq!(failed.error, "Ssm.SdkClientException");
    let twice = b"HTTP/1.1 400 Bad Request\r\nx-amzn-requestid: r-1\r\nx-amzn-requestid: r-2\r\nContent-Length: 49\r\n\r\n{\"__type\":\"ParameterAlreadyExists\",\"message\":\"m\"}";
    let failed = failure(&raw_server(twice).await, parameter()).await;
    assert_eq!(
        failed,
        TaskFailure::new(
            "Ssm.ParameterAlreadyExistsException",
            "m (Service: Ssm, Status Code: 400, Request ID: r-1)"
        )
    );
    let many: Vec<u8> = (0..2000)
        .flat_map(|i| format!("h{i}: v\r\n").into_bytes())
        .collect();
    let many = [b"HTTP/1.1 200 OK\r\n", many.as_slice(), b"\r\n"]
        .concat()
        .leak();
    let failed = failure(&raw_server(many).await, parameter()).await;
    assert_eq!(failed.error, "Ssm.SdkClientException");
    cause_begins(&failed, "Unable to execute HTTP request: ");
}

#[tokio::test]
async fn a_promise_of_a_hundred_megabytes_is_refused_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut vec![0; 65536]).await;
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n{";
        stream.write_all(head).await.unwrap();
        // The rest never comes.
        let _ = stream.read(&mut [0; 1]).await;
        listener
    });
    let get = sdk("ssm", "getParameter", json!({"Name": "n"}));
    let failed = failure(&url, get).await;
    assert_eq!(failed.error, "Ssm.SdkClientException");
    assert!(
        failed
            .cause
            .ends_with("the response is larger than 16777216 bytes (SDK Attempt Count: 1)"),
        "a read, but the next answer is no smaller: {}",
        failed.cause
    );
    server.await.unwrap();
}

/// A client that loses patience at once.
async fn impatient(url: &str, request: connectors::CallRequest) -> TaskFailure {
    let config = AwsConfig::fixed(url, "eu-north-1", "AKID", SECRET);
    let sleep = SharedAsyncSleep::new(NoSleep::default());
    let soon = Duration::from_millis(30);
    let timeouts = Timeouts {
        call: soon,
        long_call: soon,
    };
    let client = AwsClient::with_sleep(Arc::new(config), sleep).with_timeouts(timeouts);
    match Connectors::new(client, None).call(&request).await {
        Err(CallError::Failed(failure)) => failure,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn silence_has_an_end() {
    for beginning in [
        &b""[..],
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{",
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move {
            let mut kept = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.read(&mut vec![0; 65536]).await;
                let _ = stream.write_all(beginning).await;
                kept.push(stream);
            }
        });
        let failed = impatient(&url, reboot()).await;
        assert_eq!(
            failed,
            TaskFailure::new(
                "Ec2.SdkClientException",
                "Unable to execute HTTP request: Read timed out after 0.03 seconds (SDK Attempt Count: 1)"
            )
        );
        let read = sdk("ec2", "describeInstances", json!({}));
        let failed = impatient(&url, read).await;
        cause_ends(&failed, "(SDK Attempt Count: 3)");
        server.abort();
    }
}

#[tokio::test]
async fn connections_that_break() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // What is not read when a socket is closed resets the connection.
            stream.peek(&mut [0]).await.unwrap();
        }
    });
    let failed = failure(&url, reboot()).await;
    assert_eq!(failed.error, "Ec2.SdkClientException");
    cause_begins(&failed, "Unable to execute HTTP request: ");
    cause_ends(&failed, "(SDK Attempt Count: 1)");
}

#[tokio::test]
async fn a_server_without_tls_behind_https() {
    let url = raw_server(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await;
    let failed = failure(&url.replace("http:", "https:"), parameter()).await;
    assert_eq!(failed.error, "Ssm.SdkClientException");
    let begin = "Unable to execute HTTP request: ";
    assert!(failed.cause.starts_with(begin), "{}", failed.cause);
    cause_has(&failed, "corrupt message");
}

#[tokio::test]
async fn a_host_that_is_not_there() {
    let failed = failure("http://stepwright.invalid", parameter()).await;
    assert_eq!(failed.error, "Ssm.SdkClientException");
    cause_ends(&failed, "(SDK Attempt Count: 3)");
}

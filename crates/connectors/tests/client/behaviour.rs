//! What the AWS SDKs do between a call and its answer: retries, connections, clocks, checksums, buckets.

use std::collections::HashSet;
use std::io::Read;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use connectors::CallError;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::support::{
    DESCRIBED, REBOOTED, Seen, Server, call, cause_has, connectors_with, failure, reboot, response,
    sdk,
};

fn describe() -> connectors::CallRequest {
    sdk("ec2", "describeInstances", json!({}))
}

fn header<'a>(seen: &'a Seen, name: &str) -> &'a str {
    seen.headers
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn attempts_are_numbered_and_belong_together() {
    let busy = response(503, "<Response/>");
    let server = Server::start(vec![busy, response(200, DESCRIBED)]).await;
    let (connectors, _) = connectors_with(&server.url, None);
    connectors.call(&describe()).await.unwrap();
    let mut other = describe();
    other.call_key = "another".into();
    connectors.call(&other).await.unwrap();
    let seen = server.seen();
    let numbers: Vec<&str> = seen.iter().map(|s| header(s, "amz-sdk-request")).collect();
    assert_eq!(
        numbers,
        ["attempt=1; max=3", "attempt=2; max=3", "attempt=1; max=3"]
    );
    let ids: Vec<&str> = seen
        .iter()
        .map(|s| header(s, "amz-sdk-invocation-id"))
        .collect();
    assert_eq!(ids[0].len(), 36);
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[0], ids[2]);
}

#[tokio::test]
async fn retries_end_when_a_service_is_out_of_order() {
    let server = Server::start(vec![response(503, "<Response/>")]).await;
    let (connectors, _) = connectors_with(&server.url, None);
    for _ in 0..60 {
        connectors.call(&describe()).await.unwrap_err();
    }
    // 500 tokens pay for 100 retries: 50 calls with two each, then none.
    assert_eq!(server.seen().len(), 50 * 3 + 10);
}

#[tokio::test]
async fn a_service_may_name_the_pause() {
    let mut busy = response(503, "<Response/>");
    busy.headers_mut()
        .insert("x-amz-retry-after", "1500".parse().unwrap());
    let server = Server::start(vec![busy, response(200, DESCRIBED)]).await;
    let (connectors, sleep) = connectors_with(&server.url, None);
    connectors.call(&describe()).await.unwrap();
    assert_eq!(*sleep.0.lock().unwrap(), [Duration::from_millis(1500)]);
}

#[tokio::test]
async fn connections_are_used_again() {
    let server = Server::start(vec![response(200, REBOOTED)]).await;
    let (connectors, _) = connectors_with(&server.url, None);
    for _ in 0..20 {
        connectors.call(&reboot()).await.unwrap();
    }
    assert_eq!((server.seen().len(), server.connections()), (20, 1));
}

/// Each connection answers once and is closed, which the client only sees when it wants to use it again.
#[tokio::test]
async fn a_write_survives_the_end_of_a_kept_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let mut answered = 0;
        while answered < 5 {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 65536];
            if stream.read(&mut request).await.unwrap() == 0 {
                continue;
            }
            let length = REBOOTED.len();
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{REBOOTED}");
            stream.write_all(answer.as_bytes()).await.unwrap();
            answered += 1;
        }
        answered
    });
    let (connectors, sleep) = connectors_with(&url, None);
    for _ in 0..5 {
        connectors.call(&reboot()).await.unwrap();
    }
    assert_eq!(server.await.unwrap(), 5, "none was sent twice");
    assert_eq!(sleep.0.lock().unwrap().len(), 0, "and none counted as lost");
}

/// An answer that refuses a signature, an hour from now.
fn skewed(code: &str, seconds: i64) -> http::Response<String> {
    let now = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(seconds);
    let date = jiff::fmt::rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&now)
        .unwrap();
    let mut refused = response(403, &json!({"__type": code, "message": "no"}).to_string());
    refused.headers_mut().insert("date", date.parse().unwrap());
    refused
}

fn parameter() -> connectors::CallRequest {
    sdk("ssm", "putParameter", json!({"Name": "n", "Value": "v"}))
}

/// Seconds from now to the time of a signature.
fn signed_ahead(seen: &Seen) -> i64 {
    let date = header(seen, "x-amz-date");
    let parsed = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", date).unwrap();
    let signed = jiff::tz::Offset::UTC.to_timestamp(parsed).unwrap();
    signed.duration_since(jiff::Timestamp::now()).as_secs()
}

#[tokio::test]
async fn a_wrong_clock_is_corrected_for_this_call_and_the_next() {
    for (code, seconds) in [
        ("InvalidSignatureException", 3600),
        ("RequestExpired", -3600),
    ] {
        let server = Server::start(vec![skewed(code, seconds), response(200, "{}")]).await;
        let (connectors, _) = connectors_with(&server.url, None);
        connectors.call(&parameter()).await.unwrap();
        connectors.call(&parameter()).await.unwrap();
        let ahead: Vec<i64> = server.seen().iter().map(signed_ahead).collect();
        assert!(ahead[0].abs() < 60, "{ahead:?}");
        assert!((ahead[1] - seconds).abs() < 60, "{ahead:?}");
        assert!((ahead[2] - seconds).abs() < 60, "{ahead:?}");
        assert_eq!(ahead.len(), 3);
    }
}

#[tokio::test]
async fn a_wrong_signature_at_the_right_time_is_told() {
    let server = Server::start(vec![skewed("InvalidSignatureException", 5)]).await;
    let failed = failure(&server.url, parameter()).await;
    assert_eq!(failed.error, "Ssm.SsmException");
    assert_eq!(server.seen().len(), 1);
    // Where the clock is no remedy either, attempts have an end.
    let answers = (1..9).map(|i| skewed("RequestExpired", 3600 * i)).collect();
    let server = Server::start(answers).await;
    failure(&server.url, parameter()).await;
    assert_eq!(server.seen().len(), 3);
}

fn put_object(more: Value) -> connectors::CallRequest {
    let mut arguments = json!({"Bucket": "b", "Key": "k", "Body": "hello"});
    let object = arguments.as_object_mut().unwrap();
    object.extend(more.as_object().cloned().unwrap_or_default());
    sdk("s3", "putObject", arguments)
}

#[tokio::test]
async fn objects_go_with_a_checksum() {
    let server = Server::start(vec![response(200, "")]).await;
    call(&server.url, put_object(json!({}))).await.unwrap();
    let sha256 = STANDARD.encode(Sha256::digest(b"hello"));
    let chosen = json!({"ChecksumAlgorithm": "SHA256"});
    call(&server.url, put_object(chosen)).await.unwrap();
    let given = json!({"ChecksumCRC32": "given"});
    call(&server.url, put_object(given)).await.unwrap();
    let unknown = json!({"ChecksumAlgorithm": "XXHASH3"});
    let failed = failure(&server.url, put_object(unknown)).await;
    assert_eq!(failed.error, "S3.SdkClientException");
    let seen = server.seen();
    assert_eq!(seen.len(), 3);
    let checksum = |i: usize, algorithm: &str| {
        header(&seen[i], &format!("x-amz-checksum-{algorithm}")).to_owned()
    };
    let algorithm = |i: usize| header(&seen[i], "x-amz-sdk-checksum-algorithm");
    // CRC-32 of "hello" is 0x3610a686.
    assert_eq!(
        (checksum(0, "crc32").as_str(), algorithm(0)),
        ("NhCmhg==", "CRC32")
    );
    assert_eq!((checksum(1, "sha256"), algorithm(1)), (sha256, "SHA256"));
    assert_eq!(checksum(1, "crc32"), "");
    assert_eq!((checksum(2, "crc32").as_str(), algorithm(2)), ("given", ""));
    assert_eq!(
        seen[0].uri,
        "/b/k?x-id=PutObject".trim_end_matches("?x-id=PutObject")
    );
}

#[tokio::test]
async fn objects_are_compared_with_their_checksum() {
    let with = |name: &'static str, value: &str| {
        let mut answer = response(200, "hello");
        answer.headers_mut().insert(name, value.parse().unwrap());
        answer
    };
    let server = Server::start(vec![
        with("x-amz-checksum-crc32", "NhCmhg=="),
        with("x-amz-checksum-crc32", "AAAAAA=="),
        with("x-amz-checksum-crc32", "AAAAAA==-3"),
        with("x-amz-checksum-xxhash3", "?"),
    ])
    .await;
    let (connectors, _) = connectors_with(&server.url, None);
    let get = sdk("s3", "getObject", json!({"Bucket": "b", "Key": "k"}));
    assert_eq!(connectors.call(&get).await.unwrap()["Body"], "hello");
    let Err(CallError::Failed(failed)) = connectors.call(&get).await else {
        panic!("read all the same")
    };
    assert_eq!(failed.error, "S3.SdkClientException");
    cause_has(&failed, "Was NhCmhg==, but expected AAAAAA==");
    for _ in 0..2 {
        connectors.call(&get).await.unwrap();
    }
    assert_eq!(header(&server.seen()[0], "x-amz-checksum-mode"), "ENABLED");
}

#[tokio::test]
async fn a_bucket_elsewhere_is_asked_there() {
    let mut moved = response(301, "<Error><Code>PermanentRedirect</Code></Error>");
    moved
        .headers_mut()
        .insert("x-amz-bucket-region", "eu-west-3".parse().unwrap());
    let document =
        "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-south-1</Region></Error>";
    let answers = vec![
        moved,
        response(200, ""),
        response(200, ""),
        response(400, document),
        response(200, ""),
    ];
    let server = Server::start(answers).await;
    let (connectors, _) = connectors_with(&server.url, None);
    for bucket in ["b", "b", "c"] {
        connectors
            .call(&put_object(json!({"Bucket": bucket})))
            .await
            .unwrap();
    }
    let regions: Vec<String> = server
        .seen()
        .iter()
        .map(|seen| {
            header(seen, "authorization")
                .split('/')
                .nth(2)
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(
        regions,
        [
            "eu-north-1",
            "eu-west-3",
            "eu-west-3",
            "eu-north-1",
            "eu-south-1"
        ]
    );
    // A server that always sends elsewhere is not followed for ever.
    let mut moved = response(301, "");
    moved
        .headers_mut()
        .insert("x-amz-bucket-region", "eu-west-3".parse().unwrap());
    let server = Server::start(vec![moved]).await;
    let failed = failure(&server.url, put_object(json!({}))).await;
    assert_eq!(
        (failed.error.as_str(), server.seen().len()),
        ("S3.S3Exception", 2)
    );
}

#[tokio::test]
async fn calls_under_way_learn_what_another_one_learned_first() {
    let mut moved = response(301, "");
    let region = "eu-west-3".parse().unwrap();
    moved.headers_mut().insert("x-amz-bucket-region", region);
    let refusals = [
        (skewed("RequestExpired", 3600), parameter()),
        (moved, put_object(json!({}))),
    ];
    for (refusal, request) in refusals {
        let answers = vec![refusal.clone(), refusal, response(200, "{}")];
        let server = Server::answering_at_once(2, answers).await;
        let (connectors, _) = connectors_with(&server.url, None);
        let both = tokio::join!(connectors.call(&request), connectors.call(&request));
        assert!(both.0.is_ok() && both.1.is_ok(), "{both:?}");
    }
}

/// Reads a request whole, gives its body back.
async fn one_request(listener: TcpListener) -> (String, Vec<u8>) {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut bytes = Vec::new();
    loop {
        stream.read_buf(&mut bytes).await.unwrap();
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8(bytes[..end].to_vec())
            .unwrap()
            .to_lowercase();
        let (_, length) = head.split_once("content-length: ").unwrap();
        let length: usize = length.lines().next().unwrap().parse().unwrap();
        if bytes.len() >= end + 4 + length {
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
                .await
                .unwrap();
            return (head, bytes.split_off(end + 4));
        }
    }
}

#[tokio::test]
async fn large_metrics_are_compressed() {
    let put = |count: usize| {
        let names: HashSet<usize> = (0..count).collect();
        let data: Vec<Value> = names
            .iter()
            .map(|i| json!({"MetricName": format!("m{i}"), "Value": 1}))
            .collect();
        sdk(
            "cloudwatch",
            "putMetricData",
            json!({"Namespace": "n", "MetricData": data}),
        )
    };
    for (count, is_compressed) in [(1, false), (1000, true)] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = tokio::spawn(one_request(listener));
        call(&url, put(count)).await.unwrap();
        let (head, body) = seen.await.unwrap();
        assert_eq!(
            head.contains("content-encoding: gzip"),
            is_compressed,
            "{head}"
        );
        let text = match is_compressed {
            true => {
                let mut text = String::new();
                flate2::read::GzDecoder::new(body.as_slice())
                    .read_to_string(&mut text)
                    .unwrap();
                assert!(text.len() > 10_240 && body.len() < text.len());
                text
            }
            false => String::from_utf8(body).unwrap(),
        };
        assert!(text.contains(&format!("m{}", count - 1)), "{text}");
    }
}

#[tokio::test]
async fn copies_from_another_region_have_its_presigned_request() {
    let server = Server::start(vec![response(
        200,
        "<CopyDBSnapshotResponse><CopyDBSnapshotResult/></CopyDBSnapshotResponse>",
    )])
    .await;
    let copy = |region: &str| {
        let arguments = json!({
            "SourceDBSnapshotIdentifier": "arn:aws:rds:eu-west-1:1:snapshot:s",
            "TargetDBSnapshotIdentifier": "t",
            "SourceRegion": region,
        });
        sdk("rds", "copyDBSnapshot", arguments)
    };
    call(&server.url, copy("eu-west-1")).await.unwrap();
    let body = server.seen()[0].body.clone();
    for part in [
        // The URL is that of AWS, also when the client's own endpoint is not.
        "&PreSignedUrl=https%3A%2F%2Frds.eu-west-1.amazonaws.com%2F%3FAction%3DCopyDBSnapshot",
        "%26DestinationRegion%3Deu-north-1%26",
        "%252Feu-west-1%252Frds%252Faws4_request",
        "%26X-Amz-Expires%3D604800%26",
        "%26X-Amz-Signature%3D",
    ] {
        assert!(body.contains(part), "{part} in {body}");
    }
    assert!(!body.contains("SourceRegion"), "{body}");
    let refused = failure(&server.url, copy("evil.example/")).await;
    assert_eq!(refused.error, "Rds.SdkClientException");
    assert_eq!(server.seen().len(), 1);
}

//! `stepwright serve` before any operation: requests that it refuses, and clients that behave badly.

use std::io::{Read, Write};
use std::process::Command;

use serde_json::{Value, json};

use crate::serving::{JSON, Served, text};
use crate::support::{Folder, succeeded};

#[test]
fn what_is_no_request_of_the_api_gets_the_answers_of_aws() {
    let folder = Folder::new();
    let server = Served::start(&folder, &["--aws-limits"]);
    let list = "X-Amz-Target: AWSStepFunctions.ListStateMachines\r\n";
    for (method, path, headers, status) in [
        ("POST", "/", JSON.to_owned(), 400),
        (
            "POST",
            "/",
            format!("{JSON}X-Amz-Target: AWSStepFunctions.Nothing\r\n"),
            400,
        ),
        (
            "POST",
            "/",
            format!("{JSON}X-Amz-Target: AWSStepFunctions.\r\n"),
            400,
        ),
        (
            "POST",
            "/",
            format!("{JSON}X-Amz-Target: DynamoDB_20120810.ListTables\r\n"),
            400,
        ),
        (
            "POST",
            "/",
            format!("Content-Type: application/json\r\n{list}"),
            404,
        ),
        ("POST", "/", list.to_owned(), 404),
        ("POST", "/elsewhere", format!("{JSON}{list}"), 404),
        ("GET", "/", format!("{JSON}{list}"), 404),
        ("PUT", "/", format!("{JSON}{list}"), 404),
    ] {
        let (answered, body) = server.request(method, path, &headers, "{}");
        assert_eq!(answered, status, "{method} {path} {headers:?}: {body}");
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            body["__type"], "UnknownOperationException",
            "{method} {path} {headers:?}"
        );
    }
    let (status, body) = server.call_with("ListStateMachines", "{", "");
    assert_eq!(
        (status, text(&body, "__type")),
        (400, "SerializationException".to_owned())
    );
    // The request itself is fine.
    server.ok("ListStateMachines", json!({}));
}

#[test]
fn requests_are_limited_in_size() {
    let folder = Folder::new();
    let server = Served::start(&folder, &["--aws-limits"]);
    let large = format!("{{\"name\":\"{}\"}}", "x".repeat(1024 * 1024));
    let (status, body) = server.call_with("CreateActivity", &large, "");
    assert_eq!(
        (status, text(&body, "__type")),
        (413, "RequestEntityTooLargeException".to_owned())
    );
    // Refused before the body comes, and in the middle of one that does not say its length.
    let head = format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\n{JSON}X-Amz-Target: AWSStepFunctions.CreateActivity\r\n"
    );
    let announced = server.raw(&format!(
        "{head}Connection: close\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n"
    ));
    assert!(announced.starts_with("HTTP/1.1 413"), "{announced}");
    let mut stream = server.connect();
    write!(
        stream,
        "{head}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    .unwrap();
    let chunk = "x".repeat(64 * 1024);
    // The server may close before it has taken everything.
    let sent = (0..64).try_for_each(|_| write!(stream, "{:x}\r\n{chunk}\r\n", chunk.len()));
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer);
    assert!(
        answer.starts_with("HTTP/1.1 413") || (read.is_err() && sent.is_err()),
        "{answer}"
    );
    let long = format!("X-Long: {}\r\n", "x".repeat(200 * 1024));
    let answer = {
        let mut stream = server.connect();
        let _ = write!(stream, "POST / HTTP/1.1\r\nHost: localhost\r\n{long}\r\n");
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    };
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 431"),
        "{answer}"
    );
    server.ok("ListStateMachines", json!({}));
}

#[test]
fn a_client_that_waits_for_leave_to_send_gets_it() {
    let folder = Folder::new();
    let server = Served::start(&folder, &[]);
    let mut stream = server.connect();
    write!(
        stream,
        "POST / HTTP/1.1\r\nHost: localhost\r\n{JSON}X-Amz-Target: AWSStepFunctions.ListStateMachines\r\n\
         Content-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut leave = [0; 25];
    stream.read_exact(&mut leave).unwrap();
    assert_eq!(&leave, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"{}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn requests_share_a_connection_in_their_order() {
    let folder = Folder::new();
    let server = Served::start(&folder, &[]);
    let request = |operation: &str, more: &str| {
        format!(
            "POST / HTTP/1.1\r\nHost: localhost\r\n{JSON}X-Amz-Target: AWSStepFunctions.{operation}\r\n{more}Content-Length: 2\r\n\r\n{{}}"
        )
    };
    let answer = server.raw(&format!(
        "{}{}{}",
        request("ListStateMachines", ""),
        request("ListActivities", ""),
        request("Nothing", "Connection: close\r\n")
    ));
    let positions: Vec<usize> = ["stateMachines", "activities", "UnknownOperationException"]
        .iter()
        .map(|part| {
            answer
                .find(part)
                .unwrap_or_else(|| panic!("no {part} in {answer}"))
        })
        .collect();
    assert!(positions.is_sorted(), "{answer}");
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 3);
}

#[test]
fn silent_connections_close_one_another_and_nobody_else() {
    let folder = Folder::new();
    let server = Served::start(&folder, &["--max-connections", "8"]);
    let mut kept = server.connect();
    let request = format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\n{JSON}X-Amz-Target: AWSStepFunctions.ListStateMachines\r\nContent-Length: 2\r\n\r\n{{}}"
    );
    let mut silent = Vec::new();
    for i in 0..64 {
        let mut stream = server.connect();
        // Some say nothing, some half a head, some half a body.
        let part = [
            "",
            "POST / HTTP/1.1\r\nHost: loc",
            &request[..request.len() - 1],
        ][i % 3];
        stream.write_all(part.as_bytes()).unwrap();
        silent.push(stream);
        if i % 4 == 0 {
            kept.write_all(request.as_bytes()).unwrap();
            let mut answer = [0; 1024];
            let read = kept.read(&mut answer).unwrap();
            assert!(answer[..read].starts_with(b"HTTP/1.1 200"), "after {i}");
        }
        server.ok("ListStateMachines", json!({}));
    }
    let closed = silent
        .iter()
        .take(40)
        .filter(|stream| crate::serving::is_closed(stream))
        .count();
    assert_eq!(closed, 40, "the oldest have gone");
}

#[test]
fn pages_in_a_browser_cannot_drive_it() {
    let folder = Folder::new();
    let server = Served::start(&folder, &[]);
    let body = "{}";
    let api = format!("{JSON}X-Amz-Target: AWSStepFunctions.ListStateMachines\r\n");
    for (headers, part) in [
        (format!("Host: evil.test\r\n{api}"), "--allowed-host"),
        (
            format!("{api}Origin: http://evil.test\r\n"),
            "http://evil.test",
        ),
        (format!("{api}Origin: null\r\n"), "null"),
        (format!("{api}Sec-Fetch-Site: cross-site\r\n"), "browser"),
        ("Content-Type: text/plain\r\n".to_owned(), "text/plain"),
        (
            "Content-Type: application/x-www-form-urlencoded\r\n".to_owned(),
            "form",
        ),
    ] {
        let (status, answer) = server.request("POST", "/", &headers, body);
        assert_eq!(status, 403, "{headers}: {answer}");
        assert!(
            answer.contains(part) && answer.contains("AccessDeniedException"),
            "{headers}: {answer}"
        );
    }
    let (status, _) = server.request("GET", "/metrics", "Host: evil.test\r\n", "");
    assert_eq!(status, 403);
    let same = format!("{api}Origin: http://{}\r\n", server.address);
    assert_eq!(server.request("POST", "/", &same, body).0, 200);
    let (status, answer) = server.request("OPTIONS", "/", "Origin: http://evil.test\r\n", "");
    assert_eq!(status, 403, "{answer}");
    drop(server);

    let server = Served::start(&folder, &["--allowed-host", "states.test"]);
    let named = format!("Host: states.test:8083\r\n{api}");
    assert_eq!(server.request("POST", "/", &named, body).0, 200);
}

#[test]
fn signatures_are_verified_with_the_files_keys() {
    let Some(venv) = std::env::var_os("STEPWRIGHT_TEST_VENV") else {
        eprintln!("STEPWRIGHT_TEST_VENV is not set: signatures of botocore are not tested");
        return;
    };
    let folder = Folder::new();
    folder.write(
        "keys.ini",
        "[ann]\naws_access_key_id = AKIDANN\naws_secret_access_key = secret\n",
    );
    let server = Served::start(&folder, &["--credentials", "keys.ini"]);
    folder.write(
        "calls.py",
        "import json, sys, boto3\nfrom botocore.exceptions import ClientError\n\
         def call(key, secret, region):\n    \
         client = boto3.client('stepfunctions', endpoint_url=sys.argv[1], region_name=region, \
         aws_access_key_id=key, aws_secret_access_key=secret)\n    \
         try:\n        return sorted(client.list_state_machines())\n    \
         except ClientError as error:\n        return error.response['Error']['Code']\n\
         print(json.dumps([call(*arguments.split()) for arguments in sys.argv[2:]]))\n",
    );
    let url = format!("http://{}", server.address);
    let calls = |calls: &[&str]| -> Value {
        let output = Command::new(std::path::Path::new(&venv).join("bin/python"))
            .arg(folder.path("calls.py"))
            .arg(&url)
            .args(calls)
            .output();
        serde_json::from_str(&succeeded(output)).unwrap()
    };
    assert_eq!(
        calls(&[
            "AKIDANN secret us-east-1",
            "AKIDANN other us-east-1",
            "AKIDBOB secret us-east-1",
            "AKIDANN secret eu-west-1"
        ]),
        json!([
            ["ResponseMetadata", "stateMachines"],
            "InvalidSignatureException",
            "UnrecognizedClientException",
            "InvalidSignatureException"
        ])
    );
    let (status, refused) = server.call("ListStateMachines", &json!({}));
    assert_eq!(
        (status, text(&refused, "__type")),
        (400, "MissingAuthenticationTokenException".to_owned())
    );
    let half = "Authorization: AWS4-HMAC-SHA256 Credential=AKIDANN/20150830/us-east-1/states/aws4_request\r\n";
    let (status, refused) = server.call_with("ListStateMachines", "{}", half);
    assert_eq!(
        (status, text(&refused, "__type")),
        (400, "IncompleteSignatureException".to_owned())
    );
    // Those who watch it need no key.
    assert_eq!(server.get("/healthz").0, 200);

    folder.write(
        "keys.ini",
        "[bob]\naws_access_key_id = AKIDBOB\naws_secret_access_key = secret\n",
    );
    server.signal(rustix::process::Signal::HUP);
    // The signal is heard some time; until then the old key is good.
    let changed = (0..600).any(|_| {
        calls(&["AKIDBOB secret us-east-1"]) == json!([["ResponseMetadata", "stateMachines"]])
    });
    assert!(changed);
    let stderr = server.end();
    assert!(
        stderr.contains("credentials read again") && !stderr.contains("secret"),
        "{stderr}"
    );
}

const LEAVE: &str = "HTTP/1.1 100 Continue";

#[test]
fn services_around_step_functions_are_spoken_to_in_their_own_protocols() {
    let folder = Folder::new();
    let server = Served::start(&folder, &["--aws-limits"]);
    let form =
        "Content-Type: application/x-www-form-urlencoded\r\nX-Amz-Date: 20260101T000000Z\r\n";
    let who = "Action=GetCallerIdentity&Version=2011-06-15";
    let (status, answer) = server.request("POST", "/", form, who);
    assert_eq!(status, 200, "{answer}");
    assert!(
        answer.contains("<GetCallerIdentityResult><UserId>"),
        "{answer}"
    );
    for (body, code) in [
        ("", "MissingAction"),
        ("Action=Nothing&Version=2011-06-15", "InvalidAction"),
        ("Action=GetRole&Version=2010-05-08", "ValidationError"),
    ] {
        let (status, answer) = server.request("POST", "/", form, body);
        assert_eq!(status, 400, "{body}: {answer}");
        assert!(
            answer.contains(&format!("<Code>{code}</Code>")),
            "{body}: {answer}"
        );
    }
    // A page in a browser could send these unasked.
    for headers in ["Content-Type: application/x-www-form-urlencoded\r\n", ""] {
        assert_eq!(
            server.request("POST", "/", headers, who).0,
            403,
            "{headers}"
        );
        let invoke = "/2015-03-31/functions/f/invocations";
        assert_eq!(
            server.request("POST", invoke, headers, "{}").0,
            403,
            "{headers}"
        );
    }
    for (method, path) in [
        ("PATCH", "/schedules/s"),
        ("GET", "/2015-03-31/nothing"),
        ("PUT", "/"),
    ] {
        let (status, answer) =
            server.request(method, path, "Content-Type: application/json\r\n", "{}");
        assert_eq!(status, 404, "{method} {path}: {answer}");
        assert!(answer.contains("UnknownOperationException"), "{answer}");
    }
    let (_, metrics) = server.get("/metrics");
    let counted = "stepwright_http_requests_total{service=\"sts\",operation=\"GetCallerIdentity\",status=\"200\"} 1\n";
    assert!(metrics.contains(counted), "{metrics}");
}

#[test]
fn a_functions_code_may_be_larger_than_any_other_request() {
    let folder = Folder::new();
    let server = Served::start(&folder, &["--aws-limits"]);
    // What is announced is enough to know.
    let announced = |head: &str, megabytes: usize| {
        let mut stream = server.connect();
        let length = megabytes * 1024 * 1024;
        write!(
            stream,
            "{head}Host: localhost\r\nContent-Length: {length}\r\nExpect: 100-continue\r\n\r\n"
        )
        .unwrap();
        let mut begin = vec![0; LEAVE.len()];
        stream.read_exact(&mut begin).unwrap();
        String::from_utf8(begin).unwrap()
    };
    let create = "POST /2015-03-31/functions HTTP/1.1\r\nContent-Type: application/json\r\n";
    let update = "PUT /2015-03-31/functions/f/code HTTP/1.1\r\nContent-Type: application/json\r\n";
    let put = format!(
        "POST / HTTP/1.1\r\n{}X-Amz-Target: AWSEvents.PutRule\r\n",
        JSON.replace("1.0", "1.1")
    );
    for (head, megabytes, is_taken) in [
        (create, 68, true),
        (create, 71, false),
        (update, 68, true),
        (&put, 7, true),
        (&put, 9, false),
    ] {
        let begin = announced(head, megabytes);
        assert_eq!(begin == LEAVE, is_taken, "{head} {megabytes} MiB: {begin}");
    }
}

//! Answers that are not what was promised: each is told in words, none is taken for a success.

use connectors::protocol::{WireResponse, parse_response};
use http::{HeaderMap, HeaderValue};
use serde_json::json;

use super::{answer, operation, success};

#[test]
fn answers_that_are_not_what_was_promised() {
    let time = "<R><DescribeDBInstancesResult><DBInstances><DBInstance><InstanceCreateTime>soon</InstanceCreateTime>\
                </DBInstance></DBInstances></DescribeDBInstancesResult></R>";
    for (service, action, body) in [
        ("ssm", "getParameter", "<html>"),
        ("ssm", "getParameter", r#"{"Parameter": "#),
        ("ssm", "getParameter", "[]"),
        ("ssm", "getParameter", r#"{"Parameter": 5}"#),
        ("ssm", "describeInstancePatches", r#"{"Patches": {"a": 1}}"#),
        ("sns", "publish", "{}"),
        ("sns", "publish", "<PublishResponse><PublishRes"),
        ("sns", "publish", "<Other/>"),
        ("ec2", "describeInstances", "<a><b></a>"),
        ("ec2", "describeInstances", ""),
        ("eks", "describeCluster", "\u{0}\u{1}"),
        ("rds", "describeDBInstances", time),
    ] {
        let answer = answer(service, action, 200, &[], body);
        assert!(
            matches!(answer, WireResponse::Malformed(_)),
            "{service}:{action} {body} {answer:?}"
        );
    }
}

/// One operation of each protocol whose answer has a body.
const EACH: [(&str, &str); 5] = [
    ("ssm", "getParameter"),
    ("sns", "publish"),
    ("ec2", "describeInstances"),
    ("eks", "describeCluster"),
    ("route53", "listHostedZones"),
];

fn why(service: &str, action: &str, body: &[u8]) -> String {
    match parse_response(operation(service, action), 200, &HeaderMap::new(), body) {
        WireResponse::Malformed(why) => why,
        other => panic!("{service}:{action} {other:?}"),
    }
}

#[test]
fn pages_and_scraps_are_no_answers_of_any_protocol() {
    for (service, action) in EACH {
        let page = b"<!DOCTYPE html>\n<html><body>Sign in</body></html>";
        assert_eq!(why(service, action, page), "the body is an HTML page");
        for scrap in [
            &b"Bad Gateway"[..],
            b"\xff\xfe<a/>",
            b"{\"a\": ",
            b"<a><b>",
            b"\0",
        ] {
            assert!(!why(service, action, scrap).is_empty());
        }
    }
    // Nothing in the answer is needed, and yet it is no answer of S3's.
    assert_eq!(
        why("s3", "putObject", b"<html>captive portal</html>"),
        "the body is an HTML page"
    );
    // Here the page may be what was asked for.
    assert_eq!(
        success("s3", "getObject", "<html></html>")["Body"],
        "<html></html>"
    );
}

#[test]
fn documents_that_grow_or_nest_without_end_are_refused() {
    let entities = r#"<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;">]><a>&y;</a>"#;
    let external = r#"<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>"#;
    for (service, action) in EACH {
        for document in [entities, external] {
            why(service, action, document.as_bytes());
        }
        why(service, action, "<a>".repeat(100_000).as_bytes());
        why(service, action, "[".repeat(100_000).as_bytes());
        why(service, action, "{\"a\":".repeat(100_000).as_bytes());
    }
    assert!(why("route53", "listHostedZones", entities.as_bytes()).contains("unknown entity y"));
}

#[test]
fn values_of_the_wrong_kind_are_told() {
    let port = "<R><DescribeTargetHealthResult><TargetHealthDescriptions><member><Target><Port>1.5</Port></Target></member>\
        </TargetHealthDescriptions></DescribeTargetHealthResult></R>";
    for (service, action, body) in [
        (
            "eks",
            "describeCluster",
            r#"{"cluster": {"createdAt": "soon"}}"#,
        ),
        (
            "eks",
            "describeCluster",
            r#"{"cluster": {"createdAt": 1e300}}"#,
        ),
        ("eks", "describeCluster", r#"{"cluster": {"tags": []}}"#),
        ("kms", "encrypt", r#"{"CiphertextBlob": "*"}"#),
        ("eks", "describeCluster", r#"{"cluster": NaN}"#),
        (
            "eks",
            "describeCluster",
            r#"{"cluster": {"name": "\ud800"}}"#,
        ),
        (
            "s3",
            "listObjectsV2",
            "<R><KeyCount>99999999999999999999</KeyCount></R>",
        ),
        ("s3", "listObjectsV2", "<R><KeyCount>NaN</KeyCount></R>"),
        ("elasticloadbalancingv2", "describeTargetHealth", port),
        (
            "s3",
            "listBuckets",
            "<R><Buckets><Bucket><CreationDate>x</CreationDate></Bucket></Buckets></R>",
        ),
    ] {
        why(service, action, body.as_bytes());
    }
    let mut headers = HeaderMap::new();
    headers.insert("last-modified", HeaderValue::from_static("yesterday"));
    let answer = parse_response(operation("s3", "headObject"), 200, &headers, b"");
    assert!(
        matches!(&answer, WireResponse::Malformed(why) if why == "header Last-Modified is no timestamp"),
        "{answer:?}"
    );
}

#[test]
fn what_can_be_understood_is() {
    // The last of two members with one name, as the SDKs have it.
    let twice = r#"{"Parameter": {"Name": "a", "Name": "b"}}"#;
    assert_eq!(
        success("ssm", "getParameter", twice),
        json!({"Parameter": {"Name": "b"}})
    );
    // Ends of lines in base64, and none of its padding.
    let body = r#"{"CiphertextBlob": "aGVs\nbG8"}"#;
    assert_eq!(
        success("kms", "encrypt", body),
        json!({"CiphertextBlob": "hello"})
    );
}

#[test]
fn doubled_headers_are_read_once() {
    let headers = [
        ("etag", "a"),
        ("etag", "b"),
        ("x-amz-meta-k", "1"),
        ("x-amz-meta-k", "2"),
    ];
    let WireResponse::Success(result) = answer("s3", "headObject", 200, &headers, "") else {
        panic!()
    };
    assert_eq!(result, json!({"ETag": "a", "Metadata": {"k": "1"}}));
    let mut headers = HeaderMap::new();
    headers.insert("etag", HeaderValue::from_bytes(b"\xff").unwrap());
    let answer = parse_response(operation("s3", "headObject"), 200, &headers, b"");
    assert_eq!(
        answer,
        WireResponse::Success(json!({"ETag": "\u{fffd}", "Metadata": {}}))
    );
}

#[test]
fn errors_without_sense_keep_their_status() {
    for (service, action) in EACH {
        for body in ["", "<html>", "{", "[]", "<Error>", "\0", "null", "<Error/>"] {
            let WireResponse::Error(error) = answer(service, action, 503, &[], body) else {
                panic!("{service} {body}")
            };
            assert_eq!((error.status, error.code), (503, None), "{service} {body}");
            assert!(
                error
                    .message
                    .unwrap()
                    .starts_with("Service returned HTTP status code 503")
            );
        }
    }
}

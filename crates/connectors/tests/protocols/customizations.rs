//! What single services want beyond their protocol.

use connectors::protocol::{WireResponse, arguments, prepare};
use serde_json::{Value, json};

use super::{answer, body, operation, request, sent, success};

#[test]
fn copies_name_their_source_in_parts_or_whole() {
    let given = json!({
        "SourceBucket": "from", "SourceKey": "a b/c", "SourceVersionId": "v=1",
        "DestinationBucket": "to", "DestinationKey": "d",
    });
    let wire = request("s3", "copyObject", given);
    assert_eq!(wire.uri, "/to/d");
    assert_eq!(
        sent(&wire, "x-amz-copy-source"),
        Some("/from/a%20b/c?versionId=v%3D1")
    );
    assert_eq!(body(&wire), "");

    let given = json!({"CopySource": "from/k", "Bucket": "to", "Key": "d", "PartNumber": 1, "UploadId": "u"});
    let wire = request("s3", "uploadPartCopy", given);
    assert_eq!(wire.uri, "/to/d?partNumber=1&uploadId=u");
    assert_eq!(sent(&wire, "x-amz-copy-source"), Some("from/k"));

    let arn = "arn:aws:s3:eu-north-1:123456789012:accesspoint/ap";
    let given = json!({"SourceBucket": arn, "SourceKey": "k", "Bucket": "to", "Key": "d"});
    assert_eq!(
        sent(&request("s3", "copyObject", given), "x-amz-copy-source"),
        Some("/arn%3Aaws%3As3%3Aeu-north-1%3A123456789012%3Aaccesspoint/ap/object/k")
    );
    for (given, message) in [
        (
            json!({"SourceBucket": "b"}),
            "Parameter 'sourceKey' must not be null",
        ),
        (
            json!({"CopySource": "b/k", "SourceKey": "k"}),
            "Parameter 'copySource' must not be used in conjunction with 'sourceKey'",
        ),
    ] {
        let operation = operation("s3", "copyObject");
        let token = |_: &str| String::new();
        let mut arguments = arguments::normalize(operation.input(), &given, &token).unwrap();
        let error = prepare(operation, &mut arguments, "eu-north-1").unwrap_err();
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn buckets_are_created_in_the_region_of_the_call() {
    let created = |given: Value| {
        let wire = request("s3", "createBucket", given);
        body(&wire).to_owned()
    };
    let located = |region: &str| {
        format!(
            "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
             <LocationConstraint>{region}</LocationConstraint></CreateBucketConfiguration>"
        )
    };
    assert_eq!(created(json!({"Bucket": "b"})), located("eu-north-1"));
    let given =
        json!({"Bucket": "b", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}});
    assert_eq!(created(given), located("eu-west-1"));

    let operation = operation("s3", "createBucket");
    let mut arguments = json!({"Bucket": "b"}).as_object().unwrap().clone();
    prepare(operation, &mut arguments, "us-east-1").unwrap();
    assert!(!arguments.contains_key("CreateBucketConfiguration"));
}

#[test]
fn the_location_of_a_bucket_is_the_root() {
    let located = |text: &str| {
        let body = format!("<LocationConstraint xmlns=\"http://x/\">{text}</LocationConstraint>");
        success("s3", "getBucketLocation", &body)
    };
    assert_eq!(
        located("eu-west-1"),
        json!({"LocationConstraint": "eu-west-1"})
    );
    assert_eq!(located(""), json!({}));
    let answer = answer("s3", "getBucketLocation", 200, &[], "");
    assert!(matches!(answer, WireResponse::Malformed(_)), "{answer:?}");
}

#[test]
fn a_success_that_carries_an_error_is_one() {
    let late = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\n   <Error><Code>InternalError</Code><Message>again</Message></Error>";
    for action in [
        "copyObject",
        "uploadPartCopy",
        "completeMultipartUpload",
        "deleteObjects",
    ] {
        let WireResponse::Error(error) = answer("s3", action, 200, &[], late) else {
            panic!("{action}")
        };
        assert_eq!(
            (error.status, error.code.as_deref()),
            (500, Some("InternalError"))
        );
        assert_eq!(error.message.as_deref(), Some("again"));
    }
    // An object may look like anything, and a list of errors is a result.
    assert_eq!(success("s3", "getObject", late)["Body"], late);
    let partly =
        "<DeleteResult><Error><Key>k</Key><Code>AccessDenied</Code></Error></DeleteResult>";
    assert_eq!(
        success("s3", "deleteObjects", partly),
        json!({"Errors": [{"Key": "k", "Code": "AccessDenied"}]})
    );
}

#[test]
fn heads_have_no_body_to_say_what_is_wrong() {
    for (action, status, code) in [
        ("headObject", 404, Some("NoSuchKey")),
        ("headBucket", 404, Some("NoSuchBucket")),
        ("headObject", 403, None),
        ("getObject", 404, None),
    ] {
        let WireResponse::Error(error) = answer("s3", action, status, &[], "") else {
            panic!("{action}")
        };
        assert_eq!(error.code.as_deref(), code, "{action}");
    }
}

#[test]
fn expired_at_no_date() {
    let expires = |date: &str| match answer("s3", "headObject", 200, &[("expires", date)], "") {
        WireResponse::Success(result) => result["Expires"].clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        expires("Mon, 06 May 2024 07:08:09 GMT"),
        "2024-05-06T07:08:09Z"
    );
    assert_eq!(expires("-1 day"), Value::Null);
}

#[test]
fn encoded_keys_are_decoded() {
    let list = |encoding: &str| {
        let body = format!(
            "<R>{encoding}<Prefix>a%2F</Prefix><Contents><Key>a%2Fb+c%C3%A4</Key></Contents><Contents><Key>100%</Key></Contents></R>"
        );
        success("s3", "listObjectsV2", &body)
    };
    let decoded = list("<EncodingType>url</EncodingType>");
    assert_eq!(decoded["Prefix"], "a/");
    assert_eq!(
        decoded["Contents"],
        json!([{"Key": "a/b cä"}, {"Key": "100%"}])
    );
    assert_eq!(list("")["Prefix"], "a%2F");
}

#[test]
fn ids_of_route_53_lose_their_path() {
    let body = "<R><HostedZone><Id>/hostedzone/Z1</Id><Name>a.</Name></HostedZone><DelegationSet><Id>/delegationset/N1</Id>\
        </DelegationSet></R>";
    let expected = json!({"HostedZone": {"Id": "Z1", "Name": "a."}, "DelegationSet": {"Id": "N1"}});
    assert_eq!(success("route53", "getHostedZone", body), expected);
    let body = "<R><HostedZones><HostedZone><Id>/hostedzone/Z1</Id></HostedZone><HostedZone><Id>Z2</Id></HostedZone></HostedZones></R>";
    assert_eq!(
        success("route53", "listHostedZones", body),
        json!({"HostedZones": [{"Id": "Z1"}, {"Id": "Z2"}]})
    );
    let wire = request("route53", "getChange", json!({"Id": "/change/C1"}));
    assert_eq!(wire.uri, "/2013-04-01/change/C1");
}

/// Made with Python's hashlib.
const TREE_HASH: &str = "dd02e6cd3b8cf26ca37630cf686b0f0a620499d8707218bacb9479cd80af9af6";
const HASH: &str = "b19fda75b6c96f0cd6a27a6c371352dbe76e5a5f4ac1a10fb1352df725eb04be";

#[test]
fn archives_are_hashed_as_trees() {
    // Two mebibytes and a half: a tree of three leaves.
    let archive = "a".repeat(5 * 512 * 1024);
    let wire = request(
        "glacier",
        "uploadArchive",
        json!({"VaultName": "v", "Body": archive}),
    );
    assert_eq!(wire.uri, "/-/vaults/v/archives");
    assert_eq!(sent(&wire, "x-amz-glacier-version"), Some("2012-06-01"));
    let wanted = ["x-amz-sha256-tree-hash", "x-amz-content-sha256"]
        .map(|name| sent(&wire, name).unwrap().to_owned());
    assert_eq!(wanted, [TREE_HASH, HASH]);
    let given = json!({"VaultName": "v", "Body": "a", "Checksum": "own"});
    let wire = request("glacier", "uploadArchive", given);
    assert_eq!(sent(&wire, "x-amz-sha256-tree-hash"), Some("own"));
}

#[test]
fn api_gateway_answers_plain_json() {
    let wire = request("apigateway", "getRestApis", json!({}));
    assert_eq!(sent(&wire, "accept"), Some("application/json"));
}

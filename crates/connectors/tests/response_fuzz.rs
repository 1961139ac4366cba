//! Whatever a server sends, reading it ends without a panic.

use connectors::protocol::{WireResponse, parse_response};
use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;
use service_models::{Operation, catalog};

/// Operations of each protocol and kind of result, each with an answer that is right.
const RIGHT: &[(&str, &str, &str)] = &[
    (
        "ssm",
        "describeInstancePatches",
        r#"{"Patches":[{"Title":"t","InstalledTime":1714979289.25}],"NextToken":"n"}"#,
    ),
    (
        "dynamodb",
        "getItem",
        r#"{"Item":{"id":{"S":"1"},"list":{"L":[{"BOOL":true},{"B":"aGk="}]}}}"#,
    ),
    ("lambda", "invoke", r#"{"errorType":"E"}"#),
    (
        "eks",
        "describeCluster",
        r#"{"cluster":{"name":"c","createdAt":1714979289,"tags":{"a":"b"}}}"#,
    ),
    (
        "sns",
        "getTopicAttributes",
        "<R><GetTopicAttributesResult><Attributes><entry><key>a</key><value>b</value></entry></Attributes>\
         </GetTopicAttributesResult></R>",
    ),
    (
        "elasticloadbalancingv2",
        "describeTargetHealth",
        "<R><DescribeTargetHealthResult><TargetHealthDescriptions><member><Target><Id>i</Id><Port>80</Port></Target>\
         </member></TargetHealthDescriptions></DescribeTargetHealthResult></R>",
    ),
    (
        "ec2",
        "describeInstances",
        "<R><reservationSet><item><instancesSet><item><instanceId>i</instanceId>\
         <launchTime>2024-05-06T07:08:09.000Z</launchTime></item></instancesSet></item></reservationSet></R>",
    ),
    (
        "s3",
        "listBuckets",
        "<ListAllMyBucketsResult><Buckets><Bucket><Name>b</Name><CreationDate>2024-05-06T07:08:09.000Z</CreationDate>\
         </Bucket></Buckets></ListAllMyBucketsResult>",
    ),
    (
        "s3",
        "getBucketLocation",
        "<LocationConstraint>eu-west-1</LocationConstraint>",
    ),
    ("s3", "getObject", "any\ntext"),
    (
        "s3",
        "copyObject",
        "<CopyObjectResult><ETag>e</ETag></CopyObjectResult>",
    ),
    (
        "route53",
        "listHostedZones",
        "<R><HostedZones><HostedZone><Id>/hostedzone/Z</Id><Config><PrivateZone>true</PrivateZone></Config></HostedZone>\
         </HostedZones></R>",
    ),
];

fn operation(index: usize) -> Operation {
    let (service, action, _) = RIGHT[index];
    catalog()
        .service(service)
        .unwrap()
        .operation(action)
        .unwrap()
}

#[test]
fn the_right_answers_are_understood() {
    for (index, (service, _, body)) in RIGHT.iter().enumerate() {
        let answer = parse_response(operation(index), 200, &HeaderMap::new(), body.as_bytes());
        assert!(
            matches!(answer, WireResponse::Success(_)),
            "{service} {answer:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn random_bodies(index in 0..RIGHT.len(), status in 100u16..600, body in prop::collection::vec(any::<u8>(), 0..300)) {
        parse_response(operation(index), status, &HeaderMap::new(), &body);
    }

    #[test]
    fn random_markup(
        index in 0..RIGHT.len(),
        status in prop::sample::select(vec![200u16, 404, 500]),
        body in "[<>/a-e&;#x0-9\"'= !\\[\\]{}:,.-]{0,200}",
    ) {
        parse_response(operation(index), status, &HeaderMap::new(), body.as_bytes());
    }

    #[test]
    fn damaged_answers(
        index in 0..RIGHT.len(),
        status in prop::sample::select(vec![200u16, 204, 400, 503]),
        cut in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut body = RIGHT[index].2.as_bytes().to_vec();
        let position = at.index(body.len());
        body[position] = byte;
        parse_response(operation(index), status, &HeaderMap::new(), &body);
        body.truncate(cut.index(body.len()));
        parse_response(operation(index), status, &HeaderMap::new(), &body);
    }

    #[test]
    fn random_headers(
        index in 0..RIGHT.len(),
        status in prop::sample::select(vec![200u16, 400, 500]),
        name in prop::sample::select(vec![
            "x-amzn-errortype", "x-amzn-query-error", "x-amzn-requestid", "x-amz-function-error", "x-amz-log-result",
            "last-modified", "expires", "content-length", "x-amz-meta-a", "x-amz-missing-meta", "x-amz-id-2",
        ]),
        value in prop::collection::vec(32u8..=255, 0..40),
    ) {
        let mut headers = HeaderMap::new();
        if let Ok(value) = HeaderValue::from_bytes(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
        parse_response(operation(index), status, &headers, b"{}");
    }
}

//! What a server answers: every protocol's parser, with any status, headers and body.

#![no_main]

use connectors::protocol::parse_response;
use http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;
use service_models::{Operation, catalog};

/// One of each protocol, with answers of some depth.
const OPERATIONS: [(&str, &str); 11] = [
    ("ec2", "describeInstances"),
    ("ssm", "describeInstancePatches"),
    ("sns", "publish"),
    ("elasticloadbalancingv2", "describeTargetHealth"),
    ("cloudwatch", "describeAlarms"),
    ("lambda", "getFunction"),
    ("s3", "listObjectsV2"),
    ("s3", "getBucketLocation"),
    ("s3", "headObject"),
    ("route53", "listHostedZones"),
    ("cloudfront", "getDistribution"),
];

fn operation(index: u8) -> Option<Operation> {
    let (service, action) = OPERATIONS[usize::from(index) % OPERATIONS.len()];
    catalog().service(service)?.operation(action)
}

fuzz_target!(|data: &[u8]| {
    let [which, status, rest @ ..] = data else {
        return;
    };
    let operation = operation(*which).expect("the catalog has the operation");
    let (header, body) = rest.split_at(rest.iter().position(|b| *b == b'\n').unwrap_or(0));
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_bytes(header) {
        for name in [
            "x-amzn-errortype",
            "x-amzn-query-error",
            "content-type",
            "last-modified",
            "x-amz-meta-a",
        ] {
            headers.insert(name, value.clone());
        }
    }
    let status = if *status < 128 {
        200
    } else {
        400 + u16::from(*status)
    };
    let _ = parse_response(operation, status, &headers, body);
});

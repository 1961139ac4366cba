//! Endpoints of services of every kind: regional, global, pinned, with dual stack, FIPS, other partitions, buckets.

use serde_json::{Value, json};
use service_models::catalog;
use service_models::endpoint::{Endpoint, EndpointError, Params, resolve};

fn endpoint(segment: &str, params: Value) -> Result<Endpoint, EndpointError> {
    let params: Params = params.as_object().unwrap().clone().into_iter().collect();
    resolve(catalog().service(segment).unwrap(), &params)
}

fn url(segment: &str, params: Value) -> String {
    endpoint(segment, params).unwrap().url
}

#[test]
fn regional_services() {
    for (segment, region, expected) in [
        ("ec2", "eu-north-1", "https://ec2.eu-north-1.amazonaws.com"),
        ("sns", "us-east-1", "https://sns.us-east-1.amazonaws.com"),
        (
            "cloudwatch",
            "eu-west-1",
            "https://monitoring.eu-west-1.amazonaws.com",
        ),
        (
            "ssm",
            "ap-southeast-2",
            "https://ssm.ap-southeast-2.amazonaws.com",
        ),
        (
            "eventbridge",
            "eu-central-1",
            "https://events.eu-central-1.amazonaws.com",
        ),
        (
            "elasticloadbalancingv2",
            "eu-central-1",
            "https://elasticloadbalancing.eu-central-1.amazonaws.com",
        ),
        (
            "lambda",
            "cn-north-1",
            "https://lambda.cn-north-1.amazonaws.com.cn",
        ),
        (
            "sfn",
            "us-gov-west-1",
            "https://states.us-gov-west-1.amazonaws.com",
        ),
    ] {
        assert_eq!(url(segment, json!({"Region": region})), expected);
    }
}

#[test]
fn global_services_are_signed_for_their_region() {
    for (segment, region, expected, signing_region) in [
        (
            "iam",
            "eu-north-1",
            "https://iam.amazonaws.com",
            "us-east-1",
        ),
        (
            "route53",
            "eu-north-1",
            "https://route53.amazonaws.com",
            "us-east-1",
        ),
        (
            "cloudfront",
            "ap-south-1",
            "https://cloudfront.amazonaws.com",
            "us-east-1",
        ),
        (
            "organizations",
            "eu-west-3",
            "https://organizations.us-east-1.amazonaws.com",
            "us-east-1",
        ),
        (
            "iam",
            "cn-north-1",
            "https://iam.cn-north-1.amazonaws.com.cn",
            "cn-north-1",
        ),
    ] {
        let endpoint = endpoint(segment, json!({"Region": region})).unwrap();
        assert_eq!(endpoint.url, expected);
        assert_eq!(
            endpoint.sigv4().unwrap().signing_region.as_deref(),
            Some(signing_region),
            "{segment}"
        );
    }
    assert_eq!(
        endpoint("ec2", json!({"Region": "eu-north-1"}))
            .unwrap()
            .sigv4(),
        None
    );
}

#[test]
fn dual_stack_and_fips() {
    assert_eq!(
        url("ec2", json!({"Region": "us-east-1", "UseDualStack": true})),
        "https://ec2.us-east-1.api.aws"
    );
    assert_eq!(
        url("ec2", json!({"Region": "us-east-1", "UseFIPS": true})),
        "https://ec2-fips.us-east-1.amazonaws.com"
    );
    assert_eq!(
        url(
            "ssm",
            json!({"Region": "us-east-1", "UseFIPS": true, "UseDualStack": true})
        ),
        "https://ssm-fips.us-east-1.api.aws",
    );
}

#[test]
fn an_endpoint_that_is_given_wins() {
    let params = json!({"Region": "us-east-1", "Endpoint": "http://localhost:5000"});
    assert_eq!(url("sns", params), "http://localhost:5000");
    let refused = endpoint(
        "sns",
        json!({"Region": "us-east-1", "Endpoint": "http://localhost", "UseFIPS": true}),
    );
    assert!(
        matches!(&refused, Err(EndpointError::Refused(why)) if why.contains("FIPS")),
        "{refused:?}"
    );
}

#[test]
fn a_missing_region_is_told() {
    let error = endpoint("sns", json!({})).unwrap_err();
    assert_eq!(
        error,
        EndpointError::Refused("Invalid Configuration: Missing Region".to_owned())
    );
}

#[test]
fn buckets_are_in_the_host_or_the_path() {
    let bucket = |bucket: &str, more: Value| {
        let mut params = json!({"Region": "eu-north-1", "Bucket": bucket});
        params
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        endpoint("s3", params).unwrap()
    };
    assert_eq!(
        bucket("logs", json!({})).url,
        "https://logs.s3.eu-north-1.amazonaws.com"
    );
    assert_eq!(
        bucket("logs", json!({"ForcePathStyle": true})).url,
        "https://s3.eu-north-1.amazonaws.com/logs"
    );
    assert_eq!(
        bucket("my.logs", json!({})).url,
        "https://s3.eu-north-1.amazonaws.com/my.logs"
    );
    let local = bucket("logs", json!({"Endpoint": "http://127.0.0.1:5000"}));
    assert_eq!(local.url, "http://127.0.0.1:5000/logs");
    let scheme = local.sigv4().unwrap();
    assert_eq!(scheme.signing_name.as_deref(), Some("s3"));
    assert!(scheme.disable_double_encoding);
    let access_point = bucket(
        "arn:aws:s3:eu-north-1:123456789012:accesspoint:mine",
        json!({}),
    );
    assert_eq!(
        access_point.url,
        "https://mine-123456789012.s3-accesspoint.eu-north-1.amazonaws.com"
    );
}

#[test]
fn every_service_has_an_endpoint_in_some_region() {
    for service in catalog().services() {
        let params: Params = [("Region".to_owned(), json!("us-east-1"))].into();
        match resolve(service, &params) {
            Ok(endpoint) => assert!(endpoint.url.starts_with("https://"), "{service:?}"),
            // Three services need to know more than the region.
            Err(error) => assert!(
                matches!(
                    service.boto_name(),
                    "cloudfront-keyvaluestore" | "neptune-graph" | "s3control"
                ),
                "{}: {error}",
                service.boto_name(),
            ),
        }
    }
}

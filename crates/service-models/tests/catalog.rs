//! The whole catalog: everything decodes, its names are those that AWS publishes.

use service_models::{
    AcceptorState, ContextValue, Expected, Location, Matcher, Protocol, Shape, ShapeKind,
    TimestampFormat, Unsupported, catalog, naming,
};
use sha2::{Digest, Sha256};

const MANIFEST: &str = include_str!("../catalog/manifest.json");

#[test]
fn the_manifest_describes_the_blob() {
    let manifest: serde_json::Value = serde_json::from_str(MANIFEST).unwrap();
    let blob = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/catalog/catalog.bin")).unwrap();
    let hash: String = Sha256::digest(&blob)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(manifest["sha256"], hash);
    assert_eq!(manifest["bytes"], blob.len());
    assert!(blob.len() < 3_000_000);
    assert_eq!(
        manifest["source"],
        format!("botocore {}", catalog().botocore_version())
    );
}

#[test]
fn everything_decodes_and_counts_match() {
    let manifest: serde_json::Value = serde_json::from_str(MANIFEST).unwrap();
    let (mut operations, mut errors, mut paginators, mut waiters) = (0, 0, 0, 0);
    for service in catalog().services() {
        operations += service.operations().len();
        errors += service.exceptions().len();
        paginators += service.paginators().len();
        waiters += service.waiters().len();
        assert_ne!(service.protocol(), Protocol::Cbor, "{service:?}");
        for operation in service.operations() {
            for shape in operation
                .input()
                .into_iter()
                .chain(operation.output())
                .chain(operation.errors())
            {
                assert_eq!(shape.kind(), ShapeKind::Structure, "{operation:?}");
                assert!(shape.name().is_some());
            }
        }
    }
    assert_eq!(manifest["services"], catalog().services().len());
    assert_eq!(manifest["operations"], operations);
    assert_eq!(manifest["errors"], errors);
    assert_eq!(manifest["paginators"], paginators);
    assert_eq!(manifest["waiters"], waiters);
}

#[test]
fn the_list_of_actions_is_that_of_the_models() {
    let listed = catalog().actions();
    let mut actions = 0;
    for (service, listed) in &listed {
        let supported = service.operations();
        let supported = supported.filter(|operation| operation.unsupported().is_none());
        let supported: Vec<&str> = supported.map(|operation| operation.action()).collect();
        assert_eq!(*listed, supported, "{service:?}");
        actions += supported.len();
    }
    assert!(listed.len() > 420 && actions > 18_000, "{actions}");
}

/// (service id, error prefix) of the table "Supported AWS SDK service integrations" in the Step Functions Developer
/// Guide; services that have left the models since are in it too.
const PUBLISHED: &str = include_str!("published-prefixes.tsv");

#[test]
fn published_prefixes_are_derived() {
    let mut count = 0;
    for line in PUBLISHED.lines() {
        let (service_id, prefix) = line.split_once('\t').unwrap();
        assert_eq!(naming::exception_prefix(service_id), prefix, "{service_id}");
        count += 1;
    }
    assert_eq!(count, 389);
}

#[test]
fn published_services_are_found_by_segment() {
    let known: Vec<&str> = catalog()
        .services()
        .map(|service| service.service_id())
        .collect();
    for line in PUBLISHED.lines() {
        let (service_id, prefix) = line.split_once('\t').unwrap();
        if known.contains(&service_id) {
            let service = catalog().service(&prefix.to_lowercase()).unwrap();
            assert_eq!(service.exception_prefix(), prefix);
        }
    }
    assert!(catalog().service("events").is_none());
    assert_eq!(
        catalog().service_by_any_name("events").unwrap().segment(),
        "eventbridge"
    );
    assert_eq!(
        catalog().service_by_any_name("logs").unwrap().segment(),
        "cloudwatchlogs"
    );
    assert_eq!(
        catalog().service_by_any_name("elbv2").unwrap().segment(),
        "elasticloadbalancingv2"
    );
    assert_eq!(
        catalog()
            .service_by_any_name("no such thing")
            .map(|s| s.segment()),
        None
    );
}

#[test]
fn operations_are_found_in_any_case() {
    let rds = catalog().service("rds").unwrap();
    for name in [
        "describeDBInstances",
        "DescribeDBInstances",
        "describedbinstances",
    ] {
        assert_eq!(rds.operation(name).unwrap().action(), "describeDBInstances");
    }
    assert!(rds.operation("describeEverything").is_none());
}

#[test]
fn members_have_both_names() {
    let rds = catalog().service("rds").unwrap();
    let input = rds
        .operation("describeDBInstances")
        .unwrap()
        .input()
        .unwrap();
    for name in [
        "DbInstanceIdentifier",
        "DBInstanceIdentifier",
        "dbinstanceidentifier",
    ] {
        let member = input.member(name).unwrap();
        assert_eq!(
            (member.sfn_name(), member.wire_name()),
            ("DbInstanceIdentifier", "DBInstanceIdentifier")
        );
    }
    assert!(input.member("DbInstance").is_none());

    let dynamodb = catalog().service("dynamodb").unwrap();
    let item = dynamodb
        .operation("putItem")
        .unwrap()
        .input()
        .unwrap()
        .member("Item")
        .unwrap();
    assert!(item.is_required());
    let (_, value) = item.shape().map_members().unwrap();
    let names: Vec<&str> = value
        .shape()
        .members()
        .map(|member| member.sfn_name())
        .collect();
    assert_eq!(
        names,
        ["S", "N", "B", "Ss", "Ns", "Bs", "M", "L", "Nul", "Bool"]
    );
}

#[test]
fn traits_survive() {
    let service = |segment: &str| catalog().service(segment).unwrap();
    let input =
        |segment: &str, action: &str| service(segment).operation(action).unwrap().input().unwrap();

    let cloudwatch = service("cloudwatch");
    assert_eq!(cloudwatch.protocol(), Protocol::Json);
    assert!(cloudwatch.is_query_compatible());
    assert_eq!(
        cloudwatch.target_prefix(),
        Some("GraniteServiceVersion20100801")
    );
    assert_eq!(
        cloudwatch
            .operation("putMetricData")
            .unwrap()
            .request_compression(),
        ["gzip"]
    );

    let invoke = service("lambda").operation("invoke").unwrap();
    assert_eq!(
        (invoke.http_method(), invoke.request_uri()),
        ("POST", "/2015-03-31/functions/{FunctionName}/invocations")
    );
    assert_eq!(invoke.input().unwrap().payload().unwrap().name(), "Payload");
    assert_eq!(
        invoke
            .input()
            .unwrap()
            .member("FunctionName")
            .unwrap()
            .location(),
        Some(Location::Uri)
    );
    let output = invoke.output().unwrap();
    assert_eq!(
        output.member("StatusCode").unwrap().location(),
        Some(Location::StatusCode)
    );
    assert_eq!(
        output.member("FunctionError").unwrap().wire_name(),
        "X-Amz-Function-Error"
    );

    let token = input("ec2", "runInstances").member("ClientToken").unwrap();
    assert!(token.is_idempotency_token());
    let filter = input("ec2", "describeInstances").member("Filters").unwrap();
    assert_eq!(filter.wire_name(), "Filter");
    assert_eq!(
        service("sns")
            .operation("publish")
            .unwrap()
            .result_wrapper(),
        Some("PublishResult")
    );

    let get_object = service("s3").operation("getObject").unwrap();
    assert_eq!(
        get_object
            .checksum()
            .unwrap()
            .request_validation_mode_member,
        Some("ChecksumMode")
    );
    let output = get_object.output().unwrap();
    assert!(output.payload().unwrap().is_streaming());
    assert_eq!(
        output.member("Metadata").unwrap().location(),
        Some(Location::Headers)
    );
    let bucket = get_object.input().unwrap().member("Bucket").unwrap();
    assert_eq!(bucket.context_param(), Some("Bucket"));
    assert_eq!(
        output
            .member("LastModified")
            .unwrap()
            .shape()
            .timestamp_format(),
        None
    );
    assert_eq!(
        input("s3", "putObject")
            .member("Expires")
            .unwrap()
            .shape()
            .kind(),
        ShapeKind::Timestamp,
    );
    assert_eq!(
        get_object
            .input()
            .unwrap()
            .member("ResponseExpires")
            .unwrap()
            .shape()
            .timestamp_format(),
        Some(TimestampFormat::Rfc822),
    );
    let copy = input("s3", "copyObject");
    for name in [
        "Bucket",
        "CopySource",
        "DestinationBucket",
        "SourceVersionId",
    ] {
        assert_eq!(copy.member(name).unwrap().sfn_name(), name);
    }
    let static_context = service("s3")
        .operation("createBucket")
        .unwrap()
        .static_context_params();
    assert!(
        static_context.contains(&("DisableAccessPoints", ContextValue::Boolean(true))),
        "{static_context:?}"
    );

    assert_eq!(
        service("sfn")
            .operation("startSyncExecution")
            .unwrap()
            .host_prefix(),
        Some("sync-"),
    );
    assert!(
        service("sts")
            .operation("assumeRoleWithWebIdentity")
            .unwrap()
            .is_unauthenticated()
    );
    assert!(
        !service("sts")
            .operation("getCallerIdentity")
            .unwrap()
            .is_unauthenticated()
    );
}

#[test]
fn a_member_takes_the_location_name_of_its_shape() {
    let elasticache = catalog().service("elasticache").unwrap();
    let output = elasticache
        .operation("createCacheCluster")
        .unwrap()
        .output()
        .unwrap();
    let cluster = output.member("CacheCluster").unwrap().shape();
    let pending = cluster.member("PendingModifiedValues").unwrap().shape();
    let member = pending.member("LogDeliveryConfigurations").unwrap();
    assert_eq!(member.wire_name(), "PendingLogDeliveryConfiguration");
}

#[test]
fn errors_are_found_by_code() {
    let name = |segment: &str, code: &str| {
        catalog()
            .service(segment)
            .unwrap()
            .exception(code)
            .and_then(Shape::name)
    };
    assert_eq!(name("sns", "NotFound"), Some("NotFoundException"));
    assert_eq!(
        name("rds", "DBInstanceNotFound"),
        Some("DBInstanceNotFoundFault")
    );
    assert_eq!(
        name("dynamodb", "ResourceNotFoundException"),
        Some("ResourceNotFoundException")
    );
    assert_eq!(name("ec2", "InvalidInstanceID.NotFound"), None);
    let throttled = catalog()
        .service("sns")
        .unwrap()
        .exception("Throttled")
        .unwrap();
    assert_eq!(throttled.error_status(), Some(429));
}

#[test]
fn enums_paginators_and_waiters_are_there() {
    let ec2 = catalog().service("ec2").unwrap();
    let state = ec2
        .operation("describeInstances")
        .unwrap()
        .output()
        .unwrap();
    let reservations = state
        .member("Reservations")
        .unwrap()
        .shape()
        .list_member()
        .unwrap()
        .shape();
    let instance = reservations
        .member("Instances")
        .unwrap()
        .shape()
        .list_member()
        .unwrap()
        .shape();
    let name = instance
        .member("State")
        .unwrap()
        .shape()
        .member("Name")
        .unwrap();
    assert!(name.shape().enum_values().contains(&"stopped"));

    let paginator = catalog()
        .service("ssm")
        .unwrap()
        .operation("describeInstancePatches")
        .unwrap()
        .paginator()
        .unwrap();
    assert_eq!(
        (&*paginator.input_tokens, &*paginator.output_tokens),
        (&["NextToken"][..], &["NextToken"][..])
    );
    assert_eq!(&*paginator.result_keys, ["Patches"]);

    let waiter = ec2
        .waiters()
        .iter()
        .find(|waiter| waiter.name == "InstanceRunning")
        .unwrap();
    assert_eq!(
        (waiter.operation, waiter.delay_seconds, waiter.max_attempts),
        ("DescribeInstances", 15, 40)
    );
    let first = &waiter.acceptors[0];
    assert_eq!(
        (first.matcher, first.state),
        (Matcher::PathAll, AcceptorState::Success)
    );
    assert_eq!(first.expected, Expected::Text("running"));
}

#[test]
fn what_step_functions_does_not_offer() {
    let unsupported = |segment: &str, action: &str| {
        catalog()
            .service(segment)
            .unwrap()
            .operation(action)
            .unwrap()
            .unsupported()
    };
    assert_eq!(
        unsupported("sts", "assumeRole"),
        Some(Unsupported::ByStepFunctions)
    );
    assert_eq!(
        unsupported("kinesis", "subscribeToShard"),
        Some(Unsupported::EventStream)
    );
    assert_eq!(
        unsupported("lambda", "invokeWithResponseStream"),
        Some(Unsupported::EventStream)
    );
    assert_eq!(unsupported("lambda", "invoke"), None);
    assert_eq!(unsupported("s3", "getObject"), None);
}

#[test]
fn reads_are_told_from_writes() {
    let is_read = |segment: &str, action: &str| {
        catalog()
            .service(segment)
            .unwrap()
            .operation(action)
            .unwrap()
            .is_read()
    };
    for (segment, action) in [
        ("ec2", "describeInstances"),
        ("ssm", "describeInstancePatches"),
        ("s3", "getObject"),
        ("s3", "listObjectsV2"),
        ("dynamodb", "query"),
        ("dynamodb", "batchGetItem"),
        ("s3", "headObject"),
    ] {
        assert!(is_read(segment, action), "{segment}:{action}");
    }
    for (segment, action) in [
        ("ec2", "rebootInstances"),
        ("sqs", "receiveMessage"),
        ("sns", "publish"),
        ("lambda", "invoke"),
        ("elasticloadbalancingv2", "deregisterTargets"),
    ] {
        assert!(!is_read(segment, action), "{segment}:{action}");
    }
}

#[test]
fn operations_have_an_address_in_the_reference() {
    for (segment, action, end) in [
        ("ec2", "rebootInstances", "ec2-2016-11-15/RebootInstances"),
        (
            "elasticloadbalancingv2",
            "describeTargetHealth",
            "elasticloadbalancingv2-2015-12-01/DescribeTargetHealth",
        ),
        (
            "eventbridge",
            "putEvents",
            "eventbridge-2015-10-07/PutEvents",
        ),
    ] {
        let operation = catalog().service(segment).unwrap().operation(action);
        assert_eq!(
            operation.unwrap().reference_url(),
            format!("https://docs.aws.amazon.com/goto/WebAPI/{end}")
        );
    }
    for service in catalog().services() {
        assert!(
            service.uid().ends_with(service.api_version()),
            "{service:?}"
        );
    }
}

#[test]
fn operations_know_their_waiters() {
    let ec2 = catalog().service("ec2").unwrap();
    let names = |action: &str| -> Vec<&str> {
        let operation = ec2.operation(action).unwrap();
        operation.waiters().map(|waiter| waiter.name).collect()
    };
    assert!(names("describeInstances").contains(&"InstanceRunning"));
    assert!(names("rebootInstances").is_empty());
    let all: usize = ec2.operations().map(|o| o.waiters().count()).sum();
    assert_eq!(all, ec2.waiters().len());
}

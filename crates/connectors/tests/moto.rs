//! The client against moto_server: real protocols, signatures and errors of a server that was not written for this client.
//!
//! Uses `$STEPWRIGHT_TEST_VENV/bin/moto_server`, else the one in PATH; says so when there is none.

use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use connectors::aws::{AwsClient, AwsConfig};
use connectors::{CallError, CallRequest, Connectors, ResourceRef, TaskFailure};
use serde_json::{Value, json};

/// A moto_server that ends with the test.
struct Moto {
    process: Child,
    url: String,
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Moto {
    async fn start() -> Option<Moto> {
        let program = match std::env::var_os("STEPWRIGHT_TEST_VENV") {
            Some(folder) => PathBuf::from(folder).join("bin/moto_server"),
            None => PathBuf::from("moto_server"),
        };
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let started = Command::new(&program)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let process = match started {
            Ok(process) => process,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                eprintln!(
                    "SKIPPED: no {} here (pip install 'moto[server]')",
                    program.display()
                );
                return None;
            }
            Err(error) => panic!("{}: {error}", program.display()),
        };
        let moto = Moto {
            process,
            url: format!("http://127.0.0.1:{port}"),
        };
        let began = Instant::now();
        while tokio::net::TcpStream::connect(("127.0.0.1", port))
            .await
            .is_err()
        {
            assert!(
                began.elapsed() < Duration::from_secs(60),
                "moto_server does not listen"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Some(moto)
    }

    fn connectors(&self) -> Connectors {
        let config = AwsConfig::fixed(&self.url, "eu-west-1", "testing", "testing");
        Connectors::new(AwsClient::new(Arc::new(config)), None)
    }
}

async fn call(
    connectors: &Connectors,
    service: &str,
    action: &str,
    arguments: Value,
) -> Result<Value, CallError> {
    let resource = ResourceRef::AwsSdk {
        service: service.into(),
        action: action.into(),
    };
    let call_key = format!("{service}:{action}:{arguments}");
    connectors
        .call(&CallRequest {
            resource,
            arguments,
            role_arn: None,
            call_key,
            execution_arn: None,
        })
        .await
}

async fn failure(
    connectors: &Connectors,
    service: &str,
    action: &str,
    arguments: Value,
) -> TaskFailure {
    match call(connectors, service, action, arguments).await {
        Err(CallError::Failed(failure)) => failure,
        other => panic!("{service}:{action} {other:?}"),
    }
}

#[tokio::test]
async fn services_of_every_protocol() {
    let Some(moto) = Moto::start().await else {
        return;
    };
    let connectors = moto.connectors();
    let ok = async |service: &str, action: &str, arguments: Value| {
        let result = call(&connectors, service, action, arguments).await;
        result.unwrap_or_else(|error| panic!("{service}:{action} {error}"))
    };

    // ec2
    let images = ok("ec2", "describeImages", json!({"Owners": ["amazon"]})).await;
    let image = images["Images"][0]["ImageId"].as_str().unwrap();
    let run = json!({"ImageId": image, "MinCount": 2, "MaxCount": 2, "InstanceType": "t3.micro"});
    let started = ok("ec2", "runInstances", run).await;
    let ids: Vec<&str> = started["Instances"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|i| i["InstanceId"].as_str())
        .collect();
    assert_eq!(ids.len(), 2);
    let filters = json!([{"Name": "instance-state-name", "Values": ["running"]}]);
    let described = ok(
        "ec2",
        "describeInstances",
        json!({"InstanceIds": ids, "Filters": filters}),
    )
    .await;
    assert_eq!(
        described["Reservations"][0]["Instances"][1]["InstanceId"],
        ids[1]
    );
    assert_eq!(
        ok("ec2", "rebootInstances", json!({"InstanceIds": ids})).await,
        json!({})
    );
    let unknown = failure(
        &connectors,
        "ec2",
        "rebootInstances",
        json!({"InstanceIds": ["i-00000000"]}),
    )
    .await;
    assert_eq!(unknown.error, "Ec2.Ec2Exception");
    assert!(
        unknown
            .cause
            .contains("(Service: Ec2, Status Code: 400, Request ID: "),
        "{}",
        unknown.cause
    );

    // json
    ok(
        "ssm",
        "putParameter",
        json!({"Name": "/a", "Value": "v", "Type": "String"}),
    )
    .await;
    let parameter = ok("ssm", "getParameter", json!({"Name": "/a"})).await;
    assert_eq!(
        (
            &parameter["Parameter"]["Value"],
            parameter["Parameter"]["Arn"].is_string()
        ),
        (&json!("v"), true)
    );
    let missing = failure(&connectors, "ssm", "getParameter", json!({"Name": "/none"})).await;
    assert_eq!(missing.error, "Ssm.ParameterNotFoundException");
    ok(
        "eventbridge",
        "putRule",
        json!({"Name": "nightly", "ScheduleExpression": "rate(1 day)"}),
    )
    .await;
    ok("eventbridge", "disableRule", json!({"Name": "nightly"})).await;
    assert_eq!(
        ok("eventbridge", "describeRule", json!({"Name": "nightly"})).await["State"],
        "DISABLED"
    );
    let gone = failure(
        &connectors,
        "eventbridge",
        "enableRule",
        json!({"Name": "none"}),
    )
    .await;
    assert_eq!(gone.error, "EventBridge.ResourceNotFoundException");
    let alarm = json!({
        "AlarmName": "cpu", "MetricName": "M", "Namespace": "N", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1.5,
        "Statistic": "Average", "ComparisonOperator": "GreaterThanThreshold",
    });
    ok("cloudwatch", "putMetricAlarm", alarm).await;
    let alarms = ok(
        "cloudwatch",
        "describeAlarms",
        json!({"AlarmNames": ["cpu"]}),
    )
    .await;
    assert_eq!(alarms["MetricAlarms"][0]["Threshold"], 1.5);
    let table = json!({
        "TableName": "t", "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    });
    ok("dynamodb", "createTable", table).await;
    let item = json!({"id": {"S": "1"}, "on": {"Bool": true}});
    ok(
        "dynamodb",
        "putItem",
        json!({"TableName": "t", "Item": item}),
    )
    .await;
    let found = ok(
        "dynamodb",
        "getItem",
        json!({"TableName": "t", "Key": {"id": {"S": "1"}}}),
    )
    .await;
    assert_eq!(found["Item"], item);
    let missing = failure(
        &connectors,
        "dynamodb",
        "getItem",
        json!({"TableName": "u", "Key": {"id": {"S": "1"}}}),
    )
    .await;
    assert_eq!(missing.error, "DynamoDb.ResourceNotFoundException");

    // query
    let missing = failure(
        &connectors,
        "rds",
        "describeDBInstances",
        json!({"DbInstanceIdentifier": "none"}),
    )
    .await;
    assert_eq!(missing.error, "Rds.DbInstanceNotFoundException");
    let missing = failure(&connectors, "iam", "getUser", json!({"UserName": "none"})).await;
    assert_eq!(missing.error, "Iam.NoSuchEntityException");
    let group = json!({"Name": "web", "Protocol": "HTTP", "Port": 80, "VpcId": "vpc-1", "TargetType": "instance"});
    let missing = failure(
        &connectors,
        "elasticloadbalancingv2",
        "createTargetGroup",
        group,
    )
    .await;
    assert!(
        missing.error.starts_with("ElasticLoadBalancingV2."),
        "{missing:?}"
    );
    let vpcs = ok("ec2", "describeVpcs", json!({})).await;
    let group =
        json!({"Name": "web", "Protocol": "HTTP", "Port": 80, "VpcId": vpcs["Vpcs"][0]["VpcId"]});
    let created = ok("elasticloadbalancingv2", "createTargetGroup", group).await;
    let arn = &created["TargetGroups"][0]["TargetGroupArn"];
    ok(
        "elasticloadbalancingv2",
        "registerTargets",
        json!({"TargetGroupArn": arn, "Targets": [{"Id": ids[0]}]}),
    )
    .await;
    let health = ok(
        "elasticloadbalancingv2",
        "describeTargetHealth",
        json!({"TargetGroupArn": arn}),
    )
    .await;
    assert_eq!(
        health["TargetHealthDescriptions"][0]["Target"]["Id"],
        ids[0]
    );

    // rest-json
    let functions = ok("lambda", "listFunctions", json!({})).await;
    assert_eq!(functions["Functions"], json!([]));
    let missing = failure(
        &connectors,
        "lambda",
        "getFunction",
        json!({"FunctionName": "none"}),
    )
    .await;
    assert_eq!(missing.error, "Lambda.ResourceNotFoundException");

    // rest-xml
    ok("s3", "createBucket", json!({"Bucket": "from"})).await;
    let location = ok("s3", "getBucketLocation", json!({"Bucket": "from"})).await;
    assert_eq!(location, json!({"LocationConstraint": "eu-west-1"}));
    let key = "a b/ü+&?.json";
    let put = json!({"Bucket": "from", "Key": key, "Body": {"k": 1}, "Metadata": {"owner": "me"}});
    ok("s3", "putObject", put).await;
    let copy = json!({"SourceBucket": "from", "SourceKey": key, "DestinationBucket": "from", "DestinationKey": "copy"});
    let copied = ok("s3", "copyObject", copy).await;
    let object = ok("s3", "getObject", json!({"Bucket": "from", "Key": "copy"})).await;
    assert_eq!(object["Body"], r#"{"k":1}"#);
    assert_eq!(object["Metadata"], json!({"owner": "me"}));
    assert_eq!(object["ETag"], copied["CopyObjectResult"]["ETag"]);
    let tags = json!({"Bucket": "from", "Key": "copy", "Tagging": {"TagSet": [{"Key": "a b", "Value": "c/d"}]}});
    ok("s3", "putObjectTagging", tags.clone()).await;
    let tagging = ok(
        "s3",
        "getObjectTagging",
        json!({"Bucket": "from", "Key": "copy"}),
    )
    .await;
    assert_eq!(tagging["TagSet"], tags["Tagging"]["TagSet"]);
    let listed = ok(
        "s3",
        "listObjectsV2",
        json!({"Bucket": "from", "EncodingType": "url"}),
    )
    .await;
    let keys: Vec<&Value> = listed["Contents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|o| &o["Key"])
        .collect();
    assert_eq!(keys, [key, "copy"]);
    let objects = json!([{"Key": key}, {"Key": "copy"}]);
    let deleted = ok(
        "s3",
        "deleteObjects",
        json!({"Bucket": "from", "Delete": {"Objects": objects}}),
    )
    .await;
    assert_eq!(deleted["Deleted"].as_array().unwrap().len(), 2);
    for (action, arguments, error) in [
        (
            "getObject",
            json!({"Bucket": "from", "Key": "copy"}),
            "S3.NoSuchKeyException",
        ),
        (
            "headObject",
            json!({"Bucket": "from", "Key": "copy"}),
            "S3.NoSuchKeyException",
        ),
        (
            "headBucket",
            json!({"Bucket": "none"}),
            "S3.NoSuchBucketException",
        ),
        (
            "listObjectsV2",
            json!({"Bucket": "none"}),
            "S3.NoSuchBucketException",
        ),
    ] {
        assert_eq!(
            failure(&connectors, "s3", action, arguments).await.error,
            error,
            "{action}"
        );
    }
    let zone = json!({"Name": "example.test", "CallerReference": "1"});
    let zone = ok("route53", "createHostedZone", zone).await["HostedZone"]["Id"].clone();
    let record = json!({"Name": "www.example.test", "Type": "A", "Ttl": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]});
    let changes = json!({"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]});
    ok(
        "route53",
        "changeResourceRecordSets",
        json!({"HostedZoneId": zone, "ChangeBatch": changes}),
    )
    .await;
    let records = ok(
        "route53",
        "listResourceRecordSets",
        json!({"HostedZoneId": zone}),
    )
    .await;
    let records = records["ResourceRecordSets"].as_array().unwrap();
    let www = records.iter().find(|record| record["Type"] == "A").unwrap();
    assert_eq!(www["ResourceRecords"], record["ResourceRecords"]);
    let missing = failure(&connectors, "route53", "getHostedZone", json!({"Id": "Z0"})).await;
    assert_eq!(missing.error, "Route53.NoSuchHostedZoneException");
    let missing = failure(
        &connectors,
        "cloudfront",
        "getDistribution",
        json!({"Id": "E0"}),
    )
    .await;
    assert_eq!(missing.error, "CloudFront.NoSuchDistributionException");

    // optimized, by its effect: the message arrives
    let topic = ok("sns", "createTopic", json!({"Name": "alarms"})).await;
    let queue = ok("sqs", "createQueue", json!({"QueueName": "inbox"})).await;
    let wanted = json!({"QueueUrl": queue["QueueUrl"], "AttributeNames": ["QueueArn"]});
    let attributes = ok("sqs", "getQueueAttributes", wanted).await;
    let subscription = json!({"TopicArn": topic["TopicArn"], "Protocol": "sqs", "Endpoint": attributes["Attributes"]["QueueArn"]});
    ok("sns", "subscribe", subscription).await;
    let publish = CallRequest {
        resource: ResourceRef::Optimized {
            service: "sns".into(),
            action: "publish".into(),
        },
        arguments: json!({"TopicArn": topic["TopicArn"], "Message": {"server": ids[0]}, "Subject": "down"}),
        role_arn: None,
        call_key: "publish".into(),
        execution_arn: None,
    };
    let published = connectors.call(&publish).await.unwrap();
    assert_eq!(published["SdkHttpMetadata"]["HttpStatusCode"], 200);
    let received = ok(
        "sqs",
        "receiveMessage",
        json!({"QueueUrl": queue["QueueUrl"]}),
    )
    .await;
    let envelope: Value =
        serde_json::from_str(received["Messages"][0]["Body"].as_str().unwrap()).unwrap();
    assert_eq!(envelope["Message"], json!({"server": ids[0]}).to_string());
    assert_eq!(envelope["MessageId"], published["MessageId"]);

    // in a role
    let identity = CallRequest {
        resource: ResourceRef::AwsSdk {
            service: "sts".into(),
            action: "getCallerIdentity".into(),
        },
        arguments: json!({}),
        role_arn: Some("arn:aws:iam::123456789012:role/other".into()),
        call_key: "who".into(),
        execution_arn: None,
    };
    let who = connectors.call(&identity).await.unwrap();
    assert_eq!(
        who["Arn"],
        "arn:aws:sts::123456789012:assumed-role/other/stepwright"
    );
}

const EXECUTION: &str = "arn:aws:states:eu-west-1:123456789012:execution:machine:run";

async fn optimized(
    connectors: &Connectors,
    resource: &str,
    arguments: Value,
) -> Result<Value, TaskFailure> {
    let (service, action) = resource.split_once(':').unwrap();
    let request = CallRequest {
        resource: ResourceRef::Optimized {
            service: service.into(),
            action: action.into(),
        },
        call_key: format!("{resource}:{arguments}"),
        arguments,
        role_arn: None,
        execution_arn: Some(EXECUTION.into()),
    };
    connectors
        .call(&request)
        .await
        .map_err(|error| match error {
            CallError::Failed(failure) => failure,
            CallError::Refused(why) => panic!("{resource}: {why}"),
        })
}

/// The members of a result beside the metadata, which has to be there.
fn bare(mut result: Value) -> Value {
    let members = result.as_object_mut().unwrap();
    let metadata = members.remove("SdkHttpMetadata").unwrap();
    assert_eq!(metadata["HttpStatusCode"], 200);
    assert!(members.remove("SdkResponseMetadata").unwrap()["RequestId"].is_string());
    result
}

#[tokio::test]
async fn dynamodb_in_the_words_of_the_older_sdk() {
    let Some(moto) = Moto::start().await else {
        return;
    };
    let connectors = moto.connectors();
    let dynamodb = async |action: &str, arguments: Value| {
        optimized(&connectors, &format!("dynamodb:{action}"), arguments).await
    };
    let table = json!({
        "TableName": "t", "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    });
    call(&connectors, "dynamodb", "createTable", table)
        .await
        .unwrap();
    let key = json!({"id": {"S": "1"}});
    // Numbers may be given as numbers; they come back as DynamoDB writes them.
    let item = json!({
        "id": {"S": "1"}, "on": {"BOOL": true}, "none": {"NULL": true}, "count": {"N": 3},
        "tags": {"SS": ["x"]}, "more": {"M": {"list": {"L": [{"N": "1.5"}]}}},
    });
    let put =
        json!({"TableName": "t", "Item": item, "ConditionExpression": "attribute_not_exists(id)"});
    assert_eq!(
        bare(dynamodb("putItem", put.clone()).await.unwrap()),
        json!({})
    );

    let failed = dynamodb("putItem", put).await.unwrap_err();
    assert_eq!(failed.error, "DynamoDB.ConditionalCheckFailedException");
    let cause = "The conditional request failed (Service: AmazonDynamoDBv2; Status Code: 400; \
                 Error Code: ConditionalCheckFailedException; Request ID: ";
    assert!(failed.cause.starts_with(cause), "{}", failed.cause);
    assert!(failed.cause.ends_with("; Proxy: null)"), "{}", failed.cause);

    let mut stored = item.clone();
    stored["count"]["N"] = json!("3");
    let found = dynamodb("getItem", json!({"TableName": "t", "Key": key})).await;
    assert_eq!(bare(found.unwrap()), json!({"Item": stored}));
    let update = json!({
        "TableName": "t", "Key": key, "ReturnValues": "UPDATED_NEW", "UpdateExpression": "SET #c = #c + :one",
        "ExpressionAttributeNames": {"#c": "count"}, "ExpressionAttributeValues": {":one": {"N": "1"}},
    });
    let updated = dynamodb("updateItem", update).await.unwrap();
    assert_eq!(updated["Attributes"], json!({"count": {"N": "4"}}));
    let delete = json!({"TableName": "t", "Key": key, "ReturnValues": "ALL_OLD"});
    let deleted = dynamodb("deleteItem", delete).await.unwrap();
    assert_eq!(deleted["Attributes"]["on"], json!({"BOOL": true}));
    let gone = dynamodb("getItem", json!({"TableName": "t", "Key": key})).await;
    assert_eq!(bare(gone.unwrap()), json!({}));
    let missing = dynamodb("getItem", json!({"TableName": "u", "Key": key})).await;
    assert_eq!(
        missing.unwrap_err().error,
        "DynamoDB.ResourceNotFoundException"
    );
}

#[tokio::test]
async fn messages_and_events_arrive() {
    let Some(moto) = Moto::start().await else {
        return;
    };
    let connectors = moto.connectors();
    let ok = async |service: &str, action: &str, arguments: Value| {
        let result = call(&connectors, service, action, arguments).await;
        result.unwrap_or_else(|error| panic!("{service}:{action} {error}"))
    };
    let fifo = json!({"QueueName": "q.fifo", "Attributes": {"FifoQueue": "true"}});
    let queue = ok("sqs", "createQueue", fifo).await["QueueUrl"].clone();
    let message = json!({
        "QueueUrl": queue, "MessageBody": {"a": [1]}, "MessageGroupId": "g", "MessageDeduplicationId": "d",
        "MessageAttributes": {"kind": {"DataType": "Number", "StringValue": 7}},
    });
    let sent = optimized(&connectors, "sqs:sendMessage", message)
        .await
        .unwrap();
    let names: Vec<&String> = sent.as_object().unwrap().keys().collect();
    let expected = [
        "MD5OfMessageAttributes",
        "MD5OfMessageBody",
        "MessageId",
        "SdkHttpMetadata",
        "SdkResponseMetadata",
        "SequenceNumber",
    ];
    assert_eq!(names, expected);
    let received = ok("sqs", "receiveMessage", json!({"QueueUrl": queue})).await;
    assert_eq!(received["Messages"][0]["Body"], r#"{"a":[1]}"#);
    let nowhere = json!({"QueueUrl": "https://sqs/123456789012/none", "MessageBody": "a"});
    let missing = failure(&connectors, "sqs", "sendMessage", nowhere.clone()).await;
    assert_eq!(missing.error, "Sqs.QueueDoesNotExistException");
    let missing = optimized(&connectors, "sqs:sendMessage", nowhere)
        .await
        .unwrap_err();
    assert_eq!(missing.error, "SQS.QueueDoesNotExistException");
    let code = "(Service: AmazonSQS; Status Code: 400; Error Code: AWS.SimpleQueueService.NonExistentQueue; ";
    assert!(missing.cause.contains(code), "{}", missing.cause);

    let queue = ok("sqs", "createQueue", json!({"QueueName": "inbox"})).await["QueueUrl"].clone();
    let rule = json!({"Name": "all", "EventPattern": {"source": ["mine"]}});
    ok("eventbridge", "putRule", rule).await;
    let target = json!({"Id": "1", "Arn": "arn:aws:sqs:eu-west-1:123456789012:inbox"});
    ok(
        "eventbridge",
        "putTargets",
        json!({"Rule": "all", "Targets": [target]}),
    )
    .await;
    let entry =
        json!({"Source": "mine", "DetailType": "t", "Detail": {"n": 1}, "Resources": ["r"]});
    let taken = optimized(&connectors, "events:putEvents", json!({"Entries": [entry]}))
        .await
        .unwrap();
    assert_eq!(taken["FailedEntryCount"], 0);
    assert_eq!(taken.as_object().unwrap().len(), 2, "no metadata: {taken}");
    let received = ok("sqs", "receiveMessage", json!({"QueueUrl": queue})).await;
    let event: Value =
        serde_json::from_str(received["Messages"][0]["Body"].as_str().unwrap()).unwrap();
    let machine = "arn:aws:states:eu-west-1:123456789012:stateMachine:machine";
    assert_eq!(event["resources"], json!(["r", machine, EXECUTION]));
    assert_eq!(event["detail"], json!({"n": 1}));

    let refused = json!({"Entries": [entry, {"DetailType": "t", "Detail": "{}"}]});
    let failed = optimized(&connectors, "events:putEvents", refused)
        .await
        .unwrap_err();
    assert_eq!(failed.error, "EventBridge.FailedEntry");
    let cause: Value = serde_json::from_str(&failed.cause).unwrap();
    assert_eq!(cause["FailedEntryCount"], 1);
    assert_eq!(cause["Entries"][1]["ErrorCode"], "InvalidArgument");
}

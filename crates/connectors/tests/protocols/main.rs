//! Requests and answers of each wire protocol, by operations that use what is special about it.

mod bad_answers;
mod customizations;
mod rest_xml;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use service_models::{Operation, catalog};

use connectors::protocol::{
    WireRequest, WireResponse, arguments, parse_response, prepare, serialize,
};

fn operation(service: &str, action: &str) -> Operation {
    catalog()
        .service(service)
        .unwrap()
        .operation(action)
        .unwrap()
}

fn request(service: &str, action: &str, given: Value) -> WireRequest {
    let operation = operation(service, action);
    let mut arguments =
        arguments::normalize(operation.input(), &given, &|_| "token".to_owned()).unwrap();
    prepare(operation, &mut arguments, "eu-north-1").unwrap();
    serialize(operation, &arguments).unwrap()
}

fn sent<'a>(request: &'a WireRequest, name: &str) -> Option<&'a str> {
    let found = request.headers.iter().find(|(given, _)| given == name);
    found.map(|(_, value)| value.as_str())
}

fn body(request: &WireRequest) -> &str {
    std::str::from_utf8(&request.body).unwrap()
}

/// The fields of a form, decoded as far as these tests need it.
fn form(request: &WireRequest) -> Vec<String> {
    let decoded = body(request)
        .replace("%3A", ":")
        .replace("%20", " ")
        .replace("%2F", "/");
    decoded.split('&').map(str::to_owned).collect()
}

fn answer(
    service: &str,
    action: &str,
    status: u16,
    headers: &[(&str, &str)],
    body: &str,
) -> WireResponse {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(
            HeaderName::try_from(*name).unwrap(),
            HeaderValue::from_str(value).unwrap(),
        );
    }
    parse_response(operation(service, action), status, &map, body.as_bytes())
}

fn success(service: &str, action: &str, body: &str) -> Value {
    match answer(service, action, 200, &[], body) {
        WireResponse::Success(result) => result,
        other => panic!("{other:?}"),
    }
}

#[test]
fn json_requests() {
    let given = json!({"InstanceId": "i-1", "Filters": [{"Key": "State", "Values": ["Missing"]}], "MaxResults": 10});
    let wire = request("ssm", "describeInstancePatches", given.clone());
    assert_eq!((wire.method.as_str(), wire.uri.as_str()), ("POST", "/"));
    assert!(wire.headers.contains(&(
        "x-amz-target".into(),
        "AmazonSSM.DescribeInstancePatches".into()
    )));
    assert!(
        wire.headers
            .contains(&("content-type".into(), "application/x-amz-json-1.1".into()))
    );
    assert_eq!(serde_json::from_slice::<Value>(&wire.body).unwrap(), given);

    let wire = request(
        "kms",
        "encrypt",
        json!({"KeyId": "k", "Plaintext": "hello"}),
    );
    let sent: Value = serde_json::from_slice(&wire.body).unwrap();
    assert_eq!(sent["Plaintext"], "aGVsbG8=");

    let times = json!({
        "Namespace": "N", "MetricName": "M", "Period": 60,
        "StartTime": "2024-05-06T07:08:09Z", "EndTime": "2024-05-06T08:08:09.5Z",
    });
    let wire = request("cloudwatch", "getMetricStatistics", times);
    let sent: Value = serde_json::from_slice(&wire.body).unwrap();
    assert_eq!(
        (&sent["StartTime"], &sent["EndTime"]),
        (&json!(1714979289), &json!(1714982889.5))
    );
    assert!(
        wire.headers
            .contains(&("x-amzn-query-mode".into(), "true".into()))
    );

    assert_eq!(
        body(&request("ssm", "describeInstanceInformation", json!({}))),
        "{}"
    );
}

#[test]
fn json_answers() {
    let result = success(
        "ssm",
        "describeInstancePatches",
        r#"{"Patches": [{"Title": "t", "KBId": "KB1", "InstalledTime": 1714979289.25, "CVEIds": null, "Unknown": 1}],
            "NextToken": "n"}"#,
    );
    let patch = json!({"Title": "t", "KbId": "KB1", "InstalledTime": "2024-05-06T07:08:09.250Z"});
    assert_eq!(result, json!({"Patches": [patch], "NextToken": "n"}));
    let body = r#"{"Item": {"Id": {"S": "1"}, "on": {"BOOL": true}, "raw": {"B": "aGk="}}}"#;
    let expected = json!({"Item": {"Id": {"S": "1"}, "on": {"Bool": true}, "raw": {"B": "hi"}}});
    assert_eq!(success("dynamodb", "getItem", body), expected);
    let result = success("kms", "encrypt", r#"{"CiphertextBlob": "/wD/"}"#);
    assert_eq!(
        result,
        json!({"CiphertextBlob": "/wD/"}),
        "bytes that are no text stay base64"
    );
    assert_eq!(success("dynamodb", "putItem", "{}"), json!({}));
    assert_eq!(success("dynamodb", "putItem", ""), json!({}));
    assert_eq!(
        success("ssm", "describeInstancePatches", r#"{"Patches": null}"#),
        json!({})
    );
}

#[test]
fn query_requests() {
    let attributes = json!({"kind": {"DataType": "String", "StringValue": "it's"}});
    let given = json!({"TopicArn": "arn:aws:sns:x:1:t", "Message": {"a": 1}, "MessageAttributes": attributes});
    let wire = request("sns", "publish", given);
    let content_type = "application/x-www-form-urlencoded; charset=utf-8";
    assert_eq!(wire.headers, [("content-type".into(), content_type.into())]);
    let expected = [
        "Action=Publish",
        "Version=2010-03-31",
        "TopicArn=arn:aws:sns:x:1:t",
        "Message=%7B%22a%22:1%7D",
        "MessageAttributes.entry.1.Name=kind",
        "MessageAttributes.entry.1.Value.DataType=String",
        "MessageAttributes.entry.1.Value.StringValue=it%27s",
    ];
    assert_eq!(form(&wire), expected);

    let given =
        json!({"TargetGroupArn": "tg", "Targets": [{"Id": "i-1"}, {"Id": "i-2", "Port": 80}]});
    let wire = request("elasticloadbalancingv2", "deregisterTargets", given);
    let expected = [
        "TargetGroupArn=tg",
        "Targets.member.1.Id=i-1",
        "Targets.member.2.Id=i-2",
        "Targets.member.2.Port=80",
    ];
    assert_eq!(form(&wire)[2..], expected);

    let given = json!({"Filters": [{"Name": "engine", "Values": ["x"]}]});
    let wire = request("rds", "describeDBInstances", given);
    assert_eq!(
        form(&wire)[2..],
        [
            "Filters.Filter.1.Name=engine",
            "Filters.Filter.1.Values.Value.1=x"
        ]
    );

    let given = json!({"TargetGroupArn": "tg", "Targets": []});
    let wire = request("elasticloadbalancingv2", "describeTargetHealth", given);
    assert_eq!(form(&wire)[2..], ["TargetGroupArn=tg", "Targets="]);
}

#[test]
fn query_answers() {
    let body = r#"<?xml version="1.0"?>
        <DescribeTargetHealthResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/">
          <DescribeTargetHealthResult><TargetHealthDescriptions>
            <member><Target><Id>i-1</Id><Port>80</Port></Target>
              <TargetHealth><State>unhealthy</State><Description>a &lt; b &amp; c</Description></TargetHealth></member>
            <member><Target><Id>i-2</Id></Target></member>
          </TargetHealthDescriptions></DescribeTargetHealthResult>
          <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>
        </DescribeTargetHealthResponse>"#;
    let expected = json!({"TargetHealthDescriptions": [
        {"Target": {"Id": "i-1", "Port": 80}, "TargetHealth": {"State": "unhealthy", "Description": "a < b & c"}},
        {"Target": {"Id": "i-2"}},
    ]});
    assert_eq!(
        success("elasticloadbalancingv2", "describeTargetHealth", body),
        expected
    );

    let body = "<R><DescribeDBInstancesResult><DBInstances><DBInstance>\
        <DBInstanceIdentifier>d</DBInstanceIdentifier><AllocatedStorage>20</AllocatedStorage><MultiAZ>false</MultiAZ>\
        <InstanceCreateTime>2024-05-06T07:08:09.123Z</InstanceCreateTime>\
        </DBInstance></DBInstances></DescribeDBInstancesResult></R>";
    let expected = json!({"DbInstances": [{
        "DbInstanceIdentifier": "d",
        "AllocatedStorage": 20,
        "InstanceCreateTime": "2024-05-06T07:08:09.123Z",
        "MultiAZ": false,
    }]});
    assert_eq!(success("rds", "describeDBInstances", body), expected);

    let body = "<R><GetTopicAttributesResult><Attributes>\
        <entry><key>Owner</key><value>1</value></entry><entry><key>Policy</key><value/></entry>\
        </Attributes></GetTopicAttributesResult></R>";
    assert_eq!(
        success("sns", "getTopicAttributes", body),
        json!({"Attributes": {"Owner": "1", "Policy": ""}})
    );
    assert_eq!(
        success(
            "elasticloadbalancingv2",
            "registerTargets",
            "<R><RegisterTargetsResult/></R>"
        ),
        json!({})
    );
}

#[test]
fn ec2_requests() {
    let filters = json!([{"Name": "tag:a", "Values": ["b", "c"]}]);
    let given = json!({"InstanceIds": ["i-1", "i-2"], "Filters": filters, "DryRun": false});
    let mut fields = form(&request("ec2", "describeInstances", given));
    fields[2..].sort();
    let expected = [
        "Action=DescribeInstances",
        "Version=2016-11-15",
        "DryRun=false",
        "Filter.1.Name=tag:a",
        "Filter.1.Value.1=b",
        "Filter.1.Value.2=c",
        "InstanceId.1=i-1",
        "InstanceId.2=i-2",
    ];
    assert_eq!(fields, expected);
    let fields = form(&request(
        "ec2",
        "runInstances",
        json!({"ImageId": "ami", "MinCount": 1, "MaxCount": 1}),
    ));
    assert!(
        fields.contains(&"ClientToken=token".to_owned()),
        "{fields:?}"
    );
}

#[test]
fn ec2_answers() {
    let body = "<DescribeInstancesResponse><requestId>r</requestId><reservationSet><item><instancesSet><item>\
        <instanceId>i-1</instanceId><instanceState><code>16</code><name>running</name></instanceState>\
        <launchTime>2024-05-06T07:08:09.000Z</launchTime><ebsOptimized>true</ebsOptimized>\
        <tagSet><item><key>Name</key><value>web</value></item></tagSet>\
        </item></instancesSet></item></reservationSet></DescribeInstancesResponse>";
    let expected = json!({"Reservations": [{"Instances": [{
        "EbsOptimized": true,
        "Tags": [{"Key": "Name", "Value": "web"}],
        "InstanceId": "i-1",
        "State": {"Code": 16, "Name": "running"},
        "LaunchTime": "2024-05-06T07:08:09Z",
    }]}]});
    assert_eq!(success("ec2", "describeInstances", body), expected);
    assert_eq!(
        success("ec2", "rebootInstances", "<R><return>true</return></R>"),
        json!({})
    );
    assert_eq!(success("ec2", "rebootInstances", ""), json!({}));
}

#[test]
fn rest_json_requests() {
    let function = "arn:aws:lambda:x:1:function:f";
    let given = json!({"FunctionName": function, "Qualifier": "a b", "InvocationType": "Event", "Payload": {"k": 1}});
    let wire = request("lambda", "invoke", given);
    assert_eq!(wire.method, "POST");
    let function = "arn%3Aaws%3Alambda%3Ax%3A1%3Afunction%3Af";
    assert_eq!(
        wire.uri,
        format!("/2015-03-31/functions/{function}/invocations?Qualifier=a%20b")
    );
    assert!(
        wire.headers
            .contains(&("x-amz-invocation-type".into(), "Event".into()))
    );
    assert_eq!(body(&wire), r#"{"k":1}"#);

    let wire = request(
        "lambda",
        "createAlias",
        json!({"FunctionName": "f", "Name": "live", "FunctionVersion": "1"}),
    );
    assert_eq!(body(&wire), r#"{"Name":"live","FunctionVersion":"1"}"#);
    assert!(
        wire.headers
            .contains(&("content-type".into(), "application/json".into()))
    );

    let wire = request(
        "lambda",
        "untagResource",
        json!({"Resource": "r", "TagKeys": ["a", "b&c"]}),
    );
    assert_eq!(wire.uri, "/2017-03-31/tags/r?tagKeys=a&tagKeys=b%26c");
    assert_eq!((body(&wire), wire.headers.as_slice()), ("", &[][..]));

    let missing = serialize(operation("lambda", "invoke"), &serde_json::Map::new()).unwrap_err();
    assert_eq!(
        missing.to_string(),
        "Unable to marshall request to JSON: Parameter 'FunctionName' must not be null"
    );
}

#[test]
fn rest_json_answers() {
    let headers = [
        ("x-amz-executed-version", "$LATEST"),
        ("X-Amz-Function-Error", "Unhandled"),
    ];
    let WireResponse::Success(result) = answer("lambda", "invoke", 200, &headers, r#"{"a":1}"#)
    else {
        panic!()
    };
    let expected = json!({
        "StatusCode": 200, "FunctionError": "Unhandled", "ExecutedVersion": "$LATEST", "Payload": r#"{"a":1}"#,
    });
    assert_eq!(result, expected);
    let body = r#"{"cluster": {"name": "c", "createdAt": 1714979289, "tags": {"Key": "v"}}}"#;
    let expected = json!({"Cluster": {"Name": "c", "CreatedAt": "2024-05-06T07:08:09Z", "Tags": {"Key": "v"}}});
    assert_eq!(success("eks", "describeCluster", body), expected);
}

/// Service, action, headers, body; the code and message expected.
type ErrorCase = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
    Option<&'static str>,
    &'static str,
);

#[test]
fn errors_of_every_protocol() {
    const PAGE: &str =
        "Service returned HTTP status code 400 and a body that is no error document: ";
    let cases: &[ErrorCase] = &[
        (
            "ssm",
            "getParameter",
            &[],
            r#"{"__type":"a.b#ParameterNotFound","message":"m"}"#,
            Some("ParameterNotFound"),
            "m",
        ),
        (
            "dynamodb",
            "getItem",
            &[],
            r#"{"__type":"x#Invalid","Message":"M"}"#,
            Some("Invalid"),
            "M",
        ),
        (
            "cloudwatch",
            "disableAlarmActions",
            &[("x-amzn-query-error", "ValidationError;Sender")],
            r#"{"__type":"x#Other","message":"m"}"#,
            Some("ValidationError"),
            "m",
        ),
        (
            "lambda",
            "invoke",
            &[(
                "x-amzn-errortype",
                "ResourceNotFoundException:http://internal/",
            )],
            r#"{"Message":"Function not found","Type":"User"}"#,
            Some("ResourceNotFoundException"),
            "Function not found",
        ),
        (
            "sns",
            "publish",
            &[],
            "<ErrorResponse><Error><Type>Sender</Type><Code>NotFound</Code><Message>gone</Message></Error></ErrorResponse>",
            Some("NotFound"),
            "gone",
        ),
        (
            "ec2",
            "rebootInstances",
            &[],
            "<Response><Errors><Error><Code>Invalid.NotFound</Code><Message>no i-1</Message></Error></Errors></Response>",
            Some("Invalid.NotFound"),
            "no i-1",
        ),
        (
            "ec2",
            "rebootInstances",
            &[],
            "",
            None,
            "Service returned HTTP status code 400",
        ),
    ];
    for (service, action, headers, body, code, message) in cases {
        let WireResponse::Error(error) = answer(service, action, 400, headers, body) else {
            panic!("{service}")
        };
        assert_eq!(
            (error.code.as_deref(), error.message.as_deref()),
            (*code, Some(*message)),
            "{service}"
        );
    }
    for (service, action, body, shown) in [
        (
            "ssm",
            "getParameter",
            "<!doctype html>\n<title>500</title>",
            "<!doctype html> <title>500</title>",
        ),
        (
            "sns",
            "publish",
            "<ErrorResponse><Error><Code>Cut",
            "<ErrorResponse><Error><Code>Cut",
        ),
    ] {
        let WireResponse::Error(error) = answer(service, action, 400, &[], body) else {
            panic!("{service}")
        };
        assert_eq!(
            (error.code, error.message),
            (None, Some(format!("{PAGE}{shown}")))
        );
    }
    // A code is enough to tell what is wrong.
    for (service, action, body) in [
        ("ssm", "getParameter", r#"{"__type":"Gone"}"#),
        (
            "ec2",
            "copySnapshot",
            "<Response><Errors><Error><Code>Gone</Code><Message/></Error></Errors></Response>",
        ),
    ] {
        let WireResponse::Error(error) = answer(service, action, 400, &[], body) else {
            panic!("{service}")
        };
        assert_eq!((error.code.as_deref(), error.message), (Some("Gone"), None));
    }
}

#[test]
fn request_ids_come_from_headers_or_body() {
    let headers = [("x-amzn-requestid", "r-2"), ("x-amz-id-2", "e")];
    let WireResponse::Error(error) = answer("ssm", "getParameter", 400, &headers, "{}") else {
        panic!()
    };
    assert_eq!(
        (
            error.request_id.as_deref(),
            error.extended_request_id.as_deref()
        ),
        (Some("r-2"), Some("e"))
    );
    let body = "<Response><Errors><Error><Code>A</Code></Error></Errors><RequestID>r-3</RequestID></Response>";
    let WireResponse::Error(error) = answer("ec2", "rebootInstances", 400, &[], body) else {
        panic!()
    };
    assert_eq!(error.request_id.as_deref(), Some("r-3"));
}

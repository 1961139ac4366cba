//! The client against a server of this test that answers well, badly, or not at all.

use std::sync::Arc;

use connectors::{
    CallError, CallRequest, FunctionAnswer, FunctionRefusal, LocalFunctions, LocalFuture,
    LocalInvocation, ResourceRef, TaskFailure,
};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::support::{
    DESCRIBED, REBOOTED, Server, call, cause_begins, cause_ends, cause_has, connectors_with,
    failure, optimized, raw_server, reboot, response, sdk,
};

#[tokio::test]
async fn a_call_is_signed_and_answered() {
    let server = Server::start(vec![response(
        200,
        r#"{"Parameter": {"Name": "n", "ARN": "a"}}"#,
    )])
    .await;
    let result = call(
        &server.url,
        sdk("ssm", "getParameter", json!({"Name": "n"})),
    )
    .await
    .unwrap();
    assert_eq!(result, json!({"Parameter": {"Name": "n", "Arn": "a"}}));
    let seen = &server.seen()[0];
    assert_eq!(
        (seen.method.as_str(), seen.uri.as_str(), seen.body.as_str()),
        ("POST", "/", r#"{"Name":"n"}"#)
    );
    let authorization = seen.headers["authorization"].to_str().unwrap();
    assert!(
        authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKID/"),
        "{authorization}"
    );
    assert!(
        authorization.contains("/eu-north-1/ssm/aws4_request"),
        "{authorization}"
    );
    assert_eq!(seen.headers["x-amz-target"], "AmazonSSM.GetParameter");
}

#[tokio::test]
async fn throttling_and_server_errors_are_tried_again() {
    let busy = response(
        503,
        "<Response><Errors><Error><Code>Unavailable</Code></Error></Errors></Response>",
    );
    let slow = response(
        400,
        "<Response><Errors><Error><Code>RequestLimitExceeded</Code></Error></Errors></Response>",
    );
    let server = Server::start(vec![busy, slow, response(200, DESCRIBED)]).await;
    let (connectors, sleep) = connectors_with(&server.url, None);
    let describe = sdk("ec2", "describeInstances", json!({}));
    let result = connectors.call(&describe).await.unwrap();
    assert_eq!(result["NextToken"], "t");
    assert_eq!(server.seen().len(), 3);
    assert_eq!(sleep.0.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_write_is_only_sent_again_when_it_was_turned_away() {
    let slow = response(
        503,
        "<Response><Errors><Error><Code>RequestLimitExceeded</Code></Error></Errors></Response>",
    );
    let server = Server::start(vec![slow, response(200, REBOOTED)]).await;
    assert_eq!(call(&server.url, reboot()).await.unwrap(), json!({}));
    assert_eq!(server.seen().len(), 2);
    for status in [500, 502, 503, 504] {
        let server = Server::start(vec![response(status, "<html>")]).await;
        let failed = failure(&server.url, reboot()).await;
        assert_eq!(failed.error, "Ec2.Ec2Exception");
        assert_eq!(server.seen().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn attempts_have_an_end_and_are_told() {
    let page = "<html><h1>Internal Server Error</h1></html>";
    let server = Server::start(vec![response(500, page)]).await;
    let failure = failure(
        &server.url,
        sdk(
            "ssm",
            "describeInstancePatches",
            json!({"InstanceId": "i-1"}),
        ),
    )
    .await;
    assert_eq!(failure.error, "Ssm.SsmException");
    assert_eq!(
        failure.cause,
        format!(
            "Service returned HTTP status code 500 and a body that is no error document: {page} \
             (Service: Ssm, Status Code: 500, Request ID: r-1) (SDK Attempt Count: 3)"
        ),
    );
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn other_errors_are_not_tried_again() {
    let body = "<Response><Errors><Error><Code>InvalidInstanceID.NotFound</Code><Message>no i-1</Message></Error></Errors></Response>";
    let server = Server::start(vec![response(400, body)]).await;
    let failure = failure(&server.url, reboot()).await;
    let cause = "no i-1 (Service: Ec2, Status Code: 400, Request ID: r-1)";
    assert_eq!(failure, TaskFailure::new("Ec2.Ec2Exception", cause));
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn the_same_call_has_the_same_token() {
    let answer = response(200, "<RunInstancesResponse/>");
    let server = Server::start(vec![answer]).await;
    let run = sdk("ec2", "runInstances", json!({"MinCount": 1, "MaxCount": 1}));
    call(&server.url, run.clone()).await.unwrap();
    call(&server.url, run.clone()).await.unwrap();
    call(
        &server.url,
        CallRequest {
            call_key: "another".into(),
            execution_arn: None,
            ..run
        },
    )
    .await
    .unwrap();
    let bodies: Vec<String> = server.seen().into_iter().map(|seen| seen.body).collect();
    assert!(bodies[0].contains("ClientToken="));
    assert_eq!(bodies[0], bodies[1]);
    assert_ne!(bodies[0], bodies[2]);
}

#[tokio::test]
async fn wrong_arguments_are_not_sent() {
    let server = Server::start(vec![response(200, "{}")]).await;
    let failure = failure(&server.url, sdk("ssm", "getParameter", json!({"Nam": "n"}))).await;
    assert_eq!(failure.error, "States.Runtime");
    cause_has(
        &failure,
        "The field \"Nam\" is not supported by Step Functions",
    );
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn success_that_cannot_be_read_is_a_client_exception() {
    let server = Server::start(vec![response(200, "<!doctype html><p>Welcome")]).await;
    let failure = failure(
        &server.url,
        sdk("ssm", "getParameter", json!({"Name": "n"})),
    )
    .await;
    assert_eq!(failure.error, "Ssm.SdkClientException");
    cause_begins(&failure, "Unable to unmarshall response (");
    cause_ends(
        &failure,
        "Response Code: 200, Response Text: OK (SDK Attempt Count: 1)",
    );
}

#[tokio::test]
async fn an_endpoint_that_is_down() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let failure = failure(&url, reboot()).await;
    assert_eq!(failure.error, "Ec2.SdkClientException");
    cause_begins(
        &failure,
        "Unable to execute HTTP request: Connect to 127.0.0.1:",
    );
    assert!(
        failure.cause.ends_with("(SDK Attempt Count: 3)"),
        "never sent, so tried again: {}",
        failure.cause
    );
}

#[tokio::test]
async fn answers_that_are_cut_off() {
    for bytes in [
        &b""[..],
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<RebootInstances",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<Rebo",
        b"this is no HTTP at all\r\n\r\n",
    ] {
        let url = raw_server(bytes).await;
        let failed = failure(&url, reboot()).await;
        assert_eq!(failed.error, "Ec2.SdkClientException");
        cause_begins(&failed, "Unable to execute HTTP request: ");
        assert!(
            failed.cause.ends_with("(SDK Attempt Count: 1)"),
            "may have rebooted, so not again: {}",
            failed.cause
        );

        let failed = failure(&url, sdk("ec2", "describeInstances", json!({}))).await;
        assert!(
            failed.cause.ends_with("(SDK Attempt Count: 3)"),
            "a read: {}",
            failed.cause
        );
    }
}

#[tokio::test]
async fn an_answer_without_end_is_cut() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut vec![0; 65536]).await;
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
                .await;
            let chunk = vec![b' '; 1 << 20];
            while stream.write_all(&chunk).await.is_ok() {}
        }
    });
    let failure = failure(&url, reboot()).await;
    assert_eq!(failure.error, "Ec2.SdkClientException");
    cause_has(&failure, "larger than 16777216 bytes");
}

#[tokio::test]
async fn a_large_answer_is_read() {
    let name = "n".repeat(2 << 20);
    let body = json!({"Parameter": {"Name": name}}).to_string();
    let server = Server::start(vec![response(200, &body)]).await;
    let request = sdk("ssm", "getParameter", json!({"Name": "n"}));
    let result = call(&server.url, request).await.unwrap();
    assert_eq!(result["Parameter"]["Name"], json!(name));
}

#[tokio::test]
async fn sns_publish() {
    let body = "<PublishResponse><PublishResult><MessageId>m-1</MessageId></PublishResult></PublishResponse>";
    let mut answer = response(200, body);
    answer
        .headers_mut()
        .insert("content-type", "text/xml".parse().unwrap());
    let refusal = "<ErrorResponse><Error><Code>InvalidParameter</Code><Message>Invalid parameter: TopicArn</Message></Error></ErrorResponse>";
    let server = Server::start(vec![answer, response(400, refusal)]).await;
    let publish = optimized(
        "sns",
        "publish",
        json!({"TopicArn": "t", "Message": {"a": 1}}),
    );
    let result = call(&server.url, publish.clone()).await.unwrap();
    assert_eq!(result["MessageId"], "m-1");
    assert_eq!(result["SdkHttpMetadata"]["HttpStatusCode"], 200);
    assert_eq!(
        result["SdkHttpMetadata"]["HttpHeaders"]["Content-Type"],
        "text/xml"
    );
    assert_eq!(
        result["SdkHttpMetadata"]["AllHttpHeaders"]["x-amzn-RequestId"],
        json!(["r-1"])
    );
    assert_eq!(result["SdkResponseMetadata"], json!({"RequestId": "r-1"}));
    assert!(server.seen()[0].body.contains("Message=%7B%22a%22%3A1%7D"));

    let failure = failure(&server.url, publish).await;
    assert_eq!(failure.error, "SNS.InvalidParameterException");
    assert_eq!(
        failure.cause,
        "Invalid parameter: TopicArn (Service: AmazonSNS; Status Code: 400; Error Code: InvalidParameter; Request ID: r-1; \
         Proxy: null)",
    );
}

#[tokio::test]
async fn lambda_at_the_api() {
    let mut answer = response(200, r#"{"greeting": "hello"}"#);
    answer
        .headers_mut()
        .insert("x-amz-executed-version", "3".parse().unwrap());
    let mut raised = response(200, r#"{"errorType":"NotYet","errorMessage":"m"}"#);
    raised
        .headers_mut()
        .insert("x-amz-function-error", "Unhandled".parse().unwrap());
    let mut unknown = response(
        404,
        r#"{"Message": "Function not found: f", "Type": "User"}"#,
    );
    unknown.headers_mut().insert(
        "x-amzn-errortype",
        "ResourceNotFoundException".parse().unwrap(),
    );
    let server = Server::start(vec![answer, raised, unknown]).await;
    let invoke = optimized(
        "lambda",
        "invoke",
        json!({"FunctionName": "f", "Payload": {"name": "x"}}),
    );
    let result = call(&server.url, invoke.clone()).await.unwrap();
    assert_eq!(
        (
            &result["Payload"],
            &result["ExecutedVersion"],
            &result["StatusCode"]
        ),
        (&json!({"greeting": "hello"}), &json!("3"), &json!(200))
    );
    assert_eq!(server.seen()[0].body, r#"{"name":"x"}"#);
    let raised = failure(&server.url, invoke.clone()).await;
    assert_eq!(
        raised,
        TaskFailure::new("NotYet", r#"{"errorType":"NotYet","errorMessage":"m"}"#)
    );
    let unknown = failure(&server.url, invoke.clone()).await;
    assert_eq!(unknown.error, "Lambda.ResourceNotFoundException");
    assert_eq!(
        unknown.cause,
        "Function not found: f (Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; \
         Request ID: r-1; Proxy: null)",
    );

    let levels = |count: usize| "[".repeat(count) + &"]".repeat(count);
    for (payload, is_text) in [(levels(100), false), ("[[not JSON".to_owned(), true)] {
        let server = Server::start(vec![response(200, &payload)]).await;
        let result = call(&server.url, invoke.clone()).await.unwrap();
        assert_eq!(result["Payload"].is_string(), is_text);
    }
    let server = Server::start(vec![response(200, &levels(5_000))]).await;
    let by_arn = CallRequest {
        resource: ResourceRef::LambdaFunction { arn: "f".into() },
        ..invoke.clone()
    };
    for request in [invoke, by_arn] {
        let failed = failure(&server.url, request).await;
        assert_eq!(failed.error, "States.Runtime");
        cause_has(&failed, "too deeply");
    }
}

/// Knows the function `here`; it answers with what it was given, or raises.
struct Here;

impl LocalFunctions for Here {
    fn invoke<'a>(&'a self, invocation: LocalInvocation<'a>) -> LocalFuture<'a> {
        Box::pin(async move {
            let name = invocation
                .function_name
                .rsplit(':')
                .next()
                .unwrap_or_default();
            let answer = |payload: &str, function_error: Option<&str>| FunctionAnswer {
                executed_version: Some("$LATEST".into()),
                status_code: 200,
                function_error: function_error.map(str::to_owned),
                payload: payload.to_owned(),
                log_result: invocation.log_type.map(str::to_owned),
                request_id: "r-2".into(),
            };
            match name {
                "here" => Some(Ok(answer(invocation.payload, None))),
                "raises" => Some(Ok(answer(r#"{"errorType":"E"}"#, Some("Unhandled")))),
                "refuses" => Some(Err(FunctionRefusal {
                    code: "InvalidRequestContentException".into(),
                    status_code: 400,
                    message: "bad".into(),
                    request_id: "r-2".into(),
                })),
                _ => None,
            }
        })
    }
}

#[tokio::test]
async fn local_functions_go_first() {
    let server = Server::start(vec![response(200, r#""from the API""#)]).await;
    let (connectors, _) = connectors_with(&server.url, Some(Arc::new(Here)));
    let invoke = |name: &str| {
        optimized(
            "lambda",
            "invoke",
            json!({"FunctionName": name, "Payload": {"a": [1]}}),
        )
    };
    let result = connectors.call(&invoke("here")).await.unwrap();
    assert_eq!(result["Payload"], json!({"a": [1]}));
    let headers = &result["SdkHttpMetadata"]["HttpHeaders"];
    assert_eq!(
        (&headers["Content-Length"], &headers["x-amzn-RequestId"]),
        (&json!("9"), &json!("r-2"))
    );
    assert_eq!(result["SdkResponseMetadata"]["RequestId"], "r-2");
    let keys: Vec<&String> = result.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "ExecutedVersion",
            "Payload",
            "SdkHttpMetadata",
            "SdkResponseMetadata",
            "StatusCode"
        ]
    );

    let raised = connectors.call(&invoke("raises")).await.unwrap_err();
    assert_eq!(
        raised,
        CallError::Failed(TaskFailure::new("E", r#"{"errorType":"E"}"#))
    );
    let Err(CallError::Failed(refused)) = connectors.call(&invoke("refuses")).await else {
        panic!()
    };
    assert_eq!(refused.error, "Lambda.InvalidRequestContentException");

    // The SDK integration shows what the API answers, errors of functions among it.
    let through_sdk = |name: &str| {
        let arguments = json!({"FunctionName": name, "Payload": {"a": [1]}, "LogType": "Tail"});
        sdk("lambda", "invoke", arguments)
    };
    assert_eq!(
        connectors.call(&through_sdk("here")).await.unwrap(),
        json!({"ExecutedVersion": "$LATEST", "LogResult": "Tail", "Payload": r#"{"a":[1]}"#, "StatusCode": 200})
    );
    let raised = connectors.call(&through_sdk("raises")).await.unwrap();
    assert_eq!(raised["FunctionError"], "Unhandled");
    let Err(CallError::Failed(refused)) = connectors.call(&through_sdk("refuses")).await else {
        panic!()
    };
    assert_eq!(refused.error, "Lambda.InvalidRequestContentException");

    let by_arn = CallRequest {
        resource: ResourceRef::LambdaFunction {
            arn: "arn:aws:lambda:eu-north-1:1:function:here".into(),
        },
        ..sdk("", "", json!([1, "two"]))
    };
    assert_eq!(connectors.call(&by_arn).await.unwrap(), json!([1, "two"]));
    assert!(server.seen().is_empty(), "nothing went to the API");

    assert_eq!(
        connectors.call(&invoke("elsewhere")).await.unwrap()["Payload"],
        "from the API"
    );
}

#[tokio::test]
async fn what_is_not_supported_is_refused() {
    for request in [
        sdk("kinesis", "subscribeToShard", json!({})),
        optimized("glue", "startJobRun", json!({})),
        sdk("sts", "assumeRole", json!({})),
    ] {
        let refused = call("http://127.0.0.1:1", request).await;
        assert!(matches!(refused, Err(CallError::Refused(_))), "{refused:?}");
    }
}

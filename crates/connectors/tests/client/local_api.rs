//! APIs that this process answers itself.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use connectors::aws::{AwsClient, AwsConfig, LocalApi, LocalCall, LocalFuture, Served};
use connectors::{CallError, Connectors};
use http::Response;
use serde_json::{Map, Value, json};
use service_models::Operation;

use crate::support::{Server, optimized, response, sdk};

/// Answers Step Functions' operations, and remembers what it was asked.
#[derive(Debug, Default)]
struct Local {
    asked: Mutex<Vec<(String, Value, String)>>,
}

impl LocalApi for Local {
    fn serves<'a>(
        &'a self,
        operation: Operation,
        arguments: &'a Map<String, Value>,
    ) -> LocalFuture<'a, Served> {
        let served = match operation.service().boto_name() {
            "stepfunctions" => Served::Here,
            "events" => Served::Both,
            _ if arguments.get("Name").is_some_and(|name| name == "nightly") => Served::Here,
            _ => Served::Elsewhere,
        };
        Box::pin(async move { served })
    }

    fn call<'a>(&'a self, call: LocalCall<'a>) -> LocalFuture<'a, Response<Bytes>> {
        let LocalCall {
            operation,
            request,
            call_key,
        } = call;
        let asked = match request.body.as_slice() {
            b"" => json!(request.uri),
            body => serde_json::from_slice(body).unwrap(),
        };
        let (status, body) = match operation.name() {
            "GetSchedule" => (200, json!({"Name": "nightly"})),
            "StartExecution" => (200, json!({"executionArn": "arn:e", "startDate": 1.5})),
            _ => (
                400,
                json!({"__type": "InvalidToken", "message": "Invalid Token: 'Invalid token'"}),
            ),
        };
        let call = (operation.name().to_owned(), asked, call_key.to_owned());
        self.asked.lock().unwrap().push(call);
        Box::pin(async move {
            let response = Response::builder().status(status);
            let response = response.header("x-amzn-RequestId", "r-1");
            response.body(Bytes::from(body.to_string())).unwrap()
        })
    }
}

#[tokio::test]
async fn what_it_serves_needs_no_endpoint_and_no_credentials() {
    let local = Arc::new(Local::default());
    // Nobody listens there.
    let config = Arc::new(AwsConfig::fixed(
        "http://127.0.0.1:1",
        "eu-north-1",
        "a",
        "b",
    ));
    let client = AwsClient::new(config).with_local_api(local.clone());
    let connectors = Connectors::new(client, None);

    let arguments = json!({"StateMachineArn": "arn:m", "Input": {"a": 1}});
    let request = sdk("sfn", "startExecution", arguments.clone());
    let started = connectors.call(&request).await.unwrap();
    let expected = json!({"ExecutionArn": "arn:e", "StartDate": "1970-01-01T00:00:01.500Z"});
    assert_eq!(started, expected);

    let request = optimized("states", "startExecution", arguments);
    let started = connectors.call(&request).await.unwrap();
    assert_eq!(started["StartDate"], 1500);
    assert_eq!(started["SdkResponseMetadata"]["RequestId"], "r-1");

    let arguments = json!({"TaskToken": "t", "Output": "{}"});
    let refused = connectors
        .call(&sdk("sfn", "sendTaskSuccess", arguments))
        .await;
    let Err(CallError::Failed(failure)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(failure.error, "Sfn.InvalidTokenException");
    assert!(
        failure.cause.starts_with(
            "Invalid Token: 'Invalid token' (Service: Sfn, Status Code: 400, Request ID: r-1)"
        ),
        "{}",
        failure.cause
    );

    // Of other services, what is here.
    let get = |name| {
        sdk(
            "scheduler",
            "getSchedule",
            json!({"Name": name, "GroupName": "g"}),
        )
    };
    let found = connectors.call(&get("nightly")).await.unwrap();
    assert_eq!(found, json!({"Name": "nightly"}));
    let elsewhere = connectors.call(&get("daily")).await;
    assert!(
        matches!(elsewhere, Err(CallError::Failed(_))),
        "{elsewhere:?}"
    );

    let asked = local.asked.lock().unwrap();
    let start = json!({"stateMachineArn": "arn:m", "input": "{\"a\":1}"});
    let call = (
        "StartExecution".to_owned(),
        start,
        "execution/1/0/0".to_owned(),
    );
    assert_eq!(asked[..2], [call.clone(), call]);
    assert_eq!(asked[3].1, json!("/schedules/nightly?groupName=g"));
    assert_eq!(asked.len(), 4);
}

#[tokio::test]
async fn what_goes_to_both_comes_here_when_it_has_arrived_there() {
    let refused = r#"{"__type":"ValidationException","message":"no"}"#;
    let server = Server::start(vec![
        response(400, refused),
        response(
            200,
            r#"{"FailedEntryCount":0,"Entries":[{"EventId":"there"}]}"#,
        ),
    ])
    .await;
    let local = Arc::new(Local::default());
    let config = Arc::new(AwsConfig::fixed(&server.url, "eu-north-1", "a", "b"));
    let client = AwsClient::new(config).with_local_api(local.clone());
    let connectors = Connectors::new(client, None);
    let entry = json!({"Source": "s", "DetailType": "t", "Detail": "{}"});
    let request = sdk("eventbridge", "putEvents", json!({"Entries": [entry]}));
    connectors.call(&request).await.unwrap_err();
    assert!(local.asked.lock().unwrap().is_empty());
    let answer = connectors.call(&request).await.unwrap();
    assert_eq!(answer["Entries"][0]["EventId"], "there");
    let asked = local.asked.lock().unwrap();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].1["Entries"][0]["Source"], "s");
}

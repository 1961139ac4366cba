//! APIs that this process answers itself.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use connectors::aws::{AwsClient, AwsConfig, LocalAnswer, LocalAnswerFuture, LocalApi};
use connectors::{CallError, Connectors};
use serde_json::{Value, json};
use service_models::Operation;

use crate::support::{optimized, sdk};

/// Answers Step Functions' operations, and remembers what it was asked.
#[derive(Debug, Default)]
struct Local {
    asked: Mutex<Vec<(String, Value, String)>>,
}

impl LocalApi for Local {
    fn serves(&self, operation: Operation) -> bool {
        operation.service().boto_name() == "stepfunctions"
    }

    fn call<'a>(
        &'a self,
        operation: Operation,
        body: Bytes,
        call_key: &'a str,
    ) -> LocalAnswerFuture<'a> {
        let asked = serde_json::from_slice(&body).unwrap();
        let (status, body) = match operation.name() {
            "StartExecution" => (200, json!({"executionArn": "arn:e", "startDate": 1.5})),
            _ => (
                400,
                json!({"__type": "InvalidToken", "message": "Invalid Token: 'Invalid token'"}),
            ),
        };
        let call = (operation.name().to_owned(), asked, call_key.to_owned());
        self.asked.lock().unwrap().push(call);
        Box::pin(async move {
            LocalAnswer {
                status,
                headers: vec![("x-amzn-RequestId", "r-1".to_owned())],
                body: body.to_string().into(),
            }
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

    let asked = local.asked.lock().unwrap();
    let start = json!({"stateMachineArn": "arn:m", "input": "{\"a\":1}"});
    let call = (
        "StartExecution".to_owned(),
        start,
        "execution/1/0/0".to_owned(),
    );
    assert_eq!(asked[..2], [call.clone(), call]);
    assert_eq!(asked.len(), 3);
}

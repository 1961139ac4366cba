//! SendTaskSuccess, SendTaskFailure and SendTaskHeartbeat.

use query::Payload;
use serde_json::{Value, json};

use crate::support::{World, text};

const TIMED_OUT: &str = "TaskTimedOut: Task Timed Out: 'Provided task does not exist anymore'";
const INVALID: &str = "InvalidToken: Invalid Token: 'Invalid token'";

/// An execution that waits for its token.
async fn waiting(world: &World) -> (String, String) {
    let state = json!({
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": "q", "MessageBody.$": "$$.Task.Token"},
        "End": true,
    });
    let machine = world.machine("m", json!({"A": state})).await;
    let execution = world.start(&machine, "e").await;
    let (call, answer) = world.call().await;
    let token = text(call.arguments.value(), "MessageBody");
    answer.send(Ok(Payload::empty_object()));
    (execution, token)
}

#[tokio::test]
async fn a_token_brings_the_tasks_output_once() {
    let world = World::new();
    let (execution, token) = waiting(&world).await;
    let success = json!({"taskToken": token, "output": "{\"done\": true}"});
    assert_eq!(
        world.ok("SendTaskSuccess", success.clone()).await,
        json!({})
    );
    let described = world.ended(&execution).await;
    assert_eq!(text(&described, "output"), "{\"done\": true}");
    assert_eq!(world.refused("SendTaskSuccess", success).await, TIMED_OUT);
    assert_eq!(
        world
            .refused("SendTaskHeartbeat", json!({"taskToken": token}))
            .await,
        TIMED_OUT
    );
    assert!(
        world
            .audit()
            .contains(&("SendTaskSuccess".to_owned(), execution))
    );
}

#[tokio::test]
async fn a_token_brings_a_failure() {
    for (members, error, cause) in [
        (json!({"error": "E", "cause": "C"}), json!("E"), json!("C")),
        (json!({}), Value::Null, Value::Null),
    ] {
        let world = World::new();
        let (execution, token) = waiting(&world).await;
        let mut failure = members;
        failure["taskToken"] = token.into();
        world.ok("SendTaskFailure", failure).await;
        let described = world.ended(&execution).await;
        assert_eq!(described["status"], "FAILED");
        assert_eq!((&described["error"], &described["cause"]), (&error, &cause));
    }
}

#[tokio::test]
async fn a_heartbeat_is_no_answer() {
    let world = World::new();
    let (execution, token) = waiting(&world).await;
    let heartbeat = json!({"taskToken": token});
    assert_eq!(world.ok("SendTaskHeartbeat", heartbeat).await, json!({}));
    world
        .ok(
            "SendTaskSuccess",
            json!({"taskToken": token, "output": "1"}),
        )
        .await;
    assert_eq!(world.ended(&execution).await["status"], "SUCCEEDED");
}

#[tokio::test]
async fn tokens_that_nobody_made_and_outputs_that_are_no_json_are_refused() {
    let world = World::new();
    let (execution, token) = waiting(&world).await;
    let success = |token: &str, output: &str| json!({"taskToken": token, "output": output});
    let mut forged = token.clone();
    forged.pop();
    for bad in [
        "NoSuchTaskToken",
        "x",
        forged.as_str(),
        &format!("{token}AAAA"),
    ] {
        // The token is looked at first, as on AWS.
        assert_eq!(
            world.refused("SendTaskSuccess", success(bad, "x")).await,
            INVALID
        );
        assert_eq!(
            world
                .refused("SendTaskFailure", json!({"taskToken": bad}))
                .await,
            INVALID
        );
        assert_eq!(
            world
                .refused("SendTaskHeartbeat", json!({"taskToken": bad}))
                .await,
            INVALID
        );
    }
    let output = world
        .refused("SendTaskSuccess", success(&token, "{'a'}"))
        .await;
    assert!(
        output.starts_with("InvalidOutput: Invalid Output: '"),
        "{output}"
    );
    assert_eq!(world.describe(&execution).await["status"], "RUNNING");
}

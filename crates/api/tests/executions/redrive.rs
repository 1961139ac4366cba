//! RedriveExecution.

use serde_json::json;

use crate::support::{World, arn, pass, task};

async fn failed(world: &World) -> String {
    let machine = world.machine("m", task()).await;
    let execution = world.start(&machine, "e").await;
    fail(world).await;
    world.ended(&execution).await;
    execution
}

async fn fail(world: &World) {
    let (_, answer) = world.call().await;
    answer.send(Err(interpreter::CallFailure {
        error: "E".into(),
        cause: "C".into(),
    }));
}

#[tokio::test]
async fn what_failed_goes_on_where_it_failed() {
    let world = World::new();
    let execution = failed(&world).await;
    let redrive = json!({"executionArn": execution, "clientToken": "t"});
    let redriven = world.ok("RedriveExecution", redrive.clone()).await;
    let described = world.describe(&execution).await;
    let shown = ["status", "redriveCount", "redriveStatusReason"].map(|name| &described[name]);
    assert_eq!(
        shown,
        [
            &json!("RUNNING"),
            &json!(1),
            &json!("Execution is RUNNING and cannot be redriven")
        ]
    );
    assert_eq!(described["redriveDate"], redriven["redriveDate"]);
    assert_eq!(
        (described.get("stopDate"), described.get("error")),
        (None, None)
    );

    // The same token gets the same answer, whatever has happened since.
    assert_eq!(
        world.ok("RedriveExecution", redrive.clone()).await,
        redriven
    );
    let (_, answer) = world.call().await;
    answer.send(Ok(query::Payload::empty_object()));
    assert_eq!(world.ended(&execution).await["status"], "SUCCEEDED");
    assert_eq!(world.ok("RedriveExecution", redrive).await, redriven);
    assert_eq!(
        world
            .refused("RedriveExecution", json!({"executionArn": execution}))
            .await,
        "ExecutionNotRedrivable: Execution is SUCCEEDED and cannot be redriven"
    );
    let types = world.event_types(&execution).await;
    assert!(types.contains(&"ExecutionRedriven".to_owned()), "{types:?}");
    let list = world.ok(
        "ListExecutions",
        json!({"stateMachineArn": arn("stateMachine:m"), "redriveFilter": "REDRIVEN"}),
    );
    assert_eq!(list.await["executions"][0]["redriveCount"], 1);
    let redrives = world
        .audit()
        .into_iter()
        .filter(|(action, _)| action == "RedriveExecution");
    assert_eq!(redrives.count(), 1);
}

#[tokio::test]
async fn what_runs_or_has_succeeded_is_not_redrivable() {
    let world = World::new();
    let running = world.machine("running", task()).await;
    let running = world.start(&running, "e").await;
    let succeeded = world.machine("succeeded", pass()).await;
    let succeeded = world.start(&succeeded, "e").await;
    world.ended(&succeeded).await;
    for (execution, status) in [(running, "RUNNING"), (succeeded, "SUCCEEDED")] {
        assert_eq!(
            world
                .refused("RedriveExecution", json!({"executionArn": execution}))
                .await,
            format!("ExecutionNotRedrivable: Execution is {status} and cannot be redriven")
        );
    }
}

#[tokio::test]
async fn after_two_weeks_it_is_too_late() {
    let world = World::new();
    let execution = failed(&world).await;
    // Virtual time passes while something else waits.
    let wait = json!({"A": {"Type": "Wait", "Seconds": 14 * 24 * 60 * 60, "End": true}});
    world.ran("wait", wait).await;
    let described = world.describe(&execution).await;
    let reason = "Execution redrivable period exceeded";
    assert_eq!(
        (
            &described["redriveStatus"],
            &described["redriveStatusReason"]
        ),
        (&json!("NOT_REDRIVABLE"), &json!(reason))
    );
    assert_eq!(
        world
            .refused("RedriveExecution", json!({"executionArn": execution}))
            .await,
        format!("ExecutionNotRedrivable: {reason}")
    );
}

#[tokio::test]
async fn a_state_machine_that_is_being_deleted_redrives_nothing() {
    let world = World::new();
    let execution = failed(&world).await;
    // This one keeps it from being gone.
    world.start(&arn("stateMachine:m"), "other").await;
    world
        .ok(
            "DeleteStateMachine",
            json!({"stateMachineArn": arn("stateMachine:m")}),
        )
        .await;
    assert_eq!(
        world
            .refused("RedriveExecution", json!({"executionArn": execution}))
            .await,
        "ExecutionNotRedrivable: State machine is in DELETING status"
    );
}

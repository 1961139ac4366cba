//! Map Runs.

use serde_json::{Value, json};

use crate::support::{World, arn, text};

/// A Map over the input, whose children make a call each.
fn map(members: Value) -> Value {
    let mut state = json!({
        "Type": "Map",
        "Label": "L",
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "T",
            "States": {"T": {
                "Type": "Task",
                "Resource": "arn:aws:states:::aws-sdk:sqs:listQueues",
                "End": true,
            }},
        },
        "End": true,
    });
    state
        .as_object_mut()
        .unwrap()
        .extend(members.as_object().unwrap().clone());
    json!({"A": state})
}

async fn started(world: &World, members: Value) -> String {
    let machine = world.machine("m", map(members)).await;
    let start = json!({"stateMachineArn": machine, "name": "e", "input": "[1, 2, 3]"});
    text(&world.ok("StartExecution", start).await, "executionArn")
}

fn without_dates(mut value: Value) -> Value {
    let members = value.as_object_mut().unwrap();
    members.retain(|name, _| !name.ends_with("Date"));
    value
}

fn counts(pending: u64, running: u64, succeeded: u64) -> Value {
    json!({
        "pending": pending, "running": running, "succeeded": succeeded,
        "failed": 0, "timedOut": 0, "aborted": 0,
        "total": pending + running + succeeded,
        "resultsWritten": 0, "failuresNotRedrivable": 0, "pendingRedrive": 0,
    })
}

#[tokio::test]
async fn a_map_run_is_listed_described_and_updated() {
    let world = World::new();
    let execution = started(&world, json!({"MaxConcurrency": 1})).await;
    let (_, first) = world.call().await;
    let list = world
        .ok("ListMapRuns", json!({"executionArn": execution}))
        .await;
    let run = text(&list["mapRuns"][0], "mapRunArn");
    let prefix = arn("mapRun:m/L:");
    assert!(run.starts_with(&prefix), "{run}");
    let expected = json!({
        "executionArn": execution,
        "mapRunArn": run,
        "stateMachineArn": arn("stateMachine:m/L"),
    });
    assert_eq!(without_dates(list["mapRuns"][0].clone()), expected);

    let describe =
        async || without_dates(world.ok("DescribeMapRun", json!({"mapRunArn": run})).await);
    let expected = json!({
        "mapRunArn": run,
        "executionArn": execution,
        "status": "RUNNING",
        "maxConcurrency": 1,
        "toleratedFailurePercentage": 0.0,
        "toleratedFailureCount": 0,
        "itemCounts": counts(2, 1, 0),
        "executionCounts": counts(2, 1, 0),
        "redriveCount": 0,
    });
    assert_eq!(describe().await, expected);

    let update = json!({"mapRunArn": run, "maxConcurrency": 2, "toleratedFailureCount": 1});
    assert_eq!(world.ok("UpdateMapRun", update).await, json!({}));
    let (_, second) = world.call().await;
    let described = describe().await;
    assert_eq!(
        (
            &described["maxConcurrency"],
            &described["toleratedFailureCount"]
        ),
        (&json!(2), &json!(1))
    );
    assert_eq!(described["itemCounts"], counts(1, 2, 0));

    first.send(Ok(query::Payload::empty_object()));
    second.send(Ok(query::Payload::empty_object()));
    let (_, third) = world.call().await;
    third.send(Ok(query::Payload::empty_object()));
    assert_eq!(text(&world.ended(&execution).await, "output"), "[{},{},{}]");
    let described = describe().await;
    assert_eq!(described["status"], "SUCCEEDED");
    assert_eq!(described["itemCounts"], counts(0, 0, 3));

    let update = json!({"mapRunArn": run, "maxConcurrency": 1});
    let (status, refused) = world.raw("UpdateMapRun", &update).await;
    assert_eq!(
        (status, &refused["reason"]),
        (400, &json!("CANNOT_UPDATE_COMPLETED_MAP_RUN"))
    );
}

#[tokio::test]
async fn children_are_listed_by_their_map_run_only() {
    let world = World::new();
    let execution = started(&world, json!({})).await;
    for _ in 0..3 {
        let (_, answer) = world.call().await;
        answer.send(Ok(query::Payload::empty_object()));
    }
    world.ended(&execution).await;
    let list = world
        .ok("ListMapRuns", json!({"executionArn": execution}))
        .await;
    let run = text(&list["mapRuns"][0], "mapRunArn");
    let children = world.ok("ListExecutions", json!({"mapRunArn": run})).await;
    let children = children["executions"].as_array().unwrap();
    assert_eq!(children.len(), 3);
    for child in children {
        assert_eq!(child["mapRunArn"], run);
        assert_eq!(child["stateMachineArn"], arn("stateMachine:m/L"));
        let described = world.describe(&text(child, "executionArn")).await;
        assert_eq!(
            (&described["mapRunArn"], &described["status"]),
            (&json!(run), &json!("SUCCEEDED"))
        );
        let input = json!({"executionArn": child["executionArn"]});
        let machine = world.ok("DescribeStateMachineForExecution", input).await;
        assert_eq!(
            (&machine["label"], &machine["mapRunArn"]),
            (&json!("L"), &json!(run))
        );
    }
    let own = world
        .ok(
            "ListExecutions",
            json!({"stateMachineArn": arn("stateMachine:m")}),
        )
        .await;
    assert_eq!(own["executions"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn map_runs_that_are_not_there_are_refused() {
    let world = World::new();
    let absent = arn("mapRun:m/L:1");
    for operation in ["DescribeMapRun", "UpdateMapRun"] {
        let input = json!({"mapRunArn": absent, "maxConcurrency": 1});
        assert_eq!(
            world.refused(operation, input).await,
            format!("ResourceNotFound: Resource not found: '{absent}'")
        );
    }
    let nothing = world
        .refused("UpdateMapRun", json!({"mapRunArn": absent}))
        .await;
    assert!(
        nothing.starts_with("ValidationException: Either"),
        "{nothing}"
    );
}

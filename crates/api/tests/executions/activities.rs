//! GetActivityTask.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{World, arn, text};

async fn world() -> (World, String) {
    let world = World::new();
    world.ok("CreateActivity", json!({"name": "a"})).await;
    let state = json!({"A": {"Type": "Task", "Resource": arn("activity:a"), "End": true}});
    let machine = world.machine("m", state).await;
    (world, machine)
}

fn poll() -> Value {
    json!({"activityArn": arn("activity:a"), "workerName": "w"})
}

#[tokio::test]
async fn a_worker_gets_a_task_and_answers_it() {
    let (world, machine) = world().await;
    let start = json!({"stateMachineArn": machine, "name": "e", "input": "{\"n\": 1}"});
    world.ok("StartExecution", start).await;
    let task = world.ok("GetActivityTask", poll()).await;
    assert_eq!(text(&task, "input"), "{\"n\": 1}");
    let token = text(&task, "taskToken");
    world
        .ok("SendTaskHeartbeat", json!({"taskToken": token}))
        .await;
    world
        .ok(
            "SendTaskSuccess",
            json!({"taskToken": token, "output": "{}"}),
        )
        .await;
    let execution = arn("execution:m:e");
    assert_eq!(world.ended(&execution).await["status"], "SUCCEEDED");
    let events = world.events(&execution).await;
    let types: Vec<String> = events.iter().map(|event| text(event, "type")).collect();
    assert_eq!(
        types[2..5],
        ["ActivityScheduled", "ActivityStarted", "ActivitySucceeded"]
    );
    assert_eq!(
        events[3]["activityStartedEventDetails"],
        json!({"workerName": "w"})
    );
}

#[tokio::test]
async fn a_worker_that_waits_gets_the_task_that_comes() {
    let (world, machine) = world().await;
    let (task, execution) = tokio::join!(
        world.ok("GetActivityTask", poll()),
        world.start(&machine, "e"),
    );
    let failure = json!({"taskToken": task["taskToken"], "error": "E"});
    world.ok("SendTaskFailure", failure).await;
    assert_eq!(world.ended(&execution).await["error"], "E");
}

#[tokio::test]
async fn the_task_of_a_worker_that_has_gone_stays_for_the_next() {
    let (world, machine) = world().await;
    let poll = poll();
    let gone = world.raw("GetActivityTask", &poll);
    assert!(
        tokio::time::timeout(Duration::from_millis(1), gone)
            .await
            .is_err()
    );
    world.start(&machine, "e").await;
    let task = world.ok("GetActivityTask", poll).await;
    assert_eq!(text(&task, "input"), "{}");
}

#[tokio::test(start_paused = true)]
async fn after_a_minute_there_is_no_task() {
    let (world, _) = world().await;
    let began = tokio::time::Instant::now();
    assert_eq!(world.ok("GetActivityTask", poll()).await, json!({}));
    assert_eq!(began.elapsed().as_secs(), 60);
}

#[tokio::test]
async fn activities_that_are_not_there_have_no_tasks() {
    let world = World::new();
    let refused = async |arn: &str| {
        world
            .refused("GetActivityTask", json!({"activityArn": arn}))
            .await
    };
    assert_eq!(
        refused("no_an_activity_arn").await,
        "InvalidArn: Invalid Arn: 'Invalid ARN prefix: no_an_activity_arn'"
    );
    let absent = arn("activity:absent");
    assert_eq!(
        refused(&absent).await,
        format!("ActivityDoesNotExist: Activity Does Not Exist: '{absent}'")
    );
    assert_eq!(
        refused(&arn("stateMachine:m")).await,
        "InvalidArn: Invalid Arn: 'Resource type not valid in this context: statemachine'"
    );
}

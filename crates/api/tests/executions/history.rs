//! GetExecutionHistory.

use serde_json::{Value, json};

use crate::support::{World, arn, pass, text};

fn ids(events: &[Value]) -> Vec<u64> {
    events
        .iter()
        .map(|event| event["id"].as_u64().unwrap())
        .collect()
}

/// All pages of a history.
async fn all(world: &World, input: Value) -> Vec<Value> {
    let mut found = Vec::new();
    let mut input = input;
    loop {
        let page = world.ok("GetExecutionHistory", input.clone()).await;
        let events = page["events"].as_array().unwrap();
        found.extend(events.iter().cloned());
        match page.get("nextToken") {
            Some(token) => input["nextToken"] = token.clone(),
            None => return found,
        }
        assert!(!events.is_empty());
    }
}

#[tokio::test]
async fn a_history_is_as_aws_records_it() {
    let world = World::new();
    let machine = world.machine("m", pass()).await;
    let execution = world.start(&machine, "e").await;
    world.ended(&execution).await;
    let mut events = world.events(&execution).await;
    for event in &mut events {
        let timestamp = event.as_object_mut().unwrap().remove("timestamp");
        assert!(timestamp.unwrap().as_f64().unwrap() > 1.6e9);
    }
    let details = json!({"truncated": false});
    let output = "{\"Arg1\":\"argument1\"}";
    let expected = json!([
        {"id": 1, "previousEventId": 0, "type": "ExecutionStarted", "executionStartedEventDetails":
            {"input": "{}", "inputDetails": details, "roleArn": crate::support::ROLE}},
        {"id": 2, "previousEventId": 0, "type": "PassStateEntered", "stateEnteredEventDetails":
            {"name": "A", "input": "{}", "inputDetails": details}},
        {"id": 3, "previousEventId": 2, "type": "PassStateExited", "stateExitedEventDetails":
            {"name": "A", "output": output, "outputDetails": details}},
        {"id": 4, "previousEventId": 3, "type": "ExecutionSucceeded", "executionSucceededEventDetails":
            {"output": output, "outputDetails": details}},
    ]);
    assert_eq!(Value::Array(events), expected);
}

/// A Map over so many items: several segments.
async fn long(world: &World, items: usize) -> String {
    let states = json!({"A": {
        "Type": "Map",
        "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}},
        "End": true,
    }});
    let machine = world.machine("m", states).await;
    let input = Value::from((0..items).collect::<Vec<_>>()).to_string();
    let start = json!({"stateMachineArn": machine, "name": "e", "input": input});
    let execution = text(&world.ok("StartExecution", start).await, "executionArn");
    world.ended(&execution).await;
    execution
}

#[tokio::test]
async fn pages_make_up_the_history_in_both_directions() {
    let world = World::new();
    let execution = long(&world, 300).await;
    let whole = all(
        &world,
        json!({"executionArn": execution, "maxResults": 1000}),
    )
    .await;
    let last = whole.len() as u64;
    assert!(last > 1000, "{last}");
    assert_eq!(ids(&whole), (1..=last).collect::<Vec<_>>());
    for max_results in [1, 7, 100, 999] {
        let input = json!({"executionArn": execution, "maxResults": max_results});
        assert_eq!(all(&world, input.clone()).await, whole, "{max_results}");
        let mut backwards = input;
        backwards["reverseOrder"] = true.into();
        let mut found = all(&world, backwards).await;
        found.reverse();
        assert_eq!(found, whole, "{max_results}");
    }
    let page = world
        .ok("GetExecutionHistory", json!({"executionArn": execution}))
        .await;
    assert_eq!(page["events"].as_array().unwrap().len(), 100);
    let other_way =
        json!({"executionArn": execution, "reverseOrder": true, "nextToken": page["nextToken"]});
    let refused = world.refused("GetExecutionHistory", other_way).await;
    assert_eq!(refused, "InvalidToken: Invalid Token: 'Invalid token'");
}

#[tokio::test]
async fn data_can_be_left_out() {
    let world = World::new();
    let machine = world.machine("m", pass()).await;
    let execution = world.start(&machine, "e").await;
    world.ended(&execution).await;
    let input = json!({"executionArn": execution, "includeExecutionData": false});
    let events = all(&world, input).await;
    assert_eq!(events.len(), 4);
    let text = Value::Array(events).to_string();
    assert!(
        !text.contains("argument1") && !text.contains("\"input\""),
        "{text}"
    );
}

#[tokio::test]
async fn large_payloads_end_a_page_early() {
    let world = World::new();
    let item = "x".repeat(200_000);
    let states = json!({"A": {
        "Type": "Pass",
        "Parameters": {"data.$": "$"},
        "ResultPath": null,
        "Next": "B",
    }, "B": {"Type": "Pass", "Next": "C"}, "C": {"Type": "Choice", "Choices": [
        {"Variable": "$$.State.EnteredTime", "IsPresent": true, "Next": "D"},
    ]}, "D": {"Type": "Succeed"}});
    let machine = world.machine("m", states).await;
    let start =
        json!({"stateMachineArn": machine, "name": "e", "input": Value::from(item).to_string()});
    world.ok("StartExecution", start).await;
    let execution = arn("execution:m:e");
    world.ended(&execution).await;
    let events = all(
        &world,
        json!({"executionArn": execution, "maxResults": 1000}),
    )
    .await;
    assert_eq!(events.last().unwrap()["type"], "ExecutionSucceeded");
}

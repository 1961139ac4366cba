//! ListExecutions.

use serde_json::{Value, json};

use crate::support::{World, arn, fail, pass, text};

/// Names in a list.
fn names(list: &Value) -> Vec<String> {
    let items = list["executions"].as_array().unwrap();
    items.iter().map(|item| text(item, "name")).collect()
}

/// All pages of a list.
async fn all(world: &World, input: Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut input = input;
    loop {
        let page = world.ok("ListExecutions", input.clone()).await;
        found.extend(names(&page));
        match page.get("nextToken") {
            Some(token) => input["nextToken"] = token.clone(),
            None => return found,
        }
    }
}

#[tokio::test]
async fn an_item_is_as_aws_has_it() {
    let world = World::new();
    let machine = world.machine("m", pass()).await;
    let execution = world.start(&machine, "e").await;
    let described = world.ended(&execution).await;
    let list = world
        .ok("ListExecutions", json!({"stateMachineArn": machine}))
        .await;
    let expected = json!({"executions": [{
        "executionArn": execution,
        "stateMachineArn": machine,
        "name": "e",
        "status": "SUCCEEDED",
        "startDate": described["startDate"],
        "stopDate": described["stopDate"],
        "redriveCount": 0,
    }]});
    assert_eq!(list, expected);
}

#[tokio::test]
async fn lists_come_in_pages_and_each_execution_once() {
    let world = World::new();
    let machine = world.machine("m", pass()).await;
    let mut started: Vec<String> = (0..7).map(|number| format!("e{number}")).collect();
    for name in &started {
        let execution = world.start(&machine, name).await;
        world.ended(&execution).await;
    }
    for max_results in [0, 1, 2, 3, 7, 1000] {
        let input = json!({"stateMachineArn": machine, "maxResults": max_results});
        let mut found = all(&world, input).await;
        found.sort();
        started.sort();
        assert_eq!(found, started, "{max_results}");
    }
    let page = json!({"stateMachineArn": machine, "maxResults": 3});
    let page = world.ok("ListExecutions", page).await;
    assert_eq!(names(&page).len(), 3);
    let of_another = json!({"stateMachineArn": machine, "statusFilter": "FAILED", "nextToken": page["nextToken"]});
    for input in [
        of_another,
        json!({"stateMachineArn": machine, "nextToken": "x"}),
    ] {
        let refused = world.refused("ListExecutions", input).await;
        assert_eq!(refused, "InvalidToken: Invalid Token: 'Invalid token'");
    }
}

#[tokio::test]
async fn lists_are_filtered_by_status_version_and_alias() {
    let world = World::new();
    let machine = world.machine("m", pass()).await;
    let other = world.machine("other", fail()).await;
    let version = world
        .ok(
            "PublishStateMachineVersion",
            json!({"stateMachineArn": machine}),
        )
        .await;
    let version = text(&version, "stateMachineVersionArn");
    let alias = json!({"name": "a", "routingConfiguration": [{"stateMachineVersionArn": version, "weight": 100}]});
    let alias = text(
        &world.ok("CreateStateMachineAlias", alias).await,
        "stateMachineAliasArn",
    );
    for (of, name) in [
        (&machine, "plain"),
        (&version, "version"),
        (&alias, "alias"),
        (&other, "other"),
    ] {
        let execution = world.start(of, name).await;
        world.ended(&execution).await;
    }
    let sorted = async |input: Value| {
        let mut found = all(&world, input).await;
        found.sort();
        found
    };
    let of = |arn: &str| json!({"stateMachineArn": arn});
    assert_eq!(sorted(of(&machine)).await, ["alias", "plain", "version"]);
    assert_eq!(sorted(of(&version)).await, ["alias", "version"]);
    assert_eq!(sorted(of(&alias)).await, ["alias"]);
    let filtered =
        |arn: &str, status: &str| json!({"stateMachineArn": arn, "statusFilter": status});
    assert_eq!(sorted(filtered(&other, "FAILED")).await, ["other"]);
    assert!(sorted(filtered(&other, "SUCCEEDED")).await.is_empty());
    let redriven = json!({"stateMachineArn": other, "redriveFilter": "NOT_REDRIVEN"});
    assert_eq!(sorted(redriven).await, ["other"]);
    let redriven = json!({"stateMachineArn": other, "redriveFilter": "REDRIVEN"});
    assert!(sorted(redriven).await.is_empty());
}

#[tokio::test]
async fn what_cannot_be_listed_is_refused_in_the_words_of_aws() {
    let world = World::new();
    let express = world.express("x", pass()).await;
    let refused = async |input: Value| world.refused("ListExecutions", input).await;
    assert_eq!(
        refused(json!({"stateMachineArn": express})).await,
        "StateMachineTypeNotSupported: This operation is not supported by this type of state machine"
    );
    assert_eq!(
        refused(json!({})).await,
        "ValidationException: Must provide a StateMachine ARN or MapRun ARN"
    );
    let absent = arn("stateMachine:absent");
    assert_eq!(
        refused(json!({"stateMachineArn": absent})).await,
        format!("StateMachineDoesNotExist: State Machine Does Not Exist: '{absent}'")
    );
    let absent = arn("mapRun:m/label:1");
    assert_eq!(
        refused(json!({"mapRunArn": absent})).await,
        format!("ResourceNotFound: Resource not found: '{absent}'")
    );
    let not_both = refused(json!({"mapRunArn": absent, "stateMachineArn": express})).await;
    assert!(not_both.starts_with("ValidationException: "), "{not_both}");
    assert_eq!(
        refused(json!({"mapRunArn": express})).await,
        "InvalidArn: Invalid Arn: 'Resource type not valid in this context: statemachine'"
    );
}

//! StartExecution, DescribeExecution, DescribeStateMachineForExecution and StopExecution.

use interpreter::CallFailure;
use serde_json::{Value, json};

use crate::support::{ROLE, World, arn, fail, pass, task, text};

#[tokio::test]
async fn an_execution_is_described_as_aws_does() {
    let world = World::new();
    let machine = world.machine("m", pass()).await;
    let started = json!({"stateMachineArn": machine, "name": "e.1", "input": "[\"a\", 1]", "traceHeader": "t"});
    let started = world.ok("StartExecution", started).await;
    assert_eq!(started["executionArn"], arn("execution:m:e.1"));
    let mut described = world.ended(&arn("execution:m:e.1")).await;
    assert_eq!(described["startDate"], started["startDate"]);
    assert!(described["stopDate"].as_f64() >= started["startDate"].as_f64());
    for date in ["startDate", "stopDate"] {
        described.as_object_mut().unwrap().remove(date);
    }
    let expected = json!({
        "executionArn": arn("execution:m:e.1"),
        "stateMachineArn": machine,
        "name": "e.1",
        "status": "SUCCEEDED",
        "input": "[\"a\", 1]",
        "inputDetails": {"included": true},
        "output": "{\"Arg1\":\"argument1\"}",
        "outputDetails": {"included": true},
        "traceHeader": "t",
        "redriveCount": 0,
        "redriveStatus": "NOT_REDRIVABLE",
        "redriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
    });
    assert_eq!(described, expected);

    let input = json!({"executionArn": arn("execution:m:e.1"), "includedData": "METADATA_ONLY"});
    let described = world.ok("DescribeExecution", input).await;
    let shown = |name: &str| (described.get(name), &described[format!("{name}Details")]);
    assert_eq!(shown("input"), (None, &json!({"included": false})));
    assert_eq!(shown("output"), (None, &json!({"included": false})));
}

#[tokio::test]
async fn a_failure_has_error_and_cause_and_can_be_redriven() {
    let world = World::new();
    let described = world.ran("m", fail()).await;
    let shown = ["status", "error", "cause", "redriveStatus"].map(|name| &described[name]);
    assert_eq!(shown, ["FAILED", "E", "C", "REDRIVABLE"]);
    for absent in ["output", "outputDetails", "redriveStatusReason"] {
        assert_eq!(described.get(absent), None);
    }
}

#[tokio::test]
async fn a_start_is_idempotent_while_the_execution_runs() {
    let world = World::new();
    let machine = world.machine("m", task()).await;
    let start = |input: &str| json!({"stateMachineArn": machine, "name": "e", "input": input});
    let first = world.ok("StartExecution", start("{\"a\": 1}")).await;
    assert_eq!(world.ok("StartExecution", start("{\"a\":1}")).await, first);
    let exists = format!(
        "ExecutionAlreadyExists: Execution Already Exists: '{}'",
        arn("execution:m:e")
    );
    assert_eq!(world.refused("StartExecution", start("{}")).await, exists);
    let (_, answer) = world.call().await;
    answer.send(Err(CallFailure {
        error: "E".into(),
        cause: "C".into(),
    }));
    world.ended(&arn("execution:m:e")).await;
    assert_eq!(
        world.refused("StartExecution", start("{\"a\": 1}")).await,
        exists
    );
    let starts = world.audit();
    assert_eq!(
        starts[1..],
        [("StartExecution".to_owned(), arn("execution:m:e"))]
    );
}

#[tokio::test]
async fn what_cannot_be_started_is_refused_in_the_words_of_aws() {
    let world = World::new();
    let machine = world.machine("m", pass()).await;
    let refused = async |changed: Value| {
        let mut input = json!({"stateMachineArn": machine});
        input
            .as_object_mut()
            .unwrap()
            .extend(changed.as_object().unwrap().clone());
        world.refused("StartExecution", input).await
    };
    let bad_name = refused(json!({"name": "a b"})).await;
    assert_eq!(bad_name, "InvalidName: Invalid Name: 'a b'");
    let bad_input = refused(json!({"input": "{'a': 1}"})).await;
    let begins = "InvalidExecutionInput: Invalid State Machine Execution Input: '";
    assert!(bad_input.starts_with(begins), "{bad_input}");
    let absent = arn("stateMachine:x");
    assert_eq!(
        refused(json!({"stateMachineArn": absent})).await,
        format!("StateMachineDoesNotExist: State Machine Does Not Exist: '{absent}'")
    );
    assert_eq!(
        refused(json!({"stateMachineArn": "x"})).await,
        "InvalidArn: Invalid Arn: 'Invalid ARN prefix: x'"
    );
    let large = refused(json!({"input": format!("\"{}\"", "x".repeat(262_144))})).await;
    assert!(
        large.starts_with("ValidationException: 1 validation error detected"),
        "{large}"
    );
}

#[tokio::test]
async fn an_execution_without_a_name_gets_a_uuid() {
    let world = World::new();
    let machine = world.machine("m", pass()).await;
    let input = json!({"stateMachineArn": machine});
    let started = world.ok("StartExecution", input.clone()).await;
    let name = text(&started, "executionArn")
        .rsplit(':')
        .next()
        .unwrap()
        .to_owned();
    assert!(uuid::Uuid::parse_str(&name).is_ok(), "{name}");
    assert_ne!(
        world.ok("StartExecution", input).await["executionArn"],
        started["executionArn"]
    );
}

#[tokio::test]
async fn versions_and_aliases_are_told_by_their_executions() {
    let world = World::new();
    let machine = world.machine("m", pass()).await;
    let published = json!({"stateMachineArn": machine});
    let published = world.ok("PublishStateMachineVersion", published).await;
    let version = text(&published, "stateMachineVersionArn");
    let alias = json!({"name": "a", "routingConfiguration": [{"stateMachineVersionArn": version, "weight": 100}]});
    let alias = text(
        &world.ok("CreateStateMachineAlias", alias).await,
        "stateMachineAliasArn",
    );

    let by_version = world.start(&version, "v").await;
    let by_alias = world.start(&alias, "a").await;
    for (execution, alias) in [(by_version, None), (by_alias, Some(&alias))] {
        let described = world.ended(&execution).await;
        assert_eq!(described["stateMachineArn"], machine);
        assert_eq!(described["stateMachineVersionArn"], version);
        assert_eq!(
            described
                .get("stateMachineAliasArn")
                .and_then(Value::as_str),
            alias.map(String::as_str)
        );
        let started = &world.events(&execution).await[0]["executionStartedEventDetails"];
        assert_eq!(started["stateMachineVersionArn"], version);
        assert_eq!(
            started.get("stateMachineAliasArn").and_then(Value::as_str),
            alias.map(String::as_str)
        );
    }
}

#[tokio::test]
async fn an_execution_keeps_the_definition_that_it_began_on() {
    let world = World::new();
    let machine = world.machine("m", task()).await;
    let execution = world.start(&machine, "e").await;
    let definition = json!({"StartAt": "A", "States": fail()}).to_string();
    let update = json!({"stateMachineArn": machine, "definition": definition});
    world.ok("UpdateStateMachine", update).await;
    let input = json!({"executionArn": execution});
    let described = world.ok("DescribeStateMachineForExecution", input).await;
    assert_eq!(
        text(&described, "definition"),
        json!({"StartAt": "A", "States": task()}).to_string()
    );
    let shown = ["name", "stateMachineArn", "roleArn"].map(|name| text(&described, name));
    assert_eq!(shown, ["m", machine.as_str(), ROLE]);
    assert!(described["updateDate"].is_f64());
    assert_eq!(
        described["loggingConfiguration"],
        json!({"includeExecutionData": false, "level": "OFF"})
    );
}

#[tokio::test]
async fn who_stops_an_execution_may_say_why() {
    let world = World::new();
    let machine = world.machine("m", task()).await;
    let execution = world.start(&machine, "e").await;
    let stop = json!({"executionArn": execution, "error": "Enough", "cause": "of it"});
    let stopped = world.ok("StopExecution", stop).await;
    let described = world.ended(&execution).await;
    let shown = ["status", "error", "cause"].map(|name| &described[name]);
    assert_eq!(shown, ["ABORTED", "Enough", "of it"]);
    assert_eq!(described["stopDate"], stopped["stopDate"]);
    let last = world.event_types(&execution).await.pop();
    assert_eq!(last.as_deref(), Some("ExecutionAborted"));
    // Once more changes nothing.
    let again = json!({"executionArn": execution, "error": "Other"});
    assert_eq!(world.ok("StopExecution", again).await, stopped);
    assert_eq!(world.describe(&execution).await["error"], "Enough");
    let stops = world
        .audit()
        .into_iter()
        .filter(|(action, _)| action == "StopExecution");
    assert_eq!(
        stops.map(|(_, resource)| resource).collect::<Vec<_>>(),
        [execution]
    );
}

#[tokio::test]
async fn executions_that_are_not_there_are_no_executions() {
    let world = World::new();
    let absent = arn("execution:m:e");
    for operation in [
        "DescribeExecution",
        "DescribeStateMachineForExecution",
        "GetExecutionHistory",
        "StopExecution",
    ] {
        let refused =
            async |arn: &str| world.refused(operation, json!({"executionArn": arn})).await;
        assert_eq!(
            refused(&absent).await,
            format!("ExecutionDoesNotExist: Execution Does Not Exist: '{absent}'")
        );
        assert_eq!(
            refused("x").await,
            "InvalidArn: Invalid Arn: 'Invalid ARN prefix: x'"
        );
        for (other, word) in [
            ("stateMachine:m", "statemachine"),
            ("express:m:e:1", "express"),
            ("activity:a", "activity"),
        ] {
            assert_eq!(
                refused(&arn(other)).await,
                format!(
                    "InvalidArn: Invalid Arn: 'Resource type not valid in this context: {word}'"
                )
            );
        }
    }
}

//! TestState. What is expected here was recorded on AWS, where it could be.

use serde_json::{Value, json};

use crate::support::{ROLE, World};

async fn tested(definition: Value, input: Value, level: &str) -> Value {
    let input = json!({
        "definition": definition.to_string(),
        "roleArn": ROLE,
        "input": input.to_string(),
        "inspectionLevel": level,
    });
    with_json(World::new().ok("TestState", input).await)
}

/// Texts that are JSON, as JSON.
fn with_json(value: Value) -> Value {
    match value {
        Value::String(text) => match serde_json::from_str(&text) {
            Ok(json @ (Value::Object(_) | Value::Array(_))) => json,
            _ => text.into(),
        },
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| (name, with_json(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        other => other,
    }
}

#[tokio::test]
async fn a_pass_state_shows_its_stages() {
    let input = json!({"initialData": {"fieldFromInput": "value"}, "unrelated": {"n": 1234}});
    let definition = json!({
        "Type": "Pass",
        "InputPath": "$.initialData",
        "Parameters": {"static": "some value", "inputValue.$": "$.fieldFromInput"},
        "ResultPath": "$.modifiedData",
        "End": true,
    });
    let made = json!({"static": "some value", "inputValue": "value"});
    let mut merged = input.clone();
    merged["modifiedData"] = made.clone();
    let expected = json!({
        "output": merged,
        "status": "SUCCEEDED",
        "inspectionData": {
            "input": input,
            "afterInputPath": input["initialData"],
            "afterParameters": made,
            "afterResultSelector": made,
            "afterResultPath": merged,
        },
    });
    assert_eq!(
        tested(definition.clone(), input.clone(), "DEBUG").await,
        expected
    );
    let brief = tested(definition, input, "INFO").await;
    assert_eq!(brief, json!({"output": merged, "status": "SUCCEEDED"}));
}

#[tokio::test]
async fn the_result_of_a_pass_state_hides_its_parameters() {
    let definition = json!({
        "Type": "Pass",
        "InputPath": "$.a",
        "Result": {"key": "value"},
        "ResultPath": "$.b",
        "End": true,
    });
    let answer = tested(definition, json!({"a": {}}), "TRACE").await;
    let expected = json!({
        "input": {"a": {}},
        "result": {"key": "value"},
        "afterResultSelector": {"key": "value"},
        "afterResultPath": {"a": {}, "b": {"key": "value"}},
    });
    assert_eq!(answer["inspectionData"], expected);
}

#[tokio::test]
async fn the_next_state_is_told_and_not_entered() {
    let choice = json!({
        "Type": "Choice",
        "Choices": [{"Variable": "$.value", "NumericEquals": 0, "Next": "Zero"}],
        "Default": "Other",
    });
    let input = json!({"value": 22});
    let expected = json!({
        "inspectionData": {"afterInputPath": input, "input": input},
        "nextState": "Other",
        "output": input,
        "status": "SUCCEEDED",
    });
    assert_eq!(tested(choice, input.clone(), "TRACE").await, expected);
    let wait = json!({"Type": "Wait", "Seconds": 3600, "Next": "After"});
    let answer = tested(wait, input, "INFO").await;
    assert_eq!(answer["nextState"], "After");
}

#[tokio::test]
async fn a_fail_state_fails() {
    let fail = json!({"Type": "Fail", "Error": "E", "Cause": "C", "QueryLanguage": "JSONata"});
    let expected = json!({
        "error": "E",
        "cause": "C",
        "status": "FAILED",
        "inspectionData": {"input": {"a": 1}},
    });
    assert_eq!(tested(fail, json!({"a": 1}), "DEBUG").await, expected);
}

fn task(payload: Value) -> Value {
    json!({
        "Type": "Task",
        "QueryLanguage": "JSONata",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": "f", "Payload": payload},
        "Retry": [
            {"ErrorEquals": ["Never"]},
            {"ErrorEquals": ["Again"], "IntervalSeconds": 3},
            {"ErrorEquals": ["Once"], "MaxAttempts": 0},
        ],
        "Catch": [
            {"ErrorEquals": ["Never"], "Next": "X"},
            {"ErrorEquals": ["Once"], "Next": "Caught"},
        ],
        "TimeoutSeconds": 1,
        "End": true,
    })
}

#[tokio::test]
async fn a_task_makes_its_call() {
    let answer = tested(task(json!({"n": 1})), json!({}), "DEBUG").await;
    let expected = json!({
        "output": {"Payload": {"n": 1}},
        "status": "SUCCEEDED",
        "inspectionData": {
            "input": {},
            "afterArguments": {"FunctionName": "f", "Payload": {"n": 1}},
            "result": {"Payload": {"n": 1}},
        },
    });
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn a_tasks_failure_says_who_handles_it() {
    let failed = async |error: &str| tested(task(json!({"fail": error})), json!({}), "TRACE").await;
    let shown = |answer: &Value| {
        (
            answer["status"].clone(),
            answer["inspectionData"]["errorDetails"].clone(),
        )
    };
    let retried = failed("Again").await;
    let details = json!({"retryIndex": 1, "retryBackoffIntervalSeconds": 3});
    assert_eq!(shown(&retried), (json!("RETRIABLE"), details));
    assert_eq!(
        (&retried["error"], &retried["cause"]),
        (&json!("Again"), &json!("as asked"))
    );
    assert_eq!(
        (retried.get("output"), retried.get("nextState")),
        (None, None)
    );

    let caught = failed("Once").await;
    let details = json!({"retryIndex": 2, "catchIndex": 1});
    assert_eq!(shown(&caught), (json!("CAUGHT_ERROR"), details));
    assert_eq!(caught["nextState"], "Caught");
    assert_eq!(
        caught["output"],
        json!({"Error": "Once", "Cause": "as asked"})
    );
    assert_eq!(caught["error"], "Once");

    let failed = failed("Other").await;
    assert_eq!(shown(&failed), (json!("FAILED"), Value::Null));
    assert_eq!(failed["error"], "Other");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_hangs_times_out() {
    let answer = tested(task(json!({"hang": true})), json!({}), "INFO").await;
    assert_eq!(
        answer,
        json!({"status": "FAILED", "error": "States.Timeout"})
    );
}

#[tokio::test]
async fn variables_are_given_and_assigned() {
    let definition = json!({"StartAt": "Init", "States": {
        "Init": {"Type": "Pass", "Assign": {"given": 0}, "Next": "State0"},
        "State0": {
            "Type": "Pass",
            "QueryLanguage": "JSONata",
            "Output": "{% $given + $sum($states.input) %}",
            "Assign": {"own": "{% $given %}"},
            "Next": "End",
        },
        "End": {"Type": "Succeed"},
    }});
    let input = json!({
        "definition": definition.to_string(),
        "stateName": "State0",
        "input": "[1, 2]",
        "variables": "{\"given\": 10}",
        "inspectionLevel": "TRACE",
    });
    let answer = with_json(World::new().ok("TestState", input).await);
    let expected = json!({
        "output": "13",
        "nextState": "End",
        "status": "SUCCEEDED",
        "inspectionData": {"input": [1, 2], "variables": {"given": 10, "own": 10}},
    });
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn a_state_is_found_inside_of_others() {
    let definition = json!({"StartAt": "M", "States": {"M": {
        "Type": "Map",
        "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": 7, "End": true}}},
        "End": true,
    }}});
    let input = json!({"definition": definition.to_string(), "stateName": "P"});
    let answer = World::new().ok("TestState", input).await;
    assert_eq!(answer, json!({"output": "7", "status": "SUCCEEDED"}));
}

#[tokio::test]
async fn what_cannot_be_tested_is_refused() {
    let world = World::new();
    let refused = async |definition: Value, members: Value| {
        let mut input = json!({"definition": definition.to_string()});
        input
            .as_object_mut()
            .unwrap()
            .extend(members.as_object().unwrap().clone());
        world.refused("TestState", input).await
    };
    let pass = json!({"Type": "Pass", "End": true});
    let parallel = json!({"Type": "Parallel", "Branches": [], "End": true});
    assert_eq!(
        refused(parallel, json!({})).await,
        "InvalidDefinition: TestState API does not support Map or Parallel states. Supported state types include: [Task, Wait, Pass, Succeed, Fail, Choice]"
    );
    assert_eq!(
        refused(pass.clone(), json!({"mock": {"result": "{}"}})).await,
        "ValidationException: State type 'Pass' is not supported when a mock is specified"
    );
    assert_eq!(
        refused(
            pass.clone(),
            json!({"stateConfiguration": {"mapIterationFailureCount": 0}})
        )
        .await,
        "ValidationException: TestState does not support MapIterationFailureCount when a mock is not specified."
    );
    assert_eq!(
        refused(json!({"Type": "Nothing", "End": true}), json!({})).await,
        "InvalidDefinition: Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map] at /States/StateName/Type'"
    );
    for members in [
        json!({"context": "{}"}),
        json!({"stateConfiguration": {"retrierRetryCount": 1}}),
        json!({"variables": "[]"}),
        json!({"variables": "x"}),
        json!({"stateName": "absent"}),
    ] {
        let refused = refused(pass.clone(), members).await;
        assert!(
            refused.starts_with("ValidationException: ")
                || refused.starts_with("InvalidDefinition: "),
            "{refused}"
        );
    }
    let token = json!({
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": "q", "MessageBody.$": "$$.Task.Token"},
        "End": true,
    });
    let without = refused(token.clone(), json!({})).await;
    assert!(
        without.starts_with("ValidationException: TestState does not support the resource"),
        "{without}"
    );
    for (mock, what) in [
        (json!({}), "exactly one"),
        (
            json!({"result": "{}", "errorOutput": {"error": "E"}}),
            "exactly one",
        ),
        (
            json!({"errorOutput": {"cause": "C"}}),
            "mock.errorOutput.error",
        ),
        (json!({"result": "{"}), "valid JSON"),
    ] {
        let refused = refused(token.clone(), json!({"mock": mock})).await;
        assert!(refused.contains(what), "{refused}");
    }
    let configured =
        json!({"mock": {"result": "{}"}, "stateConfiguration": {"mapItemReaderData": "[]"}});
    assert_eq!(
        refused(token, configured).await,
        "ValidationException: State type 'Task' is not supported when MapItemReaderData is specified"
    );
}

async fn mocked(definition: Value, members: Value) -> Value {
    let mut input = json!({"definition": definition.to_string(), "inspectionLevel": "DEBUG"});
    input
        .as_object_mut()
        .unwrap()
        .extend(members.as_object().unwrap().clone());
    with_json(World::new().ok("TestState", input).await)
}

/// No call is made: the world's performer would answer otherwise.
#[tokio::test]
async fn tasks_that_others_end_take_a_mock() {
    let message = json!({"QueueUrl": "q", "MessageBody": "b"});
    for (resource, arguments) in [
        (
            "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            message.clone(),
        ),
        (
            "arn:aws:states:::ecs:runTask.sync",
            json!({"TaskDefinition": "t"}),
        ),
        (
            "arn:aws:states:us-east-1:123456789012:activity:a",
            message.clone(),
        ),
        ("arn:aws:lambda:us-east-1:123456789012:function:f", message),
    ] {
        let task = json!({
            "Type": "Task",
            "QueryLanguage": "JSONata",
            "Resource": resource,
            "Arguments": arguments,
            "Catch": [{"ErrorEquals": ["Wrong"], "Next": "Sorry"}],
            "End": true,
        });
        let done = mocked(task.clone(), json!({"mock": {"result": "{\"done\": 1}"}})).await;
        assert_eq!(
            (&done["status"], &done["output"]),
            (&json!("SUCCEEDED"), &json!({"done": 1})),
            "{resource}: {done}"
        );
        let error = json!({"mock": {"errorOutput": {"error": "Wrong", "cause": "because"}}});
        let caught = mocked(task, error).await;
        assert_eq!(
            (&caught["status"], &caught["nextState"], &caught["output"]),
            (
                &json!("CAUGHT_ERROR"),
                &json!("Sorry"),
                &json!({"Error": "Wrong", "Cause": "because"})
            ),
            "{resource}: {caught}"
        );
    }
}

#[tokio::test]
async fn a_mocked_map_shows_the_inputs_of_its_children() {
    let map = |more: Value| {
        let mut map = json!({
            "Type": "Map",
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
                "StartAt": "P",
                "States": {"P": {"Type": "Pass", "End": true}},
            },
            "End": true,
        });
        map.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        map
    };
    let selected = map(json!({
        "ItemsPath": "$.items",
        "ItemSelector": {"value.$": "$$.Map.Item.Value", "of.$": "$.of"},
        "ItemBatcher": {"MaxItemsPerBatch": 2, "BatchInput": {"b": 1}},
        "ToleratedFailurePercentage": 34,
    }));
    let failing = |count: u64| {
        json!({
            "input": json!({"items": [1, 2, 3], "of": "x"}).to_string(),
            "mock": {"result": "[0]"},
            "stateConfiguration": {"mapIterationFailureCount": count},
        })
    };
    let answer = mocked(selected.clone(), failing(1)).await;
    let data = &answer["inspectionData"];
    let input = |value: u64| json!({"value": value, "of": "x"});
    assert_eq!(answer["status"], "SUCCEEDED", "{answer}");
    assert_eq!(
        data["afterItemSelector"],
        json!([input(1), input(2), input(3)])
    );
    assert_eq!(
        data["afterItemBatcher"],
        json!([
            {"BatchInput": {"b": 1}, "Items": [input(1), input(2)]},
            {"BatchInput": {"b": 1}, "Items": [input(3)]},
        ])
    );
    let answer = mocked(selected, failing(2)).await;
    assert_eq!(answer["error"], "States.ExceedToleratedFailureThreshold");

    let reader = |config: Value| {
        map(json!({
            "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": config, "Parameters": {"Bucket": "b", "Key": "k"}},
            "ItemSelector": {"item.$": "$$.Map.Item.Value"},
        }))
    };
    let read = async |config: Value, data: &str| {
        let members =
            json!({"mock": {"result": "[]"}, "stateConfiguration": {"mapItemReaderData": data}});
        mocked(reader(config), members).await["inspectionData"]["afterItemSelector"].clone()
    };
    let items = json!([{"item": {"a": "1", "b": "x,\"y\""}}, {"item": {"a": "2", "b": ""}}]);
    let csv = json!({"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"});
    assert_eq!(read(csv, "a,b\r\n1,\"x,\"\"y\"\"\"\r\n2,\r\n").await, items);
    assert_eq!(
        read(json!({"InputType": "JSONL", "MaxItems": 1}), "1\n2\n").await,
        json!([{"item": 1}])
    );
    let pointed = json!({"InputType": "JSON", "ItemsPointer": "/deep/items"});
    assert_eq!(
        read(pointed, "{\"deep\": {\"items\": [7]}}").await,
        json!([{"item": 7}])
    );
}

#[tokio::test]
async fn a_state_in_a_map_sees_its_item() {
    let mut definition = json!({"StartAt": "M", "States": {"M": {
        "Type": "Map",
        "ItemProcessor": {"StartAt": "P", "States": {"P": {
            "Type": "Pass", "Parameters": {"index.$": "$$.Map.Item.Index", "value.$": "$$.Map.Item.Value"}, "End": true,
        }}},
        "End": true,
    }}});
    let members = json!({"stateName": "P", "input": "\"x\""});
    let answer = mocked(definition.clone(), members).await;
    assert_eq!(answer["output"], json!({"index": 0, "value": "x"}));

    // Beside a context that is given, too, which cannot hold it.
    let state = &mut definition["States"]["M"]["ItemProcessor"]["States"]["P"];
    state["Type"] = "Task".into();
    state["Resource"] = "arn:aws:lambda:us-east-1:123456789012:function:f".into();
    let members = json!({
        "stateName": "P", "input": "\"x\"", "context": "{}", "mock": {"result": "1"},
    });
    let answer = mocked(definition, members).await;
    assert_eq!(
        answer["inspectionData"]["afterParameters"],
        json!({"index": 0, "value": "x"})
    );
}

#[tokio::test]
async fn states_inside_of_the_tested_one_have_the_language_of_the_definition() {
    let definition = json!({"StartAt": "M", "States": {"M": {
        "Type": "Map",
        "QueryLanguage": "JSONata",
        "Items": "{% $states.input %}",
        "ItemProcessor": {"StartAt": "P", "States": {"P": {
            "Type": "Pass", "Parameters": {"it.$": "$"}, "End": true,
        }}},
        "End": true,
    }}});
    let members = json!({"stateName": "M", "input": "[1]", "mock": {"result": "[2]"}});
    assert_eq!(mocked(definition, members).await["output"], json!([2]));
}

#[tokio::test]
async fn a_mocked_missing_heartbeat_is_caught_by_its_name() {
    let task = json!({
        "Type": "Task",
        "Resource": "arn:aws:states:us-east-1:123456789012:activity:a",
        "Catch": [{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "Sorry"}],
        "End": true,
    });
    let error = json!({"mock": {"errorOutput": {"error": "States.HeartbeatTimeout"}}});
    assert_eq!(mocked(task, error).await["nextState"], "Sorry");
}

#[tokio::test]
async fn parameters_that_fail_are_no_stage() {
    let definition = json!({"Type": "Pass", "Parameters": {"a.$": "$.missing"}, "End": true});
    let failed = tested(definition, json!({"b": 1}), "DEBUG").await;
    assert_eq!(failed["status"], "FAILED");
    assert_eq!(failed["inspectionData"]["afterParameters"], Value::Null);
}

#[tokio::test]
async fn an_error_of_a_parallel_counts_its_retries() {
    let parallel = json!({
        "Type": "Parallel",
        "Branches": [{"StartAt": "B", "States": {"B": {"Type": "Pass", "End": true}}}],
        "Retry": [{"ErrorEquals": ["Again"], "MaxAttempts": 2, "IntervalSeconds": 3}],
        "End": true,
    });
    let failed = async |configuration: Value| {
        let error = json!({"errorOutput": {"error": "Again"}});
        let members = json!({"mock": error, "stateConfiguration": configuration});
        mocked(parallel.clone(), members).await
    };
    let retried = failed(json!({"retrierRetryCount": 1, "errorCausedByState": "B"})).await;
    let details = &retried["inspectionData"]["errorDetails"];
    assert_eq!(retried["status"], "RETRIABLE");
    assert_eq!(
        *details,
        json!({"retryIndex": 0, "retryBackoffIntervalSeconds": 6})
    );
    assert_eq!(
        failed(json!({"retrierRetryCount": 2})).await["status"],
        "FAILED"
    );
}

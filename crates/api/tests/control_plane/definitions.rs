use std::sync::Arc;

use serde_json::{Value, json};

use super::support::{PASS, ROLE, World};

async fn validate(definition: &str, more: Value) -> Value {
    let mut input = more;
    input["definition"] = definition.into();
    World::new()
        .ok("ValidateStateMachineDefinition", input)
        .await
}

fn task(resource: &str, parameters: Value) -> String {
    json!({
        "StartAt": "P",
        "States": {"P": {
            "Type": "Parallel",
            "Branches": [{"StartAt": "T", "States": {"T": {
                "Type": "Task",
                "Resource": resource,
                "Parameters": parameters,
                "End": true,
            }}}],
            "End": true,
        }},
    })
    .to_string()
}

#[tokio::test]
async fn a_valid_definition_is_ok() {
    assert_eq!(
        validate(PASS, json!({})).await,
        json!({"result": "OK", "diagnostics": [], "truncated": false})
    );
}

#[tokio::test]
async fn text_that_is_no_json_has_the_place_in_its_message() {
    let place = "[Source: (String)\"{]\"; line: 1, column: 3]";
    let validated = validate("{]", json!({})).await;
    let found = &validated["diagnostics"][0];
    assert_eq!(found["code"], "INVALID_JSON_DESCRIPTION");
    assert_eq!(found["location"], place);
    let message = found["message"].as_str().unwrap().to_owned();
    assert!(message.ends_with(&format!("\n at {place}")), "{message}");
    let create = json!({"name": "m", "definition": "{]", "roleArn": ROLE});
    assert_eq!(
        World::new().refused("CreateStateMachine", create).await,
        format!(
            "InvalidDefinition: Invalid State Machine Definition: 'INVALID_JSON_DESCRIPTION: {message}'"
        )
    );
}

#[tokio::test]
async fn yaml_is_not_what_aws_takes() {
    let yaml = "StartAt: A\nStates:\n  A:\n    Type: Succeed\n";
    assert_eq!(validate(yaml, json!({})).await["result"], "FAIL");
}

#[tokio::test]
async fn all_errors_are_in_one_message_and_warnings_on_request() {
    let definition = json!({
        "StartAt": "A",
        "States": {
            "A": {"Type": "Pass", "InputPath": "$unknown", "Next": "B"},
            "B": {"Type": "Wait", "Seconds": -1, "End": true},
            "C": {"Type": "Nothing"},
        },
    })
    .to_string();
    let errors = validate(&definition, json!({})).await;
    assert_eq!(
        (&errors["result"], &errors["truncated"]),
        (&json!("FAIL"), &json!(false))
    );
    let errors = errors["diagnostics"].as_array().unwrap().clone();
    assert!(errors.len() > 1);
    assert!(errors.iter().all(|error| error["severity"] == "ERROR"));
    let all = validate(&definition, json!({"severity": "WARNING"})).await;
    let all = all["diagnostics"].as_array().unwrap().len();
    assert!(all > errors.len(), "{all}");
    let first = validate(&definition, json!({"maxResults": 1})).await;
    assert_eq!(first["diagnostics"], json!([errors[0]]));
    assert_eq!(first["truncated"], true);

    let create = json!({"name": "m", "definition": definition, "roleArn": ROLE});
    let text = |error: &Value, member: &str| error[member].as_str().unwrap().to_owned();
    let reasons: Vec<String> = errors
        .iter()
        .map(|error| {
            format!(
                "{}: {} at {}",
                text(error, "code"),
                text(error, "message"),
                text(error, "location")
            )
        })
        .collect();
    assert_eq!(
        World::new().refused("CreateStateMachine", create).await,
        format!(
            "InvalidDefinition: Invalid State Machine Definition: '{}'",
            reasons.join(", ")
        )
    );
}

#[tokio::test]
async fn express_workflows_wait_for_nobody() {
    for (resource, parameters, message) in [
        (
            "arn:aws:states:::states:startExecution.sync:2",
            json!({"StateMachineArn": "a"}),
            "Express state machine does not support '.sync' service integration",
        ),
        (
            "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            json!({"QueueUrl": "q", "MessageBody": "m"}),
            "Express state machine does not support '.sync' service integration",
        ),
        (
            "arn:aws:states:us-east-1:123456789012:activity:a",
            json!({}),
            "Express state machine does not support Activity ARN",
        ),
    ] {
        let definition = task(resource, parameters);
        let express = validate(&definition, json!({"type": "EXPRESS"})).await;
        let found = json!([{
            "severity": "ERROR",
            "code": "SCHEMA_VALIDATION_FAILED",
            "message": message,
            "location": "/States/P/Branches[0]/States/T/Resource",
        }]);
        assert_eq!(express["diagnostics"], found);
        let create = json!({
            "name": "m",
            "definition": definition,
            "roleArn": ROLE,
            "type": "EXPRESS",
        });
        let refused = World::new().refused("CreateStateMachine", create).await;
        assert!(refused.contains(message), "{refused}");
    }
}

#[tokio::test]
async fn executions_of_a_revision_find_their_machine_again() {
    let world = World::new();
    let definition = json!({
        "StartAt": "M",
        "States": {"M": {
            "Type": "Map",
            "Label": "each",
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "I",
                "States": {"I": {"Type": "Pass", "End": true}},
            },
            "End": true,
        }},
    });
    let express = json!({"type": "EXPRESS"});
    assert_eq!(
        validate(&definition.to_string(), express).await["result"],
        "FAIL"
    );
    let create = json!({"name": "m", "definition": definition.to_string(), "roleArn": ROLE});
    let created = world.ok("CreateStateMachine", create).await;
    let arn = created["stateMachineArn"].as_str().unwrap();
    let resolved = world.control.resolve(arn, 0).unwrap();
    let world = world.restarted();
    let loaded = world.control.loaded(&resolved.revision).unwrap();
    assert_eq!(&*loaded.machine.workflow.start_at, "M");
    let each = loaded.processor(&"each".into()).unwrap();
    assert_eq!(&*each.workflow.start_at, "I");
    assert!(Arc::ptr_eq(
        &each,
        &loaded.processor(&"each".into()).unwrap()
    ));
    assert!(loaded.processor(&"other".into()).is_none());
    assert!(world.control.loaded("other").is_err());
}

#[tokio::test]
async fn references_to_variables_are_listed_by_state() {
    let world = World::new();
    let definition = json!({
        "StartAt": "A",
        "States": {
            "A": {"Type": "Pass", "Assign": {"x": 1, "y": 2}, "Next": "M"},
            "M": {
                "Type": "Map",
                "QueryLanguage": "JSONata",
                "Items": "{% [$x, $states.input.a] %}",
                "ItemProcessor": {
                    "StartAt": "I",
                    "States": {"I": {
                        "Type": "Pass",
                        "Parameters": {"v.$": "States.Format('{}{}', $y, $x)"},
                        "End": true,
                    }},
                },
                "Next": "Z",
            },
            "Z": {"Type": "Succeed"},
        },
    });
    let create = json!({"name": "m", "definition": definition.to_string(), "roleArn": ROLE});
    let created = world.ok("CreateStateMachine", create).await;
    let arn = created["stateMachineArn"].clone();
    let described = world
        .ok("DescribeStateMachine", json!({"stateMachineArn": arn}))
        .await;
    assert_eq!(
        described["variableReferences"],
        json!({"M": ["x"], "I": ["x", "y"]})
    );
}

//! The state machines of the test. Each call of an execution carries a key that no other one has: `EXECUTION/STATE`, and the
//! item's index in a Map.

use serde_json::{Value, json};

pub const ACTIVITY: &str = "arn:aws:states:us-east-1:123456789012:activity:Crash";
pub const ITEMS: usize = 5;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Ten Pass states: one step, no call.
    Chain,
    /// A read, a write with a client token, a write without one.
    Tasks,
    /// A write without a client token that may be sent again.
    Resent,
    Waits,
    /// An inline Map, each item with a call.
    Map,
    Callback,
    Activity,
    /// Runs a `Tasks` execution and waits for it.
    Nested,
    /// A Distributed Map, each child execution with a call.
    Distributed,
}

pub const SHAPES: [Shape; 9] = [
    Shape::Chain,
    Shape::Tasks,
    Shape::Resent,
    Shape::Waits,
    Shape::Map,
    Shape::Callback,
    Shape::Activity,
    Shape::Nested,
    Shape::Distributed,
];

/// What a call is to the server, by the state that makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallKind {
    Read,
    /// A write that carries a client token.
    Safe,
    /// A write that may be made once only.
    Once,
    /// A write without a client token whose state machine wants it sent again.
    Resent,
}

impl CallKind {
    /// By a call's key.
    pub fn of(key: &str) -> Option<CallKind> {
        match key.split('/').nth(1)? {
            "Read" => Some(CallKind::Read),
            "Safe" => Some(CallKind::Safe),
            "Once" => Some(CallKind::Once),
            "Again" => Some(CallKind::Resent),
            _ => None,
        }
    }
}

impl Shape {
    pub fn name(self) -> String {
        format!("{self:?}")
    }

    pub fn state_machine_arn(self) -> String {
        format!("arn:aws:states:us-east-1:123456789012:stateMachine:{self:?}")
    }

    pub fn definition(self) -> Value {
        let (start, states) = match self {
            Shape::Chain => ("Pass0", chain()),
            Shape::Tasks => (
                "Read",
                json!({
                    "Read": read("/Read", "Safe"),
                    "Safe": safe("transactWriteItems", "Once"),
                    "Once": once(),
                    "Written": {"Type": "Pass", "Output": "written", "End": true},
                    "Unknown": {"Type": "Pass", "Output": "unknown", "End": true},
                }),
            ),
            Shape::Resent => ("Again", json!({"Again": again()})),
            Shape::Waits => (
                "First",
                json!({
                    "First": {"Type": "Wait", "Seconds": 1, "Next": "Read"},
                    "Read": read("/Read", "Second"),
                    "Second": {"Type": "Wait", "Seconds": 1, "Output": "waited", "End": true},
                }),
            ),
            Shape::Map => ("Items", json!({"Items": map("INLINE")})),
            Shape::Distributed => ("Items", json!({"Items": map("DISTRIBUTED")})),
            Shape::Callback => (
                "Safe",
                json!({
                    "Safe": safe("transactWriteItems.waitForTaskToken", "Answered"),
                    "Answered": {"Type": "Pass", "End": true},
                }),
            ),
            Shape::Activity => ("Work", json!({"Work": activity()})),
            Shape::Nested => ("Child", json!({"Child": nested()})),
        };
        json!({"QueryLanguage": "JSONata", "StartAt": start, "States": states})
    }

    /// Whether an execution may end with this output, given the texts that were sent to its task.
    pub fn expects(self, execution: &str, output: &Value) -> bool {
        match self {
            Shape::Chain => *output == json!({"passed": 10}),
            Shape::Tasks | Shape::Nested => *output == "written" || *output == "unknown",
            Shape::Resent => *output == "written again",
            Shape::Waits => *output == "waited",
            Shape::Map | Shape::Distributed => {
                let items: Vec<Value> = (0..ITEMS)
                    .map(|item| format!("{execution}/Read/{item}").into())
                    .collect();
                *output == Value::from(items)
            }
            Shape::Callback | Shape::Activity => *output == answer(execution),
        }
    }
}

/// What workers answer to a task of an execution.
pub fn answer(execution: &str) -> Value {
    json!({"answered": execution})
}

fn key(rest: &str) -> String {
    format!("{{% $states.context.Execution.Input.key & '{rest}' %}}")
}

fn chain() -> Value {
    let states = (0..10).map(|index| {
        let next = match index {
            9 => json!({"Type": "Pass", "Output": {"passed": 10}, "End": true}),
            _ => json!({"Type": "Pass", "Next": format!("Pass{}", index + 1)}),
        };
        (format!("Pass{index}"), next)
    });
    Value::Object(states.collect())
}

fn read(rest: &str, next: &str) -> Value {
    json!({
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:dynamodb:getItem",
        "Arguments": {"TableName": "T", "Key": {"id": {"S": key(rest)}}},
        "Output": "{% $states.result.Item.id.S %}",
        "Next": next,
    })
}

fn safe(action: &str, next: &str) -> Value {
    let mut item = json!({"id": {"S": key("/Safe")}});
    if action.ends_with("waitForTaskToken") {
        item["token"] = json!({"S": "{% $states.context.Task.Token %}"});
    }
    json!({
        "Type": "Task",
        "Resource": format!("arn:aws:states:::aws-sdk:dynamodb:{action}"),
        "Arguments": {"TransactItems": [{"Put": {"TableName": "T", "Item": item}}]},
        "Next": next,
    })
}

fn write(rest: &str) -> Value {
    json!({
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:dynamodb:putItem",
        "Arguments": {"TableName": "T", "Item": {"id": {"S": key(rest)}}},
    })
}

fn once() -> Value {
    let mut state = write("/Once");
    state["Catch"] = json!([{"ErrorEquals": ["Stepwright.OutcomeUnknown"], "Next": "Unknown"}]);
    state["Next"] = "Written".into();
    state
}

fn again() -> Value {
    let mut state = write("/Again");
    state["Comment"] = "@stepwright:resend".into();
    state["Output"] = "written again".into();
    state["End"] = true.into();
    state
}

fn map(mode: &str) -> Value {
    let mut config = json!({"Mode": mode});
    if mode == "DISTRIBUTED" {
        config["ExecutionType"] = "STANDARD".into();
    }
    let mut read = read("", "");
    read["Arguments"]["Key"]["id"]["S"] = "{% $states.input %}".into();
    if let Some(read) = read.as_object_mut() {
        read.remove("Next");
        read.insert("End".to_owned(), true.into());
    }
    let keys = format!(
        "{{% [[0..{}].($states.context.Execution.Input.key & '/Read/' & $string($))] %}}",
        ITEMS - 1
    );
    json!({
        "Type": "Map",
        "Items": keys,
        "ItemProcessor": {"ProcessorConfig": config, "StartAt": "Read", "States": {"Read": read}},
        "End": true,
    })
}

/// A worker that goes away with the answer to its poll loses the task: a missing heartbeat gives it to another one.
fn activity() -> Value {
    json!({
        "Type": "Task",
        "Resource": ACTIVITY,
        "HeartbeatSeconds": 3,
        "Arguments": {"execution": key("")},
        "Retry": [{"ErrorEquals": ["States.HeartbeatTimeout", "States.Timeout"], "IntervalSeconds": 1, "BackoffRate": 1, "MaxAttempts": 100}],
        "End": true,
    })
}

fn nested() -> Value {
    json!({
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Arguments": {
            "StateMachineArn": Shape::Tasks.state_machine_arn(),
            "Input": {"key": key(".child")},
        },
        "Output": "{% $states.result.Output %}",
        "End": true,
    })
}

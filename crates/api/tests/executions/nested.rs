//! Executions that workflows start.

use api::delivery::{Delivery, Origin, Target};
use serde_json::{Value, json};

use crate::support::{World, arn, fail, pass, task, text, within};

fn start(form: &str, arguments: Value) -> Value {
    json!({"A": {
        "Type": "Task",
        "Resource": format!("arn:aws:states:::states:startExecution{form}"),
        "Parameters": arguments,
        "End": true,
    }})
}

async fn ran(world: &World, form: &str, child: &str) -> Value {
    let arguments = json!({"StateMachineArn": child, "Name": "c", "Input": {"n": 1}});
    world.ran("parent", start(form, arguments)).await
}

fn output(described: &Value) -> Value {
    serde_json::from_str(&text(described, "output")).unwrap()
}

#[tokio::test]
async fn a_started_execution_is_not_waited_for() {
    let world = World::new();
    let child = world.machine("child", task()).await;
    let described = ran(&world, "", &child).await;
    assert_eq!(output(&described)["ExecutionArn"], arn("execution:child:c"));
    let child = world.describe(&arn("execution:child:c")).await;
    assert_eq!(
        (&child["status"], &child["input"]),
        (&json!("RUNNING"), &json!("{\"n\":1}"))
    );
    let audit = world.audit();
    assert!(audit.contains(&("StartExecution".to_owned(), arn("execution:child:c"))));
}

#[tokio::test]
async fn sync_waits_for_the_end_and_describes_it() {
    for (form, in_text) in [(".sync", true), (".sync:2", false)] {
        let world = World::new();
        let child = world.machine("child", pass()).await;
        let described = ran(&world, form, &child).await;
        let mut output = output(&described);
        for date in ["StartDate", "StopDate"] {
            let date = output.as_object_mut().unwrap().remove(date);
            assert!(date.unwrap().as_i64().unwrap() > 1_600_000_000_000);
        }
        let data = |value: Value| {
            if in_text {
                value.to_string().into()
            } else {
                value
            }
        };
        let expected = json!({
            "ExecutionArn": arn("execution:child:c"),
            "Input": data(json!({"n": 1})),
            "InputDetails": {"Included": true},
            "Name": "c",
            "Output": data(json!({"Arg1": "argument1"})),
            "OutputDetails": {"Included": true},
            "StateMachineArn": child,
            "Status": "SUCCEEDED",
        });
        assert_eq!(output, expected, "{form}");
        let types = world.event_types(&text(&described, "executionArn")).await;
        let task = [
            "TaskScheduled",
            "TaskStarted",
            "TaskSubmitted",
            "TaskSucceeded",
        ];
        assert_eq!(types[2..6], task);
    }
}

#[tokio::test]
async fn a_child_that_fails_fails_the_task_with_its_description() {
    let world = World::new();
    let child = world.machine("child", fail()).await;
    let described = ran(&world, ".sync", &child).await;
    assert_eq!(
        (&described["status"], &described["error"]),
        (&json!("FAILED"), &json!("States.TaskFailed"))
    );
    let cause = text(&described, "cause");
    assert!(
        cause.starts_with("{\"Cause\":\"C\",\"Error\":\"E\",\"ExecutionArn\":"),
        "{cause}"
    );
    let cause: Value = serde_json::from_str(&cause).unwrap();
    assert_eq!(
        (&cause["Status"], &cause["Input"]),
        (&json!("FAILED"), &json!("{\"n\":1}"))
    );
}

#[tokio::test]
async fn a_parent_that_is_stopped_stops_its_child() {
    let world = World::new();
    let child = world.machine("child", task()).await;
    let arguments = json!({"StateMachineArn": child, "Name": "c"});
    let parent = world.machine("parent", start(".sync", arguments)).await;
    let mut steps = world.service.hub().steps();
    let parent = world.start(&parent, "p").await;
    // From then on there is somebody to stop.
    let is_submitted = |event: &interpreter::Event| event.detail.type_name() == "TaskSubmitted";
    while !within(steps.recv())
        .await
        .unwrap()
        .events
        .iter()
        .any(is_submitted)
    {}
    world
        .ok("StopExecution", json!({"executionArn": parent}))
        .await;
    assert_eq!(
        world.ended(&arn("execution:child:c")).await["status"],
        "ABORTED"
    );
}

#[tokio::test]
async fn a_start_that_is_made_again_finds_its_execution_whatever_became_of_it() {
    let world = World::new();
    let child = world.machine("child", pass()).await;
    let parent = world.machine("parent", task()).await;
    let parent = world.start(&parent, "p").await;
    let started = async |name: Option<&str>, key: &str| {
        let body = json!({"stateMachineArn": child, "name": name}).to_string();
        let key = format!("{parent}/{key}");
        let answer = within(world.service.call_by_execution(
            "StartExecution",
            body.as_bytes(),
            &key,
        ));
        let answer = answer.await;
        (
            answer.status,
            serde_json::from_str::<Value>(&answer.body).unwrap(),
        )
    };
    for name in [None, Some("c")] {
        let (status, first) = started(name, "2/0/0").await;
        assert_eq!(status, 200, "{first}");
        world.ended(&text(&first, "executionArn")).await;
        assert_eq!(started(name, "2/0/0").await, (200, first));
    }
    // Another attempt is another start.
    let (_, first) = started(None, "2/0/0").await;
    let (_, other) = started(None, "2/1/0").await;
    assert_ne!(first["executionArn"], other["executionArn"]);
    let (status, refused) = started(Some("c"), "2/1/0").await;
    assert_eq!(
        (status, &refused["__type"]),
        (400, &json!("ExecutionAlreadyExists"))
    );
}

#[tokio::test]
async fn a_delivery_starts_one_execution_however_often_it_is_made() {
    let world = World::new();
    let machine = world.machine("m", pass()).await;
    let delivery = |id: &str| {
        let origin = Origin::Schedule {
            arn: "arn:aws:scheduler:us-east-1:123456789012:schedule/default/s".into(),
            occurrence_millis: 0,
            target_id: None,
        };
        let arn = machine.as_str().into();
        Delivery::new(id, origin, Target::StateMachine { arn }, "{\"a\":1}", 0)
    };
    let start = async |delivery: &Delivery| {
        let name = delivery.execution_name();
        let body = json!({"stateMachineArn": machine, "name": name, "input": &*delivery.input});
        within(world.service.start_by_delivery(delivery, &body)).await
    };
    let one = delivery("one");
    let first = start(&one).await.unwrap();
    let ended = world.ended(&first).await;
    assert_eq!(ended["input"], "{\"a\":1}");
    assert_eq!(ended["name"], one.execution_name());
    assert_eq!(start(&one).await.unwrap(), first);
    assert_eq!(world.describe(&first).await, ended);
    // The same id, and another delivery: that of a schedule that was deleted and made anew.
    assert_ne!(start(&delivery("one")).await.unwrap(), first);
    // Nobody else can take the place of one that is to come, or know its seed.
    let taken = delivery("two");
    let input = json!({"stateMachineArn": machine, "name": taken.execution_name()});
    world.ok("StartExecution", input).await;
    let refused = start(&taken).await.unwrap_err();
    assert_eq!(refused.code(), "ExecutionAlreadyExists");
}

//! Express executions: StartSyncExecution, asynchronous ones, and the ring that remembers them.

use serde_json::{Value, json};

use crate::support::{World, arn, fail, pass, task, text, within};

fn without_dates(mut answer: Value) -> Value {
    for date in ["startDate", "stopDate"] {
        let date = answer.as_object_mut().unwrap().remove(date);
        assert!(date.unwrap().as_f64().unwrap() > 1.6e9);
    }
    answer
}

#[tokio::test]
async fn a_synchronous_start_answers_with_the_end() {
    let world = World::new();
    let machine = world.express("x", pass()).await;
    let input =
        json!({"stateMachineArn": machine, "name": "n", "input": "{\"a\": 1}", "traceHeader": "t"});
    let answer = without_dates(world.ok("StartSyncExecution", input).await);
    let execution = text(&answer, "executionArn");
    let prefix = arn("express:x:n:");
    let id = execution.strip_prefix(&prefix).unwrap();
    assert!(uuid::Uuid::parse_str(id).is_ok(), "{execution}");
    let expected = json!({
        "executionArn": execution,
        "stateMachineArn": machine,
        "name": "n",
        "status": "SUCCEEDED",
        "input": "{\"a\": 1}",
        "inputDetails": {"included": true},
        "output": "{\"Arg1\":\"argument1\"}",
        "outputDetails": {"included": true},
        "traceHeader": "t",
        "billingDetails": {"billedMemoryUsedInMB": 64, "billedDurationInMilliseconds": 100},
    });
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn a_synchronous_failure_is_an_answer_too() {
    let world = World::new();
    let machine = world.express("x", fail()).await;
    let answer = world
        .ok("StartSyncExecution", json!({"stateMachineArn": machine}))
        .await;
    let shown = ["status", "error", "cause"].map(|name| &answer[name]);
    assert_eq!(shown, ["FAILED", "E", "C"]);
    assert_eq!(
        (answer.get("output"), &answer["outputDetails"]),
        (None, &json!({"included": true}))
    );
    let secret = json!({"stateMachineArn": machine, "includedData": "METADATA_ONLY"});
    let secret = world.ok("StartSyncExecution", secret).await;
    assert_eq!(
        (secret.get("input"), &secret["inputDetails"]),
        (None, &json!({"included": false}))
    );
}

#[tokio::test]
async fn a_synchronous_execution_ends_after_five_minutes() {
    let world = World::new();
    let wait = json!({"A": {"Type": "Wait", "Seconds": 3600, "End": true}});
    let machine = world.express("x", wait).await;
    let answer = within(world.ok("StartSyncExecution", json!({"stateMachineArn": machine}))).await;
    assert_eq!(answer["status"], "TIMED_OUT");
    let took = answer["stopDate"].as_f64().unwrap() - answer["startDate"].as_f64().unwrap();
    assert!((300.0..301.0).contains(&took), "{took}");
    let billed = answer["billingDetails"]["billedDurationInMilliseconds"]
        .as_u64()
        .unwrap();
    assert!(
        (300_000..301_000).contains(&billed) && billed % 100 == 0,
        "{billed}"
    );
}

#[tokio::test]
async fn only_express_workflows_run_synchronously() {
    let world = World::new();
    let machine = world.machine("m", pass()).await;
    assert_eq!(
        world
            .refused("StartSyncExecution", json!({"stateMachineArn": machine}))
            .await,
        "StateMachineTypeNotSupported: This operation is not supported by this type of state machine"
    );
}

#[tokio::test]
async fn nobody_describes_an_express_execution_but_the_ring_remembers_it() {
    let world = World::new();
    let machine = world.express("x", task()).await;
    let execution = world.start(&machine, "n").await;
    assert!(execution.starts_with(&arn("express:x:n:")), "{execution}");
    // Not idempotent.
    let other = world.start(&machine, "n").await;
    assert_ne!(execution, other);
    for operation in ["DescribeExecution", "GetExecutionHistory", "StopExecution"] {
        assert_eq!(
            world
                .refused(operation, json!({"executionArn": execution}))
                .await,
            "InvalidArn: Invalid Arn: 'Resource type not valid in this context: express'"
        );
    }
    let rows = || {
        let rows = world.service.express_ring().into_iter();
        rows.map(|row| (row.execution_arn.to_string(), row.status, row.output_bytes))
            .collect::<Vec<_>>()
    };
    let running = |arn: &str| (arn.to_owned(), "RUNNING", None);
    assert_eq!(rows(), [running(&other), running(&execution)]);

    let mut changes = world.service.hub().status_changes();
    let (_, first) = world.call().await;
    let (_, second) = world.call().await;
    first.send(Ok(query::Payload::empty_object()));
    second.send(Ok(query::Payload::empty_object()));
    let mut ended = 0;
    while ended < 2 {
        let change = within(changes.recv()).await.unwrap();
        ended += usize::from(change.status.name() == "SUCCEEDED");
    }
    assert!(
        rows()
            .iter()
            .all(|row| (row.1, row.2) == ("SUCCEEDED", Some(2)))
    );
}

#[tokio::test]
async fn the_hub_tells_status_changes_and_steps_in_their_order() {
    let world = World::new();
    let machine = world.machine("m", pass()).await;
    let mut changes = world.service.hub().status_changes();
    let mut steps = world.service.hub().steps();
    let execution = world.start(&machine, "e").await;
    for status in ["RUNNING", "SUCCEEDED"] {
        let change = within(changes.recv()).await.unwrap();
        assert_eq!(
            (change.execution.as_ref(), change.status.name()),
            (execution.as_str(), status)
        );
        assert_eq!(change.listing.state_machine_arn.as_ref(), machine);
    }
    let mut ids = Vec::new();
    while ids.last() != Some(&4) {
        let step = within(steps.recv()).await.unwrap();
        ids.extend(step.events.iter().map(|event| event.id));
    }
    assert_eq!(ids, [1, 2, 3, 4]);
}

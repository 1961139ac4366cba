//! The driver thread, in virtual time.

use std::time::Duration;

use engine::Options;
use interpreter::{CallFailure, Limits, Status};
use query::{Payload, QueryLimits};
use serde_json::json;
use std::sync::Arc;

use store::MemoryStore;

use crate::support::{Running, Seen, options, types};

const TASK: &str = "arn:aws:lambda:us-east-1:123456789012:function:Work";
const HOUR_MILLIS: i64 = 3_600_000;

fn running(options: Options) -> Running {
    Running::new(Arc::new(MemoryStore::new()), options)
}

#[test]
fn virtual_time_jumps_over_waits() {
    let running = running(options());
    running.start("a", &json!({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3600, "Next": "X"}, "X": {"Type": "Wait", "Seconds": 7200, "End": true}}})).unwrap();
    assert_eq!(running.ended().1.name(), "SUCCEEDED");
    let events = running.engine.history(&"a".into()).unwrap();
    let millis = events[events.len() - 1].timestamp_millis - events[0].timestamp_millis;
    assert!(
        (3 * HOUR_MILLIS..3 * HOUR_MILLIS + 60_000).contains(&millis),
        "{millis}"
    );
}

#[test]
fn virtual_time_stands_still_while_a_call_is_open() {
    let running = running(options());
    running
        .start(
            "a",
            &json!({"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [
                {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": TASK, "End": true}}},
                {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3600, "End": true}}},
            ]}}}),
        )
        .unwrap();
    let (_, answer) = running.begun();
    // Each question takes the driver once around; the Wait has not ended by then, and will not.
    for _ in 0..20 {
        let events = running.engine.history(&"a".into()).unwrap();
        assert!(!types(&events).contains(&"WaitStateExited".to_owned()));
    }
    answer.send(Ok(Payload::null()));
    assert_eq!(running.ended().1.name(), "SUCCEEDED");
    let events = running.engine.history(&"a".into()).unwrap();
    let at = |kind: &str| {
        let event = events.iter().find(|event| event.detail.type_name() == kind);
        event.unwrap().timestamp_millis - events[0].timestamp_millis
    };
    assert!(at("LambdaFunctionSucceeded") < HOUR_MILLIS);
    assert!(at("WaitStateExited") >= HOUR_MILLIS);
}

#[test]
fn an_abandoned_call_no_longer_holds_the_time() {
    let running = running(options());
    running.start("a", &json!({"StartAt": "P", "States": {
        "P": {
            "Type": "Parallel",
            "Catch": [{"ErrorEquals": ["E"], "Next": "W"}],
            "End": true,
            "Branches": [
                {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": TASK, "End": true}}},
                {"StartAt": "U", "States": {"U": {"Type": "Task", "Resource": TASK, "End": true}}},
            ],
        },
        "W": {"Type": "Wait", "Seconds": 3600, "End": true},
    }})).unwrap();
    let (first, held) = running.begun();
    let (_, failing) = running.begun();
    failing.send(Err(CallFailure {
        error: "E".into(),
        cause: String::new(),
    }));
    loop {
        if let Seen::Abandoned(key) = running.next() {
            assert_eq!(key, first.key);
            break;
        }
    }
    assert_eq!(running.ended().1.name(), "SUCCEEDED");
    // Far too late: nobody minds.
    held.send(Ok(Payload::null()));
    assert!(running.engine.history(&"a".into()).is_ok());
}

#[test]
fn a_call_that_is_dropped_fails_its_task() {
    let running = running(options());
    running.start(
        "a",
        &json!({"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": TASK, "End": true}}}),
    ).unwrap();
    drop(running.begun());
    let Status::Failed(failure) = running.ended().1 else {
        panic!("not failed");
    };
    assert_eq!(failure.error_name(), "States.Runtime");
}

#[test]
fn an_endless_loop_leaves_room_for_others_and_ends_at_the_limit_of_events() {
    let limits = Limits {
        history_events: 20_000,
        ..Limits::default()
    };
    let running = running(Options {
        limits,
        ..options()
    });
    running.start("loop", &json!({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Choice", "Choices": [{"Variable": "$.n", "IsPresent": true, "Next": "C"}], "Default": "A"}, "C": {"Type": "Succeed"}}})).unwrap();
    running
        .start(
            "other",
            &json!({"StartAt": "W", "States": {"W": {"Type": "Pass", "End": true}}}),
        )
        .unwrap();
    assert_eq!(&*running.ended().0, "other");
    let (name, status) = running.ended();
    assert_eq!((&*name, status.name()), ("loop", "FAILED"));
    assert_eq!(running.engine.history(&name).unwrap().len(), 20_000);
}

#[test]
fn a_runaway_expression_is_cancelled_and_the_others_go_on() {
    // Without limits of its own, only the watchdog ends it.
    let query = QueryLimits {
        max_steps: u64::MAX,
        max_steps_with_regular_expression: u64::MAX,
        ..QueryLimits::default()
    };
    let limits = Limits {
        query,
        ..Limits::default()
    };
    let slice_budget = Duration::from_millis(200);
    let running = running(Options {
        limits,
        slice_budget,
        ..options()
    });
    running
        .start(
            "runaway",
            &json!({"QueryLanguage": "JSONata", "StartAt": "T", "States": {
                "T": {
                    "Type": "Task",
                    "Resource": TASK,
                    "Arguments": "{% $match($pad('', 200, 'a') & 'b', /(a|aa)+$/) %}",
                    "Catch": [{"ErrorEquals": ["States.QueryEvaluationError"], "Next": "Caught"}],
                    "End": true,
                },
                "Caught": {"Type": "Succeed"},
            }}),
        )
        .unwrap();
    running
        .start(
            "other",
            &json!({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": true}}}),
        )
        .unwrap();
    let mut ended = [running.ended(), running.ended()];
    ended.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(ended[0].1.name(), "SUCCEEDED");
    let Status::Succeeded { output } = &ended[1].1 else {
        panic!("{:?}", ended[1]);
    };
    assert_eq!(output.value()["Error"], "States.QueryEvaluationError");
}

#[test]
fn every_step_can_be_read_back() {
    let running = running(Options {
        evict_after_each_step: true,
        ..options()
    });
    running
        .start(
            "a",
            &json!({"StartAt": "T", "States": {
                "T": {"Type": "Task", "Resource": TASK, "Next": "W"},
                "W": {"Type": "Wait", "Seconds": 5, "End": true},
            }}),
        )
        .unwrap();
    running.begun().1.send(Ok(Payload::null()));
    assert_eq!(running.ended().1.name(), "SUCCEEDED");
}

#[test]
fn stop_and_drain_reach_a_running_execution() {
    let running = running(options());
    let definition = json!({"StartAt": "T", "States": {
        "T": {"Type": "Task", "Resource": TASK, "Next": "U"},
        "U": {"Type": "Pass", "End": true},
    }});
    running.start("drained", &definition).unwrap();
    let (_, answer) = running.begun();
    running.drain("drained").unwrap();
    answer.send(Ok(Payload::null()));
    let Status::Failed(failure) = running.ended().1 else {
        panic!("not failed");
    };
    assert_eq!(failure.error_name(), "Stepwright.Drained");
    running.start("stopped", &definition).unwrap();
    let (_, _held) = running.begun();
    running.stop("stopped", "Operator").unwrap();
    let (_, status) = running.ended();
    assert!(matches!(status, Status::Aborted(failure) if failure.error_name() == "Operator"));
}

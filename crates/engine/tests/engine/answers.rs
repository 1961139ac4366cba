//! Tasks that others answer: callbacks, heartbeats, activities.

use std::sync::Arc;
use std::sync::mpsc::channel;

use engine::{Options, TokenError};
use interpreter::event::ErrorDetail;
use interpreter::{Status, TaskToken};
use query::Payload;
use serde_json::{Value, json};
use store::MemoryStore;

use crate::faulty::{Fault, FaultyStore};
use crate::support::{Running, Seen, identity, options};

const ACTIVITY: &str = "arn:aws:states:us-east-1:123456789012:activity:Work";

fn callback(fields: Value) -> Value {
    let mut state = json!({
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"MessageBody": {"Token.$": "$$.Task.Token"}, "QueueUrl": "url"},
        "End": true,
    });
    let fields = fields.as_object().unwrap().clone();
    state.as_object_mut().unwrap().extend(fields);
    json!({"StartAt": "T", "States": {"T": state}})
}

fn activity() -> Value {
    json!({"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": ACTIVITY, "End": true}}})
}

/// Starts it and answers its call.
fn submitted(running: &Running, definition: &Value) -> TaskToken {
    running.start("a", definition).unwrap();
    let (call, answer) = running.begun();
    answer.send(Ok(Payload::null()));
    let token = call.arguments.value()["MessageBody"]["Token"].clone();
    token.as_str().unwrap().parse().unwrap()
}

fn running(options: Options) -> Running {
    Running::new(Arc::new(MemoryStore::new()), options)
}

#[test]
fn a_token_is_answered_once() {
    let running = running(options());
    let token = submitted(&running, &callback(json!({})));
    let output = Payload::from_value(json!({"n": 1}));
    running.answer(&token, Ok(output)).unwrap();
    let (_, status) = running.ended();
    assert!(matches!(status, Status::Succeeded { output } if output.value()["n"] == 1));
    let again = running.answer(&token, Ok(Payload::null()));
    assert!(matches!(again, Err(TokenError::TimedOut)));
    assert!(matches!(
        running.heartbeat(&token),
        Err(TokenError::TimedOut)
    ));
}

#[test]
fn a_token_of_nobody_here_is_no_token() {
    let running = running(options());
    let token = submitted(&running, &callback(json!({})));
    let mut other = identity("a");
    other.seed += 1;
    let forged = TaskToken::new(&other, token.key());
    let answer = running.answer(&forged, Ok(Payload::null()));
    assert!(matches!(answer, Err(TokenError::Invalid)));
    let stranger = TaskToken::new(&identity("b"), token.key());
    let answer = running.answer(&stranger, Ok(Payload::null()));
    assert!(matches!(answer, Err(TokenError::DoesNotExist)));
    let failure = ErrorDetail {
        error: Some("Refused".into()),
        cause: None,
    };
    running.answer(&token, Err(failure)).unwrap();
    assert!(
        matches!(running.ended().1, Status::Failed(failure) if failure.error_name() == "Refused")
    );
}

#[test]
fn heartbeats_are_heard_and_not_committed() {
    for cache_bytes in [0, 1 << 20] {
        let store = Arc::new(MemoryStore::new());
        let options = Options {
            cache_bytes,
            ..options()
        };
        let running = Running::new(store, options);
        // A call that is out holds the time.
        running
            .start("holds", &json!({"StartAt": "H", "States": {"H": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:Work", "End": true}}}))
            .unwrap();
        let (_, held) = running.begun();
        let token = submitted(&running, &callback(json!({"HeartbeatSeconds": 3600})));
        // Its submit's answer is committed.
        let committed = |seen| matches!(seen, Seen::Committed { .. });
        while !committed(running.next()) {}
        running.heartbeat(&token).unwrap();
        let units = running.engine.stats().units;
        for _ in 0..5 {
            running.heartbeat(&token).unwrap();
        }
        assert_eq!(running.engine.stats().units, units);
        held.send(Ok(Payload::null()));
        let (_, status) = [running.ended(), running.ended()]
            .into_iter()
            .last()
            .unwrap();
        assert!(
            matches!(status, Status::TimedOut(_) | Status::Failed(_)),
            "{status:?}"
        );
    }
}

#[test]
fn a_worker_takes_tasks_in_their_order() {
    let running = running(options());
    for name in ["a", "b"] {
        running.start(name, &activity()).unwrap();
    }
    assert_eq!(running.engine.stats().activity_tasks, 2);
    for name in ["a", "b"] {
        let task = running.take_task(ACTIVITY);
        assert_eq!(&**task.token.execution_arn(), name);
        assert_eq!(task.input.text().as_ref(), "{}");
        assert!(running.types(name).contains(&"ActivityStarted".to_owned()));
        running.answer(&task.token, Ok(Payload::null())).unwrap();
        assert_eq!(running.ended().1.name(), "SUCCEEDED");
    }
    assert_eq!(running.engine.stats().activity_tasks, 0);
}

#[test]
fn a_worker_that_waits_gets_the_next_task_and_one_that_has_gone_loses_none() {
    let running = running(options());
    let (sender, tasks) = channel();
    let poll = |name: &'static str| {
        let sender = sender.clone();
        let reply = Box::new(move |task| drop(sender.send((name, task))));
        running.engine.poll_activity(&ACTIVITY.into(), None, reply)
    };
    let gone = poll("gone");
    let waits = poll("waits");
    assert_eq!(running.engine.stats().activity_pollers, 2);
    drop(gone);
    running.start("a", &activity()).unwrap();
    let (worker, task) = tasks.recv().unwrap();
    assert_eq!(worker, "waits");
    assert!(task.is_some());
    drop(waits);
    assert_eq!(running.engine.stats().activity_pollers, 0);
}

#[test]
fn a_task_that_is_over_is_not_handed_out() {
    let running = running(options());
    running.start("a", &activity()).unwrap();
    running.start("b", &activity()).unwrap();
    running.stop("a", "Operator").unwrap();
    let task = running.take_task(ACTIVITY);
    assert_eq!(&**task.token.execution_arn(), "b");
}

#[test]
fn tasks_that_no_worker_has_taken_are_offered_again_after_a_restart() {
    let store = Arc::new(MemoryStore::new());
    let running = Running::new(store.clone(), options());
    running.start("taken", &activity()).unwrap();
    let taken = running.take_task(ACTIVITY);
    running.start("waits", &activity()).unwrap();
    let running = running.again(store, options());
    let task = running.take_task(ACTIVITY);
    assert_eq!(&**task.token.execution_arn(), "waits");
    for token in [&task.token, &taken.token] {
        running.answer(token, Ok(Payload::null())).unwrap();
        assert_eq!(running.ended().1.name(), "SUCCEEDED");
    }
}

#[test]
fn a_task_whose_taking_is_not_durable_is_not_handed_out() {
    for fault in [
        Fault::Unavailable,
        Fault::Conflict,
        Fault::IndeterminateLost,
    ] {
        let running = Running::new(FaultyStore::new([Fault::None, fault]), options());
        running.start("a", &activity()).unwrap();
        let (sender, answer) = channel();
        let reply = Box::new(move |task| drop(sender.send(task)));
        let _poll = running.engine.poll_activity(&ACTIVITY.into(), None, reply);
        assert_eq!(answer.recv().unwrap(), None);
        let task = running.take_task(ACTIVITY);
        running.answer(&task.token, Ok(Payload::null())).unwrap();
        assert_eq!(running.ended().1.name(), "SUCCEEDED");
        let started = running.types("a");
        let started = started.iter().filter(|kind| *kind == "ActivityStarted");
        assert_eq!(started.count(), 1);
    }
}

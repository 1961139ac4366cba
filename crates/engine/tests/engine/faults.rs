//! A store that fails: whoever waits is told, and the engine goes on by itself when the store works again.

use std::sync::atomic::Ordering;
use std::sync::mpsc::{Sender, channel};

use engine::{ControlError, Durability, Options, StartError, StopExecution};
use query::Payload;
use serde_json::{Value, json};
use store::{Error, Store};

use crate::faulty::{Fault, FaultyStore};
use crate::support::{Running, Seen, ask, options};

const TASK: &str = "arn:aws:lambda:us-east-1:123456789012:function:Work";

fn two_tasks() -> Value {
    json!({"StartAt": "T", "States": {
        "T": {"Type": "Task", "Resource": TASK, "Next": "U"},
        "U": {"Type": "Task", "Resource": TASK, "TimeoutSeconds": 60, "End": true},
    }})
}

fn wait() -> Value {
    json!({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3600, "End": true}}})
}

fn short_wait() -> Value {
    json!({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": true}}})
}

fn all() -> [(Fault, Error); 4] {
    [
        (Fault::Unavailable, Error::Unavailable("told to".into())),
        (Fault::Indeterminate, Error::Indeterminate("told to".into())),
        (
            Fault::IndeterminateLost,
            Error::Indeterminate("told to".into()),
        ),
        (Fault::Conflict, Error::Conflict("a".into())),
    ]
}

/// What became of each call, and nothing twice.
fn finish(running: &Running) {
    let (second, answer) = running.begun();
    assert_eq!(&*second.state_name, "U");
    answer.send(Ok(Payload::null()));
    assert_eq!(running.ended().1.name(), "SUCCEEDED");
    assert_eq!(
        running.types("a"),
        [
            "ExecutionStarted",
            "TaskStateEntered",
            "LambdaFunctionScheduled",
            "LambdaFunctionStarted",
            "LambdaFunctionSucceeded",
            "TaskStateExited",
            "TaskStateEntered",
            "LambdaFunctionScheduled",
            "LambdaFunctionStarted",
            "LambdaFunctionSucceeded",
            "TaskStateExited",
            "ExecutionSucceeded"
        ]
    );
    assert_eq!(running.engine.stats().delayed_executions, 0);
}

#[test]
fn an_answer_that_cannot_be_committed_is_kept_and_tried_again() {
    for (fault, expected) in all() {
        let running = Running::new(FaultyStore::new([Fault::None, fault]), options());
        running.start("a", &two_tasks()).unwrap();
        running.begun().1.send(Ok(Payload::null()));
        assert_eq!(running.delayed(), expected);
        finish(&running);
    }
}

#[test]
fn a_store_that_fails_for_long_is_tried_for_long() {
    let faults = (0..20).map(|_| Fault::Unavailable);
    let store = FaultyStore::new([Fault::None].into_iter().chain(faults));
    let running = Running::new(store, options());
    running.start("a", &two_tasks()).unwrap();
    let begun = running.begun();
    running.start("b", &wait()).unwrap_err();
    begun.1.send(Ok(Payload::null()));
    for _ in 0..19 {
        running.delayed();
    }
    finish(&running);
}

#[test]
fn a_timer_that_cannot_be_committed_fires_again() {
    for (fault, expected) in all() {
        let running = Running::new(FaultyStore::new([Fault::None, fault]), options());
        running.start("a", &wait()).unwrap();
        assert_eq!(running.delayed(), expected);
        assert_eq!(running.ended().1.name(), "SUCCEEDED");
        assert_eq!(running.types("a").len(), 4);
    }
}

#[test]
fn a_start_that_is_not_durable_is_not_acknowledged() {
    let running = Running::new(FaultyStore::new([Fault::Unavailable]), options());
    let refused = running.start("a", &two_tasks()).unwrap_err();
    assert!(matches!(refused, StartError::Store(Error::Unavailable(_))));
    running.start("a", &two_tasks()).unwrap();
    running.begun().1.send(Ok(Payload::null()));
    finish(&running);

    let running = Running::new(FaultyStore::new([Fault::IndeterminateLost]), options());
    let refused = running.start("a", &two_tasks()).unwrap_err();
    assert!(matches!(
        refused,
        StartError::Store(Error::Indeterminate(_))
    ));
    running.delayed();
    running.start("a", &two_tasks()).unwrap();
    running.begun().1.send(Ok(Payload::null()));
    finish(&running);
}

#[test]
fn a_start_that_was_durable_after_all_goes_on() {
    let running = Running::new(FaultyStore::new([Fault::Indeterminate]), options());
    running.start("a", &two_tasks()).unwrap_err();
    running.begun().1.send(Ok(Payload::null()));
    let again = running.start("a", &two_tasks()).unwrap_err();
    assert!(matches!(again, StartError::AlreadyExists(_)));
    finish(&running);
}

#[test]
fn whoever_asked_for_what_is_not_durable_is_told() {
    for (fault, expected) in all() {
        let running = Running::new(FaultyStore::new([Fault::None, fault]), options());
        running.start("a", &two_tasks()).unwrap();
        let (_, answer) = running.begun();
        match running.stop("a", "Operator") {
            Err(ControlError::Store(error)) => assert_eq!(error, expected),
            other => panic!("{other:?}"),
        }
        if matches!(expected, Error::Indeterminate(_)) {
            // Perhaps it was stopped after all.
            drop(answer);
            running.when_ended("a").unwrap();
            continue;
        }
        answer.send(Ok(Payload::null()));
        finish(&running);
    }
}

#[test]
fn an_execution_that_cannot_be_read_is_read_later() {
    let store = FaultyStore::new([]);
    let running = Running::new(
        store.clone(),
        Options {
            cache_bytes: 0,
            ..options()
        },
    );
    running.start("a", &two_tasks()).unwrap();
    let (_, answer) = running.begun();
    store.failing_reads.store(3, Ordering::SeqCst);
    assert!(matches!(
        running.stop("a", "Operator"),
        Err(ControlError::Store(Error::Unavailable(_)))
    ));
    answer.send(Ok(Payload::null()));
    running.delayed();
    running.delayed();
    finish(&running);
}

#[test]
fn the_end_of_an_express_execution_is_written_until_it_is() {
    for fault in [
        Fault::Unavailable,
        Fault::Indeterminate,
        Fault::IndeterminateLost,
    ] {
        let store = FaultyStore::new([Fault::None, fault]);
        let running = Running::new(store.clone(), options());
        let start = running.execution("a", &short_wait(), Durability::Accept);
        let ended = ask(|reply| running.engine.start_sync(start, reply)).unwrap();
        assert_eq!(ended.status.name(), "SUCCEEDED");
        assert!(matches!(running.next(), Seen::Committed { .. }));
        assert!(store.execution(&"a".into()).unwrap().is_none());
    }
}

#[test]
fn a_failure_of_one_execution_is_not_that_of_others() {
    let running = Running::new(FaultyStore::new([Fault::None, Fault::Conflict]), options());
    running.start("a", &two_tasks()).unwrap();
    let (_, held) = running.begun();
    running.drain("a").unwrap_err();
    running.start("b", &two_tasks()).unwrap();
    running.begun().1.send(Ok(Payload::null()));
    running.begun().1.send(Ok(Payload::null()));
    assert_eq!(&*running.ended().0, "b");
    held.send(Ok(Payload::null()));
    finish(&running);
}

/// Nothing is kept in memory between two steps.
fn forgetful() -> Options {
    Options {
        cache_bytes: 0,
        ..options()
    }
}

/// Holds up the shard until the sender says so: what is sent meanwhile is of one batch.
fn hold_up(running: &Running) -> Sender<()> {
    let (go_on, held) = channel();
    let reply = Box::new(move |_| held.recv().unwrap());
    running.engine.when_ended(&"nobody".into(), reply);
    go_on
}

#[test]
fn a_second_start_takes_no_answer_of_the_first() {
    let definition = json!({"StartAt": "S", "States": {
        "S": {"Type": "Task", "Resource": TASK, "Next": "T"},
        "T": {"Type": "Task", "Resource": TASK, "End": true},
    }});
    let running = Running::new(FaultyStore::new([]), forgetful());
    running.start("a", &definition).unwrap();
    running.begun().1.send(Ok(Payload::null()));
    let (second, answer) = running.begun();
    assert_eq!(&*second.state_name, "T");
    let start = running.execution("a", &definition, Durability::Full);
    let go_on = hold_up(&running);
    let (sender, refused) = channel();
    let reply = Box::new(move |started| sender.send(started).unwrap());
    running.engine.start(start, reply);
    answer.send(Ok(Payload::null()));
    go_on.send(()).unwrap();
    let refused = refused.recv().unwrap().unwrap_err();
    assert!(matches!(refused, StartError::AlreadyExists(_)));
    assert_eq!(running.when_ended("a").unwrap().status.name(), "SUCCEEDED");
}

#[test]
fn who_stops_what_ends_just_then_is_told_when() {
    let running = Running::new(FaultyStore::new([]), options());
    running.start("a", &two_tasks()).unwrap();
    running.begun().1.send(Ok(Payload::null()));
    let (_, answer) = running.begun();
    let go_on = hold_up(&running);
    answer.send(Ok(Payload::null()));
    let (sender, stopped) = channel();
    let reply = Box::new(move |answer| sender.send(answer).unwrap());
    let stop = StopExecution::default();
    running.engine.stop(&"a".into(), stop, reply);
    go_on.send(()).unwrap();
    match stopped.recv().unwrap() {
        Err(ControlError::HasEnded(listing)) => assert!(listing.stop_millis.is_some()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_comes_while_a_commit_is_in_doubt_is_kept() {
    let branch = json!({"StartAt": "T", "States": {
        "T": {"Type": "Task", "Resource": TASK, "End": true},
    }});
    let other = json!({"StartAt": "U", "States": {
        "U": {"Type": "Task", "Resource": TASK, "End": true},
    }});
    let definition = json!({"StartAt": "P", "States": {
        "P": {"Type": "Parallel", "Branches": [branch, other], "End": true},
    }});
    for fault in [Fault::Indeterminate, Fault::IndeterminateLost] {
        let store = FaultyStore::new([Fault::None, fault]);
        let running = Running::new(store.clone(), options());
        running.start("a", &definition).unwrap();
        let (first, second) = (running.begun().1, running.begun().1);
        store.failing_reads.store(2, Ordering::SeqCst);
        first.send(Ok(Payload::null()));
        running.delayed();
        second.send(Ok(Payload::null()));
        assert_eq!(running.when_ended("a").unwrap().status.name(), "SUCCEEDED");
        let entered = running.types("a");
        let ends = entered
            .iter()
            .filter(|name| *name == "LambdaFunctionSucceeded");
        assert_eq!(ends.count(), 2);
    }
}

#[test]
fn a_timer_does_not_hurry_what_waits_for_the_store() {
    let store = FaultyStore::new([]);
    store.failing_reads.store(3, Ordering::SeqCst);
    let running = Running::new(store, forgetful());
    running.start("a", &wait()).unwrap();
    let mut delays = 0;
    loop {
        match running.next() {
            Seen::Delayed(_) => delays += 1,
            Seen::Committed { status, .. } if status.name() == "SUCCEEDED" => break,
            _ => {}
        }
    }
    assert_eq!(delays, 3);
}

#[test]
fn nothing_is_left_of_what_was_not_started_after_all() {
    let running = Running::new(FaultyStore::new([Fault::IndeterminateLost]), options());
    running.start("a", &two_tasks()).unwrap_err();
    for name in ["a", "b"] {
        let missing = running.stop(name, "Operator");
        assert!(matches!(missing, Err(ControlError::DoesNotExist)));
    }
    assert_eq!(running.engine.stats().delayed_executions, 0);
}

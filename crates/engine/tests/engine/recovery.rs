//! Another process goes on with what the one before it left.

use std::sync::Arc;

use engine::{ControlError, Durability, Options, StartError};
use interpreter::Status;
use query::Payload;
use serde_json::{Value, json};
use store::{ListedStatus, MemoryStore, Store};

use crate::support::{Running, Seen, ask, options};

const TASK: &str = "arn:aws:lambda:us-east-1:123456789012:function:Work";

fn task(name: &str, fields: Value) -> Value {
    let mut state = json!({
        "Type": "Task",
        "Resource": TASK,
        "Catch": [{"ErrorEquals": ["Stepwright.OutcomeUnknown"], "Next": "Unknown"}],
        "End": true,
    });
    let fields = fields.as_object().unwrap().clone();
    state.as_object_mut().unwrap().extend(fields);
    json!({"StartAt": name, "States": {name: state, "Unknown": {"Type": "Succeed"}}})
}

fn store() -> Arc<MemoryStore> {
    Arc::new(MemoryStore::new())
}

#[test]
fn a_call_that_may_be_repeated_is_made_again_with_the_same_key() {
    for definition in [
        task("Read", json!({})),
        task(
            "Write",
            json!({"Comment": "Does no harm. @stepwright:resend"}),
        ),
    ] {
        let store = store();
        let running = Running::new(store.clone(), options());
        running.start("a", &definition).unwrap();
        let (first, _answer) = running.begun();
        let running = running.again(store, options());
        let (again, answer) = running.begun();
        assert_eq!(first.key, again.key);
        assert_eq!(first.arguments.text(), again.arguments.text());
        answer.send(Ok(Payload::null()));
        let (_, status) = running.ended();
        assert!(matches!(status, Status::Succeeded { output } if output.text().as_ref() == "null"));
    }
}

#[test]
fn a_call_that_may_not_be_repeated_fails_its_attempt() {
    let store = store();
    let running = Running::new(store.clone(), options());
    running.start("a", &task("Write", json!({}))).unwrap();
    let (_, _answer) = running.begun();
    let running = running.again(store.clone(), options());
    let (_, status) = running.ended();
    let Status::Succeeded { output } = status else {
        panic!("{status:?}");
    };
    assert_eq!(output.value()["Error"], "Stepwright.OutcomeUnknown");
    assert!(store.open_executions().unwrap().is_empty());
}

#[test]
fn a_second_start_leaves_the_timer_of_an_execution_at_rest() {
    let store = store();
    let running = Running::new(store.clone(), options());
    // A call that is out holds the time.
    running.start("call", &task("Read", json!({}))).unwrap();
    let (_, _answer) = running.begun();
    let wait =
        json!({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3600, "End": true}}});
    running.start("wait", &wait).unwrap();
    let running = running.again(store, options());
    let again = running.start("wait", &wait).unwrap_err();
    assert!(matches!(again, StartError::AlreadyExists(_)));
    running.begun().1.send(Ok(Payload::null()));
    running.ended();
    assert_eq!(running.ended().1.name(), "SUCCEEDED");
}

#[test]
fn timers_are_armed_again() {
    let store = store();
    let held = Running::new(store.clone(), options());
    // A call that is out holds the time.
    held.start("call", &task("Read", json!({}))).unwrap();
    let (_, _answer) = held.begun();
    let wait =
        json!({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3600, "End": true}}});
    held.start("wait", &wait).unwrap();
    held.start(
        "retry",
        &task(
            "Read",
            json!({"TimeoutSeconds": 5, "Retry": [{"ErrorEquals": ["States.ALL"]}]}),
        ),
    )
    .unwrap();
    let running = held.again(store, options());
    assert_eq!(running.engine.stats().open_executions, 3);
    for _ in 0..2 {
        running.begun().1.send(Ok(Payload::null()));
    }
    let mut ended: Vec<_> = (0..3).map(|_| running.ended().0.to_string()).collect();
    assert_eq!(ended.pop().unwrap(), "wait");
    assert_eq!(running.engine.stats().open_executions, 0);
}

#[test]
fn a_slice_that_had_yielded_goes_on() {
    let endless = json!({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Choice", "Choices": [{"Variable": "$.n", "IsPresent": true, "Next": "C"}], "Default": "A"}, "C": {"Type": "Succeed"}}});
    let store = store();
    let running = Running::new(store.clone(), options());
    running.start("a", &endless).unwrap();
    running.next();
    let mut running = running.again(store.clone(), options());
    for _ in 0..3 {
        assert!(matches!(running.next(), Seen::Committed { .. }));
        running = running.again(store.clone(), options());
    }
    running.stop("a", "Enough").unwrap();
}

#[test]
fn an_accepted_express_execution_runs_again_from_its_start() {
    let definition = json!({"StartAt": "P", "States": {
        "P": {"Type": "Pass", "Next": "Write"},
        "Write": {"Type": "Task", "Resource": TASK, "End": true},
    }});
    let store = store();
    let running = Running::new(store.clone(), options());
    running
        .start_with("a", &definition, Durability::Accept)
        .unwrap();
    let (first, _answer) = running.begun();
    let running = running.again(store.clone(), options());
    let (again, answer) = running.begun();
    assert_eq!(first.key, again.key);
    answer.send(Ok(Payload::null()));
    let ended = running.when_ended("a");
    // It is gone when it has ended.
    assert!(matches!(ended, Ok(_) | Err(ControlError::DoesNotExist)));
    running.ended();
    assert!(store.execution(&"a".into()).unwrap().is_none());
    assert!(store.open_executions().unwrap().is_empty());
}

#[test]
fn an_express_execution_has_five_minutes() {
    let wait =
        json!({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 301, "End": true}}});
    let running = Running::new(store(), options());
    for durability in [Durability::Accept, Durability::None] {
        let mut start = running.execution("a", &wait, durability);
        start.listing.kind = store::Kind::Express;
        let ended = ask(|reply| running.engine.start_sync(start, reply)).unwrap();
        assert_eq!(ended.status.name(), "TIMED_OUT");
    }
}

#[test]
fn what_is_not_durable_is_never_in_the_store() {
    let store = store();
    let running = Running::new(store.clone(), options());
    let start = running.execution("a", &task("Write", json!({})), Durability::None);
    let (sender, ended) = std::sync::mpsc::channel();
    running
        .engine
        .start_sync(start, Box::new(move |end| drop(sender.send(end))));
    running.begun().1.send(Ok(Payload::null()));
    let ended = ended.recv().unwrap().unwrap();
    assert_eq!(ended.status.name(), "SUCCEEDED");
    assert!(store.execution(&"a".into()).unwrap().is_none());
}

#[test]
fn executions_at_rest_are_read_back_for_a_message_and_for_a_timer() {
    let store = store();
    let running = Running::new(
        store.clone(),
        Options {
            cache_bytes: 0,
            ..options()
        },
    );
    for n in 0..100 {
        let definition = task("Read", json!({"TimeoutSeconds": 3600}));
        running.start(&format!("e{n}"), &definition).unwrap();
    }
    let answers: Vec<_> = (0..100).map(|_| running.begun().1).collect();
    // The shard counts after each batch: this comes behind.
    running.when_ended("nobody").unwrap_err();
    assert_eq!(running.engine.stats().resident_executions, 0);
    assert_eq!(running.engine.stats().timers, 100);
    for (n, answer) in answers.into_iter().enumerate() {
        match n % 2 {
            0 => answer.send(Ok(Payload::null())),
            _ => drop(running.stop(&format!("e{n}"), "Operator").unwrap()),
        }
    }
    for _ in 0..100 {
        running.ended();
    }
    let list = store::ListQuery {
        scope: store::Scope::All,
        status: Some(ListedStatus::Aborted),
        redriven: None,
        after: None,
        limit: 1000,
    };
    assert_eq!(store.list(&list).unwrap().len(), 50);
}

#[test]
fn a_redriven_execution_goes_on_where_it_failed() {
    let definition = json!({"StartAt": "P", "States": {
        "P": {"Type": "Pass", "Next": "T"},
        "T": {"Type": "Task", "Resource": TASK, "End": true},
    }});
    let store = store();
    let running = Running::new(store.clone(), options());
    running.start("a", &definition).unwrap();
    let (_, answer) = running.begun();
    assert!(matches!(
        running.redrive("a"),
        Err(ControlError::NotPossible)
    ));
    drop(answer);
    assert_eq!(running.ended().1.name(), "FAILED");
    // Whoever asks for the end of what has ended is told at once, and nothing else reaches it.
    assert_eq!(running.when_ended("a").unwrap().status.name(), "FAILED");
    assert!(matches!(
        running.stop("a", "E"),
        Err(ControlError::HasEnded(_))
    ));
    let running = running.again(store.clone(), options());
    let redriven_millis = running.redrive("a").unwrap();
    let (listing, _) = store.summary(&"a".into()).unwrap().unwrap();
    assert_eq!(listing.status, ListedStatus::Running);
    assert_eq!((listing.redrive_count, listing.stop_millis), (1, None));
    assert_eq!(listing.redrive_millis, Some(redriven_millis));
    assert_eq!(running.engine.stats().open_executions, 1);
    running.begun().1.send(Ok(Payload::null()));
    assert_eq!(running.ended().1.name(), "SUCCEEDED");
    assert!(matches!(
        running.redrive("a"),
        Err(ControlError::NotPossible)
    ));
    assert!(matches!(
        running.redrive("b"),
        Err(ControlError::DoesNotExist)
    ));
    assert_eq!(running.engine.stats().resident_executions, 0);
    assert!(running.types("a").contains(&"ExecutionRedriven".to_owned()));
}

#[test]
fn a_paused_execution_begins_nothing_until_it_may_go_on() {
    let definition = json!({"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [
        {"StartAt": "Read", "States": {"Read": {"Type": "Task", "Resource": TASK, "Next": "Then"}, "Then": {"Type": "Pass", "End": true}}},
        {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": true}}},
    ]}}});
    let store = store();
    let running = Running::new(store.clone(), options());
    running.start("a", &definition).unwrap();
    let (_, answer) = running.begun();
    let pause = |running: &Running| ask(|reply| running.engine.pause(&"a".into(), None, reply));
    pause(&running).unwrap();
    assert!(matches!(pause(&running), Err(ControlError::NotPossible)));
    answer.send(Ok(Payload::null()));
    // An hour passes for another, which is behind the answer.
    let wait =
        json!({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3600, "End": true}}});
    running.start("b", &wait).unwrap();
    assert_eq!(&*running.ended().0, "b");
    let types = running.types("a");
    assert_eq!(types.last().unwrap(), "TaskStateExited");
    let running = running.again(store, options());
    running.start("c", &wait).unwrap();
    assert_eq!(&*running.ended().0, "c");
    assert_eq!(running.types("a"), types);
    ask(|reply| running.engine.unpause(&"a".into(), None, reply)).unwrap();
    assert_eq!(running.ended().1.name(), "SUCCEEDED");
}

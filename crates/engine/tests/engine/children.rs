//! Children of Distributed Maps.

use std::sync::Arc;

use engine::Options;
use interpreter::{MapRun, MapRunStatus, MapRunUpdate, Status};
use query::Payload;
use serde_json::{Value, json};
use store::{ListQuery, ListedStatus, MemoryStore, Scope, Store};

use crate::faulty::{Fault, FaultyStore};
use crate::support::{Running, ask, options};

const TASK: &str = "arn:aws:lambda:us-east-1:123456789012:function:Work";

/// A Distributed Map over the input.
fn map(execution_type: &str, child: Value, fields: Value) -> Value {
    let mut state = json!({
        "Type": "Map",
        "Label": "Each",
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": execution_type},
            "StartAt": "C",
            "States": {"C": child},
        },
        "End": true,
    });
    let fields = fields.as_object().unwrap().clone();
    state.as_object_mut().unwrap().extend(fields);
    json!({"StartAt": "M", "States": {"M": state}})
}

fn pass() -> Value {
    json!({"Type": "Pass", "End": true})
}

fn task() -> Value {
    json!({"Type": "Task", "Resource": TASK, "End": true})
}

/// How the parent ends.
fn end_of(running: &Running) -> Status {
    loop {
        let (id, status) = running.ended();
        if &*id == "a" {
            return status;
        }
    }
}

fn map_run(store: &dyn Store) -> MapRun {
    let runs = store.map_runs(&"a".into()).unwrap();
    MapRun::decode(&runs.last().unwrap().record).unwrap()
}

fn children(store: &dyn Store, status: ListedStatus) -> usize {
    let query = ListQuery {
        scope: Scope::MapRun(map_run(store).arn),
        status: Some(status),
        redriven: None,
        after: None,
        limit: usize::MAX,
    };
    store.list(&query).unwrap().len()
}

#[test]
fn children_run_on_all_shards_and_their_results_are_the_maps() {
    for execution_type in ["STANDARD", "EXPRESS"] {
        for evict_after_each_step in [false, true] {
            let store = Arc::new(MemoryStore::new());
            let options = Options {
                clock: engine::Clock::real(),
                shards: Some(3),
                evict_after_each_step,
                ..options()
            };
            let running = Running::new(store.clone(), options);
            let items: Vec<u32> = (0..300).collect();
            let definition = map(execution_type, pass(), json!({}));
            running.start_on("a", &definition, json!(items)).unwrap();
            let Status::Succeeded { output } = end_of(&running) else {
                panic!("not succeeded");
            };
            assert_eq!(*output.value(), json!(items));
            let run = map_run(store.as_ref());
            assert_eq!(run.status, MapRunStatus::Succeeded);
            assert_eq!(run.item_counts.succeeded, 300);
            let stored = children(store.as_ref(), ListedStatus::Succeeded);
            assert_eq!(stored, if execution_type == "STANDARD" { 300 } else { 0 });
            assert_eq!(running.engine.stats().open_executions, 0);
        }
    }
}

#[test]
fn children_that_nobody_waits_for_are_stopped() {
    let store = Arc::new(MemoryStore::new());
    let running = Running::new(store.clone(), options());
    let definition = map("STANDARD", task(), json!({}));
    running
        .start_on("a", &definition, json!([1, 2, 3]))
        .unwrap();
    let (_, failing) = running.begun();
    let _others = [running.begun(), running.begun()];
    drop(failing);
    let mut ended: Vec<_> = (0..4).map(|_| running.ended().1.name()).collect();
    ended.sort();
    assert_eq!(ended, ["ABORTED", "ABORTED", "FAILED", "FAILED"]);
    assert_eq!(map_run(store.as_ref()).status, MapRunStatus::Failed);
    // Their calls are closed when they have ended.
    while !store
        .execution(&"a".into())
        .unwrap()
        .unwrap()
        .open_calls
        .is_empty()
    {
        running.when_ended("a").unwrap();
    }
}

#[test]
fn a_map_goes_on_after_a_restart_without_starting_a_child_twice() {
    let store = Arc::new(MemoryStore::new());
    let running = Running::new(store.clone(), options());
    let child =
        json!({"Type": "Task", "Resource": TASK, "Comment": "@stepwright:resend", "End": true});
    let definition = map("STANDARD", child, json!({}));
    running
        .start_on("a", &definition, json!([1, 2, 3]))
        .unwrap();
    let calls = [running.begun(), running.begun(), running.begun()];
    let [(_, first), ..] = calls;
    first.send(Ok(Payload::null()));
    while children(store.as_ref(), ListedStatus::Succeeded) < 1 {
        running.next();
    }
    let running = running.again(store.clone(), options());
    for _ in 0..2 {
        running.begun().1.send(Ok(Payload::null()));
    }
    assert_eq!(end_of(&running).name(), "SUCCEEDED");
    assert_eq!(children(store.as_ref(), ListedStatus::Succeeded), 3);
    assert_eq!(map_run(store.as_ref()).item_counts.succeeded, 3);
}

#[test]
fn children_survive_a_store_that_fails() {
    for fault in [
        Fault::Unavailable,
        Fault::Conflict,
        Fault::Indeterminate,
        Fault::IndeterminateLost,
    ] {
        // The parent's start succeeds; the children's starts, or the news of their ends, fail.
        for at in 1..4 {
            let faults = (0..at).map(|_| Fault::None).chain([fault]);
            let store = FaultyStore::new(faults);
            let running = Running::new(store.clone(), options());
            let definition = map("STANDARD", pass(), json!({}));
            running.start_on("a", &definition, json!([1, 2])).unwrap();
            assert_eq!(end_of(&running).name(), "SUCCEEDED");
            assert_eq!(children(store.as_ref(), ListedStatus::Succeeded), 2);
        }
    }
}

#[test]
fn a_map_run_is_updated_while_it_runs() {
    let store = Arc::new(MemoryStore::new());
    let running = Running::new(store.clone(), options());
    let definition = map("STANDARD", task(), json!({"MaxConcurrency": 1}));
    running.start_on("a", &definition, json!([1, 2])).unwrap();
    let (_, first) = running.begun();
    let arn = map_run(store.as_ref()).arn;
    let update = MapRunUpdate {
        max_concurrency: Some(2),
        ..MapRunUpdate::default()
    };
    let updated = |arn: &Arc<str>| {
        let engine = &running.engine;
        ask(|reply| engine.update_map_run(&"a".into(), arn, update, None, reply))
    };
    updated(&arn).unwrap();
    let (_, second) = running.begun();
    assert_eq!(map_run(store.as_ref()).max_concurrency, 2);
    assert!(updated(&"nowhere".into()).is_err());
    first.send(Ok(Payload::null()));
    second.send(Ok(Payload::null()));
    assert_eq!(end_of(&running).name(), "SUCCEEDED");
    assert!(updated(&arn).is_err());
}

#[test]
fn a_redriven_map_redrives_its_children() {
    let store = Arc::new(MemoryStore::new());
    let running = Running::new(store.clone(), options());
    let definition = map("STANDARD", task(), json!({}));
    running.start_on("a", &definition, json!([1, 2])).unwrap();
    let (_, failing) = running.begun();
    let (_, other) = running.begun();
    other.send(Ok(Payload::null()));
    while children(store.as_ref(), ListedStatus::Succeeded) < 1 {
        running.next();
    }
    drop(failing);
    assert_eq!(end_of(&running).name(), "FAILED");
    running.redrive("a").unwrap();
    running.begun().1.send(Ok(Payload::null()));
    assert_eq!(end_of(&running).name(), "SUCCEEDED");
    assert_eq!(map_run(store.as_ref()).status, MapRunStatus::Succeeded);
    assert_eq!(children(store.as_ref(), ListedStatus::Succeeded), 2);
}

#[test]
fn children_of_a_parent_that_ended_before_a_crash_are_stopped_after_it() {
    // The process ends before the children hear of it: their stop is never committed.
    let faults = (0..3).map(|_| Fault::None).chain([Fault::Unavailable; 9]);
    let store = FaultyStore::new(faults);
    let running = Running::new(store.clone(), options());
    let child =
        json!({"Type": "Task", "Resource": TASK, "Comment": "@stepwright:resend", "End": true});
    let definition = map("STANDARD", child, json!({}));
    running.start_on("a", &definition, json!([1])).unwrap();
    let (_, _held) = running.begun();
    running.stop("a", "Operator").unwrap();
    running.delayed();
    let open = store.open_executions().unwrap();
    assert_eq!(open.iter().filter(|open| open.has_ended).count(), 1);
    running.engine.shut_down();
    store.faults.lock().unwrap().clear();
    let running = running.again(store.clone(), options());
    let (child, status) = running.ended();
    assert_ne!(&*child, "a");
    assert_eq!(status.name(), "ABORTED");
    // The parent was not counted again.
    assert_eq!(running.engine.stats().open_executions, 0);
    while !store.open_executions().unwrap().is_empty() {
        running.when_ended("a").unwrap();
    }
}

use serde_json::{Value, json};

use super::super::scripted::{self, Run, one_never_starts, restart, targets};
use super::*;

/// All changes, and the model at the end.
fn replay(run: &Run) -> (Vec<Change>, Model) {
    let mut model = Model::new();
    model.define(&run.machine);
    let mut changes = Vec::new();
    for batch in &run.batches {
        changes.extend(model.apply(&batch.events, &batch.timers));
    }
    (changes, model)
}

fn failures(changes: &[Change]) -> Vec<String> {
    let failed = changes.iter().filter_map(|change| match &change.kind {
        ChangeKind::Failed {
            raised,
            attempts_allowed,
            next_try_millis,
            ..
        } => Some(format!(
            "{}: {} in {}, attempt {} of {}{}",
            change.path,
            raised.error.as_deref().unwrap_or("?"),
            raised.path,
            raised.attempts,
            attempts_allowed.map_or("?".to_owned(), |allowed| allowed.to_string()),
            next_try_millis.map_or(String::new(), |at| format!(
                ", again after {} s",
                (at - change.at_millis) / 1000
            )),
        )),
        _ => None,
    });
    failed.collect()
}

#[test]
fn attempts_are_counted_against_what_the_retrier_allows() {
    let run = scripted::run(&restart(), targets(4), &one_never_starts(), &[]);
    let (changes, _) = replay(&run);
    assert_eq!(
        failures(&changes),
        [
            "RestartTargets[1] › StartupCheck: InstanceNotYetStartedException in RestartTargets[1] › StartupCheck, attempt 1 of 4, again after 120 s",
            "RestartTargets[1] › StartupCheck: InstanceNotYetStartedException in RestartTargets[1] › StartupCheck, attempt 2 of 4, again after 120 s",
            "RestartTargets[1] › StartupCheck: InstanceNotYetStartedException in RestartTargets[1] › StartupCheck, attempt 3 of 4, again after 120 s",
            "RestartTargets[1] › StartupCheck: InstanceNotYetStartedException in RestartTargets[1] › StartupCheck, attempt 4 of 4",
            "RestartTargets: InstanceNotYetStartedException in RestartTargets[1] › StartupCheck, attempt 4 of ?",
            "RestartFailed: ? in RestartFailed, attempt 0 of ?",
        ]
    );
}

#[test]
fn two_retriers_have_budgets_of_their_own() {
    let definition = json!({"StartAt": "Call", "States": {"Call": {
        "Type": "Task", "Resource": "arn:aws:states:::aws-sdk:ec2:describeInstances", "Parameters": {},
        "Retry": [{"ErrorEquals": ["A"], "MaxAttempts": 2}, {"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}],
        "End": true
    }}});
    let errors = ["A", "B", "A", "A"].map(|error| json!({"Error": error}));
    let run = scripted::run(&definition, json!({}), &json!({"Call": errors}), &[]);
    let (changes, _) = replay(&run);
    let attempts: Vec<_> = failures(&changes)
        .iter()
        .map(|f| f.split("attempt ").nth(1).expect("attempt").to_owned())
        .collect();
    // The second B would have been one too many, but A still has one.
    assert_eq!(
        attempts,
        [
            "1 of 3, again after 1 s",
            "2 of 3, again after 1 s",
            "3 of 4, again after 2 s",
            "4 of 4"
        ]
    );
}

/// A Map in a Map, both at work at once: paths and counters come from the chains of events alone.
fn nested() -> Value {
    let inner = json!({
        "Type": "Map",
        "ItemsPath": "$.items",
        "ItemProcessor": {"StartAt": "Work", "States": {
            "Work": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:ec2:describeInstances", "Parameters": {}, "End": true}
        }},
        "Retry": [{"ErrorEquals": ["Again"], "IntervalSeconds": 60, "MaxAttempts": 1}],
        "End": true
    });
    json!({"StartAt": "Outer", "States": {"Outer": {
        "Type": "Map",
        "ItemProcessor": {"StartAt": "Inner", "States": {"Inner": inner}},
        "End": true
    }}})
}

#[test]
fn items_of_nested_maps_are_told_apart() {
    let input = json!([{"items": [1, 2]}, {"items": [1, 2, 3]}]);
    let answers = json!({"Work": [
        {"Return": 0, "After": 1},
        {"Return": 0, "After": 2},
        {"Return": 0, "After": 3},
        {"Error": "Again", "After": 4},
        {"Return": 0, "After": 9},
    ]});
    let run = scripted::run(&nested(), input, &answers, &[]);
    assert_eq!(run.status.name(), "SUCCEEDED");
    let (changes, model) = replay(&run);
    assert_eq!(
        failures(&changes),
        [
            "Outer[1] › Inner[1] › Work: Again in Outer[1] › Inner[1] › Work, attempt 1 of ?",
            "Outer[1] › Inner: Again in Outer[1] › Inner[1] › Work, attempt 1 of 2, again after 60 s",
        ]
    );
    let done: Vec<&str> = changes
        .iter()
        .filter(|change| matches!(change.kind, ChangeKind::ItemSucceeded { .. }))
        .map(|change| change.path.as_str())
        .collect();
    assert_eq!(
        done,
        [
            "Outer[0] › Inner[0]",
            "Outer[0] › Inner[1]",
            "Outer[0]",
            "Outer[1] › Inner[0]",
            "Outer[1] › Inner[0]",
            "Outer[1] › Inner[1]",
            "Outer[1] › Inner[2]",
            "Outer[1]",
        ]
    );
    assert_eq!(model.frames.sizes()[0], 1);
}

/// Neither finished items nor their events stay.
#[test]
fn what_is_over_is_forgotten() {
    let definition = json!({"StartAt": "Each", "States": {"Each": {
        "Type": "Map",
        "MaxConcurrency": 3,
        "ItemProcessor": {"StartAt": "Pause", "States": {
            "Pause": {"Type": "Wait", "Seconds": 1, "Next": "Pass"},
            "Pass": {"Type": "Pass", "End": true}
        }},
        "End": true
    }}});
    let run = scripted::run(
        &definition,
        json!((0..500).collect::<Vec<_>>()),
        &json!({}),
        &[],
    );
    let mut model = Model::new();
    let mut largest = [0; 3];
    for batch in &run.batches {
        model.apply(&batch.events, &batch.timers);
        let sizes = model.frames.sizes();
        largest = std::array::from_fn(|i| largest[i].max(sizes[i]));
    }
    assert!(largest.iter().all(|&size| size < 20), "{largest:?}");
    assert_eq!(model.ended().map(|(status, _)| status), Some("SUCCEEDED"));
}

#[test]
fn a_wait_is_known_with_its_end_and_a_call_with_its_path() {
    let run = scripted::run(
        &restart(),
        targets(2),
        &json!({"StartupCheck": ["Hang"]}),
        &[],
    );
    let mut model = Model::new();
    let mut waits = 0;
    for batch in &run.batches {
        for change in model.apply(&batch.events, &batch.timers) {
            if let ChangeKind::WaitBegan { until_millis, .. } = change.kind {
                assert_eq!(until_millis, Some(change.at_millis + 60_000));
                waits += 1;
            }
        }
    }
    assert_eq!(waits, 2);
    let entered = run.events().into_iter().filter(|event| {
        matches!(&event.detail, Detail::StateEntered { name, .. } if &**name == "StartupCheck")
    });
    let paths: Vec<_> = entered.filter_map(|event| model.path(event.id)).collect();
    assert_eq!(
        paths,
        [
            "RestartTargets[0] › StartupCheck",
            "RestartTargets[1] › StartupCheck"
        ]
    );
}

/// A Fail state's error stands in no event when something around it catches it.
#[test]
fn an_error_that_no_event_tells_is_found_in_what_was_caught() {
    let mut definition = restart();
    definition["States"]["RestartTargets"]["ItemProcessor"]["States"] = json!({
        "Reboot": {"Type": "Fail", "ErrorPath": "$$.State.Name", "Cause": "no luck"}
    });
    let run = scripted::run(&definition, targets(1), &json!({}), &[]);
    let (changes, _) = replay(&run);
    let caught = changes.iter().find_map(|change| match &change.kind {
        ChangeKind::Caught { raised, next } => Some((raised.clone(), next.to_string())),
        _ => None,
    });
    let (raised, next) = caught.expect("caught");
    assert_eq!(
        (raised.path.as_str(), raised.error.as_deref(), next.as_str()),
        ("RestartTargets[0] › Reboot", Some("Reboot"), "RaiseAlarm")
    );
}

/// A history that is no history must not bring anything down.
#[test]
fn events_without_their_predecessors_are_ignored() {
    let run = scripted::run(&restart(), targets(4), &one_never_starts(), &[]);
    for skipped in 0..run.batches.len() {
        let mut model = Model::new();
        for (at, batch) in run.batches.iter().enumerate() {
            if at != skipped {
                model.apply(&batch.events, &batch.timers);
            }
        }
    }
    let mut model = Model::new();
    assert_eq!(model.apply(&run.events()[5..], &[]), []);
    assert!(model.root().is_none());
}

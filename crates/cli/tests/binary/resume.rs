//! What a run leaves behind, and how it goes on.

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::support::Folder;

/// Long enough to be killed in, and a call before it that counts how often it is made.
const WAITS: &str = r#"{"StartAt": "Before", "States": {
  "Before": {"Type": "Pass", "Result": {"n": 1}, "ResultPath": "$.before", "Next": "Pause"},
  "Pause": {"Type": "Wait", "Seconds": 2, "Next": "After"},
  "After": {"Type": "Pass", "End": true}
}}"#;

fn runs(folder: &Folder) -> Vec<Value> {
    let listed = folder
        .command(["list", "runs", "--output", "json"])
        .go()
        .exits(0);
    listed.json().as_array().unwrap().clone()
}

#[test]
fn a_killed_run_goes_on_where_it_was() {
    let folder = Folder::with(WAITS);
    let mut run = folder
        .command([
            "run",
            "machine.asl.json",
            "--input",
            r#"{"a":1}"#,
            "--history",
            "history.json",
        ])
        .start();
    run.until("Pause");
    run.kill();
    let kept = runs(&folder);
    assert_eq!((kept.len(), &kept[0]["status"]), (1, &json!("INTERRUPTED")));
    let id = kept[0]["id"].as_str().unwrap();

    // The file may change meanwhile: the run goes on with what it began with.
    folder.write("machine.asl.json", "{}");
    let outcome = folder.command(["resume", &id[..6]]).go().exits(0);
    assert_eq!(outcome.json(), json!({"a": 1, "before": {"n": 1}}));
    let events = folder.events();
    let ids: Vec<u64> = events
        .iter()
        .map(|event| event["id"].as_u64().unwrap())
        .collect();
    assert_eq!(ids, (1..=8).collect::<Vec<_>>());
    assert_eq!(events[7]["type"], "ExecutionSucceeded");

    assert_eq!(runs(&folder)[0]["status"], "SUCCEEDED");
    folder
        .command(["resume", id])
        .go()
        .exits(2)
        .says(&["has ended: SUCCEEDED"]);
    folder
        .command(["resume"])
        .go()
        .exits(2)
        .says(&["there is no interrupted run"]);
}

#[test]
fn the_latest_interrupted_run_needs_no_name() {
    let folder = Folder::with(WAITS);
    let mut run = folder.command(["run", "machine.asl.json"]).start();
    run.until("Pause");
    let id = runs(&folder)[0]["id"].as_str().unwrap().to_owned();
    folder
        .command(["resume", &id])
        .go()
        .exits(2)
        .says(&["is running, in process"]);
    run.kill();
    let outcome = folder.command(["resume", "--output", "json"]).go().exits(0);
    assert_eq!(outcome.json(), json!({"before": {"n": 1}}));
}

#[test]
fn an_ephemeral_run_leaves_nothing() {
    let folder = Folder::with(WAITS);
    let mut run = folder
        .command(["run", "machine.asl.json", "--ephemeral"])
        .start();
    run.until("Pause");
    run.kill();
    assert!(runs(&folder).is_empty());
    folder.run("--virtual-time").exits(0);
    assert!(runs(&folder).is_empty());
}

#[test]
fn a_lost_terminal_pauses() {
    let folder = Folder::with(WAITS);
    let mut run = folder.command(["run", "machine.asl.json"]).start();
    run.until("Pause");
    run.signal(Signal::HUP);
    run.wait().exits(75).says(&["stepwright resume"]);
    folder.command(["resume"]).go().exits(0);
}

#[test]
fn a_run_is_paused_stopped_and_drained_from_elsewhere() {
    let folder = Folder::with(WAITS);
    for (command, code) in [
        (&["pause"][..], 75),
        (&["stop"], 4),
        (&["stop", "--drain"], 1),
    ] {
        let mut run = folder.command(["run", "machine.asl.json"]).start();
        run.until("Pause");
        let id = runs(&folder)[0]["id"].as_str().unwrap().to_owned();
        folder.command(command).args(&[&id]).go().exits(0);
        run.wait().exits(code);
        let status = &runs(&folder)[0]["status"];
        match code {
            75 => assert_eq!(status, "INTERRUPTED"),
            4 => assert_eq!(status, "ABORTED"),
            _ => assert_eq!(status, "FAILED"),
        }
    }
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let folder = Folder::with(WAITS);
    folder.write("file", "");
    let run = folder.command(["run", "machine.asl.json"]).env(
        "STEPWRIGHT_STATE_DIR",
        folder.path("file").to_str().unwrap(),
    );
    run.go()
        .refused()
        .says(&["cannot be kept in", "--ephemeral"]);
}

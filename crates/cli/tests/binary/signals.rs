//! Ctrl-C: once drains, twice aborts. Tests wait for lines, never for time.

use rustix::process::Signal;
use serde_json::json;

use crate::support::{Folder, Server};

/// Three items, one at a time, each a short wait; then clean-up.
const MAP: &str = r#"{"StartAt": "Items", "States": {
  "Items": {"Type": "Map", "MaxConcurrency": 1, "ItemsPath": "$.items",
    "ItemProcessor": {"StartAt": "Work", "States": {
        "Work": {"Type": "Wait", "Seconds": 1, "Next": "Done"},
        "Done": {"Type": "Pass", "End": true}}},
    "Retry": [{"ErrorEquals": ["States.ALL"]}],
    "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "CleanUp"}], "Next": "AllDone"},
  "AllDone": {"Type": "Succeed"},
  "CleanUp": {"Type": "Pass", "ResultPath": "$.cleaned", "Result": true, "End": true}
}}"#;

#[test]
fn the_first_ctrl_c_lets_items_finish_and_starts_no_more() {
    let folder = Folder::with(MAP);
    let options = [
        "run",
        "machine.asl.json",
        "--input",
        r#"{"items":[1,2,3]}"#,
        "--history",
        "history.json",
    ];
    let mut run = folder.command(options).start();
    run.until("Items[0] › Work");
    run.interrupt();
    run.until("draining");
    let run = run.wait().exits(0);
    let result = run.json();
    assert_eq!(
        (&result["Error"], &result["cleaned"]),
        (&json!("Stepwright.Drained"), &json!(true))
    );
    run.says(&["caught Stepwright.Drained, goes on with CleanUp"])
        .says_nothing_of(&["Items[1]"]);
    let count = |name: &str| {
        folder
            .events()
            .iter()
            .filter(|event| event["type"] == name)
            .count()
    };
    assert_eq!(
        (
            count("MapIterationStarted"),
            count("MapIterationSucceeded"),
            count("MapIterationAborted")
        ),
        (1, 1, 0)
    );
}

#[test]
fn sigterm_drains_too() {
    let folder = Folder::with(MAP);
    let mut run = folder
        .command(["run", "machine.asl.json", "--input", r#"{"items":[1,2,3]}"#])
        .start();
    run.until("Items[0] › Work");
    run.signal(Signal::TERM);
    assert_eq!(run.wait().exits(0).json()["Error"], "Stepwright.Drained");
}

/// Outside of a Map the error comes at the next state.
#[test]
fn ctrl_c_during_a_wait_fails_the_next_state() {
    let folder = Folder::with(
        r#"{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 1, "Next": "Never"}, "Never": {"Type": "Pass", "End": true}}}"#,
    );
    let mut run = folder
        .command([
            "run",
            "machine.asl.json",
            "--output",
            "json",
            "--history",
            "history.json",
        ])
        .start();
    run.until("W  waits");
    run.interrupt();
    let run = run.wait().exits(1);
    let result = run.json();
    assert_eq!(
        (&result["status"], &result["error"]),
        (&json!("FAILED"), &json!("Stepwright.Drained"))
    );
    run.says(&["FAILED  Stepwright.Drained", "The run was asked to stop"]);
    assert!(
        !folder
            .events()
            .iter()
            .any(|event| event["stateExitedEventDetails"]["name"] == "Never")
    );
}

/// A write that was completed, then calls that nobody answers.
#[test]
fn the_second_ctrl_c_aborts_and_lists_what_was_done() {
    let silent = Server::silent();
    let function = |code: &str| format!("def handler(event, context):\n    {code}\n");
    let folder = Folder::with(
        r#"{"StartAt": "Write", "States": {
            "Write": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
                "Parameters": {"FunctionName": "Work", "Payload": {}}, "Next": "Reboot"},
            "Reboot": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:ec2:rebootInstances", "Parameters": {"InstanceIds": ["i-1"]},
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}], "End": true},
            "Caught": {"Type": "Pass", "End": true}
        }}"#,
    );
    folder.write("code/app.py", function("return 1"));
    folder.write(
        "template.yaml",
        "Resources:\n  Work:\n    Type: AWS::Serverless::Function\n    Properties: {Runtime: python3.11, Handler: app.handler, CodeUri: code/}\n",
    );
    let url = silent.url();
    let options = [
        "run",
        "machine.asl.json",
        "--endpoint-url",
        &url,
        "--output",
        "json",
        "--history",
        "history.json",
    ];
    let mut run = folder.command(options).start();
    run.until("Reboot  ec2:rebootInstances");
    run.interrupt();
    run.until("draining");
    run.interrupt();
    let run = run.wait().exits(4).within(30);
    let result = run.json();
    assert_eq!(result["status"], "ABORTED");
    assert!(
        result["cause"].as_str().unwrap().contains("command line"),
        "{result}"
    );
    let (_, lists) = run
        .stderr
        .split_once("Completed before the abort, and not undone:\n")
        .unwrap();
    let (completed, open) = lists.split_once("Open at the abort").unwrap();
    assert!(
        completed.contains("lambda:invoke  Write") && !completed.contains("Reboot"),
        "{lists}"
    );
    assert!(
        open.contains("ec2:rebootInstances  Reboot") && !open.contains("Write"),
        "{lists}"
    );
    assert_eq!(folder.events().last().unwrap()["type"], "ExecutionAborted");
}

#[test]
fn an_abort_without_calls_says_so() {
    let folder = Folder::with(
        r#"{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3600, "End": true}}}"#,
    );
    let mut run = folder.command(["run", "machine.asl.json"]).start();
    run.until("W  waits");
    run.interrupt();
    run.until("draining");
    run.interrupt();
    let run = run.wait().exits(4).within(30);
    assert_eq!(run.stdout, "");
    run.says(&[
        "ABORTED",
        "in       W",
        "No write was completed before the abort.",
        "No call was open at the abort.",
    ]);
}

//! Schedules of a running server, and `stepwright schedules`.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::serving::Served;
use crate::support::Folder;

const ROLE: &str = "arn:aws:iam::123456789012:role/r";

fn passing() -> Value {
    json!({ "StartAt": "P", "States": { "P": { "Type": "Pass", "End": true } } })
}

fn waiting() -> Value {
    json!({ "StartAt": "W", "States": { "W": { "Type": "Wait", "Seconds": 99_999_999, "End": true } } })
}

/// A time of an `at(…)`, from now.
fn at(seconds: i64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = i64::try_from(now.as_secs()).unwrap();
    let time = jiff::Timestamp::from_second(now + seconds).unwrap();
    format!("at({})", time.strftime("%Y-%m-%dT%H:%M:%S"))
}

fn schedule(server: &Served, name: &str, expression: &str, machine: &str, own: &Value) {
    let body = json!({
        "ScheduleExpression": expression,
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": machine, "RoleArn": ROLE, "Input": "{\"by\": \"schedule\"}"},
        "Stepwright": own,
    });
    let (status, answer) = server.request(
        "POST",
        &format!("/schedules/{name}"),
        "Content-Type: application/json\r\n",
        &body.to_string(),
    );
    assert_eq!(status, 200, "{answer}");
}

fn cli(folder: &Folder, server: &Served, arguments: &[&str]) -> (i32, String) {
    let url = format!("http://{}", server.address);
    let mut all = vec!["schedules"];
    all.extend(arguments);
    all.extend(["--server", &url]);
    let run = folder.command(all).env("TZ", "Europe/Berlin").go();
    (run.code, format!("{}{}", run.stdout, run.stderr))
}

fn executions(server: &Served, machine: &str) -> Vec<Value> {
    let (_, listed) = server.call("ListExecutions", &json!({ "stateMachineArn": machine }));
    listed["executions"].as_array().unwrap().clone()
}

#[test]
fn a_one_time_schedule_starts_one_execution_through_a_kill() {
    let folder = Folder::new();
    let server = Served::start(&folder, &[]);
    let machine = server.create("m", &passing());
    schedule(&server, "once", &at(1), &machine, &json!({}));
    // Its time comes while nobody is there, or soon after.
    server.kill();
    let server = Served::start(&folder, &[]);
    let started = loop {
        let all = executions(&server, &machine);
        if !all.is_empty() {
            break all;
        }
    };
    let execution = started[0]["executionArn"].as_str().unwrap();
    let ended = server.until_status(execution, "SUCCEEDED");
    assert_eq!(ended["input"], "{\"by\": \"schedule\"}");
    // Killed once more: it has been done.
    server.kill();
    let server = Served::start(&folder, &[]);
    let (_, shown) = cli(&folder, &server, &["show", "once", "--output", "json"]);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["Next"], json!([]));
    assert_eq!(shown["Results"][0]["ExecutionArn"], execution);
    assert_eq!(shown["Results"][0]["ExecutionStatus"], "SUCCEEDED");
    assert_eq!(executions(&server, &machine).len(), 1);
}

#[test]
fn schedules_are_shown_run_paused_and_governed() {
    let folder = Folder::new();
    let server = Served::start(&folder, &[]);
    let machine = server.create("m", &waiting());
    let nightly = "cron(30 2 ? * * 2099)";
    schedule(
        &server,
        "nightly",
        nightly,
        &machine,
        &json!({"Overlap": "queue"}),
    );
    let (code, table) = cli(&folder, &server, &[]);
    assert_eq!(code, 0, "{table}");
    let expected = "\
NAME             EXPRESSION             ZONE  STATE    NEXT                         LAST
default/nightly  cron(30 2 ? * * 2099)  UTC   ENABLED  Thu 2099-01-01 03:30:00 CET  -
";
    assert_eq!(table, expected);

    let (code, told) = cli(&folder, &server, &["run", "nightly"]);
    assert_eq!(code, 0, "{told}");
    let execution = executions(&server, &machine)[0]["executionArn"].clone();
    let execution = execution.as_str().unwrap();
    assert!(
        told.contains("RUNNING") && told.contains(execution),
        "{told}"
    );
    let (code, told) = cli(&folder, &server, &["run", "default/nightly"]);
    let waits = "it waits for the end of the execution before it\n";
    assert_eq!((code, told.as_str()), (0, waits));
    let (_, told) = cli(
        &folder,
        &server,
        &["policy", "nightly", "--missed", "skip", "--overlap", "SKIP"],
    );
    assert_eq!(told, "missed SKIP, overlap SKIP\n");
    let (code, told) = cli(&folder, &server, &["run", "nightly"]);
    assert_eq!(code, 1, "{told}");
    assert!(
        told.contains("the execution before it still runs"),
        "{told}"
    );

    let (_, page) = cli(&folder, &server, &["show", "nightly"]);
    for line in [
        "Name        default/nightly",
        "Timetable   cron(30 2 ? * * 2099), UTC",
        "Missed      SKIP",
        "Queued      1",
        "  Thu 2099-01-01 03:30:00 CET  2099-01-01T02:30:00Z",
        "  Sat 2099-01-10 03:30:00 CET  2099-01-10T02:30:00Z",
    ] {
        assert!(
            page.lines().any(|known| known == line),
            "no {line:?} in\n{page}"
        );
    }
    assert!(page.contains(&format!("Running     {execution}")), "{page}");

    // Paused, it lets nothing wait; what runs goes on.
    assert_eq!(
        cli(&folder, &server, &["pause", "nightly"]),
        (0, "DISABLED\n".to_owned())
    );
    let (_, page) = cli(&folder, &server, &["show", "nightly"]);
    assert!(
        page.contains("never, as it is now") && !page.contains("Queued"),
        "{page}"
    );
    assert_eq!(
        cli(&folder, &server, &["resume", "nightly"]),
        (0, "ENABLED\n".to_owned())
    );

    // As people say it.
    let policy = [
        "policy",
        "nightly",
        "--missed",
        "only the last",
        "--overlap",
        "cancel the running one",
    ];
    let (_, told) = cli(&folder, &server, &policy);
    assert_eq!(told, "missed ONLY_LAST, overlap CANCEL_RUNNING\n");

    let (code, told) = cli(&folder, &server, &["show", "weekly"]);
    assert_eq!(code, 2);
    assert!(told.contains("the server has no schedule weekly"), "{told}");
}

#[test]
fn cancel_running_stops_what_runs_and_starts_behind_it() {
    let folder = Folder::new();
    let server = Served::start(&folder, &[]);
    let machine = server.create("m", &waiting());
    let yearly = "cron(0 0 1 1 ? 2099)";
    schedule(
        &server,
        "s",
        yearly,
        &machine,
        &json!({"Overlap": "CANCEL_RUNNING"}),
    );
    assert_eq!(cli(&folder, &server, &["run", "s"]).0, 0);
    let first = executions(&server, &machine)[0]["executionArn"].clone();
    assert_eq!(cli(&folder, &server, &["run", "s"]).0, 0);
    let stopped = server.until_status(first.as_str().unwrap(), "ABORTED");
    assert_eq!(stopped["error"], "Stepwright.Overlap");
    let second = loop {
        let all = executions(&server, &machine);
        if let Some(running) = all.iter().find(|one| one["status"] == "RUNNING") {
            break running.clone();
        }
    };
    assert_ne!(second["executionArn"], first);
}

//! What a run leaves behind: standard output, standard error, the history, the exit code.

use serde_json::{Value, json};

use crate::support::{Folder, Outcome};

const PASS: &str = r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": {"got.$": "$"}, "End": true}}}"#;
const FAIL: &str = r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "F"},
    "F": {"Type": "Fail", "Error": "Custom.Error", "Cause": "because of a test"}}}"#;
const TIMEOUT: &str = r#"{"StartAt": "W", "TimeoutSeconds": 5, "States": {"W": {"Type": "Wait", "Seconds": 3600, "End": true}}}"#;

#[test]
fn the_result_stands_alone_on_standard_output() {
    let folder = Folder::with(PASS);
    let run = folder.run(r#"--input {"a":[1,2.5,"ü"]}"#).exits(0);
    assert_eq!(run.stdout, "{\"got\":{\"a\":[1,2.5,\"ü\"]}}\n");
    assert!(run.stderr.contains("SUCCEEDED"));
}

#[test]
fn quiet_shows_no_progress_but_why_it_failed() {
    let folder = Folder::with(PASS);
    assert_eq!(folder.run("--quiet").exits(0).stderr, "");
    assert_eq!(folder.run("-q --virtual-time").exits(0).stderr, "");
    let run = Folder::with(FAIL).run("--quiet").exits(1);
    assert_eq!(run.stdout, "");
    assert!(
        run.stderr.starts_with("FAILED  Custom.Error\n"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_failure_exits_with_1_and_says_why() {
    let run = Folder::with(FAIL).run("").exits(1);
    assert_eq!(run.stdout, "");
    run.says(&["FAILED: Custom.Error", "because of a test", "  in       F"]);
}

#[test]
fn a_timeout_exits_with_3() {
    let run = Folder::with(TIMEOUT)
        .run("--virtual-time")
        .exits(3)
        .within(20);
    assert_eq!(run.stdout, "");
    run.says(&["TIMED_OUT", "in       W", "TimeoutSeconds"]);
}

#[test]
fn json_output_has_the_same_members_however_it_ends() {
    let of = |definition: &str, code| {
        Folder::with(definition)
            .run("--output json --virtual-time")
            .exits(code)
            .json()
    };
    let (mut success, mut failure, mut timeout) = (of(PASS, 0), of(FAIL, 1), of(TIMEOUT, 3));
    let arn = regex::Regex::new(
        "^arn:aws:states:us-east-1:123456789012:execution:machine:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
    );
    for result in [&mut success, &mut failure, &mut timeout] {
        let execution_arn = result["executionArn"].take();
        assert!(
            arn.as_ref()
                .unwrap()
                .is_match(execution_arn.as_str().unwrap()),
            "{execution_arn}"
        );
    }
    let shape = |status, output, error, cause| json!({"status": status, "output": output, "error": error, "cause": cause, "executionArn": null});
    assert_eq!(
        success,
        shape("SUCCEEDED", json!({"got": {}}), Value::Null, Value::Null)
    );
    assert_eq!(
        failure,
        shape(
            "FAILED",
            Value::Null,
            json!("Custom.Error"),
            json!("because of a test")
        )
    );
    assert_eq!(
        timeout,
        shape(
            "TIMED_OUT",
            Value::Null,
            json!("States.Timeout"),
            Value::Null
        )
    );
}

#[test]
fn the_history_is_written_after_success_and_failure() {
    let folder = Folder::with(PASS);
    folder.run("--history history.json").exits(0);
    let types = |folder: &Folder| -> Vec<String> {
        let events = folder.events();
        let types = events
            .iter()
            .map(|event| event["type"].as_str().unwrap().to_owned());
        types.collect()
    };
    assert_eq!(
        types(&folder),
        [
            "ExecutionStarted",
            "PassStateEntered",
            "PassStateExited",
            "ExecutionSucceeded"
        ]
    );
    let events = folder.events();
    assert_eq!(events[1]["stateEnteredEventDetails"]["name"], "A");
    assert_eq!(
        (&events[2]["id"], &events[2]["previousEventId"]),
        (&json!(3), &json!(2))
    );

    let folder = Folder::with(FAIL);
    folder.run("--history history.json").exits(1);
    assert_eq!(types(&folder).last().unwrap(), "ExecutionFailed");
    let last = folder.events().pop().unwrap();
    assert_eq!(
        last["executionFailedEventDetails"],
        json!({"error": "Custom.Error", "cause": "because of a test"})
    );
}

/// Not after hours of work.
#[test]
fn a_history_that_cannot_be_written_is_noticed_before_the_run() {
    let folder = Folder::with(PASS);
    folder
        .run("--history no/such/folder/history.json")
        .refused()
        .says(&["no/such/folder/history.json cannot be written"]);
}

#[test]
fn colour_is_for_terminals_and_those_who_force_it() {
    let folder = Folder::with(FAIL);
    let run = |variables: &[(&str, &str)]| -> Outcome {
        let command = folder.command(["run", "machine.asl.json", "--output", "json"]);
        variables
            .iter()
            .fold(command, |command, (name, value)| command.env(name, value))
            .go()
            .exits(1)
    };
    let escape = |run: &Outcome| (run.stdout.contains('\x1b'), run.stderr.contains('\x1b'));
    assert_eq!(escape(&run(&[])), (false, false));
    assert_eq!(escape(&run(&[("CLICOLOR_FORCE", "1")])), (false, true));
    assert_eq!(
        escape(&run(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")])),
        (false, false)
    );
}

#[test]
fn virtual_time_costs_none() {
    let folder = Folder::with(
        r#"{"StartAt": "W", "States": {
            "W": {"Type": "Wait", "Seconds": 86400, "Next": "T"},
            "T": {"Type": "Pass", "Parameters": {"entered.$": "$$.State.EnteredTime", "started.$": "$$.Execution.StartTime"}, "End": true}
        }}"#,
    );
    let run = folder
        .run("--virtual-time --history history.json")
        .exits(0)
        .within(20);
    let day = |name: &str| run.json()[name].as_str().unwrap()[..10].to_owned();
    assert_ne!(day("started"), day("entered"));
    run.says(&["24 h 0 min", "of virtual time in"]);
    let events = folder.events();
    let seconds = |event: &Value| event["timestamp"].as_f64().unwrap();
    assert!(seconds(events.last().unwrap()) - seconds(&events[0]) >= 86_400.0);
}

#[test]
fn yaml_definitions_run() {
    let folder = Folder::new();
    folder.write("machine.asl.yaml", "# a comment\nStartAt: A\nStates:\n  A:\n    Type: Pass\n    Result: {from: yaml, on: yes}\n    End: true\n");
    let run = folder.command(["run", "machine.asl.yaml"]).go().exits(0);
    assert_eq!(run.json()["from"], "yaml");
}

#[test]
fn usage_errors_exit_with_2() {
    let folder = Folder::with(PASS);
    let all: [(&str, &str); 6] = [
        ("run", "<FILE>"),
        ("run machine.asl.json --nonsense", "--nonsense"),
        ("run machine.asl.json --mocks m.json", "--case"),
        ("run machine.asl.json --case c", "--mocks"),
        (
            "run machine.asl.json --output xml",
            "possible values: text, json",
        ),
        ("walk machine.asl.json", "walk"),
    ];
    for (command, says) in all {
        let run = folder
            .command(command.split(' '))
            .go()
            .exits(2)
            .says(&[says]);
        assert_eq!(run.stdout, "", "{command}");
    }
}

#[test]
fn help_and_version_are_on_standard_output() {
    let folder = Folder::new();
    let version = folder.command(["--version"]).go().exits(0);
    assert_eq!(
        version.stdout,
        format!("stepwright {}\n", env!("CARGO_PKG_VERSION"))
    );
    let help = folder.command(["run", "--help"]).go().exits(0);
    for word in [
        "--input",
        "--virtual-time",
        "Exit codes",
        "Ctrl-C",
        "TIMED_OUT",
    ] {
        assert!(help.stdout.contains(word), "{word}");
    }
}

/// Exit code and standard error of a command line of bash, `{}` for the binary.
fn shell(folder: &Folder, script: &str) -> (Option<i32>, String) {
    let output = std::process::Command::new("bash")
        .args([
            "-c",
            &script.replace("{}", env!("CARGO_BIN_EXE_stepwright")),
        ])
        .current_dir(folder.path("."))
        .output()
        .unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

/// A reader that goes away is no error: `stepwright run … | head -c 1`. The run goes on and its exit code counts.
#[test]
fn closed_pipes_are_no_errors() {
    // The reader has gone before anything is written.
    let gone = |command: &str| format!("({command}; echo $? > code) |& true");
    for (definition, command, code) in [
        (PASS, "{} run machine.asl.json", "0"),
        (FAIL, "{} run machine.asl.json --virtual-time", "1"),
        (PASS, "{} run nowhere.json", "2"),
        (PASS, "{} validate machine.asl.json", "0"),
        (PASS, "{} completions bash", "0"),
    ] {
        let folder = Folder::with(definition);
        shell(&folder, &gone(command));
        assert_eq!(folder.read("code").trim(), code, "{command}");
    }
}

/// What cannot be delivered is no success.
#[test]
fn a_result_that_cannot_be_written_is_an_error() {
    let folder = Folder::with(PASS);
    let (code, stderr) = shell(&folder, "{} run machine.asl.json > /dev/full");
    assert_eq!(code, Some(70));
    assert!(
        stderr.contains("standard output cannot be written: No space left"),
        "{stderr}"
    );
    let (code, _) = shell(&folder, "{} validate machine.asl.json > /dev/full");
    assert_eq!(code, Some(70));
    let run = folder
        .run("--history /dev/full")
        .exits(70)
        .says(&["/dev/full cannot be written"]);
    assert_eq!(run.stdout, "{\"got\":{}}\n");
}

#[test]
fn the_completion_script_works_in_bash() {
    let folder = Folder::new();
    let script = "source <({} completions bash); COMP_WORDS=(stepwright run --vi); COMP_CWORD=2; \
        _stepwright stepwright --vi run; echo \"${COMPREPLY[@]}\" >&2";
    assert_eq!(
        shell(&folder, script),
        (Some(0), "--virtual-time\n".to_owned())
    );
}

//! `stepwright validate`.

use serde_json::{Value, json};

use crate::support::{Folder, root};

const VALID: &str = r#"{"StartAt": "A", "TimeoutSeconds": ${timeout}, "States": {"A": {"Type": "Pass", "Result": "${value}", "End": true}}}"#;

/// A typo in each: state, service, action, member, field.
const TYPOS: &str = r#"{
  "StartAt": "Frist",
  "States": {
    "First": {
      "Type": "Task",
      "Resource": "arn:aws:states:::aws-sdk:ecc2:describeInstances",
      "Next": "Second"
    },
    "Second": {
      "Type": "Task",
      "Resource": "arn:aws:states:::aws-sdk:ec2:describeInstance",
      "Next": "Third"
    },
    "Third": {
      "Type": "Task",
      "Resource": "arn:aws:states:::aws-sdk:ec2:describeInstances",
      "Parameters": {"InstanceId": ["${InstanceId}"]},
      "TimeoutSecond": 5,
      "End": true
    }
  }
}
"#;

#[test]
fn substitutions_without_a_value_are_no_errors() {
    let folder = Folder::with(VALID);
    let run = folder
        .command(["validate", "machine.asl.json"])
        .go()
        .exits(0);
    assert_eq!(
        (run.stdout.as_str(), run.stderr.as_str()),
        ("machine.asl.json: valid\n", "")
    );
}

#[test]
fn every_problem_at_once_with_places_excerpts_and_hints() {
    let folder = Folder::with(TYPOS);
    let run = folder
        .command(["validate", "machine.asl.json"])
        .go()
        .exits(1);
    assert_eq!(run.stderr, "");
    insta::assert_snapshot!(run.stdout);
}

#[test]
fn yaml_has_places_too() {
    let folder = Folder::new();
    folder.write(
        "machine.asl.yaml",
        "StartAt: A\nStates:\n  A:\n    Type: Pass\n    Next: Bee\n  Be:\n    Type: Succeed\n    Coment: x\n",
    );
    let run = folder
        .command(["validate", "machine.asl.yaml"])
        .go()
        .exits(1);
    insta::assert_snapshot!(run.stdout);
}

#[test]
fn json_output_is_a_list_with_an_object_a_file() {
    let folder = Folder::with(TYPOS);
    folder.write("valid.asl.json", VALID);
    let run = folder
        .command([
            "validate",
            "--output",
            "json",
            "valid.asl.json",
            "machine.asl.json",
        ])
        .go()
        .exits(1);
    let result = run.json();
    assert_eq!(
        result[0],
        json!({"file": "valid.asl.json", "result": "OK", "diagnostics": []})
    );
    assert_eq!(
        (&result[1]["file"], &result[1]["result"]),
        (&json!("machine.asl.json"), &json!("FAIL"))
    );
    let found = result[1]["diagnostics"].as_array().unwrap();
    let typo = |hint: &str| -> &Value {
        let hint = format!("did you mean '{hint}'?");
        found
            .iter()
            .find(|one| one["hint"] == hint)
            .unwrap_or_else(|| panic!("{hint}: {result:#}"))
    };
    let expected = json!({
        "severity": "ERROR", "code": "MISSING_TRANSITION_TARGET", "message": "Missing 'Next' target: Frist",
        "location": "/StartAt", "pointer": "/StartAt", "line": 2, "column": 14, "hint": "did you mean 'First'?",
    });
    assert_eq!(typo("First"), &expected);
    for (hint, line) in [
        ("ec2", 6),
        ("describeInstances", 11),
        ("InstanceIds", 17),
        ("TimeoutSeconds", 18),
    ] {
        assert_eq!(typo(hint)["line"], line, "{hint}");
    }
}

#[test]
fn files_that_cannot_be_read_do_not_keep_the_others_from_being_checked() {
    let folder = Folder::with(TYPOS);
    folder.write("latin1.json", b"{\n\"\xe4\": 1}");
    let run = folder
        .command([
            "validate",
            "nowhere.json",
            "machine.asl.json",
            "latin1.json",
        ])
        .go()
        .exits(2);
    assert!(
        run.stdout
            .ends_with("machine.asl.json: 7 errors, 1 warning\n")
            || run.stdout.contains("machine.asl.json: "),
        "{}",
        run.stdout
    );
    run.says(&[
        "nowhere.json cannot be read",
        "latin1.json is not UTF-8: byte 3, line 2",
    ]);
    folder.command(["validate"]).go().exits(2).says(&["<FILE>"]);
}

#[test]
fn text_that_cannot_be_parsed_is_a_finding() {
    let folder = Folder::new();
    let deep = "[".repeat(100_000);
    for (name, text, place) in [
        ("empty.json", "", ":1:1"),
        ("comma.json", "{\"StartAt\": \"A\",}", ":1:17"),
        (
            "twice.json",
            "{\"StartAt\": \"A\",\n\"StartAt\": \"A\"}",
            ":2:1",
        ),
        ("tab.yaml", "StartAt: A\nStates:\n\tA: {}\n", ":3:2"),
        ("deep.json", &deep, ":1:"),
        ("deep.yaml", &deep, ":1:"),
    ] {
        folder.write(name, text);
        let run = folder.command(["validate", name]).go().exits(1).within(10);
        assert!(
            run.stdout.contains(&format!("{name}{place}")),
            "{name}: {}",
            run.stdout
        );
    }
}

#[test]
fn colour_is_for_terminals_and_those_who_force_it() {
    let folder = Folder::with(TYPOS);
    let coloured = |name: &str, value: &str| {
        let run = folder
            .command(["validate", "machine.asl.json"])
            .env(name, value)
            .go();
        run.exits(1).stdout.contains('\x1b')
    };
    assert!(!coloured("TERM", "xterm-256color"));
    assert!(coloured("CLICOLOR_FORCE", "1"));
    assert!(!coloured("NO_COLOR", "1"));
}

#[test]
fn the_examples_are_valid() {
    let examples = root().join("examples");
    let folder = Folder::new();
    let files = [
        "rolling-restart/statemachine/rolling-restart.asl.json",
        "patch-report/statemachine/patch-report.asl.yaml",
    ];
    let files = files.map(|file| examples.join(file).display().to_string());
    let run = folder
        .command(["validate", &files[0], &files[1]])
        .go()
        .exits(0);
    assert_eq!(
        run.stdout,
        format!("{}: valid\n{}: valid\n", files[0], files[1])
    );
}

//! Definitions that are wrong, too large, too deep, or that run away.

use serde_json::json;

use crate::support::Folder;

#[track_caller]
fn refused(definition: impl AsRef<[u8]>, says: &[&str]) {
    let folder = Folder::new();
    folder.write("machine.asl.json", definition);
    folder.run("").refused().within(10).says(says);
}

#[test]
fn text_that_is_no_definition() {
    refused(
        "{\"StartAt\": \"A\",\n \"States\": {,}}",
        &["INVALID_JSON_DESCRIPTION", "machine.asl.json:2:13"],
    );
    refused(
        "{\"StartAt\": \"A\",\n \"StartAt\": \"A\"}",
        &["Duplicate field 'StartAt'", "machine.asl.json:2:2"],
    );
    refused("", &["machine.asl.json"]);
    refused("[]", &["machine.asl.json:1:1"]);
    refused(
        b"{\"StartAt\":\n\"\xff\"}",
        &["is not UTF-8: byte 13, line 2"],
    );
    let folder = Folder::new();
    folder.write(
        "machine.asl.yaml",
        "StartAt: A\nStates:\n  A: {Type: Succeed}\n  A: {Type: Succeed}\n",
    );
    folder
        .command(["run", "machine.asl.yaml"])
        .go()
        .refused()
        .says(&["Duplicate", "machine.asl.yaml:4:3"]);
    folder.write("machine.asl.yaml", "StartAt: A\nStates:\n  A: [\n");
    folder
        .command(["run", "machine.asl.yaml"])
        .go()
        .refused()
        .says(&["INVALID_YAML_DESCRIPTION", "machine.asl.yaml:4:1"]);
    folder
        .command(["run", "nowhere.json"])
        .go()
        .refused()
        .says(&["nowhere.json cannot be read", "No such file"]);
    folder
        .command(["run", "home"])
        .go()
        .refused()
        .says(&["home cannot be read"]);
}

#[test]
fn definitions_that_aws_would_reject() {
    let state = |state: &str| format!(r#"{{"StartAt": "A", "States": {{"A": {state}}}}}"#);
    refused(
        state(r#"{"Type": "Wait", "Seconds": "ten", "End": 1}"#),
        &["/States/A/Seconds", "/States/A/End"],
    );
    refused(
        state(r#"{"Type": "Pass", "Next": "B"}"#),
        &["B", "/States/A/Next"],
    );
    refused(
        state(r#"{"Type": "Succeed"}, "Lonely": {"Type": "Succeed"}"#),
        &["Lonely", "not reachable"],
    );
    refused(state(r#"{"Type": "Pass"}"#), &["/States/A"]);
    refused(
        state(
            r#"{"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:ec2:describeInstance", "End": true}"#,
        ),
        &["describeInstances"],
    );
}

#[test]
fn definitions_that_are_too_large_or_too_deep() {
    let comment = |length| {
        format!(
            r#"{{"Comment": "{}", "StartAt": "A", "States": {{"A": {{"Type": "Succeed"}}}}}}"#,
            "x".repeat(length)
        )
    };
    refused(comment(1_048_576), &["DEFINITION_TOO_LARGE", "1048576"]);
    Folder::with(&comment(1_000_000))
        .run("")
        .exits(0)
        .within(10);
    refused("[".repeat(100_000), &["machine.asl.json:1:"]);
    refused("{\"a\":".repeat(100_000), &["nested deeper"]);
    let folder = Folder::new();
    folder.write("machine.asl.yaml", "[".repeat(100_000));
    folder
        .command(["run", "machine.asl.yaml"])
        .go()
        .refused()
        .within(10);
    folder.write("machine.asl.yaml", "- ".repeat(100_000));
    folder
        .command(["run", "machine.asl.yaml"])
        .go()
        .refused()
        .within(10);
    // States in states: 1,000 Parallels.
    let open = r#"{"StartAt":"P","States":{"P":{"Type":"Parallel","End":true,"Branches":["#;
    let nested = format!(
        "{}{}{}",
        open.repeat(1000),
        r#"{"StartAt":"S","States":{"S":{"Type":"Succeed"}}}"#,
        "]}}}".repeat(1000)
    );
    refused(nested, &["machine.asl.json"]);
}

#[test]
fn features_of_a_later_release_are_refused() {
    let run = Folder::with(
        r#"{"StartAt": "Token", "States": {
            "Token": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
                "Parameters": {"QueueUrl": "q", "MessageBody": {"t.$": "$$.Task.Token"}}, "Next": "Many"},
            "Many": {"Type": "Map", "ItemReader": {"Resource": "arn:aws:states:::s3:getObject"}, "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "I", "States": {"I": {"Type": "Pass", "End": true}}}, "End": true}
        }}"#,
    )
    .run("")
    .refused();
    run.says(&[
        "the state 'Token' uses a task token",
        "the state 'Many' uses an ItemReader",
        "hint",
    ]);
}

/// Two states that lead to each other: the limit of events ends it.
#[test]
fn a_loop_without_waiting_ends() {
    let folder = Folder::with(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "C"},
            "C": {"Type": "Choice", "Choices": [{"Variable": "$.never", "IsPresent": true, "Next": "D"}], "Default": "A"},
            "D": {"Type": "Succeed"}}}"#,
    );
    let run = folder.run("").exits(1).within(60);
    assert!(
        run.stderr.lines().count() < 100,
        "{} lines",
        run.stderr.lines().count()
    );
    run.says(&[
        "States.Runtime",
        "maximum number of history events",
        "perhaps a loop",
    ]);
}

/// A loop whose data grows with every round. The states that only hand it on fill the history, and cost nothing.
#[test]
fn a_loop_that_gathers_without_end_ends() {
    let more = format!("States.Format('{{}}{}', $.all)", "x".repeat(100_000));
    let mut states = json!({
        "A": {"Type": "Pass", "Parameters": {"all.$": more}, "Next": "On0"},
        "C": {"Type": "Choice", "Choices": [{"Variable": "$.never", "IsPresent": true, "Next": "D"}], "Default": "A"},
        "D": {"Type": "Succeed"},
    });
    for number in 0..50 {
        states[format!("On{number}")] =
            json!({"Type": "Pass", "Next": format!("On{}", number + 1)});
    }
    states["On49"]["Next"] = "C".into();
    let folder = Folder::with(&json!({"StartAt": "A", "States": states}).to_string());
    folder
        .run(r#"--input {"all":""} --quiet"#)
        .exits(1)
        .within(60)
        .says(&["States.Runtime", "maximum size of its history"]);
}

/// The state fails, and what is around it can catch that.
#[test]
fn expressions_that_run_away_are_cancelled() {
    let wrapped = |expression: &str| {
        let branch = json!({"StartAt": "A", "States": {"A": {"Type": "Pass", "Output": format!("{{% {expression} %}}"), "End": true}}});
        json!({"QueryLanguage": "JSONata", "StartAt": "P", "States": {
            "P": {"Type": "Parallel", "Branches": [branch], "End": true,
                "Catch": [{"ErrorEquals": ["States.QueryEvaluationError"], "Output": "{% $states.errorOutput.Error %}", "Next": "Caught"}]},
            "Caught": {"Type": "Succeed"},
        }})
    };
    for expression in [
        "($f := function($n) { $f($n + 1) }; $f(0))",
        "($f := function($n) { 1 + $f($n) }; $f(0))",
        "$match('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab', /(a+)+$/)",
        "[1..10000000].[1..10000000].($ * 2)",
        "$reduce([1..1000], function($a, $n) { $a & $a }, 'x')",
    ] {
        let run = Folder::with(&wrapped(expression).to_string())
            .run("")
            .exits(0)
            .within(20);
        assert_eq!(run.json(), "States.QueryEvaluationError", "{expression}");
    }
}

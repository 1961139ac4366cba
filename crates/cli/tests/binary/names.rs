//! Names in parameters that AWS does not know: understood with a warning, refused with `--strict`.

use crate::support::{Folder, Outcome, Server};

/// Twice through the same state. What is dynamic is only known at run time.
const MACHINE: &str = r#"{"StartAt": "Each", "States": {"Each": {"Type": "Map", "End": true, "ItemProcessor": {
  "StartAt": "Reboot", "States": {"Reboot": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:ec2:rebootInstances",
    "Parameters": PARAMETERS, "End": true}}}}}}"#;
const STATIC: &str = r#"{"instanceIds": ["i-1"]}"#;
const DYNAMIC: &str = r#"{"instanceIds.$": "$.ids"}"#;

fn run(parameters: &str, options: &str) -> (Outcome, Vec<String>) {
    let answer = "<RebootInstancesResponse><return>true</return></RebootInstancesResponse>";
    let server = Server::answering("200 OK", "text/xml", answer);
    let folder = Folder::with(&MACHINE.replace("PARAMETERS", parameters));
    let url = server.url();
    let input = r#"[{"ids": ["i-1"]}, {"ids": ["i-1"]}]"#;
    let mut arguments = vec![
        "run",
        "machine.asl.json",
        "--endpoint-url",
        &url,
        "--input",
        input,
    ];
    arguments.extend(options.split_whitespace());
    let outcome = folder
        .command(arguments)
        .env("AWS_ACCESS_KEY_ID", "testing")
        .env("AWS_SECRET_ACCESS_KEY", "testing")
        .env("AWS_REGION", "eu-west-1")
        .go();
    let requests = server.requests.lock().unwrap().clone();
    (outcome, requests)
}

#[test]
fn wire_names_are_understood_and_said_once() {
    for parameters in [STATIC, DYNAMIC] {
        let (outcome, requests) = run(parameters, "");
        let warnings = outcome.stderr.matches("calls it \"InstanceIds\"").count();
        assert_eq!(warnings, 1, "{}", outcome.stderr);
        outcome
            .exits(0)
            .says(&["the state 'Reboot' gives \"instanceIds\"", "--strict"]);
        assert_eq!(requests.len(), 2);
        assert!(
            requests
                .iter()
                .all(|request| request.contains("InstanceId.1=i-1"))
        );
    }
}

#[test]
fn strict_runs_refuse_them_as_aws_does() {
    let text = "The field \"instanceIds\" is not supported by Step Functions";
    let (outcome, requests) = run(STATIC, "--strict");
    outcome.exits(2).says(&[
        "SCHEMA_VALIDATION_FAILED",
        text,
        "did you mean 'InstanceIds'?",
    ]);
    assert!(requests.is_empty());

    let (outcome, requests) = run(DYNAMIC, "--strict --output json");
    let failed = outcome.exits(1).json();
    assert_eq!(failed["error"], "States.Runtime");
    let cause = failed["cause"].as_str().unwrap();
    assert_eq!(
        cause,
        format!(
            "An error occurred while executing the state 'Reboot' (entered at the event id #{}). The Parameters \
             '{{\"instanceIds\":[\"i-1\"]}}' could not be used to start the Task: [{text}]",
            cause.split('#').nth(1).unwrap().split(')').next().unwrap()
        )
    );
    assert!(requests.is_empty());
}

#[test]
fn validation_judges_as_aws_does() {
    let folder = Folder::with(&MACHINE.replace("PARAMETERS", STATIC));
    let outcome = folder.command(["validate", "machine.asl.json"]).go();
    let text = "The field \"instanceIds\" is not supported by Step Functions";
    assert!(outcome.exits(1).stdout.contains(text));
}

//! `stepwright import aws` from a server of our own and from moto, and `--var-file` with what Terraform shows.

use serde_json::{Value, json};

use crate::moto::MotoServer;
use crate::serving::Served;
use crate::support::{Folder, http};

const PASS: &str = r#"{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}"#;

fn job() -> Value {
    let task = json!({
        "Type": "Task", "Resource": "arn:aws:states:::glue:startJobRun.sync",
        "Parameters": {"JobName": "j", "Arguments": {"--password": "correct horse"}}, "End": true
    });
    json!({"StartAt": "Run", "States": {"Run": task}})
}

#[test]
fn a_server_of_our_own_is_read() {
    let folder = Folder::new();
    let server = Served::start(&folder, &[]);
    let url = format!("http://{}", server.address);
    let role = "arn:aws:iam::123456789012:role/r";
    server.ok(
        "CreateStateMachine",
        json!({"name": "app-one", "definition": PASS, "roleArn": role, "publish": true, "tags": [{"key": "Team", "value": "x"}]}),
    );
    server.ok(
        "CreateStateMachine",
        json!({"name": "other", "definition": PASS, "roleArn": role, "type": "EXPRESS"}),
    );
    let import = |options: &str| {
        let all = format!("import aws --server {url} --region us-east-1 --out copy {options}");
        folder.command(all.split_whitespace()).go()
    };
    import("--prefix nothing")
        .exits(2)
        .says(&["no state machine's name begins with nothing"]);
    let report = import("--output json").exits(0).json();
    let machines = report["stateMachines"].as_array().unwrap();
    assert_eq!(machines.len(), 2);
    assert_eq!(machines[0]["name"], "app-one");
    assert_eq!(
        (&machines[0]["runsHere"], &machines[0]["versions"]),
        (&json!(true), &json!(1))
    );
    let definition: Value = serde_json::from_str(PASS).unwrap();
    assert_eq!(
        folder.read_json("copy/statemachine/app-one.asl.json"),
        definition
    );
    let template = folder.read("copy/template.yaml");
    for part in [
        "Name: app-one",
        "Team: x",
        "Type: EXPRESS",
        "DefinitionUri: statemachine/other.asl.json",
    ] {
        assert!(template.contains(part), "{part}: {template}");
    }
    // What it writes is what the other commands read.
    let asl = folder
        .command(["export", "asl", "copy", "--state-machine", "Other"])
        .go()
        .exits(0);
    assert_eq!(asl.json(), definition);
    // The same again is no overwriting; another content is.
    import("").exits(0).says(&[]);
    folder.write("copy/template.yaml", "mine");
    import("").exits(2).says(&["template.yaml", "--force"]);
    import("--force").exits(0);
}

#[test]
fn moto_is_read_with_schedules_rules_and_what_does_not_run_here() {
    let Some(moto) = MotoServer::start() else {
        return;
    };
    let address = moto.url().replace("http://", "");
    let call = |service: &str, target: &str, version: &str, body: Value| {
        let headers = format!(
            "Content-Type: application/x-amz-json-{version}\r\nX-Amz-Target: {target}\r\nAuthorization: AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0\r\n"
        );
        let answer = http(&address, "POST", "/", &headers, &body.to_string());
        serde_json::from_str::<Value>(answer.trim()).unwrap_or_else(|_| json!({"answer": answer}))
    };
    let role = "arn:aws:iam::123456789012:role/r";
    let created = call(
        "states",
        "AWSStepFunctions.CreateStateMachine",
        "1.0",
        json!({"name": "job", "definition": job().to_string(), "roleArn": role}),
    );
    let arn = created["stateMachineArn"]
        .as_str()
        .unwrap_or_else(|| panic!("{created}"));
    call(
        "events",
        "AWSEvents.PutRule",
        "1.1",
        json!({"Name": "nightly", "ScheduleExpression": "rate(1 day)"}),
    );
    call(
        "events",
        "AWSEvents.PutTargets",
        "1.1",
        json!({"Rule": "nightly", "Targets": [{"Id": "1", "Arn": arn, "RoleArn": role, "Input": "{}"}]}),
    );
    let folder = Folder::new();
    let url = moto.url();
    let report = folder
        .command([
            "import",
            "aws",
            "--endpoint-url",
            &url,
            "--region",
            "us-east-1",
            "--out",
            "copy",
            "--output",
            "json",
        ])
        .go()
        .exits(0)
        .json();
    let machine = &report["stateMachines"][0];
    assert_eq!(machine["runsHere"], false, "{machine}");
    assert_eq!(machine["startedBy"], json!(["rule nightly"]));
    assert_eq!(
        machine["suspectedSecrets"][0]["path"],
        "/States/Run/Parameters/Arguments/--password"
    );
    let text = format!("{}{report}", folder.read("copy/REPORT.md"));
    assert!(
        !text.contains("correct horse"),
        "what looks like a secret is not shown"
    );
    assert!(
        folder
            .read("copy/template.yaml")
            .contains("Schedule: rate(1 day)")
    );
}

#[test]
fn what_terraform_shows_gives_values_to_substitutions() {
    let folder = Folder::with(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": ${seconds}, "Next": "B"}, "B": {"Type": "Pass", "Result": "${topic_arn} ${aws_sns_topic.t.name}", "End": true}}}"#,
    );
    let rendered = r#"{"StartAt":"A","States":{"A":{"Type":"Wait","Seconds":0,"Next":"B"},"B":{"Type":"Pass","Result":"arn:t t","End":true}}}"#;
    let shown = json!({
        "format_version": "1.0",
        "values": {
            "outputs": {"topic_arn": {"value": "arn:t"}},
            "root_module": {"resources": [
                {"address": "aws_sns_topic.t", "type": "aws_sns_topic", "values": {"name": "t"}},
                {"address": "aws_sfn_state_machine.m", "type": "aws_sfn_state_machine", "values": {"definition": rendered}},
            ]},
        }
    });
    folder.write("state.json", shown.to_string());
    folder
        .run("--var-file state.json --quiet")
        .exits(0)
        .prints("\"arn:t t\"\n");
    folder
        .command(["validate", "machine.asl.json", "--var-file", "state.json"])
        .go()
        .exits(0);
    folder
        .command(["validate", "machine.asl.json", "--var", "seconds=\"soon\""])
        .go()
        .exits(1);
}

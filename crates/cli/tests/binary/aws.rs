//! Calls to AWS: what has to be there before the first state, and servers that answer badly.

use serde_json::json;

use crate::support::{Folder, Server};

/// The call comes second: a run that begins without credentials would show `Before`. `States.ALL` must not hide that they are missing.
const MACHINE: &str = r#"{"StartAt": "Before", "States": {
  "Before": {"Type": "Pass", "Next": "Call"},
  "Call": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:SERVICE", "Parameters": {},
    "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}], "End": true},
  "Caught": {"Type": "Pass", "End": true}
}}"#;

fn folder(service_and_action: &str) -> Folder {
    Folder::with(&MACHINE.replace("SERVICE", service_and_action))
}

const KEYS: [(&str, &str); 2] = [
    ("AWS_ACCESS_KEY_ID", "AKID"),
    ("AWS_SECRET_ACCESS_KEY", "secret"),
];

#[test]
fn without_a_region_nothing_begins() {
    let folder = folder("ec2:describeInstances");
    let run = folder.run("--history history.json").refused().within(10);
    run.says(&[
        "no AWS region",
        "--region",
        "AWS_REGION",
        "~/.aws/config",
        "instance metadata",
    ])
    .says_nothing_of(&["Before"]);
}

#[test]
fn without_credentials_nothing_begins() {
    let run = folder("ec2:describeInstances")
        .run("--region eu-west-1")
        .refused()
        .within(10);
    run.says(&[
        "no AWS credentials",
        "AWS_ACCESS_KEY_ID",
        "profile default",
        "web identity",
        "container",
        "instance metadata",
    ])
    .says_nothing_of(&["Before"]);
}

#[test]
fn a_region_that_is_no_name_is_told() {
    let folder = folder("ec2:describeInstances");
    for region in ["eu_west_1", "http://127.0.0.1", "eu west"] {
        let command = folder.command(["run", "machine.asl.json", "--region", region]);
        command.go().refused().says(&[region, "such as eu-west-1"]);
    }
}

#[test]
fn an_unknown_profile_is_told() {
    let folder = folder("ec2:describeInstances");
    folder.write("home/.aws/config", "[profile ops]\nregion = eu-west-1\n");
    folder
        .run("--profile opps")
        .refused()
        .says(&["no profile opps", "ops"]);
}

/// Outside of EC2 its address often leads to silence.
#[test]
fn instance_metadata_that_never_answers_costs_seconds() {
    let silent = Server::silent();
    let command = |option: &str| {
        let all = format!("run machine.asl.json {option}");
        let folder = folder("ec2:describeInstances");
        let command = folder.command(all.split_whitespace());
        let command = command
            .env_remove("AWS_EC2_METADATA_DISABLED")
            .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", silent.url());
        command.go()
    };
    command("").refused().within(6).says(&["no AWS region"]);
    assert!(
        !silent.requests.lock().unwrap().is_empty(),
        "it was not asked"
    );
    command("--region eu-west-1")
        .refused()
        .within(6)
        .says(&["no AWS credentials"]);
}

#[test]
fn a_machine_that_calls_nothing_needs_no_credentials() {
    let folder =
        Folder::with(r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}"#);
    folder.run("").exits(0).within(10);
}

#[test]
fn calls_are_signed_with_the_credentials_and_the_region_of_the_run() {
    let server = Server::answering(
        "200 OK",
        "text/xml",
        "<DescribeInstancesResponse><reservationSet/></DescribeInstancesResponse>",
    );
    let folder = folder("ec2:describeInstances");
    let url = server.url();
    let command = folder.command([
        "run",
        "machine.asl.json",
        "--region",
        "eu-west-1",
        "--endpoint-url",
        &url,
    ]);
    let run = KEYS
        .iter()
        .fold(command, |command, (name, value)| command.env(name, value))
        .go()
        .exits(0);
    assert_eq!(run.json(), json!({"Reservations": []}));
    let requests = server.requests.lock().unwrap();
    assert!(
        requests[0].contains("Credential=AKID/")
            && requests[0].contains("/eu-west-1/ec2/aws4_request"),
        "{}",
        requests[0]
    );
    assert!(
        requests[0].contains("Action=DescribeInstances"),
        "{}",
        requests[0]
    );
}

/// Error name and cause of what the definition caught.
#[track_caller]
fn caught(service_and_action: &str, url: &str) -> (String, String) {
    let folder = folder(service_and_action);
    let run = folder
        .run(&format!("--endpoint-url {url}"))
        .exits(0)
        .within(60);
    let (result, text) = (run.json(), |value: &serde_json::Value| {
        value.as_str().unwrap().to_owned()
    });
    (text(&result["Error"]), text(&result["Cause"]))
}

#[test]
fn an_endpoint_that_is_down() {
    let (error, cause) = caught("ec2:describeInstances", "http://127.0.0.1:1");
    assert!(
        error == "Ec2.SdkClientException" && cause.contains("Connection refused"),
        "{error}: {cause}"
    );
    let (error, _) = caught("sns:listTopics", "http://host.invalid:5000");
    assert_eq!(error, "Sns.SdkClientException");
    folder("ec2:describeInstances")
        .run("--endpoint-url localhost:5000")
        .refused()
        .says(&["localhost:5000", "http://localhost:5000"]);
}

/// A proxy's own page.
#[test]
fn html_instead_of_an_answer() {
    let html = "<html><body><h1>It works!</h1></body></html>";
    let server = Server::answering("200 OK", "text/html", html);
    for (call, name) in [
        ("dynamodb:listTables", "DynamoDb."),
        ("sns:listTopics", "Sns."),
        ("ec2:describeInstances", "Ec2."),
        ("ec2:rebootInstances", "Ec2."),
    ] {
        let (error, cause) = caught(call, &server.url());
        assert!(
            error.starts_with(name) && error.ends_with("SdkClientException"),
            "{call}: {error}: {cause}"
        );
    }
    let server = Server::answering("502 Bad Gateway", "text/html", html);
    let (error, cause) = caught("ec2:describeInstances", &server.url());
    assert!(
        error == "Ec2.Ec2Exception" && cause.contains("502"),
        "{error}: {cause}"
    );
}

#[test]
fn a_body_that_is_cut_off() {
    let cut = "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: 1000\r\n\r\n{\"TableNames\": [";
    let (error, cause) = caught(
        "dynamodb:listTables",
        &Server::sending(cut.to_owned()).url(),
    );
    assert_eq!(error, "DynamoDb.SdkClientException", "{cause}");
    let (error, cause) = caught(
        "ec2:describeInstances",
        &Server::sending(String::new()).url(),
    );
    assert_eq!(error, "Ec2.SdkClientException", "{cause}");
}

/// TimeoutSeconds of the state holds, whatever the client would do.
#[test]
fn a_server_that_never_answers() {
    let folder = folder("ec2:describeInstances");
    let definition = folder
        .read("machine.asl.json")
        .replace("\"Parameters\"", "\"TimeoutSeconds\": 1, \"Parameters\"");
    folder.write("machine.asl.json", definition);
    let run = folder
        .run(&format!("--endpoint-url {}", Server::silent().url()))
        .exits(0)
        .within(20);
    assert_eq!(run.json()["Error"], "States.Timeout");
}

#[test]
fn a_service_that_this_release_cannot_call_is_refused_before_the_run() {
    let run = folder("simpledb:listDomains")
        .run("--endpoint-url http://127.0.0.1:1")
        .refused();
    run.says(&[
        "the state 'Call' calls arn:aws:states:::aws-sdk:simpledb:listDomains",
        "authenticated in a way that is not supported yet (v2)",
    ]);
}

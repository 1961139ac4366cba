//! Whom the server calls: for tasks, and to tell what has happened.

use serde_json::{Value, json};

use crate::serving::{Called, Served, body, text};
use crate::support::Folder;

fn serve(folder: &Folder, called: &Called, environment: &[(&str, &str)]) -> Served {
    let options = [
        "--listen",
        "127.0.0.1:0",
        "--data",
        "data",
        "--endpoint-url",
        &called.url,
    ];
    Served::with(folder, &options, environment)
}

fn fails() -> Value {
    json!({ "StartAt": "P", "States": {
        "P": { "Type": "Pass", "Next": "F" },
        "F": { "Type": "Fail", "Error": "Boom", "Cause": "why" },
    } })
}

/// One call to SSM.
fn calls(action: &str, comment: &str) -> Value {
    let parameters = match action {
        "putParameter" => json!({ "Name": "n", "Value": "v" }),
        _ => json!({ "Name": "n" }),
    };
    json!({ "StartAt": "C", "States": { "C": {
        "Type": "Task",
        "Comment": comment,
        "Resource": format!("arn:aws:states:::aws-sdk:ssm:{action}"),
        "Parameters": parameters,
        "End": true,
    } } })
}

#[test]
fn status_changes_go_to_eventbridge() {
    let folder = Folder::new();
    let called = Called::new(|_| Some("{\"FailedEntryCount\":0,\"Entries\":[]}".to_owned()));
    let server = serve(&folder, &called, &[]);
    let execution = server.start_execution(&server.create("m", &fails()), "{\"a\":1}");
    let mut entries = Vec::new();
    while entries.len() < 2 {
        let mut put = body(&called.next("AWSEvents.PutEvents"));
        entries.append(put["Entries"].as_array_mut().unwrap());
    }
    let details: Vec<Value> = entries
        .iter()
        .map(|entry| serde_json::from_str(entry["Detail"].as_str().unwrap()).unwrap())
        .collect();
    for (entry, detail) in entries.iter().zip(&details) {
        assert_eq!(entry["Source"], "aws.states");
        assert_eq!(
            entry["DetailType"],
            "Step Functions Execution Status Change"
        );
        assert_eq!(entry["Resources"], json!([execution]));
        assert_eq!(detail["executionArn"], *execution);
        assert_eq!(detail["input"], "{\"a\":1}");
        assert_eq!(detail["inputDetails"], json!({ "included": true }));
        assert!(detail["startDate"].is_u64());
    }
    let of = |index: usize, member: &str| details[index][member].clone();
    assert_eq!(
        (of(0, "status"), of(1, "status")),
        ("RUNNING".into(), "FAILED".into())
    );
    assert_eq!(
        (of(0, "stopDate"), of(1, "error"), of(1, "cause")),
        (Value::Null, "Boom".into(), "why".into())
    );
    assert_eq!(of(1, "redriveStatus"), "REDRIVABLE");
    assert!(of(1, "stopDate").is_u64());
}

#[test]
fn execution_logs_go_to_their_group() {
    let folder = Folder::new();
    let called = Called::new(|_| Some("{}".to_owned()));
    let server = serve(&folder, &called, &[]);
    let created = server.ok(
        "CreateStateMachine",
        json!({
            "name": "logged",
            "definition": fails().to_string(),
            "roleArn": "arn:aws:iam::123456789012:role/r",
            "loggingConfiguration": {
                "level": "ERROR",
                "includeExecutionData": true,
                "destinations": [{ "cloudWatchLogsLogGroup": {
                    "logGroupArn": "arn:aws:logs:us-east-1:123456789012:log-group:/states/logged:*"
                } }],
            },
        }),
    );
    let execution = server.start_execution(&text(&created, "stateMachineArn"), "{\"a\":1}");
    let stream = body(&called.next("Logs_20140328.CreateLogStream"));
    assert_eq!(stream["logGroupName"], "/states/logged");
    assert!(
        text(&stream, "logStreamName").starts_with("states/logged/20"),
        "{stream}"
    );
    // In one request, or in one for each commit.
    let mut messages: Vec<Value> = Vec::new();
    while messages.len() < 2 {
        let put = body(&called.next("Logs_20140328.PutLogEvents"));
        assert_eq!(put["logStreamName"], stream["logStreamName"]);
        let events = put["logEvents"].as_array().unwrap().iter();
        messages.extend(events.map(|event| serde_json::from_str(&text(event, "message")).unwrap()));
    }
    let types: Vec<&Value> = messages.iter().map(|message| &message["type"]).collect();
    assert_eq!(types, ["FailStateEntered", "ExecutionFailed"]);
    assert_eq!(messages[0]["execution_arn"], *execution);
    assert_eq!(messages[0]["details"]["input"], "{\"a\":1}");
    assert_eq!(messages[0]["details"]["name"], "F");
    assert_eq!(
        (&messages[1]["id"], &messages[1]["previous_event_id"]),
        (&json!("5"), &json!("4"))
    );
    assert!(text(&messages[1], "event_timestamp").parse::<u64>().is_ok());
}

#[test]
fn spans_go_to_the_collector() {
    let folder = Folder::new();
    let called = Called::new(|_| Some("{\"Parameter\":{}}".to_owned()));
    let server = serve(
        &folder,
        &called,
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &called.url)],
    );
    server.start_execution(&server.create("traced", &calls("getParameter", "")), "{}");
    let mut spans = Vec::new();
    while spans.len() < 2 {
        let mut export = body(&called.next("POST /v1/traces"));
        spans.append(
            export["resourceSpans"][0]["scopeSpans"][0]["spans"]
                .as_array_mut()
                .unwrap(),
        );
    }
    let named = |name: &str| spans.iter().find(|span| span["name"] == name).unwrap();
    assert_eq!(named("C")["parentSpanId"], named("traced")["spanId"]);
    assert_eq!(named("C")["traceId"], named("traced")["traceId"]);
}

#[test]
fn after_a_crash_reads_are_made_again_and_writes_are_not() {
    let folder = Folder::new();
    let silent = Called::new(|request| {
        request
            .contains("PutEvents")
            .then(|| "{\"FailedEntryCount\":0}".to_owned())
    });
    let server = serve(&folder, &silent, &[]);
    let start = |name: &str, definition: &Value| {
        server.start_execution(&server.create(name, definition), "{}")
    };
    let read = start("read", &calls("getParameter", ""));
    silent.next("AmazonSSM.GetParameter");
    let write = start("write", &calls("putParameter", ""));
    silent.next("AmazonSSM.PutParameter");
    let again = start(
        "again",
        &calls("putParameter", "it is idempotent: @stepwright:resend"),
    );
    silent.next("AmazonSSM.PutParameter");
    server.kill();

    let called =
        Called::new(|_| Some("{\"Parameter\":{\"Value\":\"v\"},\"Version\":7}".to_owned()));
    let server = serve(&folder, &called, &[]);
    server.until_status(&read, "SUCCEEDED");
    let again = server.until_status(&again, "SUCCEEDED");
    assert!(text(&again, "output").contains('7'), "{again}");
    let failed = server.until_status(&write, "FAILED");
    assert_eq!(failed["error"], "Stepwright.OutcomeUnknown", "{failed}");
}

#[test]
fn a_nested_execution_stays_on_the_server() {
    let folder = Folder::new();
    let called = Called::new(|_| Some("{\"FailedEntryCount\":0}".to_owned()));
    let server = serve(&folder, &called, &[]);
    let passes = json!({ "StartAt": "P", "States": { "P": { "Type": "Pass", "Result": { "b": 2 }, "End": true } } });
    let child = server.create("child", &passes);
    let parent = json!({ "StartAt": "N", "States": { "N": {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": { "StateMachineArn": child, "Input": {} },
        "OutputPath": "$.Output",
        "End": true,
    } } });
    let execution = server.start_execution(&server.create("parent", &parent), "{}");
    assert_eq!(
        server.until_status(&execution, "SUCCEEDED")["output"],
        "{\"b\":2}"
    );
}

/// A call to CloudWatch Logs.
fn logs(server: &Served, operation: &str, input: Value) -> Value {
    let headers = format!(
        "Content-Type: application/x-amz-json-1.1\r\nX-Amz-Target: Logs_20140328.{operation}\r\n"
    );
    let (status, answer) = server.request("POST", "/", &headers, &input.to_string());
    assert_eq!(status, 200, "{operation}: {answer}");
    serde_json::from_str(&answer).unwrap_or_default()
}

fn messages(server: &Served, group: &str) -> Vec<String> {
    let found = logs(server, "FilterLogEvents", json!({ "logGroupName": group }));
    let events = found["events"].as_array().unwrap();
    events.iter().map(|event| text(event, "message")).collect()
}

#[test]
fn functions_and_executions_write_to_log_groups_of_the_server() {
    let folder = Folder::new();
    folder.write(
        "template.yaml",
        "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    \
         Properties: {FunctionName: f, Runtime: python3.11, Handler: index.handler, CodeUri: code, Timeout: 60}\n",
    );
    folder.write(
        "code/index.py",
        "def handler(event, context):\n    print('this is', event['who'])\n    return 1\n",
    );
    let called = Called::new(|_| Some("{}".to_owned()));
    let options = [
        "--listen",
        "127.0.0.1:0",
        "--data",
        "data",
        "--endpoint-url",
        &called.url,
        "--event-source",
        "none",
        "--template",
        "template.yaml",
    ];
    let server = Served::with(&folder, &options, &[]);
    logs(
        &server,
        "CreateLogGroup",
        json!({ "logGroupName": "/states/here" }),
    );
    let created = server.ok(
        "CreateStateMachine",
        json!({
            "name": "logged",
            "definition": json!({ "StartAt": "F", "States": { "F": {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke",
                "Parameters": { "FunctionName": "f", "Payload": { "who": "it" } },
                "End": true,
            } } }).to_string(),
            "roleArn": "arn:aws:iam::123456789012:role/r",
            "loggingConfiguration": {
                "level": "ALL",
                "destinations": [{ "cloudWatchLogsLogGroup": {
                    "logGroupArn": "arn:aws:logs:us-east-1:123456789012:log-group:/states/here:*"
                } }],
            },
        }),
    );
    let execution = server.start_execution(&text(&created, "stateMachineArn"), "{}");
    server.until_status(&execution, "SUCCEEDED");
    // What waits is written before a server ends.
    server.end();

    let server = Served::with(&folder, &options, &[]);
    let types: Vec<String> = messages(&server, "/states/here")
        .iter()
        .map(|message| text(&serde_json::from_str(message).unwrap(), "type"))
        .collect();
    assert_eq!(
        types,
        [
            "ExecutionStarted",
            "TaskStateEntered",
            "TaskScheduled",
            "TaskStarted",
            "TaskSucceeded",
            "TaskStateExited",
            "ExecutionSucceeded"
        ]
    );
    let lines = messages(&server, "/aws/lambda/f");
    let [start, said, end, report] = lines.as_slice() else {
        panic!("{lines:?}");
    };
    assert_eq!(said, "this is it");
    for (line, begin) in [(start, "START"), (end, "END"), (report, "REPORT")] {
        assert!(line.starts_with(&format!("{begin} RequestId: ")), "{line}");
    }
}

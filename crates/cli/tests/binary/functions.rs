//! Functions of the template as local processes.

use serde_json::{Value, json};

use crate::support::Folder;

/// A machine that invokes the function `Work` with its input; a failure ends in its output.
const MACHINE: &str = r#"{"StartAt": "Work", "States": {
  "Work": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
    "Parameters": {"FunctionName": "Work", "Payload.$": "$"},
    "Retry": [{"ErrorEquals": ["NotYet"], "IntervalSeconds": 30, "MaxAttempts": 2}],
    "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}],
    "OutputPath": "$.Payload", "End": true},
  "Caught": {"Type": "Pass", "End": true}
}}"#;

fn folder(code: &str, properties: &str) -> Folder {
    let folder = Folder::with(MACHINE);
    folder.write("code/app.py", code);
    folder.write(
        "template.yaml",
        format!(
            "Resources:\n  Work:\n    Type: AWS::Serverless::Function\n    Properties:\n      Runtime: python3.11\n      \
             Handler: app.handler\n      CodeUri: code/\n      {properties}\n"
        ),
    );
    folder
}

/// Error and cause (read as JSON where it is) of what was caught.
#[track_caller]
fn caught(folder: &Folder) -> (String, Value) {
    let result = folder.run("").exits(0).json();
    let cause = result["Cause"]
        .as_str()
        .unwrap_or_else(|| panic!("{result}"));
    let cause = serde_json::from_str(cause).unwrap_or_else(|_| json!(cause));
    (result["Error"].as_str().unwrap().to_owned(), cause)
}

#[test]
fn what_a_function_prints_is_shown_with_its_name() {
    let folder = folder(
        "import sys\ndef handler(event, context):\n    print('to stdout')\n    print('to stderr', file=sys.stderr)\n    return event\n",
        "",
    );
    let run = folder
        .run("--input {\"a\":1}")
        .exits(0)
        .says(&["Work │ to stdout\n", "Work │ to stderr\n"]);
    assert_eq!(run.stdout, "{\"a\":1}\n");
    folder
        .run("--quiet")
        .exits(0)
        .says_nothing_of(&["to stdout", "to stderr"]);
}

#[test]
fn an_error_of_the_functions_own_is_retried_and_caught_by_name() {
    let folder = folder(
        "class NotYet(Exception): pass\ndef handler(event, context):\n    raise NotYet('still down')\n",
        "",
    );
    let run = folder.run("--virtual-time").exits(0).within(30).says(&[
        "attempt 3 of 3",
        "retries  2",
        "caught NotYet",
    ]);
    let result = run.json();
    assert_eq!(result["Error"], "NotYet");
    let cause: Value = serde_json::from_str(result["Cause"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&cause["errorType"], &cause["errorMessage"]),
        (&json!("NotYet"), &json!("still down"))
    );
    assert!(
        cause["stackTrace"][0]
            .as_str()
            .unwrap()
            .contains("line 3, in handler"),
        "{cause}"
    );
}

#[test]
fn a_function_that_crashes() {
    let (error, cause) = caught(&folder(
        "import os\ndef handler(event, context):\n    os._exit(7)\n",
        "",
    ));
    assert_eq!(
        (error.as_str(), &cause["errorType"]),
        ("Runtime.ExitError", &json!("Runtime.ExitError"))
    );
}

#[test]
fn a_function_that_hangs() {
    let folder = folder(
        "import threading\ndef handler(event, context):\n    threading.Event().wait()\n",
        "Timeout: 1",
    );
    let (error, cause) = caught(&folder);
    assert_eq!(error, "Sandbox.Timedout");
    assert!(
        cause["errorMessage"]
            .as_str()
            .unwrap()
            .ends_with("Task timed out after 1.00 seconds"),
        "{cause}"
    );
}

#[test]
fn a_function_that_cannot_be_loaded() {
    let (error, _) = caught(&folder("import no_such_module\n", ""));
    assert_eq!(error, "Runtime.ImportModuleError");
    let (error, _) = caught(&folder("def other(event, context): pass\n", ""));
    assert_eq!(error, "Runtime.HandlerNotFound");
    let (error, _) = caught(&folder("def handler(event, context:\n", ""));
    assert_eq!(error, "Runtime.UserCodeSyntaxError");
}

#[test]
fn a_function_that_prints_and_answers_garbage() {
    let noise = "import sys\ndef handler(event, context):\n    sys.stdout.buffer.write(b'\\xff\\xfe\\x00\\x1b[2J' * 20000)\n    sys.stdout.flush()\n    return event\n";
    let run = folder(noise, "").run("").exits(0);
    assert!(
        !run.stderr.contains('\x1b'),
        "control characters reach the terminal"
    );
    let (error, _) = caught(&folder(
        "def handler(event, context):\n    return object()\n",
        "",
    ));
    assert_eq!(error, "Runtime.MarshalError");
}

#[test]
fn a_function_sees_the_run_and_nothing_of_the_environment() {
    let code = "import os\ndef handler(event, context):\n    return dict(os.environ)\n";
    let folder = folder(code, "Environment: {Variables: {OWN: value}}");
    let ambient = [
        ("AWS_PROFILE", "ambient"),
        ("AWS_SESSION_TOKEN", "ambient"),
        ("AWS_SECRET_ACCESS_KEY", "ambient-secret"),
        ("AWS_ACCESS_KEY_ID", "AMBIENTKEY"),
        ("AWS_REGION", "ap-south-1"),
        ("AWS_ENDPOINT_URL_EC2", "http://ambient"),
        ("GITHUB_TOKEN", "ambient"),
        ("PYTHONPATH", "/ambient"),
    ];
    folder.write(
        "home/.aws/credentials",
        "[run]\naws_access_key_id = RUNKEY\naws_secret_access_key = run-secret\n",
    );
    let options =
        "run machine.asl.json --profile run --region eu-west-1 --endpoint-url http://127.0.0.1:9";
    let command = folder.command(options.split(' '));
    let command = ambient
        .iter()
        .fold(command, |command, (name, value)| command.env(name, value));
    let seen = command.go().exits(0).json();
    for (name, value) in [
        ("OWN", "value"),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_DEFAULT_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "RUNKEY"),
        ("AWS_SECRET_ACCESS_KEY", "run-secret"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
        ("AWS_LAMBDA_FUNCTION_NAME", "Work"),
    ] {
        assert_eq!(seen[name], value, "{name} in {seen:#}");
    }
    assert!(
        !seen.to_string().to_lowercase().contains("ambient"),
        "{seen:#}"
    );
}

/// Each of three waits until all three are there.
#[test]
fn invocations_run_side_by_side() {
    let folder = folder(
        "import os, time\ndef handler(event, context):\n    open(event['folder'] + f\"/{event['n']}\", 'w').close()\n    \
         while len(os.listdir(event['folder'])) < 3:\n        time.sleep(0.01)\n    return os.getpid()\n",
        "Timeout: 30",
    );
    folder.write("machine.asl.json", r#"{"StartAt": "All", "States": {"All": {"Type": "Map", "ItemsPath": "$.ns",
        "ItemSelector": {"n.$": "$$.Map.Item.Value", "folder.$": "$.folder"},
        "ItemProcessor": {"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "Work", "Payload.$": "$"}, "OutputPath": "$.Payload", "End": true}}},
        "End": true}}}"#);
    folder.write(
        "input.json",
        json!({"ns": [1, 2, 3], "folder": folder.path("met")}).to_string(),
    );
    std::fs::create_dir(folder.path("met")).unwrap();
    let mut processes = folder
        .run("--input @input.json")
        .exits(0)
        .json()
        .as_array()
        .unwrap()
        .clone();
    processes.dedup();
    assert_eq!(processes.len(), 3);
}

#[test]
fn what_is_wrong_with_a_declaration_is_told_when_it_is_invoked() {
    let folder = folder("", "");
    let template = folder.read("template.yaml");
    folder.write(
        "template.yaml",
        template.replace("python3.11", "nodejs20.x"),
    );
    let (error, cause) = caught(&folder);
    assert!(
        error == "Lambda.InvalidRuntimeException" && cause.as_str().unwrap().contains("nodejs20.x"),
        "{error} {cause}"
    );
    folder.write("template.yaml", template.replace("code/", "nowhere/"));
    let (error, cause) = caught(&folder);
    assert!(
        error == "Lambda.InvalidZipFileException" && cause.as_str().unwrap().contains("nowhere"),
        "{error} {cause}"
    );
}

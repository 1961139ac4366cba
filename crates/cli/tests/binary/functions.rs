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
    folder.write("template.yaml", template.replace("python3.11", "ruby3.4"));
    let (error, cause) = caught(&folder);
    assert!(
        error == "Lambda.InvalidRuntimeException" && cause.as_str().unwrap().contains("ruby3.4"),
        "{error} {cause}"
    );
    folder.write("template.yaml", template.replace("code/", "nowhere/"));
    let (error, cause) = caught(&folder);
    assert!(
        error == "Lambda.InvalidZipFileException" && cause.as_str().unwrap().contains("nowhere"),
        "{error} {cause}"
    );
}

/// A folder whose function `Work` has these properties.
fn work(properties: &str) -> Folder {
    let folder = Folder::with(MACHINE);
    let text = format!(
        "Resources:\n  Work:\n    Type: AWS::Lambda::Function\n    Properties: {properties}\n"
    );
    folder.write("template.yaml", text);
    folder
}

#[test]
fn functions_of_every_local_runtime_run() {
    let node = work("{Runtime: nodejs20.x, Handler: src/app.handler, Code: code, Timeout: 60}");
    node.write(
        "code/src/app.mjs",
        "export const handler = async (event) => { console.log('from node', event.a); return { got: event.a }; };",
    );
    node.run("--input {\"a\":1}")
        .exits(0)
        .says(&["Work │ from node 1\n"])
        .prints("{\"got\":1}\n");

    let inline = work(
        "{Runtime: nodejs20.x, Timeout: 60, Handler: index.handler, Code: {ZipFile: \"exports.handler = async (event) => event.a + 1;\"}}",
    );
    inline.run("--input {\"a\":1}").exits(0).prints("2\n");

    let native = work("{Runtime: provided.al2023, Code: code, Timeout: 60}");
    native.write(
        "code/bootstrap",
        "#!/bin/sh\nurl=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation\necho starts >&2\n\
         while true; do\n  curl -s -D \"$TMPDIR/head\" -o \"$TMPDIR/event\" $url/next\n  \
         id=$(grep -i request-id \"$TMPDIR/head\" | tr -d '\\r' | cut -d' ' -f2)\n  \
         curl -s --data-binary @\"$TMPDIR/event\" $url/$id/response > /dev/null\ndone\n",
    );
    let (error, cause) = caught(&native);
    assert_eq!(error, "Runtime.InvalidEntrypoint", "{cause}");
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(native.path("code/bootstrap"), executable).unwrap();
    native
        .run("--input {\"a\":1}")
        .exits(0)
        .says(&["Work │ starts\n"])
        .prints("{\"a\":1}\n");
}

#[test]
fn a_container_image_is_said_not_to_be_local() {
    let folder = work("{PackageType: Image, Code: {ImageUri: repository/image}}");
    let lambda = crate::support::Server::answering("200 OK", "application/json", "\"from Lambda\"");
    let options = format!(
        "run machine.asl.json --region eu-west-1 --endpoint-url {}",
        lambda.url()
    );
    let command = folder.command(options.split(' '));
    command
        .env("AWS_ACCESS_KEY_ID", "testing")
        .env("AWS_SECRET_ACCESS_KEY", "testing")
        .go()
        .exits(0)
        .says(&["Work │ its code is a container image: it does not run locally, Lambda is asked\n"])
        .prints("\"from Lambda\"\n");
}

#[test]
fn an_error_of_node_is_caught_by_its_name() {
    let folder = work("{Runtime: nodejs20.x, Handler: index.handler, Code: code, Timeout: 60}");
    folder.write(
        "code/index.js",
        "class NotReady extends Error { name = 'NotReady'; }\nexports.handler = async () => { throw new NotReady('wait'); };",
    );
    let (error, cause) = caught(&folder);
    assert_eq!(error, "NotReady");
    assert_eq!(cause["errorMessage"], "wait");
    assert_eq!(cause["trace"][0], "NotReady: wait");
}

/// What `LogResult` holds, decoded by Python.
fn decoded(base64: &Value) -> String {
    let script = "import base64, sys; print(base64.b64decode(sys.argv[1]).decode(), end='')";
    let mut python = std::process::Command::new("python3");
    python.args(["-c", script, base64.as_str().unwrap()]);
    crate::support::succeeded(python.output())
}

#[test]
fn the_log_is_given_back_when_it_is_asked_for() {
    let folder = folder(
        "def handler(event, context):\n    print('working')\n    if event:\n        raise ValueError(event)\n    return [1]\n",
        "",
    );
    let machine = |resource: &str, payload: &str| {
        json!({"StartAt": "Work", "States": {"Work": {"Type": "Task", "End": true,
            "Resource": format!("arn:aws:states:::{resource}"),
            "Parameters": {"FunctionName": "Work", "Payload": payload, "LogType": "Tail"}}}})
        .to_string()
    };
    folder.write("machine.asl.json", machine("lambda:invoke", "0"));
    let result = folder.run("").exits(0).json();
    assert_eq!(result["Payload"], json!([1]));
    let log = decoded(&result["LogResult"]);
    assert!(log.starts_with("START RequestId: "), "{log}");
    assert!(
        log.contains(" Version: $LATEST\nworking\nEND RequestId: "),
        "{log}"
    );
    assert!(
        log.contains("\tMemory Size: 128 MB\tMax Memory Used: "),
        "{log}"
    );

    folder.write("machine.asl.json", machine("aws-sdk:lambda:invoke", "0"));
    let result = folder.run("").exits(0).json();
    let log = decoded(&result["LogResult"]);
    assert!(log.contains("\nworking\n"), "{log}");
    assert_eq!(
        (
            &result["Payload"],
            &result["StatusCode"],
            &result["FunctionError"]
        ),
        (&json!("[1]"), &json!(200), &Value::Null)
    );
    folder.write("machine.asl.json", machine("aws-sdk:lambda:invoke", "1"));
    let result = folder.run("").exits(0).json();
    assert_eq!(result["FunctionError"], "Unhandled");
    assert!(
        result["Payload"].as_str().unwrap().contains("ValueError"),
        "{result}"
    );
}

/// boto3 is installed unless Python has it; the clients of the SDK for JavaScript always are, once for all runs of the tests.
#[test]
fn the_sdks_of_lambda_are_there_and_reach_the_endpoint_of_the_run() {
    let Some(moto) = crate::moto::Moto::start() else {
        return;
    };
    let cache = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
    let python = "import boto3\ndef handler(event, context):\n    return len(boto3.client('sns').list_topics()['Topics'])\n";
    let require = "const { SNSClient, ListTopicsCommand } = require('@aws-sdk/client-sns');\n\
                   exports.handler = async () => (await new SNSClient().send(new ListTopicsCommand())).Topics.length;\n";
    let import = "import { SNSClient, ListTopicsCommand } from '@aws-sdk/client-sns';\n\
                  export const handler = async () => (await new SNSClient().send(new ListTopicsCommand())).Topics.length;\n";
    for (runtime, file, code) in [
        ("python3.11", "index.py", python),
        ("nodejs20.x", "index.js", require),
        ("nodejs20.x", "index.mjs", import),
    ] {
        let folder = work(&format!(
            "{{Runtime: {runtime}, Handler: index.handler, Code: code, Timeout: 60, MemorySize: 512}}"
        ));
        folder.write(&format!("code/{file}"), code);
        let options = format!(
            "run machine.asl.json --endpoint-url {} --region eu-west-1",
            moto.server.url()
        );
        let mut command = folder
            .command(options.split(' '))
            .env("XDG_CACHE_HOME", cache.to_str().unwrap())
            .env("AWS_ACCESS_KEY_ID", "testing")
            .env("AWS_SECRET_ACCESS_KEY", "testing");
        for name in [
            "PIP_CERT",
            "PIP_INDEX_URL",
            "NODE_EXTRA_CA_CERTS",
            "HTTPS_PROXY",
            "NPM_CONFIG_REGISTRY",
        ] {
            if let Ok(value) = std::env::var(name) {
                command = command.env(name, value);
            }
        }
        let run = command.go().exits(0);
        if run.stdout != "1\n" {
            let unreachable = [
                "ENOTFOUND",
                "EAI_AGAIN",
                "ECONNREFUSED",
                "ETIMEDOUT",
                "NewConnectionError",
            ];
            assert!(
                unreachable.iter().any(|code| run.stdout.contains(code)),
                "{file}: {}{}",
                run.stdout,
                run.stderr
            );
            eprintln!(
                "NOT TESTED: {file}: the registry of packages cannot be reached: {}",
                run.stdout
            );
        }
    }
}

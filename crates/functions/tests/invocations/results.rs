//! Results, the environment and the context that a function gets, and what it prints.

use std::collections::BTreeMap;

use crate::support::{files, function, function_with};
use functions::{InvokeOptions, LogStream, fixed_environment};
use serde_json::json;

#[tokio::test]
async fn the_event_goes_in_and_the_result_comes_out() {
    let f = function(
        "def handler(event, context):\n    return {'got': event, 'half': 0.5, 'text': 'grüße 🚀'}\n",
    );
    let result = f
        .result(r#"{"servers": ["web-1", "wéb-2"], "none": null}"#)
        .await;
    assert_eq!(
        result["got"],
        json!({"servers": ["web-1", "wéb-2"], "none": null})
    );
    assert_eq!(result["half"], json!(0.5));
    assert_eq!(result["text"], json!("grüße 🚀"));
    assert_eq!(
        f.result("").await["got"],
        json!({}),
        "no event is an empty one"
    );
}

#[tokio::test]
async fn values_that_are_no_json_are_converted_as_on_lambda() {
    let f = function(
        "from decimal import Decimal\n\
         def handler(event, context):\n    return [b'\"Hello\"', Decimal('3'), Decimal('1.25'), (1, None)]\n",
    );
    assert_eq!(
        f.result("{}").await,
        json!(["\"Hello\"", 3, 1.25, [1, null]])
    );
}

#[tokio::test]
async fn the_result_is_compact_json_in_the_order_of_the_function() {
    let f = function("def handler(event, context):\n    return {'z': 1, 'a': [1, 2]}\n");
    assert_eq!(
        f.invoke("{}").await.unwrap().payload,
        r#"{"z":1,"a":[1,2]}"#
    );
}

#[tokio::test]
async fn large_payloads_pass_both_ways() {
    let f = function("def handler(event, context):\n    return event\n");
    let event = format!(r#""{}""#, "ä".repeat(3 * 1024 * 1024 - 1));
    assert_eq!(event.len(), functions::MAX_REQUEST_BYTES);
    assert_eq!(f.invoke(&event).await.unwrap().payload, event);
    let error = f.invoke(&format!("{event} ")).await.unwrap_err();
    assert_eq!(
        (error.code(), error.status_code()),
        ("RequestEntityTooLargeException", 413)
    );
}

#[tokio::test]
async fn a_result_above_the_limit_is_lambdas_error_and_the_process_goes_on() {
    let f = function(
        "import os\ndef handler(event, context):\n    return 'x' * event if event else os.getpid()\n",
    );
    let pid = f.result("0").await;
    let at_limit = functions::MAX_RESPONSE_BYTES - 2;
    assert_eq!(
        f.result(&at_limit.to_string())
            .await
            .as_str()
            .unwrap()
            .len(),
        at_limit
    );
    let (error, _) = f.error(&(at_limit + 1).to_string()).await;
    assert_eq!(
        error,
        json!({
            "errorType": "Function.ResponseSizeTooLarge",
            "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
        })
    );
    assert_eq!(f.result("0").await, pid);
}

#[tokio::test]
async fn the_context_is_lambdas() {
    let code = "
def handler(event, context):
    return [context.function_name, context.function_version, context.memory_limit_in_mb, context.aws_request_id,
            context.invoked_function_arn, context.log_group_name, context.log_stream_name,
            0 < context.get_remaining_time_in_millis() <= 60000, context.client_context.custom['who']]
";
    let f = function(code);
    let options = InvokeOptions {
        client_context: Some(r#"{"custom": {"who": "zoë"}}"#.to_owned()),
        qualifier: Some("live".to_owned()),
        ..InvokeOptions::default()
    };
    let answer = f.host.invoke("f", "{}", options).await.unwrap();
    let mut seen: Vec<serde_json::Value> = serde_json::from_str(&answer.payload).unwrap();
    let stream = seen.remove(6);
    assert!(stream.as_str().unwrap().contains("/[$LATEST]"), "{stream}");
    assert_eq!(
        serde_json::Value::from(seen),
        json!([
            "f",
            "$LATEST",
            "128",
            answer.request_id,
            "arn:aws:lambda:eu-west-1:123456789012:function:f:live",
            "/aws/lambda/f",
            true,
            "zoë"
        ])
    );
    assert_eq!(answer.executed_version, "$LATEST");
}

#[tokio::test]
async fn the_environment_is_the_declared_one_and_nothing_else() {
    let f = function_with(
        "import os\ndef handler(event, context):\n    return dict(os.environ)\n",
        |spec, options| {
            spec.environment = BTreeMap::from([
                ("TABLE".to_owned(), "orders".to_owned()),
                (
                    "AWS_LAMBDA_FUNCTION_NAME".to_owned(),
                    "not mine to set".to_owned(),
                ),
                ("STAGE".to_owned(), "of the function".to_owned()),
            ]);
            options.common_environment = fixed_environment(BTreeMap::from([
                ("AWS_REGION".to_owned(), "eu-west-1".to_owned()),
                ("STAGE".to_owned(), "of the host".to_owned()),
            ]));
        },
    );
    let environment = f.result("{}").await;
    let environment = environment.as_object().unwrap();
    assert_eq!(environment["TABLE"], "orders");
    assert_eq!(environment["STAGE"], "of the function");
    assert_eq!(environment["AWS_LAMBDA_FUNCTION_NAME"], "f");
    assert_eq!(environment["AWS_REGION"], "eu-west-1");
    assert_eq!(environment["_HANDLER"], "handler.handler");
    assert_eq!(environment["AWS_EXECUTION_ENV"], "AWS_Lambda_python3.11");
    assert_eq!(
        environment["LAMBDA_TASK_ROOT"],
        f.code.path().canonicalize().unwrap().to_str().unwrap()
    );
    // Cargo sets this one for the test, so that a leak would show.
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
    let allowed = [
        "AWS_CONFIG_FILE",
        "AWS_EC2_METADATA_DISABLED",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SHARED_CREDENTIALS_FILE",
        "HOME",
        "LAMBDA_TASK_ROOT",
        "LANG",
        "LC_CTYPE", // Python may set it itself
        "PATH",
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONUSERBASE",
        "PYTHONUTF8",
        "STAGE",
        "TABLE",
        "TMPDIR",
        "TZ",
        "_HANDLER",
    ];
    let others: Vec<&String> = environment
        .keys()
        .filter(|name| !allowed.contains(&name.as_str()))
        .collect();
    assert!(others.is_empty(), "{others:?}");
}

#[tokio::test]
async fn what_a_function_prints_comes_with_its_name_and_invocation() {
    let code = "
import logging, subprocess, sys
print('loading')
def handler(event, context):
    print('händler')
    print('to stderr', file=sys.stderr)
    subprocess.run(['echo', 'from a child'])
    logging.getLogger().setLevel(logging.INFO)
    logging.info('logged')
    sys.stdout.write('no line break')
    sys.stdout.buffer.write(b'\\xff')
";
    let mut f = function(code);
    let answer = f.invoke("{}").await.unwrap();
    assert_eq!(answer.payload, "null");
    let lines = f.printed();
    assert!(lines.iter().all(|line| &*line.function == "f"));
    let texts = |stream| {
        let of_stream = lines.iter().filter(move |line| line.stream == stream);
        of_stream
            .map(|line| (line.request_id.as_deref(), line.text.as_str()))
            .collect::<Vec<_>>()
    };
    let id = Some(answer.request_id.as_str());
    assert_eq!(texts(LogStream::Stderr), [(id, "to stderr")]);
    let mut stdout = texts(LogStream::Stdout);
    let (_, logged) = stdout.remove(3);
    assert!(
        logged.starts_with("[INFO]\t")
            && logged.ends_with(&format!("\t{}\tlogged", answer.request_id)),
        "{logged}"
    );
    assert_eq!(
        stdout,
        [
            (None, "loading"),
            (id, "händler"),
            (id, "from a child"),
            (id, "no line break\u{fffd}")
        ]
    );
}

#[tokio::test]
async fn files_with_names_of_the_library_do_not_break_the_runtime() {
    let code = "def handler(event, context):\n    return event\n";
    let broken = "raise SystemExit('taken for the library')\n";
    let mut code = vec![("handler.py", code), ("requirements.txt", "")];
    code.extend(["email.py", "json.py", "logging.py", "types.py"].map(|name| (name, broken)));
    let f = files("python3.11", "handler.handler", &code, |_, _| {});
    assert_eq!(f.result("1").await, 1);
}

#[tokio::test]
async fn modules_of_the_package_are_found_and_no_bytecode_is_left_behind() {
    let main = "from common import NAME\ndef run(event, context):\n    return NAME\n";
    let code = [
        ("app/main.py", main),
        ("common.py", "NAME = 'common'\n"),
        ("data.txt", ""),
    ];
    let f = files("python3.11", "app/main.run", &code, |_, _| {});
    assert_eq!(f.result("{}").await, json!("common"));
    assert!(!f.code.path().join("__pycache__").exists());
}

//! Failing functions: the names, words and traces that Lambda gives them.

use crate::support::{function, function_with, is_running};
use functions::{FunctionSpec, InvokeOptions};
use serde_json::json;

#[tokio::test]
async fn an_exception_has_its_class_name_message_and_trace() {
    let code = "
class InstanceNotYetStartedException(Exception):
    pass

def check(instance):
    raise InstanceNotYetStartedException(f'{instance} is nöt up')

def handler(event, context):
    check(event['instance'])
";
    let f = function(code);
    let answer = f.invoke(r#"{"instance": "i-1"}"#).await.unwrap();
    // Text, because the order of the keys is part of a cause.
    let expected = concat!(
        r#"{"errorMessage": "i-1 is nöt up", "errorType": "InstanceNotYetStartedException", "requestId": "REQUEST", "#,
        r#""stackTrace": ["  File \"/var/task/handler.py\", line 9, in handler\n    check(event['instance'])\n", "#,
        r#""  File \"/var/task/handler.py\", line 6, in check\n    "#,
        r#"raise InstanceNotYetStartedException(f'{instance} is nöt up')\n"]}"#,
    );
    assert_eq!(
        answer.payload,
        expected.replace("REQUEST", &answer.request_id)
    );
    assert_eq!(answer.function_error, Some("Unhandled"));
}

#[tokio::test]
async fn the_process_survives_an_exception() {
    let f = function(
        "import os\ndef handler(event, context):\n    return os.getpid() if event else 1 / 0\n",
    );
    let pid = f.result("1").await;
    let (error, _) = f.error("0").await;
    assert_eq!(error["errorType"], "ZeroDivisionError");
    assert_eq!(f.result("1").await, pid);
}

async fn init_error(code: &str, handler: &str) -> (String, String, serde_json::Value) {
    let f = function_with(code, |spec, _| spec.handler = handler.to_owned());
    let (error, _) = f.error("{}").await;
    assert_eq!(error["requestId"], "");
    let text = |key: &str| error[key].as_str().unwrap().to_owned();
    (
        text("errorType"),
        text("errorMessage"),
        error["stackTrace"].clone(),
    )
}

#[tokio::test]
async fn code_that_cannot_be_loaded_is_named_as_on_lambda() {
    let fine = "def handler(event, context):\n    pass\n";
    let cases = [
        (
            fine,
            "nothere.handler",
            "Runtime.ImportModuleError",
            "Unable to import module 'nothere': No module named 'nothere'",
        ),
        (
            "import no_such_library\n",
            "handler.handler",
            "Runtime.ImportModuleError",
            "Unable to import module 'handler': No module named 'no_such_library'",
        ),
        (
            fine,
            "handler.main",
            "Runtime.HandlerNotFound",
            "Handler 'main' missing on module 'handler'",
        ),
        (
            fine,
            "handler",
            "Runtime.MalformedHandlerName",
            "Bad handler 'handler': not enough values to unpack (expected 2, got 1)",
        ),
        (
            fine,
            "sys.exit",
            "Runtime.BuiltInModuleConflict",
            "Cannot use built-in module sys as a handler module",
        ),
    ];
    for (code, handler, error_type, message) in cases {
        assert_eq!(
            init_error(code, handler).await,
            (error_type.to_owned(), message.to_owned(), json!([])),
            "{handler}"
        );
    }
}

#[tokio::test]
async fn a_syntax_error_shows_the_line() {
    let (error_type, message, trace) =
        init_error("x = 1\ndef handler(:\n", "handler.handler").await;
    assert_eq!(error_type, "Runtime.UserCodeSyntaxError");
    assert!(
        message
            .starts_with("Syntax error in module 'handler': invalid syntax (handler.py, line 2)"),
        "{message}"
    );
    assert_eq!(
        trace,
        json!(["  File \"/var/task/handler.py\" Line 2\n    def handler(:\n"])
    );
}

#[tokio::test]
async fn an_exception_while_loading_keeps_its_name() {
    let (error_type, message, trace) =
        init_error("settings = {}\nsettings['REGION']\n", "handler.handler").await;
    assert_eq!(
        (error_type.as_str(), message.as_str()),
        ("KeyError", "'REGION'")
    );
    assert_eq!(
        trace,
        json!(["  File \"/var/task/handler.py\", line 2, in <module>\n    settings['REGION']\n"])
    );
}

#[tokio::test]
async fn results_that_are_no_json_are_marshal_errors() {
    let f = function("def handler(event, context):\n    return eval(event)\n");
    let (error, id) = f.error(r#""{1, 2}""#).await;
    assert_eq!(
        error,
        json!({
            "errorMessage": "Unable to marshal response: Object of type set is not JSON serializable",
            "errorType": "Runtime.MarshalError",
            "requestId": id,
            "stackTrace": [],
        })
    );
    for value in [r#""float('nan')""#, r#""b'\\xff'""#, r#""'\\ud800'""#] {
        assert_eq!(
            f.error(value).await.0["errorType"],
            "Runtime.MarshalError",
            "{value}"
        );
    }
}

#[tokio::test]
async fn a_process_that_ends_is_an_exit_error_and_the_next_invocation_gets_a_new_one() {
    let code = "
import os, sys
def handler(event, context):
    print('last words')
    if event:
        exec(event)
    return os.getpid()
";
    let mut f = function(code);
    let first = f.result("\"\"").await;
    let cases = [
        ("sys.exit(1)", "Runtime exited with error: exit status 1"),
        ("sys.exit()", "Runtime exited without providing a reason"),
        ("os._exit(7)", "Runtime exited with error: exit status 7"),
        (
            "os.kill(os.getpid(), 9)",
            "Runtime exited with error: signal: killed",
        ),
    ];
    for (code, message) in cases {
        f.printed();
        let (error, id) = f.error(&format!("{code:?}")).await;
        let expected = json!({ "errorType": "Runtime.ExitError", "errorMessage": format!("RequestId: {id} Error: {message}") });
        assert_eq!(error, expected);
        assert_eq!(
            f.printed()[0].text,
            "last words",
            "what it printed is there before the failure"
        );
    }
    assert_ne!(f.result("\"\"").await, first);
}

#[tokio::test]
async fn a_function_that_exits_while_loading_is_an_exit_error() {
    let f = function("import sys\nsys.exit(4)\n");
    let (error, id) = f.error("{}").await;
    let message = format!("RequestId: {id} Error: Runtime exited with error: exit status 4");
    assert_eq!(
        error,
        json!({ "errorType": "Runtime.ExitError", "errorMessage": message })
    );
}

#[tokio::test]
async fn a_function_that_hangs_is_killed_with_its_children() {
    let code = "
import os, signal, subprocess
def handler(event, context):
    if event:
        return os.getpid()
    child = subprocess.Popen(['sleep', '1000'])
    print(os.getpid(), child.pid)
    signal.pause()
";
    let mut f = function_with(code, |spec, _| spec.timeout_seconds = 1);
    let (error, id) = f.error("0").await;
    let message = format!("RequestId: {id} Error: Task timed out after 1.00 seconds");
    assert_eq!(
        error,
        json!({ "errorType": "Sandbox.Timedout", "errorMessage": message })
    );
    let printed = f.printed().remove(0).text;
    let processes: Vec<u64> = printed.split(' ').map(|id| id.parse().unwrap()).collect();
    assert_eq!(
        processes
            .iter()
            .map(|id| is_running(*id))
            .collect::<Vec<_>>(),
        [false, false]
    );
    assert_ne!(f.result("1").await, json!(processes[0]));
}

#[tokio::test]
async fn output_without_end_does_no_harm() {
    let code = "
import sys
def handler(event, context):
    sys.stdout.buffer.write(bytes(range(256)) * 40000)
    sys.stderr.write('\\x1e' * 1000)
    return 'done'
";
    let mut f = function(code);
    assert_eq!(f.result("{}").await, json!("done"));
    assert!(
        f.printed()
            .iter()
            .all(|line| line.text.len() <= 3 * 256 * 1024)
    );
}

#[tokio::test]
async fn invocations_that_cannot_be_made_have_lambdas_error_names() {
    let f = function_with("", |_, options| {
        options
            .specs
            .push(FunctionSpec::new("ruby", "ruby3.4", "index.handler", "/"));
        options.specs.push(FunctionSpec::new(
            "gone",
            "python3.11",
            "h.h",
            "/gone/with the wind",
        ));
    });
    let invoke = async |name: &str, event: &'static str| {
        let error = f
            .host
            .invoke(name, event, InvokeOptions::default())
            .await
            .unwrap_err();
        (error.code(), error.to_string())
    };
    let (code, message) = invoke("other", "{}").await;
    assert_eq!(code, "ResourceNotFoundException");
    assert_eq!(
        message,
        "Function not found: arn:aws:lambda:eu-west-1:123456789012:function:other:$LATEST"
    );
    let (code, message) = invoke("ruby", "{}").await;
    assert_eq!(code, "InvalidRuntimeException");
    assert_eq!(
        message,
        "function ruby needs runtime ruby3.4, which cannot run locally (python3.x, nodejs*.x, provided, provided.al2 and \
         provided.al2023 can)"
    );
    assert_eq!(invoke("gone", "{}").await.0, "InvalidZipFileException");
    assert_eq!(invoke("f", "{").await.0, "InvalidRequestContentException");
    assert!(f.host.has("ruby") && !f.host.has("other"));
}

#[tokio::test]
async fn a_machine_without_python_is_told_so() {
    let f = function_with("", |_, options| options.search_path = "/nowhere".into());
    let error = f.invoke("{}").await.unwrap_err();
    assert_eq!(error.code(), "InvalidRuntimeException");
    assert!(
        error.to_string().contains("there is no working python3 in"),
        "{error}"
    );
}

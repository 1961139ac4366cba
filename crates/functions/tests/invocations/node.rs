//! Functions of Node.js, as AWS's runtime runs them.

use crate::support::{Fixture, files, is_running};
use functions::{InvokeOptions, LogStream};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// `index.js` with `exports.handler`.
fn node(code: &str) -> Fixture {
    node_files("index.handler", &[("index.js", code)])
}

fn node_files(handler: &str, code: &[(&str, &str)]) -> Fixture {
    files("nodejs20.x", handler, code, |_, _| {})
}

#[tokio::test]
async fn every_style_of_handler_gives_its_result() {
    for (style, code) in [
        (
            "async",
            "exports.handler = async (event) => ({ got: event });",
        ),
        (
            "promise",
            "exports.handler = (event) => new Promise((done) => setTimeout(done, 5, { got: event }));",
        ),
        (
            "callback",
            "exports.handler = (event, context, callback) => setImmediate(callback, null, { got: event });",
        ),
        (
            "succeed",
            "exports.handler = (event, context) => { setImmediate(context.succeed, { got: event }); };",
        ),
        (
            "done",
            "exports.handler = (event, context) => { context.done(null, { got: event }); };",
        ),
    ] {
        let f = node(code);
        let event = json!({"text": "grüße 🚀", "half": 0.5, "none": null});
        assert_eq!(
            f.result(&event.to_string()).await,
            json!({"got": event}),
            "{style}"
        );
        assert_eq!(f.result("2").await, json!({"got": 2}), "{style}, warm");
    }
}

#[tokio::test]
async fn modules_of_every_kind_are_loaded() {
    let esm = "export const handler = async () => import.meta.url.split('/').pop();";
    let nested = "exports.api = { v1: { run: async () => require('./lib').name } };";
    type Files<'a> = &'a [(&'a str, &'a str)];
    let cases: [(&str, Files<'_>, Value); 6] = [
        ("index.handler", &[("index.mjs", esm)], json!("index.mjs")),
        (
            "index.handler",
            &[("index.js", esm), ("package.json", r#"{"type": "module"}"#)],
            json!("index.js"),
        ),
        (
            "index.handler",
            &[("index.cjs", "exports.handler = async () => 'cjs';")],
            json!("cjs"),
        ),
        (
            "src/app.api.v1.run",
            &[
                ("src/app.js", nested),
                ("src/lib.js", "exports.name = 'lib';"),
            ],
            json!("lib"),
        ),
        (
            "dir.handler",
            &[("dir/index.js", "exports.handler = async () => 'folder';")],
            json!("folder"),
        ),
        (
            "index.handler",
            &[(
                "index.mjs",
                "const late = await new Promise((done) => setTimeout(done, 5, 'late'));\nexport const handler = async () => late;",
            )],
            json!("late"),
        ),
    ];
    for (handler, code, expected) in cases {
        assert_eq!(
            node_files(handler, code).result("{}").await,
            expected,
            "{handler} {code:?}"
        );
    }
}

#[tokio::test]
async fn without_a_result_there_is_null_when_nothing_is_left_to_do() {
    let f = node("exports.handler = (event) => { setTimeout(() => console.log('late'), 20); };");
    assert_eq!(f.result("{}").await, Value::Null);
    let f = node("exports.handler = async () => {};");
    assert_eq!(f.result("{}").await, Value::Null);
}

#[tokio::test]
async fn a_callback_waits_for_the_event_loop_unless_told_otherwise() {
    let mut f = node(
        "exports.handler = (event, context, callback) => {\n  context.callbackWaitsForEmptyEventLoop = event;\n  \
         if (event) setTimeout(() => console.log('before the answer'), 20);\n  else setInterval(() => {}, 1000);\n  callback(null, event);\n};",
    );
    assert_eq!(f.result("true").await, json!(true));
    let printed: Vec<String> = f.printed().into_iter().map(|line| line.text).collect();
    assert_eq!(printed, ["before the answer"]);
    assert_eq!(f.result("false").await, json!(false));
}

#[tokio::test]
async fn the_context_is_lambdas() {
    let f = node(
        "exports.handler = async (event, context) => [context.functionName, context.functionVersion, context.memoryLimitInMB,\n  \
         context.awsRequestId, context.invokedFunctionArn, context.logGroupName, context.logStreamName.includes('[$LATEST]'),\n  \
         context.getRemainingTimeInMillis() > 1000, context.clientContext.custom.who, context.callbackWaitsForEmptyEventLoop,\n  \
         process.env._HANDLER, process.env.AWS_EXECUTION_ENV];",
    );
    let options = InvokeOptions {
        client_context: Some(r#"{"custom": {"who": "zoë"}}"#.to_owned()),
        qualifier: Some("live".to_owned()),
        ..InvokeOptions::default()
    };
    let answer = f.host.invoke("f", "{}", options).await.unwrap();
    let seen: Value = serde_json::from_str(&answer.payload).unwrap();
    let arn = "arn:aws:lambda:eu-west-1:123456789012:function:f:live";
    assert_eq!(
        seen,
        json!([
            "f",
            "$LATEST",
            "128",
            answer.request_id,
            arn,
            "/aws/lambda/f",
            true,
            true,
            "zoë",
            true,
            "index.handler",
            "AWS_Lambda_nodejs20.x"
        ])
    );
}

#[tokio::test]
async fn what_is_logged_is_shown_plainly_and_kept_as_on_lambda() {
    let mut f = node(
        "console.log('loading');\nexports.handler = async () => {\n  console.log('two\\nlines %d', 1);\n  console.error(new TypeError('oh'));\n  \
         process.stdout.write('raw');\n  process.stderr.write('to stderr\\n');\n  require('child_process').execSync('echo child', { stdio: 'inherit' });\n};",
    );
    let answer = f.invoke("{}").await.unwrap();
    assert_eq!(answer.function_error, None, "{}", answer.payload);
    let printed = f.printed();
    let texts = |stream| {
        let lines = printed.iter().filter(|line| line.stream == stream);
        lines.map(|line| line.text.as_str()).collect::<Vec<_>>()
    };
    let stdout = texts(LogStream::Stdout);
    assert_eq!(
        stdout[..4],
        ["loading", "two", "lines 1", "TypeError: oh"],
        "{stdout:?}"
    );
    assert_eq!(stdout[stdout.len() - 1], "rawchild");
    assert_eq!(texts(LogStream::Stderr), ["to stderr"]);
    assert_eq!(printed[0].request_id, None);
    let id = &answer.request_id;
    assert!(
        answer
            .log_tail
            .starts_with(&format!("START RequestId: {id} Version: $LATEST\n")),
        "{}",
        answer.log_tail
    );
    assert!(
        answer
            .log_tail
            .contains(&format!("Z\t{id}\tINFO\ttwo\nlines 1\n")),
        "{}",
        answer.log_tail
    );
    assert!(
        answer.log_tail.contains("\tERROR\tTypeError: oh\n"),
        "{}",
        answer.log_tail
    );
    assert!(
        answer.log_tail.contains("\tInit Duration: "),
        "{}",
        answer.log_tail
    );
}

#[tokio::test]
async fn errors_have_the_names_words_and_traces_of_lambda() {
    let f = node(
        "class NotYet extends Error { constructor(m) { super(m); this.name = 'InstanceNotYetStartedException'; } }\n\
         exports.handler = async (event) => {\n  throw new NotYet(`${event} is nöt up`);\n};",
    );
    let (error, _) = f.error(r#""i-1""#).await;
    let text = serde_json::to_string(&error).unwrap();
    let start = concat!(
        r#"{"errorType":"InstanceNotYetStartedException","errorMessage":"i-1 is nöt up","trace":["InstanceNotYetStartedException: i-1 is nöt up","#,
        r#""    at "#
    );
    assert!(text.starts_with(start), "{text}");
    assert!(
        text.contains("(/var/task/index.js:3:9)") && !text.contains("[stdin]"),
        "{text}"
    );

    let cases = [
        (
            "async () => { throw new TypeError('t'); }",
            "TypeError",
            "t",
        ),
        ("() => { throw new RangeError('r'); }", "RangeError", "r"),
        (
            "(e, c, callback) => callback(new SyntaxError('s'))",
            "SyntaxError",
            "s",
        ),
        (
            "(e, c, callback) => callback('just text')",
            "string",
            "just text",
        ),
        ("(e, c) => c.fail(new Error('f'))", "Error", "f"),
        ("async () => { throw 7; }", "number", "7"),
        ("async () => { throw undefined; }", "string", "handled"),
        (
            "async () => ({ big: 1n })",
            "Error",
            "Unable to stringify response body",
        ),
        (
            "async () => { const a = {}; a.a = a; return a; }",
            "Error",
            "Unable to stringify response body",
        ),
    ];
    for (handler, error_type, message) in cases {
        let f = node(&format!("exports.handler = {handler};"));
        let (error, _) = f.error("{}").await;
        assert_eq!(
            (&error["errorType"], &error["errorMessage"]),
            (&json!(error_type), &json!(message)),
            "{handler}"
        );
        assert!(error["trace"].is_array(), "{error}");
    }
    let f = node("exports.handler = async () => { await new Promise(() => {}); };");
    let (error, _) = f.error("{}").await;
    assert_eq!(error["errorType"], "Runtime.NodeJsExit");
}

#[tokio::test]
async fn the_process_survives_an_exception() {
    let f = node(
        "exports.handler = async (event) => { if (!event) throw new Error('no'); return process.pid; };",
    );
    let pid = f.result("1").await;
    assert_eq!(f.error("0").await.0["errorMessage"], "no");
    assert_eq!(f.result("1").await, pid);
}

#[tokio::test]
async fn errors_outside_of_the_handler_end_the_process() {
    let cases = [
        (
            "Promise.reject(new Error('lost'))",
            "Runtime.UnhandledPromiseRejection",
            "Error: lost",
        ),
        (
            "setImmediate(() => { throw new TypeError('late') })",
            "TypeError",
            "late",
        ),
    ];
    for (statement, error_type, message) in cases {
        let f = node(&format!(
            "exports.handler = async (event) => {{ if (!event) return process.pid; {statement}; await new Promise((d) => setTimeout(d, 60000)); }};"
        ));
        let first = f.result("0").await;
        let (error, _) = f.error("1").await;
        assert_eq!(
            (&error["errorType"], &error["errorMessage"]),
            (&json!(error_type), &json!(message))
        );
        assert_eq!(error["trace"][0], format!("{error_type}: {message}"));
        assert_ne!(f.result("0").await, first);
    }
}

#[tokio::test]
async fn an_error_between_invocations_is_told_and_ends_the_process() {
    let code = "
        exports.handler = async (event) => {
            if (event) require('node:net').connect(event, '127.0.0.1').on('data', () => Promise.reject(new Error('lost')));
            return process.pid;
        };";
    let mut f = node(code);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let first = f.result(&port.to_string()).await;
    let (mut socket, _) = listener.accept().await.unwrap();
    socket.write_all(b".").await.unwrap();
    // It is closed by the end of the process.
    drop(socket.read(&mut [0]).await);
    while is_running(first.as_u64().unwrap()) {
        tokio::task::yield_now().await;
    }
    assert_ne!(f.result("0").await, first);
    let told = f.printed();
    assert!(
        told.iter().any(|line| line.text.contains("Error: lost")),
        "{told:?}"
    );
}

#[tokio::test]
async fn a_process_that_ends_is_an_exit_error() {
    for (statement, message) in [
        (
            "process.exit(3)",
            "Runtime exited with error: exit status 3",
        ),
        (
            "process.exit()",
            "Runtime exited without providing a reason",
        ),
        (
            "process.kill(process.pid, 'SIGKILL')",
            "Runtime exited with error: signal: killed",
        ),
    ] {
        let f = node(&format!(
            "exports.handler = async () => {{ {statement}; await new Promise((d) => setTimeout(d, 60000)); }};"
        ));
        let (error, id) = f.error("{}").await;
        assert_eq!(
            error,
            json!({"errorType": "Runtime.ExitError", "errorMessage": format!("RequestId: {id} Error: {message}")})
        );
    }
}

#[tokio::test]
async fn code_that_cannot_be_loaded_is_named_as_on_lambda() {
    let fine = "exports.handler = async () => 1; exports.value = 7;";
    let cases = [
        (
            fine,
            "nothere.handler",
            "Runtime.ImportModuleError",
            "Error: Cannot find module 'nothere'\nRequire stack:\n- /var/runtime/index.mjs",
        ),
        (
            "require('no-such-library');",
            "index.handler",
            "Runtime.ImportModuleError",
            "Error: Cannot find module 'no-such-library'\nRequire stack:\n- /var/task/index.js\n- /var/runtime/index.mjs",
        ),
        (
            fine,
            "index.main",
            "Runtime.HandlerNotFound",
            "index.main is undefined or not exported",
        ),
        (
            fine,
            "index.value",
            "Runtime.HandlerNotFound",
            "index.value is not a function",
        ),
        (fine, "index", "Runtime.MalformedHandlerName", "Bad handler"),
        (
            fine,
            "../index.handler",
            "Runtime.MalformedHandlerName",
            "'../index.handler' is not a valid handler name. Use absolute paths when specifying root directories in handler names.",
        ),
        (
            "let a = ;",
            "index.handler",
            "Runtime.UserCodeSyntaxError",
            "SyntaxError: Unexpected token ';'",
        ),
        (
            "throw new RangeError('while loading');",
            "index.handler",
            "RangeError",
            "while loading",
        ),
        ("throw 'text';", "index.handler", "string", "text"),
        (
            "Promise.reject(new Error('early')); exports.handler = async () => new Promise((d) => setTimeout(d, 60000));",
            "index.handler",
            "Runtime.UnhandledPromiseRejection",
            "Error: early",
        ),
    ];
    for (code, handler, error_type, message) in cases {
        let f = node_files(handler, &[("index.js", code)]);
        let (error, _) = f.error("{}").await;
        assert_eq!(
            (&error["errorType"], &error["errorMessage"]),
            (&json!(error_type), &json!(message)),
            "{handler}"
        );
        assert!(!error.to_string().contains("[stdin]"), "{error}");
    }
    let f = node_files("index.handler", &[("index.js", "// first\nlet a = ;")]);
    assert_eq!(f.error("{}").await.0["trace"][1], "/var/task/index.js:2");
    let f = node_files(
        "index.handler",
        &[("index.mjs", "import 'no-such-library';")],
    );
    let message = &f.error("{}").await.0["errorMessage"];
    assert_eq!(
        *message,
        "Cannot find package 'no-such-library' imported from /var/task/index.mjs"
    );
    let f = node("exports.handler = awslambda.streamifyResponse(async () => {});");
    assert_eq!(
        f.error("{}").await.0["errorType"],
        "Runtime.StreamingNotSupported"
    );
}

#[tokio::test]
async fn a_function_that_hangs_is_killed_with_its_children() {
    let code = "const { spawn } = require('child_process');\nexports.handler = async () => {\n  \
                const child = spawn('sleep', ['1000']);\n  console.log(`${process.pid} ${child.pid}`);\n  for (;;);\n};";
    let mut f = files(
        "nodejs20.x",
        "index.handler",
        &[("index.js", code)],
        |spec, _| spec.timeout_seconds = 1,
    );
    let (error, id) = f.error("{}").await;
    let message = format!("RequestId: {id} Error: Task timed out after 1.00 seconds");
    assert_eq!(
        error,
        json!({"errorType": "Sandbox.Timedout", "errorMessage": message})
    );
    let printed = f.printed().remove(0).text;
    for process in printed.split(' ') {
        assert!(!is_running(process.parse().unwrap()));
    }
}

#[tokio::test]
async fn payloads_of_the_largest_size_pass_and_one_byte_more_is_refused() {
    let f = node(
        "exports.handler = async (event) => (typeof event === 'number' ? 'x'.repeat(event) : event.length);",
    );
    let event = format!("\"{}\"", "a".repeat(functions::MAX_REQUEST_BYTES - 2));
    assert_eq!(
        f.result(&event).await,
        json!(functions::MAX_REQUEST_BYTES - 2)
    );
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
    assert_eq!(error["errorType"], "Function.ResponseSizeTooLarge");
}

#[tokio::test]
async fn a_version_that_is_not_there_is_replaced_with_a_warning() {
    let code = [("index.js", "exports.handler = async () => 1;")];
    let mut f = files("nodejs99.x", "index.handler", &code, |_, _| {});
    f.result("{}").await;
    f.result("{}").await;
    let printed = f.printed();
    assert_eq!(printed.len(), 1, "{printed:?}");
    assert!(
        printed[0]
            .text
            .starts_with("nodejs99.x is not on this machine; it runs with Node.js "),
        "{printed:?}"
    );
    let f = files("nodejs20.x", "index.handler", &code, |_, options| {
        options.search_path = "/nowhere".into()
    });
    let error = f.invoke("{}").await.unwrap_err();
    assert_eq!(error.code(), "InvalidRuntimeException");
    assert!(
        error.to_string().contains("needs Node.js 18 or later"),
        "{error}"
    );
}

#[tokio::test]
async fn output_without_end_fills_no_memory_and_is_whole_when_the_process_exits() {
    let code = "exports.handler = async (event) => {\n  const line = 'x'.repeat(100000);\n  \
                for (let i = 0; i < 5000; i++) event ? console.log(line) : process.stdout.write(line + '\\n');\n  \
                process.stdout.write('the end');\n  process.exit(1);\n};";
    for event in ["0", "1"] {
        let f = files(
            "nodejs20.x",
            "index.handler",
            &[("index.js", code)],
            |_, _| {},
        );
        let answer = f.invoke(event).await.unwrap();
        assert!(
            answer.payload.contains("exit status 1"),
            "{}",
            answer.payload
        );
        assert!(
            answer.log_tail.contains("\nthe end\nEND RequestId"),
            "{}",
            answer.log_tail
        );
    }
}

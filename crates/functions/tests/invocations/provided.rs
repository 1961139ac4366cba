//! `provided` runtimes: any executable that speaks the Runtime API.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::{Fixture, files, is_running};
use serde_json::json;

/// A runtime as a shell script with curl, the way AWS's tutorial has one.
const LOOP: &str = r#"#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
while true; do
  event=$(curl -sS -D headers.$$ "$api/invocation/next")
  id=$(grep -i '^lambda-runtime-aws-request-id' headers.$$ | tr -d '\r' | cut -d' ' -f2)
  grep -qiE '^lambda-runtime-trace-id: Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0' headers.$$ || exit 9
  echo "handles $event as $_HANDLER"
  case "$event" in
    '"fail"') curl -sS "$api/invocation/$id/error" -H 'Lambda-Runtime-Function-Error-Type: Boom' -d '{"errorType":"Boom","errorMessage":"as asked"}' >/dev/null ;;
    '"exit"') exit 5 ;;
    *) curl -sS "$api/invocation/$id/response" -d "[$$,$event]" >/dev/null ;;
  esac
done
"#;

fn make_executable(path: &Path) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn provided(bootstrap: Option<&str>) -> Fixture {
    let bootstrap = bootstrap.map(|text| ("bootstrap", text));
    let code: Vec<_> = bootstrap.into_iter().collect();
    let f = files("provided.al2023", "my.handler", &code, |_, _| {});
    if !code.is_empty() {
        make_executable(&f.code.path().join("bootstrap"));
    }
    f
}

#[tokio::test]
async fn a_bootstrap_gets_events_and_gives_results_and_errors() {
    let mut f = provided(Some(LOOP));
    let first = f.result("1").await;
    assert_eq!(first[1], 1);
    assert_eq!(
        f.result("2").await,
        json!([first[0], 2]),
        "the same process"
    );
    let (error, _) = f.error("\"fail\"").await;
    assert_eq!(
        error,
        json!({"errorType": "Boom", "errorMessage": "as asked"})
    );
    let (error, id) = f.error("\"exit\"").await;
    let message = format!("RequestId: {id} Error: Runtime exited with error: exit status 5");
    assert_eq!(
        error,
        json!({"errorType": "Runtime.ExitError", "errorMessage": message})
    );
    assert_ne!(f.result("3").await[0], first[0]);
    let printed: Vec<String> = f.printed().into_iter().map(|line| line.text).collect();
    let events = ["1", "2", "\"fail\"", "\"exit\"", "3"];
    assert_eq!(
        printed,
        events.map(|event| format!("handles {event} as my.handler"))
    );
}

#[tokio::test]
async fn a_bootstrap_ends_with_its_host() {
    let f = provided(Some(LOOP));
    let process = f.result("1").await[0].as_u64().unwrap();
    assert!(is_running(process));
    drop(f);
    while is_running(process) {
        tokio::task::yield_now().await;
    }
}

async fn entrypoint_error(f: &mut Fixture) -> (String, Vec<String>) {
    let (error, id) = f.error("{}").await;
    assert_eq!(error["errorType"], "Runtime.InvalidEntrypoint", "{error}");
    let message = error["errorMessage"].as_str().unwrap();
    let message = message
        .strip_prefix(&format!("RequestId: {id} Error: "))
        .unwrap();
    let said = f.printed().into_iter().map(|line| line.text).collect();
    (message.to_owned(), said)
}

#[tokio::test]
async fn what_is_no_bootstrap_is_named_as_on_lambda() {
    let mut f = provided(None);
    let (message, _) = entrypoint_error(&mut f).await;
    assert_eq!(
        message,
        "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"
    );

    let mut f = provided(Some(LOOP));
    let bootstrap = f.code.path().join("bootstrap");
    fs::set_permissions(&bootstrap, fs::Permissions::from_mode(0o644)).unwrap();
    let (message, said) = entrypoint_error(&mut f).await;
    assert_eq!(message, "fork/exec /var/task/bootstrap: permission denied");
    assert_eq!(said, ["bootstrap is not executable: chmod +x"]);
    // It is looked at anew each time.
    make_executable(&bootstrap);
    f.result("1").await;

    let mut f = provided(Some("#!/no/such/shell\n"));
    let (message, said) = entrypoint_error(&mut f).await;
    assert_eq!(
        message,
        "fork/exec /var/task/bootstrap: no such file or directory"
    );
    assert_eq!(
        said,
        ["the program that bootstrap names in its first line is not on this machine"]
    );
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn a_program_for_another_machine_is_told_apart() {
    let mut f = provided(Some(""));
    let mut program = fs::read("/bin/true").unwrap();
    // `e_machine` of the ELF header.
    let (foreign, name) = match std::env::consts::ARCH {
        "x86_64" => (0xb7, "aarch64"),
        _ => (0x3e, "x86_64"),
    };
    program[18] = foreign;
    fs::write(f.code.path().join("bootstrap"), &program).unwrap();
    let (message, said) = entrypoint_error(&mut f).await;
    assert_eq!(message, "fork/exec /var/task/bootstrap: exec format error");
    let here = std::env::consts::ARCH;
    assert_eq!(
        said,
        [format!(
            "bootstrap was built for {name}, and this machine is {here}"
        )]
    );
}

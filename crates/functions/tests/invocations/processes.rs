//! Warm processes, parallel invocations and the end of them all.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use crate::support::{function, function_with, is_running};
use functions::{
    CommonEnvironment, EnvironmentSource, FunctionHost, FunctionSpec, InvokeError, InvokeOptions,
    LogStream,
};
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// Connects to the test and goes on when it is told to.
const MEET: &str = "
import os, socket
calls = 0
def handler(event, context):
    global calls
    calls += 1
    with socket.create_connection(('127.0.0.1', event)) as test:
        test.recv(1)
    return [os.getpid(), calls]
";

/// Invokes `f` so many times at once, and lets the invocations go on in groups: each time when `at_once` of them run.
async fn meet(host: &Arc<FunctionHost>, invocations: usize, at_once: usize) -> Vec<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let event = listener.local_addr().unwrap().port().to_string();
    let mut running = JoinSet::new();
    for _ in 0..invocations {
        let (host, event) = (Arc::clone(host), event.clone());
        running.spawn(async move {
            host.invoke("f", event, InvokeOptions::default())
                .await
                .unwrap()
                .payload
        });
    }
    for _ in 0..invocations / at_once {
        let mut group = Vec::new();
        for _ in 0..at_once {
            group.push(listener.accept().await.unwrap().0);
        }
        for mut invocation in group {
            invocation.write_all(b".").await.unwrap();
        }
    }
    running.join_all().await
}

#[tokio::test]
async fn a_warm_process_is_used_again() {
    let f = function(
        "import os\ncalls = []\ndef handler(event, context):\n    calls.append(event)\n    return [os.getpid(), calls]\n",
    );
    let first = f.result("1").await;
    let second = f.result("2").await;
    assert_eq!(second, json!([first[0], [1, 2]]));
}

#[tokio::test]
async fn parallel_invocations_have_processes_of_their_own() {
    let f = function(MEET);
    let mut answers = meet(&f.host, 4, 4).await;
    answers.sort();
    answers.dedup();
    assert_eq!(answers.len(), 4, "four processes: {answers:?}");
    assert!(
        answers.iter().all(|answer| answer.ends_with(",1]")),
        "each has its first call: {answers:?}"
    );
}

#[tokio::test]
async fn above_the_limit_invocations_wait_for_a_process() {
    let f = function_with(MEET, |_, options| options.max_processes_per_function = 2);
    let answers = meet(&f.host, 6, 2).await;
    let mut processes: Vec<&str> = answers
        .iter()
        .filter_map(|answer| answer.split(',').next())
        .collect();
    processes.sort_unstable();
    processes.dedup();
    assert_eq!((answers.len(), processes.len()), (6, 2), "{answers:?}");
}

#[tokio::test]
async fn an_idle_process_that_was_killed_is_replaced() {
    let f = function("import os\ndef handler(event, context):\n    return os.getpid()\n");
    let first = f.result("{}").await.as_u64().unwrap();
    let pid = rustix::process::Pid::from_raw(first.try_into().unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    while is_running(first) {
        tokio::task::yield_now().await;
    }
    let second = f.result("{}").await.as_u64().unwrap();
    assert_ne!(first, second);
}

#[tokio::test]
async fn shutting_down_ends_idle_and_running_processes() {
    let mut f = function(
        "import os, signal\ndef handler(event, context):\n    print(os.getpid())\n    event and signal.pause()\n",
    );
    let (first, second) = tokio::join!(f.invoke("0"), f.invoke("0"));
    assert!(first.is_ok() && second.is_ok());
    let host = Arc::clone(&f.host);
    let running =
        tokio::spawn(async move { host.invoke("f", "1", InvokeOptions::default()).await });
    let mut processes = Vec::new();
    while processes.len() < 3 {
        let line = f.lines.recv().await.unwrap();
        processes.push(line.text.parse::<u64>().unwrap());
    }
    assert!(is_running(processes[2]));
    f.host.shut_down().await;
    assert!(matches!(running.await.unwrap(), Err(InvokeError::ShutDown)));
    assert!(matches!(f.invoke("0").await, Err(InvokeError::ShutDown)));
    for process in processes {
        assert!(!is_running(process));
    }
}

#[tokio::test]
async fn an_invocation_that_is_given_up_takes_its_process_along() {
    let code = "
import os, signal, subprocess
def handler(event, context):
    print(subprocess.Popen(['sleep', '1000'], stdout=subprocess.DEVNULL, start_new_session=True).pid, flush=True)
    signal.pause()
";
    let mut f = function(code);
    let child = {
        let invocation = f.host.invoke("f", "{}", InvokeOptions::default());
        tokio::select! {
            _ = invocation => panic!("it never ends"),
            line = f.lines.recv() => line.unwrap().text.parse::<u64>().unwrap(),
        }
    };
    // SIGKILL is under way; the reader of /proc may come first.
    while is_running(child) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn another_version_of_python_is_reported_once() {
    let mut f = function_with("def handler(event, context):\n    return 1\n", |spec, _| {
        spec.runtime = "python3.99".to_owned();
    });
    f.result("{}").await;
    f.result("{}").await;
    let warnings = f.printed();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert_eq!(warnings[0].stream, LogStream::Host);
    assert!(
        warnings[0]
            .text
            .starts_with("python3.99 is not on this machine; it runs with Python 3."),
        "{warnings:?}"
    );
}

/// Gives the variable `KEY` a new value each time, which is to be replaced so many seconds from now.
fn numbered(replace_after_seconds: Option<u64>) -> EnvironmentSource {
    let asked = Arc::new(AtomicUsize::new(0));
    Arc::new(move || {
        let number = asked.fetch_add(1, Ordering::Relaxed) + 1;
        Box::pin(async move {
            Ok(CommonEnvironment {
                variables: BTreeMap::from([("KEY".to_owned(), number.to_string())]),
                replace_after: replace_after_seconds
                    .map(|seconds| SystemTime::now() + Duration::from_secs(seconds)),
            })
        })
    })
}

const KEY: &str =
    "import os\ndef handler(event, context):\n    return [os.getpid(), os.environ['KEY']]\n";

#[tokio::test]
async fn a_process_with_old_credentials_is_replaced() {
    let f = function_with(KEY, |_, options| {
        options.common_environment = numbered(Some(0))
    });
    let first = f.result("{}").await;
    let second = f.result("{}").await;
    assert_eq!((&first[1], &second[1]), (&json!("1"), &json!("2")));
    assert!(!is_running(first[0].as_u64().unwrap()));

    for lasting in [Some(3600), None] {
        let f = function_with(KEY, |_, options| {
            options.common_environment = numbered(lasting)
        });
        let first = f.result("{}").await;
        assert_eq!(f.result("{}").await, first, "{lasting:?}");
    }
}

#[tokio::test]
async fn without_an_environment_no_process_is_started() {
    let f = function_with(KEY, |_, options| {
        options.common_environment =
            Arc::new(|| Box::pin(async { Err("no credentials".to_owned()) }));
    });
    let error = f.invoke("{}").await.unwrap_err();
    assert_eq!(
        (error.code(), error.status_code()),
        ("ServiceException", 500)
    );
    assert_eq!(
        error.to_string(),
        "function f cannot be started: no credentials"
    );
}

#[tokio::test]
async fn an_event_is_not_waited_for_but_ends_before_the_host() {
    let code =
        format!("{MEET}    print('done')\n").replace("    return [os.getpid(), calls]\n", "");
    let mut f = function(&code);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let id = f
        .host
        .invoke_event("f", port, InvokeOptions::default())
        .unwrap();
    let (mut invocation, _) = listener.accept().await.unwrap();
    let mut shut_down = Box::pin(f.host.shut_down());
    std::future::poll_fn(|context| {
        assert!(shut_down.as_mut().poll(context).is_pending());
        std::task::Poll::Ready(())
    })
    .await;
    invocation.write_all(b".").await.unwrap();
    shut_down.await;
    let printed = f.printed();
    assert_eq!(printed.len(), 1, "{printed:?}");
    assert_eq!(printed[0].text, "done");
    assert_eq!(printed[0].request_id.as_deref(), Some(id.as_str()));
    let late = f.host.invoke_event("f", "1", InvokeOptions::default());
    assert!(matches!(late, Err(InvokeError::ShutDown)));
}

#[tokio::test]
async fn an_event_that_fails_is_told_in_the_log() {
    let mut f = function("def handler(event, context):\n    raise ValueError('no')\n");
    f.host
        .invoke_event("f", "1", InvokeOptions::default())
        .unwrap();
    f.host.shut_down().await;
    let printed = f.printed();
    assert!(
        printed
            .iter()
            .any(|line| line.stream == LogStream::Host && line.text.contains("ValueError")),
        "{printed:?}"
    );
}

#[tokio::test]
async fn what_lambda_would_refuse_is_refused_at_once() {
    let mut f = function("def handler(event, context):\n    print('ran')\n");
    let options = InvokeOptions::default;
    assert!(f.host.check("f", "{}", options()).is_ok());
    assert!(matches!(
        f.host.check("g", "{}", options()),
        Err(InvokeError::FunctionNotFound { .. })
    ));
    for invoked in [
        f.host.check("f", "{", options()),
        f.host.invoke_event("f", "{", options()),
    ] {
        assert!(matches!(
            invoked,
            Err(InvokeError::InvalidRequestContent { .. })
        ));
    }
    assert_eq!(f.printed(), []);
}

/// Not a test: a host that is killed by the next one while its function works.
#[tokio::test]
#[ignore = "started by another test"]
async fn host_to_be_killed() {
    let code = "
import os, signal, subprocess
def handler(event, context):
    child = subprocess.Popen(['sleep', '1000'], stdout=subprocess.DEVNULL)
    print('PROCESSES', os.getpid(), child.pid)
    signal.pause()
";
    let mut f = function(code);
    let host = Arc::clone(&f.host);
    let _working =
        tokio::spawn(async move { host.invoke("f", "1", InvokeOptions::default()).await });
    println!("\n{}", f.lines.recv().await.unwrap().text);
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn a_killed_host_takes_its_functions_along() {
    let mut host = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "processes::host_to_be_killed",
            "--ignored",
            "--nocapture",
        ])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(host.stdout.take().unwrap()).lines();
    let processes = lines
        .map_while(Result::ok)
        .find_map(|line| line.strip_prefix("PROCESSES ").map(str::to_owned));
    let processes: Vec<u64> = processes
        .unwrap()
        .split(' ')
        .map(|id| id.parse().unwrap())
        .collect();
    assert!(processes.iter().all(|process| is_running(*process)));
    host.kill().unwrap();
    host.wait().unwrap();
    for process in processes {
        while is_running(process) {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn functions_come_change_and_go_while_the_host_runs() {
    let f = function(MEET);
    let idle = meet(&f.host, 1, 1).await;
    let idle: (u64, u64) = serde_json::from_str(&idle[0]).unwrap();
    // One invocation is under way while its function is replaced: it ends on the code that it has begun with.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let event = listener.local_addr().unwrap().port().to_string();
    let host = Arc::clone(&f.host);
    let running =
        tokio::spawn(async move { host.invoke("f", event, InvokeOptions::default()).await });
    let mut connection = listener.accept().await.unwrap().0;

    let folder = tempfile::tempdir().unwrap();
    let code = "import os\ndef handler(event, context):\n    return [os.getpid(), context.function_version]\n";
    std::fs::write(folder.path().join("handler.py"), code).unwrap();
    let mut spec = FunctionSpec::new("f", "python3.11", "handler.handler", folder.path());
    spec.timeout_seconds = 60;
    let replaced = f.host.put(spec.clone());
    let new = f.result("{}").await;
    assert_eq!(new[1], "$LATEST");
    connection.write_all(b".").await.unwrap();
    let answer = running.await.unwrap().unwrap();
    assert_eq!(answer.payload, format!("[{}, 2]", idle.0).replace(' ', ""));
    replaced.ended().await;
    assert!(!is_running(idle.0));

    // A published version runs beside it.
    spec.version = "7".to_owned();
    f.host.put(spec).ended().await;
    let of_version = || InvokeOptions {
        version: Some("7".to_owned()),
        ..InvokeOptions::default()
    };
    let answer = f.host.invoke("f", "{}", of_version()).await.unwrap();
    assert_eq!(answer.executed_version, "7");
    assert!(answer.payload.ends_with(",\"7\"]"), "{}", answer.payload);

    f.host.remove("f", "7").ended().await;
    let refused = f.host.invoke("f", "{}", of_version()).await;
    assert!(
        matches!(&refused, Err(InvokeError::FunctionNotFound { arn }) if arn.ends_with(":function:f:7")),
        "{refused:?}"
    );
    f.host.remove("f", "$LATEST").ended().await;
    assert!(!f.host.has("f"));
    let process = new[0].as_u64().unwrap();
    while is_running(process) {
        tokio::task::yield_now().await;
    }
}

//! Memory, processes, files.

use crate::support::{files, function, function_with, is_running};
use serde_json::json;

#[tokio::test]
#[cfg(target_os = "linux")]
async fn a_function_above_its_memory_is_killed_with_its_children() {
    let hold = "data = bytearray(b'x') * (400 * 1024 * 1024)";
    let of_itself = format!(
        "import threading\ndef handler(event, context):\n    print('holds')\n    {hold}\n    threading.Event().wait()\n"
    );
    let of_a_child = format!(
        "import subprocess, sys\ndef handler(event, context):\n    child = subprocess.Popen([sys.executable, '-c', \
         \"{hold}\\nimport threading\\nthreading.Event().wait()\"])\n    print(child.pid)\n    child.wait()\n"
    );
    let for_a_moment = "def handler(event, context):\n    print('holds')\n    return len(b'x' * (400 * 1024 * 1024))\n";
    for code in [of_itself, of_a_child, for_a_moment.to_owned()] {
        let mut f = files(
            "python3.11",
            "handler.handler",
            &[("handler.py", &code)],
            |_, _| {},
        );
        let answer = f.invoke("{}").await.unwrap();
        let message = format!(
            "RequestId: {} Error: Runtime exited with error: signal: killed",
            answer.request_id
        );
        let error: serde_json::Value = serde_json::from_str(&answer.payload).unwrap();
        assert_eq!(
            error,
            json!({"errorType": "Runtime.ExitError", "errorMessage": message})
        );
        let log = &answer.log_tail;
        assert!(
            log.contains("\tStatus: error\tError Type: Runtime.OutOfMemory\n"),
            "{log}"
        );
        if let Ok(child) = f.printed()[0].text.parse() {
            assert!(!is_running(child));
        }
    }
}

#[tokio::test]
async fn the_heap_of_node_is_limited() {
    let code = "exports.handler = async () => { const all = []; for (;;) all.push(new Array(10000).fill(all.length)); };";
    let f = files(
        "nodejs20.x",
        "index.handler",
        &[("index.js", code)],
        |_, _| {},
    );
    let (error, _) = f.error("{}").await;
    // Whichever notices first: V8, or the look at the whole process.
    assert_eq!(error["errorType"], "Runtime.ExitError");
    let message = error["errorMessage"].as_str().unwrap();
    assert!(
        message.contains("signal: aborted") || message.contains("signal: killed"),
        "{message}"
    );
    let limit = "exports.handler = async () => require('v8').getHeapStatistics().heap_size_limit / 1048576 | 0;";
    let f = files(
        "nodejs20.x",
        "index.handler",
        &[("index.js", limit)],
        |spec, _| spec.memory_mib = 1000,
    );
    let mib = f.result("{}").await.as_u64().unwrap();
    assert!((900..1000).contains(&mib), "{mib}");
}

/// A function that starts what it should not gets no further than its own bounds.
#[tokio::test]
#[cfg(target_os = "linux")]
async fn what_an_invocation_starts_ends_with_it() {
    let of_runtime = "import subprocess\nhelper = subprocess.Popen(['sleep', '1000'])\n";
    let code = format!(
        "{of_runtime}def handler(event, context):\n    child = subprocess.Popen(['sleep', '1000'])\n    return [helper.pid, child.pid]\n"
    );
    let f = function(&code);
    let ids = f.result("{}").await;
    let id = |index: usize| ids[index].as_u64().unwrap();
    while is_running(id(1)) {
        tokio::task::yield_now().await;
    }
    assert!(
        is_running(id(0)),
        "what was there before the invocation stays"
    );
    f.host.shut_down().await;
    assert!(!is_running(id(0)));
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn what_leaves_its_group_and_its_parent_ends_with_its_process() {
    let code = "import os, signal, time\ndef handler(event, context):\n    read, write = os.pipe()\n    if os.fork() == 0:\n        os.setsid()\n        \
                if os.fork() == 0:\n            os.write(write, str(os.getpid()).encode())\n            signal.pause()\n        os._exit(0)\n    \
                print(os.read(read, 20).decode())\n    os._exit(1)\n";
    let mut f = function(code);
    let (error, _) = f.error("{}").await;
    assert_eq!(error["errorType"], "Runtime.ExitError");
    let printed = f.printed();
    let left = printed
        .iter()
        .find_map(|line| line.text.parse().ok())
        .unwrap();
    assert!(!is_running(left));
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn a_function_that_forks_without_end_is_ended_with_all_that_it_forked() {
    // Threads count as well and cost less than processes.
    let code = "import os, signal, threading\ndef handler(event, context):\n    while True:\n        if os.fork() == 0:\n            \
                for _ in range(100):\n                threading.Thread(target=threading.Event().wait).start()\n            \
                signal.pause()\n";
    let mut f = function_with(code, |spec, _| spec.memory_mib = 10_000);
    let (error, _) = f.error("{}").await;
    assert_eq!(error["errorType"], "Runtime.ExitError");
    let told = f.printed();
    let told = told
        .iter()
        .any(|line| line.text.contains("more than 1024 processes and threads"));
    assert!(told);
    let mark = f.code.path().to_str().unwrap().to_owned();
    let of_function = |entry: std::fs::DirEntry| {
        let environment = std::fs::read(entry.path().join("environ")).unwrap_or_default();
        String::from_utf8_lossy(&environment).contains(&mark)
    };
    assert!(
        !std::fs::read_dir("/proc")
            .unwrap()
            .flatten()
            .any(of_function)
    );
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn files_are_bounded_and_nothing_of_the_servers_is_inherited() {
    let code = "import os, resource, tempfile\ndef handler(event, context):\n    soft = lambda name: resource.getrlimit(getattr(resource, name))[0]\n    \
                try:\n        with tempfile.TemporaryFile() as file:\n            file.truncate(2 * 1024 * 1024)\n        written = 'all'\n    \
                except OSError as error:\n        written = error.strerror\n    \
                return [written, soft('RLIMIT_CORE'), soft('RLIMIT_NOFILE'), os.nice(0), 'PWD' in os.environ]\n";
    let f = function_with(code, |spec, _| spec.storage_mib = 1);
    let seen = f.result("{}").await;
    assert_eq!(
        (&seen[0], &seen[1], &seen[4]),
        (&json!("File too large"), &json!(0), &json!(false))
    );
    // The machine's own bounds may be narrower.
    assert!(
        seen[2].as_u64().unwrap() <= 1024 && seen[3].as_i64().unwrap() >= 5,
        "{seen}"
    );
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn many_files_are_too_much_as_well() {
    let code = "import os, threading\ndef handler(event, context):\n    for number in range(3):\n        \
                with open(os.environ['TMPDIR'] + f'/{number}', 'wb') as file:\n            file.write(b'x' * (1 << 20))\n    threading.Event().wait()\n";
    let mut f = function_with(code, |spec, _| spec.storage_mib = 2);
    let (error, _) = f.error("{}").await;
    assert_eq!(error["errorType"], "Runtime.ExitError");
    let told = f.printed();
    assert!(
        told.iter()
            .any(|line| line.text.contains("more than 2 MiB"))
    );
}

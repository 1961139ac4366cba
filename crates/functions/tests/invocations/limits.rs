//! Memory.

use crate::support::{files, is_running};
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

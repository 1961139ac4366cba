//! A host with functions written by the test, and what they print.

use std::collections::BTreeMap;
use std::sync::Arc;

use functions::{
    Answer, FunctionHost, FunctionSpec, HostOptions, InvokeError, InvokeOptions, LogLine,
    LogStream, fixed_environment,
};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::mpsc;

pub struct Fixture {
    pub host: Arc<FunctionHost>,
    pub lines: mpsc::UnboundedReceiver<LogLine>,
    pub code: TempDir,
}

/// A host with one function, `f`, whose code is `handler.py`.
pub fn function(code: &str) -> Fixture {
    function_with(code, |_, _| {})
}

/// The same, with changed declarations.
pub fn function_with(
    code: &str,
    change: impl FnOnce(&mut FunctionSpec, &mut HostOptions),
) -> Fixture {
    files(
        "python3.11",
        "handler.handler",
        &[("handler.py", code)],
        change,
    )
}

/// A host with one function, `f`, of these files.
pub fn files(
    runtime: &str,
    handler: &str,
    files: &[(&str, &str)],
    change: impl FnOnce(&mut FunctionSpec, &mut HostOptions),
) -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let (sender, lines) = mpsc::unbounded_channel();
    let mut spec = FunctionSpec::new("f", runtime, handler, folder.path());
    // Generous: the machine may be busy. Tests of the timeout set their own.
    spec.timeout_seconds = 60;
    let mut options = HostOptions {
        specs: Vec::new(),
        common_environment: fixed_environment(BTreeMap::new()),
        search_path: std::env::var_os("PATH").unwrap(),
        cache_dir: None,
        account_id: "123456789012".to_owned(),
        region: "eu-west-1".to_owned(),
        max_processes_per_function: 32,
        log: Arc::new(move |line: LogLine| {
            if line.stream != LogStream::Platform {
                drop(sender.send(line));
            }
        }),
    };
    change(&mut spec, &mut options);
    options.specs.push(spec);
    Fixture {
        host: Arc::new(FunctionHost::new(options)),
        lines,
        code: folder,
    }
}

impl Fixture {
    pub async fn invoke(&self, payload: &str) -> Result<Answer, InvokeError> {
        self.host
            .invoke("f", payload.to_owned(), InvokeOptions::default())
            .await
    }

    /// The result of an invocation that succeeds.
    pub async fn result(&self, payload: &str) -> Value {
        let answer = self.invoke(payload).await.unwrap();
        assert_eq!(answer.function_error, None, "{}", answer.payload);
        serde_json::from_str(&answer.payload).unwrap()
    }

    /// The error object of an invocation that fails, and its request id.
    pub async fn error(&self, payload: &str) -> (Value, String) {
        let answer = self.invoke(payload).await.unwrap();
        assert_eq!(
            answer.function_error,
            Some("Unhandled"),
            "{}",
            answer.payload
        );
        (
            serde_json::from_str(&answer.payload).unwrap(),
            answer.request_id,
        )
    }

    /// What was printed so far.
    pub fn printed(&mut self) -> Vec<LogLine> {
        std::iter::from_fn(|| self.lines.try_recv().ok()).collect()
    }
}

/// Whether a process is there and no zombie. Its first thread is one while others still end, so all are looked at.
pub fn is_running(process_id: u64) -> bool {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{process_id}/task")) else {
        return false;
    };
    let ended = |stat: &str| {
        let state = stat.rsplit(')').next().unwrap_or_default();
        state.trim_start().starts_with(['Z', 'X'])
    };
    threads.flatten().any(|thread| {
        std::fs::read_to_string(thread.path().join("stat")).is_ok_and(|stat| !ended(&stat))
    })
}

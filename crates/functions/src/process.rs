//! One process of a function, from its start to its end.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};

use crate::log::{Labels, LogStream};
use crate::python::BOOTSTRAP;
use crate::runtime_api::{ErrorReport, Invocation, RuntimeApi, RuntimeEvent};

/// Loading a function may take this long in addition to its timeout. Lambda stops a load after ten seconds and starts it
/// again within the invocation's own time; here it simply goes on.
const INIT_SECONDS: u64 = 10;

/// How long output that is already written may take to arrive. Only a function that handed its output to a process
/// outside its process group makes anyone wait for it.
const OUTPUT_SECONDS: u64 = 1;

/// A process, loaded and idle or at work. Dropping it kills it and everything that it started.
pub(crate) struct Process {
    child: Child,
    /// The process group; `None` when it has been killed.
    group: Option<Pid>,
    api: RuntimeApi,
    /// From then on it gets no invocation, because its credentials end.
    pub(crate) replace_after: Option<SystemTime>,
    labels: Labels,
    /// Readers of its output.
    readers: JoinSet<()>,
    /// Per stream, the invocation whose output has been read to its end.
    finished: [watch::Receiver<Option<Arc<str>>>; 2],
}

/// How an invocation ended.
#[derive(Debug)]
pub(crate) enum Ending {
    Response(Bytes),
    Failed(Failure),
    /// A warm process turned out to be gone before it got the invocation.
    NeverDelivered,
}

/// How a function fails.
#[derive(Debug)]
pub(crate) enum Failure {
    Reported(ErrorReport),
    ResponseTooLarge,
    Exited(ExitStatus),
    TimedOut,
}

impl Failure {
    /// Whether the process can take another invocation.
    pub(crate) fn leaves_process_usable(&self) -> bool {
        matches!(self, Self::Reported(_) | Self::ResponseTooLarge)
    }
}

/// What is seen of a process from outside.
enum Observation {
    Event(RuntimeEvent),
    Exited(ExitStatus),
}

impl Process {
    /// Starts `python` on the bootstrap, in `code_dir`, with `environment` and the address of its Runtime API.
    pub(crate) async fn start(
        python: &Path,
        code_dir: &Path,
        environment: &BTreeMap<OsString, OsString>,
        labels: Labels,
    ) -> io::Result<Self> {
        let api = RuntimeApi::start().await?;
        let mut command = Command::new(python);
        command
            .args(["-u", "-"])
            .arg(&*labels.function)
            .current_dir(code_dir);
        command
            .env_clear()
            .envs(environment)
            .env("AWS_LAMBDA_RUNTIME_API", api.address.to_string());
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // Its own group: Ctrl-C in the terminal is not meant for functions, and its children can be ended with it.
        command.process_group(0).kill_on_drop(true);
        let mut child = command.spawn()?;
        let group = child
            .id()
            .and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        let (stdin, stdout, stderr) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let mut readers = JoinSet::new();
        let (stdout_finished, finished_stdout) = watch::channel(None);
        let (stderr_finished, finished_stderr) = watch::channel(None);
        if let Some(pipe) = stdout {
            readers.spawn(
                labels
                    .clone()
                    .forward(pipe, LogStream::Stdout, stdout_finished),
            );
        }
        if let Some(pipe) = stderr {
            readers.spawn(
                labels
                    .clone()
                    .forward(pipe, LogStream::Stderr, stderr_finished),
            );
        }
        let mut process = Self {
            child,
            group,
            api,
            replace_after: None,
            labels,
            readers,
            finished: [finished_stdout, finished_stderr],
        };
        if let Some(mut stdin) = stdin
            && let Err(error) = stdin.write_all(BOOTSTRAP).await
        {
            process.end().await;
            return Err(error);
        }
        Ok(process)
    }

    /// Waits until the function is loaded.
    pub(crate) async fn initialize(&mut self, function_timeout: Duration) -> Result<(), Failure> {
        let limit = Duration::from_secs(INIT_SECONDS) + function_timeout;
        loop {
            return match timeout(limit, self.observe()).await {
                Err(_) => Err(Failure::TimedOut),
                Ok(Observation::Exited(status)) => Err(Failure::Exited(status)),
                Ok(Observation::Event(RuntimeEvent::AskedForNext)) => Ok(()),
                Ok(Observation::Event(RuntimeEvent::InitError(report))) => {
                    Err(Failure::Reported(report))
                }
                // Nothing was delivered, so nothing can be answered.
                Ok(Observation::Event(_)) => continue,
            };
        }
    }

    /// Has the process handle one invocation until `deadline`.
    pub(crate) async fn invoke(&mut self, invocation: Invocation, deadline: Instant) -> Ending {
        let request_id = Arc::clone(&invocation.request_id);
        self.labels.set_request_id(&request_id);
        if self.api.invocations.try_send(invocation).is_err() {
            return Ending::NeverDelivered;
        }
        let mut delivered = false;
        loop {
            let ending = match timeout_at(deadline, self.observe()).await {
                Err(_) => Ending::Failed(Failure::TimedOut),
                Ok(Observation::Exited(_)) if !delivered => Ending::NeverDelivered,
                Ok(Observation::Exited(status)) => Ending::Failed(Failure::Exited(status)),
                Ok(Observation::Event(event)) => match event {
                    RuntimeEvent::Delivered => {
                        delivered = true;
                        continue;
                    }
                    // Left over from the time before this invocation.
                    RuntimeEvent::AskedForNext => continue,
                    RuntimeEvent::Response(payload) => Ending::Response(payload),
                    RuntimeEvent::Error(report) | RuntimeEvent::InitError(report) => {
                        Ending::Failed(Failure::Reported(report))
                    }
                    RuntimeEvent::ResponseTooLarge => Ending::Failed(Failure::ResponseTooLarge),
                },
            };
            if !matches!(
                ending,
                Ending::Failed(Failure::TimedOut | Failure::Exited(_))
            ) {
                self.wait_for_output(&request_id).await;
            }
            return ending;
        }
    }

    /// Whether it can take an invocation, as far as is known.
    pub(crate) fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Whether its credentials are about to end.
    pub(crate) fn is_outdated(&self) -> bool {
        self.replace_after.is_some_and(|at| at <= SystemTime::now())
    }

    /// Kills the process and what it started, and waits until its output has been passed on.
    pub(crate) async fn end(&mut self) {
        self.kill();
        // It was sent SIGKILL, or has ended: this collects its exit status.
        drop(self.child.wait().await);
        let output = async { while self.readers.join_next().await.is_some() {} };
        if timeout(Duration::from_secs(OUTPUT_SECONDS), output)
            .await
            .is_err()
        {
            self.readers.abort_all();
        }
    }

    async fn observe(&mut self) -> Observation {
        tokio::select! {
            // What it reported before it ended counts.
            biased;
            Some(event) = self.api.events.recv() => Observation::Event(event),
            status = self.child.wait() => Observation::Exited(status.unwrap_or_else(|_| ExitStatus::from_raw(0))),
        }
    }

    async fn wait_for_output(&mut self, request_id: &Arc<str>) {
        let output = async {
            for finished in &mut self.finished {
                // A closed stream has no more output.
                drop(
                    finished
                        .wait_for(|id| id.as_ref() == Some(request_id))
                        .await,
                );
            }
        };
        // What comes later is passed on when it comes.
        drop(timeout(Duration::from_secs(OUTPUT_SECONDS), output).await);
    }

    /// The group's id stays taken while a process of it is left, so that this reaches no stranger.
    fn kill(&mut self) {
        if let Some(group) = self.group.take() {
            // An error says that all of them are gone.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

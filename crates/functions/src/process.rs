//! One process of a function, from its start to its end.

use std::collections::BTreeMap;
use std::collections::HashSet;
use std::ffi::OsString;
use std::io::{self, PipeWriter, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use rustix::event::{PollFd, PollFlags, poll};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::net::unix::pipe;
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::FunctionSpec;
use crate::confinement;
use crate::group::ProcessGroup;
use crate::launch::Launch;
use crate::log::{END_OF_OUTPUT, Labels, LogStream};
use crate::memory;
use crate::runtime_api::{ErrorReport, Invocation, RuntimeApi, RuntimeEvent};

/// Loading a function may take this long in addition to its timeout. Lambda stops a load after ten seconds and starts it
/// again within the invocation's own time; here it simply goes on.
const INIT_SECONDS: u64 = 10;

/// How long output that is already written may take to arrive. Only a function that handed its output to a process
/// outside its process group makes anyone wait for it.
const OUTPUT_SECONDS: u64 = 1;

/// How often a process is looked at: its memory, and what it has started.
const INTERVAL: Duration = Duration::from_millis(100);

/// How often what it has written is looked at.
const STORAGE_INTERVAL: Duration = Duration::from_secs(1);

/// The variable with the address of a process' own Runtime API: all that it starts has it, and nobody else.
const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";

/// A process, loaded and idle or at work. Dropping it kills it and everything that it started.
pub(crate) struct Process {
    child: Child,
    group: ProcessGroup,
    api: RuntimeApi,
    /// From then on it gets no invocation, because its credentials end.
    pub(crate) replace_after: Option<SystemTime>,
    labels: Labels,
    /// Readers of its output.
    readers: JoinSet<()>,
    /// Our own ends of its output, standard output and error: what is written there comes after all that it has written.
    writers: Vec<Arc<PipeWriter>>,
    /// Per stream, the invocation whose output has been read to its end.
    finished: Vec<watch::Receiver<Option<Arc<str>>>>,
    memory_limit_bytes: u64,
    /// The most that was seen.
    memory_bytes: u64,
    /// `TMPDIR`; on Lambda `/tmp` belongs to one process.
    temporary: TempDir,
    storage_limit_bytes: u64,
    /// When its storage was looked at.
    looked_at_storage: Instant,
    /// Of a runtime of ours: what is started in an invocation is no part of it.
    is_managed: bool,
}

/// Why there is no process.
pub(crate) enum StartError {
    /// The program could not be run.
    Program(io::Error),
    /// Something else was missing.
    Other(io::Error),
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
    OutOfMemory,
    /// It was ended for something else that there was too much of; people are told.
    TooMuch,
    TimedOut,
    /// There is no `bootstrap` that could be run, and why.
    InvalidEntrypoint(String),
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
    Exceeds(Failure),
}

impl Process {
    /// Starts `program` as `launch` says, with `environment` and the address of its Runtime API.
    pub(crate) async fn start(
        program: &Path,
        launch: &Launch,
        environment: &BTreeMap<OsString, OsString>,
        labels: Labels,
        spec: &FunctionSpec,
    ) -> Result<Self, StartError> {
        let api = RuntimeApi::start().await.map_err(StartError::Other)?;
        let temporary = tempfile::Builder::new().prefix("stepwright-").tempdir();
        let temporary = temporary.map_err(StartError::Other)?;
        let group = ProcessGroup::start().map_err(StartError::Other)?;
        let mut outputs = Vec::new();
        for stream in [LogStream::Stdout, LogStream::Stderr] {
            let (reader, writer) = io::pipe().map_err(StartError::Other)?;
            let reader = pipe::Receiver::from_owned_fd(reader.into()).map_err(StartError::Other)?;
            let for_child = writer.try_clone().map_err(StartError::Other)?;
            outputs.push((stream, reader, writer, for_child));
        }
        let mut command = Command::new(program);
        command
            .args(&launch.arguments)
            .current_dir(&launch.code_dir)
            .env_clear()
            .env("TMPDIR", temporary.path())
            .envs(environment)
            .env(RUNTIME_API, api.address.to_string())
            .stdin(match launch.script {
                Some(_) => Stdio::piped(),
                None => Stdio::null(),
            })
            .kill_on_drop(true);
        group.take_in(&mut command);
        let (mut readers, mut writers, mut finished) = (JoinSet::new(), Vec::new(), Vec::new());
        for (stream, reader, writer, for_child) in outputs {
            match stream {
                LogStream::Stdout => command.stdout(for_child),
                _ => command.stderr(for_child),
            };
            let (sender, receiver) = watch::channel(None);
            readers.spawn(labels.clone().forward(reader, stream, sender));
            writers.push(Arc::new(writer));
            finished.push(receiver);
        }
        let child = command.spawn();
        // It holds ends of the pipes.
        drop(command);
        let mut process = Self {
            child: child.map_err(StartError::Program)?,
            group,
            api,
            replace_after: None,
            labels,
            readers,
            writers,
            finished,
            memory_limit_bytes: memory::limit_bytes(spec.memory_mib),
            memory_bytes: 0,
            temporary,
            storage_limit_bytes: u64::from(spec.storage_mib) * 1024 * 1024,
            looked_at_storage: Instant::now(),
            is_managed: launch.interpreter.is_some(),
        };
        // An interpreter waits for its script meanwhile.
        if let Some(id) = process.child.id() {
            confinement::confine(id, process.storage_limit_bytes);
        }
        if let (Some(script), Some(mut stdin)) = (launch.script, process.child.stdin.take())
            && let Err(error) = stdin.write_all(script).await
        {
            process.end().await;
            return Err(StartError::Other(error));
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
                Ok(Observation::Exceeds(failure)) => Err(failure),
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
        let of_runtime: HashSet<u32> = self.family().into_iter().collect();
        if self.api.invocations.try_send(invocation).is_err() {
            return Ending::NeverDelivered;
        }
        let mut delivered = false;
        loop {
            let ending = match timeout_at(deadline, self.observe()).await {
                Err(_) => Ending::Failed(Failure::TimedOut),
                Ok(Observation::Exited(_)) if !delivered => Ending::NeverDelivered,
                Ok(Observation::Exited(status)) => Ending::Failed(Failure::Exited(status)),
                Ok(Observation::Exceeds(failure)) => Ending::Failed(failure),
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
            if matches!(&ending, Ending::Response(_))
                || matches!(&ending, Ending::Failed(failure) if failure.leaves_process_usable())
            {
                self.wait_for_output(&request_id).await;
                // It may have held too much for a moment only.
                self.looked_at_storage -= STORAGE_INTERVAL;
                if let Some(failure) = self.look() {
                    return Ending::Failed(failure);
                }
                self.end_what_was_started(&of_runtime);
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
        // They were sent SIGKILL, or have ended: this collects their exit status.
        drop(self.child.wait().await);
        self.group.end().await;
        let mark = format!("{RUNTIME_API}={}", self.api.address);
        let left = tokio::task::spawn_blocking(move || confinement::kill_marked(&mark));
        drop(left.await);
        // From now on the readers meet the end.
        self.writers.clear();
        let output = async { while self.readers.join_next().await.is_some() {} };
        if timeout(Duration::from_secs(OUTPUT_SECONDS), output)
            .await
            .is_err()
        {
            self.readers.abort_all();
        }
    }

    /// The most memory that it was seen with, in bytes.
    pub(crate) fn memory_bytes(&self) -> u64 {
        self.memory_bytes
    }

    pub(crate) fn labels(&self) -> Labels {
        self.labels.clone()
    }

    /// The end of what it printed in its last invocation.
    pub(crate) fn printed(&self) -> Vec<u8> {
        self.labels.tail()
    }

    async fn observe(&mut self) -> Observation {
        loop {
            tokio::select! {
                // What it reported before it ended counts.
                biased;
                Some(event) = self.api.events.recv() => return Observation::Event(event),
                status = self.child.wait() => {
                    return Observation::Exited(status.unwrap_or_else(|_| ExitStatus::from_raw(0)));
                }
                () = sleep(INTERVAL) => {
                    if let Some(failure) = self.look() {
                        return Observation::Exceeds(failure);
                    }
                }
            }
        }
    }

    /// Whether there is too much of something.
    fn look(&mut self) -> Option<Failure> {
        let (family, tasks) = confinement::family(self.child.id()?);
        if tasks > confinement::MAX_TASKS {
            let most = confinement::MAX_TASKS;
            self.labels.say(format!(
                "it has more than {most} processes and threads: it was ended"
            ));
            return Some(Failure::TooMuch);
        }
        let used = memory::used_bytes(&family, self.memory_limit_bytes).unwrap_or(0);
        self.memory_bytes = self.memory_bytes.max(used);
        if used > self.memory_limit_bytes {
            return Some(Failure::OutOfMemory);
        }
        if self.looked_at_storage.elapsed() >= STORAGE_INTERVAL {
            self.looked_at_storage = Instant::now();
            if confinement::folder_bytes(self.temporary.path()) > self.storage_limit_bytes {
                let most = self.storage_limit_bytes / 1024 / 1024;
                self.labels.say(format!(
                    "it has written more than {most} MiB (EphemeralStorage) into TMPDIR: it was ended"
                ));
                return Some(Failure::TooMuch);
            }
        }
        None
    }

    fn family(&self) -> Vec<u32> {
        let id = self.child.id();
        id.map_or_else(Vec::new, |id| confinement::family(id).0)
    }

    /// Lambda would freeze it until the next invocation. A `bootstrap` may consist of several processes, so its are left alone.
    fn end_what_was_started(&self, of_runtime: &HashSet<u32>) {
        if self.is_managed {
            let family = self.family().into_iter();
            family
                .filter(|id| !of_runtime.contains(id))
                .for_each(confinement::kill);
        }
    }

    /// Waits until what it has printed so far has been passed on: a mark written behind that has to come through.
    async fn wait_for_output(&mut self, request_id: &Arc<str>) {
        let output = async {
            for (writer, finished) in self.writers.iter().zip(&mut self.finished) {
                let (writer, request_id) = (Arc::clone(writer), Arc::clone(request_id));
                let id = Arc::clone(&request_id);
                // It may block for a moment, and outlives the wait if the reader has ended: then it fails.
                let mark = tokio::task::spawn_blocking(move || end_output(&writer, &id));
                if let Ok(Ok(())) = mark.await {
                    // A closed stream has no more output.
                    drop(
                        finished
                            .wait_for(|id| id.as_ref() == Some(&request_id))
                            .await,
                    );
                }
            }
        };
        // What comes later is passed on when it comes.
        drop(timeout(Duration::from_secs(OUTPUT_SECONDS), output).await);
    }

    /// The group goes at once, however fast it forks; its members' children outside of it are known before.
    fn kill(&mut self) {
        let family = self.family();
        self.group.kill();
        family.into_iter().skip(1).for_each(confinement::kill);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Writes the mark that ends the output of an invocation.
fn end_output(mut writer: &PipeWriter, request_id: &str) -> io::Result<()> {
    let mut mark = vec![END_OF_OUTPUT];
    mark.extend_from_slice(request_id.as_bytes());
    mark.push(b'\n');
    // Short enough to be written at once or not at all. The function may have made the pipe a non-blocking one.
    while let Err(error) = writer.write_all(&mark) {
        if error.kind() != io::ErrorKind::WouldBlock {
            return Err(error);
        }
        poll(&mut [PollFd::new(writer, PollFlags::OUT)], None)?;
    }
    Ok(())
}

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::HeaderValue;
use serde::de::IgnoredAny;
use tokio::sync::{OnceCell, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use crate::answer::{Answer, LATEST, Work, start_line};
use crate::environment::environment;
use crate::error::InvokeError;
use crate::interpreter::{Interpreter, Runtime};
use crate::launch::Launch;
use crate::log::{Labels, LogLine, LogStream, log_stream};
use crate::process::{Ending, Failure, Process, StartError};
use crate::provided;
use crate::runtime_api::Invocation;
use crate::{FunctionSpec, HostOptions, MAX_REQUEST_BYTES};

/// How long [`FunctionHost::shut_down`] waits for running invocations of a function to notice.
const SHUT_DOWN_TIMEOUT: Duration = Duration::from_secs(5);

/// How long [`FunctionHost::shut_down`] lets asynchronous invocations go on.
const EVENTS_TIMEOUT: Duration = Duration::from_secs(30);

/// Runs declared functions. Give it up with [`shut_down`](Self::shut_down); dropping it kills its processes as well.
pub struct FunctionHost {
    options: HostOptions,
    functions: RwLock<Functions>,
    /// Interpreters by runtime; `None` is a runtime without one.
    interpreters: tokio::sync::Mutex<HashMap<String, Option<Interpreter>>>,
    is_shut_down: watch::Sender<bool>,
    /// Asynchronous invocations.
    events: Mutex<JoinSet<()>>,
    /// How many processes a function may have.
    slots: u16,
}

#[derive(Default)]
struct Functions {
    /// By name and version.
    current: HashMap<(String, String), Arc<Function>>,
    /// Replaced or removed, with invocations that may still run.
    retired: Vec<Weak<Function>>,
}

struct Function {
    spec: FunctionSpec,
    /// Found out at the first start; what fails is tried again.
    launch: OnceCell<Launch>,
    /// When its packages could not be had last, and why.
    lacks_packages: Mutex<Option<(Instant, String)>>,
    /// One permit for each process that may be at work.
    slots: Semaphore,
    /// Processes that wait for an invocation, the one used last at the end. None once the function is retired.
    idle: Mutex<Option<Vec<Process>>>,
    /// Closed when nobody uses the function any more.
    in_use: watch::Sender<()>,
}

/// A function that was replaced or removed: nothing new begins on it.
#[must_use = "its code may be in use"]
pub struct Retired(Option<watch::Receiver<()>>);

impl Retired {
    /// Comes back when the last invocation has ended that had begun before.
    pub async fn ended(self) {
        if let Some(mut in_use) = self.0 {
            // Nothing is ever sent: this is the end of the sender.
            while in_use.changed().await.is_ok() {}
        }
    }
}

/// An invocation that Lambda would accept.
struct Accepted {
    function: Arc<Function>,
    request_id: Arc<str>,
    payload: Bytes,
    function_arn: HeaderValue,
    client_context: Option<HeaderValue>,
}

/// What an invocation may carry besides its event.
#[derive(Debug, Clone, Default)]
pub struct InvokeOptions {
    /// `ClientContext` as JSON text (decoded from Base64).
    pub client_context: Option<String>,
    /// Version or alias; it appears in the function's ARN and says nothing about the code.
    pub qualifier: Option<String>,
    /// Which version runs; `$LATEST` when it is none.
    pub version: Option<String>,
    /// The invocation's id, when whoever invokes has made one: attempts at an asynchronous invocation share theirs.
    pub request_id: Option<String>,
}

impl FunctionHost {
    /// A host for the given functions. No process is started before the first invocation.
    pub fn new(options: HostOptions) -> Self {
        let slots = options.max_processes_per_function.max(1);
        let host = Self {
            functions: RwLock::default(),
            interpreters: tokio::sync::Mutex::default(),
            is_shut_down: watch::Sender::new(false),
            events: Mutex::default(),
            slots,
            options: HostOptions {
                specs: Vec::new(),
                ..options.clone()
            },
        };
        for spec in options.specs {
            // Nothing runs yet.
            let _ = host.put(spec);
        }
        host
    }

    /// Declares a function, or replaces the one of this name and version. Invocations that run end on what they began with;
    /// processes that wait for one end.
    pub fn put(&self, spec: FunctionSpec) -> Retired {
        let key = (spec.name.clone(), spec.version.clone());
        let function = Arc::new(Function {
            spec,
            launch: OnceCell::new(),
            lacks_packages: Mutex::default(),
            slots: Semaphore::new(self.slots.into()),
            idle: Mutex::new(Some(Vec::new())),
            in_use: watch::Sender::new(()),
        });
        let mut functions = self.functions_mut();
        let replaced = functions.current.insert(key, function);
        functions.retire(replaced)
    }

    /// Forgets a version of a function, as [`Self::put`] replaces one.
    pub fn remove(&self, name: &str, version: &str) -> Retired {
        let mut functions = self.functions_mut();
        let removed = functions
            .current
            .remove(&(name.to_owned(), version.to_owned()));
        functions.retire(removed)
    }

    /// Whether a function of this bare name is declared.
    pub fn has(&self, name: &str) -> bool {
        self.find(name, LATEST).is_some()
    }

    fn find(&self, name: &str, version: &str) -> Option<Arc<Function>> {
        let functions = self.functions.read();
        let functions = functions.unwrap_or_else(PoisonError::into_inner);
        let key = (name.to_owned(), version.to_owned());
        functions.current.get(&key).cloned()
    }

    fn functions_mut(&self) -> std::sync::RwLockWriteGuard<'_, Functions> {
        let functions = self.functions.write();
        functions.unwrap_or_else(PoisonError::into_inner)
    }

    /// The ARN of a function of this host.
    pub fn function_arn(&self, name: &str) -> String {
        let HostOptions {
            region, account_id, ..
        } = &self.options;
        let partition = match region {
            region if region.starts_with("cn-") => "aws-cn",
            region if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        };
        format!("arn:{partition}:lambda:{region}:{account_id}:function:{name}")
    }

    /// Invokes a function and waits for its result. `payload` is the event as JSON text; an empty one is `{}`, as on Lambda.
    ///
    /// When the future is dropped, the process at work is killed. Lambda would let it finish.
    pub async fn invoke(
        &self,
        name: &str,
        payload: impl Into<Bytes>,
        options: InvokeOptions,
    ) -> Result<Answer, InvokeError> {
        let accepted = self.accept(name, payload.into(), options)?;
        self.run(&accepted).await
    }

    /// Invokes a function and does not wait for it (`InvocationType` `Event`); gives the invocation's id. Lambda tries twice
    /// more what failed; here a failure is told in the log, and that is all. [`Self::shut_down`] lets it end.
    ///
    /// Has to be called in a tokio runtime. The invocation keeps the host until it has ended.
    pub fn invoke_event(
        self: &Arc<Self>,
        name: &str,
        payload: impl Into<Bytes>,
        options: InvokeOptions,
    ) -> Result<String, InvokeError> {
        let accepted = self.accept(name, payload.into(), options)?;
        if *self.is_shut_down.borrow() {
            return Err(InvokeError::ShutDown);
        }
        let request_id = accepted.request_id.to_string();
        let host = Arc::clone(self);
        let mut events = self.events();
        // Those that have ended are not kept.
        while events.try_join_next().is_some() {}
        events.spawn(async move {
            let failure = match host.run(&accepted).await {
                Ok(answer) if answer.function_error.is_none() => return,
                Ok(answer) => answer.payload,
                Err(error) => error.to_string(),
            };
            (host.options.log)(LogLine {
                function: accepted.function.spec.name.as_str().into(),
                log_stream: log_stream(&accepted.function.spec),
                request_id: Some(accepted.request_id),
                stream: LogStream::Host,
                text: format!("an asynchronous invocation failed: {failure}"),
            });
        });
        Ok(request_id)
    }

    /// Whether Lambda would accept an invocation (`InvocationType` `DryRun`). Nothing runs; gives the request's id.
    pub fn check(
        &self,
        name: &str,
        payload: impl Into<Bytes>,
        options: InvokeOptions,
    ) -> Result<String, InvokeError> {
        let accepted = self.accept(name, payload.into(), options)?;
        Ok(accepted.request_id.to_string())
    }

    fn accept(
        &self,
        name: &str,
        payload: Bytes,
        options: InvokeOptions,
    ) -> Result<Accepted, InvokeError> {
        let version = options.version.as_deref().unwrap_or(LATEST);
        let Some(function) = self.find(name, version) else {
            let version = options.qualifier.as_deref().unwrap_or(version);
            return Err(InvokeError::FunctionNotFound {
                arn: format!("{}:{version}", self.function_arn(name)),
            });
        };
        let payload = checked_event(payload)?;
        let client_context = options
            .client_context
            .map(HeaderValue::try_from)
            .transpose();
        let client_context =
            client_context.map_err(|error| InvokeError::InvalidRequestContent {
                reason: format!("the client context is not text in one line: {error}"),
            })?;
        let arn = match &options.qualifier {
            Some(qualifier) => format!("{}:{qualifier}", self.function_arn(name)),
            None => self.function_arn(name),
        };
        let function_arn =
            HeaderValue::try_from(arn).map_err(|error| InvokeError::InvalidRequestContent {
                reason: format!("the qualifier: {error}"),
            })?;
        let request_id = options
            .request_id
            .unwrap_or_else(|| Uuid::new_v4().to_string());
        Ok(Accepted {
            function,
            request_id: request_id.into(),
            payload,
            function_arn,
            client_context,
        })
    }

    /// Waits for asynchronous invocations, 30 seconds at most; then kills all processes and waits until they are gone and
    /// what they printed has been passed on. Invocations that are running or come later get [`InvokeError::ShutDown`].
    pub async fn shut_down(&self) {
        let mut events = std::mem::take(&mut *self.events());
        let all_events = async { while events.join_next().await.is_some() {} };
        // Those that go on are told to end below, and say so in the log.
        drop(timeout(EVENTS_TIMEOUT, all_events).await);
        self.is_shut_down.send_replace(true);
        let told = async { while events.join_next().await.is_some() {} };
        drop(timeout(SHUT_DOWN_TIMEOUT, told).await);
        let all = self.functions_mut().all();
        for function in all {
            // All permits are free when no invocation runs. One whose future nobody polls cannot end; its process is
            // killed when that future is dropped.
            let nothing_runs = function.slots.acquire_many(self.slots.into());
            drop(timeout(SHUT_DOWN_TIMEOUT, nothing_runs).await);
            for mut process in function.retire() {
                process.end().await;
            }
        }
    }

    fn events(&self) -> std::sync::MutexGuard<'_, JoinSet<()>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn run(&self, accepted: &Accepted) -> Result<Answer, InvokeError> {
        let Accepted {
            function,
            request_id,
            ..
        } = accepted;
        // Declared before the process, so that it is given back after the process is gone.
        let _slot = function
            .slots
            .acquire()
            .await
            .map_err(|_| InvokeError::ShutDown)?;
        if *self.is_shut_down.borrow() {
            return Err(InvokeError::ShutDown);
        }
        let limit = Duration::from_secs(function.spec.timeout_seconds.into());
        let mut work = Work {
            request_id: request_id.to_string(),
            ..Work::default()
        };
        loop {
            let warm = function.take_idle().await;
            let is_warm = warm.is_some();
            let mut process = match warm {
                Some(process) => process,
                None => {
                    let mut process = match self.until_shut_down(self.start(function)).await?? {
                        Ok(process) => process,
                        Err(failure) => {
                            return Ok(Answer::new(work, &function.spec, Err(failure)));
                        }
                    };
                    let started = Instant::now();
                    match self.until_shut_down(process.initialize(limit)).await {
                        Ok(Ok(())) => {
                            work.init_duration = Some(started.elapsed());
                            process
                        }
                        Ok(Err(failure)) => {
                            process.end().await;
                            work.look_at(&process);
                            return Ok(Answer::new(work, &function.spec, Err(failure)));
                        }
                        Err(shut_down) => {
                            process.end().await;
                            return Err(shut_down);
                        }
                    }
                }
            };
            let invocation = Invocation {
                request_id: Arc::clone(request_id),
                function_arn: accepted.function_arn.clone(),
                deadline_ms: milliseconds_since_1970().saturating_add(limit.as_millis() as u64),
                client_context: accepted.client_context.clone(),
                payload: accepted.payload.clone(),
            };
            let labels = process.labels();
            labels.report(request_id, &start_line(request_id, &function.spec));
            let started = Instant::now();
            let ending = self
                .until_shut_down(process.invoke(invocation, started + limit))
                .await;
            work.duration = started.elapsed();
            let result = match ending {
                Ok(Ending::Response(payload)) => Ok(payload),
                Ok(Ending::Failed(failure)) => Err(failure),
                Err(shut_down) => {
                    process.end().await;
                    return Err(shut_down);
                }
                Ok(Ending::NeverDelivered) => {
                    process.end().await;
                    if is_warm {
                        continue;
                    }
                    let source =
                        std::io::Error::other("its process ended before it took the event");
                    return Err(InvokeError::Start {
                        function: function.spec.name.clone(),
                        source,
                    });
                }
            };
            let is_usable = result
                .as_ref()
                .err()
                .is_none_or(Failure::leaves_process_usable);
            if !is_usable {
                process.end().await;
            }
            work.look_at(&process);
            if is_usable && let Err(mut process) = function.put_back(process) {
                process.end().await;
            }
            let answer = Answer::new(work, &function.spec, result);
            labels.report(request_id, &answer.report);
            return Ok(answer);
        }
    }

    async fn until_shut_down<T>(&self, work: impl Future<Output = T>) -> Result<T, InvokeError> {
        let mut is_shut_down = self.is_shut_down.subscribe();
        tokio::select! {
            biased;
            _ = is_shut_down.wait_for(|is_shut_down| *is_shut_down) => Err(InvokeError::ShutDown),
            done = work => Ok(done),
        }
    }

    /// A process of the function, not loaded yet; or how the attempt to start one fails as Lambda's would.
    async fn start(&self, function: &Function) -> Result<Result<Process, Failure>, InvokeError> {
        let spec = &function.spec;
        let labels = Labels::new(spec, Arc::clone(&self.options.log));
        let asked = Instant::now();
        let launch = function
            .launch
            .get_or_try_init(|| self.prepare(function, asked, &labels))
            .await?;
        let program = match launch.program() {
            Ok(program) => program,
            Err(reason) => return Ok(Err(Failure::InvalidEntrypoint(reason))),
        };
        let common = (self.options.common_environment)().await;
        let common = common.map_err(|reason| InvokeError::Environment {
            function: spec.name.clone(),
            reason,
        })?;
        let environment = environment(&self.options, &common.variables, spec, launch, &labels);
        let started = Process::start(&program, launch, &environment, labels.clone(), spec);
        match started.await {
            Ok(mut process) => {
                process.replace_after = common.replace_after;
                Ok(Ok(process))
            }
            Err(StartError::Program(error)) if launch.interpreter.is_none() => {
                if let Some(explanation) = provided::explain(&program, &error) {
                    labels.say(explanation);
                }
                Ok(Err(Failure::InvalidEntrypoint(provided::entrypoint_error(
                    &error,
                ))))
            }
            Err(StartError::Program(source) | StartError::Other(source)) => {
                Err(InvokeError::Start {
                    function: spec.name.clone(),
                    source,
                })
            }
        }
    }

    /// `asked`: whoever waited while packages could not be had does not try that once more.
    async fn prepare(
        &self,
        function: &Function,
        asked: Instant,
        labels: &Labels,
    ) -> Result<Launch, InvokeError> {
        let spec = &function.spec;
        if let Some((failed, reason)) = &*function.lacks_packages()
            && *failed > asked
        {
            return Err(InvokeError::Packages {
                function: spec.name.clone(),
                reason: reason.clone(),
            });
        }
        let Some(runtime) = Runtime::parse(&spec.runtime) else {
            return Err(InvokeError::UnsupportedRuntime {
                function: spec.name.clone(),
                runtime: spec.runtime.clone(),
            });
        };
        let interpreter = match runtime {
            Runtime::Provided => None,
            _ => Some(self.interpreter(spec, runtime).await?),
        };
        let launch = Launch::prepare(spec, runtime, interpreter, &self.options, labels).await;
        if let Err(InvokeError::Packages { reason, .. }) = &launch {
            *function.lacks_packages() = Some((Instant::now(), reason.clone()));
        }
        launch
    }

    async fn interpreter(
        &self,
        spec: &FunctionSpec,
        runtime: Runtime,
    ) -> Result<Interpreter, InvokeError> {
        let mut interpreters = self.interpreters.lock().await;
        let found = match interpreters.get(&spec.runtime) {
            Some(found) => found.clone(),
            None => {
                let found = runtime.interpreter(&self.options.search_path).await;
                interpreters.insert(spec.runtime.clone(), found.clone());
                found
            }
        };
        found.ok_or_else(|| InvokeError::InterpreterNotFound {
            function: spec.name.clone(),
            runtime: spec.runtime.clone(),
            requirement: runtime.requirement(),
            search_path: self.options.search_path.to_string_lossy().into_owned(),
        })
    }
}

impl Work {
    fn look_at(&mut self, process: &Process) {
        self.memory_bytes = process.memory_bytes();
        self.printed = process.printed();
    }
}

impl Functions {
    fn retire(&mut self, function: Option<Arc<Function>>) -> Retired {
        self.retired.retain(|function| function.strong_count() > 0);
        let Some(function) = function else {
            return Retired(None);
        };
        // Dropping them kills them.
        drop(function.retire());
        self.retired.push(Arc::downgrade(&function));
        Retired(Some(function.in_use.subscribe()))
    }

    fn all(&self) -> Vec<Arc<Function>> {
        let retired = self.retired.iter().filter_map(Weak::upgrade);
        retired.chain(self.current.values().cloned()).collect()
    }
}

impl Function {
    fn lacks_packages(&self) -> std::sync::MutexGuard<'_, Option<(Instant, String)>> {
        let lacks_packages = self.lacks_packages.lock();
        lacks_packages.unwrap_or_else(PoisonError::into_inner)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Option<Vec<Process>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps no processes from now on: those that it had kept.
    fn retire(&self) -> Vec<Process> {
        self.idle().take().unwrap_or_default()
    }

    /// Keeps a process for the next invocation. A retired function does not.
    fn put_back(&self, process: Process) -> Result<(), Process> {
        match &mut *self.idle() {
            Some(idle) => {
                idle.push(process);
                Ok(())
            }
            None => Err(process),
        }
    }

    /// A warm process that is still there and whose credentials last. The others that it comes across are ended.
    async fn take_idle(&self) -> Option<Process> {
        loop {
            let taken = self.idle().as_mut().and_then(Vec::pop);
            let mut process = taken?;
            if process.is_running() && !process.is_outdated() {
                return Some(process);
            }
            process.end().await;
        }
    }
}

fn checked_event(payload: Bytes) -> Result<Bytes, InvokeError> {
    if payload.len() > MAX_REQUEST_BYTES {
        return Err(InvokeError::RequestTooLarge {
            bytes: payload.len(),
        });
    }
    if payload.is_empty() {
        return Ok(Bytes::from_static(b"{}"));
    }
    match serde_json::from_slice::<IgnoredAny>(&payload) {
        Ok(_) => Ok(payload),
        Err(error) => Err(InvokeError::InvalidRequestContent {
            reason: error.to_string(),
        }),
    }
}

fn milliseconds_since_1970() -> u64 {
    // A clock before 1970 gives deadlines that have passed, nothing worse.
    let elapsed = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO);
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::HeaderValue;
use serde::de::IgnoredAny;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use crate::answer::{Answer, LATEST};
use crate::error::InvokeError;
use crate::log::{Labels, LogLine, LogStream};
use crate::process::{Ending, Process};
use crate::python::{self, Interpreter};
use crate::runtime_api::Invocation;
use crate::{FunctionSpec, HostOptions, MAX_REQUEST_BYTES};

/// How long [`FunctionHost::shut_down`] waits for running invocations of a function to notice.
const SHUT_DOWN_TIMEOUT: Duration = Duration::from_secs(5);

/// How long [`FunctionHost::shut_down`] lets asynchronous invocations go on.
const EVENTS_TIMEOUT: Duration = Duration::from_secs(30);

/// Runs declared functions. Give it up with [`shut_down`](Self::shut_down); dropping it kills its processes as well.
pub struct FunctionHost {
    options: HostOptions,
    functions: HashMap<String, Arc<Function>>,
    /// Interpreters by runtime; `None` is a runtime without one.
    interpreters: tokio::sync::Mutex<HashMap<String, Option<Interpreter>>>,
    is_shut_down: watch::Sender<bool>,
    /// Asynchronous invocations.
    events: Mutex<JoinSet<()>>,
    /// How many processes a function may have.
    slots: u16,
}

struct Function {
    spec: FunctionSpec,
    /// One permit for each process that may be at work.
    slots: Semaphore,
    /// Processes that wait for an invocation, the one used last at the end.
    idle: Mutex<Vec<Process>>,
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
    /// Version or alias; it appears in the function's ARN, the code is the same.
    pub qualifier: Option<String>,
}

impl FunctionHost {
    /// A host for the given functions. No process is started before the first invocation.
    pub fn new(options: HostOptions) -> Self {
        let slots = options.max_processes_per_function.max(1);
        let function = |spec: &FunctionSpec| Function {
            spec: spec.clone(),
            slots: Semaphore::new(slots.into()),
            idle: Mutex::default(),
        };
        let functions = options
            .specs
            .iter()
            .map(|spec| (spec.name.clone(), Arc::new(function(spec))))
            .collect();
        Self {
            options,
            functions,
            interpreters: tokio::sync::Mutex::default(),
            is_shut_down: watch::Sender::new(false),
            events: Mutex::default(),
            slots,
        }
    }

    /// Whether a function of this bare name is declared.
    pub fn has(&self, name: &str) -> bool {
        self.functions.contains_key(name)
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
        let Some(function) = self.functions.get(name) else {
            let version = options.qualifier.as_deref().unwrap_or("$LATEST");
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
        Ok(Accepted {
            function: Arc::clone(function),
            request_id: Uuid::new_v4().to_string().into(),
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
        for function in self.functions.values() {
            // All permits are free when no invocation runs. One whose future nobody polls cannot end; its process is
            // killed when that future is dropped.
            let nothing_runs = function.slots.acquire_many(self.slots.into());
            drop(timeout(SHUT_DOWN_TIMEOUT, nothing_runs).await);
            loop {
                let process = function.idle().pop();
                let Some(mut process) = process else { break };
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
        loop {
            let warm = function.take_idle().await;
            let is_warm = warm.is_some();
            let mut process = match warm {
                Some(process) => process,
                None => {
                    let mut process = self.start(function).await?;
                    match self.until_shut_down(process.initialize(limit)).await {
                        Ok(Ok(())) => process,
                        Ok(Err(failure)) => {
                            process.end().await;
                            return Ok(Answer::new(
                                request_id,
                                Duration::ZERO,
                                &function.spec,
                                Err(failure),
                            ));
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
            let started = Instant::now();
            let ending = self
                .until_shut_down(process.invoke(invocation, started + limit))
                .await;
            let duration = started.elapsed();
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
            match &result {
                Err(failure) if !failure.leaves_process_usable() => process.end().await,
                _ => function.idle().push(process),
            }
            return Ok(Answer::new(request_id, duration, &function.spec, result));
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

    async fn start(&self, function: &Function) -> Result<Process, InvokeError> {
        let spec = &function.spec;
        let interpreter = self.interpreter(spec).await?;
        let code_dir = tokio::fs::canonicalize(&spec.code_dir)
            .await
            .map_err(|source| InvokeError::CodeNotFound {
                function: spec.name.clone(),
                path: spec.code_dir.clone(),
                source,
            })?;
        let common = (self.options.common_environment)().await;
        let common = common.map_err(|reason| InvokeError::Environment {
            function: spec.name.clone(),
            reason,
        })?;
        let environment = self.environment(&common.variables, spec, &code_dir, &interpreter);
        let labels = Labels::new(spec.name.as_str().into(), Arc::clone(&self.options.log));
        let started =
            Process::start(&interpreter.executable, &code_dir, &environment, labels).await;
        let mut process = started.map_err(|source| InvokeError::Start {
            function: spec.name.clone(),
            source,
        })?;
        process.replace_after = common.replace_after;
        Ok(process)
    }

    async fn interpreter(&self, spec: &FunctionSpec) -> Result<Interpreter, InvokeError> {
        let Some(minor) = python::minor_version(&spec.runtime) else {
            return Err(InvokeError::UnsupportedRuntime {
                function: spec.name.clone(),
                runtime: spec.runtime.clone(),
            });
        };
        let mut interpreters = self.interpreters.lock().await;
        let found = match interpreters.get(&spec.runtime) {
            Some(found) => found.clone(),
            None => {
                let found = python::find(minor, &self.options.search_path).await;
                if let Some(warning) = found
                    .as_ref()
                    .and_then(|python| python.warning(&spec.runtime))
                {
                    (self.options.log)(LogLine {
                        function: spec.name.as_str().into(),
                        request_id: None,
                        stream: LogStream::Host,
                        text: warning,
                    });
                }
                interpreters.insert(spec.runtime.clone(), found.clone());
                found
            }
        };
        found.ok_or_else(|| InvokeError::InterpreterNotFound {
            function: spec.name.clone(),
            runtime: spec.runtime.clone(),
            search_path: self.options.search_path.to_string_lossy().into_owned(),
        })
    }

    /// Everything that a process has in its environment, apart from the address of its Runtime API (Lambda developer
    /// guide, "Using Lambda environment variables", for the names; the paths are those of this machine).
    fn environment(
        &self,
        common: &BTreeMap<String, String>,
        spec: &FunctionSpec,
        code_dir: &Path,
        interpreter: &Interpreter,
    ) -> BTreeMap<OsString, OsString> {
        let mut environment: BTreeMap<OsString, OsString> = BTreeMap::new();
        let mut set = |name: &str, value: OsString| drop(environment.insert(name.into(), value));
        set("PATH", self.options.search_path.clone());
        // Nothing of the user's home is a function's business, above all not the credentials in it.
        set("HOME", "/nonexistent".into());
        set("AWS_CONFIG_FILE", "/dev/null".into());
        set("AWS_SHARED_CREDENTIALS_FILE", "/dev/null".into());
        set("AWS_EC2_METADATA_DISABLED", "true".into());
        set("PYTHONUSERBASE", interpreter.user_base.clone().into());
        set("LANG", "en_US.UTF-8".into());
        set("PYTHONUTF8", "1".into());
        // The code may be a folder under version control.
        set("PYTHONDONTWRITEBYTECODE", "1".into());
        set("TZ", ":UTC".into());
        for (name, value) in common.iter().chain(&spec.environment) {
            set(name, value.into());
        }
        set("_HANDLER", spec.handler.clone().into());
        set("LAMBDA_TASK_ROOT", PathBuf::from(code_dir).into());
        set(
            "AWS_EXECUTION_ENV",
            format!("AWS_Lambda_{}", spec.runtime).into(),
        );
        set("AWS_LAMBDA_FUNCTION_NAME", spec.name.clone().into());
        set("AWS_LAMBDA_FUNCTION_VERSION", LATEST.into());
        set(
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
            spec.memory_mib.to_string().into(),
        );
        set("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".into());
        set(
            "AWS_LAMBDA_LOG_GROUP_NAME",
            format!("/aws/lambda/{}", spec.name).into(),
        );
        let day = jiff::Timestamp::now().strftime("%Y/%m/%d");
        set(
            "AWS_LAMBDA_LOG_STREAM_NAME",
            format!("{day}/[{LATEST}]{}", Uuid::new_v4().simple()).into(),
        );
        environment
    }
}

impl Function {
    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Process>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A warm process that is still there and whose credentials last. The others that it comes across are ended.
    async fn take_idle(&self) -> Option<Process> {
        loop {
            let taken = self.idle().pop();
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

//! Runs Lambda functions as local processes through the Lambda Runtime API.
//!
//! A [`FunctionHost`] holds declared functions. [`FunctionHost::invoke`] hands an event to a process of the function and
//! answers as Lambda's `Invoke` does: the handler's result, or an error object with the name that Lambda gives it. A
//! process takes one invocation at a time and is kept warm for the next one; parallel invocations start more processes.
//!
//! This is no sandbox: a function runs with the rights of the user who runs Stepwright. Its environment is built from
//! nothing ([`HostOptions::common_environment`] and its own variables), so it cannot pick up credentials by accident.
//! `memory_mib` is told to the function and not enforced. Each process has its Runtime API at a port of its own on the
//! loopback address, without authentication, as on Lambda; there any user of this machine can take the process's events
//! and answer them. Functions therefore do not belong on a machine whose other users are not trusted.
//!
//! Functions end with their host, also when it is killed: each process watches a connection to its Runtime API and ends its
//! process group when that is cut.

mod answer;
mod error;
mod host;
mod log;
mod name;
mod process;
mod python;
mod runtime_api;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::SystemTime;

pub use answer::Answer;
pub use error::InvokeError;
pub use host::{FunctionHost, InvokeOptions};
pub use log::{LogLine, LogSink, LogStream};
pub use name::FunctionName;

/// Largest event of a synchronous invocation, in bytes (Lambda quota "Invocation payload", 6 MB).
pub const MAX_REQUEST_BYTES: usize = 6 * 1024 * 1024;

/// Largest result of a function, in bytes: the number that Lambda's own error message names.
pub const MAX_RESPONSE_BYTES: usize = 6_291_556;

/// A function as a template declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionSpec {
    /// Its name, as in `FunctionName` of `Invoke`.
    pub name: String,
    /// Lambda's identifier of the runtime, such as `python3.12`.
    pub runtime: String,
    /// `module.function`; a folder is separated by `/` or `.`.
    pub handler: String,
    /// The folder that would be the deployment package.
    pub code_dir: PathBuf,
    /// Variables of the function itself. They win over those of the host.
    pub environment: BTreeMap<String, String>,
    /// Real seconds that one invocation may take.
    pub timeout_seconds: u32,
    /// What the function is told about its memory, in MiB.
    pub memory_mib: u32,
}

impl FunctionSpec {
    /// A function with Lambda's defaults: three seconds, 128 MiB, no variables.
    pub fn new(name: &str, runtime: &str, handler: &str, code_dir: impl Into<PathBuf>) -> Self {
        Self {
            name: name.to_owned(),
            runtime: runtime.to_owned(),
            handler: handler.to_owned(),
            code_dir: code_dir.into(),
            environment: BTreeMap::new(),
            timeout_seconds: 3,
            memory_mib: 128,
        }
    }
}

/// Variables of every function, for one process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommonEnvironment {
    /// Endpoint, region and credentials of the run. Nothing else of the caller's environment reaches a function.
    pub variables: BTreeMap<String, String>,
    /// The credentials among them end soon after this: the process gets no invocation from then on, a new one does.
    pub replace_after: Option<SystemTime>,
}

/// The future of an [`EnvironmentSource`]: the environment, or why there is none.
pub type EnvironmentFuture =
    Pin<Box<dyn Future<Output = Result<CommonEnvironment, String>> + Send>>;

/// Asked for the environment at each start of a process, since credentials do not last as long as a run.
pub type EnvironmentSource = Arc<dyn Fn() -> EnvironmentFuture + Send + Sync>;

/// A source of variables that never change.
pub fn fixed_environment(variables: BTreeMap<String, String>) -> EnvironmentSource {
    let environment = CommonEnvironment {
        variables,
        replace_after: None,
    };
    Arc::new(move || {
        let environment = environment.clone();
        Box::pin(async { Ok(environment) })
    })
}

/// What a [`FunctionHost`] needs to know.
#[derive(Clone)]
pub struct HostOptions {
    /// The functions, by unique names (the last one of a name counts).
    pub specs: Vec<FunctionSpec>,
    /// Variables of every function. Its own ones win over them.
    pub common_environment: EnvironmentSource,
    /// Where interpreters are looked for and what functions get as `PATH`.
    pub search_path: OsString,
    /// Twelve digits, for function ARNs.
    pub account_id: String,
    /// For function ARNs; the variables `AWS_REGION` and `AWS_DEFAULT_REGION` belong
    /// into `common_environment`.
    pub region: String,
    /// How many processes one function may have at once; further invocations wait their turn. Zero counts as one.
    pub max_processes_per_function: u16,
    /// Receives every line that functions print.
    pub log: LogSink,
}

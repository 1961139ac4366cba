//! Runs Lambda functions as local processes through the Lambda Runtime API.
//!
//! A [`FunctionHost`] holds declared functions. [`FunctionHost::invoke`] hands an event to a process of the function and
//! answers as Lambda's `Invoke` does: the handler's result, or an error object with the name that Lambda gives it. A
//! process takes one invocation at a time and is kept warm for the next one; parallel invocations start more processes.
//!
//! Runtimes: `python3.x` and `nodejs*.x` by the interpreters of this machine, the nearest version if need be, and
//! `provided*` by the `bootstrap` of the code. What `sam build` left is run if the code has not changed since; else packages
//! that the code declares (`requirements.txt`, `package.json`) and the AWS SDKs that Lambda has are installed once, into
//! [`HostOptions::cache_dir`], when they are not there already.
//!
//! This is no sandbox: a function runs with the rights of the user who runs Stepwright. Its environment is built from
//! nothing ([`HostOptions::common_environment`] and its own variables), so it cannot pick up credentials by accident; only
//! installers (pip, npm) have the user's. Each process has a `TMPDIR` of its own; `/tmp` is that of the machine. Each
//! process has its Runtime API at a port of its own on the loopback address, without authentication, as on Lambda; there
//! any user of this machine can take the process's events and answer them. Functions therefore do not belong on a machine
//! whose other users are not trusted.
//!
//! Time, the sizes of events and results, and memory are limited. Memory is looked at every tenth of a second, on Linux
//! alone, with an allowance of 32 MiB and at least 128 MiB; elsewhere only the heap of Node.js is limited. So are processes,
//! threads, open files and the size of files, there alone too. Processor time and the network are not.
//!
//! Functions end with their host, also when it is killed: a guard in each process group waits for that, and ends the group.

mod answer;
mod code;
mod confinement;
mod environment;
mod error;
mod files;
mod group;
mod host;
mod installation;
mod interpreter;
mod launch;
mod log;
mod memory;
mod name;
mod packages;
mod process;
mod provided;
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
pub use host::{FunctionHost, InvokeOptions, Retired};
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
    /// `$LATEST`, or the number of a published version. Name and version together are unique.
    pub version: String,
    /// Lambda's identifier of the runtime, such as `python3.12`, `nodejs22.x` or `provided.al2023`.
    pub runtime: String,
    /// `module.function`; a folder is separated by `/`, in Python also by `.`. Passed on to a `bootstrap` as it is.
    pub handler: String,
    /// The deployment package.
    pub code: Code,
    /// Where `sam build` leaves the deployment package. It is run instead of the code if it is not older, or if the code
    /// alone has no handler.
    pub built_dir: Option<PathBuf>,
    /// The folders of layers, in the order in which they are declared.
    pub layers: Vec<PathBuf>,
    /// Variables of the function itself. They win over those of the host.
    pub environment: BTreeMap<String, String>,
    /// Real seconds that one invocation may take.
    pub timeout_seconds: u32,
    /// Memory of one process and its children, in MiB.
    pub memory_mib: u32,
    /// What one process may write, in MiB: a single file, and all that is in its `TMPDIR`.
    pub storage_mib: u32,
    /// What people should know about the declaration; told once, when the function is first started.
    pub warnings: Vec<String>,
}

/// Where a function's code is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Code {
    /// A folder.
    Folder(PathBuf),
    /// A text: `index.py` or `index.js`, as CloudFormation names it.
    Inline(String),
}

impl FunctionSpec {
    /// A function with Lambda's defaults: three seconds, 128 MiB of memory, 512 MiB of storage, no variables.
    pub fn new(name: &str, runtime: &str, handler: &str, code_dir: impl Into<PathBuf>) -> Self {
        Self {
            name: name.to_owned(),
            version: answer::LATEST.to_owned(),
            runtime: runtime.to_owned(),
            handler: handler.to_owned(),
            code: Code::Folder(code_dir.into()),
            built_dir: None,
            layers: Vec::new(),
            environment: BTreeMap::new(),
            timeout_seconds: 3,
            memory_mib: 128,
            storage_mib: 512,
            warnings: Vec::new(),
        }
    }
}

/// Variables of every function, for one process. It is not to be printed.
#[derive(Clone, Default)]
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
    /// The functions (the last one of a name and version counts). More can be [`put`](FunctionHost::put) later.
    pub specs: Vec<FunctionSpec>,
    /// Variables of every function. Its own ones win over them.
    pub common_environment: EnvironmentSource,
    /// Where interpreters and installers are looked for and what functions get as `PATH`.
    pub search_path: OsString,
    /// Where packages are installed, to be kept between runs. `None`: a function whose packages are missing fails.
    pub cache_dir: Option<PathBuf>,
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

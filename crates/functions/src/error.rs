use std::io;
use std::path::PathBuf;

/// Why an invocation never reached the function. What the function itself does wrong is an
/// [`Answer`](crate::Answer) with a `function_error`.
#[derive(Debug, thiserror::Error)]
pub enum InvokeError {
    /// No function of this name is declared.
    #[error("Function not found: {arn}")]
    FunctionNotFound {
        /// The ARN that the function would have.
        arn: String,
    },
    /// The event is larger than [`MAX_REQUEST_BYTES`](crate::MAX_REQUEST_BYTES).
    #[error(
        "Request must be smaller than {} bytes for the InvokeFunction operation",
        crate::MAX_REQUEST_BYTES
    )]
    RequestTooLarge {
        /// Size of the event.
        bytes: usize,
    },
    /// The event or the client context is not JSON.
    #[error("Could not parse request body into json: {reason}")]
    InvalidRequestContent {
        /// What the parser says.
        reason: String,
    },
    /// Functions of this runtime cannot run here.
    #[error(
        "function {function} needs runtime {runtime}, which cannot run locally (python3.x, nodejs*.x, provided, provided.al2 and \
         provided.al2023 can)"
    )]
    UnsupportedRuntime {
        /// The function's name.
        function: String,
        /// Its runtime, as declared.
        runtime: String,
    },
    /// The runtime is supported, but its interpreter is not on this machine.
    #[error("function {function} ({runtime}) needs {requirement} in {search_path}")]
    InterpreterNotFound {
        /// The function's name.
        function: String,
        /// Its runtime, as declared.
        runtime: String,
        /// What it needs, and what there is not.
        requirement: &'static str,
        /// Where it was looked for.
        search_path: String,
    },
    /// Code of a template that is no Python and no JavaScript.
    #[error("function {function} has its code in the template, which runtime {runtime} cannot run")]
    InlineCode {
        /// The function's name.
        function: String,
        /// Its runtime, as declared.
        runtime: String,
    },
    /// Packages that the function declares or the AWS SDK could not be installed. The next invocation tries again.
    #[error("function {function} cannot be started: {reason}")]
    Packages {
        /// The function's name.
        function: String,
        /// What the installer says.
        reason: String,
    },
    /// The folder with the function's code is not there.
    #[error("the code of function {function} cannot be read at {}: {source}", path.display())]
    CodeNotFound {
        /// The function's name.
        function: String,
        /// The declared folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There are no variables for the function's process: credentials could not be had.
    #[error("function {function} cannot be started: {reason}")]
    Environment {
        /// The function's name.
        function: String,
        /// What the source of the environment says.
        reason: String,
    },
    /// The system did not start the process, or its Runtime API.
    #[error("function {function} cannot be started: {source}")]
    Start {
        /// The function's name.
        function: String,
        /// What the system says.
        source: io::Error,
    },
    /// The host was shut down before the function answered.
    #[error("the local functions were shut down")]
    ShutDown,
}

impl InvokeError {
    /// The name under which Lambda reports this (API reference, `Invoke`, Errors; an event that is too large comes back as
    /// `RequestEntityTooLargeException`, although the model says `RequestTooLargeException`).
    pub fn code(&self) -> &'static str {
        match self {
            Self::FunctionNotFound { .. } => "ResourceNotFoundException",
            Self::RequestTooLarge { .. } => "RequestEntityTooLargeException",
            Self::InvalidRequestContent { .. } => "InvalidRequestContentException",
            Self::UnsupportedRuntime { .. } | Self::InterpreterNotFound { .. } => {
                "InvalidRuntimeException"
            }
            Self::CodeNotFound { .. } | Self::InlineCode { .. } => "InvalidZipFileException",
            Self::Environment { .. }
            | Self::Packages { .. }
            | Self::Start { .. }
            | Self::ShutDown => "ServiceException",
        }
    }

    /// The HTTP status that belongs to [`code`](Self::code).
    pub fn status_code(&self) -> u16 {
        match self {
            Self::FunctionNotFound { .. } => 404,
            Self::RequestTooLarge { .. } => 413,
            Self::InvalidRequestContent { .. } => 400,
            Self::UnsupportedRuntime { .. }
            | Self::InterpreterNotFound { .. }
            | Self::InlineCode { .. }
            | Self::CodeNotFound { .. } => 502,
            Self::Environment { .. }
            | Self::Packages { .. }
            | Self::Start { .. }
            | Self::ShutDown => 500,
        }
    }
}

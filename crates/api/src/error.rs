//! What the API refuses, one variant an error code of AWS, in AWS's words where they are known.

use serde_json::{Map, Value};

/// An error answer. `Display` is its `message`.
///
/// Codes: the exceptions of the `stepfunctions` model (those of KMS aside, which is never called) and the ones that every AWS
/// service shares.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("Activity already exists. EncryptionConfiguration may not be updated.")]
    ActivityAlreadyExists,
    /// The activity's ARN.
    #[error("Activity Does Not Exist: '{0}'")]
    ActivityDoesNotExist(String),
    #[error("{0}")]
    ActivityLimitExceeded(String),
    #[error("{0}")]
    ActivityWorkerLimitExceeded(String),
    #[error("{0}")]
    ConflictException(String),
    /// The execution's ARN.
    #[error("Execution Already Exists: '{0}'")]
    ExecutionAlreadyExists(String),
    /// The execution's ARN.
    #[error("Execution Does Not Exist: '{0}'")]
    ExecutionDoesNotExist(String),
    #[error("{0}")]
    ExecutionLimitExceeded(String),
    #[error("{0}")]
    ExecutionNotRedrivable(String),
    /// What is wrong with the ARN.
    #[error("Invalid Arn: '{0}'")]
    InvalidArn(String),
    /// The ARN; AWS's code is `InvalidArn`.
    #[error("Invalid Role Arn: '{0}'")]
    InvalidRoleArn(String),
    /// What is wrong with the definition.
    #[error("Invalid State Machine Definition: '{0}'")]
    InvalidDefinition(String),
    #[error("Invalid Encryption Configuration: {0}")]
    InvalidEncryptionConfiguration(String),
    /// What is wrong with the input.
    #[error("Invalid State Machine Execution Input: '{0}'")]
    InvalidExecutionInput(String),
    #[error("Invalid Logging Configuration: {0}")]
    InvalidLoggingConfiguration(String),
    /// The name.
    #[error("Invalid Name: '{0}'")]
    InvalidName(String),
    /// What is wrong with the output.
    #[error("Invalid Output: '{0}'")]
    InvalidOutput(String),
    /// A task token or a page token.
    #[error("Invalid Token: '{0}'")]
    InvalidToken(String),
    #[error("Invalid Tracing Configuration: {0}")]
    InvalidTracingConfiguration(String),
    #[error("{0}")]
    MissingRequiredParameter(String),
    /// `resource_name` becomes the member `resourceName`.
    #[error("{message}")]
    ResourceNotFound {
        message: String,
        resource_name: Option<String>,
    },
    #[error("{0}")]
    ServiceQuotaExceededException(String),
    /// The state machine's ARN.
    #[error("State Machine Already Exists: '{0}'")]
    StateMachineAlreadyExists(String),
    /// The state machine's ARN.
    #[error("State Machine is being deleted: '{0}'")]
    StateMachineDeleting(String),
    /// The ARN that was asked for.
    #[error("State Machine Does Not Exist: '{0}'")]
    StateMachineDoesNotExist(String),
    #[error("{0}")]
    StateMachineLimitExceeded(String),
    #[error("This operation is not supported by this type of state machine")]
    StateMachineTypeNotSupported,
    /// Its code is that of an invalid definition.
    #[error(
        "TestState API does not support Map or Parallel states. Supported state types include: [Task, Wait, Pass, Succeed, Fail, Choice]"
    )]
    TestStateTypeNotSupported,
    #[error("Task does not exist: '{0}'")]
    TaskDoesNotExist(String),
    #[error("Task Timed Out: '{0}'")]
    TaskTimedOut(String),
    #[error("{message}")]
    TooManyTags {
        message: String,
        resource_name: String,
    },
    #[error("{message}")]
    ValidationException {
        message: String,
        reason: Option<Reason>,
    },

    /// The body is no JSON, or a member has another type than the model says.
    #[error("{0}")]
    SerializationException(String),
    /// There is no such operation.
    #[error("The requested operation is not recognized by the service.")]
    UnknownOperationException,
    #[error("{0}")]
    ThrottlingException(String),
    /// The store cannot write now: try again.
    #[error("{0}")]
    ServiceUnavailable(String),
    #[error("{0}")]
    InternalFailure(String),
}

/// `ValidationExceptionReason`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    ApiDoesNotSupportLabeledArns,
    MissingRequiredParameter,
    CannotUpdateCompletedMapRun,
    InvalidRoutingConfiguration,
}

impl Reason {
    fn name(self) -> &'static str {
        match self {
            Reason::ApiDoesNotSupportLabeledArns => "API_DOES_NOT_SUPPORT_LABELED_ARNS",
            Reason::MissingRequiredParameter => "MISSING_REQUIRED_PARAMETER",
            Reason::CannotUpdateCompletedMapRun => "CANNOT_UPDATE_COMPLETED_MAP_RUN",
            Reason::InvalidRoutingConfiguration => "INVALID_ROUTING_CONFIGURATION",
        }
    }
}

impl Error {
    /// A `ValidationException` without a reason.
    pub fn validation(message: impl Into<String>) -> Error {
        Error::ValidationException {
            message: message.into(),
            reason: None,
        }
    }

    /// A page token that is none, is of another request, or has expired.
    pub(crate) fn invalid_page_token() -> Error {
        Error::InvalidToken("Invalid token".to_owned())
    }

    /// Of an ARN that names nothing.
    pub(crate) fn resource_not_found(arn: &str) -> Error {
        Error::ResourceNotFound {
            message: format!("Resource not found: '{arn}'"),
            resource_name: Some(arn.to_owned()),
        }
    }

    /// `__type`.
    pub fn code(&self) -> &'static str {
        match self {
            Error::ActivityAlreadyExists => "ActivityAlreadyExists",
            Error::ActivityDoesNotExist(_) => "ActivityDoesNotExist",
            Error::ActivityLimitExceeded(_) => "ActivityLimitExceeded",
            Error::ActivityWorkerLimitExceeded(_) => "ActivityWorkerLimitExceeded",
            Error::ConflictException(_) => "ConflictException",
            Error::ExecutionAlreadyExists(_) => "ExecutionAlreadyExists",
            Error::ExecutionDoesNotExist(_) => "ExecutionDoesNotExist",
            Error::ExecutionLimitExceeded(_) => "ExecutionLimitExceeded",
            Error::ExecutionNotRedrivable(_) => "ExecutionNotRedrivable",
            Error::InvalidArn(_) | Error::InvalidRoleArn(_) => "InvalidArn",
            Error::InvalidDefinition(_) | Error::TestStateTypeNotSupported => "InvalidDefinition",
            Error::InvalidEncryptionConfiguration(_) => "InvalidEncryptionConfiguration",
            Error::InvalidExecutionInput(_) => "InvalidExecutionInput",
            Error::InvalidLoggingConfiguration(_) => "InvalidLoggingConfiguration",
            Error::InvalidName(_) => "InvalidName",
            Error::InvalidOutput(_) => "InvalidOutput",
            Error::InvalidToken(_) => "InvalidToken",
            Error::InvalidTracingConfiguration(_) => "InvalidTracingConfiguration",
            Error::MissingRequiredParameter(_) => "MissingRequiredParameter",
            Error::ResourceNotFound { .. } => "ResourceNotFound",
            Error::ServiceQuotaExceededException(_) => "ServiceQuotaExceededException",
            Error::StateMachineAlreadyExists(_) => "StateMachineAlreadyExists",
            Error::StateMachineDeleting(_) => "StateMachineDeleting",
            Error::StateMachineDoesNotExist(_) => "StateMachineDoesNotExist",
            Error::StateMachineLimitExceeded(_) => "StateMachineLimitExceeded",
            Error::StateMachineTypeNotSupported => "StateMachineTypeNotSupported",
            Error::TaskDoesNotExist(_) => "TaskDoesNotExist",
            Error::TaskTimedOut(_) => "TaskTimedOut",
            Error::TooManyTags { .. } => "TooManyTags",
            Error::ValidationException { .. } => "ValidationException",
            Error::SerializationException(_) => "SerializationException",
            Error::UnknownOperationException => "UnknownOperationException",
            Error::ThrottlingException(_) => "ThrottlingException",
            Error::ServiceUnavailable(_) => "ServiceUnavailable",
            Error::InternalFailure(_) => "InternalFailure",
        }
    }

    /// The HTTP status. The model gives none, so all are 400, but for those whose documentation names one.
    pub fn status(&self) -> u16 {
        match self {
            Error::ServiceQuotaExceededException(_) => 402,
            Error::ConflictException(_) => 409,
            Error::InternalFailure(_) => 500,
            Error::ServiceUnavailable(_) => 503,
            _ => 400,
        }
    }

    /// The answer's JSON text.
    pub fn body(&self) -> String {
        let mut members = Map::new();
        members.insert("__type".to_owned(), self.code().into());
        members.insert("message".to_owned(), self.to_string().into());
        let extra = match self {
            Error::ResourceNotFound {
                resource_name: Some(name),
                ..
            }
            | Error::TooManyTags {
                resource_name: name,
                ..
            } => Some(("resourceName", name.as_str())),
            Error::ValidationException {
                reason: Some(reason),
                ..
            } => Some(("reason", reason.name())),
            _ => None,
        };
        if let Some((name, value)) = extra {
            members.insert(name.to_owned(), value.into());
        }
        Value::Object(members).to_string()
    }
}

impl From<store::Error> for Error {
    /// What the caller is told: whether trying again may help. What was wrong is the operator's business and goes to the log.
    fn from(error: store::Error) -> Error {
        match error {
            store::Error::Conflict(_) => Error::ConflictException(
                "The resource was changed by another request. Try again.".to_owned(),
            ),
            store::Error::Unavailable(_) | store::Error::Fenced => Error::ServiceUnavailable(
                "The service cannot store this now. Try again.".to_owned(),
            ),
            store::Error::Corrupt(_) => {
                Error::InternalFailure("Stored data is damaged. See the server's log.".to_owned())
            }
            store::Error::Indeterminate(_) => Error::InternalFailure(
                "It is not known whether this request was carried out.".to_owned(),
            ),
        }
    }
}

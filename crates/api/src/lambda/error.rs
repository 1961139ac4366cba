//! What the Lambda API refuses, in AWS's words where they are known.

use serde_json::{Map, Value};

use crate::wire::ServiceError;

pub(super) fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::new("InvalidParameterValueException", 400, message)
}

/// What Lambda has and this server does not.
pub(super) fn unsupported(what: &str) -> ServiceError {
    invalid(format!("{what} on this server"))
}

pub(super) fn not_found(message: impl Into<String>) -> ServiceError {
    ServiceError::new("ResourceNotFoundException", 404, message)
}

pub(super) fn function_not_found(arn: &str) -> ServiceError {
    not_found(format!("Function not found: {arn}"))
}

pub(super) fn alias_not_found(arn: &str) -> ServiceError {
    not_found(format!("Cannot find alias arn: {arn}"))
}

pub(super) fn conflict(message: impl Into<String>) -> ServiceError {
    ServiceError::new("ResourceConflictException", 409, message)
}

/// `kind`: what has the revision.
pub(super) fn revision_differs(kind: &str) -> ServiceError {
    let message = format!(
        "The RevisionId provided does not match the latest RevisionId for the {kind}. Call the GetFunction or the GetAlias API \
         to retrieve the latest RevisionId for your resource."
    );
    ServiceError::new("PreconditionFailedException", 412, message)
}

pub(super) fn throttled() -> ServiceError {
    ServiceError {
        members: Map::from_iter([
            ("Type".to_owned(), Value::from("User")),
            (
                "Reason".to_owned(),
                Value::from("ReservedFunctionConcurrentInvocationLimitExceeded"),
            ),
        ]),
        ..ServiceError::new("TooManyRequestsException", 429, "Rate Exceeded.")
    }
}

pub(super) fn request_too_large(limit: usize, operation: &str) -> ServiceError {
    // The model says RequestTooLargeException; this is what Lambda sends.
    let message =
        format!("Request must be smaller than {limit} bytes for the {operation} operation");
    ServiceError::new("RequestEntityTooLargeException", 413, message)
}

pub(super) fn internal(message: impl Into<String>) -> ServiceError {
    ServiceError::new("ServiceException", 500, message)
}

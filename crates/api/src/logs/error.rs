//! Errors of CloudWatch Logs, as its model names them.

use std::path::Path;

use crate::wire::ServiceError;

pub fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::new("InvalidParameterException", 400, message)
}

pub fn no_group() -> ServiceError {
    not_found("The specified log group does not exist.")
}

pub fn no_stream() -> ServiceError {
    not_found("The specified log stream does not exist.")
}

fn not_found(message: &str) -> ServiceError {
    ServiceError::new("ResourceNotFoundException", 400, message)
}

pub fn exists(what: &str) -> ServiceError {
    let message = format!("The specified log {what} already exists");
    ServiceError::new("ResourceAlreadyExistsException", 400, message)
}

pub fn protected(group: &str) -> ServiceError {
    let message = format!("The log group {group} is protected against deletion.");
    ServiceError::new("ValidationException", 400, message)
}

pub fn not_served(operation: &str) -> ServiceError {
    let message =
        format!("Stepwright has no logs:{operation}. Its documentation lists what it has of logs.");
    ServiceError::new("UnknownOperationException", 400, message)
}

pub fn unavailable(message: impl std::fmt::Display) -> ServiceError {
    ServiceError::new("ServiceUnavailableException", 500, message.to_string())
}

pub fn io(folder: &Path, failure: &std::io::Error) -> ServiceError {
    unavailable(format!("the logs in {}: {failure}", folder.display()))
}

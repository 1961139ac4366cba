//! What `events` refuses, in AWS's words where they are known.

use crate::wire::ServiceError;

pub(super) fn validation(message: impl Into<String>) -> ServiceError {
    ServiceError::new("ValidationException", 400, message)
}

pub(super) fn not_found(message: impl Into<String>) -> ServiceError {
    ServiceError::new("ResourceNotFoundException", 400, message)
}

pub(super) fn already_exists(message: impl Into<String>) -> ServiceError {
    ServiceError::new("ResourceAlreadyExistsException", 400, message)
}

pub(super) fn limit_exceeded() -> ServiceError {
    ServiceError::new(
        "LimitExceededException",
        400,
        "The requested resource exceeds the maximum number allowed.",
    )
}

/// `reason`: of the pattern's parser.
pub(super) fn invalid_pattern(message: impl Into<String>) -> ServiceError {
    ServiceError::new("InvalidEventPatternException", 400, message)
}

pub(super) fn internal(message: impl Into<String>) -> ServiceError {
    ServiceError::new("InternalException", 500, message)
}

/// What EventBridge has and this server has not.
pub(super) fn not_here(what: &str) -> ServiceError {
    validation(format!(
        "{what} are not supported by this server. It has event buses, rules, targets, connections and API destinations."
    ))
}

pub(super) fn no_bus(name: &str) -> ServiceError {
    not_found(format!("Event bus {name} does not exist."))
}

pub(super) fn no_rule(rule: &str, bus: &str) -> ServiceError {
    not_found(format!("Rule {rule} does not exist on EventBus {bus}."))
}

pub(super) fn no_connection(name: &str) -> ServiceError {
    not_found(format!(
        "Failed to describe the connection(s). Connection '{name}' does not exist."
    ))
}

pub(super) fn no_api_destination(name: &str) -> ServiceError {
    not_found(format!(
        "Failed to describe the api-destination(s). An api-destination '{name}' does not exist."
    ))
}

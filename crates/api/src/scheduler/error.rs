//! Errors of the Scheduler, as its model names them.

use crate::wire::ServiceError;

/// Texts are AWS's where they are known: EventBridge Scheduler's answers as people quote them.
pub fn validation(message: impl Into<String>) -> ServiceError {
    ServiceError::new("ValidationException", 400, message)
}

pub fn conflict(message: impl Into<String>) -> ServiceError {
    ServiceError::new("ConflictException", 409, message)
}

pub fn no_schedule(name: &str) -> ServiceError {
    not_found(format!("Schedule {name} does not exist."))
}

pub fn no_group(name: &str) -> ServiceError {
    not_found(format!("Schedule group {name} does not exist."))
}

fn not_found(message: String) -> ServiceError {
    ServiceError::new("ResourceNotFoundException", 404, message)
}

pub fn internal(message: impl std::fmt::Display) -> ServiceError {
    ServiceError::new("InternalServerException", 500, message.to_string())
}

//! What IAM refuses, in its words.

use crate::wire::ServiceError;

fn no_such_entity(message: String) -> ServiceError {
    ServiceError::new("NoSuchEntity", 404, message)
}

pub fn no_such_role(name: &str) -> ServiceError {
    no_such_entity(format!("The role with name {name} cannot be found."))
}

pub fn no_such_role_policy(name: &str) -> ServiceError {
    no_such_entity(format!("The role policy with name {name} cannot be found."))
}

pub fn no_such_policy(arn: &str) -> ServiceError {
    no_such_entity(format!("Policy {arn} was not found."))
}

pub fn not_attachable(arn: &str) -> ServiceError {
    no_such_entity(format!("Policy {arn} does not exist or is not attachable."))
}

pub fn no_such_version(arn: &str, version: &str) -> ServiceError {
    no_such_entity(format!(
        "Policy {arn} version {version} does not exist or is not attachable."
    ))
}

/// Of one of AWS's own policies.
pub fn no_document(arn: &str) -> ServiceError {
    no_such_entity(format!(
        "Policy {arn} is AWS's own: Stepwright knows its name and not its document."
    ))
}

pub fn role_exists(name: &str) -> ServiceError {
    let message = format!("Role with name {name} already exists.");
    ServiceError::new("EntityAlreadyExists", 409, message)
}

pub fn policy_exists(name: &str) -> ServiceError {
    let message =
        format!("A policy called {name} already exists. Duplicate names are not allowed.");
    ServiceError::new("EntityAlreadyExists", 409, message)
}

pub fn delete_conflict(message: &str) -> ServiceError {
    ServiceError::new("DeleteConflict", 409, message)
}

pub fn limit_exceeded(message: &str) -> ServiceError {
    ServiceError::new("LimitExceeded", 409, message)
}

pub fn malformed(message: impl Into<String>) -> ServiceError {
    ServiceError::new("MalformedPolicyDocument", 400, message)
}

pub fn invalid_input(message: &str) -> ServiceError {
    ServiceError::new("InvalidInput", 400, message)
}

pub fn invalid_marker() -> ServiceError {
    ServiceError::new("ValidationError", 400, "Invalid Marker.")
}

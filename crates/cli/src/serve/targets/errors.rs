//! Why a target did not take a delivery, and whether it may take it later.

use api::delivery::{DeliveryError, Retry};
use api::wire::ServiceError;
use connectors::aws::ApiFailure;
use serde_json::Value;

/// Of Step Functions on this server.
pub fn of_api(error: &api::Error) -> DeliveryError {
    let retry = match error.status() {
        400..=499 if !is_passing(error.code()) => Retry::No,
        _ => Retry::Yes,
    };
    DeliveryError::new(retry, error.code(), error.to_string())
}

/// Of another service of this server.
pub fn of_service(error: ServiceError) -> DeliveryError {
    let retry = match error.status {
        400..=499 if !is_passing(&error.code) => Retry::No,
        _ => Retry::Yes,
    };
    DeliveryError::new(retry, error.code, error.message)
}

/// Of an API that was called.
pub fn of_call(failure: ApiFailure) -> DeliveryError {
    match failure {
        ApiFailure::Service { error, .. } => {
            let code = error.shape.or(error.code).unwrap_or_default();
            let code = match code.as_str() {
                "" => format!("HTTP {}", error.status),
                code => code.to_owned(),
            };
            let is_refusal = (400..500).contains(&error.status) && error.status != 429;
            let retry = match is_refusal && !is_passing(&code) {
                true => Retry::No,
                false => Retry::Yes,
            };
            DeliveryError::new(retry, code, error.message.unwrap_or_default())
        }
        ApiFailure::Client { message, .. } => {
            DeliveryError::new(Retry::Yes, "SdkClientException", message)
        }
        ApiFailure::Arguments(errors) => {
            DeliveryError::new(Retry::No, "ValidationException", errors.to_string())
        }
        ApiFailure::Unsupported(why) => DeliveryError::new(Retry::No, "ValidationException", why),
    }
}

/// Where AWS cannot be called, whoever is not here cannot be reached: a start with credentials goes on with it.
pub fn without_aws(failure: ApiFailure, why: &str) -> DeliveryError {
    match of_call(failure) {
        error if error.code == "SdkClientException" => {
            DeliveryError::new(Retry::Yes, error.code, why)
        }
        error => error,
    }
}

/// Refusals that another attempt may overcome: throttling, credentials and clocks.
fn is_passing(code: &str) -> bool {
    const PASSING: &[&str] = &[
        "Throttl",
        "TooManyRequests",
        "LimitExceeded",
        "RequestTimeout",
        "RequestTimeTooSkewed",
        "ExpiredToken",
        "ProvisionedThroughput",
        "SlowDown",
        "PriorRequestNotComplete",
        "TransactionInProgress",
        "ServiceUnavailable",
        "InternalFailure",
        "InternalError",
    ];
    PASSING.iter().any(|part| code.contains(part))
}

/// The first failure in an answer that may hold several: PutEvents, RunTask.
pub fn of_parts(answer: &Value) -> Option<DeliveryError> {
    let entries = answer["Entries"].as_array().into_iter().flatten();
    let failed = entries.filter_map(|entry| Some((entry["ErrorCode"].as_str()?, entry)));
    let failed = failed.map(|(code, entry)| (code, entry["ErrorMessage"].as_str()));
    let failures = answer["Failures"].as_array().into_iter().flatten();
    let failures = failures.filter_map(|failure| {
        let reason = failure["Reason"].as_str()?;
        Some((
            reason,
            failure["Detail"].as_str().or(failure["Arn"].as_str()),
        ))
    });
    let (code, message) = failed.chain(failures).next()?;
    // A cluster that has no room now may have it later.
    let is_short = code.starts_with("RESOURCE:") || code.contains("Capacity");
    let retry = match is_short || is_passing(code) {
        true => Retry::Yes,
        false => Retry::No,
    };
    Some(DeliveryError::new(retry, code, message.unwrap_or_default()))
}

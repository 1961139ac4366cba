//! Whether and when a request is sent again: the AWS SDKs' standard mode.

use std::time::Duration;

use service_models::{Operation, Shape};
use sha2::{Digest, Sha256};

use crate::protocol::ServiceError;

/// The first attempt included.
pub const MAX_ATTEMPTS: u32 = 3;
const MAX_BACKOFF: Duration = Duration::from_secs(20);

/// Error codes that ask for another attempt, whatever the service (AWS SDKs and Tools Reference Guide, "Retry behavior").
/// The operation may have been carried out all the same.
const TRANSIENT: &[&str] = &["RequestTimeout", "RequestTimeoutException", "InternalError"];
/// Those that say that it has not been begun.
const THROTTLING: &[&str] = &[
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];

/// Whether a service's error is worth another attempt. Behind a gateway's 504 the operation may have been carried out, so
/// what [`is_repeatable`] does not allow is only sent again when the service has turned it away.
pub fn is_retryable(operation: Operation, error: &ServiceError) -> bool {
    let code = error.code.as_deref().unwrap_or_default();
    let declared = operation.service().exception(code);
    let is_throttled = error.status == 429
        || THROTTLING.contains(&code)
        || declared.is_some_and(Shape::is_throttling);
    let is_transient = matches!(error.status, 500 | 502 | 503 | 504)
        || TRANSIENT.contains(&code)
        || declared.is_some_and(Shape::is_retryable);
    is_throttled || (is_transient && is_repeatable(operation))
}

/// Whether a request that may have arrived can be sent again without doing something twice: it reads, is idempotent, or
/// carries a token. The SDKs send others again, too; a second reboot is a worse surprise than an error that a Retry can
/// handle.
pub fn is_repeatable(operation: Operation) -> bool {
    let has_token = |input: Shape| input.members().any(|member| member.is_idempotency_token());
    operation.is_read() || operation.is_idempotent() || operation.input().is_some_and(has_token)
}

/// The pause after `attempt` (1 for the first): up to 2^(attempt-1) seconds, spread by `seed` so that calls that failed
/// together do not come back together.
pub fn backoff(attempt: u32, seed: &str) -> Duration {
    let digest = Sha256::digest(format!("{seed}:{attempt}"));
    let spread = f64::from(u16::from_be_bytes([digest[0], digest[1]])) / f64::from(u16::MAX);
    let ceiling = 2f64.powi(
        i32::try_from(attempt.saturating_sub(1))
            .unwrap_or(16)
            .min(16),
    );
    Duration::from_secs_f64(ceiling * spread).min(MAX_BACKOFF)
}

#[cfg(test)]
mod tests {
    use super::*;
    use service_models::catalog;

    #[test]
    fn pauses_grow_and_differ() {
        let all: Vec<Duration> = (0..50).map(|i| backoff(1, &format!("call {i}"))).collect();
        assert!(all.iter().all(|pause| *pause <= Duration::from_secs(1)));
        assert!(all.iter().any(|pause| *pause != all[0]));
        assert!((0..50).any(|i| backoff(2, &format!("call {i}")) > Duration::from_secs(1)));
        assert!(backoff(99, "x") <= MAX_BACKOFF);
        assert_eq!(backoff(1, "x"), backoff(1, "x"));
    }

    #[test]
    fn only_harmless_requests_are_repeatable() {
        let is = |service: &str, action: &str| {
            is_repeatable(
                catalog()
                    .service(service)
                    .unwrap()
                    .operation(action)
                    .unwrap(),
            )
        };
        assert!(is("ec2", "describeInstances"));
        assert!(is("ec2", "runInstances"), "has a client token");
        assert!(!is("ec2", "rebootInstances"));
        assert!(!is("sns", "publish"));
    }

    #[test]
    fn throttling_is_retried_and_trouble_where_it_is_harmless() {
        let ec2 = |action: &str| catalog().service("ec2").unwrap().operation(action).unwrap();
        let (write, read) = (ec2("rebootInstances"), ec2("describeInstances"));
        let error = |status: u16, code: &str| ServiceError {
            status,
            code: Some(code.to_owned()),
            shape: None,
            message: None,
            request_id: None,
            extended_request_id: None,
        };
        for (status, code) in [
            (400, "RequestLimitExceeded"),
            (503, "RequestLimitExceeded"),
            (429, ""),
        ] {
            assert!(is_retryable(write, &error(status, code)), "{status} {code}");
        }
        for (status, code) in [
            (500, "InternalError"),
            (502, ""),
            (503, "Unavailable"),
            (504, ""),
            (400, "RequestTimeout"),
        ] {
            assert!(
                !is_retryable(write, &error(status, code)),
                "{status} {code}"
            );
            assert!(is_retryable(read, &error(status, code)), "{status} {code}");
        }
        assert!(!is_retryable(
            read,
            &error(400, "InvalidInstanceID.NotFound")
        ));
    }
}

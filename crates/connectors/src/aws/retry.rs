//! Whether and when a request is sent again: the AWS SDKs' standard mode.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::HeaderMap;
use service_models::{Operation, Service, Shape};
use sha2::{Digest, Sha256};

use crate::protocol::ServiceError;

/// The first attempt included.
pub const DEFAULT_MAX_ATTEMPTS: u32 = 3;
const BUCKET_TOKENS: u32 = 500;
const RETRY_COST: u32 = 5;
const TIMEOUT_RETRY_COST: u32 = 10;
/// What a success without a retry gives back.
const SUCCESS_TOKENS: u32 = 1;
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

/// Another attempt that is worth it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    cost: u32,
    /// What the service asks to wait, instead of the client's own pause.
    pub pause: Option<Duration>,
}

impl Retry {
    /// After an answer with these headers.
    pub fn after(headers: &HeaderMap) -> Retry {
        let millis = headers
            .get("x-amz-retry-after")
            .and_then(|value| value.to_str().ok()?.parse().ok());
        Retry {
            cost: RETRY_COST,
            pause: millis.map(|millis| Duration::from_millis(millis).min(MAX_BACKOFF)),
        }
    }

    /// After an answer that told what to do otherwise.
    pub fn at_once() -> Retry {
        Retry {
            cost: RETRY_COST,
            pause: Some(Duration::ZERO),
        }
    }

    /// After no answer.
    pub fn after_silence(is_timeout: bool) -> Retry {
        Retry {
            cost: if is_timeout {
                TIMEOUT_RETRY_COST
            } else {
                RETRY_COST
            },
            pause: None,
        }
    }
}

/// One bucket of tokens a service. Retries take from it, successes refill it: while a service is out of order its calls
/// fail at their first error instead of adding to its load, whatever the number of calls under way.
#[derive(Debug, Default)]
pub struct TokenBuckets {
    /// By the service's name.
    tokens: Mutex<HashMap<&'static str, u32>>,
}

impl TokenBuckets {
    /// Pays for a retry; false when there is too little left.
    pub fn take(&self, service: &Service, retry: Retry) -> bool {
        let mut all = self.lock();
        let tokens = all.entry(service.boto_name()).or_insert(BUCKET_TOKENS);
        match tokens.checked_sub(retry.cost) {
            Some(left) => *tokens = left,
            None => return false,
        }
        true
    }

    /// After a success: what its last retry cost comes back.
    pub fn refill(&self, service: &Service, last: Option<Retry>) {
        // Most services never take a token: their bucket is full and not there.
        if let Some(tokens) = self.lock().get_mut(service.boto_name()) {
            let back = last.map_or(SUCCESS_TOKENS, |retry| retry.cost);
            *tokens = tokens.saturating_add(back).min(BUCKET_TOKENS);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<&'static str, u32>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

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
    fn a_bucket_pays_for_a_hundred_retries_in_a_row() {
        let buckets = TokenBuckets::default();
        let service = |name| catalog().service(name).unwrap();
        let (ec2, retry) = (service("ec2"), Retry::after_silence(false));
        buckets.refill(ec2, None);
        for _ in 0..100 {
            assert!(buckets.take(ec2, retry));
        }
        assert!(!buckets.take(ec2, retry));
        assert!(buckets.take(service("ssm"), retry), "its own bucket");
        for _ in 0..5 {
            assert!(!buckets.take(ec2, retry));
            buckets.refill(ec2, None);
        }
        assert!(buckets.take(ec2, retry), "five successes pay for one");
        buckets.refill(ec2, Some(Retry::after_silence(true)));
        assert!(buckets.take(ec2, Retry::after_silence(true)));
        assert!(!buckets.take(ec2, retry));
    }

    #[test]
    fn a_service_may_name_the_pause() {
        let pause = |text: &str| {
            let name = http::HeaderName::from_static("x-amz-retry-after");
            Retry::after(&HeaderMap::from_iter([(name, text.parse().unwrap())])).pause
        };
        assert_eq!(pause("1500"), Some(Duration::from_millis(1500)));
        assert_eq!(pause("99999999"), Some(MAX_BACKOFF));
        for nonsense in ["-1", "soon", "99999999999999999999999"] {
            assert_eq!(pause(nonsense), None);
        }
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

//! How long a delivery waits for its next attempt: pure.

use sha2::{Digest, Sha256};

use super::{Delivery, DeliveryError, Options, Origin, Retry};

const FIRST_MILLIS: i64 = 1_000;
const LONG_MILLIS: i64 = 60_000;
/// 185 pauses of about it last for the 24 hours that EventBridge tries.
pub const LONGEST_MILLIS: i64 = 480_000;

/// When the next attempt of a delivery is due that has just failed; none when it is given up.
pub fn next_attempt_millis(
    delivery: &Delivery,
    error: &DeliveryError,
    now_millis: i64,
    options: &Options,
) -> Option<i64> {
    let has_attempts = delivery.attempts - delivery.turned_away < delivery.max_attempts;
    if error.retry == Retry::No || !has_attempts || now_millis >= delivery.not_after_millis {
        return None;
    }
    let pause = match (&delivery.origin, error.retry) {
        (Origin::Invocation { .. }, Retry::Yes) => {
            let failed = delivery.attempts - delivery.turned_away;
            let pause = i64::try_from(options.function_pause.as_millis()).unwrap_or(LONG_MILLIS);
            pause * i64::from(failed.max(1))
        }
        _ => backoff(delivery),
    };
    Some((now_millis + pause).min(delivery.not_after_millis))
}

/// Doubles from a second up to a minute, or up to what lets the attempts last for the time that there is; a part of it is left to chance,
/// made of the id, so that what failed together does not come back together.
fn backoff(delivery: &Delivery) -> i64 {
    let time = delivery.not_after_millis - delivery.created_millis;
    let longest =
        (time / i64::from(delivery.max_attempts.max(1))).clamp(LONG_MILLIS, LONGEST_MILLIS);
    let doublings = delivery.attempts.saturating_sub(1).min(16);
    let pause = (FIRST_MILLIS << doublings).min(longest);
    let digest = Sha256::digest(format!("{}:{}", delivery.id, delivery.attempts));
    let chance = i64::from(u16::from_be_bytes([digest[0], digest[1]]));
    pause * 3 / 4 + pause * chance / i64::from(u16::MAX) / 4
}

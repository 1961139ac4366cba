//! Tells others what was committed: metrics, log, EventBridge, CloudWatch Logs, traces. All of it is best effort after the commit.

pub mod client;
pub mod execution_logs;
pub mod observer;
pub mod outbox;
pub mod status_events;
pub mod traces;

use jiff::Timestamp;

/// `2023-05-04T10:00:00.123Z`; the first moment there is for what is out of range.
fn iso(millis: i64) -> String {
    let time = Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH);
    format!("{time:.3}")
}

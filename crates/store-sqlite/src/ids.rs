//! Numbers that rows are found by.

use store::{Kind, ListedStatus};

/// Frames and events of one execution have numbers below this: 16,777,216. What is left of 63 bits, 39, numbers executions:
/// 5,000 a second for 3.5 years, or more where some are removed at the end.
pub(crate) const NUMBERS: u64 = 1 << 24;

/// The row of an execution's frame or segment.
pub(crate) fn numbered(execution: i64, number: u64) -> i64 {
    debug_assert!(number < NUMBERS);
    (execution << 24) | number as i64
}

/// What [`numbered`] put in.
pub(crate) fn number(row: i64) -> u64 {
    (row as u64) & (NUMBERS - 1)
}

/// SQLite's integers have a sign: the same bits, for numbers that never come near it.
pub(crate) fn signed(number: u64) -> i64 {
    number as i64
}

/// What [`signed`] was given.
pub(crate) fn unsigned(number: i64) -> u64 {
    number as u64
}

pub(crate) const KINDS: [Kind; 2] = [Kind::Standard, Kind::Express];

/// In the order of their numbers, which stand in files: only append.
pub(crate) const STATUSES: [ListedStatus; 6] = [
    ListedStatus::Running,
    ListedStatus::Succeeded,
    ListedStatus::Failed,
    ListedStatus::TimedOut,
    ListedStatus::Aborted,
    ListedStatus::PendingRedrive,
];

pub(crate) fn kind_number(kind: Kind) -> i64 {
    match kind {
        Kind::Standard => 0,
        Kind::Express => 1,
    }
}

pub(crate) fn status_number(status: ListedStatus) -> i64 {
    match status {
        ListedStatus::Running => 0,
        ListedStatus::Succeeded => 1,
        ListedStatus::Failed => 2,
        ListedStatus::TimedOut => 3,
        ListedStatus::Aborted => 4,
        ListedStatus::PendingRedrive => 5,
    }
}

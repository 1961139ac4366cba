//! What the service counts, since it was opened.

use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stats {
    /// Events that came to a bus.
    pub events: u64,
    /// Status changes of executions that no rule saw: there were too many at once, or the store failed.
    pub status_changes_missed: u64,
}

#[derive(Default)]
pub(super) struct Counts {
    events: AtomicU64,
    status_changes_missed: AtomicU64,
}

impl Counts {
    pub fn event(&self) {
        self.events.fetch_add(1, Ordering::Relaxed);
    }

    pub fn status_changes_missed(&self, number: u64) {
        self.status_changes_missed
            .fetch_add(number, Ordering::Relaxed);
    }

    pub fn stats(&self) -> Stats {
        Stats {
            events: self.events.load(Ordering::Relaxed),
            status_changes_missed: self.status_changes_missed.load(Ordering::Relaxed),
        }
    }
}

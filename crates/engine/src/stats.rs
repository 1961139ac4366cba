//! Cheap counters of what an engine does.

use std::sync::atomic::{AtomicU64, Ordering};

/// An engine's figures at one moment, over all shards.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Messages that wait for a shard.
    pub queued: u64,
    /// Executions that have not ended.
    pub open_executions: u64,
    /// Calls whose answers are awaited.
    pub open_calls: u64,
    /// Executions in memory, and what they take, roughly.
    pub resident_executions: u64,
    pub resident_bytes: u64,
    /// Executions that a timer will wake.
    pub timers: u64,
    /// Executions whose latest steps could not be committed or read, and are tried again.
    pub delayed_executions: u64,
    /// Activities' tasks that no worker has taken, and workers that wait for one.
    pub activity_tasks: u64,
    pub activity_pollers: u64,
    /// Since the engine was opened: states entered, as AWS counts transitions.
    pub transitions: u64,
    pub commits: u64,
    pub units: u64,
    pub failed_commits: u64,
}

/// One shard's counters.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub queued: AtomicU64,
    pub open_executions: AtomicU64,
    pub open_calls: AtomicU64,
    pub resident_executions: AtomicU64,
    pub resident_bytes: AtomicU64,
    pub timers: AtomicU64,
    pub delayed_executions: AtomicU64,
    pub transitions: AtomicU64,
    pub commits: AtomicU64,
    pub units: AtomicU64,
    pub failed_commits: AtomicU64,
}

pub(crate) fn add(counter: &AtomicU64, count: usize) {
    counter.fetch_add(count as u64, Ordering::Relaxed);
}

pub(crate) fn set(counter: &AtomicU64, count: usize) {
    counter.store(count as u64, Ordering::Relaxed);
}

pub(crate) fn take(counter: &AtomicU64) {
    // Never below nothing, whatever the order in which others count.
    let _ = counter.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| {
        Some(count.saturating_sub(1))
    });
}

impl Stats {
    pub(crate) fn add(&mut self, counters: &Counters) {
        let Counters {
            queued,
            open_executions,
            open_calls,
            resident_executions,
            resident_bytes,
            timers,
            delayed_executions,
            transitions,
            commits,
            units,
            failed_commits,
        } = counters;
        for (sum, counter) in [
            (&mut self.queued, queued),
            (&mut self.open_executions, open_executions),
            (&mut self.open_calls, open_calls),
            (&mut self.resident_executions, resident_executions),
            (&mut self.resident_bytes, resident_bytes),
            (&mut self.timers, timers),
            (&mut self.delayed_executions, delayed_executions),
            (&mut self.transitions, transitions),
            (&mut self.commits, commits),
            (&mut self.units, units),
            (&mut self.failed_commits, failed_commits),
        ] {
            *sum += counter.load(Ordering::Relaxed);
        }
    }
}

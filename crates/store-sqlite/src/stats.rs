//! Figures about the store, for metrics.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A look at the store's figures. Counts are of this process.
#[derive(Debug, Clone, PartialEq)]
pub struct Stats {
    pub file_bytes: u64,
    pub wal_bytes: u64,
    /// Durable transactions.
    pub commits: u64,
    /// Units, writes of documents and removals that they held.
    pub units: u64,
    /// From the begin of a transaction to the end of its sync.
    pub commit_seconds: Histogram,
    pub units_per_commit: Histogram,
    /// Commits and writes that wait for the writer.
    pub queue_depth: u64,
    pub checkpoints: u64,
    pub checkpoint_seconds: Histogram,
    /// Why the last checkpoint failed; what it would have written back still stands in the WAL.
    pub checkpoint_error: Option<String>,
    /// Why nothing is accepted at present.
    pub refusing: Option<String>,
}

/// As Prometheus has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    /// Upper bounds, and how many were at most that; what is above the last is only in `count`.
    pub buckets: Vec<(f64, u64)>,
    pub count: u64,
    pub sum: f64,
}

const SECONDS: [f64; 12] = [
    0.000_1, 0.000_2, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2.0,
];
const UNITS: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 512.0, 2048.0];

/// What threads count together.
#[derive(Debug)]
pub(crate) struct Counters {
    waiting: AtomicU64,
    commits: AtomicU64,
    units: AtomicU64,
    changing: Mutex<Changing>,
}

#[derive(Debug)]
struct Changing {
    commit_seconds: Histogram,
    units_per_commit: Histogram,
    checkpoint_seconds: Histogram,
    checkpoint_error: Option<String>,
    refusing: Option<String>,
}

impl Counters {
    pub(crate) fn new() -> Counters {
        Counters {
            waiting: AtomicU64::new(0),
            commits: AtomicU64::new(0),
            units: AtomicU64::new(0),
            changing: Mutex::new(Changing {
                commit_seconds: Histogram::new(&SECONDS),
                units_per_commit: Histogram::new(&UNITS),
                checkpoint_seconds: Histogram::new(&SECONDS),
                checkpoint_error: None,
                refusing: None,
            }),
        }
    }

    pub(crate) fn asked(&self) {
        self.waiting.fetch_add(1, Relaxed);
    }

    pub(crate) fn took(&self, jobs: u64) {
        self.waiting.fetch_sub(jobs, Relaxed);
    }

    pub(crate) fn committed(&self, took: Duration, units: usize) {
        self.commits.fetch_add(1, Relaxed);
        self.units.fetch_add(units as u64, Relaxed);
        let mut changing = self.changing();
        changing.commit_seconds.add(took.as_secs_f64());
        changing.units_per_commit.add(units as f64);
    }

    pub(crate) fn checkpointed(&self, took: Duration, error: Option<String>) {
        let mut changing = self.changing();
        changing.checkpoint_seconds.add(took.as_secs_f64());
        changing.checkpoint_error = error;
    }

    pub(crate) fn refuse(&self, why: Option<String>) {
        self.changing().refusing = why;
    }

    pub(crate) fn stats(&self, file_bytes: u64, wal_bytes: u64) -> Stats {
        let changing = self.changing();
        Stats {
            file_bytes,
            wal_bytes,
            commits: self.commits.load(Relaxed),
            units: self.units.load(Relaxed),
            commit_seconds: changing.commit_seconds.clone(),
            units_per_commit: changing.units_per_commit.clone(),
            queue_depth: self.waiting.load(Relaxed),
            checkpoints: changing.checkpoint_seconds.count,
            checkpoint_seconds: changing.checkpoint_seconds.clone(),
            checkpoint_error: changing.checkpoint_error.clone(),
            refusing: changing.refusing.clone(),
        }
    }

    fn changing(&self) -> std::sync::MutexGuard<'_, Changing> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Histogram {
    fn new(bounds: &[f64]) -> Histogram {
        Histogram {
            buckets: bounds.iter().map(|bound| (*bound, 0)).collect(),
            count: 0,
            sum: 0.0,
        }
    }

    fn add(&mut self, value: f64) {
        for (_, count) in self.buckets.iter_mut().filter(|(bound, _)| value <= *bound) {
            *count += 1;
        }
        self.count += 1;
        self.sum += value;
    }
}

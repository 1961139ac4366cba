//! Times, and a line of the table.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// Rounds of which the fastest counts: what the work costs when nothing else has the processor.
pub const ROUNDS: usize = 15;

/// The time of one call in the fastest round of `calls` calls; neither `prepare` nor dropping what `work` answers counts.
pub fn fastest<T, R>(
    calls: usize,
    mut prepare: impl FnMut() -> T,
    mut work: impl FnMut(T) -> R,
) -> Duration {
    let times = (0..ROUNDS).map(|_| {
        let prepared: Vec<T> = (0..calls).map(|_| prepare()).collect();
        let mut kept = Vec::with_capacity(calls);
        let begun = Instant::now();
        for one in prepared {
            kept.push(black_box(work(one)));
        }
        begun.elapsed()
    });
    times.min().unwrap_or_default() / u32::try_from(calls).unwrap_or(u32::MAX)
}

pub struct Line {
    pub name: &'static str,
    pub measured: String,
    pub baseline: String,
    pub target: String,
    /// None: told for information only, or not measured.
    pub holds: Option<bool>,
}

impl Line {
    pub fn print(&self) {
        let verdict = match self.holds {
            Some(true) => "ok",
            Some(false) => "MISSED",
            None => "-",
        };
        println!(
            "{:<52} {:<34} {:<46} {:<26} {verdict}",
            self.name, self.measured, self.baseline, self.target
        );
    }

    pub fn is_missed(&self) -> bool {
        self.holds == Some(false)
    }
}

pub fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

//! Many clients at once, and what their calls took.

use std::time::{Duration, Instant};

use harness::CallError;

/// What each call took, sorted, and all of them together.
pub struct Times {
    sorted: Vec<Duration>,
    pub total: Duration,
}

impl Times {
    pub fn millis(&self, percentile: usize) -> f64 {
        let index = self.sorted.len() * percentile / 100;
        let last = self.sorted.len().saturating_sub(1);
        let time = self.sorted.get(index.min(last)).copied();
        time.unwrap_or_default().as_secs_f64() * 1e3
    }

    pub fn per_second(&self) -> f64 {
        self.sorted.len() as f64 / self.total.as_secs_f64()
    }
}

/// `count` calls by `clients` threads, each with what `connect` makes for it.
pub fn load<C: Send>(
    clients: usize,
    count: usize,
    connect: impl Fn(usize) -> C,
    work: impl Fn(&mut C, usize) -> Result<(), CallError> + Sync,
) -> Result<Times, CallError> {
    let connected: Vec<C> = (0..clients).map(&connect).collect();
    let work = &work;
    let begun = Instant::now();
    let times = std::thread::scope(|scope| {
        let threads: Vec<_> = connected
            .into_iter()
            .enumerate()
            .map(|(first, mut client)| {
                scope.spawn(move || {
                    let mut times = Vec::new();
                    for index in (first..count).step_by(clients) {
                        let begun = Instant::now();
                        work(&mut client, index)?;
                        times.push(begun.elapsed());
                    }
                    Ok(times)
                })
            })
            .collect();
        let joined = threads
            .into_iter()
            .map(|thread| thread.join().expect("a client does not panic"));
        joined.collect::<Result<Vec<_>, CallError>>()
    })?;
    let total = begun.elapsed();
    let mut sorted: Vec<Duration> = times.into_iter().flatten().collect();
    sorted.sort_unstable();
    Ok(Times { sorted, total })
}

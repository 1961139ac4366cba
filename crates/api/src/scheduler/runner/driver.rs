//! Lets the runner run: its timer, and the executions that it waits for.

use std::sync::Arc;
use std::time::{Duration, Instant};

use store::ListedStatus;

use super::{Inner, Runner, Shared, lock};
use crate::table::Transaction;

/// A wait is cut into pieces of this length, while there is something to wait for: the machine's clock may be set, and time passes while it
/// sleeps.
const LOOK_AT_THE_CLOCK: Duration = Duration::from_secs(10);
/// After the store failed.
const TRY_AGAIN: Duration = Duration::from_secs(1);
/// The clock may differ by this much from the time that has passed, before it counts as set.
const TOLERANCE_MILLIS: i64 = 2_000;

/// What the runner asks about executions that deliveries have started. It must not be called by an engine's thread.
pub trait Executions: Send + Sync {
    /// How it is. None: it is not on this server (any more).
    ///
    /// # Errors
    /// The store's.
    fn status(&self, execution: &str) -> Result<Option<ListedStatus>, store::Error>;

    /// Calls `told` when it has ended, or is not there. May be called once without cause: the runner looks again.
    fn when_ended(&self, execution: &Arc<str>, told: Box<dyn FnOnce() + Send>);

    /// Stops it, for an occurrence that is to take its place.
    fn stop(&self, execution: &Arc<str>, schedule: &Arc<str>);
}

impl Runner {
    /// Begins to fire, on this asynchronous runtime. Once, when everything that has a timetable was put.
    pub fn run(&self, executions: Arc<dyn Executions>) {
        let shared = self.0.clone();
        if shared.executions.set(executions).is_ok() {
            *lock(&self.0.driver) = Some(tokio::spawn(drive(shared)));
        }
    }

    /// Fires nothing more, and waits for what is being written. It lets go of everything that it watches: owners hold it, too.
    pub async fn shut_down(&self) {
        self.0.stop.send_replace(true);
        let driver = lock(&self.0.driver).take();
        if let Some(driver) = driver {
            // It panicked: the hook of the standard library has told.
            let _ = driver.await;
        }
        let mut inner = self.0.lock();
        inner.entries.clear();
        inner.due.clear();
    }
}

async fn drive(shared: Arc<Shared>) {
    let mut stop = shared.stop.subscribe();
    let mut clock = ClockWatch {
        wall_millis: (shared.now)(),
        monotonic: Instant::now(),
    };
    let tidying = shared.clone();
    let tidied = tokio::task::spawn_blocking(move || tidying.forget_what_is_gone()).await;
    if let Ok(Err(error)) = tidied {
        let report = &shared.report;
        report(format!(
            "schedules that are gone cannot be forgotten: {error}"
        ));
    }
    while !*stop.borrow() {
        let now = (shared.now)();
        if let Some(awake_since) = clock.look(now, Instant::now()) {
            let mut inner = shared.lock();
            inner.awake_since = match awake_since {
                Set::Forward => now,
                Set::Back => inner.awake_since.min(now),
            };
        }
        let working = shared.clone();
        let wait = match tokio::task::spawn_blocking(move || working.step()).await {
            Ok(Ok(None)) => None,
            Ok(Ok(Some(due))) => {
                let wait = u64::try_from(due.saturating_sub((shared.now)())).unwrap_or(0);
                Some(Duration::from_millis(wait).min(LOOK_AT_THE_CLOCK))
            }
            Ok(Err(error)) => {
                let report = &shared.report;
                report(format!(
                    "schedules cannot fire, and are tried again: {error}"
                ));
                Some(TRY_AGAIN)
            }
            Err(panicked) => {
                (shared.report)(format!("schedules cannot fire: {panicked}"));
                Some(TRY_AGAIN)
            }
        };
        let timer = async {
            match wait {
                Some(wait) => tokio::time::sleep(wait).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = timer => {}
            () = shared.wake.notified() => {}
            // An error says that the runner has gone.
            _ = stop.changed() => {}
        }
    }
}

/// Notices when the machine's clock was set, or time has passed while the machine slept.
struct ClockWatch {
    wall_millis: i64,
    /// Does not count while the machine sleeps.
    monotonic: Instant,
}

#[derive(Debug, PartialEq, Eq)]
enum Set {
    Forward,
    Back,
}

impl ClockWatch {
    fn look(&mut self, wall_millis: i64, monotonic: Instant) -> Option<Set> {
        let passed = monotonic.saturating_duration_since(self.monotonic);
        let passed = i64::try_from(passed.as_millis()).unwrap_or(i64::MAX);
        let drift = wall_millis
            .saturating_sub(self.wall_millis)
            .saturating_sub(passed);
        *self = ClockWatch {
            wall_millis,
            monotonic,
        };
        match drift {
            drift if drift > TOLERANCE_MILLIS => Some(Set::Forward),
            drift if drift < -TOLERANCE_MILLIS => Some(Set::Back),
            _ => None,
        }
    }
}

impl Shared {
    /// States of rules and schedules that were removed while nobody could forget them.
    fn forget_what_is_gone(&self) -> Result<(), store::Error> {
        let inner = self.lock();
        let mut transaction = Transaction::new(&self.store, None);
        for (arn, _) in self.states.all() {
            if !inner.entries.contains_key(&arn) {
                transaction.delete(&self.states, arn);
            }
        }
        match transaction.is_empty() {
            true => Ok(()),
            false => transaction.commit(),
        }
    }

    /// Has a schedule looked at again when an execution has ended.
    pub(super) fn wait_for(
        self: &Arc<Shared>,
        inner: &mut Inner,
        schedule: &Arc<str>,
        execution: Arc<str>,
        stops_it: bool,
    ) {
        let Some(executions) = self.executions.get() else {
            return;
        };
        let is_new = !inner.awaited.contains_key(&execution);
        let awaited = inner.awaited.entry(execution.clone()).or_default();
        awaited.schedules.insert(schedule.clone());
        if stops_it && !std::mem::replace(&mut awaited.is_stopped, true) {
            executions.stop(&execution, schedule);
        }
        if is_new {
            let (shared, ended) = (self.clone(), execution.clone());
            executions.when_ended(
                &execution,
                Box::new(move || {
                    lock(&shared.ended).push(ended);
                    shared.wake.notify_one();
                }),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_set_and_a_sleep_are_noticed() {
        let began = Instant::now();
        let mut clock = ClockWatch {
            wall_millis: 1_000_000,
            monotonic: began,
        };
        let mut look = |wall, seconds| clock.look(wall, began + Duration::from_secs(seconds));
        assert_eq!(look(1_010_000, 10), None);
        assert_eq!(look(1_021_500, 20), None, "slewed a little");
        assert_eq!(look(1_061_500, 30), Some(Set::Forward));
        assert_eq!(look(1_071_500, 40), None);
        assert_eq!(look(1_000_000, 41), Some(Set::Back));
        assert_eq!(look(1_001_000, 42), None);
    }
}

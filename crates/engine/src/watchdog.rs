//! Cancels a step whose expression runs away: limits of steps and size catch nearly all, this catches the rest.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use query::CancelFlag;

/// How often the watchdog looks.
const PATROL: Duration = Duration::from_millis(100);

pub(crate) struct Watchdog {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    step: Mutex<Option<(Instant, CancelFlag)>>,
    done: AtomicBool,
}

impl Watchdog {
    pub fn new(budget: Duration) -> Watchdog {
        let shared = Arc::new(Shared {
            step: Mutex::new(None),
            done: AtomicBool::new(false),
        });
        let watched = shared.clone();
        let thread = thread::Builder::new()
            .name("watchdog".into())
            .spawn(move || {
                while !watched.done.load(Ordering::Relaxed) {
                    if let Some((begun, flag)) =
                        &*watched.step.lock().unwrap_or_else(PoisonError::into_inner)
                        && begun.elapsed() > budget
                    {
                        flag.cancel();
                    }
                    thread::park_timeout(PATROL);
                }
            });
        Watchdog {
            shared,
            thread: thread.ok(),
        }
    }

    /// Runs a step under watch.
    pub fn watch<T>(&self, step: impl FnOnce(&CancelFlag) -> T) -> T {
        let flag = CancelFlag::new();
        let place = |value| {
            *self
                .shared
                .step
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = value
        };
        place(Some((Instant::now(), flag.clone())));
        let result = step(&flag);
        place(None);
        result
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.shared.done.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A panic of the watchdog has nothing left to lose here.
            drop(thread.join());
        }
    }
}

//! Ends slices that take long, and cancels an expression that runs away: limits of steps and size catch nearly all, this
//! catches the rest.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use interpreter::Interrupts;

/// How often the watchdog looks. A slice that takes longer yields after its transition, so that the budget is one transition's.
const PATROL: Duration = Duration::from_millis(100);

pub(crate) struct Watchdog {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    step: Mutex<Option<(Instant, Arc<Interrupts>)>>,
    done: AtomicBool,
}

impl Watchdog {
    pub fn new(budget: Duration) -> std::io::Result<Watchdog> {
        let shared = Arc::new(Shared {
            step: Mutex::new(None),
            done: AtomicBool::new(false),
        });
        let watched = shared.clone();
        let patrol = move || {
            while !watched.done.load(Ordering::Relaxed) {
                if let Some((begun, interrupts)) = &*watched.step() {
                    let elapsed = begun.elapsed();
                    if elapsed > PATROL {
                        interrupts.yield_now.store(true, Ordering::Relaxed);
                    }
                    if elapsed > budget {
                        interrupts.cancel.cancel();
                    }
                }
                thread::park_timeout(PATROL);
            }
        };
        let thread = thread::Builder::new()
            .name("watchdog".into())
            .spawn(patrol)?;
        Ok(Watchdog {
            shared,
            thread: Some(thread),
        })
    }

    /// Runs a step under watch.
    pub fn watch<T>(&self, step: impl FnOnce(&Interrupts) -> T) -> T {
        let interrupts = Arc::new(Interrupts::default());
        *self.shared.step() = Some((Instant::now(), interrupts.clone()));
        let result = step(&interrupts);
        *self.shared.step() = None;
        result
    }
}

impl Shared {
    fn step(&self) -> std::sync::MutexGuard<'_, Option<(Instant, Arc<Interrupts>)>> {
        self.step.lock().unwrap_or_else(PoisonError::into_inner)
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

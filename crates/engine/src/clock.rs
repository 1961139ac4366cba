//! The engine's clock: real; or virtual, which moves with real time and jumps over waits when told to; or standing still until
//! it is told to jump.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Copies show the same time.
#[derive(Debug, Clone)]
pub struct Clock {
    /// The latest time that was told: no answer is earlier.
    latest_millis: Arc<AtomicI64>,
    /// Milliseconds jumped over.
    skipped_millis: Arc<AtomicI64>,
    is_virtual: bool,
    stands_still: bool,
}

impl Clock {
    /// The machine's clock, which the engine follows forward (timers may be years long, and a machine may sleep) but never
    /// back.
    pub fn real() -> Clock {
        Clock {
            latest_millis: Arc::new(AtomicI64::new(i64::MIN)),
            skipped_millis: Arc::default(),
            is_virtual: false,
            stands_still: false,
        }
    }

    /// Starts now; waits cost nothing.
    pub fn virtual_time() -> Clock {
        Clock {
            is_virtual: true,
            ..Clock::real()
        }
    }

    /// Moves only by [`jump_to`](Clock::jump_to): for simulations.
    pub fn standing_still(at_millis: i64) -> Clock {
        Clock {
            skipped_millis: Arc::new(AtomicI64::new(at_millis)),
            stands_still: true,
            ..Clock::real()
        }
    }

    pub fn now_millis(&self) -> i64 {
        let real = if self.stands_still {
            0
        } else {
            let since_epoch = SystemTime::now()
                .duration_since(UNIX_EPOCH)
                // A clock before 1970 is wrong anyway.
                .unwrap_or(std::time::Duration::ZERO);
            i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
        };
        let now = real.saturating_add(self.skipped_millis.load(Ordering::Relaxed));
        self.latest_millis
            .fetch_max(now, Ordering::Relaxed)
            .max(now)
    }

    pub fn is_virtual(&self) -> bool {
        self.is_virtual
    }

    /// Jumps forward to a point in time.
    pub fn jump_to(&self, millis: i64) {
        let ahead = millis.saturating_sub(self.now_millis()).max(0);
        let add = |skipped: i64| Some(skipped.saturating_add(ahead));
        // The closure answers always, so the update always happens.
        let _ = self
            .skipped_millis
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
    }
}

//! The engine's clock: real, or virtual, which moves with real time and jumps over waits when told to.

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
}

impl Clock {
    /// The machine's clock, which the engine follows forward (timers may be years long, and a machine may sleep) but never
    /// back.
    pub fn real() -> Clock {
        Clock {
            latest_millis: Arc::new(AtomicI64::new(i64::MIN)),
            skipped_millis: Arc::default(),
            is_virtual: false,
        }
    }

    /// Starts now; waits cost nothing.
    pub fn virtual_time() -> Clock {
        Clock {
            is_virtual: true,
            ..Clock::real()
        }
    }

    pub fn now_millis(&self) -> i64 {
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            // A clock before 1970 is wrong anyway.
            .unwrap_or(std::time::Duration::ZERO);
        let real = i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX);
        let now = real.saturating_add(self.skipped_millis.load(Ordering::Relaxed));
        self.latest_millis
            .fetch_max(now, Ordering::Relaxed)
            .max(now)
    }

    pub fn is_virtual(&self) -> bool {
        self.is_virtual
    }

    /// Jumps forward to a point in time.
    pub(crate) fn jump_to(&self, millis: i64) {
        let ahead = millis.saturating_sub(self.now_millis()).max(0);
        let add = |skipped: i64| Some(skipped.saturating_add(ahead));
        // The closure answers always, so the update always happens.
        let _ = self
            .skipped_millis
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
    }
}

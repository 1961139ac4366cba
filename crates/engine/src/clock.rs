//! The driver's clock: real, or virtual, which moves with real time and jumps over waits when told to.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

#[derive(Debug, Clone)]
pub struct Clock {
    start_millis: i64,
    started: Instant,
    /// Milliseconds jumped over.
    skipped_millis: i64,
    is_virtual: bool,
}

impl Clock {
    /// The machine's clock. It never goes back: it is read once and then follows the monotonic one.
    pub fn real() -> Clock {
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            // A clock before 1970 is wrong anyway; time still passes.
            .unwrap_or(std::time::Duration::ZERO);
        let start_millis = i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX);
        Clock {
            start_millis,
            started: Instant::now(),
            skipped_millis: 0,
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
        let elapsed = i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX);
        self.start_millis
            .saturating_add(elapsed)
            .saturating_add(self.skipped_millis)
    }

    pub fn is_virtual(&self) -> bool {
        self.is_virtual
    }

    /// Jumps forward to a point in time.
    pub(crate) fn jump_to(&mut self, millis: i64) {
        let ahead = millis.saturating_sub(self.now_millis());
        self.skipped_millis = self.skipped_millis.saturating_add(ahead.max(0));
    }
}

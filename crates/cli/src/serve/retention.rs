//! Removes old executions, a few at a time, so that nobody waits for it.

use std::sync::Arc;
use std::time::Duration;

use api::ControlPlane;
use store::{Error, Store};

use super::logs::Log;

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;
/// One transaction's worth.
const BATCH: usize = 200;
const PAUSE: Duration = Duration::from_secs(60);

/// Works until it is dropped.
pub async fn run(store: Arc<dyn Store>, control: ControlPlane, days: u32, log: Arc<Log>) {
    loop {
        let now = jiff::Timestamp::now().as_millisecond();
        let (store, control) = (store.clone(), control.clone());
        let round = tokio::task::spawn_blocking(move || {
            let removed = remove_old(&*store, now, days)?;
            control.tidy(now)?;
            Ok::<_, Error>(removed)
        });
        match round.await {
            Ok(Ok(0)) => {}
            Ok(Ok(removed)) => log.info("old executions removed", &[("executions", &removed)]),
            Ok(Err(error)) => log.warning("old executions cannot be removed", &[("error", &error)]),
            Err(error) => log.error("old executions cannot be removed", &[("error", &error)]),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Removes what ended more than `days` ago, nothing when that is 0; the number of executions.
fn remove_old(store: &dyn Store, now_millis: i64, days: u32) -> Result<usize, Error> {
    if days == 0 {
        return Ok(0);
    }
    let before = now_millis.saturating_sub(i64::from(days) * DAY_MILLIS);
    let mut all = 0;
    loop {
        let removed = store.remove_ended_before(before, BATCH)?;
        all += removed;
        if removed < BATCH {
            return Ok(all);
        }
    }
}

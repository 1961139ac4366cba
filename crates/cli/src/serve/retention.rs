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

#[cfg(test)]
mod tests {
    use super::*;
    use engine::{Answer, Calls, Committed, Engine, Observer, Options, Ports, StartExecution};
    use interpreter::{Call, CallKey, Identity};
    use query::Payload;
    use states_language::ParseOptions;
    use states_language::source::Source;
    use store::{ExecutionId, MemoryStore};

    /// A Pass calls nobody, and nobody looks.
    struct Nobody;

    impl Calls for Nobody {
        fn begin(&self, _: &ExecutionId, _: Box<Call>, _: Answer) {}

        fn abandon(&self, _: &ExecutionId, _: CallKey) {}
    }

    impl Observer for Nobody {
        fn committed(&self, _: &Committed<'_>) {}

        fn lost(&self, execution: &ExecutionId, error: &Error) {
            panic!("{execution}: {error}");
        }
    }

    #[test]
    fn what_ended_long_ago_is_removed() {
        let text = r#"{"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}"#;
        let parsed = states_language::parse(&Source::new("m", text), &ParseOptions::default());
        let machine = parsed.machine.unwrap();
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let ports = Ports {
            calls: Arc::new(Nobody),
            machines: Arc::new(machine.clone()),
            observer: Arc::new(Nobody),
        };
        let engine = Engine::open(store.clone(), ports, Options::default()).unwrap();
        let (ended, ends) = std::sync::mpsc::channel();
        // More than one batch.
        for i in 0..BATCH + 1 {
            let identity = Identity {
                execution_arn: format!("arn:{i}").into(),
                execution_name: i.to_string().into(),
                state_machine_arn: "arn:m".into(),
                state_machine_name: "m".into(),
                role_arn: "arn:r".into(),
                region: "us-east-1".into(),
                seed: 0,
                child_of: None,
            };
            let start = StartExecution::new(machine.clone(), identity, Payload::null());
            let ended = ended.clone();
            engine.start_sync(
                start,
                Box::new(move |end| ended.send(end.unwrap()).unwrap()),
            );
        }
        drop(ended);
        let last = ends.iter().map(|end| end.stop_millis).max().unwrap();
        let after = |days: i64| last + days * DAY_MILLIS;
        assert_eq!(remove_old(&*store, after(1000), 0).unwrap(), 0, "for ever");
        assert_eq!(remove_old(&*store, after(89), 90).unwrap(), 0);
        assert_eq!(remove_old(&*store, after(90) + 1, 90).unwrap(), BATCH + 1);
        assert!(store.summary(&"arn:0".into()).unwrap().is_none());
    }
}

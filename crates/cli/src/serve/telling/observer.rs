//! Sees every commit, on a shard's thread: counts, and hands on what others are to be told.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use engine::{Committed, Observer};
use interpreter::Status;
use interpreter::event::Detail;
use store::{Error, ExecutionId, Listing};
use tokio::sync::Notify;

use super::execution_logs::{self, LogEvent, Logging};
use super::outbox::Outbox;
use super::status_events::{self, StatusEvent};
use super::traces::Traced;
use crate::serve::extensions::Followers;
use crate::serve::logs::{Fields, Log, LogLevel};
use crate::serve::metrics::Metrics;

/// Finds out what is logged of an execution; it is asked at every commit, so it must not take long.
pub type FindLogging = Box<dyn Fn(&Listing) -> Option<Logging> + Send + Sync>;

pub struct Teller {
    pub metrics: Arc<Metrics>,
    pub log: Arc<Log>,
    /// The API's.
    pub hub: api::Hub,
    pub followers: Arc<Followers>,
    pub status_events: Option<Outbox<StatusEvent>>,
    pub log_events: (FindLogging, Outbox<LogEvent>),
    pub traces: Option<Outbox<Traced>>,
    /// A thread of the engine has come to its end.
    pub engine_ended: Notify,
    pub told_of_delay: Mutex<Option<Instant>>,
}

/// When the store fails all executions wait for it and try again: the log, perhaps on the same full disk, tells of one of them
/// in this time, the metric `stepwright_delayed_executions` of all.
const QUIET: Duration = Duration::from_secs(5);

impl Teller {
    /// Sends what waits, for a few seconds at most.
    pub async fn close(&self) {
        if let Some(events) = &self.status_events {
            events.close().await;
        }
        self.log_events.1.close().await;
        if let Some(traces) = &self.traces {
            traces.close().await;
        }
    }

    fn log_end(&self, committed: &Committed<'_>) {
        let status = committed.status.name();
        let failure = match committed.status {
            Status::Running => return,
            Status::Succeeded { .. } => None,
            Status::Failed(failure) | Status::TimedOut(failure) | Status::Aborted(failure) => {
                Some(failure)
            }
        };
        // The cause may hold data of the execution: it is in the history, for those who may read it.
        let error = failure
            .and_then(|failure| failure.error.as_deref())
            .unwrap_or("none");
        let fields: &[(&str, &dyn std::fmt::Display)] = &[
            ("execution", committed.execution),
            ("status", &status),
            ("error", &error),
        ];
        match failure {
            None => self.log.debug("execution ended", fields),
            Some(_) => self.log.info("execution ended", fields),
        }
    }
}

impl Observer for Teller {
    fn committed(&self, committed: &Committed<'_>) {
        self.hub.committed(committed);
        self.followers.committed(committed.execution);
        let mut entered = 0;
        for event in committed.events {
            match &event.detail {
                Detail::StateEntered { .. } => entered += 1,
                Detail::ExecutionStarted { .. } => {
                    self.metrics.execution_started();
                    if self.log.is_enabled(LogLevel::Debug) {
                        self.log
                            .debug("execution started", &[("execution", committed.execution)]);
                    }
                }
                Detail::ExecutionSucceeded { .. }
                | Detail::ExecutionFailed(_)
                | Detail::ExecutionTimedOut(_)
                | Detail::ExecutionAborted(_) => {
                    self.metrics.execution_ended(committed.status.name());
                    self.log_end(committed);
                }
                _ => {}
            }
        }
        self.metrics.transitions(entered);
        if let Some(outbox) = &self.status_events {
            status_events::of_commit(committed)
                .into_iter()
                .for_each(|event| outbox.put(event));
        }
        let (find, outbox) = &self.log_events;
        if let Some(logging) = find(committed.listing) {
            let events = execution_logs::of_commit(committed, &logging);
            events.into_iter().for_each(|event| outbox.put(event));
        }
        if let Some(outbox) = &self.traces {
            outbox.put(Traced::of(committed));
        }
    }

    fn changed(&self, execution: &ExecutionId) {
        self.followers.committed(execution);
    }

    fn lost(&self, execution: &ExecutionId, error: &Error) {
        self.log.error(
            "execution cannot go on",
            &[("execution", execution), ("error", error)],
        );
    }

    fn delayed(&self, execution: &ExecutionId, error: &Error) {
        let fields: Fields<'_> = &[("execution", execution), ("error", error)];
        let mut told = self
            .told_of_delay
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if told.is_none_or(|told| told.elapsed() >= QUIET) {
            *told = Some(Instant::now());
            self.log.warning("execution waits for the store", fields);
        } else {
            self.log.debug("execution waits for the store", fields);
        }
    }

    fn ended(&self) {
        self.engine_ended.notify_one();
    }
}

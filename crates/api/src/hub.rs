//! What happens to executions, told to whoever listens: EventBridge, logs, metrics, the console. Nobody who listens can hold up the
//! engine: who is too slow misses the oldest and is told how many.

use std::sync::Arc;

use engine::{Committed, Observer};
use interpreter::event::Detail;
use interpreter::{Event, Status};
use query::Payload;
use store::{Error, ExecutionId, Listing};
use tokio::sync::broadcast::{Receiver, Sender, channel};
use tokio::sync::watch;

use crate::express_ring::ExpressRing;

/// What a listener may be late by.
const CHANGES: usize = 8_192;
const STEPS: usize = 2_048;

/// An execution has started, was redriven, or has ended.
#[derive(Debug, Clone)]
pub struct StatusChange {
    pub execution: ExecutionId,
    /// As of the end of the commit, which may hold a start and the end.
    pub listing: Listing,
    pub input: Payload,
    /// The new one.
    pub status: Status,
    /// Milliseconds since 1970.
    pub at_millis: i64,
}

/// What was committed of one execution: its new events.
#[derive(Debug, Clone)]
pub struct CommittedStep {
    pub execution: ExecutionId,
    pub listing: Listing,
    pub events: Vec<Event>,
    pub status: Status,
    /// Milliseconds since 1970.
    pub at_millis: i64,
}

/// The engine's observer. Cloning is cheap; clones are the same hub.
#[derive(Debug, Clone)]
pub struct Hub {
    changes: Sender<Arc<StatusChange>>,
    steps: Sender<Arc<CommittedStep>>,
    waiting_tasks: watch::Sender<u64>,
    pub(crate) express: Arc<ExpressRing>,
}

impl Default for Hub {
    fn default() -> Hub {
        Hub {
            changes: channel(CHANGES).0,
            steps: channel(STEPS).0,
            waiting_tasks: watch::Sender::default(),
            express: Arc::default(),
        }
    }
}

impl Hub {
    /// Status changes from now on, in the order of their commits for each execution.
    pub fn status_changes(&self) -> Receiver<Arc<StatusChange>> {
        self.changes.subscribe()
    }

    /// All steps from now on, in the order of their commits for each execution. Costs a copy of every event while there is a
    /// receiver.
    pub fn steps(&self) -> Receiver<Arc<CommittedStep>> {
        self.steps.subscribe()
    }

    /// How often a Task began or ceased to wait for a worker or for whoever has its token, or may have.
    pub fn waiting_tasks(&self) -> watch::Receiver<u64> {
        self.waiting_tasks.subscribe()
    }

    fn tell_change(&self, committed: &Committed<'_>, status: &Status) {
        // Nobody listens any more: nobody misses it.
        drop(self.changes.send(Arc::new(StatusChange {
            execution: committed.execution.clone(),
            listing: committed.listing.clone(),
            input: committed.input.clone(),
            status: status.clone(),
            at_millis: committed.now_millis,
        })));
    }
}

impl Observer for Hub {
    fn committed(&self, committed: &Committed<'_>) {
        let has_ended = *committed.status != Status::Running;
        if has_ended {
            let (id, status) = (committed.execution, committed.status);
            self.express.ended(id, status, committed.now_millis);
        }
        if self.changes.receiver_count() > 0 {
            let begins = |event: &Event| {
                matches!(
                    event.detail,
                    Detail::ExecutionStarted { .. } | Detail::ExecutionRedriven { .. }
                )
            };
            if committed.events.iter().any(begins) {
                self.tell_change(committed, &Status::Running);
            }
            if has_ended {
                self.tell_change(committed, committed.status);
            }
        }
        let mut details = committed.events.iter().map(|event| &event.detail);
        if details.any(concerns_waiting_tasks) {
            self.waiting_tasks.send_modify(|count| *count += 1);
        }
        if self.steps.receiver_count() > 0 {
            drop(self.steps.send(Arc::new(CommittedStep {
                execution: committed.execution.clone(),
                listing: committed.listing.clone(),
                events: committed.events.to_vec(),
                status: committed.status.clone(),
                at_millis: committed.now_millis,
            })));
        }
    }

    /// The server's log tells.
    fn lost(&self, _: &ExecutionId, _: &Error) {}
}

fn concerns_waiting_tasks(detail: &Detail) -> bool {
    match detail {
        Detail::ActivityScheduled { .. }
        | Detail::ActivityStarted { .. }
        | Detail::ActivitySucceeded { .. }
        | Detail::ActivityFailed(_)
        | Detail::ActivityTimedOut(_)
        // What else was open goes with them, without events of its own.
        | Detail::StateAborted { .. }
        | Detail::ExecutionAborted(_)
        | Detail::ExecutionTimedOut(_) => true,
        Detail::TaskScheduled { task, .. }
        | Detail::TaskSubmitted { task, .. }
        | Detail::TaskSubmitFailed { task, .. }
        | Detail::TaskSucceeded { task, .. }
        | Detail::TaskFailed { task, .. }
        | Detail::TaskTimedOut { task, .. } => task.resource.ends_with(".waitForTaskToken"),
        _ => false,
    }
}

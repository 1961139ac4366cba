//! Executions whose steps the store did not take, or would not give back: they are read again and go on, later and later as
//! long as the store fails. Pure.

use std::collections::{BTreeMap, BTreeSet};

use interpreter::{CallKey, Input};
use store::{ExecutionId, OpenExecution};

use super::children::ChildStart;
use crate::shard::{Outcome, Transition};

const FIRST_DELAY_MILLIS: i64 = 50;
const LONGEST_DELAY_MILLIS: i64 = 5_000;

#[derive(Default)]
pub(super) struct Retries {
    by_id: BTreeMap<ExecutionId, Entry>,
    due: BTreeSet<(i64, ExecutionId)>,
}

#[derive(Default)]
struct Entry {
    failures: u32,
    /// None while it is being tried.
    due_millis: Option<i64>,
    retry: Retry,
}

/// What is to be done about an execution.
#[derive(Default)]
pub(super) struct Retry {
    /// Answers and the like, which nobody else will send again.
    pub inputs: Vec<Input>,
    /// Calls that no step closes.
    pub closed: Vec<CallKey>,
    /// Steps whose commit may or may not have happened, or has to happen as it is.
    pub unsettled: Option<Unsettled>,
    /// The execution is a child that is to be stopped, for these calls of its parent.
    pub stops: Vec<(ExecutionId, CallKey)>,
    /// A child of a Distributed Map to start, if it was not settled that it has started.
    pub child: Option<ChildStart>,
}

impl Retry {
    pub fn inputs(inputs: Vec<Input>) -> Retry {
        Retry {
            inputs,
            ..Retry::default()
        }
    }

    pub fn close(key: CallKey) -> Retry {
        Retry {
            closed: vec![key],
            ..Retry::default()
        }
    }

    pub fn unsettled(unsettled: Unsettled) -> Retry {
        Retry {
            unsettled: Some(unsettled),
            ..Retry::default()
        }
    }

    pub fn stop(parent: ExecutionId, key: CallKey) -> Retry {
        Retry {
            stops: vec![(parent, key)],
            ..Retry::default()
        }
    }

    pub fn child(child: ChildStart) -> Retry {
        Retry {
            child: Some(child),
            ..Retry::default()
        }
    }
}

pub(super) enum Unsettled {
    /// The commit's answer is missing.
    Perhaps(Box<Outcome>),
    /// The end of an execution whose steps are only in memory.
    End(Transition),
    /// It was found open at the start, and could not be read.
    Recovery(OpenExecution),
}

impl Retries {
    pub fn add(&mut self, id: &ExecutionId, retry: Retry, now_millis: i64) {
        let entry = self.by_id.entry(id.clone()).or_default();
        entry.retry.inputs.extend(retry.inputs);
        entry.retry.closed.extend(retry.closed);
        if retry.unsettled.is_some() {
            entry.retry.unsettled = retry.unsettled;
        }
        entry.retry.stops.extend(retry.stops);
        if retry.child.is_some() {
            entry.retry.child = retry.child;
        }
        if entry.due_millis.is_none() {
            let delay = FIRST_DELAY_MILLIS
                .saturating_mul(1 << entry.failures.min(16))
                .min(LONGEST_DELAY_MILLIS);
            let due = now_millis.saturating_add(delay);
            entry.failures += 1;
            entry.due_millis = Some(due);
            self.due.insert((due, id.clone()));
        }
    }

    /// Whether the execution waits to be tried again.
    pub fn holds(&self, id: &ExecutionId) -> bool {
        let entry = self.by_id.get(id);
        entry.is_some_and(|entry| entry.due_millis.is_some())
    }

    /// Tries it now: the entry stays until it has succeeded, so that the next delay is longer.
    pub fn take(&mut self, id: &ExecutionId) -> Retry {
        let Some(entry) = self.by_id.get_mut(id) else {
            return Retry::default();
        };
        if let Some(due) = entry.due_millis.take() {
            self.due.remove(&(due, id.clone()));
        }
        std::mem::take(&mut entry.retry)
    }

    pub fn due(&self, now_millis: i64, limit: usize) -> Vec<ExecutionId> {
        let due = self.due.iter().take_while(|(due, _)| *due <= now_millis);
        due.take(limit).map(|(_, id)| id.clone()).collect()
    }

    pub fn next_due(&self) -> Option<i64> {
        self.due.first().map(|(due, _)| *due)
    }

    pub fn succeeded(&mut self, id: &ExecutionId) {
        if self.by_id.is_empty() || self.holds(id) {
            return;
        }
        self.by_id.remove(id);
    }

    /// There is nothing to go on with.
    pub fn give_up(&mut self, id: &ExecutionId) {
        drop(self.take(id));
        self.by_id.remove(id);
    }

    pub fn len(&self) -> usize {
        self.by_id.len()
    }
}

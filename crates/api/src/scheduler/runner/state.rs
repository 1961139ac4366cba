//! What a schedule has done, as it is stored beside it.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::super::policy::Policies;
use crate::delivery::{Outcome, Told};

/// Results that are kept.
pub const RESULTS: usize = 10;

/// One document a schedule or rule, keyed by its ARN; none until there is something to remember.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// `created_millis` of what it belongs to: what is made anew under the same name begins anew.
    pub created_millis: i64,
    pub policies: Policies,
    /// Every occurrence up to it is decided. Milliseconds since 1970, as the others.
    pub done_until_millis: Option<i64>,
    /// What its latest occurrences started on state machines, as far as it may still run.
    pub open: Vec<Open>,
    /// Occurrences that wait for the end of those.
    pub queue: VecDeque<Queued>,
    /// The latest first.
    pub results: VecDeque<Firing>,
}

/// A delivery to a state machine, and what it has started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    pub delivery: Arc<str>,
    /// None: the delivery is on its way.
    pub execution_arn: Option<Arc<str>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queued {
    pub occurrence_millis: i64,
    pub is_manual: bool,
}

/// What became of an occurrence, for one target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Firing {
    /// When it was due; of several that were left out at once the last one's.
    pub occurrence_millis: i64,
    /// Asked for, beside the timetable.
    pub is_manual: bool,
    /// When it was handed over, or left out.
    pub at_millis: i64,
    pub status: FiringStatus,
    /// None of what was left out.
    pub delivery: Option<Arc<str>>,
    /// Of a rule's target.
    pub target_id: Option<Arc<str>>,
    pub execution_arn: Option<Arc<str>>,
    /// Why it failed, or was left out.
    pub reason: Option<String>,
    pub attempts: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FiringStatus {
    /// On its way to the target.
    Delivering,
    Delivered,
    /// It was given up.
    Failed,
    /// It never went out.
    Skipped,
}

impl FiringStatus {
    pub fn name(self) -> &'static str {
        match self {
            FiringStatus::Delivering => "DELIVERING",
            FiringStatus::Delivered => "DELIVERED",
            FiringStatus::Failed => "FAILED",
            FiringStatus::Skipped => "SKIPPED",
        }
    }
}

impl State {
    pub fn remember(&mut self, firing: Firing) {
        self.results.push_front(firing);
        self.results.truncate(RESULTS);
    }

    pub fn skipped(&mut self, occurrence: Queued, at_millis: i64, reason: impl Into<String>) {
        self.remember(Firing {
            occurrence_millis: occurrence.occurrence_millis,
            is_manual: occurrence.is_manual,
            at_millis,
            status: FiringStatus::Skipped,
            delivery: None,
            target_id: None,
            execution_arn: None,
            reason: Some(reason.into()),
            attempts: 0,
        });
    }

    /// Takes over what became of one of its deliveries.
    pub fn told(&mut self, told: &Told) {
        let id = &told.delivery.id;
        let (status, execution_arn, reason) = match &told.outcome {
            Outcome::Delivered(delivered) => (
                FiringStatus::Delivered,
                delivered.execution_arn.clone(),
                None,
            ),
            Outcome::Failed(error) => (FiringStatus::Delivering, None, Some(error.to_string())),
            Outcome::Dropped { error, is_buried } => {
                let buried = match is_buried {
                    true => "; its dead-letter queue gets it",
                    false => "",
                };
                (FiringStatus::Failed, None, Some(format!("{error}{buried}")))
            }
        };
        if status != FiringStatus::Delivering {
            self.open.retain_mut(|open| {
                if open.delivery == *id {
                    open.execution_arn.clone_from(&execution_arn);
                }
                open.delivery != *id || open.execution_arn.is_some()
            });
        }
        let firing = self
            .results
            .iter_mut()
            .find(|firing| firing.delivery.as_ref() == Some(id));
        if let Some(firing) = firing {
            firing.status = status;
            firing.execution_arn = execution_arn;
            firing.reason = reason;
            firing.attempts = told.delivery.attempts;
        }
    }
}

//! What has a timetable.

use std::sync::Arc;

use schedules::{Timetable, flexible_delay_millis};
use sha2::{Digest, Sha256};

use super::state::State;
use crate::delivery::Delivery;
use crate::table::Transaction;

/// A schedule of the Scheduler, or a rule with a schedule expression.
#[derive(Clone)]
pub struct Scheduled {
    pub arn: Arc<str>,
    pub kind: Kind,
    /// `GROUP/NAME` of a schedule, `BUS/NAME` of a rule.
    pub name: Arc<str>,
    /// As it was written.
    pub expression: Arc<str>,
    pub timetable: Timetable,
    /// When it was made: tells it from an earlier one of the same name. Milliseconds since 1970, as the others.
    pub created_millis: i64,
    /// Occurrences up to here are none of its: it was made or enabled then, or got its timetable.
    pub since_millis: i64,
    pub is_enabled: bool,
    /// 0: it is due at once.
    pub flexible_window_minutes: u32,
    /// An occurrence that is older is never made up for.
    pub maximum_age_millis: i64,
    pub owner: Arc<dyn Owner>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Schedule,
    Rule,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Schedule => "SCHEDULE",
            Kind::Rule => "RULE",
        }
    }
}

/// Whose it is. Called with the runner's lock held: whoever answers must neither call the runner nor wait for a lock that it holds while it
/// calls the runner. Reading a [`Table`](crate::table::Table) is fine.
pub trait Owner: Send + Sync {
    /// What an occurrence sends, one delivery a target. Ids are [`Occurrence::delivery_id`].
    fn deliveries(&self, occurrence: &Occurrence) -> Vec<Delivery>;

    /// Nothing follows any more: what is to change then becomes part of the transaction of the last occurrence. Whether it is deleted.
    fn completed(&self, _scheduled: &Scheduled, _transaction: &mut Transaction) -> bool {
        false
    }
}

/// One time that something is due.
#[derive(Clone)]
pub struct Occurrence {
    pub scheduled: Arc<Scheduled>,
    /// The time of the timetable; of what was asked for, the time of asking. Milliseconds since 1970, as the other.
    pub at_millis: i64,
    /// Asked for, beside the timetable.
    pub is_manual: bool,
    pub now_millis: i64,
}

impl Occurrence {
    /// Of its delivery to a target (None: there is only one): always the same, and never that of another schedule, not even of a later one
    /// with the same name. A UUID's text.
    pub fn delivery_id(&self, target_id: Option<&str>) -> Arc<str> {
        let digest = Sha256::new()
            .chain_update("stepwright occurrence ")
            .chain_update(&*self.scheduled.arn)
            .chain_update(self.scheduled.created_millis.to_be_bytes())
            .chain_update(self.at_millis.to_be_bytes())
            .chain_update([u8::from(self.is_manual)])
            .chain_update(target_id.unwrap_or_default())
            .finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        let id = uuid::Builder::from_random_bytes(bytes).into_uuid();
        id.to_string().into()
    }
}

impl Scheduled {
    /// Up to where its occurrences are decided.
    pub fn decided_until(&self, state: &State) -> i64 {
        let done = state.done_until_millis.unwrap_or(i64::MIN);
        done.max(self.since_millis)
    }

    /// When there is next something to decide. None: never again, as it is now.
    pub fn next_due(&self, state: &State) -> Option<i64> {
        if !self.is_enabled {
            return None;
        }
        let next = self.timetable.next_after(self.decided_until(state))?;
        Some(self.due(next))
    }

    /// An occurrence is due a little later in a flexible window.
    pub fn due(&self, occurrence_millis: i64) -> i64 {
        match self.flexible_window_minutes {
            0 => occurrence_millis,
            window => {
                let delay = flexible_delay_millis(&self.arn, occurrence_millis, window);
                occurrence_millis.saturating_add(delay)
            }
        }
    }
}

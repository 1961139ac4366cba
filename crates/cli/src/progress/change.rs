//! What is worth telling about a run, in the order in which it happened.

use std::sync::Arc;

use super::model::{Items, Raised};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Milliseconds since 1970.
    pub at_millis: i64,
    /// The state, or the item: `RestartTargets[2] › StartupCheck`, `RestartTargets[2]`.
    pub path: String,
    /// The most items that a Map around it has: among hundreds, one start is no news.
    pub crowd: u64,
    pub kind: ChangeKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeKind {
    /// A Task's call goes out.
    CallBegan {
        /// `ec2:rebootInstances`
        call: Arc<str>,
        attempt: u32,
        attempts_allowed: Option<u32>,
        /// How often the frame has come to this state: a loop shows here.
        visits: u32,
    },
    CallSucceeded {
        call: Arc<str>,
        attempt: u32,
        /// Since the state was entered.
        elapsed_millis: i64,
    },
    WaitBegan {
        until_millis: Option<i64>,
        visits: u32,
    },
    MapBegan {
        items: u64,
        attempt: u32,
    },
    ParallelBegan {
        attempt: u32,
    },
    /// An item begins; `items.running` counts it.
    ItemBegan {
        items: Items,
    },
    ItemSucceeded {
        items: Items,
    },
    /// An attempt failed.
    Failed {
        raised: Raised,
        attempts_allowed: Option<u32>,
        /// When the next attempt begins; none: there is no further one, or it is not known.
        next_try_millis: Option<i64>,
        /// Of a Map.
        items: Option<Items>,
    },
    /// Something around the state failed, timed out or was stopped.
    Aborted,
    /// A Catch took over and leads to `next`.
    Caught {
        raised: Raised,
        next: Arc<str>,
    },
    Ended {
        /// As DescribeExecution names it.
        status: &'static str,
        error: Option<Arc<str>>,
    },
}

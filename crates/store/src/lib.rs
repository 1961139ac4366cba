//! The storage contract: plain records, the [`Store`] trait and [`MemoryStore`], the reference that every other store is
//! compared with.
//!
//! A commit is a batch of units, one durable transaction. Each unit is one execution's step and succeeds or fails alone: its
//! `expected_version` is compared and set inside the transaction, so a step is taken exactly once.

#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod memory;

use std::sync::Arc;

use interpreter::{CallKey, Encoded, ExecutionRecord, FrameId};
use query::Payload;

pub use memory::MemoryStore;

/// The execution's ARN.
pub type ExecutionId = Arc<str>;

/// What one step of one execution writes.
#[derive(Debug, Clone)]
pub struct Unit {
    pub execution: ExecutionId,
    /// Version that the step was taken on: 0 creates the execution, and an existing one is a [`Error::Conflict`].
    pub expected_version: u64,
    pub header: Encoded,
    pub frames: Vec<(FrameId, Encoded)>,
    pub removed_frames: Vec<FrameId>,
    /// Frames whose children's results go, before `results` are written.
    pub dropped_results: Vec<FrameId>,
    pub results: Vec<((FrameId, u32), Payload)>,
    pub events: Option<Segment>,
    /// Calls that go out once this unit is durable.
    pub opened_calls: Vec<CallKey>,
    /// Calls whose answers were taken, or that nobody waits for any more.
    pub closed_calls: Vec<CallKey>,
    /// When the execution has something to do by itself, milliseconds since 1970.
    pub next_due_millis: Option<i64>,
    pub ended: bool,
}

/// The events of one step.
#[derive(Debug, Clone)]
pub struct Segment {
    pub first_event_id: u64,
    pub events: Encoded,
}

/// An execution read back.
#[derive(Debug, Clone)]
pub struct StoredExecution {
    pub version: u64,
    pub record: ExecutionRecord,
    pub open_calls: Vec<CallKey>,
}

/// An execution at rest, as recovery finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenExecution {
    pub execution: ExecutionId,
    pub next_due_millis: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Somebody else wrote this execution first (or it exists already): read it again.
    #[error("execution {0} was changed by another writer")]
    Conflict(ExecutionId),
    /// This owner lost its shard: stop writing.
    #[error("this writer no longer owns the shard")]
    Fenced,
    /// Nothing was written; trying again may work.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    #[error("stored data is damaged: {0}")]
    Corrupt(String),
    /// It is unknown whether the commit happened: drop cached state, read again, acknowledge nothing.
    #[error("the outcome of a commit is unknown: {0}")]
    Indeterminate(String),
}

/// Where executions live.
pub trait Store: Send {
    /// Writes all units in one durable transaction, in order; an answer a unit. The outer error says that nothing was
    /// written or (`Indeterminate`) that nobody knows.
    fn commit(&mut self, units: Vec<Unit>) -> Result<Vec<Result<(), Error>>, Error>;

    /// The latest committed state.
    fn execution(&self, id: &ExecutionId) -> Result<Option<StoredExecution>, Error>;

    /// Event segments in order, from the one that holds `from_event_id` on.
    fn segments(&self, id: &ExecutionId, from_event_id: u64) -> Result<Vec<Segment>, Error>;

    /// Executions that have not ended: what recovery has to look at.
    fn open_executions(&self) -> Result<Vec<OpenExecution>, Error>;
}

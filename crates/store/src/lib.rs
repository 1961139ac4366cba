//! The storage contract: plain records, the [`Store`] trait and [`MemoryStore`], the reference that every other store is
//! compared with.
//!
//! A commit is a batch of units, one durable transaction. Each unit is one execution's step and succeeds or fails alone: its
//! `expected_version` is compared and set inside the transaction, so a step is taken exactly once. What is not an execution (state
//! machines, versions, aliases, activities, tags, settings) stands in [`Document`]s, which are written all or none.

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
    /// With version 0 (without it that is [`Error::Corrupt`]), and whenever one of its members has changed.
    pub listing: Option<Listing>,
    pub header: Encoded,
    pub frames: Vec<(FrameId, Encoded)>,
    pub removed_frames: Vec<FrameId>,
    /// Frames whose children's results go, before `results` are written.
    pub dropped_results: Vec<FrameId>,
    pub results: Vec<((FrameId, u32), Payload)>,
    pub events: Option<Segment>,
    /// Calls that go out once this unit is durable.
    pub opened_calls: Vec<OpenCall>,
    /// Calls whose answers were taken, or that nobody waits for any more.
    pub closed_calls: Vec<CallKey>,
    /// Map Runs of this execution that have changed.
    pub map_runs: Vec<MapRun>,
    /// When the execution has something to do by itself, milliseconds since 1970.
    pub next_due_millis: Option<i64>,
    /// An Express execution that has ended is removed, with all that is its own.
    pub ended: bool,
    pub audit: Option<AuditEntry>,
}

/// What lists show of an execution and are filtered by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    pub name: Arc<str>,
    /// Without version or alias.
    pub state_machine_arn: Arc<str>,
    pub version_arn: Option<Arc<str>>,
    pub alias_arn: Option<Arc<str>>,
    /// Of a child of a Distributed Map.
    pub map_run_arn: Option<Arc<str>>,
    /// Items of a child of a Distributed Map.
    pub item_count: Option<u32>,
    pub kind: Kind,
    /// Key of the document (collection [`REVISIONS`]) with the definition and the configuration that it runs on.
    pub revision: Arc<str>,
    pub status: ListedStatus,
    /// Milliseconds since 1970, as the others.
    pub start_millis: i64,
    pub stop_millis: Option<i64>,
    pub redrive_count: u32,
    pub redrive_millis: Option<i64>,
}

/// Where definitions live: a document of this collection is kept as long as an execution names it.
pub const REVISIONS: &str = "revisions";

/// Of a state machine, and so of its executions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Standard,
    /// Asynchronous Express: only the accept is durable, and the end.
    Express,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ListedStatus {
    Running,
    Succeeded,
    Failed,
    TimedOut,
    Aborted,
    PendingRedrive,
}

impl ListedStatus {
    /// As DescribeExecution and lists have it.
    pub fn name(self) -> &'static str {
        match self {
            ListedStatus::Running => "RUNNING",
            ListedStatus::Succeeded => "SUCCEEDED",
            ListedStatus::Failed => "FAILED",
            ListedStatus::TimedOut => "TIMED_OUT",
            ListedStatus::Aborted => "ABORTED",
            ListedStatus::PendingRedrive => "PENDING_REDRIVE",
        }
    }
}

/// The events of one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    pub first_event_id: u64,
    pub events: Encoded,
}

/// The events of one step without the payloads that stand beside their record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// Its payloads are empty texts, each an `Arc` of its own.
    pub segment: Segment,
    /// How long they are.
    pub payload_bytes: Vec<u64>,
}

impl Outline {
    pub fn of(mut segment: Segment) -> Outline {
        let payloads = &mut segment.events.payloads;
        let payload_bytes = payloads.iter().map(|payload| payload.len() as u64);
        let payload_bytes = payload_bytes.collect();
        payloads.fill_with(Outline::payload);
        Outline {
            segment,
            payload_bytes,
        }
    }

    /// What stands in a payload's place.
    pub fn payload() -> Payload {
        Payload::from_text_unchecked("".into())
    }
}

/// A call that is out: what recovery needs to send it again, or to say that nobody knows what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenCall {
    pub key: CallKey,
    /// The call as [`interpreter`] encodes it.
    pub call: Encoded,
}

/// A Map Run, as the interpreter encodes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapRun {
    pub arn: Arc<str>,
    pub start_millis: i64,
    pub record: Encoded,
}

/// An execution read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredExecution {
    pub version: u64,
    pub listing: Listing,
    pub record: ExecutionRecord,
    pub open_calls: Vec<OpenCall>,
}

/// An execution at rest, as recovery finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenExecution {
    pub execution: ExecutionId,
    pub kind: Kind,
    pub next_due_millis: Option<i64>,
    /// It has open calls, so recovery has to look at it now.
    pub has_open_calls: bool,
    /// It has ended, and what its open calls are to stop may still run.
    pub has_ended: bool,
}

/// Which executions a list shows: newest start first, then by ARN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    pub scope: Scope,
    pub status: Option<ListedStatus>,
    /// Some(true): only those that were redriven; Some(false): only those that were not.
    pub redriven: Option<bool>,
    /// Where the page before ended.
    pub after: Option<Cursor>,
    pub limit: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Children of Distributed Maps are listed by their Map Run only.
    All,
    StateMachine(Arc<str>),
    Version(Arc<str>),
    Alias(Arc<str>),
    MapRun(Arc<str>),
}

/// A place in a list of executions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    pub start_millis: i64,
    pub execution: ExecutionId,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Ascending,
    Descending,
}

/// Something that is not an execution; what `body` means is the writer's business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    pub collection: Arc<str>,
    pub key: Arc<str>,
    /// Counts from 1.
    pub version: u64,
    pub body: Arc<str>,
}

/// A change of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentWrite {
    pub collection: Arc<str>,
    pub key: Arc<str>,
    /// The version that it must have (0: must not exist); None: whatever it is.
    pub expected_version: Option<u64>,
    /// None deletes.
    pub body: Option<Arc<str>>,
}

/// Who did what: appended, never changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Milliseconds since 1970.
    pub at_millis: i64,
    /// The access key or user; `anonymous` on loopback without credentials.
    pub principal: Arc<str>,
    /// Address of the client, or `command line`.
    pub source: Arc<str>,
    /// The API's operation.
    pub action: Arc<str>,
    /// The ARN that it was done to.
    pub resource: Arc<str>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Somebody else wrote this execution or document first (or it exists already): read it again.
    #[error("{0} was changed by another writer")]
    Conflict(Arc<str>),
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

impl Error {
    /// What a unit gets that creates an execution without saying what lists show of it.
    pub fn created_without_listing(id: &ExecutionId) -> Error {
        Error::Corrupt(format!("{id} is created without a listing"))
    }
}

/// Where executions live. Shared by threads: commits of several threads may share one transaction.
pub trait Store: Send + Sync {
    /// Writes all units in one durable transaction, in order; an answer a unit. The outer error says that nothing was
    /// written or (`Indeterminate`) that nobody knows. Several units may be steps of the same execution.
    fn commit(&self, units: Vec<Unit>) -> Result<Vec<Result<(), Error>>, Error>;

    /// Writes documents, all or none, and the audit entry with them.
    fn write(&self, writes: Vec<DocumentWrite>, audit: Option<AuditEntry>) -> Result<(), Error>;

    /// The latest committed state.
    fn execution(&self, id: &ExecutionId) -> Result<Option<StoredExecution>, Error>;

    /// What a list shows of it, and its header: cheaper than all of it.
    fn summary(&self, id: &ExecutionId) -> Result<Option<(Listing, Encoded)>, Error>;

    fn list(&self, query: &ListQuery) -> Result<Vec<(ExecutionId, Listing)>, Error>;

    /// Event segments from the one that holds `from_event_id` on, up or down, at most `limit` of them.
    fn segments(
        &self,
        id: &ExecutionId,
        from_event_id: u64,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Segment>, Error>;

    /// The same upwards, for those who do not look at payloads: a store need not read the large ones.
    fn outlines(
        &self,
        id: &ExecutionId,
        from_event_id: u64,
        limit: usize,
    ) -> Result<Vec<Outline>, Error> {
        let segments = self.segments(id, from_event_id, Order::Ascending, limit)?;
        Ok(segments.into_iter().map(Outline::of).collect())
    }

    /// How many executions a list with this status would show, counted up to `limit`.
    fn count(&self, scope: &Scope, status: ListedStatus, limit: usize) -> Result<usize, Error> {
        let query = ListQuery {
            scope: scope.clone(),
            status: Some(status),
            redriven: None,
            after: None,
            limit,
        };
        Ok(self.list(&query)?.len())
    }

    /// Executions that have not ended or have open calls, in no order: what recovery has to look at.
    fn open_executions(&self) -> Result<Vec<OpenExecution>, Error>;

    fn map_run(&self, arn: &str) -> Result<Option<(ExecutionId, MapRun)>, Error>;

    /// Map Runs of an execution, oldest first, then by ARN.
    fn map_runs(&self, id: &ExecutionId) -> Result<Vec<MapRun>, Error>;

    fn document(&self, collection: &str, key: &str) -> Result<Option<Document>, Error>;

    /// Documents of a collection in the order of their keys, from the one behind `after` on.
    fn documents(
        &self,
        collection: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Document>, Error>;

    /// Whether an execution runs or ran on this revision.
    fn revision_is_used(&self, revision: &str) -> Result<bool, Error>;

    /// Entries behind number `after`, oldest first, with their numbers (from 1, without gaps).
    fn audit(&self, after: u64, limit: usize) -> Result<Vec<(u64, AuditEntry)>, Error>;

    /// Removes at most `limit` executions that ended before a point in time, those that stopped first and then by ARN, with
    /// all that is theirs but the audit; answers how many.
    fn remove_ended_before(&self, stop_millis: i64, limit: usize) -> Result<usize, Error>;
}

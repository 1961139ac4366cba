//! What the engine is asked, and what it answers.

use std::sync::Arc;

use interpreter::{Identity, Status};
use query::Payload;
use states_language::machine::Machine;
use store::{AuditEntry, Error, Kind, ListedStatus, Listing};

/// Where an answer goes. It is called on a shard's thread and must not block. Dropped uncalled, the engine has ended.
pub type Reply<T> = Box<dyn FnOnce(T) + Send>;

/// What of an execution survives a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Every step: Standard workflows.
    Full,
    /// That it was accepted, until it ends: asynchronous Express. After a crash it runs again from its start.
    Accept,
    /// Nothing: synchronous Express.
    None,
}

#[derive(Debug)]
pub struct StartExecution {
    pub machine: Arc<Machine>,
    pub identity: Identity,
    pub input: Payload,
    /// The engine sets the times, the status and the counters.
    pub listing: Listing,
    pub durability: Durability,
    pub trace_header: Option<Arc<str>>,
    pub audit: Option<AuditEntry>,
}

impl StartExecution {
    /// A Standard execution of a state machine without versions, which nobody is recorded to have started.
    pub fn new(machine: Arc<Machine>, identity: Identity, input: Payload) -> StartExecution {
        StartExecution {
            machine,
            listing: listing(&identity),
            identity,
            input,
            durability: Durability::Full,
            trace_header: None,
            audit: None,
        }
    }
}

/// Of a Standard execution that is to start.
pub(crate) fn listing(identity: &Identity) -> Listing {
    Listing {
        name: identity.execution_name.clone(),
        state_machine_arn: identity.state_machine_arn.clone(),
        version_arn: None,
        alias_arn: None,
        map_run_arn: None,
        item_count: None,
        kind: Kind::Standard,
        revision: "".into(),
        status: ListedStatus::Running,
        start_millis: 0,
        stop_millis: None,
        redrive_count: 0,
        redrive_millis: None,
    }
}

/// An execution that is durable now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Started {
    /// Milliseconds since 1970.
    pub start_millis: i64,
}

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Whether it is the same one is for the API to say: by its status and input.
    #[error("an execution of this name exists")]
    AlreadyExists(Box<Existing>),
    #[error(transparent)]
    Store(#[from] Error),
}

/// The execution that has the name already.
#[derive(Debug, Clone)]
pub struct Existing {
    pub listing: Listing,
    pub input: Payload,
}

/// StopExecution.
#[derive(Debug, Clone, Default)]
pub struct StopExecution {
    pub error: Option<Arc<str>>,
    pub cause: Option<Arc<str>>,
    pub audit: Option<AuditEntry>,
}

#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    #[error("the execution does not exist")]
    DoesNotExist,
    /// It has ended before.
    #[error("the execution has ended")]
    HasEnded(Box<Listing>),
    /// It is not in a state for that: a redrive of one that runs or has succeeded, an update of a Map Run that has ended.
    #[error("the execution is not in a state for that")]
    NotPossible,
    #[error(transparent)]
    Store(#[from] Error),
}

/// Why the answer to a task, or its heartbeat, was not taken.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Nobody here made the token.
    #[error("the token is invalid")]
    Invalid,
    /// The attempt is over.
    #[error("the task has timed out")]
    TimedOut,
    #[error("the task does not exist")]
    DoesNotExist,
    #[error(transparent)]
    Store(#[from] Error),
}

/// How an execution ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    pub status: Status,
    /// Milliseconds since 1970.
    pub start_millis: i64,
    pub stop_millis: i64,
}

/// A status as lists name it.
pub(crate) fn listed(status: &Status) -> ListedStatus {
    match status {
        Status::Running => ListedStatus::Running,
        Status::Succeeded { .. } => ListedStatus::Succeeded,
        Status::Failed(_) => ListedStatus::Failed,
        Status::TimedOut(_) => ListedStatus::TimedOut,
        Status::Aborted(_) => ListedStatus::Aborted,
    }
}

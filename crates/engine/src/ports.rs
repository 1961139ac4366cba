//! What the engine needs from others: whoever implements a port chooses its runtime.

use std::sync::Arc;

use interpreter::{Call, CallFailure, CallKey, CallResult, Event, Identity, Status, failure};
use query::Payload;
use states_language::machine::Machine;
use store::{Error, ExecutionId, Listing};

use crate::driver::Envelope;
use crate::router::Router;
use crate::shard::TimerSet;

/// The engine's surroundings.
#[derive(Clone)]
pub struct Ports {
    pub calls: Arc<dyn Calls>,
    pub machines: Arc<dyn Machines>,
    pub observer: Arc<dyn Observer>,
}

/// Makes calls. Wired by the binary to connectors, functions and mocks.
pub trait Calls: Send + Sync {
    /// Begins a call and returns at once; the answer comes through `answer`. Its intent is durable by now.
    fn begin(&self, execution: &ExecutionId, call: Box<Call>, answer: Answer);

    /// Nobody waits for this call any more: it may be cut short.
    fn abandon(&self, execution: &ExecutionId, key: CallKey);

    /// What to do with a call that was open when the process ended: nobody knows whether it arrived.
    fn recovery(&self, call: &Call) -> Recovery {
        let _ = call;
        Recovery::Unknown
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovery {
    /// Making it again does no harm: it reads, or its service knows it again by a token made from its key.
    Repeat,
    /// Its attempt fails with `Stepwright.OutcomeUnknown`.
    Unknown,
}

/// Knows what has been created: definitions and activities.
pub trait Machines: Send + Sync {
    /// The machine that an execution runs on: that of `listing.revision`, or of the Map state in it whose child it is.
    fn machine(&self, listing: &Listing, identity: &Identity) -> Result<Arc<Machine>, Error>;

    /// A Task of an activity that does not exist fails.
    fn activity_exists(&self, arn: &str) -> bool;
}

/// Where all executions run on one machine, or are children in it.
impl Machines for Arc<Machine> {
    fn machine(&self, _: &Listing, identity: &Identity) -> Result<Arc<Machine>, Error> {
        let Some(of) = &identity.child_of else {
            return Ok(self.clone());
        };
        let what = || Error::Corrupt(format!("there is no Map with the label '{}'", of.label));
        self.processor(&of.label).map(Arc::new).ok_or_else(what)
    }

    /// Whoever runs a definition alone has no list of activities.
    fn activity_exists(&self, _: &str) -> bool {
        true
    }
}

/// Sees every commit, on a shard's thread: it must not block.
pub trait Observer: Send + Sync {
    fn committed(&self, committed: &Committed<'_>);

    /// Something of the execution was committed that is no event: that it is paused, the figures of a Map Run.
    fn changed(&self, execution: &ExecutionId) {
        let _ = execution;
    }

    /// The execution cannot go on: its record is damaged, or what it runs on is gone.
    fn lost(&self, execution: &ExecutionId, error: &Error);

    /// The store did not take a step of this execution, or could not be read; it is tried again.
    fn delayed(&self, execution: &ExecutionId, error: &Error) {
        let _ = (execution, error);
    }

    /// A shard's thread has come to its end, by shutdown or by a panic: nothing more will be told of its executions.
    fn ended(&self) {}
}

/// What was committed of one execution: one step, or several that shared a commit.
pub struct Committed<'a> {
    pub execution: &'a ExecutionId,
    pub listing: &'a Listing,
    /// The execution's own input.
    pub input: &'a Payload,
    pub events: &'a [Event],
    pub status: &'a Status,
    /// Timers that were set, for whoever shows what is waited for.
    pub timers: &'a [TimerSet],
    pub now_millis: i64,
}

/// The way back of one call's answer. Dropped unused, it answers with an error: no call is ever forgotten.
pub struct Answer {
    pub(crate) router: Arc<Router>,
    pub(crate) execution: ExecutionId,
    pub(crate) key: CallKey,
    pub(crate) sent: bool,
}

impl Answer {
    pub fn send(mut self, result: CallResult) {
        self.deliver(result);
    }

    fn deliver(&mut self, result: CallResult) {
        self.sent = true;
        // The shard is gone only when the engine has ended: the call is open in the store, and recovery deals with it.
        let envelope = Envelope::Answer {
            execution: self.execution.clone(),
            key: self.key,
            result,
        };
        self.router.send(&self.execution, envelope);
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if !self.sent {
            let cause = "The call ended without an answer: an error inside Stepwright.".to_owned();
            self.deliver(Err(CallFailure {
                error: failure::names::RUNTIME.to_owned(),
                cause,
            }));
        }
    }
}

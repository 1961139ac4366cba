//! What the interpreter asks of the world, and what it is told.

use std::sync::Arc;

use query::Payload;
use states_language::resource::Resource;

use crate::execution::FrameId;

/// Names one call: the frame that waits for it, the state's entry, the attempt, and the call within the attempt. An answer
/// is taken once; an answer to a key that nobody waits for any more is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallKey {
    pub frame: FrameId,
    /// Id of the `TaskStateEntered` event.
    pub task: u64,
    /// Retries before this attempt.
    pub attempt: u32,
    /// 0 for the submit; polls, pages and cancels count on.
    pub call: u32,
}

/// A call to be made once its intent is durable.
#[derive(Debug, Clone)]
pub struct Call {
    pub key: CallKey,
    pub state_name: Arc<str>,
    pub resource: Arc<Resource>,
    pub arguments: Payload,
    /// `Credentials.RoleArn`.
    pub role_arn: Option<Arc<str>>,
}

/// The answer to a [`Call`].
pub type CallResult = Result<Payload, CallFailure>;

/// A call that failed: the error name a Retry or Catch compares, and its cause. The name `States.Runtime` cannot be caught.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallFailure {
    pub error: String,
    pub cause: String,
}

/// A timer of a frame, or (without a frame) of the execution. `generation` tells an old timer from a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimerKey {
    pub frame: Option<FrameId>,
    pub generation: u64,
}

/// What a timer is for; shown to people, not needed to fire it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimerPurpose {
    Wait,
    RetryBackoff,
    TaskTimeout,
    Heartbeat,
    ExecutionTimeout,
}

#[derive(Debug, Clone)]
pub enum Command {
    Call(Box<Call>),
    /// The attempt is over before its call came back: a timeout, a failed sibling, a stop.
    AbandonCall(CallKey),
    SetTimer {
        key: TimerKey,
        due_millis: i64,
        purpose: TimerPurpose,
    },
    ClearTimer(TimerKey),
}

/// What happened, given to [`step`](crate::step).
#[derive(Debug, Clone)]
pub enum Input {
    Start,
    /// The slice before this one yielded.
    Continue,
    CallCompleted {
        key: CallKey,
        result: CallResult,
    },
    TimerFired(TimerKey),
    /// StopExecution: the execution ends as ABORTED.
    Stop {
        error: Option<Arc<str>>,
        cause: Option<Arc<str>>,
    },
    /// Wind down gently. Every Map that runs now starts no further item, lets its items finish and fails with
    /// `Stepwright.Drained`, so that its Catch and the clean-up behind it run. Outside a Map the next state to be entered
    /// fails with that error instead (in each branch of a Parallel, which waits for its other branches). Nothing that runs is
    /// cut short. Once only: what runs after it is not drained again.
    Drain,
}

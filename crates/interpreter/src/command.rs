//! What the interpreter asks of the world, and what it is told.

use std::sync::Arc;

use query::Payload;
use states_language::resource::Resource;

use crate::event::ErrorDetail;
use crate::execution::FrameId;
use crate::map_run::{ChildEnd, ChildExecution, ChildOf, MapRunUpdate};

/// Names one call: the frame that waits for it, the state's entry, the attempt, and the call within the attempt. An answer
/// is taken once; an answer to a key that nobody waits for any more is dropped. What a task token or a heartbeat is for is
/// named by the attempt's first call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallKey {
    pub frame: FrameId,
    /// Id of the `TaskStateEntered` event.
    pub task: u64,
    /// Attempts since that event, before this one: those before a redrive count too, so that no key is used twice.
    pub attempt: u32,
    /// 0 for the submit; polls, pages and cancels count on.
    pub call: u32,
}

impl CallKey {
    /// The attempt that the call belongs to, as task tokens name it.
    pub fn of_attempt(self) -> CallKey {
        CallKey { call: 0, ..self }
    }
}

/// A call to be made once its intent is durable.
#[derive(Debug, Clone)]
pub struct Call {
    pub key: CallKey,
    pub state_name: Arc<str>,
    pub resource: Arc<Resource>,
    /// The task's `Parameters` or `Arguments`, for every call of the attempt.
    pub arguments: Payload,
    /// `Credentials.RoleArn`.
    pub role_arn: Option<Arc<str>>,
    pub purpose: CallPurpose,
    /// The state machine's author allows it to be sent again where nobody knows whether it was made: [`RESEND`] in the
    /// state's `Comment`.
    pub resend: bool,
}

/// What a Task's `Comment` holds to opt into [`Call::resend`].
pub const RESEND: &str = "@stepwright:resend";

/// Which call of an attempt it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallPurpose {
    /// The task's own request. That of an activity is not sent but offered to workers.
    Submit,
    /// Of a `.sync` task: answered when the job has ended, with the task's result. Asks and changes nothing, so that it
    /// may be made again.
    Await { submitted: Payload },
    /// Of a `.sync` task that nobody waits for any more: stops the job. It outlives the frame and the execution, nobody waits
    /// for its answer, and it may be made again. There is none while the submit is open, since nobody knows yet whose job to
    /// stop: whoever makes the calls stops what an abandoned submit has started.
    Cancel { submitted: Payload },
}

/// The answer to a [`Call`].
pub type CallResult = Result<Payload, CallFailure>;

/// The answer to a task token. SendTaskFailure may leave out both texts.
pub type TaskResult = Result<Payload, ErrorDetail>;

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
    /// Start a child of a Distributed Map, or find it: answered by [`Input::ChildEnded`].
    StartChild(Box<ChildExecution>),
    /// The attempt is over before its call came back: a timeout, a failed sibling, a stop. A child execution is stopped.
    AbandonCall(CallKey),
    /// A key that is set already is moved.
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
    /// Recovery found the call open, and it is not safe to make it again: the attempt fails with
    /// `Stepwright.OutcomeUnknown`.
    OutcomeUnknown {
        key: CallKey,
    },
    /// SendTaskSuccess or SendTaskFailure with the token of this attempt.
    TaskAnswered {
        key: CallKey,
        result: TaskResult,
    },
    /// SendTaskHeartbeat. The step is [`volatile`](crate::Step::volatile).
    TaskHeartbeat {
        key: CallKey,
    },
    /// A worker takes an activity's task, which may be handed out when this is durable. Its call is closed.
    ActivityStarted {
        key: CallKey,
        worker_name: Option<Arc<str>>,
    },
    /// A child of a Distributed Map has ended.
    ChildEnded(Box<ChildEnd>),
    /// UpdateMapRun. Takes effect at once.
    MapRunUpdated {
        map_run_arn: Arc<str>,
        update: MapRunUpdate,
    },
    TimerFired(TimerKey),
    /// RedriveExecution, of an execution that has ended without success: see
    /// [`Execution::is_redrivable`](crate::Execution::is_redrivable).
    Redrive,
    /// The parent of this child was redriven and waits for it again, by another call. The child is redriven if it has ended;
    /// one that still runs goes on.
    RedriveChild(Arc<ChildOf>),
    /// StopExecution: the execution ends as ABORTED.
    Stop {
        error: Option<Arc<str>>,
        cause: Option<Arc<str>>,
    },
    /// No further state is entered and no timer fires until [`Input::Unpause`]; what is out comes back, and its answers are kept.
    Pause,
    Unpause,
    /// Wind down gently. Every Map that runs now starts no further item, lets its items finish and fails with
    /// `Stepwright.Drained`, so that its Catch and the clean-up behind it run. Outside a Map the next state to be entered
    /// fails with that error instead (in each branch of a Parallel, which waits for its other branches). Nothing that runs is
    /// cut short. Once only: what runs after it is not drained again.
    Drain,
}

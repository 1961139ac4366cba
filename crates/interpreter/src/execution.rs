//! The state of one execution: a tree of frames. A frame walks one workflow (the machine's, a branch's, an item's); a Parallel
//! or Map state in it has child frames, which refer to their parent for variables and items and never copy them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, OnceLock};

use query::{Payload, Value};
use states_language::machine::{Kind, Machine, State, Workflow};
use states_language::resource::{Pattern, Resource, ResourceKind};

use crate::failure::Failure;
use crate::limits::Limits;
use crate::map_run::{ChildOf, MapRun};
use crate::states::distributed;

/// Names a frame for as long as the execution lives; never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameId(pub u64);

/// Who runs, fixed at the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub execution_arn: Arc<str>,
    pub execution_name: Arc<str>,
    pub state_machine_arn: Arc<str>,
    pub state_machine_name: Arc<str>,
    pub role_arn: Arc<str>,
    /// `region` of Task events.
    pub region: Arc<str>,
    /// Where every random number of this execution comes from.
    pub seed: u64,
    /// Of a child of a Distributed Map.
    pub child_of: Option<Arc<ChildOf>>,
}

/// An execution between two steps.
#[derive(Debug, Clone)]
pub struct Execution {
    pub identity: Identity,
    pub input: Payload,
    pub start_millis: i64,
    /// As StartExecution was given it.
    pub trace_header: Option<Arc<str>>,
    pub status: Status,
    /// By [`Input::Pause`](crate::Input::Pause). Its timers wait too, which is the engine's business.
    pub is_paused: bool,
    pub redrive_count: u32,
    /// When it was last redriven.
    pub redrive_millis: Option<i64>,
    pub(crate) last_event_id: u64,
    /// As [`Limits::history_bytes`](crate::Limits::history_bytes) counts them.
    pub(crate) history_bytes: u64,
    pub(crate) next_frame: u64,
    pub(crate) timer_generation: u64,
    pub(crate) timeout: Option<Deadline>,
    pub(crate) frames: BTreeMap<FrameId, Frame>,
    /// Frames that can go on, in turn.
    pub(crate) ready: VecDeque<FrameId>,
    /// Results of finished children: by the frame that waits for them, by branch or item.
    pub(crate) results: BTreeMap<FrameId, Vec<Option<Payload>>>,
    /// The whole context object of a state that is tested; such an execution is never stored.
    pub(crate) context: Option<Arc<Value>>,
    /// `$$.Execution`, once it was asked for; made from the fields above.
    pub(crate) context_execution: OnceLock<Value>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Status {
    Running,
    Succeeded { output: Payload },
    Failed(Failure),
    TimedOut(Failure),
    Aborted(Failure),
}

impl Status {
    /// As DescribeExecution names it.
    pub fn name(&self) -> &'static str {
        match self {
            Status::Running => "RUNNING",
            Status::Succeeded { .. } => "SUCCEEDED",
            Status::Failed(_) => "FAILED",
            Status::TimedOut(_) => "TIMED_OUT",
            Status::Aborted(_) => "ABORTED",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    pub due_millis: i64,
    pub generation: u64,
}

/// One walk through one workflow.
#[derive(Debug, Clone)]
pub struct Frame {
    pub id: FrameId,
    pub parent: Option<Parent>,
    /// The state that is entered next, or that the frame is in.
    pub(crate) state: Arc<State>,
    pub(crate) workflow: Arc<Workflow>,
    /// The state's raw input.
    pub(crate) input: Payload,
    /// This scope's own variables; outer ones are the parent's.
    pub(crate) variables: Vec<(Arc<str>, Payload)>,
    /// The event that the frame's next event follows.
    pub(crate) previous_event_id: u64,
    pub(crate) entry: Entry,
    pub(crate) phase: Phase,
    /// A drain that waits for the next state to be entered.
    pub(crate) drain_pending: bool,
}

/// Which child of which frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parent {
    pub frame: FrameId,
    /// The branch of a Parallel, the item of a Map.
    pub index: u32,
}

/// The latest entry into a state.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// Id of the `StateEntered` event.
    pub event_id: u64,
    /// What that event followed.
    pub previous_event_id: u64,
    pub entered_millis: i64,
    /// Retries used, by retrier.
    pub retries: Vec<u32>,
    /// Attempts before the latest redrive, which gives all retries back.
    pub attempts_before_redrive: u32,
}

impl Entry {
    /// `$$.State.RetryCount`.
    pub fn retry_count(&self) -> u32 {
        self.retries.iter().sum()
    }

    /// Attempts before the present one.
    pub fn attempt(&self) -> u32 {
        self.attempts_before_redrive + self.retry_count()
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Phase {
    /// About to enter `state`.
    Enter,
    /// In a Wait state until the timer.
    Waiting(Deadline),
    /// A Task's call is out, or its token is.
    Calling(Calling),
    /// A failed attempt waits for its next try.
    BackingOff(Deadline),
    /// In a Parallel or Map state.
    Children(Children),
    /// In a state that failed or was aborted, in an execution that has ended: a redrive attempts it again.
    Failed,
    /// In a Distributed Map.
    Distributed(Box<Distributed>),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Calling {
    /// The latest call.
    pub call: u32,
    /// Its answer is awaited. Otherwise a task token's is.
    pub is_open: bool,
    pub timeout: Option<Deadline>,
    pub heartbeat: Option<Deadline>,
    pub heartbeat_seconds: Option<u64>,
    /// Of a `.sync` task.
    pub job: Option<Job>,
}

/// What the later calls of a `.sync` task need to know.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    pub arguments: Payload,
    pub role_arn: Option<Arc<str>>,
    /// The submit's answer.
    pub submitted: Option<Payload>,
}

/// A timer that is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenTimer {
    pub key: crate::TimerKey,
    pub due_millis: i64,
    /// Of a heartbeat's timer: `HeartbeatSeconds`. Heartbeats are not committed, so after a restart it is due that long after
    /// the start at the earliest.
    pub heartbeat_seconds: Option<u64>,
}

/// A Task that waits for somebody who holds its token: an activity's worker, or whoever a callback is expected from.
#[derive(Debug)]
pub struct WaitingTask<'e> {
    pub token: crate::TaskToken,
    pub state_name: &'e Arc<str>,
    pub resource: &'e Resource,
    /// The state's raw input.
    pub input: &'e Payload,
    /// When the state was entered, and by which event.
    pub entered_millis: i64,
    pub entered_event_id: u64,
    /// The latest event of the frame.
    pub last_event_id: u64,
    /// When the attempt times out.
    pub timeout_millis: Option<i64>,
    pub heartbeat_seconds: Option<u64>,
}

/// A Parallel or Map state at work.
#[derive(Debug, Clone, PartialEq)]
pub struct Children {
    /// Branches or items.
    pub total: u32,
    /// The next item to start.
    pub next: u32,
    pub finished: u32,
    pub running: u32,
    /// How many may run at once.
    pub concurrency: u32,
    /// A Map's items: a JSON array.
    pub items: Option<Payload>,
    /// The items are the members of an object, each as `{"Key": …, "Value": …}`.
    pub keyed: bool,
    /// What `ItemSelector` sees as `$`.
    pub effective_input: Payload,
    /// No further item starts; when the running children are done the state fails with `Stepwright.Drained`: a Map in any
    /// case, a Parallel when a branch did.
    pub draining: bool,
}

/// A Distributed Map at work: its children are executions of their own. Which of them are open says the list of results, where
/// each that was started has a place.
#[derive(Debug, Clone, PartialEq)]
pub struct Distributed {
    /// `total` and `next` count items, `running` children; `finished` is not used.
    pub children: Children,
    /// Of the keys of its children: the attempt that began it or the latest redrive of it, so that no key is used twice.
    pub attempt: u32,
    /// Children.
    pub started: u32,
    /// After a redrive: children from this one on are looked at, and those that have failed are started again.
    pub redriving: Option<u32>,
    pub map_run: MapRun,
    pub batching: Option<Batching>,
}

/// `ItemBatcher`, evaluated.
#[derive(Debug, Clone, PartialEq)]
pub struct Batching {
    pub max_items: u32,
    /// Of a child's whole input.
    pub max_input_bytes: u64,
    pub batch_input: Option<Payload>,
}

impl Execution {
    /// An execution that has not started: its first step takes [`Input::Start`](crate::Input::Start).
    pub fn new(
        identity: Identity,
        machine: &Machine,
        input: Payload,
        start_millis: i64,
    ) -> Execution {
        let mut execution = Execution {
            identity,
            input: input.clone(),
            start_millis,
            trace_header: None,
            status: Status::Running,
            is_paused: false,
            redrive_count: 0,
            redrive_millis: None,
            last_event_id: 0,
            history_bytes: 0,
            next_frame: 0,
            timer_generation: 0,
            timeout: None,
            frames: BTreeMap::new(),
            ready: VecDeque::new(),
            results: BTreeMap::new(),
            context: None,
            context_execution: OnceLock::new(),
        };
        execution.spawn(None, &machine.workflow, input, 0);
        execution
    }

    /// Gives the machine's workflow variables before the first step.
    pub fn set_variables(&mut self, variables: impl IntoIterator<Item = (Arc<str>, Payload)>) {
        if let Some(root) = self
            .frames
            .values_mut()
            .find(|frame| frame.parent.is_none())
        {
            root.variables = variables.into_iter().collect();
        }
    }

    /// Says what the context object is, whatever the execution's own would be.
    pub fn set_context(&mut self, context: Value) {
        self.context = Some(Arc::new(context));
    }

    pub fn is_running(&self) -> bool {
        self.status == Status::Running
    }

    pub fn last_event_id(&self) -> u64 {
        self.last_event_id
    }

    /// The event with which a frame entered the state that it is in: names the state's visit in what people are shown.
    pub fn entered_event_id(&self, frame: FrameId) -> Option<u64> {
        self.frames.get(&frame).map(|frame| frame.entry.event_id)
    }

    /// Whether its slice was used up: it goes on with [`Input::Continue`](crate::Input::Continue).
    pub fn has_ready_frames(&self) -> bool {
        !self.ready.is_empty() && !self.is_paused
    }

    /// Timers that are set, to arm them again after the execution was read back.
    pub fn open_timers(&self) -> Vec<OpenTimer> {
        let timer = |frame, deadline: &Deadline, heartbeat_seconds| OpenTimer {
            key: crate::TimerKey {
                frame,
                generation: deadline.generation,
            },
            due_millis: deadline.due_millis,
            heartbeat_seconds,
        };
        let mut open = Vec::new();
        for frame in self.live_frames() {
            let id = Some(frame.id);
            match &frame.phase {
                Phase::Waiting(deadline) | Phase::BackingOff(deadline) => {
                    open.push(timer(id, deadline, None));
                }
                Phase::Calling(calling) => {
                    open.extend(calling.timeout.iter().map(|d| timer(id, d, None)));
                    let seconds = calling.heartbeat_seconds;
                    open.extend(calling.heartbeat.iter().map(|d| timer(id, d, seconds)));
                }
                Phase::Enter | Phase::Children(_) | Phase::Distributed(_) | Phase::Failed => {}
            }
        }
        open.extend(self.timeout.iter().map(|d| timer(None, d, None)));
        open
    }

    /// Calls whose answers are awaited; cancels are not among them.
    pub fn open_calls(&self) -> Vec<crate::CallKey> {
        let of_children = |frame| self.open_children(frame);
        self.live_frames()
            .flat_map(|frame| frame.call_key().into_iter().chain(of_children(frame)))
            .collect()
    }

    /// Attempts that a task token may answer: their first calls' keys.
    pub fn open_tokens(&self) -> Vec<crate::CallKey> {
        self.live_frames().filter_map(Frame::token_key).collect()
    }

    /// Whether a redrive is possible, as AWS's RedriveExecution has it of its own history: it ended without success, and two
    /// more events have room.
    pub fn is_redrivable(&self, limits: &Limits) -> bool {
        matches!(
            self.status,
            Status::Failed(_) | Status::TimedOut(_) | Status::Aborted(_)
        ) && self.last_event_id + 1 < limits.history_events
            && self.history_bytes < limits.history_bytes
    }

    /// None of an execution that has ended: its frames are kept for a redrive.
    /// Tasks that people or workers are waited for. Those of `.sync` take a token too, but wait for their job.
    pub fn waiting_tasks(&self) -> impl Iterator<Item = WaitingTask<'_>> {
        self.live_frames().filter_map(|frame| {
            let (Phase::Calling(calling), Kind::Task(task)) = (&frame.phase, &frame.state.kind)
            else {
                return None;
            };
            is_waited_for(&task.resource).then(|| WaitingTask {
                token: crate::TaskToken::new(&self.identity, frame.attempt_key()),
                state_name: &frame.state.name,
                resource: &task.resource,
                input: &frame.input,
                entered_millis: frame.entry.entered_millis,
                entered_event_id: frame.entry.event_id,
                last_event_id: frame.previous_event_id,
                timeout_millis: calling.timeout.map(|deadline| deadline.due_millis),
                heartbeat_seconds: calling.heartbeat_seconds,
            })
        })
    }

    fn live_frames(&self) -> impl Iterator<Item = &Frame> {
        let is_running = self.is_running();
        self.frames.values().filter(move |_| is_running)
    }

    /// Children of a Distributed Map that have not ended.
    pub(crate) fn open_children(&self, frame: &Frame) -> Vec<crate::CallKey> {
        let Phase::Distributed(work) = &frame.phase else {
            return Vec::new();
        };
        let results = self.results.get(&frame.id).into_iter().flatten();
        (0..)
            .zip(results)
            .filter(|(_, result)| distributed::is_open(result.as_ref()))
            .map(|(index, _)| frame.child_key(work, index))
            .collect()
    }

    pub(crate) fn spawn(
        &mut self,
        parent: Option<Parent>,
        workflow: &Arc<Workflow>,
        input: Payload,
        previous_event_id: u64,
    ) -> Option<FrameId> {
        let state = workflow.states.get(&workflow.start_at)?.clone();
        let id = FrameId(self.next_frame);
        self.next_frame += 1;
        let frame = Frame {
            id,
            parent,
            state,
            workflow: workflow.clone(),
            input,
            variables: Vec::new(),
            previous_event_id,
            entry: Entry::default(),
            phase: Phase::Enter,
            drain_pending: false,
        };
        self.frames.insert(id, frame);
        self.ready.push_back(id);
        Some(id)
    }

    pub(crate) fn next_generation(&mut self) -> u64 {
        self.timer_generation += 1;
        self.timer_generation
    }
}

impl Frame {
    /// The call whose answer is awaited.
    pub(crate) fn call_key(&self) -> Option<crate::CallKey> {
        match &self.phase {
            Phase::Calling(calling) if calling.is_open => Some(crate::CallKey {
                call: calling.call,
                ..self.attempt_key()
            }),
            _ => None,
        }
    }

    /// The present attempt, which a task token may answer.
    pub(crate) fn token_key(&self) -> Option<crate::CallKey> {
        (matches!(self.phase, Phase::Calling(_)) && takes_tokens(&self.state))
            .then(|| self.attempt_key())
    }

    pub(crate) fn attempt_key(&self) -> crate::CallKey {
        crate::CallKey {
            frame: self.id,
            task: self.entry.event_id,
            attempt: self.entry.attempt(),
            call: 0,
        }
    }

    /// The call of a Distributed Map that waits for its child `index`.
    pub(crate) fn child_key(&self, work: &Distributed, index: u32) -> crate::CallKey {
        crate::CallKey {
            attempt: work.attempt,
            call: index,
            ..self.attempt_key()
        }
    }

    /// The workflow that child `index` of this frame walks.
    pub(crate) fn child_workflow(&self, index: u32) -> Option<&Arc<Workflow>> {
        child_workflow(&self.state, index)
    }
}

/// Whether somebody else may answer for the state: callbacks, jobs and activities.
pub(crate) fn takes_tokens(state: &State) -> bool {
    match &state.kind {
        Kind::Task(task) => {
            task.resource.kind == ResourceKind::Activity
                || task.resource.pattern != Pattern::RequestResponse
        }
        _ => false,
    }
}

/// Whether a Task of this resource waits for a worker or a callback.
pub fn is_waited_for(resource: &Resource) -> bool {
    resource.kind == ResourceKind::Activity || resource.pattern == Pattern::WaitForTaskToken
}

pub(crate) fn child_workflow(state: &State, index: u32) -> Option<&Arc<Workflow>> {
    match &state.kind {
        Kind::Parallel(parallel) => parallel.branches.get(index as usize),
        Kind::Map(map) => Some(&map.processor),
        _ => None,
    }
}

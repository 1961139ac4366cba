//! One step: an input, then as many transitions as the slice allows, in turn among the frames that can go on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use query::{CancelFlag, Payload};
use states_language::machine::{Kind, Machine, Next};

use crate::command::{CallKey, CallPurpose, CallResult, Command, Input, TimerKey, TimerPurpose};
use crate::event::{Detail, ErrorDetail, Event};
use crate::execution::{Deadline, Execution, Frame, FrameId, Phase, Status};
use crate::failing::Kept;
use crate::failure::Failure;
use crate::limits::Limits;
use crate::map_run::MapRun;
use crate::mocked::{self, Mocked};
use crate::states::{self, children, distributed, task};
use crate::trace::Trace;

/// What comes from outside of a step: no clock, no limit and no flag is read anywhere else.
pub struct World<'a> {
    /// Milliseconds since 1970; the timestamp of the step's events.
    pub now_millis: i64,
    pub limits: &'a Limits,
    /// How another thread can hurry the step.
    pub interrupts: Option<&'a Interrupts>,
    /// Whether an activity exists, by its ARN: a Task of one that does not fails. Without it all exist.
    pub activity_exists: Option<&'a dyn Fn(&str) -> bool>,
    /// Sees every stage of the data's way through a state.
    pub trace: Option<&'a mut dyn Trace>,
    /// Of a state that is tested.
    pub mocked: Option<&'a Mocked>,
}

/// Raised from another thread. Neither changes what happens to an execution that behaves.
#[derive(Debug, Default)]
pub struct Interrupts {
    /// The slice has taken long enough: yield before the next transition.
    pub yield_now: AtomicBool,
    /// An expression runs away: it fails, and its state with it.
    pub cancel: CancelFlag,
}

/// What a step did. The caller commits it and then performs the commands.
#[derive(Debug, Default)]
pub struct Step {
    pub events: Vec<Event>,
    pub commands: Vec<Command>,
    pub changes: Changes,
    pub rest: Rest,
    /// The input found whom it was for. An answer that comes too late changes nothing; nor does anything for an execution
    /// that has ended, but a redrive.
    pub taken: bool,
    /// Nothing of it needs to be committed: a heartbeat only moves its timer.
    pub volatile: bool,
}

/// Why a step came to rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rest {
    /// Calls or timers are open.
    #[default]
    Waiting,
    /// The slice is used up: call `step` again with [`Input::Continue`].
    Yielded,
    Ended,
}

/// What a step touched, and nothing else: a commit writes only this. `dropped_results` go first: a frame may end one Map and
/// collect the results of the next within a step.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Changes {
    pub frames: BTreeSet<FrameId>,
    pub removed: BTreeSet<FrameId>,
    /// Results of finished children: the frame that waits, the branch or item.
    pub results: Vec<(FrameId, u32)>,
    /// Frames whose children's results are no longer needed.
    pub dropped_results: BTreeSet<FrameId>,
    /// Map Runs as they are now, by ARN.
    pub map_runs: BTreeMap<Arc<str>, MapRun>,
}

/// Takes an execution as far as it goes by itself.
pub fn step(
    machine: &Machine,
    execution: &mut Execution,
    input: Input,
    world: &mut World<'_>,
) -> Step {
    let mut turn = Turn {
        machine,
        execution,
        now_millis: world.now_millis,
        limits: world.limits,
        interrupts: world.interrupts,
        // `as_deref_mut` would tie the trait object's own lifetime to the borrow.
        activity_exists: world.activity_exists,
        trace: match &mut world.trace {
            Some(trace) => Some(&mut **trace),
            None => None,
        },
        mocked: world.mocked,
        out: Step::default(),
        history_is_full: false,
    };
    if turn.execution.is_running() || matches!(input, Input::Redrive | Input::RedriveChild(_)) {
        turn.out.taken = turn.take(input);
        // What is not committed must not let anything else happen.
        if !turn.out.volatile {
            turn.run();
        }
    }
    if !turn.execution.is_running() {
        turn.out.rest = Rest::Ended;
    }
    turn.out
}

/// A step in the making.
pub(crate) struct Turn<'a> {
    pub machine: &'a Machine,
    pub execution: &'a mut Execution,
    pub now_millis: i64,
    pub limits: &'a Limits,
    pub interrupts: Option<&'a Interrupts>,
    pub activity_exists: Option<&'a dyn Fn(&str) -> bool>,
    pub trace: Option<&'a mut dyn Trace>,
    pub mocked: Option<&'a Mocked>,
    pub out: Step,
    history_is_full: bool,
}

impl Turn<'_> {
    /// Answers whether the input found whom it was for.
    fn take(&mut self, input: Input) -> bool {
        let commands = self.out.commands.len();
        let mut taken = true;
        match input {
            Input::Start => self.start(),
            Input::Continue => {}
            Input::CallCompleted { key, result } => taken = self.call_completed(key, result),
            Input::OutcomeUnknown { key } => {
                taken = self.call_completed(key, Err(task::outcome_unknown()));
            }
            Input::TaskAnswered { key, result } => match self.take_attempt(key) {
                Some(frame) => task::answered(self, frame, result),
                None => taken = false,
            },
            Input::TaskHeartbeat { key } => match self.take_attempt(key) {
                Some(frame) => {
                    self.out.volatile = true;
                    task::heartbeat(self, frame);
                }
                None => taken = false,
            },
            Input::ActivityStarted { key, worker_name } => {
                let frame = self.execution.frames.get(&key.frame);
                // Its call is open as long as no worker has it.
                taken = frame.and_then(Frame::call_key) == Some(key);
                if let Some(frame) = taken.then(|| self.take_frame(key.frame)).flatten() {
                    task::activity_started(self, frame, worker_name);
                }
            }
            Input::ChildEnded(end) => taken = distributed::child_ended(self, &end),
            Input::MapRunUpdated {
                map_run_arn,
                update,
            } => taken = distributed::update(self, &map_run_arn, &update),
            Input::TimerFired(key) => taken = self.timer_fired(key),
            Input::Redrive => taken = self.redrive(),
            Input::RedriveChild(of) => {
                taken = self.execution.is_running() || self.redrive();
                if taken {
                    self.execution.identity.child_of = Some(of);
                }
            }
            Input::Stop { error, cause } => self.stop(error, cause),
            Input::Drain => self.drain(),
            Input::Pause => taken = !std::mem::replace(&mut self.execution.is_paused, true),
            Input::Unpause => taken = std::mem::take(&mut self.execution.is_paused),
        }
        self.end_if_history_is_full(commands);
        taken
    }

    fn run(&mut self) {
        let mut transitions = self.limits.transitions_per_step;
        while self.execution.is_running() && !self.execution.is_paused {
            let Some(id) = self.execution.ready.pop_front() else {
                return;
            };
            // A raised flag has done its work: the next slice gets fresh ones.
            let interrupted = self.interrupts.is_some_and(|interrupts| {
                interrupts.yield_now.load(Ordering::Relaxed) || interrupts.cancel.is_cancelled()
            });
            if transitions == 0 || interrupted {
                self.execution.ready.push_front(id);
                self.out.rest = Rest::Yielded;
                return;
            }
            transitions -= 1;
            let commands = self.out.commands.len();
            if let Some(frame) = self.take_frame(id) {
                match frame.phase {
                    Phase::Failed => self.attempt(frame),
                    Phase::Distributed(_) => distributed::start_child(self, frame),
                    _ => self.enter(frame),
                }
            }
            self.end_if_history_is_full(commands);
        }
    }

    fn start(&mut self) {
        let detail = Detail::ExecutionStarted {
            input: self.execution.input.clone(),
            role_arn: self.execution.identity.role_arn.clone(),
        };
        self.emit(0, detail);
        self.start_timeout();
    }

    /// The timeout of the whole execution.
    pub fn start_timeout(&mut self) {
        let seconds = [self.machine.timeout_seconds, self.limits.execution_seconds];
        if let Some(seconds) = seconds.into_iter().flatten().min() {
            let due_millis = after_seconds(self.now_millis, seconds);
            self.execution.timeout =
                Some(self.set_timer(None, due_millis, TimerPurpose::ExecutionTimeout));
        }
    }

    /// StateEntered, then the state's work.
    fn enter(&mut self, mut frame: Frame) {
        let state = frame.state.clone();
        frame.entry.previous_event_id = frame.previous_event_id;
        frame.entry.entered_millis = self.now_millis;
        frame.entry.retries.clear();
        frame.entry.attempts_before_redrive = 0;
        let detail = Detail::StateEntered {
            state_type: states::state_type(&state.kind),
            name: state.name.clone(),
            input: frame.input.clone(),
        };
        frame.entry.event_id = self.emit(frame.previous_event_id, detail);
        frame.previous_event_id = frame.entry.event_id;
        if self.is_drained_at(&frame) {
            return self.raise_drained(frame);
        }
        self.attempt(frame);
    }

    /// The state's work, for the first time or as a retry.
    pub fn attempt(&mut self, frame: Frame) {
        let state = frame.state.clone();
        let is_mocked = self.mocked.is_some_and(|mocked| mocked.children.is_some());
        match &state.kind {
            Kind::Parallel(_) if is_mocked => mocked::parallel(self, frame),
            Kind::Map(map) if is_mocked => mocked::map(self, frame, map),
            Kind::Pass(pass) => states::pass::run(self, frame, pass),
            Kind::Task(task) => task::start(self, frame, task),
            Kind::Choice(choice) => states::choice::run(self, frame, choice),
            Kind::Wait(wait) => states::wait::start(self, frame, wait),
            Kind::Succeed => states::succeed::run(self, frame),
            Kind::Fail(fail) => states::fail::run(self, frame, fail),
            Kind::Parallel(parallel) => states::parallel::start(self, frame, parallel),
            Kind::Map(map) => states::map::start(self, frame, map),
        }
    }

    /// An answer to an attempt that is over (timed out, aborted, answered before) is dropped here.
    fn call_completed(&mut self, key: CallKey, result: CallResult) -> bool {
        let frame = self.execution.frames.get(&key.frame);
        if frame.and_then(Frame::call_key) != Some(key) {
            return false;
        }
        if let Some(frame) = self.take_frame(key.frame) {
            task::completed(self, frame, result);
        }
        true
    }

    /// The frame of an attempt that a task token may answer.
    fn take_attempt(&mut self, key: CallKey) -> Option<Frame> {
        let open = self.execution.frames.get(&key.frame)?.token_key()?;
        (open == key.of_attempt()).then(|| self.take_frame(key.frame))?
    }

    fn timer_fired(&mut self, key: TimerKey) -> bool {
        let Some(id) = key.frame else {
            let is_set = self
                .execution
                .timeout
                .is_some_and(|deadline| deadline.generation == key.generation);
            if is_set {
                self.execution.timeout = None;
                let failure = Failure::timeout();
                self.unwind(None, Kept::ForRedrive);
                self.emit(
                    self.root_previous(),
                    Detail::ExecutionTimedOut(error_detail(&failure)),
                );
                self.finish(Status::TimedOut(failure));
            }
            return is_set;
        };
        let Some(frame) = self.execution.frames.get(&id) else {
            return false;
        };
        let is = |deadline: &Deadline| deadline.generation == key.generation;
        match &frame.phase {
            Phase::Waiting(deadline) if is(deadline) => {
                if let Some(frame) = self.take_frame(id) {
                    states::wait::elapsed(self, frame);
                }
            }
            Phase::BackingOff(deadline) if is(deadline) => {
                if let Some(frame) = self.take_frame(id) {
                    let starts_children =
                        matches!(frame.state.kind, Kind::Map(_) | Kind::Parallel(_));
                    if starts_children && self.is_drained_at(&frame) {
                        self.raise_drained(frame);
                    } else {
                        self.attempt(frame);
                    }
                }
            }
            Phase::Calling(calling)
                if calling.timeout.as_ref().is_some_and(is)
                    || calling.heartbeat.as_ref().is_some_and(is) =>
            {
                let heartbeat = calling.heartbeat.as_ref().is_some_and(is);
                if let Some(frame) = self.take_frame(id) {
                    task::timed_out(self, frame, heartbeat);
                }
            }
            _ => return false,
        }
        true
    }

    fn stop(&mut self, error: Option<Arc<str>>, cause: Option<Arc<str>>) {
        let failure = Failure {
            error,
            cause,
            heartbeat: false,
            evaluation: None,
        };
        self.unwind(None, Kept::ForRedrive);
        self.emit(
            self.root_previous(),
            Detail::ExecutionAborted(error_detail(&failure)),
        );
        self.finish(Status::Aborted(failure));
    }

    /// The state is done: StateExited, then the next state or the frame's end.
    pub fn exit(
        &mut self,
        mut frame: Frame,
        output: Payload,
        assigned: Vec<(Arc<str>, Payload)>,
        next: &Next,
    ) {
        if output.len() > self.limits.payload_bytes {
            let failure = data_limit_exceeded(&frame.state.name);
            return self.fail(frame, failure);
        }
        for (name, value) in &assigned {
            match frame.variables.iter_mut().find(|(known, _)| known == name) {
                Some((_, old)) => *old = value.clone(),
                None => frame.variables.push((name.clone(), value.clone())),
            }
        }
        let detail = Detail::StateExited {
            state_type: states::state_type(&frame.state.kind),
            name: frame.state.name.clone(),
            output: output.clone(),
            assigned_variables: assigned,
        };
        frame.previous_event_id = self.emit(frame.previous_event_id, detail);
        self.clear_timers(&frame);
        match next {
            Next::End => self.frame_succeeded(frame, output),
            Next::State(name) => match frame.workflow.states.get(name) {
                Some(state) => {
                    frame.state = state.clone();
                    frame.input = output;
                    frame.phase = Phase::Enter;
                    self.execution.ready.push_back(frame.id);
                    self.put(frame);
                }
                // The validator lets no such machine through; a wrong one must not hang.
                None => {
                    let failure = Failure::runtime(format!("The state '{name}' does not exist."));
                    self.fail(frame, failure);
                }
            },
        }
    }

    fn frame_succeeded(&mut self, frame: Frame, output: Payload) {
        self.out.changes.removed.insert(frame.id);
        self.out.changes.frames.remove(&frame.id);
        match frame.parent {
            Some(parent) => {
                children::child_succeeded(self, parent, frame.previous_event_id, output)
            }
            None => {
                self.emit(
                    frame.previous_event_id,
                    Detail::ExecutionSucceeded {
                        output: output.clone(),
                    },
                );
                self.finish(Status::Succeeded { output });
            }
        }
    }

    pub fn finish(&mut self, status: Status) {
        if self.history_is_full {
            return;
        }
        if let Some(deadline) = self.execution.timeout.take() {
            self.out.commands.push(Command::ClearTimer(TimerKey {
                frame: None,
                generation: deadline.generation,
            }));
        }
        self.execution.ready.clear();
        self.execution.is_paused = false;
        self.execution.status = status;
    }

    /// Ends the execution at the limit of events: the event that found no room and what its turn commanded are dropped.
    fn end_if_history_is_full(&mut self, commands: usize) {
        if !self.history_is_full || !self.execution.is_running() {
            return;
        }
        self.unwind(None, Kept::ForRedrive);
        // What was out before is abandoned and cleared; what this turn wanted to begin never happens, and so has no end.
        let (mut calls, mut timers) = (BTreeSet::new(), BTreeSet::new());
        let mut turn = self.out.commands.split_off(commands);
        turn.retain(|command| match command {
            // A job that was submitted before is to be stopped all the same.
            Command::Call(call) if matches!(call.purpose, CallPurpose::Cancel { .. }) => true,
            Command::Call(call) => {
                calls.insert(call.key);
                false
            }
            Command::StartChild(child) => {
                calls.extend(child.identity.child_of.as_ref().map(|of| of.key));
                false
            }
            Command::SetTimer { key, .. } => {
                timers.insert(*key);
                false
            }
            Command::AbandonCall(key) => !calls.contains(key),
            Command::ClearTimer(key) => !timers.contains(key),
        });
        self.out.commands.append(&mut turn);
        let cause = if self.execution.history_bytes >= self.limits.history_bytes {
            format!(
                "The execution reached the maximum size of its history ({} bytes).",
                self.limits.history_bytes
            )
        } else {
            format!(
                "The execution reached the maximum number of history events ({}).",
                self.limits.history_events
            )
        };
        let failure = Failure::runtime(cause);
        let previous = self.execution.last_event_id;
        self.push_event(previous, Detail::ExecutionFailed(error_detail(&failure)));
        self.history_is_full = false;
        self.finish(Status::Failed(failure));
    }

    /// Writes an event and answers its id. The last place of the history is kept for the end of the execution.
    pub fn emit(&mut self, previous_event_id: u64, detail: Detail) -> u64 {
        match detail {
            // Whoever ends the execution from outside needs no place for what led there.
            Detail::ExecutionTimedOut(_) | Detail::ExecutionAborted(_) => {
                self.history_is_full = false;
            }
            Detail::ExecutionSucceeded { .. } | Detail::ExecutionFailed(_) => {}
            _ => {
                self.history_is_full |= self.execution.last_event_id + 1
                    >= self.limits.history_events
                    || self.execution.history_bytes >= self.limits.history_bytes;
            }
        }
        if self.history_is_full {
            return previous_event_id;
        }
        self.push_event(previous_event_id, detail)
    }

    fn push_event(&mut self, previous_event_id: u64, detail: Detail) -> u64 {
        self.execution.last_event_id += 1;
        self.execution.history_bytes += detail.payload_bytes();
        let id = self.execution.last_event_id;
        self.out.events.push(Event {
            id,
            previous_event_id,
            timestamp_millis: self.now_millis,
            detail,
        });
        id
    }

    pub fn set_timer(
        &mut self,
        frame: Option<FrameId>,
        due_millis: i64,
        purpose: TimerPurpose,
    ) -> Deadline {
        let generation = self.execution.next_generation();
        self.out.commands.push(Command::SetTimer {
            key: TimerKey { frame, generation },
            due_millis,
            purpose,
        });
        Deadline {
            due_millis,
            generation,
        }
    }

    /// Clears what timers the frame's phase has set.
    pub fn clear_timers(&mut self, frame: &Frame) {
        let mut clear = |deadline: &Deadline| {
            self.out.commands.push(Command::ClearTimer(TimerKey {
                frame: Some(frame.id),
                generation: deadline.generation,
            }));
        };
        match &frame.phase {
            Phase::Calling(calling) => calling
                .timeout
                .iter()
                .chain(&calling.heartbeat)
                .for_each(clear),
            Phase::Waiting(deadline) | Phase::BackingOff(deadline) => clear(deadline),
            Phase::Enter | Phase::Children(_) | Phase::Distributed(_) | Phase::Failed => {}
        }
    }

    pub fn take_frame(&mut self, id: FrameId) -> Option<Frame> {
        self.execution.frames.remove(&id)
    }

    pub fn put(&mut self, frame: Frame) {
        self.out.changes.frames.insert(frame.id);
        self.execution.frames.insert(frame.id, frame);
    }

    fn root_previous(&self) -> u64 {
        self.execution
            .frames
            .values()
            .find(|frame| frame.parent.is_none())
            .map_or(self.execution.last_event_id, |f| f.previous_event_id)
    }
}

pub(crate) fn error_detail(failure: &Failure) -> ErrorDetail {
    ErrorDetail {
        error: failure.error.clone(),
        cause: failure.cause.clone(),
    }
}

pub(crate) fn data_limit_exceeded(what: &str) -> Failure {
    Failure::new(
        crate::failure::names::DATA_LIMIT_EXCEEDED,
        format!(
            "The state/task '{what}' returned a result with a size exceeding the maximum number of bytes service limit."
        ),
    )
}

/// Saturating: a Wait of a billion years is a timer that never fires, not an overflow.
pub(crate) fn after_seconds(now_millis: i64, seconds: u64) -> i64 {
    now_millis.saturating_add(
        i64::try_from(seconds)
            .unwrap_or(i64::MAX)
            .saturating_mul(1000),
    )
}

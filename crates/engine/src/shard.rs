//! What a shard decides, without doing it: which execution takes which input, which timers are due, what is committed and what
//! may happen once that is durable. Pure: time comes in, nothing goes out but values.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use interpreter::{
    Call, CallKey, Command, DecodeError, Event, Execution, Identity, Input, Interrupts, Limits,
    Rest, Status, TimerKey, TimerPurpose, World, encode_events,
};
use query::Payload;
use states_language::machine::Machine;
use store::{ExecutionId, Segment, StoredExecution, Unit};

/// Something for one execution.
#[derive(Debug)]
pub enum Message {
    Start {
        machine: Arc<Machine>,
        identity: Identity,
        input: Payload,
    },
    Take {
        execution: ExecutionId,
        input: Input,
    },
}

/// One step, taken but not yet durable: what to commit, and what follows from it.
#[derive(Debug)]
pub struct Transition {
    pub unit: Unit,
    pub outcome: Outcome,
}

/// What a step means once its unit is durable.
#[derive(Debug)]
pub struct Outcome {
    pub execution: ExecutionId,
    /// The version that the unit makes.
    pub version: u64,
    pub events: Vec<Event>,
    /// The status after the step.
    pub status: Status,
    /// Timers that the step has set.
    pub timers: Vec<TimerSet>,
    /// To be done once the unit is durable, and not before.
    pub effects: Vec<Effect>,
    rest: Rest,
}

/// A timer as people are shown it: what waits, what for and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimerSet {
    /// The `StateEntered` event of the state that waits; none for the execution's own timeout.
    pub entered_event_id: Option<u64>,
    pub purpose: TimerPurpose,
    /// Milliseconds since 1970.
    pub due_millis: i64,
}

#[derive(Debug)]
pub enum Effect {
    Call(Box<Call>),
    Abandon(CallKey),
}

#[derive(Debug, Default)]
pub struct Shard {
    live: BTreeMap<ExecutionId, Live>,
    /// The next timer of every execution that has one.
    due: BTreeSet<(i64, ExecutionId)>,
    /// Executions whose slice was used up.
    yielded: VecDeque<ExecutionId>,
}

#[derive(Debug)]
struct Live {
    machine: Arc<Machine>,
    /// None: at rest in the store.
    execution: Option<Execution>,
    version: u64,
    timers: BTreeSet<(i64, TimerKey)>,
    due_by_key: BTreeMap<TimerKey, i64>,
}

impl Live {
    fn next_due(&self) -> Option<i64> {
        self.timers.first().map(|(due, _)| *due)
    }

    fn set_timer(&mut self, key: TimerKey, due_millis: i64) {
        self.timers.insert((due_millis, key));
        self.due_by_key.insert(key, due_millis);
    }

    fn clear_timer(&mut self, key: TimerKey) {
        if let Some(due) = self.due_by_key.remove(&key) {
            self.timers.remove(&(due, key));
        }
    }
}

fn timers_set(execution: &Execution, commands: &[Command]) -> Vec<TimerSet> {
    let set = commands.iter().filter_map(|command| match command {
        Command::SetTimer {
            key,
            due_millis,
            purpose,
        } => Some(TimerSet {
            entered_event_id: key
                .frame
                .and_then(|frame| execution.entered_event_id(frame)),
            purpose: *purpose,
            due_millis: *due_millis,
        }),
        _ => None,
    });
    set.collect()
}

impl Shard {
    /// Takes one step. None when nobody here knows the execution, or it is at rest: `restore` it first.
    pub fn take(
        &mut self,
        message: Message,
        now_millis: i64,
        limits: &Limits,
        interrupts: Option<&Interrupts>,
    ) -> Option<Transition> {
        let (id, input) = match message {
            Message::Start {
                machine,
                identity,
                input,
            } => {
                let id = identity.execution_arn.clone();
                let execution = Execution::new(identity, &machine, input, now_millis);
                let live = Live {
                    machine,
                    execution: Some(execution),
                    version: 0,
                    timers: BTreeSet::new(),
                    due_by_key: BTreeMap::new(),
                };
                if self.live.contains_key(&id) {
                    return None;
                }
                self.live.insert(id.clone(), live);
                (id, Input::Start)
            }
            Message::Take { execution, input } => (execution, input),
        };
        let live = self.live.get_mut(&id)?;
        let before = live.next_due();
        // Read back first, where it is at rest: then its timer is still there.
        live.execution.as_ref()?;
        if let Input::TimerFired(key) = input {
            live.clear_timer(key);
        }
        let execution = live.execution.as_mut()?;
        let closed = match &input {
            Input::CallCompleted { key, .. } => Some(*key),
            _ => None,
        };
        let execution_before = execution.last_event_id();
        let mut world = World {
            now_millis,
            limits,
            interrupts,
            activity_exists: None,
            trace: None,
        };
        let step = interpreter::step(&live.machine, execution, input, &mut world);

        let changes = &step.changes;
        let frames = changes
            .frames
            .iter()
            .filter_map(|&frame| Some((frame, execution.encode_frame(frame)?)))
            .collect();
        let results = changes.results.iter().filter_map(|&(frame, index)| {
            let payload = execution.result(frame, index)?.clone();
            Some(((frame, index), payload))
        });
        let mut unit = Unit {
            execution: id.clone(),
            expected_version: live.version,
            header: execution.encode_header(),
            frames,
            removed_frames: changes.removed.iter().copied().collect(),
            results: results.collect(),
            dropped_results: changes.dropped_results.iter().copied().collect(),
            events: (!step.events.is_empty()).then(|| Segment {
                first_event_id: execution_before + 1,
                events: encode_events(&step.events),
            }),
            opened_calls: Vec::new(),
            closed_calls: closed.into_iter().collect(),
            next_due_millis: None,
            ended: step.rest == Rest::Ended,
        };
        let status = execution.status.clone();
        let timers = timers_set(execution, &step.commands);
        let mut effects = Vec::new();
        for command in step.commands {
            match command {
                Command::Call(call) => {
                    unit.opened_calls.push(call.key);
                    effects.push(Effect::Call(call));
                }
                Command::AbandonCall(key) => {
                    unit.closed_calls.push(key);
                    effects.push(Effect::Abandon(key));
                }
                Command::SetTimer {
                    key, due_millis, ..
                } => live.set_timer(key, due_millis),
                Command::ClearTimer(key) => live.clear_timer(key),
            }
        }
        unit.next_due_millis = live.next_due();
        let after = unit.next_due_millis;
        if before != after {
            before.map(|due| self.due.remove(&(due, id.clone())));
            after.map(|due| self.due.insert((due, id.clone())));
        }
        let version = live.version + 1;
        let outcome = Outcome {
            execution: id,
            version,
            events: step.events,
            status,
            timers,
            effects,
            rest: step.rest,
        };
        Some(Transition { unit, outcome })
    }

    /// The transition is durable: what it asked for may happen.
    pub fn committed(&mut self, outcome: &Outcome) {
        let id = &outcome.execution;
        match outcome.rest {
            Rest::Ended => return self.forget(id),
            Rest::Yielded if !self.yielded.contains(id) => self.yielded.push_back(id.clone()),
            Rest::Yielded => {}
            Rest::Waiting => {}
        }
        if let Some(live) = self.live.get_mut(id) {
            live.version = outcome.version;
        }
    }

    /// Drops what is cached of an execution: it ended, or a commit failed and only the store knows the truth.
    pub fn forget(&mut self, id: &ExecutionId) {
        if let Some(live) = self.live.remove(id) {
            live.next_due()
                .map(|due| self.due.remove(&(due, id.clone())));
        }
        self.yielded.retain(|other| other != id);
    }

    /// Puts an execution to rest: its frames leave memory, its next timer stays.
    pub fn evict(&mut self, id: &ExecutionId) {
        if let Some(live) = self.live.get_mut(id) {
            live.execution = None;
        }
    }

    pub fn is_at_rest(&self, id: &ExecutionId) -> bool {
        self.live
            .get(id)
            .is_some_and(|live| live.execution.is_none())
    }

    /// Brings an execution back from its record.
    pub fn restore(
        &mut self,
        id: &ExecutionId,
        stored: &StoredExecution,
    ) -> Result<(), DecodeError> {
        let Some(live) = self.live.get_mut(id) else {
            return Ok(());
        };
        let execution = Execution::decode(&live.machine, &stored.record)?;
        live.version = stored.version;
        live.execution = Some(execution);
        Ok(())
    }

    /// Slices to go on with, and of every execution the first timer that is due.
    pub fn due_messages(&mut self, now_millis: i64) -> Vec<Message> {
        let mut messages: Vec<Message> = self
            .yielded
            .drain(..)
            .map(|execution| Message::Take {
                execution,
                input: Input::Continue,
            })
            .collect();
        let ids: Vec<ExecutionId> = self
            .due
            .iter()
            .take_while(|(due, _)| *due <= now_millis)
            .map(|(_, id)| id.clone())
            .collect();
        for id in ids {
            if let Some((_, key)) = self.live.get(&id).and_then(|live| live.timers.first()) {
                messages.push(Message::Take {
                    execution: id,
                    input: Input::TimerFired(*key),
                });
            }
        }
        messages
    }

    /// When something happens by itself, milliseconds since 1970: `now` at once for slices to go on with.
    pub fn next_due(&self, now_millis: i64) -> Option<i64> {
        if self.yielded.is_empty() {
            self.due.first().map(|(due, _)| *due)
        } else {
            Some(now_millis)
        }
    }
}

//! What a shard decides, without doing it: which execution takes which input, which timers are due, what is committed and what
//! may happen once that is durable. Pure: time comes in, nothing goes out but values.
//!
//! An execution that is being worked on is resident. One that waits is a slot with the time of its next timer, and nothing at
//! all when it has none: it is read back when something comes for it.

mod batch;
mod resident;
mod timers;

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::hash::BuildHasherDefault;
use std::sync::Arc;

use interpreter::{
    Call, CallKey, ChildEnd, ChildExecution, DecodeError, Event, Execution, Identity, Input,
    Interrupts, Limits, Rest, Status, TimerPurpose, World,
};
use query::Payload;
use states_language::machine::Machine;
use states_language::resource::ResourceKind;
use store::{AuditEntry, ExecutionId, Listing, StoredExecution, Unit};

use crate::request::{Durability, StartExecution};
use resident::{Resident, Stepped};
use timers::{Moved, Timers};

/// Something for one execution.
#[derive(Debug)]
pub enum Message {
    Start(Box<StartExecution>),
    Take {
        execution: ExecutionId,
        input: Input,
    },
    /// What is due by itself: timers, and a slice to go on with.
    Wake(ExecutionId),
}

impl Message {
    pub fn execution(&self) -> &ExecutionId {
        match self {
            Message::Start(start) => &start.identity.execution_arn,
            Message::Take { execution, .. } | Message::Wake(execution) => execution,
        }
    }
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// What it did is in the batch.
    Yes,
    /// What it did needs no commit: a heartbeat.
    Volatile,
    /// It found nobody that it was for: a late answer, a stale timer. What else the execution did meanwhile is in the batch.
    No,
    /// The execution is not here: restore it first.
    NotResident,
    /// A start of an execution that is here already.
    Exists,
}

/// The steps that one execution took in one batch, not yet durable: what to commit, and what follows from it.
#[derive(Debug)]
pub struct Transition {
    /// None where nothing has to be durable.
    pub unit: Option<Unit>,
    pub outcome: Outcome,
}

/// What steps mean once they are durable.
#[derive(Debug)]
pub struct Outcome {
    pub execution: ExecutionId,
    pub events: Vec<Event>,
    /// The status after them.
    pub status: Status,
    /// Timers that they have set.
    pub timers: Vec<TimerSet>,
    /// To be done once they are durable, and not before.
    pub effects: Vec<Effect>,
    /// Calls that are over.
    pub closed_calls: Vec<CallKey>,
    /// The execution's first steps.
    pub is_start: bool,
    /// It has begun to run, or runs again after a redrive.
    pub is_opened: bool,
    /// It has ended just now.
    pub is_ended: bool,
    pub durability: Durability,
    /// The version that they were taken on.
    pub expected_version: u64,
    /// It makes a new version.
    pub(crate) is_written: bool,
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
    /// One of an activity is offered to its workers.
    Call(Box<Call>),
    /// A child of a Distributed Map: its end is told to its parent.
    StartChild(Box<ChildExecution>),
    /// Nobody waits for the call any more. A child is stopped.
    Abandon(CallKey),
}

/// The activity whose task this call is.
pub fn activity(call: &Call) -> Option<&str> {
    let is_activity = call.resource.kind == ResourceKind::Activity;
    is_activity.then_some(call.resource.arn.as_str())
}

/// Hashes the same in every process: a shard has no randomness.
type Slots = HashMap<ExecutionId, Slot, BuildHasherDefault<DefaultHasher>>;

#[derive(Debug, Default)]
pub struct Shard {
    slots: Slots,
    /// The next timer of every execution that has one.
    due: BTreeSet<(i64, ExecutionId)>,
    /// Executions whose slice was used up, in turn.
    yielded: VecDeque<ExecutionId>,
    /// Executions that took steps since the last `seal`, in order.
    batch: Vec<ExecutionId>,
    /// Resident executions that can be read back, by their latest use.
    recent: BTreeMap<u64, ExecutionId>,
    uses: u64,
    resident_bytes: usize,
    /// Heartbeats from before may be unknown here.
    heard_millis: i64,
}

/// An execution that the shard knows of. It is dropped when nothing in it is set.
#[derive(Debug, Default)]
struct Slot {
    next_due: Option<i64>,
    has_yielded: bool,
    /// Of an execution at rest.
    moved: Option<Box<Moved>>,
    resident: Option<Box<Resident>>,
}

impl Shard {
    /// Takes a message. Its steps wait for [`seal`](Shard::seal); several may be taken before.
    pub fn step(&mut self, message: Message, world: &mut World<'_>) -> Taken {
        let (id, input) = match message {
            Message::Start(start) => {
                let id = start.identity.execution_arn.clone();
                // Also at rest: a second one in its place would take its timer along when the commit refuses it.
                if self.slots.contains_key(&id) {
                    return Taken::Exists;
                }
                let resident = Resident::new(*start, world.now_millis);
                self.slots.entry(id.clone()).or_default().resident = Some(Box::new(resident));
                (id, Some(Input::Start))
            }
            Message::Take { execution, input } => (execution, Some(input)),
            Message::Wake(id) => (id, None),
        };
        let slot = self.slots.get_mut(&id);
        let Some((slot, resident)) = slot.and_then(|slot| {
            let resident = slot.resident.as_deref_mut()?;
            Some((&mut slot.has_yielded, resident))
        }) else {
            return Taken::NotResident;
        };
        let is_start = matches!(input, Some(Input::Start));
        let was_in_batch = resident.is_in_batch() && !is_start;
        let stepped = match input {
            Some(input) => resident.step(input, world),
            None => {
                let goes_on = std::mem::take(slot);
                resident.wake(goes_on, world)
            }
        };
        if resident.is_in_batch() {
            if !was_in_batch {
                self.batch.push(id);
            }
        } else {
            // There is no commit after which it would be armed.
            self.arm(&id);
            self.touch(&id);
        }
        match stepped {
            Stepped::Yes => Taken::Yes,
            Stepped::Volatile => Taken::Volatile,
            Stepped::No => Taken::No,
        }
    }

    /// Takes one message and seals: for whoever needs no batches.
    pub fn take(
        &mut self,
        message: Message,
        now_millis: i64,
        limits: &Limits,
        interrupts: Option<&Interrupts>,
    ) -> Option<Transition> {
        let mut world = World {
            now_millis,
            limits,
            interrupts,
            activity_exists: None,
            trace: None,
            mocked: None,
        };
        match self.step(message, &mut world) {
            Taken::Yes | Taken::No => self.seal().pop(),
            Taken::Volatile | Taken::NotResident | Taken::Exists => None,
        }
    }

    /// Ends the batch: one transition for each execution that took steps, in order.
    pub fn seal(&mut self) -> Vec<Transition> {
        let batch = std::mem::take(&mut self.batch);
        let sealed = batch.into_iter().filter_map(|id| {
            let resident = self.slots.get_mut(&id)?.resident.as_deref_mut()?;
            resident.seal(&id)
        });
        sealed.collect()
    }

    /// The transition is durable: what it asked for may happen.
    pub fn committed(&mut self, outcome: &Outcome) {
        let id = &outcome.execution;
        if outcome.status != Status::Running {
            return self.forget(id);
        }
        if let Some(resident) = self.resident_mut(id) {
            resident.version += u64::from(outcome.is_written);
        }
        if outcome.rest == Rest::Yielded {
            self.go_on_later(id);
        }
        self.arm(id);
        self.touch(id);
    }

    /// Drops what is cached of an execution: it ended, or a commit failed and only the store knows the truth.
    pub fn forget(&mut self, id: &ExecutionId) {
        self.drop_resident(id);
        let slot = self.slots.remove(id).unwrap_or_default();
        if let Some(due) = slot.next_due {
            self.due.remove(&(due, id.clone()));
        }
        if slot.has_yielded {
            self.yielded.retain(|other| other != id);
        }
    }

    /// Brings an execution back from its record; one that has ended too, for a redrive.
    pub fn restore(
        &mut self,
        id: &ExecutionId,
        machine: Arc<Machine>,
        stored: StoredExecution,
    ) -> Result<(), DecodeError> {
        let execution = Execution::decode(&machine, &stored.record)?;
        let goes_on = execution.has_ready_frames();
        self.drop_resident(id);
        let slot = self.slots.get_mut(id);
        let moved = slot.and_then(|slot| slot.moved.take()).unwrap_or_default();
        let timers = Timers::restored(execution.open_timers(), *moved, self.heard_millis);
        let resident = Resident::restored(machine, execution, timers, stored)?;
        self.slots.entry(id.clone()).or_default().resident = Some(Box::new(resident));
        if goes_on {
            self.go_on_later(id);
        }
        self.arm(id);
        self.touch(id);
        Ok(())
    }

    /// Begins an Express execution again that was accepted and has not ended: the next message has to be
    /// [`Input::Start`].
    pub fn restart(
        &mut self,
        id: &ExecutionId,
        machine: Arc<Machine>,
        stored: StoredExecution,
    ) -> Result<(), DecodeError> {
        let resident = Resident::restarted(machine, stored)?;
        self.slots.entry(id.clone()).or_default().resident = Some(Box::new(resident));
        Ok(())
    }

    /// What came before this moment may have been missed, heartbeats too.
    pub fn was_deaf_until(&mut self, now_millis: i64) {
        self.heard_millis = self.heard_millis.max(now_millis);
    }

    pub fn is_resident(&self, id: &ExecutionId) -> bool {
        self.resident(id).is_some()
    }

    /// Whether it has taken steps that are not sealed.
    pub fn is_in_batch(&self, id: &ExecutionId) -> bool {
        self.resident(id).is_some_and(Resident::is_in_batch)
    }

    /// Whether its first steps are not sealed.
    pub fn starts_in_batch(&self, id: &ExecutionId) -> bool {
        let batch = self
            .resident(id)
            .and_then(|resident| resident.batch.as_ref());
        batch.is_some_and(|batch| batch.is_start)
    }

    /// Whether it has ended by steps that are not sealed.
    pub fn ends_in_batch(&self, id: &ExecutionId) -> bool {
        let ends = |resident: &Resident| {
            resident.is_in_batch() && resident.execution.status != Status::Running
        };
        self.resident(id).is_some_and(ends)
    }

    /// What lists show of a resident execution, and its input.
    pub fn listing(&self, id: &ExecutionId) -> Option<(&Listing, &Payload)> {
        let resident = self.resident(id)?;
        Some((&resident.listing, &resident.execution.input))
    }

    /// What a parent is told of a child that has ended; None of other executions.
    pub fn child_end(&self, id: &ExecutionId) -> Option<ChildEnd> {
        let resident = self.resident(id)?;
        resident.execution.identity.child_of.as_ref()?;
        let stop_millis = resident.listing.stop_millis?;
        Some(ChildEnd::of(&resident.execution, stop_millis))
    }

    pub fn identity(&self, id: &ExecutionId) -> Option<&Identity> {
        Some(&self.resident(id)?.execution.identity)
    }

    /// Calls and children whose answers are awaited.
    pub fn awaited_calls(&self, id: &ExecutionId) -> BTreeSet<CallKey> {
        let resident = self.resident(id);
        let calls = resident.map(|resident| resident.execution.open_calls());
        calls.unwrap_or_default().into_iter().collect()
    }

    /// What a worker is given with a task of an activity, if it waits for one.
    pub fn activity_input(&self, id: &ExecutionId, key: CallKey) -> Option<&Payload> {
        self.resident(id)?.activities.get(&key)
    }

    /// Notes that a call that nobody waited for is over.
    pub fn close_call(&mut self, id: &ExecutionId, key: CallKey) {
        if let Some(resident) = self.resident_mut(id) {
            let was_in_batch = resident.is_in_batch();
            resident.batch().close(key);
            if !was_in_batch {
                self.batch.push(id.clone());
            }
        }
    }

    /// Drops an execution that has ended and was not let go on.
    pub fn forget_ended(&mut self, id: &ExecutionId) {
        let has_ended = |resident: &Resident| {
            !resident.is_in_batch() && resident.execution.status != Status::Running
        };
        if self.resident(id).is_some_and(has_ended) {
            self.forget(id);
        }
    }

    pub fn durability(&self, id: &ExecutionId) -> Option<Durability> {
        Some(self.resident(id)?.durability)
    }

    /// Whether the batch has an entry of the audit log for this execution: a unit has room for one.
    pub fn has_audit(&self, id: &ExecutionId) -> bool {
        let batch = self
            .resident(id)
            .and_then(|resident| resident.batch.as_ref());
        batch.is_some_and(|batch| batch.audit.is_some())
    }

    /// Commits an entry of the audit log with the steps that the execution took in this batch.
    pub fn audit(&mut self, id: &ExecutionId, entry: AuditEntry) {
        let batch = self
            .resident_mut(id)
            .and_then(|resident| resident.batch.as_mut());
        if let Some(batch) = batch {
            batch.audit = Some(entry);
        }
    }

    fn drop_if_empty(&mut self, id: &ExecutionId) {
        let is_empty = |slot: &Slot| {
            slot.next_due.is_none()
                && !slot.has_yielded
                && slot.moved.is_none()
                && slot.resident.is_none()
        };
        if self.slots.get(id).is_some_and(is_empty) {
            self.slots.remove(id);
        }
    }

    fn resident(&self, id: &ExecutionId) -> Option<&Resident> {
        self.slots.get(id)?.resident.as_deref()
    }

    fn resident_mut(&mut self, id: &ExecutionId) -> Option<&mut Resident> {
        self.slots.get_mut(id)?.resident.as_deref_mut()
    }

    fn go_on_later(&mut self, id: &ExecutionId) {
        let slot = self.slots.entry(id.clone()).or_default();
        if !std::mem::replace(&mut slot.has_yielded, true) {
            self.yielded.push_back(id.clone());
        }
    }
}

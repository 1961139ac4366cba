//! An execution in memory, and the steps that it takes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use interpreter::{
    CallKey, Changes, Command, DecodeError, Execution, Input, Intent, Rest, TimerKey, World,
};
use query::Payload;
use states_language::machine::Machine;
use store::{Kind, ListedStatus, Listing, StoredExecution};

use super::batch::Batch;
use super::timers::Timers;
use super::{Effect, TimerSet, activity};
use crate::request::{Durability, StartExecution, listed};

/// Timers that one message fires: a Map whose items wait for the same second shares commits, and others get their turn.
const TIMERS_AT_ONCE: usize = 256;
/// What an execution takes in memory beside the bytes of its records, roughly: measured with 7,000 that wait.
const BASE_BYTES: usize = 6 * 1024;

/// What became of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stepped {
    Yes,
    /// Nothing needs to be committed.
    Volatile,
    No,
}

#[derive(Debug)]
pub(super) struct Resident {
    pub machine: Arc<Machine>,
    pub execution: Execution,
    pub listing: Listing,
    pub durability: Durability,
    /// Of the record in the store; 0: there is none.
    pub version: u64,
    pub timers: Timers,
    /// Steps that are not sealed.
    pub batch: Option<Box<Batch>>,
    /// In the order of uses.
    pub used: u64,
    /// Inputs of activities' tasks that no worker has taken.
    pub activities: BTreeMap<CallKey, Payload>,
    /// Open calls that are children of Distributed Maps.
    children: BTreeSet<CallKey>,
    /// What it takes in memory, estimated by its records.
    pub bytes: usize,
    /// As the shard's sum has it.
    pub counted_bytes: usize,
}

impl Resident {
    pub fn new(start: StartExecution, now_millis: i64) -> Resident {
        let mut execution = Execution::new(start.identity, &start.machine, start.input, now_millis);
        execution.trace_header = start.trace_header;
        let mut batch = Batch::new(&execution);
        batch.is_start = true;
        batch.is_opened = true;
        batch.audit = start.audit;
        Resident {
            machine: start.machine,
            execution,
            listing: Listing {
                status: ListedStatus::Running,
                start_millis: now_millis,
                stop_millis: None,
                redrive_count: 0,
                redrive_millis: None,
                ..start.listing
            },
            durability: start.durability,
            version: 0,
            timers: Timers::default(),
            batch: Some(Box::new(batch)),
            used: 0,
            activities: BTreeMap::new(),
            children: BTreeSet::new(),
            bytes: BASE_BYTES,
            counted_bytes: 0,
        }
    }

    pub fn restored(
        machine: Arc<Machine>,
        execution: Execution,
        timers: Timers,
        stored: StoredExecution,
    ) -> Result<Resident, DecodeError> {
        let (mut activities, mut children) = (BTreeMap::new(), BTreeSet::new());
        for open in &stored.open_calls {
            match Intent::decode(&open.call)? {
                Intent::Call(call) if activity(&call).is_some() => {
                    activities.insert(open.key, call.arguments);
                }
                Intent::Call(_) => {}
                Intent::Child(_) => {
                    children.insert(open.key);
                }
            }
        }
        let record = &stored.record;
        let records = record.frames.values().chain([&record.header]);
        let bytes: usize = records.map(encoded_bytes).sum();
        let results: usize = record.results.values().map(|result| result.len()).sum();
        Ok(Resident {
            machine,
            execution,
            durability: durability(stored.listing.kind),
            listing: stored.listing,
            version: stored.version,
            timers,
            batch: None,
            used: 0,
            activities,
            children,
            bytes: BASE_BYTES + bytes + results,
            counted_bytes: 0,
        })
    }

    /// From its start again.
    pub fn restarted(
        machine: Arc<Machine>,
        stored: StoredExecution,
    ) -> Result<Resident, DecodeError> {
        let header = Execution::decode_header(&stored.record.header)?;
        let start = StartExecution {
            trace_header: header.trace_header,
            durability: durability(stored.listing.kind),
            listing: stored.listing,
            ..StartExecution::new(machine, header.identity, header.input)
        };
        let mut resident = Resident::new(start, header.start_millis);
        resident.version = stored.version;
        resident.batch = None;
        Ok(resident)
    }

    pub fn is_in_batch(&self) -> bool {
        self.batch.is_some()
    }

    pub fn batch(&mut self) -> &mut Batch {
        self.batch
            .get_or_insert_with(|| Box::new(Batch::new(&self.execution)))
    }

    /// Goes on with its slice, then fires what is due.
    pub fn wake(&mut self, goes_on: bool, world: &mut World<'_>) -> Stepped {
        let mut stepped = Stepped::No;
        if goes_on {
            stepped = self.step(Input::Continue, world);
        }
        for _ in 0..TIMERS_AT_ONCE {
            match self.timers.first() {
                Some((due, key)) if due <= world.now_millis && !self.execution.is_paused => {
                    if self.step(Input::TimerFired(key), world) == Stepped::Yes {
                        stepped = Stepped::Yes;
                    }
                }
                _ => break,
            }
        }
        stepped
    }

    /// One step.
    pub fn step(&mut self, input: Input, world: &mut World<'_>) -> Stepped {
        if let Input::TimerFired(key) = input {
            self.timers.clear(key);
        }
        let closes = match &input {
            Input::CallCompleted { key, .. }
            | Input::OutcomeUnknown { key }
            | Input::ActivityStarted { key, .. } => Some(*key),
            Input::ChildEnded(end) => end.identity.child_of.as_ref().map(|of| of.key),
            _ => None,
        };
        let first_event_id = self.execution.last_event_id() + 1;
        let step = interpreter::step(&self.machine, &mut self.execution, input, world);
        if step.volatile {
            for command in step.commands {
                if let Command::SetTimer {
                    key, due_millis, ..
                } = command
                {
                    self.timers.move_to(key, due_millis);
                }
            }
            return Stepped::Volatile;
        }
        // An input that was for nobody may still have let frames go on that were ready, some of them without an event: what
        // they did is committed, and whoever sent it is told all the same that it was not taken.
        let nothing_happened = step.events.is_empty() && step.changes == Changes::default();
        if !step.taken && nothing_happened && step.rest != Rest::Yielded {
            return Stepped::No;
        }
        let batch = self
            .batch
            .get_or_insert_with(|| Box::new(Batch::starting_at(first_event_id)));
        batch.absorb_changes(step.changes);
        batch.rest = step.rest;
        batch.now_millis = world.now_millis;
        batch.events.extend(step.events);
        // The end of a child is told once, also when nobody waits for it any more.
        if let Some(key) = closes.filter(|key| step.taken || self.children.contains(key)) {
            self.activities.remove(&key);
            self.children.remove(&key);
            batch.close(key);
        }
        for command in step.commands {
            match command {
                Command::Call(call) => {
                    if activity(&call).is_some() {
                        self.activities.insert(call.key, call.arguments.clone());
                    }
                    batch.effects.push(Effect::Call(call));
                }
                Command::StartChild(child) => {
                    let of = child.identity.child_of.as_ref();
                    self.children.extend(of.map(|of| of.key));
                    batch.effects.push(Effect::StartChild(child));
                }
                Command::AbandonCall(key) => {
                    self.activities.remove(&key);
                    // The call of a child stays open until the child has ended: nothing else would stop it after a crash.
                    let is_out = batch.abandon(key, !self.children.contains(&key));
                    if is_out {
                        batch.effects.push(Effect::Abandon(key));
                    } else {
                        self.children.remove(&key);
                    }
                }
                Command::SetTimer {
                    key,
                    due_millis,
                    purpose,
                } => {
                    self.timers.set(key, due_millis);
                    batch.timers.push(TimerSet {
                        entered_event_id: entered(&self.execution, key),
                        purpose,
                        due_millis,
                    });
                }
                Command::ClearTimer(key) => self.timers.clear(key),
            }
        }
        self.update_listing(world.now_millis);
        match step.taken {
            true => Stepped::Yes,
            false => Stepped::No,
        }
    }

    /// Lists show an end, and a redrive.
    fn update_listing(&mut self, now_millis: i64) {
        let (listing, execution) = (&mut self.listing, &self.execution);
        let status = listed(&execution.status);
        if listing.status == status && listing.redrive_count == execution.redrive_count {
            return;
        }
        let is_redriven = listing.redrive_count != execution.redrive_count;
        listing.status = status;
        listing.redrive_count = execution.redrive_count;
        listing.redrive_millis = execution.redrive_millis;
        listing.stop_millis = (!execution.is_running()).then_some(now_millis);
        if let Some(batch) = &mut self.batch {
            batch.is_listing_changed = true;
            batch.is_opened |= is_redriven;
        }
    }

    /// When it wants to be woken, beside slices.
    pub fn next_due(&self) -> Option<i64> {
        if self.execution.is_paused {
            return None;
        }
        self.timers.first().map(|(due, _)| due)
    }
}

pub(super) fn encoded_bytes(encoded: &interpreter::Encoded) -> usize {
    let payloads: usize = encoded.payloads.iter().map(|payload| payload.len()).sum();
    encoded.bytes.len() + payloads
}

fn durability(kind: Kind) -> Durability {
    match kind {
        Kind::Standard => Durability::Full,
        Kind::Express => Durability::Accept,
    }
}

pub(super) fn base_bytes() -> usize {
    BASE_BYTES
}

fn entered(execution: &Execution, key: TimerKey) -> Option<u64> {
    execution.entered_event_id(key.frame?)
}

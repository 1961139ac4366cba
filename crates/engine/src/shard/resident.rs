//! An execution in memory, and the steps that it takes.

use std::sync::Arc;

use interpreter::{Command, Execution, Input, Rest, Status, TimerKey, World};
use states_language::machine::Machine;
use store::{Kind, ListedStatus, Listing, StoredExecution};

use super::batch::Batch;
use super::timers::Timers;
use super::{Effect, TimerSet};
use crate::request::{Durability, StartExecution, listed};

/// Timers that one message fires: a Map whose items wait for the same second shares commits, and others get their turn.
const TIMERS_AT_ONCE: usize = 256;
/// What an execution takes in memory beside the bytes of its records, roughly.
const BASE_BYTES: usize = 2048;

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
            bytes: BASE_BYTES,
            counted_bytes: 0,
        }
    }

    pub fn restored(
        machine: Arc<Machine>,
        execution: Execution,
        stored: StoredExecution,
    ) -> Resident {
        let record = &stored.record;
        let records = record.frames.values().chain([&record.header]);
        let bytes: usize = records.map(encoded_bytes).sum();
        let results: usize = record.results.values().map(|result| result.len()).sum();
        Resident {
            timers: execution.open_timers().into_iter().collect(),
            machine,
            execution,
            durability: match stored.listing.kind {
                Kind::Standard => Durability::Full,
                Kind::Express => Durability::Accept,
            },
            listing: stored.listing,
            version: stored.version,
            batch: None,
            used: 0,
            bytes: BASE_BYTES + bytes + results,
            counted_bytes: 0,
        }
    }

    pub fn is_in_batch(&self) -> bool {
        self.batch.is_some()
    }

    /// Goes on with its slice, then fires what is due.
    pub fn wake(&mut self, goes_on: bool, world: &mut World<'_>) -> bool {
        let mut taken = goes_on && self.step(Input::Continue, world);
        for _ in 0..TIMERS_AT_ONCE {
            match self.timers.first() {
                Some((due, key)) if due <= world.now_millis => {
                    taken |= self.step(Input::TimerFired(key), world);
                }
                _ => break,
            }
        }
        taken
    }

    /// One step. Answers whether anything came of it.
    pub fn step(&mut self, input: Input, world: &mut World<'_>) -> bool {
        if let Input::TimerFired(key) = input {
            self.timers.clear(key);
        }
        let answered = match &input {
            Input::CallCompleted { key, .. } => Some(*key),
            Input::ChildEnded(end) => end.identity.child_of.as_ref().map(|of| of.key),
            _ => None,
        };
        let before = self.execution.last_event_id();
        let step = interpreter::step(&self.machine, &mut self.execution, input, world);
        // Without an input of its own a step may still have gone on with frames that were ready.
        if !step.taken && step.events.is_empty() && step.rest != Rest::Yielded {
            return false;
        }
        let batch = self
            .batch
            .get_or_insert_with(|| Box::new(Batch::starting_at(before + 1)));
        batch.absorb_changes(step.changes);
        batch.rest = step.rest;
        batch.now_millis = world.now_millis;
        if let Some(key) = answered {
            batch.close(key);
        }
        for command in step.commands {
            match command {
                Command::Call(call) => batch.effects.push(Effect::Call(call)),
                Command::StartChild(child) => batch.effects.push(Effect::StartChild(child)),
                Command::AbandonCall(key) => {
                    if batch.close(key) {
                        batch.effects.push(Effect::Abandon(key));
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
        batch.events.extend(step.events);
        if self.execution.status != Status::Running {
            self.listing.status = listed(&self.execution.status);
            self.listing.stop_millis = Some(world.now_millis);
            batch.is_listing_changed = true;
        }
        true
    }

    /// When it wants to be woken, beside slices.
    pub fn next_due(&self) -> Option<i64> {
        self.timers.first().map(|(due, _)| due)
    }
}

pub(super) fn encoded_bytes(encoded: &interpreter::Encoded) -> usize {
    let payloads: usize = encoded.payloads.iter().map(|payload| payload.len()).sum();
    encoded.bytes.len() + payloads
}

pub(super) fn base_bytes() -> usize {
    BASE_BYTES
}

fn entered(execution: &Execution, key: TimerKey) -> Option<u64> {
    execution.entered_event_id(key.frame?)
}

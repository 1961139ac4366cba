//! The steps of one execution between two commits, made into one unit: what a later step overwrites is written once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use interpreter::{
    CallKey, Changes, Event, Execution, FrameId, MapRun, Rest, Status, encode_call, encode_events,
};
use store::{AuditEntry, ExecutionId, OpenCall, Segment, Unit};

use super::resident::{Resident, base_bytes, encoded_bytes};
use super::{Effect, Outcome, TimerSet, Transition};
use crate::request::Durability;

#[derive(Debug)]
pub(super) struct Batch {
    first_event_id: u64,
    pub is_start: bool,
    pub is_opened: bool,
    pub events: Vec<Event>,
    frames: BTreeSet<FrameId>,
    removed: BTreeSet<FrameId>,
    results: Vec<(FrameId, u32)>,
    dropped_results: BTreeSet<FrameId>,
    map_runs: BTreeMap<Arc<str>, MapRun>,
    pub effects: Vec<Effect>,
    closed_calls: Vec<CallKey>,
    pub timers: Vec<TimerSet>,
    pub is_listing_changed: bool,
    pub audit: Option<AuditEntry>,
    pub rest: Rest,
    pub now_millis: i64,
}

impl Batch {
    pub fn new(execution: &Execution) -> Batch {
        Batch::starting_at(execution.last_event_id() + 1)
    }

    pub fn starting_at(first_event_id: u64) -> Batch {
        Batch {
            first_event_id,
            is_start: false,
            is_opened: false,
            events: Vec::new(),
            frames: BTreeSet::new(),
            removed: BTreeSet::new(),
            results: Vec::new(),
            dropped_results: BTreeSet::new(),
            map_runs: BTreeMap::new(),
            effects: Vec::new(),
            closed_calls: Vec::new(),
            timers: Vec::new(),
            is_listing_changed: false,
            audit: None,
            rest: Rest::Waiting,
            now_millis: 0,
        }
    }

    pub fn absorb_changes(&mut self, changes: Changes) {
        self.frames.extend(changes.frames);
        for id in &changes.removed {
            self.frames.remove(id);
        }
        self.removed.extend(changes.removed);
        // A unit drops results before it writes others: what an earlier step of the batch wrote goes here.
        if !changes.dropped_results.is_empty() {
            self.results
                .retain(|(frame, _)| !changes.dropped_results.contains(frame));
            self.dropped_results.extend(changes.dropped_results);
        }
        self.results.extend(changes.results);
        self.map_runs.extend(changes.map_runs);
    }

    /// The call is over.
    pub fn close(&mut self, key: CallKey) {
        self.abandon(key, true);
    }

    /// Nobody waits for the call. False when it was opened in this batch: then it never goes out.
    pub fn abandon(&mut self, key: CallKey, closes: bool) -> bool {
        let effects = self.effects.len();
        self.effects.retain(|effect| opens(effect) != Some(key));
        let is_out = effects == self.effects.len();
        if is_out && closes {
            self.closed_calls.push(key);
        }
        is_out
    }
}

/// The call that an effect opens.
fn opens(effect: &Effect) -> Option<CallKey> {
    match effect {
        Effect::Call(call) => Some(call.key),
        Effect::StartChild(child) => Some(child.identity.child_of.as_ref()?.key),
        Effect::Abandon(_) => None,
    }
}

impl Resident {
    /// What the batch writes and means. None without a batch.
    pub fn seal(&mut self, id: &ExecutionId) -> Option<Transition> {
        let batch = *self.batch.take()?;
        let has_ended = self.execution.status != Status::Running;
        let is_written = match self.durability {
            Durability::Full => true,
            Durability::Accept => self.version == 0 || has_ended,
            Durability::None => false,
        };
        let unit = is_written.then(|| self.unit(id, &batch));
        if let Some(unit) = &unit {
            let records = unit.frames.iter().map(|(_, record)| record);
            let bytes: usize = records.chain([&unit.header]).map(encoded_bytes).sum();
            self.bytes = self.bytes.max(base_bytes() + bytes);
        }
        let outcome = Outcome {
            execution: id.clone(),
            events: batch.events,
            status: self.execution.status.clone(),
            timers: batch.timers,
            effects: batch.effects,
            closed_calls: batch.closed_calls,
            is_start: batch.is_start,
            is_opened: batch.is_opened,
            is_ended: batch.is_listing_changed && has_ended,
            durability: self.durability,
            expected_version: self.version,
            is_written,
            rest: batch.rest,
        };
        Some(Transition { unit, outcome })
    }

    fn unit(&self, id: &ExecutionId, batch: &Batch) -> Unit {
        let execution = &self.execution;
        let has_ended = execution.status != Status::Running;
        let mut unit = Unit {
            execution: id.clone(),
            expected_version: self.version,
            listing: (self.version == 0 || batch.is_listing_changed).then(|| self.listing.clone()),
            header: execution.encode_header(),
            frames: Vec::new(),
            removed_frames: Vec::new(),
            dropped_results: Vec::new(),
            results: Vec::new(),
            events: None,
            opened_calls: Vec::new(),
            closed_calls: Vec::new(),
            map_runs: Vec::new(),
            next_due_millis: None,
            ended: has_ended,
            audit: batch.audit.clone(),
        };
        if self.durability == Durability::Accept {
            // It runs again from its start, for which its header is enough.
            return unit;
        }
        let frame = |&id| Some((id, execution.encode_frame(id)?));
        unit.frames = batch.frames.iter().filter_map(frame).collect();
        unit.removed_frames = batch.removed.iter().copied().collect();
        unit.dropped_results = batch.dropped_results.iter().copied().collect();
        let result = |&(id, index)| Some(((id, index), execution.result(id, index)?.clone()));
        unit.results = batch.results.iter().filter_map(result).collect();
        unit.events = (!batch.events.is_empty()).then(|| Segment {
            first_event_id: batch.first_event_id,
            events: encode_events(&batch.events),
        });
        let opened = batch.effects.iter().filter_map(|effect| match effect {
            Effect::Call(call) => Some((effect, encode_call(call))),
            Effect::StartChild(child) => Some((effect, child.encode())),
            Effect::Abandon(_) => None,
        });
        let opened = opened.filter_map(|(effect, call)| {
            let key = opens(effect)?;
            Some(OpenCall { key, call })
        });
        unit.opened_calls = opened.collect();
        unit.closed_calls = batch.closed_calls.clone();
        let map_runs = batch.map_runs.values().map(|run| store::MapRun {
            arn: run.arn.clone(),
            start_millis: run.start_millis,
            record: run.encode(),
        });
        unit.map_runs = map_runs.collect();
        // Also when the batch is no step: a call was closed while a slice was to go on.
        unit.next_due_millis = match execution.has_ready_frames() {
            true => Some(batch.now_millis),
            false => self.next_due(),
        };
        unit
    }
}

//! Timers of one execution, and when a shard has something to do by itself.

use std::collections::{BTreeMap, BTreeSet};

use interpreter::{OpenTimer, TimerKey};
use store::ExecutionId;

use super::{Message, Shard};
use crate::request::Durability;

/// An execution whose next timer is due later than this need not be in memory.
const SOON_MILLIS: i64 = 5_000;
/// Up to this size an execution is looked into after each commit.
const LOOKED_INTO_BYTES: usize = 16 * 1024;

#[derive(Debug, Default)]
pub(super) struct Timers {
    by_due: BTreeSet<(i64, TimerKey)>,
    due_by_key: BTreeMap<TimerKey, i64>,
    /// Heartbeats that came since the last commit: kept while the execution is at rest, but not in the store.
    moved: Moved,
}

/// When timers are due, other than the record says.
pub(super) type Moved = BTreeMap<TimerKey, i64>;

impl Timers {
    /// The timers of a record. Heartbeats may have come that are not in it: as long as the shard was not there to take them,
    /// that is until `heard_millis`, none is missed.
    pub fn restored(timers: Vec<OpenTimer>, moved: Moved, heard_millis: i64) -> Timers {
        let mut all = Timers::default();
        for timer in timers {
            let unheard = timer.heartbeat_seconds.map_or(i64::MIN, |seconds| {
                let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
                heard_millis.saturating_add(seconds.saturating_mul(1000))
            });
            let moved = moved.get(&timer.key).copied().unwrap_or(i64::MIN);
            all.set(timer.key, timer.due_millis.max(unheard).max(moved));
        }
        all.moved = moved;
        all
    }

    /// Sets a timer in memory only.
    pub fn move_to(&mut self, key: TimerKey, due_millis: i64) {
        self.set(key, due_millis);
        self.moved.insert(key, due_millis);
    }

    pub fn first(&self) -> Option<(i64, TimerKey)> {
        self.by_due.first().copied()
    }

    pub fn set(&mut self, key: TimerKey, due_millis: i64) {
        self.clear(key);
        self.by_due.insert((due_millis, key));
        self.due_by_key.insert(key, due_millis);
    }

    pub fn clear(&mut self, key: TimerKey) {
        if let Some(due) = self.due_by_key.remove(&key) {
            self.by_due.remove(&(due, key));
            self.moved.remove(&key);
        }
    }

    pub fn into_moved(self) -> Option<Box<Moved>> {
        (!self.moved.is_empty()).then(|| Box::new(self.moved))
    }
}

impl Shard {
    /// Slices to go on with and executions with a timer that is due: at most `limit` of them, in turn. Each has to be given
    /// to [`step`](Shard::step), or it is told again.
    pub fn due_messages(&mut self, now_millis: i64, limit: usize) -> Vec<Message> {
        let slices = self.yielded.len().min(limit);
        let slices = self.yielded.drain(..slices);
        let mut messages: Vec<Message> = slices.map(Message::Wake).collect();
        let due = self.due.iter();
        let due = due.take_while(|(due, _)| *due <= now_millis);
        let room = limit.saturating_sub(messages.len());
        messages.extend(due.take(room).map(|(_, id)| Message::Wake(id.clone())));
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

    /// Remembers when an execution at rest has something to do.
    pub fn wake_at(&mut self, id: &ExecutionId, due_millis: Option<i64>) {
        let slot = self.slots.entry(id.clone()).or_default();
        let before = std::mem::replace(&mut slot.next_due, due_millis);
        if before != due_millis {
            self.due.extend(due_millis.map(|due| (due, id.clone())));
            if let Some(before) = before {
                self.due.remove(&(before, id.clone()));
            }
        }
        self.drop_if_empty(id);
    }

    pub(super) fn arm(&mut self, id: &ExecutionId) {
        if let Some(resident) = self.resident(id) {
            let due = resident.next_due();
            self.wake_at(id, due);
        }
    }

    /// The execution was used just now: it stays in memory longer than others.
    pub(super) fn touch(&mut self, id: &ExecutionId) {
        let uses = self.uses + 1;
        let Some(resident) = self.resident_mut(id) else {
            return;
        };
        if resident.durability != Durability::Full {
            return;
        }
        let before = std::mem::replace(&mut resident.used, uses);
        let bytes = resident.bytes;
        let counted = std::mem::replace(&mut resident.counted_bytes, bytes);
        self.uses = uses;
        self.resident_bytes = self.resident_bytes - counted + bytes;
        self.recent.remove(&before);
        self.recent.insert(uses, id.clone());
    }

    /// Whether nothing but a timer, and that not soon, is likely to move it: a Wait. Larger ones are not looked into, for that
    /// takes as long as they are large; they leave when the memory is needed.
    pub fn rests_for_long(&self, id: &ExecutionId, now_millis: i64) -> bool {
        let Some(resident) = self.resident(id) else {
            return false;
        };
        let is_later = |due: i64| due.saturating_sub(now_millis) > SOON_MILLIS;
        resident.next_due().is_some_and(is_later)
            && resident.bytes < LOOKED_INTO_BYTES
            && resident.execution.open_calls().is_empty()
            && resident.execution.open_tokens().is_empty()
    }

    /// Puts an execution to rest: its frames leave memory, its next timer stays. One that the store does not hold stays.
    pub fn evict(&mut self, id: &ExecutionId) {
        if self.durability(id) == Some(Durability::Full) {
            self.drop_resident(id);
        }
    }

    pub(super) fn drop_resident(&mut self, id: &ExecutionId) {
        let Some(slot) = self.slots.get_mut(id) else {
            return;
        };
        if let Some(resident) = slot.resident.take() {
            self.recent.remove(&resident.used);
            self.resident_bytes -= resident.counted_bytes;
            slot.moved = resident.timers.into_moved();
        }
        self.drop_if_empty(id);
    }

    /// Puts to rest what was not used for longest, until what stays takes no more than so many bytes.
    pub fn trim(&mut self, bytes: usize) {
        while self.resident_bytes > bytes {
            let Some((_, id)) = self.recent.first_key_value() else {
                return;
            };
            let id = id.clone();
            self.evict(&id);
        }
    }

    /// Executions in memory that can be put to rest, what they take, and executions with a timer.
    pub fn sizes(&self) -> (usize, usize, usize) {
        (self.recent.len(), self.resident_bytes, self.due.len())
    }
}

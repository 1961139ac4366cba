//! Which delivery is next: pure. What waits for its time stands in a heap, what is due in lanes, one a target, so that a slow target holds
//! up nobody else.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::sync::Arc;

use super::{Delivery, Options, pauses};

pub struct Queue {
    options: Options,
    /// All of them, by id.
    entries: HashMap<Arc<str>, Entry>,
    /// Those whose time has not come: milliseconds since 1970, and id.
    later: BinaryHeap<Reverse<(i64, Arc<str>)>>,
    lanes: HashMap<Arc<str>, Lane>,
    /// Lanes with something to begin, in turn.
    ready: VecDeque<Arc<str>>,
    under_way: usize,
    /// Inputs in memory.
    bytes: usize,
    newest_millis: i64,
}

struct Entry {
    lane: Arc<str>,
    /// None: it is to be read again.
    delivery: Option<Arc<Delivery>>,
}

#[derive(Default)]
struct Lane {
    due: VecDeque<Arc<str>>,
    under_way: usize,
    is_ready: bool,
}

/// An attempt to be made.
pub struct Next {
    pub id: Arc<str>,
    /// None: it is to be read first.
    pub delivery: Option<Arc<Delivery>>,
}

impl Queue {
    pub fn new(options: Options) -> Queue {
        Queue {
            options,
            entries: HashMap::new(),
            later: BinaryHeap::new(),
            lanes: HashMap::new(),
            ready: VecDeque::new(),
            under_way: 0,
            bytes: 0,
            newest_millis: i64::MIN,
        }
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn under_way(&self) -> usize {
        self.under_way
    }

    /// A delivery that it has already is left as it is.
    pub fn add(&mut self, delivery: Arc<Delivery>) {
        if self.entries.contains_key(&delivery.id) {
            return;
        }
        let lane = delivery.target.lane();
        self.wait(lane, delivery);
    }

    /// Puts one back whose attempt has ended: it is next at its `next_attempt_millis`.
    pub fn again(&mut self, delivery: Arc<Delivery>) {
        if let Some(entry) = self.entries.remove(&delivery.id) {
            self.wait(entry.lane, delivery);
        }
    }

    fn wait(&mut self, lane: Arc<str>, delivery: Arc<Delivery>) {
        let id = delivery.id.clone();
        self.later
            .push(Reverse((delivery.next_attempt_millis, id.clone())));
        let is_kept = self.bytes + delivery.input.len() <= self.options.memory_bytes;
        if is_kept {
            self.bytes += delivery.input.len();
        }
        let delivery = is_kept.then_some(delivery);
        self.entries.insert(id, Entry { lane, delivery });
    }

    /// Puts one back that could not be read.
    pub fn postpone(&mut self, id: &Arc<str>, until_millis: i64) {
        self.later.push(Reverse((until_millis, id.clone())));
    }

    /// It is not this queue's any more.
    pub fn remove(&mut self, id: &str) {
        self.entries.remove(id);
    }

    /// An attempt that is to be made now, if there is one.
    pub fn next(&mut self, now_millis: i64) -> Option<Next> {
        self.notice_clock(now_millis);
        while let Some(Reverse((at, _))) = self.later.peek()
            && *at <= now_millis
            && let Some(Reverse((_, id))) = self.later.pop()
        {
            if let Some(entry) = self.entries.get(&id) {
                let name = entry.lane.clone();
                let lane = self.lanes.entry(name.clone()).or_default();
                lane.due.push_back(id);
                Queue::offer(&mut self.ready, self.options, &name, lane);
            }
        }
        if self.under_way >= self.options.at_once {
            return None;
        }
        loop {
            let name = self.ready.pop_front()?;
            let Some(lane) = self.lanes.get_mut(&name) else {
                continue;
            };
            lane.is_ready = false;
            let Some(id) = lane.due.pop_front() else {
                continue;
            };
            lane.under_way += 1;
            self.under_way += 1;
            Queue::offer(&mut self.ready, self.options, &name, lane);
            let entry = self.entries.get_mut(&id);
            let delivery = entry.and_then(|entry| entry.delivery.take());
            self.bytes -= delivery.as_ref().map_or(0, |kept| kept.input.len());
            return Some(Next { id, delivery });
        }
    }

    /// An attempt has ended.
    pub fn ended(&mut self, id: &str) {
        self.under_way = self.under_way.saturating_sub(1);
        let Some(entry) = self.entries.get(id) else {
            return;
        };
        if let Some(lane) = self.lanes.get_mut(&entry.lane) {
            lane.under_way = lane.under_way.saturating_sub(1);
            Queue::offer(&mut self.ready, self.options, &entry.lane, lane);
            if lane.under_way == 0 && lane.due.is_empty() {
                self.lanes.remove(&entry.lane);
            }
        }
    }

    fn offer(ready: &mut VecDeque<Arc<str>>, options: Options, name: &Arc<str>, lane: &mut Lane) {
        let has_room = lane.under_way < options.at_once_of_target;
        if !lane.is_ready && has_room && !lane.due.is_empty() {
            lane.is_ready = true;
            ready.push_back(name.clone());
        }
    }

    /// When the next one is due, of those that are not yet.
    pub fn next_due(&self) -> Option<i64> {
        self.later.peek().map(|Reverse((at, _))| *at)
    }

    /// No pause is longer than the longest, however far the clock was set back.
    fn notice_clock(&mut self, now_millis: i64) {
        if now_millis < self.newest_millis {
            let latest = now_millis + pauses::LONGEST_MILLIS;
            let all = std::mem::take(&mut self.later).into_iter();
            self.later = all
                .map(|Reverse((at, id))| Reverse((at.min(latest), id)))
                .collect();
        }
        self.newest_millis = now_millis;
    }
}

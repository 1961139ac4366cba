//! Frames as they show in events: who walks which workflow, and where it stands.
//!
//! Events carry no path. An event names the one that it follows, and that one belongs to one frame: so each frame's latest
//! event (its tail) is kept, and an event is looked up by its `previous_event_id`. A child's last event may be followed by one
//! of its parent's; then the frame is found on the way up, by what its state must be.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use interpreter::event::StateType;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FrameKey(u64);

/// One walk through the machine's workflow, a branch's or an item's.
#[derive(Debug)]
pub struct Frame {
    /// The frame above, and the branch or item of it that this is.
    pub parent: Option<(FrameKey, u64)>,
    /// The states that were entered, by name, in the order of their first visits.
    pub visited: Vec<Visit>,
    /// The state that the frame is in.
    pub current: Option<usize>,
    /// Branches (finished ones too) or running items of the current state.
    pub children: BTreeMap<u64, FrameKey>,
    /// A state was left by its Catch; the next state entered is where that leads.
    pub caught: Option<(String, Raised)>,
    tail: u64,
    /// What the tail followed: still good until the next event of the frame.
    earlier_tail: Option<u64>,
}

/// A state and its latest visit.
#[derive(Debug)]
pub struct Visit {
    pub name: Arc<str>,
    pub state_type: StateType,
    pub entered_event_id: u64,
    pub entered_millis: i64,
    pub ended_millis: Option<i64>,
    /// How often the frame has come here.
    pub visits: u32,
    pub status: VisitStatus,
    /// Attempts begun in this visit: of a Task, Map or Parallel.
    pub attempt: u32,
    /// How many attempts there can be, as far as the latest failure tells.
    pub attempts_allowed: Option<u32>,
    /// Retries used, by retrier.
    pub retries: Vec<u64>,
    /// `ec2:rebootInstances`: what a Task calls.
    pub call: Option<Arc<str>>,
    /// The latest failure of this visit.
    pub raised: Option<Raised>,
    /// Of a Map that has begun.
    pub items: Option<Items>,
    /// A Map or Parallel has begun its children.
    pub has_begun: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VisitStatus {
    Running,
    /// In a Wait state.
    Waiting {
        until_millis: Option<i64>,
    },
    /// A failed attempt waits for its next try.
    BackingOff {
        until_millis: i64,
    },
    Succeeded,
    /// Failed, and a Catch took over.
    Caught,
    Failed,
    /// Ended because something around it failed, timed out or was stopped.
    Aborted,
}

/// A failure where it arose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raised {
    /// The state: `RestartTargets[2] › StartupCheck`.
    pub path: String,
    /// Attempts made by then; 0 when the state makes none.
    pub attempts: u32,
    /// None when no event has told it.
    pub error: Option<Arc<str>>,
    pub cause: Option<Arc<str>>,
}

/// A Map's counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Items {
    pub total: u64,
    pub running: u64,
    pub succeeded: u64,
    pub failed: u64,
    pub aborted: u64,
}

impl Visit {
    /// A Map or Parallel whose children are, or were just, at work.
    pub fn has_children(&self, state_type: StateType) -> bool {
        self.state_type == state_type && self.has_begun && self.is_active()
    }

    pub fn is_active(&self) -> bool {
        matches!(
            self.status,
            VisitStatus::Running | VisitStatus::Waiting { .. } | VisitStatus::BackingOff { .. }
        )
    }
}

impl Frame {
    pub fn visit(&self) -> Option<&Visit> {
        self.visited.get(self.current?)
    }

    pub fn visit_mut(&mut self) -> Option<&mut Visit> {
        self.visited.get_mut(self.current?)
    }
}

/// All frames that are not over.
#[derive(Debug, Default)]
pub struct Frames {
    frames: HashMap<FrameKey, Frame>,
    root: Option<FrameKey>,
    by_tail: HashMap<u64, FrameKey>,
    by_entered_event: HashMap<u64, FrameKey>,
    next_key: u64,
}

impl Frames {
    pub fn get(&self, key: FrameKey) -> Option<&Frame> {
        self.frames.get(&key)
    }

    pub fn get_mut(&mut self, key: FrameKey) -> Option<&mut Frame> {
        self.frames.get_mut(&key)
    }

    pub fn root(&self) -> Option<FrameKey> {
        self.root
    }

    /// The frame that is in the visit which began with this `StateEntered` event.
    pub fn in_visit(&self, entered_event_id: u64) -> Option<FrameKey> {
        self.by_entered_event.get(&entered_event_id).copied()
    }

    /// The frame whose latest event this is.
    pub fn at(&self, event_id: u64) -> Option<FrameKey> {
        self.by_tail.get(&event_id).copied()
    }

    /// The nearest frame, from the one at `event_id` upwards, whose current visit passes the test.
    pub fn nearest(&self, event_id: u64, test: impl Fn(&Visit) -> bool) -> Option<FrameKey> {
        let mut key = self.at(event_id)?;
        loop {
            let frame = self.get(key)?;
            if frame.visit().is_some_and(&test) {
                return Some(key);
            }
            key = frame.parent?.0;
        }
    }

    /// A new frame whose first event will follow `tail`.
    pub fn spawn(&mut self, parent: Option<(FrameKey, u64)>, tail: u64) -> FrameKey {
        let key = FrameKey(self.next_key);
        self.next_key += 1;
        let frame = Frame {
            parent,
            visited: Vec::new(),
            current: None,
            children: BTreeMap::new(),
            caught: None,
            tail,
            earlier_tail: None,
        };
        self.frames.insert(key, frame);
        // The branches of a Parallel all follow one event, which stays their parent's.
        self.by_tail.entry(tail).or_insert(key);
        match parent {
            Some((parent, index)) => {
                if let Some(parent) = self.get_mut(parent) {
                    parent.children.insert(index, key);
                }
            }
            None => self.root = Some(key),
        }
        key
    }

    /// The frame's next event will follow `tail`, or (an evaluation that failed at once, an item that starts in another's
    /// place) `earlier`.
    pub fn advance(&mut self, key: FrameKey, tail: u64, earlier: Option<u64>) {
        let Some(frame) = self.frames.get_mut(&key) else {
            return;
        };
        let stale = [Some(frame.tail), frame.earlier_tail];
        frame.tail = tail;
        frame.earlier_tail = earlier;
        for id in stale.into_iter().flatten() {
            if self.by_tail.get(&id) == Some(&key) {
                self.by_tail.remove(&id);
            }
        }
        if let Some(earlier) = earlier {
            self.by_tail.entry(earlier).or_insert(key);
        }
        self.by_tail.insert(tail, key);
    }

    pub fn tail(&self, key: FrameKey) -> Option<u64> {
        self.get(key).map(|frame| frame.tail)
    }

    pub fn enter(&mut self, key: FrameKey, entered: Visit) {
        self.by_entered_event.insert(entered.entered_event_id, key);
        let Some(frame) = self.frames.get_mut(&key) else {
            return;
        };
        let known = frame.visited.iter().position(|v| v.name == entered.name);
        match known {
            Some(index) => {
                let visits = frame.visited[index].visits + 1;
                frame.visited[index] = Visit { visits, ..entered };
                frame.current = Some(index);
            }
            None => {
                frame.current = Some(frame.visited.len());
                frame.visited.push(entered);
            }
        }
    }

    /// The frame is in no state any more.
    pub fn leave(&mut self, key: FrameKey) {
        self.drop_children(key);
        let Some(frame) = self.frames.get_mut(&key) else {
            return;
        };
        if let Some(visit) = frame.visit() {
            let id = visit.entered_event_id;
            self.by_entered_event.remove(&id);
        }
        if let Some(frame) = self.frames.get_mut(&key) {
            frame.current = None;
        }
    }

    pub fn drop_children(&mut self, key: FrameKey) {
        let children = self
            .frames
            .get_mut(&key)
            .map(|frame| std::mem::take(&mut frame.children));
        for child in children.unwrap_or_default().into_values() {
            self.drop_frame(child);
        }
    }

    /// Forgets a child and everything below it.
    pub fn drop_child(&mut self, key: FrameKey, index: u64) {
        let child = self.get_mut(key).and_then(|f| f.children.remove(&index));
        if let Some(child) = child {
            self.drop_frame(child);
        }
    }

    fn drop_frame(&mut self, key: FrameKey) {
        self.drop_children(key);
        let Some(frame) = self.frames.remove(&key) else {
            return;
        };
        if let Some(visit) = frame.visit() {
            self.by_entered_event.remove(&visit.entered_event_id);
        }
        for id in [Some(frame.tail), frame.earlier_tail].into_iter().flatten() {
            if self.by_tail.get(&id) == Some(&key) {
                self.by_tail.remove(&id);
            }
        }
    }

    /// The child of `above` on the way down to `below`.
    pub fn child_towards(&self, above: FrameKey, below: FrameKey) -> Option<FrameKey> {
        let mut key = below;
        loop {
            let parent = self.get(key)?.parent?.0;
            if parent == above {
                return Some(key);
            }
            key = parent;
        }
    }

    /// Where a frame is: nothing for the machine's own, `RestartTargets[2]` for an item or a branch.
    pub fn path(&self, key: FrameKey) -> String {
        match self.get(key).and_then(|frame| frame.parent) {
            Some((parent, index)) => format!("{}[{index}]", self.state_path(parent)),
            None => String::new(),
        }
    }

    /// The path of the state that a frame is in: `RestartTargets[2] › StartupCheck`.
    pub fn state_path(&self, key: FrameKey) -> String {
        let name = self
            .get(key)
            .and_then(Frame::visit)
            .map_or("", |visit| &*visit.name);
        let frame = self.path(key);
        if frame.is_empty() {
            name.to_owned()
        } else {
            format!("{frame} › {name}")
        }
    }

    /// The most items that a Map around this frame has.
    pub fn crowd(&self, key: FrameKey) -> u64 {
        let mut crowd = 0;
        let mut above = self.get(key).and_then(|frame| frame.parent);
        while let Some((key, _)) = above {
            let frame = self.get(key);
            let items = frame.and_then(Frame::visit).and_then(|v| v.items);
            crowd = crowd.max(items.map_or(0, |items| items.total));
            above = frame.and_then(|frame| frame.parent);
        }
        crowd
    }

    /// How many frames are kept: for the tests of their end.
    #[cfg(test)]
    pub fn sizes(&self) -> [usize; 3] {
        [
            self.frames.len(),
            self.by_tail.len(),
            self.by_entered_event.len(),
        ]
    }
}

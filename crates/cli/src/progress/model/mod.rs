//! The picture of a running execution, made from its events: live frames with their states, and what changed.
//!
//! Pure. What is over is dropped: a frame keeps one line for each state it has been in, finished items are only counted.

mod frame;

use std::collections::HashMap;
use std::sync::Arc;

use engine::TimerSet;
use interpreter::event::{Detail, ErrorDetail, StateType, TaskResource};
use interpreter::{Event, Failure, TimerPurpose};
use query::Payload;
use serde_json::Value;
use states_language::machine::{Dynamic, Kind, Machine, Retrier, State, Workflow};

pub use frame::{Frame, FrameKey, Items, Raised, Visit, VisitStatus};

use super::change::{Change, ChangeKind};
use frame::Frames;

#[derive(Debug, Default)]
pub struct Model {
    /// The machine's states by name, when it is known: its Retry fields tell how many attempts there can be.
    states: HashMap<Arc<str>, Arc<State>>,
    frames: Frames,
    started_millis: Option<i64>,
    /// The final status, as DescribeExecution names it.
    ended: Option<(&'static str, i64)>,
    changes: Vec<Change>,
}

impl Model {
    pub fn new() -> Model {
        Model::default()
    }

    /// Gets to know the definition.
    pub fn define(&mut self, machine: &Machine) {
        self.collect(&machine.workflow);
    }

    fn collect(&mut self, workflow: &Workflow) {
        for (name, state) in &workflow.states {
            self.states.insert(name.clone(), state.clone());
            match &state.kind {
                Kind::Parallel(parallel) => parallel.branches.iter().for_each(|b| self.collect(b)),
                Kind::Map(map) => self.collect(&map.processor),
                _ => {}
            }
        }
    }

    /// Takes the events of one step and the timers that it has set; answers what is worth telling.
    pub fn apply(&mut self, events: &[Event], timers: &[TimerSet]) -> Vec<Change> {
        for event in events {
            self.apply_event(event, timers);
        }
        for timer in timers {
            if timer.purpose == TimerPurpose::RetryBackoff {
                self.children_are_retried(timer, events);
            }
        }
        std::mem::take(&mut self.changes)
    }

    /// When the execution began, milliseconds since 1970.
    pub fn started_millis(&self) -> Option<i64> {
        self.started_millis
    }

    /// The final status and when it came.
    pub fn ended(&self) -> Option<(&'static str, i64)> {
        self.ended
    }

    /// The frame that walks the machine's own workflow.
    pub fn root(&self) -> Option<&Frame> {
        self.frames.get(self.frames.root()?)
    }

    /// Branches or running items of the state that a frame is in, by index.
    pub fn children<'a>(&'a self, frame: &'a Frame) -> impl Iterator<Item = (u64, &'a Frame)> {
        let children = frame.children.iter();
        children.filter_map(|(index, key)| Some((*index, self.frames.get(*key)?)))
    }

    /// The path of the state whose visit began with this event, while it lasts.
    pub fn path(&self, entered_event_id: u64) -> Option<String> {
        let key = self.frames.in_visit(entered_event_id)?;
        Some(self.frames.state_path(key))
    }

    fn apply_event(&mut self, event: &Event, timers: &[TimerSet]) {
        let (id, previous) = (event.id, event.previous_event_id);
        match &event.detail {
            Detail::ExecutionStarted { .. } => {
                self.started_millis = Some(event.timestamp_millis);
                self.frames.spawn(None, 0);
            }
            Detail::StateEntered {
                state_type, name, ..
            } => self.entered(event, *state_type, name, timers),
            Detail::StateExited {
                name,
                output,
                assigned_variables,
                ..
            } => self.exited(event, name, output, assigned_variables),
            Detail::StateAborted { state_type } => {
                let key = self.frames.nearest(previous, |visit| {
                    visit.state_type == *state_type && visit.ended_millis.is_none()
                });
                if let Some(visit) = self.visit_mut(key) {
                    visit.status = VisitStatus::Aborted;
                    visit.ended_millis = Some(event.timestamp_millis);
                }
                if let Some(key) = key {
                    self.tell(event, key, ChangeKind::Aborted);
                }
            }
            Detail::TaskScheduled { task, .. } => self.scheduled(event, call(task)),
            Detail::LambdaFunctionScheduled { resource, .. }
            | Detail::ActivityScheduled { resource, .. } => {
                self.scheduled(event, resource.clone());
            }
            Detail::TaskStarted { .. }
            | Detail::TaskSubmitted { .. }
            | Detail::LambdaFunctionStarted
            | Detail::ActivityStarted { .. }
            // What becomes of the state follows in its own events.
            | Detail::MapRunStarted { .. }
            | Detail::MapRunSucceeded
            | Detail::MapRunFailed(_)
            | Detail::MapRunAborted
            | Detail::MapRunRedriven { .. } => {
                if let Some(key) = self.frames.at(previous) {
                    self.frames.advance(key, id, None);
                }
            }
            Detail::TaskSucceeded { .. }
            | Detail::LambdaFunctionSucceeded { .. }
            | Detail::ActivitySucceeded { .. } => self.call_succeeded(event),
            Detail::TaskFailed { error, .. }
            | Detail::TaskSubmitFailed { error, .. }
            | Detail::TaskTimedOut { error, .. }
            | Detail::LambdaFunctionFailed(error)
            | Detail::LambdaFunctionTimedOut(error)
            | Detail::ActivityScheduleFailed(error)
            | Detail::ActivityFailed(error)
            | Detail::ActivityTimedOut(error) => {
                if let Some(key) = self.frames.at(previous) {
                    self.frames.advance(key, id, None);
                    self.attempt_failed(key, event, error, timers);
                }
            }
            Detail::EvaluationFailed { state, error, .. } => {
                if let Some(key) = self.evaluating(previous, state) {
                    self.frames.advance(key, id, None);
                    self.attempt_failed(key, event, error, timers);
                }
            }
            Detail::ParallelStateStarted => self.children_begin(event, StateType::Parallel, None),
            Detail::MapStateStarted { length } => {
                self.children_begin(event, StateType::Map, Some(*length));
            }
            Detail::ParallelStateSucceeded => self.children_succeeded(event, StateType::Parallel),
            Detail::MapStateSucceeded => self.children_succeeded(event, StateType::Map),
            Detail::ParallelStateFailed => self.children_failed(event, StateType::Parallel),
            Detail::MapStateFailed => self.children_failed(event, StateType::Map),
            Detail::MapIterationStarted { name, index } => {
                if let Some(map) = self.map(previous, name) {
                    self.frames.spawn(Some((map, *index)), id);
                    self.count(map, |items| items.running += 1);
                    self.tell_item(event, map, *index, |items| ChangeKind::ItemBegan { items });
                }
            }
            Detail::MapIterationSucceeded { name, index } => {
                if let Some(map) = self.map(previous, name) {
                    self.count(map, |items| {
                        items.running = items.running.saturating_sub(1);
                        items.succeeded += 1;
                    });
                    self.frames.drop_child(map, *index);
                    // The next item follows what this item's last event was.
                    self.frames.advance(map, id, Some(previous));
                    self.tell_item(event, map, *index, |items| ChangeKind::ItemSucceeded {
                        items,
                    });
                }
            }
            Detail::MapIterationFailed { name, index } => self.item_failed(event, name, *index),
            Detail::MapIterationAborted { name, index } => {
                if let Some(map) = self.map(previous, name) {
                    self.count(map, |items| {
                        items.running = items.running.saturating_sub(1);
                        items.aborted += 1;
                    });
                    self.frames.drop_child(map, *index);
                }
            }
            Detail::ExecutionSucceeded { .. } => self.end(event, "SUCCEEDED", None),
            Detail::ExecutionFailed(error) => self.end(event, "FAILED", Some(error)),
            Detail::ExecutionTimedOut(error) => self.end(event, "TIMED_OUT", Some(error)),
            Detail::ExecutionAborted(error) => self.end(event, "ABORTED", Some(error)),
            // States go on with events of their own.
            Detail::ExecutionRedriven { .. } => self.ended = None,
        }
    }

    fn entered(
        &mut self,
        event: &Event,
        state_type: StateType,
        name: &Arc<str>,
        timers: &[TimerSet],
    ) {
        let previous = event.previous_event_id;
        let Some(before) = self.frames.at(previous) else {
            return;
        };
        let parallel = self
            .visit(before)
            .is_some_and(|visit| visit.has_children(StateType::Parallel));
        let key = if parallel {
            let branch = self.frames.get(before).map_or(0, |f| f.children.len());
            self.frames.spawn(Some((before, branch as u64)), previous)
        } else {
            before
        };
        let until_millis = timers
            .iter()
            .find(|t| t.entered_event_id == Some(event.id) && t.purpose == TimerPurpose::Wait)
            .map(|timer| timer.due_millis);
        let visit = Visit {
            name: name.clone(),
            state_type,
            entered_event_id: event.id,
            entered_millis: event.timestamp_millis,
            ended_millis: None,
            visits: 1,
            status: match state_type {
                StateType::Wait => VisitStatus::Waiting { until_millis },
                _ => VisitStatus::Running,
            },
            attempt: 0,
            attempts_allowed: None,
            retries: Vec::new(),
            call: None,
            raised: None,
            items: None,
            has_begun: false,
        };
        self.frames.enter(key, visit);
        self.frames.advance(key, event.id, Some(previous));
        if let Some((path, raised)) = self.frames.get_mut(key).and_then(|f| f.caught.take()) {
            let next = name.clone();
            self.tell_at(event, key, path, ChangeKind::Caught { raised, next });
        }
        match state_type {
            StateType::Wait => {
                let visits = self.visit(key).map_or(1, |visit| visit.visits);
                self.tell(
                    event,
                    key,
                    ChangeKind::WaitBegan {
                        until_millis,
                        visits,
                    },
                );
            }
            StateType::Fail => {
                let error = ErrorDetail {
                    error: self.fail_error(name),
                    cause: None,
                };
                self.attempt_failed(key, event, &error, &[]);
            }
            _ => {}
        }
    }

    /// `Error` of a Fail state that is written out.
    fn fail_error(&self, name: &str) -> Option<Arc<str>> {
        match &self.states.get(name)?.kind {
            Kind::Fail(fail) => match fail.error.as_ref()? {
                Dynamic::Literal(error) => Some(error.as_str().into()),
                _ => None,
            },
            _ => None,
        }
    }

    fn exited(
        &mut self,
        event: &Event,
        name: &Arc<str>,
        output: &Payload,
        assigned_variables: &[(Arc<str>, Payload)],
    ) {
        let named = |visit: &Visit| visit.name == *name && visit.ended_millis.is_none();
        let Some(key) = self.frames.nearest(event.previous_event_id, named) else {
            return;
        };
        let path = self.frames.state_path(key);
        let mut caught = None;
        if let Some(visit) = self.visit_mut(Some(key)) {
            visit.ended_millis = Some(event.timestamp_millis);
            let can_fail = matches!(
                visit.state_type,
                StateType::Task | StateType::Map | StateType::Parallel
            );
            if can_fail && visit.status != VisitStatus::Succeeded || visit.raised.is_some() {
                visit.status = VisitStatus::Caught;
                let raised = visit.raised.get_or_insert_with(|| Raised {
                    path: path.clone(),
                    attempts: visit.attempt,
                    error: None,
                    cause: None,
                });
                if raised.error.is_none() {
                    let variables = assigned_variables.iter().map(|(_, value)| value);
                    let found = std::iter::once(output).chain(variables).find_map(error_in);
                    if let Some((error, cause)) = found {
                        (raised.error, raised.cause) = (Some(error), Some(cause));
                    }
                }
                caught = Some((path, raised.clone()));
            } else {
                visit.status = VisitStatus::Succeeded;
            }
        }
        if let Some(frame) = self.frames.get_mut(key) {
            frame.caught = caught;
        }
        self.frames.leave(key);
        self.frames.advance(key, event.id, None);
    }

    fn scheduled(&mut self, event: &Event, call: Arc<str>) {
        let Some(key) = self.frames.at(event.previous_event_id) else {
            return;
        };
        self.frames.advance(key, event.id, None);
        let Some(visit) = self.visit_mut(Some(key)) else {
            return;
        };
        visit.attempt += 1;
        visit.status = VisitStatus::Running;
        visit.raised = None;
        visit.call = Some(call.clone());
        let kind = ChangeKind::CallBegan {
            call,
            attempt: visit.attempt,
            attempts_allowed: visit.attempts_allowed,
            visits: visit.visits,
        };
        self.tell(event, key, kind);
    }

    fn call_succeeded(&mut self, event: &Event) {
        let Some(key) = self.frames.at(event.previous_event_id) else {
            return;
        };
        self.frames.advance(key, event.id, None);
        let Some(visit) = self.visit_mut(Some(key)) else {
            return;
        };
        visit.status = VisitStatus::Succeeded;
        let kind = ChangeKind::CallSucceeded {
            call: visit.call.clone().unwrap_or_else(|| "".into()),
            attempt: visit.attempt,
            elapsed_millis: event.timestamp_millis - visit.entered_millis,
        };
        self.tell(event, key, kind);
    }

    /// The frame whose field could not be evaluated. The event may follow what the state's own entry followed: among the
    /// branches of a Parallel that is one and the same event, and the name decides.
    fn evaluating(&self, previous: u64, state: &Arc<str>) -> Option<FrameKey> {
        let named = |visit: &Visit| visit.name == *state;
        self.frames.nearest(previous, named).or_else(|| {
            let above = self.frames.get(self.frames.at(previous)?)?;
            let mut children = above.children.values().copied();
            children.find(|&child| self.visit(child).is_some_and(named))
        })
    }

    /// A Task's attempt failed, an evaluation failed, or a Fail state was entered.
    fn attempt_failed(
        &mut self,
        key: FrameKey,
        event: &Event,
        error: &ErrorDetail,
        timers: &[TimerSet],
    ) {
        let path = self.frames.state_path(key);
        let Some(visit) = self.visit_mut(Some(key)) else {
            return;
        };
        let raised = Raised {
            path,
            attempts: visit.attempt,
            error: error.error.clone(),
            cause: error.cause.clone(),
        };
        let entered = Some(visit.entered_event_id);
        let next_try_millis = timers
            .iter()
            .find(|t| t.entered_event_id == entered && t.purpose == TimerPurpose::RetryBackoff)
            .map(|timer| timer.due_millis);
        self.failed(key, event, raised, next_try_millis);
    }

    fn failed(
        &mut self,
        key: FrameKey,
        event: &Event,
        raised: Raised,
        next_try_millis: Option<i64>,
    ) {
        let Some(visit) = self.visit(key) else {
            return;
        };
        let retrier = self.retrier(&visit.name, &raised).map(|(index, retrier)| {
            let used = visit.retries.get(index).copied().unwrap_or(0);
            let left = retrier.max_attempts.saturating_sub(used);
            let left = u32::try_from(left).unwrap_or(u32::MAX);
            (index, visit.attempt.saturating_add(left))
        });
        let attempts_allowed = retrier.map(|(_, allowed)| allowed);
        let Some(visit) = self.visit_mut(Some(key)) else {
            return;
        };
        visit.attempts_allowed = attempts_allowed;
        visit.raised = Some(raised.clone());
        visit.status = match next_try_millis {
            Some(until_millis) => VisitStatus::BackingOff { until_millis },
            None => VisitStatus::Failed,
        };
        if let (Some((index, _)), Some(_)) = (retrier, next_try_millis) {
            if visit.retries.len() <= index {
                visit.retries.resize(index + 1, 0);
            }
            visit.retries[index] += 1;
        }
        let items = visit.items;
        self.tell(
            event,
            key,
            ChangeKind::Failed {
                raised,
                attempts_allowed,
                next_try_millis,
                items,
            },
        );
    }

    /// The retrier that applies to a failure of this state.
    fn retrier(&self, state: &str, raised: &Raised) -> Option<(usize, &Retrier)> {
        let failure = Failure::new(raised.error.as_deref()?, "");
        let retriers = self.states.get(state)?.retriers().iter().enumerate();
        let mut matching = retriers.filter(|(_, retrier)| failure.matches(&retrier.error_equals));
        matching.next()
    }

    fn children_begin(&mut self, event: &Event, state_type: StateType, length: Option<u64>) {
        let of_type = |visit: &Visit| visit.state_type == state_type && visit.is_active();
        let Some(key) = self.frames.nearest(event.previous_event_id, of_type) else {
            return;
        };
        self.frames.drop_children(key);
        self.frames.advance(key, event.id, None);
        let Some(visit) = self.visit_mut(Some(key)) else {
            return;
        };
        visit.attempt += 1;
        visit.status = VisitStatus::Running;
        visit.raised = None;
        visit.has_begun = true;
        visit.items = length.map(|total| Items {
            total,
            ..Items::default()
        });
        let attempt = visit.attempt;
        let kind = match length {
            Some(items) => ChangeKind::MapBegan { items, attempt },
            None => ChangeKind::ParallelBegan { attempt },
        };
        self.tell(event, key, kind);
    }

    fn children_succeeded(&mut self, event: &Event, state_type: StateType) {
        let previous = event.previous_event_id;
        let working = |visit: &Visit| visit.has_children(state_type);
        let Some(key) = self.frames.nearest(previous, working) else {
            return;
        };
        self.frames.drop_children(key);
        // The state's exit follows what this event follows, as AWS records it.
        self.frames.advance(key, previous, None);
        if let Some(visit) = self.visit_mut(Some(key)) {
            visit.status = VisitStatus::Succeeded;
        }
    }

    /// `MapStateFailed`, `ParallelStateFailed`: no further attempt.
    fn children_failed(&mut self, event: &Event, state_type: StateType) {
        let previous = event.previous_event_id;
        // A state whose own field could not be evaluated fails like this without having begun.
        let failing = |visit: &Visit| {
            visit.state_type == state_type
                && visit.ended_millis.is_none()
                && (visit.has_children(state_type) || visit.raised.is_some() && !visit.has_begun)
        };
        let Some(key) = self.frames.nearest(previous, failing) else {
            return;
        };
        let raised = self.raised_below(key, self.frames.at(previous));
        self.frames.drop_children(key);
        self.frames.advance(key, event.id, None);
        self.failed(key, event, raised, None);
    }

    /// What brought the children of a frame's state down: kept already, or that of the child that `below` belongs to.
    fn raised_below(&self, key: FrameKey, below: Option<FrameKey>) -> Raised {
        let kept = self.visit(key).and_then(|visit| visit.raised.clone());
        let child = below.and_then(|below| self.frames.child_towards(key, below));
        kept.or_else(|| Some(self.raised_in(child?)))
            .unwrap_or_else(|| self.raised_in(key))
    }

    fn raised_in(&self, key: FrameKey) -> Raised {
        let visit = self.visit(key);
        let known = visit.and_then(|visit| visit.raised.clone());
        known.unwrap_or_else(|| Raised {
            path: self.frames.state_path(key),
            attempts: visit.map_or(0, |visit| visit.attempt),
            error: None,
            cause: None,
        })
    }

    fn item_failed(&mut self, event: &Event, name: &Arc<str>, index: u64) {
        let previous = event.previous_event_id;
        let Some(map) = self.map(previous, name) else {
            return;
        };
        let child = self.frames.get(map).and_then(|f| f.children.get(&index));
        if let Some(&child) = child {
            let raised = self.raised_in(child);
            // A failure that no event has told, of a path or a Choice: this is its first sign.
            if self.visit(child).is_some_and(|v| v.raised.is_none()) {
                self.failed(child, event, raised.clone(), None);
            }
            if let Some(visit) = self.visit_mut(Some(map)) {
                visit.raised = Some(raised);
            }
        }
        self.count(map, |items| {
            items.running = items.running.saturating_sub(1);
            items.failed += 1;
        });
        self.frames.drop_child(map, index);
        self.frames.advance(map, previous, None);
    }

    /// A Map or Parallel backs off. No event says so, but its timer does.
    fn children_are_retried(&mut self, timer: &TimerSet, events: &[Event]) {
        let key = timer
            .entered_event_id
            .and_then(|id| self.frames.in_visit(id));
        let (Some(key), Some(event)) = (key, events.last()) else {
            return;
        };
        let Some(visit) = self.visit(key) else {
            return;
        };
        if !matches!(visit.state_type, StateType::Map | StateType::Parallel)
            || matches!(visit.status, VisitStatus::BackingOff { .. })
        {
            return;
        }
        let failed = self.frames.get(key).and_then(|frame| {
            let mut children = frame.children.values().copied();
            // Its siblings have ended or were aborted.
            children.find(|&child| {
                let visit = self.visit(child);
                visit.is_some_and(|visit| visit.status != VisitStatus::Aborted)
            })
        });
        let raised = self.raised_below(key, failed);
        let tail = failed.and_then(|failed| self.frames.tail(failed));
        self.frames.drop_children(key);
        if let Some(tail) = tail {
            self.frames.advance(key, tail, None);
        }
        self.failed(key, event, raised, Some(timer.due_millis));
    }

    fn end(&mut self, event: &Event, status: &'static str, error: Option<&ErrorDetail>) {
        self.ended = Some((status, event.timestamp_millis));
        let Some(root) = self.frames.root() else {
            return;
        };
        let below = self.frames.at(event.previous_event_id);
        let raised = self.raised_below(root, below);
        self.frames.drop_children(root);
        if let (Some(visit), Some(error)) = (self.visit_mut(Some(root)), error) {
            visit.ended_millis = Some(event.timestamp_millis);
            if visit.is_active() && status != "FAILED" {
                visit.status = VisitStatus::Aborted;
            } else if status == "FAILED" {
                visit.status = VisitStatus::Failed;
                visit.raised = Some(Raised {
                    error: error.error.clone(),
                    cause: error.cause.clone(),
                    ..raised
                });
            }
        }
        let error = error.and_then(|error| error.error.clone());
        let kind = ChangeKind::Ended { status, error };
        self.tell_at(event, root, String::new(), kind);
    }

    /// The running Map of that name, from the frame at `previous` upwards.
    fn map(&self, previous: u64, name: &Arc<str>) -> Option<FrameKey> {
        self.frames.nearest(previous, |visit| {
            visit.name == *name && visit.has_children(StateType::Map)
        })
    }

    fn count(&mut self, map: FrameKey, change: impl FnOnce(&mut Items)) {
        if let Some(items) = self.visit_mut(Some(map)).and_then(|v| v.items.as_mut()) {
            change(items);
        }
    }

    fn visit(&self, key: FrameKey) -> Option<&Visit> {
        self.frames.get(key)?.visit()
    }

    fn visit_mut(&mut self, key: Option<FrameKey>) -> Option<&mut Visit> {
        self.frames.get_mut(key?)?.visit_mut()
    }

    fn tell(&mut self, event: &Event, key: FrameKey, kind: ChangeKind) {
        let path = self.frames.state_path(key);
        self.tell_at(event, key, path, kind);
    }

    fn tell_item(
        &mut self,
        event: &Event,
        map: FrameKey,
        index: u64,
        kind: impl FnOnce(Items) -> ChangeKind,
    ) {
        if let Some(items) = self.visit(map).and_then(|visit| visit.items) {
            let path = format!("{}[{index}]", self.frames.state_path(map));
            self.tell_at(event, map, path, kind(items));
        }
    }

    fn tell_at(&mut self, event: &Event, key: FrameKey, path: String, kind: ChangeKind) {
        self.changes.push(Change {
            at_millis: event.timestamp_millis,
            path,
            crowd: self.frames.crowd(key),
            kind,
        });
    }
}

/// `ec2:rebootInstances`, `lambda:invoke`.
fn call(task: &TaskResource) -> Arc<str> {
    let service = task.resource_type.trim_start_matches("aws-sdk:");
    format!("{service}:{}", task.resource).into()
}

/// The error that a Catch has put into an output: the whole of it, or one of its members.
fn error_in(payload: &Payload) -> Option<(Arc<str>, Arc<str>)> {
    let of = |value: &Value| -> Option<(Arc<str>, Arc<str>)> {
        let object = value.as_object().filter(|object| object.len() == 2)?;
        let text = |key: &str| object.get(key)?.as_str().map(Arc::from);
        Some((text("Error")?, text("Cause")?))
    };
    let value = payload.value();
    of(value).or_else(|| value.as_object()?.values().find_map(of))
}

#[cfg(test)]
mod tests;

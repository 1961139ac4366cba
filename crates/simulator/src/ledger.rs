//! What has been committed and done, seen from outside of the engine, and what must hold of it after each event.

use std::collections::{BTreeMap, HashMap, HashSet};

use interpreter::event::{Detail, ErrorDetail};
use interpreter::{Call, CallKey, CallPurpose, Encoded, Event, TaskToken, decode_events, failure};
use store::{ExecutionId, Kind, Unit};

use crate::workflow::RETRY_SECONDS;

/// What does not hold.
pub type Violation = String;

#[derive(Default)]
pub struct Ledger {
    /// How often the engine was started again.
    starts: u32,
    executions: BTreeMap<ExecutionId, Known>,
    /// Calls that were begun since the latest start of the engine.
    begun_now: HashSet<(ExecutionId, u32, CallKey)>,
    /// Submits that were ever begun; Express executions make them again in each run.
    begun_ever: HashSet<(ExecutionId, u32, CallKey)>,
    /// Attempts that a worker has been given.
    handed: HashSet<(ExecutionId, CallKey)>,
    /// Attempts whose answer by token was acknowledged, and how many of each task, by its entry.
    answered_keys: HashSet<(ExecutionId, CallKey)>,
    acknowledged: HashMap<(ExecutionId, u64), usize>,
    /// Latest acknowledged heartbeat of a task, by its entry.
    beats: HashMap<(ExecutionId, u64), i64>,
    /// Attempts whose call does not come back in time, by the run and the task's entry.
    hanging: HashMap<(ExecutionId, u32, u64), usize>,
}

#[derive(Default)]
pub struct Known {
    pub kind: Option<Kind>,
    pub version: u64,
    pub events: Vec<Event>,
    /// The latest execution's: Express ones begin again after a crash.
    run: u32,
    open: BTreeMap<CallKey, Encoded>,
    opened: HashSet<CallKey>,
    /// Events of tasks that another event of the task has followed.
    followed: HashSet<u64>,
    told: u64,
    /// How often the engine was started before the latest event.
    starts: u32,
    /// An Express execution whose end is written; a crash may come before anybody is told.
    pub is_removed: bool,
    is_redriven: bool,
    /// Something happened to it that its workflow could see: its result may differ.
    pub is_disturbed: bool,
    timeouts: HashMap<u64, usize>,
    answers: HashMap<u64, usize>,
}

impl Known {
    pub fn is_ended(&self) -> bool {
        self.events
            .last()
            .is_some_and(|event| is_terminal(&event.detail))
    }

    pub fn end(&self) -> Option<&Detail> {
        let last = self.events.last()?;
        is_terminal(&last.detail).then_some(&last.detail)
    }

    fn event(&self, id: u64) -> Option<&Event> {
        self.events.get(usize::try_from(id).ok()?.checked_sub(1)?)
    }

    /// The entry into the state that an event belongs to.
    fn entry_of(&self, mut id: u64) -> Option<&Event> {
        loop {
            let event = self.event(id)?;
            if matches!(event.detail, Detail::StateEntered { .. }) {
                return Some(event);
            }
            id = event.previous_event_id;
        }
    }
}

fn is_terminal(detail: &Detail) -> bool {
    matches!(
        detail,
        Detail::ExecutionSucceeded { .. }
            | Detail::ExecutionFailed(_)
            | Detail::ExecutionTimedOut(_)
            | Detail::ExecutionAborted(_)
    )
}

fn is_scheduled(detail: &Detail) -> bool {
    matches!(
        detail,
        Detail::TaskScheduled { .. }
            | Detail::LambdaFunctionScheduled { .. }
            | Detail::ActivityScheduled { .. }
    )
}

/// How an attempt failed.
fn task_error(detail: &Detail) -> Option<&ErrorDetail> {
    match detail {
        Detail::TaskFailed { error, .. }
        | Detail::TaskTimedOut { error, .. }
        | Detail::TaskSubmitFailed { error, .. }
        | Detail::LambdaFunctionFailed(error)
        | Detail::LambdaFunctionTimedOut(error)
        | Detail::ActivityScheduleFailed(error)
        | Detail::ActivityFailed(error)
        | Detail::ActivityTimedOut(error) => Some(error),
        _ => None,
    }
}

fn is_success(detail: &Detail) -> bool {
    matches!(
        detail,
        Detail::TaskSucceeded { .. }
            | Detail::LambdaFunctionSucceeded { .. }
            | Detail::ActivitySucceeded { .. }
    )
}

/// An attempt goes on, or is over.
fn follows_task(detail: &Detail) -> bool {
    is_success(detail)
        || task_error(detail).is_some()
        || matches!(
            detail,
            Detail::TaskStarted { .. }
                | Detail::LambdaFunctionStarted
                | Detail::ActivityStarted { .. }
                | Detail::TaskSubmitted { .. }
        )
}

macro_rules! ensure {
    ($holds:expr, $($text:tt)*) => {
        if !$holds {
            return Err(format!($($text)*));
        }
    };
}

impl Ledger {
    pub fn executions(&self) -> impl Iterator<Item = (&ExecutionId, &Known)> {
        self.executions.iter()
    }

    /// Executions that have begun, and have not come to an end. What is in memory alone is gone after a crash.
    pub fn unended(&self) -> impl Iterator<Item = &ExecutionId> {
        let lives = |known: &Known| match known.kind {
            Some(Kind::Express) => !known.is_removed && known.starts == self.starts,
            _ => true,
        };
        let unended = self.executions.iter();
        let unended = unended.filter(move |(_, known)| !known.is_ended() && lives(known));
        unended.map(|(id, _)| id)
    }

    pub fn known(&self, id: &ExecutionId) -> Option<&Known> {
        self.executions.get(id)
    }

    pub fn disturb(&mut self, id: &ExecutionId) {
        self.executions.entry(id.clone()).or_default().is_disturbed = true;
    }

    /// All that was in memory is gone.
    pub fn restarted(&mut self) {
        self.starts += 1;
        self.begun_now.clear();
    }

    /// The store took a unit.
    pub fn committed(&mut self, unit: &Unit, now_millis: i64) -> Result<(), Violation> {
        let id = &unit.execution;
        let known = self.executions.entry(id.clone()).or_default();
        if let Some(listing) = &unit.listing {
            known.kind = Some(listing.kind);
        }
        if known.kind == Some(Kind::Express) {
            // It is removed at its end; its name may be used again.
            known.is_removed = unit.ended;
            known.version = if unit.ended {
                0
            } else {
                unit.expected_version + 1
            };
            return Ok(());
        }
        ensure!(
            known.version == unit.expected_version,
            "{id}: a step was taken on version {}, and {} was the latest",
            unit.expected_version,
            known.version
        );
        known.version += 1;
        for call in &unit.opened_calls {
            ensure!(
                known.opened.insert(call.key),
                "{id}: {:?} was opened twice",
                call.key
            );
            known.open.insert(call.key, call.call.clone());
        }
        for key in &unit.closed_calls {
            ensure!(
                known.opened.contains(key),
                "{id}: {key:?} was closed, and never opened"
            );
            known.open.remove(key);
        }
        if let Some(segment) = &unit.events {
            let events = decode_events(&segment.events).map_err(|error| error.to_string())?;
            ensure!(
                events.first().map(|event| event.id) == Some(segment.first_event_id),
                "{id}: a segment does not begin with its first event"
            );
            for event in events {
                self.happened(id, event, now_millis)?;
            }
        }
        let known = self.executions.entry(id.clone()).or_default();
        ensure!(
            known.is_ended() == unit.ended,
            "{id}: it is stored as ended: {}, by its events: {}",
            unit.ended,
            known.is_ended()
        );
        Ok(())
    }

    /// The observer was told.
    pub fn told(
        &mut self,
        id: &ExecutionId,
        is_stored: bool,
        events: &[Event],
        now_millis: i64,
    ) -> Result<(), Violation> {
        let (Some(first), Some(last)) = (events.first(), events.last()) else {
            return Ok(());
        };
        if !is_stored {
            let known = self.executions.entry(id.clone()).or_default();
            known.kind = Some(Kind::Express);
            known.starts = self.starts;
            if first.id == 1 {
                known.run += 1;
                known.events.clear();
                known.followed.clear();
                known.timeouts.clear();
            }
            for event in events {
                self.happened(id, event.clone(), now_millis)?;
            }
            return Ok(());
        }
        let known = self.executions.entry(id.clone()).or_default();
        ensure!(
            first.id > known.told,
            "{id}: event {} was told twice",
            first.id
        );
        ensure!(
            known.event(last.id) == Some(last),
            "{id}: event {} was told before it was committed",
            last.id
        );
        known.told = last.id;
        Ok(())
    }

    fn happened(&mut self, id: &ExecutionId, event: Event, now: i64) -> Result<(), Violation> {
        let known = self.executions.entry(id.clone()).or_default();
        let Event {
            id: number,
            previous_event_id: previous,
            timestamp_millis: at,
            ref detail,
        } = event;
        let latest = known.events.last();
        let next = known.events.len() as u64 + 1;
        ensure!(
            number == next,
            "{id}: event {number} comes where {next} was to come"
        );
        ensure!(previous < number, "{id}: event {number} follows {previous}");
        let before = latest.map_or(0, |latest| latest.timestamp_millis);
        ensure!(
            before <= at && at <= now,
            "{id}: event {number} has a time that is not its own"
        );
        ensure!(
            !known.is_ended() || matches!(detail, Detail::ExecutionRedriven { .. }),
            "{id}: event {number} comes after the end"
        );
        known.is_redriven |= matches!(detail, Detail::ExecutionRedriven { .. });
        if let Detail::StateExited { name, .. } = detail
            && let Some((_, seconds)) = name.split_once('_')
            && let Some(entry) = known.entry_of(previous)
        {
            let seconds: i64 = seconds.parse().unwrap_or(0);
            ensure!(
                at >= entry.timestamp_millis + seconds * 1000,
                "{id}: {name} was left too early, by event {number}"
            );
        }
        if is_scheduled(detail)
            && !known.is_redriven
            && let Some(failed) = known.event(previous)
            && task_error(&failed.detail).is_some()
        {
            ensure!(
                at >= failed.timestamp_millis + millis(RETRY_SECONDS),
                "{id}: event {number} retries too early"
            );
        }
        if follows_task(detail) {
            ensure!(
                known.followed.insert(previous),
                "{id}: event {previous} was followed twice, now by {number}"
            );
        }
        let entry = known.entry_of(previous).map(|entry| entry.id);
        if let (Some(error), Some(entry)) = (task_error(detail), entry) {
            let name = error.error.as_deref().unwrap_or_default();
            known.is_disturbed |= name == failure::names::OUTCOME_UNKNOWN;
            if name == failure::names::TIMEOUT {
                let beat = self.beats.get(&(id.clone(), entry)).copied();
                ended_in_time(known, &event, beat).map_err(|e| format!("{id}: {e}"))?;
                let timeouts = known.timeouts.entry(entry).or_default();
                *timeouts += 1;
                let hanging = self.hanging.get(&(id.clone(), known.run, entry));
                known.is_disturbed |= hanging.is_none_or(|hanging| *timeouts > *hanging);
            } else {
                *known.answers.entry(entry).or_default() += 1;
            }
        }
        if let (true, Some(entry)) = (is_success(detail), entry) {
            *known.answers.entry(entry).or_default() += 1;
        }
        known.is_disturbed |= matches!(
            detail,
            Detail::ExecutionTimedOut(_) | Detail::ExecutionRedriven { .. }
        );
        known.events.push(event);
        Ok(())
    }

    /// A call goes out.
    pub fn begun(&mut self, id: &ExecutionId, call: &Call, hangs: bool) -> Result<(), Violation> {
        let known = self.executions.entry(id.clone()).or_default();
        let key = call.key;
        let is_standard = known.kind == Some(Kind::Standard);
        if is_standard {
            let intent = interpreter::encode_call(call);
            ensure!(
                known.open.get(&key) == Some(&intent),
                "{id}: {key:?} goes out, and its intent is not committed"
            );
        }
        ensure!(
            self.begun_now.insert((id.clone(), known.run, key)),
            "{id}: {key:?} goes out twice without a crash between"
        );
        if call.purpose != CallPurpose::Submit {
            return Ok(());
        }
        let is_first = self.begun_ever.insert((id.clone(), known.run, key));
        ensure!(
            is_first || !is_standard || !call.state_name.starts_with('U'),
            "{id}: {key:?} of {} is not safe to be made again, and goes out again",
            call.state_name
        );
        if hangs && is_first {
            *self
                .hanging
                .entry((id.clone(), known.run, key.task))
                .or_default() += 1;
        }
        Ok(())
    }

    /// A worker has a task.
    pub fn handed(&mut self, token: &TaskToken) -> Result<(), Violation> {
        let (id, key) = (token.execution_arn(), token.key());
        ensure!(
            self.handed.insert((id.clone(), key)),
            "{id}: {key:?} was given to two workers"
        );
        let known = self.executions.get(id);
        let started = known.is_some_and(|known| {
            let mut events = known.events.iter().rev();
            events.any(|event| {
                matches!(event.detail, Detail::ActivityStarted { .. })
                    && known.entry_of(event.id).map(|entry| entry.id) == Some(key.task)
            })
        });
        ensure!(
            started,
            "{id}: a worker has {key:?}, and that it does is not committed"
        );
        Ok(())
    }

    /// SendTaskSuccess or SendTaskFailure was acknowledged.
    pub fn answered(&mut self, token: &TaskToken) -> Result<(), Violation> {
        let (id, entry) = (token.execution_arn(), token.key().task);
        ensure!(
            self.answered_keys.insert((id.clone(), token.key())),
            "{id}: two answers to {:?} were acknowledged",
            token.key()
        );
        let count = self.acknowledged.entry((id.clone(), entry)).or_default();
        *count += 1;
        let known = self.executions.get(id);
        let answers = known.and_then(|known| known.answers.get(&entry));
        ensure!(
            answers.is_some_and(|answers| answers >= count),
            "{id}: an answer to {:?} was acknowledged, and is not committed",
            token.key()
        );
        Ok(())
    }

    pub fn beat(&mut self, token: &TaskToken, now_millis: i64) {
        let entry = (token.execution_arn().clone(), token.key().task);
        self.beats.insert(entry, now_millis);
    }
}

fn millis(seconds: u64) -> i64 {
    i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX)
}

/// A timeout is not before its time, counted from what began it. Its event does not say which of the two it is.
fn ended_in_time(known: &Known, event: &Event, beat_millis: Option<i64>) -> Result<(), Violation> {
    let mut earlier = known.event(event.previous_event_id);
    let mut started_millis = None;
    while let Some(begun) = earlier {
        let at = begun.timestamp_millis;
        let (timeout, heartbeat) = match &begun.detail {
            Detail::TaskScheduled {
                timeout_seconds,
                heartbeat_seconds,
                ..
            } => (*timeout_seconds, *heartbeat_seconds),
            Detail::ActivityScheduled {
                timeout_seconds,
                heartbeat_seconds,
                ..
            } => {
                // An activity's heartbeats count from its start.
                let heartbeat = heartbeat_seconds.filter(|_| started_millis.is_some());
                (*timeout_seconds, heartbeat)
            }
            Detail::LambdaFunctionScheduled {
                timeout_seconds, ..
            } => (*timeout_seconds, None),
            Detail::ActivityStarted { .. } => {
                started_millis = Some(at);
                (None, None)
            }
            _ => (None, None),
        };
        if is_scheduled(&begun.detail) {
            let heard = beat_millis.into_iter().chain(started_millis).max();
            let silent = heartbeat.map(|seconds| heard.unwrap_or(at).max(at) + millis(seconds));
            let due = timeout.map(|seconds| at + millis(seconds));
            let due = due.into_iter().chain(silent).min();
            return match due {
                Some(due) if event.timestamp_millis >= due => Ok(()),
                _ => Err(format!("event {} is a timeout before its time", event.id)),
            };
        }
        earlier = known.event(begun.previous_event_id);
    }
    Err(format!("event {} is no attempt's", event.id))
}

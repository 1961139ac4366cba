//! One execution from start to end without threads and without a clock: time is a number that jumps from answer to answer and
//! from timer to timer. Every event, call and abandoned call becomes a line of text.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use engine::StartExecution;
use engine::shard::{Effect, Message, Outcome, Shard, Transition};
use interpreter::{Call, CallKey, CallResult, Event, Input, Limits, Status};
use query::Payload;
use serde_json::{Map, Value};
use states_language::machine::Machine;
use store::{ExecutionId, MemoryStore, Store};

use crate::run::{Mode, identity};
use crate::scripted;

/// 2026-01-01T00:00:00Z.
const START_MILLIS: i64 = 1_767_225_600_000;
/// No case needs as many steps; one that does runs for ever.
const MAX_STEPS: usize = 200_000;
/// A payload longer than this is shown by its size.
const SHOWN_BYTES: usize = 400;

pub struct Script {
    pub machine: Arc<Machine>,
    pub input: Payload,
    pub limits: Limits,
    /// By state name, in order: `Return` or `Throw`, optionally `AfterSeconds`, or `Hang`.
    pub answers: Value,
    /// In order: `{Do: Drain|Stop, AfterEvent: id}` or `AtSeconds` instead of `AfterEvent`.
    pub steps: Vec<Value>,
}

/// Runs a script; the answer is its history as text and how it ended.
pub fn simulate(script: &Script, mode: Mode) -> Result<String, String> {
    let identity = identity(
        "Case",
        "run",
        "arn:aws:iam::123456789012:role/StepFunctions",
    );
    let id = identity.execution_arn.clone();
    let simulation = Simulation {
        id,
        mode,
        limits: &script.limits,
        shard: Shard::default(),
        store: MemoryStore::new(),
        now_millis: START_MILLIS,
        answers: script.answers.clone(),
        pending: BTreeMap::new(),
        names: BTreeMap::new(),
        steps: script.steps.iter().cloned().collect(),
        last_event_id: 0,
        calls: 0,
        lines: Vec::new(),
    };
    let machine = script.machine.clone();
    let start = StartExecution::new(machine.clone(), identity, script.input.clone());
    simulation.run(machine, Message::Start(Box::new(start)))
}

struct Simulation<'a> {
    id: ExecutionId,
    mode: Mode,
    limits: &'a Limits,
    shard: Shard,
    store: MemoryStore,
    now_millis: i64,
    answers: Value,
    /// Answers on their way, by the time they come and the order of their calls.
    pending: BTreeMap<(i64, u64), (CallKey, CallResult)>,
    names: BTreeMap<CallKey, Arc<str>>,
    steps: VecDeque<Value>,
    last_event_id: u64,
    calls: u64,
    lines: Vec<String>,
}

impl Simulation<'_> {
    fn run(mut self, machine: Arc<Machine>, start: Message) -> Result<String, String> {
        let mut message = start;
        for _ in 0..MAX_STEPS {
            if let Some(status) = self.take(&machine, message)? {
                self.lines.push(show_status(&status));
                return Ok(self.lines.join("\n"));
            }
            message = match self.next_message() {
                Some(message) => message,
                None => return Err(format!("{}\nstuck", self.lines.join("\n"))),
            };
        }
        Err("the execution does not end".to_owned())
    }

    fn next_message(&mut self) -> Option<Message> {
        loop {
            let answer = |(key, result)| Input::CallCompleted { key, result };
            let outside = self.next_step();
            if let Some(input) = outside.or_else(|| self.next_answer().map(answer)) {
                let execution = self.id.clone();
                return Some(Message::Take { execution, input });
            }
            let due = self.shard.due_messages(self.now_millis, 1).pop();
            if due.is_some() || !self.jump() {
                return due;
            }
        }
    }

    fn next_step(&mut self) -> Option<Input> {
        let step = self.steps.front()?;
        let due = match (step["AfterEvent"].as_u64(), step_millis(step)) {
            (Some(id), _) => self.last_event_id >= id,
            (None, at) => at <= self.now_millis,
        };
        let step = due.then(|| self.steps.pop_front()).flatten()?;
        self.lines.push(format!("> {}", step["Do"].as_str()?));
        let text = |key: &str| step[key].as_str().map(Arc::from);
        Some(match step["Do"].as_str() {
            Some("Stop") => Input::Stop {
                error: text("Error"),
                cause: text("Cause"),
            },
            _ => Input::Drain,
        })
    }

    fn next_answer(&mut self) -> Option<(CallKey, CallResult)> {
        let entry = self.pending.first_entry()?;
        (entry.key().0 <= self.now_millis).then(|| entry.remove())
    }

    /// To the next thing that happens.
    fn jump(&mut self) -> bool {
        let answer = self.pending.keys().next().map(|(due, _)| *due);
        let step = self.steps.front().map(step_millis);
        let next = [answer, step, self.shard.next_due(self.now_millis)]
            .into_iter()
            .flatten()
            .min();
        match next {
            Some(next) if next > self.now_millis && next < i64::MAX => {
                self.now_millis = next;
                true
            }
            _ => false,
        }
    }

    fn take(&mut self, machine: &Arc<Machine>, message: Message) -> Result<Option<Status>, String> {
        let is_start = matches!(message, Message::Start(_));
        if !is_start && !self.shard.is_resident(&self.id) {
            let stored = self.store.execution(&self.id).map_err(text)?;
            let stored = stored.ok_or("not stored")?;
            let restored = self.shard.restore(&self.id, machine.clone(), stored);
            restored.map_err(text)?;
        }
        let transition = self.shard.take(message, self.now_millis, self.limits, None);
        // None: what came too late.
        let Some(Transition { unit, outcome }) = transition else {
            return Ok(None);
        };
        let answers = self
            .store
            .commit(unit.into_iter().collect())
            .map_err(text)?;
        answers.into_iter().try_for_each(|a| a).map_err(text)?;
        self.shard.committed(&outcome);
        if self.mode == Mode::EvictAfterEachStep {
            self.shard.evict(&self.id);
        }
        Ok(self.perform(outcome))
    }

    fn perform(&mut self, outcome: Outcome) -> Option<Status> {
        for event in &outcome.events {
            self.last_event_id = event.id;
            self.lines
                .push(show_event(event, self.now_millis - START_MILLIS));
        }
        for effect in outcome.effects {
            match effect {
                Effect::Call(call) => self.begin(&call),
                Effect::Abandon(key) => {
                    self.pending.retain(|_, (other, _)| *other != key);
                    let name = self.names.get(&key).map_or("an unknown call", |name| name);
                    self.lines.push(format!("> abandon {name}#{}", key.frame.0));
                }
            }
        }
        (outcome.status != Status::Running).then_some(outcome.status)
    }

    fn begin(&mut self, call: &Call) {
        self.calls += 1;
        self.names.insert(call.key, call.state_name.clone());
        self.lines.push(format!(
            "> call {}#{} {}",
            call.state_name, call.key.frame.0, call.arguments
        ));
        let list = self.answers[call.state_name.as_ref()].as_array_mut();
        let answer = match list {
            Some(list) if !list.is_empty() => list.remove(0),
            _ => Value::Null,
        };
        if answer != "Hang" {
            let after = answer["AfterSeconds"].as_f64().unwrap_or(0.0);
            let due = self.now_millis + (after * 1000.0) as i64;
            let result = scripted::result(&answer);
            self.pending.insert((due, self.calls), (call.key, result));
        }
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn step_millis(step: &Value) -> i64 {
    let at = step["AtSeconds"].as_f64();
    at.map_or(i64::MAX, |seconds| START_MILLIS + (seconds * 1000.0) as i64)
}

/// `+1.5s   7 <   6 TaskFailed resource=publish error=…`: details in AWS's order, without what is always the same.
fn show_event(event: &Event, since_start_millis: i64) -> String {
    let json = event.to_json();
    let kind = json["type"].as_str().unwrap_or("");
    let mut line = format!(
        "{:>9}s {:>3} < {:>3} {kind}",
        since_start_millis as f64 / 1000.0,
        event.id,
        event.previous_event_id
    );
    let details = json.as_object().into_iter().flatten();
    for (_, details) in details.filter(|(key, _)| key.ends_with("EventDetails")) {
        for (key, value) in details.as_object().unwrap_or(&Map::new()) {
            if !key.ends_with("Details") && !matches!(key.as_str(), "roleArn" | "region") {
                line.push_str(&format!(" {key}={}", shortened(value)));
            }
        }
    }
    line
}

fn shortened(value: &Value) -> String {
    let shown = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    if shown.len() > SHOWN_BYTES {
        format!("<{} bytes>", shown.len())
    } else {
        shown
    }
}

fn show_status(status: &Status) -> String {
    match status {
        Status::Running | Status::Succeeded { .. } => status.name().to_owned(),
        Status::Failed(failure) | Status::TimedOut(failure) | Status::Aborted(failure) => {
            format!("{} {}", status.name(), failure.error_name())
        }
    }
}

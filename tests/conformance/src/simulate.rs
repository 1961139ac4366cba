//! One execution from start to end without threads and without a clock: time is a number that jumps from answer to answer and
//! from timer to timer. Every event, call and abandoned call becomes a line of text. Children of a Distributed Map run beside
//! their parent; their lines begin with a name such as `Label.0`.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use engine::StartExecution;
use engine::shard::{Effect, Message, Outcome, Shard, Taken, Transition};
use interpreter::event::{Detail, ErrorDetail};
use interpreter::{
    Call, CallKey, CallPurpose, CallResult, ChildEnd, ChildExecution, Event, Execution, Identity,
    Input, Intent, Limits, MapRun, MapRunCounts, MapRunStatus, MapRunUpdate, Status, TaskToken,
    World,
};
use query::Payload;
use serde_json::{Map, Value};
use states_language::machine::{ExecutionType, Machine};
use states_language::resource::ResourceKind;
use store::{ExecutionId, MemoryStore, Store, Unit};

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
    /// In order: what is done from outside, `AfterEvent` an id (of the parent) or `AtSeconds`, to the parent or a `Child`. `Do` is
    /// Drain, Stop (`Error`, `Cause`), Redrive, UpdateMapRun, or of the latest attempt of a `State` (in a `Frame`): Answer (`Return`
    /// or `Throw`, by its token), Heartbeat, Work (a worker, `WorkerName`, takes the activity's task), LoseOutcome (its call was
    /// open when the server stopped).
    pub steps: Vec<Value>,
    /// The activities that there are, by ARN; without it, all.
    pub activities: Option<Vec<String>>,
}

/// Runs a script; the answer is its history as text and how it ended.
pub fn simulate(script: &Script, mode: Mode) -> Result<String, String> {
    let identity = identity(
        "Case",
        "run",
        "arn:aws:iam::123456789012:role/StepFunctions",
    );
    let simulation = Simulation {
        id: identity.execution_arn.clone(),
        identity: identity.clone(),
        activities: script.activities.as_deref(),
        machine: script.machine.clone(),
        children: BTreeMap::new(),
        calls_of_children: BTreeMap::new(),
        map_run_arn: None,
        ended_map_runs: Vec::new(),
        messages: VecDeque::new(),
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
    let start = StartExecution::new(script.machine.clone(), identity, script.input.clone());
    simulation.run(Message::Start(Box::new(start)))
}

struct Simulation<'a> {
    /// The parent.
    id: ExecutionId,
    identity: Identity,
    activities: Option<&'a [String]>,
    machine: Arc<Machine>,
    /// What the children are called in the lines.
    children: BTreeMap<ExecutionId, String>,
    /// Children that somebody waits for.
    calls_of_children: BTreeMap<(ExecutionId, CallKey), ExecutionId>,
    /// Of the latest Map Run.
    map_run_arn: Option<Arc<str>>,
    /// Lines about Map Runs that the present step has ended.
    ended_map_runs: Vec<String>,
    /// Between executions.
    messages: VecDeque<Message>,
    mode: Mode,
    limits: &'a Limits,
    shard: Shard,
    store: MemoryStore,
    now_millis: i64,
    answers: Value,
    /// Answers on their way, by the time they come and the order of their calls.
    pending: BTreeMap<(i64, u64), (ExecutionId, CallKey, CallResult)>,
    names: BTreeMap<(ExecutionId, CallKey), Arc<str>>,
    steps: VecDeque<Value>,
    last_event_id: u64,
    calls: u64,
    lines: Vec<String>,
}

impl Simulation<'_> {
    fn run(mut self, start: Message) -> Result<String, String> {
        let mut message = start;
        let (mut status, mut is_shown) = (Status::Running, false);
        for _ in 0..MAX_STEPS {
            if let Some(now) = self.take(message)? {
                status = now;
                is_shown = false;
            }
            let mut next = match status {
                Status::Running => self.next_message(),
                // Children that are stopped with their parent still write their ends.
                _ => self.messages.pop_front(),
            };
            if next.is_none() {
                if status == Status::Running {
                    return Err(format!("{}\nstuck", self.lines.join("\n")));
                }
                if !is_shown {
                    self.lines.push(show_status(&status));
                    is_shown = true;
                }
                next = match self.steps.is_empty() {
                    true => None,
                    false => self.next_message(),
                };
            }
            message = match next {
                Some(message) => message,
                None => return Ok(self.lines.join("\n")),
            };
        }
        Err("the execution does not end".to_owned())
    }

    fn next_message(&mut self) -> Option<Message> {
        loop {
            let message = self.messages.pop_front().or_else(|| self.next_step());
            if let Some(message) = message.or_else(|| self.next_answer()) {
                return Some(message);
            }
            let due = self.shard.due_messages(self.now_millis, 1).pop();
            if due.is_some() || !self.jump() {
                return due;
            }
        }
    }

    fn next_step(&mut self) -> Option<Message> {
        let step = self.steps.front()?;
        let due = match (step["AfterEvent"].as_u64(), step_millis(step)) {
            (Some(id), _) => self.last_event_id >= id,
            (None, at) => at <= self.now_millis,
        };
        let step = due.then(|| self.steps.pop_front()).flatten()?;
        self.lines.push(format!("> {}", step["Do"].as_str()?));
        let text = |key: &str| step[key].as_str().map(Arc::from);
        // Of a child, by the name that its lines have.
        let execution = match step["Child"].as_str() {
            Some(name) => self.children.iter().find(|(_, known)| *known == name)?.0,
            None => &self.id,
        };
        let key = || {
            let name = step["State"].as_str()?;
            let frame = step["Frame"].as_u64();
            let mut names = self.names.iter().rev();
            let found = names.find(|((of, key), known)| {
                of == execution
                    && known.as_ref() == name
                    && frame.is_none_or(|frame| key.frame.0 == frame)
            });
            Some(found?.0.1)
        };
        let input = match step["Do"].as_str()? {
            "Drain" => Input::Drain,
            "Stop" => Input::Stop {
                error: text("Error"),
                cause: text("Cause"),
            },
            "Redrive" => Input::Redrive,
            "Answer" => Input::TaskAnswered {
                key: self.by_token(key()?),
                result: match step.get("Throw") {
                    None => Ok(Payload::from_value(step["Return"].clone())),
                    Some(throw) => Err(ErrorDetail {
                        error: throw["Error"].as_str().map(Arc::from),
                        cause: throw["Cause"].as_str().map(Arc::from),
                    }),
                },
            },
            "Heartbeat" => Input::TaskHeartbeat {
                key: self.by_token(key()?),
            },
            "Work" => Input::ActivityStarted {
                key: key()?,
                worker_name: text("WorkerName"),
            },
            "LoseOutcome" => Input::OutcomeUnknown { key: key()? },
            "UpdateMapRun" => Input::MapRunUpdated {
                map_run_arn: self.map_run_arn.clone()?,
                update: MapRunUpdate {
                    max_concurrency: step["MaxConcurrency"].as_u64(),
                    tolerated_failure_percentage: step["ToleratedFailurePercentage"].as_f64(),
                    tolerated_failure_count: step["ToleratedFailureCount"].as_u64(),
                },
            },
            other => panic!("nobody knows how to do {other}"),
        };
        Some(Message::Take {
            execution: execution.clone(),
            input,
        })
    }

    /// What a token says that was made for the call.
    fn by_token(&self, key: CallKey) -> CallKey {
        let text = TaskToken::new(&self.identity, key).to_string();
        let token: TaskToken = text.parse().expect("a token");
        assert!(token.is_of(&self.identity));
        token.key()
    }

    fn next_answer(&mut self) -> Option<Message> {
        let entry = self.pending.first_entry()?;
        let due = entry.key().0 <= self.now_millis;
        let (execution, key, result) = due.then(|| entry.remove())?;
        let input = Input::CallCompleted { key, result };
        Some(Message::Take { execution, input })
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

    /// The parent's status; none when nothing came of the message, or not for the parent.
    fn take(&mut self, message: Message) -> Result<Option<Status>, String> {
        let id = message.execution().clone();
        let is_start = matches!(message, Message::Start(_));
        let (is_redrive, is_answer) = match &message {
            Message::Take { input, .. } => (
                matches!(input, Input::Redrive | Input::RedriveChild(_)),
                !matches!(input, Input::TimerFired(_) | Input::ChildEnded(_)),
            ),
            _ => (false, false),
        };
        let too_late = "> too late".to_owned();
        if !is_start && !self.shard.is_resident(&id) {
            let stored = self.store.execution(&id).map_err(text)?;
            let stored = stored.ok_or("not stored")?;
            let header = Execution::decode_header(&stored.record.header);
            if !header.map_err(text)?.is_running() && !is_redrive {
                if is_answer && id == self.id {
                    self.lines.push(too_late);
                }
                return Ok(None);
            }
            let machine = self.machine(&id)?;
            self.shard.restore(&id, machine, stored).map_err(text)?;
        }
        let exists = |arn: &str| {
            let mut known = self.activities.into_iter().flatten();
            self.activities.is_none() || known.any(|known| known == arn)
        };
        let mut world = World {
            now_millis: self.now_millis,
            limits: self.limits,
            interrupts: None,
            activity_exists: Some(&exists),
            trace: None,
            mocked: None,
        };
        let taken = self.shard.step(message, &mut world);
        let Some(Transition { unit, outcome }) = self.shard.seal().pop() else {
            if is_answer && taken == Taken::No && id == self.id {
                self.lines.push(too_late);
            }
            return Ok(None);
        };
        let unit: Vec<Unit> = unit.into_iter().collect();
        for run in unit.iter().flat_map(|unit| &unit.map_runs) {
            let run = MapRun::decode(&run.record).map_err(text)?;
            self.ended_map_runs.extend(show_map_run(&run));
        }
        let answers = self.store.commit(unit).map_err(text)?;
        answers.into_iter().try_for_each(|a| a).map_err(text)?;
        self.shard.committed(&outcome);
        if self.mode == Mode::EvictAfterEachStep {
            self.shard.evict(&id);
        }
        self.perform(outcome)
    }

    fn perform(&mut self, outcome: Outcome) -> Result<Option<Status>, String> {
        let id = &outcome.execution;
        let is_parent = *id == self.id;
        for event in &outcome.events {
            let line = show_event(event, self.now_millis - START_MILLIS);
            match self.children.get(id) {
                Some(name) => self.lines.push(format!("{name}: {line}")),
                None => {
                    self.last_event_id = event.id;
                    self.lines.push(line);
                }
            }
            if let Detail::MapRunStarted { map_run_arn } = &event.detail {
                self.map_run_arn = Some(map_run_arn.clone());
            }
        }
        self.lines.append(&mut self.ended_map_runs);
        for effect in outcome.effects {
            match effect {
                Effect::Call(call) => self.begin(id, &call),
                Effect::StartChild(child) => self.start_child(*child)?,
                Effect::Abandon(key) => self.abandon(id, key),
            }
        }
        if !is_parent && outcome.status != Status::Running {
            self.child_ended(id)?;
        }
        Ok(is_parent.then_some(outcome.status))
    }

    fn start_child(&mut self, child: ChildExecution) -> Result<(), String> {
        let id = child.identity.execution_arn.clone();
        let of = child.identity.child_of.as_ref().ok_or("no child")?;
        let parent = self.children.get(&of.execution_arn);
        let name = match parent {
            Some(parent) => format!("{parent}/{}.{}", of.label, of.key.call),
            None => format!("{}.{}", of.label, of.key.call),
        };
        // As after a restart: the intent has to come back as it was.
        let Intent::Child(child) = Intent::decode(&child.encode()).map_err(text)? else {
            return Err("a child's record is no child's".to_owned());
        };
        self.calls_of_children
            .insert((of.execution_arn.clone(), of.key), id.clone());
        self.children.insert(id.clone(), name);
        // A Standard child that is there already is from before a redrive.
        let stored = self.store.execution(&id).map_err(text)?;
        if child.execution_type == ExecutionType::Standard && stored.is_some() {
            self.messages.push_back(Message::Take {
                execution: id,
                input: Input::RedriveChild(of.clone()),
            });
            return Ok(());
        }
        // What an Express child leaves behind is not kept.
        if stored.is_some() {
            let removed = self.store.remove_ended_before(i64::MAX, usize::MAX);
            removed.map_err(text)?;
        }
        let machine = self.machine(&id)?;
        let start = StartExecution::new(machine, child.identity, child.input);
        self.messages.push_back(Message::Start(Box::new(start)));
        Ok(())
    }

    /// What an execution runs: a child's processor is found by its label from the whole machine on, as after a restart.
    fn machine(&self, id: &ExecutionId) -> Result<Arc<Machine>, String> {
        if *id == self.id {
            return Ok(self.machine.clone());
        }
        let label = id.split(['/', ':']).nth(7).unwrap_or("");
        let machine = self.machine.processor(label);
        machine.map(Arc::new).ok_or(format!("no Map is {label}"))
    }

    fn abandon(&mut self, id: &ExecutionId, key: CallKey) {
        if let Some(child) = self.calls_of_children.get(&(id.clone(), key)) {
            self.messages.push_back(Message::Take {
                execution: child.clone(),
                input: Input::Stop {
                    error: None,
                    cause: None,
                },
            });
            return;
        }
        self.pending
            .retain(|_, (execution, other, _)| (&*execution, *other) != (id, key));
        let name = self.names.get(&(id.clone(), key));
        let name = name.map_or("an unknown call", |name| name);
        self.lines.push(format!("> abandon {name}#{}", key.frame.0));
    }

    fn child_ended(&mut self, id: &ExecutionId) -> Result<(), String> {
        let stored = self.store.execution(id).map_err(text)?;
        let record = stored.ok_or("not stored")?.record;
        let child = Execution::decode(&*self.machine(id)?, &record).map_err(text)?;
        let end = ChildEnd::of(&child, self.now_millis);
        let of = child.identity.child_of.as_ref().ok_or("no child")?;
        self.calls_of_children
            .remove(&(of.execution_arn.clone(), of.key));
        self.messages.push_back(Message::Take {
            execution: of.execution_arn.clone(),
            input: Input::ChildEnded(Box::new(end)),
        });
        Ok(())
    }

    fn begin(&mut self, id: &ExecutionId, call: &Call) {
        self.calls += 1;
        self.names
            .insert((id.clone(), call.key), call.state_name.clone());
        let is_activity = call.resource.kind == ResourceKind::Activity;
        let (verb, shown) = match &call.purpose {
            CallPurpose::Submit if is_activity => ("offer", &call.arguments),
            CallPurpose::Submit => ("call", &call.arguments),
            CallPurpose::Await { submitted } => ("await", submitted),
            CallPurpose::Cancel { submitted } => ("cancel", submitted),
        };
        let resend = match call.resend {
            true => " (may be sent again)",
            false => "",
        };
        self.lines.push(format!(
            "> {verb} {}#{} {shown}{resend}",
            call.state_name, call.key.frame.0
        ));
        if is_activity || verb == "cancel" {
            return;
        }
        let list = self.answers[call.state_name.as_ref()].as_array_mut();
        let answer = match list {
            Some(list) if !list.is_empty() => list.remove(0),
            _ => Value::Null,
        };
        if answer != "Hang" {
            let after = answer["AfterSeconds"].as_f64().unwrap_or(0.0);
            let due = self.now_millis + (after * 1000.0) as i64;
            let result = scripted::result(&answer);
            let answer = (id.clone(), call.key, result);
            self.pending.insert((due, self.calls), answer);
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

/// `> Map Run FAILED, items: 1 succeeded, 2 pending, executions: …`, once it has ended.
fn show_map_run(run: &MapRun) -> Option<String> {
    let counts = |counts: &MapRunCounts| {
        let numbers = [
            (counts.pending, "pending"),
            (counts.running, "running"),
            (counts.succeeded, "succeeded"),
            (counts.failed, "failed"),
            (counts.timed_out, "timed out"),
            (counts.aborted, "aborted"),
        ];
        let shown = numbers.iter().filter(|(number, _)| *number > 0);
        let shown = shown.map(|(number, what)| format!(" {number} {what}"));
        shown.collect::<Vec<_>>().join(",")
    };
    let name = run.status.name();
    let (items, executions) = (counts(&run.item_counts), counts(&run.execution_counts));
    (run.status != MapRunStatus::Running)
        .then(|| format!("> Map Run {name}, items:{items}; executions:{executions}"))
}

fn show_status(status: &Status) -> String {
    match status {
        Status::Running | Status::Succeeded { .. } => status.name().to_owned(),
        Status::Failed(failure) | Status::TimedOut(failure) | Status::Aborted(failure) => {
            format!("{} {}", status.name(), failure.error_name())
        }
    }
}

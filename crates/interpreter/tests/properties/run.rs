//! Walks a random machine through its script and checks, after every step, what must hold at all times.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use interpreter::event::{Detail, ErrorDetail};
use interpreter::{
    Call, CallFailure, CallKey, CallPurpose, CallResult, ChildEnd, ChildExecution, Command, Event,
    Execution, ExecutionRecord, Failure, Identity, Input, Intent, Limits, MapRun, MapRunStatus,
    Rest, Status, Step, TaskToken, TimerKey, World, decode_events, encode_call, encode_events,
    step,
};
use query::Payload;
use serde_json::json;
use states_language::ParseOptions;
use states_language::machine::Machine;
use states_language::resource::{Pattern, ResourceKind};
use states_language::source::{Format, Source};

use crate::generate::{Answer, Outcome, Row, Script, definition};

const START_MILLIS: i64 = 1_767_225_600_000;
const MAX_STEPS: usize = 20_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Resident,
    /// Every step decodes the execution from what the changes have made of its record.
    ReadBack,
}

/// Everything that a run left: its events, and every record on the way.
#[derive(Debug, Default, PartialEq)]
pub struct Left {
    pub events: Vec<Event>,
    pub records: Vec<ExecutionRecord>,
}

pub fn machine(row: &Row, script: &Script) -> Arc<Machine> {
    let text = definition(row, script.timeout_seconds).to_string();
    let source = Source::with_format("definition", text.as_str(), Format::Json);
    let parsed = states_language::parse(&source, &ParseOptions::default());
    parsed
        .machine
        .unwrap_or_else(|| panic!("not accepted: {:#?}\n{text}", parsed.diagnostics))
}

pub fn run(machine: &Machine, script: &Script, mode: Mode) -> Left {
    let mut run = Run {
        machine,
        script,
        execution: Execution::new(
            identity(script.seed),
            machine,
            Payload::from_value(json!({"n": 1})),
            START_MILLIS,
        ),
        now_millis: START_MILLIS,
        open_calls: BTreeSet::new(),
        all_calls: BTreeSet::new(),
        timers: BTreeMap::new(),
        fired: BTreeSet::new(),
        answers: BTreeMap::new(),
        answered: 0,
        map_runs: BTreeMap::new(),
        record: ExecutionRecord::default(),
        left: Left::default(),
    };
    run.record = run.execution.encode();
    let mut outside = vec![
        (script.drain_at, Input::Drain),
        (
            script.stop_at,
            Input::Stop {
                error: None,
                cause: None,
            },
        ),
    ];
    let mut redrives = script.redrives;
    let mut input = Input::Start;
    for _ in 0..MAX_STEPS {
        if mode == Mode::ReadBack {
            run.execution = Execution::decode(machine, &run.record).expect("reads back");
        }
        let rest = run.step(input);
        if rest == Rest::Ended {
            assert!(
                run.open_calls.is_empty(),
                "open at the end: {:?}",
                run.open_calls
            );
            assert!(run.timers.is_empty(), "set at the end: {:?}", run.timers);
            let mut runs = run.map_runs.values();
            assert!(runs.all(|run| run.status != MapRunStatus::Running));
            if redrives == 0 || !run.execution.is_redrivable(&script.limits) {
                return run.left;
            }
            redrives -= 1;
            input = Input::Redrive;
            continue;
        }
        input = match run.next_input(rest, &mut outside) {
            Some(input) => input,
            None => panic!("stuck: {:#?}", run.execution),
        };
    }
    panic!("no end");
}

struct Run<'a> {
    machine: &'a Machine,
    script: &'a Script,
    execution: Execution,
    now_millis: i64,
    open_calls: BTreeSet<CallKey>,
    all_calls: BTreeSet<CallKey>,
    timers: BTreeMap<TimerKey, i64>,
    fired: BTreeSet<TimerKey>,
    /// By time and order.
    answers: BTreeMap<(i64, usize), Input>,
    /// Answers of the script that were used.
    answered: usize,
    map_runs: BTreeMap<Arc<str>, MapRun>,
    record: ExecutionRecord,
    left: Left,
}

impl Run<'_> {
    fn step(&mut self, input: Input) -> Rest {
        match &input {
            Input::CallCompleted { key, .. }
            | Input::OutcomeUnknown { key }
            | Input::ActivityStarted { key, .. } => drop(self.open_calls.remove(key)),
            Input::ChildEnded(end) => drop(self.open_calls.remove(&key_of(&end.identity))),
            _ => {}
        }
        let mut world = World {
            now_millis: self.now_millis,
            limits: &self.script.limits,
            interrupts: None,
            activity_exists: None,
            trace: None,
            mocked: None,
        };
        let step = step(self.machine, &mut self.execution, input, &mut world);
        assert!(!step.volatile || step.events.is_empty());
        self.check_events(&step.events, step.rest, &self.script.limits);
        self.follow_commands(&step);
        self.follow_changes(&step);
        self.follow_map_runs(&step);
        assert_eq!(
            self.record,
            self.execution.encode(),
            "the changes do not tell all"
        );
        let decoded = Execution::decode(self.machine, &self.record).expect("reads back");
        assert_eq!(
            decoded.encode(),
            self.record,
            "the round trip loses something"
        );
        assert_eq!(
            decode_events(&encode_events(&step.events)).as_ref(),
            Ok(&step.events)
        );
        if step.rest != Rest::Ended {
            let timers = self.execution.open_timers().into_iter();
            let timers: BTreeMap<TimerKey, i64> = timers.map(|t| (t.key, t.due_millis)).collect();
            assert_eq!(timers, self.timers);
            let calls: BTreeSet<CallKey> = self.execution.open_calls().into_iter().collect();
            assert_eq!(calls, self.open_calls);
        }
        self.left.events.extend(step.events);
        self.left.records.push(self.record.clone());
        step.rest
    }

    fn check_events(&self, events: &[Event], rest: Rest, limits: &Limits) {
        let mut id = self.left.events.len() as u64;
        for (index, event) in events.iter().enumerate() {
            id += 1;
            assert_eq!(event.id, id, "ids are contiguous");
            assert!(event.previous_event_id < event.id, "{event:?}");
            assert!(id <= limits.history_events);
            let ends = matches!(
                event.detail,
                Detail::ExecutionSucceeded { .. }
                    | Detail::ExecutionFailed(_)
                    | Detail::ExecutionTimedOut(_)
                    | Detail::ExecutionAborted(_)
            );
            let is_last = rest == Rest::Ended && index + 1 == events.len();
            assert_eq!(ends, is_last, "{event:?}");
        }
    }

    fn follow_commands(&mut self, step: &Step) {
        for command in &step.commands {
            match command {
                Command::Call(call) => self.made(call),
                Command::StartChild(child) => {
                    let record = Intent::decode(&child.encode());
                    assert!(matches!(record, Ok(Intent::Child(read)) if read == *child));
                    // A redrive of the Map Run uses it again.
                    self.open_calls.insert(key_of(&child.identity));
                    let now_millis = self.now_millis;
                    self.answer(|result| child_ended(child, failed(result), now_millis));
                }
                Command::AbandonCall(key) => {
                    assert!(self.open_calls.remove(key), "{key:?} is not open")
                }
                Command::SetTimer {
                    key, due_millis, ..
                } => {
                    let before = self.timers.insert(*key, *due_millis);
                    assert_eq!(before.is_some(), step.volatile, "{key:?} is set twice");
                    assert!(!self.fired.contains(key), "{key:?} has fired");
                }
                Command::ClearTimer(key) => {
                    let known = self.timers.remove(key).is_some() || self.fired.contains(key);
                    assert!(known, "{key:?} was never set");
                }
            }
        }
    }

    /// A call was made: it comes back, or a worker takes it, and perhaps somebody answers by its token.
    fn made(&mut self, call: &Call) {
        let key = call.key;
        assert!(self.all_calls.insert(key), "{key:?} is used twice");
        let read = Intent::decode(&encode_call(call));
        assert!(
            matches!(read, Ok(Intent::Call(read)) if read.key == key && read.purpose == call.purpose)
        );
        if let CallPurpose::Cancel { .. } = call.purpose {
            return;
        }
        self.open_calls.insert(key);
        let is_activity = call.resource.kind == ResourceKind::Activity;
        self.answer(|result| match result {
            _ if is_activity => Input::ActivityStarted {
                key,
                worker_name: None,
            },
            None => Input::OutcomeUnknown { key },
            Some(result) => Input::CallCompleted { key, result },
        });
        if !is_activity && call.resource.pattern == Pattern::RequestResponse {
            return;
        }
        let token = TaskToken::new(&self.execution.identity, key);
        let token: TaskToken = token.to_string().parse().expect("a token");
        assert!(token.is_of(&self.execution.identity));
        let key = token.key();
        if self.next_answer().heartbeat {
            let due = self.now_millis + 1_000;
            self.answers
                .insert((due, self.answered * 3), Input::TaskHeartbeat { key });
        }
        self.answer(|result| Input::TaskAnswered {
            key,
            result: failed(result).map_err(|failure| ErrorDetail {
                error: (failure.error != "F").then(|| failure.error.into()),
                cause: None,
            }),
        });
    }

    fn next_answer(&self) -> &Answer {
        &self.script.answers[self.answered % self.script.answers.len()]
    }

    /// Sends the script's next answer; none is a lost outcome.
    fn answer(&mut self, input: impl Fn(Option<CallResult>) -> Input) {
        let index = self.answered;
        self.answered += 1;
        let answers = &self.script.answers;
        let Answer {
            outcome,
            after_seconds,
            twice,
            ..
        } = &answers[index % answers.len()];
        let result = match outcome {
            // Something has to happen in the end.
            Outcome::Hang if index < answers.len() => return,
            Outcome::Hang => Some(Err(thrown("E"))),
            Outcome::Return { bytes } => Some(Ok(Payload::from_value("y".repeat(*bytes).into()))),
            Outcome::Throw(error) => Some(Err(thrown(error))),
            Outcome::Lose => None,
        };
        let due = self.now_millis + i64::try_from(*after_seconds).unwrap() * 1000;
        let place = index * 3 + 1;
        self.answers.insert((due, place), input(result.clone()));
        if *twice {
            self.answers.insert((due + 1, place + 1), input(result));
        }
    }

    /// Every item is somewhere, whatever happens.
    fn follow_map_runs(&mut self, step: &Step) {
        for (arn, run) in &step.changes.map_runs {
            assert_eq!(MapRun::decode(&run.encode()).as_ref(), Ok(run));
            if let Some(before) = self.map_runs.insert(arn.clone(), run.clone()) {
                let goes_on = before.status == MapRunStatus::Running
                    || before.redrive_count < run.redrive_count;
                assert!(goes_on, "it had ended");
                assert_eq!(before.item_counts.total(), run.item_counts.total());
            }
            let is_running = run.status == MapRunStatus::Running;
            assert_eq!(is_running, run.stop_millis.is_none());
            assert!(is_running || run.execution_counts.running == 0);
        }
    }

    /// What a store does with the changes of a step.
    fn follow_changes(&mut self, step: &Step) {
        let changes = &step.changes;
        self.record.header = self.execution.encode_header();
        for &id in &changes.frames {
            if let Some(frame) = self.execution.encode_frame(id) {
                self.record.frames.insert(id, frame);
            }
        }
        changes
            .removed
            .iter()
            .for_each(|id| drop(self.record.frames.remove(id)));
        self.record
            .results
            .retain(|(id, _), _| !changes.dropped_results.contains(id));
        for &(id, index) in &changes.results {
            if let Some(result) = self.execution.result(id, index) {
                self.record.results.insert((id, index), result.clone());
            }
        }
    }

    fn next_input(&mut self, rest: Rest, outside: &mut Vec<(Option<u64>, Input)>) -> Option<Input> {
        if rest == Rest::Yielded {
            return Some(Input::Continue);
        }
        outside.retain(|(at, _)| at.is_some());
        let millis = |seconds: u64| START_MILLIS + i64::try_from(seconds).unwrap() * 1000;
        let from_outside = outside.iter().filter_map(|(at, _)| at.map(millis)).min();
        let answer = self.answers.keys().next().map(|(due, _)| *due);
        let timer = self.timers.iter().map(|(key, due)| (*due, *key)).min();
        let next = [from_outside, answer, timer.map(|(due, _)| due)]
            .into_iter()
            .flatten()
            .min();
        // A call that hangs without a timeout: somebody stops the execution.
        let Some(next) = next else {
            return Some(Input::Stop {
                error: Some("Test".into()),
                cause: None,
            });
        };
        self.now_millis = self.now_millis.max(next);
        if answer == Some(next) {
            return Some(self.answers.pop_first()?.1);
        }
        if from_outside == Some(next) {
            let index = outside
                .iter()
                .position(|(at, _)| at.map(millis) == Some(next))?;
            return Some(outside.remove(index).1);
        }
        let (_, key) = timer?;
        self.timers.remove(&key);
        self.fired.insert(key);
        Some(Input::TimerFired(key))
    }
}

fn thrown(error: &str) -> CallFailure {
    CallFailure {
        error: error.to_owned(),
        cause: "thrown".to_owned(),
    }
}

/// Where no outcome can get lost.
fn failed(result: Option<CallResult>) -> CallResult {
    result.unwrap_or_else(|| Err(thrown("Lost")))
}

fn key_of(child: &Identity) -> CallKey {
    child.child_of.as_ref().expect("a child").key
}

fn child_ended(child: &ChildExecution, result: CallResult, now_millis: i64) -> Input {
    Input::ChildEnded(Box::new(ChildEnd {
        identity: child.identity.clone(),
        status: match result {
            Ok(output) => Status::Succeeded { output },
            Err(failure) => Status::Failed(Failure::new(&failure.error, failure.cause)),
        },
        input: child.input.clone(),
        redrive_count: 0,
        start_millis: now_millis,
        stop_millis: now_millis,
    }))
}

fn identity(seed: u64) -> Identity {
    Identity {
        execution_arn: "arn:aws:states:us-east-1:123456789012:execution:M:e".into(),
        execution_name: "e".into(),
        state_machine_arn: "arn:aws:states:us-east-1:123456789012:stateMachine:M".into(),
        state_machine_name: "M".into(),
        role_arn: "arn:aws:iam::123456789012:role/R".into(),
        region: "us-east-1".into(),
        seed,
        child_of: None,
    }
}

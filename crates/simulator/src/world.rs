//! All that surrounds the engine: services that are called, workers, clients, and chance.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use engine::{Answer, Calls, Clock, Committed, Machines, Observer, Recovery};
use interpreter::event::{Detail, ErrorDetail};
use interpreter::{
    Call, CallFailure, CallKey, CallPurpose, CallResult, Identity, TaskResult, TaskToken,
};
use query::Payload;
use serde_json::{Value, json};
use states_language::machine::Machine;
use store::{Error, ExecutionId, Kind, Listing, Unit};

use crate::faulty_store::Sabotage;
use crate::ledger::{Known, Ledger, Violation};
use crate::reference::{self, Outcome};
use crate::rng::Rng;
use crate::workflow::{Row, TASK_ERROR};

/// What unwinds the engine's turn: all that it has in memory is dropped.
pub struct Crash;

/// How often something goes wrong; 0: never.
#[derive(Debug, Clone, Copy, Default)]
pub struct Trouble {
    pub crash_one_in: usize,
    pub commit_fails_one_in: usize,
    pub read_fails_one_in: usize,
}

/// A workflow that is run, and what on.
pub struct Root {
    pub machine: Arc<Machine>,
    pub row: Row,
    pub input: String,
    pub express: bool,
    pub start_tries: u32,
    pub is_started: bool,
}

/// Something that will happen.
pub enum Event {
    Answer(ExecutionId, CallKey, Answer, CallResult),
    Token(TaskToken, TaskResult),
    Heartbeat(TaskToken),
    Poll,
    /// A worker waits no more.
    Leave,
    Client(ExecutionId, Request),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    Start,
    Stop,
    Drain,
    Pause,
    Unpause,
    Redrive,
    UpdateMapRun,
    WhenEnded,
}

pub struct World {
    pub seed: u64,
    pub clock: Clock,
    sabotage: Option<Sabotage>,
    state: Mutex<State>,
}

pub struct State {
    pub rng: Rng,
    pub trouble: Trouble,
    pub ledger: Ledger,
    pub roots: BTreeMap<ExecutionId, Root>,
    /// The root that an execution belongs to, or is.
    root_of: HashMap<ExecutionId, ExecutionId>,
    pub pending: Vec<(i64, Event)>,
    /// Questions so far.
    pub asked: u64,
    /// Those that were dropped, and will be asked again.
    pub unanswered: BTreeMap<u64, Event>,
    pub violation: Option<Violation>,
    /// None: nobody wants it.
    pub trace: Option<Vec<String>>,
    pub crashes: u32,
    /// Executions whose results were compared with the reference.
    pub compared: usize,
}

impl World {
    pub fn new(
        seed: u64,
        clock: Clock,
        rng: Rng,
        sabotage: Option<Sabotage>,
        is_traced: bool,
    ) -> World {
        World {
            seed,
            clock,
            sabotage,
            state: Mutex::new(State {
                rng,
                trouble: Trouble::default(),
                ledger: Ledger::default(),
                roots: BTreeMap::new(),
                root_of: HashMap::new(),
                pending: Vec::new(),
                asked: 0,
                unanswered: BTreeMap::new(),
                violation: None,
                trace: is_traced.then(Vec::new),
                crashes: 0,
                compared: 0,
            }),
        }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn draw<T>(&self, draw: impl FnOnce(&mut Rng) -> T) -> T {
        draw(&mut self.state().rng)
    }

    pub fn trace(&self, line: impl FnOnce() -> String) {
        let now = self.clock.now_millis();
        if let Some(trace) = &mut self.state().trace {
            trace.push(format!("{:>9.3}  {}", now as f64 / 1000.0, line()));
        }
    }

    /// Notes what does not hold.
    pub fn check(&self, holds: impl FnOnce(&mut Ledger) -> Result<(), Violation>) {
        let mut state = self.state();
        if let Err(violation) = holds(&mut state.ledger) {
            state.violation.get_or_insert(violation);
        }
    }

    pub fn violated(&self, violation: impl Into<Violation>) {
        self.check(|_| Err(violation.into()));
    }

    pub fn later(&self, after_millis: i64, event: Event) {
        let due = self.clock.now_millis() + after_millis;
        self.state().pending.push((due, event));
    }

    /// What got no answer is asked again.
    pub fn ask_again(&self) {
        let unanswered = std::mem::take(&mut self.state().unanswered);
        for event in unanswered.into_values() {
            let delay = self.draw(|rng| rng.between(100, 3_000));
            self.later(delay, event);
        }
    }

    /// A moment at which the process may be killed.
    pub fn crash_perhaps(&self, moment: &str) {
        let crashes = {
            let mut state = self.state();
            let one_in = state.trouble.crash_one_in;
            state.rng.one_in(one_in)
        };
        if crashes {
            self.trace(|| format!("CRASH {moment}"));
            // Not `panic!`: nobody is to be told.
            resume_unwind(Box::new(Crash));
        }
    }

    pub fn fault<T>(&self, fault: impl FnOnce(&mut Rng) -> T) -> Option<T> {
        let mut state = self.state();
        let one_in = state.trouble.commit_fails_one_in;
        state.rng.one_in(one_in).then(|| fault(&mut state.rng))
    }

    pub fn read_fails(&self) -> bool {
        let mut state = self.state();
        let one_in = state.trouble.read_fails_one_in;
        state.rng.one_in(one_in)
    }

    pub fn committed(&self, unit: &Unit) {
        let now = self.clock.now_millis();
        self.trace(|| {
            let opened = unit.opened_calls.iter().map(|call| call.key);
            format!(
                "commit {} version {} opens {} closes {}",
                unit.execution,
                unit.expected_version + 1,
                keys(opened),
                keys(unit.closed_calls.iter().copied())
            )
        });
        self.check(|ledger| ledger.committed(unit, now));
    }

    /// Every execution has ended, and as it had to.
    pub fn check_ends(&self) {
        let mut state = self.state();
        let state = &mut *state;
        if let Some(id) = state.ledger.unended().next() {
            let violation = format!("{id} has not ended");
            state.violation.get_or_insert(violation);
        }
        let mut disturbed = HashSet::new();
        for (id, known) in state.ledger.executions() {
            if known.is_disturbed {
                disturbed.insert(state.root_of.get(id).unwrap_or(id).clone());
            }
        }
        for (id, root) in &state.roots {
            let known = state.ledger.known(id);
            let end = known.and_then(Known::end);
            let is_removed = known.is_some_and(|known| known.is_removed);
            let ended = match (end, root.is_started) {
                (_, false) => Err("it was never started".to_owned()),
                (None, true) if is_removed => continue,
                (None, true) => Err("its start was acknowledged, and it has no end".to_owned()),
                (Some(Detail::ExecutionAborted(_)), true) => continue,
                (Some(_), true) if disturbed.contains(id) => continue,
                (Some(end), true) => {
                    state.compared += 1;
                    compare(self.seed, root, end)
                }
            };
            if let Err(violation) = ended {
                state.violation.get_or_insert(format!("{id}: {violation}"));
            }
        }
    }

    /// A delay as services have it: mostly short, sometimes long.
    fn delay(&self) -> i64 {
        self.draw(|rng| match rng.below(10) {
            0..3 => 0,
            3..9 => rng.between(1, 4_000),
            _ => rng.between(10_000, 100_000),
        })
    }

    fn answer(&self, id: &ExecutionId, call: &Call, answer: Answer, result: CallResult) {
        let delay = self.delay();
        self.answer_after(delay, id, call, answer, result);
    }

    fn answer_after(
        &self,
        delay: i64,
        id: &ExecutionId,
        call: &Call,
        answer: Answer,
        result: CallResult,
    ) {
        self.later(delay, Event::Answer(id.clone(), call.key, answer, result));
    }

    fn submit(&self, id: &ExecutionId, call: &Call, outcome: Outcome, answer: Answer) {
        match call.resource.pattern.suffix() {
            ".waitForTaskToken" => {
                let token = call.arguments.value()["Payload"]["token"].as_str();
                match token.map(str::parse::<TaskToken>) {
                    // Perhaps before the submit returns.
                    Some(Ok(token)) => self.work(&token, outcome),
                    _ => self.violated(format!("{id}: {:?} was sent without a token", call.key)),
                }
                self.answer(id, call, answer, Ok(Payload::null()));
            }
            ".sync" => {
                let job = match outcome {
                    Outcome::Return(output) => json!({"output": output}),
                    Outcome::Throw => json!({"error": TASK_ERROR}),
                    Outcome::Hang => json!({}),
                };
                self.answer(id, call, answer, Ok(Payload::from_value(job)));
            }
            _ => self.settle(id, call, outcome, answer),
        }
    }

    /// The answer says how it was.
    fn settle(&self, id: &ExecutionId, call: &Call, outcome: Outcome, answer: Answer) {
        match outcome {
            Outcome::Return(output) => {
                let output = Payload::from_value(output.into());
                self.answer(id, call, answer, Ok(output));
            }
            Outcome::Throw => self.answer(id, call, answer, Err(failure())),
            Outcome::Hang => {
                self.answer_after(HANG_MILLIS, id, call, answer, Err(failure()));
            }
        }
    }

    /// Somebody who has a token works, and says so now and then.
    pub fn work(&self, token: &TaskToken, outcome: Outcome) {
        let hangs = outcome == Outcome::Hang;
        let result = match outcome {
            Outcome::Return(output) => Ok(Payload::from_value(output.into())),
            Outcome::Throw | Outcome::Hang => Err(ErrorDetail {
                error: Some(TASK_ERROR.into()),
                cause: None,
            }),
        };
        let mut delay = 0;
        if hangs {
            delay = HANG_MILLIS;
        } else {
            for _ in 0..self.draw(|rng| rng.below(4)) {
                delay += self.draw(|rng| rng.between(100, 9_000));
                self.later(delay, Event::Heartbeat(token.clone()));
            }
            delay += self.draw(|rng| rng.between(0, 9_000));
        }
        let event = || Event::Token(token.clone(), result.clone());
        self.later(delay, event());
        if self.draw(|rng| rng.one_in(3)) {
            let twice = self.draw(|rng| rng.between(0, 3_000));
            self.later(delay + twice, event());
        }
    }
}

fn compare(seed: u64, root: &Root, end: &Detail) -> Result<(), Violation> {
    let expected = reference::run(seed, &root.row, &root.input);
    let is_right = match (end, &expected) {
        (_, Err(None)) => true,
        (Detail::ExecutionSucceeded { output }, Ok(expected)) => {
            output.value().as_str() == Some(expected)
        }
        (Detail::ExecutionFailed(error), Err(Some(expected))) => {
            error.error.as_deref() == Some(expected)
        }
        _ => false,
    };
    match is_right {
        true => Ok(()),
        false => Err(format!("it ended as {end:?}, and had to as {expected:?}")),
    }
}

/// Longer than any timeout.
const HANG_MILLIS: i64 = 3_600_000;

fn failure() -> CallFailure {
    CallFailure {
        error: TASK_ERROR.into(),
        cause: String::new(),
    }
}

/// Frame, task, attempt and call of each.
fn keys(keys: impl Iterator<Item = CallKey>) -> String {
    let keys = keys.map(|key| format!("{}/{}/{}/{}", key.frame.0, key.task, key.attempt, key.call));
    format!("[{}]", keys.collect::<Vec<_>>().join(" "))
}

/// What a task comes to that is given this.
pub fn outcome(seed: u64, arguments: &Value, attempt: u32) -> Outcome {
    let members = [arguments, &arguments["Payload"], &arguments["Input"]];
    let work = members.into_iter().find(|value| value["state"].is_string());
    let work = work.unwrap_or(&Value::Null);
    let text = |name: &str| work[name].as_str().unwrap_or_default();
    let can_hang = work["can_hang"].as_bool().unwrap_or_default();
    reference::outcome(seed, text("state"), text("input"), attempt, can_hang)
}

impl Calls for World {
    fn begin(&self, id: &ExecutionId, call: Box<Call>, answer: Answer) {
        self.crash_perhaps("before a call");
        let outcome = outcome(self.seed, call.arguments.value(), call.key.attempt);
        self.trace(|| {
            let purpose = match call.purpose {
                CallPurpose::Submit => "call",
                CallPurpose::Await { .. } => "await",
                CallPurpose::Cancel { .. } => "cancel",
            };
            format!(
                "{purpose} {id} {} {:?} -> {outcome:?}",
                call.state_name, call.key
            )
        });
        let hangs = outcome == Outcome::Hang;
        self.check(|ledger| ledger.begun(id, &call, hangs));
        match &call.purpose {
            CallPurpose::Submit => self.submit(id, &call, outcome, answer),
            CallPurpose::Await { submitted } => {
                let job = submitted.value();
                let outcome = match (job["output"].as_str(), job["error"].as_str()) {
                    (Some(output), _) => Outcome::Return(output.to_owned()),
                    (None, Some(_)) => Outcome::Throw,
                    (None, None) => Outcome::Hang,
                };
                self.settle(id, &call, outcome, answer);
            }
            CallPurpose::Cancel { .. } => self.answer(id, &call, answer, Ok(Payload::null())),
        }
        self.crash_perhaps("behind a call");
    }

    fn abandon(&self, id: &ExecutionId, key: CallKey) {
        self.trace(|| format!("abandon {id} {key:?}"));
        // Some services notice.
        if self.draw(|rng| rng.one_in(2)) {
            let mut state = self.state();
            let now = self.clock.now_millis();
            for (due, event) in &mut state.pending {
                if matches!(event, Event::Answer(of, other, ..) if of == id && *other == key) {
                    *due = now;
                }
            }
        }
    }

    fn recovery(&self, call: &Call) -> Recovery {
        let is_safe = call.state_name.starts_with('R');
        match is_safe || self.sabotage == Some(Sabotage::UnsafeCallsRepeated) {
            true => Recovery::Repeat,
            false => Recovery::Unknown,
        }
    }
}

impl Machines for World {
    fn machine(&self, _: &Listing, identity: &Identity) -> Result<Arc<Machine>, Error> {
        if self.read_fails() {
            return Err(Error::Unavailable("a definition could not be read".into()));
        }
        let mut state = self.state();
        let id = &identity.execution_arn;
        let gone = || Error::Corrupt(format!("nobody knows what {id} runs on"));
        let Some(of) = &identity.child_of else {
            let root = state.roots.get(id).ok_or_else(gone)?;
            return Ok(root.machine.clone());
        };
        let root_id = state.root_of(&of.execution_arn);
        state.root_of.insert(id.clone(), root_id.clone());
        let root = state.roots.get(&root_id).ok_or_else(gone)?;
        root.machine
            .processor(&of.label)
            .map(Arc::new)
            .ok_or_else(gone)
    }

    fn activity_exists(&self, _: &str) -> bool {
        true
    }
}

impl State {
    pub fn root_of(&self, id: &ExecutionId) -> ExecutionId {
        self.root_of.get(id).unwrap_or(id).clone()
    }
}

impl Observer for World {
    fn committed(&self, committed: &Committed<'_>) {
        let id = committed.execution;
        let is_standard = committed.listing.kind == Kind::Standard;
        self.trace(|| {
            let types = committed
                .events
                .iter()
                .map(|event| event.detail.type_name());
            format!("events {id} {}", types.collect::<Vec<_>>().join(" "))
        });
        let now = self.clock.now_millis();
        self.check(|ledger| ledger.told(id, is_standard, committed.events, now));
    }

    fn lost(&self, execution: &ExecutionId, error: &Error) {
        self.violated(format!("{execution} was given up: {error}"));
    }

    fn delayed(&self, execution: &ExecutionId, error: &Error) {
        self.trace(|| format!("delayed {execution}: {error}"));
    }
}

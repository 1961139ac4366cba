//! Random workflows whose results do not depend on timing: every value is a text, which shows by its parts where it has been
//! and in which order.

use serde_json::{Map, Value, json};

use crate::rng::Rng;

/// Seconds of every `TimeoutSeconds`, `HeartbeatSeconds` and `IntervalSeconds`.
const TIMEOUT_SECONDS: u64 = 40;
const HEARTBEAT_SECONDS: u64 = 10;
pub const RETRY_SECONDS: u64 = 2;

/// States in a row.
#[derive(Debug, Clone)]
pub struct Row {
    pub states: Vec<State>,
    /// The row ends with a Fail state.
    pub fails: bool,
}

#[derive(Debug, Clone)]
pub struct State {
    pub name: String,
    pub kind: Kind,
}

#[derive(Debug, Clone)]
pub enum Kind {
    Pass,
    /// Its seconds stand at the end of its name.
    Wait {
        seconds: u64,
    },
    /// A Choice that jumps over the next state when its input's length is even.
    Skip,
    /// A Choice that goes back to a Task so many times.
    Loop {
        times: u64,
        task: Task,
    },
    Task(Task),
    Parallel {
        branches: Vec<Row>,
        errors: Errors,
    },
    Map(MapState),
}

#[derive(Debug, Clone)]
pub struct MapState {
    pub items: usize,
    pub max_concurrency: usize,
    pub row: Row,
    pub distributed: Option<Distributed>,
    pub errors: Errors,
}

#[derive(Debug, Clone, Copy)]
pub struct Distributed {
    pub express: bool,
    pub tolerated_failures: usize,
}

#[derive(Debug, Clone, Copy)]
pub struct Task {
    pub pattern: Pattern,
    /// What may happen to it after a crash: the first letter of its name.
    pub safety: Safety,
    pub has_timeout: bool,
    pub has_heartbeat: bool,
    pub errors: Errors,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pattern {
    Function,
    Token,
    Activity,
    Job,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Safety {
    /// It may be made again.
    Read,
    Write,
    /// A write whose author allows it to be made again.
    Resend,
}

#[derive(Debug, Clone, Copy, Default)]
pub struct Errors {
    /// `MaxAttempts`, and whether any error is retried or only that of tasks.
    pub retry: Option<(u32, bool)>,
    pub catch: bool,
}

/// The error of tasks.
pub const TASK_ERROR: &str = "E";
pub const LAST_ERROR: &str = "Last";

/// Makes workflows.
pub struct Generator<'a> {
    pub rng: &'a mut Rng,
    /// What Express workflows cannot have is left out.
    pub express: bool,
    names: usize,
}

impl Generator<'_> {
    pub fn new(rng: &mut Rng, express: bool) -> Generator<'_> {
        Generator {
            rng,
            express,
            names: 0,
        }
    }

    fn name(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }

    pub fn row(&mut self, depth: usize) -> Row {
        let states = 1 + self.rng.below(if depth == 0 { 4 } else { 3 });
        Row {
            states: (0..states).map(|_| self.state(depth)).collect(),
            fails: self.rng.one_in(20),
        }
    }

    fn state(&mut self, depth: usize) -> State {
        let kinds = if depth < 2 { 13 } else { 9 };
        match self.rng.below(kinds) {
            0 => self.of("Pass", Kind::Pass),
            1 => {
                let seconds = self.rng.pick(&[0, 1, 3, 20, 90]);
                let name = self.name("Wait");
                State {
                    name: format!("{name}_{seconds}"),
                    kind: Kind::Wait { seconds },
                }
            }
            2 => self.of("Skip", Kind::Skip),
            3 => {
                let times = 1 + self.rng.below(3) as u64;
                let task = Task {
                    errors: Errors::default(),
                    ..self.task()
                };
                self.of(task.safety.letter(), Kind::Loop { times, task })
            }
            4..9 => {
                let task = self.task();
                self.of(task.safety.letter(), Kind::Task(task))
            }
            9..11 => {
                let branches = 1 + self.rng.below(3);
                let branches = (0..branches).map(|_| self.row(depth + 1)).collect();
                let errors = self.errors();
                self.of("Parallel", Kind::Parallel { branches, errors })
            }
            _ => {
                let map = self.map(depth);
                self.of("Map", Kind::Map(map))
            }
        }
    }

    fn of(&mut self, prefix: &str, kind: Kind) -> State {
        State {
            name: self.name(prefix),
            kind,
        }
    }

    fn map(&mut self, depth: usize) -> MapState {
        let distributed = (!self.express && self.rng.one_in(2)).then(|| Distributed {
            express: self.rng.one_in(2),
            tolerated_failures: self.rng.below(2),
        });
        let was_express = self.express;
        self.express |= distributed.is_some_and(|distributed| distributed.express);
        let row = self.row(depth + 1);
        self.express = was_express;
        MapState {
            items: 1 + self.rng.below(5),
            max_concurrency: self.rng.below(4),
            row,
            distributed,
            errors: self.errors(),
        }
    }

    fn task(&mut self) -> Task {
        let pattern = match self.express {
            true => Pattern::Function,
            false => self.rng.pick(&[
                Pattern::Function,
                Pattern::Function,
                Pattern::Token,
                Pattern::Activity,
                Pattern::Job,
            ]),
        };
        let by_others = matches!(pattern, Pattern::Token | Pattern::Activity);
        Task {
            pattern,
            safety: self.rng.pick(&[
                Safety::Read,
                Safety::Read,
                Safety::Read,
                Safety::Write,
                Safety::Resend,
            ]),
            // The task of a worker that vanishes is over some day.
            has_timeout: pattern == Pattern::Activity || self.rng.one_in(3),
            has_heartbeat: by_others && self.rng.one_in(2),
            errors: self.errors(),
        }
    }

    fn errors(&mut self) -> Errors {
        Errors {
            retry: (!self.rng.one_in(3))
                .then(|| (1 + self.rng.below(2) as u32, self.rng.one_in(2))),
            catch: self.rng.one_in(2),
        }
    }

    /// The product's own use: hosts are taken out of service, restarted, waited for and taken back, two at a time.
    pub fn rolling_restart(&mut self) -> Row {
        let retry = Errors {
            retry: Some((2, true)),
            catch: false,
        };
        let task = |pattern, safety| Task {
            pattern,
            safety,
            has_timeout: true,
            has_heartbeat: false,
            errors: retry,
        };
        let reboot = Task {
            errors: Errors {
                catch: true,
                ..retry
            },
            ..task(Pattern::Token, Safety::Write)
        };
        let look = Task {
            errors: Errors::default(),
            has_timeout: false,
            ..task(Pattern::Function, Safety::Read)
        };
        let wait = self.name("Wait");
        let states = vec![
            self.of("R", Kind::Task(task(Pattern::Function, Safety::Read))),
            self.of("U", Kind::Task(reboot)),
            State {
                name: format!("{wait}_3"),
                kind: Kind::Wait { seconds: 3 },
            },
            self.of(
                "R",
                Kind::Loop {
                    times: 3,
                    task: look,
                },
            ),
            self.of("O", Kind::Task(task(Pattern::Job, Safety::Resend))),
        ];
        let row = Row {
            states,
            fails: false,
        };
        let map = MapState {
            items: 6,
            max_concurrency: 2,
            row,
            distributed: None,
            errors: Errors {
                retry: None,
                catch: true,
            },
        };
        Row {
            states: vec![self.of("Map", Kind::Map(map))],
            fails: false,
        }
    }
}

impl Safety {
    fn letter(self) -> &'static str {
        match self {
            Safety::Read => "R",
            Safety::Write => "U",
            Safety::Resend => "O",
        }
    }
}

pub fn definition(row: &Row) -> Value {
    let mut machine = workflow(row);
    machine["QueryLanguage"] = "JSONata".into();
    machine
}

fn workflow(row: &Row) -> Value {
    let mut states = Map::new();
    let name = |index: usize| match row.states.get(index) {
        Some(state) => first_name(state),
        None => last_name(row),
    };
    for (index, state) in row.states.iter().enumerate() {
        let next = name(index + 1);
        match &state.kind {
            Kind::Skip => {
                let after = name((index + 2).min(row.states.len()));
                let choice = json!({"Type": "Choice", "Default": next, "Choices": [
                    {"Condition": "{% $length($states.input) % 2 = 0 %}", "Next": after},
                ]});
                states.insert(state.name.clone(), choice);
            }
            Kind::Loop { times, task } => {
                let (begin, variable) = (first_name(state), variable(state));
                let check = format!("{}Check", state.name);
                let choice = json!({"Type": "Choice", "Default": next, "Choices": [
                    {"Condition": format!("{{% ${variable} < {times} %}}"), "Next": state.name},
                ]});
                let pass = json!({"Type": "Pass", "Assign": {&variable: 0}, "Next": state.name});
                let mut task = task_state(&state.name, task);
                task["Assign"] = json!({&variable: format!("{{% ${variable} + 1 %}}")});
                task["Next"] = check.clone().into();
                states.insert(begin, pass);
                states.insert(state.name.clone(), task);
                states.insert(check, choice);
            }
            kind => {
                let mut json = plain_state(&state.name, kind);
                json["Next"] = next.clone().into();
                if let Kind::Task(Task { errors, .. })
                | Kind::Parallel { errors, .. }
                | Kind::Map(MapState { errors, .. }) = kind
                {
                    add_errors(&mut json, *errors, &next);
                }
                states.insert(state.name.clone(), json);
            }
        }
    }
    let last = match row.fails {
        true => json!({"Type": "Fail", "Error": LAST_ERROR}),
        false => json!({"Type": "Succeed"}),
    };
    states.insert(last_name(row), last);
    json!({"StartAt": name(0), "States": states})
}

fn last_name(row: &Row) -> String {
    let first = row.states.first().map_or("", |state| &state.name);
    format!("{first}Last")
}

fn first_name(state: &State) -> String {
    match state.kind {
        Kind::Loop { .. } => format!("{}Begin", state.name),
        _ => state.name.clone(),
    }
}

fn variable(state: &State) -> String {
    format!("n{}", state.name)
}

fn add_errors(state: &mut Value, errors: Errors, next: &str) {
    if let Some((attempts, all)) = errors.retry {
        let error = if all { "States.ALL" } else { TASK_ERROR };
        state["Retry"] = json!([{"ErrorEquals": [error], "IntervalSeconds": RETRY_SECONDS,
            "MaxAttempts": attempts, "BackoffRate": 1}]);
    }
    if errors.catch {
        state["Catch"] = json!([{"ErrorEquals": ["States.ALL"], "Next": next,
            "Output": "{% $states.errorOutput.Error %}"}]);
    }
}

fn plain_state(name: &str, kind: &Kind) -> Value {
    match kind {
        Kind::Wait { seconds } => json!({"Type": "Wait", "Seconds": seconds}),
        Kind::Task(task) => task_state(name, task),
        Kind::Parallel { branches, .. } => {
            let branches: Vec<Value> = branches.iter().map(workflow).collect();
            json!({"Type": "Parallel", "Branches": branches, "Output": JOINED})
        }
        Kind::Map(map) => {
            let items: Vec<usize> = (0..map.items).collect();
            let mut state = json!({
                "Type": "Map",
                "Items": items,
                "ItemSelector": "{% $states.input & $string($states.context.Map.Item.Value) %}",
                "MaxConcurrency": map.max_concurrency,
                "ItemProcessor": workflow(&map.row),
                "Output": JOINED,
            });
            if let Some(distributed) = map.distributed {
                let kind = if distributed.express {
                    "EXPRESS"
                } else {
                    "STANDARD"
                };
                state["ItemProcessor"]["ProcessorConfig"] =
                    json!({"Mode": "DISTRIBUTED", "ExecutionType": kind});
                state["ToleratedFailureCount"] = distributed.tolerated_failures.into();
                state["Label"] = name.into();
            }
            state
        }
        Kind::Pass | Kind::Skip | Kind::Loop { .. } => {
            json!({"Type": "Pass", "Output": format!("{{% $states.input & '{PASSED}' %}}")})
        }
    }
}

/// What a Pass adds to its input, and what stands for a tolerated child that failed.
pub const PASSED: &str = "p";
pub const FAILED_CHILD: &str = "failed";
const JOINED: &str =
    "{% $join($map($states.result, function($r) { $type($r) = 'string' ? $r : 'failed' }), '+') %}";

impl Task {
    /// Its call may come back too late. A worker of an activity vanishes only when something goes wrong.
    pub fn can_hang(&self) -> bool {
        (self.has_timeout || self.has_heartbeat) && self.pattern != Pattern::Activity
    }
}

fn task_state(name: &str, task: &Task) -> Value {
    let work = json!({"input": "{% $states.input %}", "state": name, "can_hang": task.can_hang()});
    let (resource, arguments) = match task.pattern {
        Pattern::Function => ("arn:aws:lambda:us-east-1:123456789012:function:Work", work),
        Pattern::Activity => ("arn:aws:states:us-east-1:123456789012:activity:Work", work),
        Pattern::Token => {
            let mut work = work;
            work["token"] = "{% $states.context.Task.Token %}".into();
            let arguments = json!({"FunctionName": "Work", "Payload": work});
            ("arn:aws:states:::lambda:invoke.waitForTaskToken", arguments)
        }
        Pattern::Job => (
            "arn:aws:states:::states:startExecution.sync",
            json!({"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:Job", "Input": work}),
        ),
    };
    let mut state = json!({"Type": "Task", "Resource": resource, "Arguments": arguments});
    if task.safety == Safety::Resend {
        state["Comment"] = interpreter::RESEND.into();
    }
    if task.has_timeout {
        state["TimeoutSeconds"] = TIMEOUT_SECONDS.into();
    }
    if task.has_heartbeat {
        state["HeartbeatSeconds"] = HEARTBEAT_SECONDS.into();
    }
    state
}

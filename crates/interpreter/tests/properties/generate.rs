//! Random definitions that the validator accepts, and random scripts of what happens to them.

use interpreter::Limits;
use proptest::prelude::*;
use serde_json::{Value, json};

/// A workflow: states in a row; jumps only go forward.
#[derive(Debug, Clone)]
pub struct Row {
    states: Vec<Kind>,
    last: Last,
}

#[derive(Debug, Clone)]
enum Last {
    Pass,
    Succeed,
    Fail,
}

#[derive(Debug, Clone)]
enum Kind {
    Pass {
        bytes: usize,
        assign: bool,
    },
    MissingPath,
    UndefinedOutput,
    Wait {
        seconds: u64,
    },
    Choice {
        holds: bool,
        jump: usize,
    },
    Task(Task),
    Parallel {
        branches: Vec<Row>,
        errors: Errors,
    },
    Map {
        items: usize,
        max_concurrency: u64,
        row: Box<Row>,
        distributed: Option<Distributed>,
        errors: Errors,
    },
}

#[derive(Debug, Clone)]
struct Distributed {
    express: bool,
    tolerated_failure_count: u64,
    /// `MaxItemsPerBatch`, and whether it is a bound of bytes instead.
    batch: Option<(u64, bool)>,
}

#[derive(Debug, Clone)]
struct Task {
    resource: &'static str,
    timeout_seconds: Option<u64>,
    heartbeat_seconds: Option<u64>,
    undefined_arguments: bool,
    errors: Errors,
}

#[derive(Debug, Clone)]
struct Errors {
    retry: Option<(&'static str, u64, bool)>,
    catch: Option<(&'static str, usize)>,
}

const RESOURCES: [&str; 5] = [
    "arn:aws:lambda:us-east-1:123456789012:function:Work",
    "arn:aws:states:::aws-sdk:ec2:rebootInstances",
    "arn:aws:states:::aws-sdk:ec2:rebootInstances.waitForTaskToken",
    "arn:aws:states:::states:startExecution.sync",
    "arn:aws:states:us-east-1:123456789012:activity:a",
];

/// What happens from outside.
#[derive(Debug, Clone)]
pub struct Script {
    pub answers: Vec<Answer>,
    /// Seconds after the start.
    pub drain_at: Option<u64>,
    pub stop_at: Option<u64>,
    pub timeout_seconds: Option<u64>,
    /// How often it is redriven when it ends without success.
    pub redrives: u32,
    pub seed: u64,
    pub limits: Limits,
}

#[derive(Debug, Clone)]
pub struct Answer {
    pub outcome: Outcome,
    pub after_seconds: u64,
    /// Sent a second time afterwards.
    pub twice: bool,
    /// To a task that others answer: a heartbeat before.
    pub heartbeat: bool,
}

#[derive(Debug, Clone)]
pub enum Outcome {
    Return {
        bytes: usize,
    },
    Throw(&'static str),
    /// The server stopped while the call was out.
    Lose,
    Hang,
}

const ERRORS: [&str; 5] = [
    "E",
    "F",
    "States.Timeout",
    "States.Runtime",
    "States.DataLimitExceeded",
];
const CAUGHT: [&str; 6] = [
    "E",
    "States.ALL",
    "States.Timeout",
    "States.TaskFailed",
    "States.HeartbeatTimeout",
    "States.QueryEvaluationError",
];

fn errors() -> impl Strategy<Value = Errors> {
    let name = || prop::sample::select(&CAUGHT[..]);
    let retry = prop::option::of((name(), 0u64..3, any::<bool>()));
    let catch = prop::option::of((name(), 0usize..4));
    (retry, catch).prop_map(|(retry, catch)| Errors { retry, catch })
}

fn distributed() -> impl Strategy<Value = Distributed> {
    let batch = prop::option::of((1u64..3, any::<bool>()));
    (any::<bool>(), 0u64..3, batch).prop_map(|(express, tolerated_failure_count, batch)| {
        Distributed {
            express,
            tolerated_failure_count,
            batch,
        }
    })
}

fn task() -> impl Strategy<Value = Task> {
    let seconds = || prop::option::weighted(0.3, 1u64..20);
    (
        prop::sample::select(&RESOURCES[..]),
        seconds(),
        seconds(),
        prop::bool::weighted(0.1),
        errors(),
    )
        .prop_map(
            |(resource, timeout_seconds, heartbeat_seconds, undefined_arguments, errors)| Task {
                resource,
                timeout_seconds,
                heartbeat_seconds,
                undefined_arguments,
                errors,
            },
        )
}

pub fn row() -> impl Strategy<Value = Row> {
    let leaf = prop_oneof![
        3 => (prop::sample::select(&[0usize, 10, 5_000][..]), any::<bool>())
            .prop_map(|(bytes, assign)| Kind::Pass { bytes, assign }),
        1 => Just(Kind::MissingPath),
        1 => Just(Kind::UndefinedOutput),
        3 => (0u64..30).prop_map(|seconds| Kind::Wait { seconds }),
        3 => (any::<bool>(), 0usize..4).prop_map(|(holds, jump)| Kind::Choice { holds, jump }),
        6 => task().prop_map(Kind::Task),
    ];
    let last = prop_oneof![3 => Just(Last::Pass), 2 => Just(Last::Succeed), 1 => Just(Last::Fail)];
    let row_of = move |kind: BoxedStrategy<Kind>| {
        (prop::collection::vec(kind, 0..4), last.clone())
            .prop_map(|(states, last)| Row { states, last })
            .boxed()
    };
    let rows = row_of.clone();
    let leaf = leaf.boxed();
    row_of(leaf.clone()).prop_recursive(3, 24, 3, move |inner| {
        let parallel = (prop::collection::vec(inner.clone(), 1..4), errors())
            .prop_map(|(branches, errors)| Kind::Parallel { branches, errors });
        let distributed = prop::option::weighted(0.3, distributed());
        let map = (0usize..5, 0u64..4, inner, distributed, errors()).prop_map(
            |(items, max_concurrency, row, distributed, errors)| Kind::Map {
                items,
                max_concurrency,
                row: Box::new(row),
                distributed,
                errors,
            },
        );
        rows(prop_oneof![2 => leaf.clone(), 1 => parallel, 2 => map].boxed())
    })
}

pub fn script() -> impl Strategy<Value = Script> {
    let outcome = prop_oneof![
        5 => prop::sample::select(&[0usize, 10, 5_000][..]).prop_map(|bytes| Outcome::Return { bytes }),
        3 => prop::sample::select(&ERRORS[..]).prop_map(Outcome::Throw),
        1 => Just(Outcome::Lose),
        1 => Just(Outcome::Hang),
    ];
    let answer = (outcome, 0u64..15, prop::bool::weighted(0.2), any::<bool>()).prop_map(
        |(outcome, after_seconds, twice, heartbeat)| Answer {
            outcome,
            after_seconds,
            twice,
            heartbeat,
        },
    );
    let at = |weight| prop::option::weighted(weight, 0u64..40);
    let limits = (
        prop::sample::select(&[1u32, 2, 100][..]),
        prop::option::weighted(0.3, 2u64..60),
        prop::option::weighted(0.2, Just(5_001usize)),
        prop::option::weighted(0.1, 10u64..20_000),
    )
        .prop_map(
            |(transitions_per_step, history_events, payload_bytes, history_bytes)| {
                let default = Limits::aws();
                Limits {
                    transitions_per_step,
                    history_events: history_events.unwrap_or(2_000),
                    history_bytes: history_bytes.unwrap_or(u64::MAX),
                    payload_bytes: payload_bytes.unwrap_or(default.payload_bytes),
                    ..default
                }
            },
        );
    (
        prop::collection::vec(answer, 1..12),
        at(0.3),
        at(0.1),
        at(0.1),
        0u32..3,
        any::<u64>(),
        limits,
    )
        .prop_map(
            |(answers, drain_at, stop_at, timeout_seconds, redrives, seed, limits)| Script {
                answers,
                drain_at,
                stop_at,
                timeout_seconds: timeout_seconds.map(|seconds| seconds + 1),
                redrives,
                seed,
                limits,
            },
        )
}

/// The definition's JSON. Every state has a name of its own, every variable too.
pub fn definition(row: &Row, timeout_seconds: Option<u64>) -> Value {
    let mut count = 0;
    let mut machine = workflow(row, &mut count);
    if let Some(seconds) = timeout_seconds {
        machine["TimeoutSeconds"] = seconds.into();
    }
    machine
}

fn workflow(row: &Row, count: &mut usize) -> Value {
    let first = *count;
    *count += row.states.len() + 1;
    let name = |index: usize| format!("S{}", first + index.min(row.states.len()));
    let mut states = serde_json::Map::new();
    for (index, kind) in row.states.iter().enumerate() {
        let mut state = state(kind, &name(index), count);
        let later = |jump: usize| name(index + 1 + jump);
        match kind {
            Kind::Choice { holds, jump } => {
                state["Choices"] =
                    json!([{"Variable": "$", "IsPresent": holds, "Next": later(*jump)}]);
                state["Default"] = later(0).into();
            }
            _ => state["Next"] = later(0).into(),
        }
        if let Kind::Task(Task { errors, .. })
        | Kind::Parallel { errors, .. }
        | Kind::Map { errors, .. } = kind
        {
            if let Some((name, max_attempts, jitter)) = errors.retry {
                let jitter = if jitter { "FULL" } else { "NONE" };
                state["Retry"] = json!([{"ErrorEquals": [name], "IntervalSeconds": 2, "MaxAttempts": max_attempts, "JitterStrategy": jitter}]);
            }
            if let Some((name, jump)) = errors.catch {
                state["Catch"] = json!([{"ErrorEquals": [name], "Next": later(jump)}]);
            }
        }
        states.insert(name(index), state);
    }
    let last = match row.last {
        Last::Pass => json!({"Type": "Pass", "End": true}),
        Last::Succeed => json!({"Type": "Succeed"}),
        Last::Fail => json!({"Type": "Fail", "Error": "E", "Cause": "last"}),
    };
    states.insert(name(row.states.len()), last);
    json!({"StartAt": name(0), "States": states})
}

/// Which Express children cannot have.
fn needs_standard(row: &Row) -> bool {
    row.states.iter().any(|state| match state {
        Kind::Parallel { branches, .. } => branches.iter().any(needs_standard),
        Kind::Map {
            row, distributed, ..
        } => distributed.is_some() || needs_standard(row),
        // The function and the plain API call.
        Kind::Task(task) => !RESOURCES[..2].contains(&task.resource),
        _ => false,
    })
}

fn state(kind: &Kind, name: &str, count: &mut usize) -> Value {
    match kind {
        Kind::Pass { bytes, assign } => {
            let mut state = json!({"Type": "Pass"});
            if *bytes > 0 {
                state["Result"] = "x".repeat(*bytes).into();
            }
            if *assign {
                state["Assign"] = json!({format!("v{name}"): {"of": name}});
            }
            state
        }
        Kind::MissingPath => json!({"Type": "Pass", "InputPath": "$.gone"}),
        Kind::UndefinedOutput => {
            json!({"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input.gone %}"})
        }
        Kind::Wait { seconds } => json!({"Type": "Wait", "Seconds": seconds}),
        Kind::Choice { .. } => json!({"Type": "Choice"}),
        Kind::Task(task) => {
            let mut state = json!({"Type": "Task", "QueryLanguage": "JSONata"});
            state["Resource"] = task.resource.into();
            let (member, value) = match task.resource.contains("startExecution") {
                true => ("StateMachineArn", "m"),
                false => ("InstanceIds", "i-1"),
            };
            let value = match task.undefined_arguments {
                true => "{% $states.input.gone %}",
                false => value,
            };
            state["Arguments"] = json!({member: value});
            if let Some(seconds) = task.timeout_seconds {
                state["TimeoutSeconds"] = (seconds + 20).into();
            }
            if let Some(seconds) = task.heartbeat_seconds {
                state["HeartbeatSeconds"] = seconds.into();
            }
            state
        }
        Kind::Parallel { branches, .. } => {
            let branches: Vec<Value> = branches.iter().map(|row| workflow(row, count)).collect();
            json!({"Type": "Parallel", "Branches": branches})
        }
        Kind::Map {
            items,
            max_concurrency,
            row,
            distributed,
            ..
        } => {
            let items: Vec<usize> = (0..*items).collect();
            let mut state = json!({
                "Type": "Map",
                "QueryLanguage": "JSONata",
                "Items": items,
                "MaxConcurrency": max_concurrency,
                "ItemProcessor": workflow(row, count),
            });
            if let Some(distributed) = distributed {
                let execution_type = if distributed.express && !needs_standard(row) {
                    "EXPRESS"
                } else {
                    "STANDARD"
                };
                state["ItemProcessor"]["ProcessorConfig"] =
                    json!({"Mode": "DISTRIBUTED", "ExecutionType": execution_type});
                state["ToleratedFailureCount"] = distributed.tolerated_failure_count.into();
                state["ItemBatcher"] = match distributed.batch {
                    Some((most, false)) => json!({"MaxItemsPerBatch": most}),
                    // The input of a batch of one has 13 bytes.
                    Some((most, true)) => json!({"MaxInputBytesPerBatch": 11 + 2 * most}),
                    None => return state,
                };
            }
            state
        }
    }
}

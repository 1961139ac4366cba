//! Runs for tests: the engine's real shard and interpreter, calls answered from a script, and a clock that only jumps.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::shard::{Effect, Message, Shard};
use engine::{StartExecution, TimerSet};
use interpreter::{Call, CallFailure, CallKey, CallResult, Event, Identity, Input, Limits, Status};
use query::Payload;
use serde_json::{Value, json};
use states_language::machine::Machine;
use states_language::source::{Format, Source};

/// When every scripted run starts.
pub const START_MILLIS: i64 = 1_700_000_000_000;

/// One step.
pub struct Batch {
    pub events: Vec<Event>,
    pub timers: Vec<TimerSet>,
    pub now_millis: i64,
}

pub struct Run {
    pub machine: Arc<Machine>,
    pub batches: Vec<Batch>,
    pub status: Status,
}

impl Run {
    pub fn events(&self) -> Vec<Event> {
        self.batches
            .iter()
            .flat_map(|batch| batch.events.clone())
            .collect()
    }

    /// What has happened by then.
    pub fn until(&self, seconds: i64) -> impl Iterator<Item = &Batch> {
        let batches = self.batches.iter();
        batches.take_while(move |batch| batch.now_millis <= START_MILLIS + seconds * 1000)
    }
}

/// Runs a definition. `answers` holds lists by state name, taken in order, the last one over and over: `{"Return": …}` or
/// `{"Error": …, "Cause": …}`, both with `"After": seconds`, or `"Hang"`. `inputs` come from outside, after seconds.
pub fn run(definition: &Value, input: Value, answers: &Value, inputs: &[(i64, Input)]) -> Run {
    let source = Source::with_format("test", definition.to_string(), Format::Json);
    let parsed = states_language::parse(&source, &Default::default());
    let machine = parsed
        .machine
        .unwrap_or_else(|| panic!("{:#?}", parsed.diagnostics));
    let mut world = World {
        answers,
        taken: BTreeMap::new(),
        pending: Vec::new(),
    };
    let mut inputs = inputs.to_vec();
    let mut shard = Shard::default();
    let mut run = Run {
        machine: machine.clone(),
        batches: Vec::new(),
        status: Status::Running,
    };
    let execution: Arc<str> = "arn:aws:states:us-east-1:123456789012:execution:Test:1".into();
    let identity = Identity {
        execution_arn: execution.clone(),
        execution_name: "1".into(),
        state_machine_arn: "arn:aws:states:us-east-1:123456789012:stateMachine:Test".into(),
        state_machine_name: "Test".into(),
        role_arn: "arn:aws:iam::123456789012:role/Test".into(),
        region: "us-east-1".into(),
        seed: 42,
        child_of: None,
    };
    let mut now_millis = START_MILLIS;
    let start = StartExecution::new(machine, identity, Payload::from_value(input));
    let mut messages = vec![Message::Start(Box::new(start))];
    let take = |input| Message::Take {
        execution: execution.clone(),
        input,
    };
    loop {
        for message in messages.drain(..) {
            let transition = shard.take(message, now_millis, &Limits::default(), None);
            let Some(transition) = transition else {
                continue;
            };
            let outcome = transition.outcome;
            shard.committed(&outcome);
            for effect in outcome.effects {
                world.perform(effect, now_millis);
            }
            run.batches.push(Batch {
                events: outcome.events,
                timers: outcome.timers,
                now_millis,
            });
            run.status = outcome.status;
        }
        if run.status != Status::Running {
            return run;
        }
        let answer = world.pending.iter().map(|(due, ..)| *due).min();
        let outside = inputs.first().map(|(after, _)| START_MILLIS + after * 1000);
        let timer = shard.next_due(now_millis);
        let Some(next) = [answer, outside, timer].into_iter().flatten().min() else {
            return run;
        };
        now_millis = now_millis.max(next);
        if outside == Some(next) {
            messages.push(take(inputs.remove(0).1));
        } else if answer == Some(next) {
            let at = world
                .pending
                .iter()
                .position(|(due, ..)| *due == next)
                .expect("an answer");
            let (_, key, result) = world.pending.remove(at);
            messages.push(take(Input::CallCompleted { key, result }));
        } else {
            messages = shard.due_messages(now_millis, usize::MAX);
        }
    }
}

struct World<'a> {
    answers: &'a Value,
    taken: BTreeMap<String, usize>,
    pending: Vec<(i64, CallKey, CallResult)>,
}

impl World<'_> {
    fn perform(&mut self, effect: Effect, now_millis: i64) {
        match effect {
            Effect::Call(call) => {
                let answer = self.answer(&call);
                if answer != "Hang" {
                    let due = now_millis + answer["After"].as_i64().unwrap_or(0) * 1000;
                    self.pending.push((due, call.key, result(&answer)));
                }
            }
            Effect::StartChild(_) => {}
            Effect::Abandon(key) => self.pending.retain(|(_, pending, _)| *pending != key),
        }
    }

    fn answer(&mut self, call: &Call) -> Value {
        let Some(list) = self.answers[&*call.state_name].as_array() else {
            return json!({"Return": {}});
        };
        let taken = self.taken.entry(call.state_name.to_string()).or_default();
        let answer = list[(*taken).min(list.len() - 1)].clone();
        *taken += 1;
        answer
    }
}

fn result(answer: &Value) -> CallResult {
    match answer["Error"].as_str() {
        Some(error) => Err(CallFailure {
            error: error.to_owned(),
            cause: answer["Cause"].as_str().unwrap_or("").to_owned(),
        }),
        None => Ok(Payload::from_value(answer["Return"].clone())),
    }
}

/// A small rolling restart: a Map over four targets, two at once, with a check that is retried, and an alarm when it fails.
pub fn restart() -> Value {
    let task = |resource: &str, next: &str| json!({"Type": "Task", "Resource": format!("arn:aws:states:::{resource}"), "Parameters": {}, "ResultPath": null, "Next": next});
    let mut check = task("lambda:invoke", "Restarted");
    check["Parameters"] = json!({"FunctionName": "startup-check"});
    check["Retry"] = json!([{"ErrorEquals": ["InstanceNotYetStartedException"], "IntervalSeconds": 120, "MaxAttempts": 3, "BackoffRate": 1}]);
    let mut reboot = task("aws-sdk:ec2:rebootInstances", "LetItBoot");
    reboot["Parameters"] = json!({"InstanceIds.$": "States.Array($)"});
    let mut alarm = task("sns:publish", "RestartFailed");
    alarm["Parameters"] =
        json!({"TopicArn": "arn:aws:sns:us-east-1:123456789012:alarms", "Message": "failed"});
    json!({
        "StartAt": "RestartTargets",
        "States": {
            "RestartTargets": {
                "Type": "Map",
                "MaxConcurrency": 2,
                "ItemProcessor": {
                    "StartAt": "Reboot",
                    "States": {
                        "Reboot": reboot,
                        "LetItBoot": {"Type": "Wait", "Seconds": 60, "Next": "StartupCheck"},
                        "StartupCheck": check,
                        "Restarted": {"Type": "Pass", "End": true}
                    }
                },
                "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "RaiseAlarm"}],
                "ResultPath": "$.restarted",
                "ItemsPath": "$.targets",
                "Next": "Done"
            },
            "RaiseAlarm": alarm,
            "RestartFailed": {"Type": "Fail", "ErrorPath": "$.failure.Error", "CausePath": "$.failure.Cause"},
            "Done": {"Type": "Succeed"}
        }
    })
}

pub fn targets(count: usize) -> Value {
    let targets: Vec<String> = (0..count).map(|n| format!("i-{n}")).collect();
    json!({"targets": targets})
}

/// What a function's exception looks like.
fn not_started() -> Value {
    let cause = json!({
        "errorMessage": "i-1 has not started yet",
        "errorType": "InstanceNotYetStartedException",
        "stackTrace": ["  File \"/var/task/app.py\", line 12, in handler\n    raise InstanceNotYetStartedException(instance)\n"]
    });
    json!({"Error": "InstanceNotYetStartedException", "Cause": cause.to_string(), "After": 2})
}

/// Item 1 never starts; the others take three seconds to check.
pub fn one_never_starts() -> Value {
    let ok = json!({"Return": {}, "After": 3});
    json!({"StartupCheck": [ok, not_started(), ok, not_started(), ok, not_started()]})
}

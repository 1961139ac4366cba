//! Chains of ten Pass states with their full history.

use std::sync::Arc;
use std::time::Duration;

use ::engine::StartExecution;
use ::engine::shard::{Message, Shard};
use interpreter::{Execution, Identity, Input, Limits, Rest, World, step};
use query::Payload;
use serde_json::{Value, json};
use states_language::ParseOptions;
use states_language::machine::Machine;
use states_language::source::{Format, Source};
use store::{MemoryStore, Store};

use crate::measure::{Line, fastest, micros};

const STATES: u32 = 10;
const NOW_MILLIS: i64 = 1_767_225_600_000;

pub fn machine(definition: &Value) -> Arc<Machine> {
    let source = Source::with_format("definition", definition.to_string(), Format::Json);
    let parsed = states_language::parse(&source, &ParseOptions::default());
    parsed
        .machine
        .unwrap_or_else(|| panic!("not accepted: {:?}", parsed.diagnostics))
}

pub fn chain(fields: &Value) -> Arc<Machine> {
    let states = (0..STATES).map(|index| {
        let mut state = json!({"Type": "Pass"});
        if let (Value::Object(state), Value::Object(fields)) = (&mut state, fields) {
            state.extend(fields.clone());
        }
        if index + 1 == STATES {
            state["End"] = true.into();
        } else {
            state["Next"] = format!("State{}", index + 1).into();
        }
        (format!("State{index}"), state)
    });
    let states: serde_json::Map<String, Value> = states.collect();
    machine(&json!({"StartAt": "State0", "States": states}))
}

pub fn identity(name: String) -> Identity {
    Identity {
        execution_arn: format!("arn:aws:states:us-east-1:123456789012:execution:Chain:{name}")
            .into(),
        execution_name: name.into(),
        state_machine_arn: "arn:aws:states:us-east-1:123456789012:stateMachine:Chain".into(),
        state_machine_name: "Chain".into(),
        role_arn: "arn:aws:iam::123456789012:role/Chain".into(),
        region: "us-east-1".into(),
        seed: 1,
        child_of: None,
    }
}

/// One execution by the step function alone.
fn interpret(machine: &Machine, identity: Identity, input: Payload, limits: &Limits) -> usize {
    let mut execution = Execution::new(identity, machine, input, NOW_MILLIS);
    let mut world = World {
        now_millis: NOW_MILLIS,
        limits,
        interrupts: None,
        activity_exists: None,
        mocked: None,
        trace: None,
    };
    let mut events = 0;
    let mut input = Input::Start;
    loop {
        let step = step(machine, &mut execution, input, &mut world);
        events += step.events.len();
        input = Input::Continue;
        if step.rest == Rest::Ended {
            return events;
        }
    }
}

/// One execution through the shard's decisions and the commits of the reference store.
pub fn through_shard(
    machine: Arc<Machine>,
    identity: Identity,
    input: Payload,
    limits: &Limits,
    store: &MemoryStore,
) {
    let mut shard = Shard::default();
    let start = StartExecution::new(machine, identity, input);
    let mut messages = vec![Message::Start(Box::new(start))];
    while let Some(message) = messages.pop() {
        let Some(transition) = shard.take(message, NOW_MILLIS, limits, None) else {
            return;
        };
        let answers = store.commit(transition.unit.into_iter().collect());
        assert!(answers.is_ok_and(|answers| answers == [Ok(())]));
        shard.committed(&transition.outcome);
        messages = shard.due_messages(NOW_MILLIS, usize::MAX);
    }
}

fn a_transition(time: Duration) -> Duration {
    time / STATES
}

fn per_second(time: Duration) -> f64 {
    1.0 / a_transition(time).as_secs_f64()
}

pub fn small() -> Vec<Line> {
    let machine = chain(&json!({}));
    let limits = Limits::default();
    let text: Arc<str> = json!({"orderId": "8c3d51a4-d644", "customer": {"name": "Ada", "id": 17}, "items": [{"sku": "A-1", "count": 2}, {"sku": "B-7", "count": 1}]})
        .to_string()
        .into();
    let parse = fastest(2_000, || text.clone(), Payload::parse);
    let mut number = 0;
    let mut fresh = || {
        number += 1;
        let input = Payload::parse(text.clone()).expect("the input is JSON");
        (identity(number.to_string()), input)
    };
    let alone = fastest(2_000, &mut fresh, |(identity, input)| {
        interpret(&machine, identity, input, &limits)
    });
    let store = MemoryStore::new();
    let engine = fastest(2_000, &mut fresh, |(identity, input)| {
        through_shard(machine.clone(), identity, input, &limits, &store);
    });
    let line = |name, time| Line {
        name,
        measured: format!("{:.0} transitions/s", per_second(time)),
        baseline: format!(
            "an execution is {:.1} x parsing its input ({:.2} µs)",
            time.as_secs_f64() / parse.as_secs_f64(),
            micros(parse)
        ),
        target: ">= 500000 transitions/s".to_owned(),
        holds: Some(per_second(time) >= 500_000.0),
    };
    vec![
        line("ten Pass states, step function", alone),
        line("ten Pass states, shard and memory store", engine),
    ]
}

/// 200 KB through ten Pass states, as they are and with data to be moved in each.
pub fn large() -> Vec<Line> {
    let rows: Vec<Value> = (0..2_000)
        .map(|row| json!({"id": row, "name": format!("row {row} of a table"), "tags": ["a", "b", "c"], "weight": 0.5, "text": "some more text"}))
        .collect();
    let text: Arc<str> = json!({ "rows": rows }).to_string().into();
    let limits = Limits::default();
    let parse = fastest(20, || text.clone(), Payload::parse);
    let line = |name, fields: &Value, target: Option<f64>| {
        let machine = chain(fields);
        let mut number = 0;
        let store = MemoryStore::new();
        let fresh = || {
            number += 1;
            let input = Payload::parse(text.clone()).expect("the input is JSON");
            (identity(number.to_string()), input)
        };
        let time = fastest(20, fresh, |(identity, input)| {
            // Whoever sent the input drops what was parsed of it.
            through_shard(machine.clone(), identity, input.clone(), &limits, &store);
            input
        });
        let transition = a_transition(time);
        Line {
            name,
            measured: format!("{:.1} µs a transition", micros(transition)),
            baseline: format!(
                "{:.4} x parsing the {} KB ({:.0} µs)",
                transition.as_secs_f64() / parse.as_secs_f64(),
                text.len() / 1000,
                micros(parse)
            ),
            target: target.map_or(String::new(), |target| format!("<= {target} µs")),
            holds: target.map(|target| micros(transition) <= target),
        }
    };
    vec![
        line("200 KB through ten Pass states", &json!({}), Some(20.0)),
        line(
            "200 KB, ResultPath in each",
            &json!({"Result": 1, "ResultPath": "$.x"}),
            None,
        ),
        line(
            "200 KB, Parameters with a path in each",
            &json!({"Parameters": {"rows.$": "$.rows"}}),
            None,
        ),
    ]
}

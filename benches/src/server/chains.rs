//! Chains of ten Pass states: one at a time, 32 at once, and with large payloads.

use harness::{CallError, Client};
use serde_json::{Map, Value, json};

use super::baseline::Baseline;
use super::load::load;
use super::{Figure, Target, server};

pub const CLIENTS: usize = 32;
pub const STATES: usize = 10;
const WARM_UP: usize = 200;
const SEQUENTIAL: usize = 500;
const CONCURRENT: usize = 2_000;
const LARGE: usize = 50;
const LARGE_BYTES: usize = 200_000;

/// Ten states of a kind, one after the other.
pub fn chain(state: impl Fn(usize) -> Value) -> Value {
    let states = (0..STATES).map(|index| {
        let mut state = state(index);
        match index + 1 {
            STATES => state["End"] = true.into(),
            next => state["Next"] = format!("S{next}").into(),
        }
        (format!("S{index}"), state)
    });
    json!({"StartAt": "S0", "States": states.collect::<Map<_, _>>()})
}

/// Starts an execution and looks until it has ended. It has to succeed.
pub fn run_one(
    client: &mut Client,
    machine: &str,
    name: &str,
    input: &str,
) -> Result<(), CallError> {
    let execution = client.start(machine, name, input)?;
    ended(client, &execution)
}

pub fn ended(client: &mut Client, execution: &str) -> Result<(), CallError> {
    let parameters = json!({"executionArn": execution});
    loop {
        let described = client.call("DescribeExecution", &parameters)?;
        match described["status"].as_str() {
            Some("RUNNING") => std::thread::yield_now(),
            Some("SUCCEEDED") => return Ok(()),
            other => panic!("an execution ended as {other:?}: {described}"),
        }
    }
}

pub fn figures(baseline: &Baseline) -> Result<Vec<Figure>, CallError> {
    let server = server()?;
    let machine = server
        .client()
        .create_state_machine("Chain", &chain(|_| json!({"Type": "Pass"})))?;
    let run = |kind: &'static str, clients, count| {
        let machine = &machine;
        load(
            clients,
            count,
            |_| server.client(),
            move |client, index| run_one(client, machine, &format!("{kind}-{index}"), "{}"),
        )
    };
    run("warm", CLIENTS, WARM_UP)?;
    let one = run("one", 1, SEQUENTIAL)?;
    let many = run("many", CLIENTS, CONCURRENT)?;
    Ok(vec![
        Figure {
            workload: "ten Pass states, start to SUCCEEDED",
            what: "p50",
            value: one.millis(50),
            unit: "ms",
            target: Target::AtMost(1.0),
            beside: baseline.latency(),
        },
        Figure {
            workload: "ten Pass states, start to SUCCEEDED",
            what: "p99",
            value: one.millis(99),
            unit: "ms",
            target: Target::AtMost(5.0),
            beside: baseline.latency(),
        },
        Figure {
            workload: "2,000 of them, 32 at once",
            what: "throughput",
            value: many.per_second(),
            unit: "executions/s",
            target: Target::AtLeast(4_000.0),
            beside: baseline.throughput(),
        },
    ])
}

pub fn large_payloads(baseline: &Baseline) -> Result<Vec<Figure>, CallError> {
    let server = server()?;
    let machine = server
        .client()
        .create_state_machine("Large", &chain(|_| json!({"Type": "Pass"})))?;
    let input = json!({"text": "x".repeat(LARGE_BYTES)}).to_string();
    let (machine, input) = (&machine, &input);
    let times = load(
        1,
        LARGE,
        |_| server.client(),
        move |client, index| run_one(client, machine, &format!("large-{index}"), input),
    )?;
    let value = times.millis(50) / STATES as f64;
    Ok(vec![Figure {
        workload: "200 KB through ten Pass states",
        what: "each transition, p50",
        value,
        unit: "ms",
        target: Target::AtMost(0.5),
        beside: baseline.latency(),
    }])
}

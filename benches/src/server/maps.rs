//! Inline Maps of one Pass state: time and memory, and that they grow with the items and no faster.

use std::time::Instant;

use harness::CallError;
use serde_json::{Value, json};

use super::baseline::Baseline;
use super::chains::run_one;
use super::{Beside, Figure, Target, memory_kib, server};

const FEW: usize = 1_000;
const MANY: usize = 10_000;
const ROUNDS: usize = 5;

pub fn figures(baseline: &Baseline) -> Result<Vec<Figure>, CallError> {
    let server = server()?;
    let mut client = server.client();
    let machine = client.create_state_machine(
        "Map",
        &json!({"StartAt": "M", "States": {"M": {
            "Type": "Map",
            "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}},
            "End": true,
        }}}),
    )?;
    let mut fastest_millis = |items: usize| -> Result<f64, CallError> {
        let input = (0..items).map(Value::from).collect::<Value>().to_string();
        let mut fastest = f64::MAX;
        for round in 0..ROUNDS {
            let begun = Instant::now();
            run_one(
                &mut client,
                &machine,
                &format!("map-{items}-{round}"),
                &input,
            )?;
            fastest = fastest.min(begun.elapsed().as_secs_f64() * 1e3);
        }
        Ok(fastest)
    };
    let few = fastest_millis(FEW)?;
    let many = fastest_millis(MANY)?;
    let peak_kib = memory_kib(&server, "VmHWM:").map_err(CallError::Io)?;
    Ok(vec![
        Figure {
            workload: "inline Map of 10,000 Pass items",
            what: "fastest of 5",
            value: many,
            unit: "ms",
            target: Target::AtMost(500.0),
            beside: baseline.latency(),
        },
        Figure {
            workload: "inline Map of 10,000 Pass items",
            what: "beside ten Maps of 1,000",
            value: many / (few * (MANY / FEW) as f64),
            unit: "times",
            target: Target::AtMost(1.2),
            beside: Beside::Nothing,
        },
        Figure {
            workload: "inline Map of 10,000 Pass items",
            what: "peak memory of the server",
            value: peak_kib / 1024.0,
            unit: "MiB",
            target: Target::AtMost(150.0),
            beside: Beside::Nothing,
        },
    ])
}

//! From nothing to the first accepted start, memory at rest, size.

use std::time::{Duration, Instant};

use harness::{CallError, Options, Server, stepwright};
use serde_json::json;

use super::baseline::Baseline;
use super::chains::chain;
use super::{Beside, Figure, Target, memory_kib};

const ROUNDS: usize = 10;

pub fn figures(baseline: &Baseline) -> Result<Vec<Figure>, CallError> {
    let folder = tempfile::tempdir().map_err(CallError::Io)?;
    let options = Options {
        data: Some(folder.path().join("data")),
        ..Options::default()
    };
    let mut server = Server::start(&options).map_err(CallError::Io)?;
    let machine = server
        .client()
        .create_state_machine("Chain", &chain(|_| json!({"Type": "Pass"})))?;
    let idle_kib = memory_kib(&server, "VmRSS:").map_err(CallError::Io)?;
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        server.kill().map_err(CallError::Io)?;
        let begun = Instant::now();
        server = Server::start(&options).map_err(CallError::Io)?;
        server
            .client()
            .start(&machine, &format!("first-{round}"), "{}")?;
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    let median = times.get(ROUNDS / 2).copied().unwrap_or(Duration::MAX);
    let median_millis = median.as_secs_f64() * 1e3;
    let program = stepwright()
        .and_then(std::fs::metadata)
        .map_err(CallError::Io)?;
    Ok(vec![
        Figure {
            workload: "start of the process",
            what: "to the first accepted start, p50",
            value: median_millis,
            unit: "ms",
            target: Target::AtMost(50.0),
            beside: baseline.latency(),
        },
        Figure {
            workload: "at rest",
            what: "memory",
            value: idle_kib / 1024.0,
            unit: "MiB",
            target: Target::AtMost(25.0),
            beside: Beside::Nothing,
        },
        Figure {
            workload: "the program",
            what: "size",
            value: program.len() as f64 / f64::from(1 << 20),
            unit: "MiB",
            target: Target::AtMost(30.0),
            beside: Beside::Nothing,
        },
    ])
}

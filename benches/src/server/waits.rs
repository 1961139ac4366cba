//! Many executions in a Wait state: the memory of each, and how late they wake up.

use std::time::{Duration, Instant};

use harness::{CallError, Server};
use serde_json::json;

use super::baseline::Baseline;
use super::chains::CLIENTS;
use super::load::load;
use super::{Beside, Figure, Target, memory_kib, server};

/// Executions, and how long each waits: longer than it takes to start them all.
const FEW: (usize, u64) = (10_000, 15);
const MANY: (usize, u64) = (100_000, 60);
/// One in so many is looked at afterwards.
const SAMPLED: usize = 20;

pub fn figures(_: &Baseline) -> Result<Vec<Figure>, CallError> {
    let mut figures = waiting("10,000 executions in Wait", FEW)?;
    figures.extend(waiting("100,000 executions in Wait", MANY)?);
    Ok(figures)
}

fn waiting(
    workload: &'static str,
    (count, seconds): (usize, u64),
) -> Result<Vec<Figure>, CallError> {
    let server = server()?;
    let mut client = server.client();
    let machine = client.create_state_machine(
        "Wait",
        &json!({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": seconds, "End": true}}}),
    )?;
    // Connections, threads and caches that are there for any number.
    let warm = |client: &mut harness::Client, index: usize| {
        client
            .start(&machine, &format!("warm-{index}"), "{}")
            .map(drop)
    };
    load(CLIENTS, CLIENTS, |_| server.client(), warm)?;
    let before_kib = memory_kib(&server, "VmRSS:").map_err(CallError::Io)?;
    let begun = Instant::now();
    load(
        CLIENTS,
        count,
        |_| server.client(),
        |client, index| {
            client
                .start(&machine, &format!("wait-{index}"), "{}")
                .map(drop)
        },
    )?;
    let started = begun.elapsed();
    let after_kib = memory_kib(&server, "VmRSS:").map_err(CallError::Io)?;
    assert!(
        started < Duration::from_secs(seconds),
        "the first woke up before the last was started, after {started:?}"
    );
    let mut late = lateness_millis(&server, &machine, count, seconds)?;
    late.sort_by(f64::total_cmp);
    let percentile = |percent: usize| late[(late.len() * percent / 100).min(late.len() - 1)];
    let figure = |what, value, unit, target| Figure {
        workload,
        what,
        value,
        unit,
        target,
        beside: Beside::Nothing,
    };
    Ok(vec![
        figure(
            "memory of each",
            (after_kib - before_kib) / count as f64,
            "KiB",
            Target::AtMost(1.0),
        ),
        figure("wake-up late, p50", percentile(50), "ms", Target::None),
        figure(
            "wake-up late, p99",
            percentile(99),
            "ms",
            Target::AtMost(50.0),
        ),
        figure(
            "started",
            count as f64 / started.as_secs_f64(),
            "executions/s",
            Target::None,
        ),
    ])
}

/// Of a sample, when all have ended: by the history, from when the state should have been left to when it was.
fn lateness_millis(
    server: &Server,
    machine: &str,
    count: usize,
    seconds: u64,
) -> Result<Vec<f64>, CallError> {
    let mut client = server.client();
    let arn = |index: usize| {
        let name = machine.replace(":stateMachine:", ":execution:");
        format!("{name}:wait-{index}")
    };
    client.wait_for_end(&arn(count - 1), Duration::from_secs(300))?;
    let mut late = Vec::new();
    for index in (0..count).step_by(SAMPLED) {
        let described = client.wait_for_end(&arn(index), Duration::from_secs(60))?;
        assert_eq!(described["status"], "SUCCEEDED", "{described}");
        let events = client.history(&arn(index))?;
        let at = |kind: &str| {
            let event = events.iter().find(|event| event["type"] == kind);
            event
                .and_then(|event| event["timestamp"].as_f64())
                .unwrap_or(f64::NAN)
        };
        late.push((at("WaitStateExited") - at("WaitStateEntered") - seconds as f64) * 1e3);
    }
    Ok(late)
}

//! An inline Map of one Pass state: time and memory have to grow with the items and no faster.

use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::time::Duration;

use interpreter::Limits;
use query::Payload;
use serde_json::json;
use states_language::machine::Machine;
use store::MemoryStore;

use crate::chains::{identity, machine, through_shard};
use crate::measure::{Line, fastest};

/// The argument of a process that runs one Map and prints the most memory it ever had.
pub const CHILD: &str = "--map-of";
const FEW: usize = 1_000;
const MANY: usize = 10_000;
/// Ten times the items may take so many times as much.
const MOST_GROWTH: f64 = 12.0;

fn prepare(items: usize) -> (Arc<Machine>, Payload) {
    let definition = json!({"StartAt": "M", "States": {"M": {
        "Type": "Map",
        "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}},
        "End": true,
    }}});
    let list: Vec<_> = (0..items)
        .map(|id| json!({"id": id, "name": "item"}))
        .collect();
    (machine(&definition), Payload::from_value(list.into()))
}

fn run((machine, input): (Arc<Machine>, Payload)) -> (Payload, MemoryStore) {
    let store = MemoryStore::new();
    let identity = identity("map".to_owned());
    let limits = Limits::default();
    through_shard(machine, identity, input.clone(), &limits, &store);
    (input, store)
}

pub fn child(items: &str) -> ExitCode {
    let kept = run(prepare(items.parse().unwrap_or(0)));
    let peak = peak_kib();
    drop(kept);
    match peak {
        Some(kib) => {
            println!("{kib}");
            ExitCode::SUCCESS
        }
        None => ExitCode::FAILURE,
    }
}

/// `VmHWM` of this process, where the system tells it (Linux).
fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

fn peak_of_child_kib(items: usize) -> Option<u64> {
    let program = std::env::current_exe().ok()?;
    let output = Command::new(program)
        .args([CHILD, &items.to_string()])
        .output()
        .ok()?;
    std::str::from_utf8(&output.stdout)
        .ok()?
        .trim()
        .parse()
        .ok()
}

pub fn inline() -> Vec<Line> {
    // As many items a round, so that both meet the same memory, cold or warm.
    let time = |items| fastest(MANY / items, || prepare(items), run);
    let (few, many): (Duration, Duration) = (time(FEW), time(MANY));
    let growth = many.as_secs_f64() / few.as_secs_f64();
    let mut lines = vec![line(
        "Map of one Pass over 10,000 items: time",
        format!("{:.1} ms", many.as_secs_f64() * 1e3),
        format!(
            "{growth:.1} x 1,000 items ({:.2} ms)",
            few.as_secs_f64() * 1e3
        ),
        growth,
    )];
    let peaks = (
        peak_of_child_kib(0),
        peak_of_child_kib(FEW),
        peak_of_child_kib(MANY),
    );
    if let (Some(none), Some(few), Some(many)) = peaks {
        let (few, many) = (few.saturating_sub(none).max(1), many.saturating_sub(none));
        let growth = many as f64 / few as f64;
        lines.push(line(
            "Map of one Pass over 10,000 items: peak memory",
            format!("{:.1} MiB", many as f64 / 1024.0),
            format!("{growth:.1} x 1,000 items ({:.1} MiB)", few as f64 / 1024.0),
            growth,
        ));
    }
    lines
}

fn line(name: &'static str, measured: String, baseline: String, growth: f64) -> Line {
    Line {
        name,
        measured,
        baseline,
        target: format!("<= {MOST_GROWTH} x"),
        holds: Some(growth <= MOST_GROWTH),
    }
}

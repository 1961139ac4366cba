//! The running server, over HTTP: `cargo build --release -p cli && cargo run --release -p benches -- server`.
//!
//! Every figure is durable: what is acknowledged is on the disk. Beside each stands the baseline of the same run: a server on the
//! loopback interface that does nothing but one group-committed fdatasync before it answers.

mod baseline;
mod chains;
mod footprint;
mod load;
mod maps;
mod schedules;
mod tasks;
mod waits;

use std::io;
use std::process::ExitCode;

use harness::{CallError, Options, Server};

pub use baseline::{CHILD, child};

/// What the baseline came to on the quiet machine that the targets were set for.
const QUIET_P50_MILLIS: f64 = 0.22;
const QUIET_PER_SECOND: f64 = 45_000.0;
/// Between two runs on one machine wall-clock figures differ by so much; a target is missed for `--check` beyond it.
const NOISE: f64 = 1.3;

/// One row of the table.
struct Figure {
    workload: &'static str,
    what: &'static str,
    value: f64,
    unit: &'static str,
    target: Target,
    beside: Beside,
}

/// What of the baseline a figure stands beside: on a slower or busier machine the target is the same multiple of it.
#[derive(Clone, Copy)]
enum Beside {
    /// A time: how many requests, one after the other, fit into it.
    Latency { baseline_millis: f64 },
    /// A rate: how many requests of the baseline one costs, with as many clients.
    Throughput { baseline_per_second: f64 },
    /// No matter of speed.
    Nothing,
}

#[derive(Clone, Copy)]
enum Target {
    AtMost(f64),
    AtLeast(f64),
    /// For information.
    None,
}

impl Figure {
    /// By what factor the target is missed, as it stands or beside the baseline, whichever is kinder; at most 1 when it holds.
    fn missed_by(&self) -> f64 {
        let missed_by = match self.target {
            Target::AtMost(most) => self.value / most,
            Target::AtLeast(least) => least / self.value,
            Target::None => return 0.0,
        };
        let slower = match self.beside {
            Beside::Latency { baseline_millis } => baseline_millis / QUIET_P50_MILLIS,
            Beside::Throughput {
                baseline_per_second,
            } => QUIET_PER_SECOND / baseline_per_second,
            Beside::Nothing => 1.0,
        };
        missed_by / slower.max(1.0)
    }

    fn print(&self) {
        let target = match self.target {
            Target::AtMost(most) => format!("<= {most}"),
            Target::AtLeast(least) => format!(">= {least}"),
            Target::None => "-".to_owned(),
        };
        let beside = match self.beside {
            Beside::Latency { baseline_millis } => {
                format!("{:.1} requests", self.value / baseline_millis)
            }
            Beside::Throughput {
                baseline_per_second,
            } => format!("{:.1} requests each", baseline_per_second / self.value),
            Beside::Nothing => "-".to_owned(),
        };
        let verdict = match self.missed_by() {
            0.0 => "-",
            by if by <= 1.0 => "ok",
            by if by <= NOISE => "missed, within noise",
            _ => "MISSED",
        };
        let (value, decimals) = (self.value, if self.value < 100.0 { 2 } else { 0 });
        println!(
            "| {} | {} | {value:.decimals$} {} | {target} | {beside} | {verdict} |",
            self.workload, self.what, self.unit
        );
    }
}

type Workload = fn(&baseline::Baseline) -> Result<Vec<Figure>, CallError>;

const WORKLOADS: [(&str, Workload); 7] = [
    ("chains", chains::figures),
    ("tasks", tasks::figures),
    ("maps", maps::figures),
    ("payloads", chains::large_payloads),
    ("waits", waits::figures),
    ("schedules", schedules::figures),
    ("footprint", footprint::figures),
];

/// All workloads, or those named.
pub fn run(names: &[String], check: bool) -> ExitCode {
    match figures(|name| names.is_empty() || names.iter().any(|wanted| wanted == name)) {
        Ok(missed) if check && missed > 0 => ExitCode::FAILURE,
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("benches: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints the table and answers how many targets were missed beyond noise.
fn figures(wanted: impl Fn(&str) -> bool) -> Result<usize, CallError> {
    println!("| workload | figure | measured | target | beside the baseline | |");
    println!("|---|---|---|---|---|---|");
    let baseline = baseline::measure().map_err(CallError::Io)?;
    let mut all = baseline.figures();
    all.iter().for_each(Figure::print);
    for (_, figures) in WORKLOADS.iter().filter(|(name, _)| wanted(name)) {
        let figures = figures(&baseline)?;
        figures.iter().for_each(Figure::print);
        all.extend(figures);
    }
    let missed = all.iter().filter(|figure| figure.missed_by() > NOISE);
    Ok(missed.count())
}

/// A server with an empty data directory.
fn server() -> Result<Server, CallError> {
    Server::start(&Options::default()).map_err(CallError::Io)
}

/// A size of a process in KiB by its name in `/proc/PID/status`, where there is one (Linux).
fn memory_kib(server: &Server, name: &str) -> io::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid()))?;
    let line = status.lines().find(|line| line.starts_with(name));
    let value = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
    value.ok_or_else(|| io::Error::other(format!("no {name} in the status of the process")))
}

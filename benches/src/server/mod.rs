//! The running server, over HTTP: `cargo build --release -p cli && cargo run --release -p benches -- server`.
//!
//! Every figure is durable: what is acknowledged is on the disk. Beside each stands the baseline of the same run: a server on the
//! loopback interface that does nothing but one group-committed fdatasync before it answers.

mod baseline;
mod chains;
mod footprint;
mod load;
mod maps;
mod tasks;
mod waits;

use std::io;
use std::process::ExitCode;

use harness::{CallError, Options, Server};

pub use baseline::{CHILD, child};

/// Between two runs on one machine wall-clock figures differ by so much; a target is missed for `--check` beyond it.
const NOISE: f64 = 1.3;

/// One row of the table.
struct Figure {
    workload: &'static str,
    what: &'static str,
    value: f64,
    unit: &'static str,
    target: Target,
    /// How it compares with the baseline.
    beside: String,
}

#[derive(Clone, Copy)]
enum Target {
    AtMost(f64),
    AtLeast(f64),
    /// For information.
    None,
}

impl Figure {
    /// By what factor the target is missed; at most 1 when it holds.
    fn missed_by(&self) -> f64 {
        match self.target {
            Target::AtMost(most) => self.value / most,
            Target::AtLeast(least) => least / self.value,
            Target::None => 0.0,
        }
    }

    fn print(&self) {
        let target = match self.target {
            Target::AtMost(most) => format!("<= {most}"),
            Target::AtLeast(least) => format!(">= {least}"),
            Target::None => "-".to_owned(),
        };
        let verdict = match self.missed_by() {
            0.0 => "-",
            by if by <= 1.0 => "ok",
            by if by <= NOISE => "missed, within noise",
            _ => "MISSED",
        };
        let (value, decimals) = (self.value, if self.value < 100.0 { 2 } else { 0 });
        println!(
            "| {} | {} | {value:.decimals$} {} | {target} | {} | {verdict} |",
            self.workload, self.what, self.unit, self.beside
        );
    }
}

type Workload = fn(&baseline::Baseline) -> Result<Vec<Figure>, CallError>;

pub fn run(check: bool) -> ExitCode {
    match figures() {
        Ok(missed) if check && missed > 0 => ExitCode::FAILURE,
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("benches: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints the table and answers how many targets were missed beyond noise.
fn figures() -> Result<usize, CallError> {
    println!("| workload | figure | measured | target | beside the baseline | |");
    println!("|---|---|---|---|---|---|");
    let baseline = baseline::measure().map_err(CallError::Io)?;
    let mut all = baseline.figures();
    all.iter().for_each(Figure::print);
    let workloads: [Workload; 6] = [
        chains::figures,
        tasks::figures,
        maps::figures,
        chains::large_payloads,
        waits::figures,
        footprint::figures,
    ];
    for workload in workloads {
        let figures = workload(&baseline)?;
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

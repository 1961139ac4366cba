//! The engine on SQLite, without HTTP: `cargo run --release -p benches -- engine`.

use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ::engine::{
    Answer, Calls, Committed, ControlError, Engine, Observer, Options, Ports, StartError,
    StartExecution, Started,
};
use interpreter::{Call, CallKey, Status};
use query::Payload;
use serde_json::{Value, json};
use states_language::machine::Machine;
use store::{Error, ExecutionId};
use store_sqlite::{OpenOptions, SqliteStore};

use crate::chains::{chain, identity, machine};
use crate::measure::{Line, micros};

const CHAINS: usize = 2_000;
const AT_ONCE: usize = 32;
const WAITERS: usize = 100_000;
const MOST_UNDER_WAY: usize = 256;
/// Long enough that all have been started before the first wakes.
const FIRST_WAKES_AFTER_SECONDS: usize = 60;
const WAKE_WITHIN_SECONDS: usize = 60;

/// Tells ends, and when each should have come to its end.
struct Ends(Mutex<Sender<i64>>);

impl Observer for Ends {
    fn committed(&self, committed: &Committed<'_>) {
        if *committed.status != Status::Running {
            let seconds = committed.input.value()["seconds"].as_i64().unwrap_or(0);
            let due = committed.listing.start_millis + seconds * 1000;
            let ends = self.0.lock().expect("nobody panics with it");
            // Whoever measures may have seen enough.
            let _ = ends.send(committed.now_millis - due);
        }
    }

    fn lost(&self, execution: &ExecutionId, error: &Error) {
        panic!("{execution} is lost: {error}");
    }
}

struct NoCalls;

impl Calls for NoCalls {
    fn begin(&self, _: &ExecutionId, _: Box<Call>, answer: Answer) {
        answer.send(Ok(Payload::null()));
    }

    fn abandon(&self, _: &ExecutionId, _: CallKey) {}
}

type Acknowledged = Result<Started, StartError>;

struct Running {
    engine: Engine,
    machine: Arc<Machine>,
    ends: Receiver<i64>,
    started: usize,
    acknowledged: (Sender<Acknowledged>, Receiver<Acknowledged>),
}

impl Running {
    fn new(machine: Arc<Machine>) -> Running {
        let path = Path::new("target/bench-engine");
        drop(std::fs::remove_dir_all(path));
        std::fs::create_dir_all(path).expect("makes a directory");
        let store = SqliteStore::open(path, OpenOptions::default()).expect("opens");
        let (sender, ends) = channel();
        let ports = Ports {
            calls: Arc::new(NoCalls),
            machines: Arc::new(machine.clone()),
            observer: Arc::new(Ends(Mutex::new(sender))),
        };
        let engine = Engine::open(Arc::new(store), ports, Options::default()).expect("opens");
        Running {
            engine,
            machine,
            ends,
            started: 0,
            acknowledged: channel(),
        }
    }

    /// Begins a start; waits for an earlier one when many are under way.
    fn start(&mut self, input: Value) {
        self.started += 1;
        if self.started > MOST_UNDER_WAY {
            let started = self.acknowledged.1.recv().expect("an answer");
            started.expect("a start");
        }
        let start = StartExecution::new(
            self.machine.clone(),
            identity(self.started.to_string()),
            Payload::from_value(input),
        );
        let acknowledged = self.acknowledged.0.clone();
        let reply = Box::new(move |started| drop(acknowledged.send(started)));
        self.engine.start(start, reply);
    }
}

pub fn lines() -> Vec<Line> {
    let mut lines = chains();
    lines.extend(waiters());
    lines
}

fn chains() -> Vec<Line> {
    let mut running = Running::new(chain(&json!({})));
    let mut times: Vec<Duration> = Vec::new();
    for _ in 0..500 {
        let begun = Instant::now();
        running.start(json!({"orderId": 17}));
        running.ends.recv().expect("an end");
        times.push(begun.elapsed());
    }
    times.sort();
    let begun = Instant::now();
    for at in 0..CHAINS + AT_ONCE {
        if at >= AT_ONCE {
            running.ends.recv().expect("an end");
        }
        if at < CHAINS {
            running.start(json!({"orderId": 17}));
        }
    }
    let rate = CHAINS as f64 / begun.elapsed().as_secs_f64();
    let stats = running.engine.stats();
    vec![
        Line {
            name: "engine and SQLite: ten Pass states, one by one",
            measured: format!("{:.0} µs", micros(times[times.len() / 2])),
            baseline: String::new(),
            target: "<= 1000 µs".to_owned(),
            holds: Some(micros(times[times.len() / 2]) <= 1000.0),
        },
        Line {
            name: "engine and SQLite: ten Pass states, 32 at once",
            measured: format!("{rate:.0} executions/s"),
            baseline: format!(
                "{:.1} units a commit",
                stats.units as f64 / stats.commits as f64
            ),
            target: ">= 4000 executions/s".to_owned(),
            holds: Some(rate >= 4000.0),
        },
    ]
}

fn waiters() -> Vec<Line> {
    let definition = json!({"StartAt": "W", "States": {"W": {"Type": "Wait", "SecondsPath": "$.seconds", "End": true}}});
    let mut running = Running::new(machine(&definition));
    // What the store and the allocator need anyway.
    for _ in 0..5_000 {
        running.start(json!({"seconds": 0}));
    }
    for _ in 0..5_000 {
        running.ends.recv().expect("an end");
    }
    let before = resident_kib();
    let begun = Instant::now();
    for number in 0..WAITERS {
        let seconds = FIRST_WAKES_AFTER_SECONDS + number % WAKE_WITHIN_SECONDS;
        running.start(json!({ "seconds": seconds }));
    }
    let id = identity(running.started.to_string()).execution_arn;
    // Behind the last starts of its shard.
    let (sender, asked) = channel();
    let reply = Box::new(move |stopped: Result<i64, ControlError>| {
        let _ = sender.send(stopped.is_ok());
    });
    running
        .engine
        .stop(&id, ::engine::StopExecution::default(), reply);
    asked.recv().expect("an answer");
    let started = begun.elapsed();
    let each = (resident_kib().saturating_sub(before)) as f64 / WAITERS as f64;
    let mut late: Vec<i64> = Vec::with_capacity(WAITERS);
    for _ in 0..WAITERS {
        late.push(running.ends.recv().expect("an end"));
    }
    late.sort_unstable();
    let p99 = late[WAITERS * 99 / 100];
    vec![
        Line {
            name: "100,000 executions in Wait: memory of each",
            measured: format!("{each:.2} KiB"),
            baseline: format!("started in {:.1} s", started.as_secs_f64()),
            target: "< 1 KiB".to_owned(),
            holds: Some(each < 1.0),
        },
        Line {
            name: "100,000 executions in Wait: how late they wake",
            measured: format!("p50 {} ms, p99 {p99} ms", late[WAITERS / 2]),
            baseline: format!("{} a second", WAITERS / WAKE_WITHIN_SECONDS),
            target: "p99 < 50 ms".to_owned(),
            holds: Some(p99 < 50),
        },
    ]
}

/// `VmRSS` of this process, where the system tells it (Linux).
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
    kib.unwrap_or(0)
}

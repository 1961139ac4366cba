//! Commits of the SQLite store, beside a file to which several threads' records are appended and synced at once: what the same
//! bytes cost on this disk without a database.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use interpreter::{CallKey, Encoded, FrameId};
use query::Payload;
use store::{AuditEntry, Kind, ListedStatus, Listing, OpenCall, Segment, Store, Unit};
use store_sqlite::{OpenOptions, SqliteStore};

use crate::measure::{Line, ROUNDS, micros};

/// What one chain of ten Pass states brings: bytes of its header and of its 22 events.
const HEADER_BYTES: usize = 450;
const EVENTS_BYTES: usize = 1_500;

pub fn lines() -> Vec<Line> {
    let mut lines = Vec::new();
    for (committers, target) in [(1, 0.5), (8, 0.5), (32, 0.35)] {
        lines.push(chains(committers, target));
    }
    lines.push(tasks());
    lines.push(large_payloads());
    lines.extend(many());
    lines
}

/// A directory on the disk of the project, not in a file system in memory.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Directory {
        let path = Path::new("target/bench-store").to_owned();
        drop(fs::remove_dir_all(&path));
        fs::create_dir_all(&path).expect("makes a directory");
        Directory(path)
    }

    fn store(&self) -> SqliteStore {
        SqliteStore::open(&self.0, OpenOptions::default()).expect("opens")
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// Never the same twice.
fn number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Bytes that do not repeat.
fn bytes(count: usize, number: u64) -> Vec<u8> {
    let scattered = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let bytes = (0..count as u64).map(|at| (at.wrapping_mul(31) ^ (scattered >> (at % 8))) as u8);
    bytes.collect()
}

fn record(count: usize, number: u64) -> Encoded {
    Encoded {
        bytes: bytes(count, number),
        payloads: vec![],
    }
}

/// A step; version 0 starts an execution with a name that stands anywhere among the others.
fn unit(number: u64, version: u64, status: ListedStatus) -> Unit {
    let scattered = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let name: Arc<str> = format!("{scattered:016x}-4b1c-9d5e-{number:012x}").into();
    let execution: Arc<str> =
        format!("arn:aws:states:us-east-1:123456789012:execution:chain:{name}").into();
    let at_millis = 1_700_000_000_000 + (number / 4) as i64;
    let ended = status != ListedStatus::Running;
    let listing = Listing {
        name,
        state_machine_arn: "arn:aws:states:us-east-1:123456789012:stateMachine:chain".into(),
        version_arn: None,
        alias_arn: None,
        map_run_arn: None,
        item_count: None,
        kind: Kind::Standard,
        revision: "0d1f8a56-6a52-4c3b-8f0e-3d1a4a0c2b7e".into(),
        status,
        start_millis: at_millis,
        stop_millis: ended.then_some(at_millis + 1),
        redrive_count: 0,
        redrive_millis: None,
    };
    Unit {
        expected_version: version,
        listing: (version == 0 || ended).then_some(listing),
        header: record(HEADER_BYTES, number),
        frames: vec![],
        removed_frames: vec![],
        dropped_results: vec![],
        results: vec![],
        events: None,
        opened_calls: vec![],
        closed_calls: vec![],
        map_runs: vec![],
        next_due_millis: None,
        ended,
        audit: (version == 0).then(|| AuditEntry {
            at_millis,
            principal: "AKIDEXAMPLE".into(),
            source: "127.0.0.1".into(),
            action: "StartExecution".into(),
            resource: execution.clone(),
        }),
        execution,
    }
}

/// A chain of ten Pass states: one unit.
fn chain() -> Unit {
    let number = number();
    Unit {
        events: Some(Segment {
            first_event_id: 1,
            events: record(EVENTS_BYTES, number),
        }),
        ..unit(number, 0, ListedStatus::Succeeded)
    }
}

fn commit(store: &SqliteStore, units: Vec<Unit>) {
    let answers = store.commit(units).expect("commits");
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
}

/// Calls a second of `work`, by some threads, and the time of the median call.
fn rate(threads: usize, calls: usize, work: impl Fn() + Sync) -> (f64, Duration) {
    let times = Mutex::new(Vec::with_capacity(calls));
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                for _ in 0..calls / threads {
                    let begun = Instant::now();
                    work();
                    let took = begun.elapsed();
                    times
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(took);
                }
            });
        }
    });
    let rate = calls as f64 / begun.elapsed().as_secs_f64();
    let mut times = times.into_inner().unwrap_or_else(PoisonError::into_inner);
    times.sort();
    (
        rate,
        times.get(times.len() / 2).copied().unwrap_or_default(),
    )
}

fn chains(committers: usize, target: f64) -> Line {
    let calls = if committers == 1 { 500 } else { 4_000 };
    let directory = Directory::new();
    let log = Log::new(&directory.0.join("log")).expect("makes a file");
    let store = directory.store();
    let [mut appended, mut committed] = [0.0_f64; 2];
    let mut median = Duration::MAX;
    for _ in 0..ROUNDS {
        let (round, _) = rate(committers, calls, || {
            let unit = chain();
            let events = unit.events.map_or(vec![], |segment| segment.events.bytes);
            // What stands in rows beside the two records.
            log.append(&[unit.header.bytes, events, bytes(400, 0)].concat())
                .expect("appends");
        });
        appended = appended.max(round);
        let (round, time) = rate(committers, calls, || commit(&store, vec![chain()]));
        committed = committed.max(round);
        median = median.min(time);
    }
    let ratio = committed / appended;
    Line {
        name: match committers {
            1 => "commit ten Pass states, one committer",
            8 => "commit ten Pass states, 8 committers",
            _ => "commit ten Pass states, 32 committers",
        },
        measured: format!("{committed:.0}/s, p50 {:.0} us", micros(median)),
        baseline: format!("append and sync: {appended:.0}/s, {ratio:.2} of it"),
        target: format!(">= {target} of it"),
        holds: Some(ratio >= target),
    }
}

/// A chain of ten Task states: a start, and two steps a state.
fn tasks() -> Line {
    const STEPS: u64 = 21;
    let directory = Directory::new();
    let store = directory.store();
    let one = || {
        let number = number();
        for version in 0..STEPS {
            let key = |task| CallKey {
                frame: FrameId(0),
                task,
                attempt: 0,
                call: 0,
            };
            let last = version + 1 == STEPS;
            let status = match last {
                true => ListedStatus::Succeeded,
                false => ListedStatus::Running,
            };
            let step = Unit {
                frames: vec![(FrameId(0), record(250, number))],
                events: Some(Segment {
                    first_event_id: 1 + version * 3,
                    events: record(250, number),
                }),
                opened_calls: match version % 2 {
                    0 if !last => vec![OpenCall {
                        key: key(version),
                        call: record(300, number),
                    }],
                    _ => vec![],
                },
                closed_calls: match version % 2 {
                    1 => vec![key(version - 1)],
                    _ => vec![],
                },
                ..unit(number, version, status)
            };
            commit(&store, vec![step]);
        }
    };
    let rounds = (0..5).map(|_| rate(32, 640, one).0);
    let executions = rounds.fold(0.0, f64::max);
    Line {
        name: "commit ten Task states, 32 committers",
        measured: format!("{executions:.0} executions/s"),
        baseline: format!("{:.0} steps/s", executions * STEPS as f64),
        target: ">= 1000 executions/s".to_owned(),
        holds: Some(executions >= 1_000.0),
    }
}

/// Steps of an execution that hands 200 KB on, unchanged.
fn large_payloads() -> Line {
    const STEPS: u64 = 200;
    let directory = Directory::new();
    let store = directory.store();
    let execution = number();
    let mut times = Vec::new();
    for version in 0..STEPS {
        // Not the same text in memory: as read back, or as it came from a call.
        let payload = Payload::from_text_unchecked(format!("\"{}\"", "x".repeat(200_000)).into());
        let step = Unit {
            header: Encoded {
                bytes: bytes(HEADER_BYTES, version),
                payloads: vec![payload.clone()],
            },
            events: Some(Segment {
                first_event_id: 1 + version * 2,
                events: Encoded {
                    bytes: bytes(200, version),
                    payloads: vec![payload],
                },
            }),
            ..unit(execution, version, ListedStatus::Running)
        };
        let begun = Instant::now();
        commit(&store, vec![step]);
        times.push(begun.elapsed());
    }
    times.sort();
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    Line {
        name: "commit a step with 200 KB, one committer",
        measured: format!("p50 {:.0} us", micros(median)),
        baseline: format!(
            "{} KiB on disk after {STEPS} steps",
            store.stats().wal_bytes / 1024
        ),
        target: "<= 1000 us".to_owned(),
        holds: Some(median <= Duration::from_millis(1)),
    }
}

/// What a server meets after a year.
fn many() -> Vec<Line> {
    const OPEN: u64 = 100_000;
    const ENDED: u64 = 100_000;
    let directory = Directory::new();
    let store = directory.store();
    for _ in 0..OPEN / 1_000 {
        let waiting = (0..1_000).map(|_| Unit {
            frames: vec![(FrameId(0), record(250, 1))],
            next_due_millis: Some(2_000_000_000_000),
            ..unit(number(), 0, ListedStatus::Running)
        });
        commit(&store, waiting.collect());
    }
    for _ in 0..ENDED / 1_000 {
        commit(&store, (0..1_000).map(|_| chain()).collect());
    }
    let begun = Instant::now();
    let found = store.open_executions().expect("reads").len() as u64;
    let listed = begun.elapsed();
    assert_eq!(found, OPEN);
    let begun = Instant::now();
    let removed = store.remove_ended_before(i64::MAX, ENDED as usize);
    let each = begun.elapsed() / ENDED as u32;
    assert_eq!(removed, Ok(ENDED as usize));
    vec![
        Line {
            name: "find 100,000 open executions",
            measured: format!("{:.0} ms", micros(listed) / 1e3),
            baseline: String::new(),
            target: "<= 500 ms".to_owned(),
            holds: Some(listed <= Duration::from_millis(500)),
        },
        Line {
            name: "remove executions that ended",
            measured: format!("{:.1} us each", micros(each)),
            baseline: String::new(),
            target: String::new(),
            holds: None,
        },
    ]
}

/// The baseline: whoever comes first writes and syncs what all have brought meanwhile.
struct Log {
    file: File,
    state: Mutex<LogState>,
    synced: Condvar,
}

#[derive(Default)]
struct LogState {
    waiting: Vec<u8>,
    /// Rounds that were begun, and that are on the disk.
    begun: u64,
    synced: u64,
    is_syncing: bool,
}

impl Log {
    fn new(path: &Path) -> io::Result<Log> {
        Ok(Log {
            file: File::create(path)?,
            state: Mutex::default(),
            synced: Condvar::new(),
        })
    }

    fn append(&self, record: &[u8]) -> io::Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.waiting.extend_from_slice(record);
        let round = state.begun;
        while state.synced <= round {
            if state.is_syncing {
                state = self
                    .synced
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            state.is_syncing = true;
            state.begun += 1;
            let records = std::mem::take(&mut state.waiting);
            drop(state);
            (&self.file).write_all(&records)?;
            self.file.sync_data()?;
            state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.is_syncing = false;
            state.synced += 1;
            self.synced.notify_all();
        }
        Ok(())
    }
}

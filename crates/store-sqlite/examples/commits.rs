use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Instant;

use interpreter::Encoded;
use store::{AuditEntry, Kind, ListedStatus, Listing, Segment, Store, Unit};
use store_sqlite::{OpenOptions, SqliteStore};

static NUMBER: AtomicU64 = AtomicU64::new(0);

/// What a chain of ten Pass states commits: one unit.
fn chain() -> Unit {
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let scattered = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let name: Arc<str> = format!("{scattered:016x}-4b1c-9d5e-{number:012x}").into();
    let execution: Arc<str> =
        format!("arn:aws:states:us-east-1:123456789012:execution:chain:{name}").into();
    let record = |bytes: usize| Encoded {
        bytes: (0..bytes)
            .map(|at| (at as u64 * 31 + scattered) as u8)
            .collect(),
        payloads: vec![],
    };
    let now = 1_700_000_000_000 + number as i64 / 4;
    Unit {
        execution: execution.clone(),
        expected_version: 0,
        listing: Some(Listing {
            name,
            state_machine_arn: "arn:aws:states:us-east-1:123456789012:stateMachine:chain".into(),
            version_arn: None,
            alias_arn: None,
            map_run_arn: None,
            item_count: None,
            kind: Kind::Standard,
            revision: "0d1f8a56-6a52-4c3b-8f0e-3d1a4a0c2b7e".into(),
            status: ListedStatus::Succeeded,
            start_millis: now,
            stop_millis: Some(now + 1),
            redrive_count: 0,
            redrive_millis: None,
        }),
        header: record(450),
        frames: vec![],
        removed_frames: vec![],
        dropped_results: vec![],
        results: vec![],
        events: Some(Segment {
            first_event_id: 1,
            events: record(1_500),
        }),
        opened_calls: vec![],
        closed_calls: vec![],
        map_runs: vec![],
        next_due_millis: None,
        ended: true,
        audit: Some(AuditEntry {
            at_millis: now,
            principal: "AKIDEXAMPLE".into(),
            source: "127.0.0.1".into(),
            action: "StartExecution".into(),
            resource: execution,
        }),
    }
}

fn bench(
    threads: usize,
    batch: usize,
    total: usize,
    commit: impl Fn(Vec<Unit>) + Sync,
) -> (f64, f64) {
    let begun = Instant::now();
    let latencies = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut own = Vec::new();
                for _ in 0..total / threads / batch {
                    let units = (0..batch).map(|_| chain()).collect();
                    let begun = Instant::now();
                    commit(units);
                    own.push(begun.elapsed());
                }
                latencies.lock().unwrap().extend(own);
            });
        }
    });
    let rate = total as f64 / begun.elapsed().as_secs_f64();
    let mut latencies = latencies.into_inner().unwrap();
    latencies.sort();
    (rate, latencies[latencies.len() / 2].as_secs_f64() * 1e6)
}

/// Appends and syncs, several threads' records at once: what the same bytes cost without a database.
struct Log {
    state: Mutex<(Vec<u8>, u64, u64, bool)>,
    synced: Condvar,
    file: File,
}
impl Log {
    fn append(&self, bytes: &[u8]) {
        let mut s = self.state.lock().unwrap();
        s.0.extend_from_slice(bytes);
        let mine = s.1;
        loop {
            if s.2 > mine {
                return;
            }
            if s.3 {
                s = self.synced.wait(s).unwrap();
                continue;
            }
            s.3 = true;
            let batch = std::mem::take(&mut s.0);
            s.1 += 1;
            drop(s);
            (&self.file).write_all(&batch).unwrap();
            self.file.sync_data().unwrap();
            s = self.state.lock().unwrap();
            s.3 = false;
            s.2 += 1;
            self.synced.notify_all();
        }
    }
}

fn cpu() -> (f64, f64) {
    // utime+stime of process and of the writer thread
    let parse = |text: String| -> f64 {
        let rest = text
            .rsplit(") ")
            .next()
            .unwrap()
            .split(' ')
            .map(|x| x.parse::<f64>().unwrap_or(0.0))
            .collect::<Vec<_>>();
        (rest[11] + rest[12]) / 100.0
    };
    let whole = parse(std::fs::read_to_string("/proc/self/stat").unwrap());
    let mut writer = 0.0;
    for t in std::fs::read_dir("/proc/self/task").unwrap().flatten() {
        let text = std::fs::read_to_string(t.path().join("stat")).unwrap_or_default();
        if text.contains("store-writer") {
            writer = parse(text);
        }
    }
    (whole, writer)
}

fn main() {
    let arg: Vec<String> = std::env::args().skip(1).collect();
    let dir = Path::new("target/bench-store");
    let total: usize = arg.first().map_or(40_000, |n| n.parse().unwrap());
    for (threads, batch) in [(1, 1), (8, 1), (32, 1), (2, 16)] {
        if arg.len() > 1 && arg[1] != format!("{threads}x{batch}") {
            continue;
        }
        let n = if threads == 1 { total / 8 } else { total };
        let _ = std::fs::remove_dir_all(dir);
        std::fs::create_dir_all(dir).unwrap();
        let log = Log {
            state: Mutex::new((vec![], 0, 0, false)),
            synced: Condvar::new(),
            file: File::create(dir.join("log")).unwrap(),
        };
        let (rate, p50) = bench(threads, batch, n, |units| {
            let mut bytes = vec![];
            for u in &units {
                bytes.extend_from_slice(&u.header.bytes);
                bytes.extend_from_slice(&u.events.as_ref().unwrap().events.bytes);
                bytes.extend_from_slice(&[0; 500]);
            }
            log.append(&bytes);
        });
        println!("{threads:>3} x {batch:<3} append {rate:>8.0}/s p50 {p50:.0} us");
        let store = SqliteStore::open(dir, OpenOptions::default()).unwrap();
        let before = cpu();
        let (rate, p50) = bench(threads, batch, n, |units| {
            for answer in store.commit(units).unwrap() {
                answer.unwrap();
            }
        });
        let after = cpu();
        let stats = store.stats();
        println!(
            "{threads:>3} x {batch:<3} sqlite {rate:>8.0}/s p50 {p50:.0} us; cpu/unit writer {:.1} us, process {:.1} us; {:.1} units/commit, {} checkpoints {:.1} ms, file {} MB wal {} MB",
            (after.1 - before.1) * 1e6 / n as f64,
            (after.0 - before.0) * 1e6 / n as f64,
            stats.units as f64 / stats.commits as f64,
            stats.checkpoints,
            stats.checkpoint_seconds.sum * 1e3 / stats.checkpoints.max(1) as f64,
            stats.file_bytes >> 20,
            stats.wal_bytes >> 20
        );
    }
}

//! Disks that are full or broken, and processes that are killed in the middle of a write: a child of this test works with a
//! library before libc's (`fault.c`) that fails the calls it is told to.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use store::{Error, Store};
use tempfile::TempDir;

use crate::support::{STEPS, commit, open, step, steps_of};

const DIRECTORY: &str = "STEPWRIGHT_FAULT_DIRECTORY";
const THREADS: usize = 3;
const EXECUTIONS: usize = 8;

/// Not a test: what the children do. Takes all steps of some executions, two threads at once, and says what became of each.
#[test]
#[ignore = "the other tests run it"]
fn child() {
    let Some(directory) = std::env::var_os(DIRECTORY) else {
        return;
    };
    let store = open(Path::new(&directory));
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let store = &store;
            scope.spawn(move || {
                for number in 0..EXECUTIONS {
                    advance(store, &format!("e{thread}-{number}"));
                }
            });
        }
    });
    println!("\nfinished {:?}", store.stats().refusing);
}

/// Takes the steps of one execution, each again after an error, as an engine would.
fn advance(store: &dyn Store, execution: &str) {
    let mut version = 0;
    while version < STEPS {
        let answer = store.commit(vec![step(execution, version)]);
        let answer = answer.and_then(|mut answers| answers.remove(0));
        // The harness of the tests writes lines of its own.
        match answer {
            Ok(()) => println!("\nok {execution} {version}"),
            Err(Error::Unavailable(why)) => println!("\nrefused {execution} {version} {why}"),
            Err(Error::Indeterminate(why)) => println!("\nunknown {execution} {version} {why}"),
            Err(error) => println!("\nwrong {execution} {version} {error}"),
        }
        let stored = store.execution(&execution.into());
        version = stored.map_or(version, |stored| stored.map_or(0, |stored| stored.version));
    }
}

/// The library, made once a process.
fn library() -> &'static Path {
    static BUILT: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, library) = BUILT.get_or_init(|| {
        let directory = TempDir::new().expect("a directory");
        let library = directory.path().join("fault.so");
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sqlite/fault.c");
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .args([library.as_path(), Path::new(source)])
            .args(["-ldl"])
            .status();
        assert!(
            built
                .expect("cc starts: SQLite itself is built with it")
                .success()
        );
        (directory, library)
    });
    library
}

/// What a child said.
#[derive(Debug, Default)]
struct Said {
    /// Steps that were acknowledged, by execution.
    ok: BTreeMap<String, u64>,
    /// Those with other outcomes, in order.
    others: Vec<String>,
    finished: Option<String>,
    killed: bool,
}

fn run(directory: &Path, fault: &str) -> Said {
    let mut child = Command::new(std::env::current_exe().expect("has a path"))
        .args([
            "--exact",
            "faults::child",
            "--ignored",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(DIRECTORY, directory)
        .env("STEPWRIGHT_FAULT", fault)
        .env("LD_PRELOAD", library())
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut said = Said::default();
    for line in BufReader::new(child.stdout.take().expect("is piped")).lines() {
        let line = line.expect("reads");
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["ok", execution, version] => {
                let steps = version.parse::<u64>().expect("a number") + 1;
                said.ok.insert(execution.to_owned(), steps);
            }
            ["refused" | "unknown" | "wrong", ..] => said.others.push(line),
            ["finished", ..] => said.finished = Some(line),
            _ => {}
        }
    }
    let status = child.wait().expect("ends");
    said.killed = status.signal() == Some(9);
    assert!(said.killed || status.success(), "{fault}: {status}");
    said
}

/// Opens what a child left: all that was acknowledged is there, and at most one step more of each execution.
fn check(directory: &Path, said: &Said, fault: &str) {
    let store = open(directory);
    for thread in 0..THREADS {
        for number in 0..EXECUTIONS {
            let execution = format!("e{thread}-{number}");
            let acknowledged = said.ok.get(&execution).copied().unwrap_or(0);
            let steps = steps_of(&store, &execution);
            assert!(
                (acknowledged..=acknowledged + 1).contains(&steps),
                "{fault}: {execution} has {steps} steps, {acknowledged} acknowledged: {said:?}"
            );
        }
    }
    commit(&store, vec![step("after", 0)]);
}

/// Runs a child with a fault and checks what it leaves.
fn survives(fault: &str) -> Said {
    let directory = TempDir::new().expect("a directory");
    let said = run(directory.path(), fault);
    check(directory.path(), &said, fault);
    assert!(
        !said.others.iter().any(|other| other.starts_with("wrong")),
        "{fault}: {said:?}"
    );
    said
}

/// A fault that passes: the store refuses for a while, says why, and then goes on by itself.
fn recovers(fault: &str, why: &str) -> Said {
    let said = survives(fault);
    assert_eq!(
        said.finished.as_deref(),
        Some("finished None"),
        "{fault}: {said:?}"
    );
    assert_eq!(said.ok.len(), THREADS * EXECUTIONS, "{fault}");
    assert!(!said.others.is_empty(), "{fault} was not met");
    assert!(
        said.others.iter().all(|other| other.contains(why)),
        "{fault}: {said:?}"
    );
    said
}

#[test]
fn without_a_fault_everything_is_acknowledged() {
    let said = survives("-wal write 1000000 1 eio");
    assert!(said.others.is_empty() && !said.killed, "{said:?}");
    assert!(said.ok.values().all(|steps| *steps == STEPS));
}

#[test]
fn a_full_disk_refuses_until_there_is_room_again() {
    for first in [1, 2, 3, 8, 15, 40, 61] {
        let said = recovers(&format!("-wal write {first} 6 enospc"), "the disk is full");
        let refused = said.others.iter().all(|other| other.starts_with("refused"));
        assert!(refused, "rolled back for sure: {said:?}");
    }
}

#[test]
fn a_write_that_fails_loses_nothing() {
    for first in [1, 2, 5, 16, 33, 70] {
        recovers(&format!("-wal write {first} 3 eio"), "I/O");
    }
}

#[test]
fn a_sync_that_fails_leaves_its_commit_unknown_and_the_next_ones_refused() {
    for first in [1, 2, 5, 9] {
        let said = recovers(&format!("-wal sync {first} 4 eio"), "I/O");
        // In any order: others are refused before its committer has said so.
        let unknown = said.others.iter().any(|other| other.starts_with("unknown"));
        assert!(unknown, "{said:?}");
    }
}

#[test]
fn a_process_killed_in_a_write_has_kept_what_it_acknowledged() {
    for first in (1..40).chain((40..150).step_by(9)) {
        let said = survives(&format!("-wal write {first} 1 kill"));
        assert!(said.killed, "at {first}: {said:?}");
    }
}

#[test]
fn a_process_killed_in_a_sync_has_kept_what_it_acknowledged() {
    for first in 1..10 {
        let said = survives(&format!("-wal sync {first} 1 kill"));
        assert!(said.killed, "at {first}: {said:?}");
    }
}

#[test]
fn a_process_killed_while_it_closes_has_lost_nothing() {
    // Closing writes everything back into the file.
    for first in [1, 2, 9, 20, 30] {
        let said = survives(&format!("stepwright.db write {first} 1 kill"));
        assert!(said.killed, "at {first}: {said:?}");
        assert!(said.ok.values().all(|steps| *steps == STEPS), "{said:?}");
    }
    let said = survives("stepwright.db sync 1 1 kill");
    assert!(said.killed, "{said:?}");
}

#[test]
fn a_file_that_cannot_be_written_back_is_written_back_later() {
    for fault in ["write 3 4 eio", "write 1 1 enospc", "sync 1 1 eio"] {
        let said = survives(&format!("stepwright.db {fault}"));
        assert!(said.others.is_empty(), "{fault}: {said:?}");
        assert!(said.ok.values().all(|steps| *steps == STEPS), "{said:?}");
    }
}

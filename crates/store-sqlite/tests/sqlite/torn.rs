//! The tail of the WAL as a crash or a failing disk leaves it.

use std::fs;

use store_sqlite::{OpenError, OpenOptions, SqliteStore};
use tempfile::TempDir;

use crate::support::{commit, copy, open, step, steps_of};

const COMMITS: u64 = 12;

/// A store with a commit of several pages after the other, and where in the WAL each ends.
struct Written {
    directory: TempDir,
    _store: SqliteStore,
    ends: Vec<usize>,
}

fn written() -> Written {
    let directory = TempDir::new().expect("a directory");
    let store = open(directory.path());
    let wal = directory.path().join("stepwright.db-wal");
    let ends = (0..COMMITS).map(|number| {
        commit(&store, vec![step(&format!("e{number}"), 0)]);
        wal.metadata().expect("is there").len() as usize
    });
    Written {
        ends: ends.collect(),
        directory,
        _store: store,
    }
}

impl Written {
    /// Opens a copy with another WAL.
    fn with_wal(&self, wal: &[u8]) -> Result<Vec<u64>, OpenError> {
        let copied = TempDir::new().expect("a directory");
        copy(self.directory.path(), copied.path());
        fs::write(copied.path().join("stepwright.db-wal"), wal).expect("writes");
        let store = SqliteStore::open(copied.path(), OpenOptions::default())?;
        let found = (0..COMMITS).map(|number| steps_of(&store, &format!("e{number}")));
        let found = found.collect();
        commit(&store, vec![step("after", 0)]);
        Ok(found)
    }

    fn wal(&self) -> Vec<u8> {
        let copied = TempDir::new().expect("a directory");
        copy(self.directory.path(), copied.path());
        fs::read(copied.path().join("stepwright.db-wal")).expect("reads")
    }
}

/// Where a frame's parts are: begin and end of the frames, inside of headers and of pages.
fn places(from: usize, to: usize) -> impl Iterator<Item = usize> {
    const FRAME: usize = 24 + 4096;
    let frames = (from..to).step_by(FRAME);
    frames.flat_map(|frame| [0, 1, 9, 23, 24, 25, 2_000, FRAME - 1].map(|within| frame + within))
}

#[test]
fn a_wal_that_ends_early_keeps_every_commit_before() {
    let written = written();
    let wal = written.wal();
    for cut in places(32, wal.len())
        .step_by(5)
        .chain([0, 1, 31, 32, wal.len()])
    {
        let whole = written.ends.iter().filter(|end| **end <= cut).count();
        let found = written.with_wal(&wal[..cut]).expect("opens");
        assert!(
            found[..whole].iter().all(|steps| *steps == 1),
            "cut at {cut}: {found:?}"
        );
        assert!(
            found[whole..].iter().all(|steps| *steps == 0),
            "cut at {cut}: {found:?}"
        );
    }
}

#[test]
fn a_garbled_last_commit_leaves_those_before() {
    let written = written();
    let [.., before, end] = written.ends[..] else {
        panic!("commits");
    };
    let wal = written.wal();
    for place in places(before, end) {
        let mut garbled = wal.clone();
        garbled[place] ^= 0x5a;
        let found = written.with_wal(&garbled).expect("opens");
        let (last, others) = found.split_last().expect("commits");
        assert!(others.iter().all(|steps| *steps == 1), "{place}: {found:?}");
        assert_eq!(*last, 0, "{place}: {found:?}");
    }
}

#[test]
fn damage_before_the_last_two_commits_is_no_torn_tail() {
    let written = written();
    let wal = written.wal();
    let [.., end, _, _] = written.ends[..] else {
        panic!("commits");
    };
    for place in places(32, end).step_by(7).chain([0, 5, 12, 17, 25]) {
        let mut garbled = wal.clone();
        garbled[place] ^= 0x5a;
        let error = written.with_wal(&garbled).expect_err("refuses");
        assert!(
            matches!(error, OpenError::Damaged { .. }),
            "{place}: {error:?}"
        );
    }
}

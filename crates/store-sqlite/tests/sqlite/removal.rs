//! Retention: what goes leaves nothing behind, and the file becomes smaller.

use std::collections::BTreeMap;

use store::{MapRun, Store, Unit};
use tempfile::TempDir;

use crate::support::{commit, open, step};

#[test]
fn what_is_removed_leaves_no_rows_and_gives_its_pages_back() {
    let directory = TempDir::new().expect("a directory");
    let store = open(directory.path());
    for hundred in 0..10 {
        let ids = (0..100).map(|n| format!("e{hundred}-{n}"));
        let units = ids.flat_map(|id| [0, 1, 2].map(|version| old(&id, version)));
        commit(&store, units.collect());
    }
    commit(&store, vec![step("runs", 0)]);
    drop(store);
    let full = directory
        .path()
        .join("stepwright.db")
        .metadata()
        .expect("is there")
        .len();
    let store = open(directory.path());
    assert_eq!(store.remove_ended_before(1, usize::MAX), Ok(0));
    assert_eq!(store.remove_ended_before(3, 450), Ok(450));
    assert_eq!(store.remove_ended_before(3, usize::MAX), Ok(550));
    // More of nothing: each gives some pages back.
    for _ in 0..50 {
        assert_eq!(store.remove_ended_before(3, usize::MAX), Ok(0));
    }
    drop(store);
    let file = directory.path().join("stepwright.db");
    let left = file.metadata().expect("is there").len();
    assert!(left < full / 2, "{left} of {full}");
    let connection = rusqlite::Connection::open(&file).expect("opens");
    let count = |table: &str| -> i64 {
        let sql = format!("SELECT count(*) FROM {table}");
        connection
            .query_row(&sql, [], |row| row.get(0))
            .expect("counts")
    };
    let tables = [
        "executions",
        "segments",
        "payloads",
        "frames",
        "results",
        "calls",
        "map_runs",
    ];
    let rows: BTreeMap<&str, i64> = tables.map(|table| (table, count(table))).into();
    let expected = [("executions", 1), ("segments", 1), ("payloads", 1)];
    assert_eq!(
        rows.into_iter()
            .filter(|(_, rows)| *rows > 0)
            .collect::<Vec<_>>(),
        {
            let mut expected = expected.to_vec();
            expected.sort();
            expected
        }
    );
    assert_eq!(count("names WHERE is_map_run"), 0);
    assert_eq!(count("audit"), 3_001);
}

/// A step of an execution with one of everything.
fn old(id: &str, version: u64) -> Unit {
    Unit {
        frames: vec![(interpreter::FrameId(1), Default::default())],
        results: vec![((interpreter::FrameId(1), 0), query::Payload::null())],
        opened_calls: vec![store::OpenCall {
            key: interpreter::CallKey {
                frame: interpreter::FrameId(1),
                task: version,
                attempt: 0,
                call: 0,
            },
            call: Default::default(),
        }],
        map_runs: vec![MapRun {
            arn: format!("run of {id}").into(),
            start_millis: 0,
            record: Default::default(),
        }],
        ..step(id, version)
    }
}

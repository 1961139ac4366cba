use std::path::Path;
use std::process::Command;

use interpreter::Encoded;
use query::Payload;
use store::{AuditEntry, ExecutionId, Kind, ListedStatus, Listing, Order, Segment, Store, Unit};
use store_sqlite::{OpenOptions, SqliteStore};

pub fn open(directory: &Path) -> SqliteStore {
    SqliteStore::open(directory, OpenOptions::default()).expect("opens")
}

/// Steps of which an execution consists here; the last ends it.
pub const STEPS: u64 = 3;

/// Step `version` of an execution, with a payload that stands beside its records.
pub fn step(execution: &str, version: u64) -> Unit {
    let ended = version + 1 == STEPS;
    let record = |payloads| Encoded {
        bytes: format!("{execution} {version}").into_bytes(),
        payloads,
    };
    let large = Payload::from_value(format!("{execution:5000}").into());
    Unit {
        execution: execution.into(),
        expected_version: version,
        listing: (version == 0 || ended).then(|| Listing {
            name: execution.into(),
            state_machine_arn: "machine".into(),
            version_arn: None,
            alias_arn: None,
            map_run_arn: None,
            item_count: None,
            kind: Kind::Standard,
            revision: "revision".into(),
            status: match ended {
                true => ListedStatus::Succeeded,
                false => ListedStatus::Running,
            },
            start_millis: 1,
            stop_millis: ended.then_some(2),
            redrive_count: 0,
            redrive_millis: None,
        }),
        header: record(vec![]),
        frames: vec![],
        removed_frames: vec![],
        dropped_results: vec![],
        results: vec![],
        events: Some(Segment {
            first_event_id: version + 1,
            events: record(vec![large]),
        }),
        opened_calls: vec![],
        closed_calls: vec![],
        map_runs: vec![],
        next_due_millis: None,
        ended,
        audit: Some(AuditEntry {
            at_millis: 0,
            principal: "p".into(),
            source: "s".into(),
            action: "a".into(),
            resource: execution.into(),
        }),
    }
}

pub fn commit(store: &dyn Store, units: Vec<Unit>) {
    let answers = store.commit(units).expect("commits");
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
}

/// The steps of an execution that the store has. All of each has to be there, or nothing.
pub fn steps_of(store: &dyn Store, execution: &str) -> u64 {
    let id: ExecutionId = execution.into();
    let version = store
        .execution(&id)
        .expect("reads")
        .map_or(0, |stored| stored.version);
    let segments = store.segments(&id, 0, Order::Ascending, usize::MAX);
    let expected: Vec<Segment> = (0..version)
        .filter_map(|version| step(execution, version).events)
        .collect();
    assert_eq!(segments.expect("reads"), expected);
    let audit = store.audit(0, usize::MAX).expect("reads");
    let audited = audit.iter().filter(|(_, entry)| entry.resource == id);
    assert_eq!(audited.count() as u64, version);
    version
}

/// Copies the files of a store that is open. By another process: closing such a file here would let go of SQLite's locks.
pub fn copy(from: &Path, to: &Path) {
    for file in ["stepwright.db", "stepwright.db-wal"] {
        let copied = Command::new("cp").arg(from.join(file)).arg(to).status();
        assert!(copied.expect("cp starts").success());
    }
}

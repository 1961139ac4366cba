//! What every store has to do, as one suite: the reference store passes it here, others run it in their tests (feature
//! `conformance`). [`differential`] compares a store with the reference on random work.

mod differential;
mod lists;
mod others;
mod units;

use std::sync::Arc;

use interpreter::{CallKey, Encoded, FrameId};

use crate::{
    AuditEntry, Error, Kind, ListedStatus, Listing, OpenCall, Segment, Store, StoredExecution, Unit,
};

pub use differential::differential;

/// Makes an empty store.
pub type Make<'a> = dyn FnMut() -> Box<dyn Store> + 'a;

type Case = fn(&dyn Store);

/// Runs the suite, each case on a store of its own.
///
/// # Panics
/// When the store breaks the contract.
pub fn check(make: &mut Make<'_>) {
    for case in [units::CASES, lists::CASES, others::CASES].concat() {
        case(make().as_ref());
    }
}

/// A start of a Standard execution that runs, as the cases vary it.
fn listing() -> Listing {
    Listing {
        name: "n".into(),
        state_machine_arn: "machine".into(),
        version_arn: None,
        alias_arn: None,
        map_run_arn: None,
        item_count: None,
        kind: Kind::Standard,
        revision: "revision".into(),
        status: ListedStatus::Running,
        start_millis: 1_000,
        stop_millis: None,
        redrive_count: 0,
        redrive_millis: None,
    }
}

fn unit(execution: &str, expected_version: u64) -> Unit {
    Unit {
        execution: execution.into(),
        expected_version,
        listing: (expected_version == 0).then(listing),
        header: record(&[]),
        frames: vec![],
        removed_frames: vec![],
        dropped_results: vec![],
        results: vec![],
        events: None,
        opened_calls: vec![],
        closed_calls: vec![],
        map_runs: vec![],
        next_due_millis: None,
        ended: false,
        audit: None,
    }
}

fn record(bytes: &[u8]) -> Encoded {
    Encoded {
        bytes: bytes.to_vec(),
        payloads: vec![],
    }
}

fn segment(first_event_id: u64) -> Segment {
    Segment {
        first_event_id,
        events: record(&first_event_id.to_le_bytes()),
    }
}

fn key(frame: u64, attempt: u32) -> CallKey {
    CallKey {
        frame: FrameId(frame),
        task: 5,
        attempt,
        call: 0,
    }
}

fn call(key: CallKey) -> OpenCall {
    OpenCall {
        key,
        call: record(format!("{key:?}").as_bytes()),
    }
}

fn audited(resource: &str) -> AuditEntry {
    AuditEntry {
        at_millis: 77,
        principal: "AKIDEXAMPLE".into(),
        source: "127.0.0.1".into(),
        action: "StartExecution".into(),
        resource: resource.into(),
    }
}

fn commit(store: &dyn Store, units: Vec<Unit>) {
    let answers = store.commit(units).expect("commits");
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
}

fn conflict(what: &str) -> Error {
    Error::Conflict(Arc::from(what))
}

fn read(store: &dyn Store, execution: &str) -> StoredExecution {
    let found = store.execution(&execution.into()).expect("reads");
    found.expect("is there")
}

fn audit_resources(store: &dyn Store) -> Vec<Arc<str>> {
    let entries = store.audit(0, usize::MAX).expect("reads");
    entries
        .into_iter()
        .map(|(_, entry)| entry.resource)
        .collect()
}

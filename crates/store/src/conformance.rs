//! What every store has to do, as one suite: the reference store passes it here, others run it in their tests (feature
//! `conformance`).

use interpreter::{CallKey, Encoded, FrameId};
use query::Payload;

use crate::{Error, OpenExecution, Segment, Store, Unit};

/// Makes an empty store.
pub type Make<'a> = dyn FnMut() -> Box<dyn Store> + 'a;

/// Runs the suite.
///
/// # Panics
/// When the store breaks the contract.
pub fn check(make: &mut Make<'_>) {
    for case in [
        a_version_is_taken_once,
        units_fail_alone_and_wholly,
        units_of_one_batch_follow_each_other,
        the_latest_header_and_frames_are_read_back,
        large_payloads_come_back_with_their_records,
        dropped_results_go_before_new_ones_come,
        calls_are_open_until_closed,
        segments_begin_where_asked,
        open_executions_are_those_that_have_not_ended,
        nobody_is_nowhere,
    ] {
        case(make().as_mut());
    }
}

fn unit(execution: &str, expected_version: u64) -> Unit {
    Unit {
        execution: execution.into(),
        expected_version,
        header: record(&[]),
        frames: vec![],
        removed_frames: vec![],
        dropped_results: vec![],
        results: vec![],
        events: None,
        opened_calls: vec![],
        closed_calls: vec![],
        next_due_millis: None,
        ended: false,
    }
}

fn record(bytes: &[u8]) -> Encoded {
    Encoded {
        bytes: bytes.to_vec(),
        payloads: vec![],
    }
}

fn commit(store: &mut dyn Store, units: Vec<Unit>) {
    let answers = store.commit(units).expect("commits");
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
}

fn read(store: &dyn Store, execution: &str) -> crate::StoredExecution {
    let found = store.execution(&execution.into()).expect("reads");
    found.expect("is there")
}

fn a_version_is_taken_once(store: &mut dyn Store) {
    let answers = store.commit(vec![unit("e", 0)]).expect("commits");
    assert_eq!(answers, [Ok(())]);
    for stale in [0, 2, u64::MAX] {
        let answers = store.commit(vec![unit("e", stale)]).expect("commits");
        assert_eq!(answers, [Err(Error::Conflict("e".into()))], "{stale}");
    }
    assert_eq!(read(store, "e").version, 1);
    let created_late = store.commit(vec![unit("f", 1)]).expect("commits");
    assert_eq!(created_late, [Err(Error::Conflict("f".into()))]);
    assert!(store.execution(&"f".into()).expect("reads").is_none());
}

fn units_fail_alone_and_wholly(store: &mut dyn Store) {
    let call = key(1, 0);
    let late = Unit {
        header: record(b"late"),
        frames: vec![(FrameId(7), record(b"late"))],
        results: vec![((FrameId(7), 0), Payload::null())],
        events: Some(segment(1)),
        opened_calls: vec![call],
        ended: true,
        ..unit("a", 0)
    };
    let answers = store.commit(vec![unit("a", 0), late, unit("b", 0)]);
    let conflict = Err(Error::Conflict("a".into()));
    assert_eq!(answers.expect("commits"), [Ok(()), conflict, Ok(())]);
    let stored = read(store, "a");
    assert_eq!(stored.record.header, record(&[]));
    assert!(stored.record.frames.is_empty() && stored.record.results.is_empty());
    assert!(stored.open_calls.is_empty());
    assert!(segments(store, 0).is_empty());
    assert_eq!(store.open_executions().expect("reads").len(), 2);
}

fn units_of_one_batch_follow_each_other(store: &mut dyn Store) {
    commit(store, vec![unit("e", 0), unit("e", 1), unit("e", 2)]);
    assert_eq!(read(store, "e").version, 3);
}

fn the_latest_header_and_frames_are_read_back(store: &mut dyn Store) {
    let first = Unit {
        header: record(b"old"),
        frames: vec![(FrameId(0), record(b"root")), (FrameId(1), record(b"one"))],
        ..unit("e", 0)
    };
    let second = Unit {
        header: record(b"new"),
        frames: vec![(FrameId(1), record(b"uno")), (FrameId(2), record(b"two"))],
        removed_frames: vec![FrameId(0), FrameId(9)],
        ..unit("e", 1)
    };
    commit(store, vec![first, unit("other", 0), second]);
    let stored = read(store, "e").record;
    assert_eq!(stored.header, record(b"new"));
    let frames: Vec<_> = stored.frames.into_iter().collect();
    assert_eq!(
        frames,
        [(FrameId(1), record(b"uno")), (FrameId(2), record(b"two"))]
    );
    assert!(read(store, "other").record.frames.is_empty());
}

fn large_payloads_come_back_with_their_records(store: &mut dyn Store) {
    let large = Payload::from_value("x".repeat(100_000).into());
    let other = Payload::from_value("y".repeat(100_000).into());
    let with = |payloads: &[&Payload]| Encoded {
        bytes: vec![1],
        payloads: payloads.iter().map(|&payload| payload.clone()).collect(),
    };
    let one = Unit {
        header: with(&[&large]),
        frames: vec![(FrameId(0), with(&[&other, &large]))],
        results: vec![((FrameId(0), 3), large.clone())],
        events: Some(Segment {
            first_event_id: 1,
            events: with(&[&large, &other]),
        }),
        ..unit("e", 0)
    };
    commit(store, vec![one]);
    let stored = read(store, "e").record;
    assert_eq!(stored.header, with(&[&large]));
    assert_eq!(stored.frames[&FrameId(0)], with(&[&other, &large]));
    assert_eq!(stored.results[&(FrameId(0), 3)], large);
    let segments = store.segments(&"e".into(), 0).expect("reads");
    assert_eq!(segments[0].events, with(&[&large, &other]));
}

fn dropped_results_go_before_new_ones_come(store: &mut dyn Store) {
    let results = |frame, text: &str| {
        [0, 7].map(|index| ((FrameId(frame), index), Payload::from_value(text.into())))
    };
    let first = Unit {
        results: [results(1, "old"), results(2, "kept")].concat(),
        ..unit("e", 0)
    };
    let second = Unit {
        dropped_results: vec![FrameId(1)],
        results: vec![((FrameId(1), 7), Payload::from_value("new".into()))],
        ..unit("e", 1)
    };
    commit(store, vec![first, second]);
    let left: Vec<_> = read(store, "e").record.results.into_iter().collect();
    let expected: Vec<_> = std::iter::once(((FrameId(1), 7), Payload::from_value("new".into())))
        .chain(results(2, "kept"))
        .collect();
    assert_eq!(left, expected);
}

fn key(frame: u64, attempt: u32) -> CallKey {
    CallKey {
        frame: FrameId(frame),
        task: 5,
        attempt,
        call: 0,
    }
}

fn calls_are_open_until_closed(store: &mut dyn Store) {
    let open = Unit {
        opened_calls: vec![key(2, 0), key(1, 0), key(1, 1)],
        ..unit("e", 0)
    };
    let close = Unit {
        opened_calls: vec![key(3, 0)],
        closed_calls: vec![key(1, 0), key(9, 9)],
        ..unit("e", 1)
    };
    commit(store, vec![open, close]);
    assert_eq!(
        read(store, "e").open_calls,
        [key(1, 1), key(2, 0), key(3, 0)]
    );
}

fn segment(first_event_id: u64) -> Segment {
    Segment {
        first_event_id,
        events: record(&first_event_id.to_le_bytes()),
    }
}

fn segments(store: &dyn Store, from: u64) -> Vec<u64> {
    let segments = store.segments(&"e".into(), from).expect("reads");
    segments.iter().map(|s| s.first_event_id).collect()
}

fn segments_begin_where_asked(store: &mut dyn Store) {
    for (version, first) in [(0, 1), (1, 5), (2, 9)] {
        let events = Some(segment(first));
        commit(
            store,
            vec![Unit {
                events,
                ..unit("e", version)
            }],
        );
    }
    commit(store, vec![unit("e", 3)]);
    assert_eq!(segments(store, 0), [1, 5, 9]);
    assert_eq!(segments(store, 4), [1, 5, 9]);
    assert_eq!(segments(store, 6), [5, 9]);
    assert_eq!(segments(store, 9), [9]);
    assert_eq!(segments(store, u64::MAX), [9]);
}

fn open_executions_are_those_that_have_not_ended(store: &mut dyn Store) {
    let due = |expected_version, next_due_millis| Unit {
        next_due_millis,
        ..unit("a", expected_version)
    };
    commit(store, vec![due(0, Some(7)), unit("b", 0)]);
    let open = |store: &dyn Store| {
        let mut open = store.open_executions().expect("reads");
        open.sort_by(|x, y| x.execution.cmp(&y.execution));
        open
    };
    let execution = |name: &str, next_due_millis| OpenExecution {
        execution: name.into(),
        next_due_millis,
    };
    assert_eq!(open(store), [execution("a", Some(7)), execution("b", None)]);
    let ended = Unit {
        ended: true,
        ..unit("b", 1)
    };
    commit(store, vec![due(1, None), ended]);
    assert_eq!(open(store), [execution("a", None)]);
    assert_eq!(read(store, "b").version, 2, "what has ended can be read");
}

fn nobody_is_nowhere(store: &mut dyn Store) {
    assert!(store.execution(&"e".into()).expect("reads").is_none());
    assert!(segments(store, 0).is_empty());
    assert!(store.open_executions().expect("reads").is_empty());
    assert_eq!(store.commit(vec![]), Ok(vec![]));
}

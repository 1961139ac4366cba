//! Commits of executions, and what is read back of one.

use interpreter::{Encoded, FrameId};
use query::Payload;

use super::{
    Case, audit_resources, audited, call, commit, conflict, key, listing, read, record, segment,
    unit,
};
use crate::{
    Error, Kind, ListedStatus, Listing, MapRun, OpenExecution, Order, Segment, Store, Unit,
};

pub(super) const CASES: &[Case] = &[
    a_version_is_taken_once,
    units_fail_alone_and_wholly,
    units_of_one_batch_follow_each_other,
    what_follows_a_failed_unit_fails_too,
    a_listing_comes_first_and_stays,
    the_latest_header_and_frames_are_read_back,
    large_payloads_come_back_with_their_records,
    dropped_results_go_before_new_ones_come,
    calls_are_open_until_closed,
    segments_begin_where_asked,
    open_executions_are_those_that_have_not_ended,
    express_executions_vanish_at_their_end,
    an_execution_that_ended_can_go_on,
    map_runs_are_found_by_name_and_by_execution,
    the_audit_follows_the_commits,
    nobody_is_nowhere,
];

fn a_version_is_taken_once(store: &dyn Store) {
    let answers = store.commit(vec![unit("e", 0)]).expect("commits");
    assert_eq!(answers, [Ok(())]);
    for stale in [0, 2, u64::MAX] {
        let answers = store.commit(vec![unit("e", stale)]).expect("commits");
        assert_eq!(answers, [Err(conflict("e"))], "{stale}");
    }
    assert_eq!(read(store, "e").version, 1);
    let created_late = store.commit(vec![unit("f", 1)]).expect("commits");
    assert_eq!(created_late, [Err(conflict("f"))]);
    assert!(store.execution(&"f".into()).expect("reads").is_none());
}

/// A unit that writes everything that a unit can.
fn everything(execution: &str, expected_version: u64) -> Unit {
    Unit {
        header: record(b"late"),
        frames: vec![(FrameId(7), record(b"late"))],
        results: vec![((FrameId(7), 0), Payload::null())],
        events: Some(segment(1)),
        opened_calls: vec![call(key(1, 0))],
        map_runs: vec![map_run("run", 5)],
        ended: true,
        audit: Some(audited("late")),
        ..unit(execution, expected_version)
    }
}

fn units_fail_alone_and_wholly(store: &dyn Store) {
    let batch = vec![unit("a", 0), everything("a", 0), unit("b", 0)];
    let answers = store.commit(batch).expect("commits");
    assert_eq!(answers, [Ok(()), Err(conflict("a")), Ok(())]);
    let stored = read(store, "a");
    assert_eq!(stored.record.header, record(&[]));
    assert!(stored.record.frames.is_empty() && stored.record.results.is_empty());
    assert!(stored.open_calls.is_empty());
    assert!(segments(store, 0).is_empty());
    assert_eq!(store.open_executions().expect("reads").len(), 2);
    assert_eq!(store.map_run("run"), Ok(None));
    assert!(audit_resources(store).is_empty());
}

fn units_of_one_batch_follow_each_other(store: &dyn Store) {
    commit(store, vec![unit("e", 0), unit("e", 1), unit("e", 2)]);
    assert_eq!(read(store, "e").version, 3);
}

fn what_follows_a_failed_unit_fails_too(store: &dyn Store) {
    let batch = vec![unit("e", 1), unit("e", 2), unit("f", 0), unit("e", 0)];
    let answers = store.commit(batch).expect("commits");
    let stale = || Err(conflict("e"));
    assert_eq!(answers, [stale(), stale(), Ok(()), Ok(())]);
    assert_eq!(read(store, "e").version, 1);
}

fn a_listing_comes_first_and_stays(store: &dyn Store) {
    let nameless = Unit {
        listing: None,
        ..unit("e", 0)
    };
    let answers = store.commit(vec![nameless]).expect("commits");
    assert!(
        matches!(answers[..], [Err(Error::Corrupt(_))]),
        "{answers:?}"
    );
    assert!(store.execution(&"e".into()).expect("reads").is_none());
    let full = Listing {
        version_arn: Some("machine:1".into()),
        alias_arn: Some("machine:live".into()),
        map_run_arn: Some("run".into()),
        item_count: Some(3),
        stop_millis: Some(-5),
        redrive_count: 2,
        redrive_millis: Some(i64::MAX),
        status: ListedStatus::PendingRedrive,
        ..listing()
    };
    let first = Unit {
        listing: Some(full.clone()),
        header: record(b"one"),
        ..unit("e", 0)
    };
    commit(store, vec![first]);
    let second = Unit {
        header: record(b"two"),
        ..unit("e", 1)
    };
    commit(store, vec![second]);
    assert_eq!(read(store, "e").listing, full);
    let summary = store.summary(&"e".into()).expect("reads");
    assert_eq!(summary, Some((full, record(b"two"))));
    let third = Unit {
        listing: Some(listing()),
        ..unit("e", 2)
    };
    commit(store, vec![third]);
    assert_eq!(read(store, "e").listing, listing());
}

fn the_latest_header_and_frames_are_read_back(store: &dyn Store) {
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

fn large_payloads_come_back_with_their_records(store: &dyn Store) {
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
            events: with(&[&large, &other, &large]),
        }),
        opened_calls: vec![crate::OpenCall {
            key: key(1, 0),
            call: with(&[&other]),
        }],
        map_runs: vec![MapRun {
            record: with(&[&large]),
            ..map_run("run", 1)
        }],
        ..unit("e", 0)
    };
    let same_text_elsewhere = Unit {
        header: with(&[&Payload::from_value("x".repeat(100_000).into())]),
        ..unit("f", 0)
    };
    commit(store, vec![one, same_text_elsewhere]);
    let stored = read(store, "e");
    assert_eq!(stored.record.header, with(&[&large]));
    assert_eq!(stored.record.frames[&FrameId(0)], with(&[&other, &large]));
    assert_eq!(stored.record.results[&(FrameId(0), 3)], large);
    assert_eq!(stored.open_calls[0].call, with(&[&other]));
    let segments = store.segments(&"e".into(), 0, Order::Ascending, 1);
    assert_eq!(
        segments.expect("reads")[0].events,
        with(&[&large, &other, &large])
    );
    let run = store.map_run("run").expect("reads").expect("is there");
    assert_eq!(run.1.record, with(&[&large]));
    assert_eq!(read(store, "f").record.header, with(&[&large]));
}

fn dropped_results_go_before_new_ones_come(store: &dyn Store) {
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

fn calls_are_open_until_closed(store: &dyn Store) {
    let open = Unit {
        opened_calls: [key(2, 0), key(1, 0), key(1, 1)].map(call).into(),
        ..unit("e", 0)
    };
    let close = Unit {
        opened_calls: [key(3, 0), key(4, 0)].map(call).into(),
        closed_calls: vec![key(1, 0), key(9, 9), key(4, 0)],
        ..unit("e", 1)
    };
    commit(store, vec![open, close]);
    assert_eq!(
        read(store, "e").open_calls,
        [key(1, 1), key(2, 0), key(3, 0)].map(call)
    );
}

fn segments(store: &dyn Store, from: u64) -> Vec<u64> {
    segments_in(store, from, Order::Ascending, usize::MAX)
}

fn segments_in(store: &dyn Store, from: u64, order: Order, limit: usize) -> Vec<u64> {
    let segments = store.segments(&"e".into(), from, order, limit);
    let segments = segments.expect("reads");
    for found in &segments {
        assert_eq!(found, &segment(found.first_event_id));
    }
    segments.iter().map(|s| s.first_event_id).collect()
}

fn segments_begin_where_asked(store: &dyn Store) {
    commit(store, vec![unit("d", 0)]);
    for (version, first) in [(0, 1), (1, 5), (2, 9)] {
        let events = |execution| Unit {
            events: Some(segment(first)),
            ..unit(execution, version)
        };
        commit(store, vec![events("e"), events("f")]);
    }
    commit(store, vec![unit("e", 3)]);
    assert_eq!(segments(store, 0), [1, 5, 9]);
    assert_eq!(segments(store, 4), [1, 5, 9]);
    assert_eq!(segments(store, 6), [5, 9]);
    assert_eq!(segments(store, 9), [9]);
    assert_eq!(segments(store, u64::MAX), [9]);
    let up = |from, limit| segments_in(store, from, Order::Ascending, limit);
    assert_eq!(up(1, 2), [1, 5]);
    assert_eq!(up(7, 1), [5]);
    assert!(up(7, 0).is_empty());
    let down = |from, limit| segments_in(store, from, Order::Descending, limit);
    assert_eq!(down(u64::MAX, usize::MAX), [9, 5, 1]);
    assert_eq!(down(9, 2), [9, 5]);
    assert_eq!(down(8, 1), [5]);
    assert!(down(0, 9).is_empty());
}

fn open_executions_are_those_that_have_not_ended(store: &dyn Store) {
    let due = |expected_version, next_due_millis| Unit {
        next_due_millis,
        ..unit("a", expected_version)
    };
    let express = Unit {
        listing: Some(Listing {
            kind: Kind::Express,
            ..listing()
        }),
        opened_calls: vec![call(key(1, 0)), call(key(2, 0))],
        ..unit("b", 0)
    };
    commit(store, vec![due(0, Some(7)), express, unit("c", 0)]);
    let open = |store: &dyn Store| {
        let mut open = store.open_executions().expect("reads");
        open.sort_by(|x, y| x.execution.cmp(&y.execution));
        open
    };
    let standard = |name: &str, next_due_millis| OpenExecution {
        execution: name.into(),
        kind: Kind::Standard,
        next_due_millis,
        has_open_calls: false,
        has_ended: false,
    };
    let express = OpenExecution {
        kind: Kind::Express,
        has_open_calls: true,
        ..standard("b", None)
    };
    let waiting = standard("a", Some(7));
    assert_eq!(open(store), [waiting, express, standard("c", None)]);
    let ended = |execution| Unit {
        ended: true,
        closed_calls: vec![key(1, 0), key(2, 0)],
        ..unit(execution, 1)
    };
    commit(store, vec![due(1, None), ended("b"), ended("c")]);
    assert_eq!(open(store), [standard("a", None)]);
    assert_eq!(read(store, "c").version, 2, "what has ended can be read");
    // What is still to be stopped after its end.
    let stops = Unit {
        ended: true,
        opened_calls: vec![call(key(3, 0))],
        ..unit("a", 2)
    };
    commit(store, vec![stops]);
    let stops = OpenExecution {
        has_open_calls: true,
        has_ended: true,
        ..standard("a", None)
    };
    assert_eq!(open(store), [stops]);
    let stopped = Unit {
        ended: true,
        closed_calls: vec![key(3, 0)],
        ..unit("a", 3)
    };
    commit(store, vec![stopped]);
    assert!(open(store).is_empty());
}

fn express_executions_vanish_at_their_end(store: &dyn Store) {
    let express = || {
        Some(Listing {
            kind: Kind::Express,
            ..listing()
        })
    };
    let accepted = Unit {
        listing: express(),
        audit: Some(audited("start")),
        ended: false,
        ..everything("e", 0)
    };
    let at_once = Unit {
        listing: express(),
        audit: Some(audited("both")),
        ..everything("f", 0)
    };
    commit(store, vec![accepted, at_once]);
    assert_eq!(read(store, "e").open_calls.len(), 1);
    assert_eq!(store.execution(&"f".into()), Ok(None));
    let end = Unit {
        ended: true,
        audit: Some(audited("end")),
        ..unit("e", 1)
    };
    commit(store, vec![end]);
    assert_eq!(store.execution(&"e".into()), Ok(None));
    assert!(segments(store, 0).is_empty());
    assert_eq!(store.map_run("run"), Ok(None));
    assert_eq!(store.open_executions(), Ok(vec![]));
    let audit: Vec<_> = audit_resources(store);
    assert_eq!(audit, ["start", "both", "end"].map(Into::into));
    commit(store, vec![unit("e", 0)]);
    let again = read(store, "e");
    assert_eq!(again.version, 1);
    assert!(again.open_calls.is_empty() && again.record.frames.is_empty());
}

fn an_execution_that_ended_can_go_on(store: &dyn Store) {
    let end = Unit {
        ended: true,
        ..unit("e", 0)
    };
    commit(store, vec![end]);
    assert!(store.open_executions().expect("reads").is_empty());
    let redriven = Unit {
        listing: Some(Listing {
            redrive_count: 1,
            redrive_millis: Some(9),
            ..listing()
        }),
        ..unit("e", 1)
    };
    commit(store, vec![redriven]);
    assert_eq!(store.open_executions().expect("reads").len(), 1);
}

fn map_run(arn: &str, start_millis: i64) -> MapRun {
    MapRun {
        arn: arn.into(),
        start_millis,
        record: record(arn.as_bytes()),
    }
}

fn map_runs_are_found_by_name_and_by_execution(store: &dyn Store) {
    let runs = |execution, version, map_runs: &[MapRun]| Unit {
        map_runs: map_runs.to_vec(),
        ..unit(execution, version)
    };
    let [first, second, third] = [map_run("z", 1), map_run("b", 7), map_run("a", 7)];
    let batch = vec![
        runs("e", 0, &[second.clone(), third.clone()]),
        runs("e", 1, std::slice::from_ref(&first)),
        runs("f", 0, &[map_run("c", 3)]),
    ];
    commit(store, batch);
    let changed = MapRun {
        record: record(b"changed"),
        ..second
    };
    commit(store, vec![runs("e", 2, std::slice::from_ref(&changed))]);
    assert_eq!(
        store.map_run("b"),
        Ok(Some(("e".into(), changed.clone()))),
        "the latest"
    );
    assert_eq!(
        store.map_runs(&"e".into()),
        Ok(vec![first, third, changed]),
        "oldest first, then by ARN"
    );
    assert_eq!(store.map_run("c"), Ok(Some(("f".into(), map_run("c", 3)))));
    assert_eq!(store.map_run("e"), Ok(None));
}

fn the_audit_follows_the_commits(store: &dyn Store) {
    let start = |execution| Unit {
        audit: Some(audited(execution)),
        ..unit(execution, 0)
    };
    let batch = vec![start("a"), start("a"), unit("b", 0), start("c")];
    store.commit(batch).expect("commits").pop();
    store
        .write(vec![], Some(audited("written")))
        .expect("writes");
    let all = store.audit(0, usize::MAX).expect("reads");
    let numbered = |number, resource| (number, audited(resource));
    assert_eq!(
        all,
        [numbered(1, "a"), numbered(2, "c"), numbered(3, "written")]
    );
    assert_eq!(store.audit(1, 1), Ok(vec![numbered(2, "c")]));
    assert_eq!(store.audit(3, 9), Ok(vec![]));
    assert_eq!(store.audit(u64::MAX, 9), Ok(vec![]));
}

fn nobody_is_nowhere(store: &dyn Store) {
    assert_eq!(store.execution(&"e".into()), Ok(None));
    assert_eq!(store.summary(&"e".into()), Ok(None));
    assert!(segments(store, 0).is_empty());
    assert_eq!(store.open_executions(), Ok(vec![]));
    assert_eq!(store.map_run("run"), Ok(None));
    assert_eq!(store.map_runs(&"e".into()), Ok(vec![]));
    assert_eq!(store.audit(0, 9), Ok(vec![]));
    assert_eq!(store.revision_is_used("revision"), Ok(false));
    assert_eq!(store.remove_ended_before(i64::MAX, 9), Ok(0));
    assert_eq!(store.commit(vec![]), Ok(vec![]));
    assert_eq!(store.write(vec![], None), Ok(()));
}

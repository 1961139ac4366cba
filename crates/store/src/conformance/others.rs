//! Documents, and what is kept for how long.

use std::sync::Arc;

use super::{
    Case, audit_resources, audited, call, commit, conflict, key, listing, read, segment, unit,
};
use crate::{Document, DocumentWrite, Listing, MapRun, Order, Store, Unit};

pub(super) const CASES: &[Case] = &[
    a_document_counts_its_versions,
    documents_are_written_all_or_none,
    writes_of_one_document_follow_each_other,
    documents_come_in_the_order_of_their_keys,
    a_revision_is_used_while_an_execution_names_it,
    what_ended_before_is_removed_with_all_that_is_its_own,
    the_oldest_ends_go_first,
];

fn write(key: &str, expected_version: Option<u64>, body: Option<&str>) -> DocumentWrite {
    DocumentWrite {
        collection: "c".into(),
        key: key.into(),
        expected_version,
        body: body.map(Into::into),
    }
}

fn document(store: &dyn Store, key: &str) -> Option<(u64, Arc<str>)> {
    let found = store.document("c", key).expect("reads")?;
    assert_eq!((&*found.collection, &*found.key), ("c", key));
    Some((found.version, found.body))
}

fn a_document_counts_its_versions(store: &dyn Store) {
    let steps = [
        (None, Some("one"), Ok(())),
        (Some(0), Some("again"), Err(conflict("k"))),
        (Some(1), Some("two"), Ok(())),
        (Some(1), Some("stale"), Err(conflict("k"))),
        (Some(u64::MAX), None, Err(conflict("k"))),
        (None, Some("three"), Ok(())),
    ];
    for (expected_version, body, answer) in steps {
        let one = write("k", expected_version, body);
        assert_eq!(store.write(vec![one.clone()], None), answer, "{one:?}");
    }
    assert_eq!(document(store, "k"), Some((3, "three".into())));
    assert_eq!(store.write(vec![write("k", Some(3), None)], None), Ok(()));
    assert_eq!(document(store, "k"), None);
    assert_eq!(store.write(vec![write("k", None, None)], None), Ok(()));
    let anew = write("k", Some(0), Some(""));
    assert_eq!(store.write(vec![anew], None), Ok(()));
    assert_eq!(document(store, "k"), Some((1, "".into())));
    assert_eq!(store.document("other", "k"), Ok(None));
}

fn documents_are_written_all_or_none(store: &dyn Store) {
    store
        .write(vec![write("a", None, Some("1"))], Some(audited("made")))
        .expect("writes");
    let batch = vec![
        write("a", Some(1), Some("2")),
        write("b", None, Some("1")),
        write("c", Some(4), Some("1")),
    ];
    let answer = store.write(batch, Some(audited("failed")));
    assert_eq!(answer, Err(conflict("c")));
    assert_eq!(document(store, "a"), Some((1, "1".into())));
    assert_eq!(document(store, "b"), None);
    assert_eq!(audit_resources(store), [Arc::from("made")]);
}

fn writes_of_one_document_follow_each_other(store: &dyn Store) {
    let batch = vec![
        write("a", Some(0), Some("1")),
        write("a", Some(1), Some("2")),
        write("b", Some(0), Some("1")),
        write("b", Some(1), None),
        write("b", Some(0), Some("anew")),
        write("d", None, Some("1")),
        write("d", None, None),
    ];
    assert_eq!(store.write(batch, None), Ok(()));
    assert_eq!(document(store, "a"), Some((2, "2".into())));
    assert_eq!(document(store, "b"), Some((1, "anew".into())));
    assert_eq!(document(store, "d"), None);
}

fn documents_come_in_the_order_of_their_keys(store: &dyn Store) {
    let keys = ["b", "a/z", "é", "a", "B", ""];
    let writes = keys.map(|key| write(key, None, Some(key)));
    store.write(writes.to_vec(), None).expect("writes");
    let elsewhere = ["b", "d"].map(|collection| DocumentWrite {
        collection: collection.into(),
        ..write("a", None, Some("other"))
    });
    store.write(elsewhere.to_vec(), None).expect("writes");
    let keys = |after, limit| -> Vec<Arc<str>> {
        let page: Vec<Document> = store.documents("c", after, limit).expect("reads");
        assert!(
            page.iter()
                .all(|d| d.body == d.key && &*d.collection == "c")
        );
        page.into_iter().map(|document| document.key).collect()
    };
    let expected = ["", "B", "a", "a/z", "b", "é"].map(Arc::<str>::from);
    assert_eq!(keys(None, usize::MAX), expected);
    assert_eq!(keys(None, 2), expected[..2]);
    assert_eq!(keys(Some("B"), 2), expected[2..4]);
    assert_eq!(keys(Some("aa"), 9), expected[4..]);
    assert_eq!(keys(Some("é"), 9), [] as [Arc<str>; 0]);
    assert_eq!(keys(None, 0), [] as [Arc<str>; 0]);
    assert_eq!(store.documents("none", None, 9), Ok(vec![]));
}

/// An execution that has ended, and has one of everything.
fn ended(execution: &str, revision: &str, stop_millis: Option<i64>) -> Unit {
    Unit {
        listing: Some(Listing {
            stop_millis,
            revision: revision.into(),
            ..listing()
        }),
        events: Some(segment(1)),
        opened_calls: vec![call(key(1, 1))],
        map_runs: vec![MapRun {
            arn: format!("run of {execution}").into(),
            start_millis: 1,
            record: super::record(b"run"),
        }],
        ended: true,
        ..unit(execution, 0)
    }
}

fn a_revision_is_used_while_an_execution_names_it(store: &dyn Store) {
    commit(store, vec![ended("e", "r", Some(5)), ended("f", "s", None)]);
    assert_eq!(store.revision_is_used("r"), Ok(true));
    assert_eq!(store.revision_is_used("t"), Ok(false));
    assert_eq!(store.remove_ended_before(i64::MAX, 9), Ok(1));
    assert_eq!(store.revision_is_used("r"), Ok(false));
    assert_eq!(store.revision_is_used("s"), Ok(true));
}

fn what_ended_before_is_removed_with_all_that_is_its_own(store: &dyn Store) {
    let runs = Unit {
        ended: false,
        ..ended("runs", "r", Some(5))
    };
    let batch = vec![
        Unit {
            audit: Some(audited("old")),
            ..ended("old", "r", Some(5))
        },
        ended("young", "r", Some(10)),
        ended("never stopped", "r", None),
        runs,
    ];
    commit(store, batch);
    assert_eq!(store.remove_ended_before(10, usize::MAX), Ok(1));
    assert_eq!(store.execution(&"old".into()), Ok(None));
    assert_eq!(
        store.segments(&"old".into(), 0, Order::Ascending, 9),
        Ok(vec![])
    );
    assert_eq!(store.map_run("run of old"), Ok(None));
    assert_eq!(store.map_runs(&"old".into()), Ok(vec![]));
    for kept in ["young", "never stopped", "runs"] {
        assert_eq!(read(store, kept).open_calls.len(), 1);
        let segments = store.segments(&kept.into(), 0, Order::Ascending, 9);
        assert_eq!(segments.expect("reads").len(), 1);
        assert_eq!(store.map_runs(&kept.into()).expect("reads").len(), 1);
    }
    assert_eq!(audit_resources(store), [Arc::from("old")], "stays");
    commit(store, vec![unit("old", 0)]);
    assert!(read(store, "old").open_calls.is_empty());
}

fn the_oldest_ends_go_first(store: &dyn Store) {
    for (name, stop) in [("a", 5), ("b", 3), ("c", 4), ("d", 3), ("e", 3)] {
        commit(store, vec![ended(name, "r", Some(stop))]);
    }
    let left = || -> String {
        ["a", "b", "c", "d", "e"]
            .into_iter()
            .filter(|&id| store.execution(&id.into()).expect("reads").is_some())
            .collect()
    };
    assert_eq!(store.remove_ended_before(5, 2), Ok(2));
    assert_eq!(left(), "ace");
    assert_eq!(store.remove_ended_before(5, 0), Ok(0));
    assert_eq!(store.remove_ended_before(5, 9), Ok(2));
    assert_eq!(left(), "a");
}

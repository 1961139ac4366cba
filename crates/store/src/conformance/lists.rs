//! Lists of executions.

use std::sync::Arc;

use super::{Case, commit, listing, unit};
use crate::{Cursor, ListQuery, ListedStatus, Listing, Scope, Store, Unit};

pub(super) const CASES: &[Case] = &[
    lists_are_newest_first_then_by_arn,
    scopes_hold_what_was_started_in_them,
    statuses_and_redrives_filter,
    a_list_follows_the_latest_listing,
    pages_join_to_the_whole_list,
];

fn all() -> ListQuery {
    ListQuery {
        scope: Scope::All,
        status: None,
        redriven: None,
        after: None,
        limit: usize::MAX,
    }
}

fn put(store: &dyn Store, execution: &str, listing: Listing) {
    let one = Unit {
        listing: Some(listing),
        ..unit(execution, 0)
    };
    commit(store, vec![one]);
}

fn names(store: &dyn Store, query: &ListQuery) -> Vec<Arc<str>> {
    let page = store.list(query).expect("lists");
    page.into_iter().map(|(id, _)| id).collect()
}

#[track_caller]
fn assert_list(store: &dyn Store, query: ListQuery, expected: &[&str]) {
    let found = names(store, &query);
    let found: Vec<&str> = found.iter().map(|id| &**id).collect();
    assert_eq!(found, expected, "{query:?}");
}

fn lists_are_newest_first_then_by_arn(store: &dyn Store) {
    for (name, start_millis) in [("b", 5), ("d", 7), ("a", 5), ("c", 5), ("e", -1)] {
        let one = Listing {
            start_millis,
            ..listing()
        };
        put(store, name, one);
    }
    assert_list(store, all(), &["d", "a", "b", "c", "e"]);
    let page = ListQuery { limit: 2, ..all() };
    assert_list(store, page, &["d", "a"]);
    assert_list(store, ListQuery { limit: 0, ..all() }, &[]);
}

fn scopes_hold_what_was_started_in_them(store: &dyn Store) {
    let of = |machine: &str| Listing {
        state_machine_arn: machine.into(),
        ..listing()
    };
    put(store, "plain", of("m"));
    put(store, "other", of("n"));
    let versioned = Listing {
        version_arn: Some("m:1".into()),
        ..of("m")
    };
    put(store, "versioned", versioned.clone());
    let aliased = Listing {
        alias_arn: Some("m:live".into()),
        ..versioned.clone()
    };
    put(store, "aliased", aliased);
    let child = Listing {
        map_run_arn: Some("run".into()),
        item_count: Some(2),
        ..versioned
    };
    put(store, "child", child.clone());
    let scoped = |scope| ListQuery { scope, ..all() };
    let expected = ["aliased", "other", "plain", "versioned"];
    assert_list(store, scoped(Scope::All), &expected);
    let machine = Scope::StateMachine("m".into());
    assert_list(store, scoped(machine), &["aliased", "plain", "versioned"]);
    let version = Scope::Version("m:1".into());
    assert_list(store, scoped(version), &["aliased", "versioned"]);
    assert_list(store, scoped(Scope::Alias("m:live".into())), &["aliased"]);
    let run = scoped(Scope::MapRun("run".into()));
    assert_list(store, run.clone(), &["child"]);
    let page = store.list(&run).expect("lists");
    assert_eq!(page, [("child".into(), child)]);
    assert_list(store, scoped(Scope::StateMachine("m:1".into())), &[]);
    assert_list(store, scoped(Scope::MapRun("none".into())), &[]);
}

const STATUSES: [ListedStatus; 6] = [
    ListedStatus::Running,
    ListedStatus::Succeeded,
    ListedStatus::Failed,
    ListedStatus::TimedOut,
    ListedStatus::Aborted,
    ListedStatus::PendingRedrive,
];

fn statuses_and_redrives_filter(store: &dyn Store) {
    for (name, status) in ["a", "b", "c", "d", "e", "f"].into_iter().zip(STATUSES) {
        let one = Listing {
            status,
            redrive_count: u32::from(name > "c"),
            ..listing()
        };
        put(store, name, one);
    }
    assert_list(store, all(), &["a", "b", "c", "d", "e", "f"]);
    for (name, status) in ["a", "b", "c", "d", "e", "f"].into_iter().zip(STATUSES) {
        let with = |redriven| ListQuery {
            status: Some(status),
            redriven,
            ..all()
        };
        assert_list(store, with(None), &[name]);
        let matching: &[&str] = &[name];
        let [yes, no] = if name > "c" {
            [matching, &[]]
        } else {
            [&[], matching]
        };
        assert_list(store, with(Some(true)), yes);
        assert_list(store, with(Some(false)), no);
    }
    let redriven = |redriven| ListQuery {
        redriven: Some(redriven),
        scope: Scope::StateMachine("machine".into()),
        ..all()
    };
    assert_list(store, redriven(true), &["d", "e", "f"]);
    assert_list(store, redriven(false), &["a", "b", "c"]);
}

fn a_list_follows_the_latest_listing(store: &dyn Store) {
    put(store, "e", listing());
    let ended = Unit {
        listing: Some(Listing {
            status: ListedStatus::Succeeded,
            stop_millis: Some(2_000),
            ..listing()
        }),
        ended: true,
        ..unit("e", 1)
    };
    commit(store, vec![ended, unit("e", 2)]);
    let with = |status| ListQuery {
        status: Some(status),
        ..all()
    };
    assert_list(store, with(ListedStatus::Running), &[]);
    assert_list(store, with(ListedStatus::Succeeded), &["e"]);
}

fn pages_join_to_the_whole_list(store: &dyn Store) {
    for number in 0..30_u32 {
        let one = Listing {
            start_millis: i64::from(number % 7),
            state_machine_arn: ["m", "n"][(number % 2) as usize].into(),
            map_run_arn: (number % 5 == 0).then(|| "run".into()),
            status: STATUSES[(number % 6) as usize],
            ..listing()
        };
        put(store, &format!("e{number:02}"), one);
    }
    for scope in [
        Scope::All,
        Scope::StateMachine("m".into()),
        Scope::MapRun("run".into()),
    ] {
        for status in [None, Some(ListedStatus::Failed)] {
            let whole = ListQuery {
                scope: scope.clone(),
                status,
                ..all()
            };
            let expected = names(store, &whole);
            assert!(!expected.is_empty() || status.is_some());
            for limit in [1, 2, 7] {
                assert_eq!(paged(store, &whole, limit), expected, "{whole:?} {limit}");
            }
        }
    }
    let between = Cursor {
        start_millis: 3,
        execution: "no such one".into(),
    };
    let behind = ListQuery {
        after: Some(between),
        ..all()
    };
    let found = store.list(&behind).expect("lists");
    assert!(!found.is_empty());
    assert!(found.iter().all(|(_, listing)| listing.start_millis < 3));
}

fn paged(store: &dyn Store, whole: &ListQuery, limit: usize) -> Vec<Arc<str>> {
    let mut found: Vec<Arc<str>> = Vec::new();
    let mut query = ListQuery {
        limit,
        ..whole.clone()
    };
    loop {
        let page = store.list(&query).expect("lists");
        assert!(page.len() <= limit);
        query.after = page.last().map(|(id, listing)| Cursor {
            start_millis: listing.start_millis,
            execution: id.clone(),
        });
        found.extend(page.into_iter().map(|(id, _)| id));
        if query.after.is_none() {
            return found;
        }
    }
}

//! Backups while serving, and back.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use store_sqlite::{BackupError, RestoreError, backup, restore};
use tempfile::TempDir;

use crate::support::{commit, open, step, steps_of};

#[test]
fn a_backup_is_one_moment_of_a_store_that_goes_on() {
    let directory = TempDir::new().expect("a directory");
    let file = directory.path().join("backup");
    let store = open(&directory.path().join("data"));
    commit(
        &store,
        (0..300).map(|n| step(&format!("old{n}"), 0)).collect(),
    );
    let done = AtomicBool::new(false);
    let mut during = 0;
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut made = 0;
            // One more than what the backup saw, at least.
            while !done.load(Ordering::Acquire) || made == 0 {
                commit(
                    &store,
                    vec![
                        step(&format!("new{made}"), 0),
                        step(&format!("new{made}"), 1),
                    ],
                );
                made += 1;
            }
            made
        });
        let mut remaining = Vec::new();
        store
            .backup_to(&file, |progress| remaining.push(progress.remaining_pages))
            .expect("backs up");
        done.store(true, Ordering::Release);
        during = writer.join().expect("commits");
        assert!(remaining.is_sorted_by(|a, b| a > b), "{remaining:?}");
        assert_eq!(remaining.last(), Some(&0));
    });
    let leftovers = ["backup.partial", "backup-wal", "backup-journal"];
    for leftover in leftovers {
        assert!(!directory.path().join(leftover).exists(), "{leftover}");
    }
    let again = store.backup_to(&file, |_| {});
    assert!(matches!(again, Err(BackupError::Exists(_))), "{again:?}");
    let restored = directory.path().join("restored");
    assert_eq!(restore(&file, &restored, false).expect("restores"), None);
    let restored = open(&restored);
    for number in 0..300 {
        assert_eq!(steps_of(&restored, &format!("old{number}")), 1);
    }
    let steps: Vec<u64> = (0..during)
        .map(|number| steps_of(&restored, &format!("new{number}")))
        .collect();
    assert!(steps.is_sorted_by(|a, b| a >= b), "a prefix: {steps:?}");
    assert!(
        steps.iter().all(|&steps| steps != 1),
        "whole commits: {steps:?}"
    );
    commit(&restored, vec![step("old0", 1)]);
}

#[test]
fn a_directory_that_nobody_serves_is_backed_up_too() {
    let directory = TempDir::new().expect("a directory");
    let [data, file] = ["data", "backup"].map(|name| directory.path().join(name));
    let nothing = backup(&data, &file, |_| {});
    assert!(
        matches!(nothing, Err(BackupError::Nothing(_))),
        "{nothing:?}"
    );
    let store = open(&data);
    commit(&store, vec![step("e", 0)]);
    drop(store);
    backup(&data, &file, |_| {}).expect("backs up");
    assert_eq!(
        restore(&file, &directory.path().join("new"), false).expect("restores"),
        None
    );
}

#[test]
fn a_restore_replaces_only_when_forced_and_keeps_what_was_there() {
    let directory = TempDir::new().expect("a directory");
    let [data, file] = ["data", "backup"].map(|name| directory.path().join(name));
    let store = open(&data);
    commit(&store, vec![step("kept", 0)]);
    store.backup_to(&file, |_| {}).expect("backs up");
    commit(&store, vec![step("lost", 0)]);
    let held = restore(&file, &data, true);
    assert!(matches!(held, Err(RestoreError::Directory(_))), "{held:?}");
    drop(store);
    let full = restore(&file, &data, false);
    assert!(matches!(full, Err(RestoreError::NotEmpty(_))), "{full:?}");
    let aside = restore(&file, &data, true)
        .expect("restores")
        .expect("moved aside");
    let store = open(&data);
    assert_eq!(steps_of(&store, "kept"), 1);
    assert_eq!(steps_of(&store, "lost"), 0);
    drop(store);
    let again = restore(&aside, &data, true).expect("restores");
    assert_ne!(again, Some(aside));
    assert_eq!(steps_of(&open(&data), "lost"), 1);
}

#[test]
fn damage_is_not_backed_up() {
    let directory = TempDir::new().expect("a directory");
    let [data, file] = ["data", "backup"].map(|name| directory.path().join(name));
    let store = open(&data);
    commit(&store, (0..50).map(|n| step(&format!("e{n}"), 0)).collect());
    drop(store);
    let database = data.join("stepwright.db");
    let mut garbled = fs::read(&database).expect("reads");
    let middle = garbled.len() / 2 / 4096 * 4096;
    garbled[middle..middle + 500].fill(0xee);
    fs::write(&database, garbled).expect("writes");
    let refused = backup(&data, &file, |_| {});
    assert!(
        matches!(refused, Err(BackupError::Damaged { .. })),
        "{refused:?}"
    );
    let left: Vec<_> = fs::read_dir(directory.path()).expect("lists").collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn a_damaged_backup_changes_nothing() {
    let directory = TempDir::new().expect("a directory");
    let [data, file] = ["data", "backup"].map(|name| directory.path().join(name));
    let store = open(&data);
    commit(&store, (0..50).map(|n| step(&format!("e{n}"), 0)).collect());
    store.backup_to(&file, |_| {}).expect("backs up");
    drop(store);
    let whole = fs::read(&file).expect("reads");
    let mut garbled = whole.clone();
    let middle = whole.len() / 2 / 4096 * 4096;
    garbled[middle..middle + 500].fill(0xee);
    for damaged in [
        &whole[..whole.len() / 2],
        &garbled,
        b"",
        b"hello",
        &[0; 9_000],
    ] {
        fs::write(&file, damaged).expect("writes");
        let refused = restore(&file, &data, true);
        assert!(
            matches!(refused, Err(RestoreError::Backup { .. })),
            "{refused:?}"
        );
        assert_eq!(steps_of(&open(&data), "e7"), 1);
    }
    let nowhere = restore(&directory.path().join("none"), &data, true);
    assert!(
        matches!(nowhere, Err(RestoreError::Backup { .. })),
        "{nowhere:?}"
    );
}

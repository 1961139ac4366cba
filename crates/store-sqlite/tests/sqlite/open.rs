//! Data directories that are fine, and those that are not.

use std::fs;
use std::path::Path;

use store::{DocumentWrite, Store};
use store_sqlite::{OpenError, OpenOptions, SqliteStore, holder};
use tempfile::TempDir;

use crate::support::{commit, copy, open, step, steps_of};

fn refused(directory: &Path) -> OpenError {
    match SqliteStore::open(directory, OpenOptions::default()) {
        Ok(_) => panic!("opened {}", directory.display()),
        Err(error) => error,
    }
}

fn sqlite(path: &Path, sql: &str) {
    let connection = rusqlite::Connection::open(path).expect("opens");
    connection.execute_batch(sql).expect("runs");
}

#[test]
fn what_was_committed_is_there_after_a_restart() {
    let directory = TempDir::new().expect("a directory");
    let inside = directory.path().join("made/when/needed");
    let store = open(&inside);
    commit(&store, vec![step("e", 0), step("e", 1)]);
    let document = DocumentWrite {
        collection: "c".into(),
        key: "k".into(),
        expected_version: Some(0),
        body: Some("text".into()),
    };
    store.write(vec![document], None).expect("writes");
    drop(store);
    assert!(!inside.join("stepwright.db-wal").exists(), "left in order");
    let store = open(&inside);
    assert_eq!(steps_of(&store, "e"), 2);
    assert!(store.document("c", "k").expect("reads").is_some());
    commit(&store, vec![step("e", 2)]);
}

#[test]
fn a_second_opener_is_told_who_has_it() {
    let directory = TempDir::new().expect("a directory");
    assert_eq!(holder(directory.path()), None);
    let options = OpenOptions {
        address: Some("127.0.0.1:8083".to_owned()),
    };
    let store = SqliteStore::open(directory.path(), options).expect("opens");
    let text = refused(directory.path()).to_string();
    let pid = std::process::id();
    assert!(
        text.contains(&format!(
            "in use by process {pid} at 127.0.0.1:8083, since 2"
        )),
        "{text}"
    );
    store.set_address("[::1]:9").expect("written");
    let found = holder(directory.path()).expect("is held");
    assert_eq!(
        (found.pid, found.address.as_deref()),
        (pid, Some("[::1]:9"))
    );
    drop(store);
    assert_eq!(holder(directory.path()), None);
    open(directory.path());
}

#[test]
fn a_format_of_a_later_release_is_refused_and_left_alone() {
    let directory = TempDir::new().expect("a directory");
    drop(open(directory.path()));
    let file = directory.path().join("stepwright.db");
    sqlite(
        &file,
        "UPDATE settings SET value = '9.8.7' WHERE key = 'release'; PRAGMA user_version = 12",
    );
    let before = fs::read(&file).expect("reads");
    let error = refused(directory.path());
    assert!(
        matches!(error, OpenError::Newer { found: 12, .. }),
        "{error:?}"
    );
    let text = error.to_string();
    assert!(
        text.contains("was written by Stepwright 9.8.7, in format 12"),
        "{text}"
    );
    assert_eq!(fs::read(&file).expect("reads"), before);
}

#[test]
fn files_of_others_are_refused() {
    let directory = TempDir::new().expect("a directory");
    let file = directory.path().join("stepwright.db");
    sqlite(&file, "CREATE TABLE theirs (x)");
    let before = fs::read(&file).expect("reads");
    let error = refused(directory.path());
    assert!(matches!(error, OpenError::Foreign { .. }), "{error:?}");
    assert_eq!(fs::read(&file).expect("reads"), before);
}

#[test]
fn damaged_files_are_refused_and_never_started_over() {
    type Damage = fn(&Path);
    let damages: [(&str, Damage); 6] = [
        ("empty", |file| fs::write(file, "").expect("writes")),
        ("text", |file| {
            fs::write(file, "hello ".repeat(2_000)).expect("writes")
        }),
        ("header", |file| overwrite(file, 0, &[0; 16])),
        ("cut", |file| {
            let half = file.metadata().expect("is there").len() / 2;
            let opened = fs::OpenOptions::new().write(true).open(file);
            opened.expect("opens").set_len(half).expect("cuts");
        }),
        ("first table", |file| overwrite(file, 100, &[0xff; 300])),
        ("gone", |file| fs::remove_file(file).expect("removes")),
    ];
    for (name, damage) in damages {
        let [source, directory] = [(); 2].map(|()| TempDir::new().expect("a directory"));
        // A restart after a crash, with work in the file and in the WAL.
        let store = open(source.path());
        commit(&store, (0..20).map(|n| step(&format!("e{n}"), 0)).collect());
        drop(store);
        let store = open(source.path());
        commit(&store, vec![step("e0", 1)]);
        copy(source.path(), directory.path());
        let file = directory.path().join("stepwright.db");
        damage(&file);
        let before = fs::read(&file).ok();
        let error = refused(directory.path());
        assert!(
            matches!(error, OpenError::Damaged { .. }),
            "{name}: {error:?}"
        );
        let text = error.to_string();
        assert!(text.contains("stepwright restore BACKUP --data"), "{text}");
        assert_eq!(fs::read(&file).ok(), before, "{name}");
    }
}

fn overwrite(file: &Path, at: usize, with: &[u8]) {
    let mut bytes = fs::read(file).expect("reads");
    bytes[at..at + with.len()].copy_from_slice(with);
    fs::write(file, bytes).expect("writes");
}

#[test]
fn damage_inside_is_found_after_a_crash() {
    let [source, directory] = [(); 2].map(|()| TempDir::new().expect("a directory"));
    let store = open(source.path());
    commit(
        &store,
        (0..200).map(|n| step(&format!("e{n}"), 0)).collect(),
    );
    drop(store);
    let store = open(source.path());
    commit(&store, vec![step("e0", 1)]);
    copy(source.path(), directory.path());
    let file = directory.path().join("stepwright.db");
    let pages = file.metadata().expect("is there").len() as usize / 4096;
    for page in (pages / 2)..(pages / 2 + 20) {
        overwrite(&file, page * 4096, &[0xff; 64]);
    }
    let error = refused(directory.path());
    assert!(matches!(error, OpenError::Damaged { .. }), "{error:?}");
}

#[test]
fn a_creation_that_was_cut_short_is_begun_again() {
    let directory = TempDir::new().expect("a directory");
    fs::write(directory.path().join("stepwright.db.new"), "half").expect("writes");
    let store = open(directory.path());
    commit(&store, vec![step("e", 0)]);
}

#[test]
fn a_directory_that_cannot_be_used_is_named() {
    let directory = TempDir::new().expect("a directory");
    let file = directory.path().join("file");
    fs::write(&file, "").expect("writes");
    let not_below = refused(&file.join("data"));
    assert!(
        matches!(not_below, OpenError::Directory { .. }),
        "{not_below:?}"
    );
    // No rights help there, not even root's.
    let read_only = refused(Path::new("/proc/self/attr"));
    assert!(
        matches!(read_only, OpenError::Directory { .. }),
        "{read_only:?}"
    );
    assert!(
        read_only.to_string().contains("/proc/self/attr"),
        "{read_only}"
    );
}

#[test]
fn open_executions_are_found_among_many_that_ended() {
    let directory = TempDir::new().expect("a directory");
    let store = open(directory.path());
    for thousand in 0..20 {
        let units = (0..1_000).map(|n| {
            let mut unit = step(&format!("e{thousand}-{n}"), 0);
            unit.next_due_millis = Some(n);
            unit.events = None;
            unit
        });
        commit(&store, units.collect());
    }
    commit(
        &store,
        (0..5_000)
            .map(|n| {
                let mut unit = step(&format!("ended{n}"), 0);
                unit.events = None;
                unit.ended = true;
                unit
            })
            .collect(),
    );
    assert_eq!(store.open_executions().expect("reads").len(), 20_000);
}

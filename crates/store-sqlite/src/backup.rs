//! Backups of a data directory, also of one that serves, and back.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use crate::OpenError;
use crate::error::at_path;
use crate::lock::Lock;
use crate::open::{FILE, beside, make_directory, sync_directory};
use crate::schema;

/// How far a backup is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackupProgress {
    /// Of 4 KiB.
    pub pages: u64,
    pub remaining_pages: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("{} exists already: choose another name for the backup", .0.display())]
    Exists(PathBuf),
    #[error("there is no {}: nothing to back up", .0.display())]
    Nothing(PathBuf),
    #[error(transparent)]
    Source(OpenError),
    #[error("{} is damaged: {detail}. No backup was written; keep the earlier ones", path.display())]
    Damaged { path: PathBuf, detail: String },
    #[error("the backup {} cannot be written: {detail}", path.display())]
    Failed { path: PathBuf, detail: String },
}

#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    #[error(
        "{} is not empty: choose another directory, or force it (its database is moved aside)",
        .0.display()
    )]
    NotEmpty(PathBuf),
    #[error("the backup {} cannot be used: {detail}", path.display())]
    Backup { path: PathBuf, detail: String },
    #[error(transparent)]
    Directory(OpenError),
}

/// Pages copied in one go.
const PAGES: i32 = 1_024;

/// Writes the state of this moment to a new file `to`, from a directory that a process serves or that nobody does. Commits go
/// on meanwhile; only the WAL grows by what they write. `to` appears when it is complete and was checked: a copy of damage must
/// not take the place of good backups.
pub fn backup(
    directory: &Path,
    to: &Path,
    mut progress: impl FnMut(BackupProgress),
) -> Result<(), BackupError> {
    let path = directory.join(FILE);
    if !path.exists() {
        return Err(BackupError::Nothing(path));
    }
    if to.exists() {
        return Err(BackupError::Exists(to.to_owned()));
    }
    let source = schema::readable(&path)
        .and_then(|source| {
            // The snapshot that is copied: without a transaction around the steps, each commit would start them over.
            source.execute_batch("BEGIN; SELECT count(*) FROM settings;")?;
            Ok(source)
        })
        .map_err(|error| BackupError::Source(at_path(&path, error.into())))?;
    schema::format(&source).map_err(|error| BackupError::Source(at_path(&path, error)))?;
    let partial = beside(to, ".partial");
    let failed = |detail: String| BackupError::Failed {
        path: to.to_owned(),
        detail,
    };
    let written = remove_if_there(&partial)
        .map_err(|error| failed(error.to_string()))
        .and_then(|()| {
            copy(&source, &partial, &mut progress).map_err(|error| failed(error.to_string()))
        })
        .and_then(|()| match damage(&partial) {
            Ok(None) => Ok(()),
            Ok(Some(detail)) => Err(BackupError::Damaged { path, detail }),
            Err(error) => Err(failed(error.to_string())),
        })
        .and_then(|()| put_in_place(&partial, to).map_err(|error| failed(error.to_string())));
    if written.is_err() {
        // The error that matters is the one above.
        drop(fs::remove_file(&partial));
    }
    written
}

fn copy(
    source: &Connection,
    to: &Path,
    progress: &mut impl FnMut(BackupProgress),
) -> rusqlite::Result<()> {
    let mut target = Connection::open(to)?;
    let backup = Backup::new(source, &mut target)?;
    loop {
        let step = backup.step(PAGES)?;
        let now = backup.progress();
        progress(BackupProgress {
            pages: u64::try_from(now.pagecount).unwrap_or(0),
            remaining_pages: u64::try_from(now.remaining).unwrap_or(0),
        });
        if step == StepResult::Done {
            break;
        }
    }
    drop(backup);
    // One file that can be read from a read-only place.
    target.pragma_update(None, "journal_mode", "DELETE")?;
    target.close().map_err(|(_, error)| error)
}

/// Checks `backup` and makes it the database of `directory`, which nobody may have open. A database that is there already is an
/// error, or with `force` moved aside: answers where to.
pub fn restore(
    backup: &Path,
    directory: &Path,
    force: bool,
) -> Result<Option<PathBuf>, RestoreError> {
    check(backup).map_err(|detail| RestoreError::Backup {
        path: backup.to_owned(),
        detail,
    })?;
    let failed = |source| {
        RestoreError::Directory(OpenError::Directory {
            directory: directory.to_owned(),
            source,
        })
    };
    make_directory(directory).map_err(failed)?;
    let _lock = Lock::take(directory, None).map_err(RestoreError::Directory)?;
    let path = directory.join(FILE);
    if !force && !is_empty(directory).map_err(failed)? {
        return Err(RestoreError::NotEmpty(directory.to_owned()));
    }
    let draft = beside(&path, ".restored");
    fs::copy(backup, &draft).map_err(failed)?;
    let aside = move_aside(&path).map_err(failed)?;
    put_in_place(&draft, &path).map_err(failed)?;
    Ok(aside)
}

/// Reads all of a backup, without changing anything, and says what is wrong with it.
fn check(backup: &Path) -> Result<(), String> {
    let size = backup.metadata().map_err(|error| error.to_string())?.len();
    if size == 0 {
        return Err("it is empty".to_owned());
    }
    match damage(backup) {
        Ok(None) => Ok(()),
        Ok(Some(detail)) => Err(format!("it is damaged: {detail}")),
        Err(error) => Err(error.to_string()),
    }
}

/// What is wrong with a file that nobody writes.
fn damage(file: &Path) -> Result<Option<String>, OpenError> {
    let found = || {
        let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        schema::format(&connection)?;
        Ok(schema::damage(&connection, "integrity_check(1)")?)
    };
    match found().map_err(|error| at_path(file, error)) {
        Err(OpenError::Damaged { detail, .. }) => Ok(Some(detail)),
        found => found,
    }
}

/// Whether there is nothing but a lock.
fn is_empty(directory: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(directory)? {
        if entry?.file_name() != crate::lock::FILE {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Gives the database, with its WAL, a name that is free.
fn move_aside(path: &Path) -> io::Result<Option<PathBuf>> {
    if !path.exists() && !beside(path, "-wal").exists() {
        return Ok(None);
    }
    let mut numbers = 1..;
    let aside = loop {
        let Some(number) = numbers.next() else {
            return Err(io::ErrorKind::AlreadyExists.into());
        };
        let aside: PathBuf = beside(path, &format!(".before-restore-{number}"));
        if !aside.exists() && !beside(&aside, "-wal").exists() {
            break aside;
        }
    };
    for suffix in ["", "-wal", "-shm"] {
        let from = beside(path, suffix);
        if from.exists() {
            fs::rename(from, beside(&aside, suffix))?;
        }
    }
    Ok(Some(aside))
}

/// Makes a complete file durable under its name.
fn put_in_place(draft: &Path, path: &Path) -> io::Result<()> {
    File::open(draft)?.sync_all()?;
    fs::rename(draft, path)?;
    sync_directory(path)
}

pub(crate) fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

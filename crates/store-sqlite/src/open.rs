//! Opening a data directory.

use std::fs::{self, DirBuilder, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::channel;

use rusqlite::Connection;

use crate::SqliteStore;
use crate::backup::remove_if_there;
use crate::error::{OpenError, at_path};
use crate::lock::Lock;
use crate::reads::Readers;
use crate::schema::{self, Unusable};
use crate::stats::Counters;
use crate::wal;
use crate::writer::Writer;

#[derive(Debug, Clone, Default)]
pub struct OpenOptions {
    /// Where this process listens, for the error that a second one gets.
    pub address: Option<String>,
}

pub(crate) const FILE: &str = "stepwright.db";

/// Files up to this size are read through after a start that found a WAL, that is, after a crash: 64 MiB, 0.2 s.
const CHECKED_BYTES: u64 = 64 * 1024 * 1024;

/// The path with something behind it.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut beside = path.as_os_str().to_owned();
    beside.push(suffix);
    beside.into()
}

pub(crate) fn open(directory: &Path, options: OpenOptions) -> Result<SqliteStore, OpenError> {
    let unusable = |source| OpenError::Directory {
        directory: directory.to_owned(),
        source,
    };
    make_directory(directory).map_err(unusable)?;
    let lock = Lock::take(directory, options.address.as_deref())?;
    let path = directory.join(FILE);
    let connection = match path.try_exists().map_err(unusable)? {
        true => existing(&path)?,
        false => new(&path)?,
    };
    let counters = Arc::new(Counters::new());
    let (jobs, waiting) = channel();
    let writer = Writer {
        path: path.clone(),
        jobs: waiting,
        counters: counters.clone(),
    };
    let writer = std::thread::Builder::new()
        .name("store-writer".to_owned())
        .spawn(move || writer.run(connection))
        .map_err(unusable)?;
    Ok(SqliteStore {
        readers: Readers::new(path.clone()),
        path,
        counters,
        jobs: Some(jobs),
        writer: Some(writer),
        lock,
    })
}

/// For its user alone: inputs and outputs may hold secrets.
pub(crate) fn make_directory(directory: &Path) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(directory)
}

fn existing(path: &Path) -> Result<Connection, OpenError> {
    let of = |error: Unusable| at_path(path, error);
    let damaged = |detail: &str| OpenError::Damaged {
        path: path.to_owned(),
        detail: detail.to_owned(),
    };
    let size = |path: &Path| path.metadata().map_or(0, |found| found.len());
    if size(path) == 0 {
        return Err(damaged("it is empty"));
    }
    let wal = beside(path, "-wal");
    let crashed = size(&wal) > 0;
    let lost = wal::lost_commits(&wal).map_err(|source| OpenError::Directory {
        directory: wal.clone(),
        source,
    })?;
    if lost {
        return Err(damaged("its WAL has lost what was committed"));
    }
    // Looked at before anything is changed.
    let found = schema::readable(path).map_err(Unusable::from);
    let format = found
        .and_then(|connection| schema::format(&connection))
        .map_err(of)?;
    let connection = schema::writable(path).map_err(|error| of(error.into()))?;
    if crashed && size(path) <= CHECKED_BYTES {
        let damage = schema::damage(&connection, "quick_check(1)");
        if let Some(detail) = damage.map_err(|error| of(error.into()))? {
            return Err(damaged(&detail));
        }
    }
    schema::migrate(&connection, format).map_err(|error| of(error.into()))?;
    Ok(connection)
}

/// Makes the file under another name, so that one that is empty or has no tables is always damage.
fn new(path: &Path) -> Result<Connection, OpenError> {
    let failed = |source| OpenError::Directory {
        directory: path.parent().unwrap_or(path).to_owned(),
        source,
    };
    if beside(path, "-wal").try_exists().map_err(failed)? {
        return Err(OpenError::Damaged {
            path: path.to_owned(),
            detail: "it is gone, but its WAL is there".to_owned(),
        });
    }
    let draft = beside(path, ".new");
    for leftover in [draft.clone(), beside(&draft, "-journal")] {
        remove_if_there(&leftover).map_err(failed)?;
    }
    schema::create(&draft).map_err(|error| at_path(path, error))?;
    fs::rename(&draft, path).map_err(failed)?;
    sync_directory(path).map_err(failed)?;
    existing(path)
}

/// Makes names in the directory of `path` durable.
pub(crate) fn sync_directory(path: &Path) -> std::io::Result<()> {
    match path.parent() {
        Some(directory) => File::open(directory)?.sync_all(),
        None => Ok(()),
    }
}

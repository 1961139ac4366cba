//! What can go wrong, in words that say what to do.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::lock::Holder;
use crate::schema::{FORMAT, Unusable};

/// Why a data directory cannot be opened. Nothing was changed in it.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the data directory {} cannot be used: {source}", directory.display())]
    Directory {
        directory: PathBuf,
        source: io::Error,
    },
    #[error(
        "the data directory {} is in use by {}: stop it, or choose another directory",
        directory.display(), holder.as_ref().map_or("another process".to_owned(), Holder::to_string)
    )]
    Locked {
        directory: PathBuf,
        holder: Option<Holder>,
    },
    #[error(
        "{} was written by {}, in format {found}; this release reads formats up to {FORMAT}: use that release or a later one",
        path.display(), release.as_deref().map_or("a later release".to_owned(), |release| format!("Stepwright {release}"))
    )]
    Newer {
        path: PathBuf,
        found: i64,
        release: Option<String>,
    },
    #[error("{} is a database of another program: choose another directory", path.display())]
    Foreign { path: PathBuf },
    #[error(
        "{} is damaged: {detail}. Nothing was changed. Move it away and bring back a backup: stepwright restore BACKUP --data {}",
        path.display(), path.parent().unwrap_or(path).display()
    )]
    Damaged { path: PathBuf, detail: String },
    #[error("{} cannot be written, because the disk is full: free some space and start again; nothing was lost", path.display())]
    Full { path: PathBuf },
    #[error("{} cannot be opened: {detail}", path.display())]
    Failed { path: PathBuf, detail: String },
}

/// What is wrong with the file at `path`.
pub(crate) fn at_path(path: &Path, unusable: Unusable) -> OpenError {
    let path = path.to_owned();
    match unusable {
        Unusable::Newer { found, release } => OpenError::Newer {
            path,
            found,
            release,
        },
        Unusable::Foreign => OpenError::Foreign { path },
        Unusable::Sqlite(error) => {
            let detail = error.to_string();
            match error.sqlite_error_code() {
                Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                    OpenError::Damaged { path, detail }
                }
                Some(ErrorCode::DiskFull) => OpenError::Full { path },
                _ => OpenError::Failed { path, detail },
            }
        }
    }
}

/// An error of a read, or of a write that was rolled back for sure.
pub(crate) fn rolled_back(error: &rusqlite::Error) -> store::Error {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            store::Error::Corrupt(error.to_string())
        }
        Some(ErrorCode::DiskFull) => {
            store::Error::Unavailable("the disk is full: free some space".to_owned())
        }
        _ => store::Error::Unavailable(error.to_string()),
    }
}

/// An error of COMMIT itself. A full disk means that the last frame of the transaction, which holds its commit mark, is
/// incomplete. After other errors, a failed sync above all, it may be complete, and count once the file is read again.
pub(crate) fn of_commit(error: &rusqlite::Error) -> store::Error {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull | ErrorCode::DatabaseBusy) => rolled_back(error),
        _ => store::Error::Indeterminate(error.to_string()),
    }
}

//! One process a data directory.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use jiff::Timestamp;

use crate::OpenError;

/// Holds the lock as long as it lives; the system lets go of it when the process ends, however that happens.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
    since: Timestamp,
}

impl Lock {
    /// Takes the lock of `directory`, or says who has it.
    pub(crate) fn take(directory: &Path) -> Result<Lock, OpenError> {
        let failed = |source| OpenError::Directory {
            directory: directory.to_owned(),
            source,
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(directory.join("lock"))
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                file.read_to_string(&mut holder).map_err(failed)?;
                return Err(OpenError::Locked {
                    directory: directory.to_owned(),
                    holder: holder.trim().to_owned(),
                });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let lock = Lock {
            file,
            since: Timestamp::now(),
        };
        lock.describe(None).map_err(failed)?;
        Ok(lock)
    }

    /// Writes down who holds it, for the error of others.
    pub(crate) fn describe(&self, address: Option<&str>) -> io::Result<()> {
        let address = address.map_or(String::new(), |address| format!(" at {address}"));
        let pid = std::process::id();
        let text = format!("process {pid}{address}, since {:.0}\n", self.since);
        let mut file = &self.file;
        file.rewind()?;
        file.write_all(text.as_bytes())?;
        file.set_len(text.len() as u64)
    }
}

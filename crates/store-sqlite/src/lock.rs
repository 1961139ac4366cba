//! One process a data directory.

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Seek, Write};
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use crate::OpenError;

pub(crate) const FILE: &str = "lock";

/// Holds the lock as long as it lives; the system lets go of it when the process ends, however that happens.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
    since: Timestamp,
}

/// Who has a data directory open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    pub pid: u32,
    /// Where it listens.
    pub address: Option<String>,
    /// When it opened the directory, as RFC 3339 has it.
    pub since: String,
}

/// The process that has the data directory open now, if one has.
pub fn holder(directory: &Path) -> Option<Holder> {
    let path = directory.join(FILE);
    let file = File::open(&path).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => Holder::parse(&std::fs::read_to_string(path).ok()?),
        _ => None,
    }
}

impl Lock {
    /// Takes the lock of `directory`, or says who has it.
    pub(crate) fn take(directory: &Path, address: Option<&str>) -> Result<Lock, OpenError> {
        let failed = |source| OpenError::Directory {
            directory: directory.to_owned(),
            source,
        };
        let path = directory.join(FILE);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = options.open(&path).map_err(failed)?;
        match locked(&file).map_err(failed)? {
            true => {
                let since = Timestamp::now();
                let lock = Lock { file, since };
                lock.describe(address).map_err(failed)?;
                Ok(lock)
            }
            false => Err(OpenError::Locked {
                directory: directory.to_owned(),
                holder: Holder::parse(&std::fs::read_to_string(&path).map_err(failed)?),
            }),
        }
    }

    /// Writes down who holds it, for the error of others.
    pub(crate) fn describe(&self, address: Option<&str>) -> io::Result<()> {
        let holder = Holder {
            pid: std::process::id(),
            address: address.map(str::to_owned),
            since: format!("{:.0}", self.since),
        };
        let text = holder.text();
        let mut file = &self.file;
        file.rewind()?;
        file.write_all(text.as_bytes())?;
        file.set_len(text.len() as u64)
    }
}

/// Tries for a moment: [`holder`] takes the lock for as long as it looks.
fn locked(file: &File) -> io::Result<bool> {
    for _ in 0..5 {
        match file.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(10)),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(false)
}

impl Holder {
    fn text(&self) -> String {
        let address = self.address.as_deref().unwrap_or_default();
        format!("{}\n{}\n{address}\n", self.pid, self.since)
    }

    fn parse(text: &str) -> Option<Holder> {
        let mut lines = text.lines();
        Some(Holder {
            pid: lines.next()?.parse().ok()?,
            since: lines.next()?.to_owned(),
            address: lines
                .next()
                .filter(|line| !line.is_empty())
                .map(str::to_owned),
        })
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {}", self.pid)?;
        if let Some(address) = &self.address {
            write!(f, " at {address}")?;
        }
        write!(f, ", since {}", self.since)
    }
}

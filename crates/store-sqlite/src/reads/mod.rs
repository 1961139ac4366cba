//! Reads: each on one snapshot, on connections of their own, beside the writer.

mod executions;
mod lists;
mod others;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use interpreter::Encoded;
use query::Payload;
use rusqlite::types::FromSql;
use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, params};
use store::{Error, Outline};

use crate::error::rolled_back;
use crate::hash::Hash;
use crate::ids::unsigned;
use crate::schema;

/// Connections that read at the same time.
const CONNECTIONS: usize = 4;

/// Connections for reads, made when needed.
#[derive(Debug)]
pub(crate) struct Readers {
    path: PathBuf,
    pool: Mutex<Pool>,
    returned: Condvar,
}

#[derive(Debug, Default)]
struct Pool {
    idle: Vec<Connection>,
    busy: usize,
}

impl Readers {
    pub(crate) fn new(path: PathBuf) -> Readers {
        Readers {
            path,
            pool: Mutex::default(),
            returned: Condvar::new(),
        }
    }

    /// Reads on one snapshot.
    pub(crate) fn read<T>(
        &self,
        read: impl FnOnce(&Snapshot<'_>) -> Result<T, ReadError>,
    ) -> Result<T, Error> {
        let mut lent = self.lend();
        let done = lent.on_snapshot(&self.path, read);
        done.map_err(|error| match error {
            ReadError::Sqlite(error) => rolled_back(&error),
            ReadError::Corrupt(what) => Error::Corrupt(what),
        })
    }

    fn lend(&self) -> Lent<'_> {
        let mut pool = self.pool();
        while pool.busy >= CONNECTIONS {
            pool = self
                .returned
                .wait(pool)
                .unwrap_or_else(PoisonError::into_inner);
        }
        pool.busy += 1;
        Lent {
            readers: self,
            connection: pool.idle.pop(),
        }
    }

    /// Closes the connections that nobody uses.
    pub(crate) fn close(&self) {
        self.pool().idle.clear();
    }

    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection on loan; none after an error, so that a new one is made next time.
struct Lent<'r> {
    readers: &'r Readers,
    connection: Option<Connection>,
}

impl Lent<'_> {
    fn on_snapshot<T>(
        &mut self,
        path: &std::path::Path,
        read: impl FnOnce(&Snapshot<'_>) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => schema::readable(path)?,
        };
        connection.prepare_cached("BEGIN")?.execute([])?;
        let answer = read(&Snapshot {
            connection: &connection,
        })?;
        connection.prepare_cached("COMMIT")?.execute([])?;
        self.connection = Some(connection);
        Ok(answer)
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut pool = self.readers.pool();
        pool.busy -= 1;
        pool.idle.extend(self.connection.take());
        self.readers.returned.notify_one();
    }
}

/// Why a read failed.
#[derive(Debug)]
pub(crate) enum ReadError {
    Sqlite(rusqlite::Error),
    Corrupt(String),
}

impl From<rusqlite::Error> for ReadError {
    fn from(error: rusqlite::Error) -> ReadError {
        match error {
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::InvalidColumnType(..) => ReadError::Corrupt(error.to_string()),
            error => ReadError::Sqlite(error),
        }
    }
}

/// A connection inside of a transaction that reads.
pub(crate) struct Snapshot<'c> {
    connection: &'c Connection,
}

impl Snapshot<'_> {
    fn prepare(&self, sql: &str) -> rusqlite::Result<CachedStatement<'_>> {
        self.connection.prepare_cached(sql)
    }

    /// The first column of the first row, if there is one.
    fn value<T: FromSql>(
        &self,
        sql: &str,
        values: impl rusqlite::Params,
    ) -> rusqlite::Result<Option<T>> {
        let mut statement = self.prepare(sql)?;
        statement.query_row(values, |row| row.get(0)).optional()
    }
}

/// Reads records of one execution; payloads that stand in several of them are read once, and shared.
struct Records<'s, 'c> {
    snapshot: &'s Snapshot<'c>,
    execution: i64,
    known: HashMap<Hash, Payload>,
    known_bytes: HashMap<Hash, u64>,
}

impl<'s, 'c> Records<'s, 'c> {
    fn new(snapshot: &'s Snapshot<'c>, execution: i64) -> Records<'s, 'c> {
        Records {
            snapshot,
            execution,
            known: HashMap::new(),
            known_bytes: HashMap::new(),
        }
    }

    /// The record whose bytes are in column `at` of `row`, and the hashes of its payloads in the next.
    fn record(&mut self, row: &Row<'_>, at: usize) -> Result<Encoded, ReadError> {
        let hashes = hashes(row, at + 1)?.iter();
        let payloads = hashes.map(|hash| self.payload(hash));
        Ok(Encoded {
            payloads: payloads.collect::<Result<_, _>>()?,
            bytes: row.get(at)?,
        })
    }

    /// The same without the payloads, but with their lengths.
    fn outline(&mut self, row: &Row<'_>, at: usize) -> Result<(Encoded, Vec<u64>), ReadError> {
        let mut lengths = Vec::new();
        for hash in hashes(row, at + 1)? {
            lengths.push(self.payload_bytes(hash)?);
        }
        let record = Encoded {
            bytes: row.get(at)?,
            payloads: lengths.iter().map(|_| Outline::payload()).collect(),
        };
        Ok((record, lengths))
    }

    /// SQLite knows it without reading the text.
    fn payload_bytes(&mut self, hash: &Hash) -> Result<u64, ReadError> {
        if let Some(bytes) = self.known_bytes.get(hash) {
            return Ok(*bytes);
        }
        let bytes: Option<i64> = self.snapshot.value(
            "SELECT octet_length(text) FROM payloads WHERE execution = ?1 AND hash = ?2",
            params![self.execution, hash],
        )?;
        let bytes = unsigned(bytes.ok_or_else(missing)?);
        self.known_bytes.insert(*hash, bytes);
        Ok(bytes)
    }

    fn payload(&mut self, hash: &Hash) -> Result<Payload, ReadError> {
        if let Some(payload) = self.known.get(hash) {
            return Ok(payload.clone());
        }
        let text: Option<Arc<str>> = self.snapshot.value(
            "SELECT text FROM payloads WHERE execution = ?1 AND hash = ?2",
            params![self.execution, hash],
        )?;
        let text = text.ok_or_else(missing)?;
        let payload = Payload::from_text_unchecked(text);
        self.known.insert(*hash, payload.clone());
        Ok(payload)
    }
}

/// The references to payloads in a column.
fn hashes<'r>(row: &'r Row<'_>, column: usize) -> Result<&'r [Hash], ReadError> {
    let bytes = row.get_ref(column)?.as_blob_or_null().map_err(conversion)?;
    match bytes.unwrap_or_default().as_chunks() {
        (hashes, []) => Ok(hashes),
        _ => Err(ReadError::Corrupt("half a reference to a payload".into())),
    }
}

fn missing() -> ReadError {
    ReadError::Corrupt("a payload is missing".into())
}

fn conversion(error: rusqlite::types::FromSqlError) -> ReadError {
    ReadError::Corrupt(error.to_string())
}

//! The storage contract on SQLite: one file, one writer that puts what waits into one transaction, readers beside it.
//! The tables, and what was measured: `docs/design/storage.md`.

mod backup;
mod error;
mod hash;
mod ids;
mod lock;
mod open;
mod reads;
mod schema;
mod stats;
mod wal;
mod writer;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use interpreter::Encoded;
use store::{
    AuditEntry, Document, DocumentWrite, Error, ExecutionId, ListQuery, ListedStatus, Listing,
    MapRun, OpenExecution, Order, Outline, Scope, Segment, Store, StoredExecution, Unit,
};

pub use backup::{BackupError, BackupProgress, RestoreError, backup, restore};
pub use error::OpenError;
pub use lock::{Holder, holder};
pub use open::OpenOptions;
pub use stats::{Histogram, Stats};

use hash::Hashes;
use lock::Lock;
use reads::Readers;
use stats::Counters;
use writer::Job;

/// Executions removed in one transaction: so few that commits do not notice.
const REMOVED_AT_ONCE: usize = 200;

/// A data directory that is open. Closing waits for what was asked, and leaves one file without a WAL.
#[derive(Debug)]
pub struct SqliteStore {
    path: PathBuf,
    readers: Readers,
    counters: Arc<Counters>,
    /// None when closing.
    jobs: Option<Sender<Job>>,
    writer: Option<JoinHandle<()>>,
    /// Let go of last.
    lock: Lock,
}

impl SqliteStore {
    /// Opens the data directory, or makes one.
    ///
    /// # Errors
    /// Anything unusual about the directory or the file in it: it is never started over.
    pub fn open(directory: &Path, options: OpenOptions) -> Result<SqliteStore, OpenError> {
        open::open(directory, options)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes down where this process listens, for the error that a second one gets.
    pub fn set_address(&self, address: &str) -> io::Result<()> {
        self.lock.describe(Some(address))
    }

    /// Writes the state of this moment to a new file; see [`backup`].
    pub fn backup_to(
        &self,
        to: &Path,
        progress: impl FnMut(BackupProgress),
    ) -> Result<(), BackupError> {
        let directory = self.path.parent().unwrap_or(&self.path);
        backup(directory, to, progress)
    }

    /// Figures for metrics.
    pub fn stats(&self) -> Stats {
        let size = |path: &Path| path.metadata().map_or(0, |found| found.len());
        self.counters
            .stats(size(&self.path), size(&open::beside(&self.path, "-wal")))
    }

    /// Has the writer do a job, and waits for it.
    fn ask<T>(&self, job: impl FnOnce(Sender<Result<T, Error>>) -> Job) -> Result<T, Error> {
        let (reply, answer) = channel();
        self.counters.asked();
        let sent = self.jobs.as_ref().map(|jobs| jobs.send(job(reply)));
        if !matches!(sent, Some(Ok(()))) {
            self.counters.took(1);
            return Err(Error::Unavailable("the writer has stopped".to_owned()));
        }
        // The writer answers each job, unless it died of a defect in the middle of it.
        let died = |_| Error::Indeterminate("the writer has stopped".to_owned());
        answer.recv().map_err(died)?
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        // First, so that the writer closes the last connection, which writes the WAL back.
        self.readers.close();
        self.jobs = None;
        if let Some(writer) = self.writer.take() {
            // A panic there was reported where it happened.
            drop(writer.join());
        }
    }
}

impl Store for SqliteStore {
    fn commit(&self, units: Vec<Unit>) -> Result<Vec<Result<(), Error>>, Error> {
        if units.is_empty() {
            return Ok(Vec::new());
        }
        let hashes = Hashes::of(&units);
        self.ask(|reply| Job::Units {
            units,
            hashes,
            reply,
        })
    }

    fn write(&self, writes: Vec<DocumentWrite>, audit: Option<AuditEntry>) -> Result<(), Error> {
        self.ask(|reply| Job::Documents {
            writes,
            audit,
            reply,
        })?
    }

    fn execution(&self, id: &ExecutionId) -> Result<Option<StoredExecution>, Error> {
        self.readers.read(|snapshot| snapshot.execution(id))
    }

    fn summary(&self, id: &ExecutionId) -> Result<Option<(Listing, Encoded)>, Error> {
        self.readers.read(|snapshot| snapshot.summary(id))
    }

    fn list(&self, query: &ListQuery) -> Result<Vec<(ExecutionId, Listing)>, Error> {
        self.readers.read(|snapshot| snapshot.list(query))
    }

    fn segments(
        &self,
        id: &ExecutionId,
        from_event_id: u64,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Segment>, Error> {
        self.readers
            .read(|snapshot| snapshot.segments(id, from_event_id, order, limit))
    }

    fn outlines(
        &self,
        id: &ExecutionId,
        from_event_id: u64,
        limit: usize,
    ) -> Result<Vec<Outline>, Error> {
        self.readers
            .read(|snapshot| snapshot.outlines(id, from_event_id, limit))
    }

    fn count(&self, scope: &Scope, status: ListedStatus, limit: usize) -> Result<usize, Error> {
        self.readers
            .read(|snapshot| snapshot.count(scope, status, limit))
    }

    fn open_executions(&self) -> Result<Vec<OpenExecution>, Error> {
        self.readers.read(|snapshot| snapshot.open_executions())
    }

    fn map_run(&self, arn: &str) -> Result<Option<(ExecutionId, MapRun)>, Error> {
        self.readers.read(|snapshot| snapshot.map_run(arn))
    }

    fn map_runs(&self, id: &ExecutionId) -> Result<Vec<MapRun>, Error> {
        self.readers.read(|snapshot| snapshot.map_runs(id))
    }

    fn document(&self, collection: &str, key: &str) -> Result<Option<Document>, Error> {
        self.readers
            .read(|snapshot| snapshot.document(collection, key))
    }

    fn documents(
        &self,
        collection: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Document>, Error> {
        self.readers
            .read(|snapshot| snapshot.documents(collection, after, limit))
    }

    fn revision_is_used(&self, revision: &str) -> Result<bool, Error> {
        self.readers
            .read(|snapshot| snapshot.revision_is_used(revision))
    }

    fn audit(&self, after: u64, limit: usize) -> Result<Vec<(u64, AuditEntry)>, Error> {
        self.readers.read(|snapshot| snapshot.audit(after, limit))
    }

    fn remove_ended_before(&self, stop_millis: i64, limit: usize) -> Result<usize, Error> {
        let mut removed = 0;
        while removed < limit {
            let limit = (limit - removed).min(REMOVED_AT_ONCE);
            let done = self.ask(|reply| Job::Remove {
                stop_millis,
                limit,
                reply,
            })?;
            removed += done;
            if done < limit {
                break;
            }
        }
        Ok(removed)
    }
}

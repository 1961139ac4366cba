//! A store that fails when told to.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use interpreter::Encoded;
use store::{
    AuditEntry, Document, DocumentWrite, Error, ExecutionId, ListQuery, Listing, MapRun,
    MemoryStore, OpenExecution, Order, Segment, Store, StoredExecution, Unit,
};

/// Fails commits as told, in order; a commit without an order succeeds.
#[derive(Default)]
pub struct FaultyStore {
    inner: MemoryStore,
    pub faults: Mutex<VecDeque<Fault>>,
    /// So many reads of executions fail.
    pub failing_reads: AtomicU32,
}

#[derive(Clone, Copy)]
pub enum Fault {
    None,
    /// Nothing is written.
    Unavailable,
    /// All is written, and the answer is lost.
    Indeterminate,
    /// Nothing is written, and nobody knows.
    IndeterminateLost,
    /// Somebody else wrote the execution first.
    Conflict,
}

impl FaultyStore {
    pub fn new(faults: impl IntoIterator<Item = Fault>) -> Arc<FaultyStore> {
        let store = FaultyStore::default();
        store.faults.lock().unwrap().extend(faults);
        Arc::new(store)
    }
}

impl Store for FaultyStore {
    fn commit(&self, units: Vec<Unit>) -> Result<Vec<Result<(), Error>>, Error> {
        let fault = self.faults.lock().unwrap().pop_front();
        match fault.unwrap_or(Fault::None) {
            Fault::None => self.inner.commit(units),
            Fault::Unavailable => Err(Error::Unavailable("told to".into())),
            Fault::Indeterminate => {
                self.inner.commit(units)?;
                Err(Error::Indeterminate("told to".into()))
            }
            Fault::IndeterminateLost => Err(Error::Indeterminate("told to".into())),
            Fault::Conflict => Ok(units
                .into_iter()
                .map(|unit| Err(Error::Conflict(unit.execution)))
                .collect()),
        }
    }

    fn write(&self, writes: Vec<DocumentWrite>, audit: Option<AuditEntry>) -> Result<(), Error> {
        self.inner.write(writes, audit)
    }

    fn execution(&self, id: &ExecutionId) -> Result<Option<StoredExecution>, Error> {
        let failing = self
            .failing_reads
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                left.checked_sub(1)
            });
        if failing.is_ok() {
            return Err(Error::Unavailable("told to".into()));
        }
        self.inner.execution(id)
    }

    fn summary(&self, id: &ExecutionId) -> Result<Option<(Listing, Encoded)>, Error> {
        self.inner.summary(id)
    }

    fn list(&self, query: &ListQuery) -> Result<Vec<(ExecutionId, Listing)>, Error> {
        self.inner.list(query)
    }

    fn segments(
        &self,
        id: &ExecutionId,
        from_event_id: u64,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Segment>, Error> {
        self.inner.segments(id, from_event_id, order, limit)
    }

    fn open_executions(&self) -> Result<Vec<OpenExecution>, Error> {
        self.inner.open_executions()
    }

    fn map_run(&self, arn: &str) -> Result<Option<(ExecutionId, MapRun)>, Error> {
        self.inner.map_run(arn)
    }

    fn map_runs(&self, id: &ExecutionId) -> Result<Vec<MapRun>, Error> {
        self.inner.map_runs(id)
    }

    fn document(&self, collection: &str, key: &str) -> Result<Option<Document>, Error> {
        self.inner.document(collection, key)
    }

    fn documents(
        &self,
        collection: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Document>, Error> {
        self.inner.documents(collection, after, limit)
    }

    fn revision_is_used(&self, revision: &str) -> Result<bool, Error> {
        self.inner.revision_is_used(revision)
    }

    fn audit(&self, after: u64, limit: usize) -> Result<Vec<(u64, AuditEntry)>, Error> {
        self.inner.audit(after, limit)
    }

    fn remove_ended_before(&self, stop_millis: i64, limit: usize) -> Result<usize, Error> {
        self.inner.remove_ended_before(stop_millis, limit)
    }
}

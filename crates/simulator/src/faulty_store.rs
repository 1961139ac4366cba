//! A store that fails as the seed says, crashes the engine in the middle of a commit, and reports to the ledger; on demand it
//! does what no store may do.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use interpreter::Encoded;
use store::{
    AuditEntry, Document, DocumentWrite, Error, ExecutionId, ListQuery, Listing, MapRun,
    MemoryStore, OpenExecution, Order, Segment, Store, StoredExecution, Unit,
};

use crate::world::World;

/// A deliberate bug, which the simulation has to find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// Effects come first: a commit is answered before it is durable.
    CommitAfterEffect,
    /// The version of a step is not compared.
    NoVersionCheck,
    /// What is due by itself is not found after a restart.
    TimersLost,
    /// A step is taken on a state that is not the latest: an answer is taken again.
    AnswerTakenTwice,
    /// Open calls are not found after a restart.
    OpenCallsForgotten,
    /// Calls stay open when they have been answered.
    AnsweredCallsStayOpen,
    /// Events are not written.
    HistoryGap,
    /// A commit is acknowledged, and never made.
    CommitLost,
    /// Calls that are not safe are made again.
    UnsafeCallsRepeated,
}

impl Sabotage {
    pub const ALL: [Sabotage; 9] = [
        Sabotage::CommitAfterEffect,
        Sabotage::NoVersionCheck,
        Sabotage::TimersLost,
        Sabotage::AnswerTakenTwice,
        Sabotage::OpenCallsForgotten,
        Sabotage::AnsweredCallsStayOpen,
        Sabotage::HistoryGap,
        Sabotage::CommitLost,
        Sabotage::UnsafeCallsRepeated,
    ];
}

pub struct FaultyStore {
    inner: MemoryStore,
    world: Arc<World>,
    sabotage: Option<Sabotage>,
    sabotaged: Mutex<Sabotaged>,
}

#[derive(Default)]
struct Sabotaged {
    /// Acknowledged, and not written yet.
    late: Vec<Unit>,
    /// The state before the latest.
    stale: HashMap<ExecutionId, StoredExecution>,
}

/// What becomes of a commit.
enum Fate {
    Done,
    Unavailable,
    /// Written, and nobody knows.
    Perhaps,
    /// Not written, and nobody knows.
    PerhapsNot,
    /// One unit has lost against another writer.
    Conflict,
}

impl FaultyStore {
    pub fn new(world: Arc<World>, sabotage: Option<Sabotage>) -> FaultyStore {
        FaultyStore {
            inner: MemoryStore::new(),
            world,
            sabotage,
            sabotaged: Mutex::default(),
        }
    }

    /// Whoever wrote to it is gone.
    pub fn crashed(&self) {
        self.sabotaged().late.clear();
    }

    fn sabotaged(&self) -> std::sync::MutexGuard<'_, Sabotaged> {
        self.sabotaged
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn is(&self, sabotage: Sabotage) -> bool {
        self.sabotage == Some(sabotage)
    }

    /// Writes and notes it.
    fn apply(&self, units: Vec<Unit>) -> Result<Vec<Result<(), Error>>, Error> {
        let mut answers = Vec::new();
        for unit in units {
            let mut written = unit.clone();
            self.spoil(&mut written)?;
            if self.is(Sabotage::CommitLost) && self.world.draw(|rng| rng.one_in(20)) {
                answers.push(Ok(()));
                continue;
            }
            let answer = self.inner.commit(vec![written.clone()])?.pop();
            let answer = answer.unwrap_or(Ok(()));
            if answer.is_ok() {
                self.world.committed(&written);
            }
            answers.push(answer);
        }
        Ok(answers)
    }

    fn spoil(&self, unit: &mut Unit) -> Result<(), Error> {
        match self.sabotage {
            Some(Sabotage::NoVersionCheck) => {
                let stored = self.inner.execution(&unit.execution)?;
                unit.expected_version = stored.map_or(0, |stored| stored.version);
            }
            Some(Sabotage::AnswerTakenTwice) => {
                if let Some(stored) = self.inner.execution(&unit.execution)? {
                    self.sabotaged()
                        .stale
                        .insert(unit.execution.clone(), stored);
                }
            }
            Some(Sabotage::AnsweredCallsStayOpen) => unit.closed_calls.clear(),
            Some(Sabotage::HistoryGap) if self.world.draw(|rng| rng.one_in(20)) => {
                unit.events = None;
            }
            _ => {}
        }
        Ok(())
    }

    /// What was acknowledged is written now.
    fn catch_up(&self) -> Result<(), Error> {
        let late = std::mem::take(&mut self.sabotaged().late);
        if !late.is_empty() {
            self.apply(late)?;
        }
        Ok(())
    }

    fn read(&self) -> Result<(), Error> {
        self.catch_up()?;
        match self.world.read_fails() {
            true => Err(Error::Unavailable("a read failed".into())),
            false => Ok(()),
        }
    }
}

impl Store for FaultyStore {
    fn commit(&self, units: Vec<Unit>) -> Result<Vec<Result<(), Error>>, Error> {
        self.catch_up()?;
        self.world.crash_perhaps("before a commit");
        let answers = match self.world.fate(&units) {
            Fate::Unavailable => return Err(Error::Unavailable("a commit failed".into())),
            Fate::PerhapsNot => return Err(Error::Indeterminate("a commit was lost".into())),
            Fate::Perhaps => {
                self.apply(units)?;
                return Err(Error::Indeterminate("a commit's answer was lost".into()));
            }
            Fate::Done if self.is(Sabotage::CommitAfterEffect) => {
                let answers = units.iter().map(|_| Ok(())).collect();
                self.sabotaged().late = units;
                answers
            }
            Fate::Done => self.apply(units)?,
            Fate::Conflict => {
                let loser = self.world.draw(|rng| rng.below(units.len()));
                let mut units = units;
                let lost = units.remove(loser);
                let mut answers = self.apply(units)?;
                answers.insert(loser, Err(Error::Conflict(lost.execution)));
                answers
            }
        };
        self.world.crash_perhaps("behind a commit");
        Ok(answers)
    }

    fn write(&self, writes: Vec<DocumentWrite>, audit: Option<AuditEntry>) -> Result<(), Error> {
        self.inner.write(writes, audit)
    }

    fn execution(&self, id: &ExecutionId) -> Result<Option<StoredExecution>, Error> {
        self.read()?;
        let mut stored = self.inner.execution(id)?;
        if let Some(stored) = &mut stored {
            if self.is(Sabotage::OpenCallsForgotten) {
                stored.open_calls.clear();
            }
            if self.is(Sabotage::AnswerTakenTwice)
                && let Some(stale) = self.sabotaged().stale.get(id)
            {
                stored.record = stale.record.clone();
            }
        }
        Ok(stored)
    }

    fn summary(&self, id: &ExecutionId) -> Result<Option<(Listing, Encoded)>, Error> {
        self.read()?;
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
        self.read()?;
        let mut open = self.inner.open_executions()?;
        for open in &mut open {
            if self.is(Sabotage::TimersLost) {
                open.next_due_millis = None;
            }
            if self.is(Sabotage::OpenCallsForgotten) {
                open.has_open_calls = false;
            }
        }
        Ok(open)
    }

    fn map_run(&self, arn: &str) -> Result<Option<(ExecutionId, MapRun)>, Error> {
        self.read()?;
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

impl World {
    fn fate(&self, units: &[Unit]) -> Fate {
        let ends_express = units.iter().any(|unit| {
            let kind = unit.listing.as_ref().map(|listing| listing.kind);
            unit.ended && kind == Some(store::Kind::Express)
        });
        self.fault(|rng| match rng.below(4) {
            0 => Fate::Unavailable,
            1 => Fate::Perhaps,
            2 => Fate::PerhapsNot,
            // To the engine that would be the proof that the end is written.
            _ if ends_express => Fate::Unavailable,
            _ => Fate::Conflict,
        })
        .unwrap_or(Fate::Done)
    }
}

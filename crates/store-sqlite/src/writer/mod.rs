//! The one thread that writes. It takes all that waits into one transaction, without a timer: while one is being synced, the
//! next gathers.
//!
//! After an error nothing is accepted before a new connection has committed something small. That also settles what became of
//! a commit with an unknown outcome: the new frames stand where its frames stood, so that no restart can find it.

mod documents;
mod names;
mod removal;
mod units;

use std::cell::Cell;
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::time::Instant;

use rusqlite::{Connection, Params};
use store::{AuditEntry, DocumentWrite, Error, Unit};

use crate::error::{of_commit, rolled_back};
use crate::hash::{Hash, Hashes};
use crate::schema;
use crate::stats::Counters;

use names::Names;

/// What is asked of the writer.
pub(crate) enum Job {
    Units {
        units: Vec<Unit>,
        hashes: Hashes,
        reply: Reply<Vec<Result<(), Error>>>,
    },
    Documents {
        writes: Vec<DocumentWrite>,
        audit: Option<AuditEntry>,
        reply: Reply<Result<(), Error>>,
    },
    Remove {
        stop_millis: i64,
        limit: usize,
        reply: Reply<usize>,
    },
}

type Reply<T> = Sender<Result<T, Error>>;

impl Job {
    fn units(&self) -> usize {
        match self {
            Job::Units { units, .. } => units.len(),
            Job::Documents { .. } | Job::Remove { .. } => 1,
        }
    }

    fn refuse(self, error: Error) {
        // A receiver that is gone has nobody behind it who waits.
        match self {
            Job::Units { reply, .. } => drop(reply.send(Err(error))),
            Job::Documents { reply, .. } => drop(reply.send(Err(error))),
            Job::Remove { reply, .. } => drop(reply.send(Err(error))),
        }
    }
}

/// Units of one transaction: enough to share a sync, few enough that nobody waits for long.
const UNITS_PER_COMMIT: usize = 4_096;

/// Pages of the WAL after which it is written back: 32 MiB.
const CHECKPOINT_PAGES: u64 = 8_192;

pub(crate) struct Writer {
    pub(crate) path: PathBuf,
    pub(crate) jobs: Receiver<Job>,
    pub(crate) counters: Arc<Counters>,
}

/// An answer that waits for its transaction.
type Pending = Box<dyn FnOnce(Result<(), Error>)>;

impl Writer {
    /// Works until nobody can ask any more.
    pub(crate) fn run(self, connection: Connection) {
        let mut first = Vec::new();
        let mut next = Some(connection);
        while let Some(connection) = next.take() {
            let Some(why) = self.session(&connection, std::mem::take(&mut first)) else {
                // What cannot be written back now stays in the WAL for the next start.
                drop(schema::close(connection));
                break;
            };
            drop(connection);
            self.counters.refuse(Some(why));
            while let Ok(job) = self.jobs.recv() {
                match self.reopen() {
                    Ok(connection) => {
                        self.counters.refuse(None);
                        first.push(job);
                        next = Some(connection);
                        break;
                    }
                    Err(error) => {
                        self.counters.took(1);
                        self.counters.refuse(Some(error.to_string()));
                        job.refuse(error);
                    }
                }
            }
        }
    }

    /// A connection that has just proved that it can write.
    fn reopen(&self) -> Result<Connection, Error> {
        let prove = || {
            let connection = schema::writable(&self.path)?;
            connection.execute(
                "INSERT OR REPLACE INTO settings (key, value) VALUES ('writable', ?1)",
                [jiff::Timestamp::now().to_string()],
            )?;
            Ok(connection)
        };
        // Whatever became of this commit, there is nothing in it.
        prove().map_err(|error| rolled_back(&error))
    }

    /// Commits what comes until nobody can ask any more (None), or until an error, which it answers with.
    fn session(&self, connection: &Connection, mut gathered: Vec<Job>) -> Option<String> {
        watch_wal(connection);
        let mut session = Session {
            connection,
            names: Names::default(),
            stored_payloads: HashSet::new(),
            checkpointed_pages: 0,
        };
        loop {
            if gathered.is_empty() {
                gathered.push(self.jobs.recv().ok()?);
            }
            let mut units: usize = gathered.iter().map(Job::units).sum();
            while units < UNITS_PER_COMMIT {
                let Ok(job) = self.jobs.try_recv() else { break };
                units += job.units();
                gathered.push(job);
            }
            self.counters.took(gathered.len() as u64);
            if let Err(why) = self.transaction(&mut session, &mut gathered, units) {
                return Some(why);
            }
            self.checkpoint(&mut session);
        }
    }

    fn transaction(
        &self,
        session: &mut Session<'_>,
        gathered: &mut Vec<Job>,
        units: usize,
    ) -> Result<(), String> {
        let begun = Instant::now();
        let mut answers: Vec<Pending> = Vec::with_capacity(gathered.len());
        let mut outcome = session.begin().map_err(|error| rolled_back(&error));
        for job in gathered.drain(..) {
            match &outcome {
                Ok(()) => outcome = session.perform(job, &mut answers),
                Err(error) => job.refuse(error.clone()),
            }
        }
        let outcome = outcome.and_then(|()| session.commit().map_err(|error| of_commit(&error)));
        if outcome.is_ok() {
            self.counters.committed(begun.elapsed(), units);
        }
        for answer in answers {
            answer(outcome.clone());
        }
        outcome.map_err(|error| error.to_string())
    }

    /// Writes the WAL back into the file when it has grown, so that the next commit begins it anew. Only the writer does it:
    /// one in the background never finds the moment at which nothing is left to write back, and the WAL grows without bound.
    /// A reader at work keeps the WAL from beginning anew; then this waits for as much again before it tries again.
    fn checkpoint(&self, session: &mut Session<'_>) {
        let pages = WAL_PAGES.get();
        if pages < session.checkpointed_pages {
            session.checkpointed_pages = 0;
        }
        if pages < session.checkpointed_pages + CHECKPOINT_PAGES {
            return;
        }
        let begun = Instant::now();
        let done = session.run("PRAGMA wal_checkpoint(PASSIVE)");
        session.checkpointed_pages = pages;
        // Nothing is lost when it fails: all of it still stands in the WAL.
        self.counters
            .checkpointed(begun.elapsed(), done.err().map(|error| error.to_string()));
    }
}

thread_local! {
    /// Pages in the WAL after the last commit of this thread.
    static WAL_PAGES: Cell<u64> = const { Cell::new(0) };
}

fn watch_wal(connection: &Connection) {
    connection.wal_hook(Some(|_, pages| {
        WAL_PAGES.set(u64::try_from(pages).unwrap_or(0));
        Ok(())
    }));
}

/// The writer's work on one connection.
struct Session<'c> {
    connection: &'c Connection,
    names: Names,
    /// Payloads that this transaction found or wrote.
    stored_payloads: HashSet<(i64, Hash)>,
    /// Where the WAL ended when it was last written back.
    checkpointed_pages: u64,
}

impl Session<'_> {
    fn begin(&mut self) -> rusqlite::Result<()> {
        self.stored_payloads.clear();
        self.run("BEGIN IMMEDIATE")
    }

    fn commit(&self) -> rusqlite::Result<()> {
        self.run("COMMIT")
    }

    fn run(&self, sql: &str) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare_cached(sql)?;
        // Steps over what a PRAGMA answers.
        let mut rows = statement.query([])?;
        while rows.next()?.is_some() {}
        Ok(())
    }

    fn execute(&self, sql: &str, values: impl Params) -> rusqlite::Result<usize> {
        self.connection.prepare_cached(sql)?.execute(values)
    }

    /// Does one job. An error spoils the whole transaction.
    fn perform(&mut self, job: Job, answers: &mut Vec<Pending>) -> Result<(), Error> {
        match job {
            Job::Units {
                units,
                hashes,
                reply,
            } => {
                let done = units.iter().map(|unit| self.unit(unit, &hashes)).collect();
                settle(done, reply, answers)
            }
            Job::Documents {
                writes,
                audit,
                reply,
            } => settle(self.documents(writes, audit.as_ref()), reply, answers),
            Job::Remove {
                stop_millis,
                limit,
                reply,
            } => settle(self.remove_ended(stop_millis, limit), reply, answers),
        }
    }
}

fn settle<T: 'static>(
    done: rusqlite::Result<T>,
    reply: Reply<T>,
    answers: &mut Vec<Pending>,
) -> Result<(), Error> {
    match done {
        Ok(answer) => {
            answers.push(Box::new(move |committed| {
                drop(reply.send(committed.map(|()| answer)));
            }));
            Ok(())
        }
        Err(error) => {
            let error = rolled_back(&error);
            drop(reply.send(Err(error.clone())));
            Err(error)
        }
    }
}

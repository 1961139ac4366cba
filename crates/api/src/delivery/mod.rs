//! What has to reach a target: a schedule's occurrence, an event that a rule matched, an asynchronous invocation.
//!
//! A durable queue with one document a delivery. Whoever makes one stages it in the transaction that decides about it; from the commit on
//! it is the queue's. It is removed when its target has it, or when it is given up: a crash in between makes the same call again under the
//! same key.

mod follow_up;
mod pauses;
mod queue;
mod record;
pub mod requests;
#[cfg(test)]
mod tests;
mod worker;

pub use record::{
    Attribute, Delivered, Delivery, DeliveryError, Destinations, FunctionResponse, Origin, Retry,
    Target,
};

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use store::Store;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

use crate::scheduler::runner::Report;
use crate::table::{Transaction, body, parse};
use queue::Queue;
use worker::{Message, Worker};

const COLLECTION: &str = "deliveries";
/// Documents that are read at once at the start.
const PAGE: usize = 1000;

/// Milliseconds since 1970.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

pub type DeliverFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Delivered, DeliveryError>> + Send + 'a>>;

/// Whoever can reach targets.
pub trait Targets: Send + Sync {
    /// One attempt. A delivery may be attempted again after a crash: its id is the call's key.
    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> DeliverFuture<'a>;
}

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Delivered(Delivered),
    /// It is tried again.
    Failed(DeliveryError),
    /// It is not tried again.
    Dropped {
        error: DeliveryError,
        /// Its dead-letter queue gets it.
        is_buried: bool,
    },
}

/// A delivery (with the attempts that were made) and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    pub delivery: Arc<Delivery>,
    pub outcome: Outcome,
}

/// Is told what became of deliveries, several at once, and picks out what is of its origin. On a thread that may wait for the store, and
/// before they leave the queue: after an error, or a crash in between, it is told again.
pub type Listener = Arc<dyn Fn(&[Told]) -> Result<(), store::Error> + Send + Sync>;

#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Attempts under way at once.
    pub at_once: usize,
    /// Of one target.
    pub at_once_of_target: usize,
    /// Inputs that are kept in memory while they wait; others are read again when their time comes.
    pub memory_bytes: usize,
    /// Before the second attempt of an invocation whose function failed; twice that before the third (Lambda Developer Guide,
    /// "Invoking a Lambda function asynchronously").
    pub function_pause: Duration,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            at_once: 512,
            at_once_of_target: 128,
            memory_bytes: 64 * 1024 * 1024,
            function_pause: Duration::from_secs(60),
        }
    }
}

/// What the queue counts, since it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stats {
    /// Deliveries that have not left the queue.
    pub waiting: usize,
    pub under_way: usize,
    pub attempts: u64,
    pub delivered: u64,
    /// Attempts that failed.
    pub failed: u64,
    /// Deliveries that were given up.
    pub dropped: u64,
    /// Dead letters and results that could not be sent to where they belong: lost.
    pub lost: u64,
}

/// The queue. Cloning is cheap; clones are the same queue.
#[derive(Clone)]
pub struct Deliveries(Arc<Shared>);

struct Shared {
    store: Arc<dyn Store>,
    now: Clock,
    options: Options,
    sender: UnboundedSender<Message>,
    /// None while it runs.
    resting: Mutex<Option<(Queue, UnboundedReceiver<Message>)>>,
    listeners: Mutex<Vec<Listener>>,
    report: OnceLock<Report>,
    counts: Counts,
}

#[derive(Default)]
struct Counts {
    waiting: AtomicUsize,
    under_way: AtomicUsize,
    attempts: AtomicU64,
    delivered: AtomicU64,
    failed: AtomicU64,
    dropped: AtomicU64,
    lost: AtomicU64,
}

impl Deliveries {
    /// Reads what was on its way. Nothing is attempted before [`Deliveries::run`].
    ///
    /// # Errors
    /// The store's; `Corrupt` for a document that is no delivery.
    pub fn open(
        store: &Arc<dyn Store>,
        now: Clock,
        options: Options,
    ) -> Result<Deliveries, store::Error> {
        let mut queue = Queue::new(options);
        let mut after: Option<Arc<str>> = None;
        loop {
            let page = store.documents(COLLECTION, after.as_deref(), PAGE)?;
            after = page.last().map(|document| document.key.clone());
            for document in page {
                queue.add(Arc::new(delivery(&document)?));
            }
            if after.is_none() {
                break;
            }
        }
        let (sender, receiver) = unbounded_channel();
        let shared = Shared {
            store: store.clone(),
            now,
            options,
            sender,
            listeners: Mutex::default(),
            report: OnceLock::new(),
            counts: Counts::default(),
            resting: Mutex::default(),
        };
        shared.counts.waiting.store(queue.len(), Ordering::Relaxed);
        *lock(&shared.resting) = Some((queue, receiver));
        Ok(Deliveries(Arc::new(shared)))
    }

    /// Begins with what is due, on this asynchronous runtime. Once; listeners are there by then.
    pub fn run(&self, targets: Arc<dyn Targets>) {
        if let Some((queue, receiver)) = lock(&self.0.resting).take() {
            let worker = Worker::new(self.0.clone(), targets, queue);
            tokio::spawn(worker.run(receiver));
        }
    }

    /// Makes a delivery part of a transaction: with its commit it is on its way. One of this id that is on its way already makes the
    /// commit a [`store::Error::Conflict`].
    pub fn stage(&self, transaction: &mut Transaction, delivery: Delivery) {
        let (id, body) = (delivery.id.clone(), body(&delivery));
        let (committed, unsure) = (self.0.clone(), self.0.clone());
        transaction.write(
            COLLECTION,
            id.clone(),
            0,
            body.map(Some),
            move || committed.add(delivery),
            move || {
                if let Some(document) = unsure.store.document(COLLECTION, &id)? {
                    unsure.add(self::delivery(&document)?);
                }
                Ok(())
            },
        );
    }

    /// Before [`Deliveries::run`].
    pub fn listen(&self, listener: Listener) {
        lock(&self.0.listeners).push(listener);
    }

    /// Who is told in words what keeps deliveries from going on. Once.
    pub fn report_to(&self, report: Report) {
        // The first one stays.
        let _ = self.0.report.set(report);
    }

    pub fn stats(&self) -> Stats {
        let counts = &self.0.counts;
        Stats {
            waiting: counts.waiting.load(Ordering::Relaxed),
            under_way: counts.under_way.load(Ordering::Relaxed),
            attempts: counts.attempts.load(Ordering::Relaxed),
            delivered: counts.delivered.load(Ordering::Relaxed),
            failed: counts.failed.load(Ordering::Relaxed),
            dropped: counts.dropped.load(Ordering::Relaxed),
            lost: counts.lost.load(Ordering::Relaxed),
        }
    }

    /// Begins no more attempts, and waits a while for those that are under way. What is then without an outcome is attempted again after
    /// the next start.
    pub async fn shut_down(&self) {
        let (sender, done) = oneshot::channel();
        // Both fail when it does not run: then there is nothing to wait for.
        drop(lock(&self.0.resting).take());
        let _ = self.0.sender.send(Message::ShutDown(sender));
        let _ = done.await;
    }
}

impl Shared {
    fn report(&self, what: String) {
        if let Some(report) = self.report.get() {
            report(what);
        }
    }

    fn add(&self, delivery: Delivery) {
        // Nobody receives any more after a shut down: the next start finds it.
        let _ = self.sender.send(Message::Added(Arc::new(delivery)));
    }
}

fn delivery(document: &store::Document) -> Result<Delivery, store::Error> {
    parse(&document.body).map_err(|what| {
        store::Error::Corrupt(format!("document {} of {COLLECTION}: {what}", document.key))
    })
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

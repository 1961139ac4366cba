//! What is told to others after it has happened: queued without waiting, sent in batches by a task of its own, dropped and counted when
//! others are too slow. No execution waits for it, and none fails because of it.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;

use crate::serve::logs::Log;
use crate::serve::metrics::Metrics;

/// Things that wait to be sent.
const QUEUE: usize = 20_000;
/// Failures are told once in this time.
const QUIET: Duration = Duration::from_secs(60);
/// For what waits when the server ends.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Sends batches.
pub trait Delivery<T>: Send + Sync + 'static {
    /// Sends all of them; the number of those that could not be, and why.
    fn send<'a>(
        &'a self,
        batch: &'a [T],
    ) -> Pin<Box<dyn Future<Output = Result<(), Failed>> + Send + 'a>>;
}

pub struct Failed {
    pub number: usize,
    pub why: String,
}

pub struct Outbox<T> {
    kind: &'static str,
    metrics: Arc<Metrics>,
    /// None once it is closed.
    worker: Mutex<Option<(Sender<T>, JoinHandle<()>)>>,
}

impl<T: Send + Sync + 'static> Outbox<T> {
    /// `kind` names it in metrics and logs; `most` is the size of a batch. Within a runtime.
    pub fn open(
        kind: &'static str,
        most: usize,
        delivery: impl Delivery<T>,
        metrics: &Arc<Metrics>,
        log: &Arc<Log>,
    ) -> Outbox<T> {
        let (sender, receiver) = channel(QUEUE);
        let worker = tokio::spawn(work(
            receiver,
            most,
            delivery,
            kind,
            metrics.clone(),
            log.clone(),
        ));
        Outbox {
            kind,
            metrics: metrics.clone(),
            worker: Mutex::new(Some((sender, worker))),
        }
    }

    /// Returns at once.
    pub fn put(&self, thing: T) {
        let worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = worker.as_ref().map(|(sender, _)| sender.try_send(thing));
        if let None | Some(Err(TrySendError::Full(_) | TrySendError::Closed(_))) = sent {
            self.metrics.delivered(self.kind, "dropped", 1);
        }
    }

    /// Sends what waits, for a few seconds at most.
    pub async fn close(&self) {
        let worker = self
            .worker
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some((sender, worker)) = worker {
            drop(sender);
            // What could not be sent by now is lost, as the documentation says.
            drop(tokio::time::timeout(LAST_WORDS, worker).await);
        }
    }
}

async fn work<T>(
    mut receiver: Receiver<T>,
    most: usize,
    delivery: impl Delivery<T>,
    kind: &'static str,
    metrics: Arc<Metrics>,
    log: Arc<Log>,
) {
    let mut batch = Vec::with_capacity(most);
    let mut told: Option<Instant> = None;
    while receiver.recv_many(&mut batch, most).await > 0 {
        let failed = match delivery.send(&batch).await {
            Ok(()) => 0,
            Err(failed) => {
                if told.is_none_or(|told| told.elapsed() >= QUIET) {
                    told = Some(Instant::now());
                    log.warning(
                        "what happened cannot be told",
                        &[("kind", &kind), ("error", &failed.why)],
                    );
                }
                failed.number.min(batch.len())
            }
        };
        metrics.delivered(kind, "failed", failed);
        metrics.delivered(kind, "sent", batch.len() - failed);
        batch.clear();
    }
}

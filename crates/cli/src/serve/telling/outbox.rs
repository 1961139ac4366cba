//! What is told to others after it has happened: queued without waiting, sent in batches by a task of its own, dropped and counted when
//! others are too slow. No execution waits for it, and none fails because of it.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;

use crate::serve::logs::Log;
use crate::serve::metrics::Metrics;

/// What waits to be sent at most: in number, and in bytes of text.
const QUEUE: usize = 20_000;
const QUEUE_BYTES: usize = 32 * 1024 * 1024;
/// Failures are told once in this time.
const QUIET: Duration = Duration::from_secs(60);
/// For what waits when the server ends.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Something to be sent.
pub trait Told: Send + Sync + 'static {
    /// Bytes of its text, roughly.
    fn bytes(&self) -> usize;
}

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
    waiting_bytes: Arc<AtomicUsize>,
    /// None once it is closed.
    worker: Mutex<Option<(Sender<T>, JoinHandle<()>)>>,
}

impl<T: Told> Outbox<T> {
    /// `kind` names it in metrics and logs; `most` is the size of a batch. Within a runtime.
    pub fn open(
        kind: &'static str,
        most: usize,
        delivery: impl Delivery<T>,
        metrics: &Arc<Metrics>,
        log: &Arc<Log>,
    ) -> Outbox<T> {
        let (sender, receiver) = channel(QUEUE);
        let waiting_bytes = Arc::new(AtomicUsize::new(0));
        let worker = Worker {
            receiver,
            most,
            delivery,
            kind,
            waiting_bytes: waiting_bytes.clone(),
            metrics: metrics.clone(),
            log: log.clone(),
        };
        Outbox {
            kind,
            metrics: metrics.clone(),
            waiting_bytes,
            worker: Mutex::new(Some((sender, tokio::spawn(worker.run())))),
        }
    }

    /// Returns at once.
    pub fn put(&self, thing: T) {
        let bytes = thing.bytes();
        let waiting = self.waiting_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner);
        match &*worker {
            Some((sender, _)) if waiting <= QUEUE_BYTES && sender.try_send(thing).is_ok() => {}
            _ => {
                self.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
                self.metrics.delivered(self.kind, "dropped", 1);
            }
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

struct Worker<T, D> {
    receiver: Receiver<T>,
    /// In a batch.
    most: usize,
    delivery: D,
    kind: &'static str,
    waiting_bytes: Arc<AtomicUsize>,
    metrics: Arc<Metrics>,
    log: Arc<Log>,
}

impl<T: Told, D: Delivery<T>> Worker<T, D> {
    async fn run(mut self) {
        let mut batch = Vec::with_capacity(self.most);
        let mut told: Option<Instant> = None;
        while self.receiver.recv_many(&mut batch, self.most).await > 0 {
            let failed = match self.delivery.send(&batch).await {
                Ok(()) => 0,
                Err(failed) => {
                    if told.is_none_or(|told| told.elapsed() >= QUIET) {
                        told = Some(Instant::now());
                        self.log.warning(
                            "what happened cannot be told",
                            &[("kind", &self.kind), ("error", &failed.why)],
                        );
                    }
                    failed.number.min(batch.len())
                }
            };
            self.metrics.delivered(self.kind, "failed", failed);
            self.metrics
                .delivered(self.kind, "sent", batch.len() - failed);
            let bytes = batch.iter().map(Told::bytes).sum();
            self.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
            batch.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::logs::{LogFormat, LogLevel};

    struct Text(usize);

    impl Told for Text {
        fn bytes(&self) -> usize {
            self.0
        }
    }

    /// Never comes back.
    struct Stuck;

    impl Delivery<Text> for Stuck {
        fn send<'a>(
            &'a self,
            _: &'a [Text],
        ) -> Pin<Box<dyn Future<Output = Result<(), Failed>> + Send + 'a>> {
            Box::pin(std::future::pending())
        }
    }

    #[tokio::test]
    async fn what_cannot_be_delivered_takes_little_memory() {
        let metrics = Arc::new(Metrics::default());
        let log = Arc::new(Log::new(LogLevel::Error, LogFormat::Text).unwrap());
        let outbox = Outbox::open("span", 1, Stuck, &metrics, &log);
        for _ in 0..100 {
            outbox.put(Text(QUEUE_BYTES / 10));
        }
        let dropped = "stepwright_deliveries_total{kind=\"span\",outcome=\"dropped\"} 90";
        assert!(metrics.render().contains(dropped), "{}", metrics.render());
    }
}

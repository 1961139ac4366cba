//! The one task that has the queue: begins attempts, writes what became of them, many in one write.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use store::DocumentWrite;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;
use tokio::task::{Id, JoinError, JoinHandle, JoinSet};
use tokio::time::{Instant, sleep_until};

use super::queue::{Next, Queue};
use super::{
    COLLECTION, Delivered, Delivery, DeliveryError, Listener, Origin, Outcome, Retry, Shared,
    Targets, Told, delivery, follow_up, lock, pauses,
};
use crate::table::body;

/// Outcomes of one write.
const BATCH: usize = 1000;
/// Between two tries to write outcomes.
const WRITE_PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(5));
/// For attempts under way when the server ends.
const LAST_ATTEMPTS: Duration = Duration::from_secs(5);
/// A clock that was set is noticed after it at the latest.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

pub enum Message {
    Added(Arc<Delivery>),
    ShutDown(oneshot::Sender<()>),
}

pub struct Worker {
    shared: Arc<Shared>,
    targets: Arc<dyn Targets>,
    queue: Queue,
    attempts: JoinSet<Attempted>,
    ids: HashMap<Id, Arc<str>>,
    /// What became of deliveries and is not written yet.
    settled: Vec<Settled>,
    writing: Option<JoinHandle<Written>>,
    /// The last write failed: nothing begins before the next one.
    write_again: Option<(Instant, Duration)>,
    stopping: Option<(Instant, oneshot::Sender<()>)>,
}

enum Attempted {
    Ended(Arc<Delivery>, Result<Delivered, DeliveryError>),
    /// It was too old before it was attempted.
    TooOld(Arc<Delivery>),
    /// Nobody has it any more.
    Gone,
    /// It could not be read.
    Unread,
}

/// A delivery as it is now, and what it leads to.
struct Settled {
    told: Told,
    follow_ups: Vec<Arc<Delivery>>,
}

struct Written {
    batch: Vec<Settled>,
    result: Result<(), store::Error>,
}

impl Worker {
    pub fn new(shared: Arc<Shared>, targets: Arc<dyn Targets>, queue: Queue) -> Worker {
        Worker {
            shared,
            targets,
            queue,
            attempts: JoinSet::new(),
            ids: HashMap::new(),
            settled: Vec::new(),
            writing: None,
            write_again: None,
            stopping: None,
        }
    }

    pub async fn run(mut self, mut receiver: UnboundedReceiver<Message>) {
        let mut messages = Vec::new();
        loop {
            self.begin();
            self.write();
            self.count();
            if self.is_done() {
                break;
            }
            let wake = self.wakes_at();
            tokio::select! {
                _ = receiver.recv_many(&mut messages, BATCH) => {
                    for message in messages.drain(..) {
                        match message {
                            Message::Added(delivery) => self.queue.add(delivery),
                            Message::ShutDown(done) => {
                                self.stopping = Some((Instant::now() + LAST_ATTEMPTS, done));
                            }
                        }
                    }
                }
                Some(ended) = self.attempts.join_next_with_id() => {
                    self.ended(ended);
                    while let Some(ended) = self.attempts.try_join_next_with_id() {
                        self.ended(ended);
                    }
                }
                written = ended(&mut self.writing) => self.written(written),
                () = sleep_until(wake) => {}
            }
        }
        // Attempts that have not ended are made again after the next start.
        drop(self.attempts);
        if let Some((_, done)) = self.stopping {
            let _ = done.send(());
        }
    }

    /// Everything has ended that may before a shut down, or the time for it is over.
    fn is_done(&self) -> bool {
        let Some((until, _)) = &self.stopping else {
            return false;
        };
        let rests = self.attempts.is_empty() && self.settled.is_empty();
        (rests || Instant::now() >= *until) && self.writing.is_none()
    }

    fn wakes_at(&self) -> Instant {
        let now = Instant::now();
        let mut wake = now + LONGEST_SLEEP;
        if let Some((until, _)) = &self.stopping {
            wake = wake.min(*until);
        }
        match (self.write_again, self.queue.next_due()) {
            (Some((at, _)), _) if self.writing.is_none() => wake.min(at),
            (None, Some(due)) if self.stopping.is_none() => {
                let millis = (due - (self.shared.now)()).max(0).unsigned_abs();
                wake.min(now + Duration::from_millis(millis))
            }
            _ => wake,
        }
    }

    fn begin(&mut self) {
        if self.stopping.is_some() || self.write_again.is_some() {
            return;
        }
        let now_millis = (self.shared.now)();
        while let Some(next) = self.queue.next(now_millis) {
            let id = next.id.clone();
            let attempt = attempt(self.shared.clone(), self.targets.clone(), next);
            let task = self.attempts.spawn(attempt);
            self.ids.insert(task.id(), id);
        }
    }

    fn ended(&mut self, ended: Result<(Id, Attempted), JoinError>) {
        let (task, attempted) = match ended {
            Ok((task, attempted)) => (task, Some(attempted)),
            // It panicked; the hook of the standard library has told.
            Err(error) => (error.id(), None),
        };
        let Some(id) = self.ids.remove(&task) else {
            return;
        };
        self.queue.ended(&id);
        let now_millis = (self.shared.now)();
        let settled = match attempted {
            Some(Attempted::Ended(delivery, result)) => {
                self.judged(Arc::unwrap_or_clone(delivery), result, now_millis)
            }
            Some(Attempted::TooOld(delivery)) => {
                let error = delivery.last_error.clone().unwrap_or_else(|| {
                    let why =
                        "The event was older than its maximum age before it could be delivered";
                    DeliveryError::new(Retry::Yes, "MaximumEventAgeExceeded", why)
                });
                dropped(Arc::unwrap_or_clone(delivery), error, now_millis)
            }
            Some(Attempted::Gone) => return self.queue.remove(&id),
            Some(Attempted::Unread) | None => {
                return self
                    .queue
                    .postpone(&id, now_millis + pauses::LONGEST_MILLIS / 8);
            }
        };
        self.settled.push(settled);
    }

    fn judged(
        &self,
        mut delivery: Delivery,
        result: Result<Delivered, DeliveryError>,
        now_millis: i64,
    ) -> Settled {
        delivery.attempts = delivery.attempts.saturating_add(1);
        let error = match result {
            Ok(delivered) => {
                let follow_ups = follow_up::of_success(&delivery, &delivered, now_millis);
                return Settled {
                    told: Told {
                        delivery: Arc::new(delivery),
                        outcome: Outcome::Delivered(delivered),
                    },
                    follow_ups,
                };
            }
            Err(error) => error,
        };
        if error.retry == Retry::TurnedAway {
            delivery.turned_away = delivery.turned_away.saturating_add(1);
        }
        let options = &self.shared.options;
        match pauses::next_attempt_millis(&delivery, &error, now_millis, options) {
            Some(at) => {
                delivery.next_attempt_millis = at;
                delivery.last_error = Some(error.clone());
                Settled {
                    told: Told {
                        delivery: Arc::new(delivery),
                        outcome: Outcome::Failed(error),
                    },
                    follow_ups: Vec::new(),
                }
            }
            None => dropped(delivery, error, now_millis),
        }
    }

    /// Writes what became of deliveries, one write at a time.
    fn write(&mut self) {
        let is_pausing = self.write_again.is_some_and(|(at, _)| Instant::now() < at);
        if self.writing.is_some() || self.settled.is_empty() || is_pausing {
            return;
        }
        let batch: Vec<Settled> = self
            .settled
            .drain(..self.settled.len().min(BATCH))
            .collect();
        let (shared, listeners) = (self.shared.clone(), lock(&self.shared.listeners).clone());
        self.writing = Some(tokio::task::spawn_blocking(move || {
            write(&shared, &listeners, batch)
        }));
    }

    fn written(&mut self, written: Result<Written, JoinError>) {
        self.writing = None;
        let written = match written {
            Ok(written) => written,
            // A listener did.
            Err(panicked) => {
                let report = "what became of some deliveries cannot be written, and is found out again after the next start";
                return self.shared.report(format!("{report}: {panicked}"));
            }
        };
        if let Err(error) = &written.result {
            if self.write_again.is_none() {
                self.shared.report(format!(
                    "what became of deliveries cannot be written, and nothing is delivered until it can: {error}"
                ));
            }
            let pause = self
                .write_again
                .map_or(WRITE_PAUSES.0, |(_, pause)| (pause * 2).min(WRITE_PAUSES.1));
            self.write_again = Some((Instant::now() + pause, pause));
            self.settled.splice(..0, written.batch);
            return;
        }
        self.write_again = None;
        for Settled { told, follow_ups } in written.batch {
            match told.outcome {
                Outcome::Failed(_) => self.queue.again(told.delivery),
                _ => self.queue.remove(&told.delivery.id),
            }
            for delivery in follow_ups {
                self.queue.add(delivery);
            }
        }
    }

    fn count(&self) {
        let counts = &self.shared.counts;
        counts.waiting.store(self.queue.len(), Ordering::Relaxed);
        let under_way = self.queue.under_way();
        counts.under_way.store(under_way, Ordering::Relaxed);
    }
}

async fn ended(writing: &mut Option<JoinHandle<Written>>) -> Result<Written, JoinError> {
    match writing {
        Some(writing) => writing.await,
        None => std::future::pending().await,
    }
}

async fn attempt(shared: Arc<Shared>, targets: Arc<dyn Targets>, next: Next) -> Attempted {
    let delivery = match next.delivery {
        Some(delivery) => delivery,
        None => {
            let store = shared.store.clone();
            let read = tokio::task::spawn_blocking(move || {
                let document = store.document(COLLECTION, &next.id)?;
                document.as_ref().map(delivery).transpose()
            });
            match read.await {
                Ok(Ok(Some(delivery))) => Arc::new(delivery),
                Ok(Ok(None)) => return Attempted::Gone,
                Ok(Err(_)) | Err(_) => return Attempted::Unread,
            }
        }
    };
    if (shared.now)() > delivery.not_after_millis {
        return Attempted::TooOld(delivery);
    }
    shared.counts.attempts.fetch_add(1, Ordering::Relaxed);
    let result = targets.deliver(&delivery).await;
    Attempted::Ended(delivery, result)
}

fn dropped(mut delivery: Delivery, error: DeliveryError, now_millis: i64) -> Settled {
    delivery.last_error = Some(error.clone());
    let follow_ups = follow_up::of_failure(&delivery, &error, now_millis);
    let outcome = Outcome::Dropped {
        error,
        is_buried: delivery.dead_letter_arn.is_some(),
    };
    Settled {
        told: Told {
            delivery: Arc::new(delivery),
            outcome,
        },
        follow_ups,
    }
}

fn write(shared: &Shared, listeners: &[Listener], batch: Vec<Settled>) -> Written {
    let told: Vec<Told> = batch.iter().map(|settled| settled.told.clone()).collect();
    let result = listeners
        .iter()
        .try_for_each(|listener| listener(&told))
        .and_then(|()| writes(&batch))
        .and_then(|writes| shared.store.write(writes, None));
    if result.is_ok() {
        for told in &told {
            count(shared, told);
        }
    }
    Written { batch, result }
}

fn writes(batch: &[Settled]) -> Result<Vec<DocumentWrite>, store::Error> {
    let mut writes = Vec::with_capacity(batch.len());
    let mut put = |delivery: &Delivery| {
        let body = body(delivery).map_err(|error| store::Error::Corrupt(error.to_string()))?;
        writes.push(change(delivery, Some(body)));
        Ok::<_, store::Error>(())
    };
    for Settled { told, follow_ups } in batch {
        if let Outcome::Failed(_) = told.outcome {
            put(&told.delivery)?;
        }
        for delivery in follow_ups {
            put(delivery)?;
        }
    }
    let has_ended = |settled: &&Settled| !matches!(settled.told.outcome, Outcome::Failed(_));
    let ended = batch.iter().filter(has_ended);
    writes.extend(ended.map(|settled| change(&settled.told.delivery, None)));
    Ok(writes)
}

fn change(delivery: &Delivery, body: Option<Arc<str>>) -> DocumentWrite {
    DocumentWrite {
        collection: COLLECTION.into(),
        key: delivery.id.clone(),
        expected_version: None,
        body,
    }
}

fn count(shared: &Shared, told: &Told) {
    let counts = &shared.counts;
    let is_follow_up = matches!(told.delivery.origin, Origin::FollowUp { .. });
    match told.outcome {
        Outcome::Delivered(_) => counts.delivered.fetch_add(1, Ordering::Relaxed),
        Outcome::Failed(_) => counts.failed.fetch_add(1, Ordering::Relaxed),
        Outcome::Dropped { .. } => {
            if is_follow_up {
                counts.lost.fetch_add(1, Ordering::Relaxed);
            }
            counts.dropped.fetch_add(1, Ordering::Relaxed)
        }
    };
}

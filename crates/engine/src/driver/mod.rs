//! The driver: one thread a shard that gathers messages, takes steps, commits them as one batch and then performs their
//! effects.

mod commit;
mod load;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use interpreter::{CallKey, CallResult, Input, World};
use store::{AuditEntry, Error, ExecutionId, OpenExecution, Store};

use crate::engine::Options;
use crate::ports::{Observer, Ports};
use crate::request::{ControlError, Ended, Reply, StartError, StartExecution, Started};
use crate::shard::{Message, Shard, Taken};
use crate::stats::{self, Counters};
use crate::watchdog::Watchdog;
use load::Load;

/// Messages of one batch: enough to share a transaction's cost, few enough that nobody waits long for it.
const BATCH: usize = 256;
/// The longest sleep while a timer is set: the machine's own sleep and changes of its clock are noticed after it.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);

/// Waits for the end of an execution.
pub(crate) type AtEnd = Reply<Result<Ended, ControlError>>;

pub(crate) enum Envelope {
    Start {
        start: Box<StartExecution>,
        reply: Reply<Result<Started, StartError>>,
        at_end: Option<AtEnd>,
    },
    Request(ExecutionId, Request),
    Answer {
        execution: ExecutionId,
        key: CallKey,
        result: CallResult,
    },
    WhenEnded(ExecutionId, AtEnd),
    Shutdown,
}

/// An input that somebody waits for.
pub(crate) struct Request {
    pub input: Input,
    pub audit: Option<AuditEntry>,
    pub reply: Reply<Result<Settled, ControlError>>,
}

/// What a request did, once it is durable.
pub(crate) struct Settled {
    pub now_millis: i64,
}

/// Tells the observer when the thread ends, however it ends.
pub(crate) struct EndNotice(pub Arc<dyn Observer>);

impl Drop for EndNotice {
    fn drop(&mut self) {
        self.0.ended();
    }
}

/// A message on its way to a step, and who waits for it.
struct Work {
    message: Message,
    asked: Asked,
}

enum Asked {
    /// By the engine itself: what cannot be committed is tried again.
    ByNobody,
    Start {
        reply: Reply<Result<Started, StartError>>,
        at_end: Option<AtEnd>,
    },
    Request {
        audit: Option<AuditEntry>,
        reply: Reply<Result<Settled, ControlError>>,
    },
}

/// What waits for a batch to be durable.
enum Held {
    #[expect(dead_code, reason = "retries come next")]
    Again(Input),
    Start {
        reply: Reply<Result<Started, StartError>>,
        at_end: Option<AtEnd>,
        start_millis: i64,
    },
    Request(Reply<Result<Settled, ControlError>>, Settled),
}

pub(crate) struct Driver {
    shard: Shard,
    store: Arc<dyn Store>,
    ports: Ports,
    watchdog: Watchdog,
    options: Options,
    sender: Sender<Envelope>,
    receiver: Receiver<Envelope>,
    counters: Arc<Counters>,
    /// Calls that are out: virtual time stands still for them.
    open_calls: HashSet<(ExecutionId, CallKey)>,
    /// By executions of the current batch.
    held: HashMap<ExecutionId, Vec<Held>>,
    /// Who waits for the end of an execution.
    at_end: HashMap<ExecutionId, Vec<AtEnd>>,
}

impl Driver {
    pub fn new(
        store: Arc<dyn Store>,
        ports: Ports,
        watchdog: Watchdog,
        options: Options,
        (sender, receiver): (Sender<Envelope>, Receiver<Envelope>),
        counters: Arc<Counters>,
        open: Vec<OpenExecution>,
    ) -> Driver {
        let mut shard = Shard::default();
        stats::set(&counters.open_executions, open.len());
        for execution in open {
            shard.wake_at(&execution.execution, execution.next_due_millis);
        }
        Driver {
            shard,
            store,
            ports,
            watchdog,
            options,
            sender,
            receiver,
            counters,
            open_calls: HashSet::new(),
            held: HashMap::new(),
            at_end: HashMap::new(),
        }
    }

    pub fn run(mut self) {
        loop {
            // Answers that have come are taken before overdue timers: a call that made it in time has made it.
            let mut works = Vec::new();
            while works.len() < BATCH {
                match self.receiver.try_recv() {
                    Ok(Envelope::Shutdown) => return,
                    Ok(envelope) => works.extend(self.open(envelope)),
                    Err(_) => break,
                }
            }
            // Always, so that a stream of messages starves no timer.
            works.extend(self.due());
            if works.is_empty() {
                match self.wait() {
                    Some(Envelope::Shutdown) => return,
                    Some(envelope) => works.extend(self.open(envelope)),
                    None => {}
                }
            }
            self.process(works);
        }
    }

    fn due(&mut self) -> impl Iterator<Item = Work> + use<> {
        let messages = self
            .shard
            .due_messages(self.options.clock.now_millis(), BATCH);
        messages.into_iter().map(|message| Work {
            message,
            asked: Asked::ByNobody,
        })
    }

    fn open(&mut self, envelope: Envelope) -> Option<Work> {
        stats::take(&self.counters.queued);
        let (message, asked) = match envelope {
            Envelope::Start {
                start,
                reply,
                at_end,
            } => (Message::Start(start), Asked::Start { reply, at_end }),
            Envelope::Request(execution, request) => {
                let Request {
                    input,
                    audit,
                    reply,
                } = request;
                let message = Message::Take { execution, input };
                (message, Asked::Request { audit, reply })
            }
            Envelope::Answer {
                execution,
                key,
                result,
            } => {
                let input = Input::CallCompleted { key, result };
                (Message::Take { execution, input }, Asked::ByNobody)
            }
            Envelope::WhenEnded(execution, reply) => {
                self.when_ended(execution, reply);
                return None;
            }
            Envelope::Shutdown => return None,
        };
        Some(Work { message, asked })
    }

    /// Blocks until a message comes or a timer is due; virtual time jumps to the timer instead while no call is out.
    fn wait(&mut self) -> Option<Envelope> {
        let clock = &self.options.clock;
        let now = clock.now_millis();
        let Some(due) = self.shard.next_due(now) else {
            return Some(self.receiver.recv().unwrap_or(Envelope::Shutdown));
        };
        if clock.is_virtual() && self.open_calls.is_empty() {
            clock.jump_to(due);
            return None;
        }
        let wait = Duration::from_millis(u64::try_from(due.saturating_sub(now)).unwrap_or(0));
        match self.receiver.recv_timeout(wait.min(LONGEST_SLEEP)) {
            Ok(envelope) => Some(envelope),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Envelope::Shutdown),
        }
    }

    /// Steps, then one commit, then effects. What does not fit into the same commit gets the next one.
    fn process(&mut self, works: Vec<Work>) {
        let mut works = works;
        while !works.is_empty() {
            let works_now = std::mem::take(&mut works);
            for work in works_now {
                if self.has_to_wait(&work) {
                    works.push(work);
                } else {
                    self.take(work);
                }
            }
            self.commit();
        }
        self.shard.trim(self.options.cache_bytes);
        self.count();
    }

    fn has_to_wait(&self, work: &Work) -> bool {
        let id = work.message.execution();
        match &work.asked {
            // Whether it exists is known after the commit.
            Asked::Start { .. } => self.shard.is_in_batch(id),
            Asked::Request { audit, .. } if audit.is_some() && self.shard.has_audit(id) => true,
            _ => self.options.evict_after_each_step && self.shard.is_in_batch(id),
        }
    }

    fn take(&mut self, work: Work) {
        let Work { message, asked } = work;
        let id = message.execution().clone();
        let is_start = matches!(message, Message::Start(_));
        if !is_start && !self.shard.is_resident(&id) {
            match self.load(&id) {
                Load::Resident => {}
                Load::Missing => return self.refuse(&id, asked, ControlError::DoesNotExist),
                Load::Ended(listing) => {
                    return self.refuse(&id, asked, ControlError::HasEnded(listing));
                }
                Load::Failed(error) => return self.fail(&id, message, asked, error),
            }
        }
        let now_millis = self.options.clock.now_millis();
        let input = match (&message, &asked) {
            (Message::Take { input, .. }, Asked::ByNobody) => Some(input.clone()),
            _ => None,
        };
        let (shard, machines) = (&mut self.shard, &self.ports.machines);
        let taken = self.watchdog.watch(|interrupts| {
            let mut world = World {
                now_millis,
                limits: &self.options.limits,
                interrupts: Some(interrupts),
                activity_exists: Some(&|arn| machines.activity_exists(arn)),
                trace: None,
            };
            shard.step(message, &mut world)
        });
        match (taken, asked) {
            (Taken::Exists, Asked::Start { reply, .. }) => self.exists(&id, reply),
            (Taken::Yes, asked) => self.hold(id, asked, input, now_millis),
            (Taken::No, Asked::Request { reply, .. }) => reply(Ok(Settled { now_millis })),
            // Nobody waits, or it cannot be: it was made resident above.
            (Taken::No | Taken::NotResident | Taken::Exists, _) => {
                if let Some(Input::CallCompleted { key, .. }) = input {
                    self.open_calls.remove(&(id, key));
                }
            }
        }
    }

    fn hold(&mut self, id: ExecutionId, asked: Asked, input: Option<Input>, now_millis: i64) {
        let held = match asked {
            Asked::ByNobody => input.map(Held::Again),
            Asked::Start { reply, at_end } => Some(Held::Start {
                reply,
                at_end,
                start_millis: now_millis,
            }),
            Asked::Request { audit, reply } => {
                if let Some(audit) = audit {
                    self.shard.audit(&id, audit);
                }
                Some(Held::Request(reply, Settled { now_millis }))
            }
        };
        self.held.entry(id).or_default().extend(held);
    }

    /// It was for nobody who runs.
    fn refuse(&mut self, id: &ExecutionId, asked: Asked, error: ControlError) {
        self.shard.forget(id);
        if let Asked::Request { reply, .. } = asked {
            reply(Err(error));
        }
    }

    /// The execution could not be read.
    fn fail(&mut self, id: &ExecutionId, message: Message, asked: Asked, error: Error) {
        drop(message);
        match asked {
            Asked::ByNobody => self.lose(id, &error),
            Asked::Start { reply, .. } => reply(Err(error.into())),
            Asked::Request { reply, .. } => reply(Err(error.into())),
        }
    }

    fn lose(&mut self, id: &ExecutionId, error: &Error) {
        self.shard.forget(id);
        self.open_calls.retain(|(other, _)| other != id);
        self.ports.observer.lost(id, error);
    }

    fn count(&self) {
        let counters = &self.counters;
        stats::set(&counters.open_calls, self.open_calls.len());
        let (resident, bytes, timers) = self.shard.sizes();
        stats::set(&counters.resident_executions, resident);
        stats::set(&counters.resident_bytes, bytes);
        stats::set(&counters.timers, timers);
    }
}

//! The driver: one thread a shard that gathers messages, takes steps, commits them as one batch and then performs their
//! effects.

mod children;
mod commit;
mod load;
mod recovery;
mod retries;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use interpreter::{CallKey, CallResult, ChildEnd, Input, Interrupts, TaskToken, World};
use store::{AuditEntry, Error, ExecutionId, Kind, Listing, OpenExecution, Store};

use crate::activities::{Activities, ActivityTask, Match};
use crate::engine::{Options, lock};
use crate::ports::{Observer, Ports};
use crate::request::{ControlError, Ended, Reply, StartError, StartExecution, Started};
use crate::router::Router;
use crate::shard::{Message, Shard, Taken};
use crate::stats::{self, Counters};
use crate::watchdog::Watchdog;
use children::ChildStart;
use load::Load;
use retries::{Retries, Retry};

/// Messages of one batch: enough to share a transaction's cost, few enough that nobody waits long for it.
pub(crate) const BATCH: usize = 256;
/// Executions with open calls that are read back between two batches after a start: few, so that new work need not wait.
const RECOVERED_AT_ONCE: usize = 16;
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
    Activity(Box<Match>),
    StartChild(ChildStart),
    /// To a child that is there already, from before a redrive of its parent.
    RedriveChild(ChildStart),
    /// To the child of a parent that waits no more.
    StopChild {
        child: ExecutionId,
        parent: ExecutionId,
        key: CallKey,
    },
    /// To the parent.
    ChildEnded(Box<ChildEnd>),
    /// Nothing will come of this call.
    Close(ExecutionId, CallKey),
    WhenEnded(ExecutionId, AtEnd),
    Shutdown,
}

/// An input that somebody waits for. The answer says when it was taken, in milliseconds since 1970.
pub(crate) struct Request {
    pub input: Input,
    /// The input is for whoever has this.
    pub token: Option<TaskToken>,
    pub audit: Option<AuditEntry>,
    pub reply: Reply<Result<i64, Refused>>,
}

/// Why a request was not taken.
pub(crate) enum Refused {
    Missing,
    Ended(Box<Listing>),
    NotTaken,
    /// The token is not of this execution.
    Forged,
    Store(Error),
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
        token: Option<TaskToken>,
        audit: Option<AuditEntry>,
        reply: Reply<Result<i64, Refused>>,
    },
    /// By a worker.
    Activity(Box<Match>),
    /// By its parent, to start.
    Child(ChildStart),
    /// By its parent, to stop.
    StopChild(ExecutionId, CallKey),
}

/// What waits for a batch to be durable.
enum Held {
    Again(Input),
    Close(CallKey),
    Start {
        reply: Reply<Result<Started, StartError>>,
        at_end: Option<AtEnd>,
        start_millis: i64,
    },
    Request(Reply<Result<i64, Refused>>, i64),
    Activity(Box<Match>, ActivityTask),
    Child(ChildStart),
    StopChild(ExecutionId, CallKey),
}

pub(crate) struct Driver {
    shard: Shard,
    store: Arc<dyn Store>,
    ports: Ports,
    /// None: expressions are bound by their own limits alone, and no time is read.
    watchdog: Option<Watchdog>,
    options: Options,
    router: Arc<Router>,
    receiver: Receiver<Envelope>,
    counters: Arc<Counters>,
    activities: Arc<Mutex<Activities>>,
    /// Executions with open calls that were found at the start and not looked at yet.
    recovering: BTreeMap<ExecutionId, OpenExecution>,
    retries: Retries,
    /// Executions that were started in this millisecond: a start whose commit is in doubt knows its own by the time.
    started: (i64, HashSet<ExecutionId>),
    /// Calls that are out: virtual time stands still for them.
    open_calls: HashSet<(ExecutionId, CallKey)>,
    /// Calls that stop jobs: no step takes their answers.
    cancels: HashSet<(ExecutionId, CallKey)>,
    /// Children of Distributed Maps that have not told their end to the parent, by the parent's call.
    children: HashMap<(ExecutionId, CallKey), ExecutionId>,
    /// By executions of the current batch.
    held: HashMap<ExecutionId, Vec<Held>>,
    /// Who waits for the end of an execution.
    at_end: HashMap<ExecutionId, Vec<AtEnd>>,
}

impl Driver {
    #[expect(
        clippy::too_many_arguments,
        reason = "all that a thread gets at its start"
    )]
    pub fn new(
        store: Arc<dyn Store>,
        ports: Ports,
        watchdog: Option<Watchdog>,
        options: Options,
        router: Arc<Router>,
        receiver: Receiver<Envelope>,
        counters: Arc<Counters>,
        activities: Arc<Mutex<Activities>>,
        open: Vec<OpenExecution>,
    ) -> Driver {
        let mut shard = Shard::default();
        shard.was_deaf_until(options.clock.now_millis());
        let running = open.iter().filter(|open| !open.has_ended);
        stats::set(&counters.open_executions, running.count());
        let mut recovering = BTreeMap::new();
        for open in open {
            if open.has_open_calls || open.kind == Kind::Express {
                recovering.insert(open.execution.clone(), open);
            } else {
                shard.wake_at(&open.execution, open.next_due_millis);
            }
        }
        Driver {
            shard,
            store,
            ports,
            watchdog,
            options,
            router,
            receiver,
            counters,
            activities,
            recovering,
            retries: Retries::default(),
            started: (i64::MIN, HashSet::new()),
            open_calls: HashSet::new(),
            cancels: HashSet::new(),
            children: HashMap::new(),
            held: HashMap::new(),
            at_end: HashMap::new(),
        }
    }

    pub fn run(mut self) {
        loop {
            let Some(mut works) = self.gather(BATCH) else {
                return;
            };
            if works.is_empty() {
                match self.wait() {
                    Some(Envelope::Shutdown) => return,
                    Some(envelope) => self.open(envelope, &mut works),
                    None => {}
                }
            }
            self.process(works);
        }
    }

    /// Messages, at most so many, and what is due. None: the end.
    fn gather(&mut self, messages: usize) -> Option<Vec<Work>> {
        // Answers that have come are taken before overdue timers: a call that made it in time has made it.
        let mut works = Vec::new();
        for _ in 0..messages {
            match self.receiver.try_recv() {
                Ok(Envelope::Shutdown) => return None,
                Ok(envelope) => self.open(envelope, &mut works),
                Err(_) => break,
            }
        }
        // Always, so that a stream of messages starves no timer.
        self.due(&mut works);
        Some(works)
    }

    /// What [`run`](Driver::run) does between two waits.
    pub fn turn(&mut self, messages: usize) {
        if let Some(works) = self.gather(messages) {
            self.process(works);
        }
    }

    /// When something is due by itself.
    pub fn next_due(&self) -> Option<i64> {
        let now = self.options.clock.now_millis();
        let due = self.shard.next_due(now).into_iter();
        let due = due.chain(self.retries.next_due());
        let recovery = (!self.recovering.is_empty()).then_some(now);
        due.chain(recovery).min()
    }

    fn due(&mut self, works: &mut Vec<Work>) {
        let now = self.options.clock.now_millis();
        works.extend(
            self.shard
                .due_messages(now, BATCH)
                .into_iter()
                .map(by_nobody),
        );
        for id in self.retries.due(now, BATCH) {
            self.try_again(&id, works);
        }
        for _ in 0..RECOVERED_AT_ONCE {
            match self.recovering.pop_first() {
                Some((_, open)) => self.recover(open, works),
                None => break,
            }
        }
    }

    fn open(&mut self, envelope: Envelope, works: &mut Vec<Work>) {
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
                    token,
                    audit,
                    reply,
                } = request;
                let asked = Asked::Request {
                    token,
                    audit,
                    reply,
                };
                (Message::Take { execution, input }, asked)
            }
            Envelope::Answer {
                execution,
                key,
                result,
            } => {
                let call = (execution, key);
                self.open_calls.remove(&call);
                if self.cancels.remove(&call) {
                    return self.close(&call.0, key);
                }
                let (execution, key) = call;
                let input = Input::CallCompleted { key, result };
                (Message::Take { execution, input }, Asked::ByNobody)
            }
            Envelope::Activity(found) => {
                let message = Message::Take {
                    execution: found.execution.clone(),
                    input: Input::ActivityStarted {
                        key: found.key,
                        worker_name: found.poller.worker_name.clone(),
                    },
                };
                (message, Asked::Activity(found))
            }
            Envelope::StartChild(start) => {
                self.look_at(start.id().clone(), works);
                return self.start_child(start, works);
            }
            Envelope::RedriveChild(start) => {
                let Some(of) = start.child.identity.child_of.clone() else {
                    return;
                };
                let message = Message::Take {
                    execution: start.id().clone(),
                    input: Input::RedriveChild(of),
                };
                (message, Asked::Child(start))
            }
            Envelope::StopChild { child, parent, key } => {
                let Work { message, asked } = stop_child(&child, parent, key);
                (message, asked)
            }
            Envelope::ChildEnded(end) => {
                let Some(of) = &end.identity.child_of else {
                    return;
                };
                let execution = of.execution_arn.clone();
                let input = Input::ChildEnded(end);
                (Message::Take { execution, input }, Asked::ByNobody)
            }
            Envelope::Close(execution, key) => return self.close(&execution, key),
            Envelope::WhenEnded(execution, reply) => return self.when_ended(execution, reply),
            Envelope::Shutdown => return,
        };
        if !matches!(asked, Asked::ByNobody) {
            // Whoever waits for an answer does not wait for the store to work again.
            self.look_at(message.execution().clone(), works);
        } else if let Some(open) = self.recovering.remove(message.execution()) {
            self.recover(open, works);
        }
        works.push(Work { message, asked });
    }

    /// What an execution still waits for after a start or a failure comes before anything new.
    fn look_at(&mut self, id: ExecutionId, works: &mut Vec<Work>) {
        if let Some(open) = self.recovering.remove(&id) {
            self.recover(open, works);
        }
        if self.retries.holds(&id) {
            self.try_again(&id, works);
        }
    }

    /// Blocks until a message comes or a timer is due; virtual time jumps to the timer instead while no call is out.
    fn wait(&mut self) -> Option<Envelope> {
        let Some(due) = self.next_due() else {
            return Some(self.receiver.recv().unwrap_or(Envelope::Shutdown));
        };
        let clock = &self.options.clock;
        let now = clock.now_millis();
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
        loop {
            for work in std::mem::take(&mut works) {
                if self.has_to_wait(&work) {
                    works.push(work);
                } else {
                    self.take(work);
                }
            }
            self.commit();
            if works.is_empty() {
                break;
            }
        }
        self.shard.trim(self.options.cache_bytes);
        self.count();
    }

    fn has_to_wait(&self, work: &Work) -> bool {
        let id = work.message.execution();
        if self.shard.starts_in_batch(id) {
            // It may be the second of its name: the commit tells which one this is for.
            return true;
        }
        match &work.asked {
            // Whether it exists is known after the commit.
            Asked::Start { .. } | Asked::Child(_) => self.shard.is_in_batch(id),
            // That it has ended is answered when it is durable.
            Asked::Request { audit, .. }
                if self.shard.ends_in_batch(id) || audit.is_some() && self.shard.has_audit(id) =>
            {
                true
            }
            _ => self.options.evict_after_each_step && self.shard.is_in_batch(id),
        }
    }

    fn take(&mut self, work: Work) {
        let Work { message, asked } = work;
        let id = message.execution().clone();
        if self.retries.holds(&id) {
            return self.fail(&id, message, asked, unsettled());
        }
        if let Asked::Activity(found) = &asked
            && found.poller.has_gone.load(Ordering::Relaxed)
        {
            return self.put_back(found);
        }
        match self.load(&id, &message) {
            Load::Resident => {}
            Load::Missing => return self.refuse(&id, message, asked, Refused::Missing),
            Load::Ended(listing) => {
                return self.refuse(&id, message, asked, Refused::Ended(listing));
            }
            Load::Failed(error) => return self.fail(&id, message, asked, error),
        }
        if let Asked::Request {
            token: Some(token), ..
        } = &asked
            && !self
                .shard
                .identity(&id)
                .is_some_and(|identity| token.is_of(identity))
        {
            return self.refuse(&id, message, asked, Refused::Forged);
        }
        if let Asked::StopChild(parent, key) = &asked
            && !self.is_child_for(&id, *key)
        {
            // Its parent was redriven meanwhile, and wants it again for another call.
            return self.child_is_gone(parent, *key);
        }
        let task = match &asked {
            Asked::Activity(found) => self.activity_task(found),
            _ => None,
        };
        let input = match (&message, &asked) {
            (Message::Take { input, .. }, Asked::ByNobody) => Some(input.clone()),
            _ => None,
        };
        let now_millis = self.options.clock.now_millis();
        let is_second = matches!(message, Message::Start(_))
            && self.started.0 == now_millis
            && self.started.1.contains(&id);
        let taken = match is_second {
            true => Taken::Exists,
            false => self.step(message, now_millis),
        };
        match taken {
            Taken::Yes => self.hold(id, asked, input, task, now_millis),
            Taken::Volatile => {
                self.settled(&id);
                if let Asked::Request { reply, .. } = asked {
                    reply(Ok(now_millis));
                }
            }
            Taken::Exists => match asked {
                Asked::Start { reply, .. } => self.exists(&id, reply),
                Asked::Child(start) => self.found_child(start),
                _ => {}
            },
            Taken::No | Taken::NotResident => {
                self.settled(&id);
                // For whatever it was resident, it does not stay so when it has ended.
                self.shard.forget_ended(&id);
                match asked {
                    Asked::Request { reply, .. } => reply(Err(Refused::NotTaken)),
                    Asked::Activity(found) => self.next_task(*found),
                    Asked::StopChild(parent, key) => self.child_is_gone(&parent, key),
                    Asked::ByNobody => self.not_taken(&id, input),
                    Asked::Child(start) => self.child_stays_ended(start),
                    Asked::Start { .. } => {}
                }
            }
        }
    }

    fn step(&mut self, message: Message, now_millis: i64) -> Taken {
        let kind = match &message {
            Message::Start(start) => Some(start.listing.kind),
            message => {
                let listing = self.shard.listing(message.execution());
                listing.map(|(listing, _)| listing.kind)
            }
        };
        let limits = match kind {
            Some(Kind::Express) => &self.options.express_limits,
            Some(Kind::Standard) | None => &self.options.limits,
        };
        let (shard, machines) = (&mut self.shard, &self.ports.machines);
        let step = |interrupts: Option<&Interrupts>| {
            let mut world = World {
                now_millis,
                limits,
                interrupts,
                activity_exists: Some(&|arn| machines.activity_exists(arn)),
                trace: None,
                mocked: None,
            };
            shard.step(message, &mut world)
        };
        match &self.watchdog {
            Some(watchdog) => watchdog.watch(|interrupts| step(Some(interrupts))),
            None => step(None),
        }
    }

    fn hold(
        &mut self,
        id: ExecutionId,
        asked: Asked,
        input: Option<Input>,
        task: Option<ActivityTask>,
        now_millis: i64,
    ) {
        let held = match asked {
            Asked::ByNobody => input.map(Held::Again),
            Asked::StopChild(parent, key) => Some(Held::StopChild(parent, key)),
            Asked::Child(start) => Some(Held::Child(start)),
            Asked::Start { reply, at_end } => Some(Held::Start {
                reply,
                at_end,
                start_millis: now_millis,
            }),
            Asked::Request { audit, reply, .. } => {
                if let Some(audit) = audit {
                    self.shard.audit(&id, audit);
                }
                Some(Held::Request(reply, now_millis))
            }
            Asked::Activity(found) => task.map(|task| Held::Activity(found, task)),
        };
        self.held.entry(id).or_default().extend(held);
    }

    /// It was for nobody who runs.
    fn refuse(&mut self, id: &ExecutionId, message: Message, asked: Asked, refused: Refused) {
        if !matches!(refused, Refused::Forged) {
            self.shard.forget(id);
        }
        self.settled(id);
        match asked {
            Asked::Request { reply, .. } => reply(Err(refused)),
            Asked::Activity(found) => self.next_task(*found),
            Asked::StopChild(parent, key) => self.child_is_gone(&parent, key),
            Asked::ByNobody => match message {
                Message::Take { input, .. } => self.not_taken(id, Some(input)),
                Message::Start(_) | Message::Wake(_) => {}
            },
            // It was removed just now.
            Asked::Child(start) => self.router.send(id, Envelope::StartChild(start)),
            Asked::Start { .. } => {}
        }
    }

    /// The call of a child stays open although nobody waits for it: it has to be noted as closed all the same.
    fn not_taken(&mut self, id: &ExecutionId, input: Option<Input>) {
        if let Some(Input::ChildEnded(end)) = input
            && let Some(of) = &end.identity.child_of
            && self.children.contains_key(&(id.clone(), of.key))
        {
            self.close(id, of.key);
        }
    }

    /// The store or the execution's definition could not be read.
    fn fail(&mut self, id: &ExecutionId, message: Message, asked: Asked, error: Error) {
        match asked {
            Asked::Child(start) => self.delay_child(id, start, &error),
            Asked::StopChild(parent, key) => self.delay(id, Retry::stop(parent, key), &error),
            Asked::ByNobody => {
                let inputs = match message {
                    Message::Take { input, .. } => vec![input],
                    Message::Start(_) | Message::Wake(_) => Vec::new(),
                };
                self.delay(id, Retry::inputs(inputs), &error);
            }
            Asked::Start { reply, .. } => reply(Err(error.into())),
            Asked::Request { reply, .. } => reply(Err(Refused::Store(error))),
            Asked::Activity(found) => self.give_up(*found),
        }
    }

    fn count(&self) {
        let counters = &self.counters;
        stats::set(&counters.open_calls, self.open_calls.len());
        stats::set(&counters.delayed_executions, self.retries.len());
        let (resident, bytes, timers) = self.shard.sizes();
        stats::set(&counters.resident_executions, resident);
        stats::set(&counters.resident_bytes, bytes);
        stats::set(&counters.timers, timers);
    }

    /// The execution could be read, and nothing of it waits for a commit: whatever had failed is over.
    fn settled(&mut self, id: &ExecutionId) {
        if !self.shard.is_in_batch(id) {
            self.retries.succeeded(id);
        }
    }

    /// Closes a call that no step closes.
    fn close(&mut self, id: &ExecutionId, key: CallKey) {
        if self.retries.holds(id) {
            return self.delay(id, Retry::close(key), &unsettled());
        }
        match self.load_any(id) {
            Load::Resident => {
                self.shard.close_call(id, key);
                self.held
                    .entry(id.clone())
                    .or_default()
                    .push(Held::Close(key));
            }
            Load::Missing | Load::Ended(_) => {}
            Load::Failed(error) => self.delay(id, Retry::close(key), &error),
        }
    }

    // Activities.

    /// What the worker gets, once it may have it. None when the task is over.
    fn activity_task(&self, found: &Match) -> Option<ActivityTask> {
        let (id, key) = (&found.execution, found.key);
        let identity = self.shard.identity(id)?;
        let input = self.shard.activity_input(id, key).cloned();
        let token = TaskToken::new(identity, key);
        input.map(|input| ActivityTask { token, input })
    }

    /// The worker's task is over: it gets the next one.
    fn next_task(&self, found: Match) {
        let next = lock(&self.activities).poll(&found.activity, found.poller, true);
        self.give(next);
    }

    /// The task's worker has gone: it waits for another.
    fn put_back(&self, found: &Match) {
        let next = lock(&self.activities).put_back(found);
        self.give(next);
    }

    /// The task cannot be had just now. The worker asks again in its own time: it would get the same task at once.
    fn give_up(&self, found: Match) {
        self.put_back(&found);
        (found.poller.reply)(None);
    }

    fn give(&self, next: Option<Match>) {
        if let Some(next) = next {
            // Its execution may be another shard's.
            let execution = next.execution.clone();
            self.router
                .send(&execution, Envelope::Activity(Box::new(next)));
        }
    }
}

/// Why an execution takes no step while it waits to be tried again.
fn unsettled() -> Error {
    Error::Unavailable("the latest steps of this execution could not be committed yet".into())
}

fn stop_child(child: &ExecutionId, parent: ExecutionId, key: CallKey) -> Work {
    let input = Input::Stop {
        error: None,
        cause: None,
    };
    Work {
        message: Message::Take {
            execution: child.clone(),
            input,
        },
        asked: Asked::StopChild(parent, key),
    }
}

fn by_nobody(message: Message) -> Work {
    Work {
        message,
        asked: Asked::ByNobody,
    }
}

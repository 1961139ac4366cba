//! The handle that everybody else holds.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use interpreter::{Event, Input, Limits, MapRunUpdate, TaskResult, TaskToken, decode_events};
use store::{AuditEntry, Error, ExecutionId, Order, Store};

use crate::activities::{Activities, ActivityTask, Poller};
use crate::clock::Clock;
use crate::driver::{AtEnd, BATCH, Driver, EndNotice, Envelope, Refused, Request};
use crate::ports::Ports;
use crate::request::{
    ControlError, Ended, Reply, StartError, StartExecution, Started, StopExecution, TokenError,
};
use crate::router::Router;
use crate::stats::{Counters, Stats};
use crate::watchdog::Watchdog;

/// Segments of a history that are read at once.
const SEGMENTS: usize = 1024;

#[derive(Clone)]
pub struct Options {
    /// Of Standard executions.
    pub limits: Limits,
    pub express_limits: Limits,
    pub clock: Clock,
    /// How long one transition may compute before its expression is cancelled; less than a tenth of a second is too short to
    /// be noticed.
    pub slice_budget: Duration,
    /// Threads that take steps; None: one a core. Virtual time has one.
    pub shards: Option<usize>,
    /// Bytes of executions kept in memory while they wait, roughly; beyond them the store is asked.
    pub cache_bytes: usize,
    /// Drop every execution from memory after each step and read it back for the next one: slow, and proof that nothing
    /// lives in memory alone.
    pub evict_after_each_step: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            limits: Limits::default(),
            express_limits: Limits::default().express(),
            clock: Clock::real(),
            slice_budget: Duration::from_secs(5),
            shards: None,
            cache_bytes: 16 * 1024 * 1024,
            evict_after_each_step: false,
        }
    }
}

/// A shard of an engine without threads. Dropped, all that it holds in memory is gone, as after a crash.
pub struct ShardByHand(Driver);

impl ShardByHand {
    /// Takes what waits, at most so many messages of it, and what is due; commits, and performs the effects.
    pub fn turn(&mut self, messages: usize) {
        self.0.turn(messages.min(BATCH));
    }

    /// When something is due by itself, messages aside; milliseconds since 1970.
    pub fn next_due(&self) -> Option<i64> {
        self.0.next_due()
    }
}

fn no_thread(error: std::io::Error) -> Error {
    Error::Unavailable(format!("a thread cannot be started: {error}"))
}

/// A worker that waits for a task; dropped, it waits no more.
pub struct ActivityPoll {
    activities: Arc<Mutex<Activities>>,
    activity: Arc<str>,
    id: u64,
    has_gone: Arc<AtomicBool>,
}

impl Drop for ActivityPoll {
    fn drop(&mut self) {
        // A task that is on its way to it goes back to its place.
        self.has_gone.store(true, Ordering::Relaxed);
        let poller = lock(&self.activities).leave(&self.activity, self.id);
        drop(poller);
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A handle to the shards' threads; a clone is the same engine. When the last one is dropped the threads end, as by
/// [`shut_down`](Engine::shut_down).
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    router: Arc<Router>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    store: Arc<dyn Store>,
    activities: Arc<Mutex<Activities>>,
}

impl Engine {
    /// Begins to run executions, those that the store holds open first of all.
    pub fn open(store: Arc<dyn Store>, ports: Ports, options: Options) -> Result<Engine, Error> {
        let observer = ports.observer.clone();
        let budget = options.slice_budget;
        let watchdog = || Watchdog::new(budget).map(Some).map_err(no_thread);
        let (engine, drivers) = Engine::with_drivers(store, ports, options, watchdog)?;
        for (index, driver) in drivers.into_iter().enumerate() {
            let observer = observer.clone();
            let run = move || {
                let _end = EndNotice(observer);
                driver.run();
            };
            let thread = thread::Builder::new()
                .name(format!("shard {index}"))
                .spawn(run)
                .map_err(no_thread)?;
            engine.0.threads().push(thread);
        }
        Ok(engine)
    }

    /// Without threads, for simulations: whoever holds the shards says whose turn it is.
    pub fn open_by_hand(
        store: Arc<dyn Store>,
        ports: Ports,
        options: Options,
    ) -> Result<(Engine, Vec<ShardByHand>), Error> {
        let (engine, drivers) = Engine::with_drivers(store, ports, options, || Ok(None))?;
        Ok((engine, drivers.into_iter().map(ShardByHand).collect()))
    }

    fn with_drivers(
        store: Arc<dyn Store>,
        ports: Ports,
        options: Options,
        watchdog: impl Fn() -> Result<Option<Watchdog>, Error>,
    ) -> Result<(Engine, Vec<Driver>), Error> {
        let shards = match options.clock.is_virtual() {
            true => 1,
            false => {
                let cores = || thread::available_parallelism().map_or(1, usize::from);
                options.shards.unwrap_or_else(cores).max(1)
            }
        };
        let mut senders = Vec::new();
        let mut receivers = Vec::new();
        for _ in 0..shards {
            let (sender, receiver) = channel();
            let counters = Arc::new(Counters::default());
            senders.push((sender, counters.clone()));
            receivers.push((receiver, counters));
        }
        let router = Arc::new(Router::new(senders));
        let mut open = vec![Vec::new(); shards];
        for execution in store.open_executions()? {
            if let Some(open) = open.get_mut(router.shard_of(&execution.execution)) {
                open.push(execution);
            }
        }
        let activities: Arc<Mutex<Activities>> = Arc::default();
        let engine = Engine(Arc::new(Inner {
            router: router.clone(),
            threads: Mutex::default(),
            store: store.clone(),
            activities: activities.clone(),
        }));
        let mut drivers = Vec::new();
        for ((receiver, counters), open) in receivers.into_iter().zip(open) {
            drivers.push(Driver::new(
                store.clone(),
                ports.clone(),
                watchdog()?,
                Options {
                    cache_bytes: options.cache_bytes / shards,
                    ..options.clone()
                },
                router.clone(),
                receiver,
                counters,
                activities.clone(),
                open,
            ));
        }
        Ok((engine, drivers))
    }

    /// Starts an execution; the reply comes when it is durable.
    pub fn start(&self, start: StartExecution, reply: Reply<Result<Started, StartError>>) {
        self.begin(start, reply, None);
    }

    /// Starts an execution; the reply comes when it has ended, or could not be started.
    pub fn start_sync(&self, start: StartExecution, reply: Reply<Result<Ended, StartError>>) {
        // Both share the reply: whichever comes first takes it.
        let reply = Arc::new(Mutex::new(Some(reply)));
        let take = |reply: &Mutex<Option<Reply<_>>>| lock(reply).take();
        let at_end = reply.clone();
        self.begin(
            start,
            Box::new(move |started| {
                if let Err(error) = started
                    && let Some(reply) = take(&reply)
                {
                    reply(Err(error));
                }
            }),
            Some(Box::new(move |ended| {
                if let Ok(ended) = ended
                    && let Some(reply) = take(&at_end)
                {
                    reply(Ok(ended));
                }
            })),
        );
    }

    fn begin(
        &self,
        start: StartExecution,
        reply: Reply<Result<Started, StartError>>,
        at_end: Option<AtEnd>,
    ) {
        let id = start.identity.execution_arn.clone();
        let start = Box::new(start);
        self.send(
            &id,
            Envelope::Start {
                start,
                reply,
                at_end,
            },
        );
    }

    /// Ends an execution as ABORTED; answers when, in milliseconds since 1970.
    pub fn stop(
        &self,
        execution: &ExecutionId,
        stop: StopExecution,
        reply: Reply<Result<i64, ControlError>>,
    ) {
        let StopExecution {
            error,
            cause,
            audit,
        } = stop;
        let input = Input::Stop { error, cause };
        self.control(execution, input, audit, reply);
    }

    /// Winds an execution down: see [`Input::Drain`].
    pub fn drain(
        &self,
        execution: &ExecutionId,
        audit: Option<AuditEntry>,
        reply: Reply<Result<i64, ControlError>>,
    ) {
        self.control(execution, Input::Drain, audit, reply);
    }

    /// Lets an execution begin nothing new, over restarts too: see [`Input::Pause`]. `NotPossible` when it is paused already.
    pub fn pause(
        &self,
        execution: &ExecutionId,
        audit: Option<AuditEntry>,
        reply: Reply<Result<i64, ControlError>>,
    ) {
        self.control(execution, Input::Pause, audit, reply);
    }

    /// Lets a paused execution go on; timers that have come due meanwhile fire. `NotPossible` when it is not paused.
    pub fn unpause(
        &self,
        execution: &ExecutionId,
        audit: Option<AuditEntry>,
        reply: Reply<Result<i64, ControlError>>,
    ) {
        self.control(execution, Input::Unpause, audit, reply);
    }

    /// Lets an execution that ended without success go on where it failed; answers when, in milliseconds since 1970.
    pub fn redrive(
        &self,
        execution: &ExecutionId,
        audit: Option<AuditEntry>,
        reply: Reply<Result<i64, ControlError>>,
    ) {
        self.control(execution, Input::Redrive, audit, reply);
    }

    /// UpdateMapRun, of a Map Run of this execution; answers when, in milliseconds since 1970.
    pub fn update_map_run(
        &self,
        execution: &ExecutionId,
        map_run_arn: &Arc<str>,
        update: MapRunUpdate,
        audit: Option<AuditEntry>,
        reply: Reply<Result<i64, ControlError>>,
    ) {
        let input = Input::MapRunUpdated {
            map_run_arn: map_run_arn.clone(),
            update,
        };
        self.control(execution, input, audit, reply);
    }

    fn control(
        &self,
        execution: &ExecutionId,
        input: Input,
        audit: Option<AuditEntry>,
        reply: Reply<Result<i64, ControlError>>,
    ) {
        let reply = Box::new(|settled: Result<i64, Refused>| {
            reply(settled.map_err(|refused| match refused {
                Refused::Missing => ControlError::DoesNotExist,
                Refused::Ended(listing) => ControlError::HasEnded(listing),
                Refused::NotTaken | Refused::Forged => ControlError::NotPossible,
                Refused::Store(error) => error.into(),
            }));
        });
        self.request(
            execution,
            Request {
                input,
                token: None,
                audit,
                reply,
            },
        );
    }

    /// SendTaskSuccess and SendTaskFailure; the reply comes when the answer is durable.
    pub fn answer_task(
        &self,
        token: &TaskToken,
        result: TaskResult,
        audit: Option<AuditEntry>,
        reply: Reply<Result<(), TokenError>>,
    ) {
        let key = token.key();
        self.with_token(token, Input::TaskAnswered { key, result }, audit, reply);
    }

    /// SendTaskHeartbeat.
    pub fn heartbeat(&self, token: &TaskToken, reply: Reply<Result<(), TokenError>>) {
        let key = token.key();
        self.with_token(token, Input::TaskHeartbeat { key }, None, reply);
    }

    fn with_token(
        &self,
        token: &TaskToken,
        input: Input,
        audit: Option<AuditEntry>,
        reply: Reply<Result<(), TokenError>>,
    ) {
        let reply = Box::new(|settled: Result<i64, Refused>| {
            reply(match settled {
                Ok(_) => Ok(()),
                Err(Refused::Missing) => Err(TokenError::DoesNotExist),
                Err(Refused::Ended(_) | Refused::NotTaken) => Err(TokenError::TimedOut),
                Err(Refused::Forged) => Err(TokenError::Invalid),
                Err(Refused::Store(error)) => Err(error.into()),
            });
        });
        let execution = token.execution_arn();
        let token = Some(token.clone());
        self.request(
            execution,
            Request {
                input,
                token,
                audit,
                reply,
            },
        );
    }

    /// A worker asks for a task of an activity. The reply comes when there is one, and that the worker has it is durable; or
    /// with None, when it cannot be had just now. Who no longer waits drops the [`ActivityPoll`].
    pub fn poll_activity(
        &self,
        activity: &Arc<str>,
        worker_name: Option<Arc<str>>,
        reply: Reply<Option<ActivityTask>>,
    ) -> ActivityPoll {
        let mut activities = lock(&self.0.activities);
        let poller = Poller {
            id: activities.next_poller(),
            worker_name,
            reply,
            has_gone: Arc::default(),
        };
        let poll = ActivityPoll {
            activities: self.0.activities.clone(),
            activity: activity.clone(),
            id: poller.id,
            has_gone: poller.has_gone.clone(),
        };
        let found = activities.poll(activity, poller, false);
        drop(activities);
        if let Some(found) = found {
            let execution = found.execution.clone();
            self.send(&execution, Envelope::Activity(Box::new(found)));
        }
        poll
    }

    /// Answers how an execution has ended, now or once it has.
    pub fn when_ended(&self, execution: &ExecutionId, reply: Reply<Result<Ended, ControlError>>) {
        let id = execution.clone();
        self.send(execution, Envelope::WhenEnded(id, reply));
    }

    /// All committed events of an execution.
    pub fn history(&self, execution: &ExecutionId) -> Result<Vec<Event>, Error> {
        history(&*self.0.store, execution)
    }

    pub fn stats(&self) -> Stats {
        let mut stats = Stats::default();
        for counters in self.0.router.counters() {
            stats.add(counters);
        }
        let (tasks, pollers) = lock(&self.0.activities).sizes();
        (stats.activity_tasks, stats.activity_pollers) = (tasks as u64, pollers as u64);
        stats
    }

    /// Ends the shards' threads, each after what it is committing. What runs is left as committed, for the next start. Calls
    /// that are out are answered in vain from now on, so shut down the engine before what makes its calls.
    pub fn shut_down(&self) {
        self.0.shut_down();
    }

    fn request(&self, execution: &ExecutionId, request: Request) {
        let id = execution.clone();
        self.send(execution, Envelope::Request(id, request));
    }

    fn send(&self, execution: &ExecutionId, envelope: Envelope) {
        self.0.router.send(execution, envelope);
    }
}

/// All committed events of an execution.
pub fn history(store: &dyn Store, execution: &ExecutionId) -> Result<Vec<Event>, Error> {
    let mut events: Vec<Event> = Vec::new();
    loop {
        let next = events.last().map_or(1, |event| event.id + 1);
        let segments = store.segments(execution, next, Order::Ascending, SEGMENTS)?;
        let before = events.len();
        for segment in &segments {
            let decoded = decode_events(&segment.events);
            let decoded = decoded.map_err(|error| Error::Corrupt(error.to_string()))?;
            events.extend(decoded.into_iter().filter(|event| event.id >= next));
        }
        if events.len() == before {
            return Ok(events);
        }
    }
}

impl Inner {
    fn threads(&self) -> MutexGuard<'_, Vec<JoinHandle<()>>> {
        lock(&self.threads)
    }

    fn shut_down(&self) {
        self.router.shut_down();
        let threads = std::mem::take(&mut *self.threads());
        for handle in threads {
            // The last handle may be dropped by a reply, on a shard's own thread: that one ends by itself.
            if handle.thread().id() == thread::current().id() {
                continue;
            }
            if let Err(panic) = handle.join()
                && !thread::panicking()
            {
                std::panic::resume_unwind(panic);
            }
        }
        // Whoever waits for a task is told by its reply being dropped, outside of the lock.
        let activities = std::mem::take(&mut *lock(&self.activities));
        drop(activities);
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.shut_down();
    }
}

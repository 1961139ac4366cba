//! The handle that everybody else holds.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use interpreter::{Event, Input, Limits, decode_events};
use store::{Error, ExecutionId, Order, Store};

use crate::clock::Clock;
use crate::driver::{AtEnd, Driver, EndNotice, Envelope, Request, Settled};
use crate::ports::Ports;
use crate::request::{
    ControlError, Ended, Reply, StartError, StartExecution, Started, StopExecution,
};
use crate::stats::{Counters, Stats, add};
use crate::watchdog::Watchdog;

/// Segments of a history that are read at once.
const SEGMENTS: usize = 1024;

#[derive(Clone)]
pub struct Options {
    pub limits: Limits,
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
            clock: Clock::real(),
            slice_budget: Duration::from_secs(5),
            shards: None,
            cache_bytes: 16 * 1024 * 1024,
            evict_after_each_step: false,
        }
    }
}

/// A handle to the shards' threads; a clone is the same engine. When the last one is dropped the threads end, as by
/// [`shut_down`](Engine::shut_down).
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    shards: Vec<(Sender<Envelope>, Arc<Counters>)>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    store: Arc<dyn Store>,
}

impl Engine {
    /// Begins to run executions, those that the store holds open first of all.
    pub fn open(store: Arc<dyn Store>, ports: Ports, options: Options) -> Result<Engine, Error> {
        let shards = match options.clock.is_virtual() {
            true => 1,
            false => {
                let cores = || thread::available_parallelism().map_or(1, usize::from);
                options.shards.unwrap_or_else(cores).max(1)
            }
        };
        let mut handles = Vec::new();
        let mut receivers: Vec<Receiver<Envelope>> = Vec::new();
        for _ in 0..shards {
            let (sender, receiver) = channel();
            handles.push((sender, Arc::new(Counters::default())));
            receivers.push(receiver);
        }
        let mut open = vec![Vec::new(); shards];
        for execution in store.open_executions()? {
            if let Some(open) = open.get_mut(shard_of(&execution.execution, shards)) {
                open.push(execution);
            }
        }
        let engine = Engine(Arc::new(Inner {
            shards: handles.clone(),
            threads: Mutex::default(),
            store: store.clone(),
        }));
        let no_thread = |error: std::io::Error| {
            Error::Unavailable(format!("a thread cannot be started: {error}"))
        };
        for (index, ((receiver, (sender, counters)), open)) in
            receivers.into_iter().zip(handles).zip(open).enumerate()
        {
            let watchdog = Watchdog::new(options.slice_budget).map_err(no_thread)?;
            let driver = Driver::new(
                store.clone(),
                ports.clone(),
                watchdog,
                Options {
                    cache_bytes: options.cache_bytes / shards,
                    ..options.clone()
                },
                (sender, receiver),
                counters,
                open,
            );
            let observer = ports.observer.clone();
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

    /// Starts an execution; the reply comes when it is durable.
    pub fn start(&self, start: StartExecution, reply: Reply<Result<Started, StartError>>) {
        self.begin(start, reply, None);
    }

    /// Starts an execution; the reply comes when it has ended, or could not be started.
    pub fn start_sync(&self, start: StartExecution, reply: Reply<Result<Ended, StartError>>) {
        // Both share the reply: whichever comes first takes it.
        let reply = Arc::new(Mutex::new(Some(reply)));
        let take = |reply: &Mutex<Option<Reply<_>>>| {
            reply.lock().unwrap_or_else(PoisonError::into_inner).take()
        };
        let at_end = reply.clone();
        self.begin(
            start,
            Box::new(move |started| {
                if let (Err(error), Some(reply)) = (started, take(&reply)) {
                    reply(Err(error));
                }
            }),
            Some(Box::new(move |ended| {
                if let (Ok(ended), Some(reply)) = (ended, take(&at_end)) {
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
        let reply: Reply<_> = Box::new(move |settled: Result<Settled, ControlError>| {
            reply(settled.map(|settled| settled.now_millis));
        });
        self.request(
            execution,
            Request {
                input,
                audit,
                reply,
            },
        );
    }

    /// Winds an execution down: see [`Input::Drain`].
    pub fn drain(&self, execution: &ExecutionId, reply: Reply<Result<(), ControlError>>) {
        let reply: Reply<_> = Box::new(move |settled: Result<Settled, ControlError>| {
            reply(settled.map(|_| ()));
        });
        let (input, audit) = (Input::Drain, None);
        self.request(
            execution,
            Request {
                input,
                audit,
                reply,
            },
        );
    }

    /// Answers how an execution has ended, now or once it has.
    pub fn when_ended(&self, execution: &ExecutionId, reply: Reply<Result<Ended, ControlError>>) {
        let id = execution.clone();
        self.send(execution, Envelope::WhenEnded(id, reply));
    }

    /// All committed events of an execution.
    pub fn history(&self, execution: &ExecutionId) -> Result<Vec<Event>, Error> {
        let mut events: Vec<Event> = Vec::new();
        loop {
            let next = events.last().map_or(1, |event| event.id + 1);
            let store = &self.0.store;
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

    pub fn stats(&self) -> Stats {
        let mut stats = Stats::default();
        for (_, counters) in &self.0.shards {
            stats.add(counters);
        }
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
        let shards = &self.0.shards;
        if let Some((sender, counters)) = shards.get(shard_of(execution, shards.len())) {
            add(&counters.queued, 1);
            // After the shut-down the envelope is dropped here, and its reply with it, which says so to whoever waits.
            drop(sender.send(envelope));
        }
    }
}

fn shard_of(execution: &ExecutionId, shards: usize) -> usize {
    let mut hasher = DefaultHasher::new();
    execution.hash(&mut hasher);
    // A count of threads fits.
    (hasher.finish() % shards as u64) as usize
}

impl Inner {
    fn threads(&self) -> MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shut_down(&self) {
        for (sender, _) in &self.shards {
            // A thread that has gone needs no word.
            drop(sender.send(Envelope::Shutdown));
        }
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
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.shut_down();
    }
}

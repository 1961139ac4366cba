//! The driver: one thread that gathers messages, takes steps, commits them as one batch and then performs their effects.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use interpreter::{
    Call, CallFailure, CallKey, CallResult, Event, Identity, Input, Limits, Status, decode_events,
    failure,
};
use query::Payload;
use states_language::machine::Machine;
use store::{Error, ExecutionId, Store};

use crate::clock::Clock;
use crate::shard::{Effect, Message, Outcome, Shard, TimerSet, Transition};
use crate::watchdog::Watchdog;

/// Steps of one batch: enough to share a transaction's cost, few enough that nobody waits long for it.
const BATCH: usize = 256;

/// Makes calls. Wired by the binary to connectors, functions and mocks.
pub trait Calls: Send + Sync {
    /// Begins a call and returns at once; the answer comes through `answer`. Its intent is durable by now.
    fn begin(&self, execution: &ExecutionId, call: Box<Call>, answer: Answer);

    /// Nobody waits for this call any more: it may be cut short.
    fn abandon(&self, execution: &ExecutionId, key: CallKey);
}

/// Sees every commit, on the driver's thread: it must not block.
pub trait Observer: Send + Sync {
    fn committed(&self, committed: &Committed<'_>);

    /// The store failed: this engine no longer knows the execution's state and lets go of it.
    fn lost(&self, execution: &ExecutionId, error: &Error);

    /// The driver thread has come to its end, by shutdown or by a panic: nothing more will be told.
    fn ended(&self) {}
}

/// Tells the observer when the thread ends, however it ends.
struct EndNotice(Arc<dyn Observer>);

impl Drop for EndNotice {
    fn drop(&mut self) {
        self.0.ended();
    }
}

/// A durable step.
pub struct Committed<'a> {
    pub execution: &'a ExecutionId,
    pub events: &'a [Event],
    pub status: &'a Status,
    /// Timers that the step has set, for whoever shows what is waited for.
    pub timers: &'a [TimerSet],
    pub now_millis: i64,
}

pub struct Options {
    pub limits: Limits,
    pub clock: Clock,
    /// How long one transition may compute before its expression is cancelled; less than a tenth of a second is too short to
    /// be noticed.
    pub slice_budget: Duration,
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
            evict_after_each_step: false,
        }
    }
}

#[derive(Debug)]
pub struct StartExecution {
    pub machine: Arc<Machine>,
    pub identity: Identity,
    pub input: Payload,
}

/// A handle to the driver thread. Dropping it ends the thread; what runs is left as committed.
pub struct Engine {
    sender: Sender<Envelope>,
    thread: Option<JoinHandle<()>>,
}

enum Envelope {
    Message(Message),
    /// Also says that the call is over.
    Answer {
        execution: ExecutionId,
        key: CallKey,
        result: CallResult,
    },
    History {
        execution: ExecutionId,
        reply: Sender<Result<Vec<Event>, Error>>,
    },
    Shutdown,
}

/// The way back of one call's answer. Dropped unused, it answers with an error: no call is ever forgotten.
pub struct Answer {
    sender: Sender<Envelope>,
    execution: ExecutionId,
    key: CallKey,
    sent: bool,
}

impl Answer {
    pub fn send(mut self, result: CallResult) {
        self.deliver(result);
    }

    fn deliver(&mut self, result: CallResult) {
        self.sent = true;
        // The driver is gone only when the engine was dropped: then there is nobody left to tell.
        drop(self.sender.send(Envelope::Answer {
            execution: self.execution.clone(),
            key: self.key,
            result,
        }));
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if !self.sent {
            let cause = "The call ended without an answer: an error inside Stepwright.".to_owned();
            self.deliver(Err(CallFailure {
                error: failure::names::RUNTIME.to_owned(),
                cause,
            }));
        }
    }
}

impl Engine {
    pub fn start(
        store: Box<dyn Store>,
        calls: Arc<dyn Calls>,
        observer: Arc<dyn Observer>,
        options: Options,
    ) -> std::io::Result<Engine> {
        let (sender, receiver) = channel();
        let answers = sender.clone();
        let watchdog = Watchdog::new(options.slice_budget)?;
        let thread = thread::Builder::new().name("shard".into()).spawn(move || {
            let _end = EndNotice(observer.clone());
            let driver = Driver {
                shard: Shard::default(),
                store,
                calls,
                observer,
                watchdog,
                options,
                receiver,
                answers,
                open_calls: BTreeSet::new(),
            };
            driver.run();
        })?;
        Ok(Engine {
            sender,
            thread: Some(thread),
        })
    }

    /// Starts an execution; a second start under the same ARN is dropped.
    pub fn start_execution(&self, start: StartExecution) {
        let StartExecution {
            machine,
            identity,
            input,
        } = start;
        self.send(Envelope::Message(Message::Start {
            machine,
            identity,
            input,
        }));
    }

    /// Ends an execution as ABORTED.
    pub fn stop(&self, execution: &ExecutionId, error: Option<Arc<str>>, cause: Option<Arc<str>>) {
        self.take(execution, Input::Stop { error, cause });
    }

    /// Winds an execution down: see [`Input::Drain`].
    pub fn drain(&self, execution: &ExecutionId) {
        self.take(execution, Input::Drain);
    }

    /// All committed events of an execution.
    pub fn history(&self, execution: &ExecutionId) -> Result<Vec<Event>, Error> {
        let (reply, answer) = channel();
        self.send(Envelope::History {
            execution: execution.clone(),
            reply,
        });
        answer
            .recv()
            .unwrap_or_else(|_| Err(Error::Unavailable("the engine has ended".into())))
    }

    fn take(&self, execution: &ExecutionId, input: Input) {
        self.send(Envelope::Message(Message::Take {
            execution: execution.clone(),
            input,
        }));
    }

    fn send(&self, envelope: Envelope) {
        // The thread ends only with this handle, or by a panic, which `drop` passes on.
        drop(self.sender.send(envelope));
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.send(Envelope::Shutdown);
        if let Some(thread) = self.thread.take()
            && let Err(panic) = thread.join()
            && !thread::panicking()
        {
            std::panic::resume_unwind(panic);
        }
    }
}

struct Driver {
    shard: Shard,
    store: Box<dyn Store>,
    calls: Arc<dyn Calls>,
    observer: Arc<dyn Observer>,
    watchdog: Watchdog,
    options: Options,
    receiver: Receiver<Envelope>,
    answers: Sender<Envelope>,
    /// Calls that are out: virtual time stands still for them.
    open_calls: BTreeSet<(ExecutionId, CallKey)>,
}

impl Driver {
    fn run(mut self) {
        loop {
            // Answers that have come are taken before overdue timers: a call that made it in time has made it.
            let mut messages = Vec::new();
            while messages.len() < BATCH {
                match self.receiver.try_recv() {
                    Ok(Envelope::Shutdown) => return,
                    Ok(envelope) => messages.extend(self.open(envelope)),
                    Err(_) => break,
                }
            }
            // Always, so that a stream of messages starves no timer.
            messages.extend(self.shard.due_messages(self.options.clock.now_millis()));
            if messages.is_empty() {
                match self.wait() {
                    Some(Envelope::Shutdown) => return,
                    Some(envelope) => messages.extend(self.open(envelope)),
                    None => {}
                }
            }
            self.process(messages);
        }
    }

    fn open(&mut self, envelope: Envelope) -> Option<Message> {
        match envelope {
            Envelope::Message(message) => Some(message),
            Envelope::Answer {
                execution,
                key,
                result,
            } => {
                self.open_calls.remove(&(execution.clone(), key));
                Some(Message::Take {
                    execution,
                    input: Input::CallCompleted { key, result },
                })
            }
            Envelope::History { execution, reply } => {
                // Who asked may have gone.
                drop(reply.send(self.history(&execution)));
                None
            }
            Envelope::Shutdown => None,
        }
    }

    /// Blocks until a message comes or a timer is due; virtual time jumps to the timer instead while no call is out.
    fn wait(&mut self) -> Option<Envelope> {
        let now = self.options.clock.now_millis();
        let Some(due) = self.shard.next_due(now) else {
            return Some(self.receiver.recv().unwrap_or(Envelope::Shutdown));
        };
        if self.options.clock.is_virtual() && self.open_calls.is_empty() {
            self.options.clock.jump_to(due);
            return None;
        }
        let wait = Duration::from_millis(u64::try_from(due.saturating_sub(now)).unwrap_or(0));
        match self.receiver.recv_timeout(wait) {
            Ok(envelope) => Some(envelope),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Envelope::Shutdown),
        }
    }

    /// Steps, then one commit, then effects. An execution takes one step a batch: its next one needs this one's version.
    fn process(&mut self, messages: Vec<Message>) {
        let mut messages = messages;
        while !messages.is_empty() {
            let mut later = Vec::new();
            let mut transitions: Vec<Transition> = Vec::new();
            let mut taken = BTreeSet::new();
            for message in messages {
                let id = match &message {
                    Message::Start { identity, .. } => &identity.execution_arn,
                    Message::Take { execution, .. } => execution,
                };
                if !taken.insert(id.clone()) {
                    later.push(message);
                    continue;
                }
                let id = id.clone();
                if self.shard.is_at_rest(&id)
                    && let Err(error) = self.restore(&id)
                {
                    self.lose(&id, &error);
                    continue;
                }
                let now_millis = self.options.clock.now_millis();
                let (shard, limits) = (&mut self.shard, &self.options.limits);
                transitions.extend(
                    self.watchdog.watch(|interrupts| {
                        shard.take(message, now_millis, limits, Some(interrupts))
                    }),
                );
            }
            self.commit(transitions);
            messages = later;
        }
    }

    fn commit(&mut self, transitions: Vec<Transition>) {
        if transitions.is_empty() {
            return;
        }
        let (units, outcomes): (Vec<_>, Vec<_>) =
            transitions.into_iter().map(|t| (t.unit, t.outcome)).unzip();
        let answers = match self.store.commit(units) {
            Ok(answers) => answers,
            // Nothing is known to be written: drop what is cached, acknowledge nothing.
            Err(error) => outcomes.iter().map(|_| Err(error.clone())).collect(),
        };
        for (outcome, answer) in outcomes.into_iter().zip(answers) {
            match answer {
                Ok(()) => self.perform(outcome),
                Err(error) => self.lose(&outcome.execution, &error),
            }
        }
    }

    fn lose(&mut self, execution: &ExecutionId, error: &Error) {
        self.shard.forget(execution);
        self.open_calls.retain(|(other, _)| other != execution);
        self.observer.lost(execution, error);
    }

    fn perform(&mut self, outcome: Outcome) {
        self.shard.committed(&outcome);
        let execution = outcome.execution.clone();
        if self.options.evict_after_each_step {
            self.shard.evict(&execution);
        }
        self.observer.committed(&Committed {
            execution: &execution,
            events: &outcome.events,
            status: &outcome.status,
            timers: &outcome.timers,
            now_millis: self.options.clock.now_millis(),
        });
        for effect in outcome.effects {
            match effect {
                Effect::Call(call) => {
                    let key = call.key;
                    self.open_calls.insert((execution.clone(), key));
                    let answer = Answer {
                        sender: self.answers.clone(),
                        execution: execution.clone(),
                        key,
                        sent: false,
                    };
                    self.calls.begin(&execution, call, answer);
                }
                Effect::Abandon(key) => {
                    self.open_calls.remove(&(execution.clone(), key));
                    self.calls.abandon(&execution, key);
                }
            }
        }
    }

    fn restore(&mut self, id: &ExecutionId) -> Result<(), Error> {
        let stored = self
            .store
            .execution(id)?
            .ok_or_else(|| Error::Corrupt(format!("execution {id} is missing")))?;
        self.shard
            .restore(id, &stored)
            .map_err(|error| Error::Corrupt(error.to_string()))
    }

    fn history(&self, id: &ExecutionId) -> Result<Vec<Event>, Error> {
        let mut events = Vec::new();
        for segment in self.store.segments(id, 0)? {
            events.extend(
                decode_events(&segment.events)
                    .map_err(|error| Error::Corrupt(error.to_string()))?,
            );
        }
        Ok(events)
    }
}

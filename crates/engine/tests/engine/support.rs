//! Machines, identities, calls that are answered by hand, an observer, and a store that fails when told to.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use engine::{Answer, Calls, Committed, Engine, Observer, Options, StartExecution};
use interpreter::{Call, CallKey, Event, Identity, Status};
use query::Payload;
use serde_json::Value;
use states_language::ParseOptions;
use states_language::machine::Machine;
use states_language::source::{Format, Source};
use store::{
    Error, ExecutionId, MemoryStore, OpenExecution, Segment, Store, StoredExecution, Unit,
};

/// Real time that a test waits for what must happen before it counts as hanging.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub fn machine(definition: &Value) -> Arc<Machine> {
    let source = Source::with_format("definition", definition.to_string(), Format::Json);
    let parsed = states_language::parse(&source, &ParseOptions::default());
    parsed
        .machine
        .unwrap_or_else(|| panic!("not accepted: {:#?}", parsed.diagnostics))
}

pub fn identity(name: &str) -> Identity {
    Identity {
        execution_arn: name.into(),
        execution_name: name.into(),
        state_machine_arn: "machine".into(),
        state_machine_name: "machine".into(),
        role_arn: "arn:aws:iam::123456789012:role/R".into(),
        region: "us-east-1".into(),
        seed: 1,
    }
}

pub fn types(events: &[Event]) -> Vec<String> {
    events
        .iter()
        .map(|event| event.detail.type_name())
        .collect()
}

/// What the world sees of an engine, in order.
pub enum Seen {
    Begun(Box<Call>, Answer),
    Abandoned(CallKey),
    Committed {
        execution: ExecutionId,
        status: Status,
    },
    Lost(ExecutionId, Error),
}

struct World(Mutex<Sender<Seen>>);

impl World {
    fn tell(&self, seen: Seen) {
        // A test that has seen enough no longer listens.
        drop(self.0.lock().unwrap().send(seen));
    }
}

impl Calls for World {
    fn begin(&self, _: &ExecutionId, call: Box<Call>, answer: Answer) {
        self.tell(Seen::Begun(call, answer));
    }

    fn abandon(&self, _: &ExecutionId, key: CallKey) {
        self.tell(Seen::Abandoned(key));
    }
}

impl Observer for World {
    fn committed(&self, committed: &Committed<'_>) {
        self.tell(Seen::Committed {
            execution: committed.execution.clone(),
            status: committed.status.clone(),
        });
    }

    fn lost(&self, execution: &ExecutionId, error: &Error) {
        self.tell(Seen::Lost(execution.clone(), error.clone()));
    }
}

pub struct Running {
    pub engine: Engine,
    seen: Receiver<Seen>,
}

impl Running {
    pub fn new(store: Box<dyn Store>, options: Options) -> Running {
        let (sender, seen) = channel();
        let world = Arc::new(World(Mutex::new(sender)));
        Running {
            engine: Engine::start(store, world.clone(), world, options).unwrap(),
            seen,
        }
    }

    pub fn start(&self, name: &str, definition: &Value) {
        self.engine.start_execution(StartExecution {
            machine: machine(definition),
            identity: identity(name),
            input: Payload::empty_object(),
        });
    }

    pub fn next(&self) -> Seen {
        self.seen
            .recv_timeout(PATIENCE)
            .expect("nothing happens any more")
    }

    pub fn begun(&self) -> (Box<Call>, Answer) {
        loop {
            if let Seen::Begun(call, answer) = self.next() {
                return (call, answer);
            }
        }
    }

    /// The next execution that ends, and how.
    pub fn ended(&self) -> (ExecutionId, Status) {
        loop {
            match self.next() {
                Seen::Committed {
                    execution, status, ..
                } if status != Status::Running => return (execution, status),
                Seen::Lost(execution, error) => panic!("{execution} is lost: {error}"),
                _ => {}
            }
        }
    }
}

/// Fails commits as told, in order; a commit without an order succeeds.
#[derive(Clone, Default)]
pub struct FaultyStore {
    inner: Arc<Mutex<MemoryStore>>,
    pub faults: Arc<Mutex<VecDeque<Fault>>>,
}

pub enum Fault {
    None,
    /// Nothing is written.
    Unavailable,
    /// All is written, and the answer is lost.
    Indeterminate,
    /// Somebody else wrote the execution first.
    Conflict,
}

impl Store for FaultyStore {
    fn commit(&mut self, units: Vec<Unit>) -> Result<Vec<Result<(), Error>>, Error> {
        let mut inner = self.inner.lock().unwrap();
        let fault = self
            .faults
            .lock()
            .unwrap()
            .pop_front()
            .unwrap_or(Fault::None);
        match fault {
            Fault::None => inner.commit(units),
            Fault::Unavailable => Err(Error::Unavailable("told to".into())),
            Fault::Indeterminate => {
                inner.commit(units)?;
                Err(Error::Indeterminate("told to".into()))
            }
            Fault::Conflict => Ok(units
                .into_iter()
                .map(|unit| Err(Error::Conflict(unit.execution)))
                .collect()),
        }
    }

    fn execution(&self, id: &ExecutionId) -> Result<Option<StoredExecution>, Error> {
        self.inner.lock().unwrap().execution(id)
    }

    fn segments(&self, id: &ExecutionId, from_event_id: u64) -> Result<Vec<Segment>, Error> {
        self.inner.lock().unwrap().segments(id, from_event_id)
    }

    fn open_executions(&self) -> Result<Vec<OpenExecution>, Error> {
        self.inner.lock().unwrap().open_executions()
    }
}

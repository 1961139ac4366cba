//! Machines, identities, calls that are answered by hand, an observer, and a store that fails when told to.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use engine::{
    ActivityTask, Answer, Calls, Clock, Committed, ControlError, Durability, Ended, Engine,
    Machines, Observer, Options, Ports, Recovery, StartError, StartExecution, Started,
    StopExecution, TokenError,
};
use interpreter::{Call, CallKey, Event, Identity, Status, TaskResult, TaskToken};
use query::Payload;
use serde_json::Value;
use states_language::ParseOptions;
use states_language::machine::Machine;
use states_language::source::{Format, Source};
use store::{Error, ExecutionId, Listing, Store};

/// Real time that a test waits for what must happen before it counts as hanging.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Virtual time.
pub fn options() -> Options {
    Options {
        clock: Clock::virtual_time(),
        slice_budget: PATIENCE,
        ..Options::default()
    }
}

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
        child_of: None,
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
    Delayed(Error),
    Lost(ExecutionId, Error),
}

struct World {
    seen: Mutex<Sender<Seen>>,
    machines: Mutex<HashMap<ExecutionId, Arc<Machine>>>,
}

impl World {
    fn tell(&self, seen: Seen) {
        // A test that has seen enough no longer listens.
        drop(self.seen.lock().unwrap().send(seen));
    }
}

impl Machines for World {
    fn machine(&self, _: &Listing, identity: &Identity) -> Result<Arc<Machine>, Error> {
        let machines = self.machines.lock().unwrap();
        let machine = match &identity.child_of {
            None => machines.get(&identity.execution_arn).cloned(),
            Some(of) => {
                let processors = machines.values();
                let mut processors = processors.filter_map(|machine| machine.processor(&of.label));
                processors.next().map(Arc::new)
            }
        };
        machine.ok_or_else(|| Error::Corrupt("the definition is gone".into()))
    }

    fn activity_exists(&self, _: &str) -> bool {
        true
    }
}

impl Calls for World {
    fn begin(&self, _: &ExecutionId, call: Box<Call>, answer: Answer) {
        self.tell(Seen::Begun(call, answer));
    }

    fn abandon(&self, _: &ExecutionId, key: CallKey) {
        self.tell(Seen::Abandoned(key));
    }

    fn recovery(&self, call: &Call) -> Recovery {
        match call.state_name.starts_with("Read") {
            true => Recovery::Repeat,
            false => Recovery::Unknown,
        }
    }
}

impl Observer for World {
    fn committed(&self, committed: &Committed<'_>) {
        self.tell(Seen::Committed {
            execution: committed.execution.clone(),
            status: committed.status.clone(),
        });
    }

    fn delayed(&self, _: &ExecutionId, error: &Error) {
        self.tell(Seen::Delayed(error.clone()));
    }

    fn lost(&self, execution: &ExecutionId, error: &Error) {
        self.tell(Seen::Lost(execution.clone(), error.clone()));
    }
}

pub struct Running {
    pub engine: Engine,
    world: Arc<World>,
    seen: Receiver<Seen>,
}

impl Running {
    pub fn new(store: Arc<dyn Store>, options: Options) -> Running {
        Running::knowing(HashMap::new(), store, options)
    }

    /// As another process on the same store.
    pub fn again(self, store: Arc<dyn Store>, options: Options) -> Running {
        self.engine.shut_down();
        let machines = std::mem::take(&mut *self.world.machines.lock().unwrap());
        Running::knowing(machines, store, options)
    }

    fn knowing(
        machines: HashMap<ExecutionId, Arc<Machine>>,
        store: Arc<dyn Store>,
        options: Options,
    ) -> Running {
        let (sender, seen) = channel();
        let world = Arc::new(World {
            seen: Mutex::new(sender),
            machines: Mutex::new(machines),
        });
        let ports = Ports {
            calls: world.clone(),
            machines: world.clone(),
            observer: world.clone(),
        };
        Running {
            engine: Engine::open(store, ports, options).unwrap(),
            world,
            seen,
        }
    }

    /// Starts an execution; answers when it is durable.
    pub fn start(&self, name: &str, definition: &Value) -> Result<Started, StartError> {
        self.start_with(name, definition, Durability::Full)
    }

    pub fn start_with(
        &self,
        name: &str,
        definition: &Value,
        durability: Durability,
    ) -> Result<Started, StartError> {
        let start = self.execution(name, definition, durability);
        ask(|reply| self.engine.start(start, reply))
    }

    pub fn start_on(
        &self,
        name: &str,
        definition: &Value,
        input: Value,
    ) -> Result<Started, StartError> {
        let mut start = self.execution(name, definition, Durability::Full);
        start.input = Payload::from_value(input);
        ask(|reply| self.engine.start(start, reply))
    }

    pub fn execution(
        &self,
        name: &str,
        definition: &Value,
        durability: Durability,
    ) -> StartExecution {
        let machine = machine(definition);
        let mut machines = self.world.machines.lock().unwrap();
        machines
            .entry(name.into())
            .or_insert_with(|| machine.clone());
        let mut start = StartExecution::new(machine, identity(name), Payload::empty_object());
        start.durability = durability;
        if durability == Durability::Accept {
            start.listing.kind = store::Kind::Express;
        }
        start
    }

    pub fn stop(&self, name: &str, error: &str) -> Result<i64, ControlError> {
        let stop = StopExecution {
            error: Some(error.into()),
            ..StopExecution::default()
        };
        ask(|reply| self.engine.stop(&name.into(), stop, reply))
    }

    pub fn drain(&self, name: &str) -> Result<i64, ControlError> {
        ask(|reply| self.engine.drain(&name.into(), None, reply))
    }

    pub fn redrive(&self, name: &str) -> Result<i64, ControlError> {
        ask(|reply| self.engine.redrive(&name.into(), None, reply))
    }

    pub fn answer(&self, token: &TaskToken, result: TaskResult) -> Result<(), TokenError> {
        ask(|reply| self.engine.answer_task(token, result, None, reply))
    }

    pub fn heartbeat(&self, token: &TaskToken) -> Result<(), TokenError> {
        ask(|reply| self.engine.heartbeat(token, reply))
    }

    /// Asks for a task until there is one.
    pub fn take_task(&self, activity: &str) -> ActivityTask {
        let (sender, answer) = channel();
        let reply = Box::new(move |task| drop(sender.send(task)));
        let _poll = self
            .engine
            .poll_activity(&activity.into(), Some("worker".into()), reply);
        answer
            .recv_timeout(PATIENCE)
            .expect("an answer")
            .expect("a task")
    }

    pub fn types(&self, name: &str) -> Vec<String> {
        let events = self.engine.history(&name.into()).unwrap();
        let ids: Vec<u64> = events.iter().map(|event| event.id).collect();
        assert_eq!(ids, (1..=events.len() as u64).collect::<Vec<_>>());
        types(&events)
    }

    pub fn when_ended(&self, name: &str) -> Result<Ended, ControlError> {
        ask(|reply| self.engine.when_ended(&name.into(), reply))
    }

    pub fn next(&self) -> Seen {
        self.seen
            .recv_timeout(PATIENCE)
            .expect("nothing happens any more")
    }

    /// How the store failed.
    pub fn delayed(&self) -> Error {
        loop {
            if let Seen::Delayed(error) = self.next() {
                return error;
            }
        }
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

/// Waits for the answer to a request.
pub fn ask<T: Send + 'static>(request: impl FnOnce(engine::Reply<T>)) -> T {
    let (sender, answer) = channel();
    request(Box::new(move |answer| drop(sender.send(answer))));
    answer.recv_timeout(PATIENCE).expect("an answer")
}

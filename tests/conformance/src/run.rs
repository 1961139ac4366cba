//! One execution from start to end on the in-memory store.

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use engine::{Calls, Clock, Committed, Engine, Observer, Options, Ports, StartExecution};
use interpreter::{Event, Identity, Limits, Status};
use query::Payload;
use serde_json::Value;
use states_language::machine::Machine;
use store::{Error, ExecutionId, MemoryStore};

/// How long a case may take in real time before it counts as hanging.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Resident,
    /// Every step reads the execution back from its records.
    EvictAfterEachStep,
}

#[derive(Debug)]
pub struct Finished {
    pub status: Status,
    pub events: Vec<Event>,
}

impl Finished {
    /// As GetExecutionHistory answers it.
    pub fn history_json(&self) -> Value {
        self.events.iter().map(Event::to_json).collect()
    }
}

struct End(Sender<Result<Status, Error>>);

impl Observer for End {
    fn committed(&self, committed: &Committed<'_>) {
        let is_child = committed.listing.map_run_arn.is_some();
        if !is_child && *committed.status != Status::Running {
            drop(self.0.send(Ok(committed.status.clone())));
        }
    }

    fn lost(&self, _: &ExecutionId, error: &Error) {
        drop(self.0.send(Err(error.clone())));
    }
}

pub fn identity(machine_name: &str, execution_name: &str, role_arn: &str) -> Identity {
    let arn =
        |kind: &str, name: &str| format!("arn:aws:states:us-east-1:123456789012:{kind}:{name}");
    Identity {
        execution_arn: arn("execution", &format!("{machine_name}:{execution_name}")).into(),
        execution_name: execution_name.into(),
        state_machine_arn: arn("stateMachine", machine_name).into(),
        state_machine_name: machine_name.into(),
        role_arn: role_arn.into(),
        region: "us-east-1".into(),
        seed: 42,
        child_of: None,
    }
}

/// Runs to the end with AWS's limits.
pub fn run(
    machine: Arc<Machine>,
    identity: Identity,
    input: Payload,
    calls: Arc<dyn Calls>,
    mode: Mode,
) -> Result<Finished, String> {
    let (sender, ended) = channel();
    let options = Options {
        limits: Limits::aws(),
        clock: Clock::virtual_time(),
        evict_after_each_step: mode == Mode::EvictAfterEachStep,
        ..Options::default()
    };
    let ports = Ports {
        calls,
        machines: Arc::new(machine.clone()),
        observer: Arc::new(End(sender)),
    };
    let engine = Engine::open(Arc::new(MemoryStore::new()), ports, options)
        .map_err(|error| error.to_string())?;
    let id = identity.execution_arn.clone();
    let start = StartExecution::new(machine, identity, input);
    // How it goes on is told by the observer.
    engine.start(start, Box::new(drop));
    let status = ended
        .recv_timeout(PATIENCE)
        .map_err(|_| "the execution did not end".to_owned())?
        .map_err(|error| error.to_string())?;
    let events = engine.history(&id).map_err(|error| error.to_string())?;
    Ok(Finished { status, events })
}

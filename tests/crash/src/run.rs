//! Starts executions, answers their tasks, and kills the server under all that.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use harness::{CallError, Client, Options, ROLE_ARN, Server};
use serde_json::{Value, json};

use crate::Random;
use crate::shapes::{ACTIVITY, SHAPES, Shape, answer};
use crate::table::{Table, Token};

/// Starts that run at once.
const STARTERS: usize = 6;
const WORKERS: usize = 2;
/// The longest that a server lives, from when it is ready.
pub(crate) const MOST_LIFE_MILLIS: u64 = 500;
/// One server in so many is killed before it is ready: in the middle of its recovery.
pub(crate) const KILLED_EARLY: u64 = 5;

pub struct Plan {
    pub seed: u64,
    pub executions: usize,
    pub kills: usize,
}

/// An execution that was started and acknowledged.
#[derive(Debug, Clone)]
pub struct Started {
    pub shape: Shape,
    pub name: String,
    pub arn: String,
}

/// A SIGKILL came at some moment between these.
#[derive(Debug, Clone, Copy)]
pub struct Kill {
    pub from: SystemTime,
    pub to: SystemTime,
}

pub struct Outcome {
    /// The last server, still running.
    pub server: Server,
    pub table: Arc<Table>,
    pub started: Vec<Started>,
    pub kills: Vec<Kill>,
    shared: Arc<Shared>,
}

impl Outcome {
    /// What was wrong with answers so far.
    pub fn violations(&self) -> Vec<String> {
        self.shared.lock().violations.clone()
    }
}

/// What all threads see.
#[derive(Default)]
pub(crate) struct State {
    /// Counts servers; the address is that of the one that is ready.
    generation: u64,
    pub address: Option<String>,
    /// How many executions may be started by now, and how many were begun.
    released: usize,
    begun: usize,
    pub done: bool,
    started: Vec<Started>,
    /// Tokens that somebody answers, until that is acknowledged.
    tokens: BTreeSet<String>,
    violations: Vec<String>,
}

#[derive(Default)]
pub(crate) struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("not poisoned")
    }

    pub fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }
}

/// A client that outlives servers: a call that got no answer is made again at the next one.
pub(crate) struct Persistent<'a> {
    shared: &'a Shared,
    generation: u64,
    client: Option<Client>,
}

impl Persistent<'_> {
    pub fn new(shared: &Shared) -> Persistent<'_> {
        Persistent {
            shared,
            generation: 0,
            client: None,
        }
    }

    fn call(
        &mut self,
        operation: &str,
        parameters: &Value,
    ) -> Option<(Result<Value, CallError>, bool)> {
        self.ask(|client| client.call(operation, parameters))
    }

    /// The answer, and whether this is another try of a call that may have been heard. None when all is done.
    pub fn ask(
        &mut self,
        call: impl Fn(&mut Client) -> Result<Value, CallError>,
    ) -> Option<(Result<Value, CallError>, bool)> {
        let mut again = false;
        loop {
            if self.client.is_none() {
                self.connect()?;
            }
            match call(self.client.as_mut()?) {
                Err(CallError::Io(_)) => {
                    self.client = None;
                    again = true;
                }
                answered => return Some((answered, again)),
            }
        }
    }

    /// Waits for a server that this one has not lost.
    fn connect(&mut self) -> Option<()> {
        let state = self.shared.lock();
        let waits = |state: &mut State| {
            !state.done && (state.address.is_none() || state.generation == self.generation)
        };
        let state = self
            .shared
            .changed
            .wait_while(state, waits)
            .expect("not poisoned");
        if state.done {
            return None;
        }
        self.generation = state.generation;
        self.client = Some(Client::new(state.address.as_deref()?));
        Some(())
    }
}

/// Runs the plan; when this returns all executions were started and none is to be killed any more.
pub fn run(plan: &Plan, data: &Path) -> io::Result<Outcome> {
    let (send_token, tokens) = channel();
    let table = Table::new(plan.seed, send_token);
    let mut servers = Servers {
        table: table.clone(),
        data,
        kills: Vec::new(),
        count: 0,
    };
    let shared = Arc::new(Shared::default());
    let mut random = Random(plan.seed);
    let shapes: Vec<Shape> = (0..plan.executions)
        .map(|_| SHAPES[random.below(SHAPES.len() as u64) as usize])
        .collect();
    let mut server = servers.spawn()?;
    server.wait_until_ready()?;
    create(&mut server.client()).map_err(io::Error::other)?;
    let tokens = Arc::new(Mutex::new(tokens));
    for _ in 0..WORKERS {
        let (shared, tokens) = (shared.clone(), tokens.clone());
        std::thread::spawn(move || answer_callbacks(&shared, &tokens));
    }
    for worker in 0..WORKERS {
        let shared = shared.clone();
        std::thread::spawn(move || work(&shared, worker));
    }
    std::thread::scope(|scope| -> io::Result<()> {
        for _ in 0..STARTERS {
            scope.spawn(|| start_executions(&shared, &shapes));
        }
        let ended = (|| {
            for kill in 0..plan.kills {
                serve(&shared, &server);
                let upto = plan.executions * (kill + 1) / (plan.kills + 1);
                live(&shared, &mut random, upto);
                shared.change(|state| state.address = None);
                servers.kill(&mut server)?;
                server = servers.spawn()?;
                if random.below(KILLED_EARLY) == 0 {
                    pause(random.below(100));
                    servers.kill(&mut server)?;
                    server = servers.spawn()?;
                }
                server.wait_until_ready()?;
            }
            serve(&shared, &server);
            Ok(())
        })();
        shared.change(|state| {
            state.released = plan.executions;
            state.done = ended.is_err();
        });
        ended
    })?;
    let started = std::mem::take(&mut shared.lock().started);
    Ok(Outcome {
        server,
        table,
        started,
        kills: servers.kills,
        shared,
    })
}

/// One server after the other on the same data.
struct Servers<'a> {
    table: Arc<Table>,
    data: &'a Path,
    kills: Vec<Kill>,
    count: usize,
}

impl Servers<'_> {
    fn spawn(&mut self) -> io::Result<Server> {
        self.count += 1;
        Server::spawn(&Options {
            endpoint_url: Some(self.table.listen(self.count)?.url()),
            data: Some(self.data.to_owned()),
            ..Options::default()
        })
    }

    fn kill(&mut self, server: &mut Server) -> io::Result<()> {
        let from = SystemTime::now();
        server.kill()?;
        let to = SystemTime::now();
        self.kills.push(Kill { from, to });
        Ok(())
    }
}

fn create(client: &mut Client) -> Result<(), CallError> {
    client.call("CreateActivity", &json!({"name": "Crash"}))?;
    for shape in SHAPES {
        client.call(
            "CreateStateMachine",
            &json!({"name": shape.name(), "definition": shape.definition().to_string(), "roleArn": ROLE_ARN}),
        )?;
    }
    Ok(())
}

pub(crate) fn serve(shared: &Shared, server: &Server) {
    shared.change(|state| {
        state.generation += 1;
        state.address = Some(server.address().to_owned());
    });
}

/// Lets time pass and executions start, the last of them just before the end.
fn live(shared: &Shared, random: &mut Random, upto: usize) {
    const PORTIONS: usize = 4;
    let before = shared.lock().released;
    let portion_millis = random.below(MOST_LIFE_MILLIS) / PORTIONS as u64;
    for portion in 1..=PORTIONS {
        pause(portion_millis);
        let released = before + (upto - before) * portion / PORTIONS;
        shared.change(|state| state.released = released);
    }
    pause(random.below(4));
}

/// How long a server lives is what this test is about: time has to pass.
pub(crate) fn pause(millis: u64) {
    std::thread::sleep(Duration::from_millis(millis));
}

fn start_executions(shared: &Shared, shapes: &[Shape]) {
    let mut client = Persistent::new(shared);
    loop {
        let index = {
            let waits =
                |state: &mut State| !state.done && state.begun >= state.released.min(shapes.len());
            let all = |state: &State| state.begun >= shapes.len();
            let mut state = shared.lock();
            if !all(&state) {
                state = shared
                    .changed
                    .wait_while(state, |state| waits(state) && !all(state))
                    .expect("not poisoned");
            }
            if state.done || all(&state) {
                return;
            }
            state.begun += 1;
            state.begun - 1
        };
        let (shape, name) = (shapes[index], format!("execution-{index:04}"));
        let parameters = json!({
            "stateMachineArn": shape.state_machine_arn(),
            "name": name,
            "input": json!({"key": name}).to_string(),
        });
        let Some((answer, again)) = client.call("StartExecution", &parameters) else {
            return;
        };
        let arn = format!(
            "arn:aws:states:us-east-1:123456789012:execution:{}:{name}",
            shape.name()
        );
        shared.change(|state| {
            match answer {
                Ok(answer) if answer["executionArn"] == arn => {}
                // The first try was heard, and the execution has ended since.
                Err(error) if again && error.code() == Some("ExecutionAlreadyExists") => {}
                other => state.violations.push(format!("start of {name}: {other:?}")),
            }
            state.started.push(Started { shape, name, arn });
        });
    }
}

fn answer_callbacks(shared: &Shared, tokens: &Mutex<Receiver<Token>>) {
    let mut client = Persistent::new(shared);
    loop {
        let Ok(Token { token, execution }) = tokens.lock().expect("not poisoned").recv() else {
            return;
        };
        // A call that was open at a crash brings its token again.
        if !shared.lock().tokens.insert(token.clone()) {
            continue;
        }
        if !succeed(shared, &mut client, &token, &execution) {
            return;
        }
    }
}

fn work(shared: &Shared, worker: usize) {
    let mut client = Persistent::new(shared);
    let poll = json!({"activityArn": ACTIVITY, "workerName": format!("worker-{worker}")});
    while let Some((task, _)) = client.call("GetActivityTask", &poll) {
        let task = match task {
            Ok(task) => task,
            Err(error) => {
                shared.change(|state| state.violations.push(format!("GetActivityTask: {error}")));
                return;
            }
        };
        let Some(token) = task["taskToken"].as_str() else {
            continue;
        };
        let input: Value = task["input"]
            .as_str()
            .and_then(|input| serde_json::from_str(input).ok())
            .unwrap_or_default();
        let execution = input["execution"].as_str().unwrap_or_default();
        if !succeed(shared, &mut client, token, execution) {
            return;
        }
    }
}

/// Answers a task until that is acknowledged. False when all is done.
fn succeed(shared: &Shared, client: &mut Persistent<'_>, token: &str, execution: &str) -> bool {
    let parameters = json!({"taskToken": token, "output": answer(execution).to_string()});
    let Some((answer, again)) = client.call("SendTaskSuccess", &parameters) else {
        return false;
    };
    shared.change(|state| match answer {
        Ok(_) => {}
        // Another try of an answer that was heard.
        Err(error) if again && error.code() == Some("TaskTimedOut") => {}
        Err(error) => {
            let what = format!("answer to the task of {execution}: {error}");
            state.violations.push(what);
        }
    });
    true
}

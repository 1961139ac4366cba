//! Schedules and rules under kills: every acknowledged schedule starts one execution, every acknowledged event too, and what they send to a
//! queue arrives at least once.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use harness::{CallError, Client, Options, ROLE_ARN, Server, Worker, WorkerRequest};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::Random;
use crate::run::{KILLED_EARLY, MOST_LIFE_MILLIS, Persistent, Shared, pause, serve};

const QUEUE: &str = "arn:aws:sqs:us-east-1:123456789012:fired";
const CREATORS: usize = 4;
/// Schedules are due within so many seconds, from a moment after they are made: while servers are killed.
const SPREAD_SECONDS: u64 = 8;
/// How long the last server may take until all has arrived.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Plan {
    pub seed: u64,
    pub schedules: usize,
    pub events: usize,
    pub kills: usize,
}

#[derive(Debug, Default)]
pub struct Verdict {
    pub schedules: usize,
    pub events_acknowledged: usize,
    pub executions: usize,
    pub messages: usize,
    /// Messages that arrived more than once.
    pub repeated: usize,
    pub violations: Vec<String>,
}

/// What was acknowledged.
#[derive(Default)]
struct Acknowledged {
    schedules: BTreeSet<String>,
    /// Id and key.
    events: BTreeMap<String, String>,
    violations: Vec<String>,
}

/// The queue: how often each message has arrived.
type Messages = Arc<Mutex<BTreeMap<String, usize>>>;

pub fn run(plan: &Plan, data: &Path) -> io::Result<Verdict> {
    let messages = Messages::default();
    let queue = queue(messages.clone())?;
    let start = || {
        Server::spawn(&Options {
            endpoint_url: Some(queue.url()),
            data: Some(data.to_owned()),
            ..Options::default()
        })
    };
    let mut server = start()?;
    server.wait_until_ready()?;
    let machine = prepare(&mut server.client()).map_err(io::Error::other)?;
    let shared = Shared::default();
    let acknowledged = Mutex::new(Acknowledged::default());
    let mut random = Random(plan.seed);
    let ahead: Vec<i64> = (0..plan.schedules)
        .map(|_| 3 + random.below(SPREAD_SECONDS) as i64)
        .collect();
    std::thread::scope(|scope| {
        for first in 0..CREATORS {
            let (shared, acknowledged) = (&shared, &acknowledged);
            let (ahead, machine) = (&ahead, &machine);
            scope.spawn(move || {
                let mut client = Persistent::new(shared);
                for index in (first..ahead.len()).step_by(CREATORS) {
                    let due = Timestamp::now().as_second() + ahead[index];
                    create(&mut client, index, due, machine, acknowledged);
                }
                for index in (first..plan.events).step_by(CREATORS) {
                    put(&mut client, index, acknowledged);
                    pause(100);
                }
            });
        }
        let killed = (|| {
            for _ in 0..plan.kills {
                serve(&shared, &server);
                pause(random.below(MOST_LIFE_MILLIS));
                shared.change(|state| state.address = None);
                server.kill()?;
                server = start()?;
                if random.below(KILLED_EARLY) == 0 {
                    pause(random.below(100));
                    server.kill()?;
                    server = start()?;
                }
                server.wait_until_ready()?;
            }
            serve(&shared, &server);
            Ok::<_, io::Error>(())
        })();
        shared.change(|state| state.done = killed.is_err());
        killed
    })?;
    let acknowledged = acknowledged.into_inner().expect("not poisoned");
    let result = verify(&mut server.client(), &machine, acknowledged, &messages);
    result.map_err(|error| io::Error::other(format!("{error}; {}", server.log())))
}

/// Somebody in place of SQS.
fn queue(messages: Messages) -> io::Result<Worker> {
    Worker::start(move |request: &WorkerRequest<'_>| {
        if request.operation == "SendMessage" {
            let body: Value = serde_json::from_slice(request.body).unwrap_or_default();
            let message = body["MessageBody"].as_str().unwrap_or_default();
            let message: Value = serde_json::from_str(message).unwrap_or_default();
            let key = message["key"]
                .as_str()
                .or(message["detail"]["key"].as_str());
            let mut messages = messages.lock().expect("not poisoned");
            *messages
                .entry(key.unwrap_or("none").to_owned())
                .or_default() += 1;
        }
        json!({ "MessageId": "m", "FailedEntryCount": 0, "Entries": [{ "EventId": "1" }] })
            .to_string()
    })
}

/// The state machine, and a rule with it and the queue as targets; its ARN.
fn prepare(client: &mut Client) -> Result<String, CallError> {
    let definition = json!({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}});
    let machine = client.create_state_machine("Fired", &definition)?;
    let pattern = json!({ "source": ["crash"] }).to_string();
    client.events(
        "PutRule",
        &json!({ "Name": "crash", "EventPattern": pattern }),
    )?;
    let targets = json!([
        { "Id": "machine", "Arn": machine, "RoleArn": ROLE_ARN },
        { "Id": "queue", "Arn": QUEUE },
    ]);
    let put = client.events(
        "PutTargets",
        &json!({ "Rule": "crash", "Targets": targets }),
    )?;
    assert_eq!(put["FailedEntryCount"], 0, "{put}");
    Ok(machine)
}

/// Half of them start executions, half send messages.
fn starts_execution(index: usize) -> bool {
    index.is_multiple_of(2)
}

fn create(
    client: &mut Persistent<'_>,
    index: usize,
    due: i64,
    machine: &str,
    acknowledged: &Mutex<Acknowledged>,
) {
    let name = format!("schedule-{index:04}");
    let at = Timestamp::from_second(due).expect("a time of this century");
    let at = at.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    // One in ten is due once a minute, from then on.
    let (expression, start) = match index % 10 {
        9 => ("rate(1 minute)".to_owned(), json!(due)),
        _ => (format!("at({at})"), Value::Null),
    };
    let input = json!({ "key": name, "due": "<aws.scheduler.scheduled-time>" });
    let mut schedule = json!({
        "ClientToken": name,
        "ScheduleExpression": expression,
        "FlexibleTimeWindow": { "Mode": "OFF" },
        "Target": {
            "Arn": if starts_execution(index) { machine } else { QUEUE },
            "RoleArn": ROLE_ARN,
            "Input": input.to_string(),
        },
    });
    if !start.is_null() {
        schedule["StartDate"] = start;
    }
    let path = format!("POST /schedules/{name}");
    let answer = client.ask(|client| client.rest("scheduler", &path, &schedule));
    let mut acknowledged = acknowledged.lock().expect("not poisoned");
    match answer {
        Some((Ok(_), _)) => drop(acknowledged.schedules.insert(name)),
        other => acknowledged.violations.push(format!("{name}: {other:?}")),
    }
}

fn put(client: &mut Persistent<'_>, index: usize, acknowledged: &Mutex<Acknowledged>) {
    let key = format!("event-{index:04}");
    let detail = json!({ "key": key }).to_string();
    let entry = json!({ "Source": "crash", "DetailType": "Crash", "Detail": detail });
    let entries = json!({ "Entries": [entry] });
    let answer = client.ask(|client| client.events("PutEvents", &entries));
    let mut acknowledged = acknowledged.lock().expect("not poisoned");
    match answer {
        Some((Ok(answer), _)) => match answer["Entries"][0]["EventId"].as_str() {
            Some(id) => drop(acknowledged.events.insert(id.to_owned(), key)),
            None => acknowledged.violations.push(format!("{key}: {answer}")),
        },
        other => acknowledged.violations.push(format!("{key}: {other:?}")),
    }
}

fn verify(
    client: &mut Client,
    machine: &str,
    acknowledged: Acknowledged,
    messages: &Messages,
) -> Result<Verdict, CallError> {
    let Acknowledged {
        schedules,
        events,
        mut violations,
    } = acknowledged;
    let is_of_machine = |name: &&String| {
        let index = name.rsplit('-').next().and_then(|index| index.parse().ok());
        index.is_some_and(starts_execution)
    };
    let deadline = Instant::now() + PATIENCE;
    let (executions, seen) = loop {
        let executions = executions(client, machine)?;
        let seen = messages.lock().expect("not poisoned").clone();
        let keys: BTreeSet<&str> = executions.iter().map(|one| one.key.as_str()).collect();
        let ids = executions
            .iter()
            .filter_map(|one| one.name.split('_').next());
        let ids: BTreeSet<&str> = ids.collect();
        let missing: Vec<&String> = schedules
            .iter()
            .filter(|name| match is_of_machine(name) {
                true => !keys.contains(name.as_str()),
                false => !seen.contains_key(*name),
            })
            .chain(events.keys().filter(|id| !ids.contains(id.as_str())))
            .chain(events.values().filter(|key| !seen.contains_key(*key)))
            .collect();
        if missing.is_empty() {
            break (executions, seen);
        }
        if Instant::now() > deadline {
            violations.extend(missing.into_iter().map(|what| format!("{what} was lost")));
            break (executions, seen);
        }
        pause(200);
    };
    // Once: an occurrence of a schedule, an event.
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for execution in &executions {
        let what = match execution.name.split_once('_') {
            Some((event_id, _)) => event_id.to_owned(),
            None => format!("{} of {}", execution.key, execution.due),
        };
        *times.entry(what).or_default() += 1;
    }
    let twice = times.into_iter().filter(|(_, times)| *times > 1);
    violations.extend(twice.map(|(what, times)| format!("{what} has started {times} executions")));
    Ok(Verdict {
        schedules: schedules.len(),
        events_acknowledged: events.len(),
        executions: executions.len(),
        messages: seen.len(),
        repeated: seen.values().filter(|times| **times > 1).count(),
        violations,
    })
}

struct Execution {
    name: String,
    /// Of the schedule or event that started it.
    key: String,
    /// Of a schedule's occurrence.
    due: String,
}

fn executions(client: &mut Client, machine: &str) -> Result<Vec<Execution>, CallError> {
    let mut executions = Vec::new();
    let mut parameters = json!({ "stateMachineArn": machine, "maxResults": 1000 });
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    loop {
        let page = client.call("ListExecutions", &parameters)?;
        for execution in page["executions"].as_array().into_iter().flatten() {
            let arn = &execution["executionArn"];
            let described = client.call("DescribeExecution", &json!({ "executionArn": arn }))?;
            let input: Value = serde_json::from_str(&text(&described["input"])).unwrap_or_default();
            let key = input["key"].as_str().or(input["detail"]["key"].as_str());
            executions.push(Execution {
                name: text(&execution["name"]),
                key: key.unwrap_or_default().to_owned(),
                due: text(&input["due"]),
            });
        }
        match &page["nextToken"] {
            Value::Null => return Ok(executions),
            token => parameters["nextToken"] = token.clone(),
        }
    }
}

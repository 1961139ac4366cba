//! Chains of ten Task states, each a call that an HTTP worker serves.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use harness::{CallError, Client, Options, Server, Worker};
use serde_json::{Value, json};

use super::baseline::Baseline;
use super::chains::{CLIENTS, STATES, chain, ended};
use super::load::load;
use super::{Figure, Target};

const EXECUTIONS: usize = 2_000;

pub fn figures(baseline: &Baseline) -> Result<Vec<Figure>, CallError> {
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..CLIENTS).map(|_| sync_channel(1)).unzip();
    let worker =
        Worker::start(move |request| answer(&senders, request.body)).map_err(CallError::Io)?;
    let server = Server::start(&Options {
        endpoint_url: Some(worker.url()),
        ..Options::default()
    })
    .map_err(CallError::Io)?;
    let task = |index| {
        json!({
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:dynamodb:getItem",
            "Parameters": {"TableName": "T", "Key": {"id": {"S.$": format!("States.Format('{{}}/{index}', $.client)")}}},
            "ResultPath": null,
        })
    };
    let machine = server
        .client()
        .create_state_machine("Tasks", &chain(task))?;
    let receivers: Vec<Mutex<Option<Receiver<()>>>> = receivers
        .into_iter()
        .map(|receiver| Mutex::new(Some(receiver)))
        .collect();
    let connect = |index: usize| {
        let receiver = receivers[index].lock().expect("not poisoned").take();
        let receiver = receiver.expect("one client a receiver");
        (server.client(), receiver)
    };
    let run = |(client, last_call): &mut (Client, Receiver<()>), index: usize| {
        let input = json!({"client": index % CLIENTS}).to_string();
        let execution = client.start(&machine, &format!("tasks-{index}"), &input)?;
        // Not to look before it can have ended: looking costs what is measured.
        last_call
            .recv()
            .map_err(|_| CallError::Io(std::io::Error::other("the worker has gone")))?;
        ended(client, &execution)
    };
    let times = load(CLIENTS, EXECUTIONS, connect, run)?;
    Ok(vec![
        Figure {
            workload: "ten Task states at an HTTP worker, 32 at once",
            what: "throughput",
            value: times.per_second(),
            unit: "executions/s",
            target: Target::AtLeast(1_000.0),
            beside: baseline.throughput(),
        },
        Figure {
            workload: "ten Task states at an HTTP worker, 32 at once",
            what: "p50",
            value: times.millis(50),
            unit: "ms",
            target: Target::None,
            beside: baseline.latency(),
        },
    ])
}

/// Answers an item; at the last state tells the client whose execution it is.
fn answer(clients: &[SyncSender<()>], body: &[u8]) -> String {
    const ANSWER: &str = r#"{"Item":{"id":{"S":"1"}}}"#;
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let id = body["Key"]["id"]["S"].as_str().unwrap_or_default();
    if let Some((client, state)) = id.split_once('/')
        && state.parse() == Ok(STATES - 1)
        && let Some(client) = client
            .parse()
            .ok()
            .and_then(|index: usize| clients.get(index))
    {
        // The client may have gone at the end.
        let _ = client.send(());
    }
    ANSWER.to_owned()
}

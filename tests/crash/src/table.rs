//! Somebody in place of AWS: DynamoDB calls are answered after a moment, and each is written down.

use std::io;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use harness::{Worker, WorkerRequest};
use serde_json::{Value, json};

use crate::Random;

/// The longest that a call takes: it is to be open when the server is killed.
const MOST_MILLIS: u64 = 60;

/// One call as it arrived.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// `EXECUTION/STATE`.
    pub key: String,
    pub client_token: Option<String>,
    pub at: SystemTime,
    /// Which server made it.
    pub server: usize,
}

/// A task token that arrived in a call, and the execution that it is for.
pub struct Token {
    pub token: String,
    pub execution: String,
}

pub struct Table {
    arrivals: Mutex<Vec<Arrival>>,
    random: Mutex<Random>,
    tokens: Sender<Token>,
}

impl Table {
    pub fn new(seed: u64, tokens: Sender<Token>) -> Arc<Table> {
        Arc::new(Table {
            arrivals: Mutex::default(),
            random: Mutex::new(Random(seed)),
            tokens,
        })
    }

    /// An address of its own for each server, so that calls tell who made them.
    pub fn listen(self: &Arc<Table>, server: usize) -> io::Result<Worker> {
        let table = self.clone();
        Worker::start(move |request| table.answer(request, server))
    }

    pub fn arrivals(&self) -> Vec<Arrival> {
        self.arrivals.lock().expect("not poisoned").clone()
    }

    fn answer(&self, request: &WorkerRequest<'_>, server: usize) -> String {
        if request.operation == "PutEvents" {
            return json!({"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}).to_string();
        }
        let Some((arrival, token)) = read(request, server) else {
            return json!({"__type": "ValidationException", "message": "not understood"})
                .to_string();
        };
        let item = json!({"Item": {"id": {"S": arrival.key}}});
        self.arrivals.lock().expect("not poisoned").push(arrival);
        let millis = self.random.lock().expect("not poisoned").below(MOST_MILLIS);
        // The work itself, not a wait for anything.
        std::thread::sleep(Duration::from_millis(millis));
        if let Some(token) = token {
            // Nobody listens any more at the end of the test.
            drop(self.tokens.send(token));
        }
        match request.operation {
            "GetItem" => item.to_string(),
            _ => "{}".to_owned(),
        }
    }
}

fn read(request: &WorkerRequest<'_>, server: usize) -> Option<(Arrival, Option<Token>)> {
    let body: Value = serde_json::from_slice(request.body).ok()?;
    let item = match request.operation {
        "GetItem" => &body["Key"],
        "PutItem" => &body["Item"],
        "TransactWriteItems" => &body["TransactItems"][0]["Put"]["Item"],
        _ => return None,
    };
    let key = item["id"]["S"].as_str()?.to_owned();
    let token = item["token"]["S"].as_str().map(|token| Token {
        token: token.to_owned(),
        execution: key.split('/').next().unwrap_or_default().to_owned(),
    });
    let arrival = Arrival {
        key,
        client_token: body["ClientRequestToken"].as_str().map(str::to_owned),
        at: SystemTime::now(),
        server,
    };
    Some((arrival, token))
}

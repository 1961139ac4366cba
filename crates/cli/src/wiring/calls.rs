//! The engine's port for calls: each runs as a task on the asynchronous runtime.

use std::sync::Arc;

use engine::{Answer, Calls};
use interpreter::{Call, CallKey};
use store::ExecutionId;
use tokio::runtime::Handle;

use super::ledger::{Entry, Ledger};
use super::performer::Performer;

pub struct RunCalls {
    runtime: Handle,
    performer: Arc<Performer>,
    ledger: Arc<Ledger>,
}

impl RunCalls {
    pub fn new(runtime: Handle, performer: Arc<Performer>) -> RunCalls {
        RunCalls {
            runtime,
            performer,
            ledger: Arc::default(),
        }
    }

    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }
}

impl Calls for RunCalls {
    fn begin(&self, execution: &ExecutionId, call: Box<Call>, answer: Answer) {
        let key = call.key;
        let entry = Entry::of(&call);
        let (performer, ledger, execution) = (
            self.performer.clone(),
            self.ledger.clone(),
            execution.clone(),
        );
        self.ledger.open(key, entry, || {
            let task = self.runtime.spawn(async move {
                let result = performer.perform(&execution, &call).await;
                ledger.close(key, result.is_ok());
                answer.send(result);
            });
            task.abort_handle()
        });
    }

    fn abandon(&self, _: &ExecutionId, key: CallKey) {
        self.ledger.abandon(key);
    }
}

//! What the operations on executions work with, besides the control plane.

use std::pin::Pin;
use std::sync::Arc;

use engine::{Engine, Reply};
use interpreter::{Call, CallResult, Limits};
use serde::Serialize;
use serde_json::Value;
use store::{ExecutionId, Store};

use crate::executions::RedriveTokens;
use crate::express_ring::ExpressExecution;
use crate::{Error, Hub, Service};

/// Makes the calls of a state that is tested: there is no execution, and no engine behind it.
pub trait PerformCall: Send + Sync {
    /// Makes the call and waits for its answer. Dropping the future gives it up.
    fn perform<'a>(
        &'a self,
        execution: &'a ExecutionId,
        call: &'a Call,
    ) -> Pin<Box<dyn Future<Output = CallResult> + Send + 'a>>;
}

/// The engine and what is around it.
#[derive(Clone)]
pub struct Runtime {
    pub store: Arc<dyn Store>,
    pub engine: Engine,
    /// The engine's observer, or told by it.
    pub hub: Hub,
    /// Those of the engine.
    pub limits: Limits,
    /// For TestState.
    pub performer: Arc<dyn PerformCall>,
    pub(crate) redrive_tokens: Arc<RedriveTokens>,
}

impl Runtime {
    pub fn new(
        store: Arc<dyn Store>,
        engine: Engine,
        hub: Hub,
        limits: Limits,
        performer: Arc<dyn PerformCall>,
    ) -> Runtime {
        Runtime {
            store,
            engine,
            hub,
            limits,
            performer,
            redrive_tokens: Arc::default(),
        }
    }

    /// Reads from the store, which may take its time.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&dyn Store) -> Result<T, store::Error> + Send + 'static,
    ) -> Result<T, Error> {
        let store = self.store.clone();
        blocking(move || Ok(read(&*store)?)).await
    }

    /// Waits for the engine's reply.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        begin: impl FnOnce(&Engine, Reply<T>),
    ) -> Result<T, Error> {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        // Who has gone meanwhile needs no answer.
        begin(
            &self.engine,
            Box::new(move |reply| drop(sender.send(reply))),
        );
        let stopping = |_| Error::ServiceUnavailable("The server is shutting down".to_owned());
        receiver.await.map_err(stopping)
    }
}

impl Service {
    /// The last Express executions of StartExecution and StartSyncExecution, newest first.
    pub fn express_ring(&self) -> Vec<ExpressExecution> {
        self.runtime().hub.express.newest()
    }

    /// Status changes and steps of executions, for whoever tells others of them.
    pub fn hub(&self) -> &Hub {
        &self.runtime().hub
    }
}

/// Does what may wait for the store.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(Error::InternalFailure(error.to_string())))
}

/// An answer as JSON.
pub(crate) fn to_json(answer: &impl Serialize) -> Result<Value, Error> {
    serde_json::to_value(answer).map_err(|error| Error::InternalFailure(error.to_string()))
}

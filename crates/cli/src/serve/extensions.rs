//! Operations that AWS does not have, for our own command line: `X-Amz-Target: Stepwright.…`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use engine::{ControlError, Engine};
use interpreter::decode_events;
use serde::Deserialize;
use serde_json::{Value, json};
use store::{Error, ExecutionId, ListedStatus, Order, Store};
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

/// Segments of one answer.
const SEGMENTS: usize = 256;
const MAX_WAIT_SECONDS: u64 = 60;

pub const OPERATIONS: &[&str] = &["Stepwright.FollowExecution", "Stepwright.DrainExecution"];

/// Those who wait for the next commit of an execution.
#[derive(Default)]
pub struct Followers(Mutex<HashMap<ExecutionId, Arc<Notify>>>);

impl Followers {
    /// Called at every commit: costs a look when nobody follows.
    pub fn committed(&self, execution: &ExecutionId) {
        if let Some(follower) = self.lock().get(execution) {
            follower.notify_waiters();
        }
    }

    fn of(&self, execution: &ExecutionId) -> Arc<Notify> {
        self.lock().entry(execution.clone()).or_default().clone()
    }

    /// Forgets an execution that nobody follows any more.
    fn leave(&self, execution: &ExecutionId, own: &Arc<Notify>) {
        let mut all = self.lock();
        // The map's and the caller's own.
        if Arc::strong_count(own) <= 2 {
            all.remove(execution);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ExecutionId, Arc<Notify>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Status, AWS's name of the error, message.
type Refused = (u16, &'static str, String);

#[derive(Clone)]
pub struct Extensions {
    pub store: Arc<dyn Store>,
    pub engine: Engine,
    pub followers: Arc<Followers>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    execution_arn: Arc<str>,
    #[serde(default)]
    after_event_id: u64,
    #[serde(default)]
    wait_seconds: u64,
}

impl Extensions {
    /// Status and body of the answer.
    pub async fn call(self, operation: &str, body: &[u8]) -> (u16, Value) {
        let answer = match serde_json::from_slice(body) {
            Ok(input) => self.perform(operation, input).await,
            Err(error) => Err((400, "SerializationException", error.to_string())),
        };
        answer.map_or_else(
            |(status, code, message)| (status, json!({ "__type": code, "message": message })),
            |body| (200, body),
        )
    }

    async fn perform(self, operation: &str, input: Input) -> Result<Value, Refused> {
        match operation {
            "Stepwright.FollowExecution" => self.follow(input).await,
            "Stepwright.DrainExecution" => self.drain(input).await,
            _ => Err((
                400,
                "UnknownOperationException",
                format!("{operation} is no operation"),
            )),
        }
    }

    /// The events behind one; when there are none, and the execution runs, those of the next commit within `waitSeconds`.
    async fn follow(self, input: Input) -> Result<Value, Refused> {
        let follower = self.followers.of(&input.execution_arn);
        let followed = self.followed(&input, &follower).await;
        self.followers.leave(&input.execution_arn, &follower);
        followed
    }

    async fn followed(&self, input: &Input, follower: &Notify) -> Result<Value, Refused> {
        let until = Instant::now() + Duration::from_secs(input.wait_seconds.min(MAX_WAIT_SECONDS));
        loop {
            // Before the reading, so that no commit comes between.
            let committed = follower.notified();
            tokio::pin!(committed);
            committed.as_mut().enable();
            let (store, id, after) = (
                self.store.clone(),
                input.execution_arn.clone(),
                input.after_event_id,
            );
            let read = tokio::task::spawn_blocking(move || read(&*store, &id, after));
            let read = read
                .await
                .map_err(|error| internal(&error))?
                .map_err(|error| internal(&error))?;
            let Some((events, status)) = read else {
                return Err(does_not_exist(&input.execution_arn));
            };
            let is_over = status != ListedStatus::Running && status != ListedStatus::PendingRedrive;
            if events.is_empty()
                && !is_over
                && tokio::time::timeout_at(until, committed).await.is_ok()
            {
                continue;
            }
            return Ok(json!({ "events": events, "status": name(status) }));
        }
    }

    async fn drain(self, input: Input) -> Result<Value, Refused> {
        let (reply, drained) = oneshot::channel();
        let id: ExecutionId = input.execution_arn;
        self.engine.drain(
            &id,
            Box::new(move |result| {
                // Who asked may have gone.
                let _ = reply.send(result);
            }),
        );
        match drained.await {
            Ok(Ok(_)) => Ok(json!({})),
            Ok(Err(ControlError::DoesNotExist)) => Err(does_not_exist(&id)),
            // It winds down already, as far as it ever will.
            Ok(Err(ControlError::HasEnded(_))) => Ok(json!({})),
            Ok(Err(error)) => Err(internal(&error)),
            Err(error) => Err(internal(&error)),
        }
    }
}

/// None: there is no such execution.
fn read(
    store: &dyn Store,
    id: &ExecutionId,
    after: u64,
) -> Result<Option<(Vec<Value>, ListedStatus)>, Error> {
    // The status first: what is committed later shows with the next question.
    let Some((listing, _)) = store.summary(id)? else {
        return Ok(None);
    };
    let mut events = Vec::new();
    for segment in store.segments(id, after + 1, Order::Ascending, SEGMENTS)? {
        let decoded =
            decode_events(&segment.events).map_err(|error| Error::Corrupt(error.to_string()))?;
        events.extend(
            decoded
                .iter()
                .filter(|event| event.id > after)
                .map(|event| event.to_json()),
        );
    }
    Ok(Some((events, listing.status)))
}

fn name(status: ListedStatus) -> &'static str {
    match status {
        ListedStatus::Running => "RUNNING",
        ListedStatus::Succeeded => "SUCCEEDED",
        ListedStatus::Failed => "FAILED",
        ListedStatus::TimedOut => "TIMED_OUT",
        ListedStatus::Aborted => "ABORTED",
        ListedStatus::PendingRedrive => "PENDING_REDRIVE",
    }
}

fn does_not_exist(arn: &str) -> Refused {
    (
        400,
        "ExecutionDoesNotExist",
        format!("Execution Does Not Exist: '{arn}'"),
    )
}

fn internal(error: &dyn std::fmt::Display) -> Refused {
    (500, "InternalServerError", error.to_string())
}

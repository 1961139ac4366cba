//! Operations that AWS does not have, for our own command line: `X-Amz-Target: Stepwright.…`.

use std::collections::HashMap;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use api::scheduler::Overview;
use api::stacks::{self, Stacks};
use api::wire::ServiceCall;
use engine::{ControlError, Engine, Reply};
use interpreter::decode_events;
use serde::Deserialize;
use serde_json::{Value, json};
use store::{AuditEntry, Error, ExecutionId, ListedStatus, Order, Store};
use tokio::sync::futures::Notified;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

use super::http::Caller;

/// Segments of one answer.
const SEGMENTS: usize = 256;
const MAX_WAIT_SECONDS: u64 = 60;

pub const OPERATIONS: &[&str] = &[
    "Stepwright.FollowExecution",
    "Stepwright.DrainExecution",
    "Stepwright.PauseExecution",
    "Stepwright.ResumeExecution",
    "Stepwright.DescribeServer",
    "Stepwright.PutStack",
    "Stepwright.DescribeStack",
    "Stepwright.ListStacks",
    "Stepwright.DeleteStack",
    "Stepwright.ListSchedules",
    "Stepwright.DescribeSchedule",
    "Stepwright.RunSchedule",
    "Stepwright.SetScheduleState",
    "Stepwright.PutSchedulePolicy",
];

/// What `Stepwright.DescribeServer` tells.
#[derive(Clone, serde::Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ServerDescription {
    pub version: &'static str,
    pub account: String,
    pub region: String,
    /// An absolute path on the server's machine.
    pub data: PathBuf,
    pub pid: u32,
    /// `stepwright up` has started it, and `stepwright down` may end it.
    pub is_background: bool,
}

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

    pub fn follow(self: &Arc<Self>, execution: &ExecutionId) -> Follower {
        Follower {
            all: self.clone(),
            execution: execution.clone(),
            committed: self.lock().entry(execution.clone()).or_default().clone(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ExecutionId, Arc<Notify>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of them. It may go at any time: its client closes the connection.
pub struct Follower {
    all: Arc<Followers>,
    execution: ExecutionId,
    committed: Arc<Notify>,
}

impl Follower {
    /// Comes back at the first commit from now on, even if it is not yet waited for.
    pub fn committed(&self) -> Pin<Box<Notified<'_>>> {
        let mut committed = Box::pin(self.committed.notified());
        committed.as_mut().enable();
        committed
    }
}

impl Drop for Follower {
    /// Forgets an execution that nobody follows any more.
    fn drop(&mut self) {
        let mut all = self.all.lock();
        // The map's and its own.
        if Arc::strong_count(&self.committed) <= 2 {
            all.remove(&self.execution);
        }
    }
}

/// Status, AWS's name of the error, message.
type Refused = (u16, &'static str, String);

#[derive(Clone)]
pub struct Extensions {
    pub store: Arc<dyn Store>,
    pub engine: Engine,
    pub followers: Arc<Followers>,
    pub stacks: Stacks,
    pub description: Arc<ServerDescription>,
    pub schedules: Overview,
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
    pub async fn call(self, operation: &str, body: &[u8], caller: Caller) -> (u16, Value) {
        if operation == "Stepwright.DescribeServer" {
            return (200, json!(*self.description));
        }
        if stacks::OPERATIONS.contains(&operation) {
            return self.stack(operation, body, caller).await;
        }
        let plain = operation.trim_start_matches("Stepwright.");
        let of_schedules = api::scheduler::OPERATIONS.iter().find(|own| **own == plain);
        if let Some(operation) = of_schedules {
            return self.of_schedules(operation, body, caller).await;
        }
        let answer = match serde_json::from_slice(body) {
            Ok(input) => self.perform(operation, input, caller).await,
            Err(error) => Err((400, "SerializationException", error.to_string())),
        };
        answer.map_or_else(
            |(status, code, message)| (status, json!({ "__type": code, "message": message })),
            |body| (200, body),
        )
    }

    async fn stack(self, operation: &str, body: &[u8], caller: Caller) -> (u16, Value) {
        let audit = AuditEntry {
            at_millis: jiff::Timestamp::now().as_millisecond(),
            principal: caller.principal.into(),
            source: caller.source.into(),
            action: operation.into(),
            resource: "stack".into(),
        };
        match self.stacks.call(operation, body, audit).await {
            Ok(answer) => (200, answer),
            Err(error) => (
                error.status,
                json!({ "__type": error.code, "message": error.message }),
            ),
        }
    }

    async fn perform(
        self,
        operation: &str,
        input: Input,
        caller: Caller,
    ) -> Result<Value, Refused> {
        match operation {
            "Stepwright.FollowExecution" => self.follow(input).await,
            _ => self.control(input, caller, operation).await,
        }
    }

    async fn of_schedules(
        self,
        operation: &'static str,
        body: &[u8],
        caller: Caller,
    ) -> (u16, Value) {
        let members = match serde_json::from_slice(body) {
            Ok(members) => members,
            Err(error) => {
                let code = "SerializationException";
                return (400, json!({ "__type": code, "message": error.to_string() }));
            }
        };
        let answer = self.schedules.call(ServiceCall {
            operation,
            input: api::wire::Input {
                members,
                payload: None,
            },
            caller: caller.into(),
            now_millis: jiff::Timestamp::now().as_millisecond(),
            call_key: None,
        });
        match answer.await {
            Ok(answer) => (200, answer),
            Err(error) => (
                error.status,
                json!({ "__type": error.code, "message": error.message }),
            ),
        }
    }

    /// The events behind one; when there are none, and the execution runs, those of the next commit within `waitSeconds`.
    async fn follow(self, input: Input) -> Result<Value, Refused> {
        let follower = self.followers.follow(&input.execution_arn);
        let until = Instant::now() + Duration::from_secs(input.wait_seconds.min(MAX_WAIT_SECONDS));
        loop {
            // Before the reading, so that no commit comes between.
            let committed = follower.committed();
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
            return Ok(json!({ "events": events, "status": status.name() }));
        }
    }

    /// Has the engine do something to an execution.
    async fn control(
        self,
        input: Input,
        caller: Caller,
        operation: &str,
    ) -> Result<Value, Refused> {
        let (sender, done) = oneshot::channel();
        // Who asked may have gone.
        let reply: Reply<Result<i64, ControlError>> =
            Box::new(move |result| drop(sender.send(result)));
        let id: ExecutionId = input.execution_arn;
        let audit = Some(AuditEntry {
            at_millis: jiff::Timestamp::now().as_millisecond(),
            principal: caller.principal.into(),
            source: caller.source.into(),
            action: operation.into(),
            resource: id.clone(),
        });
        match operation {
            "Stepwright.DrainExecution" => self.engine.drain(&id, audit, reply),
            "Stepwright.PauseExecution" => self.engine.pause(&id, audit, reply),
            "Stepwright.ResumeExecution" => self.engine.unpause(&id, audit, reply),
            _ => {
                return Err((
                    400,
                    "UnknownOperationException",
                    format!("{operation} is no operation"),
                ));
            }
        }
        match done.await {
            // It is as it was wanted.
            Ok(Ok(_) | Err(ControlError::NotPossible)) => Ok(json!({})),
            Ok(Err(ControlError::DoesNotExist)) => Err(does_not_exist(&id)),
            Ok(Err(ControlError::HasEnded(_))) => Err((
                400,
                "ValidationException",
                format!("The execution has ended: '{id}'"),
            )),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_execution_that_nobody_follows_any_more_is_forgotten() {
        let followers = Arc::new(Followers::default());
        let id: ExecutionId = "a".into();
        let (one, other) = (followers.follow(&id), followers.follow(&id));
        drop(one);
        assert_eq!(followers.lock().len(), 1);
        drop(other);
        assert_eq!(followers.lock().len(), 0);
    }
}

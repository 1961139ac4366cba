//! Calls that workflows of this server make to Step Functions: answered in the process, `arn:aws:states:::states:startExecution` in
//! all its forms and `arn:aws:states:::aws-sdk:sfn:*`.

use std::sync::Arc;

use engine::{ControlError, StopExecution};
use interpreter::{Call, CallFailure, CallPurpose, CallResult, Execution, failure};
use query::Payload;
use serde_json::Value;
use states_language::resource::{Pattern, ResourceKind};
use store::{AuditEntry, ExecutionId, ListedStatus};

use crate::delivery::Delivery;
use crate::executions::{self, Found, Origin};
use crate::service::{Caller, Request, Response};
use crate::{Error, Service};

impl Service {
    /// Answers an operation that a task of a workflow calls. `call_key` names the call, as
    /// [`connectors`](../connectors) do: the execution's ARN, then `/TASK/ATTEMPT/CALL`. A StartExecution that is made
    /// again under the same key answers as the first did.
    pub async fn call_by_execution(
        &self,
        operation: &str,
        body: &[u8],
        call_key: &str,
    ) -> Response {
        let execution = execution_of(call_key);
        let request = Request {
            operation,
            body,
            caller: caller(execution),
        };
        if operation != "StartExecution" {
            return self.call(request).await;
        }
        let started = async {
            let call = self.checked(request)?;
            let origin = self.origin(execution, call_key).await?;
            executions::start_by_call(self, &call, origin).await
        };
        started.await.into()
    }

    /// Starts an execution for a delivery and answers its ARN; `body` is that of StartExecution. A start that is made again for the
    /// same delivery answers the same, whatever has become of the execution.
    ///
    /// # Errors
    /// Those of StartExecution.
    pub async fn start_by_delivery(
        &self,
        delivery: &Delivery,
        body: &Value,
    ) -> Result<Arc<str>, Error> {
        let origin = Origin::of_call(delivery.seed, &delivery.id);
        let principal = match delivery.origin.is_of_rule() {
            true => "events.amazonaws.com",
            false => "scheduler.amazonaws.com",
        };
        let call = self.checked(Request {
            operation: "StartExecution",
            body: body.to_string().as_bytes(),
            caller: Caller {
                principal: principal.into(),
                source: delivery.origin.arn().clone(),
            },
        })?;
        let started = executions::start_by_call(self, &call, Some(origin)).await?;
        match started["executionArn"].as_str() {
            Some(arn) => Ok(arn.into()),
            None => Err(Error::InternalFailure("no execution is named".to_owned())),
        }
    }

    /// None for an execution that is nowhere durable: after a crash nothing of it is made again.
    async fn origin(&self, execution: &str, call_key: &str) -> Result<Option<Origin>, Error> {
        let id: ExecutionId = execution.into();
        let Some((_, header)) = self.runtime().read(move |store| store.summary(&id)).await? else {
            return Ok(None);
        };
        let parent = Execution::decode_header(&header).map_err(|error| {
            Error::InternalFailure(format!("{execution} cannot be read: {error}"))
        })?;
        Ok(Some(Origin::of_call(parent.identity.seed, call_key)))
    }

    /// Performs the calls of a `.sync` task behind its StartExecution: waits for the child's end, or stops it. `None`: it is no
    /// such call.
    pub async fn nested_call(&self, execution: &ExecutionId, call: &Call) -> Option<CallResult> {
        let json = match call.resource.pattern {
            Pattern::Sync => false,
            Pattern::Sync2 => true,
            _ => return None,
        };
        match &call.resource.kind {
            ResourceKind::Optimized { service, .. } if service == "states" => {}
            _ => return None,
        }
        match &call.purpose {
            CallPurpose::Submit => None,
            CallPurpose::Await { submitted } => Some(self.child_end(submitted, json).await),
            CallPurpose::Cancel { submitted } => Some(self.stop_child(execution, submitted).await),
        }
    }

    async fn child_end(&self, submitted: &Payload, json: bool) -> CallResult {
        let found = self.ended_child(submitted).await.map_err(failed)?;
        let description = executions::ended_in_sdk_names(&found, json);
        match found.listing.status {
            ListedStatus::Succeeded => Ok(Payload::from_value(description)),
            _ => Err(CallFailure {
                error: failure::names::TASK_FAILED.to_owned(),
                cause: description.to_string(),
            }),
        }
    }

    async fn ended_child(&self, submitted: &Payload) -> Result<Found, Error> {
        let arn = child_arn(submitted)?;
        let id = executions::standard(arn)?;
        let ended = self
            .runtime()
            .ask(|engine, reply| engine.when_ended(&id, reply));
        match ended.await? {
            Ok(_) => executions::find(self, arn).await,
            Err(ControlError::DoesNotExist) => Err(Error::ExecutionDoesNotExist(arn.to_owned())),
            Err(ControlError::Store(error)) => Err(error.into()),
            Err(error) => Err(Error::InternalFailure(error.to_string())),
        }
    }

    /// What a task wants that nobody waits for any more: its child ends too.
    async fn stop_child(&self, execution: &ExecutionId, submitted: &Payload) -> CallResult {
        let id = child_arn(submitted).and_then(executions::standard);
        let id = id.map_err(failed)?;
        let caller = caller(execution);
        let stop = StopExecution {
            error: None,
            cause: None,
            audit: Some(AuditEntry {
                at_millis: self.now(),
                principal: caller.principal,
                source: caller.source,
                action: "StopExecution".into(),
                resource: id.clone(),
            }),
        };
        let stopped = self
            .runtime()
            .ask(|engine, reply| engine.stop(&id, stop, reply));
        match stopped.await.map_err(failed)? {
            Err(ControlError::Store(error)) => Err(failed(error.into())),
            // It has ended before.
            _ => Ok(Payload::empty_object()),
        }
    }
}

/// The ARN of the execution that makes a call.
fn execution_of(call_key: &str) -> &str {
    call_key.rsplitn(4, '/').last().unwrap_or(call_key)
}

impl Caller {
    /// Who makes a call from within: an execution, or the delivery with this key.
    pub fn of_call(call_key: &str) -> Caller {
        match call_key.starts_with("arn:") {
            true => caller(execution_of(call_key)),
            false => Caller {
                principal: "delivery".into(),
                source: call_key.into(),
            },
        }
    }
}

fn caller(execution: &str) -> Caller {
    Caller {
        principal: "execution".into(),
        source: execution.into(),
    }
}

/// The child's ARN in the answer of StartExecution.
fn child_arn(submitted: &Payload) -> Result<&str, Error> {
    submitted.value()["ExecutionArn"]
        .as_str()
        .ok_or_else(|| Error::InternalFailure("the answer names no execution".to_owned()))
}

/// An error of this API as the optimized integration reports it.
fn failed(error: Error) -> CallFailure {
    CallFailure {
        error: format!(
            "StepFunctions.{}Exception",
            error.code().trim_end_matches("Exception")
        ),
        cause: error.to_string(),
    }
}

//! StopExecution.

use engine::{ControlError, StopExecution};
use interpreter::time::seconds_of_millis;
use serde::Deserialize;
use serde_json::{Value, json};

use super::standard;
use crate::service::Call;
use crate::{Error, Service};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    execution_arn: String,
    error: Option<String>,
    cause: Option<String>,
}

/// Answers StopExecution. One that has ended stays as it is and answers when that was, as on AWS.
pub(crate) async fn stop_execution(service: &Service, call: &Call) -> Result<Value, Error> {
    let Input {
        execution_arn,
        error,
        cause,
    } = call.input()?;
    let id = standard(&execution_arn)?;
    let stop = StopExecution {
        error: error.map(Into::into),
        cause: cause.map(Into::into),
        audit: Some(call.audit(&execution_arn)),
    };
    let runtime = service.runtime();
    let stopped = runtime.ask(|engine, reply| engine.stop(&id, stop, reply));
    let stop_millis = match stopped.await? {
        Ok(stop_millis) => stop_millis,
        Err(ControlError::HasEnded(listing)) => listing.stop_millis.unwrap_or(listing.start_millis),
        // What runs can be stopped.
        Err(ControlError::DoesNotExist | ControlError::NotPossible) => {
            return Err(Error::ExecutionDoesNotExist(execution_arn));
        }
        Err(ControlError::Store(error)) => return Err(error.into()),
    };
    Ok(json!({"stopDate": seconds_of_millis(stop_millis)}))
}

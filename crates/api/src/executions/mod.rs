//! Executions: StartExecution, StartSyncExecution, StopExecution, DescribeExecution, ListExecutions, GetExecutionHistory and
//! RedriveExecution.

mod describe;
mod history;
mod list;
mod origin;
mod redrive;
mod start;
mod stop;

use interpreter::{Execution, Status};
use store::{ExecutionId, Listing};

use crate::arn::{Arn, Resource};
use crate::{Error, Service};

pub(crate) use describe::{describe_execution, describe_state_machine, ended_in_sdk_names};
pub(crate) use history::get_execution_history;
pub use history::in_aws_form;
pub(crate) use list::list_executions;
pub(crate) use origin::Origin;
pub(crate) use redrive::{RedriveTokens, redrive_execution};
pub(crate) use start::{start_by_call, start_execution, start_sync_execution};
pub(crate) use stop::stop_execution;

/// A Standard execution as the store has it, without its frames.
pub(crate) struct Found {
    pub id: ExecutionId,
    pub listing: Listing,
    pub execution: Execution,
}

/// The execution of this ARN, which has to be that of a Standard one: nobody describes an Express execution.
pub(crate) async fn find(service: &Service, arn: &str) -> Result<Found, Error> {
    let id = standard(arn)?;
    let key = id.clone();
    let summary = service
        .runtime()
        .read(move |store| store.summary(&key))
        .await?;
    let (listing, header) = summary.ok_or_else(|| Error::ExecutionDoesNotExist(arn.to_owned()))?;
    let execution = Execution::decode_header(&header)
        .map_err(|error| Error::InternalFailure(format!("{arn} cannot be read: {error}")))?;
    Ok(Found {
        id,
        listing,
        execution,
    })
}

/// Checks that an ARN is of a Standard execution.
pub(crate) fn standard(arn: &str) -> Result<ExecutionId, Error> {
    let parsed = Arn::parse(arn)?;
    match parsed.resource {
        Resource::Execution { .. } => Ok(arn.into()),
        _ => Err(parsed.wrong_type()),
    }
}

/// Output, error and cause of an execution that has ended.
#[derive(Default)]
pub(crate) struct Outcome<'a> {
    pub output: Option<&'a str>,
    pub error: Option<&'a str>,
    pub cause: Option<&'a str>,
}

impl<'a> From<&'a Status> for Outcome<'a> {
    fn from(status: &'a Status) -> Outcome<'a> {
        match status {
            Status::Running => Outcome::default(),
            Status::Succeeded { output } => Outcome {
                output: Some(output.text()),
                ..Outcome::default()
            },
            Status::Failed(failure) | Status::TimedOut(failure) | Status::Aborted(failure) => {
                Outcome {
                    output: None,
                    error: failure.error.as_deref(),
                    cause: failure.cause.as_deref(),
                }
            }
        }
    }
}

//! What lists show of an execution.

use std::cmp::Ordering;
use std::sync::Arc;

use api::ExpressExecution;
use interpreter::{Encoded, Execution, Status};
use serde::Serialize;
use store::{Error, ExecutionId, ListedStatus, Listing, Store};

/// `ExecutionSummary` of the console's types.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExecutionSummary {
    pub arn: ExecutionId,
    pub name: Arc<str>,
    state_machine_arn: Arc<str>,
    status: &'static str,
    start_millis: i64,
    stop_millis: Option<i64>,
    redrive_count: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_arn: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alias_arn: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    map_run_arn: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    item_count: Option<u32>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_paused: bool,
}

impl ExecutionSummary {
    /// What stands in its listing.
    pub fn of(id: &ExecutionId, listing: &Listing) -> ExecutionSummary {
        ExecutionSummary {
            arn: id.clone(),
            name: listing.name.clone(),
            state_machine_arn: listing.state_machine_arn.clone(),
            status: listing.status.name(),
            start_millis: listing.start_millis,
            stop_millis: listing.stop_millis,
            redrive_count: listing.redrive_count,
            error: None,
            version_arn: listing.version_arn.clone(),
            alias_arn: listing.alias_arn.clone(),
            map_run_arn: listing.map_run_arn.clone(),
            item_count: listing.item_count,
            is_paused: false,
        }
    }

    /// The rest of it, which only its header knows. A successful one has nothing more.
    pub fn complete(self, store: &dyn Store, listing: &Listing) -> Result<ExecutionSummary, Error> {
        if listing.status == ListedStatus::Succeeded {
            return Ok(self);
        }
        Ok(match store.summary(&self.arn)? {
            // It was removed meanwhile.
            None => self,
            Some((_, record)) => {
                let execution = header(&self.arn, &record)?;
                self.with(&execution)
            }
        })
    }

    /// The order of lists.
    pub fn newest_first(&self, other: &ExecutionSummary) -> Ordering {
        let newer = other.start_millis.cmp(&self.start_millis);
        newer.then_with(|| self.arn.cmp(&other.arn))
    }

    pub fn is_running(&self) -> bool {
        self.status == ListedStatus::Running.name()
    }

    pub fn with(mut self, execution: &Execution) -> ExecutionSummary {
        self.is_paused = execution.is_paused && execution.is_running();
        self.error = error(&execution.status);
        self
    }
}

impl From<ExpressExecution> for ExecutionSummary {
    fn from(express: ExpressExecution) -> ExecutionSummary {
        ExecutionSummary {
            arn: express.execution_arn,
            name: express.name,
            state_machine_arn: express.state_machine_arn,
            status: express.status,
            start_millis: express.start_millis,
            stop_millis: express.stop_millis,
            redrive_count: 0,
            error: express.error,
            version_arn: None,
            alias_arn: None,
            map_run_arn: None,
            item_count: None,
            is_paused: false,
        }
    }
}

pub fn error(status: &Status) -> Option<Arc<str>> {
    match status {
        Status::Running | Status::Succeeded { .. } => None,
        Status::Failed(failure) | Status::TimedOut(failure) | Status::Aborted(failure) => {
            failure.error.clone()
        }
    }
}

/// An execution's header, read.
pub fn header(id: &ExecutionId, record: &Encoded) -> Result<Execution, Error> {
    let decoded = Execution::decode_header(record);
    decoded.map_err(|error| Error::Corrupt(format!("{id} cannot be read: {error}")))
}

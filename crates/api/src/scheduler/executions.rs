//! What the runner asks about executions, answered by this server's.

use std::sync::Arc;
use std::time::Duration;

use engine::{ControlError, StopExecution};
use store::{AuditEntry, ExecutionId, ListedStatus};
use tokio::runtime::Handle;

use super::runner::Executions;
use crate::Service;

/// After the store failed.
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// The executions of this server. Those of a state machine elsewhere never count as running.
pub struct OwnExecutions {
    pub service: Service,
    /// Where is waited.
    pub handle: Handle,
}

impl Executions for OwnExecutions {
    fn status(&self, execution: &str) -> Result<Option<ListedStatus>, store::Error> {
        let found = self.service.runtime().store.summary(&execution.into())?;
        Ok(found.map(|(listing, _)| listing.status))
    }

    fn when_ended(&self, execution: &Arc<str>, told: Box<dyn FnOnce() + Send>) {
        let (service, id): (_, ExecutionId) = (self.service.clone(), execution.clone());
        self.handle.spawn(async move {
            let runtime = service.runtime();
            while let Ok(Err(ControlError::Store(_))) = runtime
                .ask(|engine, reply| engine.when_ended(&id, reply))
                .await
            {
                tokio::time::sleep(TRY_AGAIN).await;
            }
            told();
        });
    }

    fn stop(&self, execution: &Arc<str>, schedule: &Arc<str>) {
        let (service, id): (_, ExecutionId) = (self.service.clone(), execution.clone());
        let cause = format!("The next occurrence of {schedule} takes its place.");
        let principal: Arc<str> = "schedule".into();
        let source = schedule.clone();
        self.handle.spawn(async move {
            let stop = || StopExecution {
                error: Some("Stepwright.Overlap".into()),
                cause: Some(cause.as_str().into()),
                audit: Some(AuditEntry {
                    at_millis: service.now(),
                    principal: principal.clone(),
                    source: source.clone(),
                    action: "StopExecution".into(),
                    resource: id.clone(),
                }),
            };
            let runtime = service.runtime();
            while let Ok(Err(ControlError::Store(_))) = runtime
                .ask(|engine, reply| engine.stop(&id, stop(), reply))
                .await
            {
                tokio::time::sleep(TRY_AGAIN).await;
            }
        });
    }
}

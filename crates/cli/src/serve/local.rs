//! Calls that workflows make to Step Functions: answered in this process, not sent anywhere.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use connectors::aws::{LocalAnswer, LocalAnswerFuture, LocalApi};
use service_models::Operation;
use tokio::sync::watch;

/// This server. Recovered calls may be made before it is all put together: they wait.
pub struct ThisServer {
    service: watch::Sender<Option<api::Service>>,
}

impl ThisServer {
    pub fn new() -> Arc<ThisServer> {
        Arc::new(ThisServer {
            service: watch::Sender::new(None),
        })
    }

    pub fn set(&self, service: api::Service) {
        self.service.send_replace(Some(service));
    }

    /// Lets go of it: it holds whoever makes calls, who holds this.
    pub fn clear(&self) {
        self.service.send_replace(None);
    }

    pub async fn get(&self) -> api::Service {
        let mut receiver = self.service.subscribe();
        loop {
            if let Some(service) = &*receiver.borrow_and_update() {
                return service.clone();
            }
            // The sender is in `self`: it cannot go before.
            let _ = receiver.changed().await;
        }
    }
}

impl fmt::Debug for ThisServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ThisServer")
    }
}

impl LocalApi for ThisServer {
    fn serves(&self, operation: Operation) -> bool {
        operation.service().boto_name() == "stepfunctions"
    }

    fn call<'a>(
        &'a self,
        operation: Operation,
        body: Bytes,
        call_key: &'a str,
    ) -> LocalAnswerFuture<'a> {
        Box::pin(async move {
            let service = self.get().await;
            let response = service
                .call_by_execution(operation.name(), &body, call_key)
                .await;
            let request_id = uuid::Uuid::new_v4().to_string();
            LocalAnswer {
                status: response.status,
                headers: vec![("x-amzn-RequestId", request_id)],
                body: response.body.into(),
            }
        })
    }
}

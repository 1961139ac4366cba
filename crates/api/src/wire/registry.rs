//! The services of a server.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use service_models::{Operation, catalog};

use super::{AwsService, Output, ServiceCall, ServiceError, decode, encode};
use crate::Caller;

/// All services beside Step Functions that are here. Cloning is cheap.
#[derive(Clone, Default)]
pub struct Registry(Arc<[Arc<dyn AwsService>]>);

/// An answer, and what metrics say of it.
#[derive(Debug, Clone)]
pub struct Answered {
    pub response: Response<Bytes>,
    /// The error's name.
    pub error: Option<String>,
}

impl Registry {
    pub fn new(services: Vec<Arc<dyn AwsService>>) -> Registry {
        Registry(services.into())
    }

    /// A service as botocore names it.
    pub fn get(&self, name: &str) -> Option<&Arc<dyn AwsService>> {
        self.0.iter().find(|service| service.name() == name)
    }

    /// Performs a call whose members are known already: none that the model does not allow.
    ///
    /// # Errors
    /// The service's.
    pub async fn call(&self, service: &str, call: ServiceCall) -> Result<Output, ServiceError> {
        match self.get(service) {
            Some(found) => found.call(call).await,
            None => {
                let found = catalog()
                    .services()
                    .find(|known| known.boto_name() == service);
                let operation = found.and_then(|found| found.operation(call.operation));
                Err(operation.map_or_else(
                    || ServiceError::unknown_operation(400),
                    ServiceError::not_served,
                ))
            }
        }
    }

    /// Answers a request of an operation; errors are answers too.
    pub async fn answer(
        &self,
        operation: Operation,
        request: &Request<Bytes>,
        caller: Caller,
        now_millis: i64,
        call_key: Option<Arc<str>>,
    ) -> Answered {
        let service = operation.service();
        let answer = match decode(operation, request) {
            Ok(input) => {
                let call = ServiceCall {
                    operation: operation.name(),
                    input,
                    caller,
                    now_millis,
                    call_key,
                };
                self.call(service.boto_name(), call).await
            }
            Err(error) => Err(error),
        };
        let request_id = uuid::Uuid::new_v4().to_string();
        let answer = answer.map_err(|error| super::encode::modelled(service, error));
        Answered {
            error: answer.as_ref().err().map(|error| error.code.to_string()),
            response: encode(operation, answer, &request_id),
        }
    }
}

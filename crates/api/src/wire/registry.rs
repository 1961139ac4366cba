//! The services of a server.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use service_models::Operation;

use super::{AwsService, Input, Output, ServiceCall, ServiceError, decode, encode};
use crate::Caller;
use crate::runtime::blocking;

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

/// A large body is read where that may take its time.
const MAX_INLINE_BYTES: usize = 1024 * 1024;

async fn decoded(operation: Operation, request: Request<Bytes>) -> Result<Input, ServiceError> {
    match request.body().len() > MAX_INLINE_BYTES {
        false => decode(operation, &request),
        true => blocking(move || Ok(decode(operation, &request))).await?,
    }
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
            None => Err(ServiceError::not_served(service, call.operation)),
        }
    }

    /// Answers a request of an operation; errors are answers too.
    pub async fn answer(
        &self,
        operation: Operation,
        request: Request<Bytes>,
        caller: Caller,
        now_millis: i64,
        call_key: Option<Arc<str>>,
    ) -> Answered {
        let service = operation.service();
        let answer = match decoded(operation, request).await {
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

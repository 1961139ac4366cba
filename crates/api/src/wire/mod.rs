//! The services beside Step Functions: what they are called with and what they answer, whatever their protocol.

use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Map, Value};
use store::AuditEntry;

use crate::Caller;

/// What an operation is called with: members by the model's names. Blobs are base64 texts, timestamps seconds since 1970.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Input {
    pub members: Map<String, Value>,
    /// The body, of operations whose body is no document (lambda:Invoke).
    pub payload: Option<Bytes>,
}

/// What an operation answers, in the same form.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Output {
    pub members: Map<String, Value>,
    pub payload: Option<Bytes>,
    /// None: the one that the model names.
    pub status: Option<u16>,
}

impl Output {
    pub fn of(members: Map<String, Value>) -> Output {
        Output {
            members,
            ..Output::default()
        }
    }
}

/// What a service refuses.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ServiceError {
    /// As the service's model names it.
    pub code: Cow<'static, str>,
    /// HTTP status.
    pub status: u16,
    pub message: String,
    /// Members besides the message.
    pub members: Map<String, Value>,
}

impl ServiceError {
    pub fn new(
        code: impl Into<Cow<'static, str>>,
        status: u16,
        message: impl Into<String>,
    ) -> ServiceError {
        ServiceError {
            code: code.into(),
            status,
            message: message.into(),
            members: Map::new(),
        }
    }
}

impl From<store::Error> for ServiceError {
    fn from(error: store::Error) -> ServiceError {
        let error = crate::Error::from(error);
        ServiceError::new(error.code(), error.status(), error.to_string())
    }
}

/// A checked request on its way to its service.
#[derive(Debug, Clone)]
pub struct ServiceCall {
    /// As the model names it: `PutRule`.
    pub operation: &'static str,
    pub input: Input,
    pub caller: Caller,
    /// Milliseconds since 1970.
    pub now_millis: i64,
    /// Of a task's or a delivery's call: the same call made again has the same key.
    pub call_key: Option<Arc<str>>,
}

impl ServiceCall {
    /// For the audit log: this operation was done to a resource.
    pub fn audit(&self, resource: &str) -> AuditEntry {
        AuditEntry {
            at_millis: self.now_millis,
            principal: self.caller.principal.clone(),
            source: self.caller.source.clone(),
            action: self.operation.into(),
            resource: resource.into(),
        }
    }
}

pub type ServiceFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Output, ServiceError>> + Send + 'a>>;

/// One of the services beside Step Functions.
pub trait AwsService: Send + Sync {
    /// As botocore names it: `events`, `scheduler`, `lambda`, `logs`, `iam`, `sts`.
    fn name(&self) -> &'static str;

    /// Whether a resource that a call names is here (see `docs/design/services.md`, "What tasks call").
    fn has_resource_of(&self, operation: &str, members: &Map<String, Value>) -> bool;

    fn call<'a>(&'a self, call: ServiceCall) -> ServiceFuture<'a>;
}

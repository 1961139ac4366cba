//! The services beside Step Functions: what they are called with and what they answer, whatever their protocol. Pure but for the
//! services themselves.
//!
//! [`route`] says which operation a request is for, [`decode`] what it says, [`encode`] writes the answer; [`Registry::answer`] is
//! all of it.

mod decode;
mod encode;
mod form;
mod registry;
mod route;
#[cfg(test)]
mod tests;
mod text;
mod xml;

use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Map, Value};
use store::AuditEntry;

use crate::Caller;

pub use decode::decode;
pub use encode::{encode, refuse, refuse_form, refuse_json};
pub use registry::{Answered, Registry};
pub use route::{Route, is_form, route, route_form, signed_for};
pub use text::{parameters, percent_decoded};

/// The services beside Step Functions, as botocore names them.
pub const SERVICES: [&str; 6] = ["events", "scheduler", "lambda", "logs", "iam", "sts"];

/// What an operation is called with: members by the model's names. Blobs are base64 texts (whoever reads them refuses what is
/// none), timestamps seconds since 1970.
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

    /// A request for nothing that is here; 404 where it is no request of a protocol at all.
    pub fn unknown_operation(status: u16) -> ServiceError {
        let message = crate::Error::UnknownOperationException.to_string();
        ServiceError::new("UnknownOperationException", status, message)
    }

    /// An operation that AWS has and this server has not.
    pub fn not_served(service: &str, operation: &str) -> ServiceError {
        let (code, status) = match service {
            "iam" | "sts" => ("InvalidAction", 400),
            "lambda" | "scheduler" => ("UnknownOperationException", 404),
            _ => ("UnknownOperationException", 400),
        };
        let why = match service {
            "iam" | "sts" => {
                "roles and policies are stored and shown here, not enforced or assumed"
            }
            _ => "its documentation lists what it has of this service",
        };
        let message = format!("Stepwright has no {service}:{operation}: {why}.");
        ServiceError::new(code, status, message)
    }
}

impl From<crate::Error> for ServiceError {
    fn from(error: crate::Error) -> ServiceError {
        ServiceError::new(error.code(), error.status(), error.to_string())
    }
}

impl From<store::Error> for ServiceError {
    fn from(error: store::Error) -> ServiceError {
        crate::Error::from(error).into()
    }
}

/// A checked request on its way to its service.
#[derive(Debug, Clone)]
pub struct ServiceCall {
    /// As the model names it: `PutRule`. A service answers what it does not have with [`ServiceError::not_served`].
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

//! APIs that are answered inside of this process: a workflow that calls Step Functions on a server that is Step Functions, or that
//! starts a schedule of this server.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use http::Response;
use serde_json::{Map, Value};
use service_models::Operation;

use crate::protocol::WireRequest;

/// A call on its way.
#[derive(Debug)]
pub struct LocalCall<'a> {
    pub operation: Operation,
    /// By the model's names, normalized.
    pub arguments: &'a Map<String, Value>,
    /// The same on the wire.
    pub request: WireRequest,
    /// Names the call: the ARN of the execution that makes it comes first.
    pub call_key: &'a str,
    /// In which role it is to be made.
    pub role_arn: Option<&'a str>,
}

/// The futures of a [`LocalApi`].
pub type LocalFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Answers operations in the place of an endpoint: without credentials, signature, connection and retries.
pub trait LocalApi: Debug + Send + Sync {
    /// Whether a call of this operation with these arguments is answered here.
    fn serves<'a>(
        &'a self,
        operation: Operation,
        arguments: &'a Map<String, Value>,
    ) -> LocalFuture<'a, bool>;

    /// Answers a call as an HTTP response would.
    fn call<'a>(&'a self, call: LocalCall<'a>) -> LocalFuture<'a, Response<Bytes>>;
}

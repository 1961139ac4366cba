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
    pub request: WireRequest,
    /// Names the call: the ARN of the execution that makes it comes first.
    pub call_key: &'a str,
}

/// The futures of a [`LocalApi`].
pub type LocalFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Where a call goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Served {
    /// To the endpoint.
    Elsewhere,
    Here,
    /// To the endpoint, whose answer counts; here too when it has succeeded there.
    Both,
}

/// Answers operations in the place of an endpoint: without credentials, signature, connection and retries.
pub trait LocalApi: Debug + Send + Sync {
    /// Where a call of this operation with these arguments is answered.
    fn serves<'a>(
        &'a self,
        operation: Operation,
        arguments: &'a Map<String, Value>,
    ) -> LocalFuture<'a, Served>;

    /// Answers a call as an HTTP response would.
    fn call<'a>(&'a self, call: LocalCall<'a>) -> LocalFuture<'a, Response<Bytes>>;
}

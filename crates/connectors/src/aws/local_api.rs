//! APIs that are answered inside of this process: a workflow that calls Step Functions on a server that is Step Functions.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use service_models::Operation;

/// The answer of a [`LocalApi`], as its HTTP response would have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalAnswer {
    pub status: u16,
    /// Names in the spelling that results show.
    pub headers: Vec<(&'static str, String)>,
    pub body: Bytes,
}

/// The future of [`LocalApi::call`].
pub type LocalAnswerFuture<'a> = Pin<Box<dyn Future<Output = LocalAnswer> + Send + 'a>>;

/// Answers operations in the place of an endpoint: without credentials, signature, connection and retries.
pub trait LocalApi: Debug + Send + Sync {
    /// Whether this operation is answered here.
    fn serves(&self, operation: Operation) -> bool;

    /// Answers a request with this body. `call_key` names the call: the ARN of the execution that makes it comes first.
    fn call<'a>(
        &'a self,
        operation: Operation,
        body: Bytes,
        call_key: &'a str,
    ) -> LocalAnswerFuture<'a>;
}

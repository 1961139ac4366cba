//! The front door: an operation's name and a body in, a status and a body out.

use std::sync::Arc;

use serde::Deserialize as _;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Error, Page, validation};

/// Answers requests. Cloning is cheap; clones are the same service.
#[derive(Clone)]
pub struct Service {
    options: Arc<Options>,
}

/// Where and within which bounds the service works.
pub struct Options {
    /// `aws`, as in every ARN.
    pub partition: Arc<str>,
    pub region: Arc<str>,
    /// Twelve digits.
    pub account: Arc<str>,
    /// Longest input, output or result, in UTF-16 units, as AWS counts: 262,144 there.
    pub max_payload: usize,
    /// Milliseconds since 1970.
    pub now: Arc<dyn Fn() -> i64 + Send + Sync>,
}

/// One call of the API.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// `StartExecution`: what follows the dot of `X-Amz-Target`.
    pub operation: &'a str,
    /// JSON text.
    pub body: &'a [u8],
    pub caller: Caller,
}

/// Who calls, for the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The access key or user; `anonymous` on loopback without credentials.
    pub principal: Arc<str>,
    /// Address of the client, or `command line`.
    pub source: Arc<str>,
}

/// An answer of content type `application/x-amz-json-1.0`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// JSON text.
    pub body: String,
}

impl From<Result<Value, Error>> for Response {
    fn from(answer: Result<Value, Error>) -> Response {
        match answer {
            Ok(value) => Response {
                status: 200,
                body: value.to_string(),
            },
            Err(error) => Response {
                status: error.status(),
                body: error.body(),
            },
        }
    }
}

impl Service {
    pub fn new(options: Options) -> Service {
        Service {
            options: Arc::new(options),
        }
    }

    /// Answers a request; errors are answers too.
    pub async fn call(&self, request: Request<'_>) -> Response {
        self.answer(request).await.into()
    }

    async fn answer(&self, request: Request<'_>) -> Result<Value, Error> {
        let input = validation::check(request.operation, request.body, self.options.max_payload)?;
        let call = Call {
            operation: request.operation.to_owned(),
            input,
            caller: request.caller,
            now_millis: (self.options.now)(),
        };
        self.dispatch(call).await
    }

    async fn dispatch(&self, call: Call) -> Result<Value, Error> {
        match call.operation.as_str() {
            // One line an operation, in the order of the groups' files.
            _ => Err(Error::UnknownOperationException),
        }
    }
}

/// A checked request on its way to its operation.
#[derive(Debug)]
pub(crate) struct Call {
    pub operation: String,
    /// As the model has it: members of the right types, none that is `null` or unknown.
    pub input: Value,
    pub caller: Caller,
    pub now_millis: i64,
}

impl Call {
    /// The input as a type of the operation's own. The model was checked, so a failure is a mistake of ours.
    pub fn input<T: DeserializeOwned>(&self) -> Result<T, Error> {
        T::deserialize(&self.input).map_err(|error| Error::InternalFailure(error.to_string()))
    }

    /// # Errors
    /// `InvalidToken`.
    pub fn page(&self) -> Result<Page, Error> {
        Page::of(&self.operation, &self.input, self.now_millis)
    }
}

/// A time as AWS's JSON has it: seconds since 1970, with milliseconds.
pub(crate) fn seconds(millis: i64) -> Value {
    (millis as f64 / 1000.0).into()
}

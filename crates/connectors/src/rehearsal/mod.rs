//! A run that writes nothing: calls are checked and answered, and never made.
//!
//! A client for rehearsals ([`AwsClient::for_rehearsal`](crate::aws::AwsClient::for_rehearsal)) takes the same way as one
//! that calls, up to the request: arguments that do not fit fail as they would in earnest. Then [`sample`] answers.

mod hidden;
mod later;
mod sample;

pub use hidden::Secrets;
pub(crate) use hidden::without_secrets;
pub use later::later;
pub(crate) use sample::Place;
pub use sample::{PLACEHOLDER, mentions_placeholder};

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};
use service_models::Operation;

use crate::aws::ApiAnswer;

/// What an operation answers that is not called. `arguments` have the model's names.
pub(crate) fn answer(
    operation: Operation,
    arguments: &Map<String, Value>,
    place: &Place,
) -> ApiAnswer {
    let request_id = HeaderValue::from_static(PLACEHOLDER);
    ApiAnswer {
        status: operation.response_code().unwrap_or(200),
        headers: HeaderMap::from_iter([(HeaderName::from_static("x-amzn-requestid"), request_id)]),
        result: sample::result(operation, arguments, place),
    }
}

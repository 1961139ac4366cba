//! A run that writes nothing: calls are checked and answered, and never made.
//!
//! A client for rehearsals ([`AwsClient::for_rehearsal`](crate::aws::AwsClient::for_rehearsal)) takes the same way as one
//! that calls, up to the request: arguments that do not fit fail as they would in earnest. Then [`sample`] answers.

mod hidden;
mod sample;

pub use hidden::without_secrets;
pub use sample::{PLACEHOLDER, mentions_placeholder};
pub(crate) use sample::{Place, answer};

//! The generic AWS client: configuration, endpoints, signatures, HTTP, retries.

mod client;
mod config;
mod credentials;
mod endpoint;
mod http_client;
mod retry;
mod signing;

pub use client::{ApiAnswer, ApiFailure, AwsClient};
pub use config::{AwsConfig, ConfigError, FunctionEnvironment, Options};

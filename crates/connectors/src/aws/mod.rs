//! The generic AWS client: configuration, endpoints, signatures, HTTP, retries.

pub mod checksum;
mod client;
mod clock;
pub mod compression;
mod config;
mod context_path;
mod credentials;
mod discovery;
mod endpoint;
mod http_client;
mod json_call;
mod local_api;
mod presign;
mod retry;
mod s3;
mod settings;
mod signing;
mod trust;

pub use client::{ApiAnswer, ApiFailure, AwsClient, Timeouts};
pub use config::{AwsConfig, ConfigError, FunctionEnvironment, Options};
pub use endpoint::{TargetError, with_host_prefix};
pub use http_client::{Answer, HttpClient, Lost};
pub use json_call::{JsonCallError, JsonCaller};
pub use local_api::{LocalApi, LocalCall, LocalFuture, Served};
pub use signing::verify::{AccessKeys, SignatureError, Verifier};

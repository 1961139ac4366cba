//! Starts the real server and speaks to it over HTTP: what tests and benchmarks of the server share.

mod client;
mod http;
mod installed;
mod server;
mod worker;

pub use client::{CallError, Client};
pub use http::{Answer, Connection};
pub use installed::{aws_cli_installed, python, terraform_mirror};
pub use server::{Options, Server, stepwright};
pub use worker::{Worker, WorkerRequest};

/// What a server of these tests says its account is.
pub const ACCOUNT_ID: &str = "123456789012";
pub const REGION: &str = "us-east-1";
/// Any role will do: nobody is asked whether it exists.
pub const ROLE_ARN: &str = "arn:aws:iam::123456789012:role/Test";

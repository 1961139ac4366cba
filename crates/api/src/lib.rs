//! The Step Functions API: requests in, answers and AWS's own errors out. HTTP and signatures are the server's business.

mod activities;
mod aliases;
pub mod arn;
mod configuration;
pub mod control;
mod definitions;
mod error;
mod page;
mod service;
mod state_machines;
mod tags;
pub mod validation;
mod versions;

pub use control::{ControlPlane, Found, FoundQualifier, Resolved};
pub use error::{Error, Reason};
pub use page::Page;
pub use service::{Caller, Options, Request, Response, Service};

//! The Step Functions API: requests in, answers and AWS's own errors out. HTTP and signatures are the server's business.

pub mod arn;
mod error;
mod page;
mod service;
pub mod validation;

pub use error::{Error, Reason};
pub use page::Page;
pub use service::{Caller, Options, Request, Response, Service};

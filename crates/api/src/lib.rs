//! The Step Functions API and the services around it: requests in, answers and AWS's own errors out. HTTP and signatures are the
//! server's business.

mod activities;
mod aliases;
pub mod arn;
mod configuration;
pub mod control;
mod definitions;
pub mod delivery;
mod error;
pub mod events;
mod executions;
mod express_ring;
mod hub;
pub mod iam;
pub mod lambda;
pub mod logs;
mod map_runs;
mod nested;
mod page;
mod place;
mod runtime;
pub mod scheduler;
mod service;
pub mod stacks;
mod state_machines;
pub mod sts;
pub mod table;
mod tags;
mod tasks;
mod test_state;
pub mod validation;
mod versions;
pub mod wire;

pub use control::{ControlPlane, Found, FoundQualifier, Resolved};
pub use error::{Error, Reason};
pub use executions::in_aws_form;
pub use express_ring::ExpressExecution;
pub use hub::{CommittedStep, Hub, StatusChange};
pub use page::Page;
pub use place::Place;
pub use runtime::{PerformCall, Runtime};
pub use service::{Caller, Options, Request, Response, Service};

//! The commands for a running server. They speak AWS's API, and a few operations that only our server has.

pub mod args;
mod events;
pub mod executions;
mod follow;
pub mod functions;
pub mod machines;
mod names;
pub mod schedules;
pub mod server;

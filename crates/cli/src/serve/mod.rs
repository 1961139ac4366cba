//! The durable server: everything between the socket and the API, and the wiring of the engine's ports.

pub mod account;
pub mod assembly;
pub mod aws;
pub mod calls;
mod connections;
pub mod console;
pub mod extensions;
pub mod functions;
pub mod http;
pub mod local;
mod local_logs;
pub mod login;
pub mod logs;
pub mod metrics;
pub mod options;
pub mod retention;
pub mod service;
pub mod signals;
pub mod signatures;
pub mod targets;
pub mod telling;

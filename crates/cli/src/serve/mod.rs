//! The durable server: everything between the socket and the API, and the wiring of the engine's ports.

pub mod aws;
pub mod http;
pub mod logs;
pub mod metrics;
pub mod options;
pub mod service;
pub mod signals;
pub mod signatures;

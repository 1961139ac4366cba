//! Runs definitions and compares histories: cases recorded on AWS through the driver, in process and in virtual time, and over
//! HTTP through a real server; our own through the shard alone, where every millisecond can be told.

mod absent;
pub mod calls;
pub mod compare;
pub mod local_functions;
pub mod moto;
pub mod over_http;
pub mod run;
pub mod scripted;
pub mod simulate;
pub mod suite;

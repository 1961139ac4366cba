//! Runs definitions through the real engine, in process and in virtual time, and compares histories: cases recorded on AWS
//! through the driver, our own through the shard alone, where every millisecond can be told.

pub mod calls;
pub mod compare;
pub mod local_functions;
pub mod moto;
pub mod run;
pub mod scripted;
pub mod simulate;

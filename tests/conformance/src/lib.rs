//! Runs definitions through the real engine, in process and in virtual time, and compares histories.

pub mod compare;
pub mod run;
pub mod scripted;

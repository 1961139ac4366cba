//! Runs executions: pure shard logic ([`shard`]) and the thin driver thread ([`Engine`]) that commits its transitions and only
//! then performs what they ask for.

mod clock;
mod driver;
pub mod shard;
mod watchdog;

pub use clock::Clock;
pub use driver::{Answer, Calls, Committed, Engine, Observer, Options, StartExecution};
pub use shard::TimerSet;

//! Runs executions: pure shard logic ([`shard`]) and the thin driver threads behind [`Engine`], which commit its transitions
//! and only then perform what they ask for.

mod activities;
mod clock;
mod driver;
mod engine;
mod ports;
mod request;
mod router;
pub mod shard;
mod stats;
mod watchdog;

pub use activities::ActivityTask;
pub use clock::Clock;
pub use engine::{ActivityPoll, Engine, Options, ShardByHand, history};
pub use ports::{Answer, Calls, Committed, Machines, Observer, Ports, Recovery};
pub use request::{
    ControlError, Durability, Ended, Existing, Reply, StartError, StartExecution, Started,
    StopExecution, TokenError,
};
pub use shard::TimerSet;
pub use stats::Stats;

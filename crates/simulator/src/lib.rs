//! Deterministic simulation of the engine: one seed is one schedule of starts, answers, timers, crashes and failures of the
//! store, in virtual time and in one thread. What has to hold is checked after each event, and results are compared with a
//! naive reference. How: `docs/design/simulator.md`.

mod clients;
mod faulty_store;
mod ledger;
mod reference;
mod rng;
mod simulation;
mod workflow;
mod world;

pub use faulty_store::Sabotage;
pub use simulation::{Report, simulate};

/// What a person is told about a seed that failed.
pub fn failure(seed: u64, violation: &str) -> String {
    format!("seed {seed}: {violation}\n  cargo run -p simulator -- --seed {seed} --trace")
}

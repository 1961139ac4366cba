//! A server that is killed again and again while it works, and what has to hold after that, seen from outside.
//!
//! * `shapes`: the state machines, and what their executions have to come to.
//! * `table`: somebody in place of AWS who writes down each call.
//! * `run`: starts executions, answers tasks, kills and restarts.
//! * `schedules`: the same for schedules and rules, and what they start.
//! * `verify`: looks at the histories and the calls.

pub mod run;
pub mod schedules;
pub mod shapes;
pub mod table;
pub mod verify;

/// A small generator of numbers (SplitMix64): a seed makes the same plan again, though not the same machine's timing.
#[derive(Debug, Clone)]
pub struct Random(pub u64);

impl Random {
    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.draw() % bound
    }
}

//! The shard's decisions without threads, and the driver in virtual time.

mod answers;
mod children;
mod driver;
mod faults;
mod faulty;
mod recovery;
mod shard;
mod support;

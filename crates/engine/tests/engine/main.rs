//! The shard's decisions without threads, and the driver in virtual time.

mod driver;
mod faulty;
mod shard;
mod support;

//! The store as its users meet it: files, processes, faults.

mod backup;
mod contract;
#[cfg(target_os = "linux")]
mod faults;
mod open;
mod removal;
mod support;
mod torn;

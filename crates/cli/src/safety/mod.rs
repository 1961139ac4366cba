//! Safety on a real account: what a run can do there, whether it may, and what it would do.

pub mod access;
pub mod account;
pub mod consent;
pub mod dry_run;
pub mod policy;
pub mod preview;
pub mod reach;
pub mod report;

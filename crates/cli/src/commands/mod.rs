pub mod action;
pub mod actions;
pub mod backup;
pub mod match_event;
pub mod resume;
pub mod run;
pub mod serve;
pub mod validate;

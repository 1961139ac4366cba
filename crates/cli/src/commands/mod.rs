pub mod action;
pub mod actions;
pub mod run;
pub mod serve;
pub mod validate;

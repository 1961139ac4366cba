//! Executions, tasks, Map Runs and TestState, as a client sees them: the service on the real engine, in virtual time.

mod activities;
mod express;
mod history;
mod lists;
mod map_runs;
mod nested;
mod redrive;
mod start;
mod support;
mod tasks;
mod test_state;

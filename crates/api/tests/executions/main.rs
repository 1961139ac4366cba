//! Executions, tasks, Map Runs and TestState, as a client sees them: the service on the real engine, in virtual time.

mod start;
mod support;

//! The stages of the data's way through a state, told to whoever looks: TestState, the console, a debugger.

use query::Payload;

/// A stage, named after the field that made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Input,
    AfterInputPath,
    /// `Parameters`.
    AfterParameters,
    AfterArguments,
    Result,
    AfterResultSelector,
    AfterResultPath,
    Output,
}

pub trait Trace {
    fn stage(&mut self, state: &str, stage: Stage, value: &Payload);
}

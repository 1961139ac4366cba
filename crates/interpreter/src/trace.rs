//! The stages of the data's way through a state, told to whoever looks: TestState, the console, a debugger.

use query::Payload;

use crate::failure::Failure;

/// A stage, named after the field that made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    Input,
    AfterInputPath,
    /// `Parameters`.
    AfterParameters,
    AfterArguments,
    /// The items of a Map; told of tests alone, as what follows.
    AfterItemsPath,
    /// The inputs of all iterations.
    AfterItemSelector,
    /// The inputs of all batches.
    AfterItemBatcher,
    MaxConcurrency,
    ToleratedFailureCount,
    ToleratedFailurePercentage,
    Result,
    AfterResultSelector,
    AfterResultPath,
    Output,
}

/// Which of a state's own fields name a failure, by position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Handling {
    /// The retrier, even if it has no retry left.
    pub retrier: Option<usize>,
    pub catcher: Option<usize>,
}

pub trait Trace {
    fn stage(&mut self, state: &str, stage: Stage, value: &Payload);

    /// The state failed; whether it is retried shows in the step's timers.
    fn failed(&mut self, state: &str, failure: &Failure, handling: Handling) {
        let _ = (state, failure, handling);
    }
}

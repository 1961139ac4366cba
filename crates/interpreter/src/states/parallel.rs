//! Parallel.
//!
//! | in | event | out |
//! |---|---|---|
//! | Enter | ParallelStateEntered, ParallelStateStarted | Children |
//! | Children, all succeeded | ParallelStateSucceeded, ParallelStateExited | next state |
//! | Children, one failed | aborted events of the others, [ParallelStateFailed] | Retry, Catch or frame failed |

use query::Payload;
use states_language::machine::Parallel;

use crate::data_flow::DataFlow;
use crate::event::Detail;
use crate::execution::{Children, Frame, Phase};
use crate::states::children;
use crate::step::Turn;

pub(crate) fn start(turn: &mut Turn<'_>, mut frame: Frame, parallel: &Parallel) {
    let mut flow = DataFlow::new(turn, &frame);
    let input = match flow
        .effective_input()
        .and_then(|input| flow.arguments(&input))
    {
        Ok(input) => input,
        Err(failure) => return turn.fail(frame, failure),
    };
    frame.previous_event_id = turn.emit(frame.previous_event_id, Detail::ParallelStateStarted);
    let total = u32::try_from(parallel.branches.len()).unwrap_or(u32::MAX);
    frame.phase = Phase::Children(Children {
        total,
        next: 0,
        finished: 0,
        running: 0,
        concurrency: total,
        items: None,
        keyed: false,
        effective_input: input,
        draining: false,
    });
    children::begin(turn, frame);
}

/// The input of a branch: what `Parameters` or `Arguments` made, or the state's own.
pub(crate) fn branch_input(children: &Children) -> Payload {
    children.effective_input.clone()
}

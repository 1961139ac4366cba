//! Succeed.
//!
//! | in | event | out |
//! |---|---|---|
//! | Enter | SucceedStateEntered, SucceedStateExited | frame succeeded |

use states_language::machine::Next;

use crate::data_flow::DataFlow;
use crate::execution::Frame;
use crate::step::Turn;

pub(crate) fn run(turn: &mut Turn<'_>, frame: Frame) {
    let mut flow = DataFlow::new(turn, &frame);
    match flow.effective_input().and_then(|input| flow.output(&input)) {
        Ok((output, assigned)) => turn.exit(frame, output, assigned, &Next::End),
        Err(failure) => turn.fail(frame, failure),
    }
}

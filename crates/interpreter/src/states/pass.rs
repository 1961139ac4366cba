//! Pass.
//!
//! | in | event | out |
//! |---|---|---|
//! | Enter | PassStateEntered, PassStateExited | next state |
//! | Enter, a path or expression fails | PassStateEntered, [EvaluationFailed] | frame failed |

use query::Payload;
use states_language::machine::Pass;

use crate::data_flow::DataFlow;
use crate::execution::Frame;
use crate::step::Turn;

pub(crate) fn run(turn: &mut Turn<'_>, frame: Frame, pass: &Pass) {
    let mut flow = DataFlow::new(turn, &frame);
    let result = match &pass.result {
        // `Parameters` still has to be found: AWS reports a path that is not there.
        Some(value) => flow
            .effective_input()
            .and_then(|input| flow.arguments(&input))
            .map(|_| Payload::from_value(value.clone())),
        None => flow
            .effective_input()
            .and_then(|input| flow.arguments(&input)),
    };
    match result.and_then(|result| flow.output(&result)) {
        Ok((output, assigned)) => {
            let next = frame.state.next.clone();
            turn.exit(frame, output, assigned, &next);
        }
        Err(failure) => turn.fail(frame, failure),
    }
}

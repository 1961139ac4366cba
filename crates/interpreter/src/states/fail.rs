//! Fail.
//!
//! | in | event | out |
//! |---|---|---|
//! | Enter | FailStateEntered | frame failed with its Error and Cause |

use states_language::machine::Fail;

use crate::data_flow::DataFlow;
use crate::execution::Frame;
use crate::failure::Failure;
use crate::step::Turn;

pub(crate) fn run(turn: &mut Turn<'_>, frame: Frame, fail: &Fail) {
    let mut flow = DataFlow::new(turn, &frame);
    flow.show_input();
    let failure = (|| {
        let error = flow.text(fail.error.as_ref(), "Error", "ErrorPath")?;
        let cause = flow.text(fail.cause.as_ref(), "Cause", "CausePath")?;
        Ok(Failure {
            error,
            cause,
            heartbeat: false,
            evaluation: None,
        })
    })()
    .unwrap_or_else(|failure| failure);
    turn.fail(frame, failure);
}

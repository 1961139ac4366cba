//! Wait.
//!
//! | in | event | out |
//! |---|---|---|
//! | Enter | WaitStateEntered | Waiting until a timer |
//! | Waiting, timer | WaitStateExited | next state |
//! | Waiting, unwound | WaitStateAborted | – |

use states_language::machine::{QueryLanguage, Wait};

use crate::command::TimerPurpose;
use crate::data_flow::DataFlow;
use crate::execution::{Frame, Phase};
use crate::failure::Failure;
use crate::step::{Turn, after_seconds};
use crate::time::{ceil_millis, parse_timestamp};

pub(crate) fn start(turn: &mut Turn<'_>, mut frame: Frame, wait: &Wait) {
    let now_millis = turn.now_millis;
    let mut flow = DataFlow::new(turn, &frame);
    let due = match wait {
        Wait::Seconds(seconds) => flow.wait_seconds(seconds).map(|seconds| after_seconds(now_millis, seconds)),
        Wait::Timestamp(timestamp) => flow.wait_timestamp(timestamp).and_then(|(text, path)| {
            parse_timestamp(&text).map(ceil_millis).ok_or_else(|| {
                let jsonata = frame.state.query_language == QueryLanguage::Jsonata;
                let what = match path {
                    Some(path) => format!(
                        "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: {path} == {text}"
                    ),
                    None => format!("The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: {text}"),
                };
                let cause = crate::data_flow::cause(&frame, &what);
                if jsonata { Failure::evaluation(cause, Some("Timestamp".into()), true) } else { Failure::runtime(cause) }
            })
        }),
    };
    match due {
        Ok(due_millis) => {
            frame.phase =
                Phase::Waiting(turn.set_timer(Some(frame.id), due_millis, TimerPurpose::Wait));
            turn.put(frame);
        }
        Err(failure) => turn.fail(frame, failure),
    }
}

pub(crate) fn elapsed(turn: &mut Turn<'_>, mut frame: Frame) {
    frame.phase = Phase::Enter;
    let mut flow = DataFlow::new(turn, &frame);
    match flow.effective_input().and_then(|input| flow.output(&input)) {
        Ok((output, assigned)) => {
            let next = frame.state.next.clone();
            turn.exit(frame, output, assigned, &next);
        }
        Err(failure) => turn.fail(frame, failure),
    }
}

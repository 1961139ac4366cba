//! Failures on their way up: Retry, Catch, the parent, the execution. One mechanism unwinds frames, innermost first, whether
//! a sibling failed, a timeout struck or somebody stopped the execution.

use std::collections::BTreeSet;

use query::Payload;
use serde_json::{Value, json};
use states_language::machine::{Catcher, JitterStrategy, Kind, Next, Retrier, State};

use crate::command::TimerPurpose;
use crate::data_flow::DataFlow;
use crate::event::Detail;
use crate::execution::{Frame, FrameId, Phase, Status};
use crate::failure::{Failure, names};
use crate::seed;
use crate::states::{children, distributed, state_type, task};
use crate::step::{Turn, error_detail};
use crate::trace::Handling;

impl Turn<'_> {
    /// The frame's state failed.
    pub(crate) fn fail(&mut self, mut frame: Frame, failure: Failure) {
        self.clear_timers(&frame);
        self.report_evaluation(&mut frame, &failure);
        if let Some(trace) = &mut self.trace {
            let state = &frame.state;
            let handling = Handling {
                retrier: matching_retrier(state, &failure).map(|(index, _)| index),
                catcher: catcher_for(state, &failure).map(|(index, _)| index),
            };
            trace.failed(&state.name, &failure, handling);
        }
        if let (Some(mocked), Some((index, _))) =
            (self.mocked, matching_retrier(&frame.state, &failure))
        {
            frame.entry.retries.resize(index + 1, 0);
            frame.entry.retries[index] = mocked.retries;
        }
        match self.retry(frame, &failure) {
            Ok(()) => {}
            Err(frame) => self.catch(frame, failure),
        }
    }

    /// The event of a field that could not be evaluated.
    fn report_evaluation(&mut self, frame: &mut Frame, failure: &Failure) {
        if let Some(evaluation) = &failure.evaluation {
            let at_entry =
                frame.previous_event_id == frame.entry.event_id && !evaluation.after_entry;
            let previous = if at_entry {
                frame.entry.previous_event_id
            } else {
                frame.previous_event_id
            };
            let detail = Detail::EvaluationFailed {
                state: frame.state.name.clone(),
                location: evaluation.location.clone(),
                error: error_detail(failure),
            };
            frame.previous_event_id = self.emit(previous, detail);
        }
    }

    /// Starts the wait for the next attempt, or gives the frame back when no Retry applies.
    fn retry(&mut self, mut frame: Frame, failure: &Failure) -> Result<(), Frame> {
        let state = frame.state.clone();
        let Some((index, retrier)) = retrier_for(&frame, &state, failure) else {
            return Err(frame);
        };
        frame.entry.retries.resize(state.retriers().len(), 0);
        let used = frame.entry.retries[index];
        frame.entry.retries[index] = used + 1;
        let seed = seed::of_field(&self.execution.identity, &frame.entry, "Retry");
        let delay = backoff_millis(retrier, used, seed);
        let deadline = self.set_timer(
            Some(frame.id),
            self.now_millis.saturating_add(delay),
            TimerPurpose::RetryBackoff,
        );
        frame.phase = Phase::BackingOff(deadline);
        self.put(frame);
        Ok(())
    }

    fn catch(&mut self, mut frame: Frame, failure: Failure) {
        let state = frame.state.clone();
        let started = matches!(frame.phase, Phase::Children(_) | Phase::Distributed(_))
            || failure.evaluation.is_some();
        let failed = match &state.kind {
            Kind::Map(_) if started => Some(Detail::MapStateFailed),
            Kind::Parallel(_) if started => Some(Detail::ParallelStateFailed),
            _ => None,
        };
        if let Some(detail) = failed {
            frame.previous_event_id = self.emit(frame.previous_event_id, detail);
        }
        let Some((_, catcher)) = catcher_for(&state, &failure) else {
            return self.frame_failed(frame, failure);
        };
        frame.phase = Phase::Enter;
        // AWS writes "" for the cause that a timeout does not have, and null for what a task token's answer left out.
        let no_cause = match failure.error_name() {
            names::TIMEOUT => Value::String(String::new()),
            _ => Value::Null,
        };
        let error_output = Payload::from_value(json!({
            "Error": failure.error.as_deref(),
            "Cause": failure.cause.as_deref().map_or(no_cause, Value::from),
        }));
        match DataFlow::new(self, &frame).caught(catcher, &error_output) {
            Ok((output, assigned)) => {
                self.exit_caught(frame, output, assigned, &Next::State(catcher.next.clone()))
            }
            Err(failure) => {
                self.report_evaluation(&mut frame, &failure);
                self.frame_failed(frame, failure);
            }
        }
    }

    /// Like `exit`, but a failure here can no longer be caught by the same state.
    fn exit_caught(
        &mut self,
        mut frame: Frame,
        output: Payload,
        assigned: Vec<(std::sync::Arc<str>, Payload)>,
        next: &Next,
    ) {
        if output.len() > self.limits.payload_bytes {
            let failure = crate::step::data_limit_exceeded(&frame.state.name);
            return self.frame_failed(frame, failure);
        }
        // The way out that a drain asks for has been taken: the clean-up is not drained again.
        frame.drain_pending = false;
        self.exit(frame, output, assigned, next);
    }

    /// Nothing in the frame's state handles the failure: the parent's turn, or the end.
    fn frame_failed(&mut self, mut frame: Frame, failure: Failure) {
        // A state whose children's results are still there goes on with the other children when it is redriven.
        if !self.execution.results.contains_key(&frame.id) {
            frame.phase = Phase::Failed;
        }
        match frame.parent {
            Some(parent) => children::child_failed(self, parent, frame, failure),
            None => {
                self.emit(
                    frame.previous_event_id,
                    Detail::ExecutionFailed(error_detail(&failure)),
                );
                // Kept, for redrive.
                self.put(frame);
                self.finish(Status::Failed(failure));
            }
        }
    }

    /// Whether the state that the frame is in, or one around it, retries or catches the failure. If not, it is the end of the
    /// execution.
    pub(crate) fn is_handled(&self, frame: &Frame, failure: &Failure) -> bool {
        let outer = |frame: &&Frame| self.execution.frames.get(&frame.parent?.frame);
        std::iter::successors(Some(frame), outer).any(|frame| {
            catcher_for(&frame.state, failure).is_some()
                || retrier_for(frame, &frame.state, failure).is_some()
        })
    }

    /// Drops a frame that is over, and the results of its children.
    pub(crate) fn remove(&mut self, id: FrameId) {
        self.out.changes.removed.insert(id);
        self.out.changes.frames.remove(&id);
        if self.execution.results.remove(&id).is_some() {
            self.out.changes.dropped_results.insert(id);
        }
    }

    /// Ends all frames below `root` (all frames, without one): abandons their calls, clears their timers, writes their
    /// aborted events. Frames of an execution that ends are kept, for redrive.
    pub(crate) fn unwind(&mut self, root: Option<FrameId>, kept: Kept) {
        let mut doomed = BTreeSet::new();
        for frame in self.execution.frames.values() {
            // A parent is always older than its child, so one pass in the order of ids finds every descendant.
            let below = frame
                .parent
                .is_some_and(|p| Some(p.frame) == root || doomed.contains(&p.frame));
            if root.is_none() || below {
                doomed.insert(frame.id);
            }
        }
        for &id in doomed.iter().rev() {
            let Some(mut frame) = self.take_frame(id) else {
                continue;
            };
            task::abandon(self, &frame);
            distributed::abort(self, &mut frame);
            self.clear_timers(&frame);
            if !matches!(frame.phase, Phase::Enter | Phase::Failed) {
                self.emit(
                    frame.previous_event_id,
                    Detail::StateAborted {
                        state_type: state_type(&frame.state.kind),
                    },
                );
            }
            if let Some(parent) = frame.parent
                && let Some(name) = self.map_name(parent.frame)
            {
                self.emit(
                    frame.previous_event_id,
                    Detail::MapIterationAborted {
                        name,
                        index: parent.index.into(),
                    },
                );
            }
            match kept {
                Kept::ForRedrive => {
                    let goes_on = Phase::Enter == frame.phase
                        || matches!(frame.phase, Phase::Children(_) | Phase::Distributed(_));
                    if !goes_on {
                        frame.phase = Phase::Failed;
                    }
                    self.put(frame);
                }
                Kept::No => self.remove(id),
            }
        }
        self.execution.ready.retain(|id| !doomed.contains(id));
    }

    /// The name of the Map state that the frame is in.
    pub(crate) fn map_name(&self, id: FrameId) -> Option<std::sync::Arc<str>> {
        let state = &self.execution.frames.get(&id)?.state;
        matches!(state.kind, Kind::Map(_)).then(|| state.name.clone())
    }
}

/// What becomes of frames that are unwound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    ForRedrive,
    No,
}

/// The first retrier that names the failure, if it has a retry left.
fn retrier_for<'s>(
    frame: &Frame,
    state: &'s State,
    failure: &Failure,
) -> Option<(usize, &'s Retrier)> {
    let (index, retrier) = matching_retrier(state, failure)?;
    let used = frame.entry.retries.get(index).copied().unwrap_or(0);
    (u64::from(used) < retrier.max_attempts).then_some((index, retrier))
}

fn matching_retrier<'s>(state: &'s State, failure: &Failure) -> Option<(usize, &'s Retrier)> {
    let names_it = |retrier: &Retrier| match failure.error_name() {
        // A retried Map would start again what the drain has just brought to an end.
        names::DRAINED => false,
        // Who retries everything has not said that it may be done twice.
        names::OUTCOME_UNKNOWN => {
            let mut wanted = retrier.error_equals.iter();
            wanted.any(|name| name == names::OUTCOME_UNKNOWN)
        }
        _ => failure.matches(&retrier.error_equals),
    };
    let mut retriers = state.retriers().iter().enumerate();
    retriers.find(|(_, retrier)| names_it(retrier))
}

fn catcher_for<'s>(state: &'s State, failure: &Failure) -> Option<(usize, &'s Catcher)> {
    let mut catchers = state.catchers().iter().enumerate();
    catchers.find(|(_, catcher)| failure.matches(&catcher.error_equals))
}

/// `IntervalSeconds × BackoffRate^used`, at most `MaxDelaySeconds`; with full jitter a random part of it.
fn backoff_millis(retrier: &Retrier, used: u32, seed: u64) -> i64 {
    let seconds = retrier.interval_seconds as f64
        * retrier
            .backoff_rate
            .powi(i32::try_from(used).unwrap_or(i32::MAX));
    let capped = retrier
        .max_delay_seconds
        .map_or(seconds, |max| seconds.min(max as f64));
    let share = match retrier.jitter {
        JitterStrategy::None => 1.0,
        JitterStrategy::Full => (seed >> 11) as f64 / (1u64 << 53) as f64,
    };
    // `as` saturates: an absurd rate waits for ever instead of overflowing.
    (capped * share * 1000.0) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retrier(interval: u64, rate: f64, max: Option<u64>, jitter: JitterStrategy) -> Retrier {
        Retrier {
            error_equals: vec![],
            interval_seconds: interval,
            max_attempts: 3,
            backoff_rate: rate,
            max_delay_seconds: max,
            jitter,
        }
    }

    #[test]
    fn backoff_grows_up_to_its_cap() {
        let r = retrier(3, 2.0, Some(10), JitterStrategy::None);
        assert_eq!(
            (0..4)
                .map(|used| backoff_millis(&r, used, 0))
                .collect::<Vec<_>>(),
            [3_000, 6_000, 10_000, 10_000]
        );
    }

    #[test]
    fn full_jitter_stays_between_nothing_and_the_delay() {
        let r = retrier(100, 1.0, None, JitterStrategy::Full);
        assert_eq!(backoff_millis(&r, 0, 0), 0);
        assert_eq!(backoff_millis(&r, 0, u64::MAX), 99_999);
    }

    #[test]
    fn an_absurd_rate_saturates() {
        let r = retrier(99_999_999, 1e9, None, JitterStrategy::None);
        assert_eq!(backoff_millis(&r, 4_000_000, 0), i64::MAX);
    }
}

//! What is to be done about a schedule now: pure.
//!
//! Occurrences are decided in order: one in a flexible window waits for those before it, and stays in its own window by that.

use std::sync::Arc;

use super::scheduled::{Occurrence, Scheduled};
use super::state::{Firing, FiringStatus, Open, Queued, State};
use crate::delivery::{Delivery, Origin, Target};
use crate::scheduler::policy::{Missed, Overlap};

/// Occurrences that may wait for the end of an execution.
pub const MAX_QUEUED: usize = 100;

/// Milliseconds since 1970.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    pub now: i64,
    /// Since when this server watches the time without interruption: what was due before, and is decided only now, was missed.
    pub awake_since: i64,
}

/// What follows, besides the changed state.
#[derive(Debug, Default)]
pub struct Decision {
    /// To be handed over in the same write.
    pub deliveries: Vec<Delivery>,
    /// Executions whose end the queue waits for.
    pub wait_for: Vec<Arc<str>>,
    /// They are to be stopped.
    pub stops_them: bool,
    /// Nothing follows any more.
    pub is_over: bool,
}

/// Decides about all that is due, and about what waits. `is_running` tells of executions; it is asked only where it matters.
pub fn decide(
    scheduled: &Arc<Scheduled>,
    state: &mut State,
    moment: Moment,
    is_running: &dyn Fn(&str) -> bool,
) -> Decision {
    let mut step = Step::new(scheduled, state, moment, is_running);
    for occurrence in step.due() {
        step.admit(occurrence);
    }
    step.finish()
}

/// Decides about an occurrence that somebody asks for now, beside the timetable.
pub fn run_now(
    scheduled: &Arc<Scheduled>,
    state: &mut State,
    moment: Moment,
    is_running: &dyn Fn(&str) -> bool,
) -> Decision {
    let mut step = Step::new(scheduled, state, moment, is_running);
    step.admit(Queued {
        occurrence_millis: moment.now,
        is_manual: true,
    });
    step.finish()
}

struct Step<'a> {
    scheduled: &'a Arc<Scheduled>,
    state: &'a mut State,
    moment: Moment,
    decision: Decision,
}

impl<'a> Step<'a> {
    fn new(
        scheduled: &'a Arc<Scheduled>,
        state: &'a mut State,
        moment: Moment,
        is_running: &dyn Fn(&str) -> bool,
    ) -> Step<'a> {
        state.created_millis = scheduled.created_millis;
        if state.policies.overlap != Overlap::Allow || !state.queue.is_empty() {
            let may_run = |open: &Open| open.execution_arn.as_deref().is_none_or(is_running);
            state.open.retain(may_run);
        }
        Step {
            scheduled,
            state,
            moment,
            decision: Decision::default(),
        }
    }

    /// What is due by the timetable and not left out. From here on all of it is decided.
    fn due(&mut self) -> Vec<Queued> {
        let Moment { now, awake_since } = self.moment;
        if !self.scheduled.is_enabled {
            return Vec::new();
        }
        let scheduled = self.scheduled.clone();
        let decided = scheduled.decided_until(self.state);
        let too_old = now.saturating_sub(scheduled.maximum_age_millis);
        let mut due = Vec::new();
        if decided < too_old {
            let oldest = scheduled.timetable.next_after(decided);
            if let Some(oldest) = oldest.filter(|oldest| *oldest <= too_old) {
                let reason = "missed, and older than the maximum event age";
                self.state.skipped(of_timetable(oldest), now, reason);
                self.state.done_until_millis = Some(too_old);
            }
        }
        let (mut missed, mut latest) = (0, i64::MIN);
        for at in scheduled.timetable.between(decided.max(too_old), now) {
            latest = latest.max(scheduled.due(at));
            if latest > now {
                break;
            }
            missed += usize::from(latest < awake_since);
            due.push(of_timetable(at));
        }
        let Some(last) = due.last() else {
            return due;
        };
        self.state.done_until_millis = Some(last.occurrence_millis);
        let left_out = match self.state.policies.missed {
            Missed::CatchUp => 0,
            Missed::OnlyLast => missed.saturating_sub(1),
            Missed::Skip => missed,
        };
        if let Some(last) = left_out.checked_sub(1).and_then(|last| due.get(last)) {
            let reason = match left_out {
                1 => "missed while the server was down".to_owned(),
                _ => format!(
                    "missed while the server was down, with {left_out} in all up to this one"
                ),
            };
            self.state.skipped(*last, now, reason);
        }
        due.split_off(left_out)
    }

    fn admit(&mut self, occurrence: Queued) {
        let now = self.moment.now;
        let has_to_wait = !self.state.open.is_empty() || !self.state.queue.is_empty();
        match self.state.policies.overlap {
            Overlap::Skip if has_to_wait => {
                let reason = "the execution before it still runs";
                self.state.skipped(occurrence, now, reason);
            }
            Overlap::Queue if has_to_wait && self.state.queue.len() >= MAX_QUEUED => {
                let reason = format!("{MAX_QUEUED} occurrences wait already");
                self.state.skipped(occurrence, now, reason);
            }
            Overlap::Queue if has_to_wait => self.state.queue.push_back(occurrence),
            Overlap::CancelRunning if has_to_wait => {
                while let Some(earlier) = self.state.queue.pop_front() {
                    let reason = "a later occurrence took its place before it could start";
                    self.state.skipped(earlier, now, reason);
                }
                self.state.queue.push_back(occurrence);
            }
            _ => self.start(occurrence),
        }
    }

    fn start(&mut self, occurrence: Queued) {
        let of = Occurrence {
            scheduled: self.scheduled.clone(),
            at_millis: occurrence.occurrence_millis,
            is_manual: occurrence.is_manual,
            now_millis: self.moment.now,
        };
        let deliveries = self.scheduled.owner.deliveries(&of);
        if deliveries.is_empty() {
            let now = self.moment.now;
            self.state.skipped(occurrence, now, "it has no target");
        }
        if self.state.policies.overlap == Overlap::Allow {
            // Only the latest one: whoever changes the policy means what starts from now on.
            self.state.open.clear();
        }
        for delivery in &deliveries {
            if matches!(delivery.target, Target::StateMachine { .. }) {
                self.state.open.push(Open {
                    delivery: delivery.id.clone(),
                    execution_arn: None,
                });
            }
            self.state.remember(Firing {
                occurrence_millis: occurrence.occurrence_millis,
                is_manual: occurrence.is_manual,
                at_millis: self.moment.now,
                status: FiringStatus::Delivering,
                delivery: Some(delivery.id.clone()),
                target_id: target_id(delivery),
                execution_arn: None,
                reason: None,
                attempts: 0,
            });
        }
        self.decision.deliveries.extend(deliveries);
    }

    fn finish(mut self) -> Decision {
        let overlap = self.state.policies.overlap;
        while overlap == Overlap::Allow || self.state.open.is_empty() {
            let Some(next) = self.state.queue.pop_front() else {
                break;
            };
            self.start(next);
        }
        if !self.state.queue.is_empty() {
            let open = self.state.open.iter();
            self.decision.wait_for = open.filter_map(|open| open.execution_arn.clone()).collect();
            self.decision.stops_them = overlap == Overlap::CancelRunning;
        }
        let decided = self.scheduled.decided_until(self.state);
        self.decision.is_over = self.scheduled.is_enabled
            && self.state.queue.is_empty()
            && self.scheduled.timetable.next_after(decided).is_none();
        self.decision
    }
}

fn of_timetable(occurrence_millis: i64) -> Queued {
    Queued {
        occurrence_millis,
        is_manual: false,
    }
}

fn target_id(delivery: &Delivery) -> Option<Arc<str>> {
    match &delivery.origin {
        Origin::Schedule { target_id, .. } => target_id.clone(),
        _ => None,
    }
}

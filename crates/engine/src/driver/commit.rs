//! The end of a batch: commit, then what may follow.

use interpreter::Status;
use interpreter::event::Detail;
use store::{Error, ExecutionId};

use super::{Driver, Held};
use crate::ports::{Answer, Committed};
use crate::request::{Ended, Started};
use crate::shard::{Effect, Outcome, Transition};
use crate::stats;

impl Driver {
    pub(super) fn commit(&mut self) {
        let mut units = Vec::new();
        let mut outcomes = Vec::new();
        for Transition { unit, outcome } in self.shard.seal() {
            match unit {
                Some(unit) => {
                    units.push(unit);
                    outcomes.push(outcome);
                }
                // Nothing has to be durable first.
                None => self.perform(outcome),
            }
        }
        if units.is_empty() {
            return;
        }
        stats::add(&self.counters.commits, 1);
        stats::add(&self.counters.units, units.len());
        let answers = match self.store.commit(units) {
            Ok(answers) => answers,
            Err(error) => outcomes.iter().map(|_| Err(error.clone())).collect(),
        };
        for (outcome, answer) in outcomes.into_iter().zip(answers) {
            match answer {
                Ok(()) => self.perform(outcome),
                Err(error) => self.failed(outcome, &error),
            }
        }
    }

    fn failed(&mut self, outcome: Outcome, error: &Error) {
        let id = &outcome.execution;
        stats::add(&self.counters.failed_commits, 1);
        self.shard.forget(id);
        for held in self.held.remove(id).unwrap_or_default() {
            match held {
                Held::Again(_) => {}
                Held::Start { reply, .. } if matches!(error, Error::Conflict(_)) => {
                    self.exists(id, reply);
                }
                Held::Start { reply, .. } => reply(Err(error.clone().into())),
                Held::Request(reply, _) => reply(Err(error.clone().into())),
            }
        }
        if !outcome.is_start {
            self.lose(id, error);
        }
    }

    /// The steps are durable, or need not be.
    fn perform(&mut self, outcome: Outcome) {
        let id = outcome.execution.clone();
        for held in self.held.remove(&id).unwrap_or_default() {
            match held {
                Held::Again(_) => {}
                Held::Start {
                    reply,
                    at_end,
                    start_millis,
                } => {
                    reply(Ok(Started { start_millis }));
                    if let Some(at_end) = at_end {
                        self.at_end.entry(id.clone()).or_default().push(at_end);
                    }
                }
                Held::Request(reply, settled) => reply(Ok(settled)),
            }
        }
        if let Some((listing, input)) = self.shard.listing(&id) {
            let entered = |detail: &Detail| matches!(detail, Detail::StateEntered { .. });
            let transitions = outcome.events.iter().filter(|event| entered(&event.detail));
            stats::add(&self.counters.transitions, transitions.count());
            self.ports.observer.committed(&Committed {
                execution: &id,
                listing,
                input,
                events: &outcome.events,
                status: &outcome.status,
                timers: &outcome.timers,
                now_millis: self.options.clock.now_millis(),
            });
            if let Some(stop_millis) = listing.stop_millis {
                let start_millis = listing.start_millis;
                self.tell_end(&id, &outcome.status, start_millis, stop_millis);
            }
        }
        self.shard.committed(&outcome);
        if self.options.evict_after_each_step {
            self.shard.evict(&id);
        }
        if outcome.is_start {
            stats::add(&self.counters.open_executions, 1);
        }
        if outcome.status != Status::Running {
            stats::take(&self.counters.open_executions);
        }
        for key in outcome.closed_calls {
            self.open_calls.remove(&(id.clone(), key));
        }
        for effect in outcome.effects {
            match effect {
                Effect::Call(call) => {
                    let key = call.key;
                    self.open_calls.insert((id.clone(), key));
                    let answer = Answer {
                        sender: self.sender.clone(),
                        execution: id.clone(),
                        key,
                        sent: false,
                    };
                    self.ports.calls.begin(&id, call, answer);
                }
                // The command line refuses definitions with Distributed Maps until children run here.
                Effect::StartChild(_) => {}
                Effect::Abandon(key) => self.ports.calls.abandon(&id, key),
            }
        }
    }

    fn tell_end(&mut self, id: &ExecutionId, status: &Status, start_millis: i64, stop_millis: i64) {
        for reply in self.at_end.remove(id).unwrap_or_default() {
            reply(Ok(Ended {
                status: status.clone(),
                start_millis,
                stop_millis,
            }));
        }
    }
}

//! The end of a batch: commit, then what may follow.

use std::collections::HashSet;
use std::sync::Arc;

use interpreter::event::Detail;
use interpreter::{Call, CallPurpose, Status};
use store::{Error, ExecutionId, Listing, Unit};

use super::retries::{Retry, Unsettled};
use super::{Driver, Held, Refused};
use crate::engine::lock;
use crate::ports::{Answer, Committed};
use crate::request::{Durability, Ended, Started};
use crate::shard::{Effect, Outcome, Transition, activity};
use crate::stats;

impl Driver {
    pub(super) fn commit(&mut self) {
        let mut units = Vec::new();
        let mut outcomes = Vec::new();
        for Transition { unit, outcome } in self.shard.seal() {
            match unit {
                Some(unit) => {
                    // The only copy of what an Express execution has come to.
                    let copy = (outcome.durability == Durability::Accept && unit.ended)
                        .then(|| Box::new(unit.clone()));
                    units.push(unit);
                    outcomes.push((outcome, copy));
                }
                // Nothing has to be durable first.
                None => self.perform(outcome),
            }
        }
        if units.is_empty() {
            return;
        }
        for ((outcome, copy), answer) in outcomes.into_iter().zip(self.write(units)) {
            match answer {
                Ok(()) => self.perform(outcome),
                Err(error) => self.failed(outcome, copy, error),
            }
        }
    }

    /// One transaction; an answer a unit.
    pub(super) fn write(&mut self, units: Vec<Unit>) -> Vec<Result<(), Error>> {
        stats::add(&self.counters.commits, 1);
        stats::add(&self.counters.units, units.len());
        let count = units.len();
        self.store.commit(units).unwrap_or_else(|error| {
            stats::add(&self.counters.failed_commits, 1);
            vec![Err(error); count]
        })
    }

    /// Only the store knows the truth now: whoever waits is told, and the execution goes on from what the store has.
    fn failed(&mut self, outcome: Outcome, copy: Option<Box<Unit>>, error: Error) {
        let id = outcome.execution.clone();
        let mut retry = Retry::default();
        for held in self.held.remove(&id).unwrap_or_default() {
            match held {
                Held::Again(input) => retry.inputs.push(input),
                Held::Close(key) => retry.closed.push(key),
                Held::StopChild(parent, key) => retry.stops.push((parent, key)),
                Held::Child(start) if matches!(error, Error::Conflict(_)) => {
                    self.shard.forget(&id);
                    return self.found_child(start);
                }
                Held::Child(start) => retry.child = Some(start),
                Held::Start { reply, .. } if matches!(error, Error::Conflict(_)) => {
                    self.shard.forget(&id);
                    self.exists(&id, reply);
                }
                Held::Start { reply, .. } => reply(Err(error.clone().into())),
                Held::Request(reply, _) => reply(Err(Refused::Store(error.clone()))),
                Held::Activity(found, _) => self.give_up(*found),
            }
        }
        let is_perhaps = matches!(error, Error::Indeterminate(_));
        match copy {
            Some(unit) if !outcome.is_start || is_perhaps => {
                // It stays in memory: there is nothing else to go on from.
                let transition = Transition {
                    unit: Some(*unit),
                    outcome,
                };
                retry.unsettled = Some(Unsettled::End(transition));
            }
            _ if outcome.durability == Durability::Accept && is_perhaps => {
                retry.unsettled = Some(Unsettled::Perhaps(Box::new(outcome)));
            }
            _ => {
                self.shard.forget(&id);
                self.shard.was_deaf_until(self.options.clock.now_millis());
                if is_perhaps {
                    retry.unsettled = Some(Unsettled::Perhaps(Box::new(outcome)));
                } else if outcome.is_start && retry.child.is_none() {
                    // Nothing of it is left, and whoever started it knows.
                    return self.retries.succeeded(&id);
                }
            }
        }
        self.delay(&id, retry, &error);
    }

    /// The execution is tried again later, unless that is of no use.
    pub(super) fn delay(&mut self, id: &ExecutionId, retry: Retry, error: &Error) {
        if let Error::Corrupt(_) = error {
            self.shard.forget(id);
            self.retries.give_up(id);
            self.open_calls.retain(|(other, _)| other != id);
            for reply in self.at_end.remove(id).unwrap_or_default() {
                reply(Err(error.clone().into()));
            }
            return self.ports.observer.lost(id, error);
        }
        // It is woken when it is tried again, not by a timer meanwhile.
        self.shard.wake_at(id, None);
        self.ports.observer.delayed(id, error);
        let now_millis = self.options.clock.now_millis();
        self.retries.add(id, retry, now_millis);
    }

    /// The steps are durable, or need not be.
    pub(super) fn perform(&mut self, outcome: Outcome) {
        let id = outcome.execution.clone();
        self.retries.succeeded(&id);
        let is_start = outcome.is_start && outcome.durability == Durability::Full;
        if let Some(begun) = outcome.events.first().filter(|_| is_start) {
            if self.started.0 != begun.timestamp_millis {
                self.started = (begun.timestamp_millis, HashSet::new());
            }
            self.started.1.insert(id.clone());
        }
        let mut held = self.held.remove(&id).unwrap_or_default();
        for held in &mut held {
            if let Held::Start { at_end, .. } = held
                && let Some(at_end) = at_end.take()
            {
                self.at_end.entry(id.clone()).or_default().push(at_end);
            }
        }
        self.tell(&outcome);
        self.shard.committed(&outcome);
        for key in outcome.closed_calls {
            let call = (id.clone(), key);
            self.open_calls.remove(&call);
            self.children.remove(&call);
        }
        for effect in outcome.effects {
            match effect {
                Effect::Call(call) => self.begin(&id, call),
                Effect::StartChild(child) => self.send_child(&id, child),
                Effect::Abandon(key) => self.abandon(&id, key),
            }
        }
        let now_millis = self.options.clock.now_millis();
        if self.options.evict_after_each_step || self.shard.rests_for_long(&id, now_millis) {
            self.shard.evict(&id);
        }
        for held in held {
            match held {
                Held::Again(_) | Held::Close(_) | Held::Child(_) | Held::StopChild(..) => {}
                Held::Start {
                    reply,
                    start_millis,
                    ..
                } => reply(Ok(Started { start_millis })),
                Held::Request(reply, now_millis) => reply(Ok(now_millis)),
                Held::Activity(found, task) => (found.poller.reply)(Some(task)),
            }
        }
    }

    fn tell(&mut self, outcome: &Outcome) {
        let id = &outcome.execution;
        if outcome.is_opened {
            stats::add(&self.counters.open_executions, 1);
        }
        if outcome.is_ended {
            stats::take(&self.counters.open_executions);
        }
        let is_entered = |detail: &Detail| matches!(detail, Detail::StateEntered { .. });
        let entered = outcome.events.iter();
        let entered = entered.filter(|event| is_entered(&event.detail));
        stats::add(&self.counters.transitions, entered.count());
        let Some((listing, input)) = self.shard.listing(id) else {
            return;
        };
        if outcome.events.is_empty() {
            self.ports.observer.changed(id);
        } else {
            self.ports.observer.committed(&Committed {
                execution: id,
                listing,
                input,
                events: &outcome.events,
                status: &outcome.status,
                timers: &outcome.timers,
                now_millis: self.options.clock.now_millis(),
            });
        }
        if outcome.is_ended {
            let ended = ended(&outcome.status, listing);
            self.tell_parent(id);
            self.tell_end(id, &ended);
        }
    }

    pub(super) fn tell_end(&mut self, id: &ExecutionId, ended: &Ended) {
        for reply in self.at_end.remove(id).unwrap_or_default() {
            reply(Ok(ended.clone()));
        }
    }

    /// Its intent is durable.
    pub(super) fn begin(&mut self, id: &ExecutionId, call: Box<Call>) {
        if let Some(activity) = activity(&call) {
            let activity = Arc::from(activity);
            let found = lock(&self.activities).offer(&activity, id, call.key);
            return self.give(found);
        }
        let key = call.key;
        if let CallPurpose::Cancel { .. } = call.purpose {
            self.cancels.insert((id.clone(), key));
        }
        self.open_calls.insert((id.clone(), key));
        let answer = Answer {
            router: self.router.clone(),
            execution: id.clone(),
            key,
            sent: false,
        };
        self.ports.calls.begin(id, call, answer);
    }
}

pub(super) fn ended(status: &Status, listing: &Listing) -> Ended {
    Ended {
        status: status.clone(),
        start_millis: listing.start_millis,
        // An end has its time in the same step.
        stop_millis: listing.stop_millis.unwrap_or(listing.start_millis),
    }
}

//! Going on with executions: those that were open when the process before this one ended, and those whose commit failed.

use interpreter::{Call, CallPurpose, Execution, Input, Intent};
use store::{Error, ExecutionId, Kind, ListedStatus, OpenExecution, StoredExecution};

use super::load::{Load, corrupt};
use super::retries::{Retry, Unsettled};
use super::{Driver, Work, by_nobody, stop_child};
use crate::ports::Recovery;
use crate::shard::{Message, Outcome, Transition, activity};

impl Driver {
    /// An execution that was found open at the start: its calls are made again, or given up.
    pub(super) fn recover(&mut self, open: OpenExecution, works: &mut Vec<Work>) {
        let id = &open.execution;
        let recovered = match open.kind {
            Kind::Express => self.run_again(id, works),
            Kind::Standard => self.resume_calls(id, works),
        };
        if let Err(error) = recovered {
            let id = id.clone();
            self.delay(&id, Retry::unsettled(Unsettled::Recovery(open)), &error);
        }
    }

    fn run_again(&mut self, id: &ExecutionId, works: &mut Vec<Work>) -> Result<(), Error> {
        let Some(stored) = self.store.execution(id)? else {
            return Ok(());
        };
        let header = Execution::decode_header(&stored.record.header);
        let identity = header.map_err(|error| corrupt(id, error))?.identity;
        let machine = self.ports.machines.machine(&stored.listing, &identity)?;
        let restarted = self.shard.restart(id, machine, stored);
        restarted.map_err(|error| corrupt(id, error))?;
        works.push(take(id, Input::Start));
        Ok(())
    }

    fn resume_calls(&mut self, id: &ExecutionId, works: &mut Vec<Work>) -> Result<(), Error> {
        let Some(stored) = self.store.execution(id)? else {
            return Ok(());
        };
        let mut intents = Vec::new();
        for open in &stored.open_calls {
            let intent = Intent::decode(&open.call).map_err(|error| corrupt(id, error))?;
            intents.push((open.key, intent));
        }
        // Its timers wait until its calls are on their way.
        if let Load::Failed(error) = self.load_if_open(id, stored) {
            return Err(error);
        }
        let awaited = self.shard.awaited_calls(id);
        for (key, intent) in intents {
            match intent {
                Intent::Child(child) if awaited.contains(&key) => self.send_child(id, child),
                Intent::Child(child) => {
                    let child = child.identity.execution_arn;
                    self.children.insert((id.clone(), key), child.clone());
                    self.stop_child(child, id.clone(), key);
                }
                Intent::Call(call) if activity(&call).is_some() || self.may_be_repeated(&call) => {
                    self.begin(id, call);
                }
                Intent::Call(_) => works.push(take(id, Input::OutcomeUnknown { key })),
            }
        }
        Ok(())
    }

    fn load_if_open(&mut self, id: &ExecutionId, stored: StoredExecution) -> Load {
        match stored.listing.status {
            ListedStatus::Running => self.restore(id, stored),
            // Only cancels of its jobs are left.
            _ => Load::Ended(Box::new(stored.listing)),
        }
    }

    fn may_be_repeated(&self, call: &Call) -> bool {
        match call.purpose {
            CallPurpose::Await { .. } | CallPurpose::Cancel { .. } => true,
            CallPurpose::Submit => {
                call.resend || self.ports.calls.recovery(call) == Recovery::Repeat
            }
        }
    }

    /// An execution that the store failed: it goes on from what the store has.
    pub(super) fn try_again(&mut self, id: &ExecutionId, works: &mut Vec<Work>) {
        let mut retry = self.retries.take(id);
        match retry.unsettled.take() {
            None => {}
            Some(Unsettled::End(transition)) => return self.end_again(transition),
            Some(Unsettled::Recovery(open)) => self.recover(open, works),
            Some(Unsettled::Perhaps(outcome)) => {
                if let Err((outcome, error)) = self.settle(outcome) {
                    retry.unsettled = Some(Unsettled::Perhaps(outcome));
                    return self.delay(id, retry, &error);
                }
            }
        }
        let Retry {
            inputs,
            closed,
            stops,
            child,
            ..
        } = retry;
        for key in closed {
            self.close(id, key);
        }
        if let Some(child) = child {
            self.start_child(child, works);
        }
        // What was committed after all finds nobody any more.
        for input in inputs {
            works.push(take(id, input));
        }
        for (parent, key) in stops {
            works.push(stop_child(id, parent, key));
        }
        works.push(by_nobody(Message::Wake(id.clone())));
    }

    /// Commits the end of an Express execution once more. A conflict says that it is gone already.
    fn end_again(&mut self, transition: Transition) {
        let Transition { unit, outcome } = transition;
        let copy = unit.clone();
        let answer = self.write(unit.into_iter().collect()).pop();
        match answer {
            Some(Err(error)) if !matches!(error, Error::Conflict(_)) => {
                let id = outcome.execution.clone();
                let transition = Transition {
                    unit: copy,
                    outcome,
                };
                self.delay(&id, Retry::unsettled(Unsettled::End(transition)), &error);
            }
            _ => self.perform(outcome),
        }
    }

    /// Finds out whether a commit happened whose answer is missing; if so, what follows from it is done. Nobody else writes
    /// this execution, so the next version is this commit's; but a start may have met an execution of that name, which began at another
    /// time. The outcome comes back when this cannot be found out yet.
    fn settle(&mut self, mut outcome: Box<Outcome>) -> Result<(), (Box<Outcome>, Error)> {
        let id = outcome.execution.clone();
        let stored = match self.store.execution(&id) {
            Ok(stored) => stored,
            Err(error) => return Err((outcome, error)),
        };
        let begun = outcome.events.first().filter(|_| outcome.is_start);
        let is_made = |stored: &StoredExecution| {
            stored.version == outcome.expected_version + 1
                && begun.is_none_or(|event| event.timestamp_millis == stored.listing.start_millis)
        };
        let Some(stored) = stored.filter(is_made) else {
            self.shard.forget(&id);
            return Ok(());
        };
        if !self.shard.is_resident(&id) {
            if let Load::Failed(error) = self.restore(&id, stored) {
                return Err((outcome, error));
            }
            // What was read has the version that the commit made.
            outcome.is_written = false;
        }
        self.perform(*outcome);
        Ok(())
    }
}

fn take(execution: &ExecutionId, input: Input) -> Work {
    by_nobody(Message::Take {
        execution: execution.clone(),
        input,
    })
}

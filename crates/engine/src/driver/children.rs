//! Children of Distributed Maps: executions of their own, each a call of its parent. They may be other shards', so parent and
//! child send each other messages; what a message that is lost in a crash would have said is found again at recovery, by the
//! parent's open calls.

use std::sync::Arc;

use interpreter::{CallKey, ChildEnd, ChildExecution, ChildOf, Execution};
use states_language::machine::ExecutionType;
use store::{Error, ExecutionId, Kind, Listing};

use super::load::corrupt;
use super::retries::Retry;
use super::{Asked, Driver, Envelope, Work};
use crate::engine::lock;
use crate::request::{Durability, StartExecution, listing};
use crate::shard::Message;

/// A child to be started.
#[derive(Clone)]
pub(crate) struct ChildStart {
    pub child: Box<ChildExecution>,
    /// Its parent's.
    pub revision: Arc<str>,
}

impl ChildStart {
    pub fn id(&self) -> &ExecutionId {
        &self.child.identity.execution_arn
    }

    fn listing(&self) -> Listing {
        let ChildExecution {
            identity,
            execution_type,
            ..
        } = self.child.as_ref();
        let of = identity.child_of.as_ref();
        Listing {
            map_run_arn: of.map(|of| of.map_run_arn.clone()),
            item_count: of.map(|of| of.item_count),
            kind: match execution_type {
                ExecutionType::Standard => Kind::Standard,
                ExecutionType::Express => Kind::Express,
            },
            revision: self.revision.clone(),
            ..listing(identity)
        }
    }
}

impl Driver {
    /// A parent's call: its intent is durable.
    pub(super) fn send_child(&mut self, parent: &ExecutionId, child: Box<ChildExecution>) {
        let (Some((listing, _)), Some(of)) = (self.shard.listing(parent), &child.identity.child_of)
        else {
            return;
        };
        let start = ChildStart {
            revision: listing.revision.clone(),
            child: child.clone(),
        };
        let call = (parent.clone(), of.key);
        self.children.insert(call, start.id().clone());
        let id = start.id().clone();
        self.router.send(&id, Envelope::StartChild(start));
    }

    pub(super) fn start_child(&mut self, start: ChildStart, works: &mut Vec<Work>) {
        let listing = start.listing();
        let (id, child) = (start.id().clone(), start.child.as_ref());
        match self.ports.machines.machine(&listing, &child.identity) {
            Ok(machine) => {
                let execution = StartExecution {
                    listing,
                    durability: match child.execution_type {
                        ExecutionType::Standard => Durability::Full,
                        // The parent's open call starts it again.
                        ExecutionType::Express => Durability::None,
                    },
                    ..StartExecution::new(machine, child.identity.clone(), child.input.clone())
                };
                works.push(Work {
                    message: Message::Start(Box::new(execution)),
                    asked: Asked::Child(start),
                });
            }
            Err(error) => self.delay_child(&id, start, &error),
        }
    }

    pub(super) fn delay_child(&mut self, id: &ExecutionId, start: ChildStart, error: &Error) {
        self.delay(id, Retry::child(start), error);
    }

    /// It is there already. What this start made before will tell its end, or has told it perhaps; what is left from before a
    /// redrive of its parent goes on.
    pub(super) fn found_child(&mut self, start: ChildStart) {
        let id = start.id().clone();
        let found = match self.shard.identity(&id) {
            Some(identity) => Ok((identity.child_of.clone(), None)),
            None => self.stored_child(&id),
        };
        match (found, &start.child.identity.child_of) {
            (Ok((known, end)), Some(wanted))
                if known.as_ref().map(|of| of.key) == Some(wanted.key) =>
            {
                end.into_iter().for_each(|end| self.send_end(end));
            }
            (Ok(_), _) => self.router.send(&id, Envelope::RedriveChild(start)),
            (Err(error), _) => self.delay_child(&id, start, &error),
        }
    }

    /// A child that cannot be redriven, say because it had succeeded before its parent knew: its end stands.
    pub(super) fn child_stays_ended(&mut self, start: ChildStart) {
        let id = start.id().clone();
        match self.stored_child(&id) {
            Ok((_, end)) => end.into_iter().for_each(|end| {
                let identity = start.child.identity.clone();
                self.send_end(ChildEnd { identity, ..end });
            }),
            Err(error) => self.delay_child(&id, start, &error),
        }
    }

    /// Whose child it is, and its end if it has ended.
    fn stored_child(
        &self,
        id: &ExecutionId,
    ) -> Result<(Option<Arc<ChildOf>>, Option<ChildEnd>), Error> {
        let Some((listing, header)) = self.store.summary(id)? else {
            return Ok((None, None));
        };
        let child = Execution::decode_header(&header).map_err(|error| corrupt(id, error))?;
        let end = listing.stop_millis.map(|stop| ChildEnd::of(&child, stop));
        Ok((child.identity.child_of, end))
    }

    /// An execution has ended just now.
    pub(super) fn tell_parent(&self, id: &ExecutionId) {
        if let Some(end) = self.shard.child_end(id) {
            self.send_end(end);
        }
    }

    fn send_end(&self, end: ChildEnd) {
        if let Some(of) = &end.identity.child_of {
            let parent = of.execution_arn.clone();
            self.router
                .send(&parent, Envelope::ChildEnded(Box::new(end)));
        }
    }

    /// Nobody waits for a call any more.
    pub(super) fn abandon(&mut self, id: &ExecutionId, key: CallKey) {
        match self.children.get(&(id.clone(), key)) {
            Some(child) => self.stop_child(child.clone(), id.clone(), key),
            None => {
                lock(&self.activities).withdraw(id, key);
                self.ports.calls.abandon(id, key);
            }
        }
    }

    pub(super) fn stop_child(&self, child: ExecutionId, parent: ExecutionId, key: CallKey) {
        let stop = Envelope::StopChild {
            child: child.clone(),
            parent,
            key,
        };
        self.router.send(&child, stop);
    }

    /// Whether a resident child was started, or redriven, for this call of its parent.
    pub(super) fn is_child_for(&self, child: &ExecutionId, key: CallKey) -> bool {
        let identity = self.shard.identity(child);
        let of = identity.and_then(|identity| identity.child_of.as_ref());
        of.is_some_and(|of| of.key == key)
    }

    /// There is nothing to stop, nor an end to be told.
    pub(super) fn child_is_gone(&self, parent: &ExecutionId, key: CallKey) {
        self.router
            .send(parent, Envelope::Close(parent.clone(), key));
    }
}

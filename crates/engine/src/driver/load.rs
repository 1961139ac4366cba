//! Reading executions back.

use interpreter::{Execution, Input, Status};
use store::{Error, ExecutionId, ListedStatus, Listing, StoredExecution};

use super::{AtEnd, Driver};
use crate::request::{ControlError, Ended, Existing, Reply, StartError, Started};
use crate::shard::Message;

pub(super) enum Load {
    Resident,
    Missing,
    Ended(Box<Listing>),
    Failed(Error),
}

pub(super) fn corrupt(id: &ExecutionId, error: impl std::fmt::Display) -> Error {
    Error::Corrupt(format!("{id}: {error}"))
}

impl Driver {
    /// Makes the execution resident that a message is for.
    pub(super) fn load(&mut self, id: &ExecutionId, message: &Message) -> Load {
        match message {
            Message::Start(_) => Load::Resident,
            Message::Take {
                input: Input::Redrive | Input::RedriveChild(_),
                ..
            } => self.load_any(id),
            _ => self.load_if(id, |listing| listing.status == ListedStatus::Running),
        }
    }

    /// Also one that has ended.
    pub(super) fn load_any(&mut self, id: &ExecutionId) -> Load {
        self.load_if(id, |_| true)
    }

    fn load_if(&mut self, id: &ExecutionId, wanted: impl Fn(&Listing) -> bool) -> Load {
        if self.shard.is_resident(id) {
            return Load::Resident;
        }
        let stored = match self.store.execution(id) {
            Ok(Some(stored)) => stored,
            Ok(None) => return Load::Missing,
            Err(error) => return Load::Failed(error),
        };
        if !wanted(&stored.listing) {
            return Load::Ended(Box::new(stored.listing));
        }
        self.restore(id, stored)
    }

    pub(super) fn restore(&mut self, id: &ExecutionId, stored: StoredExecution) -> Load {
        let restored = Execution::decode_header(&stored.record.header)
            .map_err(|error| corrupt(id, error))
            .and_then(|header| {
                self.ports
                    .machines
                    .machine(&stored.listing, &header.identity)
            })
            .and_then(|machine| {
                let restored = self.shard.restore(id, machine, stored);
                restored.map_err(|error| corrupt(id, error))
            });
        restored.map_or_else(Load::Failed, |()| Load::Resident)
    }

    /// Answers a start whose name is taken.
    pub(super) fn exists(&self, id: &ExecutionId, reply: Reply<Result<Started, StartError>>) {
        let existing = match self.shard.listing(id) {
            Some((listing, input)) => Ok(Existing {
                listing: listing.clone(),
                input: input.clone(),
            }),
            None => self.existing(id),
        };
        reply(Err(match existing {
            Ok(existing) => StartError::AlreadyExists(Box::new(existing)),
            Err(error) => error.into(),
        }));
    }

    fn existing(&self, id: &ExecutionId) -> Result<Existing, Error> {
        // Removed just now by retention: the next try will find its place free.
        let (listing, header) = self
            .store
            .summary(id)?
            .ok_or_else(|| Error::Conflict(id.clone()))?;
        let execution = Execution::decode_header(&header).map_err(|error| corrupt(id, error))?;
        Ok(Existing {
            listing,
            input: execution.input,
        })
    }

    pub(super) fn when_ended(&mut self, id: ExecutionId, reply: AtEnd) {
        if !self.shard.is_resident(&id) {
            match self.end_of(&id) {
                Ok(Some(ended)) => return reply(Ok(ended)),
                Ok(None) => {}
                Err(error) => return reply(Err(error)),
            }
        }
        self.at_end.entry(id).or_default().push(reply);
    }

    /// How a stored execution ended; None while it runs.
    fn end_of(&self, id: &ExecutionId) -> Result<Option<Ended>, ControlError> {
        let summary = self.store.summary(id)?;
        let (listing, header) = summary.ok_or(ControlError::DoesNotExist)?;
        let execution = Execution::decode_header(&header).map_err(|error| corrupt(id, error))?;
        Ok(match (execution.status, listing.stop_millis) {
            (Status::Running, _) | (_, None) => None,
            (status, Some(stop_millis)) => Some(Ended {
                status,
                start_millis: listing.start_millis,
                stop_millis,
            }),
        })
    }
}

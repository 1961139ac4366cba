//! Which shard an execution belongs to, and the way there.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::mpsc::Sender;

use store::ExecutionId;

use crate::driver::Envelope;
use crate::stats::{Counters, add};

pub(crate) struct Router {
    shards: Vec<(Sender<Envelope>, Arc<Counters>)>,
}

impl Router {
    pub fn new(shards: Vec<(Sender<Envelope>, Arc<Counters>)>) -> Router {
        Router { shards }
    }

    pub fn shard_of(&self, execution: &ExecutionId) -> usize {
        let mut hasher = DefaultHasher::new();
        execution.hash(&mut hasher);
        // A count of threads fits.
        (hasher.finish() % self.shards.len().max(1) as u64) as usize
    }

    pub fn send(&self, execution: &ExecutionId, envelope: Envelope) {
        if let Some((sender, counters)) = self.shards.get(self.shard_of(execution)) {
            add(&counters.queued, 1);
            // After the end the envelope is dropped here, and its reply with it, which says so to whoever waits.
            drop(sender.send(envelope));
        }
    }

    pub fn shut_down(&self) {
        for (sender, _) in &self.shards {
            // A thread that has gone needs no word.
            drop(sender.send(Envelope::Shutdown));
        }
    }

    pub fn counters(&self) -> impl Iterator<Item = &Counters> {
        self.shards.iter().map(|(_, counters)| counters.as_ref())
    }
}

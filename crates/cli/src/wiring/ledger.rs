//! What a run has called so far: for the list at an abort.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use connectors::ResourceRef;
use interpreter::{Call, CallKey};
use tokio::task::AbortHandle;

#[derive(Debug, Default)]
pub struct Ledger {
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    open: BTreeMap<CallKey, (Entry, AbortHandle)>,
    completed_writes: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Id of the `TaskStateEntered` event.
    pub task: u64,
    pub state_name: String,
    /// `ec2:rebootInstances`, `lambda:invoke`, or a function's ARN.
    pub action: String,
    pub writes: bool,
}

impl Entry {
    pub fn of(call: &Call) -> Entry {
        let resource = super::resource_ref(&call.resource);
        let writes = !connectors::is_read_only(&resource);
        let action = match resource {
            ResourceRef::AwsSdk { service, action }
            | ResourceRef::Optimized { service, action } => format!("{service}:{action}"),
            ResourceRef::LambdaFunction { arn } => arn,
        };
        Entry {
            task: call.key.task,
            state_name: call.state_name.to_string(),
            action,
            writes,
        }
    }
}

impl Ledger {
    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a call that `spawn` sets off. The lock is held over both, so that a call that ends at once is found open.
    pub fn open(&self, key: CallKey, entry: Entry, spawn: impl FnOnce() -> AbortHandle) {
        let mut entries = self.entries();
        let handle = spawn();
        entries.open.insert(key, (entry, handle));
    }

    pub fn close(&self, key: CallKey, succeeded: bool) {
        let mut entries = self.entries();
        if let Some((entry, _)) = entries.open.remove(&key)
            && succeeded
            && entry.writes
        {
            entries.completed_writes.push(entry);
        }
    }

    /// Whether no call is out.
    pub fn is_idle(&self) -> bool {
        self.entries().open.is_empty()
    }

    /// Cuts a call short; it stays listed as open: nobody knows what it did.
    pub fn abandon(&self, key: CallKey) {
        if let Some((_, handle)) = self.entries().open.get(&key) {
            handle.abort();
        }
    }

    /// Completed writes in the order of their ends, and calls without an answer.
    pub fn report(&self) -> (Vec<Entry>, Vec<Entry>) {
        let entries = self.entries();
        (
            entries.completed_writes.clone(),
            entries
                .open
                .values()
                .map(|(entry, _)| entry.clone())
                .collect(),
        )
    }
}

//! Definitions: read from the store and parsed when they are needed, and kept while they are likely to be needed again.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use states_language::machine::Machine;
use store::{Error, REVISIONS, Store};

use super::records::{MachineType, Revision};
use super::state;
use crate::definitions;

/// Bytes of definition text that are kept parsed; a parsed definition is some times as large.
const MAX_BYTES: usize = 32 << 20;

/// A revision with its definition parsed.
#[derive(Debug)]
pub struct Loaded {
    pub revision: Revision,
    pub machine: Arc<Machine>,
    /// Those that were asked for, by label: a Distributed Map asks for the same one ten thousand times.
    processors: Mutex<HashMap<Arc<str>, Arc<Machine>>>,
}

impl Loaded {
    pub(super) fn new(revision: Revision, machine: Arc<Machine>) -> Arc<Loaded> {
        Arc::new(Loaded {
            revision,
            machine,
            processors: Mutex::default(),
        })
    }

    /// What the children of the Distributed Map with this label run.
    pub fn processor(&self, label: &Arc<str>) -> Option<Arc<Machine>> {
        let mut processors = self
            .processors
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(processor) = processors.get(label) {
            return Some(processor.clone());
        }
        let processor = Arc::new(self.machine.processor(label)?);
        processors.insert(label.clone(), processor.clone());
        Some(processor)
    }

    fn bytes(&self) -> usize {
        self.revision.configuration.definition.len()
    }
}

/// The revisions that were asked for last. The oldest go first; who uses one holds on to it.
#[derive(Default)]
pub(crate) struct Revisions(Mutex<Cache>);

#[derive(Default)]
struct Cache {
    /// By key.
    loaded: HashMap<Arc<str>, Arc<Loaded>>,
    /// Oldest first.
    keys: VecDeque<Arc<str>>,
    bytes: usize,
}

impl Revisions {
    pub fn at_hand(&self, key: &str) -> Option<Arc<Loaded>> {
        self.cache().loaded.get(key).cloned()
    }

    /// # Errors
    /// The store's, and `Corrupt` for a revision that is not there or that cannot be read.
    pub fn get(&self, store: &dyn Store, key: &str) -> Result<Arc<Loaded>, Error> {
        if let Some(loaded) = self.at_hand(key) {
            return Ok(loaded);
        }
        let document = store
            .document(REVISIONS, key)?
            .ok_or_else(|| Error::Corrupt(format!("there is no revision {key}")))?;
        let revision: Revision = state::body(&document)?;
        // What was refused when it was created is not looked at again.
        let parsed = definitions::parse(&revision.configuration.definition, MachineType::Standard);
        let machine = parsed
            .machine
            .ok_or_else(|| Error::Corrupt(format!("the definition of revision {key}")))?;
        let loaded = Loaded::new(revision, machine);
        self.put(key.into(), loaded.clone());
        Ok(loaded)
    }

    pub fn put(&self, key: Arc<str>, loaded: Arc<Loaded>) {
        let mut cache = self.cache();
        cache.bytes += loaded.bytes();
        match cache.loaded.insert(key.clone(), loaded) {
            Some(before) => cache.bytes -= before.bytes(),
            None => cache.keys.push_back(key),
        }
        while cache.bytes > MAX_BYTES && cache.keys.len() > 1 {
            cache.drop_oldest();
        }
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, Cache> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cache {
    fn drop_oldest(&mut self) {
        let oldest = self.keys.pop_front();
        if let Some(dropped) = oldest.and_then(|key| self.loaded.remove(&key)) {
            self.bytes -= dropped.bytes();
        }
    }
}

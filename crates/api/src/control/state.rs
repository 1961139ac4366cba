//! The control plane in memory, and how each of its parts stands in the store.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use store::{Document, DocumentWrite, Error, REVISIONS, Store};

use super::records::{Activity, Alias, Orphan, Revision, StateMachine, Version};

const STATE_MACHINES: &str = "state-machines";
const VERSIONS: &str = "versions";
const ALIASES: &str = "aliases";
const ACTIVITIES: &str = "activities";
/// Apart from the revisions, so that a start need not read every definition.
const ORPHANS: &str = "orphaned-revisions";
/// Documents that are read at once.
const PAGE: usize = 200;

/// All of it but the revisions, which are read when they are needed.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// By ARN, as the activities.
    pub machines: BTreeMap<Arc<str>, Machine>,
    pub activities: BTreeMap<Arc<str>, Stored<Activity>>,
    /// By the key of the revision.
    pub orphans: BTreeMap<Arc<str>, Stored<Orphan>>,
}

#[derive(Debug)]
pub(crate) struct Machine {
    pub body: Stored<StateMachine>,
    /// By number.
    pub versions: BTreeMap<u64, Stored<Version>>,
    /// By name.
    pub aliases: BTreeMap<Arc<str>, Stored<Alias>>,
}

/// With the version of its document.
#[derive(Debug, Clone)]
pub(crate) struct Stored<T> {
    version: u64,
    value: Arc<T>,
}

impl<T> std::ops::Deref for Stored<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// One change: `None` deletes.
pub(crate) enum Change {
    Machine(Arc<str>, Option<StateMachine>),
    /// Of the state machine with this ARN.
    Version(Arc<str>, u64, Option<Version>),
    Alias(Arc<str>, Arc<str>, Option<Alias>),
    Activity(Arc<str>, Option<Activity>),
    /// By key.
    Revision(Arc<str>, Option<Revision>),
    /// By the key of the revision.
    Orphan(Arc<str>, Option<Orphan>),
}

impl State {
    /// Reads everything.
    ///
    /// # Errors
    /// `Corrupt` for a body that cannot be read.
    pub fn load(store: &dyn Store) -> Result<State, Error> {
        let mut state = State::default();
        each(store, STATE_MACHINES, |document| {
            let machine = Machine {
                body: read(&document)?,
                versions: BTreeMap::new(),
                aliases: BTreeMap::new(),
            };
            state.machines.insert(document.key, machine);
            Ok(())
        })?;
        each(store, VERSIONS, |document| {
            let (machine, number) = state.owner(&document)?;
            let number = number.parse().map_err(|_| corrupt(&document, "its key"))?;
            machine.versions.insert(number, read(&document)?);
            Ok(())
        })?;
        each(store, ALIASES, |document| {
            let (machine, name) = state.owner(&document)?;
            machine.aliases.insert(name.into(), read(&document)?);
            Ok(())
        })?;
        each(store, ACTIVITIES, |document| {
            let activity = read(&document)?;
            state.activities.insert(document.key, activity);
            Ok(())
        })?;
        each(store, ORPHANS, |document| {
            let orphan = read(&document)?;
            state.orphans.insert(document.key, orphan);
            Ok(())
        })?;
        Ok(state)
    }

    /// The state machine of a version or alias, and the last part of its key.
    fn owner<'d>(&mut self, document: &'d Document) -> Result<(&mut Machine, &'d str), Error> {
        document
            .key
            .rsplit_once(':')
            .and_then(|(arn, last)| Some((self.machines.get_mut(arn)?, last)))
            .ok_or_else(|| corrupt(document, "its state machine"))
    }

    /// The write that a change is, against what is here now.
    pub fn write(&self, change: &Change) -> Result<DocumentWrite, Error> {
        fn version<T>(stored: Option<&Stored<T>>) -> Option<u64> {
            Some(stored.map_or(0, |stored| stored.version))
        }
        let machine = |arn: &str| self.machines.get(arn);
        let (collection, key, expected_version, body) = match change {
            Change::Machine(arn, body) => (
                STATE_MACHINES,
                arn.clone(),
                version(machine(arn).map(|machine| &machine.body)),
                text(body)?,
            ),
            Change::Version(arn, number, body) => (
                VERSIONS,
                format!("{arn}:{number}").into(),
                version(machine(arn).and_then(|machine| machine.versions.get(number))),
                text(body)?,
            ),
            Change::Alias(arn, name, body) => (
                ALIASES,
                format!("{arn}:{name}").into(),
                version(machine(arn).and_then(|machine| machine.aliases.get(name))),
                text(body)?,
            ),
            Change::Activity(arn, body) => (
                ACTIVITIES,
                arn.clone(),
                version(self.activities.get(arn)),
                text(body)?,
            ),
            Change::Orphan(key, body) => (
                ORPHANS,
                key.clone(),
                version(self.orphans.get(key)),
                text(body)?,
            ),
            Change::Revision(key, body) => (
                REVISIONS,
                key.clone(),
                body.as_ref().map(|_| 0),
                text(body)?,
            ),
        };
        Ok(DocumentWrite {
            collection: collection.into(),
            key,
            expected_version,
            body,
        })
    }

    /// Takes over a change that is durable.
    pub fn apply(&mut self, change: Change) {
        match change {
            Change::Machine(arn, None) => {
                self.machines.remove(&arn);
            }
            Change::Machine(arn, Some(value)) => match self.machines.get_mut(&arn) {
                Some(machine) => machine.body = machine.body.next(value),
                None => {
                    let machine = Machine {
                        body: Stored::first(value),
                        versions: BTreeMap::new(),
                        aliases: BTreeMap::new(),
                    };
                    self.machines.insert(arn, machine);
                }
            },
            Change::Version(arn, number, value) => {
                if let Some(machine) = self.machines.get_mut(&arn) {
                    put(&mut machine.versions, number, value);
                }
            }
            Change::Alias(arn, name, value) => {
                if let Some(machine) = self.machines.get_mut(&arn) {
                    put(&mut machine.aliases, name, value);
                }
            }
            Change::Activity(arn, value) => put(&mut self.activities, arn, value),
            Change::Orphan(key, value) => put(&mut self.orphans, key, value),
            Change::Revision(..) => {}
        }
    }

    /// Revisions that no state machine or version names any more after these changes.
    pub fn orphaned_by(&self, changes: &[Change]) -> Vec<Arc<str>> {
        let mut seen = HashSet::new();
        // How often each is named, of the state machines that are changed: a revision is of one.
        let mut named: HashMap<&Arc<str>, i64> = HashMap::new();
        for change in changes {
            let (arn, before, after) = match change {
                Change::Machine(arn, after) => {
                    let before = self.machines.get(arn).map(|machine| &machine.body.revision);
                    (arn, before, after.as_ref().map(|after| &after.revision))
                }
                Change::Version(arn, number, after) => {
                    let machine = self.machines.get(arn);
                    let before = machine.and_then(|machine| machine.versions.get(number));
                    let before = before.map(|version| &version.revision);
                    (arn, before, after.as_ref().map(|after| &after.revision))
                }
                Change::Alias(..)
                | Change::Activity(..)
                | Change::Revision(..)
                | Change::Orphan(..) => {
                    continue;
                }
            };
            if seen.insert(arn) {
                let machine = self.machines.get(arn).into_iter();
                for revision in machine.flat_map(Machine::revisions) {
                    *named.entry(revision).or_default() += 1;
                }
            }
            if let Some(revision) = before {
                *named.entry(revision).or_default() -= 1;
            }
            if let Some(revision) = after {
                *named.entry(revision).or_default() += 1;
            }
        }
        let orphans = named.into_iter().filter(|(_, times)| *times == 0);
        orphans.map(|(revision, _)| revision.clone()).collect()
    }
}

impl Machine {
    fn revisions(&self) -> impl Iterator<Item = &Arc<str>> {
        let versions = self.versions.values().map(|version| &version.revision);
        std::iter::once(&self.body.revision).chain(versions)
    }
}

impl<T> Stored<T> {
    pub fn shared(&self) -> Arc<T> {
        self.value.clone()
    }

    fn first(value: T) -> Stored<T> {
        Stored {
            version: 1,
            value: Arc::new(value),
        }
    }

    fn next(&self, value: T) -> Stored<T> {
        Stored {
            version: self.version + 1,
            value: Arc::new(value),
        }
    }
}

fn put<K: Ord, T>(map: &mut BTreeMap<K, Stored<T>>, key: K, value: Option<T>) {
    match value {
        Some(value) => {
            let stored = match map.get(&key) {
                Some(before) => before.next(value),
                None => Stored::first(value),
            };
            map.insert(key, stored);
        }
        None => {
            map.remove(&key);
        }
    }
}

/// Hands over every document of a collection.
fn each(
    store: &dyn Store,
    collection: &str,
    mut take: impl FnMut(Document) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut after: Option<Arc<str>> = None;
    loop {
        let page = store.documents(collection, after.as_deref(), PAGE)?;
        let is_last = page.len() < PAGE;
        after = page.last().map(|document| document.key.clone());
        page.into_iter().try_for_each(&mut take)?;
        if is_last {
            return Ok(());
        }
    }
}

fn read<T: DeserializeOwned>(document: &Document) -> Result<Stored<T>, Error> {
    Ok(Stored {
        version: document.version,
        value: Arc::new(body(document)?),
    })
}

/// The body of a document.
pub(crate) fn body<T: DeserializeOwned>(document: &Document) -> Result<T, Error> {
    serde_json::from_str(&document.body).map_err(|error| corrupt(document, &error.to_string()))
}

fn corrupt(document: &Document, what: &str) -> Error {
    let Document {
        collection, key, ..
    } = document;
    Error::Corrupt(format!("{key} in {collection}: {what}"))
}

fn text(body: &Option<impl Serialize>) -> Result<Option<Arc<str>>, Error> {
    let text = body.as_ref().map(serde_json::to_string).transpose();
    text.map(|text| text.map(Into::into))
        .map_err(|error| Error::Corrupt(error.to_string()))
}

//! The control plane: state machines, versions, aliases, activities and tags. It is read from memory and written through to the
//! store's documents; definitions are in revisions, which stay as long as anything runs or ran on them.

pub mod records;
mod revisions;
pub(crate) mod state;

use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use interpreter::Identity;
use states_language::machine::Machine;
use store::{AuditEntry, Kind, ListQuery, ListedStatus, Listing, Scope, Store};

use self::records::{Format, Orphan, Revision, StateMachine, Status};
use self::revisions::Revisions;
use self::state::{Change, State};
use crate::Error;
use crate::arn::{Arn, Qualifier, Resource};

pub use revisions::Loaded;

/// How long a revision that nothing names is kept: a start that found it may be on its way to the store.
const REVISION_GRACE_MILLIS: i64 = 10 * 60 * 1000;

/// Cloning is cheap; clones are the same control plane. What it does may wait for the store, so it is not for async code.
#[derive(Clone)]
pub struct ControlPlane(Arc<Shared>);

struct Shared {
    store: Arc<dyn Store>,
    state: RwLock<State>,
    /// Held by who changes something, from reading to having written.
    writer: Mutex<()>,
    revisions: Revisions,
}

/// What an ARN of a state machine, a version or an alias stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Without version or alias.
    pub state_machine_arn: Arc<str>,
    pub name: Arc<str>,
    pub kind: Kind,
    pub is_deleting: bool,
    pub qualifier: FoundQualifier,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FoundQualifier {
    None,
    Version(u64),
    /// Its name.
    Alias(Arc<str>),
}

/// What StartExecution runs.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// Without version or alias.
    pub state_machine_arn: Arc<str>,
    pub name: Arc<str>,
    pub kind: Kind,
    pub version_arn: Option<Arc<str>>,
    pub alias_arn: Option<Arc<str>>,
    /// Key of the revision, for [`store::Listing::revision`].
    pub revision: Arc<str>,
}

impl ControlPlane {
    /// Reads what the store has.
    ///
    /// # Errors
    /// The store's.
    pub fn open(store: Arc<dyn Store>) -> Result<ControlPlane, store::Error> {
        let state = RwLock::new(State::load(&*store)?);
        Ok(ControlPlane(Arc::new(Shared {
            store,
            state,
            writer: Mutex::new(()),
            revisions: Revisions::default(),
        })))
    }

    /// Finishes what waited for executions to end: deletes state machines that are being deleted, and revisions that nothing
    /// needs any more. To be called now and then, and after old executions were removed.
    ///
    /// # Errors
    /// The store's.
    pub fn tidy(&self, now_millis: i64) -> Result<(), store::Error> {
        let deleting: Vec<Arc<str>> = {
            let state = self.read();
            let machines = state.machines.iter();
            machines
                .filter(|(_, machine)| machine.body.status == Status::Deleting)
                .map(|(arn, _)| arn.clone())
                .collect()
        };
        for arn in deleting {
            self.settle(&arn, now_millis)?;
        }
        let old: Vec<Arc<str>> = {
            let state = self.read();
            let orphans = state.orphans.iter();
            orphans
                .filter(|(_, orphan)| orphan.since_millis + REVISION_GRACE_MILLIS <= now_millis)
                .map(|(key, _)| key.clone())
                .collect()
        };
        for key in old {
            if !self.store().revision_is_used(&key)? {
                self.write(now_millis, |_| {
                    vec![
                        Change::Revision(key.clone(), None),
                        Change::Orphan(key.clone(), None),
                    ]
                })?;
            }
        }
        Ok(())
    }

    /// Deletes a state machine that is being deleted if nothing of it runs any more.
    pub(crate) fn settle(&self, arn: &str, now_millis: i64) -> Result<(), store::Error> {
        let running = ListQuery {
            scope: Scope::StateMachine(arn.into()),
            status: Some(ListedStatus::Running),
            redriven: None,
            after: None,
            limit: 1,
        };
        if !self.store().list(&running)?.is_empty() {
            return Ok(());
        }
        self.write(now_millis, |state| {
            match state.machines.get_key_value(arn) {
                Some((arn, machine)) if machine.body.status == Status::Deleting => {
                    deletion(arn, machine)
                }
                _ => vec![],
            }
        })
    }

    /// A change of the control plane's own: nobody asked for it, and nothing refuses it.
    fn write(
        &self,
        now_millis: i64,
        decide: impl FnOnce(&State) -> Vec<Change>,
    ) -> Result<(), store::Error> {
        match self.change(now_millis, None, |state| Ok((decide(state), ()))) {
            Ok(()) | Err(Failed::Refused(_)) => Ok(()),
            Err(Failed::Store(error)) => Err(error),
        }
    }

    /// All state machines, in the order of their ARNs.
    pub fn state_machines(&self) -> Vec<(Arc<str>, Arc<StateMachine>)> {
        let state = self.read();
        let machines = state.machines.iter();
        machines
            .map(|(arn, machine)| (arn.clone(), machine.body.shared()))
            .collect()
    }

    /// What an ARN stands for.
    ///
    /// # Errors
    /// `InvalidArn`, `StateMachineDoesNotExist`; `ValidationException` for a labelled one.
    pub fn find(&self, arn: &str) -> Result<Found, Error> {
        let (base, qualifier) = machine_arn(arn)?;
        let state = self.read();
        let does_not_exist = || Error::StateMachineDoesNotExist(arn.to_owned());
        let (state_machine_arn, machine) = state
            .machines
            .get_key_value(base)
            .ok_or_else(does_not_exist)?;
        let qualifier = match qualifier {
            Qualifier::Version(number) if machine.versions.contains_key(&number) => {
                FoundQualifier::Version(number)
            }
            Qualifier::Alias(name) => {
                let alias = machine.aliases.get_key_value(name);
                FoundQualifier::Alias(alias.ok_or_else(does_not_exist)?.0.clone())
            }
            Qualifier::Version(_) => return Err(does_not_exist()),
            Qualifier::None | Qualifier::Label(_) => FoundQualifier::None,
        };
        Ok(Found {
            state_machine_arn: state_machine_arn.clone(),
            name: machine.body.name.clone(),
            kind: machine.body.kind.into(),
            is_deleting: machine.body.status == Status::Deleting,
            qualifier,
        })
    }

    /// What an execution of this ARN runs; of an alias with two versions `random` chooses by their weights. Never waits.
    ///
    /// # Errors
    /// As [`ControlPlane::find`], and `StateMachineDeleting`.
    pub fn resolve(&self, arn: &str, random: u64) -> Result<Resolved, Error> {
        let found = self.find(arn)?;
        let does_not_exist = || Error::StateMachineDoesNotExist(arn.to_owned());
        if found.is_deleting {
            return Err(Error::StateMachineDeleting(arn.to_owned()));
        }
        let base = found.state_machine_arn.clone();
        let (number, alias_arn, revision) = {
            let state = self.read();
            let machine = state.machines.get(&base).ok_or_else(does_not_exist)?;
            let (number, alias_arn) = match &found.qualifier {
                FoundQualifier::None => (None, None),
                FoundQualifier::Version(number) => (Some(*number), None),
                FoundQualifier::Alias(name) => {
                    let alias = machine.aliases.get(name).ok_or_else(does_not_exist)?;
                    (alias.choose(random), Some(arn.into()))
                }
            };
            let revision = match number {
                None => machine.body.revision.clone(),
                Some(number) => {
                    let version = machine.versions.get(&number).ok_or_else(does_not_exist)?;
                    version.revision.clone()
                }
            };
            (number, alias_arn, revision)
        };
        Ok(Resolved {
            version_arn: number.map(|number| format!("{base}:{number}").into()),
            state_machine_arn: base,
            name: found.name,
            kind: found.kind,
            alias_arn,
            revision,
        })
    }

    /// A revision that was asked for lately.
    pub(crate) fn at_hand(&self, revision: &str) -> Option<Arc<Loaded>> {
        self.0.revisions.at_hand(revision)
    }

    /// A revision by its key, as executions name it. May read and parse its definition.
    ///
    /// # Errors
    /// The store's, and `Corrupt` when it is not there.
    pub fn loaded(&self, revision: &str) -> Result<Arc<Loaded>, store::Error> {
        self.0.revisions.get(self.store(), revision)
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, State> {
        self.0.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn store(&self) -> &dyn Store {
        &*self.0.store
    }

    /// Keeps a definition that was parsed to be checked.
    pub(crate) fn keep(&self, key: Arc<str>, revision: Revision, machine: Arc<Machine>) {
        self.0.revisions.put(key, Loaded::new(revision, machine));
    }

    /// Decides on the latest state what is to change, writes it durably with the audit entry, and takes it over. Without
    /// changes nothing is written.
    pub(crate) fn change<T>(
        &self,
        now_millis: i64,
        audit: Option<AuditEntry>,
        decide: impl FnOnce(&State) -> Result<(Vec<Change>, T), Error>,
    ) -> Result<T, Failed> {
        let _writer = self.0.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let (changes, answer, writes) = {
            let state = self.read();
            let (mut changes, answer) = decide(&state).map_err(Failed::Refused)?;
            let orphan = |key| {
                let orphan = Orphan {
                    format: Format,
                    since_millis: now_millis,
                };
                Change::Orphan(key, Some(orphan))
            };
            changes.extend(state.orphaned_by(&changes).into_iter().map(orphan));
            let writes = changes.iter().map(|change| state.write(change));
            let writes = writes.collect::<Result<Vec<_>, _>>();
            (changes, answer, writes.map_err(Failed::Store)?)
        };
        if changes.is_empty() {
            return Ok(answer);
        }
        match self.store().write(writes, audit) {
            Ok(()) => {}
            Err(error @ (store::Error::Indeterminate(_) | store::Error::Conflict(_))) => {
                // What is in memory may be wrong now.
                let fresh = State::load(self.store()).map_err(Failed::Store)?;
                *self.write_state() = fresh;
                return Err(Failed::Store(error));
            }
            Err(error) => return Err(Failed::Store(error)),
        }
        let mut state = self.write_state();
        changes.into_iter().for_each(|change| state.apply(change));
        Ok(answer)
    }

    fn write_state(&self) -> std::sync::RwLockWriteGuard<'_, State> {
        self.0.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl engine::Machines for ControlPlane {
    fn machine(
        &self,
        listing: &Listing,
        identity: &Identity,
    ) -> Result<Arc<Machine>, store::Error> {
        let loaded = self.loaded(&listing.revision)?;
        match &identity.child_of {
            None => Ok(loaded.machine.clone()),
            Some(of) => loaded.processor(&of.label).ok_or_else(|| {
                let Listing { revision, .. } = listing;
                let label = &of.label;
                store::Error::Corrupt(format!("revision {revision} has no Map with label {label}"))
            }),
        }
    }

    fn activity_exists(&self, arn: &str) -> bool {
        self.read().activities.contains_key(arn)
    }
}

/// Why nothing was changed.
#[derive(Debug)]
pub(crate) enum Failed {
    /// By the operation's own rules.
    Refused(Error),
    Store(store::Error),
}

impl From<Failed> for Error {
    fn from(failed: Failed) -> Error {
        match failed {
            Failed::Refused(error) => error,
            Failed::Store(error) => error.into(),
        }
    }
}

/// Takes the ARN of a state machine apart: without its qualifier, and the qualifier.
///
/// # Errors
/// `InvalidArn`; `ValidationException` for a labelled one.
pub(crate) fn machine_arn(arn: &str) -> Result<(&str, Qualifier<'_>), Error> {
    let parsed = Arn::parse(arn)?;
    let Resource::StateMachine { qualifier, .. } = parsed.resource else {
        return Err(parsed.wrong_type());
    };
    match qualifier {
        Qualifier::Label(_) => Err(Error::ValidationException {
            message: format!("This operation does not support labeled ARNs: '{arn}'"),
            reason: Some(crate::Reason::ApiDoesNotSupportLabeledArns),
        }),
        Qualifier::None => Ok((arn, qualifier)),
        Qualifier::Version(_) | Qualifier::Alias(_) => {
            let base = arn.rsplit_once(':').map_or(arn, |(base, _)| base);
            Ok((base, qualifier))
        }
    }
}

/// What goes with a state machine.
fn deletion(arn: &Arc<str>, machine: &state::Machine) -> Vec<Change> {
    let aliases = machine.aliases.keys();
    let versions = machine.versions.keys();
    aliases
        .map(|name| Change::Alias(arn.clone(), name.clone(), None))
        .chain(versions.map(|number| Change::Version(arn.clone(), *number, None)))
        .chain([Change::Machine(arn.clone(), None)])
        .collect()
}

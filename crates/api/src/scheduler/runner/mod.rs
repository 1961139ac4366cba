//! Fires what has a timetable: schedules of the Scheduler, and rules with a schedule expression.
//!
//! One transaction writes for all that is due now: the state of each schedule and the deliveries that follow. So an occurrence is handed over
//! exactly once; what comes then is the deliveries' business. Between two due times nothing runs but one timer.

mod driver;
mod scheduled;
mod state;
mod step;
#[cfg(test)]
mod tests;

pub use driver::Executions;
pub use scheduled::{Kind, Occurrence, Owner, Scheduled};
pub use state::{Firing, FiringStatus, State};

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use store::{AuditEntry, ListedStatus, Store};
use tokio::sync::{Notify, watch};

use super::policy::Policies;
use crate::delivery::{Clock, Deliveries, Origin, Told};
use crate::table::{Table, Transaction};
use step::{Decision, Moment};

const COLLECTION: &str = "schedule-states";
/// Schedules that are decided in one transaction, and deliveries of it, roughly.
const BATCH: usize = 2_000;
/// What could not be decided about is looked at again after it.
const PUT_OFF_MILLIS: i64 = 10_000;

/// Cloning is cheap; clones are the same runner.
#[derive(Clone)]
pub struct Runner(Arc<Shared>);

struct Shared {
    store: Arc<dyn Store>,
    deliveries: Deliveries,
    now: Clock,
    /// Is told in words what went wrong and is tried again.
    report: Report,
    states: Table<State>,
    inner: Mutex<Inner>,
    /// Executions that have ended, or may have: told by the engine's threads, which must not wait for `inner`.
    ended: Mutex<Vec<Arc<str>>>,
    wake: Notify,
    /// Counts on with every result.
    results: watch::Sender<u64>,
    executions: OnceLock<Arc<dyn Executions>>,
    stop: watch::Sender<bool>,
    driver: Mutex<Option<tokio::task::JoinHandle<()>>>,
}

pub type Report = Arc<dyn Fn(String) + Send + Sync>;

/// What is watched. Whoever holds the lock of it may change the states' table.
struct Inner {
    entries: HashMap<Arc<str>, Entry>,
    /// Of the entries that have something to decide, the earliest first.
    due: BTreeSet<(i64, Arc<str>)>,
    /// Executions that queues wait for.
    awaited: HashMap<Arc<str>, Awaited>,
    awake_since: i64,
}

struct Entry {
    scheduled: Arc<Scheduled>,
    due: Option<i64>,
}

#[derive(Default)]
struct Awaited {
    schedules: BTreeSet<Arc<str>>,
    is_stopped: bool,
}

/// What happened to an occurrence that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ran {
    pub occurrence_millis: i64,
    /// It waits for the end of an execution.
    pub is_queued: bool,
}

impl Runner {
    /// Reads what schedules have done. Nothing fires before [`Runner::run`].
    ///
    /// # Errors
    /// The store's.
    pub fn open(
        store: &Arc<dyn Store>,
        deliveries: Deliveries,
        now: Clock,
        report: Report,
    ) -> Result<Runner, store::Error> {
        let shared = Arc::new(Shared {
            store: store.clone(),
            states: Table::open(store, COLLECTION)?,
            report,
            inner: Mutex::new(Inner {
                entries: HashMap::new(),
                due: BTreeSet::new(),
                awaited: HashMap::new(),
                awake_since: now(),
            }),
            now,
            ended: Mutex::default(),
            wake: Notify::new(),
            results: watch::Sender::new(0),
            executions: OnceLock::new(),
            stop: watch::Sender::new(false),
            driver: Mutex::default(),
            deliveries: deliveries.clone(),
        });
        let weak = Arc::downgrade(&shared);
        deliveries.listen(Arc::new(move |told: &[Told]| match weak.upgrade() {
            Some(shared) => shared.told(told),
            None => Ok(()),
        }));
        Ok(Runner(shared))
    }

    /// Watches a schedule or rule, in place of what has its ARN. With policies, those are written. It may wait for the store.
    ///
    /// # Errors
    /// The store's: then nothing has changed.
    pub fn put(
        &self,
        scheduled: Scheduled,
        policies: Option<Policies>,
    ) -> Result<(), store::Error> {
        let mut held = self.hold();
        let mut transaction = Transaction::new(&self.0.store, None);
        held.stage(&mut transaction, &scheduled, policies);
        if !transaction.is_empty() {
            transaction.commit()?;
        }
        held.put(scheduled);
        Ok(())
    }

    /// Watches it no longer, and forgets what it did. What is on its way goes on.
    ///
    /// # Errors
    /// The store's: then it still is watched.
    pub fn remove(&self, arn: &str) -> Result<(), store::Error> {
        let mut held = self.hold();
        let mut transaction = Transaction::new(&self.0.store, None);
        held.stage_removal(&mut transaction, arn);
        if !transaction.is_empty() {
            transaction.commit()?;
        }
        held.remove(arn);
        Ok(())
    }

    /// Lets an occurrence happen now, beside the timetable, whether it is enabled or not. None: nothing has this ARN.
    ///
    /// # Errors
    /// The store's: nothing was started.
    pub fn run_now(
        &self,
        arn: &str,
        audit: Option<AuditEntry>,
    ) -> Result<Option<Ran>, store::Error> {
        let mut inner = self.0.lock();
        let Some(scheduled) = inner.entries.get(arn).map(|entry| entry.scheduled.clone()) else {
            return Ok(None);
        };
        let moment = self.0.moment(&inner);
        let batch = Batch::new(&self.0, audit).decided(&scheduled, |state, is_running| {
            step::run_now(&scheduled, state, moment, is_running)
        })?;
        batch.commit(&mut inner)?;
        let state = self.0.state(&scheduled);
        let is_queued = state
            .queue
            .iter()
            .any(|queued| queued.is_manual && queued.occurrence_millis == moment.now);
        Ok(Some(Ran {
            occurrence_millis: moment.now,
            is_queued,
        }))
    }

    /// Gives it policies; what waits follows them, too.
    ///
    /// # Errors
    /// The store's: nothing has changed.
    pub fn set_policies(
        &self,
        scheduled: &Scheduled,
        policies: Policies,
        audit: Option<AuditEntry>,
    ) -> Result<(), store::Error> {
        let mut inner = self.0.lock();
        let mut state = self.0.state(scheduled);
        state.policies = policies;
        let is_waiting = !state.queue.is_empty();
        let mut transaction = Transaction::new(&self.0.store, audit);
        transaction.put(&self.0.states, scheduled.arn.clone(), state);
        transaction.commit()?;
        if is_waiting {
            inner.plan_at(&scheduled.arn, Some((self.0.now)()));
            self.0.wake.notify_one();
        }
        Ok(())
    }

    /// All that is watched, in the order of ARNs, from the one behind `after` on.
    pub fn after(&self, after: Option<&str>, limit: usize) -> Vec<Arc<Scheduled>> {
        let inner = self.0.lock();
        let mut arns: Vec<&Arc<str>> = inner
            .entries
            .keys()
            .filter(|arn| after.is_none_or(|after| &***arn > after))
            .collect();
        arns.sort_unstable();
        let page = arns.into_iter().take(limit);
        page.filter_map(|arn| Some(inner.entries.get(arn)?.scheduled.clone()))
            .collect()
    }

    pub fn get(&self, arn: &str) -> Option<Arc<Scheduled>> {
        let inner = self.0.lock();
        inner.entries.get(arn).map(|entry| entry.scheduled.clone())
    }

    /// What it has done.
    pub fn state(&self, scheduled: &Scheduled) -> State {
        self.0.state(scheduled)
    }

    /// How an execution is that it has started. None: it is not here (any more).
    ///
    /// # Errors
    /// The store's.
    pub fn execution_status(&self, execution: &str) -> Result<Option<ListedStatus>, store::Error> {
        match self.0.executions.get() {
            Some(executions) => executions.status(execution),
            None => Ok(None),
        }
    }

    /// Changes with every result.
    pub fn results(&self) -> watch::Receiver<u64> {
        self.0.results.subscribe()
    }

    /// Does what is due now, as the driver does; for tests.
    #[cfg(test)]
    pub(super) fn step(&self) -> Result<Option<i64>, store::Error> {
        self.0.step()
    }

    /// For changes of schedules that are made together with those of their state.
    pub(super) fn hold(&self) -> Held<'_> {
        Held {
            shared: &self.0,
            inner: self.0.lock(),
        }
    }
}

/// The runner, held still.
pub(in crate::scheduler) struct Held<'a> {
    shared: &'a Shared,
    inner: MutexGuard<'a, Inner>,
}

impl Held<'_> {
    /// What a change of a schedule changes of its state: it gets policies, begins with a new timetable, and when it is disabled nothing waits
    /// any more.
    pub fn stage(
        &self,
        transaction: &mut Transaction,
        scheduled: &Scheduled,
        policies: Option<Policies>,
    ) {
        let before = self.shared.state(scheduled);
        let mut state = before.clone();
        if let Some(policies) = policies {
            state.policies = policies;
        }
        let there = self.inner.entries.get(&scheduled.arn);
        if there.is_some_and(|there| there.scheduled.timetable != scheduled.timetable) {
            // What was done of another timetable says nothing about this one: `since_millis` does.
            state.done_until_millis = None;
        }
        if !scheduled.is_enabled {
            while let Some(queued) = state.queue.pop_front() {
                state.skipped(
                    queued,
                    (self.shared.now)(),
                    "it was disabled while this one waited",
                );
            }
        }
        if state != before {
            transaction.put(&self.shared.states, scheduled.arn.clone(), state);
        }
    }

    pub fn stage_removal(&self, transaction: &mut Transaction, arn: &str) {
        transaction.delete(&self.shared.states, arn);
    }

    pub fn put(&mut self, scheduled: Scheduled) {
        let arn = scheduled.arn.clone();
        self.inner.remove(&arn);
        let state = self.shared.state(&scheduled);
        let due = match state.queue.is_empty() {
            true => scheduled.next_due(&state),
            // After a start nobody listens for the end of what it waits for.
            false => Some((self.shared.now)()),
        };
        let entry = Entry {
            scheduled: Arc::new(scheduled),
            due: None,
        };
        self.inner.entries.insert(arn.clone(), entry);
        self.inner.plan_at(&arn, due);
        self.shared.wake.notify_one();
    }

    pub fn remove(&mut self, arn: &str) {
        self.inner.remove(arn);
    }
}

impl Inner {
    fn remove(&mut self, arn: &str) {
        if let Some(entry) = self.entries.remove(arn)
            && let Some(due) = entry.due
        {
            self.due.remove(&(due, entry.scheduled.arn.clone()));
        }
    }

    fn plan_at(&mut self, arn: &Arc<str>, due: Option<i64>) {
        let Some(entry) = self.entries.get_mut(arn) else {
            return;
        };
        if let Some(before) = std::mem::replace(&mut entry.due, due) {
            self.due.remove(&(before, arn.clone()));
        }
        if let Some(due) = due {
            self.due.insert((due, arn.clone()));
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        lock(&self.inner)
    }

    fn state(&self, scheduled: &Scheduled) -> State {
        let found = self.states.get(&scheduled.arn);
        match found.filter(|state| state.created_millis == scheduled.created_millis) {
            Some(state) => (*state).clone(),
            None => State {
                created_millis: scheduled.created_millis,
                ..State::default()
            },
        }
    }

    fn moment(&self, inner: &Inner) -> Moment {
        Moment {
            now: (self.now)(),
            awake_since: inner.awake_since,
        }
    }

    /// Finds out when there is next something to decide about an entry.
    fn plan(&self, inner: &mut Inner, arn: &Arc<str>) {
        if let Some(entry) = inner.entries.get(arn) {
            let due = entry.scheduled.next_due(&self.state(&entry.scheduled));
            inner.plan_at(arn, due);
        }
    }

    /// Decides about all that is due. When something is due next.
    fn step(self: &Arc<Shared>) -> Result<Option<i64>, store::Error> {
        let mut inner = self.lock();
        self.wake_awaiting(&mut inner);
        loop {
            let moment = self.moment(&inner);
            let due = inner.due.iter().take_while(|(due, _)| *due <= moment.now);
            let due: Vec<_> = due.take(BATCH).map(|(_, arn)| arn.clone()).collect();
            if due.is_empty() {
                return Ok(inner.due.first().map(|(due, _)| *due));
            }
            match self.decide(&mut inner, &due, moment) {
                Err(error) if is_of_one(&error) => self.decide_each(&mut inner, &due, moment)?,
                decided => decided?,
            }
        }
    }

    /// Decides about the first ones of what is due, as many as one write takes.
    fn decide(
        self: &Arc<Shared>,
        inner: &mut Inner,
        due: &[Arc<str>],
        moment: Moment,
    ) -> Result<(), store::Error> {
        let mut batch = Batch::new(self, None);
        for arn in due {
            let Some(scheduled) = inner.entries.get(arn).map(|entry| entry.scheduled.clone())
            else {
                continue;
            };
            batch = batch.decided(&scheduled, |state, is_running| {
                step::decide(&scheduled, state, moment, is_running)
            })?;
            if batch.deliveries >= BATCH {
                break;
            }
        }
        batch.commit(inner)
    }

    /// One write a schedule: what one of them stumbles over keeps none of the others from firing, and is tried again later.
    fn decide_each(
        self: &Arc<Shared>,
        inner: &mut Inner,
        due: &[Arc<str>],
        moment: Moment,
    ) -> Result<(), store::Error> {
        for arn in due {
            match self.decide(inner, std::slice::from_ref(arn), moment) {
                Err(error) if is_of_one(&error) => {
                    (self.report)(format!("{arn} cannot fire, and is tried again: {error}"));
                    inner.plan_at(arn, Some(moment.now.saturating_add(PUT_OFF_MILLIS)));
                }
                decided => decided?,
            }
        }
        Ok(())
    }

    /// Writes down what became of deliveries. When it cannot be written it is told again.
    fn told(&self, told: &[Told]) -> Result<(), store::Error> {
        let mut inner = self.lock();
        let mut states: HashMap<Arc<str>, State> = HashMap::new();
        for told in told {
            let Origin::Schedule { arn, .. } = &told.delivery.origin else {
                continue;
            };
            // It may be gone meanwhile.
            let Some(entry) = inner.entries.get(arn) else {
                continue;
            };
            let state = states.entry(arn.clone());
            let state = state.or_insert_with(|| self.state(&entry.scheduled));
            state.told(told);
        }
        let mut transaction = Transaction::new(&self.store, None);
        let mut waiting = Vec::new();
        for (arn, state) in states {
            if !state.queue.is_empty() {
                waiting.push(arn.clone());
            }
            transaction.put(&self.states, arn, state);
        }
        if transaction.is_empty() {
            return Ok(());
        }
        transaction.commit()?;
        let now = (self.now)();
        for arn in waiting {
            inner.plan_at(&arn, Some(now));
            self.wake.notify_one();
        }
        self.results.send_modify(|count| *count += 1);
        Ok(())
    }

    /// What waited for executions that have ended is looked at again.
    fn wake_awaiting(&self, inner: &mut Inner) {
        let now = (self.now)();
        for execution in std::mem::take(&mut *lock(&self.ended)) {
            let awaited = inner.awaited.remove(&execution).unwrap_or_default();
            for arn in awaited.schedules {
                inner.plan_at(&arn, Some(now));
            }
        }
    }
}

/// What is written at once.
struct Batch<'a> {
    shared: &'a Arc<Shared>,
    transaction: Transaction,
    deliveries: usize,
    /// What is decided about, with what it waits for.
    decided: Vec<(Arc<str>, Decision)>,
    deleted: Vec<Arc<str>>,
}

impl<'a> Batch<'a> {
    fn new(shared: &'a Arc<Shared>, audit: Option<AuditEntry>) -> Batch<'a> {
        Batch {
            shared,
            transaction: Transaction::new(&shared.store, audit),
            deliveries: 0,
            decided: Vec::new(),
            deleted: Vec::new(),
        }
    }

    fn decided(
        mut self,
        scheduled: &Arc<Scheduled>,
        decide: impl FnOnce(&mut State, &dyn Fn(&str) -> bool) -> Decision,
    ) -> Result<Batch<'a>, store::Error> {
        let before = self.shared.state(scheduled);
        let mut state = before.clone();
        let failed = RefCell::new(None);
        let is_running = |execution: &str| match self.shared.executions.get() {
            None => false,
            Some(executions) => match executions.status(execution) {
                Ok(status) => status == Some(ListedStatus::Running),
                Err(error) => {
                    failed.borrow_mut().get_or_insert(error);
                    true
                }
            },
        };
        let mut decision = decide(&mut state, &is_running);
        if let Some(error) = failed.into_inner() {
            return Err(error);
        }
        let transaction = &mut self.transaction;
        self.deliveries += decision.deliveries.len();
        for delivery in decision.deliveries.drain(..) {
            self.shared.deliveries.stage(transaction, delivery);
        }
        let arn = scheduled.arn.clone();
        if decision.is_over && scheduled.owner.completed(scheduled, transaction) {
            transaction.delete(&self.shared.states, arn.clone());
            self.deleted.push(arn);
            return Ok(self);
        }
        if state != before {
            transaction.put(&self.shared.states, arn.clone(), state);
        }
        self.decided.push((arn, decision));
        Ok(self)
    }

    fn commit(self, inner: &mut Inner) -> Result<(), store::Error> {
        if !self.transaction.is_empty() {
            self.transaction.commit()?;
        }
        for arn in self.deleted {
            inner.remove(&arn);
        }
        for (arn, decision) in self.decided {
            self.shared.plan(inner, &arn);
            for execution in decision.wait_for {
                self.shared
                    .wait_for(inner, &arn, execution, decision.stops_them);
            }
        }
        self.shared.results.send_modify(|count| *count += 1);
        Ok(())
    }
}

/// Whether an error is about one of the documents of a write, not about the store. A delivery that is still on its way makes a conflict
/// with itself when a schedule gets a time that it had before.
fn is_of_one(error: &store::Error) -> bool {
    matches!(error, store::Error::Conflict(_) | store::Error::Corrupt(_))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

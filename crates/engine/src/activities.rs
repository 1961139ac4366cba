//! Activity queues: tasks that no worker has taken, and workers that wait for one, by activity. Kept in memory: after a start
//! the tasks are found as open calls.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use interpreter::{CallKey, TaskToken};
use query::Payload;
use store::ExecutionId;

use crate::request::Reply;

/// A task that a worker has taken.
#[derive(Debug, Clone, PartialEq)]
pub struct ActivityTask {
    pub token: TaskToken,
    pub input: Payload,
}

/// A worker that waits.
pub(crate) struct Poller {
    pub id: u64,
    pub worker_name: Option<Arc<str>>,
    pub reply: Reply<Option<ActivityTask>>,
    pub has_gone: Arc<AtomicBool>,
}

/// A task and the worker that is to have it, once that is committed.
pub(crate) struct Match {
    pub activity: Arc<str>,
    pub execution: ExecutionId,
    pub key: CallKey,
    pub poller: Poller,
    /// The task's place in the queue, should the worker go.
    pub place: u64,
}

type TaskId = (ExecutionId, CallKey);

#[derive(Default)]
pub(crate) struct Activities {
    queues: HashMap<Arc<str>, Queue>,
    places: HashMap<TaskId, (Arc<str>, u64)>,
    next_place: u64,
    next_poller: u64,
    waiting_pollers: usize,
}

/// Either tasks wait, or workers.
#[derive(Default)]
struct Queue {
    /// First come, first served.
    tasks: BTreeMap<u64, TaskId>,
    pollers: VecDeque<Poller>,
}

impl Activities {
    /// A number for a poller.
    pub fn next_poller(&mut self) -> u64 {
        self.next_poller += 1;
        self.next_poller
    }

    /// A task wants a worker. One that is offered already keeps its place.
    pub fn offer(
        &mut self,
        activity: &Arc<str>,
        execution: &ExecutionId,
        key: CallKey,
    ) -> Option<Match> {
        if self.places.contains_key(&(execution.clone(), key)) {
            return None;
        }
        self.next_place += 1;
        self.put(activity, execution, key, self.next_place)
    }

    /// A task comes back to its place: its worker has gone, or could not be given it.
    pub fn put_back(&mut self, lost: &Match) -> Option<Match> {
        self.put(&lost.activity, &lost.execution, lost.key, lost.place)
    }

    fn put(
        &mut self,
        activity: &Arc<str>,
        execution: &ExecutionId,
        key: CallKey,
        place: u64,
    ) -> Option<Match> {
        let queue = self.queues.entry(activity.clone()).or_default();
        if let Some(poller) = queue.pollers.pop_front() {
            self.waiting_pollers -= 1;
            self.drop_if_empty(activity);
            return Some(Match {
                activity: activity.clone(),
                execution: execution.clone(),
                key,
                poller,
                place,
            });
        }
        let id = (execution.clone(), key);
        queue.tasks.insert(place, id.clone());
        self.places.insert(id, (activity.clone(), place));
        None
    }

    /// A worker asks. `again` when the task that it was to have is over: it has waited longest.
    pub fn poll(&mut self, activity: &Arc<str>, poller: Poller, again: bool) -> Option<Match> {
        let queue = self.queues.entry(activity.clone()).or_default();
        let Some((place, id)) = queue.tasks.pop_first() else {
            match again {
                true => queue.pollers.push_front(poller),
                false => queue.pollers.push_back(poller),
            }
            self.waiting_pollers += 1;
            return None;
        };
        self.places.remove(&id);
        let (execution, key) = id;
        let activity = activity.clone();
        self.drop_if_empty(&activity);
        Some(Match {
            activity,
            execution,
            key,
            poller,
            place,
        })
    }

    /// The task's attempt is over.
    pub fn withdraw(&mut self, execution: &ExecutionId, key: CallKey) {
        if let Some((activity, place)) = self.places.remove(&(execution.clone(), key))
            && let Some(queue) = self.queues.get_mut(&activity)
        {
            queue.tasks.remove(&place);
            self.drop_if_empty(&activity);
        }
    }

    /// A poller waits no more. None when it is not in the queue: it has a task, or is about to.
    pub fn leave(&mut self, activity: &Arc<str>, poller: u64) -> Option<Poller> {
        let queue = self.queues.get_mut(activity)?;
        let place = queue.pollers.iter().position(|other| other.id == poller)?;
        let poller = queue.pollers.remove(place);
        self.waiting_pollers -= 1;
        self.drop_if_empty(activity);
        poller
    }

    /// Tasks that wait for a worker, and workers that wait for a task.
    pub fn sizes(&self) -> (usize, usize) {
        (self.places.len(), self.waiting_pollers)
    }

    fn drop_if_empty(&mut self, activity: &Arc<str>) {
        let queue = self.queues.get(activity);
        if queue.is_some_and(|queue| queue.tasks.is_empty() && queue.pollers.is_empty()) {
            self.queues.remove(activity);
        }
    }
}

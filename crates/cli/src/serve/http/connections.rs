//! How many connections there are, and which one goes when there is no room for another: the one that has been without a request for
//! longest. So thousands of connections that say nothing, or say it slowly, close one another and nobody else.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

pub struct Connections {
    max: usize,
    state: Mutex<State>,
    all_closed: Notify,
}

#[derive(Default)]
struct State {
    open: usize,
    /// The next number for a connection that waits.
    turn: u64,
    /// Connections that wait for (the rest of) a request, or for a client that reads its answer; longest first.
    idle: BTreeMap<u64, Arc<Notify>>,
}

impl Connections {
    pub fn new(max: usize) -> Connections {
        Connections {
            max,
            state: Mutex::default(),
            all_closed: Notify::new(),
        }
    }

    /// Room for a new connection. None: all are busy.
    pub fn open(self: &Arc<Self>) -> Option<Connection> {
        let mut state = self.state();
        if state.open >= self.max {
            let (_, longest) = state.idle.pop_first()?;
            // Its number goes down when its task has ended; that is soon.
            longest.notify_one();
        }
        state.open += 1;
        drop(state);
        let connection = Connection {
            all: self.clone(),
            evicted: Arc::default(),
            turn: Mutex::new(None),
        };
        connection.rest();
        Some(connection)
    }

    /// Closes those that nothing is done for.
    pub fn close_idle(&self) {
        let idle = std::mem::take(&mut self.state().idle);
        idle.into_values().for_each(|evicted| evicted.notify_one());
    }

    pub fn count(&self) -> usize {
        self.state().open
    }

    /// Waits until the last connection is closed.
    pub async fn closed(&self) {
        loop {
            let closed = self.all_closed.notified();
            if self.count() == 0 {
                return;
            }
            closed.await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One connection's place among them. Dropped, it is closed.
pub struct Connection {
    all: Arc<Connections>,
    evicted: Arc<Notify>,
    /// Its number among the idle ones, if it is one.
    turn: Mutex<Option<u64>>,
}

impl Connection {
    /// A whole request is here: it is not closed before the answer.
    pub fn work(&self) {
        if let Some(turn) = self.turn().take() {
            self.all.state().idle.remove(&turn);
        }
    }

    /// Nothing is asked for any more.
    pub fn rest(&self) {
        let mut turn = self.turn();
        let mut state = self.all.state();
        state.turn += 1;
        let next = state.turn;
        state.idle.insert(next, self.evicted.clone());
        if let Some(before) = turn.replace(next) {
            state.idle.remove(&before);
        }
    }

    /// Comes back when the connection has to go.
    pub async fn evicted(&self) {
        self.evicted.notified().await;
    }

    fn turn(&self) -> MutexGuard<'_, Option<u64>> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.work();
        let mut state = self.all.state();
        state.open = state.open.saturating_sub(1);
        if state.open == 0 {
            self.all.all_closed.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_longest_silent_connection_makes_room() {
        let connections = Arc::new(Connections::new(2));
        let first = connections.open().unwrap();
        let second = connections.open().unwrap();
        first.work();
        first.rest();
        let third = connections.open().unwrap();
        second.evicted().await;
        drop(second);
        assert_eq!(connections.count(), 2);

        first.work();
        third.work();
        assert!(connections.open().is_none(), "all are at work");
        third.rest();
        assert!(connections.open().is_some());
        third.evicted().await;
        drop((first, third));
        connections.closed().await;
    }
}

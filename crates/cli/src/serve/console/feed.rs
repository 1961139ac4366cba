//! What changed lately in the list of executions, numbered, so that a stream that broke can go on where it was.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use api::{Hub, StatusChange};
use store::ExecutionId;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;

use super::summary::{ExecutionSummary, error};

/// Changes that are remembered: whoever was away for longer reads the list again.
const CAPACITY: usize = 2_048;

/// Shared by all streams.
pub struct Feed {
    /// Of this run of the server: numbers of another mean nothing here.
    run: Arc<str>,
    changes: Mutex<Changes>,
    newest: watch::Sender<u64>,
}

#[derive(Default)]
struct Changes {
    ring: VecDeque<ExecutionSummary>,
    /// Number of the newest one; that of the first is 1.
    newest: u64,
}

/// Behind which change somebody is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    run: Arc<str>,
    number: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.run, self.number)
    }
}

impl Place {
    pub fn parse(text: &str) -> Option<Place> {
        let (run, number) = text.split_once('.')?;
        Some(Place {
            run: run.into(),
            number: number.parse().ok()?,
        })
    }
}

/// What came behind a place.
pub struct News {
    /// Each execution once, as it is now.
    pub changed: Vec<ExecutionSummary>,
    /// And more, which is not known any more.
    pub missed: bool,
    pub place: Place,
}

impl Feed {
    /// Begins to listen; it ends with the hub.
    pub fn of(hub: &Hub) -> Arc<Feed> {
        let feed = Arc::new(Feed::new());
        let mut changes = hub.status_changes();
        let told = feed.clone();
        tokio::spawn(async move {
            loop {
                match changes.recv().await {
                    Ok(change) => told.put(&change),
                    Err(RecvError::Lagged(number)) => told.skip(number),
                    Err(RecvError::Closed) => return,
                }
            }
        });
        feed
    }

    fn new() -> Feed {
        Feed {
            run: uuid::Uuid::new_v4().simple().to_string().into(),
            changes: Mutex::default(),
            newest: watch::Sender::new(0),
        }
    }

    /// To wait for the next change.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }

    fn put(&self, change: &StatusChange) {
        let mut summary = ExecutionSummary::of(&change.execution, &change.listing);
        summary.error = error(&change.status);
        let mut changes = self.changes();
        if changes.ring.len() == CAPACITY {
            changes.ring.pop_front();
        }
        changes.ring.push_back(summary);
        changes.newest += 1;
        self.newest.send_replace(changes.newest);
    }

    /// Some were not heard of: all before them are forgotten too, so that whoever is behind notices.
    fn skip(&self, number: u64) {
        let mut changes = self.changes();
        changes.ring.clear();
        changes.newest += number;
        self.newest.send_replace(changes.newest);
    }

    /// None: from now on.
    pub fn behind(&self, place: Option<&Place>) -> News {
        let changes = self.changes();
        let place_now = Place {
            run: self.run.clone(),
            number: changes.newest,
        };
        let Some(place) = place else {
            return News {
                changed: Vec::new(),
                missed: false,
                place: place_now,
            };
        };
        let oldest = changes.newest - changes.ring.len() as u64;
        let is_known = place.run == self.run && (oldest..=changes.newest).contains(&place.number);
        let new = match is_known {
            true => usize::try_from(changes.newest - place.number).unwrap_or(usize::MAX),
            false => 0,
        };
        let mut last: HashMap<&ExecutionId, &ExecutionSummary> = HashMap::new();
        let first = changes.ring.len().saturating_sub(new);
        for summary in changes.ring.range(first..) {
            last.insert(&summary.arn, summary);
        }
        let mut changed: Vec<ExecutionSummary> = last.into_values().cloned().collect();
        changed.sort_by(ExecutionSummary::newest_first);
        News {
            changed,
            missed: !is_known,
            place: place_now,
        }
    }

    fn changes(&self) -> MutexGuard<'_, Changes> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use interpreter::{Failure, Status};
    use query::Payload;
    use store::{Kind, ListedStatus, Listing};

    use super::*;

    fn change(name: &str, status: ListedStatus) -> StatusChange {
        StatusChange {
            execution: name.into(),
            listing: Listing {
                name: name.into(),
                state_machine_arn: "m".into(),
                version_arn: None,
                alias_arn: None,
                map_run_arn: None,
                item_count: None,
                kind: Kind::Standard,
                revision: "r".into(),
                status,
                start_millis: 1,
                stop_millis: None,
                redrive_count: 0,
                redrive_millis: None,
            },
            input: Payload::empty_object(),
            status: match status {
                ListedStatus::Running => Status::Running,
                _ => Status::Failed(Failure::new("Bad", "it broke")),
            },
            at_millis: 1,
        }
    }

    fn names(news: &News) -> Vec<(&str, bool)> {
        let changed = news.changed.iter();
        changed
            .map(|one| (&*one.name, one.error.is_some()))
            .collect()
    }

    #[test]
    fn an_execution_stands_once_as_it_is_now() {
        let feed = Feed::new();
        let begin = feed.behind(None).place;
        feed.put(&change("a", ListedStatus::Running));
        feed.put(&change("b", ListedStatus::Running));
        feed.put(&change("a", ListedStatus::Failed));
        let news = feed.behind(Some(&begin));
        assert_eq!(names(&news), [("a", true), ("b", false)]);
        assert!(!news.missed);
        let text = news.place.to_string();
        assert_eq!(Place::parse(&text), Some(news.place.clone()));
        assert!(feed.behind(Some(&news.place)).changed.is_empty());
        feed.put(&change("b", ListedStatus::Failed));
        assert_eq!(names(&feed.behind(Some(&news.place))), [("b", true)]);
    }

    #[test]
    fn whoever_was_away_for_too_long_is_told() {
        let feed = Feed::new();
        let begin = feed.behind(None).place;
        for number in 0..CAPACITY {
            feed.put(&change(&number.to_string(), ListedStatus::Running));
        }
        let news = feed.behind(Some(&begin));
        assert_eq!((news.changed.len(), news.missed), (CAPACITY, false));
        feed.put(&change("more", ListedStatus::Running));
        assert!(feed.behind(Some(&begin)).missed);
        assert!(!feed.behind(Some(&news.place)).missed);
        feed.skip(3);
        assert!(feed.behind(Some(&news.place)).missed);
        let of_another_run = Feed::new().behind(None).place;
        assert!(feed.behind(Some(&of_another_run)).missed);
    }
}

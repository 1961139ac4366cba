//! What changed lately in the list of executions, numbered, so that a stream that broke can go on where it was.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use api::{Hub, StatusChange};
use serde_json::json;
use store::ExecutionId;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::watch;
use tokio::time::sleep;

use super::summary::{ExecutionSummary, error};

/// Changes that are remembered: whoever was away for longer reads the list again.
const CAPACITY: usize = 2_048;
/// Of one message; where more has changed the list is read again, too.
const MOST_CHANGED: usize = 200;
/// Between two looks at what has changed.
pub const PAUSE: Duration = Duration::from_millis(100);

/// Shared by all streams, which so stand at the same place, and what is told is written once.
pub struct Feed {
    /// Of this run of the server: numbers of another mean nothing here.
    run: Arc<str>,
    changes: Mutex<Changes>,
    newest: watch::Sender<u64>,
    waiting_tasks: watch::Receiver<u64>,
}

#[derive(Default)]
struct Changes {
    ring: VecDeque<ExecutionSummary>,
    /// Number of the newest one; that of the first is 1.
    newest: u64,
    /// What was told last, of the changes behind one number up to another.
    told: Option<(u64, u64, News)>,
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
#[derive(Debug, Clone)]
pub struct News {
    /// `{ changed, missed }`: each execution once, as it is now; or that there were more, which are not told.
    pub data: Arc<str>,
    pub is_empty: bool,
    pub missed: bool,
    pub place: Place,
}

impl Feed {
    /// Begins to listen; it ends with the hub.
    pub fn of(hub: &Hub) -> Arc<Feed> {
        let feed = Arc::new(Feed::new(hub.waiting_tasks()));
        let mut changes = hub.status_changes();
        let told = feed.clone();
        tokio::spawn(async move {
            loop {
                let mut next = match changes.recv().await {
                    Ok(change) => Ok(change),
                    Err(RecvError::Lagged(number)) => Err(TryRecvError::Lagged(number)),
                    Err(RecvError::Closed) => return,
                };
                loop {
                    match next {
                        Ok(change) => told.put(&change),
                        Err(TryRecvError::Lagged(number)) => told.skip(number),
                        Err(TryRecvError::Empty | TryRecvError::Closed) => break,
                    }
                    next = changes.try_recv();
                }
                told.newest.send_replace(told.changes().newest);
                // What comes meanwhile waits in the hub.
                sleep(PAUSE).await;
            }
        });
        feed
    }

    fn new(waiting_tasks: watch::Receiver<u64>) -> Feed {
        Feed {
            run: uuid::Uuid::new_v4().simple().to_string().into(),
            changes: Mutex::default(),
            newest: watch::Sender::new(0),
            waiting_tasks,
        }
    }

    /// To wait for the next changes of executions.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }

    /// To wait until other Tasks wait for somebody.
    pub fn subscribe_tasks(&self) -> watch::Receiver<u64> {
        self.waiting_tasks.clone()
    }

    /// Where the Tasks stand that wait for somebody.
    pub fn tasks_place(&self) -> Place {
        Place {
            run: self.run.clone(),
            number: *self.waiting_tasks.borrow(),
        }
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
    }

    /// Some were not heard of: all before them are forgotten too, so that whoever is behind notices.
    fn skip(&self, number: u64) {
        let mut changes = self.changes();
        changes.ring.clear();
        changes.newest += number;
    }

    /// None: from now on.
    pub fn behind(&self, place: Option<&Place>) -> News {
        let mut changes = self.changes();
        let newest = changes.newest;
        // No number of this run is so large.
        let number = place.map_or(newest, |place| match place.run == self.run {
            true => place.number,
            false => u64::MAX,
        });
        if let Some((from, to, news)) = &changes.told
            && (*from, *to) == (number, newest)
        {
            return news.clone();
        }
        let changed = changes.behind(number);
        let news = News {
            data: json!({
                "changed": changed.as_deref().unwrap_or_default(),
                "missed": changed.is_none(),
            })
            .to_string()
            .into(),
            is_empty: changed.as_ref().is_some_and(Vec::is_empty),
            missed: changed.is_none(),
            place: Place {
                run: self.run.clone(),
                number: newest,
            },
        };
        changes.told = Some((number, newest, news.clone()));
        news
    }

    fn changes(&self) -> MutexGuard<'_, Changes> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Changes {
    /// Newest first, each execution once. None: too many, or not known any more.
    fn behind(&self, number: u64) -> Option<Vec<&ExecutionSummary>> {
        let count = usize::try_from(self.newest.checked_sub(number)?).ok()?;
        let first = self.ring.len().checked_sub(count)?;
        let mut last: HashMap<&ExecutionId, &ExecutionSummary> = HashMap::new();
        for summary in self.ring.range(first..) {
            last.insert(&summary.arn, summary);
        }
        let mut changed: Vec<_> = last.into_values().collect();
        changed.sort_by(|one, other| one.newest_first(other));
        (changed.len() <= MOST_CHANGED).then_some(changed)
    }
}

#[cfg(test)]
mod tests {
    use interpreter::{Failure, Status};
    use query::Payload;
    use serde_json::Value;
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

    fn feed() -> Feed {
        Feed::new(watch::channel(0).1)
    }

    fn names(news: &News) -> Vec<(String, bool)> {
        let data: Value = serde_json::from_str(&news.data).unwrap();
        assert_eq!(data["missed"], news.missed);
        let changed = data["changed"].as_array().unwrap().iter();
        changed
            .map(|one| {
                (
                    one["name"].as_str().unwrap().to_owned(),
                    one.get("error").is_some(),
                )
            })
            .collect()
    }

    #[test]
    fn an_execution_stands_once_as_it_is_now() {
        let feed = feed();
        let begin = feed.behind(None).place;
        feed.put(&change("a", ListedStatus::Running));
        feed.put(&change("b", ListedStatus::Running));
        feed.put(&change("a", ListedStatus::Failed));
        let news = feed.behind(Some(&begin));
        assert_eq!(
            names(&news),
            [("a".to_owned(), true), ("b".to_owned(), false)]
        );
        assert!(!news.missed);
        // The same, for another stream.
        assert!(Arc::ptr_eq(&feed.behind(Some(&begin)).data, &news.data));
        let text = news.place.to_string();
        assert_eq!(Place::parse(&text), Some(news.place.clone()));
        assert!(feed.behind(Some(&news.place)).is_empty);
        feed.put(&change("b", ListedStatus::Failed));
        assert_eq!(
            names(&feed.behind(Some(&news.place))),
            [("b".to_owned(), true)]
        );
    }

    #[test]
    fn whoever_was_away_for_too_long_is_told() {
        let feed = feed();
        let begin = feed.behind(None).place;
        // Few executions, which have changed often.
        for number in 0..CAPACITY {
            feed.put(&change(&(number % 7).to_string(), ListedStatus::Running));
        }
        let news = feed.behind(Some(&begin));
        assert_eq!((names(&news).len(), news.missed), (7, false));
        feed.put(&change("more", ListedStatus::Running));
        assert!(feed.behind(Some(&begin)).missed);
        assert!(!feed.behind(Some(&news.place)).missed);
        feed.skip(3);
        assert!(feed.behind(Some(&news.place)).missed);
        let of_another_run = self::feed().behind(None).place;
        assert!(feed.behind(Some(&of_another_run)).missed);
    }

    #[test]
    fn many_changes_are_not_told_one_by_one() {
        let feed = feed();
        let begin = feed.behind(None).place;
        for number in 0..=MOST_CHANGED {
            feed.put(&change(&number.to_string(), ListedStatus::Running));
        }
        let news = feed.behind(Some(&begin));
        assert_eq!((names(&news).len(), news.missed), (0, true));
        assert!(feed.behind(Some(&news.place)).is_empty);
    }
}

//! `GET /_ui/stream`: server-sent events. A stream holds nothing but where it stands in its topics: what is new it reads when
//! something has changed and the client has taken what came before, so that a slow client costs no memory and misses nothing.

use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use http_body_util::Either;
use http_body_util::channel::{Channel, Sender};
use serde_json::json;
use store::ExecutionId;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::feed::PAUSE;
use super::query::Query;
use super::topics::Topic;
use super::{Console, history};
use crate::serve::extensions::Follower;
use crate::serve::http::answers::{Answer, Refusal};

pub const MAX_STREAMS: usize = 256;
/// Between messages that have their readers ask for a whole list again.
const LONG_PAUSE: Duration = Duration::from_secs(1);
/// So that proxies keep the connection, and a client that is gone is noticed.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// A client that takes nothing for so long has to come back.
const PATIENCE: Duration = Duration::from_secs(60);
/// Of one message.
const EVENTS: usize = 1_000;

pub type Stop = Pin<Box<dyn Future<Output = ()> + Send>>;

/// `held`: as long as the stream lives.
pub fn stream(
    console: &Arc<Console>,
    query: &Query,
    headers: &HeaderMap,
    stop: Stop,
    held: impl Send + 'static,
) -> Result<Answer, Refusal> {
    let last = headers.get("last-event-id");
    let last = last.and_then(|value| value.to_str().ok());
    let topics = Topic::read(query.required("topics")?, last)?;
    let Ok(permit) = console.streams.clone().try_acquire_owned() else {
        return Err(Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "TooManyStreams",
            format!("{MAX_STREAMS} pages are open already."),
        ));
    };
    let (sender, body) = Channel::new(1);
    let stream = Stream {
        console: console.clone(),
        topics: topics.into_iter().map(Standing::new).collect(),
        sender,
        _permit: permit,
    };
    tokio::spawn(async move {
        tokio::select! {
            () = stream.run() => {}
            () = stop => {}
        }
        drop(held);
    });
    let mut answer = Response::new(Either::Right(body));
    for (name, value) in [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // nginx would wait for more.
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ] {
        answer
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    Ok(answer)
}

struct Stream {
    console: Arc<Console>,
    topics: Vec<Standing>,
    sender: Sender<Bytes>,
    _permit: OwnedSemaphorePermit,
}

/// A topic, and what was told of it.
struct Standing {
    topic: Topic,
    /// Something has been told.
    has_begun: bool,
    /// The execution as it was told last, without its events.
    told: Option<String>,
}

/// What is new of a topic.
#[derive(Default)]
struct Told {
    /// Without the line that ends it.
    message: Option<String>,
    has_more: bool,
    /// A list has to be read again.
    is_missed: bool,
}

impl Stream {
    /// Until the client has gone.
    async fn run(mut self) {
        let topics = || self.topics.iter().map(|standing| &standing.topic);
        let followers: Vec<Follower> = topics()
            .filter_map(|topic| match topic {
                Topic::Execution(arn, _) => Some(self.console.followers.follow(arn)),
                Topic::Executions(_) | Topic::Tasks(_) => None,
            })
            .collect();
        let hears_changes = topics().any(|topic| matches!(topic, Topic::Executions(_)));
        let hears_tasks = topics().any(|topic| matches!(topic, Topic::Tasks(_)));
        let mut changes = self.console.feed.subscribe();
        let mut tasks = self.console.feed.subscribe_tasks();
        loop {
            // Before the reading, so that no commit comes between.
            let mut commits: Vec<_> = followers.iter().map(Follower::committed).collect();
            changes.mark_unchanged();
            tasks.mark_unchanged();
            let Some((stream, told)) = self.read().await else {
                return;
            };
            self = stream;
            if let Some(text) = told.message
                && !self.send(text).await
            {
                return;
            }
            let earliest = Instant::now() + if told.is_missed { LONG_PAUSE } else { PAUSE };
            if !told.has_more {
                loop {
                    tokio::select! {
                        () = any(&mut commits) => break,
                        Ok(()) = changes.changed(), if hears_changes => break,
                        Ok(()) = tasks.changed(), if hears_tasks => break,
                        () = sleep(HEARTBEAT) => {}
                    }
                    if !self.send(":\n\n".to_owned()).await {
                        return;
                    }
                }
            }
            sleep_until(earliest).await;
        }
    }

    /// What is due of all topics. None: the store cannot be read, so that the client had better ask again later.
    async fn read(mut self) -> Option<(Stream, Told)> {
        let console = self.console.clone();
        let read = console.work(move || {
            let mut all = Told::default();
            let mut messages = Vec::new();
            for standing in &mut self.topics {
                let told = standing.read(&self.console).ok()?;
                messages.extend(told.message);
                all.has_more |= told.has_more;
                all.is_missed |= told.is_missed;
            }
            if !messages.is_empty() {
                // With the last one all of them have come.
                let topics: Vec<String> = self.topics.iter().map(|s| s.topic.to_string()).collect();
                let id = topics.join(",");
                all.message = Some(format!("{}id: {id}\n\n", messages.join("\n")));
            }
            Some((self, all))
        });
        read.await.ok().flatten()
    }

    async fn send(&mut self, text: String) -> bool {
        let sent = timeout(PATIENCE, self.sender.send_data(text.into())).await;
        matches!(sent, Ok(Ok(())))
    }
}

/// Comes back with the first of them.
async fn any<F: Future<Output = ()>>(futures: &mut [Pin<Box<F>>]) {
    std::future::poll_fn(|context| {
        let mut is_ready = false;
        for future in &mut *futures {
            is_ready |= future.as_mut().poll(context).is_ready();
        }
        match is_ready {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    })
    .await;
}

impl Standing {
    fn new(topic: Topic) -> Standing {
        Standing {
            topic,
            has_begun: false,
            told: None,
        }
    }

    /// The first time there is something to tell in any case: where the stream stands.
    fn read(&mut self, console: &Console) -> Result<Told, store::Error> {
        let is_first = !std::mem::replace(&mut self.has_begun, true);
        match &mut self.topic {
            Topic::Executions(place) => {
                let news = console.feed.behind(place.as_ref());
                *place = Some(news.place);
                let has_news = is_first || !news.is_empty;
                Ok(Told {
                    message: has_news.then(|| message("executions", &news.data)),
                    is_missed: news.missed,
                    has_more: false,
                })
            }
            Topic::Tasks(place) => {
                let now = console.feed.tasks_place();
                let changed = place.as_ref().is_some_and(|place| *place != now);
                *place = Some(now);
                let data = json!({ "changed": changed }).to_string();
                Ok(Told {
                    message: (is_first || changed).then(|| message("tasks", &data)),
                    is_missed: changed,
                    has_more: false,
                })
            }
            Topic::Execution(arn, after) => {
                read_execution(console, arn, after, &mut self.told, is_first)
            }
        }
    }
}

fn read_execution(
    console: &Console,
    arn: &ExecutionId,
    after: &mut Option<u64>,
    told: &mut Option<String>,
    is_first: bool,
) -> Result<Told, store::Error> {
    let behind = after.unwrap_or(u64::MAX);
    let Some(news) = history::behind(&*console.store, arn, behind, EVENTS)? else {
        let data = json!({ "arn": arn, "events": [] }).to_string();
        return Ok(Told {
            message: is_first.then(|| message("execution", &data)),
            ..Told::default()
        });
    };
    *after = Some(match (news.events.last(), *after) {
        (Some(event), _) => event.id,
        (None, Some(after)) => after,
        (None, None) => news.last_event_id,
    });
    // Pausing makes no event.
    let summary = serde_json::to_string(&news.summary).unwrap_or_default();
    let has_changed = told.as_ref() != Some(&summary);
    if news.events.is_empty() && !has_changed {
        return Ok(Told::default());
    }
    *told = Some(summary);
    let data = json!({ "arn": arn, "events": news.events, "summary": news.summary }).to_string();
    Ok(Told {
        message: Some(message("execution", &data)),
        has_more: news.has_more,
        is_missed: false,
    })
}

/// `data`: JSON, which has no line ends of its own.
fn message(event: &str, data: &str) -> String {
    format!("event: {event}\ndata: {data}\n")
}

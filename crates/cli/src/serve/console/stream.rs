//! `GET /_ui/stream`: server-sent events. A stream holds nothing but where it stands in its topics: what is new it reads when
//! something has changed and the client has taken what came before, so that a slow client costs no memory and misses nothing.

use std::fmt::Write;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use http_body_util::Either;
use http_body_util::channel::{Channel, Sender};
use serde::Serialize;
use serde_json::json;
use store::ExecutionId;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep_until, timeout};

use super::query::Query;
use super::topics::Topic;
use super::{Console, history};
use crate::serve::extensions::Follower;
use crate::serve::http::answers::{Answer, Refusal};

pub const MAX_STREAMS: usize = 256;
/// At most ten messages of a topic a second.
const PAUSE: Duration = Duration::from_millis(100);
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

impl Stream {
    /// Until the client has gone.
    async fn run(mut self) {
        let followers: Vec<Follower> = self
            .topics
            .iter()
            .filter_map(|standing| match &standing.topic {
                Topic::Execution(arn, _) => Some(self.console.followers.follow(arn)),
                Topic::Executions(_) => None,
            })
            .collect();
        let mut changes = self.console.feed.subscribe();
        let hears_changes = followers.len() < self.topics.len();
        loop {
            // Before the reading, so that no commit comes between.
            let mut commits: Vec<_> = followers.iter().map(Follower::committed).collect();
            changes.mark_unchanged();
            let Some((stream, text, has_more)) = self.read().await else {
                return;
            };
            self = stream;
            if !text.is_empty() && !self.send(text).await {
                return;
            }
            let earliest = Instant::now() + PAUSE;
            if !has_more {
                loop {
                    tokio::select! {
                        () = any(&mut commits) => break,
                        changed = changes.changed(), if hears_changes => match changed {
                            Ok(()) => break,
                            Err(_) => return,
                        },
                        () = tokio::time::sleep(HEARTBEAT) => {}
                    }
                    if !self.send(":\n\n".to_owned()).await {
                        return;
                    }
                }
            }
            sleep_until(earliest).await;
        }
    }

    /// The messages that are due, and whether there are more already. None: the store cannot be read, so that the client had better
    /// ask again later.
    async fn read(mut self) -> Option<(Stream, String, bool)> {
        let read = tokio::task::spawn_blocking(move || {
            let mut messages = Vec::new();
            let mut has_more = false;
            for standing in &mut self.topics {
                let (message, more) = standing.read(&self.console).ok()?;
                messages.extend(message);
                has_more |= more;
            }
            let mut text = messages.join("\n");
            if !messages.is_empty() {
                // With the last one all of them have come.
                let topics: Vec<String> = self.topics.iter().map(|s| s.topic.to_string()).collect();
                let _ = write!(text, "id: {}\n\n", topics.join(","));
            }
            Some((self, text, has_more))
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

    /// A message without the line that ends it, and whether there is more to tell. The first one comes at once, for it says where
    /// the stream stands.
    fn read(&mut self, console: &Console) -> Result<(Option<String>, bool), store::Error> {
        let is_first = !std::mem::replace(&mut self.has_begun, true);
        match &mut self.topic {
            Topic::Executions(place) => {
                let news = console.feed.behind(place.as_ref());
                *place = Some(news.place);
                let has_news = is_first || news.missed || !news.changed.is_empty();
                let data = json!({ "changed": news.changed, "missed": news.missed });
                Ok((has_news.then(|| message("executions", &data)), false))
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
) -> Result<(Option<String>, bool), store::Error> {
    let behind = after.unwrap_or(u64::MAX);
    let Some(news) = history::behind(&*console.store, arn, behind, EVENTS)? else {
        let gone = is_first.then(|| message("execution", &json!({ "arn": arn, "events": [] })));
        return Ok((gone, false));
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
        return Ok((None, false));
    }
    *told = Some(summary);
    let data = json!({ "arn": arn, "events": news.events, "summary": news.summary });
    Ok((Some(message("execution", &data)), news.has_more))
}

fn message(event: &str, data: &impl Serialize) -> String {
    // JSON has no line ends of its own.
    let data = serde_json::to_string(data).unwrap_or_default();
    format!("event: {event}\ndata: {data}\n")
}

//! The console: its files at `/` and `/console/`, and what it needs beyond AWS's APIs at `/_ui/`: a file each, with what they answer
//! in `docs/design/console.md`.

mod audit;
mod catalog;
mod categories;
mod compact;
mod drafts;
mod executions;
mod feed;
mod files;
mod history;
mod info;
mod machines;
mod previews;
mod query;
mod routes;
mod search;
mod search_events;
mod shapes;
mod stream;
mod summary;
mod tasks;
mod topics;

use std::sync::{Arc, Mutex};

use api::ControlPlane;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use store::Store;
use tokio::sync::Semaphore;

use self::feed::Feed;
use self::query::Query;
use super::extensions::Followers;
use super::http::Caller;
use super::http::answers::{self, Answer, Refusal};

pub use self::info::{About, LoginInfo};
pub use self::routes::Route;

/// Where everything but the files is.
pub const UI: &str = "/_ui/";

/// The console's answer to a request for one of its files; None: the request is for an API. S3's ListBuckets is a GET of `/`, too,
/// but signed, and so is what is meant for Step Functions and says so.
pub fn file(parts: &Parts) -> Option<Answer> {
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        return None;
    }
    let path = parts.uri.path();
    let is_console = path == "/console" || path.starts_with("/console/");
    let is_call = |name: &str| parts.headers.contains_key(name);
    let is_root = path == "/" && !is_call("authorization") && !is_call("x-amz-target");
    (is_console || is_root).then(|| files::answer(path, &parts.headers))
}

/// A request below `/_ui/` that somebody may make.
pub struct UiRequest {
    pub route: Route,
    pub parts: Parts,
    pub body: Bytes,
    pub caller: Caller,
}

/// Reads of the store at the same time: engine and API keep connections for themselves.
const READS: usize = 2;
/// Requests that are answered or wait for it.
const REQUESTS: usize = 64;

/// What the endpoints read.
pub struct Console {
    about: About,
    store: Arc<dyn Store>,
    control: ControlPlane,
    service: api::Service,
    followers: Arc<Followers>,
    feed: Arc<Feed>,
    streams: Arc<Semaphore>,
    reads: Arc<Semaphore>,
    requests: Semaphore,
    /// Held while drafts are counted and one is added.
    drafts: Mutex<()>,
}

impl Console {
    pub fn new(
        about: About,
        store: Arc<dyn Store>,
        control: ControlPlane,
        service: api::Service,
        followers: Arc<Followers>,
    ) -> Console {
        Console {
            about,
            store,
            control,
            feed: Feed::of(service.hub()),
            service,
            followers,
            streams: Arc::new(Semaphore::new(stream::MAX_STREAMS)),
            reads: Arc::new(Semaphore::new(READS)),
            requests: Semaphore::new(REQUESTS),
            drafts: Mutex::default(),
        }
    }

    /// What is answered without knowing who asks.
    pub fn info(&self, login: Option<LoginInfo>) -> Answer {
        info::info(&self.about, login)
    }

    /// `held`: as long as the stream lives.
    pub fn stream(
        self: &Arc<Self>,
        request: &Parts,
        stop: stream::Stop,
        held: impl Send + 'static,
    ) -> Result<Answer, Refusal> {
        stream::stream(self, &Query::of(request), &request.headers, stop, held)
    }

    /// Does what may wait for the store. It is not begun when nobody waits for it any more.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let permit = self.reads.clone().acquire_owned().await;
        let permit = permit.map_err(|_| Refusal::internal())?;
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        done.await.map_err(|_| Refusal::internal())
    }

    pub async fn answer(self: &Arc<Self>, request: UiRequest) -> Result<Answer, Refusal> {
        let permit = self.requests.try_acquire();
        let _permit = permit.map_err(|_| Refusal::throttled())?;
        let console = self.clone();
        self.work(move || console.answer_now(&request)).await?
    }

    fn answer_now(&self, request: &UiRequest) -> Result<Answer, Refusal> {
        let query = Query::of(&request.parts);
        match &request.route {
            Route::StateMachines => machines::list(self, &query),
            Route::Executions => executions::list(self, &query),
            Route::Events => history::events(self, &query),
            Route::Event => history::event(self, &query),
            Route::Tasks => {
                let open = tasks::open(&*self.store, &self.control);
                ok(&open.map_err(|error| unavailable(&error))?)
            }
            Route::Audit => {
                let (text, limit) = (query.text("text"), query.limit(50, 1..=audit::MAX_PAGE)?);
                let before = query.number("cursor")?;
                let page = audit::page(&*self.store, text.unwrap_or_default(), before, limit);
                ok(&page.map_err(|error| unavailable(&error))?)
            }
            Route::PreviewSchedule => {
                let preview: previews::PreviewSchedule = read(&request.body)?;
                let now_millis = jiff::Timestamp::now().as_millisecond();
                ok(&preview.answer(now_millis).map_err(invalid)?)
            }
            Route::MatchRule => {
                let asked: previews::MatchPattern = read(&request.body)?;
                ok(&asked.answer().map_err(invalid)?)
            }
            Route::SearchEvents => search_events::search(self, &query),
            Route::Search => search::search(self, &query),
            Route::Actions => catalog::actions(&request.parts.headers),
            Route::Action { service, operation } => {
                catalog::action(service, operation, &request.parts.headers)
            }
            Route::Drafts => drafts::list(self),
            Route::Draft(id) => drafts::one(self, id, request),
            // They have been answered.
            Route::Info | Route::Login | Route::Logout | Route::Stream => Err(Refusal::internal()),
        }
    }
}

/// A part of a list.
#[derive(Serialize)]
struct Page<T> {
    items: Vec<T>,
    /// The cursor of the next part; there may be more although this one is short.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body)
        .map_err(|error| invalid(format!("The body cannot be read: {error}.")))
}

fn ok(body: &impl Serialize) -> Result<Answer, Refusal> {
    let body = serde_json::to_vec(body).map_err(|_| Refusal::internal())?;
    Ok(with_status(StatusCode::OK, body))
}

fn with_status(status: StatusCode, body: impl Into<Bytes>) -> Answer {
    let mut answer = answers::with_type(status, "application/json", body.into());
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        let value = HeaderValue::from_static(value);
        answer.headers_mut().insert(name, value);
    }
    answer
}

/// As the console reads it.
pub fn refused(refusal: &Refusal) -> Answer {
    let body = json!({ "error": refusal.code, "message": refusal.message });
    let mut answer = with_status(refusal.status, body.to_string());
    if let Some(allow) = refusal.allow {
        let allow = HeaderValue::from_static(allow);
        answer.headers_mut().insert(header::ALLOW, allow);
    }
    answer
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "ValidationException", message)
}

fn not_found(code: &'static str, message: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, code, message)
}

/// The store's own words: the log has them too.
fn unavailable(error: &store::Error) -> Refusal {
    let message = error.to_string();
    Refusal::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "ServiceUnavailable",
        message,
    )
}

//! Which endpoint a request is for.

use api::wire::percent_decoded;
use http::StatusCode;
use http::request::Parts;

use super::UI;
use crate::serve::http::answers::Refusal;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    Info,
    Stream,
    Login,
    Logout,
    StateMachines,
    Executions,
    Events,
    Event,
    SearchEvents,
    Search,
    Actions,
    Action { service: String, operation: String },
    Drafts,
    Draft(String),
    Tasks,
    Audit,
    PreviewSchedule,
    MatchRule,
}

impl Route {
    pub fn of(request: &Parts) -> Result<Route, Refusal> {
        let path = request.uri.path();
        let segments: Vec<&str> = path
            .strip_prefix(UI)
            .unwrap_or_default()
            .split('/')
            .collect();
        let (route, methods) = match *segments {
            ["info"] => (Route::Info, READ),
            ["stream"] => (Route::Stream, READ),
            ["login"] => (Route::Login, ACT),
            ["logout"] => (Route::Logout, ACT),
            ["state-machines"] => (Route::StateMachines, READ),
            ["executions"] => (Route::Executions, READ),
            ["executions", "events"] => (Route::Events, READ),
            ["executions", "event"] => (Route::Event, READ),
            ["tasks"] => (Route::Tasks, READ),
            ["audit"] => (Route::Audit, READ),
            ["schedules", "preview"] => (Route::PreviewSchedule, ACT),
            ["rules", "match"] => (Route::MatchRule, ACT),
            ["executions", "search"] => (Route::SearchEvents, READ),
            ["search"] => (Route::Search, READ),
            ["catalog", "actions"] => (Route::Actions, READ),
            ["catalog", "actions", service, operation] => {
                let service = percent_decoded(service).into_owned();
                let operation = percent_decoded(operation).into_owned();
                (Route::Action { service, operation }, READ)
            }
            ["drafts"] => (Route::Drafts, READ),
            ["drafts", id] => (Route::Draft(percent_decoded(id).into_owned()), WRITE),
            _ => {
                let message = format!("There is nothing at {path}.");
                return Err(super::not_found("NotFound", message));
            }
        };
        if methods.split(", ").any(|method| *method == request.method) {
            return Ok(route);
        }
        let message = format!("{path} takes {methods}, not {}.", request.method);
        let status = StatusCode::METHOD_NOT_ALLOWED;
        Err(Refusal {
            allow: Some(methods),
            ..Refusal::new(status, "MethodNotAllowed", message)
        })
    }

    /// For the metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Route::Info => "info",
            Route::Stream => "stream",
            Route::Login => "login",
            Route::Logout => "logout",
            Route::StateMachines => "state-machines",
            Route::Executions => "executions",
            Route::Events => "executions/events",
            Route::Event => "executions/event",
            Route::SearchEvents => "executions/search",
            Route::Search => "search",
            Route::Actions | Route::Action { .. } => "catalog/actions",
            Route::Drafts | Route::Draft(_) => "drafts",
            Route::Tasks => "tasks",
            Route::Audit => "audit",
            Route::PreviewSchedule => "schedules/preview",
            Route::MatchRule => "rules/match",
        }
    }

    /// Whether it is answered to whoever asks.
    pub fn is_open(&self) -> bool {
        matches!(self, Route::Info | Route::Login | Route::Logout)
    }
}

/// As the header `Allow` has them.
const READ: &str = "GET, HEAD";
const WRITE: &str = "GET, HEAD, PUT, DELETE";
const ACT: &str = "POST";

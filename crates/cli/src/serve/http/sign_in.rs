//! People at the console: who is signed in, signing in and out.

use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Request, Response, StatusCode, header};
use serde::Deserialize;

use super::Front;
use super::answers::{Answer, Refusal, whole};
use crate::serve::console::{LoginInfo, Route};
use crate::serve::login::Login;

#[derive(Deserialize)]
struct Credentials {
    user: String,
    password: String,
}

impl Front {
    /// Where a request has to be that of somebody who is signed in.
    pub(super) fn login_for(&self, request: &Request<Bytes>) -> Option<&Login> {
        self.access
            .login
            .as_ref()
            .filter(|login| login.is_for(request.uri(), request.headers()))
    }

    /// Before a body is read: a browser in which nobody is signed in has nothing to send.
    pub(super) fn refuse_strangers(&self, parts: &Parts) -> Result<(), Refusal> {
        match &self.access.login {
            Some(login) if login.is_for(&parts.uri, &parts.headers) => login
                .user(&parts.method, &parts.headers, now_millis())
                .map(drop),
            _ => Ok(()),
        }
    }

    /// The principal of such a request.
    pub(super) fn signed_in(&self, request: &Request<Bytes>) -> Result<String, Refusal> {
        let login = self.access.login.as_ref().ok_or_else(Refusal::internal)?;
        let user = login.user(request.method(), request.headers(), now_millis())?;
        Ok(format!("user:{user}"))
    }

    /// The requests that nobody has to be signed in for.
    pub(super) async fn sign_in_or_out(
        &self,
        route: &Route,
        request: &Request<Bytes>,
        peer: SocketAddr,
    ) -> Result<Answer, Refusal> {
        let Some(login) = &self.access.login else {
            return match route {
                Route::Info => Ok(self.console.info(None)),
                _ => Err(Refusal::new(
                    StatusCode::NOT_FOUND,
                    "NotFound",
                    "Nobody has to sign in to this server.",
                )),
            };
        };
        match route {
            Route::Login => {
                let Ok(given) = serde_json::from_slice::<Credentials>(request.body()) else {
                    return Err(Refusal::new(
                        StatusCode::BAD_REQUEST,
                        "ValidationException",
                        "The body has to be JSON with the texts user and password.",
                    ));
                };
                let (headers, now) = (request.headers(), now_millis());
                let cookie = login.sign_in(headers, &given.user, given.password, peer.ip(), now);
                cookie.await.map(done)
            }
            Route::Logout => login.sign_out(request.headers()).map(done),
            _ => Ok(self.console.info(Some(LoginInfo {
                user: login
                    .user(request.method(), request.headers(), now_millis())
                    .ok(),
                has_users: login.has_users(),
            }))),
        }
    }
}

fn done(cookie: HeaderValue) -> Answer {
    let mut answer = Response::new(whole(Bytes::new()));
    *answer.status_mut() = StatusCode::NO_CONTENT;
    answer.headers_mut().insert(header::SET_COOKIE, cookie);
    answer
}

fn now_millis() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}

//! Requests of the console, below `/_ui/`.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use http::Request;
use http::request::Parts;
use hyper::body::Incoming;

use super::answers::{Answer, Refusal};
use super::connections::Connection;
use super::{Front, Waiting, stopped};
use crate::serve::console::{self, Route, UiRequest};

/// A draft holds a definition, which may have 1 MB, as a JSON text.
const BODY_BYTES: usize = 4 * 1024 * 1024;
/// Of a request that anybody may send: a name and a password.
const OPEN_BODY_BYTES: usize = 16 * 1024;
/// A stream that was opened with a session ends after so long: its page comes back without a gap, and is asked again who it is.
const SESSION_STREAM: Duration = Duration::from_secs(60);

impl Front {
    pub(super) async fn answer_console(
        &self,
        parts: Parts,
        body: Incoming,
        peer: SocketAddr,
        connection: &Connection,
    ) -> Answer {
        let began = Instant::now();
        let route = Route::of(&parts);
        // Nobody is to fill the metrics with names.
        let operation = route.as_ref().map_or("unknown", Route::name);
        let answered = match route {
            Ok(route) => {
                self.perform_console(route, parts, body, peer, connection)
                    .await
            }
            Err(refusal) => Err(refusal),
        };
        // A stream, too, goes when there is no room for another connection: its page comes back.
        connection.rest();
        let (answer, error) = match answered {
            Ok(answer) => (answer, None),
            Err(refusal) => (console::refused(&refusal), Some(refusal.code.into_owned())),
        };
        let status = answer.status().as_u16();
        let took = began.elapsed();
        self.metrics
            .request("console", operation, status, error.as_deref(), took);
        answer
    }

    async fn perform_console(
        &self,
        route: Route,
        parts: Parts,
        body: Incoming,
        peer: SocketAddr,
        connection: &Connection,
    ) -> Result<Answer, Refusal> {
        self.access.guard.check(&parts)?;
        let limit = if route.is_open() {
            OPEN_BODY_BYTES
        } else {
            self.refuse_strangers(&parts)?;
            BODY_BYTES
        };
        let body = self.bodies.read(body, limit).await?;
        connection.work();
        let request = Request::from_parts(parts, body);
        if route.is_open() {
            return self.sign_in_or_out(&route, &request, peer).await;
        }
        let caller = self.caller(&request, "states", peer)?;
        if route == Route::Stream {
            let waiting = Waiting::among(&self.waiting);
            let longest = match self.access.login {
                Some(_) => SESSION_STREAM,
                None => Duration::MAX,
            };
            let stop = tokio::time::timeout(longest, stopped(self.stop.clone()));
            let stop = Box::pin(async move {
                let _elapsed = stop.await;
            });
            let (parts, _) = request.into_parts();
            return self.console.stream(&parts, stop, waiting);
        }
        let (parts, body) = request.into_parts();
        let request = UiRequest {
            route,
            parts,
            body,
            caller,
        };
        self.console.answer(request).await
    }
}

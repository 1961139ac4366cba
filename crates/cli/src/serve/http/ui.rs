//! Requests of the console, below `/_ui/`.

use std::net::SocketAddr;
use std::time::Instant;

use http::Request;
use http::request::Parts;
use hyper::body::Incoming;

use super::answers::{Answer, Refusal};
use super::connections::Connection;
use super::{Front, Waiting, stopped};
use crate::serve::console::{self, Route, UiRequest};

/// A draft holds a definition, which may have 1 MB, as a JSON text.
const BODY_BYTES: usize = 4 * 1024 * 1024;

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
        let body = self.bodies.read(body, BODY_BYTES).await?;
        connection.work();
        let request = Request::from_parts(parts, body);
        if route.is_open() {
            return self.sign_in_or_out(&route, &request, peer).await;
        }
        let caller = self.caller(&request, "states", peer)?;
        if route == Route::Stream {
            let waiting = Waiting::among(&self.waiting);
            let stop = Box::pin(stopped(self.stop.clone()));
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

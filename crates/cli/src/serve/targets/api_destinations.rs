//! API destinations: deliveries over HTTP (EventBridge User Guide, "API destinations").

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use api::delivery::{Delivered, Delivery, DeliveryError, Retry, Target};
use api::events::{ApiCall, Events};
use bytes::Bytes;
use connectors::aws::{AwsConfig, HttpClient};
use http::header::{CONTENT_TYPE, USER_AGENT};
use serde_json::Value;
use tokio::time::Instant;

use crate::serve::connections::{ConnectionError, Connections, Draft};

/// The endpoint's time to answer (the same page).
const TIMEOUT: Duration = Duration::from_secs(5);
/// What a delivery waits at most for its turn; then it tries again later.
const MAX_WAIT: Duration = Duration::from_secs(10);

pub struct ApiDestinations {
    http: Arc<HttpClient>,
    connections: Connections,
    turns: Turns,
}

impl ApiDestinations {
    pub fn new(config: &AwsConfig) -> ApiDestinations {
        let http = Arc::new(HttpClient::of(config));
        ApiDestinations {
            connections: Connections::new(http.clone()),
            http,
            turns: Turns::default(),
        }
    }

    pub async fn deliver(
        &self,
        events: &Events,
        delivery: &Delivery,
    ) -> Result<Delivered, DeliveryError> {
        let Target::ApiDestination {
            arn,
            path_parameters,
            headers,
            query,
        } = &delivery.target
        else {
            return Err(refused("The target is no API destination."));
        };
        let call = events.api_call(arn, path_parameters);
        let call = call.map_err(|error| refused(error.to_string()))?;
        let Some(wait) = self
            .turns
            .take(arn, call.rate_limit_per_second, Instant::now())
        else {
            let message = "The API destination gets as many calls as its rate allows.";
            return Err(DeliveryError::new(
                Retry::TurnedAway,
                "ThrottlingException",
                message,
            ));
        };
        tokio::time::sleep(wait).await;
        let texts = |(key, value): (&Arc<str>, &Arc<str>)| (key.to_string(), value.to_string());
        let mut draft = Draft {
            headers: vec![
                (
                    USER_AGENT.to_string(),
                    "Amazon/EventBridge/ApiDestinations".to_owned(),
                ),
                (
                    CONTENT_TYPE.to_string(),
                    "application/json; charset=utf-8".to_owned(),
                ),
            ],
            query: query.iter().map(texts).collect(),
            body: serde_json::from_str(&delivery.input).unwrap_or_default(),
        };
        draft.headers.extend(headers.iter().map(texts));
        let authorized =
            self.connections
                .authorize(&call.connection_arn, &call.credentials, &mut draft);
        authorized.await.map_err(of_connection)?;
        let body = match call.method.as_str() {
            "GET" | "HEAD" | "OPTIONS" => Bytes::new(),
            // What is no JSON goes out as the template made it.
            _ => match &draft.body {
                Value::Null => delivery.input.to_string().into(),
                body => body.to_string().into(),
            },
        };
        let request = draft.request(&call.method, &call.url, body);
        let request = request.map_err(of_connection)?;
        let answer = self.http.exchange(request, TIMEOUT).await;
        let answer = answer
            .map_err(|lost| DeliveryError::new(Retry::Yes, "SdkClientException", lost.reason))?;
        self.judge(&call, answer.status).await
    }

    /// What the endpoint's status means (the same page: these are tried again).
    async fn judge(&self, call: &ApiCall, status: u16) -> Result<Delivered, DeliveryError> {
        let retry = match status {
            200..=299 => return Ok(Delivered::default()),
            401 | 407 => {
                self.connections.forget_token(&call.connection_arn).await;
                Retry::Yes
            }
            409 | 429 | 500..=599 => Retry::Yes,
            _ => Retry::No,
        };
        let message = format!("The endpoint answered with status {status}.");
        Err(DeliveryError::new(retry, format!("HTTP {status}"), message))
    }
}

fn of_connection(error: ConnectionError) -> DeliveryError {
    let retry = match error {
        ConnectionError::Refused(_) => Retry::No,
        ConnectionError::Failed(_) => Retry::Yes,
    };
    DeliveryError::new(retry, "ConnectionException", error.to_string())
}

fn refused(message: impl Into<String>) -> DeliveryError {
    DeliveryError::new(Retry::No, "ResourceNotFoundException", message)
}

/// When each API destination may be called next.
#[derive(Default)]
struct Turns(Mutex<HashMap<Arc<str>, Instant>>);

impl Turns {
    /// How long to wait for the next turn, which is taken. None: too long.
    fn take(&self, arn: &Arc<str>, per_second: u32, now: Instant) -> Option<Duration> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = turns.get(arn).copied().unwrap_or(now).max(now);
        let wait = turn - now;
        if wait > MAX_WAIT {
            return None;
        }
        turns.insert(
            arn.clone(),
            turn + Duration::from_secs(1) / per_second.max(1),
        );
        Some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_come_one_by_one_at_their_rate() {
        let (turns, arn, now) = (Turns::default(), "a".into(), Instant::now());
        let waits: Vec<_> = (0..24).map(|_| turns.take(&arn, 2, now)).collect();
        let half = |n: u32| Some(Duration::from_millis(500) * n);
        assert_eq!(waits[..3], [half(0), half(1), half(2)]);
        assert_eq!(waits[20..], [half(20), None, None, None]);
        // Later there is a turn again, and other destinations have theirs.
        let later = now + Duration::from_secs(20);
        assert_eq!(turns.take(&arn, 2, later), half(0));
        assert_eq!(turns.take(&"b".into(), 2, now), half(0));
    }
}

//! Requests to others' APIs, authorized by a connection of EventBridge: of API destinations, and of whoever else has its ARN.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use api::events::{Authorization, Credentials, OAuth, Parameter, Secret};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use connectors::aws::HttpClient;
use connectors::protocol::percent_encode;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Request};
use serde_json::{Map, Value};

const TOKEN_TIMEOUT: Duration = Duration::from_secs(10);
/// Where the authorization server does not say how long its token lasts.
const TOKEN_LIFETIME: Duration = Duration::from_secs(3600);
/// A token is not used any more when it is about to expire.
const TOKEN_MARGIN: Duration = Duration::from_secs(30);
const FORM: &str = "application/x-www-form-urlencoded";

/// What a request carries besides its method and address. Later values of a header or a query parameter take the place of earlier ones.
#[derive(Default)]
pub struct Draft {
    pub headers: Vec<(String, String)>,
    pub query: Vec<(String, String)>,
    /// Members of the connection's body parameters go into it, if it is an object.
    pub body: Value,
}

/// Why a request cannot be made. It never says anything secret.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectionError {
    /// It would be the same again.
    #[error("{0}")]
    Refused(String),
    #[error("{0}")]
    Failed(String),
}

/// Tokens of connections, by their ARNs.
pub struct Connections {
    http: Arc<HttpClient>,
    tokens: Mutex<HashMap<Arc<str>, Slot>>,
}

/// Held while a token is fetched, so that there is one request for it.
type Slot = Arc<tokio::sync::Mutex<Option<Token>>>;

struct Token {
    secret: Secret,
    expires: Instant,
    /// What it was got with: a connection may have changed since.
    of: OAuth,
}

impl Connections {
    pub fn new(http: Arc<HttpClient>) -> Connections {
        Connections {
            http,
            tokens: Mutex::default(),
        }
    }

    /// Adds to a request what the connection says: its parameters, which win, and what authorizes it.
    pub async fn authorize(
        &self,
        connection_arn: &Arc<str>,
        credentials: &Credentials,
        draft: &mut Draft,
    ) -> Result<(), ConnectionError> {
        let parameters = &credentials.parameters;
        let texts = |parameter: &Parameter| {
            let value = parameter.value.expose().to_owned();
            (parameter.key.clone(), value)
        };
        draft.headers.extend(parameters.headers.iter().map(texts));
        draft.query.extend(parameters.query.iter().map(texts));
        if let Value::Object(members) = &mut draft.body {
            let body = parameters.body.iter().map(texts);
            members.extend(body.map(|(key, value)| (key, value.into())));
        }
        let (name, value) = match &credentials.authorization {
            Authorization::ApiKey { name, value } => (name.clone(), value.expose().to_owned()),
            Authorization::Basic { username, password } => {
                let pair = format!("{username}:{}", password.expose());
                let value = format!("Basic {}", STANDARD.encode(pair));
                (AUTHORIZATION.to_string(), value)
            }
            Authorization::OAuth(oauth) => {
                let token = self.token(connection_arn, oauth).await?;
                let value = format!("Bearer {}", token.expose());
                (AUTHORIZATION.to_string(), value)
            }
        };
        draft.headers.push((name, value));
        Ok(())
    }

    /// The next request gets a new token: the last one was refused.
    pub async fn forget_token(&self, connection_arn: &Arc<str>) {
        *self.slot(connection_arn).lock().await = None;
    }

    fn slot(&self, connection_arn: &Arc<str>) -> Slot {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.entry(connection_arn.clone()).or_default().clone()
    }

    async fn token(
        &self,
        connection_arn: &Arc<str>,
        oauth: &OAuth,
    ) -> Result<Secret, ConnectionError> {
        let slot = self.slot(connection_arn);
        let mut slot = slot.lock().await;
        let now = Instant::now();
        let usable = |token: &&Token| token.of == *oauth && token.expires > now;
        if let Some(token) = slot.as_ref().filter(usable) {
            return Ok(token.secret.clone());
        }
        let (secret, lifetime) = self.fetch(oauth).await?;
        *slot = Some(Token {
            secret: secret.clone(),
            expires: now + lifetime.saturating_sub(TOKEN_MARGIN),
            of: oauth.clone(),
        });
        Ok(secret)
    }

    /// Asks the authorization server (RFC 6749, section 4.4), with the client's id and secret in the body, or in the query of a GET.
    async fn fetch(&self, oauth: &OAuth) -> Result<(Secret, Duration), ConnectionError> {
        let parameters = &oauth.parameters;
        let mut form = vec![
            ("grant_type".to_owned(), "client_credentials".to_owned()),
            ("client_id".to_owned(), oauth.client_id.clone()),
            (
                "client_secret".to_owned(),
                oauth.client_secret.expose().to_owned(),
            ),
        ];
        for parameter in &parameters.body {
            form.retain(|(key, _)| *key != parameter.key);
            form.push((parameter.key.clone(), parameter.value.expose().to_owned()));
        }
        let texts = |parameter: &Parameter| {
            let value = parameter.value.expose().to_owned();
            (parameter.key.clone(), value)
        };
        let mut draft = Draft {
            headers: vec![(CONTENT_TYPE.to_string(), FORM.to_owned())],
            query: parameters.query.iter().map(texts).collect(),
            body: Value::Null,
        };
        draft.headers.extend(parameters.headers.iter().map(texts));
        let is_json = draft.headers.iter().any(|(name, value)| {
            name.eq_ignore_ascii_case(CONTENT_TYPE.as_str()) && value.contains("json")
        });
        let body = match oauth.method.as_str() {
            "GET" => {
                draft.query.extend(form);
                String::new()
            }
            _ if is_json => {
                let members = form.into_iter().map(|(key, value)| (key, value.into()));
                Value::Object(members.collect::<Map<_, _>>()).to_string()
            }
            _ => encoded(&form),
        };
        let request = draft.request(&oauth.method, &oauth.endpoint, body.into())?;
        let failed = |why: &str| {
            let message = format!("The authorization endpoint gave no token: {why}");
            ConnectionError::Failed(message)
        };
        let answer = self.http.exchange(request, TOKEN_TIMEOUT).await;
        let answer = answer.map_err(|lost| failed(&lost.reason))?;
        if !(200..300).contains(&answer.status) {
            return Err(failed(&format!("status {}", answer.status)));
        }
        let answer: Value =
            serde_json::from_slice(&answer.body).map_err(|_| failed("its answer is no JSON"))?;
        let token = answer["access_token"].as_str();
        let token = token.ok_or_else(|| failed("its answer has no access_token"))?;
        let seconds = answer["expires_in"].as_u64();
        let seconds = seconds.or_else(|| answer["expires_in"].as_str()?.parse().ok());
        let lifetime = seconds.map_or(TOKEN_LIFETIME, Duration::from_secs);
        Ok((Secret::new(token), lifetime.min(TOKEN_LIFETIME * 24)))
    }
}

impl Draft {
    /// The request. `body`: as it goes out.
    pub fn request(
        &self,
        method: &str,
        url: &str,
        body: Bytes,
    ) -> Result<Request<Bytes>, ConnectionError> {
        let mut url = url.to_owned();
        let mut query: Vec<(String, String)> = Vec::new();
        for (key, value) in &self.query {
            query.retain(|(earlier, _)| earlier != key);
            query.push((key.clone(), value.clone()));
        }
        if !query.is_empty() {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(&encoded(&query));
        }
        let refused = |what: &str| ConnectionError::Refused(format!("{what} cannot be sent."));
        let mut request = Request::builder()
            .method(method)
            .uri(url)
            .body(body)
            .map_err(|_| refused("The address, with its parameters,"))?;
        for (name, value) in &self.headers {
            let header = HeaderName::try_from(name.as_str());
            let header = header.map_err(|_| refused(&format!("The header {name}")))?;
            let value = HeaderValue::try_from(value.as_str());
            let mut value =
                value.map_err(|_| refused(&format!("The value of the header {name}")))?;
            value.set_sensitive(true);
            if !is_of_connection(&header) {
                request.headers_mut().insert(header, value);
            }
        }
        Ok(request)
    }
}

/// Headers that belong to the connection to the server, not to the request.
fn is_of_connection(name: &HeaderName) -> bool {
    const OWN: [&str; 9] = [
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    OWN.contains(&name.as_str())
}

/// As a query, and as a form.
fn encoded(pairs: &[(String, String)]) -> String {
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(key, value)| {
            format!(
                "{}={}",
                percent_encode(key, b""),
                percent_encode(value, b"")
            )
        })
        .collect();
    pairs.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_header_and_parameter_count_and_none_is_of_the_connection() {
        let text = |text: &str| text.to_owned();
        let draft = Draft {
            headers: vec![
                (text("X-A"), text("1")),
                (text("host"), text("elsewhere")),
                (text("x-a"), text("2")),
            ],
            query: vec![(text("q"), text("1")), (text("q"), text("a b&c"))],
            body: Value::Null,
        };
        let request = draft.request("POST", "https://example.com/p?x=1", Bytes::new());
        let request = request.unwrap();
        assert_eq!(request.uri(), "https://example.com/p?x=1&q=a%20b%26c");
        let headers: Vec<_> = request.headers().iter().collect();
        assert_eq!(headers.len(), 1);
        assert_eq!(request.headers()["x-a"], "2");
        let draft = Draft {
            headers: vec![(text("x-a"), text("hush\n"))],
            ..Draft::default()
        };
        let error = draft.request("POST", "https://example.com", Bytes::new());
        let message = "The value of the header x-a cannot be sent.".to_owned();
        assert_eq!(error.unwrap_err(), ConnectionError::Refused(message));
    }
}

//! A request in AWS's JSON 1.0 protocol whose body the caller has written: how the command line talks to a server of ours,
//! whose extensions no model knows, in the names that AWS's own tools show.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::Request;
use serde_json::Value;

use super::config::AwsConfig;
use super::http_client::HttpClient;
use super::signing::{Signer, SigningContext};

const CONTENT_TYPE: &str = "application/x-amz-json-1.0";

/// Longer than any answer but that of StartSyncExecution takes, which gives up after five minutes.
const TIMEOUT: Duration = Duration::from_secs(330);

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonCallError {
    /// The service refused: the error's name without namespace, and its message.
    #[error("{code}: {message}")]
    Refused { code: String, message: String },
    /// Nobody answered, or nothing that can be understood.
    #[error("{0}")]
    Unreachable(String),
    #[error("Unable to load credentials: {0}")]
    Credentials(String),
}

/// Makes such requests to one endpoint.
#[derive(Debug)]
pub struct JsonCaller {
    config: Arc<AwsConfig>,
    url: String,
    /// The service's name in signatures.
    signing_name: &'static str,
    http: HttpClient,
    signer: Signer,
}

impl JsonCaller {
    pub fn new(config: Arc<AwsConfig>, url: &str, signing_name: &'static str) -> JsonCaller {
        JsonCaller {
            http: HttpClient::new(config.settings.trust.clone()),
            url: format!("{}/", url.trim_end_matches('/')),
            config,
            signing_name,
            signer: Signer::default(),
        }
    }

    /// Sends `body` to `target` (`AWSStepFunctions.ListStateMachines`), once.
    pub async fn call(&self, target: &str, body: &Value) -> Result<Value, JsonCallError> {
        let credentials = self.config.credentials.get().await;
        let credentials =
            credentials.map_err(|error| JsonCallError::Credentials(error.to_string()))?;
        let unreachable = |why: String| JsonCallError::Unreachable(why);
        let mut request = Request::post(&self.url)
            .header("content-type", CONTENT_TYPE)
            .header("x-amz-target", target)
            .body(Bytes::from(body.to_string()))
            .map_err(|error| unreachable(error.to_string()))?;
        let context = SigningContext {
            credentials: &credentials,
            region: self.config.region(),
            service: self.signing_name,
            time: SystemTime::now(),
            single_encoding: false,
            unsigned_payload: false,
        };
        self.signer
            .sign(&mut request, &context)
            .map_err(unreachable)?;
        let answer = self.http.exchange(request, TIMEOUT).await;
        let answer = answer.map_err(|lost| unreachable(lost.reason))?;
        let parsed: Result<Value, _> = serde_json::from_slice(&answer.body);
        match parsed {
            Ok(body) if answer.status < 300 => Ok(body),
            Ok(body) if body.get("__type").is_some() => {
                let text = |names: [&str; 2]| {
                    let found = names.iter().find_map(|name| body.get(name)?.as_str());
                    found.unwrap_or_default().to_owned()
                };
                let code = text(["__type", "code"]);
                Err(JsonCallError::Refused {
                    code: code.rsplit('#').next().unwrap_or(&code).to_owned(),
                    message: text(["message", "Message"]),
                })
            }
            _ => Err(unreachable(format!(
                "the answer is none of Step Functions' API (HTTP status {})",
                answer.status
            ))),
        }
    }
}

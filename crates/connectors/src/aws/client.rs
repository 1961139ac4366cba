//! One call of an operation: arguments in, result or failure out.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_config::sts::AssumeRoleProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{AsyncSleep, SharedAsyncSleep, TokioSleep};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use http::{HeaderMap, Request};
use http_body_util::BodyExt;
use serde_json::{Map, Value};
use service_models::Operation;
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;

use super::config::AwsConfig;
use super::credentials::CachedCredentials;
use super::endpoint::{Endpoints, Target};
use super::http_client::{self, HttpClient};
use super::retry::{self, MAX_ATTEMPTS};
use super::signing::{SigningContext, sign_request};
use crate::protocol::arguments::{self, ArgumentErrors};
use crate::protocol::{self, SerializeError, ServiceError, WireRequest, WireResponse};
use crate::rehearsal::{self, Place};

/// A response body larger than this is refused: a result is 256 KiB on AWS, and memory has an end.
const MAX_RESPONSE_BYTES: usize = 16 * 1024 * 1024;
/// Reading a larger body would keep a thread from all other calls for too long.
const MAX_INLINE_BYTES: usize = 1024 * 1024;
/// A run that assumes a role per item could fill the memory otherwise.
const MAX_ROLES: usize = 1000;
/// A synchronous Lambda invocation may take 15 minutes; nothing else comes near.
const INVOKE_TIMEOUT: Duration = Duration::from_secs(15 * 60 + 30);
const CALL_TIMEOUT: Duration = Duration::from_secs(120);
const USER_AGENT: &str = concat!("stepwright/", env!("CARGO_PKG_VERSION"));

/// What an operation answered.
#[derive(Debug, Clone)]
pub struct ApiAnswer {
    pub status: u16,
    pub headers: HeaderMap,
    /// The result in Step Functions' names.
    pub result: Value,
}

/// Why an operation gave no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApiFailure {
    /// The service refused.
    Service { error: ServiceError, attempts: u32 },
    /// No answer, or none that can be understood: what the SDKs call a client exception.
    Client { message: String, attempts: u32 },
    /// The arguments do not fit the operation; nothing was sent.
    Arguments(ArgumentErrors),
    /// This client cannot make the call; nothing was sent.
    Unsupported(String),
}

/// Calls any operation of any service.
#[derive(Debug)]
pub struct AwsClient {
    config: Arc<AwsConfig>,
    http: HttpClient,
    endpoints: Endpoints,
    sleep: SharedAsyncSleep,
    /// Credentials of assumed roles, by ARN.
    roles: Mutex<HashMap<String, Arc<CachedCredentials>>>,
    /// Calls are checked and answered, and not made: where they pretend to be made.
    rehearsal: Option<Place>,
}

impl AwsClient {
    pub fn new(config: Arc<AwsConfig>) -> AwsClient {
        AwsClient::with_sleep(config, SharedAsyncSleep::new(TokioSleep::new()))
    }

    /// With another way to wait between attempts: tests do not want to.
    pub fn with_sleep(config: Arc<AwsConfig>, sleep: SharedAsyncSleep) -> AwsClient {
        AwsClient {
            config,
            http: HttpClient::new(),
            endpoints: Endpoints::default(),
            sleep,
            roles: Mutex::default(),
            rehearsal: None,
        }
    }

    /// A client that never sends anything: arguments are checked, and answers made up.
    pub fn for_rehearsal(config: Arc<AwsConfig>, account_id: &str) -> AwsClient {
        let region = config.region().to_owned();
        let partition = service_models::endpoint::partition(&region);
        let partition = partition.as_ref().and_then(|p| p["name"].as_str());
        let place = Place {
            partition: partition.unwrap_or("aws").to_owned(),
            region,
            account_id: account_id.to_owned(),
        };
        AwsClient {
            rehearsal: Some(place),
            ..AwsClient::new(config)
        }
    }

    /// Calls `operation` with arguments in Step Functions' names. `call_key` names this call: what is made of it (tokens
    /// against doing something twice, the spread of pauses) is the same when the call is made again. With `role_arn` the
    /// call is made in that role.
    pub async fn call(
        &self,
        operation: Operation,
        arguments: &Value,
        call_key: &str,
        role_arn: Option<&str>,
    ) -> Result<ApiAnswer, ApiFailure> {
        let token = |member: &str| idempotency_token(call_key, member);
        let mut arguments = arguments::normalize(operation.input(), arguments, &token)
            .map_err(ApiFailure::Arguments)?;
        protocol::prepare(operation, &mut arguments, &self.config.region)
            .map_err(|error| client_failure(error.to_string(), 0))?;
        let mut request =
            protocol::serialize(operation, &arguments).map_err(|error| match error {
                SerializeError::MissingLabel(_) => client_failure(error.to_string(), 0),
                SerializeError::UnsupportedProtocol { .. } => {
                    ApiFailure::Unsupported(error.to_string())
                }
            })?;
        if let Some(place) = &self.rehearsal {
            return Ok(ApiAnswer {
                status: operation.response_code().unwrap_or(200),
                headers: HeaderMap::new(),
                result: rehearsal::answer(operation, &arguments, place),
            });
        }
        let target = self.target(operation, &arguments)?;
        if operation.is_checksum_required()
            && !request
                .headers
                .iter()
                .any(|(name, _)| name == "content-md5")
        {
            request
                .headers
                .push(("content-md5".to_owned(), content_md5(&request.body)));
        }
        let mut attempt = 1;
        loop {
            let (failure, again) = match self
                .attempt(operation, &request, &target, role_arn, attempt)
                .await
            {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            if !again || attempt >= MAX_ATTEMPTS {
                return Err(failure);
            }
            self.sleep.sleep(retry::backoff(attempt, call_key)).await;
            attempt += 1;
        }
    }

    fn target(
        &self,
        operation: Operation,
        arguments: &Map<String, Value>,
    ) -> Result<Target, ApiFailure> {
        let target = self.endpoints.target(&self.config, operation, arguments);
        target.map_err(|error| {
            client_failure(format!("Unable to determine the endpoint: {error}"), 0)
        })
    }

    /// One request. A failure comes with whether another attempt is worth it.
    async fn attempt(
        &self,
        operation: Operation,
        request: &WireRequest,
        target: &Target,
        role_arn: Option<&str>,
        attempt: u32,
    ) -> Result<ApiAnswer, (ApiFailure, bool)> {
        let stop = |message: String| (client_failure(message, attempt), false);
        let mut request = http_request(request, target).map_err(stop)?;
        if !operation.is_unauthenticated() {
            let credentials = self.credentials(role_arn).await.map_err(stop)?;
            let context = SigningContext {
                credentials: &credentials,
                region: &target.signing_region,
                service: &target.signing_name,
                time: SystemTime::now(),
                single_encoding: target.single_encoding,
                unsigned_payload: operation.auth_type() == Some("v4-unsigned-body")
                    || operation.is_payload_unsigned(),
            };
            sign_request(&mut request, &context)
                .map_err(|message| stop(format!("Unable to sign the request: {message}")))?;
        }
        let (status, headers, body) = self.exchange(operation, request).await.map_err(|lost| {
            let again = lost.never_sent || retry::is_repeatable(operation);
            (
                client_failure(
                    format!("Unable to execute HTTP request: {}", lost.reason),
                    attempt,
                ),
                again,
            )
        })?;
        let (response, headers) = parse(operation, status, headers, body)
            .await
            .map_err(stop)?;
        match response {
            WireResponse::Success(result) => Ok(ApiAnswer {
                status,
                headers,
                result,
            }),
            WireResponse::Error(error) => {
                let again = retry::is_retryable(operation, &error);
                Err((
                    ApiFailure::Service {
                        error,
                        attempts: attempt,
                    },
                    again,
                ))
            }
            WireResponse::Malformed(why) => {
                let message = format!(
                    "Unable to unmarshall response ({why}). Response Code: {status}, Response Text: {}",
                    protocol::reason(status),
                );
                Err((client_failure(message, attempt), false))
            }
        }
    }

    async fn credentials(&self, role_arn: Option<&str>) -> Result<Credentials, String> {
        let Some(role_arn) = role_arn else {
            return self
                .config
                .credentials
                .get()
                .await
                .map_err(|error| format!("Unable to load credentials: {error}"));
        };
        let cached = {
            let mut roles = self.roles.lock().await;
            match roles.get(role_arn) {
                Some(cached) => cached.clone(),
                None => {
                    let provider = AssumeRoleProvider::builder(role_arn)
                        .session_name("stepwright")
                        .configure(&self.config.sdk)
                        .build()
                        .await;
                    let cached = Arc::new(CachedCredentials::new(
                        SharedCredentialsProvider::new(provider),
                        None,
                    ));
                    if roles.len() >= MAX_ROLES {
                        roles.clear();
                    }
                    roles.insert(role_arn.to_owned(), cached.clone());
                    cached
                }
            }
        };
        cached
            .get()
            .await
            .map_err(|error| format!("Unable to assume the role {role_arn}: {error}"))
    }

    /// Sends a request and reads the whole response.
    async fn exchange(
        &self,
        operation: Operation,
        request: Request<Vec<u8>>,
    ) -> Result<(u16, HeaderMap, Vec<u8>), Lost> {
        let timeout = if operation.name() == "Invoke" {
            INVOKE_TIMEOUT
        } else {
            CALL_TIMEOUT
        };
        let lost = |reason: String| Lost {
            reason,
            never_sent: false,
        };
        let exchange = async {
            let request =
                HttpRequest::try_from(request.map(SdkBody::from)).map_err(|error| Lost {
                    reason: error.to_string(),
                    never_sent: true,
                })?;
            let response = self.http.send(request).await.map_err(|error| Lost {
                reason: http_client::root_cause(&error),
                never_sent: http_client::never_sent(&error),
            })?;
            let response = response
                .try_into_http1x()
                .map_err(|error| lost(error.to_string()))?;
            let (parts, mut body) = response.into_parts();
            let mut bytes = Vec::new();
            while let Some(frame) = body.frame().await {
                let frame =
                    frame.map_err(|error| lost(format!("the response was cut off: {error}")))?;
                let Ok(data) = frame.into_data() else {
                    continue;
                };
                if bytes.len() + data.len() > MAX_RESPONSE_BYTES {
                    return Err(lost(format!(
                        "the response is larger than {MAX_RESPONSE_BYTES} bytes"
                    )));
                }
                bytes.extend_from_slice(&data);
            }
            Ok((parts.status.as_u16(), parts.headers, bytes))
        };
        match tokio::time::timeout(timeout, exchange).await {
            Ok(result) => result,
            Err(_) => Err(lost(format!(
                "Read timed out after {} seconds",
                timeout.as_secs()
            ))),
        }
    }
}

/// Reads a response; a large one on a thread of its own.
async fn parse(
    operation: Operation,
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
) -> Result<(WireResponse, HeaderMap), String> {
    let is_large = body.len() > MAX_INLINE_BYTES;
    let parse = move || {
        let response = protocol::parse_response(operation, status, &headers, &body);
        (response, headers)
    };
    if !is_large {
        return Ok(parse());
    }
    tokio::task::spawn_blocking(parse)
        .await
        .map_err(|error| format!("Unable to unmarshall response: {error}"))
}

/// A request without a whole response.
struct Lost {
    reason: String,
    never_sent: bool,
}

fn client_failure(message: String, attempts: u32) -> ApiFailure {
    ApiFailure::Client { message, attempts }
}

fn http_request(wire: &WireRequest, target: &Target) -> Result<Request<Vec<u8>>, String> {
    let url = format!("{}{}", target.url, wire.uri);
    let mut builder = Request::builder()
        .method(wire.method.as_str())
        .uri(url)
        .header("user-agent", USER_AGENT);
    for (name, value) in &wire.headers {
        builder = builder.header(name.as_str(), value.as_str());
    }
    for (name, values) in &target.headers {
        for value in values {
            builder = builder.header(name.as_str(), value.as_str());
        }
    }
    builder
        .body(wire.body.clone())
        .map_err(|error| format!("Unable to build the request: {error}"))
}

/// A UUID that a service takes as a token, made of the call's key.
fn idempotency_token(call_key: &str, member: &str) -> String {
    let digest = Sha256::digest(format!("{call_key}\n{member}"));
    let hex: String = digest
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    // Version 8, variant 10: a UUID of a kind of its own (RFC 9562).
    format!(
        "{}-{}-8{}-a{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[13..16],
        &hex[17..20],
        &hex[20..32]
    )
}

fn content_md5(body: &[u8]) -> String {
    use base64::Engine;
    use md5::Md5;
    base64::engine::general_purpose::STANDARD.encode(Md5::digest(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_uuids_of_the_call() {
        let token = idempotency_token("execution/1/0", "ClientToken");
        assert_eq!(token, idempotency_token("execution/1/0", "ClientToken"));
        assert_ne!(token, idempotency_token("execution/1/1", "ClientToken"));
        assert_eq!(token.len(), 36);
        let parts: Vec<usize> = token.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
    }

    #[test]
    fn bodies_are_hashed() {
        assert_eq!(content_md5(b""), "1B2M2Y8AsgTpgAmY7PhCfg==");
    }
}

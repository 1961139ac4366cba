//! One call of an operation: arguments in, result or failure out.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_config::sts::AssumeRoleProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{AsyncSleep, SharedAsyncSleep, TokioSleep};
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use serde_json::{Map, Value, json};
use service_models::Operation;
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;

use super::clock::{Clock, corrected};
use super::config::AwsConfig;
use super::credentials::CachedCredentials;
use super::discovery::{self, Discovered};
use super::endpoint::{self, Endpoints, Target};
use super::http_client::{Answer, HttpClient};
use super::local_api::{LocalApi, LocalCall, Served};
use super::retry::{self, Retry, TokenBuckets};
use super::signing::{Signer, SigningContext, hex};
use super::{checksum, compression, presign, s3};
use crate::protocol::arguments::{self, ArgumentErrors};
use crate::protocol::{self, SerializeError, ServiceError, WireRequest, WireResponse};
use crate::rehearsal::{self, Place};

/// Reading a larger body would keep a thread from all other calls for too long.
const MAX_INLINE_BYTES: usize = 1024 * 1024;
/// A run that assumes a role per item could fill the memory otherwise.
const MAX_ROLES: usize = 1000;
const USER_AGENT: &str = concat!("stepwright/", env!("CARGO_PKG_VERSION"));

/// How long an attempt may take, from the connection to the last byte of the answer.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    pub call: Duration,
    /// For calls that do the caller's work before they answer: a Lambda function may take 15 minutes.
    pub long_call: Duration,
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        Timeouts {
            call: Duration::from_secs(120),
            long_call: Duration::from_secs(15 * 60 + 30),
        }
    }
}

impl Timeouts {
    fn of(self, operation: Operation) -> Duration {
        match (operation.service().boto_name(), operation.name()) {
            ("lambda", "Invoke") | ("stepfunctions", "StartSyncExecution") => self.long_call,
            ("bedrock-runtime" | "bedrock-agent-runtime" | "sagemaker-runtime", _) => {
                self.long_call
            }
            _ => self.call,
        }
    }
}

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
    discovered: Discovered,
    buckets: TokenBuckets,
    clock: Clock,
    signer: Signer,
    sleep: SharedAsyncSleep,
    timeouts: Timeouts,
    /// Credentials of assumed roles, by ARN.
    roles: Mutex<HashMap<String, Arc<CachedCredentials>>>,
    /// Calls are checked and answered, and not made: where they pretend to be made.
    rehearsal: Option<Place>,
    /// Asked before any endpoint.
    local: Option<Arc<dyn LocalApi>>,
}

/// A call on its way: what all its attempts have in common.
struct Call<'a> {
    operation: Operation,
    arguments: &'a Map<String, Value>,
    method: &'a str,
    /// Path and query string.
    uri: String,
    headers: Vec<(String, String)>,
    body: Bytes,
    /// None when the operation goes without a signature.
    credentials: Option<Credentials>,
    /// In place of the endpoint that the rules give.
    endpoint_url: Option<String>,
}

/// An attempt without a result.
struct Failed {
    failure: ApiFailure,
    /// Another attempt is worth it.
    retry: Option<Retry>,
}

/// Puts members beside those that are there, at every depth.
fn add_members(to: &mut Value, more: &Value) {
    match (to, more) {
        (Value::Object(to), Value::Object(more)) => {
            for (name, value) in more {
                add_members(to.entry(name).or_insert(Value::Null), value);
            }
        }
        (to, more) => *to = more.clone(),
    }
}

impl AwsClient {
    pub fn new(config: Arc<AwsConfig>) -> AwsClient {
        AwsClient::with_sleep(config, SharedAsyncSleep::new(TokioSleep::new()))
    }

    /// With another way to wait between attempts: tests do not want to.
    pub fn with_sleep(config: Arc<AwsConfig>, sleep: SharedAsyncSleep) -> AwsClient {
        AwsClient {
            http: HttpClient::new(config.settings.trust.clone()),
            config,
            endpoints: Endpoints::default(),
            discovered: Discovered::default(),
            buckets: TokenBuckets::default(),
            clock: Clock::default(),
            signer: Signer::default(),
            sleep,
            timeouts: Timeouts::default(),
            roles: Mutex::default(),
            rehearsal: None,
            local: None,
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

    pub fn with_timeouts(self, timeouts: Timeouts) -> AwsClient {
        AwsClient { timeouts, ..self }
    }

    /// What `local` serves is asked there.
    pub fn with_local_api(self, local: Arc<dyn LocalApi>) -> AwsClient {
        AwsClient {
            local: Some(local),
            ..self
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
        self.call_with(operation, arguments, None, call_key, role_arn)
            .await
    }

    /// As [`AwsClient::call`], with members of the body that AWS's model does not have: for servers of ours. Only of operations
    /// whose body is JSON.
    pub async fn call_with(
        &self,
        operation: Operation,
        arguments: &Value,
        more: Option<&Value>,
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
                SerializeError::Missing { .. } | SerializeError::Empty { .. } => {
                    client_failure(error.to_string(), 0)
                }
                SerializeError::UnsupportedProtocol { .. } => {
                    ApiFailure::Unsupported(error.to_string())
                }
            })?;
        if let Some(more) = more {
            let body = serde_json::from_slice(&request.body);
            let mut body = body.map_err(|error| client_failure(error.to_string(), 0))?;
            add_members(&mut body, more);
            request.body = body.to_string().into_bytes();
        }
        if let Some(place) = &self.rehearsal {
            return Ok(rehearsal::answer(operation, &arguments, place));
        }
        let mut also_here = None;
        if let Some(local) = &self.local {
            let served = local.serves(operation, &arguments).await;
            let here = |request| LocalCall {
                operation,
                request,
                call_key,
            };
            match served {
                Served::Here => {
                    let answer = local.call(here(request)).await;
                    return local_answer(operation, answer).await;
                }
                Served::Both => also_here = Some((local, here(request.clone()))),
                Served::Elsewhere => {}
            }
        }
        compression::compress(operation, &mut request, self.config.min_compression_bytes());
        let checksums = self.config.checksums();
        checksums
            .add(operation, &arguments, &mut request)
            .map_err(|message| client_failure(message, 0))?;
        let credentials = match operation.is_unauthenticated() {
            true => None,
            false => {
                let found = self.credentials(role_arn).await;
                Some(found.map_err(|message| client_failure(message, 0))?)
            }
        };
        let mut endpoint_url = None;
        if let Some(credentials) = &credentials {
            self.presign_copy(operation, &arguments, &mut request, credentials)
                .map_err(|message| client_failure(message, 0))?;
            endpoint_url = self
                .told_endpoint(operation, &arguments, call_key, role_arn, credentials)
                .await?;
        }
        let invocation = idempotency_token(call_key, "amz-sdk-invocation-id");
        request
            .headers
            .push(("amz-sdk-invocation-id".to_owned(), invocation));
        let call = Call {
            operation,
            arguments: &arguments,
            method: &request.method,
            uri: s3::without_bucket(operation, &arguments, request.uri),
            headers: request.headers,
            body: request.body.into(),
            credentials,
            endpoint_url,
        };
        let answer = self.attempts(&call, call_key).await?;
        if let Some((local, call)) = also_here {
            let here = local.call(call).await;
            // What it refuses is the endpoint's alone; what it could not do is not to be lost.
            if here.status().is_server_error() {
                return local_answer(operation, here).await;
            }
        }
        Ok(answer)
    }

    fn presign_copy(
        &self,
        operation: Operation,
        arguments: &Map<String, Value>,
        request: &mut WireRequest,
        credentials: &Credentials,
    ) -> Result<(), String> {
        let Some(copy) = presign::copy(operation, arguments) else {
            return Ok(());
        };
        copy.complete(request, &self.config.region, |query| {
            let source = endpoint::in_region(&self.config, operation, copy.source_region)
                .map_err(|error| error.to_string())?;
            let context = SigningContext {
                credentials,
                region: &source.signing_region,
                service: &source.signing_name,
                time: self.clock.now(),
                single_encoding: source.single_encoding,
                unsigned_payload: false,
            };
            let url = format!("{}/?{query}", source.url);
            self.signer.presign(&url, presign::LIFETIME, &context)
        })
    }

    /// The endpoint that the service or the arguments tell, unless the call does not go to AWS at all.
    fn told_endpoint<'a>(
        &'a self,
        operation: Operation,
        arguments: &'a Map<String, Value>,
        call_key: &'a str,
        role_arn: Option<&'a str>,
        credentials: &'a Credentials,
    ) -> Pin<Box<dyn Future<Output = Result<Option<String>, ApiFailure>> + Send + 'a>> {
        Box::pin(async move {
            let named = discovery::in_arguments(operation, arguments);
            let describe = discovery::described_by(operation);
            let is_told = named.is_some() || describe.is_some();
            if !is_told || self.config.endpoint_override(operation.service()).is_some() {
                return Ok(None);
            }
            let Some(describe) = describe else {
                return Ok(named);
            };
            let id = credentials.access_key_id();
            if let Some(known) = self.discovered.get(operation, id, self.clock.now()) {
                return Ok(Some(known));
            }
            let answer = self.call(describe, &json!({}), call_key, role_arn).await?;
            let now = self.clock.now();
            match self.discovered.keep(operation, id, &answer.result, now) {
                Some(url) => Ok(Some(url)),
                None => Err(client_failure("The service told no endpoint".to_owned(), 0)),
            }
        })
    }

    async fn attempts(&self, call: &Call<'_>, call_key: &str) -> Result<ApiAnswer, ApiFailure> {
        let service = call.operation.service();
        let mut last_retry = None;
        let mut attempt = 1;
        loop {
            let failed = match self.attempt(call, attempt).await {
                Ok(answer) => {
                    self.buckets.refill(service, last_retry);
                    return Ok(answer);
                }
                Err(failed) => failed,
            };
            let retry = failed
                .retry
                .filter(|_| attempt < self.config.settings.max_attempts)
                .filter(|retry| self.buckets.take(service, *retry));
            let Some(retry) = retry else {
                return Err(failed.failure);
            };
            let pause = retry
                .pause
                .unwrap_or_else(|| retry::backoff(attempt, call_key));
            self.sleep.sleep(pause).await;
            last_retry = Some(retry);
            attempt += 1;
        }
    }

    async fn attempt(&self, call: &Call<'_>, attempt: u32) -> Result<ApiAnswer, Failed> {
        let operation = call.operation;
        let stop = |message: String| Failed {
            failure: client_failure(message, attempt),
            retry: None,
        };
        let account_id = call.credentials.as_ref().and_then(Credentials::account_id);
        let target = self
            .endpoints
            .target(
                &self.config,
                operation,
                call.arguments,
                account_id.map(|id| id.as_str()),
            )
            .map_err(|error| Failed {
                failure: client_failure(format!("Unable to determine the endpoint: {error}"), 0),
                retry: None,
            })?;
        let max_attempts = self.config.settings.max_attempts;
        let mut request = call.request(&target, attempt, max_attempts).map_err(stop)?;
        let ahead_millis = self.clock.ahead_millis();
        if let Some(credentials) = &call.credentials {
            let context = SigningContext {
                credentials,
                region: &target.signing_region,
                service: &target.signing_name,
                time: corrected(SystemTime::now(), ahead_millis),
                single_encoding: target.single_encoding,
                unsigned_payload: operation.auth_type() == Some("v4-unsigned-body")
                    || operation.is_payload_unsigned(),
            };
            self.signer
                .sign(&mut request, &context)
                .map_err(|message| stop(format!("Unable to sign the request: {message}")))?;
        }
        let timeout = self.timeouts.of(operation);
        let answer = self.http.exchange(request, timeout).await.map_err(|lost| {
            let is_safe = lost.never_sent || (lost.is_passing && retry::is_repeatable(operation));
            Failed {
                failure: client_failure(
                    format!("Unable to execute HTTP request: {}", lost.reason),
                    attempt,
                ),
                retry: is_safe.then(|| Retry::after_silence(lost.is_timeout)),
            }
        })?;
        let region = s3::region_told(operation, answer.status, &answer.headers, &answer.body);
        let (response, status, headers) = parse(operation, answer).await.map_err(stop)?;
        match response {
            WireResponse::Success(result) => Ok(ApiAnswer {
                status,
                headers,
                result: checksum::without_unasked(operation, call.arguments, result),
            }),
            WireResponse::Error(error) => {
                let code = error.code.as_deref().unwrap_or_default();
                if let (Some(_), Some(credentials), "InvalidEndpointException") =
                    (&call.endpoint_url, &call.credentials, code)
                {
                    self.discovered
                        .forget(operation, credentials.access_key_id());
                }
                let was_elsewhere = region.is_some_and(|region| {
                    region != target.signing_region && self.endpoints.moved(call.arguments, region)
                });
                let was_late =
                    !self.config.keeps_clock() && self.clock.learn(ahead_millis, code, &headers);
                let retry = if was_elsewhere || was_late {
                    Some(Retry::at_once())
                } else {
                    retry::is_retryable(operation, &error).then(|| Retry::after(&headers))
                };
                Err(Failed {
                    failure: ApiFailure::Service {
                        error,
                        attempts: attempt,
                    },
                    retry,
                })
            }
            WireResponse::Malformed(why) => Err(stop(format!(
                "Unable to unmarshall response ({why}). Response Code: {status}, Response Text: {}",
                protocol::reason(status),
            ))),
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
}

impl Call<'_> {
    fn request(
        &self,
        target: &Target,
        attempt: u32,
        max_attempts: u32,
    ) -> Result<Request<Bytes>, String> {
        let uri = &self.uri;
        let url = self.endpoint_url.as_ref().unwrap_or(&target.url);
        // The endpoint may have a path of its own, then an empty rest is no slash.
        let slash = match uri.starts_with('/') || target.has_path() {
            true => "",
            false => "/",
        };
        let mut builder = Request::builder()
            .method(self.method)
            .uri(format!("{url}{slash}{uri}"))
            .header("user-agent", USER_AGENT)
            .header(
                "amz-sdk-request",
                format!("attempt={attempt}; max={max_attempts}"),
            );
        for (name, value) in &self.headers {
            builder = builder.header(name.as_str(), value.as_str());
        }
        for (name, values) in &target.headers {
            for value in values {
                builder = builder.header(name.as_str(), value.as_str());
            }
        }
        builder
            .body(self.body.clone())
            .map_err(|error| format!("Unable to build the request: {error}"))
    }
}

/// Reads a response; a large one on a thread of its own.
async fn parse(
    operation: Operation,
    answer: Answer,
) -> Result<(WireResponse, u16, HeaderMap), String> {
    let is_large = answer.body.len() > MAX_INLINE_BYTES;
    let parse = move || {
        let Answer {
            status,
            headers,
            body,
        } = answer;
        let response = match checksum::check(operation, status, &headers, &body) {
            Ok(()) => protocol::parse_response(operation, status, &headers, &body),
            Err(message) => WireResponse::Malformed(message),
        };
        (response, status, headers)
    };
    if !is_large {
        return Ok(parse());
    }
    tokio::task::spawn_blocking(parse)
        .await
        .map_err(|error| format!("Unable to unmarshall response: {error}"))
}

/// What an API of this process answered; nothing was lost on the way, so there is one attempt.
async fn local_answer(
    operation: Operation,
    answer: Response<Bytes>,
) -> Result<ApiAnswer, ApiFailure> {
    let malformed = |why: String| client_failure(format!("The answer is malformed: {why}"), 1);
    let (head, body) = answer.into_parts();
    let answer = Answer {
        status: head.status.as_u16(),
        headers: head.headers,
        body: body.into(),
    };
    let (response, status, headers) = parse(operation, answer).await.map_err(malformed)?;
    match response {
        WireResponse::Success(result) => Ok(ApiAnswer {
            status,
            headers,
            result,
        }),
        WireResponse::Error(error) => Err(ApiFailure::Service { error, attempts: 1 }),
        WireResponse::Malformed(why) => Err(malformed(why)),
    }
}

fn client_failure(message: String, attempts: u32) -> ApiFailure {
    ApiFailure::Client { message, attempts }
}

/// A UUID that a service takes as a token, made of the call's key.
fn idempotency_token(call_key: &str, member: &str) -> String {
    let digest = Sha256::digest(format!("{call_key}\n{member}"));
    let hex = hex(&digest);
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
}

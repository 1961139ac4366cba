//! Invoke: at once, as an event that is delivered, or as a rehearsal.

use std::sync::{Arc, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use functions::{InvokeError, InvokeOptions, MAX_REQUEST_BYTES};
use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::code::PackageError;
use super::code::unpack::UnpackError;
use super::event_invoke::qualifier;
use super::name::{Found, Named};
use super::record::Code;
use super::{Lambda, blocking, error};
use crate::delivery::{Delivery, Destinations, Origin, Target};
use crate::table::Transaction;
use crate::wire::{Output, ServiceCall, ServiceError};

/// Largest event of an asynchronous invocation (API reference, Invoke, Payload: 1 MB).
const MAX_EVENT_BYTES: usize = 1024 * 1024;
const RETRIES: u32 = 2;
const MAX_AGE_SECONDS: u32 = 21_600;

/// An invocation.
#[derive(Debug, Clone, Default)]
pub struct Invoke {
    /// Name, partial ARN or ARN, perhaps with a qualifier.
    pub function_name: String,
    /// Version or alias, when it is given apart.
    pub qualifier: Option<String>,
    pub invocation_type: InvocationType,
    /// JSON text.
    pub payload: Bytes,
    /// JSON text, decoded from Base64.
    pub client_context: Option<String>,
    /// The end of the log is wanted.
    pub wants_log: bool,
    /// Names the invocation when it may be made again: of an alias' versions the same one is taken.
    pub call_key: Option<Arc<str>>,
    /// The invocation's id; attempts at an asynchronous one share it.
    pub request_id: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum InvocationType {
    #[default]
    RequestResponse,
    Event,
    DryRun,
}

/// What an invocation gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoked {
    /// HTTP status: 200, 202 or 204.
    pub status: u16,
    /// JSON text; empty for an event or a rehearsal.
    pub payload: String,
    /// `Unhandled`: the payload is an error object.
    pub function_error: Option<String>,
    /// None for an event: nobody knows it yet.
    pub executed_version: Option<String>,
    /// The last 4 KB of the log, as text.
    pub log_tail: Option<String>,
    pub request_id: String,
}

impl Lambda {
    /// Invokes a function of this server. Dropping the future kills the process at work.
    ///
    /// # Errors
    /// As Lambda's; what the function itself does wrong is no error.
    pub async fn invoke(&self, invoke: Invoke) -> Result<Invoked, ServiceError> {
        let named = self.parse(&invoke.function_name, invoke.qualifier.as_deref())?;
        let request_id = invoke.request_id.clone();
        let request_id = request_id.unwrap_or_else(|| request_id_of(invoke.call_key.as_deref()));
        let call_key = invoke.call_key.as_deref().unwrap_or(&request_id);
        let found = self.find(&named, Some(call_key))?;
        let not_waited_for = |status, version| Invoked {
            status,
            payload: String::new(),
            function_error: None,
            executed_version: version,
            log_tail: None,
            request_id: request_id.clone(),
        };
        match invoke.invocation_type {
            InvocationType::DryRun => {
                check_event(&invoke.payload, MAX_REQUEST_BYTES)?;
                Ok(not_waited_for(204, Some(found.version.number)))
            }
            InvocationType::Event => {
                check_event(&invoke.payload, MAX_EVENT_BYTES)?;
                let lambda = self.clone();
                let (payload, id) = (invoke.payload, request_id.clone());
                blocking(move || lambda.deliver_later(&named, &found, &payload, &id)).await?;
                Ok(not_waited_for(202, None))
            }
            InvocationType::RequestResponse => self.run(&named, found, invoke, request_id).await,
        }
    }

    async fn run(
        &self,
        named: &Named,
        found: Found,
        invoke: Invoke,
        request_id: String,
    ) -> Result<Invoked, ServiceError> {
        let _place = self.place(&named.name, found.function.reserved_concurrency)?;
        if let Code::Package { sha256, .. } = &found.version.code {
            let (lambda, sha256) = (self.clone(), sha256.clone());
            blocking(move || lambda.packages().provide(&sha256).map_err(no_code)).await?;
        }
        let options = InvokeOptions {
            client_context: invoke.client_context,
            qualifier: named.qualifier.clone(),
            version: Some(found.version.number),
            request_id: Some(request_id),
        };
        let host = &self.options().host;
        let answer = host
            .invoke(&named.name, invoke.payload, options)
            .await
            .map_err(refused)?;
        Ok(Invoked {
            status: 200,
            payload: answer.payload,
            function_error: answer.function_error.map(str::to_owned),
            executed_version: Some(answer.executed_version),
            log_tail: invoke.wants_log.then_some(answer.log_tail),
            request_id: answer.request_id,
        })
    }

    /// An asynchronous invocation: durable when this comes back.
    fn deliver_later(
        &self,
        named: &Named,
        found: &Found,
        payload: &Bytes,
        request_id: &str,
    ) -> Result<(), ServiceError> {
        let arn: Arc<str> = self.arn(&named.name, named.qualifier.as_deref()).into();
        let config = found
            .function
            .event_invoke
            .get(qualifier(named))
            .cloned()
            .unwrap_or_default();
        let now_millis = jiff::Timestamp::now().as_millisecond();
        let seconds = config.max_age_seconds.unwrap_or(MAX_AGE_SECONDS);
        let dead_letters = found.version.configuration.get("DeadLetterConfig");
        let dead_letter_arn = dead_letters.and_then(|config| config.get("TargetArn")?.as_str());
        let origin = Origin::Invocation {
            function_arn: arn.clone(),
            request_id: request_id.into(),
        };
        let input = match payload.is_empty() {
            true => "{}".into(),
            false => String::from_utf8_lossy(payload),
        };
        let target = Target::Function { arn };
        let delivery = Delivery {
            not_after_millis: now_millis.saturating_add(i64::from(seconds) * 1000),
            max_attempts: config.retries.unwrap_or(RETRIES) + 1,
            dead_letter_arn: dead_letter_arn.map(Into::into),
            destinations: Destinations {
                on_success: config.on_success.as_deref().map(Into::into),
                on_failure: config.on_failure.as_deref().map(Into::into),
            },
            ..Delivery::new(
                format!("invocation/{request_id}"),
                origin,
                target,
                &*input,
                now_millis,
            )
        };
        let mut queued = Transaction::new(&self.0.store, None);
        self.options().deliveries.stage(&mut queued, delivery);
        match queued.commit() {
            // The same call was made before: its event is on its way.
            Err(store::Error::Conflict(_)) => Ok(()),
            queued => Ok(queued?),
        }
    }

    /// One of the places that are reserved for a function.
    fn place(&self, name: &str, reserved: Option<u32>) -> Result<Option<Place>, ServiceError> {
        let Some(reserved) = reserved else {
            return Ok(None);
        };
        let mut running = self
            .0
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let count = running.entry(name.to_owned()).or_default();
        if *count >= reserved {
            return Err(error::throttled());
        }
        *count += 1;
        Ok(Some(Place(self.clone(), name.to_owned())))
    }

    pub(super) async fn invoke_operation(&self, call: ServiceCall) -> Result<Output, ServiceError> {
        let members = &call.input.members;
        let text = |member: &str| members.get(member).and_then(Value::as_str);
        let invocation_type = match text("InvocationType") {
            None | Some("RequestResponse") => InvocationType::RequestResponse,
            Some("Event") => InvocationType::Event,
            Some("DryRun") => InvocationType::DryRun,
            Some(other) => {
                return Err(no_member(
                    other,
                    "invocationType",
                    "[DryRun, RequestResponse, Event]",
                ));
            }
        };
        if let Some(other) = text("LogType").filter(|kind| !["None", "Tail"].contains(kind)) {
            return Err(no_member(other, "logType", "[None, Tail]"));
        }
        if members.contains_key("DurableExecutionName") || members.contains_key("TenantId") {
            return Err(error::unsupported(
                "There are no durable executions and no tenants",
            ));
        }
        let client_context = text("ClientContext").map(decode).transpose()?;
        let invoked = self.invoke(Invoke {
            function_name: text("FunctionName").unwrap_or_default().to_owned(),
            qualifier: text("Qualifier").map(str::to_owned),
            invocation_type,
            payload: payload_of(&call, "Payload")?,
            client_context,
            wants_log: text("LogType") == Some("Tail"),
            call_key: call.call_key.clone(),
            request_id: None,
        });
        let invoked = invoked.await?;
        let shown = [
            ("FunctionError", invoked.function_error),
            (
                "LogResult",
                invoked.log_tail.map(|tail| BASE64.encode(tail)),
            ),
            ("ExecutedVersion", invoked.executed_version),
        ];
        let shown = shown
            .into_iter()
            .filter_map(|(member, text)| Some((member.to_owned(), text?.into())));
        let status = ("StatusCode".to_owned(), json!(invoked.status));
        Ok(Output {
            members: shown.chain([status]).collect(),
            payload: Some(invoked.payload.into()),
            status: Some(invoked.status),
        })
    }

    /// The older way to invoke with an event.
    pub(super) async fn invoke_async_operation(
        &self,
        call: ServiceCall,
    ) -> Result<Output, ServiceError> {
        let name = call
            .input
            .members
            .get("FunctionName")
            .and_then(Value::as_str);
        self.invoke(Invoke {
            function_name: name.unwrap_or_default().to_owned(),
            invocation_type: InvocationType::Event,
            payload: payload_of(&call, "InvokeArgs")?,
            call_key: call.call_key.clone(),
            ..Invoke::default()
        })
        .await?;
        Ok(Output {
            status: Some(202),
            ..Output::of(Map::from_iter([("Status".to_owned(), json!(202))]))
        })
    }
}

/// The same call, made again, has the same id.
fn request_id_of(call_key: Option<&str>) -> String {
    let Some(call_key) = call_key else {
        return Uuid::new_v4().to_string();
    };
    let digest: [u8; 32] = Sha256::digest(call_key).into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_random_bytes(bytes)
        .into_uuid()
        .to_string()
}

/// Gives its place back when the invocation has ended, whatever way.
struct Place(Lambda, String);

impl Drop for Place {
    fn drop(&mut self) {
        let mut running = self
            .0
            .0
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = running.get_mut(&self.1) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                running.remove(&self.1);
            }
        }
    }
}

/// The body, or a blob among the members: calls of tasks have it there.
fn payload_of(call: &ServiceCall, member: &str) -> Result<Bytes, ServiceError> {
    if let Some(payload) = &call.input.payload {
        return Ok(payload.clone());
    }
    let Some(base64) = call.input.members.get(member).and_then(Value::as_str) else {
        return Ok(Bytes::new());
    };
    let payload = BASE64.decode(base64);
    payload
        .map(Into::into)
        .map_err(|error| bad_content(&error.to_string()))
}

fn decode(client_context: &str) -> Result<String, ServiceError> {
    let decoded = BASE64.decode(client_context).ok();
    decoded
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| bad_content("ClientContext is not Base64 of a text"))
}

fn check_event(payload: &Bytes, limit: usize) -> Result<(), ServiceError> {
    if payload.len() > limit {
        return Err(error::request_too_large(limit, "InvokeFunction"));
    }
    match payload.is_empty() {
        true => Ok(()),
        false => serde_json::from_slice::<IgnoredAny>(payload)
            .map(drop)
            .map_err(|error| bad_content(&error.to_string())),
    }
}

fn bad_content(reason: &str) -> ServiceError {
    refused(InvokeError::InvalidRequestContent {
        reason: reason.to_owned(),
    })
}

fn refused(error: InvokeError) -> ServiceError {
    ServiceError::new(error.code(), error.status_code(), error.to_string())
}

fn no_code(error: PackageError) -> ServiceError {
    match error {
        PackageError::Store(error) => error.into(),
        PackageError::Unpack(error @ UnpackError::Io { .. }) => error::internal(error.to_string()),
        PackageError::Unpack(error) => {
            ServiceError::new("InvalidZipFileException", 502, error.to_string())
        }
    }
}

/// Lambda's answer to a value that an enumeration does not have.
fn no_member(value: &str, member: &str, members: &str) -> ServiceError {
    let message = format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: \
         Member must satisfy enum value set: {members}"
    );
    ServiceError::new("ValidationException", 400, message)
}

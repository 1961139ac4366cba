//! Lambda: `lambda:invoke`, and a function's ARN as a task's resource. Functions of this machine go first.

use std::future::Future;
use std::pin::Pin;
use std::time::SystemTime;

use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};
use service_models::{Operation, Service, catalog};

use super::metadata;
use crate::aws::{ApiFailure, AwsClient};
use crate::call::{CallError, CallRequest};
use crate::failure::{self, OptimizedNames, TaskFailure};
use crate::protocol::ServiceError;
use crate::protocol::arguments::json_text;

const NAMES: OptimizedNames = OptimizedNames {
    prefix: "Lambda",
    service_name: "AWSLambda",
    base_exception: "AWSLambdaException",
};

/// What Lambda is asked with.
#[derive(Debug, Clone, Copy)]
pub struct LocalInvocation<'a> {
    /// Name, partial ARN or ARN, perhaps with a qualifier, as the task has it.
    pub function_name: &'a str,
    /// Version or alias, when it is given apart.
    pub qualifier: Option<&'a str>,
    /// JSON text; `{}` when the task gives no payload.
    pub payload: &'a str,
    /// `RequestResponse` (also when it is none), `Event` (answered with status 202 and no payload before the function has
    /// run) or `DryRun` (204, and nothing runs). Anything else is to be refused.
    pub invocation_type: Option<&'a str>,
    /// Base64 text.
    pub client_context: Option<&'a str>,
    /// `Tail`: the end of the invocation's log is asked for (of a `RequestResponse`). `None` (also when it is none): not. Anything else is to be refused.
    pub log_type: Option<&'a str>,
    /// Names the call: made again it has the same key.
    pub call_key: &'a str,
}

/// What Lambda answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionAnswer {
    /// None for an `Event`: Lambda does not know it yet.
    pub executed_version: Option<String>,
    pub status_code: u16,
    /// `Unhandled` or `Handled`: the payload is an error object then.
    pub function_error: Option<String>,
    /// JSON text; empty for an `Event` or a `DryRun`.
    pub payload: String,
    /// Base64 text, if it was asked for.
    pub log_result: Option<String>,
    pub request_id: String,
}

/// Lambda's refusal of an invocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionRefusal {
    /// `ResourceNotFoundException` and the like.
    pub code: String,
    pub status_code: u16,
    pub message: String,
    pub request_id: String,
}

/// The future of [`LocalFunctions::invoke`].
pub type LocalFuture<'a> =
    Pin<Box<dyn Future<Output = Option<Result<FunctionAnswer, FunctionRefusal>>> + Send + 'a>>;

/// Functions that run without Lambda.
pub trait LocalFunctions: Send + Sync {
    /// Invokes a function. `None`: it is none of these, ask Lambda.
    fn invoke<'a>(&'a self, invocation: LocalInvocation<'a>) -> LocalFuture<'a>;
}

/// `arn:aws:states:::lambda:invoke`.
pub async fn invoke(
    client: &AwsClient,
    functions: Option<&dyn LocalFunctions>,
    request: &CallRequest,
) -> Result<Value, CallError> {
    let outcome = match invoke_locally(functions, request).await {
        Some(answer) => of_function(answer)?,
        None => invoke_api(client, &request.arguments, request).await?,
    };
    if outcome.function_error.is_some() {
        // AWS has parsed the error object by then and writes it anew; a function's own ARN keeps its text.
        let cause = serde_json::from_str::<Value>(&outcome.payload)
            .map_or(outcome.payload, |error| error.to_string());
        return Err(function_failure(&cause).into());
    }
    let mut result = outcome.metadata;
    if let Some(version) = outcome.executed_version {
        result.insert("ExecutedVersion".to_owned(), Value::String(version));
    }
    if let Some(log) = outcome.log_result {
        result.insert("LogResult".to_owned(), Value::String(log));
    }
    result.insert("Payload".to_owned(), payload_value(outcome.payload)?);
    result.insert("StatusCode".to_owned(), outcome.status_code.into());
    result.sort_keys();
    Ok(Value::Object(result))
}

/// `arn:aws:states:::aws-sdk:lambda:invoke` of a local function. `None`: it is none, ask Lambda. The result is the API's:
/// the payload is text, and a function that fails is no failure of the call.
pub async fn invoke_sdk(
    functions: Option<&dyn LocalFunctions>,
    request: &CallRequest,
) -> Option<Result<Value, CallError>> {
    let answer = invoke_locally(functions, request).await?;
    Some(match answer {
        Ok(answer) => Ok(sdk_result(answer)),
        Err(refusal) => service().and_then(|service| {
            let failure = of_refusal(refusal);
            Err(failure::of_sdk_integration(
                service,
                &request.arguments,
                failure,
            ))
        }),
    })
}

fn sdk_result(answer: FunctionAnswer) -> Value {
    let texts = [
        ("ExecutedVersion", answer.executed_version),
        ("FunctionError", answer.function_error),
        ("LogResult", answer.log_result),
        ("Payload", Some(answer.payload)),
    ];
    let texts = texts
        .into_iter()
        .filter_map(|(name, text)| Some((name.to_owned(), Value::String(text?))));
    let status_code = ("StatusCode".to_owned(), answer.status_code.into());
    Value::Object(texts.chain([status_code]).collect())
}

/// A function's ARN as resource: the arguments are the payload, the payload is the result.
pub async fn invoke_resource(
    client: &AwsClient,
    functions: Option<&dyn LocalFunctions>,
    request: &CallRequest,
    arn: &str,
) -> Result<Value, CallError> {
    let payload = request.arguments.to_string();
    let invocation = LocalInvocation {
        function_name: arn,
        qualifier: None,
        payload: &payload,
        invocation_type: None,
        client_context: None,
        log_type: None,
        call_key: &request.call_key,
    };
    let answer = match functions {
        Some(functions) => functions.invoke(invocation).await,
        None => None,
    };
    let outcome = match answer {
        Some(answer) => of_function(answer)?,
        None => {
            let arguments = json!({"FunctionName": arn, "Payload": payload});
            invoke_api(client, &arguments, request).await?
        }
    };
    match outcome.function_error {
        Some(_) => Err(function_failure(&outcome.payload).into()),
        None => payload_value(outcome.payload),
    }
}

/// An answer of either side.
struct Outcome {
    status_code: u16,
    executed_version: Option<String>,
    function_error: Option<String>,
    log_result: Option<String>,
    payload: String,
    metadata: Map<String, Value>,
}

/// The arguments as a local invocation and its payload. `None` when they are not what `Invoke` takes: the API client then
/// says in what way.
fn local_invocation(arguments: &Value) -> Option<(LocalInvocation<'_>, String)> {
    const FIELDS: &[&str] = &[
        "FunctionName",
        "Payload",
        "Qualifier",
        "InvocationType",
        "ClientContext",
        "LogType",
    ];
    let fields = arguments.as_object()?;
    if fields.keys().any(|field| !FIELDS.contains(&field.as_str())) {
        return None;
    }
    let text = |field: &str| fields.get(field).and_then(Value::as_str);
    let invocation = LocalInvocation {
        function_name: text("FunctionName")?,
        qualifier: text("Qualifier"),
        payload: "",
        invocation_type: text("InvocationType"),
        client_context: text("ClientContext"),
        log_type: text("LogType"),
        call_key: "",
    };
    // Text is sent as it is (AWS records "0" arriving as the number); no payload arrives as an empty object.
    let payload = fields
        .get("Payload")
        .filter(|payload| !payload.is_null())
        .map(json_text);
    Some((invocation, payload.unwrap_or_else(|| "{}".to_owned())))
}

/// `None`: no function of this machine is meant.
async fn invoke_locally(
    functions: Option<&dyn LocalFunctions>,
    request: &CallRequest,
) -> Option<Result<FunctionAnswer, FunctionRefusal>> {
    let (invocation, payload) = local_invocation(&request.arguments)?;
    let invocation = LocalInvocation {
        payload: &payload,
        call_key: &request.call_key,
        ..invocation
    };
    functions?.invoke(invocation).await
}

fn of_function(answer: Result<FunctionAnswer, FunctionRefusal>) -> Result<Outcome, CallError> {
    match answer {
        Ok(answer) => Ok(local_outcome(answer)),
        Err(refusal) => {
            let failure = of_refusal(refusal);
            Err(failure::of_optimized(
                &NAMES,
                service()?,
                &Value::Null,
                failure,
            ))
        }
    }
}

fn of_refusal(refusal: FunctionRefusal) -> ApiFailure {
    let error = ServiceError {
        status: refusal.status_code,
        code: Some(refusal.code),
        shape: None,
        message: Some(refusal.message),
        request_id: Some(refusal.request_id),
        extended_request_id: None,
    };
    ApiFailure::Service { error, attempts: 1 }
}

/// The answer with the headers that Lambda's API would send.
fn local_outcome(answer: FunctionAnswer) -> Outcome {
    let now = jiff::Timestamp::try_from(SystemTime::now()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let trace: String = answer
        .request_id
        .chars()
        .filter(char::is_ascii_hexdigit)
        .take(24)
        .collect();
    let version = answer.executed_version.clone();
    let headers = [
        ("x-amzn-Remapped-Content-Length", "0".to_owned()),
        ("Connection", "keep-alive".to_owned()),
        ("x-amzn-RequestId", answer.request_id.clone()),
        ("Content-Length", answer.payload.len().to_string()),
        (
            "Date",
            now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string(),
        ),
        (
            "X-Amzn-Trace-Id",
            format!("Root=1-{:08x}-{trace:0>24};Sampled=0", now.as_second()),
        ),
        ("Content-Type", "application/json".to_owned()),
    ];
    let headers = version
        .map(|version| ("X-Amz-Executed-Version", version))
        .into_iter()
        .chain(headers)
        .map(|(name, value)| (name.to_owned(), vec![value]))
        .collect();
    Outcome {
        status_code: answer.status_code,
        metadata: metadata::of_headers(answer.status_code, headers, Some(answer.request_id)),
        executed_version: answer.executed_version,
        function_error: answer.function_error,
        log_result: answer.log_result,
        payload: answer.payload,
    }
}

async fn invoke_api(
    client: &AwsClient,
    arguments: &Value,
    request: &CallRequest,
) -> Result<Outcome, CallError> {
    let answer = client
        .call(
            operation()?,
            arguments,
            &request.call_key,
            request.role_arn.as_deref(),
        )
        .await;
    let answer = match answer {
        Ok(answer) => answer,
        Err(failed) => return Err(failure::of_optimized(&NAMES, service()?, arguments, failed)),
    };
    let text = |field: &str| {
        answer
            .result
            .get(field)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    Ok(Outcome {
        status_code: answer.status,
        executed_version: text("ExecutedVersion"),
        function_error: text("FunctionError"),
        log_result: text("LogResult"),
        payload: text("Payload").unwrap_or_default(),
        metadata: metadata::of_response(answer.status, &answer.headers),
    })
}

fn service() -> Result<&'static Service, CallError> {
    catalog()
        .service("lambda")
        .ok_or_else(|| CallError::Refused("the catalog has no lambda".to_owned()))
}

fn operation() -> Result<Operation, CallError> {
    service()?
        .operation("invoke")
        .ok_or_else(|| CallError::Refused("the catalog has no lambda:invoke".to_owned()))
}

/// JSON as Lambda promises it; what is none as text. JSON that nests deeper than a state's data can is a failure: as text
/// it would be another value than the one that the function gave.
fn payload_value(payload: String) -> Result<Value, CallError> {
    match serde_json::from_str(&payload) {
        Ok(value) => Ok(value),
        // Skipping a value needs no stack, so that this has no limit.
        Err(_) if serde_json::from_str::<IgnoredAny>(&payload).is_ok() => {
            let cause = "The function's result is JSON that nests too deeply to be a state's data.";
            Err(TaskFailure::new("States.Runtime", cause).into())
        }
        Err(_) => Ok(Value::String(payload)),
    }
}

/// The error that a function raised: its `errorType` is the name, the whole error object the cause.
fn function_failure(payload: &str) -> TaskFailure {
    let error_type = serde_json::from_str::<Value>(payload).ok();
    let error_type = error_type
        .as_ref()
        .and_then(|error| error.get("errorType")?.as_str())
        .filter(|name| !name.is_empty());
    match error_type {
        Some(name) => TaskFailure::new(name, payload),
        None => TaskFailure::new(
            "Lambda.Unknown",
            format!(
                "The cause could not be determined because Lambda did not return an error type. Returned payload: {payload}"
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_travel_as_lambda_takes_them() {
        let payload = |arguments: &Value| local_invocation(arguments).unwrap().1;
        assert_eq!(
            payload(&json!({"FunctionName": "f", "Payload": {"a": 1}})),
            r#"{"a":1}"#
        );
        assert_eq!(payload(&json!({"FunctionName": "f", "Payload": "0"})), "0");
        assert_eq!(
            payload(&json!({"FunctionName": "f", "Payload": "\"text\""})),
            "\"text\""
        );
        assert_eq!(
            payload(&json!({"FunctionName": "f", "Payload": null})),
            "{}"
        );
        assert_eq!(payload(&json!({"FunctionName": "f", "Payload": 7})), "7");
        assert!(local_invocation(&json!({"FunctionName": "f", "Payloads": 1})).is_none());
        assert!(local_invocation(&json!({"Payload": 1})).is_none());
        assert!(local_invocation(&json!("f")).is_none());
    }

    #[test]
    fn the_result_of_the_sdk_integration_is_the_apis() {
        let answer = FunctionAnswer {
            executed_version: Some("$LATEST".to_owned()),
            status_code: 200,
            function_error: Some("Unhandled".to_owned()),
            payload: r#"{"errorType":"NotYet"}"#.to_owned(),
            log_result: None,
            request_id: "id".to_owned(),
        };
        let expected = json!({
            "ExecutedVersion": "$LATEST",
            "FunctionError": "Unhandled",
            "Payload": r#"{"errorType":"NotYet"}"#,
            "StatusCode": 200,
        });
        assert_eq!(sdk_result(answer), expected);
    }

    #[test]
    fn raised_errors_keep_their_name() {
        let payload = r#"{"errorMessage":"not yet","errorType":"InstanceNotYetStartedException","stackTrace":[]}"#;
        assert_eq!(
            function_failure(payload),
            TaskFailure::new("InstanceNotYetStartedException", payload)
        );
        for payload in [
            r#"{"errorMessage":"Task timed out after 3.00 seconds"}"#,
            "garbage",
            "",
            "null",
        ] {
            let failure = function_failure(payload);
            assert_eq!(failure.error, "Lambda.Unknown");
            assert!(
                failure
                    .cause
                    .ends_with(&format!("Returned payload: {payload}"))
            );
        }
    }
}

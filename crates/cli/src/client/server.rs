//! The connection to a running server.

use std::sync::Arc;

use connectors::aws::{ApiFailure, AwsClient, AwsConfig, JsonCallError, JsonCaller, Options};
use serde_json::{Value, json};
use service_models::catalog;
use tokio::runtime::Runtime;

use super::args::ServerArgs;
use crate::error::CliError;

/// A running server, and everything that commands ask of it.
pub struct Server {
    url: String,
    caller: JsonCaller,
    aws: AwsClient,
    runtime: Runtime,
}

/// A refusal that the caller may want to look at.
#[derive(Debug)]
pub enum Refusal {
    /// AWS's error name, and its message.
    Refused {
        code: String,
        message: String,
    },
    Other(CliError),
}

impl From<Refusal> for CliError {
    fn from(refusal: Refusal) -> CliError {
        match refusal {
            Refusal::Refused { code, message } => CliError::user(format!("{code}: {message}")),
            Refusal::Other(error) => error,
        }
    }
}

impl Server {
    pub fn connect(args: &ServerArgs) -> Result<Server, CliError> {
        let runtime = Runtime::new()
            .map_err(|error| CliError::Internal(format!("no asynchronous runtime: {error}")))?;
        let url = args.server.trim_end_matches('/').to_owned();
        let options = Options {
            endpoint_url: Some(url.clone()),
            region: args.region.clone(),
            profile: args.profile.clone(),
        };
        // At an endpoint that is not AWS's, keys are made up where there are none: on loopback nobody looks at them.
        let config = runtime
            .block_on(AwsConfig::resolve(options))
            .map_err(|error| CliError::user(error.to_string()))?;
        let config = Arc::new(config);
        Ok(Server {
            caller: JsonCaller::new(config.clone(), &url, "states"),
            aws: AwsClient::new(config),
            url,
            runtime,
        })
    }

    /// Calls an operation of Step Functions' API.
    pub fn call(&self, operation: &str, body: Value) -> Result<Value, Refusal> {
        self.post(&format!("AWSStepFunctions.{operation}"), &body)
    }

    /// Calls an operation that only our server has.
    pub fn extension(&self, operation: &str, body: Value) -> Result<Value, Refusal> {
        self.post(&format!("Stepwright.{operation}"), &body)
    }

    /// Calls an operation of any service that the server has, in Step Functions' names (`lambda`, `createFunction`); `more` are
    /// members that AWS's model does not have.
    pub fn aws(
        &self,
        service: &str,
        action: &str,
        arguments: &Value,
        more: Option<&Value>,
    ) -> Result<Value, Refusal> {
        let internal = |why: String| Refusal::Other(CliError::Internal(why));
        let operation = catalog()
            .service(service)
            .and_then(|service| service.operation(action));
        let unknown = || internal(format!("the catalog has no {service}:{action}"));
        let operation = operation.ok_or_else(unknown)?;
        let call_key = uuid::Uuid::new_v4().to_string();
        let call = self
            .aws
            .call_with(operation, arguments, more, &call_key, None);
        let answer = self
            .runtime
            .block_on(call)
            .map_err(|failure| match failure {
                ApiFailure::Service { error, .. } => Refusal::Refused {
                    code: error
                        .code
                        .unwrap_or_else(|| format!("HTTP {}", error.status)),
                    message: error.message.unwrap_or_default(),
                },
                ApiFailure::Client { message, .. } => {
                    Refusal::Other(unreachable(&self.url, &message))
                }
                ApiFailure::Arguments(errors) => Refusal::Refused {
                    code: "ValidationException".to_owned(),
                    message: errors
                        .to_string()
                        .replace(" is not supported by Step Functions", " is not known"),
                },
                ApiFailure::Unsupported(why) => internal(why),
            })?;
        Ok(answer.result)
    }

    /// All pages of a list, `limit` members at most.
    pub fn list(
        &self,
        operation: &str,
        mut body: Value,
        member: &str,
        limit: usize,
    ) -> Result<Vec<Value>, Refusal> {
        let mut found = Vec::new();
        loop {
            let mut page = self.call(operation, body.clone())?;
            match page.get_mut(member).map(Value::take) {
                Some(Value::Array(members)) => found.extend(members),
                _ => return Err(Refusal::Other(unexpected(operation, member))),
            }
            match page.get("nextToken").filter(|token| !token.is_null()) {
                Some(token) if found.len() < limit => body["nextToken"] = token.clone(),
                _ => break,
            }
        }
        found.truncate(limit);
        Ok(found)
    }

    fn post(&self, target: &str, body: &Value) -> Result<Value, Refusal> {
        let answer = self.runtime.block_on(self.caller.call(target, body));
        answer.map_err(|error| match error {
            JsonCallError::Refused { code, message } => Refusal::Refused { code, message },
            JsonCallError::Unreachable(why) => Refusal::Other(unreachable(&self.url, &why)),
            JsonCallError::Credentials(why) => Refusal::Other(CliError::user(why)),
        })
    }
}

fn unreachable(url: &str, why: &str) -> CliError {
    CliError::user(format!("no server answers at {url}: {why}")).with_hint(
        "start one with `stepwright serve`; --server URL or STEPWRIGHT_SERVER name another",
    )
}

pub fn unexpected(operation: &str, member: &str) -> CliError {
    CliError::user(format!(
        "the answer to {operation} has no {member}: is this Step Functions' API?"
    ))
}

/// The text of a member that every answer has.
pub fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value.get(member).and_then(Value::as_str).unwrap_or("-")
}

/// Without members that are null.
pub fn object(members: Value) -> Value {
    match members {
        Value::Object(members) => members
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .collect(),
        other => json!(other),
    }
}

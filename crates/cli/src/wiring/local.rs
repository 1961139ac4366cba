//! Functions of this machine, the port of the connectors: those of a server's Lambda API first, then the template's.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use api::lambda::{InvocationType, Invoke, Lambda};
use api::wire::ServiceError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use connectors::aws::AwsConfig;
use connectors::{FunctionAnswer, FunctionRefusal, LocalFunctions, LocalFuture, LocalInvocation};
use functions::{
    CommonEnvironment, EnvironmentSource, FunctionHost, FunctionName, InvokeError, InvokeOptions,
    LogLine, LogSink, LogStream,
};

use crate::template::Function;

/// Functions that run here.
pub struct Functions {
    /// Of a server.
    pub lambda: Option<Lambda>,
    /// Runs the template's.
    pub host: Arc<FunctionHost>,
    pub declared: Vec<Function>,
    /// Those that cannot run here; Lambda is asked, and people are told once.
    pub elsewhere: Mutex<Vec<Function>>,
    pub log: LogSink,
}

impl Functions {
    pub fn find(&self, identifier: &str) -> Option<&Function> {
        self.declared
            .iter()
            .find(|function| function.is_named(identifier))
    }

    /// Whether a function is invoked here.
    pub fn has(&self, identifier: &str) -> bool {
        self.of_lambda(identifier).is_some() || self.find(identifier).is_some()
    }

    fn of_lambda(&self, identifier: &str) -> Option<&Lambda> {
        self.lambda.as_ref().filter(|lambda| lambda.has(identifier))
    }

    fn tell_place(&self, identifier: &str) {
        let mut elsewhere = self
            .elsewhere
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let is_meant = |function: &mut Function| function.is_named(identifier);
        for function in elsewhere.extract_if(.., is_meant) {
            (self.log)(LogLine {
                function: function.name.as_str().into(),
                log_stream: "".into(),
                request_id: None,
                stream: LogStream::Host,
                text: format!(
                    "{}: it does not run locally, Lambda is asked",
                    function.elsewhere.unwrap_or("its code is not here")
                ),
            });
        }
    }
}

impl LocalFunctions for Functions {
    fn invoke<'a>(&'a self, invocation: LocalInvocation<'a>) -> LocalFuture<'a> {
        Box::pin(async move {
            if let Some(lambda) = self.of_lambda(invocation.function_name) {
                return Some(invoke_registered(lambda, invocation).await);
            }
            let Some(function) = self.find(invocation.function_name) else {
                self.tell_place(invocation.function_name);
                return None;
            };
            Some(self.invoke_declared(function, invocation).await)
        })
    }
}

impl Functions {
    async fn invoke_declared(
        &self,
        function: &Function,
        invocation: LocalInvocation<'_>,
    ) -> Result<FunctionAnswer, FunctionRefusal> {
        if let Err(problems) = &function.spec {
            let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
            return Err(refusal(
                "InvalidParameterValueException",
                400,
                problems.join("; "),
            ));
        }
        let own_qualifier =
            FunctionName::parse(invocation.function_name).and_then(|parsed| parsed.qualifier);
        let options = InvokeOptions {
            client_context: invocation
                .client_context
                .map(decode_client_context)
                .transpose()?,
            qualifier: invocation.qualifier.or(own_qualifier).map(str::to_owned),
            ..InvokeOptions::default()
        };
        let wants_log = wants_log(&invocation)?;
        let (name, payload) = (&function.name, invocation.payload.to_owned());
        let host = &self.host;
        match invocation_type(&invocation)? {
            InvocationType::RequestResponse => {
                let answer = host.invoke(name, payload, options).await;
                answer
                    .map(|answer| answered(answer, wants_log))
                    .map_err(refused)
            }
            InvocationType::Event => {
                let request_id = host.invoke_event(name, payload, options).map_err(refused)?;
                Ok(not_waited_for(202, None, request_id))
            }
            InvocationType::DryRun => {
                let request_id = host.check(name, payload, options).map_err(refused)?;
                Ok(not_waited_for(204, Some("$LATEST"), request_id))
            }
        }
    }
}

/// Of the Lambda API's functions.
async fn invoke_registered(
    lambda: &Lambda,
    invocation: LocalInvocation<'_>,
) -> Result<FunctionAnswer, FunctionRefusal> {
    let client_context = invocation.client_context.map(decode_client_context);
    let invoked = lambda.invoke(Invoke {
        function_name: invocation.function_name.to_owned(),
        qualifier: invocation.qualifier.map(str::to_owned),
        invocation_type: invocation_type(&invocation)?,
        payload: invocation.payload.to_owned().into(),
        client_context: client_context.transpose()?,
        wants_log: wants_log(&invocation)?,
        call_key: Some(invocation.call_key.into()),
        request_id: None,
    });
    let invoked = invoked
        .await
        .map_err(|error: ServiceError| refusal(&error.code, error.status, error.message))?;
    Ok(FunctionAnswer {
        executed_version: invoked.executed_version,
        status_code: invoked.status,
        function_error: invoked.function_error,
        payload: invoked.payload,
        log_result: invoked.log_tail.map(|tail| BASE64.encode(tail)),
        request_id: invoked.request_id,
    })
}

fn invocation_type(invocation: &LocalInvocation<'_>) -> Result<InvocationType, FunctionRefusal> {
    match invocation.invocation_type.unwrap_or("RequestResponse") {
        "RequestResponse" => Ok(InvocationType::RequestResponse),
        "Event" => Ok(InvocationType::Event),
        "DryRun" => Ok(InvocationType::DryRun),
        other => Err(no_member(
            other,
            "invocationType",
            "[DryRun, RequestResponse, Event]",
        )),
    }
}

fn wants_log(invocation: &LocalInvocation<'_>) -> Result<bool, FunctionRefusal> {
    match invocation.log_type {
        None | Some("None") => Ok(false),
        Some("Tail") => Ok(true),
        Some(other) => Err(no_member(other, "logType", "[None, Tail]")),
    }
}

fn decode_client_context(base64: &str) -> Result<String, FunctionRefusal> {
    let decoded = BASE64
        .decode(base64)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.ok_or_else(|| {
        refused(InvokeError::InvalidRequestContent {
            reason: "ClientContext is not Base64 of a text".to_owned(),
        })
    })
}

fn answered(answer: functions::Answer, wants_log: bool) -> FunctionAnswer {
    FunctionAnswer {
        log_result: wants_log.then(|| BASE64.encode(answer.log_tail)),
        executed_version: Some(answer.executed_version),
        status_code: 200,
        function_error: answer.function_error.map(str::to_owned),
        payload: answer.payload,
        request_id: answer.request_id,
    }
}

/// Lambda's answer without a result.
fn not_waited_for(status_code: u16, version: Option<&str>, request_id: String) -> FunctionAnswer {
    FunctionAnswer {
        executed_version: version.map(str::to_owned),
        status_code,
        function_error: None,
        payload: String::new(),
        log_result: None,
        request_id,
    }
}

/// Lambda's answer to a value that an enumeration does not have.
fn no_member(value: &str, member: &str, members: &str) -> FunctionRefusal {
    let message = format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: \
         Member must satisfy enum value set: {members}"
    );
    refusal("ValidationException", 400, message)
}

fn refused(error: InvokeError) -> FunctionRefusal {
    refusal(error.code(), error.status_code(), error.to_string())
}

fn refusal(code: &str, status_code: u16, message: String) -> FunctionRefusal {
    FunctionRefusal {
        code: code.to_owned(),
        status_code,
        message,
        request_id: uuid::Uuid::new_v4().to_string(),
    }
}

/// Functions get the run's credentials, as they are when a process starts.
pub fn environment_of(config: &Arc<AwsConfig>) -> EnvironmentSource {
    let config = config.clone();
    Arc::new(move || {
        let config = config.clone();
        Box::pin(async move {
            let environment = config.function_environment().await;
            let environment = environment.map_err(|error| error.to_string())?;
            Ok(CommonEnvironment {
                variables: environment.variables,
                replace_after: environment.replace_after,
            })
        })
    })
}

/// Where packages of functions are kept between runs (XDG Base Directory Specification).
pub fn cache_dir() -> Option<PathBuf> {
    let absolute = |name| {
        let path = std::env::var_os(name).map(PathBuf::from);
        path.filter(|path| path.is_absolute())
    };
    let base = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")));
    Some(base?.join("stepwright").join("functions"))
}

pub fn region_alone(region: &str) -> BTreeMap<String, String> {
    ["AWS_REGION", "AWS_DEFAULT_REGION"]
        .map(|name| (name.to_owned(), region.to_owned()))
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use functions::{FunctionSpec, HostOptions};
    use tokio::runtime::Runtime;

    #[test]
    fn a_local_function_is_invoked_as_it_is_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let runs = folder.path().join("runs");
        let code = "import os\ndef handler(event, context):\n    \
                    with open(os.environ['LAMBDA_TASK_ROOT'] + '/runs', 'a') as runs:\n        runs.write('r')\n    \
                    raise ValueError(event)\n";
        std::fs::write(folder.path().join("handler.py"), code).unwrap();
        let mut spec = FunctionSpec::new("f", "python3.12", "handler.handler", folder.path());
        spec.timeout_seconds = 60;
        let functions = Functions {
            lambda: None,
            host: Arc::new(FunctionHost::new(HostOptions {
                specs: vec![spec.clone()],
                common_environment: functions::fixed_environment(region_alone("eu-west-1")),
                search_path: std::env::var_os("PATH").unwrap(),
                cache_dir: None,
                account_id: "123456789012".to_owned(),
                region: "eu-west-1".to_owned(),
                max_processes_per_function: 1,
                log: Arc::new(|_| {}),
            })),
            declared: vec![Function {
                logical_id: "F".to_owned(),
                name: "f".to_owned(),
                arn: "arn:aws:lambda:eu-west-1:123456789012:function:f".to_owned(),
                spec: Ok(spec),
                elsewhere: None,
            }],
            elsewhere: Mutex::default(),
            log: Arc::new(|_| {}),
        };
        let invoke = async |invocation_type| {
            let invocation = LocalInvocation {
                function_name: "F",
                qualifier: None,
                payload: "1",
                invocation_type: Some(invocation_type),
                client_context: None,
                log_type: None,
                call_key: "call",
            };
            functions.invoke(invocation).await.unwrap()
        };
        let runtime = Runtime::new().unwrap();
        runtime.block_on(async {
            let refused = invoke("event").await.unwrap_err();
            assert_eq!(
                (refused.code.as_str(), refused.status_code),
                ("ValidationException", 400)
            );
            assert!(
                refused.message.contains("Value 'event'"),
                "{}",
                refused.message
            );
            let checked = invoke("DryRun").await.unwrap();
            assert_eq!((checked.status_code, checked.payload.as_str()), (204, ""));
            assert_eq!(checked.function_error, None);

            let accepted = invoke("Event").await.unwrap();
            assert_eq!((accepted.status_code, accepted.payload.as_str()), (202, ""));
            assert_eq!(
                (accepted.function_error, accepted.executed_version),
                (None, None)
            );
            functions.host.shut_down().await;
            assert_eq!(std::fs::read_to_string(runs).unwrap(), "r", "one has run");
        });
    }
}

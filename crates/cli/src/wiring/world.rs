//! Everything that a run can reach: local functions, mocks, AWS.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use connectors::aws::{AwsClient, AwsConfig, ConfigError, Options};
use connectors::mocks::{MockFile, MockPlan, MockedAnswer};
use connectors::{
    CallError, CallRequest, Connectors, FunctionAnswer, FunctionRefusal, LocalFunctions,
    LocalFuture, LocalInvocation,
};
use functions::{
    CommonEnvironment, EnvironmentSource, FunctionHost, FunctionName, FunctionSpec, HostOptions,
    InvokeError, InvokeOptions, LogLine, LogStream,
};
use interpreter::{Call, CallFailure, CallResult, failure};
use query::Payload;
use serde_json::Value;
use states_language::machine::Machine;
use store::ExecutionId;
use tokio::runtime::Runtime;

use super::needs::{self, Aws};
use super::resource_ref;
use crate::args::RunArgs;
use crate::error::CliError;
use crate::input;
use crate::progress::Progress;
use crate::template::{Function, Template};

/// Processes that one function may have at once; AWS allows 1,000 concurrent executions, a laptop less.
const PROCESSES_PER_FUNCTION: u16 = 32;

pub struct World {
    performer: Arc<Performer>,
    functions: Arc<Functions>,
    region: String,
}

impl World {
    /// Resolves all that the definition needs, before its first state. `machine_names`: under what it may stand in a mock file.
    pub fn prepare(
        args: &RunArgs,
        machine: &Machine,
        template: Option<&Template>,
        machine_names: &[String],
        region: Option<&str>,
        progress: &Arc<Progress>,
        runtime: &Runtime,
    ) -> Result<World, CliError> {
        let declared = template
            .map(Template::local_functions)
            .transpose()?
            .unwrap_or_default();
        let specs: Vec<FunctionSpec> = declared
            .iter()
            .filter_map(|function| function.spec.as_ref().ok())
            .cloned()
            .collect();
        let mocks = mock_plan(args, machine_names)?;

        let options = aws_options(args);
        let (config, unavailable) = match wanted(args, machine, &declared, mocks.is_some()) {
            Wanted::No => (None, None),
            Wanted::Required => (
                Some(
                    runtime
                        .block_on(AwsConfig::resolve(options))
                        .map_err(user_error)?,
                ),
                None,
            ),
            Wanted::IfThere => match runtime.block_on(AwsConfig::resolve(options)) {
                Ok(config) => (Some(config), None),
                Err(error @ (ConfigError::NoCredentials { .. } | ConfigError::NoRegion { .. })) => {
                    (None, Some(error.to_string()))
                }
                Err(error) => return Err(user_error(error)),
            },
        };
        let reaches_aws = config.is_some();
        // Without a configuration no call reaches AWS: `perform` answers first.
        let config = Arc::new(config.unwrap_or_else(|| {
            AwsConfig::fixed(
                "http://127.0.0.1:1",
                region.unwrap_or("us-east-1"),
                "none",
                "none",
            )
        }));
        let region = config.region().to_owned();

        let log = progress.clone();
        let host = Arc::new(FunctionHost::new(HostOptions {
            specs,
            common_environment: match reaches_aws {
                true => environment_of(&config),
                false => functions::fixed_environment(region_alone(&region)),
            },
            search_path: std::env::var_os("PATH").unwrap_or_default(),
            account_id: template
                .map_or("123456789012", Template::account_id)
                .to_owned(),
            region: region.clone(),
            max_processes_per_function: PROCESSES_PER_FUNCTION,
            log: Arc::new(move |line: LogLine| {
                log.function_log(&line.function, line.stream == LogStream::Stderr, &line.text)
            }),
        }));
        let functions = Arc::new(Functions { host, declared });
        let connectors = Connectors::new(AwsClient::new(config), Some(functions.clone()));
        let performer = Performer {
            connectors,
            functions: functions.clone(),
            mocks,
            reaches_aws,
            unavailable,
        };
        Ok(World {
            performer: Arc::new(performer),
            functions,
            region,
        })
    }

    pub fn performer(&self) -> Arc<Performer> {
        self.performer.clone()
    }

    pub fn region(&self) -> &str {
        &self.region
    }

    /// Ends the functions' processes.
    pub async fn shut_down(&self) {
        self.functions.host.shut_down().await;
    }
}

/// Whether a run has to have credentials and region.
enum Wanted {
    No,
    /// For functions, and for functions that turn out not to be local.
    IfThere,
    Required,
}

fn wanted(args: &RunArgs, machine: &Machine, declared: &[Function], is_mocked: bool) -> Wanted {
    let is_local = |identifier: &str| {
        declared
            .iter()
            .any(|function| function.is_named(identifier))
    };
    match needs::aws(machine, &is_local) {
        // Mocks answer; but functions are given what the command line names.
        _ if is_mocked && args.endpoint_url.is_none() && args.profile.is_none() => Wanted::No,
        _ if is_mocked => Wanted::IfThere,
        Aws::Surely => Wanted::Required,
        Aws::Perhaps if declared.is_empty() => Wanted::Required,
        Aws::Perhaps => Wanted::IfThere,
        Aws::Never if declared.is_empty() => Wanted::No,
        Aws::Never => Wanted::IfThere,
    }
}

fn user_error(error: ConfigError) -> CliError {
    CliError::user(error.to_string())
}

/// What the command line says about AWS.
pub fn aws_options(args: &RunArgs) -> Options {
    Options {
        endpoint_url: args.endpoint_url.clone(),
        region: args.region.clone(),
        profile: args.profile.clone(),
    }
}

/// Functions get the run's credentials, as they are when a process starts.
fn environment_of(config: &Arc<AwsConfig>) -> EnvironmentSource {
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

fn region_alone(region: &str) -> BTreeMap<String, String> {
    ["AWS_REGION", "AWS_DEFAULT_REGION"]
        .map(|name| (name.to_owned(), region.to_owned()))
        .into()
}

fn mock_plan(args: &RunArgs, machine_names: &[String]) -> Result<Option<MockPlan>, CliError> {
    let (Some(path), Some(case)) = (&args.mocks, &args.case) else {
        return Ok(None);
    };
    let wrong = |error: connectors::mocks::MockError| {
        CliError::user(format!("{}: {error}", path.display()))
    };
    let file = MockFile::parse(&input::read_text(path)?).map_err(wrong)?;
    let name = machine_names
        .iter()
        .find(|name| file.machines().any(|known| known == name.as_str()))
        .unwrap_or(&machine_names[0]);
    file.plan(name, case).map(Some).map_err(wrong)
}

/// Makes one call: a mock's answer, a local function, or AWS.
pub struct Performer {
    connectors: Connectors,
    functions: Arc<Functions>,
    mocks: Option<MockPlan>,
    /// Credentials and region are there.
    reaches_aws: bool,
    /// Why they are not.
    unavailable: Option<String>,
}

impl Performer {
    pub async fn perform(&self, execution: &ExecutionId, call: &Call) -> CallResult {
        if let Some(mocks) = &self.mocks {
            match mocks.next_response(&call.state_name) {
                Ok(Some(MockedAnswer::Return(value))) => {
                    return Ok(Payload::from_value(value.clone()));
                }
                Ok(Some(MockedAnswer::Throw(thrown))) => {
                    return Err(CallFailure {
                        error: thrown.error.clone(),
                        cause: thrown.cause.clone(),
                    });
                }
                Ok(None) => {}
                Err(error) => return Err(cannot_run(error.to_string())),
            }
        }
        if (self.mocks.is_some() || !self.reaches_aws) && !self.is_local(call) {
            return Err(cannot_run(match self.mocks {
                Some(_) => format!(
                    "No mock answers the state '{}', which calls {}. Add it to the test case, or run without --mocks.",
                    call.state_name, call.resource.arn
                ),
                None => format!(
                    "The state '{}' calls {}, which is no local function: {}",
                    call.state_name,
                    call.resource.arn,
                    self.unavailable
                        .as_deref()
                        .unwrap_or("there is no AWS configuration"),
                ),
            }));
        }
        let key = call.key;
        let request = CallRequest {
            resource: resource_ref(&call.resource),
            arguments: call.arguments.value().clone(),
            role_arn: call.role_arn.as_deref().map(str::to_owned),
            call_key: format!("{execution}/{}/{}/{}", key.task, key.attempt, key.call),
        };
        match self.connectors.call(&request).await {
            Ok(value) => Ok(Payload::from_value(value)),
            Err(CallError::Failed(failed)) => Err(CallFailure {
                error: failed.error,
                cause: failed.cause,
            }),
            Err(CallError::Refused(why)) => Err(cannot_run(format!(
                "The state '{}' cannot run: {why}",
                call.state_name
            ))),
        }
    }

    fn is_local(&self, call: &Call) -> bool {
        let name = match resource_ref(&call.resource) {
            connectors::ResourceRef::LambdaFunction { arn } => Some(arn),
            connectors::ResourceRef::Optimized { service, .. } if service == "lambda" => call
                .arguments
                .value()
                .get("FunctionName")
                .and_then(Value::as_str)
                .map(str::to_owned),
            _ => None,
        };
        name.is_some_and(|name| self.functions.find(&name).is_some())
    }
}

/// Nothing that a Catch should hide.
fn cannot_run(cause: String) -> CallFailure {
    CallFailure {
        error: failure::names::RUNTIME.to_owned(),
        cause,
    }
}

/// The template's functions as the port of the connectors.
struct Functions {
    host: Arc<FunctionHost>,
    declared: Vec<Function>,
}

impl Functions {
    fn find(&self, identifier: &str) -> Option<&Function> {
        self.declared
            .iter()
            .find(|function| function.is_named(identifier))
    }
}

impl LocalFunctions for Functions {
    fn invoke<'a>(&'a self, invocation: LocalInvocation<'a>) -> LocalFuture<'a> {
        Box::pin(async move {
            let function = self.find(invocation.function_name)?;
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
        };
        let (name, payload) = (&function.name, invocation.payload.to_owned());
        let host = &self.host;
        match invocation.invocation_type.unwrap_or("RequestResponse") {
            "RequestResponse" => {
                let answer = host.invoke(name, payload, options).await;
                answer.map(answered).map_err(refused)
            }
            "Event" => {
                let request_id = host.invoke_event(name, payload, options).map_err(refused)?;
                Ok(not_waited_for(202, None, request_id))
            }
            "DryRun" => {
                let request_id = host.check(name, payload, options).map_err(refused)?;
                Ok(not_waited_for(204, Some("$LATEST"), request_id))
            }
            other => Err(refusal(
                "ValidationException",
                400,
                format!(
                    "1 validation error detected: Value '{other}' at 'invocationType' failed to satisfy constraint: \
                     Member must satisfy enum value set: [DryRun, RequestResponse, Event]"
                ),
            )),
        }
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

fn answered(answer: functions::Answer) -> FunctionAnswer {
    FunctionAnswer {
        executed_version: Some(answer.executed_version.to_owned()),
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
        request_id,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

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
            host: Arc::new(FunctionHost::new(HostOptions {
                specs: vec![spec.clone()],
                common_environment: functions::fixed_environment(region_alone("eu-west-1")),
                search_path: std::env::var_os("PATH").unwrap(),
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
            }],
        };
        let invoke = async |invocation_type| {
            let invocation = LocalInvocation {
                function_name: "F",
                qualifier: None,
                payload: "1",
                invocation_type: Some(invocation_type),
                client_context: None,
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

//! The front door: an operation's name and a body in, a status and a body out.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;
use store::AuditEntry;

use crate::control::Loaded;
use crate::runtime::blocking;
use crate::{
    ControlPlane, Error, Page, Runtime, activities, aliases, definitions, executions, map_runs,
    state_machines, tags, tasks, test_state, validation, versions,
};

/// Answers requests. Cloning is cheap; clones are the same service.
#[derive(Clone)]
pub struct Service {
    control: ControlPlane,
    runtime: Runtime,
    options: Arc<Options>,
}

/// Where and within which bounds the service works.
pub struct Options {
    /// `aws`, as in every ARN.
    pub partition: Arc<str>,
    pub region: Arc<str>,
    /// Twelve digits.
    pub account: Arc<str>,
    /// Longest input, output or result, in UTF-16 units, as AWS counts: 262,144 there.
    pub max_payload: usize,
    /// Milliseconds since 1970.
    pub now: Arc<dyn Fn() -> i64 + Send + Sync>,
}

/// One call of the API.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// `StartExecution`: what follows the dot of `X-Amz-Target`.
    pub operation: &'a str,
    /// JSON text.
    pub body: &'a [u8],
    pub caller: Caller,
}

/// Who calls, for the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The access key or user; `anonymous` on loopback without credentials.
    pub principal: Arc<str>,
    /// Address of the client, or `command line`.
    pub source: Arc<str>,
}

/// An answer of content type `application/x-amz-json-1.0`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// JSON text.
    pub body: String,
}

impl From<Result<Value, Error>> for Response {
    fn from(answer: Result<Value, Error>) -> Response {
        match answer {
            Ok(value) => Response {
                status: 200,
                body: value.to_string(),
            },
            Err(error) => Response {
                status: error.status(),
                body: error.body(),
            },
        }
    }
}

impl Service {
    pub fn new(control: ControlPlane, runtime: Runtime, options: Options) -> Service {
        Service {
            control,
            runtime,
            options: Arc::new(options),
        }
    }

    /// Answers a request; errors are answers too.
    pub async fn call(&self, request: Request<'_>) -> Response {
        self.answer(request).await.into()
    }

    async fn answer(&self, request: Request<'_>) -> Result<Value, Error> {
        let call = self.checked(request)?;
        match call.operation.as_str() {
            "StartExecution" => executions::start_execution(self, &call).await,
            "StartSyncExecution" => executions::start_sync_execution(self, &call).await,
            "StopExecution" => executions::stop_execution(self, &call).await,
            "DescribeExecution" => executions::describe_execution(self, &call).await,
            "DescribeStateMachineForExecution" => {
                executions::describe_state_machine(self, &call).await
            }
            "ListExecutions" => executions::list_executions(self, &call).await,
            "GetExecutionHistory" => executions::get_execution_history(self, &call).await,
            "RedriveExecution" => executions::redrive_execution(self, &call).await,
            "DescribeMapRun" => map_runs::describe_map_run(self, &call).await,
            "ListMapRuns" => map_runs::list_map_runs(self, &call).await,
            "UpdateMapRun" => map_runs::update_map_run(self, &call).await,
            "GetActivityTask" => tasks::get_activity_task(self, &call).await,
            "SendTaskSuccess" => tasks::send_task_success(self, &call).await,
            "SendTaskFailure" => tasks::send_task_failure(self, &call).await,
            "SendTaskHeartbeat" => tasks::send_task_heartbeat(self, &call).await,
            "TestState" => test_state::test_state(self, &call).await,
            _ => self.on_control_plane(call).await,
        }
    }

    /// The request as its operation takes it.
    pub(crate) fn checked(&self, request: Request<'_>) -> Result<Call, Error> {
        let input = validation::check(request.operation, request.body, self.options.max_payload)?;
        Ok(Call {
            operation: request.operation.to_owned(),
            input,
            caller: request.caller,
            now_millis: self.now(),
        })
    }

    pub(crate) fn now(&self) -> i64 {
        (self.options.now)()
    }

    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    pub(crate) fn control(&self) -> &ControlPlane {
        &self.control
    }

    /// A revision by its key; its definition is read and parsed where that may take its time.
    pub(crate) async fn loaded(&self, revision: &Arc<str>) -> Result<Arc<Loaded>, Error> {
        if let Some(loaded) = self.control.at_hand(revision) {
            return Ok(loaded);
        }
        let (control, revision) = (self.control.clone(), revision.clone());
        blocking(move || Ok(control.loaded(&revision)?)).await
    }

    /// The engine and what is around it.
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    async fn on_control_plane(&self, call: Call) -> Result<Value, Error> {
        let operation: fn(&ControlPlane, &Options, &Call) -> Result<Value, Error> = match call
            .operation
            .as_str()
        {
            "CreateStateMachine" => state_machines::create,
            "UpdateStateMachine" => |control, _, call| state_machines::update(control, call),
            "DescribeStateMachine" => |control, _, call| state_machines::describe(control, call),
            "DeleteStateMachine" => |control, _, call| state_machines::delete(control, call),
            "ListStateMachines" => |control, _, call| state_machines::list(control, call),
            "ValidateStateMachineDefinition" => |_, _, call| definitions::validate(call),
            "PublishStateMachineVersion" => {
                |control, _, call| versions::publish_version(control, call)
            }
            "ListStateMachineVersions" => |control, _, call| versions::list(control, call),
            "DeleteStateMachineVersion" => |control, _, call| versions::delete(control, call),
            "CreateStateMachineAlias" => |control, _, call| aliases::create(control, call),
            "UpdateStateMachineAlias" => |control, _, call| aliases::update(control, call),
            "DescribeStateMachineAlias" => |control, _, call| aliases::describe(control, call),
            "DeleteStateMachineAlias" => |control, _, call| aliases::delete(control, call),
            "ListStateMachineAliases" => |control, _, call| aliases::list(control, call),
            "CreateActivity" => activities::create,
            "DescribeActivity" => |control, _, call| activities::describe(control, call),
            "DeleteActivity" => |control, _, call| activities::delete(control, call),
            "ListActivities" => |control, _, call| activities::list(control, call),
            "TagResource" => |control, _, call| tags::tag(control, call),
            "UntagResource" => |control, _, call| tags::untag(control, call),
            "ListTagsForResource" => |control, _, call| tags::list(control, call),
            _ => return Err(Error::UnknownOperationException),
        };
        // It may wait for the store.
        let (control, options) = (self.control.clone(), self.options.clone());
        blocking(move || operation(&control, &options, &call)).await
    }
}

impl Options {
    /// The ARN of one of this account's resources: `arn("activity", "a")`.
    pub(crate) fn arn(&self, kind: &str, name: &str) -> String {
        let Options {
            partition,
            region,
            account,
            ..
        } = self;
        format!("arn:{partition}:states:{region}:{account}:{kind}:{name}")
    }
}

/// A checked request on its way to its operation.
#[derive(Debug)]
pub(crate) struct Call {
    pub operation: String,
    /// As the model has it: members of the right types, none that is `null` or unknown.
    pub input: Value,
    pub caller: Caller,
    pub now_millis: i64,
}

impl Call {
    /// The input as a type of the operation's own. The model was checked, so a failure is a mistake of ours.
    pub fn input<T: DeserializeOwned>(&self) -> Result<T, Error> {
        T::deserialize(&self.input).map_err(|error| Error::InternalFailure(error.to_string()))
    }

    /// For the audit log: this operation was done to a resource.
    pub fn audit(&self, resource: &str) -> AuditEntry {
        AuditEntry {
            at_millis: self.now_millis,
            principal: self.caller.principal.clone(),
            source: self.caller.source.clone(),
            action: self.operation.as_str().into(),
            resource: resource.into(),
        }
    }

    /// # Errors
    /// `InvalidToken`.
    pub fn page(&self) -> Result<Page, Error> {
        Page::of(&self.operation, &self.input, self.now_millis)
    }
}

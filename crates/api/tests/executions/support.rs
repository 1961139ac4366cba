//! The service on a store in memory and the real engine. Workflows may call Step Functions (this service); every other call
//! waits for the test to answer it.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use api::{Caller, ControlPlane, Hub, Options, PerformCall, Request, Runtime, Service};
use engine::{Answer, Calls, Clock, Engine, Ports};
use interpreter::{Call, CallFailure, CallKey, CallPurpose, CallResult, Limits};
use query::Payload;
use serde_json::{Map, Value, json};
use states_language::resource::ResourceKind;
use store::{ExecutionId, MemoryStore, Store};
use tokio::runtime::Handle;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

pub const ROLE: &str = "arn:aws:iam::123456789012:role/r";
const PLACE: &str = "arn:aws:states:us-east-1:123456789012";
/// Real time that a test waits for what must happen before it counts as hanging.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct World {
    pub store: Arc<dyn Store>,
    pub service: Service,
    calls: tokio::sync::Mutex<UnboundedReceiver<(Box<Call>, Answer)>>,
}

/// What the engine's calls go to.
struct Outside {
    runtime: Handle,
    service: OnceLock<Service>,
    calls: Mutex<UnboundedSender<(Box<Call>, Answer)>>,
}

impl Calls for Outside {
    fn begin(&self, execution: &ExecutionId, call: Box<Call>, answer: Answer) {
        let is_own = match &call.resource.kind {
            ResourceKind::AwsSdk { service, .. } => service == "sfn",
            ResourceKind::Optimized { service, .. } => service == "states",
            _ => false,
        };
        let Some(service) = self.service.get().filter(|_| is_own).cloned() else {
            // A test that has seen enough no longer listens.
            drop(self.calls.lock().unwrap().send((call, answer)));
            return;
        };
        let execution = execution.clone();
        self.runtime.spawn(async move {
            let result = match service.nested_call(&execution, &call).await {
                Some(result) => result,
                None => own(&service, &execution, &call).await,
            };
            answer.send(result);
        });
    }

    fn abandon(&self, _: &ExecutionId, _: CallKey) {}
}

/// A call of this API by a workflow, as the connectors make it.
async fn own(service: &Service, execution: &ExecutionId, call: &Call) -> CallResult {
    let (ResourceKind::AwsSdk { action, .. } | ResourceKind::Optimized { action, .. }) =
        &call.resource.kind
    else {
        panic!("{:?}", call.resource);
    };
    assert_eq!(call.purpose, CallPurpose::Submit);
    let operation = in_case(action, char::to_ascii_uppercase);
    let members: Map<String, Value> = call.arguments.value().as_object().unwrap().clone();
    let body: Map<String, Value> = members
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| {
            let is_text = value.is_string() || name != "Input";
            let value = if is_text {
                value
            } else {
                value.to_string().into()
            };
            (in_case(&name, char::to_ascii_lowercase), value)
        })
        .collect();
    let key = call.key;
    let call_key = format!("{execution}/{}/{}/{}", key.task, key.attempt, key.call);
    let body = Value::Object(body).to_string();
    let response = service
        .call_by_execution(&operation, body.as_bytes(), &call_key)
        .await;
    let body: Value = serde_json::from_str(&response.body).unwrap();
    if response.status != 200 {
        return Err(CallFailure {
            error: format!("Sfn.{}Exception", body["__type"].as_str().unwrap()),
            cause: body["message"].as_str().unwrap().to_owned(),
        });
    }
    let members = body.as_object().unwrap().clone();
    let result: Map<String, Value> = members
        .into_iter()
        .map(|(name, value)| (in_case(&name, char::to_ascii_uppercase), value))
        .collect();
    Ok(Payload::from_value(Value::Object(result)))
}

fn in_case(name: &str, case: fn(&char) -> char) -> String {
    let mut chars = name.chars();
    let first = chars.next().unwrap();
    case(&first).to_string() + chars.as_str()
}

/// TestState's calls: `lambda:invoke` gives its payload back, or fails with the error that the payload names.
struct Echo;

impl PerformCall for Echo {
    fn perform<'a>(
        &'a self,
        _: &'a ExecutionId,
        call: &'a Call,
    ) -> Pin<Box<dyn Future<Output = CallResult> + Send + 'a>> {
        Box::pin(async move {
            let payload = call.arguments.value()["Payload"].clone();
            match payload["fail"].as_str() {
                Some(error) => Err(CallFailure {
                    error: error.to_owned(),
                    cause: "as asked".to_owned(),
                }),
                None if payload["hang"] == true => std::future::pending().await,
                None => Ok(Payload::from_value(json!({"Payload": payload}))),
            }
        })
    }
}

impl World {
    pub fn new() -> World {
        World::on(Arc::new(MemoryStore::new()))
    }

    /// Another process on the same store, or the first one.
    pub fn on(store: Arc<dyn Store>) -> World {
        let clock = Clock::virtual_time();
        let control = ControlPlane::open(store.clone()).unwrap();
        let (sender, calls) = unbounded_channel();
        let outside = Arc::new(Outside {
            runtime: Handle::current(),
            service: OnceLock::new(),
            calls: Mutex::new(sender),
        });
        let hub = Hub::default();
        let ports = Ports {
            calls: outside.clone(),
            machines: Arc::new(control.clone()),
            observer: Arc::new(hub.clone()),
        };
        let limits = Limits::aws();
        let engine = Engine::open(
            store.clone(),
            ports,
            engine::Options {
                limits: limits.clone(),
                clock: clock.clone(),
                ..engine::Options::default()
            },
        );
        let runtime = Runtime::new(store.clone(), engine.unwrap(), hub, limits, Arc::new(Echo));
        let options = Options {
            partition: "aws".into(),
            region: "us-east-1".into(),
            account: "123456789012".into(),
            max_payload: 262_144,
            now: Arc::new(move || clock.now_millis()),
        };
        let service = Service::new(control, runtime, options);
        assert!(outside.service.set(service.clone()).is_ok());
        World {
            store,
            service,
            calls: tokio::sync::Mutex::new(calls),
        }
    }

    /// The answer's HTTP status and body.
    pub async fn raw(&self, operation: &str, input: &Value) -> (u16, Value) {
        let caller = Caller {
            principal: "AKIDEXAMPLE".into(),
            source: "127.0.0.1".into(),
        };
        let body = input.to_string();
        let request = Request {
            operation,
            body: body.as_bytes(),
            caller,
        };
        let response = self.service.call(request).await;
        (
            response.status,
            serde_json::from_str(&response.body).unwrap(),
        )
    }

    #[track_caller]
    pub fn ok(&self, operation: &str, input: Value) -> impl Future<Output = Value> {
        let from = std::panic::Location::caller();
        async move {
            let (status, body) = self.raw(operation, &input).await;
            assert_eq!(status, 200, "{from}: {operation} {input}: {body}");
            body
        }
    }

    /// `CODE: message` of the error.
    pub async fn refused(&self, operation: &str, input: Value) -> String {
        let (status, body) = self.raw(operation, &input).await;
        assert_ne!(status, 200, "{operation} {input}: {body}");
        let text = |member: &str| body[member].as_str().unwrap().to_owned();
        format!("{}: {}", text("__type"), text("message"))
    }

    /// Creates a state machine of these states, of which the first is named `A`; its ARN.
    pub async fn machine(&self, name: &str, states: Value) -> String {
        self.create(name, "STANDARD", states).await
    }

    pub async fn express(&self, name: &str, states: Value) -> String {
        self.create(name, "EXPRESS", states).await
    }

    async fn create(&self, name: &str, kind: &str, states: Value) -> String {
        let definition = json!({"StartAt": "A", "States": states}).to_string();
        let input = json!({
            "name": name,
            "type": kind,
            "definition": definition,
            "roleArn": ROLE,
        });
        text(
            &self.ok("CreateStateMachine", input).await,
            "stateMachineArn",
        )
    }

    /// Starts an execution; its ARN.
    pub async fn start(&self, state_machine_arn: &str, name: &str) -> String {
        let input = json!({"stateMachineArn": state_machine_arn, "name": name});
        text(&self.ok("StartExecution", input).await, "executionArn")
    }

    pub async fn describe(&self, execution_arn: &str) -> Value {
        self.ok("DescribeExecution", json!({"executionArn": execution_arn}))
            .await
    }

    /// Waits for its end and describes it.
    pub async fn ended(&self, execution_arn: &str) -> Value {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        self.service.runtime().engine.when_ended(
            &execution_arn.into(),
            Box::new(move |ended| drop(sender.send(ended))),
        );
        let ended = within(receiver).await.unwrap();
        assert!(ended.is_ok(), "{execution_arn}: {ended:?}");
        self.describe(execution_arn).await
    }

    /// Runs an execution of these states to its end and describes it.
    pub async fn ran(&self, name: &str, states: Value) -> Value {
        let machine = self.machine(name, states).await;
        let execution = self.start(&machine, "e").await;
        self.ended(&execution).await
    }

    pub async fn events(&self, execution_arn: &str) -> Vec<Value> {
        let input = json!({"executionArn": execution_arn, "maxResults": 1000});
        let history = self.ok("GetExecutionHistory", input).await;
        history["events"].as_array().unwrap().clone()
    }

    pub async fn event_types(&self, execution_arn: &str) -> Vec<String> {
        let events = self.events(execution_arn).await;
        events.iter().map(|event| text(event, "type")).collect()
    }

    /// The next call that nobody but the test answers.
    pub async fn call(&self) -> (Box<Call>, Answer) {
        within(self.calls.lock().await.recv()).await.unwrap()
    }

    /// Actions and resources of the audit log.
    pub fn audit(&self) -> Vec<(String, String)> {
        let entries = self.store.audit(0, 1000).unwrap().into_iter();
        entries
            .map(|(_, entry)| (entry.action.to_string(), entry.resource.to_string()))
            .collect()
    }
}

pub async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .expect("it hangs")
}

#[track_caller]
pub fn text(value: &Value, member: &str) -> String {
    let found = value[member].as_str();
    found
        .unwrap_or_else(|| panic!("no {member} in {value}"))
        .to_owned()
}

pub fn arn(rest: &str) -> String {
    format!("{PLACE}:{rest}")
}

pub fn pass() -> Value {
    json!({"A": {"Type": "Pass", "Result": {"Arg1": "argument1"}, "End": true}})
}

pub fn fail() -> Value {
    json!({"A": {"Type": "Fail", "Error": "E", "Cause": "C"}})
}

/// Calls something and waits until the test answers.
pub fn task() -> Value {
    json!({"A": {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sqs:listQueues",
        "End": true,
    }})
}

//! A service on a store in memory, with a clock that the test moves.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use api::{Caller, ControlPlane, Hub, Options, PerformCall, Request, Runtime, Service};
use engine::{Answer, Calls, Clock, Engine, Ports};
use interpreter::{Call, CallKey, CallResult, Limits};
use serde_json::{Value, json};
use store::{ExecutionId, MemoryStore, Store};

pub const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;
pub const ROLE: &str = "arn:aws:iam::123456789012:role/r";
pub const PASS: &str = r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}"#;

pub struct World {
    pub store: Arc<dyn Store>,
    pub control: ControlPlane,
    service: Service,
    now_millis: Arc<AtomicI64>,
}

/// An engine that nothing is started on.
fn runtime(store: Arc<dyn Store>, control: &ControlPlane) -> Runtime {
    let hub = Hub::default();
    let ports = Ports {
        calls: Arc::new(NoCalls),
        machines: Arc::new(control.clone()),
        observer: Arc::new(hub.clone()),
    };
    let options = engine::Options {
        clock: Clock::virtual_time(),
        ..engine::Options::default()
    };
    let engine = Engine::open(store.clone(), ports, options).expect("opens");
    Runtime::new(store, engine, hub, Limits::aws(), Arc::new(NoCalls))
}

struct NoCalls;

impl Calls for NoCalls {
    fn begin(&self, _: &ExecutionId, call: Box<Call>, _: Answer) {
        panic!("{call:?}");
    }

    fn abandon(&self, _: &ExecutionId, _: CallKey) {}
}

impl PerformCall for NoCalls {
    fn perform<'a>(
        &'a self,
        _: &'a ExecutionId,
        call: &'a Call,
    ) -> Pin<Box<dyn Future<Output = CallResult> + Send + 'a>> {
        panic!("{call:?}");
    }
}

impl World {
    pub fn new() -> World {
        World::on(Arc::new(MemoryStore::new()), 1_700_000_000_000)
    }

    pub fn on(store: Arc<dyn Store>, now_millis: i64) -> World {
        let control = ControlPlane::open(store.clone()).expect("opens");
        let now_millis = Arc::new(AtomicI64::new(now_millis));
        let clock = now_millis.clone();
        let options = Options {
            partition: "aws".into(),
            region: "us-east-1".into(),
            account: "123456789012".into(),
            max_payload: 262_144,
            now: Arc::new(move || clock.load(Ordering::Relaxed)),
        };
        World {
            service: Service::new(control.clone(), runtime(store.clone(), &control), options),
            store,
            control,
            now_millis,
        }
    }

    /// The same store, read by a new process.
    pub fn restarted(self) -> World {
        World::on(self.store.clone(), self.now())
    }

    pub fn now(&self) -> i64 {
        self.now_millis.load(Ordering::Relaxed)
    }

    pub fn pass(&self, millis: i64) {
        self.now_millis.fetch_add(millis, Ordering::Relaxed);
    }

    /// The answer's HTTP status and body.
    pub async fn raw(&self, operation: &str, body: &[u8]) -> (u16, Value) {
        let caller = Caller {
            principal: "AKIDEXAMPLE".into(),
            source: "127.0.0.1".into(),
        };
        let request = Request {
            operation,
            body,
            caller,
        };
        let response = self.service.call(request).await;
        let body = serde_json::from_str(&response.body).expect("JSON");
        (response.status, body)
    }

    pub async fn ok(&self, operation: &str, input: Value) -> Value {
        let (status, body) = self.raw(operation, input.to_string().as_bytes()).await;
        assert_eq!(status, 200, "{operation} {input}: {body}");
        body
    }

    /// `CODE: message` of the error.
    pub async fn refused(&self, operation: &str, input: Value) -> String {
        let (status, body) = self.raw(operation, input.to_string().as_bytes()).await;
        assert_ne!(status, 200, "{operation} {input}: {body}");
        let text = |member: &str| body[member].as_str().expect("text").to_owned();
        format!("{}: {}", text("__type"), text("message"))
    }

    /// Creates a Standard state machine of one Pass state; its ARN.
    pub async fn machine(&self, name: &str) -> String {
        let input = json!({"name": name, "definition": PASS, "roleArn": ROLE});
        let created = self.ok("CreateStateMachine", input).await;
        created["stateMachineArn"].as_str().expect("ARN").to_owned()
    }

    /// Updates its definition to one with this comment and publishes it; the version's ARN.
    pub async fn version(&self, arn: &str, comment: &str) -> String {
        let input = json!({
            "stateMachineArn": arn,
            "definition": commented(comment),
            "publish": true,
        });
        let updated = self.ok("UpdateStateMachine", input).await;
        updated["stateMachineVersionArn"]
            .as_str()
            .expect("ARN")
            .to_owned()
    }

    /// Actions and resources of the audit log.
    pub fn audit(&self) -> Vec<(String, String)> {
        let entries = self.store.audit(0, 1000).expect("reads").into_iter();
        entries
            .map(|(_, entry)| (entry.action.to_string(), entry.resource.to_string()))
            .collect()
    }
}

/// A definition of one Pass state.
pub fn commented(comment: &str) -> String {
    json!({
        "Comment": comment,
        "StartAt": "A",
        "States": {"A": {"Type": "Pass", "End": true}},
    })
    .to_string()
}

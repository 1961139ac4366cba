//! Traces, to an OpenTelemetry collector: a span an execution and a span a Task state, as OTLP over HTTP in JSON. It is switched on by
//! the variables that all of OpenTelemetry's exporters read (OpenTelemetry Specification, "OpenTelemetry Protocol Exporter").

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use connectors::aws::{AwsConfig, HttpClient};
use engine::Committed;
use http::Request;
use interpreter::event::{Detail, StateType};
use interpreter::{Event, Status};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::outbox::{Delivery, Failed, Told};

/// Commits of one request.
pub const MAX_COMMITS: usize = 512;
const TIMEOUT: Duration = Duration::from_secs(10);
/// Executions whose tasks are followed; when there are more, the spans of some tasks are missing.
const MAX_FOLLOWED: usize = 100_000;
/// OTLP's numbers: an internal span, and a status that says error.
const INTERNAL: u8 = 1;
const ERROR: u8 = 2;

/// Where spans go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collector {
    url: String,
    headers: Vec<(String, String)>,
    service: String,
}

impl Collector {
    /// None: nobody asked for traces.
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Option<Collector> {
        let given = |name: &str| variable(name).filter(|value| !value.is_empty());
        let of_all = || {
            let base = given("OTEL_EXPORTER_OTLP_ENDPOINT")?;
            Some(format!("{}/v1/traces", base.trim_end_matches('/')))
        };
        let url = given("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").or_else(of_all)?;
        let headers = given("OTEL_EXPORTER_OTLP_HEADERS").unwrap_or_default();
        let headers = headers
            .split(',')
            .filter_map(|header| header.split_once('='));
        Some(Collector {
            url,
            headers: headers
                .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
                .collect(),
            service: given("OTEL_SERVICE_NAME").unwrap_or_else(|| "stepwright".to_owned()),
        })
    }
}

/// What spans are made of, of one commit.
pub struct Traced {
    execution: Arc<str>,
    state_machine: Arc<str>,
    start_millis: i64,
    events: Vec<TracedEvent>,
}

struct TracedEvent {
    id: u64,
    previous: u64,
    millis: i64,
    what: What,
}

enum What {
    TaskEntered(Arc<str>),
    TaskExited,
    Ended {
        status: &'static str,
        error: Option<Arc<str>>,
    },
    Other,
}

impl Told for Traced {
    fn bytes(&self) -> usize {
        size_of::<TracedEvent>() * self.events.len()
    }
}

impl Traced {
    pub fn of(committed: &Committed<'_>) -> Traced {
        let traced = |event: &Event| TracedEvent {
            id: event.id,
            previous: event.previous_event_id,
            millis: event.timestamp_millis,
            what: what(event, committed.status),
        };
        Traced {
            execution: committed.execution.clone(),
            state_machine: committed.listing.state_machine_arn.clone(),
            start_millis: committed.listing.start_millis,
            events: committed.events.iter().map(traced).collect(),
        }
    }
}

fn what(event: &Event, status: &Status) -> What {
    match &event.detail {
        Detail::StateEntered {
            state_type: StateType::Task,
            name,
            ..
        } => What::TaskEntered(name.clone()),
        Detail::StateExited {
            state_type: StateType::Task,
            ..
        } => What::TaskExited,
        Detail::ExecutionSucceeded { .. }
        | Detail::ExecutionFailed(_)
        | Detail::ExecutionTimedOut(_)
        | Detail::ExecutionAborted(_) => What::Ended {
            status: status.name(),
            error: match status {
                Status::Failed(failure) | Status::TimedOut(failure) | Status::Aborted(failure) => {
                    failure.error.clone()
                }
                Status::Running | Status::Succeeded { .. } => None,
            },
        },
        _ => What::Other,
    }
}

/// A Task state that was entered, known by the last event of its chain.
struct OpenTask {
    entered_id: u64,
    name: Arc<str>,
    start_millis: i64,
}

/// Makes spans of events.
#[derive(Default)]
struct Spans {
    open: HashMap<Arc<str>, HashMap<u64, OpenTask>>,
}

impl Spans {
    fn of(&mut self, traced: &Traced) -> Vec<Value> {
        let mut spans = Vec::new();
        if self.open.len() > MAX_FOLLOWED {
            self.open.clear();
        }
        let tasks = self.open.entry(traced.execution.clone()).or_default();
        let mut has_ended = false;
        for event in &traced.events {
            match &event.what {
                What::TaskEntered(name) => {
                    let task = OpenTask {
                        entered_id: event.id,
                        name: name.clone(),
                        start_millis: event.millis,
                    };
                    tasks.insert(event.id, task);
                }
                What::TaskExited => {
                    if let Some(task) = tasks.remove(&event.previous) {
                        spans.push(task_span(traced, &task, event.millis, None));
                    }
                }
                What::Other => {
                    if let Some(task) = tasks.remove(&event.previous) {
                        tasks.insert(event.id, task);
                    }
                }
                What::Ended { status, error } => {
                    has_ended = true;
                    for task in tasks.values() {
                        spans.push(task_span(traced, task, event.millis, Some(status)));
                    }
                    spans.push(execution_span(
                        traced,
                        event.millis,
                        status,
                        error.as_deref(),
                    ));
                }
            }
        }
        if has_ended || tasks.is_empty() {
            self.open.remove(&traced.execution);
        }
        spans
    }
}

fn execution_span(traced: &Traced, end_millis: i64, status: &str, error: Option<&str>) -> Value {
    let machine = traced.state_machine.rsplit(':').next().unwrap_or_default();
    let mut span = span(traced, 0, machine, traced.start_millis, end_millis);
    let attribute =
        |key: &str, value: &str| json!({ "key": key, "value": { "stringValue": value } });
    span["attributes"] = json!([
        attribute("aws.step_functions.execution.arn", &traced.execution),
        attribute(
            "aws.step_functions.state_machine.arn",
            &traced.state_machine
        ),
        attribute("aws.step_functions.execution.status", status),
    ]);
    if status != "SUCCEEDED" {
        span["status"] = json!({ "code": ERROR, "message": error.unwrap_or(status) });
    }
    span
}

/// `cut_by`: the status of the execution that ended with this task in it.
fn task_span(traced: &Traced, task: &OpenTask, end_millis: i64, cut_by: Option<&str>) -> Value {
    let mut span = span(
        traced,
        task.entered_id,
        &task.name,
        task.start_millis,
        end_millis,
    );
    span["parentSpanId"] = json!(span_id(&traced.execution, 0));
    if let Some(status) = cut_by {
        span["status"] = json!({ "code": ERROR, "message": status });
    }
    span
}

fn span(traced: &Traced, id: u64, name: &str, start_millis: i64, end_millis: i64) -> Value {
    let nanos = |millis: i64| format!("{millis}000000");
    json!({
        "traceId": hex(&Sha256::digest(traced.execution.as_bytes()), 16),
        "spanId": span_id(&traced.execution, id),
        "name": name,
        "kind": INTERNAL,
        "startTimeUnixNano": nanos(start_millis),
        "endTimeUnixNano": nanos(end_millis),
    })
}

/// 0 is the execution's own span; the others have the ids of their events.
fn span_id(execution: &str, id: u64) -> String {
    hex(&Sha256::digest(format!("{execution}\n{id}")), 8)
}

fn hex(bytes: &[u8], number: usize) -> String {
    bytes
        .iter()
        .take(number)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

pub struct Otlp {
    collector: Collector,
    http: HttpClient,
    spans: Mutex<Spans>,
}

impl Otlp {
    pub fn new(collector: Collector, config: &AwsConfig) -> Otlp {
        Otlp {
            collector,
            http: HttpClient::of(config),
            spans: Mutex::default(),
        }
    }
}

impl Delivery<Traced> for Otlp {
    fn send<'a>(
        &'a self,
        batch: &'a [Traced],
    ) -> Pin<Box<dyn Future<Output = Result<(), Failed>> + Send + 'a>> {
        Box::pin(async move {
            let spans: Vec<Value> = {
                let mut open = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
                batch.iter().flat_map(|traced| open.of(traced)).collect()
            };
            if spans.is_empty() {
                return Ok(());
            }
            let service = json!({ "key": "service.name", "value": { "stringValue": self.collector.service } });
            let body = json!({ "resourceSpans": [{
                "resource": { "attributes": [service] },
                "scopeSpans": [{ "scope": { "name": "stepwright" }, "spans": spans }],
            }] });
            let failed = |why: String| Failed {
                number: batch.len(),
                why: format!("{}: {why}", self.collector.url),
            };
            let mut request =
                Request::post(&self.collector.url).header("content-type", "application/json");
            for (name, value) in &self.collector.headers {
                request = request.header(name, value);
            }
            let request = request
                .body(body.to_string().into())
                .map_err(|error| failed(error.to_string()))?;
            let answer = self.http.exchange(request, TIMEOUT).await;
            let answer = answer.map_err(|lost| failed(lost.reason))?;
            match answer.status {
                200..=299 => Ok(()),
                status => Err(failed(format!("status {status}"))),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn traced(events: Vec<(u64, u64, What)>) -> Traced {
        Traced {
            execution: "arn:aws:states:us-east-1:1:execution:m:e".into(),
            state_machine: "arn:aws:states:us-east-1:1:stateMachine:m".into(),
            start_millis: 1000,
            events: events
                .into_iter()
                .map(|(id, previous, what)| TracedEvent {
                    id,
                    previous,
                    millis: 1000 + id as i64,
                    what,
                })
                .collect(),
        }
    }

    #[test]
    fn spans_follow_the_chains_of_events() {
        let mut spans = Spans::default();
        let entered = |name: &str| What::TaskEntered(name.into());
        let first = spans.of(&traced(vec![
            (1, 0, What::Other),
            (2, 0, entered("A")),
            (3, 0, entered("B")),
            (4, 2, What::Other),
            (5, 3, What::Other),
        ]));
        assert_eq!(first, Vec::<Value>::new());
        let second = spans.of(&traced(vec![(6, 4, What::Other), (7, 6, What::TaskExited)]));
        assert_eq!(second.len(), 1);
        assert_eq!(
            (&second[0]["name"], &second[0]["startTimeUnixNano"]),
            (&json!("A"), &json!("1002000000"))
        );
        assert_eq!(second[0]["endTimeUnixNano"], "1007000000");
        let ended = What::Ended {
            status: "FAILED",
            error: Some("Boom".into()),
        };
        let last = spans.of(&traced(vec![(8, 5, ended)]));
        let names: Vec<&Value> = last.iter().map(|span| &span["name"]).collect();
        assert_eq!(names, ["B", "m"]);
        assert_eq!(last[1]["status"]["message"], "Boom");
        assert_eq!(last[0]["parentSpanId"], last[1]["spanId"]);
        assert_eq!(last[0]["traceId"], last[1]["traceId"]);
        assert_eq!(last[1]["traceId"].as_str().map(str::len), Some(32));
        assert!(spans.open.is_empty());
    }

    #[test]
    fn the_collector_is_named_as_everywhere() {
        let of = |variables: &[(&str, &str)]| {
            Collector::from_environment(|name| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "")]), None);
        let collector = of(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318/"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "a=b, c = d"),
        ])
        .unwrap();
        assert_eq!(collector.url, "http://localhost:4318/v1/traces");
        assert_eq!(collector.headers[1], ("c".to_owned(), "d".to_owned()));
        let own = of(&[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://x/y")]).unwrap();
        assert_eq!(own.url, "http://x/y");
    }
}

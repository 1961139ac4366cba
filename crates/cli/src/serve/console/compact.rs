//! Events without their payloads, for drawing an execution.

use std::sync::Arc;

use interpreter::Event;
use interpreter::event::{Detail, TaskResource};
use query::Payload;
use serde::Serialize;
use store::Outline;

const CAUSE_CHARS: usize = 200;

/// `CompactEvent` of the console's types.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CompactEvent {
    pub id: u64,
    prev: u64,
    #[serde(rename = "type")]
    kind: String,
    /// Milliseconds since 1970.
    at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
    #[serde(flatten)]
    own: Own,
}

/// What only some events have.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Own {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    assigned: Vec<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    map_run_arn: Option<Arc<str>>,
}

impl CompactEvent {
    /// `event`: of the outline.
    pub fn of(event: &Event, outline: &Outline) -> CompactEvent {
        let error = event.detail.error();
        let cause = error.and_then(|error| error.cause.as_deref());
        CompactEvent {
            id: event.id,
            prev: event.previous_event_id,
            kind: event.detail.type_name(),
            at: event.timestamp_millis,
            error: error.and_then(|error| error.error.clone()),
            cause: cause.map(|cause| cause.chars().take(CAUSE_CHARS).collect()),
            own: Own::of(&event.detail, outline),
        }
    }
}

impl Own {
    fn of(detail: &Detail, outline: &Outline) -> Own {
        use Detail::*;
        let mut own = Own {
            name: name(detail).cloned(),
            ..Own::default()
        };
        let bytes = |payload: &Payload| Some(bytes(payload, outline));
        match detail {
            ExecutionStarted { input, .. } | StateEntered { input, .. } => {
                own.input_bytes = bytes(input);
            }
            ExecutionSucceeded { output }
            | LambdaFunctionSucceeded { output }
            | ActivitySucceeded { output } => own.output_bytes = bytes(output),
            StateExited {
                output,
                assigned_variables,
                ..
            } => {
                let names = assigned_variables.iter().map(|(name, _)| name.clone());
                own.assigned = names.collect();
                own.output_bytes = bytes(output);
            }
            TaskScheduled {
                task, parameters, ..
            } => {
                own.resource = resource(task);
                own.input_bytes = bytes(parameters);
            }
            TaskSubmitted { task, output } | TaskSucceeded { task, output } => {
                own.resource = resource(task);
                own.output_bytes = bytes(output);
            }
            TaskStarted { task }
            | TaskSubmitFailed { task, .. }
            | TaskFailed { task, .. }
            | TaskTimedOut { task, .. } => own.resource = resource(task),
            LambdaFunctionScheduled {
                resource, input, ..
            }
            | ActivityScheduled {
                resource, input, ..
            } => {
                own.resource = Some(resource.to_string());
                own.input_bytes = bytes(input);
            }
            MapStateStarted { length } => own.length = Some(*length),
            MapIterationStarted { index, .. }
            | MapIterationSucceeded { index, .. }
            | MapIterationFailed { index, .. }
            | MapIterationAborted { index, .. } => own.index = Some(*index),
            MapRunStarted { map_run_arn } | MapRunRedriven { map_run_arn, .. } => {
                own.map_run_arn = Some(map_run_arn.clone());
            }
            _ => {}
        }
        own
    }
}

/// The state that an event names.
pub fn name(detail: &Detail) -> Option<&Arc<str>> {
    use Detail::*;
    match detail {
        StateEntered { name, .. }
        | StateExited { name, .. }
        | MapIterationStarted { name, .. }
        | MapIterationSucceeded { name, .. }
        | MapIterationFailed { name, .. }
        | MapIterationAborted { name, .. }
        | EvaluationFailed { state: name, .. } => Some(name),
        _ => None,
    }
}

/// `lambda invoke`
fn resource(task: &TaskResource) -> Option<String> {
    Some(format!("{} {}", task.resource_type, task.resource))
}

/// A payload that stands beside its record is not there, but its length is known.
fn bytes(payload: &Payload, outline: &Outline) -> u64 {
    let beside = outline.segment.events.payloads.iter();
    let mut beside = beside.zip(&outline.payload_bytes);
    match beside.find(|(one, _)| Arc::ptr_eq(one.text(), payload.text())) {
        Some((_, bytes)) => *bytes,
        None => payload.len() as u64,
    }
}

//! Events without their payloads, for drawing an execution.

use std::sync::Arc;

use interpreter::Event;
use interpreter::event::{Detail, ErrorDetail, TaskResource};
use query::Payload;
use serde::Serialize;
use store::Outline;

const CAUSE_CHARS: usize = 200;

/// `CompactEvent` of the console's types.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CompactEvent {
    pub id: u64,
    prev: u64,
    #[serde(rename = "type")]
    kind: String,
    /// Milliseconds since 1970.
    at: i64,
    #[serde(flatten)]
    shown: Shown,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
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
        CompactEvent {
            id: event.id,
            prev: event.previous_event_id,
            kind: event.detail.type_name(),
            at: event.timestamp_millis,
            shown: Shown::of(&event.detail, outline),
        }
    }
}

impl Shown {
    fn of(detail: &Detail, outline: &Outline) -> Shown {
        use Detail::*;
        let bytes = |payload: &Payload| Some(bytes(payload, outline));
        match detail {
            ExecutionStarted { input, .. } => Shown {
                input_bytes: bytes(input),
                ..Shown::default()
            },
            ExecutionSucceeded { output }
            | LambdaFunctionSucceeded { output }
            | ActivitySucceeded { output } => Shown {
                output_bytes: bytes(output),
                ..Shown::default()
            },
            StateEntered { name, input, .. } => Shown {
                name: Some(name.clone()),
                input_bytes: bytes(input),
                ..Shown::default()
            },
            StateExited {
                name,
                output,
                assigned_variables,
                ..
            } => Shown {
                name: Some(name.clone()),
                output_bytes: bytes(output),
                assigned: assigned_variables
                    .iter()
                    .map(|(name, _)| name.clone())
                    .collect(),
                ..Shown::default()
            },
            TaskScheduled {
                task, parameters, ..
            } => Shown {
                input_bytes: bytes(parameters),
                ..Shown::of_task(task)
            },
            TaskStarted { task } => Shown::of_task(task),
            TaskSubmitted { task, output } | TaskSucceeded { task, output } => Shown {
                output_bytes: bytes(output),
                ..Shown::of_task(task)
            },
            TaskSubmitFailed { task, error }
            | TaskFailed { task, error }
            | TaskTimedOut { task, error } => Shown {
                resource: Shown::of_task(task).resource,
                ..Shown::of_error(error)
            },
            LambdaFunctionScheduled {
                resource, input, ..
            }
            | ActivityScheduled {
                resource, input, ..
            } => Shown {
                resource: Some(resource.to_string()),
                input_bytes: bytes(input),
                ..Shown::default()
            },
            ExecutionFailed(error)
            | ExecutionTimedOut(error)
            | ExecutionAborted(error)
            | LambdaFunctionFailed(error)
            | LambdaFunctionTimedOut(error)
            | ActivityScheduleFailed(error)
            | ActivityFailed(error)
            | ActivityTimedOut(error)
            | MapRunFailed(error) => Shown::of_error(error),
            EvaluationFailed { state, error, .. } => Shown {
                name: Some(state.clone()),
                ..Shown::of_error(error)
            },
            MapStateStarted { length } => Shown {
                length: Some(*length),
                ..Shown::default()
            },
            MapIterationStarted { name, index }
            | MapIterationSucceeded { name, index }
            | MapIterationFailed { name, index }
            | MapIterationAborted { name, index } => Shown {
                name: Some(name.clone()),
                index: Some(*index),
                ..Shown::default()
            },
            MapRunStarted { map_run_arn } | MapRunRedriven { map_run_arn, .. } => Shown {
                map_run_arn: Some(map_run_arn.clone()),
                ..Shown::default()
            },
            ExecutionRedriven { .. }
            | StateAborted { .. }
            | LambdaFunctionStarted
            | ActivityStarted { .. }
            | ParallelStateStarted
            | ParallelStateSucceeded
            | ParallelStateFailed
            | MapStateSucceeded
            | MapStateFailed
            | MapRunSucceeded
            | MapRunAborted => Shown::default(),
        }
    }

    fn of_task(task: &TaskResource) -> Shown {
        Shown {
            resource: Some(format!("{} {}", task.resource_type, task.resource)),
            ..Shown::default()
        }
    }

    fn of_error(error: &ErrorDetail) -> Shown {
        let cause = error.cause.as_deref();
        Shown {
            error: error.error.clone(),
            cause: cause.map(|cause| cause.chars().take(CAUSE_CHARS).collect()),
            ..Shown::default()
        }
    }
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

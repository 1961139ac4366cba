//! Events as GetExecutionHistory answers them, read back, so that a run on a server is shown like one of `run`.

use std::sync::Arc;

use interpreter::event::{Detail, ErrorDetail, Event, StateType, TaskResource};
use query::Payload;
use serde_json::Value;

const STATE_TYPES: [StateType; 8] = [
    StateType::Pass,
    StateType::Task,
    StateType::Choice,
    StateType::Wait,
    StateType::Succeed,
    StateType::Fail,
    StateType::Parallel,
    StateType::Map,
];

/// None for an event that no picture needs.
pub fn read(event: &Value) -> Option<Event> {
    let number = |name: &str| event.get(name).and_then(Value::as_u64);
    Some(Event {
        id: number("id")?,
        previous_event_id: number("previousEventId").unwrap_or(0),
        timestamp_millis: millis(event.get("timestamp")?)?,
        detail: detail(event)?,
    })
}

/// Milliseconds since 1970 of a date as the JSON protocol writes it: seconds with a fraction.
pub fn millis(date: &Value) -> Option<i64> {
    date.as_f64()
        .map(|seconds| (seconds * 1000.0).round() as i64)
}

/// The only member that ends with `EventDetails`.
fn details(event: &Value) -> &Value {
    let members = event.as_object();
    let found = members.and_then(|members| {
        members
            .iter()
            .find(|(name, _)| name.ends_with("EventDetails"))
    });
    found.map_or(&Value::Null, |(_, details)| details)
}

fn detail(event: &Value) -> Option<Detail> {
    let kind = event.get("type")?.as_str()?;
    let of = details(event);
    let text = |name: &str| of.get(name).and_then(Value::as_str);
    let arc = |name: &str| Arc::<str>::from(text(name).unwrap_or(""));
    let payload = |name: &str| match text(name) {
        Some(text) => Payload::from_text_unchecked(text.into()),
        None => Payload::null(),
    };
    let error = || ErrorDetail {
        error: text("error").map(Arc::from),
        cause: text("cause").map(Arc::from),
    };
    let number = |name: &str| of.get(name).and_then(Value::as_u64);
    let task = || TaskResource {
        resource_type: arc("resourceType"),
        resource: arc("resource"),
    };
    let role_arn = || {
        of.pointer("/taskCredentials/roleArn")
            .and_then(Value::as_str)
            .map(Arc::from)
    };
    let (name, index) = (arc("name"), number("index").unwrap_or(0));
    for state_type in STATE_TYPES {
        let detail = match kind.strip_prefix(state_type.name()) {
            Some("StateEntered") => Detail::StateEntered {
                state_type,
                name,
                input: payload("input"),
            },
            Some("StateExited") => Detail::StateExited {
                state_type,
                name,
                output: payload("output"),
                assigned_variables: Vec::new(),
            },
            Some("StateAborted") => Detail::StateAborted { state_type },
            _ => continue,
        };
        return Some(detail);
    }
    Some(match kind {
        "ExecutionStarted" => Detail::ExecutionStarted {
            input: payload("input"),
            role_arn: arc("roleArn"),
        },
        "ExecutionSucceeded" => Detail::ExecutionSucceeded {
            output: payload("output"),
        },
        "ExecutionFailed" => Detail::ExecutionFailed(error()),
        "ExecutionTimedOut" => Detail::ExecutionTimedOut(error()),
        "ExecutionAborted" => Detail::ExecutionAborted(error()),
        "TaskScheduled" => Detail::TaskScheduled {
            task: task(),
            region: arc("region"),
            parameters: payload("parameters"),
            timeout_seconds: number("timeoutInSeconds"),
            heartbeat_seconds: number("heartbeatInSeconds"),
            role_arn: role_arn(),
        },
        "TaskStarted" => Detail::TaskStarted { task: task() },
        "TaskSucceeded" => Detail::TaskSucceeded {
            task: task(),
            output: payload("output"),
        },
        "TaskFailed" => Detail::TaskFailed {
            task: task(),
            error: error(),
        },
        "TaskTimedOut" => Detail::TaskTimedOut {
            task: task(),
            error: error(),
        },
        "LambdaFunctionScheduled" => Detail::LambdaFunctionScheduled {
            resource: arc("resource"),
            input: payload("input"),
            timeout_seconds: number("timeoutInSeconds"),
            role_arn: role_arn(),
        },
        "LambdaFunctionStarted" => Detail::LambdaFunctionStarted,
        "LambdaFunctionSucceeded" => Detail::LambdaFunctionSucceeded {
            output: payload("output"),
        },
        "LambdaFunctionFailed" => Detail::LambdaFunctionFailed(error()),
        "LambdaFunctionTimedOut" => Detail::LambdaFunctionTimedOut(error()),
        "ParallelStateStarted" => Detail::ParallelStateStarted,
        "ParallelStateSucceeded" => Detail::ParallelStateSucceeded,
        "ParallelStateFailed" => Detail::ParallelStateFailed,
        "MapStateStarted" => Detail::MapStateStarted {
            length: number("length").unwrap_or(0),
        },
        "MapStateSucceeded" => Detail::MapStateSucceeded,
        "MapStateFailed" => Detail::MapStateFailed,
        "MapIterationStarted" => Detail::MapIterationStarted { name, index },
        "MapIterationSucceeded" => Detail::MapIterationSucceeded { name, index },
        "MapIterationFailed" => Detail::MapIterationFailed { name, index },
        "MapIterationAborted" => Detail::MapIterationAborted { name, index },
        "EvaluationFailed" => Detail::EvaluationFailed {
            state: arc("state"),
            location: text("location").map(Arc::from),
            error: error(),
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_comes_back_as_it_went() {
        let task = TaskResource {
            resource_type: "aws-sdk:ec2".into(),
            resource: "rebootInstances".into(),
        };
        let error = ErrorDetail {
            error: Some("E".into()),
            cause: None,
        };
        let text = |text: &str| Payload::from_text_unchecked(text.into());
        let details = [
            Detail::ExecutionStarted {
                input: text("{}"),
                role_arn: "arn".into(),
            },
            Detail::StateEntered {
                state_type: StateType::Map,
                name: "Each".into(),
                input: text("[1]"),
            },
            Detail::MapStateStarted { length: 1 },
            Detail::MapIterationFailed {
                name: "Each".into(),
                index: 3,
            },
            Detail::TaskScheduled {
                task: task.clone(),
                region: "eu-west-1".into(),
                parameters: text("{}"),
                timeout_seconds: Some(3),
                heartbeat_seconds: None,
                role_arn: Some("arn:r".into()),
            },
            Detail::TaskFailed {
                task,
                error: error.clone(),
            },
            Detail::StateAborted {
                state_type: StateType::Wait,
            },
            Detail::ExecutionTimedOut(error),
        ];
        for (id, detail) in (1..).zip(details) {
            let event = Event {
                id,
                previous_event_id: id - 1,
                timestamp_millis: 1_700_000_000_123,
                detail,
            };
            assert_eq!(read(&event.to_json()), Some(event));
        }
    }
}

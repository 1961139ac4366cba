//! History events, as GetExecutionHistory answers them: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html>.

use std::sync::Arc;

use query::Payload;
use serde_json::{Map, Value, json};

use crate::time::seconds_of_millis;

/// One event. Ids count from 1; `previous_event_id` is 0 for the first event and for the first state's entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub id: u64,
    pub previous_event_id: u64,
    pub timestamp_millis: i64,
    pub detail: Detail,
}

/// `Pass`, `Task`, …: the word before `StateEntered`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateType {
    Pass,
    Task,
    Choice,
    Wait,
    Succeed,
    Fail,
    Parallel,
    Map,
}

impl StateType {
    pub fn name(self) -> &'static str {
        match self {
            StateType::Pass => "Pass",
            StateType::Task => "Task",
            StateType::Choice => "Choice",
            StateType::Wait => "Wait",
            StateType::Succeed => "Succeed",
            StateType::Fail => "Fail",
            StateType::Parallel => "Parallel",
            StateType::Map => "Map",
        }
    }
}

/// Error and cause of an event; AWS leaves out what is not there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ErrorDetail {
    pub error: Option<Arc<str>>,
    pub cause: Option<Arc<str>>,
}

/// `resourceType` and `resource` of Task events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskResource {
    pub resource_type: Arc<str>,
    pub resource: Arc<str>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Detail {
    ExecutionStarted {
        input: Payload,
        role_arn: Arc<str>,
    },
    ExecutionSucceeded {
        output: Payload,
    },
    ExecutionFailed(ErrorDetail),
    ExecutionTimedOut(ErrorDetail),
    ExecutionAborted(ErrorDetail),
    ExecutionRedriven {
        redrive_count: u32,
    },
    StateEntered {
        state_type: StateType,
        name: Arc<str>,
        input: Payload,
    },
    StateExited {
        state_type: StateType,
        name: Arc<str>,
        output: Payload,
        assigned_variables: Vec<(Arc<str>, Payload)>,
    },
    /// `TaskStateAborted`, `WaitStateAborted`, `MapStateAborted`, `ParallelStateAborted`: something around it failed.
    StateAborted {
        state_type: StateType,
    },
    TaskScheduled {
        task: TaskResource,
        region: Arc<str>,
        parameters: Payload,
        timeout_seconds: Option<u64>,
        heartbeat_seconds: Option<u64>,
        role_arn: Option<Arc<str>>,
    },
    TaskStarted {
        task: TaskResource,
    },
    /// The answer to the submit of a task that is not over with it.
    TaskSubmitted {
        task: TaskResource,
        output: Payload,
    },
    TaskSubmitFailed {
        task: TaskResource,
        error: ErrorDetail,
    },
    TaskSucceeded {
        task: TaskResource,
        output: Payload,
    },
    TaskFailed {
        task: TaskResource,
        error: ErrorDetail,
    },
    TaskTimedOut {
        task: TaskResource,
        error: ErrorDetail,
    },
    LambdaFunctionScheduled {
        resource: Arc<str>,
        input: Payload,
        timeout_seconds: Option<u64>,
        role_arn: Option<Arc<str>>,
    },
    LambdaFunctionStarted,
    LambdaFunctionSucceeded {
        output: Payload,
    },
    LambdaFunctionFailed(ErrorDetail),
    LambdaFunctionTimedOut(ErrorDetail),
    ActivityScheduled {
        resource: Arc<str>,
        input: Payload,
        timeout_seconds: Option<u64>,
        heartbeat_seconds: Option<u64>,
    },
    ActivityScheduleFailed(ErrorDetail),
    ActivityStarted {
        worker_name: Option<Arc<str>>,
    },
    ActivitySucceeded {
        output: Payload,
    },
    ActivityFailed(ErrorDetail),
    ActivityTimedOut(ErrorDetail),
    ParallelStateStarted,
    ParallelStateSucceeded,
    ParallelStateFailed,
    MapStateStarted {
        length: u64,
    },
    MapStateSucceeded,
    MapStateFailed,
    MapIterationStarted {
        name: Arc<str>,
        index: u64,
    },
    MapIterationSucceeded {
        name: Arc<str>,
        index: u64,
    },
    MapIterationFailed {
        name: Arc<str>,
        index: u64,
    },
    MapIterationAborted {
        name: Arc<str>,
        index: u64,
    },
    MapRunStarted {
        map_run_arn: Arc<str>,
    },
    MapRunSucceeded,
    MapRunFailed(ErrorDetail),
    MapRunAborted,
    MapRunRedriven {
        map_run_arn: Arc<str>,
        redrive_count: u32,
    },
    EvaluationFailed {
        state: Arc<str>,
        location: Option<Arc<str>>,
        error: ErrorDetail,
    },
}

impl Detail {
    /// Bytes of the payloads that stand in the event.
    pub(crate) fn payload_bytes(&self) -> u64 {
        self.payloads().map(|payload| payload.len() as u64).sum()
    }

    /// What goes in or comes out, and the variables that are assigned.
    pub fn payloads(&self) -> impl Iterator<Item = &Payload> {
        use Detail::*;
        let none: &[(Arc<str>, Payload)] = &[];
        let (payload, assigned) = match self {
            ExecutionStarted { input, .. }
            | StateEntered { input, .. }
            | LambdaFunctionScheduled { input, .. }
            | ActivityScheduled { input, .. } => (Some(input), none),
            ExecutionSucceeded { output }
            | TaskSubmitted { output, .. }
            | TaskSucceeded { output, .. }
            | LambdaFunctionSucceeded { output }
            | ActivitySucceeded { output } => (Some(output), none),
            TaskScheduled { parameters, .. } => (Some(parameters), none),
            StateExited {
                output,
                assigned_variables,
                ..
            } => (Some(output), &**assigned_variables),
            _ => (None, none),
        };
        let assigned = assigned.iter().map(|(_, value)| value);
        payload.into_iter().chain(assigned)
    }

    /// Why something ended badly.
    pub fn error(&self) -> Option<&ErrorDetail> {
        use Detail::*;
        match self {
            ExecutionFailed(error)
            | ExecutionTimedOut(error)
            | ExecutionAborted(error)
            | TaskSubmitFailed { error, .. }
            | TaskFailed { error, .. }
            | TaskTimedOut { error, .. }
            | LambdaFunctionFailed(error)
            | LambdaFunctionTimedOut(error)
            | ActivityScheduleFailed(error)
            | ActivityFailed(error)
            | ActivityTimedOut(error)
            | MapRunFailed(error)
            | EvaluationFailed { error, .. } => Some(error),
            _ => None,
        }
    }

    /// The event's `type`.
    pub fn type_name(&self) -> String {
        use Detail::*;
        match self {
            StateEntered { state_type, .. } => return format!("{}StateEntered", state_type.name()),
            StateExited { state_type, .. } => return format!("{}StateExited", state_type.name()),
            StateAborted { state_type } => return format!("{}StateAborted", state_type.name()),
            ExecutionStarted { .. } => "ExecutionStarted",
            ExecutionSucceeded { .. } => "ExecutionSucceeded",
            ExecutionFailed(_) => "ExecutionFailed",
            ExecutionTimedOut(_) => "ExecutionTimedOut",
            ExecutionAborted(_) => "ExecutionAborted",
            ExecutionRedriven { .. } => "ExecutionRedriven",
            TaskScheduled { .. } => "TaskScheduled",
            TaskStarted { .. } => "TaskStarted",
            TaskSubmitted { .. } => "TaskSubmitted",
            TaskSubmitFailed { .. } => "TaskSubmitFailed",
            TaskSucceeded { .. } => "TaskSucceeded",
            TaskFailed { .. } => "TaskFailed",
            TaskTimedOut { .. } => "TaskTimedOut",
            LambdaFunctionScheduled { .. } => "LambdaFunctionScheduled",
            LambdaFunctionStarted => "LambdaFunctionStarted",
            LambdaFunctionSucceeded { .. } => "LambdaFunctionSucceeded",
            LambdaFunctionFailed(_) => "LambdaFunctionFailed",
            LambdaFunctionTimedOut(_) => "LambdaFunctionTimedOut",
            ActivityScheduled { .. } => "ActivityScheduled",
            ActivityScheduleFailed(_) => "ActivityScheduleFailed",
            ActivityStarted { .. } => "ActivityStarted",
            ActivitySucceeded { .. } => "ActivitySucceeded",
            ActivityFailed(_) => "ActivityFailed",
            ActivityTimedOut(_) => "ActivityTimedOut",
            ParallelStateStarted => "ParallelStateStarted",
            ParallelStateSucceeded => "ParallelStateSucceeded",
            ParallelStateFailed => "ParallelStateFailed",
            MapStateStarted { .. } => "MapStateStarted",
            MapStateSucceeded => "MapStateSucceeded",
            MapStateFailed => "MapStateFailed",
            MapIterationStarted { .. } => "MapIterationStarted",
            MapIterationSucceeded { .. } => "MapIterationSucceeded",
            MapIterationFailed { .. } => "MapIterationFailed",
            MapIterationAborted { .. } => "MapIterationAborted",
            MapRunStarted { .. } => "MapRunStarted",
            MapRunSucceeded => "MapRunSucceeded",
            MapRunFailed(_) => "MapRunFailed",
            MapRunAborted => "MapRunAborted",
            MapRunRedriven { .. } => "MapRunRedriven",
            EvaluationFailed { .. } => "EvaluationFailed",
        }
        .to_owned()
    }
}

impl Event {
    /// The event as GetExecutionHistory answers it: `timestamp` in seconds since 1970 with milliseconds as fraction, as the
    /// JSON protocol writes it.
    pub fn to_json(&self) -> Value {
        let mut event = Map::new();
        event.insert(
            "timestamp".into(),
            json!(seconds_of_millis(self.timestamp_millis)),
        );
        let kind = self.detail.type_name();
        let details = self.detail.details_json();
        event.insert("type".into(), kind.clone().into());
        event.insert("id".into(), self.id.into());
        event.insert("previousEventId".into(), self.previous_event_id.into());
        if let Some(details) = details {
            event.insert(self.detail.details_key(&kind), Value::Object(details));
        }
        Value::Object(event)
    }

    /// The event as GetExecutionHistory answers it with `includeExecutionData` false: without what went in and came out.
    /// Names, resources, errors and causes stay.
    pub fn to_json_without_data(&self) -> Value {
        const DATA: [&str; 7] = [
            "input",
            "inputDetails",
            "output",
            "outputDetails",
            "parameters",
            "assignedVariables",
            "assignedVariablesDetails",
        ];
        let mut event = self.to_json();
        let members = event.as_object_mut().into_iter().flatten();
        for details in members.filter_map(|(_, value)| value.as_object_mut()) {
            details.retain(|name, _| !DATA.contains(&name.as_str()));
        }
        event
    }
}

impl Detail {
    /// `PassStateEntered` -> `stateEnteredEventDetails`, `TaskFailed` -> `taskFailedEventDetails`.
    fn details_key(&self, kind: &str) -> String {
        match self {
            Detail::StateEntered { .. } => "stateEnteredEventDetails".into(),
            Detail::StateExited { .. } => "stateExitedEventDetails".into(),
            _ => {
                let (first, rest) = kind.split_at(1);
                format!("{}{rest}EventDetails", first.to_lowercase())
            }
        }
    }

    fn details_json(&self) -> Option<Map<String, Value>> {
        use Detail::*;
        let mut map = Map::new();
        match self {
            ExecutionStarted { input, role_arn } => {
                payload(&mut map, "input", input);
                map.insert("roleArn".into(), role_arn.as_ref().into());
            }
            ExecutionSucceeded { output }
            | LambdaFunctionSucceeded { output }
            | ActivitySucceeded { output } => payload(&mut map, "output", output),
            ExecutionFailed(error)
            | ExecutionTimedOut(error)
            | ExecutionAborted(error)
            | LambdaFunctionFailed(error)
            | LambdaFunctionTimedOut(error)
            | ActivityScheduleFailed(error)
            | ActivityFailed(error)
            | ActivityTimedOut(error)
            | MapRunFailed(error) => error_detail(&mut map, error),
            ExecutionRedriven { redrive_count } => {
                map.insert("redriveCount".into(), (*redrive_count).into());
            }
            StateEntered { name, input, .. } => {
                map.insert("name".into(), name.as_ref().into());
                payload(&mut map, "input", input);
            }
            StateExited {
                name,
                output,
                assigned_variables,
                ..
            } => {
                map.insert("name".into(), name.as_ref().into());
                payload(&mut map, "output", output);
                if !assigned_variables.is_empty() {
                    let variables: Map<String, Value> = assigned_variables
                        .iter()
                        .map(|(name, value)| (name.to_string(), value.text().as_ref().into()))
                        .collect();
                    map.insert("assignedVariables".into(), Value::Object(variables));
                    map.insert(
                        "assignedVariablesDetails".into(),
                        json!({"truncated": false}),
                    );
                }
            }
            TaskScheduled {
                task,
                region,
                parameters,
                timeout_seconds,
                heartbeat_seconds,
                role_arn,
            } => {
                resource(&mut map, task);
                map.insert("region".into(), region.as_ref().into());
                map.insert("parameters".into(), parameters.text().as_ref().into());
                optional(&mut map, "timeoutInSeconds", *timeout_seconds);
                optional(&mut map, "heartbeatInSeconds", *heartbeat_seconds);
                credentials(&mut map, role_arn);
            }
            TaskStarted { task } => resource(&mut map, task),
            TaskSubmitted { task, output } | TaskSucceeded { task, output } => {
                resource(&mut map, task);
                payload(&mut map, "output", output);
            }
            TaskSubmitFailed { task, error }
            | TaskFailed { task, error }
            | TaskTimedOut { task, error } => {
                resource(&mut map, task);
                error_detail(&mut map, error);
            }
            LambdaFunctionScheduled {
                resource,
                input,
                timeout_seconds,
                role_arn,
            } => {
                map.insert("resource".into(), resource.as_ref().into());
                payload(&mut map, "input", input);
                optional(&mut map, "timeoutInSeconds", *timeout_seconds);
                credentials(&mut map, role_arn);
            }
            ActivityScheduled {
                resource,
                input,
                timeout_seconds,
                heartbeat_seconds,
            } => {
                map.insert("resource".into(), resource.as_ref().into());
                payload(&mut map, "input", input);
                optional(&mut map, "timeoutInSeconds", *timeout_seconds);
                optional(&mut map, "heartbeatInSeconds", *heartbeat_seconds);
            }
            ActivityStarted { worker_name } => {
                if let Some(worker_name) = worker_name {
                    map.insert("workerName".into(), worker_name.as_ref().into());
                }
            }
            MapStateStarted { length } => {
                map.insert("length".into(), (*length).into());
            }
            MapIterationStarted { name, index }
            | MapIterationSucceeded { name, index }
            | MapIterationFailed { name, index }
            | MapIterationAborted { name, index } => {
                map.insert("name".into(), name.as_ref().into());
                map.insert("index".into(), (*index).into());
            }
            MapRunStarted { map_run_arn } => {
                map.insert("mapRunArn".into(), map_run_arn.as_ref().into());
            }
            MapRunRedriven {
                map_run_arn,
                redrive_count,
            } => {
                map.insert("mapRunArn".into(), map_run_arn.as_ref().into());
                map.insert("redriveCount".into(), (*redrive_count).into());
            }
            EvaluationFailed {
                state,
                location,
                error,
            } => {
                error_detail(&mut map, error);
                if let Some(location) = location {
                    map.insert("location".into(), location.as_ref().into());
                }
                map.insert("state".into(), state.as_ref().into());
            }
            StateAborted { .. }
            | LambdaFunctionStarted
            | ParallelStateStarted
            | ParallelStateSucceeded
            | ParallelStateFailed
            | MapStateSucceeded
            | MapStateFailed
            | MapRunSucceeded
            | MapRunAborted => return None,
        }
        Some(map)
    }
}

fn payload(map: &mut Map<String, Value>, key: &str, payload: &Payload) {
    map.insert(key.into(), payload.text().as_ref().into());
    map.insert(format!("{key}Details"), json!({"truncated": false}));
}

fn error_detail(map: &mut Map<String, Value>, detail: &ErrorDetail) {
    if let Some(error) = &detail.error {
        map.insert("error".into(), error.as_ref().into());
    }
    if let Some(cause) = &detail.cause {
        map.insert("cause".into(), cause.as_ref().into());
    }
}

fn resource(map: &mut Map<String, Value>, task: &TaskResource) {
    map.insert("resourceType".into(), task.resource_type.as_ref().into());
    map.insert("resource".into(), task.resource.as_ref().into());
}

fn optional(map: &mut Map<String, Value>, key: &str, seconds: Option<u64>) {
    if let Some(seconds) = seconds {
        map.insert(key.into(), seconds.into());
    }
}

fn credentials(map: &mut Map<String, Value>, role_arn: &Option<Arc<str>>) {
    if let Some(role_arn) = role_arn {
        map.insert(
            "taskCredentials".into(),
            json!({"roleArn": role_arn.as_ref()}),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_data_names_and_errors_stay() {
        let task = || TaskResource {
            resource_type: "sqs".into(),
            resource: "sendMessage".into(),
        };
        let details = |detail| {
            let event = Event {
                id: 5,
                previous_event_id: 4,
                timestamp_millis: 1_767_225_600_123,
                detail,
            };
            event.to_json_without_data()
        };
        let scheduled = details(Detail::TaskScheduled {
            task: task(),
            region: "us-east-1".into(),
            parameters: Payload::null(),
            timeout_seconds: Some(5),
            heartbeat_seconds: None,
            role_arn: None,
        });
        assert_eq!(
            scheduled["taskScheduledEventDetails"],
            json!({"resourceType": "sqs", "resource": "sendMessage", "region": "us-east-1", "timeoutInSeconds": 5})
        );
        let exited = details(Detail::StateExited {
            state_type: StateType::Pass,
            name: "P".into(),
            output: Payload::null(),
            assigned_variables: vec![("v".into(), Payload::null())],
        });
        assert_eq!(exited["stateExitedEventDetails"], json!({"name": "P"}));
        let failed = details(Detail::TaskFailed {
            task: task(),
            error: ErrorDetail {
                error: Some("E".into()),
                cause: Some("c".into()),
            },
        });
        assert_eq!(
            failed,
            json!({
                "timestamp": 1_767_225_600.123,
                "type": "TaskFailed",
                "id": 5,
                "previousEventId": 4,
                "taskFailedEventDetails": {"resourceType": "sqs", "resource": "sendMessage", "error": "E", "cause": "c"},
            })
        );
    }
}

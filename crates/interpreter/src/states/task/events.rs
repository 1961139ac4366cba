//! How the history names what a Task does: one family of events for functions by their ARN, one for activities, one for the rest.

use std::sync::Arc;

use query::Payload;
use states_language::resource::{Resource, ResourceKind};

use crate::event::{Detail, ErrorDetail, TaskResource};

pub(super) enum Family {
    Function,
    Activity,
    /// `resourceType` and `resource` stand in each event.
    Task(TaskResource),
}

/// What a scheduled event shows.
pub(super) struct Scheduled {
    pub region: Arc<str>,
    pub arguments: Payload,
    pub timeout_seconds: Option<u64>,
    pub heartbeat_seconds: Option<u64>,
    pub role_arn: Option<Arc<str>>,
}

impl Family {
    pub fn of(resource: &Resource) -> Family {
        match resource.kind {
            ResourceKind::LambdaFunction => Family::Function,
            ResourceKind::Activity => Family::Activity,
            ResourceKind::AwsSdk { .. } | ResourceKind::Optimized { .. } => {
                Family::Task(TaskResource {
                    resource_type: resource.event_resource_type().into(),
                    resource: resource.event_resource().into(),
                })
            }
        }
    }

    pub fn scheduled(self, resource: &Resource, shown: Scheduled) -> Detail {
        match self {
            Family::Function => Detail::LambdaFunctionScheduled {
                resource: resource.arn.as_str().into(),
                input: shown.arguments,
                timeout_seconds: shown.timeout_seconds,
                role_arn: shown.role_arn,
            },
            Family::Activity => Detail::ActivityScheduled {
                resource: resource.arn.as_str().into(),
                input: shown.arguments,
                timeout_seconds: shown.timeout_seconds,
                heartbeat_seconds: shown.heartbeat_seconds,
            },
            Family::Task(task) => Detail::TaskScheduled {
                task,
                region: shown.region,
                parameters: shown.arguments,
                timeout_seconds: shown.timeout_seconds,
                heartbeat_seconds: shown.heartbeat_seconds,
                role_arn: shown.role_arn,
            },
        }
    }

    /// None for an activity, which starts when a worker takes it.
    pub fn started(self) -> Option<Detail> {
        match self {
            Family::Function => Some(Detail::LambdaFunctionStarted),
            Family::Activity => None,
            Family::Task(task) => Some(Detail::TaskStarted { task }),
        }
    }

    pub fn succeeded(self, output: Payload) -> Detail {
        match self {
            Family::Function => Detail::LambdaFunctionSucceeded { output },
            Family::Activity => Detail::ActivitySucceeded { output },
            Family::Task(task) => Detail::TaskSucceeded { task, output },
        }
    }

    pub fn failed(self, error: ErrorDetail) -> Detail {
        match self {
            Family::Function => Detail::LambdaFunctionFailed(error),
            Family::Activity => Detail::ActivityFailed(error),
            Family::Task(task) => Detail::TaskFailed { task, error },
        }
    }

    pub fn timed_out(self, error: ErrorDetail) -> Detail {
        match self {
            Family::Function => Detail::LambdaFunctionTimedOut(error),
            Family::Activity => Detail::ActivityTimedOut(error),
            Family::Task(task) => Detail::TaskTimedOut { task, error },
        }
    }

    /// The request failed of a task that would not have been over with its answer.
    pub fn submit_failed(self, error: ErrorDetail) -> Detail {
        match self {
            Family::Function => Detail::LambdaFunctionFailed(error),
            Family::Activity => Detail::ActivityScheduleFailed(error),
            Family::Task(task) => Detail::TaskSubmitFailed { task, error },
        }
    }
}

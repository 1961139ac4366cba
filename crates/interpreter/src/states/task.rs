//! Task.
//!
//! | in | event | out |
//! |---|---|---|
//! | Enter, BackingOff | TaskStateEntered (Enter only), TaskScheduled, TaskStarted | Calling |
//! | Calling, answer | TaskSucceeded, TaskStateExited | next state |
//! | Calling, failure | TaskFailed | Retry (BackingOff), Catch or frame failed |
//! | Calling, timer | TaskTimedOut | Retry (BackingOff), Catch or frame failed |
//! | Calling, BackingOff, unwound | TaskStateAborted | – |
//!
//! A function's ARN as Resource writes LambdaFunctionScheduled … instead of TaskScheduled ….

use std::sync::Arc;

use query::Payload;
use states_language::machine::Task;
use states_language::resource::{Resource, ResourceKind};

use crate::command::{Call, CallResult, Command, TimerPurpose};
use crate::data_flow::DataFlow;
use crate::event::{Detail, ErrorDetail, TaskResource};
use crate::execution::{Calling, Deadline, Frame, Phase};
use crate::failure::Failure;
use crate::step::{Turn, after_seconds, data_limit_exceeded, error_detail};

pub(crate) fn start(turn: &mut Turn<'_>, mut frame: Frame, task: &Task) {
    let mut flow = DataFlow::new(turn, &frame);
    let evaluated = (|| {
        let effective = flow.effective_input()?;
        let timeout = task
            .timeout_seconds
            .as_ref()
            .map(|field| flow.seconds(field, &effective, "TimeoutSeconds"))
            .transpose()?;
        let heartbeat = task
            .heartbeat_seconds
            .as_ref()
            .map(|field| flow.seconds(field, &effective, "HeartbeatSeconds"))
            .transpose()?;
        let role_arn = task
            .credentials
            .as_ref()
            .map(|field| flow.role_arn(field, &effective))
            .transpose()?
            .flatten();
        Ok((flow.arguments(&effective)?, timeout, heartbeat, role_arn))
    })();
    let (arguments, timeout_seconds, heartbeat_seconds, role_arn) = match evaluated {
        Ok(evaluated) => evaluated,
        Err(failure) => return turn.fail(frame, failure),
    };
    let scheduled = match names(&task.resource) {
        Some(names) => Detail::TaskScheduled {
            task: names,
            region: turn.execution.identity.region.clone(),
            parameters: arguments.clone(),
            timeout_seconds,
            heartbeat_seconds,
            role_arn: role_arn.clone(),
        },
        None => Detail::LambdaFunctionScheduled {
            resource: task.resource.arn.as_str().into(),
            input: arguments.clone(),
            timeout_seconds,
            role_arn: role_arn.clone(),
        },
    };
    let id = turn.emit(frame.previous_event_id, scheduled);
    let started = names(&task.resource).map_or(Detail::LambdaFunctionStarted, |task| {
        Detail::TaskStarted { task }
    });
    frame.previous_event_id = turn.emit(id, started);

    let now_millis = turn.now_millis;
    let mut timer = |seconds: Option<u64>, purpose| -> Option<Deadline> {
        seconds.map(|seconds| {
            turn.set_timer(Some(frame.id), after_seconds(now_millis, seconds), purpose)
        })
    };
    let calling = Calling {
        attempt: frame.entry.retry_count(),
        call: 0,
        timeout: timer(timeout_seconds, TimerPurpose::TaskTimeout),
        heartbeat: timer(heartbeat_seconds, TimerPurpose::Heartbeat),
    };
    frame.phase = Phase::Calling(calling);
    if let Some(key) = frame.call_key() {
        turn.out.commands.push(Command::Call(Box::new(Call {
            key,
            state_name: frame.state.name.clone(),
            resource: task.resource.clone(),
            arguments,
            role_arn,
        })));
    }
    turn.put(frame);
}

pub(crate) fn completed(turn: &mut Turn<'_>, mut frame: Frame, result: CallResult) {
    let Some(resource) = resource(&frame) else {
        return;
    };
    let names = names(&resource);
    let limit = turn.limits.payload_bytes;
    let result = match result {
        Ok(output) if output.len() > limit => Err(data_limit_exceeded(&too_large(&resource))),
        Ok(output) => Ok(output),
        Err(failure) => Err(Failure::new(&failure.error, failure.cause)),
    };
    match result {
        Ok(output) => succeeded(turn, frame, names, output),
        Err(failure) => {
            let error = error_detail(&failure);
            let detail = match names {
                Some(task) => Detail::TaskFailed { task, error },
                None => Detail::LambdaFunctionFailed(error),
            };
            frame.previous_event_id = turn.emit(frame.previous_event_id, detail);
            turn.fail(frame, failure);
        }
    }
}

fn succeeded(turn: &mut Turn<'_>, mut frame: Frame, names: Option<TaskResource>, output: Payload) {
    let detail = match names {
        Some(task) => Detail::TaskSucceeded {
            task,
            output: output.clone(),
        },
        None => Detail::LambdaFunctionSucceeded {
            output: output.clone(),
        },
    };
    frame.previous_event_id = turn.emit(frame.previous_event_id, detail);
    match DataFlow::new(turn, &frame).output(&output) {
        Ok((output, assigned)) => {
            let next = frame.state.next.clone();
            turn.exit(frame, output, assigned, &next);
        }
        Err(failure) => turn.fail(frame, failure),
    }
}

pub(crate) fn timed_out(turn: &mut Turn<'_>, mut frame: Frame, heartbeat: bool) {
    if let Some(key) = frame.call_key() {
        turn.out.commands.push(Command::AbandonCall(key));
    }
    let failure = Failure {
        heartbeat,
        ..Failure::timeout()
    };
    let error: ErrorDetail = error_detail(&failure);
    let detail = match resource(&frame).and_then(|resource| names(&resource)) {
        Some(task) => Detail::TaskTimedOut { task, error },
        None => Detail::LambdaFunctionTimedOut(error),
    };
    frame.previous_event_id = turn.emit(frame.previous_event_id, detail);
    turn.fail(frame, failure);
}

fn resource(frame: &Frame) -> Option<Arc<Resource>> {
    match &frame.state.kind {
        states_language::machine::Kind::Task(task) => Some(task.resource.clone()),
        _ => None,
    }
}

/// None for a function's own ARN, whose events name no resource type.
fn names(resource: &Resource) -> Option<TaskResource> {
    (resource.kind != ResourceKind::LambdaFunction).then(|| TaskResource {
        resource_type: resource.event_resource_type().into(),
        resource: resource.event_resource().into(),
    })
}

/// What AWS calls the thing whose answer was too large.
fn too_large(resource: &Resource) -> String {
    match resource.kind {
        ResourceKind::LambdaFunction | ResourceKind::Activity => resource.arn.clone(),
        _ => resource.event_resource_type(),
    }
}

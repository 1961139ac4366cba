//! Task.
//!
//! | in | event | out |
//! |---|---|---|
//! | Enter, BackingOff | TaskStateEntered (Enter only), TaskScheduled, TaskStarted | Calling |
//! | Calling, answer | TaskSucceeded, TaskStateExited | next state |
//! | Calling, answer to a `.waitForTaskToken` | TaskSubmitted | Calling, until the token is answered |
//! | Calling, answer to a `.sync` | TaskSubmitted | Calling, until the second call is answered: the job has ended |
//! | Calling, failure of one of those | TaskSubmitFailed | Retry (BackingOff), Catch or frame failed |
//! | Calling, token answered | TaskSucceeded, TaskStateExited | next state |
//! | Calling, failure | TaskFailed | Retry (BackingOff), Catch or frame failed |
//! | Calling, timer | TaskTimedOut | Retry (BackingOff), Catch or frame failed |
//! | Calling, BackingOff, unwound | TaskStateAborted | – |
//!
//! A function's ARN as Resource writes LambdaFunctionScheduled … instead of TaskScheduled …, an activity's ARN
//! ActivityScheduled …; an activity's task is Calling without an event until a worker takes it: ActivityStarted.
//!
//! The timeout counts from the scheduled event; heartbeats from there too, but an activity's from its start.

mod events;

use std::sync::Arc;

use query::Payload;
use states_language::machine::{Kind, Task};
use states_language::resource::{Pattern, Resource, ResourceKind};

use crate::command::{
    Call, CallFailure, CallKey, CallPurpose, CallResult, Command, RESEND, TaskResult, TimerKey,
    TimerPurpose,
};
use crate::data_flow::{DataFlow, cause};
use crate::event::Detail;
use crate::execution::{Calling, Deadline, Frame, Job, Phase};
use crate::failure::{Failure, names};
use crate::step::{Turn, after_seconds, data_limit_exceeded, error_detail};
use events::{Family, Scheduled};

pub(crate) fn start(turn: &mut Turn<'_>, mut frame: Frame, task: &Task) {
    let resource = &task.resource;
    let is_activity = is_activity(resource);
    if is_activity
        && turn
            .activity_exists
            .is_some_and(|exists| !exists(&resource.arn))
    {
        let what = format!("The activity {} does not exist.", resource.arn);
        let failure = Failure::runtime(cause(&frame, &what));
        return turn.fail(frame, failure);
    }
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
    let scheduled = Scheduled {
        region: turn.execution.identity.region.clone(),
        arguments: arguments.clone(),
        timeout_seconds,
        heartbeat_seconds,
        role_arn: role_arn.clone(),
    };
    let detail = Family::of(resource).scheduled(resource, scheduled);
    frame.previous_event_id = turn.emit(frame.previous_event_id, detail);
    if let Some(detail) = Family::of(resource).started() {
        frame.previous_event_id = turn.emit(frame.previous_event_id, detail);
    }
    let timeout = set_timer(turn, &frame, timeout_seconds, TimerPurpose::TaskTimeout);
    let heartbeat = match is_activity {
        true => None,
        false => set_timer(turn, &frame, heartbeat_seconds, TimerPurpose::Heartbeat),
    };
    let job = is_job(resource).then(|| Job {
        arguments: arguments.clone(),
        role_arn: role_arn.clone(),
        submitted: None,
    });
    frame.phase = Phase::Calling(Calling {
        call: 0,
        is_open: true,
        timeout,
        heartbeat,
        heartbeat_seconds,
        job,
    });
    call(turn, &frame, 0, arguments, role_arn, CallPurpose::Submit);
    turn.put(frame);
}

fn call(
    turn: &mut Turn<'_>,
    frame: &Frame,
    number: u32,
    arguments: Payload,
    role_arn: Option<Arc<str>>,
    purpose: CallPurpose,
) {
    let Some(resource) = resource(frame) else {
        return;
    };
    let comment = frame.state.comment.as_deref();
    turn.out.commands.push(Command::Call(Box::new(Call {
        key: CallKey {
            call: number,
            ..frame.attempt_key()
        },
        state_name: frame.state.name.clone(),
        resource: resource.clone(),
        arguments,
        role_arn,
        purpose,
        resend: comment.is_some_and(|comment| comment.contains(RESEND)),
    })));
}

/// The open call's answer.
pub(crate) fn completed(turn: &mut Turn<'_>, mut frame: Frame, result: CallResult) {
    let Some(resource) = resource(&frame).cloned() else {
        return turn.put(frame);
    };
    let Phase::Calling(calling) = &mut frame.phase else {
        return turn.put(frame);
    };
    calling.is_open = false;
    let is_whole_task =
        calling.call > 0 || resource.pattern == Pattern::RequestResponse && !is_activity(&resource);
    match result {
        Ok(output) if is_whole_task => succeeded(turn, frame, &resource, output),
        Ok(output) => submitted(turn, frame, &resource, output),
        Err(CallFailure { error, cause }) => {
            let family = Family::of(&resource);
            let failure = Failure::new(&error, cause);
            let error = error_detail(&failure);
            let detail = match is_whole_task {
                true => family.failed(error),
                false => family.submit_failed(error),
            };
            failed(turn, frame, detail, failure);
        }
    }
}

/// The request has been taken; the task goes on elsewhere.
fn submitted(turn: &mut Turn<'_>, mut frame: Frame, resource: &Resource, output: Payload) {
    if let Family::Task(task) = Family::of(resource) {
        let detail = Detail::TaskSubmitted {
            task,
            output: output.clone(),
        };
        frame.previous_event_id = turn.emit(frame.previous_event_id, detail);
    }
    if let Phase::Calling(calling) = &mut frame.phase
        && let Some(job) = &mut calling.job
    {
        job.submitted = Some(output.clone());
        let (arguments, role_arn) = (job.arguments.clone(), job.role_arn.clone());
        calling.call += 1;
        calling.is_open = true;
        let (number, purpose) = (calling.call, CallPurpose::Await { submitted: output });
        call(turn, &frame, number, arguments, role_arn, purpose);
    }
    turn.put(frame);
}

/// Somebody who has the attempt's token answers. The request may still be out: nobody waits for it any more.
pub(crate) fn answered(turn: &mut Turn<'_>, frame: Frame, result: TaskResult) {
    let Some(resource) = resource(&frame).cloned() else {
        return turn.put(frame);
    };
    if let Some(key) = frame.call_key() {
        turn.out.commands.push(Command::AbandonCall(key));
    }
    match result {
        Ok(output) => succeeded(turn, frame, &resource, output),
        Err(error) => {
            let detail = Family::of(&resource).failed(error.clone());
            let failure = Failure {
                error: error.error,
                cause: error.cause,
                heartbeat: false,
                evaluation: None,
            };
            failed(turn, frame, detail, failure);
        }
    }
}

fn succeeded(turn: &mut Turn<'_>, mut frame: Frame, resource: &Resource, output: Payload) {
    let family = Family::of(resource);
    if output.len() > turn.limits.payload_bytes {
        let failure = data_limit_exceeded(&too_large(resource));
        let detail = family.failed(error_detail(&failure));
        return failed(turn, frame, detail, failure);
    }
    let detail = family.succeeded(output.clone());
    frame.previous_event_id = turn.emit(frame.previous_event_id, detail);
    match DataFlow::new(turn, &frame).output(&output) {
        Ok((output, assigned)) => {
            let next = frame.state.next.clone();
            turn.exit(frame, output, assigned, &next);
        }
        Err(failure) => turn.fail(frame, failure),
    }
}

fn failed(turn: &mut Turn<'_>, mut frame: Frame, detail: Detail, failure: Failure) {
    frame.previous_event_id = turn.emit(frame.previous_event_id, detail);
    turn.fail(frame, failure);
}

pub(crate) fn timed_out(turn: &mut Turn<'_>, frame: Frame, heartbeat: bool) {
    let Some(resource) = resource(&frame).cloned() else {
        return turn.put(frame);
    };
    abandon(turn, &frame);
    let failure = Failure {
        heartbeat,
        ..Failure::timeout()
    };
    let detail = Family::of(&resource).timed_out(error_detail(&failure));
    failed(turn, frame, detail, failure);
}

/// Nobody waits for the attempt any more: its open call is abandoned, its job stopped.
pub(crate) fn abandon(turn: &mut Turn<'_>, frame: &Frame) {
    let Phase::Calling(calling) = &frame.phase else {
        return;
    };
    if let Some(key) = frame.call_key() {
        turn.out.commands.push(Command::AbandonCall(key));
    }
    if let Some(job) = &calling.job
        && let Some(submitted) = job.submitted.clone()
    {
        let purpose = CallPurpose::Cancel { submitted };
        let (arguments, role_arn) = (job.arguments.clone(), job.role_arn.clone());
        call(turn, frame, calling.call + 1, arguments, role_arn, purpose);
    }
}

/// The heartbeat's timer keeps its key, so that what is at rest stays true but for the time.
pub(crate) fn heartbeat(turn: &mut Turn<'_>, mut frame: Frame) {
    if let Phase::Calling(calling) = &mut frame.phase
        && let (Some(deadline), Some(seconds)) = (&mut calling.heartbeat, calling.heartbeat_seconds)
    {
        deadline.due_millis = after_seconds(turn.now_millis, seconds);
        turn.out.commands.push(Command::SetTimer {
            key: TimerKey {
                frame: Some(frame.id),
                generation: deadline.generation,
            },
            due_millis: deadline.due_millis,
            purpose: TimerPurpose::Heartbeat,
        });
    }
    turn.put(frame);
}

pub(crate) fn activity_started(
    turn: &mut Turn<'_>,
    mut frame: Frame,
    worker_name: Option<Arc<str>>,
) {
    let detail = Detail::ActivityStarted { worker_name };
    frame.previous_event_id = turn.emit(frame.previous_event_id, detail);
    let seconds = match &frame.phase {
        Phase::Calling(calling) => calling.heartbeat_seconds,
        _ => None,
    };
    let heartbeat = set_timer(turn, &frame, seconds, TimerPurpose::Heartbeat);
    if let Phase::Calling(calling) = &mut frame.phase {
        calling.is_open = false;
        calling.heartbeat = heartbeat;
    }
    turn.put(frame);
}

/// The failure of an attempt whose call was out when the server stopped.
pub(crate) fn outcome_unknown() -> CallFailure {
    CallFailure {
        error: names::OUTCOME_UNKNOWN.to_owned(),
        cause: format!(
            "The server stopped while this call was out, so it is not known whether it was made. It is not made again, because it could do its work twice; '{RESEND}' in the state's Comment allows that."
        ),
    }
}

fn set_timer(
    turn: &mut Turn<'_>,
    frame: &Frame,
    seconds: Option<u64>,
    purpose: TimerPurpose,
) -> Option<Deadline> {
    let due_millis = after_seconds(turn.now_millis, seconds?);
    Some(turn.set_timer(Some(frame.id), due_millis, purpose))
}

fn resource(frame: &Frame) -> Option<&Arc<Resource>> {
    match &frame.state.kind {
        Kind::Task(task) => Some(&task.resource),
        _ => None,
    }
}

fn is_activity(resource: &Resource) -> bool {
    resource.kind == ResourceKind::Activity
}

fn is_job(resource: &Resource) -> bool {
    matches!(resource.pattern, Pattern::Sync | Pattern::Sync2)
}

/// What AWS calls the thing whose answer was too large.
fn too_large(resource: &Resource) -> String {
    match resource.kind {
        ResourceKind::LambdaFunction | ResourceKind::Activity => resource.arn.clone(),
        _ => resource.event_resource_type(),
    }
}

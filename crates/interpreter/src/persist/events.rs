//! Events of one step, as one segment.

use std::sync::Arc;

use super::{FORMAT, read_error, write_error};
use crate::codec::{DecodeError, Encoded, Reader, Writer};
use crate::event::{Detail, Event, StateType, TaskResource};

/// A segment: the events of one step. Ids within it are contiguous.
pub fn encode_events(events: &[Event]) -> Encoded {
    let mut w = Writer::new(FORMAT);
    w.u64(events.len() as u64);
    for event in events {
        w.u64(event.id);
        w.u64(event.previous_event_id);
        w.i64(event.timestamp_millis);
        write_detail(&mut w, &event.detail);
    }
    w.finish()
}

pub fn decode_events(segment: &Encoded) -> Result<Vec<Event>, DecodeError> {
    let (mut r, _) = Reader::new(segment, FORMAT)?;
    let count = r.length()?;
    let mut events = Vec::with_capacity(count);
    for _ in 0..count {
        events.push(Event {
            id: r.u64()?,
            previous_event_id: r.u64()?,
            timestamp_millis: r.i64()?,
            detail: read_detail(&mut r)?,
        });
    }
    if !r.is_empty() {
        return Err(DecodeError::Invalid(
            "a segment holds more than its events".into(),
        ));
    }
    Ok(events)
}

fn write_task(w: &mut Writer, task: &TaskResource) {
    w.text(&task.resource_type);
    w.text(&task.resource);
}

fn read_task(r: &mut Reader<'_>) -> Result<TaskResource, DecodeError> {
    Ok(TaskResource {
        resource_type: r.arc()?,
        resource: r.arc()?,
    })
}

fn write_iteration(w: &mut Writer, tag: u64, name: &Arc<str>, index: u64) {
    w.u64(tag);
    w.text(name);
    w.u64(index);
}

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

fn write_state_type(w: &mut Writer, state_type: StateType) {
    let position = STATE_TYPES.iter().position(|known| *known == state_type);
    w.u64(position.map_or(u64::MAX, |position| position as u64));
}

fn read_state_type(r: &mut Reader<'_>) -> Result<StateType, DecodeError> {
    let tag = r.u64()?;
    let known = usize::try_from(tag)
        .ok()
        .and_then(|index| STATE_TYPES.get(index).copied());
    known.ok_or_else(|| DecodeError::Invalid(format!("unknown state type {tag}")))
}

fn write_detail(w: &mut Writer, detail: &Detail) {
    match detail {
        Detail::ExecutionStarted { input, role_arn } => {
            w.u64(1);
            w.payload(input);
            w.text(role_arn);
        }
        Detail::ExecutionSucceeded { output } => {
            w.u64(2);
            w.payload(output);
        }
        Detail::ExecutionFailed(error) => {
            w.u64(3);
            write_error(w, error);
        }
        Detail::ExecutionTimedOut(error) => {
            w.u64(4);
            write_error(w, error);
        }
        Detail::ExecutionAborted(error) => {
            w.u64(5);
            write_error(w, error);
        }
        Detail::StateEntered {
            state_type,
            name,
            input,
        } => {
            w.u64(6);
            write_state_type(w, *state_type);
            w.text(name);
            w.payload(input);
        }
        Detail::StateExited {
            state_type,
            name,
            output,
            assigned_variables,
        } => {
            w.u64(7);
            write_state_type(w, *state_type);
            w.text(name);
            w.payload(output);
            w.u64(assigned_variables.len() as u64);
            for (name, value) in assigned_variables {
                w.text(name);
                w.payload(value);
            }
        }
        Detail::StateAborted { state_type } => {
            w.u64(8);
            write_state_type(w, *state_type);
        }
        Detail::TaskScheduled {
            task,
            region,
            parameters,
            timeout_seconds,
            heartbeat_seconds,
            role_arn,
        } => {
            w.u64(9);
            write_task(w, task);
            w.text(region);
            w.payload(parameters);
            w.option(*timeout_seconds, Writer::u64);
            w.option(*heartbeat_seconds, Writer::u64);
            w.option(role_arn.as_deref(), Writer::text);
        }
        Detail::TaskStarted { task } => {
            w.u64(10);
            write_task(w, task);
        }
        Detail::TaskSucceeded { task, output } => {
            w.u64(11);
            write_task(w, task);
            w.payload(output);
        }
        Detail::TaskFailed { task, error } => {
            w.u64(12);
            write_task(w, task);
            write_error(w, error);
        }
        Detail::TaskTimedOut { task, error } => {
            w.u64(13);
            write_task(w, task);
            write_error(w, error);
        }
        Detail::LambdaFunctionScheduled {
            resource,
            input,
            timeout_seconds,
            role_arn,
        } => {
            w.u64(14);
            w.text(resource);
            w.payload(input);
            w.option(*timeout_seconds, Writer::u64);
            w.option(role_arn.as_deref(), Writer::text);
        }
        Detail::LambdaFunctionStarted => w.u64(15),
        Detail::LambdaFunctionSucceeded { output } => {
            w.u64(16);
            w.payload(output);
        }
        Detail::LambdaFunctionFailed(error) => {
            w.u64(17);
            write_error(w, error);
        }
        Detail::LambdaFunctionTimedOut(error) => {
            w.u64(18);
            write_error(w, error);
        }
        Detail::ParallelStateStarted => w.u64(19),
        Detail::ParallelStateSucceeded => w.u64(20),
        Detail::ParallelStateFailed => w.u64(21),
        Detail::MapStateStarted { length } => {
            w.u64(22);
            w.u64(*length);
        }
        Detail::MapStateSucceeded => w.u64(23),
        Detail::MapStateFailed => w.u64(24),
        Detail::MapIterationStarted { name, index } => write_iteration(w, 25, name, *index),
        Detail::MapIterationSucceeded { name, index } => write_iteration(w, 26, name, *index),
        Detail::MapIterationFailed { name, index } => write_iteration(w, 27, name, *index),
        Detail::MapIterationAborted { name, index } => write_iteration(w, 28, name, *index),
        Detail::EvaluationFailed {
            state,
            location,
            error,
        } => {
            w.u64(29);
            w.text(state);
            w.option(location.as_deref(), Writer::text);
            write_error(w, error);
        }
        Detail::MapRunStarted { map_run_arn } => {
            w.u64(39);
            w.text(map_run_arn);
        }
        Detail::MapRunSucceeded => w.u64(40),
        Detail::MapRunFailed(error) => {
            w.u64(41);
            write_error(w, error);
        }
        Detail::MapRunAborted => w.u64(42),
        Detail::MapRunRedriven {
            map_run_arn,
            redrive_count,
        } => {
            w.u64(43);
            w.text(map_run_arn);
            w.u64((*redrive_count).into());
        }
        Detail::ExecutionRedriven { redrive_count } => {
            w.u64(30);
            w.u64((*redrive_count).into());
        }
        Detail::TaskSubmitted { task, output } => {
            w.u64(31);
            write_task(w, task);
            w.payload(output);
        }
        Detail::TaskSubmitFailed { task, error } => {
            w.u64(32);
            write_task(w, task);
            write_error(w, error);
        }
        Detail::ActivityScheduled {
            resource,
            input,
            timeout_seconds,
            heartbeat_seconds,
        } => {
            w.u64(33);
            w.text(resource);
            w.payload(input);
            w.option(*timeout_seconds, Writer::u64);
            w.option(*heartbeat_seconds, Writer::u64);
        }
        Detail::ActivityScheduleFailed(error) => {
            w.u64(34);
            write_error(w, error);
        }
        Detail::ActivityStarted { worker_name } => {
            w.u64(35);
            w.option(worker_name.as_deref(), Writer::text);
        }
        Detail::ActivitySucceeded { output } => {
            w.u64(36);
            w.payload(output);
        }
        Detail::ActivityFailed(error) => {
            w.u64(37);
            write_error(w, error);
        }
        Detail::ActivityTimedOut(error) => {
            w.u64(38);
            write_error(w, error);
        }
    }
}

fn read_detail(r: &mut Reader<'_>) -> Result<Detail, DecodeError> {
    Ok(match r.u64()? {
        1 => Detail::ExecutionStarted {
            input: r.payload()?,
            role_arn: r.arc()?,
        },
        2 => Detail::ExecutionSucceeded {
            output: r.payload()?,
        },
        3 => Detail::ExecutionFailed(read_error(r)?),
        4 => Detail::ExecutionTimedOut(read_error(r)?),
        5 => Detail::ExecutionAborted(read_error(r)?),
        6 => Detail::StateEntered {
            state_type: read_state_type(r)?,
            name: r.arc()?,
            input: r.payload()?,
        },
        7 => Detail::StateExited {
            state_type: read_state_type(r)?,
            name: r.arc()?,
            output: r.payload()?,
            assigned_variables: (0..r.length()?)
                .map(|_| Ok((r.arc()?, r.payload()?)))
                .collect::<Result<_, DecodeError>>()?,
        },
        8 => Detail::StateAborted {
            state_type: read_state_type(r)?,
        },
        9 => Detail::TaskScheduled {
            task: read_task(r)?,
            region: r.arc()?,
            parameters: r.payload()?,
            timeout_seconds: r.option(Reader::u64)?,
            heartbeat_seconds: r.option(Reader::u64)?,
            role_arn: r.option(Reader::arc)?,
        },
        10 => Detail::TaskStarted {
            task: read_task(r)?,
        },
        11 => Detail::TaskSucceeded {
            task: read_task(r)?,
            output: r.payload()?,
        },
        12 => Detail::TaskFailed {
            task: read_task(r)?,
            error: read_error(r)?,
        },
        13 => Detail::TaskTimedOut {
            task: read_task(r)?,
            error: read_error(r)?,
        },
        14 => Detail::LambdaFunctionScheduled {
            resource: r.arc()?,
            input: r.payload()?,
            timeout_seconds: r.option(Reader::u64)?,
            role_arn: r.option(Reader::arc)?,
        },
        15 => Detail::LambdaFunctionStarted,
        16 => Detail::LambdaFunctionSucceeded {
            output: r.payload()?,
        },
        17 => Detail::LambdaFunctionFailed(read_error(r)?),
        18 => Detail::LambdaFunctionTimedOut(read_error(r)?),
        19 => Detail::ParallelStateStarted,
        20 => Detail::ParallelStateSucceeded,
        21 => Detail::ParallelStateFailed,
        22 => Detail::MapStateStarted { length: r.u64()? },
        23 => Detail::MapStateSucceeded,
        24 => Detail::MapStateFailed,
        25 => Detail::MapIterationStarted {
            name: r.arc()?,
            index: r.u64()?,
        },
        26 => Detail::MapIterationSucceeded {
            name: r.arc()?,
            index: r.u64()?,
        },
        27 => Detail::MapIterationFailed {
            name: r.arc()?,
            index: r.u64()?,
        },
        28 => Detail::MapIterationAborted {
            name: r.arc()?,
            index: r.u64()?,
        },
        29 => Detail::EvaluationFailed {
            state: r.arc()?,
            location: r.option(Reader::arc)?,
            error: read_error(r)?,
        },
        30 => Detail::ExecutionRedriven {
            redrive_count: r.u32()?,
        },
        31 => Detail::TaskSubmitted {
            task: read_task(r)?,
            output: r.payload()?,
        },
        32 => Detail::TaskSubmitFailed {
            task: read_task(r)?,
            error: read_error(r)?,
        },
        33 => Detail::ActivityScheduled {
            resource: r.arc()?,
            input: r.payload()?,
            timeout_seconds: r.option(Reader::u64)?,
            heartbeat_seconds: r.option(Reader::u64)?,
        },
        34 => Detail::ActivityScheduleFailed(read_error(r)?),
        35 => Detail::ActivityStarted {
            worker_name: r.option(Reader::arc)?,
        },
        36 => Detail::ActivitySucceeded {
            output: r.payload()?,
        },
        37 => Detail::ActivityFailed(read_error(r)?),
        38 => Detail::ActivityTimedOut(read_error(r)?),
        39 => Detail::MapRunStarted {
            map_run_arn: r.arc()?,
        },
        40 => Detail::MapRunSucceeded,
        41 => Detail::MapRunFailed(read_error(r)?),
        42 => Detail::MapRunAborted,
        43 => Detail::MapRunRedriven {
            map_run_arn: r.arc()?,
            redrive_count: r.u32()?,
        },
        other => return Err(DecodeError::Invalid(format!("unknown event {other}"))),
    })
}

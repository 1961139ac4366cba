//! Executions, events and calls at rest. An execution is a header, one record a frame and the results of finished children; a
//! step rewrites the header and the records that its `Changes` name. Events of one step are one segment.
//!
//! Format 1 is the first. A reader of a later release keeps reading it: fields are only ever added behind a new number.

mod call;
mod events;
mod map_run;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, OnceLock};

use query::Payload;
use states_language::machine::{Kind, Machine, State};

use crate::codec::{DecodeError, Encoded, Reader, Writer};
use crate::command::CallKey;
use crate::event::ErrorDetail;
use crate::execution::{
    Batching, Calling, Children, Deadline, Distributed, Entry, Execution, Frame, FrameId, Identity,
    Job, Parent, Phase, Status, child_workflow,
};
use crate::failure::Failure;
use crate::map_run::ChildOf;

use map_run::{read_map_run, write_map_run};

pub use call::{Intent, encode_call};
pub use events::{decode_events, encode_events};

const FORMAT: u64 = 1;

/// All records of one execution, as a store holds them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExecutionRecord {
    pub header: Encoded,
    pub frames: BTreeMap<FrameId, Encoded>,
    pub results: BTreeMap<(FrameId, u32), Payload>,
}

impl Execution {
    /// What every step changes: status, counters, timeouts.
    pub fn encode_header(&self) -> Encoded {
        let mut w = Writer::new(FORMAT);
        write_identity(&mut w, &self.identity);
        w.payload(&self.input);
        w.i64(self.start_millis);
        w.option(self.trace_header.as_deref(), |w, header| w.text(header));
        write_status(&mut w, &self.status);
        w.u64(self.redrive_count.into());
        w.option(self.redrive_millis, Writer::i64);
        w.u64(self.last_event_id);
        w.u64(self.history_bytes);
        w.u64(self.next_frame);
        w.u64(self.timer_generation);
        w.option(self.timeout, write_deadline);
        w.u64(self.ready.len() as u64);
        self.ready.iter().for_each(|id| w.u64(id.0));
        w.bool(self.is_paused);
        w.finish()
    }

    /// A live frame's record.
    pub fn encode_frame(&self, id: FrameId) -> Option<Encoded> {
        self.frames.get(&id).map(encode_frame)
    }

    /// The result of a finished child, while its parent still waits for others.
    pub fn result(&self, id: FrameId, index: u32) -> Option<&Payload> {
        self.results.get(&id)?.get(index as usize)?.as_ref()
    }

    /// The whole execution; a store that follows `Changes` ends up with the same.
    pub fn encode(&self) -> ExecutionRecord {
        let results = self.results.iter().flat_map(|(&id, results)| {
            let with_key = move |(index, result): (usize, &Option<Payload>)| {
                Some(((id, u32::try_from(index).ok()?), result.clone()?))
            };
            results.iter().enumerate().filter_map(with_key)
        });
        ExecutionRecord {
            header: self.encode_header(),
            frames: self
                .frames
                .iter()
                .map(|(&id, frame)| (id, encode_frame(frame)))
                .collect(),
            results: results.collect(),
        }
    }

    /// Reads what stands in the header alone: identity, input, times, status. It has no frames and cannot take a step.
    pub fn decode_header(header: &Encoded) -> Result<Execution, DecodeError> {
        decode_header(header)
    }

    /// Reads an execution back; `machine` is the definition it was started with.
    pub fn decode(machine: &Machine, record: &ExecutionRecord) -> Result<Execution, DecodeError> {
        let mut execution = decode_header(&record.header)?;
        for (&id, encoded) in &record.frames {
            // Parents are older than their children, and the map is in order of age.
            let frame = decode_frame(machine, &execution.frames, id, encoded)?;
            let results = match &frame.phase {
                Phase::Children(children) => Some(child_count(&frame.state, children)?),
                Phase::Distributed(work) if work.started <= work.children.next => {
                    child_count(&frame.state, &work.children)?;
                    Some(work.started as usize)
                }
                _ => None,
            };
            if let Some(results) = results {
                execution.results.insert(id, vec![None; results]);
            }
            execution.frames.insert(id, frame);
        }
        for (&(id, index), payload) in &record.results {
            let place = execution
                .results
                .get_mut(&id)
                .and_then(|results| results.get_mut(index as usize));
            *place.ok_or_else(|| {
                DecodeError::Invalid(format!("a result belongs to no frame: {}/{index}", id.0))
            })? = Some(payload.clone());
        }
        Ok(execution)
    }
}

/// Branches or items of a frame; a damaged number must not reserve gigabytes.
fn child_count(state: &State, children: &Children) -> Result<usize, DecodeError> {
    // A JSON array's text is longer than it has items.
    let most = match &state.kind {
        Kind::Parallel(parallel) => parallel.branches.len(),
        _ => children.items.as_ref().map_or(0, Payload::len),
    };
    let total = children.total as usize;
    if total > most || children.next > children.total || children.running > children.next {
        return Err(DecodeError::Invalid(format!(
            "the state '{}' cannot have {total} children",
            state.name
        )));
    }
    Ok(total)
}

fn write_identity(w: &mut Writer, identity: &Identity) {
    for text in [
        &identity.execution_arn,
        &identity.execution_name,
        &identity.state_machine_arn,
        &identity.state_machine_name,
        &identity.role_arn,
        &identity.region,
    ] {
        w.text(text);
    }
    w.u64(identity.seed);
    w.option(identity.child_of.as_deref(), |w, of| {
        w.text(&of.execution_arn);
        write_call_key(w, of.key);
        w.text(&of.map_run_arn);
        w.text(&of.label);
        w.u64(of.item_count.into());
    });
}

fn read_identity(r: &mut Reader<'_>) -> Result<Identity, DecodeError> {
    Ok(Identity {
        execution_arn: r.arc()?,
        execution_name: r.arc()?,
        state_machine_arn: r.arc()?,
        state_machine_name: r.arc()?,
        role_arn: r.arc()?,
        region: r.arc()?,
        seed: r.u64()?,
        child_of: r.option(|r| {
            Ok(Arc::new(ChildOf {
                execution_arn: r.arc()?,
                key: read_call_key(r)?,
                map_run_arn: r.arc()?,
                label: r.arc()?,
                item_count: r.u32()?,
            }))
        })?,
    })
}

fn write_call_key(w: &mut Writer, key: CallKey) {
    w.u64(key.frame.0);
    w.u64(key.task);
    w.u64(key.attempt.into());
    w.u64(key.call.into());
}

fn read_call_key(r: &mut Reader<'_>) -> Result<CallKey, DecodeError> {
    Ok(CallKey {
        frame: FrameId(r.u64()?),
        task: r.u64()?,
        attempt: r.u32()?,
        call: r.u32()?,
    })
}

fn decode_header(encoded: &Encoded) -> Result<Execution, DecodeError> {
    let (mut r, _) = Reader::new(encoded, FORMAT)?;
    Ok(Execution {
        identity: read_identity(&mut r)?,
        input: r.payload()?,
        start_millis: r.i64()?,
        trace_header: r.option(|r| r.arc())?,
        status: read_status(&mut r)?,
        redrive_count: r.u32()?,
        redrive_millis: r.option(Reader::i64)?,
        last_event_id: r.u64()?,
        history_bytes: r.u64()?,
        next_frame: r.u64()?,
        timer_generation: r.u64()?,
        timeout: r.option(read_deadline)?,
        ready: (0..r.length()?)
            .map(|_| r.u64().map(FrameId))
            .collect::<Result<VecDeque<_>, _>>()?,
        is_paused: r.bool()?,
        frames: BTreeMap::new(),
        results: BTreeMap::new(),
        context: None,
        context_execution: OnceLock::new(),
    })
}

fn encode_frame(frame: &Frame) -> Encoded {
    let mut w = Writer::new(FORMAT);
    w.option(frame.parent, |w, parent| {
        w.u64(parent.frame.0);
        w.u64(parent.index.into());
    });
    w.text(&frame.state.name);
    w.payload(&frame.input);
    w.u64(frame.variables.len() as u64);
    for (name, value) in &frame.variables {
        w.text(name);
        w.payload(value);
    }
    w.u64(frame.previous_event_id);
    w.u64(frame.entry.event_id);
    w.u64(frame.entry.previous_event_id);
    w.i64(frame.entry.entered_millis);
    w.u64(frame.entry.retries.len() as u64);
    frame
        .entry
        .retries
        .iter()
        .for_each(|&used| w.u64(used.into()));
    w.u64(frame.entry.attempts_before_redrive.into());
    write_phase(&mut w, &frame.phase);
    w.bool(frame.drain_pending);
    w.finish()
}

fn decode_frame(
    machine: &Machine,
    frames: &BTreeMap<FrameId, Frame>,
    id: FrameId,
    encoded: &Encoded,
) -> Result<Frame, DecodeError> {
    let (mut r, _) = Reader::new(encoded, FORMAT)?;
    let parent = r.option(|r| {
        Ok(Parent {
            frame: FrameId(r.u64()?),
            index: r.u32()?,
        })
    })?;
    let workflow = match parent {
        None => Some(&machine.workflow),
        Some(parent) => frames
            .get(&parent.frame)
            .and_then(|frame| child_workflow(&frame.state, parent.index)),
    };
    let workflow = workflow
        .ok_or_else(|| {
            DecodeError::Invalid(format!("frame {} has no workflow in this definition", id.0))
        })?
        .clone();
    let name = r.text()?;
    let state = workflow.states.get(name);
    let state = state
        .ok_or_else(|| {
            DecodeError::Invalid(format!("the state '{name}' is not in this definition"))
        })?
        .clone();
    Ok(Frame {
        id,
        parent,
        workflow,
        state,
        input: r.payload()?,
        variables: (0..r.length()?)
            .map(|_| Ok((r.arc()?, r.payload()?)))
            .collect::<Result<_, DecodeError>>()?,
        previous_event_id: r.u64()?,
        entry: Entry {
            event_id: r.u64()?,
            previous_event_id: r.u64()?,
            entered_millis: r.i64()?,
            retries: (0..r.length()?)
                .map(|_| r.u32())
                .collect::<Result<_, _>>()?,
            attempts_before_redrive: r.u32()?,
        },
        phase: read_phase(&mut r)?,
        drain_pending: r.bool()?,
    })
}

fn write_deadline(w: &mut Writer, deadline: Deadline) {
    w.i64(deadline.due_millis);
    w.u64(deadline.generation);
}

fn read_deadline(r: &mut Reader<'_>) -> Result<Deadline, DecodeError> {
    Ok(Deadline {
        due_millis: r.i64()?,
        generation: r.u64()?,
    })
}

fn write_phase(w: &mut Writer, phase: &Phase) {
    match phase {
        Phase::Enter => w.u64(0),
        Phase::Waiting(deadline) => {
            w.u64(1);
            write_deadline(w, *deadline);
        }
        Phase::Calling(calling) => {
            w.u64(2);
            w.u64(calling.call.into());
            w.bool(calling.is_open);
            w.option(calling.timeout, write_deadline);
            w.option(calling.heartbeat, write_deadline);
            w.option(calling.heartbeat_seconds, Writer::u64);
            w.option(calling.job.as_ref(), |w, job| {
                w.payload(&job.arguments);
                w.option(job.role_arn.as_deref(), Writer::text);
                w.option(job.submitted.as_ref(), Writer::payload);
            });
        }
        Phase::Failed => w.u64(5),
        Phase::BackingOff(deadline) => {
            w.u64(3);
            write_deadline(w, *deadline);
        }
        Phase::Children(children) => {
            w.u64(4);
            write_children(w, children);
        }
        Phase::Distributed(work) => {
            w.u64(6);
            write_children(w, &work.children);
            w.u64(work.attempt.into());
            w.u64(work.started.into());
            w.option(work.redriving.map(u64::from), Writer::u64);
            write_map_run(w, &work.map_run);
            w.option(work.batching.as_ref(), |w, batching| {
                w.u64(batching.max_items.into());
                w.u64(batching.max_input_bytes);
                w.option(batching.batch_input.as_ref(), Writer::payload);
            });
        }
    }
}

fn write_children(w: &mut Writer, children: &Children) {
    for number in [
        children.total,
        children.next,
        children.finished,
        children.running,
        children.concurrency,
    ] {
        w.u64(number.into());
    }
    w.option(children.items.as_ref(), |w, items| w.payload(items));
    w.bool(children.keyed);
    w.payload(&children.effective_input);
    w.bool(children.draining);
}

fn read_children(r: &mut Reader<'_>) -> Result<Children, DecodeError> {
    Ok(Children {
        total: r.u32()?,
        next: r.u32()?,
        finished: r.u32()?,
        running: r.u32()?,
        concurrency: r.u32()?,
        items: r.option(Reader::payload)?,
        keyed: r.bool()?,
        effective_input: r.payload()?,
        draining: r.bool()?,
    })
}

fn read_phase(r: &mut Reader<'_>) -> Result<Phase, DecodeError> {
    Ok(match r.u64()? {
        0 => Phase::Enter,
        1 => Phase::Waiting(read_deadline(r)?),
        2 => Phase::Calling(Calling {
            call: r.u32()?,
            is_open: r.bool()?,
            timeout: r.option(read_deadline)?,
            heartbeat: r.option(read_deadline)?,
            heartbeat_seconds: r.option(Reader::u64)?,
            job: r.option(|r| {
                Ok(Job {
                    arguments: r.payload()?,
                    role_arn: r.option(Reader::arc)?,
                    submitted: r.option(Reader::payload)?,
                })
            })?,
        }),
        3 => Phase::BackingOff(read_deadline(r)?),
        4 => Phase::Children(read_children(r)?),
        5 => Phase::Failed,
        6 => Phase::Distributed(Box::new(Distributed {
            children: read_children(r)?,
            attempt: r.u32()?,
            started: r.u32()?,
            redriving: r.option(Reader::u32)?,
            map_run: read_map_run(r)?,
            batching: r.option(|r| {
                Ok(Batching {
                    max_items: r.u32()?,
                    max_input_bytes: r.u64()?,
                    batch_input: r.option(Reader::payload)?,
                })
            })?,
        })),
        other => return Err(DecodeError::Invalid(format!("unknown phase {other}"))),
    })
}

fn write_status(w: &mut Writer, status: &Status) {
    match status {
        Status::Running => w.u64(0),
        Status::Succeeded { output } => {
            w.u64(1);
            w.payload(output);
        }
        Status::Failed(failure) => write_failure(w, 2, failure),
        Status::TimedOut(failure) => write_failure(w, 3, failure),
        Status::Aborted(failure) => write_failure(w, 4, failure),
    }
}

fn read_status(r: &mut Reader<'_>) -> Result<Status, DecodeError> {
    Ok(match r.u64()? {
        0 => Status::Running,
        1 => Status::Succeeded {
            output: r.payload()?,
        },
        2 => Status::Failed(read_failure(r)?),
        3 => Status::TimedOut(read_failure(r)?),
        4 => Status::Aborted(read_failure(r)?),
        other => return Err(DecodeError::Invalid(format!("unknown status {other}"))),
    })
}

fn write_failure(w: &mut Writer, tag: u64, failure: &Failure) {
    w.u64(tag);
    write_error(
        w,
        &ErrorDetail {
            error: failure.error.clone(),
            cause: failure.cause.clone(),
        },
    );
}

/// A failure that ended the execution: what Retry and Catch look at besides is not kept.
fn read_failure(r: &mut Reader<'_>) -> Result<Failure, DecodeError> {
    let ErrorDetail { error, cause } = read_error(r)?;
    Ok(Failure {
        error,
        cause,
        heartbeat: false,
        evaluation: None,
    })
}

fn write_error(w: &mut Writer, error: &ErrorDetail) {
    w.option(error.error.as_deref(), Writer::text);
    w.option(error.cause.as_deref(), Writer::text);
}

fn read_error(r: &mut Reader<'_>) -> Result<ErrorDetail, DecodeError> {
    Ok(ErrorDetail {
        error: r.option(Reader::arc)?,
        cause: r.option(Reader::arc)?,
    })
}

//! Map, distributed: items are child executions with histories of their own, and together a Map Run.
//!
//! | in | event | out |
//! |---|---|---|
//! | Enter | MapStateEntered, MapStateStarted, MapRunStarted | Distributed |
//! | Distributed, room for a child | – (a child starts) | Distributed |
//! | Distributed, all ended | MapRunSucceeded, MapStateSucceeded, MapStateExited | next state |
//! | Distributed, more failed than is tolerated | MapRunFailed, [MapStateFailed] | Retry, Catch or frame failed |
//! | Distributed, drained and idle | MapRunFailed, [MapStateFailed] | Catch or frame failed with Stepwright.Drained |
//! | Distributed, unwound | MapRunAborted, MapStateAborted | – |

use query::Payload;
use serde_json::{Map as Object, Value, json};
use states_language::machine::{self, ItemBatcher, Kind};

use crate::command::Command;
use crate::data_flow::DataFlow;
use crate::event::Detail;
use crate::execution::{Batching, Children, Distributed, Frame, Phase, Status};
use crate::failure::{Failure, names};
use crate::map_run::{
    ChildEnd, ChildExecution, ChildOf, MapRun, MapRunCounts, MapRunStatus, MapRunUpdate,
    child_identity, map_run_arn,
};
use crate::states::{children, map};
use crate::step::{Turn, data_limit_exceeded, error_detail};
use crate::time::iso_of_millis;

/// AWS's words.
const EXCEEDED: &str = "The specified tolerated failure threshold was exceeded";

/// Stands before the result of a child that failed. No JSON text begins with it.
const FAILED: char = '!';

/// MapStateStarted is written, its fields are evaluated but for the batcher's.
pub(crate) fn begin(
    turn: &mut Turn<'_>,
    mut frame: Frame,
    map: &machine::Distributed,
    mut children: Children,
    max_concurrency: u64,
    (tolerated_failure_count, tolerated_failure_percentage): (u64, f64),
) {
    let batching = map
        .batcher
        .as_ref()
        .map(|batcher| evaluate_batcher(turn, &frame, batcher, &children.effective_input));
    let batching = match batching.transpose() {
        Ok(batching) => batching,
        Err(failure) => return turn.fail(frame, failure),
    };
    let arn = map_run_arn(&turn.execution.identity, &frame.entry, &map.label);
    frame.previous_event_id = turn.emit(
        frame.previous_event_id,
        Detail::MapRunStarted {
            map_run_arn: arn.clone(),
        },
    );
    children.concurrency = map::at_most(max_concurrency, turn.limits.distributed_children);
    let map_run = MapRun {
        arn,
        status: MapRunStatus::Running,
        start_millis: turn.now_millis,
        stop_millis: None,
        max_concurrency,
        tolerated_failure_percentage,
        tolerated_failure_count,
        item_counts: MapRunCounts {
            pending: children.total.into(),
            ..MapRunCounts::default()
        },
        execution_counts: MapRunCounts::default(),
        redrive_count: 0,
        redrive_millis: None,
    };
    let mut work = Distributed {
        children,
        map_run,
        batching,
    };
    work.map_run.execution_counts.pending = work.children_to_come();
    frame.phase = Phase::Distributed(Box::new(work));
    turn.execution.results.insert(frame.id, Vec::new());
    go_on(turn, frame);
}

fn evaluate_batcher(
    turn: &mut Turn<'_>,
    frame: &Frame,
    batcher: &ItemBatcher,
    effective: &Payload,
) -> Result<Batching, Failure> {
    let most_bytes = turn.limits.payload_bytes as u64;
    let mut flow = DataFlow::new(turn, frame);
    // 0 is no bound.
    let mut bound = |field: &Option<_>, name| match field {
        Some(field) => flow
            .integer(field, effective, name)
            .map(|bound| if bound == 0 { u64::MAX } else { bound }),
        None => Ok(u64::MAX),
    };
    let max_items = bound(&batcher.max_items, "MaxItemsPerBatch")?;
    let max_input_bytes = bound(&batcher.max_input_bytes, "MaxInputBytesPerBatch")?;
    let batch_input = batcher
        .input
        .as_ref()
        .map(|template| flow.batch_input(template, effective));
    Ok(Batching {
        max_items: u32::try_from(max_items).unwrap_or(u32::MAX),
        max_input_bytes: max_input_bytes.min(most_bytes),
        batch_input: batch_input.transpose()?,
    })
}

impl Distributed {
    /// Children that the items left will make; a bound of bytes may make it more.
    fn children_to_come(&self) -> u64 {
        let items = self.children.total - self.children.next;
        let in_each = self.batching.as_ref().map_or(1, |batch| batch.max_items);
        items.div_ceil(in_each).into()
    }

    fn may_start_a_child(&self) -> bool {
        let children = &self.children;
        !children.draining
            && children.next < children.total
            && children.running < children.concurrency
    }
}

/// Something has changed: ends the Map Run, or lets the next child start in the frame's turn.
fn go_on(turn: &mut Turn<'_>, frame: Frame) {
    let Phase::Distributed(work) = &frame.phase else {
        return turn.put(frame);
    };
    turn.out
        .changes
        .map_runs
        .insert(work.map_run.arn.clone(), work.map_run.clone());
    let children = &work.children;
    if work.map_run.tolerance_is_exceeded() {
        let failure = Failure::new(names::EXCEED_TOLERATED_FAILURE_THRESHOLD, EXCEEDED);
        return fail(turn, frame, failure);
    }
    if work.may_start_a_child() {
        if !turn.execution.ready.contains(&frame.id) {
            turn.execution.ready.push_back(frame.id);
        }
    } else if children.running == 0 && children.draining {
        let cause = format!(
            "The run was asked to stop: {} of {} items had been worked on, no further one was started.",
            children.next, children.total
        );
        return fail(turn, frame, Failure::new(names::DRAINED, cause));
    } else if children.running == 0 {
        return succeed(turn, frame);
    }
    turn.put(frame);
}

/// The frame's turn: one child starts.
pub(crate) fn start_child(turn: &mut Turn<'_>, mut frame: Frame) {
    let state = frame.state.clone();
    let Kind::Map(map) = &state.kind else { return };
    let (Some(distributed), Phase::Distributed(work)) = (&map.distributed, &frame.phase) else {
        return;
    };
    // A drain may have come since.
    if !work.may_start_a_child() {
        return go_on(turn, frame);
    }
    let (input, item_count) = match next_input(turn, &frame, map, work) {
        Ok(next) => next,
        Err(failure) => return fail(turn, frame, failure),
    };
    let results = turn.execution.results.entry(frame.id).or_default();
    let index = u32::try_from(results.len()).unwrap_or(u32::MAX);
    results.push(None);
    let of = ChildOf {
        execution_arn: turn.execution.identity.execution_arn.clone(),
        key: frame.child_key(index),
        map_run_arn: work.map_run.arn.clone(),
        label: distributed.label.clone(),
        item_count,
    };
    let execution_type = distributed.execution_type;
    let child = ChildExecution {
        identity: child_identity(&turn.execution.identity, execution_type, of),
        input,
        execution_type,
    };
    turn.out.commands.push(Command::StartChild(Box::new(child)));
    if let Phase::Distributed(work) = &mut frame.phase {
        work.children.next += item_count;
        work.children.running += 1;
        work.map_run.item_counts.started(item_count.into());
        work.map_run.execution_counts.running += 1;
        work.map_run.execution_counts.pending = work.children_to_come();
    }
    go_on(turn, frame);
}

/// The input of the next child, and how many items are in it.
fn next_input(
    turn: &mut Turn<'_>,
    frame: &Frame,
    map: &machine::Map,
    work: &Distributed,
) -> Result<(Payload, u32), Failure> {
    let (children, limit) = (&work.children, turn.limits.payload_bytes);
    let mut item = |index| map::item_input(turn, frame, map, children, index);
    let (input, item_count) = match &work.batching {
        None => (item(children.next)?, 1),
        Some(batching) => batch(batching, children.next..children.total, item)?,
    };
    if input.len() > limit {
        return Err(data_limit_exceeded(&frame.state.name));
    }
    Ok((input, item_count))
}

/// As many items as the bounds allow, but at least one: `{"BatchInput": …, "Items": […]}`. Their texts are joined, not parsed.
fn batch(
    batching: &Batching,
    indexes: std::ops::Range<u32>,
    mut item: impl FnMut(u32) -> Result<Payload, Failure>,
) -> Result<(Payload, u32), Failure> {
    let mut text = String::from("{");
    if let Some(input) = &batching.batch_input {
        text.push_str("\"BatchInput\":");
        text.push_str(input.text());
        text.push(',');
    }
    text.push_str("\"Items\":[");
    let mut count = 0;
    for index in indexes.take(batching.max_items as usize) {
        let item = item(index)?;
        // With a comma before it, and the two brackets at the end.
        let bytes = (text.len() + item.len() + 3) as u64;
        if count > 0 && bytes > batching.max_input_bytes {
            break;
        }
        if count > 0 {
            text.push(',');
        }
        text.push_str(item.text());
        count += 1;
    }
    text.push_str("]}");
    Ok((Payload::from_text_unchecked(text.into()), count))
}

/// Whether somebody waited for it.
pub(crate) fn child_ended(turn: &mut Turn<'_>, end: &ChildEnd) -> bool {
    let Some(of) = &end.identity.child_of else {
        return false;
    };
    // The end of a child that nobody waits for any more, or that is known already, is dropped here.
    let key = of.key;
    let waits = turn.execution.frames.get(&key.frame).is_some_and(|frame| {
        matches!(frame.phase, Phase::Distributed(_)) && frame.child_key(key.call) == key
    });
    let results = turn.execution.results.get_mut(&key.frame);
    let place = results.and_then(|results| results.get_mut(key.call as usize));
    let result = match &end.status {
        Status::Running => return false,
        // The text alone: the results are joined as texts.
        Status::Succeeded { output } => output.text().clone(),
        Status::Failed(failure) | Status::TimedOut(failure) | Status::Aborted(failure) => {
            failed_result(end, failure).into()
        }
    };
    match place {
        Some(place @ None) if waits => *place = Some(Payload::from_text_unchecked(result)),
        _ => return false,
    }
    turn.out.changes.results.push((key.frame, key.call));
    let Some(mut frame) = turn.take_frame(key.frame) else {
        return false;
    };
    if let Phase::Distributed(work) = &mut frame.phase {
        work.children.running -= 1;
        work.children.finished += 1;
        let counts = &mut work.map_run.item_counts;
        counts.ended(&end.status, of.item_count.into());
        work.map_run.execution_counts.ended(&end.status, 1);
    }
    go_on(turn, frame);
    true
}

/// What stands in the output for a child that failed: its description. AWS's guide has it in the page on ResultWriter: the
/// result of a failed child is as with the transformation NONE, whichever is asked for.
fn failed_result(end: &ChildEnd, failure: &Failure) -> String {
    let identity = &end.identity;
    let mut result = Object::new();
    let texts = [("Cause", &failure.cause), ("Error", &failure.error)];
    for (name, text) in texts {
        if let Some(text) = text {
            result.insert(name.into(), text.as_ref().into());
        }
    }
    let description = json!({
        "ExecutionArn": identity.execution_arn.as_ref(),
        "Input": end.input.text().as_ref(),
        "InputDetails": {"Included": true},
        "Name": identity.execution_name.as_ref(),
        "RedriveCount": 0,
        "RedriveStatus": "REDRIVABLE_BY_MAP_RUN",
        "StartDate": iso_of_millis(end.start_millis),
        "StateMachineArn": identity.state_machine_arn.as_ref(),
        "Status": end.status.name(),
        "StopDate": iso_of_millis(end.stop_millis),
    });
    if let Value::Object(description) = description {
        result.extend(description);
    }
    format!("{FAILED}{}", Value::Object(result))
}

/// The text of a child's result as it stands in the state's.
pub(crate) fn result_text(result: &Payload) -> &str {
    let text = result.text();
    text.strip_prefix(FAILED).unwrap_or(text)
}

/// Whether the Map Run is at work.
pub(crate) fn update(turn: &mut Turn<'_>, map_run_arn: &str, update: &MapRunUpdate) -> bool {
    let limit = turn.limits.distributed_children;
    let is_meant = |frame: &&Frame| matches!(&frame.phase, Phase::Distributed(work) if *work.map_run.arn == *map_run_arn);
    let Some(id) = turn.execution.frames.values().find(is_meant).map(|f| f.id) else {
        return false;
    };
    let Some(mut frame) = turn.take_frame(id) else {
        return false;
    };
    if let Phase::Distributed(work) = &mut frame.phase {
        work.map_run.update(update);
        work.children.concurrency = map::at_most(work.map_run.max_concurrency, limit);
    }
    go_on(turn, frame);
    true
}

fn succeed(turn: &mut Turn<'_>, mut frame: Frame) {
    end(
        turn,
        &mut frame,
        MapRunStatus::Succeeded,
        Detail::MapRunSucceeded,
    );
    children::succeed(turn, frame);
}

/// Ends the Map Run and its state; children that still run are stopped.
fn fail(turn: &mut Turn<'_>, mut frame: Frame, failure: Failure) {
    let detail = Detail::MapRunFailed(error_detail(&failure));
    end(turn, &mut frame, MapRunStatus::Failed, detail);
    children::drop_results(turn, frame.id);
    turn.fail(frame, failure);
}

/// The frame is unwound: its Map Run ends with it.
pub(crate) fn abort(turn: &mut Turn<'_>, frame: &mut Frame) {
    if let Phase::Distributed(_) = frame.phase {
        end(turn, frame, MapRunStatus::Aborted, Detail::MapRunAborted);
        turn.out.changes.frames.insert(frame.id);
    }
}

fn end(turn: &mut Turn<'_>, frame: &mut Frame, status: MapRunStatus, detail: Detail) {
    frame.previous_event_id = turn.emit(frame.previous_event_id, detail);
    turn.execution.ready.retain(|id| *id != frame.id);
    let open = turn.execution.open_children(frame);
    let abandoned = open.into_iter().map(Command::AbandonCall);
    turn.out.commands.extend(abandoned);
    if let Phase::Distributed(work) = &mut frame.phase {
        work.map_run.end(status, turn.now_millis);
        let map_run = work.map_run.clone();
        turn.out
            .changes
            .map_runs
            .insert(map_run.arn.clone(), map_run);
    }
}

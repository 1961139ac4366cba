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

pub(crate) mod input;
mod place;

use query::Payload;
use states_language::machine::{self, Kind};

use crate::command::Command;
use crate::event::Detail;
use crate::execution::{Children, Distributed, Frame, FrameId, Phase, Status};
use crate::failure::{Failure, names};
use crate::map_run::{
    ChildEnd, ChildExecution, ChildOf, MapRun, MapRunCounts, MapRunStatus, MapRunUpdate,
    child_identity, map_run_arn,
};
use crate::states::{children, map};
use crate::step::{Turn, error_detail};

use place::Place;
pub(crate) use place::{is_open, result_text};

/// AWS's words.
pub(crate) const EXCEEDED: &str = "The specified tolerated failure threshold was exceeded";

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
        .map(|batcher| input::batching(turn, &frame, batcher, &children.effective_input));
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
        attempt: frame.entry.attempt(),
        started: 0,
        redriving: None,
        map_run,
        batching,
    };
    work.map_run.execution_counts.pending = work.children_to_come();
    frame.phase = Phase::Distributed(Box::new(work));
    turn.execution.results.insert(frame.id, Vec::new());
    go_on(turn, frame);
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
            && children.running < children.concurrency
            && (children.next < children.total || self.redriving.is_some())
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
    let (Kind::Map(map), Phase::Distributed(work)) = (&state.kind, &mut frame.phase) else {
        return turn.put(frame);
    };
    // A drain may have come since.
    if !work.may_start_a_child() {
        return go_on(turn, frame);
    }
    let known = work
        .redriving
        .and_then(|from| next_failed(turn, frame.id, from));
    work.redriving = known.map(|(index, _)| index + 1);
    // The redrive has found all that it looked for.
    if known.is_none() && work.children.next >= work.children.total {
        return go_on(turn, frame);
    }
    if let Err(failure) = start(turn, &mut frame, map, known) {
        return fail(turn, frame, failure);
    }
    go_on(turn, frame);
}

/// Starts the next child, or one that is known already.
fn start(
    turn: &mut Turn<'_>,
    frame: &mut Frame,
    map: &machine::Map,
    known: Option<(u32, Place)>,
) -> Result<(), Failure> {
    let (Phase::Distributed(work), Some(distributed)) = (&frame.phase, &map.distributed) else {
        return Ok(());
    };
    let is_known = known.is_some();
    let (index, items) = match known {
        Some((index, place)) => (index, place.items()),
        None => (work.started, work.children.next..work.children.total),
    };
    let first_item = items.start;
    let (input, item_count) = input::of_child(turn, frame, map, work, items, is_known)?;
    let of = ChildOf {
        execution_arn: turn.execution.identity.execution_arn.clone(),
        key: frame.child_key(work, index),
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
    let place = Place {
        first_item,
        item_count,
    };
    set_result(turn, frame.id, index, place.open());
    if let Phase::Distributed(work) = &mut frame.phase {
        work.children.running += 1;
        if !is_known {
            work.started += 1;
            work.children.next += item_count;
        }
        let to_come = work.children_to_come();
        let run = &mut work.map_run;
        run.item_counts.started(item_count.into(), is_known);
        run.execution_counts.started(1, is_known);
        run.execution_counts.pending = to_come;
    }
    Ok(())
}

/// The next child that a redrive starts again.
fn next_failed(turn: &Turn<'_>, frame: FrameId, from: u32) -> Option<(u32, Place)> {
    let results = turn.execution.results.get(&frame)?;
    (from..)
        .zip(results.iter().skip(from as usize))
        .find_map(|(index, result)| Some((index, Place::of_failed(result.as_ref()?)?)))
}

fn set_result(turn: &mut Turn<'_>, frame: FrameId, index: u32, result: Payload) {
    let results = turn.execution.results.entry(frame).or_default();
    match results.get_mut(index as usize) {
        Some(place) => *place = Some(result),
        None => results.push(Some(result)),
    }
    turn.out.changes.results.push((frame, index));
}

/// Whether somebody waited for it.
pub(crate) fn child_ended(turn: &mut Turn<'_>, end: &ChildEnd) -> bool {
    let Some(of) = &end.identity.child_of else {
        return false;
    };
    let key = of.key;
    let results = turn.execution.results.get(&key.frame);
    let place = results.and_then(|results| results.get(key.call as usize)?.as_ref());
    let frame = turn.execution.frames.get(&key.frame);
    // The end of a child that nobody waits for any more, or that is known already, is dropped here.
    let (Some(place), Some(frame)) = (place.and_then(Place::of_open), frame) else {
        return false;
    };
    match &frame.phase {
        Phase::Distributed(work) if frame.child_key(work, key.call) == key => {}
        _ => return false,
    }
    let result = match &end.status {
        Status::Running => return false,
        // The text alone: the results are joined as texts.
        Status::Succeeded { output } => Payload::from_text_unchecked(output.text().clone()),
        Status::Failed(failure) | Status::TimedOut(failure) | Status::Aborted(failure) => {
            place.failed(&place::description(end, failure))
        }
    };
    set_result(turn, key.frame, key.call, result);
    let Some(mut frame) = turn.take_frame(key.frame) else {
        return false;
    };
    if let Phase::Distributed(work) = &mut frame.phase {
        work.children.running -= 1;
        let run = &mut work.map_run;
        run.item_counts.ended(&end.status, place.item_count.into());
        run.execution_counts.ended(&end.status, 1);
    }
    go_on(turn, frame);
    true
}

/// The execution goes on where it had failed: children that had not succeeded are started again, in their order, before those
/// that were never started.
pub(crate) fn redrive(turn: &mut Turn<'_>, mut frame: Frame) {
    let stopped: Vec<(u32, Place)> =
        turn.execution
            .results
            .get(&frame.id)
            .map_or_else(Vec::new, |results| {
                let open = |(index, result): (u32, &Option<Payload>)| {
                    Some((index, Place::of_open(result.as_ref()?)?))
                };
                (0..).zip(results).filter_map(open).collect()
            });
    for (index, place) in stopped {
        set_result(turn, frame.id, index, place.failed("null"));
    }
    let Phase::Distributed(work) = &mut frame.phase else {
        return turn.put(frame);
    };
    work.attempt = frame.entry.attempt();
    work.children.running = 0;
    work.children.draining = false;
    work.redriving = Some(0);
    work.map_run.redriven(turn.now_millis);
    let detail = Detail::MapRunRedriven {
        map_run_arn: work.map_run.arn.clone(),
        redrive_count: work.map_run.redrive_count,
    };
    frame.previous_event_id = turn.emit(frame.previous_event_id, detail);
    go_on(turn, frame);
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
    // A redrive of the execution goes on with this Map Run.
    if turn.is_handled(&frame, &failure) {
        children::drop_results(turn, frame.id);
    }
    turn.fail(frame, failure);
}

/// The frame is unwound: its Map Run ends with it. (One that has failed may be unwound too: when its failure fills the history.)
pub(crate) fn abort(turn: &mut Turn<'_>, frame: &mut Frame) {
    if matches!(&frame.phase, Phase::Distributed(work) if work.map_run.status == MapRunStatus::Running)
    {
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

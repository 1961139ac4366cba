//! What Parallel and Map have in common: children start while there is room, each result is kept by its index, the last one
//! ends the state, the first failure ends it too.

use std::collections::BTreeSet;
use std::sync::Arc;

use query::{MAX_NESTING, Payload, text_nesting_exceeds};
use states_language::machine::Kind;

use crate::data_flow::{DataFlow, cause};
use crate::event::Detail;
use crate::execution::{Frame, FrameId, Parent, Phase};
use crate::failing::Kept;
use crate::failure::{Failure, names};
use crate::states::{distributed, map, parallel};
use crate::step::Turn;

/// The frame has just come to `Phase::Children`.
pub(crate) fn begin(turn: &mut Turn<'_>, mut frame: Frame) {
    let depth = depth(turn, &frame);
    if depth > turn.limits.nesting_depth {
        let what = format!(
            "The state is nested in {depth} Map and Parallel states, itself counted; the limit is {}.",
            turn.limits.nesting_depth
        );
        frame.phase = Phase::Enter;
        let failure = Failure::runtime(cause(&frame, &what));
        return turn.fail(frame, failure);
    }
    if let Phase::Children(children) = &frame.phase {
        turn.execution
            .results
            .insert(frame.id, vec![None; children.total as usize]);
    }
    let previous = frame.previous_event_id;
    go_on(turn, frame, previous);
}

/// How many Map and Parallel states a child of this frame is in.
fn depth(turn: &Turn<'_>, frame: &Frame) -> usize {
    let outer = |parent: &Parent| turn.execution.frames.get(&parent.frame)?.parent;
    std::iter::successors(frame.parent, outer).count() + 1
}

pub(crate) fn child_succeeded(
    turn: &mut Turn<'_>,
    parent: Parent,
    previous_event_id: u64,
    output: Payload,
) {
    let Some(mut frame) = turn.take_frame(parent.frame) else {
        return;
    };
    frame.previous_event_id = previous_event_id;
    if let Kind::Map(_) = frame.state.kind {
        let detail = Detail::MapIterationSucceeded {
            name: frame.state.name.clone(),
            index: parent.index.into(),
        };
        // The state's own next event follows this one; the next iteration follows the child's last event, as AWS records it.
        frame.previous_event_id = turn.emit(previous_event_id, detail);
    }
    if let Some(place) = turn
        .execution
        .results
        .get_mut(&frame.id)
        .and_then(|results| results.get_mut(parent.index as usize))
    {
        // The text alone: the results are joined as texts, and a parsed value takes many times as much memory.
        *place = Some(Payload::from_text_unchecked(output.text().clone()));
        turn.out.changes.results.push((frame.id, parent.index));
    }
    if let Phase::Children(children) = &mut frame.phase {
        children.finished += 1;
        children.running -= 1;
    }
    go_on(turn, frame, previous_event_id);
}

pub(crate) fn child_failed(turn: &mut Turn<'_>, parent: Parent, child: Frame, failure: Failure) {
    let previous_event_id = child.previous_event_id;
    if let Some(name) = turn.map_name(parent.frame) {
        turn.emit(
            previous_event_id,
            Detail::MapIterationFailed {
                name,
                index: parent.index.into(),
            },
        );
    }
    let is_drained = failure.error_name() == names::DRAINED;
    let frame = turn.execution.frames.get(&parent.frame);
    let ends_execution = frame.is_some_and(|frame| !turn.is_handled(frame, &failure));
    if ends_execution && !is_drained {
        turn.unwind(Some(parent.frame), Kept::ForRedrive);
        turn.put(child);
    } else {
        turn.remove(child.id);
        if is_drained && wait_for_siblings(turn, parent, previous_event_id) {
            return;
        }
        turn.unwind(Some(parent.frame), Kept::No);
        drop_results(turn, parent.frame);
    }
    let Some(mut frame) = turn.take_frame(parent.frame) else {
        return;
    };
    frame.previous_event_id = previous_event_id;
    // The failed evaluation was the child's; its event is written.
    turn.fail(
        frame,
        Failure {
            evaluation: None,
            ..failure
        },
    );
}

/// A drained child leaves its siblings time to finish, when its parent drains too.
fn wait_for_siblings(turn: &mut Turn<'_>, parent: Parent, previous_event_id: u64) -> bool {
    let Some(mut frame) = turn.take_frame(parent.frame) else {
        return false;
    };
    let Phase::Children(children) = &mut frame.phase else {
        turn.put(frame);
        return false;
    };
    if !children.draining {
        turn.put(frame);
        return false;
    }
    children.running -= 1;
    frame.previous_event_id = previous_event_id;
    go_on(turn, frame, previous_event_id);
    true
}

/// Goes on with the children that are there again, starts those that were dropped before they succeeded, and further ones.
pub(crate) fn redrive(turn: &mut Turn<'_>, mut frame: Frame, running: &BTreeSet<u32>) {
    let Phase::Children(children) = &mut frame.phase else {
        return turn.put(frame);
    };
    children.draining = false;
    let results = turn.execution.results.get(&frame.id);
    let has_result = |index: u32| {
        let result = results.and_then(|results| results.get(index as usize));
        result.is_some_and(Option::is_some)
    };
    let dropped: Vec<u32> = (0..children.next)
        .filter(|index| !running.contains(index) && !has_result(*index))
        .collect();
    children.running = u32::try_from(running.len() + dropped.len()).unwrap_or(u32::MAX);
    let previous_event_id = frame.previous_event_id;
    for index in dropped {
        if let Err(failure) = start_child(turn, &frame, index, previous_event_id) {
            return not_started(turn, frame, failure);
        }
    }
    go_on(turn, frame, previous_event_id);
}

/// Starts what there is room for, or ends the state.
fn go_on(turn: &mut Turn<'_>, mut frame: Frame, previous_event_id: u64) {
    while let Some(index) = next_child(&mut frame) {
        if let Err(failure) = start_child(turn, &frame, index, previous_event_id) {
            return not_started(turn, frame, failure);
        }
    }
    let Phase::Children(children) = &frame.phase else {
        return;
    };
    if children.running > 0 {
        return turn.put(frame);
    }
    let is_map = matches!(frame.state.kind, Kind::Map(_));
    if children.draining && (is_map || children.finished < children.total) {
        let (finished, total) = (children.finished, children.total);
        let cause = if is_map {
            format!(
                "The run was asked to stop: {finished} of {total} items had finished, no further one was started."
            )
        } else {
            format!("The run was asked to stop: {finished} of {total} branches had finished.")
        };
        frame.drain_pending = false;
        let failure = Failure::new(names::DRAINED, cause);
        // A redrive goes on where the drain stopped. Inside of other states the frame itself may go.
        if frame.parent.is_some() || turn.is_handled(&frame, &failure) {
            drop_results(turn, frame.id);
        }
        return turn.fail(frame, failure);
    }
    succeed(turn, frame);
}

/// A child could not be started: the state fails.
fn not_started(turn: &mut Turn<'_>, frame: Frame, failure: Failure) {
    let id = frame.id;
    turn.put(frame);
    turn.unwind(Some(id), Kept::No);
    drop_results(turn, id);
    if let Some(frame) = turn.take_frame(id) {
        turn.fail(frame, failure);
    }
}

/// Takes the next child's place if it may start now.
fn next_child(frame: &mut Frame) -> Option<u32> {
    let Phase::Children(children) = &mut frame.phase else {
        return None;
    };
    if children.draining
        || children.next >= children.total
        || children.running >= children.concurrency
    {
        return None;
    }
    children.next += 1;
    children.running += 1;
    Some(children.next - 1)
}

fn start_child(
    turn: &mut Turn<'_>,
    frame: &Frame,
    index: u32,
    previous_event_id: u64,
) -> Result<(), Failure> {
    let Phase::Children(children) = &frame.phase else {
        return Ok(());
    };
    let (input, previous) = match &frame.state.kind {
        Kind::Map(map) => {
            let input = map::item_input(turn, frame, map, children, index)?;
            let detail = Detail::MapIterationStarted {
                name: frame.state.name.clone(),
                index: index.into(),
            };
            (input, turn.emit(previous_event_id, detail))
        }
        _ => (parallel::branch_input(children), previous_event_id),
    };
    let parent = Some(Parent {
        frame: frame.id,
        index,
    });
    let spawned = frame.child_workflow(index).and_then(|workflow| {
        turn.execution
            .spawn(parent, &workflow.clone(), input, previous)
    });
    match spawned {
        Some(id) => {
            turn.out.changes.frames.insert(id);
            Ok(())
        }
        None => Err(Failure::runtime(format!(
            "Branch {index} of the state '{}' has no start state.",
            frame.state.name
        ))),
    }
}

pub(crate) fn succeed(turn: &mut Turn<'_>, mut frame: Frame) {
    let result = results_text(
        turn.execution
            .results
            .get(&frame.id)
            .map(Vec::as_slice)
            .unwrap_or(&[]),
    );
    drop_results(turn, frame.id);
    // Joined texts are not parsed, so a loop could wrap its results deeper than any stack.
    if text_nesting_exceeds(result.text(), MAX_NESTING) {
        let what = format!("The results nest more than {MAX_NESTING} arrays and objects.");
        let failure = Failure::runtime(cause(&frame, &what));
        return turn.fail(frame, failure);
    }
    let done = match frame.state.kind {
        Kind::Map(_) => Detail::MapStateSucceeded,
        _ => Detail::ParallelStateSucceeded,
    };
    turn.emit(frame.previous_event_id, done);
    match DataFlow::new(turn, &frame).output(&result) {
        Ok((output, assigned)) => {
            frame.phase = Phase::Enter;
            let next = frame.state.next.clone();
            turn.exit(frame, output, assigned, &next);
        }
        Err(failure) => turn.fail(frame, failure),
    }
}

/// The results as one JSON array: their texts joined, not parsed.
fn results_text(results: &[Option<Payload>]) -> Payload {
    let length = results
        .iter()
        .flatten()
        .map(|result| result.len() + 1)
        .sum::<usize>()
        + 2;
    let mut text = String::with_capacity(length);
    text.push('[');
    for (index, result) in results.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        text.push_str(result.as_ref().map_or("null", distributed::result_text));
    }
    text.push(']');
    Payload::from_text_unchecked(Arc::from(text))
}

pub(crate) fn drop_results(turn: &mut Turn<'_>, id: FrameId) {
    turn.execution.results.remove(&id);
    turn.out.changes.dropped_results.insert(id);
}

//! A Map or Parallel state that is tested alone: its fields are evaluated and told to the trace as always, but no child is started.

use query::Payload;
use states_language::machine::Map;

use crate::data_flow::DataFlow;
use crate::execution::{Children, Frame, Phase};
use crate::failure::{Failure, names};
use crate::states::distributed::{EXCEEDED, input};
use crate::states::map;
use crate::step::Turn;
use crate::trace::Stage;

/// What stands for what is not there in a test of one state.
#[derive(Debug, Clone, Default)]
pub struct Mocked {
    /// What the items of a Map or the branches of a Parallel come to. Without it they run.
    pub children: Option<Result<Payload, Failure>>,
    /// Items of the Map that failed.
    pub failed_items: u64,
    /// What an `ItemReader` reads.
    pub read_items: Option<Payload>,
    /// How often the retrier that takes a failure has done so before.
    pub retries: u32,
}

pub(crate) fn parallel(turn: &mut Turn<'_>, frame: Frame) {
    let mut flow = DataFlow::new(turn, &frame);
    let arguments = flow
        .effective_input()
        .and_then(|input| flow.arguments(&input));
    finish(turn, frame, arguments.map(|_| ()));
}

pub(crate) fn map(turn: &mut Turn<'_>, frame: Frame, map: &Map) {
    let evaluated = evaluate(turn, &frame, map);
    finish(turn, frame, evaluated);
}

fn evaluate(turn: &mut Turn<'_>, frame: &Frame, map: &Map) -> Result<(), Failure> {
    let reads = (map.distributed.as_ref()).is_some_and(|distributed| distributed.has_item_reader);
    let read = turn.mocked.and_then(|mocked| mocked.read_items.clone());
    let mut flow = DataFlow::new(turn, frame);
    let effective = flow.effective_input()?;
    let items = match reads {
        true => read,
        false => {
            let items = flow.items(&map.items, &effective)?;
            flow.stage(Stage::AfterItemsPath, &items);
            Some(items)
        }
    };
    let concurrency = match &map.max_concurrency {
        Some(field) => flow.integer(field, &effective, "MaxConcurrency")?,
        None => 0,
    };
    flow.stage(
        Stage::MaxConcurrency,
        &Payload::from_value(concurrency.into()),
    );
    let (count, percentage) = flow.tolerated_failure(map, &effective)?;
    let tolerates_a_count = map.tolerated_failure_count.is_some();
    let tolerates_a_share = map.tolerated_failure_percentage.is_some();
    if tolerates_a_count {
        flow.stage(
            Stage::ToleratedFailureCount,
            &Payload::from_value(count.into()),
        );
    }
    if tolerates_a_share {
        let percentage = Payload::from_value(percentage.into());
        flow.stage(Stage::ToleratedFailurePercentage, &percentage);
    }
    let total = match items {
        None => 0,
        Some(items) => {
            let children = Children::of_items(items, effective, 0);
            inputs(turn, frame, map, &children)?;
            children.total
        }
    };
    // Without a bound AWS lets a mocked Map succeed, however many items failed.
    let failed = turn.mocked.map_or(0, |mocked| mocked.failed_items);
    let share = failed as f64 * 100.0 / f64::from(total.max(1));
    if tolerates_a_count && failed > count || tolerates_a_share && share > percentage {
        let is_exceeded = Failure::new(names::EXCEED_TOLERATED_FAILURE_THRESHOLD, EXCEEDED);
        return Err(is_exceeded);
    }
    Ok(())
}

/// The inputs of all iterations, then the batches that they are put into.
fn inputs(
    turn: &mut Turn<'_>,
    frame: &Frame,
    map: &Map,
    children: &Children,
) -> Result<(), Failure> {
    if map.item_selector.is_some() {
        let inputs: Result<Vec<Payload>, Failure> = (0..children.total)
            .map(|index| map::item_input(turn, frame, map, children, index))
            .collect();
        tell(turn, frame, Stage::AfterItemSelector, &inputs?);
    }
    let batcher = map
        .distributed
        .as_ref()
        .and_then(|map| map.batcher.as_ref());
    if let Some(batcher) = batcher {
        let batches = input::batches(turn, frame, map, batcher, children)?;
        tell(turn, frame, Stage::AfterItemBatcher, &batches);
    }
    Ok(())
}

fn tell(turn: &mut Turn<'_>, frame: &Frame, stage: Stage, inputs: &[Payload]) {
    let all = inputs.iter().map(|input| input.value().clone()).collect();
    DataFlow::new(turn, frame).stage(stage, &Payload::from_value(all));
}

/// The children's mocked end is the state's.
fn finish(turn: &mut Turn<'_>, mut frame: Frame, evaluated: Result<(), Failure>) {
    let mocked = turn.mocked.and_then(|mocked| mocked.children.clone());
    let children = mocked.unwrap_or_else(|| Ok(Payload::empty_object()));
    // A mocked error goes before the one that the failed items would make.
    let result = match evaluated {
        Err(failure) if children.is_ok() || failure.cause.as_deref() != Some(EXCEEDED) => {
            Err(failure)
        }
        _ => children,
    };
    let output = result.and_then(|result| DataFlow::new(turn, &frame).output(&result));
    match output {
        Ok((output, assigned)) => {
            frame.phase = Phase::Enter;
            let next = frame.state.next.clone();
            turn.exit(frame, output, assigned, &next);
        }
        Err(failure) => turn.fail(frame, failure),
    }
}

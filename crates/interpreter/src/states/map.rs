//! Map, inline. (`distributed.rs` takes over where it is not.)
//!
//! | in | event | out |
//! |---|---|---|
//! | Enter | MapStateEntered, MapStateStarted, MapIterationStarted for the first items | Children |
//! | Children, an item succeeded | MapIterationSucceeded, MapIterationStarted for the next | Children |
//! | Children, all succeeded | MapStateSucceeded, MapStateExited | next state |
//! | Children, one failed | MapIterationFailed, aborted events of the others, [MapStateFailed] | Retry, Catch or frame failed |
//! | Children, drained and idle | [MapStateFailed] | Catch or frame failed with Stepwright.Drained |

use query::Payload;
use serde_json::{Value, json};
use states_language::machine::Map;

use crate::data_flow::DataFlow;
use crate::event::Detail;
use crate::execution::{Children, Frame, Phase};
use crate::failure::Failure;
use crate::states::{children, distributed};
use crate::step::Turn;

pub(crate) fn start(turn: &mut Turn<'_>, mut frame: Frame, map: &Map) {
    let inline_iterations = turn.limits.inline_iterations;
    let mut flow = DataFlow::new(turn, &frame);
    let evaluated = (|| {
        let effective = flow.effective_input()?;
        let items = flow.items(&map.items, &effective)?;
        let concurrency = match &map.max_concurrency {
            Some(field) => flow.integer(field, &effective, "MaxConcurrency")?,
            None => 0,
        };
        Ok((effective, items, concurrency))
    })();
    let (effective_input, items, concurrency) = match evaluated {
        Ok(evaluated) => evaluated,
        Err(failure) => return turn.fail(frame, failure),
    };
    let concurrency_here = at_most(concurrency, inline_iterations);
    let children = Children::of_items(items, effective_input, concurrency_here);
    frame.previous_event_id = turn.emit(
        frame.previous_event_id,
        Detail::MapStateStarted {
            length: children.total.into(),
        },
    );
    // Inline Maps tolerate no failures, but AWS evaluates the fields all the same, after MapStateStarted.
    let tolerated =
        match DataFlow::new(turn, &frame).tolerated_failure(map, &children.effective_input) {
            Ok(tolerated) => tolerated,
            Err(failure) => return turn.fail(frame, failure),
        };
    if let Some(distributed) = &map.distributed {
        return distributed::begin(turn, frame, distributed, children, concurrency, tolerated);
    }
    frame.phase = Phase::Children(children);
    children::begin(turn, frame);
}

impl Children {
    /// The items of a Map, none of them started; members of an object become pairs.
    pub fn of_items(items: Payload, effective_input: Payload, concurrency: u32) -> Children {
        let (items, keyed) = match items.value() {
            Value::Object(members) => (Payload::from_value(pairs(members)), true),
            _ => (items, false),
        };
        let total = items.value().as_array().map_or(0, Vec::len);
        Children {
            total: u32::try_from(total).unwrap_or(u32::MAX),
            next: 0,
            finished: 0,
            running: 0,
            concurrency,
            items: Some(items),
            keyed,
            effective_input,
            draining: false,
        }
    }
}

/// `MaxConcurrency` within a limit; 0 is the limit. Always somebody can run.
pub(crate) fn at_most(concurrency: u64, limit: u64) -> u32 {
    let concurrency = if concurrency == 0 {
        limit
    } else {
        concurrency.min(limit)
    };
    u32::try_from(concurrency.max(1)).unwrap_or(u32::MAX)
}

/// The input of one iteration: the item, or what `ItemSelector` makes of it.
pub(crate) fn item_input(
    turn: &mut Turn<'_>,
    frame: &Frame,
    map: &Map,
    children: &Children,
    index: u32,
) -> Result<Payload, Failure> {
    let Some(selector) = &map.item_selector else {
        return Ok(Payload::from_value(
            item(children, index).cloned().unwrap_or(Value::Null),
        ));
    };
    DataFlow::new(turn, frame)
        .for_item(children, index)
        .item_selector(selector, &children.effective_input)
}

fn item(children: &Children, index: u32) -> Option<&Value> {
    children.items.as_ref()?.value().get(index as usize)
}

/// An object as items: an array of its members.
fn pairs(members: &serde_json::Map<String, Value>) -> Value {
    members
        .iter()
        .map(|(key, value)| json!({"Key": key, "Value": value}))
        .collect()
}

/// `$$.Map.Item`: index and value of an item, and the key where it is the member of an object.
pub(crate) fn item_context(children: &Children, index: u32) -> Value {
    let item = item(children, index);
    match item.filter(|_| children.keyed) {
        Some(pair) => json!({"Index": index, "Key": pair["Key"], "Value": pair["Value"]}),
        None => json!({"Index": index, "Value": item}),
    }
}

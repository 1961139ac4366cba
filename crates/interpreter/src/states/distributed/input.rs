//! The inputs of children: an item each, or batches.

use std::ops::Range;

use query::Payload;
use states_language::machine::{ItemBatcher, Map};

use crate::data_flow::DataFlow;
use crate::execution::{Batching, Children, Distributed, Frame};
use crate::failure::Failure;
use crate::states::map;
use crate::step::{Turn, data_limit_exceeded};

pub(super) fn batching(
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

/// The input of a child, and how many items are in it: as many of `items` as the bounds allow, but at least one; all of them
/// where a child is started that is known already.
pub(super) fn of_child(
    turn: &mut Turn<'_>,
    frame: &Frame,
    map: &Map,
    work: &Distributed,
    items: Range<u32>,
    is_known: bool,
) -> Result<(Payload, u32), Failure> {
    let limit = turn.limits.payload_bytes;
    let mut item = |index| map::item_input(turn, frame, map, &work.children, index);
    let (input, item_count) = match &work.batching {
        None => (item(items.start)?, 1),
        Some(batching) => {
            let most_bytes = match is_known {
                true => u64::MAX,
                false => batching.max_input_bytes,
            };
            batch(batching, items, most_bytes, item)?
        }
    };
    if input.len() > limit {
        return Err(data_limit_exceeded(&frame.state.name));
    }
    Ok((input, item_count))
}

/// The inputs of all batches.
pub(crate) fn batches(
    turn: &mut Turn<'_>,
    frame: &Frame,
    map: &Map,
    batcher: &ItemBatcher,
    children: &Children,
) -> Result<Vec<Payload>, Failure> {
    let batching = batching(turn, frame, batcher, &children.effective_input)?;
    let mut batches = Vec::new();
    let mut next = 0;
    while next < children.total {
        let item = |index| map::item_input(turn, frame, map, children, index);
        let items = next..children.total;
        let (input, count) = batch(&batching, items, batching.max_input_bytes, item)?;
        batches.push(input);
        next += count;
    }
    Ok(batches)
}

/// `{"BatchInput": …, "Items": […]}`: texts are joined, not parsed.
fn batch(
    batching: &Batching,
    items: Range<u32>,
    most_bytes: u64,
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
    for index in items.take(batching.max_items as usize) {
        let item = item(index)?;
        // With a comma before it, and the two brackets at the end.
        let bytes = (text.len() + item.len() + 3) as u64;
        if count > 0 && bytes > most_bytes {
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

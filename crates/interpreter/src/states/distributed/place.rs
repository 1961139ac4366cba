//! What stands among the results for each child that was started: `?FIRST,COUNT` while it is open (its first item and the
//! number of its items), its output when it has succeeded, `!FIRST,COUNT:DESCRIPTION` when it has not. No JSON text begins with a mark. So the frame need not hold which children are open.

use std::ops::Range;

use query::Payload;
use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::map_run::ChildEnd;
use crate::time::iso_of_millis;

const OPEN: char = '?';
const FAILED: char = '!';

/// The items of a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub first_item: u32,
    pub item_count: u32,
}

pub(crate) fn is_open(result: Option<&Payload>) -> bool {
    result.is_some_and(|result| result.text().starts_with(OPEN))
}

/// The text of a child's result as it stands in the state's.
pub(crate) fn result_text(result: &Payload) -> &str {
    let text = result.text();
    match text.strip_prefix(FAILED) {
        Some(failed) => failed.split_once(':').map_or("null", |(_, text)| text),
        None => text,
    }
}

impl Place {
    pub fn items(self) -> Range<u32> {
        self.first_item..self.first_item.saturating_add(self.item_count)
    }

    pub fn open(self) -> Payload {
        self.marked(OPEN, "")
    }

    /// `description` stands in the output for it.
    pub fn failed(self, description: &str) -> Payload {
        self.marked(FAILED, &format!(":{description}"))
    }

    fn marked(self, mark: char, rest: &str) -> Payload {
        let text = format!("{mark}{},{}{rest}", self.first_item, self.item_count);
        Payload::from_text_unchecked(text.into())
    }

    /// Of a child that has not ended.
    pub fn of_open(result: &Payload) -> Option<Place> {
        Place::parse(result.text().strip_prefix(OPEN)?)
    }

    /// Of a child that has failed.
    pub fn of_failed(result: &Payload) -> Option<Place> {
        Place::parse(result.text().strip_prefix(FAILED)?.split_once(':')?.0)
    }

    fn parse(text: &str) -> Option<Place> {
        let (first_item, item_count) = text.split_once(',')?;
        Some(Place {
            first_item: first_item.parse().ok()?,
            item_count: item_count.parse().ok()?,
        })
    }
}

/// What stands in the output for a child that failed: its description. AWS's guide has it in the page on ResultWriter: the
/// result of a failed child is as with the transformation NONE, whichever is asked for.
pub(super) fn description(end: &ChildEnd, failure: &Failure) -> String {
    let identity = &end.identity;
    let mut described = Map::new();
    for (name, text) in [("Cause", &failure.cause), ("Error", &failure.error)] {
        if let Some(text) = text {
            described.insert(name.into(), text.as_ref().into());
        }
    }
    let rest = json!({
        "ExecutionArn": identity.execution_arn.as_ref(),
        "Input": end.input.text().as_ref(),
        "InputDetails": {"Included": true},
        "Name": identity.execution_name.as_ref(),
        "RedriveCount": end.redrive_count,
        "RedriveStatus": "REDRIVABLE_BY_MAP_RUN",
        "StartDate": iso_of_millis(end.start_millis),
        "StateMachineArn": identity.state_machine_arn.as_ref(),
        "Status": end.status.name(),
        "StopDate": iso_of_millis(end.stop_millis),
    });
    if let Value::Object(rest) = rest {
        described.extend(rest);
    }
    Value::Object(described).to_string()
}

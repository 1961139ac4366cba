//! `inspectionData`: the stages of the data's way through the state, as AWS shows them.

use std::collections::BTreeMap;
use std::sync::Arc;

use interpreter::{Failure, Handling, Stage, Trace};
use query::Payload;
use serde_json::{Map, Value, json};

use super::definition::STATE_NAME;

/// Hears what the interpreter tells of the state.
#[derive(Default)]
pub(super) struct Recorder {
    stages: BTreeMap<Stage, Payload>,
    pub failed: Option<Failed>,
}

/// A failure of the state, and what its own fields make of it.
pub(super) struct Failed {
    pub failure: Failure,
    pub handling: Handling,
}

impl Trace for Recorder {
    fn stage(&mut self, state: &str, stage: Stage, value: &Payload) {
        if state == STATE_NAME {
            self.stages.insert(stage, value.clone());
        }
    }

    fn failed(&mut self, state: &str, failure: &Failure, handling: Handling) {
        if state == STATE_NAME {
            self.failed = Some(Failed {
                failure: failure.clone(),
                handling,
            });
        }
    }
}

/// What DEBUG and TRACE show (what TRACE adds is of HTTP tasks).
pub(super) fn data(
    recorder: &Recorder,
    state: &Value,
    variables: &BTreeMap<Arc<str>, Payload>,
    backoff_millis: Option<i64>,
    items_read: Option<&Payload>,
) -> Value {
    let kind = state["Type"].as_str().unwrap_or_default();
    let is_jsonata = state["QueryLanguage"] == "JSONata";
    // A Pass state's `Result` hides what comes before it.
    let has_result = kind == "Task" || state.get("Result").is_some();
    let hides_arguments = kind == "Pass" && has_result;
    let takes_arguments = matches!(kind, "Pass" | "Task") && !hides_arguments;
    let stage = |stage| recorder.stages.get(&stage);
    // Where a state has no such field the stage is the one before; where the field failed there is none.
    let stage_of = |field: &str, own, before| match state.get(field) {
        Some(_) => stage(own),
        None => stage(own).or_else(|| stage(before)),
    };
    let mut shown = Map::new();
    // As Java prints a list.
    let listed = |items: &Payload| match items.value().as_array() {
        Some(items) => {
            let texts: Vec<String> = items.iter().map(Value::to_string).collect();
            format!("[{}]", texts.join(", "))
        }
        None => items.text().to_string(),
    };
    if let Some(items) = stage(Stage::AfterItemsPath).filter(|_| !is_jsonata) {
        shown.insert("afterItemsPath".to_owned(), listed(items).into());
    }
    let mut show = |name: &str, payload: Option<&Payload>| {
        if let Some(payload) = payload {
            shown.insert(name.to_owned(), payload.text().as_ref().into());
        }
    };
    show("input", stage(Stage::Input));
    if is_jsonata {
        let of_task = |stage: Option<_>| stage.filter(|_| kind == "Task");
        show("afterArguments", of_task(stage(Stage::AfterArguments)));
        show("result", of_task(stage(Stage::Result)));
    } else {
        let hides_input_path = hides_arguments || kind == "Parallel";
        let after_input_path = stage(Stage::AfterInputPath).filter(|_| !hides_input_path);
        show("afterInputPath", after_input_path);
        if takes_arguments {
            let parameters = stage_of("Parameters", Stage::AfterParameters, Stage::AfterInputPath);
            show("afterParameters", parameters);
        }
        show("result", stage(Stage::Result).filter(|_| has_result));
        if matches!(kind, "Pass" | "Task" | "Map" | "Parallel") {
            let selected = stage_of("ResultSelector", Stage::AfterResultSelector, Stage::Result);
            show("afterResultSelector", selected);
            show("afterResultPath", stage(Stage::AfterResultPath));
        }
    }
    show("afterItemSelector", stage(Stage::AfterItemSelector));
    show("afterItemBatcher", stage(Stage::AfterItemBatcher));
    if state["ItemReader"]["ReaderConfig"]
        .get("ItemsPointer")
        .is_some()
    {
        show("afterItemsPointer", items_read);
    }
    let number = |found: Stage| stage(found).map(|number| number.value().clone());
    let numbers = [
        ("maxConcurrency", Stage::MaxConcurrency),
        ("toleratedFailureCount", Stage::ToleratedFailureCount),
        (
            "toleratedFailurePercentage",
            Stage::ToleratedFailurePercentage,
        ),
    ];
    let numbers = numbers
        .into_iter()
        .filter_map(|(name, stage)| Some((name.to_owned(), number(stage)?)));
    shown.extend(numbers);
    if !variables.is_empty() {
        let variables: Map<String, Value> = variables
            .iter()
            .map(|(name, value)| (name.to_string(), value.value().clone()))
            .collect();
        let text = Value::Object(variables).to_string();
        shown.insert("variables".to_owned(), text.into());
    }
    if let Some(failed) = &recorder.failed {
        let details = error_details(&failed.handling, backoff_millis);
        if !details.is_empty() {
            shown.insert("errorDetails".to_owned(), Value::Object(details));
        }
    }
    Value::Object(shown)
}

fn error_details(handling: &Handling, backoff_millis: Option<i64>) -> Map<String, Value> {
    let mut details = Map::new();
    if let Some(index) = handling.retrier {
        details.insert("retryIndex".to_owned(), index.into());
    }
    match (backoff_millis, handling.catcher) {
        (Some(millis), _) => {
            let seconds = millis / 1000;
            details.insert("retryBackoffIntervalSeconds".to_owned(), json!(seconds));
        }
        (None, Some(index)) => {
            details.insert("catchIndex".to_owned(), index.into());
        }
        (None, None) => {}
    }
    details
}

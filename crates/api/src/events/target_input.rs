//! What a target gets of an event: the event, a constant, a part of it, or a text made of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use schedules::{InputPath, InputTransformer, Reserved};
use serde::Deserialize;
use serde_json::Value;

use super::{error, parsed};
use crate::wire::ServiceError;

/// `InputTransformer` of a target.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TransformerMember {
    #[serde(default)]
    input_paths_map: BTreeMap<String, String>,
    input_template: String,
}

pub(super) enum TargetInput {
    Event,
    Constant(Arc<str>),
    Path(InputPath),
    Transformer(InputTransformer),
}

impl TargetInput {
    /// `id`: the target's.
    pub fn of(
        id: &str,
        input: Option<&str>,
        path: Option<&str>,
        transformer: Option<&TransformerMember>,
    ) -> Result<TargetInput, ServiceError> {
        match (input, path, transformer) {
            (None, None, None) => Ok(TargetInput::Event),
            (Some(text), None, None) => match parsed(text) {
                Ok(_) => Ok(TargetInput::Constant(text.into())),
                Err(reason) => Err(error::validation(format!(
                    "JSON syntax error in input for target {id}: [{reason}]"
                ))),
            },
            (None, Some(path), None) => match InputPath::parse(path) {
                Ok(path) => Ok(TargetInput::Path(path)),
                Err(reason) => Err(error::validation(format!(
                    "InputPath for target {id} {reason}"
                ))),
            },
            (None, None, Some(given)) => {
                match InputTransformer::parse(&given.input_paths_map, &given.input_template) {
                    Ok(transformer) => Ok(TargetInput::Transformer(transformer)),
                    Err(reason) => Err(error::validation(format!(
                        "InputTemplate for target {id} {reason}"
                    ))),
                }
            }
            _ => Err(error::validation(format!(
                "Only one of Input, InputPath, or InputTransformer must be provided for target {id}."
            ))),
        }
    }

    pub fn is_event(&self) -> bool {
        matches!(self, TargetInput::Event)
    }

    /// JSON text, or what a template makes that is none. `text` is the event's.
    pub fn of_event(&self, event: &Value, text: &Arc<str>, reserved: &Reserved<'_>) -> Arc<str> {
        match self {
            TargetInput::Event => text.clone(),
            TargetInput::Constant(input) => input.clone(),
            TargetInput::Path(path) => path.select(event).unwrap_or_default().to_string().into(),
            TargetInput::Transformer(transformer) => transformer.apply(event, reserved).into(),
        }
    }
}

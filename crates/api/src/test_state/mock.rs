//! What a test says instead of letting things happen: a result or an error, and what came before it.
//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_MockInput.html>,
//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestStateConfiguration.html>

use interpreter::{Failure, Mocked};
use query::Payload;
use serde::Deserialize;
use serde_json::Value;

use super::{items, schema};
use crate::Error;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Mock {
    result: Option<String>,
    error_output: Option<ErrorOutput>,
    #[serde(default)]
    field_validation_mode: FieldValidationMode,
}

#[derive(Deserialize)]
struct ErrorOutput {
    error: Option<String>,
    cause: Option<String>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Default)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum FieldValidationMode {
    #[default]
    Strict,
    Present,
    None,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
pub(super) struct Configuration {
    retrier_retry_count: Option<u32>,
    error_caused_by_state: Option<String>,
    map_iteration_failure_count: Option<u64>,
    map_item_reader_data: Option<String>,
}

/// What a state comes to instead of doing its work.
pub(super) type Outcome = Result<Payload, Failure>;

impl Mock {
    /// The mocked end of the state.
    ///
    /// # Errors
    /// The mock is not one, or not one of this state.
    pub fn outcome(&self, state: &Value) -> Result<Outcome, Error> {
        let kind = state["Type"].as_str().unwrap_or_default();
        if !matches!(kind, "Task" | "Map" | "Parallel") {
            return Err(Error::validation(format!(
                "State type '{kind}' is not supported when a mock is specified"
            )));
        }
        match (&self.result, &self.error_output) {
            (Some(result), None) => self.result(state, result).map(Ok),
            (None, Some(output)) => {
                let Some(error) = &output.error else {
                    return Err(Error::validation(
                        "mock.errorOutput.error must be specified when mock.errorOutput is specified.",
                    ));
                };
                Ok(Err(Failure {
                    error: Some(error.as_str().into()),
                    cause: output.cause.as_deref().map(Into::into),
                    heartbeat: false,
                    evaluation: None,
                }))
            }
            _ => Err(Error::validation(
                "A test mock should have exactly one of the following fields: [result, errorOutput].",
            )),
        }
    }

    fn result(&self, state: &Value, text: &str) -> Result<Payload, Error> {
        let result = Payload::parse(text).map_err(|error| {
            Error::validation(format!("Mocked result must be valid JSON: {error}"))
        })?;
        let value = result.value();
        match state["Type"].as_str() {
            Some("Task") => schema::check(state, value, self.field_validation_mode)?,
            Some("Map") if state.get("ResultWriter").is_some() && !value.is_object() => {
                return Err(Error::validation("Mocked result must be a JSON object."));
            }
            Some("Map") if state.get("ResultWriter").is_some() => {}
            _ if !value.is_array() => {
                return Err(Error::validation("Mocked result must be an array."));
            }
            _ => {}
        }
        Ok(result)
    }
}

impl Configuration {
    /// Without a mock nothing of it has a meaning.
    pub fn require_a_mock(&self) -> Result<(), Error> {
        let given = [
            (
                "MapIterationFailureCount",
                self.map_iteration_failure_count.is_some(),
            ),
            ("RetrierRetryCount", self.retrier_retry_count.is_some()),
            ("ErrorCausedByState", self.error_caused_by_state.is_some()),
            ("MapItemReaderData", self.map_item_reader_data.is_some()),
        ];
        match given.into_iter().find(|(_, is_given)| *is_given) {
            None => Ok(()),
            Some((name, _)) => Err(Error::validation(format!(
                "TestState does not support {name} when a mock is not specified."
            ))),
        }
    }

    pub fn mocked(&self, state: &Value, outcome: &Outcome) -> Result<Mocked, Error> {
        let kind = state["Type"].as_str().unwrap_or_default();
        let belongs =
            |is_given: bool, name: &str, kinds: &[&str]| match is_given && !kinds.contains(&kind) {
                false => Ok(()),
                true => Err(Error::validation(format!(
                    "State type '{kind}' is not supported when {name} is specified"
                ))),
            };
        let with_children = ["Map", "Parallel"];
        belongs(
            self.map_iteration_failure_count.is_some(),
            "MapIterationFailureCount",
            &["Map"],
        )?;
        belongs(
            self.map_item_reader_data.is_some(),
            "MapItemReaderData",
            &["Map"],
        )?;
        belongs(
            self.error_caused_by_state.is_some(),
            "ErrorCausedByState",
            &with_children,
        )?;
        if let Some(name) = &self.error_caused_by_state
            && super::definition::find_inside(state, name).is_none()
        {
            return Err(Error::validation(format!(
                "ErrorCausedByState '{name}' does not exist in the state under test"
            )));
        }
        let read = self.map_item_reader_data.as_deref();
        let read_items = read.map(|data| items::read(state, data)).transpose()?;
        Ok(Mocked {
            children: with_children.contains(&kind).then(|| outcome.clone()),
            failed_items: self.map_iteration_failure_count.unwrap_or(0),
            read_items,
            retries: self.retrier_retry_count.unwrap_or(0),
        })
    }
}

//! DescribeExecution.

use std::sync::Arc;

use interpreter::time::seconds_of_millis;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::ListedStatus;

use super::{Found, Outcome, find, redrive};
use crate::runtime::to_json;
use crate::service::Call;
use crate::state_machines::{IncludedData, described};
use crate::{Error, Service};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    execution_arn: String,
    #[serde(default)]
    included_data: IncludedData,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Description<'a> {
    execution_arn: &'a str,
    state_machine_arn: &'a str,
    name: &'a str,
    status: &'static str,
    start_date: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop_date: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<&'a str>,
    input_details: Included,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_details: Option<Included>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_header: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    map_run_arn: Option<&'a Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_machine_version_arn: Option<&'a Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_machine_alias_arn: Option<&'a Arc<str>>,
    redrive_count: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    redrive_date: Option<f64>,
    redrive_status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    redrive_status_reason: Option<&'static str>,
}

/// `inputDetails`, `outputDetails`.
#[derive(Serialize, Clone, Copy)]
pub(super) struct Included {
    pub included: bool,
}

/// Answers DescribeExecution. Error and cause stay with `METADATA_ONLY`: they are no data of the workflow.
pub(crate) async fn describe_execution(service: &Service, call: &Call) -> Result<Value, Error> {
    let Input {
        execution_arn,
        included_data,
    } = call.input()?;
    let found = find(service, &execution_arn).await?;
    let redrive = redrive::status(service, &found, call.now_millis);
    let Found {
        id,
        listing,
        execution,
    } = &found;
    let outcome = Outcome::from(&execution.status);
    let included = included_data == IncludedData::AllData;
    to_json(&Description {
        execution_arn: id,
        state_machine_arn: &listing.state_machine_arn,
        name: &listing.name,
        status: listing.status.name(),
        start_date: seconds_of_millis(listing.start_millis),
        stop_date: listing.stop_millis.map(seconds_of_millis),
        input: included.then_some(execution.input.text()),
        input_details: Included { included },
        output: outcome.output.filter(|_| included),
        output_details: outcome.output.map(|_| Included { included }),
        trace_header: execution.trace_header.as_deref(),
        map_run_arn: listing.map_run_arn.as_ref(),
        // AWS names no error beside the machine's own timeout.
        error: outcome
            .error
            .filter(|_| listing.status != ListedStatus::TimedOut),
        cause: outcome.cause,
        state_machine_version_arn: listing.version_arn.as_ref(),
        state_machine_alias_arn: listing.alias_arn.as_ref(),
        redrive_count: listing.redrive_count,
        redrive_date: listing.redrive_millis.map(seconds_of_millis),
        redrive_status: redrive.name,
        redrive_status_reason: redrive.reason,
    })
}

/// Answers DescribeStateMachineForExecution: what the execution runs on, whatever the state machine has become.
pub(crate) async fn describe_state_machine(service: &Service, call: &Call) -> Result<Value, Error> {
    let input: Input = call.input()?;
    let Found {
        listing, execution, ..
    } = find(service, &input.execution_arn).await?;
    let loaded = service.loaded(&listing.revision).await?;
    let identity = &execution.identity;
    let label = identity.child_of.as_ref().map(|of| &of.label);
    let mut members = described(&loaded, label, input.included_data)?;
    for (name, value) in [
        ("stateMachineArn", Some(&identity.state_machine_arn)),
        ("name", Some(&identity.state_machine_name)),
        ("mapRunArn", listing.map_run_arn.as_ref()),
        ("label", label),
    ] {
        if let Some(value) = value {
            members.insert(name.to_owned(), value.as_ref().into());
        }
    }
    let update_date = seconds_of_millis(loaded.revision.creation_millis);
    members.insert("updateDate".to_owned(), json!(update_date));
    Ok(Value::Object(members))
}

/// An ended execution as a nested one's `.sync` tells it: the answer of DescribeExecution in the names of the AWS SDK, keys
/// sorted, dates in milliseconds; input and output as texts, or (`.sync:2`) as JSON.
pub(crate) fn ended_in_sdk_names(found: &Found, json: bool) -> Value {
    let Found {
        id,
        listing,
        execution,
    } = found;
    let data = |text: &str| match json {
        // What the interpreter accepted as input or wrote as output is JSON.
        true => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
        false => Value::from(text),
    };
    let outcome = Outcome::from(&execution.status);
    let included = json!({"Included": true});
    let members = [
        ("Cause", outcome.cause.map(Value::from)),
        ("Error", outcome.error.map(Value::from)),
        ("ExecutionArn", Some(id.as_ref().into())),
        ("Input", Some(data(execution.input.text()))),
        ("InputDetails", Some(included.clone())),
        ("Name", Some(listing.name.as_ref().into())),
        ("Output", outcome.output.map(data)),
        ("OutputDetails", outcome.output.map(|_| included)),
        ("StartDate", Some(listing.start_millis.into())),
        (
            "StateMachineArn",
            Some(listing.state_machine_arn.as_ref().into()),
        ),
        ("Status", Some(listing.status.name().into())),
        ("StopDate", listing.stop_millis.map(Value::from)),
    ];
    let present = members
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(present.collect())
}

//! CreateActivity, DescribeActivity, DeleteActivity, ListActivities.

use std::sync::Arc;

use interpreter::time::seconds_of_millis;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Error;
use crate::arn::{Arn, Resource, check_name};
use crate::configuration::check_encryption;
use crate::control::ControlPlane;
use crate::control::records::{Activity, Encryption, Format};
use crate::control::state::Change;
use crate::service::{Call, Options};
use crate::state_machines::listed;
use crate::tags::{self, Tag};

/// Activities of an account and region.
const MAX_ACTIVITIES: usize = 100_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreateInput {
    name: String,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default)]
    encryption_configuration: Encryption,
}

/// Idempotent by name; tags of a repeated request are ignored.
pub(crate) fn create(
    control: &ControlPlane,
    options: &Options,
    call: &Call,
) -> Result<Value, Error> {
    let input: CreateInput = call.input()?;
    check_name(&input.name)?;
    check_encryption(&input.encryption_configuration)?;
    let tags = tags::merged(&Default::default(), input.tags, &input.name)?;
    let arn: Arc<str> = options.arn("activity", &input.name).into();
    let creation_millis = control.change(call.now_millis, Some(call.audit(&arn)), |state| {
        if let Some(existing) = state.activities.get(&arn) {
            return if existing.encryption == input.encryption_configuration {
                Ok((vec![], existing.creation_millis))
            } else {
                Err(Error::ActivityAlreadyExists)
            };
        }
        if state.activities.len() >= MAX_ACTIVITIES {
            let message =
                format!("The maximum number of activities has been reached: {MAX_ACTIVITIES}");
            return Err(Error::ActivityLimitExceeded(message));
        }
        let activity = Activity {
            format: Format,
            name: input.name.as_str().into(),
            creation_millis: call.now_millis,
            encryption: input.encryption_configuration,
            tags,
        };
        let change = Change::Activity(arn.clone(), Some(activity));
        Ok((vec![change], call.now_millis))
    })?;
    Ok(json!({
        "activityArn": *arn,
        "creationDate": seconds_of_millis(creation_millis),
    }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ArnInput {
    activity_arn: String,
}

impl ArnInput {
    /// # Errors
    /// `InvalidArn` for what is no activity's.
    fn of(call: &Call) -> Result<ArnInput, Error> {
        let input: ArnInput = call.input()?;
        let arn = Arn::parse(&input.activity_arn)?;
        match arn.resource {
            Resource::Activity { .. } => Ok(input),
            _ => Err(arn.wrong_type()),
        }
    }
}

pub(crate) fn describe(control: &ControlPlane, call: &Call) -> Result<Value, Error> {
    let ArnInput { activity_arn: arn } = ArnInput::of(call)?;
    let state = control.read();
    let Some(activity) = state.activities.get(arn.as_str()) else {
        return Err(Error::ActivityDoesNotExist(arn));
    };
    Ok(json!({
        "activityArn": arn,
        "name": *activity.name,
        "creationDate": seconds_of_millis(activity.creation_millis),
        "encryptionConfiguration": activity.encryption,
    }))
}

/// One that is not there is no error.
pub(crate) fn delete(control: &ControlPlane, call: &Call) -> Result<Value, Error> {
    let ArnInput { activity_arn: arn } = ArnInput::of(call)?;
    control.change(call.now_millis, Some(call.audit(&arn)), |state| {
        let found = state.activities.get_key_value(arn.as_str());
        let changes = found.map(|(arn, _)| Change::Activity(arn.clone(), None));
        Ok((changes.into_iter().collect(), ()))
    })?;
    Ok(json!({}))
}

/// By name.
pub(crate) fn list(control: &ControlPlane, call: &Call) -> Result<Value, Error> {
    let page = call.page()?;
    let state = control.read();
    let activities = state.activities.range::<str, _>(page.behind());
    let (activities, token) = page.cut(activities, |(arn, _)| arn.to_string())?;
    let activities = activities
        .into_iter()
        .map(|(arn, activity)| {
            json!({
                "activityArn": **arn,
                "name": *activity.name,
                "creationDate": seconds_of_millis(activity.creation_millis),
            })
        })
        .collect();
    Ok(listed("activities", activities, token))
}

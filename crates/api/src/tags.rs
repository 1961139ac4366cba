//! TagResource, UntagResource, ListTagsForResource: of state machines and activities.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::Error;
use crate::arn::{Arn, Qualifier, Resource};
use crate::control::ControlPlane;
use crate::control::records::{Activity, StateMachine, Tags};
use crate::control::state::{Change, State};
use crate::service::Call;

/// Tags of one resource.
const MAX_TAGS: usize = 50;

#[derive(Debug, Deserialize)]
pub(crate) struct Tag {
    key: Option<String>,
    value: Option<String>,
}

/// `before` with `added`; the last of equal keys counts. `resource` is for the error.
///
/// # Errors
/// `ValidationException` for keys and values that AWS refuses, `TooManyTags`.
pub(crate) fn merged(before: &Tags, added: Vec<Tag>, resource: &str) -> Result<Tags, Error> {
    let mut tags = before.clone();
    for (i, tag) in added.into_iter().enumerate() {
        let Some(key) = tag.key else {
            return Err(Error::validation(format!(
                "1 validation error detected: Value null at 'tags.{}.member.key' failed to satisfy constraint: Member must not be null",
                i + 1
            )));
        };
        let value = tag.value.unwrap_or_default();
        if key.starts_with("aws:") {
            let message = format!("Tag keys that begin with 'aws:' are reserved: '{key}'");
            return Err(Error::validation(message));
        }
        if let Some(text) = [&key, &value].into_iter().find(|text| !is_tag_text(text)) {
            let message = format!(
                "Tags may only contain unicode letters, digits, white space, or one of these symbols: _ . : / = + - @. Received: '{text}'"
            );
            return Err(Error::validation(message));
        }
        tags.insert(key, value);
    }
    if tags.len() > MAX_TAGS {
        return Err(Error::TooManyTags {
            message: format!("A resource can have at most {MAX_TAGS} tags: '{resource}'"),
            resource_name: resource.to_owned(),
        });
    }
    Ok(tags)
}

fn is_tag_text(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c))
}

/// The resource's tags.
///
/// # Errors
/// `InvalidArn` for what has no tags, `ResourceNotFound`.
fn tags_of<'s>(state: &'s State, arn: &str) -> Result<&'s Tags, Error> {
    let parsed = Arn::parse(arn)?;
    let tags = match parsed.resource {
        Resource::Activity { .. } => state.activities.get(arn).map(|activity| &activity.tags),
        Resource::StateMachine {
            qualifier: Qualifier::None,
            ..
        } => state.machines.get(arn).map(|machine| &machine.body.tags),
        _ => return Err(parsed.wrong_type()),
    };
    tags.ok_or_else(|| Error::resource_not_found(arn))
}

/// The change that gives a resource these tags; none if it has them.
fn retagged(state: &State, arn: &str, tags: Tags) -> Result<Vec<Change>, Error> {
    if *tags_of(state, arn)? == tags {
        return Ok(vec![]);
    }
    let machine = state.machines.get_key_value(arn).map(|(arn, machine)| {
        let body = StateMachine {
            tags: tags.clone(),
            ..StateMachine::clone(&machine.body)
        };
        Change::Machine(arn.clone(), Some(body))
    });
    let activity = state.activities.get_key_value(arn).map(|(arn, activity)| {
        let activity = Activity {
            tags: tags.clone(),
            ..Activity::clone(activity)
        };
        Change::Activity(arn.clone(), Some(activity))
    });
    Ok(machine.into_iter().chain(activity).collect())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TagInput {
    resource_arn: String,
    tags: Vec<Tag>,
}

pub(crate) fn tag(control: &ControlPlane, call: &Call) -> Result<Value, Error> {
    let TagInput {
        resource_arn: arn,
        tags: added,
    } = call.input()?;
    control.change(call.now_millis, Some(call.audit(&arn)), |state| {
        let tags = merged(tags_of(state, &arn)?, added, &arn)?;
        Ok((retagged(state, &arn, tags)?, ()))
    })?;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UntagInput {
    resource_arn: String,
    tag_keys: Vec<String>,
}

/// Keys that it does not have are no error.
pub(crate) fn untag(control: &ControlPlane, call: &Call) -> Result<Value, Error> {
    let UntagInput {
        resource_arn: arn,
        tag_keys,
    } = call.input()?;
    control.change(call.now_millis, Some(call.audit(&arn)), |state| {
        let mut tags = tags_of(state, &arn)?.clone();
        tags.retain(|key, _| !tag_keys.contains(key));
        Ok((retagged(state, &arn, tags)?, ()))
    })?;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListInput {
    resource_arn: String,
}

/// In the order in which they were set.
pub(crate) fn list(control: &ControlPlane, call: &Call) -> Result<Value, Error> {
    let ListInput { resource_arn } = call.input()?;
    let state = control.read();
    let tags = tags_of(&state, &resource_arn)?;
    let tags: Vec<Value> = tags
        .iter()
        .map(|(key, value)| json!({"key": key, "value": value}))
        .collect();
    Ok(json!({"tags": tags}))
}

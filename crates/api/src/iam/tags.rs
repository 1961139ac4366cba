//! Tags of roles and policies.

use serde::Deserialize;
use serde_json::json;

use super::record::Tag;
use super::{Answer, Members, Shared, error, input, page};
use crate::wire::{ServiceCall, ServiceError};

const MAX_TAGS: usize = 50;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    role_name: Option<String>,
    policy_arn: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default)]
    tag_keys: Vec<String>,
}

pub fn of_role(iam: &Shared, call: &ServiceCall) -> Answer {
    let input: Input = input(call)?;
    let role = iam.role(input.role_name.as_deref().unwrap_or_default())?;
    if call.operation == "ListRoleTags" {
        return list(call, &role.tags);
    }
    let mut role = (*role).clone();
    role.tags = changed(role.tags, input.tags, &input.tag_keys)?;
    iam.put_role(call, role)?;
    Ok(Members::new())
}

pub fn of_policy(iam: &Shared, call: &ServiceCall) -> Answer {
    let input: Input = input(call)?;
    let policy = iam.policy(input.policy_arn.as_deref().unwrap_or_default())?;
    if call.operation == "ListPolicyTags" {
        return list(call, &policy.tags);
    }
    let mut policy = (*policy).clone();
    policy.tags = changed(policy.tags, input.tags, &input.tag_keys)?;
    iam.put_policy(call, policy)?;
    Ok(Members::new())
}

fn list(call: &ServiceCall, tags: &[Tag]) -> Answer {
    let items = tags.iter().map(|tag| (tag.key.clone(), json!(tag)));
    page(call, "Tags", items.collect())
}

/// Tags in the order of their keys. Keys that differ in case alone are the same.
///
/// # Errors
/// `InvalidInput` of a key that is given twice, `LimitExceeded`.
pub fn changed(
    mut tags: Vec<Tag>,
    added: Vec<Tag>,
    removed: &[String],
) -> Result<Vec<Tag>, ServiceError> {
    for (i, tag) in added.iter().enumerate() {
        let is_same = |other: &Tag| other.key.eq_ignore_ascii_case(&tag.key);
        if added.iter().skip(i + 1).any(is_same) {
            return Err(error::invalid_input(
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ));
        }
    }
    tags.retain(|tag| {
        let is_same = |key: &str| key.eq_ignore_ascii_case(&tag.key);
        !removed.iter().any(|key| is_same(key)) && !added.iter().any(|tag| is_same(&tag.key))
    });
    tags.extend(added);
    tags.sort_by(|a, b| a.key.cmp(&b.key));
    match tags.len() > MAX_TAGS {
        true => Err(error::limit_exceeded(
            "The number of tags has reached the maximum limit.",
        )),
        false => Ok(tags),
    }
}

//! Roles, their inline policies and what is attached to them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::document::{self, Kind};
use super::record::{Role, Tag, date, encoded, unique_id};
use super::{Answer, Members, Shared, error, input, members, page, tags};
use crate::table::Transaction;
use crate::wire::{ServiceCall, ServiceError};

const DEFAULT_SESSION_SECONDS: u64 = 3600;
/// AWS attaches ten by default, and twenty where that was asked for.
const MAX_ATTACHED: usize = 20;

/// Members of all operations on roles; which of them are required, the model says.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    #[serde(default)]
    role_name: String,
    path: Option<String>,
    assume_role_policy_document: Option<String>,
    description: Option<String>,
    max_session_duration: Option<u64>,
    permissions_boundary: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default)]
    policy_name: String,
    #[serde(default)]
    policy_document: String,
    #[serde(default)]
    policy_arn: String,
    path_prefix: Option<String>,
}

pub fn create(iam: &Shared, call: &ServiceCall) -> Answer {
    let input: Input = input(call)?;
    if iam.role(&input.role_name).is_ok() {
        return Err(error::role_exists(&input.role_name));
    }
    let trust = input.assume_role_policy_document.unwrap_or_default();
    document::check(&trust, Kind::Trust)?;
    if let Some(boundary) = &input.permissions_boundary {
        is_attachable(iam, boundary)?;
    }
    let role = Role {
        name: input.role_name,
        path: input.path.unwrap_or_else(|| "/".to_owned()),
        id: unique_id("AROA"),
        created_millis: call.now_millis,
        trust,
        description: input.description,
        max_session_seconds: input
            .max_session_duration
            .unwrap_or(DEFAULT_SESSION_SECONDS),
        boundary_arn: input.permissions_boundary,
        policies: BTreeMap::new(),
        attached: Vec::new(),
        tags: tags::changed(Vec::new(), input.tags, &[])?,
    };
    let shown = shown(iam, &role, true);
    iam.put_role(call, role)?;
    Ok(members(json!({ "Role": shown })))
}

pub fn get(iam: &Shared, call: &ServiceCall) -> Answer {
    let (role, _) = named(iam, call)?;
    Ok(members(json!({ "Role": shown(iam, &role, true) })))
}

pub fn update(iam: &Shared, call: &ServiceCall) -> Answer {
    let (role, input) = named(iam, call)?;
    let mut role = (*role).clone();
    role.description = input.description.or(role.description);
    role.max_session_seconds = input
        .max_session_duration
        .unwrap_or(role.max_session_seconds);
    let shown = shown(iam, &role, true);
    iam.put_role(call, role)?;
    Ok(match call.operation {
        "UpdateRoleDescription" => members(json!({ "Role": shown })),
        _ => Members::new(),
    })
}

pub fn update_trust(iam: &Shared, call: &ServiceCall) -> Answer {
    let (role, input) = named(iam, call)?;
    document::check(&input.policy_document, Kind::Trust)?;
    let trust = input.policy_document;
    changed(
        iam,
        call,
        Role {
            trust,
            ..(*role).clone()
        },
    )
}

pub fn delete(iam: &Shared, call: &ServiceCall) -> Answer {
    let (role, _) = named(iam, call)?;
    if !role.attached.is_empty() {
        return Err(error::delete_conflict(
            "Cannot delete entity, must detach all policies first.",
        ));
    }
    if !role.policies.is_empty() {
        return Err(error::delete_conflict(
            "Cannot delete entity, must delete policies first.",
        ));
    }
    let arn = iam.arn("role", &role.path, &role.name);
    let mut change = Transaction::new(&iam.store, Some(call.audit(&arn)));
    change.delete(&iam.roles, role.name.to_lowercase());
    change.commit()?;
    Ok(Members::new())
}

pub fn list(iam: &Shared, call: &ServiceCall) -> Answer {
    let input: Input = input(call)?;
    let prefix = input.path_prefix.unwrap_or_default();
    let roles = iam.roles.all().into_iter();
    let roles = roles.filter(|(_, role)| role.path.starts_with(&prefix));
    // As on AWS, a list shows neither tags nor boundaries.
    let items = roles.map(|(key, role)| (key.to_string(), shown(iam, &role, false)));
    page(call, "Roles", items.collect())
}

/// There are none. Whoever deletes a role asks for them.
pub fn list_instance_profiles(iam: &Shared, call: &ServiceCall) -> Answer {
    named(iam, call)?;
    page(call, "InstanceProfiles", Vec::new())
}

pub fn set_boundary(iam: &Shared, call: &ServiceCall) -> Answer {
    let (role, input) = named(iam, call)?;
    if let Some(boundary) = &input.permissions_boundary {
        is_attachable(iam, boundary)?;
    }
    let boundary_arn = input.permissions_boundary;
    changed(
        iam,
        call,
        Role {
            boundary_arn,
            ..(*role).clone()
        },
    )
}

pub fn put_policy(iam: &Shared, call: &ServiceCall) -> Answer {
    let (role, input) = named(iam, call)?;
    document::check(&input.policy_document, Kind::Permissions)?;
    let mut role = (*role).clone();
    role.policies
        .insert(input.policy_name, input.policy_document);
    changed(iam, call, role)
}

pub fn get_policy(iam: &Shared, call: &ServiceCall) -> Answer {
    let (role, input) = named(iam, call)?;
    let document = role.policies.get(&input.policy_name);
    let document = document.ok_or_else(|| error::no_such_role_policy(&input.policy_name))?;
    Ok(members(json!({
        "RoleName": role.name,
        "PolicyName": input.policy_name,
        "PolicyDocument": encoded(document),
    })))
}

pub fn delete_policy(iam: &Shared, call: &ServiceCall) -> Answer {
    let (role, input) = named(iam, call)?;
    let mut role = (*role).clone();
    let removed = role.policies.remove(&input.policy_name);
    removed.ok_or_else(|| error::no_such_role_policy(&input.policy_name))?;
    changed(iam, call, role)
}

pub fn list_policies(iam: &Shared, call: &ServiceCall) -> Answer {
    let (role, _) = named(iam, call)?;
    let names = role.policies.keys();
    let items = names.map(|name| (name.clone(), json!(name)));
    page(call, "PolicyNames", items.collect())
}

pub fn attach(iam: &Shared, call: &ServiceCall) -> Answer {
    let (role, input) = named(iam, call)?;
    is_attachable(iam, &input.policy_arn)?;
    let mut role = (*role).clone();
    if !role.attached.contains(&input.policy_arn) {
        role.attached.push(input.policy_arn);
        role.attached.sort();
    }
    if role.attached.len() > MAX_ATTACHED {
        return Err(error::limit_exceeded(&format!(
            "Cannot exceed quota for PoliciesPerRole: {MAX_ATTACHED}"
        )));
    }
    changed(iam, call, role)
}

pub fn detach(iam: &Shared, call: &ServiceCall) -> Answer {
    let (role, input) = named(iam, call)?;
    let mut role = (*role).clone();
    let before = role.attached.len();
    role.attached.retain(|arn| *arn != input.policy_arn);
    match role.attached.len() == before {
        true => Err(error::no_such_policy(&input.policy_arn)),
        false => changed(iam, call, role),
    }
}

pub fn list_attached(iam: &Shared, call: &ServiceCall) -> Answer {
    let (role, input) = named(iam, call)?;
    let prefix = input.path_prefix.unwrap_or_default();
    let items = role.attached.iter().filter_map(|arn| {
        let (_, path_and_name) = arn.split_once(":policy")?;
        let name = arn.rsplit('/').next()?;
        let shown = json!({ "PolicyName": name, "PolicyArn": arn });
        path_and_name
            .starts_with(&prefix)
            .then(|| (arn.clone(), shown))
    });
    page(call, "AttachedPolicies", items.collect())
}

fn named(iam: &Shared, call: &ServiceCall) -> Result<(Arc<Role>, Input), ServiceError> {
    let input: Input = input(call)?;
    Ok((iam.role(&input.role_name)?, input))
}

fn changed(iam: &Shared, call: &ServiceCall, role: Role) -> Answer {
    iam.put_role(call, role)?;
    Ok(Members::new())
}

/// # Errors
/// `NoSuchEntity` of a policy that is neither here nor AWS's own.
fn is_attachable(iam: &Shared, policy_arn: &str) -> Result<(), ServiceError> {
    let is_known = iam.is_of_aws(policy_arn) || iam.policy(policy_arn).is_ok();
    match is_known {
        true => Ok(()),
        false => Err(error::not_attachable(policy_arn)),
    }
}

fn shown(iam: &Shared, role: &Role, in_full: bool) -> Value {
    let mut shown = json!({
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.id,
        "Arn": iam.arn("role", &role.path, &role.name),
        "CreateDate": date(role.created_millis),
        "AssumeRolePolicyDocument": encoded(&role.trust),
        "Description": role.description,
        "MaxSessionDuration": role.max_session_seconds,
    });
    if in_full {
        shown["RoleLastUsed"] = json!({});
        shown["Tags"] = json!(role.tags);
        if let Some(arn) = &role.boundary_arn {
            shown["PermissionsBoundary"] = json!({
                "PermissionsBoundaryType": "Policy",
                "PermissionsBoundaryArn": arn,
            });
        }
    }
    shown
}

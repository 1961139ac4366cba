//! Managed policies of this account and their versions; of AWS's own only the names are known.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::document::{self, Kind};
use super::record::{Policy, Role, Tag, Version, date, encoded, unique_id};
use super::{Answer, Members, Shared, error, input, members, page, tags};
use crate::table::Transaction;
use crate::wire::{ServiceCall, ServiceError};

const MAX_VERSIONS: usize = 5;

/// Members of all operations on policies; which of them are required, the model says.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    #[serde(default)]
    policy_name: String,
    #[serde(default)]
    policy_arn: String,
    path: Option<String>,
    path_prefix: Option<String>,
    #[serde(default)]
    policy_document: String,
    description: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default)]
    set_as_default: bool,
    #[serde(default)]
    version_id: String,
    scope: Option<String>,
    #[serde(default)]
    only_attached: bool,
    policy_usage_filter: Option<String>,
    entity_filter: Option<String>,
}

impl Input {
    /// Whether permissions count, and whether boundaries do.
    fn usages(&self) -> (bool, bool) {
        match self.policy_usage_filter.as_deref() {
            Some("PermissionsPolicy") => (true, false),
            Some("PermissionsBoundary") => (false, true),
            _ => (true, true),
        }
    }

    fn has_path(&self, path: &str) -> bool {
        let prefix = self.path_prefix.as_deref();
        prefix.is_none_or(|prefix| path.starts_with(prefix))
    }
}

pub fn create(iam: &Shared, call: &ServiceCall) -> Answer {
    let input: Input = input(call)?;
    if iam
        .policies
        .get(&input.policy_name.to_lowercase())
        .is_some()
    {
        return Err(error::policy_exists(&input.policy_name));
    }
    document::check(&input.policy_document, Kind::Permissions)?;
    let policy = Policy {
        name: input.policy_name,
        path: input.path.unwrap_or_else(|| "/".to_owned()),
        id: unique_id("ANPA"),
        created_millis: call.now_millis,
        updated_millis: call.now_millis,
        description: input.description,
        versions: vec![Version {
            number: 1,
            document: input.policy_document,
            created_millis: call.now_millis,
        }],
        next_version: 2,
        default_version: 1,
        tags: tags::changed(Vec::new(), input.tags, &[])?,
    };
    let shown = shown_in_full(iam, &policy);
    iam.put_policy(call, policy)?;
    Ok(members(json!({ "Policy": shown })))
}

pub fn get(iam: &Shared, call: &ServiceCall) -> Answer {
    let input: Input = input(call)?;
    let arn = &input.policy_arn;
    let shown = match iam.is_of_aws(arn) {
        true => shown_of_aws(iam, arn),
        false => shown_in_full(iam, &*iam.policy(arn)?),
    };
    Ok(members(json!({ "Policy": shown })))
}

pub fn delete(iam: &Shared, call: &ServiceCall) -> Answer {
    let (policy, input) = named(iam, call)?;
    if used_by(iam, &input.policy_arn, (true, true))
        .next()
        .is_some()
    {
        return Err(error::delete_conflict(
            "Cannot delete a policy attached to entities.",
        ));
    }
    if policy.versions.len() > 1 {
        return Err(error::delete_conflict(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The \
             default version is deleted with the policy.",
        ));
    }
    let mut change = Transaction::new(&iam.store, Some(call.audit(&input.policy_arn)));
    change.delete(&iam.policies, policy.name.to_lowercase());
    change.commit()?;
    Ok(Members::new())
}

/// Those of this account, and those of AWS that something here has.
pub fn list(iam: &Shared, call: &ServiceCall) -> Answer {
    let input: Input = input(call)?;
    let scope = input.scope.as_deref().unwrap_or("All");
    let usages = input.usages();
    let mut items = Vec::new();
    if scope != "AWS" {
        let policies = iam.policies.all().into_iter();
        for (_, policy) in policies.filter(|(_, policy)| input.has_path(&policy.path)) {
            items.push((iam.policy_arn(&policy), shown(iam, &policy)));
        }
    }
    if scope != "Local" {
        let roles = iam.roles.all();
        let named = roles
            .iter()
            .flat_map(|(_, role)| role.attached.iter().chain(&role.boundary_arn));
        for arn in named.filter(|arn| iam.is_of_aws(arn)) {
            let shown = shown_of_aws(iam, arn);
            if input.has_path(shown["Path"].as_str().unwrap_or_default()) {
                items.push((arn.clone(), shown));
            }
        }
    }
    items.retain(|(arn, _)| {
        let is_filtered = input.only_attached || input.policy_usage_filter.is_some();
        !is_filtered || used_by(iam, arn, usages).next().is_some()
    });
    items.sort_by(|(a, _), (b, _)| a.cmp(b));
    items.dedup_by(|(a, _), (b, _)| a == b);
    page(call, "Policies", items)
}

pub fn list_entities(iam: &Shared, call: &ServiceCall) -> Answer {
    let input: Input = input(call)?;
    if !iam.is_of_aws(&input.policy_arn) {
        iam.policy(&input.policy_arn)?;
    }
    let wants_roles = matches!(input.entity_filter.as_deref(), None | Some("Role"));
    let roles = used_by(iam, &input.policy_arn, input.usages())
        .filter(|role| wants_roles && input.has_path(&role.path));
    let items = roles.map(|role| {
        let shown = json!({ "RoleName": role.name, "RoleId": role.id });
        (role.name.to_lowercase(), shown)
    });
    let mut answer = page(call, "PolicyRoles", items.collect())?;
    answer.insert("PolicyGroups".to_owned(), json!([]));
    answer.insert("PolicyUsers".to_owned(), json!([]));
    Ok(answer)
}

pub fn create_version(iam: &Shared, call: &ServiceCall) -> Answer {
    let (policy, input) = named(iam, call)?;
    document::check(&input.policy_document, Kind::Permissions)?;
    if policy.versions.len() >= MAX_VERSIONS {
        return Err(error::limit_exceeded(
            "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
        ));
    }
    let mut policy = (*policy).clone();
    let version = Version {
        number: policy.next_version,
        document: input.policy_document,
        created_millis: call.now_millis,
    };
    policy.next_version += 1;
    policy.updated_millis = call.now_millis;
    if input.set_as_default {
        policy.default_version = version.number;
    }
    let shown = shown_version(&policy, &version, false);
    policy.versions.push(version);
    iam.put_policy(call, policy)?;
    Ok(members(json!({ "PolicyVersion": shown })))
}

pub fn get_version(iam: &Shared, call: &ServiceCall) -> Answer {
    let input: Input = input(call)?;
    if iam.is_of_aws(&input.policy_arn) {
        return Err(error::no_document(&input.policy_arn));
    }
    let policy = iam.policy(&input.policy_arn)?;
    let version = version(&policy, &input)?;
    Ok(members(
        json!({ "PolicyVersion": shown_version(&policy, version, true) }),
    ))
}

pub fn delete_version(iam: &Shared, call: &ServiceCall) -> Answer {
    let (policy, input) = named(iam, call)?;
    let number = version(&policy, &input)?.number;
    if number == policy.default_version {
        return Err(error::delete_conflict(
            "Cannot delete the default version of a policy.",
        ));
    }
    let mut policy = (*policy).clone();
    policy.versions.retain(|version| version.number != number);
    policy.updated_millis = call.now_millis;
    iam.put_policy(call, policy)?;
    Ok(Members::new())
}

pub fn list_versions(iam: &Shared, call: &ServiceCall) -> Answer {
    let (policy, _) = named(iam, call)?;
    // Newest first.
    let items = policy.versions.iter().rev().map(|version| {
        let key = format!("{:010}", u32::MAX - version.number);
        (key, shown_version(&policy, version, false))
    });
    page(call, "Versions", items.collect())
}

pub fn set_default_version(iam: &Shared, call: &ServiceCall) -> Answer {
    let (policy, input) = named(iam, call)?;
    let default_version = version(&policy, &input)?.number;
    let policy = Policy {
        default_version,
        updated_millis: call.now_millis,
        ..(*policy).clone()
    };
    iam.put_policy(call, policy)?;
    Ok(Members::new())
}

fn named(iam: &Shared, call: &ServiceCall) -> Result<(Arc<Policy>, Input), ServiceError> {
    let input: Input = input(call)?;
    Ok((iam.policy(&input.policy_arn)?, input))
}

fn version<'p>(policy: &'p Policy, input: &Input) -> Result<&'p Version, ServiceError> {
    let mut versions = policy.versions.iter();
    let found = versions.find(|version| version.id() == input.version_id);
    found.ok_or_else(|| error::no_such_version(&input.policy_arn, &input.version_id))
}

/// Roles that have a policy as permissions, or as their boundary.
fn used_by<'a>(
    iam: &Shared,
    policy_arn: &'a str,
    (as_permissions, as_boundary): (bool, bool),
) -> impl Iterator<Item = Arc<Role>> + use<'a> {
    let roles = iam.roles.all().into_iter().map(|(_, role)| role);
    roles.filter(move |role| {
        (as_permissions && role.attached.iter().any(|arn| arn == policy_arn))
            || (as_boundary && role.boundary_arn.as_deref() == Some(policy_arn))
    })
}

fn shown(iam: &Shared, policy: &Policy) -> Value {
    let arn = iam.policy_arn(policy);
    json!({
        "PolicyName": policy.name,
        "PolicyId": policy.id,
        "Arn": arn,
        "Path": policy.path,
        "DefaultVersionId": format!("v{}", policy.default_version),
        "AttachmentCount": used_by(iam, &arn, (true, false)).count(),
        "PermissionsBoundaryUsageCount": used_by(iam, &arn, (false, true)).count(),
        "IsAttachable": true,
        "CreateDate": date(policy.created_millis),
        "UpdateDate": date(policy.updated_millis),
    })
}

/// A list has neither description nor tags, as on AWS.
fn shown_in_full(iam: &Shared, policy: &Policy) -> Value {
    let mut shown = shown(iam, policy);
    shown["Description"] = json!(policy.description);
    shown["Tags"] = json!(policy.tags);
    shown
}

/// What can be said of a policy by its ARN.
fn shown_of_aws(iam: &Shared, arn: &str) -> Value {
    let path_and_name = arn.split_once(":policy").map_or("", |(_, rest)| rest);
    let (path, name) = match path_and_name.rsplit_once('/') {
        Some((path, name)) => (format!("{path}/"), name),
        None => ("/".to_owned(), path_and_name),
    };
    json!({
        "PolicyName": name,
        "PolicyId": format!("ANPA{}", name.to_ascii_uppercase()),
        "Arn": arn,
        "Path": path,
        "DefaultVersionId": "v1",
        "AttachmentCount": used_by(iam, arn, (true, false)).count(),
        "PermissionsBoundaryUsageCount": used_by(iam, arn, (false, true)).count(),
        "IsAttachable": true,
        "CreateDate": 0,
        "UpdateDate": 0,
    })
}

fn shown_version(policy: &Policy, version: &Version, in_full: bool) -> Value {
    json!({
        "Document": in_full.then(|| encoded(&version.document)),
        "VersionId": version.id(),
        "IsDefaultVersion": version.number == policy.default_version,
        "CreateDate": date(version.created_millis),
    })
}

//! IAM: roles and policies as templates and Terraform modules have them. They are stored and shown, not enforced.

mod document;
mod error;
mod policies;
mod record;
mod roles;
mod tags;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use store::Store;

use self::record::{Policy, Role};
use crate::runtime::blocking;
use crate::table::{Table, Transaction};
use crate::wire::{AwsService, Output, ServiceCall, ServiceError, ServiceFuture};

/// Items of a list where the request does not say.
const PAGE: usize = 100;

type Members = Map<String, Value>;
type Answer = Result<Members, ServiceError>;

/// Cloning is cheap; clones are the same service.
#[derive(Clone)]
pub struct Iam(Arc<Shared>);

struct Shared {
    store: Arc<dyn Store>,
    partition: Arc<str>,
    account: Arc<str>,
    /// By name in lower case: names that differ in case alone are the same on AWS.
    roles: Table<Role>,
    /// Those of this account, by name in lower case.
    policies: Table<Policy>,
    writing: Mutex<()>,
}

impl Iam {
    /// `account`: twelve digits.
    ///
    /// # Errors
    /// The store's.
    pub fn open(
        store: &Arc<dyn Store>,
        partition: Arc<str>,
        account: Arc<str>,
    ) -> Result<Iam, store::Error> {
        Ok(Iam(Arc::new(Shared {
            roles: Table::open(store, "iam-roles")?,
            policies: Table::open(store, "iam-policies")?,
            store: store.clone(),
            partition,
            account,
            writing: Mutex::default(),
        })))
    }
}

impl AwsService for Iam {
    fn name(&self) -> &'static str {
        "iam"
    }

    fn has_resource_of(&self, _: &str, members: &Members) -> bool {
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        let has_role = |name: &str| self.0.roles.get(&name.to_lowercase()).is_some();
        let has_policy = |arn: &str| self.0.policy(arn).is_ok();
        match text("RoleName") {
            Some(role) => has_role(role),
            None => text("PolicyArn").is_some_and(has_policy),
        }
    }

    fn call<'a>(&'a self, call: ServiceCall) -> ServiceFuture<'a> {
        let shared = self.0.clone();
        Box::pin(async move { blocking(move || Ok(shared.answer(&call).map(Output::of))).await? })
    }
}

impl Shared {
    fn answer(&self, call: &ServiceCall) -> Answer {
        // Whoever only looks does not wait for those who write.
        let reads = call.operation.starts_with("Get") || call.operation.starts_with("List");
        let _writing = match reads {
            true => None,
            false => Some(self.writing.lock().unwrap_or_else(PoisonError::into_inner)),
        };
        match call.operation {
            "CreateRole" => roles::create(self, call),
            "GetRole" => roles::get(self, call),
            "UpdateRole" | "UpdateRoleDescription" => roles::update(self, call),
            "UpdateAssumeRolePolicy" => roles::update_trust(self, call),
            "DeleteRole" => roles::delete(self, call),
            "ListRoles" => roles::list(self, call),
            "ListInstanceProfilesForRole" => roles::list_instance_profiles(self, call),
            "PutRolePermissionsBoundary" | "DeleteRolePermissionsBoundary" => {
                roles::set_boundary(self, call)
            }
            "PutRolePolicy" => roles::put_policy(self, call),
            "GetRolePolicy" => roles::get_policy(self, call),
            "DeleteRolePolicy" => roles::delete_policy(self, call),
            "ListRolePolicies" => roles::list_policies(self, call),
            "AttachRolePolicy" => roles::attach(self, call),
            "DetachRolePolicy" => roles::detach(self, call),
            "ListAttachedRolePolicies" => roles::list_attached(self, call),
            "CreatePolicy" => policies::create(self, call),
            "GetPolicy" => policies::get(self, call),
            "DeletePolicy" => policies::delete(self, call),
            "ListPolicies" => policies::list(self, call),
            "ListEntitiesForPolicy" => policies::list_entities(self, call),
            "CreatePolicyVersion" => policies::create_version(self, call),
            "GetPolicyVersion" => policies::get_version(self, call),
            "DeletePolicyVersion" => policies::delete_version(self, call),
            "ListPolicyVersions" => policies::list_versions(self, call),
            "SetDefaultPolicyVersion" => policies::set_default_version(self, call),
            "TagRole" | "UntagRole" | "ListRoleTags" => tags::of_role(self, call),
            "TagPolicy" | "UntagPolicy" | "ListPolicyTags" => tags::of_policy(self, call),
            other => Err(ServiceError::not_served("iam", other)),
        }
    }

    /// `arn("role", "/", "a")`
    fn arn(&self, kind: &str, path: &str, name: &str) -> String {
        let Shared {
            partition, account, ..
        } = self;
        format!("arn:{partition}:iam::{account}:{kind}{path}{name}")
    }

    /// # Errors
    /// `NoSuchEntity`.
    fn role(&self, name: &str) -> Result<Arc<Role>, ServiceError> {
        let found = self.roles.get(&name.to_lowercase());
        found.ok_or_else(|| error::no_such_role(name))
    }

    /// A policy of this account.
    ///
    /// # Errors
    /// `NoSuchEntity`.
    fn policy(&self, arn: &str) -> Result<Arc<Policy>, ServiceError> {
        let name = arn.rsplit('/').next().unwrap_or_default();
        let found = self.policies.get(&name.to_lowercase());
        let found = found.filter(|policy| self.policy_arn(policy) == arn);
        found.ok_or_else(|| error::no_such_policy(arn))
    }

    fn policy_arn(&self, policy: &Policy) -> String {
        self.arn("policy", &policy.path, &policy.name)
    }

    /// Whether AWS has the policy for all accounts: its document is not known here.
    fn is_of_aws(&self, policy_arn: &str) -> bool {
        let rest = policy_arn.strip_prefix(&*format!("arn:{}:iam::aws:policy/", self.partition));
        rest.is_some_and(|name| !name.is_empty())
    }

    fn put_role(&self, call: &ServiceCall, role: Role) -> Result<(), ServiceError> {
        let arn = self.arn("role", &role.path, &role.name);
        let mut change = Transaction::new(&self.store, Some(call.audit(&arn)));
        change.put(&self.roles, role.name.to_lowercase(), role);
        Ok(change.commit()?)
    }

    fn put_policy(&self, call: &ServiceCall, policy: Policy) -> Result<(), ServiceError> {
        let arn = self.policy_arn(&policy);
        let mut change = Transaction::new(&self.store, Some(call.audit(&arn)));
        change.put(&self.policies, policy.name.to_lowercase(), policy);
        Ok(change.commit()?)
    }
}

/// The input as a type of the operation's own. The model was checked, so a failure is a mistake of ours.
fn input<T: DeserializeOwned>(call: &ServiceCall) -> Result<T, ServiceError> {
    let members = Value::Object(call.input.members.clone());
    serde_json::from_value(members)
        .map_err(|error| ServiceError::new("ServiceFailure", 500, error.to_string()))
}

fn members(value: Value) -> Members {
    match value {
        Value::Object(members) => members,
        _ => Members::new(),
    }
}

/// One page of a list: `items` with what they are found again by, in that order.
///
/// # Errors
/// `ValidationError` of a marker that is none.
fn page(call: &ServiceCall, name: &str, items: Vec<(String, Value)>) -> Answer {
    let members = &call.input.members;
    let max = members.get("MaxItems").and_then(Value::as_u64);
    let max = max.map_or(PAGE, |max| usize::try_from(max).unwrap_or(PAGE));
    let after = match members.get("Marker").and_then(Value::as_str) {
        None => None,
        Some(marker) => {
            let key = URL_SAFE_NO_PAD.decode(marker).ok();
            let key = key.and_then(|key| String::from_utf8(key).ok());
            Some(key.ok_or_else(error::invalid_marker)?)
        }
    };
    let mut rest = items
        .into_iter()
        .skip_while(|(key, _)| after.as_ref().is_some_and(|after| key <= after));
    let mut last = None;
    let mut shown = Vec::new();
    for (key, item) in rest.by_ref().take(max) {
        shown.push(item);
        last = Some(key);
    }
    let is_truncated = rest.next().is_some();
    let mut answer = Members::new();
    answer.insert(name.to_owned(), shown.into());
    answer.insert("IsTruncated".to_owned(), is_truncated.into());
    if let Some(last) = last.filter(|_| is_truncated) {
        answer.insert("Marker".to_owned(), json!(URL_SAFE_NO_PAD.encode(last)));
    }
    Ok(answer)
}

//! AddPermission, RemovePermission, GetPolicy: stored and shown; whoever reaches this server may invoke.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::name::{LATEST, Named};
use super::record::{Function, Policy};
use super::{Lambda, error};
use crate::wire::{ServiceCall, ServiceError};

impl Lambda {
    pub(super) fn add_permission(
        &self,
        call: &ServiceCall,
    ) -> Result<Map<String, Value>, ServiceError> {
        let members = &call.input.members;
        let named = self.named(members)?;
        let text = |member: &str| {
            members
                .get(member)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let id = text("StatementId");
        let _changes = self.lock();
        let mut function = Function::clone(&*self.find(&named, None)?.function);
        let policy = function.policies.entry(key_of(&named)).or_default();
        check_revision(policy, members)?;
        if policy
            .statements
            .iter()
            .any(|statement| statement["Sid"] == id)
        {
            return Err(error::conflict(format!(
                "The statement id ({id}) provided already exists. Please provide a new statement id, or remove the existing \
                 statement."
            )));
        }
        let arn = self.arn(&named.name, named.qualifier.as_deref());
        let statement = statement(&self.options().partition, &arn, members);
        policy.statements.push(statement.clone());
        policy.revision_id = Uuid::new_v4().to_string();
        self.store_function(call, &named.name, function)?;
        Ok(Map::from_iter([(
            "Statement".to_owned(),
            statement.to_string().into(),
        )]))
    }

    pub(super) fn remove_permission(
        &self,
        call: &ServiceCall,
    ) -> Result<Map<String, Value>, ServiceError> {
        let members = &call.input.members;
        let named = self.named(members)?;
        let id = members
            .get("StatementId")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let _changes = self.lock();
        let mut function = Function::clone(&*self.find(&named, None)?.function);
        let none = || error::not_found("No policy is associated with the given resource.");
        let policy = function
            .policies
            .get_mut(&key_of(&named))
            .ok_or_else(none)?;
        check_revision(policy, members)?;
        let before = policy.statements.len();
        policy.statements.retain(|statement| statement["Sid"] != id);
        if policy.statements.len() == before {
            return Err(error::not_found(format!(
                "Statement {id} is not found in resource policy."
            )));
        }
        policy.revision_id = Uuid::new_v4().to_string();
        if policy.statements.is_empty() {
            function.policies.remove(&key_of(&named));
        }
        self.store_function(call, &named.name, function)?;
        Ok(Map::new())
    }

    pub(super) fn get_policy(
        &self,
        call: &ServiceCall,
    ) -> Result<Map<String, Value>, ServiceError> {
        let named = self.named(&call.input.members)?;
        let found = self.find(&named, None)?;
        let policy = found.function.policies.get(&key_of(&named));
        let policy =
            policy.ok_or_else(|| error::not_found("The resource you requested does not exist."))?;
        let document =
            json!({"Version": "2012-10-17", "Id": "default", "Statement": policy.statements});
        Ok(Map::from_iter([
            ("Policy".to_owned(), document.to_string().into()),
            ("RevisionId".to_owned(), policy.revision_id.as_str().into()),
        ]))
    }

    /// Stores a function whose `$LATEST` is what it was.
    pub(super) fn store_function(
        &self,
        call: &ServiceCall,
        name: &str,
        function: Function,
    ) -> Result<(), ServiceError> {
        let mut change = self.transaction(call, name);
        change.put(&self.tables().functions, name, function);
        Ok(change.commit()?)
    }
}

/// `$LATEST` is the function itself.
fn key_of(named: &Named) -> String {
    let qualifier = named
        .qualifier
        .as_deref()
        .filter(|qualifier| *qualifier != LATEST);
    qualifier.unwrap_or_default().to_owned()
}

fn check_revision(policy: &Policy, members: &Map<String, Value>) -> Result<(), ServiceError> {
    match members.get("RevisionId").and_then(Value::as_str) {
        Some(wanted) if wanted != policy.revision_id => {
            Err(error::revision_differs("Lambda function or alias"))
        }
        _ => Ok(()),
    }
}

/// A permission as a statement of a policy.
fn statement(partition: &str, arn: &str, members: &Map<String, Value>) -> Value {
    let text = |member: &str| members.get(member).and_then(Value::as_str);
    let principal = text("Principal").unwrap_or_default();
    let principal = match principal {
        "*" => json!("*"),
        account if account.len() == 12 && super::name::is_number(account) => {
            json!({"AWS": format!("arn:{partition}:iam::{account}:root")})
        }
        arn if arn.starts_with("arn:") => json!({"AWS": arn}),
        service => json!({"Service": service}),
    };
    let mut statement = json!({
        "Sid": text("StatementId"),
        "Effect": "Allow",
        "Principal": principal,
        "Action": text("Action"),
        "Resource": arn,
    });
    let equals = [
        ("SourceAccount", "AWS:SourceAccount"),
        ("EventSourceToken", "lambda:EventSourceToken"),
        ("FunctionUrlAuthType", "lambda:FunctionUrlAuthType"),
        ("PrincipalOrgID", "aws:PrincipalOrgID"),
    ];
    for (member, condition) in equals {
        if let Some(value) = text(member) {
            statement["Condition"]["StringEquals"][condition] = value.into();
        }
    }
    if let Some(source) = text("SourceArn") {
        statement["Condition"]["ArnLike"]["AWS:SourceArn"] = source.into();
    }
    statement
}

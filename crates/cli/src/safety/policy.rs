//! The IAM policy that a run needs: all that its definition can reach, whichever way it takes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use service_models::Operation;

use super::reach::{Call, Callee, Role, constant};
use crate::wiring::needs::{self, Function};

/// Where the names in a definition are.
#[derive(Debug, Clone)]
pub struct Place {
    pub partition: String,
    pub region: String,
    pub account_id: String,
}

/// ARNs; none: not all of them are known.
type Resources = Option<BTreeSet<String>>;
/// By whom, and whether it writes.
type Manner<'m> = (&'m Role, bool);

/// The policy document. Resources are named where the definition names all of them; `*` is to be narrowed by who knows them.
/// What a task does in a role of its own (`Credentials`) has statements of its own: that role needs them.
pub fn document(calls: &[Call<'_>], place: &Place) -> Value {
    let mut needs: BTreeMap<(Manner<'_>, String), Resources> = BTreeMap::new();
    let mut need = |manner, action: &str, resources: Resources| {
        let known = needs
            .entry((manner, action.to_owned()))
            .or_insert_with(|| Some(BTreeSet::new()));
        *known = known
            .take()
            .zip(resources)
            .map(|(known, more)| &known | &more);
    };
    for call in calls
        .iter()
        .filter(|call| !matches!(call.callee, Callee::Local(_)))
    {
        let Some(operation) = call.operation else {
            continue;
        };
        let manner = (&call.role, !call.is_read);
        for action in operation.iam_actions() {
            let resources = resources(call, operation, &action, place);
            need(manner, &action, resources);
        }
        for role in passed_roles(call, operation) {
            need(
                manner,
                "iam:PassRole",
                role.map(|arn| BTreeSet::from([arn])),
            );
        }
        let role_arn = match &call.role {
            Role::Own => continue,
            Role::Named(arn) => Some(BTreeSet::from([arn.clone()])),
            Role::Unknown => None,
        };
        need((&Role::Own, true), "sts:AssumeRole", role_arn);
    }
    let mut statements: BTreeMap<(Manner<'_>, Resources), Vec<String>> = BTreeMap::new();
    for ((manner, action), resources) in needs {
        let actions = statements.entry((manner, resources)).or_default();
        actions.push(action);
    }
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    let statements: Vec<Value> = statements
        .into_iter()
        .map(|(((role, writes), resources), actions)| {
            let kind = if writes { "Write" } else { "Read" };
            let owner = match role {
                Role::Own => "",
                _ => "InTheRoleOfTheTask",
            };
            // Sids are letters and digits, each once.
            let number = numbers.entry(format!("{kind}{owner}")).or_default();
            *number += 1;
            json!({
                "Sid": format!("{kind}{owner}{number}"),
                "Effect": "Allow",
                "Action": actions,
                "Resource": resources.map_or_else(|| json!("*"), |resources| json!(resources)),
            })
        })
        .collect();
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// The resources of an action where the definition names them; `None`: not all of them are known.
fn resources(call: &Call<'_>, operation: Operation, action: &str, place: &Place) -> Resources {
    let Place {
        partition,
        region,
        account_id,
    } = place;
    let own = |service: &str, resource: String| {
        format!("arn:{partition}:{service}:{region}:{account_id}:{resource}")
    };
    let named = |member: &str| constant(call.state, member);
    let arn = |member: &str| {
        let value = named(member).filter(|value| value.starts_with("arn:"));
        value.map(|arn| BTreeSet::from([arn.to_owned()]))
    };
    match (action, operation.name()) {
        ("lambda:InvokeFunction", "Invoke") => {
            let Function::Named(name) = needs::function(call.state, call.task) else {
                return None;
            };
            Some(BTreeSet::from([match name.starts_with("arn:") {
                true => name.to_owned(),
                // A partial ARN (123456789012:function:name) or a name with a qualifier is left to who knows it.
                false if name.contains(':') => return None,
                false => own("lambda", format!("function:{name}")),
            }]))
        }
        ("sns:Publish", "Publish") => arn("TopicArn"),
        ("states:StartExecution", _) => arn("StateMachineArn"),
        ("secretsmanager:GetSecretValue", _) => arn("SecretId"),
        ("sqs:SendMessage", "SendMessage") => {
            let url = named("QueueUrl")?.split_once("://")?.1;
            let [host, account_id, name] = url.split('/').collect::<Vec<_>>()[..] else {
                return None;
            };
            let region = host.strip_prefix("sqs.")?.split('.').next()?;
            let queue = format!("arn:{partition}:sqs:{region}:{account_id}:{name}");
            Some(BTreeSet::from([queue]))
        }
        (_, "GetItem" | "PutItem" | "UpdateItem" | "DeleteItem")
            if action.starts_with("dynamodb:") =>
        {
            let table = named("TableName")?;
            Some(BTreeSet::from([match table.starts_with("arn:") {
                true => table.to_owned(),
                false => own("dynamodb", format!("table/{table}")),
            }]))
        }
        (_, "GetObject" | "PutObject" | "DeleteObject" | "HeadObject")
            if action.starts_with("s3:") =>
        {
            let bucket = named("Bucket").filter(|bucket| !bucket.starts_with("arn:"))?;
            let key = named("Key").unwrap_or("*");
            Some(BTreeSet::from([format!(
                "arn:{partition}:s3:::{bucket}/{key}"
            )]))
        }
        _ => None,
    }
}

/// Roles that a write hands to a service, which needs `iam:PassRole`: their ARNs, or none where they are named at run time.
fn passed_roles(call: &Call<'_>, operation: Operation) -> Vec<Option<String>> {
    let (Some(input), Some(arguments)) = (operation.input(), call.state.flow.arguments.as_ref())
    else {
        return Vec::new();
    };
    if call.is_read || operation.service().boto_name() == "sts" {
        return Vec::new();
    }
    let members = input.members().map(|member| member.sfn_name());
    members
        .filter(|name| name.ends_with("RoleArn") || *name == "Role")
        .filter_map(|name| match arguments.constant_member(name) {
            Some(Value::String(arn)) if arn.starts_with("arn:") => Some(Some(arn.clone())),
            Some(_) => None,
            None => {
                let mut places = arguments.expressions().map(|(pointer, _)| pointer);
                let is_dynamic = |pointer: &str| {
                    pointer.strip_prefix('/').map(|p| p.trim_end_matches(".$")) == Some(name)
                };
                places.any(is_dynamic).then_some(None)
            }
        })
        .collect()
}

//! The IAM policy that a run needs: all that its definition can reach, whichever way it takes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use service_models::Operation;
use states_language::machine::State;

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
pub type Resources = Option<BTreeSet<String>>;
/// By whom, and whether it writes.
type Manner = (Role, bool);

/// Who needs which actions on what: what a definition can reach, whichever way it takes.
#[derive(Debug, Default)]
pub struct Needs(BTreeMap<(Manner, String), Resources>);

impl Needs {
    /// What a task does in a role of its own (`Credentials`) is needed by that role.
    pub fn of(calls: &[Call<'_>], place: &Place) -> Needs {
        let mut needs = Needs::default();
        for call in calls
            .iter()
            .filter(|call| !matches!(call.callee, Callee::Local(_)))
        {
            let Some(operation) = call.operation else {
                continue;
            };
            let manner = (call.role.clone(), !call.is_read);
            for action in operation.iam_actions() {
                let resources = resources(call, operation, &action, place);
                needs.add(manner.clone(), &action, resources);
            }
            for role in passed_roles(call, operation) {
                needs.add(
                    manner.clone(),
                    "iam:PassRole",
                    role.map(|arn| BTreeSet::from([arn])),
                );
            }
            let role_arn = match &call.role {
                Role::Own => continue,
                Role::Named(arn) => Some(BTreeSet::from([arn.clone()])),
                Role::Unknown => None,
            };
            needs.add((Role::Own, true), "sts:AssumeRole", role_arn);
        }
        needs
    }

    /// The actions of the role itself, each with its resources.
    pub fn of_own_role(&self) -> impl Iterator<Item = (&str, &Resources)> {
        let own = self
            .0
            .iter()
            .filter(|((manner, _), _)| manner.0 == Role::Own);
        own.map(|((_, action), resources)| (action.as_str(), resources))
    }

    /// Adds what the model of an operation does not tell. One unknown resource of an action makes all of them unknown.
    pub fn add_own(&mut self, action: &str, resources: Resources) {
        self.add((Role::Own, true), action, resources);
    }

    /// One unknown resource of an action makes all of them unknown.
    fn add(&mut self, manner: Manner, action: &str, resources: Resources) {
        let known = self
            .0
            .entry((manner, action.to_owned()))
            .or_insert_with(|| Some(BTreeSet::new()));
        *known = known
            .take()
            .zip(resources)
            .map(|(known, more)| &known | &more);
    }
}

/// The policy document. Resources are named where the definition names all of them; `*` is to be narrowed by who knows them.
/// What a task does in a role of its own (`Credentials`) has statements of its own: that role needs them.
pub fn document(calls: &[Call<'_>], place: &Place) -> Value {
    let mut statements: BTreeMap<(Manner, Resources), Vec<String>> = BTreeMap::new();
    for ((manner, action), resources) in Needs::of(calls, place).0 {
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
            // A version or an alias is a resource of its own.
            if names(call.state, "Qualifier") {
                return None;
            }
            Some(BTreeSet::from([match name.starts_with("arn:") {
                true => name.to_owned(),
                // A partial ARN (123456789012:function:name) or a name with a qualifier is left to who knows it.
                false if name.contains(':') => return None,
                false => own("lambda", format!("function:{name}")),
            }]))
        }
        ("sns:Publish", "Publish") => arn("TopicArn"),
        ("states:StartExecution" | "states:StartSyncExecution", _) => arn("StateMachineArn"),
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
        ("events:PutEvents", "PutEvents") => {
            let entries = call.state.flow.arguments.as_ref()?;
            let Some(Value::Array(entries)) = entries.constant_member("Entries") else {
                return None;
            };
            let buses = entries.iter().map(|entry| {
                let bus = entry
                    .get("EventBusName")
                    .map_or(Some("default"), Value::as_str)?;
                Some(match bus.starts_with("arn:") {
                    true => bus.to_owned(),
                    false => own("events", format!("event-bus/{bus}")),
                })
            });
            buses.collect()
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
            None => names(call.state, name).then_some(None),
        })
        .collect()
}

/// Whether a state's arguments have a member, written out or found at run time.
fn names(state: &State, member: &str) -> bool {
    let Some(arguments) = &state.flow.arguments else {
        return false;
    };
    let is_it = |pointer: &str| {
        let name = pointer.strip_prefix('/');
        name.map(|name| name.strip_suffix(".$").unwrap_or(name)) == Some(member)
    };
    arguments.constant_member(member).is_some()
        || arguments.expressions().any(|(pointer, _)| is_it(pointer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::safety::access::Access;
    use crate::safety::reach;
    use states_language::source::Source;

    /// The statements that a machine of such tasks needs, without their Sids: (actions, resources).
    fn statements(tasks: &[Value]) -> Vec<(Value, Value)> {
        let states: serde_json::Map<String, Value> = tasks
            .iter()
            .enumerate()
            .map(|(number, task)| {
                let mut task = task.clone();
                task["Type"] = "Task".into();
                match number + 1 == tasks.len() {
                    true => task["End"] = true.into(),
                    false => task["Next"] = format!("S{}", number + 1).into(),
                }
                (format!("S{number}"), task)
            })
            .collect();
        let definition = json!({"StartAt": "S0", "States": states}).to_string();
        let source = Source::new("machine.asl.json", &definition);
        let parsed = states_language::parse(&source, &Default::default());
        let machine = parsed
            .machine
            .unwrap_or_else(|| panic!("{:?}", parsed.diagnostics));
        let local = |name: &str| (name == "Here").then(|| name.to_owned());
        let calls = reach::calls(&machine, &Access::default(), &local);
        let place = Place {
            partition: "aws".to_owned(),
            region: "eu-west-1".to_owned(),
            account_id: "111122223333".to_owned(),
        };
        let document = document(&calls, &place);
        let statements = document["Statement"].as_array().unwrap();
        let parts = |s: &Value| (s["Action"].clone(), s["Resource"].clone());
        statements.iter().map(parts).collect()
    }

    fn sdk(action: &str, parameters: Value) -> Value {
        json!({"Resource": format!("arn:aws:states:::aws-sdk:{action}"), "Parameters": parameters})
    }

    #[test]
    fn resources_are_named_where_the_definition_names_them() {
        for (task, action, resource) in [
            (
                sdk("s3:getObject", json!({"Bucket": "b", "Key": "k"})),
                "s3:GetObject",
                json!(["arn:aws:s3:::b/k"]),
            ),
            (
                sdk("s3:putObject", json!({"Bucket": "b", "Key.$": "$.k"})),
                "s3:PutObject",
                json!(["arn:aws:s3:::b/*"]),
            ),
            (
                sdk("dynamodb:getItem", json!({"TableName": "t", "Key": {}})),
                "dynamodb:GetItem",
                json!(["arn:aws:dynamodb:eu-west-1:111122223333:table/t"]),
            ),
            (
                sdk(
                    "sqs:sendMessage",
                    json!({"QueueUrl": "https://sqs.eu-west-2.amazonaws.com/1/q", "MessageBody": "m"}),
                ),
                "sqs:SendMessage",
                json!(["arn:aws:sqs:eu-west-2:1:q"]),
            ),
            (
                sdk("lambda:invoke", json!({"FunctionName": "f"})),
                "lambda:InvokeFunction",
                json!(["arn:aws:lambda:eu-west-1:111122223333:function:f"]),
            ),
            (
                sdk(
                    "lambda:invoke",
                    json!({"FunctionName": "f", "Qualifier.$": "$.q"}),
                ),
                "lambda:InvokeFunction",
                json!("*"),
            ),
            (
                sdk("sns:publish", json!({"TopicArn.$": "$.t", "Message": "m"})),
                "sns:Publish",
                json!("*"),
            ),
            (
                sdk("s3:listObjectsV2", json!({"Bucket": "b"})),
                "s3:ListBucket",
                json!("*"),
            ),
        ] {
            assert_eq!(statements(&[task]), [(json!([action]), resource)]);
        }
    }

    #[test]
    fn one_unknown_resource_of_an_action_makes_all_of_them_unknown() {
        let publish = |topic: Value| sdk("sns:publish", topic);
        let (one, two) = (
            json!({"TopicArn": "arn:aws:sns:x:1:a", "Message": "m"}),
            json!({"TopicArn": "arn:aws:sns:x:1:b", "Message": "m"}),
        );
        let known = statements(&[publish(one.clone()), publish(two)]);
        assert_eq!(
            known,
            [(
                json!(["sns:Publish"]),
                json!(["arn:aws:sns:x:1:a", "arn:aws:sns:x:1:b"])
            )]
        );
        let unknown = statements(&[
            publish(one),
            publish(json!({"TopicArn.$": "$.t", "Message": "m"})),
        ]);
        assert_eq!(unknown, [(json!(["sns:Publish"]), json!("*"))]);
    }

    #[test]
    fn roles_are_passed_and_assumed_and_local_functions_need_nothing() {
        let mut guest = sdk("ec2:describeInstances", json!({}));
        guest["Credentials"] = json!({"RoleArn": "arn:aws:iam::999999999999:role/guest"});
        let found = statements(&[
            sdk(
                "ecs:runTask",
                json!({"TaskDefinition": "t", "Overrides": {}}),
            ),
            sdk(
                "sfn:createStateMachine",
                json!({"Name": "n", "Definition": "{}", "RoleArn": "arn:aws:iam::1:role/r"}),
            ),
            json!({"Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "Here"}}),
            guest,
        ]);
        assert_eq!(
            found,
            [
                (
                    json!(["ecs:RunTask", "states:CreateStateMachine"]),
                    json!("*")
                ),
                (json!(["iam:PassRole"]), json!(["arn:aws:iam::1:role/r"])),
                (
                    json!(["sts:AssumeRole"]),
                    json!(["arn:aws:iam::999999999999:role/guest"])
                ),
                (json!(["ec2:DescribeInstances"]), json!("*")),
            ]
        );
    }
}

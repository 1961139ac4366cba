//! What the models of the services that `api` answers for say of their requests: members, types, lengths, ranges, patterns,
//! enums. `api` checks requests against it. The catalog has no constraints: nobody needs those of the other services.

use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value, json};

use super::source::Models;

/// Facts of a shape that `api` reads, in this order.
const FACTS: &[&str] = &[
    "type",
    "sensitive",
    "required",
    "members",
    "member",
    "key",
    "value",
    "min",
    "max",
    "pattern",
    "enum",
];

/// Services as botocore names them, with their operations: all where none is named.
pub const SERVICES: &[(&str, &[&str])] = &[
    ("stepfunctions", &[]),
    ("events", &[]),
    ("scheduler", &[]),
    ("lambda", &[]),
    (
        "logs",
        &[
            "AssociateKmsKey",
            "CreateLogGroup",
            "CreateLogStream",
            "DeleteLogGroup",
            "DeleteLogStream",
            "DeleteResourcePolicy",
            "DeleteRetentionPolicy",
            "DescribeLogGroups",
            "DescribeLogStreams",
            "DescribeResourcePolicies",
            "DescribeSubscriptionFilters",
            "DisassociateKmsKey",
            "FilterLogEvents",
            "GetLogEvents",
            "ListLogGroups",
            "ListTagsForResource",
            "ListTagsLogGroup",
            "PutLogEvents",
            "PutResourcePolicy",
            "PutRetentionPolicy",
            "TagLogGroup",
            "TagResource",
            "UntagLogGroup",
            "UntagResource",
        ],
    ),
    (
        "iam",
        &[
            "AttachRolePolicy",
            "CreatePolicy",
            "CreatePolicyVersion",
            "CreateRole",
            "DeletePolicy",
            "DeletePolicyVersion",
            "DeleteRole",
            "DeleteRolePermissionsBoundary",
            "DeleteRolePolicy",
            "DetachRolePolicy",
            "GetPolicy",
            "GetPolicyVersion",
            "GetRole",
            "GetRolePolicy",
            "ListAttachedRolePolicies",
            "ListEntitiesForPolicy",
            "ListInstanceProfilesForRole",
            "ListPolicies",
            "ListPolicyTags",
            "ListPolicyVersions",
            "ListRolePolicies",
            "ListRoleTags",
            "ListRoles",
            "PutRolePermissionsBoundary",
            "PutRolePolicy",
            "SetDefaultPolicyVersion",
            "TagPolicy",
            "TagRole",
            "UntagPolicy",
            "UntagRole",
            "UpdateAssumeRolePolicy",
            "UpdateRole",
            "UpdateRoleDescription",
        ],
    ),
    ("sts", &["GetCallerIdentity"]),
];

pub fn generate(models: &Models, service: &str, wanted: &[&str]) -> Result<Vec<u8>> {
    let source = models
        .services
        .iter()
        .find(|source| source.folder == service)
        .with_context(|| format!("no model of {service}"))?;
    let (operations, shapes) = (&source.model["operations"], &source.model["shapes"]);
    let operations = operations.as_object().context("no operations")?;
    for name in wanted {
        ensure!(operations.contains_key(*name), "{service} has no {name}");
    }
    let mut inputs = Map::new();
    let mut reached = Map::new();
    for (name, operation) in operations {
        if !wanted.is_empty() && !wanted.contains(&name.as_str()) {
            continue;
        }
        let input = operation["input"]["shape"].as_str();
        inputs.insert(name.clone(), input.into());
        if let Some(input) = input {
            reach(shapes, input, &mut reached)?;
        }
    }
    reached.sort_keys();
    let model = json!({
        "source": format!("botocore {}, Apache-2.0, see NOTICE", models.version),
        "operations": inputs,
        "shapes": reached,
    });
    let mut bytes = serde_json::to_vec(&model)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Adds a shape and all that it consists of; `{"shape": NAME}` becomes `NAME`.
fn reach(shapes: &Value, name: &str, reached: &mut Map<String, Value>) -> Result<()> {
    if reached.contains_key(name) {
        return Ok(());
    }
    let shape = shapes[name].as_object().with_context(|| name.to_owned())?;
    let mut facts = Map::new();
    for &fact in FACTS {
        let Some(value) = shape.get(fact) else {
            continue;
        };
        let value = match (fact, value) {
            ("members", Value::Object(members)) => members
                .iter()
                .map(|(member, target)| (member.clone(), target["shape"].clone()))
                .collect::<Map<_, _>>()
                .into(),
            ("member" | "key" | "value", target) => target["shape"].clone(),
            (_, value) => value.clone(),
        };
        facts.insert(fact.to_owned(), value);
    }
    let targets: Vec<String> = facts
        .get("members")
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(Map::values)
        .chain(
            ["member", "key", "value"]
                .iter()
                .filter_map(|one| facts.get(*one)),
        )
        .filter_map(|target| target.as_str().map(str::to_owned))
        .collect();
    reached.insert(name.to_owned(), facts.into());
    targets
        .iter()
        .try_for_each(|target| reach(shapes, target, reached))
}

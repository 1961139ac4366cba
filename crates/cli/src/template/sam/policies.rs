//! `Policies` of a SAM resource: names of managed policies, SAM's policy templates, statements.

use states_language::source::Span;
use states_language::syntax::{Node, NodeValue};

use super::document;
use crate::template::node::{list, object, sub, text};

/// What each policy template allows, a line a statement: name, actions, resources (ARNs without `arn:PARTITION:`, `@` for region and
/// account). Facts of the SAM Developer Guide, "Policy template list"; conditions are left out, since policies are not enforced.
const TEMPLATES: &str = include_str!("policies.txt");

/// Managed policies that are not at the root of AWS's own.
const SERVICE_ROLES: [&str; 9] = [
    "AWSLambdaBasicExecutionRole",
    "AWSLambdaDynamoDBExecutionRole",
    "AWSLambdaENIManagementAccess",
    "AWSLambdaKinesisExecutionRole",
    "AWSLambdaMSKExecutionRole",
    "AWSLambdaRole",
    "AWSLambdaSQSQueueExecutionRole",
    "AWSLambdaVPCAccessExecutionRole",
    "AmazonS3ObjectLambdaExecutionRolePolicy",
];

type Wrong = (Span, String);

/// Adds ARNs of managed policies and inline policies that are named after `role_id`.
pub(super) fn gather(
    policies: Option<&Node>,
    role_id: &str,
    arns: &mut Vec<Node>,
    inline: &mut Vec<Node>,
) -> Result<(), Wrong> {
    let Some(policies) = policies else {
        return Ok(());
    };
    let single = std::slice::from_ref(policies);
    let is_list = policies.tag.is_none() && policies.items().is_some();
    let entries = if is_list {
        policies.items().unwrap_or_default()
    } else {
        single
    };
    for (index, entry) in entries.iter().enumerate() {
        let at = entry.span;
        if let Some(name) = entry.as_str().filter(|_| entry.tag.is_none()) {
            arns.push(managed(at, name));
            continue;
        }
        if super::is_function(entry) {
            arns.push(entry.clone());
            continue;
        }
        let document = match (entry.get("Statement"), entry.members()) {
            (Some(_), _) => entry.clone(),
            (None, Some([template])) => {
                let statements = statements(&template.key, &template.value, at);
                if statements.is_empty() {
                    let message = format!("SAM has no policy template '{}'", template.key);
                    return Err((template.key_span, message));
                }
                document(at, statements)
            }
            _ => {
                let message =
                    "A policy is the name of one, a policy template or an object with Statement";
                return Err((at, message.to_owned()));
            }
        };
        let name = text(at, format!("{role_id}Policy{index}"));
        inline.push(object(
            at,
            [("PolicyName", name), ("PolicyDocument", document)],
        ));
    }
    Ok(())
}

fn managed(at: Span, name: &str) -> Node {
    if name.starts_with("arn:") {
        return text(at, name);
    }
    let path = if SERVICE_ROLES.contains(&name) {
        "service-role/"
    } else {
        ""
    };
    sub(
        at,
        &format!("arn:${{AWS::Partition}}:iam::aws:policy/{path}{name}"),
    )
}

fn statements(name: &str, values: &Node, at: Span) -> Vec<Node> {
    let lines = TEMPLATES.lines().filter_map(|line| {
        let mut parts = line.split(' ');
        (parts.next() == Some(name)).then_some(parts)
    });
    lines
        .map(|mut parts| {
            let actions = parts.next().unwrap_or_default();
            let actions = actions.split(',').map(|action| text(at, action)).collect();
            let resources = parts
                .map(|resource| self::resource(resource, values, at))
                .collect();
            object(
                at,
                [
                    ("Effect", text(at, "Allow")),
                    ("Action", list(at, actions)),
                    ("Resource", list(at, resources)),
                ],
            )
        })
        .collect()
}

fn resource(pattern: &str, values: &Node, at: Span) -> Node {
    if pattern == "*" {
        return text(at, pattern);
    }
    let pattern = pattern.replace(":@:", ":${AWS::Region}:${AWS::AccountId}:");
    let pattern = match pattern.starts_with("${") {
        true => pattern,
        false => format!("arn:${{AWS::Partition}}:{pattern}"),
    };
    // The values stand by their names; what is missing shows as a reference that leads nowhere.
    let values = match &values.value {
        NodeValue::Object(_) => values.clone(),
        _ => object(at, []),
    };
    let parts = vec![text(at, pattern), values];
    object(at, [("Fn::Sub", list(at, parts))])
}

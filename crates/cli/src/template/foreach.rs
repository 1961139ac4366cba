//! `Fn::ForEach`, of the transform `AWS::LanguageExtensions`: members that are written once for each value of a list.

use serde_json::Value;
use states_language::syntax::{Member, Node, NodeValue};

use super::resolve::{intrinsic, scalar};
use super::{Problem, Template, node};

const KEY: &str = "Fn::ForEach::";

/// The tree with all of them written out; `None` when it has none.
pub(super) fn expand(template: &Template) -> Result<Option<Node>, Problem> {
    match has_loop(&template.root) {
        true => expanded(template, &template.root).map(Some),
        false => Ok(None),
    }
}

fn has_loop(node: &Node) -> bool {
    let in_member = |member: &Member| member.key.starts_with(KEY) || has_loop(&member.value);
    node.members().unwrap_or_default().iter().any(in_member)
        || node.items().unwrap_or_default().iter().any(has_loop)
}

fn expanded(template: &Template, node: &Node) -> Result<Node, Problem> {
    let value = match &node.value {
        NodeValue::Object(members) => {
            let mut all = Vec::with_capacity(members.len());
            for member in members {
                match member.key.starts_with(KEY) {
                    true => each(template, member, &mut all)?,
                    false => all.push(Member {
                        value: expanded(template, &member.value)?,
                        ..member.clone()
                    }),
                }
            }
            NodeValue::Object(all)
        }
        NodeValue::Array(items) => {
            let items: Result<_, _> = items.iter().map(|item| expanded(template, item)).collect();
            NodeValue::Array(items?)
        }
        other => other.clone(),
    };
    Ok(Node {
        value,
        ..node.clone()
    })
}

fn each(template: &Template, member: &Member, all: &mut Vec<Member>) -> Result<(), Problem> {
    let problem = |message: &str| Problem::new(&template.source, member.key_span, message);
    let wrong = || problem("Fn::ForEach::NAME is written [IDENTIFIER, [VALUES], {KEY: VALUE}]");
    let Some([identifier, values, body]) = member.value.items() else {
        return Err(wrong());
    };
    let (Some(identifier), Some(body)) = (identifier.as_str(), body.members()) else {
        return Err(wrong());
    };
    let Some(Value::Array(values)) = template.resolver().value(values)? else {
        return Err(wrong());
    };
    for value in &values {
        let Some(value) = scalar(value) else {
            return Err(problem("The values of Fn::ForEach have to be texts"));
        };
        let letters: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
        let fill = |text: &str| {
            let text = text.replace(&format!("${{{identifier}}}"), &value);
            text.replace(&format!("&{{{identifier}}}"), &letters)
        };
        for member in body {
            let filled = filled(&member.value, identifier, &value, &fill);
            let key = fill(&member.key);
            let filled = node::member(key, filled);
            // Loops may stand in each other.
            let mut inner = node::object(member.key_span, []);
            inner.value = NodeValue::Object(vec![filled]);
            if let NodeValue::Object(members) = expanded(template, &inner)?.value {
                all.extend(members);
            }
        }
    }
    Ok(())
}

fn filled(node: &Node, identifier: &str, value: &str, fill: &dyn Fn(&str) -> String) -> Node {
    if let Some(("Ref", argument)) = intrinsic(node)
        && argument.as_str() == Some(identifier)
    {
        return node::text(node.span, value);
    }
    let mut filled_in = node.clone();
    match &mut filled_in.value {
        NodeValue::String(scalar) => scalar.text = fill(&scalar.text),
        NodeValue::Array(items) => {
            for item in items {
                *item = filled(item, identifier, value, fill);
            }
        }
        NodeValue::Object(members) => {
            for member in members {
                member.key = fill(&member.key);
                member.value = filled(&member.value, identifier, value, fill);
            }
        }
        _ => {}
    }
    filled_in
}

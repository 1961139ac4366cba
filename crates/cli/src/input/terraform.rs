//! What `terraform show -json` prints of a state or a plan, as values for `${NAME}`.
//!
//! Terraform does not tell which expression `templatefile` was given for a name. But a state has the definition as it came out:
//! laid over the file it was made of, it tells the value of every name.
//!
//! Source: Terraform documentation, "JSON Output Format" (values representation).

use std::collections::BTreeMap;

use serde_json::Value;
use states_language::source::Source;
use states_language::substitution::placeholder_at;
use states_language::syntax::{self, Node, NodeValue};

type Values = BTreeMap<String, String>;

/// Whether an object is what `terraform show -json` prints.
pub fn is_shown(object: &Value) -> bool {
    object.get("format_version").is_some_and(Value::is_string)
        && ["values", "planned_values", "terraform_version"]
            .iter()
            .any(|name| object.get(name).is_some())
}

/// Outputs by their names, resources' attributes by their addresses (`aws_sns_topic.alarm.arn`), and the names in `definition`
/// by the state machine that was made of it.
pub fn values(object: &Value, definition: Option<&Source>) -> Values {
    let mut values = Values::new();
    // A plan has both: the values that are planned, and the state that it starts from where those are not known yet.
    for known in [
        &object["prior_state"]["values"],
        &object["planned_values"],
        &object["values"],
    ] {
        let mut rendered = Vec::new();
        module(&known["root_module"], &mut values, &mut rendered);
        for (name, output) in known["outputs"].as_object().into_iter().flatten() {
            values.extend(text(&output["value"]).map(|text| (name.clone(), text)));
        }
        let node = definition.and_then(|source| syntax::parse(source).ok());
        if let Some(node) = &node {
            let found = rendered.iter().find_map(|text| laid_over(node, text));
            values.extend(found.unwrap_or_default());
        }
    }
    values
}

fn module(module: &Value, values: &mut Values, rendered: &mut Vec<String>) {
    for resource in module["resources"].as_array().into_iter().flatten() {
        let Some(address) = resource["address"].as_str() else {
            continue;
        };
        // Names know no brackets: one of several that are counted goes by the address of the first.
        let address = address.strip_suffix("[0]").unwrap_or(address);
        for (name, value) in resource["values"].as_object().into_iter().flatten() {
            values.extend(text(value).map(|text| (format!("{address}.{name}"), text)));
        }
        if resource["type"] == "aws_sfn_state_machine"
            && let Some(definition) = resource["values"]["definition"].as_str()
        {
            rendered.push(definition.to_owned());
        }
    }
    for child in module["child_modules"].as_array().into_iter().flatten() {
        self::module(child, values, rendered);
    }
}

/// A text as it is, anything else as JSON; what is not known yet is nothing.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// The values that make `rendered` of the definition; none when it was made of another one.
fn laid_over(definition: &Node, rendered: &str) -> Option<Values> {
    let rendered: Value = serde_json::from_str(rendered).ok()?;
    let mut values = Values::new();
    matches(definition, &rendered, &mut values).then_some(values)
}

fn matches(node: &Node, value: &Value, values: &mut Values) -> bool {
    match (&node.value, value) {
        (NodeValue::Placeholder(name), value) => learn(name, &value.to_string(), values),
        (NodeValue::String(scalar), Value::String(text)) => {
            text_matches(&scalar.text, text, values)
        }
        // A plain `${N}` of YAML may have become a number.
        (NodeValue::String(scalar), Value::Number(_) | Value::Bool(_)) if scalar.plain => {
            text_matches(&scalar.text, &value.to_string(), values)
        }
        (NodeValue::Array(nodes), Value::Array(items)) => {
            nodes.len() == items.len()
                && nodes
                    .iter()
                    .zip(items)
                    .all(|(node, item)| matches(node, item, values))
        }
        (NodeValue::Object(members), Value::Object(object)) => {
            members.len() == object.len()
                && members.iter().all(|member| {
                    object
                        .get(&member.key)
                        .is_some_and(|value| matches(&member.value, value, values))
                })
        }
        (NodeValue::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (_, value) => node.to_value() == *value,
    }
}

/// The same name always has the same value.
fn learn(name: &str, value: &str, values: &mut Values) -> bool {
    let known = values
        .entry(name.to_owned())
        .or_insert_with(|| value.to_owned());
    known == value
}

fn text_matches(template: &str, text: &str, values: &mut Values) -> bool {
    let Some(at) = (0..template.len()).find(|at| {
        template.as_bytes().get(*at) == Some(&b'$')
            && !template[..*at].ends_with('$')
            && placeholder_at(template, *at).is_some()
    }) else {
        return template.replace("$${", "${").replace("%%{", "%{") == text;
    };
    let Some(placeholder) = placeholder_at(template, at) else {
        return false;
    };
    let Some(rest) = text.strip_prefix(&template[..at]) else {
        return false;
    };
    let after = &template[placeholder.span.end..];
    // Up to the literal text that follows, or to the end.
    let literal = after.split("${").next().unwrap_or_default();
    let end = match (after.is_empty(), literal.is_empty()) {
        (true, _) => rest.len(),
        (false, true) => return false,
        (false, false) => match rest.find(literal) {
            Some(end) => end,
            None => return false,
        },
    };
    learn(placeholder.name, &rest[..end], values) && text_matches(after, &rest[end..], values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const DEFINITION: &str = r#"{"StartAt": "A", "States": {
        "A": {"Type": "Task", "Resource": "${CheckArn}", "TimeoutSeconds": ${timeout}, "Parameters": {"a": "x-${stage}-${CheckArn}!"}, "End": true}}}"#;

    fn shown(definition: &str) -> Value {
        json!({
            "format_version": "1.0",
            "terraform_version": "1.11.4",
            "values": {
                "outputs": {"topic": {"value": "arn:aws:sns:x:1:t", "sensitive": false}, "size": {"value": 3}},
                "root_module": {
                    "resources": [
                        {"address": "aws_sns_topic.alarm[0]", "type": "aws_sns_topic", "values": {"arn": "arn:aws:sns:x:1:t", "policy": null}},
                        {"address": "aws_sfn_state_machine.m", "type": "aws_sfn_state_machine", "values": {"name": "m", "definition": definition}},
                    ],
                    "child_modules": [{"resources": [{"address": "module.f.aws_lambda_function.check", "type": "aws_lambda_function", "values": {"timeout": 5}}]}]
                }
            }
        })
    }

    #[test]
    fn outputs_attributes_and_the_rendered_definition_give_values() {
        let rendered = r#"{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:f","TimeoutSeconds":7,"Parameters":{"a":"x-prod-arn:f!"},"End":true}}}"#;
        let source = Source::new("m.asl.json", DEFINITION);
        let object = shown(rendered);
        assert!(is_shown(&object) && !is_shown(&json!({"format_version": 1})));
        let found = values(&object, Some(&source));
        for (name, value) in [
            ("topic", "arn:aws:sns:x:1:t"),
            ("size", "3"),
            ("aws_sns_topic.alarm.arn", "arn:aws:sns:x:1:t"),
            ("module.f.aws_lambda_function.check.timeout", "5"),
            ("CheckArn", "arn:f"),
            ("timeout", "7"),
            ("stage", "prod"),
        ] {
            assert_eq!(found.get(name).map(String::as_str), Some(value), "{name}");
        }
        assert!(!found.contains_key("aws_sns_topic.alarm.policy"));
    }

    #[test]
    fn another_definition_tells_nothing() {
        let source = Source::new("m.asl.json", DEFINITION);
        for rendered in [
            r#"{"StartAt":"B","States":{}}"#,
            r#"{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:f","TimeoutSeconds":7,"Parameters":{"a":"x-prod-arn:g!"},"End":true}}}"#,
            "no JSON",
        ] {
            assert!(
                !values(&shown(rendered), Some(&source)).contains_key("CheckArn"),
                "{rendered}"
            );
        }
    }
}

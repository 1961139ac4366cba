//! A definition with one task, with placeholders for what the action requires.

use serde_json::{Map, Value, json};
use service_models::{Member, Shape, ShapeKind};
use states_language::integration::{Optimized, Parameters};
use states_language::machine::QueryLanguage;

use super::{Action, Integration};

/// What integrations require whose parameters are not those of an operation: JSON by name.
const REQUIRED: &[(&str, &str)] = &[
    (
        "apigateway:invoke",
        r#"{"ApiEndpoint": "<ApiEndpoint>", "Method": "GET"}"#,
    ),
    (
        "http:invoke",
        r#"{"ApiEndpoint": "<ApiEndpoint>", "Method": "GET", "InvocationConfig": {"ConnectionArn": "<ConnectionArn>"}}"#,
    ),
    (
        "bedrock:invokeModel",
        r#"{"ModelId": "<ModelId>", "Body": {}}"#,
    ),
    (
        "eks:call",
        r#"{"ClusterName": "<ClusterName>", "CertificateAuthority": "<CertificateAuthority>", "Endpoint": "<Endpoint>", "Method": "GET", "Path": "<Path>"}"#,
    ),
    (
        "eks:runJob",
        r#"{"ClusterName": "<ClusterName>", "CertificateAuthority": "<CertificateAuthority>", "Endpoint": "<Endpoint>", "Job": {}}"#,
    ),
    (
        "elasticmapreduce:createCluster",
        r#"{"Name": "<Name>", "Instances": {"KeepJobFlowAliveWhenNoSteps": true}}"#,
    ),
    (
        "elasticmapreduce:terminateCluster",
        r#"{"ClusterId": "<ClusterId>"}"#,
    ),
    (
        "elasticmapreduce:addStep",
        r#"{"ClusterId": "<ClusterId>", "Step": {"Name": "<Name>", "HadoopJarStep": {"Jar": "<Jar>"}}}"#,
    ),
    (
        "elasticmapreduce:setClusterTerminationProtection",
        r#"{"ClusterId": "<ClusterId>", "TerminationProtected": true}"#,
    ),
    (
        "elasticmapreduce:cancelStep",
        r#"{"ClusterId": "<ClusterId>", "StepId": "<StepId>"}"#,
    ),
    (
        "elasticmapreduce:modifyInstanceFleetByName",
        r#"{"ClusterId": "<ClusterId>", "InstanceFleetName": "<InstanceFleetName>", "InstanceFleet": {}}"#,
    ),
    (
        "elasticmapreduce:modifyInstanceGroupByName",
        r#"{"ClusterId": "<ClusterId>", "InstanceGroupName": "<InstanceGroupName>", "InstanceGroup": {}}"#,
    ),
];

/// A definition that calls the action; `None` when Step Functions does not offer it.
pub fn definition(action: &Action, language: QueryLanguage) -> Option<Value> {
    if action.refusal().is_some() {
        return None;
    }
    let (language_name, arguments_name) = match language {
        QueryLanguage::Jsonata => ("JSONata", "Arguments"),
        QueryLanguage::JsonPath => ("JSONPath", "Parameters"),
    };
    let name = state_name(action);
    let mut task = json!({"Type": "Task", "Resource": action.arn()});
    task[arguments_name] = Value::Object(arguments(action));
    task["End"] = true.into();
    Some(json!({
        "QueryLanguage": language_name,
        "StartAt": name,
        "States": {name: task},
    }))
}

/// The operation's name, which is one for a state too.
pub fn state_name(action: &Action) -> String {
    match action.integration {
        Integration::AwsSdk(operation) => operation.name().to_owned(),
        Integration::Optimized(Optimized { action, .. }) => {
            let mut name = (*action).to_owned();
            if let Some(first) = name.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            name
        }
    }
}

/// What the action requires, with placeholders.
pub fn arguments(action: &Action) -> Map<String, Value> {
    let name = action.name();
    let listed = REQUIRED.iter().find(|(of, _)| *of == name);
    if let Some(Value::Object(arguments)) =
        listed.and_then(|(_, json)| serde_json::from_str(json).ok())
    {
        return arguments;
    }
    let Some(input) = action.operation().and_then(|operation| operation.input()) else {
        return Map::new();
    };
    let removed: &[&str] = match action.integration {
        Integration::Optimized(Optimized {
            parameters: Parameters::Api(_, _, removed),
            ..
        }) => removed,
        _ => &[],
    };
    let wanted = |member: &Member| {
        member.is_required()
            && !member.is_idempotency_token()
            && !removed.contains(&member.sfn_name())
    };
    members(input, wanted, &mut Vec::new())
}

fn members(
    structure: Shape,
    wanted: impl Fn(&Member) -> bool,
    around: &mut Vec<&'static str>,
) -> Map<String, Value> {
    around.extend(structure.name());
    let members = structure
        .members()
        .filter(wanted)
        .map(|member| {
            let name = member.sfn_name();
            let value = match member.is_json_value() {
                true => json!({}),
                false => placeholder(name, member.shape(), around),
            };
            (name.to_owned(), value)
        })
        .collect();
    around.truncate(around.len() - structure.name().iter().len());
    members
}

fn placeholder(name: &str, shape: Shape, around: &mut Vec<&'static str>) -> Value {
    if shape.is_document() {
        return json!({});
    }
    if let Some(first) = shape.enum_values().first() {
        return (*first).into();
    }
    match shape.kind() {
        ShapeKind::String | ShapeKind::Blob => format!("<{name}>").into(),
        ShapeKind::Boolean => true.into(),
        ShapeKind::Integer | ShapeKind::Long | ShapeKind::Float | ShapeKind::Double => 1.into(),
        ShapeKind::Timestamp => "2026-01-31T12:00:00Z".into(),
        ShapeKind::List => match shape.list_member() {
            Some(item) if !contains_itself(item.shape(), around) => {
                json!([placeholder(name, item.shape(), around)])
            }
            _ => json!([]),
        },
        ShapeKind::Map => match shape.map_members() {
            Some((key, value)) if !contains_itself(value.shape(), around) => {
                let key = match placeholder("key", key.shape(), around) {
                    Value::String(key) => key,
                    other => other.to_string(),
                };
                json!({key: placeholder("value", value.shape(), around)})
            }
            _ => json!({}),
        },
        ShapeKind::Structure if contains_itself(shape, around) => json!({}),
        ShapeKind::Structure if shape.is_union() => {
            let first = shape.members().find(|member| !member.is_deprecated());
            let first = first.map(Member::name);
            Value::Object(members(
                shape,
                |member| Some(member.name()) == first,
                around,
            ))
        }
        ShapeKind::Structure => {
            Value::Object(members(shape, |member| member.is_required(), around))
        }
    }
}

fn contains_itself(shape: Shape, around: &[&'static str]) -> bool {
    shape.name().is_some_and(|name| around.contains(&name))
}

/// As YAML: texts in double quotes, which YAML reads as JSON does.
pub fn to_yaml(value: &Value) -> String {
    let mut text = String::new();
    write_yaml(value, 0, &mut text);
    text
}

fn write_yaml(value: &Value, indent: usize, out: &mut String) {
    let pad = "  ".repeat(indent);
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, value) in members {
                out.push_str(&pad);
                out.push_str(&yaml_key(name));
                out.push(':');
                write_nested(value, indent + 1, out);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                out.push_str(&pad);
                out.push('-');
                write_nested(item, indent + 1, out);
            }
        }
        scalar => {
            out.push_str(&scalar.to_string());
            out.push('\n');
        }
    }
}

fn write_nested(value: &Value, indent: usize, out: &mut String) {
    let nested = match value {
        Value::Object(members) => !members.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    };
    out.push(if nested { '\n' } else { ' ' });
    write_yaml(value, indent, out);
}

/// Plain where YAML reads a plain key as text.
fn yaml_key(name: &str) -> String {
    const OTHERWISE: &[&str] = &["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
        && !OTHERWISE.contains(&name.to_ascii_lowercase().as_str());
    match plain {
        true => name.to_owned(),
        false => Value::from(name).to_string(),
    }
}

//! Arguments of a task to the model's names and types.
//!
//! Step Functions reads arguments with a JSON mapper: text may stand for numbers and booleans, scalars and composites
//! may stand for text (as JSON), members that are null do not count (AWS records: `sfn:startExecution` with an object as
//! `Input`, `s3:putObject` with any value as `Body`). Names may be Step Functions', the wire's, or either in any case.

use std::borrow::Cow;

use serde_json::{Map, Number, Value};
use service_models::{Member, Shape, ShapeKind};

use super::timestamp;

/// Nested deeper than any API wants; shapes that contain themselves could otherwise follow any depth.
const MAX_DEPTH: usize = 64;

/// What is wrong with the arguments, in Step Functions' words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join(", "))]
pub struct ArgumentErrors(pub Vec<String>);

/// The arguments with the model's member names: timestamps as ISO 8601 texts, blobs as the text that is their bytes,
/// JSON values as text. Idempotency tokens that are missing are made with `token`.
pub fn normalize(
    input: Option<Shape>,
    arguments: &Value,
    token: &dyn Fn(&str) -> String,
) -> Result<Map<String, Value>, ArgumentErrors> {
    let mut errors = Vec::new();
    let none = Map::new();
    let given = match arguments {
        Value::Object(given) => given,
        Value::Null => &none,
        other => {
            return Err(ArgumentErrors(vec![format!(
                "The arguments must be an OBJECT, not {}",
                kind_of(other)
            )]));
        }
    };
    let Some(input) = input else {
        let unknown = given
            .keys()
            .map(|name| unsupported(name))
            .collect::<Vec<_>>();
        return if unknown.is_empty() {
            Ok(Map::new())
        } else {
            Err(ArgumentErrors(unknown))
        };
    };
    let mut normalized = structure(input, given, 0, &mut errors);
    for member in input
        .members()
        .filter(|member| member.is_idempotency_token())
    {
        normalized
            .entry(member.name())
            .or_insert_with(|| Value::String(token(member.name())));
    }
    if errors.is_empty() {
        Ok(normalized)
    } else {
        Err(ArgumentErrors(errors))
    }
}

/// A member that is named in a way that only Stepwright takes: as on the wire, or in another case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OtherName {
    pub written: String,
    /// The one name that Step Functions takes.
    pub expected: Cow<'static, str>,
}

/// Whose names the arguments are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// The AWS SDK for Java 2: AWS SDK integrations.
    SdkV2,
    /// Its version 1, or 2: optimized integrations.
    SdkV1,
}

impl Names {
    /// None when `written` is a name that Step Functions takes for the member.
    fn expected(self, member: Member, written: &str) -> Option<Cow<'static, str>> {
        let v2 = Cow::Borrowed(member.sfn_name());
        let expected = match self {
            Names::SdkV2 => v2,
            Names::SdkV1 if v2 == written => v2,
            Names::SdkV1 => member.sdk_v1_name(),
        };
        (expected != written).then_some(expected)
    }
}

/// The members in `arguments` that AWS would not know by these names, although [`normalize`] does.
pub fn other_names(input: Shape, arguments: &Value, names: Names) -> Vec<OtherName> {
    let mut found = Vec::new();
    find_other_names(input, arguments, names, 0, &mut found);
    found.sort();
    found.dedup();
    found
}

fn find_other_names(
    shape: Shape,
    given: &Value,
    names: Names,
    depth: usize,
    found: &mut Vec<OtherName>,
) {
    if depth > MAX_DEPTH || shape.is_document() {
        return;
    }
    match (shape.kind(), given) {
        (ShapeKind::Structure, Value::Object(given)) => {
            for (written, value) in given {
                let Some(member) = shape.member(written) else {
                    continue;
                };
                if let Some(expected) = names.expected(member, written) {
                    let written = written.clone();
                    found.push(OtherName { written, expected });
                }
                if !member.is_json_value() {
                    find_other_names(member.shape(), value, names, depth + 1, found);
                }
            }
        }
        (ShapeKind::List, Value::Array(items)) => {
            if let Some(member) = shape.list_member() {
                for item in items {
                    find_other_names(member.shape(), item, names, depth + 1, found);
                }
            }
        }
        (ShapeKind::Map, Value::Object(entries)) => {
            if let Some((_, member)) = shape.map_members() {
                for entry in entries.values() {
                    find_other_names(member.shape(), entry, names, depth + 1, found);
                }
            }
        }
        _ => {}
    }
}

/// In AWS's words.
pub(crate) fn unsupported(name: &str) -> String {
    format!("The field \"{name}\" is not supported by Step Functions")
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "NULL",
        Value::Bool(_) => "a BOOLEAN",
        Value::Number(_) => "a NUMBER",
        Value::String(_) => "a STRING",
        Value::Array(_) => "an ARRAY",
        Value::Object(_) => "an OBJECT",
    }
}

fn structure(
    shape: Shape,
    given: &Map<String, Value>,
    depth: usize,
    errors: &mut Vec<String>,
) -> Map<String, Value> {
    let mut normalized = Map::new();
    for (name, value) in given {
        let Some(member) = shape
            .member(name)
            .filter(|member| !is_given_again(*member, name, given, &normalized))
        else {
            errors.push(unsupported(name));
            continue;
        };
        if !value.is_null() {
            normalized.insert(
                member.name().to_owned(),
                convert(member, name, value, depth + 1, errors),
            );
        }
    }
    normalized
}

/// Whether `name` is another name of a member that `given` has under its own, or that was already taken.
fn is_given_again(
    member: Member,
    name: &str,
    given: &Map<String, Value>,
    taken: &Map<String, Value>,
) -> bool {
    let own = member.sfn_name();
    name != own && (given.contains_key(own) || taken.contains_key(member.name()))
}

/// `name` is the nearest field name as the user wrote it, for messages.
fn convert(
    member: Member,
    name: &str,
    value: &Value,
    depth: usize,
    errors: &mut Vec<String>,
) -> Value {
    let shape = member.shape();
    if depth > MAX_DEPTH {
        errors.push(format!("The field '{name}' is nested too deeply"));
        return Value::Null;
    }
    if value.is_null() {
        return Value::Null; // an item of a list or map
    }
    if shape.is_document() {
        return value.clone();
    }
    if member.is_json_value() {
        return Value::String(json_text(value));
    }
    let mut wrong = |wanted: &str| {
        errors.push(format!("The value for the field '{name}' must be {wanted}"));
        Value::Null
    };
    match (shape.kind(), value) {
        (ShapeKind::Structure, Value::Object(given)) => {
            Value::Object(structure(shape, given, depth, errors))
        }
        (ShapeKind::Structure, _) => wrong("an OBJECT"),
        (ShapeKind::List, Value::Array(items)) => match shape.list_member() {
            Some(member) => items
                .iter()
                .map(|item| convert(member, name, item, depth + 1, errors))
                .collect(),
            None => Value::Array(Vec::new()),
        },
        (ShapeKind::List, _) => wrong("an ARRAY"),
        (ShapeKind::Map, Value::Object(entries)) => match shape.map_members() {
            Some((_, member)) => {
                let entries = entries
                    .iter()
                    .map(|(k, v)| (k.clone(), convert(member, k, v, depth + 1, errors)));
                Value::Object(entries.collect())
            }
            None => Value::Object(Map::new()),
        },
        (ShapeKind::Map, _) => wrong("an OBJECT"),
        (ShapeKind::String | ShapeKind::Blob, value) => Value::String(json_text(value)),
        (ShapeKind::Boolean, Value::Bool(_)) => value.clone(),
        (ShapeKind::Boolean, Value::String(text)) if text == "true" || text == "false" => {
            Value::Bool(text == "true")
        }
        (ShapeKind::Boolean, _) => wrong("a BOOLEAN"),
        (kind @ (ShapeKind::Integer | ShapeKind::Long), value) => match integer(kind, value) {
            Some(number) => Value::Number(number),
            None => wrong("an INTEGER"),
        },
        (ShapeKind::Float | ShapeKind::Double, Value::Number(_)) => value.clone(),
        (ShapeKind::Float | ShapeKind::Double, Value::String(text)) => match text.as_str() {
            "NaN" | "Infinity" | "-Infinity" => value.clone(),
            text => match text.parse().ok().and_then(Number::from_f64) {
                Some(number) => Value::Number(number),
                None => wrong("a NUMBER"),
            },
        },
        (ShapeKind::Float | ShapeKind::Double, _) => wrong("a NUMBER"),
        (ShapeKind::Timestamp, value) => match timestamp::parse(value) {
            Some(time) => Value::String(timestamp::iso8601(time)),
            None => wrong("a TIMESTAMP"),
        },
    }
}

/// Text as it is, anything else as JSON.
pub(crate) fn json_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A whole number of 32 or 64 bits; 3.0 counts as 3.
fn integer(kind: ShapeKind, value: &Value) -> Option<Number> {
    let whole = match value {
        Value::Number(number) => match number.as_i64() {
            Some(whole) => whole,
            None => {
                let number = number.as_f64()?;
                (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64)?
            }
        },
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    (kind == ShapeKind::Long || i32::try_from(whole).is_ok()).then(|| Number::from(whole))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use service_models::catalog;

    fn normalized(service: &str, action: &str, arguments: Value) -> Result<Value, ArgumentErrors> {
        let input = catalog()
            .service(service)
            .unwrap()
            .operation(action)
            .unwrap()
            .input();
        normalize(input, &arguments, &|member| format!("token for {member}")).map(Value::Object)
    }

    #[test]
    fn names_of_step_functions_become_the_models() {
        let arguments = json!({"DbInstanceIdentifier": "a", "MaxRecords": "20", "Marker": null});
        let expected = json!({"DBInstanceIdentifier": "a", "MaxRecords": 20});
        assert_eq!(
            normalized("rds", "describeDBInstances", arguments).unwrap(),
            expected
        );
        let arguments = json!({"TableName": "t", "Item": {"id": {"S": "1"}, "on": {"Bool": true}, "no": {"Nul": true}, "tags": {"Ss": ["x"]}}});
        let expected = json!({"TableName": "t", "Item": {"id": {"S": "1"}, "on": {"BOOL": true}, "no": {"NULL": true}, "tags": {"SS": ["x"]}}});
        assert_eq!(
            normalized("dynamodb", "putItem", arguments).unwrap(),
            expected
        );
    }

    #[test]
    fn unknown_names_and_wrong_types_are_all_told() {
        let errors = normalized(
            "ec2",
            "describeInstances",
            json!({"InstanceIdz": [], "MaxResults": "many", "Filters": {}, "DryRun": 1}),
        );
        assert_eq!(
            errors.unwrap_err().0,
            [
                "The field \"InstanceIdz\" is not supported by Step Functions",
                "The value for the field 'MaxResults' must be an INTEGER",
                "The value for the field 'Filters' must be an ARRAY",
                "The value for the field 'DryRun' must be a BOOLEAN",
            ],
        );
        assert!(normalized("ec2", "describeInstances", json!([1])).is_err());
    }

    #[test]
    fn names_that_aws_does_not_know_are_found_at_every_depth() {
        let other = |service: &str, action, arguments: Value, names| {
            let service = catalog().service(service).unwrap();
            let input = service.operation(action).unwrap().input().unwrap();
            let found = other_names(input, &arguments, names).into_iter();
            found
                .map(|name| format!("{} {}", name.written, name.expected))
                .collect::<Vec<_>>()
        };
        let arguments = json!({
            "instanceIds": ["i"],
            "Filters": [{"Name": "a", "values": ["b"]}, {"name": "c", "values": []}],
            "nothing": 1,
        });
        let expected = ["instanceIds InstanceIds", "name Name", "values Values"];
        assert_eq!(
            other("ec2", "describeInstances", arguments, Names::SdkV2),
            expected
        );
        let item = json!({"TableName": "t", "Item": {"bool": {"BOOL": true}, "b": {"L": [{"Nul": true}]}}});
        assert_eq!(
            other("dynamodb", "putItem", item.clone(), Names::SdkV2),
            ["BOOL Bool"]
        );
        assert!(other("dynamodb", "putItem", item, Names::SdkV1).is_empty());
        let message = json!({"queueUrl": "u", "MessageBody": {"messageBody": 1}});
        assert_eq!(
            other("sqs", "sendMessage", message, Names::SdkV1),
            ["queueUrl QueueUrl"]
        );
    }

    #[test]
    fn a_member_is_given_once() {
        let given = |arguments| normalized("ec2", "describeInstances", arguments);
        for arguments in [
            json!({"InstanceIds": ["i-1"], "instanceIds": ["i-2"]}),
            json!({"instanceIds": ["i-1"], "instanceids": ["i-2"]}),
        ] {
            assert_eq!(given(arguments).unwrap_err().0.len(), 1);
        }
        assert!(given(json!({"instanceIds": ["i-1"]})).is_ok());
    }

    #[test]
    fn composites_become_text_where_text_is_wanted() {
        let arguments = json!({"StateMachineArn": "a", "Input": {"key": "value"}});
        let normalized = normalized("sfn", "startExecution", arguments).unwrap();
        assert_eq!(normalized["input"], r#"{"key":"value"}"#);
    }

    #[test]
    fn whole_numbers_have_their_types_range() {
        let limit = |value: Value| normalized("dynamodb", "listTables", json!({"Limit": value}));
        for value in [json!(3), json!(3.0), json!(" 3 ")] {
            assert_eq!(limit(value).unwrap()["Limit"].to_string(), "3");
        }
        for value in [
            json!(3.5),
            json!(2_147_483_648_u32),
            json!("3.0"),
            json!(1e300),
            json!([3]),
        ] {
            assert!(limit(value.clone()).is_err(), "{value}");
        }
        let size = normalized(
            "s3",
            "putObject",
            json!({"ContentLength": 2_147_483_648_u32}),
        );
        assert_eq!(size.unwrap()["ContentLength"], 2_147_483_648_u32);
    }

    #[test]
    fn idempotency_tokens_are_filled_in() {
        let normalized =
            normalized("ec2", "runInstances", json!({"MaxCount": 1, "MinCount": 1})).unwrap();
        assert_eq!(normalized["ClientToken"], "token for ClientToken");
    }

    #[test]
    fn depth_has_an_end() {
        let mut value = json!({"S": "end"});
        for _ in 0..100 {
            value = json!({"L": [value]});
        }
        let errors = normalized(
            "dynamodb",
            "putItem",
            json!({"TableName": "t", "Item": {"id": value}}),
        )
        .unwrap_err();
        assert_eq!(errors.0, ["The field 'L' is nested too deeply"]);
    }
}

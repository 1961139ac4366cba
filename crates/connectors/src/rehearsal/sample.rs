//! An answer of an operation's shape, made up: so that what comes after a call that was not made finds what it looks for.
//!
//! Every member is there, lists have an item (one for each thing that the arguments name), what the arguments name comes
//! back under its name, enumerations have their first value, and what tells of failures or of a next page is empty.
//! The same call always has the same answer.

use serde_json::{Map, Value, json};
use service_models::{Location, Member, Operation, Shape, ShapeKind};

/// Begins every text that is made up.
pub const PLACEHOLDER: &str = "stepwright-dry-run";

/// Deeper than any state looks.
const MAX_DEPTH: usize = 7;
/// Values of one answer, after which only what is required is added.
const MAX_VALUES: usize = 2_000;
/// Items of one list.
const MAX_ITEMS: usize = 100;

/// Where the resources of made-up ARNs are.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub partition: String,
    pub region: String,
    pub account_id: String,
}

/// Whether a value, at any depth, is about something that was made up.
pub fn mentions_placeholder(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains(PLACEHOLDER),
        Value::Array(items) => items.iter().any(mentions_placeholder),
        Value::Object(fields) => fields.values().any(mentions_placeholder),
        _ => false,
    }
}

/// The made-up result of an operation in Step Functions' names. `arguments` have the model's.
pub(super) fn result(operation: Operation, arguments: &Map<String, Value>, place: &Place) -> Value {
    if (operation.service().boto_name(), operation.name()) == ("lambda", "Invoke") {
        return invocation(arguments);
    }
    let Some(output) = operation.output() else {
        return json!({});
    };
    let mut sampler = Sampler {
        operation,
        place,
        values: 0,
        path: Vec::new(),
    };
    Value::Object(sampler.structure(output, &[arguments]))
}

/// Nobody knows what a function answers; many give back what they get, with more in it.
fn invocation(arguments: &Map<String, Value>) -> Value {
    let payload = arguments.get("Payload").and_then(Value::as_str);
    let is_object = |text: &&str| serde_json::from_str::<Map<String, Value>>(text).is_ok();
    json!({
        "ExecutedVersion": "$LATEST",
        "Payload": payload.filter(is_object).unwrap_or("{}"),
        "StatusCode": 200,
    })
}

struct Sampler<'a> {
    operation: Operation,
    place: &'a Place,
    values: usize,
    /// The structures that we are in: one inside of itself is left out.
    path: Vec<&'static str>,
}

/// What the arguments say, outermost first: names are looked up from the end.
type Scopes<'a> = [&'a Map<String, Value>];

impl Sampler<'_> {
    fn structure(&mut self, shape: Shape, scopes: &Scopes<'_>) -> Map<String, Value> {
        let mut fields = Map::new();
        self.path.push(shape.name().unwrap_or(""));
        for member in shape.members() {
            let is_wanted = member.is_required() || self.values < MAX_VALUES;
            if is_wanted && let Some(value) = self.member(member, scopes) {
                fields.insert(member.sfn_name().to_owned(), value);
            }
            if shape.is_union() && !fields.is_empty() {
                break;
            }
        }
        self.path.pop();
        fields
    }

    /// `None`: better left out.
    fn member(&mut self, member: Member, scopes: &Scopes<'_>) -> Option<Value> {
        self.values += 1;
        let (name, shape) = (member.name(), member.shape());
        if member.location() == Some(Location::StatusCode) {
            return Some(self.operation.response_code().unwrap_or(200).into());
        }
        if tells_of_failure(name) || self.continues(name) {
            return match shape.kind() {
                ShapeKind::List => Some(json!([])),
                ShapeKind::Map => Some(json!({})),
                ShapeKind::Integer | ShapeKind::Long => Some(0.into()),
                ShapeKind::Boolean => Some(false.into()),
                _ => None,
            };
        }
        if !shape.is_sensitive()
            && let Some(given) = echo(shape, name, scopes)
        {
            return Some(given);
        }
        match shape.kind() {
            ShapeKind::Structure => {
                let is_inside_itself = shape.name().is_some_and(|name| self.path.contains(&name));
                if shape.is_document() {
                    return Some(json!({}));
                }
                if is_inside_itself || shape.is_event_stream() || self.path.len() >= MAX_DEPTH {
                    return None;
                }
                let inner = scopes
                    .iter()
                    .rev()
                    .find_map(|scope| scope.get(name)?.as_object());
                Some(
                    match inner {
                        Some(inner) => self.structure(shape, &[scopes, &[inner]].concat()),
                        None => self.structure(shape, scopes),
                    }
                    .into(),
                )
            }
            ShapeKind::List => Some(self.list(member, scopes)),
            ShapeKind::Map => Some(json!({})),
            ShapeKind::String => Some(self.text(member).into()),
            ShapeKind::Boolean => Some(matches!(name, "Return" | "return" | "Success").into()),
            ShapeKind::Integer | ShapeKind::Long => Some(1.into()),
            ShapeKind::Float | ShapeKind::Double => Some(1.0.into()),
            ShapeKind::Timestamp => Some("2000-01-01T00:00:00Z".into()),
            ShapeKind::Blob => Some("".into()),
        }
    }

    /// One item, or one for each thing that the arguments name: `InstanceIds` in the arguments make as many structures with
    /// an `InstanceId`; `Entries` with an `Id` as many with an `Id`.
    fn list(&mut self, member: Member, scopes: &Scopes<'_>) -> Value {
        let Some(item) = member.shape().list_member() else {
            return json!([]);
        };
        let shape = item.shape();
        if shape.kind() != ShapeKind::Structure {
            return self.member(item, &[]).into_iter().collect();
        }
        if shape.name().is_some_and(|name| self.path.contains(&name))
            || self.path.len() >= MAX_DEPTH
        {
            return json!([]);
        }
        let rows = rows(member.name(), shape, scopes);
        if rows.is_empty() {
            return json!([self.structure(shape, scopes)]);
        }
        rows.iter()
            .take(MAX_ITEMS)
            .map(|row| Value::Object(self.structure(shape, &[scopes, &[row]].concat())))
            .collect()
    }

    fn text(&self, member: Member) -> String {
        if let Some(first) = member.shape().enum_values().first() {
            return (*first).to_owned();
        }
        let name = member.sfn_name();
        let lower = name.to_ascii_lowercase();
        let Place {
            partition,
            region,
            account_id,
        } = self.place;
        if lower.ends_with("arn") {
            let service = self.operation.service().signing_name();
            return format!("arn:{partition}:{service}:{region}:{account_id}:{PLACEHOLDER}/{name}");
        }
        if lower.ends_with("accountid") || lower == "ownerid" {
            return account_id.clone();
        }
        if lower.ends_with("url") || lower.ends_with("uri") {
            return format!("https://{PLACEHOLDER}.example/{name}");
        }
        format!("{PLACEHOLDER}-{name}")
    }

    /// A token of a next page: a loop over pages has to end.
    fn continues(&self, name: &str) -> bool {
        let lower = name.to_ascii_lowercase();
        let tokens = self.operation.paginator().map(|p| &p.output_tokens);
        tokens.is_some_and(|tokens| tokens.contains(&name))
            || lower.starts_with("next")
            || matches!(
                lower.as_str(),
                "marker" | "continuationtoken" | "istruncated"
            )
    }
}

fn tells_of_failure(name: &str) -> bool {
    const WORDS: &[&str] = &[
        "error",
        "fail",
        "invalid",
        "notfound",
        "reject",
        "unprocessed",
        "unsuccessful",
        "warning",
    ];
    let lower = name.to_ascii_lowercase();
    WORDS.iter().any(|word| lower.contains(word))
}

/// What the arguments give under the same name, when it fits.
fn echo(shape: Shape, name: &str, scopes: &Scopes<'_>) -> Option<Value> {
    let given = scopes.iter().rev().find_map(|scope| scope.get(name))?;
    let fits = match (shape.kind(), given) {
        (ShapeKind::String, Value::String(text)) => {
            let values = shape.enum_values();
            values.is_empty() || values.contains(&text.as_str())
        }
        (ShapeKind::Boolean, Value::Bool(_))
        | (ShapeKind::Float | ShapeKind::Double, Value::Number(_))
        | (ShapeKind::Timestamp, Value::String(_)) => true,
        (ShapeKind::Integer | ShapeKind::Long, Value::Number(number)) => number.is_i64(),
        (ShapeKind::List, Value::Array(items)) => {
            let item = shape.list_member().map(|item| item.shape().kind());
            item == Some(ShapeKind::String) && items.iter().all(Value::is_string)
        }
        (ShapeKind::Map, Value::Object(entries)) => {
            let value = shape.map_members().map(|(_, value)| value.shape().kind());
            value == Some(ShapeKind::String) && entries.values().all(Value::is_string)
        }
        _ => false,
    };
    fits.then(|| given.clone())
}

/// What the arguments say about each item of a list of structures: of a list with the same name, of entries with an `Id`,
/// or of a list of texts for one of the item's members.
fn rows(list: &str, item: Shape, scopes: &Scopes<'_>) -> Vec<Map<String, Value>> {
    let texts: Vec<&'static str> = item
        .members()
        .filter(|member| member.shape().kind() == ShapeKind::String)
        .map(|member| member.name())
        .collect();
    for (name, value) in scopes.iter().rev().flat_map(|scope| scope.iter()) {
        let Some(values) = value.as_array().filter(|values| !values.is_empty()) else {
            continue;
        };
        let singular = texts
            .iter()
            .find(|text| name.strip_suffix('s') == Some(text));
        let row = |value: &Value| match (value, singular) {
            (Value::String(_), Some(singular)) => {
                Some(Map::from_iter([((*singular).to_owned(), value.clone())]))
            }
            (Value::Object(fields), _)
                if name == list || (texts.contains(&"Id") && fields.contains_key("Id")) =>
            {
                Some(fields.clone())
            }
            _ => None,
        };
        if let Some(rows) = values.iter().map(row).collect() {
            return rows;
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use service_models::catalog;

    fn place() -> Place {
        Place {
            partition: "aws".to_owned(),
            region: "eu-west-1".to_owned(),
            account_id: "111122223333".to_owned(),
        }
    }

    fn sampled(segment: &str, action: &str, arguments: Value) -> Value {
        let operation = catalog()
            .service(segment)
            .unwrap()
            .operation(action)
            .unwrap();
        let Value::Object(arguments) = arguments else {
            panic!("{arguments}")
        };
        let first = result(operation, &arguments, &place());
        assert_eq!(
            first,
            result(operation, &arguments, &place()),
            "the same again"
        );
        first
    }

    #[test]
    fn paths_of_what_comes_after_are_there() {
        let run = sampled(
            "ec2",
            "runInstances",
            json!({"MinCount": 1, "MaxCount": 1, "ImageId": "ami-1"}),
        );
        let instance = &run["Instances"][0];
        assert_eq!(instance["InstanceId"], "stepwright-dry-run-InstanceId");
        assert_eq!(instance["ImageId"], "ami-1", "as it was asked for");
        assert_eq!(instance["State"]["Name"], "pending");
        assert!(mentions_placeholder(&run));
        let created = sampled("sfn", "startExecution", json!({"stateMachineArn": "arn:x"}));
        assert_eq!(
            created["ExecutionArn"],
            "arn:aws:states:eu-west-1:111122223333:stepwright-dry-run/ExecutionArn"
        );
        assert!(created["StartDate"].is_string());
    }

    #[test]
    fn what_the_arguments_name_comes_back() {
        let stopped = sampled(
            "ec2",
            "stopInstances",
            json!({"InstanceIds": ["i-1", "i-2"]}),
        );
        let ids: Vec<&Value> = stopped["StoppingInstances"]
            .as_array()
            .unwrap()
            .iter()
            .map(|instance| &instance["InstanceId"])
            .collect();
        assert_eq!(ids, ["i-1", "i-2"]);
        let sent = sampled(
            "sqs",
            "sendMessageBatch",
            json!({"QueueUrl": "q", "Entries": [{"Id": "a"}, {"Id": "b"}]}),
        );
        assert_eq!(sent["Successful"][1]["Id"], "b");
        let interfaces = json!([{"SubnetId": "s-1"}, {"SubnetId": "s-2"}]);
        let run = sampled(
            "ec2",
            "runInstances",
            json!({"NetworkInterfaces": interfaces}),
        );
        assert_eq!(
            run["Instances"].as_array().unwrap().len(),
            1,
            "no instance each"
        );
        let database = sampled(
            "rds",
            "rebootDBInstance",
            json!({"DBInstanceIdentifier": "db"}),
        );
        assert_eq!(database["DbInstance"]["DbInstanceIdentifier"], "db");
    }

    #[test]
    fn nothing_fails_and_there_is_no_next_page() {
        let written = sampled(
            "dynamodb",
            "batchWriteItem",
            json!({"RequestItems": {"t": []}}),
        );
        assert_eq!(written["UnprocessedItems"], json!({}));
        let put = sampled(
            "eventbridge",
            "putEvents",
            json!({"Entries": [{"Source": "s"}]}),
        );
        assert_eq!(put["FailedEntryCount"], 0);
        assert_eq!(put["Entries"][0].get("ErrorCode"), None);
        let page = sampled("ec2", "describeInstances", json!({"InstanceIds": ["i-1"]}));
        assert_eq!(page.get("NextToken"), None);
        assert_eq!(page["Reservations"][0]["Instances"][0]["InstanceId"], "i-1");
        let invoked = sampled("lambda", "invoke", json!({"FunctionName": "f"}));
        assert_eq!(invoked["StatusCode"], 200);
        assert_eq!(invoked.get("FunctionError"), None);
        assert_eq!(invoked["Payload"], "{}");
        let invoked = sampled("lambda", "invoke", json!({"Payload": r#"{"a":1}"#}));
        assert_eq!(invoked["Payload"], r#"{"a":1}"#, "what it gets");
    }

    #[test]
    fn every_operation_has_an_answer_of_its_shape_that_fits_a_state() {
        for operation in catalog()
            .services()
            .flat_map(|service| service.operations())
        {
            let answer = result(operation, &Map::new(), &place());
            if let Some(output) = operation.output() {
                assert_shape(output, &answer, operation);
            }
            let size = answer.to_string().len();
            assert!(size < 256 * 1024, "{operation:?}: {size}");
        }
    }

    fn assert_shape(shape: Shape, value: &Value, operation: Operation) {
        let fits = match shape.kind() {
            ShapeKind::Structure => value.is_object(),
            ShapeKind::List => value.is_array(),
            ShapeKind::Map => value.is_object(),
            ShapeKind::String | ShapeKind::Blob | ShapeKind::Timestamp => value.is_string(),
            ShapeKind::Boolean => value.is_boolean(),
            _ => value.is_number(),
        };
        assert!(fits, "{operation:?}: {shape:?} {value}");
        match value {
            Value::Object(fields) if shape.kind() == ShapeKind::Structure => {
                for (name, value) in fields {
                    let member = shape.member(name).unwrap();
                    assert_eq!(member.sfn_name(), name);
                    assert_shape(member.shape(), value, operation);
                }
            }
            Value::Array(items) => {
                let member = shape.list_member().unwrap();
                items
                    .iter()
                    .for_each(|item| assert_shape(member.shape(), item, operation));
            }
            _ => {}
        }
    }
}

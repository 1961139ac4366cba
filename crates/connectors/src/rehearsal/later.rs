//! How a real answer may look later, for a loop that waits for what was never written.

use serde_json::{Map, Value};
use service_models::{Shape, ShapeKind};

use crate::call::{ResourceRef, operation};

/// An answer with its states changed: every enumeration that tells a state (`TargetHealth.State`, `Status`) has another of its
/// values, the `n`th, hopeful ones first. `None` when there is no such one (any more).
pub fn later(resource: &ResourceRef, answer: &Value, n: usize) -> Option<Value> {
    // The results of other integrations have other names.
    let ResourceRef::AwsSdk { .. } = resource else {
        return None;
    };
    let output = operation(resource)?.output()?;
    let mut has_changed = false;
    let changed = change(output, answer, false, n, &mut has_changed);
    has_changed.then_some(changed)
}

fn change(shape: Shape, value: &Value, is_state: bool, n: usize, has_changed: &mut bool) -> Value {
    match (shape.kind(), value) {
        (ShapeKind::Structure, Value::Object(fields)) => {
            let fields = fields.iter().map(|(name, value)| {
                let value = match shape.member(name) {
                    Some(member) => {
                        let is_state = is_state || tells_a_state(name);
                        change(member.shape(), value, is_state, n, has_changed)
                    }
                    None => value.clone(),
                };
                (name.clone(), value)
            });
            Value::Object(fields.collect::<Map<_, _>>())
        }
        (ShapeKind::List, Value::Array(items)) => match shape.list_member() {
            Some(member) => items
                .iter()
                .map(|item| change(member.shape(), item, is_state, n, has_changed))
                .collect(),
            None => value.clone(),
        },
        (ShapeKind::String, Value::String(current)) if is_state => {
            let (hopeless, hopeful): (Vec<&str>, Vec<&str>) = shape
                .enum_values()
                .iter()
                .filter(|value| *value != current)
                .partition(|value| is_hopeless(value));
            match hopeful.iter().chain(&hopeless).nth(n) {
                Some(other) => {
                    *has_changed = true;
                    (*other).into()
                }
                None => value.clone(),
            }
        }
        _ => value.clone(),
    }
}

fn tells_a_state(name: &str) -> bool {
    ["State", "Status", "Health", "Phase", "Progress"]
        .iter()
        .any(|word| name.contains(word))
}

fn is_hopeless(value: &str) -> bool {
    const WORDS: &[&str] = &[
        "abort",
        "cancel",
        "delet",
        "error",
        "expire",
        "fail",
        "invalid",
        "reject",
        "terminat",
        "shutting",
        "timed",
        "unavailable",
        "unhealthy",
    ];
    let lower = value.to_ascii_lowercase();
    WORDS.iter().any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn all(service: &str, action: &str, answer: Value) -> Vec<Value> {
        let resource = ResourceRef::AwsSdk {
            service: service.to_owned(),
            action: action.to_owned(),
        };
        (0..).map_while(|n| later(&resource, &answer, n)).collect()
    }

    #[test]
    fn states_change_hopeful_ones_first_and_nothing_else_does() {
        let instance = |state: &str| {
            json!({"Reservations": [{"Instances": [
                {"InstanceId": "i-1", "Architecture": "arm64", "State": {"Code": 80, "Name": state}}]}]})
        };
        let later = all("ec2", "describeInstances", instance("stopped"));
        let states = [
            "pending",
            "running",
            "stopping",
            "shutting-down",
            "terminated",
        ];
        assert_eq!(later, states.map(instance));
        let target =
            |state: &str| json!({"TargetHealthDescriptions": [{"TargetHealth": {"State": state}}]});
        let later = all(
            "elasticloadbalancingv2",
            "describeTargetHealth",
            target("healthy"),
        );
        assert_eq!(later[..3], ["initial", "unused", "draining"].map(target));
    }

    #[test]
    fn what_has_no_states_stays() {
        let database = json!({"DbInstances": [{"DbInstanceStatus": "stopped"}]});
        assert!(
            all("rds", "describeDBInstances", database).is_empty(),
            "any text is a status there"
        );
        assert!(all("sts", "getCallerIdentity", json!({"Account": "1"})).is_empty());
    }
}

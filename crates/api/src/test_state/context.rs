//! The context object that a tested state sees.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html>

use interpreter::Identity;
use interpreter::time::iso_of_millis;
use query::Payload;
use serde_json::{Value, json};

use super::definition::{Found, STATE_NAME};
use crate::Error;

/// What a context may hold, and of which type: `s`tring, `n`umber or `a`ny.
const FIELDS: [(&str, &[(&str, char)]); 4] = [
    (
        "Execution",
        &[
            ("Id", 's'),
            ("Input", 'a'),
            ("Name", 's'),
            ("RedriveCount", 'n'),
            ("RedriveTime", 's'),
            ("RoleArn", 's'),
            ("StartTime", 's'),
        ],
    ),
    (
        "State",
        &[("EnteredTime", 's'), ("Name", 's'), ("RetryCount", 'n')],
    ),
    ("StateMachine", &[("Id", 's'), ("Name", 's')]),
    ("Task", &[("Token", 's')]),
];

/// The one that a test gives.
pub(super) fn given(text: &str, input: &Payload, found: &Found) -> Result<Value, Error> {
    let refused = |why: String| {
        Err(Error::validation(format!(
            "Invalid Context object provided: {why}"
        )))
    };
    let Ok(Value::Object(mut context)) = serde_json::from_str::<Value>(text) else {
        return refused("it must be a JSON object".to_owned());
    };
    for (name, value) in &context {
        if name == "Map" {
            return refused(
                "'Map' field is not supported when mocking a Context object".to_owned(),
            );
        }
        if name == "Task" && !found.waits_for_others() {
            return refused(
                "Context object contains 'Task' when state is not a Task state with a '.sync' or '.waitForTaskToken' \
                 service integration pattern"
                    .to_owned(),
            );
        }
        let Some((_, fields)) = FIELDS.iter().find(|(known, _)| known == name) else {
            return refused(format!("Field '{name}' is not allowed"));
        };
        let Some(members) = value.as_object() else {
            return refused(format!("Field '{name}' must be an object"));
        };
        for (name, value) in members {
            let wanted = fields.iter().find(|(known, _)| known == name);
            match wanted.map(|(_, wanted)| wanted) {
                None => return refused(format!("Field '{name}' is not allowed")),
                Some('s') if !value.is_string() => {
                    return refused(format!("Field '{name}' must be a string"));
                }
                Some('n') if !value.is_number() => {
                    return refused(format!("Field '{name}' must be a number"));
                }
                Some(_) => {}
            }
        }
    }
    // It cannot be given, and expressions of the state may read it.
    if found.is_in_a_map {
        context.insert("Map".to_owned(), item(input));
    }
    Ok(Value::Object(context))
}

/// Of a state inside of a Map: its input is the item.
fn item(input: &Payload) -> Value {
    json!({"Item": {"Index": 0, "Value": input.value()}})
}

/// The one of a test that gives none.
pub(super) fn own(identity: &Identity, input: &Payload, found: &Found, now_millis: i64) -> Value {
    let now = iso_of_millis(now_millis);
    let role_arn = match identity.role_arn.is_empty() {
        true => Value::Null,
        false => identity.role_arn.as_ref().into(),
    };
    let mut context = json!({
        "Execution": {
            "Id": identity.execution_arn.as_ref(),
            "Input": input.value(),
            "StartTime": now,
            "Name": identity.execution_name.as_ref(),
            "RoleArn": role_arn,
        },
        "StateMachine": {
            "Id": identity.state_machine_arn.as_ref(),
            "Name": identity.state_machine_name.as_ref(),
        },
        "State": {"Name": STATE_NAME, "EnteredTime": now},
    });
    if matches!(found.kind(), "Task" | "Map" | "Parallel") {
        context["State"]["RetryCount"] = 0.into();
    }
    if found.waits_for_others() {
        // Nobody can answer it: the state is mocked.
        context["Task"] = json!({"Token": identity.execution_name.as_ref()});
    }
    if found.is_in_a_map {
        context["Map"] = item(input);
    }
    context
}

//! `events:putEvents`: entries tell which execution sent them, and one that is refused fails the task.

use serde_json::{Value, json};

use crate::aws::ApiAnswer;
use crate::call::CallRequest;
use crate::failure::TaskFailure;

/// The arguments with the state machine's and the execution's ARN among the resources of each entry.
pub fn with_resources(request: &CallRequest) -> Value {
    let mut arguments = request.arguments.clone();
    let Some(execution_arn) = &request.execution_arn else {
        return arguments;
    };
    let entries = arguments.get_mut("Entries").and_then(Value::as_array_mut);
    for entry in entries
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
    {
        let resources = entry.entry("Resources").or_insert(Value::Null);
        if resources.is_null() {
            *resources = json!([]);
        }
        // What is no list stays as it is: the arguments are refused for it.
        if let Value::Array(resources) = resources {
            resources.extend(state_machine_arn(execution_arn).map(Value::String));
            resources.push(Value::String(execution_arn.clone()));
        }
    }
    arguments
}

/// The result without the metadata that others have, as recorded; a failure when one entry was refused.
pub fn all_taken(answer: ApiAnswer) -> Result<Value, TaskFailure> {
    let mut result = answer.result;
    result.sort_all_objects();
    match result.get("FailedEntryCount").and_then(Value::as_u64) {
        Some(0) | None => Ok(result),
        Some(_) => Err(TaskFailure::new(
            "EventBridge.FailedEntry",
            result.to_string(),
        )),
    }
}

/// `arn:…:stateMachine:NAME` of `arn:…:execution:NAME:EXECUTION`. None when it is no execution's ARN.
fn state_machine_arn(execution_arn: &str) -> Option<String> {
    let (place, names) = execution_arn
        .split_once(":execution:")
        .or_else(|| execution_arn.split_once(":express:"))?;
    let (machine, _) = names.split_once(':')?;
    Some(format!("{place}:stateMachine:{machine}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::ResourceRef;
    use http::HeaderMap;

    const EXECUTION: &str = "arn:aws:states:eu-west-1:123456789012:execution:m:e";
    const MACHINE: &str = "arn:aws:states:eu-west-1:123456789012:stateMachine:m";

    fn sent(arguments: Value, execution_arn: Option<&str>) -> Value {
        with_resources(&CallRequest {
            resource: ResourceRef::Optimized {
                service: "events".into(),
                action: "putEvents".into(),
            },
            arguments,
            role_arn: None,
            call_key: String::new(),
            execution_arn: execution_arn.map(str::to_owned),
        })
    }

    #[test]
    fn entries_name_machine_and_execution_last() {
        let arguments = json!({"Entries": [{"Resources": ["a"]}, {"Resources": null}, {}, 1]});
        let expected = json!({"Entries": [
            {"Resources": ["a", MACHINE, EXECUTION]},
            {"Resources": [MACHINE, EXECUTION]},
            {"Resources": [MACHINE, EXECUTION]},
            1,
        ]});
        assert_eq!(sent(arguments, Some(EXECUTION)), expected);
        for arguments in [
            json!({}),
            json!({"Entries": {}}),
            json!({"Entries": [{"Resources": "a"}]}),
            json!([]),
        ] {
            assert_eq!(sent(arguments.clone(), Some(EXECUTION)), arguments);
        }
        assert_eq!(
            sent(json!({"Entries": [{}]}), None),
            json!({"Entries": [{}]})
        );
    }

    #[test]
    fn machines_are_found_in_arns_of_executions() {
        let express = "arn:aws:states:eu-west-1:123456789012:express:m:e:run";
        assert_eq!(state_machine_arn(express).as_deref(), Some(MACHINE));
        for arn in ["", "m:e", "arn:aws:states:eu-west-1:1:execution:m"] {
            assert_eq!(state_machine_arn(arn), None);
        }
    }

    #[test]
    fn one_refused_entry_fails_all() {
        let answer = |result| ApiAnswer {
            status: 200,
            headers: HeaderMap::new(),
            result,
        };
        let taken = json!({"Entries": [{"EventId": "1"}], "FailedEntryCount": 0});
        assert_eq!(all_taken(answer(taken.clone())), Ok(taken));
        let refused =
            json!({"FailedEntryCount": 1, "Entries": [{"ErrorMessage": "m", "ErrorCode": "c"}]});
        let cause = r#"{"Entries":[{"ErrorCode":"c","ErrorMessage":"m"}],"FailedEntryCount":1}"#;
        assert_eq!(
            all_taken(answer(refused)),
            Err(TaskFailure::new("EventBridge.FailedEntry", cause))
        );
    }
}

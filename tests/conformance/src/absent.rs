//! What a recording shows the traces of and does not hold: state machines that are started by others, whoever answers a task.

use serde_json::{Value, json};

const MACHINE: &str = "arn:aws:states:us-east-1:123456789012:stateMachine:";

/// State machines, as the runs of a case are, that a run names and the case does not create. What they are can be told from how
/// they ended.
pub fn targets(case: &Value, run: &Value) -> Vec<Value> {
    let parse = |text: &Value| -> Option<Value> { serde_json::from_str(text.as_str()?).ok() };
    let mut names = Vec::new();
    for value in [&run["input"], &run["definition"]] {
        collect_names(&parse(value).unwrap_or_default(), &mut names);
    }
    let recorded = |name: &str| {
        let mut runs = case["runs"].as_array().into_iter().flatten();
        runs.any(|run| run["state_machine_name"] == name)
    };
    let end = end(&run["expected"]["history"]);
    let definition = json!({"StartAt": "End", "States": {"End": end}}).to_string();
    let names = names.into_iter().filter(|name| !recorded(name));
    names
        .map(|name| {
            json!({
                "state_machine_name": name,
                "definition": definition,
                "role_arn": run["role_arn"],
                "type": run["type"],
            })
        })
        .collect()
}

fn collect_names(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::String(text) => names.extend(text.strip_prefix(MACHINE).map(str::to_owned)),
        Value::Array(items) => items.iter().for_each(|item| collect_names(item, names)),
        Value::Object(object) => object.values().for_each(|item| collect_names(item, names)),
        _ => {}
    }
}

/// The only state of a machine that ended as another one's history says.
fn end(history: &Value) -> Value {
    let mut end = json!({"Type": "Pass", "End": true});
    for event in history.as_array().into_iter().flatten() {
        let output = &event["taskSucceededEventDetails"]["output"]["Output"];
        let failure = &event["taskFailedEventDetails"]["cause"];
        match output {
            Value::Null => {}
            Value::String(text) => {
                end["Result"] = serde_json::from_str(text).unwrap_or_default();
            }
            output => end["Result"] = output.clone(),
        }
        if failure["Error"].is_string() {
            end = json!({"Type": "Fail"});
            for member in ["Error", "Cause"] {
                if failure[member].is_string() {
                    end[member] = failure[member].clone();
                }
            }
        }
    }
    end
}

/// How a task that waits for its token was answered.
pub struct TaskAnswer<'a> {
    event: &'a Value,
}

impl TaskAnswer<'_> {
    /// None: there is no such task, or nobody answered it.
    pub fn of(history: &Value) -> Option<TaskAnswer<'_>> {
        let is_answer = |event: &&Value| {
            let succeeded = &event["taskSucceededEventDetails"]["resource"];
            let failed = &event["taskFailedEventDetails"]["resource"];
            let resource = succeeded.as_str().or(failed.as_str());
            resource.is_some_and(|resource| resource.ends_with(".waitForTaskToken"))
        };
        let event = history.as_array()?.iter().find(is_answer)?;
        Some(TaskAnswer { event })
    }

    /// The call that answers it, once the history says that it was submitted.
    pub fn call(&self, events: &Value) -> Option<(&'static str, Value)> {
        let events = events.as_array()?;
        if events.last()?["type"] != "TaskSubmitted" {
            return None;
        }
        let mut parameters = events
            .iter()
            .filter_map(|event| event["taskScheduledEventDetails"]["parameters"].as_str());
        let parameters: Value = serde_json::from_str(parameters.next_back()?).ok()?;
        let token = task_token(&parameters)?;
        let succeeded = &self.event["taskSucceededEventDetails"];
        if succeeded.is_object() {
            let output = match &succeeded["output"] {
                Value::String(text) => text.clone(),
                output => output.to_string(),
            };
            return Some((
                "SendTaskSuccess",
                json!({"taskToken": token, "output": output}),
            ));
        }
        let mut failure = json!({"taskToken": token});
        for member in ["error", "cause"] {
            let value = &self.event["taskFailedEventDetails"][member];
            if value.is_string() {
                failure[member] = value.clone();
            }
        }
        Some(("SendTaskFailure", failure))
    }
}

/// The value of the first member of that name, at any depth.
fn task_token(value: &Value) -> Option<&str> {
    match value {
        Value::Object(object) => object
            .get("TaskToken")
            .and_then(Value::as_str)
            .or_else(|| object.values().find_map(task_token)),
        Value::Array(items) => items.iter().find_map(task_token),
        _ => None,
    }
}

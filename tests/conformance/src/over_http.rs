//! A recorded case played on a running server, as its README says.

use std::time::{Duration, Instant};

use harness::Client;
use serde_json::{Map, Value, json};

use crate::absent;
use crate::compare::{Comparison, parse_embedded, replace, unorder_parallel};

/// How long an execution or an answer that was waited for may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks at something that is not yet as wanted.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// Headers of HTTP answers, ours and other services'.
const NOISE: [&str; 3] = ["AllHttpHeaders", "HttpHeaders", "HTTPHeaders"];

/// Plays the case; an error says all differences.
pub fn play(case: &Value, client: Client) -> Result<(), String> {
    let mut player = Player {
        case,
        client,
        comparison: Comparison::new(&case["wildcards"], &case["tokens"], NOISE.to_vec()),
        execution_names: Vec::new(),
    };
    match case["kind"].as_str() {
        Some("execution") => player.runs()?,
        Some("script") => player.steps()?,
        other => return Err(format!("a case of the unknown kind {other:?}")),
    }
    match player.comparison.differences.as_slice() {
        [] => Ok(()),
        differences => Err(differences.join("\n    ")),
    }
}

struct Player<'a> {
    case: &'a Value,
    client: Client,
    comparison: Comparison<'a>,
    execution_names: Vec<String>,
}

impl Player<'_> {
    fn runs(&mut self) -> Result<(), String> {
        let mut machines = Vec::new();
        let runs = self.case["runs"].as_array().ok_or("no runs")?;
        for (index, run) in runs.iter().enumerate() {
            self.create_targets(run)?;
            let machine = match &run["definition"] {
                Value::String(_) => self.create(run)?,
                same => {
                    let earlier = same["$same_as_run"].as_u64().ok_or("no definition")?;
                    let machine: &Value = machines.get(earlier as usize).ok_or("no such run")?;
                    machine.clone()
                }
            };
            machines.push(machine.clone());
            let mut start = json!({"stateMachineArn": machine, "input": run["input"]});
            if run["execution_name"].is_string() {
                start["name"] = run["execution_name"].clone();
            }
            let started = self.succeed("StartExecution", &start)?;
            let execution = json!({"executionArn": started["executionArn"]});
            self.execution_names.push(name(&started)?);
            self.answer_task(&execution, &run["expected"]["history"])?;
            let events = self.ended(&execution)?;
            let mut described = self.succeed("DescribeExecution", &execution)?;
            if let Some(described) = described.as_object_mut() {
                described.remove("ResponseMetadata");
            }
            self.compare_run(&run["expected"], events, &described)
                .map_err(|why| format!("run {index}: {why}"))?;
        }
        Ok(())
    }

    fn create_targets(&mut self, run: &Value) -> Result<(), String> {
        for target in absent::targets(self.case, run) {
            self.create(&target)?;
        }
        Ok(())
    }

    fn create(&mut self, run: &Value) -> Result<Value, String> {
        let mut create = json!({
            "name": run["state_machine_name"],
            "definition": run["definition"],
            "roleArn": run["role_arn"],
            "type": run["type"],
        });
        if run["logging_configuration"].is_object() {
            create["loggingConfiguration"] = run["logging_configuration"].clone();
        }
        let mut created = self.succeed("CreateStateMachine", &create)?;
        Ok(created["stateMachineArn"].take())
    }

    fn compare_run(
        &mut self,
        expected: &Value,
        events: Value,
        described: &Value,
    ) -> Result<(), String> {
        if let Some(history) = expected.get("history") {
            let mut expected = history.clone();
            let mut actual = self.prepared(&events, history)?;
            if self.case["parallel_unordered"] == true {
                expected.as_array_mut().map(unorder_parallel);
                actual.as_array_mut().map(unorder_parallel);
            }
            self.comparison.compare(&expected, &actual, "");
        }
        if let Some(expected) = expected.get("describe") {
            let actual = self.prepared(described, expected)?;
            self.comparison.compare(expected, &actual, "describe");
        }
        if let Some(expected) = expected.get("output") {
            let text = described["output"]
                .as_str()
                .ok_or_else(|| format!("expected output {expected}, got {described}"))?;
            let output = match expected {
                Value::String(_) => Value::from(text),
                _ => serde_json::from_str(text).map_err(|error| error.to_string())?,
            };
            let actual = replace(
                &output,
                expected,
                &self.case["replacements"],
                &self.execution_names,
            )?;
            self.comparison.compare(expected, &actual, "output");
        }
        Ok(())
    }

    /// Plays whoever answered the execution's task token in the recording.
    fn answer_task(&mut self, execution: &Value, expected: &Value) -> Result<(), String> {
        let Some(answer) = absent::TaskAnswer::of(expected) else {
            return Ok(());
        };
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            let page = self.succeed("GetExecutionHistory", execution)?;
            if let Some((operation, parameters)) = answer.call(&page["events"]) {
                return self.succeed(operation, &parameters).map(drop);
            }
            std::thread::sleep(LOOK_AGAIN);
        }
        Err("the task was not submitted".to_owned())
    }

    fn steps(&mut self) -> Result<(), String> {
        let mut answers: Vec<Value> = Vec::new();
        for (index, step) in self.case["steps"]
            .as_array()
            .into_iter()
            .flatten()
            .enumerate()
        {
            let place = |why: String| format!("step {index}: {why}");
            let parameters = resolve(&step["params"], &answers).map_err(place)?;
            let answer = self.step(step, &parameters).map_err(place)?;
            if answer["executionArn"].is_string()
                && parameters["name"].is_null()
                && step["op"]
                    .as_str()
                    .is_some_and(|op| op.starts_with("Start"))
            {
                self.execution_names.push(name(&answer)?);
            }
            self.compare_step(step, index, &answer).map_err(place)?;
            answers.push(answer);
        }
        Ok(())
    }

    /// A call of a script. What was repeated in the recording until it was as wanted is repeated here.
    fn step(&mut self, step: &Value, parameters: &Value) -> Result<Value, String> {
        let operation = step["op"].as_str().ok_or("no operation")?;
        if operation == "GetExecutionHistory" && step["expect"].get("exception").is_none() {
            let events = self.ended(parameters)?;
            return Ok(json!({"events": events, "ResponseMetadata": {"HTTPStatusCode": 200}}));
        }
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer = self.call(operation, parameters)?;
            if step["poll"] != true
                || self.is_as_wanted(step, &answer)?
                || Instant::now() > deadline
            {
                return Ok(answer);
            }
            std::thread::sleep(LOOK_AGAIN);
        }
    }

    fn is_as_wanted(&mut self, step: &Value, answer: &Value) -> Result<bool, String> {
        let before = self.comparison.differences.len();
        self.compare_step(step, 0, answer)?;
        let same = self.comparison.differences.len() == before;
        self.comparison.differences.truncate(before);
        Ok(same)
    }

    fn compare_step(&mut self, step: &Value, index: usize, answer: &Value) -> Result<(), String> {
        for (key, expected) in step["expect"].as_object().into_iter().flatten() {
            let answer = match expected.get("exception_typename") {
                Some(_) => exception(step, answer),
                None => answer.clone(),
            };
            let actual = self.prepared(&answer, expected)?;
            let place = format!("step {index} {key}");
            self.comparison.compare(expected, &actual, &place);
        }
        if step.get("expect").is_none() && answer["Error"].is_object() {
            return Err(format!("{} answers {}", step["op"], answer["Error"]));
        }
        Ok(())
    }

    fn prepared(&self, actual: &Value, expected: &Value) -> Result<Value, String> {
        replace(
            &parse_embedded(actual.clone()),
            expected,
            &self.case["replacements"],
            &self.execution_names,
        )
    }

    /// All events, when the last of them ends the execution.
    fn ended(&mut self, execution: &Value) -> Result<Value, String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let described = self.succeed("DescribeExecution", execution)?;
            if described["status"] != "RUNNING" {
                break;
            }
            if Instant::now() > deadline {
                let page = self.succeed("GetExecutionHistory", execution)?;
                let last = page["events"].as_array().and_then(|events| events.last());
                return Err(format!("did not end; the last event: {last:?}"));
            }
            std::thread::sleep(LOOK_AGAIN);
        }
        let mut events = Vec::new();
        let mut parameters = json!({"executionArn": execution["executionArn"], "maxResults": 1000});
        loop {
            let mut page = self.succeed("GetExecutionHistory", &parameters)?;
            if let Value::Array(more) = page["events"].take() {
                events.extend(more);
            }
            match page["nextToken"].take() {
                Value::Null => return Ok(events.into()),
                token => parameters["nextToken"] = token,
            }
        }
    }

    fn succeed(&mut self, operation: &str, parameters: &Value) -> Result<Value, String> {
        let answer = self.call(operation, parameters)?;
        match answer.get("Error") {
            Some(error) => Err(format!("{operation}: {error}")),
            None => Ok(answer),
        }
    }

    /// The answer as boto3 shows it: an error's code and message apart, and the status.
    fn call(&mut self, operation: &str, parameters: &Value) -> Result<Value, String> {
        let (status, body) = self
            .client
            .exchange(operation, parameters.to_string().as_bytes())
            .map_err(|error| format!("{operation}: {error}"))?;
        let mut answer: Map<String, Value> = serde_json::from_slice(&body)
            .map_err(|error| format!("{operation} answers no object: {error}"))?;
        if status != 200 {
            let kind = answer.remove("__type").unwrap_or_default();
            let code = kind.as_str().and_then(|kind| kind.rsplit('#').next());
            let message = answer.get("message").or(answer.get("Message"));
            let error = json!({"Code": code, "Message": message});
            answer.insert("Error".to_owned(), error);
        }
        let metadata = json!({"HTTPStatusCode": status});
        answer.insert("ResponseMetadata".to_owned(), metadata);
        Ok(answer.into())
    }
}

/// An error's class and text in boto3.
fn exception(step: &Value, answer: &Value) -> Value {
    let error = &answer["Error"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (code, message) = (text(&error["Code"]), text(&error["Message"]));
    json!({
        "exception_typename": code,
        "exception_value": format!(
            "An error occurred ({code}) when calling the {} operation: {message}",
            text(&step["op"])
        ),
    })
}

/// The name of a started execution. In the ARN of an Express one a unique part follows, and the recordings mean that.
fn name(started: &Value) -> Result<String, String> {
    let arn = started["executionArn"].as_str();
    let name = arn.and_then(|arn| arn.rsplit(':').next());
    name.map(str::to_owned)
        .ok_or_else(|| format!("no executionArn in {started}"))
}

/// References to earlier answers, followed.
fn resolve(parameters: &Value, answers: &[Value]) -> Result<Value, String> {
    match parameters {
        Value::Object(object) => {
            if let Some(from) = object.get("$from") {
                let found = from[0]
                    .as_u64()
                    .and_then(|index| answers.get(index as usize))
                    .zip(from[1].as_str())
                    .and_then(|(answer, field)| answer.get(field));
                return found.cloned().ok_or_else(|| format!("nothing at {from}"));
            }
            if let Some(parts) = object.get("$concat").and_then(Value::as_array) {
                let mut text = String::new();
                for part in parts {
                    match resolve(part, answers)? {
                        Value::String(part) => text.push_str(&part),
                        other => return Err(format!("{other} is no text")),
                    }
                }
                return Ok(text.into());
            }
            object
                .iter()
                .map(|(key, value)| Ok((key.clone(), resolve(value, answers)?)))
                .collect::<Result<Map<_, _>, String>>()
                .map(Value::Object)
        }
        Value::Array(items) => items.iter().map(|item| resolve(item, answers)).collect(),
        other => Ok(other.clone()),
    }
}

//! Answers to calls, written down beside a case.

use std::collections::BTreeMap;
use std::sync::Mutex;

use engine::{Answer, Calls};
use interpreter::{Call, CallFailure, CallKey, CallResult};
use query::Payload;
use serde_json::Value;
use store::ExecutionId;

/// By state name, in order: `{"Return": value}`, `{"Throw": {"Error": …, "Cause": …}}` or `"Hang"`.
#[derive(Default)]
pub struct Scripted {
    answers: Mutex<BTreeMap<String, Vec<Value>>>,
    /// Answers that never came, kept open.
    hanging: Mutex<Vec<Answer>>,
}

impl Scripted {
    pub fn new(answers: &Value) -> Scripted {
        let object = answers.as_object().cloned().unwrap_or_default();
        let answers = object.into_iter().map(|(state, list)| {
            let mut list = list.as_array().cloned().unwrap_or_default();
            list.reverse();
            (state, list)
        });
        Scripted {
            answers: Mutex::new(answers.collect()),
            hanging: Mutex::default(),
        }
    }
}

impl Calls for Scripted {
    fn begin(&self, _: &ExecutionId, call: Box<Call>, answer: Answer) {
        let next = self
            .answers
            .lock()
            .unwrap()
            .get_mut(call.state_name.as_ref())
            .and_then(Vec::pop);
        match next {
            Some(Value::String(hang)) if hang == "Hang" => {
                self.hanging.lock().unwrap().push(answer)
            }
            Some(next) => answer.send(result(&next)),
            None => answer.send(Err(CallFailure {
                error: "Unscripted".into(),
                cause: format!("no answer for {}", call.state_name),
            })),
        }
    }

    fn abandon(&self, _: &ExecutionId, _: CallKey) {}
}

/// An answer as it is written down in a case.
pub(crate) fn result(answer: &Value) -> CallResult {
    match (answer.get("Return"), answer.get("Throw")) {
        (Some(value), _) => Ok(Payload::from_value(value.clone())),
        (_, Some(throw)) => {
            let text = |key: &str| throw[key].as_str().unwrap_or("").to_owned();
            Err(CallFailure {
                error: text("Error"),
                cause: text("Cause"),
            })
        }
        _ => Err(CallFailure {
            error: "BadScript".into(),
            cause: answer.to_string(),
        }),
    }
}

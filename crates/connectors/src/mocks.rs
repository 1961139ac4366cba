//! The mock configuration file of AWS Step Functions Local.
//!
//! `StateMachines/<machine>/TestCases/<case>` names a mocked response for each state; `MockedResponses/<name>` numbers the
//! answers of a response: `"0"`, `"1-2"`, each with `Return` or `Throw` (Step Functions Developer Guide, "Configuration file
//! for mocked service integrations"). The numbers count a state's calls during an execution: retries, loops and Map
//! iterations count on, as Step Functions Local 2.0 does it. There is no answer past the last number.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::Mutex;

use serde_json::{Map, Value};

use crate::failure::TaskFailure;

/// What is wrong with a mock file, or what it lacks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MockError {
    #[error("the mock file is no JSON: {0}")]
    Json(String),
    #[error("the mock file's {place} must be {wanted}")]
    Shape { place: String, wanted: &'static str },
    #[error("the mock file has no state machine {name} (it has: {known})")]
    UnknownMachine { name: String, known: String },
    #[error("the mock file has no test case {name} for state machine {machine} (it has: {known})")]
    UnknownCase {
        machine: String,
        name: String,
        known: String,
    },
    #[error(
        "test case {case} answers state {state} with {name}, which is not in MockedResponses (these are: {known})"
    )]
    UnknownResponse {
        case: String,
        state: String,
        name: String,
        known: String,
    },
    #[error(
        "MockedResponses/{response}: {key:?} is no number such as \"0\" and no range such as \"1-2\""
    )]
    BadNumber { response: String, key: String },
    #[error(
        "MockedResponses/{response} has no answer for call {number}: the numbers must start at 0 and leave none out"
    )]
    Gap { response: String, number: u64 },
    #[error("MockedResponses/{response} has more than one answer for call {number}")]
    Overlap { response: String, number: u64 },
    #[error("MockedResponses/{response} has answers for {count} calls of state {state}, and this is call {} of it", number + 1)]
    Exhausted {
        response: String,
        state: String,
        number: u64,
        count: u64,
    },
}

/// A mock file.
#[derive(Debug, Clone)]
pub struct MockFile {
    /// machine -> case -> state -> response
    machines: BTreeMap<String, BTreeMap<String, BTreeMap<String, String>>>,
    responses: BTreeMap<String, Answers>,
}

/// The answers of a mocked response, in order.
#[derive(Debug, Clone, PartialEq)]
struct Answers(Vec<(u64, MockedAnswer)>);

impl Answers {
    /// Calls that have an answer.
    fn count(&self) -> u64 {
        self.0.last().map_or(0, |(last, _)| last + 1)
    }

    fn get(&self, number: u64) -> Option<&MockedAnswer> {
        self.0
            .iter()
            .find(|(last, _)| number <= *last)
            .map(|(_, answer)| answer)
    }
}

/// What a mocked call answers.
#[derive(Debug, Clone, PartialEq)]
pub enum MockedAnswer {
    Return(Value),
    Throw(TaskFailure),
}

impl MockFile {
    pub fn parse(text: &str) -> Result<MockFile, MockError> {
        let file: Value =
            serde_json::from_str(text).map_err(|error| MockError::Json(error.to_string()))?;
        let file = object(&file, "top level")?;
        let mut responses = BTreeMap::new();
        for (name, answers) in section(file, "MockedResponses")? {
            responses.insert(name.clone(), parse_answers(name, answers)?);
        }
        let mut machines = BTreeMap::new();
        for (machine, value) in section(file, "StateMachines")? {
            let place = format!("StateMachines/{machine}");
            let mut cases = BTreeMap::new();
            for (case, states) in section(object(value, &place)?, "TestCases")? {
                let place = format!("{place}/TestCases/{case}");
                let mut named = BTreeMap::new();
                for (state, response) in object(states, &place)? {
                    let Value::String(response) = response else {
                        let place = format!("{place}/{state}");
                        return Err(MockError::Shape {
                            place,
                            wanted: "the name of a mocked response",
                        });
                    };
                    if !responses.contains_key(response) {
                        return Err(MockError::UnknownResponse {
                            case: case.clone(),
                            state: state.clone(),
                            name: response.clone(),
                            known: list(responses.keys()),
                        });
                    }
                    named.insert(state.clone(), response.clone());
                }
                cases.insert(case.clone(), named);
            }
            machines.insert(machine.clone(), cases);
        }
        Ok(MockFile {
            machines,
            responses,
        })
    }

    /// The state machines that have test cases.
    pub fn machines(&self) -> impl Iterator<Item = &str> {
        self.machines.keys().map(String::as_str)
    }

    /// The test cases of a machine; none for one that is not in the file.
    pub fn cases(&self, machine: &str) -> impl Iterator<Item = &str> {
        self.machines
            .get(machine)
            .into_iter()
            .flat_map(|cases| cases.keys().map(String::as_str))
    }

    /// The answers of a test case.
    pub fn plan(&self, machine: &str, case: &str) -> Result<MockPlan, MockError> {
        let cases = self
            .machines
            .get(machine)
            .ok_or_else(|| MockError::UnknownMachine {
                name: machine.to_owned(),
                known: list(self.machines.keys()),
            })?;
        let states = cases.get(case).ok_or_else(|| MockError::UnknownCase {
            machine: machine.to_owned(),
            name: case.to_owned(),
            known: list(cases.keys()),
        })?;
        let answers = states.iter().filter_map(|(state, response)| {
            Some((
                state.clone(),
                (response.clone(), self.responses.get(response)?.clone()),
            ))
        });
        Ok(MockPlan {
            answers: answers.collect(),
            calls: Mutex::default(),
        })
    }
}

/// The answers of one test case, for one execution.
#[derive(Debug)]
pub struct MockPlan {
    answers: BTreeMap<String, (String, Answers)>,
    calls: Mutex<HashMap<String, u64>>,
}

impl MockPlan {
    /// The states that have answers.
    pub fn states(&self) -> impl Iterator<Item = &str> {
        self.answers.keys().map(String::as_str)
    }

    /// The answer to call `number` (the first is 0) of a state; `None` when the state is not mocked.
    pub fn response(&self, state: &str, number: u64) -> Result<Option<&MockedAnswer>, MockError> {
        let Some((response, answers)) = self.answers.get(state) else {
            return Ok(None);
        };
        answers
            .get(number)
            .map(Some)
            .ok_or_else(|| MockError::Exhausted {
                response: response.clone(),
                state: state.to_owned(),
                number,
                count: answers.count(),
            })
    }

    /// The answer to the next call of a state.
    pub fn next_response(&self, state: &str) -> Result<Option<&MockedAnswer>, MockError> {
        if !self.answers.contains_key(state) {
            return Ok(None);
        }
        let number = {
            // A panic elsewhere while the lock was held cannot have left a half-written number.
            let mut calls = self
                .calls
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            let next = calls.entry(state.to_owned()).or_default();
            let number = *next;
            *next += 1;
            number
        };
        self.response(state, number)
    }
}

fn object<'a>(value: &'a Value, place: &str) -> Result<&'a Map<String, Value>, MockError> {
    value.as_object().ok_or_else(|| MockError::Shape {
        place: place.to_owned(),
        wanted: "an object",
    })
}

/// A field that holds an object; an absent one is empty.
fn section<'a>(
    parent: &'a Map<String, Value>,
    name: &str,
) -> Result<impl Iterator<Item = (&'a String, &'a Value)>, MockError> {
    let fields = parent
        .get(name)
        .map(|value| object(value, name))
        .transpose()?;
    Ok(fields.into_iter().flatten())
}

fn list<'a>(names: impl Iterator<Item = &'a String>) -> String {
    let names: Vec<&str> = names.map(String::as_str).collect();
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

fn parse_answers(response: &str, value: &Value) -> Result<Answers, MockError> {
    let place = format!("MockedResponses/{response}");
    let mut ranges = Vec::new();
    for (key, answer) in object(value, &place)? {
        let (first, last) = parse_range(key).ok_or_else(|| MockError::BadNumber {
            response: response.to_owned(),
            key: key.clone(),
        })?;
        ranges.push((
            first,
            last,
            parse_answer(&format!("{place}/{key}"), answer)?,
        ));
    }
    ranges.sort_by_key(|(first, ..)| *first);
    let mut next = 0;
    for (first, last, _) in &ranges {
        if *first > next {
            return Err(MockError::Gap {
                response: response.to_owned(),
                number: next,
            });
        }
        if *first < next {
            return Err(MockError::Overlap {
                response: response.to_owned(),
                number: *first,
            });
        }
        next = last + 1;
    }
    if ranges.is_empty() {
        return Err(MockError::Gap {
            response: response.to_owned(),
            number: 0,
        });
    }
    Ok(Answers(
        ranges
            .into_iter()
            .map(|(_, last, answer)| (last, answer))
            .collect(),
    ))
}

/// `"3"` or `"3-5"`. Numbers fit 32 bits, so that adding to them cannot overflow.
fn parse_range(key: &str) -> Option<(u64, u64)> {
    let number = |text: &str| text.trim().parse::<u32>().ok().map(u64::from);
    match key.split_once('-') {
        None => number(key).map(|number| (number, number)),
        Some((first, last)) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then_some((first, last))
        }
    }
}

fn parse_answer(place: &str, value: &Value) -> Result<MockedAnswer, MockError> {
    let wrong = |wanted: &'static str| MockError::Shape {
        place: place.to_owned(),
        wanted,
    };
    let fields = object(value, place)?;
    match (fields.get("Return"), fields.get("Throw"), fields.len()) {
        (Some(result), None, 1) => Ok(MockedAnswer::Return(result.clone())),
        (None, Some(throw), 1) => {
            let error = throw.get("Error").and_then(Value::as_str);
            let cause = match throw.get("Cause") {
                None => Some(""),
                Some(cause) => cause.as_str(),
            };
            match (error, cause) {
                (Some(error), Some(cause)) => {
                    Ok(MockedAnswer::Throw(TaskFailure::new(error, cause)))
                }
                _ => Err(wrong("a Throw with the texts Error and Cause")),
            }
        }
        _ => Err(wrong("an object with either Return or Throw")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn file() -> Value {
        json!({
            "StateMachines": {"Orders": {"TestCases": {
                "Happy": {"Charge": "Works"},
                "Shaky": {"Charge": "FailsTwice", "Tell": "Works"},
            }}},
            "MockedResponses": {
                "Works": {"0": {"Return": {"ok": true}}},
                "FailsTwice": {
                    "0-1": {"Throw": {"Error": "Busy", "Cause": "later"}},
                    "2": {"Return": 7},
                },
            },
        })
    }

    fn parse(file: &Value) -> Result<MockFile, MockError> {
        MockFile::parse(&file.to_string())
    }

    #[test]
    fn calls_of_a_state_are_counted() {
        let plan = parse(&file()).unwrap().plan("Orders", "Shaky").unwrap();
        let busy = MockedAnswer::Throw(TaskFailure::new("Busy", "later"));
        assert_eq!(plan.next_response("Charge").unwrap(), Some(&busy));
        assert_eq!(
            plan.next_response("Tell").unwrap(),
            Some(&MockedAnswer::Return(json!({"ok": true})))
        );
        assert_eq!(plan.next_response("Charge").unwrap(), Some(&busy));
        assert_eq!(
            plan.next_response("Charge").unwrap(),
            Some(&MockedAnswer::Return(json!(7)))
        );
        let error = plan.next_response("Charge").unwrap_err();
        assert_eq!(
            error.to_string(),
            "MockedResponses/FailsTwice has answers for 3 calls of state Charge, and this is call 4 of it"
        );
        assert_eq!(plan.next_response("NotMocked").unwrap(), None);
        assert_eq!(plan.states().collect::<Vec<_>>(), ["Charge", "Tell"]);
    }

    #[test]
    fn unknown_names_are_told_with_the_known_ones() {
        let file = parse(&file()).unwrap();
        let error = file.plan("Order", "Happy").unwrap_err().to_string();
        assert_eq!(
            error,
            "the mock file has no state machine Order (it has: Orders)"
        );
        let error = file.plan("Orders", "Sad").unwrap_err().to_string();
        assert_eq!(
            error,
            "the mock file has no test case Sad for state machine Orders (it has: Happy, Shaky)"
        );
        assert_eq!(file.machines().collect::<Vec<_>>(), ["Orders"]);
        assert_eq!(file.cases("Orders").collect::<Vec<_>>(), ["Happy", "Shaky"]);
    }

    #[test]
    fn mistakes_in_the_file_are_told() {
        let changed = |pointer: &str, value: Value| {
            let mut file = file();
            *file.pointer_mut(pointer).unwrap() = value;
            parse(&file).unwrap_err().to_string()
        };
        let works = "/MockedResponses/Works";
        assert!(
            changed(
                "/StateMachines/Orders/TestCases/Happy/Charge",
                json!("Typo")
            )
            .contains("Works")
        );
        assert!(
            changed("/StateMachines/Orders/TestCases/Happy/Charge", json!(1))
                .contains("TestCases/Happy/Charge")
        );
        assert!(changed(works, json!({"1": {"Return": 1}})).contains("no answer for call 0"));
        assert!(changed(works, json!({})).contains("no answer for call 0"));
        assert!(
            changed(works, json!({"0-1": {"Return": 1}, "3": {"Return": 1}}))
                .contains("no answer for call 2")
        );
        assert!(
            changed(works, json!({"0-1": {"Return": 1}, "1": {"Return": 1}}))
                .contains("more than one answer for call 1")
        );
        for key in ["one", "2-1", "-1", "1-", "99999999999"] {
            assert!(
                changed(works, json!({key: {"Return": 1}})).contains("no number"),
                "{key}"
            );
        }
        for answer in [
            json!({}),
            json!(1),
            json!({"Return": 1, "Throw": {}}),
            json!({"Throw": {"Error": 1}}),
        ] {
            assert!(changed(works, json!({"0": answer})).contains("Works/0"));
        }
        assert!(
            MockFile::parse("{")
                .unwrap_err()
                .to_string()
                .contains("no JSON")
        );
        assert!(MockFile::parse("[]").is_err());
    }
}

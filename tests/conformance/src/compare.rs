//! How a recorded answer is compared with ours: the rules of the README beside the recordings.

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::{Map, Value};

/// Texts in an answer that are JSON objects become those objects, one level.
pub fn parse_embedded(value: Value) -> Value {
    match value {
        Value::Object(object) => Value::Object(
            object
                .into_iter()
                .map(|(key, value)| (key, embedded(value)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(parse_embedded).collect()),
        other => other,
    }
}

fn embedded(value: Value) -> Value {
    match value {
        Value::String(text) if text.starts_with('{') => {
            serde_json::from_str(&text).unwrap_or(Value::String(text))
        }
        other => parse_embedded(other),
    }
}

/// Applies the case's replacements to the answer's JSON text. Those that left no trace in what is expected were overtaken
/// by another one in the recording (a role's ARN by the token of any ARN): they are left out.
pub fn replace(
    value: &Value,
    expected: &Value,
    replacements: &Value,
    execution_names: &[String],
) -> Result<Value, String> {
    let mut text = value.to_string();
    let expected = expected.to_string();
    for pair in replacements.as_array().into_iter().flatten() {
        let (Some(pattern), Some(by)) = (pair[0].as_str(), pair[1].as_str()) else {
            return Err(format!("bad replacement {pair}"));
        };
        if !expected.contains(by) {
            continue;
        }
        let mut pattern = pattern.to_owned();
        for (index, name) in execution_names.iter().enumerate() {
            pattern = pattern.replace(&format!("$EXECUTION_NAME[{index}]"), &regex::escape(name));
        }
        if pattern.contains("$EXECUTION_NAME") {
            continue;
        }
        let regex = Regex::new(&pattern).map_err(|error| error.to_string())?;
        text = regex.replace_all(&text, regex::NoExpand(by)).into_owned();
    }
    serde_json::from_str(&text).map_err(|error| format!("a replacement broke the JSON: {error}"))
}

/// Compares expected with actual and collects the differences.
pub struct Comparison<'a> {
    pub wildcards: Vec<&'a str>,
    pub tokens: Vec<&'a str>,
    /// Keys whose values are never compared.
    pub ignored_keys: Vec<&'a str>,
    bound: BTreeMap<String, String>,
    pub differences: Vec<String>,
}

impl<'a> Comparison<'a> {
    pub fn new(
        wildcards: &'a Value,
        tokens: &'a Value,
        ignored_keys: Vec<&'a str>,
    ) -> Comparison<'a> {
        let texts = |list: &'a Value| {
            list.as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect()
        };
        Comparison {
            wildcards: texts(wildcards),
            tokens: texts(tokens),
            ignored_keys,
            bound: BTreeMap::new(),
            differences: Vec::new(),
        }
    }

    pub fn compare(&mut self, expected: &Value, actual: &Value, place: &str) {
        match (expected, actual) {
            (Value::Object(expected), Value::Object(actual)) => {
                self.objects(expected, actual, place)
            }
            (Value::Array(_), Value::String(text)) if text.starts_with('[') => {
                match serde_json::from_str(text) {
                    Ok(actual) => self.compare(expected, &actual, place),
                    Err(_) => self.differ(place, format!("expected {expected}, got {actual}")),
                }
            }
            (Value::Array(expected), Value::Array(actual)) => {
                for (index, item) in expected.iter().enumerate() {
                    match actual.get(index) {
                        Some(other) => self.compare(item, other, &format!("{place}[{index}]")),
                        None => self.differ(place, format!("item {index} is missing: {item}")),
                    }
                }
                if actual.len() > expected.len() {
                    self.differ(
                        place,
                        format!(
                            "{} items too many, the first: {}",
                            actual.len() - expected.len(),
                            actual[expected.len()]
                        ),
                    );
                }
            }
            (Value::String(expected), actual) => {
                if self.wildcards.contains(&expected.as_str()) {
                    return;
                }
                let matches = actual
                    .as_str()
                    .is_some_and(|actual| self.text(expected, actual));
                if !matches {
                    self.differ(place, format!("expected \"{expected}\", got {actual}"));
                }
            }
            (expected, actual) if expected == actual => {}
            // Some recordings hold a payload's text parsed.
            (expected, Value::String(text))
                if serde_json::from_str(text).is_ok_and(|value: Value| value == *expected) => {}
            (expected, actual) => self.differ(place, format!("expected {expected}, got {actual}")),
        }
    }

    fn objects(&mut self, expected: &Map<String, Value>, actual: &Map<String, Value>, place: &str) {
        for (key, value) in expected {
            if self.ignored_keys.contains(&key.as_str()) {
                continue;
            }
            match actual.get(key) {
                Some(other) => self.compare(value, other, &format!("{place}.{key}")),
                None => self.differ(place, format!("{key} is missing, expected {value}")),
            }
        }
        for (key, value) in actual {
            if !expected.contains_key(key) && !self.ignored_keys.contains(&key.as_str()) {
                self.differ(place, format!("{key} is not expected: {value}"));
            }
        }
    }

    /// Equal, but for tokens: `<name:N>` and the listed ones stand for any text, the same each time.
    fn text(&mut self, expected: &str, actual: &str) -> bool {
        if expected == actual {
            return true;
        }
        let mut pattern = String::from("(?s)^");
        let mut names = Vec::new();
        let mut rest = expected;
        while let Some((at, length)) = self.next_token(rest) {
            pattern.push_str(&regex::escape(&rest[..at]));
            pattern.push_str("(.*)");
            names.push(rest[at..at + length].to_owned());
            rest = &rest[at + length..];
        }
        if names.is_empty() {
            return false;
        }
        pattern.push_str(&regex::escape(rest));
        pattern.push('$');
        let Some(captures) = Regex::new(&pattern)
            .ok()
            .and_then(|regex| regex.captures(actual))
        else {
            return false;
        };
        names.into_iter().enumerate().all(|(index, name)| {
            let found = captures.get(index + 1).map_or("", |group| group.as_str());
            self.bound.entry(name).or_insert_with(|| found.to_owned()) == found
        })
    }

    fn next_token(&self, text: &str) -> Option<(usize, usize)> {
        let listed = self
            .tokens
            .iter()
            .filter_map(|token| Some((text.find(token)?, token.len())));
        let numbered = text
            .char_indices()
            .filter(|(_, c)| *c == '<')
            .find_map(|(at, _)| {
                let end = at + text[at..].find('>')? + 1;
                let (name, number) = text[at + 1..end - 1].rsplit_once(':')?;
                let plain = !name.is_empty() && !name.contains(['<', ' ']);
                (plain && !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
                    .then_some((at, end - at))
            });
        listed.chain(numbered).min()
    }

    fn differ(&mut self, place: &str, what: String) {
        self.differences.push(format!("{place}: {what}"));
    }
}

/// The recording of Parallel lost the order: between ParallelStateStarted and the last ParallelStateExited ids are blanked and
/// events sorted, every ParallelStateSucceeded and every inner ParallelStateExited is gone.
pub fn unorder_parallel(events: &mut Vec<Value>) {
    let is = |event: &Value, kind: &str| event["type"] == kind;
    let Some(last_exit) = events
        .iter()
        .rposition(|event| is(event, "ParallelStateExited"))
    else {
        return;
    };
    let mut position = 0;
    events.retain(|event| {
        position += 1;
        !is(event, "ParallelStateSucceeded")
            && (position > last_exit || !is(event, "ParallelStateExited"))
    });
    let end = events
        .iter()
        .position(|event| is(event, "ParallelStateExited"))
        .unwrap_or(events.len());
    let Some(start) = events
        .iter()
        .position(|event| is(event, "ParallelStateStarted"))
    else {
        return;
    };
    for segment in events[start..end].chunk_by_mut(|_, next| !is(next, "ParallelStateStarted")) {
        let inner = &mut segment[1..];
        for event in inner.iter_mut() {
            event["id"] = Value::Array(vec![0.into()]);
            event["previousEventId"] = 0.into();
        }
        inner.sort_by_key(Value::to_string);
    }
}

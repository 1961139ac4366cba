//! The JSONPath of `InputPath` and `InputPathsMap`: names, indexes and `*`.

use serde_json::Value;

/// A path such as `$.detail.items[0].name` or `$.resources[*]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Name(String),
    Index(usize),
    /// All elements or members.
    All,
}

impl Path {
    /// Reads a path; what is wrong comes back as a sentence without full stop.
    pub fn parse(text: &str) -> Result<Path, String> {
        let Some(mut rest) = text.strip_prefix('$') else {
            return Err(format!("the path {text:?} does not begin with $"));
        };
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let step;
            (step, rest) = next_step(rest).ok_or_else(|| {
                format!("the path {text:?} is not understood at {rest:?}: EventBridge knows .name, [index] and *")
            })?;
            steps.push(step);
        }
        Ok(Path { steps })
    }

    /// What is there. With `*` it is a list of all that is there.
    pub fn select(&self, value: &Value) -> Option<Value> {
        let mut found = vec![value];
        for step in &self.steps {
            let mut next = Vec::new();
            for value in found {
                match (step, value) {
                    (Step::Name(name), Value::Object(members)) => next.extend(members.get(name)),
                    (Step::Index(index), Value::Array(elements)) => {
                        next.extend(elements.get(*index))
                    }
                    (Step::All, Value::Array(elements)) => next.extend(elements),
                    (Step::All, Value::Object(members)) => next.extend(members.values()),
                    _ => {}
                }
            }
            found = next;
        }
        if self.steps.contains(&Step::All) {
            return Some(Value::Array(found.into_iter().cloned().collect()));
        }
        found.first().map(|value| (*value).clone())
    }
}

/// The first step and what follows it.
fn next_step(text: &str) -> Option<(Step, &str)> {
    if let Some(inner) = text.strip_prefix('[') {
        let (inner, rest) = inner.split_once(']')?;
        let quoted = |mark| {
            inner
                .strip_prefix(mark)
                .and_then(|inner| inner.strip_suffix(mark))
        };
        let step = match quoted('\'').or_else(|| quoted('"')) {
            Some(name) => Step::Name(name.into()),
            None if inner == "*" => Step::All,
            None => Step::Index(inner.parse().ok()?),
        };
        return Some((step, rest));
    }
    let text = text.strip_prefix('.')?;
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(end)?;
    match name {
        "" => None,
        "*" => Some((Step::All, rest)),
        _ => Some((Step::Name(name.into()), rest)),
    }
}

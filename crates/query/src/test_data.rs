//! The environment of this crate's tests.

use serde_json::{Value, json};

use crate::{Environment, Evaluation, QueryLimits};

pub(crate) struct Data {
    pub input: Value,
    pub context: Value,
    pub variables: Vec<(&'static str, Value)>,
    pub states: Option<Value>,
}

impl Data {
    /// A state with that input, in JSONPath and JSONata alike.
    pub(crate) fn new(input: Value) -> Self {
        let context =
            json!({"Execution": {"Name": "run-1", "Input": input}, "State": {"RetryCount": 0}});
        Data {
            states: Some(json!({"input": input, "context": context})),
            input,
            context,
            variables: Vec::new(),
        }
    }

    pub(crate) fn with(mut self, name: &'static str, value: Value) -> Self {
        self.variables.push((name, value));
        self
    }
}

impl Environment for Data {
    fn input(&self) -> &Value {
        &self.input
    }

    fn context(&self) -> &Value {
        &self.context
    }

    fn variable(&self, name: &str) -> Option<&Value> {
        let found = self.variables.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| value)
    }

    fn states(&self) -> Option<&Value> {
        self.states.as_ref()
    }
}

/// The same data, but nobody may ask for the whole context object or for all of `$states`.
pub(crate) struct InParts(pub Data);

impl Environment for InParts {
    fn input(&self) -> &Value {
        self.0.input()
    }

    fn context(&self) -> &Value {
        panic!("asked for the whole context object")
    }

    fn context_member(&self, name: &str) -> Option<&Value> {
        self.0.context.get(name)
    }

    fn variable(&self, name: &str) -> Option<&Value> {
        self.0.variable(name)
    }

    fn states_member(&self, name: &str) -> Option<&Value> {
        match name {
            "context" => Some(self.context()),
            name => self.0.states_member(name),
        }
    }
}

/// 2025-01-02T03:04:05.678Z
pub(crate) const NOW_MILLIS: i64 = 1_735_787_045_678;

/// Runs `test` with default limits and a fixed time and seed.
pub(crate) fn evaluation<R>(test: impl FnOnce(&Evaluation<'_>) -> R) -> R {
    test(&Evaluation {
        now_millis: NOW_MILLIS,
        seed: 7,
        limits: &QueryLimits::default(),
        cancel: None,
    })
}

//! What the targets share: a small world for expressions to look at, and a way to run a machine a little.

use interpreter::{Execution, Identity, Input, Limits, Rest, World, step};
use query::{Environment, Evaluation, Payload, QueryLimits};
use serde_json::{Value, json};
use states_language::machine::Machine;

const NOW_MILLIS: i64 = 1_767_225_600_000;

/// Small, so that a fuzzer's expression ends soon.
pub fn limits() -> QueryLimits {
    QueryLimits {
        max_depth: 100,
        max_steps: 20_000,
        max_steps_with_regular_expression: 2_000,
        max_result_bytes: 100_000,
        max_array_items: 10_000,
        max_allocated_bytes: 10_000_000,
    }
}

pub fn evaluation(limits: &QueryLimits) -> Evaluation<'_> {
    Evaluation {
        now_millis: NOW_MILLIS,
        seed: 1,
        limits,
        cancel: None,
    }
}

/// What expressions see.
pub struct Sight(Value);

impl Default for Sight {
    fn default() -> Sight {
        Sight(json!({
            "a": [1, 2.5, -3, "text", null, true, {"b": {"c": []}}],
            "list": [{"n": 1, "s": "x"}, {"n": 2, "s": "y"}],
            "text": "Hello, 'World' \u{1F600} é",
            "number": 9007199254740993i64,
            "with space": {"a.b": 1},
        }))
    }
}

impl Environment for Sight {
    fn input(&self) -> &Value {
        &self.0
    }

    fn context(&self) -> &Value {
        &self.0
    }

    fn variable(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    fn states(&self) -> Option<&Value> {
        Some(&self.0)
    }
}

/// An execution of `machine` that has not started.
pub fn execution(machine: &Machine) -> Execution {
    let identity = Identity {
        execution_arn: "arn:aws:states:us-east-1:123456789012:execution:M:e".into(),
        execution_name: "e".into(),
        state_machine_arn: "arn:aws:states:us-east-1:123456789012:stateMachine:M".into(),
        state_machine_name: "M".into(),
        role_arn: "arn:aws:iam::123456789012:role/R".into(),
        region: "us-east-1".into(),
        seed: 1,
        child_of: None,
    };
    let input = Payload::from_value(Sight::default().0);
    Execution::new(identity, machine, input, NOW_MILLIS)
}

/// Takes steps as long as something is open: calls answer null, timers fire at once.
pub fn run(machine: &Machine, execution: &mut Execution, most_steps: usize) {
    let limits = Limits {
        history_events: 300,
        payload_bytes: 100_000,
        query: limits(),
        ..Limits::aws()
    };
    let mut world = World {
        now_millis: NOW_MILLIS,
        limits: &limits,
        interrupts: None,
        activity_exists: None,
        mocked: None,
        trace: None,
    };
    let mut input = Input::Start;
    for _ in 0..most_steps {
        let rest = step(machine, execution, input, &mut world).rest;
        input = match (
            rest,
            execution.open_calls().first(),
            execution.open_timers().first(),
        ) {
            (Rest::Ended, _, _) => return,
            (Rest::Yielded, _, _) => Input::Continue,
            (Rest::Waiting, Some(&key), _) => Input::CallCompleted {
                key,
                result: Ok(Payload::null()),
            },
            (Rest::Waiting, None, _) if !execution.open_tokens().is_empty() => {
                Input::TaskAnswered {
                    key: execution.open_tokens()[0],
                    result: Ok(Payload::null()),
                }
            }
            (Rest::Waiting, None, Some(timer)) => Input::TimerFired(timer.key),
            (Rest::Waiting, None, None) => panic!("waits for nothing"),
        };
    }
}

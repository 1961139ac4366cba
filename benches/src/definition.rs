//! Reading and checking the largest definition that AWS takes.

use serde_json::{Value, json};
use states_language::ParseOptions;
use states_language::source::{Format, Source};

use crate::measure::{Line, fastest};

const MAX_BYTES: usize = 1_048_576;
const TARGET_MILLIS: f64 = 100.0;

/// A row of tasks, choices and passes, just below 1 MiB.
fn text() -> String {
    let mut states = serde_json::Map::new();
    let mut bytes = 0;
    for index in 0.. {
        let next = format!("State{}", index + 1);
        let state = match index % 3 {
            0 => {
                json!({"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:ec2:rebootInstances", "Parameters": {"InstanceIds.$": "$.instances[*].id"}, "ResultPath": "$.result", "Retry": [{"ErrorEquals": ["Ec2.Ec2Exception"], "MaxAttempts": 3}], "Catch": [{"ErrorEquals": ["States.ALL"], "Next": next}], "Next": next})
            }
            1 => {
                json!({"Type": "Choice", "Choices": [{"And": [{"Variable": "$.count", "NumericGreaterThan": 3}, {"Variable": "$.name", "StringMatches": "a*"}], "Next": next}], "Default": next})
            }
            _ => {
                json!({"Type": "Pass", "Parameters": {"text.$": "States.Format('{} of {}', $.index, $.count)"}, "ResultPath": "$.shown", "Next": next})
            }
        };
        bytes += state.to_string().len() + 20;
        if bytes > MAX_BYTES - 200 {
            states.insert(format!("State{index}"), json!({"Type": "Succeed"}));
            break;
        }
        states.insert(format!("State{index}"), state);
    }
    json!({"StartAt": "State0", "States": states}).to_string()
}

pub fn validate() -> Line {
    let text = text();
    let parse = fastest(1, || (), |()| serde_json::from_str::<Value>(&text));
    let time = fastest(
        1,
        || (),
        |()| {
            let source = Source::with_format("definition", text.as_str(), Format::Json);
            let parsed = states_language::parse(&source, &ParseOptions::default());
            assert!(parsed.machine.is_some(), "{:?}", parsed.diagnostics.first());
            parsed
        },
    );
    let millis = time.as_secs_f64() * 1e3;
    Line {
        name: "validate a definition of 1 MB",
        measured: format!("{millis:.1} ms"),
        baseline: format!(
            "{:.1} x parsing its JSON ({:.1} ms)",
            time.as_secs_f64() / parse.as_secs_f64(),
            parse.as_secs_f64() * 1e3
        ),
        target: format!("< {TARGET_MILLIS} ms"),
        holds: Some(millis < TARGET_MILLIS),
    }
}

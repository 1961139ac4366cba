//! One event against the patterns of a thousand rules, beside trying one after the other.

use schedules::{Pattern, PatternSet};
use serde_json::{Value, json};

use crate::measure::{Line, fastest, micros};

const RULES: usize = 1000;
const TARGET_MILLIS: f64 = 1.0;

/// Rules as accounts have them: of a hundred sources, by type and state; one in fifty says no exact text.
fn rule(index: usize) -> Value {
    let source = format!("app.{}", index % 100);
    match index % 5 {
        _ if index.is_multiple_of(50) => json!({"detail": {"amount": [{"numeric": [">", index]}]}}),
        0 => {
            json!({"source": [source], "detail-type": ["Order placed"], "detail": {"state": [{"prefix": "S"}]}})
        }
        1 => {
            json!({"source": [source], "detail": {"state": [{"anything-but": ["DONE", "FAILED"]}], "region": [format!("r{index}")]}})
        }
        2 => {
            json!({"detail-type": [format!("Type {index}")], "detail": {"path": [{"wildcard": "a/*/c/*"}]}})
        }
        3 => {
            json!({"source": [source], "$or": [{"detail": {"amount": [{"numeric": [">", 5]}]}}, {"account": ["123456789012"]}]})
        }
        _ => {
            json!({"source": [{"prefix": source}, "other"], "resources": [format!("arn:{index}")]})
        }
    }
}

fn event() -> Value {
    json!({
        "version": "0", "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718", "detail-type": "Order placed", "source": "app.20",
        "account": "123456789012", "time": "2026-01-01T00:00:00Z", "region": "us-east-1",
        "resources": ["arn:4", "arn:9", "arn:14"],
        "detail": {"state": "STARTED", "amount": 7, "path": "a/b/c/d", "region": "r21", "lines": [{"n": 1}, {"n": 2}], "text": "x".repeat(500)},
    })
}

pub fn matching() -> Line {
    let patterns: Vec<Pattern> = (0..RULES)
        .map(|index| Pattern::parse(&rule(index).to_string()).expect("a pattern"))
        .collect();
    let mut set = PatternSet::default();
    for (index, pattern) in patterns.iter().enumerate() {
        set.insert(index, pattern.clone());
    }
    let event = event();
    let naive = || {
        patterns
            .iter()
            .filter(|pattern| pattern.matches(&event))
            .count()
    };
    assert_eq!(set.matching(&event).len(), naive());
    assert!(naive() > 0);
    let one_by_one = fastest(20, || (), |()| naive());
    let time = fastest(20, || (), |()| set.matching(&event).len());
    let millis = micros(time) / 1e3;
    Line {
        name: "one event against 1,000 rules",
        measured: format!("{:.1} us", micros(time)),
        baseline: format!(
            "{:.2} x one by one ({:.1} us)",
            time.as_secs_f64() / one_by_one.as_secs_f64(),
            micros(one_by_one)
        ),
        target: format!("< {TARGET_MILLIS} ms"),
        holds: Some(millis < TARGET_MILLIS),
    }
}

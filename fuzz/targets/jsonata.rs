//! A JSONata expression: parsed, and evaluated within small limits.

#![no_main]

use libfuzzer_sys::fuzz_target;
use query::jsonata::Expression;

fuzz_target!(|text: &str| {
    let limits = fuzz::limits();
    if let Ok(expression) = Expression::parse(text) {
        let _ = expression.eval(&fuzz::Sight::default(), &fuzz::evaluation(&limits));
    }
});

//! A JSONPath: parsed and evaluated, as a path to read and as one to write.

#![no_main]

use libfuzzer_sys::fuzz_target;
use query::Environment;
use query::jsonpath::{Path, ReferencePath};

fuzz_target!(|text: &str| {
    let sight = fuzz::Sight::default();
    if let Ok(path) = Path::parse(text) {
        let _ = path.eval(&sight);
    }
    if let Ok(path) = ReferencePath::parse(text) {
        let mut value = sight.input().clone();
        let _ = path.set(&mut value, serde_json::Value::Null);
    }
});

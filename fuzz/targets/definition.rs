//! A definition in JSON or YAML: read, checked, its findings shown; a valid one runs a little.

#![no_main]

use libfuzzer_sys::fuzz_target;
use states_language::source::{Format, Source};
use states_language::substitution::MissingValues;
use states_language::{ParseOptions, parse, render};

fuzz_target!(|text: &str| {
    let format = if text.trim_start().starts_with('{') {
        Format::Json
    } else {
        Format::Yaml
    };
    let source = Source::with_format("definition", text, format);
    for missing_values in [MissingValues::default(), MissingValues::Unknown] {
        let options = ParseOptions {
            missing_values,
            ..ParseOptions::default()
        };
        let parsed = parse(&source, &options);
        for diagnostic in &parsed.diagnostics {
            let _ = render(diagnostic, &source, true);
        }
        if let Some(machine) = parsed.machine
            && states_language::unsupported(&machine).is_empty()
        {
            fuzz::run(&machine, &mut fuzz::execution(&machine), 200);
        }
    }
});

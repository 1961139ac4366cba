//! Our own cases: `cases/*.yaml`, a map from names to cases. Each runs in both modes; its history is the snapshot
//! `snapshots/FILE/CASE.snap`.
//!
//! A case has `about` (what it shows, and what is not known of AWS), `definition`, `input` (default `{}`), and optionally
//! `answers`, `steps` and `activities` (see `conformance::simulate::Script`) and `limits` (fields of `Limits` and its `query` that differ from AWS's).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use conformance::run::Mode;
use conformance::simulate::{Script, simulate};
use interpreter::Limits;
use query::{Payload, QueryLimits};
use serde_json::Value;
use states_language::ParseOptions;
use states_language::machine::Machine;
use states_language::source::{Format, Source};

#[test]
fn own_cases() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .collect();
    files.sort();
    let only = std::env::var("STEPWRIGHT_CASE").ok();
    let (mut passed, mut failed) = (0, Vec::new());
    for file in &files {
        let topic = file.file_stem().unwrap().to_str().unwrap();
        let cases = read_yaml(file);
        for (name, case) in cases.as_object().expect("a map of cases") {
            let full_name = format!("{topic}/{name}");
            if only.as_ref().is_some_and(|only| !full_name.contains(only)) {
                continue;
            }
            match std::panic::catch_unwind(|| check(topic, name, case)) {
                Ok(()) => passed += 1,
                Err(_) => failed.push(full_name),
            }
        }
    }
    println!("own cases: {passed} passed, {} failed", failed.len());
    assert!(failed.is_empty(), "failed: {failed:#?}");
    assert!(only.is_some() || passed > 100, "the cases are missing");
}

fn check(topic: &str, name: &str, case: &Value) {
    let input = case.get("input").map_or_else(Payload::empty_object, |v| {
        Payload::parse(v.to_string()).expect("input")
    });
    let script = Script {
        machine: machine(&case["definition"]),
        input,
        limits: limits(&case["limits"]),
        answers: case["answers"].clone(),
        steps: case["steps"].as_array().cloned().unwrap_or_default(),
        activities: case["activities"].as_array().map(|arns| {
            let arns = arns.iter().filter_map(Value::as_str);
            arns.map(str::to_owned).collect()
        }),
    };
    let resident = simulate(&script, Mode::Resident).unwrap_or_else(|error| panic!("{error}"));
    // What a heartbeat has moved is in memory alone.
    if case["resident_only"] != true {
        let evicted =
            simulate(&script, Mode::EvictAfterEachStep).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(resident, evicted, "{topic}/{name}: the modes differ");
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(format!("snapshots/{topic}"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    if let Some(about) = case["about"].as_str() {
        settings.set_description(about);
    }
    settings.bind(|| insta::assert_snapshot!(name, resident));
}

fn machine(definition: &Value) -> Arc<Machine> {
    let text = serde_json::to_string_pretty(definition).unwrap();
    let parsed = states_language::parse(
        &Source::with_format("definition", text, Format::Json),
        &ParseOptions::default(),
    );
    parsed
        .machine
        .unwrap_or_else(|| panic!("not accepted: {:#?}", parsed.diagnostics))
}

fn limits(changed: &Value) -> Limits {
    let aws = Limits::aws();
    let number = |key: &str, default: u64| changed[key].as_u64().unwrap_or(default);
    let size = |key: &str, default: usize| number(key, default as u64) as usize;
    Limits {
        history_events: number("history_events", aws.history_events),
        history_bytes: number("history_bytes", aws.history_bytes),
        payload_bytes: size("payload_bytes", aws.payload_bytes),
        variables_bytes: size("variables_bytes", aws.variables_bytes),
        inline_iterations: number("inline_iterations", aws.inline_iterations),
        distributed_children: number("distributed_children", aws.distributed_children),
        nesting_depth: size("nesting_depth", aws.nesting_depth),
        transitions_per_step: number("transitions_per_step", aws.transitions_per_step.into())
            as u32,
        execution_seconds: changed["execution_seconds"].as_u64(),
        query: QueryLimits {
            max_steps: number("max_steps", aws.query.max_steps),
            max_steps_with_regular_expression: number(
                "max_steps",
                aws.query.max_steps_with_regular_expression,
            ),
            max_allocated_bytes: size("max_allocated_bytes", aws.query.max_allocated_bytes),
            ..aws.query
        },
    }
}

fn read_yaml(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap();
    let source = Source::with_format(path.display().to_string(), text, Format::Yaml);
    match states_language::syntax::parse(&source) {
        Ok(node) => node.to_value(),
        Err(error) => panic!(
            "{}: {error} at {:?}",
            path.display(),
            source.position(error.span.start)
        ),
    }
}

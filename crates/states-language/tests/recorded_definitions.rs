//! Definitions that AWS accepted, and findings that AWS reported, when Step Functions cases were recorded there.
//!
//! The recordings are third-party data and not part of this repository: they are looked for in `../shared/conformance` beside the
//! repository or in the folder that `STEPWRIGHT_RECORDED_CASES` names.

use std::path::{Path, PathBuf};

use serde_json::Value;
use states_language::source::{Format, Source};
use states_language::{ParseOptions, Parsed, parse};

fn folder() -> Option<PathBuf> {
    let folder = match std::env::var_os("STEPWRIGHT_RECORDED_CASES") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance"),
    };
    if folder.join("index.json").is_file() {
        return Some(folder);
    }
    eprintln!(
        "SKIPPED: no recorded cases in {}; set STEPWRIGHT_RECORDED_CASES to their folder",
        folder.display()
    );
    None
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder)
        .expect("a readable folder")
        .flatten()
    {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            found.push(path);
        }
    }
}

fn cases(folder: &Path) -> Vec<(String, Value)> {
    let mut paths = Vec::new();
    files(folder, &mut paths);
    paths.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("a readable case");
        (
            path.strip_prefix(folder)
                .unwrap_or(&path)
                .display()
                .to_string(),
            serde_json::from_str(&text).expect("a case is JSON"),
        )
    };
    paths.into_iter().map(read).collect()
}

fn parse_text(text: &str) -> Parsed {
    parse(
        &Source::with_format("definition", text, Format::Json),
        &ParseOptions::default(),
    )
}

#[test]
fn definitions_of_all_executions_are_valid() {
    let Some(folder) = folder() else { return };
    let mut checked = 0;
    let mut failures = Vec::new();
    for (name, case) in cases(&folder.join("execution")) {
        for run in case["runs"].as_array().expect("runs") {
            let Some(definition) = run["definition"].as_str() else {
                continue;
            };
            checked += 1;
            let parsed = parse_text(definition);
            if parsed.machine.is_none() {
                failures.push(format!("{name}: {:#?}\n{definition}", parsed.diagnostics));
            }
        }
    }
    assert!(checked > 600, "only {checked} definitions");
    assert!(
        failures.is_empty(),
        "{} of {checked}:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

/// `CODE: message at location`, as CreateStateMachine words a finding.
fn worded(parsed: &Parsed) -> Vec<String> {
    let errors = parsed.diagnostics.iter().filter(|found| found.is_error());
    errors
        .map(|found| {
            format!(
                "{}: {} at {}",
                found.code,
                found.message,
                found.location.as_deref().unwrap_or("null")
            )
        })
        .collect()
}

#[test]
fn machines_that_aws_created_or_refused() {
    let Some(folder) = folder() else { return };
    let mut accepted = 0;
    let mut refused = 0;
    let mut failures = Vec::new();
    for (name, case) in cases(&folder.join("script")) {
        for step in case["steps"].as_array().expect("steps") {
            let (Some("CreateStateMachine" | "UpdateStateMachine"), Some(definition)) =
                (step["op"].as_str(), step["params"]["definition"].as_str())
            else {
                continue;
            };
            let parsed = parse_text(definition);
            let answer = step["expect"].to_string();
            if answer.contains("InvalidDefinition") {
                refused += 1;
                let found = worded(&parsed);
                let answer = answer.replace("<partition>", "aws");
                if found.is_empty() || found.iter().any(|text| !answer.contains(text.as_str())) {
                    failures.push(format!("{name}: {found:?} is not in {answer}"));
                }
            } else {
                accepted += 1;
                if parsed.machine.is_none() {
                    failures.push(format!("{name}: {:#?}\n{definition}", parsed.diagnostics));
                }
            }
        }
    }
    assert!(
        accepted > 30 && refused >= 5,
        "{accepted} accepted, {refused} refused"
    );
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn answers_of_validate_state_machine_definition() {
    let Some(folder) = folder() else { return };
    let mut compared = 0;
    for (name, case) in cases(&folder.join("script/sfn_api_validation")) {
        for step in case["steps"].as_array().expect("steps") {
            let definition = step["params"]["definition"].as_str().expect("a definition");
            let parsed = parse_text(definition);
            let found: Vec<Value> = parsed
                .diagnostics
                .iter()
                .map(|found| {
                    let mut expected = serde_json::json!({"code": found.code, "message": found.aws_message(), "severity": found.severity});
                    if let Some(location) = &found.location {
                        expected["location"] = location.as_str().into();
                    }
                    expected
                })
                .collect();
            assert_eq!(
                Value::Array(found),
                step["expect"]["validation_response"]["diagnostics"],
                "{name}"
            );
            compared += 1;
        }
    }
    assert!(compared >= 8, "only {compared} answers");
}

/// TestState takes a state alone, which AWS checks as the state `StateName` of a machine; where it leads does not matter.
#[test]
fn states_that_aws_tested() {
    let Some(folder) = folder() else { return };
    let mut compared = 0;
    let mut failures = Vec::new();
    for (name, case) in cases(&folder.join("script/state")) {
        for step in case["steps"].as_array().expect("steps") {
            let (Some("TestState"), Some(definition)) =
                (step["op"].as_str(), step["params"]["definition"].as_str())
            else {
                continue;
            };
            let is_machine = serde_json::from_str::<Value>(definition)
                .is_ok_and(|value| value.get("States").is_some());
            let machine = match is_machine {
                true => definition.to_owned(),
                false => format!(
                    "{{\"StartAt\": \"StateName\", \"States\": {{\"StateName\": {definition}}}}}"
                ),
            };
            let found: Vec<String> = worded(&parse_text(&machine))
                .into_iter()
                .filter(|text| !text.starts_with("MISSING_"))
                .collect();
            let answer = step["expect"].to_string();
            compared += 1;
            if answer.contains("Invalid State Machine Definition") {
                if found.is_empty() || found.iter().any(|text| !answer.contains(text.as_str())) {
                    failures.push(format!("{name}: {found:?} is not in {answer}"));
                }
            } else if !found.is_empty() {
                failures.push(format!("{name}: {found:?} in {machine}\n{answer}"));
            }
        }
    }
    assert!(compared > 50, "only {compared} states");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

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

//! The cases recorded on AWS, where they are at hand. They are third-party data and never part of this repository: set
//! `STEPWRIGHT_RECORDED_CASES` to their folder, or keep it at `../shared/conformance` beside the checkout.
//!
//! `known-failures.txt` lists what does not pass, with the reason. A case that starts to pass has to leave the list; a case
//! that stops to pass fails the test.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use conformance::compare::{Comparison, parse_embedded, replace, unorder_parallel};
use conformance::local_functions::LocalCalls;
use conformance::moto::Moto;
use conformance::run::{Finished, Mode, identity, run};
use conformance::scripted::Scripted;
use engine::Calls;
use interpreter::Status;
use query::Payload;
use serde_json::Value;
use states_language::ParseOptions;
use states_language::machine::Machine;
use states_language::source::{Format, Source};

/// Headers of HTTP answers, and counters of a feature (redrive) that has its own time.
const NOISE: [&str; 6] = [
    "AllHttpHeaders",
    "HttpHeaders",
    "RedriveCount",
    "RedriveStatus",
    "redriveCount",
    "redriveStatus",
];

fn folder() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance");
    let folder = std::env::var_os("STEPWRIGHT_RECORDED_CASES").map_or(beside, PathBuf::from);
    folder.join("index.json").is_file().then_some(folder)
}

fn read(path: &Path) -> Value {
    let text =
        std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[derive(Debug, PartialEq)]
enum Outcome {
    Passed,
    Failed(String),
    /// Needs a feature that is refused as a whole.
    Refused(String),
}

#[test]
fn recorded_cases_without_services() {
    check("without services", |needs| needs.is_empty(), 4, &|_, _| {
        Ok(Arc::new(Scripted::default()))
    });
}

/// These run their Python functions for real.
#[test]
fn recorded_cases_with_lambda_only() {
    let functions: &CallsOf = &|case, folder| {
        let calls = LocalCalls::new(&case["setup"], folder).map_err(|error| error.to_string())?;
        Ok(Arc::new(calls))
    };
    check(
        "with Lambda only",
        |needs| needs == ["lambda"],
        4,
        functions,
    );
}

/// These call moto, one after the other: it is emptied before each.
#[test]
fn recorded_cases_with_services() {
    let moto = match Moto::start() {
        Ok(moto) => moto,
        Err(why) => {
            assert!(std::env::var_os("STEPWRIGHT_TEST_VENV").is_none(), "{why}");
            eprintln!("SKIPPED: {why}");
            return;
        }
    };
    let wanted = |needs: &[Value]| !needs.is_empty() && needs != ["lambda"];
    check("with services", wanted, 1, &move |case, _| {
        Ok(Arc::new(moto.calls(case)?))
    });
}

/// What makes a case's calls. It may fill in what is only known now; the folder is for its files.
type CallsOf = dyn Fn(&mut Value, &Path) -> Result<Arc<dyn Calls>, String> + Sync;

fn check(group: &str, wanted: impl Fn(&[Value]) -> bool, threads: usize, calls: &CallsOf) {
    let Some(folder) = folder() else {
        eprintln!(
            "SKIPPED: no recorded cases at ../shared/conformance; set STEPWRIGHT_RECORDED_CASES to test against them"
        );
        return;
    };
    let index = read(&folder.join("index.json"));
    let known = known_failures();
    let only = std::env::var("STEPWRIGHT_CASE").ok();
    let files: Vec<&str> = index
        .as_array()
        .expect("index.json is a list")
        .iter()
        .filter(|entry| entry["kind"] == "execution")
        .filter(|entry| wanted(entry["needs"].as_array().map_or(&[], Vec::as_slice)))
        .filter_map(|entry| entry["file"].as_str())
        .filter(|file| {
            only.as_ref()
                .is_none_or(|only| file.contains(only.as_str()))
        })
        .collect();
    let mut by_category: BTreeMap<String, [usize; 3]> = BTreeMap::new();
    let mut failed = BTreeMap::new();
    for (file, outcome) in run_all(&files, &folder, threads, calls) {
        let category = file.split('/').nth(1).unwrap_or("").to_owned();
        let counts = by_category.entry(category).or_default();
        match outcome {
            Outcome::Passed => counts[0] += 1,
            Outcome::Failed(why) => {
                counts[1] += 1;
                failed.insert(file, why);
            }
            Outcome::Refused(why) => {
                counts[2] += 1;
                if only.is_some() {
                    println!("refused: {file}: {why}");
                }
            }
        }
    }
    let seen: BTreeSet<&str> = files.into_iter().collect();
    report(group, &by_category);
    let unexpected: Vec<String> = failed
        .iter()
        .filter(|(file, _)| !known.contains_key(*file))
        .map(|(file, why)| format!("{file}\n    {why}"))
        .collect();
    let healed: Vec<&String> = known
        .keys()
        .filter(|file| seen.contains(file.as_str()) && !failed.contains_key(*file))
        .collect();
    assert!(
        unexpected.is_empty(),
        "{} cases fail that passed before:\n{}",
        unexpected.len(),
        unexpected.join("\n")
    );
    assert!(
        healed.is_empty(),
        "these pass now; take them off known-failures.txt: {healed:#?}"
    );
}

/// Several at a time: cases with functions mostly wait for processes.
fn run_all(
    files: &[&str],
    folder: &Path,
    threads: usize,
    calls: &CallsOf,
) -> Vec<(String, Outcome)> {
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = run_case(&read(&folder.join(file)), calls);
                    outcomes
                        .lock()
                        .expect("no panic while locked")
                        .push(((*file).to_owned(), outcome));
                }
            });
        }
    });
    let outcomes = outcomes.into_inner().expect("no panic while locked");
    // Functions run in real time, and some cases give them one second: on a busy machine that takes a quiet moment.
    let again = |(file, outcome): (String, Outcome)| match outcome {
        Outcome::Failed(_) => {
            let outcome = run_case(&read(&folder.join(&file)), calls);
            (file, outcome)
        }
        other => (file, other),
    };
    outcomes.into_iter().map(again).collect()
}

fn report(group: &str, by_category: &BTreeMap<String, [usize; 3]>) {
    println!("recorded cases {group}: passed / failed / refused");
    let mut total = [0; 3];
    for (category, counts) in by_category {
        println!(
            "  {category:24} {:4} {:4} {:4}",
            counts[0], counts[1], counts[2]
        );
        (0..3).for_each(|i| total[i] += counts[i]);
    }
    let judged = (total[0] + total[1]).max(1);
    println!(
        "  {:24} {:4} {:4} {:4}   {} % of those judged",
        "all",
        total[0],
        total[1],
        total[2],
        total[0] * 100 / judged
    );
}

/// `file: reason` a line.
fn known_failures() -> BTreeMap<String, String> {
    let text = include_str!("known-failures.txt");
    let lines = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .filter_map(|line| line.split_once(": "))
        .map(|(file, reason)| (file.to_owned(), reason.to_owned()))
        .collect()
}

fn run_case(case: &Value, calls: &CallsOf) -> Outcome {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for mode in [Mode::Resident, Mode::EvictAfterEachStep] {
        match std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            run_in(case, calls, folder.path(), mode)
        })) {
            Ok(Ok(None)) => {}
            Ok(Ok(Some(refused))) => return Outcome::Refused(refused),
            Ok(Err(why)) => return Outcome::Failed(format!("{mode:?}: {why}")),
            Err(_) => return Outcome::Failed(format!("{mode:?}: panicked")),
        }
    }
    Outcome::Passed
}

/// Some(what) when the case needs what this release refuses.
fn run_in(
    case: &Value,
    calls: &CallsOf,
    folder: &Path,
    mode: Mode,
) -> Result<Option<String>, String> {
    for one in case["runs"].as_array().into_iter().flatten() {
        if let Some(definition) = one["definition"].as_str()
            && let Err(refused) = parse(definition)?
        {
            return Ok(Some(refused));
        }
    }
    let mut case = case.clone();
    let calls = calls(&mut case, folder)?;
    let runs = case["runs"].as_array().ok_or("no runs")?;
    let mut execution_names = Vec::new();
    for (index, one) in runs.iter().enumerate() {
        let definition = definition(runs, one)?;
        let machine = match parse(definition)? {
            Ok(machine) => machine,
            Err(refused) => return Ok(Some(refused)),
        };
        let name = one["execution_name"].as_str().map_or_else(
            || format!("00000000-0000-4000-8000-{index:012}"),
            str::to_owned,
        );
        execution_names.push(name.clone());
        let machine_name = one["state_machine_name"].as_str().ok_or("no name")?;
        let identity = identity(
            machine_name,
            &name,
            one["role_arn"].as_str().ok_or("no role")?,
        );
        let input = Payload::parse(one["input"].as_str().unwrap_or("{}"))
            .map_err(|error| error.to_string())?;
        let finished = run(machine, identity, input, calls.clone(), mode)?;
        compare(&case, &one["expected"], &finished, &execution_names)
            .map_err(|why| format!("run {index}: {why}"))?;
    }
    Ok(None)
}

fn definition<'a>(runs: &'a [Value], one: &'a Value) -> Result<&'a str, String> {
    match &one["definition"] {
        Value::String(text) => Ok(text),
        same => {
            let index = same["$same_as_run"]
                .as_u64()
                .ok_or("a definition of an unknown form")?;
            runs[index as usize]["definition"]
                .as_str()
                .ok_or_else(|| "the run referred to has no definition".into())
        }
    }
}

fn parse(definition: &str) -> Result<Result<Arc<Machine>, String>, String> {
    let parsed = states_language::parse(
        &Source::with_format("definition", definition, Format::Json),
        &ParseOptions::default(),
    );
    let Some(machine) = parsed.machine else {
        return Err(format!(
            "not accepted: {:?}",
            parsed
                .diagnostics
                .iter()
                .map(|d| d.message.clone())
                .collect::<Vec<_>>()
        ));
    };
    match states_language::unsupported(&machine).first() {
        Some(what) => Ok(Err(format!("{what:?}"))),
        None => Ok(Ok(machine)),
    }
}

fn compare(
    case: &Value,
    expected: &Value,
    finished: &Finished,
    execution_names: &[String],
) -> Result<(), String> {
    let mut comparison = Comparison::new(&case["wildcards"], &case["tokens"], NOISE.to_vec());
    if let Some(history) = expected.get("history") {
        let actual = replace(
            &parse_embedded(finished.history_json()),
            history,
            &case["replacements"],
            execution_names,
        )?;
        let (mut expected, mut actual) = (history.clone(), actual);
        if case["parallel_unordered"] == true {
            expected.as_array_mut().map(unorder_parallel);
            actual.as_array_mut().map(unorder_parallel);
        }
        comparison.compare(&expected, &actual, "");
    }
    if let Some(output) = expected.get("output") {
        let Status::Succeeded { output: actual } = &finished.status else {
            return Err(format!(
                "expected output {output}, got {:?}",
                finished.status
            ));
        };
        let actual = actual.text().as_ref();
        let actual = if output.is_string() {
            Value::from(actual)
        } else {
            actual.parse().map_err(|error| format!("{error}"))?
        };
        let actual = replace(&actual, output, &case["replacements"], execution_names)?;
        comparison.compare(output, &actual, "output");
    }
    if comparison.differences.is_empty() {
        Ok(())
    } else {
        Err(comparison.differences.join("\n    "))
    }
}

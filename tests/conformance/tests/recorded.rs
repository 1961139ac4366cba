//! The cases recorded on AWS, where they are at hand. They are third-party data and never part of this repository: set
//! `STEPWRIGHT_RECORDED_CASES` to their folder, or keep it at `../shared/conformance` beside the checkout.
//!
//! `known-failures.txt` lists what does not pass, with the reason. A case that starts to pass has to leave the list; a case
//! that stops to pass fails the test.

use std::path::Path;
use std::sync::Arc;

use conformance::compare::{Comparison, parse_embedded, replace, unorder_parallel};
use conformance::local_functions::LocalCalls;
use conformance::moto::Moto;
use conformance::run::{Finished, Mode, identity, run};
use conformance::scripted::Scripted;
use conformance::suite::{Outcome, Suite, needs};
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
    let wanted = |needs: &[&str]| !needs.is_empty() && needs != ["lambda"];
    check("with services", wanted, 1, &move |case, _| {
        Ok(Arc::new(moto.set_up(case)?))
    });
}

/// What makes a case's calls. It may fill in what is only known now; the folder is for its files.
type CallsOf = dyn Fn(&mut Value, &Path) -> Result<Arc<dyn Calls>, String> + Sync;

fn check(group: &str, wanted: impl Fn(&[&str]) -> bool, threads: usize, calls: &CallsOf) {
    let suite = Suite {
        name: group,
        list: "known-failures.txt",
        known_failures: include_str!("known-failures.txt"),
        threads,
    };
    suite.check(
        |entry| entry["kind"] == "execution" && wanted(&needs(entry)),
        &|_, case| run_case(case, calls),
    );
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
    // Nobody is here to answer a task token or to work for an activity: those cases are for the server.
    let waits = states_language::waits_for_others(&machine);
    match states_language::unsupported(&machine)
        .first()
        .or(waits.first())
    {
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

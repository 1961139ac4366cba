//! The cases recorded on AWS, over HTTP: each on a fresh `stepwright serve` with AWS's limits.
//!
//! `known-failures-server.txt` lists what does not pass, with the reason. A case that starts to pass has to leave the list; a
//! case that stops to pass fails the test. `STEPWRIGHT_CASE=part-of-a-name` runs some and says why they fail.

use conformance::local_functions;
use conformance::moto::Moto;
use conformance::over_http;
use conformance::suite::{Outcome, Suite, needs};
use harness::{Options, Server};
use serde_json::Value;

/// Most of a case is waiting.
const THREADS: usize = 6;

fn check(
    name: &str,
    threads: usize,
    wanted: impl Fn(&Value) -> bool,
    play: &(dyn Fn(&Value) -> Result<(), String> + Sync),
) {
    let suite = Suite {
        name,
        list: "known-failures-server.txt",
        known_failures: include_str!("known-failures-server.txt"),
        threads,
    };
    suite.check(wanted, &|_, case| match play(case) {
        Ok(()) => Outcome::Passed,
        Err(why) => Outcome::Failed(why),
    });
}

/// None, said loudly, where there is no Python; but the test command has it.
fn moto() -> Option<Moto> {
    match Moto::start() {
        Ok(moto) => Some(moto),
        Err(why) => {
            assert!(std::env::var_os("STEPWRIGHT_TEST_VENV").is_none(), "{why}");
            eprintln!("SKIPPED: {why}");
            None
        }
    }
}

fn is_test_state(entry: &Value) -> bool {
    entry["file"]
        .as_str()
        .is_some_and(|file| file.starts_with("script/state/"))
}

fn play(case: &Value, options: Options) -> Result<(), String> {
    let options = Options {
        aws_limits: true,
        ..options
    };
    let server = Server::start(&options).map_err(|error| error.to_string())?;
    let outcome = over_http::play(case, server.client());
    match &options.template {
        // Some tasks have one second, and on a busy machine that is not enough to start a function: it is warm now.
        Some(_) => outcome.or_else(|_| over_http::play(case, server.client())),
        None => outcome,
    }
}

#[test]
fn cases_without_services() {
    check(
        "over HTTP, without services",
        THREADS,
        |entry| needs(entry).is_empty() && !is_test_state(entry),
        &|case| play(case, Options::default()),
    );
}

#[test]
fn cases_of_test_state() {
    check("over HTTP, of TestState", THREADS, is_test_state, &|case| {
        play(case, Options::default())
    });
}

/// Their functions are local ones; one that is not there is looked for at moto, which has none.
#[test]
fn cases_with_lambda_only() {
    let Some(moto) = moto() else { return };
    check(
        "over HTTP, with Lambda only",
        THREADS,
        |entry| needs(entry) == ["lambda"] && !is_test_state(entry),
        &|case| {
            let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
            let template = local_functions::template(&case["setup"], folder.path());
            let options = Options {
                endpoint_url: Some(moto.url().to_owned()),
                template: Some(template.map_err(|error| error.to_string())?),
                ..Options::default()
            };
            play(case, options)
        },
    );
}

/// One after the other: moto is emptied before each.
#[test]
fn cases_with_services() {
    let Some(moto) = moto() else { return };
    check(
        "over HTTP, with services",
        1,
        |entry| !matches!(needs(entry).as_slice(), [] | ["lambda"]) && !is_test_state(entry),
        &|case| {
            let mut case = case.clone();
            moto.set_up(&mut case)?;
            let options = Options {
                endpoint_url: Some(moto.url().to_owned()),
                ..Options::default()
            };
            play(&case, options)
        },
    );
}

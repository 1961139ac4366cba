//! The protocol cases that botocore publishes: arguments and the request that they have to become, a response and the
//! result that it has to become, each with a small model of its own.
//!
//! They are no part of this repository: `cargo xtask test` fetches botocore's source distribution and names its folder in
//! `STEPWRIGHT_BOTOCORE_SOURCE`. What cannot pass is in `exceptions.tsv`, with the reason; an exception that passes fails.

mod compare;
mod model;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use aws_types::sdk_config::{RequestChecksumCalculation, ResponseChecksumValidation};
use connectors::aws::checksum::Checksums;
use connectors::aws::compression::{DEFAULT_MIN_BYTES, compress};
use connectors::aws::with_host_prefix;
use connectors::protocol::{WireResponse, arguments, parse_response, serialize};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};
use service_models::{Operation, Protocol};

/// `folder/file.json`, the id of the case and why it cannot pass.
const EXCEPTIONS: &str = include_str!("exceptions.tsv");

#[test]
fn all_published_protocol_cases() {
    let Some(source) = std::env::var_os("STEPWRIGHT_BOTOCORE_SOURCE").map(PathBuf::from) else {
        eprintln!(
            "SKIPPED: the protocol cases that botocore publishes: STEPWRIGHT_BOTOCORE_SOURCE is not set"
        );
        return;
    };
    let root = source.join("tests/unit/protocols");
    let exceptions: Vec<(&str, &str)> = EXCEPTIONS
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| match line.split('\t').collect::<Vec<_>>()[..] {
            [file, case, _reason] => (file, case),
            _ => panic!("three columns: {line}"),
        })
        .collect();
    let mut unseen = exceptions.clone();
    let mut wrong = Vec::new();
    let mut counts = BTreeMap::new();
    for folder in ["input", "output", "legacy/input", "legacy/output"] {
        for file in files(&root.join(folder)) {
            let name = format!("{folder}/{}", file.file_name().unwrap().to_str().unwrap());
            let suites: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
            for (id, suite, case) in cases(&suites) {
                let (passed, listed) = counts.entry(name.clone()).or_insert((0, 0));
                let listed_here = |(f, c): &(&str, &str)| *f == name && (*c == id || *c == "*");
                let exception = exceptions.iter().find(|key| listed_here(key));
                unseen.retain(|key| !listed_here(key));
                match (exception, run(suite, case)) {
                    (None, Ok(())) => *passed += 1,
                    (Some(_), Err(_)) => *listed += 1,
                    (None, Err(error)) => wrong.push(format!("{name} {id}: {error:#}")),
                    (Some(_), Ok(())) => wrong.push(format!("{name} {id} passes: no exception")),
                }
            }
        }
    }
    wrong.extend(unseen.iter().map(|key| format!("{key:?}: no such case")));
    println!("passed and listed: {counts:#?}");
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    let passed: usize = counts.values().map(|(passed, _)| passed).sum();
    assert!(passed > 930, "only {passed} cases found and passed");
}

/// Each case with its id and the suite that has its model. Old ones are only numbered.
fn cases(suites: &Value) -> impl Iterator<Item = (String, &Value, &Value)> {
    let suites = suites.as_array().into_iter().flatten().enumerate();
    suites.flat_map(|(s, suite)| {
        let cases = suite["cases"].as_array().into_iter().flatten().enumerate();
        cases.map(move |(c, case)| {
            let id = case["id"]
                .as_str()
                .map_or(format!("{s}:{c}"), str::to_owned);
            (id, suite, case)
        })
    })
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn run(suite: &Value, case: &Value) -> Result<()> {
    let operation = model::operation(suite, case)?;
    ensure!(operation.service().protocol() != Protocol::Cbor, "CBOR");
    if case.get("response").is_some() {
        output(operation, case)
    } else {
        input(operation, suite["clientEndpoint"].as_str(), case)
    }
}

fn input(operation: Operation, endpoint: Option<&str>, case: &Value) -> Result<()> {
    let token = |_: &str| "00000000-0000-4000-8000-000000000000".to_owned();
    let arguments = arguments::normalize(operation.input(), &case["params"], &token)?;
    let mut request = serialize(operation, &arguments)?;
    // What the client does to a request before it is signed.
    compress(operation, &mut request, DEFAULT_MIN_BYTES);
    let checksums = Checksums {
        request: RequestChecksumCalculation::WhenSupported,
        response: ResponseChecksumValidation::WhenSupported,
    };
    checksums
        .add(operation, &arguments, &mut request)
        .map_err(anyhow::Error::msg)?;
    let endpoint = with_host_prefix(
        operation,
        endpoint.unwrap_or("https://example.com"),
        &arguments,
    )?;
    let (_, authority) = endpoint.split_once("://").context("no URL")?;

    let expected = &case["serialized"];
    if let Some(method) = expected["method"].as_str() {
        ensure!(
            request.method == method,
            "method {}, not {method}",
            request.method
        );
    }
    if let Some(host) = expected["host"].as_str() {
        ensure!(authority == host, "host {authority}, not {host}");
    }
    let uri = expected["uri"].as_str().unwrap_or("/");
    let path = authority.find('/').map_or("", |start| &authority[start..]);
    let sent = format!("{path}{}", request.uri);
    ensure!(sent == uri, "URI {sent}, not {uri}");
    let header = |name: &str| {
        let named = request
            .headers
            .iter()
            .filter(|(n, _)| n.eq_ignore_ascii_case(name));
        let values: Vec<&str> = named.map(|(_, value)| value.as_str()).collect();
        (!values.is_empty()).then(|| values.join(", "))
    };
    for (name, value) in expected["headers"].as_object().into_iter().flatten() {
        let sent = header(name);
        ensure!(
            compare::header(sent.as_deref(), value),
            "header {name}: {sent:?}, not {value}"
        );
    }
    for name in names(&expected["forbidHeaders"]) {
        ensure!(header(name).is_none(), "forbidden header {name}");
    }
    // The HTTP library knows the length of a body.
    for name in names(&expected["requireHeaders"]).filter(|name| *name != "Content-Length") {
        ensure!(header(name).is_some(), "no header {name}");
    }
    if let Some(body) = expected["body"].as_str() {
        compare::body(operation.service().protocol(), &request.body, body)?;
    }
    Ok(())
}

fn names(value: &Value) -> impl Iterator<Item = &str> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

fn output(operation: Operation, case: &Value) -> Result<()> {
    let response = &case["response"];
    let status = u16::try_from(response["status_code"].as_u64().context("no status")?)?;
    let mut headers = HeaderMap::new();
    for (name, value) in response["headers"].as_object().into_iter().flatten() {
        let value = value.as_str().context("a header that is no text")?;
        headers.append(HeaderName::try_from(name)?, HeaderValue::from_str(value)?);
    }
    let absent = if operation.service().protocol() == Protocol::Query {
        "<xml/>"
    } else {
        ""
    };
    let body = response["body"].as_str().unwrap_or(absent);
    let answer = parse_response(operation, status, &headers, body.as_bytes());
    match (answer, case.get("result")) {
        (WireResponse::Success(result), Some(expected)) => {
            let expected = match operation.output() {
                Some(output) => model::result(output, expected)?,
                None => Value::Object(Map::new()),
            };
            ensure!(
                compare::json(&result, &expected),
                "result {result}, not {expected}"
            );
        }
        (WireResponse::Error(error), _) if case.get("error").is_some() => {
            let (code, message) = (case["errorCode"].as_str(), case["errorMessage"].as_str());
            ensure!(
                error.code.as_deref() == code,
                "code {:?}, not {code:?}",
                error.code
            );
            ensure!(
                message.is_none() || error.message.as_deref() == message,
                "message {:?}",
                error.message
            );
        }
        (answer, _) => bail!("{answer:?}"),
    }
    Ok(())
}

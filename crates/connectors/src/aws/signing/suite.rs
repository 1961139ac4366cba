//! AWS's SigV4 suite, as botocore's source distribution carries it; `STEPWRIGHT_BOTOCORE_SOURCE` names its folder, the test
//! command fetches it.

use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use http::Request;

use super::{Signer, SigningContext, canonical, sha256_hex};

/// What the suite signs with: 2015-08-30T12:36:00Z, us-east-1, a service named `service`.
const TIME_SECONDS: u64 = 1_440_938_160;
const KEYS: (&str, &str) = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");

/// Cases that cannot apply, with the reason.
const LEFT_OUT: &[(&str, &str)] = &[(
    "get-space",
    "the path holds a space: a client sends %20, and services other than S3 want that escaped again",
)];

#[test]
fn every_case_of_the_suite() {
    let Ok(source) = std::env::var("STEPWRIGHT_BOTOCORE_SOURCE") else {
        eprintln!(
            "SKIPPED: STEPWRIGHT_BOTOCORE_SOURCE does not name botocore's source distribution"
        );
        return;
    };
    let folder = Path::new(&source).join("tests/unit/auth/aws4_testsuite");
    let mut cases = Vec::new();
    find(&folder, &mut cases);
    assert!(cases.len() >= 30, "{} cases", cases.len());
    cases.retain(|case| {
        let name = case.file_stem().unwrap().to_string_lossy();
        LEFT_OUT.iter().all(|(left_out, _)| *left_out != name)
    });
    let failed: Vec<String> = cases.iter().filter_map(|case| run(case).err()).collect();
    assert!(
        failed.is_empty(),
        "{} of {} failed:\n{}",
        failed.len(),
        cases.len(),
        failed.join("\n")
    );
    println!("{} cases passed", cases.len());
}

/// All `*.req` below a folder.
fn find(folder: &Path, cases: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find(&path, cases);
        } else if path.extension().is_some_and(|extension| extension == "req") {
            cases.push(path);
        }
    }
}

fn run(case: &Path) -> Result<(), String> {
    let expected = |extension: &str| {
        let text = std::fs::read_to_string(case.with_extension(extension)).unwrap();
        text.replace("\r\n", "\n").trim_end().to_owned()
    };
    let name = case.file_stem().unwrap().to_string_lossy().into_owned();
    let mut request = parse(&expected("req"));
    // A token that the case adds after signing is not part of the signature.
    request.headers_mut().remove("x-amz-security-token");
    let canonical = expected("creq");
    let token = canonical
        .lines()
        .find_map(|line| line.strip_prefix("x-amz-security-token:"))
        .map(str::to_owned);
    let credentials = Credentials::new(KEYS.0, KEYS.1, token, None, "suite");
    let context = SigningContext {
        credentials: &credentials,
        region: "us-east-1",
        service: "service",
        time: UNIX_EPOCH + Duration::from_secs(TIME_SECONDS),
        single_encoding: false,
        unsigned_payload: false,
    };
    Signer::default().sign(&mut request, &context).unwrap();
    let authorization = request.headers()["authorization"]
        .to_str()
        .unwrap()
        .to_owned();
    let canonical = canonical::request(&request, &sha256_hex(request.body()), false)?;
    let compare = |what: &str, ours: &str, expected: String| match ours == expected {
        true => Ok(()),
        false => Err(format!("{name}: {what}\n{ours}\nexpected\n{expected}\n")),
    };
    compare(
        "canonical request",
        canonical.text.trim_end(),
        expected("creq"),
    )?;
    compare("authorization", &authorization, expected("authz"))
}

/// The request of a case. What no HTTP client lets through is made what it would send: the suite's path holds characters
/// as they are, folded lines are one.
fn parse(text: &str) -> Request<Vec<u8>> {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let (method, rest) = lines.next().unwrap().split_once(' ').unwrap();
    let uri = rest.strip_suffix(" HTTP/1.1").unwrap();
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in lines {
        match line.split_once(':').filter(|_| !line.starts_with(' ')) {
            Some((name, value)) => headers.push((name.to_owned(), value.to_owned())),
            None => headers.last_mut().unwrap().1 += line,
        }
    }
    let mut builder = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        builder = builder.header(name, value);
    }
    builder
        .body(body.as_bytes().to_vec())
        .unwrap_or_else(|error| panic!("{uri}: {error}"))
}

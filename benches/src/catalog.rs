//! The catalog of AWS APIs and the size of what is shipped.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;

use service_models::catalog;

use crate::measure::{Line, ROUNDS};
use crate::program::stepwright;

const DECODE_TARGET_MILLIS: f64 = 10.0;
const CATALOG_TARGET_MB: f64 = 3.0;
const PROGRAM_TARGET_MB: f64 = 40.0;

/// The argument of a process that decodes EC2's model, which it does once, and prints the microseconds.
pub const CHILD: &str = "--decode-ec2";

pub fn child() -> ExitCode {
    let service = catalog().service("ec2");
    let begun = Instant::now();
    let operations = service.map_or(0, |service| service.operations().len());
    println!("{}", begun.elapsed().as_micros());
    match operations {
        0 => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    }
}

pub fn decode_ec2() -> Line {
    let decode = || -> Option<f64> {
        let program = std::env::current_exe().ok()?;
        let output = Command::new(program).arg(CHILD).output().ok()?;
        let micros: f64 = String::from_utf8(output.stdout).ok()?.trim().parse().ok()?;
        output.status.success().then_some(micros / 1e3)
    };
    let times: Option<Vec<f64>> = (0..ROUNDS).map(|_| decode()).collect();
    let fastest = times.and_then(|times| times.into_iter().reduce(f64::min));
    Line {
        name: "EC2's model, decoded once",
        measured: fastest.map_or("failed".to_owned(), |millis| format!("{millis:.1} ms")),
        baseline: String::new(),
        target: format!("< {DECODE_TARGET_MILLIS} ms"),
        holds: Some(fastest.is_some_and(|millis| millis < DECODE_TARGET_MILLIS)),
    }
}

pub fn sizes() -> [Line; 2] {
    let catalog =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/service-models/catalog/catalog.bin");
    [
        size("catalog", Some(&catalog), CATALOG_TARGET_MB),
        size(
            "stepwright, the program",
            stepwright().as_deref(),
            PROGRAM_TARGET_MB,
        ),
    ]
}

fn size(name: &'static str, file: Option<&Path>, target: f64) -> Line {
    let bytes = file.and_then(|file| std::fs::metadata(file).ok());
    let megabytes = bytes.map(|metadata| metadata.len() as f64 / 1e6);
    Line {
        name,
        measured: megabytes.map_or("not built".to_owned(), |size| format!("{size:.1} MB")),
        baseline: String::new(),
        target: format!("< {target} MB"),
        holds: megabytes.map(|size| size < target),
    }
}

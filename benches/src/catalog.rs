//! The catalog of AWS APIs and the size of what is shipped.

use std::path::Path;
use std::time::Instant;

use service_models::catalog;

use crate::measure::Line;
use crate::program::stepwright;

const DECODE_TARGET_MILLIS: f64 = 10.0;
const CATALOG_TARGET_MB: f64 = 3.0;
const PROGRAM_TARGET_MB: f64 = 40.0;

/// A process decodes a model once: to be measured before anything else asks for it.
pub fn decode_ec2() -> Line {
    let index = Instant::now();
    let service = catalog().service("ec2");
    let index = index.elapsed();
    let begun = Instant::now();
    let operations = service.map_or(0, |service| service.operations().len());
    let millis = begun.elapsed().as_secs_f64() * 1e3;
    Line {
        name: "EC2's model, decoded once",
        measured: format!("{millis:.1} ms ({operations} operations)"),
        baseline: format!(
            "the index of all services {:.1} ms",
            index.as_secs_f64() * 1e3
        ),
        target: format!("< {DECODE_TARGET_MILLIS} ms"),
        holds: Some(millis < DECODE_TARGET_MILLIS && operations > 700),
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

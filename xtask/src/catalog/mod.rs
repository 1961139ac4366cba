//! Generates the catalog of AWS APIs that `service-models` embeds.
//!
//! Source: the models in the Python package botocore (Apache-2.0). Same input, same bytes: nothing in the output depends
//! on time, place or the order in which folders are listed. The layout is described in `service-models/src/format.rs`.

mod api_model;
mod source;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::json;
use sha2::{Digest, Sha256};

use service_models::Operation;
use service_models::encode::{self, Counts, Writer};
use source::Models;

/// Bytes of the dictionary shared by the service frames; larger ones cost more than they save.
const MODEL_DICTIONARY_BYTES: usize = 110 * 1024;
/// Rule sets are variations of few templates: a small dictionary holds them.
const RULES_DICTIONARY_BYTES: usize = 32 * 1024;
const COMPRESSION_LEVEL: i32 = 19;

/// Writes `catalog.bin`, `actions.bin`, `manifest.json` and the constraints that `api` checks, or compares them with the committed ones when
/// `check`.
pub fn run(botocore: Option<PathBuf>, check: bool) -> Result<()> {
    let botocore = match botocore {
        Some(directory) => directory,
        None => source::installed_botocore()?,
    };
    let models = Models::read(&botocore)
        .with_context(|| format!("reading the models in {}", botocore.display()))?;
    let generated = generate(&models)?;
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
    let catalog = crates.join("service-models/catalog");
    let constraints = crates.join("api/src/validation/models");
    let mut files = vec![
        (catalog.join("catalog.bin"), generated.blob),
        (catalog.join("actions.bin"), actions(&models)?),
        (catalog.join("manifest.json"), generated.manifest.clone()),
    ];
    for (service, operations) in api_model::SERVICES {
        let path = constraints.join(format!("{service}.json"));
        files.push((path, api_model::generate(&models, service, operations)?));
    }
    if check {
        for (path, bytes) in files {
            let committed =
                std::fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
            if committed != bytes {
                bail!(
                    "{} differs from what botocore {} gives",
                    path.display(),
                    models.version
                );
            }
        }
        println!("the catalog is that of botocore {}", models.version);
        return Ok(());
    }
    std::fs::create_dir_all(&catalog)?;
    std::fs::create_dir_all(&constraints)?;
    for (path, bytes) in files {
        std::fs::write(path, bytes)?;
    }
    print!("{}", String::from_utf8_lossy(&generated.manifest));
    Ok(())
}

struct Generated {
    blob: Vec<u8>,
    manifest: Vec<u8>,
}

fn generate(models: &Models) -> Result<Generated> {
    let mut counts = Counts::default();
    let mut raw_models = Vec::new();
    let mut raw_rules = Vec::new();
    for service in &models.services {
        raw_models.push(
            encode::encode(service, &mut counts)
                .with_context(|| format!("encoding the model of {}", service.folder))?,
        );
        raw_rules.push(serde_json::to_vec(&service.endpoint_rules)?);
    }
    let model_dictionary = zstd::dict::from_samples(&raw_models, MODEL_DICTIONARY_BYTES)?;
    let rules_dictionary = zstd::dict::from_samples(&raw_rules, RULES_DICTIONARY_BYTES)?;
    let model_frames = compress(&raw_models, &model_dictionary)?;
    let rules_frames = compress(&raw_rules, &rules_dictionary)?;

    let mut index = Writer::default();
    index.text(&models.version);
    index.text(&serde_json::to_string(&models.partitions)?);
    index.number(models.services.len());
    for ((service, model_frame), rules_frame) in
        models.services.iter().zip(&model_frames).zip(&rules_frames)
    {
        encode::encode_metadata(service, &mut index)?;
        index.number(model_frame.len());
        index.number(rules_frame.len());
    }
    let index = zstd::bulk::compress(&index.finish(), COMPRESSION_LEVEL)?;

    let mut blob = service_models::format::MAGIC.to_vec();
    for part in [&model_dictionary, &rules_dictionary, &index] {
        blob.extend(u32::try_from(part.len())?.to_le_bytes());
    }
    for part in [&model_dictionary, &rules_dictionary, &index] {
        blob.extend(part);
    }
    for frame in model_frames.iter().chain(&rules_frames) {
        blob.extend(frame);
    }
    let manifest = json!({
        "source": format!("botocore {}", models.version),
        "license": "Apache-2.0, see NOTICE",
        "services": models.services.len(),
        "operations": counts.operations,
        "shapes": counts.shapes,
        "members": counts.members,
        "errors": counts.errors,
        "paginators": counts.paginators,
        "waiters": counts.waiters,
        "bytes": blob.len(),
        "sha256": hex(&Sha256::digest(&blob)),
    });
    let mut manifest = serde_json::to_vec_pretty(&manifest)?;
    manifest.push(b'\n');
    Ok(Generated { blob, manifest })
}

/// The names alone of what tasks can use: a line a service, its segment and its actions.
fn actions(models: &Models) -> Result<Vec<u8>> {
    let mut lines = String::new();
    let mut seen = BTreeSet::new();
    for source in &models.services {
        let service = encode::service(source)?;
        // Of two services with one segment the first counts.
        if !seen.insert(service.segment()) {
            continue;
        }
        lines.push_str(service.segment());
        let supported = |operation: &Operation| operation.unsupported().is_none();
        for operation in service.operations().filter(supported) {
            lines.push(' ');
            lines.push_str(operation.action());
        }
        lines.push('\n');
    }
    Ok(zstd::bulk::compress(lines.as_bytes(), COMPRESSION_LEVEL)?)
}

fn compress(raw: &[Vec<u8>], dictionary: &[u8]) -> Result<Vec<Vec<u8>>> {
    let mut compressor = zstd::bulk::Compressor::with_dictionary(COMPRESSION_LEVEL, dictionary)?;
    raw.iter()
        .map(|bytes| Ok(compressor.compress(bytes)?))
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

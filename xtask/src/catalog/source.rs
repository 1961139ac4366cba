//! Reads the newest model of each service from botocore's package folder, documentation removed.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value};
use service_models::encode::ServiceSource;

/// All models of one botocore release.
pub struct Models {
    pub version: String,
    /// `partitions.json`: regions, DNS suffixes.
    pub partitions: Value,
    /// Sorted by folder name.
    pub services: Vec<ServiceSource>,
}

/// The package folder of the botocore that `python3` imports.
pub fn installed_botocore() -> Result<PathBuf> {
    let output = Command::new("python3")
        .args([
            "-c",
            "import botocore, os; print(os.path.dirname(botocore.__file__))",
        ])
        .output()
        .context("running python3")?;
    ensure!(
        output.status.success(),
        "python3 has no botocore (pip install botocore, or give --botocore DIR): {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(PathBuf::from(String::from_utf8(output.stdout)?.trim()))
}

impl Models {
    pub fn read(package: &Path) -> Result<Models> {
        let init = fs::read_to_string(package.join("__init__.py"))?;
        let version = init
            .lines()
            .find_map(|line| line.strip_prefix("__version__ = "))
            .context("no __version__ in __init__.py")?
            .trim_matches(['\'', '"'])
            .to_owned();
        let data = package.join("data");
        let mut partitions = read_json(&data.join("partitions"))?.context("no partitions.json")?;
        strip_descriptions(&mut partitions);
        let mut services = Vec::new();
        for folder in sorted_folders(&data)? {
            let versions = sorted_folders(&data.join(&folder))?;
            let Some(newest) = versions.last() else {
                continue;
            };
            let path = data.join(&folder).join(newest);
            services
                .push(read_service(&folder, &path).with_context(|| path.display().to_string())?);
        }
        ensure!(!services.is_empty(), "no services in {}", data.display());
        Ok(Models {
            version,
            partitions,
            services,
        })
    }
}

/// The files of one service, extras merged in.
fn read_service(folder: &str, path: &Path) -> Result<ServiceSource> {
    let model = read_merged(path, "service-2")?.context("no service-2.json")?;
    let mut endpoint_rules =
        read_json(&path.join("endpoint-rule-set-1"))?.context("no endpoint-rule-set-1.json")?;
    strip_documentation(&mut endpoint_rules);
    let section = |file: &str, name: &str| -> Result<Map<String, Value>> {
        let Some(mut value) = read_merged(path, file)? else {
            return Ok(Map::new());
        };
        match value[name].take() {
            Value::Object(map) => Ok(map),
            _ => Ok(Map::new()),
        }
    };
    Ok(ServiceSource {
        folder: folder.to_owned(),
        paginators: section("paginators-1", "pagination")?,
        waiters: section("waiters-2", "waiters")?,
        model,
        endpoint_rules,
    })
}

fn sorted_folders(path: &Path) -> Result<Vec<String>> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            folders.push(
                entry
                    .file_name()
                    .into_string()
                    .ok()
                    .context("folder name is not UTF-8")?,
            );
        }
    }
    folders.sort();
    Ok(folders)
}

/// `NAME.json` with `NAME.sdk-extras.json` merged over it, as botocore's loader does.
fn read_merged(path: &Path, name: &str) -> Result<Option<Value>> {
    let Some(mut value) = read_json(&path.join(name))? else {
        return Ok(None);
    };
    if let Some(mut extras) = read_json(&path.join(format!("{name}.sdk-extras")))? {
        merge(&mut value, extras["merge"].take());
    }
    Ok(Some(value))
}

/// `STEM.json` or `STEM.json.gz`; `None` when there is neither.
fn read_json(stem: &Path) -> Result<Option<Value>> {
    let file = |extension: &str| {
        let mut path = stem.as_os_str().to_owned();
        path.push(extension);
        PathBuf::from(path)
    };
    let (plain, packed) = (file(".json"), file(".json.gz"));
    let bytes = if plain.exists() {
        fs::read(&plain)?
    } else if packed.exists() {
        let mut bytes = Vec::new();
        flate2::read::GzDecoder::new(fs::File::open(&packed)?).read_to_end(&mut bytes)?;
        bytes
    } else {
        return Ok(None);
    };
    Ok(Some(
        serde_json::from_slice(&bytes).with_context(|| stem.display().to_string())?,
    ))
}

fn merge(base: &mut Value, over: Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (key, value) in over {
                merge(base.entry(key).or_insert(Value::Null), value);
            }
        }
        (base, over) => *base = over,
    }
}

fn strip_documentation(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.shift_remove("documentation");
            map.values_mut().for_each(strip_documentation);
        }
        Value::Array(items) => items.iter_mut().for_each(strip_documentation),
        _ => {}
    }
}

/// Region descriptions ("Europe (Stockholm)") are not needed to resolve endpoints.
fn strip_descriptions(partitions: &mut Value) {
    for partition in partitions["partitions"]
        .as_array_mut()
        .into_iter()
        .flatten()
    {
        for (_, region) in partition["regions"].as_object_mut().into_iter().flatten() {
            if let Some(region) = region.as_object_mut() {
                region.shift_remove("description");
            }
        }
    }
}

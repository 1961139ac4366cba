//! Builds `console/` with npm and writes a table of its files. In this order: `UI_DIST=FOLDER` embeds a folder that was built
//! elsewhere; `UI=skip` embeds a page that says so, for who works on the Rust side alone; a `dist` that was made from the
//! same sources is taken as it is; else npm builds it. Without npm the page is embedded with a warning; `UI=require`
//! makes that an error.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fmt::Write as _};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What the built files depend on, besides everything in `src` and `public`.
const SOURCES: [&str; 6] = [
    "index.html",
    "package.json",
    "package-lock.json",
    "scripts/precompress.mjs",
    "tsconfig.json",
    "vite.config.ts",
];
/// Written into `dist` by this script: the hash of the sources that it was built from.
const STAMP: &str = ".stamp";
const PLACEHOLDER: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Stepwright</title>\
    <p>This build has no console: it was made with UI=skip, or without npm. The API works as always.</p></html>\n";

fn main() -> Result<()> {
    let manifest = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let console = manifest.join("../../console").canonicalize()?;
    println!("cargo:rerun-if-env-changed=UI");
    println!("cargo:rerun-if-env-changed=UI_DIST");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let wish = env::var("UI").unwrap_or_default();
    let dist = match env::var_os("UI_DIST") {
        Some(dist) => {
            let dist = PathBuf::from(dist);
            println!("cargo:rerun-if-changed={}", dist.display());
            if !dist.join("index.html").is_file() {
                return Err(format!("UI_DIST={} has no index.html", dist.display()).into());
            }
            Some(dist)
        }
        None if wish == "skip" => None,
        None => built(&console, wish == "require")?,
    };
    let is_placeholder = dist.is_none();
    let dist = match dist {
        Some(dist) => dist,
        None => {
            let folder = out.join("placeholder");
            fs::create_dir_all(&folder)?;
            fs::write(folder.join("index.html"), PLACEHOLDER)?;
            folder
        }
    };
    fs::write(out.join("assets.rs"), table(&dist, is_placeholder)?)?;
    Ok(())
}

/// `console/dist`, built if it has to be; None without npm.
fn built(console: &Path, is_required: bool) -> Result<Option<PathBuf>> {
    let mut sources = BTreeSet::new();
    for name in SOURCES {
        sources.insert(console.join(name));
    }
    for folder in ["src", "public"] {
        // A folder's own time changes when a file comes or goes.
        println!("cargo:rerun-if-changed={}", console.join(folder).display());
        files_below(&console.join(folder), &mut sources)?;
    }
    let mut hash = DefaultHasher::new();
    for path in &sources {
        println!("cargo:rerun-if-changed={}", path.display());
        path.strip_prefix(console)?.hash(&mut hash);
        fs::read(path)
            .map_err(|error| format!("{}: {error}", path.display()))?
            .hash(&mut hash);
    }
    let stamp = format!("{:016x}\n", hash.finish());
    let dist = console.join("dist");
    let is_current = || fs::read_to_string(dist.join(STAMP)).is_ok_and(|found| found == stamp);
    if is_current() {
        return Ok(Some(dist));
    }
    // Debug and release builds may come here at the same time.
    let lock = File::create(console.join(".build.lock"))?;
    lock.lock()?;
    if is_current() {
        return Ok(Some(dist));
    }
    let npm = |arguments: &[&str]| -> io::Result<std::process::Output> {
        Command::new("npm")
            .args(arguments)
            .current_dir(console)
            .output()
    };
    if npm(&["--version"]).is_err() {
        let message =
            "npm was not found: install Node.js 20.19 or newer, or set UI=skip or UI_DIST";
        if is_required {
            return Err(message.into());
        }
        println!("cargo:warning=the console is left out: {message}");
        return Ok(None);
    }
    // npm keeps a copy of the lock file that it has installed.
    let installed = console.join("node_modules/.stepwright-lock");
    let wanted = fs::read(console.join("package-lock.json"))?;
    let is_installed = fs::read(&installed).is_ok_and(|found| found == wanted);
    let steps: &[&[&str]] = match is_installed {
        true => &[&["run", "build"]],
        false => &[&["ci", "--no-audit", "--no-fund"], &["run", "build"]],
    };
    for step in steps {
        let output = npm(step)?;
        if !output.status.success() {
            return Err(format!(
                "npm {} failed in {} (UI=skip builds without the console):\n{}{}",
                step.join(" "),
                console.display(),
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            )
            .into());
        }
        if step.first() == Some(&"ci") {
            fs::write(&installed, &wanted)?;
        }
    }
    fs::write(dist.join(STAMP), stamp)?;
    Ok(Some(dist))
}

/// Tests are not in the console that people get.
fn files_below(folder: &Path, found: &mut BTreeSet<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if path.is_dir() {
            println!("cargo:rerun-if-changed={}", path.display());
            files_below(&path, found)?;
        } else if !name.contains(".test.") && !name.contains(".golden.") {
            found.insert(path);
        }
    }
    Ok(())
}

fn table(dist: &Path, is_placeholder: bool) -> Result<String> {
    let mut paths = BTreeSet::new();
    files_below(dist, &mut paths)?;
    let mut rows = Vec::new();
    for path in &paths {
        let name = path
            .strip_prefix(dist)?
            .to_string_lossy()
            .replace('\\', "/");
        if name == STAMP || name.ends_with(".gz") {
            continue;
        }
        let compressed = PathBuf::from(format!("{}.gz", path.display()));
        let (form, content) = match paths.contains(&compressed) {
            true => ("Gzip", &compressed),
            false => ("Plain", path),
        };
        let mut hash = DefaultHasher::new();
        fs::read(path)?.hash(&mut hash);
        rows.push(format!(
            "    Asset {{ path: {name:?}, media_type: {:?}, etag: \"\\\"{:016x}\\\"\", content: Content::{form}(include_bytes!({:?})) }},\n",
            media_type(&name),
            hash.finish(),
            content.display().to_string(),
        ));
    }
    rows.sort();
    let mut text = String::new();
    writeln!(text, "const IS_PLACEHOLDER: bool = {is_placeholder};")?;
    writeln!(
        text,
        "/// Sorted by path.\npub static ASSETS: &[Asset] = &[\n{}];",
        rows.concat()
    )?;
    Ok(text)
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "md" | "txt" => "text/plain; charset=utf-8",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    }
}

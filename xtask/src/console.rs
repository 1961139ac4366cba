//! The console's part of the test command: types, lints and unit tests, the budgets of what a browser loads, and the scenarios in a
//! real browser against the real binary.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::test_command::step;

/// The oldest Node.js that Vite runs on.
const NODE: (u32, u32) = (20, 19);

pub struct Console {
    folder: PathBuf,
}

impl Console {
    /// Installs its packages where they are not those of the lock file.
    pub fn prepare(root: &Path) -> Result<Console> {
        let folder = root.join("console");
        let version = Command::new("node").arg("--version").output();
        let version = version.context("Node.js was not found")?.stdout;
        let version = String::from_utf8_lossy(&version).trim().to_owned();
        let mut numbers = version
            .trim_start_matches('v')
            .split('.')
            .map(|number| number.parse().unwrap_or(0));
        if (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) < NODE {
            bail!("Node.js {version} is older than {}.{}", NODE.0, NODE.1);
        }
        let console = Console { folder };
        // As the build of `console-assets` marks what it has installed.
        let installed = console.folder.join("node_modules/.stepwright-lock");
        let wanted = std::fs::read(console.folder.join("package-lock.json"))?;
        if std::fs::read(&installed).is_ok_and(|found| found == wanted) {
            return Ok(console);
        }
        step(
            "the console's packages",
            &mut console.npm(&["ci", "--no-audit", "--no-fund"]),
        )?;
        std::fs::write(installed, wanted)?;
        Ok(console)
    }

    /// What needs no server. The console has been built by the build of the binary, or is built here.
    pub fn check(&self) -> Result<()> {
        step(
            "the console: types and lints",
            &mut self.npm(&["run", "check"]),
        )?;
        step("the console: unit tests", &mut self.npm(&["test"]))
    }

    pub fn budget(&self) -> Result<()> {
        step("the console: budgets", &mut self.npm(&["run", "budget"]))
    }

    /// The scenarios in a browser.
    pub fn scenarios(&self, binary: &Path, chromium: &Path) -> Result<()> {
        step(
            "the console in a browser",
            self.npm(&["run", "e2e"])
                .env("STEPWRIGHT_BINARY", binary)
                .env("CHROMIUM", chromium),
        )
    }

    fn npm(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("npm");
        command.args(arguments).current_dir(&self.folder);
        command
    }
}

/// Chromium, installed with Debian's packages where this may be done.
pub fn chromium() -> Result<PathBuf> {
    if let Some(found) = find_chromium() {
        return Ok(found);
    }
    let mut apt = Command::new("apt-get");
    apt.args([
        "install",
        "-y",
        "--no-install-recommends",
        "-qq",
        "chromium",
    ])
    .env("DEBIAN_FRONTEND", "noninteractive");
    let is_installed = |apt: &mut Command| apt.output().is_ok_and(|output| output.status.success());
    eprintln!("== Chromium");
    if !is_installed(&mut apt) {
        // The lists of packages are not there on a fresh machine.
        let _ = Command::new("apt-get").args(["update", "-qq"]).output();
        is_installed(&mut apt);
    }
    find_chromium()
        .context("no Chromium, and apt-get could not install it; set CHROMIUM to a browser's path")
}

fn find_chromium() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("CHROMIUM") {
        return Some(path.into());
    }
    let path = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome"];
    std::env::split_paths(&path)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|candidate| candidate.is_file())
}

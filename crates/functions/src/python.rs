//! Finding a Python interpreter for a runtime, and the bootstrap that it runs.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde::Deserialize;
use tokio::process::Command;
use tokio::time::timeout;

/// Speaks the Runtime API for a Python function; fed to the interpreter on standard input.
pub(crate) const BOOTSTRAP: &[u8] = include_bytes!("bootstrap.py");

const OLDEST: (u32, u32) = (3, 9);

/// An interpreter that does not even say its version in this time is not used.
const PROBE_SECONDS: u64 = 30;

/// Says what an interpreter is, in one line of JSON. Old enough for any Python 3.
const PROBE: &str = "import json, site, sys; print(json.dumps({'executable': sys.executable, \
    'version': list(sys.version_info[:2]), 'virtual': sys.prefix != sys.base_prefix, \
    'user_base': site.getuserbase()}))";

/// A Python that works.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Interpreter {
    /// The real program, behind any launcher script.
    pub(crate) executable: PathBuf,
    version: (u32, u32),
    /// It belongs to a virtual environment.
    #[serde(rename = "virtual")]
    is_virtual: bool,
    /// Where `pip install --user` puts packages; a function has another HOME and would not find them.
    pub(crate) user_base: String,
}

impl Interpreter {
    /// A warning if a function gets another version than it asks for.
    pub(crate) fn warning(&self, runtime: &str) -> Option<String> {
        let (major, minor) = self.version;
        (minor_version(runtime) != Some(minor)).then(|| {
            format!("{runtime} is not on this machine; it runs with Python {major}.{minor}")
        })
    }
}

/// The `12` of `python3.12`; `None` for what is not a Python 3 runtime.
pub(crate) fn minor_version(runtime: &str) -> Option<u32> {
    runtime.strip_prefix("python3.")?.parse().ok()
}

/// The interpreter for a runtime: the one of an active virtual environment, else the version asked for, else `python3`.
pub(crate) async fn find(minor: u32, search_path: &OsStr) -> Option<Interpreter> {
    let general = probe("python3", search_path).await;
    if let Some(python) = &general
        && (python.is_virtual || python.version == (3, minor))
    {
        return general;
    }
    probe(&format!("python3.{minor}"), search_path)
        .await
        .or(general)
}

async fn probe(program: &str, search_path: &OsStr) -> Option<Interpreter> {
    let mut command = Command::new(program);
    command
        .args(["-c", PROBE])
        .env_clear()
        .env("PATH", search_path);
    command.stdin(Stdio::null()).kill_on_drop(true);
    let output = timeout(Duration::from_secs(PROBE_SECONDS), command.output())
        .await
        .ok()?
        .ok()?;
    let python: Interpreter = serde_json::from_slice(&output.stdout).ok()?;
    (python.version >= OLDEST).then_some(python)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use super::*;

    fn install(folder: &Path, name: &str, script: &str) {
        let path = folder.join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn says(minor: u32, is_virtual: bool) -> String {
        format!(
            r#"echo '{{"executable": "/opt/python3.{minor}", "version": [3, {minor}], "virtual": {is_virtual}, "user_base": "/u"}}'"#
        )
    }

    async fn found(minor: u32, folder: &Path) -> Option<String> {
        find(minor, folder.as_os_str())
            .await
            .map(|python| python.executable.display().to_string())
    }

    #[test]
    fn runtimes() {
        assert_eq!(minor_version("python3.12"), Some(12));
        assert_eq!(minor_version("python2.7"), None);
        assert_eq!(minor_version("nodejs22.x"), None);
    }

    #[tokio::test]
    async fn the_version_asked_for_wins_over_the_general_one() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(found(12, folder.path()).await, None);
        install(folder.path(), "python3", &says(11, false));
        assert_eq!(
            found(12, folder.path()).await.as_deref(),
            Some("/opt/python3.11")
        );
        install(folder.path(), "python3.12", &says(12, false));
        assert_eq!(
            found(12, folder.path()).await.as_deref(),
            Some("/opt/python3.12")
        );
        install(
            folder.path(),
            "python3.12",
            "echo 'not installed here' >&2; exit 127",
        );
        let python = find(12, folder.path().as_os_str()).await.unwrap();
        assert_eq!(
            python.warning("python3.12").as_deref(),
            Some("python3.12 is not on this machine; it runs with Python 3.11")
        );
        assert_eq!(python.warning("python3.11"), None);
    }

    #[tokio::test]
    async fn an_active_virtual_environment_wins() {
        let folder = tempfile::tempdir().unwrap();
        install(folder.path(), "python3", &says(11, true));
        install(folder.path(), "python3.12", &says(12, false));
        assert_eq!(
            found(12, folder.path()).await.as_deref(),
            Some("/opt/python3.11")
        );
    }

    #[tokio::test]
    async fn what_is_too_old_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        install(folder.path(), "python3", &says(8, false));
        assert_eq!(found(12, folder.path()).await, None);
    }
}

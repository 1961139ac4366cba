//! Finding the program that runs a function: Python, Node.js, or the function's own `bootstrap`.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde::Deserialize;
use tokio::process::Command;
use tokio::time::timeout;

const OLDEST_PYTHON: (u32, u32) = (3, 9);
const OLDEST_NODE: (u32, u32) = (18, 0);

/// An interpreter that does not even say its version in this time is not used.
const PROBE_SECONDS: u64 = 30;

/// Says what a Python is, in one line of JSON. Old enough for any Python 3.
const PYTHON_PROBE: &str = "import json, site, sys; print(json.dumps({'executable': sys.executable, \
    'version': list(sys.version_info[:2]), 'virtual': sys.prefix != sys.base_prefix, \
    'user_base': site.getuserbase()}))";

/// Says what a Node.js is.
const NODE_PROBE: &str = "console.log(JSON.stringify({executable: process.execPath, \
    version: process.versions.node.split('.').slice(0, 2).map(Number)}))";

/// A runtime that functions can have here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Runtime {
    /// `python3.MINOR`
    Python { minor: u32 },
    /// `nodejsMAJOR.x`
    Node { major: u32 },
    /// `provided`, `provided.al2`, `provided.al2023`: the code has a `bootstrap` that speaks the Runtime API itself.
    Provided,
}

impl Runtime {
    /// Reads Lambda's identifier. `None`: functions of this runtime cannot run here.
    pub(crate) fn parse(identifier: &str) -> Option<Self> {
        if let Some(minor) = identifier.strip_prefix("python3.") {
            return Some(Self::Python {
                minor: minor.parse().ok()?,
            });
        }
        if let Some(version) = identifier.strip_prefix("nodejs") {
            let major = version.strip_suffix(".x")?.parse().ok()?;
            return Some(Self::Node { major });
        }
        ["provided", "provided.al2", "provided.al2023"]
            .contains(&identifier)
            .then_some(Self::Provided)
    }

    /// What has to be on the machine, for messages.
    pub(crate) fn requirement(self) -> &'static str {
        match self {
            Self::Python { .. } => "Python 3.9 or later, and there is no working python3",
            Self::Node { .. } => "Node.js 18 or later, and there is no working node",
            Self::Provided => "its own bootstrap",
        }
    }

    /// The best interpreter in `search_path`: the version asked for, else whatever there is. An active virtual environment
    /// of Python goes first.
    pub(crate) async fn interpreter(self, search_path: &OsStr) -> Option<Interpreter> {
        let (general, exact, arguments, wanted, oldest): (&[&str], _, _, _, _) = match self {
            Self::Provided => return None,
            Self::Python { minor } => (
                &["python3"],
                vec![format!("python3.{minor}")],
                // Isolated: the working folder may have a json.py.
                ["-Ic", PYTHON_PROBE],
                [3, minor],
                OLDEST_PYTHON,
            ),
            Self::Node { major } => (
                &["node", "nodejs"],
                vec![format!("node-{major}"), format!("node{major}")],
                ["-e", NODE_PROBE],
                [major, 0],
                OLDEST_NODE,
            ),
        };
        let fits = |found: &Interpreter| match self {
            Self::Node { .. } => found.version.0 == wanted[0],
            _ => found.is_virtual || found.version == (wanted[0], wanted[1]),
        };
        let mut fallback = None;
        let exact = exact.iter().map(String::as_str);
        for program in general.iter().copied().chain(exact) {
            let found = probe(program, arguments, search_path).await;
            match found.filter(|found| found.version >= oldest) {
                Some(found) if fits(&found) => return Some(found),
                found => fallback = fallback.or(found),
            }
        }
        fallback
    }
}

/// An interpreter that works.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Interpreter {
    /// The real program, behind any launcher script.
    pub(crate) executable: PathBuf,
    /// Major and minor.
    pub(crate) version: (u32, u32),
    /// It belongs to a virtual environment.
    #[serde(rename = "virtual", default)]
    is_virtual: bool,
    /// Where `pip install --user` puts packages; a function has another HOME and would not find them.
    #[serde(default)]
    pub(crate) user_base: Option<String>,
}

impl Interpreter {
    /// A warning if a function gets another version than it asks for.
    pub(crate) fn warning(&self, runtime: Runtime, identifier: &str) -> Option<String> {
        let (major, minor) = self.version;
        let found = match runtime {
            Runtime::Python { minor: wanted } if wanted != minor => {
                format!("Python {major}.{minor}")
            }
            Runtime::Node { major: wanted } if wanted != major => {
                format!("Node.js {major}.{minor}")
            }
            _ => return None,
        };
        Some(format!(
            "{identifier} is not on this machine; it runs with {found}"
        ))
    }
}

async fn probe(program: &str, arguments: [&str; 2], search_path: &OsStr) -> Option<Interpreter> {
    let mut command = Command::new(program);
    command.args(arguments).env("PATH", search_path);
    // Launchers find their versions by the user's environment; what would change the answer itself stays out.
    for name in ["PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "NODE_OPTIONS"] {
        command.env_remove(name);
    }
    command.stdin(Stdio::null()).kill_on_drop(true);
    let output = timeout(Duration::from_secs(PROBE_SECONDS), command.output())
        .await
        .ok()?
        .ok()?;
    serde_json::from_slice(&output.stdout).ok()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use super::*;

    const PYTHON_3_12: Runtime = Runtime::Python { minor: 12 };
    const NODE_22: Runtime = Runtime::Node { major: 22 };

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

    fn node(major: u32) -> String {
        format!(r#"echo '{{"executable": "/opt/node{major}", "version": [{major}, 3]}}'"#)
    }

    async fn found(runtime: Runtime, folder: &Path) -> Option<String> {
        runtime
            .interpreter(folder.as_os_str())
            .await
            .map(|found| found.executable.display().to_string())
    }

    #[test]
    fn runtimes() {
        assert_eq!(Runtime::parse("python3.12"), Some(PYTHON_3_12));
        assert_eq!(Runtime::parse("nodejs22.x"), Some(NODE_22));
        assert_eq!(Runtime::parse("provided.al2023"), Some(Runtime::Provided));
        for other in [
            "python2.7",
            "nodejs",
            "nodejs22",
            "go1.x",
            "java21",
            "provided.al3",
            "",
        ] {
            assert_eq!(Runtime::parse(other), None, "{other}");
        }
    }

    #[tokio::test]
    async fn the_version_asked_for_wins_over_the_general_one() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(found(PYTHON_3_12, folder.path()).await, None);
        install(folder.path(), "python3", &says(11, false));
        let general = Some("/opt/python3.11".to_owned());
        assert_eq!(found(PYTHON_3_12, folder.path()).await, general);
        install(folder.path(), "python3.12", &says(12, false));
        assert_eq!(
            found(PYTHON_3_12, folder.path()).await.as_deref(),
            Some("/opt/python3.12")
        );
        install(
            folder.path(),
            "python3.12",
            "echo 'not installed here' >&2; exit 127",
        );
        assert_eq!(found(PYTHON_3_12, folder.path()).await, general);
        let python = PYTHON_3_12
            .interpreter(folder.path().as_os_str())
            .await
            .unwrap();
        assert_eq!(
            python.warning(PYTHON_3_12, "python3.12").as_deref(),
            Some("python3.12 is not on this machine; it runs with Python 3.11")
        );
        let same = Runtime::Python { minor: 11 };
        assert_eq!(python.warning(same, "python3.11"), None);
    }

    #[tokio::test]
    async fn node_is_found_under_any_of_its_names() {
        let folder = tempfile::tempdir().unwrap();
        install(folder.path(), "nodejs", &node(20));
        assert_eq!(
            found(NODE_22, folder.path()).await.as_deref(),
            Some("/opt/node20")
        );
        install(folder.path(), "node-22", &node(22));
        assert_eq!(
            found(NODE_22, folder.path()).await.as_deref(),
            Some("/opt/node22")
        );
        install(folder.path(), "node", &node(22).replace("node22", "first"));
        assert_eq!(
            found(NODE_22, folder.path()).await.as_deref(),
            Some("/opt/first")
        );
    }

    #[tokio::test]
    async fn an_active_virtual_environment_wins() {
        let folder = tempfile::tempdir().unwrap();
        install(folder.path(), "python3", &says(11, true));
        install(folder.path(), "python3.12", &says(12, false));
        assert_eq!(
            found(PYTHON_3_12, folder.path()).await.as_deref(),
            Some("/opt/python3.11")
        );
    }

    #[tokio::test]
    async fn what_is_too_old_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        install(folder.path(), "python3", &says(8, false));
        install(folder.path(), "node", &node(16));
        assert_eq!(found(PYTHON_3_12, folder.path()).await, None);
        assert_eq!(found(NODE_22, folder.path()).await, None);
    }
}

//! How fast the program starts.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::measure::{Line, fastest};

const TARGET_MILLIS: f64 = 20.0;

/// The program built beside this one.
pub fn stepwright() -> Option<PathBuf> {
    let path = std::env::current_exe().ok()?.with_file_name("stepwright");
    path.is_file().then_some(path)
}

pub fn version() -> Line {
    let name = "stepwright --version";
    let target = format!("< {TARGET_MILLIS} ms");
    let Some(path) = stepwright() else {
        return Line {
            name,
            measured: "not built".to_owned(),
            baseline: "cargo build --release -p cli".to_owned(),
            target,
            holds: None,
        };
    };
    let run = |program: PathBuf, argument: &str| {
        let status = Command::new(program)
            .arg(argument)
            .stdout(Stdio::null())
            .status();
        assert!(status.is_ok_and(|status| status.success()));
    };
    let time = fastest(1, || path.clone(), |path| run(path, "--version"));
    let nothing = fastest(
        1,
        || PathBuf::from("true"),
        |program| run(program, "--version"),
    );
    let millis = time.as_secs_f64() * 1e3;
    Line {
        name,
        measured: format!("{millis:.1} ms"),
        baseline: format!(
            "{:.1} x starting `true`",
            time.as_secs_f64() / nothing.as_secs_f64()
        ),
        target,
        holds: Some(millis < TARGET_MILLIS),
    }
}

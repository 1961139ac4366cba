//! The Python environment that `cargo xtask test` prepares.

use std::path::{Path, PathBuf};

/// Its interpreter; an error says what is not there.
pub fn python() -> Result<PathBuf, String> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let venv = std::env::var_os("STEPWRIGHT_TEST_VENV").map(PathBuf::from);
    let python = venv
        .unwrap_or_else(|| repository.join(".set-up/venv"))
        .join("bin/python");
    match python.is_file() {
        true => Ok(python),
        false => Err(format!(
            "no {}: `cargo xtask test` makes it",
            python.display()
        )),
    }
}

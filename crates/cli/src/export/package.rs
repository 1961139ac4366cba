//! A function's code as a zip file: the same bytes for the same files, so that plans stay empty.

use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use zip::write::SimpleFileOptions;
use zip::{DateTime, ZipWriter};

use crate::error::CliError;

/// What Lambda takes when a request carries the zip file itself is 50 MB; unpacked it takes 250 MB.
const MAX_BYTES: u64 = 262_144_000;
/// Never part of a function.
const LEFT_OUT: [&str; 6] = [
    ".git",
    ".aws-sam",
    "__pycache__",
    ".pytest_cache",
    ".DS_Store",
    ".venv",
];

/// A file of a package, by its path there.
pub struct File {
    pub name: String,
    pub content: Vec<u8>,
    pub is_executable: bool,
}

/// All files of a folder, sorted by their paths. A single file stands for its folder, as in local runs.
pub fn files(path: &Path) -> Result<Vec<File>, CliError> {
    let folder = match path.is_file() {
        true => path.parent().unwrap_or_else(|| Path::new("")).to_owned(),
        false => path.to_owned(),
    };
    let mut files = Vec::new();
    let mut bytes = 0;
    let mut folders = vec![folder.clone()];
    while let Some(next) = folders.pop() {
        for path in entries(&next)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if LEFT_OUT.contains(&&*name) || name.ends_with(".pyc") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let content = std::fs::read(&path).map_err(|error| CliError::reading(&path, error))?;
            bytes += content.len() as u64;
            if bytes > MAX_BYTES {
                return Err(CliError::user(format!(
                    "{} is larger than a function may be (250 MB)",
                    folder.display()
                )));
            }
            let name = path.strip_prefix(&folder).unwrap_or(&path);
            let parts: Vec<_> = name.iter().map(|part| part.to_string_lossy()).collect();
            files.push(File {
                name: parts.join("/"),
                is_executable: is_executable(&path),
                content,
            });
        }
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(files)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, CliError> {
    let wrong = |error| CliError::reading(folder, error);
    let entries = std::fs::read_dir(folder).map_err(wrong)?;
    entries
        .map(|entry| entry.map(|entry| entry.path()).map_err(wrong))
        .collect()
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata()
        .is_ok_and(|metadata| metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(_: &Path) -> bool {
    false
}

/// The zip file: no times in it.
pub fn zip(files: &[File]) -> Result<Vec<u8>, CliError> {
    let packed = || -> zip::result::ZipResult<Vec<u8>> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for file in files {
            let options = SimpleFileOptions::DEFAULT
                .last_modified_time(DateTime::DEFAULT)
                .unix_permissions(if file.is_executable { 0o755 } else { 0o644 });
            writer.start_file(file.name.as_str(), options)?;
            writer.write_all(&file.content)?;
        }
        Ok(writer.finish()?.into_inner())
    };
    packed()
        .map_err(|error| CliError::user(format!("the function's code cannot be packed: {error}")))
}

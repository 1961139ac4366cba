//! Code that runs where it is: what tells whether it has changed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use sha2::{Digest, Sha256};

/// Files beyond this many are not looked at.
const MOST_FILES: usize = 50_000;

/// A hash of names, sizes and times of the files of a folder (or of a single file), hexadecimal, and their size in bytes.
pub(in crate::lambda) fn fingerprint(code: &Path) -> io::Result<(String, u64)> {
    let mut digest = Sha256::new();
    let mut bytes = 0_u64;
    let mut files = 0;
    let mut folders: Vec<PathBuf> = Vec::new();
    let mut see = |path: &Path, metadata: &fs::Metadata| {
        let since_1970 = metadata
            .modified()
            .ok()
            .map(|at| at.duration_since(UNIX_EPOCH));
        let nanoseconds = since_1970
            .and_then(Result::ok)
            .map_or(0, |at| at.as_nanos());
        let name = path.strip_prefix(code).unwrap_or(path);
        digest.update(format!(
            "{}\0{}\0{nanoseconds}\0",
            name.display(),
            metadata.len()
        ));
        bytes = bytes.saturating_add(metadata.len());
        files += 1;
        files < MOST_FILES
    };
    let metadata = fs::metadata(code)?;
    match metadata.is_dir() {
        true => folders.push(code.to_owned()),
        false => drop(see(code, &metadata)),
    }
    'all: while let Some(folder) = folders.pop() {
        let mut entries = fs::read_dir(&folder)?.collect::<io::Result<Vec<_>>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let (path, metadata) = (entry.path(), entry.metadata()?);
            let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
            if is_hidden || entry.file_name() == "__pycache__" {
                continue;
            }
            if metadata.is_dir() {
                folders.push(path);
            } else if !see(&path, &metadata) {
                break 'all;
            }
        }
    }
    Ok((format!("{:x}", digest.finalize()), bytes))
}

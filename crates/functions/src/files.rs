//! Looking through the files of a function.

use std::collections::BTreeSet;
use std::fs::{self, DirEntry};
use std::path::Path;
use std::time::SystemTime;

/// Files beyond this many are not looked at: a folder so large is no deployment package.
const MOST_FILES: usize = 10_000;

/// Larger files are not searched; Lambda's limit of all code is 250 MB.
const MOST_BYTES: u64 = 10 * 1024 * 1024;

/// Calls `see` with each file, except hidden ones, those of packages and caches, and those that pip makes in a project.
fn walk(folder: &Path, see: &mut dyn FnMut(&DirEntry)) {
    let mut folders = vec![folder.to_owned()];
    let mut left = MOST_FILES;
    while let Some(folder) = folders.pop().filter(|_| left > 0) {
        let mut projects = ["setup.py", "pyproject.toml"].iter();
        let is_python = projects.any(|file| folder.join(file).exists());
        // What cannot be read will be missed by the function itself.
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            if name.starts_with('.') || name == "node_modules" || name == "__pycache__" {
                continue;
            }
            if is_python && (name == "build" || name.ends_with(".egg-info")) {
                continue;
            }
            if kind.is_dir() {
                folders.push(entry.path());
            } else if left > 0 {
                left -= 1;
                see(&entry);
            }
        }
    }
}

/// When a file in a folder was changed last.
pub(crate) fn newest(folder: &Path) -> Option<SystemTime> {
    let mut newest = None;
    walk(folder, &mut |entry| {
        let modified = entry.metadata().and_then(|metadata| metadata.modified());
        newest = newest.max(modified.ok());
    });
    newest
}

/// The names that begin with one of `needles` in the files with one of these extensions. A name goes on with small letters,
/// digits and `-`.
pub(crate) fn mentions(folder: &Path, extensions: &[&str], needles: &[&str]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    walk(folder, &mut |entry| {
        let path = entry.path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        if !extension.is_some_and(|extension| extensions.contains(&extension))
            || entry
                .metadata()
                .map_or(true, |metadata| metadata.len() > MOST_BYTES)
        {
            return;
        }
        let Ok(text) = fs::read(&path) else { return };
        let text = String::from_utf8_lossy(&text);
        for needle in needles {
            for (start, _) in text.match_indices(needle) {
                let rest = &text[start + needle.len()..];
                let end =
                    rest.find(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit() && c != '-');
                let rest = &rest[..end.unwrap_or(rest.len())];
                if !needle.ends_with('/') || !rest.is_empty() {
                    found.insert(format!("{needle}{rest}"));
                }
            }
        }
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_code_but_not_in_packages() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write(
            "a.js",
            "require('@aws-sdk/client-ec2'); import '@aws-sdk/lib-dynamodb/x'; // @aws-sdk/*",
        );
        write("deep/b.mjs", "from \"@smithy/types\"");
        write("node_modules/x/c.js", "'@aws-sdk/client-s3'");
        write("project/setup.py", "");
        write("project/build/d.js", "'@aws-sdk/client-s3'");
        write("README.md", "'@aws-sdk/client-s3'");
        let found = mentions(folder.path(), &["js", "mjs"], &["@aws-sdk/", "@smithy/"]);
        let found: Vec<&str> = found.iter().map(String::as_str).collect();
        assert_eq!(
            found,
            [
                "@aws-sdk/client-ec2",
                "@aws-sdk/lib-dynamodb",
                "@smithy/types"
            ]
        );
    }
}

//! Code of functions: what it is, and a zip of code that stands in the template.

use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

/// Folders that do not belong to the code, or change by running it.
const IGNORED: [&str; 4] = [".git", "__pycache__", ".aws-sam", ".pytest_cache"];

pub fn hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Of all files by name and content.
pub fn folder_hash(folder: &Path) -> io::Result<String> {
    let mut hash = Sha256::new();
    for path in files(folder)? {
        let name = path.strip_prefix(folder).unwrap_or(&path);
        let name = name.to_string_lossy().into_owned();
        let content = Sha256::digest(std::fs::read(&path)?);
        hash.update((name.len() as u64).to_be_bytes());
        hash.update(name);
        hash.update(content);
    }
    Ok(hex(&hash.finalize()))
}

/// All files below a folder, in order. Links to folders are not followed: they may lead back.
pub fn files(folder: &Path) -> io::Result<Vec<std::path::PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            let name = entry.file_name();
            if IGNORED.iter().any(|ignored| name == *ignored) {
                continue;
            }
            let path = entry.path();
            match entry.file_type()? {
                kind if kind.is_dir() => folders.push(path),
                kind if kind.is_file() => found.push(path),
                _ if path.is_file() => found.push(path),
                _ => {}
            }
        }
    }
    found.sort();
    Ok(found)
}

/// A zip archive with one file, stored as it is.
///
/// Source: APPNOTE.TXT of PKWARE, 4.3.
pub fn zip(name: &str, content: &[u8]) -> Vec<u8> {
    let crc = crc32(content).to_le_bytes();
    let size = (content.len() as u32).to_le_bytes();
    let name_length = (name.len() as u16).to_le_bytes();
    // Version 2.0, names in UTF-8, stored; 1980-01-01, as the same code is to be the same archive.
    let mut common = vec![20, 0, 0, 8, 0, 0, 0, 0, 0x21, 0];
    for part in [&crc[..], &size, &size, &name_length, &[0, 0]] {
        common.extend(part);
    }
    let mut zip = b"PK\x03\x04".to_vec();
    zip.extend(&common);
    zip.extend(name.as_bytes());
    zip.extend(content);
    let directory_start = (zip.len() as u32).to_le_bytes();
    let before = zip.len();
    // Made on Unix; a regular file that everybody may read.
    zip.extend(b"PK\x01\x02\x14\x03");
    zip.extend(&common);
    zip.extend([0; 6]);
    zip.extend((0o100_644u32 << 16).to_le_bytes());
    zip.extend([0; 4]);
    zip.extend(name.as_bytes());
    let directory_size = ((zip.len() - before) as u32).to_le_bytes();
    zip.extend(b"PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00");
    zip.extend(directory_size);
    zip.extend(directory_start);
    zip.extend([0, 0]);
    zip
}

/// CRC-32 as zip archives have it.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        let mixed = crc ^ u32::from(*byte);
        (0..8).fold(mixed, |crc, _| match crc & 1 {
            1 => (crc >> 1) ^ 0xedb8_8320,
            _ => crc >> 1,
        })
    };
    !bytes.iter().fold(!0, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_of_crc_32() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn a_folder_is_what_its_files_are() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("app.py", "a");
        write("lib/b.py", "b");
        let before = folder_hash(folder.path()).unwrap();
        write("lib/__pycache__/b.pyc", "x");
        assert_eq!(folder_hash(folder.path()).unwrap(), before);
        write("lib/b.py", "c");
        assert_ne!(folder_hash(folder.path()).unwrap(), before);
    }
}

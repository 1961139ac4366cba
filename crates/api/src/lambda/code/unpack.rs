//! Deployment packages into folders. Nothing is written outside of the folder, and no more than Lambda takes.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Cursor, Read};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Component, Path, PathBuf};

use zip::ZipArchive;
use zip::read::ZipFile;

/// Lambda quota "Deployment package (.zip file archive) size", unzipped.
pub(in crate::lambda) const MAX_UNPACKED_BYTES: u64 = 262_144_000;
/// No package of that many files starts within a function's time.
const MAX_ENTRIES: usize = 50_000;
/// What grows like that is no code.
const MAX_RATIO: u64 = 500;
/// A package that stays below may grow as it likes.
const RATIO_MATTERS_BYTES: u64 = 50 * 1024 * 1024;
/// Of the target of a symbolic link.
const MAX_LINK_BYTES: u64 = 4096;

const FILE_TYPE: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;
const DIRECTORY: u32 = 0o040_000;

/// Why a package is not taken.
#[derive(Debug, thiserror::Error)]
pub(in crate::lambda) enum UnpackError {
    #[error("Could not unzip uploaded file. Please check your file, then try to upload again. {0}")]
    Broken(String),
    #[error("Unzipped size must be smaller than {MAX_UNPACKED_BYTES} bytes")]
    TooLarge,
    /// The code cannot be written.
    #[error("the code cannot be unpacked at {}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
}

/// Unpacks an archive into a new folder. When it fails, what was written stays behind.
pub(in crate::lambda) fn unpack(archive: &[u8], folder: &Path) -> Result<(), UnpackError> {
    let broken = |error: zip::result::ZipError| UnpackError::Broken(error.to_string());
    let mut zip = ZipArchive::new(Cursor::new(archive)).map_err(broken)?;
    if zip.is_empty() {
        return Err(UnpackError::Broken("It holds no files.".to_owned()));
    }
    if zip.len() > MAX_ENTRIES {
        return Err(UnpackError::Broken(format!(
            "It holds more than {MAX_ENTRIES} files."
        )));
    }
    let compressed = u64::try_from(archive.len()).unwrap_or(u64::MAX);
    let may_grow_to = compressed
        .saturating_mul(MAX_RATIO)
        .max(RATIO_MATTERS_BYTES);
    let mut budget = Budget {
        left: MAX_UNPACKED_BYTES.min(may_grow_to),
        is_of_ratio: may_grow_to < MAX_UNPACKED_BYTES,
    };
    fs::create_dir_all(folder).map_err(|source| at(folder, source))?;
    // Links come last, so that nothing is written through one.
    let mut links = BTreeMap::new();
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index).map_err(broken)?;
        let name = entry.name().map_err(broken)?.into_owned();
        let path = folder.join(place(&name)?);
        if entry.is_symlink() {
            let target = link_target(&name, &mut entry)?;
            links.insert(path, (name, target));
            continue;
        }
        let kind = entry.unix_mode().map_or(0, |mode| mode & FILE_TYPE);
        if !matches!(kind, 0 | REGULAR | DIRECTORY) {
            return Err(UnpackError::Broken(format!(
                "The entry '{name}' is neither a file nor a folder."
            )));
        }
        if entry.is_dir() {
            fs::create_dir_all(&path).map_err(|source| entry_at(&name, &path, source))?;
        } else {
            write(&name, &mut entry, &path, &mut budget)?;
        }
    }
    for (path, (name, target)) in &links {
        // What lies below a link lies elsewhere than its name says.
        if path
            .ancestors()
            .skip(1)
            .any(|above| links.contains_key(above))
        {
            return Err(link_leaves(name));
        }
        make_parent(name, path)?;
        symlink(target, path).map_err(|source| entry_at(name, path, source))?;
    }
    Ok(())
}

struct Budget {
    left: u64,
    is_of_ratio: bool,
}

impl Budget {
    fn exceeded(&self) -> UnpackError {
        match self.is_of_ratio {
            true => UnpackError::Broken(format!(
                "It grows to more than {MAX_RATIO} times its size, as no code does."
            )),
            false => UnpackError::TooLarge,
        }
    }
}

fn write<R: Read>(
    name: &str,
    entry: &mut ZipFile<'_, R>,
    path: &Path,
    budget: &mut Budget,
) -> Result<(), UnpackError> {
    make_parent(name, path)?;
    // As on Lambda nobody writes to the code; what could be run stays so.
    let is_executable = entry.unix_mode().is_some_and(|mode| mode & 0o111 != 0);
    let mode = if is_executable { 0o555 } else { 0o444 };
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path);
    let mut file: File = file.map_err(|source| entry_at(name, path, source))?;
    // The header's size may be a lie: what comes out counts.
    let mut limited = entry.take(budget.left.saturating_add(1));
    let mut buffer = [0; 64 * 1024];
    loop {
        let read = limited
            .read(&mut buffer)
            .map_err(|error| UnpackError::Broken(format!("The entry '{name}': {error}.")))?;
        if read == 0 {
            return Ok(());
        }
        budget.left = match budget.left.checked_sub(read as u64) {
            Some(left) => left,
            None => return Err(budget.exceeded()),
        };
        let chunk = buffer.get(..read).unwrap_or_default();
        io::Write::write_all(&mut file, chunk).map_err(|source| at(path, source))?;
    }
}

/// Where an entry belongs below the folder.
fn place(name: &str) -> Result<PathBuf, UnpackError> {
    let refused = |why: &str| Err(UnpackError::Broken(format!("The entry '{name}' {why}.")));
    if name.contains('\0') {
        return refused("has a name that is no text");
    }
    let mut path = PathBuf::new();
    for component in Path::new(name).components() {
        match component {
            Component::Normal(part) => path.push(part),
            Component::CurDir => {}
            _ => return refused("leaves the folder of the code"),
        }
    }
    match path.as_os_str().is_empty() && name != "./" {
        true => refused("has no name"),
        false => Ok(path),
    }
}

fn link_target<R: Read>(name: &str, entry: &mut ZipFile<'_, R>) -> Result<PathBuf, UnpackError> {
    let mut target = String::new();
    let read = entry.take(MAX_LINK_BYTES + 1).read_to_string(&mut target);
    if read.is_err() || target.len() as u64 > MAX_LINK_BYTES || target.contains('\0') {
        return Err(link_leaves(name));
    }
    // From the folder of the link on. Up only at the beginning: behind the name of another link it leads elsewhere than it seems.
    let mut goes_down = false;
    let mut depth = place(name)?.components().count().saturating_sub(1);
    for component in Path::new(&target).components() {
        depth = match component {
            Component::Normal(_) => {
                goes_down = true;
                depth + 1
            }
            Component::CurDir => depth,
            Component::ParentDir if depth > 0 && !goes_down => depth - 1,
            _ => return Err(link_leaves(name)),
        };
    }
    Ok(target.into())
}

fn link_leaves(name: &str) -> UnpackError {
    UnpackError::Broken(format!(
        "The entry '{name}' is a symbolic link that leaves the folder of the code."
    ))
}

fn make_parent(name: &str, path: &Path) -> Result<(), UnpackError> {
    let Some(parent) = path.parent() else {
        return Ok(());
    };
    fs::create_dir_all(parent).map_err(|source| entry_at(name, parent, source))
}

/// Names that no folder can hold beside each other are the archive's fault.
fn entry_at(name: &str, path: &Path, source: io::Error) -> UnpackError {
    use io::ErrorKind::{AlreadyExists, InvalidFilename, IsADirectory, NotADirectory};
    let why = match source.kind() {
        AlreadyExists | NotADirectory | IsADirectory => "stands in the place of another",
        InvalidFilename => "has a name that is too long",
        _ => return at(path, source),
    };
    UnpackError::Broken(format!("The entry '{name}' {why}."))
}

fn at(path: &Path, source: io::Error) -> UnpackError {
    UnpackError::Io {
        path: path.to_owned(),
        source,
    }
}

/// Takes a folder away, with folders in it that nobody may write to.
pub(in crate::lambda) fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            let mut folders = vec![folder.to_owned()];
            while let Some(folder) = folders.pop() {
                fs::set_permissions(&folder, fs::Permissions::from_mode(0o700))?;
                for entry in fs::read_dir(&folder)? {
                    let entry = entry?;
                    if entry.file_type()?.is_dir() {
                        folders.push(entry.path());
                    }
                }
            }
            fs::remove_dir_all(folder)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

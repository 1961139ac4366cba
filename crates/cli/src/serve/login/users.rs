//! The users: a line each, `NAME HASH`, in the file `users` of the data directory. `stepwright users` writes it, the server looks
//! whether it has changed each time that it asks for somebody.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use argon2::{Argon2, PasswordHasher, PasswordVerifier};

use super::file;
use crate::error::CliError;

pub const MIN_PASSWORD_CHARS: usize = 8;
/// Nobody is to make us hash a book.
pub const MAX_PASSWORD_BYTES: usize = 1024;
const MAX_NAME_BYTES: usize = 64;

/// Names with hashes (argon2id, in the PHC string format).
#[derive(Debug, Default, Clone)]
pub struct Users(BTreeMap<String, String>);

impl Users {
    fn parse(text: &str) -> Users {
        let lines = text.lines().filter_map(|line| line.split_once(' '));
        Users(
            lines
                .map(|(name, hash)| (name.to_owned(), hash.trim().to_owned()))
                .collect(),
        )
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub fn hash(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

/// Whether it is the password. Without a hash it takes as long, and is not.
pub fn verify(password: &str, hash: Option<&str>) -> bool {
    static NOBODY: LazyLock<String> =
        LazyLock::new(|| hash_of("nobody has this one").unwrap_or_default());
    let is_somebody = hash.is_some();
    let hash = hash.unwrap_or(&NOBODY);
    let password = password.get(..MAX_PASSWORD_BYTES + 1).unwrap_or(password);
    let verified = Argon2::default().verify_password(password.as_bytes(), hash);
    verified.is_ok() && is_somebody
}

fn hash_of(password: &str) -> Result<String, CliError> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    hash.map(|hash| hash.to_string())
        .map_err(|error| CliError::Internal(error.to_string()))
}

fn path(data: &Path) -> PathBuf {
    data.join("users")
}

/// The file as the server reads it.
pub struct UsersFile {
    path: PathBuf,
    seen: Mutex<(Option<Stamp>, Arc<Users>)>,
}

/// What is another one when the file is: it is replaced as a whole.
type Stamp = (u64, i64, i64, u64);

impl UsersFile {
    pub fn open(data: &Path) -> Result<UsersFile, CliError> {
        let path = path(data);
        let stamp = stamp(&path);
        let users = read_at(&path).map_err(CliError::user)?;
        Ok(UsersFile {
            path,
            seen: Mutex::new((stamp, Arc::new(users))),
        })
    }

    pub fn read(&self, on_error: impl FnOnce(String)) -> Arc<Users> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let stamp = stamp(&self.path);
        if stamp != seen.0 {
            match read_at(&self.path) {
                Ok(users) => *seen = (stamp, Arc::new(users)),
                Err(error) => on_error(error),
            }
        }
        seen.1.clone()
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((
        metadata.ino(),
        metadata.mtime(),
        metadata.mtime_nsec(),
        metadata.size(),
    ))
}

fn read_at(path: &Path) -> Result<Users, String> {
    Ok(Users::parse(&file::read(path)?.unwrap_or_default()))
}

// --- What the command does ---

pub fn list(data: &Path) -> Result<Users, CliError> {
    read_at(&path(data)).map_err(CliError::user)
}

pub fn add(data: &Path, name: &str, password: &str) -> Result<(), CliError> {
    check_name(name)?;
    change(data, |users| match users.0.contains_key(name) {
        true => Err(
            CliError::user(format!("there is a user {name} already")).with_hint(format!(
                "stepwright users password {name} gives them a new password"
            )),
        ),
        false => put(users, name, password),
    })
}

pub fn set_password(data: &Path, name: &str, password: &str) -> Result<(), CliError> {
    change(data, |users| match users.0.contains_key(name) {
        true => put(users, name, password),
        false => Err(no_such_user(name)),
    })
}

pub fn remove(data: &Path, name: &str) -> Result<(), CliError> {
    change(data, |users| match users.0.remove(name) {
        Some(_) => Ok(()),
        None => Err(no_such_user(name)),
    })
}

fn put(users: &mut Users, name: &str, password: &str) -> Result<(), CliError> {
    let length = password.chars().count();
    if length < MIN_PASSWORD_CHARS || password.len() > MAX_PASSWORD_BYTES {
        return Err(CliError::user(format!(
            "a password has {MIN_PASSWORD_CHARS} characters at least and {MAX_PASSWORD_BYTES} bytes at most; this one has {length} characters"
        )));
    }
    users.0.insert(name.to_owned(), hash_of(password)?);
    Ok(())
}

/// Two commands at once wait for each other.
fn change(
    data: &Path,
    change: impl FnOnce(&mut Users) -> Result<(), CliError>,
) -> Result<(), CliError> {
    let unusable = |error: std::io::Error| {
        CliError::user(format!(
            "the data directory {} cannot be used: {error}",
            data.display()
        ))
    };
    std::fs::create_dir_all(data).map_err(unusable)?;
    let lock = std::fs::File::create(data.join("users.lock")).map_err(unusable)?;
    lock.lock().map_err(unusable)?;
    let path = path(data);
    let mut users = read_at(&path).map_err(CliError::user)?;
    change(&mut users)?;
    let lines = users
        .0
        .iter()
        .map(|(name, hash)| format!("{name} {hash}\n"));
    file::write(&path, &lines.collect::<String>()).map_err(CliError::user)
}

fn no_such_user(name: &str) -> CliError {
    CliError::user(format!("there is no user {name}")).with_hint("stepwright users list shows them")
}

fn check_name(name: &str) -> Result<(), CliError> {
    let is_plain =
        |char: char| char.is_ascii_alphanumeric() || matches!(char, '.' | '_' | '-' | '@' | '+');
    if !name.is_empty() && name.len() <= MAX_NAME_BYTES && name.chars().all(is_plain) {
        return Ok(());
    }
    Err(
        CliError::user(format!("{name:?} cannot be a user's name")).with_hint(format!(
            "letters, digits and . _ - @ +, {MAX_NAME_BYTES} of them at most"
        )),
    )
}

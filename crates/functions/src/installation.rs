//! Packages that are installed once, into folders that are kept between runs.
//!
//! A folder is named by the hash of all that goes into it and appears complete or not at all: installers work on a
//! folder elsewhere, under a lock that other processes respect and that ends with its holder.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::process::Command;
use tokio::time::{sleep, timeout};

use crate::group::ProcessGroup;

/// After this time an installer is taken for stuck.
const INSTALL_SECONDS: u64 = 15 * 60;

/// Between two looks at a lock that another process holds.
const LOCK_INTERVAL: Duration = Duration::from_millis(200);

/// How many of an installer's last lines its failure shows.
const SHOWN_LINES: usize = 15;

/// One set of packages.
pub(crate) struct Installation<'a> {
    /// First part of the folder's name, such as `python3.11`.
    pub(crate) prefix: String,
    /// All that decides what is installed.
    pub(crate) ingredients: Vec<&'a [u8]>,
    /// For people: `requirements.txt with pip (Python 3.11)`.
    pub(crate) title: String,
}

impl Installation<'_> {
    /// The folder with the packages in `cache_dir`. When it is not there yet, `prepare` fills an empty folder with what the
    /// installer needs and gives the installer.
    pub(crate) async fn folder(
        &self,
        cache_dir: &Path,
        say: &(dyn Fn(String) + Send + Sync),
        prepare: impl FnOnce(&Path) -> io::Result<Command>,
    ) -> Result<PathBuf, String> {
        let folder = cache_dir.join(self.name());
        // An empty one was swept out; the installation can take its place.
        let is_there = || std::fs::read_dir(&folder).is_ok_and(|mut files| files.next().is_some());
        if is_there() {
            return Ok(folder);
        }
        let failed = |error: io::Error| {
            format!(
                "cannot install {} into {}: {error}",
                self.title,
                folder.display()
            )
        };
        std::fs::create_dir_all(cache_dir).map_err(failed)?;
        let _lock = lock(&folder.with_extension("lock"), || {
            say(format!("waits for another installation of {}", self.title));
        })
        .await
        .map_err(failed)?;
        if is_there() {
            return Ok(folder);
        }
        say(format!("installing {}", self.title));
        let started = Instant::now();
        // A name of its own: an installer whose run was killed may still be ending. Removed unless it becomes the folder.
        let partial = cache_dir.join("partial");
        std::fs::create_dir_all(&partial).map_err(failed)?;
        for left in std::fs::read_dir(&partial).map_err(failed)?.flatten() {
            // Of a run that was killed, since the lock was free.
            if left.file_name().to_string_lossy().starts_with(&self.name()) {
                drop(std::fs::remove_dir_all(left.path()));
            }
        }
        let partial = TempDir::with_prefix_in(self.name(), partial).map_err(failed)?;
        let installed = match prepare(partial.path()) {
            Ok(command) => run(command).await,
            Err(error) => Err(error.to_string()),
        };
        installed
            .and_then(|()| {
                let renamed = std::fs::rename(partial.path(), &folder);
                renamed.map_err(|error| error.to_string())
            })
            .map_err(|reason| format!("cannot install {}: {reason}", self.title))?;
        let seconds = started.elapsed().as_secs_f64();
        say(format!("installed {} in {seconds:.1} s", self.title));
        Ok(folder)
    }

    fn name(&self) -> String {
        let mut hash = Sha256::new();
        let platform = [std::env::consts::OS, std::env::consts::ARCH].map(str::as_bytes);
        for ingredient in platform.iter().chain(&self.ingredients) {
            hash.update((ingredient.len() as u64).to_le_bytes());
            hash.update(ingredient);
        }
        let hash: String = hash
            .finalize()
            .iter()
            .take(12)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        format!("{}-{hash}", self.prefix.replace('.', "_"))
    }
}

/// Waits for the lock without a thread of its own, so that a run can be given up meanwhile.
async fn lock(path: &Path, waiting: impl FnOnce()) -> io::Result<File> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)?;
    let mut waiting = Some(waiting);
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) => {
                if let Some(waiting) = waiting.take() {
                    waiting();
                }
                sleep(LOCK_INTERVAL).await;
            }
        }
    }
}

/// Runs an installer to its end; the error is what it said last.
async fn run(mut command: Command) -> Result<(), String> {
    let program = command
        .as_std()
        .get_program()
        .to_string_lossy()
        .into_owned();
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut group = ProcessGroup::start().map_err(|error| error.to_string())?;
    group.take_in(&mut command);
    let child = command.spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => format!("there is no {program} on this machine"),
        _ => format!("{program}: {error}"),
    })?;
    let limit = Duration::from_secs(INSTALL_SECONDS);
    let output = timeout(limit, child.wait_with_output()).await;
    let output = output
        .map_err(|_| {
            format!(
                "{program} did not end within {} minutes",
                INSTALL_SECONDS / 60
            )
        })?
        .map_err(|error| format!("{program}: {error}"))?;
    group.end().await;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    let lines: Vec<&str> = said
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
        .collect();
    let last = &lines[lines.len().saturating_sub(SHOWN_LINES)..];
    Err(format!(
        "{program} failed ({}): {}",
        output.status,
        last.join("\n")
    ))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    fn installation(ingredient: &[u8]) -> Installation<'_> {
        Installation {
            prefix: "python3.11".to_owned(),
            ingredients: vec![ingredient],
            title: "things".to_owned(),
        }
    }

    fn shell(script: &str) -> impl FnOnce(&Path) -> io::Result<Command> {
        move |folder| {
            let mut command = Command::new("sh");
            command.args(["-c", script]).current_dir(folder);
            Ok(command)
        }
    }

    #[tokio::test]
    async fn what_is_there_is_not_installed_again() {
        let cache = tempfile::tempdir().unwrap();
        let said = Mutex::new(Vec::new());
        let say = |line: String| said.lock().unwrap().push(line);
        let first = installation(b"a")
            .folder(cache.path(), &say, shell("echo one > it"))
            .await
            .unwrap();
        let again = installation(b"a")
            .folder(cache.path(), &say, shell("echo two > it"))
            .await
            .unwrap();
        assert_eq!(first, again);
        let it = first.join("it");
        assert_eq!(std::fs::read_to_string(&it).unwrap(), "one\n");
        std::fs::remove_file(&it).unwrap();
        let swept = installation(b"a")
            .folder(cache.path(), &say, shell("echo three > it"))
            .await
            .unwrap();
        assert_eq!(swept, first);
        assert_eq!(std::fs::read_to_string(&it).unwrap(), "three\n");
        let other = installation(b"b")
            .folder(cache.path(), &say, shell("true"))
            .await
            .unwrap();
        assert_ne!(first, other);
        let said = said.lock().unwrap();
        assert_eq!(said.len(), 6, "{said:?}");
        assert_eq!(said[0], "installing things");
    }

    #[tokio::test]
    async fn a_failure_shows_the_last_words_leaves_nothing_and_is_tried_again() {
        let cache = tempfile::tempdir().unwrap();
        let killed = cache
            .path()
            .join("partial")
            .join(format!("{}x", installation(b"a").name()));
        std::fs::create_dir_all(killed).unwrap();
        let fails = shell(
            "touch half; for i in $(seq 30); do echo line $i; done; echo no such thing >&2; exit 3",
        );
        let error = installation(b"a")
            .folder(cache.path(), &|_| {}, fails)
            .await
            .unwrap_err();
        assert!(
            error.starts_with("cannot install things: sh failed (exit status: 3): line 17\n"),
            "{error}"
        );
        assert!(error.ends_with("line 30\nno such thing"), "{error}");
        let folder = installation(b"a")
            .folder(cache.path(), &|_| {}, shell("test ! -e half"))
            .await;
        assert!(folder.is_ok(), "{folder:?}");
        let left = std::fs::read_dir(cache.path().join("partial")).unwrap();
        assert_eq!(left.count(), 0);
    }

    #[tokio::test]
    async fn a_missing_installer_is_told() {
        let cache = tempfile::tempdir().unwrap();
        let missing = |_: &Path| Ok(Command::new("no-such-installer"));
        let error = installation(b"a")
            .folder(cache.path(), &|_| {}, missing)
            .await
            .unwrap_err();
        assert_eq!(
            error,
            "cannot install things: there is no no-such-installer on this machine"
        );
    }

    #[tokio::test]
    async fn two_at_once_install_once() {
        let cache = tempfile::tempdir().unwrap();
        let installs = cache.path().join("installs");
        let script = format!("echo x >> {}; touch it", installs.display());
        let (one, two) = (installation(b"a"), installation(b"a"));
        let both = tokio::join!(
            one.folder(cache.path(), &|_| {}, shell(&script)),
            two.folder(cache.path(), &|_| {}, shell(&script)),
        );
        assert_eq!(both.0.unwrap(), both.1.unwrap());
        assert_eq!(std::fs::read_to_string(installs).unwrap(), "x\n");
    }
}

//! `--watch`: what has been saved.
//!
//! Files are looked at a few times a second: that works on every file system, in containers too, where notices of the kernel do not
//! come from outside, and costs nothing to speak of for the files of a project.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

const LOOK: Duration = Duration::from_millis(250);
/// A folder with more files is no project.
const MAX_FILES: usize = 20_000;
const IGNORED: [&str; 4] = ["node_modules", "__pycache__", "target", "venv"];

type Seen = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

/// Folders that are watched.
pub struct Watch {
    folders: Vec<PathBuf>,
    /// Folders whose files change by themselves.
    except: Vec<PathBuf>,
    seen: Seen,
}

impl Watch {
    /// What is saved from now on is noticed, also while nobody waits for it.
    pub fn new(folders: Vec<PathBuf>, except: Vec<PathBuf>) -> Watch {
        let mut watch = Watch {
            folders: Vec::new(),
            except,
            seen: Seen::new(),
        };
        watch.folders(folders);
        watch
    }

    /// Other folders from now on. What was saved in those that stay is still to be noticed.
    pub fn folders(&mut self, folders: Vec<PathBuf>) {
        let known = std::mem::replace(&mut self.folders, folders);
        let is_new = |folder: &&PathBuf| !known.contains(folder);
        let new: Vec<PathBuf> = self.folders.iter().filter(is_new).cloned().collect();
        self.seen.extend(self.look(new));
        let folders = &self.folders;
        self.seen
            .retain(|path, _| folders.iter().any(|folder| path.starts_with(folder)));
    }

    /// Comes back when something was saved, and nothing more has been for a moment. The files that changed.
    pub fn next(&mut self) -> Vec<PathBuf> {
        loop {
            thread::sleep(LOOK);
            let mut now = self.look(self.folders.clone());
            if now == self.seen {
                continue;
            }
            loop {
                thread::sleep(LOOK);
                let later = self.look(self.folders.clone());
                if later == now {
                    break;
                }
                now = later;
            }
            let is_other = |path: &&PathBuf| self.seen.get(*path) != now.get(*path);
            let all: BTreeSet<&PathBuf> = now.keys().chain(self.seen.keys()).collect();
            let changed: Vec<PathBuf> = all.into_iter().filter(is_other).cloned().collect();
            self.seen = now;
            // What was undone meanwhile is no change.
            if !changed.is_empty() {
                return changed;
            }
        }
    }

    fn look(&self, mut folders: Vec<PathBuf>) -> Seen {
        let mut seen = Seen::new();
        while let Some(folder) = folders.pop() {
            // What cannot be read now may be there again with the next look.
            for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
                let path = entry.path();
                let Ok(kind) = entry.file_type() else {
                    continue;
                };
                if kind.is_dir() && !self.is_left_out(&path) {
                    folders.push(path);
                } else if !kind.is_dir()
                    && let Ok(metadata) = std::fs::metadata(&path)
                    && metadata.is_file()
                {
                    seen.insert(path, (metadata.modified().ok(), metadata.len()));
                }
                if seen.len() >= MAX_FILES {
                    return seen;
                }
            }
        }
        seen
    }

    fn is_left_out(&self, folder: &Path) -> bool {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with('.')
            || IGNORED.contains(&&*name)
            || self.except.iter().any(|one| one == folder)
    }
}

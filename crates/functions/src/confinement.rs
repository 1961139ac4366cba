//! What bounds a process besides memory and time, as far as an unprivileged user can: files, processes, priority.
//!
//! Limits are set from outside on the new process and inherited by what it starts (Linux: elsewhere there is no such call without
//! `unsafe`). `RLIMIT_NPROC` counts all processes of the user, the server's own among them, so processes are counted instead.

use std::fs;
use std::path::Path;

use rustix::process::{Pid, Signal, kill_process};

/// Processes and threads of a function (Lambda quota "Execution processes/threads").
pub(crate) const MAX_TASKS: usize = 1024;

/// Open files of a process (Lambda quota "File descriptors").
#[cfg(target_os = "linux")]
const MAX_OPEN_FILES: u64 = 1024;

/// Functions step back behind the server.
const NICENESS: i32 = 5;

/// Entries of a folder's tree beyond this many are not looked at.
const MOST_ENTRIES: usize = 10_000;

/// Rounds of looking for processes that start others meanwhile.
const ROUNDS: usize = 20;

/// Bounds a new process.
pub(crate) fn confine(process_id: u32, storage_bytes: u64) {
    let Some(id) = pid(process_id) else { return };
    // A limit that cannot be set is none; the function runs all the same.
    let _ = rustix::process::setpriority_process(Some(id), NICENESS);
    limit(id, storage_bytes);
}

#[cfg(target_os = "linux")]
fn limit(id: Pid, storage_bytes: u64) {
    use rustix::process::{Resource, Rlimit, getrlimit, prlimit};
    let limits = [
        (Resource::Core, 0),
        (Resource::Fsize, storage_bytes),
        (Resource::Nofile, MAX_OPEN_FILES),
    ];
    for (resource, wanted) in limits {
        // Nobody may raise what bounds the server itself.
        let most = getrlimit(resource).maximum;
        let value = Some(most.map_or(wanted, |most| most.min(wanted)));
        let limit = Rlimit {
            current: value,
            maximum: value,
        };
        let _ = prlimit(Some(id), resource, limit);
    }
}

#[cfg(not(target_os = "linux"))]
fn limit(_id: Pid, _storage_bytes: u64) {}

/// A process and its descendants, and how many threads they have; no more than are needed to see that there are too many.
pub(crate) fn family(process_id: u32) -> (Vec<u32>, usize) {
    let mut family = vec![process_id];
    let (mut next, mut tasks) = (0, 0);
    while let Some(process_id) = family.get(next).copied().filter(|_| tasks <= MAX_TASKS) {
        next += 1;
        let threads = fs::read_dir(format!("/proc/{process_id}/task"))
            .into_iter()
            .flatten();
        for thread in threads.flatten() {
            tasks += 1;
            let children = fs::read_to_string(thread.path().join("children"));
            // A thread that has ended has no children.
            let children = children.unwrap_or_else(|_| String::new());
            family.extend(
                children
                    .split_whitespace()
                    .filter_map(|id| id.parse::<u32>().ok()),
            );
        }
    }
    (family, tasks)
}

pub(crate) fn kill(process_id: u32) {
    if let Some(id) = pid(process_id) {
        // An error says that it is gone.
        let _ = kill_process(id, Signal::KILL);
    }
}

/// Kills what has this variable in its environment: what left the process group and has lost its parent, too.
pub(crate) fn kill_marked(variable: &str) {
    let mark = variable.as_bytes();
    for _ in 0..ROUNDS {
        let mut found = false;
        for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let name = entry.file_name();
            let Some(id) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else {
                continue;
            };
            // That of others cannot be read; that of one which has ended is empty.
            let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
            if environment
                .split(|byte| *byte == 0)
                .any(|variable| variable == mark)
            {
                found = true;
                kill(id);
            }
        }
        if !found {
            return;
        }
    }
}

/// Bytes of the files below a folder.
pub(crate) fn folder_bytes(folder: &Path) -> u64 {
    let (mut bytes, mut left) = (0_u64, MOST_ENTRIES);
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let Some(rest) = left.checked_sub(1) else {
                return bytes;
            };
            left = rest;
            match entry.metadata() {
                Ok(metadata) if metadata.is_dir() => folders.push(entry.path()),
                Ok(metadata) => bytes = bytes.saturating_add(metadata.len()),
                // It has gone meanwhile.
                Err(_) => {}
            }
        }
    }
    bytes
}

fn pid(process_id: u32) -> Option<Pid> {
    Pid::from_raw(i32::try_from(process_id).ok()?)
}

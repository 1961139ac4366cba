//! How much memory a process and those that it started hold.
//!
//! Read from `/proc` on Linux. Other systems have no such view without native calls; there only Node.js, which is told its
//! heap's size, is limited.

use std::fs;

use rustix::process::{Pid, Signal, kill_process};

/// Lambda's smallest function; a declaration below it is no limit that any interpreter can keep.
pub(crate) const SMALLEST_MIB: u64 = 128;

/// Granted on top: interpreters and libraries of this machine are other builds than those of Lambda.
const ALLOWANCE_MIB: u64 = 32;

const MIB: u64 = 1024 * 1024;

/// From how many bytes on a function with this much memory is ended.
pub(crate) fn limit_bytes(memory_mib: u32) -> u64 {
    (u64::from(memory_mib).max(SMALLEST_MIB) + ALLOWANCE_MIB) * MIB
}

/// Bytes of memory that a process has held at most, or holds now together with all that descend from it. Pages that they
/// share are counted for each of them as long as that stays within `limit`, which is cheaper to find out. `None` where it
/// cannot be told.
pub(crate) fn used_bytes(process_id: u32, limit: u64) -> Option<u64> {
    let peak = kib(process_id, "status", "VmHWM:")? * 1024;
    let family = family(process_id);
    if peak > limit || family.len() == 1 {
        return Some(peak);
    }
    let sum = |file, field| {
        family
            .iter()
            .filter_map(|id| kib(*id, file, field))
            .sum::<u64>()
            * 1024
    };
    let resident = sum("status", "VmRSS:");
    if resident <= limit {
        return Some(resident.max(peak));
    }
    // Costs more to read: the kernel walks all pages.
    Some(sum("smaps_rollup", "Pss:").max(peak))
}

/// Kills what descends from a process, in whichever process group it is.
pub(crate) fn kill_descendants(process_id: u32) {
    for id in family(process_id).into_iter().skip(1) {
        if let Some(id) = i32::try_from(id).ok().and_then(Pid::from_raw) {
            // An error says that it is gone.
            let _ = kill_process(id, Signal::KILL);
        }
    }
}

/// A process and its descendants.
fn family(process_id: u32) -> Vec<u32> {
    let mut family = vec![process_id];
    let mut next = 0;
    while let Some(process_id) = family.get(next).copied() {
        next += 1;
        let threads = fs::read_dir(format!("/proc/{process_id}/task"))
            .into_iter()
            .flatten();
        for thread in threads.flatten() {
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
    family
}

fn kib(process_id: u32, file: &str, field: &str) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{process_id}/{file}")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(field))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_functions_get_what_an_interpreter_needs() {
        assert_eq!(limit_bytes(1), limit_bytes(128));
        assert_eq!(limit_bytes(1024), 1056 * MIB);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_process_and_its_children_are_counted() {
        let own = used_bytes(std::process::id(), u64::MAX).unwrap();
        assert!(own > MIB, "{own}");
        let mut child = std::process::Command::new("sh")
            .args(["-c", "read line"])
            .stdin(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        assert!(family(std::process::id()).contains(&child.id()));
        drop(child.stdin.take());
        child.wait().unwrap();
        assert_eq!(used_bytes(u32::MAX, 0), None);
    }
}

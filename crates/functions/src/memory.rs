//! How much memory a process and those that it started hold.
//!
//! Read from `/proc` on Linux. Other systems have no such view without native calls; there only Node.js, which is told its
//! heap's size, is limited.

use std::fs;

/// Lambda's smallest function; a declaration below it is no limit that any interpreter can keep.
pub(crate) const SMALLEST_MIB: u64 = 128;

/// Granted on top: interpreters and libraries of this machine are other builds than those of Lambda.
const ALLOWANCE_MIB: u64 = 32;

const MIB: u64 = 1024 * 1024;

/// From how many bytes on a function with this much memory is ended.
pub(crate) fn limit_bytes(memory_mib: u32) -> u64 {
    (u64::from(memory_mib).max(SMALLEST_MIB) + ALLOWANCE_MIB) * MIB
}

/// Bytes of memory that a process (the first of its family) has held at most, or that its family holds now. Pages that they
/// share are counted for each of them as long as that stays within `limit`, which is cheaper to find out. `None` where it
/// cannot be told.
pub(crate) fn used_bytes(family: &[u32], limit: u64) -> Option<u64> {
    let peak = kib(*family.first()?, "status", "VmHWM:")? * 1024;
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
    fn what_a_process_holds_can_be_told() {
        let own = used_bytes(&[std::process::id()], u64::MAX).unwrap();
        assert!(own > MIB, "{own}");
        assert_eq!(used_bytes(&[u32::MAX], 0), None);
    }
}

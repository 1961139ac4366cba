//! Where randomness comes from: a hash of the execution's seed, the event that entered the state, the retry and the field.

use crate::execution::{Entry, Identity};

pub(crate) fn of_field(identity: &Identity, entry: &Entry, field: &str) -> u64 {
    let mut hash = mix(identity.seed
        ^ mix(entry.event_id)
        ^ mix(u64::from(entry.retry_count()).wrapping_add(0x9e37)));
    for &byte in field.as_bytes() {
        hash = mix(hash ^ u64::from(byte));
    }
    hash
}

/// The finalizer of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

//! Where randomness comes from: a hash of the execution's seed, the event that entered the state, the attempt and the field.

use query::mix;

use crate::execution::{Entry, Identity};

pub(crate) fn of_field(identity: &Identity, entry: &Entry, field: &str) -> u64 {
    let mut hash = mix(identity.seed
        ^ mix(entry.event_id)
        ^ mix(u64::from(entry.attempt()).wrapping_add(0x9e37)));
    for &byte in field.as_bytes() {
        hash = mix(hash ^ u64::from(byte));
    }
    hash
}

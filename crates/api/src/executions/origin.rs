//! Who an execution is, chosen at its start: its seed, and its name if nobody gives one.

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The execution that is started by a call: made of the call's key, so that a call made again after a crash finds what it
/// started, and of its caller's seed, so that nobody can guess it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    /// Of the new execution.
    pub seed: u64,
    /// If the call gives none.
    pub name: Uuid,
    /// The last part of an Express execution's ARN.
    pub id: Uuid,
}

impl Origin {
    /// What nobody starts twice.
    pub fn random() -> Origin {
        Origin {
            seed: Uuid::new_v4().as_u64_pair().0,
            name: Uuid::new_v4(),
            id: Uuid::new_v4(),
        }
    }

    pub fn of_call(parent_seed: u64, call_key: &str) -> Origin {
        let uuid = |what: &str| {
            let digest = Sha256::new()
                .chain_update("stepwright nested execution ")
                .chain_update(what)
                .chain_update(parent_seed.to_be_bytes())
                .chain_update(call_key)
                .finalize();
            let mut bytes = [0; 16];
            bytes.copy_from_slice(&digest[..16]);
            uuid::Builder::from_random_bytes(bytes).into_uuid()
        };
        Origin {
            seed: uuid("seed").as_u64_pair().0,
            name: uuid("name"),
            id: uuid("id"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_that_of_its_call_and_caller() {
        let origin = Origin::of_call(7, "arn/2/0/0");
        assert_eq!(origin, Origin::of_call(7, "arn/2/0/0"));
        assert_ne!(origin, Origin::of_call(8, "arn/2/0/0"));
        assert_ne!(origin, Origin::of_call(7, "arn/2/1/0"));
        assert_eq!(origin.name.get_version_num(), 4);
        assert_ne!(origin.name, origin.id);
    }
}

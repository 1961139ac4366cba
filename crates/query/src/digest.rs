//! The hash algorithms of `States.Hash` and `$hash`.

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

/// The lower-case hexadecimal digest of `data`, or `None` when AWS knows no such algorithm. Names are case-sensitive.
pub(crate) fn hex_digest(data: &[u8], algorithm: &str) -> Option<String> {
    fn hex<D: Digest>(data: &[u8]) -> String {
        D::digest(data)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
    Some(match algorithm {
        "MD5" => hex::<Md5>(data),
        "SHA-1" => hex::<Sha1>(data),
        "SHA-256" => hex::<Sha256>(data),
        "SHA-384" => hex::<Sha384>(data),
        "SHA-512" => hex::<Sha512>(data),
        _ => return None,
    })
}

//! Request bodies in gzip, where the model offers it (`cloudwatch:putMetricData`).

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use service_models::Operation;

use crate::protocol::WireRequest;

/// What the AWS SDKs compress from on when nothing else is configured.
pub const DEFAULT_MIN_BYTES: usize = 10_240;

/// Compresses a body of at least `min_bytes`.
pub fn compress(operation: Operation, request: &mut WireRequest, min_bytes: usize) {
    if !operation.request_compression().contains(&"gzip") || request.body.len() < min_bytes {
        return;
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    // Writing into memory does not fail; the body goes out as it is if it ever did.
    if encoder.write_all(&request.body).is_err() {
        return;
    }
    if let Ok(compressed) = encoder.finish() {
        request.body = compressed;
        let encoding = ("content-encoding".to_owned(), "gzip".to_owned());
        request.headers.push(encoding);
    }
}

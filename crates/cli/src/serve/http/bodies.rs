//! Bodies of requests: whole, or not at all.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::StatusCode;
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};

use super::answers::Refusal;

/// For the whole body of a request.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Of all bodies that are being read.
const MAX_BYTES: usize = 512 * 1024 * 1024;

/// All bodies that are being read.
#[derive(Default)]
pub struct Bodies {
    bytes: AtomicUsize,
}

impl Bodies {
    /// The whole body, unless it is too large, too slow or one too many.
    pub async fn read(&self, mut body: Incoming, limit: usize) -> Result<Bytes, Refusal> {
        if body.size_hint().lower() > limit as u64 {
            return Err(Refusal::too_large(limit));
        }
        let mut held = HeldBytes {
            all: &self.bytes,
            held: 0,
        };
        let read = async {
            let mut whole = BytesMut::new();
            while let Some(frame) = body.frame().await {
                let frame = frame.map_err(|error| {
                    Refusal::new(
                        StatusCode::BAD_REQUEST,
                        "SerializationException",
                        error.to_string(),
                    )
                })?;
                let Ok(data) = frame.into_data() else {
                    continue;
                };
                if whole.len() + data.len() > limit {
                    return Err(Refusal::too_large(limit));
                }
                held.hold(data.len())?;
                // Most bodies come in one piece.
                if whole.is_empty() && body.is_end_stream() {
                    return Ok(data);
                }
                whole.extend_from_slice(&data);
            }
            Ok(whole.freeze())
        };
        tokio::time::timeout(TIMEOUT, read)
            .await
            .unwrap_or_else(|_| {
                Err(Refusal::new(
                    StatusCode::REQUEST_TIMEOUT,
                    "RequestTimeoutException",
                    "The request's body did not come in time.",
                ))
            })
    }
}

/// Memory of bodies, given back when dropped.
struct HeldBytes<'a> {
    all: &'a AtomicUsize,
    held: usize,
}

impl HeldBytes<'_> {
    fn hold(&mut self, bytes: usize) -> Result<(), Refusal> {
        self.held += bytes;
        match self.all.fetch_add(bytes, Ordering::Relaxed) + bytes > MAX_BYTES {
            true => Err(Refusal::throttled()),
            false => Ok(()),
        }
    }
}

impl Drop for HeldBytes<'_> {
    fn drop(&mut self) {
        self.all.fetch_sub(self.held, Ordering::Relaxed);
    }
}

//! The console: its files at `/` and `/console/`, and what it needs beyond AWS's APIs at `/_ui/`.

mod files;

use http::request::Parts;
use http::{Method, header};

use super::http::answers::Answer;

/// The console's answer to a request for one of its files; None: the request is for an API. S3's ListBuckets is a GET of `/`, too,
/// but signed.
pub fn file(parts: &Parts) -> Option<Answer> {
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        return None;
    }
    let path = parts.uri.path();
    let is_console = path == "/console" || path.starts_with("/console/");
    let is_root = path == "/" && !parts.headers.contains_key(header::AUTHORIZATION);
    (is_console || is_root).then(|| files::answer(path, &parts.headers))
}

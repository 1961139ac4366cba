//! The embedded files, compressed as the browser likes them.

use std::io::Read;

use bytes::Bytes;
use console_assets::Asset;
use flate2::read::GzDecoder;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};

use super::super::http::answers::{Answer, whole};

/// Nothing from elsewhere is loaded or asked, no text becomes a script. Styles in elements are what the editor, the canvas and the
/// components set sizes and places with.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; \
     form-action 'self'; frame-ancestors 'none'";

/// `/console/assets/…` is the file; what is no file is a view, which the page itself knows.
pub fn answer(path: &str, headers: &HeaderMap) -> Answer {
    let name = path.strip_prefix("/console/").unwrap_or_default();
    let Some(asset) = console_assets::find(name).or_else(|| {
        let is_view = !name.starts_with("assets/");
        is_view
            .then(|| console_assets::find("index.html"))
            .flatten()
    }) else {
        let mut answer = Response::new(whole("no such file\n"));
        *answer.status_mut() = StatusCode::NOT_FOUND;
        return answer;
    };
    let mut answer = Response::new(whole(Bytes::new()));
    let told = answer.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, asset.media_type),
        (header::ETAG, asset.etag),
        (header::VARY, "accept-encoding"),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            header::CACHE_CONTROL,
            match asset.is_immutable() {
                true => "public, max-age=31536000, immutable",
                false => "no-cache",
            },
        ),
    ] {
        told.insert(name, HeaderValue::from_static(value));
    }
    let text = |name| {
        let value = headers.get(name);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    if text(header::IF_NONE_MATCH).contains(asset.etag) {
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
        return answer;
    }
    let (encoding, bytes) = encoded(asset, text(header::ACCEPT_ENCODING));
    if let Some(encoding) = encoding {
        told.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    *answer.body_mut() = whole(bytes);
    answer
}

/// Whether an `Accept-Encoding` takes an encoding.
pub fn accepts(accepted: &str, wanted: &str) -> bool {
    accepted.split(',').any(|one| {
        let (name, quality) = one.split_once(';').unwrap_or((one, ""));
        name.trim().eq_ignore_ascii_case(wanted) && quality.trim() != "q=0"
    })
}

fn encoded(asset: &Asset, accepted: &str) -> (Option<&'static str>, Bytes) {
    if let Some(plain) = asset.plain {
        return (None, Bytes::from_static(plain));
    }
    match (asset.brotli, asset.gzip) {
        (Some(brotli), _) if accepts(accepted, "br") => (Some("br"), Bytes::from_static(brotli)),
        (_, Some(gzip)) if accepts(accepted, "gzip") => (Some("gzip"), Bytes::from_static(gzip)),
        (_, gzip) => {
            let mut bytes = Vec::new();
            // It was compressed by the build of this program.
            let read = GzDecoder::new(gzip.unwrap_or_default()).read_to_end(&mut bytes);
            debug_assert!(read.is_ok());
            (None, bytes.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    fn get(path: &str, headers: &[(header::HeaderName, &str)]) -> (StatusCode, HeaderMap, Bytes) {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.clone(), value.parse().unwrap()))
            .collect();
        let (parts, body) = answer(path, &headers).into_parts();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let body = runtime.block_on(body.collect()).unwrap().to_bytes();
        (parts.status, parts.headers, body)
    }

    #[test]
    fn views_are_the_page_and_missing_files_are_missing() {
        for path in ["/", "/console", "/console/executions/arn%3Aaws"] {
            let (status, headers, body) = get(path, &[]);
            assert_eq!(status, StatusCode::OK);
            assert!(body.starts_with(b"<!doctype html>"), "{path}");
            assert_eq!(headers[header::CACHE_CONTROL], "no-cache");
            assert!(
                headers[header::CONTENT_SECURITY_POLICY]
                    .to_str()
                    .unwrap()
                    .contains("script-src 'self'")
            );
        }
        assert_eq!(get("/console/assets/gone.js", &[]).0, StatusCode::NOT_FOUND);
    }

    #[test]
    fn what_the_browser_has_is_not_sent_again() {
        let (_, headers, _) = get("/", &[]);
        let etag = headers[header::ETAG].to_str().unwrap().to_owned();
        let (status, _, body) = get("/", &[(header::IF_NONE_MATCH, &etag)]);
        assert_eq!((status, body.len()), (StatusCode::NOT_MODIFIED, 0));
    }
}

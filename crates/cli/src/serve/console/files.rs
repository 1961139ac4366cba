//! The embedded files.

use std::io::Read;

use bytes::Bytes;
use console_assets::Content;
use flate2::read::GzDecoder;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};

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
    if has(headers, asset.etag) {
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
        return answer;
    }
    let bytes = match asset.content {
        Content::Plain(bytes) => Bytes::from_static(bytes),
        Content::Gzip(bytes) if accepts_gzip(headers) => {
            told.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            Bytes::from_static(bytes)
        }
        Content::Gzip(bytes) => {
            let mut plain = Vec::new();
            // It was compressed by the build of this program.
            let read = GzDecoder::new(bytes).read_to_end(&mut plain);
            debug_assert!(read.is_ok());
            plain.into()
        }
    };
    *answer.body_mut() = whole(bytes);
    answer
}

/// Whether the browser has this already.
pub fn has(headers: &HeaderMap, etag: &str) -> bool {
    let known = |known: &str| known == "*" || known.trim_start_matches("W/") == etag;
    elements(headers, header::IF_NONE_MATCH).any(known)
}

/// All browsers do.
pub fn accepts_gzip(headers: &HeaderMap) -> bool {
    let quality_of = |wanted: &str| {
        elements(headers, header::ACCEPT_ENCODING).find_map(|element| {
            let (name, quality) = element.split_once(';').unwrap_or((element, "q=1"));
            let quality = quality.trim().strip_prefix("q=").unwrap_or_default();
            let is_wanted = name.trim().eq_ignore_ascii_case(wanted);
            is_wanted.then(|| quality.parse().unwrap_or(0.0))
        })
    };
    let quality: Option<f32> = quality_of("gzip").or_else(|| quality_of("*"));
    quality.is_some_and(|quality| quality > 0.0)
}

/// Of a header that holds a list.
fn elements(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let texts = headers.get_all(name).into_iter();
    let texts = texts.filter_map(|value| value.to_str().ok());
    texts.flat_map(|text| text.split(',').map(str::trim))
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
        for known in [etag.clone(), format!("\"a\", W/{etag}"), "*".to_owned()] {
            let (status, _, body) = get("/", &[(header::IF_NONE_MATCH, &known)]);
            assert_eq!(
                (status, body.len()),
                (StatusCode::NOT_MODIFIED, 0),
                "{known}"
            );
        }
        let other = get("/", &[(header::IF_NONE_MATCH, "\"a\"")]);
        assert_eq!(other.0, StatusCode::OK);
    }

    #[test]
    fn what_is_compressed_goes_to_those_who_take_it() {
        let accepts = |accepted: &'static str| {
            let value = HeaderValue::from_static(accepted);
            accepts_gzip(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, value)]))
        };
        for accepted in ["gzip, deflate, br, zstd", "br;q=1, GZIP ; q=0.1", "*"] {
            assert!(accepts(accepted), "{accepted}");
        }
        for refused in [
            "",
            "br",
            "gzip;q=0",
            "gzip;q=0.000, *",
            "*;q=0",
            "gzip;q=x",
            "xgzip",
        ] {
            assert!(!accepts(refused), "{refused}");
        }
    }
}

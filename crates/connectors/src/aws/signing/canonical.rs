//! The form of a request that is signed.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, Request, Uri, header};

/// Headers that others on the way change, or that say nothing about the request.
const UNSIGNED: &[&str] = &[
    "amz-sdk-invocation-id",
    "amz-sdk-request",
    "authorization",
    "connection",
    "expect",
    "transfer-encoding",
    "user-agent",
    "x-amzn-trace-id",
];

pub struct Canonical {
    pub text: String,
    /// `content-type;host;x-amz-date`
    pub signed_headers: String,
}

/// `is_s3`: the path is taken as it is; else it is normalized and escaped a second time.
pub fn request<B>(
    request: &Request<B>,
    payload_hash: &str,
    is_s3: bool,
) -> Result<Canonical, String> {
    let names = signed_names(request.headers());
    with_headers(request, &names, payload_hash, is_s3)
}

/// With the headers that a signature says it is over, sorted.
pub fn with_headers<B>(
    request: &Request<B>,
    names: &[&str],
    payload_hash: &str,
    is_s3: bool,
) -> Result<Canonical, String> {
    let uri = request.uri();
    let mut text = String::with_capacity(512);
    text.push_str(request.method().as_str());
    text.push('\n');
    match is_s3 {
        true => text.push_str(uri.path()),
        false => escape(&normalized(uri.path()), b"/", &mut text),
    }
    text.push('\n');
    query(uri.query().unwrap_or_default(), &mut text);
    text.push('\n');
    let mut signed_headers = String::with_capacity(64);
    for &name in names {
        text.push_str(name);
        text.push(':');
        match name == header::HOST.as_str() && !request.headers().contains_key(name) {
            true => text.push_str(&host(uri)),
            false => values(request.headers(), name, &mut text)?,
        }
        text.push('\n');
        if !signed_headers.is_empty() {
            signed_headers.push(';');
        }
        signed_headers.push_str(name);
    }
    text.push('\n');
    text.push_str(&signed_headers);
    text.push('\n');
    text.push_str(payload_hash);
    Ok(Canonical {
        text,
        signed_headers,
    })
}

/// Sorted, the host among them whether it is there already or comes with the URI.
fn signed_names(headers: &HeaderMap) -> Vec<&str> {
    let host = (!headers.contains_key(header::HOST)).then_some("host");
    let mut names: Vec<&str> = headers
        .keys()
        .map(HeaderName::as_str)
        .chain(host)
        .filter(|name| !UNSIGNED.contains(name))
        .collect();
    names.sort_unstable();
    names
}

/// All values of a header, with single spaces in them.
fn values(headers: &HeaderMap, name: &str, text: &mut String) -> Result<(), String> {
    for (i, value) in headers.get_all(name).iter().enumerate() {
        if i > 0 {
            text.push(',');
        }
        let value = std::str::from_utf8(value.as_bytes())
            .map_err(|_| format!("the header {name} is not UTF-8"))?;
        for (i, word) in value.split_ascii_whitespace().enumerate() {
            if i > 0 {
                text.push(' ');
            }
            text.push_str(word);
        }
    }
    Ok(())
}

/// As the HTTP client sends it: without the scheme's own port.
fn host(uri: &Uri) -> Cow<'_, str> {
    let host = uri.host().unwrap_or_default();
    match (uri.scheme_str(), uri.port_u16()) {
        (_, None) | (Some("http"), Some(80)) | (Some("https"), Some(443)) => host.into(),
        (_, Some(port)) => format!("{host}:{port}").into(),
    }
}

/// Without `.`, `..` and empty segments (RFC 3986, section 5.2.4).
fn normalized(path: &str) -> Cow<'_, str> {
    if !path.contains("//") && !path.contains("/.") {
        return if path.is_empty() { "/" } else { path }.into();
    }
    let mut segments = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            other => segments.push(other),
        }
    }
    let ends_in_folder = ["/", "/.", "/.."].iter().any(|end| path.ends_with(end));
    let is_folder = ends_in_folder && !segments.is_empty();
    let end = if is_folder { "/" } else { "" };
    format!("/{}{end}", segments.join("/")).into()
}

/// Names and values, each escaped anew, sorted.
fn query(query: &str, text: &mut String) {
    if query.is_empty() {
        return;
    }
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (escaped_anew(name), escaped_anew(value))
        })
        .collect();
    pairs.sort_unstable();
    for (i, (name, value)) in pairs.iter().enumerate() {
        if i > 0 {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        text.push_str(value);
    }
}

fn escaped_anew(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, tail)) = rest.split_first() {
        let code = tail
            .first_chunk::<2>()
            .filter(|_| *byte == b'%')
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        rest = match code {
            Some(_) => tail.get(2..).unwrap_or_default(),
            None => tail,
        };
        bytes.push(match (code, *byte) {
            (Some(code), _) => code,
            (None, b'+') => b' ',
            (None, byte) => byte,
        });
    }
    let mut escaped = String::with_capacity(text.len());
    escape_bytes(&bytes, b"", &mut escaped);
    escaped
}

fn escape(text: &str, keep: &[u8], escaped: &mut String) {
    escape_bytes(text.as_bytes(), keep, escaped);
}

/// Percent-encodes all but RFC 3986's unreserved characters and those to keep.
fn escape_bytes(bytes: &[u8], keep: &[u8], escaped: &mut String) {
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(byte) || keep.contains(byte) {
            escaped.push(char::from(*byte));
        } else {
            escaped.push('%');
            escaped.push_str(&super::hex(&[*byte]).to_ascii_uppercase());
        }
    }
}

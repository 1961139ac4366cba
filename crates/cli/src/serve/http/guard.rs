//! Keeps pages in a browser out. A server on loopback asks nobody for credentials, so whatever runs in the user's browser could
//! drive it: by a request to `http://127.0.0.1:8083` or by a name of its own that leads here (DNS rebinding, told by `Host`).
//!
//! A request of a page is told by `Origin` and `Sec-Fetch-Site`. Where a browser sends neither: what a page may send unasked is a
//! GET, which changes nothing and whose answer it may not read, or a POST with few media types or none, which is refused
//! unless it has a header that a browser asks for first. Forms of the query protocol have one: their signature, or another
//! `x-amz-` header. PUT, PATCH and DELETE are always asked for, and leave is never given.

use std::net::IpAddr;

use http::request::Parts;
use http::{HeaderMap, Method, header};

use super::answers::Refusal;

/// Media types that a page may send to anybody without asking first (Fetch Standard, "CORS-safelisted request-header").
const SIMPLE_TYPES: &[&str] = &[
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
];

#[derive(Debug)]
pub struct Guard {
    /// The names that a client may know this server by; None: any, for who may call is known by signatures.
    hosts: Option<Vec<String>>,
}

impl Guard {
    /// `is_loopback`: only this machine can reach the server. `allowed`: further names of it.
    pub fn new(is_loopback: bool, allowed: &[String]) -> Guard {
        let is_checked = is_loopback || !allowed.is_empty();
        Guard {
            hosts: is_checked.then(|| {
                allowed
                    .iter()
                    .map(|host| host.to_ascii_lowercase())
                    .collect()
            }),
        }
    }

    pub fn check(&self, request: &Parts) -> Result<(), Refusal> {
        self.check_page(request)?;
        let headers = &request.headers;
        let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
        let host = host(request);
        if let Some(origin) = text(header::ORIGIN) {
            let is_same = origin
                .split_once("://")
                .is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host));
            if !is_same {
                return Err(Refusal::forbidden(format!(
                    "A page of {origin} in a browser may not call this server."
                )));
            }
        }
        if text(header::HeaderName::from_static("sec-fetch-site")) == Some("cross-site") {
            return Err(Refusal::forbidden(
                "A page in a browser may not call this server.",
            ));
        }
        let media_type = text(header::CONTENT_TYPE).unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default().trim();
        let is_simple = match media_type {
            "" => request.method == Method::POST,
            given => SIMPLE_TYPES
                .iter()
                .any(|simple| given.eq_ignore_ascii_case(simple)),
        };
        match is_simple && !is_asked_for_first(headers) {
            false => Ok(()),
            true => Err(Refusal::forbidden(format!(
                "A request {} is refused, for a page in a browser may send it unasked. Sign it, or use Content-Type: {} \
                 or application/json.",
                match media_type {
                    "" => "without a media type".to_owned(),
                    given => format!("of type {given}"),
                },
                super::answers::AMZ_JSON
            ))),
        }
    }

    /// Of a request for a page or a file of the console: links from anywhere may lead there, but by this server's names only.
    pub fn check_page(&self, request: &Parts) -> Result<(), Refusal> {
        let host = host(request);
        if request.headers.get_all(header::HOST).iter().count() > 1 || !self.knows(host) {
            return Err(Refusal::forbidden(format!(
                "The Host header {host:?} is no name of this server. Call it by localhost or 127.0.0.1, or start it with \
                 --allowed-host NAME."
            )));
        }
        Ok(())
    }

    fn knows(&self, host: &str) -> bool {
        let Some(allowed) = &self.hosts else {
            return true;
        };
        let name = without_port(host).to_ascii_lowercase();
        // StartSyncExecution and TestState go to `sync-HOST` where the client was not told otherwise.
        let name = name.strip_prefix("sync-").unwrap_or(&name);
        let address = name
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse::<IpAddr>();
        name == "localhost"
            || name.ends_with(".localhost")
            || address.is_ok_and(|address| address.is_loopback())
            || allowed.iter().any(|allowed| allowed == name)
    }
}

/// The request line's authority goes before the header (RFC 9112, section 3.2.2).
fn host(request: &Parts) -> &str {
    match request.uri.authority() {
        Some(authority) => authority.as_str(),
        None => {
            let header = request.headers.get(header::HOST);
            header.map_or("", |value| value.to_str().unwrap_or("?"))
        }
    }
}

/// Whether a browser would ask the server before it sends these headers of a page.
fn is_asked_for_first(headers: &HeaderMap) -> bool {
    headers.contains_key(header::AUTHORIZATION)
        || headers
            .keys()
            .any(|name| name.as_str().starts_with("x-amz-"))
}

fn without_port(host: &str) -> &str {
    let end_of_name = host.rfind(']').unwrap_or(0);
    match host.rfind(':') {
        Some(colon) if colon > end_of_name => host.get(..colon).unwrap_or(host),
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(guard: &Guard, headers: &[(&'static str, &str)]) -> Result<(), String> {
        check_method(guard, "GET", headers)
    }

    fn check_method(
        guard: &Guard,
        method: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<(), String> {
        let mut request = http::Request::builder().method(method);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        guard.check(&parts).map_err(|refusal| refusal.message)
    }

    #[test]
    fn only_names_of_this_machine_lead_here() {
        let guard = Guard::new(true, &["Stepwright.Test".to_owned()]);
        for host in [
            "localhost:8083",
            "LOCALHOST",
            "127.0.0.1:1",
            "127.3.2.1",
            "[::1]:8083",
            "[::1]",
            "sync-localhost:8083",
            "states.localhost",
            "stepwright.test:80",
        ] {
            assert_eq!(check(&guard, &[("host", host)]), Ok(()), "{host}");
        }
        for host in [
            "",
            "evil.test",
            "evil.test:8083",
            "127.0.0.1.evil.test",
            "10.0.0.1",
            "localhost.evil.test",
            "[::2]",
        ] {
            let refused = check(&guard, &[("host", host)]).unwrap_err();
            assert!(refused.contains("--allowed-host"), "{host}: {refused}");
        }
        check(&guard, &[]).unwrap_err();
        check(&guard, &[("host", "localhost"), ("host", "evil.test")]).unwrap_err();
        check(&Guard::new(false, &[]), &[("host", "any.test")]).unwrap();
        check(
            &Guard::new(false, &["a.test".to_owned()]),
            &[("host", "b.test")],
        )
        .unwrap_err();
    }

    #[test]
    fn pages_of_others_are_refused() {
        for guard in [Guard::new(true, &[]), Guard::new(false, &[])] {
            let host = ("host", "localhost:8083");
            check(&guard, &[host, ("origin", "http://localhost:8083")]).unwrap();
            for origin in [
                "http://evil.test",
                "null",
                "http://localhost:3000",
                "http://localhost:8083.evil.test",
            ] {
                let refused = check(&guard, &[host, ("origin", origin)]).unwrap_err();
                assert!(refused.contains(origin), "{refused}");
            }
            check(&guard, &[host, ("sec-fetch-site", "cross-site")]).unwrap_err();
            for simple in [
                "text/plain",
                "Text/Plain; charset=utf-8",
                "application/x-www-form-urlencoded",
            ] {
                let refused = check(&guard, &[host, ("content-type", simple)]).unwrap_err();
                assert!(refused.contains("x-amz-json"), "{refused}");
            }
            for asked_for in [("authorization", "AWS4-HMAC-SHA256 …"), ("x-amz-date", "1")] {
                let form = ("content-type", "application/x-www-form-urlencoded");
                check_method(&guard, "POST", &[host, form, asked_for]).unwrap();
                check_method(&guard, "POST", &[host, asked_for]).unwrap();
            }
            check_method(&guard, "POST", &[host]).unwrap_err();
            check_method(&guard, "DELETE", &[host]).unwrap();
            check(
                &guard,
                &[host, ("content-type", "application/x-amz-json-1.0")],
            )
            .unwrap();
        }
    }
}

//! `/_ui/catalog/actions`: every action of AWS that a task can use, and the parameters of one.

use std::io::Write;
use std::sync::OnceLock;

use bytes::Bytes;
use connectors::{ResourceRef, refusal};
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use service_models::catalog;
use states_language::integration::{self, Optimized, Parameters};
use states_language::resource::Pattern;

use super::{categories, files, not_found, shapes, with_status};
use crate::serve::http::answers::{Answer, Refusal};

/// Smaller answers are not worth the while.
const COMPRESSED_FROM: usize = 8 * 1024;

/// The list of all actions, which is the same for everybody: made once.
pub fn actions(headers: &HeaderMap) -> Result<Answer, Refusal> {
    static ACTIONS: OnceLock<(Bytes, Bytes)> = OnceLock::new();
    let (plain, compressed) = ACTIONS.get_or_init(|| {
        let plain: Bytes = all().to_string().into();
        let compressed = gzip(&plain).unwrap_or_else(|| plain.clone());
        (plain, compressed)
    });
    if files::has(headers, &etag()) {
        return Ok(cached(StatusCode::NOT_MODIFIED, Bytes::new()));
    }
    Ok(match files::accepts_gzip(headers) {
        true => as_gzip(cached(StatusCode::OK, compressed.clone())),
        false => cached(StatusCode::OK, plain.clone()),
    })
}

pub fn action(service: &str, operation: &str, headers: &HeaderMap) -> Result<Answer, Refusal> {
    let found = catalog().service(service);
    let found = found.and_then(|service| service.operation(operation));
    let Some(found) = found else {
        let message = format!("AWS has no API action {service}:{operation}.");
        return Err(not_found("ActionDoesNotExist", message));
    };
    if files::has(headers, &etag()) {
        return Ok(cached(StatusCode::NOT_MODIFIED, Bytes::new()));
    }
    let plain: Bytes = shapes::action(found).to_string().into();
    let is_large = plain.len() >= COMPRESSED_FROM && files::accepts_gzip(headers);
    Ok(match is_large.then(|| gzip(&plain)).flatten() {
        Some(compressed) => as_gzip(cached(StatusCode::OK, compressed)),
        None => cached(StatusCode::OK, plain),
    })
}

fn all() -> Value {
    let services = catalog().actions().into_iter().map(|(service, actions)| {
        let segment = service.segment();
        json!({
            "service": segment,
            "title": categories::title(segment).unwrap_or_else(|| service.full_name()),
            "category": categories::category(segment),
            "operations": actions,
        })
    });
    let optimized = integration::all().iter().map(optimized);
    json!({
        "services": services.collect::<Value>(),
        "optimized": optimized.collect::<Value>(),
    })
}

fn optimized(integration: &Optimized) -> Value {
    let Optimized {
        service, action, ..
    } = integration;
    let (api, operation, without): (&str, &str, &[&str]) = match integration.parameters {
        Parameters::Api(api, operation, without) => (api, operation, without),
        Parameters::Listed(_) | Parameters::Unchecked => (service, action, &[]),
    };
    let resource = ResourceRef::Optimized {
        service: (*service).to_owned(),
        action: (*action).to_owned(),
    };
    let mut row = json!({
        "resource": format!("{service}:{action}"),
        "service": api,
        "operation": operation,
        "patterns": integration.patterns().iter().map(|pattern| name(*pattern)).collect::<Value>(),
        "isRunnable": refusal(&resource).is_none(),
    });
    if !without.is_empty() {
        row["without"] = json!(without);
    }
    row
}

fn name(pattern: Pattern) -> &'static str {
    match pattern {
        Pattern::RequestResponse => "requestResponse",
        Pattern::Sync => "sync",
        Pattern::Sync2 => "sync:2",
        Pattern::WaitForTaskToken => "waitForTaskToken",
    }
}

/// It changes with the program and with the models only.
fn etag() -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!("\"{version}-{}\"", catalog().botocore_version())
}

fn gzip(plain: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(plain).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

fn as_gzip(mut answer: Answer) -> Answer {
    set(&mut answer, header::CONTENT_ENCODING, "gzip");
    answer
}

/// Kept by the browser, and asked for again.
fn cached(status: StatusCode, body: Bytes) -> Answer {
    let mut answer = with_status(status, body);
    set(&mut answer, header::CACHE_CONTROL, "private, no-cache");
    set(&mut answer, header::VARY, "accept-encoding");
    set(&mut answer, header::ETAG, &etag());
    answer
}

fn set(answer: &mut Answer, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
}

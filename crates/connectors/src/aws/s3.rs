//! What is S3's own: buckets in paths and in other regions.

use http::HeaderMap;
use serde_json::{Map, Value};
use service_models::Operation;

/// The path of a request without its bucket, which the endpoint rules put into the URL: before the host, or behind it.
pub fn without_bucket(operation: Operation, arguments: &Map<String, Value>, uri: String) -> String {
    let bucket = arguments.get("Bucket").and_then(Value::as_str);
    if !is_s3(operation) || !operation.request_uri().starts_with("/{Bucket}") || bucket.is_none() {
        return uri;
    }
    let end = uri.get(1..).and_then(|rest| rest.find(['/', '?']));
    end.map_or_else(String::new, |end| {
        uri.get(end + 1..).unwrap_or_default().to_owned()
    })
}

/// The region that a bucket is in, when an answer tells that it is not where it was looked for. S3 tells it in a header, or
/// in the error document.
pub fn region_told(
    operation: Operation,
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
) -> Option<String> {
    if !is_s3(operation) || !matches!(status, 301 | 307 | 400) {
        return None;
    }
    let in_header = headers
        .get("x-amz-bucket-region")
        .and_then(|value| value.to_str().ok().map(str::to_owned));
    let in_body = || {
        let text = std::str::from_utf8(body).ok()?;
        let (_, rest) = text.split_once("<Region>")?;
        Some(rest.split_once("</Region>")?.0.to_owned())
    };
    // It becomes a part of a host's name.
    let is_name = |region: &String| {
        !region.is_empty()
            && region
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    in_header.or_else(in_body).filter(is_name)
}

fn is_s3(operation: Operation) -> bool {
    operation.service().boto_name() == "s3"
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use service_models::catalog;

    fn s3(action: &str) -> Operation {
        catalog().service("s3").unwrap().operation(action).unwrap()
    }

    #[test]
    fn the_bucket_leaves_the_path() {
        let cut = |action: &str, uri: &str| {
            let arguments = json!({"Bucket": "b"});
            without_bucket(s3(action), arguments.as_object().unwrap(), uri.to_owned())
        };
        assert_eq!(cut("getObject", "/b/b/x?versionId=1"), "/b/x?versionId=1");
        assert_eq!(cut("getObject", "/b//x"), "//x");
        assert_eq!(cut("listObjectsV2", "/b?list-type=2"), "?list-type=2");
        assert_eq!(cut("createBucket", "/b"), "");
        assert_eq!(
            cut("listBuckets", "/?x-id=ListBuckets"),
            "/?x-id=ListBuckets"
        );
    }

    #[test]
    fn the_region_is_told_by_header_or_document() {
        let named = HeaderMap::from_iter([(
            http::HeaderName::from_static("x-amz-bucket-region"),
            "eu-west-3".parse().unwrap(),
        )]);
        let document =
            b"<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-1</Region></Error>";
        let get = s3("getObject");
        let none = HeaderMap::new();
        assert_eq!(
            region_told(get, 301, &named, b"").as_deref(),
            Some("eu-west-3")
        );
        assert_eq!(
            region_told(get, 400, &none, document).as_deref(),
            Some("eu-west-1")
        );
        assert_eq!(region_told(get, 200, &named, b""), None);
        for hostile in [
            "<Region>evil.example/</Region>",
            "<Region></Region>",
            "<Region>",
            "\u{ff}",
        ] {
            assert_eq!(region_told(get, 400, &none, hostile.as_bytes()), None);
        }
    }
}

//! `SdkHttpMetadata` and `SdkResponseMetadata`, which results of optimized integrations carry.

use http::HeaderMap;
use serde_json::{Map, Value, json};

use crate::protocol::request_id;

/// Headers have no case on the wire of HTTP/2 and in our client; results show the names as AWS's servers write them.
const SPELLINGS: &[&str] = &[
    "Content-Length",
    "Content-Type",
    "Date",
    "Server",
    "X-Amz-Executed-Version",
    "X-Amz-Function-Error",
    "X-Amz-Log-Result",
    "X-Amzn-Trace-Id",
    "x-amzn-Remapped-Content-Length",
    "x-amzn-RequestId",
];

/// The metadata of a response.
pub fn of_response(status: u16, headers: &HeaderMap) -> Map<String, Value> {
    let mut all: Vec<(String, Vec<String>)> = Vec::new();
    for name in headers.keys() {
        let spelling = SPELLINGS
            .iter()
            .find(|spelling| spelling.eq_ignore_ascii_case(name.as_str()));
        let name_shown = spelling.map_or_else(
            || name.as_str().to_owned(),
            |spelling| (*spelling).to_owned(),
        );
        let values = headers.get_all(name).iter();
        all.push((
            name_shown,
            values
                .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
                .collect(),
        ));
    }
    of_headers(status, all, request_id(headers))
}

/// The metadata of given headers.
pub fn of_headers(
    status: u16,
    mut headers: Vec<(String, Vec<String>)>,
    request_id: Option<String>,
) -> Map<String, Value> {
    headers.sort_by_key(|(name, _)| name.to_ascii_lowercase());
    let first: Map<String, Value> = headers
        .iter()
        .map(|(name, values)| (name.clone(), json!(values.first())))
        .collect();
    let all: Map<String, Value> = headers
        .into_iter()
        .map(|(name, values)| (name, json!(values)))
        .collect();
    let mut metadata = Map::new();
    metadata.insert(
        "SdkHttpMetadata".to_owned(),
        json!({"AllHttpHeaders": all, "HttpHeaders": first, "HttpStatusCode": status}),
    );
    metadata.insert(
        "SdkResponseMetadata".to_owned(),
        json!({"RequestId": request_id}),
    );
    metadata
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_shown_as_aws_writes_them() {
        let mut headers = HeaderMap::new();
        headers.insert("x-amzn-requestid", "r-1".parse().unwrap());
        headers.insert("content-type", "text/xml".parse().unwrap());
        headers.append("x-two", "a".parse().unwrap());
        headers.append("x-two", "b".parse().unwrap());
        let metadata = Value::Object(of_response(200, &headers));
        assert_eq!(
            metadata,
            json!({
                "SdkHttpMetadata": {
                    "AllHttpHeaders": {"Content-Type": ["text/xml"], "x-amzn-RequestId": ["r-1"], "x-two": ["a", "b"]},
                    "HttpHeaders": {"Content-Type": "text/xml", "x-amzn-RequestId": "r-1", "x-two": "a"},
                    "HttpStatusCode": 200,
                },
                "SdkResponseMetadata": {"RequestId": "r-1"},
            }),
        );
    }
}

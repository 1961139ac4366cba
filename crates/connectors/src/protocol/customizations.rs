//! What single services want beyond their protocol, as the AWS SDK for Java 2 does it for Step Functions.
//!
//! Arguments are in the model's names, results in Step Functions'.

use serde_json::{Map, Value};
use service_models::Operation;
use sha2::{Digest, Sha256};

use super::{ParsedError, WireRequest, percent_encode, xml};

/// Why the arguments cannot be completed. The SDK for Java words it with its own names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrepareError {
    #[error("Parameter '{0}' must not be null")]
    Missing(&'static str),
    #[error("Parameter 'copySource' must not be used in conjunction with '{0}'")]
    TwoSources(&'static str),
}

/// Completes normalized arguments: what the SDK fills in, and what only it has a name for. `region` is that of the call.
pub fn prepare(
    operation: Operation,
    arguments: &mut Map<String, Value>,
    region: &str,
) -> Result<(), PrepareError> {
    match (operation.service().service_id(), operation.name()) {
        ("S3", "CopyObject" | "UploadPartCopy") => copy_source(arguments)?,
        ("S3", "CreateBucket") => location_constraint(arguments, region),
        ("Route 53", _) => {
            for name in ["Id", "HostedZoneId", "DelegationSetId"] {
                if let Some(id) = arguments.get_mut(name) {
                    without_path(id);
                }
            }
        }
        // The account that the credentials belong to.
        ("Glacier", _) => {
            arguments.entry("accountId").or_insert_with(|| "-".into());
        }
        _ => {}
    }
    Ok(())
}

/// `SourceBucket`, `SourceKey` and `SourceVersionId` are the SDK's own; S3 wants them in one header. `DestinationBucket` and
/// `DestinationKey` are other names of `Bucket` and `Key`.
fn copy_source(arguments: &mut Map<String, Value>) -> Result<(), PrepareError> {
    for (name, own_name) in [("Bucket", "DestinationBucket"), ("Key", "DestinationKey")] {
        if let Some(value) = arguments.shift_remove(own_name) {
            arguments.insert(name.to_owned(), value);
        }
    }
    let mut take = |name: &str| match arguments.shift_remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let bucket = take("SourceBucket");
    let key = take("SourceKey");
    let version = take("SourceVersionId");
    if arguments.contains_key("CopySource") {
        let given = [
            ("sourceBucket", bucket.is_some()),
            ("sourceKey", key.is_some()),
            ("sourceVersionId", version.is_some()),
        ];
        return match given.iter().find(|(_, given)| *given) {
            Some((name, _)) => Err(PrepareError::TwoSources(name)),
            None => Ok(()),
        };
    }
    let bucket = bucket.ok_or(PrepareError::Missing("sourceBucket"))?;
    let key = key.ok_or(PrepareError::Missing("sourceKey"))?;
    // An access point's ARN is followed by the kind of the resource in it.
    let object = if bucket.starts_with("arn:") {
        "/object"
    } else {
        ""
    };
    let encode = |text: &str| percent_encode(text, b"/");
    let mut source = format!("/{}{object}/{}", encode(&bucket), encode(&key));
    if let Some(version) = version {
        source.push_str(&format!("?versionId={}", encode(&version)));
    }
    arguments.insert("CopySource".to_owned(), source.into());
    Ok(())
}

/// S3 creates a bucket where the request goes to only when the request says so.
fn location_constraint(arguments: &mut Map<String, Value>, region: &str) {
    let configuration = arguments.get("CreateBucketConfiguration");
    let directory =
        configuration.is_some_and(|configuration| configuration.get("Location").is_some());
    let given =
        configuration.is_some_and(|c| c.get("LocationConstraint").is_some_and(|l| !l.is_null()));
    if given || directory || region == "us-east-1" {
        return;
    }
    let configuration = arguments
        .entry("CreateBucketConfiguration")
        .or_insert_with(|| Value::Object(Map::new()));
    if let Some(configuration) = configuration.as_object_mut() {
        configuration.insert("LocationConstraint".to_owned(), region.into());
    }
}

/// `/hostedzone/Z1` is `Z1`.
fn without_path(id: &mut Value) {
    if let Some((_, last)) = id.as_str().and_then(|id| id.rsplit_once('/')) {
        *id = last.into();
    }
}

/// Adds headers that no member of the model stands for.
pub fn complete(operation: Operation, request: &mut WireRequest) {
    let mut add = |name: &str, value: String| {
        if !request.headers.iter().any(|(given, _)| given == name) {
            request.headers.push((name.to_owned(), value));
        }
    };
    match (operation.service().service_id(), operation.name()) {
        // Without it the answer is in another format (HAL).
        ("API Gateway", _) => add("accept", "application/json".to_owned()),
        ("Glacier", name) => {
            add("accept", "application/json".to_owned());
            add(
                "x-amz-glacier-version",
                operation.service().api_version().to_owned(),
            );
            if matches!(name, "UploadArchive" | "UploadMultipartPart") {
                add("x-amz-content-sha256", hex(&Sha256::digest(&request.body)));
                add("x-amz-sha256-tree-hash", hex(&tree_hash(&request.body)));
            }
        }
        _ => {}
    }
}

/// Hashes of the body's mebibytes, joined in pairs until one is left (Glacier's developer guide, "Computing checksums").
fn tree_hash(body: &[u8]) -> Vec<u8> {
    let mut hashes: Vec<Vec<u8>> = body
        .chunks(1024 * 1024)
        .map(|chunk| Sha256::digest(chunk).to_vec())
        .collect();
    while hashes.len() > 1 {
        hashes = hashes
            .chunks(2)
            .map(|pair| match pair {
                [left, right] => Sha256::new()
                    .chain_update(left)
                    .chain_update(right)
                    .finalize()
                    .to_vec(),
                rest => rest.concat(),
            })
            .collect();
    }
    hashes.pop().unwrap_or_else(|| Sha256::digest(b"").to_vec())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The error in an answer that claims success: S3 sends the status of long operations before it knows how they end.
/// S3's documentation wants it to be treated like an answer with a status of 500.
pub fn error_in_success(operation: Operation, body: &[u8]) -> Option<ParsedError> {
    if operation.service().service_id() != "S3" || super::rest::answers_raw(operation) {
        return None;
    }
    // Most answers are no errors, and need not be read twice. White space before the root keeps the connection open.
    let mut start = body.trim_ascii_start();
    if start.starts_with(b"<?xml") {
        let end = start.windows(2).position(|window| window == b"?>")?;
        start = start.get(end + 2..)?.trim_ascii_start();
    }
    if !start.starts_with(b"<Error") {
        return None;
    }
    let root = xml::parse(body).ok()?;
    (root.name == "Error").then(|| xml::error_of(&root, &root))
}

/// The error that a status stands for where the answer has no body.
pub fn error_by_status(operation: Operation, status: u16) -> Option<ParsedError> {
    let service = operation.service().service_id();
    let (code, message) = match (service, operation.name(), status) {
        ("S3", "HeadObject", 404) => ("NoSuchKey", "The specified key does not exist."),
        ("S3", "HeadBucket", 404) => ("NoSuchBucket", "The specified bucket does not exist."),
        _ => return None,
    };
    Some(ParsedError {
        code: Some(code.to_owned()),
        message: Some(message.to_owned()),
        request_id: None,
    })
}

/// Makes a result what the SDK makes of it.
pub fn finish(operation: Operation, body: &[u8], result: &mut Value) -> Result<(), String> {
    match (operation.service().service_id(), operation.name()) {
        ("S3", "GetBucketLocation") => {
            // The one member has no element of its own. Buckets in us-east-1 have no constraint.
            let root = xml::parse(body)?;
            let location = root.text.trim();
            if let (Some(result), false) = (result.as_object_mut(), location.is_empty()) {
                result.insert("LocationConstraint".to_owned(), location.into());
            }
        }
        ("S3", "ListObjects" | "ListObjectsV2") if result["EncodingType"] == "url" => {
            for name in ["Delimiter", "Marker", "NextMarker", "Prefix", "StartAfter"] {
                decode(result.get_mut(name));
            }
            for object in result["Contents"].as_array_mut().into_iter().flatten() {
                decode(object.get_mut("Key"));
            }
        }
        ("Route 53", name) => {
            let members: &[&str] = match name {
                "ChangeResourceRecordSets" | "DeleteHostedZone" | "GetChange" => &["ChangeInfo"],
                "CreateHostedZone" => &["ChangeInfo", "HostedZone", "DelegationSet"],
                "GetHostedZone" => &["HostedZone", "DelegationSet"],
                "CreateReusableDelegationSet" | "GetReusableDelegationSet" => &["DelegationSet"],
                "ListHostedZones" => &["HostedZones"],
                "ListReusableDelegationSets" => &["DelegationSets"],
                _ => &[],
            };
            for member in members {
                let Some(found) = result.get_mut(*member) else {
                    continue;
                };
                let items = match found {
                    Value::Array(items) => items.as_mut_slice(),
                    one => std::slice::from_mut(one),
                };
                items
                    .iter_mut()
                    .filter_map(|item| item.get_mut("Id"))
                    .for_each(without_path);
            }
        }
        _ => {}
    }
    Ok(())
}

/// Undoes percent-encoding; a text that has none or a wrong one stays as it is.
fn decode(value: Option<&mut Value>) {
    let Some(Value::String(text)) = value else {
        return;
    };
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => match (digit(rest.next()), digit(rest.next())) {
                (Some(high), Some(low)) => (high * 16 + low) as u8,
                _ => return,
            },
            other => other,
        });
    }
    if let Ok(decoded) = String::from_utf8(bytes) {
        *text = decoded;
    }
}

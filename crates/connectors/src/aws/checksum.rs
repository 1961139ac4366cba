//! Checksums of bodies: the flexible ones of S3, `Content-MD5` where the model wants a checksum and knows no other.
//!
//! As the AWS SDKs do it ("Data integrity protections", AWS SDKs and Tools Reference Guide): a CRC32 goes with every
//! request that can carry one, and what is read is compared, unless `request_checksum_calculation` and
//! `response_checksum_validation` say `when_required`. Bodies are in memory, so checksums are headers, never trailers.

use aws_types::sdk_config::{RequestChecksumCalculation, ResponseChecksumValidation};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crc::{CRC_32_ISCSI, CRC_32_ISO_HDLC, CRC_64_NVME, Crc, Table};
use http::HeaderMap;
use md5::Md5;
use serde_json::{Map, Value};
use service_models::{Checksum, Operation};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use crate::protocol::WireRequest;

const DEFAULT_ALGORITHM: &str = "CRC32";
/// Names of headers that begin like a checksum's and are none.
const NO_CHECKSUMS: &[&str] = &["algorithm", "mode", "type"];

/// What the user's configuration says about checksums that nobody asked for.
#[derive(Debug, Clone, Copy)]
pub struct Checksums {
    pub request: RequestChecksumCalculation,
    pub response: ResponseChecksumValidation,
}

impl Checksums {
    /// Adds the checksum of the body, and the wish for one in the answer.
    pub fn add(
        self,
        operation: Operation,
        arguments: &Map<String, Value>,
        request: &mut WireRequest,
    ) -> Result<(), String> {
        let Some(trait_) = operation.checksum() else {
            if operation.is_checksum_required() && !has(request, "content-md5") {
                let digest = STANDARD.encode(Md5::digest(&request.body));
                request.headers.push(("content-md5".to_owned(), digest));
            }
            return Ok(());
        };
        if let Some(mode) = header(operation, trait_.request_validation_mode_member)
            && !matches!(self.response, ResponseChecksumValidation::WhenRequired)
            && !has(request, mode)
        {
            request
                .headers
                .push((mode.to_owned(), "ENABLED".to_owned()));
        }
        let is_given = request.headers.iter().any(|(name, _)| is_checksum(name));
        let chosen = trait_
            .request_algorithm_member
            .and_then(|member| arguments.get(member)?.as_str());
        let is_wanted = chosen.is_some()
            || trait_.is_request_required
            || operation.is_checksum_required()
            || (trait_.request_algorithm_member.is_some()
                && !matches!(self.request, RequestChecksumCalculation::WhenRequired));
        if is_given || !is_wanted {
            return Ok(());
        }
        let algorithm = chosen.unwrap_or(DEFAULT_ALGORITHM);
        let digest = digest(algorithm, &request.body).ok_or_else(|| {
            format!("Unable to compute the request's checksum: the algorithm {algorithm} is not supported")
        })?;
        let name = format!("x-amz-checksum-{}", algorithm.to_ascii_lowercase());
        request.headers.push((name, digest));
        if let Some(member) = header(operation, trait_.request_algorithm_member)
            && !has(request, member)
        {
            request
                .headers
                .push((member.to_owned(), algorithm.to_owned()));
        }
        Ok(())
    }
}

/// Compares the body of an answer with the checksum that came with it. A checksum of the checksums of an upload's parts
/// (it ends in `-PARTS`) says nothing about the body as a whole, nor does one of a body of which this is a part.
pub fn check(
    operation: Operation,
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(), String> {
    let Some(Checksum {
        response_algorithms,
        ..
    }) = operation.checksum().filter(|_| status == 200)
    else {
        return Ok(());
    };
    for algorithm in response_algorithms {
        let name = format!("x-amz-checksum-{}", algorithm.to_ascii_lowercase());
        let expected = headers.get(name).and_then(|value| value.to_str().ok());
        let Some(expected) = expected.filter(|value| !value.contains('-')) else {
            continue;
        };
        if let Some(actual) = digest(algorithm, body) {
            return match actual == expected.trim() {
                true => Ok(()),
                false => Err(format!(
                    "Data read has a different checksum than expected. Was {actual}, but expected {expected} ({algorithm})"
                )),
            };
        }
    }
    Ok(())
}

/// A result without the checksums that came for [`check`] alone: executions on AWS show them only to a task that asks.
pub fn without_unasked(
    operation: Operation,
    arguments: &Map<String, Value>,
    mut result: Value,
) -> Value {
    let mode = operation
        .checksum()
        .and_then(|trait_| trait_.request_validation_mode_member)
        .filter(|mode| !arguments.contains_key(*mode));
    if let (Some(_), Some(output), Some(members)) =
        (mode, operation.output(), result.as_object_mut())
    {
        for member in output.members() {
            let header = member.wire_name().to_ascii_lowercase();
            if header.starts_with("x-amz-checksum-") {
                members.remove(member.sfn_name());
            }
        }
    }
    result
}

/// The header of a member of the input.
fn header(operation: Operation, member: Option<&str>) -> Option<&'static str> {
    operation
        .input()?
        .members()
        .find(|candidate| Some(candidate.name()) == member)
        .map(|member| member.wire_name())
}

fn has(request: &WireRequest, header: &str) -> bool {
    let mut names = request.headers.iter().map(|(name, _)| name);
    names.any(|name| name.eq_ignore_ascii_case(header))
}

fn is_checksum(header: &str) -> bool {
    let header = header.to_ascii_lowercase();
    header
        .strip_prefix("x-amz-checksum-")
        .is_some_and(|rest| !NO_CHECKSUMS.contains(&rest))
}

/// The checksum in base64; none for algorithms that only the AWS Common Runtime has (XXHASH…).
fn digest(algorithm: &str, body: &[u8]) -> Option<String> {
    static CRC32: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISO_HDLC);
    static CRC32C: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISCSI);
    static CRC64: Crc<u64, Table<16>> = Crc::<u64, Table<16>>::new(&CRC_64_NVME);
    Some(match algorithm.to_ascii_uppercase().as_str() {
        "CRC32" => STANDARD.encode(CRC32.checksum(body).to_be_bytes()),
        "CRC32C" => STANDARD.encode(CRC32C.checksum(body).to_be_bytes()),
        "CRC64NVME" => STANDARD.encode(CRC64.checksum(body).to_be_bytes()),
        "SHA1" => STANDARD.encode(Sha1::digest(body)),
        "SHA256" => STANDARD.encode(Sha256::digest(body)),
        "SHA512" => STANDARD.encode(Sha512::digest(body)),
        "MD5" => STANDARD.encode(Md5::digest(body)),
        _ => return None,
    })
}

//! SigV4.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use http::Request;

/// What a signature depends on besides the request.
pub struct SigningContext<'a> {
    pub credentials: &'a Credentials,
    pub region: &'a str,
    pub service: &'a str,
    pub time: SystemTime,
    /// S3's way: the path is escaped once and not normalized, the body's hash is a header.
    pub single_encoding: bool,
    pub unsigned_payload: bool,
}

/// Adds the signature's headers.
pub fn sign_request<B: AsRef<[u8]>>(
    request: &mut Request<B>,
    context: &SigningContext<'_>,
) -> Result<(), String> {
    let mut settings = SigningSettings::default();
    if context.single_encoding {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    let identity = context.credentials.clone().into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(context.region)
        .name(context.service)
        .time(context.time)
        .settings(settings)
        .build()
        .map_err(|error| error.to_string())?
        .into();
    let body = match context.unsigned_payload {
        true => SignableBody::UnsignedPayload,
        false => SignableBody::Bytes(request.body().as_ref()),
    };
    let headers: Vec<(&str, &str)> = request
        .headers()
        .iter()
        .map(|(name, value)| {
            Ok((
                name.as_str(),
                value.to_str().map_err(|error| error.to_string())?,
            ))
        })
        .collect::<Result<_, String>>()?;
    let uri = request.uri().to_string();
    let signable = SignableRequest::new(request.method().as_str(), uri, headers.into_iter(), body)
        .map_err(|error| error.to_string())?;
    let (instructions, _) = sign(signable, &params)
        .map_err(|error| error.to_string())?
        .into_parts();
    instructions.apply_to_request_http1x(request);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    /// The worked example of the IAM User Guide ("Create a signed AWS API request"): a GET to IAM's ListUsers.
    #[test]
    fn the_signature_is_the_published_one() {
        let mut request =
            Request::get("https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08")
                .header(
                    "content-type",
                    "application/x-www-form-urlencoded; charset=utf-8",
                )
                .body(Vec::new())
                .unwrap();
        let credentials = Credentials::new(
            "AKIDEXAMPLE",
            "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            None,
            None,
            "test",
        );
        let context = SigningContext {
            credentials: &credentials,
            region: "us-east-1",
            service: "iam",
            time: UNIX_EPOCH + Duration::from_secs(1_440_938_160),
            single_encoding: false,
            unsigned_payload: false,
        };
        sign_request(&mut request, &context).unwrap();
        let authorization = request.headers()["authorization"].to_str().unwrap();
        assert!(
            authorization.ends_with(
                "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
            ),
            "{authorization}",
        );
        assert_eq!(request.headers()["x-amz-date"], "20150830T123600Z");
    }

    #[test]
    fn a_session_token_is_sent() {
        let mut request = Request::post("http://localhost/")
            .body(b"{}".to_vec())
            .unwrap();
        let credentials = Credentials::new("AKID", "secret", Some("token".into()), None, "test");
        let context = SigningContext {
            credentials: &credentials,
            region: "eu-north-1",
            service: "ssm",
            time: UNIX_EPOCH,
            single_encoding: false,
            unsigned_payload: false,
        };
        sign_request(&mut request, &context).unwrap();
        assert_eq!(request.headers()["x-amz-security-token"], "token");
    }
}

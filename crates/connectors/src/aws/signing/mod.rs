//! SigV4 (AWS Identity and Access Management User Guide, "Create a signed AWS API request").
//!
//! Own code, because a signature by `aws-sigv4` took a third of the time of a call: it derives the key each time and goes
//! through many small texts. That crate is the reference in the tests, beside the suite that AWS publishes.

mod canonical;
#[cfg(test)]
mod suite;
pub mod verify;

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use http::{HeaderValue, Request, header};
use jiff::Timestamp;
use jiff::tz::Offset;
use ring::{digest, hmac};

use crate::protocol::percent_encode;

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

/// Signs requests; keeps the keys, which are good for a day.
#[derive(Debug, Default)]
pub struct Signer {
    keys: Mutex<Vec<SigningKey>>,
}

#[derive(Debug)]
struct SigningKey {
    credentials: Credentials,
    /// `DATE/REGION/SERVICE/aws4_request`
    scope: String,
    key: hmac::Key,
}

/// A run calls a few services with one identity, or one identity an item.
const MAX_KEYS: usize = 32;

impl Signer {
    /// Adds the signature's headers.
    pub fn sign<B: AsRef<[u8]>>(
        &self,
        request: &mut Request<B>,
        context: &SigningContext<'_>,
    ) -> Result<(), String> {
        let time = amz_date(context.time)?;
        let payload_hash = match context.unsigned_payload {
            true => "UNSIGNED-PAYLOAD".to_owned(),
            false => sha256_hex(request.body().as_ref()),
        };
        let credentials = context.credentials;
        let headers = request.headers_mut();
        if let Some(token) = credentials.session_token() {
            headers.insert("x-amz-security-token", secret(token)?);
        }
        headers.insert("x-amz-date", value(&time)?);
        if context.single_encoding || context.unsigned_payload {
            headers.insert("x-amz-content-sha256", value(&payload_hash)?);
        }
        let canonical = canonical::request(request, &payload_hash, context.single_encoding)?;
        let scope = scope(&time, context);
        let signature = self.signature(&canonical.text, &time, &scope, context);
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={}, Signature={signature}",
            credentials.access_key_id(),
            canonical.signed_headers,
        );
        let authorization = secret(&authorization)?;
        request
            .headers_mut()
            .insert(header::AUTHORIZATION, authorization);
        Ok(())
    }

    /// The URL of a GET request with the signature in its query string, which it must have already. Who has the URL may make
    /// the request for `lifetime`.
    pub fn presign(
        &self,
        url: &str,
        lifetime: Duration,
        context: &SigningContext<'_>,
    ) -> Result<String, String> {
        let time = amz_date(context.time)?;
        let scope = scope(&time, context);
        let credential = format!("{}/{scope}", context.credentials.access_key_id());
        let mut url = format!(
            "{url}&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={}&X-Amz-Date={time}&X-Amz-Expires={}\
             &X-Amz-SignedHeaders=host",
            percent_encode(&credential, b""),
            lifetime.as_secs(),
        );
        if let Some(token) = context.credentials.session_token() {
            url.push_str("&X-Amz-Security-Token=");
            url.push_str(&percent_encode(token, b""));
        }
        let request = Request::get(&url)
            .body(())
            .map_err(|_| "the URL to be signed is none".to_owned())?;
        let canonical = canonical::request(&request, &sha256_hex(b""), context.single_encoding)?;
        let signature = self.signature(&canonical.text, &time, &scope, context);
        Ok(format!("{url}&X-Amz-Signature={signature}"))
    }

    fn signature(
        &self,
        canonical: &str,
        time: &str,
        scope: &str,
        context: &SigningContext<'_>,
    ) -> String {
        let key = self.key(context, scope);
        hex(hmac::sign(&key, to_sign(canonical, time, scope).as_bytes()).as_ref())
    }

    fn key(&self, context: &SigningContext<'_>, scope: &str) -> hmac::Key {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let known = keys
            .iter()
            .find(|known| known.scope == scope && known.credentials == *context.credentials);
        if let Some(known) = known {
            return known.key.clone();
        }
        let date = scope.split('/').next().unwrap_or_default();
        let secret = format!("AWS4{}", context.credentials.secret_access_key());
        let mut key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        for part in [date, context.region, context.service, "aws4_request"] {
            let derived = hmac::sign(&key, part.as_bytes());
            key = hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref());
        }
        if keys.len() >= MAX_KEYS {
            keys.clear();
        }
        keys.push(SigningKey {
            credentials: context.credentials.clone(),
            scope: scope.to_owned(),
            key: key.clone(),
        });
        key
    }
}

fn to_sign(canonical: &str, time: &str, scope: &str) -> String {
    let hash = sha256_hex(canonical.as_bytes());
    format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{hash}")
}

/// `DATE/REGION/SERVICE/aws4_request`
fn scope(time: &str, context: &SigningContext<'_>) -> String {
    let date = time.get(..8).unwrap_or_default();
    format!("{date}/{}/{}/aws4_request", context.region, context.service)
}

/// `20150830T123600Z`
fn amz_date(time: SystemTime) -> Result<String, String> {
    let time = Timestamp::try_from(time).map_err(|error| error.to_string())?;
    let utc = Offset::UTC.to_datetime(time);
    Ok(format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
        utc.year(),
        utc.month(),
        utc.day(),
        utc.hour(),
        utc.minute(),
        utc.second()
    ))
}

fn value(text: &str) -> Result<HeaderValue, String> {
    HeaderValue::from_str(text).map_err(|_| "a value cannot be a header".to_owned())
}

/// A value that no log shows.
fn secret(text: &str) -> Result<HeaderValue, String> {
    let mut value = HeaderValue::from_str(text)
        .map_err(|_| "the credentials hold characters that cannot be sent".to_owned())?;
    value.set_sensitive(true);
    Ok(value)
}

fn sha256_hex(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    let mut hex = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        hex.push(DIGITS[usize::from(byte >> 4)]);
        hex.push(DIGITS[usize::from(byte & 15)]);
    }
    hex
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sigv4::http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
        SigningSettings, UriPathNormalizationMode,
    };
    use aws_sigv4::sign::v4;
    use proptest::prelude::*;
    use std::time::UNIX_EPOCH;

    /// Signs with AWS's own crate.
    fn by_the_reference(request: &mut Request<Vec<u8>>, context: &SigningContext<'_>) {
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
            .unwrap()
            .into();
        let headers: Vec<(String, String)> = request
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        let signable = SignableRequest::new(
            request.method().as_str(),
            request.uri().to_string(),
            headers
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str())),
            SignableBody::Bytes(request.body()),
        );
        let signed = aws_sigv4::http_request::sign(signable.unwrap(), &params).unwrap();
        signed.into_parts().0.apply_to_request_http1x(request);
    }

    fn segment() -> impl Strategy<Value = String> {
        prop::collection::vec(
            prop::sample::select(vec![
                "a", "Z", "9", "-", "_", ".", "..", "~", "%20", "%2F", "%C3%A4", "+", "=", ":", "@",
            ]),
            0..5,
        )
        .prop_map(|parts| parts.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1000) })]
        #[test]
        fn signatures_are_those_of_the_reference(
            path in prop::collection::vec(segment(), 0..5),
            query in prop::collection::vec((segment(), segment()), 0..4),
            host in prop::sample::select(vec!["ssm.eu-north-1.amazonaws.com", "localhost:5000", "[::1]:80"]),
            https in any::<bool>(),
            values in prop::collection::vec("[ -~]{0,12}", 0..3),
            body in prop::collection::vec(any::<u8>(), 0..40),
            token in prop::option::of("[a-zA-Z0-9/+=]{1,20}"),
            single_encoding in any::<bool>(),
            seconds in 0..4_000_000_000u64,
        ) {
            let scheme = if https { "https" } else { "http" };
            let query: Vec<String> = query.iter().map(|(k, v)| format!("{k}={v}")).collect();
            let mut uri = format!("{scheme}://{host}/{}", path.join("/"));
            if !query.is_empty() {
                uri = format!("{uri}?{}", query.join("&"));
            }
            let mut builder = Request::post(uri)
                .header("content-type", "application/x-amz-json-1.1")
                .header("user-agent", "x");
            for value in &values {
                builder = builder.header("x-amz-meta-values", value);
            }
            let mut ours = builder.body(body).unwrap();
            let mut reference = ours.clone();
            let credentials = Credentials::new("AKID", "secret", token, None, "test");
            let context = SigningContext {
                credentials: &credentials,
                region: "eu-north-1",
                service: "ssm",
                time: UNIX_EPOCH + Duration::from_secs(seconds),
                single_encoding,
                unsigned_payload: false,
            };
            Signer::default().sign(&mut ours, &context).unwrap();
            by_the_reference(&mut reference, &context);
            prop_assert_eq!(&ours.headers()["authorization"], &reference.headers()["authorization"]);
            prop_assert_eq!(ours.headers().len(), reference.headers().len());
        }
    }

    #[test]
    fn presigned_urls_are_those_of_the_reference() {
        for token in [None, Some("a+b/c==")] {
            let credentials =
                Credentials::new("AKID", "secret", token.map(str::to_owned), None, "test");
            let time = UNIX_EPOCH + Duration::from_secs(1_440_938_160);
            let context = SigningContext {
                credentials: &credentials,
                region: "eu-west-1",
                service: "rds",
                time,
                single_encoding: false,
                unsigned_payload: false,
            };
            let lifetime = Duration::from_secs(604_800);
            let url = "https://rds.eu-west-1.amazonaws.com/?Action=CopyDBSnapshot&Tag=a%20b%2Fc";
            let ours = Signer::default().presign(url, lifetime, &context).unwrap();

            let mut settings = SigningSettings::default();
            settings.signature_location = SignatureLocation::QueryParams;
            settings.expires_in = Some(lifetime);
            let identity = credentials.clone().into();
            let params = v4::SigningParams::builder()
                .identity(&identity)
                .region("eu-west-1")
                .name("rds")
                .time(time)
                .settings(settings)
                .build()
                .unwrap()
                .into();
            let signable =
                SignableRequest::new("GET", url, std::iter::empty(), SignableBody::Bytes(b""));
            let signed = aws_sigv4::http_request::sign(signable.unwrap(), &params).unwrap();
            let mut reference = Request::get(url).body(()).unwrap();
            signed
                .into_parts()
                .0
                .apply_to_request_http1x(&mut reference);
            let fields = |url: &str| {
                let mut fields: Vec<_> = url.split(['?', '&']).map(str::to_owned).collect();
                fields.sort();
                fields
            };
            assert_eq!(fields(&ours), fields(&reference.uri().to_string()));
        }
    }

    fn signed(
        signer: &Signer,
        secret: &str,
        seconds: u64,
        unsigned_payload: bool,
    ) -> Request<&'static [u8]> {
        let mut request = Request::post("https://localhost/")
            .body(&b"{}"[..])
            .unwrap();
        let credentials = Credentials::new(secret, secret, Some("passing".into()), None, "test");
        let context = SigningContext {
            credentials: &credentials,
            region: "eu-north-1",
            service: "ssm",
            time: UNIX_EPOCH + Duration::from_secs(seconds),
            single_encoding: false,
            unsigned_payload,
        };
        signer.sign(&mut request, &context).unwrap();
        request
    }

    #[test]
    fn kept_keys_sign_like_new_ones() {
        let kept = Signer::default();
        for _ in 0..2 {
            for (secret, seconds) in [("a", 0), ("b", 0), ("a", 86_400), ("a", 1)] {
                assert_eq!(
                    signed(&kept, secret, seconds, false).headers(),
                    signed(&Signer::default(), secret, seconds, false).headers()
                );
            }
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let request = signed(&Signer::default(), "a", 0, false);
        assert_eq!(request.headers()["x-amz-security-token"], "passing");
        let shown = format!("{:?}", request.headers());
        assert!(
            !shown.contains("passing") && !shown.contains("Signature="),
            "{shown}"
        );
        let credentials = Credentials::new("a", "b", Some("line\nbreak".into()), None, "test");
        let context = SigningContext {
            credentials: &credentials,
            region: "x",
            service: "y",
            time: UNIX_EPOCH,
            single_encoding: false,
            unsigned_payload: false,
        };
        let mut request = Request::get("https://localhost/").body(b"").unwrap();
        let error = Signer::default().sign(&mut request, &context).unwrap_err();
        assert!(!error.contains("break"), "{error}");
    }

    #[test]
    fn a_body_can_be_left_out() {
        let request = signed(&Signer::default(), "a", 0, true);
        assert_eq!(
            request.headers()["x-amz-content-sha256"],
            "UNSIGNED-PAYLOAD"
        );
    }
}

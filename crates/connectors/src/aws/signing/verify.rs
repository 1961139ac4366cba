//! Checks the signatures of requests that come in, with AWS's own errors and words.

use std::collections::BTreeMap;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use http::{HeaderMap, Request, header};
use jiff::civil::DateTime;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use ring::hmac;

use super::{Signer, SigningContext, amz_date, canonical, sha256_hex, to_sign};

/// How far a signature's time may be from ours.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);
/// What a signature has to be over: these say who is asked to do what.
const SIGNED: &[&str] = &["host", "x-amz-date", "x-amz-target", "x-amz-security-token"];

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    #[error("Missing Authentication Token")]
    Missing,
    #[error("{0}")]
    Incomplete(String),
    /// The key or the session token is none of ours.
    #[error("The security token included in the request is invalid.")]
    UnknownKey,
    #[error("{0}")]
    Invalid(String),
}

impl SignatureError {
    /// The error's name on AWS.
    pub fn code(&self) -> &'static str {
        match self {
            SignatureError::Missing => "MissingAuthenticationTokenException",
            SignatureError::Incomplete(_) => "IncompleteSignatureException",
            SignatureError::UnknownKey => "UnrecognizedClientException",
            SignatureError::Invalid(_) => "InvalidSignatureException",
        }
    }
}

/// Those who may call, by access key id.
#[derive(Debug, Default)]
pub struct AccessKeys(BTreeMap<String, Credentials>);

impl AccessKeys {
    /// Reads a file in the format of `~/.aws/credentials`. No error shows a line: it may hold a secret.
    pub fn parse(text: &str) -> Result<AccessKeys, String> {
        let mut keys = BTreeMap::new();
        let mut section: Option<(&str, BTreeMap<&str, &str>)> = None;
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with(['#', ';']) {
                continue;
            }
            if let Some(name) = line
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'))
            {
                add(&mut keys, section.replace((name.trim(), BTreeMap::new())))?;
                continue;
            }
            match (line.split_once('='), &mut section) {
                (Some((name, value)), Some((_, members))) => {
                    members.insert(name.trim(), value.trim());
                }
                _ => {
                    let number = number + 1;
                    return Err(format!(
                        "line {number} is neither [NAME] nor NAME = VALUE within one"
                    ));
                }
            }
        }
        add(&mut keys, section)?;
        match keys.is_empty() {
            true => Err("it holds no access key".to_owned()),
            false => Ok(AccessKeys(keys)),
        }
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn add(
    keys: &mut BTreeMap<String, Credentials>,
    section: Option<(&str, BTreeMap<&str, &str>)>,
) -> Result<(), String> {
    let Some((name, members)) = section else {
        return Ok(());
    };
    let of = |member| {
        members
            .get(member)
            .copied()
            .filter(|value| !value.is_empty())
    };
    let (id, secret) = match (of("aws_access_key_id"), of("aws_secret_access_key")) {
        (Some(id), Some(secret)) => (id, secret),
        (None, None) => return Ok(()),
        (None, _) => return Err(format!("[{name}] has no aws_access_key_id")),
        (_, None) => return Err(format!("[{name}] has no aws_secret_access_key")),
    };
    let token = of("aws_session_token").map(str::to_owned);
    let credentials = Credentials::new(id, secret, token, None, "file");
    match keys.insert(id.to_owned(), credentials) {
        None => Ok(()),
        Some(_) => Err(format!(
            "[{name}] has an access key id that stands there already"
        )),
    }
}

/// Services that are the same in all regions: their clients sign for the one where AWS has them.
const GLOBAL: &[&str] = &["iam", "sts"];

/// Verifies signatures for the services of one region.
#[derive(Debug)]
pub struct Verifier {
    /// Keeps the keys derived from secrets.
    signer: Signer,
    region: String,
}

impl Verifier {
    pub fn new(region: &str) -> Verifier {
        Verifier {
            signer: Signer::default(),
            region: region.to_owned(),
        }
    }

    /// Whose signature this is: the access key id. `service`: what the request is for, as a scope names it.
    pub fn verify<'k, B: AsRef<[u8]>>(
        &self,
        request: &Request<B>,
        service: &str,
        keys: &'k AccessKeys,
        now: SystemTime,
    ) -> Result<&'k str, SignatureError> {
        let presented = Presented::read(request.headers())?;
        let credentials = keys.0.get(presented.access_key_id);
        let credentials = credentials.ok_or(SignatureError::UnknownKey)?;
        let token = text(request.headers(), "x-amz-security-token");
        if !is_same(
            token.unwrap_or_default(),
            credentials.session_token().unwrap_or_default(),
        ) {
            return Err(SignatureError::UnknownKey);
        }
        let region = self.check_scope(&presented, service)?;
        check_time(presented.time, now)?;
        let names: Vec<&str> = presented.signed_headers.split(';').collect();
        for required in SIGNED.iter().chain(&["content-type"]) {
            if request.headers().contains_key(*required) && !names.contains(required) {
                return Err(SignatureError::Invalid(format!(
                    "'{required}' must be a 'SignedHeader' in the AWS Authorization."
                )));
            }
        }
        let hash = sha256_hex(request.body().as_ref());
        let canonical = canonical::with_headers(request, &names, &hash, false)
            .map_err(SignatureError::Invalid)?;
        let context = SigningContext {
            credentials,
            region,
            service,
            time: now,
            single_encoding: false,
            unsigned_payload: false,
        };
        let key = self.signer.key(&context, presented.scope);
        let to_sign = to_sign(&canonical.text, presented.time, presented.scope);
        let signature = from_hex(presented.signature).unwrap_or_default();
        // In constant time.
        hmac::verify(&key, to_sign.as_bytes(), &signature).map_err(|_| {
            SignatureError::Invalid(
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
                 Access Key and signing method. Consult the service documentation for details."
                    .to_owned(),
            )
        })?;
        Ok(credentials.access_key_id())
    }

    /// The region that was signed for.
    fn check_scope<'r>(
        &self,
        presented: &Presented<'r>,
        wanted: &str,
    ) -> Result<&'r str, SignatureError> {
        let mut wrong = String::new();
        let mut parts = presented.scope.split('/');
        let (date, region, service) = (parts.next(), parts.next(), parts.next());
        let (end, rest) = (parts.next(), parts.next());
        let region = region.unwrap_or_default();
        if region != self.region && !GLOBAL.contains(&wanted) {
            wrong.push_str("Credential should be scoped to a valid region. ");
        }
        if service != Some(wanted) {
            wrong.push_str(&format!(
                "Credential should be scoped to correct service: '{wanted}'. "
            ));
        }
        if end != Some("aws4_request") || rest.is_some() {
            wrong.push_str("Credential should be scoped with a valid terminator: 'aws4_request'. ");
        }
        let day = presented.time.get(..8);
        if date != day {
            wrong.push_str(&format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != '{}', from '{}'. ",
                date.unwrap_or_default(),
                day.unwrap_or_default(),
                presented.time
            ));
        }
        match wrong.is_empty() {
            true => Ok(region),
            false => Err(SignatureError::Invalid(wrong)),
        }
    }
}

/// What a request says about its signature.
struct Presented<'r> {
    access_key_id: &'r str,
    /// `DATE/REGION/SERVICE/aws4_request`
    scope: &'r str,
    signed_headers: &'r str,
    signature: &'r str,
    /// `20150830T123600Z`
    time: &'r str,
}

impl<'r> Presented<'r> {
    fn read(headers: &'r HeaderMap) -> Result<Presented<'r>, SignatureError> {
        let Some(authorization) = text(headers, header::AUTHORIZATION.as_str()) else {
            return Err(SignatureError::Missing);
        };
        let Some(fields) = authorization.strip_prefix("AWS4-HMAC-SHA256") else {
            return Err(SignatureError::Incomplete(
                "Authorization header requires the algorithm 'AWS4-HMAC-SHA256'.".to_owned(),
            ));
        };
        let field = |name: &str| {
            let mut fields = fields
                .split(',')
                .filter_map(|field| field.trim().split_once('='));
            fields
                .find(|(known, _)| *known == name)
                .map(|(_, value)| value)
        };
        let mut lacking = String::new();
        let mut required = |name: &str| {
            let value = field(name);
            if value.is_none() {
                lacking.push_str(&format!(
                    "Authorization header requires '{name}' parameter. "
                ));
            }
            value.unwrap_or_default()
        };
        let (credential, signature, signed_headers) = (
            required("Credential"),
            required("Signature"),
            required("SignedHeaders"),
        );
        let time = text(headers, "x-amz-date");
        if time.is_none() {
            lacking.push_str("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ");
        }
        let key_and_scope = credential.split_once('/');
        if key_and_scope.is_none() && !credential.is_empty() {
            lacking.push_str("Credential must have at least 5 slash-delimited elements. ");
        }
        match (key_and_scope, time) {
            (Some((access_key_id, scope)), Some(time)) if lacking.is_empty() => Ok(Presented {
                access_key_id,
                scope,
                signed_headers,
                signature,
                time,
            }),
            _ => Err(SignatureError::Incomplete(lacking.trim_end().to_owned())),
        }
    }
}

fn check_time(presented: &str, now: SystemTime) -> Result<(), SignatureError> {
    let invalid = |message: String| Err(SignatureError::Invalid(message));
    let Some(signed) = parse_amz_date(presented) else {
        return Err(SignatureError::Incomplete(format!(
            "Date must be in ISO-8601 'basic format'. Got '{presented}'. See http://en.wikipedia.org/wiki/ISO_8601"
        )));
    };
    let now =
        Timestamp::try_from(now).map_err(|error| SignatureError::Invalid(error.to_string()))?;
    let shown = |time: Timestamp| amz_date(time.into()).unwrap_or_default();
    let (earliest, latest) = (now.saturating_sub(TOLERANCE), now.saturating_add(TOLERANCE));
    match (earliest, latest) {
        (Ok(earliest), _) if signed < earliest => invalid(format!(
            "Signature expired: {presented} is now earlier than {} ({} - 5 min.)",
            shown(earliest),
            shown(now)
        )),
        (_, Ok(latest)) if signed > latest => invalid(format!(
            "Signature not yet current: {presented} is still later than {} ({} + 5 min.)",
            shown(latest),
            shown(now)
        )),
        _ => Ok(()),
    }
}

/// `20150830T123600Z`
fn parse_amz_date(text: &str) -> Option<Timestamp> {
    let time = DateTime::strptime("%Y%m%dT%H%M%SZ", text).ok()?;
    Offset::UTC.to_timestamp(time).ok()
}

fn text<'r>(headers: &'r HeaderMap, name: &str) -> Option<&'r str> {
    headers.get(name)?.to_str().ok()
}

/// Takes as long for every text of a length.
fn is_same(given: &str, expected: &str) -> bool {
    let difference = given
        .bytes()
        .zip(expected.bytes())
        .fold(0, |all, (a, b)| all | (a ^ b));
    given.len() == expected.len() && difference == 0
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    const FILE: &str = "# people\n[ann]\naws_access_key_id = AKIDANN\naws_secret_access_key = one=two\n\n\
                        [bot]\naws_access_key_id=AKIDBOT\naws_secret_access_key=s\naws_session_token=t\n[empty]\nregion=x\n";

    fn now() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_440_938_160)
    }

    fn signed(credentials: &Credentials, region: &str, time: SystemTime) -> Request<&'static str> {
        let mut request = Request::post("http://states.test:8083/")
            .header("host", "states.test:8083")
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", "AWSStepFunctions.ListStateMachines")
            .body("{}")
            .unwrap();
        let context = SigningContext {
            credentials,
            region,
            service: "states",
            time,
            single_encoding: false,
            unsigned_payload: false,
        };
        Signer::default().sign(&mut request, &context).unwrap();
        request
    }

    fn ann() -> Credentials {
        Credentials::new("AKIDANN", "one=two", None, None, "test")
    }

    #[track_caller]
    fn verify<B: AsRef<[u8]>>(request: &Request<B>) -> Result<String, (&'static str, String)> {
        let keys = AccessKeys::parse(FILE).unwrap();
        let verifier = Verifier::new("eu-west-1");
        let verified = verifier.verify(request, "states", &keys, now());
        verified
            .map(str::to_owned)
            .map_err(|error| (error.code(), error.to_string()))
    }

    #[track_caller]
    fn refused<B: AsRef<[u8]>>(request: &Request<B>, code: &str, part: &str) {
        let (name, message) = verify(request).unwrap_err();
        assert_eq!(name, code, "{message}");
        assert!(message.contains(part), "{message}");
    }

    #[test]
    fn what_our_signer_signs_is_accepted() {
        let request = signed(&ann(), "eu-west-1", now() + Duration::from_secs(299));
        assert_eq!(verify(&request).unwrap(), "AKIDANN");
        let bot = Credentials::new("AKIDBOT", "s", Some("t".to_owned()), None, "test");
        assert_eq!(
            verify(&signed(&bot, "eu-west-1", now())).unwrap(),
            "AKIDBOT"
        );
    }

    #[test]
    fn what_was_changed_on_the_way_is_refused() {
        let (code, mismatch) = ("InvalidSignatureException", "does not match the signature");
        let request = signed(&ann(), "eu-west-1", now());
        refused(&request.clone().map(|_| "{ }"), code, mismatch);
        for (name, value) in [
            ("x-amz-target", "AWSStepFunctions.DeleteStateMachine"),
            ("host", "other.test"),
            ("content-type", "text/plain"),
        ] {
            let mut request = request.clone();
            request.headers_mut().insert(name, value.parse().unwrap());
            refused(&request, code, mismatch);
        }
        for end in ["0", "", "zz"] {
            let mut request = request.clone();
            let value = request.headers()["authorization"].to_str().unwrap();
            let (start, _) = value.rsplit_once("Signature=").unwrap();
            let value = format!("{start}Signature={end}").parse().unwrap();
            request.headers_mut().insert("authorization", value);
            refused(&request, code, mismatch);
        }
        let mut request = Request::post("/").body("").unwrap();
        let context = SigningContext {
            credentials: &ann(),
            region: "eu-west-1",
            service: "states",
            time: now(),
            single_encoding: false,
            unsigned_payload: false,
        };
        Signer::default().sign(&mut request, &context).unwrap();
        let added = "AWSStepFunctions.DeleteStateMachine".parse().unwrap();
        request.headers_mut().insert("x-amz-target", added);
        refused(&request, code, "'x-amz-target' must be a 'SignedHeader'");
    }

    #[test]
    fn who_is_unknown_late_or_elsewhere_is_refused() {
        let unknown = "UnrecognizedClientException";
        let other = Credentials::new("AKIDOTHER", "one=two", None, None, "test");
        refused(
            &signed(&other, "eu-west-1", now()),
            unknown,
            "security token",
        );
        let tokenless = Credentials::new("AKIDBOT", "s", None, None, "test");
        refused(
            &signed(&tokenless, "eu-west-1", now()),
            unknown,
            "security token",
        );
        let invalid = "InvalidSignatureException";
        let early = now() - Duration::from_secs(301);
        refused(
            &signed(&ann(), "eu-west-1", early),
            invalid,
            "Signature expired: 20150830T123059Z is now earlier than 20150830T123100Z (20150830T123600Z - 5 min.)",
        );
        let late = now() + Duration::from_secs(301);
        refused(
            &signed(&ann(), "eu-west-1", late),
            invalid,
            "Signature not yet current: 20150830T124101Z",
        );
        refused(
            &signed(&ann(), "us-east-1", now()),
            invalid,
            "scoped to a valid region",
        );
        let wrong_secret = Credentials::new("AKIDANN", "two", None, None, "test");
        refused(
            &signed(&wrong_secret, "eu-west-1", now()),
            invalid,
            "does not match",
        );
    }

    #[test]
    fn half_a_signature_is_refused() {
        let of = |value: &str| {
            Request::post("/")
                .header("authorization", value)
                .body("")
                .unwrap()
        };
        let incomplete = "IncompleteSignatureException";
        refused(
            &Request::post("/").body("").unwrap(),
            "MissingAuthenticationTokenException",
            "Missing",
        );
        refused(&of("Bearer x"), incomplete, "AWS4-HMAC-SHA256");
        refused(
            &of("AWS4-HMAC-SHA256 Signature=a"),
            incomplete,
            "requires 'Credential' parameter. Auth",
        );
        let no_date =
            "AWS4-HMAC-SHA256 Credential=AKIDANN/1/2/3/4, SignedHeaders=host, Signature=ab";
        refused(&of(no_date), incomplete, "'X-Amz-Date'");
        let mut request = of(no_date);
        request
            .headers_mut()
            .insert("x-amz-date", "yesterday".parse().unwrap());
        refused(
            &request,
            "InvalidSignatureException",
            "scoped to a valid region",
        );
    }

    #[test]
    fn files_of_keys_are_read_and_faults_named() {
        assert_eq!(AccessKeys::parse(FILE).unwrap().len(), 2);
        for (text, part) in [
            ("", "no access key"),
            ("x = y", "line 1"),
            ("[a]\nsecret", "line 2"),
            (
                "[a]\naws_access_key_id=A",
                "[a] has no aws_secret_access_key",
            ),
            (
                "[a]\naws_secret_access_key=A",
                "[a] has no aws_access_key_id",
            ),
            (
                "[a]\naws_access_key_id=A\naws_secret_access_key=s\n[b]\naws_access_key_id=A\naws_secret_access_key=s",
                "[b] has an access key id",
            ),
        ] {
            let error = AccessKeys::parse(text).unwrap_err();
            assert!(
                error.contains(part) && !error.contains("secret\n"),
                "{error}"
            );
        }
    }
}

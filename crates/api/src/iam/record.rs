//! What is stored.

use std::collections::BTreeMap;

use base64::Engine;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Role {
    pub name: String,
    /// `/` or `/a/b/`.
    pub path: String,
    pub id: String,
    pub created_millis: i64,
    /// JSON text, as it was given.
    pub trust: String,
    pub description: Option<String>,
    pub max_session_seconds: u64,
    pub boundary_arn: Option<String>,
    /// Inline policies by name: JSON texts.
    pub policies: BTreeMap<String, String>,
    /// ARNs of managed policies.
    pub attached: Vec<String>,
    pub tags: Vec<Tag>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Policy {
    pub name: String,
    pub path: String,
    pub id: String,
    pub created_millis: i64,
    pub updated_millis: i64,
    pub description: Option<String>,
    /// Oldest first.
    pub versions: Vec<Version>,
    /// Of the next version.
    pub next_version: u32,
    /// Number of the version that counts.
    pub default_version: u32,
    pub tags: Vec<Tag>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Version {
    pub number: u32,
    /// JSON text, as it was given.
    pub document: String,
    pub created_millis: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tag {
    #[serde(rename = "Key")]
    pub key: String,
    #[serde(rename = "Value")]
    pub value: String,
}

impl Version {
    pub fn id(&self) -> String {
        format!("v{}", self.number)
    }
}

/// `AROA` and 17 letters and digits, as AWS makes them.
pub fn unique_id(prefix: &str) -> String {
    let id = uuid::Uuid::new_v4();
    let letters = base64::engine::general_purpose::STANDARD.encode([*id.as_bytes(); 2].concat());
    let letters = letters.chars().filter(char::is_ascii_alphanumeric).take(17);
    format!(
        "{prefix}{}",
        letters.collect::<String>().to_ascii_uppercase()
    )
}

/// Seconds since 1970: AWS shows no fractions here.
pub fn date(millis: i64) -> Value {
    json!(millis.div_euclid(1000))
}

/// Documents are shown percent-encoded (RFC 3986).
pub fn encoded(document: &str) -> String {
    let mut encoded = String::with_capacity(document.len() * 2);
    for byte in document.bytes() {
        match byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            true => encoded.push(char::from(byte)),
            false => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

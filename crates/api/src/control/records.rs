//! What the control plane keeps: the JSON bodies of its documents. Each begins with a format number, which stays 1 until a release
//! has to change it.

use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use store::Kind;

/// By key, in the order in which they were set.
pub type Tags = IndexMap<String, String>;

/// Of every body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format;

impl Format {
    const NUMBER: u32 = 1;
}

impl Serialize for Format {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(Format::NUMBER)
    }
}

impl<'de> Deserialize<'de> for Format {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Format, D::Error> {
        match u32::deserialize(deserializer)? {
            Format::NUMBER => Ok(Format),
            other => Err(serde::de::Error::custom(format_args!(
                "format {other} is newer than this program"
            ))),
        }
    }
}

/// `StateMachineType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum MachineType {
    #[default]
    Standard,
    Express,
}

impl From<MachineType> for Kind {
    fn from(kind: MachineType) -> Kind {
        match kind {
            MachineType::Standard => Kind::Standard,
            MachineType::Express => Kind::Express,
        }
    }
}

/// `StateMachineStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Status {
    Active,
    /// Until its executions have ended.
    Deleting,
}

/// A state machine; its definition is in its revision.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StateMachine {
    pub format: Format,
    pub name: Arc<str>,
    pub kind: MachineType,
    pub status: Status,
    pub creation_millis: i64,
    /// Key of the current [`Revision`].
    pub revision: Arc<str>,
    /// As the revision has it.
    pub revision_id: Option<Arc<str>>,
    /// Number of the version that was published last; it is never used again.
    pub last_version: u64,
    pub tags: Tags,
    /// How it was created, for the idempotency of CreateStateMachine.
    pub created_with: Publication,
}

/// `publish` and `versionDescription`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Publication {
    #[serde(default)]
    pub publish: bool,
    #[serde(default)]
    pub version_description: Option<String>,
}

/// What executions run on: never changed once it is there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Revision {
    pub format: Format,
    /// AWS's `revisionId`; the one that a state machine is created with has none.
    pub revision_id: Option<Arc<str>>,
    pub creation_millis: i64,
    pub configuration: Configuration,
}

/// Of a revision that no state machine or version names any more: it stays while executions ran on it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Orphan {
    pub format: Format,
    pub since_millis: i64,
}

/// What makes a revision: a change of any of it makes a new one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Configuration {
    pub definition: Arc<str>,
    pub role_arn: Arc<str>,
    pub logging: Logging,
    pub tracing: Tracing,
    pub encryption: Option<Encryption>,
}

/// `LoggingConfiguration`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Logging {
    #[serde(default)]
    pub level: LogLevel,
    #[serde(default)]
    pub include_execution_data: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destinations: Option<Vec<LogDestination>>,
}

impl Logging {
    /// Of the log group that logs go to.
    pub fn log_group_arn(&self) -> Option<&str> {
        let destination = self.destinations.as_ref()?.first()?;
        let group = destination.cloud_watch_logs_log_group.as_ref()?;
        group.log_group_arn.as_deref()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum LogLevel {
    All,
    Error,
    Fatal,
    #[default]
    Off,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogDestination {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud_watch_logs_log_group: Option<LogGroup>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogGroup {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_group_arn: Option<String>,
}

/// `TracingConfiguration`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tracing {
    pub enabled: bool,
}

/// `EncryptionConfiguration`: kept and shown. Nothing is encrypted here (see docs/design/server.md).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Encryption {
    #[serde(rename = "type")]
    pub kind: EncryptionType,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_data_key_reuse_period_seconds: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EncryptionType {
    AwsOwnedKey,
    CustomerManagedKmsKey,
}

/// A published version of a state machine.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Version {
    pub format: Format,
    /// Key of its [`Revision`].
    pub revision: Arc<str>,
    pub description: Option<String>,
    pub creation_millis: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Alias {
    pub format: Format,
    pub description: Option<String>,
    /// One or two; the weights make 100.
    pub routes: Vec<Route>,
    pub creation_millis: i64,
    pub update_millis: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    pub version: u64,
    /// Percent.
    pub weight: u64,
}

impl Alias {
    /// The version for an execution, by a random number.
    pub fn choose(&self, random: u64) -> Option<u64> {
        let mut point = random % 100;
        for route in &self.routes {
            if point < route.weight {
                return Some(route.version);
            }
            point -= route.weight;
        }
        None
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Activity {
    pub format: Format,
    pub name: Arc<str>,
    pub creation_millis: i64,
    pub encryption: Encryption,
    pub tags: Tags,
}

impl Default for Encryption {
    fn default() -> Encryption {
        Encryption {
            kind: EncryptionType::AwsOwnedKey,
            kms_key_id: None,
            kms_data_key_reuse_period_seconds: None,
        }
    }
}

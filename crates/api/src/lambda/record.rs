//! What is stored of functions, versions and aliases.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A row of `functions`, by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Function {
    pub latest: Version,
    /// The number of the version that is published next.
    pub next_version: u64,
    pub tags: BTreeMap<String, String>,
    pub reserved_concurrency: Option<u32>,
    /// By qualifier; that of the function itself under the empty text.
    pub policies: BTreeMap<String, Policy>,
    /// By qualifier: `$LATEST`, a version, an alias.
    pub event_invoke: BTreeMap<String, EventInvoke>,
    /// `Terminate` or `Allow`: kept and shown.
    pub recursive_loop: Option<String>,
    /// `UpdateRuntimeOn` and `RuntimeVersionArn` by qualifier: kept and shown.
    pub runtime_management: BTreeMap<String, Map<String, Value>>,
}

/// A row of `function-versions`, by `NAME:NUMBER`; `$LATEST` stands in its function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Version {
    /// `$LATEST` or a number.
    pub number: String,
    /// Members of `FunctionConfiguration` that were asked for or are the default.
    pub configuration: Map<String, Value>,
    pub code: Code,
    pub last_modified_millis: i64,
    pub revision_id: String,
}

/// Where a version's code is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Code {
    /// A zip that was uploaded.
    Package {
        /// Hexadecimal: its name among the packages.
        sha256: String,
        bytes: u64,
    },
    /// A folder of this machine, run where it is.
    LocalFolder {
        path: String,
        /// Of names, sizes and times of what is in it, hexadecimal.
        sha256: String,
        bytes: u64,
    },
}

impl Code {
    pub fn sha256(&self) -> &str {
        match self {
            Code::Package { sha256, .. } | Code::LocalFolder { sha256, .. } => sha256,
        }
    }

    pub fn bytes(&self) -> u64 {
        match self {
            Code::Package { bytes, .. } | Code::LocalFolder { bytes, .. } => *bytes,
        }
    }
}

impl Version {
    pub fn text(&self, member: &str) -> Option<&str> {
        self.configuration.get(member)?.as_str()
    }

    pub fn number_of(&self, member: &str) -> Option<u32> {
        u32::try_from(self.configuration.get(member)?.as_u64()?).ok()
    }

    pub fn environment(&self) -> BTreeMap<String, String> {
        let variables = self.configuration.get("Environment");
        let variables = variables.and_then(|environment| environment.get("Variables")?.as_object());
        variables
            .into_iter()
            .flatten()
            .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
            .collect()
    }
}

/// A row of `function-aliases`, by `NAME:ALIAS`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Alias {
    pub version: String,
    pub description: String,
    /// Further versions and their share of the invocations, from 0 to 1.
    pub weights: BTreeMap<String, f64>,
    pub revision_id: String,
}

impl Alias {
    pub fn versions(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.version.as_str()).chain(self.weights.keys().map(String::as_str))
    }
}

/// Who may invoke: stored and shown, not enforced.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Policy {
    pub statements: Vec<Value>,
    pub revision_id: String,
}

/// How asynchronous invocations are retried and where their results go.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct EventInvoke {
    pub last_modified_millis: i64,
    pub retries: Option<u32>,
    pub max_age_seconds: Option<u32>,
    pub on_success: Option<String>,
    pub on_failure: Option<String>,
}

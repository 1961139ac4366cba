//! What is kept of buses, rules, connections and API destinations: the bodies of their documents.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::control::records::Tags;

/// An event bus; its key is its name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Bus {
    pub description: Option<String>,
    pub kms_key_identifier: Option<String>,
    /// As the API has them.
    pub dead_letter_config: Option<Value>,
    pub log_config: Option<Value>,
    /// The resource policy: stored and shown, not enforced.
    pub policy: Option<Value>,
    pub tags: Tags,
    /// Milliseconds since 1970.
    pub created_millis: i64,
    pub modified_millis: i64,
}

/// A rule; its key is `BUS/NAME`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Rule {
    pub description: Option<String>,
    /// JSON text, as it was given.
    pub event_pattern: Option<String>,
    pub schedule_expression: Option<String>,
    pub state: RuleState,
    pub role_arn: Option<String>,
    pub tags: Tags,
    /// As PutTargets gave them, by `Id` in the order in which they came.
    pub targets: Vec<Map<String, Value>>,
    /// When the rule was made.
    pub created_millis: i64,
    /// When it got its schedule expression.
    pub timetable_millis: i64,
    /// When it got its schedule expression, or was enabled with it.
    pub since_millis: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum RuleState {
    #[default]
    Enabled,
    Disabled,
    EnabledWithAllCloudtrailManagementEvents,
}

impl RuleState {
    pub fn is_enabled(self) -> bool {
        self != RuleState::Disabled
    }
}

/// A text that no log, error or answer shows: it can only be read by [`Secret::expose`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A connection; its key is its name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Connection {
    /// The last part of its ARN.
    pub id: String,
    pub description: Option<String>,
    pub kms_key_identifier: Option<String>,
    pub authorization_type: AuthorizationType,
    /// None once it was deauthorized.
    pub credentials: Option<Credentials>,
    pub created_millis: i64,
    pub modified_millis: i64,
    pub authorized_millis: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum AuthorizationType {
    Basic,
    OauthClientCredentials,
    ApiKey,
}

/// How a request is authorized, and what else it carries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Credentials {
    pub authorization: Authorization,
    /// `InvocationHttpParameters`: they win over those of the request.
    pub parameters: HttpParameters,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Authorization {
    /// A header.
    ApiKey { name: String, value: Secret },
    /// `Authorization: Basic …`
    Basic { username: String, password: Secret },
    /// `Authorization: Bearer …`, with a token of the authorization endpoint.
    OAuth(OAuth),
}

/// The client credentials grant of RFC 6749.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OAuth {
    pub client_id: String,
    pub client_secret: Secret,
    pub endpoint: String,
    /// `GET`, `POST` or `PUT`.
    pub method: String,
    /// Of the request for a token.
    pub parameters: HttpParameters,
}

/// What requests carry.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct HttpParameters {
    pub headers: Vec<Parameter>,
    pub query: Vec<Parameter>,
    pub body: Vec<Parameter>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    pub key: String,
    pub value: Secret,
    /// The others are shown by DescribeConnection.
    pub is_secret: bool,
}

/// An API destination; its key is its name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ApiDestination {
    /// The last part of its ARN.
    pub id: String,
    pub description: Option<String>,
    pub connection_arn: String,
    /// A URL; each `*` in it is a path parameter of the target.
    pub invocation_endpoint: String,
    pub http_method: String,
    pub rate_limit_per_second: u32,
    pub created_millis: i64,
    pub modified_millis: i64,
}

//! Connections: how API destinations and HTTP tasks authorize themselves. Their secrets are kept, and never shown.

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::api_destinations::check_url;
use super::records::{
    Authorization, AuthorizationType, Connection, Credentials, HttpParameters, OAuth, Parameter,
    Secret,
};
use super::{Events, Members, Shared, Unreachable, error, input, list, members, seconds};
use crate::wire::{ServiceCall, ServiceError};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ConnectionInput {
    name: String,
    description: Option<String>,
    authorization_type: Option<AuthorizationType>,
    auth_parameters: Option<AuthParameters>,
    invocation_connectivity_parameters: Option<Value>,
    kms_key_identifier: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct AuthParameters {
    basic_auth_parameters: BasicParameters,
    api_key_auth_parameters: ApiKeyParameters,
    #[serde(rename = "OAuthParameters")]
    oauth_parameters: OAuthParameters,
    invocation_http_parameters: Option<HttpMembers>,
    connectivity_parameters: Option<Value>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct BasicParameters {
    username: Option<String>,
    password: Option<Secret>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct ApiKeyParameters {
    api_key_name: Option<String>,
    api_key_value: Option<Secret>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct OAuthParameters {
    client_parameters: ClientParameters,
    authorization_endpoint: Option<String>,
    http_method: Option<String>,
    #[serde(rename = "OAuthHttpParameters")]
    http_parameters: Option<HttpMembers>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ClientParameters {
    #[serde(rename = "ClientID")]
    id: Option<String>,
    #[serde(rename = "ClientSecret")]
    secret: Option<Secret>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct HttpMembers {
    header_parameters: Vec<ParameterMember>,
    query_string_parameters: Vec<ParameterMember>,
    body_parameters: Vec<ParameterMember>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ParameterMember {
    key: String,
    value: Secret,
    #[serde(default)]
    is_value_secret: bool,
}

impl From<HttpMembers> for HttpParameters {
    fn from(given: HttpMembers) -> HttpParameters {
        let parameters = |members: Vec<ParameterMember>| {
            let parameter = |member: ParameterMember| Parameter {
                key: member.key,
                value: member.value,
                is_secret: member.is_value_secret,
            };
            members.into_iter().map(parameter).collect()
        };
        HttpParameters {
            headers: parameters(given.header_parameters),
            query: parameters(given.query_string_parameters),
            body: parameters(given.body_parameters),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NameInput {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListInput {
    name_prefix: Option<String>,
    connection_state: Option<String>,
}

/// The credentials that the members give; what they leave out stays as it was, if it is of the same type.
fn credentials(
    of: AuthorizationType,
    given: AuthParameters,
    before: Option<&Credentials>,
) -> Result<Credentials, ServiceError> {
    fn required<T>(given: Option<T>, before: Option<&T>, name: &str) -> Result<T, ServiceError>
    where
        T: Clone,
    {
        given.or_else(|| before.cloned()).ok_or_else(|| {
            error::validation(format!(
                "Parameter(s) {name} must be specified for this authorization type."
            ))
        })
    }
    let authorization = match of {
        AuthorizationType::Basic => {
            let before = match before.map(|before| &before.authorization) {
                Some(Authorization::Basic { username, password }) => Some((username, password)),
                _ => None,
            };
            let BasicParameters { username, password } = given.basic_auth_parameters;
            Authorization::Basic {
                username: required(username, before.map(|before| before.0), "Username")?,
                password: required(password, before.map(|before| before.1), "Password")?,
            }
        }
        AuthorizationType::ApiKey => {
            let before = match before.map(|before| &before.authorization) {
                Some(Authorization::ApiKey { name, value }) => Some((name, value)),
                _ => None,
            };
            let ApiKeyParameters {
                api_key_name: name,
                api_key_value: value,
            } = given.api_key_auth_parameters;
            Authorization::ApiKey {
                name: required(name, before.map(|before| before.0), "ApiKeyName")?,
                value: required(value, before.map(|before| before.1), "ApiKeyValue")?,
            }
        }
        AuthorizationType::OauthClientCredentials => {
            let before = match before.map(|before| &before.authorization) {
                Some(Authorization::OAuth(oauth)) => Some(oauth),
                _ => None,
            };
            let oauth = given.oauth_parameters;
            let client = oauth.client_parameters;
            let endpoint = required(
                oauth.authorization_endpoint,
                before.map(|before| &before.endpoint),
                "AuthorizationEndpoint",
            )?;
            check_url(&endpoint, "AuthorizationEndpoint")?;
            let parameters = oauth.http_parameters.map(HttpParameters::from);
            Authorization::OAuth(OAuth {
                client_id: required(
                    client.id,
                    before.map(|before| &before.client_id),
                    "ClientID",
                )?,
                client_secret: required(
                    client.secret,
                    before.map(|before| &before.client_secret),
                    "ClientSecret",
                )?,
                endpoint,
                method: required(
                    oauth.http_method,
                    before.map(|before| &before.method),
                    "HttpMethod",
                )?,
                parameters: parameters
                    .or_else(|| before.map(|before| before.parameters.clone()))
                    .unwrap_or_default(),
            })
        }
    };
    let parameters = given.invocation_http_parameters.map(HttpParameters::from);
    Ok(Credentials {
        authorization,
        parameters: parameters
            .or_else(|| before.map(|before| before.parameters.clone()))
            .unwrap_or_default(),
    })
}

impl Shared {
    pub(super) fn create_connection(&self, call: &ServiceCall) -> Result<Members, ServiceError> {
        let given: ConnectionInput = input(call)?;
        given.refuse_private()?;
        let ConnectionInput {
            name,
            description,
            authorization_type,
            auth_parameters,
            kms_key_identifier,
            ..
        } = given;
        let authorization_type = authorization_type
            .ok_or_else(|| error::validation("Parameter AuthorizationType must be specified."))?;
        let given = auth_parameters.unwrap_or_default();
        let connection = Connection {
            id: Uuid::new_v4().to_string(),
            description,
            kms_key_identifier,
            authorization_type,
            credentials: Some(credentials(authorization_type, given, None)?),
            created_millis: call.now_millis,
            modified_millis: call.now_millis,
            authorized_millis: Some(call.now_millis),
        };
        let arn = self.place.connection_arn(&name, &connection.id);
        let answer = self.summary(&name, &connection);
        self.change(call, &arn, |transaction| {
            if self.connections.get(&name).is_some() {
                let message = format!("Connection {name} already exists.");
                return Err(error::already_exists(message));
            }
            if self.connections.len() >= self.limits.connections {
                return Err(error::limit_exceeded());
            }
            transaction.put(&self.connections, name.as_str(), connection);
            Ok(())
        })?;
        Ok(answer)
    }

    pub(super) fn update_connection(&self, call: &ServiceCall) -> Result<Members, ServiceError> {
        let given: ConnectionInput = input(call)?;
        given.refuse_private()?;
        let name = given.name.clone();
        self.change_connection(call, &name, |before| {
            let of = given
                .authorization_type
                .unwrap_or(before.authorization_type);
            let parameters = given.auth_parameters.unwrap_or_default();
            let credentials = credentials(of, parameters, before.credentials.as_ref())?;
            Ok(Connection {
                description: given.description.or(before.description),
                kms_key_identifier: given.kms_key_identifier.or(before.kms_key_identifier),
                authorization_type: of,
                credentials: Some(credentials),
                modified_millis: call.now_millis,
                authorized_millis: Some(call.now_millis),
                ..before
            })
        })
    }

    /// Forgets its secrets.
    pub(super) fn deauthorize_connection(
        &self,
        call: &ServiceCall,
    ) -> Result<Members, ServiceError> {
        let NameInput { name } = input(call)?;
        self.change_connection(call, &name, |before| {
            Ok(Connection {
                credentials: None,
                modified_millis: call.now_millis,
                ..before
            })
        })
    }

    fn change_connection(
        &self,
        call: &ServiceCall,
        name: &str,
        change: impl FnOnce(Connection) -> Result<Connection, ServiceError>,
    ) -> Result<Members, ServiceError> {
        self.change(call, &format!("connection/{name}"), |transaction| {
            let before = self.connection(name)?;
            let connection = change(Connection::clone(&before))?;
            let answer = self.summary(name, &connection);
            transaction.put(&self.connections, name, connection);
            Ok(answer)
        })
    }

    pub(super) fn delete_connection(&self, call: &ServiceCall) -> Result<Members, ServiceError> {
        let NameInput { name } = input(call)?;
        self.change(call, &format!("connection/{name}"), |transaction| {
            let connection = self.connection(&name)?;
            let mut answer = self.summary(&name, &connection);
            answer.insert("ConnectionState".to_owned(), "DELETING".into());
            transaction.delete(&self.connections, name.as_str());
            Ok(answer)
        })
    }

    pub(super) fn describe_connection(&self, call: &ServiceCall) -> Result<Members, ServiceError> {
        let NameInput { name } = input(call)?;
        let connection = self.connection(&name)?;
        let mut answer = self.summary(&name, &connection);
        answer.extend(members(json!({
            "Name": name,
            "Description": connection.description,
            "KmsKeyIdentifier": connection.kms_key_identifier,
            "AuthorizationType": connection.authorization_type,
            "SecretArn": self.place.secret_arn(&name, &connection.id),
            "AuthParameters": connection.credentials.as_ref().map(shown),
        })));
        Ok(answer)
    }

    pub(super) fn list_connections(&self, call: &ServiceCall) -> Result<Members, ServiceError> {
        let given: ListInput = input(call)?;
        let prefix = given.name_prefix.unwrap_or_default();
        let mut connections = self.connections.all();
        connections.retain(|(name, connection)| {
            let is_wanted = |wanted: &str| wanted == connection.state();
            name.starts_with(&prefix) && given.connection_state.as_deref().is_none_or(is_wanted)
        });
        list(call, "Connections", connections, |name, connection| {
            let mut shown = self.summary(name, connection);
            shown.insert("Name".to_owned(), name.into());
            let authorization_type = json!(connection.authorization_type);
            shown.insert("AuthorizationType".to_owned(), authorization_type);
            Value::Object(shown)
        })
    }

    pub(super) fn connection(
        &self,
        name: &str,
    ) -> Result<std::sync::Arc<Connection>, ServiceError> {
        let connection = self.connections.get(name);
        connection.ok_or_else(|| error::no_connection(name))
    }

    /// What all operations answer.
    fn summary(&self, name: &str, connection: &Connection) -> Members {
        members(json!({
            "ConnectionArn": self.place.connection_arn(name, &connection.id),
            "ConnectionState": connection.state(),
            "CreationTime": seconds(connection.created_millis),
            "LastModifiedTime": seconds(connection.modified_millis),
            "LastAuthorizedTime": connection.authorized_millis.map(seconds),
        }))
    }
}

impl Events {
    /// How requests of a connection are authorized: for API destinations and HTTP tasks. What comes back holds secrets: they are
    /// [`Secret`], which nothing prints.
    ///
    /// # Errors
    /// [`Unreachable`]: there is no such connection here, or it was deauthorized.
    pub fn credentials(&self, connection_arn: &str) -> Result<Credentials, Unreachable> {
        let place = &self.0.place;
        let connection = place
            .connection_of_arn(connection_arn)
            .and_then(|(name, id)| {
                let connection = self.0.connections.get(name);
                connection.filter(|connection| connection.id == id)
            })
            .ok_or_else(|| Unreachable::NoConnection(connection_arn.into()))?;
        let credentials = connection.credentials.clone();
        credentials.ok_or_else(|| Unreachable::Deauthorized(connection_arn.into()))
    }
}

impl Connection {
    pub fn state(&self) -> &'static str {
        match self.credentials {
            Some(_) => "AUTHORIZED",
            None => "DEAUTHORIZED",
        }
    }
}

impl ConnectionInput {
    fn refuse_private(&self) -> Result<(), ServiceError> {
        let of_endpoint = self.auth_parameters.as_ref();
        let of_endpoint = of_endpoint.and_then(|given| given.connectivity_parameters.as_ref());
        match self
            .invocation_connectivity_parameters
            .as_ref()
            .or(of_endpoint)
        {
            None => Ok(()),
            Some(_) => Err(error::validation(
                "Private connectivity through VPC Lattice is not supported by this server. It reaches what its own network reaches: leave ConnectivityParameters out.",
            )),
        }
    }
}

/// Credentials as DescribeConnection shows them.
fn shown(credentials: &Credentials) -> Value {
    let mut answer = match &credentials.authorization {
        Authorization::Basic { username, .. } => {
            json!({ "BasicAuthParameters": { "Username": username } })
        }
        Authorization::ApiKey { name, .. } => {
            json!({ "ApiKeyAuthParameters": { "ApiKeyName": name } })
        }
        Authorization::OAuth(oauth) => json!({ "OAuthParameters": members(json!({
            "ClientParameters": { "ClientID": oauth.client_id },
            "AuthorizationEndpoint": oauth.endpoint,
            "HttpMethod": oauth.method,
            "OAuthHttpParameters": shown_parameters(&oauth.parameters),
        })) }),
    };
    if let Some(parameters) = shown_parameters(&credentials.parameters) {
        answer["InvocationHttpParameters"] = parameters;
    }
    answer
}

/// None: there are none.
fn shown_parameters(parameters: &HttpParameters) -> Option<Value> {
    let shown = |parameters: &[Parameter]| {
        let shown = |parameter: &Parameter| {
            let value = (!parameter.is_secret).then(|| parameter.value.expose());
            Value::Object(members(json!({
                "Key": parameter.key,
                "Value": value,
                "IsValueSecret": parameter.is_secret,
            })))
        };
        let shown: Vec<Value> = parameters.iter().map(shown).collect();
        (!shown.is_empty()).then_some(shown)
    };
    let answer = members(json!({
        "HeaderParameters": shown(&parameters.headers),
        "QueryStringParameters": shown(&parameters.query),
        "BodyParameters": shown(&parameters.body),
    }));
    (!answer.is_empty()).then(|| answer.into())
}

//! API destinations: HTTP endpoints that rules can have as targets.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::records::{ApiDestination, Credentials};
use super::{Events, Members, Shared, error, input, list, members, seconds};
use crate::wire::{ServiceCall, ServiceError};

/// Where no rate is given (API Reference, "CreateApiDestination").
const DEFAULT_RATE: u32 = 300;

/// A call of an API destination: what the target's parameters and the event do not say.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiCall {
    /// With its path parameters.
    pub url: String,
    /// `POST`
    pub method: String,
    pub rate_limit_per_second: u32,
    pub connection_arn: Arc<str>,
    pub credentials: Credentials,
}

/// Why there is nobody to call, or nothing to do it with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreachable {
    /// Its ARN.
    #[error("API destination {0} does not exist.")]
    NoApiDestination(Arc<str>),
    /// Its ARN.
    #[error("Connection {0} does not exist.")]
    NoConnection(Arc<str>),
    /// Its ARN.
    #[error("Connection {0} is not authorized: UpdateConnection authorizes it again.")]
    Deauthorized(Arc<str>),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ApiDestinationInput {
    name: String,
    description: Option<String>,
    connection_arn: Option<String>,
    invocation_endpoint: Option<String>,
    http_method: Option<String>,
    invocation_rate_limit_per_second: Option<u32>,
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
    connection_arn: Option<String>,
}

/// AWS takes HTTPS only. So does this server, but for what is on the same machine: secrets do not leave it.
pub(super) fn check_url(url: &str, parameter: &str) -> Result<(), ServiceError> {
    let local = ["http://localhost", "http://127.0.0.1", "http://[::1]"];
    let is_local = |start: &&str| {
        let rest = url.strip_prefix(start);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/', '?']))
    };
    let has_host = |rest: &str| !rest.is_empty() && !rest.starts_with(['/', '?', ':']);
    let is_https = url.strip_prefix("https://").is_some_and(has_host);
    match is_https || local.iter().any(is_local) {
        true => Ok(()),
        false => Err(error::validation(format!(
            "Parameter {parameter} is not valid. Reason: It must be a URL that begins with https:// (http:// for this machine: localhost, 127.0.0.1 or [::1])."
        ))),
    }
}

impl Shared {
    pub(super) fn create_api_destination(
        &self,
        call: &ServiceCall,
    ) -> Result<Members, ServiceError> {
        let given: ApiDestinationInput = input(call)?;
        let name = given.name.clone();
        let blank = ApiDestination {
            id: Uuid::new_v4().to_string(),
            description: None,
            connection_arn: String::new(),
            invocation_endpoint: String::new(),
            http_method: String::new(),
            rate_limit_per_second: DEFAULT_RATE,
            created_millis: call.now_millis,
            modified_millis: call.now_millis,
        };
        let destination = self.changed(blank, given, call.now_millis)?;
        let arn = self.place.api_destination_arn(&name, &destination.id);
        let answer = self.destination_summary(&name, &destination);
        self.change(call, &arn, |transaction| {
            if self.api_destinations.get(&name).is_some() {
                let message = format!("An api-destination '{name}' already exists.");
                return Err(error::already_exists(message));
            }
            if self.api_destinations.len() >= self.limits.api_destinations {
                return Err(error::limit_exceeded());
            }
            transaction.put(&self.api_destinations, name.as_str(), destination);
            Ok(())
        })?;
        Ok(answer)
    }

    /// Members that are not given stay.
    pub(super) fn update_api_destination(
        &self,
        call: &ServiceCall,
    ) -> Result<Members, ServiceError> {
        let given: ApiDestinationInput = input(call)?;
        let name = given.name.clone();
        self.change(call, &format!("api-destination/{name}"), |transaction| {
            let before = self.destination(&name)?;
            let before = ApiDestination::clone(&before);
            let destination = self.changed(before, given, call.now_millis)?;
            let answer = self.destination_summary(&name, &destination);
            transaction.put(&self.api_destinations, name.as_str(), destination);
            Ok(answer)
        })
    }

    fn changed(
        &self,
        before: ApiDestination,
        given: ApiDestinationInput,
        now_millis: i64,
    ) -> Result<ApiDestination, ServiceError> {
        let rate = given.invocation_rate_limit_per_second;
        let destination = ApiDestination {
            description: given.description.or(before.description),
            connection_arn: given.connection_arn.unwrap_or(before.connection_arn),
            invocation_endpoint: given
                .invocation_endpoint
                .unwrap_or(before.invocation_endpoint),
            http_method: given.http_method.unwrap_or(before.http_method),
            rate_limit_per_second: rate.unwrap_or(before.rate_limit_per_second),
            modified_millis: now_millis,
            ..before
        };
        check_url(&destination.invocation_endpoint, "InvocationEndpoint")?;
        let arn = &destination.connection_arn;
        let connection = self.place.connection_of_arn(arn);
        let is_here = connection.is_some_and(|(name, id)| {
            let connection = self.connections.get(name);
            connection.is_some_and(|connection| connection.id == id)
        });
        match is_here {
            true => Ok(destination),
            false => Err(error::not_found(format!(
                "Connection '{arn}' does not exist."
            ))),
        }
    }

    pub(super) fn describe_api_destination(
        &self,
        call: &ServiceCall,
    ) -> Result<Members, ServiceError> {
        let NameInput { name } = input(call)?;
        let destination = self.destination(&name)?;
        let mut answer = self.shown_destination(&name, &destination);
        if let Some(description) = &destination.description {
            answer.insert("Description".to_owned(), description.as_str().into());
        }
        Ok(answer)
    }

    pub(super) fn list_api_destinations(
        &self,
        call: &ServiceCall,
    ) -> Result<Members, ServiceError> {
        let given: ListInput = input(call)?;
        let prefix = given.name_prefix.unwrap_or_default();
        let mut destinations = self.api_destinations.all();
        destinations.retain(|(name, destination)| {
            let is_wanted = |wanted: &str| wanted == destination.connection_arn;
            name.starts_with(&prefix) && given.connection_arn.as_deref().is_none_or(is_wanted)
        });
        list(
            call,
            "ApiDestinations",
            destinations,
            |name, destination| Value::Object(self.shown_destination(name, destination)),
        )
    }

    pub(super) fn delete_api_destination(
        &self,
        call: &ServiceCall,
    ) -> Result<Members, ServiceError> {
        let NameInput { name } = input(call)?;
        self.change(call, &format!("api-destination/{name}"), |transaction| {
            self.destination(&name)?;
            transaction.delete(&self.api_destinations, name.as_str());
            Ok(Members::new())
        })
    }

    fn destination(&self, name: &str) -> Result<Arc<ApiDestination>, ServiceError> {
        let destination = self.api_destinations.get(name);
        destination.ok_or_else(|| error::no_api_destination(name))
    }

    fn destination_summary(&self, name: &str, destination: &ApiDestination) -> Members {
        let connection = self.place.connection_of_arn(&destination.connection_arn);
        let connection = connection.and_then(|(name, _)| self.connections.get(name));
        let is_active = connection.is_some_and(|connection| connection.credentials.is_some());
        members(json!({
            "ApiDestinationArn": self.place.api_destination_arn(name, &destination.id),
            "ApiDestinationState": if is_active { "ACTIVE" } else { "INACTIVE" },
            "CreationTime": seconds(destination.created_millis),
            "LastModifiedTime": seconds(destination.modified_millis),
        }))
    }

    fn shown_destination(&self, name: &str, destination: &ApiDestination) -> Members {
        let mut shown = self.destination_summary(name, destination);
        shown.extend(members(json!({
            "Name": name,
            "ConnectionArn": destination.connection_arn,
            "InvocationEndpoint": destination.invocation_endpoint,
            "HttpMethod": destination.http_method,
            "InvocationRateLimitPerSecond": destination.rate_limit_per_second,
        })));
        shown
    }
}

impl Events {
    /// How to call an API destination. Each `*` of its endpoint is the next one of `path_parameters`.
    ///
    /// # Errors
    /// [`Unreachable`].
    pub fn api_call(
        &self,
        arn: &str,
        path_parameters: &[Arc<str>],
    ) -> Result<ApiCall, Unreachable> {
        let destination = self
            .0
            .place
            .api_destination_of_arn(arn)
            .and_then(|(name, id)| {
                let destination = self.0.api_destinations.get(name);
                destination.filter(|destination| destination.id == id)
            })
            .ok_or_else(|| Unreachable::NoApiDestination(arn.into()))?;
        Ok(ApiCall {
            url: filled(&destination.invocation_endpoint, path_parameters),
            method: destination.http_method.clone(),
            rate_limit_per_second: destination.rate_limit_per_second,
            connection_arn: destination.connection_arn.as_str().into(),
            credentials: self.credentials(&destination.connection_arn)?,
        })
    }
}

/// An endpoint with its path parameters, which cannot leave their place in the path.
fn filled(endpoint: &str, parameters: &[Arc<str>]) -> String {
    let mut parameters = parameters.iter();
    let mut url = String::with_capacity(endpoint.len());
    for c in endpoint.chars() {
        match c {
            '*' => {
                let value = parameters.next().map_or("", |value| value);
                for byte in value.bytes() {
                    match byte {
                        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                            url.push(char::from(byte));
                        }
                        byte => url.push_str(&format!("%{byte:02X}")),
                    }
                }
            }
            c => url.push(c),
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_parameters_stay_where_they_are_put() {
        let parameters = ["a/../b".into(), "ü?x#y".into()];
        let url = filled("https://example.com/*/items/*", &parameters);
        assert_eq!(url, "https://example.com/a%2F..%2Fb/items/%C3%BC%3Fx%23y");
    }

    #[test]
    fn plain_http_is_for_this_machine() {
        for url in [
            "https://example.com/a",
            "http://localhost:8080/x",
            "http://127.0.0.1",
            "http://[::1]:1",
        ] {
            assert!(check_url(url, "X").is_ok(), "{url}");
        }
        for url in [
            "http://example.com",
            "http://localhost.example.com",
            "http://127.0.0.1.nip.io/",
            "ftp://a",
            "https://",
            "x",
        ] {
            assert!(check_url(url, "X").is_err(), "{url}");
        }
    }
}

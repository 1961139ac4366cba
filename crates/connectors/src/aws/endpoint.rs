//! Where a call goes, and for which region and service it is signed.

use std::collections::HashMap;
use std::sync::Mutex;

use serde_json::{Map, Value};
use service_models::endpoint::{self, Endpoint, EndpointError, Params};
use service_models::{ContextValue, Operation};

use super::config::AwsConfig;
use crate::protocol::arguments::json_text;

/// Why a call has no place to go to.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    #[error(transparent)]
    Rules(#[from] EndpointError),
    /// The value would be part of the host's name, and the request go to a host of the value's choice.
    #[error(
        "the value {value:?} of '{member}' cannot be part of a host name (1 to 63 letters, digits and hyphens)"
    )]
    HostLabel { member: &'static str, value: String },
}

/// The endpoint rules' answer for a call.
#[derive(Debug, Clone)]
pub struct Target {
    /// Without a slash at the end.
    pub url: String,
    pub signing_name: String,
    pub signing_region: String,
    pub single_encoding: bool,
    pub headers: Vec<(String, Vec<String>)>,
}

/// Answers of the endpoint rules, which only depend on service and parameters.
#[derive(Debug, Default)]
pub struct Endpoints {
    known: Mutex<HashMap<Key, Endpoint>>,
}

/// Service and parameters.
type Key = (String, Vec<(String, String)>);

/// Calls with a bucket or an ARN in their endpoint could fill the memory of a long run otherwise.
const MAX_KNOWN: usize = 1000;

impl Endpoints {
    pub fn target(
        &self,
        config: &AwsConfig,
        operation: Operation,
        arguments: &Map<String, Value>,
    ) -> Result<Target, TargetError> {
        let service = operation.service();
        let overridden = config.endpoint_override(service);
        let params = params(config, overridden.as_deref(), operation, arguments);
        let key = (
            service.boto_name().to_owned(),
            params
                .iter()
                .map(|(k, v)| (k.clone(), v.to_string()))
                .collect(),
        );
        let known = self
            .known
            .lock()
            .ok()
            .and_then(|known| known.get(&key).cloned());
        let endpoint = match known {
            Some(endpoint) => endpoint,
            None => {
                let endpoint = endpoint::resolve(service, &params)?;
                if let Ok(mut known) = self.known.lock() {
                    if known.len() >= MAX_KNOWN {
                        known.clear();
                    }
                    known.insert(key, endpoint.clone());
                }
                endpoint
            }
        };
        let scheme = endpoint.sigv4().cloned();
        let mut url = endpoint.url.trim_end_matches('/').to_owned();
        if overridden.is_none()
            && let Some(prefix) = operation.host_prefix()
        {
            url = with_host_prefix(&url, &host_prefix(operation, prefix, arguments)?);
        }
        Ok(Target {
            url,
            signing_name: scheme
                .as_ref()
                .and_then(|s| s.signing_name.clone())
                .unwrap_or_else(|| service.signing_name().to_owned()),
            signing_region: scheme
                .as_ref()
                .and_then(|s| s.signing_region.clone())
                .unwrap_or_else(|| config.region.clone()),
            single_encoding: scheme.is_some_and(|s| s.disable_double_encoding)
                || service.signature_version().starts_with("s3"),
            headers: endpoint.headers,
        })
    }
}

fn params(
    config: &AwsConfig,
    overridden: Option<&str>,
    operation: Operation,
    arguments: &Map<String, Value>,
) -> Params {
    let mut params = Params::new();
    params.insert("Region".to_owned(), config.region.as_str().into());
    match overridden {
        Some(url) => {
            params.insert("Endpoint".to_owned(), url.into());
        }
        // FIPS and dual stack choose among AWS's own endpoints.
        None => {
            params.insert("UseFIPS".to_owned(), config.use_fips.into());
            params.insert("UseDualStack".to_owned(), config.use_dual_stack.into());
        }
    }
    for (name, value) in operation.static_context_params() {
        let value = match value {
            ContextValue::Boolean(value) => Value::Bool(*value),
            ContextValue::Text(value) => Value::from(*value),
        };
        params.insert((*name).to_owned(), value);
    }
    for member in operation
        .input()
        .into_iter()
        .flat_map(|input| input.members())
    {
        if let (Some(name), Some(value)) = (member.context_param(), arguments.get(member.name())) {
            params.insert(name.to_owned(), value.clone());
        }
    }
    params
}

/// The prefix with its labels filled: `{AccountId}.` becomes `123456789012.`.
fn host_prefix(
    operation: Operation,
    prefix: &str,
    arguments: &Map<String, Value>,
) -> Result<String, TargetError> {
    let mut filled = prefix.to_owned();
    for member in operation
        .input()
        .into_iter()
        .flat_map(|input| input.members())
        .filter(|member| member.is_host_label())
    {
        let value = arguments
            .get(member.name())
            .map(json_text)
            .unwrap_or_default();
        if !is_host_label(&value) {
            return Err(TargetError::HostLabel {
                member: member.name(),
                value,
            });
        }
        filled = filled.replace(&format!("{{{}}}", member.name()), &value);
    }
    Ok(filled)
}

/// RFC 1123, section 2.1, which leaves out all that could end the host's name.
fn is_host_label(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn with_host_prefix(url: &str, prefix: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) => format!("{scheme}://{prefix}{rest}"),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use service_models::catalog;

    #[test]
    fn host_prefixes_are_filled() {
        let sync = catalog()
            .service("sfn")
            .unwrap()
            .operation("startSyncExecution")
            .unwrap();
        let prefix = host_prefix(sync, sync.host_prefix().unwrap(), &Map::new()).unwrap();
        assert_eq!(
            with_host_prefix("https://states.eu-west-1.amazonaws.com", &prefix),
            "https://sync-states.eu-west-1.amazonaws.com"
        );
        let control = catalog()
            .service("s3control")
            .unwrap()
            .operation("listJobs")
            .unwrap();
        let filled = |account_id: Value| {
            let arguments = Map::from_iter([("AccountId".to_owned(), account_id)]);
            host_prefix(control, control.host_prefix().unwrap(), &arguments)
        };
        assert_eq!(filled("1234".into()).unwrap(), "1234.");
        for hostile in ["", "evil.example/", "a.b", "a b", "ä", &"1".repeat(64)] {
            let error = filled(hostile.into()).unwrap_err();
            assert!(
                matches!(&error, TargetError::HostLabel { member: "AccountId", value } if value == hostile),
                "{error}"
            );
        }
    }

    #[test]
    fn an_override_goes_first_and_has_no_host_prefix() {
        let config = AwsConfig::fixed("http://localhost:5000/", "eu-north-1", "a", "b");
        let sync = catalog()
            .service("sfn")
            .unwrap()
            .operation("startSyncExecution")
            .unwrap();
        let target = Endpoints::default()
            .target(&config, sync, &Map::new())
            .unwrap();
        assert_eq!(target.url, "http://localhost:5000");
        assert_eq!(
            (target.signing_name.as_str(), target.signing_region.as_str()),
            ("states", "eu-north-1")
        );
    }
}

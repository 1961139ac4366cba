//! The server's API as `up` and `down` call it: every service in its own protocol, with the names that CloudFormation has, too.

use serde_json::{Value, json};

use crate::client::server::{Refusal, Server, text};
use crate::error::CliError;
use crate::wiring::partition;

/// Errors that say that something is not there.
const NOT_FOUND: [&str; 6] = [
    "ResourceNotFoundException",
    "StateMachineDoesNotExist",
    "ActivityDoesNotExist",
    "NoSuchEntity",
    "NoSuchEntityException",
    "StackNotFoundException",
];

/// A server that answers.
pub struct Api {
    pub server: Server,
    pub account: String,
    pub region: String,
    /// The server's data directory, on its machine.
    pub data: String,
    pub pid: i64,
    /// `up` has started it.
    pub is_background: bool,
}

impl Api {
    /// # Errors
    /// It does not answer, or it is another kind of server.
    pub fn of(server: Server) -> Result<Api, CliError> {
        let described = server
            .extension("DescribeServer", json!({}))
            .map_err(|refusal| match refusal {
                Refusal::Refused { code, .. } => {
                    CliError::user(format!("the server does not know stacks ({code})"))
                        .with_hint("`up` needs a Stepwright server of this version")
                }
                Refusal::Other(error) => error,
            })?;
        Ok(Api {
            account: text(&described, "Account").to_owned(),
            region: text(&described, "Region").to_owned(),
            data: text(&described, "Data").to_owned(),
            pid: described["Pid"].as_i64().unwrap_or_default(),
            is_background: described["IsBackground"] == true,
            server,
        })
    }

    /// Calls an operation, all in the names of Step Functions' SDK integrations.
    pub fn call(&self, service: &str, action: &str, arguments: Value) -> Result<Value, Refusal> {
        self.server.aws(service, action, &arguments, None)
    }

    /// With members of our own.
    pub fn call_with(
        &self,
        service: &str,
        action: &str,
        arguments: Value,
        more: &Value,
    ) -> Result<Value, Refusal> {
        self.server.aws(service, action, &arguments, Some(more))
    }

    /// None: what it is about is not there.
    pub fn find(
        &self,
        service: &str,
        action: &str,
        arguments: Value,
    ) -> Result<Option<Value>, Refusal> {
        match self.call(service, action, arguments) {
            Ok(answer) => Ok(Some(answer)),
            Err(refusal) if is_not_found(&refusal) => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }

    /// Removes something, which may have gone already.
    pub fn forget(&self, service: &str, action: &str, arguments: Value) -> Result<(), Refusal> {
        self.find(service, action, arguments).map(drop)
    }

    pub fn arn(&self, service: &str, resource: &str) -> String {
        let Api {
            account, region, ..
        } = self;
        format!(
            "arn:{}:{service}:{region}:{account}:{resource}",
            partition(region)
        )
    }

    /// Of a service without regions.
    pub fn global_arn(&self, service: &str, resource: &str) -> String {
        format!(
            "arn:{}:{service}::{}:{resource}",
            partition(&self.region),
            self.account
        )
    }
}

pub fn is_not_found(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::Refused { code, .. } if NOT_FOUND.contains(&code.as_str()))
}

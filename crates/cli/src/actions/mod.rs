//! The catalog of AWS actions as people look at it: `stepwright actions`, `stepwright action` and shell completion.

pub mod completion;
mod fields;
mod loops;
mod page;
mod snippet;

pub use fields::{Cut, Field, inputs, parameters_json, results};
pub use loops::pages;
pub use page::{Page, Span, Style};
pub use snippet::{definition, to_yaml};

use serde_json::{Value, json};
use service_models::search::nearest;
use service_models::{Operation, Protocol, Service, Unsupported, catalog};
use states_language::integration::{self, Optimized, Parameters, WITHOUT_MODEL};
use states_language::resource::Pattern;

use crate::error::CliError;

/// What a task's `Resource` names.
#[derive(Debug, Clone, Copy)]
pub struct Action {
    pub integration: Integration,
    pub pattern: Pattern,
}

#[derive(Debug, Clone, Copy)]
pub enum Integration {
    AwsSdk(Operation),
    Optimized(&'static Optimized),
}

impl From<Integration> for Action {
    fn from(integration: Integration) -> Action {
        Action {
            integration,
            pattern: Pattern::RequestResponse,
        }
    }
}

impl Action {
    pub fn of(operation: Operation) -> Action {
        Integration::AwsSdk(operation).into()
    }

    pub fn of_optimized(optimized: &'static Optimized) -> Action {
        Integration::Optimized(optimized).into()
    }

    pub fn is_optimized(&self) -> bool {
        matches!(self.integration, Integration::Optimized(_))
    }

    /// The API's operation; some optimized integrations have none behind them.
    pub fn operation(&self) -> Option<Operation> {
        match self.integration {
            Integration::AwsSdk(operation) => Some(operation),
            Integration::Optimized(optimized) => optimized.operation(),
        }
    }

    /// The optimized integration: this one, or that of the same operation.
    pub fn optimized(&self) -> Option<&'static Optimized> {
        match self.integration {
            Integration::AwsSdk(operation) => optimized_of(operation),
            Integration::Optimized(optimized) => Some(optimized),
        }
    }

    /// `ec2:rebootInstances`, without the pattern.
    pub fn name(&self) -> String {
        match self.integration {
            Integration::AwsSdk(operation) => operation_name(operation),
            Integration::Optimized(Optimized {
                service, action, ..
            }) => {
                format!("{service}:{action}")
            }
        }
    }

    /// The task's `Resource`.
    pub fn arn(&self) -> String {
        match self.integration {
            Integration::Optimized(optimized) => optimized.arn(self.pattern),
            Integration::AwsSdk(_) => format!(
                "arn:aws:states:::aws-sdk:{}{}",
                self.name(),
                self.pattern.suffix()
            ),
        }
    }

    /// Why a task cannot use it, in a few words.
    pub fn refusal(&self) -> Option<&'static str> {
        let Integration::AwsSdk(operation) = self.integration else {
            return None;
        };
        Some(match operation.unsupported()? {
            Unsupported::ByStepFunctions => "not offered by Step Functions",
            Unsupported::EventStream => "a stream of events, which Step Functions does not offer",
        })
    }

    /// `read` or `write`; optimized integrations without an operation behind them may write.
    pub fn access(&self) -> &'static str {
        match self.operation() {
            Some(operation) if operation.is_read() => "read",
            _ => "write",
        }
    }

    /// One line of a list for machines.
    pub fn summary(&self) -> Value {
        let mut summary = json!({
            "action": self.name(),
            "resource": self.arn(),
            "integration": if self.is_optimized() { "optimized" } else { "aws-sdk" },
            "access": self.access(),
            "supported": self.refusal().is_none(),
        });
        if let Some(reason) = self.refusal() {
            summary["reason"] = reason.into();
        }
        if let Integration::Optimized(optimized) = self.integration {
            summary["patterns"] = optimized
                .patterns()
                .iter()
                .map(|pattern| pattern_name(*pattern))
                .collect();
        }
        summary
    }
}

/// `ec2:rebootInstances`.
pub fn operation_name(operation: Operation) -> String {
    format!("{}:{}", operation.service().segment(), operation.action())
}

/// As Step Functions' guide names it in a few words.
pub fn pattern_name(pattern: Pattern) -> &'static str {
    match pattern {
        Pattern::RequestResponse => "request response",
        other => other.suffix(),
    }
}

/// As the models name it.
pub fn protocol_name(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::RestJson => "rest-json",
        Protocol::Json => "json",
        Protocol::Query => "query",
        Protocol::Ec2 => "ec2",
        Protocol::RestXml => "rest-xml",
        Protocol::Cbor => "smithy-rpc-v2-cbor",
    }
}

/// Decodes all models side by side, for those who are about to look at each of them.
pub fn decode_all() {
    let services: Vec<&'static Service> = catalog().services().collect();
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get());
    std::thread::scope(|scope| {
        for first in 0..threads {
            let own = services.iter().skip(first).step_by(threads);
            scope.spawn(|| own.for_each(|service| drop(service.operations())));
        }
    });
}

/// The optimized integration of the same operation.
fn optimized_of(operation: Operation) -> Option<&'static Optimized> {
    let api = (operation.service().segment(), operation.action());
    integration::all().iter().find(|optimized| {
        matches!(optimized.parameters, Parameters::Api(segment, action, _) if (segment, action) == api)
    })
}

/// The action that is meant by `ec2:rebootInstances`, `ec2:RebootInstances`, `ec2 reboot-instances`,
/// `elbv2:describe_load_balancers`, a task's `Resource` or an action that only one service has.
pub fn resolve(written: &[String]) -> Result<Action, CliError> {
    let text = written.join(" ");
    let text = text.trim();
    let (text, is_resource) = match text.strip_prefix("arn:").and_then(|t| t.split_once(":::")) {
        Some((_, action)) => (action, true),
        None => (text, false),
    };
    let is_sdk = text.starts_with("aws-sdk:");
    let (text, pattern) = split_pattern(text.trim_start_matches("aws-sdk:"));
    let Some((service, action)) = text
        .split_once(':')
        .or_else(|| text.rsplit_once(char::is_whitespace))
    else {
        return by_action_alone(text);
    };
    let action = action.replace(['-', '_', ' '], "");
    let waits_for_job = matches!(pattern, Pattern::Sync | Pattern::Sync2);
    let found = match integration::optimized(service, &action) {
        Some(optimized)
            if !is_sdk && (is_resource || waits_for_job || optimized.operation().is_none()) =>
        {
            Action::of_optimized(optimized)
        }
        _ => Action::of(operation(service, &action)?),
    };
    let allowed = match found.integration {
        Integration::Optimized(optimized) => optimized.patterns(),
        Integration::AwsSdk(_) => &[Pattern::RequestResponse, Pattern::WaitForTaskToken],
    };
    if !allowed.contains(&pattern) {
        return Err(CliError::user(format!(
            "{} has no {}",
            found.arn(),
            pattern.suffix()
        )));
    }
    Ok(Action { pattern, ..found })
}

fn split_pattern(text: &str) -> (&str, Pattern) {
    let patterns = [Pattern::Sync2, Pattern::Sync, Pattern::WaitForTaskToken];
    patterns
        .into_iter()
        .find_map(|pattern| Some((text.strip_suffix(pattern.suffix())?, pattern)))
        .unwrap_or((text, Pattern::RequestResponse))
}

fn operation(service: &str, action: &str) -> Result<Operation, CliError> {
    let Some(found) = catalog().service_by_spelling(service) else {
        let lower = service.to_ascii_lowercase();
        if WITHOUT_MODEL.contains(&lower.as_str()) {
            return Err(CliError::user(format!(
                "the models of {lower} are no longer published, so that nothing is known of its actions"
            )));
        }
        let names = catalog()
            .services()
            .flat_map(|service| [service.segment(), service.boto_name()]);
        return Err(unknown(
            format!("there is no service '{service}'"),
            nearest(service, names).map(str::to_owned).collect(),
            "`stepwright actions` lists all services",
        ));
    };
    found.operation(action).ok_or_else(|| {
        let actions = found.operations().map(Operation::action);
        unknown(
            format!("{} has no action '{action}'", found.segment()),
            nearest(action, actions)
                .map(|action| format!("{}:{action}", found.segment()))
                .collect(),
            &format!(
                "`stepwright actions {}:` lists its actions",
                found.segment()
            ),
        )
    })
}

fn by_action_alone(action: &str) -> Result<Action, CliError> {
    let plain = action.replace(['-', '_'], "");
    let having: Vec<Operation> = catalog()
        .services()
        .filter_map(|service| service.operation(&plain))
        .collect();
    if let [only] = having[..] {
        return Ok(Action::of(only));
    }
    let message = match having[..] {
        [] => format!(
            "'{action}' is no action: SERVICE:ACTION is wanted, such as ec2:rebootInstances"
        ),
        _ => format!("several services have an action '{action}'"),
    };
    Err(unknown(
        message,
        having.into_iter().map(operation_name).collect(),
        &format!("`stepwright actions {action}` searches for it"),
    ))
}

fn unknown(message: String, mut near: Vec<String>, otherwise: &str) -> CliError {
    near.truncate(5);
    CliError::user(message).with_hint(match &near[..] {
        [] => otherwise.to_owned(),
        near => format!("did you mean {}? {otherwise}", near.join(", ")),
    })
}

#[cfg(test)]
mod tests;

//! How asynchronous invocations are retried, and where their results go.

use serde_json::{Map, Value, json};

use super::name::{LATEST, Named};
use super::read::paged;
use super::record::{EventInvoke, Function};
use super::{Lambda, error};
use crate::wire::{ServiceCall, ServiceError};

impl Lambda {
    /// Update keeps what the request does not name.
    pub(super) fn put_event_invoke_config(
        &self,
        call: &ServiceCall,
    ) -> Result<Map<String, Value>, ServiceError> {
        let members = &call.input.members;
        let named = self.named(members)?;
        let _changes = self.lock();
        let mut function = Function::clone(&*self.find(&named, None)?.function);
        let stored = function.event_invoke.get(qualifier(&named)).cloned();
        let mut config = match call.operation {
            "UpdateFunctionEventInvokeConfig" => stored.ok_or_else(|| self.has_none(&named))?,
            _ => EventInvoke::default(),
        };
        let number = |member: &str| u32::try_from(members.get(member)?.as_u64()?).ok();
        config.retries = number("MaximumRetryAttempts").or(config.retries);
        config.max_age_seconds = number("MaximumEventAgeInSeconds").or(config.max_age_seconds);
        if let Some(destinations) = members.get("DestinationConfig") {
            let arn = |on: &str| destination(destinations.get(on)?.get("Destination")?.as_str()?);
            config.on_success = arn("OnSuccess").transpose()?;
            config.on_failure = arn("OnFailure").transpose()?;
        }
        config.last_modified_millis = call.now_millis;
        let shown = self.shown_config(&named.name, qualifier(&named), &config);
        function
            .event_invoke
            .insert(qualifier(&named).to_owned(), config);
        self.store_function(call, &named.name, function)?;
        Ok(shown)
    }

    pub(super) fn get_event_invoke_config(
        &self,
        call: &ServiceCall,
    ) -> Result<Map<String, Value>, ServiceError> {
        let named = self.named(&call.input.members)?;
        let function = self.find(&named, None)?.function;
        let config = function.event_invoke.get(qualifier(&named));
        let config = config.ok_or_else(|| self.has_none(&named))?;
        Ok(self.shown_config(&named.name, qualifier(&named), config))
    }

    pub(super) fn delete_event_invoke_config(
        &self,
        call: &ServiceCall,
    ) -> Result<Map<String, Value>, ServiceError> {
        let named = self.named(&call.input.members)?;
        let _changes = self.lock();
        let mut function = Function::clone(&*self.find(&named, None)?.function);
        if function.event_invoke.remove(qualifier(&named)).is_none() {
            return Err(self.has_none(&named));
        }
        self.store_function(call, &named.name, function)?;
        Ok(Map::new())
    }

    pub(super) fn list_event_invoke_configs(
        &self,
        call: &ServiceCall,
    ) -> Result<Map<String, Value>, ServiceError> {
        let members = &call.input.members;
        let name = self.unqualified(members)?;
        let function = self.function(&name)?;
        let all: Vec<(&String, &EventInvoke)> = function.event_invoke.iter().collect();
        let shown = |(qualifier, config): &(&String, &EventInvoke)| {
            json!(self.shown_config(&name, qualifier, config))
        };
        let key = |(qualifier, _): &(&String, &EventInvoke)| (*qualifier).clone();
        paged(members, "FunctionEventInvokeConfigs", &all, key, shown)
    }

    fn has_none(&self, named: &Named) -> ServiceError {
        let arn = self.arn(&named.name, Some(qualifier(named)));
        error::not_found(format!(
            "The function {arn} doesn't have an EventInvokeConfig"
        ))
    }

    fn shown_config(
        &self,
        name: &str,
        qualifier: &str,
        config: &EventInvoke,
    ) -> Map<String, Value> {
        let seconds = config.last_modified_millis as f64 / 1000.0;
        let mut destinations = json!({"OnSuccess": {}, "OnFailure": {}});
        for (on, arn) in [
            ("OnSuccess", &config.on_success),
            ("OnFailure", &config.on_failure),
        ] {
            if let Some(arn) = arn {
                destinations[on]["Destination"] = arn.as_str().into();
            }
        }
        let mut shown = Map::from_iter([
            ("LastModified".to_owned(), json!(seconds)),
            (
                "FunctionArn".to_owned(),
                self.arn(name, Some(qualifier)).into(),
            ),
            ("DestinationConfig".to_owned(), destinations),
        ]);
        let numbers = [
            ("MaximumRetryAttempts", config.retries),
            ("MaximumEventAgeInSeconds", config.max_age_seconds),
        ];
        for (member, number) in numbers {
            if let Some(number) = number {
                shown.insert(member.to_owned(), number.into());
            }
        }
        shown
    }
}

pub(super) fn qualifier(named: &Named) -> &str {
    named.qualifier.as_deref().unwrap_or(LATEST)
}

/// None for the empty text, which takes a destination away.
fn destination(arn: &str) -> Option<Result<String, ServiceError>> {
    let service = arn.split(':').nth(2);
    match service {
        _ if arn.is_empty() => None,
        Some("sqs" | "sns" | "lambda" | "events") => Some(Ok(arn.to_owned())),
        _ => Some(Err(error::invalid(format!(
            "The destination {arn} is not supported: a queue (SQS), a topic (SNS), a function (Lambda) or an event bus is."
        )))),
    }
}

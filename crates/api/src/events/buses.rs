//! Event buses.

use serde::Deserialize;
use serde_json::{Value, json};

use super::names::DEFAULT_BUS;
use super::records::Bus;
use super::tags::{TagMember, with_tags};
use super::{Members, Shared, error, input, list, members, seconds};
use crate::control::records::Tags;
use crate::wire::{ServiceCall, ServiceError};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
struct BusInput {
    name: Option<String>,
    event_source_name: Option<String>,
    description: Option<String>,
    kms_key_identifier: Option<String>,
    dead_letter_config: Option<Value>,
    log_config: Option<Value>,
    tags: Vec<TagMember>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NameInput {
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PrefixInput {
    name_prefix: Option<String>,
}

impl Shared {
    pub(super) fn create_event_bus(&self, call: &ServiceCall) -> Result<Members, ServiceError> {
        let given: BusInput = input(call)?;
        let name = given.name.unwrap_or_default();
        if given.event_source_name.is_some() {
            return Err(error::not_here("Partner event sources"));
        }
        if name.contains('/') {
            return Err(error::validation("Event bus name must not contain '/'."));
        }
        let arn = self.place.bus_arn(&name);
        let bus = Bus {
            description: given.description,
            kms_key_identifier: given.kms_key_identifier,
            dead_letter_config: given.dead_letter_config,
            log_config: given.log_config,
            policy: None,
            tags: with_tags(&Tags::new(), given.tags)?,
            created_millis: call.now_millis,
            modified_millis: call.now_millis,
        };
        let answer = json!({
            "EventBusArn": arn,
            "Description": bus.description,
            "KmsKeyIdentifier": bus.kms_key_identifier,
            "DeadLetterConfig": bus.dead_letter_config,
            "LogConfig": bus.log_config,
        });
        self.change(call, &arn, |transaction| {
            if self.buses.get(&name).is_some() {
                let message = format!("Event bus {name} already exists.");
                return Err(error::already_exists(message));
            }
            if self.buses.len() > self.limits.buses {
                return Err(error::limit_exceeded());
            }
            transaction.put(&self.buses, name.as_str(), bus);
            Ok(())
        })?;
        Ok(members(answer))
    }

    pub(super) fn describe_event_bus(&self, call: &ServiceCall) -> Result<Members, ServiceError> {
        let given: NameInput = input(call)?;
        let name = self.place.bus_name(given.name.as_deref());
        let bus = self.bus(name)?;
        let mut answer = members(json!({
            "Name": name,
            "Arn": self.place.bus_arn(name),
            "Description": bus.description,
            "KmsKeyIdentifier": bus.kms_key_identifier,
            "DeadLetterConfig": bus.dead_letter_config,
            "LogConfig": bus.log_config,
            "CreationTime": seconds(bus.created_millis),
            "LastModifiedTime": seconds(bus.modified_millis),
        }));
        show_policy(&mut answer, &bus);
        Ok(answer)
    }

    pub(super) fn list_event_buses(&self, call: &ServiceCall) -> Result<Members, ServiceError> {
        let given: PrefixInput = input(call)?;
        let prefix = given.name_prefix.unwrap_or_default();
        let mut buses = self.buses.all();
        buses.retain(|(name, _)| name.starts_with(&prefix));
        list(call, "EventBuses", buses, |name, bus| {
            let mut shown = members(json!({
                "Name": name,
                "Arn": self.place.bus_arn(name),
                "Description": bus.description,
                "CreationTime": seconds(bus.created_millis),
                "LastModifiedTime": seconds(bus.modified_millis),
            }));
            show_policy(&mut shown, bus);
            Value::Object(shown)
        })
    }

    /// Members that are not given stay.
    pub(super) fn update_event_bus(&self, call: &ServiceCall) -> Result<Members, ServiceError> {
        let given: BusInput = input(call)?;
        let name = self.place.bus_name(given.name.as_deref()).to_owned();
        let arn = self.place.bus_arn(&name);
        let bus = self.change(call, &arn, |transaction| {
            let before = Bus::clone(&*self.bus(&name)?);
            let bus = Bus {
                description: given.description.or(before.description),
                kms_key_identifier: given.kms_key_identifier.or(before.kms_key_identifier),
                dead_letter_config: given.dead_letter_config.or(before.dead_letter_config),
                log_config: given.log_config.or(before.log_config),
                modified_millis: call.now_millis,
                ..before
            };
            transaction.put(&self.buses, name.as_str(), bus.clone());
            Ok(bus)
        })?;
        Ok(members(json!({
            "Arn": arn,
            "Name": name,
            "Description": bus.description,
            "KmsKeyIdentifier": bus.kms_key_identifier,
            "DeadLetterConfig": bus.dead_letter_config,
            "LogConfig": bus.log_config,
        })))
    }

    /// One that is not there is no error.
    pub(super) fn delete_event_bus(&self, call: &ServiceCall) -> Result<Members, ServiceError> {
        let given: NameInput = input(call)?;
        let name = self.place.bus_name(given.name.as_deref());
        if name == DEFAULT_BUS {
            return Err(error::validation("Cannot delete event bus default."));
        }
        self.change(call, &self.place.bus_arn(name), |transaction| {
            if self.rules_of(name).next().is_some() {
                let message = "EventBus can't be deleted since it has rules.";
                return Err(error::validation(message));
            }
            transaction.delete(&self.buses, name);
            Ok(Members::new())
        })
    }
}

fn show_policy(shown: &mut Members, bus: &Bus) {
    if let Some(policy) = &bus.policy {
        shown.insert("Policy".to_owned(), policy.to_string().into());
    }
}

//! Tags of rules and buses.

use serde::Deserialize;
use serde_json::{Value, json};

use super::records::{Bus, Rule};
use super::{Change, Members, Shared, error, input};
use crate::control::records::Tags;
use crate::wire::{ServiceCall, ServiceError};

/// Tags of one resource (EventBridge API Reference, "TagResource").
const MAX_TAGS: usize = 50;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagMember {
    key: String,
    value: String,
}

/// `before` with `added`; the last of equal keys counts.
pub(super) fn with_tags(before: &Tags, added: Vec<TagMember>) -> Result<Tags, ServiceError> {
    let mut tags = before.clone();
    for TagMember { key, value } in added {
        if key.starts_with("aws:") {
            let message = format!("Tag keys that begin with 'aws:' are reserved: '{key}'");
            return Err(error::validation(message));
        }
        tags.insert(key, value);
    }
    match tags.len() > MAX_TAGS {
        true => Err(error::limit_exceeded()),
        false => Ok(tags),
    }
}

#[derive(Deserialize)]
struct TagsInput {
    #[serde(rename = "ResourceARN")]
    arn: String,
    #[serde(rename = "Tags", default)]
    tags: Vec<TagMember>,
    #[serde(rename = "TagKeys", default)]
    tag_keys: Vec<String>,
}

impl Shared {
    pub(super) fn tag_resource(&self, call: &ServiceCall) -> Result<Members, ServiceError> {
        let TagsInput { arn, tags, .. } = input(call)?;
        self.retag(call, &arn, |before| with_tags(before, tags))
    }

    /// Keys that it does not have are no error.
    pub(super) fn untag_resource(&self, call: &ServiceCall) -> Result<Members, ServiceError> {
        let TagsInput { arn, tag_keys, .. } = input(call)?;
        self.retag(call, &arn, |before| {
            let mut tags = before.clone();
            tags.retain(|key, _| !tag_keys.contains(key));
            Ok(tags)
        })
    }

    pub(super) fn list_tags_for_resource(
        &self,
        call: &ServiceCall,
    ) -> Result<Members, ServiceError> {
        let TagsInput { arn, .. } = input(call)?;
        let tags = match self.place.rule_of_arn(&arn) {
            Some((bus, name)) => self.rule(bus, name)?.tags.clone(),
            None => self.bus(self.tagged_bus(&arn)?)?.tags.clone(),
        };
        let tags: Vec<Value> = tags
            .iter()
            .map(|(key, value)| json!({ "Key": key, "Value": value }))
            .collect();
        Ok(super::members(json!({ "Tags": tags })))
    }

    fn tagged_bus<'a>(&self, arn: &'a str) -> Result<&'a str, ServiceError> {
        let message = || format!("Resource {arn} does not exist.");
        let name = self.place.bus_of_arn(arn);
        name.ok_or_else(|| error::not_found(message()))
    }

    fn retag(
        &self,
        call: &ServiceCall,
        arn: &str,
        tags: impl FnOnce(&Tags) -> Result<Tags, ServiceError>,
    ) -> Result<Members, ServiceError> {
        if let Some((bus, name)) = self.place.rule_of_arn(arn) {
            return self.change_rule(call, bus, name, |rule| {
                let rule = rule.ok_or_else(|| error::no_rule(name, bus))?;
                let rule = Rule {
                    tags: tags(&rule.tags)?,
                    ..rule.clone()
                };
                Ok((Change::Put(Box::new(rule), None), Members::new()))
            });
        }
        let name = self.tagged_bus(arn)?;
        self.change(call, arn, |transaction| {
            let bus = self.bus(name)?;
            let bus = Bus {
                tags: tags(&bus.tags)?,
                ..Bus::clone(&bus)
            };
            transaction.put(&self.buses, name, bus);
            Ok(Members::new())
        })
    }
}

//! Tags of functions.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::record::Function;
use super::{Lambda, error};
use crate::wire::{ServiceCall, ServiceError};

/// Lambda quota "Tags" of a function.
const MAX_TAGS: usize = 50;

impl Lambda {
    pub(super) fn tag_resource(
        &self,
        call: &ServiceCall,
    ) -> Result<Map<String, Value>, ServiceError> {
        let more = of(&call.input.members)?;
        self.change_tags(call, |tags| {
            tags.extend(more);
            check(tags)
        })
    }

    pub(super) fn untag_resource(
        &self,
        call: &ServiceCall,
    ) -> Result<Map<String, Value>, ServiceError> {
        let keys = call.input.members.get("TagKeys").and_then(Value::as_array);
        self.change_tags(call, |tags| {
            let keys = keys.into_iter().flatten().filter_map(Value::as_str);
            keys.for_each(|key| drop(tags.remove(key)));
            Ok(())
        })
    }

    pub(super) fn list_tags(&self, call: &ServiceCall) -> Result<Map<String, Value>, ServiceError> {
        let function = self.function(&self.tagged(call)?)?;
        Ok(Map::from_iter([("Tags".to_owned(), json!(function.tags))]))
    }

    fn change_tags(
        &self,
        call: &ServiceCall,
        change: impl FnOnce(&mut BTreeMap<String, String>) -> Result<(), ServiceError>,
    ) -> Result<Map<String, Value>, ServiceError> {
        let name = self.tagged(call)?;
        let _changes = self.lock();
        let mut function = Function::clone(&*self.function(&name)?);
        change(&mut function.tags)?;
        self.store_function(call, &name, function)?;
        Ok(Map::new())
    }

    /// The function that `Resource` names.
    fn tagged(&self, call: &ServiceCall) -> Result<String, ServiceError> {
        let arn = call
            .input
            .members
            .get("Resource")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let named = self.parse(arn, None)?;
        match named.qualifier {
            None => Ok(named.name),
            Some(_) => Err(error::invalid(
                "Tags on function aliases and versions are not supported. Please specify a function ARN.",
            )),
        }
    }
}

/// The member `Tags`.
pub(super) fn of(members: &Map<String, Value>) -> Result<BTreeMap<String, String>, ServiceError> {
    let tags = members
        .get("Tags")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    let tags: BTreeMap<String, String> = tags
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect();
    check(&tags)?;
    Ok(tags)
}

fn check(tags: &BTreeMap<String, String>) -> Result<(), ServiceError> {
    if let Some(reserved) = tags.keys().find(|key| key.starts_with("aws:")) {
        return Err(error::invalid(format!(
            "The tag key '{reserved}' begins with aws:, which is reserved."
        )));
    }
    match tags.len() > MAX_TAGS {
        true => Err(error::invalid(format!(
            "A function has {MAX_TAGS} tags at most."
        ))),
        false => Ok(()),
    }
}

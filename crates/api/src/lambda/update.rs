//! UpdateFunctionCode and UpdateFunctionConfiguration.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::create::Brought;
use super::name::key;
use super::record::{Function, Version};
use super::{Lambda, configuration, error};
use crate::wire::{ServiceCall, ServiceError};

impl Lambda {
    pub(super) fn update_code(
        &self,
        call: &ServiceCall,
        brought: Brought,
    ) -> Result<Map<String, Value>, ServiceError> {
        let members = &call.input.members;
        let name = self.unqualified(members)?;
        check_revision(&self.function(&name)?.latest, members)?;
        self.check_code(&brought, call.operation)?;
        let is_set = |member: &str| members.get(member).is_some_and(|value| value == true);
        if is_set("DryRun") {
            return Ok(self.shown(&name, &self.function(&name)?.latest, None));
        }

        let _changes = self.lock();
        let mut function = self.changeable(&name, members)?;
        function.latest.code = self.put_code(&brought)?;
        if let Some(architectures) = members.get("Architectures") {
            let configuration = &mut function.latest.configuration;
            configuration.insert("Architectures".to_owned(), architectures.clone());
        }
        self.store_update(call, &name, function, is_set("Publish"))
    }

    pub(super) fn update_configuration(
        &self,
        call: &ServiceCall,
    ) -> Result<Map<String, Value>, ServiceError> {
        let members = &call.input.members;
        let name = self.unqualified(members)?;
        let _changes = self.lock();
        let mut function = self.changeable(&name, members)?;
        configuration::change(&mut function.latest.configuration, &name, members)?;
        self.store_update(call, &name, function, false)
    }

    fn changeable(
        &self,
        name: &str,
        members: &Map<String, Value>,
    ) -> Result<Function, ServiceError> {
        let function = self.function(name)?;
        check_revision(&function.latest, members)?;
        Ok(Function::clone(&function))
    }

    /// Stores the function with its changed `$LATEST` and has new invocations run on that.
    fn store_update(
        &self,
        call: &ServiceCall,
        name: &str,
        mut function: Function,
        publishes: bool,
    ) -> Result<Map<String, Value>, ServiceError> {
        function.latest.last_modified_millis = call.now_millis;
        function.latest.revision_id = Uuid::new_v4().to_string();
        let latest = function.latest.clone();
        let published = publishes.then(|| self.next_version(&mut function, call, None));
        let mut change = self.transaction(call, name);
        change.put(&self.tables().functions, name, function);
        if let Some(version) = &published {
            change.put(
                &self.tables().versions,
                key(name, &version.number),
                version.clone(),
            );
        }
        self.commit(change, name)?;
        let retired = published
            .iter()
            .chain([&latest])
            .map(|version| self.declare(name, version));
        self.clean_up(retired.collect());
        Ok(self.shown_version(name, published.as_ref().unwrap_or(&latest)))
    }
}

/// `RevisionId`: the request is for this state of the function alone.
pub(super) fn check_revision(
    version: &Version,
    members: &Map<String, Value>,
) -> Result<(), ServiceError> {
    match members.get("RevisionId").and_then(Value::as_str) {
        Some(wanted) if wanted != version.revision_id => {
            Err(error::revision_differs("Lambda Function"))
        }
        _ => Ok(()),
    }
}

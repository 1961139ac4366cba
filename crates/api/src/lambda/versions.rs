//! PublishVersion, ListVersionsByFunction.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::configuration::base64_of;
use super::name::{LATEST, key};
use super::read::paged;
use super::record::{Function, Version};
use super::{Lambda, error, update};
use crate::wire::{ServiceCall, ServiceError};

impl Lambda {
    pub(super) fn publish_version(
        &self,
        call: &ServiceCall,
    ) -> Result<Map<String, Value>, ServiceError> {
        let members = &call.input.members;
        let name = self.unqualified(members)?;
        let text = |member: &str| members.get(member).and_then(Value::as_str);
        let _changes = self.lock();
        let mut function = Function::clone(&*self.function(&name)?);
        update::check_revision(&function.latest, members)?;
        let current = base64_of(function.latest.code.sha256());
        if let Some(wanted) = text("CodeSha256").filter(|wanted| !wanted.is_empty())
            && wanted != current
        {
            return Err(error::invalid(format!(
                "CodeSHA256 ({wanted}) is different from current CodeSHA256 in $LATEST ({current}). \
                 Please try again with the CodeSHA256 in $LATEST."
            )));
        }
        // What has not changed since is not published once more.
        if let Some(last) = self.versions_of(&name).pop()
            && last.code == function.latest.code
            && without_description(&last) == without_description(&function.latest)
        {
            return Ok(self.shown_version(&name, &last));
        }
        let version = self.next_version(&mut function, call, text("Description"));
        let mut change = self.transaction(call, &name);
        change.put(&self.tables().functions, name.as_str(), function);
        change.put(
            &self.tables().versions,
            key(&name, &version.number),
            version.clone(),
        );
        self.commit(change, &name)?;
        // It is new: nothing runs on it.
        let _ = self.declare(&name, &version);
        Ok(self.shown_version(&name, &version))
    }

    /// A version of what `$LATEST` is now, with the next number.
    pub(super) fn next_version(
        &self,
        function: &mut Function,
        call: &ServiceCall,
        description: Option<&str>,
    ) -> Version {
        let number = function.next_version;
        function.next_version += 1;
        let mut version = Version {
            number: number.to_string(),
            last_modified_millis: call.now_millis,
            revision_id: Uuid::new_v4().to_string(),
            ..function.latest.clone()
        };
        if let Some(description) = description {
            version
                .configuration
                .insert("Description".to_owned(), description.into());
        }
        version
    }

    /// Published versions, oldest first.
    pub(super) fn versions_of(&self, name: &str) -> Vec<Version> {
        let after = key(name, "");
        let rows = self.tables().versions.after(Some(&after), usize::MAX);
        let mut versions: Vec<Version> = rows
            .iter()
            .take_while(|(key, _)| key.starts_with(&after))
            .map(|(_, version)| Version::clone(version))
            .collect();
        versions.sort_by_key(|version| version.number.parse::<u64>().unwrap_or(u64::MAX));
        versions
    }

    pub(super) fn list_versions(
        &self,
        call: &ServiceCall,
    ) -> Result<Map<String, Value>, ServiceError> {
        let members = &call.input.members;
        let name = self.unqualified(members)?;
        let function = self.function(&name)?;
        let mut all = vec![(LATEST.to_owned(), function.latest.clone())];
        let published = self.versions_of(&name).into_iter();
        all.extend(published.map(|version| (version.number.clone(), version)));
        let shown =
            |(number, version): &(String, Version)| json!(self.shown(&name, version, Some(number)));
        paged(
            members,
            "Versions",
            &all,
            |(number, _)| number.clone(),
            shown,
        )
    }
}

fn without_description(version: &Version) -> Map<String, Value> {
    let mut configuration = version.configuration.clone();
    configuration.shift_remove("Description");
    configuration
}

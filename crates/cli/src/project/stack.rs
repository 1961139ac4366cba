//! The stack's document on the server: what `up` has made, so that the next one knows.

use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::api::{Api, is_not_found};
use super::kinds::{Kind, Members};
use crate::client::server::Refusal;
use crate::error::CliError;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Stack {
    #[serde(skip)]
    pub name: String,
    /// Of the document; 0 before it is there.
    #[serde(skip)]
    pub version: u64,
    /// Where it came from.
    pub template: String,
    /// In the order in which they were made.
    pub resources: Vec<Entry>,
    pub outputs: Members,
}

/// A resource that was made, or is being made.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Entry {
    pub logical_id: String,
    #[serde(rename = "Type")]
    pub type_name: String,
    pub physical_id: String,
    /// As it was made last; of secrets a hash.
    pub members: Members,
    /// What only the API could tell, such as `Arn`.
    pub attributes: Members,
    /// The request to make it went out, and nobody knows whether it came to something.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_unfinished: bool,
}

impl Stack {
    /// As the server has it; a new one when it has none.
    pub fn read(api: &Api, name: &str) -> Result<Stack, CliError> {
        let found = api
            .server
            .extension("DescribeStack", json!({ "Name": name }));
        let mut stack = match found {
            Ok(answer) => read(&answer)?,
            Err(refusal) if is_not_found(&refusal) => Stack::default(),
            Err(refusal) => return Err(refusal.into()),
        };
        stack.name = name.to_owned();
        Ok(stack)
    }

    pub fn all(api: &Api) -> Result<Vec<Stack>, CliError> {
        let answer = api.server.extension("ListStacks", json!({}))?;
        let stacks = answer["Stacks"].as_array();
        stacks.into_iter().flatten().map(read).collect()
    }

    pub fn entry(&self, logical_id: &str) -> Option<&Entry> {
        self.resources
            .iter()
            .find(|entry| entry.logical_id == logical_id)
    }

    /// In its place, or behind all others.
    pub fn put(&mut self, entry: Entry) {
        match self
            .resources
            .iter_mut()
            .find(|one| one.logical_id == entry.logical_id)
        {
            Some(one) => *one = entry,
            None => self.resources.push(entry),
        }
    }

    pub fn remove(&mut self, logical_id: &str) {
        self.resources
            .retain(|entry| entry.logical_id != logical_id);
    }

    /// Writes the document, unless somebody else has changed it meanwhile.
    pub fn write(&mut self, api: &Api) -> Result<(), CliError> {
        let content = serde_json::to_value(&*self)
            .map_err(|error| CliError::Internal(format!("the stack cannot be written: {error}")))?;
        let body = json!({"Name": self.name, "Version": self.version, "Content": content});
        let answer = api.server.extension("PutStack", body).map_err(conflict)?;
        self.version = answer["Version"].as_u64().unwrap_or(self.version + 1);
        Ok(())
    }

    pub fn delete(&self, api: &Api) -> Result<(), CliError> {
        let body = json!({"Name": self.name, "Version": self.version});
        match api.server.extension("DeleteStack", body) {
            Ok(_) => Ok(()),
            Err(refusal) if is_not_found(&refusal) => Ok(()),
            Err(refusal) => Err(conflict(refusal)),
        }
    }
}

fn conflict(refusal: Refusal) -> CliError {
    let is_conflict =
        matches!(&refusal, Refusal::Refused { code, .. } if code == "StackConflictException");
    let error = CliError::from(refusal);
    match is_conflict {
        true => error.with_hint(
            "another `up` or `down` is at work on this stack: wait for it, then do it again",
        ),
        false => error,
    }
}

fn read(answer: &serde_json::Value) -> Result<Stack, CliError> {
    let content = answer["Content"].clone();
    let stack: Result<Stack, _> = serde_json::from_value(content);
    let mut stack = stack.map_err(|error| {
        CliError::user(format!(
            "the stack's document on the server cannot be read: {error}"
        ))
    })?;
    stack.name = answer["Name"].as_str().unwrap_or_default().to_owned();
    stack.version = answer["Version"].as_u64().unwrap_or_default();
    Ok(stack)
}

/// Members as the stack keeps them: a hash in place of a secret.
pub fn kept(kind: &Kind, members: &Members) -> Members {
    let mut kept = members.clone();
    for name in kind.secret {
        if let Some(value) = kept.get_mut(*name) {
            let hash = Sha256::digest(value.to_string());
            let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
            *value = format!("sha256:{hash}").into();
        }
    }
    kept
}

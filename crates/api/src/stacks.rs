//! Stacks: what a project file has made on this server. They are told by whoever made it (`stepwright up`), and kept here so that
//! everybody who looks at the server sees the same.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{AuditEntry, Store};

use crate::table::{Table, Transaction};
use crate::wire::ServiceError;

/// Our own operations (`X-Amz-Target: Stepwright.…`).
pub const OPERATIONS: &[&str] = &[
    "Stepwright.PutStack",
    "Stepwright.DescribeStack",
    "Stepwright.ListStacks",
    "Stepwright.DeleteStack",
];

/// As CloudFormation has it.
const MAX_NAME: usize = 128;

/// A stack as it is kept: what it holds is the business of whoever made it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Stack {
    /// Counts its changes, so that two who change it at once do not undo each other's.
    version: u64,
    updated_millis: i64,
    content: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Input {
    #[serde(default)]
    name: Option<String>,
    /// The version that the change was made for; 0 for a new stack.
    #[serde(default)]
    version: u64,
    #[serde(default)]
    content: Value,
}

/// The collection `stacks`. Cloning is cheap; clones are the same collection.
#[derive(Clone)]
pub struct Stacks {
    store: Arc<dyn Store>,
    table: Table<Stack>,
    changes: Arc<tokio::sync::Mutex<()>>,
}

impl Stacks {
    /// # Errors
    /// The store's.
    pub fn open(store: &Arc<dyn Store>) -> Result<Stacks, store::Error> {
        Ok(Stacks {
            store: store.clone(),
            table: Table::open(store, "stacks")?,
            changes: Arc::default(),
        })
    }

    /// Performs one of [`OPERATIONS`].
    ///
    /// # Errors
    /// `ValidationException`, `StackNotFoundException`, `StackConflictException`: somebody else has changed it; the store's.
    pub async fn call(
        &self,
        operation: &str,
        body: &[u8],
        audit: AuditEntry,
    ) -> Result<Value, ServiceError> {
        let input: Input = serde_json::from_slice(body)
            .map_err(|error| ServiceError::new("SerializationException", 400, error.to_string()))?;
        if operation == "Stepwright.ListStacks" {
            let stacks = self.table.all().into_iter();
            let stacks: Vec<Value> = stacks.map(|(name, stack)| shown(&name, &stack)).collect();
            return Ok(json!({ "Stacks": stacks }));
        }
        let name = checked_name(input.name)?;
        let not_found = || {
            let message = format!("Stack '{name}' does not exist");
            ServiceError::new("StackNotFoundException", 404, message)
        };
        if operation == "Stepwright.DescribeStack" {
            let stack = self.table.get(&name).ok_or_else(not_found)?;
            return Ok(shown(&name, &stack));
        }
        let _change = self.changes.lock().await;
        let before = self.table.get(&name);
        let version = before.as_ref().map_or(0, |stack| stack.version);
        if operation == "Stepwright.DeleteStack" {
            before.ok_or_else(not_found)?;
        } else if !input.content.is_object() {
            let message = "1 validation error detected: Value at 'content' failed to satisfy constraint: Member must be an object";
            return Err(ServiceError::new("ValidationException", 400, message));
        }
        if input.version != version {
            let message = format!(
                "Stack '{name}' is at version {version}, not {}: somebody else has changed it",
                input.version
            );
            return Err(ServiceError::new("StackConflictException", 409, message));
        }
        let at_millis = audit.at_millis;
        let mut change = Transaction::new(&self.store, Some(audit));
        match operation {
            "Stepwright.DeleteStack" => change.delete(&self.table, name.as_str()),
            _ => {
                let stack = Stack {
                    version: version + 1,
                    updated_millis: at_millis,
                    content: input.content,
                };
                change.put(&self.table, name.as_str(), stack);
            }
        }
        let committed = tokio::task::spawn_blocking(move || change.commit()).await;
        committed
            .map_err(|error| ServiceError::new("InternalFailure", 500, error.to_string()))??;
        Ok(json!({ "Name": name, "Version": version + 1 }))
    }
}

fn checked_name(name: Option<String>) -> Result<String, ServiceError> {
    let name = name.unwrap_or_default();
    let is_valid = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && name.len() <= MAX_NAME;
    match is_valid {
        true => Ok(name),
        false => Err(ServiceError::new(
            "ValidationException",
            400,
            format!(
                "1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: \
                 Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
            ),
        )),
    }
}

fn shown(name: &str, stack: &Stack) -> Value {
    json!({
        "Name": name,
        "Version": stack.version,
        "UpdatedMillis": stack.updated_millis,
        "Content": stack.content,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::MemoryStore;

    fn audit() -> AuditEntry {
        AuditEntry {
            at_millis: 7,
            principal: "p".into(),
            source: "s".into(),
            action: "a".into(),
            resource: "r".into(),
        }
    }

    async fn call(stacks: &Stacks, operation: &str, body: Value) -> Result<Value, String> {
        let operation = format!("Stepwright.{operation}");
        let answer = stacks
            .call(&operation, body.to_string().as_bytes(), audit())
            .await;
        answer.map_err(|error| error.code.into_owned())
    }

    #[tokio::test]
    async fn a_stack_is_changed_by_one_at_a_time() {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
        let stacks = Stacks::open(&store).unwrap();
        let put =
            |version: u64, n: u64| json!({"Name": "shop", "Version": version, "Content": {"n": n}});
        assert_eq!(
            call(&stacks, "PutStack", put(0, 1)).await.unwrap()["Version"],
            1
        );
        assert_eq!(
            call(&stacks, "PutStack", put(0, 2)).await.unwrap_err(),
            "StackConflictException"
        );
        assert_eq!(
            call(&stacks, "PutStack", put(1, 3)).await.unwrap()["Version"],
            2
        );
        let again = Stacks::open(&store).unwrap();
        let name = json!({"Name": "shop"});
        let expected =
            json!({"Name": "shop", "Version": 2, "UpdatedMillis": 7, "Content": {"n": 3}});
        assert_eq!(
            call(&again, "DescribeStack", name.clone()).await.unwrap(),
            expected
        );
        assert_eq!(
            call(&again, "ListStacks", json!({})).await.unwrap(),
            json!({ "Stacks": [expected] })
        );
        let deletion = json!({"Name": "shop", "Version": 2});
        call(&again, "DeleteStack", deletion).await.unwrap();
        assert_eq!(
            call(&again, "DescribeStack", name).await.unwrap_err(),
            "StackNotFoundException"
        );
        for wrong in [
            json!({"Name": "1x", "Content": {}}),
            json!({"Content": {}}),
            json!({"Name": "a"}),
        ] {
            assert_eq!(
                call(&again, "PutStack", wrong).await.unwrap_err(),
                "ValidationException"
            );
        }
    }
}

//! Documents into rows: all writes of a job are checked before the first is made.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{OptionalExtension, params};
use store::{AuditEntry, DocumentWrite, Error};

use super::Session;
use crate::ids::{signed, unsigned};

/// Collection and key.
type Key = (Arc<str>, Arc<str>);

/// What a document will be: its version, 0 for none, and its text.
type Next = (u64, Option<Arc<str>>);

impl Session<'_> {
    pub(super) fn documents(
        &self,
        writes: Vec<DocumentWrite>,
        audit: Option<&AuditEntry>,
    ) -> rusqlite::Result<Result<(), Error>> {
        let mut changed: HashMap<Key, Next> = HashMap::new();
        for write in writes {
            let key = (write.collection, write.key);
            let version = match changed.get(&key) {
                Some((version, _)) => *version,
                None => self.document_version(&key.0, &key.1)?,
            };
            let expected = write.expected_version;
            if expected.is_some_and(|expected| expected != version) {
                return Ok(Err(Error::Conflict(key.1)));
            }
            let next = if write.body.is_some() { version + 1 } else { 0 };
            changed.insert(key, (next, write.body));
        }
        for ((collection, key), (version, body)) in changed {
            match body {
                Some(body) => self.execute(
                    "INSERT OR REPLACE INTO documents (collection, key, version, body) VALUES (?1, ?2, ?3, ?4)",
                    params![collection, key, signed(version), body],
                )?,
                None => self.execute(
                    "DELETE FROM documents WHERE collection = ?1 AND key = ?2",
                    params![collection, key],
                )?,
            };
        }
        if let Some(entry) = audit {
            self.audit(entry)?;
        }
        Ok(Ok(()))
    }

    fn document_version(&self, collection: &str, key: &str) -> rusqlite::Result<u64> {
        let mut find = self
            .connection
            .prepare_cached("SELECT version FROM documents WHERE collection = ?1 AND key = ?2")?;
        let found = find.query_row([collection, key], |row| row.get(0));
        Ok(found.optional()?.map_or(0, unsigned))
    }
}

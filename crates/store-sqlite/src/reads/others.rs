//! Documents, the audit, and who uses a revision.

use rusqlite::{Row, params};
use store::{AuditEntry, Document};

use super::{ReadError, Snapshot};
use crate::ids::{signed, unsigned};

impl Snapshot<'_> {
    pub(crate) fn document(
        &self,
        collection: &str,
        key: &str,
    ) -> Result<Option<Document>, ReadError> {
        let mut find = self.prepare(
            "SELECT collection, key, version, body FROM documents WHERE collection = ?1 AND key = ?2",
        )?;
        let mut found = find.query_map([collection, key], document)?;
        Ok(found.next().transpose()?)
    }

    pub(crate) fn documents(
        &self,
        collection: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Document>, ReadError> {
        // No key comes before the empty one.
        let behind = if after.is_some() { ">" } else { ">=" };
        let mut find = self.prepare(&format!(
            "SELECT collection, key, version, body FROM documents WHERE collection = ?1 AND key {behind} ?2
             ORDER BY key LIMIT ?3"
        ))?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let page = find.query_map(params![collection, after.unwrap_or(""), limit], document)?;
        Ok(page.collect::<Result<_, _>>()?)
    }

    pub(crate) fn revision_is_used(&self, revision: &str) -> Result<bool, ReadError> {
        let mut find = self.prepare(
            "SELECT 1 FROM executions INDEXED BY executions_by_revision
             WHERE revision = (SELECT id FROM names WHERE name = ?1 AND is_map_run = 0) LIMIT 1",
        )?;
        Ok(find.exists([revision])?)
    }

    pub(crate) fn audit(
        &self,
        after: u64,
        limit: usize,
    ) -> Result<Vec<(u64, AuditEntry)>, ReadError> {
        let mut find = self.prepare(
            "SELECT number, at_millis, principal, source, action, resource FROM audit
             WHERE number > ?1 ORDER BY number LIMIT ?2",
        )?;
        let after = signed(after.min(i64::MAX as u64));
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let page = find.query_map([after, limit], |row| {
            let entry = AuditEntry {
                at_millis: row.get(1)?,
                principal: row.get(2)?,
                source: row.get(3)?,
                action: row.get(4)?,
                resource: row.get(5)?,
            };
            Ok((unsigned(row.get(0)?), entry))
        })?;
        Ok(page.collect::<Result<_, _>>()?)
    }
}

fn document(row: &Row<'_>) -> rusqlite::Result<Document> {
    Ok(Document {
        collection: row.get(0)?,
        key: row.get(1)?,
        version: unsigned(row.get(2)?),
        body: row.get(3)?,
    })
}

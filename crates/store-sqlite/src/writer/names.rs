//! Texts that many executions name, by number.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{OptionalExtension, params};

use super::Session;

/// Names that were used lately. Made anew with each connection, so that it never holds what was rolled back.
#[derive(Debug, Default)]
pub(super) struct Names([HashMap<Arc<str>, i64>; 2]);

const CACHED: usize = 1_024;

impl Session<'_> {
    pub(super) fn name(&mut self, name: &Arc<str>) -> rusqlite::Result<i64> {
        self.name_id(name, false)
    }

    /// A Map Run's ARN: these come and go, so they are kept apart.
    pub(super) fn map_run_name(&mut self, arn: &Arc<str>) -> rusqlite::Result<i64> {
        self.name_id(arn, true)
    }

    fn name_id(&mut self, name: &Arc<str>, is_map_run: bool) -> rusqlite::Result<i64> {
        let [others, map_runs] = &mut self.names.0;
        let cache = if is_map_run { map_runs } else { others };
        if let Some(id) = cache.get(name) {
            return Ok(*id);
        }
        let mut find = self
            .connection
            .prepare_cached("SELECT id FROM names WHERE name = ?1 AND is_map_run = ?2")?;
        let found = find.query_row(params![name, is_map_run], |row| row.get(0));
        let id = match found.optional()? {
            Some(id) => id,
            None => {
                let mut insert = self
                    .connection
                    .prepare_cached("INSERT INTO names (name, is_map_run) VALUES (?1, ?2)")?;
                insert.insert(params![name, is_map_run])?
            }
        };
        if cache.len() >= CACHED {
            cache.clear();
        }
        cache.insert(name.clone(), id);
        Ok(id)
    }

    /// Lets go of names of Map Runs that nobody names any more.
    pub(super) fn release_map_runs(&mut self, ids: &[i64]) -> rusqlite::Result<()> {
        for id in ids {
            self.execute(
                "DELETE FROM names WHERE id = ?1
                 AND NOT EXISTS (SELECT 1 FROM executions INDEXED BY executions_by_map_run WHERE map_run = ?1)
                 AND NOT EXISTS (SELECT 1 FROM map_runs WHERE id = ?1)",
                [id],
            )?;
        }
        if !ids.is_empty() {
            self.names.0[1].clear();
        }
        Ok(())
    }
}

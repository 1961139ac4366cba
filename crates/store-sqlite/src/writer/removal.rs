//! Executions that go, with all that is theirs: ranges of keys in each table, because all of them begin with the execution.

use rusqlite::{Params, params};

use super::Session;
use crate::ids::{NUMBERS, numbered};

/// Pages given back to the file system with one removal, once many are free.
const VACUUMED_PAGES: i64 = 512;

impl Session<'_> {
    /// Removes at most `limit` executions that ended before `stop_millis`; answers how many.
    pub(super) fn remove_ended(
        &mut self,
        stop_millis: i64,
        limit: usize,
    ) -> rusqlite::Result<usize> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut old = self.ids(
            "SELECT id FROM executions INDEXED BY executions_by_stop
             WHERE ended = 1 AND stop_millis < ?1 ORDER BY stop_millis, arn LIMIT ?2",
            [stop_millis, limit],
        )?;
        old.sort_unstable();
        self.remove(&old)?;
        self.give_back()?;
        Ok(old.len())
    }

    /// Removes executions; `ids` ascend.
    pub(super) fn remove(&mut self, ids: &[i64]) -> rusqlite::Result<()> {
        for run in ids.chunk_by(|one, next| one + 1 == *next) {
            if let [first, ..] = run {
                self.remove_range(*first, *first + run.len() as i64 - 1)?;
            }
        }
        Ok(())
    }

    fn remove_range(&mut self, first: i64, last: i64) -> rusqlite::Result<()> {
        let map_runs = self.ids(
            "SELECT map_run FROM executions WHERE id BETWEEN ?1 AND ?2 AND map_run IS NOT NULL
             UNION SELECT id FROM map_runs WHERE execution BETWEEN ?1 AND ?2",
            [first, last],
        )?;
        for table in ["results", "calls", "payloads", "map_runs"] {
            self.execute(
                &format!("DELETE FROM {table} WHERE execution BETWEEN ?1 AND ?2"),
                [first, last],
            )?;
        }
        let rows = params![numbered(first, 0), numbered(last, NUMBERS - 1)];
        for table in ["segments", "frames"] {
            self.execute(
                &format!("DELETE FROM {table} WHERE id BETWEEN ?1 AND ?2"),
                rows,
            )?;
        }
        self.execute(
            "DELETE FROM executions WHERE id BETWEEN ?1 AND ?2",
            [first, last],
        )?;
        self.release_map_runs(&map_runs)
    }

    /// Gives pages back when a quarter of the file is free. The rest stays for what comes next.
    fn give_back(&self) -> rusqlite::Result<()> {
        let number = |pragma| {
            let mut statement = self.connection.prepare_cached(pragma)?;
            statement.query_row([], |row| row.get::<_, i64>(0))
        };
        let free = number("PRAGMA freelist_count")?;
        if free > VACUUMED_PAGES && free > number("PRAGMA page_count")? / 4 {
            self.run(&format!("PRAGMA incremental_vacuum({VACUUMED_PAGES})"))?;
        }
        Ok(())
    }

    fn ids(&self, sql: &str, values: impl Params) -> rusqlite::Result<Vec<i64>> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let ids = statement.query_map(values, |row| row.get(0))?;
        ids.collect()
    }
}

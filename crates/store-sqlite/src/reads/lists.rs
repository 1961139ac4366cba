//! Lists of executions.
//!
//! One index a scope, ordered by status and then by start, serves lists with a status and lists without: those merge the
//! ranges of all statuses, and read of each only what can still come onto the page.

use std::cmp::Reverse;
use std::sync::Arc;

use rusqlite::{Row, named_params, params};
use store::{ExecutionId, Kind, ListQuery, ListedStatus, Listing, Scope};

use super::{ReadError, Snapshot};
use crate::ids::{KINDS, STATUSES, status_number};

/// Columns that [`listing`] reads, of `executions e`.
pub(super) const LISTING: &str = "e.arn, e.name, e.kind, e.status, e.start_millis, e.stop_millis, e.redrive_count, \
    e.redrive_millis, e.item_count, \
    (SELECT name FROM names WHERE id = e.state_machine) AS state_machine, \
    (SELECT name FROM names WHERE id = e.version_arn) AS version_arn, \
    (SELECT name FROM names WHERE id = e.alias_arn) AS alias_arn, \
    (SELECT name FROM names WHERE id = e.map_run) AS map_run, \
    (SELECT name FROM names WHERE id = e.revision) AS revision";

pub(super) fn listing(row: &Row<'_>) -> Result<Listing, ReadError> {
    let status: u8 = row.get("status")?;
    let status = STATUSES.get(usize::from(status)).copied();
    Ok(Listing {
        name: row.get("name")?,
        state_machine_arn: row.get("state_machine")?,
        version_arn: row.get("version_arn")?,
        alias_arn: row.get("alias_arn")?,
        map_run_arn: row.get("map_run")?,
        item_count: row.get("item_count")?,
        kind: kind(row.get("kind")?)?,
        revision: row.get("revision")?,
        status: status.ok_or_else(|| ReadError::Corrupt("an unknown status".into()))?,
        start_millis: row.get("start_millis")?,
        stop_millis: row.get("stop_millis")?,
        redrive_count: row.get("redrive_count")?,
        redrive_millis: row.get("redrive_millis")?,
    })
}

pub(super) fn kind(number: u8) -> Result<Kind, ReadError> {
    let kind = KINDS.get(usize::from(number)).copied();
    kind.ok_or_else(|| ReadError::Corrupt("an unknown kind of execution".into()))
}

/// Where the executions of a scope stand: in an index, behind these ids of names.
struct Ranges {
    column: &'static str,
    index: &'static str,
    names: Vec<i64>,
    map_run: &'static str,
}

/// A page in the making: the best so far, best first.
struct Page {
    limit: usize,
    rows: Vec<(ExecutionId, Listing)>,
}

impl Page {
    /// What starts earlier does not come onto the page any more.
    fn floor(&self) -> i64 {
        match self.rows.last() {
            Some((_, listing)) if self.rows.len() >= self.limit => listing.start_millis,
            _ => i64::MIN,
        }
    }

    fn add(&mut self, rows: Vec<(ExecutionId, Listing)>) {
        self.rows.extend(rows);
        self.rows.sort_by(|(a, one), (b, other)| {
            (Reverse(one.start_millis), a).cmp(&(Reverse(other.start_millis), b))
        });
        self.rows.truncate(self.limit);
    }
}

impl Snapshot<'_> {
    pub(crate) fn list(&self, query: &ListQuery) -> Result<Vec<(ExecutionId, Listing)>, ReadError> {
        let mut page = Page {
            limit: query.limit,
            rows: Vec::new(),
        };
        if query.limit == 0 {
            return Ok(page.rows);
        }
        let Ranges {
            column,
            index,
            names,
            map_run,
        } = self.ranges(&query.scope)?;
        // Redriven ones are few among many, and have an index of their own.
        let index = match query.redriven {
            Some(true) => "executions_redriven".to_owned(),
            _ => format!("executions_by_{index}"),
        };
        let redriven = match query.redriven {
            Some(true) => "AND redrive_count > 0",
            Some(false) => "AND redrive_count = 0",
            None => "",
        };
        let sql = format!(
            "SELECT {LISTING} FROM executions e INDEXED BY {index}
             WHERE {column} = :name AND map_run {map_run} AND status = :status {redriven}
               AND start_millis BETWEEN :floor AND :start
               AND (start_millis < :start OR arn > :arn)
             ORDER BY start_millis DESC, arn LIMIT :limit"
        );
        for name in names {
            for status in STATUSES {
                if query.status.is_none_or(|wanted| wanted == status) {
                    let rows = self.range(&sql, name, status, query, page.floor())?;
                    page.add(rows);
                }
            }
        }
        Ok(page.rows)
    }

    pub(crate) fn count(
        &self,
        scope: &Scope,
        status: ListedStatus,
        limit: usize,
    ) -> Result<usize, ReadError> {
        let Ranges {
            column,
            index,
            names,
            map_run,
        } = self.ranges(scope)?;
        let mut count = self.prepare(&format!(
            "SELECT count(*) FROM (SELECT 1 FROM executions INDEXED BY executions_by_{index}
             WHERE {column} = ?1 AND map_run {map_run} AND status = ?2 LIMIT ?3)"
        ))?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut found = 0;
        for name in names {
            let values = params![name, status_number(status), limit - found];
            found += count.query_row(values, |row| row.get::<_, i64>(0))?;
        }
        // It is no more than the limit.
        Ok(usize::try_from(found).unwrap_or(usize::MAX))
    }

    /// Where the executions of a scope stand.
    fn ranges(&self, scope: &Scope) -> rusqlite::Result<Ranges> {
        let (column, index, names) = match scope {
            Scope::All => ("state_machine", "state_machine", self.state_machines()?),
            Scope::StateMachine(arn) => {
                ("state_machine", "state_machine", self.ids_of(arn, false)?)
            }
            Scope::Version(arn) => ("version_arn", "version", self.ids_of(arn, false)?),
            Scope::Alias(arn) => ("alias_arn", "alias", self.ids_of(arn, false)?),
            Scope::MapRun(arn) => ("map_run", "map_run", self.ids_of(arn, true)?),
        };
        Ok(Ranges {
            column,
            index,
            names,
            map_run: match scope {
                Scope::MapRun(_) => "IS NOT NULL",
                _ => "IS NULL",
            },
        })
    }

    fn range(
        &self,
        sql: &str,
        name: i64,
        status: ListedStatus,
        query: &ListQuery,
        floor: i64,
    ) -> Result<Vec<(ExecutionId, Listing)>, ReadError> {
        let mut find = self.prepare(sql)?;
        let after = query.after.as_ref();
        let mut rows = find.query(named_params! {
            ":name": name,
            ":status": status_number(status),
            ":floor": floor,
            ":start": after.map_or(i64::MAX, |cursor| cursor.start_millis),
            ":arn": after.map_or("", |cursor| &cursor.execution),
            ":limit": i64::try_from(query.limit).unwrap_or(i64::MAX),
        })?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push((row.get("arn")?, listing(row)?));
        }
        Ok(found)
    }

    fn ids_of(&self, arn: &Arc<str>, is_map_run: bool) -> rusqlite::Result<Vec<i64>> {
        let id = self.value(
            "SELECT id FROM names WHERE name = ?1 AND is_map_run = ?2",
            params![arn, is_map_run],
        )?;
        Ok(id.into_iter().collect())
    }

    /// State machines that have executions: one step in the index each.
    fn state_machines(&self) -> rusqlite::Result<Vec<i64>> {
        let mut found = Vec::new();
        while let Some(next) = self.value(
            "SELECT state_machine FROM executions INDEXED BY executions_by_state_machine
             WHERE map_run IS NULL AND state_machine > ?1 ORDER BY state_machine LIMIT 1",
            [found.last().copied().unwrap_or(0)],
        )? {
            found.push(next);
        }
        Ok(found)
    }
}

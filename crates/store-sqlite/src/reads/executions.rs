//! Executions read back.

use std::collections::BTreeMap;
use std::sync::Arc;

use interpreter::{CallKey, Encoded, ExecutionRecord, FrameId};
use query::Payload;
use rusqlite::{Row, params};
use store::{
    ExecutionId, Listing, MapRun, OpenCall, OpenExecution, Order, Outline, Segment, StoredExecution,
};

use super::lists::{LISTING, kind, listing};
use super::{ReadError, Records, Snapshot};
use crate::hash::{Hash, key};
use crate::ids::{NUMBERS, number, numbered, unsigned};

impl Snapshot<'_> {
    pub(crate) fn execution(&self, arn: &str) -> Result<Option<StoredExecution>, ReadError> {
        let Some((id, version, listing, header)) = self.head(arn)? else {
            return Ok(None);
        };
        let mut records = Records::new(self, id);
        Ok(Some(StoredExecution {
            version,
            listing,
            record: ExecutionRecord {
                header,
                frames: self.frames(id, &mut records)?,
                results: self.results(id, &mut records)?,
            },
            open_calls: self.open_calls(id, &mut records)?,
        }))
    }

    pub(crate) fn summary(&self, arn: &str) -> Result<Option<(Listing, Encoded)>, ReadError> {
        let head = self.head(arn)?;
        Ok(head.map(|(_, _, listing, header)| (listing, header)))
    }

    /// What stands in an execution's own row: its number, its version, its listing and its header.
    fn head(&self, arn: &str) -> Result<Option<(i64, u64, Listing, Encoded)>, ReadError> {
        let mut find = self.prepare(&format!(
            "SELECT {LISTING}, e.id, e.version, e.header, e.payloads FROM executions e WHERE key = ?1"
        ))?;
        let mut rows = find.query([key(arn)])?;
        let Some(row) = rows.next()? else {
            return Ok(None);
        };
        let id = row.get("id")?;
        let mut records = Records::new(self, id);
        let header = row.as_ref().column_index("header")?;
        Ok(Some((
            id,
            unsigned(row.get("version")?),
            listing(row)?,
            records.record(row, header)?,
        )))
    }

    fn id(&self, arn: &str) -> rusqlite::Result<Option<i64>> {
        self.value("SELECT id FROM executions WHERE key = ?1", [key(arn)])
    }

    fn frames(
        &self,
        id: i64,
        records: &mut Records<'_, '_>,
    ) -> Result<BTreeMap<FrameId, Encoded>, ReadError> {
        let mut find =
            self.prepare("SELECT id, record, payloads FROM frames WHERE id BETWEEN ?1 AND ?2")?;
        let mut rows = find.query(params![numbered(id, 0), numbered(id, NUMBERS - 1)])?;
        let mut frames = BTreeMap::new();
        while let Some(row) = rows.next()? {
            frames.insert(FrameId(number(row.get(0)?)), records.record(row, 1)?);
        }
        Ok(frames)
    }

    fn results(
        &self,
        id: i64,
        records: &mut Records<'_, '_>,
    ) -> Result<BTreeMap<(FrameId, u32), Payload>, ReadError> {
        let mut find =
            self.prepare("SELECT frame, item, text, payload FROM results WHERE execution = ?1")?;
        let mut rows = find.query([id])?;
        let mut results = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let payload = match row.get::<_, Option<Arc<str>>>(2)? {
                Some(text) => Payload::from_text_unchecked(text),
                None => records.payload(&row.get::<_, Hash>(3)?)?,
            };
            results.insert((FrameId(unsigned(row.get(0)?)), row.get(1)?), payload);
        }
        Ok(results)
    }

    fn open_calls(
        &self,
        id: i64,
        records: &mut Records<'_, '_>,
    ) -> Result<Vec<OpenCall>, ReadError> {
        let mut find = self.prepare(
            "SELECT frame, task, attempt, call, record, payloads FROM calls WHERE execution = ?1
             ORDER BY frame, task, attempt, call",
        )?;
        let mut rows = find.query([id])?;
        let mut calls = Vec::new();
        while let Some(row) = rows.next()? {
            calls.push(OpenCall {
                key: CallKey {
                    frame: FrameId(unsigned(row.get(0)?)),
                    task: unsigned(row.get(1)?),
                    attempt: row.get(2)?,
                    call: row.get(3)?,
                },
                call: records.record(row, 4)?,
            });
        }
        Ok(calls)
    }

    pub(crate) fn segments(
        &self,
        arn: &str,
        from_event_id: u64,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Segment>, ReadError> {
        self.each_segment(arn, from_event_id, order, limit, |records, row| {
            Ok(Segment {
                first_event_id: number(row.get(0)?),
                events: records.record(row, 1)?,
            })
        })
    }

    pub(crate) fn outlines(
        &self,
        arn: &str,
        from_event_id: u64,
        limit: usize,
    ) -> Result<Vec<Outline>, ReadError> {
        self.each_segment(
            arn,
            from_event_id,
            Order::Ascending,
            limit,
            |records, row| {
                let (events, payload_bytes) = records.outline(row, 1)?;
                let first_event_id = number(row.get(0)?);
                Ok(Outline {
                    segment: Segment {
                        first_event_id,
                        events,
                    },
                    payload_bytes,
                })
            },
        )
    }

    fn each_segment<T>(
        &self,
        arn: &str,
        from_event_id: u64,
        order: Order,
        limit: usize,
        read: impl Fn(&mut Records<'_, '_>, &Row<'_>) -> Result<T, ReadError>,
    ) -> Result<Vec<T>, ReadError> {
        let Some(id) = self.id(arn)? else {
            return Ok(Vec::new());
        };
        let (first, last) = (numbered(id, 0), numbered(id, NUMBERS - 1));
        let from = numbered(id, from_event_id.min(NUMBERS - 1));
        let holds: Option<i64> = self.value(
            "SELECT id FROM segments WHERE id BETWEEN ?1 AND ?2 ORDER BY id DESC LIMIT 1",
            [first, from],
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let (sql, values) = match (order, holds) {
            (Order::Ascending, holds) => (
                "SELECT id, events, payloads FROM segments WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT ?3",
                [holds.unwrap_or(first), last, limit],
            ),
            (Order::Descending, Some(holds)) => (
                "SELECT id, events, payloads FROM segments WHERE id BETWEEN ?1 AND ?2 ORDER BY id DESC LIMIT ?3",
                [first, holds, limit],
            ),
            (Order::Descending, None) => return Ok(Vec::new()),
        };
        let mut find = self.prepare(sql)?;
        let mut rows = find.query(values)?;
        let mut records = Records::new(self, id);
        let mut segments = Vec::new();
        while let Some(row) = rows.next()? {
            segments.push(read(&mut records, row)?);
        }
        Ok(segments)
    }

    pub(crate) fn open_executions(&self) -> Result<Vec<OpenExecution>, ReadError> {
        let mut find = self.prepare(
            "SELECT arn, kind, next_due_millis, EXISTS (SELECT 1 FROM calls WHERE execution = executions.id), 0
             FROM executions INDEXED BY executions_open WHERE ended = 0
             UNION ALL
             SELECT arn, kind, next_due_millis, 1, 1 FROM executions
             WHERE id IN (SELECT execution FROM calls) AND ended = 1",
        )?;
        let mut rows = find.query([])?;
        let mut open = Vec::new();
        while let Some(row) = rows.next()? {
            open.push(OpenExecution {
                execution: row.get(0)?,
                kind: kind(row.get(1)?)?,
                next_due_millis: row.get(2)?,
                has_open_calls: row.get(3)?,
                has_ended: row.get(4)?,
            });
        }
        Ok(open)
    }

    pub(crate) fn map_run(&self, arn: &str) -> Result<Option<(ExecutionId, MapRun)>, ReadError> {
        let mut find = self.prepare(
            "SELECT e.arn, e.id, n.name, m.start_millis, m.record, m.payloads
             FROM names n JOIN map_runs m ON m.id = n.id JOIN executions e ON e.id = m.execution
             WHERE n.name = ?1 AND n.is_map_run = 1",
        )?;
        let mut rows = find.query([arn])?;
        let Some(row) = rows.next()? else {
            return Ok(None);
        };
        Ok(Some((row.get(0)?, self.run(row)?)))
    }

    pub(crate) fn map_runs(&self, arn: &str) -> Result<Vec<MapRun>, ReadError> {
        let Some(id) = self.id(arn)? else {
            return Ok(Vec::new());
        };
        let mut find = self.prepare(
            "SELECT NULL, m.execution, n.name, m.start_millis, m.record, m.payloads
             FROM map_runs m JOIN names n ON n.id = m.id WHERE m.execution = ?1 ORDER BY m.start_millis, n.name",
        )?;
        let mut rows = find.query([id])?;
        let mut runs = Vec::new();
        while let Some(row) = rows.next()? {
            runs.push(self.run(row)?);
        }
        Ok(runs)
    }

    fn run(&self, row: &Row<'_>) -> Result<MapRun, ReadError> {
        Ok(MapRun {
            arn: row.get(2)?,
            start_millis: row.get(3)?,
            record: Records::new(self, row.get(1)?).record(row, 4)?,
        })
    }
}

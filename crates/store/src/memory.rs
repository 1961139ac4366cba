//! The reference store: everything in maps, nothing durable. `stepwright run` lives on it.

use std::collections::{BTreeMap, BTreeSet};

use interpreter::{CallKey, ExecutionRecord, FrameId};

use crate::{Error, ExecutionId, OpenExecution, Segment, Store, StoredExecution, Unit};

#[derive(Debug, Default)]
pub struct MemoryStore {
    executions: BTreeMap<ExecutionId, Row>,
}

#[derive(Debug, Default)]
struct Row {
    version: u64,
    record: ExecutionRecord,
    segments: Vec<Segment>,
    open_calls: BTreeSet<CallKey>,
    next_due_millis: Option<i64>,
    ended: bool,
}

impl MemoryStore {
    pub fn new() -> MemoryStore {
        MemoryStore::default()
    }
}

impl Store for MemoryStore {
    fn commit(&mut self, units: Vec<Unit>) -> Result<Vec<Result<(), Error>>, Error> {
        Ok(units.into_iter().map(|unit| self.apply(unit)).collect())
    }

    fn execution(&self, id: &ExecutionId) -> Result<Option<StoredExecution>, Error> {
        Ok(self.executions.get(id).map(|row| StoredExecution {
            version: row.version,
            record: row.record.clone(),
            open_calls: row.open_calls.iter().copied().collect(),
        }))
    }

    fn segments(&self, id: &ExecutionId, from_event_id: u64) -> Result<Vec<Segment>, Error> {
        let Some(row) = self.executions.get(id) else {
            return Ok(Vec::new());
        };
        let first = row
            .segments
            .partition_point(|segment| segment.first_event_id <= from_event_id)
            .saturating_sub(1);
        Ok(row.segments[first..].to_vec())
    }

    fn open_executions(&self) -> Result<Vec<OpenExecution>, Error> {
        let open = self.executions.iter().filter(|(_, row)| !row.ended);
        Ok(open
            .map(|(id, row)| OpenExecution {
                execution: id.clone(),
                next_due_millis: row.next_due_millis,
            })
            .collect())
    }
}

impl MemoryStore {
    fn apply(&mut self, unit: Unit) -> Result<(), Error> {
        let version = self
            .executions
            .get(&unit.execution)
            .map_or(0, |row| row.version);
        if version != unit.expected_version {
            return Err(Error::Conflict(unit.execution));
        }
        let row = self.executions.entry(unit.execution).or_default();
        row.version += 1;
        row.record.header = unit.header;
        row.record.frames.extend(unit.frames);
        for id in &unit.removed_frames {
            row.record.frames.remove(id);
        }
        for &id in &unit.dropped_results {
            let all = (id, 0)..=(id, u32::MAX);
            let keys: Vec<(FrameId, u32)> =
                row.record.results.range(all).map(|(&key, _)| key).collect();
            keys.iter()
                .for_each(|key| drop(row.record.results.remove(key)));
        }
        row.record.results.extend(unit.results);
        row.segments.extend(unit.events);
        row.open_calls.extend(unit.opened_calls);
        for key in &unit.closed_calls {
            row.open_calls.remove(key);
        }
        row.next_due_millis = unit.next_due_millis;
        row.ended = unit.ended;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::MemoryStore;

    #[test]
    fn keeps_the_contract() {
        crate::conformance::check(&mut || Box::new(MemoryStore::new()));
    }
}

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
    use super::*;
    use interpreter::Encoded;
    use query::Payload;

    fn unit(expected_version: u64) -> Unit {
        Unit {
            execution: "e".into(),
            expected_version,
            header: Encoded::default(),
            frames: vec![],
            removed_frames: vec![],
            results: vec![],
            dropped_results: vec![],
            events: None,
            opened_calls: vec![],
            closed_calls: vec![],
            next_due_millis: None,
            ended: false,
        }
    }

    #[test]
    fn a_version_is_taken_once_and_units_fail_alone() {
        let mut store = MemoryStore::new();
        let answers = store.commit(vec![unit(0), unit(0), unit(1)]).unwrap();
        assert_eq!(answers, [Ok(()), Err(Error::Conflict("e".into())), Ok(())]);
        assert_eq!(store.execution(&"e".into()).unwrap().unwrap().version, 2);
    }

    #[test]
    fn dropped_results_go_with_their_frame_only() {
        let mut store = MemoryStore::new();
        let results = |id| {
            vec![
                ((FrameId(id), 0), Payload::null()),
                ((FrameId(id), 7), Payload::null()),
            ]
        };
        store
            .commit(vec![Unit {
                results: [results(1), results(2)].concat(),
                ..unit(0)
            }])
            .unwrap();
        store
            .commit(vec![Unit {
                dropped_results: vec![FrameId(1)],
                ..unit(1)
            }])
            .unwrap();
        let left = store
            .execution(&"e".into())
            .unwrap()
            .unwrap()
            .record
            .results;
        assert_eq!(
            left.into_keys().collect::<Vec<_>>(),
            [(FrameId(2), 0), (FrameId(2), 7)]
        );
    }

    #[test]
    fn segments_begin_where_asked() {
        let mut store = MemoryStore::new();
        for (version, first_event_id) in [(0, 1), (1, 5), (2, 9)] {
            let events = Some(Segment {
                first_event_id,
                events: Encoded::default(),
            });
            store
                .commit(vec![Unit {
                    events,
                    ..unit(version)
                }])
                .unwrap();
        }
        let firsts = |from| {
            store
                .segments(&"e".into(), from)
                .unwrap()
                .iter()
                .map(|s| s.first_event_id)
                .collect::<Vec<_>>()
        };
        assert_eq!(firsts(0), [1, 5, 9]);
        assert_eq!(firsts(6), [5, 9]);
        assert_eq!(firsts(9), [9]);
    }

    #[test]
    fn ended_executions_are_not_open() {
        let mut store = MemoryStore::new();
        store
            .commit(vec![Unit {
                next_due_millis: Some(7),
                ..unit(0)
            }])
            .unwrap();
        assert_eq!(
            store.open_executions().unwrap(),
            [OpenExecution {
                execution: "e".into(),
                next_due_millis: Some(7)
            }]
        );
        store
            .commit(vec![Unit {
                ended: true,
                ..unit(1)
            }])
            .unwrap();
        assert!(store.open_executions().unwrap().is_empty());
    }
}

//! The reference store: everything in maps, nothing durable.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use interpreter::{CallKey, Encoded, ExecutionRecord};

use crate::{
    AuditEntry, Cursor, Document, DocumentWrite, Error, ExecutionId, Kind, ListQuery, Listing,
    MapRun, OpenCall, OpenExecution, Order, Scope, Segment, Store, StoredExecution, Unit,
};

#[derive(Debug, Default)]
pub struct MemoryStore {
    data: Mutex<Data>,
}

/// Collection and key.
type DocumentKey = (Arc<str>, Arc<str>);

#[derive(Debug, Default)]
struct Data {
    executions: BTreeMap<ExecutionId, Row>,
    documents: BTreeMap<DocumentKey, (u64, Arc<str>)>,
    audit: Vec<AuditEntry>,
}

#[derive(Debug)]
struct Row {
    version: u64,
    listing: Listing,
    record: ExecutionRecord,
    segments: Vec<Segment>,
    open_calls: BTreeMap<CallKey, OpenCall>,
    map_runs: BTreeMap<Arc<str>, MapRun>,
    next_due_millis: Option<i64>,
    ended: bool,
}

impl MemoryStore {
    pub fn new() -> MemoryStore {
        MemoryStore::default()
    }

    fn data(&self) -> MutexGuard<'_, Data> {
        self.data.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn commit(&self, units: Vec<Unit>) -> Result<Vec<Result<(), Error>>, Error> {
        let mut data = self.data();
        Ok(units.into_iter().map(|unit| data.apply(unit)).collect())
    }

    fn write(&self, writes: Vec<DocumentWrite>, audit: Option<AuditEntry>) -> Result<(), Error> {
        let mut data = self.data();
        let mut changed = BTreeMap::new();
        for write in writes {
            let key = (write.collection, write.key);
            let now = changed
                .get(&key)
                .unwrap_or(&data.documents.get(&key).cloned())
                .clone();
            let version = now.map_or(0, |(version, _)| version);
            if write
                .expected_version
                .is_some_and(|expected| expected != version)
            {
                return Err(Error::Conflict(key.1));
            }
            changed.insert(key, write.body.map(|body| (version + 1, body)));
        }
        for (key, document) in changed {
            match document {
                Some(document) => data.documents.insert(key, document),
                None => data.documents.remove(&key),
            };
        }
        data.audit.extend(audit);
        Ok(())
    }

    fn execution(&self, id: &ExecutionId) -> Result<Option<StoredExecution>, Error> {
        Ok(self.data().executions.get(id).map(|row| StoredExecution {
            version: row.version,
            listing: row.listing.clone(),
            record: row.record.clone(),
            open_calls: row.open_calls.values().cloned().collect(),
        }))
    }

    fn summary(&self, id: &ExecutionId) -> Result<Option<(Listing, Encoded)>, Error> {
        let data = self.data();
        let row = data.executions.get(id);
        Ok(row.map(|row| (row.listing.clone(), row.record.header.clone())))
    }

    fn list(&self, query: &ListQuery) -> Result<Vec<(ExecutionId, Listing)>, Error> {
        let data = self.data();
        let mut found: Vec<(&ExecutionId, &Listing)> = data
            .executions
            .iter()
            .map(|(id, row)| (id, &row.listing))
            .filter(|(id, listing)| is_listed(query, id, listing))
            .collect();
        found.sort_by_key(|(id, listing)| (std::cmp::Reverse(listing.start_millis), *id));
        let page = found.into_iter().take(query.limit);
        Ok(page
            .map(|(id, listing)| (id.clone(), listing.clone()))
            .collect())
    }

    fn segments(
        &self,
        id: &ExecutionId,
        from_event_id: u64,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Segment>, Error> {
        let data = self.data();
        let Some(row) = data.executions.get(id) else {
            return Ok(Vec::new());
        };
        let behind = row
            .segments
            .partition_point(|segment| segment.first_event_id <= from_event_id);
        Ok(match order {
            Order::Ascending => {
                let first = behind.saturating_sub(1);
                row.segments[first..].iter().take(limit).cloned().collect()
            }
            Order::Descending => row.segments[..behind]
                .iter()
                .rev()
                .take(limit)
                .cloned()
                .collect(),
        })
    }

    fn open_executions(&self) -> Result<Vec<OpenExecution>, Error> {
        let data = self.data();
        let is_open = |row: &Row| !row.ended || !row.open_calls.is_empty();
        let open = data.executions.iter().filter(|(_, row)| is_open(row));
        Ok(open
            .map(|(id, row)| OpenExecution {
                execution: id.clone(),
                kind: row.listing.kind,
                next_due_millis: row.next_due_millis,
                has_open_calls: !row.open_calls.is_empty(),
                has_ended: row.ended,
            })
            .collect())
    }

    fn map_run(&self, arn: &str) -> Result<Option<(ExecutionId, MapRun)>, Error> {
        let data = self.data();
        let mut all = data.executions.iter();
        Ok(all.find_map(|(id, row)| Some((id.clone(), row.map_runs.get(arn)?.clone()))))
    }

    fn map_runs(&self, id: &ExecutionId) -> Result<Vec<MapRun>, Error> {
        let data = self.data();
        let row = data.executions.get(id);
        let mut runs: Vec<MapRun> =
            row.map_or_else(Vec::new, |row| row.map_runs.values().cloned().collect());
        runs.sort_by_key(|run| run.start_millis);
        Ok(runs)
    }

    fn document(&self, collection: &str, key: &str) -> Result<Option<Document>, Error> {
        let data = self.data();
        let key: DocumentKey = (collection.into(), key.into());
        Ok(data.documents.get(&key).map(|row| document(&key, row)))
    }

    fn documents(
        &self,
        collection: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Document>, Error> {
        let data = self.data();
        let first = match after {
            Some(after) => Bound::Excluded((collection.into(), after.into())),
            None => Bound::Included((collection.into(), Arc::from(""))),
        };
        let behind = data
            .documents
            .range::<DocumentKey, _>((first, Bound::Unbounded));
        let page = behind
            .take_while(|((other, _), _)| other.as_ref() == collection)
            .take(limit);
        Ok(page.map(|(key, row)| document(key, row)).collect())
    }

    fn revision_is_used(&self, revision: &str) -> Result<bool, Error> {
        let data = self.data();
        let mut all = data.executions.values();
        Ok(all.any(|row| row.listing.revision.as_ref() == revision))
    }

    fn audit(&self, after: u64, limit: usize) -> Result<Vec<(u64, AuditEntry)>, Error> {
        let data = self.data();
        let numbered = (1..).zip(data.audit.iter().cloned());
        let skipped = usize::try_from(after).unwrap_or(usize::MAX);
        Ok(numbered.skip(skipped).take(limit).collect())
    }

    fn remove_ended_before(&self, stop_millis: i64, limit: usize) -> Result<usize, Error> {
        let mut data = self.data();
        let ended = data.executions.iter().filter(|(_, row)| row.ended);
        let mut old: Vec<(i64, ExecutionId)> = ended
            .filter_map(|(id, row)| Some((row.listing.stop_millis?, id.clone())))
            .filter(|(stop, _)| *stop < stop_millis)
            .collect();
        old.sort();
        old.truncate(limit);
        for (_, id) in &old {
            data.executions.remove(id);
        }
        Ok(old.len())
    }
}

fn is_listed(query: &ListQuery, id: &ExecutionId, listing: &Listing) -> bool {
    let is = |arn: &Option<Arc<str>>, wanted: &Arc<str>| arn.as_ref() == Some(wanted);
    let in_scope = match &query.scope {
        Scope::MapRun(arn) => is(&listing.map_run_arn, arn),
        _ if listing.map_run_arn.is_some() => false,
        Scope::All => true,
        Scope::StateMachine(arn) => listing.state_machine_arn == *arn,
        Scope::Version(arn) => is(&listing.version_arn, arn),
        Scope::Alias(arn) => is(&listing.alias_arn, arn),
    };
    let is_behind = |cursor: &Cursor| {
        listing.start_millis < cursor.start_millis
            || (listing.start_millis == cursor.start_millis && *id > cursor.execution)
    };
    in_scope
        && query.status.is_none_or(|status| listing.status == status)
        && query
            .redriven
            .is_none_or(|redriven| (listing.redrive_count > 0) == redriven)
        && query.after.as_ref().is_none_or(is_behind)
}

fn document(key: &DocumentKey, (version, body): &(u64, Arc<str>)) -> Document {
    Document {
        collection: key.0.clone(),
        key: key.1.clone(),
        version: *version,
        body: body.clone(),
    }
}

impl Data {
    fn apply(&mut self, unit: Unit) -> Result<(), Error> {
        let known = self.executions.get(&unit.execution);
        if known.map_or(0, |row| row.version) != unit.expected_version {
            return Err(Error::Conflict(unit.execution));
        }
        let is_express = |listing: &Listing| listing.kind == Kind::Express;
        let express = unit
            .listing
            .as_ref()
            .or(known.map(|row| &row.listing))
            .is_some_and(is_express);
        if unit.ended && express {
            self.executions.remove(&unit.execution);
            self.audit.extend(unit.audit);
            return Ok(());
        }
        let row = match (self.executions.get_mut(&unit.execution), unit.listing) {
            (Some(row), Some(listing)) => {
                row.listing = listing;
                row
            }
            (Some(row), None) => row,
            (None, Some(listing)) => self.executions.entry(unit.execution).or_insert(Row {
                version: 0,
                listing,
                record: ExecutionRecord::default(),
                segments: Vec::new(),
                open_calls: BTreeMap::new(),
                map_runs: BTreeMap::new(),
                next_due_millis: None,
                ended: false,
            }),
            (None, None) => {
                return Err(Error::created_without_listing(&unit.execution));
            }
        };
        row.version += 1;
        row.record.header = unit.header;
        row.record.frames.extend(unit.frames);
        for id in &unit.removed_frames {
            row.record.frames.remove(id);
        }
        let dropped: BTreeSet<_> = unit.dropped_results.into_iter().collect();
        row.record
            .results
            .retain(|(frame, _), _| !dropped.contains(frame));
        row.record.results.extend(unit.results);
        row.segments.extend(unit.events);
        row.open_calls
            .extend(unit.opened_calls.into_iter().map(|call| (call.key, call)));
        for key in &unit.closed_calls {
            row.open_calls.remove(key);
        }
        row.map_runs
            .extend(unit.map_runs.into_iter().map(|run| (run.arn.clone(), run)));
        row.next_due_millis = unit.next_due_millis;
        row.ended = unit.ended;
        self.audit.extend(unit.audit);
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

    #[test]
    fn is_the_same_as_itself() {
        crate::conformance::differential(&mut || Box::new(MemoryStore::new()), 0..20);
    }
}

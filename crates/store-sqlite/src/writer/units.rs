//! Units into rows. Everything that can fail a unit alone is looked at before its first row is written.

use interpreter::Encoded;
use query::Payload;
use rusqlite::{OptionalExtension, Row, params};
use store::{AuditEntry, Error, Kind, Listing, Unit};

use super::Session;
use crate::hash::{self, Hashes, Key, is_shared};
use crate::ids::{NUMBERS, kind_number, numbered, signed, status_number, unsigned};

/// What is known of an execution before its unit.
struct Head {
    id: i64,
    version: u64,
    ended: bool,
    is_express: bool,
}

impl Session<'_> {
    pub(super) fn unit(
        &mut self,
        unit: &Unit,
        hashes: &Hashes,
    ) -> rusqlite::Result<Result<(), Error>> {
        let key = hash::key(&unit.execution);
        let head = self.head(&key)?;
        if head.as_ref().map_or(0, |head| head.version) != unit.expected_version {
            return Ok(Err(Error::Conflict(unit.execution.clone())));
        }
        if let Some(error) = unstorable(unit) {
            return Ok(Err(error));
        }
        let is_express = match (&unit.listing, &head) {
            (Some(listing), _) => listing.kind == Kind::Express,
            (None, Some(head)) => head.is_express,
            (None, None) => return Ok(Err(Error::created_without_listing(&unit.execution))),
        };
        if unit.ended && is_express {
            if let Some(head) = head {
                self.remove(&[head.id])?;
            }
        } else {
            let id = match head {
                Some(head) => self.update(&head, unit, hashes)?,
                None => self.insert(&key, unit, hashes)?,
            };
            self.parts(id, unit, hashes)?;
        }
        if let Some(entry) = &unit.audit {
            self.audit(entry)?;
        }
        Ok(Ok(()))
    }

    fn head(&self, key: &Key) -> rusqlite::Result<Option<Head>> {
        let mut find = self
            .connection
            .prepare_cached("SELECT id, version, ended, kind FROM executions WHERE key = ?1")?;
        let head = |row: &Row<'_>| {
            Ok(Head {
                id: row.get(0)?,
                version: unsigned(row.get(1)?),
                ended: row.get(2)?,
                is_express: row.get::<_, i64>(3)? == kind_number(Kind::Express),
            })
        };
        find.query_row([key], head).optional()
    }

    fn insert(&mut self, key: &Key, unit: &Unit, hashes: &Hashes) -> rusqlite::Result<i64> {
        let mut insert = self.connection.prepare_cached(
            "INSERT INTO executions (key, version, arn, header, next_due_millis, ended, payloads,
               kind, status, start_millis, stop_millis, redrive_count, redrive_millis, item_count, name,
               state_machine, version_arn, alias_arn, map_run, revision)
             VALUES (?1, 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)",
        )?;
        let listing = unit.listing.as_ref();
        let listing = listing.ok_or(rusqlite::Error::InvalidQuery)?;
        let names = self.listed_names(listing)?;
        let id = insert.insert(params![
            key,
            unit.execution,
            unit.header.bytes,
            unit.next_due_millis,
            unit.ended,
            references(&unit.header, hashes),
            kind_number(listing.kind),
            status_number(listing.status),
            listing.start_millis,
            listing.stop_millis,
            listing.redrive_count,
            listing.redrive_millis,
            listing.item_count,
            listing.name,
            names.state_machine,
            names.version,
            names.alias,
            names.map_run,
            names.revision,
        ])?;
        self.payloads(id, &unit.header.payloads, hashes)?;
        Ok(id)
    }

    fn update(&mut self, head: &Head, unit: &Unit, hashes: &Hashes) -> rusqlite::Result<i64> {
        let id = head.id;
        // Names no column of an index: most steps change none, and SQLite writes the entries of all that are named anew.
        self.execute(
            "UPDATE executions SET version = ?2, header = ?3, payloads = ?4, next_due_millis = ?5 WHERE id = ?1",
            params![
                id,
                signed(head.version + 1),
                unit.header.bytes,
                references(&unit.header, hashes),
                unit.next_due_millis,
            ],
        )?;
        self.payloads(id, &unit.header.payloads, hashes)?;
        if let Some(listing) = &unit.listing {
            let names = self.listed_names(listing)?;
            self.execute(
                "UPDATE executions SET ended = ?2, kind = ?3, status = ?4, start_millis = ?5, stop_millis = ?6,
                   redrive_count = ?7, redrive_millis = ?8, item_count = ?9, name = ?10,
                   state_machine = ?11, version_arn = ?12, alias_arn = ?13, map_run = ?14, revision = ?15
                 WHERE id = ?1",
                params![
                    id,
                    unit.ended,
                    kind_number(listing.kind),
                    status_number(listing.status),
                    listing.start_millis,
                    listing.stop_millis,
                    listing.redrive_count,
                    listing.redrive_millis,
                    listing.item_count,
                    listing.name,
                    names.state_machine,
                    names.version,
                    names.alias,
                    names.map_run,
                    names.revision,
                ],
            )?;
        } else if unit.ended != head.ended {
            self.execute(
                "UPDATE executions SET ended = ?2 WHERE id = ?1",
                params![id, unit.ended],
            )?;
        }
        Ok(id)
    }

    fn listed_names(&mut self, listing: &Listing) -> rusqlite::Result<ListedNames> {
        let mut optional = |arn: &Option<_>| arn.as_ref().map(|arn| self.name(arn)).transpose();
        Ok(ListedNames {
            version: optional(&listing.version_arn)?,
            alias: optional(&listing.alias_arn)?,
            state_machine: self.name(&listing.state_machine_arn)?,
            map_run: match &listing.map_run_arn {
                Some(arn) => Some(self.map_run_name(arn)?),
                None => None,
            },
            revision: self.name(&listing.revision)?,
        })
    }

    /// All of a unit that stands beside its row in `executions`, in the order in which the contract has it.
    fn parts(&mut self, id: i64, unit: &Unit, hashes: &Hashes) -> rusqlite::Result<()> {
        for (frame, record) in &unit.frames {
            self.execute(
                "INSERT OR REPLACE INTO frames (id, record, payloads) VALUES (?1, ?2, ?3)",
                params![
                    numbered(id, frame.0),
                    record.bytes,
                    references(record, hashes)
                ],
            )?;
            self.payloads(id, &record.payloads, hashes)?;
        }
        for frame in &unit.removed_frames {
            let row = numbered(id, frame.0);
            self.execute("DELETE FROM frames WHERE id = ?1", [row])?;
        }
        for frame in &unit.dropped_results {
            self.execute(
                "DELETE FROM results WHERE execution = ?1 AND frame = ?2",
                params![id, signed(frame.0)],
            )?;
        }
        for ((frame, item), payload) in &unit.results {
            let shared = is_shared(payload);
            if shared {
                self.payloads(id, std::slice::from_ref(payload), hashes)?;
            }
            self.execute(
                "INSERT OR REPLACE INTO results (execution, frame, item, text, payload) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    id,
                    signed(frame.0),
                    item,
                    (!shared).then(|| payload.text()),
                    shared.then(|| hashes.get(payload)),
                ],
            )?;
        }
        if let Some(segment) = &unit.events {
            self.execute(
                "INSERT INTO segments (id, events, payloads) VALUES (?1, ?2, ?3)",
                params![
                    numbered(id, segment.first_event_id),
                    segment.events.bytes,
                    references(&segment.events, hashes),
                ],
            )?;
            self.payloads(id, &segment.events.payloads, hashes)?;
        }
        for open in &unit.opened_calls {
            let key = open.key;
            self.execute(
                "INSERT OR REPLACE INTO calls (execution, frame, task, attempt, call, record, payloads)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    id,
                    signed(key.frame.0),
                    signed(key.task),
                    key.attempt,
                    key.call,
                    open.call.bytes,
                    references(&open.call, hashes),
                ],
            )?;
            self.payloads(id, &open.call.payloads, hashes)?;
        }
        for key in &unit.closed_calls {
            self.execute(
                "DELETE FROM calls WHERE execution = ?1 AND frame = ?2 AND task = ?3 AND attempt = ?4 AND call = ?5",
                params![id, signed(key.frame.0), signed(key.task), key.attempt, key.call],
            )?;
        }
        for run in &unit.map_runs {
            let name = self.map_run_name(&run.arn)?;
            self.execute(
                "INSERT OR REPLACE INTO map_runs (id, execution, start_millis, record, payloads)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    name,
                    id,
                    run.start_millis,
                    run.record.bytes,
                    references(&run.record, hashes),
                ],
            )?;
            self.payloads(id, &run.record.payloads, hashes)?;
        }
        Ok(())
    }

    /// Writes those that the execution does not have yet.
    fn payloads(
        &mut self,
        execution: i64,
        payloads: &[Payload],
        hashes: &Hashes,
    ) -> rusqlite::Result<()> {
        for payload in payloads {
            let hash = hashes.get(payload);
            if !self.stored_payloads.insert((execution, hash)) {
                continue;
            }
            let mut find = self
                .connection
                .prepare_cached("SELECT 1 FROM payloads WHERE execution = ?1 AND hash = ?2")?;
            if !find.exists(params![execution, hash])? {
                self.execute(
                    "INSERT INTO payloads (execution, hash, text) VALUES (?1, ?2, ?3)",
                    params![execution, hash, payload.text()],
                )?;
            }
        }
        Ok(())
    }

    pub(super) fn audit(&self, entry: &AuditEntry) -> rusqlite::Result<()> {
        self.execute(
            "INSERT INTO audit (at_millis, principal, source, action, resource) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                entry.at_millis,
                entry.principal,
                entry.source,
                entry.action,
                entry.resource
            ],
        )
        .map(drop)
    }
}

struct ListedNames {
    state_machine: i64,
    version: Option<i64>,
    alias: Option<i64>,
    map_run: Option<i64>,
    revision: i64,
}

/// SQLite's limit for one value is 1,000,000,000 bytes.
const LONGEST: usize = 900_000_000;

/// Numbers and sizes for which there is no room: a defect elsewhere, but one unit's, not that of all who share its transaction.
fn unstorable(unit: &Unit) -> Option<Error> {
    let written = unit.frames.iter().map(|(frame, _)| frame);
    let numbers = written.chain(&unit.removed_frames).map(|frame| frame.0);
    let events = unit.events.iter().map(|segment| segment.first_event_id);
    let what = if numbers.chain(events).any(|number| number >= NUMBERS) {
        "a frame or an event with a number"
    } else if hash::records(unit).any(|record| {
        let payloads = record.payloads.iter().map(Payload::len);
        payloads
            .chain([record.bytes.len()])
            .any(|len| len > LONGEST)
    }) || unit
        .results
        .iter()
        .any(|(_, result)| result.len() > LONGEST)
    {
        "a record"
    } else {
        return None;
    };
    let id = &unit.execution;
    Some(Error::Corrupt(format!(
        "{id} has {what} too large for the store"
    )))
}

/// The hashes of a record's payloads, one after the other.
fn references(record: &Encoded, hashes: &Hashes) -> Option<Vec<u8>> {
    let payloads = &record.payloads;
    (!payloads.is_empty()).then(|| payloads.iter().flat_map(|p| hashes.get(p)).collect())
}

//! Random commits, writes and reads: the store under test has to answer as [`MemoryStore`] does.

use std::ops::Range;
use std::sync::Arc;

use interpreter::{Encoded, FrameId};
use query::Payload;

use super::{Make, audited, call, key, unit};
use crate::{
    Cursor, DocumentWrite, ExecutionId, Kind, ListQuery, ListedStatus, Listing, MapRun,
    MemoryStore, Order, Scope, Segment, Store, Unit,
};

const STEPS: usize = 60;

/// Runs one random session a seed and compares all answers.
///
/// # Panics
/// When the store differs from the reference; the message names the seed.
pub fn differential(make: &mut Make<'_>, seeds: Range<u64>) {
    for seed in seeds {
        let mut session = Session {
            seed,
            random: Random(seed),
            reference: MemoryStore::new(),
            tested: make(),
        };
        for _ in 0..STEPS {
            session.step();
        }
        session.compare_all();
    }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// One time in `n`.
    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize].clone()
    }

    fn maybe<T>(&mut self, one_in: u64, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.one_in(one_in).then(|| make(self))
    }

    fn some<T>(&mut self, at_most: u64, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(at_most + 1)).map(|_| make(self)).collect()
    }

    fn execution(&mut self) -> ExecutionId {
        format!("arn:e{}", self.below(12)).into()
    }

    /// Few texts, so that they repeat; some longer than what stands inside of a record.
    fn payload(&mut self) -> Payload {
        let length = self.pick(&[1, 10, 900, 4_096, 4_097, 20_000]);
        let letter = self.pick(&["a", "é", "\""]);
        Payload::from_value(letter.repeat(length).into())
    }

    fn record(&mut self) -> Encoded {
        let length = self.pick(&[0, 3, 300, 5_000]);
        Encoded {
            bytes: vec![self.next() as u8; length],
            payloads: match self.one_in(3) {
                true => self.some(2, Random::payload),
                false => vec![],
            },
        }
    }

    fn listing(&mut self, execution: &ExecutionId) -> Listing {
        let machine = self.pick(&["m", "n"]);
        let arn = |suffix| Arc::from(format!("{machine}:{suffix}"));
        Listing {
            name: execution.clone(),
            state_machine_arn: machine.into(),
            version_arn: self.maybe(2, |_| arn("1")),
            alias_arn: self.maybe(3, |_| arn("live")),
            map_run_arn: self.maybe(4, |_| arn("run")),
            item_count: self.maybe(2, |random| random.below(9) as u32),
            kind: match self.one_in(4) {
                true => Kind::Express,
                false => Kind::Standard,
            },
            revision: arn(self.pick(&["r1", "r2"])),
            status: self.pick(&STATUSES),
            start_millis: self.below(5) as i64,
            stop_millis: self.maybe(2, |random| random.below(9) as i64),
            redrive_count: self.below(2) as u32,
            redrive_millis: self.maybe(2, |random| random.below(9) as i64),
        }
    }
}

const STATUSES: [ListedStatus; 6] = [
    ListedStatus::Running,
    ListedStatus::Succeeded,
    ListedStatus::Failed,
    ListedStatus::TimedOut,
    ListedStatus::Aborted,
    ListedStatus::PendingRedrive,
];

struct Session {
    seed: u64,
    random: Random,
    reference: MemoryStore,
    tested: Box<dyn Store>,
}

impl Session {
    #[track_caller]
    fn same<T: PartialEq + std::fmt::Debug>(&self, what: &str, ask: impl Fn(&dyn Store) -> T) {
        let expected = ask(&self.reference);
        let found = ask(self.tested.as_ref());
        assert_eq!(found, expected, "seed {}: {what}", self.seed);
    }

    fn step(&mut self) {
        match self.random.below(10) {
            0..5 => self.commit(),
            5 => self.write(),
            6 => self.list(),
            7 => {
                let id = self.random.execution();
                self.compare_execution(&id);
            }
            8 => {
                let revision = self.random.pick(&["m:r1", "n:r2", "x"]);
                self.same(revision, |store| store.revision_is_used(revision));
            }
            _ => {
                if self.random.one_in(3) {
                    let before = self.random.below(10) as i64;
                    let limit = self.random.below(4) as usize;
                    self.same("removed", |store| store.remove_ended_before(before, limit));
                }
            }
        }
    }

    fn commit(&mut self) {
        let mut units: Vec<Unit> = Vec::new();
        for _ in 0..1 + self.random.below(5) {
            let id = self.random.execution();
            units.push(self.unit(id, &units));
        }
        self.same("commit", |store| store.commit(units.clone()));
    }

    /// A step of `execution` behind those that the batch holds already.
    fn unit(&mut self, execution: ExecutionId, before: &[Unit]) -> Unit {
        let stored = self.reference.execution(&execution).expect("reads");
        let steps = before.iter().filter(|unit| unit.execution == execution);
        let version = stored.as_ref().map_or(0, |stored| stored.version) + steps.count() as u64;
        let last = self
            .reference
            .segments(&execution, u64::MAX, Order::Ascending, 1);
        let last = last.expect("reads").first().map_or(0, |s| s.first_event_id);
        let random = &mut self.random;
        let frame = |random: &mut Random| FrameId(random.below(4));
        let key = |random: &mut Random| key(random.below(3), random.below(2) as u32);
        Unit {
            expected_version: match random.one_in(8) {
                true => random.below(4),
                false => version,
            },
            listing: match version == 0 && !random.one_in(10) || random.one_in(4) {
                true => Some(random.listing(&execution)),
                false => None,
            },
            header: random.record(),
            frames: random.some(2, |random| (frame(random), random.record())),
            removed_frames: random.some(1, frame),
            dropped_results: random.some(1, frame),
            results: random.some(3, |random| {
                ((frame(random), random.below(4) as u32), random.payload())
            }),
            events: random.maybe(2, |random| Segment {
                first_event_id: last + 1 + 10 * before.len() as u64 + random.below(10),
                events: random.record(),
            }),
            opened_calls: random.some(2, |random| call(key(random))),
            closed_calls: random.some(1, key),
            map_runs: random.some(1, |random| MapRun {
                arn: format!("{execution}:run:{}", random.below(3)).into(),
                start_millis: random.below(3) as i64,
                record: random.record(),
            }),
            next_due_millis: random.maybe(2, |random| random.next() as i64),
            ended: random.one_in(3),
            audit: random.maybe(3, |_| audited(&execution)),
            ..unit(&execution, 0)
        }
    }

    fn write(&mut self) {
        let random = &mut self.random;
        let writes = random.some(4, |random| DocumentWrite {
            collection: random.pick(&["c", "d"]).into(),
            key: random.pick(&["a", "b", "é"]).into(),
            expected_version: random.maybe(3, |random| random.below(3)),
            body: match random.one_in(4) {
                true => None,
                false => Some(random.payload().text().clone()),
            },
        });
        let audit = random.maybe(2, |_| audited("document"));
        self.same("write", |store| store.write(writes.clone(), audit.clone()));
    }

    fn list(&mut self) {
        let random = &mut self.random;
        let query = ListQuery {
            scope: random.pick(&[
                Scope::All,
                Scope::StateMachine("m".into()),
                Scope::Version("m:1".into()),
                Scope::Alias("n:live".into()),
                Scope::MapRun("m:run".into()),
            ]),
            status: random.maybe(2, |random| random.pick(&STATUSES)),
            redriven: random.maybe(3, |random| random.one_in(2)),
            after: random.maybe(2, |random| Cursor {
                start_millis: random.below(5) as i64,
                execution: random.execution(),
            }),
            limit: random.below(5) as usize,
        };
        self.same(&format!("{query:?}"), |store| store.list(&query));
        let status = query.status.unwrap_or(ListedStatus::Running);
        self.same(&format!("count of {query:?}"), |store| {
            store.count(&query.scope, status, query.limit)
        });
    }

    fn compare_execution(&mut self, id: &ExecutionId) {
        self.same(id, |store| store.execution(id));
        self.same(id, |store| store.summary(id));
        self.same(id, |store| store.map_runs(id));
        let from = self.random.below(200);
        let limit = self.random.below(5) as usize;
        for order in [Order::Ascending, Order::Descending] {
            self.same(&format!("{id} segments from {from} {order:?}"), |store| {
                store.segments(id, from, order, limit)
            });
        }
        self.same(&format!("{id} outlines from {from}"), |store| {
            store.outlines(id, from, limit)
        });
        for run in 0..3 {
            let arn = format!("{id}:run:{run}");
            self.same(&arn, |store| store.map_run(&arn));
        }
    }

    fn compare_all(&mut self) {
        for number in 0..12 {
            self.compare_execution(&format!("arn:e{number}").into());
        }
        self.same("open executions", |store| {
            let mut open = store.open_executions().expect("reads");
            open.sort_by(|a, b| a.execution.cmp(&b.execution));
            open
        });
        for collection in ["c", "d"] {
            self.same(collection, |store| store.documents(collection, None, 99));
        }
        let after = self.random.below(9);
        self.same("audit", |store| store.audit(after, 1_000));
        for _ in 0..10 {
            self.list();
        }
    }
}

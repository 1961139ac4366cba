//! Deaths at every point: of the process between any two writes and calls, and of writes whose outcome nobody knows.

use std::collections::{BTreeMap, BTreeSet};

use interpreter::Encoded;
use store::{
    AuditEntry, Document, DocumentWrite, Error, ExecutionId, ListQuery, Listing, MapRun,
    MemoryStore, OpenExecution, Order, Segment, StoredExecution, Unit,
};
use tokio::sync::Notify;

use super::*;

/// What outlives a process: the store, and the world outside.
struct Survivor {
    store: MemoryStore,
    world: Mutex<World>,
    crashed: Notify,
}

#[derive(Default)]
struct World {
    /// Writes and calls that are left before the process dies.
    left: u64,
    chance: u64,
    /// Names of executions started, by delivery.
    executions: BTreeMap<Arc<str>, BTreeSet<String>>,
    /// Messages in queues, by delivery.
    messages: BTreeMap<Arc<str>, u32>,
    /// Deliveries with a final outcome that a listener has heard of.
    told: BTreeSet<Arc<str>>,
}

impl World {
    /// Whether what is done next still happens.
    fn step(&mut self, crashed: &Notify) -> bool {
        if self.left == 1 {
            crashed.notify_one();
        }
        self.left = self.left.saturating_sub(1);
        self.left > 0
    }

    fn chance(&mut self, of: u64) -> bool {
        // Knuth's generator is enough to choose among cases.
        self.chance = self
            .chance
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.chance >> 33).is_multiple_of(of)
    }
}

impl Survivor {
    fn check(&self) -> Result<(), Error> {
        match lock(&self.world).step(&self.crashed) {
            true => Ok(()),
            false => Err(Error::Unavailable("the process is dead".to_owned())),
        }
    }
}

/// Only documents are used.
impl Store for Survivor {
    fn write(&self, writes: Vec<DocumentWrite>, audit: Option<AuditEntry>) -> Result<(), Error> {
        self.check()?;
        let is_unsure = lock(&self.world).chance(8);
        let happens = !is_unsure || lock(&self.world).chance(2);
        if happens {
            self.store.write(writes, audit)?;
        }
        match is_unsure {
            true => Err(Error::Indeterminate("the disk is gone".to_owned())),
            false => Ok(()),
        }
    }

    fn document(&self, collection: &str, key: &str) -> Result<Option<Document>, Error> {
        self.store.document(collection, key)
    }

    fn documents(
        &self,
        collection: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Document>, Error> {
        self.store.documents(collection, after, limit)
    }

    fn commit(&self, units: Vec<Unit>) -> Result<Vec<Result<(), Error>>, Error> {
        self.store.commit(units)
    }

    fn execution(&self, id: &ExecutionId) -> Result<Option<StoredExecution>, Error> {
        self.store.execution(id)
    }

    fn summary(&self, id: &ExecutionId) -> Result<Option<(Listing, Encoded)>, Error> {
        self.store.summary(id)
    }

    fn list(&self, query: &ListQuery) -> Result<Vec<(ExecutionId, Listing)>, Error> {
        self.store.list(query)
    }

    fn segments(
        &self,
        id: &ExecutionId,
        from_event_id: u64,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Segment>, Error> {
        self.store.segments(id, from_event_id, order, limit)
    }

    fn open_executions(&self) -> Result<Vec<OpenExecution>, Error> {
        self.store.open_executions()
    }

    fn map_run(&self, arn: &str) -> Result<Option<(ExecutionId, MapRun)>, Error> {
        self.store.map_run(arn)
    }

    fn map_runs(&self, id: &ExecutionId) -> Result<Vec<MapRun>, Error> {
        self.store.map_runs(id)
    }

    fn revision_is_used(&self, revision: &str) -> Result<bool, Error> {
        self.store.revision_is_used(revision)
    }

    fn audit(&self, after: u64, limit: usize) -> Result<Vec<(u64, AuditEntry)>, Error> {
        self.store.audit(after, limit)
    }

    fn remove_ended_before(&self, stop_millis: i64, limit: usize) -> Result<usize, Error> {
        self.store.remove_ended_before(stop_millis, limit)
    }
}

/// State machines know their executions by name, queues take everything; some calls fail.
struct Outside(Arc<Survivor>);

impl Targets for Outside {
    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> DeliverFuture<'a> {
        Box::pin(async move {
            let survivor = &self.0;
            let (happens, fails) = {
                let mut world = lock(&survivor.world);
                (world.step(&survivor.crashed), world.chance(5))
            };
            if !happens {
                // Nobody waits for an answer any more.
                return std::future::pending().await;
            }
            if fails {
                return Err(DeliveryError::new(Retry::Yes, "Throttled", "later"));
            }
            if delivery.id.starts_with("refused") && !delivery.id.contains("dead-letter") {
                return Err(DeliveryError::new(Retry::No, "AccessDenied", "never"));
            }
            // The process may die before it hears the answer.
            match self.take(delivery) {
                true => Ok(Delivered::default()),
                false => std::future::pending().await,
            }
        })
    }
}

impl Outside {
    fn take(&self, delivery: &Delivery) -> bool {
        let mut world = lock(&self.0.world);
        let id = delivery.id.clone();
        if let Target::StateMachine { .. } = delivery.target {
            let names = world.executions.entry(id).or_default();
            names.insert(delivery.execution_name());
        } else {
            *world.messages.entry(id).or_default() += 1;
        }
        world.step(&self.0.crashed)
    }
}

/// One life of a process: it goes on with what is there and stages `new`; the ids that it has acknowledged.
fn live(survivor: &Arc<Survivor>, began_millis: i64, new: Vec<Delivery>) -> (Vec<Delivery>, i64) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let store: Arc<dyn Store> = survivor.clone();
    runtime.block_on(async {
        // What the life before has left.
        let _ = tokio::time::timeout(Duration::ZERO, survivor.crashed.notified()).await;
        let began = Instant::now();
        let now: Clock =
            Arc::new(move || began_millis + i64::try_from(began.elapsed().as_millis()).unwrap());
        // The smallest memory: everything is read back.
        let options = Options {
            memory_bytes: 0,
            at_once_of_target: 3,
            ..Options::default()
        };
        let deliveries = Deliveries::open(&store, now.clone(), options).unwrap();
        let heard = survivor.clone();
        deliveries.listen(Arc::new(move |batch: &[Told]| {
            let mut world = lock(&heard.world);
            let is_final = |told: &&Told| !matches!(told.outcome, Outcome::Failed(_));
            let finished = batch.iter().filter(is_final);
            world
                .told
                .extend(finished.map(|told| told.delivery.id.clone()));
            Ok(())
        }));
        deliveries.run(Arc::new(Outside(survivor.clone())));
        let mut acknowledged = Vec::new();
        for delivery in new {
            let mut transaction = Transaction::new(&store, None);
            deliveries.stage(&mut transaction, delivery.clone());
            if transaction.commit().is_ok() {
                acknowledged.push(delivery);
            }
        }
        let is_done = async {
            while deliveries.stats().waiting > 0 || !survivor.stored().is_empty() {
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        };
        tokio::select! {
            () = survivor.crashed.notified() => {}
            () = is_done => {}
        }
        (acknowledged, now())
    })
}

impl Survivor {
    fn stored(&self) -> Vec<Document> {
        self.store.documents(COLLECTION, None, 1000).unwrap()
    }
}

fn delivery(life: u64, number: u64, now: i64) -> Delivery {
    let mut delivery = of_schedule(&format!(
        "{}-{life}-{number}",
        match number % 3 {
            0 => "machine",
            1 => "queue",
            _ => "refused",
        }
    ));
    if !number.is_multiple_of(3) {
        let arn = "arn:aws:sqs:eu-west-1:123456789012:q".into();
        let message_group_id = None;
        delivery.target = Target::Sqs {
            arn,
            message_group_id,
        };
    }
    delivery.dead_letter_arn = Some("arn:aws:sqs:eu-west-1:123456789012:dead".into());
    delivery.created_millis = now;
    delivery.next_attempt_millis = now;
    delivery.not_after_millis = now + 24 * 60 * 60 * 1000;
    delivery
}

#[test]
fn whenever_a_process_dies_everything_arrives_and_an_execution_starts_once() {
    for seed in 1..=60 {
        let survivor = Arc::new(Survivor {
            store: MemoryStore::default(),
            world: Mutex::default(),
            crashed: Notify::new(),
        });
        lock(&survivor.world).chance = seed;
        let mut acknowledged = Vec::new();
        let mut now = 0;
        for life in 0..12 {
            // The last one dies of nothing.
            lock(&survivor.world).left = match life {
                11 => u64::MAX,
                _ => 1 + (seed * 7 + life * 13) % 41,
            };
            let new = (0..9).map(|number| delivery(life, number, now)).collect();
            let (more, then) = live(&survivor, now, new);
            acknowledged.extend(more);
            now = then;
        }
        let world = lock(&survivor.world);
        assert!(survivor.stored().is_empty(), "seed {seed}");
        assert!(
            acknowledged.len() > 20,
            "seed {seed}: {}",
            acknowledged.len()
        );
        for delivery in &acknowledged {
            let id = &delivery.id;
            let dead_letter: Arc<str> = format!("{id}/dead-letter").into();
            let has_arrived = match &id[..5] {
                "machi" => world.executions.contains_key(id),
                "queue" => world.messages.contains_key(id),
                _ => world.messages.contains_key(&dead_letter),
            };
            assert!(has_arrived, "seed {seed}: {id} was lost");
            assert!(world.told.contains(id), "seed {seed}: {id} was not told");
        }
        let twice = world.executions.iter().find(|(_, names)| names.len() > 1);
        assert_eq!(twice, None, "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_begins_while_outcomes_cannot_be_written_and_nothing_is_made_twice() {
    let survivor = Arc::new(Survivor {
        store: MemoryStore::default(),
        world: Mutex::default(),
        crashed: Notify::new(),
    });
    // The first write stages, then the disk is full.
    lock(&survivor.world).left = 2;
    lock(&survivor.world).chance = 1;
    let options = Options {
        at_once_of_target: 1,
        ..Options::default()
    };
    let world = super::World::on(survivor.clone(), options);
    let mut transaction = Transaction::new(&world.store, None);
    for id in ["a", "b"] {
        world.deliveries.stage(&mut transaction, of_schedule(id));
    }
    transaction.commit().unwrap();
    world.run();
    tokio::time::sleep(Duration::from_secs(3600)).await;
    let asked = world.asked().len();
    // "b" may have begun before the first write failed, and no more.
    assert!((1..=2).contains(&asked), "{asked}");
    assert_eq!(survivor.stored().len(), 2);
    lock(&survivor.world).left = u64::MAX;
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(survivor.stored().is_empty());
    assert_eq!(world.asked().len(), 2);
}

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;

use store::MemoryStore;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::*;

type Answer = Result<Delivered, DeliveryError>;

/// Answers as it was told, and remembers what it was asked.
#[derive(Default)]
struct Scripted {
    /// By id: the answers of the next attempts; afterwards it takes everything.
    answers: Mutex<HashMap<Arc<str>, Vec<Answer>>>,
    asked: Mutex<Vec<Delivery>>,
    /// Never answers.
    hangs: AtomicBool,
    begun: tokio::sync::Notify,
}

impl Targets for Scripted {
    fn deliver<'a>(&'a self, delivery: &'a Delivery) -> DeliverFuture<'a> {
        lock(&self.asked).push(delivery.clone());
        self.begun.notify_one();
        let mut answers = lock(&self.answers);
        let answers = answers.get_mut(&delivery.id);
        let answer = answers.filter(|answers| !answers.is_empty());
        let answer = answer.map(|answers| answers.remove(0));
        let hangs = self.hangs.load(Ordering::Relaxed);
        Box::pin(async move {
            if hangs {
                std::future::pending::<()>().await;
            }
            answer.unwrap_or_else(|| Ok(Delivered::default()))
        })
    }
}

struct World {
    store: Arc<dyn Store>,
    targets: Arc<Scripted>,
    deliveries: Deliveries,
    told: mpsc::UnboundedReceiver<Told>,
}

/// Virtual time: it goes on when nothing else does.
fn clock() -> Clock {
    let began = Instant::now();
    Arc::new(move || i64::try_from(began.elapsed().as_millis()).unwrap())
}

impl World {
    fn new() -> World {
        World::on(Arc::new(MemoryStore::default()), Options::default())
    }

    fn on(store: Arc<dyn Store>, options: Options) -> World {
        let deliveries = Deliveries::open(&store, clock(), options).unwrap();
        let (sender, told) = mpsc::unbounded_channel();
        deliveries.listen(Arc::new(move |batch: &[Told]| {
            for one in batch {
                let _ = sender.send(one.clone());
            }
            Ok(())
        }));
        World {
            store,
            targets: Arc::default(),
            deliveries,
            told,
        }
    }

    fn run(&self) {
        self.deliveries.run(self.targets.clone());
    }

    fn answer(&self, id: &str, answers: Vec<Answer>) {
        lock(&self.targets.answers).insert(id.into(), answers);
    }

    fn put(&self, delivery: Delivery) {
        let mut transaction = Transaction::new(&self.store, None);
        self.deliveries.stage(&mut transaction, delivery);
        transaction.commit().unwrap();
    }

    fn asked(&self) -> Vec<Delivery> {
        lock(&self.targets.asked).clone()
    }

    fn stored(&self) -> Vec<String> {
        let documents = self.store.documents(COLLECTION, None, 100).unwrap();
        documents
            .iter()
            .map(|document| document.key.to_string())
            .collect()
    }
}

fn of_schedule(id: &str) -> Delivery {
    let origin = Origin::Schedule {
        arn: "arn:aws:scheduler:eu-west-1:123456789012:schedule/default/nightly".into(),
        occurrence_millis: 1_795_000_000_000,
        target_id: None,
    };
    let target = Target::StateMachine {
        arn: "arn:aws:states:eu-west-1:123456789012:stateMachine:m".into(),
    };
    Delivery::new(id, origin, target, "{\"a\":1}", 0)
}

fn passing() -> Result<Delivered, DeliveryError> {
    Err(DeliveryError::new(Retry::Yes, "InternalFailure", "later"))
}

#[tokio::test(start_paused = true)]
async fn what_was_committed_is_delivered_and_leaves_the_store() {
    let mut world = World::new();
    let mut dropped = Transaction::new(&world.store, None);
    world.deliveries.stage(&mut dropped, of_schedule("never"));
    drop(dropped);
    world.put(of_schedule("a"));
    assert_eq!(world.stored(), ["a"]);
    world.run();
    let told = world.told.recv().await.unwrap();
    assert_eq!(told.outcome, Outcome::Delivered(Delivered::default()));
    assert_eq!(told.delivery.attempts, 1);
    world.deliveries.shut_down().await;
    assert!(world.stored().is_empty());
    assert_eq!(world.asked().len(), 1);
    assert_eq!(world.deliveries.stats().waiting, 0);
}

#[tokio::test(start_paused = true)]
async fn passing_errors_are_tried_again_and_what_was_tried_is_durable() {
    let mut world = World::new();
    world.answer("a", vec![passing(), passing()]);
    world.put(of_schedule("a"));
    world.run();
    let began = Instant::now();
    for expected in 1..=2 {
        let told = world.told.recv().await.unwrap();
        assert!(matches!(told.outcome, Outcome::Failed(_)));
        assert_eq!(told.delivery.attempts, expected);
    }
    let stored = world.store.document(COLLECTION, "a").unwrap().unwrap();
    // The second one is told before it is written.
    assert!(delivery(&stored).unwrap().attempts >= 1);
    let told = world.told.recv().await.unwrap();
    assert_eq!(told.outcome, Outcome::Delivered(Delivered::default()));
    let pause = began.elapsed();
    assert!(pause > Duration::from_millis(2_200) && pause < Duration::from_millis(3_100));
}

#[tokio::test(start_paused = true)]
async fn what_was_under_way_is_attempted_again_after_a_start_under_the_same_id() {
    let world = World::new();
    world.targets.hangs.store(true, Ordering::Relaxed);
    world.put(of_schedule("a"));
    world.run();
    world.targets.begun.notified().await;
    world.deliveries.shut_down().await;
    let before = world.asked();
    assert_eq!(before.len(), 1);
    assert_eq!(world.stored(), ["a"]);

    let mut again = World::on(world.store.clone(), Options::default());
    again.run();
    again.told.recv().await.unwrap();
    assert_eq!(again.asked(), before);
}

#[tokio::test(start_paused = true)]
async fn what_fails_for_good_is_buried_at_once_and_what_passes_after_its_last_attempt() {
    let mut world = World::new();
    let refused = DeliveryError::new(Retry::No, "StateMachineDoesNotExist", "no such one");
    world.answer("gone", vec![Err(refused.clone())]);
    world.answer("slow", vec![passing(), passing()]);
    for id in ["gone", "slow"] {
        let delivery = of_schedule(id);
        world.put(Delivery {
            dead_letter_arn: Some("arn:aws:sqs:eu-west-1:123456789012:dead".into()),
            max_attempts: 2,
            ..delivery
        });
    }
    world.run();
    let mut letters = Vec::new();
    while letters.len() < 2 {
        let told = world.told.recv().await.unwrap();
        match (&told.delivery.target, &told.outcome) {
            (Target::DeadLetter { attributes, .. }, _) => {
                let text = |name: &str| match attributes.get(name) {
                    Some(Attribute::Text(text)) => text.to_string(),
                    other => format!("{other:?}"),
                };
                letters.push([
                    told.delivery.input.to_string(),
                    text("ERROR_CODE"),
                    text("RETRY_ATTEMPTS"),
                    text("EXHAUSTED_RETRY_CONDITION"),
                    text("SCHEDULED_TIME"),
                ]);
            }
            (_, Outcome::Dropped { is_buried, .. }) => assert!(is_buried),
            (_, outcome) => assert!(matches!(outcome, Outcome::Failed(_))),
        }
    }
    let letter = |code: &str, retries: &str, condition: &str| {
        [
            "{\"a\":1}",
            code,
            retries,
            condition,
            "2026-11-18T11:06:40Z",
        ]
        .map(str::to_owned)
    };
    assert_eq!(
        letters,
        [
            letter("StateMachineDoesNotExist", "0", "None"),
            letter("InternalFailure", "1", "MaximumRetryAttempts")
        ]
    );
    world.deliveries.shut_down().await;
    assert!(world.stored().is_empty());
}

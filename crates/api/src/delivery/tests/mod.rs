mod crashes;

use std::collections::HashMap;

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
    /// What is of this target never gets an answer; with an empty name, nothing does.
    hangs: Mutex<Option<&'static str>>,
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
        let hangs = lock(&self.hangs).is_some_and(|name| delivery.target.arn().ends_with(name));
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
    *lock(&world.targets.hangs) = Some("");
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

#[tokio::test(start_paused = true)]
async fn a_slow_target_holds_up_no_other() {
    let mut world = World::new();
    *lock(&world.targets.hangs) = Some(":slow");
    let of_target = |id: String, name: &str| {
        let arn = format!("arn:aws:sqs:eu-west-1:123456789012:{name}").into();
        let message_group_id = None;
        Delivery {
            target: Target::Sqs {
                arn,
                message_group_id,
            },
            ..of_schedule(&id)
        }
    };
    let mut transaction = Transaction::new(&world.store, None);
    for number in 0..1000 {
        let delivery = of_target(format!("a{number}"), "slow");
        world.deliveries.stage(&mut transaction, delivery);
    }
    for number in 0..10 {
        let delivery = of_target(format!("b{number}"), "quick");
        world.deliveries.stage(&mut transaction, delivery);
    }
    transaction.commit().unwrap();
    world.run();
    for _ in 0..10 {
        let told = world.told.recv().await.unwrap();
        assert!(told.delivery.id.starts_with('b'));
    }
    let stats = world.deliveries.stats();
    assert_eq!(stats.under_way, Options::default().at_once_of_target);
}

#[tokio::test(start_paused = true)]
async fn what_is_too_old_is_given_up() {
    let mut world = World::new();
    world.answer("a", vec![passing(); 100]);
    world.put(Delivery {
        not_after_millis: 60_000,
        dead_letter_arn: Some("arn:aws:sqs:eu-west-1:123456789012:dead".into()),
        ..of_schedule("a")
    });
    let began = Instant::now();
    world.run();
    let told = loop {
        let told = world.told.recv().await.unwrap();
        if !matches!(told.outcome, Outcome::Failed(_)) {
            break told;
        }
    };
    assert!(matches!(
        told.outcome,
        Outcome::Dropped {
            is_buried: true,
            ..
        }
    ));
    // The last attempt is made when the time is over, and none behind it.
    assert_eq!(began.elapsed(), Duration::from_secs(60));
    let letter = world.told.recv().await.unwrap().delivery;
    let Target::DeadLetter { attributes, .. } = &letter.target else {
        panic!("{letter:?}")
    };
    let condition = attributes.get("EXHAUSTED_RETRY_CONDITION").cloned();
    let expected = Attribute::Text("MaximumEventAgeInSeconds".into());
    assert_eq!(condition, Some(expected));

    // What the server slept through is not attempted at all.
    world.put(Delivery {
        not_after_millis: 10,
        ..of_schedule("b")
    });
    let told = world.told.recv().await.unwrap();
    assert!(matches!(
        told.outcome,
        Outcome::Dropped {
            is_buried: false,
            ..
        }
    ));
    assert_eq!(told.delivery.attempts, 0);
}

#[tokio::test(start_paused = true)]
async fn a_function_that_fails_is_invoked_three_times_and_its_result_goes_where_it_belongs() {
    let mut world = World::new();
    let response = FunctionResponse {
        executed_version: "$LATEST".into(),
        function_error: Some("Unhandled".into()),
        payload: "{\"errorMessage\":\"no\"}".into(),
    };
    let failed = DeliveryError {
        response: Some(response),
        ..DeliveryError::new(Retry::Yes, "Unhandled", "no")
    };
    let busy = DeliveryError::new(Retry::TurnedAway, "TooManyRequestsException", "busy");
    let failed = || Err(failed.clone());
    world.answer("i", vec![failed(), Err(busy), failed(), failed()]);
    let function: Arc<str> = "arn:aws:lambda:eu-west-1:123456789012:function:f".into();
    let origin = Origin::Invocation {
        function_arn: function.clone(),
        request_id: "r-1".into(),
    };
    let target = Target::Function { arn: function };
    world.put(Delivery {
        max_attempts: 3,
        destinations: Destinations {
            on_success: None,
            on_failure: Some("arn:aws:events:eu-west-1:123456789012:event-bus/b".into()),
        },
        ..Delivery::new("i", origin, target, "{\"a\":1}", 0)
    });
    let began = Instant::now();
    world.run();
    for _ in 0..4 {
        let told = world.told.recv().await.unwrap();
        assert_eq!(&*told.delivery.id, "i");
    }
    // One minute, hardly two seconds for the one that was turned away, two minutes.
    let took = began.elapsed().as_secs();
    assert!((180..184).contains(&took), "{took}");
    let record = world.told.recv().await.unwrap().delivery;
    let Target::EventBus {
        detail_type,
        source,
        ..
    } = &record.target
    else {
        panic!("{record:?}")
    };
    assert_eq!(
        (&**detail_type, &**source),
        ("Lambda Function Invocation Result - Failure", "lambda")
    );
    let mut shown: serde_json::Value = serde_json::from_str(&record.input).unwrap();
    shown["timestamp"] = "T".into();
    assert_eq!(
        shown,
        serde_json::json!({
            "version": "1.0",
            "timestamp": "T",
            "requestContext": {
                "requestId": "r-1",
                "functionArn": "arn:aws:lambda:eu-west-1:123456789012:function:f:$LATEST",
                "condition": "RetriesExhausted",
                "approximateInvokeCount": 3,
            },
            "requestPayload": { "a": 1 },
            "responseContext": {
                "statusCode": 200,
                "executedVersion": "$LATEST",
                "functionError": "Unhandled",
            },
            "responsePayload": { "errorMessage": "no" },
        })
    );
}

//! Decisions in virtual time, and the runner with a store that is opened again.

use std::collections::HashSet;
use std::sync::atomic::{AtomicI64, Ordering};

use schedules::{Dialect, Expression, Timetable, Zone};
use store::{DocumentWrite, MemoryStore};

use super::scheduled::Kind;
use super::state::RESULTS;
use super::step::{MAX_QUEUED, decide, run_now};
use super::*;
use crate::delivery::{Delivered, Delivery, DeliveryError, Options, Outcome, Retry, Target};
use crate::scheduler::policy::{Missed, Overlap};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Sends every occurrence to one state machine.
struct Starts {
    deletes_itself: bool,
}

impl Owner for Starts {
    fn deliveries(&self, occurrence: &Occurrence) -> Vec<Delivery> {
        let origin = Origin::Schedule {
            arn: occurrence.scheduled.arn.clone(),
            occurrence_millis: occurrence.at_millis,
            target_id: None,
        };
        let target = Target::StateMachine {
            arn: "machine".into(),
        };
        let (id, now) = (occurrence.delivery_id(None), occurrence.now_millis);
        vec![Delivery::new(id, origin, target, "{}", now)]
    }

    fn completed(&self, _: &Scheduled, _: &mut Transaction) -> bool {
        self.deletes_itself
    }
}

fn scheduled(expression: &str, zone: &str, created: i64) -> Scheduled {
    Scheduled {
        arn: "schedule".into(),
        kind: Kind::Schedule,
        name: "default/schedule".into(),
        expression: expression.into(),
        timetable: Timetable {
            expression: Expression::parse(expression, Dialect::Scheduler).unwrap(),
            zone: Zone::named(zone).unwrap(),
            start_millis: None,
            end_millis: None,
            created_millis: created,
        },
        created_millis: created,
        since_millis: created - 1,
        is_enabled: true,
        flexible_window_minutes: 0,
        maximum_age_millis: DAY,
        owner: Arc::new(Starts {
            deletes_itself: false,
        }),
    }
}

/// A schedule whose time is moved by hand.
struct Played {
    scheduled: Arc<Scheduled>,
    state: State,
    awake_since: i64,
    running: HashSet<String>,
}

impl Played {
    fn new(scheduled: Scheduled, missed: Missed, overlap: Overlap) -> Played {
        let state = State {
            policies: Policies { missed, overlap },
            ..State::default()
        };
        Played {
            awake_since: scheduled.created_millis,
            scheduled: Arc::new(scheduled),
            state,
            running: HashSet::new(),
        }
    }

    fn decide(&mut self, now: i64) -> Decision {
        let moment = Moment {
            now,
            awake_since: self.awake_since,
        };
        // As from the store: what is in memory alone does not count.
        let stored = serde_json::to_string(&self.state).unwrap();
        self.state = serde_json::from_str(&stored).unwrap();
        let running = self.running.clone();
        decide(&self.scheduled, &mut self.state, moment, &|arn| {
            running.contains(arn)
        })
    }

    /// The occurrences that are handed over now.
    fn fired(&mut self, now: i64) -> Vec<i64> {
        occurrences(&self.decide(now).deliveries)
    }

    /// Its latest delivery has started an execution, named by the occurrence.
    fn started(&mut self) -> String {
        let firing = self.state.results.front().unwrap().clone();
        let arn = format!("execution {}", firing.occurrence_millis);
        self.tell(&Outcome::Delivered(Delivered {
            execution_arn: Some(arn.as_str().into()),
            response: None,
        }));
        self.running.insert(arn.clone());
        arn
    }

    fn tell(&mut self, outcome: &Outcome) {
        let latest = self
            .state
            .results
            .iter()
            .find(|firing| firing.delivery.is_some());
        let id = latest.unwrap().delivery.clone().unwrap();
        let target = Target::StateMachine {
            arn: "machine".into(),
        };
        let origin = Origin::Schedule {
            arn: "schedule".into(),
            occurrence_millis: 0,
            target_id: None,
        };
        let mut delivery = Delivery::new(id, origin, target, "{}", 0);
        delivery.attempts = 3;
        self.state.told(&Told {
            delivery: Arc::new(delivery),
            outcome: outcome.clone(),
        });
    }

    fn skipped(&self) -> Vec<(i64, &str)> {
        let skipped = self
            .state
            .results
            .iter()
            .filter(|firing| firing.status == FiringStatus::Skipped);
        skipped
            .map(|firing| (firing.occurrence_millis, firing.reason.as_deref().unwrap()))
            .collect()
    }
}

fn occurrences(deliveries: &[Delivery]) -> Vec<i64> {
    let occurrence = |delivery: &Delivery| match &delivery.origin {
        Origin::Schedule {
            occurrence_millis, ..
        } => *occurrence_millis,
        other => panic!("{other:?}"),
    };
    deliveries.iter().map(occurrence).collect()
}

#[test]
fn a_rate_begins_at_once_and_each_occurrence_is_handed_over_once() {
    let mut played = Played::new(
        scheduled("rate(5 minutes)", "UTC", 7),
        Missed::default(),
        Overlap::default(),
    );
    assert_eq!(played.scheduled.next_due(&played.state), Some(7));
    assert_eq!(played.fired(8), [7]);
    assert_eq!(played.fired(8), [0; 0]);
    assert_eq!(
        played.scheduled.next_due(&played.state),
        Some(7 + 5 * MINUTE)
    );
    assert_eq!(played.fired(7 + 5 * MINUTE - 1), [0; 0]);
    assert_eq!(played.fired(7 + 5 * MINUTE), [7 + 5 * MINUTE]);
    // The clock is set back: what has been is not done again.
    assert_eq!(played.fired(7), [0; 0]);
    assert_eq!(played.fired(7 + 10 * MINUTE), [7 + 10 * MINUTE]);
}

#[test]
fn missed_occurrences_follow_their_policy() {
    // Down from 1:00 to 4:30.
    let down = |missed| {
        let hourly = scheduled("rate(1 hour)", "UTC", 0);
        let mut played = Played::new(hourly, missed, Overlap::Allow);
        assert_eq!(played.fired(0), [0]);
        played.awake_since = 4 * HOUR + 30 * MINUTE;
        let fired = played.fired(played.awake_since + 5);
        // However they were decided, the timetable goes on.
        assert_eq!(played.fired(5 * HOUR), [5 * HOUR]);
        (fired, played)
    };
    let (fired, played) = down(Missed::CatchUp);
    assert_eq!(fired, [HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR]);
    assert_eq!(played.skipped(), []);
    let (fired, played) = down(Missed::OnlyLast);
    assert_eq!(fired, [4 * HOUR]);
    let reason = "missed while the server was down, with 3 in all up to this one";
    assert_eq!(played.skipped(), [(3 * HOUR, reason)]);
    let (fired, played) = down(Missed::Skip);
    assert_eq!(fired, [0; 0]);
    assert_eq!(played.skipped()[0].0, 4 * HOUR);
}

#[test]
fn an_occurrence_that_is_only_late_is_not_missed() {
    let mut played = Played::new(
        scheduled("rate(1 minute)", "UTC", 0),
        Missed::Skip,
        Overlap::Allow,
    );
    // The server was busy for three minutes.
    assert_eq!(
        played.fired(3 * MINUTE),
        [0, MINUTE, 2 * MINUTE, 3 * MINUTE]
    );
}

#[test]
fn what_is_older_than_the_maximum_event_age_is_never_made_up_for() {
    let mut scheduled = scheduled("rate(1 hour)", "UTC", 0);
    scheduled.maximum_age_millis = 2 * HOUR;
    let mut played = Played::new(scheduled, Missed::CatchUp, Overlap::Allow);
    played.awake_since = 10 * HOUR;
    assert_eq!(played.fired(10 * HOUR), [9 * HOUR, 10 * HOUR]);
    let reason = "missed, and older than the maximum event age";
    assert_eq!(played.skipped(), [(0, reason)]);
    // A year later it is no work either.
    played.awake_since = 365 * DAY;
    assert_eq!(played.fired(365 * DAY).len(), 2);
}

#[test]
fn a_one_time_schedule_fires_once_even_if_its_time_has_just_passed() {
    let mut once = scheduled("at(1970-01-01T01:00:00)", "UTC", 2 * HOUR);
    once.since_millis = i64::MIN;
    let mut played = Played::new(once, Missed::default(), Overlap::default());
    let decision = played.decide(2 * HOUR);
    assert_eq!(occurrences(&decision.deliveries), [HOUR]);
    assert!(decision.is_over);
    assert_eq!(played.scheduled.next_due(&played.state), None);
    assert_eq!(played.fired(DAY), [0; 0]);
}

#[test]
fn a_schedule_ends_with_its_end_date() {
    let mut ending = scheduled("rate(1 hour)", "UTC", 0);
    ending.timetable.end_millis = Some(2 * HOUR);
    let mut played = Played::new(ending, Missed::CatchUp, Overlap::Allow);
    assert_eq!(played.fired(0), [0]);
    assert!(!played.decide(HOUR).is_over);
    assert!(played.decide(2 * HOUR).is_over);
    assert_eq!(played.scheduled.next_due(&played.state), None);
}

#[test]
fn clocks_that_are_put_forward_or_back_neither_repeat_nor_move_a_time() {
    let day = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
    let nightly = |from: &str| {
        let nightly = scheduled("cron(30 2 * * ? *)", "Europe/Berlin", day(from));
        Played::new(nightly, Missed::CatchUp, Overlap::Allow)
    };
    // 29 March 2026 has no 2:30.
    let mut spring = nightly("2026-03-27T12:00:00Z");
    let fired = spring.fired(day("2026-03-30T12:00:00Z"));
    let expected = ["2026-03-28T01:30:00Z", "2026-03-30T00:30:00Z"];
    // The first is older than a day by then, and skipped.
    assert_eq!(fired, [day(expected[1])]);
    // 25 October 2026 has two.
    let mut autumn = nightly("2026-10-24T12:00:00Z");
    assert_eq!(
        autumn.fired(day("2026-10-25T12:00:00Z")),
        [day("2026-10-25T00:30:00Z")]
    );
}

#[test]
fn a_flexible_window_delays_by_the_same_time_again_and_stays_within() {
    let mut flexible = scheduled("rate(1 minute)", "UTC", 0);
    flexible.flexible_window_minutes = 15;
    let mut played = Played::new(flexible, Missed::CatchUp, Overlap::Allow);
    let mut now = 0;
    let mut last = -MINUTE;
    while last < 100 * MINUTE {
        let due = played.scheduled.next_due(&played.state).unwrap();
        now = now.max(due);
        for occurrence in played.fired(now) {
            assert_eq!(occurrence, last + MINUTE, "in order");
            assert!((0..15 * MINUTE).contains(&(now - occurrence)));
            last = occurrence;
        }
    }
}

#[test]
fn skip_leaves_out_what_comes_while_one_runs() {
    let mut played = Played::new(
        scheduled("rate(1 hour)", "UTC", 0),
        Missed::CatchUp,
        Overlap::Skip,
    );
    assert_eq!(played.fired(0), [0]);
    // Its delivery is on its way, and counts.
    assert_eq!(played.fired(HOUR), [0; 0]);
    let execution = played.started();
    assert_eq!(played.fired(2 * HOUR), [0; 0]);
    let reason = "the execution before it still runs";
    assert_eq!(played.skipped(), [(2 * HOUR, reason), (HOUR, reason)]);
    played.running.remove(&execution);
    assert_eq!(played.fired(3 * HOUR), [3 * HOUR]);
    // One that could not be delivered blocks nobody.
    played.tell(&Outcome::Dropped {
        error: DeliveryError::new(Retry::No, "StateMachineDoesNotExist", "It is gone"),
        is_buried: true,
    });
    assert_eq!(played.fired(4 * HOUR), [4 * HOUR]);
    let failed = played.state.results.get(1).unwrap();
    assert_eq!(failed.status, FiringStatus::Failed);
    assert_eq!(failed.attempts, 3);
    let reason = "StateMachineDoesNotExist: It is gone; its dead-letter queue gets it";
    assert_eq!(failed.reason.as_deref(), Some(reason));
}

#[test]
fn queue_starts_one_behind_the_other_and_is_bounded() {
    let mut played = Played::new(
        scheduled("rate(1 minute)", "UTC", 0),
        Missed::CatchUp,
        Overlap::Queue,
    );
    assert_eq!(played.fired(0), [0]);
    let first = played.started();
    let decision = played.decide(2 * MINUTE);
    assert!(decision.deliveries.is_empty() && !decision.stops_them);
    assert_eq!(decision.wait_for, [first.as_str().into()]);
    played.running.remove(&first);
    assert_eq!(played.fired(2 * MINUTE), [MINUTE]);
    let second = played.started();
    assert_eq!(played.fired(2 * MINUTE), [0; 0]);
    played.running.remove(&second);
    assert_eq!(played.fired(2 * MINUTE + 1), [2 * MINUTE]);

    assert_eq!(played.fired(110 * MINUTE), [0; 0]);
    assert_eq!(played.state.queue.len(), MAX_QUEUED);
    assert_eq!(played.state.results.len(), RESULTS);
    let reason = "100 occurrences wait already";
    assert_eq!(played.skipped()[0], (110 * MINUTE, reason));
    // Who lets them overlap from now on lets those start, too.
    played.state.policies.overlap = Overlap::Allow;
    assert_eq!(played.fired(110 * MINUTE).len(), MAX_QUEUED);
}

#[test]
fn cancel_running_stops_the_earlier_one_and_starts_behind_its_end() {
    let mut played = Played::new(
        scheduled("rate(1 hour)", "UTC", 0),
        Missed::CatchUp,
        Overlap::CancelRunning,
    );
    assert_eq!(played.fired(0), [0]);
    // Nothing to stop yet: its delivery is on its way.
    let decision = played.decide(HOUR);
    assert!(decision.deliveries.is_empty() && decision.wait_for.is_empty());
    let first = played.started();
    let decision = played.decide(HOUR + 1);
    assert_eq!(decision.wait_for, [first.as_str().into()]);
    assert!(decision.stops_them);
    // It takes its time: the next one takes the waiting one's place.
    assert_eq!(played.fired(2 * HOUR), [0; 0]);
    let reason = "a later occurrence took its place before it could start";
    assert_eq!(played.skipped(), [(HOUR, reason)]);
    played.running.remove(&first);
    assert_eq!(played.fired(2 * HOUR + 1), [2 * HOUR]);
}

#[test]
fn what_is_asked_for_runs_beside_the_timetable() {
    let mut disabled = scheduled("rate(1 hour)", "UTC", 0);
    disabled.is_enabled = false;
    let mut played = Played::new(disabled, Missed::CatchUp, Overlap::Skip);
    assert_eq!(played.scheduled.next_due(&played.state), None);
    assert_eq!(played.fired(5 * HOUR), [0; 0]);
    let moment = Moment {
        now: 5 * HOUR + 3,
        awake_since: 0,
    };
    let decision = run_now(&played.scheduled, &mut played.state, moment, &|_| true);
    assert_eq!(occurrences(&decision.deliveries), [5 * HOUR + 3]);
    assert!(!decision.is_over);
    assert!(played.state.results.front().unwrap().is_manual);
    assert_eq!(played.state.done_until_millis, None);
    let decision = run_now(&played.scheduled, &mut played.state, moment, &|_| true);
    assert!(decision.deliveries.is_empty(), "overlap holds for it, too");
}

#[test]
fn an_occurrence_has_its_own_id_also_of_a_schedule_that_is_made_anew() {
    let of = |created: i64, at_millis: i64, is_manual: bool| Occurrence {
        scheduled: Arc::new(scheduled("rate(1 hour)", "UTC", created)),
        at_millis,
        is_manual,
        now_millis: 0,
    };
    let id = of(1, 2, false).delivery_id(None);
    assert_eq!(id, of(1, 2, false).delivery_id(None));
    for other in [of(2, 2, false), of(1, 3, false), of(1, 2, true)] {
        assert_ne!(id, other.delivery_id(None));
    }
    assert_ne!(id, of(1, 2, false).delivery_id(Some("target")));
}

/// A runner over a store, whose clock is set by hand.
struct World {
    store: Arc<dyn Store>,
    now: Arc<AtomicI64>,
    runner: Runner,
    reports: Arc<Mutex<Vec<String>>>,
}

#[derive(Default)]
struct Controlled {
    running: Mutex<HashSet<String>>,
    waiting: Mutex<Vec<Box<dyn FnOnce() + Send>>>,
    stopped: Mutex<Vec<Arc<str>>>,
}

impl Executions for Controlled {
    fn status(&self, execution: &str) -> Result<Option<ListedStatus>, store::Error> {
        let is_running = lock(&self.running).contains(execution);
        Ok(is_running.then_some(ListedStatus::Running))
    }

    fn when_ended(&self, _: &Arc<str>, told: Box<dyn FnOnce() + Send>) {
        lock(&self.waiting).push(told);
    }

    fn stop(&self, execution: &Arc<str>, _: &Arc<str>) {
        lock(&self.stopped).push(execution.clone());
    }
}

impl World {
    fn open(store: &Arc<dyn Store>, at: i64) -> World {
        let now = Arc::new(AtomicI64::new(at));
        let read = now.clone();
        let clock: Clock = Arc::new(move || read.load(Ordering::Relaxed));
        let deliveries = Deliveries::open(store, clock.clone(), Options::default()).unwrap();
        let reports: Arc<Mutex<Vec<String>>> = Arc::default();
        let told = reports.clone();
        let report: Report = Arc::new(move |what| lock(&told).push(what));
        let runner = Runner::open(store, deliveries, clock, report).unwrap();
        World {
            store: store.clone(),
            now,
            runner,
            reports,
        }
    }

    fn at(&self, millis: i64) -> Result<Option<i64>, store::Error> {
        self.now.store(millis, Ordering::Relaxed);
        self.runner.step()
    }

    fn staged(&self) -> usize {
        let all = self.store.documents("deliveries", None, 100_000).unwrap();
        all.len()
    }

    fn state(&self) -> State {
        let scheduled = self.runner.get("schedule").unwrap();
        self.runner.state(&scheduled)
    }
}

fn memory() -> Arc<dyn Store> {
    Arc::new(MemoryStore::default())
}

#[test]
fn a_restart_goes_on_where_the_store_is() {
    let store = memory();
    let hourly = scheduled("rate(1 hour)", "UTC", 0);
    let world = World::open(&store, 0);
    let policies = Policies {
        missed: Missed::CatchUp,
        overlap: Overlap::Allow,
    };
    world.runner.put(hourly.clone(), Some(policies)).unwrap();
    assert_eq!(world.at(0).unwrap(), Some(HOUR));
    assert_eq!(world.at(HOUR - 1).unwrap(), Some(HOUR));
    assert_eq!(world.staged(), 1);
    drop(world);

    let world = World::open(&store, 3 * HOUR + 1);
    world.runner.put(hourly.clone(), None).unwrap();
    assert_eq!(world.state().policies, policies);
    assert_eq!(world.at(3 * HOUR + 2).unwrap(), Some(4 * HOUR));
    assert_eq!(world.staged(), 4, "two were missed, one was just due");
    drop(world);

    // Made anew under the same name: nothing of the old one counts.
    let world = World::open(&store, 3 * HOUR + 5);
    let mut anew = scheduled("rate(1 hour)", "UTC", 3 * HOUR + 5);
    anew.arn = hourly.arn;
    world.runner.put(anew, None).unwrap();
    assert_eq!(world.state().policies, Policies::default());
    assert_eq!(world.state().results.len(), 0);
    assert_eq!(world.at(3 * HOUR + 5).unwrap(), Some(4 * HOUR + 5));
}

#[test]
fn a_thousand_that_are_due_at_once_are_one_write() {
    let store = memory();
    let world = World::open(&store, 0);
    for i in 0..1_000 {
        let mut one = scheduled("at(1970-01-01T01:00:00)", "UTC", 0);
        one.arn = format!("schedule {i}").into();
        one.owner = Arc::new(Starts {
            deletes_itself: i % 2 == 0,
        });
        world.runner.put(one, None).unwrap();
    }
    assert_eq!(world.at(0).unwrap(), Some(HOUR));
    let before = world.runner.0.results.borrow().to_owned();
    assert_eq!(world.at(HOUR).unwrap(), None);
    assert_eq!(world.staged(), 1_000);
    assert_eq!(*world.runner.0.results.borrow(), before + 1);
    assert_eq!(world.runner.after(None, 2_000).len(), 500);
    let page = world.runner.after(Some("schedule 991"), 2);
    let page: Vec<_> = page.iter().map(|scheduled| &*scheduled.arn).collect();
    assert_eq!(page, ["schedule 993", "schedule 995"]);
}

#[test]
fn what_the_store_refuses_of_one_is_handed_over_later_and_holds_up_no_other() {
    let store = Arc::new(MemoryStore::default());
    let shared: Arc<dyn Store> = store.clone();
    let world = World::open(&shared, 0);
    let hourly = scheduled("rate(1 hour)", "UTC", 0);
    // Its delivery is there, as if somebody else had made it: the write is refused.
    let owner = Arc::new(hourly.clone());
    let id = Occurrence {
        scheduled: owner,
        at_millis: 0,
        is_manual: false,
        now_millis: 0,
    }
    .delivery_id(None);
    let document = |body: Option<&str>| DocumentWrite {
        collection: "deliveries".into(),
        key: id.clone(),
        expected_version: None,
        body: body.map(Into::into),
    };
    world.runner.put(hourly, None).unwrap();
    shared.write(vec![document(Some("{}"))], None).unwrap();
    // It is put off; another one fires.
    let mut other = scheduled("rate(1 hour)", "UTC", 0);
    other.arn = "other".into();
    world.runner.put(other, None).unwrap();
    assert_eq!(world.at(0).unwrap(), Some(PUT_OFF_MILLIS));
    assert_eq!(world.state().done_until_millis, None);
    assert_eq!(world.staged(), 2);
    assert!(lock(&world.reports)[0].starts_with("schedule cannot fire"));
    shared.write(vec![document(None)], None).unwrap();
    assert_eq!(world.at(PUT_OFF_MILLIS).unwrap(), Some(HOUR));
    assert_eq!(world.state().done_until_millis, Some(0));
    assert_eq!(world.staged(), 2);
}

#[test]
fn the_end_of_an_execution_wakes_its_queue() {
    let store = memory();
    let world = World::open(&store, 0);
    let executions = Arc::new(Controlled::default());
    assert!(world.runner.0.executions.set(executions.clone()).is_ok());
    let policies = Policies {
        missed: Missed::OnlyLast,
        overlap: Overlap::CancelRunning,
    };
    let hourly = scheduled("rate(1 hour)", "UTC", 0);
    world.runner.put(hourly, Some(policies)).unwrap();
    world.at(0).unwrap();
    let delivered = store.documents("deliveries", None, 1).unwrap().remove(0);
    let delivery: Delivery = crate::table::parse(&delivered.body).unwrap();
    lock(&executions.running).insert("execution".to_owned());
    let told = Told {
        delivery: Arc::new(delivery),
        outcome: Outcome::Delivered(Delivered {
            execution_arn: Some("execution".into()),
            response: None,
        }),
    };
    world.runner.0.told(std::slice::from_ref(&told)).unwrap();
    assert_eq!(world.state().results[0].status, FiringStatus::Delivered);

    // One waits; whatever is decided meanwhile, it is stopped and listened to once.
    assert_eq!(world.at(HOUR).unwrap(), Some(2 * HOUR));
    world.runner.0.told(&[told]).unwrap();
    assert_eq!(world.at(HOUR + 1).unwrap(), Some(2 * HOUR));
    assert_eq!(*lock(&executions.stopped), ["execution".into()]);
    assert_eq!(world.staged(), 1);
    lock(&executions.running).clear();
    let mut waiting = std::mem::take(&mut *lock(&executions.waiting));
    assert_eq!(waiting.len(), 1);
    waiting.remove(0)();
    assert_eq!(world.at(HOUR + 2).unwrap(), Some(2 * HOUR));
    assert_eq!(world.staged(), 2);

    // Disabled, nothing waits any more.
    lock(&executions.running).insert("execution".to_owned());
    assert_eq!(world.at(2 * HOUR).unwrap(), Some(3 * HOUR));
    assert_eq!(world.state().queue.len(), 1);
    let mut disabled = (*world.runner.get("schedule").unwrap()).clone();
    disabled.is_enabled = false;
    world.runner.put(disabled, None).unwrap();
    assert_eq!(world.state().queue.len(), 0);
    assert_eq!(world.at(9 * HOUR).unwrap(), None);
    world.runner.remove("schedule").unwrap();
    assert!(
        store
            .documents("schedule-states", None, 1)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_queue_goes_on_waiting_after_a_restart() {
    let store = memory();
    let world = World::open(&store, 0);
    let executions = Arc::new(Controlled::default());
    assert!(world.runner.0.executions.set(executions.clone()).is_ok());
    let policies = Policies {
        missed: Missed::OnlyLast,
        overlap: Overlap::Queue,
    };
    let yearly = scheduled("rate(365 days)", "UTC", 0);
    world.runner.put(yearly.clone(), Some(policies)).unwrap();
    world.at(0).unwrap();
    world.runner.run_now("schedule", None).unwrap();
    assert_eq!(world.state().queue.len(), 1);
    let mut state = world.state();
    state.open[0].execution_arn = Some("execution".into());
    let mut transaction = Transaction::new(&store, None);
    transaction.put(&world.runner.0.states, "schedule", state);
    transaction.commit().unwrap();
    drop(world);

    let world = World::open(&store, HOUR);
    lock(&executions.running).insert("execution".to_owned());
    assert!(world.runner.0.executions.set(executions.clone()).is_ok());
    world.runner.put(yearly, None).unwrap();
    assert_eq!(world.at(HOUR).unwrap(), Some(365 * DAY));
    assert_eq!(world.staged(), 1);
    lock(&executions.running).clear();
    let mut waiting = std::mem::take(&mut *lock(&executions.waiting));
    waiting.remove(0)();
    world.at(HOUR + 1).unwrap();
    assert_eq!(world.staged(), 2);
}

/// The real loop, in the paused time of tokio.
#[tokio::test(start_paused = true)]
async fn the_driver_sleeps_until_something_is_due_and_stops() {
    let store = memory();
    let began = tokio::time::Instant::now();
    let clock: Clock = Arc::new(move || i64::try_from(began.elapsed().as_millis()).unwrap());
    let deliveries = Deliveries::open(&store, clock.clone(), Options::default()).unwrap();
    let runner = Runner::open(&store, deliveries, clock, Arc::new(|_| {})).unwrap();
    runner.run(Arc::new(Controlled::default()));
    runner
        .put(scheduled("rate(1 hour)", "UTC", 30 * MINUTE), None)
        .unwrap();
    let mut results = runner.results();
    for hour in 0..3 {
        results.changed().await.unwrap();
        let expected = 30 * MINUTE + hour * HOUR;
        let late = i64::try_from(began.elapsed().as_millis()).unwrap() - expected;
        assert!((0..100).contains(&late), "{late}");
    }
    runner.shut_down().await;
    assert_eq!(store.documents("deliveries", None, 9).unwrap().len(), 3);
}

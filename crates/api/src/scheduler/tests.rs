//! The API over a store, in virtual time.

use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::json;
use store::MemoryStore;

use super::*;
use crate::Caller;
use crate::delivery::{Clock, Deliveries, Options, Target};
use crate::wire::Input;

/// 2026-11-23T06:00:00Z
const NOW: i64 = 1_795_413_600_000;
const HOUR: i64 = 60 * 60 * 1000;

struct World {
    store: Arc<dyn Store>,
    now: Arc<AtomicI64>,
    scheduler: Scheduler,
    overview: Overview,
}

impl World {
    fn new() -> World {
        World::open(Arc::new(MemoryStore::default()), NOW)
    }

    fn open(store: Arc<dyn Store>, at: i64) -> World {
        let now = Arc::new(AtomicI64::new(at));
        let read = now.clone();
        let clock: Clock = Arc::new(move || read.load(Ordering::Relaxed));
        let deliveries = Deliveries::open(&store, clock.clone(), Options::default()).unwrap();
        let runner = Runner::open(&store, deliveries, clock, Arc::new(|_| {})).unwrap();
        let place = Place {
            partition: "aws".into(),
            region: "us-east-1".into(),
            account: "123456789012".into(),
        };
        let report = |what: String| panic!("{what}");
        let scheduler = Scheduler::open(&store, place, runner, at, &report).unwrap();
        World {
            overview: Overview {
                scheduler: scheduler.clone(),
                events: None,
            },
            store,
            now,
            scheduler,
        }
    }

    fn request(&self, operation: &'static str, members: Value) -> ServiceCall {
        let Value::Object(members) = members else {
            panic!("{members}");
        };
        ServiceCall {
            operation,
            input: Input {
                members,
                payload: None,
            },
            caller: Caller {
                principal: "p".into(),
                source: "s".into(),
            },
            now_millis: self.now.load(Ordering::Relaxed),
            call_key: None,
        }
    }

    fn ask(&self, operation: &'static str, members: Value) -> Result<Value, ServiceError> {
        let call = self.request(operation, members);
        let answer = self.scheduler.perform(&call)?;
        Ok(Value::Object(answer.members))
    }

    fn call(&self, operation: &'static str, members: Value) -> Value {
        self.ask(operation, members).unwrap()
    }

    /// Code and message.
    fn refusal(&self, operation: &'static str, members: Value) -> String {
        self.ask(operation, members).unwrap_err().to_string()
    }

    fn later(&self, millis: i64) {
        self.now.fetch_add(millis, Ordering::Relaxed);
    }

    fn fire(&self) -> Vec<Delivery> {
        self.scheduler.0.runner.step().unwrap();
        let documents = self.store.documents("deliveries", None, 100).unwrap();
        let read = |document: &store::Document| crate::table::parse(&document.body).unwrap();
        documents.iter().map(read).collect()
    }
}

fn target() -> Value {
    json!({
        "Arn": "arn:aws:states:us-east-1:123456789012:stateMachine:m",
        "RoleArn": "arn:aws:iam::123456789012:role/r",
    })
}

fn schedule(name: &str, changes: Value) -> Value {
    let mut members = json!({
        "Name": name,
        "ScheduleExpression": "rate(1 hour)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": target(),
    });
    for (member, value) in changes.as_object().unwrap() {
        members[member] = value.clone();
    }
    members
}

#[test]
fn a_schedule_is_created_shown_updated_and_deleted() {
    let world = World::new();
    let created = world.call(
        "CreateSchedule",
        schedule("a", json!({"Description": "d", "Unknown": 1})),
    );
    let arn = "arn:aws:scheduler:us-east-1:123456789012:schedule/default/a";
    assert_eq!(created, json!({"ScheduleArn": arn}));
    let mut shown_target = target();
    shown_target["RetryPolicy"] =
        json!({"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185});
    let mut shown = json!({
        "Arn": arn,
        "Name": "a",
        "GroupName": "default",
        "Description": "d",
        "ScheduleExpression": "rate(1 hour)",
        "ScheduleExpressionTimezone": "UTC",
        "State": "ENABLED",
        "ActionAfterCompletion": "NONE",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": shown_target,
        "CreationDate": NOW as f64 / 1000.0,
        "LastModificationDate": NOW as f64 / 1000.0,
    });
    assert_eq!(world.call("GetSchedule", json!({"Name": "a"})), shown);

    // An update replaces everything: the description is gone.
    world.later(1500);
    let changes = json!({"State": "DISABLED", "ScheduleExpressionTimezone": "Europe/Berlin"});
    world.call("UpdateSchedule", schedule("a", changes));
    shown.as_object_mut().unwrap().remove("Description");
    shown["State"] = "DISABLED".into();
    shown["ScheduleExpressionTimezone"] = "Europe/Berlin".into();
    shown["LastModificationDate"] = json!(1_795_413_601.5);
    let again = World::open(world.store.clone(), NOW + HOUR);
    for world in [&world, &again] {
        assert_eq!(world.call("GetSchedule", json!({"Name": "a"})), shown);
    }

    world.call("DeleteSchedule", json!({"Name": "a", "ClientToken": "t"}));
    let gone = "ResourceNotFoundException: Schedule a does not exist.";
    for operation in ["GetSchedule", "DeleteSchedule", "UpdateSchedule"] {
        assert_eq!(world.refusal(operation, schedule("a", json!({}))), gone);
    }
    // The same request again is answered as before.
    world.call("DeleteSchedule", json!({"Name": "a", "ClientToken": "t"}));
    assert!(
        world
            .store
            .documents("schedules", None, 9)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_name_is_taken_unless_the_same_request_is_repeated() {
    let world = World::new();
    let with_token = schedule("a", json!({"ClientToken": "t"}));
    let created = world.call("CreateSchedule", with_token.clone());
    assert_eq!(world.call("CreateSchedule", with_token), created);
    let taken = "ConflictException: Schedule a already exists.";
    for changes in [
        json!({}),
        json!({"ClientToken": "u"}),
        json!({"ClientToken": "t", "State": "DISABLED"}),
    ] {
        let refusal = world.refusal("CreateSchedule", schedule("a", changes));
        assert_eq!(refusal, taken);
    }
    let nowhere = schedule("a", json!({"GroupName": "g"}));
    assert_eq!(
        world.refusal("CreateSchedule", nowhere),
        "ResourceNotFoundException: Schedule group g does not exist."
    );
}

#[test]
fn bad_input_gets_the_error_of_aws() {
    let world = World::new();
    let seconds = |after: i64| (NOW + after) as f64 / 1000.0;
    for (changes, message) in [
        (
            json!({"ScheduleExpression": "rate(0 minutes)"}),
            "Invalid Schedule Expression rate(0 minutes).",
        ),
        (
            json!({"ScheduleExpression": "cron(0 8 31 2 ? *)"}),
            "Invalid Schedule Expression cron(0 8 31 2 ? *).",
        ),
        (
            json!({"ScheduleExpression": "cron(0 8 1 1 ? 2020)"}),
            "Invalid Schedule Expression cron(0 8 1 1 ? 2020).",
        ),
        (
            json!({"ScheduleExpression": "at(2020-01-01T00:00:00)"}),
            "Invalid Schedule Expression at(2020-01-01T00:00:00). The time has passed, more than MaximumEventAgeInSeconds (86400) ago: it would never run.",
        ),
        (
            json!({"ScheduleExpressionTimezone": "Mars/Phobos"}),
            "Invalid Schedule Expression Timezone: \"Mars/Phobos\" is no time zone",
        ),
        (
            json!({"StartDate": seconds(2 * HOUR), "EndDate": seconds(2 * HOUR)}),
            "The StartDate you specify must come before the EndDate.",
        ),
        (
            json!({"StartDate": seconds(-HOUR)}),
            "The StartDate you specify cannot be earlier than 5 minutes ago.",
        ),
        (
            json!({"EndDate": seconds(-1)}),
            "The EndDate you specify cannot be in the past.",
        ),
        (
            json!({"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}}),
            "MaximumWindowInMinutes must be provided when FlexibleTimeWindowMode is set to FLEXIBLE.",
        ),
        (
            json!({"FlexibleTimeWindow": {"Mode": "OFF", "MaximumWindowInMinutes": 5}}),
            "MaximumWindowInMinutes must not be provided when FlexibleTimeWindowMode is set to OFF.",
        ),
        (
            json!({"Stepwright": {"Overlap": "never"}}),
            "Stepwright.Overlap is \"never\"; it can be one of ALLOW, SKIP, QUEUE, CANCEL_RUNNING.",
        ),
    ] {
        let refusal = world.refusal("CreateSchedule", schedule("a", changes));
        let expected = format!("ValidationException: {message}");
        assert!(refusal.starts_with(&expected), "{refusal}");
    }
    assert!(
        world
            .store
            .documents("schedules", None, 9)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_time_that_has_just_passed_fires_at_once_and_may_delete_its_schedule() {
    let world = World::new();
    let target = json!({
        "Arn": "arn:aws:sqs:us-east-1:123456789012:q",
        "RoleArn": "arn:aws:iam::123456789012:role/r",
        "Input": "<aws.scheduler.schedule-arn> <aws.scheduler.scheduled-time> <aws.scheduler.attempt-number>",
        "RetryPolicy": {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 600},
        "DeadLetterConfig": {"Arn": "arn:aws:sqs:us-east-1:123456789012:dead"},
    });
    let changes = json!({
        "ScheduleExpression": "at(2026-11-23T06:59:00)",
        "ScheduleExpressionTimezone": "Europe/Berlin",
        "ActionAfterCompletion": "DELETE",
        "Target": target,
    });
    world.call("CreateSchedule", schedule("once", changes));
    let deliveries = world.fire();
    let [delivery] = &deliveries[..] else {
        panic!("{deliveries:?}");
    };
    let queue = Target::Sqs {
        arn: "arn:aws:sqs:us-east-1:123456789012:q".into(),
        message_group_id: None,
    };
    assert_eq!(delivery.target, queue);
    let arn = "arn:aws:scheduler:us-east-1:123456789012:schedule/default/once";
    let expected = format!("{arn} 2026-11-23T05:59:00Z <aws.scheduler.attempt-number>");
    assert_eq!(*delivery.input, *expected);
    assert_eq!(delivery.max_attempts, 4);
    assert_eq!(delivery.not_after_millis, NOW + 600_000);
    assert_eq!(
        delivery.dead_letter_arn.as_deref(),
        Some("arn:aws:sqs:us-east-1:123456789012:dead")
    );
    let gone = "ResourceNotFoundException: Schedule once does not exist.";
    assert_eq!(world.refusal("GetSchedule", json!({"Name": "once"})), gone);
    assert!(
        world
            .store
            .documents("schedule-states", None, 9)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn without_an_input_the_target_gets_a_notification() {
    let world = World::new();
    world.call("CreateSchedule", schedule("a", json!({})));
    let deliveries = world.fire();
    let input: Value = serde_json::from_str(&deliveries[0].input).unwrap();
    let expected = json!({
        "version": "0",
        "id": *deliveries[0].id,
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": "123456789012",
        "time": "2026-11-23T06:00:00Z",
        "region": "us-east-1",
        "resources": ["arn:aws:scheduler:us-east-1:123456789012:schedule/default/a"],
        "detail": "{}",
    });
    assert_eq!(input, expected);
}

#[test]
fn an_update_begins_a_new_timetable_only_if_it_changes_it() {
    let world = World::new();
    world.call("CreateSchedule", schedule("a", json!({})));
    assert_eq!(world.fire().len(), 1);
    world.later(HOUR / 2);
    world.call("UpdateSchedule", schedule("a", json!({"Description": "d"})));
    world.later(HOUR / 2 - 1);
    assert_eq!(world.fire().len(), 1);
    world.later(1);
    assert_eq!(world.fire().len(), 2, "an hour after the first");
    let faster = schedule("a", json!({"ScheduleExpression": "rate(30 minutes)"}));
    world.call("UpdateSchedule", faster.clone());
    assert_eq!(world.fire().len(), 2, "a change is no occurrence");
    world.later(HOUR / 2);
    assert_eq!(world.fire().len(), 3);

    // What passes while it is disabled is not made up for.
    let mut disabled = faster.clone();
    disabled["State"] = "DISABLED".into();
    world.call("UpdateSchedule", disabled);
    world.later(HOUR);
    assert_eq!(world.fire().len(), 3);
    world.call("UpdateSchedule", faster);
    assert_eq!(world.fire().len(), 3);
    world.later(HOUR / 2);
    assert_eq!(world.fire().len(), 4);
}

#[test]
fn a_rate_begins_with_its_start_date() {
    let world = World::new();
    let at = |millis: i64| json!({"StartDate": (NOW + millis) as f64 / 1000.0});
    world.call("CreateSchedule", schedule("soon", at(HOUR / 4)));
    assert!(world.fire().is_empty());
    world.later(HOUR / 4);
    assert_eq!(world.fire().len(), 1);
    world.call("CreateSchedule", schedule("just", at(HOUR / 4 - 1000)));
    assert_eq!(world.fire().len(), 2);
}

#[test]
fn schedules_are_listed_by_group_prefix_and_state_in_pages() {
    let world = World::new();
    world.call("CreateScheduleGroup", json!({"Name": "g"}));
    for name in ["a1", "a2", "b1"] {
        for group in ["default", "g"] {
            world.call(
                "CreateSchedule",
                schedule(name, json!({"GroupName": group})),
            );
        }
    }
    let off = schedule("a2", json!({"GroupName": "g", "State": "DISABLED"}));
    world.call("UpdateSchedule", off);
    let names = |answer: &Value| -> Vec<String> {
        let schedules = answer["Schedules"].as_array().unwrap().iter();
        let name = |schedule: &Value| {
            let text = |member: &str| schedule[member].as_str().unwrap().to_owned();
            format!("{}/{}", text("GroupName"), text("Name"))
        };
        schedules.map(name).collect()
    };
    let listed = |members: Value| names(&world.call("ListSchedules", members));
    assert_eq!(listed(json!({})).len(), 6);
    assert_eq!(listed(json!({"GroupName": "g"})), ["g/a1", "g/a2", "g/b1"]);
    let named = listed(json!({"GroupName": "default", "NamePrefix": "a"}));
    assert_eq!(named, ["default/a1", "default/a2"]);
    assert_eq!(listed(json!({"State": "DISABLED"})), ["g/a2"]);
    let first = world.call("ListSchedules", json!({"MaxResults": 4, "GroupName": "g"}));
    assert!(first.get("NextToken").is_none());
    let first = world.call("ListSchedules", json!({"MaxResults": 4}));
    let token = first["NextToken"].clone();
    let second = listed(json!({"MaxResults": 4, "NextToken": token}));
    assert_eq!(second, ["g/a2", "g/b1"]);
    let refusal = world.refusal(
        "ListSchedules",
        json!({"NextToken": token, "State": "ENABLED"}),
    );
    assert_eq!(
        refusal,
        "ValidationException: The NextToken is not valid, or has expired."
    );
    assert_eq!(
        world.refusal("ListSchedules", json!({"GroupName": "h"})),
        "ResourceNotFoundException: Schedule group h does not exist."
    );
}

#[test]
fn a_group_goes_with_its_schedules_and_the_default_one_stays() {
    let world = World::new();
    let default =
        "ValidationException: This operation cannot be performed on schedule group default.";
    for operation in ["CreateScheduleGroup", "DeleteScheduleGroup"] {
        assert_eq!(
            world.refusal(operation, json!({"Name": "default"})),
            default
        );
    }
    assert_eq!(
        world.call("GetScheduleGroup", json!({"Name": "default"}))["State"],
        "ACTIVE"
    );
    let arn = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/g";
    let tags = json!([{"Key": "k", "Value": "v"}]);
    let created = world.call("CreateScheduleGroup", json!({"Name": "g", "Tags": tags}));
    assert_eq!(created, json!({"ScheduleGroupArn": arn}));
    assert_eq!(
        world.refusal("CreateScheduleGroup", json!({"Name": "g"})),
        "ConflictException: Schedule group g already exists."
    );
    world.call(
        "TagResource",
        json!({"ResourceArn": arn, "Tags": [{"Key": "l", "Value": "w"}]}),
    );
    world.call(
        "UntagResource",
        json!({"ResourceArn": arn, "TagKeys": ["k"]}),
    );
    let left = world.call("ListTagsForResource", json!({"ResourceArn": arn}));
    assert_eq!(left, json!({"Tags": [{"Key": "l", "Value": "w"}]}));
    for i in 0..3 {
        let name = format!("s{i}");
        world.call("CreateSchedule", schedule(&name, json!({"GroupName": "g"})));
    }
    world.call("CreateSchedule", schedule("stays", json!({})));
    world.call("DeleteScheduleGroup", json!({"Name": "g"}));
    let gone = "ResourceNotFoundException: Schedule group g does not exist.";
    assert_eq!(
        world.refusal("GetScheduleGroup", json!({"Name": "g"})),
        gone
    );
    assert_eq!(
        world.refusal("ListTagsForResource", json!({"ResourceArn": arn})),
        gone
    );
    let left = world.call("ListSchedules", json!({}));
    assert_eq!(left["Schedules"].as_array().unwrap().len(), 1);
    assert_eq!(world.fire().len(), 1);
    let groups = world.call("ListScheduleGroups", json!({}));
    assert_eq!(groups["ScheduleGroups"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn our_own_operations_show_run_pause_and_govern() {
    let world = World::new();
    let arn = "arn:aws:scheduler:us-east-1:123456789012:schedule/default/a";
    let changes = json!({
        "ScheduleExpression": "cron(0 8 ? * MON-FRI *)",
        "Stepwright": {"Missed": "catch up"},
    });
    world.call("CreateSchedule", schedule("a", changes.clone()));
    let ask = async |operation, members| {
        let call = world.request(operation, members);
        world.overview.call(call).await.unwrap()
    };
    let listed = ask("ListSchedules", json!({})).await;
    let shown = &listed["Schedules"][0];
    assert_eq!(shown["Name"], "default/a");
    assert_eq!(shown["Next"].as_array().unwrap().len(), 10);
    assert_eq!(shown["Next"][0], (NOW + 2 * HOUR) as f64 / 1000.0);
    assert_eq!(
        (&shown["Missed"], &shown["Overlap"]),
        (&json!("CATCH_UP"), &json!("ALLOW"))
    );

    let policies = ask("PutSchedulePolicy", json!({"Arn": arn, "Overlap": "SKIP"})).await;
    assert_eq!(policies, json!({"Missed": "CATCH_UP", "Overlap": "SKIP"}));
    // An update that does not name them leaves them.
    let unnamed = json!({"ScheduleExpression": "cron(0 8 ? * MON-FRI *)"});
    world.call("UpdateSchedule", schedule("a", unnamed));
    let shown = ask("DescribeSchedule", json!({"Arn": arn})).await;
    assert_eq!(
        (&shown["Missed"], &shown["Overlap"]),
        (&json!("CATCH_UP"), &json!("SKIP"))
    );

    ask("SetScheduleState", json!({"Arn": arn, "State": "DISABLED"})).await;
    let shown = ask("DescribeSchedule", json!({"Arn": arn})).await;
    assert_eq!(
        (&shown["State"], &shown["Next"]),
        (&json!("DISABLED"), &json!([]))
    );
    assert_eq!(
        world.call("GetSchedule", json!({"Name": "a"}))["State"],
        "DISABLED"
    );

    let call = world.request("RunSchedule", json!({"Arn": "arn:x"}));
    let refusal = world.overview.call(call).await.unwrap_err();
    assert_eq!(
        (refusal.status, &*refusal.code),
        (404, "ResourceNotFoundException")
    );
    let run = world
        .scheduler
        .0
        .runner
        .run_now(arn, None)
        .unwrap()
        .unwrap();
    assert!(!run.is_queued);
    // The first is on its way: nobody waits for what is left out.
    world.later(5);
    let left_out = ask("RunSchedule", json!({"Arn": arn})).await;
    assert_eq!(left_out["Results"][0]["Status"], "SKIPPED");
    assert_eq!(
        left_out["Results"][0]["Reason"],
        "the execution before it still runs"
    );
}

#[test]
fn thousands_of_schedules_are_opened_and_wait_for_one_timer() {
    let world = World::new();
    for i in 0..2_000 {
        let nightly = json!({"ScheduleExpression": "cron(0 2 ? * * *)"});
        world.call("CreateSchedule", schedule(&format!("s{i}"), nightly));
    }
    let again = World::open(world.store.clone(), NOW);
    assert_eq!(
        again.scheduler.0.runner.step().unwrap(),
        Some(NOW + 20 * HOUR)
    );
}

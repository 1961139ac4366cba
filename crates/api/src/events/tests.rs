//! The service against a store in memory. Its deliveries stay where they are staged.

use std::sync::Arc;

use serde_json::{Value, json};
use store::{MemoryStore, Store};

use super::{Authorization, Events, Limits, Unreachable};
use crate::delivery::{Deliveries, Delivery, Origin, Target};
use crate::scheduler::runner::Runner;
use crate::wire::{AwsService, Input, ServiceCall, ServiceError};
use crate::{Caller, Place};

const NOW: i64 = 1_700_000_000_000;
const MACHINE: &str = "arn:aws:states:eu-west-1:123456789012:stateMachine:m";
const QUEUE: &str = "arn:aws:sqs:eu-west-1:123456789012:q";
const ROLE: &str = "arn:aws:iam::123456789012:role/r";

struct World {
    store: Arc<dyn Store>,
    events: Events,
    runner: Runner,
}

impl World {
    fn new() -> World {
        World::on(Arc::new(MemoryStore::default()))
    }

    fn on(store: Arc<dyn Store>) -> World {
        let deliveries = Deliveries::open(&store, Arc::new(|| NOW), Default::default()).unwrap();
        let place = Place {
            partition: "aws".into(),
            region: "eu-west-1".into(),
            account: "123456789012".into(),
        };
        let limits = Limits {
            targets: 3,
            ..Limits::default()
        };
        let report = |what: String| panic!("{what}");
        let runner = Runner::open(
            &store,
            deliveries.clone(),
            Arc::new(|| NOW),
            Arc::new(report),
        );
        let runner = runner.unwrap();
        let events = Events::open(
            &store,
            deliveries,
            runner.clone(),
            place,
            limits,
            NOW,
            &report,
        );
        let events = events.unwrap();
        World {
            store,
            events,
            runner,
        }
    }

    async fn call(&self, operation: &'static str, members: Value) -> Result<Value, ServiceError> {
        let Value::Object(members) = members else {
            panic!("{members} is no object");
        };
        let call = ServiceCall {
            operation,
            input: Input {
                members,
                payload: None,
            },
            caller: Caller {
                principal: "anonymous".into(),
                source: "test".into(),
            },
            now_millis: NOW,
            call_key: None,
        };
        let output = self.events.call(call).await?;
        Ok(Value::Object(output.members))
    }

    async fn done(&self, operation: &'static str, members: Value) -> Value {
        let answer = self.call(operation, members).await;
        answer.unwrap_or_else(|error| panic!("{operation}: {error}"))
    }

    async fn refused(&self, operation: &'static str, members: Value) -> String {
        match self.call(operation, members).await {
            Ok(answer) => panic!("{operation} answers {answer}"),
            Err(error) => error.to_string(),
        }
    }

    /// A rule with one target.
    async fn rule(&self, name: &str, pattern: Value, target: Value) {
        let rule = json!({ "Name": name, "EventPattern": pattern.to_string() });
        self.done("PutRule", rule).await;
        let targets = json!({ "Rule": name, "Targets": [target] });
        self.done("PutTargets", targets).await;
    }

    /// An event of `app` on the default bus.
    async fn event(&self, detail: Value) -> String {
        let entry = json!({ "Source": "app", "DetailType": "t", "Detail": detail.to_string() });
        let answer = self.done("PutEvents", json!({ "Entries": [entry] })).await;
        assert_eq!(answer["FailedEntryCount"], 0, "{answer}");
        answer["Entries"][0]["EventId"].as_str().unwrap().to_owned()
    }

    fn deliveries(&self) -> Vec<Delivery> {
        let documents = self.store.documents("deliveries", None, 1000).unwrap();
        let bodies = documents
            .iter()
            .map(|document| crate::table::parse(&document.body));
        bodies.map(Result::unwrap).collect()
    }
}

#[tokio::test]
async fn buses_come_and_go_in_the_words_of_aws() {
    let world = World::new();
    let created = world
        .done("CreateEventBus", json!({ "Name": "b", "Description": "d" }))
        .await;
    let arn = "arn:aws:events:eu-west-1:123456789012:event-bus/b";
    assert_eq!(created, json!({ "EventBusArn": arn, "Description": "d" }));
    assert_eq!(
        world
            .refused("CreateEventBus", json!({ "Name": "b" }))
            .await,
        "ResourceAlreadyExistsException: Event bus b already exists."
    );
    assert_eq!(
        world
            .refused("CreateEventBus", json!({ "Name": "a/b" }))
            .await,
        "ValidationException: Event bus name must not contain '/'."
    );
    let described = world.done("DescribeEventBus", json!({ "Name": arn })).await;
    assert_eq!(described["Name"], "b");
    assert_eq!(described["CreationTime"], 1_700_000_000.0);
    let listed = world.done("ListEventBuses", json!({})).await;
    let names: Vec<&Value> = listed["EventBuses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bus| &bus["Name"])
        .collect();
    assert_eq!(names, ["b", "default"]);

    let rule =
        json!({ "Name": "r", "EventBusName": arn, "EventPattern": "{\"source\":[\"app\"]}" });
    let rule = world.done("PutRule", rule).await;
    assert_eq!(
        rule["RuleArn"],
        "arn:aws:events:eu-west-1:123456789012:rule/b/r"
    );
    assert_eq!(
        world
            .refused("DeleteEventBus", json!({ "Name": "b" }))
            .await,
        "ValidationException: EventBus can't be deleted since it has rules."
    );
    world
        .done("DeleteRule", json!({ "Name": "r", "EventBusName": "b" }))
        .await;
    world.done("DeleteEventBus", json!({ "Name": "b" })).await;
    world.done("DeleteEventBus", json!({ "Name": "b" })).await;
    assert_eq!(
        world
            .refused("DescribeEventBus", json!({ "Name": "b" }))
            .await,
        "ResourceNotFoundException: Event bus b does not exist."
    );
    assert_eq!(
        world
            .refused("DeleteEventBus", json!({ "Name": "default" }))
            .await,
        "ValidationException: Cannot delete event bus default."
    );
}

#[tokio::test]
async fn permissions_become_a_policy() {
    let world = World::new();
    let statement =
        json!({ "Action": "events:PutEvents", "Principal": "210987654321", "StatementId": "s" });
    world.done("PutPermission", statement.clone()).await;
    let policy = world.done("DescribeEventBus", json!({})).await["Policy"].clone();
    let policy: Value = serde_json::from_str(policy.as_str().unwrap()).unwrap();
    assert_eq!(
        policy["Statement"][0]["Principal"]["AWS"],
        "arn:aws:iam::210987654321:root"
    );
    world.done("PutPermission", statement).await;
    assert_eq!(
        world
            .refused("RemovePermission", json!({ "StatementId": "other" }))
            .await,
        "ResourceNotFoundException: Statement with the provided id does not exist."
    );
    world
        .done("RemovePermission", json!({ "StatementId": "s" }))
        .await;
    assert_eq!(
        world
            .refused("RemovePermission", json!({ "StatementId": "s" }))
            .await,
        "ResourceNotFoundException: EventBus does not have a policy."
    );
    assert_eq!(
        world
            .refused("PutPermission", json!({ "Policy": "{" }))
            .await,
        "ValidationException: This policy contains invalid Json"
    );
}

#[tokio::test]
async fn rules_are_replaced_but_keep_targets_and_tags() {
    let world = World::new();
    assert_eq!(
        world.refused("PutRule", json!({ "Name": "r" })).await,
        "ValidationException: Parameter(s) EventPattern or ScheduleExpression must be specified."
    );
    let refused = world
        .refused("PutRule", json!({ "Name": "r", "EventPattern": "{" }))
        .await;
    assert!(
        refused.starts_with("InvalidEventPatternException: Event pattern is not valid. Reason: "),
        "{refused}"
    );
    let every = json!({ "Name": "r", "ScheduleExpression": "rate(1 minutes)" });
    let refused = world.refused("PutRule", every).await;
    let message = "ValidationException: Parameter ScheduleExpression is not valid.";
    assert!(refused.starts_with(message), "{refused}");
    let elsewhere =
        json!({ "Name": "r", "EventBusName": "b", "ScheduleExpression": "rate(1 minute)" });
    assert_eq!(
        world.refused("PutRule", elsewhere).await,
        "ValidationException: ScheduleExpression is supported only on the default event bus."
    );
    world
        .rule(
            "r",
            json!({ "source": ["app"] }),
            json!({ "Id": "1", "Arn": QUEUE }),
        )
        .await;
    let arn = "arn:aws:events:eu-west-1:123456789012:rule/r";
    world
        .done(
            "TagResource",
            json!({ "ResourceARN": arn, "Tags": [{ "Key": "k", "Value": "v" }] }),
        )
        .await;
    let again = json!({ "Name": "r", "EventPattern": "{\"source\":[\"b\"]}", "State": "DISABLED", "Description": "d" });
    world.done("PutRule", again).await;
    let rule = world.done("DescribeRule", json!({ "Name": "r" })).await;
    assert_eq!(
        rule,
        json!({
            "Name": "r",
            "Arn": arn,
            "EventPattern": "{\"source\":[\"b\"]}",
            "State": "DISABLED",
            "Description": "d",
            "EventBusName": "default",
            "CreatedBy": "123456789012",
        })
    );
    let tags = world
        .done("ListTagsForResource", json!({ "ResourceARN": arn }))
        .await;
    assert_eq!(tags["Tags"], json!([{ "Key": "k", "Value": "v" }]));
    world
        .done(
            "UntagResource",
            json!({ "ResourceARN": arn, "TagKeys": ["k", "x"] }),
        )
        .await;
    let tags = world
        .done("ListTagsForResource", json!({ "ResourceARN": arn }))
        .await;
    assert_eq!(tags["Tags"], json!([]));
    let names = world
        .done("ListRuleNamesByTarget", json!({ "TargetArn": QUEUE }))
        .await;
    assert_eq!(names["RuleNames"], json!(["r"]));
    assert_eq!(
        world.refused("DeleteRule", json!({ "Name": "r" })).await,
        "ValidationException: Rule can't be deleted since it has targets."
    );
    let removed = world
        .done("RemoveTargets", json!({ "Rule": "r", "Ids": ["1", "x"] }))
        .await;
    assert_eq!(
        removed,
        json!({ "FailedEntryCount": 0, "FailedEntries": [] })
    );
    world.done("DeleteRule", json!({ "Name": "r" })).await;
    world.done("DeleteRule", json!({ "Name": "r" })).await;
    assert_eq!(
        world.refused("EnableRule", json!({ "Name": "r" })).await,
        "ResourceNotFoundException: Rule r does not exist on EventBus default."
    );
}

#[tokio::test]
async fn lists_have_pages() {
    let world = World::new();
    for name in ["a1", "a2", "a3", "b1"] {
        let rule = json!({ "Name": name, "EventPattern": "{\"source\":[\"app\"]}" });
        world.done("PutRule", rule).await;
    }
    let names = |page: &Value| -> Vec<String> {
        let rules = page["Rules"].as_array().unwrap();
        rules
            .iter()
            .map(|rule| rule["Name"].as_str().unwrap().to_owned())
            .collect()
    };
    let first = world
        .done("ListRules", json!({ "NamePrefix": "a", "Limit": 2 }))
        .await;
    assert_eq!(names(&first), ["a1", "a2"]);
    let next = json!({ "NamePrefix": "a", "Limit": 2, "NextToken": first["NextToken"] });
    let second = world.done("ListRules", next).await;
    assert_eq!(names(&second), ["a3"]);
    assert!(second.get("NextToken").is_none());
    assert_eq!(
        world
            .refused("ListRules", json!({ "NextToken": "x" }))
            .await,
        "ValidationException: Parameter NextToken is not valid."
    );
}

#[tokio::test]
async fn targets_that_cannot_work_are_refused_as_a_whole() {
    let world = World::new();
    world
        .rule(
            "r",
            json!({ "source": ["app"] }),
            json!({ "Id": "1", "Arn": QUEUE }),
        )
        .await;
    let bus = "arn:aws:events:eu-west-1:123456789012:event-bus/b";
    for (target, message) in [
        (
            json!({ "Id": "x", "Arn": "q" }),
            "Parameter q is not valid. Reason: Provided Arn is not in correct format.",
        ),
        (
            json!({ "Id": "x", "Arn": MACHINE }),
            "RoleArn is required for target arn:aws:states:eu-west-1:123456789012:stateMachine:m.",
        ),
        (
            json!({ "Id": "x", "Arn": format!("{QUEUE}.fifo") }),
            "Parameter(s) SqsParameters must be specified for target: x.",
        ),
        (
            json!({ "Id": "x", "Arn": QUEUE, "Input": "{}", "InputPath": "$" }),
            "Only one of Input, InputPath, or InputTransformer must be provided for target x.",
        ),
        (
            json!({ "Id": "x", "Arn": QUEUE, "Input": "{'a'}" }),
            "JSON syntax error in input for target x: [key must be a string at line 1 column 2]",
        ),
        (
            json!({ "Id": "x", "Arn": bus, "Input": "{}" }),
            "Input, InputPath and InputTransformer are not available for target x: an event bus gets the event.",
        ),
        (
            json!({ "Id": "x", "Arn": "arn:aws:states:eu-west-1:123456789012:activity:a", "RoleArn": ROLE }),
            "Parameter arn:aws:states:eu-west-1:123456789012:activity:a is not valid. Reason: A target of states has to be a state machine, a version or an alias.",
        ),
        (
            json!({ "Id": "x", "Arn": QUEUE, "DeadLetterConfig": { "Arn": MACHINE } }),
            "Parameter arn:aws:states:eu-west-1:123456789012:stateMachine:m is not valid. Reason: The dead-letter queue of target x has to be a standard queue of Amazon SQS.",
        ),
    ] {
        let targets = json!({ "Rule": "r", "Targets": [{ "Id": "2", "Arn": QUEUE }, target] });
        let refused = world.refused("PutTargets", targets).await;
        assert_eq!(refused, format!("ValidationException: {message}"));
    }
    let many: Vec<Value> = (0..4)
        .map(|i| json!({ "Id": i.to_string(), "Arn": QUEUE }))
        .collect();
    assert_eq!(
        world
            .refused("PutTargets", json!({ "Rule": "r", "Targets": many }))
            .await,
        "LimitExceededException: The requested resource exceeds the maximum number allowed."
    );
    let targets = world
        .done("ListTargetsByRule", json!({ "Rule": "r" }))
        .await;
    assert_eq!(targets["Targets"], json!([{ "Id": "1", "Arn": QUEUE }]));
}

#[tokio::test]
async fn an_event_reaches_the_targets_of_the_rules_that_it_matches() {
    let world = World::new();
    let target = json!({
        "Id": "1",
        "Arn": MACHINE,
        "RoleArn": ROLE,
        "InputPath": "$.detail",
        "RetryPolicy": { "MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 60 },
        "DeadLetterConfig": { "Arn": QUEUE },
    });
    world
        .rule(
            "r",
            json!({ "source": ["app"], "detail": { "n": [1] } }),
            target,
        )
        .await;
    world
        .rule(
            "other",
            json!({ "source": ["elsewhere"] }),
            json!({ "Id": "1", "Arn": QUEUE }),
        )
        .await;
    world.event(json!({ "n": 2 })).await;
    assert_eq!(world.deliveries(), []);

    let id = world.event(json!({ "n": 1 })).await;
    let deliveries = world.deliveries();
    let [delivery] = deliveries.as_slice() else {
        panic!("{deliveries:?}");
    };
    assert_eq!(&*delivery.input, "{\"n\":1}");
    assert_eq!(
        delivery.target,
        Target::StateMachine {
            arn: MACHINE.into()
        }
    );
    assert_eq!(
        delivery.origin,
        Origin::Rule {
            arn: "arn:aws:events:eu-west-1:123456789012:rule/r".into(),
            target_id: "1".into(),
            event_id: id.as_str().into(),
        }
    );
    assert_eq!(
        (delivery.max_attempts, delivery.not_after_millis),
        (3, NOW + 60_000)
    );
    assert_eq!(delivery.role_arn.as_deref(), Some(ROLE));
    let event: Value = serde_json::from_str(delivery.dead_letter_body.as_deref().unwrap()).unwrap();
    assert_eq!(
        event,
        json!({
            "version": "0",
            "id": id,
            "detail-type": "t",
            "source": "app",
            "account": "123456789012",
            "time": "2023-11-14T22:13:20Z",
            "region": "eu-west-1",
            "resources": [],
            "detail": { "n": 1 },
        })
    );

    world.done("DisableRule", json!({ "Name": "r" })).await;
    world.event(json!({ "n": 1 })).await;
    assert_eq!(world.deliveries().len(), 1);
    // A rule that was read again works as before.
    world.done("EnableRule", json!({ "Name": "r" })).await;
    let world = World::on(world.store.clone());
    world.event(json!({ "n": 1 })).await;
    assert_eq!(world.deliveries().len(), 2);
}

#[tokio::test]
async fn entries_are_refused_one_by_one() {
    let world = World::new();
    let entry = |source: &str, detail: &str| json!({ "Source": source, "DetailType": "t", "Detail": detail });
    let mut elsewhere = entry("app", "{}");
    elsewhere["EventBusName"] = "gone".into();
    let entries = json!([
        entry("app", "{}"),
        { "DetailType": "t", "Detail": "{}" },
        { "Source": "app", "Detail": "{}" },
        { "Source": "app", "DetailType": "t" },
        entry("app", "[1]"),
        entry("app", "{"),
        entry("aws.ec2", "{}"),
        elsewhere,
    ]);
    let answer = world.done("PutEvents", json!({ "Entries": entries })).await;
    assert_eq!(answer["FailedEntryCount"], 7);
    let codes: Vec<&Value> = answer["Entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["ErrorCode"])
        .collect();
    assert_eq!(
        codes,
        [
            &Value::Null,
            &json!("InvalidArgument"),
            &json!("InvalidArgument"),
            &json!("InvalidArgument"),
            &json!("MalformedDetail"),
            &json!("MalformedDetail"),
            &json!("NotAuthorizedForSourceException"),
            &json!("InvalidArgument"),
        ]
    );
    assert_eq!(
        answer["Entries"][1]["ErrorMessage"],
        "Parameter Source is not valid. Reason: Source is a required argument."
    );
    let detail = format!("{{\"a\":\"{}\"}}", "x".repeat(1024 * 1024));
    assert_eq!(
        world
            .refused("PutEvents", json!({ "Entries": [entry("app", &detail)] }))
            .await,
        "ValidationException: Total size of the entries in the request is over the limit."
    );
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let answer = world
        .done("PutEvents", json!({ "Entries": [entry("app", &deep)] }))
        .await;
    assert_eq!(answer["Entries"][0]["ErrorCode"], "MalformedDetail");
}

#[tokio::test]
async fn an_event_goes_on_to_one_more_bus_and_no_further() {
    let world = World::new();
    let arn = |name: &str| format!("arn:aws:events:eu-west-1:123456789012:event-bus/{name}");
    world.done("CreateEventBus", json!({ "Name": "b" })).await;
    world
        .rule(
            "on",
            json!({ "source": ["app"] }),
            json!({ "Id": "1", "Arn": arn("b") }),
        )
        .await;
    let pattern = json!({ "source": ["app"] }).to_string();
    world
        .done(
            "PutRule",
            json!({ "Name": "back", "EventBusName": "b", "EventPattern": pattern }),
        )
        .await;
    let targets = json!([{ "Id": "bus", "Arn": arn("default") }, { "Id": "queue", "Arn": QUEUE }]);
    world
        .done(
            "PutTargets",
            json!({ "Rule": "back", "EventBusName": "b", "Targets": targets }),
        )
        .await;
    let id = world.event(json!({ "n": 1 })).await;
    let [on] = <[Delivery; 1]>::try_from(world.deliveries()).unwrap();
    assert_eq!(&*on.input, "{\"n\":1}");
    // The delivery is made twice, as after a crash.
    world.events.hand_on(&on, NOW).await.unwrap();
    world.events.hand_on(&on, NOW).await.unwrap();
    let mut handed_on = world.deliveries();
    handed_on.retain(|delivery| delivery.id != on.id);
    let [to_queue] = handed_on.as_slice() else {
        panic!("{handed_on:?}");
    };
    assert_eq!(to_queue.target.lane(), QUEUE.into());
    let event: Value = serde_json::from_str(&to_queue.input).unwrap();
    assert_eq!(
        (&event["id"], &event["detail"]["n"]),
        (&json!(id), &json!(1))
    );
}

#[tokio::test]
async fn secrets_of_connections_are_kept_and_never_shown() {
    let world = World::new();
    let created = world
        .done(
            "CreateConnection",
            json!({
                "Name": "c",
                "AuthorizationType": "API_KEY",
                "AuthParameters": {
                    "ApiKeyAuthParameters": { "ApiKeyName": "x-key", "ApiKeyValue": "hush" },
                    "InvocationHttpParameters": { "HeaderParameters": [
                        { "Key": "a", "Value": "shown" },
                        { "Key": "b", "Value": "hidden", "IsValueSecret": true },
                    ] },
                },
            }),
        )
        .await;
    assert_eq!(created["ConnectionState"], "AUTHORIZED");
    let arn = created["ConnectionArn"].as_str().unwrap().to_owned();
    let described = world
        .done("DescribeConnection", json!({ "Name": "c" }))
        .await;
    assert_eq!(
        described["AuthParameters"],
        json!({
            "ApiKeyAuthParameters": { "ApiKeyName": "x-key" },
            "InvocationHttpParameters": { "HeaderParameters": [
                { "Key": "a", "Value": "shown", "IsValueSecret": false },
                { "Key": "b", "IsValueSecret": true },
            ] },
        })
    );
    let kept = world.events.credentials(&arn).unwrap();
    let shown = format!("{kept:?} {described}");
    assert!(
        !shown.contains("hush") && !shown.contains("hidden"),
        "{shown}"
    );
    let Authorization::ApiKey { value, .. } = kept.authorization else {
        panic!("{shown}");
    };
    assert_eq!(value.expose(), "hush");

    // Of another type it needs everything anew; of the same one the rest stays.
    let update = json!({ "Name": "c", "AuthorizationType": "BASIC", "AuthParameters": { "BasicAuthParameters": { "Username": "u" } } });
    assert_eq!(
        world.refused("UpdateConnection", update).await,
        "ValidationException: Parameter(s) Password must be specified for this authorization type."
    );
    let update = json!({ "Name": "c", "AuthParameters": { "ApiKeyAuthParameters": { "ApiKeyName": "y-key" } } });
    world.done("UpdateConnection", update).await;
    let Authorization::ApiKey { name, value } =
        world.events.credentials(&arn).unwrap().authorization
    else {
        panic!("it is another type");
    };
    assert_eq!((name.as_str(), value.expose()), ("y-key", "hush"));

    world
        .done("DeauthorizeConnection", json!({ "Name": "c" }))
        .await;
    assert_eq!(
        world.events.credentials(&arn),
        Err(Unreachable::Deauthorized(arn.as_str().into()))
    );
    assert!(
        !format!(
            "{:?}",
            world.store.documents("event-connections", None, 9).unwrap()
        )
        .contains("hush")
    );
    let deleted = world.done("DeleteConnection", json!({ "Name": "c" })).await;
    assert_eq!(deleted["ConnectionState"], "DELETING");
    assert_eq!(
        world
            .refused("DescribeConnection", json!({ "Name": "c" }))
            .await,
        "ResourceNotFoundException: Failed to describe the connection(s). Connection 'c' does not exist."
    );
}

#[tokio::test]
async fn api_destinations_need_a_connection_and_https() {
    let world = World::new();
    let basic = json!({
        "Name": "c",
        "AuthorizationType": "BASIC",
        "AuthParameters": { "BasicAuthParameters": { "Username": "u", "Password": "p" } },
    });
    let connection = world.done("CreateConnection", basic).await["ConnectionArn"].clone();
    let destination = |url: &str, connection: &Value| json!({ "Name": "d", "ConnectionArn": connection, "InvocationEndpoint": url, "HttpMethod": "POST" });
    let refused = world
        .refused(
            "CreateApiDestination",
            destination("http://example.com", &connection),
        )
        .await;
    assert!(
        refused.starts_with("ValidationException: Parameter InvocationEndpoint is not valid."),
        "{refused}"
    );
    let gone = json!("arn:aws:events:eu-west-1:123456789012:connection/x/1");
    assert_eq!(
        world
            .refused(
                "CreateApiDestination",
                destination("https://example.com", &gone)
            )
            .await,
        format!(
            "ResourceNotFoundException: Connection {} does not exist.",
            gone.to_string().replace('"', "'")
        )
    );
    let created = world
        .done(
            "CreateApiDestination",
            destination("https://example.com/*", &connection),
        )
        .await;
    assert_eq!(created["ApiDestinationState"], "ACTIVE");
    let arn = created["ApiDestinationArn"].as_str().unwrap();
    let call = world.events.api_call(arn, &["a b".into()]).unwrap();
    assert_eq!(
        (call.url.as_str(), call.rate_limit_per_second),
        ("https://example.com/a%20b", 300)
    );

    let parameters =
        json!({ "PathParameterValues": ["$.detail.n"], "HeaderParameters": { "h": "v" } });
    let target = json!({ "Id": "1", "Arn": arn, "RoleArn": ROLE, "HttpParameters": parameters });
    world.rule("r", json!({ "source": ["app"] }), target).await;
    world.event(json!({ "n": 7 })).await;
    let [delivery] = <[Delivery; 1]>::try_from(world.deliveries()).unwrap();
    let Target::ApiDestination {
        path_parameters,
        headers,
        ..
    } = &delivery.target
    else {
        panic!("{delivery:?}");
    };
    assert_eq!(path_parameters.as_slice(), ["7".into()]);
    assert_eq!(headers.get("h").map(|value| &**value), Some("v"));

    world
        .done("DeauthorizeConnection", json!({ "Name": "c" }))
        .await;
    let described = world
        .done("DescribeApiDestination", json!({ "Name": "d" }))
        .await;
    assert_eq!(described["ApiDestinationState"], "INACTIVE");
    world
        .done("DeleteApiDestination", json!({ "Name": "d" }))
        .await;
    assert_eq!(
        world.events.api_call(arn, &[]),
        Err(Unreachable::NoApiDestination(arn.into()))
    );
}

#[tokio::test]
async fn what_eventbridge_has_and_this_server_has_not_is_told() {
    let world = World::new();
    let refused = world
        .refused("CreateArchive", json!({ "ArchiveName": "a" }))
        .await;
    assert!(
        refused.starts_with("ValidationException: Archives are not supported by this server."),
        "{refused}"
    );
    assert_eq!(
        world.done("ListArchives", json!({})).await,
        json!({ "Archives": [] })
    );
    let event = json!({ "id": "1", "account": "1", "source": "app", "time": "t", "region": "r", "resources": [], "detail-type": "t" });
    let test = |event: &Value| json!({ "EventPattern": "{\"source\":[\"app\"]}", "Event": event.to_string() });
    assert_eq!(
        world.done("TestEventPattern", test(&event)).await["Result"],
        true
    );
    assert_eq!(
        world
            .refused("TestEventPattern", test(&json!({ "id": "1" })))
            .await,
        "ValidationException: Parameter Event is not valid. Reason: The event has no 'account'."
    );
}

#[tokio::test]
async fn a_schedule_expression_fires_its_targets_with_a_scheduled_event() {
    let world = World::new();
    let arn = "arn:aws:events:eu-west-1:123456789012:rule/r";
    let rule = json!({
        "Name": "r",
        "ScheduleExpression": "rate(5 minutes)",
        "Stepwright": { "Overlap": "SKIP" },
    });
    world.done("PutRule", rule).await;
    let target = json!({ "Id": "1", "Arn": MACHINE, "RoleArn": ROLE });
    world
        .done("PutTargets", json!({ "Rule": "r", "Targets": [target] }))
        .await;
    let scheduled = world.runner.get(arn).unwrap();
    assert_eq!(scheduled.timetable.next_after(NOW), Some(NOW + 300_000));
    assert_eq!(
        world.runner.state(&scheduled).policies.overlap.name(),
        "SKIP"
    );

    world.runner.run_now(arn, None).unwrap().unwrap();
    let [delivery] = <[Delivery; 1]>::try_from(world.deliveries()).unwrap();
    let mut event: Value = serde_json::from_str(&delivery.input).unwrap();
    event["id"].take();
    assert_eq!(
        event,
        json!({
            "version": "0",
            "id": null,
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": "123456789012",
            "time": "2023-11-14T22:13:20Z",
            "region": "eu-west-1",
            "resources": [arn],
            "detail": {},
        })
    );
    // It is there again after a start; disabled it is kept, with a pattern alone it is gone.
    let world = World::on(world.store.clone());
    assert!(world.runner.get(arn).unwrap().is_enabled);
    world.done("DisableRule", json!({ "Name": "r" })).await;
    assert!(!world.runner.get(arn).unwrap().is_enabled);
    let pattern = json!({ "Name": "r", "EventPattern": "{\"source\":[\"app\"]}" });
    world.done("PutRule", pattern).await;
    assert!(world.runner.get(arn).is_none());
}

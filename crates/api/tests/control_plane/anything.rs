//! Requests of members that the operations know, with values of all kinds: whatever comes is answered or refused in AWS's terms.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::support::{PASS, ROLE, World};

const MACHINE: &str = "arn:aws:states:us-east-1:123456789012:stateMachine:m";

fn texts() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(MACHINE.to_owned()),
        Just(format!("{MACHINE}:1")),
        Just(format!("{MACHINE}:PROD")),
        Just(format!("{MACHINE}/label")),
        Just(MACHINE.replace("stateMachine", "activity")),
        Just(MACHINE.replace("stateMachine:m", "execution:m:e")),
        Just(PASS.to_owned()),
        Just(ROLE.to_owned()),
        Just("ALL_DATA".to_owned()),
        Just("METADATA_ONLY".to_owned()),
        Just("WARNING".to_owned()),
        Just("EXPRESS".to_owned()),
        Just("INITIAL".to_owned()),
        "[a-zA-Z:/.*{}$ \\PC]{0,90}",
    ]
    .prop_map(Value::from)
}

fn scalars() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => texts(),
        1 => any::<i64>().prop_map(Value::from),
        1 => (-1i64..102).prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ]
}

fn nested() -> impl Strategy<Value = Value> {
    let routes = prop::collection::vec((texts(), -1i64..102), 0..4).prop_map(|routes| {
        let route = |(arn, weight)| json!({"stateMachineVersionArn": arn, "weight": weight});
        routes.into_iter().map(route).collect::<Value>()
    });
    let tags = prop::collection::vec((scalars(), scalars()), 0..4).prop_map(|tags| {
        let tag = |(key, value)| json!({"key": key, "value": value});
        tags.into_iter().map(tag).collect::<Value>()
    });
    let levels = prop::sample::select(vec!["ALL", "OFF", "ALWAYS"]);
    let logging = (levels, any::<bool>(), scalars()).prop_map(|(level, data, group)| {
        let destination = json!({"cloudWatchLogsLogGroup": {"logGroupArn": group}});
        json!({"level": level, "includeExecutionData": data, "destinations": [destination]})
    });
    let kinds = prop::sample::select(vec!["AWS_OWNED_KEY", "CUSTOMER_MANAGED_KMS_KEY"]);
    let encryption = (kinds, scalars(), scalars()).prop_map(|(kind, key, seconds)| {
        json!({"type": kind, "kmsKeyId": key, "kmsDataKeyReusePeriodSeconds": seconds})
    });
    let tracing = scalars().prop_map(|enabled| json!({"enabled": enabled}));
    let lists = prop::collection::vec(scalars(), 0..3).prop_map(Value::from);
    prop_oneof![routes, tags, logging, encryption, tracing, lists]
}

fn bodies() -> impl Strategy<Value = Value> {
    let members = prop::sample::select(vec![
        "activityArn",
        "definition",
        "description",
        "encryptionConfiguration",
        "includedData",
        "loggingConfiguration",
        "maxResults",
        "name",
        "nextToken",
        "publish",
        "resourceArn",
        "revisionId",
        "roleArn",
        "routingConfiguration",
        "severity",
        "stateMachineAliasArn",
        "stateMachineArn",
        "stateMachineVersionArn",
        "tagKeys",
        "tags",
        "tracingConfiguration",
        "type",
        "versionDescription",
    ]);
    let values = prop_oneof![2 => scalars(), 1 => nested()];
    // What is always there makes more requests get past the first look.
    let base = json!({
        "activityArn": MACHINE.replace("stateMachine", "activity"),
        "definition": PASS,
        "name": "m",
        "resourceArn": MACHINE,
        "roleArn": ROLE,
        "routingConfiguration": [{"stateMachineVersionArn": format!("{MACHINE}:1"), "weight": 100}],
        "stateMachineAliasArn": format!("{MACHINE}:PROD"),
        "stateMachineArn": MACHINE,
        "stateMachineVersionArn": format!("{MACHINE}:1"),
        "tagKeys": ["k"],
        "tags": [{"key": "k", "value": "v"}],
    });
    prop::collection::vec((members, values), 0..4).prop_map(move |changes| {
        let mut body: Map<String, Value> = base.as_object().cloned().unwrap_or_default();
        body.extend(
            changes
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value)),
        );
        body.into()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_is_an_internal_failure(
        requests in prop::collection::vec((any::<prop::sample::Index>(), bodies()), 1..30),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let world = World::new();
            let mut operations: Vec<&str> = api::validation::operations().collect();
            operations.sort_unstable();
            operations.retain(|name| {
                !["Execution", "Task", "MapRun", "TestState"].iter().any(|other| name.contains(other))
            });
            for (operation, body) in requests {
                let operation = operations[operation.index(operations.len())];
                let (status, answer) = world.raw(operation, body.to_string().as_bytes()).await;
                match status {
                    200 => assert!(answer.is_object()),
                    _ => {
                        assert!(status < 500, "{operation} {body}: {answer}");
                        assert!(answer["message"].as_str().is_some_and(|text| !text.is_empty()));
                    }
                }
            }
            // What was stored can be read again.
            let before = world.ok("ListStateMachines", json!({})).await;
            assert_eq!(world.restarted().ok("ListStateMachines", json!({})).await, before);
        });
    }
}

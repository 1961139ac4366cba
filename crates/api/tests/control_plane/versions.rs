use serde_json::{Value, json};

use super::support::{PASS, World, commented};

fn arns(listed: &Value) -> Vec<&str> {
    let versions = listed["stateMachineVersions"].as_array().unwrap();
    versions
        .iter()
        .map(|version| version["stateMachineVersionArn"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_revision_has_one_version() {
    let world = World::new();
    let arn = world.machine("m").await;
    let publish = |more: Value| {
        let mut input = more;
        input["stateMachineArn"] = arn.clone().into();
        input
    };
    let first = world
        .ok(
            "PublishStateMachineVersion",
            publish(json!({"description": "d"})),
        )
        .await;
    let version = json!(format!("{arn}:1"));
    assert_eq!(
        first,
        json!({"stateMachineVersionArn": version, "creationDate": 1_700_000_000.0})
    );
    world.pass(1000);
    let initial = publish(json!({"revisionId": "INITIAL"}));
    assert_eq!(world.ok("PublishStateMachineVersion", initial).await, first);
    let described = world
        .ok("DescribeStateMachine", json!({"stateMachineArn": version}))
        .await;
    assert_eq!(described["stateMachineArn"], version);
    assert_eq!(described["description"], "d");
    assert_eq!(described["creationDate"], 1_700_000_000.0);

    let update = publish(json!({"definition": commented("c"), "publish": true}));
    let updated = world.ok("UpdateStateMachine", update).await;
    assert_eq!(updated["stateMachineVersionArn"], format!("{arn}:2"));
    // The first version is as it was.
    let described = world
        .ok("DescribeStateMachine", json!({"stateMachineArn": version}))
        .await;
    assert_eq!(described["definition"], PASS);
    assert_eq!(described.get("revisionId"), None);
}

#[tokio::test]
async fn a_version_is_published_of_the_revision_that_is_meant() {
    let world = World::new();
    let arn = world.machine("m").await;
    assert_eq!(
        world
            .refused(
                "PublishStateMachineVersion",
                json!({"stateMachineArn": arn, "revisionId": "old"})
            )
            .await,
        "ConflictException: Failed to publish the State Machine version for revision old. The current State Machine \
         revision is INITIAL."
    );
    let update = json!({"stateMachineArn": arn, "definition": commented("c")});
    let id = world.ok("UpdateStateMachine", update).await["revisionId"].clone();
    let stale = json!({"stateMachineArn": arn, "revisionId": "INITIAL"});
    let (status, body) = world
        .raw("PublishStateMachineVersion", stale.to_string().as_bytes())
        .await;
    assert_eq!(
        (status, &body["__type"]),
        (409, &json!("ConflictException"))
    );
    let right = json!({"stateMachineArn": arn, "revisionId": id});
    let published = world.ok("PublishStateMachineVersion", right).await;
    assert_eq!(published["stateMachineVersionArn"], format!("{arn}:1"));
}

#[tokio::test]
async fn lists_begin_with_the_newest_and_numbers_are_not_used_again() {
    let world = World::new();
    let arn = world.machine("m").await;
    for i in 1..=11 {
        world.version(&arn, &i.to_string()).await;
    }
    let delete = json!({"stateMachineVersionArn": format!("{arn}:11")});
    world.ok("DeleteStateMachineVersion", delete.clone()).await;
    world.ok("DeleteStateMachineVersion", delete).await;
    let world = world.restarted();
    let again = json!({"stateMachineArn": arn});
    let published = world.ok("PublishStateMachineVersion", again).await;
    assert_eq!(published["stateMachineVersionArn"], format!("{arn}:12"));

    let request = json!({"stateMachineArn": arn, "maxResults": 9});
    let first = world.ok("ListStateMachineVersions", request.clone()).await;
    assert_eq!(
        arns(&first)[..2],
        [format!("{arn}:12"), format!("{arn}:10")]
    );
    let mut next = request;
    next["nextToken"] = first["nextToken"].clone();
    let last = world.ok("ListStateMachineVersions", next).await;
    assert_eq!(arns(&last), [format!("{arn}:2"), format!("{arn}:1")]);
    assert_eq!(last.get("nextToken"), None);

    let not_one = json!({"stateMachineVersionArn": arn});
    let refused = world.refused("DeleteStateMachineVersion", not_one).await;
    assert!(refused.starts_with("InvalidArn: "), "{refused}");
    let missing = json!({"stateMachineArn": format!("{arn}:99")});
    let refused = world.refused("DescribeStateMachine", missing).await;
    assert!(
        refused.starts_with("StateMachineDoesNotExist: "),
        "{refused}"
    );
}

#[tokio::test]
async fn a_state_machine_has_at_most_a_thousand_versions() {
    let world = World::new();
    let arn = world.machine("m").await;
    for i in 0..1000 {
        world.version(&arn, &i.to_string()).await;
    }
    let one_more = json!({"stateMachineArn": arn, "definition": PASS, "publish": true});
    let (status, body) = world
        .raw("UpdateStateMachine", one_more.to_string().as_bytes())
        .await;
    assert_eq!(
        (status, &body["__type"]),
        (402, &json!("ServiceQuotaExceededException"))
    );
    // Nothing of it was done.
    let described = world
        .ok("DescribeStateMachine", json!({"stateMachineArn": arn}))
        .await;
    assert_eq!(described["definition"], commented("999").as_str());
}

use engine::Machines;
use serde_json::json;

use super::support::World;

#[tokio::test]
async fn an_activity_lives() {
    let world = World::new();
    let create = json!({"name": "a.b_c-1"});
    let created = world.ok("CreateActivity", create.clone()).await;
    let arn = "arn:aws:states:us-east-1:123456789012:activity:a.b_c-1";
    assert_eq!(
        created,
        json!({"activityArn": arn, "creationDate": 1_700_000_000.0})
    );
    world.pass(1000);
    assert_eq!(world.ok("CreateActivity", create.clone()).await, created);
    let mut encrypted = create;
    encrypted["encryptionConfiguration"] =
        json!({"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "k"});
    assert_eq!(
        world.refused("CreateActivity", encrypted).await,
        "ActivityAlreadyExists: Activity already exists. EncryptionConfiguration may not be updated."
    );

    let world = world.restarted();
    assert!(world.control.activity_exists(arn));
    let named = json!({"activityArn": arn});
    assert_eq!(
        world.ok("DescribeActivity", named.clone()).await,
        json!({
            "activityArn": arn,
            "name": "a.b_c-1",
            "creationDate": 1_700_000_000.0,
            "encryptionConfiguration": {"type": "AWS_OWNED_KEY"},
        })
    );
    for _ in 0..2 {
        assert_eq!(world.ok("DeleteActivity", named.clone()).await, json!({}));
    }
    assert_eq!(
        world.refused("DescribeActivity", named).await,
        format!("ActivityDoesNotExist: Activity Does Not Exist: '{arn}'")
    );
    let done: Vec<_> = world
        .audit()
        .into_iter()
        .map(|(action, _)| action)
        .collect();
    assert_eq!(done, ["CreateActivity", "DeleteActivity"]);
}

#[tokio::test]
async fn names_and_arns_are_checked() {
    let world = World::new();
    for name in [
        "a b", "a<", "a?", "a#", "a\u{0}", "a\u{7f}", "a:", "a/b", "\u{ffff}",
    ] {
        assert_eq!(
            world.refused("CreateActivity", json!({"name": name})).await,
            format!("InvalidName: Invalid Name: '{name}'")
        );
    }
    world.ok("CreateActivity", json!({"name": "Zähler"})).await;
    let long = "a".repeat(80);
    world.ok("CreateActivity", json!({"name": long})).await;
    let machine = json!({"activityArn": "arn:aws:states:us-east-1:123456789012:stateMachine:m"});
    assert_eq!(
        world.refused("DescribeActivity", machine).await,
        "InvalidArn: Invalid Arn: 'Resource type not valid in this context: statemachine'"
    );
}

#[tokio::test]
async fn lists_are_in_pages() {
    let world = World::new();
    for name in ["c", "a", "b"] {
        world.ok("CreateActivity", json!({"name": name})).await;
    }
    let first = world.ok("ListActivities", json!({"maxResults": 2})).await;
    let names = |page: &serde_json::Value| -> Vec<String> {
        let activities = page["activities"].as_array().unwrap().iter();
        activities
            .map(|activity| activity["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(&first), ["a", "b"]);
    // What is deleted meanwhile does not break the walk.
    let arn = first["activities"][1]["activityArn"].clone();
    world
        .ok("DeleteActivity", json!({"activityArn": arn}))
        .await;
    let next = json!({"maxResults": 2, "nextToken": first["nextToken"]});
    let last = world.ok("ListActivities", next).await;
    assert_eq!(names(&last), ["c"]);
    assert_eq!(last.get("nextToken"), None);
}

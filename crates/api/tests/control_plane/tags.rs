use serde_json::{Value, json};

use super::support::World;

async fn tags(world: &World, arn: &str) -> Value {
    let listed = world.ok("ListTagsForResource", json!({"resourceArn": arn}));
    listed.await["tags"].clone()
}

#[tokio::test]
async fn tags_are_set_changed_and_removed() {
    let world = World::new();
    let activity = json!({"name": "a", "tags": [{"key": "k", "value": "v"}]});
    let created = world.ok("CreateActivity", activity).await;
    let activity = created["activityArn"].as_str().unwrap().to_owned();
    let machine = world.machine("m").await;
    for arn in [&activity, &machine] {
        let added = json!([{"key": "k", "value": "w"}, {"key": "ä b:/=+-@_.", "value": ""}]);
        let tag = json!({"resourceArn": arn, "tags": added});
        assert_eq!(world.ok("TagResource", tag).await, json!({}));
        assert_eq!(tags(&world, arn).await, added);
        let untag = json!({"resourceArn": arn, "tagKeys": ["k", "missing"]});
        assert_eq!(world.ok("UntagResource", untag).await, json!({}));
    }
    let world = world.restarted();
    for arn in [&activity, &machine] {
        assert_eq!(
            tags(&world, arn).await,
            json!([{"key": "ä b:/=+-@_.", "value": ""}])
        );
    }
}

#[tokio::test]
async fn a_resource_has_at_most_fifty_tags() {
    let world = World::new();
    let arn = world.machine("m").await;
    let fifty: Vec<Value> = (0..50)
        .map(|i| json!({"key": format!("k{i}"), "value": "v"}))
        .collect();
    let tag = json!({"resourceArn": arn, "tags": fifty});
    world.ok("TagResource", tag.clone()).await;
    world.ok("TagResource", tag).await;
    let one_more = json!({"resourceArn": arn, "tags": [{"key": "k50", "value": "v"}]});
    let (status, body) = world
        .raw("TagResource", one_more.to_string().as_bytes())
        .await;
    assert_eq!((status, &body["__type"]), (400, &json!("TooManyTags")));
    assert_eq!(body["resourceName"], arn.as_str());
    assert_eq!(tags(&world, &arn).await.as_array().unwrap().len(), 50);
}

#[tokio::test]
async fn what_has_no_tags_and_what_is_no_tag_is_refused() {
    let world = World::new();
    let arn = world.machine("m").await;
    let version = world.version(&arn, "c").await;
    let missing = format!("{arn}2");
    for (arn, refusal) in [
        (
            missing.as_str(),
            format!("ResourceNotFound: Resource not found: '{missing}'"),
        ),
        (
            "x",
            "InvalidArn: Invalid Arn: 'Invalid ARN prefix: x'".to_owned(),
        ),
        (
            &version,
            "InvalidArn: Invalid Arn: 'Resource type not valid in this context: statemachine'"
                .to_owned(),
        ),
    ] {
        let tag = json!({"resourceArn": arn, "tags": []});
        assert_eq!(world.refused("TagResource", tag).await, refusal);
        let untag = json!({"resourceArn": arn, "tagKeys": []});
        assert_eq!(world.refused("UntagResource", untag).await, refusal);
        let list = json!({"resourceArn": arn});
        assert_eq!(world.refused("ListTagsForResource", list).await, refusal);
    }
    for tag in [
        json!({"key": "aws:k", "value": "v"}),
        json!({"key": "k!", "value": "v"}),
        json!({"key": "k", "value": "v;"}),
        json!({"value": "v"}),
        json!({"key": "", "value": "v"}),
        json!({"key": "k", "value": "v".repeat(257)}),
    ] {
        let tag = json!({"resourceArn": arn, "tags": [tag]});
        let refused = world.refused("TagResource", tag).await;
        assert!(refused.starts_with("ValidationException: "), "{refused}");
    }
}

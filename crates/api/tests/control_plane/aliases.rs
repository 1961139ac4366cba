use serde_json::{Value, json};

use super::support::World;

fn routes(routes: &[(&str, i64)]) -> Value {
    routes
        .iter()
        .map(|(arn, weight)| json!({"stateMachineVersionArn": arn, "weight": weight}))
        .collect()
}

/// A state machine with two versions.
async fn two_versions(world: &World, name: &str) -> (String, String, String) {
    let arn = world.machine(name).await;
    let one = world.version(&arn, "one").await;
    let two = world.version(&arn, "two").await;
    (arn, one, two)
}

#[tokio::test]
async fn an_alias_lives() {
    let world = World::new();
    let (arn, one, two) = two_versions(&world, "m").await;
    let create = json!({"name": "PROD", "routingConfiguration": routes(&[(&one, 100)])});
    let created = world.ok("CreateStateMachineAlias", create.clone()).await;
    let alias = format!("{arn}:PROD");
    assert_eq!(
        created,
        json!({"stateMachineAliasArn": alias, "creationDate": 1_700_000_000.0})
    );
    world.pass(1000);
    assert_eq!(
        world.ok("CreateStateMachineAlias", create.clone()).await,
        created
    );
    let mut different = create;
    different["routingConfiguration"] = routes(&[(&two, 100)]);
    assert_eq!(
        world.refused("CreateStateMachineAlias", different).await,
        "ConflictException: Failed to create alias because an alias with the same name and a different routing \
         configuration already exists."
    );

    let update = json!({
        "stateMachineAliasArn": alias,
        "description": "d",
        "routingConfiguration": routes(&[(&one, 70), (&two, 30)]),
    });
    let updated = world.ok("UpdateStateMachineAlias", update).await;
    assert_eq!(updated, json!({"updateDate": 1_700_000_001.0}));
    let world = world.restarted();
    let describe = json!({"stateMachineAliasArn": alias});
    assert_eq!(
        world
            .ok("DescribeStateMachineAlias", describe.clone())
            .await,
        json!({
            "stateMachineAliasArn": alias,
            "name": "PROD",
            "description": "d",
            "routingConfiguration": routes(&[(&one, 70), (&two, 30)]),
            "creationDate": 1_700_000_000.0,
            "updateDate": 1_700_000_001.0,
        })
    );

    assert_eq!(
        world
            .refused(
                "DeleteStateMachineVersion",
                json!({"stateMachineVersionArn": two})
            )
            .await,
        "ConflictException: Version to be deleted must not be referenced by an alias. Current list of aliases referencing \
         this version: [PROD]"
    );
    world.ok("DeleteStateMachineAlias", describe.clone()).await;
    for operation in ["DescribeStateMachineAlias", "DeleteStateMachineAlias"] {
        assert_eq!(
            world.refused(operation, describe.clone()).await,
            "ResourceNotFound: Request references a resource that does not exist."
        );
    }
    world
        .ok(
            "DeleteStateMachineVersion",
            json!({"stateMachineVersionArn": two}),
        )
        .await;
}

#[tokio::test]
async fn an_execution_gets_a_version_by_weight() {
    let world = World::new();
    let (arn, one, two) = two_versions(&world, "m").await;
    let split = routes(&[(&one, 70), (&two, 30)]);
    let create = json!({"name": "PROD", "routingConfiguration": split});
    world.ok("CreateStateMachineAlias", create).await;
    let alias = format!("{arn}:PROD");
    let chosen = |random: u64| {
        let resolved = world.control.resolve(&alias, random).expect("resolves");
        assert_eq!(resolved.alias_arn.as_deref(), Some(alias.as_str()));
        assert_eq!(*resolved.state_machine_arn, *arn);
        resolved.version_arn.expect("a version").to_string()
    };
    let ones = (0..1000).filter(|random| chosen(*random) == one).count();
    assert_eq!(ones, 700);
    assert_eq!(
        chosen(u64::MAX),
        if u64::MAX % 100 < 70 {
            one.clone()
        } else {
            two.clone()
        }
    );

    let comment = |arn: &str| {
        let resolved = world.control.resolve(arn, 0).expect("resolves");
        let loaded = world.control.loaded(&resolved.revision).unwrap();
        loaded.machine.comment.clone()
    };
    assert_eq!(comment(&one).as_deref(), Some("one"));
    assert_eq!(comment(&two).as_deref(), Some("two"));
    assert_eq!(comment(&arn).as_deref(), Some("two"));
}

#[tokio::test]
async fn routes_have_to_make_sense() {
    let world = World::new();
    let (arn, one, two) = two_versions(&world, "m").await;
    let (_, other, _) = two_versions(&world, "n").await;
    for (given, refusal) in [
        (
            routes(&[(&one, 50), (&two, 40)]),
            "ValidationException: Sum of routing configuration weights must equal 100. Received: [50, 40]".to_owned(),
        ),
        (
            routes(&[(&one, 50), (&one, 50)]),
            format!(
                "ValidationException: Routing configuration must contain distinct state machine version ARNs. Received: \
                 [{one}, {one}]"
            ),
        ),
        (
            routes(&[(&arn, 100)]),
            format!(
                "ValidationException: Routing configuration must contain state machine version ARNs. Received: [{arn}]"
            ),
        ),
        (
            routes(&[(&one, 50), (&other, 50)]),
            format!(
                "ValidationException: Routing configuration must contain versions of the same state machine. Received: \
                 [{one}, {other}]"
            ),
        ),
        (
            routes(&[(&format!("{arn}:9"), 100)]),
            "ResourceNotFound: Request references a resource that does not exist.".to_owned(),
        ),
        (
            routes(&[(&one, -1), (&two, 101)]),
            "ValidationException: 2 validation errors detected: Value '-1' at 'routingConfiguration.1.member.weight' failed \
             to satisfy constraint: Member must have value greater than or equal to 0; Value '101' at \
             'routingConfiguration.2.member.weight' failed to satisfy constraint: Member must have value less than or equal \
             to 100"
                .to_owned(),
        ),
        (
            routes(&[]),
            "ValidationException: 1 validation error detected: Value '[]' at 'routingConfiguration' failed to satisfy \
             constraint: Member must have length greater than or equal to 1"
                .to_owned(),
        ),
    ] {
        let create = json!({"name": "A", "routingConfiguration": given});
        assert_eq!(world.refused("CreateStateMachineAlias", create).await, refusal);
    }

    let create = json!({"name": "A", "routingConfiguration": routes(&[(&one, 100)])});
    world.ok("CreateStateMachineAlias", create).await;
    let alias = format!("{arn}:A");
    let nothing = json!({"stateMachineAliasArn": alias}).to_string();
    let (_, body) = world
        .raw("UpdateStateMachineAlias", nothing.as_bytes())
        .await;
    assert_eq!(body["reason"], "MISSING_REQUIRED_PARAMETER");
    let elsewhere = json!({
        "stateMachineAliasArn": alias,
        "routingConfiguration": routes(&[(&other, 100)]),
    });
    let (_, body) = world
        .raw("UpdateStateMachineAlias", elsewhere.to_string().as_bytes())
        .await;
    assert_eq!(body["reason"], "INVALID_ROUTING_CONFIGURATION");
}

#[tokio::test]
async fn lists_are_in_the_order_of_creation_in_pages_and_by_version() {
    let world = World::new();
    let (arn, one, two) = two_versions(&world, "m").await;
    for (name, version) in [("Z", &one), ("A", &two), ("M", &two)] {
        let create = json!({"name": name, "routingConfiguration": routes(&[(version, 100)])});
        world.ok("CreateStateMachineAlias", create).await;
        world.pass(1);
    }
    let names = |listed: &Value| -> Vec<String> {
        let aliases = listed["stateMachineAliases"].as_array().unwrap();
        let arn = |alias: &Value| alias["stateMachineAliasArn"].as_str().unwrap().to_owned();
        let name = |arn: String| arn.rsplit_once(':').unwrap().1.to_owned();
        aliases.iter().map(|alias| name(arn(alias))).collect()
    };
    let list = |input: Value| world.ok("ListStateMachineAliases", input);
    assert_eq!(
        names(&list(json!({"stateMachineArn": arn})).await),
        ["Z", "A", "M"]
    );
    assert_eq!(
        names(&list(json!({"stateMachineArn": two})).await),
        ["A", "M"]
    );
    let first = list(json!({"stateMachineArn": arn, "maxResults": 2})).await;
    assert_eq!(names(&first), ["Z", "A"]);
    let token = &first["nextToken"];
    let rest = list(json!({"stateMachineArn": arn, "nextToken": token})).await;
    assert_eq!(names(&rest), ["M"]);
    let missing = json!({"stateMachineArn": format!("{arn}2")});
    let refused = world.refused("ListStateMachineAliases", missing).await;
    assert!(
        refused.starts_with("StateMachineDoesNotExist: "),
        "{refused}"
    );
}

#[tokio::test]
async fn a_state_machine_has_at_most_a_hundred_aliases() {
    let world = World::new();
    let (_, one, _) = two_versions(&world, "m").await;
    let create =
        |i: i32| json!({"name": format!("A{i}"), "routingConfiguration": routes(&[(&one, 100)])});
    for i in 0..100 {
        world.ok("CreateStateMachineAlias", create(i)).await;
    }
    let refused = world.refused("CreateStateMachineAlias", create(100)).await;
    assert!(
        refused.starts_with("ServiceQuotaExceededException: "),
        "{refused}"
    );
}

use serde_json::{Value, json};

use super::support::{DAY_MILLIS, PASS, ROLE, World, commented};

fn input(name: &str) -> Value {
    json!({"name": name, "definition": PASS, "roleArn": ROLE})
}

fn with(mut input: Value, member: &str, value: Value) -> Value {
    input[member] = value;
    input
}

#[tokio::test]
async fn what_was_created_is_described() {
    let world = World::new();
    let created = world.ok("CreateStateMachine", input("m")).await;
    let arn = "arn:aws:states:us-east-1:123456789012:stateMachine:m";
    assert_eq!(
        created,
        json!({"stateMachineArn": arn, "creationDate": 1_700_000_000.0})
    );
    let described = world
        .ok("DescribeStateMachine", json!({"stateMachineArn": arn}))
        .await;
    assert_eq!(
        described,
        json!({
            "stateMachineArn": arn,
            "name": "m",
            "status": "ACTIVE",
            "type": "STANDARD",
            "creationDate": 1_700_000_000.0,
            "definition": PASS,
            "roleArn": ROLE,
            "loggingConfiguration": {"level": "OFF", "includeExecutionData": false},
            "tracingConfiguration": {"enabled": false},
        })
    );
    let metadata = json!({"stateMachineArn": arn, "includedData": "METADATA_ONLY"});
    let described = world.ok("DescribeStateMachine", metadata).await;
    assert_eq!(described["definition"], "{}");
}

#[tokio::test]
async fn every_setting_is_kept() {
    let world = World::new();
    let settings = json!({
        "loggingConfiguration": {
            "level": "ALL",
            "includeExecutionData": true,
            "destinations": [{"cloudWatchLogsLogGroup": {
                "logGroupArn": "arn:aws:logs:us-east-1:123456789012:log-group:g:*",
            }}],
        },
        "tracingConfiguration": {"enabled": true},
        "encryptionConfiguration": {
            "type": "CUSTOMER_MANAGED_KMS_KEY",
            "kmsKeyId": "k",
            "kmsDataKeyReusePeriodSeconds": 60,
        },
        "type": "EXPRESS",
    });
    let mut request = input("m");
    for (member, value) in settings.as_object().unwrap() {
        request[member] = value.clone();
    }
    let created = world.ok("CreateStateMachine", request).await;
    let arn = json!({"stateMachineArn": created["stateMachineArn"]});
    let described = world.restarted().ok("DescribeStateMachine", arn).await;
    for (member, value) in settings.as_object().unwrap() {
        assert_eq!(&described[member], value, "{member}");
    }
}

#[tokio::test]
async fn creating_again_is_idempotent_whatever_role_and_tags_are() {
    let world = World::new();
    let request = with(input("m"), "publish", true.into());
    let first = world.ok("CreateStateMachine", request.clone()).await;
    assert!(
        first["stateMachineVersionArn"]
            .as_str()
            .unwrap()
            .ends_with(":m:1")
    );
    world.pass(DAY_MILLIS);
    let other_role = ROLE.replace("role/r", "role/other");
    let again = with(request.clone(), "roleArn", other_role.into());
    let again = with(again, "tags", json!([{"key": "k", "value": "v"}]));
    assert_eq!(world.ok("CreateStateMachine", again).await, first);
    let arn = first["stateMachineArn"].clone();
    let tags = world
        .ok("ListTagsForResource", json!({"resourceArn": arn}))
        .await;
    assert_eq!(tags, json!({"tags": []}));
    assert_eq!(world.audit().len(), 1);

    for (member, value) in [
        ("definition", json!(commented("c"))),
        ("type", json!("EXPRESS")),
        ("tracingConfiguration", json!({"enabled": true})),
        (
            "loggingConfiguration",
            json!({"includeExecutionData": true}),
        ),
        ("encryptionConfiguration", json!({"type": "AWS_OWNED_KEY"})),
        ("publish", json!(false)),
        ("versionDescription", json!("d")),
    ] {
        let different = with(request.clone(), member, value);
        assert_eq!(
            world.refused("CreateStateMachine", different).await,
            "StateMachineAlreadyExists: State Machine Already Exists: \
             'arn:aws:states:us-east-1:123456789012:stateMachine:m'",
            "{member}"
        );
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_said_in_awss_words() {
    let world = World::new();
    for (member, value, refusal) in [
        ("name", json!("a b"), "InvalidName: Invalid Name: 'a b'"),
        (
            "roleArn",
            json!("role"),
            "InvalidArn: Invalid Role Arn: 'role'",
        ),
        (
            "roleArn",
            json!("arn:aws:iam::123456789012:user/u"),
            "InvalidArn: Invalid Role Arn: 'arn:aws:iam::123456789012:user/u'",
        ),
        (
            "versionDescription",
            json!("d"),
            "ValidationException: Version description can only be set when publish is true",
        ),
        (
            "loggingConfiguration",
            json!({"level": "ALL"}),
            "InvalidLoggingConfiguration: Invalid Logging Configuration: Must specify exactly one Log Destination.",
        ),
        (
            "loggingConfiguration",
            json!({"destinations": [{}, {}]}),
            "InvalidLoggingConfiguration: Invalid Logging Configuration: Must specify exactly one Log Destination.",
        ),
        (
            "loggingConfiguration",
            json!({"level": "ALL", "destinations": [{}]}),
            "InvalidLoggingConfiguration: Invalid Logging Configuration: Log Destination must have a log group ARN.",
        ),
        (
            "loggingConfiguration",
            json!({"level": "ALL", "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": "g"}}]}),
            "InvalidLoggingConfiguration: Invalid Logging Configuration: Log Destination is not a valid log group ARN.",
        ),
        (
            "tracingConfiguration",
            json!({}),
            "InvalidTracingConfiguration: Invalid Tracing Configuration: 'enabled' must be true or false.",
        ),
        (
            "encryptionConfiguration",
            json!({"type": "CUSTOMER_MANAGED_KMS_KEY"}),
            "InvalidEncryptionConfiguration: Invalid Encryption Configuration: 'kmsKeyId' is required when 'type' is \
             'CUSTOMER_MANAGED_KMS_KEY'",
        ),
        (
            "type",
            json!("FAST"),
            "ValidationException: 1 validation error detected: Value 'FAST' at 'type' failed to satisfy constraint: Member \
             must satisfy enum value set: [STANDARD, EXPRESS]",
        ),
    ] {
        let refused = world.refused(
            "CreateStateMachine",
            with(input("m"), member, value.clone()),
        );
        assert_eq!(refused.await, refusal, "{member} {value}");
    }
    assert_eq!(
        world
            .refused("CreateStateMachine", json!({"roleArn": "r"}))
            .await,
        "ValidationException: 2 validation errors detected: Value null at 'name' failed to satisfy constraint: Member must \
         not be null; Value null at 'definition' failed to satisfy constraint: Member must not be null"
    );
    assert!(world.audit().is_empty());
    let (status, body) = world.raw("CreateStateMachine", b"{").await;
    assert_eq!(
        (status, &body["__type"]),
        (400, &json!("SerializationException"))
    );
    let (status, body) = world.raw("DoNothing", b"{}").await;
    assert_eq!(
        (status, &body["__type"]),
        (400, &json!("UnknownOperationException"))
    );
}

#[tokio::test]
async fn only_a_difference_makes_a_revision() {
    let world = World::new();
    let arn = world.machine("m").await;
    world.pass(1000);
    let same = json!({"stateMachineArn": arn, "definition": PASS, "roleArn": ROLE});
    let updated = world.ok("UpdateStateMachine", same).await;
    assert_eq!(updated, json!({"updateDate": 1_700_000_001.0}));
    assert_eq!(world.audit().len(), 1);

    let mut ids = vec![];
    for change in [
        json!({"definition": commented("c")}),
        json!({"roleArn": "arn:aws:iam::123456789012:role/path/other"}),
        json!({"tracingConfiguration": {"enabled": true}}),
        json!({"loggingConfiguration": {"level": "OFF", "includeExecutionData": true}}),
        json!({"encryptionConfiguration": {"type": "AWS_OWNED_KEY"}}),
    ] {
        let change = with(change, "stateMachineArn", arn.clone().into());
        let updated = world.ok("UpdateStateMachine", change.clone()).await;
        let id = updated["revisionId"].as_str().expect("an id").to_owned();
        let described = world
            .ok("DescribeStateMachine", json!({"stateMachineArn": arn}))
            .await;
        assert_eq!(described["revisionId"], id.as_str());
        let again = world.ok("UpdateStateMachine", change).await;
        assert_eq!(again["revisionId"], id.as_str());
        assert!(!ids.contains(&id));
        ids.push(id);
    }
    let described = world
        .ok("DescribeStateMachine", json!({"stateMachineArn": arn}))
        .await;
    assert_eq!(described["definition"], commented("c").as_str());
    assert_eq!(described["tracingConfiguration"], json!({"enabled": true}));
}

#[tokio::test]
async fn an_update_has_to_change_something_of_a_state_machine_that_is_there() {
    let world = World::new();
    let arn = world.machine("m").await;
    let update = |input: Value| world.refused("UpdateStateMachine", input);
    assert_eq!(
        update(json!({"stateMachineArn": arn, "publish": true})).await,
        "MissingRequiredParameter: Either the definition, the role ARN, the LoggingConfiguration, or the \
         TracingConfiguration must be specified"
    );
    let missing = format!("{arn}2");
    assert_eq!(
        update(json!({"stateMachineArn": missing, "definition": PASS})).await,
        format!("StateMachineDoesNotExist: State Machine Does Not Exist: '{missing}'")
    );
    assert_eq!(
        update(json!({"stateMachineArn": arn, "definition": "{}"})).await,
        "InvalidDefinition: Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: These fields are required: \
         [States, StartAt] at /'"
    );
    let labelled = json!({"stateMachineArn": format!("{arn}/label"), "definition": PASS});
    let (status, body) = world
        .raw("UpdateStateMachine", labelled.to_string().as_bytes())
        .await;
    assert_eq!(status, 400);
    assert_eq!(body["__type"], "ValidationException");
    assert_eq!(body["reason"], "API_DOES_NOT_SUPPORT_LABELED_ARNS");
}

#[tokio::test]
async fn arns_are_looked_at_closely() {
    let world = World::new();
    for (arn, refusal) in [
        (
            "no_arn",
            "InvalidArn: Invalid Arn: 'Invalid ARN prefix: no_arn'",
        ),
        (
            "arn:aws:lambda:us-east-1:123456789012:function:f",
            "InvalidArn: Invalid Arn: 'Invalid ARN service: arn:aws:lambda:us-east-1:123456789012:function:f'",
        ),
        (
            "arn:aws:states:us-east-1:1:stateMachine:m",
            "InvalidArn: Invalid Arn: 'Invalid ARN account: arn:aws:states:us-east-1:1:stateMachine:m'",
        ),
        (
            "arn:aws:states:us-east-1:123456789012:stateMachine:m:0",
            "InvalidArn: Invalid Arn: 'Invalid ARN resource: arn:aws:states:us-east-1:123456789012:stateMachine:m:0'",
        ),
        (
            "arn:aws:states:us-east-1:123456789012:activity:a",
            "InvalidArn: Invalid Arn: 'Resource type not valid in this context: activity'",
        ),
        (
            "arn:aws:states:us-east-1:123456789012:stateMachine:m",
            "StateMachineDoesNotExist: State Machine Does Not Exist: \
             'arn:aws:states:us-east-1:123456789012:stateMachine:m'",
        ),
    ] {
        let refused = world.refused("DescribeStateMachine", json!({"stateMachineArn": arn}));
        assert_eq!(refused.await, refusal);
    }
}

#[tokio::test]
async fn lists_are_by_name_in_pages() {
    let world = World::new();
    for name in ["c", "a", "d", "b", "e"] {
        world.machine(name).await;
    }
    let mut names = vec![];
    let mut request = json!({"maxResults": 2});
    loop {
        let page = world.ok("ListStateMachines", request.clone()).await;
        for machine in page["stateMachines"].as_array().unwrap() {
            assert_eq!(machine["type"], "STANDARD");
            assert_eq!(machine["creationDate"], 1_700_000_000.0);
            names.push(machine["name"].as_str().unwrap().to_owned());
        }
        match page.get("nextToken") {
            Some(token) => request["nextToken"] = token.clone(),
            None => break,
        }
    }
    assert_eq!(names, ["a", "b", "c", "d", "e"]);

    let refusal = "InvalidToken: Invalid Token: 'Invalid token'";
    let token = request["nextToken"].clone();
    let activities = json!({"nextToken": token});
    assert_eq!(world.refused("ListActivities", activities).await, refusal);
    world.pass(DAY_MILLIS);
    assert_eq!(world.refused("ListStateMachines", request).await, refusal);
}

#[tokio::test]
async fn a_deleted_state_machine_takes_its_versions_and_aliases_along() {
    let world = World::new();
    let arn = world.machine("m").await;
    let version = world.version(&arn, "c").await;
    let routes = json!([{"stateMachineVersionArn": version, "weight": 100}]);
    let alias = json!({"name": "PROD", "routingConfiguration": routes});
    world.ok("CreateStateMachineAlias", alias).await;
    for gone in [&version, &format!("{arn}:PROD")] {
        // Only the whole of it can be deleted.
        let refused = world.refused("DeleteStateMachine", json!({"stateMachineArn": gone}));
        assert_eq!(
            refused.await,
            "InvalidArn: Invalid Arn: 'Resource type not valid in this context: statemachine'"
        );
    }
    let delete = json!({"stateMachineArn": arn});
    assert_eq!(
        world.ok("DeleteStateMachine", delete.clone()).await,
        json!({})
    );
    assert_eq!(
        world.ok("DeleteStateMachine", delete.clone()).await,
        json!({})
    );
    for gone in [arn.clone(), version, format!("{arn}:PROD")] {
        let refused = world.refused("DescribeStateMachine", json!({"stateMachineArn": gone}));
        assert!(refused.await.starts_with("StateMachineDoesNotExist"));
        assert!(world.control.resolve(&gone, 0).is_err());
    }
    // The name is free, and the versions of the new one begin anew.
    world.machine("m").await;
    assert!(world.version(&arn, "c").await.ends_with(":m:1"));
    let world = world.restarted();
    let listed = world.ok("ListStateMachineAliases", delete).await;
    assert_eq!(listed, json!({"stateMachineAliases": []}));
}

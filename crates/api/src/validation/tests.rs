use serde_json::json;

use super::*;

const MAX_PAYLOAD: usize = 1000;

fn checked(operation: &str, body: Value) -> Result<Value, Error> {
    check(operation, body.to_string().as_bytes(), MAX_PAYLOAD)
}

fn refused(operation: &str, body: Value) -> String {
    let error = checked(operation, body).unwrap_err();
    format!("{}: {error}", error.code())
}

#[test]
fn the_models_are_whole() {
    assert_eq!(operations().count(), 37);
    for (service, number) in [
        ("stepfunctions", 37),
        ("events", 57),
        ("scheduler", 12),
        ("lambda", 85),
        ("logs", 24),
        ("iam", 33),
        ("sts", 1),
    ] {
        let model = Model::of(service).unwrap();
        assert_eq!(model.operations().count(), number, "{service}");
        for (name, shape) in &model.shapes {
            assert_eq!(shape.kind == Kind::List, shape.member.is_some(), "{name}");
            assert_eq!(shape.kind == Kind::Map, shape.key.is_some(), "{name}");
            let members = shape
                .members
                .values()
                .map(|target| target.as_str().unwrap());
            let parts = [&shape.member, &shape.key, &shape.value];
            for target in members.chain(parts.into_iter().flatten().map(String::as_str)) {
                assert!(model.shapes.contains_key(target), "{name}: {target}");
            }
        }
    }
    assert!(Model::of("s3").is_none());
}

fn violated(service: &str, operation: &str, input: Value) -> String {
    Model::of(service)
        .unwrap()
        .check(operation, &input)
        .unwrap_err()
}

#[test]
fn names_are_told_as_aws_tells_them() {
    assert_eq!(
        violated(
            "lambda",
            "CreateFunction",
            json!({"FunctionName": "a b", "Role": "r", "Code": {}, "KMSKeyArn": "k"})
        ),
        "3 validation errors detected: Value 'a b' at 'functionName' failed to satisfy constraint: Member must satisfy regular \
         expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?\
         (function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?; Value 'r' at 'role' failed to satisfy constraint: \
         Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+; \
         Value 'k' at 'kMSKeyArn' failed to satisfy constraint: Member must satisfy regular expression pattern: \
         (arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()"
    );
    assert_eq!(
        violated("events", "PutEvents", json!({"Entries": []})),
        "1 validation error detected: Value '[]' at 'entries' failed to satisfy constraint: Member must have length greater \
         than or equal to 1"
    );
    assert_eq!(
        violated("scheduler", "GetSchedule", json!({})),
        "1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null"
    );
    assert_eq!(
        violated(
            "iam",
            "TagRole",
            json!({"RoleName": "r", "Tags": [{"Key": "", "Value": "v"}]})
        ),
        "2 validation errors detected: Value '' at 'tags.1.member.key' failed to satisfy constraint: Member must have length \
         greater than or equal to 1; Value '' at 'tags.1.member.key' failed to satisfy constraint: Member must satisfy regular \
         expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+"
    );
}

#[test]
fn what_is_wrong_in_a_list_or_a_map_is_told_of_the_whole() {
    assert_eq!(
        violated(
            "iam",
            "UntagRole",
            json!({"RoleName": "r", "TagKeys": ["a", ""]})
        ),
        "1 validation error detected: Value '[a, ]' at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: \
         [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must \
         satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+, Member must not be null]"
    );
    let message = violated(
        "lambda",
        "UpdateFunctionConfiguration",
        json!({"FunctionName": "f", "Environment": {"Variables": {"1": "secret"}}}),
    );
    assert!(
        message.contains("at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: [Member must \
                          satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+"),
        "{message}"
    );
    assert!(!message.contains("secret"), "{message}");
}

#[test]
fn every_violation_is_named_in_one_message() {
    let long = "x".repeat(81);
    assert_eq!(
        refused(
            "CreateActivity",
            json!({"name": long, "tags": [{"key": "", "value": "v"}]})
        ),
        format!(
            "ValidationException: 2 validation errors detected: Value '{long}' at 'name' failed to satisfy constraint: \
             Member must have length less than or equal to 80; Value '' at 'tags.1.member.key' failed to satisfy \
             constraint: Member must have length greater than or equal to 1"
        )
    );
    assert_eq!(
        refused("CreateActivity", json!({})),
        "ValidationException: 1 validation error detected: Value null at 'name' failed to satisfy constraint: \
         Member must not be null"
    );
    assert_eq!(
        refused("ListStateMachines", json!({"maxResults": 1001})),
        "ValidationException: 1 validation error detected: Value '1001' at 'maxResults' failed to satisfy constraint: \
         Member must have value less than or equal to 1000"
    );
    assert_eq!(
        refused("ListStateMachines", json!({"maxResults": -1})),
        "ValidationException: 1 validation error detected: Value '-1' at 'maxResults' failed to satisfy constraint: \
         Member must have value greater than or equal to 0"
    );
    assert_eq!(
        refused(
            "ListExecutions",
            json!({"stateMachineArn": "a", "statusFilter": "DONE"})
        ),
        "ValidationException: 1 validation error detected: Value 'DONE' at 'statusFilter' failed to satisfy constraint: \
         Member must satisfy enum value set: [RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED, PENDING_REDRIVE]"
    );
    assert_eq!(
        refused(
            "CreateStateMachineAlias",
            json!({"name": "7", "routingConfiguration": [{"stateMachineVersionArn": "a", "weight": 101}]})
        ),
        "ValidationException: 2 validation errors detected: Value '7' at 'name' failed to satisfy constraint: Member must \
         satisfy regular expression pattern: ^(?=.*[a-zA-Z_\\-\\.])[a-zA-Z0-9_\\-\\.]+$; Value '101' at \
         'routingConfiguration.1.member.weight' failed to satisfy constraint: Member must have value less than or equal to 100"
    );
}

#[test]
fn lists_are_shown_as_aws_shows_them_and_secrets_are_not() {
    let route = json!({"stateMachineVersionArn": "a:1", "weight": 50});
    assert_eq!(
        refused(
            "CreateStateMachineAlias",
            json!({"name": "A", "routingConfiguration": [route, route, route]})
        ),
        "ValidationException: 1 validation error detected: Value '[RoutingConfigurationListItem(stateMachineVersionArn=a:1, \
         weight=50), RoutingConfigurationListItem(stateMachineVersionArn=a:1, weight=50), \
         RoutingConfigurationListItem(stateMachineVersionArn=a:1, weight=50)]' at 'routingConfiguration' failed to satisfy \
         constraint: Member must have length less than or equal to 2"
    );
    let secret = "s".repeat(MAX_PAYLOAD + 1);
    assert_eq!(
        refused(
            "StartExecution",
            json!({"stateMachineArn": "a", "input": secret})
        ),
        "ValidationException: 1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have \
         length less than or equal to 1000"
    );
    // AWS counts UTF-16 units.
    let fits = "é".repeat(MAX_PAYLOAD - 2) + "\u{1F600}";
    assert!(
        checked(
            "StartExecution",
            json!({"stateMachineArn": "a", "input": fits})
        )
        .is_ok()
    );
}

#[test]
fn wrong_types_and_text_that_is_no_json_are_serialization_errors() {
    for (body, message) in [
        (
            json!({"name": 1}),
            "NUMBER_VALUE can not be converted to a String",
        ),
        (
            json!({"name": true}),
            "TRUE_VALUE can not be converted to a String",
        ),
        (
            json!({"name": {"a": 1}}),
            "Start of structure or map found where not expected.",
        ),
        (
            json!({"name": ["a"]}),
            "Start of structure or map found where not expected.",
        ),
        (json!({"name": "a", "tags": "b"}), "Expected list or null"),
    ] {
        let message = format!("SerializationException: {message}");
        assert_eq!(refused("CreateActivity", body), message);
    }
    for body in [
        "{",
        "[]",
        "\"a\"",
        "nope",
        "{\"name\": \"a\"} x",
        "\u{1}",
        "null",
        "{} {}",
    ] {
        let error = check("CreateActivity", body.as_bytes(), 9).unwrap_err();
        assert_eq!(error.code(), "SerializationException", "{body}");
    }
    let invalid_utf8 = check("CreateActivity", b"{\"name\": \"\xff\"}", 9).unwrap_err();
    assert_eq!(invalid_utf8.code(), "SerializationException");
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let too_deep = check("CreateActivity", deep.as_bytes(), 9).unwrap_err();
    assert_eq!(too_deep.code(), "SerializationException");
}

#[test]
fn unknown_members_and_null_are_as_absent_and_numbers_are_cut() {
    assert_eq!(
        checked(
            "ListStateMachines",
            json!({"a": 1, "nextToken": null, "maxResults": 7.9})
        )
        .unwrap(),
        json!({"maxResults": 7})
    );
    assert_eq!(check("ListStateMachines", b"", 9).unwrap(), json!({}));
    assert_eq!(
        check("Nothing", b"{}", 9).unwrap_err(),
        Error::UnknownOperationException
    );
}

#[test]
fn a_hostile_body_costs_little() {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let unknown = format!("{{\"unknown\": {deep}, \"name\": \"a\"}}");
    // Skipped, however deep it is.
    assert_eq!(
        check("CreateActivity", unknown.as_bytes(), 9).unwrap(),
        json!({"name": "a"})
    );
    let keys = json!({"resourceArn": "a", "tagKeys": vec![""; 10_000]});
    let message = refused("UntagResource", keys);
    assert!(message.starts_with("ValidationException: 100 validation errors detected: "));
    let keys = json!({"resourceArn": "a", "tagKeys": vec![""; 10_001]});
    assert_eq!(
        refused("UntagResource", keys),
        "SerializationException: A list can have at most 10000 items"
    );
    let long = json!({"name": "é".repeat(1_000_000)});
    assert!(refused("CreateActivity", long).len() < 21_000);
}

#[test]
fn of_equal_members_the_last_counts() {
    let body = br#"{"name": "a", "name": null, "tags": [], "name": "b", "tags": null}"#;
    assert_eq!(
        check("CreateActivity", body, 9).unwrap(),
        json!({"name": "b"})
    );
}

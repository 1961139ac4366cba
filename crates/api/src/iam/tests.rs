//! Roles and policies, their errors, and that they are there after a restart.

use std::sync::Arc;

use serde_json::{Value, json};
use store::{MemoryStore, Store};

use super::*;
use crate::Caller;
use crate::validation::Model;
use crate::wire::Input;

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"states.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const ALLOW: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sqs:*","Resource":"*"}]}"#;

fn open(store: &Arc<dyn Store>) -> Iam {
    Iam::open(store, "aws".into(), "123456789012".into()).unwrap()
}

fn iam() -> Iam {
    open(&(Arc::new(MemoryStore::default()) as Arc<dyn Store>))
}

fn answer(iam: &Iam, operation: &'static str, members: Value) -> Answer {
    let model = Model::of("iam").unwrap();
    model.check(operation, &members).unwrap();
    iam.0.answer(&ServiceCall {
        operation,
        input: Input {
            members: super::members(members),
            payload: None,
        },
        caller: Caller {
            principal: "anonymous".into(),
            source: "127.0.0.1".into(),
        },
        now_millis: 1_700_000_000_500,
        call_key: None,
    })
}

#[track_caller]
fn ok(iam: &Iam, operation: &'static str, members: Value) -> Value {
    Value::Object(answer(iam, operation, members).unwrap())
}

#[track_caller]
fn refused(iam: &Iam, operation: &'static str, members: Value) -> String {
    answer(iam, operation, members).unwrap_err().to_string()
}

fn create(iam: &Iam, name: &str) -> Value {
    let role = json!({"RoleName": name, "Path": "/service/", "AssumeRolePolicyDocument": TRUST, "Tags": [{"Key": "a", "Value": "1"}]});
    ok(iam, "CreateRole", role)["Role"].clone()
}

#[test]
fn a_role_is_kept_shown_and_deleted_when_nothing_hangs_on_it() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let iam = open(&store);
    let created = create(&iam, "Runner");
    assert_eq!(
        created["Arn"],
        "arn:aws:iam::123456789012:role/service/Runner"
    );
    let id = created["RoleId"].as_str().unwrap();
    assert!(id.starts_with("AROA") && id.len() == 21, "{id}");
    assert_eq!(
        refused(
            &iam,
            "CreateRole",
            json!({"RoleName": "RUNNER", "AssumeRolePolicyDocument": TRUST})
        ),
        "EntityAlreadyExists: Role with name RUNNER already exists."
    );
    let policy = json!({"RoleName": "Runner", "PolicyName": "p", "PolicyDocument": ALLOW});
    ok(&iam, "PutRolePolicy", policy);
    let aws = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
    ok(
        &iam,
        "AttachRolePolicy",
        json!({"RoleName": "Runner", "PolicyArn": aws}),
    );

    let iam = open(&store);
    let role = json!({"RoleName": "Runner"});
    let shown = ok(&iam, "GetRole", role.clone())["Role"].clone();
    assert_eq!(shown["CreateDate"], 1_700_000_000);
    assert_eq!(shown["MaxSessionDuration"], 3600);
    assert_eq!(shown["Tags"], json!([{"Key": "a", "Value": "1"}]));
    assert!(
        shown["AssumeRolePolicyDocument"]
            .as_str()
            .unwrap()
            .starts_with("%7B%22Version%22%3A%222012")
    );
    assert_eq!(
        ok(&iam, "ListRolePolicies", role.clone())["PolicyNames"],
        json!(["p"])
    );
    assert_eq!(
        ok(&iam, "ListAttachedRolePolicies", role.clone())["AttachedPolicies"],
        json!([{"PolicyName": "AWSLambdaBasicExecutionRole", "PolicyArn": aws}])
    );
    let instance_profiles = ok(&iam, "ListInstanceProfilesForRole", role.clone());
    assert_eq!(instance_profiles["InstanceProfiles"], json!([]));

    assert_eq!(
        refused(&iam, "DeleteRole", role.clone()),
        "DeleteConflict: Cannot delete entity, must detach all policies first."
    );
    ok(
        &iam,
        "DetachRolePolicy",
        json!({"RoleName": "Runner", "PolicyArn": aws}),
    );
    assert_eq!(
        refused(&iam, "DeleteRole", role.clone()),
        "DeleteConflict: Cannot delete entity, must delete policies first."
    );
    let policy = json!({"RoleName": "Runner", "PolicyName": "p"});
    ok(&iam, "DeleteRolePolicy", policy.clone());
    assert_eq!(
        refused(&iam, "GetRolePolicy", policy),
        "NoSuchEntity: The role policy with name p cannot be found."
    );
    ok(&iam, "DeleteRole", role.clone());
    assert_eq!(
        refused(&iam, "GetRole", role),
        "NoSuchEntity: The role with name Runner cannot be found."
    );
}

#[test]
fn lists_come_in_pages() {
    let iam = iam();
    for name in ["c", "B", "a"] {
        create(&iam, name);
    }
    let first = ok(
        &iam,
        "ListRoles",
        json!({"MaxItems": 2, "PathPrefix": "/serv"}),
    );
    assert_eq!(first["IsTruncated"], true);
    let names = |page: &Value| -> Vec<String> {
        let roles = page["Roles"].as_array().unwrap().iter();
        roles
            .map(|role| role["RoleName"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(&first), ["a", "B"]);
    let rest = ok(&iam, "ListRoles", json!({"Marker": first["Marker"]}));
    assert_eq!(
        (names(&rest), &rest["IsTruncated"]),
        (vec!["c".to_owned()], &json!(false))
    );
    assert_eq!(
        names(&ok(&iam, "ListRoles", json!({"PathPrefix": "/x/"}))),
        [""; 0]
    );
    assert_eq!(
        refused(&iam, "ListRoles", json!({"Marker": "?"})),
        "ValidationError: Invalid Marker."
    );
}

#[test]
fn a_policy_has_versions_and_stays_while_it_is_used() {
    let iam = iam();
    create(&iam, "r");
    let input = json!({"PolicyName": "Send", "PolicyDocument": ALLOW, "Description": "d"});
    let created = ok(&iam, "CreatePolicy", input.clone())["Policy"].clone();
    let arn = created["Arn"].as_str().unwrap();
    assert_eq!(
        (arn, &created["DefaultVersionId"]),
        ("arn:aws:iam::123456789012:policy/Send", &json!("v1"))
    );
    assert_eq!(
        refused(&iam, "CreatePolicy", input),
        "EntityAlreadyExists: A policy called Send already exists. Duplicate names are not allowed."
    );
    let version = json!({"PolicyArn": arn, "PolicyDocument": ALLOW, "SetAsDefault": true});
    let second = ok(&iam, "CreatePolicyVersion", version.clone())["PolicyVersion"].clone();
    assert_eq!(
        (&second["VersionId"], &second["IsDefaultVersion"]),
        (&json!("v2"), &json!(true))
    );
    let policy = json!({"PolicyArn": arn});
    ok(
        &iam,
        "AttachRolePolicy",
        json!({"RoleName": "r", "PolicyArn": arn}),
    );
    let shown = ok(&iam, "GetPolicy", policy.clone())["Policy"].clone();
    assert_eq!(
        (&shown["AttachmentCount"], &shown["Description"]),
        (&json!(1), &json!("d"))
    );
    let entities = ok(&iam, "ListEntitiesForPolicy", policy.clone());
    assert_eq!(entities["PolicyRoles"][0]["RoleName"], "r");
    assert_eq!(
        refused(&iam, "DeletePolicy", policy.clone()),
        "DeleteConflict: Cannot delete a policy attached to entities."
    );
    ok(
        &iam,
        "DetachRolePolicy",
        json!({"RoleName": "r", "PolicyArn": arn}),
    );
    assert!(refused(&iam, "DeletePolicy", policy.clone()).contains("more than one version"));
    assert_eq!(
        refused(
            &iam,
            "DeletePolicyVersion",
            json!({"PolicyArn": arn, "VersionId": "v2"})
        ),
        "DeleteConflict: Cannot delete the default version of a policy."
    );
    ok(
        &iam,
        "SetDefaultPolicyVersion",
        json!({"PolicyArn": arn, "VersionId": "v1"}),
    );
    ok(
        &iam,
        "DeletePolicyVersion",
        json!({"PolicyArn": arn, "VersionId": "v2"}),
    );
    for _ in 0..4 {
        ok(
            &iam,
            "CreatePolicyVersion",
            json!({"PolicyArn": arn, "PolicyDocument": ALLOW}),
        );
    }
    assert!(refused(&iam, "CreatePolicyVersion", version).contains("up to 5 versions"));
    let versions = ok(&iam, "ListPolicyVersions", policy.clone());
    let versions: Vec<_> = versions["Versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v["VersionId"].clone())
        .collect();
    assert_eq!(versions, ["v6", "v5", "v4", "v3", "v1"]);
    for version in ["v3", "v4", "v5", "v6"] {
        ok(
            &iam,
            "DeletePolicyVersion",
            json!({"PolicyArn": arn, "VersionId": version}),
        );
    }
    ok(&iam, "DeletePolicy", policy.clone());
    assert!(refused(&iam, "GetPolicy", policy).contains("was not found"));
}

#[test]
fn what_is_not_there_cannot_be_attached_and_what_is_aws_own_has_no_document() {
    let iam = iam();
    create(&iam, "r");
    let gone = "arn:aws:iam::123456789012:policy/gone";
    assert_eq!(
        refused(
            &iam,
            "AttachRolePolicy",
            json!({"RoleName": "r", "PolicyArn": gone})
        ),
        format!("NoSuchEntity: Policy {gone} does not exist or is not attachable.")
    );
    let aws = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    assert_eq!(
        ok(&iam, "GetPolicy", json!({"PolicyArn": aws}))["Policy"]["PolicyName"],
        "ReadOnlyAccess"
    );
    assert!(
        refused(
            &iam,
            "GetPolicyVersion",
            json!({"PolicyArn": aws, "VersionId": "v1"})
        )
        .contains("not its document")
    );
    ok(
        &iam,
        "PutRolePermissionsBoundary",
        json!({"RoleName": "r", "PermissionsBoundary": aws}),
    );
    let listed = ok(
        &iam,
        "ListPolicies",
        json!({"PolicyUsageFilter": "PermissionsBoundary"}),
    );
    assert_eq!(listed["Policies"][0]["Arn"], aws);
    ok(
        &iam,
        "DeleteRolePermissionsBoundary",
        json!({"RoleName": "r"}),
    );
    let listed = ok(&iam, "ListPolicies", json!({"OnlyAttached": true}));
    assert_eq!(listed["Policies"], json!([]));
}

#[test]
fn tags_are_changed_by_keys_that_have_no_case() {
    let iam = iam();
    create(&iam, "r");
    let tags = |tags: Value| json!({"RoleName": "r", "Tags": tags});
    ok(
        &iam,
        "TagRole",
        tags(json!([{"Key": "A", "Value": "2"}, {"Key": "b", "Value": ""}])),
    );
    ok(
        &iam,
        "UntagRole",
        json!({"RoleName": "r", "TagKeys": ["B", "none"]}),
    );
    assert_eq!(
        ok(&iam, "ListRoleTags", json!({"RoleName": "r"}))["Tags"],
        json!([{"Key": "A", "Value": "2"}])
    );
    let twice = tags(json!([{"Key": "x", "Value": "1"}, {"Key": "X", "Value": "2"}]));
    assert!(refused(&iam, "TagRole", twice).starts_with("InvalidInput: Duplicate tag keys found."));
}

//! Where region, credentials and endpoints come from.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::Stdio;

use serde_json::{Value, json};

use super::child::{command, resolve};

const KEYS: [(&str, &str); 2] = [
    ("AWS_ACCESS_KEY_ID", "from-env"),
    ("AWS_SECRET_ACCESS_KEY", "secret"),
];
const PROFILES: &str = "[default]\naws_access_key_id = from-default\naws_secret_access_key = s\n\
                        [work]\naws_access_key_id = from-work\naws_secret_access_key = s\n";

fn access_key(resolved: &Value) -> &Value {
    &resolved["environment"]["AWS_ACCESS_KEY_ID"]
}

#[test]
fn the_environment_goes_before_the_files() {
    let resolved = resolve(
        json!({}),
        &[KEYS[0], KEYS[1], ("AWS_REGION", "eu-west-1")],
        "[default]\nregion = eu-west-3",
        PROFILES,
    );
    assert_eq!(
        (access_key(&resolved), &resolved["region"]),
        (&json!("from-env"), &json!("eu-west-1"))
    );
    let resolved = resolve(json!({}), &[], "[default]\nregion = eu-west-3", PROFILES);
    assert_eq!(
        (access_key(&resolved), &resolved["region"]),
        (&json!("from-default"), &json!("eu-west-3"))
    );
    let resolved = resolve(
        json!({}),
        &[("AWS_PROFILE", "work"), ("AWS_DEFAULT_REGION", "x-1")],
        "",
        PROFILES,
    );
    assert_eq!(
        (access_key(&resolved), &resolved["region"]),
        (&json!("from-work"), &json!("x-1"))
    );
}

#[test]
fn options_go_first() {
    let config = "[profile work]\nregion = eu-west-3";
    let resolved = resolve(json!({"profile": "work"}), &KEYS, config, PROFILES);
    assert_eq!(
        (access_key(&resolved), &resolved["region"]),
        (&json!("from-work"), &json!("eu-west-3"))
    );
    let resolved = resolve(
        json!({"region": "eu-north-1"}),
        &[KEYS[0], KEYS[1], ("AWS_REGION", "x-1")],
        "",
        "",
    );
    assert_eq!(resolved["region"], "eu-north-1");
}

#[test]
fn what_is_missing_is_told_with_what_was_tried() {
    let error = |options: Value, environment: &[(&str, &str)], credentials: &str| {
        resolve(options, environment, "", credentials)["error"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let message = error(json!({"region": "eu-west-1"}), &[], "");
    for part in [
        "AWS_ACCESS_KEY_ID",
        "profile default",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER",
        "EC2",
        "aws sso login",
    ] {
        assert!(message.contains(part), "{message}");
    }
    let message = error(json!({}), &KEYS, "");
    assert!(
        message.contains("AWS_DEFAULT_REGION") && message.contains("--region"),
        "{message}"
    );
    let message = error(json!({"profile": "wrok", "region": "x"}), &KEYS, PROFILES);
    assert!(
        message.contains("no profile wrok") && message.contains("work"),
        "{message}"
    );
    let message = error(json!({"endpoint_url": "localhost"}), &KEYS, "");
    assert!(message.contains("no URL"), "{message}");
}

#[test]
fn a_broken_source_is_told() {
    let config = "[profile sso]\nsso_start_url = https://example.awsapps.com/start\nsso_region = eu-west-1\n\
                  sso_account_id = 123456789012\nsso_role_name = r\nregion = eu-west-1\n";
    let error = resolve(json!({"profile": "sso"}), &[], config, "")["error"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    assert!(
        error.starts_with("no AWS credentials: profile sso in ~/.aws/config"),
        "{error}"
    );
}

#[test]
fn a_local_endpoint_needs_no_credentials_but_awss_own_does() {
    let local = json!({"endpoint_url": "http://localhost:5000"});
    let resolved = resolve(local.clone(), &[], "", "");
    assert_eq!(
        (access_key(&resolved), &resolved["region"]),
        (&json!("test"), &json!("us-east-1"))
    );
    assert_eq!(
        resolved["environment"]["AWS_ENDPOINT_URL"],
        "http://localhost:5000"
    );
    assert_eq!(
        access_key(&resolve(local, &KEYS, "", "")),
        "from-env",
        "real ones are used when they are there"
    );
    let resolved = resolve(
        json!({}),
        &[("AWS_ENDPOINT_URL", "http://moto:5000")],
        "",
        "",
    );
    assert_eq!(access_key(&resolved), "test");
    let own = resolve(
        json!({"endpoint_url": "https://ec2.eu-west-1.amazonaws.com", "region": "eu-west-1"}),
        &[],
        "",
        "",
    );
    assert!(
        own["error"]
            .as_str()
            .unwrap_or_default()
            .contains("no AWS credentials"),
        "{own}"
    );
}

#[test]
fn endpoints_are_found_in_their_order() {
    let config = "[default]\nregion = eu-west-1\nendpoint_url = http://profile\nservices = local\n\
                  [services local]\nec2 =\n  endpoint_url = http://profile-ec2\n";
    let endpoints = |options: Value, more: &[(&str, &str)]| {
        let environment: Vec<(&str, &str)> = KEYS.iter().chain(more).copied().collect();
        let resolved = resolve(options, &environment, config, "");
        (resolved["ec2"].clone(), resolved["elbv2"].clone())
    };
    assert_eq!(
        endpoints(json!({}), &[]),
        (json!("http://profile-ec2"), json!("http://profile"))
    );
    let general = ("AWS_ENDPOINT_URL", "http://env");
    assert_eq!(
        endpoints(json!({}), &[general]),
        (json!("http://env"), json!("http://env"))
    );
    let special = (
        "AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2",
        "http://env-elbv2",
    );
    assert_eq!(
        endpoints(json!({}), &[general, special]),
        (json!("http://env"), json!("http://env-elbv2"))
    );
    let option = json!({"endpoint_url": "http://option"});
    assert_eq!(
        endpoints(option, &[general, special]),
        (json!("http://option"), json!("http://option"))
    );
    let ignore = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
    assert_eq!(
        endpoints(json!({}), &[general, special, ignore]),
        (Value::Null, Value::Null)
    );
}

#[test]
fn functions_are_told_every_endpoint() {
    let config = "[default]\nservices = local\n[services local]\nsfn =\n  endpoint_url = http://profile-sfn\n";
    let exported = |options: Value, more: &[(&str, &str)]| {
        let environment: Vec<(&str, &str)> = KEYS
            .iter()
            .chain(&[("AWS_REGION", "eu-west-1")])
            .chain(more)
            .copied()
            .collect();
        let resolved = resolve(options, &environment, config, "");
        let variables = resolved["environment"].as_object().unwrap().clone();
        let endpoints = variables
            .into_iter()
            .filter(|(name, _)| name.starts_with("AWS_ENDPOINT_URL"));
        Value::Object(endpoints.collect())
    };
    let ec2 = ("AWS_ENDPOINT_URL_EC2", "http://env-ec2");
    assert_eq!(
        exported(json!({}), &[ec2]),
        json!({"AWS_ENDPOINT_URL_EC2": "http://env-ec2", "AWS_ENDPOINT_URL_SFN": "http://profile-sfn"})
    );
    assert_eq!(
        exported(json!({}), &[ec2, ("AWS_ENDPOINT_URL", "http://env")]),
        json!({"AWS_ENDPOINT_URL_EC2": "http://env-ec2", "AWS_ENDPOINT_URL": "http://env"})
    );
    assert_eq!(
        exported(json!({"endpoint_url": "http://option"}), &[ec2]),
        json!({"AWS_ENDPOINT_URL": "http://option"})
    );
    let ignore = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
    assert_eq!(exported(json!({}), &[ec2, ignore]), json!({}));
}

#[test]
fn credentials_are_fetched_through_the_proxy() {
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", proxy.local_addr().unwrap());
    let token = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(token.path(), "token").unwrap();
    let environment = [
        ("HTTPS_PROXY", url.as_str()),
        (
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            token.path().to_str().unwrap(),
        ),
        ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/r"),
    ];
    let (mut command, _home) = command(json!({"region": "eu-west-1"}), &environment, "", "");
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (stream, _) = proxy.accept().unwrap();
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(
        line.trim_end(),
        "CONNECT sts.eu-west-1.amazonaws.com:443 HTTP/1.1"
    );
}

//! Ways to AWS: certificates, proxies, settings of the retries.

use serde_json::{Value, json};

use super::child::resolve;
use super::support::SECRET;
use super::world::World;

const KEYS: [(&str, &str); 3] = [
    ("AWS_ACCESS_KEY_ID", "from-env"),
    ("AWS_SECRET_ACCESS_KEY", SECRET),
    ("AWS_REGION", "eu-west-1"),
];

/// What a call of `ssm:getParameter` gives: to AWS, or to `endpoint_url`.
fn call(endpoint_url: Option<&str>, environment: &[(&str, &str)], config: &str) -> Value {
    let options = json!({
        "endpoint_url": endpoint_url,
        "call": {"resource": "ssm:getParameter", "arguments": {"Name": "n"}},
    });
    let environment = [&KEYS, environment].concat();
    let resolved = resolve(options, &environment, config, "");
    // Results name access key ids, functions get the secret.
    assert!(
        !resolved["called"].to_string().contains(SECRET),
        "{resolved}"
    );
    assert!(
        !resolved["error"].to_string().contains(SECRET),
        "{resolved}"
    );
    resolved
}

fn value(resolved: &Value) -> &Value {
    &resolved["called"]["Parameter"]["Value"]
}

fn cause(resolved: &Value) -> &str {
    assert_eq!(
        resolved["called"]["error"], "Ssm.SdkClientException",
        "{resolved}"
    );
    resolved["called"]["cause"].as_str().unwrap()
}

#[test]
fn certificates_of_a_company_are_trusted_when_it_says_so() {
    let (world, other) = (World::new(), World::new());
    let url = format!("https://localhost:{}", world.tls.port());
    let bundle = ("AWS_CA_BUNDLE", world.ca());
    let resolved = call(Some(&url), &[bundle], "");
    assert_eq!(value(&resolved), "from-env", "{resolved}");
    for name in ["AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"] {
        assert_eq!(resolved["environment"][name], world.ca());
    }
    let config = format!("[default]\nca_bundle = {}\n", world.ca());
    assert_eq!(value(&call(Some(&url), &[], &config)), "from-env");
    let system = ("SSL_CERT_FILE", world.ca());
    assert_eq!(value(&call(Some(&url), &[system], "")), "from-env");

    let others = call(Some(&url), &[("AWS_CA_BUNDLE", other.ca())], "");
    assert!(
        cause(&others).contains(" failed: invalid peer certificate: "),
        "{others}"
    );
    assert!(
        cause(&others).ends_with("(SDK Attempt Count: 3)"),
        "{others}"
    );
    let other_name = format!("https://127.0.0.1:{}", world.tls.port());
    let resolved = call(Some(&other_name), &[bundle], "");
    assert!(
        cause(&resolved).contains("certificate not valid for name"),
        "{resolved}"
    );
}

#[test]
fn a_bundle_that_is_none_is_told_before_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bundle.pem");
    let told = |environment: &[(&str, &str)], config: &str| {
        let resolved = call(None, environment, config);
        let error = resolved["error"].as_str().unwrap_or_default().to_owned();
        let name = path.display().to_string();
        assert!(
            error.contains(&name) && error.contains("AWS_CA_BUNDLE"),
            "{resolved}"
        );
    };
    let bundle = ("AWS_CA_BUNDLE", path.to_str().unwrap());
    told(&[bundle], "");
    told(&[], &format!("[default]\nca_bundle = {}\n", path.display()));
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for content in [
        "",
        "no certificate",
        "-----BEGIN CERTIFICATE-----\n?",
        broken,
    ] {
        std::fs::write(&path, content).unwrap();
        told(&[bundle], "");
    }
}

#[test]
fn calls_go_through_the_proxy() {
    let world = World::new();
    let proxy = world.proxy("user:pass%40word@");
    for name in ["HTTPS_PROXY", "https_proxy"] {
        let environment = [(name, proxy.as_str()), ("AWS_CA_BUNDLE", world.ca())];
        let resolved = call(None, &environment, "");
        assert_eq!(value(&resolved), "from-env", "{resolved}");
        let head = world.proxied().pop().unwrap();
        assert!(
            head.starts_with("connect ssm.eu-west-1.amazonaws.com:443 "),
            "{head}"
        );
        // user:pass@word
        assert!(
            head.contains("proxy-authorization: basic dxnlcjpwyxnzqhdvcmq="),
            "{head}"
        );
    }
    let count = world.proxied().len();
    let url = format!("https://localhost:{}", world.tls.port());
    for name in ["NO_PROXY", "no_proxy"] {
        let environment = [
            ("HTTPS_PROXY", proxy.as_str()),
            ("AWS_CA_BUNDLE", world.ca()),
            (name, "example.com,localhost"),
        ];
        assert_eq!(value(&call(Some(&url), &environment, "")), "from-env");
    }
    assert_eq!(world.proxied().len(), count, "past the proxy");
    let environment = [("http_proxy", proxy.as_str())];
    let resolved = call(Some("http://api.test:5000"), &environment, "");
    assert_eq!(resolved["called"], json!({}));
    let head = world.proxied().pop().unwrap();
    assert!(head.starts_with("post http://api.test:5000/ "), "{head}");
    assert!(
        head.contains("proxy-authorization: basic dxnlcjpwyxnzqhdvcmq="),
        "{head}"
    );
}

#[test]
fn timestream_is_asked_where_calls_go_to() {
    let world = World::new();
    let proxy = world.proxy("");
    let ways = [
        ("HTTPS_PROXY", proxy.as_str()),
        ("AWS_CA_BUNDLE", world.ca()),
    ];
    let options = json!({
        "call": {"resource": "timestreamquery:query", "arguments": {"QueryString": "SELECT 1"}, "times": 2},
    });
    let resolved = resolve(options, &[&KEYS, &ways[..]].concat(), "", "");
    let cell = "query-cell1.timestream.eu-west-1.amazonaws.com";
    assert_eq!(resolved["called"]["QueryId"], cell, "{resolved}");
    let hosts = world.proxied();
    let hosts: Vec<&str> = hosts
        .iter()
        .filter_map(|head| head.split([' ', ':']).nth(1))
        .collect();
    assert_eq!(
        hosts,
        ["query.timestream.eu-west-1.amazonaws.com", cell],
        "asked once"
    );
}

#[test]
fn a_proxy_that_refuses_is_told_without_its_password() {
    for status in [
        "407 Proxy Authentication Required",
        "403 Forbidden",
        "502 Bad Gateway",
    ] {
        let world = World::with_proxy_status(status);
        let proxy = world.proxy(&format!("user:{SECRET}@"));
        let environment = [
            ("HTTPS_PROXY", proxy.as_str()),
            ("AWS_CA_BUNDLE", world.ca()),
        ];
        let resolved = call(None, &environment, "");
        let told = cause(&resolved);
        assert!(
            told.starts_with("Unable to execute HTTP request: "),
            "{told}"
        );
        assert!(
            told.to_lowercase().contains("proxy") || told.contains("tunnel"),
            "{told}"
        );
        assert!(told.ends_with("(SDK Attempt Count: 3)"), "{told}");
    }
    let nobody = format!("http://user:{SECRET}@127.0.0.1:1");
    let resolved = call(None, &[("HTTPS_PROXY", &nobody)], "");
    assert!(
        cause(&resolved).contains("Connection refused"),
        "{resolved}"
    );
    for nonsense in [
        "http://",
        "socks5://127.0.0.1:1080",
        &format!("http://user:{SECRET}@ho st"),
    ] {
        let resolved = call(None, &[("https_proxy", nonsense)], "");
        let error = resolved["error"].as_str().unwrap_or_default();
        assert!(
            error.contains("the proxy in https_proxy is no URL"),
            "{resolved}"
        );
    }
}

#[test]
fn the_number_of_attempts_can_be_set() {
    let nobody = Some("http://127.0.0.1:1");
    let attempts = |environment: &[(&str, &str)], config: &str| {
        let resolved = call(nobody, environment, config);
        let told = cause(&resolved).to_owned();
        let (_, count) = told.rsplit_once("Attempt Count: ").unwrap();
        count.trim_end_matches(')').to_owned()
    };
    let config = "[default]\nmax_attempts = 2\nretry_mode = adaptive\n";
    assert_eq!(attempts(&[], ""), "3");
    assert_eq!(attempts(&[], config), "2");
    assert_eq!(attempts(&[("AWS_MAX_ATTEMPTS", "5")], config), "5");
    assert_eq!(
        attempts(
            &[("AWS_MAX_ATTEMPTS", "1"), ("AWS_RETRY_MODE", "standard")],
            ""
        ),
        "1"
    );
    for (name, wrong) in [
        ("AWS_MAX_ATTEMPTS", "0"),
        ("AWS_MAX_ATTEMPTS", "many"),
        ("AWS_RETRY_MODE", "wild"),
        ("AWS_STS_REGIONAL_ENDPOINTS", "somewhere"),
        ("AWS_S3_USE_ARN_REGION", "perhaps"),
    ] {
        let resolved = call(nobody, &[(name, wrong)], "");
        let error = resolved["error"].as_str().unwrap_or_default();
        assert!(
            error.starts_with(&format!("{name} is {wrong:?}, which is not ")),
            "{resolved}"
        );
    }
    let resolved = call(nobody, &[], "[default]\nmax_attempts = x\n");
    let error = resolved["error"].as_str().unwrap_or_default();
    assert!(
        error.starts_with("max_attempts of the profile default is "),
        "{resolved}"
    );
}

//! Credentials of every standard source, each taken from where it really comes from, and each of them missing, broken or
//! refused. All go over the network through a proxy and a company's certificates, as in a company.

use serde_json::{Value, json};
use sha1::{Digest, Sha1};

use super::child::{command, output};
use super::support::SECRET;
use super::world::{FAR_AWAY, World};

/// A case: what stands in environment and files. The keys that a call was signed with, or why there are none.
struct Case<'a> {
    world: &'a World,
    profile: Option<&'a str>,
    environment: Vec<(&'a str, &'a str)>,
    config: String,
    /// A token of SSO: the session it is for, its content.
    sso_token: Option<(&'a str, Value)>,
    role_arn: Option<&'a str>,
}

impl Case<'_> {
    fn new(world: &World) -> Case<'_> {
        Case {
            world,
            profile: None,
            environment: Vec::new(),
            config: String::new(),
            sso_token: None,
            role_arn: None,
        }
    }

    fn run(&self) -> Result<String, String> {
        let options = json!({
            "region": "eu-west-1",
            "profile": self.profile,
            "call": {"resource": "ssm:getParameter", "arguments": {"Name": "n"}, "role_arn": self.role_arn},
        });
        let proxy = self.world.proxy("");
        let mut environment = vec![
            ("HTTPS_PROXY", proxy.as_str()),
            ("AWS_CA_BUNDLE", self.world.ca()),
        ];
        environment.extend(&self.environment);
        let (mut child, home) = command(options, &environment, &self.config, "");
        if let Some((name, token)) = &self.sso_token {
            let folder = home.path().join(".aws/sso/cache");
            std::fs::create_dir_all(&folder).unwrap();
            let hash: String = Sha1::digest(name)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            std::fs::write(folder.join(hash + ".json"), token.to_string()).unwrap();
        }
        let resolved = output(&mut child);
        let told = |text: &Value| {
            let text = text.as_str().unwrap().to_owned();
            assert!(!text.contains(SECRET), "{text}");
            text
        };
        if !resolved["error"].is_null() {
            return Err(told(&resolved["error"]));
        }
        match &resolved["called"]["Parameter"]["Value"] {
            Value::Null => Err(told(&resolved["called"]["cause"])),
            key => Ok(told(key)),
        }
    }

    #[track_caller]
    fn signed_by(&self, expected: &str) {
        assert_eq!(self.run().as_deref(), Ok(expected));
    }

    #[track_caller]
    fn fails_with(&self, parts: &[&str]) {
        let error = self.run().expect_err("credentials");
        for part in parts {
            assert!(error.contains(part), "{part}: {error}");
        }
    }
}

#[test]
fn a_process() {
    let world = World::new();
    let process = |json: &str| Case {
        config: format!("[default]\ncredential_process = echo '{json}'\n"),
        ..Case::new(&world)
    };
    let keys = format!(r#""AccessKeyId": "from-process", "SecretAccessKey": "{SECRET}""#);
    process(&format!(r#"{{"Version": 1, {keys}}}"#)).signed_by("from-process");
    process(&format!(
        r#"{{"Version": 1, {keys}, "SessionToken": "t", "Expiration": "{FAR_AWAY}"}}"#
    ))
    .signed_by("from-process");
    let failed = &["no AWS credentials: profile default"];
    // Only AWS knows whether they have expired: the clock of this machine may be wrong.
    process(&format!(
        r#"{{"Version": 1, {keys}, "Expiration": "2000-01-01T00:00:00Z"}}"#
    ))
    .signed_by("from-process");
    process(&format!(r#"{{"Version": 9, {keys}}}"#)).fails_with(failed);
    process(&format!(
        r#"{{"Version": 1, "SecretAccessKey": "{SECRET}"}}"#
    ))
    .fails_with(failed);
    process(&format!("{{{SECRET}")).fails_with(failed);
    let ends = Case {
        config: format!("[default]\ncredential_process = sh -c 'echo {SECRET}; exit 3'\n"),
        ..Case::new(&world)
    };
    ends.fails_with(failed);
}

#[test]
fn single_sign_on() {
    let world = World::new();
    let account = "sso_account_id = 123456789012\nsso_role_name = r\n";
    let by_session = format!(
        "[default]\nsso_session = corp\n{account}\
         [sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://corp.awsapps.com/start\n"
    );
    let legacy = format!(
        "[default]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\n{account}"
    );
    let case = |config: &str, name: &'static str, token: &str, expires: &str| Case {
        config: config.to_owned(),
        sso_token: Some((
            name,
            json!({
                "startUrl": "https://corp.awsapps.com/start", "region": "eu-west-1",
                "accessToken": token, "expiresAt": expires,
            }),
        )),
        ..Case::new(&world)
    };
    case(&by_session, "corp", "sso-token", FAR_AWAY).signed_by("from-sso");
    case(
        &legacy,
        "https://corp.awsapps.com/start",
        "sso-token",
        FAR_AWAY,
    )
    .signed_by("from-sso");
    let failed = &["no AWS credentials: profile default"];
    case(&by_session, "corp", "sso-token", "2000-01-01T00:00:00Z").fails_with(failed);
    case(&by_session, "corp", SECRET, FAR_AWAY).fails_with(failed);
    case(&by_session, "another", "sso-token", FAR_AWAY).fails_with(failed);
}

#[test]
fn roles() {
    let world = World::new();
    let keys =
        format!("[profile keys]\naws_access_key_id = keys\naws_secret_access_key = {SECRET}\n");
    let profiles = format!(
        "{keys}[profile one]\nrole_arn = arn:aws:iam::1:role/one\nsource_profile = keys\n\
         [profile two]\nrole_arn = arn:aws:iam::1:role/two\nsource_profile = one\n\
         [profile env]\nrole_arn = arn:aws:iam::1:role/env\ncredential_source = Environment\n\
         [profile container]\nrole_arn = arn:aws:iam::1:role/container\ncredential_source = EcsContainer\n\
         [profile forbidden]\nrole_arn = arn:aws:iam::1:role/forbidden\nsource_profile = keys\n\
         [profile loop]\nrole_arn = arn:aws:iam::1:role/loop\nsource_profile = pool\n\
         [profile pool]\nrole_arn = arn:aws:iam::1:role/pool\nsource_profile = loop\n\
         [profile nowhere]\nrole_arn = arn:aws:iam::1:role/nowhere\nsource_profile = missing\n"
    );
    let case = |profile: &'static str| Case {
        profile: Some(profile),
        config: profiles.clone(),
        ..Case::new(&world)
    };
    case("keys").signed_by("keys");
    case("one").signed_by("one-by-keys");
    case("two").signed_by("two-by-one-by-keys");
    let environment = vec![
        ("AWS_ACCESS_KEY_ID", "from-env"),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
    ];
    Case {
        environment,
        ..case("env")
    }
    .signed_by("env-by-from-env");
    let uri = format!("http://{}/container", world.metadata);
    let environment = vec![
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", uri.as_str()),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "container-token"),
    ];
    Case {
        environment,
        ..case("container")
    }
    .signed_by("container-by-from-container");
    let role_arn = Some("arn:aws:iam::2:role/task");
    Case {
        role_arn,
        ..case("two")
    }
    .signed_by("task-by-two-by-one-by-keys");
    let role_arn = Some("arn:aws:iam::2:role/forbidden");
    Case {
        role_arn,
        ..case("keys")
    }
    .fails_with(&[
        "Unable to assume the role arn:aws:iam::2:role/forbidden",
        "not you",
    ]);

    case("forbidden").fails_with(&["profile forbidden", "not you"]);
    case("loop").fails_with(&["no AWS credentials: profile loop"]);
    case("nowhere").fails_with(&[
        "no AWS credentials. Looked at: profile nowhere",
        "`missing`",
    ]);
    case("env").fails_with(&["no AWS credentials: profile env"]);
}

#[test]
fn web_identity() {
    let world = World::new();
    let token = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(token.path(), "web-token").unwrap();
    let case = |path: &'static str| Case {
        environment: vec![
            ("AWS_WEB_IDENTITY_TOKEN_FILE", path),
            ("AWS_ROLE_ARN", "arn:aws:iam::1:role/pod"),
        ],
        ..Case::new(&world)
    };
    let path = token.path().to_str().unwrap().to_owned().leak();
    case(path).signed_by("pod-by-web-identity");
    std::fs::write(token.path(), SECRET).unwrap();
    case(path).fails_with(&["web identity", "no such token"]);
    case("/nowhere/token")
        .fails_with(&["web identity (AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN) failed"]);
}

#[test]
fn containers() {
    let world = World::new();
    let token = tempfile::NamedTempFile::new().unwrap();
    let token_file = token.path().to_str().unwrap();
    let uri = |path: &str| format!("http://{}/{path}", world.metadata);
    let (good, broken) = (uri("container"), uri("broken"));
    let case = |uri: &'static str| Case {
        environment: vec![
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", uri),
            (
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
                token_file.to_owned().leak(),
            ),
        ],
        ..Case::new(&world)
    };
    std::fs::write(token.path(), "container-token").unwrap();
    let (good, broken): (&'static str, &'static str) = (good.leak(), broken.leak());
    case(good).signed_by("from-container");
    case(broken).fails_with(&["container (AWS_CONTAINER"]);
    case("http://example.com/container").fails_with(&["container (AWS_CONTAINER"]);
    std::fs::write(token.path(), SECRET).unwrap();
    case(good).fails_with(&["container (AWS_CONTAINER"]);
    case("http://127.0.0.1:1/container").fails_with(&["container (AWS_CONTAINER"]);
}

#[test]
fn instances() {
    let world = World::new();
    let endpoint = format!("http://{}", world.metadata);
    let case = |endpoint: &'static str| Case {
        environment: vec![
            ("AWS_EC2_METADATA_DISABLED", "false"),
            ("AWS_EC2_METADATA_SERVICE_ENDPOINT", endpoint),
        ],
        ..Case::new(&world)
    };
    case(endpoint.leak()).signed_by("from-instance");
    case("http://127.0.0.1:1")
        .fails_with(&["no AWS credentials. Looked at: ", "EC2 instance metadata"]);
}

#[test]
fn keys_that_are_half_there_or_cannot_be_sent() {
    let world = World::new();
    let case = |environment: Vec<(&'static str, &'static str)>| Case {
        environment,
        ..Case::new(&world)
    };
    case(vec![("AWS_ACCESS_KEY_ID", "a")])
        .fails_with(&["no AWS credentials", "AWS_SECRET_ACCESS_KEY"]);
    case(vec![
        ("AWS_ACCESS_KEY_ID", "a"),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
        ("AWS_SESSION_TOKEN", "line\nbreak"),
    ])
    .fails_with(&[
        "Unable to sign the request: the credentials hold characters that cannot be sent",
    ]);
    let half = Case {
        config: "[default]\naws_access_key_id = a\n".to_owned(),
        ..Case::new(&world)
    };
    half.fails_with(&["no AWS credentials: profile default"]);
}

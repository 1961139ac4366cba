//! Environment and home folder belong to a process, so cases that depend on them run in a process of their own: this test
//! binary again, told to run the one ignored test.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use aws_smithy_async::rt::sleep::SharedAsyncSleep;
use connectors::aws::{AwsClient, AwsConfig, Options};
use connectors::{CallError, CallRequest, Connectors};
use serde_json::{Value, json};
use service_models::catalog;
use tempfile::TempDir;

use super::support::{NoSleep, sdk};

const MARK: &str = "RESOLVED ";

/// Not a test: what the others start. Prints what was resolved as JSON.
#[test]
#[ignore = "started by the other tests"]
fn child() {
    let given: Value = serde_json::from_str(&std::env::var("TEST_OPTIONS").unwrap()).unwrap();
    let text = |key: &str| given[key].as_str().map(str::to_owned);
    let options = Options {
        endpoint_url: text("endpoint_url"),
        region: text("region"),
        profile: text("profile"),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let resolved = runtime.block_on(async {
        match AwsConfig::resolve(options).await {
            Err(error) => json!({"error": error.to_string()}),
            Ok(config) => {
                let endpoint =
                    |segment: &str| config.endpoint_override(catalog().service(segment).unwrap());
                json!({
                    "region": config.region(),
                    "environment": config.function_environment().await.unwrap().variables,
                    "ec2": endpoint("ec2"),
                    "elbv2": endpoint("elasticloadbalancingv2"),
                    "called": call(config, &given["call"]).await,
                })
            }
        }
    });
    println!("{MARK}{resolved}");
}

/// Makes the call that the options name, if any: its result, or its error and cause.
async fn call(config: AwsConfig, call: &Value) -> Value {
    let Some(resource) = call["resource"].as_str() else {
        return Value::Null;
    };
    let (service, action) = resource.split_once(':').unwrap();
    let request = CallRequest {
        role_arn: call["role_arn"].as_str().map(str::to_owned),
        ..sdk(service, action, call["arguments"].clone())
    };
    let client = AwsClient::with_sleep(Arc::new(config), SharedAsyncSleep::new(NoSleep::default()));
    let connectors = Connectors::new(client, None);
    for _ in 1..call["times"].as_u64().unwrap_or(1) {
        connectors.call(&request).await.unwrap();
    }
    match connectors.call(&request).await {
        Ok(result) => result,
        Err(CallError::Failed(failure)) => {
            json!({"error": failure.error, "cause": failure.cause})
        }
        Err(CallError::Refused(message)) => json!({"refused": message}),
    }
}

/// Runs the child with nothing but `environment` and a home folder with these two files.
pub fn resolve(
    options: Value,
    environment: &[(&str, &str)],
    config: &str,
    credentials: &str,
) -> Value {
    let (mut command, _home) = command(options, environment, config, credentials);
    output(&mut command)
}

/// What a child printed.
pub fn output(command: &mut Command) -> Value {
    let output = command.output().unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    let line = stdout
        .lines()
        .find_map(|line| line.split_once(MARK).map(|(_, json)| json));
    let line =
        line.unwrap_or_else(|| panic!("{stdout}\n{}", String::from_utf8_lossy(&output.stderr)));
    serde_json::from_str(line).unwrap()
}

pub fn command(
    options: Value,
    environment: &[(&str, &str)],
    config: &str,
    credentials: &str,
) -> (Command, TempDir) {
    let home = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = home.path().join(".aws").join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("config", config);
    write("credentials", credentials);
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "child::child", "--ignored", "--nocapture"])
        .env_clear()
        .env("HOME", home.path())
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .envs(environment.iter().copied())
        .env("TEST_OPTIONS", options.to_string());
    (command, home)
}

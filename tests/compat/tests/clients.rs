//! Each client against a server of its own. A client that is not installed is said aloud.

use std::path::{Path, PathBuf};
use std::process::Command;

use harness::{Options, Server, aws_cli_installed, python, terraform_mirror};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn server() -> Server {
    Server::start(&Options::default()).expect("the server starts")
}

/// A command that finds the server and nothing of the account of whoever runs the tests.
fn client(program: impl AsRef<std::ffi::OsStr>, server: &Server) -> Command {
    let mut command = Command::new(program);
    command
        .env("AWS_ENDPOINT_URL", server.url())
        // StartSyncExecution and TestState would go to `sync-` and the host's name, which is an address here.
        .env("AWS_DISABLE_HOST_PREFIX_INJECTION", "true")
        .env("AWS_ACCESS_KEY_ID", "testing")
        .env("AWS_SECRET_ACCESS_KEY", "testing")
        .env("AWS_DEFAULT_REGION", harness::REGION)
        .env("AWS_REGION", harness::REGION)
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env_remove("AWS_PROFILE")
        .env_remove("AWS_SESSION_TOKEN");
    command
}

fn succeeds(command: &mut Command, server: &Server) {
    let output = command.output().expect("the client starts");
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}\n{}\nthe server: {}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
        server.log()
    );
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("it has an address").port()
}

#[test]
fn boto3() {
    all_of_boto3(&Options::default());
}

/// The same with a server that asks for signatures: those of all services and protocols are verified.
#[test]
fn boto3_signed() {
    let keys = tempfile::NamedTempFile::new().expect("a temporary file");
    let text = "[tests]\naws_access_key_id = testing\naws_secret_access_key = testing\n";
    std::fs::write(keys.path(), text).expect("the keys are written");
    let file = keys.path().display().to_string();
    all_of_boto3(&Options {
        arguments: vec!["--credentials".to_owned(), file],
        ..Options::default()
    });
}

fn all_of_boto3(options: &Options) {
    let python = match python() {
        Ok(python) => python,
        Err(why) => {
            assert!(std::env::var_os("STEPWRIGHT_TEST_VENV").is_none(), "{why}");
            eprintln!("SKIPPED: {why}");
            return;
        }
    };
    // The tests listen where the server looks for everybody else's APIs. The port is free again when they do.
    let port = free_port();
    let server = Server::start(&Options {
        endpoint_url: Some(format!("http://127.0.0.1:{port}")),
        ..options.clone()
    });
    let server = server.expect("the server starts");
    let mut unittest = client(python, &server);
    unittest
        .args(["-m", "unittest", "--verbose"])
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("STEPWRIGHT_TEST_SINK_PORT", port.to_string())
        .current_dir(folder("boto3"));
    if !options.arguments.is_empty() {
        unittest.env("STEPWRIGHT_SIGNED", "1");
    }
    succeeds(&mut unittest, &server);
}

#[test]
fn aws_cli() {
    if let Err(why) = aws_cli_installed() {
        eprintln!("SKIPPED: {why}");
        return;
    }
    let server = server();
    let mut script = client("bash", &server);
    script.arg(folder("cli/test.sh"));
    succeeds(&mut script, &server);
}

/// A configuration of Terraform that finds the provider on this machine; none is said aloud.
fn terraform_configuration(workspace: &Path) -> Option<PathBuf> {
    let mirror = match terraform_mirror() {
        Ok(mirror) => mirror,
        Err(why) => {
            eprintln!("SKIPPED: {why}");
            return None;
        }
    };
    let configuration = workspace.join("terraform.rc");
    let text = format!(
        "disable_checkpoint = true\nprovider_installation {{\n  filesystem_mirror {{\n    path = {:?}\n  }}\n}}\n",
        mirror.display()
    );
    std::fs::write(&configuration, text).expect("the configuration is written");
    Some(configuration)
}

/// `stepwright export`, into a folder.
fn export(format: &str, example: &str, to: &Path) {
    let binary = harness::stepwright().expect("the binary is built");
    let mut command = Command::new(binary);
    command
        .args(["export", format])
        .arg(folder("../../examples").join(example))
        .arg("--out")
        .arg(to);
    let output = command.output().expect("the binary starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
}

const EXAMPLES: [&str; 2] = ["patch-report", "rolling-restart"];

/// The modules as they are: nothing is changed in them, the environment says where the services are.
#[test]
fn exported_modules_are_applied_and_destroyed() {
    let workspace = tempfile::tempdir().expect("a temporary folder");
    let Some(configuration) = terraform_configuration(workspace.path()) else {
        return;
    };
    for example in EXAMPLES {
        let server = server();
        let module = workspace.path().join(example);
        export("terraform", example, &module);
        let mut script = client("bash", &server);
        script
            .arg(folder("terraform/exported.sh"))
            .env("AWS_ENDPOINT_URL", server.url())
            // Topics are no service of this server: it is told of one that exists.
            .env(
                "TF_VAR_alarm_topic_arn",
                "arn:aws:sns:us-east-1:123456789012:alarm",
            )
            .env(
                "TF_VAR_report_topic_arn",
                "arn:aws:sns:us-east-1:123456789012:report",
            )
            .env("TF_CLI_CONFIG_FILE", &configuration)
            .env("TF_IN_AUTOMATION", "1")
            .current_dir(&module);
        succeeds(&mut script, &server);
    }
}

/// By cfn-lint, and by the transformation that `sam deploy` sends templates through.
#[test]
fn exported_templates_are_accepted() {
    let python = match python() {
        Ok(python) => python,
        Err(why) => {
            assert!(std::env::var_os("STEPWRIGHT_TEST_VENV").is_none(), "{why}");
            eprintln!("SKIPPED: {why}");
            return;
        }
    };
    let workspace = tempfile::tempdir().expect("a temporary folder");
    let mut templates = Vec::new();
    for example in EXAMPLES {
        for format in ["sam", "cloudformation"] {
            let out = workspace.path().join(format!("{example}-{format}"));
            export(format, example, &out);
            templates.push(out.join("template.yaml"));
        }
        templates.push(folder("../../examples").join(example).join("template.yaml"));
    }
    let mut check = Command::new(python);
    check
        .arg(folder("templates/check.py"))
        .args(&templates)
        .env("AWS_DEFAULT_REGION", harness::REGION)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    let output = check.output().expect("Python starts");
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn terraform() {
    let workspace = tempfile::tempdir().expect("a temporary folder");
    let Some(configuration) = terraform_configuration(workspace.path()) else {
        return;
    };
    let server = server();
    for file in std::fs::read_dir(folder("terraform")).expect("the module is there") {
        let file = file.expect("a file").path();
        let name = file.file_name().expect("a name");
        std::fs::copy(&file, workspace.path().join(name)).expect("the module is copied");
    }
    let mut script = client("bash", &server);
    script
        .arg(folder("terraform/test.sh"))
        .env("TF_CLI_CONFIG_FILE", &configuration)
        .env("TF_IN_AUTOMATION", "1")
        .current_dir(workspace.path());
    succeeds(&mut script, &server);
}

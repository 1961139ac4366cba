//! `stepwright serve`: options, readiness, shutdown, restarts.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::serving::{JSON, Served, text};
use crate::support::Folder;

/// Waits until it is told to end.
fn waiting() -> Value {
    json!({ "StartAt": "W", "States": { "W": { "Type": "Wait", "Seconds": 99_999_999, "End": true } } })
}

fn passing() -> Value {
    json!({ "StartAt": "P", "States": { "P": { "Type": "Pass", "Result": 7, "End": true } } })
}

#[test]
fn it_says_where_it_serves_what_for_whom() {
    let folder = Folder::new();
    let server = Served::start(
        &folder,
        &["--account", "111122223333", "--region", "eu-west-1"],
    );
    assert_eq!(server.ready["account"], "111122223333");
    assert_eq!(server.ready["region"], "eu-west-1");
    assert_eq!(server.ready["awsCalls"], "http://127.0.0.1:1");
    assert_eq!(server.ready["data"], "data");
    assert_eq!(server.get("/healthz"), (200, "ok\n".to_owned()));
    assert_eq!(server.get("/readyz"), (200, "ready\n".to_owned()));
    let machine = server.create("m", &passing());
    assert_eq!(
        machine,
        "arn:aws:states:eu-west-1:111122223333:stateMachine:m"
    );
    let execution = server.start_execution(&machine, "{}");
    let ended = server.until_status(&execution, "SUCCEEDED");
    assert_eq!(ended["output"], "7");
    let (_, metrics) = server.get("/metrics");
    for line in [
        "stepwright_executions_started_total 1",
        "stepwright_executions_ended_total{status=\"SUCCEEDED\"} 1",
        "stepwright_transitions_total 1",
        "stepwright_http_requests_total{operation=\"StartExecution\",status=\"200\"} 1",
        "stepwright_open_executions 0",
    ] {
        assert!(
            metrics.lines().any(|known| known == line),
            "no {line} in\n{metrics}"
        );
    }
    let stderr = server.end();
    assert!(stderr.contains("ending"), "{stderr}");
}

#[test]
fn the_command_line_goes_before_the_environment_and_that_before_the_file() {
    let folder = Folder::new();
    folder.write(
        "conf/stepwright.toml",
        "listen = '127.0.0.1:0'\ndata = 'kept'\nregion = 'eu-west-3'\naccount = '333333333333'\n\
         endpoint-url = 'http://127.0.0.1:3'\naws-limits = true\n",
    );
    let environment = [
        ("STEPWRIGHT_CONFIG", "conf/stepwright.toml"),
        ("STEPWRIGHT_REGION", "eu-west-2"),
        ("STEPWRIGHT_ACCOUNT", "222222222222"),
    ];
    let server = Served::with(&folder, &["--region", "eu-west-1"], &environment);
    let said = |member: &str| text(&server.ready, member);
    assert_eq!(said("region"), "eu-west-1");
    assert_eq!(said("account"), "222222222222");
    assert_eq!(said("awsCalls"), "http://127.0.0.1:3");
    assert_eq!(
        said("data"),
        "conf/kept",
        "paths in the file begin at its folder"
    );
    assert!(folder.path("conf/kept/stepwright.db").exists());
}

#[test]
fn wrong_options_are_told() {
    let folder = Folder::new();
    folder.write("wrong.toml", "lsten = '127.0.0.1:0'\n");
    folder.write("type.toml", "max-calls = 'many'\n");
    folder.write("zero.toml", "max-calls = 0\n");
    folder.write("keys.ini", "[a]\naws_access_key_id = x\n");
    for (options, parts) in [
        (
            "--config wrong.toml",
            &["lsten is no option", "did you mean listen?"][..],
        ),
        ("--config type.toml", &["max-calls", "string"]),
        (
            "--config zero.toml",
            &["max-calls is not a number from 1 on"],
        ),
        ("--config none.toml", &["none.toml cannot be read"]),
        ("--listen nowhere", &["--listen nowhere is no address"]),
        (
            "--listen 0.0.0.0:0",
            &[
                "nobody is asked who they are",
                "--credentials FILE",
                "--insecure-no-auth",
            ],
        ),
        (
            "--listen 127.0.0.1:0 --credentials keys.ini --data d",
            &["[a] has no aws_secret_access_key"],
        ),
        ("--insecure-no-auth --credentials keys.ini", &["contradict"]),
        ("--account 12", &["12 digits"]),
        ("--max-connections 0", &["number from 1 on"]),
        ("--endpoint-url nonsense --data d", &["no URL"]),
    ] {
        let all = format!("serve {options}");
        folder
            .command(all.split_whitespace())
            .go()
            .exits(2)
            .says(parts);
    }
    // What another holds cannot be had.
    let server = Served::start(&folder, &[]);
    let all = format!(
        "serve --listen {} --data other --endpoint-url http://127.0.0.1:1",
        server.address
    );
    folder
        .command(all.split_whitespace())
        .go()
        .exits(2)
        .says(&["cannot listen on", "--listen 127.0.0.1:0"]);
}

#[test]
fn a_second_process_is_told_who_holds_the_data() {
    let folder = Folder::new();
    let server = Served::start(&folder, &[]);
    let all = "serve --listen 127.0.0.1:0 --data data --endpoint-url http://127.0.0.1:1";
    let (pid, address) = (server.pid().to_string(), server.address.clone());
    folder
        .command(all.split_whitespace())
        .go()
        .exits(2)
        .says(&["is in use by", &pid, &address]);
}

#[test]
fn what_was_accepted_survives_every_end() {
    let folder = Folder::new();
    let server = Served::start(&folder, &[]);
    let (passing, waiting) = (
        server.create("passing", &passing()),
        server.create("waiting", &waiting()),
    );
    let (ended, open) = (
        server.start_execution(&passing, "{}"),
        server.start_execution(&waiting, "1"),
    );
    server.until_status(&ended, "SUCCEEDED");
    server.end();
    assert!(
        !folder.path("data/stepwright.db-wal").exists(),
        "all is in one file"
    );

    let server = Served::start(&folder, &[]);
    assert_eq!(server.until_status(&ended, "SUCCEEDED")["output"], "7");
    assert_eq!(server.until_status(&open, "RUNNING")["input"], "1");
    let later = server.start_execution(&waiting, "2");
    server.kill();

    let server = Served::start(&folder, &[]);
    for execution in [&open, &later] {
        server.until_status(execution, "RUNNING");
        server.ok("StopExecution", json!({ "executionArn": execution }));
        server.until_status(execution, "ABORTED");
    }
    let machines = server.ok("ListStateMachines", json!({}));
    assert_eq!(machines["stateMachines"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_worker_that_waits_does_not_delay_the_end() {
    let folder = Folder::new();
    let server = Served::start(&folder, &["--max-requests", "1"]);
    let activity = text(
        &server.ok("CreateActivity", json!({ "name": "a" })),
        "activityArn",
    );
    std::thread::scope(|scope| {
        let polls: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| server.ok("GetActivityTask", json!({ "activityArn": activity })))
            })
            .collect();
        // However many wait, one request can be at work.
        server.ok("ListStateMachines", json!({}));
        let all_wait = "stepwright_http_waiting_requests 4";
        while !server.get("/metrics").1.contains(all_wait) {
            std::thread::yield_now();
        }
        server.signal(Signal::TERM);
        for poll in polls {
            let answer = poll.join().unwrap();
            assert!(
                answer.get("taskToken").is_none_or(Value::is_null),
                "{answer}"
            );
        }
    });
}

#[test]
fn an_execution_is_paused_resumed_and_drained() {
    let folder = Folder::new();
    let server = Served::start(&folder, &[]);
    let open = server.start_execution(&server.create("waiting", &waiting()), "{}");
    let extension = |operation: &str, arn: &str| {
        let headers = format!("{JSON}X-Amz-Target: Stepwright.{operation}\r\n");
        server.request(
            "POST",
            "/",
            &headers,
            &json!({ "executionArn": arn }).to_string(),
        )
    };
    for operation in [
        "PauseExecution",
        "PauseExecution",
        "ResumeExecution",
        "DrainExecution",
    ] {
        assert_eq!(
            extension(operation, &open),
            (200, "{}".to_owned()),
            "{operation}"
        );
    }
    server.ok("StopExecution", json!({ "executionArn": open }));
    server.until_status(&open, "ABORTED");
    assert_eq!(extension("PauseExecution", &open).0, 400);
    let (status, refused) = extension("PauseExecution", &format!("{open}-not"));
    assert!(
        status == 400 && refused.contains("ExecutionDoesNotExist"),
        "{refused}"
    );
}

#[test]
fn the_account_stays_with_the_data() {
    let folder = Folder::new();
    Served::start(&folder, &["--account", "111122223333"]).end();
    let server = Served::start(&folder, &[]);
    assert_eq!(server.ready["account"], "111122223333");
    server.end();
    let server = Served::start(&folder, &["--account", "444455556666"]);
    assert_eq!(server.ready["account"], "444455556666");
}

#[test]
fn without_credentials_it_runs_what_needs_none() {
    let folder = Folder::new();
    let server = Served::with(&folder, &["--listen", "127.0.0.1:0", "--data", "data"], &[]);
    assert_eq!(server.ready["awsCalls"], "nowhere: no AWS credentials");
    assert_eq!(server.ready["account"], "123456789012");
    let passed = server.start_execution(&server.create("passing", &passing()), "{}");
    server.until_status(&passed, "SUCCEEDED");
    let calling = json!({ "StartAt": "C", "States": { "C": {
        "Type": "Task", "Resource": "arn:aws:states:::aws-sdk:ssm:getParameter", "Parameters": { "Name": "n" }, "End": true,
    } } });
    let failed = server.start_execution(&server.create("calling", &calling), "{}");
    let failed = server.until_status(&failed, "FAILED");
    assert!(
        text(&failed, "cause").contains("no AWS credentials"),
        "{failed}"
    );
    // What is around Step Functions is here.
    let form =
        "Content-Type: application/x-www-form-urlencoded\r\nX-Amz-Date: 20260101T000000Z\r\n";
    let trust = "%7B%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%22*%22%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%7D";
    let create =
        format!("Action=CreateRole&Version=2010-05-08&RoleName=r&AssumeRolePolicyDocument={trust}");
    let (status, created) = server.request("POST", "/", form, &create);
    assert_eq!(status, 200, "{created}");
    let looking = json!({ "StartAt": "R", "States": { "R": {
        "Type": "Task", "Resource": "arn:aws:states:::aws-sdk:iam:getRole", "Parameters": { "RoleName.$": "$.role" }, "End": true,
    } } });
    let looking = server.create("looking", &looking);
    let found = server.start_execution(&looking, r#"{"role": "r"}"#);
    let found = server.until_status(&found, "SUCCEEDED");
    assert!(
        text(&found, "output").contains("arn:aws:iam::123456789012:role/r"),
        "{found}"
    );
    let none = server.start_execution(&looking, r#"{"role": "s"}"#);
    let none = server.until_status(&none, "FAILED");
    assert_eq!(text(&none, "error"), "Iam.NoSuchEntityException", "{none}");
    assert!(server.end().contains("tasks cannot call AWS"));
}

#[test]
fn anyone_may_call_where_that_is_wanted() {
    let folder = Folder::new();
    let options = [
        "--listen",
        "0.0.0.0:0",
        "--data",
        "data",
        "--endpoint-url",
        "http://127.0.0.1:1",
    ];
    let mut server = Served::with(
        &folder,
        &[&options[..], &["--insecure-no-auth"]].concat(),
        &[],
    );
    let port = server.address.rsplit(':').next().unwrap().to_owned();
    server.address = format!("127.0.0.1:{port}");
    let api = format!("{JSON}X-Amz-Target: AWSStepFunctions.ListStateMachines\r\n");
    let named = format!("Host: some.name.test\r\n{api}");
    assert_eq!(server.request("POST", "/", &named, "{}").0, 200);
    // A page in a browser still may not.
    let paged = format!("{named}Origin: http://evil.test\r\n");
    assert_eq!(server.request("POST", "/", &paged, "{}").0, 403);
}

#[test]
fn people_are_told_how_to_use_it() {
    let folder = Folder::new();
    let all = "serve --listen 127.0.0.1:0 --data data --endpoint-url http://127.0.0.1:1";
    let mut command = folder.command(all.split_whitespace()).into_command();
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut told = String::new();
    for line in lines {
        let line = line.unwrap();
        told.push_str(&line);
        if line.contains("AWS_DISABLE_HOST_PREFIX_INJECTION=true") {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    for part in [
        "http://127.0.0.1:",
        "data",
        "123456789012",
        "us-east-1",
        "AWS_ENDPOINT_URL_SFN=",
        "StartSyncExecution",
    ] {
        assert!(told.contains(part), "no {part} in {told}");
    }
}

#[test]
fn the_log_is_text_or_json() {
    let folder = Folder::new();
    let server = Served::start(&folder, &["--log-format", "json", "--log-level", "debug"]);
    let machine = server.create("m", &passing());
    let execution = server.start_execution(&machine, "{\"secret\": \"hidden value\"}");
    server.until_status(&execution, "SUCCEEDED");
    let stderr = server.end();
    let lines: Vec<Value> = stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let ended = lines
        .iter()
        .find(|line| line["message"] == "execution ended");
    assert_eq!(ended.unwrap()["execution"], *execution);
    assert!(!stderr.contains("hidden value"), "{stderr}");
}

//! `up`, `plan` and `down` of a folder, with a server that `up` starts.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::support::{Folder, Outcome, root};

/// A folder with a project, and the server that comes up for it.
struct Project {
    folder: Folder,
    pid: Option<Pid>,
}

impl Drop for Project {
    fn drop(&mut self) {
        if let Some(pid) = self.pid {
            // It may have ended.
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

impl Project {
    fn of_example(name: &str) -> Project {
        let folder = Folder::new();
        copy(&root().join("examples").join(name), &folder.path(name));
        Project { folder, pid: None }
    }

    fn command(&self, command: &str) -> Outcome {
        let all = format!("{command} --data data --output json");
        self.folder.command(all.split_whitespace()).go()
    }

    /// `up` with a server of its own if there is none.
    fn up(&mut self, options: &str) -> Value {
        let started = self.command(&format!(
            "up {options} --listen 127.0.0.1:0 --endpoint-url http://127.0.0.1:1"
        ));
        let answer = started.exits(0).json();
        if let Some(pid) = answer["startedServer"]["pid"].as_i64() {
            self.pid = Pid::from_raw(i32::try_from(pid).unwrap());
        }
        answer
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(std::fs::copy(entry.path(), to).unwrap()),
        }
    }
}

/// One request as a client of `service` makes it.
fn request(url: &str, service: &str, line: &str, headers: &str, body: &str) -> Value {
    let address = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let credential = format!("Credential=AKIDEXAMPLE/20261123/us-east-1/{service}/aws4_request");
    write!(
        stream,
        "{line} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}\
         Authorization: AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=00\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{line}: {answer}");
    serde_json::from_str(body).unwrap()
}

fn states(url: &str, operation: &str, body: Value) -> Value {
    let headers = format!(
        "Content-Type: application/x-amz-json-1.0\r\nX-Amz-Target: AWSStepFunctions.{operation}\r\n"
    );
    request(url, "states", "POST /", &headers, &body.to_string())
}

/// What is done with each resource.
fn actions(answer: &Value) -> Vec<(&str, &str)> {
    let changes = answer["changes"].as_array().unwrap();
    changes
        .iter()
        .map(|change| {
            (
                change["logicalId"].as_str().unwrap(),
                change["action"].as_str().unwrap(),
            )
        })
        .filter(|(_, action)| *action != "none")
        .collect()
}

#[test]
fn an_example_comes_up_changes_and_goes_down() {
    let mut project = Project::of_example("rolling-restart");
    project.command("plan rolling-restart").exits(5);

    let first = project.up("rolling-restart");
    let url = first["server"].as_str().unwrap();
    let made = [
        "MonitoringFunctionRole",
        "MonitoringFunction",
        "StartupCheckFunctionRole",
        "StartupCheckFunction",
        "RollingRestartRole",
        "RollingRestart",
        "RollingRestartNightlyRole",
        "RollingRestartNightly",
    ];
    assert_eq!(actions(&first), made.map(|id| (id, "create")));
    assert_eq!(first["skipped"][0]["logicalId"], "AlarmTopic");

    // Everybody sees it by the API.
    let machines = states(url, "ListStateMachines", json!({}));
    let arn = &machines["stateMachines"][0]["stateMachineArn"];
    assert_eq!(&first["outputs"]["StateMachineArn"], arn);
    let functions = request(url, "lambda", "GET /2015-03-31/functions/", "", "");
    assert_eq!(functions["Functions"].as_array().unwrap().len(), 2);
    let schedule = request(
        url,
        "scheduler",
        "GET /schedules/RollingRestartNightly",
        "",
        "",
    );
    assert_eq!(schedule["ScheduleExpressionTimezone"], "Europe/Berlin");
    assert_eq!(&schedule["Target"]["Arn"], arn);
    let described = states(
        url,
        "DescribeStateMachine",
        json!({ "stateMachineArn": arn }),
    );
    let role = described["roleArn"].as_str().unwrap();
    assert!(
        role.contains(":role/rolling-restart-RollingRestartRole-"),
        "{role}"
    );

    // Nothing has changed, and no second server comes.
    let second = project.up("rolling-restart");
    assert_eq!(actions(&second), []);
    assert_eq!(
        (&second["server"], &second["startedServer"]),
        (&first["server"], &Value::Null)
    );
    project.command("plan rolling-restart").exits(0);

    // A saved definition and a saved handler are what changes.
    let definition = "rolling-restart/statemachine/rolling-restart.asl.json";
    let text = project
        .folder
        .read(definition)
        .replace("\"Seconds\": 15", "\"Seconds\": 16");
    project.folder.write(definition, text);
    let handler = "rolling-restart/functions/startup_check/app.py";
    let text = project.folder.read(handler);
    project.folder.write(handler, format!("{text}\n# saved\n"));
    let plan = project.command("plan rolling-restart").exits(5).json();
    assert_eq!(
        actions(&plan),
        [
            ("StartupCheckFunction", "update"),
            ("RollingRestart", "update")
        ]
    );
    let changes = plan["changes"].as_array().unwrap();
    let machine = changes
        .iter()
        .find(|change| change["logicalId"] == "RollingRestart")
        .unwrap();
    assert_eq!(
        machine["differences"],
        json!([{
            "property": "Definition.States.RestartTargets.ItemProcessor.States.KeepDraining.Seconds",
            "from": 15,
            "to": 16,
        }])
    );
    project.up("rolling-restart");
    project.command("plan rolling-restart").exits(0);

    // What left the file stays until somebody asks.
    let template = "rolling-restart/template.yaml";
    let text = project.folder.read(template);
    let (before, after) = text.split_once("      Events:\n").unwrap();
    let (_, after) = after.split_once("\n\n").unwrap();
    project.folder.write(template, format!("{before}\n{after}"));
    let kept = project.up("rolling-restart");
    let gone = ["RollingRestartNightly", "RollingRestartNightlyRole"];
    assert_eq!(actions(&kept), gone.map(|id| (id, "keep")));
    let pruned = project.up("rolling-restart --prune");
    assert_eq!(actions(&pruned), gone.map(|id| (id, "delete")));

    // The last stack takes the server with it.
    let down = project.command("down rolling-restart").exits(0).json();
    assert_eq!(down["hasEndedServer"], true);
    assert_eq!(down["deleted"].as_array().unwrap().len(), 6);
    let address = url.strip_prefix("http://").unwrap();
    assert!(TcpStream::connect(address).is_err(), "the server has ended");
    project.pid = None;
    project.command("down rolling-restart").exits(0);
}

#[test]
fn a_server_with_other_data_is_not_meant() {
    let mut project = Project::of_example("patch-report");
    let first = project.up("patch-report");
    let address = first["server"]
        .as_str()
        .unwrap()
        .strip_prefix("http://")
        .unwrap();
    project
        .folder
        .write("config.toml", format!("listen = \"{address}\"\n"));
    for (data, exit) in [("data", 0), ("other", 5)] {
        let plan = format!("plan patch-report --config config.toml --data {data}");
        project
            .folder
            .command(plan.split_whitespace())
            .go()
            .exits(exit);
    }
}

const SMALL: &str = r#"
Transform: AWS::Serverless-2016-10-31
Parameters: {Seconds: {Type: Number, Default: 1}}
Resources:
  Wait:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      StateMachineName: waiting
      RoleArn: arn:aws:iam::123456789012:role/r
      DefinitionString: !Sub '{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": ${Seconds}, "End": true}}}'
"#;

#[test]
fn what_is_wrong_is_told_before_anything_is_made() {
    let folder = Folder::new();
    let up = |options: &str| {
        let all = format!("up {options} --listen 127.0.0.1:0 --data data");
        folder.command(all.split_whitespace()).go()
    };
    up("nowhere").exits(2).says(&["nowhere cannot be read"]);
    up(".").exits(2).says(&["has no template"]);
    folder.write(
        "app/template.yaml",
        SMALL.replace("\"StartAt\": \"W\"", "\"StartAt\": \"X\""),
    );
    up("app")
        .exits(2)
        .says(&["DefinitionString of 'Wait'", "X"]);
    folder.write("app/template.yaml", SMALL);
    up("app --var Second=2")
        .exits(2)
        .says(&["has no parameter 'Second'", "did you mean 'Seconds'?"]);
    up("app --parameter-overrides Seconds=x")
        .exits(2)
        .says(&["template.yaml:3:14", "has to be a number"]);
    up("app --stack 1st")
        .exits(2)
        .says(&["'1st' is no name of a stack"]);
    folder.write("app/template.yaml", SMALL.replace("${Seconds}", "${Secs}"));
    up("app")
        .exits(2)
        .says(&["app/template.yaml:10:", "no parameter or resource 'Secs'"]);
    assert!(!folder.path("data/lock").exists(), "no server was started");
    up("app --server http://192.0.2.1:1 --data data").exits(2);
}

#[test]
fn two_stacks_do_not_share_a_name() {
    let mut project = Project {
        folder: Folder::new(),
        pid: None,
    };
    project
        .folder
        .write("one/template.yaml", SMALL)
        .write("two/template.yaml", SMALL);
    let one = project.up("one");
    let url = one["server"].as_str().unwrap().to_owned();
    project
        .command("up two")
        .exits(2)
        .says(&["Wait (AWS::StepFunctions::StateMachine) is called waiting, and so is one of the stack 'one'"]);
    // What somebody deleted by hand comes again, what somebody changed is set right.
    let arn = one["changes"][0]["physicalId"].as_str().unwrap();
    assert_eq!(arn, "waiting");
    let machines = states(&url, "ListStateMachines", json!({}));
    let arn = machines["stateMachines"][0]["stateMachineArn"].clone();
    let other = json!({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}).to_string();
    states(
        &url,
        "UpdateStateMachine",
        json!({ "stateMachineArn": arn, "definition": other }),
    );
    assert_eq!(actions(&project.up("one")), [("Wait", "update")]);
    states(
        &url,
        "DeleteStateMachine",
        json!({ "stateMachineArn": arn }),
    );
    assert_eq!(
        actions(&project.up("one --parameter-overrides Seconds=600")),
        [("Wait", "create")]
    );
    // Executions that run are not taken away unasked.
    states(&url, "StartExecution", json!({ "stateMachineArn": arn }));
    project
        .command("down one")
        .exits(2)
        .says(&["executions of waiting run", "--yes"]);
    let down = project.command("down one --yes").exits(0).json();
    assert_eq!(down["hasEndedServer"], true);
    project.pid = None;
}

#[test]
fn a_save_is_deployed_and_a_broken_one_is_not() {
    let mut project = Project {
        folder: Folder::new(),
        pid: None,
    };
    project.folder.write("app/template.yaml", SMALL);
    project.up("app");
    let all = "up app --data data --output json --watch";
    let mut child = project
        .folder
        .command(all.split_whitespace())
        .into_command()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut next = || -> Value {
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    };
    assert_eq!(actions(&next()), []);
    project.folder.write(
        "app/template.yaml",
        SMALL.replace("Default: 1", "Default: 20"),
    );
    let saved = next();
    assert_eq!(actions(&saved), [("Wait", "update")]);
    assert_eq!(saved["changes"][0]["differences"][0]["to"], 20);
    project.folder.write("app/template.yaml", "Resources: [");
    let mut told = String::new();
    while !told.contains("what runs stays as it is") {
        assert_ne!(stderr.read_line(&mut told).unwrap(), 0, "{told}");
    }
    assert!(told.contains("template.yaml:1:13"), "{told}");
    project.folder.write(
        "app/template.yaml",
        SMALL.replace("Default: 1", "Default: 300"),
    );
    assert_eq!(actions(&next()), [("Wait", "update")]);
    child.kill().unwrap();
    child.wait().unwrap();
    project.command("down app").exits(0);
}

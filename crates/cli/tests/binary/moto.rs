//! Both workflows against an API server, judged by what they did there. `tests/moto` holds the server: a load balancer that
//! takes its time, and a log of what a careful operator would not do.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::support::{Folder, Invocation, Server, http, root, succeeded};

/// The Python environment that `cargo xtask test` prepares; none is said aloud.
fn python() -> Option<PathBuf> {
    let given = std::env::var_os("STEPWRIGHT_TEST_VENV").map(PathBuf::from);
    let python = given
        .clone()
        .unwrap_or_else(|| root().join(".set-up/venv"))
        .join("bin/python");
    if python.is_file() {
        return Some(python);
    }
    assert!(
        given.is_none(),
        "STEPWRIGHT_TEST_VENV has no {}",
        python.display()
    );
    eprintln!(
        "SKIPPED: no {}: `cargo xtask test` makes it",
        python.display()
    );
    None
}

/// The server, as it starts. It ends with the test.
pub struct MotoServer {
    process: Child,
    python: PathBuf,
    address: String,
}

impl Drop for MotoServer {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl MotoServer {
    pub fn start() -> Option<MotoServer> {
        let python = python()?;
        let mut process = Command::new(&python)
            .arg(root().join("tests/moto/server.py"))
            .arg("--until-stdin-closes")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut ready = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut ready)
            .unwrap();
        let ready: Value = serde_json::from_str(&ready).unwrap();
        let url = ready["endpointUrl"].as_str().unwrap();
        Some(MotoServer {
            process,
            python,
            address: url["http://".len()..].to_owned(),
        })
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// The server, set up with six servers, alarms, rules, a topic and its queue.
pub struct Moto {
    pub server: MotoServer,
    /// What `seed.py` says.
    seed: Value,
}

impl Moto {
    pub fn start() -> Option<Moto> {
        let server = MotoServer::start()?;
        let seed = succeeded(
            Command::new(&server.python)
                .arg(root().join("tests/moto/seed.py"))
                .arg(server.url())
                .output(),
        );
        Some(Moto {
            server,
            seed: serde_json::from_str(&seed).unwrap(),
        })
    }

    fn configure(&self, settings: Value) {
        http(
            &self.server.address,
            "POST",
            "/fleet/configure",
            "",
            &settings.to_string(),
        );
    }

    /// `GET /fleet`.
    fn report(&self) -> Value {
        serde_json::from_str(&http(&self.server.address, "GET", "/fleet", "", "")).unwrap()
    }

    fn instances(&self) -> Vec<&str> {
        self.seed["instanceIds"]
            .as_array()
            .unwrap()
            .iter()
            .map(|id| id.as_str().unwrap())
            .collect()
    }

    /// The texts that have arrived in the queue since it was asked last.
    fn messages(&self) -> Vec<String> {
        let headers = "Content-Type: application/x-amz-json-1.0\r\nX-Amz-Target: AmazonSQS.ReceiveMessage\r\n\
            Authorization: AWS4-HMAC-SHA256 Credential=testing/20260101/eu-west-1/sqs/aws4_request, SignedHeaders=host, Signature=0\r\n";
        let body = json!({"QueueUrl": self.seed["queueUrl"], "MaxNumberOfMessages": 10, "WaitTimeSeconds": 0});
        let answer: Value = serde_json::from_str(&http(
            &self.server.address,
            "POST",
            "/",
            headers,
            &body.to_string(),
        ))
        .unwrap();
        let messages = answer["Messages"].as_array().into_iter().flatten();
        messages
            .map(|message| message["Body"].as_str().unwrap().to_owned())
            .collect()
    }

    /// A run of a definition of `example` on this server, the machine's own functions with it.
    fn run(&self, folder: &Folder, example: &str, definition: &Path, input: &str) -> Invocation {
        let example = root().join("examples").join(example);
        folder.write("input.json", self.seed[input].to_string());
        folder.write("variables.json", self.seed["variables"].to_string());
        // The functions find boto3 where the tests have it.
        let path = format!(
            "{}:{}",
            self.server.python.parent().unwrap().display(),
            std::env::var("PATH").unwrap()
        );
        folder
            .command([
                "run",
                &definition.display().to_string(),
                "--template",
                &example.join("template.yaml").display().to_string(),
            ])
            .args(&[
                "--input",
                "@input.json",
                "--var-file",
                "variables.json",
                "--region",
                "eu-west-1",
            ])
            .args(&[
                "--endpoint-url",
                &self.server.url(),
                "--virtual-time",
                "--output",
                "json",
            ])
            .env("PATH", path)
            .env("AWS_ACCESS_KEY_ID", "testing")
            .env("AWS_SECRET_ACCESS_KEY", "testing")
    }

    fn restart(&self, folder: &Folder) -> Invocation {
        self.run(folder, "rolling-restart", &definition(), "rollingRestart")
    }

    /// Alarms and rules are as before, and nothing was done that a careful operator would not do.
    #[track_caller]
    fn assert_careful(&self, report: &Value) {
        assert_eq!(report["violations"], json!([]), "{report:#}");
        assert!(
            report["peakOutOfService"].as_u64().unwrap() <= 2,
            "{report:#}"
        );
        assert_eq!(
            (&report["alarms"], &report["rules"]),
            (&self.seed["alarms"], &self.seed["rules"])
        );
        let effects: Vec<&str> = report["effects"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|one| one["effect"].as_str())
            .collect();
        for effect in [
            "alarm actions disabled",
            "alarm actions enabled",
            "rule disabled",
            "rule enabled",
        ] {
            assert_eq!(
                effects.iter().filter(|one| **one == effect).count(),
                2,
                "{effect}: {effects:?}"
            );
        }
    }
}

fn definition() -> PathBuf {
    root().join("examples/rolling-restart/statemachine/rolling-restart.asl.json")
}

fn texts(list: &Value) -> Vec<&str> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|text| text.as_str().unwrap())
        .collect()
}

#[test]
fn all_servers_are_restarted_two_at_a_time() {
    let Some(moto) = Moto::start() else { return };
    let folder = Folder::new();
    let run = moto.restart(&folder).go().exits(0);
    assert_eq!(run.json()["output"].as_array().unwrap().len(), 6);
    let report = moto.report();
    moto.assert_careful(&report);
    assert_eq!(report["peakOutOfService"], 2);
    assert_eq!(report["outOfService"], json!([]));
    let mut rebooted = texts(&report["rebooted"]);
    let mut all = moto.instances();
    rebooted.sort();
    all.sort();
    assert_eq!(rebooted, all);
    assert_eq!(moto.messages(), Vec::<String>::new());
    // The check failed once after each reboot: it was retried, 120 seconds later.
    run.says(&[
        "retries  6",
        "MonitoringFunction │ disabled the actions of 2 alarms and 2 rules",
    ]);
}

#[test]
fn a_server_that_fails_for_good_raises_an_alarm_and_stays_out() {
    let Some(moto) = Moto::start() else { return };
    let bad = moto.instances()[2].to_owned();
    moto.configure(json!({"never_start": [bad]}));
    let folder = Folder::new();
    let run = moto.restart(&folder).go().exits(1);
    let result = run.json();
    assert_eq!(
        (&result["status"], &result["error"]),
        (&json!("FAILED"), &json!("InstanceNotYetStartedException"))
    );
    let cause: Value = serde_json::from_str(result["cause"].as_str().unwrap()).unwrap();
    assert!(
        cause["errorMessage"]
            .as_str()
            .unwrap()
            .starts_with(&format!("{bad} has not started")),
        "{cause}"
    );
    let report = moto.report();
    moto.assert_careful(&report);
    assert_eq!(report["outOfService"], json!([bad]));
    assert_eq!(
        texts(&report["rebooted"])
            .iter()
            .filter(|id| **id == bad)
            .count(),
        1
    );
    let messages = moto.messages();
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(
        messages[0].contains("InstanceNotYetStartedException") && messages[0].contains(&bad),
        "{messages:?}"
    );
}

/// Ctrl-C: the two servers that are being restarted come back, no other is touched. Their checks are not answered before.
#[test]
fn a_drain_finishes_what_it_began() {
    let Some(mut moto) = Moto::start() else {
        return;
    };
    let (gate, closed) = std::sync::mpsc::channel();
    let checks = Server::redirecting(&moto.server.url(), closed);
    let input = &mut moto.seed["rollingRestart"]["startupCheck"];
    *input = json!({"healthUrl": format!("{}/startup/{{instanceId}}", checks.url()), "timeoutSeconds": 25});
    let folder = Folder::new();
    let mut run = moto.restart(&folder).start();
    run.until("RestartTargets[1] › StartupCheck");
    run.interrupt();
    run.until("draining");
    drop(gate);
    let run = run.wait().exits(1);
    assert_eq!(run.json()["error"], "Stepwright.Drained", "{}", run.stderr);
    let report = moto.report();
    moto.assert_careful(&report);
    assert_eq!(report["outOfService"], json!([]));
    assert_eq!(texts(&report["rebooted"]).len(), 2, "{report:#}");
    assert!(moto.messages()[0].contains("Stepwright.Drained"));
    run.says(&["caught Stepwright.Drained, goes on with RaiseAlarm"]);
}

/// Proof that the server notices: without the wait for the drain, servers are rebooted while they still serve.
#[test]
fn leaving_out_the_wait_for_the_drain_is_a_violation() {
    let Some(moto) = Moto::start() else { return };
    let report = mutated(&moto, |states| {
        states["Deregister"]["Next"] = json!("Reboot")
    });
    let violations = report["violations"].to_string();
    assert!(violations.contains("reboot"), "{report:#}");
}

/// Without the wait for health, more servers than allowed are out of service.
#[test]
fn leaving_out_the_wait_for_health_takes_too_many_out_of_service() {
    let Some(moto) = Moto::start() else { return };
    let report = mutated(&moto, |states| {
        states["Register"]["Next"] = json!("Restarted")
    });
    assert!(
        report["peakOutOfService"].as_u64().unwrap() > 2,
        "{report:#}"
    );
}

/// Without the startup check, servers are registered before they have started.
#[test]
fn leaving_out_the_startup_check_is_a_violation() {
    let Some(moto) = Moto::start() else { return };
    let report = mutated(&moto, |states| {
        states["LetItBoot"]["Next"] = json!("Register")
    });
    assert!(
        report["violations"].as_array().unwrap().len() >= 2,
        "{report:#}"
    );
}

/// What a restart does whose Map's states were changed; states that nothing leads to any more are taken out.
fn mutated(moto: &Moto, change: impl Fn(&mut Value)) -> Value {
    let text = std::fs::read_to_string(definition()).unwrap();
    let mut machine: Value = serde_json::from_str(&text).unwrap();
    let states = &mut machine["States"]["RestartTargets"]["ItemProcessor"]["States"];
    change(states);
    let mut all = 0;
    while all != states.as_object().unwrap().len() {
        all = states.as_object().unwrap().len();
        let text = states.to_string();
        let is_led_to = |name: &str| {
            let mut fields = ["Next", "Default"].iter();
            fields.any(|field| text.contains(&format!("\"{field}\":\"{name}\"")))
        };
        let states = states.as_object_mut().unwrap();
        states.retain(|name, _| name == "Deregister" || is_led_to(name));
    }
    let folder = Folder::new();
    folder.write("mutated.asl.json", machine.to_string());
    // The template gives these to its own definition only.
    let functions = [
        "MonitoringFunctionArn=MonitoringFunction",
        "StartupCheckFunctionArn=StartupCheckFunction",
    ];
    let path = folder.path("mutated.asl.json");
    let run = moto
        .run(&folder, "rolling-restart", &path, "rollingRestart")
        .args(&["--var", functions[0], "--var", functions[1]])
        .go();
    assert!([0, 1].contains(&run.code), "{}", run.stderr);
    moto.report()
}

#[test]
fn a_dry_run_comes_to_the_end_and_touches_nothing() {
    let Some(moto) = Moto::start() else { return };
    let folder = Folder::new();
    let run = moto
        .run(&folder, "rolling-restart", &definition(), "rollingRestart")
        .args(&["--dry-run"])
        .go()
        .exits(0);
    let result = run.json();
    assert_eq!(result["status"], "SUCCEEDED", "{}", run.stderr);
    let would = result["wouldDo"].as_array().unwrap();
    let count = |action: &str| {
        would
            .iter()
            .filter(|would| would["action"] == action)
            .count()
    };
    for action in [
        "elasticloadbalancingv2:deregisterTargets",
        "ec2:rebootInstances",
        "elasticloadbalancingv2:registerTargets",
    ] {
        assert_eq!(count(action), 6, "{action}");
    }
    let (first, last) = (&would[0], &would[would.len() - 1]);
    assert_eq!(
        (&first["state"], &last["state"]),
        (&json!("DisableMonitoring"), &json!("EnableMonitoring"))
    );
    let report = moto.report();
    assert_eq!(
        (&report["effects"], &report["rebooted"]),
        (&json!([]), &json!([]))
    );
}

#[test]
fn the_patch_report_arrives() {
    let Some(moto) = Moto::start() else { return };
    let folder = Folder::new();
    let definition = root().join("examples/patch-report/statemachine/patch-report.asl.yaml");
    let run = moto
        .run(&folder, "patch-report", &definition, "patchReport")
        .args(&["--history", "history.json"])
        .go()
        .exits(0);
    let output = &run.json()["output"];
    assert_eq!(
        (&output["instances"], &output["instancesWithOpenPatches"]),
        (&json!(6), &json!(2))
    );
    // 119 patches in pages of 50.
    let pages = |event: &&Value| event["stateEnteredEventDetails"]["name"] == "ReadPage";
    assert!(folder.events().iter().filter(pages).count() > 6 * 2);
    let messages = moto.messages();
    assert_eq!(messages.len(), 1);
    let report = &messages[0];
    assert!(
        report.starts_with("Patch report for PatchGroup=web"),
        "{report}"
    );
    assert!(
        report.contains("2 of 6 instances have open patches."),
        "{report}"
    );
    let row = |id: &str| -> Vec<String> {
        let row = report.lines().find(|line| line.starts_with(id)).unwrap();
        row.split_whitespace().map(str::to_owned).collect()
    };
    let instances = moto.instances();
    assert_eq!(row(instances[1])[1..], ["web-2", "115", "3", "1", "0"]);
    assert_eq!(row(instances[2])[1..], ["web-3", "61", "0", "0", "2"]);
}

/// The server's own tests.
#[test]
fn the_server_does_what_its_readme_says() {
    let Some(python) = python() else { return };
    succeeded(
        Command::new(python)
            .args(["-m", "unittest"])
            .current_dir(root().join("tests/moto"))
            .output(),
    );
}

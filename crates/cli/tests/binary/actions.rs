//! `stepwright actions`, `stepwright action` and what shells complete.

use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Folder, Outcome};
use crate::terminal::Terminal;

#[track_caller]
fn stepwright(line: &str) -> Outcome {
    Folder::new().command(line.split_whitespace()).go()
}

/// The actions that a search finds, in order.
#[track_caller]
fn found(search: &str) -> Vec<String> {
    let list = stepwright(&format!("actions {search} --output json"))
        .exits(0)
        .json();
    let name = |action: &Value| action["resource"].as_str().unwrap().to_owned();
    list.as_array().unwrap().iter().map(name).collect()
}

#[test]
fn services_are_listed_with_their_actions() {
    let text = stepwright("actions").exits(0).stdout;
    assert!(text.contains("elasticloadbalancingv2"), "{text}");
    assert!(text.ends_with("424 services, 18378 actions\n"), "{text}");
    let services = stepwright("actions --output json").exits(0).json();
    let services = services.as_array().unwrap();
    assert_eq!(services.len(), 424);
    let elbv2 = services.iter().find(|s| s["botoName"] == "elbv2").unwrap();
    assert_eq!(
        (&elbv2["service"], &elbv2["errorPrefix"], &elbv2["protocol"]),
        (
            &json!("elasticloadbalancingv2"),
            &json!("ElasticLoadBalancingV2"),
            &json!("query")
        )
    );
}

#[test]
fn a_search_finds_the_best_first() {
    let reboot = found("reboot instance");
    assert_eq!(reboot[0], "arn:aws:states:::aws-sdk:ec2:rebootInstances");
    assert!(reboot.contains(&"arn:aws:states:::aws-sdk:rds:rebootDBInstance".to_owned()));
    assert_eq!(
        found("sns publish")[..2],
        [
            "arn:aws:states:::aws-sdk:sns:publish",
            "arn:aws:states:::sns:publish"
        ]
    );
    assert_eq!(
        found("elasticmapreduce:addStep")[0],
        "arn:aws:states:::elasticmapreduce:addStep"
    );
    let text = stepwright("actions sns:publish").exits(0).stdout;
    assert!(text.contains("sns:publish (optimized)  writes"), "{text}");
    let refused = stepwright("actions sts:assumeRole").exits(0).stdout;
    assert!(
        refused.contains("not offered by Step Functions"),
        "{refused}"
    );
}

#[test]
fn a_search_forgives_typing_errors_and_says_when_nothing_is_found() {
    let corrected = stepwright("actions ec2 rebot")
        .exits(0)
        .says(&["did you mean 'ec2 reboot'?"]);
    assert!(corrected.stdout.starts_with("ec2:rebootInstances"));
    let nothing = stepwright("actions qqqqqqqq")
        .exits(1)
        .says(&["nothing matches 'qqqqqqqq'"]);
    assert_eq!(nothing.stdout, "");
    let nothing = stepwright("actions qqqqqqqq --output json").exits(1);
    assert_eq!(nothing.json(), json!([]));
}

#[test]
fn an_action_is_shown_for_people() {
    insta::assert_snapshot!(
        stepwright("action ssm:describeInstancePatches")
            .exits(0)
            .stdout
    );
    insta::assert_snapshot!(
        stepwright(
            "action arn:aws:states:::ecs:runTask.sync --depth 1 --yaml --query-language JSONPath"
        )
        .exits(0)
        .stdout
    );
    insta::assert_snapshot!(stepwright("action ec2 wait-nothing").exits(2).stderr);
}

#[test]
fn an_action_is_one_object_for_machines() {
    let reboot = stepwright("action ec2 reboot-instances --output json")
        .exits(0)
        .json();
    assert_eq!(
        reboot["resource"],
        "arn:aws:states:::aws-sdk:ec2:rebootInstances"
    );
    assert_eq!(reboot["access"], "write");
    assert_eq!(reboot["iamActions"], json!(["ec2:RebootInstances"]));
    assert_eq!(
        reboot["parameters"][0],
        json!({"name": "InstanceIds", "required": true, "type": "list", "items": {"type": "string"}})
    );
    let errors = reboot["errors"].as_array().unwrap();
    assert_eq!(errors[0]["name"], "Ec2.Ec2Exception");

    let health = stepwright("action elbv2:describe_target_health --output json")
        .exits(0)
        .json();
    let deregistered = &health["waiters"][1];
    assert_eq!(
        (
            &deregistered["name"],
            &deregistered["acceptors"][0]["expected"]
        ),
        (
            &json!("TargetDeregistered"),
            &json!("ElasticLoadBalancingV2.InvalidTargetException")
        )
    );
    let pages = stepwright("action rds:describeDBInstances --output json")
        .exits(0)
        .json();
    assert_eq!(
        pages["paginator"],
        json!({
            "inputTokens": ["Marker"], "outputTokens": ["Marker"], "resultKeys": ["DbInstances"],
            "limit": "MaxRecords", "moreResults": null
        })
    );
}

/// Structures that contain themselves, and the largest of all, have an end.
#[test]
fn large_actions_stay_readable() {
    let item = stepwright("action dynamodb:putItem").exits(0).stdout;
    assert!(item.contains("as the one around it"), "{item}");
    let large = stepwright("action quicksight:createDashboard --output json").exits(0);
    assert!(large.stdout.len() < 20_000_000, "{}", large.stdout.len());
    assert_eq!(large.json()["action"], "quicksight:createDashboard");
    let values = stepwright("action ec2:runInstances --depth 1")
        .exits(0)
        .stdout;
    assert!(values.contains("more (--output json)"), "{values}");
}

#[test]
fn a_snippet_is_a_definition() {
    let folder = Folder::new();
    for options in ["", "--yaml", "--query-language jsonpath", "--pages"] {
        let line = format!("action ssm:describeInstancePatches --snippet {options}");
        let definition = folder.command(line.split_whitespace()).go().exits(0).stdout;
        let name = if options == "--yaml" {
            "a.asl.yaml"
        } else {
            "a.asl.json"
        };
        folder.write(name, definition);
        let checked = folder.command(["validate", name]).go().exits(0);
        assert_eq!(checked.stdout, format!("{name}: valid\n"));
    }
    stepwright("action sts:assumeRole --snippet")
        .exits(2)
        .says(&["not offered by Step Functions"]);
    stepwright("action ec2:rebootInstances --pages")
        .exits(2)
        .says(&["does not come in pages"]);
}

/// What `--pages` writes asks for the second page with what the first answers, and collects both.
#[test]
fn a_loop_over_pages_comes_to_its_end() {
    for (action, state, first, last, items, next) in [
        (
            "ssm:describeInstancePatches",
            "DescribeInstancePatches",
            json!({"Patches": [{"KbId": "1"}], "NextToken": "n"}),
            json!({"Patches": [{"KbId": "2"}], "NextToken": ""}),
            json!([{"KbId": "1"}, {"KbId": "2"}]),
            json!({"NextToken": "n"}),
        ),
        (
            "s3:listObjects",
            "ListObjects",
            json!({"IsTruncated": true, "Contents": [{"Key": "a"}, {"Key": "b"}]}),
            json!({"IsTruncated": false, "Contents": [{"Key": "c"}]}),
            json!([{"Key": "a"}, {"Key": "b"}, {"Key": "c"}]),
            json!({"Marker": "b"}),
        ),
        (
            "route53:listResourceRecordSets",
            "ListResourceRecordSets",
            json!({"ResourceRecordSets": [{"Name": "a"}], "IsTruncated": true, "NextRecordName": "b", "NextRecordType": "A"}),
            json!({"ResourceRecordSets": [{"Name": "b"}], "IsTruncated": false}),
            json!([{"Name": "a"}, {"Name": "b"}]),
            json!({"StartRecordName": "b", "StartRecordType": "A"}),
        ),
    ] {
        let folder = Folder::new();
        let snippet = folder
            .command(["action", action, "--pages", "--snippet"])
            .go()
            .exits(0);
        folder.write("machine.asl.json", snippet.stdout);
        let mocks = json!({
            "StateMachines": {"machine": {"TestCases": {"Pages": {state: "Pages"}}}},
            "MockedResponses": {"Pages": {"0": {"Return": first}, "1": {"Return": last}}},
        });
        folder.write("mocks.json", mocks.to_string());
        let run = folder
            .run("--mocks mocks.json --case Pages --history history.json")
            .exits(0);
        assert_eq!(run.json(), items, "{action}");
        let events = folder.events();
        let scheduled = events
            .iter()
            .filter_map(|event| event["taskScheduledEventDetails"].as_object());
        let second: Value = scheduled
            .map(|details| serde_json::from_str(details["parameters"].as_str().unwrap()).unwrap())
            .nth(1)
            .unwrap();
        for (name, value) in next.as_object().unwrap() {
            assert_eq!(&second[name], value, "{second}");
        }
    }
}

#[test]
fn colour_is_for_terminals() {
    let folder = Folder::new();
    let show = |name: &str, value: &str| {
        let command = folder.command(["action", "ec2:rebootInstances"]);
        command.env(name, value).go().exits(0).stdout
    };
    assert!(show("CLICOLOR_FORCE", "1").contains("\u{1b}[33mrequired\u{1b}[0m"));
    assert!(!show("NO_COLOR", "1").contains('\u{1b}'));
}

#[test]
fn a_terminal_gets_what_fits_into_it() {
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stepwright"));
        command.args(arguments).env("NO_COLOR", "1");
        Terminal::start(command).rest()
    };
    let few = run(&["actions", "describe"]);
    assert!(few.lines().count() <= 23, "{few}");
    assert!(few.contains("more; narrow the search, or --all"), "{few}");
    assert!(run(&["actions", "describe", "--all"]).lines().count() > 1000);
    let wrapped = run(&["action", "ssm:describeInstancePatches"]);
    let is_address = |line: &str| line.starts_with("Reference");
    for line in wrapped.lines().filter(|line| !is_address(line)) {
        assert!(line.chars().count() <= 81, "{line}");
    }
}

/// A shell with a person at its keyboard.
fn completes(shell: &str, arguments: &[&str], source: &str) {
    let folder = Folder::new();
    let bin = std::path::Path::new(env!("CARGO_BIN_EXE_stepwright"));
    let path = std::env::var("PATH").unwrap();
    // Shells want the terminal to be their own.
    for program in [shell, "setsid"] {
        if Command::new(program).arg("--version").output().is_err() {
            eprintln!("SKIPPED: no {program} on this machine");
            return;
        }
    }
    let mut command = Command::new("setsid");
    command
        .args(["--ctty", shell])
        .args(arguments)
        .current_dir(folder.path(""))
        .env_clear()
        .env(
            "PATH",
            format!("{}:{path}", bin.parent().unwrap().display()),
        )
        .env("HOME", folder.path("home"))
        .env("TERM", "xterm")
        .env("PS1", "ready> ");
    let mut terminal = Terminal::start(command);
    terminal.until("> ");
    terminal.write(&format!("{source}; echo sour''ced\n"));
    terminal.until("sourced");
    terminal.until("> ");
    for (written, completed) in [
        ("stepwright action ec2:reb", "ec2:rebootInstances"),
        ("stepwright action secretsm", "secretsmanager:"),
        (
            "stepwright action elbv2:describeTargetH",
            "elbv2:describeTargetHealth",
        ),
        ("stepwright run --vi", "--virtual-time"),
        (
            "stepwright run --assume-read ec2:reb",
            "ec2:rebootInstances",
        ),
        ("stepwright action --query-language JSONP", "JSONPath"),
    ] {
        terminal.write(written);
        terminal.write("\t");
        terminal.until(completed);
        // Ctrl-U empties the line for the next.
        terminal.write("\x15");
    }
}

#[test]
fn bash_completes_actions() {
    let source = "source <(stepwright completions bash)";
    completes("bash", &["--norc", "--noprofile", "-i"], source);
}

#[test]
fn zsh_completes_actions() {
    let source = "autoload -U compinit; compinit -u; source <(stepwright completions zsh)";
    completes("zsh", &["-f", "-i"], source);
}

#[test]
fn fish_completes_actions() {
    let source = "stepwright completions fish | source";
    let prompt = "function fish_prompt; echo 'ready> '; end";
    completes("fish", &["--no-config", "-i", "-C", prompt], source);
}

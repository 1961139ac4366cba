//! A real account: what is shown before, who is asked, what a dry run does and tells. "AWS" is a server on this machine, named
//! by the endpoints of single services: these do not make the calls of a run any less those of AWS.

use serde_json::{Value, json};

use crate::support::{Folder, Invocation, Outcome, Server};
use crate::terminal::Terminal;

pub const ACCOUNT: &str = "210987654321";
const CALLER: &str = "arn:aws:sts::210987654321:assumed-role/ops/me";

const READ: &str = r#""Type": "Task", "Resource": "arn:aws:states:::aws-sdk:ec2:describeInstances", "Parameters": {}"#;
const REBOOT: &str = r#""Type": "Task", "Resource": "arn:aws:states:::aws-sdk:ec2:rebootInstances",
    "Parameters": {"InstanceIds": ["i-1"]}, "ResultPath": null"#;

/// Reads, then reboots.
pub fn machine() -> String {
    format!(
        r#"{{"StartAt": "Look", "States": {{
          "Look": {{{READ}, "ResultPath": null, "Next": "Reboot"}},
          "Reboot": {{{REBOOT}, "Next": "Who"}},
          "Who": {{"Type": "Pass", "Parameters": {{"execution.$": "$$.Execution.Id"}}, "End": true}}
        }}}}"#
    )
}

fn aws() -> Server {
    Server::replying(answer)
}

/// What STS, EC2 and SNS answer.
pub fn answer(request: &str) -> String {
    let action = action(request);
    match action.as_str() {
        "GetCallerIdentity" => format!(
            "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>{CALLER}</Arn><UserId>U</UserId>\
             <Account>{ACCOUNT}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
        ),
        "DescribeInstances" => {
            "<DescribeInstancesResponse><reservationSet><item><instancesSet><item><instanceId>i-1</instanceId>\
             <instanceState><code>80</code><name>stopped</name></instanceState></item></instancesSet></item>\
             </reservationSet></DescribeInstancesResponse>"
                .to_owned()
        }
        _ => format!("<{action}Response><return>true</return></{action}Response>"),
    }
}

/// `RebootInstances` of a request's form.
pub fn action(request: &str) -> String {
    let form = request.rsplit('\n').next().unwrap();
    let mut fields = form.split('&');
    let action = fields.find_map(|field| field.strip_prefix("Action="));
    action.unwrap_or("none").to_owned()
}

fn asked(server: &Server) -> Vec<String> {
    let requests = server.requests.lock().unwrap();
    requests.iter().map(|request| action(request)).collect()
}

fn with_keys(command: Invocation) -> Invocation {
    command
        .env("AWS_ACCESS_KEY_ID", "AKID")
        .env("AWS_SECRET_ACCESS_KEY", "very-secret")
        .env("AWS_REGION", "eu-north-1")
}

/// `stepwright run machine.asl.json OPTIONS` against AWS.
fn on_aws(folder: &Folder, server: &Server, options: &str) -> Invocation {
    let all = format!("run machine.asl.json {options}");
    let command = with_keys(folder.command(all.split_whitespace()));
    ["STS", "EC2", "SNS", "SECRETS_MANAGER"]
        .iter()
        .fold(command, |command, service| {
            command.env(&format!("AWS_ENDPOINT_URL_{service}"), server.url())
        })
}

/// The same against a server that is not AWS.
fn elsewhere(folder: &Folder, server: &Server, options: &str) -> Outcome {
    let all = format!(
        "run machine.asl.json --endpoint-url {} {options}",
        server.url()
    );
    with_keys(folder.command(all.split_whitespace())).go()
}

#[test]
fn virtual_time_is_told_on_a_real_account() {
    let (folder, server) = (Folder::with(&machine()), aws());
    let virtual_time = "time         virtual: the run waits for nothing";
    let refused = on_aws(&folder, &server, "--virtual-time").go().refused();
    refused.says(&[virtual_time]);
    let rehearsed = on_aws(&folder, &server, "--virtual-time --dry-run").go();
    rehearsed.exits(0).says_nothing_of(&[virtual_time]);
}

#[test]
fn without_a_terminal_yes_has_to_be_given() {
    let (folder, server) = (Folder::with(&machine()), aws());
    let refused = on_aws(&folder, &server, "").go().refused();
    refused
        .says(&[
            &format!("AWS account {ACCOUNT} in eu-north-1"),
            CALLER,
            "environment",
            "ec2:rebootInstances",
            "Reboot",
            "--yes",
        ])
        .says_nothing_of(&["describeInstances", "very-secret"]);
    assert_eq!(asked(&server), ["GetCallerIdentity"]);
}

#[test]
fn yes_goes_on_and_the_execution_is_that_accounts() {
    let (folder, server) = (Folder::with(&machine()), aws());
    let run = on_aws(&folder, &server, "--yes --quiet --output json")
        .go()
        .exits(0);
    let id = run.json()["output"]["execution"].clone();
    assert!(
        id.as_str().unwrap().starts_with(&format!(
            "arn:aws:states:eu-north-1:{ACCOUNT}:execution:machine:"
        )),
        "{id}"
    );
    run.says(&["ec2:rebootInstances", "Reboot"]);
    assert_eq!(
        asked(&server),
        ["GetCallerIdentity", "DescribeInstances", "RebootInstances"]
    );
}

#[test]
fn a_terminal_is_asked() {
    for (typed, code, calls) in [
        ("y\n", 0, 3),
        ("yes\n", 0, 3),
        ("n\n", 2, 1),
        ("\n", 2, 1),
        ("\u{4}", 2, 1),
    ] {
        let (folder, server) = (Folder::with(&machine()), aws());
        let command = on_aws(&folder, &server, "--quiet").into_command();
        let mut terminal = Terminal::start(command);
        terminal.until("ec2:rebootInstances");
        terminal.until("Go on? [y/N]");
        terminal.write(typed);
        let (shown, ended) = terminal.end();
        assert_eq!(ended, Some(code), "{shown}");
        assert_eq!(asked(&server).len(), calls, "{typed:?}");
    }
}

#[test]
fn a_definition_that_only_reads_is_not_asked_about() {
    let machine =
        format!(r#"{{"StartAt": "Look", "States": {{"Look": {{{READ}, "End": true}}}}}}"#);
    let (folder, server) = (Folder::with(&machine), aws());
    let run = on_aws(&folder, &server, "").go().exits(0);
    run.says(&[ACCOUNT, "only reads"]);
    // Unless somebody knows better.
    let refused = on_aws(&folder, &server, "--assume-write ec2:describeInstances")
        .go()
        .refused();
    refused.says(&["--yes", "ec2:describeInstances"]);
    assert_eq!(
        asked(&server),
        [
            "GetCallerIdentity",
            "DescribeInstances",
            "GetCallerIdentity"
        ]
    );
}

/// It has the credentials, and what its code does with them cannot be seen.
#[test]
fn a_function_that_runs_here_is_asked_about() {
    let machine = format!(
        r#"{{"StartAt": "Look", "States": {{
          "Look": {{{READ}, "ResultPath": null, "Next": "F"}},
          "F": {{"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {{"FunctionName": "F"}}, "End": true}}
        }}}}"#
    );
    let (folder, server) = (Folder::with(&machine), aws());
    with_function(&folder);
    on_aws(&folder, &server, "").go().refused().says(&[
        "none by the definition itself",
        "F run here, with these credentials",
        "--yes",
    ]);
    assert_eq!(asked(&server), ["GetCallerIdentity"]);
    on_aws(&folder, &server, "--assume-read lambda:invoke")
        .go()
        .exits(0);
    assert!(folder.path("ran").exists());
}

#[test]
fn what_is_known_to_read_needs_no_consent() {
    let (folder, server) = (Folder::with(&machine()), aws());
    on_aws(&folder, &server, "--assume-read ec2:RebootInstances")
        .go()
        .exits(0);
    for (option, part) in [
        ("--assume-read ec2:reboot", "no action 'reboot'"),
        ("--assume-write nothing:get", "no service 'nothing'"),
        ("--assume-read ec2", "SERVICE:ACTION"),
        (
            "--assume-read ec2:rebootInstances --assume-write ec2:rebootInstances",
            "ec2:rebootInstances is given to",
        ),
    ] {
        on_aws(&folder, &server, option)
            .go()
            .refused()
            .says(&[part]);
    }
}

#[test]
fn only_the_expected_account_is_run_on() {
    let (folder, server) = (Folder::with(&machine()), aws());
    let refused = on_aws(&folder, &server, "--yes --expect-account 111111111111")
        .go()
        .refused();
    refused.says(&[ACCOUNT, "111111111111 is expected", CALLER]);
    let refused = on_aws(&folder, &server, "--yes")
        .env("STEPWRIGHT_EXPECT_ACCOUNT", "111111111111")
        .go()
        .refused();
    refused.says(&["111111111111 is expected"]);
    elsewhere(&folder, &server, "--expect-account 111111111111").refused();
    elsewhere(&folder, &server, "--dry-run --expect-account 111111111111").refused();
    assert!(
        asked(&server)
            .iter()
            .all(|action| action == "GetCallerIdentity")
    );
    on_aws(&folder, &server, "--yes --expect-account 210987654321")
        .go()
        .exits(0);
    for wrong in ["2109", "21098765432x", "2109876543210"] {
        let run = on_aws(&folder, &server, &format!("--expect-account {wrong}")).go();
        run.exits(2).says(&["12 digits"]);
    }
}

#[test]
fn an_account_that_cannot_be_found_out_is_not_run_on() {
    let folder = Folder::with(&machine());
    let denied = Server::answering(
        "403 Forbidden",
        "text/xml",
        "<ErrorResponse><Error><Code>InvalidClientTokenId</Code><Message>The security token included in the request is \
         invalid.</Message></Error></ErrorResponse>",
    );
    let refused = on_aws(&folder, &denied, "--yes").go().refused();
    refused
        .says(&[
            "sts:GetCallerIdentity",
            "The security token included in the request is invalid",
        ])
        .says_nothing_of(&["very-secret"]);
}

#[test]
fn servers_of_another_kind_and_mocks_are_not_asked_about() {
    let (folder, server) = (Folder::with(&machine()), aws());
    let run = elsewhere(&folder, &server, "--output json").exits(0);
    assert!(
        run.json()["executionArn"]
            .as_str()
            .unwrap()
            .contains(":123456789012:")
    );
    run.says_nothing_of(&[ACCOUNT, "Go on"]);
    assert_eq!(asked(&server), ["DescribeInstances", "RebootInstances"]);
    folder.write("mocks.json", MOCKS);
    let run = on_aws(&folder, &aws(), "--mocks mocks.json --case Fine").go();
    run.exits(0).says_nothing_of(&[ACCOUNT, "Go on"]);
    // The general endpoint is elsewhere, but the one of EC2 is AWS's own.
    let run = with_keys(folder.command(["run", "machine.asl.json"]))
        .env("AWS_ENDPOINT_URL", server.url())
        .env(
            "AWS_ENDPOINT_URL_EC2",
            "https://ec2.eu-north-1.amazonaws.com",
        )
        .go();
    run.refused().says(&["--yes"]);
}

const MOCKS: &str = r#"{
  "StateMachines": {"machine": {"TestCases": {
    "Fine": {"Look": "Seen", "Reboot": "Done"}, "Seen": {"Look": "Seen"}, "Rebooted": {"Reboot": "Done"}}}},
  "MockedResponses": {"Seen": {"0": {"Return": {"seen": true}}}, "Done": {"0": {"Return": {}}}}
}"#;

#[test]
fn what_is_shown_names_functions_roles_and_doubts() {
    let machine = r#"{"StartAt": "Local", "States": {
      "Local": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": "Check"}, "ResultPath": null, "Next": "Other"},
      "Other": {"Type": "Task", "Resource": "arn:aws:lambda:eu-north-1:210987654321:function:far", "ResultPath": null, "Next": "Either"},
      "Either": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName.$": "$.name"}, "Next": "Guest"},
      "Guest": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:ec2:stopInstances",
        "Credentials": {"RoleArn": "arn:aws:iam::999999999999:role/guest"},
        "Parameters": {"InstanceIds": ["${Topic}"]}, "End": true}
    }}"#;
    let (folder, server) = (Folder::with(machine), aws());
    folder.write(
        "template.yaml",
        "Resources:\n  Check:\n    Type: AWS::Serverless::Function\n    Properties:\n      Runtime: python3.12\n      \
         Handler: check.handler\n      CodeUri: .\n  Machine:\n    Type: AWS::Serverless::StateMachine\n    Properties:\n      \
         DefinitionUri: machine.asl.json\n      DefinitionSubstitutions:\n        Topic: !Sub 'in-${AWS::AccountId}'\n",
    );
    let run = on_aws(&folder, &server, "").go().refused();
    run.says(&[
        "lambda:invoke",
        "Other, Either (perhaps)",
        "Check run here, with these credentials",
        "ec2:stopInstances",
        "arn:aws:iam::999999999999:role/guest",
    ]);
    // The template's account is the real one.
    let run = on_aws(
        &folder,
        &server,
        r#"--dry-run --output json --input {"name":"far"}"#,
    )
    .go();
    let run = run.exits(0).json();
    let would = run["wouldDo"].as_array().unwrap();
    assert_eq!(
        would.last().unwrap()["arguments"],
        json!({"InstanceIds": [format!("in-{ACCOUNT}")]})
    );
    assert_eq!(
        would.last().unwrap()["roleArn"],
        "arn:aws:iam::999999999999:role/guest"
    );
    let actions: Vec<&Value> = would.iter().map(|would| &would["action"]).collect();
    assert_eq!(
        actions,
        [
            "lambda:invoke",
            "lambda:invoke",
            "lambda:invoke",
            "ec2:stopInstances"
        ]
    );
    assert_eq!(
        allowed(&run["policy"], "sts:AssumeRole"),
        json!(["arn:aws:iam::999999999999:role/guest"])
    );
    assert_eq!(asked(&server), ["GetCallerIdentity", "GetCallerIdentity"]);
}

/// The resources that a policy allows an action on.
#[track_caller]
fn allowed(policy: &Value, action: &str) -> Value {
    let statements = policy["Statement"].as_array().unwrap();
    let statement = statements.iter().find(|statement| {
        statement["Action"]
            .as_array()
            .unwrap()
            .contains(&action.into())
    });
    statement.unwrap_or_else(|| panic!("no {action} in {policy:#}"))["Resource"].clone()
}

#[test]
fn a_dry_run_reads_and_tells_what_it_would_write() {
    let machine = format!(
        r#"{{"StartAt": "Look", "States": {{
          "Look": {{{READ}, "ResultPath": "$.seen", "Next": "Launch"}},
          "Launch": {{"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:ec2:runInstances",
            "Parameters": {{"MinCount": 1, "MaxCount": 1, "ImageId": "ami-1"}}, "ResultPath": "$.launched", "Next": "Wait"}},
          "Wait": {{"Type": "Wait", "Seconds": 86400, "Next": "Stop"}},
          "Stop": {{"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:ec2:stopInstances",
            "Parameters": {{"InstanceIds.$": "States.Array($.launched.Instances[0].InstanceId, $.seen.Reservations[0].Instances[0].InstanceId)"}},
            "ResultPath": "$.stopped", "Catch": [{{"ErrorEquals": ["States.ALL"], "Next": "Clean"}}], "Next": "Keep"}},
          "Keep": {{"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:secretsmanager:createSecret",
            "Parameters": {{"Name": "n", "SecretString": "s3cr3t"}}, "ResultPath": null, "Next": "Tell"}},
          "Tell": {{"Type": "Task", "Resource": "arn:aws:states:::sns:publish",
            "Parameters": {{"TopicArn": "arn:aws:sns:eu-north-1:210987654321:t", "Message.$": "$.stopped.StoppingInstances[1].InstanceId"}},
            "OutputPath": "$.MessageId", "End": true}},
          "Clean": {{"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:cloudwatch:disableAlarmActions",
            "Parameters": {{"AlarmNames": ["a"]}}, "End": true}}
        }}}}"#
    );
    let (folder, server) = (Folder::with(&machine), aws());
    let run = on_aws(&folder, &server, "--dry-run --output json")
        .go()
        .exits(0)
        .within(60);
    assert_eq!(
        asked(&server),
        ["GetCallerIdentity", "DescribeInstances"],
        "nothing else"
    );
    let result = run.json();
    assert_eq!(result["status"], "SUCCEEDED");
    assert!(result["output"].is_string(), "{}", result["output"]);
    let would = result["wouldDo"].as_array().unwrap();
    let actions: Vec<&str> = would
        .iter()
        .map(|would| would["action"].as_str().unwrap())
        .collect();
    assert_eq!(
        actions,
        [
            "ec2:runInstances",
            "ec2:stopInstances",
            "secretsmanager:createSecret",
            "sns:publish"
        ]
    );
    assert_eq!(
        would[1]["arguments"],
        json!({"InstanceIds": ["stepwright-dry-run-InstanceId", "i-1"]})
    );
    assert_eq!(would[1]["state"], "Stop");
    assert_eq!(would[3]["arguments"]["Message"], "i-1");
    let policy = &result["policy"];
    assert_eq!(policy["Version"], "2012-10-17");
    for action in [
        "ec2:DescribeInstances",
        "ec2:RunInstances",
        "secretsmanager:CreateSecret",
    ] {
        assert_eq!(allowed(policy, action), "*");
    }
    assert_eq!(
        allowed(policy, "sns:Publish"),
        json!(["arn:aws:sns:eu-north-1:210987654321:t"])
    );
    // Not taken by this run, but by another one.
    assert_eq!(allowed(policy, "cloudwatch:DisableAlarmActions"), "*");
    run.says(&[
        ACCOUNT,
        "would ec2:runInstances",
        "(hidden)",
        "in this order",
    ])
    .says_nothing_of(&["s3cr3t", "Go on"]);
    // As text: the policy is on standard error, the output alone on standard output.
    let run = on_aws(&folder, &server, "--dry-run").go().exits(0);
    assert_eq!(run.json(), "stepwright-dry-run-MessageId");
    run.says(&[
        "\"Version\": \"2012-10-17\"",
        "cloudwatch:DisableAlarmActions",
    ]);
}

#[test]
fn arguments_that_do_not_fit_fail_as_in_earnest() {
    let machine = machine().replace(
        r#"{"InstanceIds": ["i-1"]}"#,
        r#"{"InstanceIds.$": "$.ids"}"#,
    );
    let (folder, server) = (Folder::with(&machine), aws());
    let run = elsewhere(
        &folder,
        &server,
        r#"--dry-run --output json --input {"ids":"i-1"}"#,
    );
    let result = run.exits(1).json();
    assert_eq!(
        (&result["status"], &result["wouldDo"]),
        (&json!("FAILED"), &json!([]))
    );
    assert_eq!(result["error"], "States.Runtime");
}

/// A function `F` that leaves a trace.
fn with_function(folder: &Folder) {
    folder.write(
        "template.yaml",
        "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      Runtime: python3.12\n      \
         Handler: f.handler\n      CodeUri: .\n",
    );
    folder.write(
        "f.py",
        "def handler(event, context):\n    open('ran', 'w').close()\n    return 'ran'\n",
    );
}

#[test]
fn a_dry_run_that_fails_tells_that_its_answers_were_made_up() {
    let machine = r#"{"StartAt": "F", "States": {
      "F": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "F"},
        "ResultSelector": {"subject.$": "$.Payload.subject"}, "End": true}}}"#;
    let folder = Folder::with(machine);
    with_function(&folder);
    let run = folder.run("--dry-run --output json").exits(1);
    assert_eq!(run.json()["status"], "FAILED");
    assert_eq!(run.json()["wouldDo"][0]["action"], "lambda:invoke");
    run.says(&[
        "results were made up",
        "--assume-read lambda:invoke",
        "up to here, in this order",
    ]);
}

#[test]
fn what_was_read_of_secrets_is_told_nowhere() {
    let machine = r#"{"StartAt": "Read", "States": {
      "Read": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:secretsmanager:getSecretValue",
        "Parameters": {"SecretId": "login"}, "ResultSelector": {"login.$": "States.StringToJson($.SecretString)"}, "Next": "Tell"},
      "Tell": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "Parameters": {
        "TopicArn": "arn:aws:sns:eu-north-1:210987654321:t", "Message.$": "States.Format('{} logs in', $.login.password)"},
        "ResultPath": null, "Next": "Keep"},
      "Keep": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:secretsmanager:createSecret",
        "Parameters": {"Name": "n", "Tags.$": "States.Format('t')", "SecretString.$": "$.login.password"}, "End": true}}}"#;
    let folder = Folder::with(machine);
    let server =
        Server::replying(|_| r#"{"SecretString": "{\"password\": \"s3cr3t\"}"}"#.to_owned());
    let run = elsewhere(&folder, &server, "--dry-run --output json").exits(1);
    assert_eq!(
        run.json()["wouldDo"][0]["arguments"]["Message"],
        "(hidden) logs in"
    );
    assert!(!run.stdout.contains("s3cr3t"), "{}", run.stdout);
    run.says(&["could not be used to start the Task", "(hidden)"])
        .says_nothing_of(&["s3cr3t"]);
}

/// Reboots, and looks until the instance is in a state.
fn until(state: &str) -> String {
    format!(
        r#"{{"StartAt": "Reboot", "States": {{
          "Reboot": {{{REBOOT}, "Next": "Wait"}},
          "Wait": {{"Type": "Wait", "Seconds": 30, "Next": "Look"}},
          "Look": {{{READ}, "Next": "Up?"}},
          "Up?": {{"Type": "Choice", "Default": "Wait", "Choices": [
            {{"Variable": "$.Reservations[0].Instances[0].State.Name", "StringEquals": "{state}", "Next": "Stop"}}]}},
          "Stop": {{"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:ec2:stopInstances",
            "Parameters": {{"InstanceIds": ["i-1"]}}, "End": true}}
        }}}}"#
    )
}

#[test]
fn a_loop_that_waits_for_a_write_gets_what_it_may_wait_for() {
    let (folder, server) = (Folder::with(&until("running")), aws());
    let run = elsewhere(&folder, &server, "--dry-run --output json")
        .exits(0)
        .within(60);
    let result = run.json();
    assert_eq!(result["status"], "SUCCEEDED");
    assert_eq!(result["wouldDo"][1]["action"], "ec2:stopInstances");
    run.says(&["! Look gets the same answer over and over", "made-up"]);
    assert!(
        asked(&server).len() < 6,
        "AWS is not pestered: {:?}",
        asked(&server)
    );
}

#[test]
fn a_loop_without_a_way_out_ends_the_dry_run() {
    let (folder, server) = (Folder::with(&until("in another world")), aws());
    let run = elsewhere(&folder, &server, "--dry-run --output json")
        .exits(0)
        .within(60);
    let result = run.json();
    assert_eq!(result["status"], "INCOMPLETE");
    assert_eq!(result["wouldDo"].as_array().unwrap().len(), 1);
    assert!(result["policy"]["Statement"].is_array());
    run.says(&["INCOMPLETE", "'Look'", "over and over", "--mocks"]);
    assert!(
        asked(&server).len() < 6,
        "AWS is not pestered: {:?}",
        asked(&server)
    );
    // A branch that waits does not keep the other one from its end.
    let inner: Value = serde_json::from_str(&folder.read("machine.asl.json")).unwrap();
    let two = json!({"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "End": true, "Branches": [inner, {
        "StartAt": "Rest", "States": {
            "Rest": {"Type": "Wait", "Seconds": 60, "Next": "Later"},
            "Later": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:ec2:startInstances",
                "Parameters": {"InstanceIds": ["i-2"]}, "End": true}}}]}}});
    folder.write("machine.asl.json", two.to_string());
    let result = elsewhere(&folder, &server, "--dry-run --output json")
        .exits(0)
        .json();
    assert_eq!(result["status"], "INCOMPLETE");
    assert_eq!(result["wouldDo"][1]["action"], "ec2:startInstances");
}

/// Each look is a walk of its own there.
#[test]
fn a_loop_around_a_parallel_ends_the_dry_run_too() {
    let machine = format!(
        r#"{{"StartAt": "Wait", "States": {{
          "Wait": {{"Type": "Wait", "Seconds": 30, "Next": "Both"}},
          "Both": {{"Type": "Parallel", "Branches": [{{"StartAt": "Look", "States": {{"Look": {{{READ}, "End": true}}}}}}], "Next": "Up?"}},
          "Up?": {{"Type": "Choice", "Default": "Wait", "Choices": [
            {{"Variable": "$[0].Reservations[0].Instances[0].State.Name", "StringEquals": "in another world", "Next": "Up"}}]}},
          "Up": {{"Type": "Succeed"}}
        }}}}"#
    );
    let (folder, server) = (Folder::with(&machine), aws());
    let run = elsewhere(&folder, &server, "--dry-run --output json --quiet")
        .exits(0)
        .within(60);
    assert_eq!(run.json()["status"], "INCOMPLETE");
    assert_eq!(asked(&server).len(), 50, "then AWS is left alone");
}

/// Answers of optimized integrations carry the request's id: none is like the one before.
#[test]
fn answers_that_only_look_new_end_the_dry_run_too() {
    let machine = r#"{"StartAt": "Look", "States": {
      "Look": {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:getItem",
        "Parameters": {"TableName": "t", "Key": {"id": {"S": "1"}}}, "ResultPath": null, "Next": "Wait"},
      "Wait": {"Type": "Wait", "Seconds": 30, "Next": "Done?"},
      "Done?": {"Type": "Choice", "Default": "Look", "Choices": [{"Variable": "$.done", "IsPresent": true, "Next": "Done"}]},
      "Done": {"Type": "Succeed"}
    }}"#;
    let folder = Folder::with(machine);
    let count = std::sync::atomic::AtomicUsize::new(0);
    let server = Server::replying(move |_| {
        let count = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        format!(r#"{{"Item": {{"id": {{"S": "{count}"}}}}}}"#)
    });
    let run = elsewhere(&folder, &server, "--dry-run --output json --quiet")
        .exits(0)
        .within(60);
    assert_eq!(run.json()["status"], "INCOMPLETE");
    assert_eq!(server.requests.lock().unwrap().len(), 20);
}

#[test]
fn a_write_is_told_as_often_as_it_would_be_made() {
    let machine = r#"{"StartAt": "Many", "States": {"Many": {"Type": "Map", "ItemProcessor": {"StartAt": "Stop", "States": {
      "Stop": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:ec2:stopInstances",
        "Parameters": {"InstanceIds": ["i-1"]}, "End": true}}}, "End": true}}}"#;
    let (folder, server) = (Folder::with(machine), aws());
    let items: Vec<u32> = (0..120).collect();
    folder.write("input.json", json!(items).to_string());
    let run = elsewhere(
        &folder,
        &server,
        "--dry-run --output json --quiet --input @input.json",
    )
    .exits(0);
    let run = run.json();
    assert_eq!(run["status"], "SUCCEEDED");
    let would = run["wouldDo"].as_array().unwrap();
    assert_eq!(would.len(), 120);
    assert!(
        would
            .iter()
            .any(|would| would["path"] == "Many[119] › Stop"),
        "{}",
        would[0]
    );
}

#[test]
fn mocks_answer_first_in_a_dry_run() {
    let folder = Folder::with(&machine());
    folder.write("mocks.json", MOCKS);
    let server = aws();
    let run = elsewhere(
        &folder,
        &server,
        "--dry-run --output json --mocks mocks.json --case Seen",
    )
    .exits(0);
    assert_eq!(run.json()["wouldDo"][0]["action"], "ec2:rebootInstances");
    assert!(asked(&server).is_empty());
    // A write that is mocked would be made all the same; what has no mock is read.
    let run = elsewhere(
        &folder,
        &server,
        "--dry-run --output json --mocks mocks.json --case Rebooted",
    )
    .exits(0);
    assert_eq!(run.json()["wouldDo"][0]["action"], "ec2:rebootInstances");
    assert_eq!(asked(&server), ["DescribeInstances"]);
}

#[test]
fn a_dry_run_runs_no_function_unless_it_is_known_to_read() {
    let machine = r#"{"StartAt": "F", "States": {"F": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": "F", "Payload": {"a": 1}}, "OutputPath": "$.Payload", "End": true}}}"#;
    let folder = Folder::with(machine);
    with_function(&folder);
    let run = folder.run("--dry-run --output json").exits(0).json();
    assert_eq!(run["output"], json!({"a": 1}), "what it gets");
    assert_eq!(
        run["wouldDo"][0]["arguments"],
        json!({"FunctionName": "F", "Payload": {"a": 1}})
    );
    assert!(!folder.path("ran").exists());
    let run = folder
        .run("--dry-run --output json --assume-read lambda:invoke")
        .exits(0)
        .json();
    assert_eq!(
        (&run["output"], &run["wouldDo"]),
        (&json!("ran"), &json!([]))
    );
    assert!(folder.path("ran").exists());
}

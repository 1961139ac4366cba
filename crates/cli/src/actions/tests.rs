//! Over the whole catalog: every action can be shown, and its definition is one.

use states_language::ParseOptions;
use states_language::machine::QueryLanguage;
use states_language::source::{Format, Source};

use super::*;

fn all() -> impl Iterator<Item = Action> {
    let operations = catalog()
        .services()
        .flat_map(|service| service.operations());
    operations
        .map(Action::of)
        .chain(integration::all().iter().flat_map(|optimized| {
            let action = Action::of_optimized(optimized);
            let patterns = optimized.patterns().iter();
            patterns.map(move |pattern| Action {
                pattern: *pattern,
                ..action
            })
        }))
}

#[track_caller]
fn assert_valid(action: &Action, text: String, format: Format) {
    let source = Source::with_format("snippet", text, format);
    let parsed = states_language::parse(&source, &ParseOptions::default());
    assert!(
        parsed.diagnostics.is_empty() && parsed.machine.is_some(),
        "{}: {:#?}\n{}",
        action.arn(),
        parsed.diagnostics,
        source.text()
    );
}

#[test]
fn every_definition_is_valid() {
    let (mut valid, mut refused) = (0, 0);
    for action in all() {
        let Some(jsonata) = definition(&action, QueryLanguage::Jsonata) else {
            assert!(action.refusal().is_some());
            refused += 1;
            continue;
        };
        assert_valid(&action, jsonata.to_string(), Format::Json);
        let Some(json_path) = definition(&action, QueryLanguage::JsonPath) else {
            panic!("{}", action.arn());
        };
        assert_valid(&action, to_yaml(&json_path), Format::Yaml);
        valid += 1;
    }
    assert!(valid > 18_000, "{valid}");
    // AWS's list of operations that are not offered, and streams of events.
    assert!(refused < 60, "{refused}");
}

#[test]
fn every_loop_over_pages_is_valid() {
    let mut count = 0;
    for action in all() {
        if let Some(definition) = pages(&action) {
            assert_valid(&action, definition.to_string(), Format::Json);
            count += 1;
        }
    }
    assert!(count > 3_000, "{count}");
}

#[test]
fn every_action_resolves_from_its_name_and_its_resource() {
    for service in catalog().services() {
        for operation in service.operations() {
            let action = Action::of(operation);
            for written in [action.name(), action.arn()] {
                let found = resolve(std::slice::from_ref(&written)).unwrap();
                assert_eq!(found.arn(), action.arn(), "{written}");
            }
        }
    }
    for optimized in integration::all() {
        for pattern in optimized.patterns() {
            let arn = optimized.arn(*pattern);
            assert_eq!(resolve(std::slice::from_ref(&arn)).unwrap().arn(), arn);
        }
    }
}

#[test]
fn actions_are_known_in_every_spelling() {
    for (written, arn) in [
        ("ec2:RebootInstances", "aws-sdk:ec2:rebootInstances"),
        ("ec2 reboot-instances", "aws-sdk:ec2:rebootInstances"),
        (
            "elbv2:describe_load_balancers",
            "aws-sdk:elasticloadbalancingv2:describeLoadBalancers",
        ),
        (
            "cloudwatch logs start-query",
            "aws-sdk:cloudwatchlogs:startQuery",
        ),
        ("aws-sdk:ec2:rebootInstances", "aws-sdk:ec2:rebootInstances"),
        ("describeDBInstances", ""),
        (
            "describeInstancePatches",
            "aws-sdk:ssm:describeInstancePatches",
        ),
        ("sqs:sendMessage", "aws-sdk:sqs:sendMessage"),
        (
            "sqs:sendMessage.waitForTaskToken",
            "aws-sdk:sqs:sendMessage.waitForTaskToken",
        ),
        ("ecs:runTask.sync", "ecs:runTask.sync"),
        ("elasticmapreduce:addStep", "elasticmapreduce:addStep"),
        ("http:invoke", "http:invoke"),
        ("events:putEvents", "aws-sdk:eventbridge:putEvents"),
        (
            "states:startExecution.sync:2",
            "states:startExecution.sync:2",
        ),
        ("  ec2:rebootInstances ", "aws-sdk:ec2:rebootInstances"),
    ] {
        let words: Vec<String> = written.split(' ').map(str::to_owned).collect();
        let found = resolve(&words).map(|action| action.arn());
        match arn {
            "" => assert!(found.is_err(), "{written}: {found:?}"),
            arn => assert_eq!(
                found.unwrap(),
                format!("arn:aws:states:::{arn}"),
                "{written}"
            ),
        }
    }
}

#[track_caller]
fn refusal(written: &str) -> (String, String) {
    match resolve(&[written.to_owned()]) {
        Err(CliError::User { message, hint }) => (message, hint.unwrap_or_default()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_unknown_gets_suggestions() {
    for (written, message, hint) in [
        (
            "ec2:rebotInstances",
            "ec2 has no action 'rebotInstances'",
            "ec2:rebootInstances",
        ),
        (
            "ce2:rebootInstances",
            "there is no service 'ce2'",
            "did you mean ec2",
        ),
        (
            "describeDBInstances",
            "several services",
            "rds:describeDBInstances",
        ),
        (
            "qldb:createLedger",
            "the models of qldb are no longer published",
            "",
        ),
        ("ec2:rebootInstances.sync", "has no .sync", ""),
        ("", "'' is no action", "stepwright actions"),
        (":", "there is no service ''", ""),
    ] {
        let (said, hinted) = refusal(written);
        assert!(said.contains(message), "{written}: {said}");
        assert!(hinted.contains(hint), "{written}: {hinted}");
    }
}

#[test]
fn what_step_functions_does_not_offer_is_said() {
    for (written, reason) in [
        ("sts:assumeRole", "not offered by Step Functions"),
        ("kinesis:subscribeToShard", "stream of events"),
    ] {
        let action = resolve(&[written.to_owned()]).unwrap();
        assert!(
            action.refusal().is_some_and(|said| said.contains(reason)),
            "{written}"
        );
        assert_eq!(definition(&action, QueryLanguage::Jsonata), None);
    }
}

#[test]
fn candidates_come_in_two_stages() {
    assert!(completion::candidates("ec").contains("ec2:\t"));
    assert!(completion::candidates("elbv").starts_with("elbv2:\t"));
    assert_eq!(
        completion::candidates("ec2:rebootI"),
        "ec2:rebootInstances\twrites\n"
    );
    assert_eq!(
        completion::candidates("elbv2:describeTargetH"),
        "elbv2:describeTargetHealth\treads\n"
    );
    assert_eq!(completion::candidates("nothing:"), "");
    assert!(completion::candidates("").lines().count() > 400);
}

/// The scripts are changed at places that clap could move.
#[test]
fn scripts_ask_for_candidates() {
    for shell in [
        clap_complete::Shell::Bash,
        clap_complete::Shell::Zsh,
        clap_complete::Shell::Fish,
    ] {
        let mut script = Vec::new();
        let mut command = <crate::args::Cli as clap::CommandFactory>::command();
        clap_complete::generate(shell, &mut command, "stepwright", &mut script);
        let script = completion::script(shell, String::from_utf8(script).unwrap());
        assert!(
            script.contains("complete-action \"$word")
                || script.contains("complete-action (")
                || script.contains("complete-action \"$words"),
            "{shell}"
        );
        assert!(
            !script.contains("complete__action"),
            "{shell}: the hidden command is shown"
        );
    }
}

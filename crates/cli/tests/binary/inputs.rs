//! Where input, substitutions and templates come from.

use serde_json::json;

use crate::support::{Folder, Invocation};

const PASS: &str = r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}"#;

/// Quoted, unquoted, escaped.
const SUBSTITUTED: &str = r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": {
  "text": "<${name}>",
  "number": ${count},
  "escaped": "$${name}"
}, "End": true}}}"#;

#[test]
fn input_is_json_a_file_or_standard_input() {
    let folder = Folder::with(PASS);
    folder.write("input.json", "{\"from\": \"a file\"}\n");
    let url = format!("--input file://{}", folder.path("input.json").display());
    for option in ["--input @input.json", "--input file://input.json", &url] {
        assert_eq!(
            folder.run(option).exits(0).json(),
            json!({"from": "a file"}),
            "{option}"
        );
    }
    assert_eq!(folder.run("").exits(0).json(), json!({}));
    for input in ["-5", "null", "\"text\"", "[1,{}]"] {
        assert_eq!(
            folder
                .run(&format!("--input {input}"))
                .exits(0)
                .stdout
                .trim(),
            input
        );
    }
    let piped = folder
        .command(["run", "machine.asl.json", "--input", "-"])
        .stdin("{\"from\": \"a pipe\"}")
        .go();
    assert_eq!(piped.exits(0).json(), json!({"from": "a pipe"}));
}

#[test]
fn wrong_input_is_told_with_its_place() {
    let folder = Folder::with(PASS);
    folder.write("input.json", "{\"a\": 1,\n \"b\": }");
    folder
        .run("--input @input.json")
        .refused()
        .says(&["input.json", "line 2 column 7"]);
    folder
        .run("--input input.json")
        .refused()
        .says(&["the input is not JSON", "write --input @input.json"]);
    folder
        .run("--input @nowhere.json")
        .refused()
        .says(&["nowhere.json cannot be read", "No such file"]);
    folder.write("latin1.json", b"{\"a\":\n\"\xe4\"}");
    folder
        .run("--input @latin1.json")
        .refused()
        .says(&["latin1.json is not UTF-8: byte 7, line 2"]);
    let piped = folder
        .command(["run", "machine.asl.json", "--input", "-"])
        .stdin("nonsense")
        .go();
    piped.refused().says(&["standard input"]);
    folder.write("deep.json", "[".repeat(100_000) + &"]".repeat(100_000));
    folder
        .run("--input @deep.json")
        .refused()
        .says(&["deep.json", "recursion limit"]);
}

#[test]
fn variables_substitute() {
    let folder = Folder::with(SUBSTITUTED);
    let run = folder.run("--var name=a=b --var count=[1,{}]").exits(0);
    assert_eq!(
        run.json(),
        json!({"text": "<a=b>", "number": [1, {}], "escaped": "${name}"})
    );
    // A value in quotes needs no escaping.
    let run = folder.command([
        "run",
        "machine.asl.json",
        "--var",
        "name=a \"quoted\"\nline\\",
        "--var",
        "count=0",
    ]);
    assert_eq!(run.go().exits(0).json()["text"], "<a \"quoted\"\nline\\>");
}

/// `--var TopicArm=…` should not go unnoticed while the template's own topic is used.
#[test]
fn names_that_mean_nothing_are_noted() {
    let folder = Folder::with(TEMPLATED);
    folder.write(
        "template.yaml",
        TEMPLATE.replace("DEFINITION", "machine.asl.json"),
    );
    let known = "--var Stage=x --var TopicArn=y --var AWS::AccountId=000000000001";
    folder
        .run(&format!("{known} --var TopicArm=z"))
        .exits(0)
        .says(&["! --var TopicArm: neither the definition nor the template knows this name"])
        .says_nothing_of(&["--var Stage", "--var TopicArn", "--var AWS"]);
}

#[test]
fn variable_files_are_json_or_yaml_and_the_command_line_wins() {
    let folder = Folder::with(SUBSTITUTED);
    folder
        .write("one.json", r#"{"name": "one", "count": 1}"#)
        .write("two.yaml", "name: two # later\n");
    let of = |options: &str| {
        let result = folder.run(options).exits(0).json();
        (result["text"].clone(), result["number"].clone())
    };
    assert_eq!(of("--var-file one.json"), (json!("<one>"), json!(1)));
    assert_eq!(
        of("--var-file one.json --var-file two.yaml"),
        (json!("<two>"), json!(1))
    );
    assert_eq!(
        of("--var name=three --var-file one.json --var-file two.yaml"),
        (json!("<three>"), json!(1))
    );
    folder
        .write("list.yaml", "- a\n")
        .write("wrong.yaml", "name: [\n");
    folder
        .run("--var-file list.yaml")
        .refused()
        .says(&["list.yaml has to hold an object"]);
    folder
        .run("--var-file wrong.yaml")
        .refused()
        .says(&["wrong.yaml:2:1"]);
    folder
        .run("--var name")
        .refused()
        .says(&["--var name has no value", "NAME=VALUE"]);
}

#[test]
fn unresolved_substitutions_are_all_named_with_their_places() {
    let folder = Folder::with(SUBSTITUTED);
    folder.run("").refused().says(&[
        "${name} has no value",
        "machine.asl.json:2:13",
        "${count} has no value",
        "machine.asl.json:3:13",
    ]);
    folder
        .run("--var name=x --var count=many")
        .refused()
        .says(&[
            "${count} stands without quotes but is no JSON",
            "machine.asl.json:3:13",
        ]);
}

const TEMPLATE: &str = r#"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String, Default: test}
Resources:
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: DEFINITION
      DefinitionSubstitutions:
        TopicArn: !Ref Topic
        FunctionArn: !GetAtt Function.Arn
        Url: !Sub "https://${Stage}.example.com/${AWS::Region}/${Topic.TopicName}"
        Imported: !ImportValue Elsewhere
  Topic:
    Type: AWS::SNS::Topic
    Properties: {TopicName: alarms}
  Function:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.11, Handler: app.handler, CodeUri: code/}
"#;

const TEMPLATED: &str = r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": {
    "topic": "${TopicArn}", "function": "${FunctionArn}", "url": "${Url}"}, "End": true}}}"#;

#[test]
fn a_template_gives_values_to_substitutions() {
    let folder = Folder::with(TEMPLATED);
    folder.write(
        "template.yaml",
        TEMPLATE.replace("DEFINITION", "machine.asl.json"),
    );
    let run = folder.run("--region eu-west-1").exits(0);
    let expected = json!({
        "topic": "arn:aws:sns:eu-west-1:123456789012:alarms",
        "function": "arn:aws:lambda:eu-west-1:123456789012:function:Function",
        "url": "https://test.example.com/eu-west-1/alarms",
    });
    assert_eq!(run.json(), expected);

    let run = folder
        .run("--region eu-west-1 --var Stage=live --var TopicArn=mine")
        .exits(0)
        .json();
    assert_eq!(
        (&run["topic"], &run["url"]),
        (
            &json!("mine"),
            &json!("https://live.example.com/eu-west-1/alarms")
        )
    );
}

/// Wherever the region comes from.
#[test]
fn arns_of_a_template_have_the_region_of_the_run() {
    let folder = Folder::with(TEMPLATED);
    folder.write(
        "template.yaml",
        TEMPLATE.replace("DEFINITION", "machine.asl.json"),
    );
    let topic = |run: Invocation| run.go().exits(0).json()["topic"].clone();
    let run = || folder.command(["run", "machine.asl.json"]);
    assert_eq!(
        topic(run().env("AWS_REGION", "eu-north-1")),
        "arn:aws:sns:eu-north-1:123456789012:alarms"
    );
    folder.write("home/.aws/config", "[profile ops]\nregion = eu-south-1\n");
    assert_eq!(
        topic(run().args(&["--profile", "ops"])),
        "arn:aws:sns:eu-south-1:123456789012:alarms"
    );
    assert_eq!(topic(run()), "arn:aws:sns:us-east-1:123456789012:alarms");
}

#[test]
fn the_template_gives_the_state_machine_its_name() {
    let folder = Folder::with(PASS);
    folder.write(
        "template.yaml",
        TEMPLATE.replace("DEFINITION", "./machine.asl.json"),
    );
    let arn = folder.run("--output json").exits(0).json()["executionArn"].to_string();
    assert!(arn.contains(":execution:Machine:"), "{arn}");
}

#[test]
fn what_a_template_cannot_resolve_matters_when_it_is_used() {
    let folder = Folder::with(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": "${Imported}", "End": true}}}"#,
    );
    folder.write(
        "template.yaml",
        TEMPLATE.replace("DEFINITION", "machine.asl.json"),
    );
    folder.run("").refused().says(&[
        "${Imported} has no value",
        "template.yaml:14",
        "ImportValue",
        "--var Imported=VALUE",
    ]);
    assert_eq!(folder.run("--var Imported=given").exits(0).json(), "given");
}

#[test]
fn templates_are_found_beside_above_and_where_they_are_said_to_be() {
    // One folder up, when it names the definition.
    let folder = Folder::new();
    folder.write("statemachine/machine.asl.json", TEMPLATED);
    folder.write(
        "template.yaml",
        TEMPLATE.replace("DEFINITION", "statemachine/machine.asl.json"),
    );
    let run = |folder: &Folder, options: &str| {
        let all = format!("run statemachine/machine.asl.json {options}");
        folder.command(all.split_whitespace()).go()
    };
    run(&folder, "").exits(0);
    // Not when it names another one.
    folder.write(
        "template.yaml",
        TEMPLATE.replace("DEFINITION", "statemachine/other.asl.json"),
    );
    run(&folder, "")
        .refused()
        .says(&["${TopicArn} has no value"]);
    // Somewhere else.
    folder.write(
        "deep/down/sam.yaml",
        TEMPLATE.replace("DEFINITION", "../../statemachine/machine.asl.json"),
    );
    run(&folder, "--template deep/down/sam.yaml").exits(0);
    run(&folder, "--template nowhere.yaml")
        .refused()
        .says(&["nowhere.yaml cannot be read"]);
    run(&folder, "--template statemachine/machine.asl.json")
        .refused()
        .says(&["no object 'Resources'"]);
}

#[test]
fn a_template_in_the_place_of_a_definition_is_told() {
    let folder = Folder::new();
    folder.write("template.yaml", TEMPLATE);
    let run = folder.command(["run", "template.yaml"]).go().refused();
    run.says(&[
        "template.yaml is a template, no definition",
        "DefinitionUri",
    ]);
}

#[test]
fn a_broken_template_beside_the_definition_is_told() {
    let folder = Folder::with(PASS);
    folder.write("template.yaml", "Resources:\n  A: [\n");
    folder.run("").refused().says(&["template.yaml:3:1"]);
}

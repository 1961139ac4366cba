//! `stepwright export`: the examples and definitions of our own, in every format, as golden files. `tests/compat` has the tools
//! that read them judge them.

use serde_json::{Value, json};

use crate::support::{Folder, Outcome, root};

fn export(folder: &Folder, arguments: &str) -> Outcome {
    let all = format!("export {arguments}");
    folder.command(all.split_whitespace()).go()
}

fn example(name: &str) -> String {
    root().join("examples").join(name).display().to_string()
}

/// All of a module's Terraform files.
fn module(folder: &Folder, at: &str) -> String {
    let files = ["main.tf", "iam.tf", "variables.tf", "outputs.tf"];
    let texts = files.map(|name| format!("# {name}\n{}", folder.read(&format!("{at}/{name}"))));
    texts.join("\n")
}

#[test]
fn rolling_restart_in_every_format() {
    let (folder, example) = (Folder::new(), example("rolling-restart"));
    export(&folder, &format!("terraform {example} --out tf")).exits(0);
    insta::assert_snapshot!(module(&folder, "tf"));
    let zip = std::fs::read(folder.path("tf/functions/monitoring-function.zip")).unwrap();
    assert!(zip.starts_with(b"PK\x03\x04"));
    // The same files make the same package, so that nothing is to be written anew.
    export(&folder, &format!("terraform {example} --out tf")).exits(0);

    export(&folder, &format!("sam {example} --out sam")).exits(0);
    insta::assert_snapshot!(folder.read("sam/template.yaml"));
    let source = root().join("examples/rolling-restart");
    for (copy, original) in [
        (
            "statemachine/rolling-restart.asl.json",
            "statemachine/rolling-restart.asl.json",
        ),
        (
            "functions/monitoring-function/app.py",
            "functions/monitoring/app.py",
        ),
    ] {
        let original = std::fs::read_to_string(source.join(original)).unwrap();
        assert_eq!(folder.read(&format!("sam/{copy}")), original);
    }
    let template = export(&folder, &format!("cloudformation {example}"))
        .exits(0)
        .stdout;
    insta::assert_snapshot!(template);
}

#[test]
fn patch_report_in_every_format() {
    let (folder, example) = (Folder::new(), example("patch-report"));
    export(&folder, &format!("terraform {example} --out tf")).exits(0);
    insta::assert_snapshot!(module(&folder, "tf"));
    let definition = folder.read_json("tf/statemachine/patch-report.asl.json");
    assert_eq!(
        definition["States"]["Publish"]["Arguments"]["TopicArn"],
        "${ReportTopicArn}"
    );
    export(&folder, &format!("sam {example} --out sam")).exits(0);
    insta::assert_snapshot!(folder.read("sam/template.yaml"));
    // The YAML of the source goes along, comments and all.
    let source = folder.read("sam/statemachine/patch-report.asl.yaml");
    assert!(source.contains("    # Only what is needed is kept"));
    let template = export(&folder, &format!("cloudformation {example}"))
        .exits(0)
        .stdout;
    insta::assert_snapshot!(template);
    let yaml = export(
        &folder,
        &format!("yaml {example} --var SummaryFunctionArn=arn:x"),
    )
    .exits(0)
    .stdout;
    assert!(
        yaml.contains("FunctionName: arn:x\n") && yaml.contains("    # Only what"),
        "{yaml}"
    );
}

/// One of each kind of permission.
fn kinds() -> Value {
    let task = |resource: &str, parameters: Value, next: &str| {
        let mut task = json!({"Type": "Task", "Resource": resource, "Parameters": parameters});
        match next {
            "" => task["End"] = true.into(),
            next => task["Next"] = next.into(),
        }
        task
    };
    json!({
        "Comment": "One of each kind.",
        "StartAt": "Nested",
        "States": {
            "Nested": task("arn:aws:states:::states:startExecution.sync:2", json!({"StateMachineArn": "${ChildArn}"}), "Container"),
            "Container": task("arn:aws:states:::ecs:runTask.sync", json!({"TaskDefinition": "t", "Overrides": {"TaskRoleArn": "arn:aws:iam::123456789012:role/task"}}), "Page"),
            "Page": task("arn:aws:states:::http:invoke", json!({"ApiEndpoint": "https://api.example.com/v1/*", "Method": "GET", "InvocationConfig": {"ConnectionArn": "arn:aws:events:eu-west-1:123456789012:connection/c/1"}}), "Legacy"),
            "Legacy": {"Type": "Task", "Resource": "${FunctionArn}", "Next": "Work"},
            "Work": {"Type": "Task", "Resource": "arn:aws:states:eu-west-1:123456789012:activity:work", "Next": "Row"},
            "Row": task("arn:aws:states:::dynamodb:putItem", json!({"TableName": "${TableName}", "Item": {}}), "Message"),
            "Message": task("arn:aws:states:::sqs:sendMessage", json!({"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/q", "MessageBody": "m"}), "Guest"),
            "Guest": {
                "Type": "Task", "Resource": "arn:aws:states:::aws-sdk:ec2:describeInstances",
                "Credentials": {"RoleArn": "arn:aws:iam::999999999999:role/guest"}, "Next": "Files"
            },
            "Files": {
                "Type": "Map",
                "ItemReader": {"Resource": "arn:aws:states:::s3:listObjectsV2", "Parameters": {"Bucket": "${Bucket}", "Prefix": "in/"}},
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                    "StartAt": "Read",
                    "States": {"Read": task("arn:aws:states:::aws-sdk:s3:getObject", json!({"Bucket": "${Bucket}", "Key.$": "$.Key"}), "")}
                },
                "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "${Bucket}", "Prefix": "out"}},
                "Next": "Wait"
            },
            "Wait": {"Type": "Wait", "Seconds": "@", "End": true}
        }
    })
}

#[test]
fn roles_of_all_kinds_of_tasks() {
    let folder = Folder::new();
    let definition = format!("{:#}", kinds()).replace("\"@\"", "${Seconds}");
    folder.write("kinds.asl.json", &definition);
    export(&folder, "terraform kinds.asl.json --out tf").exits(0);
    insta::assert_snapshot!(module(&folder, "tf"));
    // Without quotes there and here.
    assert!(
        folder
            .read("tf/statemachine/kinds.asl.json")
            .contains("\"Seconds\": ${Seconds}")
    );
    let template = export(&folder, "cloudformation kinds.asl.json --var Seconds=5")
        .exits(0)
        .stdout;
    assert!(template.contains("KindsItselfPolicy:"), "{template}");
    export(&folder, "sam kinds.asl.json")
        .exits(2)
        .says(&["${Seconds} stands without quotes", "--out DIR"]);
}

const PLAIN: &str = r#"AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Stage: {Type: String, Default: test, AllowedValues: [test, prod]}
  Size: {Type: Number, Default: 2}
Mappings:
  Levels: {test: {Log: ALL}, prod: {Log: ERROR}}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Resources:
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Metadata: {Stepwright: {Overlap: SKIP}}
    Properties:
      StateMachineName: !Sub "plain-${Stage}"
      RoleArn: !GetAtt OldRole.Arn
      DefinitionString: !Sub |
        {"StartAt": "Check", "States": {"Check": {"Type": "Task", "Resource": "${Check.Arn}", "Next": "Put"},
          "Put": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {"QueueUrl": "${Queue}", "MessageBody": "100%{x}"}, "End": true}}}
      LoggingConfiguration: {Level: !FindInMap [Levels, !Ref Stage, Log], IncludeExecutionData: true}
      TracingConfiguration: {Enabled: true}
      Tags: [{Key: Stage, Value: !Ref Stage}]
  OldRole:
    Type: AWS::IAM::Role
    Properties: {AssumeRolePolicyDocument: {}}
  Check:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      Role: !GetAtt CheckRole.Arn
      Code: {ZipFile: "def handler(event, context):\n    return event\n"}
      Environment: {Variables: {STAGE: !Ref Stage, COUNT: !Ref Size}}
  CheckRole:
    Type: AWS::IAM::Role
    Condition: IsProd
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]
      ManagedPolicyArns: [!Sub "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]
  Queue:
    Type: AWS::SQS::Queue
    Properties: {VisibilityTimeout: 30}
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [my.app], detail: {state: [{prefix: a}]}}
      Targets:
        - {Id: machine, Arn: !Ref Machine, RoleArn: !GetAtt StartRole.Arn, InputTransformer: {InputPathsMap: {a: $.detail}, InputTemplate: '{"a": <a>}'}}
  StartRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {Service: events.amazonaws.com}, Action: sts:AssumeRole}]}
      Policies: [{PolicyName: start, PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: states:StartExecution, Resource: !Ref Machine}]}}]
  Key: {Type: "AWS::KMS::Key", Properties: {KeyPolicy: {}}}
Outputs:
  Machine: {Value: !Ref Machine, Description: Its ARN.}
  Key: {Value: !Ref Key}
"#;

#[test]
fn templates_without_sam_become_modules() {
    let folder = Folder::new();
    folder.write("app/template.yaml", PLAIN);
    let said = export(&folder, "terraform app --out tf").exits(0);
    insta::assert_snapshot!(format!(
        "{}\n{}\n{}",
        said.stderr,
        module(&folder, "tf"),
        folder.read("tf/statemachine/machine.asl.json")
    ));
    // In one text: everything but the functions' packages.
    let one = export(&folder, "terraform app").exits(0).stdout;
    assert!(
        one.contains("<<EOT") && one.contains("variable \"check_package\""),
        "{one}"
    );
    assert!(one.contains("100%%{x}"), "{one}");
}

#[test]
fn plain_definitions_with_values_or_without() {
    let folder = Folder::with(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": ${n}, "Comment": "${c}", "End": true}}}"#,
    );
    export(&folder, "asl machine.asl.json --var n=5 --parameter-overrides c=x\"y")
        .exits(0)
        .prints(r#"{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 5, "Comment": "x\"y", "End": true}}}"#);
    export(&folder, "yaml machine.asl.json")
        .exits(0)
        .prints("StartAt: A\nStates:\n  A:\n    Type: Wait\n    Seconds: ${n}\n    Comment: ${c}\n    End: true\n");
    export(&folder, "asl machine.asl.json --resolve --var n=5")
        .exits(2)
        .says(&["no value: c"]);
    let resolved = export(
        &folder,
        &format!(
            "asl {} --resolve --region eu-west-1",
            example("patch-report")
        ),
    )
    .exits(0);
    let topic = &resolved.json()["States"]["Publish"]["Arguments"]["TopicArn"];
    assert_eq!(topic, "arn:aws:sns:eu-west-1:123456789012:ReportTopic");
}

#[test]
fn what_cannot_be_exported_is_said() {
    let folder = Folder::new();
    folder.write("empty/readme", "");
    folder.write("other.yaml", "a: 1\n");
    folder.write(
        "topic/template.yaml",
        "Resources: {T: {Type: AWS::SNS::Topic}}\n",
    );
    folder.write(
        "broken.asl.json",
        r#"{"StartAt": "A", "States": {"A": {"Type": "Pass"}}}"#,
    );
    for (arguments, texts) in [
        ("terraform nowhere", &["nowhere cannot be read"][..]),
        ("terraform empty", &["empty has no template.yaml"]),
        (
            "sam other.yaml",
            &["neither a definition", "nor a template"],
        ),
        ("sam topic", &["has no state machine"]),
        ("terraform broken.asl.json", &["cannot run", "Next"]),
        ("asl topic --state-machine X", &["has no state machine"]),
    ] {
        export(&folder, arguments).exits(2).says(texts);
    }
    folder.write("out/main.tf", "mine");
    let machine = format!("terraform {} --out out", example("patch-report"));
    export(&folder, &machine)
        .exits(2)
        .says(&["main.tf", "--force"]);
    assert_eq!(folder.read("out/main.tf"), "mine");
    assert!(
        !folder.path("out/iam.tf").exists(),
        "nothing is written in part"
    );
    export(&folder, &format!("{machine} --force")).exits(0);
}

//! Whole templates, in the style of those that people have.

use std::path::Path;

use serde_json::json;

use super::{Evaluated, Problem, Settings, Template, is_unsettled};
use crate::project::is_supported;

fn read(text: &str, vars: &[(&str, &str)]) -> Template {
    let settings = Settings {
        parameters: vars
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect(),
        region: Some("eu-west-1".to_owned()),
        stack: Some("shop".to_owned()),
    };
    Template::read(Path::new("work/template.yaml"), text, settings).expect("a template")
}

fn problems(text: &str, vars: &[(&str, &str)]) -> Vec<String> {
    let found = read(text, vars)
        .evaluate(&is_supported)
        .expect_err("problems");
    let shown = |problem: &Problem| problem.to_string().replace("work/template.yaml:", "");
    found.iter().map(shown).collect()
}

fn shown(resource: &Evaluated) -> serde_json::Value {
    let depends_on: Vec<&String> = resource.depends_on.iter().collect();
    let mut shown = json!({
        "Type": resource.type_name,
        "Name": resource.name,
        "DependsOn": depends_on,
        "Properties": resource.properties,
    });
    if !resource.metadata.is_empty() {
        shown["Metadata"] = json!(resource.metadata);
    }
    json!({ resource.logical_id.as_str(): shown })
}

/// All of it, with what is known only later as `<Id.Attribute>`.
fn snapshot(text: &str, vars: &[(&str, &str)]) -> String {
    let evaluation = read(text, vars)
        .evaluate(&is_supported)
        .expect("no problem");
    let mut lines = String::new();
    for resource in &evaluation.resources {
        lines.push_str(&format!("{:#}\n", shown(resource)));
    }
    for skipped in &evaluation.skipped {
        lines.push_str(&format!(
            "skipped {} {} {:?}\n",
            skipped.logical_id, skipped.type_name, skipped.reference
        ));
    }
    for (name, value) in &evaluation.assumed {
        lines.push_str(&format!("assumed {name} {value}\n"));
    }
    for output in &evaluation.outputs {
        lines.push_str(&format!("output {} {}\n", output.name, output.value));
    }
    lines.replace('\u{f8ff}', "%")
}

const ORDERS: &str = r#"
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String, Default: dev, AllowedValues: [dev, prod]}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Globals:
  Function:
    Runtime: nodejs20.x
    Timeout: "10"
    Environment: {Variables: {STAGE: !Ref Stage, LEVEL: info}}
Resources:
  Orders:
    Type: AWS::Serverless::StateMachine
    Metadata: {Stepwright: {Schedules: {Hourly: {Missed: SKIP}}}}
    Properties:
      Type: EXPRESS
      AutoPublishAlias: live
      UseAliasAsEventTarget: true
      Definition: {StartAt: Check, States: {Check: {Type: Task, Resource: !GetAtt Check.Arn, End: true}}}
      Logging:
        Level: ERROR
        Destinations: [{CloudWatchLogsLogGroup: {LogGroupArn: !GetAtt Logs.Arn}}]
      Tracing: {Enabled: true}
      Tags: {team: shop}
      Policies:
        - AWSLambdaRole
        - LambdaInvokePolicy: {FunctionName: !Ref Check}
        - Statement: [{Effect: Allow, Action: sns:Publish, Resource: !Ref Alarms}]
      Events:
        Placed:
          Type: EventBridgeRule
          Properties:
            EventBusName: !Ref Bus
            Pattern: {source: [shop], detail-type: [{prefix: order}]}
            DeadLetterConfig: {Type: SQS}
        Hourly:
          Type: ScheduleV2
          Properties: {ScheduleExpression: rate(1 hour), ScheduleExpressionTimezone: Europe/Berlin, Input: '{"a": 1}'}
        Http: {Type: Api, Properties: {Path: /orders, Method: post}}
  Check:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/check
      Handler: app.handler
      Environment: {Variables: {LEVEL: debug}}
      Events:
        Warm: {Type: Schedule, Properties: {Schedule: rate(5 minutes), Enabled: false}}
  Bus: {Type: "AWS::Events::EventBus", Properties: {Name: shop-bus}}
  Logs: {Type: "AWS::Logs::LogGroup", Properties: {RetentionInDays: 7}}
  Alarms: {Type: "AWS::SNS::Topic"}
  Key: {Type: "AWS::KMS::Key"}
  Audit:
    Type: AWS::Serverless::Function
    Condition: IsProd
    Properties: {CodeUri: functions/audit, Handler: app.handler}
Outputs:
  Machine: {Value: !Ref Orders}
  Role: {Value: !GetAtt OrdersRole.Arn}
  Key: {Value: !GetAtt Key.Arn}
  Audit: {Condition: IsProd, Value: !GetAtt Audit.Arn}
"#;

#[test]
fn resources_of_sam_become_those_of_cloudformation() {
    insta::assert_snapshot!(snapshot(ORDERS, &[]));
}

#[test]
fn conditions_decide_what_is_made() {
    let ids = |stage: &str| -> Vec<String> {
        let evaluation = read(ORDERS, &[("Stage", stage)])
            .evaluate(&is_supported)
            .unwrap();
        evaluation
            .resources
            .into_iter()
            .map(|one| one.logical_id)
            .collect()
    };
    assert!(!ids("dev").contains(&"Audit".to_owned()));
    assert!(ids("prod").contains(&"AuditRole".to_owned()));
}

#[test]
fn each_stands_behind_what_it_needs() {
    let evaluation = read(ORDERS, &[("Stage", "prod")])
        .evaluate(&is_supported)
        .unwrap();
    let mut before: Vec<&str> = Vec::new();
    let made: Vec<&str> = evaluation
        .resources
        .iter()
        .map(|one| one.logical_id.as_str())
        .collect();
    for resource in &evaluation.resources {
        for need in &resource.depends_on {
            assert!(
                before.contains(&need.as_str()) || !made.contains(&need.as_str()),
                "{} needs {need}",
                resource.logical_id
            );
        }
        before.push(&resource.logical_id);
    }
}

/// Plain CloudFormation with its functions, as JSON and as YAML.
#[test]
fn functions_of_cloudformation() {
    let text = r#"{
  "Parameters": {"Block": {"Type": "String", "Default": "10.0.0.0/16"}, "Days": {"Type": "Number", "Default": 7}},
  "Mappings": {"Days": {"eu-west-1": {"Keep": 30}}},
  "Conditions": {
    "Yes": {"Fn::Equals": [{"Ref": "Days"}, "7"]},
    "No": {"Fn::Not": [{"Condition": "Yes"}]},
    "Any": {"Fn::Or": [{"Condition": "No"}, {"Fn::And": [{"Condition": "Yes"}, {"Fn::Not": [{"Condition": "No"}]}]}]}
  },
  "Resources": {
    "Activity": {"Type": "AWS::StepFunctions::Activity", "Properties": {"Name": {"Fn::Join": ["-", [
      {"Fn::Base64": "a"}, {"Fn::Select": [1, {"Fn::Cidr": [{"Ref": "Block"}, 4, 8]}]}, {"Fn::Select": ["0", {"Fn::GetAZs": ""}]},
      {"Fn::FindInMap": ["Days", {"Ref": "AWS::Region"}, "Keep"]}, {"Fn::FindInMap": ["Days", "x", "Keep", {"DefaultValue": 1}]},
      {"Fn::If": ["Any", "any", "none"]}, {"Fn::Length": {"Fn::Split": [",", "a,b,c"]}},
      {"Fn::ToJsonString": {"a": [1, {"Ref": "Days"}]}},
      {"Fn::Sub": ["${a}/${!b}/${AWS::StackName}/${AWS::URLSuffix}", {"a": {"Ref": "AWS::Partition"}}]}
    ]]}}}
  }
}"#;
    let evaluation = read(text, &[]).evaluate(&is_supported).unwrap();
    assert_eq!(
        evaluation.resources[0].name.as_deref().unwrap(),
        "YQ==-10.0.1.0/24-eu-west-1a-30-1-any-3-{\"a\":[1,\"7\"]}-aws/${b}/shop/amazonaws.com"
    );
    let cidr = |arguments: &str| {
        let text = format!(
            "Resources: {{A: {{Type: AWS::StepFunctions::Activity, Properties: {{Name: !Join [' ', !Cidr {arguments}]}}}}}}"
        );
        let template = read(&text, &[]);
        template
            .evaluate(&is_supported)
            .map(|evaluation| evaluation.resources[0].name.clone().unwrap())
    };
    assert_eq!(
        cidr("[192.168.1.7/24, 3, 4]").unwrap(),
        "192.168.1.0/28 192.168.1.16/28 192.168.1.32/28"
    );
    assert_eq!(
        cidr("['2001:db8::/56', 2, 64]").unwrap(),
        "2001:db8::/64 2001:db8:0:1::/64"
    );
    for wrong in [
        "[192.168.1.0/24, 17, 4]",
        "[10.0.0.0/33, 1, 8]",
        "[10.0.0.0/16, 300, 8]",
        "[x, 1, 8]",
        "[10.0.0.0/16, 1, 99]",
    ] {
        assert!(cidr(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn loops_are_written_out() {
    let text = r#"
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Parameters: {Names: {Type: CommaDelimitedList, Default: "a-1,b"}}
Resources:
  Fn::ForEach::Groups:
    - Name
    - !Ref Names
    - Group&{Name}:
        Type: AWS::Scheduler::ScheduleGroup
        Properties: {Name: !Sub "group-${Name}", Tags: [{Key: name, Value: !Ref Name}]}
"#;
    let evaluation = read(text, &[]).evaluate(&is_supported).unwrap();
    let found: Vec<_> = evaluation
        .resources
        .iter()
        .map(|one| {
            (
                one.logical_id.as_str(),
                one.name.as_deref().unwrap(),
                one.properties["Tags"][0]["Value"].clone(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            ("Groupa1", "group-a-1", json!("a-1")),
            ("Groupb", "group-b", json!("b"))
        ]
    );
}

#[test]
fn files_are_included() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("more.yaml"),
        "Description: !Sub from ${AWS::Region}\n",
    )
    .unwrap();
    let text = r#"
Resources:
  Bus:
    Type: AWS::Events::EventBus
    Properties:
      Name: a
      Fn::Transform: {Name: AWS::Include, Parameters: {Location: more.yaml}}
"#;
    let path = folder.path().join("template.yaml");
    let settings = Settings {
        stack: Some("s".to_owned()),
        ..Settings::default()
    };
    let template = Template::read(&path, text, settings).unwrap();
    let found = template.evaluate(&is_supported);
    let found = found.unwrap_or_else(|problems| panic!("{problems:?}"));
    assert_eq!(
        found.resources[0].properties["Description"],
        "from us-east-1"
    );
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let circular = "
Resources:
  A: {Type: AWS::Events::EventBus, Properties: {Name: !Sub 'a-${B}'}}
  B: {Type: AWS::StepFunctions::Activity, Properties: {Tags: [{Key: k, Value: !Ref C}]}}
  C: {Type: AWS::SNS::Topic, DependsOn: A}
";
    assert_eq!(
        problems(circular, &[]),
        [
            "3:6: Circular dependency between resources: A -> B -> C -> A (CloudFormation refuses it too: give one of them a name of its own, and write that name in the other)"
        ]
    );
    let wrong = "
Transform: [My::Macro]
Parameters:
  Stage: {Type: String, AllowedValues: [a, b], Default: c}
  Count: {Type: Number, MinValue: 2, Default: 1}
  Name: {Type: String, AllowedPattern: '[a-z]+', Default: A1, NoEcho: true}
Conditions: {No: !Equals [a, b]}
Resources:
  Off: {Type: AWS::StepFunctions::Activity, Condition: No}
  One:
    Type: AWS::StepFunctions::Activity
    DependsOn: [Of]
    Properties: {Name: !Sub 'x-${Missing.Arn}-${Ofl}'}
  Two: {Type: AWS::Events::EventBus, Properties: {Name: !Ref Off, Description: !If [Nope, a, b]}}
  Three: {Type: AWS::SNS::Topic, Properties: {TopicName: !Ref Elsewhere}}
  Four: {Type: AWS::Serverless::SimpleTable}
";
    insta::assert_snapshot!(problems(wrong, &[]).join("\n"));
    let sam = "
Transform: AWS::Serverless-2016-10-31
Resources:
  F: {Type: AWS::Serverless::Function, Properties: {Policies: [{NoSuchPolicy: {A: b}}]}}
  M: {Type: AWS::Serverless::StateMachine, Properties: {Events: {E: {Properties: {}}}}}
";
    assert_eq!(
        problems(sam, &[]),
        [
            "4:65: SAM has no policy template 'NoSuchPolicy'",
            "5:66: The event 'E' has no Type"
        ]
    );
}

#[test]
fn what_is_elsewhere_can_be_named() {
    let vars = [
        ("Alarms", "arn:aws:sns:eu-west-1:1:alarms"),
        ("Key.Arn", "arn:aws:kms:eu-west-1:1:key/k"),
    ];
    let template = read(ORDERS, &vars);
    assert_eq!(template.unknown_names(), []);
    let evaluation = template.evaluate(&is_supported).unwrap();
    assert_eq!(evaluation.assumed.len(), 0, "{:?}", evaluation.assumed);
    let key = evaluation
        .outputs
        .iter()
        .find(|output| output.name == "Key")
        .unwrap();
    assert_eq!(key.value, vars[1].1);
    let rule = evaluation
        .resources
        .iter()
        .find(|one| one.logical_id == "OrdersPlaced")
        .unwrap();
    let target = rule.properties["Targets"][0]["Arn"].as_str().unwrap();
    assert!(is_unsettled(target), "{target}");
    let unknown = read(ORDERS, &[("Stag", "x")]).unknown_names();
    assert_eq!(
        unknown,
        [("Stag".to_owned(), Some("did you mean 'Stage'?".to_owned()))]
    );
}

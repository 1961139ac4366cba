use std::collections::BTreeMap;
use std::path::Path;

use super::{Problem, Settings, Template};

const TEMPLATE: &str = r#"
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String, Default: test}
  Owner: {Type: String}
  Subnets: {Type: CommaDelimitedList, Default: "a, b"}
  Secret: {Type: "AWS::SSM::Parameter::Value<String>", Default: /name/of/it}
  Account: {Type: String, Default: 012345678901}
Mappings:
  Sizes:
    test: {Memory: 256, Name: small}
    prod: {Memory: 1024, Name: large}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsNotProd: !Not [!Condition IsProd]
  Both: !And [!Condition IsProd, !Condition IsNotProd]
  Either: {"Fn::Or": [{Condition: IsProd}, {Condition: IsNotProd}]}
Globals:
  Function:
    Runtime: python3.12
    Timeout: 10
    Environment:
      Variables: {STAGE: !Ref Stage, LEVEL: info}
Resources:
  Restart:
    Type: AWS::Serverless::StateMachine
    Properties:
      Name: !Sub restart-${Stage}
      DefinitionUri: ./machines/../machines/restart.asl.json
      DefinitionSubstitutions:
        CheckArn: !GetAtt Check.Arn
        CheckName: !Ref Check
        NamedArn: {"Fn::GetAtt": [Named, Arn]}
        TopicArn: !Ref Topic
        TopicName: !GetAtt Topic.TopicName
        QueueUrl: !Ref Queue
        Bucket: !Ref Bucket
        Me: !Ref Restart
        Sub: !Sub "${AWS::Partition}/${AWS::Region}/${AWS::AccountId}/${Topic}/${Queue.Arn}/${!kept}"
        SubMap: !Sub ["${a}-${Stage}", {a: !Ref Stage}]
        Joined: !Join ["-", [x, !Ref Stage, {Ref: Stage}]]
        Subnets: !Join ["+", !Ref Subnets]
        Second: !Select [1, !Split [",", "p,q"]]
        Size: !FindInMap [Sizes, !Ref Stage, Memory]
        Chosen: !If [IsProd, big, !If [Either, small, none]]
        Left: !If [Both, x, !Ref AWS::NoValue]
        Seconds: 5
        Account: !Ref Account
        Owner: !Ref Owner
        Imported: !ImportValue other-stack
        KeyId: !Ref Key
        Typo: !GetAtt Chek.Arn
        Secret: !Ref Secret
        Endless: !Ref Loop
  Check:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/check/
      Handler: app.handler
      Environment:
        Variables: {TOPIC: !Ref Topic, LEVEL: debug, COUNT: 3}
  Named:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: !Join ["-", [named, !Ref Stage]]
      Runtime: nodejs20.x
      Handler: index.handler
      MemorySize: !FindInMap [Sizes, !Ref Stage, Memory]
      Code: functions/named
  OnlyProd:
    Type: AWS::Serverless::Function
    Condition: IsProd
    Properties: {Handler: app.handler}
  Broken:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Timeout: soon
      Environment: {Variables: {KEY: !GetAtt Key.Arn}}
  Inline:
    Type: AWS::Serverless::Function
    Properties: {Handler: index.handler, InlineCode: "print(1)"}
  Packaged:
    Type: AWS::Serverless::Function
    Properties: {Handler: index.handler, CodeUri: "s3://bucket/key"}
  Image: {Type: "AWS::Serverless::Function", Properties: {PackageType: Image}}
  Topic: {Type: "AWS::SNS::Topic"}
  Queue: {Type: "AWS::SQS::Queue", Properties: {QueueName: jobs}}
  Bucket: {Type: "AWS::S3::Bucket"}
  Key: {Type: "AWS::KMS::Key"}
  Loop: {Type: "AWS::SNS::Topic", Properties: {TopicName: !Ref Loop}}
"#;

fn template(parameters: &[(&str, &str)], region: Option<&str>) -> Template {
    let parameters = parameters
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let settings = Settings {
        parameters,
        region: region.map(str::to_owned),
        stack: None,
    };
    Template::read(Path::new("work/app/template.yaml"), TEMPLATE, settings).expect("a template")
}

fn substitutions(template: &Template) -> BTreeMap<String, String> {
    let machine = template.state_machine_for(Path::new("work/app/machines/restart.asl.json"));
    machine
        .expect("no problem")
        .expect("a state machine")
        .substitutions
}

fn messages(problems: &[Problem]) -> Vec<String> {
    problems
        .iter()
        .map(|problem| problem.to_string().replace("work/app/template.yaml:", ""))
        .collect()
}

#[test]
fn substitutions_are_resolved() {
    let found = substitutions(&template(&[], Some("eu-west-1")));
    let expected = [
        ("Account", "012345678901"),
        ("Bucket", "bucket"),
        (
            "CheckArn",
            "arn:aws:lambda:eu-west-1:123456789012:function:Check",
        ),
        ("CheckName", "Check"),
        ("Chosen", "small"),
        ("Joined", "x-test-test"),
        (
            "Me",
            "arn:aws:states:eu-west-1:123456789012:stateMachine:restart-test",
        ),
        (
            "NamedArn",
            "arn:aws:lambda:eu-west-1:123456789012:function:named-test",
        ),
        (
            "QueueUrl",
            "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs",
        ),
        ("Second", "q"),
        ("Seconds", "5"),
        ("Size", "256"),
        (
            "Sub",
            "aws/eu-west-1/123456789012/arn:aws:sns:eu-west-1:123456789012:Topic/arn:aws:sqs:eu-west-1:123456789012:jobs/${kept}",
        ),
        ("SubMap", "test-test"),
        ("Subnets", "a+b"),
        ("TopicArn", "arn:aws:sns:eu-west-1:123456789012:Topic"),
        ("TopicName", "Topic"),
    ];
    let found: Vec<_> = found
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn parameters_and_pseudo_parameters_can_be_given() {
    let given = [
        ("Stage", "prod"),
        ("Owner", "me"),
        ("Secret", "s"),
        ("Subnets", "c,d"),
        ("AWS::AccountId", "111122223333"),
        ("AWS::Region", "cn-north-1"),
    ];
    let template = template(&given, Some("eu-west-1"));
    let found = substitutions(&template);
    for (name, value) in [
        ("Chosen", "big"),
        ("Size", "1024"),
        ("Owner", "me"),
        ("Secret", "s"),
        ("Subnets", "c+d"),
        ("TopicArn", "arn:aws-cn:sns:cn-north-1:111122223333:Topic"),
        (
            "QueueUrl",
            "https://sqs.cn-north-1.amazonaws.com.cn/111122223333/jobs",
        ),
    ] {
        assert_eq!(found.get(name).map(String::as_str), Some(value), "{name}");
    }
    assert_eq!(
        (template.account_id(), template.region()),
        ("111122223333", "cn-north-1")
    );
}

#[test]
fn what_cannot_be_resolved_is_named_with_its_place() {
    let machine =
        template(&[], None).state_machine_for(Path::new("work/app/machines/restart.asl.json"));
    let unresolved = machine
        .expect("no problem")
        .expect("a state machine")
        .unresolved;
    let problems: Vec<Problem> = unresolved.into_values().collect();
    assert_eq!(
        messages(&problems),
        [
            "92:59: Circular reference: Loop -> Loop (--var Endless=VALUE gives the substitution a value)",
            "51:19: ImportValue cannot be resolved without CloudFormation (--var Imported=VALUE gives the substitution a value)",
            "52:16: What !Ref gives for 'Key' (AWS::KMS::Key) is known only once it is deployed (--var KeyId=VALUE gives the substitution a value)",
            "50:16: The parameter 'Owner' has no value and no default (--var Owner=VALUE gives it one)",
            "54:17: The parameter 'Secret' is kept in Parameter Store (--var Secret=VALUE gives it one)",
            "53:15: The template has no parameter or resource 'Chek' (did you mean 'Check'?)",
        ]
    );
}

#[test]
fn state_machines_belong_to_definitions() {
    let template = template(&[], None);
    for path in [
        "work/app/machines/restart.asl.json",
        "./work/app/other/../machines/restart.asl.json",
    ] {
        let machine = template
            .state_machine_for(Path::new(path))
            .expect("no problem")
            .expect(path);
        assert_eq!(
            (machine.logical_id.as_str(), machine.name.as_str()),
            ("Restart", "restart-test")
        );
    }
    for path in [
        "machines/restart.asl.json",
        "work/app/machines/other.asl.json",
        "restart.asl.json",
    ] {
        assert!(
            template
                .state_machine_for(Path::new(path))
                .expect("no problem")
                .is_none(),
            "{path}"
        );
    }
    assert_eq!(
        template.state_machine_names(Path::new("work/app/machines/restart.asl.json")),
        ["restart-test", "Restart"]
    );
}

#[test]
fn functions_with_code_beside_the_template() {
    let functions = template(&[], None).local_functions().expect("no problem");
    let names: Vec<_> = functions
        .iter()
        .map(|function| (function.logical_id.as_str(), function.name.as_str()))
        .collect();
    assert_eq!(
        names,
        [
            ("Check", "Check"),
            ("Named", "named-test"),
            ("Broken", "Broken"),
            ("Inline", "Inline")
        ]
    );

    let check = functions[0].spec.as_ref().expect("no problem");
    assert_eq!(
        (
            check.runtime.as_str(),
            check.handler.as_str(),
            check.timeout_seconds,
            check.memory_mib
        ),
        ("python3.12", "app.handler", 10, 128)
    );
    let folder = |path: &str| functions::Code::Folder(path.into());
    assert_eq!(check.code, folder("work/app/functions/check"));
    assert_eq!(
        check.built_dir.as_deref(),
        Some(Path::new("work/app/.aws-sam/build/Check"))
    );
    let variables = [
        ("COUNT", "3"),
        ("LEVEL", "debug"),
        ("STAGE", "test"),
        ("TOPIC", "arn:aws:sns:us-east-1:123456789012:Topic"),
    ];
    assert_eq!(
        check
            .environment
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect::<Vec<_>>(),
        variables
    );

    let named = functions[1].spec.as_ref().expect("no problem");
    assert_eq!(
        (
            named.name.as_str(),
            named.runtime.as_str(),
            named.timeout_seconds,
            named.memory_mib
        ),
        ("named-test", "nodejs20.x", 3, 256),
        "Globals are SAM's"
    );
    assert!(named.environment.is_empty());

    let broken = functions[2].spec.as_ref().expect_err("problems");
    assert_eq!(
        messages(broken),
        [
            "79:16: Timeout has to be a whole number above 0",
            "80:38: What !GetAtt of 'Arn' gives for 'Key' (AWS::KMS::Key) is known only once it is deployed"
        ]
    );
    let inline = functions[3].spec.as_ref().expect("no problem");
    assert_eq!(inline.code, functions::Code::Inline("print(1)".to_owned()));
    assert_eq!(inline.built_dir, None);

    let in_production = template(&[("Stage", "prod")], None)
        .functions()
        .expect("no problem");
    assert!(
        in_production
            .iter()
            .any(|function| function.logical_id == "OnlyProd")
    );
}

#[test]
fn functions_are_found_by_every_name() {
    let functions = template(&[], None).local_functions().expect("no problem");
    let named = &functions[1];
    for identifier in [
        "named-test",
        "Named",
        "named-test:live",
        "arn:aws:lambda:us-east-1:123456789012:function:named-test",
        "arn:aws:lambda:us-east-1:123456789012:function:named-test:7",
        "123456789012:function:Named",
    ] {
        assert!(named.is_named(identifier), "{identifier}");
    }
    for identifier in [
        "named",
        "Check",
        "",
        "a b",
        "arn:aws:lambda:eu-west-1:123456789012:function:named-test",
        "arn:aws:lambda:us-east-1:999999999999:function:named-test",
        "arn:aws:sns:us-east-1:123456789012:named-test",
    ] {
        assert!(!named.is_named(identifier), "{identifier}");
    }
}

#[test]
fn what_is_no_template() {
    for (text, message) in [
        ("Resources: [", "1:13: "),
        (
            "a: 1",
            "1:1: This is no template: it has no object 'Resources'",
        ),
        ("", "1:1: This is no template"),
        ("Resources: []", "1:1: This is no template"),
    ] {
        let problems = Template::read(
            Path::new("work/app/template.yaml"),
            text,
            Settings::default(),
        )
        .expect_err(text);
        assert!(
            messages(&problems)[0].starts_with(message),
            "{:?}",
            messages(&problems)
        );
    }
}

#[test]
fn the_examples_are_complete() {
    for (example, definition, functions) in [
        (
            "patch-report",
            "patch-report.asl.yaml",
            &["SummaryFunction"][..],
        ),
        (
            "rolling-restart",
            "rolling-restart.asl.json",
            &["MonitoringFunction", "StartupCheckFunction"],
        ),
    ] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../examples")
            .join(example);
        let path = folder.join("template.yaml");
        let text = std::fs::read_to_string(&path).expect("the template");
        let template = Template::read(&path, &text, Settings::default()).expect("a template");
        let definition_path = folder.join("statemachine").join(definition);
        let machine = template.state_machine_for(&definition_path);
        let machine = machine.expect("no problem").expect("its state machine");
        assert!(machine.unresolved.is_empty(), "{:?}", machine.unresolved);
        let found = template.functions().expect("no problem");
        let names: Vec<_> = found
            .iter()
            .map(|function| function.logical_id.as_str())
            .collect();
        assert_eq!(names, functions);
        for function in &found {
            let spec = function.spec.as_ref().expect("nothing unresolved");
            let functions::Code::Folder(code_dir) = &spec.code else {
                panic!("{:?}", spec.code)
            };
            assert!(code_dir.join("app.py").is_file(), "{}", code_dir.display());
            assert!(
                machine
                    .substitutions
                    .values()
                    .any(|value| function.is_named(value)),
                "{}",
                function.name
            );
        }
        let text = std::fs::read_to_string(&definition_path).expect("the definition");
        let source = states_language::source::Source::new(definition, text);
        let options = states_language::ParseOptions {
            substitutions: machine.substitutions,
            ..Default::default()
        };
        let parsed = states_language::parse(&source, &options);
        assert!(
            parsed.machine.is_some() && parsed.diagnostics.is_empty(),
            "{:#?}",
            parsed.diagnostics
        );
    }
}

#[test]
fn functions_with_code_elsewhere() {
    let functions = template(&[], None).functions_elsewhere();
    let places: Vec<_> = functions
        .iter()
        .map(|function| (function.name.as_str(), function.elsewhere))
        .collect();
    assert_eq!(
        places,
        [
            ("Packaged", Some("its code is in S3")),
            ("Image", Some("its code is a container image"))
        ]
    );
}

#[test]
fn code_and_layers_of_functions_are_those_beside_the_template() {
    let text = r#"Resources:
  Native:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: provided.al2023
      Code: native/
      Layers:
        - !Ref Shared
        - Ref: Plain
        - arn:aws:lambda:eu-west-1:1:layer:monitoring:3
        - !If [No, !Ref Shared, !Ref AWS::NoValue]
        - !Ref Elsewhere
  Zip:
    Type: AWS::Lambda::Function
    Properties: {Runtime: nodejs20.x, Handler: index.handler, Code: {ZipFile: !Sub "exports.region = '${AWS::Region}'"}}
  Java:
    Type: AWS::Lambda::Function
    Properties: {Runtime: java21, Handler: A, Code: {ZipFile: "class A {}"}}
  NoCode: {Type: "AWS::Lambda::Function", Properties: {Runtime: nodejs20.x, Handler: a.b}}
  Shared: {Type: "AWS::Serverless::LayerVersion", Properties: {ContentUri: layers/shared}}
  Plain: {Type: "AWS::Lambda::LayerVersion", Properties: {Content: layers/plain}}
  Elsewhere: {Type: "AWS::Serverless::LayerVersion", Properties: {ContentUri: "s3://bucket/key"}}
Conditions: {No: !Equals [a, b]}
"#;
    let path = Path::new("work/template.yaml");
    let template = Template::read(path, text, Settings::default()).expect("a template");
    let functions = template.local_functions().expect("no problem");
    let ids: Vec<_> = functions
        .iter()
        .map(|function| function.logical_id.as_str())
        .collect();
    assert_eq!(ids, ["Native", "Zip", "Java"]);

    let native = functions[0].spec.as_ref().expect("no problem");
    assert_eq!(native.handler, "bootstrap");
    let layers = ["work/layers/shared", "work/layers/plain"];
    assert_eq!(native.layers, layers.map(std::path::PathBuf::from));
    assert_eq!(
        native.warnings,
        [
            "the layer arn:aws:lambda:eu-west-1:1:layer:monitoring:3 is not on this machine: what it brings is missing",
            "work/template.yaml:12:11: this layer is not on this machine: what it brings is missing",
        ]
    );
    let zip = functions[1].spec.as_ref().expect("no problem");
    let code = "exports.region = 'us-east-1'".to_owned();
    assert_eq!(zip.code, functions::Code::Inline(code));
    let java = functions[2].spec.as_ref().expect_err("a problem");
    assert!(java[0].message.contains("java21"), "{java:?}");
}

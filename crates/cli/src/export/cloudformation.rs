//! Templates: plain CloudFormation, and SAM.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::cloudformation_value::{get_att, names, reference};
use super::definition::{as_is, file_name};
use super::files::Files;
use super::functions;
use super::model::{
    Code, Function, Module, Policy, StateMachine, Statement, Trigger, TriggerKind, words,
};
use super::policy_templates;
use super::yaml;
use crate::error::CliError;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    CloudFormation,
    Sam,
}

struct Writer<'m> {
    module: &'m Module,
    dialect: Dialect,
    /// Whether files go beside the template; else all stands in it.
    has_folder: bool,
    parameters: Map<String, Value>,
    resources: Map<String, Value>,
    files: Files,
}

pub fn write(module: &Module, dialect: Dialect, has_folder: bool) -> Result<Files, CliError> {
    let mut writer = Writer {
        module,
        dialect,
        has_folder,
        parameters: module.parameters.clone(),
        resources: Map::new(),
        files: Files::default(),
    };
    writer.files.notes.clone_from(&module.notes);
    for machine in &module.machines {
        writer.machine(machine)?;
    }
    for function in &module.functions {
        writer.function(function)?;
    }
    if dialect == Dialect::CloudFormation {
        for trigger in &module.triggers {
            writer.trigger(trigger);
        }
    }
    writer.others();
    Ok(writer.finish())
}

/// An object without members that are null.
fn object(members: Value) -> Value {
    match members {
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .collect(),
        ),
        other => other,
    }
}

fn statement(statement: &Statement) -> Value {
    object(json!({
        "Sid": statement.sid,
        "Effect": "Allow",
        "Action": statement.actions,
        "Resource": match &statement.resources[..] {
            [one] => one.clone(),
            many => many.iter().cloned().collect(),
        },
        "Condition": statement.condition,
    }))
}

fn document(statements: impl IntoIterator<Item = Value>) -> Value {
    let statements: Vec<Value> = statements.into_iter().collect();
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn trust(service: &str) -> Value {
    document([
        json!({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}),
    ])
}

impl Writer<'_> {
    fn finish(mut self) -> Files {
        let module = self.module;
        let mut template = Map::new();
        for (number, note) in self.files.notes.iter().enumerate() {
            template.insert(format!("#{number}"), format!("Note: {note}").into());
        }
        template.insert("AWSTemplateFormatVersion".to_owned(), "2010-09-09".into());
        if self.dialect == Dialect::Sam {
            template.insert("Transform".to_owned(), "AWS::Serverless-2016-10-31".into());
        }
        if let Some(description) = &module.description {
            template.insert("Description".to_owned(), description.as_str().into());
        }
        let mut outputs = module.outputs.clone();
        if outputs.is_empty() {
            for machine in module
                .machines
                .iter()
                .filter(|machine| machine.condition.is_none())
            {
                let output = json!({"Value": reference(&machine.id)});
                outputs.insert(format!("{}Arn", machine.id), output);
            }
        }
        for (name, section) in [
            ("Metadata", module.metadata.clone()),
            ("Parameters", self.parameters),
            ("Mappings", module.mappings.clone()),
            ("Conditions", module.conditions.clone()),
            ("Resources", self.resources),
            ("Outputs", outputs),
        ] {
            if !section.is_empty() {
                template.insert(name.to_owned(), Value::Object(section));
            }
        }
        let text = yaml::write_template(&Value::Object(template));
        let mut files = Files::default();
        files.text("template.yaml", spaced(&text));
        files.list.append(&mut self.files.list);
        files.notes = self.files.notes;
        files
    }

    fn add(&mut self, id: String, type_name: &str, condition: Option<&str>, properties: Value) {
        let resource = object(json!({
            "Type": type_name,
            "Condition": condition,
            "Properties": object(properties),
        }));
        self.resources.insert(id, resource);
    }

    fn machine(&mut self, machine: &StateMachine) -> Result<(), CliError> {
        let condition = machine.condition.as_deref();
        let properties = &machine.properties;
        let id = &machine.id;
        let logging = self.logging(machine);
        let (itself, role): (Vec<_>, Vec<_>) = machine
            .role
            .iter()
            .partition(|statement| statement.is_about_itself);
        let definition = &machine.definition;
        let substitutions = match definition.substitutions.is_empty() {
            true => Value::Null,
            false => Value::Object(definition.substitutions.clone()),
        };
        let mut comments = Map::new();
        for (number, statement) in machine.role.iter().enumerate() {
            if let Some(comment) = &statement.comment {
                comments.insert(
                    format!("#{number}"),
                    format!("{}: {comment}", statement.sid).into(),
                );
            }
        }
        let mut resource = match self.dialect {
            Dialect::CloudFormation => {
                self.add(
                    format!("{id}Role"),
                    "AWS::IAM::Role",
                    condition,
                    json!({
                        "AssumeRolePolicyDocument": trust("states.amazonaws.com"),
                        "Policies": [{
                            "PolicyName": "workflow",
                            "PolicyDocument": document(role.into_iter().map(statement)),
                        }],
                    }),
                );
                let text = definition.json(&BTreeMap::new(), &as_is);
                let mut metadata = machine.metadata.clone();
                if succeeds_with_paths(&definition.value()) {
                    comments.insert(
                        "#lint".to_owned(),
                        "cfn-lint does not know that a Succeed state has InputPath and OutputPath."
                            .into(),
                    );
                    metadata.get_or_insert_with(|| json!({}))["cfn-lint"] =
                        json!({"config": {"ignore_checks": ["E3601"]}});
                }
                object(json!({
                    "Type": "AWS::StepFunctions::StateMachine",
                    "Condition": condition,
                    "Metadata": metadata,
                    "Properties": object(json!({
                        "StateMachineName": properties.get("Name"),
                        "StateMachineType": properties.get("Type"),
                        "DefinitionString": text,
                        "DefinitionSubstitutions": substitutions,
                        "RoleArn": get_att(&format!("{id}Role"), "Arn"),
                        "LoggingConfiguration": logging,
                        "TracingConfiguration": properties.get("Tracing"),
                        "EncryptionConfiguration": properties.get("EncryptionConfiguration"),
                        "Tags": properties.get("Tags").map(tag_list),
                    })),
                }))
            }
            Dialect::Sam => {
                let (uri, inline) = self.sam_definition(machine)?;
                let mut events = Map::new();
                for trigger in self
                    .module
                    .triggers
                    .iter()
                    .filter(|trigger| trigger.target == *id)
                {
                    events.insert(trigger.name.clone(), event(trigger));
                }
                let mut all = properties.clone();
                all.insert("DefinitionUri".to_owned(), uri);
                all.insert("Definition".to_owned(), inline);
                all.insert("DefinitionSubstitutions".to_owned(), substitutions);
                let statements = document(role.into_iter().map(statement));
                all.insert("Policies".to_owned(), json!([statements]));
                all.insert("Logging".to_owned(), logging);
                if !events.is_empty() {
                    all.insert("Events".to_owned(), Value::Object(events));
                }
                object(json!({
                    "Type": "AWS::Serverless::StateMachine",
                    "Condition": condition,
                    "Metadata": machine.metadata,
                    "Properties": object(Value::Object(all)),
                }))
            }
        };
        if let Value::Object(members) = &mut resource {
            comments.append(members);
            *members = comments;
        }
        self.resources.insert(id.clone(), resource);
        if !itself.is_empty() {
            self.add(
                format!("{id}ItselfPolicy"),
                "AWS::IAM::Policy",
                condition,
                json!({
                    "PolicyName": "itself",
                    "Roles": [reference(&format!("{id}Role"))],
                    "PolicyDocument": document(itself.into_iter().map(statement)),
                }),
            );
        }
        if self.dialect == Dialect::CloudFormation
            && let Some(alias) = properties.get("AutoPublishAlias")
        {
            let version = format!("{id}Version");
            self.add(
                version.clone(),
                "AWS::StepFunctions::StateMachineVersion",
                condition,
                json!({
                    "StateMachineArn": reference(id),
                    "StateMachineRevisionId": get_att(id, "StateMachineRevisionId"),
                }),
            );
            self.add(
                format!("{id}Alias"),
                "AWS::StepFunctions::StateMachineAlias",
                condition,
                json!({
                    "Name": alias,
                    "DeploymentPreference": {"StateMachineVersionArn": reference(&version), "Type": "ALL_AT_ONCE"},
                }),
            );
        }
        for policy in &machine.policies {
            if let Policy::Managed(name) = policy {
                self.files.notes.push(format!(
                    "the managed policy {name} of {id} is left out: the role allows what the definition does"
                ));
            }
        }
        Ok(())
    }

    /// The declared logging, with a log group where it names none.
    fn logging(&mut self, machine: &StateMachine) -> Value {
        let declared = machine.properties.get("Logging").cloned();
        if declared
            .as_ref()
            .is_some_and(|logging| logging.get("Destinations").is_some())
        {
            return declared.unwrap_or_default();
        }
        let group = format!("{}LogGroup", machine.id);
        // Beneath /aws/vendedlogs the policy of the logs does not grow with every state machine.
        let name = format!("/aws/vendedlogs/states/${{AWS::StackName}}-{}", machine.id);
        self.add(
            group.clone(),
            "AWS::Logs::LogGroup",
            machine.condition.as_deref(),
            json!({"LogGroupName": {"Fn::Sub": name}, "RetentionInDays": 30}),
        );
        let setting = |name: &str, otherwise: Value| {
            let declared = declared.as_ref().and_then(|logging| logging.get(name));
            declared.cloned().unwrap_or(otherwise)
        };
        json!({
            "Level": setting("Level", "ERROR".into()),
            "IncludeExecutionData": setting("IncludeExecutionData", false.into()),
            "Destinations": [{"CloudWatchLogsLogGroup": {"LogGroupArn": get_att(&group, "Arn")}}],
        })
    }

    /// `DefinitionUri` and `Definition`: one of them is null.
    fn sam_definition(&mut self, machine: &StateMachine) -> Result<(Value, Value), CliError> {
        let definition = &machine.definition;
        if self.has_folder {
            let name = definition
                .source
                .name()
                .rsplit('/')
                .next()
                .unwrap_or_default();
            let extension = match name.ends_with(".yaml") || name.ends_with(".yml") {
                true => "asl.yaml",
                false => "asl.json",
            };
            let path = format!(
                "statemachine/{}",
                file_name(definition, &machine.id, extension)
            );
            self.files
                .text(&path, definition.text(&BTreeMap::new(), &as_is));
            return Ok((path.into(), Value::Null));
        }
        let unquoted = definition.unquoted();
        if let Some(name) = unquoted.iter().next() {
            return Err(CliError::user(format!(
                "${{{name}}} stands without quotes in the definition of {}, which has no form inside a SAM template",
                machine.id
            ))
            .with_hint("--out DIR writes the definition as a file of its own; `export cloudformation` has it as text"));
        }
        Ok((Value::Null, definition.value()))
    }

    fn function(&mut self, function: &Function) -> Result<(), CliError> {
        match self.dialect {
            Dialect::CloudFormation => self.plain_function(function),
            Dialect::Sam => self.sam_function(function),
        }
    }

    fn sam_function(&mut self, function: &Function) -> Result<(), CliError> {
        let id = &function.id;
        let mut all = function.properties.clone();
        // The names of the plain resource become SAM's.
        if let Some(mode) = all
            .remove("TracingConfig")
            .and_then(|config| config.get("Mode").cloned())
        {
            all.insert("Tracing".to_owned(), mode);
        }
        if let Some(arn) = all
            .remove("DeadLetterConfig")
            .and_then(|config| config.get("TargetArn").cloned())
        {
            all.insert(
                "DeadLetterQueue".to_owned(),
                json!({"Type": "SQS", "TargetArn": arn}),
            );
        }
        if let Some(Value::Array(_)) = all.get("Tags") {
            let tags = all.remove("Tags").map(|tags| tag_map(&tags));
            all.insert("Tags".to_owned(), tags.unwrap_or_default());
        }
        match &function.code {
            Code::Inline(text) => drop(all.insert("InlineCode".to_owned(), text.as_str().into())),
            Code::Elsewhere(place) => match place.get("ImageUri") {
                Some(_) => {}
                None => {
                    let bucket = place.get("S3Bucket").or_else(|| place.get("Bucket"));
                    let key = place.get("S3Key").or_else(|| place.get("Key"));
                    let uri = match (bucket, key, place.get("ZipFile")) {
                        (Some(bucket), Some(key), _) => {
                            ("CodeUri", json!({"Bucket": bucket, "Key": key}))
                        }
                        (_, _, Some(text)) => ("InlineCode", text.clone()),
                        _ => ("CodeUri", place.clone()),
                    };
                    all.insert(uri.0.to_owned(), uri.1);
                }
            },
            Code::Folder { uri, .. } if !self.has_folder => {
                all.insert("CodeUri".to_owned(), uri.as_str().into());
                self.note("functions' code stands where the source template has it: keep this template beside that one, or export with --out");
            }
            Code::Folder { .. } => {
                let folder = format!("functions/{}", words(id, '-'));
                let (files, notes) = functions::files(function)?;
                for file in files {
                    let path = format!("{folder}/{}", file.name);
                    self.files.binary(&path, file.content);
                }
                notes.into_iter().for_each(|note| self.note(note));
                all.insert("CodeUri".to_owned(), format!("{folder}/").into());
            }
        }
        if !function.policies.is_empty() {
            let policies = function.policies.iter().map(|policy| match policy {
                Policy::Managed(name) => name.clone(),
                Policy::Template(name, parameters) => json!({name: parameters}),
                Policy::Statements(statements) => document(statements.clone()),
            });
            all.insert("Policies".to_owned(), policies.collect());
        }
        let mut events = Map::new();
        for trigger in self
            .module
            .triggers
            .iter()
            .filter(|trigger| trigger.target == *id)
        {
            events.insert(trigger.name.clone(), event(trigger));
        }
        if !events.is_empty() {
            all.insert("Events".to_owned(), Value::Object(events));
        }
        self.add(
            id.clone(),
            "AWS::Serverless::Function",
            function.condition.as_deref(),
            Value::Object(all),
        );
        Ok(())
    }

    fn plain_function(&mut self, function: &Function) -> Result<(), CliError> {
        const SAME: [&str; 21] = [
            "Architectures",
            "Description",
            "Environment",
            "EphemeralStorage",
            "FileSystemConfigs",
            "FunctionName",
            "Handler",
            "ImageConfig",
            "KmsKeyArn",
            "Layers",
            "LoggingConfig",
            "MemorySize",
            "PackageType",
            "RecursiveLoop",
            "ReservedConcurrentExecutions",
            "Runtime",
            "RuntimeManagementConfig",
            "SnapStart",
            "Timeout",
            "TracingConfig",
            "VpcConfig",
        ];
        const OTHERWISE: [&str; 8] = [
            "AutoPublishAlias",
            "DeadLetterConfig",
            "DeadLetterQueue",
            "ImageUri",
            "PackageType",
            "Role",
            "Tags",
            "Tracing",
        ];
        let id = &function.id;
        let condition = function.condition.as_deref();
        let properties = &function.properties;
        let mut all = Map::new();
        for name in SAME {
            if let Some(value) = properties.get(name) {
                all.insert(name.to_owned(), value.clone());
            }
        }
        let left: Vec<&String> = properties
            .keys()
            .filter(|name| !SAME.contains(&name.as_str()) && !OTHERWISE.contains(&name.as_str()))
            .collect();
        if !left.is_empty() {
            let left: Vec<&str> = left.into_iter().map(String::as_str).collect();
            self.note(format!("{id}: {} not carried over", left.join(", ")));
        }
        if let Some(mode) = properties.get("Tracing") {
            all.insert("TracingConfig".to_owned(), json!({"Mode": mode}));
        }
        let queue = ["DeadLetterQueue", "DeadLetterConfig"]
            .iter()
            .find_map(|name| properties.get(*name)?.get("TargetArn"));
        if let Some(arn) = queue {
            all.insert("DeadLetterConfig".to_owned(), json!({"TargetArn": arn}));
        }
        if let Some(tags) = properties.get("Tags") {
            all.insert("Tags".to_owned(), tag_list(tags));
        }
        self.plain_code(function, &mut all)?;
        let role = match properties.get("Role") {
            Some(role) => role.clone(),
            None => {
                self.function_role(function);
                get_att(&format!("{id}Role"), "Arn")
            }
        };
        all.insert("Role".to_owned(), role);
        self.add(
            id.clone(),
            "AWS::Lambda::Function",
            condition,
            Value::Object(all),
        );
        self.add(
            format!("{id}LogGroup"),
            "AWS::Logs::LogGroup",
            condition,
            json!({"LogGroupName": {"Fn::Sub": format!("/aws/lambda/${{{id}}}")}, "RetentionInDays": 30}),
        );
        if let Some(alias) = properties.get("AutoPublishAlias") {
            let version = format!("{id}Version");
            self.add(
                version.clone(),
                "AWS::Lambda::Version",
                condition,
                json!({"FunctionName": reference(id)}),
            );
            self.add(
                format!("{id}Alias"),
                "AWS::Lambda::Alias",
                condition,
                json!({"FunctionName": reference(id), "FunctionVersion": get_att(&version, "Version"), "Name": alias}),
            );
        }
        Ok(())
    }

    fn function_role(&mut self, function: &Function) {
        let id = &function.id;
        // What CloudFormation calls a function begins so; its own name would make a circle.
        let name = match function.properties.get("FunctionName") {
            Some(Value::String(name)) => name.clone(),
            _ => "${AWS::StackName}-*".to_owned(),
        };
        let group = format!(
            "arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:/aws/lambda/{name}:*"
        );
        let own = functions::statements(function, json!({"Fn::Sub": group}));
        let mut policies = vec![json!({
            "PolicyName": "function",
            "PolicyDocument": document(own.iter().map(statement)),
        })];
        let mut managed = Vec::new();
        for policy in &function.policies {
            let statements = match policy {
                Policy::Statements(statements) => statements.clone(),
                Policy::Template(template, parameters) => {
                    policy_templates::statements(template, parameters).unwrap_or_else(|| {
                        self.files.notes.push(format!(
                        "{id}: the policy template {template} is not known here: add its statements"
                    ));
                        Vec::new()
                    })
                }
                Policy::Managed(name) => {
                    managed.push(name.clone());
                    continue;
                }
            };
            if !statements.is_empty() {
                policies.push(json!({
                    "PolicyName": format!("declared{}", policies.len()),
                    "PolicyDocument": document(statements),
                }));
            }
        }
        let arns: Vec<Value> = managed
            .iter()
            .filter(|name| !name.as_str().is_some_and(|name| name.ends_with("AWSLambdaBasicExecutionRole")))
            .map(|name| match name.as_str() {
                Some(known) if !known.starts_with("arn:") => {
                    let folder = if known.ends_with("Role") { "service-role/" } else { "" };
                    json!({"Fn::Sub": format!("arn:${{AWS::Partition}}:iam::aws:policy/{folder}{known}")})
                }
                _ => name.clone(),
            })
            .collect();
        self.add(
            format!("{id}Role"),
            "AWS::IAM::Role",
            function.condition.as_deref(),
            json!({
                "AssumeRolePolicyDocument": trust("lambda.amazonaws.com"),
                "ManagedPolicyArns": if arns.is_empty() { Value::Null } else { arns.into() },
                "Policies": policies,
            }),
        );
    }

    /// Small code stands in the template, everything else in a bucket that parameters name.
    fn plain_code(
        &mut self,
        function: &Function,
        all: &mut Map<String, Value>,
    ) -> Result<(), CliError> {
        let id = &function.id;
        let code = match &function.code {
            Code::Inline(text) => json!({"ZipFile": text}),
            Code::Elsewhere(place) if place.is_object() => {
                let renamed =
                    |from: [&str; 2]| from.iter().find_map(|name| place.get(*name)).cloned();
                object(json!({
                    "S3Bucket": renamed(["S3Bucket", "Bucket"]),
                    "S3Key": renamed(["S3Key", "Key"]),
                    "S3ObjectVersion": renamed(["S3ObjectVersion", "Version"]),
                    "ImageUri": place.get("ImageUri"),
                    "ZipFile": place.get("ZipFile"),
                }))
            }
            Code::Elsewhere(Value::String(uri)) if uri.starts_with("s3://") => {
                let (bucket, key) = uri[5..].split_once('/').unwrap_or((&uri[5..], ""));
                json!({"S3Bucket": bucket, "S3Key": key})
            }
            _ => match functions::inline(function)? {
                Some(inline) => {
                    all.insert("Handler".to_owned(), inline.handler.into());
                    json!({"ZipFile": inline.text})
                }
                None => {
                    let key = format!("{id}CodeKey");
                    let file = format!("{}.zip", words(id, '-'));
                    self.parameters.insert(
                        "CodeBucket".to_owned(),
                        json!({"Type": "String", "Description": "The bucket with the functions' packages."}),
                    );
                    self.parameters.insert(
                        key.clone(),
                        json!({"Type": "String", "Default": format!("functions/{file}"), "Description": format!("The package of {id} in that bucket.")}),
                    );
                    if self.has_folder && matches!(function.code, Code::Folder { .. }) {
                        let package = functions::package(function)?;
                        self.files.binary(&format!("functions/{file}"), package.zip);
                        package.notes.into_iter().for_each(|note| self.note(note));
                        self.note(format!("copy functions/{file} to the bucket that CodeBucket names before you deploy"));
                    } else {
                        self.note(format!("the package of {id} has to be in the bucket that CodeBucket names; --out DIR makes it"));
                    }
                    json!({"S3Bucket": reference("CodeBucket"), "S3Key": reference(&key)})
                }
            },
        };
        all.insert("Code".to_owned(), code);
        Ok(())
    }

    fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if !self.files.notes.contains(&note) {
            self.files.notes.push(note);
        }
    }

    fn trigger(&mut self, trigger: &Trigger) {
        let id = trigger.id();
        let properties = &trigger.properties;
        let condition = self
            .module
            .resource(&trigger.target)
            .and_then(|(_, condition)| condition);
        let arn = get_att(&trigger.target, "Arn");
        let metadata = trigger
            .policies
            .as_ref()
            .map(|policies| json!({"Stepwright": policies}));
        let get = |name: &str| properties.get(name).cloned();
        let role_arn = match get("RoleArn") {
            Some(role) => Some(role),
            None if trigger.starts_machine || trigger.kind == TriggerKind::Schedule => {
                Some(get_att(&format!("{id}Role"), "Arn"))
            }
            None => None,
        };
        let delivery = |target: &mut Value| {
            for name in ["RetryPolicy", "DeadLetterConfig"] {
                let has_arn = |value: &Value| name == "RetryPolicy" || value.get("Arn").is_some();
                if let Some(value) = get(name).filter(has_arn) {
                    target[name] = value;
                }
            }
        };
        let (type_name, all) = match trigger.kind {
            TriggerKind::Other => {
                let kind = properties
                    .get("Type")
                    .and_then(Value::as_str)
                    .unwrap_or("?");
                self.note(format!(
                    "the event {} of {} ({kind}) is not carried over",
                    trigger.name, trigger.target
                ));
                return;
            }
            TriggerKind::Schedule => {
                let mut target =
                    object(json!({"Arn": arn, "RoleArn": role_arn, "Input": get("Input")}));
                delivery(&mut target);
                let window = get("FlexibleTimeWindow").unwrap_or_else(|| json!({"Mode": "OFF"}));
                let all = json!({
                    "Name": get("Name"),
                    "Description": get("Description"),
                    "GroupName": get("GroupName"),
                    "ScheduleExpression": get("ScheduleExpression"),
                    "ScheduleExpressionTimezone": get("ScheduleExpressionTimezone"),
                    "StartDate": get("StartDate"),
                    "EndDate": get("EndDate"),
                    "State": get("State"),
                    "KmsKeyArn": get("KmsKeyArn"),
                    "FlexibleTimeWindow": window,
                    "Target": target,
                });
                ("AWS::Scheduler::Schedule", all)
            }
            TriggerKind::RuleSchedule | TriggerKind::Pattern => {
                let name = get("Target").and_then(|target| target.get("Id").cloned());
                let mut target = object(json!({
                    "Id": name.unwrap_or_else(|| trigger.name.as_str().into()),
                    "Arn": arn,
                    "RoleArn": if trigger.starts_machine { role_arn.clone() } else { None },
                    "Input": get("Input"),
                    "InputPath": get("InputPath"),
                    "InputTransformer": get("InputTransformer"),
                }));
                delivery(&mut target);
                let state = match get("Enabled") {
                    Some(Value::Bool(false)) => Some("DISABLED".into()),
                    _ => get("State"),
                };
                let all = json!({
                    "Name": get("Name").or_else(|| get("RuleName")),
                    "Description": get("Description"),
                    "EventBusName": get("EventBusName"),
                    "ScheduleExpression": get("Schedule"),
                    "EventPattern": get("Pattern"),
                    "State": state,
                    "Targets": [target],
                });
                ("AWS::Events::Rule", all)
            }
        };
        let resource = object(json!({
            "Type": type_name,
            "Condition": condition,
            "Metadata": metadata,
            "Properties": object(all),
        }));
        self.resources.insert(id.clone(), resource);
        let is_schedule = trigger.kind == TriggerKind::Schedule;
        if trigger.starts_machine || is_schedule {
            if properties.contains_key("RoleArn") {
                return;
            }
            let service = if is_schedule {
                "scheduler.amazonaws.com"
            } else {
                "events.amazonaws.com"
            };
            let action = if trigger.starts_machine {
                "states:StartExecution"
            } else {
                "lambda:InvokeFunction"
            };
            let mut statements = vec![
                json!({"Effect": "Allow", "Action": action, "Resource": get_att(&trigger.target, "Arn")}),
            ];
            let queue = properties
                .get("DeadLetterConfig")
                .and_then(|config| config.get("Arn"));
            if let Some(queue) = queue.filter(|_| is_schedule) {
                statements.push(
                    json!({"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": queue}),
                );
            }
            self.add(
                format!("{id}Role"),
                "AWS::IAM::Role",
                condition,
                json!({
                    "AssumeRolePolicyDocument": trust(service),
                    "Policies": [{"PolicyName": "start", "PolicyDocument": document(statements)}],
                }),
            );
        } else {
            self.add(
                format!("{id}Permission"),
                "AWS::Lambda::Permission",
                condition,
                json!({
                    "Action": "lambda:InvokeFunction",
                    "FunctionName": get_att(&trigger.target, "Arn"),
                    "Principal": "events.amazonaws.com",
                    "SourceArn": get_att(&id, "Arn"),
                }),
            );
        }
    }

    fn others(&mut self) {
        let module = self.module;
        for other in &module.others {
            if other.type_name == "AWS::IAM::Role" && !self.is_referenced(&other.id) {
                self.note(format!(
                    "the role {} is left out: nothing refers to it",
                    other.id
                ));
                continue;
            }
            let resource = match (self.dialect, other.type_name.as_str()) {
                (Dialect::Sam, _) => other.value.clone(),
                (_, "AWS::Serverless::SimpleTable") => simple_table(&other.value),
                (_, name) if name.starts_with("AWS::Serverless::") => {
                    self.note(format!("{} ({name}) is not carried over", other.id));
                    continue;
                }
                _ => other.value.clone(),
            };
            self.resources.insert(other.id.clone(), resource);
        }
    }

    fn is_referenced(&self, id: &str) -> bool {
        let mut found = Vec::new();
        for other in self.module.others.iter().filter(|other| other.id != id) {
            names(&other.value, &mut found);
        }
        self.resources
            .values()
            .for_each(|value| names(value, &mut found));
        found.iter().any(|name| name == id)
    }
}

fn simple_table(value: &Value) -> Value {
    let properties = &value["Properties"];
    let key = &properties["PrimaryKey"];
    let name = key["Name"].as_str().unwrap_or("id");
    let kind = key["Type"]
        .as_str()
        .and_then(|kind| kind.get(..1))
        .unwrap_or("S");
    object(json!({
        "Type": "AWS::DynamoDB::Table",
        "Condition": value.get("Condition"),
        "Properties": object(json!({
            "TableName": properties.get("TableName"),
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": name, "AttributeType": kind}],
            "KeySchema": [{"AttributeName": name, "KeyType": "HASH"}],
        })),
    }))
}

/// Whether a Succeed state shapes its data by paths.
fn succeeds_with_paths(value: &Value) -> bool {
    match value {
        Value::Object(members) => {
            let has_path = |name| members.contains_key(name);
            (members.get("Type").is_some_and(|kind| kind == "Succeed")
                && (has_path("InputPath") || has_path("OutputPath")))
                || members.values().any(succeeds_with_paths)
        }
        Value::Array(items) => items.iter().any(succeeds_with_paths),
        _ => false,
    }
}

/// A trigger as one of SAM's `Events`.
fn event(trigger: &Trigger) -> Value {
    let kind = match trigger.kind {
        TriggerKind::Schedule => "ScheduleV2",
        TriggerKind::RuleSchedule => "Schedule",
        TriggerKind::Pattern => "EventBridgeRule",
        TriggerKind::Other => return Value::Object(trigger.properties.clone()),
    };
    json!({"Type": kind, "Properties": trigger.properties})
}

fn tag_list(tags: &Value) -> Value {
    match tags {
        Value::Object(tags) => tags
            .iter()
            .map(|(key, value)| json!({"Key": key, "Value": value}))
            .collect(),
        list => list.clone(),
    }
}

fn tag_map(tags: &Value) -> Value {
    let tags = tags.as_array().into_iter().flatten();
    let members =
        tags.filter_map(|tag| Some((tag["Key"].as_str()?.to_owned(), tag["Value"].clone())));
    Value::Object(members.collect())
}

/// Blank lines between sections, and between resources.
fn spaced(text: &str) -> String {
    let mut out = String::new();
    let mut in_resources = false;
    let mut is_first = true;
    let mut in_block: Option<usize> = None;
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        if in_block.is_some_and(|block| indent <= block && !line.trim().is_empty()) {
            in_block = None;
        }
        if in_block.is_none() {
            let begins_section = indent == 0 && !line.starts_with('#') && line.ends_with(':');
            let begins_resource = in_resources && indent == 2;
            if begins_section || (begins_resource && !is_first) {
                out.push('\n');
            }
            is_first = begins_section;
            if begins_section {
                in_resources = line == "Resources:";
            }
            if line.ends_with('|') || line.ends_with("|-") {
                in_block = Some(indent);
            }
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}

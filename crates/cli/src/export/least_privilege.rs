//! The role of a state machine: what its definition can do, on what it names, and nothing else.
//!
//! The definition is walked as for a dry run (`safety::policy`), with tokens in place of its substitutions; a token in an ARN that
//! comes out leads back to the template's resource or parameter. Where the definition names no resource, what the template's own
//! policies allow for the action narrows it, else the kind of resource that the action is about.
//!
//! Source: Step Functions Developer Guide, "IAM policies for integrated services" and the pages of the single integrations.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use states_language::ParseOptions;
use states_language::machine::Kind;
use states_language::resource::{Pattern, ResourceKind};
use states_language::source::Source;

use super::cloudformation_value::{
    Piece, as_get_att, as_reference, get_att, intrinsic, joined, reference, sub_pieces,
};
use super::model::{Module, Policy, StateMachine, Statement};
use super::policy_templates;
use super::types::Is;
use crate::commands::validate::rendered_errors;
use crate::error::CliError;
use crate::safety::access::Access;
use crate::safety::policy::{Needs, Place, Resources};
use crate::safety::reach::{self, Call, Callee, Role, constant};

/// Stand for pseudo parameters in ARNs that the walk makes. No colons: ARNs are taken apart at them.
const PARTITION: &str = "stepwright-partition";
const REGION: &str = "stepwright-region";
const ACCOUNT: &str = "stepwright-account";

/// What a substitution stands for.
struct Symbol {
    token: String,
    /// As it stands in the definition in place of `${name}`.
    text: String,
    value: Value,
    /// The ARN of the resource that it names in any way.
    arn: Option<Value>,
    /// That resource's name.
    name: Option<Value>,
}

/// Works out `role` of every state machine.
pub fn work_out(module: &mut Module) -> Result<(), CliError> {
    for i in 0..module.machines.len() {
        let statements = statements(module, &module.machines[i])?;
        module.machines[i].role = statements;
    }
    Ok(())
}

fn statements(module: &Module, machine: &StateMachine) -> Result<Vec<Statement>, CliError> {
    let symbols = Symbols::of(module, machine);
    let options = ParseOptions {
        substitutions: symbols.texts(),
        allow_other_names: true,
        ..ParseOptions::default()
    };
    // Tokens make the text longer than it is; its file would not be too large.
    let source = Source::with_format(
        machine.definition.source.name(),
        machine.definition.source.text(),
        machine.definition.source.format(),
    );
    let parsed = states_language::parse(&source, &options);
    let Some(parsed_machine) = parsed.machine else {
        let file = std::path::PathBuf::from(source.name());
        return Err(rendered_errors(&file, &source, &parsed.diagnostics));
    };
    let access = Access::default();
    let calls = reach::calls(&parsed_machine, &access, &|_| None);
    let place = Place {
        partition: PARTITION.to_owned(),
        region: REGION.to_owned(),
        account_id: ACCOUNT.to_owned(),
    };
    let mut needs = Needs::of(&calls, &place);
    for call in calls.iter().filter(|call| call.role == Role::Own) {
        more(call, &symbols, &mut needs);
    }
    let declared = declared(&machine.policies);
    let mut actions: BTreeMap<&str, Resources> = BTreeMap::new();
    for (action, resources) in needs.of_own_role() {
        let known = actions
            .entry(action)
            .or_insert_with(|| Some(BTreeSet::new()));
        *known = known
            .take()
            .zip(resources.clone())
            .map(|(known, more)| &known | &more);
    }
    let mut groups: Vec<Statement> = Vec::new();
    for (action, resources) in actions {
        let (resources, comment) = match resources {
            Some(texts) => {
                let values = texts
                    .iter()
                    .flat_map(|text| symbols.resources(action, text));
                (values.collect::<Vec<_>>(), None)
            }
            None => narrowed(action, &declared),
        };
        group(&mut groups, action, resources, comment);
    }
    let is_distributed = distributed(&parsed_machine.workflow);
    http_tasks(&calls, &symbols, &mut groups);
    readers_and_writers(&machine.definition.value(), &symbols, &mut groups);
    if is_distributed {
        groups.extend(children(machine));
    }
    groups.extend(services(machine));
    for (number, statement) in groups.iter_mut().enumerate() {
        if statement.sid.is_empty() {
            statement.sid = format!("Task{}", number + 1);
        }
    }
    name(&mut groups);
    Ok(groups)
}

/// Puts an action beside others on the same resources, of the same service.
fn group(
    groups: &mut Vec<Statement>,
    action: &str,
    resources: Vec<Value>,
    comment: Option<String>,
) {
    let service = |action: &str| action.split(':').next().unwrap_or_default().to_owned();
    let fits = |statement: &&mut Statement| {
        statement.resources == resources
            && statement.comment == comment
            && statement
                .actions
                .iter()
                .all(|other| service(other) == service(action))
    };
    match groups.iter_mut().find(fits) {
        Some(statement) => statement.actions.push(action.to_owned()),
        None => groups.push(Statement {
            sid: String::new(),
            actions: vec![action.to_owned()],
            resources,
            condition: None,
            is_about_itself: false,
            comment,
        }),
    }
}

/// Sids from what is allowed: letters and digits, each once.
fn name(groups: &mut [Statement]) {
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    for statement in groups {
        let (service, action) = statement
            .actions
            .first()
            .and_then(|action| action.split_once(':'))
            .unwrap_or(("", ""));
        let service: String = service.split('-').map(capital).collect();
        let wished = match statement.actions.len() {
            1 => action.to_owned(),
            _ => format!("Use{service}"),
        };
        let number = numbers.entry(wished.clone()).or_default();
        *number += 1;
        statement.sid = match number {
            1 => wished,
            number => format!("{wished}{number}"),
        };
    }
}

fn capital(word: &str) -> String {
    let mut characters = word.chars();
    let first = characters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}

struct Symbols(BTreeMap<String, Symbol>);

impl Symbols {
    fn of(module: &Module, machine: &StateMachine) -> Symbols {
        let as_task = machine.definition.resources();
        let unquoted = machine.definition.unquoted();
        let mut names: BTreeSet<String> = machine.definition.placeholders();
        names.extend(machine.definition.substitutions.keys().cloned());
        let symbols = names.into_iter().enumerate().map(|(number, name)| {
            let given = machine.definition.substitutions.get(&name);
            let value = given.cloned().unwrap_or_else(|| reference(&name));
            let token = format!("StepwrightSymbol{number}x");
            let mut symbol = symbol(module, token, value);
            // What is all of a task's Resource is a function's ARN unless more is known.
            if as_task.contains(&name)
                && (!symbol.text.starts_with("arn:") || symbol.text.contains(":unknown:"))
            {
                symbol.text = arn("lambda", "function:", &symbol.token);
            }
            if unquoted.contains(&name) {
                symbol.text = plain(module, &symbol.value);
            }
            (name, symbol)
        });
        Symbols(symbols.collect())
    }

    fn texts(&self) -> BTreeMap<String, String> {
        let texts = self.0.iter();
        texts
            .map(|(name, symbol)| (name.clone(), symbol.text.clone()))
            .collect()
    }

    fn inside<'s>(&'s self, text: &str) -> Option<(usize, &'s Symbol)> {
        self.0
            .values()
            .filter_map(|symbol| Some((text.find(&symbol.token)?, symbol)))
            .min_by_key(|(at, _)| *at)
    }

    /// A resource of a statement; a function also by its versions and aliases.
    fn resources(&self, action: &str, text: &str) -> Vec<Value> {
        if let Some(machine) = text.strip_prefix(EXECUTIONS) {
            return self.executions(machine).into_iter().collect();
        }
        let value = self.value(text);
        let has_qualifier = text.split(':').count() > 7 || text.ends_with('*');
        match action == "lambda:InvokeFunction" && !has_qualifier {
            true => {
                let mut pieces = vec![Piece::Value(value.clone())];
                if let Some(inner) = sub_pieces(&value) {
                    pieces = inner;
                } else if let Value::String(text) = &value {
                    pieces = vec![Piece::Text(text.clone())];
                }
                pieces.push(Piece::Text(":*".to_owned()));
                vec![value, joined(&pieces)]
            }
            false => vec![value],
        }
    }

    /// A text of the walk with its tokens led back.
    fn value(&self, text: &str) -> Value {
        let mut pieces = Vec::new();
        self.pieces(text, &mut pieces);
        joined(&pieces)
    }

    fn pieces(&self, text: &str, pieces: &mut Vec<Piece>) {
        let Some((at, symbol)) = self.inside(text) else {
            return pseudo(text, pieces);
        };
        let (before, after) = (&text[..at], &text[at + symbol.token.len()..]);
        match &symbol.arn {
            Some(arn) if before.starts_with("arn:") => pieces.push(Piece::Value(arn.clone())),
            _ => {
                pseudo(before, pieces);
                match sub_pieces(&symbol.value) {
                    Some(inner) => pieces.extend(inner),
                    None => pieces.push(Piece::Value(symbol.value.clone())),
                }
            }
        }
        self.pieces(after, pieces);
    }

    /// The ARN of all executions of a state machine by the text of its ARN.
    fn executions(&self, machine: &str) -> Option<Value> {
        let head = format!("arn:{PARTITION}:states:{REGION}:{ACCOUNT}:execution:");
        if let Some((_, symbol)) = self.inside(machine) {
            let mut pieces = Vec::new();
            pseudo(&head, &mut pieces);
            pieces.push(Piece::Value(symbol.name.clone()?));
            pieces.push(Piece::Text(":*".to_owned()));
            return Some(joined(&pieces));
        }
        let parts: Vec<&str> = machine.split(':').collect();
        let [
            "arn",
            partition,
            "states",
            region,
            account,
            "stateMachine",
            name,
            ..,
        ] = parts[..]
        else {
            return None;
        };
        Some(format!("arn:{partition}:states:{region}:{account}:execution:{name}:*").into())
    }
}

/// A text without tokens of substitutions.
fn pseudo(text: &str, pieces: &mut Vec<Piece>) {
    const ALL: [(&str, &str); 3] = [
        (PARTITION, "AWS::Partition"),
        (REGION, "AWS::Region"),
        (ACCOUNT, "AWS::AccountId"),
    ];
    let found = ALL
        .iter()
        .filter_map(|(token, name)| Some((text.find(token)?, *token, *name)))
        .min();
    match found {
        Some((at, token, name)) => {
            if at > 0 {
                pieces.push(Piece::Text(text[..at].to_owned()));
            }
            pieces.push(Piece::Value(reference(name)));
            pseudo(&text[at + token.len()..], pieces);
        }
        None if text.is_empty() => {}
        None => pieces.push(Piece::Text(text.to_owned())),
    }
}

fn arn(service: &str, prefix: &str, name: &str) -> String {
    match service {
        "s3" => format!("arn:{PARTITION}:s3:::{name}"),
        "iam" => format!("arn:{PARTITION}:iam::{ACCOUNT}:{prefix}{name}"),
        _ => format!("arn:{PARTITION}:{service}:{REGION}:{ACCOUNT}:{prefix}{name}"),
    }
}

fn symbol(module: &Module, token: String, value: Value) -> Symbol {
    let text_symbol = |text: String| Symbol {
        text,
        token: token.clone(),
        value: value.clone(),
        arn: None,
        name: None,
    };
    // The name in an ARN that only the deployment knows.
    let last_of = |value: &Value| json!({"Fn::Select": [6, {"Fn::Split": [":", value]}]});
    if let Some(text) = value.as_str() {
        return text_symbol(text.to_owned());
    }
    if matches!(value, Value::Number(_) | Value::Bool(_)) {
        return text_symbol(value.to_string());
    }
    let (id, attribute) = match (as_reference(&value), as_get_att(&value)) {
        (Some(id), _) => (id, None),
        (None, Some((id, attribute))) => (id, Some(attribute)),
        (None, None) => {
            let is_arn = sub_pieces(&value)
                .is_some_and(|pieces| matches!(pieces.first(), Some(Piece::Text(text)) if text.starts_with("arn:")));
            return match is_arn {
                true => Symbol {
                    arn: Some(value.clone()),
                    name: Some(last_of(&value)),
                    ..text_symbol(arn("unknown", "", &token))
                },
                false => text_symbol(token.clone()),
            };
        }
    };
    match module.resource_type(id) {
        Some(row) => {
            let is = attribute.map_or(Some(row.reference), |name| row.attribute(name));
            let (service, prefix) = row.arn;
            let text = match is {
                Some(Is::Arn) => arn(service, prefix, &token),
                Some(Is::Url) => {
                    format!("https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{token}")
                }
                Some(Is::Name) | None => token.clone(),
            };
            let arn = row
                .arn_attribute()
                .map_or_else(|| reference(id), |name| get_att(id, name));
            let name = row.attributes.iter().find(|(_, is)| *is == Is::Name);
            Symbol {
                arn: is.map(|_| arn),
                name: name.map(|(name, _)| get_att(id, name)),
                ..text_symbol(text)
            }
        }
        // A parameter, or a resource of which nothing is known but what it is called.
        None if attribute.unwrap_or(id).ends_with("Arn") => Symbol {
            arn: Some(value.clone()),
            name: Some(last_of(&value)),
            ..text_symbol(arn("unknown", "", &token))
        },
        None => text_symbol(token.clone()),
    }
}

/// A value for a place without quotes: a parameter's default, or one that most fields take.
fn plain(module: &Module, value: &Value) -> String {
    let default = as_reference(value).and_then(|name| module.parameters.get(name)?.get("Default"));
    let value = default.unwrap_or(value);
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let is_json = intrinsic(value).is_none() && serde_json::from_str::<Value>(&text).is_ok();
    if is_json { text } else { "1".to_owned() }
}

/// What a job that is waited for needs besides: actions, and the managed rule by which AWS learns of its end.
#[rustfmt::skip]
const JOBS: &[(&str, &str, &[&str], Option<&str>)] = &[
    ("athena", "startQueryExecution", &["athena:GetQueryExecution", "athena:StopQueryExecution"], None),
    ("batch", "submitJob", &["batch:DescribeJobs", "batch:TerminateJob"], Some("StepFunctionsGetEventsForBatchJobsRule")),
    ("bedrock", "createModelCustomizationJob", &["bedrock:GetModelCustomizationJob", "bedrock:StopModelCustomizationJob"], None),
    ("codebuild", "startBuild", &["codebuild:BatchGetBuilds", "codebuild:StopBuild"], Some("StepFunctionsGetEventForCodeBuildStartBuildRule")),
    ("codebuild", "startBuildBatch", &["codebuild:BatchGetBuildBatches", "codebuild:StopBuildBatch"], Some("StepFunctionsGetEventForCodeBuildStartBuildBatchRule")),
    ("codebuild", "retryBuildBatch", &["codebuild:BatchGetBuildBatches", "codebuild:StopBuildBatch"], Some("StepFunctionsGetEventForCodeBuildStartBuildBatchRule")),
    ("databrew", "startJobRun", &["databrew:ListJobRuns", "databrew:StopJobRun"], None),
    ("ecs", "runTask", &["ecs:DescribeTasks", "ecs:StopTask"], Some("StepFunctionsGetEventsForECSTaskRule")),
    ("eks", "createCluster", &["eks:DescribeCluster"], None),
    ("eks", "deleteCluster", &["eks:DescribeCluster"], None),
    ("eks", "createFargateProfile", &["eks:DescribeFargateProfile"], None),
    ("eks", "deleteFargateProfile", &["eks:DescribeFargateProfile"], None),
    ("eks", "createNodegroup", &["eks:DescribeNodegroup"], None),
    ("eks", "deleteNodegroup", &["eks:DescribeNodegroup"], None),
    ("elasticmapreduce", "createCluster", &["elasticmapreduce:DescribeCluster", "elasticmapreduce:TerminateJobFlows"], Some("StepFunctionsGetEventForEMRRunJobFlowRule")),
    ("elasticmapreduce", "terminateCluster", &["elasticmapreduce:DescribeCluster"], Some("StepFunctionsGetEventForEMRTerminateJobFlowsRule")),
    ("elasticmapreduce", "addStep", &["elasticmapreduce:CancelSteps", "elasticmapreduce:DescribeStep"], Some("StepFunctionsGetEventForEMRAddJobFlowStepsRule")),
    ("emr-containers", "startJobRun", &["emr-containers:CancelJobRun", "emr-containers:DescribeJobRun"], None),
    ("emr-containers", "deleteVirtualCluster", &["emr-containers:DescribeVirtualCluster"], None),
    ("emr-serverless", "createApplication", &["emr-serverless:DeleteApplication", "emr-serverless:GetApplication"], Some("StepFunctionsGetEventsForEMRServerlessApplicationRule")),
    ("emr-serverless", "startApplication", &["emr-serverless:GetApplication", "emr-serverless:StopApplication"], Some("StepFunctionsGetEventsForEMRServerlessApplicationRule")),
    ("emr-serverless", "stopApplication", &["emr-serverless:GetApplication"], Some("StepFunctionsGetEventsForEMRServerlessApplicationRule")),
    ("emr-serverless", "deleteApplication", &["emr-serverless:GetApplication"], Some("StepFunctionsGetEventsForEMRServerlessApplicationRule")),
    ("emr-serverless", "startJobRun", &["emr-serverless:CancelJobRun", "emr-serverless:GetJobRun"], Some("StepFunctionsGetEventsForEMRServerlessJobRule")),
    ("emr-serverless", "cancelJobRun", &["emr-serverless:GetJobRun"], Some("StepFunctionsGetEventsForEMRServerlessJobRule")),
    ("glue", "startJobRun", &["glue:BatchStopJobRun", "glue:GetJobRun", "glue:GetJobRuns"], None),
    ("mediaconvert", "createJob", &["mediaconvert:CancelJob", "mediaconvert:GetJob"], Some("StepFunctionsGetEventsForMediaConvertJobRule")),
    ("sagemaker", "createTrainingJob", &["sagemaker:DescribeTrainingJob", "sagemaker:StopTrainingJob"], Some("StepFunctionsGetEventsForSageMakerTrainingJobsRule")),
    ("sagemaker", "createTransformJob", &["sagemaker:DescribeTransformJob", "sagemaker:StopTransformJob"], Some("StepFunctionsGetEventsForSageMakerTransformJobsRule")),
    ("sagemaker", "createHyperParameterTuningJob", &["sagemaker:DescribeHyperParameterTuningJob", "sagemaker:StopHyperParameterTuningJob"], Some("StepFunctionsGetEventsForSageMakerTuningJobsRule")),
    ("sagemaker", "createLabelingJob", &["sagemaker:DescribeLabelingJob", "sagemaker:StopLabelingJob"], Some("StepFunctionsGetEventsForSageMakerLabelingJobsRule")),
    ("sagemaker", "createProcessingJob", &["sagemaker:DescribeProcessingJob", "sagemaker:StopProcessingJob"], Some("StepFunctionsGetEventsForSageMakerProcessingJobsRule")),
];

/// Integrations whose parameters are no operation's: the actions behind them.
#[rustfmt::skip]
const OTHERS: &[(&str, &str, &[&str])] = &[
    ("bedrock", "invokeModel", &["bedrock:InvokeModel"]),
    ("bedrock-agentcore", "invokeHarness", &["bedrock-agentcore:InvokeHarness"]),
    ("elasticmapreduce", "createCluster", &["elasticmapreduce:RunJobFlow"]),
    ("elasticmapreduce", "terminateCluster", &["elasticmapreduce:TerminateJobFlows"]),
    ("elasticmapreduce", "addStep", &["elasticmapreduce:AddJobFlowSteps"]),
    ("elasticmapreduce", "setClusterTerminationProtection", &["elasticmapreduce:SetTerminationProtection"]),
    ("elasticmapreduce", "cancelStep", &["elasticmapreduce:CancelSteps"]),
    ("elasticmapreduce", "modifyInstanceFleetByName", &["elasticmapreduce:ListInstanceFleets", "elasticmapreduce:ModifyInstanceFleet"]),
    ("elasticmapreduce", "modifyInstanceGroupByName", &["elasticmapreduce:ListInstanceGroups", "elasticmapreduce:ModifyInstanceGroups"]),
];

/// What the operation's model does not tell of a call.
fn more(call: &Call<'_>, symbols: &Symbols, needs: &mut Needs) {
    let resource = &call.task.resource;
    if resource.kind == ResourceKind::Activity
        || call.callee != Callee::Aws && call.callee != Callee::Unknown
    {
        return;
    }
    let ResourceKind::Optimized { service, action } = &resource.kind else {
        return;
    };
    let is = |(known, name): (&str, &str)| known == service && name.eq_ignore_ascii_case(action);
    if let Some((_, _, actions)) = OTHERS.iter().find(|row| is((row.0, row.1))) {
        for action in *actions {
            needs.add_own(action, None);
        }
    }
    let rule = |name: &str| {
        let rule = format!("arn:{PARTITION}:events:{REGION}:{ACCOUNT}:rule/{name}");
        Some(BTreeSet::from([rule]))
    };
    let managed_rule = |needs: &mut Needs, name: &str| {
        for action in ["events:DescribeRule", "events:PutRule", "events:PutTargets"] {
            needs.add_own(action, rule(name));
        }
    };
    if !matches!(resource.pattern, Pattern::Sync | Pattern::Sync2) {
        return;
    }
    if is(("states", "startExecution")) {
        let machine = constant(call.state, "StateMachineArn");
        let executions = machine.and_then(|arn| symbols.executions(arn).map(|_| arn));
        let executions = executions.map(|arn| BTreeSet::from([format!("{EXECUTIONS}{arn}")]));
        for action in ["states:DescribeExecution", "states:StopExecution"] {
            needs.add_own(action, executions.clone());
        }
        managed_rule(needs, "StepFunctionsGetEventsForStepFunctionsExecutionRule");
    } else if let Some((_, _, actions, rule)) = JOBS.iter().find(|row| is((row.0, row.1))) {
        for action in *actions {
            needs.add_own(action, None);
        }
        if let Some(rule) = rule {
            managed_rule(needs, rule);
        }
    }
}

/// Marks the ARN of a state machine that stands for all of its executions.
const EXECUTIONS: &str = "executions of ";

/// Actions and resources of the statements that a template declares.
type Declared = Vec<(Vec<String>, Vec<Value>)>;

fn declared(policies: &[Policy]) -> Declared {
    let list = |value: &Value| match value {
        Value::Array(items) => items.clone(),
        one => vec![one.clone()],
    };
    policies
        .iter()
        .flat_map(|policy| match policy {
            Policy::Statements(statements) => statements.clone(),
            Policy::Template(name, parameters) => {
                policy_templates::statements(name, parameters).unwrap_or_default()
            }
            Policy::Managed(_) => Vec::new(),
        })
        .filter(|statement| statement["Effect"] == "Allow" && statement.get("Condition").is_none())
        .map(|statement| {
            let actions = list(&statement["Action"]);
            let actions = actions
                .iter()
                .filter_map(|action| action.as_str().map(str::to_owned));
            (actions.collect(), list(&statement["Resource"]))
        })
        .collect()
}

/// IAM's wildcards; actions are compared without regard to case.
fn matches(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_ascii_lowercase(), action.to_ascii_lowercase());
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| action.strip_prefix(first)) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

/// What the resources of an action are where the definition names none.
#[rustfmt::skip]
const KINDS: &[(&str, &[&str])] = &[
    ("cloudwatch:DisableAlarmActions", &["cloudwatch:{r}:{a}:alarm:*"]),
    ("cloudwatch:EnableAlarmActions", &["cloudwatch:{r}:{a}:alarm:*"]),
    ("cloudwatch:SetAlarmState", &["cloudwatch:{r}:{a}:alarm:*"]),
    ("dynamodb:*Item", &["dynamodb:{r}:{a}:table/*"]),
    ("ec2:RebootInstances", &["ec2:{r}:{a}:instance/*"]),
    ("ec2:StartInstances", &["ec2:{r}:{a}:instance/*"]),
    ("ec2:StopInstances", &["ec2:{r}:{a}:instance/*"]),
    ("ec2:TerminateInstances", &["ec2:{r}:{a}:instance/*"]),
    ("elasticloadbalancing:DeregisterTargets", &["elasticloadbalancing:{r}:{a}:targetgroup/*"]),
    ("elasticloadbalancing:RegisterTargets", &["elasticloadbalancing:{r}:{a}:targetgroup/*"]),
    ("events:DescribeRule", &["events:{r}:{a}:rule/*"]),
    ("events:DisableRule", &["events:{r}:{a}:rule/*"]),
    ("events:EnableRule", &["events:{r}:{a}:rule/*"]),
    ("events:PutEvents", &["events:{r}:{a}:event-bus/*"]),
    ("lambda:InvokeFunction", &["lambda:{r}:{a}:function:*"]),
    ("secretsmanager:GetSecretValue", &["secretsmanager:{r}:{a}:secret:*"]),
    ("sns:Publish", &["sns:{r}:{a}:*"]),
    ("sqs:SendMessage", &["sqs:{r}:{a}:*"]),
    ("ssm:GetParameter*", &["ssm:{r}:{a}:parameter/*"]),
    ("ssm:PutParameter", &["ssm:{r}:{a}:parameter/*"]),
    ("states:DescribeExecution", &["states:{r}:{a}:execution:*"]),
    ("states:StartExecution", &["states:{r}:{a}:stateMachine:*"]),
    ("states:StartSyncExecution", &["states:{r}:{a}:stateMachine:*"]),
    ("states:StopExecution", &["states:{r}:{a}:execution:*"]),
];

fn narrowed(action: &str, declared: &Declared) -> (Vec<Value>, Option<String>) {
    let mut found: Vec<Value> = Vec::new();
    for (actions, resources) in declared {
        if actions.iter().any(|pattern| matches(pattern, action)) {
            for resource in resources {
                if !found.contains(resource) {
                    found.push(resource.clone());
                }
            }
        }
    }
    if !found.is_empty() {
        return (found, None);
    }
    let why = || {
        Some(
            "The definition finds the resource at run time: narrow it if you know which it can be."
                .to_owned(),
        )
    };
    match KINDS.iter().find(|(pattern, _)| matches(pattern, action)) {
        Some((_, arns)) => {
            let arns = arns.iter().map(|arn| {
                let arn = arn.replace("{r}", REGION).replace("{a}", ACCOUNT);
                let mut pieces = Vec::new();
                pseudo(&format!("arn:{PARTITION}:{arn}"), &mut pieces);
                joined(&pieces)
            });
            (arns.collect(), why())
        }
        None => (vec!["*".into()], None),
    }
}

fn statement(actions: &[&str], resources: Vec<Value>) -> Statement {
    Statement {
        sid: String::new(),
        actions: actions.iter().map(|action| (*action).to_owned()).collect(),
        resources,
        condition: None,
        is_about_itself: false,
        comment: None,
    }
}

/// `http:invoke`: the endpoint as a condition, the connection and its secret. `apigateway:invoke`: the API that it names.
fn http_tasks(calls: &[Call<'_>], symbols: &Symbols, groups: &mut Vec<Statement>) {
    for call in calls.iter().filter(|call| call.role == Role::Own) {
        let ResourceKind::Optimized { service, action } = &call.task.resource.kind else {
            continue;
        };
        let named = |member| constant(call.state, member);
        let found = match (service.as_str(), action.as_str()) {
            ("http", "invoke") => {
                let mut condition = Map::new();
                if let Some(method) = named("Method") {
                    condition.insert(
                        "StringEquals".to_owned(),
                        json!({"states:HTTPMethod": symbols.value(method)}),
                    );
                }
                if let Some(endpoint) = named("ApiEndpoint") {
                    condition.insert(
                        "StringLike".to_owned(),
                        json!({"states:HTTPEndpoint": symbols.value(endpoint)}),
                    );
                }
                let arguments = call.state.flow.arguments.as_ref();
                let connection = arguments
                    .and_then(|arguments| arguments.constant_member("InvocationConfig"))
                    .or_else(|| arguments?.constant_member("Authentication"))
                    .and_then(|config| config["ConnectionArn"].as_str());
                let connection = match connection {
                    Some(arn) => symbols.value(arn),
                    None => symbols.value(&arn("events", "connection/", "*")),
                };
                let mut invoke = statement(&["states:InvokeHTTPEndpoint"], vec!["*".into()]);
                invoke.condition = (!condition.is_empty()).then_some(Value::Object(condition));
                vec![
                    invoke,
                    statement(&["events:RetrieveConnectionCredentials"], vec![connection]),
                    statement(
                        &[
                            "secretsmanager:DescribeSecret",
                            "secretsmanager:GetSecretValue",
                        ],
                        vec![symbols.value(&arn(
                            "secretsmanager",
                            "secret:",
                            "events!connection/*",
                        ))],
                    ),
                ]
            }
            ("apigateway", "invoke") => {
                let host = named("ApiEndpoint").and_then(|host| host.split('.').next());
                let path = named("Path").unwrap_or("*").trim_start_matches('/');
                let api = format!(
                    "{}/{}/{}/{path}",
                    host.unwrap_or("*"),
                    named("Stage").unwrap_or("*"),
                    named("Method").unwrap_or("*"),
                );
                vec![statement(
                    &["execute-api:Invoke"],
                    vec![symbols.value(&arn("execute-api", "", &api))],
                )]
            }
            _ => Vec::new(),
        };
        for statement in found {
            if !groups.contains(&statement) {
                groups.push(statement);
            }
        }
    }
}

/// `ItemReader` and `ResultWriter` of Distributed Maps.
fn readers_and_writers(value: &Value, symbols: &Symbols, groups: &mut Vec<Statement>) {
    let Value::Object(members) = value else {
        if let Value::Array(items) = value {
            items
                .iter()
                .for_each(|item| readers_and_writers(item, symbols, groups));
        }
        return;
    };
    for (name, member) in members {
        let arguments = member.get("Arguments").or_else(|| member.get("Parameters"));
        let text = |name: &str| {
            let text = arguments?.get(name)?.as_str()?;
            (!text.starts_with("{%")).then(|| symbols.with_tokens(text))
        };
        let action = member["Resource"]
            .as_str()
            .and_then(|arn| arn.rsplit(':').next());
        let bucket = text("Bucket").unwrap_or_else(|| "*".to_owned());
        let bucket_arn = symbols.value(&arn("s3", "", &bucket));
        let objects = |key: &str| symbols.value(&arn("s3", "", &format!("{bucket}/{key}")));
        let prefix = text("Prefix").unwrap_or_default();
        let found = match (name.as_str(), action) {
            ("ItemReader", Some("getObject")) => {
                vec![statement(
                    &["s3:GetObject"],
                    vec![objects(&text("Key").unwrap_or_else(|| "*".to_owned()))],
                )]
            }
            ("ItemReader", Some("listObjectsV2")) => vec![
                statement(&["s3:ListBucket"], vec![bucket_arn]),
                statement(&["s3:GetObject"], vec![objects(&format!("{prefix}*"))]),
            ],
            ("ResultWriter", Some("putObject")) => {
                let prefix = prefix.trim_end_matches('/');
                let key = if prefix.is_empty() {
                    "*".to_owned()
                } else {
                    format!("{prefix}/*")
                };
                vec![statement(
                    &[
                        "s3:AbortMultipartUpload",
                        "s3:GetObject",
                        "s3:ListMultipartUploadParts",
                        "s3:PutObject",
                    ],
                    vec![objects(&key)],
                )]
            }
            _ => {
                readers_and_writers(member, symbols, groups);
                continue;
            }
        };
        for statement in found {
            if !groups.contains(&statement) {
                groups.push(statement);
            }
        }
    }
}

impl Symbols {
    /// A text of the definition with tokens in place of `${name}`.
    fn with_tokens(&self, text: &str) -> String {
        let mut out = text.to_owned();
        for (name, symbol) in &self.0 {
            out = out.replace(&format!("${{{name}}}"), &symbol.token);
        }
        out
    }
}

fn distributed(workflow: &states_language::machine::Workflow) -> bool {
    workflow.states.values().any(|state| match &state.kind {
        Kind::Map(map) => map.distributed.is_some() || distributed(&map.processor),
        Kind::Parallel(parallel) => parallel.branches.iter().any(|branch| distributed(branch)),
        _ => false,
    })
}

/// A Distributed Map starts executions of its own state machine. Its ARN is made of its name: a reference would be a circle.
fn children(machine: &StateMachine) -> Vec<Statement> {
    let about = |kind: &str, rest: &str| {
        let name = format!("${{{}.Name}}", machine.id);
        json!({"Fn::Sub": format!("arn:${{AWS::Partition}}:states:${{AWS::Region}}:${{AWS::AccountId}}:{kind}:{name}{rest}")})
    };
    let own = |actions: &[&str], resource| Statement {
        is_about_itself: true,
        ..statement(actions, vec![resource])
    };
    vec![
        own(&["states:StartExecution"], about("stateMachine", "")),
        own(
            &["states:DescribeExecution", "states:StopExecution"],
            about("execution", ":*"),
        ),
        own(&["states:RedriveExecution"], about("execution", "/*:*")),
    ]
}

/// Logs, traces and the customer's key, as the properties ask for them.
fn services(machine: &StateMachine) -> Vec<Statement> {
    let anything = || vec![Value::from("*")];
    let mut found = Vec::new();
    // These actions know no resources.
    found.push(statement(
        &[
            "logs:CreateLogDelivery",
            "logs:DeleteLogDelivery",
            "logs:DescribeLogGroups",
            "logs:DescribeResourcePolicies",
            "logs:GetLogDelivery",
            "logs:ListLogDeliveries",
            "logs:PutResourcePolicy",
            "logs:UpdateLogDelivery",
        ],
        anything(),
    ));
    if is_traced(machine) {
        found.push(statement(
            &[
                "xray:GetSamplingRules",
                "xray:GetSamplingTargets",
                "xray:PutTelemetryRecords",
                "xray:PutTraceSegments",
            ],
            anything(),
        ));
    }
    let encryption = machine.properties.get("EncryptionConfiguration");
    if let Some(key) = encryption.and_then(|encryption| encryption.get("KmsKeyId")) {
        let key = match key.as_str() {
            Some(id) if !id.starts_with("arn:") => {
                let prefix = if id.starts_with("alias/") { "" } else { "key/" };
                let mut pieces = Vec::new();
                pseudo(&arn("kms", prefix, id), &mut pieces);
                joined(&pieces)
            }
            _ => key.clone(),
        };
        found.push(statement(
            &["kms:Decrypt", "kms:GenerateDataKey"],
            vec![key],
        ));
    }
    found
}

pub fn is_traced(machine: &StateMachine) -> bool {
    let tracing = machine.properties.get("Tracing");
    tracing.is_some_and(|tracing| tracing["Enabled"] != false && tracing["Enabled"] != "false")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::export::read;

    fn worked_out(path: &str) -> Module {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../..")
            .join(path);
        let mut module = read::read(&path, &BTreeMap::new()).unwrap().module;
        work_out(&mut module).unwrap();
        module
    }

    /// The examples' own policies were written by hand, for SAM: the role has their actions, no other ones, on what they name.
    #[test]
    fn roles_of_the_examples_are_what_their_templates_declare() {
        for example in ["examples/rolling-restart", "examples/patch-report"] {
            let module = worked_out(example);
            let machine = &module.machines[0];
            let declared = declared(&machine.policies);
            let own = |statement: &&Statement| !statement.actions[0].starts_with("logs:");
            let mut needed = BTreeSet::new();
            for statement in machine.role.iter().filter(own) {
                for action in &statement.actions {
                    needed.insert(action.clone());
                    let (_, resources) = declared
                        .iter()
                        .find(|(actions, _)| actions.contains(action))
                        .unwrap_or_else(|| panic!("{example}: {action} is not declared"));
                    // Functions and topics are named by references here, by names there.
                    let is_named =
                        ["lambda:InvokeFunction", "sns:Publish"].contains(&action.as_str());
                    if !is_named {
                        assert_eq!(&statement.resources, resources, "{example}: {action}");
                    }
                }
            }
            let all: BTreeSet<String> = declared
                .into_iter()
                .flat_map(|(actions, _)| actions)
                .collect();
            assert_eq!(needed, all, "{example}");
        }
    }

    #[test]
    fn wildcards_are_those_of_iam() {
        for (pattern, action, expected) in [
            ("ec2:Describe*", "ec2:DescribeInstances", true),
            ("*", "a:b", true),
            ("S3:getobject", "s3:GetObject", true),
            ("s3:Get*Acl", "s3:GetObjectAcl", true),
            ("s3:Get*Acl", "s3:GetObject", false),
            ("sns:Publish", "sns:PublishBatch", false),
        ] {
            assert_eq!(matches(pattern, action), expected, "{pattern} {action}");
        }
    }
}

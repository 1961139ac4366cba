//! What `!Ref` and `!GetAtt` give for a resource, as far as it can be told without deploying it.
//!
//! Source: CloudFormation Template Reference, "Return values" of each resource type.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::resolve::{Resolver, scalar};
use super::{Problem, Resource};

/// What `!Ref` gives.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ref {
    Name,
    Arn,
    /// A queue's URL.
    QueueUrl,
}

struct ResourceType {
    name: &'static str,
    /// The property with the name.
    name_property: &'static str,
    reference: Ref,
    /// The ARN with `{p}` partition, `{r}` region, `{a}` account, `{n}` name, and `{Property|default}`. `{later}`: it is known only
    /// when it is made.
    arn: &'static str,
    /// Attributes that are the name.
    name_attributes: &'static [&'static str],
    /// Attributes that are the ARN.
    arn_attributes: &'static [&'static str],
}

const fn row(
    name: &'static str,
    name_property: &'static str,
    reference: Ref,
    arn: &'static str,
    name_attributes: &'static [&'static str],
    arn_attributes: &'static [&'static str],
) -> ResourceType {
    ResourceType {
        name,
        name_property,
        reference,
        arn,
        name_attributes,
        arn_attributes,
    }
}

const LATER: &str = "{later}";

#[rustfmt::skip]
static TYPES: &[ResourceType] = &[
    row("AWS::Serverless::Function", "FunctionName", Ref::Name, "arn:{p}:lambda:{r}:{a}:function:{n}", &[], &["Arn"]),
    row("AWS::Lambda::Function", "FunctionName", Ref::Name, "arn:{p}:lambda:{r}:{a}:function:{n}", &[], &["Arn"]),
    row("AWS::Lambda::Alias", "Name", Ref::Arn, "arn:{p}:lambda:{r}:{a}:function:{of:FunctionName}:{n}", &[], &["AliasArn"]),
    row("AWS::Lambda::Version", "", Ref::Arn, LATER, &[], &["FunctionArn"]),
    row("AWS::Serverless::StateMachine", "Name", Ref::Arn, "arn:{p}:states:{r}:{a}:stateMachine:{n}", &["Name"], &["Arn"]),
    row("AWS::StepFunctions::StateMachine", "StateMachineName", Ref::Arn, "arn:{p}:states:{r}:{a}:stateMachine:{n}", &["Name"], &["Arn"]),
    row("AWS::StepFunctions::StateMachineAlias", "Name", Ref::Arn, LATER, &[], &["Arn"]),
    row("AWS::StepFunctions::StateMachineVersion", "", Ref::Arn, LATER, &[], &["Arn"]),
    row("AWS::StepFunctions::Activity", "Name", Ref::Arn, "arn:{p}:states:{r}:{a}:activity:{n}", &["Name"], &["Arn"]),
    row("AWS::Events::EventBus", "Name", Ref::Name, "arn:{p}:events:{r}:{a}:event-bus/{n}", &["Name"], &["Arn"]),
    row("AWS::Events::Rule", "Name", Ref::Name, "arn:{p}:events:{r}:{a}:rule/{bus}{n}", &[], &["Arn"]),
    row("AWS::Events::Connection", "Name", Ref::Name, LATER, &[], &["Arn"]),
    row("AWS::Events::ApiDestination", "Name", Ref::Name, LATER, &[], &["Arn"]),
    row("AWS::Scheduler::Schedule", "Name", Ref::Name, "arn:{p}:scheduler:{r}:{a}:schedule/{GroupName|default}/{n}", &[], &["Arn"]),
    row("AWS::Scheduler::ScheduleGroup", "Name", Ref::Name, "arn:{p}:scheduler:{r}:{a}:schedule-group/{n}", &[], &["Arn"]),
    row("AWS::IAM::Role", "RoleName", Ref::Name, "arn:{p}:iam::{a}:role{Path|/}{n}", &[], &["Arn"]),
    row("AWS::IAM::Policy", "PolicyName", Ref::Name, "", &[], &[]),
    row("AWS::IAM::ManagedPolicy", "ManagedPolicyName", Ref::Arn, "arn:{p}:iam::{a}:policy{Path|/}{n}", &[], &["PolicyArn"]),
    row("AWS::Logs::LogGroup", "LogGroupName", Ref::Name, "arn:{p}:logs:{r}:{a}:log-group:{n}:*", &[], &["Arn"]),
    row("AWS::SNS::Topic", "TopicName", Ref::Arn, "arn:{p}:sns:{r}:{a}:{n}", &["TopicName"], &["TopicArn", "Arn"]),
    row("AWS::SQS::Queue", "QueueName", Ref::QueueUrl, "arn:{p}:sqs:{r}:{a}:{n}", &["QueueName"], &["Arn"]),
    row("AWS::DynamoDB::Table", "TableName", Ref::Name, "arn:{p}:dynamodb:{r}:{a}:table/{n}", &[], &["Arn"]),
    row("AWS::DynamoDB::GlobalTable", "TableName", Ref::Name, "arn:{p}:dynamodb:{r}:{a}:table/{n}", &[], &["Arn"]),
    row("AWS::Serverless::SimpleTable", "TableName", Ref::Name, "arn:{p}:dynamodb:{r}:{a}:table/{n}", &[], &["Arn"]),
    row("AWS::S3::Bucket", "BucketName", Ref::Name, "arn:{p}:s3:::{n}", &[], &["Arn"]),
    row("AWS::CloudWatch::Alarm", "AlarmName", Ref::Name, "arn:{p}:cloudwatch:{r}:{a}:alarm:{n}", &[], &["Arn"]),
    row("AWS::ECS::Cluster", "ClusterName", Ref::Name, "arn:{p}:ecs:{r}:{a}:cluster/{n}", &[], &["Arn"]),
    row("AWS::ECR::Repository", "RepositoryName", Ref::Name, "arn:{p}:ecr:{r}:{a}:repository/{n}", &[], &["Arn"]),
    row("AWS::Kinesis::Stream", "Name", Ref::Name, "arn:{p}:kinesis:{r}:{a}:stream/{n}", &[], &["Arn"]),
    row("AWS::KinesisFirehose::DeliveryStream", "DeliveryStreamName", Ref::Name, "arn:{p}:firehose:{r}:{a}:deliverystream/{n}", &[], &["Arn"]),
    row("AWS::Batch::JobQueue", "JobQueueName", Ref::Arn, "arn:{p}:batch:{r}:{a}:job-queue/{n}", &[], &["JobQueueArn"]),
    row("AWS::Glue::Job", "Name", Ref::Name, "arn:{p}:glue:{r}:{a}:job/{n}", &[], &[]),
    row("AWS::CodeBuild::Project", "Name", Ref::Name, "arn:{p}:codebuild:{r}:{a}:project/{n}", &[], &["Arn"]),
    row("AWS::SSM::Parameter", "Name", Ref::Name, "arn:{p}:ssm:{r}:{a}:parameter/{n}", &[], &[]),
];

fn find(resource: Resource<'_>) -> Option<&'static ResourceType> {
    TYPES.iter().find(|row| row.name == resource.type_name)
}

/// The name as the template gives it. Else what CloudFormation would generate: of a stack its own, else the logical id (buckets: in
/// lower case). `None`: it has no name, or nobody knows what it is called.
pub(super) fn name(
    resolver: &Resolver<'_>,
    resource: Resource<'_>,
) -> Result<Option<String>, Problem> {
    let Some(row) = find(resource).filter(|row| !row.name_property.is_empty()) else {
        return Ok(None);
    };
    if let Some(node) = resource.property(row.name_property)
        && resolver.value(node)?.is_some()
    {
        return resolver.text(node).map(Some);
    }
    let name = match &resolver.template.settings.stack {
        Some(stack) => generated_name(stack, resource),
        None => resource.logical_id.to_owned(),
    };
    Ok(Some(match row.name {
        "AWS::S3::Bucket" => name.to_lowercase(),
        _ => name,
    }))
}

/// Names of this length fit all services.
const MAX_NAME: usize = 64;
const SUFFIX: usize = 12;

/// `STACK-LOGICALID-SUFFIX`, as CloudFormation makes them; state machines and activities have no stack in front. The suffix is
/// a hash, so that the same stack has the same names again.
fn generated_name(stack: &str, resource: Resource<'_>) -> String {
    const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let id = resource.logical_id;
    let hash = Sha256::digest(format!("{stack}\n{id}"));
    let letter = |byte: u8| ALPHABET.get(usize::from(byte) % ALPHABET.len());
    let suffix: Vec<u8> = hash
        .into_iter()
        .filter_map(letter)
        .take(SUFFIX)
        .copied()
        .collect();
    let suffix = String::from_utf8_lossy(&suffix);
    let has_stack = !resource.type_name.contains("::StateMachine")
        && resource.type_name != "AWS::StepFunctions::Activity";
    // Both parts are ASCII, or nothing would take them.
    let id: String = id.chars().take(MAX_NAME - SUFFIX - 1 - 16).collect();
    let room = MAX_NAME - SUFFIX - 2 - id.len().min(MAX_NAME - SUFFIX - 2);
    match has_stack {
        true => {
            let stack: String = stack.chars().take(room).collect();
            format!("{stack}-{id}-{suffix}")
        }
        false => format!("{id}-{suffix}"),
    }
}

/// What stands in values for a thing that is known only once it is made; [`laters`] finds it again.
const MARK: char = '\u{f8ff}';

fn later(logical_id: &str, attribute: &str) -> String {
    format!("{MARK}{logical_id}.{attribute}{MARK}")
}

/// Puts in what is known by now: by `Id.Attribute`, with `Ref` for `!Ref`. What is unknown stays.
pub fn settle(text: &str, known: &dyn Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    for (index, piece) in text.split(MARK).enumerate() {
        match index % 2 {
            0 => out.push_str(piece),
            _ => out.push_str(&known(piece).unwrap_or_else(|| format!("{MARK}{piece}{MARK}"))),
        }
    }
    out
}

/// Whether something in a text is not known yet.
pub fn is_unsettled(text: &str) -> bool {
    text.contains(MARK)
}

pub(super) fn arn(
    resolver: &Resolver<'_>,
    resource: Resource<'_>,
) -> Result<Option<String>, Problem> {
    let Some(row) = find(resource).filter(|row| !row.arn.is_empty() && row.arn != LATER) else {
        return Ok(None);
    };
    let Some(name) = name(resolver, resource)? else {
        return Ok(None);
    };
    let mut arn = row
        .arn
        .replace("{p}", resolver.partition())
        .replace("{r}", resolver.region())
        .replace("{a}", resolver.account_id());
    if let Some((before, after)) = arn.split_once("{bus}") {
        let bus = property(resolver, resource, "EventBusName")?.unwrap_or_default();
        let bus = bus.rsplit('/').next().unwrap_or_default();
        let folder = match bus {
            "" | "default" => String::new(),
            bus => format!("{bus}/"),
        };
        arn = format!("{before}{folder}{after}");
    }
    if let Some((before, after)) = arn.split_once("{of:FunctionName}") {
        let function = property(resolver, resource, "FunctionName")?.unwrap_or_default();
        let function = function.rsplit(':').next().unwrap_or_default();
        arn = format!("{before}{function}{after}");
    }
    if let Some((start, end)) = arn.find('{').zip(arn.find('}'))
        && let Some((key, default)) = arn
            .get(start + 1..end)
            .and_then(|part| part.split_once('|'))
    {
        let value = property(resolver, resource, key)?.unwrap_or_else(|| default.to_owned());
        arn.replace_range(start..=end, &value);
    }
    Ok(Some(arn.replace("{n}", &name)))
}

fn property(
    resolver: &Resolver<'_>,
    resource: Resource<'_>,
    name: &str,
) -> Result<Option<String>, Problem> {
    let Some(node) = resource.property(name) else {
        return Ok(None);
    };
    Ok(resolver.value(node)?.as_ref().and_then(scalar))
}

/// What `!Ref` gives; `None` when that cannot be told.
pub(super) fn reference(
    resolver: &Resolver<'_>,
    resource: Resource<'_>,
) -> Result<Option<String>, Problem> {
    let Some(row) = find(resource) else {
        return Ok(None);
    };
    Ok(match row.reference {
        Ref::Arn if row.arn == LATER => Some(later(resource.logical_id, "Ref")),
        Ref::Arn => arn(resolver, resource)?,
        Ref::QueueUrl => queue_url(resolver, resource)?,
        // Rules of another bus are told apart by it.
        Ref::Name if row.name == "AWS::Events::Rule" => {
            let arn = arn(resolver, resource)?.unwrap_or_default();
            let (_, name) = arn.split_once(":rule/").unwrap_or_default();
            Some(name.replace('/', "|"))
        }
        Ref::Name => name(resolver, resource)?,
    })
}

/// What `!GetAtt` gives; `None` when that cannot be told.
pub(super) fn attribute(
    resolver: &Resolver<'_>,
    resource: Resource<'_>,
    attribute: &str,
) -> Result<Option<String>, Problem> {
    let Some(row) = find(resource) else {
        return Ok(None);
    };
    if crate::project::is_later(resource.type_name, attribute) {
        return Ok(Some(later(resource.logical_id, attribute)));
    }
    match attribute {
        _ if row.arn_attributes.contains(&attribute) => arn(resolver, resource),
        _ if row.name_attributes.contains(&attribute) => name(resolver, resource),
        "QueueUrl" if row.reference == Ref::QueueUrl => queue_url(resolver, resource),
        _ => Ok(None),
    }
}

fn queue_url(resolver: &Resolver<'_>, resource: Resource<'_>) -> Result<Option<String>, Problem> {
    let url = |name| {
        format!(
            "https://sqs.{}.{}/{}/{name}",
            resolver.region(),
            resolver.url_suffix(),
            resolver.account_id()
        )
    };
    Ok(name(resolver, resource)?.map(url))
}

/// Something in the form of what AWS would generate, for a resource that is not made here.
pub(super) fn made_up(
    resolver: &Resolver<'_>,
    resource: Resource<'_>,
    attribute: Option<&str>,
) -> String {
    let stack = resolver.template.stack_name();
    let name = generated_name(&stack, resource);
    match attribute {
        Some(attribute) if attribute.ends_with("Arn") => {
            let service = resource.type_name.split("::").nth(1).unwrap_or("unknown");
            format!(
                "arn:{}:{}:{}:{}:{name}",
                resolver.partition(),
                service.to_lowercase(),
                resolver.region(),
                resolver.account_id()
            )
        }
        Some(attribute) => format!("{name}-{attribute}"),
        None => name,
    }
}

/// The value with everything put in that is known by now.
pub fn settle_value(value: &Value, known: &dyn Fn(&str) -> Option<String>) -> Value {
    match value {
        Value::String(text) if is_unsettled(text) => Value::String(settle(text, known)),
        Value::Array(items) => items.iter().map(|item| settle_value(item, known)).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| (key.clone(), settle_value(value, known)))
            .collect(),
        other => other.clone(),
    }
}

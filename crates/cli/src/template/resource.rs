//! What `!Ref` and `!GetAtt` give for a resource, as far as it can be told without deploying it.
//!
//! Source: CloudFormation Template Reference, "Return values" of each resource type.

use super::resolve::Resolver;
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
    /// The ARN with `{p}` partition, `{r}` region, `{a}` account, `{n}` name.
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

#[rustfmt::skip]
static TYPES: &[ResourceType] = &[
    row("AWS::Serverless::Function", "FunctionName", Ref::Name, "arn:{p}:lambda:{r}:{a}:function:{n}", &[], &["Arn"]),
    row("AWS::Lambda::Function", "FunctionName", Ref::Name, "arn:{p}:lambda:{r}:{a}:function:{n}", &[], &["Arn"]),
    row("AWS::Serverless::StateMachine", "Name", Ref::Arn, "arn:{p}:states:{r}:{a}:stateMachine:{n}", &["Name"], &["Arn"]),
    row("AWS::StepFunctions::StateMachine", "StateMachineName", Ref::Arn, "arn:{p}:states:{r}:{a}:stateMachine:{n}", &["Name"], &["Arn"]),
    row("AWS::StepFunctions::Activity", "Name", Ref::Arn, "arn:{p}:states:{r}:{a}:activity:{n}", &["Name"], &["Arn"]),
    row("AWS::SNS::Topic", "TopicName", Ref::Arn, "arn:{p}:sns:{r}:{a}:{n}", &["TopicName"], &["TopicArn", "Arn"]),
    row("AWS::SQS::Queue", "QueueName", Ref::QueueUrl, "arn:{p}:sqs:{r}:{a}:{n}", &["QueueName"], &["Arn"]),
    row("AWS::DynamoDB::Table", "TableName", Ref::Name, "arn:{p}:dynamodb:{r}:{a}:table/{n}", &[], &["Arn"]),
    row("AWS::Serverless::SimpleTable", "TableName", Ref::Name, "arn:{p}:dynamodb:{r}:{a}:table/{n}", &[], &["Arn"]),
    row("AWS::S3::Bucket", "BucketName", Ref::Name, "arn:{p}:s3:::{n}", &[], &["Arn"]),
    row("AWS::IAM::Role", "RoleName", Ref::Name, "arn:{p}:iam::{a}:role/{n}", &[], &["Arn"]),
    row("AWS::Events::EventBus", "Name", Ref::Name, "arn:{p}:events:{r}:{a}:event-bus/{n}", &["Name"], &["Arn"]),
    row("AWS::Events::Rule", "Name", Ref::Name, "arn:{p}:events:{r}:{a}:rule/{n}", &[], &["Arn"]),
    row("AWS::CloudWatch::Alarm", "AlarmName", Ref::Name, "arn:{p}:cloudwatch:{r}:{a}:alarm:{n}", &[], &["Arn"]),
    row("AWS::Logs::LogGroup", "LogGroupName", Ref::Name, "arn:{p}:logs:{r}:{a}:log-group:{n}:*", &[], &["Arn"]),
    row("AWS::ECS::Cluster", "ClusterName", Ref::Name, "arn:{p}:ecs:{r}:{a}:cluster/{n}", &[], &["Arn"]),
    row("AWS::Kinesis::Stream", "Name", Ref::Name, "arn:{p}:kinesis:{r}:{a}:stream/{n}", &[], &["Arn"]),
    row("AWS::Batch::JobQueue", "JobQueueName", Ref::Arn, "arn:{p}:batch:{r}:{a}:job-queue/{n}", &[], &["JobQueueArn"]),
    row("AWS::Glue::Job", "Name", Ref::Name, "arn:{p}:glue:{r}:{a}:job/{n}", &[], &[]),
    row("AWS::CodeBuild::Project", "Name", Ref::Name, "arn:{p}:codebuild:{r}:{a}:project/{n}", &[], &["Arn"]),
    row("AWS::SSM::Parameter", "Name", Ref::Name, "arn:{p}:ssm:{r}:{a}:parameter/{n}", &[], &[]),
];

fn find(resource: Resource<'_>) -> Option<&'static ResourceType> {
    TYPES.iter().find(|row| row.name == resource.type_name)
}

/// The name as the template gives it, else the logical id (buckets: in lower case), where CloudFormation would generate one.
pub(super) fn name(
    resolver: &Resolver<'_>,
    resource: Resource<'_>,
) -> Result<Option<String>, Problem> {
    let Some(row) = find(resource) else {
        return Ok(None);
    };
    if let Some(node) = resource.property(row.name_property)
        && resolver.value(node)?.is_some()
    {
        return resolver.text(node).map(Some);
    }
    Ok(Some(match row.name {
        "AWS::S3::Bucket" => resource.logical_id.to_lowercase(),
        _ => resource.logical_id.to_owned(),
    }))
}

pub(super) fn arn(
    resolver: &Resolver<'_>,
    resource: Resource<'_>,
) -> Result<Option<String>, Problem> {
    let (Some(row), Some(name)) = (find(resource), name(resolver, resource)?) else {
        return Ok(None);
    };
    let arn = row
        .arn
        .replace("{p}", resolver.partition())
        .replace("{r}", resolver.region())
        .replace("{a}", resolver.account_id());
    Ok(Some(arn.replace("{n}", &name)))
}

/// What `!Ref` gives; `None` when that cannot be told.
pub(super) fn reference(
    resolver: &Resolver<'_>,
    resource: Resource<'_>,
) -> Result<Option<String>, Problem> {
    match find(resource).map(|row| row.reference) {
        Some(Ref::Name) => name(resolver, resource),
        Some(Ref::Arn) => arn(resolver, resource),
        Some(Ref::QueueUrl) => queue_url(resolver, resource),
        None => Ok(None),
    }
}

/// What `!GetAtt` gives; `None` when that cannot be told.
pub(super) fn attribute(
    resolver: &Resolver<'_>,
    resource: Resource<'_>,
    attribute: &str,
) -> Result<Option<String>, Problem> {
    match find(resource) {
        Some(row) if row.arn_attributes.contains(&attribute) => arn(resolver, resource),
        Some(row) if row.name_attributes.contains(&attribute) => name(resolver, resource),
        Some(row) if row.reference == Ref::QueueUrl && attribute == "QueueUrl" => {
            queue_url(resolver, resource)
        }
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

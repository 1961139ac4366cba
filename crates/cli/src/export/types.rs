//! The resource types of templates that export knows: what `!Ref` and `!GetAtt` give, their ARNs, and Terraform's words for them.
//!
//! Source: CloudFormation Template Reference, "Return values"; documentation of the Terraform AWS provider.

/// What a reference to a resource gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Is {
    Arn,
    Name,
    /// A queue's.
    Url,
}

#[derive(Debug)]
pub struct ResourceType {
    pub name: &'static str,
    /// Of `!Ref`.
    pub reference: Is,
    /// Of `!GetAtt`.
    pub attributes: &'static [(&'static str, Is)],
    /// The service in its ARN, and what stands before the name there.
    pub arn: (&'static str, &'static str),
    pub terraform: Terraform,
}

/// How Terraform has a resource type.
#[derive(Debug)]
pub struct Terraform {
    pub resource: &'static str,
    pub arn: &'static str,
    pub name: &'static str,
}

const fn row(
    name: &'static str,
    reference: Is,
    attributes: &'static [(&'static str, Is)],
    arn: (&'static str, &'static str),
    terraform: (&'static str, &'static str, &'static str),
) -> ResourceType {
    ResourceType {
        name,
        reference,
        attributes,
        arn,
        terraform: Terraform {
            resource: terraform.0,
            arn: terraform.1,
            name: terraform.2,
        },
    }
}

const ARN: &[(&str, Is)] = &[("Arn", Is::Arn)];
const ARN_AND_NAME: &[(&str, Is)] = &[("Arn", Is::Arn), ("Name", Is::Name)];

#[rustfmt::skip]
static TYPES: &[ResourceType] = &[
    row("AWS::Serverless::Function", Is::Name, ARN, ("lambda", "function:"), ("aws_lambda_function", "arn", "function_name")),
    row("AWS::Lambda::Function", Is::Name, ARN, ("lambda", "function:"), ("aws_lambda_function", "arn", "function_name")),
    row("AWS::Serverless::StateMachine", Is::Arn, ARN_AND_NAME, ("states", "stateMachine:"), ("aws_sfn_state_machine", "arn", "name")),
    row("AWS::StepFunctions::StateMachine", Is::Arn, ARN_AND_NAME, ("states", "stateMachine:"), ("aws_sfn_state_machine", "arn", "name")),
    row("AWS::StepFunctions::Activity", Is::Arn, ARN_AND_NAME, ("states", "activity:"), ("aws_sfn_activity", "id", "name")),
    row("AWS::SNS::Topic", Is::Arn, &[("TopicArn", Is::Arn), ("TopicName", Is::Name)], ("sns", ""), ("aws_sns_topic", "arn", "name")),
    row("AWS::SQS::Queue", Is::Url, &[("Arn", Is::Arn), ("QueueName", Is::Name), ("QueueUrl", Is::Url)], ("sqs", ""), ("aws_sqs_queue", "arn", "name")),
    row("AWS::DynamoDB::Table", Is::Name, ARN, ("dynamodb", "table/"), ("aws_dynamodb_table", "arn", "name")),
    row("AWS::Serverless::SimpleTable", Is::Name, ARN, ("dynamodb", "table/"), ("aws_dynamodb_table", "arn", "name")),
    row("AWS::S3::Bucket", Is::Name, ARN, ("s3", ""), ("aws_s3_bucket", "arn", "bucket")),
    row("AWS::IAM::Role", Is::Name, ARN, ("iam", "role/"), ("aws_iam_role", "arn", "name")),
    row("AWS::Events::EventBus", Is::Name, ARN_AND_NAME, ("events", "event-bus/"), ("aws_cloudwatch_event_bus", "arn", "name")),
    row("AWS::Events::Rule", Is::Name, ARN, ("events", "rule/"), ("aws_cloudwatch_event_rule", "arn", "name")),
    row("AWS::Logs::LogGroup", Is::Name, ARN, ("logs", "log-group:"), ("aws_cloudwatch_log_group", "arn", "name")),
    row("AWS::Scheduler::ScheduleGroup", Is::Name, ARN, ("scheduler", "schedule-group/"), ("aws_scheduler_schedule_group", "arn", "name")),
    row("AWS::Scheduler::Schedule", Is::Name, ARN, ("scheduler", "schedule/default/"), ("aws_scheduler_schedule", "arn", "name")),
];

pub fn find(name: &str) -> Option<&'static ResourceType> {
    TYPES.iter().find(|row| row.name == name)
}

impl ResourceType {
    pub fn attribute(&self, name: &str) -> Option<Is> {
        let found = self.attributes.iter().find(|(known, _)| *known == name);
        found.map(|(_, is)| *is)
    }

    /// The attribute of `!GetAtt` that is the ARN; none where `!Ref` gives it.
    pub fn arn_attribute(&self) -> Option<&'static str> {
        let found = self.attributes.iter().find(|(_, is)| *is == Is::Arn);
        found
            .filter(|_| self.reference != Is::Arn)
            .map(|(name, _)| *name)
    }
}

//! Resources beside state machines and functions: those that workflows normally have become Terraform's own, the rest is said.

use serde_json::{Map, Value};

use super::Writer;
use super::expressions::REPLACEABLE;
use super::hcl::{Body, Expr, text};
use crate::export::cloudformation_value::names;
use crate::export::model::{Resource, words};

/// CloudFormation's type, Terraform's, and properties with their attributes.
type Row = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("AWS::SNS::Topic", "aws_sns_topic", &[("TopicName", "name"), ("DisplayName", "display_name"), ("KmsMasterKeyId", "kms_master_key_id"), ("FifoTopic", "fifo_topic"), ("ContentBasedDeduplication", "content_based_deduplication")]),
    ("AWS::SNS::Subscription", "aws_sns_topic_subscription", &[("TopicArn", "topic_arn"), ("Protocol", "protocol"), ("Endpoint", "endpoint"), ("RawMessageDelivery", "raw_message_delivery"), ("FilterPolicyScope", "filter_policy_scope")]),
    ("AWS::SQS::Queue", "aws_sqs_queue", &[("QueueName", "name"), ("FifoQueue", "fifo_queue"), ("ContentBasedDeduplication", "content_based_deduplication"), ("VisibilityTimeout", "visibility_timeout_seconds"), ("MessageRetentionPeriod", "message_retention_seconds"), ("DelaySeconds", "delay_seconds"), ("MaximumMessageSize", "max_message_size"), ("ReceiveMessageWaitTimeSeconds", "receive_wait_time_seconds"), ("KmsMasterKeyId", "kms_master_key_id"), ("SqsManagedSseEnabled", "sqs_managed_sse_enabled")]),
    ("AWS::DynamoDB::Table", "aws_dynamodb_table", &[("TableName", "name"), ("BillingMode", "billing_mode")]),
    ("AWS::Serverless::SimpleTable", "aws_dynamodb_table", &[("TableName", "name")]),
    ("AWS::S3::Bucket", "aws_s3_bucket", &[("BucketName", "bucket")]),
    ("AWS::StepFunctions::Activity", "aws_sfn_activity", &[("Name", "name")]),
    ("AWS::Events::EventBus", "aws_cloudwatch_event_bus", &[("Name", "name"), ("Description", "description"), ("EventSourceName", "event_source_name")]),
    ("AWS::Logs::LogGroup", "aws_cloudwatch_log_group", &[("LogGroupName", "name"), ("RetentionInDays", "retention_in_days"), ("KmsKeyId", "kms_key_id"), ("LogGroupClass", "log_group_class")]),
    ("AWS::Scheduler::ScheduleGroup", "aws_scheduler_schedule_group", &[("Name", "name")]),
    ("AWS::Scheduler::Schedule", "aws_scheduler_schedule", &[("Name", "name"), ("Description", "description"), ("GroupName", "group_name"), ("ScheduleExpression", "schedule_expression"), ("ScheduleExpressionTimezone", "schedule_expression_timezone"), ("StartDate", "start_date"), ("EndDate", "end_date"), ("State", "state"), ("KmsKeyArn", "kms_key_arn")]),
    ("AWS::Events::Rule", "aws_cloudwatch_event_rule", &[("Name", "name"), ("Description", "description"), ("EventBusName", "event_bus_name"), ("ScheduleExpression", "schedule_expression"), ("State", "state"), ("RoleArn", "role_arn")]),
    ("AWS::Lambda::Permission", "aws_lambda_permission", &[("Action", "action"), ("FunctionName", "function_name"), ("Principal", "principal"), ("SourceArn", "source_arn"), ("SourceAccount", "source_account"), ("PrincipalOrgID", "principal_org_id")]),
    ("AWS::IAM::Role", "aws_iam_role", &[("RoleName", "name"), ("Description", "description"), ("Path", "path"), ("MaxSessionDuration", "max_session_duration"), ("PermissionsBoundary", "permissions_boundary")]),
];

/// Properties that are written in other ways below, or mean nothing to Terraform.
const ELSEWHERE: &[(&str, &[&str])] = &[
    (
        "AWS::DynamoDB::Table",
        &["AttributeDefinitions", "KeySchema", "ProvisionedThroughput"],
    ),
    ("AWS::Serverless::SimpleTable", &["PrimaryKey"]),
    (
        "AWS::Scheduler::Schedule",
        &["Target", "FlexibleTimeWindow"],
    ),
    ("AWS::Events::Rule", &["Targets", "EventPattern"]),
    ("AWS::SQS::Queue", &["RedrivePolicy"]),
    ("AWS::SNS::Subscription", &["FilterPolicy"]),
    (
        "AWS::IAM::Role",
        &["AssumeRolePolicyDocument", "Policies", "ManagedPolicyArns"],
    ),
];

/// Types that need a name where CloudFormation makes one up.
const NAMED: &[&str] = &[
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::DynamoDB::Table",
    "AWS::Serverless::SimpleTable",
    "AWS::StepFunctions::Activity",
    "AWS::Events::EventBus",
    "AWS::Logs::LogGroup",
    "AWS::Scheduler::ScheduleGroup",
    "AWS::Scheduler::Schedule",
    "AWS::Events::Rule",
    "AWS::IAM::Role",
];

/// Whether a module has resources of this type.
pub fn is_made(type_name: &str) -> bool {
    ROWS.iter().any(|row| row.0 == type_name)
        || ["AWS::Lambda::Function", "AWS::StepFunctions::StateMachine"].contains(&type_name)
}

impl Writer<'_> {
    pub fn other(&mut self, other: &Resource, main: &mut Body, iam: &mut Body) {
        let Some((type_name, terraform, attributes)) =
            ROWS.iter().find(|row| row.0 == other.type_name)
        else {
            self.note(format!(
                "{} ({}) is not carried over",
                other.id, other.type_name
            ));
            return;
        };
        if *type_name == "AWS::IAM::Role" && !self.is_referenced(&other.id) {
            self.note(format!(
                "the role {} is left out: nothing refers to it",
                other.id
            ));
            return;
        }
        let name = words(&other.id, '_');
        let properties = other.properties();
        let condition = self.condition(other.condition.as_deref());
        let count: Option<Expr> = match REPLACEABLE.contains(type_name) {
            true => {
                let condition = other.condition.as_deref().map(super::condition_name);
                let and = condition
                    .map(|name| format!("{name} && "))
                    .unwrap_or_default();
                Some(format!("{and}var.{name}_arn == null ? 1 : 0").into())
            }
            false => condition,
        };
        let mut body = Body::default();
        body.set_some("count", count.clone());
        for (property, attribute) in *attributes {
            let mut value = self.property(&properties, property);
            if value.is_none() && *attribute == "name" && NAMED.contains(type_name) {
                value = Some(super::name_of(self.module, &other.id).into());
            }
            body.set_some(attribute, value);
        }
        body.set_some("tags", self.tags(&properties));
        let index = if count.is_some() { "[0]" } else { "" };
        self.special(other, &properties, &mut body, index, main);
        let place = match *type_name {
            "AWS::IAM::Role" => iam,
            _ => main,
        };
        place.block(format!("resource \"{terraform}\" \"{name}\""), body);
        if *type_name == "AWS::IAM::Role" {
            self.role_policies(&name, index, count, &properties, place);
        }
        let mut known: Vec<&str> = attributes.iter().map(|(property, _)| *property).collect();
        known.push("Tags");
        let elsewhere = ELSEWHERE.iter().find(|(name, _)| name == type_name);
        known.extend(elsewhere.iter().flat_map(|(_, names)| names.iter()));
        self.left(&other.id, &properties, &known);
    }

    fn is_referenced(&self, id: &str) -> bool {
        let mut found = Vec::new();
        let module = self.module;
        for other in module.others.iter().filter(|other| other.id != id) {
            names(&other.value, &mut found);
        }
        for function in &module.functions {
            function
                .properties
                .values()
                .for_each(|value| names(value, &mut found));
        }
        for trigger in &module.triggers {
            trigger
                .properties
                .values()
                .for_each(|value| names(value, &mut found));
        }
        found.iter().any(|name| name == id)
    }

    fn special(
        &mut self,
        other: &Resource,
        properties: &Map<String, Value>,
        body: &mut Body,
        index: &str,
        main: &mut Body,
    ) {
        match other.type_name.as_str() {
            "AWS::SQS::Queue" => {
                if let Some(policy) = properties.get("RedrivePolicy") {
                    body.set(
                        "redrive_policy",
                        Expr::Call("jsonencode", vec![self.expr(policy)]),
                    );
                }
            }
            "AWS::SNS::Subscription" => {
                if let Some(policy) = properties.get("FilterPolicy") {
                    body.set(
                        "filter_policy",
                        Expr::Call("jsonencode", vec![self.expr(policy)]),
                    );
                }
            }
            "AWS::Serverless::SimpleTable" => {
                let key = properties.get("PrimaryKey");
                let part = |name: &str| key.and_then(|key| key.get(name)).and_then(Value::as_str);
                let name = part("Name").unwrap_or("id");
                let kind = part("Type")
                    .unwrap_or("String")
                    .get(..1)
                    .unwrap_or("S")
                    .to_owned();
                body.set("billing_mode", text("PAY_PER_REQUEST"))
                    .set("hash_key", text(name));
                attribute(body, text(name), text(&kind));
            }
            "AWS::DynamoDB::Table" => {
                let list = |name: &str| {
                    properties
                        .get(name)
                        .and_then(Value::as_array)
                        .cloned()
                        .unwrap_or_default()
                };
                for key in list("KeySchema") {
                    let name = self.expr(&key["AttributeName"]);
                    body.set(
                        if key["KeyType"] == "RANGE" {
                            "range_key"
                        } else {
                            "hash_key"
                        },
                        name,
                    );
                }
                if let Some(Value::Object(throughput)) = properties.get("ProvisionedThroughput") {
                    body.set_some(
                        "read_capacity",
                        self.property(throughput, "ReadCapacityUnits"),
                    )
                    .set_some(
                        "write_capacity",
                        self.property(throughput, "WriteCapacityUnits"),
                    );
                }
                for definition in list("AttributeDefinitions") {
                    let (name, kind) = (&definition["AttributeName"], &definition["AttributeType"]);
                    attribute(
                        body,
                        self.expressions.scalar(name),
                        self.expressions.scalar(kind),
                    );
                }
            }
            "AWS::IAM::Role" => {
                if let Some(document) = properties.get("AssumeRolePolicyDocument") {
                    body.set(
                        "assume_role_policy",
                        Expr::Call("jsonencode", vec![self.expr(document)]),
                    );
                }
            }
            "AWS::Scheduler::Schedule" => {
                body.block(
                    "flexible_time_window",
                    self.window(properties.get("FlexibleTimeWindow")),
                );
                if let Some(Value::Object(target)) = properties.get("Target") {
                    let mut block = Body::default();
                    block
                        .set_some("arn", self.property(target, "Arn"))
                        .set_some("role_arn", self.property(target, "RoleArn"))
                        .set_some("input", self.property(target, "Input"));
                    self.delivery(&mut block, target);
                    body.block("target", block);
                    let known = ["Arn", "RoleArn", "Input", "RetryPolicy", "DeadLetterConfig"];
                    self.left(&format!("{} (target)", other.id), target, &known);
                }
            }
            "AWS::Events::Rule" => {
                if let Some(pattern) = properties.get("EventPattern") {
                    body.set(
                        "event_pattern",
                        Expr::Call("jsonencode", vec![self.expr(pattern)]),
                    );
                }
                let name = words(&other.id, '_');
                let targets = properties.get("Targets").and_then(Value::as_array);
                for (number, target) in targets.into_iter().flatten().enumerate() {
                    let Value::Object(target) = target else {
                        continue;
                    };
                    let mut block = Body::default();
                    block
                        .set_some("count", self.condition(other.condition.as_deref()))
                        .set(
                            "rule",
                            format!("aws_cloudwatch_event_rule.{name}{index}.name"),
                        )
                        .set_some("event_bus_name", self.property(properties, "EventBusName"))
                        .set_some("target_id", self.property(target, "Id"))
                        .set_some("arn", self.property(target, "Arn"))
                        .set_some("role_arn", self.property(target, "RoleArn"))
                        .set_some("input", self.property(target, "Input"))
                        .set_some("input_path", self.property(target, "InputPath"));
                    self.transformer(&mut block, target);
                    self.delivery(&mut block, target);
                    let label = match number {
                        0 => name.clone(),
                        number => format!("{name}_{}", number + 1),
                    };
                    main.block(
                        format!("resource \"aws_cloudwatch_event_target\" \"{label}\""),
                        block,
                    );
                    let known = [
                        "Id",
                        "Arn",
                        "RoleArn",
                        "Input",
                        "InputPath",
                        "InputTransformer",
                        "RetryPolicy",
                        "DeadLetterConfig",
                    ];
                    self.left(&format!("{} (target)", other.id), target, &known);
                }
            }
            _ => {}
        }
    }

    fn role_policies(
        &self,
        name: &str,
        index: &str,
        count: Option<Expr>,
        properties: &Map<String, Value>,
        iam: &mut Body,
    ) {
        let label = |number: usize| match number {
            0 => name.to_owned(),
            number => format!("{name}_{}", number + 1),
        };
        let list = |name: &str| {
            properties
                .get(name)
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default()
        };
        for (number, policy) in list("Policies").iter().enumerate() {
            let mut body = Body::default();
            body.set_some("count", count.clone())
                .set("name", self.expr(&policy["PolicyName"]))
                .set("role", format!("aws_iam_role.{name}{index}.id"))
                .set(
                    "policy",
                    Expr::Call("jsonencode", vec![self.expr(&policy["PolicyDocument"])]),
                );
            iam.block(
                format!("resource \"aws_iam_role_policy\" \"{}\"", label(number)),
                body,
            );
        }
        for (number, arn) in list("ManagedPolicyArns").iter().enumerate() {
            let mut body = Body::default();
            body.set_some("count", count.clone())
                .set("role", format!("aws_iam_role.{name}{index}.name"))
                .set("policy_arn", self.expr(arn));
            iam.block(
                format!(
                    "resource \"aws_iam_role_policy_attachment\" \"{}\"",
                    label(number)
                ),
                body,
            );
        }
    }
}

fn attribute(body: &mut Body, name: String, kind: String) {
    let mut block = Body::default();
    block.set("name", name).set("type", kind);
    body.block("attribute", block);
}

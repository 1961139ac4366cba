//! SAM's policy templates: short words for statements.
//!
//! Source: AWS SAM Developer Guide, "SAM policy template table". Those that workflows and their functions use; another one is
//! said to be missing.

use serde_json::{Map, Value, json};

/// Name, its parameter, actions, and resources after `arn:${AWS::Partition}:` with `{r}` for region and account, `{p}` for the
/// parameter. Without a parameter the resources are as they are.
type Row = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

const READ_TABLE: &[&str] = &[
    "dynamodb:BatchGetItem",
    "dynamodb:DescribeTable",
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:Scan",
];
const WRITE_TABLE: &[&str] = &[
    "dynamodb:BatchWriteItem",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
];
const ALL_OF_TABLE: &[&str] = &[
    "dynamodb:BatchGetItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:DeleteItem",
    "dynamodb:DescribeTable",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:UpdateItem",
];
const TABLE: &[&str] = &["dynamodb:{r}:table/{p}", "dynamodb:{r}:table/{p}/index/*"];
const READ_BUCKET: &[&str] = &[
    "s3:GetBucketLocation",
    "s3:GetLifecycleConfiguration",
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:ListBucket",
];
const WRITE_BUCKET: &[&str] = &[
    "s3:PutLifecycleConfiguration",
    "s3:PutObject",
    "s3:PutObjectAcl",
];
const ALL_OF_BUCKET: &[&str] = &[
    "s3:DeleteObject",
    "s3:GetBucketLocation",
    "s3:GetLifecycleConfiguration",
    "s3:GetObject",
    "s3:GetObjectAcl",
    "s3:GetObjectVersion",
    "s3:ListBucket",
    "s3:PutLifecycleConfiguration",
    "s3:PutObject",
    "s3:PutObjectAcl",
];
const BUCKET: &[&str] = &["s3:::{p}", "s3:::{p}/*"];

#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("LambdaInvokePolicy", "FunctionName", &["lambda:InvokeFunction"], &["lambda:{r}:function:{p}", "lambda:{r}:function:{p}:*"]),
    ("SNSPublishMessagePolicy", "TopicName", &["sns:Publish"], &["sns:{r}:{p}"]),
    ("SNSCrudPolicy", "TopicName", &["sns:CreateTopic", "sns:ListSubscriptionsByTopic", "sns:Publish", "sns:SetTopicAttributes", "sns:Subscribe"], &["sns:{r}:{p}*"]),
    ("SQSSendMessagePolicy", "QueueName", &["sqs:SendMessage*"], &["sqs:{r}:{p}"]),
    ("SQSPollerPolicy", "QueueName", &["sqs:ChangeMessageVisibility", "sqs:ChangeMessageVisibilityBatch", "sqs:DeleteMessage", "sqs:DeleteMessageBatch", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"], &["sqs:{r}:{p}"]),
    ("DynamoDBCrudPolicy", "TableName", ALL_OF_TABLE, TABLE),
    ("DynamoDBReadPolicy", "TableName", READ_TABLE, TABLE),
    ("DynamoDBWritePolicy", "TableName", WRITE_TABLE, TABLE),
    ("S3ReadPolicy", "BucketName", READ_BUCKET, BUCKET),
    ("S3WritePolicy", "BucketName", WRITE_BUCKET, BUCKET),
    ("S3CrudPolicy", "BucketName", ALL_OF_BUCKET, BUCKET),
    ("StepFunctionsExecutionPolicy", "StateMachineName", &["states:StartExecution"], &["states:{r}:stateMachine:{p}"]),
    ("EventBridgePutEventsPolicy", "EventBusName", &["events:PutEvents"], &["events:{r}:event-bus/{p}"]),
    ("SSMParameterReadPolicy", "ParameterName", &["ssm:DescribeParameters"], &["*"]),
    ("SSMParameterReadPolicy", "ParameterName", &["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"], &["ssm:{r}:parameter/{p}"]),
    ("SSMParameterWithSlashPrefixReadPolicy", "ParameterName", &["ssm:DescribeParameters"], &["*"]),
    ("SSMParameterWithSlashPrefixReadPolicy", "ParameterName", &["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"], &["ssm:{r}:parameter{p}"]),
    ("AWSSecretsManagerGetSecretValuePolicy", "SecretArn", &["secretsmanager:GetSecretValue"], &[""]),
    ("KMSDecryptPolicy", "KeyId", &["kms:Decrypt"], &["kms:{r}:key/{p}"]),
    ("KMSEncryptPolicy", "KeyId", &["kms:Encrypt"], &["kms:{r}:key/{p}"]),
    ("CloudWatchPutMetricPolicy", "", &["cloudwatch:PutMetricData"], &["*"]),
    ("CloudWatchDescribeAlarmHistoryPolicy", "", &["cloudwatch:DescribeAlarmHistory"], &["*"]),
    ("CloudWatchDashboardPolicy", "", &["cloudwatch:GetDashboard", "cloudwatch:ListDashboards", "cloudwatch:ListMetrics", "cloudwatch:PutDashboard"], &["*"]),
    ("EC2DescribePolicy", "", &["ec2:DescribeInstances", "ec2:DescribeRegions"], &["*"]),
    ("VPCAccessPolicy", "", &["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DetachNetworkInterface"], &["*"]),
    ("SESSendBouncePolicy", "IdentityName", &["ses:SendBounce"], &["ses:{r}:identity/{p}"]),
    ("SESEmailTemplateCrudPolicy", "", &["ses:CreateTemplate", "ses:DeleteTemplate", "ses:GetTemplate", "ses:ListTemplates", "ses:UpdateTemplate"], &["*"]),
    ("SESCrudPolicy", "IdentityName", &["ses:GetIdentityVerificationAttributes", "ses:SendEmail", "ses:SendRawEmail", "ses:VerifyEmailIdentity"], &["ses:{r}:identity/{p}"]),
    ("CodePipelineReadOnlyPolicy", "PipelineName", &["codepipeline:ListPipelineExecutions"], &["codepipeline:{r}:{p}"]),
    ("KinesisCrudPolicy", "StreamName", &["kinesis:AddTagsToStream", "kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards", "kinesis:ListTagsForStream", "kinesis:MergeShards", "kinesis:PutRecord", "kinesis:PutRecords", "kinesis:SplitShard"], &["kinesis:{r}:stream/{p}"]),
];

/// The statements of a policy template; none for one that is not known.
pub fn statements(name: &str, parameters: &Map<String, Value>) -> Option<Vec<Value>> {
    let rows = ROWS.iter().filter(|row| row.0 == name);
    let statements: Vec<Value> = rows
        .map(|(_, parameter, actions, resources)| {
            let value = parameters.get(*parameter).cloned().unwrap_or("*".into());
            let resources: Vec<Value> = resources
                .iter()
                .map(|resource| self::resource(resource, &value))
                .collect();
            json!({"Effect": "Allow", "Action": actions, "Resource": resources})
        })
        .collect();
    (!statements.is_empty()).then_some(statements)
}

fn resource(pattern: &str, value: &Value) -> Value {
    match pattern {
        "*" => return "*".into(),
        "" => return value.clone(),
        _ => {}
    }
    let text = format!("arn:${{AWS::Partition}}:{pattern}")
        .replace("{r}", "${AWS::Region}:${AWS::AccountId}")
        .replace("{p}", "${name}");
    match value {
        Value::String(name) => json!({"Fn::Sub": text.replace("${name}", name)}),
        other => json!({"Fn::Sub": [text, {"name": other}]}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_become_statements() {
        let parameters = json!({"TableName": {"Ref": "T"}});
        let found = statements("DynamoDBReadPolicy", parameters.as_object().unwrap()).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0]["Resource"][0],
            json!({"Fn::Sub": ["arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${name}", {"name": {"Ref": "T"}}]})
        );
        assert_eq!(statements("NoSuchPolicy", &Map::new()), None);
    }
}

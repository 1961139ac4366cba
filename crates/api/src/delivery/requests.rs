//! Targets as calls of AWS's APIs, in Step Functions' names: pure. What has an ARN and no way to be called is told when the target is put.

use std::borrow::Cow;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{Attribute, Delivery, Origin, Target};

/// A call of an API.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// As Step Functions names them: `sqs`, `sendMessage`.
    pub service: Cow<'static, str>,
    pub action: Cow<'static, str>,
    pub arguments: Value,
}

fn request(service: &'static str, action: &'static str, arguments: Value) -> Request {
    Request {
        service: service.into(),
        action: action.into(),
        arguments,
    }
}

/// The parts of an ARN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArnParts<'a> {
    pub partition: &'a str,
    pub service: &'a str,
    pub region: &'a str,
    pub account: &'a str,
    pub resource: &'a str,
}

impl<'a> ArnParts<'a> {
    pub fn of(arn: &'a str) -> Option<ArnParts<'a>> {
        let mut parts = arn.strip_prefix("arn:")?.splitn(5, ':');
        Some(ArnParts {
            partition: parts.next()?,
            service: parts.next()?,
            region: parts.next()?,
            account: parts.next()?,
            resource: parts.next()?,
        })
    }

    /// What follows `KIND/` or `KIND:`.
    fn name(&self, kind: &str) -> Option<&'a str> {
        let rest = self.resource.strip_prefix(kind)?;
        rest.strip_prefix(['/', ':'])
            .filter(|name| !name.is_empty())
    }
}

impl Delivery {
    /// The call that brings it there, of a target that is called by its API alone.
    ///
    /// # Errors
    /// What is wrong with ARN, parameters or input.
    pub fn request(&self) -> Result<Request, String> {
        let input = &*self.input;
        Ok(match &self.target {
            Target::StateMachine { arn } => request(
                "sfn",
                "startExecution",
                json!({ "StateMachineArn": arn, "Name": self.execution_name(), "Input": input }),
            ),
            Target::Function { arn } => request(
                "lambda",
                "invoke",
                json!({ "FunctionName": arn, "InvocationType": "Event", "Payload": input }),
            ),
            Target::Sqs {
                arn,
                message_group_id,
            } => {
                let mut message = message(arn, input)?;
                if let Some(group) = message_group_id {
                    message.arguments["MessageGroupId"] = json!(group);
                }
                message
            }
            Target::Sns { .. } => self.published(&[]),
            Target::DeadLetter { arn, attributes } => {
                let attributes: Vec<_> = attributes.iter().collect();
                match ArnParts::of(arn).map(|parts| parts.service) {
                    Some("sns") => self.published(&attributes),
                    _ => {
                        let mut message = message(arn, input)?;
                        message.arguments["MessageAttributes"] = message_attributes(&attributes);
                        message
                    }
                }
            }
            Target::EventBus {
                arn,
                detail_type,
                source,
                resources,
            } => request(
                "eventbridge",
                "putEvents",
                json!({ "Entries": [{
                    "EventBusName": arn,
                    "Source": source,
                    "DetailType": detail_type,
                    "Detail": input,
                    "Resources": resources,
                }]}),
            ),
            Target::Kinesis { arn, partition_key } => request(
                "kinesis",
                "putRecord",
                json!({ "StreamARN": arn, "PartitionKey": partition_key, "Data": input }),
            ),
            Target::LogGroup { arn } => self.log_event(arn)?,
            Target::Universal { service, action } => Request {
                service: service.to_string().into(),
                action: action.to_string().into(),
                arguments: serde_json::from_str(input)
                    .map_err(|error| format!("the input is no JSON object: {error}"))?,
            },
            Target::Other { arn, parameters } => other(self, arn, parameters)?,
            Target::ApiDestination { arn, .. } => {
                return Err(format!("{arn} is called over HTTP, not by an API"));
            }
        })
    }

    /// Of an execution that it starts, as AWS has them: the Scheduler's is a UUID, that of a rule the event's id and a UUID.
    pub fn execution_name(&self) -> String {
        let digest: [u8; 32] = Sha256::new()
            .chain_update("stepwright execution's name ")
            .chain_update(self.seed.to_be_bytes())
            .chain_update(&*self.id)
            .finalize()
            .into();
        let uuid = |from: usize| {
            let mut bytes = [0; 16];
            bytes.copy_from_slice(&digest[from..from + 16]);
            uuid::Builder::from_random_bytes(bytes).into_uuid()
        };
        match &self.origin {
            Origin::Rule { event_id, .. } => format!("{event_id}_{}", uuid(0)),
            origin if origin.is_of_rule() => format!("{}_{}", uuid(16), uuid(0)),
            _ => uuid(0).to_string(),
        }
    }

    fn published(&self, attributes: &[(&std::sync::Arc<str>, &Attribute)]) -> Request {
        let mut arguments = json!({ "TopicArn": self.target.arn(), "Message": &*self.input });
        if !attributes.is_empty() {
            arguments["MessageAttributes"] = message_attributes(attributes);
        }
        request("sns", "publish", arguments)
    }

    /// The stream is the origin's; who calls makes it when it is not there. An input transformer may give `timestamp` and `message`
    /// (EventBridge User Guide, "CloudWatch Logs targets").
    fn log_event(&self, arn: &str) -> Result<Request, String> {
        let group = ArnParts::of(arn).and_then(|parts| parts.name("log-group"));
        let group = group.ok_or_else(|| format!("{arn} is no ARN of a log group"))?;
        let given: Option<Value> = serde_json::from_str(&self.input).ok();
        let given = given.as_ref().and_then(Value::as_object);
        let given = given.filter(|given| given.len() == 2);
        let parts = given.and_then(|given| Some((given.get("timestamp")?, given.get("message")?)));
        let (timestamp, message) = match parts {
            Some((timestamp, message)) => {
                let text = message.as_str().map(str::to_owned);
                (
                    timestamp.as_i64(),
                    text.unwrap_or_else(|| message.to_string()),
                )
            }
            None => (None, self.input.to_string()),
        };
        let stream = Sha256::digest(self.origin.arn().as_bytes());
        let stream: String = stream[..16]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Ok(request(
            "cloudwatchlogs",
            "putLogEvents",
            json!({
                "LogGroupName": group.trim_end_matches(":*"),
                "LogStreamName": stream,
                "LogEvents": [{
                    "Timestamp": timestamp.unwrap_or(self.created_millis),
                    "Message": message,
                }],
            }),
        ))
    }
}

fn message(arn: &str, body: &str) -> Result<Request, String> {
    let parts = ArnParts::of(arn).filter(|parts| parts.service == "sqs");
    let Some(ArnParts {
        partition,
        region,
        account,
        resource,
        ..
    }) = parts
    else {
        return Err(format!("{arn} is no ARN of a queue"));
    };
    let suffix = match partition {
        "aws-cn" => "amazonaws.com.cn",
        _ => "amazonaws.com",
    };
    Ok(request(
        "sqs",
        "sendMessage",
        json!({
            "QueueUrl": format!("https://sqs.{region}.{suffix}/{account}/{resource}"),
            "MessageBody": body,
        }),
    ))
}

fn message_attributes(attributes: &[(&std::sync::Arc<str>, &Attribute)]) -> Value {
    let one = |attribute: &Attribute| match attribute {
        Attribute::Text(text) => json!({ "DataType": "String", "StringValue": text }),
        Attribute::Number(number) => {
            json!({ "DataType": "Number", "StringValue": number.to_string() })
        }
    };
    let attributes = attributes.iter();
    attributes
        .map(|(name, attribute)| (name.to_string(), one(attribute)))
        .collect::<Map<_, _>>()
        .into()
}

/// Whether a target without a variant of its own can be called: for whoever puts it. `parameters`: the members of the target that
/// are named after a service, `{"EcsParameters": {…}}`.
///
/// # Errors
/// A sentence that says what is missing, or which targets there are.
pub fn check_other(arn: &str, parameters: &Value) -> Result<(), String> {
    let origin = Origin::Schedule {
        arn: "".into(),
        occurrence_millis: 0,
        target_id: None,
    };
    let target = Target::Universal {
        service: "".into(),
        action: "".into(),
    };
    let delivery = Delivery::new("", origin, target, "{}", 0);
    other(&delivery, arn, parameters).map(drop)
}

/// A member of the parameters, which has to be there.
fn required<'a>(parameters: &'a Value, block: &str, member: &str) -> Result<&'a Value, String> {
    let found = &parameters[block][member];
    match found {
        Value::Null => Err(format!("{block}.{member} is missing")),
        _ => Ok(found),
    }
}

fn other(delivery: &Delivery, arn: &str, parameters: &Value) -> Result<Request, String> {
    let parts = ArnParts::of(arn).ok_or_else(|| format!("{arn} is no ARN"))?;
    let named = |kind: &str| {
        let name = parts.name(kind);
        name.ok_or_else(|| format!("{arn} is no ARN of a {kind}"))
    };
    // What the input says about the call; an event that is no such object says nothing.
    let input: Option<Value> = serde_json::from_str(&delivery.input).ok();
    let input = input.unwrap_or_default();
    Ok(match (parts.service, parts.resource) {
        ("ecs", _) => run_task(delivery, arn, &parameters["EcsParameters"], &input)?,
        ("codebuild", _) => {
            let mut arguments = json!({ "ProjectName": named("project")? });
            let is_said = |name: &str| name.ends_with("Override") || name == "sourceVersion";
            copy(&mut arguments, &input, is_said);
            request("codebuild", "startBuild", arguments)
        }
        ("codepipeline", name) => request(
            "codepipeline",
            "startPipelineExecution",
            json!({ "Name": name }),
        ),
        ("firehose", _) => request(
            "firehose",
            "putRecord",
            json!({
                "DeliveryStreamName": named("deliverystream")?,
                "Record": { "Data": &*delivery.input },
            }),
        ),
        ("sagemaker", _) => {
            let mut arguments = json!({ "PipelineName": named("pipeline")? });
            let list = &parameters["SageMakerPipelineParameters"]["PipelineParameterList"];
            if list.is_array() {
                arguments["PipelineParameters"] = list.clone();
            }
            request("sagemaker", "startPipelineExecution", arguments)
        }
        ("inspector", _) => request(
            "inspector",
            "startAssessmentRun",
            json!({ "AssessmentTemplateArn": arn }),
        ),
        ("batch", _) => {
            named("job-queue")?;
            let block = "BatchParameters";
            let mut arguments = json!({
                "JobQueue": arn,
                "JobDefinition": required(parameters, block, "JobDefinition")?,
                "JobName": required(parameters, block, "JobName")?,
            });
            let is_taken = |name: &str| matches!(name, "ArrayProperties" | "RetryStrategy");
            copy(&mut arguments, &parameters[block], is_taken);
            let is_said = |name: &str| matches!(name, "Parameters" | "ContainerOverrides");
            copy(&mut arguments, &input, is_said);
            request("batch", "submitJob", arguments)
        }
        ("ssm", resource) if resource.starts_with("automation-definition/") => {
            let name = named("automation-definition")?;
            let (name, version) = name.split_once(':').unwrap_or((name, "$DEFAULT"));
            request(
                "ssm",
                "startAutomationExecution",
                json!({ "DocumentName": name, "DocumentVersion": version, "Parameters": parameters_of(input) }),
            )
        }
        ("ssm", _) => {
            let targets = required(parameters, "RunCommandParameters", "RunCommandTargets")?;
            request(
                "ssm",
                "sendCommand",
                json!({
                    "DocumentName": named("document")?,
                    "Targets": targets,
                    "Parameters": parameters_of(input),
                }),
            )
        }
        ("redshift" | "redshift-serverless", _) => {
            let block = "RedshiftDataParameters";
            let mut arguments = json!({ "Database": required(parameters, block, "Database")? });
            let is_taken = |name: &str| {
                matches!(
                    name,
                    "DbUser" | "StatementName" | "WithEvent" | "Sql" | "Sqls"
                )
            };
            copy(&mut arguments, &parameters[block], is_taken);
            if let Some(secret) = parameters[block]["SecretManagerArn"].as_str() {
                arguments["SecretArn"] = json!(secret);
            }
            match parts.service {
                "redshift" => arguments["ClusterIdentifier"] = json!(named("cluster")?),
                _ => arguments["WorkgroupName"] = json!(arn),
            }
            let action = match parameters[block]["Sqls"].is_array() {
                true => "batchExecuteStatement",
                false => "executeStatement",
            };
            request("redshiftdata", action, arguments)
        }
        (service, _) => {
            return Err(format!(
                "targets of {service} are not supported here ({arn}); those of Step Functions, Lambda, SQS, SNS, EventBridge, CloudWatch \
                 Logs, Kinesis, Firehose, ECS, Batch, CodeBuild, CodePipeline, SageMaker, Inspector, Systems Manager and Redshift are"
            ));
        }
    })
}

/// Documents take lists of texts.
fn parameters_of(input: Value) -> Value {
    let Value::Object(input) = input else {
        return json!({});
    };
    let lists = input.into_iter().filter(|(_, value)| value.is_array());
    lists.collect::<Map<_, _>>().into()
}

fn copy(into: &mut Value, from: &Value, is_taken: impl Fn(&str) -> bool) {
    for (name, value) in from.as_object().into_iter().flatten() {
        if is_taken(name) && !value.is_null() {
            into[name.as_str()] = value.clone();
        }
    }
}

fn run_task(
    delivery: &Delivery,
    cluster: &str,
    parameters: &Value,
    input: &Value,
) -> Result<Request, String> {
    let definition = &parameters["TaskDefinitionArn"];
    if definition.is_null() {
        return Err("EcsParameters.TaskDefinitionArn is missing".to_owned());
    }
    // As the tasks of Scheduler and of rules are marked.
    let (mark, arn) = match &delivery.origin {
        Origin::Schedule {
            arn,
            target_id: None,
            ..
        } => ("chronos-schedule", arn),
        origin => ("events-rule", origin.arn()),
    };
    let name: String = arn.rsplit('/').next().unwrap_or(arn).into();
    let started_by: String = format!("{mark}/{name}").chars().take(128).collect();
    let mut arguments = json!({
        "Cluster": cluster,
        "TaskDefinition": definition,
        "StartedBy": started_by,
    });
    if let Some(count) = parameters["TaskCount"].as_u64() {
        arguments["Count"] = json!(count);
    }
    let is_taken = |name: &str| !matches!(name, "TaskDefinitionArn" | "TaskCount");
    copy(&mut arguments, parameters, is_taken);
    let mut overrides = json!({});
    copy(&mut overrides, input, |name| {
        matches!(
            name,
            "containerOverrides"
                | "cpu"
                | "memory"
                | "executionRoleArn"
                | "taskRoleArn"
                | "ephemeralStorage"
                | "inferenceAcceleratorOverrides"
        )
    });
    if overrides != json!({}) {
        arguments["Overrides"] = overrides;
    }
    Ok(request("ecs", "runTask", arguments))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(target: Target, input: &str) -> Delivery {
        let origin = Origin::Rule {
            arn: "arn:aws:events:eu-west-1:123456789012:rule/nightly".into(),
            target_id: "1".into(),
            event_id: "11111111-2222-3333-4444-555555555555".into(),
        };
        Delivery::new("d", origin, target, input, 1_000)
    }

    #[test]
    fn names_of_executions_are_those_of_their_deliveries() {
        let arn = "arn:aws:states:eu-west-1:123456789012:stateMachine:m".into();
        let mut one = delivery(Target::StateMachine { arn }, "{}");
        let name = one.execution_name();
        assert_eq!(name, one.clone().execution_name());
        assert_eq!(name.len(), 36 + 1 + 36);
        assert!(name.starts_with("11111111-2222-3333-4444-555555555555_"));
        one.seed ^= 1;
        assert_ne!(name, one.execution_name());
    }

    #[test]
    fn a_log_event_is_the_input_or_what_a_transformer_made_of_it() {
        let arn = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/events/a:*";
        let event = |input: &str| {
            let target = Target::LogGroup { arn: arn.into() };
            let request = delivery(target, input).request().unwrap();
            assert_eq!(request.arguments["LogGroupName"], "/aws/events/a");
            request.arguments["LogEvents"][0].clone()
        };
        assert_eq!(
            event("{\"a\":1}"),
            json!({ "Timestamp": 1000, "Message": "{\"a\":1}" })
        );
        assert_eq!(
            event("{\"timestamp\":7,\"message\":\"m\"}"),
            json!({ "Timestamp": 7, "Message": "m" })
        );
    }

    #[test]
    fn targets_that_cannot_be_called_are_told_before() {
        let refused = |arn: &str, parameters: Value| check_other(arn, &parameters).unwrap_err();
        let cluster = "arn:aws:ecs:eu-west-1:123456789012:cluster/c";
        assert_eq!(
            refused(cluster, json!({})),
            "EcsParameters.TaskDefinitionArn is missing"
        );
        let task = json!({ "EcsParameters": { "TaskDefinitionArn": "t" } });
        assert_eq!(check_other(cluster, &task), Ok(()));
        let api = "arn:aws:execute-api:eu-west-1:123456789012:a/prod/GET/x";
        assert!(refused(api, json!({})).contains("targets of execute-api are not supported"));
        assert_eq!(refused("no", json!({})), "no is no ARN");
    }
}

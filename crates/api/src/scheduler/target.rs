//! Targets of schedules: what CreateSchedule accepts, and what a delivery makes of it.
//!
//! Templated targets are those of the user guide, "Using templated targets"; anything else is a universal target,
//! `arn:aws:scheduler:::aws-sdk:SERVICE:ACTION`.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::error::validation;
use crate::Place;
use crate::delivery::Target;
use crate::wire::ServiceError;

const UNIVERSAL: &str = ":scheduler:::aws-sdk:";
/// Of an input, in bytes (user guide, "Quotas").
const MAX_INPUT_BYTES: usize = 256 * 1024;

/// What a service is called for, the block of parameters that is its own, and whether it needs it.
const TEMPLATED: [(&str, Option<&str>, bool); 12] = [
    ("codebuild", None, false),
    ("codepipeline", None, false),
    ("ecs", Some("EcsParameters"), true),
    ("events", Some("EventBridgeParameters"), true),
    ("firehose", None, false),
    ("inspector", None, false),
    ("kinesis", Some("KinesisParameters"), true),
    ("lambda", None, false),
    ("sagemaker", Some("SageMakerPipelineParameters"), false),
    ("sns", None, false),
    ("sqs", Some("SqsParameters"), false),
    ("states", None, false),
];

/// Blocks of parameters of the model that no target here takes.
const OTHER_BLOCKS: [&str; 2] = [
    "EventBridgePutEventsV2Parameters",
    "EventBridgePutRawEventsParameters",
];

/// Actions that read, by how they begin (user guide, "Using universal targets").
const READING_VERBS: [&str; 25] = [
    "get",
    "describe",
    "list",
    "poll",
    "receive",
    "search",
    "scan",
    "query",
    "select",
    "read",
    "lookup",
    "discover",
    "validate",
    "batchGet",
    "batchDescribe",
    "batchRead",
    "transactGet",
    "adminGet",
    "adminList",
    "testMigration",
    "retrieve",
    "testConnection",
    "translateDocument",
    "isAuthorized",
    "invokeModel",
];

/// Refuses what AWS refuses.
///
/// # Errors
/// `ValidationException`.
pub fn check(target: &Map<String, Value>, place: &Place) -> Result<(), ServiceError> {
    let arn = text(target, "Arn");
    let input = target.get("Input").and_then(Value::as_str);
    if input.is_some_and(|input| input.len() > MAX_INPUT_BYTES) {
        return Err(validation(format!(
            "The input for the target is longer than {MAX_INPUT_BYTES} bytes."
        )));
    }
    let needs_json = match universal(arn) {
        Some((service, action)) => {
            check_universal(service, action)?;
            if input.is_none() {
                let why = "You must provide an input to set this target for your schedule.";
                return Err(validation(why));
            }
            refuse_blocks(target, None)?;
            true
        }
        None => {
            let service = check_templated(arn, target, place)?;
            matches!(service, "lambda" | "states" | "events")
        }
    };
    if let (true, Some(input)) = (needs_json, input)
        && serde_json::from_str::<serde::de::IgnoredAny>(input).is_err()
    {
        return Err(validation("JSON syntax error in input for the target."));
    }
    Ok(())
}

fn check_universal(service: &str, action: &str) -> Result<(), ServiceError> {
    let Some(found) = service_models::catalog().service(service) else {
        return Err(validation(format!(
            "{service} is not a supported service for a target."
        )));
    };
    let reads = READING_VERBS.iter().any(|verb| {
        let rest = action.strip_prefix(verb);
        rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_lowercase()))
    });
    if reads || found.operation(action).is_none() {
        return Err(validation(format!("{action} API is not supported.")));
    }
    Ok(())
}

/// The service that the ARN is of.
fn check_templated<'a>(
    arn: &'a str,
    target: &Map<String, Value>,
    place: &Place,
) -> Result<&'a str, ServiceError> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", partition, service, region, account, resource] = parts[..] else {
        return Err(validation("Provided Arn is not in correct format."));
    };
    let unsupported = || {
        validation(format!(
            "{service} is not a supported service for a target."
        ))
    };
    let (service, block, is_needed) = *TEMPLATED
        .iter()
        .find(|(known, ..)| *known == service)
        .ok_or_else(unsupported)?;
    let has_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    if partition.is_empty() || !has_account || resource.is_empty() {
        return Err(validation("Provided Arn is not in correct format."));
    }
    if region != &*place.region {
        return Err(validation(format!(
            "The target ARN provided does not match the current region {}.",
            place.region
        )));
    }
    let has_form = match service {
        "lambda" => resource.starts_with("function:"),
        "states" => resource.starts_with("stateMachine:"),
        "events" => resource.starts_with("event-bus/"),
        "kinesis" => resource.starts_with("stream/"),
        _ => true,
    };
    if !has_form {
        return Err(validation("Provided Arn is not in correct format."));
    }
    refuse_blocks(target, block)?;
    let is_fifo = service == "sqs" && resource.ends_with(".fifo");
    if let Some(block) = block
        && (is_needed || is_fifo)
        && !target.contains_key(block)
    {
        return Err(validation(format!("Parameters {block} must be specified.")));
    }
    check_block(service, is_fifo, target)?;
    Ok(service)
}

fn check_block(
    service: &str,
    is_fifo: bool,
    target: &Map<String, Value>,
) -> Result<(), ServiceError> {
    let member = |block: &str, name: &str| {
        let block = target.get(block).and_then(Value::as_object);
        block.and_then(|block| block.get(name)).cloned()
    };
    match service {
        "sqs" => match member("SqsParameters", "MessageGroupId") {
            None if is_fifo => Err(validation("Parameters MessageGroupId must be specified.")),
            Some(_) if !is_fifo => Err(validation(
                "Parameters MessageGroupId not valid for the target.",
            )),
            _ => Ok(()),
        },
        "ecs" => {
            let launch_type = member("EcsParameters", "LaunchType");
            let is_fargate = launch_type.as_ref().and_then(Value::as_str) == Some("FARGATE");
            match is_fargate && member("EcsParameters", "NetworkConfiguration").is_none() {
                true => Err(validation(
                    "Parameter NetworkConfiguration must be specified for the target when launch type is FARGATE.",
                )),
                false => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// Parameters of another kind of target.
fn refuse_blocks(target: &Map<String, Value>, own: Option<&str>) -> Result<(), ServiceError> {
    let blocks = TEMPLATED.iter().filter_map(|(_, block, _)| *block);
    for block in blocks.chain(OTHER_BLOCKS) {
        if target.contains_key(block) && own != Some(block) {
            return Err(validation(format!(
                "Parameters {block} not supported for the target."
            )));
        }
    }
    Ok(())
}

/// Service and action of a universal target.
fn universal(arn: &str) -> Option<(&str, &str)> {
    let (partition, rest) = arn.split_once(UNIVERSAL)?;
    let is_arn = partition.starts_with("arn:") && partition.matches(':').count() == 1;
    rest.split_once(':').filter(|_| is_arn)
}

/// Where deliveries of a schedule go.
pub fn aim(target: &Map<String, Value>, schedule_arn: &Arc<str>) -> Target {
    let arn: Arc<str> = text(target, "Arn").into();
    let of = |block: &str, name: &str| -> Option<Arc<str>> {
        let block = target.get(block).and_then(Value::as_object)?;
        block.get(name).and_then(Value::as_str).map(Into::into)
    };
    if let Some((service, action)) = universal(&arn) {
        return Target::Universal {
            service: service.into(),
            action: action.into(),
        };
    }
    match arn.split(':').nth(2).unwrap_or_default() {
        "states" => Target::StateMachine { arn },
        "lambda" => Target::Function { arn },
        "sns" => Target::Sns { arn },
        "sqs" => Target::Sqs {
            message_group_id: of("SqsParameters", "MessageGroupId"),
            arn,
        },
        "kinesis" => Target::Kinesis {
            partition_key: of("KinesisParameters", "PartitionKey").unwrap_or_default(),
            arn,
        },
        "events" => Target::EventBus {
            detail_type: of("EventBridgeParameters", "DetailType").unwrap_or_default(),
            source: of("EventBridgeParameters", "Source").unwrap_or_default(),
            resources: vec![schedule_arn.clone()],
            arn,
        },
        _ => {
            let mut parameters = target.clone();
            parameters.retain(|name, _| name.ends_with("Parameters"));
            Target::Other {
                arn,
                parameters: Value::Object(parameters),
            }
        }
    }
}

fn text<'a>(target: &'a Map<String, Value>, name: &str) -> &'a str {
    target.get(name).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn place() -> Place {
        Place {
            partition: "aws".into(),
            region: "us-east-1".into(),
            account: "123456789012".into(),
        }
    }

    fn refusal(target: Value) -> Option<String> {
        let target = target.as_object().unwrap();
        check(target, &place()).err().map(|error| error.message)
    }

    #[test]
    fn every_kind_of_target_is_taken() {
        let arn = |service: &str, resource: &str| {
            format!("arn:aws:{service}:us-east-1:123456789012:{resource}")
        };
        let ecs = json!({"TaskDefinitionArn": "a"});
        let bus = json!({"DetailType": "d", "Source": "s"});
        for target in [
            json!({"Arn": arn("states", "stateMachine:m"), "Input": "{}"}),
            json!({"Arn": arn("states", "stateMachine:m:prod")}),
            json!({"Arn": arn("lambda", "function:f:3")}),
            json!({"Arn": arn("sqs", "q"), "Input": "no JSON"}),
            json!({"Arn": arn("sqs", "q.fifo"), "SqsParameters": {"MessageGroupId": "g"}}),
            json!({"Arn": arn("sns", "t")}),
            json!({"Arn": arn("kinesis", "stream/s"), "KinesisParameters": {"PartitionKey": "k"}}),
            json!({"Arn": arn("events", "event-bus/b"), "EventBridgeParameters": bus}),
            json!({"Arn": arn("ecs", "cluster/c"), "EcsParameters": ecs}),
            json!({"Arn": arn("codebuild", "project/p")}),
            json!({"Arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage", "Input": "{}"}),
            json!({"Arn": "arn:aws:scheduler:::aws-sdk:ec2:startInstances", "Input": "{}"}),
            json!({"Arn": "arn:aws:scheduler:::aws-sdk:sfn:startExecution", "Input": "{}"}),
        ] {
            assert_eq!(refusal(target.clone()), None, "{target}");
        }
    }

    #[test]
    fn what_aws_refuses_is_refused_in_its_words() {
        let arn = |service: &str, resource: &str| {
            format!("arn:aws:{service}:us-east-1:123456789012:{resource}")
        };
        let universal = |action: &str| format!("arn:aws:scheduler:::aws-sdk:{action}");
        for (target, message) in [
            (
                json!({"Arn": "m"}),
                "Provided Arn is not in correct format.",
            ),
            (
                json!({"Arn": arn("lambda", "f")}),
                "Provided Arn is not in correct format.",
            ),
            (
                json!({"Arn": arn("s3", "b")}),
                "s3 is not a supported service for a target.",
            ),
            (
                json!({"Arn": "arn:aws:lambda:eu-west-1:123456789012:function:f"}),
                "The target ARN provided does not match the current region us-east-1.",
            ),
            (
                json!({"Arn": "arn:aws:scheduler:us-east-1:123456789012:aws-sdk:sqs:sendMessage"}),
                "scheduler is not a supported service for a target.",
            ),
            (
                json!({"Arn": universal("sqs:sendMessage")}),
                "You must provide an input to set this target for your schedule.",
            ),
            (
                json!({"Arn": universal("sqs:getQueueUrl"), "Input": "{}"}),
                "getQueueUrl API is not supported.",
            ),
            (
                json!({"Arn": universal("sqs:sendMessages"), "Input": "{}"}),
                "sendMessages API is not supported.",
            ),
            (
                json!({"Arn": universal("sqsx:sendMessage"), "Input": "{}"}),
                "sqsx is not a supported service for a target.",
            ),
            (
                json!({"Arn": universal("sqs:sendMessage"), "Input": "{"}),
                "JSON syntax error in input for the target.",
            ),
            (
                json!({"Arn": arn("states", "stateMachine:m"), "Input": "x"}),
                "JSON syntax error in input for the target.",
            ),
            (
                json!({"Arn": arn("lambda", "function:f"), "SqsParameters": {}}),
                "Parameters SqsParameters not supported for the target.",
            ),
            (
                json!({"Arn": arn("sqs", "q.fifo")}),
                "Parameters SqsParameters must be specified.",
            ),
            (
                json!({"Arn": arn("sqs", "q"), "SqsParameters": {"MessageGroupId": "g"}}),
                "Parameters MessageGroupId not valid for the target.",
            ),
            (
                json!({"Arn": arn("kinesis", "stream/s")}),
                "Parameters KinesisParameters must be specified.",
            ),
            (
                json!({
                    "Arn": arn("ecs", "cluster/c"),
                    "EcsParameters": {"TaskDefinitionArn": "a", "LaunchType": "FARGATE"},
                }),
                "Parameter NetworkConfiguration must be specified for the target when launch type is FARGATE.",
            ),
        ] {
            assert_eq!(
                refusal(target.clone()).as_deref(),
                Some(message),
                "{target}"
            );
        }
        // `getQueueUrl` reads, an action that only begins with the same letters does not.
        assert_eq!(
            refusal(json!({"Arn": universal("glue:startJobRun"), "Input": "{}"})),
            None
        );
    }
}

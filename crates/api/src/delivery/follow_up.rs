//! What follows a delivery's end: its dead letter, the record of an asynchronous invocation. Deliveries themselves: pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use interpreter::time::iso_of_millis;
use serde_json::{Value, json};

use super::{
    Attribute, Delivered, Delivery, DeliveryError, FunctionResponse, Origin, Retry, Target,
};

/// A message of SQS with its attributes.
const MAX_MESSAGE_BYTES: usize = 256 * 1024;
/// Of an error's text.
const MAX_ERROR_BYTES: usize = 1024;

pub fn of_success(
    delivery: &Delivery,
    delivered: &Delivered,
    now_millis: i64,
) -> Vec<Arc<Delivery>> {
    let destination = delivery.destinations.on_success.as_ref();
    let record = destination.and_then(|arn| {
        let response = delivered.response.as_ref();
        result(delivery, arn, "Success", response, now_millis)
    });
    record.into_iter().collect()
}

pub fn of_failure(
    delivery: &Delivery,
    error: &DeliveryError,
    now_millis: i64,
) -> Vec<Arc<Delivery>> {
    let condition = match has_attempts(delivery) {
        true => "EventAgeExceeded",
        false => "RetriesExhausted",
    };
    let destination = delivery.destinations.on_failure.as_ref();
    let record = destination.and_then(|arn| {
        let response = error.response.as_ref();
        result(delivery, arn, condition, response, now_millis)
    });
    let letter = delivery
        .dead_letter_arn
        .as_ref()
        .map(|arn| dead_letter(delivery, arn, error, now_millis));
    letter.into_iter().chain(record).collect()
}

fn has_attempts(delivery: &Delivery) -> bool {
    delivery.attempts - delivery.turned_away < delivery.max_attempts
}

fn follow_up(
    delivery: &Delivery,
    what: &str,
    target: Target,
    input: String,
    now_millis: i64,
) -> Arc<Delivery> {
    let id = format!("{}/{what}", delivery.id);
    let of = Box::new(delivery.origin.clone());
    let origin = Origin::FollowUp { of };
    Arc::new(Delivery::new(id, origin, target, input, now_millis))
}

/// EventBridge User Guide, "Using dead-letter queues to process undelivered events"; Scheduler User Guide, "Configuring a dead-letter
/// queue"; Lambda Developer Guide, "Dead-letter queues".
fn dead_letter(
    delivery: &Delivery,
    arn: &Arc<str>,
    error: &DeliveryError,
    now_millis: i64,
) -> Arc<Delivery> {
    let mut attributes = BTreeMap::new();
    let mut text = |name: &str, text: &str| {
        attributes.insert(
            name.into(),
            Attribute::Text(cut(text, MAX_ERROR_BYTES).into()),
        );
    };
    let condition = match (error.retry, has_attempts(delivery)) {
        (Retry::No, _) => None,
        (_, true) => Some("MaximumEventAgeInSeconds"),
        (_, false) => Some("MaximumRetryAttempts"),
    };
    let is_of_rule = delivery.origin.is_of_rule();
    let body = delivery.dead_letter_body.as_ref();
    let mut body: &str = body.unwrap_or(&delivery.input);
    match &delivery.origin {
        Origin::Invocation { request_id, .. } => {
            text("RequestID", request_id);
            text("ErrorMessage", &error.message);
            let status = if error.response.is_some() { 200 } else { 500 };
            attributes.insert("ErrorCode".into(), Attribute::Number(status));
        }
        origin => {
            match origin {
                _ if is_of_rule => text("RULE_ARN", origin.arn()),
                Origin::Schedule {
                    arn,
                    occurrence_millis,
                    ..
                } => {
                    text("SCHEDULE_ARN", arn);
                    text("SCHEDULED_TIME", &iso_seconds(*occurrence_millis));
                    text("EXECUTION_ID", &delivery.id);
                    let whole = body;
                    body = cut(whole, MAX_MESSAGE_BYTES - 8 * 1024);
                    let is_cut = (body.len() < whole.len()).to_string();
                    text("IS_PAYLOAD_TRUNCATED", &is_cut);
                }
                _ => {}
            }
            let code = match is_of_rule {
                true => rule_error(&error.code),
                false => &error.code,
            };
            text("TARGET_ARN", &delivery.target.arn());
            text("ERROR_CODE", code);
            text("ERROR_MESSAGE", &error.message);
            let retries = delivery.attempts.saturating_sub(1);
            text("RETRY_ATTEMPTS", &retries.to_string());
            if let Some(condition) = condition {
                text("EXHAUSTED_RETRY_CONDITION", condition);
            }
        }
    }
    // SQS refuses attributes without a value.
    attributes.retain(|_, value| !matches!(value, Attribute::Text(text) if text.is_empty()));
    let target = Target::DeadLetter {
        arn: arn.clone(),
        attributes,
    };
    follow_up(delivery, "dead-letter", target, body.to_owned(), now_millis)
}

/// The words of rules for errors of targets (EventBridge User Guide, the same page).
fn rule_error(code: &str) -> &'static str {
    let has = |part: &str| code.contains(part);
    if has("AccessDenied") || has("NotAuthorized") || has("UnrecognizedClient") {
        "NO_PERMISSIONS"
    } else if has("AlreadyExists") {
        "RESOURCE_ALREADY_EXISTS"
    } else if has("NotFound") || has("DoesNotExist") || has("NonExistent") {
        "NO_RESOURCE"
    } else if has("Throttl") || has("TooManyRequests") {
        "THROTTLING"
    } else if has("LimitExceeded") {
        "RESOURCE_LIMIT_EXCEEDED"
    } else if has("Invalid") || has("Validation") {
        "INVALID_PARAMETER"
    } else if has("SdkClient") {
        "SDK_CLIENT_ERROR"
    } else {
        "ERROR_FROM_TARGET"
    }
}

/// The record of an asynchronous invocation, on its way to a destination (Lambda Developer Guide, "Retaining records of asynchronous
/// invocations").
fn result(
    delivery: &Delivery,
    destination: &Arc<str>,
    condition: &str,
    response: Option<&FunctionResponse>,
    now_millis: i64,
) -> Option<Arc<Delivery>> {
    let Origin::Invocation {
        function_arn,
        request_id,
    } = &delivery.origin
    else {
        return None;
    };
    let mut record = json!({
        "version": "1.0",
        "timestamp": iso_of_millis(now_millis),
        "requestContext": {
            "requestId": request_id,
            "functionArn": qualified(function_arn),
            "condition": condition,
            "approximateInvokeCount": delivery.attempts - delivery.turned_away,
        },
        "requestPayload": payload(&delivery.input),
    });
    if let Some(response) = response {
        let mut context = json!({
            "statusCode": 200,
            "executedVersion": response.executed_version,
        });
        if let Some(error) = &response.function_error {
            context["functionError"] = Value::from(&**error);
        }
        record["responseContext"] = context;
        record["responsePayload"] = payload(&response.payload);
    }
    let arn = destination.clone();
    let target = match destination.split(':').nth(2) {
        Some("lambda") => Target::Function { arn },
        Some("sns") => Target::Sns { arn },
        Some("events") => Target::EventBus {
            resources: vec![function_arn.clone(), arn.clone()],
            arn,
            source: "lambda".into(),
            detail_type: match condition {
                "Success" => "Lambda Function Invocation Result - Success".into(),
                _ => "Lambda Function Invocation Result - Failure".into(),
            },
        },
        _ => Target::Sqs {
            arn,
            message_group_id: None,
        },
    };
    let record = record.to_string();
    Some(follow_up(delivery, "result", target, record, now_millis))
}

/// Records name a version or alias, `$LATEST` without one.
fn qualified(function_arn: &str) -> String {
    match function_arn.split(':').count() {
        7 => format!("{function_arn}:$LATEST"),
        _ => function_arn.to_owned(),
    }
}

/// What is no JSON is shown as text.
fn payload(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
}

/// `2026-11-23T02:00:00Z`
fn iso_seconds(millis: i64) -> String {
    let iso = iso_of_millis(millis);
    match iso.split_once('.') {
        Some((seconds, _)) => format!("{seconds}Z"),
        None => iso,
    }
}

fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

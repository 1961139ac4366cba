//! An action as one object, for machines.

use serde_json::{Map, Value, json};
use service_models::{AcceptorState, Expected, Matcher, Operation, Paginator, Shape, Waiter};
use states_language::integration::Parameters;
use states_language::resource::Pattern;

use super::{Pages, argument, expected, failures, removed};
use crate::actions::{Action, parameters_json, pattern_name, protocol_name};

pub fn described(action: &Action, snippet: Option<Value>, depth: usize) -> Value {
    let mut object = action.summary();
    if let Some(operation) = action.operation() {
        let service = operation.service();
        let shape = |shape: Option<Shape>| shape.map_or(json!([]), |s| parameters_json(s, depth));
        object["operation"] = operation.name().into();
        object["service"] = json!({
            "segment": service.segment(),
            "name": service.full_name(),
            "serviceId": service.service_id(),
            "botoName": service.boto_name(),
            "errorPrefix": service.exception_prefix(),
        });
        object["protocol"] = protocol_name(service.protocol()).into();
        object["iamActions"] = operation.iam_actions().into();
        object["reference"] = operation.reference_url().into();
        object["deprecated"] = operation.is_deprecated().into();
        object["parameters"] = shape(operation.input());
        object["result"] = shape(operation.output());
        object["errors"] = failures(operation)
            .into_iter()
            .map(|failure| {
                json!({"name": failure.name, "code": failure.code, "httpStatus": failure.status})
            })
            .collect();
        object["paginator"] = match operation.paginator() {
            Some(paginator) => paginator_json(operation, paginator),
            None => Value::Null,
        };
        object["waiters"] = operation
            .waiters()
            .map(|waiter| waiter_json(operation, waiter))
            .collect();
    } else if let Some(Parameters::Listed(names)) = action.optimized().map(|o| &o.parameters) {
        object["parameters"] = names.iter().map(|name| json!({"name": name})).collect();
    }
    object["optimized"] = match action.optimized() {
        Some(optimized) => {
            let arns: Map<String, Value> = optimized
                .patterns()
                .iter()
                .map(|pattern| {
                    (
                        pattern_name(*pattern).to_owned(),
                        optimized.arn(*pattern).into(),
                    )
                })
                .collect();
            json!({"resource": optimized.arn(Pattern::RequestResponse), "patterns": arns, "withoutParameters": removed(action)})
        }
        None => Value::Null,
    };
    object["snippet"] = snippet.unwrap_or_default();
    object
}

fn paginator_json(operation: Operation, paginator: &Paginator) -> Value {
    let names = Pages::of(operation, paginator);
    json!({
        "inputTokens": names.input_tokens,
        "outputTokens": names.output_tokens,
        "resultKeys": names.results,
        "limit": names.limit,
        "moreResults": names.more_results,
    })
}

fn waiter_json(operation: Operation, waiter: &Waiter) -> Value {
    let acceptors: Vec<Value> = waiter
        .acceptors
        .iter()
        .map(|acceptor| {
            json!({
                "state": match acceptor.state {
                    AcceptorState::Success => "success",
                    AcceptorState::Failure => "failure",
                    AcceptorState::Retry => "retry",
                },
                "matcher": match acceptor.matcher {
                    Matcher::Path => "path",
                    Matcher::PathAll => "pathAll",
                    Matcher::PathAny => "pathAny",
                    Matcher::Error => "error",
                    Matcher::Status => "status",
                },
                "argument": argument(operation, acceptor),
                "expected": match acceptor.expected {
                    Expected::Boolean(value) => Value::from(value),
                    Expected::Text(_) => expected(operation, acceptor).into(),
                    Expected::Number(value) => value.into(),
                },
            })
        })
        .collect();
    json!({
        "name": waiter.name,
        "delaySeconds": waiter.delay_seconds,
        "maxAttempts": waiter.max_attempts,
        "acceptors": acceptors,
    })
}

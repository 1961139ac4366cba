//! A definition that calls an action once for each page of its answer.

use serde_json::{Value, json};
use service_models::expression::with_sfn_names;
use service_models::{Paginator, Shape};

use super::Action;
use super::snippet::{arguments, state_name};

/// In JSONata: the pages' items are collected in a variable; `None` when the answer does not come in pages.
pub fn pages(action: &Action) -> Option<Value> {
    let operation = action.operation().filter(|_| action.refusal().is_none())?;
    let paginator = operation.paginator()?;
    let (input, output) = (operation.input()?, operation.output()?);
    let name = state_name(action);
    let items = paginator
        .result_keys
        .first()
        .map(|key| in_result(key, output))?;
    Some(json!({
        "QueryLanguage": "JSONata",
        "StartAt": "Start",
        "States": {
            "Start": {
                "Type": "Pass",
                "Assign": {"items": [], "nextPage": {}},
                "Next": name,
            },
            name.as_str(): {
                "Type": "Task",
                "Resource": action.arn(),
                "Arguments": format!("{{% $merge([{}, $nextPage]) %}}", Value::Object(arguments(action))),
                "Assign": {
                    "items": format!("{{% $append($items, {items}) %}}"),
                    "nextPage": next_page(paginator, input, output),
                },
                "Next": "IsLastPage",
            },
            "IsLastPage": {
                "Type": "Choice",
                "Choices": [{"Condition": "{% $nextPage = {} %}", "Next": "Done"}],
                "Default": name,
            },
            "Done": {"Type": "Succeed", "Output": "{% $items %}"},
        },
    }))
}

/// The arguments that the next call needs beside those of the first; `{}` after the last page.
fn next_page(paginator: &Paginator, input: Shape, output: Shape) -> String {
    let tokens: Vec<String> = paginator
        .input_tokens
        .iter()
        .zip(&paginator.output_tokens)
        .map(|(to, from)| {
            format!(
                "'{}': {}",
                with_sfn_names(to, input),
                in_result(from, output)
            )
        })
        .collect();
    let tokens = format!("{{{}}}", tokens.join(", "));
    let is_there = match (paginator.more_results, paginator.output_tokens.first()) {
        (Some(more), _) => in_result(more, output),
        // Some services answer an empty token with the last page.
        (None, Some(token)) => format!("$boolean({})", in_result(token, output)),
        (None, None) => return "{% {} %}".to_owned(),
    };
    format!("{{% {is_there} ? {tokens} : {{}} %}}")
}

/// A path of a paginator as JSONata over the task's result. `||` is the only operator that paginators use.
fn in_result(expression: &str, output: Shape) -> String {
    let operands: Vec<String> = with_sfn_names(expression, output)
        .split("||")
        .map(|operand| format!("$states.result.{}", operand.trim()))
        .collect();
    let or = |rest: String, first: &String| format!("($boolean({first}) ? {first} : {rest})");
    let mut operands = operands.iter().rev();
    let last = operands.next().cloned().unwrap_or_default();
    operands.fold(last, or)
}

//! Parameters of a template: their values, types and constraints.
//!
//! Source: CloudFormation Template Reference, "Parameters".

use regex::Regex;
use serde_json::Value;
use states_language::source::Span;
use states_language::syntax::Node;

use super::resolve::{Resolver, scalar};
use super::{Problem, Template};

/// A parameter's value; `None`: there is no such parameter.
pub(super) fn value(
    resolver: &Resolver<'_>,
    name: &str,
    span: Span,
) -> Option<Result<Value, Problem>> {
    let template = resolver.template;
    let declared = template.root.get("Parameters")?.get(name)?;
    let hint = || format!("--var {name}=VALUE gives it one");
    let text = match given(template, name, declared) {
        Some(text) => text,
        None => {
            let message = match is_stored(declared) {
                true => format!("The parameter '{name}' is kept in Parameter Store"),
                false => format!("The parameter '{name}' has no value and no default"),
            };
            return Some(Err(resolver.problem(span, message).with_hint(hint())));
        }
    };
    let type_name = type_name(declared);
    let is_list = type_name == "CommaDelimitedList" || type_name.contains("List<");
    Some(Ok(match is_list {
        true => items(&text).into_iter().collect(),
        false => Value::String(text),
    }))
}

/// The value that was given, else the default.
fn given(template: &Template, name: &str, declared: &Node) -> Option<String> {
    if let Some(given) = template.settings.parameters.get(name) {
        return Some(given.clone());
    }
    let default = declared.get("Default").filter(|_| !is_stored(declared))?;
    // Digits stay as they are written: an account id is no number.
    Resolver::new(template)
        .value(default)
        .ok()
        .flatten()
        .as_ref()
        .and_then(scalar)
}

fn type_name(declared: &Node) -> &str {
    declared
        .get("Type")
        .and_then(Node::as_str)
        .unwrap_or("String")
}

/// Its default is the name of a parameter in Parameter Store.
fn is_stored(declared: &Node) -> bool {
    type_name(declared).starts_with("AWS::SSM::Parameter::Value")
}

fn items(text: &str) -> Vec<&str> {
    text.split(',').map(str::trim).collect()
}

/// Values that nobody is to see.
pub(super) fn secrets(template: &Template) -> Vec<String> {
    let parameters = template.root.get("Parameters").and_then(Node::members);
    let is_secret = |declared: &Node| {
        let no_echo = declared.get("NoEcho").map(Node::to_value);
        no_echo.as_ref().and_then(scalar).as_deref() == Some("true")
    };
    parameters
        .unwrap_or_default()
        .iter()
        .filter(|member| is_secret(&member.value))
        .filter_map(|member| given(template, &member.key, &member.value))
        .filter(|value| !value.is_empty())
        .collect()
}

/// What parameters with a value do not allow; names of values that are no parameters are somebody else's business.
pub(super) fn check(template: &Template) -> Vec<Problem> {
    let parameters = template.root.get("Parameters").and_then(Node::members);
    let mut problems = Vec::new();
    for member in parameters.unwrap_or_default() {
        let (name, declared) = (&member.key, &member.value);
        let Some(value) = given(template, name, declared) else {
            continue;
        };
        if let Some(message) = violation(name, declared, &value) {
            let problem = Problem::new(&template.source, member.key_span, message);
            problems.push(problem.with_hint(format!("--var {name}=VALUE gives it another value")));
        }
    }
    problems
}

fn violation(name: &str, declared: &Node, value: &str) -> Option<String> {
    let constraint = |key: &str| {
        let node = declared.get(key)?;
        scalar(&node.to_value())
    };
    let number = |key: &str| constraint(key)?.parse::<f64>().ok();
    let shown = match constraint("NoEcho").as_deref() {
        Some("true") => "its value".to_owned(),
        _ => format!("'{value}'"),
    };
    let explained = |rule: String| {
        let description = constraint("ConstraintDescription");
        let why = description.map_or(String::new(), |text| format!(": {text}"));
        Some(format!("The parameter '{name}' {rule}, not {shown}{why}"))
    };
    let type_name = type_name(declared);
    let single = [value];
    let is_list = type_name == "CommaDelimitedList" || type_name.contains("List<");
    let values = if is_list {
        items(value)
    } else {
        single.to_vec()
    };
    if let Some(allowed) = declared.get("AllowedValues").and_then(Node::items) {
        let allowed: Vec<String> = allowed
            .iter()
            .filter_map(|node| scalar(&node.to_value()))
            .collect();
        if !values
            .iter()
            .all(|value| allowed.iter().any(|one| one == value))
        {
            return explained(format!("has to be one of {}", allowed.join(", ")));
        }
    }
    if matches!(type_name, "Number" | "List<Number>") {
        for value in &values {
            let Ok(parsed) = value.parse::<f64>() else {
                return explained("has to be a number".to_owned());
            };
            if let Some(least) = number("MinValue").filter(|least| parsed < *least) {
                return explained(format!("has to be at least {least}"));
            }
            if let Some(most) = number("MaxValue").filter(|most| parsed > *most) {
                return explained(format!("has to be at most {most}"));
            }
        }
    }
    let length = value.chars().count() as f64;
    if let Some(least) = number("MinLength").filter(|least| length < *least) {
        return explained(format!("has to have at least {least} characters"));
    }
    if let Some(most) = number("MaxLength").filter(|most| length > *most) {
        return explained(format!("has to have at most {most} characters"));
    }
    if let Some(pattern) = constraint("AllowedPattern") {
        // Java's patterns are matched as a whole. What this machine's do not know is not checked.
        let matches = Regex::new(&format!("^(?:{pattern})$")).map(|regex| regex.is_match(value));
        if matches == Ok(false) {
            return explained(format!("has to match {pattern}"));
        }
    }
    None
}

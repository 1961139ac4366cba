//! Endpoints: an interpreter for the endpoint rule sets that AWS publishes with its models. Pure.
//!
//! A rule set is a tree of conditions whose leaves are endpoints or errors (Smithy 2.0, "Rules engine specification").
//! [`resolve`] answers where a request goes and how it is to be signed.

mod functions;
mod partition;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::Service;

/// Parameters of a rule set by name, such as `Region`, `UseFIPS`, `Endpoint`, `Bucket`: booleans, strings, lists of strings.
pub type Params = BTreeMap<String, Value>;

/// Where a request goes.
#[derive(Debug, Clone, PartialEq)]
pub struct Endpoint {
    pub url: String,
    /// How to sign, the service's favourite first; empty when the service's defaults hold.
    pub auth_schemes: Vec<AuthScheme>,
    /// Headers to add to every request.
    pub headers: Vec<(String, Vec<String>)>,
}

/// A way to sign requests for an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthScheme {
    /// `sigv4`, `sigv4a`, `sigv4-s3express`…
    pub name: String,
    pub signing_name: Option<String>,
    pub signing_region: Option<String>,
    /// For `sigv4a`.
    pub signing_region_set: Vec<String>,
    /// The path is not escaped a second time in the signature.
    pub disable_double_encoding: bool,
}

impl Endpoint {
    /// The scheme to sign with: the first that is plain SigV4.
    pub fn sigv4(&self) -> Option<&AuthScheme> {
        self.auth_schemes
            .iter()
            .find(|scheme| scheme.name == "sigv4")
    }
}

/// Why there is no endpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// The rule set refuses the parameters, in its own words.
    #[error("{0}")]
    Refused(String),
    #[error("the endpoint rules of {service} need the parameter {name}")]
    MissingParameter { service: &'static str, name: String },
    #[error("no endpoint rule of {service} applies")]
    NoRuleApplies { service: &'static str },
    /// The rule set uses something that this interpreter does not know.
    #[error("the endpoint rules of {service} cannot be interpreted: {what}")]
    NotUnderstood { service: &'static str, what: String },
}

/// The partition of a region: DNS suffixes, name, global region, as the rule sets see it. `None` without partitions.
pub fn partition(region: &str) -> Option<Value> {
    partition::find(crate::catalog().partitions(), region)
}

/// Evaluates the rule set of `service`. Parameters that are not given have the rule set's defaults.
pub fn resolve(service: &'static Service, params: &Params) -> Result<Endpoint, EndpointError> {
    let rules = service.rules();
    let mut scope = Scope {
        bindings: Map::new(),
    };
    for (name, declared) in rules["parameters"].as_object().into_iter().flatten() {
        let given = params
            .get(name)
            .filter(|value| !value.is_null())
            .or_else(|| declared.get("default"));
        match given {
            Some(value) => {
                scope.bindings.insert(name.clone(), value.clone());
            }
            None if declared["required"] == true => {
                return Err(EndpointError::MissingParameter {
                    service: service.boto_name(),
                    name: name.clone(),
                });
            }
            None => {}
        }
    }
    match evaluate_rules(&rules["rules"], &scope) {
        Ok(Some(endpoint)) => Ok(endpoint),
        Ok(None) => Err(EndpointError::NoRuleApplies {
            service: service.boto_name(),
        }),
        Err(Stop::Refused(message)) => Err(EndpointError::Refused(message)),
        Err(Stop::NotUnderstood(what)) => Err(EndpointError::NotUnderstood {
            service: service.boto_name(),
            what,
        }),
    }
}

/// What ends the evaluation without an endpoint.
enum Stop {
    Refused(String),
    NotUnderstood(String),
}

fn not_understood(what: impl std::fmt::Display) -> Stop {
    Stop::NotUnderstood(what.to_string())
}

/// Parameters and assigned values.
#[derive(Clone)]
struct Scope {
    bindings: Map<String, Value>,
}

fn evaluate_rules(rules: &Value, scope: &Scope) -> Result<Option<Endpoint>, Stop> {
    for rule in rules.as_array().into_iter().flatten() {
        let mut scope = scope.clone();
        if !conditions_hold(&rule["conditions"], &mut scope)? {
            continue;
        }
        match rule["type"].as_str() {
            Some("endpoint") => return endpoint(&rule["endpoint"], &scope).map(Some),
            Some("error") => return Err(Stop::Refused(text(&rule["error"], &scope)?)),
            Some("tree") => {
                if let Some(endpoint) = evaluate_rules(&rule["rules"], &scope)? {
                    return Ok(Some(endpoint));
                }
            }
            other => return Err(not_understood(format_args!("rule type {other:?}"))),
        }
    }
    Ok(None)
}

/// A condition holds when its function gives a value that is not false; the value may be assigned to a name.
fn conditions_hold(conditions: &Value, scope: &mut Scope) -> Result<bool, Stop> {
    for condition in conditions.as_array().into_iter().flatten() {
        let value = call(condition, scope)?;
        if value.is_null() || value == false {
            return Ok(false);
        }
        if let Some(name) = condition["assign"].as_str() {
            scope.bindings.insert(name.to_owned(), value);
        }
    }
    Ok(true)
}

fn call(call: &Value, scope: &Scope) -> Result<Value, Stop> {
    let name = call["fn"]
        .as_str()
        .ok_or_else(|| not_understood("condition without a function"))?;
    let arguments: Vec<Value> = call["argv"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|argument| value(argument, scope))
        .collect::<Result<_, _>>()?;
    functions::call(name, &arguments).ok_or_else(|| not_understood(format_args!("function {name}")))
}

/// The value of an expression: a literal, a template, a reference or a call. Null when a reference has no value.
fn value(expression: &Value, scope: &Scope) -> Result<Value, Stop> {
    match expression {
        Value::String(template) => Ok(Value::String(fill(template, scope)?)),
        Value::Array(items) => items.iter().map(|item| value(item, scope)).collect(),
        Value::Object(object) => match object.get("ref").and_then(Value::as_str) {
            Some(name) => Ok(scope.bindings.get(name).cloned().unwrap_or(Value::Null)),
            None if object.contains_key("fn") => call(expression, scope),
            None => {
                let fields = object
                    .iter()
                    .map(|(key, field)| Ok((key.clone(), value(field, scope)?)));
                fields.collect::<Result<Map<_, _>, _>>().map(Value::Object)
            }
        },
        literal => Ok(literal.clone()),
    }
}

fn text(expression: &Value, scope: &Scope) -> Result<String, Stop> {
    match value(expression, scope)? {
        Value::String(text) => Ok(text),
        other => Err(not_understood(format_args!(
            "{other} where a text is needed"
        ))),
    }
}

/// Fills `{name}` and `{name#path}` in a template; doubled braces stand for themselves.
fn fill(template: &str, scope: &Scope) -> Result<String, Stop> {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        filled.push_str(&rest[..at]);
        let brace = &rest[at..at + 1];
        let after = &rest[at + 1..];
        if let Some(after) = after.strip_prefix(brace) {
            filled.push_str(brace);
            rest = after;
            continue;
        }
        let (reference, tail) = after
            .split_once('}')
            .ok_or_else(|| not_understood(format_args!("template {template}")))?;
        let (name, path) = reference
            .split_once('#')
            .map_or((reference, None), |(name, path)| (name, Some(path)));
        let bound = scope.bindings.get(name).unwrap_or(&Value::Null);
        match path.map_or_else(|| bound.clone(), |path| functions::get_attr(bound, path)) {
            Value::String(text) => filled.push_str(&text),
            other => {
                return Err(not_understood(format_args!(
                    "{{{reference}}} is {other} in {template}"
                )));
            }
        }
        rest = tail;
    }
    filled.push_str(rest);
    Ok(filled)
}

fn endpoint(rule: &Value, scope: &Scope) -> Result<Endpoint, Stop> {
    let mut headers = Vec::new();
    for (name, values) in rule["headers"].as_object().into_iter().flatten() {
        let values = values
            .as_array()
            .into_iter()
            .flatten()
            .map(|value| text(value, scope))
            .collect::<Result<_, _>>()?;
        headers.push((name.clone(), values));
    }
    let properties = value(&rule["properties"], scope)?;
    let auth_schemes = properties["authSchemes"]
        .as_array()
        .into_iter()
        .flatten()
        .map(auth_scheme)
        .collect();
    Ok(Endpoint {
        url: text(&rule["url"], scope)?,
        auth_schemes,
        headers,
    })
}

fn auth_scheme(scheme: &Value) -> AuthScheme {
    let text = |key: &str| scheme[key].as_str().map(str::to_owned);
    let regions = scheme["signingRegionSet"].as_array().into_iter().flatten();
    AuthScheme {
        name: text("name").unwrap_or_default(),
        signing_name: text("signingName"),
        signing_region: text("signingRegion"),
        signing_region_set: regions
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        disable_double_encoding: scheme["disableDoubleEncoding"] == true,
    }
}

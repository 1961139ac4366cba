//! Functions that a template declares with code beside it.

use std::collections::BTreeMap;

use functions::{FunctionName, FunctionSpec};
use serde_json::Value;
use states_language::syntax::Node;

use super::resolve::Resolver;
use super::{Problem, Resource, Template, resource};

/// A function with local code.
#[derive(Debug, Clone)]
pub struct Function {
    pub logical_id: String,
    /// `FunctionName`, or the logical id.
    pub name: String,
    /// As `!GetAtt X.Arn` gives it.
    pub arn: String,
    /// How to run it; what cannot be resolved matters once it is to be run.
    pub spec: Result<FunctionSpec, Vec<Problem>>,
}

impl Function {
    /// Whether an invocation of `identifier` (a name, a logical id or an ARN, each with or without qualifier) means this function.
    pub fn is_named(&self, identifier: &str) -> bool {
        let Some(named) = FunctionName::parse(identifier) else {
            return false;
        };
        let own = FunctionName::parse(&self.arn);
        let elsewhere = |given: Option<&str>, own: Option<&str>| given.is_some() && given != own;
        let own_account = own.and_then(|own| own.account_id);
        let own_region = own.and_then(|own| own.region);
        (named.name == self.name || named.name == self.logical_id)
            && !elsewhere(named.account_id, own_account)
            && !elsewhere(named.region, own_region)
    }
}

const TYPES: [&str; 2] = ["AWS::Serverless::Function", "AWS::Lambda::Function"];

/// `None`: no function, or none whose code is beside the template.
pub(super) fn function(
    template: &Template,
    declared: Resource<'_>,
) -> Result<Option<Function>, Problem> {
    if !TYPES.contains(&declared.type_name) {
        return Ok(None);
    }
    let resolver = template.resolver();
    let properties = Properties {
        template,
        resolver: &resolver,
        declared,
    };
    if let Some(condition) = declared.node.get("Condition").and_then(Node::as_str)
        && !resolver.condition(condition, declared.node.span)?
    {
        return Ok(None);
    }
    let Some(code) = properties.code() else {
        return Ok(None);
    };
    let (Some(name), Some(arn)) = (
        resource::name(&resolver, declared)?,
        resource::arn(&resolver, declared)?,
    ) else {
        return Ok(None);
    };
    let spec = properties.spec(&name, code);
    Ok(Some(Function {
        logical_id: declared.logical_id.to_owned(),
        name,
        arn,
        spec,
    }))
}

enum Code<'t> {
    Local(&'t Node),
    /// SAM's default: the template's own folder.
    Here,
    Inline(&'t Node),
}

struct Properties<'a, 't> {
    template: &'t Template,
    resolver: &'a Resolver<'t>,
    declared: Resource<'t>,
}

impl<'t> Properties<'_, 't> {
    /// The function's own property, else that of `Globals`.
    fn get(&self, name: &str) -> Option<&'t Node> {
        self.declared.property(name).or_else(|| self.global(name))
    }

    fn global(&self, name: &str) -> Option<&'t Node> {
        let globals = self
            .template
            .root
            .get("Globals")
            .filter(|_| self.declared.type_name == TYPES[0]);
        globals?.get("Function")?.get(name)
    }

    /// `None` for code elsewhere: in S3, in an image.
    fn code(&self) -> Option<Code<'t>> {
        if self.get("PackageType").and_then(Node::as_str) == Some("Image")
            || self.get("ImageUri").is_some()
        {
            return None;
        }
        if let Some(inline) = self.get("InlineCode") {
            return Some(Code::Inline(inline));
        }
        match self.get("CodeUri").or_else(|| self.get("Code")) {
            None => Some(Code::Here),
            Some(node) => match node.as_str() {
                Some(uri) if uri.starts_with("s3://") || uri.starts_with("https://") => None,
                Some(_) => Some(Code::Local(node)),
                None if node.get("ZipFile").is_some() => node.get("ZipFile").map(Code::Inline),
                None if node.tag.is_some() => Some(Code::Local(node)),
                None => None,
            },
        }
    }

    fn spec(&self, name: &str, code: Code<'t>) -> Result<FunctionSpec, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut required = |property: &str| match self.text(property) {
            Ok(Some(text)) => text,
            Ok(None) => {
                problems.push(self.resolver.problem(
                    self.declared.node.span,
                    format!(
                        "The function '{}' has no {property}",
                        self.declared.logical_id
                    ),
                ));
                String::new()
            }
            Err(problem) => {
                problems.push(problem);
                String::new()
            }
        };
        let (runtime, handler) = (required("Runtime"), required("Handler"));
        let code_dir = match code {
            Code::Here => Ok(self.template.beside("")),
            Code::Local(node) => self
                .resolver
                .text(node)
                .map(|uri| self.template.beside(&uri)),
            Code::Inline(node) => Err(self
                .resolver
                .problem(node.span, "Code inside a template cannot be run locally")
                .with_hint("put it into a file and name its folder in CodeUri")),
        };
        let mut spec = FunctionSpec::new(name, &runtime, &handler, "");
        match code_dir {
            Ok(code_dir) => spec.code_dir = code_dir,
            Err(problem) => problems.push(problem),
        }
        let mut number = |property: &str, default: u32| match self.number(property) {
            Ok(number) => number.unwrap_or(default),
            Err(problem) => {
                problems.push(problem);
                default
            }
        };
        spec.timeout_seconds = number("Timeout", spec.timeout_seconds);
        spec.memory_mib = number("MemorySize", spec.memory_mib);
        match self.environment() {
            Ok(environment) => spec.environment = environment,
            Err(problem) => problems.push(problem),
        }
        if problems.is_empty() {
            Ok(spec)
        } else {
            Err(problems)
        }
    }

    fn text(&self, property: &str) -> Result<Option<String>, Problem> {
        self.get(property)
            .map(|node| self.resolver.text(node))
            .transpose()
    }

    fn number(&self, property: &str) -> Result<Option<u32>, Problem> {
        let Some(node) = self.get(property) else {
            return Ok(None);
        };
        let text = self.resolver.text(node)?;
        let number = text.parse().ok().filter(|number| *number > 0);
        number.map(Some).ok_or_else(|| {
            self.resolver.problem(
                node.span,
                format!("{property} has to be a whole number above 0"),
            )
        })
    }

    /// The variables of `Globals`, overridden by the function's own.
    fn environment(&self) -> Result<BTreeMap<String, String>, Problem> {
        let mut variables = BTreeMap::new();
        let own = self.declared.property("Environment");
        for node in [self.global("Environment"), own].into_iter().flatten() {
            let wrong = || {
                self.resolver.problem(
                    node.span,
                    "Environment has to hold an object 'Variables' of texts",
                )
            };
            let Some(Value::Object(environment)) = self.resolver.value(node)? else {
                continue;
            };
            let Some(Value::Object(values)) = environment.get("Variables") else {
                continue;
            };
            for (name, value) in values {
                let value = match value {
                    Value::String(text) => text.clone(),
                    Value::Number(_) | Value::Bool(_) => value.to_string(),
                    _ => return Err(wrong()),
                };
                variables.insert(name.clone(), value);
            }
        }
        Ok(variables)
    }
}

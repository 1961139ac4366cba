//! Functions that a template declares with code beside it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use functions::{FunctionName, FunctionSpec};
use serde_json::Value;
use states_language::syntax::Node;

use super::resolve::Resolver;
use super::{Problem, Resource, Template, resolve, resource};

/// A function of the template.
#[derive(Debug, Clone)]
pub struct Function {
    pub logical_id: String,
    /// `FunctionName`, or the logical id.
    pub name: String,
    /// As `!GetAtt X.Arn` gives it.
    pub arn: String,
    /// How to run it; what cannot be resolved matters once it is to be run.
    pub spec: Result<FunctionSpec, Vec<Problem>>,
    /// Why it cannot run here at all, if its code is not beside the template.
    pub elsewhere: Option<&'static str>,
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

/// Types of layers, and their property with the content.
const LAYER_TYPES: [(&str, &str); 2] = [
    ("AWS::Serverless::LayerVersion", "ContentUri"),
    ("AWS::Lambda::LayerVersion", "Content"),
];

/// Where `sam build` leaves what it builds, from the template's folder, by logical id.
const SAM_BUILD: &str = ".aws-sam/build";

/// `None`: no function.
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
    let (Some(name), Some(arn)) = (
        resource::name(&resolver, declared)?,
        resource::arn(&resolver, declared)?,
    ) else {
        return Ok(None);
    };
    let (spec, elsewhere) = match properties.code() {
        Ok(code) => (properties.spec(&name, code), None),
        Err(place) => (Err(Vec::new()), Some(place)),
    };
    Ok(Some(Function {
        logical_id: declared.logical_id.to_owned(),
        name,
        arn,
        spec,
        elsewhere,
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

    /// The error is the place of code that is not here.
    fn code(&self) -> Result<Code<'t>, &'static str> {
        const S3: &str = "its code is in S3";
        if self.get("PackageType").and_then(Node::as_str) == Some("Image")
            || self.get("ImageUri").is_some()
        {
            return Err("its code is a container image");
        }
        if let Some(inline) = self.get("InlineCode") {
            return Ok(Code::Inline(inline));
        }
        match self.get("CodeUri").or_else(|| self.get("Code")) {
            None if self.declared.type_name == TYPES[0] => Ok(Code::Here),
            None => Err("it has no code"),
            Some(node) => match node.as_str() {
                Some(uri) if uri.starts_with("s3://") || uri.starts_with("https://") => Err(S3),
                Some(_) => Ok(Code::Local(node)),
                None => match (node.get("ZipFile"), node.get("ImageUri")) {
                    (Some(text), _) => Ok(Code::Inline(text)),
                    (_, Some(_)) => Err("its code is a container image"),
                    _ if node.tag.is_some() => Ok(Code::Local(node)),
                    _ => Err(S3),
                },
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
        let runtime = required("Runtime");
        let handler = match self.get("Handler") {
            // Its `bootstrap` decides.
            None if runtime.starts_with("provided") => "bootstrap".to_owned(),
            _ => required("Handler"),
        };
        let folder = |uri: &str| functions::Code::Folder(self.template.beside(uri));
        let has_inline_code = matches!(code, Code::Inline(_));
        let code = match code {
            Code::Here => Ok(folder("")),
            Code::Local(node) => self.resolver.text(node).map(|uri| folder(&uri)),
            Code::Inline(node)
                if !["python", "nodejs"]
                    .iter()
                    .any(|start| runtime.starts_with(start)) =>
            {
                let message = format!("Code inside a template cannot be run with {runtime}");
                let hint = "put it into a file and name its folder in CodeUri";
                Err(self.resolver.problem(node.span, message).with_hint(hint))
            }
            Code::Inline(node) => self.resolver.text(node).map(functions::Code::Inline),
        };
        let mut spec = FunctionSpec::new(name, &runtime, &handler, "");
        match code {
            Ok(code) => spec.code = code,
            Err(problem) => problems.push(problem),
        }
        if !has_inline_code {
            spec.built_dir = Some(self.built(self.declared.logical_id));
        }
        for layer in self.layers() {
            match layer {
                Ok(folder) => spec.layers.push(folder),
                Err(warning) => spec.warnings.push(warning),
            }
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

    /// The folders of layers that the template declares with their content beside it; of any other one why it is missing.
    fn layers(&self) -> Vec<Result<PathBuf, String>> {
        let own = self.declared.property("Layers");
        let lists = [self.global("Layers"), own].into_iter().flatten();
        lists
            .flat_map(|list| list.items().unwrap_or(std::slice::from_ref(list)))
            .filter_map(|node| self.layer(node).transpose())
            .collect()
    }

    /// `None` is `AWS::NoValue`.
    fn layer(&self, node: &Node) -> Result<Option<PathBuf>, String> {
        let local = resolve::reference(node).and_then(|id| {
            let layer = self.template.resource(&id)?;
            let (_, property) = LAYER_TYPES
                .iter()
                .find(|(name, _)| *name == layer.type_name)?;
            let uri = self.resolver.text(layer.property(property)?).ok()?;
            let is_local = !uri.starts_with("s3://") && !uri.starts_with("https://");
            is_local.then_some((id, uri))
        });
        if let Some((id, uri)) = local {
            let built = self.built(&id);
            let folder = if built.is_dir() {
                built
            } else {
                self.template.beside(&uri)
            };
            return Ok(Some(folder));
        }
        match self.resolver.value(node) {
            Ok(None) => Ok(None),
            Ok(Some(Value::String(arn))) => Err(format!(
                "the layer {arn} is not on this machine: what it brings is missing"
            )),
            Ok(Some(_)) | Err(_) => {
                let place = self
                    .resolver
                    .problem(node.span, "this layer is not on this machine");
                Err(format!("{place}: what it brings is missing"))
            }
        }
    }

    fn built(&self, logical_id: &str) -> PathBuf {
        self.template.beside(SAM_BUILD).join(logical_id)
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

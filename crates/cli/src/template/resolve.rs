//! Values of a template: references, conditions and what contains them. The functions are in `intrinsic.rs`.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use states_language::diagnostic::did_you_mean;
use states_language::source::Span;
use states_language::syntax::{Node, NodeValue};

use super::{Problem, Resource, Template, include, parameters, resource};

/// References may lead through conditions and resources' names, but not for ever.
const MAX_DEPTH: usize = 60;

/// `None` is `AWS::NoValue`.
pub(super) type Resolved = Result<Option<Value>, Problem>;

pub(super) struct Resolver<'t> {
    pub(super) template: &'t Template,
    /// What is being looked at: names of resources' properties and conditions that led here.
    active: RefCell<Vec<String>>,
    /// Values that only a deployment on AWS would know, as they were made up: `Key.Arn` and the value.
    assumed: RefCell<BTreeMap<String, String>>,
}

impl<'t> Resolver<'t> {
    pub fn new(template: &'t Template) -> Resolver<'t> {
        Resolver {
            template,
            active: RefCell::default(),
            assumed: RefCell::default(),
        }
    }

    pub fn into_assumed(self) -> BTreeMap<String, String> {
        self.assumed.into_inner()
    }

    /// Does something that must not lead back to itself.
    fn within<T>(
        &self,
        name: String,
        span: Span,
        look: impl FnOnce() -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let before = self.active.borrow().iter().position(|one| *one == name);
        if let Some(before) = before {
            let active = self.active.borrow();
            let cycle: Vec<&str> = active.iter().skip(before).map(String::as_str).collect();
            let message = format!("Circular reference: {} -> {name}", cycle.join(" -> "));
            return Err(self.problem(span, message));
        }
        if self.active.borrow().len() >= MAX_DEPTH {
            let message = format!("The references here lead through more than {MAX_DEPTH} others");
            return Err(self.problem(span, message));
        }
        self.active.borrow_mut().push(name);
        let found = look();
        self.active.borrow_mut().pop();
        found
    }

    pub fn problem(&self, span: Span, message: impl Into<String>) -> Problem {
        Problem::new(&self.template.source, span, message)
    }

    /// The value with all functions in it resolved.
    pub fn value(&self, node: &Node) -> Resolved {
        if let Some((function, argument)) = intrinsic(node) {
            return self.call(function, &argument, node.span);
        }
        Ok(Some(match &node.value {
            NodeValue::Array(items) => {
                let items = items
                    .iter()
                    .filter_map(|item| self.value(item).transpose())
                    .collect::<Result<Vec<_>, _>>()?;
                Value::Array(items)
            }
            NodeValue::Object(members) => {
                let mut object = Map::new();
                for member in members {
                    if member.key == include::KEY {
                        let included = include::read(self.template, &member.value)?;
                        if let Some(Value::Object(included)) = self.value(&included)? {
                            object.extend(included);
                        }
                    } else if let Some(value) = self.value(&member.value)? {
                        object.insert(member.key.clone(), value);
                    }
                }
                Value::Object(object)
            }
            // CloudFormation keeps the digits: `AccountId: 012345678901` is no number to it.
            NodeValue::Number(number) => {
                let text = self.template.source.text();
                match text.get(node.span.start..node.span.end) {
                    Some(written) if !written.is_empty() && written != number.to_string() => {
                        Value::String(written.to_owned())
                    }
                    _ => Value::Number(number.clone()),
                }
            }
            _ => node.to_value(),
        }))
    }

    /// The value as text.
    pub fn text(&self, node: &Node) -> Result<String, Problem> {
        let value = self.value(node)?;
        value
            .as_ref()
            .and_then(scalar)
            .ok_or_else(|| self.problem(node.span, "Expected a text"))
    }

    /// A condition by name.
    pub fn condition(&self, name: &str, span: Span) -> Result<bool, Problem> {
        let conditions = self.template.root.get("Conditions");
        let Some(node) = conditions.and_then(|conditions| conditions.get(name)) else {
            return Err(self.problem(span, format!("There is no condition '{name}'")));
        };
        self.within(format!("condition {name}"), span, || self.truth(node))
    }

    /// Whether a resource is to be made.
    pub fn is_wanted(&self, resource: Resource<'_>) -> Result<bool, Problem> {
        match resource.node.get("Condition").and_then(Node::as_str) {
            Some(condition) => self.condition(condition, resource.node.span),
            None => Ok(true),
        }
    }

    /// What `!Ref NAME` gives: a parameter, a pseudo parameter or a resource.
    pub fn reference(&self, name: &str, span: Span) -> Resolved {
        if name == "AWS::NoValue" {
            return Ok(None);
        }
        if let Some(value) = self.pseudo_parameter(name) {
            return Ok(Some(value));
        }
        if let Some(value) = parameters::value(self, name, span) {
            return value.map(Some);
        }
        if let Some((id, generated)) = name.split_once('.') {
            return self.generated(id, generated, span);
        }
        let resource = self.made(name, span)?;
        if let Some(given) = self.given(resource, name) {
            return Ok(text_value(given));
        }
        let value = self.named(resource, span, || resource::reference(self, resource))?;
        self.or_assumed(value, resource, None, span).map(text_value)
    }

    pub fn attribute(&self, id: &str, attribute: &str, span: Span) -> Result<String, Problem> {
        let resource = self.made(id, span)?;
        if let Some(given) = self.given(resource, &format!("{id}.{attribute}")) {
            return Ok(given);
        }
        let value = self.named(resource, span, || {
            resource::attribute(self, resource, attribute)
        })?;
        self.or_assumed(value, resource, Some(attribute), span)
    }

    /// `!Ref Function.Alias`, `!Ref Function.Version`: SAM's names of what it makes.
    fn generated(&self, id: &str, generated: &str, span: Span) -> Resolved {
        let kinds: &[&str] = match generated {
            "Alias" => &[
                "AWS::Lambda::Alias",
                "AWS::StepFunctions::StateMachineAlias",
            ],
            "Version" => &[
                "AWS::Lambda::Version",
                "AWS::StepFunctions::StateMachineVersion",
            ],
            _ => &[],
        };
        let mut made = self.template.expanded();
        let found = made.find(|one| one.from == Some(id) && kinds.contains(&one.type_name));
        match found {
            Some(found) => self.reference(found.logical_id, span),
            None => Err(self.missing(&format!("{id}.{generated}"), span)),
        }
    }

    fn named<T>(
        &self,
        resource: Resource<'_>,
        span: Span,
        look: impl FnOnce() -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        self.within(resource.logical_id.to_owned(), span, look)
    }

    /// A resource that is there to be referred to.
    fn made(&self, id: &str, span: Span) -> Result<Resource<'t>, Problem> {
        let resource = self.template.resource(id);
        let resource = resource.ok_or_else(|| self.missing(id, span))?;
        let is_deployed = self.template.settings.stack.is_some();
        if is_deployed && !self.is_wanted(resource)? {
            let condition = resource.node.get("Condition").and_then(Node::as_str);
            let condition = condition.unwrap_or_default();
            let message = format!("'{id}' is not made: its condition '{condition}' is false");
            return Err(self.problem(span, message));
        }
        Ok(resource)
    }

    /// The value that was given in place of what a resource of another place is or has.
    fn given(&self, resource: Resource<'_>, what: &str) -> Option<String> {
        let is_here = crate::project::is_supported(resource.type_name);
        let given = self.template.settings.parameters.get(what);
        given.filter(|_| !is_here).cloned()
    }

    /// What only a deployment on AWS can tell is an error, unless a stack is made here: then it is made up.
    fn or_assumed(
        &self,
        value: Option<String>,
        resource: Resource<'_>,
        attribute: Option<&str>,
        span: Span,
    ) -> Result<String, Problem> {
        let Resource {
            logical_id,
            type_name,
            ..
        } = resource;
        match value {
            Some(value) => Ok(value),
            None if self.template.settings.stack.is_some() => {
                let value = resource::made_up(self, resource, attribute);
                let name = attribute.map_or(logical_id.to_owned(), |attribute| {
                    format!("{logical_id}.{attribute}")
                });
                self.assumed.borrow_mut().insert(name, value.clone());
                Ok(value)
            }
            None => {
                let what = attribute.map_or("!Ref".to_owned(), |attribute| {
                    format!("!GetAtt of '{attribute}'")
                });
                let message = format!(
                    "What {what} gives for '{logical_id}' ({type_name}) is known only once it is deployed"
                );
                Err(self.problem(span, message))
            }
        }
    }

    pub fn missing(&self, name: &str, span: Span) -> Problem {
        let problem = self.problem(
            span,
            format!("The template has no parameter or resource '{name}'"),
        );
        match did_you_mean(name, self.template.names()) {
            Some(hint) => problem.with_hint(hint),
            None => problem,
        }
    }

    pub fn account_id(&self) -> &str {
        self.template.account_id()
    }

    pub fn region(&self) -> &str {
        self.template.region()
    }

    pub fn partition(&self) -> &'static str {
        match self.region() {
            region if region.starts_with("cn-") => "aws-cn",
            region if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        }
    }

    pub fn url_suffix(&self) -> &'static str {
        match self.partition() {
            "aws-cn" => "amazonaws.com.cn",
            _ => "amazonaws.com",
        }
    }

    fn pseudo_parameter(&self, name: &str) -> Option<Value> {
        if !name.starts_with("AWS::") {
            return None;
        }
        if let Some(given) = self.template.settings.parameters.get(name) {
            return Some(given.as_str().into());
        }
        Some(match name {
            "AWS::AccountId" => self.account_id().into(),
            "AWS::Region" => self.region().into(),
            "AWS::Partition" => self.partition().into(),
            "AWS::URLSuffix" => self.url_suffix().into(),
            "AWS::StackName" => self.template.stack_name().into(),
            "AWS::StackId" => self.stack_id().into(),
            "AWS::NotificationARNs" => Value::Array(Vec::new()),
            _ => return None,
        })
    }

    /// The same for the same stack.
    fn stack_id(&self) -> String {
        let name = self.template.stack_name();
        let hash = Sha256::digest(name.as_bytes());
        let mut id = [0; 16];
        id.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
        format!(
            "arn:{}:cloudformation:{}:{}:stack/{name}/{}",
            self.partition(),
            self.region(),
            self.account_id(),
            uuid::Builder::from_custom_bytes(id).into_uuid()
        )
    }
}

pub(super) fn text_value(text: String) -> Option<Value> {
    Some(Value::String(text))
}

pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// The name in a `!Ref`.
pub(super) fn reference(node: &Node) -> Option<String> {
    let (function, argument) = intrinsic(node)?;
    (function == "Ref").then(|| argument.as_str().map(str::to_owned))?
}

/// The name of the function without `!` or `Fn::`, and its argument.
pub(super) fn intrinsic(node: &Node) -> Option<(&str, Cow<'_, Node>)> {
    if let Some(name) = node.tag.as_deref().and_then(|tag| tag.strip_prefix('!')) {
        let argument = Node {
            tag: None,
            ..node.clone()
        };
        return Some((name, Cow::Owned(argument)));
    }
    let [member] = node.members()? else {
        return None;
    };
    let name = match member.key.as_str() {
        "Ref" => "Ref",
        include::KEY => return None,
        key => key.strip_prefix("Fn::")?,
    };
    Some((name, Cow::Borrowed(&member.value)))
}

//! Intrinsic functions of CloudFormation, in their short (`!Ref`) and full forms (`Ref`, `Fn::Sub`).

use std::cell::Cell;

use serde_json::{Map, Value};
use states_language::diagnostic::did_you_mean;
use states_language::source::Span;
use states_language::syntax::{Node, NodeValue};

use super::{Problem, Resource, Template, resource};

/// References may lead through parameters, conditions and resources' names, but not for ever.
const MAX_DEPTH: usize = 60;

/// `None` is `AWS::NoValue`.
type Resolved = Result<Option<Value>, Problem>;

pub(super) struct Resolver<'t> {
    template: &'t Template,
    depth: Cell<usize>,
}

impl<'t> Resolver<'t> {
    pub fn new(template: &'t Template) -> Resolver<'t> {
        Resolver {
            template,
            depth: Cell::new(0),
        }
    }

    pub fn problem(&self, span: Span, message: impl Into<String>) -> Problem {
        Problem::new(&self.template.source, span, message)
    }

    /// The value with all functions in it resolved.
    pub fn value(&self, node: &Node) -> Resolved {
        if self.depth.get() >= MAX_DEPTH {
            return Err(self.problem(node.span, "The references here never come to an end"));
        }
        self.depth.set(self.depth.get() + 1);
        let value = self.value_inside(node);
        self.depth.set(self.depth.get() - 1);
        value
    }

    fn value_inside(&self, node: &Node) -> Resolved {
        if let Some((function, argument)) = intrinsic(node) {
            return self.call(&function, &argument, node.span);
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
                    if let Some(value) = self.value(&member.value)? {
                        object.insert(member.key.clone(), value);
                    }
                }
                Value::Object(object)
            }
            // CloudFormation keeps the digits: `AccountId: 012345678901` is no number to it.
            NodeValue::Number(number) => {
                let text = self.template.source.text();
                match text.get(node.span.start..node.span.end) {
                    Some(written) if written != number.to_string() => {
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

    fn call(&self, function: &str, argument: &Node, span: Span) -> Resolved {
        let wrong = |form: &str| self.problem(span, format!("{function} is written {form}"));
        let list = || argument.items().unwrap_or_default();
        match function {
            "Ref" => {
                let name = argument.as_str().ok_or_else(|| wrong("!Ref NAME"))?;
                self.reference(name, span)
            }
            "GetAtt" => {
                let (id, attribute) = match (argument.as_str(), list()) {
                    (Some(text), _) => {
                        let (id, attribute) = text
                            .split_once('.')
                            .ok_or_else(|| wrong("!GetAtt RESOURCE.ATTRIBUTE"))?;
                        (id.to_owned(), attribute.to_owned())
                    }
                    (None, [id, attribute]) => (self.text(id)?, self.text(attribute)?),
                    _ => return Err(wrong("!GetAtt RESOURCE.ATTRIBUTE")),
                };
                self.attribute(&id, &attribute, span).map(text_value)
            }
            "Sub" => match (argument.as_str(), list()) {
                (Some(text), _) => self.sub(text, None, span).map(text_value),
                (None, [text, values]) => {
                    let text = text.as_str().ok_or_else(|| wrong("!Sub [TEXT, VALUES]"))?;
                    self.sub(text, Some(values), span).map(text_value)
                }
                _ => Err(wrong("!Sub TEXT or !Sub [TEXT, VALUES]")),
            },
            "Join" => {
                let [separator, items] = list() else {
                    return Err(wrong("!Join [SEPARATOR, [VALUES]]"));
                };
                let texts: Option<Vec<String>> = match self.value(items)? {
                    Some(Value::Array(items)) => items.iter().map(scalar).collect(),
                    _ => None,
                };
                let texts = texts.ok_or_else(|| wrong("!Join [SEPARATOR, [VALUES]]"))?;
                Ok(text_value(texts.join(&self.text(separator)?)))
            }
            "Split" => {
                let [separator, text] = list() else {
                    return Err(wrong("!Split [SEPARATOR, TEXT]"));
                };
                let (separator, text) = (self.text(separator)?, self.text(text)?);
                Ok(Some(text.split(separator.as_str()).collect()))
            }
            "Select" => {
                let [index, items] = list() else {
                    return Err(wrong("!Select [INDEX, [VALUES]]"));
                };
                let index: Option<usize> = self.text(index)?.parse().ok();
                let items = self.value(items)?;
                let item = index.and_then(|index| items.as_ref()?.get(index).cloned());
                item.map(Some)
                    .ok_or_else(|| self.problem(span, "!Select names no item of its list"))
            }
            "FindInMap" => {
                let [map, top, second, ..] = list() else {
                    return Err(wrong("!FindInMap [MAP, KEY, KEY]"));
                };
                let keys = [self.text(map)?, self.text(top)?, self.text(second)?];
                let mut node = self.template.root.get("Mappings");
                for key in &keys {
                    node = node.and_then(|node| node.get(key));
                }
                let Some(node) = node else {
                    let message = format!("Mappings has no {}", keys.join("."));
                    return Err(self.problem(span, message));
                };
                self.value(node)
            }
            "If" => {
                let [condition, yes, no] = list() else {
                    return Err(wrong("!If [CONDITION, VALUE, VALUE]"));
                };
                let name = condition
                    .as_str()
                    .ok_or_else(|| wrong("!If [CONDITION, VALUE, VALUE]"))?;
                let chosen = if self.condition(name, span)? { yes } else { no };
                self.value(chosen)
            }
            "Base64" => Err(self.cannot(span, function)),
            "Condition" | "Equals" | "Not" | "And" | "Or" => self
                .truth(function, argument, span)
                .map(|truth| Some(truth.into())),
            _ => Err(self.cannot(span, function)),
        }
    }

    fn cannot(&self, span: Span, function: &str) -> Problem {
        let message = format!("{function} cannot be resolved without CloudFormation");
        self.problem(span, message)
    }

    /// A condition by name.
    pub fn condition(&self, name: &str, span: Span) -> Result<bool, Problem> {
        let conditions = self.template.root.get("Conditions");
        let Some(node) = conditions.and_then(|conditions| conditions.get(name)) else {
            return Err(self.problem(span, format!("There is no condition '{name}'")));
        };
        match self.value(node)? {
            Some(Value::Bool(truth)) => Ok(truth),
            _ => Err(self.problem(node.span, format!("'{name}' is no condition"))),
        }
    }

    fn truth(&self, function: &str, argument: &Node, span: Span) -> Result<bool, Problem> {
        let items = argument.items().unwrap_or_default();
        let single = |item: &Node| match self.value(item)? {
            Some(Value::Bool(truth)) => Ok(truth),
            _ => Err(self.problem(item.span, "Expected a condition")),
        };
        match (function, items) {
            ("Condition", _) => match argument.as_str() {
                Some(name) => self.condition(name, span),
                None => Err(self.problem(span, "!Condition has the name of a condition")),
            },
            ("Equals", [left, right]) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                let texts = left
                    .as_ref()
                    .and_then(scalar)
                    .zip(right.as_ref().and_then(scalar));
                Ok(left == right || texts.is_some_and(|(left, right)| left == right))
            }
            ("Not", [item]) => single(item).map(|truth| !truth),
            ("And" | "Or", [_, ..]) => {
                let truths = items.iter().map(single).collect::<Result<Vec<_>, _>>()?;
                Ok(match function {
                    "And" => truths.iter().all(|truth| *truth),
                    _ => truths.iter().any(|truth| *truth),
                })
            }
            _ => Err(self.problem(span, format!("{function} has too few or too many values"))),
        }
    }

    /// What `!Ref NAME` gives: a parameter, a pseudo parameter or a resource.
    fn reference(&self, name: &str, span: Span) -> Resolved {
        if name == "AWS::NoValue" {
            return Ok(None);
        }
        if let Some(value) = self.pseudo_parameter(name) {
            return Ok(text_value(value));
        }
        if let Some(value) = self.parameter(name, span) {
            return value.map(Some);
        }
        match self.template.resource(name) {
            Some(resource) => {
                let value = resource::reference(self, resource)?;
                value
                    .map(text_value)
                    .ok_or_else(|| self.unknown_value(resource, "!Ref", span))
            }
            None => Err(self.missing(name, span)),
        }
    }

    fn attribute(&self, id: &str, attribute: &str, span: Span) -> Result<String, Problem> {
        let Some(resource) = self.template.resource(id) else {
            return Err(self.missing(id, span));
        };
        let value = resource::attribute(self, resource, attribute)?;
        value
            .ok_or_else(|| self.unknown_value(resource, &format!("!GetAtt of '{attribute}'"), span))
    }

    fn unknown_value(&self, resource: Resource<'_>, what: &str, span: Span) -> Problem {
        let message = format!(
            "What {what} gives for '{}' ({}) is known only once it is deployed",
            resource.logical_id, resource.type_name
        );
        self.problem(span, message)
    }

    fn missing(&self, name: &str, span: Span) -> Problem {
        let parameters = self.template.root.get("Parameters").and_then(Node::members);
        let parameters = parameters
            .unwrap_or_default()
            .iter()
            .map(|member| member.key.as_str());
        let resources = self
            .template
            .resources()
            .map(|resource| resource.logical_id);
        let problem = self.problem(
            span,
            format!("The template has no parameter or resource '{name}'"),
        );
        match did_you_mean(name, parameters.chain(resources)) {
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

    /// The folder's name: a stack that is not deployed has none.
    fn stack_name(&self) -> String {
        let folder = self
            .template
            .path
            .parent()
            .and_then(|folder| folder.file_name());
        let name = folder.map(|name| name.to_string_lossy().into_owned());
        name.unwrap_or_else(|| "stack".to_owned())
    }

    fn pseudo_parameter(&self, name: &str) -> Option<String> {
        if !name.starts_with("AWS::") {
            return None;
        }
        if let Some(given) = self.template.settings.parameters.get(name) {
            return Some(given.clone());
        }
        Some(match name {
            "AWS::AccountId" => self.account_id().to_owned(),
            "AWS::Region" => self.region().to_owned(),
            "AWS::Partition" => self.partition().to_owned(),
            "AWS::URLSuffix" => self.url_suffix().to_owned(),
            "AWS::StackName" => self.stack_name(),
            _ => return None,
        })
    }

    fn parameter(&self, name: &str, span: Span) -> Option<Result<Value, Problem>> {
        let declared = self.template.root.get("Parameters")?.get(name)?;
        let type_name = declared
            .get("Type")
            .and_then(Node::as_str)
            .unwrap_or("String");
        let given = self.template.settings.parameters.get(name).cloned();
        let default = || {
            declared
                .get("Default")
                .map(|default| self.text(default))
                .transpose()
        };
        let text = match given.map_or_else(default, |given| Ok(Some(given))) {
            Ok(Some(_))
                if type_name.starts_with("AWS::SSM::")
                    && !self.template.settings.parameters.contains_key(name) =>
            {
                Err(self.problem(
                    span,
                    format!("The parameter '{name}' is kept in Parameter Store"),
                ))
            }
            Ok(Some(text)) => Ok(text),
            Ok(None) => Err(self.problem(
                span,
                format!("The parameter '{name}' has no value and no default"),
            )),
            Err(problem) => Err(problem),
        };
        let hint = || format!("--var {name}=VALUE gives it one");
        Some(
            text.map_err(|problem| problem.with_hint(hint()))
                .map(|text| match type_name {
                    "CommaDelimitedList" | "List<Number>" => {
                        text.split(',').map(|item| item.trim()).collect()
                    }
                    _ if type_name.starts_with("List<") => {
                        text.split(',').map(|item| item.trim()).collect()
                    }
                    _ => Value::String(text),
                }),
        )
    }

    /// `${Name}`, `${Resource.Attribute}`; `${!Literal}` stands for `${Literal}`.
    fn sub(&self, text: &str, values: Option<&Node>, span: Span) -> Result<String, Problem> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            out.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                return Err(self.problem(span, "!Sub has a '${' without '}'"));
            };
            rest = after;
            if let Some(literal) = name.strip_prefix('!') {
                out.push_str(&format!("${{{literal}}}"));
                continue;
            }
            let name = name.trim();
            if let Some(value) = values.and_then(|values| values.get(name)) {
                out.push_str(&self.text(value)?);
            } else if let Some((id, attribute)) = name.split_once('.') {
                out.push_str(&self.attribute(id, attribute, span)?);
            } else {
                let value = self.reference(name, span)?;
                let value = value.as_ref().and_then(scalar);
                let message = || self.problem(span, format!("!Sub: '{name}' is no text"));
                out.push_str(&value.ok_or_else(message)?);
            }
        }
        out.push_str(rest);
        Ok(out)
    }
}

fn text_value(text: String) -> Option<Value> {
    Some(Value::String(text))
}

fn scalar(value: &Value) -> Option<String> {
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
fn intrinsic(node: &Node) -> Option<(String, Node)> {
    if let Some(name) = node.tag.as_deref().and_then(|tag| tag.strip_prefix('!')) {
        return Some((
            name.to_owned(),
            Node {
                tag: None,
                ..node.clone()
            },
        ));
    }
    let [member] = node.members()? else {
        return None;
    };
    let name = match member.key.as_str() {
        "Ref" | "Condition" => member.key.as_str(),
        key => key.strip_prefix("Fn::")?,
    };
    Some((name.to_owned(), member.value.clone()))
}

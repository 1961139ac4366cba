//! A whole template: every resource that it makes with its values, in an order in which they can be made.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use states_language::diagnostic::did_you_mean;
use states_language::source::Span;
use states_language::syntax::Node;

use super::intrinsic::{Piece, pieces};
use super::resolve::{Resolver, intrinsic};
use super::sam::LeftOut;
use super::{Place, Problem, Resource, Template, include, parameters, resource};

/// A template with its values.
#[derive(Debug, Clone)]
pub struct Evaluation {
    /// Those that are made, in an order in which each stands behind what it needs.
    pub resources: Vec<Evaluated>,
    /// What is not made here, and why.
    pub skipped: Vec<Skipped>,
    pub outputs: Vec<Output>,
    /// What only a deployment on AWS would know, with the value that stands for it here: `Key.Arn`, `Key`.
    pub assumed: BTreeMap<String, String>,
    /// Values of parameters with `NoEcho`.
    pub secrets: Vec<String>,
}

/// A resource of CloudFormation with its values. Some of them may be unsettled (`settle_value`): they are known once others are made.
#[derive(Debug, Clone)]
pub struct Evaluated {
    pub logical_id: String,
    /// `AWS::Lambda::Function`; never one of SAM.
    pub type_name: String,
    /// The physical name, if it has one.
    pub name: Option<String>,
    pub properties: Map<String, Value>,
    /// `Metadata: Stepwright:`
    pub metadata: Map<String, Value>,
    /// Logical ids of what it refers to or names in `DependsOn`.
    pub depends_on: BTreeSet<String>,
    pub place: Place,
    /// Where its properties stand.
    pub places: BTreeMap<String, Place>,
}

/// Something of the template that Stepwright does not make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    pub logical_id: String,
    pub type_name: String,
    pub reason: String,
    /// What `!Ref` gives, where somebody may ask for it.
    pub reference: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    pub name: String,
    pub description: Option<String>,
    pub value: Value,
}

impl Template {
    /// Works out everything. `is_made` tells which types are made; of others the properties do not matter.
    pub fn evaluate(&self, is_made: &dyn Fn(&str) -> bool) -> Result<Evaluation, Vec<Problem>> {
        let mut problems = self.check_transform();
        problems.extend(self.expansion.problems.iter().cloned());
        problems.extend(parameters::check(self));
        let resolver = self.resolver();
        let mut graph = BTreeMap::new();
        for resource in self.expanded() {
            match resolver.is_wanted(resource) {
                Ok(true) => {
                    let needs = self.needs(&resolver, resource, &mut problems);
                    graph.insert(resource.logical_id, (resource, needs));
                }
                Ok(false) => {}
                Err(problem) => problems.push(problem),
            }
        }
        let order = match self.order(&graph) {
            Ok(order) => order,
            Err(problem) => {
                problems.push(problem);
                return Err(problems);
            }
        };
        let (mut resources, mut skipped) = (Vec::new(), Vec::new());
        for (resource, needs) in order {
            if is_made(resource.type_name) {
                match self.evaluated(&resolver, resource, needs) {
                    Ok(evaluated) => resources.push(evaluated),
                    Err(found) => problems.extend(found),
                }
            } else {
                // Nobody has asked for it: what is made up is none of what stands in the template.
                let reference = self
                    .resolver()
                    .reference(resource.logical_id, resource.node.span);
                skipped.push(Skipped {
                    logical_id: resource.logical_id.to_owned(),
                    type_name: resource.type_name.to_owned(),
                    reason: reason(resource.type_name).to_owned(),
                    reference: match reference {
                        Ok(Some(Value::String(reference))) => Some(reference),
                        _ => None,
                    },
                });
            }
        }
        skipped.extend(self.expansion.left_out.iter().cloned().map(|left_out| {
            let LeftOut {
                logical_id,
                type_name,
                reason,
            } = left_out;
            Skipped {
                logical_id,
                type_name,
                reason,
                reference: None,
            }
        }));
        let outputs = self.outputs(&resolver, &mut problems);
        // Several properties may ask for the same wrong thing.
        let mut told = BTreeSet::new();
        problems.retain(|problem| told.insert(problem.to_string()));
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Evaluation {
            resources,
            skipped,
            outputs,
            assumed: resolver.into_assumed(),
            secrets: parameters::secrets(self),
        })
    }

    fn check_transform(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let declared = self.root.get("Transform");
        let single = declared.map(std::slice::from_ref).unwrap_or_default();
        let names = declared.and_then(Node::items).unwrap_or(single);
        for node in names {
            let name = node
                .as_str()
                .or_else(|| node.get("Name").and_then(Node::as_str));
            match name {
                Some("AWS::Serverless-2016-10-31" | "AWS::LanguageExtensions" | "AWS::Include") => {
                }
                _ => problems.push(Problem::new(
                    &self.source,
                    node.span,
                    format!(
                        "The transform '{}' runs only on AWS",
                        name.unwrap_or_default()
                    ),
                )),
            }
        }
        let is_sam = names
            .iter()
            .any(|node| node.as_str() == Some("AWS::Serverless-2016-10-31"));
        let first = self
            .resources()
            .find(|one| one.type_name.starts_with("AWS::Serverless::"));
        if let Some(first) = first.filter(|_| !is_sam) {
            let message = format!("{} needs SAM's transform", first.type_name);
            let hint = "add a line at the top: Transform: AWS::Serverless-2016-10-31";
            problems.push(Problem::new(&self.source, first.node.span, message).with_hint(hint));
        }
        problems
    }

    fn evaluated(
        &self,
        resolver: &Resolver<'_>,
        resource: Resource<'_>,
        depends_on: BTreeSet<String>,
    ) -> Result<Evaluated, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut properties = Map::new();
        let mut places = BTreeMap::new();
        let node = resource.node.get("Properties");
        for member in node.and_then(Node::members).unwrap_or_default() {
            places.insert(member.key.clone(), self.place(member.value.span));
            if member.key == include::KEY {
                let included = include::read(self, &member.value);
                match included.and_then(|included| resolver.value(&included)) {
                    Ok(Some(Value::Object(included))) => properties.extend(included),
                    Ok(_) => {}
                    Err(problem) => problems.push(problem),
                }
                continue;
            }
            match resolver.value(&member.value) {
                Ok(Some(value)) => drop(properties.insert(member.key.clone(), value)),
                Ok(None) => {}
                Err(problem) => problems.push(problem),
            }
        }
        let name = resource::name(resolver, resource).unwrap_or_else(|problem| {
            problems.push(problem);
            None
        });
        let metadata = resource
            .node
            .get("Metadata")
            .and_then(|node| node.get("Stepwright"));
        let metadata = metadata.map(Node::to_value);
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Evaluated {
            logical_id: resource.logical_id.to_owned(),
            type_name: resource.type_name.to_owned(),
            name,
            properties,
            metadata: match metadata {
                Some(Value::Object(metadata)) => metadata,
                _ => Map::new(),
            },
            depends_on,
            place: self.place(resource.node.span),
            places,
        })
    }

    /// What a resource refers to. References that lead nowhere are problems also where nobody asks for their value.
    fn needs(
        &self,
        resolver: &Resolver<'_>,
        resource: Resource<'_>,
        problems: &mut Vec<Problem>,
    ) -> BTreeSet<String> {
        let mut walk = References {
            resolver,
            found: BTreeSet::new(),
            problems: Vec::new(),
        };
        if let Some(properties) = resource.node.get("Properties") {
            walk.node(properties, true);
        }
        if let Some(depends_on) = resource.node.get("DependsOn") {
            let single = std::slice::from_ref(depends_on);
            for node in depends_on.items().unwrap_or(single) {
                match node.as_str() {
                    Some(id) => walk.resource(id, node.span, true),
                    None => {
                        let message = "DependsOn has the logical ids of resources";
                        walk.problems.push(resolver.problem(node.span, message));
                    }
                }
            }
        }
        problems.append(&mut walk.problems);
        let mut found = walk.found;
        // Of resources that are not made, nothing has to wait for.
        found.retain(|id| {
            let resource = self.resource(id);
            resource.is_some_and(|resource| resolver.is_wanted(resource).unwrap_or(false))
        });
        found
    }

    /// Each behind what it needs, else as the template has them.
    #[allow(clippy::type_complexity)]
    fn order<'r>(
        &'r self,
        graph: &BTreeMap<&'r str, (Resource<'r>, BTreeSet<String>)>,
    ) -> Result<Vec<(Resource<'r>, BTreeSet<String>)>, Problem> {
        let mut order = Vec::with_capacity(graph.len());
        let mut done = BTreeSet::new();
        let mut waiting: Vec<&str> = self
            .expanded()
            .map(|resource| resource.logical_id)
            .filter(|id| graph.contains_key(id))
            .collect();
        while !waiting.is_empty() {
            let before = waiting.len();
            waiting.retain(|id| {
                let Some((resource, needs)) = graph.get(id) else {
                    return false;
                };
                let is_ready = needs.iter().all(|need| done.contains(need.as_str()));
                if is_ready {
                    done.insert(*id);
                    order.push((*resource, needs.clone()));
                }
                !is_ready
            });
            if waiting.len() == before {
                return Err(self.circular(graph, &waiting));
            }
        }
        Ok(order)
    }

    fn circular(
        &self,
        graph: &BTreeMap<&str, (Resource<'_>, BTreeSet<String>)>,
        waiting: &[&str],
    ) -> Problem {
        // From any of them, one that is waited for leads on; sooner or later it is one that was there before.
        let mut path: Vec<&str> = Vec::new();
        let mut at = waiting.first().copied().unwrap_or_default();
        while !path.contains(&at) {
            path.push(at);
            let needs = graph.get(at).map(|(_, needs)| needs);
            let next = needs.and_then(|needs| {
                let found = needs.iter().find(|need| waiting.contains(&need.as_str()));
                found.map(String::as_str)
            });
            at = next.unwrap_or_default();
        }
        let cycle: Vec<&str> = path.into_iter().skip_while(|id| *id != at).collect();
        let span = graph
            .get(at)
            .map_or(Span::default(), |(resource, _)| resource.node.span);
        let message = format!(
            "Circular dependency between resources: {} -> {at}",
            cycle.join(" -> ")
        );
        Problem::new(&self.source, span, message)
            .with_hint("CloudFormation refuses it too: give one of them a name of its own, and write that name in the other")
    }

    fn outputs(&self, resolver: &Resolver<'_>, problems: &mut Vec<Problem>) -> Vec<Output> {
        let outputs = self.root.get("Outputs").and_then(Node::members);
        let mut found = Vec::new();
        for member in outputs.unwrap_or_default() {
            let condition = member.value.get("Condition").and_then(Node::as_str);
            let is_wanted =
                condition.map_or(Ok(true), |name| resolver.condition(name, member.value.span));
            match is_wanted {
                Ok(false) => continue,
                Ok(true) => {}
                Err(problem) => {
                    problems.push(problem);
                    continue;
                }
            }
            let Some(node) = member.value.get("Value") else {
                let message = format!("The output '{}' has no Value", member.key);
                problems.push(resolver.problem(member.key_span, message));
                continue;
            };
            match resolver.value(node) {
                Ok(value) => found.push(Output {
                    name: member.key.clone(),
                    description: member
                        .value
                        .get("Description")
                        .and_then(Node::as_str)
                        .map(str::to_owned),
                    value: value.unwrap_or(Value::Null),
                }),
                Err(problem) => problems.push(problem),
            }
        }
        found
    }

    /// Names that were given values and that the template does not know.
    pub fn unknown_names(&self) -> Vec<(String, Option<String>)> {
        let is_known = |name: &&String| {
            let (id, _) = name.split_once('.').unwrap_or((name, ""));
            self.has_parameter(name) || self.resource(id).is_some()
        };
        let given = self.settings.parameters.keys();
        given
            .filter(|name| !is_known(name))
            .map(|name| (name.clone(), did_you_mean(name, self.names())))
            .collect()
    }
}

/// Why a type of AWS is not made here.
fn reason(type_name: &str) -> &'static str {
    match type_name.split("::").nth(1).unwrap_or_default() {
        "Serverless" if type_name.ends_with("LayerVersion") => {
            "functions find its folder without it"
        }
        "SNS" | "SQS" | "DynamoDB" | "S3" | "SecretsManager" | "SSM" | "Kinesis" => {
            "not served here: calls go to AWS or to --endpoint-url, where it has to exist"
        }
        "ApiGateway" | "ApiGatewayV2" => "there is no API gateway here",
        "CDK" | "CloudFormation" => "it says something to AWS's deployment alone",
        _ if type_name.starts_with("Custom::") => "it says something to AWS's deployment alone",
        _ => "not served here",
    }
}

/// Finds what is referred to.
struct References<'r, 't> {
    resolver: &'r Resolver<'t>,
    found: BTreeSet<String>,
    problems: Vec<Problem>,
}

impl References<'_, '_> {
    /// `taken`: the value is used. Branches of `!If` that are not are looked at for names alone.
    fn node(&mut self, node: &Node, taken: bool) {
        let Some((function, argument)) = intrinsic(node) else {
            for item in node.items().unwrap_or_default() {
                self.node(item, taken);
            }
            for member in node.members().unwrap_or_default() {
                // What is included stands elsewhere, and is looked at when it is read.
                if member.key != include::KEY {
                    self.node(&member.value, taken);
                }
            }
            return;
        };
        let items = argument.items().unwrap_or_default();
        match (function, argument.as_str(), items) {
            ("Ref", Some(name), _) => self.name(name, node.span, taken),
            ("GetAtt", Some(text), _) => {
                let (id, _) = text.split_once('.').unwrap_or((text, ""));
                self.resource(id, node.span, taken);
            }
            ("GetAtt", None, [id, ..]) => {
                if let Some(id) = id.as_str() {
                    self.resource(id, node.span, taken);
                }
            }
            ("Sub", Some(text), _) => self.sub(text, None, node.span, taken),
            ("Sub", None, [text, values]) => {
                self.node(values, taken);
                self.sub(
                    text.as_str().unwrap_or_default(),
                    Some(values),
                    node.span,
                    taken,
                );
            }
            ("If", None, [condition, yes, no]) => {
                let chosen = condition
                    .as_str()
                    .map(|name| self.resolver.condition(name, node.span));
                let chosen = match chosen {
                    Some(Ok(chosen)) => chosen,
                    Some(Err(problem)) => {
                        self.problems.push(problem);
                        return;
                    }
                    None => true,
                };
                self.node(yes, taken && chosen);
                self.node(no, taken && !chosen);
            }
            _ => self.node(&argument, taken),
        }
    }

    fn sub(&mut self, text: &str, values: Option<&Node>, span: Span, taken: bool) {
        // What is wrong with the text itself is told where its value is asked for.
        let walked: Result<bool, ()> = pieces(text, |piece| {
            if let Piece::Name(name) = piece
                && values.is_none_or(|values| values.get(name).is_none())
            {
                match name.split_once('.') {
                    Some((id, "Alias" | "Version")) => self.generated(id, name, span, taken),
                    Some((id, _)) => self.resource(id, span, taken),
                    None => self.name(name, span, taken),
                }
            }
            Ok(())
        });
        let (Ok(_) | Err(())) = walked;
    }

    fn name(&mut self, name: &str, span: Span, taken: bool) {
        let template = self.resolver.template;
        let parameters = template.root.get("Parameters");
        if name.starts_with("AWS::")
            || parameters.is_some_and(|parameters| parameters.get(name).is_some())
        {
            return;
        }
        match name.split_once('.') {
            Some((id, _)) => self.generated(id, name, span, taken),
            None => self.resource(name, span, taken),
        }
    }

    /// `Function.Alias`: what SAM has made of it.
    fn generated(&mut self, id: &str, name: &str, span: Span, taken: bool) {
        let end = name.rsplit('.').next().unwrap_or_default();
        let template = self.resolver.template;
        let mut made = template.expanded();
        let found = made.find(|one| one.from == Some(id) && one.type_name.ends_with(end));
        match found {
            Some(found) => self.resource(found.logical_id, span, taken),
            None => self.problems.push(self.resolver.missing(name, span)),
        }
    }

    fn resource(&mut self, id: &str, span: Span, taken: bool) {
        if self.resolver.template.resource(id).is_none() {
            self.problems.push(self.resolver.missing(id, span));
        } else if taken {
            self.found.insert(id.to_owned());
        }
    }
}

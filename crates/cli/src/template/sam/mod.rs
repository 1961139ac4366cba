//! SAM's transform: its resources to those of CloudFormation that they stand for, roles and permissions included.
//!
//! Source: AWS SAM Developer Guide, "Generated CloudFormation resources" and the reference of each resource type.

mod events;
mod policies;

use states_language::source::Span;
use states_language::syntax::{Node, NodeValue};

use super::node::{self, Members, attribute, list, object, reference, sub, text};
use super::{Problem, Resource, Template};

/// A resource as CloudFormation has it.
#[derive(Debug)]
pub(super) struct Expanded {
    pub logical_id: String,
    pub type_name: String,
    pub node: Node,
    /// The logical id of the resource of SAM that it was made of.
    pub from: Option<String>,
}

impl Expanded {
    pub fn resource(&self) -> Resource<'_> {
        Resource {
            logical_id: &self.logical_id,
            type_name: &self.type_name,
            node: &self.node,
            from: self.from.as_deref(),
        }
    }
}

/// Something of the template that nothing was made of.
#[derive(Debug, Clone)]
pub(super) struct LeftOut {
    pub logical_id: String,
    pub type_name: String,
    pub reason: String,
}

#[derive(Debug, Default)]
pub(super) struct Expansion {
    pub resources: Vec<Expanded>,
    pub left_out: Vec<LeftOut>,
    pub problems: Vec<Problem>,
}

const STATE_MACHINE: &str = "AWS::Serverless::StateMachine";
const FUNCTION: &str = "AWS::Serverless::Function";

/// All resources of a template as CloudFormation would get them.
pub(super) fn expand(template: &Template) -> Expansion {
    let mut expansion = Expansion::default();
    for resource in template.resources() {
        let kind = match resource.type_name {
            STATE_MACHINE => "StateMachine",
            FUNCTION => "Function",
            _ => {
                expansion.resources.push(Expanded {
                    logical_id: resource.logical_id.to_owned(),
                    type_name: resource.type_name.to_owned(),
                    node: resource.node.clone(),
                    from: None,
                });
                continue;
            }
        };
        let globals = template.root.get("Globals").and_then(|node| node.get(kind));
        let properties = resource.node.get("Properties");
        let properties = match (globals, properties) {
            (Some(globals), Some(own)) => merged(globals, own),
            (Some(one), None) | (None, Some(one)) => one.clone(),
            (None, None) => object(resource.node.span, []),
        };
        let transform = Transform {
            template,
            source: resource,
            properties: &properties,
            at: resource.node.span,
        };
        let made = match kind {
            "StateMachine" => transform.state_machine(&mut expansion),
            _ => transform.function(&mut expansion),
        };
        expansion.problems.extend(made.err());
    }
    expansion
}

/// As SAM joins `Globals` and a resource: maps together, lists behind each other, of all else the resource's own.
fn merged(globals: &Node, own: &Node) -> Node {
    match (&globals.value, &own.value) {
        _ if own.tag.is_some() || globals.tag.is_some() => own.clone(),
        (NodeValue::Object(shared), NodeValue::Object(members)) if !is_function(own) => {
            let mut all = shared.clone();
            for member in members {
                match all.iter_mut().find(|one| one.key == member.key) {
                    Some(one) => one.value = merged(&one.value, &member.value),
                    None => all.push(member.clone()),
                }
            }
            Node::new(own.span, NodeValue::Object(all))
        }
        (NodeValue::Array(shared), NodeValue::Array(items)) => {
            list(own.span, shared.iter().chain(items).cloned().collect())
        }
        _ => own.clone(),
    }
}

fn is_function(node: &Node) -> bool {
    super::resolve::intrinsic(node).is_some()
}

/// The transform of one resource.
struct Transform<'t> {
    template: &'t Template,
    source: Resource<'t>,
    /// With those of `Globals`.
    properties: &'t Node,
    at: Span,
}

impl<'t> Transform<'t> {
    fn get(&self, name: &str) -> Option<&'t Node> {
        self.properties.get(name)
    }

    fn copy(&self, name: &str) -> Option<Node> {
        self.get(name).cloned()
    }

    fn id(&self) -> &'t str {
        self.source.logical_id
    }

    fn problem(&self, span: Span, message: impl Into<String>) -> Problem {
        Problem::new(&self.template.source, span, message)
    }

    /// A resource with the condition of the one that it is made of.
    fn made(&self, logical_id: &str, type_name: &str, properties: Members) -> Expanded {
        let mut node = Members::new();
        node.put("Type", text(self.at, type_name))
            .maybe("Condition", self.source.node.get("Condition").cloned());
        if logical_id == self.id() {
            node.maybe("DependsOn", self.source.node.get("DependsOn").cloned())
                .maybe("Metadata", self.source.node.get("Metadata").cloned());
        }
        node.put("Properties", properties.finish(self.at));
        Expanded {
            logical_id: logical_id.to_owned(),
            type_name: type_name.to_owned(),
            node: node.finish(self.at),
            from: Some(self.id().to_owned()),
        }
    }

    fn state_machine(&self, expansion: &mut Expansion) -> Result<(), Problem> {
        let (id, at) = (self.id(), self.at);
        let role_arn = match self.copy("Role") {
            Some(role) => role,
            None => {
                let traces = is_active(self.get("Tracing"));
                let managed: &[&str] = if traces {
                    &["AWSXrayWriteOnlyAccess"]
                } else {
                    &[]
                };
                expansion
                    .resources
                    .push(self.role("states.amazonaws.com", managed)?);
                attribute(at, &format!("{id}Role"), "Arn")
            }
        };
        let mut properties = Members::new();
        properties
            .maybe("StateMachineName", self.copy("Name"))
            .maybe("StateMachineType", self.copy("Type"))
            .maybe("Definition", self.copy("Definition"))
            .maybe("DefinitionUri", self.copy("DefinitionUri"))
            .maybe(
                "DefinitionSubstitutions",
                self.copy("DefinitionSubstitutions"),
            )
            .maybe("LoggingConfiguration", self.copy("Logging"))
            .maybe("TracingConfiguration", self.copy("Tracing"))
            .put("RoleArn", role_arn)
            .put("Tags", self.tags("stateMachine:createdBy"));
        expansion
            .resources
            .push(self.made(id, "AWS::StepFunctions::StateMachine", properties));
        let mut target = reference(at, id);
        if let Some(alias) = self.get("AutoPublishAlias") {
            let name = self.alias_name(alias)?;
            let version = format!("{id}Version");
            let mut properties = Members::new();
            properties.put("StateMachineArn", reference(at, id));
            let type_name = "AWS::StepFunctions::StateMachineVersion";
            expansion
                .resources
                .push(self.made(&version, type_name, properties));
            let route = object(
                alias.span,
                [
                    ("StateMachineVersionArn", reference(at, &version)),
                    ("Weight", node::number(at, 100)),
                ],
            );
            let mut properties = Members::new();
            properties
                .put("Name", alias.clone())
                .put("RoutingConfiguration", list(at, vec![route]));
            let alias_id = format!("{id}Alias{name}");
            let type_name = "AWS::StepFunctions::StateMachineAlias";
            expansion
                .resources
                .push(self.made(&alias_id, type_name, properties));
            if is_true(self.get("UseAliasAsEventTarget")) {
                target = reference(at, &alias_id);
            }
        }
        self.events(expansion, &target)
    }

    fn function(&self, expansion: &mut Expansion) -> Result<(), Problem> {
        let (id, at) = (self.id(), self.at);
        let role_arn = match self.copy("Role") {
            Some(role) => role,
            None => {
                let mut managed = vec!["service-role/AWSLambdaBasicExecutionRole"];
                if self.get("VpcConfig").is_some() {
                    managed.push("service-role/AWSLambdaVPCAccessExecutionRole");
                }
                if is_active(self.get("Tracing")) {
                    managed.push("AWSXrayWriteOnlyAccess");
                }
                expansion
                    .resources
                    .push(self.role("lambda.amazonaws.com", &managed)?);
                attribute(at, &format!("{id}Role"), "Arn")
            }
        };
        let code = match (self.get("InlineCode"), self.get("ImageUri")) {
            (Some(inline), _) => object(inline.span, [("ZipFile", inline.clone())]),
            (_, Some(image)) => object(image.span, [("ImageUri", image.clone())]),
            _ => self.copy("CodeUri").unwrap_or_else(|| text(at, "")),
        };
        let mut properties = Members::new();
        for name in [
            "FunctionName",
            "Description",
            "Runtime",
            "Handler",
            "Timeout",
            "MemorySize",
            "Environment",
            "Layers",
            "Architectures",
            "EphemeralStorage",
            "PackageType",
            "VpcConfig",
        ] {
            properties.maybe(name, self.copy(name));
        }
        let dead_letters = self
            .get("DeadLetterQueue")
            .and_then(|node| node.get("TargetArn"));
        let dead_letters = dead_letters.map(|arn| object(arn.span, [("TargetArn", arn.clone())]));
        let tracing = self.copy("Tracing");
        properties
            .put("Code", code)
            .put("Role", role_arn)
            .maybe("DeadLetterConfig", dead_letters)
            .maybe(
                "TracingConfig",
                tracing.map(|mode| object(mode.span, [("Mode", mode)])),
            )
            .put("Tags", self.tags("lambda:createdBy"));
        expansion
            .resources
            .push(self.made(id, "AWS::Lambda::Function", properties));
        let mut target = attribute(at, id, "Arn");
        let mut qualifier = text(at, "$LATEST");
        if let Some(alias) = self.get("AutoPublishAlias") {
            let name = self.alias_name(alias)?;
            let version = format!("{id}Version");
            let mut properties = Members::new();
            properties.put("FunctionName", reference(at, id));
            expansion
                .resources
                .push(self.made(&version, "AWS::Lambda::Version", properties));
            let mut properties = Members::new();
            properties
                .put("Name", alias.clone())
                .put("FunctionName", reference(at, id))
                .put("FunctionVersion", attribute(at, &version, "Version"));
            let alias_id = format!("{id}Alias{name}");
            expansion
                .resources
                .push(self.made(&alias_id, "AWS::Lambda::Alias", properties));
            target = reference(at, &alias_id);
            qualifier = alias.clone();
        }
        if let Some(config) = self.get("EventInvokeConfig") {
            let mut properties = Members::new();
            properties
                .put("FunctionName", reference(at, id))
                .put("Qualifier", qualifier);
            for name in [
                "MaximumEventAgeInSeconds",
                "MaximumRetryAttempts",
                "DestinationConfig",
            ] {
                properties.maybe(name, config.get(name).cloned());
            }
            let logical_id = format!("{id}EventInvokeConfig");
            let type_name = "AWS::Lambda::EventInvokeConfig";
            expansion
                .resources
                .push(self.made(&logical_id, type_name, properties));
        }
        self.events(expansion, &target)
    }

    /// SAM makes logical ids of it.
    fn alias_name(&self, alias: &Node) -> Result<String, Problem> {
        self.template.resolver().text(alias)
    }

    /// The role that SAM makes where none is named.
    fn role(&self, service: &str, managed: &[&str]) -> Result<Expanded, Problem> {
        let at = self.at;
        let id = format!("{}Role", self.id());
        let mut arns: Vec<Node> = managed
            .iter()
            .map(|name| {
                sub(
                    at,
                    &format!("arn:${{AWS::Partition}}:iam::aws:policy/{name}"),
                )
            })
            .collect();
        let mut inline = Vec::new();
        policies::gather(self.get("Policies"), &id, &mut arns, &mut inline)
            .map_err(|(span, message)| self.problem(span, message))?;
        let mut properties = Members::new();
        properties
            .put("AssumeRolePolicyDocument", trust(at, service))
            .put("ManagedPolicyArns", list(at, arns))
            .put("Policies", list(at, inline))
            .maybe("Path", self.copy("RolePath"))
            .maybe("PermissionsBoundary", self.copy("PermissionsBoundary"));
        Ok(self.made(&id, "AWS::IAM::Role", properties))
    }

    /// SAM's map as CloudFormation's list, with the tag that says who has made the resource.
    fn tags(&self, created_by: &str) -> Node {
        let at = self.at;
        let pair = |key: &str, value: Node| object(at, [("Key", text(at, key)), ("Value", value)]);
        let mut tags = vec![pair(created_by, text(at, "SAM"))];
        let own = self.get("Tags").and_then(Node::members).unwrap_or_default();
        tags.extend(own.iter().map(|tag| pair(&tag.key, tag.value.clone())));
        list(at, tags)
    }
}

/// Who may take a role on.
fn trust(at: Span, service: &str) -> Node {
    let statement = object(
        at,
        [
            ("Effect", text(at, "Allow")),
            (
                "Principal",
                object(at, [("Service", list(at, vec![text(at, service)]))]),
            ),
            ("Action", list(at, vec![text(at, "sts:AssumeRole")])),
        ],
    );
    document(at, vec![statement])
}

fn document(at: Span, statements: Vec<Node>) -> Node {
    object(
        at,
        [
            ("Version", text(at, "2012-10-17")),
            ("Statement", list(at, statements)),
        ],
    )
}

/// `Active`, `{Enabled: true}`.
fn is_active(tracing: Option<&Node>) -> bool {
    tracing.is_some_and(|node| node.as_str() == Some("Active") || is_true(node.get("Enabled")))
}

fn is_true(node: Option<&Node>) -> bool {
    node.is_some_and(|node| {
        matches!(node.value, NodeValue::Bool(true)) || matches!(node.as_str(), Some("true"))
    })
}

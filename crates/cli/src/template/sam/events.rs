//! `Events` of a state machine or a function: rules and schedules, with what lets them call their target.

use states_language::syntax::{Member, Node, NodeValue};

use super::{Expansion, LeftOut, Transform, document, is_true, trust};
use crate::template::Problem;
use crate::template::node::{Members, attribute, list, member, object, text};

impl Transform<'_> {
    pub(super) fn events(&self, expansion: &mut Expansion, target: &Node) -> Result<(), Problem> {
        let events = self
            .get("Events")
            .and_then(Node::members)
            .unwrap_or_default();
        for event in events {
            let Some(kind) = event.value.get("Type").and_then(Node::as_str) else {
                let message = format!("The event '{}' has no Type", event.key);
                return Err(self.problem(event.key_span, message));
            };
            let none = object(event.value.span, []);
            let event = Event {
                transform: self,
                id: format!("{}{}", self.id(), event.key),
                properties: event.value.get("Properties").unwrap_or(&none),
                event,
                target,
                is_function: self.source.type_name == super::FUNCTION,
            };
            match kind {
                "Schedule" => event.rule(expansion, true),
                "EventBridgeRule" | "CloudWatchEvent" => event.rule(expansion, false),
                "ScheduleV2" => event.schedule(expansion),
                _ => expansion.left_out.push(LeftOut {
                    logical_id: event.id,
                    type_name: format!("event of the type {kind}"),
                    reason: format!("what calls {} in this way is not served here", self.id()),
                }),
            }
        }
        Ok(())
    }
}

struct Event<'e> {
    transform: &'e Transform<'e>,
    /// What SAM calls the resource that it makes.
    id: String,
    event: &'e Member,
    properties: &'e Node,
    /// Its ARN.
    target: &'e Node,
    is_function: bool,
}

impl Event<'_> {
    fn get(&self, name: &str) -> Option<Node> {
        self.properties.get(name).cloned()
    }

    fn made(&self, expansion: &mut Expansion, id: &str, type_name: &str, properties: Members) {
        let mut made = self.transform.made(id, type_name, properties);
        if id == self.id
            && let NodeValue::Object(members) = &mut made.node.value
        {
            members.extend(self.policies().map(|node| member("Metadata", node)));
        }
        expansion.resources.push(made);
    }

    /// What `Metadata: Stepwright: Schedules:` of the resource or of the template says about it, as the resource's own metadata.
    fn policies(&self) -> Option<Node> {
        let of_resource = self.transform.source.node.get("Metadata");
        let of_template = self.transform.template.root.get("Metadata");
        let find = |metadata: Option<&Node>, name: &str| {
            let stepwright = metadata?.get("Stepwright")?;
            stepwright.get("Schedules")?.get(name).cloned()
        };
        let found = find(of_resource, &self.event.key).or_else(|| find(of_template, &self.id))?;
        Some(object(found.span, [("Stepwright", found)]))
    }

    /// `State`, or `Enabled` as it was written before.
    fn state(&self) -> Option<Node> {
        self.get("State").or_else(|| {
            let enabled = self.properties.get("Enabled")?;
            let state = match is_true(Some(enabled)) {
                true => "ENABLED",
                false => "DISABLED",
            };
            Some(text(enabled.span, state))
        })
    }

    /// The queue that is named, or the one that SAM makes.
    fn dead_letters(&self, expansion: &mut Expansion) -> Option<Node> {
        let config = self.properties.get("DeadLetterConfig")?;
        let arn = match config.get("Arn") {
            Some(arn) => arn.clone(),
            None => {
                let named = config.get("QueueLogicalId").and_then(Node::as_str);
                let queue = named.map_or_else(|| format!("{}Queue", self.id), str::to_owned);
                self.made(expansion, &queue, "AWS::SQS::Queue", Members::new());
                attribute(config.span, &queue, "Arn")
            }
        };
        Some(object(config.span, [("Arn", arn)]))
    }

    /// The role that lets a service start the target.
    fn role(&self, expansion: &mut Expansion, service: &str) -> Node {
        let at = self.event.value.span;
        let id = format!("{}Role", self.id);
        let action = match self.is_function {
            true => "lambda:InvokeFunction",
            false => "states:StartExecution",
        };
        let statement = object(
            at,
            [
                ("Effect", text(at, "Allow")),
                ("Action", text(at, action)),
                ("Resource", self.target.clone()),
            ],
        );
        let name = match (self.is_function, service) {
            (true, _) => "LambdaPolicy",
            (false, "events.amazonaws.com") => "RoleStartExecutionPolicy",
            (false, _) => "StartExecutionPolicy",
        };
        let policy = object(
            at,
            [
                ("PolicyName", text(at, format!("{}{name}", self.id))),
                ("PolicyDocument", document(at, vec![statement])),
            ],
        );
        let mut properties = Members::new();
        properties
            .put("AssumeRolePolicyDocument", trust(at, service))
            .put("Policies", list(at, vec![policy]))
            .maybe("PermissionsBoundary", self.get("PermissionsBoundary"));
        self.made(expansion, &id, "AWS::IAM::Role", properties);
        attribute(at, &id, "Arn")
    }

    fn rule(&self, expansion: &mut Expansion, is_schedule: bool) {
        let at = self.event.value.span;
        let named = self
            .properties
            .get("Target")
            .and_then(|target| target.get("Id"));
        let target_id = named.cloned().unwrap_or_else(|| {
            let end = match self.is_function {
                true => "LambdaTarget",
                false => "StepFunctionsTarget",
            };
            text(at, format!("{}{end}", self.id))
        });
        let mut target = Members::new();
        target.put("Arn", self.target.clone()).put("Id", target_id);
        if self.is_function {
            let mut permission = Members::new();
            permission
                .put("Action", text(at, "lambda:InvokeFunction"))
                .put("FunctionName", self.target.clone())
                .put("Principal", text(at, "events.amazonaws.com"))
                .put("SourceArn", attribute(at, &self.id, "Arn"));
            let id = format!("{}Permission", self.id);
            self.made(expansion, &id, "AWS::Lambda::Permission", permission);
        } else {
            let role = match self.get("RoleArn") {
                Some(role) => role,
                None => self.role(expansion, "events.amazonaws.com"),
            };
            target.put("RoleArn", role);
        }
        target
            .maybe("Input", self.get("Input"))
            .maybe("InputPath", self.get("InputPath"))
            .maybe("InputTransformer", self.get("InputTransformer"))
            .maybe("RetryPolicy", self.get("RetryPolicy"))
            .maybe("DeadLetterConfig", self.dead_letters(expansion));
        let mut properties = Members::new();
        properties
            .maybe("Name", self.get("Name").or_else(|| self.get("RuleName")))
            .maybe("Description", self.get("Description"))
            .maybe("State", self.state())
            .maybe("EventBusName", self.get("EventBusName"));
        match is_schedule {
            true => properties.maybe("ScheduleExpression", self.get("Schedule")),
            false => properties.maybe("EventPattern", self.get("Pattern")),
        };
        properties.put("Targets", list(at, vec![target.finish(at)]));
        self.made(expansion, &self.id, "AWS::Events::Rule", properties);
    }

    fn schedule(&self, expansion: &mut Expansion) {
        let at = self.event.value.span;
        let role = match self.get("RoleArn") {
            Some(role) => role,
            None => self.role(expansion, "scheduler.amazonaws.com"),
        };
        let mut target = Members::new();
        target
            .put("Arn", self.target.clone())
            .put("RoleArn", role)
            .maybe("Input", self.get("Input"))
            .maybe("RetryPolicy", self.get("RetryPolicy"))
            .maybe("DeadLetterConfig", self.dead_letters(expansion));
        let window = self.get("FlexibleTimeWindow");
        let window = window.unwrap_or_else(|| object(at, [("Mode", text(at, "OFF"))]));
        let mut properties = Members::new();
        let name = match is_true(self.properties.get("OmitName")) {
            true => None,
            false => Some(
                self.get("Name")
                    .unwrap_or_else(|| text(at, self.id.as_str())),
            ),
        };
        properties.maybe("Name", name).maybe("State", self.state());
        for name in [
            "Description",
            "ScheduleExpression",
            "ScheduleExpressionTimezone",
            "StartDate",
            "EndDate",
            "GroupName",
            "KmsKeyArn",
        ] {
            properties.maybe(name, self.get(name));
        }
        properties
            .put("FlexibleTimeWindow", window)
            .put("Target", target.finish(at));
        self.made(expansion, &self.id, "AWS::Scheduler::Schedule", properties);
    }
}

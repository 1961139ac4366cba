//! What starts state machines and functions: schedules of EventBridge Scheduler, rules of EventBridge.

use serde_json::{Map, Value};

use super::Writer;
use super::hcl::{Body, Expr, text};
use super::roles::trust;
use crate::export::cloudformation_value::get_att;
use crate::export::model::{Trigger, TriggerKind, words};

/// Labels of the roles in which triggers start something.
const SCHEDULER: &str = "scheduler";
const EVENTS: &str = "events";

impl Writer<'_> {
    pub fn trigger(&mut self, trigger: &Trigger, main: &mut Body) {
        if trigger.kind == TriggerKind::Other {
            let kind = trigger
                .properties
                .get("Type")
                .and_then(Value::as_str)
                .unwrap_or("?");
            self.note(format!(
                "the event {} of {} ({kind}) is not carried over",
                trigger.name, trigger.target
            ));
            return;
        }
        if let Some(policies) = &trigger.policies {
            self.note(format!(
                "{}: what is missed and what overlaps ({policies}) is not known to AWS; `stepwright schedules` sets it on a server",
                trigger.name
            ));
        }
        let target = self.expressions.scalar(&get_att(&trigger.target, "Arn"));
        match trigger.kind {
            TriggerKind::Schedule => self.schedule(trigger, target, main),
            _ => self.rule(trigger, target, main),
        }
    }

    fn target_condition(&self, trigger: &Trigger) -> Option<Expr> {
        let (_, condition) = self.module.resource(&trigger.target)?;
        self.condition(condition)
    }

    fn schedule(&mut self, trigger: &Trigger, target: String, main: &mut Body) {
        let properties = &trigger.properties;
        let name = words(&trigger.id(), '_');
        let mut body = Body::default();
        body.set_some("count", self.target_condition(trigger));
        let own = self.property(properties, "Name");
        body.set("name", own.unwrap_or_else(|| self.trigger_name(trigger)));
        for (attribute, property) in [
            ("description", "Description"),
            ("group_name", "GroupName"),
            ("schedule_expression", "ScheduleExpression"),
            ("schedule_expression_timezone", "ScheduleExpressionTimezone"),
            ("start_date", "StartDate"),
            ("end_date", "EndDate"),
            ("state", "State"),
            ("kms_key_arn", "KmsKeyArn"),
        ] {
            body.set_some(attribute, self.property(properties, property));
        }
        body.block(
            "flexible_time_window",
            self.window(properties.get("FlexibleTimeWindow")),
        );
        let mut block = Body::default();
        let role = self.property(properties, "RoleArn");
        block
            .set("arn", target)
            .set(
                "role_arn",
                role.unwrap_or_else(|| format!("aws_iam_role.{SCHEDULER}.arn").into()),
            )
            .set_some("input", self.property(properties, "Input"));
        self.delivery(&mut block, properties);
        body.block("target", block);
        main.block(
            format!("resource \"aws_scheduler_schedule\" \"{name}\""),
            body,
        );
        let known = [
            "Name",
            "Description",
            "GroupName",
            "ScheduleExpression",
            "ScheduleExpressionTimezone",
            "StartDate",
            "EndDate",
            "State",
            "KmsKeyArn",
            "FlexibleTimeWindow",
            "RoleArn",
            "Input",
            "RetryPolicy",
            "DeadLetterConfig",
            "OmitName",
        ];
        self.left(&trigger.id(), properties, &known);
    }

    pub fn window(&self, window: Option<&Value>) -> Body {
        let mut body = Body::default();
        let mode = window.map_or_else(|| text("OFF").into(), |window| self.expr(&window["Mode"]));
        body.set("mode", mode);
        let minutes = window.and_then(|window| window.get("MaximumWindowInMinutes"));
        body.set_some(
            "maximum_window_in_minutes",
            minutes.map(|minutes| self.expr(minutes)),
        );
        body
    }

    /// `RetryPolicy` and `DeadLetterConfig`, as schedules and targets of rules have them.
    pub fn delivery(&self, block: &mut Body, properties: &Map<String, Value>) {
        let arn = properties
            .get("DeadLetterConfig")
            .and_then(|config| config.get("Arn"));
        if let Some(arn) = arn {
            let mut dead = Body::default();
            dead.set("arn", self.expr(arn));
            block.block("dead_letter_config", dead);
        }
        if let Some(Value::Object(policy)) = properties.get("RetryPolicy") {
            let mut retry = Body::default();
            retry
                .set_some(
                    "maximum_event_age_in_seconds",
                    self.property(policy, "MaximumEventAgeInSeconds"),
                )
                .set_some(
                    "maximum_retry_attempts",
                    self.property(policy, "MaximumRetryAttempts"),
                );
            block.block("retry_policy", retry);
        }
    }

    fn trigger_name(&self, trigger: &Trigger) -> Expr {
        format!(
            "\"${{local.{}_name}}-{}\"",
            words(&trigger.target, '_'),
            words(&trigger.name, '-')
        )
        .into()
    }

    fn rule(&mut self, trigger: &Trigger, target: String, main: &mut Body) {
        let properties = &trigger.properties;
        let name = words(&trigger.id(), '_');
        let count = self.target_condition(trigger);
        let index = if count.is_some() { "[0]" } else { "" };
        let mut body = Body::default();
        body.set_some("count", count.clone());
        let own = ["Name", "RuleName"]
            .iter()
            .find_map(|name| self.property(properties, name));
        body.set("name", own.unwrap_or_else(|| self.trigger_name(trigger)))
            .set_some("description", self.property(properties, "Description"))
            .set_some("event_bus_name", self.property(properties, "EventBusName"))
            .set_some("schedule_expression", self.property(properties, "Schedule"));
        if let Some(pattern) = properties.get("Pattern") {
            body.set(
                "event_pattern",
                Expr::Call("jsonencode", vec![self.expr(pattern)]),
            );
        }
        let state = match properties.get("Enabled") {
            Some(Value::Bool(false)) => Some(text("DISABLED").into()),
            _ => self.property(properties, "State"),
        };
        body.set_some("state", state);
        main.block(
            format!("resource \"aws_cloudwatch_event_rule\" \"{name}\""),
            body,
        );

        let mut body = Body::default();
        body.set_some("count", count.clone())
            .set(
                "rule",
                format!("aws_cloudwatch_event_rule.{name}{index}.name"),
            )
            .set_some("event_bus_name", self.property(properties, "EventBusName"))
            .set("arn", target.as_str());
        if trigger.starts_machine {
            let role = self.property(properties, "RoleArn");
            body.set(
                "role_arn",
                role.unwrap_or_else(|| format!("aws_iam_role.{EVENTS}.arn").into()),
            );
        }
        let id = properties.get("Target").and_then(|target| target.get("Id"));
        body.set_some("target_id", id.map(|id| self.expr(id)))
            .set_some("input", self.property(properties, "Input"))
            .set_some("input_path", self.property(properties, "InputPath"));
        self.transformer(&mut body, properties);
        self.delivery(&mut body, properties);
        main.block(
            format!("resource \"aws_cloudwatch_event_target\" \"{name}\""),
            body,
        );

        if !trigger.starts_machine {
            let mut body = Body::default();
            body.set_some("count", count)
                .set("action", text("lambda:InvokeFunction"))
                .set("function_name", target)
                .set("principal", text("events.amazonaws.com"))
                .set(
                    "source_arn",
                    format!("aws_cloudwatch_event_rule.{name}{index}.arn"),
                );
            main.block(
                format!("resource \"aws_lambda_permission\" \"{name}\""),
                body,
            );
        }
        let known = [
            "Name",
            "RuleName",
            "Description",
            "EventBusName",
            "Schedule",
            "Pattern",
            "Enabled",
            "State",
            "Input",
            "InputPath",
            "InputTransformer",
            "RetryPolicy",
            "DeadLetterConfig",
            "RoleArn",
            "Target",
        ];
        self.left(&trigger.id(), properties, &known);
    }

    pub fn transformer(&self, body: &mut Body, properties: &Map<String, Value>) {
        if let Some(Value::Object(transformer)) = properties.get("InputTransformer") {
            let mut block = Body::default();
            block
                .set_some("input_paths", self.property(transformer, "InputPathsMap"))
                .set_some(
                    "input_template",
                    self.property(transformer, "InputTemplate"),
                );
            body.block("input_transformer", block);
        }
    }

    /// The roles in which Scheduler and rules start things: each may start what it has to.
    pub fn starting_roles(&mut self, iam: &mut Body) {
        for (label, service, kinds) in [
            (
                SCHEDULER,
                "scheduler.amazonaws.com",
                &[TriggerKind::Schedule][..],
            ),
            (
                EVENTS,
                "events.amazonaws.com",
                &[TriggerKind::RuleSchedule, TriggerKind::Pattern],
            ),
        ] {
            let mut machines: Vec<Value> = Vec::new();
            let mut functions: Vec<Value> = Vec::new();
            let mut queues: Vec<Value> = Vec::new();
            let own = self.module.triggers.iter().filter(|trigger| {
                kinds.contains(&trigger.kind) && !trigger.properties.contains_key("RoleArn")
            });
            for trigger in own {
                let arn = get_att(&trigger.target, "Arn");
                let list = match (trigger.starts_machine, label) {
                    (true, _) => &mut machines,
                    (false, SCHEDULER) => &mut functions,
                    // Functions let rules in by a permission of their own.
                    (false, _) => continue,
                };
                if !list.contains(&arn) {
                    list.push(arn);
                }
                let queue = trigger
                    .properties
                    .get("DeadLetterConfig")
                    .and_then(|config| config.get("Arn"));
                queues.extend(queue.filter(|_| label == SCHEDULER).cloned());
            }
            let mut statements = Vec::new();
            for (action, resources) in [
                ("states:StartExecution", machines),
                ("lambda:InvokeFunction", functions),
                ("sqs:SendMessage", queues),
            ] {
                if !resources.is_empty() {
                    statements.push(serde_json::json!({"Effect": "Allow", "Action": action, "Resource": resources}));
                }
            }
            if statements.is_empty() {
                continue;
            }
            let mut role = Body::default();
            role.set(
                "name_prefix",
                format!("\"${{substr(var.name, 0, 26)}}-{label}-\""),
            )
            .set("assume_role_policy", trust(service));
            iam.block(format!("resource \"aws_iam_role\" \"{label}\""), role);
            let mut body = Body::default();
            body.set("name", text("start"))
                .set("role", format!("aws_iam_role.{label}.id"))
                .set("policy", self.policy(&statements));
            iam.block(
                format!("resource \"aws_iam_role_policy\" \"{label}\""),
                body,
            );
        }
    }
}

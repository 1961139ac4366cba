//! State machines with their log groups and aliases.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Writer;
use super::hcl::{Body, Expr};
use super::roles::Role;
use crate::export::definition::file_name;
use crate::export::model::{Policy, StateMachine, words};

const KNOWN: &[&str] = &[
    "Name",
    "Type",
    "Logging",
    "Tracing",
    "Tags",
    "EncryptionConfiguration",
    "AutoPublishAlias",
    "UseAliasAsEventTarget",
    "DeploymentPreference",
    "PropagateTags",
];

impl Writer<'_> {
    pub fn machine(&mut self, machine: &StateMachine, main: &mut Body, iam: &mut Body) {
        let name = words(&machine.id, '_');
        let count = self.condition(machine.condition.as_deref());
        let index = if count.is_some() { "[0]" } else { "" };
        let logging = machine.properties.get("Logging");

        let declared = logging.and_then(|logging| {
            logging["Destinations"][0]["CloudWatchLogsLogGroup"].get("LogGroupArn")
        });
        let destination = match declared {
            Some(arn) => self.expr(arn),
            None => {
                let mut group = Body::default();
                group.set_some("count", count.clone());
                group
                    .set(
                        "name",
                        format!("\"/aws/vendedlogs/states/${{local.{name}_name}}\""),
                    )
                    .set("retention_in_days", "var.log_retention_days");
                main.block(
                    format!("resource \"aws_cloudwatch_log_group\" \"{name}\""),
                    group,
                );
                format!("\"${{aws_cloudwatch_log_group.{name}{index}.arn}}:*\"").into()
            }
        };

        let mut body = Body::default();
        body.set_some("count", count.clone())
            .set("name", format!("local.{name}_name"));
        let kind = self.property(&machine.properties, "Type");
        body.set_some("type", kind)
            .set("role_arn", format!("aws_iam_role.{name}{index}.arn"))
            .set("definition", self.definition(machine));
        if machine.properties.contains_key("AutoPublishAlias") {
            body.set("publish", "true");
        }
        body.set_some("tags", self.tags(&machine.properties));

        let mut log = Body::default();
        let setting = |name: &str, otherwise: &str| {
            let declared = logging.and_then(|logging| logging.get(name));
            declared.map_or_else(|| otherwise.into(), |value| self.expr(value))
        };
        log.set("level", setting("Level", "var.log_level"))
            .set(
                "include_execution_data",
                setting("IncludeExecutionData", "false"),
            )
            .set("log_destination", destination);
        body.block("logging_configuration", log);
        if let Some(tracing) = machine.properties.get("Tracing") {
            let mut block = Body::default();
            block.set("enabled", self.expr(&tracing["Enabled"]));
            body.block("tracing_configuration", block);
        }
        if let Some(Value::Object(encryption)) = machine.properties.get("EncryptionConfiguration") {
            let mut block = Body::default();
            for (attribute, property) in [
                ("type", "Type"),
                ("kms_key_id", "KmsKeyId"),
                (
                    "kms_data_key_reuse_period_seconds",
                    "KmsDataKeyReusePeriodSeconds",
                ),
            ] {
                block.set_some(attribute, self.property(encryption, property));
            }
            body.block("encryption_configuration", block);
        }
        body.blank()
            .comment("AWS tries out the role for logs when the state machine is made.")
            .set("depends_on", format!("[aws_iam_role_policy.{name}]"));
        main.block(
            format!("resource \"aws_sfn_state_machine\" \"{name}\""),
            body,
        );

        if let Some(alias) = machine.properties.get("AutoPublishAlias") {
            let mut body = Body::default();
            body.set_some("count", count);
            body.set("name", self.expr(alias));
            let mut routing = Body::default();
            routing
                .set(
                    "state_machine_version_arn",
                    format!("aws_sfn_state_machine.{name}{index}.state_machine_version_arn"),
                )
                .set("weight", "100");
            body.block("routing_configuration", routing);
            main.block(format!("resource \"aws_sfn_alias\" \"{name}\""), body);
        }

        self.role(
            Role {
                id: &machine.id,
                condition: machine.condition.as_deref(),
                service: "states.amazonaws.com",
                statements: &machine.role,
                policies: &[],
            },
            iam,
        );
        let managed = machine.policies.iter().filter_map(|policy| match policy {
            Policy::Managed(name) => Some(name.to_string()),
            _ => None,
        });
        for policy in managed.collect::<Vec<_>>() {
            self.note(format!(
                "the managed policy {policy} of {} is left out: the role allows what the definition does",
                machine.id
            ));
        }
        if let Some(metadata) = machine
            .metadata
            .as_ref()
            .and_then(|all| all.get("Stepwright"))
        {
            self.note(format!(
                "Metadata: Stepwright of {} ({metadata}) has no place in Terraform; `stepwright schedules` sets it on a server",
                machine.id
            ));
        }
        self.left(&machine.id, &machine.properties, KNOWN);
    }

    fn definition(&mut self, machine: &StateMachine) -> Expr {
        let definition = &machine.definition;
        let path = format!(
            "statemachine/{}",
            file_name(definition, &machine.id, "asl.json")
        );
        let used: BTreeSet<String> = definition.placeholders();
        let is_known = |name: &str| definition.substitutions.contains_key(name);
        // Terraform evaluates every `${` and `%{`: what is no substitution is escaped. Its names know neither points nor hyphens.
        let variable = |name: &str| name.replace(['.', ':', '-'], "_");
        if self.in_one_text {
            let content = definition.json(&BTreeMap::new(), &|name, written| match definition
                .substitutions
                .get(name)
            {
                Some(value) => format!("${{{}}}", self.expressions.scalar(value)),
                None => format!("{}{written}", &written[..1]),
            });
            return format!("<<EOT\n{}\nEOT", content.trim_end()).into();
        }
        let content = definition.json(&BTreeMap::new(), &|name, written| match name {
            name if is_known(name) => format!("${{{}}}", variable(name)),
            _ => format!("{}{written}", &written[..1]),
        });
        let is_plain = !content.contains("${") && !content.contains("%{");
        self.files.text(path.as_str(), content);
        let file: Expr = format!("\"${{path.module}}/{path}\"").into();
        if is_plain {
            return Expr::Call("file", vec![file]);
        }
        let values = definition
            .substitutions
            .iter()
            .filter(|(name, _)| used.contains(*name))
            .map(|(name, value)| (variable(name), self.expr(value)))
            .collect();
        Expr::Call("templatefile", vec![file, Expr::Object(values)])
    }
}

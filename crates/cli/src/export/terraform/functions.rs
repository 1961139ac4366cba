//! Functions with their packages and log groups.

use serde_json::{Map, Value, json};

use super::Writer;
use super::expressions::{Expressions, condition_name};
use super::hcl::{Body, text};
use super::roles::Role;
use crate::error::CliError;
use crate::export::cloudformation_value::intrinsic;
use crate::export::functions as all_functions;
use crate::export::model::{Code, Function, words};

const KNOWN: &[&str] = &[
    "Architectures",
    "AutoPublishAlias",
    "DeadLetterConfig",
    "DeadLetterQueue",
    "Description",
    "Environment",
    "EphemeralStorage",
    "FunctionName",
    "Handler",
    "ImageUri",
    "KmsKeyArn",
    "Layers",
    "MemorySize",
    "PackageType",
    "ReservedConcurrentExecutions",
    "Role",
    "Runtime",
    "Tags",
    "Timeout",
    "Tracing",
    "TracingConfig",
    "VpcConfig",
];

impl Writer<'_> {
    pub fn function(
        &mut self,
        function: &Function,
        main: &mut Body,
        iam: &mut Body,
    ) -> Result<(), CliError> {
        let name = words(&function.id, '_');
        let properties = &function.properties;
        let count = self.condition(function.condition.as_deref());
        let index = if count.is_some() { "[0]" } else { "" };

        let mut group = Body::default();
        group
            .set_some("count", count.clone())
            .set("name", format!("\"/aws/lambda/${{local.{name}_name}}\""))
            .set("retention_in_days", "var.log_retention_days");
        main.block(
            format!("resource \"aws_cloudwatch_log_group\" \"{name}\""),
            group,
        );

        let own_role = properties.get("Role");
        let role = match own_role {
            Some(role) => self.expr(role),
            None => format!("aws_iam_role.{name}{index}.arn").into(),
        };
        let mut body = Body::default();
        body.set_some("count", count.clone())
            .set("function_name", format!("local.{name}_name"))
            .set_some("description", self.property(properties, "Description"))
            .set("role", role);
        self.code(function, &mut body)?;
        for (attribute, property) in [
            ("runtime", "Runtime"),
            ("handler", "Handler"),
            ("timeout", "Timeout"),
            ("memory_size", "MemorySize"),
            ("architectures", "Architectures"),
            ("layers", "Layers"),
            (
                "reserved_concurrent_executions",
                "ReservedConcurrentExecutions",
            ),
            ("kms_key_arn", "KmsKeyArn"),
        ] {
            body.set_some(attribute, self.property(properties, property));
        }
        if properties.contains_key("AutoPublishAlias") {
            body.set("publish", "true");
        }
        body.set_some("tags", self.tags(properties));
        self.blocks(properties, &mut body);
        let mut after = vec![format!("aws_cloudwatch_log_group.{name}")];
        if own_role.is_none() {
            after.push(format!("aws_iam_role_policy.{name}"));
        }
        body.blank()
            .set("depends_on", format!("[{}]", after.join(", ")));
        main.block(format!("resource \"aws_lambda_function\" \"{name}\""), body);

        if let Some(alias) = properties.get("AutoPublishAlias") {
            let mut body = Body::default();
            body.set_some("count", count)
                .set("name", self.expr(alias))
                .set(
                    "function_name",
                    format!("aws_lambda_function.{name}{index}.function_name"),
                )
                .set(
                    "function_version",
                    format!("aws_lambda_function.{name}{index}.version"),
                );
            main.block(format!("resource \"aws_lambda_alias\" \"{name}\""), body);
        }
        if own_role.is_none() {
            // By the name alone: the function itself would make a circle.
            let group = json!({"Fn::Sub": [
                "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/${name}:*",
                {"name": {"Fn::Local": format!("{name}_name")}}
            ]});
            let statements = all_functions::statements(function, group);
            self.role(
                Role {
                    id: &function.id,
                    condition: function.condition.as_deref(),
                    service: "lambda.amazonaws.com",
                    statements: &statements,
                    policies: &function.policies,
                },
                iam,
            );
        }
        self.left(&function.id, properties, KNOWN);
        Ok(())
    }

    fn code(&mut self, function: &Function, body: &mut Body) -> Result<(), CliError> {
        let place = match &function.code {
            Code::Elsewhere(place) => place,
            // One text has no place for packages.
            _ if self.in_one_text => &Value::Null,
            Code::Folder { .. } | Code::Inline(_) => {
                let package = all_functions::package(function)?;
                let path = format!("functions/{}.zip", words(&function.id, '-'));
                let file = format!("\"${{path.module}}/{path}\"");
                body.set("filename", file.as_str())
                    .set("source_code_hash", format!("filebase64sha256({file})"));
                self.files.binary(path.as_str(), package.zip);
                package.notes.into_iter().for_each(|note| self.note(note));
                return Ok(());
            }
        };
        if let Some(image) = place.get("ImageUri") {
            body.set("package_type", text("Image"))
                .set("image_uri", self.expr(image));
            return Ok(());
        }
        let uri = place.as_str().and_then(|uri| uri.strip_prefix("s3://"));
        let (bucket, key) = match uri.and_then(|uri| uri.split_once('/')) {
            Some((bucket, key)) => (Some(Value::from(bucket)), Some(Value::from(key))),
            None => {
                let named =
                    |names: [&str; 2]| names.iter().find_map(|name| place.get(*name)).cloned();
                (named(["S3Bucket", "Bucket"]), named(["S3Key", "Key"]))
            }
        };
        match (bucket, key) {
            (Some(bucket), Some(key)) => {
                body.set("s3_bucket", self.expr(&bucket))
                    .set("s3_key", self.expr(&key));
            }
            _ => {
                let variable = format!("{}_package", words(&function.id, '_'));
                body.set("filename", format!("var.{variable}"));
                self.expressions.variables.borrow_mut().insert(
                    variable,
                    format!("A zip file with the code of {} (`stepwright export terraform --out` makes one).", function.id),
                );
            }
        }
        Ok(())
    }

    fn blocks(&mut self, properties: &Map<String, Value>, body: &mut Body) {
        let environment = properties
            .get("Environment")
            .and_then(|all| all.get("Variables"));
        if let Some(variables) = environment {
            let mut block = Body::default();
            block.set("variables", self.expr(variables));
            body.block("environment", block);
        }
        if let Some(vpc) = properties.get("VpcConfig") {
            let attributes = [
                ("subnet_ids", "SubnetIds"),
                ("security_group_ids", "SecurityGroupIds"),
            ];
            self.optional_block(body, "vpc_config", vpc, &attributes);
        }
        let tracing = properties
            .get("Tracing")
            .or_else(|| properties.get("TracingConfig")?.get("Mode"));
        if let Some(mode) = tracing {
            let mut block = Body::default();
            block.set("mode", self.expr(mode));
            body.block("tracing_config", block);
        }
        let queue = ["DeadLetterQueue", "DeadLetterConfig"]
            .iter()
            .find_map(|name| properties.get(*name)?.get("TargetArn"));
        if let Some(arn) = queue {
            let mut block = Body::default();
            block.set("target_arn", self.expr(arn));
            body.block("dead_letter_config", block);
        }
        if let Some(storage) = properties.get("EphemeralStorage") {
            self.optional_block(body, "ephemeral_storage", storage, &[("size", "Size")]);
        }
    }

    /// A block that a condition may take away.
    pub fn optional_block(
        &self,
        body: &mut Body,
        name: &str,
        value: &Value,
        attributes: &[(&str, &str)],
    ) {
        let content = |value: &Value| {
            let mut content = Body::default();
            for (attribute, property) in attributes {
                if let Some(value) = value
                    .get(*property)
                    .filter(|value| !Expressions::is_no_value(value))
                {
                    content.set(attribute, self.expr(value));
                }
            }
            content
        };
        match intrinsic(value) {
            Some(("Fn::If", Value::Array(parts))) => {
                let [condition, yes, no] = &parts[..] else {
                    return;
                };
                let (is_there, value) = match Expressions::is_no_value(yes) {
                    true => ("[] : [1]", no),
                    false => ("[1] : []", yes),
                };
                let condition = condition_name(condition.as_str().unwrap_or_default());
                let mut block = Body::default();
                block.set("for_each", format!("{condition} ? {is_there}"));
                block.block("content", content(value));
                body.block(format!("dynamic \"{name}\""), block);
            }
            Some(_) => {}
            None => {
                body.block(name, content(value));
            }
        }
    }
}

//! A complete Terraform module, with no provider but `hashicorp/aws` and no provider block: whoever uses it says which account.

mod expressions;
mod functions;
mod hcl;
mod machines;
mod others;
mod roles;
mod triggers;

use serde_json::{Map, Value};

use super::cloudformation_value::{names, reference};
use super::files::Files;
use super::model::{Module, words};
use crate::error::CliError;
use expressions::{Expressions, condition_name};
use hcl::{Body, Expr, render, text};

/// `name` of a resource with a default: `var.name`, or with the words of its logical id.
fn name_of(module: &Module, id: &str) -> String {
    match words(id, '-') {
        own if own == module.name => "var.name".to_owned(),
        own => format!("\"${{var.name}}-{own}\""),
    }
}

/// What the writers share.
pub(super) struct Writer<'m> {
    module: &'m Module,
    expressions: Expressions<'m>,
    notes: Vec<String>,
    files: Files,
    in_one_text: bool,
}

/// `in_one_text`: definitions stand in the text, and functions' packages are variables.
pub fn write(module: &Module, in_one_text: bool) -> Result<Files, CliError> {
    let made = |type_name: &str| others::is_made(type_name);
    let mut writer = Writer {
        module,
        expressions: Expressions::new(module, &made),
        notes: module.notes.clone(),
        files: Files::default(),
        in_one_text,
    };
    let mut main = Body::default();
    let mut iam = Body::default();
    for machine in &module.machines {
        writer.machine(machine, &mut main, &mut iam);
    }
    for function in &module.functions {
        writer.function(function, &mut main, &mut iam)?;
    }
    for trigger in &module.triggers {
        writer.trigger(trigger, &mut main);
    }
    writer.starting_roles(&mut iam);
    for other in &module.others {
        writer.other(other, &mut main, &mut iam);
    }
    let outputs = writer.outputs();
    let locals = writer.locals();
    let variables = writer.variables();

    let mut head = Body::default();
    if let Some(description) = &module.description {
        head.comment(description.clone());
    }
    writer.notes.extend(writer.expressions.notes.take());
    for note in &writer.notes {
        head.comment(format!("Note: {note}"));
    }
    if !head.0.is_empty() {
        head.blank();
    }
    let mut sources = writer.expressions.data_sources();
    sources.sort_unstable();
    let mut top = Body::default();
    for source in sources {
        top.block(
            format!("data {} \"current\"", text(source)),
            Body::default(),
        );
    }
    if !locals.0.is_empty() {
        top.block("locals", locals);
    }
    if !top.0.is_empty() {
        top.blank();
    }
    top.0.extend(main.0);
    let main = render(&head) + &render(&top);

    let mut files = Files::default();
    files.text("versions.tf", VERSIONS);
    files.text("variables.tf", render(&variables));
    files.text("main.tf", main);
    files.text("iam.tf", render(&iam));
    files.text("outputs.tf", render(&outputs));
    files.list.extend(writer.files.list);
    files.notes = writer.notes;
    Ok(files)
}

const VERSIONS: &str = r#"terraform {
  required_version = ">= 1.3"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.31"
    }
  }
}
"#;

impl Writer<'_> {
    fn expr(&self, value: &Value) -> Expr {
        self.expressions.expr(value)
    }

    /// A property as an expression; `AWS::NoValue` is none.
    fn property(&self, properties: &Map<String, Value>, name: &str) -> Option<Expr> {
        let value = properties.get(name)?;
        (!Expressions::is_no_value(value)).then(|| self.expr(value))
    }

    /// `count` of what has a condition.
    fn condition(&self, condition: Option<&str>) -> Option<Expr> {
        condition.map(|name| format!("{} ? 1 : 0", condition_name(name)).into())
    }

    fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Says which properties have no place.
    fn left(&mut self, id: &str, properties: &Map<String, Value>, known: &[&str]) {
        let left: Vec<&str> = properties
            .keys()
            .map(String::as_str)
            .filter(|name| !known.contains(name))
            .collect();
        if !left.is_empty() {
            self.note(format!("{id}: {} not carried over", left.join(", ")));
        }
    }

    /// `Tags`, as a map or a list of `Key` and `Value`.
    fn tags(&self, properties: &Map<String, Value>) -> Option<Expr> {
        match properties.get("Tags")? {
            Value::Array(tags) => Some(Expr::Object(
                tags.iter()
                    .filter_map(|tag| {
                        Some((tag["Key"].as_str()?.to_owned(), self.expr(&tag["Value"])))
                    })
                    .collect(),
            )),
            tags => Some(self.expr(tags)),
        }
    }

    fn locals(&mut self) -> Body {
        let mut locals = Body::default();
        for (name, mapping) in &self.module.mappings {
            locals.set(&words(name, '_'), self.expr(mapping));
        }
        for (name, condition) in &self.module.conditions {
            locals.set(&words(name, '_'), self.expr(condition));
        }
        for machine in &self.module.machines {
            let declared = self.property(&machine.properties, "Name");
            let name = declared.unwrap_or_else(|| name_of(self.module, &machine.id).into());
            locals.set(&format!("{}_name", words(&machine.id, '_')), name);
        }
        for function in &self.module.functions {
            let declared = self.property(&function.properties, "FunctionName");
            let name = declared.unwrap_or_else(|| name_of(self.module, &function.id).into());
            locals.set(&format!("{}_name", words(&function.id, '_')), name);
        }
        for other in &self.module.others {
            if !expressions::REPLACEABLE.contains(&other.type_name.as_str()) {
                continue;
            }
            if let Some(row) = self.module.resource_type(&other.id) {
                let name = words(&other.id, '_');
                let made = format!("{}.{name}[*].arn", row.terraform.resource);
                locals.set(
                    &format!("{name}_arn"),
                    format!("var.{name}_arn != null ? var.{name}_arn : one({made})"),
                );
            }
        }
        locals
    }

    fn variables(&mut self) -> Body {
        let mut variables = Body::default();
        let mut name = Body::default();
        name.set(
            "description",
            text("Begins the names of what this module makes."),
        )
        .set("type", "string")
        .set("default", text(&self.module.name));
        variables.block("variable \"name\"", name);
        for (id, parameter) in &self.module.parameters {
            let variable = self.parameter(id, parameter);
            variables.block(format!("variable \"{}\"", words(id, '_')), variable);
        }
        for other in &self.module.others {
            if expressions::REPLACEABLE.contains(&other.type_name.as_str()) {
                let mut variable = Body::default();
                let description = format!(
                    "ARN of what stands for {} ({}); null: this module makes one.",
                    other.id, other.type_name
                );
                variable
                    .set("description", text(&description))
                    .set("type", "string")
                    .set("default", "null");
                variables.block(
                    format!("variable \"{}_arn\"", words(&other.id, '_')),
                    variable,
                );
            }
        }
        for (name, description) in self.expressions.variables.take() {
            let mut variable = Body::default();
            variable
                .set("description", text(&description))
                .set("type", "string");
            variables.block(format!("variable \"{name}\""), variable);
        }
        for (name, description, kind, default) in [
            (
                "log_level",
                "What state machines log: ALL, ERROR, FATAL or OFF.",
                "string",
                "\"ERROR\"",
            ),
            (
                "log_retention_days",
                "How long logs are kept.",
                "number",
                "30",
            ),
        ] {
            let mut variable = Body::default();
            variable
                .set("description", text(description))
                .set("type", kind)
                .set("default", default);
            variables.block(format!("variable \"{name}\""), variable);
        }
        variables
    }

    fn parameter(&mut self, id: &str, parameter: &Value) -> Body {
        let type_name = parameter["Type"].as_str().unwrap_or("String");
        let is_list = type_name == "CommaDelimitedList" || type_name.starts_with("List<");
        let in_store = type_name.starts_with("AWS::SSM::");
        if in_store {
            self.note(format!(
                "{id} stands in Parameter Store: give its value, or read it with the data source aws_ssm_parameter"
            ));
        }
        let mut variable = Body::default();
        let description = parameter["Description"].as_str().unwrap_or_default();
        if !description.is_empty() {
            variable.set("description", text(description));
        }
        let kind = match (is_list, type_name) {
            (true, _) => "list(string)",
            (_, "Number") => "number",
            _ => "string",
        };
        variable.set("type", kind);
        let default = parameter.get("Default").filter(|_| !in_store);
        let default = default.map(|default| match (is_list, default) {
            (true, Value::String(list)) => {
                let items = list
                    .split(',')
                    .map(str::trim)
                    .filter(|item| !item.is_empty());
                Expr::List(items.map(|item| text(item).into()).collect())
            }
            (_, Value::String(number)) if kind == "number" => number.clone().into(),
            (_, Value::Number(number)) if kind == "string" => text(&number.to_string()).into(),
            (_, other) => self.expr(other),
        });
        variable.set_some("default", default);
        if parameter["NoEcho"] == true || parameter["NoEcho"] == "true" {
            variable.set("sensitive", "true");
        }
        if let Some(Value::Array(allowed)) = parameter.get("AllowedValues") {
            let allowed: Vec<String> = allowed
                .iter()
                .map(|value| match value {
                    Value::String(value) if kind == "number" => value.clone(),
                    Value::String(value) => text(value),
                    other if kind == "number" => other.to_string(),
                    other => text(&other.to_string()),
                })
                .collect();
            let name = words(id, '_');
            let list = allowed.join(", ");
            let mut validation = Body::default();
            validation
                .set("condition", format!("contains([{list}], var.{name})"))
                .set(
                    "error_message",
                    text(&format!("One of {}.", list.replace('"', ""))),
                );
            variable.block("validation", validation);
        }
        variable
    }

    fn outputs(&mut self) -> Body {
        let mut outputs = Body::default();
        for (id, output) in &self.module.outputs {
            let mut named = Vec::new();
            names(&output["Value"], &mut named);
            let is_known = |name: &String| {
                name.starts_with("AWS::")
                    || self.module.parameters.contains_key(name)
                    || self
                        .module
                        .resource(name)
                        .is_some_and(|(type_name, _)| others::is_made(type_name))
            };
            if let Some(name) = named.iter().find(|name| !is_known(name)) {
                self.notes.push(format!(
                    "the output {id} is left out: {name} is not part of this module"
                ));
                continue;
            }
            let mut body = Body::default();
            if let Some(description) = output["Description"].as_str() {
                body.set("description", text(description));
            }
            let value = self.expressions.scalar(&output["Value"]);
            body.set(
                "value",
                match output["Condition"].as_str() {
                    Some(condition) => format!("{} ? {value} : null", condition_name(condition)),
                    None => value,
                },
            );
            outputs.block(format!("output \"{}\"", words(id, '_')), body);
        }
        // Who makes a module of a bare definition wants its ARN all the same.
        let machines = self.module.machines.iter();
        for machine in machines.filter(|_| self.module.outputs.is_empty()) {
            let name = words(&machine.id, '_');
            let mut body = Body::default();
            body.set(
                "description",
                text(&format!("The state machine {}.", machine.id)),
            )
            .set("value", self.expressions.scalar(&reference(&machine.id)));
            outputs.block(format!("output \"{name}_arn\""), body);
        }
        outputs
    }
}

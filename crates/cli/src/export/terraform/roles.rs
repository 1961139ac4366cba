//! Roles and what they allow.

use serde_json::{Value, json};

use super::Writer;
use super::hcl::{Body, Expr, text};
use crate::export::model::{Policy, Statement, words};
use crate::export::policy_templates;

pub struct Role<'r> {
    pub id: &'r str,
    pub condition: Option<&'r str>,
    /// Who takes the role.
    pub service: &'r str,
    pub statements: &'r [Statement],
    /// Beside them, as the template has them.
    pub policies: &'r [Policy],
}

impl Writer<'_> {
    pub fn role(&mut self, role: Role<'_>, iam: &mut Body) {
        let name = words(role.id, '_');
        let count = self.condition(role.condition);
        let index = if count.is_some() { "[0]" } else { "" };
        let mut statements: Vec<Value> = role.statements.iter().map(statement).collect();
        let mut managed = Vec::new();
        for policy in role.policies {
            match policy {
                Policy::Statements(more) => statements.extend(more.iter().cloned()),
                Policy::Template(template, parameters) => {
                    match policy_templates::statements(template, parameters) {
                        Some(more) => statements.extend(more),
                        None => self.note(format!(
                            "{}: the policy template {template} is not known here: add its statements",
                            role.id
                        )),
                    }
                }
                Policy::Managed(policy) => managed.push(policy),
            }
        }
        let mut body = Body::default();
        body.set_some("count", count.clone())
            .set(
                "name_prefix",
                format!("\"${{substr(local.{name}_name, 0, 37)}}-\""),
            )
            .set("assume_role_policy", trust(role.service));
        iam.block(format!("resource \"aws_iam_role\" \"{name}\""), body);

        let mut body = Body::default();
        for statement in role.statements {
            if let Some(comment) = &statement.comment {
                body.comment(format!("{}: {comment}", statement.sid));
            }
        }
        body.set_some("count", count.clone())
            .set("name", text("workflow"))
            .set("role", format!("aws_iam_role.{name}{index}.id"))
            .set("policy", self.policy(&statements));
        iam.block(format!("resource \"aws_iam_role_policy\" \"{name}\""), body);

        for (number, policy) in managed.into_iter().enumerate() {
            let arn = match policy.as_str() {
                Some(known) if known.ends_with("AWSLambdaBasicExecutionRole") => continue,
                Some(known) if !known.starts_with("arn:") => {
                    let folder = if known.ends_with("Role") {
                        "service-role/"
                    } else {
                        ""
                    };
                    self.expr(&json!({"Fn::Sub": format!("arn:${{AWS::Partition}}:iam::aws:policy/{folder}{known}")}))
                }
                _ => self.expr(policy),
            };
            let mut body = Body::default();
            body.set_some("count", count.clone())
                .set("role", format!("aws_iam_role.{name}{index}.name"))
                .set("policy_arn", arn);
            let label = match number {
                0 => name.clone(),
                number => format!("{name}_{}", number + 1),
            };
            iam.block(
                format!("resource \"aws_iam_role_policy_attachment\" \"{label}\""),
                body,
            );
        }
    }

    /// `jsonencode` of a policy document.
    pub fn policy(&self, statements: &[Value]) -> Expr {
        let statements = statements
            .iter()
            .map(|statement| self.expr(statement))
            .collect();
        Expr::Call(
            "jsonencode",
            vec![Expr::Object(vec![
                ("Version".to_owned(), text("2012-10-17").into()),
                ("Statement".to_owned(), Expr::List(statements)),
            ])],
        )
    }
}

pub fn trust(service: &str) -> Expr {
    let principal = Expr::Object(vec![("Service".to_owned(), text(service).into())]);
    let statement = Expr::Object(vec![
        ("Effect".to_owned(), text("Allow").into()),
        ("Action".to_owned(), text("sts:AssumeRole").into()),
        ("Principal".to_owned(), principal),
    ]);
    Expr::Call(
        "jsonencode",
        vec![Expr::Object(vec![
            ("Version".to_owned(), text("2012-10-17").into()),
            ("Statement".to_owned(), Expr::List(vec![statement])),
        ])],
    )
}

/// A statement as policies have it.
pub fn statement(statement: &Statement) -> Value {
    let mut value = json!({
        "Sid": statement.sid,
        "Effect": "Allow",
        "Action": statement.actions,
        "Resource": match &statement.resources[..] {
            [one] if one == "*" => one.clone(),
            many => many.iter().cloned().collect(),
        },
    });
    if let Some(condition) = &statement.condition {
        value["Condition"] = condition.clone();
    }
    value
}

//! `list`, `describe`, `create`, `update`, `delete`.

use std::path::Path;

use jiff::Timestamp;
use serde_json::{Value, json};
use states_language::substitution::{self, MissingValues};
use states_language::syntax;

use super::args::{
    CreateArgs, DefinitionArgs, DeleteArgs, DescribeArgs, ListArgs, MachineType, StatusName,
    UpdateArgs,
};
use super::server::{Server, object, text};
use super::{events, names};
use crate::actions::{Page, Span, Style};
use crate::args::Output;
use crate::error::CliError;
use crate::input;
use crate::kept;
use crate::terminal;

pub fn list(args: &ListArgs) -> Result<u8, CliError> {
    if args.of.as_deref() == Some("runs") {
        return show(
            args.server.output,
            &runs(args)?,
            &["id", "status", "startDate", "definition"],
        );
    }
    let server = Server::connect(&args.server)?;
    let page_size = args.limit.clamp(1, 1000);
    let (found, columns): (Vec<Value>, &[&str]) = match args.of.as_deref() {
        None => {
            let body = json!({"maxResults": page_size});
            let found = server.list("ListStateMachines", body, "stateMachines", args.limit)?;
            (found, &["name", "type", "creationDate", "stateMachineArn"])
        }
        Some("activities") => {
            let body = json!({"maxResults": page_size});
            let found = server.list("ListActivities", body, "activities", args.limit)?;
            (found, &["name", "creationDate", "activityArn"])
        }
        Some(of) => {
            let arn = names::state_machine(&server, of)?;
            let scope = match arn.contains(":mapRun:") {
                true => "mapRunArn",
                false => "stateMachineArn",
            };
            let status = args.status.map(status_name);
            let body = object(json!({scope: arn, "statusFilter": status, "maxResults": page_size}));
            let found = server.list("ListExecutions", body, "executions", args.limit)?;
            (found, &["name", "status", "startDate", "stopDate"])
        }
    };
    show(args.server.output, &found, columns)
}

fn show(output: Output, found: &[Value], columns: &[&str]) -> Result<u8, CliError> {
    match output {
        Output::Json => terminal::print_json(&found.into())?,
        Output::Text => terminal::print(&table(found, columns))?,
    }
    Ok(0)
}

/// What `run` has kept here.
fn runs(args: &ListArgs) -> Result<Vec<Value>, CliError> {
    let wanted = args.status.map(status_name);
    let rows = kept::list()?.into_iter().map(|listed| {
        let status = match (&listed.status, listed.run.holder()) {
            (Some(ended), _) => ended.clone(),
            (None, Some(_)) => "RUNNING".to_owned(),
            (None, None) => "INTERRUPTED".to_owned(),
        };
        json!({
            "id": listed.run.id,
            "status": status,
            "startDate": listed.plan.started_millis as f64 / 1000.0,
            "definition": listed.plan.args.file,
            "executionArn": listed.plan.execution_arn,
        })
    });
    let is_wanted = |row: &Value| wanted.is_none_or(|status| text(row, "status") == status);
    Ok(rows.filter(is_wanted).take(args.limit).collect())
}

fn status_name(status: StatusName) -> &'static str {
    match status {
        StatusName::Running => "RUNNING",
        StatusName::Succeeded => "SUCCEEDED",
        StatusName::Failed => "FAILED",
        StatusName::TimedOut => "TIMED_OUT",
        StatusName::Aborted => "ABORTED",
        StatusName::PendingRedrive => "PENDING_REDRIVE",
    }
}

/// Rows under no heading: the columns that they have.
pub(super) fn table(rows: &[Value], columns: &[&str]) -> String {
    let cell = |row: &Value, column: &str| match row.get(column) {
        Some(date @ Value::Number(_)) => self::date(date),
        Some(Value::String(text)) => text.clone(),
        _ => String::new(),
    };
    let widths: Vec<usize> = columns
        .iter()
        .map(|column| {
            rows.iter()
                .map(|row| cell(row, column).chars().count())
                .max()
                .unwrap_or(0)
        })
        .collect();
    let colour = terminal::stdout_has_colour();
    let mut lines = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, width) in columns.iter().zip(&widths) {
            let text = format!("{:<width$}", cell(row, column));
            let style = match *column {
                "name" | "id" => "\x1b[1m",
                "status" => status_colour(text.trim_end()),
                _ => "",
            };
            match colour && !style.is_empty() {
                true => line.push_str(&format!("{style}{text}\x1b[0m")),
                false => line.push_str(&text),
            }
            line.push_str("  ");
        }
        lines.push_str(line.trim_end());
        lines.push('\n');
    }
    lines
}

fn status_colour(status: &str) -> &'static str {
    match status {
        "SUCCEEDED" => "\x1b[32m",
        "RUNNING" => "\x1b[36m",
        "FAILED" | "TIMED_OUT" => "\x1b[31m",
        _ => "\x1b[33m",
    }
}

/// In UTC, to the second, as ISO 8601.
fn date(date: &Value) -> String {
    let millis = events::millis(date).unwrap_or(0);
    let at =
        Timestamp::from_millisecond(millis).map(|at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    at.unwrap_or_else(|_| date.to_string())
}

pub fn describe(args: &DescribeArgs) -> Result<u8, CliError> {
    let server = Server::connect(&args.server)?;
    let what = &args.what;
    let (operation, member, arn) = match kind_of(what) {
        Some((operation, member)) => (operation, member, what.clone()),
        None if what.contains('/') => (
            "DescribeExecution",
            "executionArn",
            names::execution(&server, what)?,
        ),
        None => (
            "DescribeStateMachine",
            "stateMachineArn",
            names::state_machine(&server, what)?,
        ),
    };
    let answer = server.call(operation, json!({member: arn}))?;
    match args.server.output {
        Output::Json => terminal::print_json(&answer)?,
        Output::Text => terminal::print(&description(&answer))?,
    }
    Ok(0)
}

/// Which operation describes what an ARN names.
fn kind_of(arn: &str) -> Option<(&'static str, &'static str)> {
    let mut parts = arn.strip_prefix("arn:")?.split(':');
    let kind = parts.nth(4)?;
    Some(match kind {
        "execution" | "express" => ("DescribeExecution", "executionArn"),
        "activity" => ("DescribeActivity", "activityArn"),
        "mapRun" => ("DescribeMapRun", "mapRunArn"),
        _ => {
            let qualifier = parts.nth(1);
            match qualifier.is_some_and(|alias| alias.parse::<u64>().is_err()) {
                true => ("DescribeStateMachineAlias", "stateMachineAliasArn"),
                false => ("DescribeStateMachine", "stateMachineArn"),
            }
        }
    })
}

/// A line a member; JSON texts and what is longer stand indented below their names.
fn description(answer: &Value) -> String {
    let mut page: Page = terminal::page();
    let Some(members) = answer.as_object() else {
        return format!("{answer:#}\n");
    };
    let column = members
        .keys()
        .map(|name| name.len() + 2)
        .max()
        .unwrap_or(0)
        .min(32);
    let mut blocks = Vec::new();
    for (name, value) in members {
        let short = match value {
            Value::String(text) => match serde_json::from_str(text) {
                Ok(parsed @ (Value::Object(_) | Value::Array(_))) => {
                    blocks.push((name, parsed));
                    continue;
                }
                _ => text.clone(),
            },
            number @ Value::Number(_) if name.ends_with("Date") => date(number),
            Value::Object(_) | Value::Array(_) => {
                blocks.push((name, value.clone()));
                continue;
            }
            other => other.to_string(),
        };
        page.row(
            0,
            Span::new(name, Style::Name),
            column,
            &[Span::plain(short)],
        );
    }
    let mut text = page.finish();
    for (name, value) in blocks {
        text.push_str(&format!("\n{name}\n{value:#}\n"));
    }
    text
}

pub fn create(args: &CreateArgs) -> Result<u8, CliError> {
    let definition = definition(&args.file, &args.definition)?;
    let name = match &args.name {
        Some(name) => name.clone(),
        None => stem(&args.file),
    };
    let server = Server::connect(&args.server)?;
    let role_arn = args.definition.role_arn.clone();
    let kind = match args.kind {
        MachineType::Standard => "STANDARD",
        MachineType::Express => "EXPRESS",
    };
    let created = server.call(
        "CreateStateMachine",
        object(json!({
            "name": name,
            "definition": definition,
            "roleArn": role_arn.unwrap_or_else(|| "arn:aws:iam::123456789012:role/StepwrightExecution".to_owned()),
            "type": kind,
            "publish": args.definition.publish.then_some(true),
            "versionDescription": args.definition.version_description,
        })),
    )?;
    told(args.server.output, &created)
}

pub fn update(args: &UpdateArgs) -> Result<u8, CliError> {
    let definition = definition(&args.file, &args.definition)?;
    let server = Server::connect(&args.server)?;
    let name = match &args.state_machine {
        Some(name) => name.clone(),
        None => stem(&args.file),
    };
    let arn = names::state_machine(&server, &name)?;
    let mut updated = server.call(
        "UpdateStateMachine",
        object(json!({
            "stateMachineArn": arn,
            "definition": definition,
            "roleArn": args.definition.role_arn,
            "publish": args.definition.publish.then_some(true),
            "versionDescription": args.definition.version_description,
        })),
    )?;
    updated["stateMachineArn"] = arn.into();
    told(args.server.output, &updated)
}

fn told(output: Output, answer: &Value) -> Result<u8, CliError> {
    let version = answer.get("stateMachineVersionArn").and_then(Value::as_str);
    match output {
        Output::Json => terminal::print_json(answer)?,
        Output::Text => terminal::print(&format!(
            "{}\n",
            version.unwrap_or_else(|| text(answer, "stateMachineArn"))
        ))?,
    }
    Ok(0)
}

/// The file's name up to its first dot.
fn stem(file: &Path) -> String {
    let name = file
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    let name = name.unwrap_or_default();
    name.split('.').next().unwrap_or_default().to_owned()
}

/// The definition as the API takes it: JSON, all substitutions made. JSON without substitutions stays as it is.
fn definition(file: &Path, args: &DefinitionArgs) -> Result<String, CliError> {
    let source = input::read_source(file)?;
    let vars = input::variables(&args.var_file, &args.vars, Some(&source))?;
    let options = states_language::ParseOptions {
        allow_other_names: true,
        substitutions: vars.clone(),
        ..states_language::ParseOptions::default()
    };
    let parsed = states_language::parse(&source, &options);
    if parsed.machine.is_none() {
        return Err(crate::commands::validate::rendered_errors(
            file,
            &source,
            &parsed.diagnostics,
        ));
    }
    if vars.is_empty() && source.text().trim_start().starts_with('{') {
        return Ok(source.text().to_owned());
    }
    let wrong = |why: String| CliError::user(format!("{}: {why}", file.display()));
    let mut node = syntax::parse(&source).map_err(|failure| wrong(failure.message))?;
    substitution::substitute(&mut node, source.text(), &vars, MissingValues::Reject).map_err(
        |errors| {
            wrong(
                errors
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join("; "),
            )
        },
    )?;
    Ok(node.to_value().to_string())
}

pub fn delete(args: &DeleteArgs) -> Result<u8, CliError> {
    let server = Server::connect(&args.server)?;
    let (operation, member, arn) = match kind_of(&args.what) {
        Some(("DescribeActivity", member)) => ("DeleteActivity", member, args.what.clone()),
        Some(("DescribeStateMachineAlias", member)) => {
            ("DeleteStateMachineAlias", member, args.what.clone())
        }
        Some(("DescribeStateMachine", _)) if args.what.split(':').count() > 7 => (
            "DeleteStateMachineVersion",
            "stateMachineVersionArn",
            args.what.clone(),
        ),
        Some(("DescribeExecution" | "DescribeMapRun", _)) => {
            return Err(CliError::user(
                "executions are not deleted; they are removed when they are old enough",
            )
            .with_hint(
                "`stepwright serve --retention-days` says when; `stepwright stop` ends one",
            ));
        }
        _ => (
            "DeleteStateMachine",
            "stateMachineArn",
            names::state_machine(&server, &args.what)?,
        ),
    };
    let answer = server.call(operation, json!({member: arn}))?;
    match args.server.output {
        Output::Json => terminal::print_json(&answer)?,
        Output::Text => terminal::print("deleted\n")?,
    }
    Ok(0)
}

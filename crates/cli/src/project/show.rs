//! Plans and what came of them, for people and for machines.

use serde_json::{Map, Value, json};

use super::desired::Desired;
use super::plan::{Action, Difference, Plan, Step, differences, has_unsettled};
use crate::actions::{Span, Style};
use crate::template::settle;
use crate::terminal;

/// Longer values are cut.
const MAX_VALUE: usize = 60;
/// Of one resource.
const MAX_LINES: usize = 25;

const HIDDEN: &str = "(not shown)";

/// What people see of a plan.
pub fn plan_text(plan: &Plan, desired: &Desired) -> String {
    let mut page = terminal::page();
    let width = |text: &dyn Fn(&Step) -> usize| plan.steps.iter().map(text).max().unwrap_or(0);
    let ids = width(&|step| step.logical_id.len()).min(40) + 6;
    for step in &plan.steps {
        let (sign, style) = sign(step.action);
        if step.action == Action::Nothing {
            continue;
        }
        let type_name = step.kind.type_name.trim_start_matches("AWS::");
        let mut rest = vec![
            Span::faint(type_name),
            Span::plain(step.physical_id.as_str()),
        ];
        match step.action {
            Action::Replace => rest.push(Span::new("(deleted and made anew)", Style::Attention)),
            Action::Keep => rest.push(Span::faint("(left the file: --prune removes it)")),
            _ if step.is_adopted => {
                rest.push(Span::faint("(is there already, becomes part of the stack)"))
            }
            _ => {}
        }
        let name = Span::new(format!("{sign} {}", step.logical_id), style);
        page.row(2, name, ids, &rest);
        if matches!(step.action, Action::Update | Action::Replace) {
            let lines = lines(step, &desired.secrets);
            for line in lines.iter().take(MAX_LINES) {
                let values = [
                    Span::new(line.from.as_str(), Style::Faint),
                    Span::plain("->"),
                    Span::plain(line.to.as_str()),
                ];
                page.row(6, Span::plain(line.path.as_str()), ids + 6, &values);
            }
            if let Some(more) = lines.len().checked_sub(MAX_LINES).filter(|more| *more > 0) {
                page.row(6, Span::faint(format!("and {more} more")), 0, &[]);
            }
        }
    }
    if !desired.skipped.is_empty() {
        page.heading("Not made here");
        for skipped in &desired.skipped {
            let mut rest = vec![
                Span::faint(skipped.type_name.trim_start_matches("AWS::")),
                Span::plain(format!("({})", skipped.reason)),
            ];
            if let Some(reference) = &skipped.reference {
                rest.push(Span::faint(format!(
                    "!Ref is {}",
                    masked(reference, &desired.secrets)
                )));
            }
            page.row(2, Span::plain(skipped.logical_id.as_str()), ids, &rest);
        }
    }
    if !desired.assumed.is_empty() {
        page.heading("Only AWS knows these; --var NAME=VALUE gives another value");
        for (name, value) in &desired.assumed {
            page.row(
                2,
                Span::plain(name.as_str()),
                ids,
                &[Span::faint(value.as_str())],
            );
        }
    }
    if !desired.notes.is_empty() {
        page.heading("Notes");
        for note in &desired.notes {
            page.row(2, Span::plain(""), 2, &[Span::plain(note.as_str())]);
        }
    }
    page.finish()
}

/// `12 to create, 1 to update`
pub fn summary(plan: &Plan) -> String {
    let counted = [
        (Action::Create, "to create"),
        (Action::Update, "to update"),
        (Action::Replace, "to replace"),
        (Action::Delete, "to delete"),
    ];
    let parts: Vec<String> = counted
        .into_iter()
        .map(|(action, words)| (plan.count(action), words))
        .filter(|(count, _)| *count > 0)
        .map(|(count, words)| format!("{count} {words}"))
        .collect();
    match parts.is_empty() {
        true => "nothing to do".to_owned(),
        false => parts.join(", "),
    }
}

/// One line for a step that was done.
pub fn done_text(step: &Step, done: Action) -> String {
    let mut page = terminal::page();
    let (sign, style) = sign(done);
    let word = match done {
        Action::Create => "created",
        Action::Update => "updated",
        Action::Replace => "replaced",
        Action::Delete => "deleted",
        Action::Nothing | Action::Keep => "unchanged",
    };
    let rest = [
        Span::plain(step.logical_id.as_str()),
        Span::faint(step.kind.type_name.trim_start_matches("AWS::")),
    ];
    page.row(2, Span::new(format!("{sign} {word}"), style), 14, &rest);
    page.finish()
}

fn sign(action: Action) -> (&'static str, Style) {
    match action {
        Action::Create => ("+", Style::Calm),
        Action::Update => ("~", Style::Attention),
        Action::Replace => ("±", Style::Attention),
        Action::Delete => ("-", Style::Error),
        Action::Keep | Action::Nothing => ("=", Style::Faint),
    }
}

/// A changed value as it is shown.
struct Line {
    path: String,
    from: String,
    to: String,
}

fn lines(step: &Step, secrets: &[String]) -> Vec<Line> {
    shown(step)
        .into_iter()
        .map(|difference| Line {
            from: value_text(difference.from.as_ref(), secrets),
            to: value_text(difference.to.as_ref(), secrets),
            path: difference.path,
        })
        .collect()
}

/// The differences as people mean them: of a definition its states, of code that it is another one.
fn shown(step: &Step) -> Vec<Difference> {
    let mut found = Vec::new();
    for difference in &step.differences {
        let path = difference.path.as_str();
        let first = path.split(['.', '[']).next().unwrap_or(path);
        let hidden = |path: &str| Difference {
            path: path.to_owned(),
            from: Some(HIDDEN.into()),
            to: Some(HIDDEN.into()),
        };
        if step.kind.secret.contains(&first) {
            found.push(hidden(first));
        } else if path.ends_with("Code.ZipFile") || matches!(path, "CodeHash" | "Of") {
            let what = if path == "Of" {
                "what it is a version of"
            } else {
                "code"
            };
            found.push(Difference {
                path: what.to_owned(),
                from: Some("before".into()),
                to: Some("as it is now".into()),
            });
        } else {
            found.extend(inside(difference));
        }
    }
    found.dedup();
    found
}

/// JSON texts are compared inside.
fn inside(difference: &Difference) -> Vec<Difference> {
    let parse = |value: &Option<Value>| -> Option<Map<String, Value>> {
        serde_json::from_str(value.as_ref()?.as_str()?).ok()
    };
    let (Some(from), Some(to)) = (parse(&difference.from), parse(&difference.to)) else {
        return vec![difference.clone()];
    };
    let mut inside = differences(&from, &to);
    for inner in &mut inside {
        inner.path = format!("{}.{}", difference.path, inner.path);
    }
    match inside.is_empty() {
        true => vec![Difference {
            path: difference.path.clone(),
            from: Some("the same".into()),
            to: Some("written in another way".into()),
        }],
        false => inside,
    }
}

fn value_text(value: Option<&Value>, secrets: &[String]) -> String {
    let text = match value {
        None => return "(none)".to_owned(),
        Some(value) if has_unsettled(value) => return "(known once it is made)".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let text = masked(&text, secrets);
    match text.chars().count() > MAX_VALUE {
        true => text.chars().take(MAX_VALUE).chain(['…']).collect(),
        false => text,
    }
}

/// Without values of parameters with `NoEcho`.
fn masked(text: &str, secrets: &[String]) -> String {
    secrets.iter().fold(text.to_owned(), |text, secret| {
        text.replace(secret.as_str(), "****")
    })
}

fn masked_value(value: Value, secrets: &[String]) -> Value {
    match value {
        Value::String(text) => {
            // What is known later is named.
            let named = settle(&text, &|name| Some(format!("${{{name}}}")));
            masked(&named, secrets).into()
        }
        Value::Array(items) => items
            .into_iter()
            .map(|item| masked_value(item, secrets))
            .collect(),
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| (name, masked_value(value, secrets)))
            .collect::<Map<_, _>>()
            .into(),
        other => other,
    }
}

/// What machines see of a plan.
pub fn plan_json(plan: &Plan, desired: &Desired) -> Map<String, Value> {
    let secrets = &desired.secrets;
    let changes: Vec<Value> = plan
        .steps
        .iter()
        .map(|step| {
            let differences = match step.action {
                Action::Update | Action::Replace => shown(step),
                _ => Vec::new(),
            };
            let differences: Vec<Value> = differences
                .into_iter()
                .map(|one| {
                    json!({
                        "property": one.path,
                        "from": one.from.map(|value| masked_value(value, secrets)),
                        "to": one.to.map(|value| masked_value(value, secrets)),
                    })
                })
                .collect();
            json!({
                "action": step.action.name(),
                "logicalId": step.logical_id,
                "type": step.kind.type_name,
                "physicalId": masked_value(step.physical_id.clone().into(), secrets),
                "differences": differences,
                "isAdopted": step.is_adopted,
            })
        })
        .collect();
    let skipped: Vec<Value> = desired
        .skipped
        .iter()
        .map(|skipped| {
            json!({
                "logicalId": skipped.logical_id,
                "type": skipped.type_name,
                "reason": skipped.reason,
                "reference": skipped.reference.as_deref().map(|text| masked(text, secrets)),
            })
        })
        .collect();
    let mut shown = Map::new();
    for (name, value) in [
        ("changes", changes.into()),
        ("skipped", skipped.into()),
        ("assumed", json!(desired.assumed)),
        ("notes", json!(desired.notes)),
    ] {
        shown.insert(name.to_owned(), value);
    }
    shown
}

/// Outputs of the template, with what is known by now.
pub fn outputs(desired: &Desired, known: &dyn Fn(&str) -> Option<String>) -> Map<String, Value> {
    desired
        .outputs
        .iter()
        .map(|output| {
            let value = crate::template::settle_value(&output.value, known);
            (output.name.clone(), masked_value(value, &desired.secrets))
        })
        .collect()
}

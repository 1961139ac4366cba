//! `stepwright match`: whether a rule would take an event.

use query::Payload;
use schedules::{Mismatch, Pattern};
use serde_json::{Value, json};

use crate::args::{MatchArgs, Output};
use crate::error::CliError;
use crate::{input, terminal};

/// 0 when the event matches, else 1.
pub fn match_event(args: &MatchArgs) -> Result<u8, CliError> {
    if (args.pattern.as_str(), args.event.as_str()) == ("-", "-") {
        return Err(CliError::user(
            "pattern and event cannot both come from standard input",
        ));
    }
    let (text, place) = input::written_or_file(&args.pattern, "PATTERN")?;
    let pattern = Pattern::parse(&text).map_err(|error| {
        let (line, column, reason) = (error.line, error.column, error.message);
        CliError::user(format!(
            "{place}:{line}:{column}: Event pattern is not valid. Reason: {reason}"
        ))
    })?;
    let (text, place) = input::written_or_file(&args.event, "EVENT")?;
    let event = Payload::parse(text.trim())
        .map_err(|error| CliError::user(format!("the event is not JSON: {place}: {error}")))?;
    let event = event.value();
    if !event.is_object() {
        return Err(CliError::user(format!(
            "the event is no object: {place}: a rule compares the whole event, {{\"source\": …, \"detail\": {{…}}}}"
        )));
    }
    let mismatches = pattern.mismatches(event);
    let warnings = pattern.warnings();
    match args.output {
        Output::Text => terminal::print(&lines(&mismatches, &warnings)),
        Output::Json => terminal::print_json(&object(&mismatches, &warnings)),
    }?;
    Ok((!mismatches.is_empty()).into())
}

fn lines(mismatches: &[Mismatch], warnings: &[String]) -> String {
    let mut text = match mismatches {
        [] => "matches\n".to_owned(),
        _ => "does not match\n".to_owned(),
    };
    for mismatch in mismatches {
        text += &format!("  {mismatch}\n");
    }
    for warning in warnings {
        text += &format!("warning: {warning}\n");
    }
    text
}

pub(crate) fn object(mismatches: &[Mismatch], warnings: &[String]) -> Value {
    let mismatch = |mismatch: &Mismatch| {
        let mut object = json!({"path": mismatch.path, "expected": mismatch.expected});
        if let Some(found) = &mismatch.found {
            object["found"] = found.clone();
        }
        object
    };
    json!({
        "matches": mismatches.is_empty(),
        "mismatches": mismatches.iter().map(mismatch).collect::<Vec<_>>(),
        "warnings": warnings,
    })
}

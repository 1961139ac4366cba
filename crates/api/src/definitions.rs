//! Definitions as the API takes them: checked, refused in AWS's words, and ValidateStateMachineDefinition.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};
use states_language::diagnostic::{Severity, code};
use states_language::machine::Machine;
use states_language::source::{Format, Source};
use states_language::{ParseOptions, Parsed};

use crate::Error;
use crate::control::records::MachineType;
use crate::service::Call;

/// Diagnostics of one answer of ValidateStateMachineDefinition; `maxResults` absent or 0 means this too.
const MAX_DIAGNOSTICS: usize = 100;

/// Reads a definition as AWS does: JSON only.
pub(crate) fn parse(definition: &str, kind: MachineType) -> Parsed {
    let source = Source::with_format("definition", definition, Format::Json);
    let options = ParseOptions {
        express: kind == MachineType::Express,
        ..ParseOptions::default()
    };
    states_language::parse(&source, &options)
}

/// The machine of a definition that AWS would create.
///
/// # Errors
/// `InvalidDefinition` with everything that is wrong.
pub(crate) fn check(definition: &str, kind: MachineType) -> Result<Arc<Machine>, Error> {
    let (findings, machine) = findings(definition, kind);
    let errors = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(Finding::as_reason)
        .collect::<Vec<_>>();
    match machine {
        Some(machine) if errors.is_empty() => Ok(machine),
        _ => Err(Error::InvalidDefinition(errors.join(", "))),
    }
}

/// The text of a Map's processor: what AWS shows as the definition of its children. State names are unique in a definition.
pub(crate) fn processor_text(definition: &str, map_name: &str) -> Option<String> {
    fn find<'v>(value: &'v Value, map_name: &str) -> Option<&'v Value> {
        let processor = |map: &'v Value| map.get("ItemProcessor").or_else(|| map.get("Iterator"));
        match value {
            Value::Object(members) => members
                .get("States")
                .and_then(|states| processor(states.get(map_name)?))
                .or_else(|| members.values().find_map(|member| find(member, map_name))),
            Value::Array(items) => items.iter().find_map(|item| find(item, map_name)),
            _ => None,
        }
    }
    let definition: Value = serde_json::from_str(definition).ok()?;
    find(&definition, map_name).map(Value::to_string)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ValidateInput {
    definition: String,
    #[serde(default, rename = "type")]
    kind: MachineType,
    severity: Option<String>,
    #[serde(default)]
    max_results: usize,
}

/// Answers ValidateStateMachineDefinition.
pub(crate) fn validate(call: &Call) -> Result<Value, Error> {
    let input: ValidateInput = call.input()?;
    let (findings, _) = findings(&input.definition, input.kind);
    let is_error = |finding: &Finding| finding.severity == Severity::Error;
    let result = if findings.iter().any(is_error) {
        "FAIL"
    } else {
        "OK"
    };
    let with_warnings = input.severity.as_deref() == Some("WARNING");
    let limit = match input.max_results {
        0 => MAX_DIAGNOSTICS,
        limit => limit,
    };
    let mut shown = findings
        .iter()
        .filter(|finding| with_warnings || is_error(finding));
    let diagnostics: Vec<Value> = shown.by_ref().take(limit).map(Finding::as_json).collect();
    Ok(json!({
        "result": result,
        "diagnostics": diagnostics,
        "truncated": shown.next().is_some(),
    }))
}

/// A diagnostic as the API shows it.
struct Finding {
    severity: Severity,
    code: &'static str,
    message: String,
    location: Option<String>,
}

impl Finding {
    /// A part of InvalidDefinition's message.
    fn as_reason(&self) -> String {
        let Finding { code, message, .. } = self;
        match &self.location {
            // The message of text that is no JSON has the place in it.
            Some(location) if *code != code::INVALID_JSON => {
                format!("{code}: {message} at {location}")
            }
            _ => format!("{code}: {message}"),
        }
    }

    fn as_json(&self) -> Value {
        let mut json = json!({
            "severity": self.severity,
            "code": self.code,
            "message": self.message,
        });
        if let Some(location) = &self.location {
            json["location"] = location.as_str().into();
        }
        json
    }
}

fn findings(definition: &str, kind: MachineType) -> (Vec<Finding>, Option<Arc<Machine>>) {
    let parsed = parse(definition, kind);
    let findings = parsed
        .diagnostics
        .into_iter()
        .map(|diagnostic| Finding {
            severity: diagnostic.severity,
            code: diagnostic.code,
            message: diagnostic.aws_message(),
            location: diagnostic.location,
        })
        .collect();
    (findings, parsed.machine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_processor_is_found_wherever_its_map_stands() {
        let processor = json!({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}});
        let map = |name: &str, member: &str| json!({"States": {name: {member: processor}}});
        for (inner, member) in [("ItemProcessor", "ItemProcessor"), ("X", "Iterator")] {
            let parallel = json!({"Branches": [{"States": {}}, map("M", member)]});
            let around = json!({"States": {"P": parallel, "O": {inner: {}}}}).to_string();
            let found = processor_text(&around, "M").expect("is there");
            assert_eq!(found, processor.to_string());
            assert_eq!(processor_text(&around, "P"), None);
        }
    }
}
